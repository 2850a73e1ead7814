/* SPDX-License-Identifier: MIT
 *
 * rng_test.c: the sequence is fixed for ever, seeds are apart, and draws are evenly spread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workloads/rng.h"

static void
test_rng_sequence_never_changes(void **state) {
    struct wl_rng rng;
    uint64_t folded = 0;

    (void)state;
    wl_rng_init(&rng, 1);
    for (int i = 0; i < 1000; i++)
        folded = folded * 31 + wl_rng_next(&rng);
    assert_true(folded == UINT64_C(0x807942c32ad0ebe3));
}

/* The state that the authors' own test of xoshiro256** starts from: 1, 2, 3, 4. */
static void
test_rng_is_xoshiro256_starstar(void **state) {
    static const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240)};
    struct wl_rng rng = {{1, 2, 3, 4}};

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_true(wl_rng_next(&rng) == expected[i]);
}

static void
test_rng_seeds_and_streams_are_apart(void **state) {
    struct wl_rng one, other;

    (void)state;
    wl_rng_init(&one, 0);
    wl_rng_init(&other, 1);
    assert_true(wl_rng_next(&one) != wl_rng_next(&other));
    assert_true(wl_rng_derive(1, 2) != wl_rng_derive(2, 1));
    assert_true(wl_rng_derive(7, 0) != wl_rng_derive(7, 1));
    assert_true(wl_rng_derive(7, 1) == wl_rng_derive(7, 1));
}

static void
test_rng_below_fills_every_slot_evenly(void **state) {
    enum {
        SLOTS = 10,
        DRAWS = 100000
    };
    int counts[SLOTS] = {0};
    struct wl_rng rng;

    (void)state;
    wl_rng_init(&rng, 42);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t slot = wl_rng_below(&rng, SLOTS);
        assert_in_range(slot, 0, SLOTS - 1);
        counts[slot]++;
    }
    for (int i = 0; i < SLOTS; i++)
        assert_in_range(counts[i], DRAWS / SLOTS - 500, DRAWS / SLOTS + 500);
}

static void
test_rng_unit_stays_below_one_and_averages_a_half(void **state) {
    enum {
        DRAWS = 100000
    };
    struct wl_rng rng;
    double sum = 0;

    (void)state;
    wl_rng_init(&rng, 42);
    for (int i = 0; i < DRAWS; i++) {
        double unit = wl_rng_unit(&rng);
        assert_true(unit >= 0 && unit < 1);
        sum += unit;
    }
    assert_true(sum / DRAWS > 0.495 && sum / DRAWS < 0.505);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rng_sequence_never_changes),
        cmocka_unit_test(test_rng_is_xoshiro256_starstar),
        cmocka_unit_test(test_rng_seeds_and_streams_are_apart),
        cmocka_unit_test(test_rng_below_fills_every_slot_evenly),
        cmocka_unit_test(test_rng_unit_stays_below_one_and_averages_a_half),
    };
    return cmocka_run_group_tests_name("workloads/rng", tests, NULL, NULL);
}
