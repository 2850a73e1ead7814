/* SPDX-License-Identifier: MIT
 *
 * gc_facts_triggers.c: when something is collected (p02), and the loop of bullets (p04). Each step allocates what
 * Python's does, in that order, since any allocation may be the one that is too many.
 */
#include "runtime/tests/gc_facts.h"

/* ---- What is printed ---------------------------------------------------------------------------- */

static const char *
triple(char *buffer, size_t bytes, const long *values) {
    snprintf(buffer, bytes, "(%ld, %ld, %ld)", values[0], values[1], values[2]);
    return buffer;
}

#define TRIPLE(values) triple((char[96]){0}, 96, (values))

struct runs {
    long collections[RT_GENERATIONS], collected[RT_GENERATIONS];
};

static struct runs
read_runs(const struct oracle *oracle) {
    struct runs runs;

    for (int g = 0; g < RT_GENERATIONS; g++) {
        struct rt_gc_stats stats;

        rt_gc_stats_read(oracle->rt, g, &stats);
        runs.collections[g] = (long)stats.collections;
        runs.collected[g] = (long)stats.collected;
    }
    return runs;
}

static struct runs
runs_since(const struct oracle *oracle, const struct runs *before) {
    struct runs runs = read_runs(oracle);

    for (int g = 0; g < RT_GENERATIONS; g++) {
        runs.collections[g] -= before->collections[g];
        runs.collected[g] -= before->collected[g];
    }
    return runs;
}

/* ((runs, collected, uncollectable), ...) */
static const char *
write_runs(char *buffer, size_t bytes, const struct runs *runs) {
    snprintf(buffer, bytes, "((%ld, %ld, 0), (%ld, %ld, 0), (%ld, %ld, 0))", runs->collections[0],
             runs->collected[0], runs->collections[1], runs->collected[1], runs->collections[2],
             runs->collected[2]);
    return buffer;
}

/* What a run begins with; the result stays alive through it. */
static struct rt_object *
begin_run(struct oracle *oracle, const int *thresholds, struct runs *ret_before) {
    struct rt_object *stats;

    facts_prepare(oracle, thresholds);
    (void)facts_read_count(oracle);
    *ret_before = read_runs(oracle);
    stats = facts_stats(oracle, 3);
    (void)oracle_full(oracle);
    (void)facts_read_count(oracle);
    rt_gc_enable(oracle->rt);
    return stats;
}

/* ---- p02: lists that are kept ------------------------------------------------------------------- */

struct event {
    long at;
    struct facts_counts counts;
};

static void
write_events(char *text, size_t bytes, const struct event *events, size_t begin, size_t end) {
    struct facts_list list = {.count = 0};

    for (size_t i = begin; i < end; i++) {
        char item[128];

        snprintf(item, sizeof item, "(%ld, %s)", events[i].at, TRIPLE(events[i].counts.of));
        facts_add(&list, item);
    }
    assert_true(strlen(list.text) < bytes);
    strcpy(text, facts_taken(&list));
}

static struct rt_object *
note_event(struct oracle *oracle, struct rt_object *log, struct rt_object *counts) {
    struct rt_object *entry = oracle_have(rt_tuple_new(oracle->rt, 2));

    rt_tuple_put_steal(entry, 0, rt_incref(oracle->one));
    rt_tuple_put_steal(entry, 1, rt_incref(counts));
    oracle_append(oracle, log, entry);
    rt_decref(oracle->rt, entry);
    return log;
}

static void
keep_lists(struct oracle *oracle, const int *thresholds, long count) {
    static struct event events[100];
    struct rt *rt = oracle->rt;
    struct rt_object *log = oracle_list(oracle), *stats, *last, *now = NULL;
    char first[512], rest[512], ran[256];
    struct facts_counts counts, previous, end;
    struct runs before, runs;
    size_t event_count = 0;

    stats = begin_run(oracle, thresholds, &before);
    last = facts_get_count(oracle, &previous);
    for (long i = 0; i < count; i++) {
        oracle->keep[i] = oracle_list(oracle);
        {
            struct rt_object *old = now;

            now = facts_get_count(oracle, &counts);
            rt_xdecref(rt, old);
        }
        if (counts.of[1] != previous.of[1] || counts.of[2] != previous.of[2]) {
            assert_true(event_count < RT_COUNT_OF(events));
            events[event_count++] = (struct event){i + 1, counts};
            note_event(oracle, log, now);
        }
        rt_decref(rt, last);
        last = rt_incref(now);
        previous = counts;
    }
    rt_gc_disable(rt);
    end = facts_read_count(oracle);
    runs = runs_since(oracle, &before);
    write_events(first, sizeof first, events, 0, event_count < 4 ? event_count : 4);
    write_events(rest, sizeof rest, events, event_count < 2 ? 0 : event_count - 2, event_count);
    oracle_say(oracle,
               "retained lists thr=(%d, %d, %d) n=%ld: %zu events; first %s last %s; end %s; stats "
               "%s",
               thresholds[0], thresholds[1], thresholds[2], count, event_count, first, rest,
               TRIPLE(end.of), write_runs(ran, sizeof ran, &runs));
    oracle_drop(oracle, (size_t)count);
    rt_decref(rt, last);
    rt_xdecref(rt, now);
    rt_decref(rt, log);
    rt_decref(rt, stats);
}

