/* SPDX-License-Identifier: MIT
 *
 * gc_walk.h: how a trace goes through a stretch of the vector: the marks, whom an object refers to, and what
 * memory is asked for in advance. For gc_trace.c and gc_order.c.
 *
 * What a mark says is gc_trace.c's business. Where it is:
 *
 *   - For a large set, in a table of one byte for each 16 bytes of the arenas, found from the address alone. So
 *     following a reference does not touch what it refers to, which in a heap in shuffled order would be a
 *     miss to memory for each edge. What the table says of objects outside the set nobody asks.
 *   - For a small one, in the object's head, with the number of the trace beside it, so that a mark of
 *     an earlier trace is none and nothing has to be wiped. There, too, when the object lies outside of the
 *     arenas, or a byte does not suffice.
 */
#ifndef RUNTIME_GC_WALK_H
#define RUNTIME_GC_WALK_H

#include "runtime/class.h"
#include "runtime/gc.h"
#include "runtime/values.h"

struct rt_gc_table {
    uint8_t *bytes; /* by unit */
    size_t units;   /* that there are bytes for; 0: all marks are in heads */
    uintptr_t base;
};

struct rt_gc_walk {
    struct rt *rt;
    struct rt_object **objects; /* the vector's */
    struct rt_gc_table table;
    uint32_t begin, end;  /* of the set */
    uint32_t behind;      /* the next place behind everything, for those that come back */
    uint32_t *remembered; /* the same memory in the first walk: places */
    uint32_t remembered_count;
    uint32_t number;     /* of the trace */
    bool is_in_question; /* there may be some that are not reachable, or only from later ones */
    bool has_aside, is_mixed; /* mixed: and somebody reachable after one that was put aside */
    bool has_dicts;
    enum rt_gc_untracking untracking;
    uint64_t edges;
    struct rt_gc_found *found;
};

/* ---- Marks --------------------------------------------------------------------------------------- */

enum {
    RT_MARK_VISITED = 0x80,
    RT_MARK_EARLY = 0x40,
    RT_MARK_VALUE = 0x3f,
    RT_MARK_MANY = 0x3e,    /* the mark is in the head */
    RT_MARK_IGNORED = 0x3f, /* not of the set, and so often referred to that it would not fit */
    RT_MARK_ASIDE = 0xff,
};

#define RT_HEAD_MARK_VISITED UINT32_C(0x80000000)
#define RT_HEAD_MARK_EARLY   UINT32_C(0x40000000)
#define RT_HEAD_MARK_VALUE   UINT32_C(0x3fffffff)
#define RT_HEAD_MARK_ASIDE   UINT32_C(0xffffffff)

static RT_ALWAYS_INLINE size_t
rt_gc_unit(struct rt_gc_table table, const void *object) {
    return ((uintptr_t)object - table.base) >> RT_UNIT_SHIFT;
}

static RT_ALWAYS_INLINE uint32_t
rt_gc_head_mark(const struct rt_gc_walk *walk, const struct rt_object *object) {
    uint64_t work = rt_head(object)->work;

    return work >> 32 == walk->number ? (uint32_t)work : 0;
}

static RT_ALWAYS_INLINE void
rt_gc_set_head_mark(const struct rt_gc_walk *walk, struct rt_object *object, uint32_t mark) {
    rt_head(object)->work = (uint64_t)walk->number << 32 | mark;
}

/* Only those of the set have marks in their heads, or it would have to be known from when they are. */
static RT_ALWAYS_INLINE bool
rt_gc_is_in_set(const struct rt_gc_walk *walk, const struct rt_object *object) {
    return rt_type_is_container(object->type) && rt_head(object)->place >= walk->begin;
}

/* Small ints, None and their like lie in the context. They refer to nothing, and nobody asks for them. */
static RT_ALWAYS_INLINE bool
rt_gc_is_shared(const struct rt_gc_walk *walk, const void *object) {
    return (uintptr_t)object - (uintptr_t)walk->rt < sizeof *walk->rt;
}

/* As in a head, wherever it is. pre: of the set */
uint32_t rt_gc_load_mark(const struct rt_gc_walk *walk, const struct rt_object *object);
void rt_gc_store_mark(const struct rt_gc_walk *walk, struct rt_object *object, uint32_t mark);

/* ---- Traversal, with what is common written out --------------------------------------------------
 * An edge function is handed the table by value, so that it stays in registers whatever is stored. The number of
 * edges is returned. */

typedef void (*rt_gc_edge_fn)(struct rt_gc_walk *walk, struct rt_gc_table table,
                              struct rt_object *referent);

static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_items(struct rt_gc_walk *walk, struct rt_gc_table table,
                   struct rt_object *const *items, int64_t count, rt_gc_edge_fn fn) {
    for (int64_t i = count - 1; i >= 0; i--) {
        if (RT_LIKELY(items[i] != NULL)) {
            fn(walk, table, items[i]);
        }
    }
    return (uint64_t)count;
}

static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_words(struct rt_gc_walk *walk, struct rt_gc_table table,
                   struct rt_object *const *words, size_t count, rt_gc_edge_fn fn) {
    for (size_t i = 0; i < count; i++) {
        if (RT_LIKELY(words[i] != NULL)) {
            fn(walk, table, words[i]);
        }
    }
    return count;
}

static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_list(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object,
                  rt_gc_edge_fn fn) {
    return rt_gc_follow_items(walk, table, ((struct rt_list *)object)->items,
                              ((struct rt_sized *)object)->size, fn);
}

