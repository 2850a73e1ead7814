/* SPDX-License-Identifier: MIT
 *
 * shard.h: the i-th of n parts of a plan, for as many machines. Results are compared within a block, and
 * within a workload, so that is what a part never cuts in two: parts are whole blocks as long as there
 * are enough of them, and else all that a block has of one workload. The plan is the same everywhere,
 * so parts can be cut without asking anybody, and put together by cell.
 */
#ifndef BENCH_SHARD_H
#define BENCH_SHARD_H

#include "bench/plan.h"

struct bench_shard {
    uint64_t index, count; /* from 1; a count of 0 is no shard at all */
};

enum {
    BENCH_SHARD_TEXT_BYTES = 48
};

/* "2/5"; false: it is not one, which has been said. */
bool bench_shard_parse(const char *text, struct bench_shard *ret_shard);
void bench_shard_print(const struct bench_shard *shard, char ret_text[BENCH_SHARD_TEXT_BYTES]);

/* Takes all other cells out of the plan. -EINVAL: there are fewer parts than that, with one line in `why`;
 * -ENOMEM. */
int bench_shard_take(const struct bench_shard *shard, struct bench_plan *plan, uint64_t repetitions,
                     struct rt_text *why);

#endif
