/* SPDX-License-Identifier: MIT
 *
 * The attributes of instances: room, order, and what is left when memory lacks.
 */
#include "runtime/tests/objects.h"

#include "runtime/values.h"

static void
test_values_have_less_room_with_each_instance_down_to_one_spare(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_keys *keys = rt_keys_new_shared(rt);
    struct rt_object *name = test_name(rt, "a");

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        struct rt_values *values = rt_values_new(rt, keys);

        assert_int_equal(rt_keys_shared_insert(keys, name), 0);
        assert_int_equal(rt_values_room(values), i < 28 ? 29 - i : 2);
        assert_int_equal(rt_values_used(values), 0);
        for (size_t v = 0; v < rt_values_room(values); v++)
            assert_null(values->items[v]);
        rt_values_drop(rt, values);
    }
    rt_decref(rt, name);
    rt_keys_decref(rt, keys);
    rt_destroy(rt);
}

static void
test_values_take_the_bytes_that_cpython_asks_for(void **state) {
    static const size_t bytes[] = {16, 24, 32, 40, 48,
                                   56, 72, 80, 88}; /* by names, and one spare */
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t names = 0; names < sizeof bytes / sizeof bytes[0]; names++)
        assert_int_equal(rt_values_prefix_bytes(names + 1) + 8 * (names + 1), bytes[names]);
    rt_destroy(rt);
}

static void
test_values_remember_the_order_in_which_they_were_set(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_keys *keys = rt_keys_new_shared(rt);
    struct rt_values *values = rt_values_new(rt, keys), *copy;
    static const size_t order[] = {4, 0, 2, 7}, left[] = {4, 2, 7};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        values->items[order[i]] = rt_incref(rt_none(rt));
        rt_values_note(values, order[i]);
    }
    rt_decref(rt, values->items[0]);
    values->items[0] = NULL;
    rt_values_forget(values, 0);
    copy = rt_values_copy(rt, values, keys);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rt_values_bytes(values)[-3 - (int64_t)i], left[i]);
        assert_int_equal(rt_values_bytes(copy)[-3 - (int64_t)i], left[i]);
    }
    assert_int_equal(rt_values_used(values), 3);
    assert_int_equal(rt_values_used(copy), 3);
    for (size_t i = 3; i < rt_values_room(values); i++)
        assert_int_equal(rt_values_bytes(values)[-3 - (int64_t)i], i);
    for (size_t i = 3; i < rt_values_room(copy); i++)
        assert_int_equal(rt_values_bytes(copy)[-3 - (int64_t)i], i);
    rt_values_drop(rt, values);
    rt_values_drop(rt, copy);
    rt_keys_decref(rt, keys);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_values_without_memory_are_none(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_keys *keys = rt_keys_new_shared(rt);

    (void)state;
    rt->has_faults = true;
    rt->config.alloc_fail_every = 1;
    rt->fast_bytes = rt->fast_span = 0;
    assert_null(rt_values_new(rt, keys));
    assert_int_equal(rt_error(rt), ENOMEM);
    rt->has_faults = false;
    rt_keys_decref(rt, keys);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_have_less_room_with_each_instance_down_to_one_spare),
        cmocka_unit_test(test_values_take_the_bytes_that_cpython_asks_for),
        cmocka_unit_test(test_values_remember_the_order_in_which_they_were_set),
        cmocka_unit_test(test_values_without_memory_are_none),
    };

    return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
