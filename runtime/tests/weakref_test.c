/* SPDX-License-Identifier: MIT
 *
 * Weak references: which are shared, when they die, and who is called in what order.
 */
#include "runtime/tests/objects.h"

#include "runtime/weakref.h"

enum {
    CALLS_MAX = 64
};

/* What callbacks note: the number in their function's data. */
struct calls {
    int64_t numbers[CALLS_MAX];
    size_t count;
    struct caller {
        struct calls *calls;
        int64_t number;
    } callers[CALLS_MAX];
    struct rt_object *victim; /* dropped by the first call */
};

static struct rt_object *
note(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct caller *caller = rt_function_data(function);
    struct calls *calls = caller->calls;

    assert_int_equal(count, 1);
    assert_int_equal(rt_kind(args[0]), RT_KIND_WEAKREF);
    assert_null(rt_weakref_get(rt, args[0]));
    calls->numbers[calls->count++] = caller->number;
    if (calls->victim != NULL) {
        struct rt_object *victim = calls->victim;

        calls->victim = NULL;
        rt_decref(rt, victim);
    }
    return caller->number < 0 ? rt_fail(rt, EINVAL) : rt_incref(rt_none(rt));
}

static struct rt_object *
make_callback(struct rt *rt, struct calls *calls, int64_t number) {
    struct caller *caller = &calls->callers[number < 0 ? -number : number];
    struct rt_object *function;

    *caller = (struct caller){.calls = calls, .number = number};
    function = rt_function_new(rt, note, NULL, caller);
    assert_non_null(function);
    return function;
}

static struct rt_object *
watch(struct rt *rt, struct rt_object *referent, struct calls *calls, int64_t number) {
    struct rt_object *callback = make_callback(rt, calls, number);
    struct rt_object *weakref = rt_weakref_new(rt, referent, callback);

    assert_non_null(weakref);
    rt_decref(rt, callback);
    return weakref;
}

static struct rt_object *
make_referent(struct rt *rt) {
    struct rt_object *set = rt_set_new(rt);

    assert_non_null(set);
    return set;
}

