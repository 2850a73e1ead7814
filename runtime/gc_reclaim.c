/* SPDX-License-Identifier: MIT
 *
 * gc_reclaim.c: what becomes of unreachable objects.
 *
 * In CPython's order, each step over all of them, oldest first:
 *
 *   1. Those with a legacy finalizer, and what they lead to, are taken out: nobody knows how to free them.
 *   2. Weak references to the others die, and those among the others do, uncalled. Then the callbacks of
 *      those from outside are called.
 *   3. Finalizers are called, of each object once in its life.
 *   4. Both may have brought objects back to life: who is reachable is asked once more, of them alone. It is
 *      not asked when neither was called, since then nothing can have changed.
 *   5. The rest is cleared, one after the other, and goes by its reference counts.
 *
 * Where they are meanwhile, in the vector of tracked objects:
 *
 *     ... survivors | weak references whose callbacks are called | unreachable | uncollectable | new ones
 *
 * All up to the new ones belong to the next older generation from here on; who lives on is in its place there
 * already, in CPython's order. Who goes leaves a hole.
 */
#include "runtime/gc.h"
#include "runtime/account.h"
#include "runtime/class.h"
#include "runtime/list.h"
#include "runtime/track.h"
#include "runtime/weakref.h"

#include <string.h>

struct reclaim {
    struct rt *rt;
    struct rt_object **objects;
    struct rt_gc_cycle *cycle;
    struct rt_gc_found *found;
    uint32_t begin, end; /* the unreachable */
    uint32_t uncollectable, end_uncollectable;
};

enum {
    LINE_BYTES = 160,
    AHEAD = 8,
};

/* ---- Legacy finalizers --------------------------------------------------------------------------- */

static bool
has_finalizer(const struct rt_object *object, bool is_legacy) {
    const struct rt_class *class_object;

    if (object->type->kind != RT_KIND_INSTANCE) {
        return object->type->finalize != NULL && !is_legacy;
    }
    class_object = rt_instance_class(object);
    return class_object->finalizer != NULL && class_object->is_legacy_finalizer == is_legacy;
}

/* To the end of the uncollectable, which wait behind everything while it is not yet known how many. */
static void
take_out(struct reclaim *reclaim, struct rt_object *object) {
    struct rt_head *head = rt_head(object);

    reclaim->objects[head->place] = NULL;
    head->place = reclaim->end_uncollectable;
    reclaim->objects[reclaim->end_uncollectable++] = object;
}

static void
take_out_if_unreachable(struct rt_object *referent, void *context) {
    struct reclaim *reclaim = context;
    uint32_t place = rt_type_is_container(referent->type) ? rt_head(referent)->place : 0;

    if (place >= reclaim->begin && place < reclaim->end) {
        take_out(reclaim, referent);
    }
}

/* Moves the unreachable that are left together, and the uncollectable behind them. */
static void
close_ranks(struct reclaim *reclaim) {
    uint32_t to = reclaim->begin, end = reclaim->end_uncollectable, split = reclaim->end;

    for (uint32_t from = reclaim->begin; from < end; from++) {
        struct rt_object *object = reclaim->objects[from];

        if (from == split) {
            reclaim->end = reclaim->uncollectable = to;
        }
        if (object != NULL) {
            reclaim->objects[to] = object;
            rt_head(object)->place = to++;
        }
    }
    reclaim->end_uncollectable = to;
}

/* pre: there is room behind everything for all of them, and nothing else is there */
static void
take_out_legacy(struct reclaim *reclaim) {
    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        if (has_finalizer(reclaim->objects[place], true)) {
            take_out(reclaim, reclaim->objects[place]);
        }
    }
    for (uint32_t place = reclaim->end; place < reclaim->end_uncollectable; place++) {
        rt_visit(reclaim->objects[place], take_out_if_unreachable, reclaim);
    }
    close_ranks(reclaim);
}

/* ---- Weak references ----------------------------------------------------------------------------- */

static bool
is_unreachable(const struct reclaim *reclaim, const struct rt_object *object) {
    uint32_t place = rt_head(object)->place;

    return place >= reclaim->begin && place < reclaim->end;
}

static bool
is_to_be_called(const struct reclaim *reclaim, const struct rt_object *weakref) {
    return rt_weakref_callback(weakref) != NULL && !is_unreachable(reclaim, weakref);
}

static uint32_t
count_calls(const struct reclaim *reclaim) {
    uint32_t count = 0;

    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        struct rt_object *weakref = rt_weakref_first(reclaim->objects[place]);

        for (; weakref != NULL; weakref = rt_weakref_next(weakref)) {
            count += is_to_be_called(reclaim, weakref);
        }
    }
    return count;
}

