/* SPDX-License-Identifier: MIT
 *
 * replay_keyed.c: recipes for dicts and sets. sizes.py describes the series.
 *
 * A recipe is written for both, by way of the four calls that differ.
 */
#include "runtime/tests/replay.h"

enum {
    SEVEN_FIRST = 1000,
    SEVEN = 7,
    THREE = 3,
};

/* ---- Either ------------------------------------------------------------------------------------- */

static bool
is_set(const struct replay *replay) {
    return strncmp(replay->series, "set.", 4) == 0;
}

static enum replay_key_kind
kind_of(const struct replay *replay) {
    return strcmp(replay->word, "str") == 0 ? REPLAY_STR : REPLAY_INT;
}

static enum replay_key_kind
other_kind_of(const struct replay *replay) {
    return kind_of(replay) == REPLAY_STR ? REPLAY_INT : REPLAY_STR;
}

static struct rt_object *
new_empty(struct replay *replay) {
    return replay_have(is_set(replay) ? rt_set_new(replay->rt) : rt_dict_new(replay->rt));
}

static int
insert_of(struct replay *replay, struct rt_object *subject, enum replay_key_kind kind, long i) {
    struct rt_object *key = replay->keys[kind][i];

    return is_set(replay) ? rt_set_add(replay->rt, subject, key)
                          : rt_dict_set(replay->rt, subject, key, replay_none(replay));
}

static int
insert(struct replay *replay, struct rt_object *subject, long i) {
    return insert_of(replay, subject, kind_of(replay), i);
}

/* It may be there or not. */
static int
discard(struct replay *replay, struct rt_object *subject, long i) {
    struct rt_object *key = replay->keys[kind_of(replay)][i];

    if (is_set(replay))
        return rt_set_discard(replay->rt, subject, key) < 0 ? -1 : 0;
    rt_xdecref(replay->rt, rt_dict_pop(replay->rt, subject, key));
    return 0;
}

static int
update(struct replay *replay, struct rt_object *subject, struct rt_object *other) {
    return is_set(replay) ? rt_set_update(replay->rt, subject, other)
                          : rt_dict_update(replay->rt, subject, other);
}

static void
fill(struct replay *replay, struct rt_object *subject, enum replay_key_kind kind, long start,
     long end) {
    for (long i = start; i < end; i++)
        assert_int_equal(insert_of(replay, subject, kind, i), 0);
}

static struct rt_object *
filled(struct replay *replay, enum replay_key_kind kind, long start, long end) {
    struct rt_object *subject = new_empty(replay);

    fill(replay, subject, kind, start, end);
    return subject;
}

/* ---- Walks -------------------------------------------------------------------------------------- */

/* With as many inserted as the recipe says. */
static struct rt_object *
make_filled(struct replay *replay) {
    return filled(replay, kind_of(replay), 0, replay->recipe->how);
}

static struct rt_object *
make_cleared(struct replay *replay) {
    struct rt_object *subject = make_filled(replay);

    if (is_set(replay))
        rt_set_clear(replay->rt, subject);
    else
        rt_dict_clear(replay->rt, subject);
    return subject;
}

static int
change_insert(struct replay *replay) {
    return insert(replay, replay->subject, replay->step - 1);
}

static int
change_drain(struct replay *replay) {
    return replay->step <= 100 ? discard(replay, replay->subject, replay->step - 1)
                               : insert(replay, replay->subject, replay->step - 1);
}

static int
change_roll(struct replay *replay) {
    int status = insert(replay, replay->subject, replay->step);

    return status != 0 ? status : discard(replay, replay->subject, replay->step - 1);
}

static int
change_popitem(struct replay *replay) {
    struct rt_object *key, *value;

    if (rt_dict_popitem(replay->rt, replay->subject, &key, &value) != 0)
        return -1;
    rt_decref(replay->rt, key);
    rt_decref(replay->rt, value);
    return insert(replay, replay->subject, 4 + replay->step);
}

static int
change_randomly(struct replay *replay, int phase_bits, uint64_t key_count) {
    uint64_t r = test_random_next(&replay->random);
    bool is_odd = ((replay->step - 1) >> phase_bits & 1) != 0;
    long key = (long)(r >> 8 & (key_count - 1));

    return ((r & 3) != 0) != is_odd ? insert(replay, replay->subject, key)
                                    : discard(replay, replay->subject, key);
}

static int
change_random(struct replay *replay) {
    return change_randomly(replay, 12, 4096);
}

static int
change_random_small(struct replay *replay) {
    return change_randomly(replay, 6, 16);
}

static const struct replay_recipe dict_walks[] = {
    {.pattern = "dict.@.insert", .make = make_filled, .change = change_insert, .how = 0},
    {.pattern = "dict.@.drain", .make = make_filled, .change = change_drain, .how = 100},
    {.pattern = "dict.@.clear", .make = make_cleared, .change = change_insert, .how = 50},
    {.pattern = "dict.@.rolling", .make = make_filled, .change = change_roll, .how = 1},
    {.pattern = "dict.@.popitem", .make = make_filled, .change = change_popitem, .how = 5},
    {.pattern = "dict.@.random", .make = make_filled, .change = change_random, .how = 0},
    {.pattern = "dict.@.random_small",
     .make = make_filled,
     .change = change_random_small,
     .how = 0},
};

