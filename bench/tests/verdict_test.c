/* SPDX-License-Identifier: MIT
 *
 * verdict_test.c: one sentence, by the rules in verdict.h, in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/verdict.h"

#define STAT(name) ((int)BENCH_METRIC_STATS + RT_STAT_GC_##name)

static void
put(struct bench_record *record, int metric, double value) {
    bench_record_put(record, (enum bench_metric)metric, value);
}

/* A run in which nothing stands out. */
static int
set_up(void **state) {
    struct bench_record *record = bench_record_create();

    assert_non_null(record);
    put(record, BENCH_METRIC_WALL_NS, 100e6);
    put(record, BENCH_METRIC_CPU_NS, 99e6);
    put(record, BENCH_METRIC_LATENCY_P50_NS, 1000);
    put(record, BENCH_METRIC_LATENCY_P99_NS, 3000);
    put(record, BENCH_METRIC_LATENCY_MAX_NS, 9000);
    put(record, BENCH_METRIC_BASELINE_RSS_BYTES, 4e6);
    put(record, BENCH_METRIC_PEAK_RSS_BYTES, 24e6);
    put(record, BENCH_METRIC_DRAINED_RSS_BYTES, 5e6);
    put(record, BENCH_METRIC_PEAK_LIVE_BYTES, 18e6);
    put(record, BENCH_METRIC_EXPECTED_LIVE_BYTES, 18e6);
    put(record, BENCH_METRIC_PEAK_TRASH_OBJECTS, 0);
    for (int i = 0; i < RT_GENERATIONS; i++) {
        put(record, STAT(COLLECTIONS0) + i, 4);
        put(record, STAT(COLLECTED0) + i, 100);
    }
    put(record, BENCH_METRIC_GC_PAUSE_SUM_NS, 3e6);
    put(record, BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS, 500);
    *state = record;
    return 0;
}

static int
tear_down(void **state) {
    bench_record_destroy(*state);
    return 0;
}

static void
assert_verdict(const struct bench_record *record, enum bench_verdict expected, const char *part) {
    char sentence[BENCH_VERDICT_BYTES];

    if (bench_verdict_of(record, sentence) != expected || strstr(sentence, part) == NULL)
        fail_msg("should say \"%s\", said \"%s\"", part, sentence);
}

static void
test_verdict_of_an_ordinary_run_is_that_nothing_stood_out(void **state) {
    assert_verdict(*state, BENCH_VERDICT_NOTHING,
                   "Nothing stood out: memory grew by 1.11 times what was live, and the tail");
}

static void
test_verdict_leaves_to_the_workload_what_that_found(void **state) {
    struct bench_record *record = *state;

    record->note_count = 1;
    strcpy(record->notes[0], "Session grows by 1,000 objects a round");
    assert_verdict(record, BENCH_VERDICT_NOTHING,
                   "Nothing stood out but what the workload itself found: memory grew by 1.11");
}

static void
assert_doubt(const struct bench_record *record, const char *part) {
    char sentence[BENCH_VERDICT_BYTES];

    assert_int_equal(bench_verdict_doubt(record, sentence), part[0] != '\0');
    if (strstr(sentence, part) == NULL)
        fail_msg("should say \"%s\", said \"%s\"", part, sentence);
}

static void
test_verdict_times_are_in_doubt_if_the_work_waited(void **state) {
    struct bench_record *record = *state;

    assert_doubt(record, "");
    put(record, BENCH_METRIC_CPU_NS, 75e6);
    assert_doubt(record, "waited for 25 %");
    assert_verdict(record, BENCH_VERDICT_NOTHING, ""); /* all the same */
    bench_hist_record(&record->intended, 1);           /* a workload that waits by itself */
    assert_doubt(record, "");
}

static void
test_verdict_times_are_in_doubt_if_the_machine_paused(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_NOISE_MAX_NS, 4e6);
    assert_doubt(record, "");
    put(record, BENCH_METRIC_NOISE_MAX_NS, 12e6);
    assert_doubt(record, "paused for 12.0 ms");
}

static void
test_verdict_collections_that_freed_nothing(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_GC_PAUSE_SUM_NS, 38e6);
    for (int i = 0; i < RT_GENERATIONS; i++)
        put(record, STAT(COLLECTED0) + i, 0);
    assert_verdict(record, BENCH_VERDICT_BARREN, "took 38 % of the time, and none of its 12 coll");
    put(record, BENCH_METRIC_GC_PAUSE_SUM_NS, 4.9e6);
    assert_verdict(record, BENCH_VERDICT_NOTHING, "");
}

