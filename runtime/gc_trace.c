/* SPDX-License-Identifier: MIT
 *
 * gc_trace.c: which objects of a set are reachable from outside of it.
 *
 * The set is a stretch of the vector of tracked objects. The question and the order of the answer are
 * CPython's: an object with more references than the set itself has to it is reachable, and so is whatever
 * it leads to. Walking from the oldest to the newest, an object without any reference left is put aside; one
 * that was put aside and turns out to be reachable comes back behind all others. That order is visible
 * later: finalizers and callbacks follow it.
 *
 * Two walks are enough. The first counts the references that the set has to each object; the second compares
 * with the object's own count, when it comes by. CPython needs a walk more to copy the counts beforehand.
 *
 * The marks are kept in one of two places, the one or the other for a whole trace:
 *
 *   - For a large set, in a table of one byte for each 16 bytes of the arenas, found from the address alone. So
 *     following a reference does not touch what it refers to, which in a heap in shuffled order would be a
 *     miss to memory for each edge. What the table says of objects outside the set nobody asks.
 *   - For a small one, or objects outside of the arenas, in the object's head, with the number of the trace
 *     beside it, so that a mark of an earlier trace is none and nothing has to be wiped.
 *
 * Marks:   0 ... MANY-1   so many references from within the set, as far as counted
 *          MANY           (table only) the number is in the head
 *          REACHED        by one that is reachable; ASIDE, put aside; DONE, known to be reachable, and walked
 *
 * Invariants: between traces the table is zero throughout. In the second walk, an entry of the vector
 * with its lowest bit set is one that was put aside.
 */
#include "runtime/gc.h"
#include "runtime/arena.h"
#include "runtime/backend.h"
#include "runtime/class.h"
#include "runtime/dict.h"
#include "runtime/track.h"
#include "runtime/tuple.h"
#include "runtime/values.h"
#include "runtime/weakref.h"

#include <errno.h>
#include <string.h>

enum {
    MANY = 251, /* references that a byte cannot count */
    REACHED = 252,
    ASIDE = 253,
    DONE = 254,

    NEAR = 8, /* entries of the vector by which memory is asked for in advance */
    FAR = 20,
};

/* In a head: the trace's number, and below it 32 bits of mark; counts, or one of the above as negative. */
enum {
    HEAD_REACHED = -1,
    HEAD_ASIDE = -2,
    HEAD_DONE = -3,
};

struct walk {
    struct rt *rt;
    struct rt_object **objects;
    uint8_t *bytes; /* the table, by unit; NULL: marks are in the heads */
    size_t units;   /* that it has bytes for */
    uintptr_t base;
    uint32_t begin;
    uint32_t behind; /* the next place behind everything, for those that come back */
    uint32_t number; /* of the trace */
    uint64_t edges;
    struct rt_object *dicts; /* survivors, chained by their heads */
    bool has_other_dicts;    /* and some that could not be */
    struct rt_gc_found *found;
};

/* ---- Marks in heads ----------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE int32_t
head_mark(const struct walk *walk, const struct rt_object *object) {
    uint64_t work = rt_head(object)->work;

    return work >> 32 == walk->number ? (int32_t)(uint32_t)work : 0;
}

static RT_ALWAYS_INLINE void
set_head_mark(const struct walk *walk, struct rt_object *object, int32_t mark) {
    rt_head(object)->work = (uint64_t)walk->number << 32 | (uint32_t)mark;
}

static RT_ALWAYS_INLINE void
head_count(const struct walk *walk, struct rt_object *object, int32_t start) {
    int32_t mark = head_mark(walk, object);

    if (mark < INT32_MAX) {
        set_head_mark(walk, object, (mark == 0 ? start : mark) + 1);
    }
}

/* Only those of the set are marked, or it would have to be known from when a mark is. */
static RT_ALWAYS_INLINE bool
is_in_set(const struct walk *walk, const struct rt_object *object) {
    return rt_type_is_container(object->type) && rt_head(object)->place >= walk->begin;
}

/* ---- Traversal, with what is common written out -------------------------------------------------- */

typedef void (*edge_fn)(struct walk *walk, struct rt_object *referent);

static RT_ALWAYS_INLINE void
follow_items(struct walk *walk, struct rt_object *const *items, int64_t count, edge_fn fn) {
    for (int64_t i = count - 1; i >= 0; i--) {
        if (RT_LIKELY(items[i] != NULL)) {
            fn(walk, items[i]);
        }
    }
}

