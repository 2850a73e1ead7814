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
 * Marks:   0 ... MANY-1   so many references from within the set; none, too, as soon as one is known to come
 *                         from an object that is reachable
 *          MANY           (table only) the number is in the head
 *          ASIDE          put aside; DONE, known to be reachable, and walked
 *
 * What it costs is memory, not instructions: on a heap in shuffled order each object, each part of it and
 * each mark is a miss. So all of them are asked for in advance, which the vector makes possible, and nothing is
 * touched for an edge but one byte. An object that comes back is entered once more, behind all others, and its
 * first entry is found out to be void by its mark when the vector is put in order.
 *
 * Invariants: between traces the table is zero throughout. In the second walk, an entry of the vector
 * with its lowest bit set is one that was put aside; it has come back if its mark is no longer ASIDE.
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
    ASIDE = 252,
    DONE = 253,

    HUGE_BYTES = 2 << 20,

    /* Entries of the vector by which memory is asked for in advance: the object, what it has outside of its
     * own block, and the marks of what it refers to. */
    FAR = 24,
    NEAR = 12,
    NEXT = 5,
    SAMPLES = 64,
    NEIGHBOUR_BYTES = 1024,
};

/* In a head: the trace's number, and below it 32 bits of mark; counts, or one of the above as negative. */
enum {
    HEAD_ASIDE = -1,
    HEAD_DONE = -2,
};

struct table {
    uint8_t *bytes; /* by unit */
    size_t units;   /* that there are bytes for; 0: marks are in the heads */
    uintptr_t base;
};

struct walk {
    struct rt *rt;
    struct rt_object **objects;
    struct table table;
    uint32_t begin, end; /* of the set */
    uint32_t behind;     /* the next place behind everything, for those that come back */
    uint32_t number;     /* of the trace */
    uint64_t edges;
    struct rt_object *dicts; /* survivors, chained by their heads */
    bool has_other_dicts;    /* and some that could not be */
    bool has_aside;
    enum rt_gc_untracking untracking;
    struct rt_gc_found *found;
};

/* ---- Marks in heads ----------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE int32_t
head_mark(const struct walk *walk, const struct rt_object *object) {
    uint64_t work = rt_head(object)->work;

    return work >> 32 == walk->number ? (int32_t)(uint32_t)work : 0;
}

static RT_ALWAYS_INLINE void
set_head_mark(const struct walk *walk, struct rt_object *object, int64_t mark) {
    rt_head(object)->work =
        (uint64_t)walk->number << 32 | (uint32_t)(mark < INT32_MAX ? mark : INT32_MAX);
}

/* Only those of the set are marked, or it would have to be known from when a mark is. */
static RT_ALWAYS_INLINE bool
is_in_set(const struct walk *walk, const struct rt_object *object) {
    return rt_type_is_container(object->type) && rt_head(object)->place >= walk->begin;
}

/* ---- Marks in the table -------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE size_t
unit_of(struct table table, const struct rt_object *object) {
    return ((uintptr_t)object - table.base) >> RT_UNIT_SHIFT;
}

/* Small ints, None and their like, which lie in the context and refer to nothing. */
static RT_ALWAYS_INLINE bool
is_shared(const struct walk *walk, const struct rt_object *object) {
    return (uintptr_t)object - (uintptr_t)walk->rt < sizeof *walk->rt;
}

/* ---- Traversal, with what is common written out --------------------------------------------------
 * An edge function is handed the table by value, so that it stays in registers whatever is stored. The number of
 * edges is returned. */

typedef void (*edge_fn)(struct walk *walk, struct table table, struct rt_object *referent);

static RT_ALWAYS_INLINE uint64_t
follow_items(struct walk *walk, struct table table, struct rt_object *const *items, int64_t count,
             edge_fn fn) {
    for (int64_t i = count - 1; i >= 0; i--) {
        if (RT_LIKELY(items[i] != NULL)) {
            fn(walk, table, items[i]);
        }
    }
    return (uint64_t)count;
}