/* ---- p02: trash --------------------------------------------------------------------------------- */

enum {
    TRASH_COUNT = 20000
};

/* The one before is let go of when the new one is there. */
static void
make_trash(struct oracle *oracle, struct rt_object *class_object, struct rt_object *last) {
    struct rt *rt = oracle->rt;

    for (int i = 0; i < TRASH_COUNT; i++) {
        struct rt_object *object =
            class_object == NULL ? oracle_list(oracle) : test_instance(rt, class_object);

        rt_xdecref(rt, last);
        last = object;
        if (class_object == NULL)
            oracle_append(oracle, object, object);
        else
            test_link(rt, object, "me", object);
    }
    rt_decref(rt, last);
}

static void
say_trash(struct oracle *oracle, const int *thresholds, struct rt_object *class_object) {
    char ran[256];
    struct facts_counts end;
    struct runs before, runs;
    /* Python's variable still has the last one that settled the class's keys. */
    struct rt_object *last = class_object == NULL ? NULL : test_instance(oracle->rt, class_object);
    struct rt_object *stats = begin_run(oracle, thresholds, &before);

    make_trash(oracle, class_object, last);
    rt_gc_disable(oracle->rt);
    end = facts_read_count(oracle);
    runs = runs_since(oracle, &before);
    oracle_say(oracle, "self-%s thr=(%d, %d, %d) n=%d: end %s stats %s then collect() -> %ld",
               class_object == NULL ? "lists" : "instances", thresholds[0], thresholds[1],
               thresholds[2], TRASH_COUNT, TRIPLE(end.of), write_runs(ran, sizeof ran, &runs),
               oracle_full(oracle));
    rt_decref(oracle->rt, stats);
}

static void
say_refusals(struct oracle *oracle) {
    for (int g = -1; g <= 3; g += 4) {
        assert_int_equal(rt_gc_collect(oracle->rt, g), -1);
        oracle_say(oracle, "collect %d %s invalid generation", g,
                   rt_error(oracle->rt) == EINVAL ? "ValueError" : "?");
    }
}

static void
say_thresholds(struct oracle *oracle, const char *what) {
    long thresholds[RT_GENERATIONS];

    for (int g = 0; g < RT_GENERATIONS; g++)
        thresholds[g] = rt_gc_threshold(oracle->rt, g);
    oracle_say(oracle, "%s %s", what, TRIPLE(thresholds));
}

void
facts_p02(struct oracle *oracle) {
    static const struct {
        int thresholds[RT_GENERATIONS];
        long count;
    } kept[] = {{{700, 10, 10}, 9000}, {{1000, 15, 5}, 20000}, {{10, 2, 2}, 400},
                {{1, 1, 1}, 60},       {{0, 10, 10}, 3000},    {{100, 0, 0}, 1000}};
    static const int trash[][RT_GENERATIONS] = {{700, 10, 10}, {1000, 15, 5}, {2000, 10, 10},
                                                {10, 2, 2},    {1, 1, 1},     {0, 10, 10}};

    say_thresholds(oracle, "default thresholds");
    for (size_t i = 0; i < RT_COUNT_OF(kept); i++)
        keep_lists(oracle, kept[i].thresholds, kept[i].count);
    for (size_t i = 0; i < RT_COUNT_OF(trash); i++)
        say_trash(oracle, trash[i], NULL);
    for (size_t i = 0; i + 1 < RT_COUNT_OF(trash); i++)
        say_trash(oracle, trash[i], oracle->plain);
    oracle_threshold(oracle, 500, 10, 10);
    say_thresholds(oracle, "set_threshold(500) ->");
    oracle_threshold(oracle, 400, 7, 10);
    say_thresholds(oracle, "set_threshold(400, 7) ->");
    oracle_threshold(oracle, -1, -2, -3);
    say_thresholds(oracle, "negatives kept ->");
    for (int i = 0; i < 5; i++)
        oracle_leave_out(oracle, "set_threshold ("); /* arguments that C does not accept */
    oracle_threshold(oracle, 700, 10, 10);
    say_refusals(oracle);
    for (int i = 0; i < 3; i++)
        oracle_leave_out(oracle, "collect "); /* not an int */
}

