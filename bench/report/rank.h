/* SPDX-License-Identifier: MIT
 *
 * report/rank.h: score, best, front and order of a group, from the medians and ratios of its
 * configurations. report/data.h says what they mean.
 */
#ifndef BENCH_REPORT_RANK_H
#define BENCH_REPORT_RANK_H

#include "bench/report/data.h"

/* Geometric mean of those of the ratios that are there; NaN when none is. */
double bench_report_rank_score(double wall_ratio, double p99_ratio, double peak_ratio);

/* How often luck alone wins so many blocks or more: the sign test. 1 for no blocks. */
double bench_report_rank_luck(size_t wins, size_t blocks);

/* -ENOMEM. Sets score and front of each configuration; best, order and front of the group. */
int bench_report_rank(struct bench_report_group *group);

/* Sets data->overall; after all groups are ranked. */
void bench_report_rank_overall(struct bench_report_data *data);

#endif
