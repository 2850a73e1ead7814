/* SPDX-License-Identifier: MIT
 *
 * Who refers to whom: lists in the order that Python 3.11.2 printed for the same objects, and shortest chains.
 */
#include "runtime/tests/inspected.h"

/* ---- One step ---- */

static void
assert_ints(struct rt *rt, const struct rt_object *list, const int64_t *values, size_t count) {
    assert_non_null(list);
    assert_int_equal(rt_list_length(list), count);
    for (size_t i = 0; i < count; i++) {
        int64_t value = 0;

        assert_int_equal(rt_int_value(rt, rt_list_get(list, i), &value), 0);
        assert_int_equal(value, values[i]);
    }
}

static void
test_referrers_referents_of_lists_and_tuples_are_backwards(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *numbers[] = {test_int(rt, 1), test_int(rt, 2), test_int(rt, 3)};
    struct rt_object *const asked[] = {rt_list_pack(rt, numbers, 2), rt_tuple_pack(rt, numbers, 3),
                                       numbers[0]};
    struct rt_object *list = rt_gc_referents(rt, asked, 3);

    (void)state;
    assert_ints(rt, list, (int64_t[]){2, 1, 3, 2, 1}, 5);
    rt_decref(rt, list);
    rt_decref(rt, asked[0]);
    rt_decref(rt, asked[1]);
    rt_destroy(rt);
}

static void
test_referrers_referents_of_dicts_are_values_each_before_its_key_unless_all_keys_are_str(
    void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dicts[] = {rt_dict_new(rt), rt_dict_new(rt)}, *list;

    (void)state;
    for (int64_t i = 1; i <= 2; i++) {
        struct rt_object *key = test_int(rt, 10 * i), *value = test_int(rt, i);
        struct rt_object *name = test_name(rt, i == 1 ? "a" : "b");

        assert_int_equal(rt_dict_set(rt, dicts[0], key, value), 0);
        assert_int_equal(rt_dict_set(rt, dicts[1], name, value), 0);
        rt_decref(rt, key);
        rt_decref(rt, value);
        rt_decref(rt, name);
    }
    list = rt_gc_referents(rt, dicts, 2);
    assert_ints(rt, list, (int64_t[]){1, 10, 2, 20, 1, 2}, 6);
    rt_decref(rt, list);
    rt_decref(rt, dicts[0]);
    rt_decref(rt, dicts[1]);
    rt_destroy(rt);
}

