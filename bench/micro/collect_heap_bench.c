/* SPDX-License-Identifier: MIT
 *
 * collect_heap_bench.c: full collections of large heaps, live and dead.
 *
 * All objects are made first, and so lie in memory one behind the other. References are then laid over
 * them: in that order, or over a shuffled one, so that what an object refers to lies anywhere. The
 * first collection leaves the objects in the order in which it has reached them; so from then on the
 * collector's own order is as shuffled as the memory, and that first collection is one for itself.
 *
 * Live heaps hang on one list that is frozen. Lists of the tree have two items
 * each, None where there is no child; instances have two attributes, one of them an int.
 */
#include "bench/micro/collect_subject.h"

#include <errno.h>

#include "bench/micro/apart.h"
#include "bench/micro/mix.h"

enum {
    RING = 1000, /* instances in each of many rings */
    SETTLE = 64,
    SEED = 4
};

/* Of a row: what it is made of, and how. */
enum {
    TREE = 1,
    RINGS = 2,
    WHOLE_RING = 4,
    PAIRS = 8,
    LISTS = 16, /* or else instances */
    SHUFFLED = 32
};

struct plot {
    const struct bench_object_home *home;
    struct en_object **objects;
    uint32_t *order;
    uint32_t count;
    struct en_object *roots;
};

/* ---- Building ----------------------------------------------------------------------------------- */

static struct en_object *
make_instance(const struct bench_object_home *home) {
    struct en_object *instance = bench_object_made(en_instance_new(home->heap, home->plain));

    bench_object_done(en_attr_set(home->heap, instance, home->names[0], home->values[0]));
    bench_object_done(en_attr_set(home->heap, instance, home->names[1], home->values[0]));
    return instance;
}

/* Room for attributes shrinks with each of a class's first instances. */
static void
settle_class(const struct bench_object_home *home) {
    for (size_t i = 0; i < SETTLE; i++)
        en_decref(home->heap, make_instance(home));
}

static int
make_objects(struct plot *plot, int what) {
    plot->objects = bench_apart_map(plot->count * sizeof *plot->objects);
    plot->order = bench_apart_map(plot->count * sizeof *plot->order);
    if (plot->objects == NULL || plot->order == NULL)
        return -ENOMEM;
    if ((what & SHUFFLED) != 0)
        bench_mix_order(SEED, plot->order, plot->count);
    else
        for (uint32_t i = 0; i < plot->count; i++)
            plot->order[i] = i;
    if ((what & LISTS) == 0)
        settle_class(plot->home);
    for (uint32_t i = 0; i < plot->count; i++)
        plot->objects[i] = (what & LISTS) != 0 ? bench_object_made(en_list_new(plot->home->heap, 0))
                                               : make_instance(plot->home);
    return 0;
}

/* The object at that place of the order. */
static struct en_object *
object_at(const struct plot *plot, size_t place) {
    return plot->objects[plot->order[place]];
}

static void
link_tree(const struct plot *plot) {
    for (size_t i = 0; i < plot->count; i++)
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            bench_object_done(
                en_list_append(plot->home->heap, object_at(plot, i),
                               child < plot->count ? object_at(plot, child) : plot->home->none));
    bench_object_done(en_list_append(plot->home->heap, plot->roots, object_at(plot, 0)));
}

/* The last ring may be shorter. */
static void
link_rings(const struct plot *plot, int what, size_t length) {
    for (size_t first = 0; first < plot->count; first += length) {
        size_t end = first + length < plot->count ? first + length : plot->count;
        for (size_t i = first; i < end; i++) {
            struct en_object *next = object_at(plot, i + 1 < end ? i + 1 : first);
            if ((what & LISTS) != 0)
                bench_object_done(en_list_append(plot->home->heap, object_at(plot, i), next));
            else
                bench_object_done(
                    en_attr_set(plot->home->heap, object_at(plot, i), plot->home->names[0], next));
        }
        bench_object_done(en_list_append(plot->home->heap, plot->roots, object_at(plot, first)));
    }
}

