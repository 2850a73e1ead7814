/* SPDX-License-Identifier: MIT
 *
 * metric.c: the rows. See metric.h.
 */
#include "bench/metric.h"

#include <string.h>

/* Three rows that differ in the generation's number. */
#define OF_GENERATIONS(first, step, before, behind, unit, better, fixed, help)                     \
    [first] = {before "0" behind, unit, better, help " 0", fixed},                                 \
    [first + (step)] = {before "1" behind, unit, better, help " 1", fixed},                        \
    [first + 2 * (step)] = {before "2" behind, unit, better, help " 2", fixed}

#define PAUSES_OF_GENERATIONS(time, name, help)                                                    \
    OF_GENERATIONS(BENCH_METRIC_GC_PAUSE + (time), BENCH_METRIC_TIMES, "gc.pause", "_" name "_ns", \
                   "ns", "lower", false, help)

static const struct bench_store_metric rows[BENCH_METRIC_STATS] = {
    [BENCH_METRIC_WALL_NS] = {"wall_ns", "ns", "lower", "time of the work by the clock", false},
    [BENCH_METRIC_CPU_NS] = {"cpu_ns", "ns", "lower", "processor time of the work", false},
    [BENCH_METRIC_USER_NS] = {"user_ns", "ns", "lower", "processor time of the work itself", false},
    [BENCH_METRIC_SYSTEM_NS] = {"system_ns", "ns", "lower",
                                "processor time of the kernel for the work", false},
    [BENCH_METRIC_COUNTERS + BENCH_COUNTER_CYCLES] = {"cycles", "cycles", "lower",
                                                      "cycles of the processor, in user space",
                                                      false},
    [BENCH_METRIC_COUNTERS + BENCH_COUNTER_INSTRUCTIONS] = {"instructions", "instructions", "lower",
                                                            "instructions executed, in user space",
                                                            false},
    [BENCH_METRIC_COUNTERS +
        BENCH_COUNTER_CACHE_MISSES] = {"cache_misses", "misses", "lower",
                                       "accesses that missed the last cache, in user space", false},
    [BENCH_METRIC_COUNTERS +
        BENCH_COUNTER_BRANCH_MISSES] = {"branch_misses", "misses", "lower",
                                        "branches that were mispredicted, in user space", false},
    [BENCH_METRIC_OPERATIONS] = {"operations", "operations", "none", "marked operations", true},
    [BENCH_METRIC_LATENCY_P50_NS] = {"latency_p50_ns", "ns", "lower", "median time of an operation",
                                     false},
    [BENCH_METRIC_LATENCY_P90_NS] = {"latency_p90_ns", "ns", "lower",
                                     "90 % of operations take no longer", false},
    [BENCH_METRIC_LATENCY_P99_NS] = {"latency_p99_ns", "ns", "lower",
                                     "99 % of operations take no longer", false},
    [BENCH_METRIC_LATENCY_P999_NS] = {"latency_p999_ns", "ns", "lower",
                                      "99.9 % of operations take no longer", false},
    [BENCH_METRIC_LATENCY_MAX_NS] = {"latency_max_ns", "ns", "lower", "the slowest operation",
                                     false},
    [BENCH_METRIC_LATENCY_MEAN_NS] = {"latency_mean_ns", "ns", "lower", "mean time of an operation",
                                      false},
    [BENCH_METRIC_INTENDED] = {"intended_p50_ns", "ns", "lower",
                               "median time from when an operation was meant to begin to its end",
                               false},
    [BENCH_METRIC_INTENDED + 1] = {"intended_p90_ns", "ns", "lower",
                                   "90 % of operations end no later after that", false},
    [BENCH_METRIC_INTENDED + 2] = {"intended_p99_ns", "ns", "lower",
                                   "99 % of operations end no later after that", false},
    [BENCH_METRIC_INTENDED + 3] = {"intended_p999_ns", "ns", "lower",
                                   "99.9 % of operations end no later after that", false},
    [BENCH_METRIC_INTENDED + 4] = {"intended_max_ns", "ns", "lower",
                                   "longest time from an intended begin to the end", false},
    [BENCH_METRIC_INTENDED + 5] = {"intended_mean_ns", "ns", "lower",
                                   "mean time from an intended begin to the end", false},
    [BENCH_METRIC_METERED] = {"metered_p50_ns", "ns", "lower",
                              "median time of an operation, had they arrived at an even rate",
                              false},
    [BENCH_METRIC_METERED + 1] = {"metered_p90_ns", "ns", "lower",
                                  "90 % of operations take no longer then", false},
    [BENCH_METRIC_METERED + 2] = {"metered_p99_ns", "ns", "lower",
                                  "99 % of operations take no longer then", false},
    [BENCH_METRIC_METERED + 3] = {"metered_p999_ns", "ns", "lower",
                                  "99.9 % of operations take no longer then", false},
    [BENCH_METRIC_METERED + 4] = {"metered_max_ns", "ns", "lower", "the slowest operation then",
                                  false},
    [BENCH_METRIC_METERED + 5] = {"metered_mean_ns", "ns", "lower",
                                  "mean time of an operation then", false},
    [BENCH_METRIC_LATE_OPERATIONS] = {"late_operations", "operations", "lower",
                                      "operations that were due before the wait for them began",
                                      false},
    [BENCH_METRIC_LATE_MAX_NS] = {"late_max_ns", "ns", "lower",
                                  "longest time that one of those was due before", false},
    [BENCH_METRIC_FRAMES_MISSED_60] = {"frames_missed_60", "frames", "lower",
                                       "frames that took longer than 1/60 s", false},
    [BENCH_METRIC_FRAMES_MISSED_120] = {"frames_missed_120", "frames", "lower",
                                        "frames that took longer than 1/120 s", false},
    [BENCH_METRIC_FRAMES_MISSED_RUN_60] = {"frames_missed_run_60", "frames", "lower",
                                           "most frames in a row that took longer than 1/60 s",
                                           false},
    [BENCH_METRIC_FRAMES_MISSED_RUN_120] = {"frames_missed_run_120", "frames", "lower",
                                            "most frames in a row that took longer than 1/120 s",
                                            false},
    [BENCH_METRIC_BASELINE_RSS_BYTES] = {"baseline_rss_bytes", "bytes", "none",
                                         "resident before the work", false},
    [BENCH_METRIC_PEAK_RSS_BYTES] = {"peak_rss_bytes", "bytes", "lower",
                                     "most that was ever resident", false},
    [BENCH_METRIC_MEDIAN_RSS_BYTES] = {"median_rss_bytes", "bytes", "lower",
                                       "resident half of the time", false},
    [BENCH_METRIC_DRAINED_RSS_BYTES] = {"drained_rss_bytes", "bytes", "lower",
                                        "still resident when everything was released", false},
    [BENCH_METRIC_PEAK_PSS_BYTES] = {"peak_pss_bytes", "bytes", "lower",
                                     "most that was its share of memory, of some samples", false},
    [BENCH_METRIC_PEAK_PRIVATE_DIRTY_BYTES] =
        {"peak_private_dirty_bytes", "bytes", "lower",
         "most that was written by it and shared with nobody, of some samples", false},
    [BENCH_METRIC_HUGE_PAGE_BYTES] = {"huge_page_bytes", "bytes", "none",
                                      "most that lay in huge pages, of some samples", false},
    [BENCH_METRIC_PEAK_LIVE_BYTES] = {"peak_live_bytes", "bytes", "none",
                                      "most that was requested and not freed", true},
    [BENCH_METRIC_EXPECTED_LIVE_BYTES] = {"expected_live_bytes", "bytes", "none",
                                          "peak_live_bytes by the workload's formula", true},
    [BENCH_METRIC_OVERHEAD_RATIO] = {"overhead_ratio", "ratio", "lower",
                                     "growth of resident memory over peak_live_bytes", false},
    [BENCH_METRIC_ITEMS] = {"items", "items", "none", "things of the workload that lived at once",
                            true},
    [BENCH_METRIC_ITEMS_LIVE_BYTES] = {"items_live_bytes", "bytes", "lower",
                                       "requested for all of those and not freed", true},
    [BENCH_METRIC_ITEM_LIVE_BYTES] = {"item_live_bytes", "bytes", "lower",
                                      "the same for each of them", true},
    [BENCH_METRIC_ITEM_RESIDENT_BYTES] = {"item_resident_bytes", "bytes", "lower",
                                          "growth of resident memory for each of them", false},
    [BENCH_METRIC_MINOR_FAULTS] = {"minor_faults", "faults", "lower",
                                   "pages the kernel had to provide", false},
    [BENCH_METRIC_MAJOR_FAULTS] = {"major_faults", "faults", "lower", "pages that came from a disk",
                                   false},
    [BENCH_METRIC_CONTEXT_SWITCHES] = {"context_switches", "switches", "lower",
                                       "times the worker waited", false},
    [BENCH_METRIC_PREEMPTIONS] = {"preemptions", "switches", "lower",
                                  "times the worker was put aside: noise", false},
    [BENCH_METRIC_NOISE_P999_NS] = {"noise_p999_ns", "ns", "lower",
                                    "99.9 % of the idle runner's wakings were no later: noise",
                                    false},
    [BENCH_METRIC_NOISE_MAX_NS] = {"noise_max_ns", "ns", "lower",
                                   "how late the idle runner woke at most: noise", false},
    [BENCH_METRIC_PEAK_TRASH_BYTES] = {"peak_trash_bytes", "bytes", "lower",
                                       "the same in bytes, at their mean size", true},
    [BENCH_METRIC_MMU_10MS] = {"mmu_10ms", "ratio", "higher",
                               "share of the worst 10 ms that the collector left to the program",
                               false},
    [BENCH_METRIC_MMU_100MS] = {"mmu_100ms", "ratio", "higher",
                                "share of the worst 100 ms that the collector left to the program",
                                false},
    [BENCH_METRIC_STEADY] = {"steady", "boolean", "none", "1 if operations kept their pace, else 0",
                             false},
    [BENCH_METRIC_DRIFT_RATIO] = {"drift_ratio", "ratio", "none",
                                  "how much slower operations were at the end than at the "
                                  "beginning, behind a warm-up (Theil-Sen)",
                                  false},
    [BENCH_METRIC_WARMUP_RATIO] = {"warmup_ratio", "ratio", "lower",
                                   "share of the run at its beginning that was slower", false},
    [BENCH_METRIC_PEAK_TRASH_OBJECTS] =
        {"peak_trash_objects", "objects", "lower",
         "most tracked objects that were dead and not yet collected", true},
    OF_GENERATIONS(BENCH_METRIC_GC_UNCOLLECTABLE, 1, "gc.uncollectable", "", "objects", "lower",
                   true, "trash that could not be freed, of generation"),
    [BENCH_METRIC_GC_YIELD] = {"gc.yield", "ratio", "higher",
                               "containers freed for each object examined", true},
    [BENCH_METRIC_GC_PAUSE_SUM_NS] = {"gc.pause_sum_ns", "ns", "lower", "time of all collections",
                                      false},
    [BENCH_METRIC_GC_PAUSE_MAX_NS] = {"gc.pause_max_ns", "ns", "lower", "the longest collection",
                                      false},
    [BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS] = {"gc.operation_pause_max_ns", "ns", "lower",
                                                "the longest collection inside a marked operation",
                                                false},
    PAUSES_OF_GENERATIONS(0, "p50", "median time of a collection of generation"),
    PAUSES_OF_GENERATIONS(1, "p90", "time that 90 % do not exceed, of generation"),
    PAUSES_OF_GENERATIONS(2, "p99", "time that 99 % do not exceed, of generation"),
    PAUSES_OF_GENERATIONS(3, "p999", "time that 99.9 % do not exceed, of generation"),
    PAUSES_OF_GENERATIONS(4, "max", "longest collection of generation"),
    PAUSES_OF_GENERATIONS(5, "mean", "mean time of a collection of generation"),
};

