/* SPDX-License-Identifier: MIT
 *
 * option_test.c: arguments in all their spellings.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/option.h"

static const struct bench_option options[] = {
    {"--set", true}, {"--seed", true}, {"--json", false}, {NULL, false}};

static void
test_option_values_come_both_ways_and_words_between(void **state) {
    char *argv[] = {(char *)"verb",     (char *)"--set",     (char *)"a=b", (char *)"word",
                    (char *)"--seed=7", (char *)"--set=c=d", (char *)"-",   (char *)"--json",
                    (char *)"--",       (char *)"--json"};
    const int expected[] = {
        0, BENCH_OPTION_WORD, 1, 0, BENCH_OPTION_WORD, 2, BENCH_OPTION_WORD, BENCH_OPTION_END};
    const char *const values[] = {"a=b", "word", "7", "c=d", "-", NULL, "--json"};
    struct bench_option_reader reader;

    (void)state;
    bench_option_init(&reader, options, 10, argv);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(bench_option_next(&reader), expected[i]);
        if (i < 7 && values[i] != NULL)
            assert_string_equal(reader.value, values[i]);
    }
}

static void
test_option_unknown_or_incomplete_is_wrong(void **state) {
    static const char *const wrong[] = {"--sett=1", "-x", "--json=1", "--set", "--se"};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char *argv[] = {(char *)"verb", (char *)wrong[i]};
        struct bench_option_reader reader;
        bench_option_init(&reader, options, 2, argv);
        assert_int_equal(bench_option_next(&reader), BENCH_OPTION_WRONG);
    }
}

static void
test_option_numbers_are_whole_and_bounded(void **state) {
    static const char *const wrong[] = {"",   "x",   "1x", "-1", "+1",
                                        " 1", "1.0", "0",  "11", "99999999999999999999999"};
    uint64_t number = 77;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(bench_option_number("--n", wrong[i], 1, 10, &number));
    assert_int_equal(number, 77);
    assert_true(bench_option_number("--n", "10", 1, 10, &number));
    assert_int_equal(number, 10);
}

static void
test_option_durations_have_units(void **state) {
    static const struct {
        const char *text;
        uint64_t ns;
    } right[] = {{"2", 2000000000},
                 {"1.5s", 1500000000},
                 {"300ms", 300000000},
                 {"1us", 1000},
                 {"2min", UINT64_C(120000000000)},
                 {"24h", UINT64_C(86400000000000)}};
    static const char *const wrong[] = {"",    "s",  "0",   "-1s", "1 s",
                                        "25h", "1d", "nan", "inf", "1e99"};
    uint64_t ns;

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(bench_option_duration("--t", right[i].text, &ns));
        assert_true(ns == right[i].ns);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(bench_option_duration("--t", wrong[i], &ns));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option_values_come_both_ways_and_words_between),
        cmocka_unit_test(test_option_unknown_or_incomplete_is_wrong),
        cmocka_unit_test(test_option_numbers_are_whole_and_bounded),
        cmocka_unit_test(test_option_durations_have_units),
    };
    return cmocka_run_group_tests_name("bench/option", tests, NULL, NULL);
}
