/* SPDX-License-Identifier: MIT
 *
 * leader.h: which configuration of a plan is the best so far, and which the worst: by the geometric mean of the ratios
 * of wall time, 99th percentile and peak memory to the configuration that it is compared with (the score of
 * report/rank.h), each block by itself, and over the blocks the mean of those again.
 */
#ifndef BENCH_LEADER_H
#define BENCH_LEADER_H

#include <stddef.h>

#include "bench/plan.h"
#include "bench/record.h"

struct bench_leader;

/* The plan must outlive it. NULL: out of memory. */
struct bench_leader *bench_leader_create(const struct bench_plan *plan);
void bench_leader_destroy(struct bench_leader *leader);

/* What became of one cell; one that did not finish counts for nothing. */
void bench_leader_take(struct bench_leader *leader, const struct bench_plan_cell *cell,
                       const struct bench_record *record);

/* "best gc.mode=off 0.71x, worst alloc.pool=4KiB 1.33x", with labels cut down to values, or
 * shorter, so that it has `room` characters at most; "" while fewer than two can be told apart, or if there is no room for that. */
void bench_leader_tell(const struct bench_leader *leader, size_t room, char *ret_text,
                       size_t bytes);

#endif
