/* SPDX-License-Identifier: MIT
 *
 * replay_values.c: recipes for numbers, None, str, bytes, tuple and array. sizes.py describes the series.
 */
#include "runtime/tests/replay.h"

/* ---- Numbers ------------------------------------------------------------------------------------ */

enum {
    DIGIT_BITS = 30,
    DIGITS_MAX = 10,
};

/* 2^bit, or its opposite. */
static struct rt_object *
power(struct replay *replay, bool is_negative, long bit) {
    uint32_t digits[DIGITS_MAX] = {0};

    digits[bit / DIGIT_BITS] = UINT32_C(1) << bit % DIGIT_BITS;
    return replay_have(
        rt_int_from_digits(replay->rt, is_negative, digits, (size_t)(bit / DIGIT_BITS + 1)));
}

/* 2^bits - 1, or its opposite. */
static struct rt_object *
ones(struct replay *replay, bool is_negative, long bits) {
    uint32_t digits[DIGITS_MAX] = {0};

    for (long bit = 0; bit < bits; bit++)
        digits[bit / DIGIT_BITS] |= UINT32_C(1) << bit % DIGIT_BITS;
    return replay_have(rt_int_from_digits(replay->rt, is_negative, digits, DIGITS_MAX));
}

static struct rt_object *
make_int(struct replay *replay) {
    int64_t value = INT64_C(1) << replay->step;

    return rt_int_new(replay->rt, replay->recipe->how < 0 ? -value : value);
}

static struct rt_object *
make_power(struct replay *replay) {
    return power(replay, replay->recipe->how < 0, replay->step);
}

static void
prepare_ones_and_one(struct replay *replay) {
    replay->given[0] = ones(replay, replay->recipe->how < 0, replay->step);
    replay->given[1] = replay_have(rt_int_new(replay->rt, replay->recipe->how));
}

static void
prepare_halves(struct replay *replay) {
    replay->given[0] = power(replay, replay->recipe->how < 0, replay->step - 1);
    replay->given[1] = rt_incref(replay->given[0]);
}

static struct rt_object *
make_sum(struct replay *replay) {
    return rt_int_add(replay->rt, replay->given[0], replay->given[1]);
}

static struct rt_object *
make_float(struct replay *replay) {
    return rt_float_new(replay->rt, 1.5);
}

static struct rt_object *
make_bool(struct replay *replay) {
    return rt_incref(rt_bool(replay->rt, replay->step != 0));
}

static struct rt_object *
make_none(struct replay *replay) {
    return rt_incref(rt_none(replay->rt));
}

/* A sum of several digits is made with one more in CPython, in case of a carry. */
static const struct replay_recipe ints[] = {
    {.pattern = "int.c", .make = make_int, .how = 1},
    {.pattern = "int.c.negative", .make = make_int, .how = -1},
    {.pattern = "int.copy", .make = make_power, .how = 1},
    {.pattern = "int.copy.negative", .make = make_power, .how = -1},
    {.pattern = "int.add",
     .make = make_sum,
     .prepare = prepare_ones_and_one,
     .how = 1,
     .flags = REPLAY_MAY_ASK_LESS},
    {.pattern = "int.add.negative",
     .make = make_sum,
     .prepare = prepare_ones_and_one,
     .how = -1,
     .flags = REPLAY_MAY_ASK_LESS},
    {.pattern = "int.double",
     .make = make_sum,
     .prepare = prepare_halves,
     .how = 1,
     .flags = REPLAY_MAY_ASK_LESS},
    {.pattern = "int.double.negative",
     .make = make_sum,
     .prepare = prepare_halves,
     .how = -1,
     .flags = REPLAY_MAY_ASK_LESS},
    {.pattern = "float", .make = make_float},
    {.pattern = "bool", .make = make_bool},
    {.pattern = "none", .make = make_none},
};

const struct replay_group replay_ints = REPLAY_GROUP(ints);

/* ---- str, bytes, tuple -------------------------------------------------------------------------- */

enum {
    TEXT_MAX = 301
};

static void
prepare_str(struct replay *replay) {
    size_t count = (size_t)replay->step + 1;
    uint32_t points[TEXT_MAX];

    assert_true(count <= TEXT_MAX);
    for (size_t i = 0; i < count; i++)
        points[i] = (uint32_t)replay->recipe->how;
    replay->given[0] = replay_have(rt_str_from_points(replay->rt, points, count));
}

static struct rt_object *
make_str(struct replay *replay) {
    return rt_str_slice(replay->rt, replay->given[0], 0, (size_t)replay->step);
}

