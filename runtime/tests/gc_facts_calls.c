/* SPDX-License-Identifier: MIT
 *
 * gc_facts_calls.c: what the calls of the module gc answer (p03), and what is tracked when (p09).
 */
#include "runtime/tests/gc_facts.h"

#include <stdlib.h>

/* ---- p03: by hand ------------------------------------------------------------------------------- */

struct by_class {
    const struct rt_object *class_object;
    long count;
};

static void
count_if_of_class(struct rt_object *object, void *context) {
    struct by_class *by_class = context;

    by_class->count +=
        rt_kind(object) == RT_KIND_INSTANCE && rt_class_of(object) == by_class->class_object;
}

/* "(a, b, c)": instances in each generation */
static const char *
lengths(const struct oracle *oracle) {
    static char text[64];
    long counts[RT_GENERATIONS];

    for (int g = 0; g < RT_GENERATIONS; g++) {
        struct by_class by_class = {oracle->plain, 0};

        assert_true(rt_gc_visit_objects(oracle->rt, g, count_if_of_class, &by_class));
        counts[g] = by_class.count;
    }
    snprintf(text, sizeof text, "(%ld, %ld, %ld)", counts[0], counts[1], counts[2]);
    return text;
}

static const char *
counts(struct oracle *oracle) {
    static char text[64];
    struct facts_counts read = facts_read_count(oracle);

    snprintf(text, sizeof text, "(%ld, %ld, %ld)", read.of[0], read.of[1], read.of[2]);
    return text;
}

static void
keep_selves(struct oracle *oracle, size_t count, bool is_cyclic) {
    for (size_t i = 0; i < count; i++) {
        oracle->keep[i] = oracle_instance(oracle);
        if (is_cyclic)
            oracle_set_attr(oracle, oracle->keep[i], oracle->x, oracle->keep[i]);
    }
}

static void
pair(struct oracle *oracle) {
    test_trash_pair(oracle->rt, oracle->plain);
}

static void
say_generations(struct oracle *oracle) {
    long collected[RT_GENERATIONS];

    oracle_reset(oracle, 700, 10, 10);
    rt_gc_disable(oracle->rt);
    (void)facts_read_count(oracle);
    for (int i = 0; i < 10; i++)
        pair(oracle);
    oracle_say(oracle, "count after 10 pairs %s", counts(oracle));
    collected[0] = oracle_collect(oracle, 0);
    oracle_say(oracle, "collect(0) %ld %s", collected[0], counts(oracle));
    keep_selves(oracle, 5, true);
    oracle_say(oracle, "N per generation %s", lengths(oracle));
    (void)oracle_collect(oracle, 0);
    oracle_leave_out(oracle,
                     "after collect(0) (0, 5, 0) "); /* counts what Python's own count takes */
    assert_string_equal(lengths(oracle), "(0, 5, 0)");
    (void)oracle_collect(oracle, 1);
    oracle_leave_out(oracle, "after collect(1) (0, 0, 5) ");
    assert_string_equal(lengths(oracle), "(0, 0, 5)");
    (void)oracle_collect(oracle, 1);
    oracle_leave_out(oracle, "after collect(1) again (0, 0, 5) ");
    assert_string_equal(lengths(oracle), "(0, 0, 5)");
    oracle_drop(oracle, 5);
    for (int g = 0; g < RT_GENERATIONS; g++)
        collected[g] = oracle_collect(oracle, g);
    oracle_say(oracle, "collect(0) does not see them %ld collect(1) %ld collect(2) %ld %s",
               collected[0], collected[1], collected[2], counts(oracle));
    oracle_leave_out(oracle, "get_objects bad: "); /* by exceptions; gc_heap_test.c asks it */
}

