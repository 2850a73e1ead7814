/* SPDX-License-Identifier: MIT
 *
 * inspected.h: what the tests of looking into the heap share: a state of the heap that must not change, and random
 * heaps of which the test knows every reference by itself.
 */
#ifndef RUNTIME_TESTS_INSPECTED_H
#define RUNTIME_TESTS_INSPECTED_H

#include "runtime/tests/faults.h"
#include "runtime/tests/objects.h"
#include "runtime/tests/seed.h"

/* ---- What must not change ---- */

struct test_state {
    uint64_t stats[RT_STAT_COUNT];
    int64_t young_count, counts[RT_GENERATIONS];
    uint64_t marks[2 + RT_GENERATIONS];
    uint64_t mixed; /* the order of the tracked, their heads, and the counts of all they refer to */
};

static inline void
test_mix(uint64_t *mixed, uint64_t value) {
    *mixed = (*mixed ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *mixed ^= *mixed >> 29;
}

static inline void
test_mix_count(struct rt_object *object, void *context) {
    test_mix(context, (uint64_t)object->count);
}

static inline struct test_state
test_state_read(struct rt *rt) {
    struct test_state state;

    memset(&state, 0, sizeof state);
    rt_stats_read(rt, state.stats);
    state.stats[RT_STAT_FAULTS_INJECTED] = 0;
    state.young_count = rt->young_count;
    memcpy(state.counts, rt->gc.count, sizeof state.counts);
    state.marks[0] = rt->tracker.end;
    state.marks[1] = rt->tracker.holes;
    for (int i = 0; i < RT_GENERATIONS; i++)
        state.marks[2 + i] = rt->tracker.begin[i];
    for (uint32_t place = 1; place < rt->tracker.end; place++) {
        struct rt_object *object = rt->tracker.objects[place];
        uint64_t head[2];

        test_mix(&state.mixed, (uint64_t)(uintptr_t)object);
        if (object != NULL) {
            memcpy(head, (const char *)object - sizeof head, sizeof head);
            test_mix(&state.mixed, head[0]);
            test_mix(&state.mixed, head[1]);
            test_mix_count(object, &state.mixed);
            rt_visit(object, test_mix_count, &state.mixed);
        }
    }
    return state;
}

#define assert_undisturbed(rt, before)                                                             \
    do {                                                                                           \
        struct test_state now_ = test_state_read(rt);                                              \
        assert_memory_equal(&now_, &(before), sizeof now_);                                        \
        assert_verified(rt);                                                                       \
    } while (0)

/* ---- Hand-built heaps ---- */

/* A new list of these, which it takes over. */
static inline struct rt_object *
test_list(struct rt *rt, size_t count, struct rt_object *const *items) {
    struct rt_object *list = rt_list_pack(rt, items, count);

    assert_non_null(list);
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, items[i]);
    return list;
}

static inline struct rt_object *
test_int(struct rt *rt, int64_t value) {
    struct rt_object *object = rt_int_new(rt, value);

    assert_non_null(object);
    return object;
}

static inline struct rt_object *
test_class(struct rt *rt, const char *name) {
    struct rt_object *object = rt_class_new(rt, &(struct rt_class_spec){.name = name});

    assert_non_null(object);
    return object;
}

/* ---- Random heaps ---- */

enum {
    TEST_NODES_MAX = 200,
    TEST_EDGES_MAX = 8 * TEST_NODES_MAX,
};

struct test_edge {
    int from, to;
};

struct test_world {
    struct rt *rt;
    struct test_random random;
    struct rt_object *nodes[TEST_NODES_MAX], *classes[2];
    bool is_held[TEST_NODES_MAX];    /* by the test */
    bool is_visible[TEST_NODES_MAX]; /* tracked, or referred to by somebody visible */
    bool is_root[TEST_NODES_MAX];    /* held, or referred to by an invisible tuple */
    int count, edge_count;
    struct test_edge edges[TEST_EDGES_MAX];
};

static inline int
test_pick(struct test_world *world, int below) {
    return (int)test_random_below(&world->random, (uint64_t)below);
}

static inline struct rt_object *
test_world_new_node(struct test_world *world, int node) {
    struct rt_object *items[3];
    int count = node == 0 ? 0 : test_pick(world, 3);

    switch (test_pick(world, 8)) {
    case 0:
        return rt_int_new(world->rt, 1000 + node);
    case 1:
        for (int i = 0; i < count; i++) {
            int to = test_pick(world, node);

            items[i] = world->nodes[to];
            world->edges[world->edge_count++] = (struct test_edge){node, to};
        }
        return count == 0 ? rt_float_new(world->rt, node)
                          : rt_tuple_pack(world->rt, items, (size_t)count);
    case 2:
        return rt_dict_new(world->rt);
    case 3:
        return rt_cell_new(world->rt, NULL);
    case 4:
        return rt_instance_new(world->rt, world->classes[0]);
    case 5:
        return rt_instance_new(world->rt, world->classes[1]);
    default:
        return rt_list_new(world->rt, 0);
    }
}

/* Makes one node refer to another once more; false: it cannot. */
static inline bool
test_world_connect(struct test_world *world, int from, int to) {
    struct rt_object *source = world->nodes[from], *target = world->nodes[to], *key;
    char name[] = {(char)('a' + test_pick(world, 2)), '\0'};
    struct rt *rt = world->rt;

    switch (rt_kind(source)) {
    case RT_KIND_LIST:
        assert_int_equal(rt_list_append(rt, source, target), 0);
        break;
    case RT_KIND_DICT:
        key = world->edge_count % 2 == 0 ? test_int(rt, 5000 + world->edge_count)
                                         : test_name(rt, name);
        if (rt_dict_get(rt, source, key) != NULL) {
            rt_decref(rt, key);
            return false;
        }
        assert_int_equal(rt_dict_set(rt, source, key, target), 0);
        rt_decref(rt, key);
        break;
    case RT_KIND_CELL:
        if (rt_cell_get(source) != NULL)
            return false;
        rt_cell_set(rt, source, target);
        break;
    case RT_KIND_INSTANCE:
        if (test_get(rt, source, name) != NULL)
            return false;
        assert_int_equal(test_set(rt, source, name, target), 0);
        break;
    default:
        return false;
    }
    world->edges[world->edge_count++] = (struct test_edge){from, to};
    return true;
}

