/* SPDX-License-Identifier: MIT
 *
 * report/chart.h: the charts of the page, each with its title, its reading and its data.
 */
#ifndef BENCH_REPORT_CHART_H
#define BENCH_REPORT_CHART_H

#include <stdio.h>

#include "bench/report/several.h"

/* Says of each group of the first run how many charts the page has of it. Not all, if there are many: of
 * every workload the group where its best setting buys or risks most, then of those where most is at stake. Of
 * each as many of its figures, in their order, as leave room for one group of every workload. */
void bench_report_chart_choose(struct bench_report_several *several);

/* The charts of the first run, each with those of the other runs beside it. Errors as bench_figure_draw. */
int bench_report_chart_write(const struct bench_report_several *several, FILE *out, char *why,
                             size_t why_bytes);

/* The picture of `figure` that gnuplot has drawn for the page at `path`. */
int bench_report_chart_embed(const char *figure, const char *path, const char *label_id,
                             const char *note_id, FILE *out, char *why, size_t why_bytes);

#endif
