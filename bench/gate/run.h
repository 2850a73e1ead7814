/* SPDX-License-Identifier: MIT
 *
 * gate/run.h: the suite run for a gate, by this program alone, or by another one as well in the same blocks.
 */
#ifndef BENCH_GATE_RUN_H
#define BENCH_GATE_RUN_H

#include "bench/plan.h"
#include "bench/progress.h"
#include "bench/run_file.h"
#include "bench/store.h"
#include "bench/suite.h"

#define BENCH_GATE_ENGINE "rt"
#define BENCH_GATE_BASE   "base" /* what the other program's engine is called in the run */

struct bench_gate_run {
    const char *suite, *against; /* the latter may be NULL */
    const char *path, *command;  /* of the run file, which must not be there */
    uint64_t seed, repetitions;  /* repetitions 0: what is fit for it */
    enum bench_progress_mode progress;
    /* What came of it, after status 0. */
    struct bench_suite ran;
    struct bench_plan plan;
    struct bench_store *store;
};

/* An exit status; what is wrong has been said, and nothing is left. */
int bench_gate_run_all(struct bench_gate_run *run);
void bench_gate_run_fini(struct bench_gate_run *run);

#endif
