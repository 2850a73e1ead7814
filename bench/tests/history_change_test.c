/* SPDX-License-Identifier: MIT
 *
 * history_change_test.c: changes of level are found where they were planted and nowhere else; Q and p are what their
 * definitions give by trying all splits, ends and orders.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/history/change.h"
#include "workloads/rng.h"

enum {
    RUNS = 30,
    LEAST = BENCH_HISTORY_CHANGE_LEAST
};

struct found {
    struct bench_history_change *changes;
    size_t count;
};

static struct found
find(const double *values, size_t count, double floor) {
    struct found found;
    assert_int_equal(bench_history_change_find(values, count, floor, &found.changes, &found.count),
                     0);
    return found;
}

/* Normal, by Box and Muller. */
static double
draw_noise(struct wl_rng *rng) {
    double radius = sqrt(-2 * log(1 - wl_rng_unit(rng)));
    return radius * cos(6.283185307179586 * wl_rng_unit(rng));
}

/* Noise of `noise`, all from `at` on greater by `shift`. */
static void
draw_series(struct wl_rng *rng, double noise, size_t at, double shift, double *ret_values) {
    for (size_t i = 0; i < RUNS; i++)
        ret_values[i] = 1e6 * exp(noise * draw_noise(rng)) * (i >= at ? 1 + shift : 1);
}

/* ---- By the definitions ------------------------------------------------------------------------ */

static double
mean_of(const double *ranks, size_t begin, size_t end) {
    double sum = 0;
    for (size_t i = begin; i < end; i++)
        sum += ranks[i];
    return sum / (double)(end - begin);
}

static double
scan_plainly(const double *ranks, size_t count, size_t *ret_at) {
    double best = 0;
    *ret_at = 0;
    for (size_t at = LEAST; at + LEAST <= count; at++)
        for (size_t end = at + LEAST; end <= count; end++) {
            double a = (double)at, b = (double)(end - at);
            double difference = mean_of(ranks, 0, at) - mean_of(ranks, at, end);
            double q = a * b / (a + b) * difference * difference;
            if (q > best * (1 + 1e-12)) {
                best = q;
                *ret_at = at;
            }
        }
    return best;
}

static void
test_scan_gives_the_greatest_of_all_splits_and_ends(void **state) {
    struct wl_rng rng;
    (void)state;
    wl_rng_init(&rng, 1);
    for (int round = 0; round < 300; round++) {
        double values[40], ranks[40];
        size_t count = wl_rng_below(&rng, 41), at, plain_at;
        for (size_t i = 0; i < count; i++)
            values[i] = wl_rng_below(&rng, round % 2 ? 8 : 1u << 30);
        assert_int_equal(bench_history_change_rank(values, count, ranks), 0);
        double q = bench_history_change_scan(ranks, count, &at);
        double plain = scan_plainly(ranks, count, &plain_at);
        assert_true(fabs(q - plain) <= 1e-9 * plain);
        assert_true(at == plain_at || fabs(q - plain) <= 1e-9 * plain);
        if (count < 2 * LEAST)
            assert_int_equal(at, 0);
    }
}

/* How many of the orders of `ranks` from `fixed` on have a Q of at least `found`. */
static unsigned
count_orders(double *ranks, size_t count, size_t fixed, double found) {
    size_t at;
    unsigned orders = 0;
    if (fixed == count)
        return scan_plainly(ranks, count, &at) >= found * (1 - 1e-9);
    for (size_t i = fixed; i < count; i++) {
        double kept = ranks[fixed];
        ranks[fixed] = ranks[i];
        ranks[i] = kept;
        orders += count_orders(ranks, count, fixed + 1, found);
        ranks[i] = ranks[fixed];
        ranks[fixed] = kept;
    }
    return orders;
}

/* Of ten values with ties so many orders are alike that all of them can be tried: 10!/(5! 5!) = 252, each weighing the
 * same. */
static void
test_p_is_the_share_of_orders_that_look_so_different(void **state) {
    static const double values[] = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2};
    double ranks[10];
    size_t at;
    unsigned as_great = 0, orders = 0;
    (void)state;
    assert_int_equal(bench_history_change_rank(values, 10, ranks), 0);
    double found = scan_plainly(ranks, 10, &at);
    assert_int_equal(at, 5);
    for (unsigned set = 0; set < 1u << 10; set++) {
        double order[10];
        if (__builtin_popcount(set) != 5)
            continue;
        for (unsigned i = 0; i < 10; i++)
            order[i] = set >> i & 1 ? 8 : 3;
        as_great += scan_plainly(order, 10, &at) >= found * (1 - 1e-9);
        orders++;
    }
    struct found result = find(values, 10, 0);
    assert_int_equal(orders, 252);
    assert_int_equal(result.count, 1);
    double p = as_great / (double)orders;
    assert_true(fabs(result.changes[0].p - p) < 4 * sqrt(p / BENCH_HISTORY_CHANGE_SHUFFLES));
    free(result.changes);
}

