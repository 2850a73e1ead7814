/* SPDX-License-Identifier: MIT
 *
 * steady_test.c: what drifts or warms up is found, and noise of many kinds hardly ever is taken for it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/steady.h"

enum {
    SPANS = BENCH_STEADY_SPANS,
    RUNS = 1000
};

/* ---- Made-up series ------------------------------------------------------------------------------------ */

/* From 0 to 1, neither of them. */
static double
draw(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(*seed >> 11) + 0.5) / 9007199254740992.0;
}

static double
draw_normal(uint64_t *seed) {
    double length = sqrt(-2 * log(draw(seed)));
    return length * cos(6.283185307179586 * draw(seed));
}

typedef double (*noise_fn)(uint64_t *seed, int span);

static double
calm(uint64_t *seed, int span) {
    (void)span;
    return 1 + 0.03 * draw_normal(seed);
}

static double
wide(uint64_t *seed, int span) {
    (void)span;
    return exp(0.3 * draw_normal(seed));
}

static double
skewed(uint64_t *seed, int span) {
    (void)span;
    return 1 - 0.5 * log(draw(seed));
}

static double
spiked(uint64_t *seed, int span) {
    return draw(seed) < 0.1 ? 5 : calm(seed, span);
}

/* A full collection in each seventh span. */
static double
periodic(uint64_t *seed, int span) {
    return calm(seed, span) * (span % 7 == 3 ? 2 : 1);
}

/* Whole nanoseconds of short operations. */
static double
coarse(uint64_t *seed, int span) {
    return floor(20 * calm(seed, span));
}

static const noise_fn noises[] = {calm, wide, skewed, spiked, periodic, coarse};

enum {
    NOISES = sizeof noises / sizeof noises[0]
};

/* A line from 1 to 1 + drift, of which the first `slow` spans are `times` as slow. */
static struct bench_steady
judge(noise_fn noise, uint64_t seed, int spans, double drift, int slow, double times) {
    double pace[SPANS];
    struct bench_steady steady;

    seed = seed * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < spans; i++)
        pace[i] = 1000 * noise(&seed, i) * (1 + drift * i / (spans - 1)) * (i < slow ? times : 1);
    assert_true(bench_steady_judge(pace, (size_t)spans, &steady));
    return steady;
}

/* ---- The claims ---------------------------------------------------------------------------------------- */

static void
test_steady_noise_is_taken_for_something_less_than_once_in_twenty(void **state) {
    static const int spans[] = {SPANS, 33, BENCH_STEADY_SPANS_LEAST};

    (void)state;
    for (size_t length = 0; length < sizeof spans / sizeof spans[0]; length++)
        for (size_t noise = 0; noise < NOISES; noise++) {
            int alarms = 0;
            for (uint64_t run = 1; run <= RUNS; run++) {
                struct bench_steady steady = judge(noises[noise], run, spans[length], 0, 0, 1);
                alarms += steady.drifts || steady.warmup > 0;
            }
            if (alarms >= RUNS / 20)
                fail_msg("noise %zu over %d spans: %d alarms in %d runs", noise, spans[length],
                         alarms, RUNS);
        }
}

static void
test_steady_slowing_down_by_12_percent_is_found_and_measured(void **state) {
    static const noise_fn some[] = {calm, spiked, periodic};

    (void)state;
    for (size_t noise = 0; noise < 3; noise++) {
        int found = 0;
        for (uint64_t run = 1; run <= RUNS; run++) {
            struct bench_steady steady = judge(some[noise], run, SPANS, 0.12, 0, 1);
            found += steady.drifts && steady.drift > 0.08 && steady.drift < 0.16;
        }
        if (found < RUNS * 95 / 100)
            fail_msg("noise %zu: found in %d of %d runs", noise, found, RUNS);
    }
}

static void
test_steady_speeding_up_all_along_is_no_warm_up(void **state) {
    int found = 0;

    (void)state;
    for (uint64_t run = 1; run <= RUNS; run++) {
        struct bench_steady steady = judge(calm, run, SPANS, -0.5, 0, 1);
        found += steady.drifts && steady.warmup == 0 && fabs(steady.drift + 0.5) < 0.05;
    }
    assert_in_range(found, RUNS * 95 / 100, RUNS);
}

static void
test_steady_slow_beginning_is_a_warm_up_of_that_length(void **state) {
    (void)state;
    for (int slow = 2; slow <= SPANS / 3; slow += 5) {
        int found = 0;
        for (uint64_t run = 1; run <= RUNS; run++) {
            struct bench_steady steady = judge(calm, run, SPANS, 0, slow, 1.5);
            found += !steady.drifts && fabs(steady.warmup - (double)slow / SPANS) < 0.02;
        }
        if (found < RUNS * 95 / 100)
            fail_msg("%d slow spans: found in %d of %d runs", slow, found, RUNS);
    }
}

static void
test_steady_growth_of_many_times_is_slowing_down(void **state) {
    double pace[SPANS];
    struct bench_steady steady;

    (void)state;
    for (int i = 0; i < SPANS; i++)
        pace[i] = pow(1.2, i);
    assert_true(bench_steady_judge(pace, SPANS, &steady));
    assert_true(steady.drifts && steady.drift > 10 && steady.warmup == 0);
}

static void
test_steady_few_spans_are_not_judged(void **state) {
    double pace[BENCH_STEADY_SPANS_LEAST] = {0};
    struct bench_steady steady;

    (void)state;
    assert_false(bench_steady_judge(pace, BENCH_STEADY_SPANS_LEAST - 1, &steady));
    assert_true(bench_steady_judge(pace, BENCH_STEADY_SPANS_LEAST, &steady));
    assert_false(steady.drifts || steady.warmup > 0 || isnan(steady.drift)); /* all are 0 */
}

static void
test_steady_verdict_in_words(void **state) {
    char text[BENCH_STEADY_TEXT_BYTES];

    (void)state;
    assert_string_equal(bench_steady_text(&(struct bench_steady){0.04, 0, false}, text), "steady");
    assert_string_equal(bench_steady_text(&(struct bench_steady){0.12, 0, true}, text),
                        "slows down by 12 % over the run");
    assert_string_equal(bench_steady_text(&(struct bench_steady){-0.5, 0, true}, text),
                        "speeds up by 50 % over the run");
    assert_string_equal(bench_steady_text(&(struct bench_steady){0.01, 0.078, false}, text),
                        "warm-up in the first 8 %");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_noise_is_taken_for_something_less_than_once_in_twenty),
        cmocka_unit_test(test_steady_slowing_down_by_12_percent_is_found_and_measured),
        cmocka_unit_test(test_steady_speeding_up_all_along_is_no_warm_up),
        cmocka_unit_test(test_steady_slow_beginning_is_a_warm_up_of_that_length),
        cmocka_unit_test(test_steady_growth_of_many_times_is_slowing_down),
        cmocka_unit_test(test_steady_few_spans_are_not_judged),
        cmocka_unit_test(test_steady_verdict_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
