/* SPDX-License-Identifier: MIT
 *
 * mmu_test.c: the worst window is found: by hand, and against every window there is, of random pauses.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/mmu.h"
#include "workloads/rng.h"

static int
set_up(void **state) {
    struct bench_mmu *mmu = malloc(sizeof *mmu);

    if (mmu == NULL)
        return -1;
    bench_mmu_init(mmu);
    *state = mmu;
    return 0;
}

static int
tear_down(void **state) {
    free(*state);
    return 0;
}

static void
assert_least(const struct bench_mmu *mmu, uint64_t window_ns, uint64_t whole_ns, double expected) {
    double least = bench_mmu_least(mmu, window_ns, whole_ns);
    if (fabs(least - expected) > 1e-9)
        fail_msg("%llu of %llu ns: %.9f, not %.9f", (unsigned long long)window_ns,
                 (unsigned long long)whole_ns, least, expected);
}

static void
test_mmu_without_a_pause_is_one(void **state) {
    assert_least(*state, 10, 100, 1);
}

static void
test_mmu_of_a_window_no_longer_than_a_pause_is_zero(void **state) {
    bench_mmu_add(*state, 50, 60);
    assert_least(*state, 10, 100, 0);
    assert_least(*state, 5, 100, 0);
    assert_least(*state, 20, 100, 0.5);
    assert_least(*state, 100, 100, 0.9);
}

/* Ten short pauses side by side are as bad as one long one; far apart they are not. */
static void
test_mmu_sees_pauses_in_a_row(void **state) {
    for (uint64_t i = 0; i < 10; i++)
        bench_mmu_add(*state, 1000 + i * 11, 1010 + i * 11);
    assert_least(*state, 109, 10000, 1 - 100.0 / 109);
    bench_mmu_init(*state);
    for (uint64_t i = 0; i < 10; i++)
        bench_mmu_add(*state, 1000 + i * 500, 1010 + i * 500);
    assert_least(*state, 109, 10000, 1 - 10.0 / 109);
}

static void
test_mmu_windows_stay_within_the_run(void **state) {
    bench_mmu_add(*state, 0, 5);
    bench_mmu_add(*state, 95, 100);
    assert_least(*state, 50, 100, 0.9);
    assert_least(*state, 100, 100, 0.9);
}

/* Each nanosecond is paused or not, and each window is added up. */
static double
by_force(const unsigned char *paused, uint64_t window, uint64_t whole) {
    uint64_t most = 0;

    for (uint64_t begin = 0; begin + window <= whole; begin++) {
        uint64_t sum = 0;
        for (uint64_t t = begin; t < begin + window; t++)
            sum += paused[t];
        most = sum > most ? sum : most;
    }
    return 1 - (double)most / (double)window;
}

static void
test_mmu_is_the_worst_of_all_windows(void **state) {
    enum {
        WHOLE = 300
    };
    struct wl_rng rng;

    wl_rng_init(&rng, 11);
    for (int round = 0; round < 300; round++) {
        unsigned char paused[WHOLE] = {0};
        uint64_t longest = 1 + wl_rng_below(&rng, 40), apart = 1 + wl_rng_below(&rng, 60), t = 0;
        bench_mmu_init(*state);
        for (;;) {
            uint64_t begin = t + wl_rng_below(&rng, apart);
            uint64_t end = begin + wl_rng_below(&rng, longest + 1);
            if (end > WHOLE)
                break;
            bench_mmu_add(*state, begin, end);
            for (t = begin; t < end; t++)
                paused[t] = 1;
        }
        for (uint64_t window = 1; window <= WHOLE; window += 1 + wl_rng_below(&rng, 20))
            assert_least(*state, window, WHOLE, by_force(paused, window, WHOLE));
    }
}

/* More pauses than there is room for: nothing is lost, and only the edges of a window are blurred. */
static void
test_mmu_of_very_many_pauses_is_close(void **state) {
    const struct bench_mmu *mmu = *state;
    const uint64_t count = 3 * BENCH_MMU_KEPT + 17;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++)
        bench_mmu_add(*state, i * 1000, i * 1000 + (i == 30000 ? 900 : 100));
    assert_true(mmu->count <= BENCH_MMU_KEPT && mmu->of == 4);
    for (size_t i = 0; i < mmu->count; i++)
        sum += mmu->stretches[i].paused_ns;
    assert_int_equal(sum, count * 100 + 800);
    double least = bench_mmu_least(mmu, 1000000, count * 1000);
    assert_true(fabs(least - (1 - (100 * 1000 + 800) / 1e6)) < 4 * 1000 / 1e6);
}

static void
test_mmu_windows_rise_from_a_millisecond_to_a_second(void **state) {
    (void)state;
    assert_int_equal(bench_mmu_windows_ns[0], 1000000);
    assert_int_equal(bench_mmu_windows_ns[BENCH_MMU_WINDOWS - 1], 1000000000);
    for (size_t i = 1; i < BENCH_MMU_WINDOWS; i++)
        assert_true(bench_mmu_windows_ns[i] > bench_mmu_windows_ns[i - 1]);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_mmu_without_a_pause_is_one),
        UNIT(test_mmu_of_a_window_no_longer_than_a_pause_is_zero),
        UNIT(test_mmu_sees_pauses_in_a_row),
        UNIT(test_mmu_windows_stay_within_the_run),
        UNIT(test_mmu_is_the_worst_of_all_windows),
        UNIT(test_mmu_of_very_many_pauses_is_close),
        UNIT(test_mmu_windows_rise_from_a_millisecond_to_a_second),
    };
    return cmocka_run_group_tests_name("bench/mmu", tests, NULL, NULL);
}