static void
test_referrers_referents_of_instances_are_values_and_then_the_class(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *class_object = test_class(rt, "C"), *list;
    struct rt_object *instance = rt_instance_new(rt, class_object);

    (void)state;
    assert_int_equal(test_set_int(rt, instance, "b", 2), 0);
    assert_int_equal(test_set_int(rt, instance, "a", 1), 0);
    list = rt_gc_referents(rt, &instance, 1);
    assert_int_equal(rt_list_length(list), 3);
    assert_ptr_equal(rt_list_get(list, 0), test_get(rt, instance, "b"));
    assert_ptr_equal(rt_list_get(list, 1), test_get(rt, instance, "a"));
    assert_ptr_equal(rt_list_get(list, 2), class_object);
    rt_decref(rt, list);
    rt_decref(rt, instance);
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

static void
test_referrers_come_once_each_youngest_generation_first_without_the_frozen(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *value = rt_list_new(rt, 0), *items[] = {value, value};
    struct rt_object *frozen = rt_list_pack(rt, items, 1), *old, *young[2], *list;

    (void)state;
    rt_gc_freeze(rt);
    old = rt_tuple_pack(rt, items, 2);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    young[0] = rt_list_pack(rt, items, 1);
    young[1] = rt_cell_new(rt, value);
    list = rt_gc_referrers(rt, &value, 1);
    assert_int_equal(rt_list_length(list), 3);
    assert_ptr_equal(rt_list_get(list, 0), young[0]);
    assert_ptr_equal(rt_list_get(list, 1), young[1]);
    assert_ptr_equal(rt_list_get(list, 2), old);
    rt_decref(rt, list);
    list = rt_gc_referrers(rt, &list, 0);
    assert_int_equal(rt_list_length(list), 0);
    rt_decref(rt, list);
    rt_decref(rt, young[0]);
    rt_decref(rt, young[1]);
    rt_decref(rt, old);
    rt_decref(rt, frozen);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
test_referrers_leave_out_the_list_that_they_are_in(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *self = rt_list_new(rt, 0), *list;

    (void)state;
    assert_int_equal(rt_list_append(rt, self, self), 0);
    list = rt_gc_referrers(rt, &self, 1); /* refers to it as well by now */
    assert_int_equal(rt_list_length(list), 1);
    assert_ptr_equal(rt_list_get(list, 0), self);
    rt_decref(rt, list);
    rt_list_clear(rt, self);
    rt_decref(rt, self);
    assert_int_equal(rt_gc_objects_count(rt, -1), 0);
    rt_destroy(rt);
}

struct collection {
    struct rt_object *items[2 * TEST_NODES_MAX];
    size_t count;
};

static void
collect(struct rt_object *object, void *context) {
    struct collection *collection = context;

    assert_true(collection->count < RT_COUNT_OF(collection->items));
    collection->items[collection->count++] = object;
}

static void
check_referrers(struct test_world *world) {
    struct collection all = {.count = 0};

    assert_true(rt_gc_visit_objects(world->rt, -1, collect, &all));
    for (int round = 0; round < 8; round++) {
        int one = test_pick(world, world->count), other = test_pick(world, world->count);
        struct rt_object *const asked[] = {world->nodes[one], world->nodes[other]};
        struct collection referrers = {.count = 0};
        size_t expected = 0;

        rt_gc_visit_referrers(world->rt, asked, 2, collect, &referrers);
        for (size_t i = 0; i < all.count; i++) {
            int from = test_world_find(world, all.items[i]);

            if (from >= 0 && test_world_count_edges(world, from, one) +
                                     test_world_count_edges(world, from, other) >
                                 0) {
                assert_true(expected < referrers.count);
                assert_ptr_equal(referrers.items[expected++], all.items[i]);
            }
        }
        assert_int_equal(referrers.count, expected);
    }
}

static void
test_referrers_agree_with_a_model_that_knows_every_reference(void **state) {
    (void)state;
    test_worlds(check_referrers);
}

static void
test_referrers_without_memory_give_no_list_and_keep_no_reference(void **state) {
    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(test_backends); i++) {
        struct rt *rt = test_create(NULL, test_backends[i], "alloc.fail_at=1000000000",
                                    "object.keep_lists=0", "gc.mode=off", NULL);
        struct rt_object *value = test_int(rt, 1000), *lists[9], *list = NULL;
        uint64_t n = 0;

        for (size_t j = 0; j < 9; j++)
            lists[j] = rt_list_pack(rt, &value, 1);
        while (list == NULL) {
            test_fail_at(rt, ++n);
            list = rt_gc_referrers(rt, &value, 1);
            test_fail_at(rt, 0);
            assert_int_equal(lists[0]->count, list == NULL ? 1 : 2);
            assert_true(list != NULL || rt_error(rt) == ENOMEM);
            assert_verified(rt);
        }
        assert_true(n >= 4); /* the list, and room for 4, 8 and 16 */
        rt_decref(rt, list);
        for (size_t j = 0; j < 9; j++)
            rt_decref(rt, lists[j]);
        rt_decref(rt, value);
        rt_destroy(rt);
    }
}

/* ---- Chains ---- */

static void
assert_chain(struct rt *rt, struct rt_inspect_objects *chain, size_t count,
             struct rt_object *const *expected) {
    assert_int_equal(chain->count, count);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(chain->items[i], expected[i]);
    rt_inspect_free(rt, chain);
}

/* dict -> list -> cell -> value, of which the test has the dict. */
struct line {
    struct rt_object *objects[4];
};

static struct line
make_line(struct rt *rt) {
    struct line line = {.objects = {rt_dict_new(rt)}};
    struct rt_object *name = test_name(rt, "queue");

    line.objects[3] = test_int(rt, 1000);
    line.objects[2] = rt_cell_new(rt, line.objects[3]);
    line.objects[1] = rt_list_pack(rt, &line.objects[2], 1);
    assert_int_equal(rt_dict_set(rt, line.objects[0], name, line.objects[1]), 0);
    for (size_t i = 1; i < 4; i++)
        rt_decref(rt, line.objects[i]);
    rt_decref(rt, name);
    return line;
}

static void
test_referrers_chain_leads_from_what_the_program_holds(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct line line = make_line(rt);
    struct test_state before = test_state_read(rt);
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[3], NULL, &chain), 0);
    assert_chain(rt, chain, 4, line.objects);
    assert_undisturbed(rt, before);
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[0], NULL, &chain), 0);
    assert_chain(rt, chain, 1, line.objects);
    rt_decref(rt, line.objects[0]);
    rt_destroy(rt);
}

static void
test_referrers_chain_overlooks_as_many_references_as_it_is_told(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct line line = make_line(rt);
    struct rt_inspect_search search = {.own_references = 1};
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    rt_incref(line.objects[3]); /* what the test looks at it with */
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[3], NULL, &chain), 0);
    assert_chain(rt, chain, 1, &line.objects[3]);
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[3], &search, &chain), 0);
    assert_chain(rt, chain, 4, line.objects);
    rt_decref(rt, line.objects[3]);
    rt_decref(rt, line.objects[0]);
    rt_destroy(rt);
}

