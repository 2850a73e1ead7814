/* SPDX-License-Identifier: MIT
 *
 * Weak references: which are shared, when they die, who is called, in what order and with what left.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/seed.h"
#include "runtime/tests/watched.h"

static void
assert_listed(const struct rt_object *referent, struct rt_object *const *weakrefs, size_t count) {
    const struct rt_object *weakref = rt_weakref_first(referent);

    assert_int_equal(rt_weakref_count(referent), count);
    for (size_t i = 0; i < count; i++, weakref = rt_weakref_next(weakref))
        assert_ptr_equal(weakref, weakrefs[i]);
    assert_null(weakref);
}

/* ---- Sizes, counts and sharing ------------------------------------------------------------------ */

static void
test_weakref_is_eighty_bytes_tracked_and_counts_one(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *callback = test_callback(rt, &calls, 1);

    (void)state;
    for (int with_callback = 0; with_callback < 2; with_callback++) {
        int64_t count = rt->young_count;
        uint64_t bytes = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
        struct rt_object *weakref = rt_weakref_new(rt, referent, with_callback ? callback : NULL);

        assert_int_equal(rt->young_count, count + 1);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), bytes + 80);
        assert_int_equal(rt_sizeof(weakref), 80);
        assert_int_equal(rt_block_bytes(weakref), 80);
        assert_true(rt_is_tracked(weakref));
        assert_int_equal(referent->count, 1);
        assert_int_equal(callback->count, 1 + with_callback);
        assert_ptr_equal(rt_weakref_get(rt, weakref), referent);
        rt_decref(rt, weakref);
        assert_int_equal(rt->young_count, count);
        assert_int_equal(rt_weakref_count(referent), 0);
        assert_int_equal(callback->count, 1);
    }
    rt_decref(rt, callback);
    rt_decref(rt, referent);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_weakref_without_a_callback_is_shared(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *other = test_watch(rt, referent, &calls, 1);
    struct rt_object *one = rt_weakref_new(rt, referent, NULL), *two;
    int64_t count = rt->young_count;

    (void)state;
    two = rt_weakref_new(rt, referent, NULL);
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other);
    assert_int_equal(rt->young_count, count);
    assert_int_equal(one->count, 2);
    rt_decref(rt, two);
    assert_ptr_equal(rt_weakref_get(rt, one), referent);
    rt_decref(rt, one);
    assert_int_equal(rt->young_count, count - 1);
    rt_decref(rt, other);
    rt_decref(rt, referent);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_weakref_list_has_the_shared_one_first_and_the_newest_next(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *key = rt_int_new(rt, 7);
    struct rt_object *first = test_watch(rt, referent, &calls, 1);
    struct rt_object *second = test_watch(rt, referent, &calls, 2);
    struct rt_object *plain = rt_weakref_new(rt, referent, NULL);
    struct rt_object *third = test_watch(rt, referent, &calls, 3);
    struct rt_object *keyed = rt_weakref_new_keyed(rt, referent, NULL, key);

    (void)state;
    assert_listed(referent, (struct rt_object *[]){plain, keyed, third, second, first}, 5);
    assert_verified(rt);
    rt_decref(rt, third);
    assert_listed(referent, (struct rt_object *[]){plain, keyed, second, first}, 4);
    rt_decref(rt, plain);
    assert_listed(referent, (struct rt_object *[]){keyed, second, first}, 3);
    plain = rt_weakref_new(rt, referent, NULL);
    assert_listed(referent, (struct rt_object *[]){plain, keyed, second, first}, 4);
    test_drop_all(rt, (struct rt_object *[]){first, plain, keyed, second, key, referent}, 6);
    assert_int_equal(calls.count, 0);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_weakref_with_a_key_is_eighty_eight_bytes_and_never_shared(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *key = rt_int_new(rt, 1000);
    struct rt_object *one = rt_weakref_new_keyed(rt, referent, NULL, key);
    struct rt_object *two = rt_weakref_new_keyed(rt, referent, NULL, key);

    (void)state;
    assert_ptr_not_equal(one, two);
    assert_int_equal(rt_sizeof(one), 88);
    assert_int_equal(rt_block_bytes(one), 88);
    assert_true(rt_is_tracked(one));
    assert_ptr_equal(rt_weakref_key(one), key);
    assert_int_equal(key->count, 3);
    assert_int_equal(rt_kind(one), RT_KIND_WEAKREF);
    assert_int_equal(rt_equal(rt, one, two), 1);
    one->type->clear(rt, one);
    assert_null(rt_weakref_get(rt, one));
    assert_int_equal(key->count, 2);
    rt_decref(rt, two);
    assert_int_equal(key->count, 1);
    test_drop_all(rt, (struct rt_object *[]){one, key, referent}, 3);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_weakref_to_what_takes_none_is_refused(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_class_spec spec = {.name = "C", .slots = (const char *const[]){"a"}, .slot_count = 1};
    struct rt_object *class_object = rt_class_new(rt, &spec), *key = rt_int_new(rt, 1);
    struct rt_object *objects[] = {rt_incref(rt_none(rt)),
                                   rt_int_new(rt, 7),
                                   rt_float_new(rt, 1),
                                   rt_str_new(rt, "ab", 2),
                                   rt_bytes_new(rt, "ab", 2),
                                   rt_tuple_new(rt, 1),
                                   rt_list_new(rt, 0),
                                   rt_dict_new(rt),
                                   rt_cell_new(rt, NULL),
                                   rt_weakref_new(rt, class_object, NULL),
                                   rt_instance_new(rt, class_object)};
    size_t count = sizeof objects / sizeof objects[0];
    int64_t young_count = rt->young_count;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_null(rt_weakref_new(rt, objects[i], NULL));
        assert_int_equal(rt_error(rt), EINVAL);
        assert_null(rt_weakref_new(rt, objects[i], key));
        assert_null(rt_weakref_new_keyed(rt, objects[i], NULL, key));
        assert_null(rt_weakref_first(objects[i]));
        assert_int_equal(rt_weakref_count(objects[i]), 0);
    }
    assert_int_equal(rt->young_count, young_count);
    test_drop_all(rt, objects, count);
    rt_decref(rt, key);
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

static void
test_weakref_is_taken_by_what_may_be_referred_to(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_class_spec spec = {.name = "C"};
    struct rt_object *class_object = rt_class_new(rt, &spec);
    struct rt_object *function = rt_function_new(rt, test_note, NULL, NULL);
    struct rt_object *objects[] = {rt_instance_new(rt, class_object),
                                   rt_set_new(rt),
                                   rt_array_new(rt, RT_ARRAY_I, 2),
                                   rt_generator_new(rt, NULL, NULL, 1),
                                   rt_method_new(rt, function, rt_none(rt)),
                                   function,
                                   rt_weak_set_new(rt),
                                   rt_weak_dict_new(rt)};

    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        struct rt_object *weakref = rt_weakref_new(rt, objects[i], NULL);

        assert_non_null(weakref);
        assert_ptr_equal(rt_weakref_get(rt, weakref), objects[i]);
        rt_decref(rt, objects[i]);
        assert_null(rt_weakref_get(rt, weakref));
        rt_decref(rt, weakref);
    }
    rt_decref(rt, class_object);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- The referent's death ----------------------------------------------------------------------- */

static void
test_weakref_callbacks_are_called_newest_first_when_all_are_dead(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct test_calls calls = {.count = 0};
        struct rt *rt = test_create(NULL, test_backends[b], NULL);
        struct rt_object *referent = test_referent(rt, 1), *weakrefs[6];

        for (int i = 0; i < 5; i++)
            weakrefs[i] = test_watch(rt, referent, &calls, i);
        weakrefs[5] = rt_weakref_new(rt, referent, NULL);
        rt_decref(rt, referent);
        assert_called(&calls, (const int64_t[]){4, 3, 2, 1, 0}, 5);
        for (int i = 0; i < 6; i++) {
            assert_null(rt_weakref_get(rt, weakrefs[i]));
            assert_null(rt_weakref_callback(weakrefs[i]));
            assert_int_equal(weakrefs[i]->count, 1);
        }
        assert_verified(rt);
        test_drop_all(rt, weakrefs, 6);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static int64_t callbacks_left;

static void
look_at_callbacks(struct rt *rt, struct test_calls *calls) {
    (void)rt;
    callbacks_left = rt_weakref_callback(calls->victim) != NULL;
}

static void
test_weakref_has_lost_its_callback_when_called(void **state) {
    (void)state;
    for (int others = 0; others < 2; others++) {
        struct test_calls calls = {.then = look_at_callbacks};
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *referent = test_referent(rt, 1), *weakrefs[2] = {NULL};

        weakrefs[1] = calls.victim = test_watch(rt, referent, &calls, 1);
        if (others)
            weakrefs[0] = test_watch(rt, referent, &calls, 2);
        callbacks_left = -1;
        rt_decref(rt, referent);
        assert_int_equal(callbacks_left, 0);
        assert_int_equal(calls.count, 1 + others);
        test_drop_all(rt, weakrefs, 2);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), others); /* the tuple's */
        rt_destroy(rt);
    }
}

/* The tuple of twice so many: one of up to 20 stays on its free list, which shows in the count. */
static void
test_weakref_callbacks_cost_a_tuple_when_there_are_several(void **state) {
    static const struct {
        int callbacks;
        int64_t first, second; /* what the first and the second death add */
    } cases[] = {{0, 0, 0}, {1, 0, 0}, {2, 1, 0}, {3, 1, 0}, {10, 1, 1}, {11, 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rt *rt = test_create(NULL, NULL);

        for (int round = 0; round < 2; round++) {
            struct test_calls calls = {.count = 0};
            struct rt_object *referent = test_referent(rt, 1), *weakrefs[12];
            int64_t count;

            weakrefs[0] = rt_weakref_new(rt, referent, NULL);
            for (int k = 1; k <= cases[i].callbacks; k++)
                weakrefs[k] = test_watch(rt, referent, &calls, k);
            count = rt->young_count;
            rt_decref(rt, referent); /* itself and the functions go */
            assert_int_equal(rt->young_count - (count - 1 - cases[i].callbacks),
                             round == 0 ? cases[i].first : cases[i].second);
            assert_int_equal(calls.count, cases[i].callbacks);
            test_drop_all(rt, weakrefs, (size_t)cases[i].callbacks + 1);
        }
        rt_destroy(rt);
    }
}

static void
test_weakref_that_dies_before_its_referent_is_never_called(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *weakrefs[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        weakrefs[i] = test_watch(rt, referent, &calls, i);
    rt_decref(rt, weakrefs[1]);
    rt_decref(rt, referent);
    assert_called(&calls, (const int64_t[]){2, 0}, 2);
    rt_decref(rt, weakrefs[0]);
    rt_decref(rt, weakrefs[2]);
    rt_destroy(rt);
}

static void
test_weakref_does_not_give_a_referent_without_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1);
    struct rt_object *weakref = rt_weakref_new(rt, referent, NULL);

    (void)state;
    referent->count = 0; /* as of one that waits to be released */
    assert_null(rt_weakref_get(rt, weakref));
    referent->count = 1;
    assert_ptr_equal(rt_weakref_get(rt, weakref), referent);
    rt_decref(rt, referent);
    rt_decref(rt, weakref);
    rt_destroy(rt);
}

/* ---- What callbacks do -------------------------------------------------------------------------- */

static void
drop_victim(struct rt *rt, struct test_calls *calls) {
    rt_decref(rt, calls->victim);
}

static void
test_weakref_callback_may_drop_another_weakref_of_the_same_object(void **state) {
    struct test_calls calls = {.then = drop_victim};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *referent = test_referent(rt, 1), *second;

    (void)state;
    calls.victim = test_watch(rt, referent, &calls, 1);
    second = test_watch(rt, referent, &calls, 2);
    rt_decref(rt, referent);
    assert_called(&calls, (const int64_t[]){2, 1}, 2); /* the tuple kept it for its call */
    rt_decref(rt, second);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_weakref_callback_may_drop_its_own_weakref(void **state) {
    struct test_calls calls = {.then = drop_victim};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *referent = test_referent(rt, 1);

    (void)state;
    calls.victim = test_watch(rt, referent, &calls, 1);
    rt_decref(rt, referent);
    assert_int_equal(calls.count, 1);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static struct rt_object *late[2];

static void
refer_to_the_dying(struct rt *rt, struct test_calls *calls) {
    late[0] = rt_weakref_new(rt, calls->victim, NULL);
    late[1] = test_watch(rt, calls->victim, calls, 9);
    assert_null(rt_weakref_get(rt, late[0]));
    assert_null(rt_weakref_get(rt, late[1]));
}

static void
test_weakref_made_by_a_callback_of_the_dying_object_is_dead_and_not_called(void **state) {
    (void)state;
    for (int others = 0; others < 2; others++) {
        struct test_calls calls = {.then = refer_to_the_dying};
        struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
        struct rt_object *referent = test_referent(rt, 1), *weakrefs[2] = {NULL};

        calls.victim = referent;
        weakrefs[0] = test_watch(rt, referent, &calls, 1);
        if (others)
            weakrefs[1] = test_watch(rt, referent, &calls, 2);
        rt_decref(rt, referent);
        assert_int_equal(calls.count, 1 + others);
        assert_null(rt_weakref_get(rt, late[0]));
        assert_null(rt_weakref_get(rt, late[1]));
        assert_verified(rt);
        test_drop_all(rt, late, 2);
        test_drop_all(rt, weakrefs, 2);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_weakref_callback_that_fails_is_reported_and_the_others_called(void **state) {
    struct test_calls calls = {.count = 0};
    struct test_heard heard;
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *weakrefs[2], *failing;

    (void)state;
    test_listen(rt, &heard);
    weakrefs[0] = test_watch(rt, referent, &calls, 1);
    failing = test_callback(rt, &calls, -2);
    weakrefs[1] = rt_weakref_new(rt, referent, failing);
    assert_int_equal(rt_refuse(rt, ELOOP), -1);
    rt_decref(rt, referent);
    assert_called(&calls, (const int64_t[]){-2, 1}, 2);
    assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 1);
    assert_int_equal(heard.last[RT_EVENT_UNRAISABLE].count, ERANGE);
    assert_ptr_equal(heard.last[RT_EVENT_UNRAISABLE].address, failing);
    assert_int_equal(rt_error(rt), ELOOP); /* whoever dropped it has his own troubles */
    rt_decref(rt, failing);
    test_drop_all(rt, weakrefs, 2);
    rt_destroy(rt);
}

static void
test_weakref_callback_that_cannot_be_called_is_reported(void **state) {
    struct test_calls calls = {.count = 0};
    struct test_heard heard;
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1);
    struct rt_object *weakref = rt_weakref_new(rt, referent, rt_none(rt));

    (void)state;
    test_listen(rt, &heard);
    rt_decref(rt, referent); /* None cannot be called */
    assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 1);
    assert_int_equal(heard.last[RT_EVENT_UNRAISABLE].count, EINVAL);
    assert_int_equal(calls.count, 0);
    rt_decref(rt, weakref);
    rt_destroy(rt);
}

/* ---- What the collector needs ------------------------------------------------------------------- */

static void
test_weakref_cleared_by_hand_is_dead_and_keeps_its_callback(void **state) {
    struct test_calls calls = {.count = 0};
    struct test_heard heard;
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1),
                     *weakref = test_watch(rt, referent, &calls, 1);
    struct rt_object *failing = test_watch(rt, referent, &calls, -3);

    (void)state;
    test_listen(rt, &heard);
    rt_weakref_clear(rt, weakref);
    rt_weakref_clear(rt, weakref);
    assert_null(rt_weakref_get(rt, weakref));
    assert_listed(referent, &failing, 1);
    rt_weakref_clear(rt, failing);
    rt_decref(rt, referent);
    assert_int_equal(calls.count, 0);
    rt_weakref_call(rt, weakref);
    rt_weakref_call(rt, failing);
    assert_called(&calls, (const int64_t[]){1, -3}, 2);
    assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 1);
    assert_non_null(rt_weakref_callback(weakref));
    weakref->type->clear(rt, weakref);
    rt_weakref_call(rt, weakref);
    assert_int_equal(calls.count, 2);
    assert_verified(rt);
    rt_decref(rt, weakref);
    rt_decref(rt, failing);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_weakref_refers_to_its_callback_and_key_only(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *key = rt_list_new(rt, 0);
    struct rt_object *callback = test_callback(rt, &calls, 1);
    struct rt_object *weakrefs[3] = {rt_weakref_new(rt, referent, NULL),
                                     rt_weakref_new(rt, referent, callback),
                                     rt_weakref_new_keyed(rt, referent, callback, key)};

    (void)state;
    assert_refers_to(weakrefs[0], NULL, 0);
    assert_refers_to(weakrefs[1], &callback, 1);
    assert_refers_to(weakrefs[2], (struct rt_object *[]){key, callback}, 2);
    test_drop_all(rt, weakrefs, 3);
    test_drop_all(rt, (struct rt_object *[]){referent, key, callback}, 3);
    rt_destroy(rt);
}

/* ---- Values ------------------------------------------------------------------------------------- */

static void
test_weakref_hashes_and_compares_as_its_referent_while_it_lives(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = test_referent(rt, 5), *twin = test_referent(rt, 5);
    struct rt_object *other = test_referent(rt, 6), *none = rt_none(rt);
    struct rt_object *refs[] = {rt_weakref_new(rt, one, NULL), test_watch(rt, one, &calls, 1),
                                rt_weakref_new(rt, twin, NULL), rt_weakref_new(rt, other, NULL)};
    int64_t hash = 0;

    (void)state;
    assert_int_equal(rt_equal(rt, refs[0], refs[1]), 1);
    assert_int_equal(rt_equal(rt, refs[0], refs[2]), 1);
    assert_int_equal(rt_equal(rt, refs[0], refs[3]), 0);
    assert_int_equal(rt_equal(rt, refs[0], none), 0);
    assert_int_equal(rt_equal(rt, refs[0], one), 0);
    assert_int_equal(rt_hash(rt, refs[0], &hash), 0);
    assert_int_equal(hash, 5);
    rt_decref(rt, one);
    assert_int_equal(rt_equal(rt, refs[0], refs[1]), 0);
    assert_int_equal(rt_equal(rt, refs[0], refs[2]), 0);
    assert_int_equal(rt_equal(rt, refs[0], refs[0]), 1);
    hash = 0;
    assert_int_equal(rt_hash(rt, refs[0], &hash), 0); /* it was asked before */
    assert_int_equal(hash, 5);
    assert_int_equal(rt_hash(rt, refs[1], &hash), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    test_drop_all(rt, refs, 4);
    test_drop_all(rt, (struct rt_object *[]){twin, other}, 2);
    rt_destroy(rt);
}

static void
test_weakref_to_the_unhashable_has_no_hash(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, -7);
    struct rt_object *weakref = rt_weakref_new(rt, referent, NULL);
    int64_t hash = 3;

    (void)state;
    assert_int_equal(rt_hash(rt, weakref, &hash), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(hash, 3);
    rt_decref(rt, weakref);
    rt_decref(rt, referent);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_weakref_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (uint64_t n = 1; !is_done; n++) {
            struct test_calls calls = {.count = 0};
            struct rt *rt = test_create_fallible(test_backends[b]);
            struct rt_object *referent = test_referent(rt, 1), *refs[3] = {NULL};
            struct rt_object *callback = test_callback(rt, &calls, 1);
            size_t made = 0;

            test_fail_at(rt, n);
            for (size_t i = 0; i < 3; i++) {
                refs[i] = i < 2 ? rt_weakref_new(rt, referent, i == 0 ? NULL : callback)
                                : rt_weakref_new_keyed(rt, referent, callback, callback);
                assert_true(refs[i] != NULL || rt_error(rt) == ENOMEM);
                made += refs[i] != NULL;
            }
            is_done = rt->faults_injected == 0;
            assert_int_equal(rt_weakref_count(referent), made);
            assert_int_equal(rt->young_count, 2 + made);
            assert_verified(rt);
            test_fail_at(rt, 0);
            rt_decref(rt, referent);
            for (size_t i = 0; i < 3; i++)
                assert_true(refs[i] == NULL || rt_weakref_get(rt, refs[i]) == NULL);
            test_drop_all(rt, refs, 3);
            rt_decref(rt, callback);
            assert_verified(rt);
            rt_destroy(rt);
            assert_true(n < 100);
        }
    }
}

static void
test_weakref_callbacks_are_not_called_without_memory_for_the_tuple(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct test_calls calls = {.count = 0};
        struct test_heard heard;
        struct rt *rt = test_create_fallible(test_backends[b]);
        struct rt_object *referent = test_referent(rt, 1), *weakrefs[3];

        test_listen(rt, &heard);
        weakrefs[0] = rt_weakref_new(rt, referent, NULL);
        weakrefs[1] = test_watch(rt, referent, &calls, 1);
        weakrefs[2] = test_watch(rt, referent, &calls, 2);
        test_fail_at(rt, 1);
        rt_decref(rt, referent);
        assert_int_equal(calls.count, 0);
        assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 1);
        assert_int_equal(heard.last[RT_EVENT_UNRAISABLE].count, ENOMEM);
        for (int i = 0; i < 3; i++)
            assert_null(rt_weakref_get(rt, weakrefs[i]));
        assert_verified(rt);
        test_fail_at(rt, 0);
        test_drop_all(rt, weakrefs, 3);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_weakref_callbacks_are_not_called_at_the_end_of_the_context(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        struct test_calls calls = {.count = 0};
        struct rt *rt = test_create(NULL, test_backends[b], NULL);
        struct rt_object *referent = rt_set_new(rt), *weakrefs[2], *list;

        weakrefs[0] = test_watch(rt, referent, &calls, 1);
        weakrefs[1] = test_watch(rt, referent, &calls, 2);
        list = rt_list_pack(rt, weakrefs, 2);
        test_drop_all(rt, weakrefs, 2);
        rt_list_append(rt, list, referent);
        rt_list_append(rt, list, list);
        test_drop_all(rt, (struct rt_object *[]){list, referent}, 2); /* nobody has them any more */
        rt_destroy(rt);
        assert_int_equal(calls.count, 0);
    }
}

