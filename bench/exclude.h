/* SPDX-License-Identifier: MIT
 *
 * exclude.h: combinations that a sweep leaves out. An exclusion is a list of terms, separated by spaces,
 *     gc.mode=off gc.threshold0=100,700 engine=cpython
 * and excludes each configuration in which every one of them is so: the knob has one of these values
 * (lists and ranges are those of an axis), whether it is an axis or not; the engine is that one.
 */
#ifndef BENCH_EXCLUDE_H
#define BENCH_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/cell.h"
#include "bench/grid.h"

#define BENCH_EXCLUDE_ANYWHERE ((size_t)-1)

struct bench_exclude {
    char *text; /* as given, for messages */
    struct bench_grid terms;
    char *engine;  /* NULL: any */
    size_t grid;   /* index of the one that it is for, or BENCH_EXCLUDE_ANYWHERE */
    bool may_miss; /* it is no mistake if nothing is like that */
};

/* `workload` is one that knows the knobs. -ENOENT, -EINVAL, -ERANGE with one line in `why`, -ENOMEM;
 * after a failure there is nothing to fini. */
int bench_exclude_init(struct bench_exclude *exclude, const struct wl_workload *workload,
                       const char *text, struct rt_text *why);
void bench_exclude_fini(struct bench_exclude *exclude);

/* Whether the workload has every knob that the text names. */
bool bench_exclude_is_known(const char *text, const struct wl_workload *workload);

bool bench_exclude_names(const struct bench_exclude *exclude, const char *knob);

/* Whether a configuration of that grid, on the engine of that name, is left out. */
bool bench_exclude_matches(const struct bench_exclude *exclude, size_t grid,
                           struct bench_cell *cell, const char *engine);

#endif
