/* SPDX-License-Identifier: MIT
 *
 * child.h: the side of the worker protocol that watches. Starts an engine in a fresh process, hands it
 * one cell, samples its memory from outside, and fills in a record whatever happens to it.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdint.h>

#include "bench/engine.h"
#include "bench/record.h"

struct bench_child_options {
    const char *path; /* of the engine's executable */
    char *const *argv;
    char *const *environment; /* NULL: this process's */
    uint64_t sample_ns, time_limit_ns;
    uint64_t memory_limit_bytes; /* 0: none */
    int signals;                 /* from bench_child_signals_open */
    uint64_t clock_rate;         /* of measure.h, found once for all workers; 0: let them do it */
    bool only_named;             /* hand over no other knobs than those that were set */
};

/* Keeps SIGINT, SIGTERM and SIGCHLD from being delivered, from now on for the whole process, and gives
 * a file descriptor to read them from. Negative errno. */
int bench_child_signals_open(void);

/* True once SIGINT or SIGTERM has come; does not wait. */
bool bench_child_interrupted(int signals);

/* 0: the record says what happened. -EINTR: interrupted, the worker was ended, the record is void.
 * Another negative errno: nothing could be started; record->why says why. */
int bench_child_run(const struct bench_child_options *options, const struct bench_cell *cell,
                    struct bench_record *record);

/* The same in that engine, with the limits of `options`. */
int bench_child_run_on(const struct bench_engine *engine, const struct bench_child_options *options,
                       const struct bench_cell *cell, struct bench_record *record);

/* For a worker: to be ended when the runner ends. */
void bench_child_follow_parent(void);

#endif