static void
say_frozen(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    size_t frozen = rt_gc_frozen_count(rt);
    long collected;

    keep_selves(oracle, 7, false);
    rt_gc_freeze(rt);
    oracle_say(oracle, "freeze added >= 7: %s count %s",
               facts_bool(rt_gc_frozen_count(rt) - frozen >= 7), counts(oracle));
    oracle_say(oracle, "N per generation while frozen %s", lengths(oracle));
    for (size_t i = 0; i < 7; i++)
        oracle_set_attr(oracle, oracle->keep[i], oracle->x, oracle->keep[i]);
    oracle_drop(oracle, 7);
    oracle_say(oracle, "frozen garbage is not collected: %ld", oracle_full(oracle));
    rt_gc_unfreeze(rt);
    collected = oracle_full(oracle);
    oracle_say(oracle, "after unfreeze: %ld freeze count %zu", collected, rt_gc_frozen_count(rt));
    rt_gc_freeze(rt);
}

/* ---- p03: callbacks ----------------------------------------------------------------------------- */

enum callback_kind {
    NOTES_INFO,
    NOTES_SECOND,
    COLLECTS,
    FAILS,
    NOTES_NOTHING
};

struct callback {
    enum callback_kind kind;
    struct facts_list *log;
};

static long
number_in(struct rt *rt, struct rt_object *info, const char *name) {
    struct rt_object *key = test_name(rt, name), *value = rt_dict_get(rt, info, key);
    int64_t number = -1;

    assert_non_null(value);
    assert_int_equal(rt_int_value(rt, value, &number), 0);
    rt_decref(rt, key);
    return (long)number;
}

static struct rt_object *
call_back(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    const struct callback *callback = rt_function_data(function);
    char phase[16], item[128];
    struct rt_text text;

    assert_int_equal(count, 2);
    rt_text_init(&text, phase, sizeof phase);
    rt_str_to_text(args[0], &text);
    if (callback->kind == NOTES_INFO) {
        snprintf(item, sizeof item,
                 "('%s', {'generation': %ld, 'collected': %ld, 'uncollectable': %ld})", phase,
                 number_in(rt, args[1], "generation"), number_in(rt, args[1], "collected"),
                 number_in(rt, args[1], "uncollectable"));
    } else if (callback->kind == NOTES_SECOND) {
        snprintf(item, sizeof item, "('second', '%s', %ld)", phase,
                 number_in(rt, args[1], "generation"));
    } else if (callback->kind == COLLECTS) {
        snprintf(item, sizeof item, "('%s', %ld, %s)", phase, (long)rt_gc_collect(rt, 2),
                 facts_bool(rt_gc_is_enabled(rt)));
    } else {
        return callback->kind == FAILS ? rt_fail(rt, ENOENT) : rt_incref(rt_none(rt));
    }
    facts_add(callback->log, item);
    return rt_incref(rt_none(rt));
}

static void
add_callback(struct oracle *oracle, struct callback *callback) {
    struct rt_object *function =
        oracle_have(rt_function_new(oracle->rt, call_back, NULL, callback));

    oracle_append(oracle, oracle_have(rt_gc_callbacks(oracle->rt)), function);
    rt_decref(oracle->rt, function);
}

static void
say_infos(struct oracle *oracle) {
    static const char *const phases[] = {"start", "stop"};
    struct facts_list logs[2] = {{.count = 0}, {.count = 0}};
    struct callback first = {NOTES_INFO, &logs[0]}, second = {NOTES_SECOND, &logs[1]};
    long collected;
    char *info;

    add_callback(oracle, &first);
    add_callback(oracle, &second);
    pair(oracle);
    pair(oracle);
    collected = oracle_collect(oracle, 1);
    oracle_say(oracle, "collect -> %ld", collected);
    rt_list_clear(oracle->rt, rt_gc_callbacks(oracle->rt));
    info = logs[0].text + 1;
    for (int i = 0; i < 2; i++) {
        char *end = strstr(info, "})");

        assert_non_null(end);
        oracle_say(oracle, "   %.*s", (int)(end + 2 - info), info);
        oracle_say(oracle, "   ('second', '%s', 1)", phases[i]);
        info = end + 4;
    }
    assert_string_equal(facts_taken(&logs[1]), "[('second', 'start', 1), ('second', 'stop', 1)]");
}

