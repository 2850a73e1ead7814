/* SPDX-License-Identifier: MIT
 *
 * attribute.c: attributes by name.
 *
 * The order of a search is Python's: a descriptor of a slot in the class; the instance's own attribute; any
 * other attribute of the class, where a function becomes a method. What a search found in the instance
 * is kept as a hint in the class, so that the next one for the same name takes a comparison: the index of
 * a shared name never changes, nor does a slot's offset.
 *
 * Names are interned when they are set, so the same name is nearly always the same object.
 */
#include "runtime/class.h"
#include "runtime/dict.h"
#include "runtime/str.h"
#include "runtime/values.h"

/* ---- What the hints know ------------------------------------------------------------------------ */

/* The place of the attribute in this instance, or NULL when this hint does not know it. */
static RT_ALWAYS_INLINE struct rt_object **
place_by_hint(const struct rt_hint *hint, struct rt_object *instance,
              const struct rt_object *name) {
    char *base = (char *)instance;

    if (RT_UNLIKELY(hint->name != name)) {
        return NULL;
    }
    if (!hint->is_slot) {
        base = (char *)rt_instance_managed(instance)->values;
        if (RT_UNLIKELY(base == NULL)) {
            return NULL;
        }
    }
    return (struct rt_object **)(base + hint->offset);
}

static void
remember(struct rt_class *class_object, const struct rt_object *name, size_t offset, bool is_slot) {
    struct rt_hint *hint = rt_class_hint(class_object, name);
    struct rt_hint *second = rt_class_second_hint(class_object, name);

    if (hint->name != NULL && hint->name != name &&
        (second->name == NULL || second->name == name)) {
        hint = second;
    }
    *hint = (struct rt_hint){.name = name, .offset = (uint32_t)offset, .is_slot = is_slot};
}

static void
remember_value(struct rt_class *class_object, const struct rt_object *name, int64_t index) {
    remember(class_object, name, (size_t)index * sizeof(struct rt_object *), /* is_slot */ false);
}

/* ---- Descriptors -------------------------------------------------------------------------------- */

static bool
derives_from(const struct rt_class *class_object, const struct rt_class *ancestor) {
    while (class_object != NULL && class_object != ancestor) {
        class_object = class_object->base;
    }
    return class_object != NULL;
}

/* A descriptor made for this class or one that it derives from: others are mere values. */
static const struct rt_descriptor *
as_descriptor_for(const struct rt_class *class_object, const struct rt_object *found) {
    const struct rt_descriptor *descriptor = (const struct rt_descriptor *)found;

    return found != NULL && found->type == &rt_descriptor_type &&
                   derives_from(class_object, descriptor->class_object)
               ? descriptor
               : NULL;
}

static struct rt_object **
slot_place(struct rt_object *instance, const struct rt_descriptor *descriptor) {
    /* The hint wants the name object that the class keeps. */
    remember(rt_instance_class(instance), descriptor->name, descriptor->offset,
             /* is_slot */ true);
    return (struct rt_object **)((char *)instance + descriptor->offset);
}

static struct rt_object *
get_by_descriptor(struct rt *rt, struct rt_object *instance,
                  const struct rt_descriptor *descriptor) {
    struct rt_object *value = NULL;

    if (descriptor->what == RT_DESCRIPTOR_SLOT) {
        value = *slot_place(instance, descriptor);
    } else if (descriptor->what == RT_DESCRIPTOR_DICT) {
        value = rt_instance_dict(rt, instance);
        if (value == NULL) {
            return NULL;
        }
    } else {
        value = *(struct rt_object **)((char *)instance + instance->type->weakrefs_offset);
        value = value == NULL ? rt_none(rt) : value;
    }
    return value == NULL ? rt_fail(rt, ENOENT) : rt_incref(value);
}

