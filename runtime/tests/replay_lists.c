/* SPDX-License-Identifier: MIT
 *
 * replay_lists.c: recipes for lists. sizes.py describes the series.
 *
 * A display has its exact capacity from the start, which rt_list_pack does; a comprehension appends. The
 * iterator of a list knows how many are left, as a range does: both are extensions by a count.
 */
#include "runtime/tests/replay.h"

enum {
    LENGTH = 100,
    LONGEST = 100000,
};

static struct rt_object *
none_list(struct replay *replay, long count) {
    return replay_have(rt_list_repeat(replay->rt, replay_none(replay), (size_t)count));
}

static int
append(struct replay *replay, struct rt_object *list) {
    return rt_list_append(replay->rt, list, replay_none(replay));
}

/* 0, or -1 where there is none. */
static int
pop(struct replay *replay, struct rt_object *list) {
    size_t length = rt_list_length(list);
    struct rt_object *item = length > 0 ? rt_list_pop(replay->rt, list, length - 1) : NULL;

    rt_xdecref(replay->rt, item);
    return item != NULL ? 0 : -1;
}

static struct rt_object *
grown_list(struct replay *replay, long count) {
    struct rt_object *list = replay_have(rt_list_new(replay->rt, 0));

    for (long i = 0; i < count; i++)
        assert_int_equal(append(replay, list), 0);
    return list;
}

static struct rt_object *
emptied_list(struct replay *replay, long count) {
    struct rt_object *list = grown_list(replay, count);

    for (long i = 0; i < count; i++)
        assert_int_equal(pop(replay, list), 0);
    return list;
}

/* ---- Walks -------------------------------------------------------------------------------------- */

/* By as many appends as the recipe says. */
static struct rt_object *
make_grown(struct replay *replay) {
    return grown_list(replay, replay->recipe->how);
}

static struct rt_object *
make_emptied(struct replay *replay) {
    return emptied_list(replay, replay->recipe->how);
}

static int
change_append(struct replay *replay) {
    return append(replay, replay->subject);
}

static int
change_insert(struct replay *replay) {
    return rt_list_insert(replay->rt, replay->subject, 0, replay_none(replay));
}

static int
change_pop(struct replay *replay) {
    return pop(replay, replay->subject);
}

static int
change_delete_first(struct replay *replay) {
    return rt_list_delete(replay->rt, replay->subject, 0, 1);
}

static int
change_clear(struct replay *replay) {
    if (replay->step > 1)
        return append(replay, replay->subject);
    rt_list_clear(replay->rt, replay->subject);
    return 0;
}

static int
change_randomly(struct replay *replay) {
    uint64_t r = test_random_next(&replay->random);
    bool is_odd = ((replay->step - 1) >> 12 & 1) != 0;

    if (((r & 3) != 0) != is_odd)
        return append(replay, replay->subject);
    return rt_list_length(replay->subject) > 0 ? pop(replay, replay->subject) : 0;
}

static void
prepare_thousand(struct replay *replay) {
    replay->given[0] = none_list(replay, 1000);
}

/* list(x) of a list or tuple. */
static struct rt_object *
make_from_sequence(struct replay *replay) {
    struct rt_object *list = replay_have(rt_list_call(replay->rt));

    assert_int_equal(rt_list_extend(replay->rt, list, replay->given[0]), 0);
    return list;
}

static const struct replay_recipe walks[] = {
    {.pattern = "list.append", .make = make_grown, .change = change_append, .how = 0},
    {.pattern = "list.insert", .make = make_grown, .change = change_insert, .how = 0},
    {.pattern = "list.pop", .make = make_grown, .change = change_pop, .how = LONGEST},
    {.pattern = "list.delete_first",
     .make = make_from_sequence,
     .change = change_delete_first,
     .prepare = prepare_thousand},
    {.pattern = "list.clear", .make = make_grown, .change = change_clear, .how = LENGTH},
    {.pattern = "list.refill", .make = make_emptied, .change = change_append, .how = LENGTH},
    {.pattern = "list.random", .make = make_grown, .change = change_randomly, .how = 0},
};

const struct replay_group replay_list_walks = REPLAY_GROUP(walks);

/* ---- Families ----------------------------------------------------------------------------------- */

static struct rt_object *
make_packed(struct replay *replay) {
    struct rt_object *items[LENGTH];

    assert_true(replay->step <= LENGTH);
    for (long i = 0; i < replay->step; i++)
        items[i] = replay_none(replay);
    return rt_list_pack(replay->rt, items, (size_t)replay->step);
}

static struct rt_object *
make_repeated(struct replay *replay) {
    return none_list(replay, replay->step);
}

static struct rt_object *
make_appended(struct replay *replay) {
    return grown_list(replay, replay->step);
}

static void
prepare_hundred(struct replay *replay) {
    replay->given[0] = none_list(replay, LENGTH);
}