static void
test_weakref_lists_out_of_order_are_found_by_the_verifier(void **state) {
    struct test_calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = test_referent(rt, 1), *plain = rt_weakref_new(rt, referent, NULL);
    struct rt_object *other = test_watch(rt, referent, &calls, 1);
    struct rt_weakref *self = (struct rt_weakref *)other, right = *self;

    (void)state;
    assert_verified(rt);
    self->previous = NULL;
    assert_int_not_equal(rt_verify(rt, NULL), 0);
    self->previous = right.previous;
    self->referent = NULL;
    assert_int_not_equal(rt_verify(rt, NULL), 0);
    self->referent = rt_none(rt);
    assert_int_not_equal(rt_verify(rt, NULL), 0);
    self->referent = right.referent;
    self->callback = NULL;
    assert_int_not_equal(rt_verify(rt, NULL), 0);
    *self = right;
    assert_verified(rt);
    test_drop_all(rt, (struct rt_object *[]){plain, other, referent}, 3);
    rt_destroy(rt);
}

/* ---- A model ------------------------------------------------------------------------------------
 * Referents with lists of the numbers of their weak references, newest last, and a shared one each. */

enum {
    MODEL_REFERENTS = 6,
    MODEL_WEAKREFS = 12, /* with a callback, of one referent */
    MODEL_STEPS = 20000
};

