/* SPDX-License-Identifier: MIT
 *
 * runner.h: the options that `run` and `sweep` share: which engine, and within which limits.
 */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include <stdint.h>

#include "bench/child.h"
#include "bench/engine.h"

struct bench_runner {
    const char *engine, *python, *preload; /* as typed; NULL: the default */
    uint64_t sample_ns, time_limit_ns, memory_limit_bytes;
    struct bench_engine engines[BENCH_ENGINES_MOST];
    size_t engine_count;
};

void bench_runner_init(struct bench_runner *runner);

/* What is wrong has been said, and is an exit status; 0 is fine. */
int bench_runner_set_sample(struct bench_runner *runner, const char *value);
int bench_runner_set_time_limit(struct bench_runner *runner, const char *value);
int bench_runner_set_memory_limit(struct bench_runner *runner, const char *value);

/* Finds the engines, each with each malloc to preload: those of `engine` or, without one, rt; an exit status, as
 * above. */
int bench_runner_find(struct bench_runner *runner);
int bench_runner_add(struct bench_runner *runner,
                     const char *name); /* one more, if it is not there */

/* Says so if this cell is to have a malloc preloaded that it will hardly call; true if it did. */
bool bench_runner_doubt_preload(const struct bench_engine *engine, const struct bench_cell *cell);

/* Takes over signals; an exit status, as above. */
int bench_runner_open(struct bench_runner *runner, struct bench_child_options *ret_options);

#endif
