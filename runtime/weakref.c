/* SPDX-License-Identifier: MIT
 *
 * weakref.c: references that do not count.
 *
 * An object that can be referred to weakly has a word for the list of its weak references: first the plain
 * one, without callback or key, which all who ask for one share; then the others, newest first. When the
 * object dies all of them are dead before the first callback is called, and callbacks come in the list's
 * order. For more than one a tuple keeps references and callbacks until all were called, as in CPython,
 * where it counts for the collector too.
 *
 * Invariants:
 *   - A weak reference is on its referent's list exactly while `referent` is not NULL.
 *   - A list has at most one plain reference, and that is the first.
 *   - Who is called because the referent lost its last reference has no callback any more.
 */
#include "runtime/weakref.h"

enum {
    PREFIX_BYTES = sizeof(struct rt_head),
};

static const struct rt_type plain_type, keyed_type;

static RT_ALWAYS_INLINE struct rt_weakref *
as_weakref(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_WEAKREF);
    return (struct rt_weakref *)object;
}

static RT_ALWAYS_INLINE struct rt_keyed_weakref *
as_keyed(const struct rt_object *object) {
    RT_ASSERT(object->type == &keyed_type, "the weak reference has a key");
    return (struct rt_keyed_weakref *)object;
}

static RT_ALWAYS_INLINE struct rt_weakref **
list_of(const struct rt_object *referent) {
    return (struct rt_weakref **)((uintptr_t)referent + referent->type->weakrefs_offset);
}

static RT_ALWAYS_INLINE bool
is_plain(const struct rt_weakref *self) {
    return self->callback == NULL && self->object.type == &plain_type;
}

static RT_ALWAYS_INLINE struct rt_weakref *
find_plain(const struct rt_object *referent) {
    struct rt_weakref *first = *list_of(referent);

    return first != NULL && is_plain(first) ? first : NULL;
}

/* ---- Lists -------------------------------------------------------------------------------------- */

/* Behind the plain one, unless it is to be the plain one. */
static RT_ALWAYS_INLINE void
link_to(struct rt_object *referent, struct rt_weakref *self, bool may_be_second) {
    struct rt_weakref **place = list_of(referent), *next = *place;

    self->referent = referent;
    self->previous = NULL;
    if (next != NULL) {
        if (may_be_second && is_plain(next)) {
            self->previous = next;
            place = &next->next;
            next = *place;
        }
        if (next != NULL) {
            next->previous = self;
        }
    }
    self->next = next;
    *place = self;
}

/* The reference itself still points to its neighbours and the referent. */
static RT_ALWAYS_INLINE void
take_off_list(struct rt_weakref *self) {
    struct rt_weakref *next = self->next, *previous = self->previous;

    *(previous == NULL ? list_of(self->referent) : &previous->next) = next;
    if (next != NULL) {
        next->previous = previous;
    }
}

static RT_ALWAYS_INLINE void
unlink_from_referent(struct rt_weakref *self) {
    if (self->referent != NULL) {
        take_off_list(self);
        self->previous = self->next = NULL;
        self->referent = NULL;
    }
}

size_t
rt_weakref_count(const struct rt_object *referent) {
    const struct rt_object *weakref = rt_weakref_first(referent);
    size_t count = 0;

    for (; weakref != NULL; weakref = rt_weakref_next(weakref)) {
        count++;
    }
    return count;
}

/* ---- The types ---------------------------------------------------------------------------------- */

static void
traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (as_weakref(object)->callback != NULL) {
        visit(as_weakref(object)->callback, context);
    }
}

static void
traverse_keyed(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (as_keyed(object)->key != NULL) {
        visit(as_keyed(object)->key, context);
    }
    traverse(object, visit, context);
}

static void
clear(struct rt *rt, struct rt_object *object) {
    struct rt_object *callback = as_weakref(object)->callback;

    unlink_from_referent(as_weakref(object));
    as_weakref(object)->callback = NULL;
    rt_xdecref(rt, callback);
}

static void
clear_keyed(struct rt *rt, struct rt_object *object) {
    struct rt_object *key = as_keyed(object)->key;

    as_keyed(object)->key = NULL;
    rt_xdecref(rt, key);
    clear(rt, object);
}

/* What is rare stands apart, so that the rest needs no stack frame. */
static RT_NOINLINE void
drop_with_callback(struct rt *rt, struct rt_object *object) {
    rt_object_drop(rt, as_weakref(object)->callback);
    rt_object_free(rt, object, PREFIX_BYTES, sizeof(struct rt_weakref));
}

static void
drop(struct rt *rt, struct rt_object *object) {
    struct rt_weakref *self = as_weakref(object);

    rt_untrack(rt, object);
    if (self->referent != NULL) {
        take_off_list(self);
    }
    if (self->callback != NULL && RT_UNLIKELY(--self->callback->count == 0)) {
        drop_with_callback(rt, object);
        return;
    }
    rt_object_free(rt, object, PREFIX_BYTES, sizeof *self);
}

