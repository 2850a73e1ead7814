/* SPDX-License-Identifier: MIT
 *
 * compare_stats_test.c: the statistics agree with scipy's (data/compare_golden.txt), and keep their
 * promises over thousands of made-up comparisons: 3 to 6 in 100 of equal things are called unequal, and a
 * tenth more is found. With an argument, a Python that has scipy, only that data/compare_golden.py still
 * prints what is committed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/compare/stats.h"
#include "workloads/rng.h"

enum {
    NUMBERS = 64,
    COMPARISONS = 2000
};

/* ---- scipy's answers ---------------------------------------------------------------------------------- */

struct golden {
    char name[32], line[2048];
    double numbers[NUMBERS];
    size_t count;
};

static bool
read_golden(FILE *file, struct golden *golden) {
    char *at = golden->line, *end;

    if (fgets(golden->line, sizeof golden->line, file) == NULL)
        return false;
    assert_int_equal(sscanf(golden->line, "%31s", golden->name), 1);
    at += strlen(golden->name);
    for (golden->count = 0; golden->count < NUMBERS; golden->count++) {
        golden->numbers[golden->count] = strtod(at, &end);
        if (end == at)
            break;
        at = end;
    }
    return true;
}

static void
assert_within(const struct golden *golden, double value, double expected, double distance) {
    if (!(fabs(value - expected) <= distance))
        fail_msg("%.12g, not %.12g: %.200s", value, expected, golden->line);
}

/* scipy's own quantiles are right to nine digits. */
static void
assert_near(const struct golden *golden, double value, double expected) {
    assert_within(golden, value, expected, 1e-8 * fabs(expected) + 1e-300);
}

static void
check_holm(const struct golden *golden) {
    size_t count = (size_t)golden->numbers[0];
    double adjusted[NUMBERS];

    assert_int_equal(bench_compare_stats_holm(golden->numbers + 1, count, adjusted), 0);
    for (size_t i = 0; i < count; i++)
        assert_near(golden, adjusted[i], golden->numbers[1 + count + i]);
}

static void
check_geometric_mean(const struct golden *golden) {
    size_t count = (size_t)golden->numbers[0];
    struct bench_compare_draws draws;
    double logs[NUMBERS];

    for (size_t i = 0; i < count; i++)
        logs[i] = log(golden->numbers[1 + i]);
    assert_int_equal(bench_compare_draws_init(&draws, count, 100, 0.95), 0);
    assert_near(golden, exp(bench_compare_stats_estimate(&draws, logs).mean),
                golden->numbers[1 + count]);
    bench_compare_draws_fini(&draws);
}

static void
check_estimate(const struct golden *golden) {
    size_t blocks = (size_t)golden->numbers[0];
    const double *values = golden->numbers + 2, *expected = values + blocks;
    struct bench_compare_draws draws;

    assert_int_equal(bench_compare_draws_init(&draws, blocks, 10000, golden->numbers[1]), 0);
    struct bench_compare_estimate estimate = bench_compare_stats_estimate(&draws, values);
    assert_near(golden, estimate.mean, expected[0]);
    assert_within(golden, estimate.low, expected[1], 1e-7 * (expected[2] - expected[1]));
    assert_within(golden, estimate.high, expected[2], 1e-7 * (expected[2] - expected[1]));
    assert_within(golden, estimate.p, expected[3], 1e-6 * expected[3]);
    bench_compare_draws_fini(&draws);
}

static void
test_statistics_are_those_of_scipy(void **state) {
    FILE *file = fopen(BENCH_TESTS_DATA "/compare_golden.txt", "r");
    static struct golden golden;
    const double *x = golden.numbers;
    size_t lines = 0;

    (void)state;
    assert_non_null(file);
    for (; read_golden(file, &golden); lines++) {
        if (strcmp(golden.name, "normal_bound") == 0)
            assert_near(&golden, bench_compare_stats_normal_bound(x[0]), x[1]);
        else if (strcmp(golden.name, "t_beyond") == 0)
            assert_near(&golden, bench_compare_stats_t_beyond(x[0], (unsigned)x[1]), x[2]);
        else if (strcmp(golden.name, "t_bound") == 0)
            assert_near(&golden, bench_compare_stats_t_bound(x[0], (unsigned)x[1]), x[2]);
        else if (strcmp(golden.name, "sign_test") == 0)
            assert_near(&golden, bench_compare_stats_sign_test((size_t)x[0], (size_t)x[1]), x[2]);
        else if (strcmp(golden.name, "sign_blocks") == 0)
            assert_int_equal(bench_compare_stats_sign_blocks(x[0]), x[1]);
        else if (strcmp(golden.name, "holm") == 0)
            check_holm(&golden);
        else if (strcmp(golden.name, "geometric_mean") == 0)
            check_geometric_mean(&golden);
        else if (strcmp(golden.name, "estimate") == 0)
            check_estimate(&golden);
        else
            fail_msg("what is %s?", golden.name);
    }
    fclose(file);
    assert_true(lines > 150);
}

