/* SPDX-License-Identifier: MIT
 *
 * dict_model.h: a dict as plain arrays, and random steps that do the same to both.
 */
#ifndef RUNTIME_TESTS_DICT_MODEL_H
#define RUNTIME_TESTS_DICT_MODEL_H

#include "runtime/tests/keyed.h"

#include "runtime/dict.h"

enum {
    TEST_MODEL_KEYS = 300,
    TEST_MODEL_STEPS = 40000
};

struct test_model {
    struct rt *rt;
    struct rt_object *dict;
    uint64_t kinds;                                  /* of keys: 1 ... 3 */
    int64_t values[TEST_KEY_KINDS][TEST_MODEL_KEYS]; /* -1: not there */
    int64_t stamps[TEST_KEY_KINDS][TEST_MODEL_KEYS]; /* of the insertion */
    size_t length;
};

static inline void
test_model_forget_all(struct test_model *model) {
    for (int kind = 0; kind < TEST_KEY_KINDS; kind++)
        for (int i = 0; i < TEST_MODEL_KEYS; i++)
            model->values[kind][i] = -1;
    model->length = 0;
}

static inline void
test_model_put(struct test_model *model, enum test_key_kind kind, size_t number, int64_t stamp) {
    test_dict_put(model->rt, model->dict, kind, (int64_t)number, stamp % 1000);
    if (model->values[kind][number] < 0) {
        model->length++;
        model->stamps[kind][number] = stamp;
    }
    model->values[kind][number] = stamp % 1000;
}

static inline void
test_model_take(struct test_model *model, enum test_key_kind kind, size_t number) {
    int64_t *value = &model->values[kind][number];

    assert_int_equal(test_dict_take(model->rt, model->dict, kind, (int64_t)number), *value >= 0);
    model->length -= *value >= 0;
    *value = -1;
}

static inline void
test_model_take_newest(struct test_model *model) {
    struct rt_object *key, *value;
    enum test_key_kind kind;
    int64_t number, newest;

    if (rt_dict_popitem(model->rt, model->dict, &key, &value) != 0) {
        assert_int_equal(model->length, 0);
        return;
    }
    number = test_key_number(model->rt, key, &kind);
    newest = model->stamps[kind][number];
    for (int k = 0; k < TEST_KEY_KINDS; k++)
        for (int i = 0; i < TEST_MODEL_KEYS; i++)
            assert_true(model->values[k][i] < 0 || model->stamps[k][i] <= newest);
    assert_true(model->values[kind][number] >= 0);
    model->values[kind][number] = -1;
    model->length--;
    rt_decref(model->rt, key);
    rt_decref(model->rt, value);
}

static inline void
test_model_replace(struct test_model *model, bool by_update) {
    struct rt_object *copy =
        by_update ? rt_dict_new(model->rt) : rt_dict_copy(model->rt, model->dict);

    assert_non_null(copy);
    if (by_update)
        assert_int_equal(rt_dict_update(model->rt, copy, model->dict), 0);
    rt_decref(model->rt, model->dict);
    model->dict = copy;
}

/* Updates the dict by another one of a few keys in a row. */
static inline void
test_model_update(struct test_model *model, enum test_key_kind kind, size_t number, int64_t stamp) {
    size_t end = number + 40 < TEST_MODEL_KEYS ? number + 40 : TEST_MODEL_KEYS;
    struct rt_object *other = test_dict_of(model->rt, kind, (int64_t)number, (int64_t)end);

    assert_int_equal(rt_dict_update(model->rt, model->dict, other), 0);
    rt_decref(model->rt, other);
    for (size_t i = number; i < end; i++) {
        if (model->values[kind][i] < 0) {
            model->length++;
            model->stamps[kind][i] = stamp * 1000 + (int64_t)i;
        }
        model->values[kind][i] = (int64_t)i;
    }
}

static inline void
test_model_check(struct test_model *model) {
    struct rt_object *key, *value;
    size_t position = 0, count = 0;
    int64_t last = -1;

    assert_int_equal(rt_dict_length(model->dict), model->length);
    while (rt_dict_next(model->dict, &position, &key, &value)) {
        enum test_key_kind kind;
        int64_t number = test_key_number(model->rt, key, &kind), found;

        assert_int_equal(rt_int_value(model->rt, value, &found), 0);
        assert_int_equal(found, model->values[kind][number]);
        assert_true(model->stamps[kind][number] > last);
        last = model->stamps[kind][number];
        count++;
    }
    assert_int_equal(count, model->length);
    assert_true(rt_dict_type.verify(model->rt, model->dict, NULL));
    assert_verified(model->rt);
}

static inline void
test_model_step(struct test_model *model, struct test_random *random, int64_t step) {
    enum test_key_kind kind = (enum test_key_kind)test_random_below(random, model->kinds);
    size_t number = test_random_below(random, TEST_MODEL_KEYS >> test_random_below(random, 8));
    uint64_t action = test_random_below(random, 1000);

    if (action < 520) {
        test_model_put(model, kind, number, step * 1000 + 500);
    } else if (action < 830) {
        test_model_take(model, kind, number);
    } else if (action < 930) {
        assert_int_equal(test_dict_find(model->rt, model->dict, kind, (int64_t)number),
                         model->values[kind][number]);
    } else if (action < 980) {
        test_model_take_newest(model);
    } else if (action < 990) {
        test_model_replace(model, action < 985);
    } else if (action < 998) {
        test_model_update(model, kind, number, step);
    } else if (action == 998 && test_random_below(random, 5) == 0) {
        rt_dict_clear(model->rt, model->dict);
        test_model_forget_all(model);
    }
}

#endif