/* All 40,320 orders of eight values: a segment so short cannot have a change, which is why it is not looked at. */
static void
test_fewer_runs_than_the_least_cannot_show_a_change(void **state) {
    double ranks[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const double values[] = {1, 1.1, 1.2, 1.3, 9, 9.1, 9.2, 9.3, 9.4};
    size_t at;
    (void)state;
    double found = scan_plainly(ranks, 7, &at);
    unsigned as_great = count_orders(ranks, 7, 0, found);
    assert_true(as_great / 5040.0 > BENCH_HISTORY_CHANGE_LUCK);
    struct found result = find(values, 9, 0);
    assert_int_equal(result.count, 0);
    free(result.changes);
}

/* ---- Simulated --------------------------------------------------------------------------------- */

static void
test_planted_shift_is_found_where_it_is(void **state) {
    struct wl_rng rng;
    unsigned located = 0, extra = 0;
    (void)state;
    wl_rng_init(&rng, 2);
    for (int i = 0; i < 100; i++) {
        double values[RUNS];
        size_t at = 8 + wl_rng_below(&rng, 15);
        draw_series(&rng, 0.01 + 0.01 * wl_rng_unit(&rng), at, i % 2 ? 0.05 : -0.05, values);
        struct found found = find(values, RUNS, 0.01);
        for (size_t k = 0; k < found.count; k++) {
            size_t where = found.changes[k].at;
            located += where + 1 >= at && where <= at + 1;
            extra += where + 1 < at || where > at + 1;
        }
        free(found.changes);
    }
    if (located < 95 || extra > 8)
        fail_msg("%u of 100 within one run, %u elsewhere", located, extra);
}

static void
test_series_without_a_change_seldom_seems_to_have_one(void **state) {
    struct wl_rng rng;
    unsigned seeming = 0;
    (void)state;
    wl_rng_init(&rng, 3);
    for (int i = 0; i < 500; i++) {
        double values[RUNS];
        draw_series(&rng, 0.015, 0, 0, values);
        struct found found = find(values, RUNS, 0);
        seeming += found.count > 0;
        free(found.changes);
    }
    if (seeming > 30)
        fail_msg("%u of 500, more than 6 %%", seeming);
    assert_true(seeming > 0); /* or it would never find any */
}

/* A wild value changes nothing but its own rank. */
static void
test_single_outlier_is_no_change(void **state) {
    struct wl_rng rng;
    unsigned seeming = 0, at_outlier = 0;
    (void)state;
    wl_rng_init(&rng, 4);
    for (int i = 0; i < 200; i++) {
        double values[RUNS];
        size_t wild = wl_rng_below(&rng, RUNS);
        draw_series(&rng, 0.015, 0, 0, values);
        values[wild] *= i % 2 ? 10 : 0.1;
        struct found found = find(values, RUNS, 0.01);
        for (size_t k = 0; k < found.count; k++)
            at_outlier += found.changes[k].at == wild || found.changes[k].at == wild + 1;
        seeming += found.count > 0;
        free(found.changes);
    }
    if (seeming > 12 || at_outlier > 4)
        fail_msg("%u of 200, %u of them at the outlier", seeming, at_outlier);
}

static void
test_change_that_was_undone_is_two(void **state) {
    struct wl_rng rng;
    double values[60];
    (void)state;
    wl_rng_init(&rng, 5);
    for (size_t i = 0; i < 60; i++)
        values[i] = (i >= 40 && i < 47 ? 1.1 : 1) * (1 + 0.01 * draw_noise(&rng));
    struct found found = find(values, 60, 0.01);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.changes[0].at, 40);
    assert_int_equal(found.changes[1].at, 47);
    assert_true(found.changes[0].after > 1.08 && found.changes[0].before < 1.02);
    assert_true(found.changes[1].after < 1.02);
    free(found.changes);
}

static void
test_change_below_the_floor_is_none(void **state) {
    double values[RUNS];
    (void)state;
    for (size_t i = 0; i < RUNS; i++)
        values[i] = 1000 + (double)(i % 3) + (i < 15 ? 0 : 8);
    struct found found = find(values, RUNS, 0.01);
    assert_int_equal(found.count, 0);
    free(found.changes);
    found = find(values, RUNS, 0.005);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.changes[0].at, 15);
    assert_true(found.changes[0].before == 1001 && found.changes[0].after == 1009);
    free(found.changes);
}

static void
test_empty_and_constant_series_have_no_change(void **state) {
    double values[RUNS];
    (void)state;
    for (size_t i = 0; i < RUNS; i++)
        values[i] = 7;
    for (size_t count = 0; count <= RUNS; count += 15) {
        struct found found = find(values, count, 0);
        assert_int_equal(found.count, 0);
        free(found.changes);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_gives_the_greatest_of_all_splits_and_ends),
        cmocka_unit_test(test_p_is_the_share_of_orders_that_look_so_different),
        cmocka_unit_test(test_fewer_runs_than_the_least_cannot_show_a_change),
        cmocka_unit_test(test_planted_shift_is_found_where_it_is),
        cmocka_unit_test(test_series_without_a_change_seldom_seems_to_have_one),
        cmocka_unit_test(test_single_outlier_is_no_change),
        cmocka_unit_test(test_change_that_was_undone_is_two),
        cmocka_unit_test(test_change_below_the_floor_is_none),
        cmocka_unit_test(test_empty_and_constant_series_have_no_change),
    };
    return cmocka_run_group_tests_name("history change", tests, NULL, NULL);
}