static struct rt_object *
make_bytes(struct replay *replay) {
    char data[TEXT_MAX];

    assert_true(replay->step <= TEXT_MAX);
    memset(data, 'a', sizeof data);
    return rt_bytes_new(replay->rt, data, (size_t)replay->step);
}

static struct rt_object *
make_tuple(struct replay *replay) {
    struct rt_object *items[TEXT_MAX];

    assert_true(replay->step <= TEXT_MAX);
    for (long i = 0; i < replay->step; i++)
        items[i] = replay_none(replay);
    return rt_tuple_pack(replay->rt, items, (size_t)replay->step);
}

static const struct replay_recipe texts[] = {
    {.pattern = "str.ascii", .make = make_str, .prepare = prepare_str, .how = 'a'},
    {.pattern = "str.latin1", .make = make_str, .prepare = prepare_str, .how = 0xe9},
    {.pattern = "str.ucs2", .make = make_str, .prepare = prepare_str, .how = 0x100},
    {.pattern = "str.ucs4", .make = make_str, .prepare = prepare_str, .how = 0x1f600},
    {.pattern = "bytes", .make = make_bytes},
    {.pattern = "tuple", .make = make_tuple},
};

const struct replay_group replay_texts = REPLAY_GROUP(texts);

/* ---- array -------------------------------------------------------------------------------------- */

static enum rt_array_code
code_of(const struct replay *replay) {
    const char *code = strchr("iqd", replay->word[0]);

    assert_non_null(code);
    return (enum rt_array_code)(code - "iqd");
}

static struct rt_object *
zeros(struct replay *replay, long count) {
    return replay_have(rt_array_new(replay->rt, code_of(replay), (size_t)count));
}

static int
append_zero(struct replay *replay, struct rt_object *array) {
    return code_of(replay) == RT_ARRAY_D ? rt_array_append_double(replay->rt, array, 0)
                                         : rt_array_append_integer(replay->rt, array, 0);
}

static struct rt_object *
grown_array(struct replay *replay, long count) {
    struct rt_object *array = zeros(replay, 0);

    for (long i = 0; i < count; i++)
        assert_int_equal(append_zero(replay, array), 0);
    return array;
}

/* By as many appends as the recipe says. */
static struct rt_object *
make_grown_array(struct replay *replay) {
    return grown_array(replay, replay->recipe->how);
}

static int
change_append_zero(struct replay *replay) {
    return append_zero(replay, replay->subject);
}

/* Removes the last ones, as many as are there of `count`. */
static int
cut(struct replay *replay, size_t count) {
    size_t length = rt_array_length(replay->subject);

    return rt_array_resize(replay->rt, replay->subject, length > count ? length - count : 0);
}

static int
change_cut_one(struct replay *replay) {
    return cut(replay, 1);
}

static int
change_cut_sixteen(struct replay *replay) {
    return cut(replay, 16);
}

static struct rt_object *
make_zeros(struct replay *replay) {
    return zeros(replay, replay->step);
}

static struct rt_object *
make_cut_zeros(struct replay *replay) {
    struct rt_object *array = zeros(replay, 100);

    assert_int_equal(rt_array_resize(replay->rt, array, 100 - (size_t)replay->step), 0);
    return array;
}

static void
prepare_zeros(struct replay *replay) {
    replay->given[0] = zeros(replay, replay->step);
}

static struct rt_object *
make_extended_array(struct replay *replay) {
    struct rt_object *array =
        replay->recipe->how ? grown_array(replay, replay->n) : zeros(replay, replay->n);

    assert_int_equal(rt_array_extend(replay->rt, array, replay->given[0]), 0);
    return array;
}

static const struct replay_recipe arrays[] = {
    {.pattern = "array.@.append", .make = make_grown_array, .change = change_append_zero, .how = 0},
    {.pattern = "array.@.pop", .make = make_grown_array, .change = change_cut_one, .how = 10000},
    {.pattern = "array.@.shrink",
     .make = make_grown_array,
     .change = change_cut_sixteen,
     .how = 1000},
    {.pattern = "array.@.list", .make = make_zeros},
    {.pattern = "array.@.delete_tail", .make = make_cut_zeros},
    {.pattern = "array.@.extend.exact.#",
     .make = make_extended_array,
     .prepare = prepare_zeros,
     .how = false},
    {.pattern = "array.@.extend.grown.#",
     .make = make_extended_array,
     .prepare = prepare_zeros,
     .how = true},
};

const struct replay_group replay_arrays = REPLAY_GROUP(arrays);
