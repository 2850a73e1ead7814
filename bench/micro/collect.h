/* SPDX-License-Identifier: MIT
 *
 * collect.h: what the micro-benchmarks of the collector share.
 *
 * They use the objects' two engines (object.h), and add what the vocabulary has no word for: listening to
 * a collector, and tracking. What they have in common, so that the figures can be compared:
 *  - Each row is measured in a process of its own, in which nothing but its own objects is examined: all
 *    that was there before is collected once, and frozen.
 *  - A heap is built once for all the samples of a row, where a sample leaves it as it was.
 *  - Nobody collects by himself, but where the row says so.
 *  - What a collection returns is checked: a collector that finds too little ends the row.
 */
#ifndef BENCH_MICRO_COLLECT_H
#define BENCH_MICRO_COLLECT_H

#include "bench/micro/object.h"

enum {
    BENCH_COLLECT_SAMPLES = 32,
    BENCH_COLLECT_OLDEST = 2, /* the generation that is everything */
};

/* An engine's collector, in the process that measures. */
struct bench_collector {
    struct bench_object_home home;
    struct en_object *roots; /* a list, frozen, of what is to live */
};

/* Collections while this listens. */
struct bench_collect_pauses {
    uint64_t start_ns, longest_ns;
};

struct bench_collect_row;

struct bench_collect_engine {
    const struct bench_object_engine *objects;
    const struct bench_collect_row *const *families; /* ended by NULL; the last row has no name */

    /* 0 or a negative errno. Switched off, and what there is frozen. */
    int (*begin)(const struct bench_micro *micro, struct bench_collector *ret_collector);

    /* `pauses` must stay until `unlisten`. 0 or a negative errno. */
    int (*listen)(const struct bench_collector *collector, struct bench_collect_pauses *pauses);
    int (*unlisten)(const struct bench_collector *collector, struct bench_collect_pauses *pauses);

    /* Untracks a container and tracks it again, so often. */
    void (*track)(const struct bench_collector *collector, struct en_object *container,
                  size_t rounds);
};

extern const struct bench_collect_engine bench_collect_engine_rt, bench_collect_engine_cpython;

/* What a process has measured. Zero at first. */
struct bench_collect_samples {
    uint64_t ns[BENCH_COLLECT_SAMPLES];
    uint32_t count;
    uint64_t operations; /* in each sample */
    double longest_ms;   /* collection of a run; 0: not measured */
};

struct bench_collect_job {
    const struct bench_micro *micro;
    const struct bench_collect_engine *engine;
    const struct bench_collect_row *row;
    uint32_t count;
    struct bench_collect_samples *samples; /* those of the last process, */
    uint32_t *used;                        /* and how many of them have been reported */
};

struct bench_collect_row {
    const char *name; /* with a %u for the count */

    /* Takes one sample or more; 0 or a negative errno. The process ends with it: nothing need be dropped. */
    int (*measure)(struct bench_collector *collector, const struct bench_collect_job *job,
                   struct bench_collect_samples *samples);
    uint32_t count;
    bool is_depth; /* of trees: the count's power of two is the number of objects */
    bool is_long;  /* left out unless the filter has the count in it */
    int what;      /* for the functions */
};

/* One for each repetition, or as many as there is room for while they are short. */
static inline bool
bench_collect_wants_more(const struct bench_collect_job *job,
                         const struct bench_collect_samples *samples) {
    uint64_t spent_ns = 0;

    for (uint32_t i = 0; i < samples->count; i++)
        spent_ns += samples->ns[i];
    return samples->count < BENCH_COLLECT_SAMPLES &&
           (samples->count == 0 || samples->count < job->micro->repetitions ||
            spent_ns < UINT64_C(200000000));
}

static inline void
bench_collect_add(struct bench_collect_samples *samples, uint64_t ns) {
    samples->ns[samples->count++] = ns;
}

#endif
