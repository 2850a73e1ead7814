/* SPDX-License-Identifier: MIT
 *
 * figure/growth.h: the figures of what many things cost and of how containers grow: footprint, staircase,
 * spikes. Each is there only for groups whose workload tells of it.
 */
#ifndef BENCH_FIGURE_GROWTH_H
#define BENCH_FIGURE_GROWTH_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/data.h"

/* Bytes for each item: by accounting, and by growth of resident memory. */
bool bench_figure_footprint_is_there(const struct bench_report_group *group);
void bench_figure_footprint_export(const struct bench_report_group *group, FILE *out);
void bench_figure_footprint_read(const struct bench_report_group *group, FILE *out);

/* Bytes of a container by its length, beside CPython's. */
bool bench_figure_staircase_is_there(const struct bench_report_group *group);
void bench_figure_staircase_export(const struct bench_report_group *group, FILE *out);
void bench_figure_staircase_read(const struct bench_report_group *group, FILE *out);

/* Times of the slowest operations by their number in a round. */
bool bench_figure_spikes_is_there(const struct bench_report_group *group);
void bench_figure_spikes_export(const struct bench_report_group *group, FILE *out);
void bench_figure_spikes_read(const struct bench_report_group *group, FILE *out);

/* The sample with the greatest value, or NULL. */
const struct bench_sample *bench_figure_greatest(const struct bench_series *series);

/* CPython's steps: length and bytes at each length where they change. Empty when there is no table. */
struct bench_figure_reference {
    struct bench_series growth[BENCH_REPORT_CONTAINER_COUNT];
};

void bench_figure_reference_init(struct bench_figure_reference *reference);
void bench_figure_reference_fini(struct bench_figure_reference *reference);

const char *bench_figure_container_name(enum bench_report_container container);

/* How the steps of a container compare with CPython's, as far as both go. */
struct bench_figure_steps {
    size_t count, other_count; /* of ours and of CPython's */
    size_t equal;              /* in both, at the same length and of the same size */
    size_t agreeing; /* of ours: CPython's size at that length, which it may have had for a while */
    int64_t length_most;        /* as far as ours go */
    int64_t bytes, other_bytes; /* at that length; 0: there is no table of CPython's */
};

struct bench_figure_steps bench_figure_compare_steps(const struct bench_series *ours,
                                                     const struct bench_series *reference);

#endif