static void
note_failure(void *context, const struct rt_event *event) {
    if (event->kind == RT_EVENT_UNRAISABLE)
        facts_add(context, event->count == ENOENT ? "'KeyError'" : "?");
}

static void
say_callbacks(struct oracle *oracle) {
    struct facts_list log = {.count = 0};
    struct callback collecting = {COLLECTS, &log}, failing = {FAILS, &log};
    struct rt *rt = oracle->rt;

    say_infos(oracle);
    add_callback(oracle, &collecting);
    pair(oracle);
    oracle_say(oracle, "collect -> %ld", oracle_full(oracle));
    rt_list_clear(rt, rt_gc_callbacks(rt));
    oracle_say(oracle, "%s", facts_taken(&log));
    assert_int_equal(rt_listen(rt, note_failure, &log), 0);
    add_callback(oracle, &failing);
    pair(oracle);
    oracle_say(oracle, "collect -> %ld", oracle_full(oracle));
    rt_list_clear(rt, rt_gc_callbacks(rt));
    oracle_say(oracle, "%s", facts_taken(&log));
    rt_unlisten(rt, note_failure, &log);
}

/* ---- p03: debug flags --------------------------------------------------------------------------- */

/* Sorted by their names, as one letter of an N sorts before the l of list. */
static const char *
garbage_names(struct oracle *oracle) {
    struct rt_object *garbage = oracle_have(rt_gc_garbage(oracle->rt));
    struct facts_list names = {.count = 0};

    for (int is_list = 0; is_list < 2; is_list++)
        for (size_t i = 0; i < rt_list_length(garbage); i++)
            if ((rt_kind(rt_list_get(garbage, i)) == RT_KIND_LIST) == is_list)
                facts_add(&names, is_list ? "'list'" : "'N'");
    return facts_taken(&names);
}

static void
say_saved(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_gc_stats before, after;
    long collected;

    rt_gc_stats_read(rt, 2, &before);
    rt_gc_set_debug(rt, RT_GC_DEBUG_SAVEALL);
    pair(oracle);
    oracle_self_list(oracle);
    collected = oracle_full(oracle);
    rt_gc_stats_read(rt, 2, &after);
    oracle_say(oracle, "SAVEALL collect -> %ld garbage %s collected stat + %ld", collected,
               garbage_names(oracle), (long)(after.collected - before.collected));
    rt_gc_set_debug(rt, 0);
    rt_list_clear(rt, rt_gc_garbage(rt));
    collected = oracle_full(oracle);
    oracle_say(oracle, "after clearing garbage, collect -> %ld garbage %s", collected,
               garbage_names(oracle));
    oracle_say(oracle, "flags %d %d %d %d %d", RT_GC_DEBUG_STATS, RT_GC_DEBUG_COLLECTABLE,
               RT_GC_DEBUG_UNCOLLECTABLE, RT_GC_DEBUG_SAVEALL, RT_GC_DEBUG_LEAK);
}

/* Numbers of objects and addresses are masked; the class is called P here, and N there. */
static void
say_line(void *context, const struct rt_event *event) {
    struct oracle *oracle = context;
    const char *mark;

    if (event->kind != RT_EVENT_GC_DEBUG)
        return;
    if ((mark = strstr(event->text, "generation: ")) != NULL)
        oracle_say(oracle, "%.*s N", (int)(mark + 11 - event->text), event->text);
    else if (strstr(event->text, " 0x") != NULL)
        oracle_say(oracle, "gc: collectable <N 0xADDR>");
    else if (strncmp(event->text, "gc: done", 8) == 0)
        oracle_say(oracle, "%s, T s elapsed", event->text); /* no clock here */
    else
        oracle_say(oracle, "%s", event->text);
}

