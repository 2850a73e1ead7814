/* SPDX-License-Identifier: MIT
 *
 * gc_oracle_objects.c: the scenarios of what kinds of objects are to the collector: S6 to S8. Python's bare
 * object() has no counterpart, and frozensets are sets.
 */
#include "runtime/tests/gc_oracle.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- S6: instances ------------------------------------------------------------------------------ */

static void
keep_instances(struct oracle *oracle, struct rt_object *class_object, size_t count) {
    for (size_t i = 0; i < count; i++)
        oracle->keep[i] = oracle_have(rt_instance_new(oracle->rt, class_object));
}

static void
read_dicts(struct oracle *oracle, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct rt_object *dict = oracle_have(rt_instance_dict(oracle->rt, oracle->keep[i]));

        if (i == 0)
            oracle_say(oracle, "    __dict__ of ints tracked: %d", rt_is_tracked(dict));
    }
}

static void
show_plain_instances(struct oracle *oracle) {
    keep_instances(oracle, oracle->plain, 1000);
    oracle_show(oracle, "1000 plain instances");
    for (size_t i = 0; i < 1000; i++) {
        oracle_set_attr(oracle, oracle->keep[i], oracle->x, oracle->one);
        oracle_set_attr(oracle, oracle->keep[i], oracle->y, oracle->one);
    }
    oracle_show(oracle, "+ two attributes each");
    read_dicts(oracle, 1000);
    oracle_show(oracle, "+ __dict__ read once each");
    oracle_drop(oracle, 1000);
    oracle_show(oracle, "all dropped (80 dicts kept)");
    (void)oracle_full(oracle);
}

static void
show_wide_instance(struct oracle *oracle, struct rt_object *wide) {
    static const char beginning[] = "    32 distinct attributes -> a real dict: ";
    char *line = oracle->section.lines[oracle->section.at];
    char name[16];

    oracle->keep[0] = oracle_have(rt_instance_new(oracle->rt, wide));
    for (int i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "a%d", i);
        assert_int_equal(test_set(oracle->rt, oracle->keep[0], name, oracle->one), 0);
    }
    assert_int_equal(strncmp(line, beginning, sizeof beginning - 1), 0);
    memmove(line, line + sizeof beginning - 1, strlen(line + sizeof beginning - 1) + 1);
    oracle_show(oracle, "one Wide()");
    oracle_drop(oracle, 1);
}

void
oracle_s6(struct oracle *oracle) {
    static const char *const names[] = {"x", "y"};
    struct rt_class_spec specs[] = {{.name = "Slots", .slots = names, .slot_count = 2},
                                    {.name = "NoSlots", .slots = names, .slot_count = 0},
                                    {.name = "Wide"}};
    struct rt_object *classes[3];

    for (size_t i = 0; i < 3; i++)
        classes[i] = oracle_have(rt_class_new(oracle->rt, &specs[i]));
    oracle_reset(oracle, 0, 10, 10);
    show_plain_instances(oracle);
    keep_instances(oracle, classes[0], 1000);
    oracle_show(oracle, "1000 two-slot instances");
    oracle_drop(oracle, 1000);
    keep_instances(oracle, classes[1], 1000);
    oracle_show(oracle, "1000 __slots__=() instances");
    oracle_drop(oracle, 1000);
    oracle_show(oracle, "dropped");
    oracle_leave_out(oracle, "  1000 object()");
    show_wide_instance(oracle, classes[2]);
    oracle_finish(oracle);
    for (size_t i = 0; i < 3; i++)
        rt_decref(oracle->rt, classes[i]);
}

/* ---- S7: dicts and tuples ----------------------------------------------------------------------- */

/* A tuple of this one, and a reference of the caller's own to each. */
static struct rt_object *
tuple_of(struct oracle *oracle, struct rt_object *item) {
    return oracle_have(rt_tuple_pack(oracle->rt, &item, 1));
}

static void
put(struct oracle *oracle, struct rt_object *dict, struct rt_object *key, struct rt_object *value) {
    assert_int_equal(rt_dict_set(oracle->rt, dict, key, value), 0);
}

