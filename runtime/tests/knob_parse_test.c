/* SPDX-License-Identifier: MIT
 *
 * The grammar of numbers, letter by letter, and ratios against the C library's strtod.
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

#include "runtime/knob_parse.h"
#include "runtime/tests/seed.h"

enum {
    RANDOM_COUNT = 20000
};

static const int64_t kib = INT64_C(1) << 10, mib = INT64_C(1) << 20, gib = INT64_C(1) << 30,
                     tib = INT64_C(1) << 40;

static int64_t
integer_of(const char *text) {
    int64_t value = -77;

    assert_int_equal(rt_knob_parse_integer(text, &value), 0);
    return value;
}

static int64_t
size_of(const char *text) {
    int64_t value = -77;

    assert_int_equal(rt_knob_parse_size(text, &value), 0);
    return value;
}

static double
ratio_of(const char *text) {
    double value = -77;

    assert_int_equal(rt_knob_parse_ratio(text, &value), 0);
    return value;
}

static void
assert_ratio(const char *text, double expected) {
    double value = ratio_of(text);

    if (value != expected) {
        fail_msg("%s gives %.17g, not %.17g", text, value, expected);
    }
}

static void
test_knob_parse_integer_takes_a_sign_and_digits(void **state) {
    (void)state;
    assert_int_equal(integer_of("0"), 0);
    assert_int_equal(integer_of("42"), 42);
    assert_int_equal(integer_of("+42"), 42);
    assert_int_equal(integer_of("-42"), -42);
    assert_int_equal(integer_of("-0"), 0);
    assert_int_equal(integer_of("00012"), 12);
    assert_true(integer_of("9223372036854775807") == INT64_MAX);
    assert_true(integer_of("-9223372036854775808") == INT64_MIN);
}

static void
test_knob_parse_integer_takes_nothing_else(void **state) {
    static const char *const words[] = {"",   " ",   "+",   "-",    "--1", "+-1", " 1",  "1 ",
                                        "1x", "1.0", "1e6", "0x10", "1_0", "1,0", "ten", "1\n"};
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_int_equal(rt_knob_parse_integer(words[i], &value), -EINVAL);
    }
}

static void
test_knob_parse_integer_beyond_64_bits_is_out_of_range(void **state) {
    int64_t value;

    (void)state;
    assert_int_equal(rt_knob_parse_integer("9223372036854775808", &value), -ERANGE);
    assert_true(value == INT64_MAX);
    assert_int_equal(rt_knob_parse_integer("-9223372036854775809", &value), -ERANGE);
    assert_true(value == INT64_MIN);
    assert_int_equal(rt_knob_parse_integer("99999999999999999999999999", &value), -ERANGE);
    assert_int_equal(rt_knob_parse_integer("99999999999999999999999999x", &value), -EINVAL);
}

static void
test_knob_parse_size_knows_its_units(void **state) {
    (void)state;
    assert_int_equal(size_of("0"), 0);
    assert_int_equal(size_of("4096"), 4096);
    assert_int_equal(size_of("4096B"), 4096);
    assert_int_equal(size_of("4 b"), 4);
    assert_int_equal(size_of("4K"), 4 * kib);
    assert_int_equal(size_of("4k"), 4 * kib);
    assert_int_equal(size_of("4kb"), 4 * kib);
    assert_int_equal(size_of("4Ki"), 4 * kib);
    assert_int_equal(size_of("4KiB"), 4 * kib);
    assert_int_equal(size_of("4 KiB"), 4 * kib);
    assert_int_equal(size_of("3MB"), 3 * mib);
    assert_int_equal(size_of("64gib"), 64 * gib);
    assert_int_equal(size_of("2T"), 2 * tib);
    assert_int_equal(size_of("8388607T"), 8388607 * tib);
}

static void
test_knob_parse_size_takes_nothing_else(void **state) {
    static const char *const words[] = {"",     " ",      "KiB",  "-4K",   "+4K", "4  K",
                                        "4 ",   "4K ",    " 4K",  "4KK",   "4iB", "4KiBB",
                                        "4KBi", "4.5K",   "4P",   "0x4K",  "4%",  "4Kib.",
                                        "4Bi",  "4 KiB ", "four", "4_096", "1e3", "4\t"};
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (rt_knob_parse_size(words[i], &value) != -EINVAL) {
            fail_msg("'%s' should not be a size", words[i]);
        }
    }
}

static void
test_knob_parse_size_that_overflows_is_out_of_range(void **state) {
    int64_t value;

    (void)state;
    assert_int_equal(rt_knob_parse_size("8388608T", &value), -ERANGE);
    assert_true(value == INT64_MAX);
    assert_int_equal(rt_knob_parse_size("9223372036854775808", &value), -ERANGE);
    assert_int_equal(rt_knob_parse_size("18446744073709551617K", &value), -ERANGE);
    assert_int_equal(rt_knob_parse_size("18446744073709551617Kx", &value), -EINVAL);
}

static void
test_knob_parse_ratio_takes_decimals_exponents_and_percent(void **state) {
    (void)state;
    assert_ratio("0", 0);
    assert_ratio("-0", 0);
    assert_ratio("0.05", 0.05);
    assert_ratio(".5", 0.5);
    assert_ratio("5.", 5);
    assert_ratio("+1.25", 1.25);
    assert_ratio("-1.25", -1.25);
    assert_ratio("1e3", 1000);
    assert_ratio("12.5E-1", 1.25);
    assert_ratio("1e+2", 100);
    assert_ratio("5%", 0.05);
    assert_ratio("5 %", 0.05);
    assert_ratio("12.5%", 0.125);
    assert_ratio("-150%", -1.5);
    assert_ratio("0e999999999999999999999", 0);
    assert_ratio("0.00000000000000000000000000001e29", 1);
    assert_ratio("100000000000000000000000000000e-29", 1);
}

static void
test_knob_parse_ratio_rounds_to_a_millionth_ties_to_even(void **state) {
    (void)state;
    assert_ratio("0.3333333333333333333333333", 0.333333);
    assert_ratio("0.6666666666666666666666666", 0.666667);
    assert_ratio("0.0000025", 0.000002);
    assert_ratio("0.0000035", 0.000004);
    assert_ratio("0.00000251", 0.000003);
    assert_ratio("0.00000250000000000000000000001", 0.000003);
    assert_ratio("0.00000249999999999999999999999", 0.000002);
    assert_ratio("8589934591.9999990", 8589934591.999999);
}

static void
test_knob_parse_ratio_takes_nothing_else(void **state) {
    static const char *const words[] = {"",     " ",   ".",     "-",   "+.",   "e5",
                                        "1e",   "1e+", "1.2.3", "1,5", "nan",  "inf",
                                        "-inf", "NaN", "0x1p3", "1 ",  " 1",   "1%%",
                                        "1 % ", "% ",  "%",     "1f",  "1e5.", "infinity"};
    double value;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (rt_knob_parse_ratio(words[i], &value) != -EINVAL) {
            fail_msg("'%s' should not be a ratio", words[i]);
        }
    }
}

static void
test_knob_parse_ratio_too_large_is_out_of_range_with_its_sign(void **state) {
    double value;

    (void)state;
    assert_int_equal(rt_knob_parse_ratio("8589934592", &value), -ERANGE);
    assert_true(value > 0);
    assert_int_equal(rt_knob_parse_ratio("8589934591.9999999", &value), -ERANGE);
    assert_true(value > 0);
    assert_int_equal(rt_knob_parse_ratio("-1e400", &value), -ERANGE);
    assert_true(value < 0);
    assert_int_equal(rt_knob_parse_ratio("1e99999999999999999999", &value), -ERANGE);
    assert_true(value > 0);
    assert_int_equal(rt_knob_parse_ratio("123456789012345678901234567890", &value), -ERANGE);
    assert_true(value > 0);
}

static void
test_knob_parse_ratio_too_small_to_tell_from_zero_is_out_of_range(void **state) {
    double value;

    (void)state;
    assert_int_equal(rt_knob_parse_ratio("0.0000001", &value), -ERANGE);
    assert_true(value == 0);
    assert_int_equal(rt_knob_parse_ratio("-1e-400", &value), -ERANGE);
    assert_true(value == 0);
    assert_int_equal(rt_knob_parse_ratio("0.00005%", &value), -ERANGE);
    assert_ratio("0.0000006", 0.000001);
}

/* A number of millionths has one nearest double, and both ways of reading it must find that one. */
static void
test_knob_parse_ratio_is_the_nearest_double_as_strtod_has_it(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < RANDOM_COUNT; i++) {
        uint64_t count = test_random_below(&random, UINT64_C(8589934592000000));
        char text[40];

        count >>= test_random_below(&random, 53);
        snprintf(text, sizeof text, "%s%llu.%06llu", i % 2 != 0 ? "-" : "",
                 (unsigned long long)(count / 1000000), (unsigned long long)(count % 1000000));
        assert_ratio(text, strtod(text, NULL));
        snprintf(text, sizeof text, "%llue-6", (unsigned long long)count);
        assert_ratio(text, strtod(text, NULL));
    }
}

