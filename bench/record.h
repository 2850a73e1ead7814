/* SPDX-License-Identifier: MIT
 *
 * record.h: what became of one cell. Always says something, however the worker ended. It is large (the
 * histogram lives in it), so there is one per run, cleared for each cell.
 */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "bench/cell.h"
#include "bench/hist.h"
#include "bench/measure.h"
#include "bench/metric.h"
#include "bench/series.h"
#include "bench/store.h"

enum {
    BENCH_RECORD_NOTE_BYTES = 256
};

struct bench_record {
    enum bench_cell_state state;
    int exit_status, signal; /* -1 and 0 where there is none */
    char why[256];           /* one line, "" when finished */
    char stderr_tail[2048];  /* whole lines, "" when nothing was written */
    char digest[17];         /* "" when there is none */
    char started[BENCH_MEASURE_UTC_BYTES];
    uint64_t elapsed_ns;
    bool has[BENCH_METRIC_MOST];
    double values[BENCH_METRIC_MOST];
    struct bench_hist latency;
    struct bench_hist intended; /* of operations that were waited for: from when they were due */
    struct bench_hist metered;  /* of operations as if they came at an even rate */
    struct bench_hist noise;    /* how late the runner woke while the work went on */
    struct bench_hist pause[RT_GENERATIONS]; /* of the collector, by generation */
    struct bench_series resident, live, trash;
    struct bench_series pace;    /* t_ns: operations done; value: ps, the mean since the last one */
    struct bench_series slowest; /* t_ns: number of the operation in its round */
    struct bench_series collections[RT_GENERATIONS]; /* when each began, and how long it took */
    struct bench_series mmu; /* t_ns: the window; value: millionths that it left to the program */
    struct {
        const struct wl_series *row; /* NULL: there is none here */
        struct bench_series points;  /* t_ns: in the row's at_unit */
    } own[WL_SERIES_MOST];           /* the workload's own */
    size_t note_count;
    char notes[WL_NOTES_MOST][BENCH_RECORD_NOTE_BYTES]; /* what the workload found */
};

struct bench_record *bench_record_create(void);
void bench_record_destroy(struct bench_record *record);
void bench_record_clear(struct bench_record *record);

void bench_record_put(struct bench_record *record, enum bench_metric metric, double value);

/* Takes over what a worker's record message says. -EBADMSG with one line in record->why. */
int bench_record_parse(struct bench_record *record, json_t *message);

/* Puts those metrics that follow from histogram, series and other metrics. */
void bench_record_derive(struct bench_record *record);

/* Writes it as the cell's result, between begin and commit. `row` says id, config, block and so on. */
int bench_record_store(const struct bench_record *record, struct bench_store *store,
                       const struct bench_store_cell *row);

/* The object that `gcsweep run --json` prints; NULL for out of memory. */
json_t *bench_record_json(const struct bench_record *record, const struct bench_cell *cell,
                          const char *engine);

#endif
