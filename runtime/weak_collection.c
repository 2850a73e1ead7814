/* SPDX-License-Identifier: MIT
 *
 * weak_collection.c: what weak sets and weak dicts have in common.
 *
 * In CPython 3.11 both are classes written in Python. Here they are not, but they make the same objects that
 * the collector knows of, in the same order and of the same sizes; so they move its count alike. All
 * weak references in a collection share one callback, which knows the collection by a weak reference in its
 * turn. While somebody iterates, a dead member only goes on a list; the end of the last iteration, or the
 * next call that changes the collection, removes what is listed.
 *
 * Invariants:
 *   - `set` has weak references, `dict` has them as values, and nothing else; one of the two exists.
 *   - Nothing is pending between calls unless somebody iterates. A dead member whose removal could not be
 *     noted for lack of memory stays; nobody meets it.
 *   - `iterating` has as many chains as there are open iterations. A chain is what Python has for one: its
 *     iterator, a bound method, a guard and a generator.
 */
#include "runtime/weak_collection.h"
#include "runtime/weakref.h"

enum {
    HEAD_BYTES = sizeof(struct rt_head),
    GUARD_BYTES = 56,
    VIEW_BYTES = 40,
    SET_ITERATOR_BYTES = 64,
    SET_GENERATOR_BYTES = 240,
    DICT_ITERATOR_BYTES = 72,
    DICT_GENERATOR_BYTES = 248,
};

static struct rt_weak *
as_weak(const struct rt_object *object) {
    RT_ASSERT(rt_kind(object) == RT_KIND_WEAK_SET || rt_kind(object) == RT_KIND_WEAK_DICT,
              "the object is a weak collection");
    return (struct rt_weak *)object;
}

static struct rt_weak_parts **
parts_of(const struct rt_object *object) {
    return (struct rt_weak_parts **)((uintptr_t)as_weak(object) - RT_WEAK_PREFIX_BYTES);
}

/* ---- Parts of no other use ---------------------------------------------------------------------- */

struct part {
    struct rt_object object;
    size_t bytes;           /* with the head */
    struct rt_object *kept; /* not in those of VIEW_BYTES, which have no room for it */
};

static struct rt_object *
kept_by(const struct part *self) {
    return self->bytes == VIEW_BYTES ? NULL : self->kept;
}

static void
traverse_part(struct rt_object *object, rt_visit_fn visit, void *context) {
    struct rt_object *kept = kept_by((const struct part *)object);

    if (kept != NULL) {
        visit(kept, context);
    }
}

static void
drop_part(struct rt *rt, struct rt_object *object) {
    const struct part *self = (const struct part *)object;

    rt_untrack(rt, object);
    rt_xdecref(rt, kept_by(self));
    rt_object_free(rt, object, HEAD_BYTES, self->bytes - HEAD_BYTES);
}

static size_t
size_part(const struct rt_object *object) {
    return ((const struct part *)object)->bytes - HEAD_BYTES;
}

static size_t
owned_by_part(const struct rt_object *object) {
    return ((const struct part *)object)->bytes;
}

static const struct rt_type part_type = {
    .drop = drop_part,
    .traverse = traverse_part,
    .size = size_part,
    .owned = owned_by_part,
    .name = "weak iteration",
    .kind = RT_KIND_CELL,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = HEAD_BYTES,
};

struct rt_object *
rt_weak_part(struct rt *rt, size_t bytes, struct rt_object *kept) {
    struct rt_object *object = rt_object_alloc(rt, HEAD_BYTES, bytes - HEAD_BYTES);
    struct part *self = (struct part *)object;

    if (object == NULL) {
        return NULL;
    }
    rt_object_init(object, &part_type);
    self->bytes = bytes;
    if (!rt_track(rt, object)) {
        rt_object_free(rt, object, HEAD_BYTES, bytes - HEAD_BYTES);
        return NULL;
    }
    if (bytes != VIEW_BYTES) {
        self->kept = kept == NULL ? NULL : rt_incref(kept);
    }
    return object;
}

struct rt_object *
rt_weak_dict_iterator(struct rt *rt) {
    struct rt_object *view = rt_weak_part(rt, VIEW_BYTES, NULL);
    struct rt_object *iterator = view == NULL ? NULL : rt_weak_part(rt, DICT_ITERATOR_BYTES, NULL);
    struct rt_object *pair = iterator == NULL ? NULL : rt_tuple_new(rt, 2);

    rt_xdecref(rt, view);
    if (pair == NULL) {
        rt_xdecref(rt, iterator);
        return NULL;
    }
    ((struct part *)iterator)->kept = pair;
    return iterator;
}

