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
    for (int i = 0; i < RT_GENERATIONS; i++) {
        bench_hist_init(&collections->pause[i]);
        memset(&collections->line[i], 0xff, sizeof collections->line[i]);
        collections->line[i].count = collections->line[i].group = 0;
        collections->line[i].of = 1;
    }
    bench_mmu_init(&collections->mmu);
    collections->clock = clock;
    collections->run = run;
    bench_collections_begin(collections);
}

void
bench_collections_begin(struct bench_collections *collections) {
    collections->origin = bench_measure_ticks(collections->clock);
}

/* Only when the last group is complete, so that all are again. */
static void
halve(struct bench_collections_line *line) {
    for (size_t i = 0; i < line->count / 2; i++) {
        const struct bench_sample *pair = &line->samples[2 * i];
        line->samples[i] = pair[pair[1].value > pair[0].value];
    }
    line->count /= 2;
    line->of *= 2;
}

static void
keep(struct bench_collections_line *line, int64_t at_ns, int64_t ns) {
    const struct bench_sample now = {at_ns, ns};

    if (line->group == 0 && line->count == BENCH_COLLECTIONS_KEPT)
        halve(line);
    if (line->group == 0)
        line->samples[line->count++] = now;
    else if (ns > line->samples[line->count - 1].value)
        line->samples[line->count - 1] = now;
    line->group = (line->group + 1) % line->of;
}

/* A workload that says nothing of trash may have some all the same. */
uint64_t
bench_collections_trash(const struct bench_collections *collections) {
    uint64_t dropped = collections->run->trash_objects, collected = collections->collected;

    return dropped > collected ? dropped - collected : 0;
}

static void
note_trash(struct bench_collections *collections) {
    uint64_t trash = bench_collections_trash(collections);

    if (trash > collections->trash_most)
        collections->trash_most = trash;
}

static void
note_cycle(struct bench_collections *collections, const struct rt_gc_cycle *cycle, uint64_t ns) {
    uint64_t at_ns =
        bench_measure_ticks_ns(collections->clock, collections->began - collections->origin);

    keep(&collections->line[cycle->generation], (int64_t)at_ns, (int64_t)ns);
    bench_mmu_add(&collections->mmu, at_ns, at_ns + ns);
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
    if (collections->is_over)
        return;
    note_trash(collections);
    collections->whole_ns = bench_measure_ticks_ns(
        collections->clock, bench_measure_ticks(collections->clock) - collections->origin);
    collections->is_over = true;
}
