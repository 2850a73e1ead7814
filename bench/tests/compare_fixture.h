/* SPDX-License-Identifier: MIT
 *
 * compare_fixture.h: makes small runs to be compared, whose every figure a test may set.
 *
 * As they begin, all runs are alike: configuration c has in block b a wall time of 1000 + 100 c + b, 50
 * frees, 20 dead objects and 7 hits, no pause at all, a quiet machine, and one answer.
 */
#ifndef BENCH_TESTS_COMPARE_FIXTURE_H
#define BENCH_TESTS_COMPARE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/store.h"

enum {
    CONFIGS = 4,
    BLOCKS = 12
};

enum made_metric {
    FREES,
    HITS,
    TRASH,
    PAUSE,
    NOISE,
    WALL,
    METRICS
};

static const struct bench_store_metric made_metrics[METRICS] = {
    [FREES] = {"alloc.frees", "blocks", "none", "", true},
    [HITS] = {"cache.hits", "hits", "higher", "", true},
    [TRASH] = {"peak_trash_objects", "objects", "lower", "", true},
    [PAUSE] = {"gc.pause_max_ns", "ns", "lower", "", false},
    [NOISE] = {"noise_max_ns", "ns", "lower", "", false},
    [WALL] = {"wall_ns", "ns", "lower", "", false},
};

struct made {
    const char *path;
    int64_t version; /* of the workload */
    const char *jobs, *cpu, *complete;
    const char *knob;             /* one more that its configurations have; NULL: none */
    const char *configs[CONFIGS]; /* "ENGINE KNOB=VALUE KNOB=VALUE" */
    size_t blocks;
    uint64_t seeds[BLOCKS];
    double values[METRICS][CONFIGS][BLOCKS]; /* NaN: none */
    enum bench_cell_state states[CONFIGS][BLOCKS];
    const char *answers[CONFIGS][BLOCKS];
};

static inline void
begin_made(struct made *made, const char *path) {
    static const double firsts[METRICS] = {50, 7, 20, 0, 60000, 1000};

    *made = (struct made){
        .path = path,
        .version = 1,
        .jobs = "1",
        .cpu = "A",
        .complete = "1",
        .configs = {"rt gc.mode=auto gc.threshold0=700", "rt gc.mode=auto gc.threshold0=5000"},
        .blocks = 10};
    for (size_t block = 0; block < BLOCKS; block++) {
        made->seeds[block] = 100 + block;
        for (size_t config = 0; config < CONFIGS; config++) {
            made->states[config][block] = BENCH_CELL_FINISHED;
            made->answers[config][block] = "00000000000000aa";
            for (size_t metric = 0; metric < METRICS; metric++)
                made->values[metric][config][block] =
                    firsts[metric] + (metric == WALL ? (double)(100 * config + block) : 0);
        }
    }
}

static inline void
put_made_config(struct bench_store *store, const struct made *made, size_t index) {
    char text[256], *rest = text, *engine, *setting;
    const char *label = strchr(made->configs[index], ' ');

    snprintf(text, sizeof text, "%s", made->configs[index]);
    engine = strtok_r(rest, " ", &rest);
    const struct bench_store_config config = {(int64_t)index + 1, "churn", engine,
                                              label == NULL ? "" : label + 1, 1};
    assert_int_equal(bench_store_put_config(store, &config), 0);
    while ((setting = strtok_r(rest, " ", &rest)) != NULL) {
        char *value = strchr(setting, '=');
        *value++ = '\0';
        const struct bench_store_setting row = {setting, value, strtod(value, NULL)};
        assert_int_equal(bench_store_put_setting(store, config.id, &row), 0);
    }
}

static inline void
put_made_frame(struct bench_store *store, const struct made *made) {
    static const struct bench_store_knob knobs[] = {
        {"gc.mode", "enum", "", "auto", "", true},
        {"gc.threshold0", "integer", "", "700", "", true},
        {"churn.live", "size", "bytes", "1MiB", "", true},
    };
    const struct bench_store_workload workload = {"churn", "", made->version, ""};
    const char *const facts[][2] = {
        {"name", "made"}, {"jobs", made->jobs}, {"complete", made->complete}};

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bench_store_put_fact(store, BENCH_STORE_RUN, facts[i][0], facts[i][1]), 0);
    assert_int_equal(bench_store_put_fact(store, BENCH_STORE_ENVIRONMENT, "cpu", made->cpu), 0);
    assert_int_equal(bench_store_put_workload(store, &workload), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bench_store_put_knob(store, &knobs[i]), 0);
    if (made->knob != NULL) {
        const struct bench_store_knob knob = {made->knob, "enum", "", "off", "", true};
        assert_int_equal(bench_store_put_knob(store, &knob), 0);
    }
    for (size_t i = 0; i < METRICS; i++)
        assert_int_equal(bench_store_put_metric(store, &made_metrics[i]), 0);
}

static inline void
put_made_cell(struct bench_store *store, const struct made *made, size_t config, size_t block,
              int64_t id) {
    const struct bench_store_cell cell = {.id = id,
                                          .config_id = (int64_t)config + 1,
                                          .block = (int64_t)block + 1,
                                          .position = (int64_t)config + 1,
                                          .seed = made->seeds[block],
                                          .state = made->states[config][block],
                                          .digest = made->answers[config][block]};

    assert_int_equal(bench_store_put_cell(store, &cell), 0);
    for (size_t i = 0; cell.state == BENCH_CELL_FINISHED && i < METRICS; i++)
        if (made->values[i][config][block] == made->values[i][config][block])
            assert_int_equal(bench_store_put_value(store, id, made_metrics[i].name,
                                                   made->values[i][config][block]),
                             0);
}

static inline void
put_made(const struct made *made) {
    struct bench_store *store;
    char why[256];
    int64_t id = 0;

    unlink(made->path);
    assert_int_equal(bench_store_open(made->path, BENCH_STORE_CREATE, &store, why, sizeof why), 0);
    assert_int_equal(bench_store_begin(store), 0);
    put_made_frame(store, made);
    for (size_t i = 0; i < CONFIGS && made->configs[i] != NULL; i++)
        put_made_config(store, made, i);
    for (size_t block = 0; block < made->blocks; block++)
        for (size_t i = 0; i < CONFIGS && made->configs[i] != NULL; i++)
            put_made_cell(store, made, i, block, ++id);
    assert_int_equal(bench_store_commit(store), 0);
    bench_store_close(store);
}

#endif
