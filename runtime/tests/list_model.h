/* SPDX-License-Identifier: MIT
 *
 * list_model.h: what a list should be, as a plain array of numbers and the rule of capacities in the
 * words of Python's folklore; and operations that are done to a list and to its model alike.
 */
#ifndef RUNTIME_TESTS_LIST_MODEL_H
#define RUNTIME_TESTS_LIST_MODEL_H

#include "runtime/tests/mourner.h"
#include "runtime/tests/seed.h"

static inline void
assert_numbers(const struct rt_object *list, const int64_t *numbers, size_t count) {
    assert_int_equal(rt_list_length(list), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(test_number(rt_list_get(list, i)), numbers[i]);
}

/* ---- The model ---- */

enum {
    MODEL_MAX = 300
};

struct model {
    int64_t numbers[MODEL_MAX];
    size_t length, capacity;
    bool had_array;
    int64_t made;
};

static inline void
model_resize(struct model *model, size_t length, size_t old_length) {
    size_t room = (length + length / 8 + 6) / 4 * 4;

    if (length > old_length && length - old_length > room - length)
        room = (length + 3) / 4 * 4;
    if (length > model->capacity || length < model->capacity / 2)
        model->capacity = length == 0 ? 0 : room;
    model->length = length;
    model->had_array |= length > 0;
}

static inline void
model_insert(struct model *model, size_t at, int64_t number) {
    memmove(model->numbers + at + 1, model->numbers + at,
            (model->length - at) * sizeof model->numbers[0]);
    model->numbers[at] = number;
    model_resize(model, model->length + 1, model->length);
}

static inline void
model_delete(struct model *model, size_t start, size_t end) {
    size_t old = model->length;

    memmove(model->numbers + start, model->numbers + end, (old - end) * sizeof model->numbers[0]);
    model_resize(model, old - (end - start), old);
}

static inline void
model_clear(struct model *model) {
    model->length = model->capacity = 0;
    model->had_array = false;
}

static inline void
model_extend(struct model *model, const int64_t *numbers, size_t count) {
    size_t old = model->length;

    memcpy(model->numbers + old, numbers, count * sizeof numbers[0]);
    if (count > 0 && !model->had_array)
        model->capacity = (count + 1) / 2 * 2;
    if (count > 0)
        model_resize(model, old + count, old);
}

/* ---- Both ---- */

static inline void
do_insert(struct rt *rt, struct rt_object *list, struct model *model, size_t at,
          struct test_log *log) {
    struct rt_object *item = test_mourner(rt, log, model->made);

    if (model->length < MODEL_MAX) {
        if (at == model->length)
            assert_int_equal(rt_list_append(rt, list, item), 0);
        else
            assert_int_equal(rt_list_insert(rt, list, at, item), 0);
        model_insert(model, at, model->made);
    }
    model->made++;
    rt_decref(rt, item);
}

static inline void
do_pop(struct rt *rt, struct rt_object *list, struct model *model, size_t at) {
    struct rt_object *item = rt_list_pop(rt, list, at);

    if (model->length == 0) {
        assert_null(item);
        return;
    }
    assert_int_equal(test_number(item), model->numbers[at]);
    rt_decref(rt, item);
    model_delete(model, at, at + 1);
}

static inline void
do_delete(struct rt *rt, struct rt_object *list, struct model *model, size_t start, size_t end) {
    assert_int_equal(rt_list_delete(rt, list, start, end), 0);
    if (end - start == model->length)
        model_clear(model);
    else
        model_delete(model, start, end);
}

static inline void
do_extend(struct rt *rt, struct rt_object *list, struct model *model, size_t start, size_t end) {
    struct rt_object *slice = rt_list_slice(rt, list, start, end);
    int64_t numbers[MODEL_MAX];

    memcpy(numbers, model->numbers + start, (end - start) * sizeof numbers[0]);
    assert_numbers(slice, numbers, end - start);
    if (model->length + end - start <= MODEL_MAX) {
        assert_int_equal(rt_list_extend(rt, list, slice), 0);
        model_extend(model, numbers, end - start);
    }
    rt_decref(rt, slice);
}

static inline void
do_reverse(struct rt_object *list, struct model *model) {
    rt_list_reverse(list);
    for (size_t i = 0; i < model->length / 2; i++) {
        int64_t number = model->numbers[i];

        model->numbers[i] = model->numbers[model->length - 1 - i];
        model->numbers[model->length - 1 - i] = number;
    }
}

static inline void
do_something(struct rt *rt, struct rt_object *list, struct model *model, struct test_random *random,
             struct test_log *log) {
    size_t end = test_random_below(random, model->length + 1);
    size_t start = test_random_below(random, end + 1);

    switch (test_random_below(random, 40)) {
    case 0:
        rt_list_clear(rt, list);
        model_clear(model);
        break;
    case 1:
        do_delete(rt, list, model, start, end);
        break;
    case 2:
        do_extend(rt, list, model, start, end);
        break;
    case 3:
        do_reverse(list, model);
        break;
    default:
        if (test_random_below(random, 100) < 52)
            do_insert(rt, list, model, test_random_below(random, 2) == 0 ? model->length : end,
                      log);
        else
            do_pop(rt, list, model, end < model->length ? end : model->length - (end > 0));
    }
}

#endif
