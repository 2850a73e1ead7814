/* SPDX-License-Identifier: MIT
 *
 * report_rank.h: score, best, front and order of a group, from the medians and ratios of its
 * configurations. report_data.h says what they mean.
 */
#ifndef BENCH_REPORT_RANK_H
#define BENCH_REPORT_RANK_H

#include "bench/report_data.h"

/* -ENOMEM. Sets score and front of each configuration; best, order and front of the group. */
int bench_report_rank(struct bench_report_group *group);

#endif
