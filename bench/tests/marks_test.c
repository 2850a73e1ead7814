/* SPDX-License-Identifier: MIT
 *
 * marks_test.c: latencies from the begin and from the intended begin, missed frames and rows of them, and the
 * slowest operation of each slot of a round.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/marks.h"
#include "bench/measure.h"

static const uint64_t ms = 1000000;
static const struct bench_measure_clock monotonic = {0};

static int
set_up(void **state) {
    *state = malloc(sizeof(struct bench_marks));
    return *state == NULL ? -1 : 0;
}

static int
tear_down(void **state) {
    free(*state);
    return 0;
}

static void
test_marks_take_the_time_between_begin_and_end(void **state) {
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, false, 0);
    uint64_t before_ns = bench_measure_now_ns();
    bench_marks_begin(marks);
    bench_measure_wait_until(before_ns + 2 * ms);
    bench_marks_end(marks);
    uint64_t whole_ns = bench_measure_now_ns() - before_ns;
    assert_int_equal(marks->latency.count, 1);
    assert_true(marks->latency.greatest > ms && marks->latency.greatest <= whole_ns);
    assert_int_equal(marks->intended.count, 0);
    assert_int_equal(marks->frames[0].missed + marks->frames[1].missed, 0);
}

/* It was due 3 ms or more before it began, the next one was not waited for. */
static void
test_marks_count_lateness_only_from_an_intended_begin(void **state) {
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, false, 0);
    bench_marks_wait(marks, 0);
    bench_measure_wait_until(bench_measure_now_ns() + 4 * ms);
    bench_marks_wait(marks, ms);
    assert_int_equal(marks->spun_ns, 0);
    assert_true(marks->late_ns >= 3 * ms && marks->latest_ns >= 3 * ms);
    assert_int_equal(marks->late, 1);
    bench_marks_take(marks, ms, 2 * ms);
    bench_marks_take(marks, ms, 3 * ms);
    assert_int_equal(marks->latency.count, 2);
    assert_int_equal(marks->latency.greatest, ms);
    assert_int_equal(marks->intended.count, 1);
    assert_int_equal(marks->intended.greatest, marks->late_ns + 2 * ms);
}

static void
test_marks_wait_until_an_operation_is_due(void **state) {
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, false, 0);
    uint64_t before_ns = bench_measure_now_ns();
    bench_marks_wait(marks, 0);
    bench_marks_wait(marks, 5 * ms);
    assert_true(bench_measure_now_ns() >= before_ns + 5 * ms);
    assert_true(marks->spun_ns <= ms / 20);
}

/* A frame's latency in ms; what each rate makes of it. */
static void
test_marks_count_missed_frames_and_rows_of_them(void **state) {
    static const uint64_t frames[] = {1, 9, 9, 17, 9, 1, 17, 17, 8, 20};
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, true, 0);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
        bench_marks_take(marks, frames[i] * ms, 0);
    assert_int_equal(marks->frames[0].missed, 4);
    assert_int_equal(marks->frames[0].longest_row, 2);
    assert_int_equal(marks->frames[1].missed, 7);
    assert_int_equal(marks->frames[1].longest_row, 4);
}

static void
test_marks_miss_a_short_frame_that_began_late(void **state) {
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, true, 0);
    bench_marks_wait(marks, 0);
    marks->late_ns = 10 * ms; /* whatever the machine did */
    bench_marks_take(marks, ms, ms);
    assert_int_equal(marks->frames[0].missed, 0);
    assert_int_equal(marks->frames[1].missed, 1);
}

/* Three operations to a round, the second slow in each; the third once; then a round that has not ended. */
static void
test_marks_keep_of_rounds_what_comes_in_each(void **state) {
    static const uint64_t rounds[][3] = {{5, 50, 900}, {6, 70, 7}, {4, 60, 8}};
    struct bench_marks *marks = *state;
    uint64_t found[4] = {0};

    bench_marks_init(marks, &monotonic, false, 3);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < 3; i++)
            bench_marks_take(marks, rounds[round][i], 0);
    bench_marks_take(marks, 1, 0);
    for (size_t i = 0; i < BENCH_MARKS_SLOTS; i++) {
        uint64_t first = bench_marks_slot_first(i);
        if (marks->least_ns[i] != 0 && marks->least_ns[i] != UINT64_MAX) {
            assert_true(first < 4);
            found[first] = marks->least_ns[i];
        }
    }
    assert_int_equal(found[1], 4);
    assert_int_equal(found[2], 50);
    assert_int_equal(found[3], 7);
}

/* Three of 1 ms, each 2 ms behind the one before, are on time; then one takes 10 ms, and the next three of 1 ms each
 * come as late as it was too long, less what the rate that this makes allows for. */