struct model {
    struct rt_object *referents[MODEL_REFERENTS], *plain[MODEL_REFERENTS];
    struct rt_object *weakrefs[MODEL_REFERENTS][MODEL_WEAKREFS]; /* by slot; NULL: none */
    int64_t order[MODEL_REFERENTS][MODEL_WEAKREFS];              /* slots, oldest first */
    size_t count[MODEL_REFERENTS];
    struct test_calls calls;
};

static void
forget(struct model *model, size_t r, int64_t slot) {
    size_t kept = 0;

    for (size_t i = 0; i < model->count[r]; i++) {
        if (model->order[r][i] != slot)
            model->order[r][kept++] = model->order[r][i];
    }
    model->count[r] = kept;
}

static void
step_weakref(struct rt *rt, struct model *model, size_t r, int64_t slot) {
    struct rt_object **weakref = &model->weakrefs[r][slot];

    if (*weakref == NULL) {
        *weakref = test_watch(rt, model->referents[r], &model->calls, slot);
        model->order[r][model->count[r]++] = slot;
    } else {
        rt_decref(rt, *weakref);
        *weakref = NULL;
        forget(model, r, slot);
    }
}

static void
step_plain(struct rt *rt, struct model *model, size_t r) {
    struct rt_object *weakref;

    if (model->plain[r] == NULL) {
        model->plain[r] = rt_weakref_new(rt, model->referents[r], NULL);
        return;
    }
    weakref = rt_weakref_new(rt, model->referents[r], NULL);
    assert_ptr_equal(weakref, model->plain[r]);
    rt_decref(rt, weakref);
    rt_decref(rt, weakref);
    model->plain[r] = NULL;
}

