/* SPDX-License-Identifier: MIT
 *
 * merge.h: several runs of one question united in one: the shards of a plan, or runs that differ in their
 * seed alone and so are further blocks. What comes out depends on the cells that go in and on nothing
 * else: neither on their order nor on what was united before.
 *
 * The blocks of the lowest seed come first, each run's in its own order; a cell keeps its position. So a
 * merged run knows for each cell which run it comes from (table source) and which block it was there,
 * and can be merged again.
 */
#ifndef BENCH_MERGE_H
#define BENCH_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/store.h"

enum {
    BENCH_MERGE_ENVIRONMENT = 1, /* machines and builds may differ */
    BENCH_MERGE_MISSING = 2      /* cells may be missing */
};

struct bench_merge {
    const char *const *paths;
    size_t count;
    unsigned allow; /* BENCH_MERGE_... */
    const char *name, *command;
};

struct bench_merge_result {
    size_t sources, blocks, cells, missing;
};

/* Each is a run file that this program can read; what bench_store_open says. */
int bench_merge_check(const struct bench_merge *merge, char *why, size_t why_bytes);

/* Fills a new store with all of it and finishes it. -EINVAL: they cannot be united; or what bench_store_open
 * or SQLite says; one line in `why`. */
int bench_merge_into(const struct bench_merge *merge, struct bench_store *store,
                     struct bench_merge_result *ret_result, char *why, size_t why_bytes);

#endif