static void
drop_keyed(struct rt *rt, struct rt_object *object) {
    struct rt_keyed_weakref *self = (struct rt_keyed_weakref *)object;

    rt_untrack(rt, object);
    unlink_from_referent(&self->weakref);
    rt_xdecref(rt, self->key);
    rt_xdecref(rt, self->weakref.callback);
    rt_object_free(rt, object, PREFIX_BYTES, sizeof *self);
}

static size_t
size_of(const struct rt_object *object) {
    return object->type == &keyed_type ? sizeof(struct rt_keyed_weakref)
                                       : sizeof(struct rt_weakref);
}

static size_t
owned(const struct rt_object *object) {
    return PREFIX_BYTES + size_of(object);
}

static int
hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    struct rt_weakref *self = as_weakref(object);

    if (self->hash == -1) {
        struct rt_object *referent = rt_weakref_get(rt, object);
        int64_t value;

        if (referent == NULL) {
            return rt_refuse(rt, EINVAL);
        }
        if (rt_hash(rt, referent, &value) != 0) {
            return -1;
        }
        self->hash = value;
    }
    *ret_hash = self->hash;
    return 0;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    struct rt_object *left, *right;

    if (rt_kind(other) != RT_KIND_WEAKREF) {
        return 0;
    }
    left = rt_weakref_get(rt, one);
    right = rt_weakref_get(rt, other);
    return left != NULL && right != NULL ? rt_equal_deep(rt, left, right, depth + 1) : 0;
}

static bool
complain(struct rt_text *why, const char *what) {
    rt_text_string(why, what);
    return false;
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_weakref *self = as_weakref(object);

    (void)rt;
    if (self->referent == NULL) {
        return (self->previous == NULL && self->next == NULL) ||
               complain(why, "a dead weak reference is on a list");
    }
    if (self->referent->type->weakrefs_offset == 0) {
        return complain(why, "a weak reference is to what takes none");
    }
    if ((self->previous == NULL ? *list_of(self->referent) : self->previous->next) != self ||
        (self->next != NULL && self->next->previous != self)) {
        return complain(why, "a weak reference is not on its referent's list");
    }
    return !is_plain(self) || self->previous == NULL ||
           complain(why, "a weak reference without a callback is not the first of its list");
}

static const struct rt_type plain_type = {
    .drop = drop,
    .traverse = traverse,
    .clear = clear,
    .size = size_of,
    .owned = owned,
    .hash = hash,
    .equal = equal,
    .verify = verify,
    .name = "weakref",
    .kind = RT_KIND_WEAKREF,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
};

static const struct rt_type keyed_type = {
    .drop = drop_keyed,
    .traverse = traverse_keyed,
    .clear = clear_keyed,
    .size = size_of,
    .owned = owned,
    .hash = hash,
    .equal = equal,
    .verify = verify,
    .name = "KeyedRef",
    .kind = RT_KIND_WEAKREF,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = PREFIX_BYTES,
};

/* ---- Making ------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE struct rt_object *
fill_in(struct rt_weakref *self, struct rt_object *referent, struct rt_object *callback) {
    self->hash = -1;
    self->callback = callback;
    if (callback != NULL) {
        rt_incref(callback);
    }
    link_to(referent, self, /* may_be_second */ callback != NULL || !is_plain(self));
    return &self->object;
}

/* The collector may have run when this returns, and callbacks with it. */
static struct rt_object *
take(struct rt *rt, const struct rt_type *type, size_t bytes) {
    struct rt_object *object = rt_object_alloc(rt, PREFIX_BYTES, bytes);

    if (object == NULL) {
        return NULL;
    }
    rt_object_init(object, type);
    if (!rt_track(rt, object)) {
        rt_object_free(rt, object, PREFIX_BYTES, bytes);
        return NULL;
    }
    return object;
}

