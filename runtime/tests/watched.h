/* SPDX-License-Identifier: MIT
 *
 * watched.h: what the tests of weak references share: an object to be referred to, which is its number, and
 * callbacks that note theirs.
 */
#ifndef RUNTIME_TESTS_WATCHED_H
#define RUNTIME_TESTS_WATCHED_H

#include "runtime/tests/heap.h"

#include "runtime/weakref.h"

/* ---- What is referred to: it is its number ------------------------------------------------------ */

struct test_referent {
    struct rt_object object;
    struct rt_object *weakrefs;
    int64_t number; /* negative: unhashable */
};

static inline int64_t
test_referent_number(const struct rt_object *object) {
    return ((const struct test_referent *)object)->number;
}

static inline void
test_referent_drop(struct rt *rt, struct rt_object *object) {
    rt_untrack(rt, object);
    rt_weakref_clear_all(rt, object);
    rt_object_free(rt, object, sizeof(struct rt_head), sizeof(struct test_referent));
}

static inline void
test_referent_traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    (void)object, (void)visit, (void)context;
}

static inline int
test_referent_hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    *ret_hash = test_referent_number(object);
    return test_referent_number(object) < 0 ? rt_refuse(rt, EINVAL) : 0;
}

static inline int
test_referent_equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    (void)rt, (void)depth;
    return one->type == other->type && test_referent_number(one) == test_referent_number(other);
}

static const struct rt_type test_referent_type = {
    .drop = test_referent_drop,
    .traverse = test_referent_traverse,
    .hash = test_referent_hash,
    .equal = test_referent_equal,
    .name = "referent",
    .kind = RT_KIND_ARRAY,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = sizeof(struct rt_head),
    .weakrefs_offset = offsetof(struct test_referent, weakrefs),
};

static inline struct rt_object *
test_referent(struct rt *rt, int64_t number) {
    struct rt_object *object =
        rt_object_alloc(rt, sizeof(struct rt_head), sizeof(struct test_referent));

    assert_non_null(object);
    rt_object_init(object, &test_referent_type);
    ((struct test_referent *)object)->weakrefs = NULL;
    ((struct test_referent *)object)->number = number;
    return object;
}

/* ---- Who is called: it notes its number --------------------------------------------------------- */

enum {
    TEST_CALLS_MAX = 64
};

struct test_caller {
    struct test_calls *calls;
    int64_t number; /* negative: the call fails */
};

struct test_calls {
    int64_t numbers[TEST_CALLS_MAX];
    size_t count;
    struct test_caller callers[TEST_CALLS_MAX];
    void (*then)(struct rt *rt, struct test_calls *calls); /* what more the first call does */
    struct rt_object *victim;
};

static inline struct rt_object *
test_note(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct test_caller *caller = rt_function_data(function);
    struct test_calls *calls = caller->calls;

    assert_int_equal(count, 1);
    assert_int_equal(rt_kind(args[0]), RT_KIND_WEAKREF);
    assert_null(rt_weakref_get(rt, args[0]));
    assert_true(calls->count < TEST_CALLS_MAX);
    calls->numbers[calls->count++] = caller->number;
    if (calls->then != NULL && calls->count == 1)
        calls->then(rt, calls);
    return caller->number < 0 ? rt_fail(rt, ERANGE) : rt_incref(rt_none(rt));
}

static inline struct rt_object *
test_callback(struct rt *rt, struct test_calls *calls, int64_t number) {
    struct test_caller *caller = &calls->callers[number < 0 ? -number : number];
    struct rt_object *function;

    *caller = (struct test_caller){.calls = calls, .number = number};
    function = rt_function_new(rt, test_note, NULL, caller);
    assert_non_null(function);
    return function;
}

static inline struct rt_object *
test_watch(struct rt *rt, struct rt_object *referent, struct test_calls *calls, int64_t number) {
    struct rt_object *callback = test_callback(rt, calls, number);
    struct rt_object *weakref = rt_weakref_new(rt, referent, callback);

    assert_non_null(weakref);
    rt_decref(rt, callback);
    return weakref;
}

static inline void
assert_called(const struct test_calls *calls, const int64_t *numbers, size_t count) {
    assert_int_equal(calls->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(calls->numbers[i], numbers[i]);
}

static inline void
test_drop_all(struct rt *rt, struct rt_object **objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_xdecref(rt, objects[i]);
}

/* ---- What an object refers to ------------------------------------------------------------------- */

struct test_visited {
    struct rt_object *objects[4];
    size_t count;
};

static inline void
test_remember(struct rt_object *object, void *context) {
    struct test_visited *visited = context;

    visited->objects[visited->count++] = object;
}

static inline void
assert_refers_to(struct rt_object *object, struct rt_object *const *expected, size_t count) {
    struct test_visited visited = {.count = 0};

    rt_visit(object, test_remember, &visited);
    assert_int_equal(visited.count, count);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(visited.objects[i], expected[i]);
}

/* ---- What an operation adds to the young count -------------------------------------------------- */

#define assert_counts(rt, expected, operation)                                                     \
    do {                                                                                           \
        int64_t before = (rt)->young_count;                                                        \
        operation;                                                                                 \
        assert_int_equal((rt)->young_count - before, expected);                                    \
    } while (0)

#endif