/* ---- p04: bullets ------------------------------------------------------------------------------- */

enum {
    SPAWN = 20,
    FRAMES = 600,
    LIFE = 60,
    LIVE_COUNT = SPAWN * (LIFE + 1)
};

struct game {
    const char *name;
    struct rt_object *class_object; /* NULL: lists */
    bool is_cyclic;
};

static struct rt_object *
make_bullet(struct oracle *oracle, const struct game *game) {
    struct rt *rt = oracle->rt;
    struct rt_object *bullet, *none = rt_none(rt);

    if (game->class_object == NULL) {
        bullet = oracle_list(oracle);
        if (game->is_cyclic)
            oracle_append(oracle, bullet, bullet);
        return bullet;
    }
    bullet = test_instance(rt, game->class_object);
    test_link(rt, bullet, "x", none);
    test_link(rt, bullet, "y", none);
    test_link(rt, bullet, "me", game->is_cyclic ? bullet : none);
    return bullet;
}

static void
drop_bullet(struct oracle *oracle, size_t number) {
    struct rt_object *bullet = oracle->keep[number % LIVE_COUNT];

    oracle->keep[number % LIVE_COUNT] = NULL;
    rt_xdecref(oracle->rt, bullet);
}

static void
play(struct oracle *oracle, const struct game *game, const int *thresholds) {
    struct rt *rt = oracle->rt;
    struct rt_object *stats, *again;
    struct facts_counts end;
    struct runs before, runs;
    size_t head = 0, tail = 0;

    facts_prepare(oracle, thresholds);
    stats = facts_stats(oracle, 2);
    (void)oracle_full(oracle);
    (void)facts_read_count(oracle);
    again = facts_stats(oracle, 2);
    rt_decref(rt, stats);
    before = read_runs(oracle);
    rt_gc_enable(rt);
    for (int frame = 0; frame < FRAMES; frame++) {
        for (int i = 0; i < SPAWN; i++)
            oracle->keep[tail++ % LIVE_COUNT] = make_bullet(oracle, game);
        for (int i = 0; frame >= LIFE && i < SPAWN; i++)
            drop_bullet(oracle, head++);
    }
    rt_gc_disable(rt);
    end = facts_read_count(oracle);
    runs = runs_since(oracle, &before);
    oracle_drop(oracle, LIVE_COUNT);
    oracle_say(
        oracle, "%-20s %dx%d life %d thr (%d, %d, %d): count %s runs %s collected %s left %ld",
        game->name, SPAWN, FRAMES, LIFE, thresholds[0], thresholds[1], thresholds[2],
        TRIPLE(end.of), TRIPLE(runs.collections), TRIPLE(runs.collected), oracle_full(oracle));
    rt_decref(rt, again);
}

void
facts_p04(struct oracle *oracle) {
    static const int thresholds[][RT_GENERATIONS] = {
        {700, 10, 10}, {1000, 15, 5}, {2000, 10, 10}, {10, 2, 2}, {1, 1, 1}};
    static const char *const names[] = {"x", "y", "me"};
    struct rt_class_spec spec = {.name = "BS", .slots = names, .slot_count = 3};
    struct rt_object *plain = test_class(oracle->rt, "B");
    struct rt_object *slots = oracle_have(rt_class_new(oracle->rt, &spec));
    const struct game games[] = {
        {"instances acyclic", plain, false}, {"instances cyclic", plain, true},
        {"slots acyclic", slots, false},     {"slots cyclic", slots, true},
        {"lists acyclic", NULL, false},      {"lists cyclic", NULL, true}};

    for (int i = 0; i < 64; i++)
        rt_decref(oracle->rt, make_bullet(oracle, &games[0]));
    for (size_t t = 0; t < RT_COUNT_OF(thresholds); t++)
        for (size_t i = 0; i < RT_COUNT_OF(games); i++)
            play(oracle, &games[i], thresholds[t]);
    rt_decref(oracle->rt, plain);
    rt_decref(oracle->rt, slots);
}
