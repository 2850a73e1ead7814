/* SPDX-License-Identifier: MIT
 *
 * object.h: what the micro-benchmarks of objects share.
 *
 * There are two engines: ours, and the Python executable that has loaded this as an extension module,
 * through its C API. Each object_<family>_bench.c is compiled once for each engine in the vocabulary of
 * workloads/engine.h; so every loop is written once and calls its engine directly. object_subject.h is what
 * those files include. What is here is the benchmarks' own.
 *
 * What they have in common, so that the figures can be compared:
 *  - Nobody collects garbage meanwhile: CPython's collector is disabled.
 *  - A call that fails ends the process; that it did not is tested each time, as a program would.
 *  - Numbers that a program computes (lengths, values) are hidden from the compiler, which would fold
 *    them into the engine whose code it can see.
 */
#ifndef BENCH_MICRO_OBJECT_H
#define BENCH_MICRO_OBJECT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/gbench.h"
#include "bench/micro/micro.h"
#include "runtime/base.h"
#include "workloads/engine.h"

enum {
    BENCH_OBJECT_VALUES = 64, /* a power of two */
    BENCH_OBJECT_NAMES = 2
};

/* What the loops need to begin with. */
struct bench_object_home {
    struct en_heap *heap;
    struct en_object *none;                        /* borrowed */
    struct en_object *plain;                       /* a class of any attributes */
    struct en_object *slotted;                     /* one of slots with these names */
    struct en_object *names[BENCH_OBJECT_NAMES];   /* "x" and "y", interned */
    struct en_object *values[BENCH_OBJECT_VALUES]; /* ints, none of them a shared one */
    struct en_object *callback;                    /* takes one argument and does nothing */
};

struct bench_object_job;

struct bench_object_figures {
    uint64_t ns;
    double resident_bytes; /* for each object; 0: not measured */
};

/* What a row names runs either as a loop that Google Benchmark times, or as passes that time themselves,
 * as often as that takes. */
struct bench_object_row {
    const char *name; /* with a %u for the count, or the whole of it */

    void (*loop)(struct bench_gbench_state *state, const struct bench_object_home *home,
                 const struct bench_object_job *job);

    /* 0 or a negative errno. What it made is dropped, unless it runs apart. */
    int (*pass)(const struct bench_object_home *home, const struct bench_object_job *job,
                struct bench_object_figures *ret_figures);
    bool is_apart; /* each pass in a process of its own */

    uint32_t count; /* operations in a pass; 0: as many as a big one has */
    int what;       /* for the functions */
};

struct bench_object_engine {
    enum bench_subject subject;
    int (*begin)(const struct bench_micro *micro, struct bench_object_home *ret_home);
    void (*end)(struct bench_object_home *home);
    const struct bench_object_row *const *families; /* ended by NULL; the last row has no name */
};

extern const struct bench_object_engine bench_object_engine_rt, bench_object_engine_cpython;

/* What one benchmark does; its context. */
struct bench_object_job {
    const struct bench_micro *micro;
    const struct bench_object_engine *engine;
    const struct bench_object_row *row;
    uint32_t count;
};

/* A new object, which the compiler must take for used; there is no way on without one. */
static RT_ALWAYS_INLINE struct en_object *
bench_object_made(struct en_object *object) {
    if (RT_UNLIKELY(object == NULL))
        abort();
    bench_gbench_use(object);
    return object;
}

static RT_ALWAYS_INLINE void
bench_object_done(int result) {
    if (RT_UNLIKELY(result < 0))
        abort();
}

#endif
