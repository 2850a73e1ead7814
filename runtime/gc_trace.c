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
 * CPython walks three times for this, and thrice more for what follows. Here most collections take one walk.
 * It takes the references from within away from each object's own count, and notes who is referred to by an object
 * that stands before it. When in the end everybody has either a reference left or such a referrer, then all
 * are reachable, by induction from the oldest on, and nobody would have been put aside: the order stays as it is.
 * That is so for a heap that has survived a collection before, for that one has put referrers before those they
 * lead to; and for young objects that are held from outside. Otherwise a second walk finds out who is put
 * aside, as CPython's does.
 *
 * Marks in the first walk, by bytes (gc_walk.h); in heads they are the same with wider values:
 *
 *     value              so many references from within, as far as counted
 *     VISITED | value    the walk has come by; so many references are left
 *     ... | EARLY        it was referred to before the walk came by
 *
 * In the second one:
 *
 *     VISITED | value    not yet walked again; none left, or some
 *     ASIDE              none was left when the walk came by, and so it was put aside
 *     0                  reachable, and so is what it leads to; or not of the set at all
 *
 * What it costs is memory, not instructions: on a heap in shuffled order each object, each part of it and
 * each mark is a miss. So all of them are asked for in advance, which the vector makes possible, and nothing is
 * touched for an edge but one byte. An object that comes back is entered once more, behind all others, and its
 * first entry is found out to be void by its mark when the vector is put in order.
 *
 * Invariants: between traces the table is zero throughout. In the second walk, an entry of the vector
 * with its lowest bit set is one that was put aside; it has come back if its mark is no longer ASIDE.
 */
#include "runtime/arena.h"
#include "runtime/backend.h"
#include "runtime/gc_walk.h"
#include "runtime/track.h"
#include "runtime/tuple.h"
#include "runtime/weakref.h"

#include <errno.h>

enum {
    HUGE_BYTES = 2 << 20,
    SAMPLES = 64,
    NEIGHBOUR_BYTES = 1024,
    IN_ORDER_FACTOR = 3,
};

/* ---- Marks, wherever they are -------------------------------------------------------------------- */

uint32_t
rt_gc_load_mark(const struct rt_gc_walk *walk, const struct rt_object *object) {
    size_t unit = rt_gc_unit(walk->table, object);
    uint8_t byte = unit < walk->table.units ? walk->table.bytes[unit] : RT_MARK_MANY;

    if (byte == RT_MARK_MANY) {
        return rt_gc_head_mark(walk, object);
    }
    if (byte == RT_MARK_ASIDE) {
        return RT_HEAD_MARK_ASIDE;
    }
    return (uint32_t)(byte & (RT_MARK_VISITED | RT_MARK_EARLY)) << 24 | (byte & RT_MARK_VALUE);
}

void
rt_gc_store_mark(const struct rt_gc_walk *walk, struct rt_object *object, uint32_t mark) {
    size_t unit = rt_gc_unit(walk->table, object);

    if (unit < walk->table.units) {
        if (mark == RT_HEAD_MARK_ASIDE) {
            walk->table.bytes[unit] = RT_MARK_ASIDE;
            return;
        }
        if ((mark & RT_HEAD_MARK_VALUE) < RT_MARK_MANY) {
            walk->table.bytes[unit] = (uint8_t)(mark >> 24 | (mark & RT_MARK_VALUE));
            return;
        }
        walk->table.bytes[unit] = RT_MARK_MANY;
    }
    rt_gc_set_head_mark(walk, object, mark);
}

/* ---- The first walk: references from within ------------------------------------------------------ */

/* A mark after so many more references from within. One that has reached its greatest value stays there: the
 * object is taken for reachable. */
static RT_ALWAYS_INLINE uint32_t
count_edges(struct rt_gc_walk *walk, uint32_t mark, uint32_t count) {
    uint32_t value = mark & RT_HEAD_MARK_VALUE;

    if (RT_UNLIKELY(count > RT_HEAD_MARK_VALUE - value) || value == RT_HEAD_MARK_VALUE - 1) {
        return mark | (RT_HEAD_MARK_VALUE - 1);
    }
    if ((mark & RT_HEAD_MARK_VISITED) == 0) {
        return (mark + count) | RT_HEAD_MARK_EARLY;
    }
    mark -= count;
    walk->is_in_question |= mark == RT_HEAD_MARK_VISITED;
    return mark;
}