static RT_ALWAYS_INLINE void
follow_words(struct walk *walk, struct rt_object *const *words, size_t count, edge_fn fn) {
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL) {
            fn(walk, words[i]);
        }
    }
}

static RT_ALWAYS_INLINE void
follow_instance(struct walk *walk, struct rt_object *object, edge_fn fn) {
    struct rt_class *class_object = rt_instance_class(object), *c = class_object;

    do {
        follow_words(walk, (struct rt_object **)((char *)object + c->slots_offset), c->slot_count,
                     fn);
    } while ((c = c->base) != NULL);
    if (class_object->keys != NULL) {
        struct rt_managed *managed = rt_instance_managed(object);

        if (managed->values != NULL) {
            follow_words(walk, managed->values->items, (size_t)class_object->keys->entries, fn);
        }
        if (managed->dict != NULL) {
            fn(walk, managed->dict);
        }
    }
    fn(walk, &class_object->object);
}

struct callback {
    struct walk *walk;
    edge_fn fn;
};

static void
call_back(struct rt_object *referent, void *context) {
    struct callback *callback = context;

    callback->fn(callback->walk, referent);
}

static RT_NOINLINE void
follow_other(struct walk *walk, struct rt_object *object, edge_fn fn) {
    struct callback callback = {.walk = walk, .fn = fn};

    object->type->traverse(object, call_back, &callback);
}

static RT_ALWAYS_INLINE void
follow(struct walk *walk, struct rt_object *object, edge_fn fn) {
    switch (object->type->kind) {
    case RT_KIND_LIST:
        follow_items(walk, ((struct rt_list *)object)->items, ((struct rt_sized *)object)->size,
                     fn);
        break;
    case RT_KIND_INSTANCE:
        follow_instance(walk, object, fn);
        break;
    case RT_KIND_TUPLE:
        follow_items(walk, ((struct rt_tuple *)object)->items, ((struct rt_sized *)object)->size,
                     fn);
        break;
    default:
        follow_other(walk, object, fn);
    }
}

/* ---- Memory asked for in advance ----------------------------------------------------------------- */

static RT_ALWAYS_INLINE struct rt_object *
entry_at(const struct walk *walk, uint32_t place) {
    return (struct rt_object *)((uintptr_t)walk->objects[place] & ~(uintptr_t)1);
}

/* What the object has outside of its own block. */
static RT_ALWAYS_INLINE void
ask_for_parts(const struct rt_object *object) {
    const struct rt_type *type = object->type;

    if (type->kind == RT_KIND_LIST) {
        __builtin_prefetch(((const struct rt_list *)object)->items);
    } else if ((type->flags & RT_TYPE_MANAGED_DICT) != 0) {
        __builtin_prefetch(rt_instance_managed(object)->values);
    }
}

static RT_ALWAYS_INLINE void
ask_ahead(const struct walk *walk, uint32_t place, uint32_t end) {
    if (RT_LIKELY(place + FAR < end)) {
        const struct rt_object *far = entry_at(walk, place + FAR),
                               *near = entry_at(walk, place + NEAR);

        __builtin_prefetch(far);
        if (walk->bytes != NULL) {
            __builtin_prefetch((const void *)((uintptr_t)walk->bytes +
                                              (((uintptr_t)far - walk->base) >> RT_UNIT_SHIFT)));
        }
        if (RT_LIKELY(near != NULL)) {
            ask_for_parts(near);
        }
    }
}

/* ---- The first walk: references from within ------------------------------------------------------ */

static void
count_in_head(struct walk *walk, struct rt_object *referent) {
    walk->edges++;
    if (is_in_set(walk, referent)) {
        head_count(walk, referent, 0);
    }
}

/* A byte that is full, or none. */
static RT_NOINLINE void
count_elsewhere(struct walk *walk, struct rt_object *referent, uint8_t *byte) {
    if (!is_in_set(walk, referent)) {
        return;
    }
    head_count(walk, referent, byte != NULL ? MANY - 1 : 0);
    if (byte != NULL) {
        *byte = MANY;
    }
}

static RT_ALWAYS_INLINE void
count_in_table(struct walk *walk, struct rt_object *referent) {
    size_t unit = ((uintptr_t)referent - walk->base) >> RT_UNIT_SHIFT;
    uint8_t *byte = RT_LIKELY(unit < walk->units) ? &walk->bytes[unit] : NULL;

    walk->edges++;
    if (RT_LIKELY(byte != NULL) && RT_LIKELY(*byte < MANY - 1)) {
        ++*byte;
    } else {
        count_elsewhere(walk, referent, byte);
    }
}