static void
say_debug_lines(struct oracle *oracle) {
    struct rt *rt = oracle->rt;

    (void)oracle_full(oracle);
    rt_gc_freeze(rt);
    assert_int_equal(rt_listen(rt, say_line, oracle), 0);
    rt_gc_set_debug(rt, RT_GC_DEBUG_STATS | RT_GC_DEBUG_COLLECTABLE);
    pair(oracle);
    (void)oracle_collect(oracle, 0);
    rt_gc_set_debug(rt, 0);
    rt_unlisten(rt, say_line, oracle);
}

/* ---- p03: the rest ------------------------------------------------------------------------------ */

static void
note_referent(struct rt_object *referent, void *context) {
    struct facts_list *list = context;
    int64_t value = -1;
    char item[24];

    assert_int_equal(rt_int_value(NULL, referent, &value), 0);
    snprintf(item, sizeof item, "%ld", (long)value);
    facts_add(list, item);
}

static void
say_kinds(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_object *two = oracle_have(rt_int_new(rt, 2)), *instance = oracle_instance(oracle);
    struct rt_object *list =
        oracle_have(rt_list_pack(rt, (struct rt_object *[]){oracle->one, two}, 2));
    struct rt_object *empty = oracle_have(rt_tuple_new(rt, 0));
    struct rt_object *function = oracle_have(rt_function_new(rt, call_back, NULL, NULL));
    struct facts_list of_list = {.count = 0}, of_int = {.count = 0};

    oracle_say(oracle,
               "is_finalized new %s int %s is_tracked int %s str %s class %s () %s function %s",
               facts_bool(rt_gc_is_finalized(instance)), facts_bool(rt_gc_is_finalized(two)),
               facts_bool(rt_is_tracked(two)), facts_bool(rt_is_tracked(oracle->x)),
               facts_bool(rt_is_tracked(oracle->plain)), facts_bool(rt_is_tracked(empty)),
               facts_bool(rt_is_tracked(function)));
    rt_visit(list, note_referent, &of_list);
    rt_visit(two, note_referent, &of_int);
    oracle_say(oracle, "get_referents([1,2]) %s of int %s", of_list.text,
               of_int.count == 0 ? "[]" : of_int.text);
    for (size_t i = 0; i < 5; i++)
        rt_decref(rt, ((struct rt_object *[]){two, instance, list, empty, function})[i]);
}

static void
say_by_itself(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct callback nothing = {NOTES_NOTHING, NULL};
    struct rt_gc_stats before, after;
    long with;

    oracle_leave_out(oracle, "after a failed set_threshold(5, 'a'): "); /* takes one at a time */
    oracle_reset(oracle, 700, 10, 10);
    rt_gc_disable(rt);
    for (size_t i = 0; i < 3000; i++)
        oracle->keep[i] = oracle_list(oracle);
    rt_gc_stats_read(rt, 0, &before);
    rt_gc_enable(rt);
    rt_gc_stats_read(rt, 0, &after);
    rt_gc_disable(rt);
    oracle_say(oracle,
               "enable() with the count over the threshold: gc runs by itself before the next "
               "container: %s",
               facts_bool(after.collections > before.collections));
    oracle_drop(oracle, 3000);
    (void)oracle_full(oracle);
    add_callback(oracle, &nothing);
    (void)oracle_full(oracle);
    with = facts_read_count(oracle).of[0];
    rt_list_clear(rt, rt_gc_callbacks(rt));
    (void)oracle_full(oracle);
    oracle_say(oracle, "count after collect() with / without a callback: %ld %ld", with,
               facts_read_count(oracle).of[0]);
}

void
facts_p03(struct oracle *oracle) {
    say_generations(oracle);
    say_frozen(oracle);
    say_callbacks(oracle);
    say_saved(oracle);
    say_debug_lines(oracle);
    say_kinds(oracle);
    say_by_itself(oracle);
}