void
rt_weak_pass(struct rt *rt, size_t bytes) {
    struct rt_object *part = rt_object_alloc(rt, HEAD_BYTES, bytes - HEAD_BYTES);

    if (part != NULL) {
        rt_object_free(rt, part, HEAD_BYTES, bytes - HEAD_BYTES);
    }
}

struct rt_object *
rt_weak_ref(struct rt *rt, struct rt_object *referent, struct rt_object *callback) {
    struct rt_object *args = rt_tuple_new(rt, callback == NULL ? 1 : 2);
    struct rt_object *weakref = args == NULL ? NULL : rt_weakref_new(rt, referent, callback);

    rt_xdecref(rt, args);
    return weakref;
}

/* ---- Their types -------------------------------------------------------------------------------- */

static void
traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    const struct rt_weak_parts *parts = *parts_of(object);
    struct rt_object *const all[] = {parts->set, parts->remove, parts->pending, parts->iterating,
                                     parts->dict};

    for (size_t i = 0; i < RT_COUNT_OF(all); i++) {
        if (all[i] != NULL) {
            visit(all[i], context);
        }
    }
}

static void
drop_word(struct rt *rt, struct rt_object **word) {
    struct rt_object *old = *word;

    *word = NULL;
    rt_xdecref(rt, old);
}

static void
clear(struct rt *rt, struct rt_object *object) {
    struct rt_weak_parts *parts = *parts_of(object);

    drop_word(rt, &parts->set);
    drop_word(rt, &parts->remove);
    drop_word(rt, &parts->pending);
    drop_word(rt, &parts->iterating);
    drop_word(rt, &parts->dict);
}

static void
drop(struct rt *rt, struct rt_object *object) {
    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    if (as_weak(object)->weakrefs != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    clear(rt, object);
    rt_free(rt, *parts_of(object), sizeof(struct rt_weak_parts));
    rt_object_free(rt, object, RT_WEAK_PREFIX_BYTES, sizeof(struct rt_weak));
    rt_trash_leave(rt);
}

static size_t
size(const struct rt_object *object) {
    return sizeof *as_weak(object);
}

static size_t
owned(const struct rt_object *object) {
    return RT_WEAK_PREFIX_BYTES + sizeof *as_weak(object) + sizeof(struct rt_weak_parts);
}

static bool
complain(struct rt_text *why, const char *what) {
    rt_text_string(why, what);
    return false;
}

static bool
has_only_weakrefs(const struct rt_weak_parts *parts) {
    struct rt_object *key, *weakref;
    size_t position = 0;

    while (parts->set != NULL ? rt_set_next(parts->set, &position, &weakref)
                              : rt_dict_next(parts->dict, &position, &key, &weakref)) {
        if (rt_kind(weakref) != RT_KIND_WEAKREF) {
            return false;
        }
    }
    return true;
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_weak_parts *parts = *parts_of(object);
    bool is_set = rt_kind(object) == RT_KIND_WEAK_SET;

    (void)rt;
    if (parts->iterating == NULL) {
        return true; /* it is being made, or was cleared */
    }
    if ((is_set ? parts->set : parts->dict) == NULL) {
        return true;
    }
    if ((is_set ? parts->dict : parts->set) != NULL) {
        return complain(why, "a weak collection is set and dict at once");
    }
    if (!has_only_weakrefs(parts)) {
        return complain(why, "a weak collection has what is no weak reference");
    }
    return rt_list_length(parts->pending) <=
               (is_set ? rt_set_length(parts->set) : rt_dict_length(parts->dict)) ||
           complain(why, "a weak collection waits to remove more than it has");
}

const struct rt_type rt_weak_set_type = {
    .drop = drop,
    .traverse = traverse,
    .clear = clear,
    .size = size,
    .owned = owned,
    .hash = rt_hash_refuse,
    .verify = verify,
    .name = "WeakSet",
    .kind = RT_KIND_WEAK_SET,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = RT_WEAK_PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct rt_weak, weakrefs),
};

