/* SPDX-License-Identifier: MIT
 *
 * figure/csv.h: the ways to hold a CSV file (docs/csv.md), time against memory.
 */
#ifndef BENCH_FIGURE_CSV_H
#define BENCH_FIGURE_CSV_H

#include "bench/figure.h"

void bench_figure_strategies_export(const struct bench_report_group *group, FILE *out);
void bench_figure_strategies_read(const struct bench_report_group *group, FILE *out);
bool bench_figure_strategies_is_there(const struct bench_report_group *group);

#endif
