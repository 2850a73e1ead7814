/* SPDX-License-Identifier: MIT
 *
 * figure/gc.h: the figures of the collector: pauses, yield, longest. They are there for groups in which
 * something was collected. And frames, which collections make late, for groups whose operations are frames.
 *
 * Rows are by mode, in the order in which modes come, then by threshold where it is swept, then as in the
 * grid; there are
 * sixteen at most, and the default is one of them.
 */
#ifndef BENCH_FIGURE_GC_H
#define BENCH_FIGURE_GC_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/data.h"

/* Times of the collections of each generation, where there were any. */
bool bench_figure_gc_is_there(const struct bench_report_group *group);
void bench_figure_pauses_export(const struct bench_report_group *group, FILE *out);
void bench_figure_pauses_read(const struct bench_report_group *group, FILE *out);

/* Objects examined, and containers freed. */
void bench_figure_yield_export(const struct bench_report_group *group, FILE *out);
void bench_figure_yield_read(const struct bench_report_group *group, FILE *out);

/* The longest collection, inside an operation and anywhere; medians over the blocks. */
void bench_figure_longest_export(const struct bench_report_group *group, FILE *out);
void bench_figure_longest_read(const struct bench_report_group *group, FILE *out);

/* Frames that took longer than they last at 60 and at 120 Hz; medians over the blocks. It tells something where any
 * did. */
bool bench_figure_frames_is_there(const struct bench_report_group *group);
bool bench_figure_frames_is_telling(const struct bench_report_group *group);
void bench_figure_frames_export(const struct bench_report_group *group, FILE *out);
void bench_figure_frames_read(const struct bench_report_group *group, FILE *out);

/* Of all generations, medians over the blocks; NaN when it is not known. */
double bench_figure_collections(const struct bench_report_config *config);

#endif
