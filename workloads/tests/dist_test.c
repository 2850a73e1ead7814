/* SPDX-License-Identifier: MIT
 *
 * dist_test.c: draws keep to their bounds, and to the means that the laws promise.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/dist.h"

enum {
    DRAWS = 200000
};

static void
assert_near(double value, double expected, double share) {
    if (value < expected * (1 - share) || value > expected * (1 + share))
        fail_msg("%f is not within %f of %f", value, share, expected);
}

static void
test_dist_uniform_reaches_both_ends_and_its_mean(void **state) {
    struct wl_rng rng;
    double sum = 0;
    int lows = 0, highs = 0;

    (void)state;
    wl_rng_init(&rng, 1);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t value = wl_dist_uniform(&rng, 3, 12);
        assert_in_range(value, 3, 12);
        lows += value == 3;
        highs += value == 12;
        sum += value;
    }
    assert_near(lows, DRAWS / 10.0, 0.05);
    assert_near(highs, DRAWS / 10.0, 0.05);
    assert_near(sum / DRAWS, wl_dist_uniform_mean(3, 12), 0.01);
}

static void
test_dist_geometric_has_its_mean_and_halves_steadily(void **state) {
    struct wl_rng rng;
    double sum = 0;
    int zeros = 0, ones = 0;

    (void)state;
    wl_rng_init(&rng, 2);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t value = wl_dist_geometric(&rng, 1);
        zeros += value == 0;
        ones += value == 1;
        sum += value;
    }
    assert_near(sum / DRAWS, 1, 0.02);
    assert_near(zeros, DRAWS / 2.0, 0.02);
    assert_near(ones, DRAWS / 4.0, 0.02);
}

/* The sum of squares over what is expected, of numbers that are expected ten times or more; the rest are one. */
static void
check_zipf(uint32_t count, double skew, uint64_t seed) {
    static uint32_t counts[5000];
    struct wl_dist_zipf zipf;
    struct wl_rng rng;
    double whole = 0, squares = 0, left = DRAWS, left_drawn = DRAWS;
    int freedom = 0;

    assert_true(count <= sizeof counts / sizeof counts[0]);
    for (uint32_t k = 0; k < count; k++) {
        counts[k] = 0;
        whole += pow(k + 1.0, -skew);
    }
    wl_rng_init(&rng, seed);
    wl_dist_zipf_init(&zipf, count, skew);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t drawn = wl_dist_zipf_draw(&zipf, &rng);
        assert_true(drawn < count);
        counts[drawn]++;
    }
    for (uint32_t k = 0; k < count; k++) {
        double expected = pow(k + 1.0, -skew) / whole * DRAWS;
        if (expected < 10)
            continue;
        squares += (counts[k] - expected) * (counts[k] - expected) / expected;
        left -= expected;
        left_drawn -= counts[k];
        freedom++;
    }
    if (left >= 10)
        squares += (left_drawn - left) * (left_drawn - left) / left;
    /* Five of its standard deviations. */
    if (squares > freedom + 5 * sqrt(2.0 * freedom + 1))
        fail_msg("%u numbers, skew %f: %f with %d degrees of freedom", count, skew, squares,
                 freedom);
}