/* So many edges to one object, wherever its mark is. */
static RT_NOINLINE void
count_slowly(struct rt_gc_walk *walk, void *object, uint64_t count) {
    struct rt_object *referent = object;

    if (count == 0 || rt_gc_is_shared(walk, referent)) {
        return;
    }
    if (rt_gc_is_in_set(walk, referent)) {
        uint32_t edges = count < RT_HEAD_MARK_VALUE ? (uint32_t)count : RT_HEAD_MARK_VALUE;

        rt_gc_store_mark(walk, referent, count_edges(walk, rt_gc_load_mark(walk, referent), edges));
    } else if (rt_gc_unit(walk->table, referent) < walk->table.units) {
        walk->table.bytes[rt_gc_unit(walk->table, referent)] = RT_MARK_IGNORED;
    }
}

static RT_ALWAYS_INLINE void
count_in_head(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *referent) {
    (void)table;
    if (rt_gc_is_in_set(walk, referent)) {
        rt_gc_set_head_mark(walk, referent, count_edges(walk, rt_gc_head_mark(walk, referent), 1));
    }
}

static RT_ALWAYS_INLINE void
count_in_table(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *referent) {
    size_t unit = rt_gc_unit(table, referent);
    uint8_t mark;

    if (RT_UNLIKELY(unit >= table.units)) {
        if (!rt_gc_is_shared(walk, referent)) {
            count_slowly(walk, referent, 1);
        }
        return;
    }
    mark = table.bytes[unit];
    if (RT_UNLIKELY((mark & RT_MARK_VALUE) >= RT_MARK_MANY - 1)) {
        if (mark != RT_MARK_IGNORED) {
            count_slowly(walk, referent, 1);
        }
    } else if ((mark & RT_MARK_VISITED) == 0) {
        table.bytes[unit] = (uint8_t)((mark + 1) | RT_MARK_EARLY);
    } else {
        table.bytes[unit] = --mark;
        if (RT_UNLIKELY(mark == RT_MARK_VISITED)) {
            walk->is_in_question = true;
        }
    }
}

/* The walk comes by. */
static RT_ALWAYS_INLINE uint32_t
count_left(struct rt_gc_walk *walk, uint32_t mark, int64_t count) {
    int64_t left = count - (int64_t)(mark & RT_HEAD_MARK_VALUE);

    left = left < RT_HEAD_MARK_VALUE ? left : RT_HEAD_MARK_VALUE - 1;
    mark = RT_HEAD_MARK_VISITED | (mark & RT_HEAD_MARK_EARLY) | (uint32_t)left;
    walk->is_in_question |= mark == RT_HEAD_MARK_VISITED;
    return mark;
}

static RT_ALWAYS_INLINE void
come_by_head(struct rt_gc_walk *walk, struct rt_object *object) {
    rt_gc_set_head_mark(walk, object,
                        count_left(walk, rt_gc_head_mark(walk, object), object->count));
}

static RT_NOINLINE void
come_by_slowly(struct rt_gc_walk *walk, struct rt_object *object) {
    rt_gc_store_mark(walk, object, count_left(walk, rt_gc_load_mark(walk, object), object->count));
}

static RT_ALWAYS_INLINE void
come_by_table(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object) {
    size_t unit = rt_gc_unit(table, object);
    int64_t left;
    uint8_t mark;

    if (RT_UNLIKELY(unit >= table.units)) {
        come_by_slowly(walk, object);
        return;
    }
    mark = table.bytes[unit];
    left = object->count - (mark & RT_MARK_VALUE);
    if (RT_UNLIKELY((mark & RT_MARK_VALUE) == RT_MARK_MANY) || RT_UNLIKELY(left >= RT_MARK_MANY)) {
        come_by_slowly(walk, object);
        return;
    }
    mark = (uint8_t)(RT_MARK_VISITED | (mark & RT_MARK_EARLY) | (uint8_t)left);
    table.bytes[unit] = mark;
    if (RT_UNLIKELY(mark == RT_MARK_VISITED)) {
        walk->is_in_question = true;
    }
}

/* One that may need no more examining, for when all are known to be reachable. */
static RT_ALWAYS_INLINE void
remember(struct rt_gc_walk *walk, uint32_t place) {
    walk->remembered[walk->remembered_count++] = place;
}

/* Instances in a row mostly are of one class: what they are to it is counted together. */
struct row {
    struct rt_class *class_object;
    uint64_t length;
};

static RT_ALWAYS_INLINE void
end_row(struct rt_gc_walk *walk, struct row *row, struct rt_class *next) {
    count_slowly(walk, row->class_object, row->length);
    *row = (struct row){.class_object = next};
}