static int
set_by_descriptor(struct rt *rt, struct rt_object *instance, const struct rt_descriptor *descriptor,
                  struct rt_object *value) {
    struct rt_object **place, *old;

    if (descriptor->what == RT_DESCRIPTOR_DICT && value != NULL) {
        return value->type == &rt_dict_type ? rt_instance_set_dict(rt, instance, value)
                                            : rt_refuse(rt, EINVAL);
    }
    if (descriptor->what != RT_DESCRIPTOR_SLOT) {
        return rt_refuse(rt, EINVAL);
    }
    place = slot_place(instance, descriptor);
    old = *place;
    if (old == NULL && value == NULL) {
        return rt_refuse(rt, ENOENT);
    }
    if (value != NULL) {
        rt_incref(value);
    }
    *place = value;
    rt_xdecref(rt, old);
    return 0;
}

/* ---- Values and dicts --------------------------------------------------------------------------- */

/* Gives the instance the dict, over the class's names, unless it has got one since there was none: a finalizer may
 * set an attribute, or look at __dict__, in a collection that the request for the dict began. Takes the dict over. */
static void
give_dict(struct rt *rt, struct rt_object *instance, struct rt_object *dict) {
    struct rt_managed *managed = rt_instance_managed(instance);

    if (managed->dict != NULL ||
        (managed->values != NULL &&
         rt_dict_share(rt, dict, rt_instance_class(instance)->keys, managed->values) != 0)) {
        rt_decref(rt, dict);
        return;
    }
    managed->values = NULL;
    managed->dict = dict;
}

/* The instance's dict, which is made when there is none. Borrowed. */
static struct rt_object *
make_dict(struct rt *rt, struct rt_object *instance) {
    struct rt_managed *managed = rt_instance_managed(instance);

    if (managed->dict == NULL) {
        struct rt_object *dict = rt_dict_new(rt);
        if (dict != NULL) {
            give_dict(rt, instance, dict);
        }
    }
    return managed->dict;
}

static struct rt_object *
get_own(struct rt *rt, struct rt_object *instance, struct rt_object *name) {
    struct rt_class *class_object = rt_instance_class(instance);
    struct rt_managed *managed = rt_instance_managed(instance);
    int64_t index;

    if (class_object->keys == NULL) {
        return NULL;
    }
    if (managed->dict != NULL) {
        return rt_dict_get(rt, managed->dict, name);
    }
    if (managed->values == NULL) {
        return NULL;
    }
    index = rt_keys_shared_find(class_object->keys, name);
    if (index < 0) {
        return NULL;
    }
    remember_value(class_object, rt_keys_shared_name(class_object->keys, index), index);
    return managed->values->items[index];
}

/* Stores a value (NULL: takes it away) among the inline values. */
static int
set_value(struct rt *rt, struct rt_object *instance, int64_t index, struct rt_object *value) {
    struct rt_values *values = rt_instance_managed(instance)->values;
    struct rt_object *old = values->items[index];

    if (old == NULL && value == NULL) {
        return rt_refuse(rt, ENOENT);
    }
    if (value == NULL) {
        values->items[index] = NULL;
        rt_values_forget(values, (size_t)index);
    } else {
        values->items[index] = rt_incref(value);
        if (old == NULL) {
            rt_values_note(values, (size_t)index);
        }
    }
    rt_xdecref(rt, old);
    return 0;
}

/* pre: the name is interned where that is possible */
static int
set_own(struct rt *rt, struct rt_object *instance, struct rt_object *name,
        struct rt_object *value) {
    struct rt_class *class_object = rt_instance_class(instance);
    struct rt_object *dict;

    if (class_object->keys == NULL) {
        return rt_refuse(rt, ENOENT);
    }
    if (rt_instance_managed(instance)->values != NULL) {
        int64_t index = rt_keys_shared_insert(class_object->keys, name);

        if (index >= 0) {
            remember_value(class_object, rt_keys_shared_name(class_object->keys, index), index);
            return set_value(rt, instance, index, value);
        }
    }
    dict = make_dict(rt, instance);
    if (dict == NULL) {
        return -1;
    }
    return value == NULL ? rt_dict_delete(rt, dict, name) : rt_dict_set(rt, dict, name, value);
}

/* ---- The calls ---------------------------------------------------------------------------------- */

static struct rt_object *
bind(struct rt *rt, struct rt_object *instance, struct rt_object *found) {
    if (found->type->kind == RT_KIND_FUNCTION) {
        return rt_method_new(rt, found, instance);
    }
    return rt_incref(found);
}