static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_tuple(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object,
                   rt_gc_edge_fn fn) {
    return rt_gc_follow_items(walk, table, ((struct rt_tuple *)object)->items,
                              ((struct rt_sized *)object)->size, fn);
}

/* Of an instance that has attributes beside it, these. */
static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_attributes(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object,
                        rt_gc_edge_fn fn) {
    struct rt_managed *managed = rt_instance_managed(object);
    uint64_t edges = 0;

    if (RT_LIKELY(managed->values != NULL)) {
        edges = rt_gc_follow_words(walk, table, managed->values->items,
                                   (size_t)rt_instance_class(object)->keys->entries, fn);
    }
    if (RT_UNLIKELY(managed->dict != NULL)) {
        fn(walk, table, managed->dict);
        edges++;
    }
    return edges;
}

static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_slots(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object,
                   rt_gc_edge_fn fn) {
    const struct rt_class *c = rt_instance_class(object);
    uint64_t edges = 0;

    do {
        edges +=
            rt_gc_follow_words(walk, table, (struct rt_object **)((char *)object + c->slots_offset),
                               c->slot_count, fn);
    } while (RT_UNLIKELY((c = c->base) != NULL));
    return edges;
}

/* All that an instance refers to but its class, which instances in a row mostly have in common. */
static RT_ALWAYS_INLINE uint64_t
rt_gc_follow_instance(struct rt_gc_walk *walk, struct rt_gc_table table, struct rt_object *object,
                      rt_gc_edge_fn fn) {
    uint8_t flags = object->type->flags;
    uint64_t edges = 0;

    if ((flags & RT_TYPE_SLOTS) != 0) {
        edges += rt_gc_follow_slots(walk, table, object, fn);
    }
    if (RT_LIKELY((flags & RT_TYPE_MANAGED_DICT) != 0)) {
        edges += rt_gc_follow_attributes(walk, table, object, fn);
    }
    return edges;
}

/* Of every other kind. */
uint64_t rt_gc_follow_other(struct rt_gc_walk *walk, struct rt_object *object, rt_gc_edge_fn fn);

/* ---- Memory asked for in advance -----------------------------------------------------------------
 * So many entries ahead: the object; what it has outside of its own block; the marks of what it refers to. */

enum {
    RT_GC_FAR = 24,
    RT_GC_NEAR = 12,
    RT_GC_NEXT = 5,
    RT_GC_FURTHER_BYTES = 1024,
};

static RT_ALWAYS_INLINE struct rt_object *
rt_gc_entry(const struct rt_gc_walk *walk, uint32_t place) {
    return (struct rt_object *)((uintptr_t)walk->objects[place] & ~(uintptr_t)1);
}

static RT_ALWAYS_INLINE void
rt_gc_ask_for_block(const struct rt_object *object) {
    __builtin_prefetch(object);
    __builtin_prefetch((const char *)((uintptr_t)object - sizeof(struct rt_managed)));
}

static RT_ALWAYS_INLINE void
rt_gc_ask_for_mark(struct rt_gc_table table, const struct rt_object *object) {
    __builtin_prefetch((const void *)((uintptr_t)table.bytes + rt_gc_unit(table, object)), 1);
}

static RT_ALWAYS_INLINE void
rt_gc_ask_for_parts(const struct rt_object *object) {
    const struct rt_type *type = object->type;

    if (type->kind == RT_KIND_LIST) {
        __builtin_prefetch(((const struct rt_list *)object)->items);
    } else if ((type->flags & RT_TYPE_MANAGED_DICT) != 0) {
        __builtin_prefetch(rt_instance_managed(object)->values);
    }
}

/* Of the first two. */
static RT_ALWAYS_INLINE void
rt_gc_ask_for_referents(struct rt_gc_table table, const struct rt_object *object) {
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
        rt_gc_ask_for_mark(table, words[0]);
        if (count > 1) {
            rt_gc_ask_for_mark(table, words[1]);
        }
    }
}

/* Where objects lie in order the processor asks by itself, but not beyond the end of a page. */
static RT_ALWAYS_INLINE void
rt_gc_ask_further_on(const struct rt_object *object) {
    __builtin_prefetch((const void *)((uintptr_t)object + RT_GC_FURTHER_BYTES));
    if (RT_LIKELY(object != NULL) && (object->type->flags & RT_TYPE_MANAGED_DICT) != 0) {
        const struct rt_values *values = rt_instance_managed(object)->values;

        __builtin_prefetch((const void *)((uintptr_t)values + RT_GC_FURTHER_BYTES));
    }
}

static RT_ALWAYS_INLINE void
rt_gc_ask_ahead(const struct rt_gc_walk *walk, struct rt_gc_table table, uint32_t place,
                uint32_t end) {
    const struct rt_object *far, *near, *next;

    if (RT_UNLIKELY(place + RT_GC_FAR >= end)) {
        return;
    }
    far = rt_gc_entry(walk, place + RT_GC_FAR);
    near = rt_gc_entry(walk, place + RT_GC_NEAR);
    next = rt_gc_entry(walk, place + RT_GC_NEXT);
    rt_gc_ask_for_block(far);
    rt_gc_ask_for_mark(table, far);
    if (RT_LIKELY(near != NULL)) {
        rt_gc_ask_for_parts(near);
    }
    if (RT_LIKELY(next != NULL)) {
        rt_gc_ask_for_referents(table, next);
    }
}

/* ---- gc_order.c ---------------------------------------------------------------------------------- */

/* Untracks what was reachable and needs no examining, and brings the stretch into its new order. */
void rt_gc_order(struct rt_gc_walk *walk);

#endif
