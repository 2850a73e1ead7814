/* SPDX-License-Identifier: MIT
 *
 * mourner.h: an item for the tests of containers, that needs no other type. It has a number, by which it
 * is hashed and compared, and writes it down when it dies; it may do something more then.
 */
#ifndef RUNTIME_TESTS_MOURNER_H
#define RUNTIME_TESTS_MOURNER_H

#include "runtime/tests/heap.h"

#include "runtime/object.h"

enum {
    TEST_LOG_MAX = 256
};

struct test_log {
    int64_t numbers[TEST_LOG_MAX]; /* of the dead, in the order of their deaths */
    size_t count;                  /* may be more than are written down */
    void (*at_death)(struct rt *rt, struct test_log *log);
    struct rt_object *victim; /* whatever at_death wants to know */
    int64_t observed;
};

struct test_mourner {
    struct rt_object object;
    int64_t number;
    struct test_log *log;
};

static inline struct test_mourner *
test_mourner_of(const struct rt_object *object) {
    return (struct test_mourner *)object;
}

static inline int64_t
test_number(const struct rt_object *object) {
    return test_mourner_of(object)->number;
}

/* A container with the brake, as an instance is. */
static inline void
test_mourner_drop(struct rt *rt, struct rt_object *object) {
    struct test_log *log = test_mourner_of(object)->log;

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object))
        return;
    if (log->count < TEST_LOG_MAX)
        log->numbers[log->count] = test_number(object);
    log->count++;
    if (log->at_death != NULL)
        log->at_death(rt, log);
    rt_object_free(rt, object, sizeof(struct rt_head), sizeof(struct test_mourner));
    rt_trash_leave(rt);
}

static inline void
test_mourner_traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    (void)object, (void)visit, (void)context;
}

static inline int
test_mourner_hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    (void)rt;
    *ret_hash = test_number(object);
    return 0;
}

static inline int
test_mourner_equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    (void)rt, (void)depth;
    return one->type == other->type && test_number(one) == test_number(other);
}

static const struct rt_type test_mourner_type = {
    .drop = test_mourner_drop,
    .traverse = test_mourner_traverse,
    .hash = test_mourner_hash,
    .equal = test_mourner_equal,
    .name = "mourner",
    .kind = RT_KIND_CELL,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = sizeof(struct rt_head),
};

/* Not tracked; never fails in a context without faults. */
static inline struct rt_object *
test_mourner(struct rt *rt, struct test_log *log, int64_t number) {
    struct rt_object *object =
        rt_object_alloc(rt, sizeof(struct rt_head), sizeof(struct test_mourner));

    assert_non_null(object);
    rt_object_init(object, &test_mourner_type);
    test_mourner_of(object)->number = number;
    test_mourner_of(object)->log = log;
    return object;
}

static inline void
assert_died(const struct test_log *log, const int64_t *numbers, size_t count) {
    assert_int_equal(log->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(log->numbers[i], numbers[i]);
}

#endif
