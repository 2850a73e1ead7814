/* SPDX-License-Identifier: MIT
 *
 * weak_dict.c: dicts that do not keep their values.
 *
 * A weak dict has a dict of weak references, each of which knows its key, so that the callback knows what to
 * remove. A key whose value was replaced meanwhile is not removed: what stands there now is another weak
 * reference.
 */
#include "runtime/weak_collection.h"
#include "runtime/weakref.h"

enum {
    SUPER_BYTES = 56,
    WRAPPER_BYTES = 48,
    TUPLE_ITERATOR_BYTES = 48,
};

static const struct rt_weak_parts *
parts_of(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_WEAK_DICT);
    return rt_weak_parts(object);
}

/* ---- Removals ----------------------------------------------------------------------------------- */

static int
remove_value(struct rt *rt, struct rt_object *self, struct rt_object *weakref) {
    struct rt_object *key = rt_weakref_key(weakref), *dict = parts_of(self)->dict;
    int status = 0;

    if (key != NULL && rt_dict_get(rt, dict, key) == weakref) {
        rt_incref(key);
        status = rt_weak_is_iterated(self) ? rt_list_append(rt, parts_of(self)->pending, key)
                                           : rt_dict_delete(rt, dict, key);
        rt_decref(rt, key);
    }
    return status;
}

/* The callback: the value is dead. */
static struct rt_object *
remove_pair(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
            size_t count) {
    struct rt_object *self = rt_weak_self(rt, function);
    int status = 0;

    (void)count;
    if (self != NULL) {
        status = remove_value(rt, self, args[0]);
        rt_decref(rt, self);
    }
    return status < 0 ? NULL : rt_incref(rt_none(rt));
}

/* ---- Making ------------------------------------------------------------------------------------- */

/* self.update((), **{}), which has nothing to do and needs a method, a tuple and three dicts to find that out;
 * the last of them is dict(()), which is not taken from the free list to which it goes, and goes through
 * the tuple with an iterator. */
static void
pass_update(struct rt *rt) {
    struct rt_object *made[5];

    made[0] = rt_weak_part(rt, RT_WEAK_METHOD_BYTES, NULL);
    made[1] = rt_tuple_new(rt, 1);
    made[2] = rt_dict_new(rt);
    made[3] = rt_dict_new(rt);
    made[4] = rt_dict_call(rt);
    rt_weak_pass(rt, TUPLE_ITERATOR_BYTES);
    rt_xdecref(rt, rt_weak_dict_iterator(rt)); /* over each of two of them */
    rt_xdecref(rt, rt_weak_dict_iterator(rt));
    for (size_t i = RT_COUNT_OF(made); i-- > 0;) {
        rt_xdecref(rt, made[i]);
    }
}

struct rt_object *
rt_weak_dict_new(struct rt *rt) {
    struct rt_object *object = rt_weak_new(rt, &rt_weak_dict_type), *keywords;
    struct rt_weak_parts *parts;

    if (object == NULL) {
        return NULL;
    }
    parts = rt_weak_parts(object);
    keywords = rt_dict_new(rt);
    if (keywords != NULL && rt_weak_equip(rt, object, remove_pair, 2) == 0) {
        parts->dict = rt_dict_new(rt);
    }
    if (keywords == NULL || parts->dict == NULL) {
        int error = rt->error;

        rt_xdecref(rt, keywords);
        rt_decref(rt, object);
        return rt_fail(rt, error);
    }
    pass_update(rt);
    rt_decref(rt, keywords);
    return object;
}

/* ---- The calls ---------------------------------------------------------------------------------- */

/* KeyedRef(value, callback, key): its arguments, those for its base class, and those without the class. Then
 * it is initialised, through super. */
static struct rt_object *
new_keyed(struct rt *rt, struct rt_object *weak_dict, struct rt_object *key,
          struct rt_object *value) {
    struct rt_object *args[3], *weakref = NULL;

    args[0] = rt_tuple_new(rt, 3);
    args[1] = args[0] == NULL ? NULL : rt_tuple_new(rt, 3);
    args[2] = args[1] == NULL ? NULL : rt_tuple_new(rt, 2);
    if (args[2] != NULL) {
        weakref = rt_weakref_new_keyed(rt, value, parts_of(weak_dict)->remove, key);
    }
    rt_xdecref(rt, args[2]);
    rt_xdecref(rt, args[1]);
    if (weakref != NULL) {
        struct rt_object *super = rt_weak_part(rt, SUPER_BYTES, NULL);

        rt_weak_pass(rt, WRAPPER_BYTES);
        rt_xdecref(rt, super);
    }
    rt_xdecref(rt, args[0]);
    return weakref;
}

int
rt_weak_dict_set(struct rt *rt, struct rt_object *weak_dict, struct rt_object *key,
                 struct rt_object *value) {
    struct rt_object *weakref;
    int status;

    rt_weak_commit(rt, weak_dict);
    weakref = new_keyed(rt, weak_dict, key, value);
    if (weakref == NULL) {
        return -1;
    }
    status = rt_dict_set(rt, parts_of(weak_dict)->dict, key, weakref);
    rt_decref(rt, weakref);
    return status;
}

struct rt_object *
rt_weak_dict_get(struct rt *rt, struct rt_object *weak_dict, struct rt_object *key) {
    struct rt_object *weakref, *value;

    rt_weak_commit(rt, weak_dict);
    weakref = rt_dict_get(rt, parts_of(weak_dict)->dict, key);
    if (weakref == NULL) {
        return NULL;
    }
    value = rt_weakref_get(rt, weakref);
    return value == NULL ? rt_fail(rt, ENOENT) : rt_incref(value);
}

int
rt_weak_dict_delete(struct rt *rt, struct rt_object *weak_dict, struct rt_object *key) {
    rt_weak_commit(rt, weak_dict);
    return rt_dict_delete(rt, parts_of(weak_dict)->dict, key);
}

size_t
rt_weak_dict_length(const struct rt_object *weak_dict) {
    return rt_dict_length(parts_of(weak_dict)->dict) - rt_list_length(parts_of(weak_dict)->pending);
}
