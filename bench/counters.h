/* SPDX-License-Identifier: MIT
 *
 * counters.h: what the processor counts while a worker works: cycles, instructions, cache misses, mispredicted
 * branches, of this process in user space, through perf_event_open.
 *
 * Each counter is opened by itself and stopped, and runs only between start and stop. One that the kernel does not
 * give is not there, and never 0. Where there are more of them than the processor can count at once the kernel takes
 * turns, and what was counted is scaled up to the whole time.
 *
 * The kernel is reached through a table of functions, so that a test can be the kernel.
 */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_counter {
    BENCH_COUNTER_CYCLES,
    BENCH_COUNTER_INSTRUCTIONS,
    BENCH_COUNTER_CACHE_MISSES,
    BENCH_COUNTER_BRANCH_MISSES,
    BENCH_COUNTERS
};

struct bench_counters_reading {
    uint64_t value, enabled_ns, running_ns;
};

struct bench_counters_os {
    void *context;
    int (*open)(void *context, enum bench_counter which); /* a descriptor; negative errno */
    int (*turn)(void *context, int fd, bool on);          /* negative errno */
    int (*read)(void *context, int fd, struct bench_counters_reading *ret_reading); /* likewise */
    void (*close)(void *context, int fd);
    int (*paranoia)(void *context); /* perf_event_paranoid; INT_MIN: not known */
};

extern const struct bench_counters_os bench_counters_kernel;

struct bench_counters {
    const struct bench_counters_os *os;
    int fd[BENCH_COUNTERS]; /* -1: not there */
    int error;              /* of the first that is not there, or 0 */
};

/* All that there are; none is no failure. */
void bench_counters_open(struct bench_counters *counters, const struct bench_counters_os *os);
void bench_counters_close(struct bench_counters *counters);

void bench_counters_start(const struct bench_counters *counters);
void bench_counters_stop(const struct bench_counters *counters);

/* False: it is not there, or was never given a turn. */
bool bench_counters_read(const struct bench_counters *counters, enum bench_counter which,
                         uint64_t *ret_value);

/* One line: which of them there are here, or why there is none and what to type. */
void bench_counters_describe(const struct bench_counters_os *os, char *text, size_t bytes);

#endif
