/* SPDX-License-Identifier: MIT
 *
 * object.h: what every type's file needs: the type's descriptor, the container's head, tracking, free
 * lists, and the brake on deep releases.
 *
 * A container's block starts with its head, 16 bytes before the object; an instance whose class gives it
 * a dict has 16 bytes more before that. These are CPython's sizes; what is in them is ours:
 *
 *     [values][dict]   [place, flags, work]   [count][type] ...
 *     -32     -24      -16                    0
 *
 * Life of a container: rt_object_alloc obtains a block and counts it for the collector (which may run
 * there, before the new object exists); the constructor fills the object in, and tracks it as its last
 * act. Its `drop` untracks it first, lets go of what it refers to, and gives the block back with
 * rt_object_free, which counts again. A free list stands between the two: what goes through it is not
 * counted.
 */
#ifndef RUNTIME_OBJECT_H
#define RUNTIME_OBJECT_H

#include "runtime/alloc.h"
#include "runtime/annotate.h"
#include "runtime/context.h"

#include <errno.h>

/* ---- Types --------------------------------------------------------------------------------------
 * Built-in types are constants that all contexts share; a class embeds one. */

enum {
    RT_TYPE_CONTAINER = 1,    /* has a head */
    RT_TYPE_MANAGED_DICT = 2, /* and values and dict before it: instances only */
    RT_TYPE_SLOTS = 4,        /* instances only: it or a base of it has slots */
};

struct rt_type {
    /* The count has reached 0: lets go of everything, the block included. */
    void (*drop)(struct rt *rt, struct rt_object *object);

    /* Containers. `traverse` calls visit for each reference, in CPython's order; `clear` drops those that can
     * be part of a cycle and leaves a valid object (NULL: immutable, others break the cycle). */
    void (*traverse)(struct rt_object *object, rt_visit_fn visit, void *context);
    void (*clear)(struct rt *rt, struct rt_object *object);

    /* What the collector does to trash of this type before it is cleared, once in a life. NULL: nothing; of
     * instances their class says. */
    void (*finalize)(struct rt *rt, struct rt_object *object);

    size_t (*size)(const struct rt_object *object); /* as __sizeof__: without what is before it */
    size_t (*owned)(
        const struct rt_object *object); /* bytes asked for in all its blocks, with that */

    /* NULL: by identity; rt_hash_refuse: unhashable. -1 or 1/0/-1, as rt_hash and rt_equal. */
    int (*hash)(struct rt *rt, struct rt_object *object, int64_t *ret_hash);
    int (*equal)(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth);

    /* Every invariant of one object that can be checked from it alone; `why` may be NULL. NULL: none. */
    bool (*verify)(const struct rt *rt, const struct rt_object *object, struct rt_text *why);

    const char *name;
    uint8_t kind; /* enum rt_kind */
    uint8_t flags;
    uint16_t prefix_bytes;    /* 0, 16 or 32 */
    uint32_t weakrefs_offset; /* of the object's list of weak references; 0: it takes none */
};

enum {
    RT_EQUAL_DEPTH_MAX = 1000, /* tuples within tuples that rt_equal and rt_hash follow */
};

/* rt_equal at some depth of nesting, for the types that have items. */
int rt_equal_deep(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth);

int rt_hash_refuse(struct rt *rt, struct rt_object *object, int64_t *ret_hash);

static inline bool
rt_type_is_container(const struct rt_type *type) {
    return (type->flags & RT_TYPE_CONTAINER) != 0;
}

#define RT_ASSERT_KIND(object, expected)                                                           \
    RT_ASSERT((object)->type->kind == (expected), "the object is of another kind")

/* ---- The head ----------------------------------------------------------------------------------- */

enum {
    RT_HEAD_FINALIZED = 1, /* its finalizer has run */
};

struct rt_head {
    uint32_t place; /* among the tracked, from 1; 0: not tracked */
    uint32_t flags;
    union {
        struct rt_object *next; /* while it waits to be released */
        uint64_t work;          /* the collector's, during a collection */
    };
};