static void
prepare_list(struct replay *replay) {
    replay->given[0] = none_list(replay, replay->step);
}

static void
prepare_tuple(struct replay *replay) {
    replay->given[0] = replay_have(rt_tuple_new(replay->rt, (size_t)replay->step));
    for (long i = 0; i < replay->step; i++)
        rt_tuple_put_steal(replay->given[0], (size_t)i, rt_incref(replay_none(replay)));
}

static struct rt_object *
make_slice(struct replay *replay) {
    return rt_list_slice(replay->rt, replay->given[0], 0, (size_t)replay->step);
}

static struct rt_object *
next_none(struct rt *rt, void *context) {
    (void)context;
    return rt_incref(rt_none(rt));
}

static struct rt_object *
make_counted(struct replay *replay) {
    struct rt_object *list = replay_have(rt_list_call(replay->rt));

    assert_int_equal(
        rt_list_extend_counted(replay->rt, list, (size_t)replay->step, next_none, NULL), 0);
    return list;
}

/* Gives as many Nones as the step's number. */
static struct rt_object *
resume_nones(struct rt *rt, struct rt_object *generator, void *data) {
    const struct replay *replay = data;
    int64_t position = rt_generator_position(generator);

    if (position == replay->step)
        return NULL;
    rt_generator_set_position(generator, position + 1);
    return rt_incref(rt_none(rt));
}

static struct rt_object *
make_generated(struct replay *replay) {
    struct rt_object *generator =
        replay_have(rt_generator_new(replay->rt, resume_nones, replay, 1));
    struct rt_object *list = rt_list_from_generator(replay->rt, generator);

    rt_decref(replay->rt, generator);
    return list;
}

static struct rt_object *
exact_or_grown(struct replay *replay) {
    return replay->recipe->how ? grown_list(replay, LENGTH) : none_list(replay, LENGTH);
}

static struct rt_object *
make_headless(struct replay *replay) {
    struct rt_object *list = exact_or_grown(replay);

    assert_int_equal(rt_list_delete(replay->rt, list, 0, (size_t)replay->step), 0);
    return list;
}

static struct rt_object *
make_tailless(struct replay *replay) {
    struct rt_object *list = exact_or_grown(replay);

    assert_int_equal(rt_list_delete(replay->rt, list, LENGTH - (size_t)replay->step, LENGTH), 0);
    return list;
}

static const struct replay_recipe families[] = {
    {.pattern = "list.display", .make = make_packed},
    {.pattern = "list.repeat", .make = make_repeated},
    {.pattern = "list.slice", .make = make_slice, .prepare = prepare_hundred},
    {.pattern = "list.copy", .make = make_slice, .prepare = prepare_list},
    {.pattern = "list.list", .make = make_from_sequence, .prepare = prepare_list},
    {.pattern = "list.tuple", .make = make_from_sequence, .prepare = prepare_tuple},
    {.pattern = "list.range", .make = make_counted},
    {.pattern = "list.iterator", .make = make_counted},
    {.pattern = "list.generator", .make = make_generated},
    {.pattern = "list.comprehension", .make = make_appended},
    {.pattern = "list.delete_head.exact", .make = make_headless, .how = false},
    {.pattern = "list.delete_head.grown", .make = make_headless, .how = true},
    {.pattern = "list.delete_tail.exact", .make = make_tailless, .how = false},
    {.pattern = "list.delete_tail.grown", .make = make_tailless, .how = true},
};

const struct replay_group replay_list_families = REPLAY_GROUP(families);

/* ---- Extends ------------------------------------------------------------------------------------ */

static struct rt_object *
extended(struct replay *replay, struct rt_object *list) {
    assert_int_equal(rt_list_extend(replay->rt, list, replay->given[0]), 0);
    return list;
}

static struct rt_object *
make_extended_exact(struct replay *replay) {
    return extended(replay, none_list(replay, replay->n));
}

static struct rt_object *
make_extended_grown(struct replay *replay) {
    return extended(replay, grown_list(replay, replay->n));
}

static struct rt_object *
make_extended_emptied(struct replay *replay) {
    return extended(replay, emptied_list(replay, replay->n));
}

static struct rt_object *
make_extended_counted(struct replay *replay) {
    struct rt_object *list = none_list(replay, replay->n);

    assert_int_equal(
        rt_list_extend_counted(replay->rt, list, (size_t)replay->step, next_none, NULL), 0);
    return list;
}

static const struct replay_recipe extends[] = {
    {.pattern = "list.extend.exact.#", .make = make_extended_exact, .prepare = prepare_list},
    {.pattern = "list.extend.grown.#", .make = make_extended_grown, .prepare = prepare_list},
    {.pattern = "list.extend.emptied.#", .make = make_extended_emptied, .prepare = prepare_list},
    {.pattern = "list.extend.counted.#", .make = make_extended_counted},
};

const struct replay_group replay_extends = REPLAY_GROUP(extends);