static void
say_tuple_and_dict(struct oracle *oracle, struct rt_object *tuple, struct rt_object *dict) {
    for (int g = 0; g < RT_GENERATIONS; g++) {
        (void)oracle_collect(oracle, g);
        oracle_say(oracle, "  after collect(%d): tuple=%d dict=%d", g, rt_is_tracked(tuple),
                   rt_is_tracked(dict));
    }
}

static void
say_dicts(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_object *dict = oracle_have(rt_dict_new(rt)), *tuple, *other, *empty, *outer;

    oracle_say(oracle, "  new dict tracked=%d", rt_is_tracked(dict));
    put(oracle, dict, oracle->x, oracle->one);
    oracle_say(oracle, "  after int value tracked=%d", rt_is_tracked(dict));
    tuple = tuple_of(oracle, oracle->one);
    oracle_say(oracle, "  tuple of int at creation tracked=%d", rt_is_tracked(tuple));
    put(oracle, dict, oracle->y, tuple);
    oracle_say(oracle, "  dict after tracked tuple stored tracked=%d", rt_is_tracked(dict));
    say_tuple_and_dict(oracle, tuple, dict);
    other = oracle_have(rt_dict_new(rt));
    put(oracle, other, oracle->x, tuple);
    oracle_say(oracle, "  new dict given the now untracked tuple tracked=%d", rt_is_tracked(other));
    empty = oracle_have(rt_dict_new(rt));
    outer = oracle_have(rt_dict_new(rt));
    put(oracle, outer, oracle->x, empty);
    oracle_say(oracle, "  dict holding an untracked empty dict tracked=%d (inner %d)",
               rt_is_tracked(outer), rt_is_tracked(empty));
    (void)oracle_full(oracle);
    oracle_say(oracle, "  after collect(2) outer=%d", rt_is_tracked(outer));
    rt_decref(rt, dict);
    rt_decref(rt, tuple);
    rt_decref(rt, other);
    rt_decref(rt, outer);
    rt_decref(rt, empty);
}

static void
say_nested_tuples(struct oracle *oracle) {
    struct rt_object *inner = tuple_of(oracle, oracle->one), *middle = tuple_of(oracle, inner);
    struct rt_object *outer = tuple_of(oracle, middle);

    oracle_say(oracle, "  nested tuples tracked %d%d%d", rt_is_tracked(inner),
               rt_is_tracked(middle), rt_is_tracked(outer));
    for (int i = 0; i < 6; i++) {
        (void)oracle_collect(oracle, i / 3 * 2);
        oracle_say(oracle, "   collect(%d) #%d inner..outer %d%d%d", i / 3 * 2, i % 3 + 1,
                   rt_is_tracked(inner), rt_is_tracked(middle), rt_is_tracked(outer));
    }
    rt_decref(oracle->rt, inner);
    rt_decref(oracle->rt, middle);
    rt_decref(oracle->rt, outer);
}

static void
say_chain_of_tuples(struct oracle *oracle) {
    struct rt_object *chain[5];
    char layers[64] = "";

    chain[0] = tuple_of(oracle, oracle->one);
    for (int i = 1; i < 5; i++) {
        chain[i] = tuple_of(oracle, chain[i - 1]);
        rt_decref(oracle->rt, chain[i - 1]);
    }
    for (int round = 0; round < 7; round++) {
        if (round > 0)
            (void)oracle_full(oracle);
        strcat(layers, " ");
        for (int i = 4; i >= 0; i--)
            strcat(layers, rt_is_tracked(chain[i]) ? "1" : "0");
    }
    oracle_say(oracle,
               "  chain of 5 tuples, only the outermost held outside; tracked "
               "outermost..innermost per collect(2):%s",
               layers);
    rt_decref(oracle->rt, chain[4]);
}

void
oracle_s7(struct oracle *oracle) {
    struct rt_object *list, *tuple, *empty, *set;

    oracle_reset(oracle, 0, 10, 10);
    say_dicts(oracle);
    say_nested_tuples(oracle);
    say_chain_of_tuples(oracle);
    list = oracle_list(oracle);
    tuple = tuple_of(oracle, list);
    (void)oracle_full(oracle);
    empty = oracle_have(rt_tuple_new(oracle->rt, 0));
    set = oracle_have(rt_set_new(oracle->rt));
    oracle_say(oracle,
               "  tuple of list stays tracked=%d ; empty tuple tracked=%d ; frozenset tracked=%d "
               "; empty list=%d",
               rt_is_tracked(tuple), rt_is_tracked(empty), rt_is_tracked(set), rt_is_tracked(list));
    rt_decref(oracle->rt, list);
    rt_decref(oracle->rt, tuple);
    rt_decref(oracle->rt, empty);
    rt_decref(oracle->rt, set);
    oracle_finish(oracle);
}

