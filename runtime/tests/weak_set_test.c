/* SPDX-License-Identifier: MIT
 *
 * Weak sets: what they are made of, who is in them, and who leaves by himself.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/watched.h"

#include "runtime/weak_collection.h"

/* The numbers are CPython's, after a collection that emptied the free lists. */
static void
test_weak_set_makes_as_many_objects_as_cpythons(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = NULL, *two = NULL;

    (void)state;
    assert_counts(rt, 7, one = rt_weak_set_new(rt));
    assert_counts(rt, 7, two = rt_weak_set_new(rt));
    assert_counts(rt, -5, rt_decref(rt, one)); /* a list and a tuple are kept */
    assert_counts(rt, 5, one = rt_weak_set_new(rt));
    rt_decref(rt, one);
    rt_decref(rt, two);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_weak_set_counts_its_members_weak_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_weak_set_new(rt), *members[4];

    (void)state;
    for (int64_t i = 0; i < 4; i++)
        members[i] = test_referent(rt, i);
    assert_counts(rt, 2, rt_weak_set_add(rt, set, members[0])); /* and a tuple, which is kept */
    assert_counts(rt, 1, rt_weak_set_add(rt, set, members[1]));
    assert_counts(rt, 0, rt_weak_set_add(rt, set, members[1]));
    assert_counts(rt, 1, rt_weak_set_contains(rt, set, members[0]));
    assert_counts(rt, 0, rt_weak_set_contains(rt, set, members[3]));
    assert_counts(rt, -1, rt_weak_set_discard(rt, set, members[0]));
    assert_counts(rt, -2, rt_decref(rt, members[1])); /* with its weak reference */
    test_drop_all(rt, (struct rt_object *[]){set, members[0], members[2], members[3]}, 4);
    rt_destroy(rt);
}