/* Makes holes before the unreachable. pre: room for them behind everything */
static void
make_gap(struct reclaim *reclaim, uint32_t count) {
    for (uint32_t place = reclaim->end_uncollectable; place-- > reclaim->begin;) {
        reclaim->objects[place + count] = reclaim->objects[place];
        rt_head(reclaim->objects[place])->place = place + count;
    }
    memset(&reclaim->objects[reclaim->begin], 0, count * sizeof reclaim->objects[0]);
    reclaim->begin += count;
    reclaim->end += count;
    reclaim->uncollectable += count;
    reclaim->end_uncollectable += count;
}

/* From wherever it is, where it leaves a hole, into one of the gap; held by a reference until it has been
 * called. */
static void
put_in_gap(struct reclaim *reclaim, struct rt_object *weakref, uint32_t place) {
    struct rt_head *head = rt_head(weakref);

    reclaim->objects[head->place] = NULL;
    reclaim->objects[place] = rt_incref(weakref);
    head->place = place;
}

static void
kill_weakrefs_of(struct reclaim *reclaim, struct rt_object *object, uint32_t *gap) {
    struct rt_object *weakref;

    if (object->type->kind == RT_KIND_WEAKREF) {
        rt_weakref_clear(reclaim->rt, object);
    }
    while ((weakref = rt_weakref_first(object)) != NULL) {
        bool is_called = is_to_be_called(reclaim, weakref);

        rt_weakref_clear(reclaim->rt, weakref);
        reclaim->cycle->weakrefs_cleared++;
        if (is_called) {
            put_in_gap(reclaim, weakref, (*gap)++);
        }
    }
}

/* Those that go with their callback count as collected, as in CPython. */
static void
call_all(struct reclaim *reclaim, uint32_t begin, uint32_t end) {
    struct rt *rt = reclaim->rt;

    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *weakref = reclaim->objects[place];

        rt_weakref_call(rt, weakref);
        reclaim->cycle->callbacks_called++;
        rt_decref(rt, weakref);
        reclaim->cycle->collected += reclaim->objects[place] == NULL;
    }
}

/* From here on others' code may run: it finds the generations as they will be, and may add to the youngest. */
static void
open_heap(struct reclaim *reclaim) {
    struct rt_tracker *tracker = &reclaim->rt->tracker;

    tracker->end = reclaim->end_uncollectable;
    tracker->begin[0] = tracker->end;
    if (reclaim->cycle->generation > 0) {
        tracker->begin[1] = tracker->end;
    }
    reclaim->rt->gc.hidden_begin = reclaim->begin;
    reclaim->rt->gc.hidden_end = tracker->end;
}

static void
handle_weakrefs(struct reclaim *reclaim, uint32_t gap_begin) {
    uint32_t gap = gap_begin;

    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        kill_weakrefs_of(reclaim, reclaim->objects[place], &gap);
    }
    RT_ASSERT(gap == reclaim->begin, "as many are called as were counted");
    call_all(reclaim, gap_begin, gap);
    rt_gc_phase_ends(reclaim->rt, reclaim->cycle, RT_GC_PHASE_WEAKREFS);
}

/* ---- Finalizers ---------------------------------------------------------------------------------- */

static void
finalize(struct reclaim *reclaim, struct rt_object *object) {
    struct rt *rt = reclaim->rt;
    struct rt_head *head = rt_head(object);

    if ((head->flags & RT_HEAD_FINALIZED) != 0) {
        return;
    }
    head->flags |= RT_HEAD_FINALIZED;
    reclaim->cycle->finalizers_called++;
    rt_incref(object);
    if (object->type->kind == RT_KIND_INSTANCE) {
        struct rt_class *class_object = rt_instance_class(object);

        class_object->finalizer(rt, object, class_object->finalizer_data);
    } else {
        object->type->finalize(rt, object);
    }
    rt_decref(rt, object);
}

static void
finalize_all(struct reclaim *reclaim) {
    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        struct rt_object *object = reclaim->objects[place];

        if (object != NULL && has_finalizer(object, false)) {
            finalize(reclaim, object);
        }
    }
}

/* Those that live on come first from now on. Without memory to find out they all live until next time. */
static void
part_resurrected(struct reclaim *reclaim) {
    struct rt *rt = reclaim->rt;
    struct rt_gc_found again;

    if (rt_gc_trace(rt, reclaim->begin, reclaim->end, RT_GC_UNTRACK_NOTHING, &again) != 0) {
        reclaim->begin = reclaim->end;
        return;
    }
    reclaim->cycle->edges += again.edges;
    reclaim->cycle->resurrected += again.unreachable - again.begin;
    reclaim->begin = again.unreachable;
    reclaim->end = again.end;
    rt->gc.hidden_begin = reclaim->begin;
}

/* ---- The end ------------------------------------------------------------------------------------- */