static void
test_referrers_chain_is_no_longer_than_allowed(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct line line = make_line(rt);
    struct rt_inspect_search search = {.steps_max = 2};
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[3], &search, &chain), -ENOENT);
    assert_null(chain);
    search.steps_max = 3;
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[3], &search, &chain), 0);
    assert_chain(rt, chain, 4, line.objects);
    rt_decref(rt, line.objects[0]);
    rt_destroy(rt);
}

static void
test_referrers_chain_takes_a_class_for_a_root(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *class_object = test_class(rt, "C"), *list = rt_list_new(rt, 0);
    struct rt_object *name = test_name(rt, "registry");
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    assert_int_equal(rt_class_set(rt, class_object, name, list), 0);
    rt_decref(rt, list);
    rt_decref(rt, name);
    rt_decref(rt, class_object); /* its cycles keep it until a collection */
    assert_int_equal(rt_inspect_backref_chain(rt, list, NULL, &chain), 0);
    assert_int_equal(chain->count, 3); /* the class, its dict, and the list */
    assert_ptr_equal(chain->items[0], class_object);
    assert_int_equal(rt_kind(chain->items[1]), RT_KIND_DICT);
    assert_ptr_equal(chain->items[2], list);
    rt_inspect_free(rt, chain);
    rt_destroy(rt);
}

static void
test_referrers_chain_of_trash_is_none(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *list = rt_list_new(rt, 0);
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    assert_int_equal(rt_list_append(rt, list, list), 0);
    rt_decref(rt, list);
    assert_int_equal(rt_inspect_backref_chain(rt, list, NULL, &chain), -ENOENT);
    assert_int_equal(rt_gc_collect(rt, 2), 1);
    rt_destroy(rt);
}

static bool
is_same(struct rt_object *object, void *context) {
    return object == context;
}

static bool
is_int(struct rt_object *object, void *context) {
    (void)context;
    return rt_kind(object) == RT_KIND_INT;
}

static void
test_referrers_chain_leads_to_what_is_picked_either_way(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct line line = make_line(rt);
    struct rt_inspect_search search = {.pick = is_same, .context = line.objects[1]};
    struct rt_inspect_objects *chain = NULL;
    struct test_state before = test_state_read(rt);

    (void)state;
    assert_int_equal(rt_inspect_backref_chain(rt, line.objects[3], &search, &chain), 0);
    assert_chain(rt, chain, 3, line.objects + 1);
    search = (struct rt_inspect_search){.pick = is_int};
    assert_int_equal(rt_inspect_ref_chain(rt, line.objects[0], &search, &chain), 0);
    assert_chain(rt, chain, 4, line.objects);
    search.steps_max = 2;
    assert_int_equal(rt_inspect_ref_chain(rt, line.objects[0], &search, &chain), -ENOENT);
    assert_undisturbed(rt, before);
    rt_decref(rt, line.objects[0]);
    rt_destroy(rt);
}

