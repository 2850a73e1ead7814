/* SPDX-License-Identifier: MIT
 *
 * mmu.c: see mmu.h.
 */
#include "bench/mmu.h"

#include <string.h>

const uint64_t bench_mmu_windows_ns[BENCH_MMU_WINDOWS] = {
    1000000,  2000000,  5000000,   10000000,  16666667,  20000000,
    33333333, 50000000, 100000000, 200000000, 500000000, 1000000000};

void
bench_mmu_init(struct bench_mmu *mmu) {
    memset(mmu, 0xff, sizeof *mmu);
    mmu->count = mmu->group = 0;
    mmu->of = 1;
}

static void
join(struct bench_mmu_stretch *one, const struct bench_mmu_stretch *next) {
    one->end_ns = next->end_ns;
    one->paused_ns += next->paused_ns;
}

/* Only when the last stretch has all of its pauses. */
static void
halve(struct bench_mmu *mmu) {
    for (size_t i = 0; i < mmu->count / 2; i++) {
        mmu->stretches[i] = mmu->stretches[2 * i];
        join(&mmu->stretches[i], &mmu->stretches[2 * i + 1]);
    }
    mmu->count /= 2;
    mmu->of *= 2;
}

void
bench_mmu_add(struct bench_mmu *mmu, uint64_t begin_ns, uint64_t end_ns) {
    const struct bench_mmu_stretch pause = {begin_ns, end_ns, end_ns - begin_ns};

    if (mmu->group == 0 && mmu->count == BENCH_MMU_KEPT)
        halve(mmu);
    if (mmu->group == 0)
        mmu->stretches[mmu->count++] = pause;
    else
        join(&mmu->stretches[mmu->count - 1], &pause);
    mmu->group = (mmu->group + 1) % mmu->of;
}

/* ---- Windows ---------------------------------------------------------------------------------------- */

/* Goes through time, never back: what was paused up to t. */
struct walk {
    const struct bench_mmu *mmu;
    size_t next;   /* stretch that does not end before t */
    double before; /* paused in the stretches before it */
};

static double
paused_until(struct walk *walk, double t) {
    const struct bench_mmu *mmu = walk->mmu;

    while (walk->next < mmu->count && (double)mmu->stretches[walk->next].end_ns <= t)
        walk->before += (double)mmu->stretches[walk->next++].paused_ns;
    if (walk->next == mmu->count || (double)mmu->stretches[walk->next].begin_ns >= t)
        return walk->before;
    const struct bench_mmu_stretch *in = &mmu->stretches[walk->next];
    return walk->before +
           (double)in->paused_ns * (t - (double)in->begin_ns) / (double)(in->end_ns - in->begin_ns);
}

/* Most that is paused in a window one end of which is an end of a stretch: the window begins so long after it, 0 or
 * minus its own length. */
static double
most_paused(const struct bench_mmu *mmu, double window, double whole, double after) {
    struct walk from = {.mmu = mmu}, to = {.mmu = mmu};
    double most = 0;

    for (size_t i = 0; i < 2 * mmu->count; i++) {
        const struct bench_mmu_stretch *stretch = &mmu->stretches[i / 2];
        double begin = (double)(i % 2 == 0 ? stretch->begin_ns : stretch->end_ns) + after;
        if (begin < 0)
            begin = 0;
        if (begin > whole - window)
            begin = whole - window;
        double until = paused_until(&to, begin + window);
        double paused = until - paused_until(&from, begin);
        if (paused > most)
            most = paused;
    }
    return most;
}

double
bench_mmu_least(const struct bench_mmu *mmu, uint64_t window_ns, uint64_t whole_ns) {
    double window = (double)window_ns, whole = (double)whole_ns;
    double one = most_paused(mmu, window, whole, 0);
    double other = most_paused(mmu, window, whole, -window);
    double most = one > other ? one : other;

    return most >= window ? 0 : 1 - most / window;
}
