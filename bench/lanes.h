/* SPDX-License-Identifier: MIT
 *
 * lanes.h: several cells at once. Each lane is a process that takes the next cell of the plan, runs it and
 * keeps its result, as a sweep does that runs one at a time, until there is none left. Cells that run
 * at the same time disturb each other, so their times say little; what is counted stays the same.
 */
#ifndef BENCH_LANES_H
#define BENCH_LANES_H

#include "bench/sweep.h"

enum {
    BENCH_LANES_MOST = 256
};

/* As bench_sweep_run, but for the store: each lane opens the file at `path`, which this process must not
 * have open (SQLite does not survive a fork). */
int bench_lanes_run(const struct bench_sweep *sweep, const char *path, unsigned lanes, char *why,
                    size_t why_bytes);

#endif
