/* SPDX-License-Identifier: MIT
 *
 * collect_subject.h: the collector's rows for the engine that this compilation is for, and its vocabulary
 * of objects. See collect.h.
 */
#ifndef BENCH_MICRO_COLLECT_SUBJECT_H
#define BENCH_MICRO_COLLECT_SUBJECT_H

#include "bench/measure.h"
#include "bench/micro/collect.h"
#include "bench/micro/object_subject.h"

#if defined(ENGINE_CPYTHON)
#define BENCH_COLLECT_ROWS(family) bench_collect_##family##_cpython
#else
#define BENCH_COLLECT_ROWS(family) bench_collect_##family##_rt
#endif

extern const struct bench_collect_row BENCH_COLLECT_ROWS(heap)[], BENCH_COLLECT_ROWS(young)[],
    BENCH_COLLECT_ROWS(gcbench)[];

/* At the end of a collection. */
static inline void
bench_collect_note_pause(struct bench_collect_pauses *pauses) {
    uint64_t took_ns = bench_measure_cpu_ns() - pauses->start_ns;

    if (took_ns > pauses->longest_ns)
        pauses->longest_ns = took_ns;
}

#endif
