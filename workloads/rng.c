/* SPDX-License-Identifier: MIT
 *
 * rng.c: seeding. The sequence itself is inline in rng.h, because workloads draw in their inner loops.
 */
#include "workloads/rng.h"

static const uint64_t golden_step = UINT64_C(0x9e3779b97f4a7c15);

void
wl_rng_init(struct wl_rng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        seed += golden_step;
        rng->state[i] = wl_rng_mix(seed);
    }
}

uint64_t
wl_rng_derive(uint64_t seed, uint64_t index) {
    return wl_rng_mix(wl_rng_mix(seed + golden_step) ^
                      wl_rng_mix(index + UINT64_C(0x6a09e667f3bcc909)));
}
