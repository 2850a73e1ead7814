/* SPDX-License-Identifier: MIT
 *
 * collect_rt.c: our collector, for the collector's micro-benchmarks. See collect.h.
 *
 * Its knobs are those of the run, so that they can be tried (--set gc.threshold0=7000).
 */
#include "bench/micro/collect_subject.h"

#include "bench/measure.h"
#include "runtime/context.h"
#include "runtime/object.h"

static int
begin(const struct bench_micro *micro, struct bench_collector *ret_collector) {
    int error = bench_object_engine_rt.begin(micro, &ret_collector->home);

    if (error < 0)
        return error;
    ret_collector->roots = bench_object_made(en_list_new(ret_collector->home.heap, 0));
    en_settle(ret_collector->home.heap);
    return 0;
}

static void
note_pause(void *context, const struct rt_event *event) {
    struct bench_collect_pauses *pauses = context;

    if (event->kind == RT_EVENT_GC_BEGIN)
        pauses->start_ns = bench_measure_cpu_ns();
    else if (event->kind == RT_EVENT_GC_END)
        bench_collect_note_pause(pauses);
}

static int
listen(const struct bench_collector *collector, struct bench_collect_pauses *pauses) {
    return rt_listen(collector->home.heap, note_pause, pauses);
}

static int
unlisten(const struct bench_collector *collector, struct bench_collect_pauses *pauses) {
    rt_unlisten(collector->home.heap, note_pause, pauses);
    return 0;
}

static void
track(const struct bench_collector *collector, struct en_object *container, size_t rounds) {
    for (size_t i = 0; i < rounds; i++) {
        rt_untrack(collector->home.heap, container);
        bench_gbench_use(container);
        if (!rt_track(collector->home.heap, container))
            abort();
        bench_gbench_use(container);
    }
}

static const struct bench_collect_row *const families[] = {
    BENCH_COLLECT_ROWS(heap), BENCH_COLLECT_ROWS(young), BENCH_COLLECT_ROWS(gcbench), NULL};

const struct bench_collect_engine bench_collect_engine_rt = {
    &bench_object_engine_rt, families, begin, listen, unlisten, track};
