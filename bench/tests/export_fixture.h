/* SPDX-License-Identifier: MIT
 *
 * export_fixture.h: a small run with everything that an export may meet, and what each format makes of it.
 *
 * There are two configurations of a workload `churn`. The first has seven finished cells with wall times of 10 to
 * 70 ms and latencies of 1000 to 1099 ns times the block; its series are live memory and two collections. The
 * second has a cell that failed with all characters that need care in its reason, and one that ran out of time.
 */
#ifndef BENCH_TESTS_EXPORT_FIXTURE_H
#define BENCH_TESTS_EXPORT_FIXTURE_H

#include <errno.h>
#include <jansson.h>

#include "bench/export.h"
#include "bench/tests/report_fixture.h"

#define CARE "quote \" comma, less < and & backslash \\ line\nend \x01 bad \xff good \xc3\xa9"

enum {
    EXPORT_GOOD = 7,
    EXPORT_TEXT_BYTES = 1 << 20
};

static inline void
put_tables(struct bench_store *store, const char *complete) {
    const struct bench_store_workload workload = {"churn", "blocks come and go", 3, ""};
    const struct bench_store_knob knobs[] = {
        {"alloc.arena", "size", "bytes", "1MiB", "arena", false},
        {"alloc.backend", "enum", "", "pool", "who", true}};
    const struct bench_store_metric metrics[] = {
        {"churn.hits", "items", "higher", "hits", true},
        {"gc.pause_max_ns", "ns", "lower", "the \"longest\"\\", false},
        {"other.figure", "items", "lower", "of a workload that is not here", true},
        {"peak_rss_bytes", "bytes", "lower", "most resident", false},
        {"wall_ns", "ns", "lower", "time of the work", false}};
    const char *const labels[] = {"alloc.backend=pool", "alloc.backend=system"};

    put_facts(store, &(struct fixture){.run_name = NULL});
    assert_int_equal(bench_store_put_fact(store, BENCH_STORE_RUN, "complete", complete), 0);
    assert_int_equal(bench_store_put_workload(store, &workload), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(bench_store_put_knob(store, &knobs[i]), 0);
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        assert_int_equal(bench_store_put_metric(store, &metrics[i]), 0);
    for (int64_t id = 1; id <= 2; id++) {
        assert_int_equal(
            bench_store_put_config(
                store, &(struct bench_store_config){id, "churn", "rt", labels[id - 1], 1}),
            0);
        assert_int_equal(
            bench_store_put_setting(store, id,
                                    &(struct bench_store_setting){"alloc.arena", "1MiB", 1048576}),
            0);
        assert_int_equal(
            bench_store_put_setting(store, id,
                                    &(struct bench_store_setting){"alloc.backend",
                                                                  strchr(labels[id - 1], '=') + 1,
                                                                  (double)(id - 1)}),
            0);
    }
}

/* Two spans of operations, the second one three times as slow; windows; and memory beyond the end of cell 3's work. */
static inline void
put_curves_of_work(struct bench_store *store, int64_t cell) {
    const struct {
        const char *name, *unit, *at_unit;
        int64_t points[2][2];
    } curves[] = {{"pace", "ps", "operations", {{100, 1500}, {200, 4500}}},
                  {"mmu", "ppm", "ns", {{1000000, 0}, {2000000, 500000}}},
                  {"resident", "bytes", "ns", {{500, 4096}, {30500000, 8192}}}};

    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        struct bench_series series;
        bench_series_init(&series);
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(
                bench_series_append(&series, curves[i].points[k][0], curves[i].points[k][1]), 0);
        assert_int_equal(bench_store_put_series(store, cell, curves[i].name, curves[i].unit,
                                                curves[i].at_unit, &series),
                         0);
        bench_series_fini(&series);
    }
}

static inline void
put_curves(struct bench_store *store, int64_t cell) {
    const int64_t live[][2] = {{-900, 5}, {-100, 10}, {1500, 20}, {1000000, 30}};
    struct bench_series series, collections;

    bench_series_init(&series);
    bench_series_init(&collections);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(bench_series_add(&series, live[i][0], live[i][1]), 0);
    assert_int_equal(bench_series_append(&collections, 2500, 1001), 0);
    assert_int_equal(bench_series_append(&collections, 9000, 1001), 0);
    assert_int_equal(bench_store_put_series(store, cell, "live", "bytes", "ns", &series), 0);
    assert_int_equal(bench_store_put_series(store, cell, "slowest", "ns", "operations", &series),
                     0);
    assert_int_equal(bench_store_put_series(store, cell, "collections2", "ns", "ns", &collections),
                     0);
    bench_series_fini(&series);
    bench_series_fini(&collections);
    put_curves_of_work(store, cell);
}

static inline void
put_good(struct bench_store *store, int64_t block) {
    const struct bench_store_cell cell = {.id = block,
                                          .config_id = 1,
                                          .block = block,
                                          .position = 1,
                                          .seed = 40 + (uint64_t)block,
                                          .state = BENCH_CELL_FINISHED,
                                          .digest = "0123456789abcdef",
                                          .started = "2024-05-06T07:08:19Z",
                                          .elapsed_ns = 1500000000};
    struct bench_hist *hist = malloc(sizeof *hist);

    assert_non_null(hist);
    bench_hist_init(hist);
    for (uint64_t i = 0; i < 100; i++)
        bench_hist_record(hist, (1000 + i) * (uint64_t)block);
    assert_int_equal(bench_store_put_cell(store, &cell), 0);
    assert_int_equal(bench_store_put_value(store, block, "wall_ns", (double)block * 1e7), 0);
    assert_int_equal(bench_store_put_value(store, block, "churn.hits", 0.1 * (double)block), 0);
    assert_int_equal(bench_store_put_value(store, block, "peak_rss_bytes", 1048576), 0);
    assert_int_equal(bench_store_put_histogram(store, block, "latency", "ns", hist), 0);
    assert_int_equal(bench_store_put_histogram(store, block, "pause2", "ns", hist), 0);
    put_curves(store, block);
    free(hist);
}

static inline void
put_bad(struct bench_store *store, bool has_planned) {
    const struct bench_store_cell failed = {.id = EXPORT_GOOD + 1,
                                            .config_id = 2,
                                            .block = 1,
                                            .position = 2,
                                            .seed = 41,
                                            .state = BENCH_CELL_FAILED,
                                            .exit_status = 7,
                                            .why = CARE,
                                            .stderr_tail = CARE,
                                            .started = "2024-05-06T07:08:29Z",
                                            .elapsed_ns = 5};
    struct bench_store_cell late = failed;

    late.id++;
    late.block = 2;
    late.exit_status = -1;
    late.signal = 9;
    late.state = has_planned ? BENCH_CELL_PLANNED : BENCH_CELL_TIMEOUT;
    if (has_planned) {
        late.signal = 0;
        late.why = late.stderr_tail = late.started = NULL;
    }
    assert_int_equal(bench_store_put_cell(store, &failed), 0);
    assert_int_equal(bench_store_put_cell(store, &late), 0);
}

static inline void
make_export(const char *path, bool is_complete) {
    struct bench_store *store;
    char why[256];

    assert_int_equal(bench_store_open(path, BENCH_STORE_CREATE, &store, why, sizeof why), 0);
    assert_int_equal(bench_store_begin(store), 0);
    put_tables(store, is_complete ? "1" : "0");
    for (int64_t block = 1; block <= EXPORT_GOOD; block++)
        put_good(store, block);
    put_bad(store, !is_complete);
    assert_int_equal(bench_store_commit(store), 0);
    bench_store_close(store);
}

#endif
