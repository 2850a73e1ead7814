/* SPDX-License-Identifier: MIT
 *
 * array_test.c
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/array.h"

static void
test_array_has_room_for_one_more_each_time(void **state) {
    (void)state;
    int *items = NULL;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(bench_array_grow(&items, (size_t)i, sizeof *items), 0);
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    free(items);
}

static void
test_array_that_cannot_grow_is_as_it_was(void **state) {
    (void)state;
    int *items = NULL, *before;
    assert_int_equal(bench_array_grow(&items, 0, sizeof *items), 0);
    before = items;
    items[0] = 7;
    assert_true(bench_array_grow(&items, 1, SIZE_MAX / 4) < 0);
    assert_ptr_equal(items, before);
    assert_int_equal(items[0], 7);
    free(items);
}

static void
test_array_median_is_in_the_middle(void **state) {
    (void)state;
    double odd[] = {9, -1, 4}, even[] = {8, 2, 4, 1};
    assert_true(bench_array_median(odd, 3) == 4);
    assert_true(bench_array_median(even, 4) == 3);
    assert_true(bench_array_median(even, 1) == 1);
    assert_true(isnan(bench_array_median(even, 0)));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array_has_room_for_one_more_each_time),
        cmocka_unit_test(test_array_that_cannot_grow_is_as_it_was),
        cmocka_unit_test(test_array_median_is_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
