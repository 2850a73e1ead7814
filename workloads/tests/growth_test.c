/* SPDX-License-Identifier: MIT
 *
 * growth_test.c: the rule finds what grows, by how much, and is silent on what does not: made-up series of all
 * lengths.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/growth.h"
#include "workloads/rng.h"

enum {
    ROUNDS_LAST = 200
};

struct trial {
    struct wl_rng rng;
    int64_t rounds, span; /* what is watched is four of them */
    int64_t a, b, c;      /* what the law is about */
};

typedef int64_t (*law_fn)(struct trial *trial, int64_t round);

static int64_t
draw(struct trial *trial, int64_t low, int64_t high) {
    return low + wl_rng_below(&trial->rng, (uint32_t)(high - low + 1));
}

/* NAN: silent. */
static double
judge(struct trial *trial, law_fn law) {
    static struct wl_growth growth;
    struct wl_growth_finding finding;

    wl_growth_init(&growth);
    for (int64_t round = 0; round < trial->rounds; round++) {
        wl_growth_add(&growth, "still", 7);
        wl_growth_add(&growth, "thing", law(trial, round));
        wl_growth_end_round(&growth);
    }
    size_t found = wl_growth_find(&growth, &finding, 1);
    assert_true(found <= 1);
    if (found == 0)
        return NAN;
    assert_string_equal(finding.name, "thing");
    return finding.a_round;
}

static struct trial
begin_trial(uint64_t seed, int64_t rounds) {
    struct trial trial = {.rounds = rounds};
    int64_t watched = rounds - (rounds + 3) / 4;

    trial.span = (watched < 64 ? watched : 64) / 4;
    wl_rng_init(&trial.rng, seed);
    return trial;
}

static void
assert_found(struct trial *trial, law_fn law, double least, double most, const char *what) {
    double a_round = judge(trial, law);
    if (!(a_round >= least && a_round <= most))
        fail_msg("%s, %lld rounds, a %lld b %lld c %lld: %f a round, not %f to %f", what,
                 (long long)trial->rounds, (long long)trial->a, (long long)trial->b,
                 (long long)trial->c, a_round, least, most);
}

static void
assert_silent(struct trial *trial, law_fn law, const char *what) {
    double a_round = judge(trial, law);
    if (!isnan(a_round))
        fail_msg("%s, %lld rounds, a %lld b %lld c %lld: %f a round, should be silent", what,
                 (long long)trial->rounds, (long long)trial->a, (long long)trial->b,
                 (long long)trial->c, a_round);
}

/* ---- What grows --------------------------------------------------------------------------------- */

static int64_t
line(struct trial *trial, int64_t round) {
    return trial->b + trial->a * round;
}

static void
test_growth_says_by_how_much_what_grows_evenly(void **state) {
    (void)state;
    for (int64_t rounds = WL_GROWTH_ROUNDS_LEAST; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial((uint64_t)rounds, rounds);
        trial.a = draw(&trial, 1, 100000);
        trial.b = draw(&trial, 0, 1000000);
        assert_found(&trial, line, (double)trial.a, (double)trial.a, "line");
    }
}

/* Noise of up to a seventh of what a span adds. */
static int64_t
noisy_line(struct trial *trial, int64_t round) {
    return trial->a * round + draw(trial, 0, trial->a * trial->span / 7);
}

static void
test_growth_sees_through_noise(void **state) {
    (void)state;
    for (int64_t rounds = 22; rounds <= ROUNDS_LAST; rounds++)
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct trial trial = begin_trial(seed, rounds);
            trial.a = draw(&trial, 7, 1000);
            double off = (double)trial.a / 21 + 1;
            assert_found(&trial, noisy_line, (double)trial.a - off, (double)trial.a + off, "noise");
        }
}

/* b rounds add nothing, then one adds a. */
static int64_t
stairs(struct trial *trial, int64_t round) {
    return round / trial->b * trial->a;
}

static void
test_growth_finds_what_grows_once_in_a_while(void **state) {
    (void)state;
    for (int64_t rounds = 24; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        trial.a = 1;
        for (trial.b = 1; trial.b <= trial.span; trial.b++)
            assert_found(&trial, stairs, 0.5 / (double)trial.b, 1.5 / (double)trial.b, "stairs");
    }
}

