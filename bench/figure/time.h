/* SPDX-License-Identifier: MIT
 *
 * figure/time.h: the figures that go by time: views, timeline, pausehist, parts, and mmu. All but the last
 * are of the default and the best configuration only, side by side (report/detail.h).
 *
 * A figure is there for a group that has what it shows. It is telling, and has a place in the page, if there
 * is something to see in it.
 */
#ifndef BENCH_FIGURE_TIME_H
#define BENCH_FIGURE_TIME_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/data.h"

/* Latency from the begin of operations, from when they were meant to begin, and at an even rate. It tells
 * something where a rate was kept, so that an operation can be late. */
bool bench_figure_views_is_there(const struct bench_report_group *group);
bool bench_figure_views_is_telling(const struct bench_report_group *group);
void bench_figure_views_export(const struct bench_report_group *group, FILE *out);
void bench_figure_views_read(const struct bench_report_group *group, FILE *out);

/* When collections began, and how long they took: the longest of each generation in each of the columns that
 * the time is cut into. It tells something where they take 1 % of the time. */
bool bench_figure_timeline_is_there(const struct bench_report_group *group);
bool bench_figure_timeline_is_telling(const struct bench_report_group *group);
void bench_figure_timeline_export(const struct bench_report_group *group, FILE *out);
void bench_figure_timeline_read(const struct bench_report_group *group, FILE *out);

/* How many collections took how long. It tells something where both configurations collected. */
bool bench_figure_pausehist_is_there(const struct bench_report_group *group);
bool bench_figure_pausehist_is_telling(const struct bench_report_group *group);
void bench_figure_pausehist_export(const struct bench_report_group *group, FILE *out);
void bench_figure_pausehist_read(const struct bench_report_group *group, FILE *out);

/* Resident memory over time, and what of it is the baseline, live, trash. It tells something where live memory
 * is known, and there was trash or the configurations differ. */
bool bench_figure_parts_is_there(const struct bench_report_group *group);
bool bench_figure_parts_is_telling(const struct bench_report_group *group);
void bench_figure_parts_export(const struct bench_report_group *group, FILE *out);
void bench_figure_parts_read(const struct bench_report_group *group, FILE *out);

/* What the collector left to the program of the worst window of each length. It tells something where one
 * of 10 ms loses half, or a tenth more than with another configuration. */
bool bench_figure_mmu_is_there(const struct bench_report_group *group);
bool bench_figure_mmu_is_telling(const struct bench_report_group *group);
void bench_figure_mmu_export(const struct bench_report_group *group, FILE *out);
void bench_figure_mmu_read(const struct bench_report_group *group, FILE *out);

#endif
