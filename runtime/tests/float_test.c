/* SPDX-License-Identifier: MIT
 *
 * Floats: value, size, the list of the dead, and equality with other numbers.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/hashes.h"

#include <errno.h>
#include <math.h>

enum {
    KEPT = 100,
    FLOAT_BYTES = 24
};

static void
test_float_is_as_large_as_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint64_t before = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
    struct rt_object *number = rt_float_new(rt, 0.75);

    (void)state;
    assert_int_equal(rt_kind(number), RT_KIND_FLOAT);
    assert_string_equal(rt_type_name(number), "float");
    assert_true(rt_float_value(number) == 0.75);
    assert_int_equal(rt_sizeof(number), FLOAT_BYTES);
    assert_int_equal(rt_block_bytes(number), FLOAT_BYTES);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES) - before, FLOAT_BYTES);
    rt_decref(rt, number);
    rt_destroy(rt);
}

static void
test_float_takes_the_last_one_that_died(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = rt_float_new(rt, 1), *two = rt_float_new(rt, 2), *again;

    (void)state;
    rt_decref(rt, one);
    rt_decref(rt, two);
    again = rt_float_new(rt, 3);
    assert_ptr_equal(again, two);
    assert_int_equal(again->count, 1);
    assert_int_equal(rt_kind(again), RT_KIND_FLOAT);
    assert_true(rt_float_value(again) == 3);
    rt_decref(rt, again);
    assert_verified(rt);
    rt_destroy(rt);
}

/* How many blocks stay when so many floats die at once. */
static uint64_t
count_kept(struct rt *rt, size_t deaths) {
    struct rt_object *numbers[2 * KEPT];
    uint64_t before = test_stat(rt, RT_STAT_LIVE_BLOCKS), kept;

    for (size_t i = 0; i < deaths; i++)
        numbers[i] = rt_float_new(rt, (double)i);
    for (size_t i = 0; i < deaths; i++)
        rt_decref(rt, numbers[i]);
    kept = test_stat(rt, RT_STAT_LIVE_BLOCKS) - before;
    assert_verified(rt);
    rt_free_lists_clear(rt);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), before);
    return kept;
}

static void
test_float_keeps_so_many_of_the_dead_and_no_more(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_int_equal(count_kept(rt, KEPT - 1), KEPT - 1);
    assert_int_equal(count_kept(rt, KEPT), KEPT);
    assert_int_equal(count_kept(rt, KEPT + 1), KEPT);
    assert_int_equal(count_kept(rt, 2 * KEPT), KEPT);
    rt_destroy(rt);
    rt = test_create(NULL, "object.keep_floats=0", NULL);
    assert_int_equal(count_kept(rt, KEPT), 0);
    rt_destroy(rt);
}

static void
check_hash(void *context, int64_t hash, const char *value) {
    struct rt_object *number = rt_float_new(context, test_parse_double(value));
    int64_t found = 0;

    assert_int_equal(rt_hash(context, number, &found), 0);
    assert_int_equal(found, hash);
    rt_decref(context, number);
}

static void
test_float_hashes_as_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = rt_float_new(rt, NAN), *other = rt_float_new(rt, NAN);
    int64_t hash = 0, other_hash = 0, again = 0;

    (void)state;
    test_hashes_each("float", 100, check_hash, rt);
    assert_int_equal(rt_hash(rt, one, &hash), 0);
    assert_int_equal(rt_hash(rt, one, &again), 0);
    assert_int_equal(rt_hash(rt, other, &other_hash), 0);
    assert_int_equal(hash, again);
    assert_int_not_equal(hash, other_hash);
    assert_int_equal(rt_equal(rt, one, one), 1); /* identity is asked first */
    assert_int_equal(rt_equal(rt, one, other), 0);
    rt_decref(rt, one);
    rt_decref(rt, other);
    rt_destroy(rt);
}

static void
test_float_equals_by_value(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *zero = rt_float_new(rt, 0.0), *minus = rt_float_new(rt, -0.0);
    struct rt_object *one = rt_float_new(rt, 1.0), *half = rt_float_new(rt, 0.5);
    struct rt_object *integer = rt_int_new(rt, 1);

    (void)state;
    assert_int_equal(rt_equal(rt, zero, minus), 1);
    assert_int_equal(rt_equal(rt, zero, one), 0);
    assert_int_equal(rt_equal(rt, one, integer), 1);
    assert_int_equal(rt_equal(rt, half, integer), 0);
    assert_int_equal(rt_equal(rt, one, rt_bool(rt, true)), 1);
    assert_int_equal(rt_equal(rt, zero, rt_bool(rt, false)), 1);
    assert_int_equal(rt_equal(rt, zero, rt_none(rt)), 0);
    rt_decref(rt, zero);
    rt_decref(rt, minus);
    rt_decref(rt, one);
    rt_decref(rt, half);
    rt_decref(rt, integer);
    rt_destroy(rt);
}

static void
test_float_without_memory_says_so(void **state) {
    struct rt *rt = test_create_fallible("alloc.backend=pool");
    struct rt_object *number = rt_float_new(rt, 1);

    (void)state;
    assert_non_null(number);
    test_fail_at(rt, 1);
    assert_null(rt_float_new(rt, 2));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_verified(rt);
    rt_decref(rt, number);
    number = rt_float_new(rt, 3); /* out of the kept ones */
    assert_non_null(number);
    rt_decref(rt, number);
    rt_destroy(rt);
}

static void
test_float_works_on_every_backend(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rt *rt = test_create(NULL, test_backends[i], NULL);

        assert_int_equal(count_kept(rt, 2 * KEPT), KEPT);
        rt_decref(rt, rt_float_new(rt, 1.0)); /* one on the list at the end */
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_float_is_as_large_as_python_s),
        cmocka_unit_test(test_float_takes_the_last_one_that_died),
        cmocka_unit_test(test_float_keeps_so_many_of_the_dead_and_no_more),
        cmocka_unit_test(test_float_hashes_as_python_s),
        cmocka_unit_test(test_float_equals_by_value),
        cmocka_unit_test(test_float_without_memory_says_so),
        cmocka_unit_test(test_float_works_on_every_backend),
    };

    return cmocka_run_group_tests_name("float", tests, NULL, NULL);
}
