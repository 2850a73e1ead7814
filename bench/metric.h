/* SPDX-License-Identifier: MIT
 *
 * metric.h: the table of figures that a cell leaves behind. One row here is all it takes to record,
 * store, list and export another one; the runtime's own counters and the workloads' own metrics follow
 * the rows by themselves.
 */
#ifndef BENCH_METRIC_H
#define BENCH_METRIC_H

#include <stdint.h>

#include "bench/counters.h"
#include "bench/store.h"
#include "runtime/rt.h"
#include "workloads/workload.h"

/* What is told of a histogram of times, in this order: p50, p90, p99, p99.9, max, mean. */
enum {
    BENCH_METRIC_TIMES = 6
};

enum bench_metric {
    BENCH_METRIC_WALL_NS,
    BENCH_METRIC_CPU_NS,
    BENCH_METRIC_USER_NS,
    BENCH_METRIC_SYSTEM_NS,
    BENCH_METRIC_COUNTERS, /* the first of BENCH_COUNTERS */
    BENCH_METRIC_COUNTERS_LAST = BENCH_METRIC_COUNTERS + BENCH_COUNTERS - 1,
    BENCH_METRIC_OPERATIONS,
    BENCH_METRIC_LATENCY_P50_NS,
    BENCH_METRIC_LATENCY_P90_NS,
    BENCH_METRIC_LATENCY_P99_NS,
    BENCH_METRIC_LATENCY_P999_NS,
    BENCH_METRIC_LATENCY_MAX_NS,
    BENCH_METRIC_LATENCY_MEAN_NS,
    BENCH_METRIC_INTENDED, /* the first of BENCH_METRIC_TIMES */
    BENCH_METRIC_METERED = BENCH_METRIC_INTENDED + BENCH_METRIC_TIMES, /* likewise */
    BENCH_METRIC_LATE_OPERATIONS = BENCH_METRIC_METERED + BENCH_METRIC_TIMES,
    BENCH_METRIC_LATE_MAX_NS,
    BENCH_METRIC_FRAMES_MISSED_60,
    BENCH_METRIC_FRAMES_MISSED_120,
    BENCH_METRIC_FRAMES_MISSED_RUN_60,
    BENCH_METRIC_FRAMES_MISSED_RUN_120,
    BENCH_METRIC_BASELINE_RSS_BYTES,
    BENCH_METRIC_PEAK_RSS_BYTES,
    BENCH_METRIC_MEDIAN_RSS_BYTES,
    BENCH_METRIC_DRAINED_RSS_BYTES,
    BENCH_METRIC_PEAK_PSS_BYTES,
    BENCH_METRIC_PEAK_PRIVATE_DIRTY_BYTES,
    BENCH_METRIC_HUGE_PAGE_BYTES,
    BENCH_METRIC_PEAK_LIVE_BYTES,
    BENCH_METRIC_EXPECTED_LIVE_BYTES,
    BENCH_METRIC_OVERHEAD_RATIO,
    BENCH_METRIC_ITEMS,
    BENCH_METRIC_ITEMS_LIVE_BYTES,
    BENCH_METRIC_ITEM_LIVE_BYTES,
    BENCH_METRIC_ITEM_RESIDENT_BYTES,
    BENCH_METRIC_MINOR_FAULTS,
    BENCH_METRIC_MAJOR_FAULTS,
    BENCH_METRIC_CONTEXT_SWITCHES,
    BENCH_METRIC_PREEMPTIONS,
    BENCH_METRIC_NOISE_P999_NS,
    BENCH_METRIC_NOISE_MAX_NS,
    BENCH_METRIC_STEADY,
    BENCH_METRIC_DRIFT_RATIO,
    BENCH_METRIC_WARMUP_RATIO,
    BENCH_METRIC_PEAK_TRASH_OBJECTS,
    BENCH_METRIC_PEAK_TRASH_BYTES,
    BENCH_METRIC_MMU_10MS,
    BENCH_METRIC_MMU_100MS,
    BENCH_METRIC_GC, /* the first of the collector's that the runtime does not count itself */
    BENCH_METRIC_GC_UNCOLLECTABLE = BENCH_METRIC_GC,
    BENCH_METRIC_GC_YIELD = BENCH_METRIC_GC_UNCOLLECTABLE + RT_GENERATIONS,
    BENCH_METRIC_GC_PAUSE_SUM_NS,
    BENCH_METRIC_GC_PAUSE_MAX_NS,
    BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS,
    BENCH_METRIC_GC_PAUSE, /* the first of BENCH_METRIC_TIMES for each generation */
    BENCH_METRIC_GC_END = BENCH_METRIC_GC_PAUSE + RT_GENERATIONS * BENCH_METRIC_TIMES,
    BENCH_METRIC_STATS = BENCH_METRIC_GC_END,              /* the first of RT_STAT_COUNT counters */
    BENCH_METRIC_OWN = BENCH_METRIC_STATS + RT_STAT_COUNT, /* the first of those of workloads */
    BENCH_METRIC_MOST = BENCH_METRIC_OWN + 192             /* no metric; room for all */
};

/* How many there are: below this number each has a row. */
int bench_metric_count(void);
struct bench_store_metric bench_metric_row(enum bench_metric metric);

/* BENCH_METRIC_MOST when there is none of that name. */
enum bench_metric bench_metric_find(const char *name);

/* Of a workload's own metric, by its index there. */
enum bench_metric bench_metric_own(const struct wl_workload *workload, size_t index);

#endif