static RT_ALWAYS_INLINE uint64_t
count_from(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object,
           uint32_t place, struct row *row, rt_gc_edge_fn fn) {
    uint64_t edges;

    switch (object->type->kind) {
    case RT_KIND_LIST:
        return rt_gc_follow_list(walk, table, object, fn);
    case RT_KIND_INSTANCE:
        edges = rt_gc_follow_instance(walk, table, object, fn);
        if (RT_UNLIKELY(rt_instance_class(object) != row->class_object)) {
            end_row(walk, row, rt_instance_class(object));
        }
        row->length++;
        return edges + 1;
    case RT_KIND_TUPLE:
        remember(walk, place);
        return rt_gc_follow_tuple(walk, table, object, fn);
    case RT_KIND_DICT:
        walk->has_dicts = true;
        remember(walk, place);
        return rt_gc_follow_other(walk, object, fn);
    default:
        end_row(walk, row, NULL); /* this may be the class */
        return rt_gc_follow_other(walk, object, fn);
    }
}

static RT_ALWAYS_INLINE void
walk_once(struct rt_gc_walk *walk, struct rt_gc_table table, bool is_by_table, bool is_shuffled) {
    struct row row = {.class_object = NULL};
    uint64_t edges = 0, holes = 0;

    for (uint32_t place = walk->begin; place < walk->end; place++) {
        struct rt_object *object = walk->objects[place];

        if (is_shuffled) {
            rt_gc_ask_ahead(walk, table, place, walk->end);
        } else if (is_by_table) {
            rt_gc_ask_further_on(object);
        }
        if (RT_UNLIKELY(object == NULL)) {
            holes++;
        } else if (is_by_table) {
            come_by_table(walk, table, object);
            edges += count_from(walk, table, object, place, &row, count_in_table);
        } else {
            come_by_head(walk, object);
            edges += count_from(walk, table, object, place, &row, count_in_head);
        }
    }
    end_row(walk, &row, NULL);
    walk->found->examined = walk->end - walk->begin - holes;
    walk->edges += edges;
}

/* ---- The second walk: who is put aside ----------------------------------------------------------- */

/* It was put aside, and is reachable after all: behind all others. */
static RT_ALWAYS_INLINE void
come_back(struct rt_gc_walk *walk, struct rt_object *object) {
    rt_gc_ask_for_block(object);
    walk->objects[walk->behind++] = object;
}

static RT_NOINLINE void
reach_slowly(struct rt_gc_walk *walk, struct rt_object *referent) {
    if (!rt_gc_is_shared(walk, referent) && rt_gc_is_in_set(walk, referent)) {
        uint32_t mark = rt_gc_load_mark(walk, referent);

        if (mark == RT_HEAD_MARK_ASIDE) {
            come_back(walk, referent);
        }
        if ((mark & RT_HEAD_MARK_VISITED) != 0) {
            rt_gc_store_mark(walk, referent, RT_HEAD_MARK_VISITED | 1);
        }
    }
}

static RT_ALWAYS_INLINE void
reach_in_head(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *referent) {
    (void)table;
    reach_slowly(walk, referent);
}

static RT_ALWAYS_INLINE void
reach_in_table(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *referent) {
    size_t unit = rt_gc_unit(table, referent);
    uint8_t mark;

    if (RT_UNLIKELY(unit >= table.units)) {
        if (!rt_gc_is_shared(walk, referent)) {
            reach_slowly(walk, referent);
        }
        return;
    }
    mark = table.bytes[unit];
    if ((mark & RT_MARK_VISITED) != 0) {
        table.bytes[unit] = RT_MARK_VISITED | 1;
        if (RT_UNLIKELY(mark == RT_MARK_ASIDE)) {
            come_back(walk, referent);
        }
    } else if (RT_UNLIKELY(mark == RT_MARK_MANY)) {
        reach_slowly(walk, referent);
    }
}

/* Notes for later that one is put aside, with what there will be to do if it stays there. */
static RT_ALWAYS_INLINE void
put_aside(struct rt_gc_walk *walk, struct rt_object *object, uint32_t place) {
    const struct rt_type *type = object->type;

    walk->objects[place] = (struct rt_object *)((uintptr_t)object | 1);
    walk->has_aside = true;
    if (type->weakrefs_offset != 0) {
        walk->found->has_weakrefs |= rt_weakref_first(object) != NULL;
    }
    if (type->kind == RT_KIND_INSTANCE) {
        const struct rt_class *class_object = rt_instance_class(object);

        walk->found->has_finalizers |= class_object->finalizer != NULL;
        walk->found->has_legacy_finalizers |= class_object->is_legacy_finalizer;
    } else if (type->kind == RT_KIND_WEAKREF) {
        walk->found->has_weakrefs = true;
    } else {
        walk->found->has_finalizers |= type->finalize != NULL;
    }
}