/* ---- S8: bullets -------------------------------------------------------------------------------- */

struct bullets {
    const char *kind;
    bool is_cyclic;
    int spawn, life, frames;
    int threshold[RT_GENERATIONS];
};

static struct rt_object *
make_bullet(struct oracle *oracle, const struct bullets *game) {
    struct rt *rt = oracle->rt;
    struct rt_object *none = rt_none(rt), *bullet;

    switch (game->kind[0]) {
    case 'l':
        bullet = oracle_list(oracle);
        oracle_append(oracle, bullet, game->is_cyclic ? bullet : none);
        break;
    case 'd':
        bullet = oracle_have(rt_dict_new(rt));
        put(oracle, bullet, oracle->x, game->is_cyclic ? bullet : none);
        break;
    default:
        bullet = oracle_instance(oracle);
        oracle_set_attr(oracle, bullet, oracle->x, game->is_cyclic ? bullet : none);
        oracle_set_attr(oracle, bullet, oracle->y, none);
    }
    return bullet;
}

static void
drop_bullets(struct oracle *oracle, long *head, long to) {
    for (; *head < to; ++*head) {
        struct rt_object **place = &oracle->keep[*head % ORACLE_KEEP_COUNT], *bullet = *place;

        *place = NULL;
        rt_decref(oracle->rt, bullet);
    }
}

static void
play(struct oracle *oracle, const struct bullets *game) {
    long head = 0, tail = 0, peak = 0;

    oracle_reset(oracle, game->threshold[0], game->threshold[1], game->threshold[2]);
    for (int frame = 0; frame < game->frames; frame++) {
        long live;

        for (int i = 0; i < game->spawn; i++)
            oracle->keep[tail++ % ORACLE_KEEP_COUNT] = make_bullet(oracle, game);
        drop_bullets(oracle, &head, (long)(frame - game->life + 1) * game->spawn);
        live = oracle_length(oracle, 0) + oracle_length(oracle, 1) + oracle_length(oracle, 2);
        peak = live > peak ? live : peak;
    }
    oracle_say(oracle, "  %s%s %dx%d life %d (%d,%d,%d): peak tracked (frame ends)=%ld",
               game->is_cyclic ? "cyclic " : "acyclic ", game->kind, game->spawn, game->frames,
               game->life, game->threshold[0], game->threshold[1], game->threshold[2], peak);
    oracle_show(oracle, "   end");
    oracle_say(oracle, "    gen-len=(%ld,%ld,%ld) pending=%ld", oracle_length(oracle, 0),
               oracle_length(oracle, 1), oracle_length(oracle, 2), oracle_pending(oracle));
    drop_bullets(oracle, &head, tail);
    oracle_say(oracle, "    drop all, gc.collect() -> %ld", oracle_full(oracle));
    rt_gc_disable(oracle->rt);
}

void
oracle_s8(struct oracle *oracle) {
    static const int thresholds[][RT_GENERATIONS] = {
        {700, 10, 10}, {1000, 15, 5}, {10, 2, 2}, {1, 1, 1}};
    struct bullets game = {.spawn = 20, .life = 60, .frames = 600};

    for (size_t i = 0; i < RT_COUNT_OF(thresholds); i++) {
        memcpy(game.threshold, thresholds[i], sizeof game.threshold);
        for (int j = 0; j < 4; j++) {
            game.is_cyclic = j >= 2;
            game.kind = j % 2 == 0 ? "instances" : "lists";
            play(oracle, &game);
        }
    }
    memcpy(game.threshold, thresholds[0], sizeof game.threshold);
    game.kind = "dicts";
    game.is_cyclic = false;
    play(oracle, &game);
    game.is_cyclic = true;
    play(oracle, &game);
    game = (struct bullets){"instances", true, 200, 120, 2000, {700, 10, 10}};
    play(oracle, &game);
    oracle_finish(oracle);
}
