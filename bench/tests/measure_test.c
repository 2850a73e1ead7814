/* SPDX-License-Identifier: MIT
 *
 * measure_test.c: the clock goes on, and memory figures follow what a process does.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <poll.h>

#include "bench/measure.h"

static void
test_measure_clocks_go_on(void **state) {
    uint64_t began_ns = bench_measure_now_ns(), cpu_ns = bench_measure_cpu_ns();

    (void)state;
    usleep(20000);
    assert_true(bench_measure_now_ns() - began_ns >= 20000000);
    while (bench_measure_cpu_ns() - cpu_ns < 1000000)
        continue;
}

/* By the counter, where there is one, and by the clock in its place. */
static void
test_measure_ticks_are_as_long_as_they_say(void **state) {
    struct bench_measure_clock clocks[2] = {{0}, {0}};

    (void)state;
    bench_measure_clock_init(&clocks[1]);
    for (size_t i = 0; i < 2; i++) {
        uint64_t before_ns = bench_measure_now_ns(), began = bench_measure_ticks(&clocks[i]);
        uint64_t inner_ns = bench_measure_now_ns();
        usleep(20000);
        inner_ns = bench_measure_now_ns() - inner_ns;
        uint64_t ns = bench_measure_ticks_ns(&clocks[i], bench_measure_ticks(&clocks[i]) - began);
        uint64_t outer_ns = bench_measure_now_ns() - before_ns;
        assert_true(ns + 20000 > inner_ns && ns < outer_ns + 20000); /* a thousandth */
        double cost_ns = bench_measure_clock_cost_ns(&clocks[i]);
        assert_true(cost_ns > 0 && cost_ns < 100000);
    }
}

static void
test_measure_long_times_do_not_overflow(void **state) {
    const struct bench_measure_clock clock = {UINT64_C(1) << 31}; /* half a nanosecond */

    (void)state;
    assert_true(bench_measure_ticks_ns(&clock, UINT64_C(7200000000000)) == 3600000000000);
    assert_int_equal(bench_measure_ticks_ns(&clock, 7), 3);
}

/* Asleep, but for the last moment. */
static void
test_measure_waits_until_a_time_and_mostly_sleeps(void **state) {
    uint64_t due_ns = bench_measure_now_ns() + 30000000, cpu_ns = bench_measure_cpu_ns();

    (void)state;
    assert_true(bench_measure_wait_until(due_ns) <= 50000);
    assert_true(bench_measure_now_ns() >= due_ns);
    assert_true(bench_measure_cpu_ns() - cpu_ns < 10000000);
    assert_int_equal(bench_measure_wait_until(due_ns), 0);
}

static void
test_measure_time_of_day_is_iso_8601(void **state) {
    char text[BENCH_MEASURE_UTC_BYTES];
    int year, rest;

    (void)state;
    bench_measure_utc(text);
    assert_int_equal(strlen(text), strlen("2024-05-01T12:30:05Z"));
    assert_int_equal(sscanf(text, "%4d-%2d-", &year, &rest), 2);
    assert_true(year >= 2024 && text[10] == 'T' && text[19] == 'Z');
}

static void
test_measure_ticker_ticks_and_is_emptied(void **state) {
    uint64_t before_ns = bench_measure_now_ns(), first_ns = 0;
    int fd = bench_measure_ticker_open(1000000, &first_ns);
    struct pollfd ready = {fd, POLLIN, 0};

    (void)state;
    assert_true(fd >= 0);
    assert_true(first_ns >= before_ns + 1000000);
    assert_int_equal(poll(&ready, 1, 1000), 1);
    assert_true(bench_measure_now_ns() >= first_ns);
    bench_measure_wait_until(first_ns + 2000000);
    assert_true(bench_measure_ticker_clear(fd) >= 3);
    assert_int_equal(poll(&ready, 1, 1000), 1);
    assert_true(bench_measure_ticker_clear(fd) >= 1);
    close(fd);
}

static void
test_measure_resident_memory_follows_what_is_touched(void **state) {
    enum {
        BYTES = 64 << 20
    };
    struct bench_measure_rss rss;
    struct bench_measure_usage usage_before, usage_after;
    uint64_t before, during, peak;

    (void)state;
    assert_int_equal(bench_measure_rss_open(&rss, getpid()), 0);
    assert_int_equal(bench_measure_rss_read(&rss, &before), 0);
    bench_measure_usage(&usage_before);
    char *memory = malloc(BYTES);
    assert_non_null(memory);
    memset(memory, 1, BYTES);
    bench_measure_usage(&usage_after);
    assert_int_equal(bench_measure_rss_read(&rss, &during), 0);
    assert_true(during > before + BYTES / 10 * 9);
    free(memory);
    assert_int_equal(bench_measure_rss_peak(&rss, &peak), 0);
    assert_true(peak > before + BYTES / 10 * 9);
    assert_true(usage_after.minor_faults > usage_before.minor_faults);
    bench_measure_rss_close(&rss);
    assert_int_not_equal(bench_measure_rss_open(&rss, -1), 0);
}

static void
test_measure_processors_are_those_it_may_run_on(void **state) {
    cpu_set_t before, one;
    int first = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(bench_measure_processors(), CPU_COUNT(&before));
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(bench_measure_processors(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

/* What is mapped for all and touched by one is dirty there, and shared with nobody. */
static void
test_measure_pages_tell_what_is_dirty(void **state) {
    enum {
        BYTES = 16 << 20
    };
    struct bench_measure_pages before, after;
    struct bench_measure_usage usage;

    (void)state;
    assert_int_equal(bench_measure_pages_read(getpid(), &before), 0);
    char *memory = malloc(BYTES);
    assert_non_null(memory);
    memset(memory, 1, BYTES);
    assert_int_equal(bench_measure_pages_read(getpid(), &after), 0);
    assert_true(after.private_dirty_bytes >= before.private_dirty_bytes + BYTES / 10 * 9);
    assert_true(after.pss_bytes >= after.private_dirty_bytes);
    assert_true(after.huge_bytes <= after.pss_bytes);
    assert_true(memory[BYTES - 1] == 1);
    free(memory);
    assert_true(bench_measure_pages_read(-1, &after) < 0);
    bench_measure_usage(&usage);
    assert_true(usage.user_ns + usage.system_ns > 0);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measure_clocks_go_on),
        cmocka_unit_test(test_measure_ticks_are_as_long_as_they_say),
        cmocka_unit_test(test_measure_long_times_do_not_overflow),
        cmocka_unit_test(test_measure_waits_until_a_time_and_mostly_sleeps),
        cmocka_unit_test(test_measure_time_of_day_is_iso_8601),
        cmocka_unit_test(test_measure_ticker_ticks_and_is_emptied),
        cmocka_unit_test(test_measure_resident_memory_follows_what_is_touched),
        cmocka_unit_test(test_measure_processors_are_those_it_may_run_on),
        cmocka_unit_test(test_measure_pages_tell_what_is_dirty),
    };
    return cmocka_run_group_tests_name("bench/measure", tests, NULL, NULL);
}
