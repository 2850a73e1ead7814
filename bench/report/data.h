/* SPDX-License-Identifier: MIT
 *
 * report/data.h: what a report and its figures say about a run, computed once from the run file.
 *
 * A group is the configurations that can be compared: one workload with one set of values of its own knobs,
 * its variant (a knob whose values are ways to do the same thing) excepted. The first of them in grid order is the default, and all ratios are to it. Ratios of times and bytes are medians of the ratios within blocks, because the two
 * cells of a block ran side by side. A figure that does not exist is NaN, never 0. Only finished cells
 * count.
 *
 * Best is the configuration with the least geometric mean of the ratios of wall time, p99 latency and
 * peak resident memory (those that it has), among those whose cells all finished. It must win by
 * BENCH_REPORT_FLOOR, or the default is the best. That is sure if the blocks that it wins, by the same mean
 * within the block, are too many for luck: a sign test at BENCH_REPORT_LUCK.
 */
#ifndef BENCH_REPORT_DATA_H
#define BENCH_REPORT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/series.h"
#include "bench/store.h"

#define BENCH_REPORT_FLOOR 0.02
#define BENCH_REPORT_LUCK  0.05

enum {
    BENCH_REPORT_NAMED =
        8 /* series with a colour of their own; plots/style.gp has the same number */
};

enum {
    BENCH_REPORT_GENERATIONS = 3
};

enum bench_report_metric {
    BENCH_REPORT_WALL_NS,
    BENCH_REPORT_CPU_NS,
    BENCH_REPORT_BASELINE_BYTES,
    BENCH_REPORT_PEAK_BYTES,
    BENCH_REPORT_DRAINED_BYTES,
    BENCH_REPORT_LIVE_BYTES,
    BENCH_REPORT_OVERHEAD,
    BENCH_REPORT_P99_NS, /* of each cell; that of all blocks together is in latency_ns */
    BENCH_REPORT_ITEMS,
    BENCH_REPORT_ITEM_LIVE_BYTES,
    BENCH_REPORT_ITEM_RESIDENT_BYTES,
    BENCH_REPORT_TRASH_OBJECTS,
    BENCH_REPORT_EXAMINED, /* by collections */
    BENCH_REPORT_FREED,
    BENCH_REPORT_PAUSE_SUM_NS,
    BENCH_REPORT_PAUSE_MAX_NS,           /* of all collections */
    BENCH_REPORT_OPERATION_PAUSE_MAX_NS, /* of those inside an operation */
    BENCH_REPORT_OPERATIONS,
    BENCH_REPORT_MISSED_60, /* frames */
    BENCH_REPORT_MISSED_120,
    BENCH_REPORT_MISSED_RUN_60, /* in a row */
    BENCH_REPORT_MISSED_RUN_120,
    BENCH_REPORT_COLLECTIONS, /* of generation 0, then of the others */
    BENCH_REPORT_METRIC_COUNT = BENCH_REPORT_COLLECTIONS + BENCH_REPORT_GENERATIONS
};

enum bench_report_percentile {
    BENCH_REPORT_P0,
    BENCH_REPORT_P50,
    BENCH_REPORT_P90,
    BENCH_REPORT_P99,
    BENCH_REPORT_P999,
    BENCH_REPORT_P9999,
    BENCH_REPORT_MAX,
    BENCH_REPORT_PERCENTILE_COUNT
};

/* What the workload listgrow lets grow. */
enum bench_report_container {
    BENCH_REPORT_LIST,
    BENCH_REPORT_DICT,
    BENCH_REPORT_SET,
    BENCH_REPORT_ARRAY,
    BENCH_REPORT_CONTAINER_COUNT
};

struct bench_report_point { /* of a latency curve */
    double percent;         /* below 100 */
    uint64_t ns;
    bool supported; /* ten samples lie beyond */
};

/* Collections of one generation, all blocks together. */
struct bench_report_pauses {
    uint64_t count;
    double mean_ns, p50_ns, p90_ns, p99_ns, max_ns; /* NaN where there are too few */
};

