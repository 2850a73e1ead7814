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
    int64_t hash; /* -1: not known */
    struct rt_weakref *previous, *next; /* on the referent's list */
    struct rt_object *key; /* in a weak dict: the key it stands for */
};

_Static_assert(sizeof(struct rt_weakref) == 64, "a weak reference is as large as CPython's");

extern const struct rt_type rt_weakref_type;

/* Makes one dead and takes it off its referent's list; its callback stays with it, uncalled. */
void rt_weakref_clear(struct rt *rt, struct rt_object *weakref);

/* The referent dies: its weak references are dead from now on, and their callbacks are called. */
void rt_weakref_clear_all(struct rt *rt, struct rt_object *referent);

/* Never the shared one, and with a key: for weak_dict.c. */
struct rt_object *rt_weakref_new_keyed(struct rt *rt, struct rt_object *referent,
                                       struct rt_object *callback, struct rt_object *key);

#endif
