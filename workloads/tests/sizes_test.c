/* SPDX-License-Identifier: MIT
 *
 * sizes_test.c: the formulas against sizes that CPython 3.11.2 prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "workloads/sizes.h"

static void
test_sizes_of_lists_follow_their_growth(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_list(0, 1), 56);
    assert_int_equal(wl_sizes_list(1, 1), 56 + 8 * 4);
    assert_int_equal(wl_sizes_list(17, 1), 56 + 8 * 24);
    assert_int_equal(wl_sizes_list(1000, 1), 56 + 8 * 1100);
    assert_int_equal(wl_sizes_list(200, 100), 56 + 8 * 200);
    assert_int_equal(wl_sizes_list(1000000, 1), 8448728);
}

static void
test_sizes_of_bytes_have_room_for_a_zero(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_bytes(1000), 1033);
}

static void
test_sizes_of_arrays_follow_their_growth(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_array(0), 80);
    assert_int_equal(wl_sizes_array(9), 80 + 8 * 16);
    assert_int_equal(wl_sizes_array(400), 80 + 8 * 402);
    assert_int_equal(wl_sizes_array(1000000), 8183816);
}

static void
test_sizes_of_tables_are_index_and_entries(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_keys(8), 160);
    assert_int_equal(wl_sizes_keys(256), 4624);
    assert_int_equal(wl_sizes_keys(131072), 2621464);
    assert_int_equal(wl_sizes_string_keys(128), 1520);
    assert_int_equal(wl_sizes_string_keys(65536), 961216);
}

static void
test_sizes_of_a_dict_peak_when_its_table_grows(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_dict_peak(1, 32), 64 + 160 + 32);
    assert_int_equal(wl_sizes_dict_peak(6, 0), 64 + 160 + 288);
    assert_int_equal(wl_sizes_dict_peak(6, 32), 64 + 160 + 288 + 6 * 32);
    assert_int_equal(wl_sizes_dict_peak(10, 32), 64 + 160 + 288 + 6 * 32);
    assert_int_equal(wl_sizes_dict_peak(10, 1000), 64 + 288 + 10 * 1000);
}

static void
test_sizes_of_a_set_peak_when_its_table_grows(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_set_peak(4, 32), 216 + 4 * 32);
    assert_int_equal(wl_sizes_set_peak(5, 32), 216 + 16 * 32 + 5 * 32); /* of 32 slots */
    assert_int_equal(wl_sizes_set_peak(19, 0), 216 + 16 * 32 + 16 * 128);
    assert_int_equal(wl_sizes_set_peak(78643, 0), 216 + 16 * 131072 + 16 * 262144);
}

static void
test_sizes_of_values_shrink_with_the_reserve(void **state) {
    (void)state;
    assert_int_equal(wl_sizes_values(1, 2), 264);
    assert_int_equal(wl_sizes_values(2, 2) - 264, 256);
    assert_int_equal(wl_sizes_values(1001, 0) - wl_sizes_values(1000, 0), 16);
    assert_int_equal(wl_sizes_values(1001, 4) - wl_sizes_values(1000, 4), 48);
    assert_int_equal(wl_sizes_values(1001, 14) - wl_sizes_values(1000, 14), 144);
    assert_int_equal(wl_sizes_values(1001, 29) - wl_sizes_values(1000, 29), 264);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_of_lists_follow_their_growth),
        cmocka_unit_test(test_sizes_of_bytes_have_room_for_a_zero),
        cmocka_unit_test(test_sizes_of_arrays_follow_their_growth),
        cmocka_unit_test(test_sizes_of_tables_are_index_and_entries),
        cmocka_unit_test(test_sizes_of_a_dict_peak_when_its_table_grows),
        cmocka_unit_test(test_sizes_of_a_set_peak_when_its_table_grows),
        cmocka_unit_test(test_sizes_of_values_shrink_with_the_reserve),
    };
    return cmocka_run_group_tests_name("workloads/sizes", tests, NULL, NULL);
}
