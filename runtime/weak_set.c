/* SPDX-License-Identifier: MIT
 *
 * weak_set.c: sets that do not keep their members.
 *
 * A weak set has a set of weak references, which are equal and hash as their referents do. To look for a
 * member a plain weak reference to it is made, and dropped again.
 */
#include "runtime/weak_collection.h"
#include "runtime/weakref.h"

static const struct rt_weak_parts *
parts_of(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_WEAK_SET);
    return rt_weak_parts(object);
}

/* The callback: the member is dead. */
static struct rt_object *
remove_member(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
              size_t count) {
    struct rt_object *self = rt_weak_self(rt, function);
    int status = 0;

    (void)count;
    if (self != NULL) {
        status = rt_weak_is_iterated(self) ? rt_list_append(rt, parts_of(self)->pending, args[0])
                                           : rt_set_discard(rt, parts_of(self)->set, args[0]);
        rt_decref(rt, self);
    }
    return status < 0 ? NULL : rt_incref(rt_none(rt));
}

struct rt_object *
rt_weak_set_new(struct rt *rt) {
    struct rt_object *object = rt_weak_new(rt, &rt_weak_set_type);
    struct rt_weak_parts *parts;

    if (object == NULL) {
        return NULL;
    }
    parts = rt_weak_parts(object);
    parts->set = rt_set_new(rt);
    if (parts->set == NULL || rt_weak_equip(rt, object, remove_member, 1) != 0) {
        int error = rt->error;

        rt_decref(rt, object);
        return rt_fail(rt, error);
    }
    return object;
}

int
rt_weak_set_add(struct rt *rt, struct rt_object *weak_set, struct rt_object *member) {
    struct rt_object *weakref;
    int status;

    rt_weak_commit(rt, weak_set);
    weakref = rt_weak_ref(rt, member, parts_of(weak_set)->remove);
    if (weakref == NULL) {
        return -1;
    }
    status = rt_set_add(rt, parts_of(weak_set)->set, weakref);
    rt_decref(rt, weakref);
    return status;
}

int
rt_weak_set_discard(struct rt *rt, struct rt_object *weak_set, struct rt_object *member) {
    struct rt_object *weakref;
    int status;

    rt_weak_commit(rt, weak_set);
    weakref = rt_weak_ref(rt, member, NULL);
    if (weakref == NULL) {
        return -1;
    }
    status = rt_set_discard(rt, parts_of(weak_set)->set, weakref);
    rt_decref(rt, weakref);
    return status;
}

/* What takes no weak references is in no weak set. */
int
rt_weak_set_contains(struct rt *rt, struct rt_object *weak_set, struct rt_object *member) {
    struct rt_object *weakref;
    int status;

    if (member->type->weakrefs_offset == 0) {
        return 0;
    }
    weakref = rt_weak_ref(rt, member, NULL);
    if (weakref == NULL) {
        return -1;
    }
    status = rt_set_contains(rt, parts_of(weak_set)->set, weakref);
    rt_decref(rt, weakref);
    return status;
}

size_t
rt_weak_set_length(const struct rt_object *weak_set) {
    return rt_set_length(parts_of(weak_set)->set) - rt_list_length(parts_of(weak_set)->pending);
}