/* The own metric number `index` of all workloads, counted in the registry's order; NULL: so many there
 * are not, and *ret_count says how many. */
static const struct wl_metric *
find_own(size_t index, size_t *ret_count) {
    size_t count, before = 0;
    const struct wl_workload *const *workloads = wl_registry(&count);

    for (size_t i = 0; i < count; i++) {
        if (index - before < workloads[i]->metric_count)
            return &workloads[i]->metrics[index - before];
        before += workloads[i]->metric_count;
    }
    *ret_count = before;
    return NULL;
}

int
bench_metric_count(void) {
    size_t own = 0;
    find_own(SIZE_MAX, &own);
    return BENCH_METRIC_OWN + (int)own;
}

/* Memory that is held and work that is done had better be less. What was given back is neither good nor bad by
 * itself, and how often to collect is what one tries to find out. */
static const char *
better_stat(enum rt_stat stat, const char *unit) {
    switch (stat) {
    case RT_STAT_TRIMMED_BYTES:
    case RT_STAT_GC_FREED_BYTES:
        return "none";
    case RT_STAT_ALLOCATIONS:
    case RT_STAT_ARENAS_MAPPED_PEAK:
    case RT_STAT_ARENAS_MAPPED_TOTAL:
    case RT_STAT_GC_EXAMINED:
    case RT_STAT_GC_EDGES:
    case RT_STAT_GC_UNCOLLECTABLE:
        return "lower";
    default:
        return strcmp(unit, "bytes") == 0 ? "lower" : "none";
    }
}

