/* SPDX-License-Identifier: MIT
 *
 * steady.h: whether a run kept its pace. Judged from the mean time of an operation in each of the spans that the run is
 * cut into, in order of time:
 *
 *   - The drift is the median of the slopes between any two spans (Theil and Sen), times the run's length, over where
 *     that line begins. So a span that was disturbed has little weight.
 *   - It counts if Kendall's test says that chance alone would do so once in a hundred runs, and if it is 5 % or more.
 *   - A warm-up is what is slower at the beginning, at most a third of the run and two spans or more: by 5 % and three
 *     standard deviations (by the distance that four in five are within) than the middle of the second half. It counts if the
 *     run is steady behind it; a run that goes on getting faster drifts.
 *
 * Fewer than 16 spans are not judged.
 */
#ifndef BENCH_STEADY_H
#define BENCH_STEADY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BENCH_STEADY_SPANS = 64,
    BENCH_STEADY_SPANS_LEAST = 16,
    BENCH_STEADY_SPANS_MOST = BENCH_STEADY_SPANS + 2, /* more are not looked at */
    BENCH_STEADY_TEXT_BYTES = 96
};

struct bench_steady {
    double drift;  /* change over the run, behind the warm-up: 0.12 is 12 % slower at its end */
    double warmup; /* share of the run; 0: there is none */
    bool drifts;
};

/* A drift of less counts for nothing. */
#define BENCH_STEADY_FLOOR 0.05

/* False: too few to judge by. */
bool bench_steady_judge(const double *pace, size_t count, struct bench_steady *ret_steady);

/* "steady", "slows down by 12 % over the run", "warm-up in the first 8 %". */
const char *bench_steady_text(const struct bench_steady *steady,
                              char text[BENCH_STEADY_TEXT_BYTES]);

#endif