static RT_ALWAYS_INLINE void
count_all(struct walk *walk, uint32_t end, edge_fn fn) {
    for (uint32_t place = walk->begin; place < end; place++) {
        struct rt_object *object = walk->objects[place];

        ask_ahead(walk, place, end);
        if (RT_LIKELY(object != NULL)) {
            walk->found->examined++;
            follow(walk, object, fn);
        }
    }
}

/* ---- The second walk: who is reachable ----------------------------------------------------------- */

/* It was put aside, and is reachable after all: behind all others. */
static RT_NOINLINE void
come_back(struct walk *walk, struct rt_object *object) {
    struct rt_head *head = rt_head(object);

    walk->objects[head->place] = NULL;
    head->place = walk->behind;
    walk->objects[walk->behind++] = object;
}

static RT_ALWAYS_INLINE void
reach_in_head(struct walk *walk, struct rt_object *referent) {
    walk->edges++;
    if (is_in_set(walk, referent)) {
        int32_t mark = head_mark(walk, referent);

        if (mark == HEAD_ASIDE) {
            come_back(walk, referent);
        }
        if (mark != HEAD_DONE) {
            set_head_mark(walk, referent, HEAD_REACHED);
        }
    }
}

static RT_NOINLINE void
reach_out_of_table(struct walk *walk, struct rt_object *referent) {
    walk->edges--;
    reach_in_head(walk, referent);
}

static RT_ALWAYS_INLINE void
reach_in_table(struct walk *walk, struct rt_object *referent) {
    size_t unit = ((uintptr_t)referent - walk->base) >> RT_UNIT_SHIFT;

    walk->edges++;
    if (RT_LIKELY(unit < walk->units)) {
        uint8_t mark = walk->bytes[unit];

        if (RT_UNLIKELY(mark == ASIDE)) {
            come_back(walk, referent);
        }
        if (mark != DONE) {
            walk->bytes[unit] = REACHED;
        }
    } else {
        reach_out_of_table(walk, referent);
    }
}

/* Notes for later that one is put aside, with what there will be to do if it stays there. */
static RT_ALWAYS_INLINE void
note_unreachable(struct walk *walk, const struct rt_object *object) {
    const struct rt_type *type = object->type;

    if (type->weakrefs_offset != 0) {
        walk->found->has_weakrefs |= rt_weakref_first(object) != NULL;
    }
    if (type->kind == RT_KIND_INSTANCE) {
        const struct rt_class *class_object = rt_instance_class(object);

        walk->found->has_finalizers |= class_object->finalizer != NULL;
        walk->found->has_legacy_finalizers |= class_object->is_legacy_finalizer;
    } else if (type->kind == RT_KIND_WEAKREF) {
        walk->found->has_weakrefs = true;
    }
}

static RT_NOINLINE void
untrack_tuple(struct walk *walk, struct rt_object *tuple) {
    struct rt_head *head = rt_head(tuple);

    walk->objects[head->place] = NULL;
    head->place = 0;
    walk->found->untracked++;
}

static RT_NOINLINE void
note_dict(struct walk *walk, struct rt_object *dict, bool is_in_table) {
    if (!is_in_table) {
        walk->has_other_dicts = true;
        return;
    }
    rt_head(dict)->next = walk->dicts;
    walk->dicts = dict;
}

/* One that is reachable: what it leads to is reachable, too. Tuples are asked at once whether they need any
 * more examining: those before this one in the new order have been. */
static RT_ALWAYS_INLINE void
pass_on(struct walk *walk, struct rt_object *object, edge_fn fn, bool is_in_table,
        enum rt_gc_untracking untracking) {
    uint8_t kind = object->type->kind;

    follow(walk, object, fn);
    if (RT_UNLIKELY(kind == RT_KIND_TUPLE)) {
        if (untracking >= RT_GC_UNTRACK_TUPLES && !rt_tuple_needs_tracking(object)) {
            untrack_tuple(walk, object);
        }
    } else if (untracking >= RT_GC_UNTRACK_DICTS && RT_UNLIKELY(kind == RT_KIND_DICT)) {
        note_dict(walk, object, is_in_table);
    }
}

static RT_ALWAYS_INLINE void
put_aside(struct walk *walk, struct rt_object *object, uint32_t place) {
    walk->objects[place] = (struct rt_object *)((uintptr_t)object | 1);
    note_unreachable(walk, object);
}