static void
test_dist_zipf_draws_each_number_as_often_as_the_law_says(void **state) {
    static const double skews[] = {0, 0.5, 0.99, 1, 1.0000001, 1.2, 2, 8};
    static const uint32_t counts[] = {1, 2, 3, 10, 1000, 5000};

    (void)state;
    for (size_t s = 0; s < sizeof skews / sizeof skews[0]; s++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
            check_zipf(counts[c], skews[s], s * 10 + c);
}

static void
test_dist_table_draws_by_weight(void **state) {
    static const struct wl_dist_row rows[] = {{10, 1}, {20, 0}, {30, 7}, {40, 2}};
    struct wl_dist_table table;
    struct wl_rng rng;
    int counts[5] = {0};

    (void)state;
    wl_dist_table_init(&table, rows, 4);
    wl_rng_init(&rng, 3);
    for (int i = 0; i < DRAWS; i++)
        counts[wl_dist_table_draw(&table, &rng) / 10]++;
    assert_int_equal(counts[2], 0);
    assert_near(counts[1], DRAWS * 0.1, 0.03);
    assert_near(counts[3], DRAWS * 0.7, 0.01);
    assert_near(counts[4], DRAWS * 0.2, 0.03);
}

static void
test_dist_table_of_one_row_gives_that_row(void **state) {
    static const struct wl_dist_row row = {99, 5};
    struct wl_dist_table table;
    struct wl_rng rng;

    (void)state;
    wl_dist_table_init(&table, &row, 1);
    wl_rng_init(&rng, 3);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(wl_dist_table_draw(&table, &rng), 99);
}

static void
test_dist_python_sizes_fit_a_table_and_have_their_mean(void **state) {
    size_t count;
    const struct wl_dist_row *rows = wl_dist_python_sizes(&count);
    struct wl_dist_table table;
    struct wl_rng rng;
    double sum = 0;

    (void)state;
    assert_in_range(count, 1, WL_DIST_TABLE_ROWS);
    for (size_t i = 1; i < count; i++)
        assert_true(rows[i - 1].value < rows[i].value);
    wl_dist_table_init(&table, rows, count);
    wl_rng_init(&rng, 4);
    for (int i = 0; i < DRAWS; i++)
        sum += wl_dist_table_draw(&table, &rng);
    assert_near(sum / DRAWS, wl_dist_table_mean(rows, count), 0.03);
}

static void
test_dist_mix_has_what_lives_long_more_often_alive_than_born(void **state) {
    struct wl_dist_mix mix;
    struct wl_rng rng;
    double born = 0, living = 0, deviation;

    (void)state;
    assert_int_equal(wl_dist_mix_parse(&mix, " 10:9/1000:1:9 / ", NULL), 0);
    assert_int_equal(mix.count, 2);
    assert_true(mix.has_lives);
    assert_true(wl_dist_mix_mean(&mix, &deviation) == 505);
    assert_near(deviation, 495, 1e-9);
    wl_rng_init(&rng, 5);
    for (int i = 0; i < DRAWS; i++) {
        born += wl_dist_table_draw(&mix.born, &rng);
        living += wl_dist_table_draw(&mix.living, &rng);
    }
    assert_near(born, DRAWS * 0.1, 0.05);
    assert_near(living, DRAWS * 0.5, 0.05);
}

static void
test_dist_mix_of_a_table_without_lives_is_that_table(void **state) {
    size_t count;
    const struct wl_dist_row *rows = wl_dist_python_sizes(&count);
    struct wl_dist_mix mix;
    double deviation;

    (void)state;
    wl_dist_mix_init(&mix, rows, count);
    assert_false(mix.has_lives);
    assert_near(wl_dist_mix_mean(&mix, &deviation), wl_dist_table_mean(rows, count), 1e-9);
}

static void
test_dist_mix_refuses_what_is_no_table(void **state) {
    static const char *const wrong[] = {
        "",     " ",      "64",    "64:",     "64:0",      "0:1",      "64:1:0", "64:1:101",
        "64:x", "64:1,2", ":64:1", "64:1:1:", "1048577:1", "64:10001", "64:1 x", "99999999999:1",
    };
    char why_data[256], many[2048] = "";
    struct rt_text why;
    struct wl_dist_mix mix;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(wl_dist_mix_parse(&mix, wrong[i], NULL), -EINVAL);
    rt_text_init(&why, why_data, sizeof why_data);
    assert_int_equal(wl_dist_mix_parse(&mix, "64:1 32:2:x", &why), -EINVAL);
    assert_non_null(strstr(why_data, "row 2 of the table is not size:weight"));
    for (int i = 0; i < WL_DIST_TABLE_ROWS; i++)
        strcat(many, "1048576:10000:100 ");
    assert_int_equal(wl_dist_mix_parse(&mix, many, NULL), 0);
    strcat(many, "1:1");
    assert_int_equal(wl_dist_mix_parse(&mix, many, NULL), -EINVAL);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dist_uniform_reaches_both_ends_and_its_mean),
        cmocka_unit_test(test_dist_geometric_has_its_mean_and_halves_steadily),
        cmocka_unit_test(test_dist_zipf_draws_each_number_as_often_as_the_law_says),
        cmocka_unit_test(test_dist_table_draws_by_weight),
        cmocka_unit_test(test_dist_table_of_one_row_gives_that_row),
        cmocka_unit_test(test_dist_python_sizes_fit_a_table_and_have_their_mean),
        cmocka_unit_test(test_dist_mix_has_what_lives_long_more_often_alive_than_born),
        cmocka_unit_test(test_dist_mix_of_a_table_without_lives_is_that_table),
        cmocka_unit_test(test_dist_mix_refuses_what_is_no_table),
    };
    return cmocka_run_group_tests_name("workloads/dist", tests, NULL, NULL);
}