static RT_ALWAYS_INLINE uint64_t
follow_words(struct walk *walk, struct table table, struct rt_object *const *words, size_t count,
             edge_fn fn) {
    for (size_t i = 0; i < count; i++) {
        if (RT_LIKELY(words[i] != NULL)) {
            fn(walk, table, words[i]);
        }
    }
    return count;
}

/* Of an instance that has attributes beside it, these. */
static RT_ALWAYS_INLINE uint64_t
follow_attributes(struct walk *walk, struct table table, struct rt_object *object, edge_fn fn) {
    struct rt_managed *managed = rt_instance_managed(object);
    uint64_t edges = 0;

    if (RT_LIKELY(managed->values != NULL)) {
        edges = follow_words(walk, table, managed->values->items,
                             (size_t)rt_instance_class(object)->keys->entries, fn);
    }
    if (RT_UNLIKELY(managed->dict != NULL)) {
        fn(walk, table, managed->dict);
        edges++;
    }
    return edges;
}

static RT_ALWAYS_INLINE uint64_t
follow_slots(struct walk *walk, struct table table, struct rt_object *object, edge_fn fn) {
    const struct rt_class *c = rt_instance_class(object);
    uint64_t edges = 0;

    do {
        edges += follow_words(walk, table, (struct rt_object **)((char *)object + c->slots_offset),
                              c->slot_count, fn);
    } while (RT_UNLIKELY((c = c->base) != NULL));
    return edges;
}

/* All that an instance refers to but its class, which instances in a row mostly have in common. */
static RT_ALWAYS_INLINE uint64_t
follow_instance(struct walk *walk, struct table table, struct rt_object *object, edge_fn fn) {
    uint8_t flags = object->type->flags;
    uint64_t edges = (flags & RT_TYPE_SLOTS) != 0 ? follow_slots(walk, table, object, fn) : 0;

    if (RT_LIKELY((flags & RT_TYPE_MANAGED_DICT) != 0)) {
        edges += follow_attributes(walk, table, object, fn);
    }
    return edges;
}

static RT_ALWAYS_INLINE uint64_t
follow_list(struct walk *walk, struct table table, struct rt_object *object, edge_fn fn) {
    return follow_items(walk, table, ((struct rt_list *)object)->items,
                        ((struct rt_sized *)object)->size, fn);
}

static RT_ALWAYS_INLINE uint64_t
follow_tuple(struct walk *walk, struct table table, struct rt_object *object, edge_fn fn) {
    return follow_items(walk, table, ((struct rt_tuple *)object)->items,
                        ((struct rt_sized *)object)->size, fn);
}

struct callback {
    struct walk *walk;
    edge_fn fn;
    uint64_t edges;
};

static void
call_back(struct rt_object *referent, void *context) {
    struct callback *callback = context;

    callback->edges++;
    callback->fn(callback->walk, callback->walk->table, referent);
}

static RT_NOINLINE uint64_t
follow_other(struct walk *walk, struct rt_object *object, edge_fn fn) {
    struct callback callback = {.walk = walk, .fn = fn};

    object->type->traverse(object, call_back, &callback);
    return callback.edges;
}

/* ---- Memory asked for in advance ----------------------------------------------------------------- */

static RT_ALWAYS_INLINE struct rt_object *
entry_at(const struct walk *walk, uint32_t place) {
    return (struct rt_object *)((uintptr_t)walk->objects[place] & ~(uintptr_t)1);
}

