/* SPDX-License-Identifier: MIT
 *
 * Weak dicts: what they are made of, what is found in them, and what leaves by itself.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/watched.h"

#include "runtime/weak_collection.h"

/* The numbers are CPython's, after a collection that emptied the free lists. */
static void
test_weak_dict_makes_as_many_objects_as_cpythons(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dicts[3] = {NULL};

    (void)state;
    assert_counts(rt, 13, dicts[0] = rt_weak_dict_new(rt));
    assert_counts(rt, 7, dicts[1] = rt_weak_dict_new(rt));
    assert_counts(rt, 7, dicts[2] = rt_weak_dict_new(rt));
    assert_counts(rt, -4, rt_decref(rt, dicts[0]));        /* list, dict and tuple are kept */
    assert_counts(rt, 5, dicts[0] = rt_weak_dict_new(rt)); /* one dict more is kept */
    test_drop_all(rt, dicts, 3);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_weak_dict_counts_its_values_weak_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_weak_dict_new(rt), *key = rt_int_new(rt, 1);
    struct rt_object *other_key = rt_int_new(rt, 2), *one = test_referent(rt, 1);
    struct rt_object *other = test_referent(rt, 2);

    (void)state;
    rt_decref(rt, rt_tuple_new(rt, 3)); /* as CPython has one when it has said its counts */
    rt_decref(rt, rt_tuple_pack(rt, &key, 1));
    rt_free_lists_clear(rt);
    rt_decref(rt, rt_tuple_new(rt, 3));
    assert_counts(rt, 3, rt_weak_dict_set(rt, dict, key, one));
    assert_counts(rt, 0, rt_weak_dict_set(rt, dict, key, other));
    assert_counts(rt, 1, rt_weak_dict_set(rt, dict, other_key, one));
    assert_counts(rt, 0, rt_decref(rt, rt_weak_dict_get(rt, dict, key)));
    assert_counts(rt, -1, rt_weak_dict_delete(rt, dict, key));
    assert_counts(rt, -2, rt_decref(rt, one)); /* with its weak reference */
    test_drop_all(rt, (struct rt_object *[]){dict, other}, 2);
    rt_destroy(rt);
}

static void
test_weak_dict_is_as_large_as_an_instance_with_four_attributes(void **state) {
    struct rt *rt = test_create(NULL, "object.keep_dicts=0", "object.keep_tuples=0", NULL);
    uint64_t bytes = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
    struct rt_object *dict = rt_weak_dict_new(rt), *key = rt_int_new(rt, 1);
    struct rt_object *value = test_referent(rt, 1);
    int64_t hash;

    (void)state;
    assert_int_equal(rt_sizeof(dict), 56);
    assert_int_equal(rt_block_bytes(dict), 56 + 48);
    /* the weak reference, its tuple, the function, the list, the set, the dict; and the value */
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES) - bytes,
                     56 + 48 + 80 + 56 + 152 + 56 + 216 + 64 +
                         (sizeof(struct rt_head) + sizeof(struct test_referent)));
    assert_true(rt_is_tracked(dict));
    assert_string_equal(rt_type_name(dict), "WeakValueDictionary");
    assert_int_equal(rt_hash(rt, dict, &hash), -1);
    rt_weak_dict_set(rt, dict, key, value);
    assert_int_equal(rt_sizeof(rt_weakref_first(value)), 88);
    assert_ptr_equal(rt_weakref_key(rt_weakref_first(value)), key);
    test_drop_all(rt, (struct rt_object *[]){dict, value, key}, 3);
    rt_destroy(rt);
}