static void
test_knob_parse_fold_changes_capital_letters_only(void **state) {
    (void)state;
    for (int letter = 1; letter < 256; letter++) {
        int expected = letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;

        assert_int_equal((unsigned char)rt_knob_parse_fold((char)letter), expected);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knob_parse_integer_takes_a_sign_and_digits),
        cmocka_unit_test(test_knob_parse_integer_takes_nothing_else),
        cmocka_unit_test(test_knob_parse_integer_beyond_64_bits_is_out_of_range),
        cmocka_unit_test(test_knob_parse_size_knows_its_units),
        cmocka_unit_test(test_knob_parse_size_takes_nothing_else),
        cmocka_unit_test(test_knob_parse_size_that_overflows_is_out_of_range),
        cmocka_unit_test(test_knob_parse_ratio_takes_decimals_exponents_and_percent),
        cmocka_unit_test(test_knob_parse_ratio_rounds_to_a_millionth_ties_to_even),
        cmocka_unit_test(test_knob_parse_ratio_takes_nothing_else),
        cmocka_unit_test(test_knob_parse_ratio_too_large_is_out_of_range_with_its_sign),
        cmocka_unit_test(test_knob_parse_ratio_too_small_to_tell_from_zero_is_out_of_range),
        cmocka_unit_test(test_knob_parse_ratio_is_the_nearest_double_as_strtod_has_it),
        cmocka_unit_test(test_knob_parse_fold_changes_capital_letters_only),
    };

    return cmocka_run_group_tests_name("knob_parse", tests, NULL, NULL);
}
