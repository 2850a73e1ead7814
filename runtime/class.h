/* SPDX-License-Identifier: MIT
 *
 * class.h: the inside of classes and of their instances.
 *
 * A class embeds the type of its instances. Where the attributes of an instance are:
 *
 *   slots           words of the instance, found by descriptors in the class's own dict
 *   inline values   an array beside the instance, by the index of the name in the class's shared keys;
 *                   then `dict` is NULL
 *   a dict          which has taken over the values; then `values` is NULL
 */
#ifndef RUNTIME_CLASS_H
#define RUNTIME_CLASS_H

#include "runtime/dict_keys.h"
#include "runtime/object.h"

enum {
    RT_CLASS_BYTES = 904,     /* without its slots, as CPython's */
    RT_CLASS_SLOT_BYTES = 40, /* of each slot, behind it */
    RT_CLASS_HINT_COUNT = 16,
    RT_CLASS_SLOTS_MAX = 64,
    RT_MANAGED_PREFIX_BYTES = 32,
};

/* Where an attribute was found before: a word in the instance itself, or in its values. The name is kept
 * alive by the class. A hint stands where its name's address says; where another name stands already, in its
 * second place, so that two names in turn do not drive each other out. */
struct rt_hint {
    const struct rt_object *name; /* NULL: nothing */
    uint32_t offset;
    bool is_slot;
};

struct rt_slot {
    struct rt_object *name;
    uint32_t offset; /* in the instance */
    uint8_t unused[RT_CLASS_SLOT_BYTES - 12];
};

struct rt_class {
    struct rt_object object;
    struct rt_type type;     /* of the instances */
    uint32_t instance_bytes; /* without the prefix */
    uint32_t slot_count;     /* of this class alone */
    uint32_t slots_offset;   /* of the first of them; the others follow */
    bool is_legacy_finalizer;
    struct rt_keys *keys; /* of the attributes' names; NULL: instances have no dict */
    rt_finalizer_fn finalizer;
    void *finalizer_data;
    struct rt_hint hints[RT_CLASS_HINT_COUNT];

    struct rt_object *name, *dict, *bases, *mro, *slots_tuple;
    struct rt_class *base;          /* counted */
    struct rt_object *registration; /* the weak reference by which a base knows its subclass */
    struct rt_class *derived, *next_derived; /* not counted */
    struct rt_object *weakrefs;
};

_Static_assert(sizeof(struct rt_class) <= RT_CLASS_BYTES, "a class is no larger than CPython's");

enum rt_descriptor_what {
    RT_DESCRIPTOR_SLOT,
    RT_DESCRIPTOR_DICT,
    RT_DESCRIPTOR_WEAKREF,
};

struct rt_descriptor {
    struct rt_object object;
    struct rt_class *class_object; /* counted */
    struct rt_object *name;
    struct rt_object *unused;
    uint32_t what; /* enum rt_descriptor_what */
    uint32_t offset;
};

_Static_assert(sizeof(struct rt_descriptor) == 48, "a descriptor is as large as CPython's");

/* What stands before an instance with RT_TYPE_MANAGED_DICT. */
struct rt_managed {
    struct rt_values *values;
    struct rt_object *dict;
    struct rt_head head;
};

_Static_assert(sizeof(struct rt_managed) == RT_MANAGED_PREFIX_BYTES, "the prefix of an instance");

extern const struct rt_type rt_class_type, rt_descriptor_type;

/* pre: an instance */
static RT_ALWAYS_INLINE struct rt_class *
rt_instance_class(const struct rt_object *instance) {
    return (struct rt_class *)((uintptr_t)instance->type - offsetof(struct rt_class, type));
}

/* pre: an instance whose class has keys */
static RT_ALWAYS_INLINE struct rt_managed *
rt_instance_managed(const struct rt_object *instance) {
    return (struct rt_managed *)((uintptr_t)instance - sizeof(struct rt_managed));
}

static inline struct rt_slot *
rt_class_slots(const struct rt_class *class_object) {
    return (struct rt_slot *)((uintptr_t)class_object + RT_CLASS_BYTES);
}

static inline size_t
rt_class_block_bytes(size_t slot_count) {
    return RT_CLASS_BYTES + slot_count * RT_CLASS_SLOT_BYTES;
}

static RT_ALWAYS_INLINE struct rt_hint *
rt_class_hint(struct rt_class *class_object, const struct rt_object *name) {
    return &class_object->hints[(uintptr_t)name >> 6 & (RT_CLASS_HINT_COUNT - 1)];
}

static inline struct rt_hint *
rt_class_second_hint(struct rt_class *class_object, const struct rt_object *name) {
    return &class_object->hints[((uintptr_t)name >> 6 ^ RT_CLASS_HINT_COUNT / 2) &
                                (RT_CLASS_HINT_COUNT - 1)];
}

/* The attribute of that name of the class or its nearest base that has it; borrowed, NULL: none. */
struct rt_object *rt_class_find(struct rt *rt, struct rt_class *class_object,
                                struct rt_object *name);

/* Sets the instances' functions, by layout: instance.c. */
void rt_instance_type_init(struct rt_class *class_object);

#endif
