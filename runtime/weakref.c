/* SPDX-License-Identifier: MIT
 *
 * weakref.c: references that do not count.
 *
 * An object that can be referred to weakly has a word for the list of its weak references: first the one
 * without a callback, which all who ask for one share; then the others, newest first. When the object dies
 * all of them are dead before the first callback is called, and callbacks come in the list's order.
 *
 * Invariants:
 *   - A weak reference is on its referent's list exactly while `referent` is not NULL.
 *   - Only the first of a list may be without a callback and a key.
 *   - What is called has lost its callback before.
 */
#include "runtime/weakref.h"

static struct rt_weakref *
as_weakref(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_WEAKREF);
    return (struct rt_weakref *)object;
}

static RT_ALWAYS_INLINE struct rt_weakref **
list_of(const struct rt_object *referent) {
    return (struct rt_weakref **)((char *)(uintptr_t)referent + referent->type->weakrefs_offset);
}

static RT_ALWAYS_INLINE bool
is_basic(const struct rt_weakref *self) {
    return self->callback == NULL && self->key == NULL;
}

/* ---- Lists -------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
link_in(struct rt_weakref *self) {
    struct rt_weakref **list = list_of(self->referent), *before = NULL;

    if (!is_basic(self) && *list != NULL && is_basic(*list)) {
        before = *list;
    }
    self->previous = before;
    self->next = before == NULL ? *list : before->next;
    if (self->next != NULL) {
        self->next->previous = self;
    }
    *(before == NULL ? list : &before->next) = self;
}

static RT_ALWAYS_INLINE void
unlink_from_referent(struct rt_weakref *self) {
    if (self->referent == NULL) {
        return;
    }
    if (self->previous != NULL) {
        self->previous->next = self->next;
    } else {
        *list_of(self->referent) = self->next;
    }
    if (self->next != NULL) {
        self->next->previous = self->previous;
    }
    self->previous = self->next = NULL;
    self->referent = NULL;
}

size_t
rt_weakref_count(const struct rt_object *referent) {
    const struct rt_weakref *weakref =
        referent->type->weakrefs_offset == 0 ? NULL : *list_of(referent);
    size_t count = 0;

    for (; weakref != NULL; weakref = weakref->next) {
        count++;
    }
    return count;
}

/* ---- The type ----------------------------------------------------------------------------------- */

static void
traverse(struct rt_object *object, rt_visit_fn visit, void *context) {
    const struct rt_weakref *self = as_weakref(object);

    if (self->callback != NULL) {
        visit(self->callback, context);
    }
    if (self->key != NULL) {
        visit(self->key, context);
    }
}

static void
clear(struct rt *rt, struct rt_object *object) {
    struct rt_weakref *self = as_weakref(object);
    struct rt_object *callback = self->callback;

    unlink_from_referent(self);
    self->callback = NULL;
    rt_xdecref(rt, callback);
}

static void
drop(struct rt *rt, struct rt_object *object) {
    struct rt_weakref *self = (struct rt_weakref *)object;

    rt_untrack(rt, object);
    unlink_from_referent(self);
    rt_xdecref(rt, self->callback);
    rt_xdecref(rt, self->key);
    rt_object_free(rt, object, sizeof(struct rt_head), sizeof *self);
}

static size_t
size_of(const struct rt_object *object) {
    (void)object;
    return sizeof(struct rt_weakref);
}

static size_t
owned(const struct rt_object *object) {
    (void)object;
    return sizeof(struct rt_head) + sizeof(struct rt_weakref);
}

static int
hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    struct rt_weakref *self = as_weakref(object);

    if (self->hash == -1) {
        struct rt_object *referent = rt_weakref_get(rt, object);

        if (referent == NULL) {
            return rt_refuse(rt, EINVAL);
        }
        if (rt_hash(rt, referent, &self->hash) != 0) {
            self->hash = -1;
            return -1;
        }
    }
    *ret_hash = self->hash;
    return 0;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    struct rt_object *left, *right;

    if (other->type != &rt_weakref_type) {
        return 0;
    }
    left = rt_weakref_get(rt, one);
    right = rt_weakref_get(rt, other);
    return left != NULL && right != NULL ? rt_equal_deep(rt, left, right, depth + 1) : 0;
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_weakref *self = as_weakref(object);

    (void)rt;
    if (self->referent == NULL) {
        return true;
    }
    if (self->referent->type->weakrefs_offset == 0 ||
        (self->previous == NULL ? *list_of(self->referent) : self->previous->next) != self ||
        (self->next != NULL && self->next->previous != self)) {
        rt_text_string(why, "a weak reference is not on its referent's list");
        return false;
    }
    if (is_basic(self) && self->previous != NULL) {
        rt_text_string(why, "a weak reference without a callback is not the first of its list");
        return false;
    }
    return true;
}

