/* SPDX-License-Identifier: MIT
 *
 * Functions, cells and methods: sizes, counts, and calls.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/mourner.h"
#include "runtime/tests/watched.h"

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

static void
test_function_cell_and_method_count_one_each(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *function = rt_function_new(rt, add, NULL, NULL);
    struct rt_object *cell, *method;

    (void)state;
    assert_int_equal(rt->young_count, 1);
    assert_null(rt_function_cells(function));
    cell = rt_cell_new(rt, NULL);
    assert_int_equal(rt->young_count, 2);
    method = rt_method_new(rt, function, cell);
    assert_int_equal(rt->young_count, 3);
    rt_decref(rt, cell);
    rt_decref(rt, function);
    assert_int_equal(rt->young_count, 3);
    rt_decref(rt, method);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_function_and_method_die_with_their_weak_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *function = rt_function_new(rt, add, NULL, NULL);
    struct rt_object *method = rt_method_new(rt, function, rt_none(rt));
    struct rt_object *cell = rt_cell_new(rt, method);
    struct rt_object *weakrefs[] = {rt_weakref_new(rt, function, NULL),
                                    rt_weakref_new(rt, method, NULL)};

    (void)state;
    assert_null(rt_weakref_new(rt, cell, NULL));
    rt_decref(rt, method);
    rt_decref(rt, function);
    assert_ptr_equal(rt_weakref_get(rt, weakrefs[0]), function);
    assert_ptr_equal(rt_weakref_get(rt, weakrefs[1]), method);
    rt_decref(rt, cell);
    assert_null(rt_weakref_get(rt, weakrefs[0]));
    assert_null(rt_weakref_get(rt, weakrefs[1]));
    rt_decref(rt, weakrefs[0]);
    rt_decref(rt, weakrefs[1]);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Cells -------------------------------------------------------------------------------------- */

static void
look_into_the_cell(struct rt *rt, struct test_log *log) {
    struct rt_object *value = rt_cell_get(log->victim);

    (void)rt;
    log->observed = value == NULL ? -1 : test_number(value);
}

static void
test_cell_has_the_new_value_when_the_old_one_dies(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.at_death = look_into_the_cell};
    struct rt_object *one = test_mourner(rt, &log, 1), *two = test_mourner(rt, &log, 2);
    struct rt_object *cell = rt_cell_new(rt, one);

    (void)state;
    log.victim = cell;
    rt_decref(rt, one);
    rt_cell_set(rt, cell, two);
    rt_decref(rt, two);
    assert_died(&log, (const int64_t[]){1}, 1);
    assert_int_equal(log.observed, 2);
    cell->type->clear(rt, cell);
    assert_died(&log, (const int64_t[]){1, 2}, 2);
    assert_int_equal(log.observed, -1);
    assert_null(rt_cell_get(cell));
    rt_decref(rt, cell);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

/* ---- What they refer to ------------------------------------------------------------------------- */

static void
test_function_cell_and_method_are_visited_and_cleared(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *adder = make_adder(rt, 1), *cells = rt_function_cells(adder);
    struct rt_object *cell = rt_tuple_get(cells, 0), *none = rt_none(rt);
    struct rt_object *method = rt_method_new(rt, adder, none);

    (void)state;
    assert_refers_to(adder, &cells, 1);
    assert_refers_to(cell, (struct rt_object *[]){rt_cell_get(cell)}, 1);
    assert_refers_to(method, (struct rt_object *[]){adder, none}, 2);
    adder->type->clear(rt, adder);
    assert_null(rt_function_cells(adder));
    assert_refers_to(adder, NULL, 0);
    assert_null(method->type->clear);
    assert_verified(rt);
    rt_decref(rt, adder);
    rt_decref(rt, method);
    rt_destroy(rt);
}

/* ---- Calls -------------------------------------------------------------------------------------- */

/* The sum of its arguments after None. */
static struct rt_object *
add_up(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    int64_t sum = 0;

    (void)function;
    assert_ptr_equal(args[0], rt_none(rt));
    for (size_t i = 1; i < count; i++) {
        int64_t value;

        assert_int_equal(rt_int_value(rt, args[i], &value), 0);
        sum += value;
    }
    return rt_int_new(rt, sum);
}