struct bench_report_config {
    int64_t id;
    char *label;       /* swept knobs but those in the title, by their full names */
    char *short_label; /* the same without rooms where that is clear */
    size_t cells, finished;
    double median[BENCH_REPORT_METRIC_COUNT];
    double low[BENCH_REPORT_METRIC_COUNT], high[BENCH_REPORT_METRIC_COUNT]; /* over the blocks */
    uint64_t samples;                                                       /* of latency */
    double latency_ns[BENCH_REPORT_PERCENTILE_COUNT]; /* all blocks together */
    struct bench_report_point *curve;
    size_t curve_count;
    int64_t
        cell; /* the one with the median wall time; 0: none is finished. It has the following. */
    struct bench_series resident;
    struct bench_series slowest; /* t_ns: number of the operation in its round */
    struct bench_series mmu;     /* t_ns: length of a window; value: millionths left of the worst */
    struct bench_series growth[BENCH_REPORT_CONTAINER_COUNT]; /* t_ns: length; value: bytes */
    struct bench_report_pauses pauses[BENCH_REPORT_GENERATIONS];
    char *mode; /* of the collector: gc.mode, "" where nothing is known of it */
    double threshold0;
    double wall_ratio, peak_ratio, p99_ratio, p999_ratio, score;
    size_t pairs, wins; /* blocks with both cells; those that it wins against the default */
    bool front;         /* no other needs less of both time and peak memory */
    bool
        is_elsewhere; /* on another engine than the default: beside it, but not a setting to choose */
    struct bench_report_detail *detail; /* of the default and the best; NULL of all others */
};

struct bench_report_group {
    int64_t reference; /* id of the default */
    char *workload, *engine, *summary;
    char *title; /* the workload with its own swept knobs: "churn live=4MiB"; not its variant */
    struct bench_report_config *configs;
    size_t count, best;
    size_t choices; /* those that are not elsewhere; 1: nothing to choose from */
    bool sure;      /* that the best is better than the default */
    const struct bench_figure_pick *pick; /* of a figure of one metric (figure/pick.h); NULL */
    size_t *order; /* all, the most telling first: default, best, front, then as in the grid */
    size_t *front; /* those with `front`, by rising wall time */
    size_t front_count;
    size_t charts; /* that the page has of it: bench_report_chart_choose */
};

/* Which setting is best when several groups count alike: by the geometric mean of its scores in all of
 * them. The groups are those with the same default as the first one that shares its own with another.
 * Only settings that finished in every one of them take part. */
struct bench_report_overall {
    const char *label; /* NULL: no two groups have a setting in common */
    size_t groups;
    bool is_default, sure;
    double score, wall_ratio, p99_ratio, peak_ratio; /* geometric means over the groups */
    size_t pairs, wins;
};

struct bench_report_fact {
    char *key, *value;
};

struct bench_report_trouble { /* a cell that ended, but did not finish */
    char *label, *workload, *why;
    int64_t block;
    const char *state;
};

struct bench_report_data {
    struct bench_report_group *groups;
    size_t group_count;
    struct bench_report_fact *run, *environment, *axes; /* axes: swept knobs and what they are */
    size_t run_count, environment_count, axis_count;
    struct bench_report_trouble *troubles;
    size_t trouble_count;
    size_t cells, finished, planned;
    struct bench_report_overall overall;
};

/* -ENOENT, -EINVAL, -EPROTO, -EIO as bench_store_open; -ENODATA: no configuration in it. */
int bench_report_data_read(const char *db_path, struct bench_report_data *ret_data, char *why,
                           size_t why_bytes);
void bench_report_data_fini(struct bench_report_data *data);

/* The value of a fact, or "unknown". */
const char *bench_report_data_run(const struct bench_report_data *data, const char *key);
const char *bench_report_data_environment(const struct bench_report_data *data, const char *key);

/* NULL: none of that title. */
const struct bench_report_group *bench_report_data_find_group(const struct bench_report_data *data,
                                                              const char *title);

/* The percentile of a column, e.g. 99.9; 100 for the maximum. */
double bench_report_data_percent(enum bench_report_percentile column);

#endif
