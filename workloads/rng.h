/* SPDX-License-Identifier: MIT
 *
 * rng.h: the only source of randomness in the house. One seed gives one sequence, on every machine and
 * for ever: changing the sequence changes every digest, and is a new version of every workload.
 *
 * The generator is xoshiro256** (Blackman and Vigna, 2018), its state filled by splitmix64, so that any
 * seed, 0 included, is a good one.
 */
#ifndef WORKLOADS_RNG_H
#define WORKLOADS_RNG_H

#include <stdint.h>

struct wl_rng {
    uint64_t state[4];
};

void wl_rng_init(struct wl_rng *rng, uint64_t seed);

/* Scrambles one number into another, one to one; splitmix64's last step. */
static inline uint64_t
wl_rng_mix(uint64_t value) {
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* The seed of stream `index` of a run's seed: blocks, shards, parts of a workload. */
uint64_t wl_rng_derive(uint64_t seed, uint64_t index);

static inline uint64_t
wl_rng_rotate(uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
}

static inline uint64_t
wl_rng_next(struct wl_rng *rng) {
    uint64_t *state = rng->state;
    uint64_t result = wl_rng_rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = wl_rng_rotate(state[3], 45);
    return result;
}

/* 0 <= result < bound, every value equally likely to one part in 2^32; pre: 0 < bound < 2^32. */
static inline uint32_t
wl_rng_below(struct wl_rng *rng, uint32_t bound) {
    return (uint32_t)(((wl_rng_next(rng) >> 32) * bound) >> 32);
}

/* 0 <= result < 1, in steps of 2^-53. */
static inline double
wl_rng_unit(struct wl_rng *rng) {
    return (double)(wl_rng_next(rng) >> 11) * 0x1p-53;
}

#endif
