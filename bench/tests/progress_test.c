/* SPDX-License-Identifier: MIT
 *
 * progress_test.c: the line says how far it is, and how long it takes.
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

#include "bench/progress.h"

static void
assert_line(struct bench_progress progress, uint64_t now_ns, size_t done, size_t failed,
            const char *expected) {
    char line[256];
    bench_progress_line(&progress, now_ns, done, failed, line, sizeof line);
    assert_string_equal(line, expected);
}

static void
test_progress_line_has_bar_count_failures_and_time_left(void **state) {
    const struct bench_progress progress = {.total = 60, .first = 0, .began_ns = 0};

    (void)state;
    assert_line(progress, 0, 0, 0, "[........................] 0/60");
    assert_line(progress, UINT64_C(15000000000), 15, 0,
                "[######..................] 15/60, 0:45 left");
    assert_line(progress, UINT64_C(150000000000), 30, 2,
                "[############............] 30/60, 2 failed, 2:30 left");
    assert_line(progress, UINT64_C(1000000000), 60, 0, "[########################] 60/60");
}

static void
test_progress_estimates_from_what_this_call_has_done(void **state) {
    const struct bench_progress resumed = {.total = 60, .first = 30, .began_ns = 0};

    (void)state;
    assert_line(resumed, 0, 30, 0, "[############............] 30/60");
    assert_line(resumed, UINT64_C(10000000000), 40, 0,
                "[################........] 40/60, 0:20 left");
}

static void
test_progress_modes_have_names(void **state) {
    enum bench_progress_mode mode = BENCH_PROGRESS_AUTO;

    (void)state;
    assert_true(bench_progress_parse("never", &mode));
    assert_int_equal(mode, BENCH_PROGRESS_NEVER);
    assert_true(bench_progress_parse("always", &mode));
    assert_int_equal(mode, BENCH_PROGRESS_ALWAYS);
    assert_false(bench_progress_parse("alway", &mode));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_line_has_bar_count_failures_and_time_left),
        cmocka_unit_test(test_progress_estimates_from_what_this_call_has_done),
        cmocka_unit_test(test_progress_modes_have_names),
    };
    return cmocka_run_group_tests_name("bench/progress", tests, NULL, NULL);
}
