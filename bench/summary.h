/* SPDX-License-Identifier: MIT
 *
 * summary.h: what a person, or a program, wants to know first of a run: the median of the main metrics
 * of each configuration, what failed, and whether all answers agree.
 */
#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "bench/store.h"

enum bench_summary_metric {
    BENCH_SUMMARY_WALL,
    BENCH_SUMMARY_P50,
    BENCH_SUMMARY_P99,
    BENCH_SUMMARY_PEAK_RSS,
    BENCH_SUMMARY_OVERHEAD,
    BENCH_SUMMARY_SHOWN, /* so many are columns of the table */
    BENCH_SUMMARY_STEADY = BENCH_SUMMARY_SHOWN,
    BENCH_SUMMARY_DRIFT,
    BENCH_SUMMARY_WARMUP,
    BENCH_SUMMARY_METRICS
};

/* A machine that lets an idle process wait for longer than this disturbs the longest times. */
#define BENCH_SUMMARY_NOISE_NS 5e6

enum {
    BENCH_SUMMARY_NOISY_NAMED = 8
};

struct bench_summary_row {
    int64_t config_id, reference; /* ids */
    char workload[32], engine[32], label[256];
    size_t states[BENCH_CELL_STATE_COUNT]; /* cells in each state */
    size_t counts[BENCH_SUMMARY_METRICS];  /* values behind each median */
    double medians[BENCH_SUMMARY_METRICS];
};

struct bench_summary {
    struct bench_summary_row *rows;
    size_t count;
    size_t states[BENCH_CELL_STATE_COUNT];
    int jobs; /* cells that ran at once */
    /* The first cell whose answer differs from that of another one which must give the same; 0: none. */
    int64_t differing_cell, other_cell;
    /* How late the idle runner woke at most, and in which block; how many blocks had more than the limit. */
    double noise_most_ns;
    int64_t noisiest_block;
    size_t noisy_blocks, heard_blocks;
    int64_t noisy[BENCH_SUMMARY_NOISY_NAMED]; /* the first of the former */
    char first_why[320]; /* "cell 7: why", of the first cell that did not finish; "" if all did */
};

/* One line in `why` on failure; then there is nothing to fini. */
int bench_summary_read(struct bench_summary *summary, struct bench_store *store, char *why,
                       size_t why_bytes);
void bench_summary_fini(struct bench_summary *summary);

/* Every cell that was run has finished, and all answers agree. */
bool bench_summary_is_good(const struct bench_summary *summary);

void bench_summary_print(const struct bench_summary *summary, FILE *out);
json_t *bench_summary_json(const struct bench_summary *summary);

#endif