static RT_NOINLINE struct rt_object *
make_slowly(struct rt *rt, struct rt_object *referent, struct rt_object *callback) {
    struct rt_weakref *self, *plain;

    if (referent->type->weakrefs_offset == 0) {
        return rt_fail(rt, EINVAL);
    }
    self = (struct rt_weakref *)take(rt, &plain_type, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    plain = callback == NULL ? find_plain(referent) : NULL;
    if (plain == NULL) {
        return fill_in(self, referent, callback);
    }
    self->referent = NULL;
    self->callback = NULL; /* one was made meanwhile */
    rt_decref(rt, &self->object);
    return rt_incref(&plain->object);
}

struct rt_object *
rt_weakref_new(struct rt *rt, struct rt_object *referent, struct rt_object *callback) {
    struct rt_object *object;

    if (RT_UNLIKELY(referent->type->weakrefs_offset == 0)) {
        return make_slowly(rt, referent, callback);
    }
    if (callback == NULL) {
        struct rt_weakref *plain = find_plain(referent);

        if (plain != NULL) {
            return rt_incref(&plain->object);
        }
    }
    object = rt_object_simple(rt, &plain_type, PREFIX_BYTES, sizeof(struct rt_weakref));
    if (RT_UNLIKELY(object == NULL)) {
        return make_slowly(rt, referent, callback);
    }
    return fill_in((struct rt_weakref *)object, referent, callback);
}

struct rt_object *
rt_weakref_new_keyed(struct rt *rt, struct rt_object *referent, struct rt_object *callback,
                     struct rt_object *key) {
    struct rt_keyed_weakref *self;

    if (referent->type->weakrefs_offset == 0) {
        return rt_fail(rt, EINVAL);
    }
    self = (struct rt_keyed_weakref *)take(rt, &keyed_type, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->key = rt_incref(key);
    return fill_in(&self->weakref, referent, callback);
}

/* An object that is about to die, or waits for it, has no references left. */
struct rt_object *
rt_weakref_get(struct rt *rt, const struct rt_object *weakref) {
    struct rt_object *referent = as_weakref(weakref)->referent;

    (void)rt;
    return referent != NULL && referent->count > 0 ? referent : NULL;
}

/* ---- The referent's end ------------------------------------------------------------------------- */

void
rt_weakref_clear(struct rt *rt, struct rt_object *weakref) {
    (void)rt;
    unlink_from_referent(as_weakref(weakref));
}

static RT_ALWAYS_INLINE void
call(struct rt *rt, struct rt_object *weakref, struct rt_object *callback) {
    struct rt_object *result = rt_call(rt, callback, &weakref, 1);

    if (RT_UNLIKELY(result == NULL)) {
        rt_report_unraisable(rt, callback);
    } else {
        rt_decref(rt, result);
    }
}

void
rt_weakref_call(struct rt *rt, struct rt_object *weakref) {
    struct rt_object *callback = as_weakref(weakref)->callback;

    if (callback != NULL) {
        rt_incref(callback);
        call(rt, weakref, callback);
        rt_decref(rt, callback);
    }
}

/* Makes the first of a list dead; the next one, if any, is the first from now on. */
static RT_ALWAYS_INLINE struct rt_weakref *
take_first(struct rt_weakref **list, struct rt_weakref *first) {
    struct rt_weakref *next = first->next;

    *list = next;
    if (next != NULL) {
        next->previous = NULL;
    }
    first->next = NULL;
    first->referent = NULL;
    return next;
}

static void
clear_silently(struct rt_weakref **list) {
    while (*list != NULL) {
        take_first(list, *list);
    }
}

static RT_ALWAYS_INLINE void
clear_and_call(struct rt *rt, struct rt_weakref **list, struct rt_weakref *only) {
    struct rt_object *callback = only->callback;
    int error = rt->error; /* of whoever is dropping the referent */

    take_first(list, only);
    if (RT_UNLIKELY(callback == NULL)) {
        return;
    }
    only->callback = NULL;
    rt_incref(&only->object);
    call(rt, &only->object, callback);
    rt_decref(rt, &only->object);
    rt_decref(rt, callback);
    rt->error = error;
}

/* The pairs of the tuple are filled in as far as there are callbacks. */
static void
clear_into(struct rt_weakref **list, struct rt_object *pairs) {
    size_t length = rt_tuple_length(pairs);
    struct rt_weakref *self = *list;

    for (size_t i = 0; self != NULL && i < length; i += 2) {
        struct rt_weakref *next = self->next;

        if (self->callback != NULL) {
            rt_tuple_put_steal(pairs, i, rt_incref(&self->object));
            rt_tuple_put_steal(pairs, i + 1, self->callback);
            self->callback = NULL;
        }
        self->previous = self->next = NULL;
        self->referent = NULL;
        self = next;
    }
    *list = self;
    if (self != NULL) {
        self->previous = NULL;
    }
}

/* Without memory for the tuple nobody is called, which is reported. */
static RT_NOINLINE void
clear_and_call_all(struct rt *rt, struct rt_weakref **list, struct rt_object *referent) {
    int error = rt->error;
    struct rt_object *pairs = rt_tuple_new(rt, 2 * rt_weakref_count(referent));

    if (pairs == NULL) {
        rt_report_unraisable(rt, &(*list)->object);
        rt->error = error;
        return;
    }
    clear_into(list, pairs);
    for (size_t i = 0; i < rt_tuple_length(pairs); i += 2) {
        if (RT_LIKELY(rt_tuple_get(pairs, i) != NULL)) {
            call(rt, rt_tuple_get(pairs, i), rt_tuple_get(pairs, i + 1));
        }
    }
    rt_decref(rt, pairs);
    rt->error = error;
}

void
rt_weakref_clear_all(struct rt *rt, struct rt_object *referent) {
    struct rt_weakref **list = list_of(referent), *first = *list;

    if (first != NULL && is_plain(first)) {
        first = take_first(list, first);
    }
    if (first == NULL) {
        return;
    }
    if (RT_LIKELY(!rt->is_ending)) {
        if (RT_LIKELY(first->next == NULL)) {
            clear_and_call(rt, list, first);
        } else {
            clear_and_call_all(rt, list, referent);
        }
    }
    clear_silently(list);
}
