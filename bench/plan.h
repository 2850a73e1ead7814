/* SPDX-License-Identifier: MIT
 *
 * plan.h: which cells to run, in which order. Each block has every configuration once; all cells of a
 * block have the same seed, and stand in an order of their own drawn from the run's seed (order.h). So
 * whatever disturbs the machine for a while falls on all configurations alike, and two of them can be
 * compared pair by pair.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "bench/cell.h"
#include "bench/engine.h"
#include "bench/store.h"
#include "bench/suite.h"

enum {
    BENCH_PLAN_CELLS = 1000000
}; /* at most */

struct bench_plan_config {
    struct bench_cell cell;               /* all but the seed */
    size_t reference;                     /* index of the one that ratios refer to */
    size_t grid;                          /* index in the suite; of a loaded plan 0 */
    unsigned level;                       /* how late it comes in the first block, see order.h */
    char engine[BENCH_ENGINE_NAME_BYTES]; /* its name */
    char label[256]; /* the engine, if there are several, and the swept knobs */
};

struct bench_plan_cell {
    int64_t id, block, position;
    size_t config; /* index; its id is one more */
    uint64_t seed;
    bool done;
};

struct bench_plan {
    struct bench_plan_config *configs;
    size_t config_count;
    struct bench_plan_cell *cells; /* in the order of execution */
    size_t cell_count;
    size_t whole_count; /* the same, but of the whole plan, of which this may be a shard */
    /* Configurations that exclusions have left out, and such that one of several engines cannot honour, with
     * the reason of the first; not known of a loaded plan. */
    size_t excluded, beyond;
    char beyond_why[256];
};

/* The engines are an axis like any other, the fastest one. Of several engines each gets what it can honour.
 * -EINVAL: a combination of knobs that cannot work; an engine for which nothing is left; an exclusion that excludes nothing, or exclusions that leave
 * nothing; -E2BIG: too many cells; -ENOMEM; one line in `why`.
 * After a failure there is nothing to fini. */
int bench_plan_make(struct bench_plan *plan, const struct bench_suite *suite, uint64_t repetitions,
                    uint64_t seed, struct rt_text *why);
void bench_plan_fini(struct bench_plan *plan);

/* The index of the first configuration that asks for the same thing: same workload, and same values of its
 * knobs but for the variant. Ratios refer to it, and within a block its answer is the same. */
size_t bench_plan_reference(const struct bench_plan *plan, size_t config);

/* Writes workloads, knobs, configurations, metrics and planned cells; between begin and commit. */
int bench_plan_store(const struct bench_plan *plan, const struct bench_suite *suite,
                     struct bench_store *store);

/* The plan of a run file, with what is done marked as such. -EINVAL: it cannot go on with this program. */
int bench_plan_load(struct bench_plan *plan, struct bench_store *store, struct rt_text *why);

#endif