static void
test_weakref_without_a_callback_is_shared(void **state) {
    struct calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = make_referent(rt), *other = watch(rt, referent, &calls, 1);
    struct rt_object *one = rt_weakref_new(rt, referent, NULL);
    int64_t count = rt->young_count;
    struct rt_object *two = rt_weakref_new(rt, referent, NULL);

    (void)state;
    assert_ptr_equal(one, two);
    assert_int_equal(rt->young_count, count);
    assert_ptr_not_equal(one, other);
    assert_int_equal(rt_weakref_count(referent), 2);
    assert_int_equal(rt_sizeof(one), 80);
    assert_int_equal(rt_block_bytes(one), 80);
    assert_true(rt_is_tracked(one));
    assert_ptr_equal(rt_weakref_get(rt, one), referent);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_decref(rt, one);
    rt_decref(rt, two);
    assert_int_equal(rt_weakref_count(referent), 1);
    rt_decref(rt, other); /* before its referent: it is never called */
    rt_decref(rt, referent);
    assert_int_equal(calls.count, 0);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_weakref_callbacks_are_called_newest_first_when_all_are_dead(void **state) {
    struct calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *referent = make_referent(rt), *basic, *weakrefs[5];

    (void)state;
    for (int i = 0; i < 5; i++)
        weakrefs[i] = watch(rt, referent, &calls, i);
    basic = rt_weakref_new(rt, referent, NULL);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_decref(rt, referent);
    assert_null(rt_weakref_get(rt, basic));
    assert_int_equal(calls.count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(calls.numbers[i], 4 - i);
    for (int i = 0; i < 5; i++)
        rt_decref(rt, weakrefs[i]);
    rt_decref(rt, basic);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_weakref_callback_may_drop_another_weakref_of_the_same_object(void **state) {
    struct calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *referent = make_referent(rt);
    struct rt_object *first = watch(rt, referent, &calls, 1), *second;

    (void)state;
    second = watch(rt, referent, &calls, 2);
    calls.victim = first;
    rt_decref(rt, referent);
    assert_int_equal(calls.count, 2); /* the tuple of the dead keeps it for its call */
    rt_decref(rt, second);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static size_t unraisable;

static void
count_unraisable(void *context, const struct rt_event *event) {
    (void)context;
    unraisable += event->kind == RT_EVENT_UNRAISABLE && event->count == EINVAL;
}

static void
test_weakref_callback_that_fails_is_reported_and_the_others_called(void **state) {
    struct calls calls = {.count = 0};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *referent = make_referent(rt), *weakrefs[2];

    (void)state;
    unraisable = 0;
    assert_int_equal(rt_listen(rt, count_unraisable, NULL), 0);
    weakrefs[0] = watch(rt, referent, &calls, 1);
    weakrefs[1] = watch(rt, referent, &calls, -2);
    rt_decref(rt, referent);
    assert_int_equal(calls.count, 2);
    assert_int_equal(unraisable, 1);
    rt_decref(rt, weakrefs[0]);
    rt_decref(rt, weakrefs[1]);
    rt_destroy(rt);
}

static void
test_weakref_to_what_takes_none_is_refused(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *objects[] = {rt_int_new(rt, 7), rt_str_new(rt, "ab", 2), rt_list_new(rt, 0),
                                   rt_dict_new(rt),   rt_tuple_new(rt, 1),     rt_float_new(rt, 1)};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_null(rt_weakref_new(rt, objects[i], NULL));
        assert_int_equal(rt_error(rt), EINVAL);
        assert_int_equal(rt_weakref_count(objects[i]), 0);
        rt_decref(rt, objects[i]);
    }
    rt_destroy(rt);
}

static void
test_weakref_hashes_and_compares_as_its_referent_while_it_lives(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_class_spec spec = {.name = "C"};
    struct rt_object *class_object = rt_class_new(rt, &spec);
    struct rt_object *one = rt_instance_new(rt, class_object);
    struct rt_object *other = rt_instance_new(rt, class_object);
    struct calls calls = {.count = 0};
    struct rt_object *refs[] = {rt_weakref_new(rt, one, NULL), watch(rt, one, &calls, 1),
                                rt_weakref_new(rt, other, NULL)};
    int64_t hash, expected;

    (void)state;
    assert_int_equal(rt_equal(rt, refs[0], refs[1]), 1);
    assert_int_equal(rt_equal(rt, refs[0], refs[2]), 0);
    assert_int_equal(rt_hash(rt, one, &expected), 0);
    assert_int_equal(rt_hash(rt, refs[0], &hash), 0);
    assert_int_equal(hash, expected);
    rt_decref(rt, one);
    assert_int_equal(rt_equal(rt, refs[0], refs[1]), 0);
    assert_int_equal(rt_hash(rt, refs[0], &hash), 0); /* it was asked before */
    assert_int_equal(hash, expected);
    assert_int_equal(rt_hash(rt, refs[1], &hash), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    for (size_t i = 0; i < 3; i++)
        rt_decref(rt, refs[i]);
    rt_decref(rt, other);
    rt_destroy(rt);
}

static void
test_weakref_survives_every_failing_allocation(void **state) {
    static const char *const backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                           "alloc.backend=debug"};

    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (int n = 1; !is_done; n++) {
            struct calls calls = {.count = 0};
            struct rt *rt = test_create(NULL, backends[b], NULL);
            struct rt_object *referent = make_referent(rt), *refs[3] = {NULL};
            struct rt_object *callback = make_callback(rt, &calls, 1);

            rt->config.alloc_fail_at = n;
            rt->has_faults = true;
            rt->fast_bytes = rt->fast_span = 0;
            rt->fault_attempts = 0;
            for (size_t i = 0; i < 3; i++)
                refs[i] = rt_weakref_new(rt, referent, i == 0 ? NULL : callback);
            assert_int_equal(rt_verify(rt, NULL), 0);
            rt_decref(rt, referent); /* makes a tuple for two of them, or fails to */
            is_done = rt->faults_injected == 0;
            for (size_t i = 0; i < 3; i++) {
                if (refs[i] != NULL) {
                    assert_null(rt_weakref_get(rt, refs[i]));
                    rt_decref(rt, refs[i]);
                }
            }
            rt_decref(rt, callback);
            assert_int_equal(rt_verify(rt, NULL), 0);
            rt_destroy(rt);
            assert_true(n < 100);
        }
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weakref_without_a_callback_is_shared),
        cmocka_unit_test(test_weakref_callbacks_are_called_newest_first_when_all_are_dead),
        cmocka_unit_test(test_weakref_callback_may_drop_another_weakref_of_the_same_object),
        cmocka_unit_test(test_weakref_callback_that_fails_is_reported_and_the_others_called),
        cmocka_unit_test(test_weakref_to_what_takes_none_is_refused),
        cmocka_unit_test(test_weakref_hashes_and_compares_as_its_referent_while_it_lives),
        cmocka_unit_test(test_weakref_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("weakref", tests, NULL, NULL);
}