static void
say_each(const struct reclaim *reclaim, uint32_t begin, uint32_t end, const char *what) {
    for (uint32_t place = begin; place < end; place++) {
        const struct rt_object *object = reclaim->objects[place];
        char line[LINE_BYTES];
        struct rt_text text;

        if (object != NULL) {
            rt_text_init(&text, line, sizeof line);
            rt_text_string(&text, what);
            rt_text_string(&text, rt_type_name(object));
            rt_text_string(&text, " 0x");
            rt_text_hex(&text, (uintptr_t)object);
            rt_text_string(&text, ">");
            rt_gc_say(reclaim->rt, line, object);
        }
    }
}

/* gc.garbage takes it, or it is said that it could not. */
static void
keep(struct rt *rt, struct rt_object *object) {
    struct rt_object *garbage = rt_gc_garbage(rt);

    if (garbage == NULL || rt_list_append(rt, garbage, object) != 0) {
        rt_report_unraisable(rt, object);
    }
}

/* Whoever has nothing to clear goes by what others drop. */
static void
clear_all(struct reclaim *reclaim) {
    struct rt *rt = reclaim->rt;

    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        struct rt_object *object = reclaim->objects[place];

        __builtin_prefetch(reclaim->objects[place + AHEAD]);
        if (object != NULL && object->type->clear != NULL) {
            rt_incref(object);
            object->type->clear(rt, object);
            rt_decref(rt, object);
        }
    }
    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        reclaim->cycle->freed += reclaim->objects[place] == NULL;
    }
}

static void
free_all(struct reclaim *reclaim) {
    struct rt *rt = reclaim->rt;
    int64_t bytes = rt_account_requested_now(rt);

    for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
        if (RT_LIKELY(reclaim->objects[place] != NULL)) {
            reclaim->cycle->collected++;
        } /* else it went with its finalizer */
    }
    if ((rt->gc.debug & RT_GC_DEBUG_SAVEALL) != 0) {
        for (uint32_t place = reclaim->begin; place < reclaim->end; place++) {
            keep(rt, reclaim->objects[place]);
        }
        return;
    }
    clear_all(reclaim);
    bytes -= rt_account_requested_now(rt);
    reclaim->cycle->freed_bytes = bytes > 0 ? (uint64_t)bytes : 0;
    rt_gc_phase_ends(rt, reclaim->cycle, RT_GC_PHASE_FREE);
}

/* Only those with a finalizer are listed; the others of their kind hang on them. */
static void
keep_uncollectable(struct reclaim *reclaim) {
    struct rt *rt = reclaim->rt;
    uint32_t begin = reclaim->uncollectable, end = reclaim->end_uncollectable;

    if ((rt->gc.debug & RT_GC_DEBUG_UNCOLLECTABLE) != 0) {
        say_each(reclaim, begin, end, "gc: uncollectable <");
    }
    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *object = reclaim->objects[place];

        if (object != NULL) {
            reclaim->cycle->uncollectable++;
            if ((rt->gc.debug & RT_GC_DEBUG_SAVEALL) != 0 || has_finalizer(object, true)) {
                keep(rt, object);
            }
        }
    }
}

bool
rt_gc_reclaim(struct rt *rt, struct rt_gc_found *found, struct rt_gc_cycle *cycle) {
    struct reclaim reclaim = {
        .rt = rt,
        .objects = rt->tracker.objects,
        .cycle = cycle,
        .begin = found->unreachable,
        .end = found->end,
        .uncollectable = found->end,
        .end_uncollectable = found->end,
    };
    uint32_t gap = found->unreachable, calls;

    if (found->has_legacy_finalizers) {
        take_out_legacy(&reclaim);
    }
    calls = found->has_weakrefs ? count_calls(&reclaim) : 0;
    if (calls > 0 && !rt_track_make_room(rt, calls)) {
        reclaim.begin = reclaim.end = reclaim.uncollectable = reclaim.end_uncollectable;
        open_heap(&reclaim);
        return false;
    }
    make_gap(&reclaim, calls);
    open_heap(&reclaim);
    rt->tracker.holes += calls;
    if ((rt->gc.debug & RT_GC_DEBUG_COLLECTABLE) != 0) {
        say_each(&reclaim, reclaim.begin, reclaim.end, "gc: collectable <");
    }
    if (found->has_weakrefs) {
        handle_weakrefs(&reclaim, gap);
    }
    if (found->has_finalizers) {
        finalize_all(&reclaim);
    }
    if (cycle->callbacks_called + cycle->finalizers_called > 0) {
        part_resurrected(&reclaim);
        rt_gc_phase_ends(rt, cycle, RT_GC_PHASE_FINALIZE);
    }
    free_all(&reclaim);
    keep_uncollectable(&reclaim);
    return true;
}
