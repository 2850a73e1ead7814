/* SPDX-License-Identifier: MIT
 *
 * hdr_test.c: histograms written and read in the forms of HdrHistogram. The files in data/ were written by
 * another implementation, hdr-histogram-js 3.0.1; what is in them is said here.
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

#include "bench/hdr.h"
#include "workloads/rng.h"

enum {
    CUBES = 4000,
    TEXT_BYTES = 1 << 16
};

struct fixture {
    struct bench_hist one, other;
    char text[TEXT_BYTES], golden[TEXT_BYTES];
    size_t intervals;
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
assert_same_counts(const struct bench_hist *one, const struct bench_hist *other) {
    assert_int_equal(one->count, other->count);
    assert_memory_equal(one->buckets, other->buckets, sizeof one->buckets);
}

static void
round_trip(struct fixture *fixture) {
    char *text = bench_hdr_encode(&fixture->one);
    assert_non_null(text);
    assert_int_equal(bench_hdr_decode(text, &fixture->other), 0);
    assert_same_counts(&fixture->one, &fixture->other);
    free(text);
}

/* What is in the golden log. */
static void
record_cubes(struct bench_hist *hist) {
    bench_hist_init(hist);
    for (uint64_t i = 1; i <= CUBES; i++)
        bench_hist_record_many(hist, i * i * i * 37, i % 7 + 1);
}

static void
record_two_digits(struct bench_hist *hist) {
    bench_hist_init(hist);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t value = i * 1000, shift = 0;
        while (value >> shift >= 256) /* 2^8 buckets hold two digits */
            shift++;
        bench_hist_record(hist, (value >> shift << shift) + (UINT64_C(1) << shift) / 2);
    }
}

/* ---- Logs ------------------------------------------------------------------------------------------- */

static void
test_hdr_random_histograms_come_back_bucket_by_bucket(void **state) {
    struct fixture *fixture = *state;
    struct wl_rng rng;

    wl_rng_init(&rng, 20);
    for (int turn = 0; turn < 60; turn++) {
        uint64_t records = wl_rng_below(&rng, 2000);
        bench_hist_init(&fixture->one);
        for (uint64_t i = 0; i < records; i++) {
            uint64_t value = wl_rng_next(&rng) >> (22 + wl_rng_below(&rng, 42));
            uint64_t count = UINT64_C(1) << wl_rng_below(&rng, (uint32_t)turn % 40 + 1);
            bench_hist_record_many(&fixture->one, value, count);
        }
        round_trip(fixture);
    }
}

static void
test_hdr_every_bucket_and_the_largest_count_come_back(void **state) {
    struct fixture *fixture = *state;

    for (size_t i = 0; bench_hist_low(i) <= BENCH_HIST_GREATEST; i++)
        bench_hist_record(&fixture->one, bench_hist_low(i));
    round_trip(fixture);
    bench_hist_init(&fixture->one);
    bench_hist_record_many(&fixture->one, BENCH_HIST_GREATEST, INT64_MAX);
    round_trip(fixture);
    bench_hist_init(&fixture->one);
    round_trip(fixture); /* and none at all */
}

/* The ends and the mean are those of the buckets. */
static void
test_hdr_what_comes_back_is_right_to_three_digits(void **state) {
    struct fixture *fixture = *state;
    double one = 0, other = 0;

    record_cubes(&fixture->one);
    round_trip(fixture);
    assert_true(fixture->other.least <= 37 && fixture->other.least >= 36);
    assert_true(fixture->other.greatest >= fixture->one.greatest);
    assert_true((double)fixture->other.greatest < (double)fixture->one.greatest * 1.001);
    assert_true(bench_hist_mean(&fixture->one, &one) && bench_hist_mean(&fixture->other, &other));
    assert_true(other > one * 0.999 && other < one * 1.001);
}

static int
check_golden(void *context, const struct bench_hdr_interval *interval) {
    struct fixture *fixture = context;
    static const char *const tags[] = {"cubes", "", "two-digits"};
    static const double starts[] = {0, 1.5, 2}, lengths[] = {1.5, 0.5, 2.25};
    size_t i = fixture->intervals++;

    assert_true(i < 3);
    assert_string_equal(interval->tag, tags[i]);
    assert_true(interval->start_s == starts[i] && interval->length_s == lengths[i]);
    bench_hist_init(&fixture->one);
    if (i == 0)
        record_cubes(&fixture->one);
    if (i == 2)
        record_two_digits(&fixture->one);
    assert_same_counts(interval->hist, &fixture->one);
    return 0;
}

static void
test_hdr_reads_what_another_implementation_wrote(void **state) {
    struct fixture *fixture = *state;
    FILE *file = fopen(BENCH_TESTS_DATA "/hdr-histogram-js.hlog", "r");
    size_t line;

    assert_non_null(file);
    assert_int_equal(bench_hdr_log_read(file, check_golden, fixture, &line), 0);
    assert_int_equal(fixture->intervals, 3);
    fclose(file);
}

static int
check_own(void *context, const struct bench_hdr_interval *interval) {
    struct fixture *fixture = context;

    fixture->intervals++;
    assert_string_equal(interval->tag, "churn/latency");
    assert_true(interval->start_s == 0.25 && interval->length_s == 2);
    assert_same_counts(interval->hist, &fixture->one);
    return 0;
}

