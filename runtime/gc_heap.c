/* SPDX-License-Identifier: MIT
 *
 * gc_heap.c: which objects are in which generation, and the lists that belong to the collector.
 *
 * Generations are stretches of the vector of tracked objects (gc.h), so freezing, thawing and asking for a
 * generation is a matter of marks and of the order of stretches.
 */
#include "runtime/gc.h"
#include "runtime/track.h"

#include <errno.h>

enum {
    OLDEST = RT_GENERATIONS - 1,
    PERMANENT = RT_GENERATIONS,
};

struct stretch {
    uint32_t begin, end;
};

static struct stretch
stretch_of(const struct rt *rt, int generation) {
    const struct rt_tracker *tracker = &rt->tracker;

    if (generation == PERMANENT) {
        return (struct stretch){1, tracker->begin[OLDEST]};
    }
    return (struct stretch){tracker->begin[generation],
                            generation == 0 ? tracker->end : tracker->begin[generation - 1]};
}

static bool
is_hidden(const struct rt *rt, uint32_t place) {
    return place >= rt->gc.hidden_begin && place < rt->gc.hidden_end;
}

static size_t
count_stretch(const struct rt *rt, struct stretch stretch) {
    size_t count = 0;

    for (uint32_t place = stretch.begin; place < stretch.end; place++) {
        count += rt->tracker.objects[place] != NULL && !is_hidden(rt, place);
    }
    return count;
}

/* ---- Asking -------------------------------------------------------------------------------------- */

size_t
rt_gc_objects_count(const struct rt *rt, int generation) {
    size_t count = 0;

    if (generation >= 0) {
        return generation <= OLDEST ? count_stretch(rt, stretch_of(rt, generation)) : 0;
    }
    for (int i = 0; i < RT_GENERATIONS; i++) {
        count += count_stretch(rt, stretch_of(rt, i));
    }
    return count;
}

size_t
rt_gc_frozen_count(const struct rt *rt) {
    return count_stretch(rt, stretch_of(rt, PERMANENT));
}

/* Generations from first to last, each oldest first. */
static bool
first_and_last(int generation, int *ret_first, int *ret_last) {
    *ret_first = generation < 0 ? 0 : generation;
    *ret_last = generation < 0 ? OLDEST : generation;
    return generation >= -1 && generation <= OLDEST;
}

bool
rt_gc_visit_objects(struct rt *rt, int generation, rt_visit_fn visit, void *context) {
    int first, last;

    if (!first_and_last(generation, &first, &last)) {
        return false;
    }
    for (int i = first; i <= last; i++) {
        struct stretch stretch = stretch_of(rt, i);

        for (uint32_t place = stretch.begin; place < stretch.end; place++) {
            struct rt_object *object = rt->tracker.objects[place];

            if (object != NULL && !is_hidden(rt, place)) {
                visit(object, context);
            }
        }
    }
    return true;
}

/* Appending may move a list's items, but tracks nothing. */
struct rt_object *
rt_gc_objects(struct rt *rt, int generation) {
    struct rt_object *list;
    int first, last;

    if (!first_and_last(generation, &first, &last)) {
        rt->error = EINVAL;
        return NULL;
    }
    list = rt_list_new(rt, 0);
    for (int i = first; list != NULL && i <= last; i++) {
        struct stretch stretch = stretch_of(rt, i);

        for (uint32_t place = stretch.begin; place < stretch.end; place++) {
            struct rt_object *object = rt->tracker.objects[place];

            if (object != NULL && object != list && !is_hidden(rt, place) &&
                rt_list_append(rt, list, object) != 0) {
                rt_decref(rt, list);
                return NULL;
            }
        }
    }
    return list;
}

int
rt_gc_generation_of(const struct rt *rt, const struct rt_object *object) {
    uint32_t place = rt_type_is_container(object->type) ? rt_head(object)->place : 0;

    if (place == 0) {
        return -1;
    }
    for (int generation = 0; generation < RT_GENERATIONS; generation++) {
        if (place >= rt->tracker.begin[generation]) {
            return generation;
        }
    }
    return PERMANENT;
}

bool
rt_gc_is_finalized(const struct rt_object *object) {
    return rt_type_is_container(object->type) && (rt_head(object)->flags & RT_HEAD_FINALIZED) != 0;
}

/* ---- Freezing ------------------------------------------------------------------------------------ */

/* The younger generations' objects come first. */
static void
freeze(struct rt *rt) {
    struct rt_tracker *tracker = &rt->tracker;
    uint32_t old = tracker->begin[1] - tracker->begin[2], first = tracker->begin[2];
    uint32_t middle = tracker->begin[0] - tracker->begin[1];

    rt_track_swap(rt, first, first + old, tracker->end);
    rt_track_swap(rt, first, first + middle, tracker->end - old);
    for (int generation = 0; generation < RT_GENERATIONS; generation++) {
        tracker->begin[generation] = tracker->end;
        rt->gc.count[generation] = 0;
    }
    rt->young_count = 0;
}

/* To the end of generation 2. */
static void
unfreeze(struct rt *rt) {
    struct rt_tracker *tracker = &rt->tracker;

    rt_track_swap(rt, 1, tracker->begin[OLDEST], tracker->begin[OLDEST - 1]);
    tracker->begin[OLDEST] = 1;
}

void
rt_gc_freeze(struct rt *rt) {
    if (rt->gc.is_collecting) { /* which goes by places */
        rt->gc.is_to_freeze = true;
        rt->gc.is_to_unfreeze = false;
    } else {
        freeze(rt);
    }
}

void
rt_gc_unfreeze(struct rt *rt) {
    if (rt->gc.is_collecting) {
        rt->gc.is_to_unfreeze = true;
    } else {
        unfreeze(rt);
    }
}

void
rt_gc_heap_catch_up(struct rt *rt) {
    if (rt->gc.is_to_freeze) {
        freeze(rt);
    }
    if (rt->gc.is_to_unfreeze) {
        unfreeze(rt);
    }
    rt->gc.is_to_freeze = rt->gc.is_to_unfreeze = false;
}

/* ---- Lists --------------------------------------------------------------------------------------- */

/* A list that nobody counts or tracks. */
static struct rt_object *
obtain_list(struct rt *rt, struct rt_object **place) {
    if (*place == NULL) {
        int64_t limit = rt->young_limit, count = rt->young_count;

        rt->young_limit = INT64_MAX;
        *place = rt_list_call(rt);
        rt->young_limit = limit;
        rt->young_count = count;
        if (*place != NULL) {
            rt_untrack(rt, *place);
        }
    }
    return *place;
}

struct rt_object *
rt_gc_garbage(struct rt *rt) {
    return obtain_list(rt, &rt->gc.garbage);
}

struct rt_object *
rt_gc_callbacks(struct rt *rt) {
    return obtain_list(rt, &rt->gc.callbacks);
}
