/* SPDX-License-Identifier: MIT
 *
 * steady.c: whether a run kept its pace. See steady.h.
 */
#include "bench/array.h"
#include "bench/steady.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = BENCH_STEADY_SPANS_MOST,
    PAIRS = MOST * (MOST - 1) / 2
};

static const double chance_z = 2.576; /* once in a hundred, both sides of the normal curve */
/* Four in five of a normal distribution are within 1.28 standard deviations of its middle. */
static const double spread_factor = 0.78;

/* ---- Drift ------------------------------------------------------------------------------------------ */

/* The median slope for a step of one span, and how far from chance the signs of the slopes are. */
static double
find_slope(const double *pace, size_t count, double *ret_z) {
    double slopes[PAIRS] = {0}, signs = 0, n = (double)count;
    size_t pairs = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            signs += (pace[k] > pace[i]) - (pace[k] < pace[i]);
            slopes[pairs++] = (pace[k] - pace[i]) / (double)(k - i);
        }
    *ret_z = fmax(0, fabs(signs) - 1) / sqrt(n * (n - 1) * (2 * n + 5) / 18);
    return bench_array_median(slopes, pairs);
}

/* Whether it counts. A line that would begin below zero is none, and the first spans stand for its beginning. */
static bool
find_drift(const double *pace, size_t count, double *ret_drift) {
    double sorted[MOST], z, slope = find_slope(pace, count, &z), begin;

    memcpy(sorted, pace, count * sizeof *sorted);
    begin = bench_array_median(sorted, count) - slope * (double)(count - 1) / 2;
    if (begin <= 0) {
        memcpy(sorted, pace, count / 8 * sizeof *sorted);
        begin = bench_array_median(sorted, count / 8);
    }
    *ret_drift = begin > 0 ? slope * (double)(count - 1) / begin : 0;
    return z > chance_z && fabs(*ret_drift) >= BENCH_STEADY_FLOOR;
}

/* ---- Warm-up ---------------------------------------------------------------------------------------- */

/* How many spans at the beginning are slower than the second half is; 0 for more than a third. */
static size_t
count_slow(const double *pace, size_t count) {
    double sorted[MOST], middle, limit;
    size_t half = count / 2, slow = 0;

    memcpy(sorted, pace + half, (count - half) * sizeof *sorted);
    middle = bench_array_median(sorted, count - half);
    for (size_t i = 0; i < count - half; i++)
        sorted[i] = fabs(pace[half + i] - middle);
    qsort(sorted, count - half, sizeof *sorted, bench_array_compare);
    limit = middle +
            fmax(3 * spread_factor * sorted[(count - half) * 4 / 5], BENCH_STEADY_FLOOR * middle);
    while (slow < count && pace[slow] > limit)
        slow++;
    return slow <= count / 3 ? slow : 0;
}

bool
bench_steady_judge(const double *pace, size_t count, struct bench_steady *ret_steady) {
    size_t slow;
    double behind;

    if (count < BENCH_STEADY_SPANS_LEAST)
        return false;
    if (count > MOST)
        count = MOST;
    *ret_steady = (struct bench_steady){0};
    slow = count_slow(pace, count);
    if (slow >= 2 && !find_drift(pace + slow, count - slow, &behind)) {
        ret_steady->warmup = (double)slow / (double)count;
        ret_steady->drift = behind;
    } else {
        ret_steady->drifts = find_drift(pace, count, &ret_steady->drift);
    }
    return true;
}

const char *
bench_steady_text(const struct bench_steady *steady, char text[BENCH_STEADY_TEXT_BYTES]) {
    if (steady->drifts)
        snprintf(text, BENCH_STEADY_TEXT_BYTES, "%s by %.0f %% over the run",
                 steady->drift > 0 ? "slows down" : "speeds up", fabs(100 * steady->drift));
    else if (steady->warmup > 0)
        snprintf(text, BENCH_STEADY_TEXT_BYTES, "warm-up in the first %.0f %%",
                 100 * steady->warmup);
    else
        snprintf(text, BENCH_STEADY_TEXT_BYTES, "steady");
    return text;
}