const struct replay_group replay_dict_walks = REPLAY_GROUP(dict_walks, .has_keys = true);

/* ---- Families ----------------------------------------------------------------------------------- */

/* n inserted. */
static void
prepare_dense(struct replay *replay) {
    replay->given[0] = filled(replay, kind_of(replay), 0, replay->step);
}

/* 2n+5 inserted and the last n+5 of them deleted. */
static void
prepare_sparse(struct replay *replay) {
    long n = replay->step;

    replay->given[0] = filled(replay, kind_of(replay), 0, 2 * n + 5);
    for (long i = n; i < 2 * n + 5; i++)
        assert_int_equal(discard(replay, replay->given[0], i), 0);
}

static struct rt_object *
make_converted(struct replay *replay) {
    struct rt_object *dict = filled(replay, kind_of(replay), 0, replay->step);

    assert_int_equal(update(replay, dict, replay->given[0]), 0);
    return dict;
}

static void
prepare_one_other(struct replay *replay) {
    replay->given[0] = filled(replay, other_kind_of(replay), 0, 1);
}

static struct rt_object *
make_displayed(struct replay *replay) {
    enum replay_key_kind kind = kind_of(replay);
    struct rt_object *dict =
        replay_have(rt_dict_new_presized(replay->rt, (size_t)replay->step, kind == REPLAY_STR));

    fill(replay, dict, kind, 0, replay->step);
    return dict;
}

static struct rt_object *
make_copy(struct replay *replay) {
    return is_set(replay) ? rt_set_copy(replay->rt, replay->given[0])
                          : rt_dict_copy(replay->rt, replay->given[0]);
}

static struct rt_object *
updated(struct replay *replay, struct rt_object *subject) {
    assert_int_equal(update(replay, subject, replay->given[0]), 0);
    return subject;
}

/* As calling the class with another one does. */
static struct rt_object *
make_call(struct replay *replay) {
    return updated(replay,
                   is_set(replay) ? new_empty(replay) : replay_have(rt_dict_call(replay->rt)));
}

static struct rt_object *
make_update(struct replay *replay) {
    return updated(replay, new_empty(replay));
}

static struct rt_object *
make_update_seven(struct replay *replay) {
    return updated(replay, filled(replay, kind_of(replay), SEVEN_FIRST, SEVEN_FIRST + SEVEN));
}

static struct rt_object *
make_update_same(struct replay *replay) {
    return updated(replay, filled(replay, kind_of(replay), 0, replay->step));
}

static struct rt_object *
make_update_other(struct replay *replay) {
    return updated(replay, filled(replay, other_kind_of(replay), 0, THREE));
}

static const struct replay_recipe dict_families[] = {
    {.pattern = "dict.@.convert", .make = make_converted, .prepare = prepare_one_other},
    {.pattern = "dict.@.display", .make = make_displayed},
    {.pattern = "dict.@.copy", .make = make_copy, .prepare = prepare_dense},
    {.pattern = "dict.@.call", .make = make_call, .prepare = prepare_dense},
    {.pattern = "dict.@.update", .make = make_update, .prepare = prepare_dense},
    {.pattern = "dict.@.copy.sparse", .make = make_copy, .prepare = prepare_sparse},
    {.pattern = "dict.@.call.sparse", .make = make_call, .prepare = prepare_sparse},
    {.pattern = "dict.@.update.sparse", .make = make_update, .prepare = prepare_sparse},
    {.pattern = "dict.@.update_seven", .make = make_update_seven, .prepare = prepare_dense},
    {.pattern = "dict.@.update_same", .make = make_update_same, .prepare = prepare_dense},
    {.pattern = "dict.@.update_other", .make = make_update_other, .prepare = prepare_dense},
};

const struct replay_group replay_dict_families = REPLAY_GROUP(dict_families, .has_keys = true);

static const struct replay_recipe sets[] = {
    {.pattern = "set.@.add", .make = make_filled, .change = change_insert, .how = 0},
    {.pattern = "set.@.drain", .make = make_filled, .change = change_drain, .how = 100},
    {.pattern = "set.@.clear", .make = make_cleared, .change = change_insert, .how = 50},
    {.pattern = "set.@.rolling", .make = make_filled, .change = change_roll, .how = 1},
    {.pattern = "set.@.random", .make = make_filled, .change = change_random, .how = 0},
    {.pattern = "set.@.random_small", .make = make_filled, .change = change_random_small, .how = 0},
    {.pattern = "set.@.copy", .make = make_copy, .prepare = prepare_dense},
    {.pattern = "set.@.call", .make = make_call, .prepare = prepare_dense},
    {.pattern = "set.@.update", .make = make_update, .prepare = prepare_dense},
    {.pattern = "set.@.copy.sparse", .make = make_copy, .prepare = prepare_sparse},
    {.pattern = "set.@.call.sparse", .make = make_call, .prepare = prepare_sparse},
    {.pattern = "set.@.update.sparse", .make = make_update, .prepare = prepare_sparse},
    {.pattern = "set.@.update_seven", .make = make_update_seven, .prepare = prepare_dense},
    {.pattern = "set.@.update_same", .make = make_update_same, .prepare = prepare_dense},
};

const struct replay_group replay_sets = REPLAY_GROUP(sets, .has_keys = true);