static int64_t
square(struct trial *trial, int64_t round) {
    (void)trial;
    return round * round;
}

static void
test_growth_finds_what_grows_ever_faster(void **state) {
    (void)state;
    for (int64_t rounds = WL_GROWTH_ROUNDS_LEAST; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        assert_found(&trial, square, 1, 2.0 * (double)rounds, "square");
    }
}

/* A cache that fills for a quarter of the rounds, a log emptied every c of them, and a leak. */
static int64_t
all_together(struct trial *trial, int64_t round) {
    int64_t filling = trial->rounds / 4, filled = round < filling ? round : filling;
    return 100 * filled + trial->b * (round % trial->c) + trial->a * round;
}

static void
test_growth_finds_a_leak_among_what_fills_and_empties(void **state) {
    (void)state;
    for (int64_t rounds = WL_GROWTH_ROUNDS_LEAST; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        trial.a = 70;
        for (trial.c = 2; trial.c <= trial.span; trial.c++) {
            trial.b = 70 * trial.span / 7 / (trial.c - 1);
            assert_found(&trial, all_together, 60, 80, "leak, cache and log");
        }
    }
}

/* ---- What does not ------------------------------------------------------------------------------ */

static int64_t
fill(struct trial *trial, int64_t round) {
    return trial->a * (round < trial->b ? round : trial->b);
}

static void
test_growth_is_silent_on_what_is_full_before_the_last_span(void **state) {
    (void)state;
    for (int64_t rounds = 1; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        trial.a = 13;
        for (trial.b = 0; trial.b < rounds - 2 * trial.span; trial.b++)
            assert_silent(&trial, fill, "full early");
        /* In the midst of the third span: what the last one adds is too little. */
        trial.b = rounds - trial.span - trial.span / 2 - 1;
        if (trial.span >= 4)
            assert_silent(&trial, fill, "full late");
    }
}

static int64_t
sawtooth(struct trial *trial, int64_t round) {
    return trial->c + trial->a * ((round + trial->c) % trial->b);
}

static void
test_growth_is_silent_on_what_is_emptied_each_span_or_sooner(void **state) {
    (void)state;
    for (int64_t rounds = 1; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        trial.a = 11;
        int64_t longest = trial.span > 0 ? trial.span : 1;
        for (trial.b = 1; trial.b <= longest; trial.b++)
            for (trial.c = 0; trial.c < trial.b; trial.c++)
                assert_silent(&trial, sawtooth, "sawtooth");
    }
}

static int64_t
slow_down(struct trial *trial, int64_t round) {
    return (int64_t)((double)trial->a * log((double)round + 1));
}

static void
test_growth_is_silent_on_what_slows_down_as_a_cache_does(void **state) {
    (void)state;
    for (int64_t rounds = WL_GROWTH_ROUNDS_LEAST; rounds <= 80; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        for (trial.a = 1000; trial.a <= 1000000; trial.a *= 10)
            assert_silent(&trial, slow_down, "logarithm");
    }
}

static int64_t
noise(struct trial *trial, int64_t round) {
    (void)round;
    return draw(trial, 0, trial->a);
}

static int64_t
line_down(struct trial *trial, int64_t round) {
    return trial->b - trial->a * round;
}

static void
test_growth_is_silent_on_what_falls_and_on_too_few_rounds(void **state) {
    (void)state;
    for (int64_t rounds = 1; rounds <= ROUNDS_LAST; rounds++) {
        struct trial trial = begin_trial(1, rounds);
        trial.b = 1000000;
        for (trial.a = 0; trial.a < 10; trial.a++)
            assert_silent(&trial, line_down, "falling");
        trial.a = 1000;
        if (rounds < WL_GROWTH_ROUNDS_LEAST)
            assert_silent(&trial, line, "too few rounds");
    }
}

/* Pure chance is not excluded: with spans of four rounds it is taken for growth once in ten thousand times. */
static void
test_growth_takes_noise_for_growth_hardly_ever(void **state) {
    int64_t alarms[2] = {0};
    const int64_t rounds[2] = {22, 43};

    (void)state;
    for (int k = 0; k < 2; k++)
        for (uint64_t seed = 0; seed < 20000; seed++) {
            struct trial trial = begin_trial(seed, rounds[k]);
            trial.a = 1000;
            alarms[k] += !isnan(judge(&trial, noise));
        }
    assert_in_range(alarms[0], 0, 4);
    assert_int_equal(alarms[1], 0);
}