const struct rt_type rt_weak_dict_type = {
    .drop = drop,
    .traverse = traverse,
    .clear = clear,
    .size = size,
    .owned = owned,
    .hash = rt_hash_refuse,
    .verify = verify,
    .name = "WeakValueDictionary",
    .kind = RT_KIND_WEAK_DICT,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = RT_WEAK_PREFIX_BYTES,
    .weakrefs_offset = offsetof(struct rt_weak, weakrefs),
};

/* ---- Making ------------------------------------------------------------------------------------- */

struct rt_object *
rt_weak_new(struct rt *rt, const struct rt_type *type) {
    struct rt_object *object = rt_object_alloc(rt, RT_WEAK_PREFIX_BYTES, sizeof(struct rt_weak));
    struct rt_weak_parts *parts = object == NULL ? NULL : rt_alloc(rt, sizeof *parts);

    if (object == NULL) {
        return NULL;
    }
    rt_object_init(object, type);
    if (parts != NULL) {
        *parts = (struct rt_weak_parts){.set = NULL};
        *parts_of(object) = parts;
        as_weak(object)->weakrefs = NULL;
        if (rt_track(rt, object)) {
            return object;
        }
        rt_free(rt, parts, sizeof *parts);
    }
    rt_object_free(rt, object, RT_WEAK_PREFIX_BYTES, sizeof(struct rt_weak));
    return rt_fail(rt, ENOMEM);
}

static struct rt_object *
new_remove(struct rt *rt, struct rt_object *self, rt_function_fn fn, size_t cell_count) {
    struct rt_object *weakref = rt_weak_ref(rt, self, NULL), *cells, *function;

    if (weakref == NULL) {
        return NULL;
    }
    cells = rt_tuple_new(rt, cell_count);
    if (cells == NULL) {
        rt_decref(rt, weakref);
        return NULL;
    }
    rt_tuple_put_steal(cells, 0, weakref);
    function = rt_function_new(rt, fn, cells, NULL);
    rt_decref(rt, cells);
    return function;
}

int
rt_weak_equip(struct rt *rt, struct rt_object *weak_collection, rt_function_fn remove,
              size_t cell_count) {
    struct rt_weak_parts *parts = *parts_of(weak_collection);

    parts->remove = new_remove(rt, weak_collection, remove, cell_count);
    if (parts->remove == NULL) {
        return -1;
    }
    parts->pending = rt_list_new(rt, 0);
    if (parts->pending == NULL) {
        return -1;
    }
    parts->iterating = rt_set_new(rt);
    return parts->iterating == NULL ? -1 : 0;
}

/* ---- Removals ----------------------------------------------------------------------------------- */

struct rt_object *
rt_weak_self(struct rt *rt, const struct rt_object *remove) {
    const struct rt_object *cells = rt_function_cells(remove);
    struct rt_object *self = cells == NULL ? NULL : rt_weakref_get(rt, rt_tuple_get(cells, 0));

    return self == NULL || (*parts_of(self))->iterating == NULL ? NULL : rt_incref(self);
}

bool
rt_weak_is_iterated(const struct rt_object *weak_collection) {
    return rt_set_length((*parts_of(weak_collection))->iterating) != 0;
}

int
rt_weak_forget_dead(struct rt *rt, struct rt_object *dict, struct rt_object *key) {
    struct rt_object *weakref;

    rt->error = ENOENT;
    weakref = rt_dict_get(rt, dict, key);
    if (weakref == NULL) {
        return rt->error == ENOENT ? 0 : -1;
    }
    return rt_weakref_get(rt, weakref) != NULL ? 0 : rt_dict_delete(rt, dict, key);
}

/* What cannot be found any more stays, and is dead. */
RT_NOINLINE void
rt_weak_commit_slowly(struct rt *rt, struct rt_object *weak_collection) {
    const struct rt_weak_parts *parts = *parts_of(weak_collection);
    int error = rt->error;

    while (rt_list_length(parts->pending) > 0) {
        struct rt_object *item =
            rt_list_pop(rt, parts->pending, rt_list_length(parts->pending) - 1);

        if (item == NULL) {
            break;
        }
        if (parts->set != NULL) {
            (void)rt_set_discard(rt, parts->set, item);
        } else {
            (void)rt_weak_forget_dead(rt, parts->dict, item);
        }
        rt_decref(rt, item);
    }
    rt->error = error;
}

/* ---- Iterations --------------------------------------------------------------------------------- */

