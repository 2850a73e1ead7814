/* SPDX-License-Identifier: MIT
 *
 * object_subject.h: the engine that this compilation is for: its words, and the names of what is compiled for
 * it. See object.h.
 */
#ifndef BENCH_MICRO_OBJECT_SUBJECT_H
#define BENCH_MICRO_OBJECT_SUBJECT_H

#include "bench/micro/object.h"

/* A family's rows for this engine. */
#if defined(ENGINE_CPYTHON)
#define BENCH_OBJECT_ROWS(family) bench_object_##family##_cpython
#define bench_object_home_fill    bench_object_home_fill_cpython
#else
#define BENCH_OBJECT_ROWS(family) bench_object_##family##_rt
#define bench_object_home_fill    bench_object_home_fill_rt
#endif

extern const struct bench_object_row BENCH_OBJECT_ROWS(life)[], BENCH_OBJECT_ROWS(attr)[],
    BENCH_OBJECT_ROWS(list)[], BENCH_OBJECT_ROWS(dict)[], BENCH_OBJECT_ROWS(weak)[];

/* All that the loops begin with but the callback, in a heap whose collector is off. */
void bench_object_home_fill(struct bench_object_home *home, struct en_heap *heap);

#endif
