/* SPDX-License-Identifier: MIT
 *
 * sweep.h: runs the cells of a plan that are not done yet, each in a fresh process, and keeps each result
 * before the next cell begins.
 */
#ifndef BENCH_SWEEP_H
#define BENCH_SWEEP_H

#include "bench/child.h"
#include "bench/plan.h"
#include "bench/progress.h"
#include "bench/store.h"

struct bench_sweep {
    struct bench_store *store;
    struct bench_plan *plan;
    const struct bench_child_options *child; /* of a cell of rt when there are no engines */
    const struct bench_engine *engines;      /* by the names in the plan */
    size_t engine_count;
    enum bench_progress_mode progress;
};

/* 0: nothing is left to do. -EINTR: interrupted, what is done is kept. Else one line in `why`. */
int bench_sweep_run(const struct bench_sweep *sweep, char *why, size_t why_bytes);

/* Runs one cell, keeps its result, and marks it as done; the rest as above. */
int bench_sweep_cell(const struct bench_sweep *sweep, struct bench_plan_cell *cell,
                     struct bench_record *record, char *why, size_t why_bytes);

size_t bench_sweep_done(const struct bench_plan *plan);

#endif