static inline void
test_world_find_roots(struct test_world *world) {
    bool *is_visible = world->is_visible;

    for (int node = 0; node < world->count; node++)
        is_visible[node] = rt_is_tracked(world->nodes[node]);
    for (int round = 0; round < world->count; round++) {
        for (int i = 0; i < world->edge_count; i++)
            is_visible[world->edges[i].to] |= is_visible[world->edges[i].from];
    }
    for (int node = 0; node < world->count; node++)
        world->is_root[node] = world->is_held[node];
    for (int i = 0; i < world->edge_count; i++)
        world->is_root[world->edges[i].to] |= !is_visible[world->edges[i].from];
}

/* A heap in which each node is referred to by the test or by a node that was there before. */
static inline struct test_world *
test_world_create(struct rt *rt, uint64_t seed) {
    static const char *const slots[] = {"a", "b"};
    struct rt_class_spec slotted = {.name = "Slotted", .slots = slots, .slot_count = 2};
    struct test_world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    world->rt = rt;
    test_random_init(&world->random, seed);
    world->classes[0] = test_class(rt, "Plain");
    world->classes[1] = rt_class_new(rt, &slotted);
    world->count = 2 + test_pick(world, TEST_NODES_MAX - 2);
    for (int node = 0; node < world->count; node++) {
        world->nodes[node] = test_world_new_node(world, node);
        assert_non_null(world->nodes[node]);
        world->is_held[node] = node == 0 || test_pick(world, 8) == 0 ||
                               !test_world_connect(world, test_pick(world, node), node);
    }
    for (int i = test_pick(world, 2 * world->count); i > 0; i--)
        (void)test_world_connect(world, test_pick(world, world->count),
                                 test_pick(world, world->count));
    for (int node = 0; node < world->count; node++) {
        if (!world->is_held[node])
            rt_decref(rt, world->nodes[node]);
    }
    if (test_pick(world, 2) == 0)
        assert_true(rt_gc_collect(rt, test_pick(world, 3)) >= 0); /* untracks, and ages */
    test_world_find_roots(world);
    return world;
}

static inline void
test_world_destroy(struct test_world *world) {
    struct rt *rt = world->rt;

    for (int node = 0; node < world->count; node++) {
        if (world->is_held[node])
            rt_decref(rt, world->nodes[node]);
    }
    rt_decref(rt, world->classes[0]);
    rt_decref(rt, world->classes[1]);
    assert_true(rt_gc_collect(rt, 2) >= 0);
    assert_verified(rt);
    free(world);
}

/* -1: none of the nodes. */
static inline int
test_world_find(const struct test_world *world, const struct rt_object *object) {
    for (int node = 0; node < world->count; node++) {
        if (world->nodes[node] == object)
            return node;
    }
    return -1;
}

static inline int
test_world_count_edges(const struct test_world *world, int from, int to) {
    int count = 0;

    for (int i = 0; i < world->edge_count; i++)
        count += (from < 0 || world->edges[i].from == from) && (to < 0 || world->edges[i].to == to);
    return count;
}

/* References on a shortest way to this node from a root, as they are distributed by going over all of
 * them again and again. */
static inline int
test_world_distance(const struct test_world *world, int node) {
    int distance[TEST_NODES_MAX];

    for (int i = 0; i < world->count; i++)
        distance[i] = world->is_root[i] ? 0 : TEST_NODES_MAX;
    for (int round = 0; round < world->count; round++) {
        for (int i = 0; i < world->edge_count; i++) {
            struct test_edge edge = world->edges[i];

            if (distance[edge.from] + 1 < distance[edge.to])
                distance[edge.to] = distance[edge.from] + 1;
        }
    }
    return distance[node];
}

enum {
    TEST_WORLDS = 60,
};

/* The body for random heaps on each of the backends. */
typedef void (*test_world_fn)(struct test_world *world);

static inline void
test_worlds(test_world_fn check) {
    uint64_t seed = test_seed();

    for (size_t i = 0; i < TEST_WORLDS; i++) {
        struct rt *rt = test_create(NULL, test_backends[i % 3], NULL);
        struct test_world *world = test_world_create(rt, seed + i);
        struct test_state before = test_state_read(rt);

        check(world);
        assert_undisturbed(rt, before);
        test_world_destroy(world);
        rt_destroy(rt);
    }
}

/* ---- Faults ---- */

/* What is to be refused with -ENOMEM, and with nothing changed, at each of its allocations in turn; what it
 * makes it frees. */
typedef int (*test_attempt_fn)(struct rt *rt, void *context);

static inline void
test_refuse_each(struct rt *rt, test_attempt_fn attempt, void *context, int least) {
    struct test_state before = test_state_read(rt);
    int status = -ENOMEM, refused = 0;

    for (uint64_t n = 1; status == -ENOMEM; n++) {
        test_fail_at(rt, n);
        status = attempt(rt, context);
        test_fail_at(rt, 0);
        assert_undisturbed(rt, before);
        refused += status == -ENOMEM;
    }
    assert_int_equal(status, 0);
    assert_true(refused >= least);
}

#endif
