/* SPDX-License-Identifier: MIT
 *
 * grid.h: what a sweep varies. A grid is a workload and a list of axes; an axis is a knob and the values
 * that it takes, in the form that --set prints them. An axis of one value is a knob that is set.
 *
 * Values are separated by commas. Integers and sizes may be ranges, which include both ends: 1..5 goes by
 * one (a size, or a knob that takes powers of two only, by doubling), 0..100+25 by a sum, 1..1000*10 by a
 * factor.
 */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H

#include <stddef.h>

#include "runtime/rt.h"
#include "workloads/workload.h"

enum {
    BENCH_GRID_VALUES = 1000
}; /* at most, on one axis */

struct bench_grid_axis {
    char *knob;
    char **values;
    size_t count;
};

struct bench_grid {
    const struct wl_workload *workload;
    char section[64]; /* of the suite's file; "" when it comes from none */
    struct bench_grid_axis *axes;
    size_t count;
};

void bench_grid_init(struct bench_grid *grid, const struct wl_workload *workload);
void bench_grid_fini(struct bench_grid *grid);

/* Sets an axis, in the place of an earlier one of the same knob or else behind the others. -ENOENT: no
 * such knob; -EINVAL, -ERANGE: a value, with one line in `why`; -ENOMEM. */
int bench_grid_set(struct bench_grid *grid, const char *knob, const char *values,
                   struct rt_text *why);

/* The number of configurations; SIZE_MAX when it is too large to count. */
size_t bench_grid_configs(const struct bench_grid *grid);

#endif
