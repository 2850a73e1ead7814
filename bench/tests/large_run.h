/* SPDX-License-Identifier: MIT
 *
 * large_run.h: makes a finished run of any size through the store's own functions, for tests of how long
 * it takes to open, list and summarise. Cells have the metrics of a summary, and a digest.
 */
#ifndef BENCH_TESTS_LARGE_RUN_H
#define BENCH_TESTS_LARGE_RUN_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bench/metric.h"
#include "bench/store.h"
#include "workloads/workload.h"

static const char *const large_run_metrics[] = {"wall_ns",        "latency_p50_ns",
                                                "latency_p99_ns", "peak_rss_bytes",
                                                "overhead_ratio", "operations"};

static inline void
put_large_frame(struct bench_store *store, int64_t configs, int64_t blocks) {
    const struct bench_store_workload workload = {"churn", "blocks that come and go",
                                                  wl_registry_find("churn")->version, ""};
    const struct bench_store_knob knob = {"gc.threshold0", "integer", "", "700", "how many", true};
    char text[32];

    snprintf(text, sizeof text, "%lld", (long long)blocks);
    const char *const facts[][2] = {
        {"name", "large"}, {"suite", "large"}, {"command", "gcsweep"}, {"complete", "0"},
        {"seed", "1"},     {"jobs", "1"},      {"repetitions", text},  {"shard", "1/1"}};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        assert_int_equal(bench_store_put_fact(store, BENCH_STORE_RUN, facts[i][0], facts[i][1]), 0);
    for (int i = 0; i < bench_metric_count(); i++) {
        struct bench_store_metric metric = bench_metric_row((enum bench_metric)i);
        assert_int_equal(bench_store_put_metric(store, &metric), 0);
    }
    assert_int_equal(bench_store_put_workload(store, &workload), 0);
    assert_int_equal(bench_store_put_knob(store, &knob), 0);
    for (int64_t id = 1; id <= configs; id++) {
        char label[64];
        snprintf(label, sizeof label, "gc.threshold0=%lld", (long long)id);
        const struct bench_store_config config = {id, "churn", "rt", label, 1};
        const struct bench_store_setting setting = {"gc.threshold0", label + 14, (double)id};
        assert_int_equal(bench_store_put_config(store, &config), 0);
        assert_int_equal(bench_store_put_setting(store, id, &setting), 0);
    }
}

static inline void
put_large_cell(struct bench_store *store, int64_t id, int64_t config, int64_t block,
               int64_t position) {
    const struct bench_store_cell cell = {.id = id,
                                          .config_id = config,
                                          .block = block,
                                          .position = position,
                                          .seed = (uint64_t)block,
                                          .state = BENCH_CELL_FINISHED,
                                          .digest = "00000000000000aa",
                                          .started = "2024-01-01T00:00:00Z",
                                          .elapsed_ns = 5000000};

    assert_int_equal(bench_store_put_cell(store, &cell), 0);
    for (size_t i = 0; i < sizeof large_run_metrics / sizeof large_run_metrics[0]; i++)
        assert_int_equal(bench_store_put_value(store, id, large_run_metrics[i],
                                               (double)(id * 7919 % 10007 + (int64_t)i + 1)),
                         0);
}

/* configs * blocks cells; each block begins with another configuration. */
static inline void
make_large_run(const char *path, int64_t configs, int64_t blocks) {
    struct bench_store *store;
    char why[256];
    int64_t id = 0;

    assert_int_equal(bench_store_open(path, BENCH_STORE_CREATE, &store, why, sizeof why), 0);
    assert_int_equal(bench_store_begin(store), 0);
    put_large_frame(store, configs, blocks);
    for (int64_t block = 1; block <= blocks; block++)
        for (int64_t i = 0; i < configs; i++)
            put_large_cell(store, ++id, (i + block * 7919) % configs + 1, block, i + 1);
    assert_int_equal(bench_store_commit(store), 0);
    if (bench_store_finish(store) != 0)
        fail_msg("%s", bench_store_why(store));
    bench_store_close(store);
}

#endif
