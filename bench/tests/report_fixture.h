/* SPDX-License-Identifier: MIT
 *
 * report_fixture.h: small run files with figures that are easy to check, for the tests of the report.
 *
 * Configuration c of a fixture has wall times of (100 - 10 c) ms, growing by 1 ms a block, a peak of
 * (32 + 4 c) MiB and latencies of 1000 to 1999 ns, divided by c + 1. So the first is smallest, the last
 * is fastest, and all are on the front.
 */
#ifndef BENCH_TESTS_REPORT_FIXTURE_H
#define BENCH_TESTS_REPORT_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/hist.h"
#include "bench/report/data.h"
#include "bench/series.h"
#include "bench/store.h"

/* ---- A directory of the test's own ------------------------------------------------------------- */

static char scratch[256];

static inline int
make_scratch(void **state) {
    const char *tmp = getenv("TMPDIR");
    (void)state;
    snprintf(scratch, sizeof(scratch), "%s/gcsweep-test-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int
remove_scratch(void **state) {
    DIR *directory = opendir(scratch);
    const struct dirent *entry;
    (void)state;
    while (directory && (entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    return rmdir(scratch);
}

/* The last four results stay valid. */
static inline const char *
scratch_path(const char *name) {
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
    return path;
}

static inline bool
has_gnuplot(void) {
    return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

/* ---- Run files --------------------------------------------------------------------------------- */

struct fixture {
    size_t configs, blocks, latencies; /* latencies: samples of a cell */
    size_t groups;                     /* that share the configurations alike; 0: one */
    double slower;                     /* wall times are longer by this share */
    const char *workload;              /* NULL: churn */
    const char *run_name;              /* NULL: fixture */
    const char *labels[4];             /* of the first configurations; NULL: an arena size */
    const char *engines[4];            /* likewise; NULL: rt */
    int64_t references[4];             /* of the first ones; 0: the first of all */
    const char *variant;               /* of the workload; NULL: none */
    bool grows;    /* tells of a thousand items, of a list that grows as CPython's, of its rounds */
    bool collects; /* generation 0 ten times in a cell, everything once; modes differ */
    bool last_never_collects;
    bool
        is_detailed; /* ten collections on a timeline, live and trash, a curve of use; also metered */
    bool last_fails;  /* every cell of the last configuration */
    bool nothing_ran; /* every cell is still planned */
};

static inline void
put_facts(struct bench_store *store, const struct fixture *fixture) {
    const char *const run[][2] = {
        {"name", fixture->run_name ? fixture->run_name : "fixture"},
        {"suite", "quick"},
        {"command", "gcsweep sweep quick --set 'a<b' --report"},
        {"created", "2024-05-06T07:08:09Z"},
        {"seed", "17"},
        {"repetitions", "3"},
        {"gcsweep", "0.1.0"},
    };
    const char *const environment[][2] = {{"cpu", "Maker & Sons <fast> 3000"},
                                          {"commit", "0123abc"},
                                          {"memory_bytes", "8589934592"},
                                          {"governor", "unknown"}};
    for (size_t i = 0; i < sizeof(run) / sizeof(run[0]); i++)
        assert_int_equal(bench_store_put_fact(store, BENCH_STORE_RUN, run[i][0], run[i][1]), 0);
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
        assert_int_equal(bench_store_put_fact(store, BENCH_STORE_ENVIRONMENT, environment[i][0],
                                              environment[i][1]),
                         0);
}

/* Configuration c has items of 100 + 10 c bytes, and 4 more resident; its slowest operation is number 5,
 * of 1000 (c + 1) ns. */
static inline void
put_growth(struct bench_store *store, int64_t cell, size_t config) {
    const double live = 100 + 10 * (double)config;
    const int64_t steps[][2] = {{0, 56}, {1, 88}, {5, 120}, {9, 184}, {16, 184}};
    const int64_t slowest[][2] = {{1, 60}, {5, 1000 * ((int64_t)config + 1)}, {12, 70}};
    struct bench_series growth, spikes;
    bench_series_init(&growth);
    bench_series_init(&spikes);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(bench_series_add(&growth, steps[i][0], steps[i][1]), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bench_series_add(&spikes, slowest[i][0], slowest[i][1]), 0);
    assert_int_equal(bench_store_put_value(store, cell, "items", 1000), 0);
    assert_int_equal(bench_store_put_value(store, cell, "item_live_bytes", live), 0);
    assert_int_equal(bench_store_put_value(store, cell, "item_resident_bytes", live + 4), 0);
    assert_int_equal(
        bench_store_put_series(store, cell, "listgrow.list_bytes", "bytes", "items", &growth), 0);
    assert_int_equal(bench_store_put_series(store, cell, "slowest", "ns", "operations", &spikes),
                     0);
    bench_series_fini(&growth);
    bench_series_fini(&spikes);
}

/* Collections of 1000 (c + 1) / 2 ns, one of 20000 (c + 1) ns. */
static inline void
put_collections(struct bench_store *store, const struct fixture *fixture, int64_t cell,
                size_t config) {
    bool never = fixture->last_never_collects && config + 1 == fixture->configs;
    const struct {
        const char *metric;
        double value;
    } values[] = {{"gc.collections0", never ? 0 : 10},
                  {"gc.collections1", 0},
                  {"gc.collections2", never ? 0 : 1},
                  {"gc.examined", 900},
                  {"gc.freed", 90},
                  {"gc.pause_max_ns", 20000},
                  {"gc.operation_pause_max_ns", 20000 / (double)(config + 1)},
                  {"peak_trash_objects", 50.0 * (double)(config + 1)}};
    struct bench_hist *hist = malloc(sizeof(*hist));
    assert_non_null(hist);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(bench_store_put_value(store, cell, values[i].metric, values[i].value), 0);
    bench_hist_init(hist);
    bench_hist_record_many(hist, 500 * (config + 1), 10);
    assert_int_equal(bench_store_put_histogram(store, cell, "pause0", "ns", hist), 0);
    bench_hist_init(hist);
    bench_hist_record(hist, 20000 * (config + 1));
    assert_int_equal(bench_store_put_histogram(store, cell, "pause2", "ns", hist), 0);
    free(hist);
}

/* Of configuration c: ten collections of generation 0, one each 1000 ns, the last of them of 1000 (c + 1) ns,
 * the others of 100 ns; at their middle 300 bytes live, 200 of them trash; of the worst 10 ms (c + 1) tenths
 * are left; at an even rate an operation takes 5000 ns. */
static inline void
put_detail(struct bench_store *store, int64_t cell, size_t config) {
    const struct {
        const char *name, *unit;
        int64_t points[3][2];
    } curves[] = {{"live", "bytes", {{0, 0}, {5000, 300}, {10000, 100}}},
                  {"trash", "bytes", {{0, 0}, {5000, 200}, {10000, 0}}},
                  {"mmu",
                   "ppm",
                   {{1000000, 0},
                    {10000000, 100000 * ((int64_t)config + 1)},
                    {20000000, 100000 * ((int64_t)config + 1)}}}};
    struct bench_series series;
    struct bench_hist *hist = malloc(sizeof(*hist));
    assert_non_null(hist);
    bench_series_init(&series);
    for (int64_t i = 0; i < 10; i++)
        assert_int_equal(
            bench_series_append(&series, 1000 * i, i == 9 ? 1000 * ((int64_t)config + 1) : 100), 0);
    assert_int_equal(bench_store_put_series(store, cell, "collections0", "ns", "ns", &series), 0);
    bench_series_fini(&series);
    for (size_t i = 0; i < 3; i++) {
        bench_series_init(&series);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(
                bench_series_append(&series, curves[i].points[k][0], curves[i].points[k][1]), 0);
        assert_int_equal(
            bench_store_put_series(store, cell, curves[i].name, curves[i].unit, "ns", &series), 0);
        bench_series_fini(&series);
    }
    bench_hist_init(hist);
    bench_hist_record_many(hist, 5000, 100);
    assert_int_equal(bench_store_put_histogram(store, cell, "metered", "ns", hist), 0);
    free(hist);
}

static inline void
put_results(struct bench_store *store, const struct fixture *fixture, int64_t cell, size_t config,
            size_t block) {
    double wall =
        1e6 * (double)(100 - 10 * (int)(config % 10) + (int)block) * (1 + fixture->slower);
    double peak = 1048576.0 * (double)(32 + 4 * config);
    const struct {
        const char *metric;
        double value;
    } values[] = {{"wall_ns", wall},          {"cpu_ns", wall},
                  {"peak_rss_bytes", peak},   {"baseline_rss_bytes", 2097152},
                  {"peak_live_bytes", 2e7},   {"overhead_ratio", (peak - 2097152) / 2e7},
                  {"drained_rss_bytes", 3e6}, {"latency_p99_ns", 1990. / (double)(config + 1)}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(bench_store_put_value(store, cell, values[i].metric, values[i].value), 0);
    struct bench_hist *hist = malloc(sizeof(*hist));
    assert_non_null(hist);
    bench_hist_init(hist);
    for (size_t i = 0; i < fixture->latencies; i++)
        bench_hist_record(hist, (1000 + i % 1000) / (config + 1));
    assert_int_equal(bench_store_put_histogram(store, cell, "latency", "ns", hist), 0);
    free(hist);
    struct bench_series series;
    bench_series_init(&series);
    for (int i = 0; i <= 20; i++)
        assert_int_equal(bench_series_add(&series, (int64_t)(wall / 20 * i),
                                          2097152 + (int64_t)(peak / 20 * (i < 15 ? i : 15))),
                         0);
    assert_int_equal(bench_store_put_series(store, cell, "resident", "bytes", "ns", &series), 0);
    bench_series_fini(&series);
    if (fixture->grows)
        put_growth(store, cell, config);
    if (fixture->collects)
        put_collections(store, fixture, cell, config);
    if (fixture->is_detailed)
        put_detail(store, cell, config);
}

static inline void
put_collector(struct bench_store *store, int64_t config) {
    const struct bench_store_setting mode = {"gc.mode", config % 2 == 1 ? "auto" : "manual", 0};
    const struct bench_store_setting threshold = {"gc.threshold0", "", 699.0 + (double)config};
    assert_int_equal(bench_store_put_setting(store, config, &mode), 0);
    assert_int_equal(bench_store_put_setting(store, config, &threshold), 0);
}

static inline void
put_cell(struct bench_store *store, const struct fixture *fixture, size_t config, size_t block) {
    struct bench_store_cell cell = {
        .id = (int64_t)(block * fixture->configs + config + 1),
        .config_id = (int64_t)config + 1,
        .block = (int64_t)block + 1,
        .position = (int64_t)config + 1,
        .state = fixture->nothing_ran ? BENCH_CELL_PLANNED : BENCH_CELL_FINISHED,
        .exit_status = fixture->nothing_ran ? -1 : 0,
        .digest = fixture->nothing_ran ? NULL : "00000000000000ff",
        .started = fixture->nothing_ran ? NULL : "2024-05-06T07:08:09Z",
        .elapsed_ns = 1000000,
    };
    bool fails = fixture->last_fails && config + 1 == fixture->configs;
    if (fails) {
        cell.state = BENCH_CELL_FAILED;
        cell.exit_status = 1;
        cell.digest = NULL;
        cell.why = "it said: \x01 <b>no</b>";
    }
    assert_int_equal(bench_store_put_cell(store, &cell), 0);
    if (!fails && !fixture->nothing_ran)
        put_results(store, fixture, cell.id, config, block);
}

static inline void
put_metrics(struct bench_store *store) {
    static const char *const names[] = {
        "wall_ns",
        "cpu_ns",
        "peak_rss_bytes",
        "baseline_rss_bytes",
        "peak_live_bytes",
        "overhead_ratio",
        "latency_p99_ns",
        "drained_rss_bytes",
        "items",
        "item_live_bytes",
        "item_resident_bytes",
        "peak_trash_objects",
        "gc.collections0",
        "gc.collections1",
        "gc.collections2",
        "gc.examined",
        "gc.freed",
        "gc.pause_max_ns",
        "gc.operation_pause_max_ns",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *unit = strstr(names[i], "_ns")      ? "ns"
                           : strstr(names[i], "_bytes") ? "bytes"
                                                        : "";
        const struct bench_store_metric metric = {names[i], unit, "lower", "", false};
        assert_int_equal(bench_store_put_metric(store, &metric), 0);
    }
}

/* Makes the run file at `path`. */
static inline void
make_run(const struct fixture *fixture, const char *path) {
    const char *workload = fixture->workload ? fixture->workload : "churn";
    struct bench_store *store;
    char why[256];
    unlink(path);
    assert_int_equal(bench_store_open(path, BENCH_STORE_CREATE, &store, why, sizeof(why)), 0);
    assert_int_equal(bench_store_begin(store), 0);
    put_facts(store, fixture);
    put_metrics(store);
    const struct bench_store_workload workload_row = {workload, "blocks that come & go", 1,
                                                      fixture->variant};
    const struct bench_store_knob knobs[] = {
        {"alloc.arena", "size", "bytes", "1MiB", "how much at once", true},
        {"gc.mode", "enum", "", "auto", "when", false},
        {"gc.threshold0", "integer", "objects", "-1", "how many", false}};
    assert_int_equal(bench_store_put_workload(store, &workload_row), 0);
    for (size_t i = 0; i < (fixture->collects ? 3 : 1); i++)
        assert_int_equal(bench_store_put_knob(store, &knobs[i]), 0);
    for (size_t i = 0; i < fixture->configs; i++) {
        char label[64];
        size_t share = fixture->groups ? fixture->configs / fixture->groups : fixture->configs;
        int64_t reference = (int64_t)(i / share * share) + 1;
        snprintf(label, sizeof(label), "alloc.arena=%zuKiB", (size_t)256 << i % share % 20);
        if (fixture->groups)
            snprintf(label, sizeof(label), "alloc.arena=%zuKiB %s.live=%zu", 256 * (i % share + 1),
                     workload, i / share + 1);
        const char *given = i < 4 ? fixture->labels[i] : NULL;
        const char *engine = i < 4 && fixture->engines[i] ? fixture->engines[i] : "rt";
        const struct bench_store_config config = {
            (int64_t)i + 1, workload, engine, given ? given : label,
            i < 4 && fixture->references[i] ? fixture->references[i] : reference};
        assert_int_equal(bench_store_put_config(store, &config), 0);
        if (!given) {
            const struct bench_store_setting arena = {"alloc.arena", label + 12,
                                                      (double)(i % share)};
            assert_int_equal(bench_store_put_setting(store, config.id, &arena), 0);
        }
        if (fixture->collects)
            put_collector(store, config.id);
    }
    for (size_t block = 0; block < fixture->blocks; block++)
        for (size_t i = 0; i < fixture->configs; i++)
            put_cell(store, fixture, i, block);
    assert_int_equal(bench_store_commit(store), 0);
    if (!fixture->nothing_ran)
        assert_int_equal(bench_store_finish(store), 0);
    bench_store_close(store);
}

/* The whole file, to be freed. */
static inline char *
read_whole(const char *path) {
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t capacity = 0;
    assert_non_null(in);
    assert_true(getdelim(&text, &capacity, '\0', in) > 0);
    fclose(in);
    return text;
}

static inline size_t
count_of(const char *text, const char *what) {
    size_t count = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        count++;
    return count;
}

static inline void
assert_contains(const char *text, const char *what) {
    if (!strstr(text, what))
        fail_msg("\"%s\" should be in the text:\n%.2000s", what, text);
}

static inline void
assert_lacks(const char *text, const char *what) {
    if (strstr(text, what))
        fail_msg("\"%s\" should not be in the text", what);
}

/* One part of the page about the fixture's run. */
static inline char *
write_page_part(const struct fixture *fixture,
                void (*part)(const struct bench_report_data *data, FILE *out)) {
    struct bench_report_data data;
    char *text = NULL, why[256];
    size_t bytes;
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    FILE *out = open_memstream(&text, &bytes);
    part(&data, out);
    fclose(out);
    bench_report_data_fini(&data);
    return text;
}

#endif
