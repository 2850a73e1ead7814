/* SPDX-License-Identifier: MIT
 *
 * compare/stats.h: the statistics of a comparison, on arrays.
 *
 * The unit is the block: both sides ran once in it, with the same seed. From each block comes one logarithm
 * of a ratio; how these scatter is all that is known of chance.
 *
 * The interval is that of the bootstrap over whole blocks: 10,000 times as many blocks as there are, drawn
 * with replacement, the mean of each draw, and between which two of these means 95 % of them lie. All rows
 * of the same blocks share one matrix of draws, so that rows move together as the blocks do, and a mean
 * over rows has an interval as honest as that of a row. As it is, this interval is too narrow where blocks
 * are few: of two equal programs it calls 17 % unequal with 5 blocks, and 10 % with 10. The draws scatter
 * less than means of fresh blocks would, by sqrt((n - 1) / n), and they take the scatter that was seen for
 * the true one. So each half of the interval is made wider by
 *
 *     t(n - 1) / z * sqrt(n / (n - 1))
 *
 * where t and z are the bounds of Student's and of the normal distribution for the same confidence. By
 * simulation (5, 7, 10 and 20 blocks; normal, log-normal, t with 3 degrees of freedom, one cell in ten an
 * outlier) 3 to 6 % are then false; the studentised bootstrap had 4 to 12 % there, Student's own interval 2
 * to 5 %, and the percentiles moved instead of the halves stretched 5 to 9 %. It rests on differences of
 * two equal programs being as often above 0 as below, which pairing makes true, however lopsided the times
 * themselves are.
 *
 * The p value is what goes with that interval: Student's, of the mean over the standard error that the half
 * towards 0 implies. It is below 1 - confidence exactly if the interval excludes 0, and, being no count of
 * draws, can be as small as Holm's correction over some thousand rows needs.
 *
 * Blocks that all agree have no scatter to go by, and what is 0 on one side has no ratio: there the sign test
 * decides, which assumes nothing, and which n blocks cannot take below 2^(1 - n).
 */
#ifndef BENCH_COMPARE_STATS_H
#define BENCH_COMPARE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* ---- Distributions: two-sided, so "beyond" is on either side ------------------------------------------- */

double bench_compare_stats_normal_bound(double beyond); /* 0.05 gives 1.96; 0 < beyond < 1 */
double bench_compare_stats_t_beyond(double t, unsigned degrees); /* 1 <= degrees */
double bench_compare_stats_t_bound(double beyond, unsigned degrees);

/* ---- Tests ---------------------------------------------------------------------------------------------- */

/* That of `up` and `down`, which one could be so rare or rarer; 1 if there are none. */
double bench_compare_stats_sign_test(size_t up, size_t down);

/* The fewest blocks with which a test that assumes nothing can ever reach this p: 6 for 0.05. */
size_t bench_compare_stats_sign_blocks(double p);

/* Holm's: each p as it counts among all of them. -ENOMEM. */
int bench_compare_stats_holm(const double *p, size_t count, double *ret_adjusted);

/* Of a copy; NaN of nothing. -ENOMEM gives NaN. */
double bench_compare_stats_median(const double *values, size_t count);

/* ---- The mean, its interval and its p ----------------------------------------------------------------- */

struct bench_compare_draws {
    size_t blocks;
    unsigned count;
    double confidence;
    double t, expansion;    /* for this confidence */
    float *times;           /* [block][draw]: how often that block was drawn */
    double *means, *sorted; /* room for the draws of one row */
};

/* Fit for `blocks` from 2 on. The same arguments give the same draws, on any machine. -ENOMEM. */
int bench_compare_draws_init(struct bench_compare_draws *draws, size_t blocks, unsigned count,
                             double confidence);
void bench_compare_draws_fini(struct bench_compare_draws *draws);

struct bench_compare_estimate {
    double mean, low, high;
    double p;
    double error; /* standard error that p rests on; 0: the sign test decided */
};

/* pre: as many finite values as the draws have blocks. */
struct bench_compare_estimate bench_compare_stats_estimate(struct bench_compare_draws *draws,
                                                           const double *values);

/* How many blocks would probably do, if they scatter as the ones before: for a mean farther than `floor`
 * from 0 to be surely not 0 at `beyond`, for one nearer than that to be surely within it at 1 - confidence.
 * 0: more than a thousand. pre: its error is not 0. */
size_t bench_compare_stats_blocks_needed(const struct bench_compare_draws *draws,
                                         const struct bench_compare_estimate *estimate,
                                         double floor, double beyond);

#endif
