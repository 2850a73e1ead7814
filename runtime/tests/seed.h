/* SPDX-License-Identifier: MIT
 *
 * seed.h: randomness for property tests, and the way to have the same again.
 *
 * A run of a test program has one seed. It is GCSWEEP_SEED when that is set, and a fresh one from the
 * system otherwise, so that every run looks somewhere new. test_seed() prints it as a TAP comment
 * before it is used; a failure therefore always stands below the line that repeats it:
 *
 *     GCSWEEP_SEED=1234 build/runtime/pool_test       (or GCSWEEP_SEED=1234 ./x test pool)
 *
 * A test that draws numbers starts its own generator from the seed, never goes on with another
 * test's: then it draws the same numbers when it is run alone.
 */
#ifndef RUNTIME_TESTS_SEED_H
#define RUNTIME_TESTS_SEED_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct test_random {
    uint64_t state;
};

/* SplitMix64: any state is a good one, and two states next to each other give unlike numbers. */
static inline uint64_t
test_random_next(struct test_random *random) {
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline void
test_random_init(struct test_random *random, uint64_t seed) {
    random->state = seed;
}

/* Uniform in 0 ... n-1; n is at least 1. Draws again in the last, incomplete round of n. */
static inline uint64_t
test_random_below(struct test_random *random, uint64_t n) {
    uint64_t incomplete = (UINT64_MAX % n + 1) % n;
    uint64_t value;

    do {
        value = test_random_next(random);
    } while (value > UINT64_MAX - incomplete);
    return value % n;
}

static inline uint64_t
test_seed_given(const char *text) {
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 0);
    if (end == text || *end != '\0' || *text == '-' || errno != 0) {
        fprintf(stderr, "GCSWEEP_SEED: \"%s\" is not a number; give 0 ... 2^64-1\n", text);
        exit(2);
    }
    return value;
}

static inline uint64_t
test_seed_fresh(void) {
    uint64_t value;

    if (getentropy(&value, sizeof value) != 0)
        value = UINT64_C(20260101);
    return value & UINT32_MAX; /* short enough to be copied by hand */
}

/* The seed of this run; prints the line that repeats it. */
static inline uint64_t
test_seed(void) {
    static uint64_t seed;
    static int known;
    const char *text = getenv("GCSWEEP_SEED");

    if (!known) {
        seed = text != NULL && *text != '\0' ? test_seed_given(text) : test_seed_fresh();
        known = 1;
    }
    printf("# seed %llu: GCSWEEP_SEED=%llu repeats this run\n", (unsigned long long)seed,
           (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

#endif