/* Builds the row's heap; nothing but the collector's roots holds it. */
static int
build(struct bench_collector *collector, const struct bench_collect_job *job,
      struct bench_collect_samples *samples) {
    struct plot plot = {.home = &collector->home, .count = job->count, .roots = collector->roots};
    int what = job->row->what, error = make_objects(&plot, what);

    samples->operations = job->count;
    if (error < 0)
        return error;
    if ((what & TREE) != 0)
        link_tree(&plot);
    else
        link_rings(&plot, what,
                   (what & RINGS) != 0        ? RING
                   : (what & WHOLE_RING) != 0 ? plot.count
                                              : 2);
    for (uint32_t i = 0; i < plot.count; i++)
        en_decref(plot.home->heap, plot.objects[i]);
    bench_apart_unmap(plot.objects, plot.count * sizeof *plot.objects);
    bench_apart_unmap(plot.order, plot.count * sizeof *plot.order);
    return 0;
}

/* ---- Collecting --------------------------------------------------------------------------------- */

/* One collection of everything, which must find so many. */
static int
time_collection(struct bench_collector *collector, int64_t expected,
                struct bench_collect_samples *samples) {
    uint64_t start = bench_measure_cpu_ns();
    int64_t found = en_gc_collect(collector->home.heap, BENCH_COLLECT_OLDEST);

    bench_collect_add(samples, bench_measure_cpu_ns() - start);
    return found == expected ? 0 : -EBADMSG;
}

static int
measure_first(struct bench_collector *collector, const struct bench_collect_job *job,
              struct bench_collect_samples *samples) {
    int error = build(collector, job, samples);

    return error < 0 ? error : time_collection(collector, 0, samples);
}

static int
measure_live(struct bench_collector *collector, const struct bench_collect_job *job,
             struct bench_collect_samples *samples) {
    int error = measure_first(collector, job, samples);

    samples->count = 0;
    while (error == 0 && bench_collect_wants_more(job, samples))
        error = time_collection(collector, 0, samples);
    return error;
}

static int
measure_garbage(struct bench_collector *collector, const struct bench_collect_job *job,
                struct bench_collect_samples *samples) {
    int error = build(collector, job, samples);

    if (error < 0)
        return error;
    en_decref(collector->home.heap, collector->roots);
    return time_collection(collector, job->count, samples);
}

#define LIVE(shape, size, ...)                                                                     \
    { "live/" shape "/%u", measure_live, size, __VA_ARGS__ }

const struct bench_collect_row BENCH_COLLECT_ROWS(heap)[] = {
    LIVE("tree/ordered", 100000, .what = TREE | LISTS),
    LIVE("tree/ordered", 1000000, .what = TREE | LISTS),
    LIVE("tree/ordered", 10000000, .what = TREE | LISTS, .is_long = true),
    LIVE("tree/shuffled", 100000, .what = TREE | LISTS | SHUFFLED),
    LIVE("tree/shuffled", 1000000, .what = TREE | LISTS | SHUFFLED),
    LIVE("tree/shuffled", 10000000, .what = TREE | LISTS | SHUFFLED, .is_long = true),
    LIVE("rings/ordered", 100000, .what = RINGS),
    LIVE("rings/ordered", 1000000, .what = RINGS),
    LIVE("rings/ordered", 10000000, .what = RINGS, .is_long = true),
    LIVE("rings/shuffled", 100000, .what = RINGS | SHUFFLED),
    LIVE("rings/shuffled", 1000000, .what = RINGS | SHUFFLED),
    LIVE("rings/shuffled", 10000000, .what = RINGS | SHUFFLED, .is_long = true),
    {"first/ring/shuffled/%u", measure_first, 1000000, .what = WHOLE_RING | SHUFFLED},
    {"garbage/pairs/lists/%u", measure_garbage, 1000000, .what = PAIRS | LISTS},
    {"garbage/pairs/instances/%u", measure_garbage, 1000000, .what = PAIRS},
    {"garbage/ring/lists/%u", measure_garbage, 1000000, .what = WHOLE_RING | LISTS},
    {"garbage/ring/instances/%u", measure_garbage, 1000000, .what = WHOLE_RING},
    {0},
};