static RT_ALWAYS_INLINE void
visit_by_head(struct walk *walk, struct rt_object *object, uint32_t place, edge_fn fn,
              enum rt_gc_untracking untracking) {
    int32_t mark = head_mark(walk, object); /* negative: reached */

    if (mark < object->count) {
        set_head_mark(walk, object, HEAD_DONE);
        pass_on(walk, object, fn, false, untracking);
    } else {
        set_head_mark(walk, object, HEAD_ASIDE);
        put_aside(walk, object, place);
    }
}

static RT_NOINLINE void
visit_out_of_table(struct walk *walk, struct rt_object *object, uint32_t place, edge_fn fn,
                   enum rt_gc_untracking untracking) {
    visit_by_head(walk, object, place, fn, untracking);
}

static RT_ALWAYS_INLINE void
visit_by_table(struct walk *walk, struct rt_object *object, uint32_t place, edge_fn fn,
               enum rt_gc_untracking untracking) {
    size_t unit = ((uintptr_t)object - walk->base) >> RT_UNIT_SHIFT;
    int64_t mark;

    if (RT_UNLIKELY(unit >= walk->units)) {
        visit_out_of_table(walk, object, place, fn, untracking);
        return;
    }
    mark = walk->bytes[unit];
    if (RT_UNLIKELY(mark == MANY)) {
        mark = head_mark(walk, object);
    } else if (mark == REACHED) {
        mark = 0;
    }
    if (RT_LIKELY(mark < object->count)) {
        walk->bytes[unit] = DONE;
        pass_on(walk, object, fn, true, untracking);
    } else {
        walk->bytes[unit] = ASIDE;
        put_aside(walk, object, place);
    }
}

static RT_ALWAYS_INLINE void
visit(struct walk *walk, uint32_t place, uint32_t end, bool by_table,
      enum rt_gc_untracking untracking, edge_fn fn) {
    struct rt_object *object = walk->objects[place];

    ask_ahead(walk, place, end);
    if (RT_UNLIKELY(object == NULL)) {
        return;
    }
    if (by_table) {
        visit_by_table(walk, object, place, fn, untracking);
    } else {
        visit_by_head(walk, object, place, fn, untracking);
    }
}

/* The set, and then those that came back; these are reachable, and may bring back more. */
static RT_ALWAYS_INLINE void
visit_all(struct walk *walk, uint32_t end, bool by_table, enum rt_gc_untracking untracking,
          edge_fn fn) {
    uint32_t place = walk->begin;

    for (; place < end; place++) {
        visit(walk, place, end, by_table, untracking, fn);
    }
    for (place = walk->rt->tracker.end; place < walk->behind; place++) {
        visit(walk, place, walk->behind, by_table, untracking, fn);
    }
}

/* ---- Dicts that need no examining ---------------------------------------------------------------- */

static void
untrack_dict(struct walk *walk, struct rt_object *dict) {
    if (!rt_dict_needs_tracking(dict)) {
        walk->objects[rt_head(dict)->place] = NULL;
        rt_head(dict)->place = 0;
        walk->found->untracked++;
    }
}

static void
untrack_dicts_between(struct walk *walk, uint32_t begin, uint32_t end) {
    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *object = walk->objects[place];

        if (object != NULL && ((uintptr_t)object & 1) == 0 && object->type->kind == RT_KIND_DICT) {
            untrack_dict(walk, object);
        }
    }
}

/* After all tuples. Whether one dict is tracked does not matter to another one. */
static void
untrack_dicts(struct walk *walk, uint32_t end) {
    while (walk->dicts != NULL) {
        struct rt_object *dict = walk->dicts;

        walk->dicts = rt_head(dict)->next;
        rt_head(dict)->work = 0;
        untrack_dict(walk, dict);
    }
    if (walk->has_other_dicts) {
        untrack_dicts_between(walk, walk->begin, end);
        untrack_dicts_between(walk, walk->rt->tracker.end, walk->behind);
    }
}

/* ---- The new order ------------------------------------------------------------------------------- */

struct order {
    uint32_t survivors, unreachable; /* where the next one of either goes */
};

static RT_ALWAYS_INLINE void
order_stretch(struct walk *walk, struct order *order, uint32_t begin, uint32_t end) {
    struct rt_object **objects = walk->objects;

    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *object = objects[place];

        if (RT_UNLIKELY(object == NULL)) {
            continue;
        }
        if (RT_UNLIKELY(((uintptr_t)object & 1) != 0)) {
            objects[order->unreachable++] = (struct rt_object *)((uintptr_t)object & ~(uintptr_t)1);
            continue;
        }
        if (RT_UNLIKELY(order->survivors != place)) {
            objects[order->survivors] = object;
            if (place + FAR < end) {
                __builtin_prefetch(rt_head(entry_at(walk, place + FAR)), 1);
            }
            rt_head(object)->place = order->survivors;
        }
        order->survivors++;
    }
}

