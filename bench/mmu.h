/* SPDX-License-Identifier: MIT
 *
 * mmu.h: minimum mutator utilisation: the share of its time that a program has for itself in the worst window of a
 * length, while a collector stops it now and then. Many short pauses in a row show here, and the longest pause alone
 * does not show them.
 *
 * Pauses come in order and do not overlap. There is room for BENCH_MMU_KEPT, and up to there the answer is exact. When
 * it is full, two neighbours become one stretch, which counts as paused evenly for as long as the two were: a window
 * that begins or ends inside of a stretch may then be off by what was paused in it.
 *
 * Between the ends of stretches the time paused up to t is linear in t. So what is paused in a window that slides has
 * its greatest value where one of the window's ends is an end of a stretch, and only those are looked at.
 */
#ifndef BENCH_MMU_H
#define BENCH_MMU_H

#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_MMU_KEPT = 16384, /* even */
    BENCH_MMU_WINDOWS = 12,
};

struct bench_mmu_stretch {
    uint64_t begin_ns, end_ns, paused_ns;
};

struct bench_mmu {
    size_t count;
    uint64_t of, group; /* so many pauses make a stretch; so many has the last one */
    struct bench_mmu_stretch stretches[BENCH_MMU_KEPT];
};

/* From 1 ms to 1 s, rising. */
extern const uint64_t bench_mmu_windows_ns[BENCH_MMU_WINDOWS];

void bench_mmu_init(struct bench_mmu *mmu); /* touches all of it */
void bench_mmu_add(struct bench_mmu *mmu, uint64_t begin_ns, uint64_t end_ns);

/* From 0 to 1, over all windows of that length between 0 and `whole_ns`. pre: 0 < window_ns <= whole_ns, and
 * whole_ns is at least the end of the last pause. */
double bench_mmu_least(const struct bench_mmu *mmu, uint64_t window_ns, uint64_t whole_ns);

#endif