static void
test_weak_dict_refers_to_its_parts_in_cpythons_order(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_weak_dict_new(rt);
    struct rt_weak_parts *parts = rt_weak_parts(dict);

    (void)state;
    assert_refers_to(
        dict, (struct rt_object *[]){parts->remove, parts->pending, parts->iterating, parts->dict},
        4);
    assert_int_equal(rt_kind(parts->dict), RT_KIND_DICT);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Pairs -------------------------------------------------------------------------------------- */

/* Whether the value is this one; NULL: there is none. */
static bool
has(struct rt *rt, struct rt_object *dict, struct rt_object *key, const struct rt_object *value) {
    struct rt_object *found = rt_weak_dict_get(rt, dict, key);

    if (found == NULL)
        assert_int_equal(rt_error(rt), ENOENT);
    rt_xdecref(rt, found);
    return found == value;
}

static void
test_weak_dict_has_values_while_they_live(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_weak_dict_new(rt), *keys[3], *values[3];

    (void)state;
    for (int64_t i = 0; i < 3; i++) {
        keys[i] = rt_int_new(rt, 1000 + i);
        values[i] = test_referent(rt, i);
        assert_int_equal(rt_weak_dict_set(rt, dict, keys[i], values[i]), 0);
        assert_int_equal(values[i]->count, 1);
        assert_true(has(rt, dict, keys[i], values[i]));
    }
    assert_int_equal(rt_weak_dict_length(dict), 3);
    rt_decref(rt, values[1]);
    assert_true(has(rt, dict, keys[1], NULL));
    assert_int_equal(rt_weak_dict_length(dict), 2);
    assert_int_equal(keys[1]->count, 1);
    assert_int_equal(rt_weak_dict_delete(rt, dict, keys[0]), 0);
    assert_int_equal(rt_weakref_count(values[0]), 0);
    assert_int_equal(rt_weak_dict_delete(rt, dict, keys[0]), -1);
    assert_int_equal(rt_error(rt), ENOENT);
    assert_int_equal(rt_weak_dict_length(dict), 1);
    assert_verified(rt);
    test_drop_all(rt, (struct rt_object *[]){dict, values[0], values[2]}, 3);
    test_drop_all(rt, keys, 3);
    rt_destroy(rt);
}

static void
test_weak_dict_keeps_a_pair_whose_old_value_dies(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_weak_dict_new(rt), *key = rt_int_new(rt, 1000);
    struct rt_object *old = test_referent(rt, 1), *new = test_referent(rt, 2);

    (void)state;
    rt_weak_dict_set(rt, dict, key, old);
    rt_weak_dict_set(rt, dict, key, new);
    assert_int_equal(rt_weakref_count(old), 0);
    rt_decref(rt, old);
    assert_true(has(rt, dict, key, new));
    rt_decref(rt, new);
    assert_true(has(rt, dict, key, NULL));
    assert_int_equal(rt_weak_dict_length(dict), 0);
    rt_decref(rt, dict);
    rt_decref(rt, key);
    rt_destroy(rt);
}

static struct rt_object *replaced_dict, *replaced_key, *replacement;

static void
replace(struct rt *rt, struct test_calls *calls) {
    (void)calls;
    assert_int_equal(rt_weak_dict_set(rt, replaced_dict, replaced_key, replacement), 0);
}

/* Its callback comes too late for what stands under the key by then. */
static void
test_weak_dict_keeps_what_another_callback_has_put_there(void **state) {
    struct test_calls calls = {.then = replace};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *value = test_referent(rt, 1), *weakref;

    (void)state;
    replaced_dict = rt_weak_dict_new(rt);
    replaced_key = rt_int_new(rt, 1000);
    replacement = test_referent(rt, 2);
    rt_weak_dict_set(rt, replaced_dict, replaced_key, value);
    weakref = test_watch(rt, value, &calls, 1); /* the newest: it is called first */
    rt_weak_begin(rt, replaced_dict);
    rt_decref(rt, value);
    assert_int_equal(calls.count, 1);
    assert_int_equal(rt_weak_dict_length(replaced_dict), 1);
    rt_weak_end(rt, replaced_dict);
    assert_true(has(rt, replaced_dict, replaced_key, replacement));
    assert_int_equal(rt_weak_dict_length(replaced_dict), 1);
    assert_verified(rt);
    test_drop_all(rt, (struct rt_object *[]){replaced_dict, weakref, replacement, replaced_key}, 4);
    rt_destroy(rt);
}

static void
test_weak_dict_value_leaves_from_under_all_its_keys(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct rt *rt = test_create(NULL, test_backends[b], NULL);
        struct rt_object *dict = rt_weak_dict_new(rt), *value = test_referent(rt, 1);

        for (int64_t i = 0; i < 30; i++) {
            struct rt_object *key = rt_int_new(rt, 1000 + i);

            rt_weak_dict_set(rt, dict, key, value);
            rt_decref(rt, key);
        }
        assert_int_equal(rt_weak_dict_length(dict), 30);
        assert_verified(rt);
        rt_decref(rt, value);
        assert_int_equal(rt_weak_dict_length(dict), 0);
        assert_verified(rt);
        rt_decref(rt, dict);
        rt_free_lists_clear(rt);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

static void
test_weak_dict_refuses_unhashable_keys_and_values_without_weak_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_weak_dict_new(rt), *list = rt_list_new(rt, 0);
    struct rt_object *value = test_referent(rt, 1), *key = rt_int_new(rt, 1);

    (void)state;
    assert_int_equal(rt_weak_dict_set(rt, dict, list, value), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_weakref_count(value), 0);
    assert_int_equal(rt_weak_dict_set(rt, dict, key, list), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_null(rt_weak_dict_get(rt, dict, list));
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_weak_dict_delete(rt, dict, list), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_weak_dict_length(dict), 0);
    test_drop_all(rt, (struct rt_object *[]){dict, list, value, key}, 4);
    rt_destroy(rt);
}

static void
test_weak_dict_that_dies_first_leaves_nothing_at_its_values(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_weak_dict_new(rt), *key = rt_int_new(rt, 1000);
    struct rt_object *value = test_referent(rt, 1);

    (void)state;
    rt_weak_dict_set(rt, dict, key, value);
    rt_decref(rt, dict);
    assert_int_equal(rt_weakref_count(value), 0);
    assert_int_equal(key->count, 1);
    rt_decref(rt, value);
    rt_decref(rt, key);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_weak_dict_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (uint64_t n = 1; !is_done; n++) {
            struct rt *rt = test_create_fallible(test_backends[b]);
            struct rt_object *dict, *keys[8], *values[8];

            for (int64_t i = 0; i < 8; i++) {
                keys[i] = rt_int_new(rt, 1000 + i);
                values[i] = test_referent(rt, i);
            }
            test_fail_at(rt, n);
            dict = rt_weak_dict_new(rt);
            assert_true(dict != NULL || rt_error(rt) == ENOMEM);
            for (size_t i = 0, length = 0; dict != NULL && i < 8; i++) {
                bool is_set = rt_weak_dict_set(rt, dict, keys[i], values[i]) == 0;

                assert_true(is_set || rt_error(rt) == ENOMEM);
                length += is_set;
                assert_int_equal(rt_weak_dict_length(dict), length);
                assert_true(has(rt, dict, keys[i], is_set ? values[i] : NULL));
                assert_verified(rt);
            }
            is_done = rt->faults_injected == 0;
            test_fail_at(rt, 0);
            test_drop_all(rt, values, 8);
            assert_true(dict == NULL || rt_weak_dict_length(dict) == 0);
            rt_xdecref(rt, dict);
            test_drop_all(rt, keys, 8);
            assert_verified(rt);
            rt_free_lists_clear(rt);
            assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
            rt_destroy(rt);
            assert_true(n < 200);
        }
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak_dict_makes_as_many_objects_as_cpythons),
        cmocka_unit_test(test_weak_dict_counts_its_values_weak_references),
        cmocka_unit_test(test_weak_dict_is_as_large_as_an_instance_with_four_attributes),
        cmocka_unit_test(test_weak_dict_refers_to_its_parts_in_cpythons_order),
        cmocka_unit_test(test_weak_dict_has_values_while_they_live),
        cmocka_unit_test(test_weak_dict_keeps_a_pair_whose_old_value_dies),
        cmocka_unit_test(test_weak_dict_keeps_what_another_callback_has_put_there),
        cmocka_unit_test(test_weak_dict_value_leaves_from_under_all_its_keys),
        cmocka_unit_test(test_weak_dict_refuses_unhashable_keys_and_values_without_weak_references),
        cmocka_unit_test(test_weak_dict_that_dies_first_leaves_nothing_at_its_values),
        cmocka_unit_test(test_weak_dict_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("weak_dict", tests, NULL, NULL);
}
