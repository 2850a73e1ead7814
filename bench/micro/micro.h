/* SPDX-License-Identifier: MIT
 *
 * micro.h: what the micro-benchmarks share, and the program they make. The program exists twice: inside
 * gcsweep, and as an extension module inside a Python executable, where pymalloc and CPython's objects are
 * subjects as well.
 *
 * A benchmark's id is <module>/<operation>/<parameter>/<subject>, lower-case and stable for ever, since
 * results are keyed by it. Google Benchmark adds /manual_time where a pass times itself.
 */
#ifndef BENCH_MICRO_MICRO_H
#define BENCH_MICRO_MICRO_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/rt.h"

enum bench_subject {
    BENCH_SUBJECT_POOL,
    BENCH_SUBJECT_DEBUG,
    BENCH_SUBJECT_TRACED, /* pool, with every block's size and site recorded */
    BENCH_SUBJECT_SYSTEM,
    BENCH_SUBJECT_PYMALLOC,
    BENCH_SUBJECT_ALLOCATORS, /* those before it are allocators, the others make objects */
    BENCH_SUBJECT_RT = BENCH_SUBJECT_ALLOCATORS,
    BENCH_SUBJECT_CPYTHON,
    BENCH_SUBJECT_ENGINE, /* ours again, called through workloads/engine.h */
    BENCH_SUBJECT_COUNT
};

struct bench_micro {
    struct rt_config config;          /* every knob but alloc.backend, which is what subjects are */
    bool wanted[BENCH_SUBJECT_COUNT]; /* subjects to run */
    uint32_t many;                    /* blocks in a big pass: a million, or few for a smoke test */
    const char *filter;               /* as given; NULL: everything */
    uint32_t repetitions;             /* as given, or 1 */
    bool is_exact;                    /* names must be as listed: no setting of a benchmark's own */
    double min_time;                  /* of a sample, in seconds, as given; 0: the library's own */
};

/* "pool", "debug", "traced", "system", "pymalloc"; "rt", "cpython", "engine" */
const char *bench_micro_subject_name(enum bench_subject subject);

/* A fresh heap for the subject; NULL is right for those that have none of their own. 0 or -ENOMEM. */
int bench_micro_heap_create(const struct bench_micro *micro, enum bench_subject subject,
                            struct rt **ret_rt);

/* Registers the benchmarks of <module>_bench.c; `micro` must outlive the run. 0 or -ENOMEM;
 * the benchmarks' own memory is `*ret_memory`, to be freed after the run. */
int bench_alloc_register(const struct bench_micro *micro, void **ret_memory);
int bench_object_register(const struct bench_micro *micro, void **ret_memory);
int bench_collect_register(const struct bench_micro *micro, void **ret_memory);
int bench_header_register(const struct bench_micro *micro, void **ret_memory);
int bench_hist_register(const struct bench_micro *micro, void **ret_memory);
int bench_mark_register(const struct bench_micro *micro, void **ret_memory);
int bench_word_register(const struct bench_micro *micro, void **ret_memory);

/* The program: flags of Google Benchmark, and
 *   --results=FILE        all results as one JSON document
 *   --subjects=NAME,...   only these; --without=NAME,... not these
 *   --malloc=PATH         refuse to run unless malloc is this library's
 *   --set=KNOB=VALUE      a knob of the runtime
 *   --quiet               nothing on stdout
 *   --smoke               few blocks: does it run?
 * `host` says what it runs in ("native", "CPython 3.11.2"). Returns an exit status. */
int bench_micro_run(int argc, char **argv, const char *host);

#endif