static const char *python;

static void
test_golden_file_is_what_its_script_prints(void **state) {
    char command[2048];

    (void)state;
    snprintf(command, sizeof command, "'%s' -c 'import scipy' 2>/dev/null", python);
    if (system(command) != 0)
        skip();
    snprintf(command, sizeof command, "'%s' '%s/compare_golden.py'", python, BENCH_TESTS_DATA);
    FILE *printed = popen(command, "r"), *kept = fopen(BENCH_TESTS_DATA "/compare_golden.txt", "r");
    static struct golden one, other;
    assert_non_null(printed);
    assert_non_null(kept);
    while (read_golden(kept, &one)) {
        assert_true(read_golden(printed, &other));
        assert_string_equal(one.name, other.name);
        assert_int_equal(one.count, other.count);
        for (size_t i = 0; i < one.count; i++)
            assert_near(&one, other.numbers[i], one.numbers[i]);
    }
    assert_false(read_golden(printed, &other));
    assert_int_equal(pclose(printed), 0);
    fclose(kept);
}

/* ---- Promises over many comparisons --------------------------------------------------------------------- */

static double
draw_normal(struct wl_rng *rng) {
    double length = sqrt(-2 * log(1 - wl_rng_unit(rng)));
    return length * cos(6.283185307179586 * wl_rng_unit(rng));
}

/* The logarithm of a cell's time. */
typedef double (*noise_fn)(struct wl_rng *rng);

static double
normal(struct wl_rng *rng) {
    return 0.04 * draw_normal(rng);
}

static double
skewed(struct wl_rng *rng) {
    return 0.04 * exp(draw_normal(rng));
}

/* Student's t with three degrees. */
static double
heavy_tailed(struct wl_rng *rng) {
    double a = draw_normal(rng), b = draw_normal(rng), c = draw_normal(rng);
    return 0.04 * draw_normal(rng) / sqrt((a * a + b * b + c * c) / 3);
}

static double
with_outliers(struct wl_rng *rng) {
    return normal(rng) + (wl_rng_unit(rng) < 0.1 ? -0.4 * log(1 - wl_rng_unit(rng)) : 0);
}

/* How many in a hundred comparisons find something at 5 %, and in all of those farther from 0 than `floor`. */
static double
share_found(size_t blocks, unsigned draw_count, noise_fn noise, double effect, double floor) {
    struct bench_compare_draws draws;
    struct wl_rng rng;
    double values[32];
    int found = 0;

    wl_rng_init(&rng, 20 * blocks + 1);
    assert_int_equal(bench_compare_draws_init(&draws, blocks, draw_count, 0.95), 0);
    for (int i = 0; i < COMPARISONS; i++) {
        for (size_t k = 0; k < blocks; k++) {
            double base = noise(&rng);
            values[k] = noise(&rng) + effect - base;
        }
        struct bench_compare_estimate estimate = bench_compare_stats_estimate(&draws, values);
        assert_int_equal(estimate.p<0.05, estimate.low> 0 || estimate.high < 0);
        found += estimate.p < 0.05 && fabs(estimate.mean) > floor;
    }
    bench_compare_draws_fini(&draws);
    return 100.0 * found / COMPARISONS;
}

static void
assert_share(const char *what, size_t blocks, double share, double low, double high) {
    if (share < low || share > high)
        fail_msg("%s, %zu blocks: %.2f in 100, not %g to %g", what, blocks, share, low, high);
}

static void
test_equal_sides_are_called_unequal_three_to_six_times_in_a_hundred(void **state) {
    const size_t blocks[] = {5, 10, 20};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_share("normal", blocks[i], share_found(blocks[i], 10000, normal, 0, 0), 3, 6);
}

static void
test_equal_sides_with_odd_noise_are_hardly_more_often_called_unequal(void **state) {
    const size_t blocks[] = {5, 7, 10, 20};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_share("skewed", blocks[i], share_found(blocks[i], 1000, skewed, 0, 0), 2, 7);
        assert_share("heavy tails", blocks[i], share_found(blocks[i], 1000, heavy_tailed, 0, 0), 2,
                     7);
        assert_share("outliers", blocks[i], share_found(blocks[i], 1000, with_outliers, 0, 0), 2,
                     7);
    }
}

