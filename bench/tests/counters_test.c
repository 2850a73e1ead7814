/* SPDX-License-Identifier: MIT
 *
 * counters_test.c: counters that are there count between start and stop, and those that are not are not 0. The
 * kernel is a fake, since the machine may have none.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/counters.h"

struct kernel {
    int refuse[BENCH_COUNTERS]; /* errno */
    bool is_open[BENCH_COUNTERS], is_on[BENCH_COUNTERS];
    struct bench_counters_reading reading[BENCH_COUNTERS];
    int paranoia, turns;
};

/* Descriptors are 10 and up. */
static int
fake_open(void *context, enum bench_counter which) {
    struct kernel *kernel = context;
    if (kernel->refuse[which] != 0)
        return -kernel->refuse[which];
    kernel->is_open[which] = true;
    return 10 + (int)which;
}

static int
fake_turn(void *context, int fd, bool on) {
    struct kernel *kernel = context;
    assert_true(kernel->is_open[fd - 10]);
    kernel->is_on[fd - 10] = on;
    kernel->turns++;
    return 0;
}

static int
fake_read(void *context, int fd, struct bench_counters_reading *ret_reading) {
    struct kernel *kernel = context;
    assert_true(kernel->is_open[fd - 10]);
    *ret_reading = kernel->reading[fd - 10];
    return ret_reading->value == UINT64_MAX ? -EIO : 0;
}

static void
fake_close(void *context, int fd) {
    struct kernel *kernel = context;
    assert_true(kernel->is_open[fd - 10]);
    kernel->is_open[fd - 10] = false;
}

static int
fake_paranoia(void *context) {
    return ((struct kernel *)context)->paranoia;
}

static struct bench_counters_os
os_of(struct kernel *kernel) {
    return (struct bench_counters_os){kernel,    fake_open,  fake_turn,
                                      fake_read, fake_close, fake_paranoia};
}

static void
test_counters_run_between_start_and_stop_only(void **state) {
    struct kernel kernel = {.reading[BENCH_COUNTER_INSTRUCTIONS] = {5000, 100, 100}};
    const struct bench_counters_os os = os_of(&kernel);
    struct bench_counters counters;
    uint64_t value = 7;

    (void)state;
    bench_counters_open(&counters, &os);
    assert_false(kernel.is_on[BENCH_COUNTER_CYCLES]);
    bench_counters_start(&counters);
    for (int i = 0; i < BENCH_COUNTERS; i++)
        assert_true(kernel.is_on[i]);
    bench_counters_stop(&counters);
    for (int i = 0; i < BENCH_COUNTERS; i++)
        assert_false(kernel.is_on[i]);
    assert_true(bench_counters_read(&counters, BENCH_COUNTER_INSTRUCTIONS, &value));
    assert_int_equal(value, 5000);
    bench_counters_close(&counters);
    for (int i = 0; i < BENCH_COUNTERS; i++)
        assert_false(kernel.is_open[i]);
    bench_counters_close(&counters); /* there is nothing left to close */
}

static void
test_counters_that_are_not_there_are_not_zero(void **state) {
    struct kernel kernel = {.refuse = {0, 0, ENOENT, 0},
                            .reading = {{UINT64_MAX, 1, 1}, {9, 50, 0}, {0}, {3, 60, 60}}};
    const struct bench_counters_os os = os_of(&kernel);
    struct bench_counters counters;
    uint64_t value = 7;

    (void)state;
    bench_counters_open(&counters, &os);
    bench_counters_start(&counters);
    assert_int_equal(kernel.turns, 3);
    assert_false(bench_counters_read(&counters, BENCH_COUNTER_CYCLES, &value)); /* cannot be read */
    assert_false(bench_counters_read(&counters, BENCH_COUNTER_INSTRUCTIONS, &value)); /* no turn */
    assert_false(bench_counters_read(&counters, BENCH_COUNTER_CACHE_MISSES, &value));
    assert_int_equal(value, 7);
    assert_true(bench_counters_read(&counters, BENCH_COUNTER_BRANCH_MISSES, &value));
    assert_int_equal(value, 3);
    bench_counters_close(&counters);
}

static void
test_counters_that_took_turns_are_scaled(void **state) {
    struct kernel kernel = {.reading[BENCH_COUNTER_CYCLES] = {1000, 400, 100}};
    const struct bench_counters_os os = os_of(&kernel);
    struct bench_counters counters;
    uint64_t value;

    (void)state;
    bench_counters_open(&counters, &os);
    assert_true(bench_counters_read(&counters, BENCH_COUNTER_CYCLES, &value));
    assert_int_equal(value, 4000);
    bench_counters_close(&counters);
}

static void
expect_words(struct kernel *kernel, const char *words) {
    const struct bench_counters_os os = os_of(kernel);
    char text[256];

    bench_counters_describe(&os, text, sizeof text);
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, words);
    for (int i = 0; i < BENCH_COUNTERS; i++)
        assert_false(kernel->is_open[i]);
}

static void
test_counters_say_which_there_are_or_what_to_type(void **state) {
    struct kernel some = {.refuse = {0, 0, ENOENT, 0}};
    struct kernel none = {.refuse = {ENOENT, ENOENT, ENOENT, ENOENT}, .paranoia = 2};
    struct kernel strict = {.refuse = {EACCES, EACCES, EACCES, EACCES}, .paranoia = 3};
    struct kernel container = {.refuse = {EPERM, EPERM, EPERM, EPERM}, .paranoia = 1};
    struct kernel blind = {.refuse = {EPERM, EPERM, EPERM, EPERM}, .paranoia = INT_MIN};

    (void)state;
    expect_words(&some, "cycles, instructions, branch misses");
    expect_words(&none, "none: ");
    expect_words(&strict, "(perf_event_paranoid 3): sudo sysctl kernel.perf_event_paranoid=2");
    expect_words(&container, "--cap-add=PERFMON");
    expect_words(&blind, "--cap-add=PERFMON");
}

/* Whatever this machine has: it is said in words, and what there is counts on. */
static void
test_counters_of_this_machine_are_there_or_explained(void **state) {
    struct bench_counters counters;
    uint64_t value = 0;
    char text[256];

    (void)state;
    bench_counters_describe(&bench_counters_kernel, text, sizeof text);
    assert_true(text[0] != '\0');
    bench_counters_open(&counters, &bench_counters_kernel);
    bench_counters_start(&counters);
    for (volatile int i = 0; i < 100000; i++)
        continue;
    bench_counters_stop(&counters);
    if (bench_counters_read(&counters, BENCH_COUNTER_INSTRUCTIONS, &value))
        assert_true(value > 100000);
    bench_counters_close(&counters);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_run_between_start_and_stop_only),
        cmocka_unit_test(test_counters_that_are_not_there_are_not_zero),
        cmocka_unit_test(test_counters_that_took_turns_are_scaled),
        cmocka_unit_test(test_counters_say_which_there_are_or_what_to_type),
        cmocka_unit_test(test_counters_of_this_machine_are_there_or_explained),
    };
    return cmocka_run_group_tests_name("bench/counters", tests, NULL, NULL);
}