static RT_NOINLINE struct rt_object *
search(struct rt *rt, struct rt_object *instance, struct rt_object *name) {
    struct rt_class *class_object = rt_instance_class(instance);
    const struct rt_descriptor *descriptor;
    struct rt_object *in_class, *own;

    RT_ASSERT_KIND(instance, RT_KIND_INSTANCE);
    if (!rt_is_str(name)) {
        return rt_fail(rt, EINVAL);
    }
    in_class = rt_class_find(rt, class_object, name);
    descriptor = as_descriptor_for(class_object, in_class);
    if (descriptor != NULL) {
        return get_by_descriptor(rt, instance, descriptor);
    }
    own = get_own(rt, instance, name);
    if (own != NULL) {
        return rt_incref(own);
    }
    return in_class != NULL ? bind(rt, instance, in_class) : rt_fail(rt, ENOENT);
}

static RT_NOINLINE int
change(struct rt *rt, struct rt_object *instance, struct rt_object *name, struct rt_object *value) {
    struct rt_class *class_object = rt_instance_class(instance);
    const struct rt_descriptor *descriptor;
    struct rt_object *interned;
    int status;

    RT_ASSERT_KIND(instance, RT_KIND_INSTANCE);
    if (!rt_is_str(name)) {
        return rt_refuse(rt, EINVAL);
    }
    interned = rt_incref(name);
    rt_str_intern(rt, &interned);
    descriptor = as_descriptor_for(class_object, rt_class_find(rt, class_object, interned));
    status = descriptor != NULL ? set_by_descriptor(rt, instance, descriptor, value)
                                : set_own(rt, instance, interned, value);
    rt_decref(rt, interned);
    return status;
}

/* What knows the name, in either of its places; NULL: nothing does. */
static const struct rt_hint *
find_hint(struct rt_object *instance, const struct rt_object *name) {
    struct rt_class *class_object = rt_instance_class(instance);
    const struct rt_hint *hint = rt_class_hint(class_object, name);

    if (hint->name != name) {
        hint = rt_class_second_hint(class_object, name);
    }
    return hint->name == name ? hint : NULL;
}

/* A dict that still shares the class's names has their values in the same order. */
static struct rt_object *
get_from_dict(struct rt *rt, struct rt_object *instance, const struct rt_hint *hint) {
    struct rt_object *dict = rt_instance_managed(instance)->dict;

    if (rt_dict(dict)->keys == rt_instance_class(instance)->keys) {
        return rt_dict(dict)->values->items[hint->offset / sizeof(struct rt_object *)];
    }
    return rt_dict_get(rt, dict, (struct rt_object *)hint->name);
}

/* Of an attribute that is the instance's own, and not among its values, a hint says that nothing in the class
 * comes before it. */
static RT_NOINLINE struct rt_object *
get_carefully(struct rt *rt, struct rt_object *instance, struct rt_object *name) {
    const struct rt_hint *hint = find_hint(instance, name);
    struct rt_object **place, *own = NULL;

    if (hint == NULL) {
        return search(rt, instance, name);
    }
    place = place_by_hint(hint, instance, name);
    if (place != NULL) {
        own = *place;
    } else if (rt_instance_managed(instance)->dict != NULL) {
        own = get_from_dict(rt, instance, hint);
    }
    return own != NULL ? rt_incref(own) : search(rt, instance, name);
}

struct rt_object *
rt_attr_get(struct rt *rt, struct rt_object *instance, struct rt_object *name) {
    const struct rt_hint *hint = rt_class_hint(rt_instance_class(instance), name);
    struct rt_object **place = place_by_hint(hint, instance, name);

    if (RT_UNLIKELY(place == NULL) || RT_UNLIKELY(*place == NULL)) {
        return get_carefully(rt, instance, name);
    }
    return rt_incref(*place);
}

static RT_NOINLINE int
drop_last(struct rt *rt, struct rt_object *old) {
    rt_object_drop(rt, old);
    return 0;
}

