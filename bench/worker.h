/* SPDX-License-Identifier: MIT
 *
 * worker.h: the side of the worker protocol that does the work. The protocol is documented in README.md.
 * Compiled once for each engine, see worker_engine.h.
 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include "workloads/engine.h"

enum {
    BENCH_WORKER_IN = 0,
    BENCH_WORKER_OUT = 3
};

/* Runs the one cell that comes in on `in`, and reports on `out`. `heap` is the interpreter, or NULL where
 * each cell has a heap of its own. An exit status: 0 however the workload ended, 2 if what came in was no
 * cell, 3 if the runner went away. */
int bench_worker_run(int in, int out, struct en_heap *heap);

#endif
