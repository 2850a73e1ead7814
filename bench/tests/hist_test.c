/* SPDX-License-Identifier: MIT
 *
 * hist_test.c: what a histogram gives back of what was recorded, and of what bytes say.
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

#include "bench/hist.h"

struct fixture {
    struct bench_hist one, other;
    unsigned char data[65536];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    bench_hist_init(&fixture->one);
    bench_hist_init(&fixture->other);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    free(*state);
    return 0;
}

static void
test_hist_buckets_tile_the_whole_range(void **state) {
    (void)state;
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++) {
        uint64_t low = bench_hist_low(i), next = bench_hist_low(i + 1);
        assert_true(low < next);
        assert_int_equal(bench_hist_bucket(low), i);
        assert_int_equal(bench_hist_bucket(next - 1), i);
        assert_true((next - low - 1) * 1000 <= low); /* three significant digits */
    }
    assert_true(bench_hist_bucket(BENCH_HIST_GREATEST) < BENCH_HIST_BUCKETS);
}

static void
test_hist_percentiles_are_within_a_thousandth(void **state) {
    struct bench_hist *hist = &((struct fixture *)*state)->one;
    const double percents[] = {50, 90, 99, 99.9};

    for (uint64_t i = 1; i <= 100000; i++)
        bench_hist_record(hist, i * 1000);
    for (size_t i = 0; i < 4; i++) {
        double exact = percents[i] * 1000 * 1000;
        uint64_t value;
        assert_true(bench_hist_percentile(hist, percents[i], &value));
        assert_true((double)value >= exact && (double)value <= exact * 1.001);
    }
}

static void
test_hist_percentile_needs_ten_samples_beyond_it(void **state) {
    struct bench_hist *hist = &((struct fixture *)*state)->one;
    uint64_t value = 77;

    bench_hist_record_many(hist, 5, 999);
    assert_false(bench_hist_percentile(hist, 99, &value));
    assert_int_equal(value, 77);
    bench_hist_record(hist, 5);
    assert_true(bench_hist_percentile(hist, 99, &value));
    assert_int_equal(value, 5);
}

static void
test_hist_of_nothing_has_no_figures(void **state) {
    struct bench_hist *hist = &((struct fixture *)*state)->one;
    uint64_t value;
    double mean;

    assert_false(bench_hist_percentile(hist, 50, &value));
    assert_false(bench_hist_mean(hist, &mean));
}

static void
test_hist_keeps_ends_and_sum_exactly_and_cuts_at_an_hour(void **state) {
    struct bench_hist *hist = &((struct fixture *)*state)->one;
    double mean;

    bench_hist_record(hist, 1234567);
    bench_hist_record(hist, 7654321);
    assert_int_equal(hist->least, 1234567);
    assert_int_equal(hist->greatest, 7654321);
    assert_true(bench_hist_mean(hist, &mean) && mean == (1234567 + 7654321) / 2.0);
    bench_hist_record(hist, UINT64_MAX);
    assert_true(hist->greatest == BENCH_HIST_GREATEST);
}

static void
test_hist_merging_is_recording_both(void **state) {
    struct fixture *fixture = *state;
    struct bench_hist *both = calloc(1, sizeof *both);

    assert_non_null(both);
    bench_hist_init(both);
    for (uint64_t i = 0; i < 5000; i++) {
        bench_hist_record(i % 3 == 0 ? &fixture->one : &fixture->other, i * i);
        bench_hist_record(both, i * i);
    }
    bench_hist_merge(&fixture->one, &fixture->other);
    assert_memory_equal(&fixture->one, both, sizeof *both);
    free(both);
}

static void
test_hist_comes_back_from_bytes_as_it_was(void **state) {
    struct fixture *fixture = *state;
    size_t bytes;

    for (int round = 0; round < 2; round++) { /* the first time it is empty */
        assert_true(bench_hist_encoded_bytes(&fixture->one) <= sizeof fixture->data);
        bytes = bench_hist_encode(&fixture->one, fixture->data);
        assert_true(bytes <= bench_hist_encoded_bytes(&fixture->one));
        assert_int_equal(bench_hist_decode(&fixture->other, fixture->data, bytes), 0);
        assert_memory_equal(&fixture->one, &fixture->other, sizeof fixture->one);
        for (uint64_t i = 0; i < 3000; i++)
            bench_hist_record(&fixture->one, i * i * 7);
        bench_hist_record(&fixture->one, BENCH_HIST_GREATEST);
    }
}

static void
test_hist_refuses_damaged_bytes(void **state) {
    struct fixture *fixture = *state;
    size_t bytes;

    bench_hist_record(&fixture->one, 10);
    bench_hist_record(&fixture->one, 1000000);
    bytes = bench_hist_encode(&fixture->one, fixture->data);
    for (size_t cut = 0; cut < bytes; cut++)
        assert_int_equal(bench_hist_decode(&fixture->other, fixture->data, cut), -EBADMSG);
    fixture->data[0] = 2; /* another format */
    assert_int_equal(bench_hist_decode(&fixture->other, fixture->data, bytes), -EBADMSG);
    fixture->data[0] = 1;
    fixture->data[2] = 11; /* a least value in another bucket */
    assert_int_equal(bench_hist_decode(&fixture->other, fixture->data, bytes), -EBADMSG);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_hist_buckets_tile_the_whole_range),
        UNIT(test_hist_percentiles_are_within_a_thousandth),
        UNIT(test_hist_percentile_needs_ten_samples_beyond_it),
        UNIT(test_hist_of_nothing_has_no_figures),
        UNIT(test_hist_keeps_ends_and_sum_exactly_and_cuts_at_an_hour),
        UNIT(test_hist_merging_is_recording_both),
        UNIT(test_hist_comes_back_from_bytes_as_it_was),
        UNIT(test_hist_refuses_damaged_bytes),
    };
    return cmocka_run_group_tests_name("bench/hist", tests, NULL, NULL);
}
