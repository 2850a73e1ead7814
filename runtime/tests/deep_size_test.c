/* SPDX-License-Identifier: MIT
 *
 * Deep sizes: what is counted, once, to any depth. The expected numbers are what Python 3.11.2 prints for
 *
 *     def total_size(obj, seen=None): getsizeof, then keys and values, or __dict__, or the items
 */
#include "runtime/tests/objects.h"

#include "runtime/context.h"

#include <errno.h>

static size_t
deep(struct rt *rt, struct rt_object *object) {
    size_t bytes = 0;

    assert_int_equal(rt_deep_size(rt, object, &bytes), 0);
    return bytes;
}

static void
test_deep_size_of_a_value_is_its_own(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *text = rt_str_new(rt, "hello", 5), *number = rt_int_new(rt, 1000);

    (void)state;
    assert_int_equal(deep(rt, text), 54);
    assert_int_equal(deep(rt, number), 28);
    rt_decref(rt, text);
    rt_decref(rt, number);
    rt_destroy(rt);
}

static void
test_deep_size_counts_shared_parts_once(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *number = rt_int_new(rt, 1000), *list = rt_list_new(rt, 0), *pair[2];

    (void)state;
    assert_int_equal(rt_list_append(rt, list, number), 0); /* 56 + 4 * 8, and 28 */
    pair[0] = pair[1] = list;
    list = rt_tuple_pack(rt, pair, 2);
    assert_int_equal(deep(rt, list), 56 + 88 + 28);
    assert_int_equal(rt_list_append(rt, pair[0], list), 0); /* and itself */
    assert_int_equal(deep(rt, list), 56 + 88 + 28);
    rt_list_clear(rt, pair[0]);
    rt_decref(rt, pair[0]);
    rt_decref(rt, list);
    rt_decref(rt, number);
    rt_destroy(rt);
}

static void
test_deep_size_follows_keys_values_and_members(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *set = rt_set_new(rt);
    struct rt_object *key = rt_str_new(rt, "key", 3), *number = rt_int_new(rt, 1000);

    (void)state;
    assert_int_equal(rt_set_add(rt, set, number), 0);
    assert_int_equal(rt_dict_set(rt, dict, key, set), 0);
    assert_int_equal(deep(rt, dict), 184 + 52 + 216 + 28);
    rt_decref(rt, key);
    rt_decref(rt, number);
    rt_decref(rt, set);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_deep_size_of_an_instance_has_the_dict_it_would_have(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_class_spec spec = {.name = "C"};
    struct rt_object *class_object = rt_class_new(rt, &spec), *instance = NULL;
    size_t before;
    int64_t count;

    (void)state;
    for (int i = 0; i < 40; i++) {
        rt_xdecref(rt, instance);
        instance = rt_instance_new(rt, class_object);
        assert_int_equal(test_set_int(rt, instance, "x", 1000), 0);
        assert_int_equal(test_set_int(rt, instance, "y", 2000), 0);
    }
    count = rt->young_count;
    before = deep(rt, instance);
    assert_int_equal(before, 56 + (64 + 3 * 8) + 2 * 50 + 2 * 28);
    assert_int_equal(rt->young_count, count); /* and none was made */
    assert_non_null(rt_instance_dict(rt, instance));
    assert_int_equal(deep(rt, instance), before);
    rt_decref(rt, instance);
    rt_destroy(rt);
}

static void
test_deep_size_has_no_limit_of_depth(void **state) {
    enum {
        DEPTH = 300000
    };
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *inner = rt_list_new(rt, 0);

    (void)state;
    for (int i = 0; i < DEPTH; i++) {
        struct rt_object *outer = rt_list_pack(rt, &inner, 1);

        rt_decref(rt, inner);
        inner = outer;
    }
    assert_int_equal(deep(rt, inner), 56 + (size_t)DEPTH * 64);
    rt_decref(rt, inner);
    rt_destroy(rt);
}

static void
test_deep_size_without_memory_says_so_and_changes_nothing(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0);
    size_t bytes = 7;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct rt_object *number = rt_int_new(rt, 1000 + i);

        assert_int_equal(rt_list_append(rt, list, number), 0);
        rt_decref(rt, number);
    }
    rt->has_faults = true;
    for (int n = 1; n <= 6; n++) { /* both tables, 256 to 1024 at least */
        rt->fault_attempts = 0;
        rt->config.alloc_fail_at = n;
        assert_int_equal(rt_deep_size(rt, list, &bytes), -1);
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_int_equal(bytes, 7);
    }
    rt->has_faults = false;
    rt_decref(rt, list);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deep_size_of_a_value_is_its_own),
        cmocka_unit_test(test_deep_size_counts_shared_parts_once),
        cmocka_unit_test(test_deep_size_follows_keys_values_and_members),
        cmocka_unit_test(test_deep_size_of_an_instance_has_the_dict_it_would_have),
        cmocka_unit_test(test_deep_size_has_no_limit_of_depth),
        cmocka_unit_test(test_deep_size_without_memory_says_so_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("deep_size", tests, NULL, NULL);
}