static void
step_death(struct rt *rt, struct model *model, size_t r) {
    model->calls.count = 0;
    rt_decref(rt, model->referents[r]);
    assert_int_equal(model->calls.count, model->count[r]);
    for (size_t i = 0; i < model->count[r]; i++)
        assert_int_equal(model->calls.numbers[i], model->order[r][model->count[r] - 1 - i]);
    test_drop_all(rt, model->weakrefs[r], MODEL_WEAKREFS);
    rt_xdecref(rt, model->plain[r]);
    memset(model->weakrefs[r], 0, sizeof model->weakrefs[r]);
    model->plain[r] = NULL;
    model->count[r] = 0;
    model->referents[r] = test_referent(rt, (int64_t)r);
}

static void
assert_model(const struct model *model, size_t r) {
    struct rt_object *expected[MODEL_WEAKREFS + 1];
    size_t count = 0;

    if (model->plain[r] != NULL)
        expected[count++] = model->plain[r];
    for (size_t i = model->count[r]; i-- > 0;)
        expected[count++] = model->weakrefs[r][model->order[r][i]];
    assert_listed(model->referents[r], expected, count);
}

static void
test_weakref_agrees_with_a_model_over_many_steps(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t b = 0; b < 3; b++) {
        static struct model model;
        struct rt *rt = test_create(NULL, test_backends[b], NULL);

        memset(&model, 0, sizeof model);
        for (size_t r = 0; r < MODEL_REFERENTS; r++)
            model.referents[r] = test_referent(rt, (int64_t)r);
        for (int i = 0; i < MODEL_STEPS; i++) {
            size_t r = test_random_below(&random, MODEL_REFERENTS);
            uint64_t choice = test_random_below(&random, 20);

            if (choice == 0)
                step_death(rt, &model, r);
            else if (choice < 5)
                step_plain(rt, &model, r);
            else
                step_weakref(rt, &model, r, (int64_t)test_random_below(&random, MODEL_WEAKREFS));
            assert_model(&model, r);
            if (i % 512 == 0)
                assert_verified(rt);
        }
        for (size_t r = 0; r < MODEL_REFERENTS; r++) {
            step_death(rt, &model, r);
            rt_decref(rt, model.referents[r]);
        }
        rt_free_lists_clear(rt);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weakref_is_eighty_bytes_tracked_and_counts_one),
        cmocka_unit_test(test_weakref_without_a_callback_is_shared),
        cmocka_unit_test(test_weakref_list_has_the_shared_one_first_and_the_newest_next),
        cmocka_unit_test(test_weakref_with_a_key_is_eighty_eight_bytes_and_never_shared),
        cmocka_unit_test(test_weakref_to_what_takes_none_is_refused),
        cmocka_unit_test(test_weakref_is_taken_by_what_may_be_referred_to),
        cmocka_unit_test(test_weakref_callbacks_are_called_newest_first_when_all_are_dead),
        cmocka_unit_test(test_weakref_has_lost_its_callback_when_called),
        cmocka_unit_test(test_weakref_callbacks_cost_a_tuple_when_there_are_several),
        cmocka_unit_test(test_weakref_that_dies_before_its_referent_is_never_called),
        cmocka_unit_test(test_weakref_does_not_give_a_referent_without_references),
        cmocka_unit_test(test_weakref_callback_may_drop_another_weakref_of_the_same_object),
        cmocka_unit_test(test_weakref_callback_may_drop_its_own_weakref),
        cmocka_unit_test(
            test_weakref_made_by_a_callback_of_the_dying_object_is_dead_and_not_called),
        cmocka_unit_test(test_weakref_callback_that_fails_is_reported_and_the_others_called),
        cmocka_unit_test(test_weakref_callback_that_cannot_be_called_is_reported),
        cmocka_unit_test(test_weakref_cleared_by_hand_is_dead_and_keeps_its_callback),
        cmocka_unit_test(test_weakref_refers_to_its_callback_and_key_only),
        cmocka_unit_test(test_weakref_hashes_and_compares_as_its_referent_while_it_lives),
        cmocka_unit_test(test_weakref_to_the_unhashable_has_no_hash),
        cmocka_unit_test(test_weakref_survives_every_failing_allocation),
        cmocka_unit_test(test_weakref_callbacks_are_not_called_without_memory_for_the_tuple),
        cmocka_unit_test(test_weakref_callbacks_are_not_called_at_the_end_of_the_context),
        cmocka_unit_test(test_weakref_lists_out_of_order_are_found_by_the_verifier),
        cmocka_unit_test(test_weakref_agrees_with_a_model_over_many_steps),
    };

    return cmocka_run_group_tests_name("weakref", tests, NULL, NULL);
}