static void
test_method_puts_its_object_before_however_many_arguments(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *function = rt_function_new(rt, add_up, NULL, NULL);
    struct rt_object *method = rt_method_new(rt, function, rt_none(rt)), *args[40];

    (void)state;
    assert_ptr_equal(rt_method_function(method), function);
    assert_ptr_equal(rt_method_self(method), rt_none(rt));
    for (int64_t i = 0; i < 40; i++)
        args[i] = rt_int_new(rt, i + 1);
    for (int64_t count = 0; count <= 40; count++) {
        struct rt_object *result = rt_call(rt, method, args, (size_t)count);
        int64_t sum = 0;

        assert_int_equal(rt_int_value(rt, result, &sum), 0);
        assert_int_equal(sum, count * (count + 1) / 2);
        rt_decref(rt, result);
    }
    rt_decref(rt, function);
    rt_decref(rt, method);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_method_of_a_method_puts_both_objects_first(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *function = rt_function_new(rt, add_up, NULL, NULL);
    struct rt_object *number = rt_int_new(rt, 1000);
    struct rt_object *inner = rt_method_new(rt, function, rt_none(rt));
    struct rt_object *outer = rt_method_new(rt, inner, number);

    (void)state;
    assert_int_equal(call_with(rt, outer, 7), 1007);
    rt_decref(rt, outer);
    rt_decref(rt, inner);
    rt_decref(rt, function);
    rt_decref(rt, number);
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
    assert_int_equal(rt_error(rt), EINVAL);
    (void)rt_fail(rt, ENOENT);
    assert_null(rt_call(rt, none, NULL, 0));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, instance);
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

/* ---- Long chains -------------------------------------------------------------------------------- */

enum {
    LONG = 100000
};

static struct rt_object *
wrap_in_a_cell(struct rt *rt, struct rt_object *inner) {
    return rt_cell_new(rt, inner);
}

static struct rt_object *
wrap_in_a_method(struct rt *rt, struct rt_object *inner) {
    return rt_method_new(rt, rt_none(rt), inner);
}

static struct rt_object *
wrap_in_a_function(struct rt *rt, struct rt_object *inner) {
    struct rt_object *cells = rt_tuple_pack(rt, &inner, 1);
    struct rt_object *function = rt_function_new(rt, add, cells, NULL);

    rt_decref(rt, cells);
    return function;
}

static struct rt_object *
wrap_in_a_list(struct rt *rt, struct rt_object *inner) {
    return rt_list_pack(rt, &inner, 1);
}

static void
test_function_cell_and_method_chains_of_any_length_are_released(void **state) {
    struct rt_object *(*const wraps[])(struct rt *, struct rt_object *) = {
        wrap_in_a_cell, wrap_in_a_method, wrap_in_a_function, wrap_in_a_list};

    (void)state;
    for (size_t mix = 1; mix < 16; mix++) { /* of these kinds, in turns */
        struct rt *rt = test_create(NULL, NULL);
        struct test_log log = {.count = 0};
        struct rt_object *chain = test_mourner(rt, &log, 7);

        for (size_t i = 0; i < LONG; i++) {
            if ((mix & 1u << i % 4) != 0) {
                struct rt_object *inner = chain;

                chain = wraps[i % 4](rt, inner);
                assert_non_null(chain);
                rt_decref(rt, inner);
            }
        }
        assert_int_equal(log.count, 0);
        rt_decref(rt, chain);
        assert_died(&log, (const int64_t[]){7}, 1);
        assert_verified(rt);
        rt_free_lists_clear(rt);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_function_cells_and_methods_survive_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (uint64_t n = 1; !is_done; n++) {
            struct rt *rt = test_create_fallible(test_backends[b]);
            struct rt_object *objects[5] = {NULL}, *none = rt_none(rt);

            test_fail_at(rt, n);
            objects[0] = rt_cell_new(rt, none);
            objects[1] = objects[0] == NULL ? NULL : rt_tuple_pack(rt, objects, 1);
            objects[2] = rt_function_new(rt, add_up, objects[1], NULL);
            objects[3] = objects[2] == NULL ? NULL : rt_method_new(rt, objects[2], none);
            if (objects[3] != NULL && rt->faults_injected == 0) {
                objects[4] = rt_call(rt, objects[3], NULL, 0);
                assert_non_null(objects[4]);
            }
            is_done = rt->faults_injected == 0;
            assert_true(is_done || rt_error(rt) == ENOMEM);
            assert_verified(rt);
            test_fail_at(rt, 0);
            for (size_t i = 5; i-- > 0;)
                rt_xdecref(rt, objects[i]);
            rt_free_lists_clear(rt);
            assert_int_equal(rt->young_count, 0);
            assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
            rt_destroy(rt);
            assert_true(n < 100);
        }
    }
}

/* Their object with twenty arguments does not fit on the stack. */
static void
test_method_call_without_memory_for_its_arguments_fails(void **state) {
    struct rt *rt = test_create_fallible(test_backends[0]);
    struct rt_object *function = rt_function_new(rt, add_up, NULL, NULL), *args[20];
    struct rt_object *method = rt_method_new(rt, function, rt_none(rt));

    (void)state;
    for (size_t i = 0; i < 20; i++)
        args[i] = rt_bool(rt, true);
    test_fail_at(rt, 1);
    assert_null(rt_call(rt, method, args, 20));
    assert_int_equal(rt_error(rt), ENOMEM);
    test_fail_at(rt, 0);
    rt_decref(rt, method);
    rt_decref(rt, function);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function_remembers_in_its_cells),
        cmocka_unit_test(test_function_with_a_closure_counts_three_and_gives_two_back),
        cmocka_unit_test(test_function_cell_and_method_have_cpythons_sizes),
        cmocka_unit_test(test_function_cell_and_method_count_one_each),
        cmocka_unit_test(test_function_and_method_die_with_their_weak_references),
        cmocka_unit_test(test_cell_has_the_new_value_when_the_old_one_dies),
        cmocka_unit_test(test_function_cell_and_method_are_visited_and_cleared),
        cmocka_unit_test(test_method_puts_its_object_before_however_many_arguments),
        cmocka_unit_test(test_method_of_a_method_puts_both_objects_first),
        cmocka_unit_test(test_call_of_a_class_makes_an_instance_and_of_others_fails),
        cmocka_unit_test(test_function_cell_and_method_chains_of_any_length_are_released),
        cmocka_unit_test(test_function_cells_and_methods_survive_every_failing_allocation),
        cmocka_unit_test(test_method_call_without_memory_for_its_arguments_fails),
    };

    return cmocka_run_group_tests_name("function", tests, NULL, NULL);
}