static void
test_tenth_more_is_found_in_ten_blocks(void **state) {
    (void)state;
    double share = share_found(10, 2000, normal, log(1.1), log(1.02));
    assert_share("a tenth more", 10, share, 95, 100);
    share = share_found(10, 2000, normal, -log(1.1), log(1.02));
    assert_share("a tenth less", 10, share, 95, 100);
}

/* ---- Corners --------------------------------------------------------------------------------------------- */

static void
test_blocks_without_scatter_have_the_sign_tests_p(void **state) {
    const double values[] = {0.5, 0.5, 0.5, 0.5, 0.5}, nothing[5] = {0};
    struct bench_compare_draws draws;

    (void)state;
    assert_int_equal(bench_compare_draws_init(&draws, 5, 100, 0.95), 0);
    struct bench_compare_estimate estimate = bench_compare_stats_estimate(&draws, values);
    assert_float_equal(estimate.p, 0.0625, 1e-12);
    assert_float_equal(estimate.low, 0.5, 0);
    assert_float_equal(estimate.error, 0, 0);
    assert_float_equal(bench_compare_stats_estimate(&draws, nothing).p, 1, 0);
    bench_compare_draws_fini(&draws);
}

static void
test_median_is_in_the_middle(void **state) {
    const double values[] = {5, 1, 4, 2};
    double many[1001];

    (void)state;
    for (int i = 0; i < 1001; i++)
        many[i] = i * 7919 % 1001;
    assert_float_equal(bench_compare_stats_median(values, 4), 3, 0);
    assert_float_equal(bench_compare_stats_median(values, 3), 4, 0);
    assert_float_equal(bench_compare_stats_median(many, 1001), 500, 0);
    assert_true(isnan(bench_compare_stats_median(values, 0)));
}

static void
test_blocks_needed_are_about_what_it_takes(void **state) {
    struct bench_compare_draws draws;
    struct bench_compare_estimate estimate = {.mean = 0.05, .error = 0.05};

    (void)state;
    assert_int_equal(bench_compare_draws_init(&draws, 10, 100, 0.95), 0);
    size_t found = bench_compare_stats_blocks_needed(&draws, &estimate, 0.02, 0.05);
    assert_in_range(found, 38, 46); /* 1.96^2 * 10 and a little for Student */
    assert_true(bench_compare_stats_blocks_needed(&draws, &estimate, 0.02, 0.05 / 500) > 2 * found);
    estimate.mean = 0; /* to be within 0.02 */
    assert_in_range(bench_compare_stats_blocks_needed(&draws, &estimate, 0.02, 0.05), 240, 250);
    estimate.mean = 0.019;
    assert_int_equal(bench_compare_stats_blocks_needed(&draws, &estimate, 0.02, 0.05), 0);
    bench_compare_draws_fini(&draws);
}

static void
test_draws_are_the_same_every_time(void **state) {
    struct bench_compare_draws one, other;

    (void)state;
    assert_int_equal(bench_compare_draws_init(&one, 7, 1000, 0.95), 0);
    assert_int_equal(bench_compare_draws_init(&other, 7, 1000, 0.95), 0);
    assert_memory_equal(one.times, other.times, 7 * 1000 * sizeof *one.times);
    for (size_t i = 0; i < 1000; i++) {
        float sum = 0;
        for (size_t k = 0; k < 7; k++)
            sum += one.times[k * 1000 + i];
        assert_float_equal(sum, 7, 0);
    }
    bench_compare_draws_fini(&one);
    bench_compare_draws_fini(&other);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest script[] = {
        cmocka_unit_test(test_golden_file_is_what_its_script_prints),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics_are_those_of_scipy),
        cmocka_unit_test(test_equal_sides_are_called_unequal_three_to_six_times_in_a_hundred),
        cmocka_unit_test(test_equal_sides_with_odd_noise_are_hardly_more_often_called_unequal),
        cmocka_unit_test(test_tenth_more_is_found_in_ten_blocks),
        cmocka_unit_test(test_blocks_without_scatter_have_the_sign_tests_p),
        cmocka_unit_test(test_median_is_in_the_middle),
        cmocka_unit_test(test_blocks_needed_are_about_what_it_takes),
        cmocka_unit_test(test_draws_are_the_same_every_time),
    };

    if (argc > 1) {
        python = argv[1];
        return cmocka_run_group_tests_name("bench/compare_golden", script, NULL, NULL);
    }
    return cmocka_run_group_tests_name("bench/compare_stats", tests, NULL, NULL);
}
