/* SPDX-License-Identifier: MIT
 *
 * keyed.h: what the tests of dicts and sets share: keys by number, in three kinds.
 */
#ifndef RUNTIME_TESTS_KEYED_H
#define RUNTIME_TESTS_KEYED_H

#include <stdio.h>
#include <stdlib.h>

#include "runtime/tests/faults.h"
#include "runtime/tests/mourner.h"
#include "runtime/tests/seed.h"

enum test_key_kind {
    TEST_KEY_STR,   /* "k<number>", as in the table of sizes */
    TEST_KEY_INT,   /* number */
    TEST_KEY_TUPLE, /* (number, "k<number>") */
    TEST_KEY_KINDS
};

/* NULL: out of memory. */
static inline struct rt_object *
test_try_key(struct rt *rt, enum test_key_kind kind, int64_t number) {
    struct rt_object *parts[2], *key = NULL;
    char text[24];

    if (kind == TEST_KEY_STR)
        return rt_str_new(rt, text, (size_t)snprintf(text, sizeof text, "k%d", (int)number));
    if (kind == TEST_KEY_INT)
        return rt_int_new(rt, number);
    parts[0] = rt_int_new(rt, number);
    parts[1] = test_try_key(rt, TEST_KEY_STR, number);
    if (parts[0] != NULL && parts[1] != NULL)
        key = rt_tuple_pack(rt, parts, 2);
    rt_xdecref(rt, parts[0]);
    rt_xdecref(rt, parts[1]);
    return key;
}

static inline struct rt_object *
test_key(struct rt *rt, enum test_key_kind kind, int64_t number) {
    struct rt_object *key = test_try_key(rt, kind, number);

    assert_non_null(key);
    return key;
}

/* The reverse. */
static inline int64_t
test_key_number(struct rt *rt, struct rt_object *key, enum test_key_kind *ret_kind) {
    enum rt_kind kind = rt_kind(key);
    struct rt_text text;
    char buffer[24];
    int64_t number;

    *ret_kind = kind == RT_KIND_STR   ? TEST_KEY_STR
                : kind == RT_KIND_INT ? TEST_KEY_INT
                                      : TEST_KEY_TUPLE;
    if (*ret_kind == TEST_KEY_STR) {
        rt_text_init(&text, buffer, sizeof buffer);
        rt_str_to_text(key, &text);
        return atoi(buffer + 1);
    }
    assert_int_equal(
        rt_int_value(rt, *ret_kind == TEST_KEY_INT ? key : rt_tuple_get(key, 0), &number), 0);
    return number;
}

/* ---- dict ---- */

static inline void
test_dict_put(struct rt *rt, struct rt_object *dict, enum test_key_kind kind, int64_t number,
              int64_t value) {
    struct rt_object *key = test_key(rt, kind, number), *object = rt_int_new(rt, value);

    assert_non_null(object);
    assert_int_equal(rt_dict_set(rt, dict, key, object), 0);
    rt_decref(rt, key);
    rt_decref(rt, object);
}

/* False: it was not there. */
static inline bool
test_dict_take(struct rt *rt, struct rt_object *dict, enum test_key_kind kind, int64_t number) {
    struct rt_object *key = test_key(rt, kind, number);
    int status = rt_dict_delete(rt, dict, key);

    rt_decref(rt, key);
    return status == 0;
}

/* The value, or -1. */
static inline int64_t
test_dict_find(struct rt *rt, struct rt_object *dict, enum test_key_kind kind, int64_t number) {
    struct rt_object *key = test_key(rt, kind, number), *value = rt_dict_get(rt, dict, key);
    int64_t found = -1;

    if (value != NULL)
        assert_int_equal(rt_int_value(rt, value, &found), 0);
    rt_decref(rt, key);
    return found;
}

/* What a failure must leave as it was. */
struct test_dict_state {
    uint64_t pairs; /* a hash of which objects they are, in order */
    size_t length, bytes;
    bool is_tracked;
};

static inline struct test_dict_state
test_dict_look(const struct rt_object *dict) {
    struct test_dict_state state = {.pairs = UINT64_C(0xcbf29ce484222325),
                                    .length = rt_dict_length(dict),
                                    .bytes = rt_sizeof(dict),
                                    .is_tracked = rt_is_tracked(dict)};
    struct rt_object *key, *value;
    size_t position = 0;

    while (rt_dict_next(dict, &position, &key, &value)) {
        state.pairs = (state.pairs ^ (uintptr_t)key) * UINT64_C(0x100000001b3);
        state.pairs = (state.pairs ^ (uintptr_t)value) * UINT64_C(0x100000001b3);
    }
    return state;
}

static inline void
assert_same_state(struct test_dict_state one, struct test_dict_state other) {
    assert_int_equal(one.length, other.length);
    assert_int_equal(one.pairs, other.pairs);
    assert_int_equal(one.bytes, other.bytes);
    assert_int_equal(one.is_tracked, other.is_tracked);
}

/* Of the keys start ... end - 1, each its own value. */
static inline struct rt_object *
test_dict_of(struct rt *rt, enum test_key_kind kind, int64_t start, int64_t end) {
    struct rt_object *dict = rt_dict_new(rt);

    assert_non_null(dict);
    for (int64_t i = start; i < end; i++)
        test_dict_put(rt, dict, kind, i, i);
    return dict;
}

#endif