/* Puts another part before the chain. Takes over the reference to the chain, NULL after a failure; so do the
 * others. */
static struct rt_object *
prepend(struct rt *rt, size_t bytes, struct rt_object *chain) {
    struct rt_object *part = chain == NULL ? NULL : rt_weak_part(rt, bytes, chain);

    rt_xdecref(rt, chain);
    return part;
}

/* Its pair has room for the chain. */
static struct rt_object *
prepend_dict_iterator(struct rt *rt, struct rt_object *chain) {
    struct rt_object *iterator = chain == NULL ? NULL : rt_weak_dict_iterator(rt);

    if (iterator == NULL) {
        rt_xdecref(rt, chain);
        return NULL;
    }
    rt_tuple_put_steal(kept_by((const struct part *)iterator), 0, chain);
    rt_xdecref(rt, rt_tuple_new(rt, 2)); /* the pair that is handed on */
    return iterator;
}

/* The bound methods for entering, which goes when this is done, and leaving. */
static struct rt_object *
prepend_methods(struct rt *rt, struct rt_object *chain) {
    struct rt_object *enter = chain == NULL ? NULL : rt_weak_part(rt, RT_WEAK_METHOD_BYTES, chain);

    if (enter == NULL) {
        rt_xdecref(rt, chain);
        return NULL;
    }
    chain = prepend(rt, RT_WEAK_METHOD_BYTES, chain);
    rt_decref(rt, enter);
    return chain;
}

/* _IterationGuard(self): a tuple of arguments, and in it all the rest. */
static struct rt_object *
prepend_guard(struct rt *rt, struct rt_object *chain, struct rt_object *weak_collection) {
    struct rt_object *args = chain == NULL ? NULL : rt_tuple_new(rt, 1);
    struct rt_object *guard = args == NULL ? NULL : rt_weak_part(rt, GUARD_BYTES, chain);
    struct rt_object *weakref = guard == NULL ? NULL : rt_weak_ref(rt, weak_collection, NULL);

    rt_xdecref(rt, chain);
    rt_xdecref(rt, args);
    if (weakref == NULL) {
        rt_xdecref(rt, guard);
        return NULL;
    }
    rt_decref(rt, weakref); /* the one that the callback keeps */
    return guard;
}

int
rt_weak_begin(struct rt *rt, struct rt_object *weak_collection) {
    bool is_set = rt_kind(weak_collection) == RT_KIND_WEAK_SET;
    struct rt_object *chain;
    int status;

    chain = rt_weak_part(rt, is_set ? SET_GENERATOR_BYTES : DICT_GENERATOR_BYTES, NULL);
    if (!is_set) {
        rt_weak_commit(rt, weak_collection);
    }
    chain = prepend_methods(rt, prepend_guard(rt, chain, weak_collection));
    chain = is_set ? prepend(rt, SET_ITERATOR_BYTES, chain) : prepend_dict_iterator(rt, chain);
    if (chain == NULL) {
        return -1;
    }
    status = rt_set_add(rt, (*parts_of(weak_collection))->iterating, chain);
    rt_decref(rt, chain);
    return status;
}

bool
rt_weak_next(struct rt *rt, struct rt_object *weak_collection, size_t *position,
             struct rt_object **ret_key, struct rt_object **ret_member) {
    const struct rt_weak_parts *parts = *parts_of(weak_collection);
    struct rt_object *key = NULL, *weakref, *member = NULL;

    RT_ASSERT(rt_weak_is_iterated(weak_collection), "rt_weak_begin was called before");
    while (member == NULL) {
        if (!(parts->set != NULL ? rt_set_next(parts->set, position, &weakref)
                                 : rt_dict_next(parts->dict, position, &key, &weakref))) {
            return false;
        }
        member = rt_weakref_get(rt, weakref);
    }
    *ret_member = rt_incref(member);
    *ret_key = key == NULL ? NULL : rt_incref(key);
    return true;
}

void
rt_weak_end(struct rt *rt, struct rt_object *weak_collection) {
    struct rt_object *guard;

    RT_ASSERT(rt_weak_is_iterated(weak_collection), "rt_weak_begin was called before");
    guard = rt_set_pop(rt, (*parts_of(weak_collection))->iterating);
    if (!rt_weak_is_iterated(weak_collection)) {
        rt_weak_commit(rt, weak_collection);
    }
    rt_xdecref(rt, guard);
}
