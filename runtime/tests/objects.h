/* SPDX-License-Identifier: MIT
 *
 * objects.h: what the tests of objects share: short names for making things, and an object that leaves
 * a mark when it dies.
 */
#ifndef RUNTIME_TESTS_OBJECTS_H
#define RUNTIME_TESTS_OBJECTS_H

#include "runtime/tests/heap.h"

static inline struct rt_object *
test_name(struct rt *rt, const char *text) {
    struct rt_object *name = rt_str_name(rt, text);

    assert_non_null(name);
    return name;
}

/* 0, or what rt_error says. */
static inline int
test_set(struct rt *rt, struct rt_object *instance, const char *text, struct rt_object *value) {
    struct rt_object *name = test_name(rt, text);
    int status = rt_attr_set(rt, instance, name, value);

    rt_decref(rt, name);
    return status == 0 ? 0 : rt_error(rt);
}

static inline int
test_delete(struct rt *rt, struct rt_object *instance, const char *text) {
    struct rt_object *name = test_name(rt, text);
    int status = rt_attr_delete(rt, instance, name);

    rt_decref(rt, name);
    return status == 0 ? 0 : rt_error(rt);
}

/* Borrowed (whoever has the attribute keeps it), or NULL. */
static inline struct rt_object *
test_get(struct rt *rt, struct rt_object *instance, const char *text) {
    struct rt_object *name = test_name(rt, text);
    struct rt_object *value = rt_attr_get(rt, instance, name);

    rt_decref(rt, name);
    if (value != NULL)
        rt_decref(rt, value);
    return value;
}

static inline int
test_set_int(struct rt *rt, struct rt_object *instance, const char *text, int64_t number) {
    struct rt_object *value = rt_int_new(rt, number);
    int status;

    if (value == NULL)
        return rt_error(rt);
    status = test_set(rt, instance, text, value);
    rt_decref(rt, value);
    return status;
}

/* ---- Mourners: instances whose finalizer notes a number ---- */

enum {
    TEST_DEATHS_MAX = 256
};

struct test_deaths {
    int64_t numbers[TEST_DEATHS_MAX];
    size_t count;
};

static inline void
test_note_death(struct rt *rt, struct rt_object *self, void *data) {
    struct test_deaths *deaths = data;
    struct rt_object *number = test_get(rt, self, "number");

    assert_true(deaths->count < TEST_DEATHS_MAX);
    assert_non_null(number);
    assert_int_equal(rt_int_value(rt, number, &deaths->numbers[deaths->count++]), 0);
}

static inline struct rt_object *
test_mourned_class(struct rt *rt, struct test_deaths *deaths) {
    struct rt_class_spec spec = {
        .name = "Mourned", .finalizer = test_note_death, .finalizer_data = deaths};
    struct rt_object *class_object = rt_class_new(rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

static inline struct rt_object *
test_mourned(struct rt *rt, struct rt_object *class_object, int64_t number) {
    struct rt_object *instance = rt_instance_new(rt, class_object);

    assert_non_null(instance);
    assert_int_equal(test_set_int(rt, instance, "number", number), 0);
    return instance;
}

#endif
