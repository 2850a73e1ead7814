/* SPDX-License-Identifier: MIT
 *
 * collections.h: how long each collection took while a workload worked, and how much trash there was. What
 * else there is to know of them the runtime counts itself.
 *
 * The runtime announces, this listens: between the event that begins a collection and the one that ends
 * it the clock is read twice. A collection behind the workload's wl_done counts for nothing.
 *
 * Of each generation there is also a time line: when each collection began, and how long it took. It has room for
 * BENCH_COLLECTIONS_KEPT of them. When it is full, of two neighbours the longer one stays, and from then on the
 * longest of twice as many in a row: so the longest of all is always there, and nothing moves in time.
 *
 * Trash is what the workload says that it dropped in cycles, less what was collected; most of it there
 * is when a collection begins, or at the end.
 */
#ifndef BENCH_COLLECTIONS_H
#define BENCH_COLLECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/hist.h"
#include "bench/measure.h"
#include "bench/mmu.h"
#include "bench/series.h"
#include "runtime/rt.h"
#include "workloads/workload.h"

enum {
    BENCH_COLLECTIONS_KEPT = 4096
}; /* even */

struct bench_collections_line {
    size_t count;
    uint64_t of, group; /* the longest of so many is kept; so many has the last group */
    struct bench_sample samples[BENCH_COLLECTIONS_KEPT]; /* t_ns: since the work began; value: ns */
};

struct bench_collections {
    struct bench_hist pause[RT_GENERATIONS]; /* by the generation that was collected */
    struct bench_collections_line line[RT_GENERATIONS];
    struct bench_mmu mmu;             /* all of them */
    uint64_t whole_ns;                /* from the begin of the work to its end */
    uint64_t operation_pause_most_ns; /* the longest inside a marked operation */
    uint64_t uncollectable[RT_GENERATIONS];
    uint64_t trash_most;
    /* Its own. */
    const struct wl_run *run;
    const struct bench_measure_clock *clock;
    uint64_t origin, began, collected; /* the first two in ticks */
    bool in_operation;                 /* to be kept by the caller */
    bool is_over;
};

/* Touches all of it. `clock` and `run` must outlive it. */
void bench_collections_init(struct bench_collections *collections,
                            const struct bench_measure_clock *clock, const struct wl_run *run);

/* The work begins: time lines count from here. */
void bench_collections_begin(struct bench_collections *collections);

/* A runtime's listener. */
void bench_collections_hear(void *context, const struct rt_event *event);

/* Objects that the workload said to have dropped in cycles and that were not collected so far. */
uint64_t bench_collections_trash(const struct bench_collections *collections);

/* The work is over; once. */
void bench_collections_end(struct bench_collections *collections);

#endif
