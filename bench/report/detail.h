/* SPDX-License-Identifier: MIT
 *
 * report/detail.h: what only two configurations of a group are looked at for, the default and the best one:
 * when they collected, what their memory was made of, and how latency looks to those who had to wait.
 * It is too much to be kept of all.
 */
#ifndef BENCH_REPORT_DETAIL_H
#define BENCH_REPORT_DETAIL_H

#include "bench/hist.h"
#include "bench/report/data.h"

enum bench_report_view {
    BENCH_REPORT_INTENDED, /* from when an operation was meant to begin */
    BENCH_REPORT_METERED,  /* had they arrived at an even rate */
    BENCH_REPORT_VIEW_COUNT
};

struct bench_report_bin {
    uint64_t from_ns, below_ns, count;
};

struct bench_report_latency { /* all blocks together; no point where it was not recorded */
    struct bench_report_point *points;
    size_t count;
    double ns[BENCH_REPORT_PERCENTILE_COUNT]; /* NaN where there are too few */
};

struct bench_report_detail {
    struct bench_report_latency views[BENCH_REPORT_VIEW_COUNT];
    /* Times of collections, all blocks together: from the first bin with one to the last, ten to a power of
     * ten. */
    struct bench_report_bin *bins[BENCH_REPORT_GENERATIONS];
    size_t bin_count[BENCH_REPORT_GENERATIONS];
    /* Of the cell that stands for all. */
    struct bench_series collections[BENCH_REPORT_GENERATIONS]; /* t_ns: its begin; value: ns */
    struct bench_series live, trash;
};

/* Sets config->detail, which stays NULL if no cell is finished. `scratch` is any. */
int bench_report_detail_read(struct bench_store *store, struct bench_hist *scratch,
                             struct bench_report_config *config);

/* NULL is fine. */
void bench_report_detail_free(struct bench_report_detail *detail);

/* The configurations of a group that have it: the default, and the best unless it is the default. Returns how
 * many. */
size_t bench_report_detail_of(const struct bench_report_group *group,
                              const struct bench_report_config *ret_configs[2]);

#endif