/* Survivors in order, and behind them the others, which wait behind everything until it is known where
 * that is. */
static void
put_in_order(struct walk *walk, uint32_t end, struct rt_gc_found *found) {
    struct rt_tracker *tracker = &walk->rt->tracker;
    struct order order = {.survivors = walk->begin, .unreachable = walk->behind};
    uint32_t to;

    order_stretch(walk, &order, walk->begin, end);
    order_stretch(walk, &order, tracker->end, walk->behind);
    found->unreachable = to = order.survivors;
    for (uint32_t from = walk->behind; from < order.unreachable; from++, to++) {
        struct rt_object *object = walk->objects[from];

        walk->objects[to] = object;
        rt_head(object)->place = to;
    }
    found->end = to;
    memset(&walk->objects[to], 0, (size_t)(end - to) * sizeof walk->objects[0]);
    tracker->holes += end - to; /* and there were some before: */
    tracker->holes -= end - walk->begin - (uint32_t)found->examined;
}

/* ---- The table ----------------------------------------------------------------------------------- */

static size_t
table_bytes(const struct rt *rt) {
    return rt_align_up(rt->arenas.covered * (rt->arena_bytes >> RT_UNIT_SHIFT), rt->page_bytes);
}

/* False: then marks are kept in the heads. */
static bool
obtain_table(struct rt *rt, struct walk *walk) {
    struct rt_gc *gc = &rt->gc;

    if (gc->table == NULL) {
        gc->table_reserved_bytes =
            rt_align_up(rt->arenas.reserved_bytes >> RT_UNIT_SHIFT, rt->page_bytes);
        gc->table = rt->os.reserve(rt->os.context, gc->table_reserved_bytes, rt->page_bytes);
    }
    if (gc->table == NULL || rt->os.commit(rt->os.context, gc->table, table_bytes(rt)) != 0) {
        return false;
    }
    walk->bytes = gc->table;
    walk->units = table_bytes(rt);
    walk->base = (uintptr_t)rt->base;
    return true;
}

static void
give_table_back(struct rt *rt, struct walk *walk) {
    rt->os.decommit(rt->os.context, walk->bytes, walk->units);
}

void
rt_gc_trace_fini(struct rt *rt) {
    if (rt->gc.table != NULL) {
        rt->os.release(rt->os.context, rt->gc.table, rt->gc.table_reserved_bytes);
        rt->gc.table = NULL;
    }
}

/* ---- Together ------------------------------------------------------------------------------------ */

/* Large enough for the table's sake, and held in arenas at all. */
static bool
is_for_table(const struct rt *rt, uint32_t count) {
    return rt->backend->uses_pools && count >= rt->gc.table_from &&
           count >= (rt->tracker.end - rt->tracker.holes) / 8;
}

static RT_NOINLINE void
walk_by_table(struct walk *walk, uint32_t end, enum rt_gc_untracking untracking) {
    count_all(walk, end, count_in_table);
    visit_all(walk, end, true, untracking, reach_in_table);
}

static RT_NOINLINE void
walk_by_heads(struct walk *walk, uint32_t end, enum rt_gc_untracking untracking) {
    count_all(walk, end, count_in_head);
    visit_all(walk, end, false, untracking, reach_in_head);
}

int
rt_gc_trace(struct rt *rt, uint32_t begin, uint32_t end, enum rt_gc_untracking untracking,
            struct rt_gc_found *ret_found) {
    struct walk walk = {.rt = rt, .begin = begin, .behind = rt->tracker.end, .found = ret_found};

    if (!rt_track_make_room(rt, end - begin)) {
        return -ENOMEM;
    }
    *ret_found = (struct rt_gc_found){.begin = begin};
    walk.objects = rt->tracker.objects;
    walk.number = ++rt->gc.trace_number;
    if (is_for_table(rt, end - begin) && obtain_table(rt, &walk)) {
        walk_by_table(&walk, end, untracking);
        give_table_back(rt, &walk);
    } else {
        walk_by_heads(&walk, end, untracking);
    }
    untrack_dicts(&walk, end);
    put_in_order(&walk, end, ret_found);
    ret_found->edges = walk.edges;
    return 0;
}