static void
test_hdr_reads_its_own_log_and_names_a_broken_line(void **state) {
    struct fixture *fixture = *state;
    struct bench_hdr_interval interval = {"churn/latency", 0.25, 2, &fixture->one};
    FILE *file = tmpfile();
    size_t line;

    assert_non_null(file);
    record_cubes(&fixture->one);
    bench_hdr_log_head(file, 1700000000, "a test");
    assert_int_equal(bench_hdr_log_put(file, &interval), 0);
    rewind(file);
    assert_int_equal(bench_hdr_log_read(file, check_own, fixture, &line), 0);
    assert_int_equal(fixture->intervals, 1);
    fputs("Tag=x,1.0,1.0,1.0,SGVsbG8=\n", file);
    rewind(file);
    assert_int_equal(bench_hdr_log_read(file, check_own, fixture, &line), -EBADMSG);
    assert_int_equal(line, 6);
    fclose(file);
}

static void
test_hdr_broken_texts_are_refused(void **state) {
    static const char *const texts[] = {
        "", "=", "====", "HIST", "HISTFAAA", "HISTFAAAABBB", "%%%%", "HISTFA=AABBB"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(bench_hdr_decode(texts[i], &fixture->one), -EBADMSG);
}

/* Whatever is cut off or turned, there is a histogram or a refusal, never anything else. */
static void
test_hdr_damaged_texts_never_do_harm(void **state) {
    struct fixture *fixture = *state;
    struct wl_rng rng;

    record_cubes(&fixture->one);
    char *text = bench_hdr_encode(&fixture->one);
    assert_non_null(text);
    size_t length = strlen(text);
    wl_rng_init(&rng, 3);
    for (int i = 0; i < 300; i++) {
        char *at = &text[wl_rng_below(&rng, (uint32_t)length)], before = *at;
        *at = i % 3 == 0 ? '\0' : (char)('A' + wl_rng_below(&rng, 26));
        int error = bench_hdr_decode(text, &fixture->other);
        assert_true(error == 0 || error == -EBADMSG);
        *at = before;
    }
    assert_int_equal(bench_hdr_decode(text, &fixture->other), 0);
    free(text);
}

/* ---- Percentile distributions ----------------------------------------------------------------------- */

static void
read_file(const char *path, char *text) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, TEXT_BYTES - 1, file)] = '\0';
    fclose(file);
}

static void
write_hgrm(const struct bench_hist *hist, char *text) {
    FILE *file = tmpfile();
    assert_non_null(file);
    bench_hdr_hgrm_write(file, hist);
    rewind(file);
    text[fread(text, 1, TEXT_BYTES - 1, file)] = '\0';
    fclose(file);
}

/* Its own mean and greatest are rounded, so that only the rows can be the same. */
static void
test_hdr_distribution_is_that_of_another_implementation_row_by_row(void **state) {
    struct fixture *fixture = *state;

    read_file(BENCH_TESTS_DATA "/hdr-histogram-js.hgrm", fixture->golden);
    record_cubes(&fixture->one);
    fixture->one.greatest = bench_hist_low(bench_hist_bucket(fixture->one.greatest) + 1) - 1;
    write_hgrm(&fixture->one, fixture->text);
    *strchr(fixture->golden, '#') = '\0';
    *strchr(fixture->text, '#') = '\0';
    assert_string_equal(fixture->text, fixture->golden);
}

static void
test_hdr_distribution_comes_back_with_its_percentiles(void **state) {
    struct fixture *fixture = *state;
    const double percents[] = {50, 90, 99};
    FILE *file = tmpfile();

    assert_non_null(file);
    record_cubes(&fixture->one);
    bench_hdr_hgrm_write(file, &fixture->one);
    rewind(file);
    assert_int_equal(bench_hdr_hgrm_read(file, &fixture->other), 0);
    assert_int_equal(fixture->other.count, fixture->one.count);
    assert_int_equal(fixture->other.greatest, fixture->one.greatest);
    for (size_t i = 0; i < 3; i++) {
        uint64_t one, other;
        assert_true(bench_hist_percentile(&fixture->one, percents[i], &one));
        assert_true(bench_hist_percentile(&fixture->other, percents[i], &other));
        assert_true((double)other >= (double)one && (double)other < (double)one * 1.15);
    }
    fclose(file);
}

static void
test_hdr_distribution_of_nothing_has_no_row(void **state) {
    struct fixture *fixture = *state;

    write_hgrm(&fixture->one, fixture->text);
    assert_non_null(strstr(fixture->text, "\n\n#[Mean"));
    assert_non_null(strstr(fixture->text, "Total count    =            0]"));
}

static void
test_hdr_what_is_no_distribution_is_refused(void **state) {
    static const char *const texts[] = {
        "", "Value Percentile TotalCount\n", "no such thing\n",
        "Value Percentile TotalCount\n5 0.5 2 2\n4 1.0 1\n#[Max = 5.0, Total count = 2]\n",
        "Value Percentile TotalCount\n5 1.0 2\n#[Max = 5.0, Total count = 3]\n"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        FILE *file = tmpfile();
        assert_non_null(file);
        fputs(texts[i], file);
        rewind(file);
        assert_int_equal(bench_hdr_hgrm_read(file, &fixture->one), -EBADMSG);
        fclose(file);
    }
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_hdr_random_histograms_come_back_bucket_by_bucket),
        UNIT(test_hdr_every_bucket_and_the_largest_count_come_back),
        UNIT(test_hdr_what_comes_back_is_right_to_three_digits),
        UNIT(test_hdr_reads_what_another_implementation_wrote),
        UNIT(test_hdr_reads_its_own_log_and_names_a_broken_line),
        UNIT(test_hdr_broken_texts_are_refused),
        UNIT(test_hdr_damaged_texts_never_do_harm),
        UNIT(test_hdr_distribution_is_that_of_another_implementation_row_by_row),
        UNIT(test_hdr_distribution_comes_back_with_its_percentiles),
        UNIT(test_hdr_distribution_of_nothing_has_no_row),
        UNIT(test_hdr_what_is_no_distribution_is_refused),
    };
    return cmocka_run_group_tests_name("bench/hdr", tests, NULL, NULL);
}
