/* SPDX-License-Identifier: MIT
 *
 * suite.h: a named list of grids. A suite is an .ini file: section [suite] has `summary` and
 * `repetitions`; every other section is named after a workload and has one line for each axis, e.g.
 *     alloc.backend = pool, system
 * and may have lines for combinations to leave out (exclude.h), e.g.
 *     exclude = alloc.backend=system alloc.arena=1MiB
 * Several grids of one workload have sections with a name of their own behind a colon:
 *     [bullets: a large world]
 *
 * Suites are looked for in $GCSWEEP_SUITES, in the source tree that the program was built from, and
 * where they are installed. A name with a slash or ending in .ini is the file itself.
 */
#ifndef BENCH_SUITE_H
#define BENCH_SUITE_H

#include <stdint.h>

#include "bench/exclude.h"
#include "bench/grid.h"

struct bench_engine;

struct bench_suite {
    char name[64];
    char summary[256];
    uint64_t repetitions;
    struct bench_grid *grids;
    size_t count;
    struct bench_exclude *excludes;
    size_t exclude_count;
    const struct bench_engine *engines; /* somebody else's; none: rt */
    size_t engine_count;
};

enum {
    BENCH_SUITE_REPETITIONS = 5,
    BENCH_SUITE_REPETITIONS_MAX = 1000000
};

void bench_suite_init(struct bench_suite *suite, const char *name);
void bench_suite_fini(struct bench_suite *suite);

/* The new grid of the suite; NULL for out of memory. */
struct bench_grid *bench_suite_add(struct bench_suite *suite, const struct wl_workload *workload);

/* Sets an axis in every grid that knows the knob. -ENOENT: none does. What the suite's file excludes of
 * that knob may then be there no more. */
int bench_suite_set(struct bench_suite *suite, const char *knob, const char *values,
                    struct rt_text *why);

/* Leaves combinations out: of the one grid of that index, or of all that know the knobs. -ENOENT: none
 * does. */
int bench_suite_exclude(struct bench_suite *suite, size_t grid, const char *text,
                        struct rt_text *why);

/* Reads "file contents" under a name that messages use. -EINVAL with "name:line: ..." in `why`. */
int bench_suite_parse(struct bench_suite *suite, const char *name, const char *text,
                      struct rt_text *why);

/* A suite by name or file; -ENOENT: there is none. The suite is to be fini'd only after a 0. */
int bench_suite_load(struct bench_suite *suite, const char *name, struct rt_text *why);

/* All that are found, by name; nonzero results of fn stop it and are its result. */
int bench_suite_each(int (*fn)(void *context, const struct bench_suite *suite), void *context);

#endif