static struct bench_store_metric
stat_row(enum rt_stat index) {
    const struct rt_stat_row *stat = rt_stat_row(index);
    return (struct bench_store_metric){
        .name = stat->name,
        .unit = stat->unit,
        .better = better_stat(index, stat->unit),
        .help = stat->help,
        .deterministic = true,
    };
}

struct bench_store_metric
bench_metric_row(enum bench_metric metric) {
    size_t count;

    if (metric < BENCH_METRIC_STATS)
        return rows[metric];
    if (metric < BENCH_METRIC_OWN)
        return stat_row((enum rt_stat)(metric - BENCH_METRIC_STATS));
    const struct wl_metric *own = find_own((size_t)metric - BENCH_METRIC_OWN, &count);
    return (struct bench_store_metric){own->name, own->unit, own->better, own->help,
                                       own->is_deterministic};
}

enum bench_metric
bench_metric_find(const char *name) {
    for (int i = 0; i < bench_metric_count(); i++)
        if (strcmp(bench_metric_row((enum bench_metric)i).name, name) == 0)
            return (enum bench_metric)i;
    return BENCH_METRIC_MOST;
}

enum bench_metric
bench_metric_own(const struct wl_workload *workload, size_t index) {
    return bench_metric_find(workload->metrics[index].name);
}
