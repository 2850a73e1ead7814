/* SPDX-License-Identifier: MIT
 *
 * figure/plane.h: the figures that have a place for each configuration: tradeoff and heatmap. With group->pick
 * (figure/pick.h) they are of another metric, and the map of other knobs.
 */
#ifndef BENCH_FIGURE_PLANE_H
#define BENCH_FIGURE_PLANE_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/data.h"

/* Wall time, or the picked metric, against peak memory, and the front of those that no other beats in both. Marked
 * are the default, the best, and the knee of the front where there is one: less of one costs much of the
 * other on either side of it. */
void bench_figure_tradeoff_export(const struct bench_report_group *group, FILE *out);
void bench_figure_tradeoff_read(const struct bench_report_group *group, FILE *out);

/* The 99th percentile of operations, or the picked metric, by threshold and mode, or the picked knobs. Of
 * configurations that have both in common the first one counts. Numbers rise, words are as they come. It is
 * there if both have two values or more, and at most 32. */
bool bench_figure_heatmap_is_there(const struct bench_report_group *group);
void bench_figure_heatmap_export(const struct bench_report_group *group, FILE *out);
void bench_figure_heatmap_read(const struct bench_report_group *group, FILE *out);

#endif