static void
test_weak_set_is_as_large_as_an_instance_with_four_attributes(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint64_t bytes = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
    struct rt_object *set = rt_weak_set_new(rt);
    int64_t hash;

    (void)state;
    assert_int_equal(rt_sizeof(set), 56);
    assert_int_equal(rt_block_bytes(set), 56 + 48);
    /* two sets, the weak reference, its tuple, the function, the list */
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES) - bytes,
                     56 + 48 + 2 * 216 + 80 + 48 + 152 + 56);
    assert_true(rt_is_tracked(set));
    assert_string_equal(rt_type_name(set), "WeakSet");
    assert_int_equal(rt_hash(rt, set, &hash), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_weak_set_refers_to_its_parts_in_cpythons_order(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_weak_set_new(rt);
    struct rt_weak_parts *parts = rt_weak_parts(set);

    (void)state;
    assert_refers_to(
        set, (struct rt_object *[]){parts->set, parts->remove, parts->pending, parts->iterating},
        4);
    assert_int_equal(rt_kind(parts->set), RT_KIND_SET);
    assert_int_equal(rt_kind(parts->remove), RT_KIND_FUNCTION);
    assert_int_equal(rt_kind(parts->pending), RT_KIND_LIST);
    assert_int_equal(rt_kind(parts->iterating), RT_KIND_SET);
    rt_decref(rt, set);
    rt_destroy(rt);
}

/* ---- Members ------------------------------------------------------------------------------------ */

static void
test_weak_set_has_members_by_value_while_they_live(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_weak_set_new(rt), *one = test_referent(rt, 5);
    struct rt_object *twin = test_referent(rt, 5), *other = test_referent(rt, 6);

    (void)state;
    assert_int_equal(rt_weak_set_add(rt, set, one), 0);
    assert_int_equal(rt_weak_set_contains(rt, set, one), 1);
    assert_int_equal(rt_weak_set_contains(rt, set, twin), 1);
    assert_int_equal(rt_weak_set_contains(rt, set, other), 0);
    assert_int_equal(rt_weak_set_add(rt, set, twin), 0); /* is there, as the other one */
    assert_int_equal(rt_weak_set_length(set), 1);
    assert_int_equal(one->count, 1);
    assert_int_equal(rt_weakref_count(one), 1);
    assert_int_equal(rt_weakref_count(twin), 0);
    rt_decref(rt, one);
    assert_int_equal(rt_weak_set_length(set), 0);
    assert_int_equal(rt_weak_set_contains(rt, set, twin), 0);
    assert_int_equal(rt_weak_set_add(rt, set, twin), 0);
    assert_int_equal(rt_weak_set_discard(rt, set, other), 0);
    assert_int_equal(rt_weak_set_discard(rt, set, twin), 1);
    assert_int_equal(rt_weak_set_discard(rt, set, twin), 0);
    assert_int_equal(rt_weakref_count(twin), 0);
    assert_verified(rt);
    test_drop_all(rt, (struct rt_object *[]){set, twin, other}, 3);
    rt_destroy(rt);
}

static void
test_weak_set_refuses_what_cannot_be_referred_to_or_hashed(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_weak_set_new(rt), *unhashable = test_referent(rt, -1);
    struct rt_object *number = rt_int_new(rt, 1000);

    (void)state;
    assert_int_equal(rt_weak_set_add(rt, set, number), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_weak_set_discard(rt, set, number), -1);
    assert_int_equal(rt_weak_set_contains(rt, set, number), 0);
    assert_int_equal(rt_weak_set_add(rt, set, unhashable), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_weak_set_contains(rt, set, unhashable), -1);
    assert_int_equal(rt_weak_set_discard(rt, set, unhashable), -1);
    assert_int_equal(rt_weakref_count(unhashable), 0);
    assert_int_equal(rt_weak_set_length(set), 0);
    test_drop_all(rt, (struct rt_object *[]){set, unhashable, number}, 3);
    rt_destroy(rt);
}

static void
test_weak_set_member_leaves_every_set_it_is_in(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct rt *rt = test_create(NULL, test_backends[b], NULL);
        struct rt_object *member = test_referent(rt, 1), *sets[5];

        for (int i = 0; i < 5; i++) {
            sets[i] = rt_weak_set_new(rt);
            assert_int_equal(rt_weak_set_add(rt, sets[i], member), 0);
        }
        rt_decref(rt, sets[2]);
        assert_int_equal(rt_weakref_count(member), 4);
        rt_decref(rt, member);
        sets[2] = NULL;
        for (int i = 0; i < 5; i++)
            assert_true(sets[i] == NULL || rt_weak_set_length(sets[i]) == 0);
        assert_verified(rt);
        test_drop_all(rt, sets, 5);
        rt_free_lists_clear(rt);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

static void
test_weak_set_that_dies_first_leaves_nothing_at_its_members(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_weak_set_new(rt), *members[20];

    (void)state;
    for (int64_t i = 0; i < 20; i++) {
        members[i] = test_referent(rt, i);
        assert_int_equal(rt_weak_set_add(rt, set, members[i]), 0);
    }
    rt_decref(rt, set);
    for (int i = 0; i < 20; i++)
        assert_int_equal(rt_weakref_count(members[i]), 0);
    test_drop_all(rt, members, 20);
    assert_verified(rt);
    rt_free_lists_clear(rt);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* The callback of a set outlives it in the hands of others. */
static void
test_weak_set_callback_does_nothing_when_the_set_is_gone_or_cleared(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_weak_set_new(rt), *members[2], *callback, *weakref;

    (void)state;
    members[0] = test_referent(rt, 0);
    members[1] = test_referent(rt, 1);
    callback = rt_incref(rt_weak_parts(set)->remove);
    weakref = rt_weakref_new(rt, members[0], callback);
    rt_weak_set_add(rt, set, members[1]);
    set->type->clear(rt, set);
    assert_verified(rt);
    rt_decref(rt, members[1]);
    rt_decref(rt, set);
    rt_decref(rt, members[0]);
    assert_null(rt_weakref_get(rt, weakref));
    test_drop_all(rt, (struct rt_object *[]){callback, weakref}, 2);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_weak_set_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (uint64_t n = 1; !is_done; n++) {
            struct rt *rt = test_create_fallible(test_backends[b]);
            struct rt_object *members[6], *set;

            for (int64_t i = 0; i < 6; i++)
                members[i] = test_referent(rt, i);
            test_fail_at(rt, n);
            set = rt_weak_set_new(rt);
            assert_true(set != NULL || rt_error(rt) == ENOMEM);
            for (size_t i = 0, length = 0; set != NULL && i < 6; i++) {
                length += rt_weak_set_add(rt, set, members[i]) == 0;
                assert_int_equal(rt_weak_set_length(set), length);
                if (rt_weak_set_contains(rt, set, members[i]) < 0)
                    assert_int_equal(rt_error(rt), ENOMEM);
                length -= rt_weak_set_discard(rt, set, members[0]) == 1;
                assert_int_equal(rt_weak_set_length(set), length);
                assert_verified(rt);
            }
            is_done = rt->faults_injected == 0;
            test_fail_at(rt, 0);
            test_drop_all(rt, members, 6);
            assert_true(set == NULL || rt_weak_set_length(set) == 0);
            rt_xdecref(rt, set);
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
        cmocka_unit_test(test_weak_set_makes_as_many_objects_as_cpythons),
        cmocka_unit_test(test_weak_set_counts_its_members_weak_references),
        cmocka_unit_test(test_weak_set_is_as_large_as_an_instance_with_four_attributes),
        cmocka_unit_test(test_weak_set_refers_to_its_parts_in_cpythons_order),
        cmocka_unit_test(test_weak_set_has_members_by_value_while_they_live),
        cmocka_unit_test(test_weak_set_refuses_what_cannot_be_referred_to_or_hashed),
        cmocka_unit_test(test_weak_set_member_leaves_every_set_it_is_in),
        cmocka_unit_test(test_weak_set_that_dies_first_leaves_nothing_at_its_members),
        cmocka_unit_test(test_weak_set_callback_does_nothing_when_the_set_is_gone_or_cleared),
        cmocka_unit_test(test_weak_set_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("weak_set", tests, NULL, NULL);
}
