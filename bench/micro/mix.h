/* SPDX-License-Identifier: MIT
 *
 * mix.h: the sizes that the allocator's micro-benchmarks ask for, and random orders; the same for a seed
 * on every machine.
 *
 * The mix is a plausible Python program's: ints and floats (32), instances and short strings (48, 64),
 * lists, tuples and dicts (64 ... 96), longer strings and keys (112 ... 240), tables and frames up to
 * 512. Nine requests in ten are at most 112 bytes, the mean is 74.5. It is made up, not measured.
 *
 * All are multiples of 16, which is what allocators of this family round to: so that resident over
 * requested shows what an allocator adds, and not the rounding they share.
 */
#ifndef BENCH_MICRO_MIX_H
#define BENCH_MICRO_MIX_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/dist.h"

/* Rows of (size, weight); `*ret_count` of them. */
const struct wl_dist_row *bench_mix_rows(size_t *ret_count);

void bench_mix_sizes(uint64_t seed, uint16_t *ret_sizes, size_t count);

/* Every number below `count` once, in random order; pre: count < 2^32. */
void bench_mix_order(uint64_t seed, uint32_t *ret_order, size_t count);

/* `count` numbers below `bound`, each as likely as the other; pre: 0 < bound < 2^32. */
void bench_mix_picks(uint64_t seed, uint32_t bound, uint32_t *ret_picks, size_t count);

#endif