static void
test_referrers_chain_of_equal_ways_goes_by_the_first_referrer(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *value = test_int(rt, 1000), *lists[3];
    struct rt_inspect_search search = {.own_references = 1};
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        lists[i] = rt_list_pack(rt, &value, 1);
    assert_int_equal(rt_inspect_backref_chain(rt, value, &search, &chain), 0);
    assert_ptr_equal(chain->items[0], lists[0]);
    rt_inspect_free(rt, chain);
    for (size_t i = 0; i < 3; i++)
        rt_decref(rt, lists[i]);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
test_referrers_chain_of_a_hundred_thousand_needs_no_stack(void **state) {
    enum {
        DEPTH = 100000
    };
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *value = test_int(rt, 1000), *inner = rt_incref(value);
    struct rt_inspect_search search = {.own_references = 1, .steps_max = DEPTH};
    struct rt_inspect_objects *chain = NULL;

    (void)state;
    for (int i = 0; i < DEPTH; i++)
        inner = test_list(rt, 1, &inner);
    assert_int_equal(rt_inspect_backref_chain(rt, value, &search, &chain), 0);
    assert_int_equal(chain->count, DEPTH + 1);
    assert_ptr_equal(chain->items[0], inner);
    assert_ptr_equal(chain->items[DEPTH], value);
    rt_inspect_free(rt, chain);
    search = (struct rt_inspect_search){.pick = is_int, .steps_max = DEPTH};
    assert_int_equal(rt_inspect_ref_chain(rt, inner, &search, &chain), 0);
    assert_int_equal(chain->count, DEPTH + 1);
    rt_inspect_free(rt, chain);
    rt_decref(rt, inner);
    rt_decref(rt, value);
    rt_destroy(rt);
}

static void
check_chain(const struct test_world *world, const struct rt_inspect_objects *chain, int to) {
    for (size_t i = 1; i < chain->count; i++) {
        int from = test_world_find(world, chain->items[i - 1]);
        int next = test_world_find(world, chain->items[i]);

        assert_true(from >= 0 && next >= 0 && test_world_count_edges(world, from, next) > 0);
    }
    assert_ptr_equal(chain->items[chain->count - 1], world->nodes[to]);
}

static void
check_chains(struct test_world *world) {
    for (int round = 0; round < 8; round++) {
        int node = test_pick(world, world->count);
        struct rt_inspect_search search = {.steps_max = TEST_NODES_MAX}, back;
        struct rt_inspect_objects *chain, *way;
        int root;

        assert_int_equal(rt_inspect_backref_chain(world->rt, world->nodes[node], &search, &chain),
                         0);
        assert_int_equal(chain->count - 1, test_world_distance(world, node));
        check_chain(world, chain, node);
        root = test_world_find(world, chain->items[0]);
        assert_true(root >= 0 && world->is_root[root]);
        back = (struct rt_inspect_search){
            .pick = is_same, .context = world->nodes[node], .steps_max = TEST_NODES_MAX};
        assert_int_equal(rt_inspect_ref_chain(world->rt, chain->items[0], &back, &way), 0);
        assert_int_equal(way->count, chain->count); /* as short, if perhaps another one */
        assert_ptr_equal(way->items[0], chain->items[0]);
        check_chain(world, way, node);
        rt_inspect_free(world->rt, chain);
        rt_inspect_free(world->rt, way);
    }
}

static void
test_referrers_chains_are_as_short_as_a_models(void **state) {
    (void)state;
    test_worlds(check_chains);
}

static int
attempt_backref_chain(struct rt *rt, void *context) {
    struct rt_inspect_objects *chain = NULL;
    int status = rt_inspect_backref_chain(rt, context, NULL, &chain);

    rt_inspect_free(rt, chain);
    return status;
}

static int
attempt_ref_chain(struct rt *rt, void *context) {
    struct rt_inspect_search search = {.pick = is_int};
    struct rt_inspect_objects *chain = NULL;
    int status = rt_inspect_ref_chain(rt, context, &search, &chain);

    rt_inspect_free(rt, chain);
    return status;
}

static void
test_referrers_chain_without_memory_says_so_and_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(test_backends); i++) {
        struct rt *rt = test_create_fallible(test_backends[i]);
        struct line line = make_line(rt);

        test_refuse_each(rt, attempt_backref_chain, line.objects[3], 3 + 2 + 2 + 1);
        test_refuse_each(rt, attempt_ref_chain, line.objects[0], 3 + 1);
        rt_decref(rt, line.objects[0]);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_referrers_referents_of_lists_and_tuples_are_backwards),
        cmocka_unit_test(
            test_referrers_referents_of_dicts_are_values_each_before_its_key_unless_all_keys_are_str),
        cmocka_unit_test(test_referrers_referents_of_instances_are_values_and_then_the_class),
        cmocka_unit_test(
            test_referrers_come_once_each_youngest_generation_first_without_the_frozen),
        cmocka_unit_test(test_referrers_leave_out_the_list_that_they_are_in),
        cmocka_unit_test(test_referrers_agree_with_a_model_that_knows_every_reference),
        cmocka_unit_test(test_referrers_without_memory_give_no_list_and_keep_no_reference),
        cmocka_unit_test(test_referrers_chain_leads_from_what_the_program_holds),
        cmocka_unit_test(test_referrers_chain_overlooks_as_many_references_as_it_is_told),
        cmocka_unit_test(test_referrers_chain_is_no_longer_than_allowed),
        cmocka_unit_test(test_referrers_chain_takes_a_class_for_a_root),
        cmocka_unit_test(test_referrers_chain_of_trash_is_none),
        cmocka_unit_test(test_referrers_chain_leads_to_what_is_picked_either_way),
        cmocka_unit_test(test_referrers_chain_of_equal_ways_goes_by_the_first_referrer),
        cmocka_unit_test(test_referrers_chain_of_a_hundred_thousand_needs_no_stack),
        cmocka_unit_test(test_referrers_chains_are_as_short_as_a_models),
        cmocka_unit_test(test_referrers_chain_without_memory_says_so_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("referrers", tests, NULL, NULL);
}