/* ---- Many types --------------------------------------------------------------------------------- */

static void
test_growth_tells_the_fastest_first(void **state) {
    static struct wl_growth growth;
    struct wl_growth_finding findings[3];

    (void)state;
    wl_growth_init(&growth);
    for (int64_t round = 0; round < 24; round++) {
        static const char *const names[] = {"slow", "fast", "still", "middle", "as fast"};
        static const int64_t speeds[] = {1, 9, 0, 5, 9};
        for (size_t i = 0; i < 5; i++)
            wl_growth_add(&growth, names[i], 100 + speeds[i] * round);
        wl_growth_end_round(&growth);
    }
    assert_int_equal(wl_growth_find(&growth, findings, 3), 4);
    assert_string_equal(findings[0].name, "fast");
    assert_string_equal(findings[1].name, "as fast");
    assert_string_equal(findings[2].name, "middle");
    assert_int_equal(findings[2].now, 100 + 5 * 23);
    assert_int_equal(wl_growth_watched(&growth), 16);
    assert_int_equal(wl_growth_last(&growth, "middle"), 100 + 5 * 23);
    assert_int_equal(wl_growth_last(&growth, "unheard of"), 0);
}

static void
test_growth_leaves_out_the_types_it_has_no_room_for(void **state) {
    static struct wl_growth growth;
    struct wl_growth_finding finding;
    char name[16];

    (void)state;
    wl_growth_init(&growth);
    for (int64_t round = 0; round < 24; round++) {
        for (int i = 0; i < WL_GROWTH_TYPES_MOST + 3; i++) {
            snprintf(name, sizeof name, "type%d", i);
            wl_growth_add(&growth, name, round);
        }
        wl_growth_end_round(&growth);
    }
    assert_int_equal(wl_growth_find(&growth, &finding, 1), WL_GROWTH_TYPES_MOST);
    assert_int_equal(growth.left_out, 3 * (23 * 24 / 2));
}

static void
test_growth_counts_what_comes_piece_by_piece_and_cuts_long_names(void **state) {
    static struct wl_growth growth;
    struct wl_growth_finding finding;
    static const char long_name[] =
        "a name that is longer than any class that somebody made so far";

    (void)state;
    wl_growth_init(&growth);
    for (int64_t round = 0; round < 24; round++) {
        for (int64_t i = 0; i < round; i++) {
            wl_growth_add(&growth, long_name, 1);
            wl_growth_add(&growth, "other", 0);
        }
        wl_growth_end_round(&growth);
    }
    assert_int_equal(wl_growth_find(&growth, &finding, 1), 1);
    assert_int_equal(strlen(finding.name), WL_GROWTH_NAME_BYTES - 1);
    assert_int_equal(finding.now, 23);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth_says_by_how_much_what_grows_evenly),
        cmocka_unit_test(test_growth_sees_through_noise),
        cmocka_unit_test(test_growth_finds_what_grows_once_in_a_while),
        cmocka_unit_test(test_growth_finds_what_grows_ever_faster),
        cmocka_unit_test(test_growth_finds_a_leak_among_what_fills_and_empties),
        cmocka_unit_test(test_growth_is_silent_on_what_is_full_before_the_last_span),
        cmocka_unit_test(test_growth_is_silent_on_what_is_emptied_each_span_or_sooner),
        cmocka_unit_test(test_growth_is_silent_on_what_slows_down_as_a_cache_does),
        cmocka_unit_test(test_growth_is_silent_on_what_falls_and_on_too_few_rounds),
        cmocka_unit_test(test_growth_takes_noise_for_growth_hardly_ever),
        cmocka_unit_test(test_growth_tells_the_fastest_first),
        cmocka_unit_test(test_growth_leaves_out_the_types_it_has_no_room_for),
        cmocka_unit_test(test_growth_counts_what_comes_piece_by_piece_and_cuts_long_names),
    };
    return cmocka_run_group_tests_name("workloads/growth", tests, NULL, NULL);
}
