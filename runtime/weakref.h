/* SPDX-License-Identifier: MIT
 *
 * weakref.h: weak references, for the modules of the runtime.
 */
#ifndef RUNTIME_WEAKREF_H
#define RUNTIME_WEAKREF_H

#include "runtime/object.h"

struct rt_weakref {
    struct rt_object object;
    struct rt_object *referent; /* not counted; NULL: dead */
    struct rt_object *callback;
    struct rt_weakref *previous, *next; /* on the referent's list */
    int64_t hash;                       /* the referent's; -1: not asked for yet */
    void *unused;
};

_Static_assert(sizeof(struct rt_weakref) == 64, "a weak reference is as large as CPython's");

/* What a weak dict has for each value: it knows under which key it stands there. */
struct rt_keyed_weakref {
    struct rt_weakref weakref;
    struct rt_object *key;
};

_Static_assert(sizeof(struct rt_keyed_weakref) == 72, "a KeyedRef is as large as CPython's");

/* Never the shared one. */
struct rt_object *rt_weakref_new_keyed(struct rt *rt, struct rt_object *referent,
                                       struct rt_object *callback, struct rt_object *key);

/* Borrowed. pre: made by rt_weakref_new_keyed */
static inline struct rt_object *
rt_weakref_key(const struct rt_object *weakref) {
    return ((const struct rt_keyed_weakref *)weakref)->key;
}

/* The referent dies: its weak references are dead from now on, and their callbacks are called. Those that
 * the callbacks make of it are dead as well when this returns, and nobody is called for them.
 * pre: of a type that takes weak references */
void rt_weakref_clear_all(struct rt *rt, struct rt_object *referent);

/* ---- For the collector, which goes through these lists by itself ---- */

/* Makes one dead and takes it off its referent's list; its callback stays with it, uncalled. */
void rt_weakref_clear(struct rt *rt, struct rt_object *weakref);

/* Calls the callback, if there is one, which stays; a failure is reported. */
void rt_weakref_call(struct rt *rt, struct rt_object *weakref);

/* The first of an object's weak references, in the order of their callbacks. Borrowed; NULL: none, or none
 * are possible. */
static inline struct rt_object *
rt_weakref_first(const struct rt_object *referent) {
    size_t offset = referent->type->weakrefs_offset;

    return offset == 0 ? NULL : *(struct rt_object **)((uintptr_t)referent + offset);
}

static inline struct rt_object *
rt_weakref_next(const struct rt_object *weakref) {
    struct rt_weakref *next = ((const struct rt_weakref *)weakref)->next;

    return next == NULL ? NULL : &next->object;
}

static inline struct rt_object *
rt_weakref_callback(const struct rt_object *weakref) {
    return ((const struct rt_weakref *)weakref)->callback;
}

#endif
