/* SPDX-License-Identifier: MIT
 *
 * replay_trace.h: a recording run again under any knobs, and what it cost.
 */
#ifndef BENCH_REPLAY_TRACE_H
#define BENCH_REPLAY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/trace.h"

struct bench_replay_trace {
    const char *path;
    const char *const *sets; /* "alloc.backend=system"; what else they name is refused */
    size_t set_count;
    bool json;
    bool touch;              /* write to each page of each block */
    uint64_t live_bytes_max; /* more at once is refused; 0: what the machine has */
};

/* Whether the file begins as a recording does. */
bool bench_replay_trace_is(const char *path);

/* Maps and checks the file; gives an exit status, having said what is wrong. */
int bench_replay_trace_open(const char *path, struct wl_trace *ret_trace);
void bench_replay_trace_close(struct wl_trace *trace);

/* Runs it and prints the report; gives the exit status, having said what went wrong. */
int bench_replay_trace(const struct bench_replay_trace *replay);

#endif
