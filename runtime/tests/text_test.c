/* SPDX-License-Identifier: MIT
 *
 * The builder against what is written by hand, and its numbers against the C library's.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/rt.h"
#include "runtime/tests/seed.h"

enum {
    RANDOM_COUNT = 20000
};

static char buffer[512];

static struct rt_text
fresh_text(void) {
    struct rt_text text;

    memset(buffer, '#', sizeof buffer);
    rt_text_init(&text, buffer, sizeof buffer);
    return text;
}

static const char *
ratio_of(double value) {
    struct rt_text text = fresh_text();

    rt_text_ratio(&text, value);
    assert_false(text.cut);
    assert_int_equal(text.length, strlen(buffer));
    return buffer;
}

static const char *
size_of(uint64_t bytes) {
    struct rt_text text = fresh_text();

    rt_text_size(&text, bytes);
    return buffer;
}

static void
test_text_starts_empty_and_terminated(void **state) {
    struct rt_text text = fresh_text();

    (void)state;
    assert_string_equal(buffer, "");
    assert_int_equal(text.length, 0);
    assert_false(text.cut);
}

static void
test_text_appends_one_thing_after_another(void **state) {
    struct rt_text text = fresh_text();

    (void)state;
    rt_text_string(&text, "n ");
    rt_text_integer(&text, -12);
    rt_text_string(&text, "");
    rt_text_string(&text, " at ");
    rt_text_hex(&text, 0xbeef0);
    assert_string_equal(buffer, "n -12 at beef0");
    assert_int_equal(text.length, strlen(buffer));
}

static void
test_text_that_just_fits_is_not_cut(void **state) {
    struct rt_text text;

    (void)state;
    memset(buffer, '#', sizeof buffer);
    rt_text_init(&text, buffer, 5);
    rt_text_string(&text, "four");
    assert_false(text.cut);
    assert_string_equal(buffer, "four");
    rt_text_string(&text, "");
    assert_false(text.cut);
    assert_int_equal(buffer[5], '#');
}

static void
test_text_is_cut_at_the_end_of_its_buffer(void **state) {
    struct rt_text text;

    (void)state;
    memset(buffer, '#', sizeof buffer);
    rt_text_init(&text, buffer, 5);
    rt_text_string(&text, "three");
    assert_true(text.cut);
    assert_int_equal(text.length, 4);
    assert_string_equal(buffer, "thre");
    assert_int_equal(buffer[5], '#');
}

static void
test_text_once_cut_takes_nothing_more(void **state) {
    struct rt_text text;

    (void)state;
    rt_text_init(&text, buffer, 1);
    rt_text_string(&text, "x");
    assert_true(text.cut);
    text.capacity = 8; /* even where there would be room again */
    rt_text_string(&text, "y");
    rt_text_column(&text, 3);
    assert_string_equal(buffer, "");
}

static void
test_text_without_capacity_swallows_everything(void **state) {
    struct rt_text text;

    (void)state;
    rt_text_init(&text, NULL, 0);
    rt_text_string(&text, "");
    assert_false(text.cut);
    rt_text_ratio(&text, 0.5);
    rt_text_column(&text, 9);
    assert_true(text.cut);
    assert_int_equal(text.length, 0);
}

static void
test_text_integers_are_those_of_the_c_library(void **state) {
    static const int64_t edges[] = {0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN};
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < RANDOM_COUNT; i++) {
        int64_t value = i < sizeof edges / sizeof edges[0]
                            ? edges[i]
                            : (int64_t)test_random_next(&random) >> test_random_below(&random, 64);
        struct rt_text text = fresh_text();
        char expected[80];

        rt_text_integer(&text, value);
        rt_text_string(&text, " ");
        rt_text_unsigned(&text, (uint64_t)value);
        rt_text_string(&text, " ");
        rt_text_hex(&text, (uint64_t)value);
        snprintf(expected, sizeof expected, "%" PRId64 " %" PRIu64 " %" PRIx64, value,
                 (uint64_t)value, (uint64_t)value);
        assert_string_equal(buffer, expected);
    }
}

static void
test_text_size_uses_the_largest_unit_that_divides(void **state) {
    (void)state;
    assert_string_equal(size_of(0), "0");
    assert_string_equal(size_of(17), "17");
    assert_string_equal(size_of(1000), "1000");
    assert_string_equal(size_of(1023), "1023");
    assert_string_equal(size_of(1024), "1KiB");
    assert_string_equal(size_of(1025), "1025");
    assert_string_equal(size_of(16384), "16KiB");
    assert_string_equal(size_of(1 << 20), "1MiB");
    assert_string_equal(size_of((1 << 20) + 1024), "1025KiB");
    assert_string_equal(size_of(UINT64_C(64) << 30), "64GiB");
    assert_string_equal(size_of(UINT64_C(1) << 40), "1024GiB");
    assert_string_equal(size_of(UINT64_C(1) << 63), "8589934592GiB");
    assert_string_equal(size_of(UINT64_MAX), "18446744073709551615");
}

