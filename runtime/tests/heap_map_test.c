/* SPDX-License-Identifier: MIT
 *
 * The map of the heap: who gets a number, how often each is referred to, and by whom.
 */
#include "runtime/tests/inspected.h"

#include "runtime/heap_map.h"

static void
check_counts(struct test_world *world) {
    struct rt_heap_map map;

    assert_int_equal(rt_heap_map_build(&map, world->rt, world->nodes, (size_t)world->count), 0);
    assert_int_equal(rt_heap_map_reverse(&map), 0);
    for (int node = 0; node < world->count; node++) {
        struct rt_object *object = world->nodes[node];
        uint32_t number = rt_heap_map_number(&map, object);
        int64_t references = test_world_count_edges(world, -1, node);

        assert_ptr_equal(rt_heap_map_object(&map, number), object);
        assert_int_equal(map.notes[number], references);
        assert_int_equal(map.first[number + 1] - map.first[number], references);
        assert_int_equal(rt_heap_map_unaccounted(&map, number), world->is_held[node]);
    }
    rt_heap_map_fini(&map);
}

static void
test_heap_map_counts_each_reference(void **state) {
    (void)state;
    test_worlds(check_counts);
}

static void
check_referrers(struct test_world *world) {
    struct rt_heap_map map;
    int seen = 0;

    assert_int_equal(rt_heap_map_build(&map, world->rt, world->nodes, (size_t)world->count), 0);
    assert_int_equal(rt_heap_map_reverse(&map), 0);
    for (int node = 0; node < world->count; node++) {
        uint32_t number = rt_heap_map_number(&map, world->nodes[node]);

        for (uint64_t i = map.first[number]; i < map.first[number + 1]; i++) {
            struct rt_object *referrer = rt_heap_map_object(&map, map.referrers[i]);
            int from = test_world_find(world, referrer), times = 0;

            assert_true(from >= 0);
            for (uint64_t j = map.first[number]; j < map.first[number + 1]; j++)
                times += map.referrers[j] == map.referrers[i];
            assert_int_equal(times, test_world_count_edges(world, from, node));
            seen++;
        }
    }
    assert_int_equal(seen, world->edge_count);
    rt_heap_map_fini(&map);
}

static void
test_heap_map_knows_each_referrer(void **state) {
    (void)state;
    test_worlds(check_referrers);
}

static void
test_heap_map_has_referrers_in_the_order_of_the_generations(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *value = test_int(rt, 1000), *lists[4], *order[4];
    struct rt_heap_map map;
    uint32_t number;

    (void)state;
    lists[0] = rt_list_pack(rt, &value, 1);
    rt_gc_freeze(rt);
    lists[1] = rt_list_pack(rt, &value, 1);
    (void)rt_gc_collect(rt, 1);
    lists[2] = rt_list_pack(rt, &value, 1);
    (void)rt_gc_collect(rt, 0);
    lists[3] = rt_list_pack(rt, &value, 1);
    order[0] = lists[3];
    order[1] = lists[2];
    order[2] = lists[1];
    order[3] = lists[0];
    assert_int_equal(rt_heap_map_build(&map, rt, NULL, 0), 0);
    assert_int_equal(rt_heap_map_reverse(&map), 0);
    number = rt_heap_map_number(&map, value);
    assert_int_equal(map.notes[number], 4);
    for (size_t i = 0; i < 4; i++) {
        uint32_t referrer = map.referrers[map.first[number] + i];

        assert_ptr_equal(rt_heap_map_object(&map, referrer), order[i]);
    }
    rt_heap_map_fini(&map);
    for (size_t i = 0; i < 4; i++)
        rt_decref(rt, lists[i]);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
test_heap_map_looks_through_untracked_tuples_of_any_depth(void **state) {
    enum {
        DEPTH = 100000
    };
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *value = test_int(rt, 1000), *inner = rt_incref(value), *outer;
    struct rt_heap_map map;
    uint32_t number;

    (void)state;
    for (int i = 0; i < DEPTH; i++) {
        outer = rt_tuple_pack(rt, &inner, 1);
        rt_decref(rt, inner);
        inner = outer;
        (void)rt_gc_collect(rt, 0); /* which sees that it holds nothing tracked */
    }
    assert_false(rt_is_tracked(inner));
    outer = test_list(rt, 1, &inner);
    assert_int_equal(rt_heap_map_build(&map, rt, NULL, 0), 0);
    number = rt_heap_map_number(&map, value);
    assert_int_not_equal(number, RT_HEAP_MAP_NONE);
    assert_int_equal(rt_heap_map_unaccounted(&map, number), 1);
    assert_true(map.other_count > DEPTH);
    rt_heap_map_fini(&map);
    rt_decref(rt, outer);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
test_heap_map_looks_into_the_collectors_own_lists(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *value = test_int(rt, 1000), *garbage = rt_gc_garbage(rt);
    struct rt_heap_map map;

    (void)state;
    assert_int_equal(rt_list_append(rt, garbage, value), 0);
    rt_decref(rt, value);
    assert_int_equal(rt_heap_map_build(&map, rt, NULL, 0), 0);
    assert_int_not_equal(rt_heap_map_number(&map, value), RT_HEAP_MAP_NONE);
    assert_int_equal(rt_heap_map_unaccounted(&map, rt_heap_map_number(&map, value)), 0);
    rt_heap_map_fini(&map);
    rt_destroy(rt);
}

static int
build_and_reverse(struct rt *rt, void *context) {
    struct rt_heap_map map;
    int status = rt_heap_map_build(&map, rt, NULL, 0);

    (void)context;
    if (status == 0) {
        status = rt_heap_map_reverse(&map);
        rt_heap_map_fini(&map);
    }
    return status;
}

static void
test_heap_map_without_memory_says_so_and_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(test_backends); i++) {
        struct rt *rt = test_create_fallible(test_backends[i]);
        struct rt_object *list = rt_list_new(rt, 0);

        for (int j = 0; j < 1000; j++) { /* tables of 256, 512 and 1024 */
            struct rt_object *value = test_int(rt, 1000 + j);

            assert_int_equal(rt_list_append(rt, list, value), 0);
            rt_decref(rt, value);
        }
        test_refuse_each(rt, build_and_reverse, NULL, 3 * 3 + 2);
        rt_decref(rt, list);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_map_counts_each_reference),
        cmocka_unit_test(test_heap_map_knows_each_referrer),
        cmocka_unit_test(test_heap_map_has_referrers_in_the_order_of_the_generations),
        cmocka_unit_test(test_heap_map_looks_through_untracked_tuples_of_any_depth),
        cmocka_unit_test(test_heap_map_looks_into_the_collectors_own_lists),
        cmocka_unit_test(test_heap_map_without_memory_says_so_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("heap_map", tests, NULL, NULL);
}