static RT_ALWAYS_INLINE int
drop_old(struct rt *rt, struct rt_object *old) {
    return RT_UNLIKELY(--old->count == 0) ? drop_last(rt, old) : 0;
}

static RT_ALWAYS_INLINE int
set_word(struct rt *rt, struct rt_object **place, struct rt_object *value) {
    struct rt_object *old = *place;

    *place = rt_incref(value);
    return RT_LIKELY(old == NULL) ? 0 : drop_old(rt, old);
}

/* pre: a hint says that the attribute is the instance's own */
static RT_NOINLINE int
set_in_dict(struct rt *rt, struct rt_object *instance, struct rt_object *name,
            struct rt_object *value) {
    struct rt_object *dict = rt_instance_managed(instance)->dict;

    return dict == NULL ? change(rt, instance, name, value) : rt_dict_set(rt, dict, name, value);
}

/* pre: the hint is the name's */
static RT_ALWAYS_INLINE int
set_by_hint(struct rt *rt, const struct rt_hint *hint, struct rt_object *instance,
            struct rt_object *name, struct rt_object *value) {
    size_t offset = hint->offset;
    struct rt_object **place, *old;
    struct rt_values *values;

    if (hint->is_slot) {
        return set_word(rt, (struct rt_object **)((char *)instance + offset), value);
    }
    values = rt_instance_managed(instance)->values;
    if (RT_UNLIKELY(values == NULL)) {
        return set_in_dict(rt, instance, name, value);
    }
    place = (struct rt_object **)((char *)values + offset);
    old = *place;
    *place = rt_incref(value);
    if (RT_UNLIKELY(old != NULL)) {
        return drop_old(rt, old);
    }
    rt_values_note(values, offset / sizeof *place);
    return 0;
}

static RT_NOINLINE int
set_carefully(struct rt *rt, struct rt_object *instance, struct rt_object *name,
              struct rt_object *value) {
    const struct rt_hint *hint = find_hint(instance, name);

    return hint != NULL ? set_by_hint(rt, hint, instance, name, value)
                        : change(rt, instance, name, value);
}

int
rt_attr_set(struct rt *rt, struct rt_object *instance, struct rt_object *name,
            struct rt_object *value) {
    const struct rt_hint *hint = rt_class_hint(rt_instance_class(instance), name);

    if (RT_UNLIKELY(hint->name != name)) {
        return set_carefully(rt, instance, name, value);
    }
    return set_by_hint(rt, hint, instance, name, value);
}

int
rt_attr_delete(struct rt *rt, struct rt_object *instance, struct rt_object *name) {
    const struct rt_hint *hint = find_hint(instance, name);
    struct rt_object **place = hint == NULL ? NULL : place_by_hint(hint, instance, name);
    struct rt_object *old = place == NULL ? NULL : *place;

    if (RT_UNLIKELY(old == NULL)) {
        return change(rt, instance, name, NULL);
    }
    *place = NULL;
    if (!hint->is_slot) {
        rt_values_forget(rt_instance_managed(instance)->values, hint->offset / sizeof *place);
    }
    return drop_old(rt, old);
}

struct rt_object *
rt_instance_dict(struct rt *rt, struct rt_object *instance) {
    RT_ASSERT_KIND(instance, RT_KIND_INSTANCE);
    if (rt_instance_class(instance)->keys == NULL) {
        return rt_fail(rt, EINVAL);
    }
    return make_dict(rt, instance);
}

int
rt_instance_set_dict(struct rt *rt, struct rt_object *instance, struct rt_object *dict) {
    struct rt_managed *managed = rt_instance_managed(instance);
    struct rt_values *values;
    struct rt_object *old;

    RT_ASSERT_KIND(instance, RT_KIND_INSTANCE);
    RT_ASSERT_KIND(dict, RT_KIND_DICT);
    if (rt_instance_class(instance)->keys == NULL) {
        return rt_refuse(rt, EINVAL);
    }
    values = managed->values;
    old = managed->dict;
    managed->values = NULL;
    managed->dict = rt_incref(dict);
    if (values != NULL) {
        rt_values_drop(rt, values);
    }
    rt_xdecref(rt, old);
    return 0;
}