/* Tuples are asked at once whether they need any more examining: those before this one in the new order have
 * been. */
static RT_NOINLINE void
consider_tuple(struct rt_gc_walk *walk, struct rt_object *tuple, uint32_t place) {
    if (walk->untracking >= RT_GC_UNTRACK_TUPLES && !rt_tuple_needs_tracking(tuple)) {
        walk->objects[place] = NULL;
        rt_head(tuple)->place = 0;
        walk->found->untracked++;
    }
}

/* One that is reachable passes that on to what it leads to. */
static RT_ALWAYS_INLINE uint64_t
pass_on(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object, uint32_t place,
        struct rt_class **last_class, rt_gc_edge_fn fn) {
    uint64_t edges;

    switch (object->type->kind) {
    case RT_KIND_LIST:
        return rt_gc_follow_list(walk, table, object, fn);
    case RT_KIND_INSTANCE:
        edges = rt_gc_follow_instance(walk, table, object, fn);
        if (RT_UNLIKELY(rt_instance_class(object) != *last_class)) {
            *last_class = rt_instance_class(object);
            fn(walk, table, &(*last_class)->object);
        }
        return edges + 1;
    case RT_KIND_TUPLE:
        edges = rt_gc_follow_tuple(walk, table, object, fn);
        consider_tuple(walk, object, place);
        return edges;
    default:
        return rt_gc_follow_other(walk, object, fn);
    }
}

static RT_NOINLINE bool
is_left_slowly(struct rt_gc_walk *walk, struct rt_object *object) {
    bool is_left = (rt_gc_load_mark(walk, object) & RT_HEAD_MARK_VALUE) != 0;

    rt_gc_store_mark(walk, object, is_left ? 0 : RT_HEAD_MARK_ASIDE);
    return is_left;
}

/* Whether it is reachable as far as is known now; it is marked accordingly. */
static RT_ALWAYS_INLINE bool
is_left_in_table(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object) {
    size_t unit = rt_gc_unit(table, object);
    uint8_t mark;

    if (RT_UNLIKELY(unit >= table.units) || RT_UNLIKELY(table.bytes[unit] == RT_MARK_MANY)) {
        return is_left_slowly(walk, object);
    }
    mark = table.bytes[unit] & RT_MARK_VALUE;
    table.bytes[unit] = mark != 0 ? 0 : RT_MARK_ASIDE;
    return mark != 0;
}

static RT_ALWAYS_INLINE uint64_t
visit(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object, uint32_t place,
      struct rt_class **last_class, bool is_by_table) {
    if (is_by_table ? is_left_in_table(walk, table, object) : is_left_slowly(walk, object)) {
        walk->is_mixed |= walk->has_aside;
        return pass_on(walk, table, object, place, last_class,
                       is_by_table ? reach_in_table : reach_in_head);
    }
    put_aside(walk, object, place);
    return 0;
}

/* The set, and then those that came back; these are reachable, and may bring back more. */
static RT_ALWAYS_INLINE void
walk_again(struct rt_gc_walk *walk, struct rt_gc_table table, bool is_by_table, bool is_shuffled) {
    struct rt_class *last_class = NULL;
    uint64_t edges = 0;

    walk->behind = walk->rt->tracker.end;
    for (uint32_t place = walk->begin; place < walk->end; place++) {
        struct rt_object *object = walk->objects[place];

        if (is_shuffled) {
            rt_gc_ask_ahead(walk, table, place, walk->end);
        }
        if (RT_LIKELY(object != NULL)) {
            edges += visit(walk, table, object, place, &last_class, is_by_table);
        }
    }
    for (uint32_t place = walk->rt->tracker.end; place < walk->behind; place++) {
        if (is_shuffled) {
            rt_gc_ask_ahead(walk, table, place, walk->behind);
        }
        edges += visit(walk, table, walk->objects[place], place, &last_class, is_by_table);
    }
    walk->edges += edges;
}

/* ---- The table ----------------------------------------------------------------------------------- */

/* For the arenas up to the last one that is mapped, though there are tables for more. Not where pages are huge:
 * what is left over would be small ones, and cost more than it saves. */
static size_t
table_bytes(const struct rt *rt) {
    size_t count = rt->arenas.covered, bytes_each = rt->arena_bytes >> RT_UNIT_SHIFT;

    while (count > 1 && count * bytes_each < HUGE_BYTES && !rt->arenas.table[count - 1].is_mapped) {
        count--;
    }
    return rt_align_up(count * bytes_each, rt->page_bytes);
}

