/* SPDX-License-Identifier: MIT
 *
 * gc_order.c: after a trace: who needs no examining any more, and the new order of the set.
 *
 * Tuples are asked in the order in which they stand, since one may depend on another one that it holds; then
 * dicts, which depend on tuples alone. Who is untracked leaves a hole.
 *
 * The new order is survivors, holes closed, and behind them the unreachable. Where nothing is a hole and
 * only the last were put aside it is the old one, and nothing moves.
 */
#include "runtime/dict.h"
#include "runtime/gc_walk.h"
#include "runtime/tuple.h"

#include <string.h>

/* ---- Untracking ---------------------------------------------------------------------------------- */

static void
untrack(struct rt_gc_walk *walk, struct rt_object *object, uint32_t place) {
    walk->objects[place] = NULL;
    rt_head(object)->place = 0;
    walk->found->untracked++;
}

static bool
needs_tracking(const struct rt_object *object, enum rt_kind kind) {
    return object->type->kind != kind || (kind == RT_KIND_TUPLE ? rt_tuple_needs_tracking(object)
                                                                : rt_dict_needs_tracking(object));
}

/* Of those that the first walk remembered, who all are where they were. */
static void
untrack_remembered(struct rt_gc_walk *walk, enum rt_kind kind) {
    for (uint32_t i = 0; i < walk->remembered_count; i++) {
        uint32_t place = walk->remembered[i];
        struct rt_object *object = walk->objects[place];

        if (object != NULL && !needs_tracking(object, kind)) {
            untrack(walk, object, place);
        }
    }
}

/* Of those that were not put aside, or have come back. */
static void
untrack_between(struct rt_gc_walk *walk, uint32_t begin, uint32_t end, enum rt_kind kind) {
    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *object = walk->objects[place];

        if (object != NULL && ((uintptr_t)object & 1) == 0 && !needs_tracking(object, kind)) {
            untrack(walk, object, place);
        }
    }
}

static void
untrack_all(struct rt_gc_walk *walk) {
    if (!walk->is_in_question) {
        if (walk->untracking >= RT_GC_UNTRACK_TUPLES) {
            untrack_remembered(walk, RT_KIND_TUPLE);
        }
        if (walk->untracking >= RT_GC_UNTRACK_DICTS) {
            untrack_remembered(walk, RT_KIND_DICT);
        }
    } else if (walk->has_dicts && walk->untracking >= RT_GC_UNTRACK_DICTS) {
        untrack_between(walk, walk->begin, walk->end, RT_KIND_DICT);
        untrack_between(walk, walk->rt->tracker.end, walk->behind, RT_KIND_DICT);
    }
}

/* ---- The new order ------------------------------------------------------------------------------- */

struct order {
    uint32_t survivors, unreachable; /* where the next one of either goes */
};

static RT_ALWAYS_INLINE bool
is_aside(const struct rt_gc_walk *walk, const struct rt_object *object) {
    size_t unit = rt_gc_unit(walk->table, object);
    uint8_t mark = RT_LIKELY(unit < walk->table.units) ? walk->table.bytes[unit] : RT_MARK_MANY;

    return mark == RT_MARK_ASIDE ||
           (mark == RT_MARK_MANY && rt_gc_head_mark(walk, object) == RT_HEAD_MARK_ASIDE);
}

static RT_ALWAYS_INLINE void
order_stretch(struct rt_gc_walk *walk, struct order *order, uint32_t begin, uint32_t end) {
    struct rt_object **objects = walk->objects;

    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *object = objects[place];

        if (RT_UNLIKELY(object == NULL)) {
            continue;
        }
        if (RT_UNLIKELY(((uintptr_t)object & 1) != 0)) {
            object = rt_gc_entry(walk, place);
            if (is_aside(walk, object)) {
                objects[order->unreachable++] = object;
            }
            continue;
        }
        if (RT_UNLIKELY(order->survivors != place)) {
            objects[order->survivors] = object;
            if (place + RT_GC_FAR < end) {
                __builtin_prefetch(rt_head(rt_gc_entry(walk, place + RT_GC_FAR)), 1);
            }
            rt_head(object)->place = order->survivors;
        }
        order->survivors++;
    }
}

/* The unreachable wait behind everything until it is known where the survivors end. */
static void
bring_into_order(struct rt_gc_walk *walk, uint32_t holes) {
    struct rt_tracker *tracker = &walk->rt->tracker;
    struct order order = {.survivors = walk->begin, .unreachable = walk->behind};
    uint32_t to;

    order_stretch(walk, &order, walk->begin, walk->end);
    order_stretch(walk, &order, tracker->end, walk->behind);
    walk->found->unreachable = to = order.survivors;
    for (uint32_t from = walk->behind; from < order.unreachable; from++, to++) {
        struct rt_object *object = walk->objects[from];

        walk->objects[to] = object;
        rt_head(object)->place = to;
    }
    walk->found->end = to;
    memset(&walk->objects[to], 0, (size_t)(walk->end - to) * sizeof walk->objects[0]);
    tracker->holes += walk->end - to - holes;
}

/* Everybody is where he is to be: the unreachable, if any, are the last ones. */
static void
leave_in_order(struct rt_gc_walk *walk) {
    uint32_t place = walk->end;

    while (walk->has_aside && place > walk->begin &&
           ((uintptr_t)walk->objects[place - 1] & 1) != 0) {
        place--;
        walk->objects[place] = rt_gc_entry(walk, place);
    }
    walk->found->unreachable = place;
    walk->found->end = walk->end;
}

void
rt_gc_order(struct rt_gc_walk *walk) {
    uint32_t holes = walk->end - walk->begin - (uint32_t)walk->found->examined;

    untrack_all(walk);
    if (!walk->is_mixed && holes == 0 && walk->found->untracked == 0) {
        leave_in_order(walk);
    } else {
        bring_into_order(walk, holes);
    }
}
