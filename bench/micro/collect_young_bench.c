/* SPDX-License-Identifier: MIT
 *
 * collect_young_bench.c: what the collector costs a program that makes objects: collections of the
 * youngest generation, making a million instances with the collector and without, and being known to it.
 *
 * A young collection is too short for the clock of processor time, and is read off the other one; a
 * sample is the median of many, as if each had taken that, and so an interruption does not show.
 */
#include "bench/micro/collect_subject.h"

#include <errno.h>

#include "bench/micro/apart.h"

enum {
    SURVIVORS = 700,
    COLLECTIONS = 501,
    WARM_BYTES = 160, /* for each instance: more than any needs */
    SETTLE = 64,
    ROUNDS = 1000000
};

static int
compare_times(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static struct en_object *
make_instance(const struct bench_object_home *home) {
    struct en_object *instance = bench_object_made(en_instance_new(home->heap, home->plain));

    bench_object_done(en_attr_set(home->heap, instance, home->names[0], home->values[0]));
    bench_object_done(en_attr_set(home->heap, instance, home->names[1], home->values[1]));
    return instance;
}

static struct en_object *
make_list(const struct bench_object_home *home) {
    struct en_object *list = bench_object_made(en_list_new(home->heap, 0));

    bench_object_done(en_list_append(home->heap, list, home->values[0]));
    return list;
}

/* One collection of so many objects, which all stay; `what`: instances. */
static int
time_young(struct bench_collector *collector, const struct bench_collect_job *job,
           uint64_t *ret_ns) {
    const struct bench_object_home *home = &collector->home;
    struct en_object *survivors[SURVIVORS];
    uint64_t start;
    int64_t found;

    for (size_t i = 0; i < SURVIVORS; i++)
        survivors[i] = job->row->what != 0 ? make_instance(home) : make_list(home);
    start = bench_measure_now_ns();
    found = en_gc_collect(home->heap, 0);
    *ret_ns = bench_measure_now_ns() - start;
    for (size_t i = 0; i < SURVIVORS; i++)
        en_decref(home->heap, survivors[i]);
    return found == 0 ? 0 : -EBADMSG;
}

static int
measure_young(struct bench_collector *collector, const struct bench_collect_job *job,
              struct bench_collect_samples *samples) {
    uint64_t times[COLLECTIONS];

    samples->operations = COLLECTIONS;
    while (bench_collect_wants_more(job, samples)) {
        for (size_t i = 0; i < COLLECTIONS; i++) {
            int error = time_young(collector, job, &times[i]);
            if (error < 0)
                return error;
        }
        qsort(times, COLLECTIONS, sizeof *times, compare_times);
        bench_collect_add(samples, times[COLLECTIONS / 2] * COLLECTIONS);
    }
    return 0;
}

/* ---- Making instances --------------------------------------------------------------------------- */

/* A million that stay, on memory that is warm; `what`: with the collector on. */
static int
measure_create(struct bench_collector *collector, const struct bench_collect_job *job,
               struct bench_collect_samples *samples) {
    const struct bench_object_home *home = &collector->home;
    struct en_object **slots = bench_apart_map(job->count * sizeof *slots);
    uint64_t start;

    if (slots == NULL)
        return -ENOMEM;
    bench_apart_warm((size_t)job->count * WARM_BYTES);
    for (size_t i = 0; i < SETTLE; i++)
        en_decref(home->heap, make_instance(home));
    if (job->row->what != 0)
        en_gc_enable(home->heap);
    start = bench_measure_cpu_ns();
    for (size_t i = 0; i < job->count; i++)
        slots[i] = make_instance(home);
    bench_collect_add(samples, bench_measure_cpu_ns() - start);
    samples->operations = job->count;
    return 0;
}

/* The newest container: as when a program makes one and drops it. */
static int
measure_track(struct bench_collector *collector, const struct bench_collect_job *job,
              struct bench_collect_samples *samples) {
    struct en_object *list = bench_object_made(en_list_new(collector->home.heap, 0));

    samples->operations = job->count;
    while (bench_collect_wants_more(job, samples)) {
        uint64_t start = bench_measure_cpu_ns();
        job->engine->track(collector, list, job->count);
        bench_collect_add(samples, bench_measure_cpu_ns() - start);
    }
    return 0;
}

const struct bench_collect_row BENCH_COLLECT_ROWS(young)[] = {
    {"young/lists/%u", measure_young, SURVIVORS, .what = 0},
    {"young/instances/%u", measure_young, SURVIVORS, .what = 1},
    {"create/instance2/on/%u", measure_create, 1000000, .what = 1},
    {"create/instance2/off/%u", measure_create, 1000000, .what = 0},
    {"track/list", measure_track, ROUNDS, .what = 0},
    {0},
};