const struct rt_type rt_weakref_type = {
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
    .prefix_bytes = sizeof(struct rt_head),
};

/* ---- Making ------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE struct rt_object *
find_basic(const struct rt_object *referent) {
    struct rt_weakref *first = *list_of(referent);

    return first != NULL && is_basic(first) ? &first->object : NULL;
}

static struct rt_object *
make(struct rt *rt, struct rt_object *referent, struct rt_object *callback,
     struct rt_object *key) {
    struct rt_object *object =
        rt_object_alloc(rt, sizeof(struct rt_head), sizeof(struct rt_weakref));
    struct rt_weakref *self = (struct rt_weakref *)object;

    if (RT_UNLIKELY(object == NULL)) {
        return NULL;
    }
    rt_object_init(object, &rt_weakref_type);
    *self = (struct rt_weakref){
        .object = self->object, .referent = referent, .callback = callback, .key = key, .hash = -1};
    if (RT_UNLIKELY(!rt_track(rt, object))) {
        rt_object_free(rt, object, sizeof(struct rt_head), sizeof *self);
        return NULL;
    }
    if (callback != NULL) {
        rt_incref(callback);
    }
    if (key != NULL) {
        rt_incref(key);
    }
    if (callback == NULL && key == NULL && find_basic(referent) != NULL) { /* made meanwhile */
        self->referent = NULL;
        rt_decref(rt, object);
        return rt_incref(find_basic(referent));
    }
    link_in(self);
    return object;
}

struct rt_object *
rt_weakref_new(struct rt *rt, struct rt_object *referent, struct rt_object *callback) {
    struct rt_object *basic;

    if (RT_UNLIKELY(referent->type->weakrefs_offset == 0)) {
        return rt_fail(rt, EINVAL);
    }
    if (callback != NULL) {
        return make(rt, referent, callback, NULL);
    }
    basic = find_basic(referent);
    if (basic != NULL) {
        return rt_incref(basic);
    }
    return make(rt, referent, NULL, NULL);
}

struct rt_object *
rt_weakref_new_keyed(struct rt *rt, struct rt_object *referent, struct rt_object *callback,
                     struct rt_object *key) {
    if (referent->type->weakrefs_offset == 0) {
        return rt_fail(rt, EINVAL);
    }
    return make(rt, referent, callback, key);
}

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

static void
call_back(struct rt *rt, struct rt_object *weakref, struct rt_object *callback) {
    struct rt_object *result = rt_call(rt, callback, &weakref, 1);

    if (result == NULL) {
        rt_report_unraisable(rt, callback);
    } else {
        rt_decref(rt, result);
    }
}

/* The only one left. */
static void
clear_and_call(struct rt *rt, struct rt_weakref *self) {
    struct rt_object *callback = self->callback;

    self->callback = NULL;
    unlink_from_referent(self);
    if (callback == NULL) {
        return;
    }
    if (self->object.count > 0) {
        rt_incref(&self->object);
        call_back(rt, &self->object, callback);
        rt_decref(rt, &self->object);
    }
    rt_decref(rt, callback);
}

/* All are dead first; a tuple, as in CPython, holds them and their callbacks meanwhile. */
static void
clear_and_call_all(struct rt *rt, struct rt_weakref **list, size_t count) {
    struct rt_object *pairs = rt_tuple_new(rt, 2 * count);

    if (pairs == NULL) {
        rt_report_unraisable(rt, &(*list)->object);
    }
    for (size_t i = 0; *list != NULL; i++) {
        struct rt_weakref *self = *list;

        if (pairs != NULL && self->object.count > 0 && self->callback != NULL) {
            rt_tuple_put_steal(pairs, 2 * i, rt_incref(&self->object));
            rt_tuple_put_steal(pairs, 2 * i + 1, self->callback);
            self->callback = NULL;
        }
        unlink_from_referent(self);
    }
    for (size_t i = 0; pairs != NULL && i < count; i++) {
        if (rt_tuple_get(pairs, 2 * i + 1) != NULL) {
            call_back(rt, rt_tuple_get(pairs, 2 * i), rt_tuple_get(pairs, 2 * i + 1));
        }
    }
    rt_xdecref(rt, pairs);
}

void
rt_weakref_clear_all(struct rt *rt, struct rt_object *referent) {
    struct rt_weakref **list = list_of(referent);
    size_t count;

    if (*list != NULL && is_basic(*list)) {
        unlink_from_referent(*list);
    }
    while (rt->is_ending && *list != NULL) {
        unlink_from_referent(*list);
    }
    count = rt_weakref_count(referent);
    if (count == 1) {
        clear_and_call(rt, *list);
    } else if (count > 1) {
        clear_and_call_all(rt, list, count);
    }
}