static void
test_marks_metered_count_for_each_operation_that_was_held_up(void **state) {
    static const uint64_t begins_ms[] = {0, 2, 4, 6, 16, 18, 20}, long_ms = 10;
    struct bench_marks *marks = *state;
    struct bench_hist *metered = malloc(sizeof *metered);
    uint64_t log[7];

    assert_non_null(metered);
    bench_marks_init(marks, &monotonic, false, 0);
    assert_false(bench_marks_metered(marks, metered));
    bench_marks_keep_log(marks, log, 7);
    for (size_t i = 0; i < 7; i++) {
        uint64_t ns = i == 3 ? long_ms * ms : ms;
        log[marks->log_count++] = begins_ms[i] * ms << 16 | bench_hist_bucket(ns);
        bench_hist_record(&marks->latency, ns);
    }
    /* One each 20/6 ms: those that began at 16, 18 and 20 were due at 13.3, 16.7 and 20. */
    assert_true(bench_marks_metered(marks, metered));
    assert_int_equal(metered->count, 7);
    assert_int_equal(metered->greatest, 10 * ms);
    assert_true(metered->sum > (6 + 10 + 2.66 + 1.33) * 1e6 * 0.998);
    assert_true(metered->sum < (6 + 10 + 2.67 + 1.34) * 1e6);
    bench_hist_record(&marks->latency, ms); /* one that had no room */
    assert_false(bench_marks_metered(marks, metered));
    free(metered);
}

static void
test_marks_metered_are_simple_when_the_rate_is_even(void **state) {
    struct bench_marks *marks = *state;
    struct bench_hist *metered = malloc(sizeof *metered);
    uint64_t log[100];

    assert_non_null(metered);
    bench_marks_init(marks, &monotonic, false, 0);
    bench_marks_keep_log(marks, log, 100);
    for (size_t i = 0; i < 100; i++) {
        log[marks->log_count++] = (5 * ms + i * 2 * ms) << 16 | bench_hist_bucket(1500 + i);
        bench_hist_record(&marks->latency, 1500 + i);
    }
    assert_true(bench_marks_metered(marks, metered));
    assert_int_equal(metered->sum, marks->latency.sum);
    assert_int_equal(metered->greatest, 1599);
    free(metered);
}

/* As the worker calls it. */
static void
test_marks_log_what_they_time_while_there_is_room(void **state) {
    struct bench_marks *marks = *state;
    struct bench_hist *metered = malloc(sizeof *metered);
    uint64_t log[2];

    assert_non_null(metered);
    bench_marks_init(marks, &monotonic, false, 0);
    bench_marks_keep_log(marks, log, 2);
    for (size_t i = 0; i < 3; i++) {
        bench_marks_begin(marks);
        bench_measure_wait_until(bench_measure_now_ns() + ms);
        bench_marks_end(marks);
        assert_int_equal(marks->log_count, i < 2 ? i + 1 : 2);
        assert_int_equal(bench_marks_metered(marks, metered), i < 2);
    }
    assert_true(bench_hist_low(log[1] & 0xffff) >= ms / 1024 * 1022);
    assert_true((log[1] >> 16) - (log[0] >> 16) >= ms);
    free(metered);
}

static void
test_marks_keep_operations_too_short_for_the_clock(void **state) {
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, false, 2);
    bench_marks_take(marks, 7, 0);
    bench_marks_take(marks, 0, 0);
    assert_int_equal(marks->least_ns[0], 7);
    assert_int_equal(marks->least_ns[BENCH_MARKS_OCTAVE], 1); /* the second: 0 is for none */
}

static void
test_marks_keep_the_mean_of_each_span(void **state) {
    struct bench_marks *marks = *state;

    bench_marks_init(marks, &monotonic, false, 0);
    bench_marks_end_span(marks, 1); /* nothing was done */
    bench_marks_take(marks, 10, 0);
    bench_marks_take(marks, 15, 0);
    bench_marks_end_span(marks, 1);
    bench_marks_take(marks, 40, 0);
    bench_marks_end_span(marks, 2); /* too little: it goes on */
    bench_marks_take(marks, 41, 0);
    bench_marks_end_span(marks, 2);
    assert_int_equal(marks->span_count, 2);
    assert_int_equal(marks->pace[0].t_ns, 2);
    assert_int_equal(marks->pace[0].value, 12500);
    assert_int_equal(marks->pace[1].t_ns, 4);
    assert_int_equal(marks->pace[1].value, 40500);
    for (int i = 0; i < 2 * BENCH_STEADY_SPANS_MOST; i++) {
        bench_marks_take(marks, 1, 0);
        bench_marks_end_span(marks, 1);
    }
    assert_int_equal(marks->span_count, BENCH_STEADY_SPANS_MOST);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_marks_metered_count_for_each_operation_that_was_held_up),
        UNIT(test_marks_metered_are_simple_when_the_rate_is_even),
        UNIT(test_marks_log_what_they_time_while_there_is_room),
        UNIT(test_marks_take_the_time_between_begin_and_end),
        UNIT(test_marks_count_lateness_only_from_an_intended_begin),
        UNIT(test_marks_wait_until_an_operation_is_due),
        UNIT(test_marks_count_missed_frames_and_rows_of_them),
        UNIT(test_marks_miss_a_short_frame_that_began_late),
        UNIT(test_marks_keep_of_rounds_what_comes_in_each),
        UNIT(test_marks_keep_operations_too_short_for_the_clock),
        UNIT(test_marks_keep_the_mean_of_each_span),
    };
    return cmocka_run_group_tests_name("bench/marks", tests, NULL, NULL);
}
