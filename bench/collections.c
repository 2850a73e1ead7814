/* SPDX-License-Identifier: MIT
 *
 * collections.c: see collections.h.
 */
#include "bench/collections.h"

#include <string.h>

void
bench_collections_init(struct bench_collections *collections,
                       const struct bench_measure_clock *clock, const struct wl_run *run) {
    memset(collections, 0, sizeof *collections);
    for (int i = 0; i < RT_GENERATIONS; i++)
        bench_hist_init(&collections->pause[i]);
    collections->clock = clock;
    collections->run = run;
}

/* A workload that says nothing of trash may have some all the same. */
static void
note_trash(struct bench_collections *collections) {
    uint64_t dropped = collections->run->trash_objects, collected = collections->collected;

    if (dropped > collected && dropped - collected > collections->trash_most)
        collections->trash_most = dropped - collected;
}

static void
note_cycle(struct bench_collections *collections, const struct rt_gc_cycle *cycle, uint64_t ns) {
    collections->collected += cycle->collected;
    collections->uncollectable[cycle->generation] += cycle->uncollectable;
    bench_hist_record(&collections->pause[cycle->generation], ns);
    if (collections->in_operation && ns > collections->operation_pause_most_ns)
        collections->operation_pause_most_ns = ns;
}

void
bench_collections_hear(void *context, const struct rt_event *event) {
    struct bench_collections *collections = context;

    if (collections->is_over)
        return;
    if (event->kind == RT_EVENT_GC_END) {
        uint64_t ticks = bench_measure_ticks(collections->clock) - collections->began;
        note_cycle(collections, event->cycle, bench_measure_ticks_ns(collections->clock, ticks));
    } else if (event->kind == RT_EVENT_GC_BEGIN) {
        note_trash(collections);
        collections->began = bench_measure_ticks(collections->clock);
    }
}

void
bench_collections_end(struct bench_collections *collections) {
    if (!collections->is_over)
        note_trash(collections);
    collections->is_over = true;
}
