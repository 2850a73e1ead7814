/* SPDX-License-Identifier: MIT
 *
 * order_test.c: ends come first, then middles, then the middles of halves; ties stay as they were drawn.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/order.h"

static void
test_order_levels_are_ends_middle_halves(void **state) {
    static const unsigned nine[] = {0, 3, 2, 3, 1, 3, 2, 3, 0};

    (void)state;
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(bench_order_level(i, 9), nine[i]);
    assert_int_equal(bench_order_level(0, 1), 0);
    assert_int_equal(bench_order_level(1, 2), 0);
    assert_int_equal(bench_order_level(1, 3), 1);
}

/* Each value has a level, and level k has at most 2^(k-1) of them. */
static void
test_order_levels_halve_what_is_left(void **state) {
    (void)state;
    for (size_t count = 1; count <= 1000; count++) {
        size_t of[16] = {0};
        for (size_t i = 0; i < count; i++)
            of[bench_order_level(i, count)]++;
        assert_int_equal(of[0], count < 2 ? count : 2);
        for (unsigned level = 1; level < 16; level++)
            assert_true(of[level] <= (size_t)1 << (level - 1));
    }
}

static void
test_order_of_an_axis_is_by_size_and_choices_have_none(void **state) {
    struct bench_grid grid;
    unsigned levels[5];

    (void)state;
    bench_grid_init(&grid, wl_registry_find("churn"));
    assert_int_equal(bench_grid_set(&grid, "gc.threshold0", "700,100,2000,10000,400", NULL), 0);
    assert_int_equal(bench_grid_set(&grid, "gc.mode", "auto,off,manual,idle", NULL), 0);
    assert_int_equal(bench_order_axis(&grid, &grid.axes[0], levels), 0);
    assert_int_equal(levels[0], 1);
    assert_int_equal(levels[1], 0);
    assert_int_equal(levels[2], 2);
    assert_int_equal(levels[3], 0);
    assert_int_equal(levels[4], 2);
    assert_int_equal(bench_order_axis(&grid, &grid.axes[1], levels), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(levels[i], 0);
    bench_grid_fini(&grid);
}

static void
test_order_sort_keeps_the_order_within_a_level(void **state) {
    static const unsigned levels[] = {2, 0, 1, 0, 2, 0};
    static const size_t sorted[] = {5, 3, 1, 2, 4, 0};
    size_t order[] = {5, 4, 3, 2, 1, 0};

    (void)state;
    assert_int_equal(bench_order_sort(order, 6, levels), 0);
    assert_memory_equal(order, sorted, sizeof sorted);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_levels_are_ends_middle_halves),
        cmocka_unit_test(test_order_levels_halve_what_is_left),
        cmocka_unit_test(test_order_of_an_axis_is_by_size_and_choices_have_none),
        cmocka_unit_test(test_order_sort_keeps_the_order_within_a_level),
    };
    return cmocka_run_group_tests_name("bench/order", tests, NULL, NULL);
}
