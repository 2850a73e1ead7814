/* SPDX-License-Identifier: MIT
 *
 * worker_engine.h: what a worker asks of the engine that it is compiled for. There are two bindings:
 * worker_rt.c, where a heap is a context made from the cell, and worker_cpython.c, where it is the
 * interpreter that this process has.
 */
#ifndef BENCH_WORKER_ENGINE_H
#define BENCH_WORKER_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/cell.h"
#include "bench/collections.h"
#include "workloads/engine.h"

struct bench_worker_engine {
    struct en_heap *heap; /* NULL until it is open, unless the interpreter's */
    struct bench_collections *collections;
    /* Its own. */
    struct rt_gc_stats before[RT_GENERATIONS];
    uint64_t before_stats[RT_STAT_COUNT];
};

/* What the engine counts; what it does not know is not there. */
struct bench_worker_counts {
    bool has[RT_STAT_COUNT];
    uint64_t values[RT_STAT_COUNT];
};

/* As the cell's knobs say; -ENOMEM or another, with one line in `why`. */
int bench_worker_engine_open(struct bench_worker_engine *engine, const struct bench_cell *cell,
                             struct rt_text *why);
void bench_worker_engine_close(struct bench_worker_engine *engine); /* also after a failed open */

/* From here on `collections` hears of the collector, and the collector's counts begin. */
void bench_worker_engine_listen(struct bench_worker_engine *engine,
                                struct bench_collections *collections);

/* Of the collector since bench_worker_engine_listen, of the allocator since the beginning. */
void bench_worker_engine_read(const struct bench_worker_engine *engine,
                              struct bench_worker_counts *ret_counts);

/* How many blocks are live, exactly; false: this engine does not know. */
bool bench_worker_engine_live_blocks(const struct bench_worker_engine *engine, uint64_t *ret_count);

#endif
