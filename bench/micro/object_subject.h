/* SPDX-License-Identifier: MIT
 *
 * object_subject.h: the vocabulary of the engine that this compilation is for. See object.h.
 */
#ifndef BENCH_MICRO_OBJECT_SUBJECT_H
#define BENCH_MICRO_OBJECT_SUBJECT_H

#if defined(BENCH_OBJECT_CPYTHON)
#include "bench/micro/object_cpython.h"
#else
#include "bench/micro/object_rt.h"
#endif

extern const struct bench_object_row BENCH_OBJECT_ROWS(life)[], BENCH_OBJECT_ROWS(attr)[],
    BENCH_OBJECT_ROWS(list)[], BENCH_OBJECT_ROWS(dict)[], BENCH_OBJECT_ROWS(weak)[];

#endif
