/* SPDX-License-Identifier: MIT
 *
 * weak_collection.h: what weak sets and weak dicts have in common: weak_collection.c, for weak_set.c and
 * weak_dict.c.
 */
#ifndef RUNTIME_WEAK_COLLECTION_H
#define RUNTIME_WEAK_COLLECTION_H

#include "runtime/object.h"

/* As large as an instance of a Python class with four attributes: 32 bytes before it, of which the first word
 * points to these. Visited and let go in this order. */
struct rt_weak_parts {
    void *unused;
    struct rt_object *set;       /* of a weak set: of its weak references */
    struct rt_object *remove;    /* the callback of all weak references in it */
    struct rt_object *pending;   /* a list of the removals that wait, in a dict by their keys */
    struct rt_object *iterating; /* a set with a guard for each open iteration */
    struct rt_object *dict;      /* of a weak dict: key to weak reference */
};

_Static_assert(sizeof(struct rt_weak_parts) == 48, "as CPython's values of four attributes");

struct rt_weak {
    struct rt_object object;
    struct rt_object *weakrefs;
};

enum {
    RT_WEAK_PREFIX_BYTES = 32,
};

static inline struct rt_weak_parts *
rt_weak_parts(const struct rt_object *weak_collection) {
    return *(struct rt_weak_parts **)((uintptr_t)weak_collection - RT_WEAK_PREFIX_BYTES);
}

extern const struct rt_type rt_weak_set_type, rt_weak_dict_type;

/* With no parts in it. */
struct rt_object *rt_weak_new(struct rt *rt, const struct rt_type *type);

/* Gives it the callback, in whose tuple of so many cells the first one is a weak reference to it, and then
 * the list and the set for iterations. */
int rt_weak_equip(struct rt *rt, struct rt_object *weak_collection, rt_function_fn remove,
                  size_t cell_count);

/* For callbacks: the collection; the caller's; NULL: it is dead. */
struct rt_object *rt_weak_self(struct rt *rt, const struct rt_object *remove);

/* True while removals have to wait. */
bool rt_weak_is_iterated(const struct rt_object *weak_collection);

void rt_weak_commit_slowly(struct rt *rt, struct rt_object *weak_collection);

/* Removes what waits for it. */
static inline void
rt_weak_commit(struct rt *rt, struct rt_object *weak_collection) {
    if (RT_UNLIKELY(rt_list_length(rt_weak_parts(weak_collection)->pending) != 0)) {
        rt_weak_commit_slowly(rt, weak_collection);
    }
}

/* ref(referent) or ref(referent, callback), with the tuple of the arguments that this takes. */
struct rt_object *rt_weak_ref(struct rt *rt, struct rt_object *referent,
                              struct rt_object *callback);

/* Removes a pair whose value is dead. -1 where a key cannot be found for a reason. */
int rt_weak_forget_dead(struct rt *rt, struct rt_object *dict, struct rt_object *key);

/* ---- What Python makes on the way ----
 * Its code makes more objects than it keeps, and each counts for the collector. */

enum {
    RT_WEAK_METHOD_BYTES = 64,
};

/* An object of this size, its head included, which keeps another one, or NULL. It serves to be counted. */
struct rt_object *rt_weak_part(struct rt *rt, size_t bytes, struct rt_object *kept);

/* What items() of a dict is iterated with: it is made of a view, and has a tuple for its pairs. */
struct rt_object *rt_weak_dict_iterator(struct rt *rt);

/* Makes and drops a part; nobody misses it where there is no memory for it. */
void rt_weak_pass(struct rt *rt, size_t bytes);

#endif