static void
test_verdict_collector_that_took_a_quarter_of_the_time(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_GC_PAUSE_SUM_NS, 25e6);
    bench_hist_record(&record->pause[2], 20000000);
    assert_verdict(record, BENCH_VERDICT_COLLECTOR, "25 % of the time, 80 % of that in 4 full");
    put(record, STAT(COLLECTIONS2), 0);
    assert_verdict(record, BENCH_VERDICT_COLLECTOR, "25 % of the time, without a full collection.");
    put(record, BENCH_METRIC_GC_PAUSE_SUM_NS, 24e6);
    assert_verdict(record, BENCH_VERDICT_NOTHING, "");
}

static void
test_verdict_slowest_operation_lies_in_a_full_collection(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_LATENCY_MAX_NS, 40000);
    assert_verdict(record, BENCH_VERDICT_NOTHING, ""); /* it is slow, but by no collection */
    put(record, BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS, 36000);
    bench_hist_record(&record->pause[0], 800);
    bench_hist_record(&record->pause[2], 36000);
    assert_verdict(record, BENCH_VERDICT_PAUSE,
                   "40 times the median one, and 90 % of that was a full");
    put(record, BENCH_METRIC_LATENCY_MAX_NS, 19000);
    put(record, BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS, 18000);
    assert_verdict(record, BENCH_VERDICT_NOTHING, "");
}

static void
test_verdict_trash_of_three_times_what_lived(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_EXPECTED_LIVE_BYTES, 4.5e6);
    assert_verdict(record, BENCH_VERDICT_NOTHING, ""); /* nothing was dropped in cycles */
    put(record, BENCH_METRIC_PEAK_TRASH_OBJECTS, 1000);
    assert_verdict(record, BENCH_VERDICT_TRASH, "12.9 MiB at its most, 3.0 times what lived");
    put(record, BENCH_METRIC_PEAK_TRASH_BYTES, 9e6); /* counted, and not only what is left over */
    assert_verdict(record, BENCH_VERDICT_TRASH, "8.58 MiB at its most, 2.0 times what lived");
}

static void
test_verdict_memory_that_grew_by_more_than_what_lived(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_PEAK_LIVE_BYTES, 8e6);
    assert_verdict(record, BENCH_VERDICT_HELD, "2.5 times what was live");
}

static void
test_verdict_memory_that_did_not_come_back(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_DRAINED_RSS_BYTES, 4e6 + (1 << 20) * 10.0);
    assert_verdict(record, BENCH_VERDICT_KEPT, "10.0 MiB stayed resident");
    put(record, BENCH_METRIC_DRAINED_RSS_BYTES, 8e6);
    assert_verdict(record, BENCH_VERDICT_NOTHING, "");
}

static void
test_verdict_long_tail(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_LATENCY_P99_NS, 7000);
    assert_verdict(record, BENCH_VERDICT_TAIL, "7.0 times");
}

static void
test_verdict_operations_that_got_slower(void **state) {
    struct bench_record *record = *state;

    put(record, BENCH_METRIC_STEADY, 1);
    put(record, BENCH_METRIC_DRIFT_RATIO, 0.6);
    assert_verdict(record, BENCH_VERDICT_NOTHING, "");
    put(record, BENCH_METRIC_STEADY, 0);
    assert_verdict(record, BENCH_VERDICT_PACE, "slowed down by 60 % over the run.");
    put(record, BENCH_METRIC_DRIFT_RATIO, -0.6); /* who would complain? */
    assert_verdict(record, BENCH_VERDICT_NOTHING, "");
}

static void
test_verdict_needs_no_more_than_the_engine_told(void **state) {
    struct bench_record *record = *state;

    bench_record_clear(record);
    assert_verdict(record, BENCH_VERDICT_COUNT, "");
    put(record, BENCH_METRIC_LATENCY_P50_NS, 1000);
    put(record, BENCH_METRIC_LATENCY_P99_NS, 3000);
    assert_verdict(record, BENCH_VERDICT_NOTHING, "Nothing stood out: the tail is short.");
}

int
main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_verdict_of_an_ordinary_run_is_that_nothing_stood_out),
        TEST(test_verdict_leaves_to_the_workload_what_that_found),
        TEST(test_verdict_times_are_in_doubt_if_the_work_waited),
        TEST(test_verdict_times_are_in_doubt_if_the_machine_paused),
        TEST(test_verdict_collections_that_freed_nothing),
        TEST(test_verdict_collector_that_took_a_quarter_of_the_time),
        TEST(test_verdict_slowest_operation_lies_in_a_full_collection),
        TEST(test_verdict_trash_of_three_times_what_lived),
        TEST(test_verdict_memory_that_grew_by_more_than_what_lived),
        TEST(test_verdict_memory_that_did_not_come_back),
        TEST(test_verdict_long_tail),
        TEST(test_verdict_operations_that_got_slower),
        TEST(test_verdict_needs_no_more_than_the_engine_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