static void
test_text_ratio_has_no_more_decimals_than_it_needs(void **state) {
    (void)state;
    assert_string_equal(ratio_of(0), "0");
    assert_string_equal(ratio_of(1), "1");
    assert_string_equal(ratio_of(-1), "-1");
    assert_string_equal(ratio_of(0.05), "0.05");
    assert_string_equal(ratio_of(-2.5), "-2.5");
    assert_string_equal(ratio_of(1.000001), "1.000001");
    assert_string_equal(ratio_of(1.0 / 3), "0.333333");
    assert_string_equal(ratio_of(2.0 / 3), "0.666667");
    assert_string_equal(ratio_of(100), "100");
    assert_string_equal(ratio_of(1e6), "1000000");
}

static void
test_text_ratio_rounds_over_into_the_whole_part(void **state) {
    (void)state;
    assert_string_equal(ratio_of(0.9999999), "1");
    assert_string_equal(ratio_of(-9.9999999), "-10");
}

static void
test_text_ratio_nearer_to_zero_than_a_millionth_has_no_sign(void **state) {
    (void)state;
    assert_string_equal(ratio_of(-0.0), "0");
    assert_string_equal(ratio_of(-1e-7), "0");
    assert_string_equal(ratio_of(5e-324), "0");
}

static void
test_text_ratio_of_large_values_is_exact(void **state) {
    (void)state;
    assert_string_equal(ratio_of(9007199254740991.0), "9007199254740991");
    assert_string_equal(ratio_of(9007199254740992.0), "9007199254740992");
    assert_string_equal(ratio_of(-1e22), "-10000000000000000000000");
    assert_string_equal(ratio_of(18446744073709551616.0), "18446744073709551616");
}

static void
test_text_ratio_names_what_is_no_number(void **state) {
    double zero = 0;

    (void)state;
    assert_string_equal(ratio_of(1 / zero), "inf");
    assert_string_equal(ratio_of(-1 / zero), "-inf");
    assert_string_equal(ratio_of(zero / zero), "nan");
}

static void
expect_ratio_of_the_c_library(double value) {
    char expected[400];
    size_t length;

    snprintf(expected, sizeof expected, "%.6f", value);
    for (length = strlen(expected); expected[length - 1] == '0'; length--) {
        expected[length - 1] = '\0';
    }
    if (expected[length - 1] == '.') {
        expected[length - 1] = '\0';
    }
    assert_string_equal(ratio_of(value), strcmp(expected, "-0") == 0 ? "0" : expected);
}

static void
test_text_ratios_are_those_of_the_c_library(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < RANDOM_COUNT; i++) {
        uint64_t bits = test_random_next(&random);
        double any, tie, near;

        bits = (bits >> 52 & 0x7ff) == 0x7ff ? bits ^ UINT64_C(1) << 62 : bits;
        memcpy(&any, &bits, sizeof any);
        tie = (double)(int64_t)test_random_below(&random, 1 << 20) / (1 << 7);
        near = (double)test_random_next(&random) / 1e13;
        expect_ratio_of_the_c_library(any);
        expect_ratio_of_the_c_library(tie);
        expect_ratio_of_the_c_library(near);
    }
}

static void
test_text_column_pads_within_the_line(void **state) {
    struct rt_text text = fresh_text();

    (void)state;
    rt_text_string(&text, "first line\nab");
    rt_text_column(&text, 4);
    rt_text_string(&text, "c");
    rt_text_column(&text, 5);
    rt_text_column(&text, 2);
    rt_text_string(&text, "d");
    assert_string_equal(buffer, "first line\nab  cd");
}

static void
test_text_column_counts_letters_not_bytes(void **state) {
    struct rt_text text = fresh_text();

    (void)state;
    rt_text_string(&text, "\xc2\xb5\xe2\x82\xac");
    rt_text_column(&text, 4);
    rt_text_string(&text, "|");
    assert_string_equal(buffer, "\xc2\xb5\xe2\x82\xac  |");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_starts_empty_and_terminated),
        cmocka_unit_test(test_text_appends_one_thing_after_another),
        cmocka_unit_test(test_text_that_just_fits_is_not_cut),
        cmocka_unit_test(test_text_is_cut_at_the_end_of_its_buffer),
        cmocka_unit_test(test_text_once_cut_takes_nothing_more),
        cmocka_unit_test(test_text_without_capacity_swallows_everything),
        cmocka_unit_test(test_text_integers_are_those_of_the_c_library),
        cmocka_unit_test(test_text_size_uses_the_largest_unit_that_divides),
        cmocka_unit_test(test_text_ratio_has_no_more_decimals_than_it_needs),
        cmocka_unit_test(test_text_ratio_rounds_over_into_the_whole_part),
        cmocka_unit_test(test_text_ratio_nearer_to_zero_than_a_millionth_has_no_sign),
        cmocka_unit_test(test_text_ratio_of_large_values_is_exact),
        cmocka_unit_test(test_text_ratio_names_what_is_no_number),
        cmocka_unit_test(test_text_ratios_are_those_of_the_c_library),
        cmocka_unit_test(test_text_column_pads_within_the_line),
        cmocka_unit_test(test_text_column_counts_letters_not_bytes),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
