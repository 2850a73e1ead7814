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
    const struct bench_engine *engine;
    uint64_t sample_ns, time_limit_ns, memory_limit_bytes;
    char path[4096];
    char *argv[BENCH_ENGINE_ARGUMENTS];
};

void bench_runner_init(struct bench_runner *runner);

/* What is wrong has been said, and is an exit status; 0 is fine. */
int bench_runner_set_engine(struct bench_runner *runner, const char *name);
int bench_runner_set_sample(struct bench_runner *runner, const char *value);
int bench_runner_set_time_limit(struct bench_runner *runner, const char *value);
int bench_runner_set_memory_limit(struct bench_runner *runner, const char *value);

/* Finds the engine's executable and takes over signals; an exit status, as above. */
int bench_runner_open(struct bench_runner *runner, struct bench_child_options *ret_options);

#endif