_Static_assert(sizeof(struct rt_head) == 16, "a container's head is as large as CPython's");

/* pre: a container */
static inline struct rt_head *
rt_head(const struct rt_object *object) {
    return (struct rt_head *)((uintptr_t)object - sizeof(struct rt_head));
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

/* The count for the youngest generation passed its threshold: the collector's entry. */
void rt_collector_due(struct rt *rt);

/* A block for a container; `bytes` without the prefix. Nothing in it is set but the head. The collector
 * counts it, and may run. NULL: ENOMEM. */
static RT_ALWAYS_INLINE struct rt_object *
rt_object_alloc(struct rt *rt, size_t prefix_bytes, size_t bytes) {
    char *block = rt_alloc_inline(rt, prefix_bytes + bytes);
    struct rt_object *object;

    if (RT_UNLIKELY(block == NULL)) {
        rt->error = ENOMEM;
        return NULL;
    }
    if (RT_UNLIKELY(++rt->young_count > rt->young_limit)) {
        rt_collector_due(rt);
    }
    object = (struct rt_object *)(block + prefix_bytes);
    *rt_head(object) = (struct rt_head){0};
    return object;
}

static RT_ALWAYS_INLINE void
rt_object_free(struct rt *rt, struct rt_object *object, size_t prefix_bytes, size_t bytes) {
    rt->young_count -= rt->young_count > 0;
    rt_free_inline(rt, (char *)object - prefix_bytes, prefix_bytes + bytes);
}

static RT_ALWAYS_INLINE void
rt_object_init(struct rt_object *object, const struct rt_type *type) {
    object->count = 1;
    object->type = type;
}

/* ---- Tracking: see track.c ---------------------------------------------------------------------- */

/* Makes room; false, and rt_error, for out of memory. */
bool rt_track_slowly(struct rt *rt, struct rt_object *object);

/* The newest of all tracked ones from now on. Can fail only where `rt_track_slowly` cannot make room; never
 * when another object was untracked since.
 * pre: not tracked */
static RT_ALWAYS_INLINE bool
rt_track(struct rt *rt, struct rt_object *object) {
    struct rt_tracker *tracker = &rt->tracker;
    uint32_t place = tracker->end;

    if (RT_UNLIKELY(place >= tracker->limit)) {
        return rt_track_slowly(rt, object);
    }
    tracker->objects[place] = object;
    tracker->end = place + 1;
    rt_head(object)->place = place;
    return true;
}

/* Fine for one that is not tracked. */
static RT_ALWAYS_INLINE void
rt_untrack(struct rt *rt, struct rt_object *object) {
    struct rt_tracker *tracker = &rt->tracker;
    struct rt_head *head = rt_head(object);
    uint32_t place = head->place;

    if (RT_LIKELY(place + 1 == tracker->end) && RT_LIKELY(place >= tracker->begin[0])) {
        tracker->end = place;
    } else if (place != 0) {
        tracker->objects[place] = NULL;
        tracker->holes++;
    }
    head->place = 0;
}

static inline bool
rt_head_is_tracked(const struct rt_object *object) {
    return rt_head(object)->place != 0;
}

/* Whether a dict or tuple that holds this one has to be tracked: a container, and not an untracked
 * tuple. */
static inline bool
rt_may_be_tracked(const struct rt_object *object) {
    return rt_type_is_container(object->type) &&
           (object->type->kind != RT_KIND_TUPLE || rt_head_is_tracked(object));
}

/* A container of a size known to the compiler, tracked, with nothing in it, by the short paths alone: the
 * collector does not run, and nothing is called. NULL where they do not lead: nothing was done, and the
 * caller goes the whole way from a function apart. */
static RT_ALWAYS_INLINE struct rt_object *
rt_object_simple(struct rt *rt, const struct rt_type *type, size_t prefix_bytes, size_t bytes) {
    struct rt_tracker *tracker = &rt->tracker;
    uint32_t place = tracker->end;
    struct rt_object *object;
    void *block;

    if (RT_UNLIKELY(place >= tracker->limit) || RT_UNLIKELY(rt->young_count >= rt->young_limit) ||
        RT_UNLIKELY(!rt_alloc_simple(rt, prefix_bytes + bytes, &block))) {
        return NULL;
    }
    object = (struct rt_object *)((char *)block + prefix_bytes);
    *rt_head(object) = (struct rt_head){.place = place};
    rt_object_init(object, type);
    rt->young_count++;
    tracker->objects[place] = object;
    tracker->end = place + 1;
    return object;
}

/* ---- Free lists ---------------------------------------------------------------------------------
 * A list of blocks linked through the word at `link` in each. A block that leaves for the allocator or
 * goes back to it is the caller's business. */

static RT_ALWAYS_INLINE void *
rt_free_list_pop(struct rt_free_list *list, size_t link) {
    char *block = list->first;

    if (RT_LIKELY(block != NULL)) {
        list->first = *(void **)(block + link);
        list->room++;
    }
    return block;
}

/* False: it is full. */
static RT_ALWAYS_INLINE bool
rt_free_list_push(struct rt_free_list *list, void *block, size_t link) {
    if (RT_UNLIKELY(list->room == 0)) {
        return false;
    }
    *(void **)((char *)block + link) = list->first;
    list->first = block;
    list->room--;
    return true;
}

/* ---- Deep releases ------------------------------------------------------------------------------
 * As CPython's trashcan: releases nest to a depth of 50. What comes then is put aside, newest first, and is
 * released when the nesting has come back to nothing; that begins at a depth of 1. */

enum {
    RT_TRASH_DEPTH_MAX = 50,
};

void rt_trash_put(struct rt *rt, struct rt_object *object);
void rt_trash_empty(struct rt *rt);

/* True: the object was put aside, and its drop is called again later.
 * pre: an untracked container */
static RT_ALWAYS_INLINE bool
rt_trash_enter(struct rt *rt, struct rt_object *object) {
    if (RT_UNLIKELY(rt->trash_depth >= RT_TRASH_DEPTH_MAX)) {
        rt_trash_put(rt, object);
        return true;
    }
    rt->trash_depth++;
    return false;
}

static RT_ALWAYS_INLINE void
rt_trash_leave(struct rt *rt) {
    if (--rt->trash_depth == 0 && RT_UNLIKELY(rt->trash != NULL)) {
        rt_trash_empty(rt);
    }
}

/* Cells, methods and generators, which CPython lets nest without end, have a limit of their own, so far down
 * that no order of release can be seen to change by it. */

enum {
    RT_NEST_DEPTH_MAX = 1000,
};

/* As rt_trash_enter. */
static RT_ALWAYS_INLINE bool
rt_nest_enter(struct rt *rt, struct rt_object *object) {
    if (RT_UNLIKELY(rt->nest_depth >= RT_NEST_DEPTH_MAX)) {
        rt_trash_put(rt, object);
        return true;
    }
    rt->nest_depth++;
    return false;
}

static RT_ALWAYS_INLINE void
rt_nest_leave(struct rt *rt) {
    if (--rt->nest_depth == 0 && RT_UNLIKELY(rt->trash != NULL) && rt->trash_depth == 0) {
        rt_trash_empty(rt);
    }
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static inline int
rt_refuse(struct rt *rt, int error) {
    rt->error = error;
    return -1;
}

/* A callback or finalizer failed, and there is nobody to tell but the listeners. */
void rt_report_unraisable(struct rt *rt, struct rt_object *where);

/* Sets up what the objects need of the context, and the reverse. -ENOMEM. */
int rt_objects_init(struct rt *rt);
void rt_objects_fini(struct rt *rt);

#endif