/* False: then marks are kept in the heads. */
static bool
obtain_table(struct rt *rt, struct rt_gc_walk *walk) {
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
    /* Where it is large, nearly every access is to another page. */
    (void)rt->os.advise(rt->os.context, gc->table, bytes,
                        bytes >= HUGE_BYTES ? RT_OS_ADVICE_HUGE : RT_OS_ADVICE_FILL);
    walk->table =
        (struct rt_gc_table){.bytes = gc->table, .units = bytes, .base = (uintptr_t)rt->base};
    return true;
}

static void
give_table_back(struct rt *rt, struct rt_gc_walk *walk) {
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

/* Held in arenas, and so large that the table, which has to be obtained and given back, is worth while: the
 * sooner when memory is the limit. */
static bool
is_for_table(const struct rt *rt, uint32_t count, bool is_shuffled) {
    return rt->backend->uses_pools && count >= rt->gc.table_from &&
           (is_shuffled || count / IN_ORDER_FACTOR >= rt->gc.table_from) &&
           count >= (rt->tracker.end - rt->tracker.holes) / 8;
}

/* ---- Together ------------------------------------------------------------------------------------ */

struct callback {
    struct rt_gc_walk *walk;
    rt_gc_edge_fn fn;
    uint64_t edges;
};

static void
call_back(struct rt_object *referent, void *context) {
    struct callback *callback = context;

    callback->edges++;
    callback->fn(callback->walk, callback->walk->table, referent);
}

RT_NOINLINE uint64_t
rt_gc_follow_other(struct rt_gc_walk *walk, struct rt_object *object, rt_gc_edge_fn fn) {
    struct callback callback = {.walk = walk, .fn = fn};

    object->type->traverse(object, call_back, &callback);
    return callback.edges;
}

/* By a sample: what lies in order the processor asks for by itself. */
static bool
is_shuffled(const struct rt_gc_walk *walk) {
    uint32_t count = walk->end - walk->begin, step = count / SAMPLES, far = 0;

    for (uint32_t i = 0; step > 0 && i < SAMPLES - 1; i++) {
        uintptr_t one = (uintptr_t)walk->objects[walk->begin + i * step];
        uintptr_t next = (uintptr_t)walk->objects[walk->begin + i * step + 1];

        far += next - one + NEIGHBOUR_BYTES > 2 * NEIGHBOUR_BYTES;
    }
    return far > SAMPLES / 4;
}

static RT_NOINLINE void
walk_by_table(struct rt_gc_walk *walk) {
    const struct rt_gc_table table = walk->table;

    walk_once(walk, table, true, false);
    if (walk->is_in_question) {
        walk_again(walk, table, true, false);
    }
}

static RT_NOINLINE void
walk_shuffled_by_table(struct rt_gc_walk *walk) {
    const struct rt_gc_table table = walk->table;

    walk_once(walk, table, true, true);
    if (walk->is_in_question) {
        walk_again(walk, table, true, true);
    }
}

static RT_NOINLINE void
walk_by_heads(struct rt_gc_walk *walk) {
    const struct rt_gc_table none = {.units = 0};

    walk_once(walk, none, false, false);
    if (walk->is_in_question) {
        walk_again(walk, none, false, false);
    }
}

int
rt_gc_trace(struct rt *rt, uint32_t begin, uint32_t end, enum rt_gc_untracking untracking,
            struct rt_gc_found *ret_found) {
    struct rt_gc_walk walk = {
        .rt = rt,
        .objects = rt->tracker.objects,
        .begin = begin,
        .end = end,
        .behind = rt->tracker.end,
        .remembered = (uint32_t *)&rt->tracker.objects[rt->tracker.end],
        .untracking = untracking,
        .found = ret_found,
    };
    bool is_in_disorder;

    if (!rt_track_make_room(rt, end - begin)) {
        return -ENOMEM;
    }
    *ret_found = (struct rt_gc_found){.begin = begin};
    walk.number = ++rt->gc.trace_number;
    is_in_disorder = is_shuffled(&walk);
    if (!is_for_table(rt, end - begin, is_in_disorder) || !obtain_table(rt, &walk)) {
        walk_by_heads(&walk);
    } else if (is_in_disorder) {
        walk_shuffled_by_table(&walk);
    } else {
        walk_by_table(&walk);
    }
    rt_gc_order(&walk);
    give_table_back(rt, &walk);
    ret_found->edges = walk.edges;
    return 0;
}
