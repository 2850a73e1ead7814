/* SPDX-License-Identifier: MIT
 *
 * gbench.h: Google Benchmark for C.
 *
 * A body is handed a number of iterations and loops over them itself, so that what the library does
 * between two iterations is paid once a run and not once an iteration (0.16 ns against 1.1):
 *
 *     static void
 *     body(struct bench_gbench_state *state) {
 *         for (int64_t n; (n = bench_gbench_next(state)) > 0;)
 *             for (; n > 0; n--)
 *                 the_operation();
 *     }
 *
 * The clock starts at the first bench_gbench_next (or _batch) and stops when it answers 0 (false); what
 * stands before and behind is not timed. A body asks until then, or has called bench_gbench_fail.
 *
 * Three traps of the library (1.7.1) have no door here: its MemoryManager, which reads freed memory
 * when a benchmark is repeated (report memory as counters); a warm-up time without a minimum time, which
 * it ignores (they are set together); CSV output, which aborts when a benchmark brings a counter that
 * the first one had not (such counters are left out of CSV, and are in the JSON).
 *
 * The library keeps its benchmarks and flags in globals of its own: one run at a time, on one thread.
 * Functions returning `int` give 0 or a negative errno. No exception leaves this interface.
 */
#ifndef BENCH_GBENCH_H
#define BENCH_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

struct bench_gbench;       /* a benchmark being described */
struct bench_gbench_state; /* one run of it */

typedef void (*bench_gbench_body_fn)(struct bench_gbench_state *state);

/* ---- Describing ---------------------------------------------------------------------------------
 * What can be set on a benchmark. -EINVAL: the library would abort on it. */

enum bench_gbench_unit {
    BENCH_GBENCH_NS,
    BENCH_GBENCH_US,
    BENCH_GBENCH_MS,
    BENCH_GBENCH_S
};

struct bench_gbench_list {
    const int64_t *values;
    size_t count;
};

/* Registers a benchmark; `context` comes back from bench_gbench_context. NULL: out of memory. */
struct bench_gbench *bench_gbench_add(const char *name, bench_gbench_body_fn body,
                                      const void *context);

/* Each call adds one instance, with these arguments. All instances have equally many. */
int bench_gbench_args(struct bench_gbench *benchmark, const int64_t *values, size_t count);
/* One instance for low, high, and each power of the multiplier between them. */
int bench_gbench_range(struct bench_gbench *benchmark, int64_t low, int64_t high, int multiplier);
/* One instance for each combination of one value of each list. */
int bench_gbench_args_product(struct bench_gbench *benchmark, const struct bench_gbench_list *lists,
                              size_t count);
int bench_gbench_arg_names(struct bench_gbench *benchmark, const char *const *names, size_t count);

/* Called before and after each run of the body, untimed; either may be NULL. When set_up fails the
 * run (bench_gbench_fail), the body is left out and tear_down is not. */
void bench_gbench_fixture(struct bench_gbench *benchmark, bench_gbench_body_fn set_up,
                          bench_gbench_body_fn tear_down);

int bench_gbench_use_manual_time(struct bench_gbench *benchmark); /* bench_gbench_took_ns */
int bench_gbench_use_real_time(struct bench_gbench *benchmark);
/* Run for at least so long, after a warm-up of at least so long (0: none). */
int bench_gbench_min_time(struct bench_gbench *benchmark, double seconds, double warm_up_seconds);
int bench_gbench_iterations(struct bench_gbench *benchmark, int64_t count);
int bench_gbench_repetitions(struct bench_gbench *benchmark, int count);
int bench_gbench_unit(struct bench_gbench *benchmark, enum bench_gbench_unit unit);

/* ---- Running: inside a body --------------------------------------------------------------------- */

/* How many iterations to do now; 0: none, the run is over. */
int64_t bench_gbench_next(struct bench_gbench_state *state);

/* True: do `count` iterations more. A run may so do up to `count - 1` more than it was asked for. */
bool bench_gbench_batch(struct bench_gbench_state *state, int64_t count);

int64_t bench_gbench_arg(const struct bench_gbench_state *state,
                         size_t index); /* 0: there is none */
const void *bench_gbench_context(const struct bench_gbench_state *state);
int64_t bench_gbench_iterations_done(const struct bench_gbench_state *state);

/* Stops the clock and lets it go on. A pair costs hundreds of nanoseconds: around long passes only. */
void bench_gbench_pause(struct bench_gbench_state *state);
void bench_gbench_resume(struct bench_gbench_state *state);

/* Adds to the run's manual time. */
void bench_gbench_took_ns(struct bench_gbench_state *state, uint64_t ns);

/* How a counter is shown; rates, averages and inversion combine. */
enum bench_gbench_counter_kind {
    BENCH_GBENCH_PLAIN = 0,
    BENCH_GBENCH_RATE = 1 << 0,          /* divided by the run's seconds */
    BENCH_GBENCH_PER_ITERATION = 1 << 1, /* divided by the iterations */
    BENCH_GBENCH_INVERTED = 1 << 2,      /* one over it, at the very end */
};

int bench_gbench_counter(struct bench_gbench_state *state, const char *name, double value,
                         unsigned kind);
int bench_gbench_label(struct bench_gbench_state *state, const char *text);

/* Ends the run; the benchmark is reported as failed with this reason. */
void bench_gbench_fail(struct bench_gbench_state *state, const char *reason);
bool bench_gbench_failed(const struct bench_gbench_state *state);

/* The compiler must have the pointer's value, and all that was written through it, at this point. */
static inline void
bench_gbench_use(void *pointer) {
    __asm__ volatile("" : : "r"(pointer) : "memory");
}

/* The compiler may assume nothing about the value returned, which is the one given. */
static inline size_t
bench_gbench_hide(size_t value) {
    __asm__ volatile("" : "+r"(value));
    return value;
}

/* ---- The program -------------------------------------------------------------------------------- */

/* Takes Google Benchmark's flags out of argv (argv[0] is the program's name and stays; the vector must
 * outlive the run). What is left in argv is either no flag of it or has a value that it refuses. */
int bench_gbench_init(int *argc, char **argv);

/* A line of context in the JSON. -EEXIST: the key has been set. */
int bench_gbench_add_context(const char *key, const char *value);

struct bench_gbench_outcome {
    size_t matched; /* benchmarks that the filter let through */
    size_t failed;  /* runs that ended in bench_gbench_fail */
};

/* Runs what the filter lets through; the results go where the flags say and, as one JSON document, to
 * the file `results_path` (NULL: nowhere). `quiet`: nothing on stdout. -EINVAL: the filter is no regular
 * expression, or lets nothing through, or a file cannot be written; `why` then has one line about it. */
int bench_gbench_run(const char *results_path, bool quiet, struct bench_gbench_outcome *ret_outcome,
                     char *why, size_t why_bytes);

/* Forgets every benchmark and every line of context. */
void bench_gbench_clear(void);

#if defined(__cplusplus)
}
#endif

#endif
