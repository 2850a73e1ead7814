/* SPDX-License-Identifier: MIT
 *
 * Functions, cells and methods: sizes, counts, and calls.
 */
#include "runtime/tests/objects.h"

#include "runtime/object.h"

/* Adds its only argument to the number in its first cell. */
static struct rt_object *
add(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct rt_object *cell = rt_tuple_get(rt_function_cells(function), 0), *sum;

    if (count != 1)
        return rt_fail(rt, EINVAL);
    sum = rt_int_add(rt, rt_cell_get(cell), args[0]);
    if (sum != NULL)
        rt_cell_set(rt, cell, sum);
    return sum;
}

static struct rt_object *
make_adder(struct rt *rt, int64_t start) {
    struct rt_object *number = rt_int_new(rt, start), *cell = rt_cell_new(rt, number);
    struct rt_object *cells = rt_tuple_pack(rt, &cell, 1);
    struct rt_object *function = rt_function_new(rt, add, cells, NULL);

    assert_non_null(function);
    rt_decref(rt, number);
    rt_decref(rt, cell);
    rt_decref(rt, cells);
    return function;
}

static int64_t
call_with(struct rt *rt, struct rt_object *callable, int64_t number) {
    struct rt_object *argument = rt_int_new(rt, number);
    struct rt_object *result = rt_call(rt, callable, &argument, 1);
    int64_t value = -1;

    assert_non_null(result);
    assert_int_equal(rt_int_value(rt, result, &value), 0);
    rt_decref(rt, argument);
    rt_decref(rt, result);
    return value;
}

static void
test_function_remembers_in_its_cells(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *adder = make_adder(rt, 1000), *other = make_adder(rt, 0);

    (void)state;
    assert_int_equal(call_with(rt, adder, 7), 1007);
    assert_int_equal(call_with(rt, adder, 3), 1010);
    assert_int_equal(call_with(rt, other, 5), 5);
    assert_null(rt_call(rt, adder, NULL, 0));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, adder);
    rt_decref(rt, other);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_function_with_a_closure_counts_three_and_gives_two_back(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *adder = make_adder(rt, 1);

    (void)state;
    assert_int_equal(rt->young_count, 3);
    rt_decref(rt, adder);
    assert_int_equal(rt->young_count, 1); /* the tuple stays on its free list */
    rt_destroy(rt);
}

static void
test_function_cell_and_method_have_cpythons_sizes(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *function = make_adder(rt, 1);
    struct rt_object *method = rt_method_new(rt, function, rt_none(rt));
    struct rt_object *cell = rt_tuple_get(rt_function_cells(function), 0);

    (void)state;
    assert_int_equal(rt_sizeof(function), 152);
    assert_int_equal(rt_sizeof(method), 64);
    assert_int_equal(rt_sizeof(cell), 40);
    assert_int_equal(rt_block_bytes(function), 152);
    assert_int_equal(rt_block_bytes(method), 64);
    assert_int_equal(rt_block_bytes(cell), 40);
    assert_true(rt_is_tracked(function) && rt_is_tracked(method) && rt_is_tracked(cell));
    rt_decref(rt, method);
    rt_decref(rt, function);
    rt_destroy(rt);
}

static struct rt_object *
count_arguments(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
                size_t count) {
    (void)function;
    assert_ptr_equal(args[0], rt_none(rt));
    return rt_int_new(rt, (int64_t)count);
}

static void
test_method_puts_its_object_before_the_arguments(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *function = rt_function_new(rt, count_arguments, NULL, NULL);
    struct rt_object *method = rt_method_new(rt, function, rt_none(rt)), *many[17];

    (void)state;
    assert_int_equal(call_with(rt, method, 1), 2);
    assert_ptr_equal(rt_method_function(method), function);
    assert_ptr_equal(rt_method_self(method), rt_none(rt));
    for (size_t i = 0; i < 17; i++)
        many[i] = rt_none(rt);
    assert_null(rt_call(rt, method, many, 17));
    assert_int_equal(rt_error(rt), ERANGE);
    rt_decref(rt, function);
    rt_decref(rt, method);
    rt_destroy(rt);
}

static void
test_call_of_a_class_makes_an_instance_and_of_others_fails(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_class_spec spec = {.name = "C"};
    struct rt_object *class_object = rt_class_new(rt, &spec);
    struct rt_object *instance = rt_call(rt, class_object, NULL, 0), *none = rt_none(rt);

    (void)state;
    assert_ptr_equal(rt_class_of(instance), class_object);
    assert_null(rt_call(rt, class_object, &none, 1));
    assert_null(rt_call(rt, none, NULL, 0));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, instance);
    rt_destroy(rt);
}

static void
test_function_cells_and_methods_survive_failing_allocations(void **state) {
    (void)state;
    for (int n = 1; n < 12; n++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *cell, *function, *method;

        rt->config.alloc_fail_at = n;
        rt->has_faults = true;
        rt->fast_bytes = rt->fast_span = 0;
        cell = rt_cell_new(rt, rt_none(rt));
        function = rt_function_new(rt, add, NULL, NULL);
        method = function == NULL ? NULL : rt_method_new(rt, function, rt_none(rt));
        assert_true((cell != NULL && method != NULL) || rt_error(rt) == ENOMEM);
        assert_int_equal(rt_verify(rt, NULL), 0);
        rt_xdecref(rt, cell);
        rt_xdecref(rt, method);
        rt_xdecref(rt, function);
        assert_int_equal(rt->young_count, 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function_remembers_in_its_cells),
        cmocka_unit_test(test_function_with_a_closure_counts_three_and_gives_two_back),
        cmocka_unit_test(test_function_cell_and_method_have_cpythons_sizes),
        cmocka_unit_test(test_method_puts_its_object_before_the_arguments),
        cmocka_unit_test(test_call_of_a_class_makes_an_instance_and_of_others_fails),
        cmocka_unit_test(test_function_cells_and_methods_survive_failing_allocations),
    };

    return cmocka_run_group_tests_name("function", tests, NULL, NULL);
}