static RT_ALWAYS_INLINE void
ask_for_mark(struct table table, const struct rt_object *object) {
    __builtin_prefetch((const void *)((uintptr_t)table.bytes + unit_of(table, object)), 1);
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

/* The marks of the first few that it refers to. */
static RT_ALWAYS_INLINE void
ask_for_referents(struct table table, const struct rt_object *object) {
    const struct rt_type *type = object->type;
    struct rt_object *const *words = NULL;
    size_t count = 0;

    if (type->kind == RT_KIND_LIST) {
        words = ((const struct rt_list *)object)->items;
        count = (size_t)((const struct rt_sized *)object)->size;
    } else if ((type->flags & RT_TYPE_MANAGED_DICT) != 0) {
        words = (struct rt_object *const *)rt_instance_managed(object)->values;
        count = words != NULL ? 2 : 0;
    }
    if (count > 0) {
        ask_for_mark(table, words[0]);
        if (count > 1) {
            ask_for_mark(table, words[1]);
        }
    }
}

static RT_ALWAYS_INLINE void
ask_ahead(const struct walk *walk, struct table table, uint32_t place, uint32_t end) {
    const struct rt_object *far, *near, *next;

    if (RT_UNLIKELY(place + FAR >= end)) {
        return;
    }
    far = entry_at(walk, place + FAR);
    near = entry_at(walk, place + NEAR);
    next = entry_at(walk, place + NEXT);
    __builtin_prefetch(far);
    __builtin_prefetch((const char *)((uintptr_t)far - sizeof(struct rt_managed)));
    ask_for_mark(table, far);
    if (RT_LIKELY(near != NULL)) {
        ask_for_parts(near);
    }
    if (RT_LIKELY(next != NULL)) {
        ask_for_referents(table, next);
    }
}

/* By a sample: what lies in order the processor asks for by itself. */
static bool
is_shuffled(const struct walk *walk) {
    uint32_t count = walk->end - walk->begin, step = count / SAMPLES, far = 0;

    for (uint32_t i = 0; step > 0 && i < SAMPLES - 1; i++) {
        uintptr_t one = (uintptr_t)walk->objects[walk->begin + i * step];
        uintptr_t next = (uintptr_t)walk->objects[walk->begin + i * step + 1];

        far += next - one + NEIGHBOUR_BYTES > 2 * NEIGHBOUR_BYTES;
    }
    return far > SAMPLES / 4;
}

/* ---- The first walk: references from within ------------------------------------------------------ */

static RT_ALWAYS_INLINE void
count_in_head(struct walk *walk, struct table table, struct rt_object *referent) {
    (void)table;
    if (is_in_set(walk, referent)) {
        set_head_mark(walk, referent, (int64_t)head_mark(walk, referent) + 1);
    }
}

/* So many more, wherever its mark is. */
static RT_NOINLINE void
count_many(struct walk *walk, void *object, uint64_t count) {
    struct rt_object *referent = object;
    size_t unit = unit_of(walk->table, referent);
    int64_t mark = 0;

    if (count == 0 || is_shared(walk, referent) || !is_in_set(walk, referent)) {
        return;
    }
    if (unit >= walk->table.units || (mark = walk->table.bytes[unit]) == MANY) {
        mark = head_mark(walk, referent);
    }
    mark += (int64_t)count;
    if (unit < walk->table.units) {
        walk->table.bytes[unit] = mark < MANY ? (uint8_t)mark : MANY;
    }
    if (mark >= MANY || unit >= walk->table.units) {
        set_head_mark(walk, referent, mark);
    }
}

static RT_ALWAYS_INLINE void
count_in_table(struct walk *walk, struct table table, struct rt_object *referent) {
    size_t unit = unit_of(table, referent);

    if (RT_LIKELY(unit < table.units) && RT_LIKELY(table.bytes[unit] < MANY - 1)) {
        table.bytes[unit]++;
    } else if (!is_shared(walk, referent)) {
        count_many(walk, referent, 1);
    }
}

static RT_ALWAYS_INLINE void
count_all(struct walk *walk, struct table table, bool is_shuffled, edge_fn fn) {
    struct rt_class *last_class =
        NULL; /* the class of the instance before, and those in a row of it */
    uint64_t edges = 0, of_last_class = 0, holes = 0;

    for (uint32_t place = walk->begin; place < walk->end; place++) {
        struct rt_object *object = walk->objects[place];

        if (is_shuffled) {
            ask_ahead(walk, table, place, walk->end);
        }
        if (RT_UNLIKELY(object == NULL)) {
            holes++;
            continue;
        }
        switch (object->type->kind) {
        case RT_KIND_LIST:
            edges += follow_list(walk, table, object, fn);
            break;
        case RT_KIND_INSTANCE:
            edges += 1 + follow_instance(walk, table, object, fn);
            if (RT_UNLIKELY(rt_instance_class(object) != last_class)) {
                count_many(walk, last_class, of_last_class);
                last_class = rt_instance_class(object);
                of_last_class = 0;
            }
            of_last_class++;
            break;
        case RT_KIND_TUPLE:
            edges += follow_tuple(walk, table, object, fn);
            break;
        default:
            edges += follow_other(walk, object, fn);
        }
    }
    count_many(walk, last_class, of_last_class);
    walk->found->examined = walk->end - walk->begin - holes;
    walk->edges += edges;
}

/* ---- The second walk: who is reachable ----------------------------------------------------------- */

/* It was put aside, and is reachable after all: behind all others. */
static RT_ALWAYS_INLINE void
come_back(struct walk *walk, struct rt_object *object) {
    __builtin_prefetch(object);
    __builtin_prefetch((const char *)((uintptr_t)object - sizeof(struct rt_managed)));
    walk->objects[walk->behind++] = object;
}

static RT_ALWAYS_INLINE void
reach_in_head(struct walk *walk, struct table table, struct rt_object *referent) {
    (void)table;
    if (is_in_set(walk, referent)) {
        int32_t mark = head_mark(walk, referent);

        if (mark == HEAD_ASIDE) {
            come_back(walk, referent);
        }
        if (mark != HEAD_DONE) {
            set_head_mark(walk, referent, 0);
        }
    }
}

static RT_NOINLINE void
reach_out_of_table(struct walk *walk, struct rt_object *referent) {
    reach_in_head(walk, walk->table, referent);
}

static RT_ALWAYS_INLINE void
reach_in_table(struct walk *walk, struct table table, struct rt_object *referent) {
    size_t unit = unit_of(table, referent);

    if (RT_LIKELY(unit < table.units)) {
        uint8_t mark = table.bytes[unit];

        if (mark != DONE) {
            table.bytes[unit] = 0;
            if (RT_UNLIKELY(mark == ASIDE)) {
                come_back(walk, referent);
            }
        }
    } else if (!is_shared(walk, referent)) {
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

/* Tuples are asked at once whether they need any more examining: those before this one in the new order have
 * been. */
static RT_NOINLINE void
consider_tuple(struct walk *walk, struct rt_object *tuple, uint32_t place) {
    if (walk->untracking >= RT_GC_UNTRACK_TUPLES && !rt_tuple_needs_tracking(tuple)) {
        walk->objects[place] = NULL;
        rt_head(tuple)->place = 0;
        walk->found->untracked++;
    }
}

static RT_NOINLINE void
consider_dict(struct walk *walk, struct rt_object *dict, uint32_t place) {
    size_t unit = unit_of(walk->table, dict);

    if (walk->untracking < RT_GC_UNTRACK_DICTS) {
        return;
    }
    rt_head(dict)->place = place;
    if (unit < walk->table.units) {
        rt_head(dict)->next = walk->dicts;
        walk->dicts = dict;
    } else {
        walk->has_other_dicts = true; /* the chain's word has its mark */
    }
}

static RT_ALWAYS_INLINE void
put_aside(struct walk *walk, struct rt_object *object, uint32_t place) {
    walk->objects[place] = (struct rt_object *)((uintptr_t)object | 1);
    walk->has_aside = true;
    note_unreachable(walk, object);
}

/* One that is reachable passes that on to what it leads to. */
static RT_ALWAYS_INLINE uint64_t
pass_on(struct walk *walk, struct table table, struct rt_object *object, uint32_t place,
        struct rt_class **last_class, edge_fn fn) {
    uint64_t edges;

    switch (object->type->kind) {
    case RT_KIND_LIST:
        return follow_list(walk, table, object, fn);
    case RT_KIND_INSTANCE:
        edges = follow_instance(walk, table, object, fn);
        if (RT_UNLIKELY(rt_instance_class(object) != *last_class)) {
            *last_class = rt_instance_class(object);
            fn(walk, table, &(*last_class)->object);
        }
        return 1 + edges;
    case RT_KIND_TUPLE:
        edges = follow_tuple(walk, table, object, fn);
        consider_tuple(walk, object, place);
        return edges;
    default:
        edges = follow_other(walk, object, fn);
        if (object->type->kind == RT_KIND_DICT) {
            consider_dict(walk, object, place);
        }
        return edges;
    }
}

static RT_ALWAYS_INLINE bool
is_reachable_by_head(struct walk *walk, struct rt_object *object) {
    bool is_reachable = head_mark(walk, object) < object->count;

    set_head_mark(walk, object, is_reachable ? HEAD_DONE : HEAD_ASIDE);
    return is_reachable;
}

static RT_NOINLINE bool
is_reachable_out_of_table(struct walk *walk, struct rt_object *object) {
    return is_reachable_by_head(walk, object);
}

static RT_ALWAYS_INLINE bool
is_reachable_by_table(struct walk *walk, struct table table, struct rt_object *object) {
    size_t unit = unit_of(table, object);
    bool is_reachable;
    int64_t mark;

    if (RT_UNLIKELY(unit >= table.units)) {
        return is_reachable_out_of_table(walk, object);
    }
    mark = table.bytes[unit];
    if (RT_UNLIKELY(mark == MANY)) {
        mark = head_mark(walk, object);
    }
    is_reachable = mark < object->count;
    table.bytes[unit] = is_reachable ? DONE : ASIDE;
    return is_reachable;
}

static RT_ALWAYS_INLINE uint64_t
visit(struct walk *walk, struct table table, struct rt_object *object, uint32_t place,
      struct rt_class **last_class, bool is_by_table) {
    if (is_by_table ? is_reachable_by_table(walk, table, object)
                    : is_reachable_by_head(walk, object)) {
        return pass_on(walk, table, object, place, last_class,
                       is_by_table ? reach_in_table : reach_in_head);
    }
    put_aside(walk, object, place);
    return 0;
}

/* The set, and then those that came back; these are reachable, and may bring back more. */
static RT_ALWAYS_INLINE void
visit_all(struct walk *walk, struct table table, bool is_by_table, bool is_shuffled) {
    struct rt_class *last_class = NULL;
    uint64_t edges = 0;

    for (uint32_t place = walk->begin; place < walk->end; place++) {
        struct rt_object *object = walk->objects[place];

        if (is_shuffled) {
            ask_ahead(walk, table, place, walk->end);
        }
        if (RT_LIKELY(object != NULL)) {
            edges += visit(walk, table, object, place, &last_class, is_by_table);
        }
    }
    for (uint32_t place = walk->rt->tracker.end; place < walk->behind; place++) {
        if (is_shuffled) {
            ask_ahead(walk, table, place, walk->behind);
        }
        edges += visit(walk, table, walk->objects[place], place, &last_class, is_by_table);
    }
    walk->edges += edges;
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
untrack_dicts(struct walk *walk) {
    while (walk->dicts != NULL) {
        struct rt_object *dict = walk->dicts;

        walk->dicts = rt_head(dict)->next;
        rt_head(dict)->work = 0;
        untrack_dict(walk, dict);
    }
    if (walk->has_other_dicts) {
        untrack_dicts_between(walk, walk->begin, walk->end);
        untrack_dicts_between(walk, walk->rt->tracker.end, walk->behind);
    }
}

/* ---- The new order ------------------------------------------------------------------------------- */

struct order {
    uint32_t survivors, unreachable; /* where the next one of either goes */
};

static RT_ALWAYS_INLINE bool
is_aside(const struct walk *walk, const struct rt_object *object) {
    size_t unit = unit_of(walk->table, object);

    return RT_LIKELY(unit < walk->table.units) ? walk->table.bytes[unit] == ASIDE
                                               : head_mark(walk, object) == HEAD_ASIDE;
}

static RT_ALWAYS_INLINE void
order_stretch(struct walk *walk, struct order *order, uint32_t begin, uint32_t end) {
    struct rt_object **objects = walk->objects;

    for (uint32_t place = begin; place < end; place++) {
        struct rt_object *object = objects[place];

        if (RT_UNLIKELY(object == NULL)) {
            continue;
        }
        if (RT_UNLIKELY(((uintptr_t)object & 1) != 0)) {
            object = (struct rt_object *)((uintptr_t)object & ~(uintptr_t)1);
            if (is_aside(walk, object)) {
                objects[order->unreachable++] = object;
            }
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
put_in_order(struct walk *walk) {
    struct rt_tracker *tracker = &walk->rt->tracker;
    struct order order = {.survivors = walk->begin, .unreachable = walk->behind};
    uint32_t to, holes = walk->end - walk->begin - (uint32_t)walk->found->examined;

    if (!walk->has_aside && holes == 0 && walk->found->untracked == 0) {
        walk->found->unreachable = walk->found->end = walk->end; /* as it was */
        return;
    }
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

/* ---- The table ----------------------------------------------------------------------------------- */

static size_t
table_bytes(const struct rt *rt) {
    return rt_align_up(rt->arenas.covered * (rt->arena_bytes >> RT_UNIT_SHIFT), rt->page_bytes);
}

/* False: then marks are kept in the heads. */
static bool
obtain_table(struct rt *rt, struct walk *walk) {
    struct rt_gc *gc = &rt->gc;
    size_t bytes = table_bytes(rt);

    if (gc->table == NULL) {
        gc->table_reserved_bytes =
            rt_align_up(rt->arenas.reserved_bytes >> RT_UNIT_SHIFT, rt->page_bytes);
        gc->table = rt->os.reserve(rt->os.context, gc->table_reserved_bytes, HUGE_BYTES);
    }
    if (gc->table == NULL || rt->os.commit(rt->os.context, gc->table, bytes) != 0) {
        return false;
    }
    if (bytes >= HUGE_BYTES) { /* nearly every access is to another page */
        (void)rt->os.advise(rt->os.context, gc->table, bytes, RT_OS_ADVICE_HUGE);
    }
    walk->table = (struct table){.bytes = gc->table, .units = bytes, .base = (uintptr_t)rt->base};
    return true;
}

static void
give_table_back(struct rt *rt, struct walk *walk) {
    if (walk->table.units != 0) {
        rt->os.decommit(rt->os.context, walk->table.bytes, walk->table.units);
    }
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
walk_by_table(struct walk *walk) {
    const struct table table = walk->table;

    count_all(walk, table, false, count_in_table);
    visit_all(walk, table, true, false);
}

static RT_NOINLINE void
walk_shuffled_by_table(struct walk *walk) {
    const struct table table = walk->table;

    count_all(walk, table, true, count_in_table);
    visit_all(walk, table, true, true);
}

static RT_NOINLINE void
walk_by_heads(struct walk *walk) {
    const struct table none = {.units = 0};

    count_all(walk, none, false, count_in_head);
    visit_all(walk, none, false, false);
}

int
rt_gc_trace(struct rt *rt, uint32_t begin, uint32_t end, enum rt_gc_untracking untracking,
            struct rt_gc_found *ret_found) {
    struct walk walk = {
        .rt = rt,
        .objects = rt->tracker.objects,
        .begin = begin,
        .end = end,
        .behind = rt->tracker.end,
        .untracking = untracking,
        .found = ret_found,
    };

    if (!rt_track_make_room(rt, end - begin)) {
        return -ENOMEM;
    }
    *ret_found = (struct rt_gc_found){.begin = begin};
    walk.number = ++rt->gc.trace_number;
    if (!is_for_table(rt, end - begin) || !obtain_table(rt, &walk)) {
        walk_by_heads(&walk);
    } else if (is_shuffled(&walk)) {
        walk_shuffled_by_table(&walk);
    } else {
        walk_by_table(&walk);
    }
    untrack_dicts(&walk);
    put_in_order(&walk);
    give_table_back(rt, &walk);
    ret_found->edges = walk.edges;
    return 0;
}
