/* SPDX-License-Identifier: MIT
 *
 * trash.h: what the tests of the collector share: trash made to order, and what is said of collections.
 */
#ifndef RUNTIME_TESTS_TRASH_H
#define RUNTIME_TESTS_TRASH_H

#include "runtime/tests/objects.h"

#include "runtime/object.h"

static inline struct rt_object *
test_have(struct rt_object *object) {
    assert_non_null(object);
    return object;
}

static inline struct rt_object *
test_list(struct rt *rt) {
    return test_have(rt_list_new(rt, 0));
}

/* A list that holds itself, and one reference more. */
static inline struct rt_object *
test_self_list(struct rt *rt) {
    struct rt_object *list = test_list(rt);

    assert_int_equal(rt_list_append(rt, list, list), 0);
    return list;
}

/* So many lists that hold themselves, and nobody else does. */
static inline void
test_trash(struct rt *rt, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, test_self_list(rt));
}

static inline struct rt_object *
test_class(struct rt *rt, const char *name) {
    struct rt_class_spec spec = {.name = name};

    return test_have(rt_class_new(rt, &spec));
}

/* The caller's reference. */
static inline struct rt_object *
test_instance(struct rt *rt, struct rt_object *class_object) {
    return test_have(rt_instance_new(rt, class_object));
}

static inline void
test_link(struct rt *rt, struct rt_object *from, const char *name, struct rt_object *to) {
    assert_int_equal(test_set(rt, from, name, to), 0);
}

/* Two instances that hold each other, and nobody else does. */
static inline void
test_trash_pair(struct rt *rt, struct rt_object *class_object) {
    struct rt_object *one = test_instance(rt, class_object);
    struct rt_object *other = test_instance(rt, class_object);

    test_link(rt, one, "other", other);
    test_link(rt, other, "other", one);
    rt_decref(rt, one);
    rt_decref(rt, other);
}

/* Everything there is becomes permanent, and all numbers 0. */
static inline void
test_settle(struct rt *rt) {
    assert_true(rt_gc_collect(rt, 2) >= 0);
    rt_gc_freeze(rt);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
}

#define assert_gc_counts(rt, c0, c1, c2)                                                           \
    do {                                                                                           \
        assert_int_equal(rt_gc_count((rt), 0), (c0));                                              \
        assert_int_equal(rt_gc_count((rt), 1), (c1));                                              \
        assert_int_equal(rt_gc_count((rt), 2), (c2));                                              \
    } while (0)

#define assert_gc_lengths(rt, l0, l1, l2)                                                          \
    do {                                                                                           \
        assert_int_equal(rt_gc_objects_count((rt), 0), (l0));                                      \
        assert_int_equal(rt_gc_objects_count((rt), 1), (l1));                                      \
        assert_int_equal(rt_gc_objects_count((rt), 2), (l2));                                      \
    } while (0)

static inline uint64_t
test_gc_runs(const struct rt *rt, int generation) {
    struct rt_gc_stats stats;

    rt_gc_stats_read(rt, generation, &stats);
    return stats.collections;
}

/* ---- Order -------------------------------------------------------------------------------------- */

enum {
    TEST_ORDER_MAX = 64
};

struct test_order {
    const struct rt_object *objects[TEST_ORDER_MAX];
    size_t count;
};

static inline void
test_note_object(struct rt_object *object, void *context) {
    struct test_order *order = context;

    assert_true(order->count < TEST_ORDER_MAX);
    order->objects[order->count++] = object;
}

/* The generation's objects are these, oldest first. */
static inline void
assert_generation_is(struct rt *rt, int generation, struct rt_object *const *objects,
                     size_t count) {
    struct test_order order = {.count = 0};

    assert_true(rt_gc_visit_objects(rt, generation, test_note_object, &order));
    assert_int_equal(order.count, count);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(order.objects[i], objects[i]);
}

/* ---- What collections say of themselves --------------------------------------------------------- */

struct test_cycles {
    struct rt_gc_cycle begin, end; /* of the last one */
    size_t begun, ended;
    size_t phases[RT_GC_PHASE_COUNT]; /* of all */
    enum rt_gc_phase last_phase;
};

static inline void
test_hear_cycle(void *context, const struct rt_event *event) {
    struct test_cycles *cycles = context;

    if (event->kind == RT_EVENT_GC_BEGIN) {
        cycles->begin = *event->cycle;
        cycles->begun++;
        cycles->last_phase = RT_GC_PHASE_TRACE;
    } else if (event->kind == RT_EVENT_GC_PHASE) {
        assert_true(event->cycle->phase >= cycles->last_phase);
        cycles->last_phase = event->cycle->phase;
        cycles->phases[event->cycle->phase]++;
    } else if (event->kind == RT_EVENT_GC_END) {
        cycles->end = *event->cycle;
        cycles->ended++;
    }
}

static inline void
test_listen_to_cycles(struct rt *rt, struct test_cycles *cycles) {
    *cycles = (struct test_cycles){.begun = 0};
    assert_int_equal(rt_listen(rt, test_hear_cycle, cycles), 0);
}

#endif
