/* SPDX-License-Identifier: MIT
 *
 * worker_rt.c: our runtime as a worker's engine. See worker_engine.h. Each cell has a context of its own.
 */
#include "bench/worker_engine.h"

#include <string.h>
#include <unistd.h>

/* What the runtime finds wrong with a block goes to stderr, which the runner keeps. */
static void
pass_on_report(void *context, const struct rt_event *event) {
    (void)context;
    if ((event->kind == RT_EVENT_BAD_FREE || event->kind == RT_EVENT_DEBUG) &&
        event->text != NULL) {
        ssize_t written = write(STDERR_FILENO, event->text, strlen(event->text));
        if (written >= 0)
            written = write(STDERR_FILENO, "\n", 1);
        (void)written; /* there is nobody else to tell */
    }
}

int
bench_worker_engine_open(struct bench_worker_engine *engine, const struct bench_cell *cell,
                         struct rt_text *why) {
    int error = rt_create(&cell->config, NULL, &engine->heap);

    if (error != 0) {
        rt_text_string(why, "no memory for a context");
        return error;
    }
    rt_listen(engine->heap, pass_on_report, NULL);
    return 0;
}

void
bench_worker_engine_close(struct bench_worker_engine *engine) {
    rt_destroy(engine->heap);
    engine->heap = NULL;
}

void
bench_worker_engine_listen(struct bench_worker_engine *engine,
                           struct bench_collections *collections) {
    rt_stats_read(engine->heap, engine->before_stats);
    engine->collections = collections;
    rt_listen(engine->heap, bench_collections_hear, collections);
}

void
bench_worker_engine_read(const struct bench_worker_engine *engine,
                         struct bench_worker_counts *ret_counts) {
    rt_stats_read(engine->heap, ret_counts->values);
    for (int i = 0; i < RT_STAT_COUNT; i++) {
        ret_counts->has[i] = true;
        if (i >= RT_STAT_GC_COLLECTIONS0 && i != RT_STAT_GC_TRACKED)
            ret_counts->values[i] -= engine->before_stats[i];
    }
}

bool
bench_worker_engine_live_blocks(const struct bench_worker_engine *engine, uint64_t *ret_count) {
    uint64_t stats[RT_STAT_COUNT];

    rt_stats_read(engine->heap, stats);
    *ret_count = stats[RT_STAT_LIVE_BLOCKS];
    return true;
}
