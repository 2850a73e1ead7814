/* SPDX-License-Identifier: MIT
 *
 * figure/pick.h: another metric, or other knobs, than those that a figure of a plane has by itself.
 */
#ifndef BENCH_FIGURE_PICK_H
#define BENCH_FIGURE_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/data.h"

struct bench_figure_pick {
    char metric[96];             /* "": the figure's own */
    char x_knob[96], y_knob[96]; /* "": gc.threshold0 and gc.mode */
    double *values; /* of each configuration of the group, median over its blocks; or NaN */
    char **x, **y;  /* what the knobs were set to; NULL where there is no such knob */
};

/* What is asked for of a group of the run at `db_path`; NULL stands for the figure's own. -EINVAL and one line in
 * `why`, with the nearest name, if the run has no such metric or knob. */
int bench_figure_pick_read(const char *db_path, const struct bench_report_group *group,
                           const char *metric, const char *x_knob, const char *y_knob,
                           struct bench_figure_pick **ret_pick, char *why, size_t why_bytes);

/* Of a group of `count` configurations. NULL is fine. */
void bench_figure_pick_free(struct bench_figure_pick *pick, size_t count);

#endif
