/* SPDX-License-Identifier: MIT
 *
 * class.c: classes and their descriptors.
 *
 * A class is a container like any other, and always part of a cycle: its list of ancestors names it, and so
 * do its descriptors. It makes the objects that CPython makes with it, since the collector counts them:
 * its dict, a tuple of bases, the tuple of ancestors (which ends in None, where Python has `object`), a weak
 * reference by which its base knows it, and descriptors.
 *
 * Layout of instances, as CPython 3.11 lays them out: the base's words; this class's slots in the order
 * of their names; then, where a class brings weak references, the word for their list. A dict takes no
 * word: it has its place in the prefix.
 *
 * Invariants:
 *   - hints only name attributes that a lookup would find in the same place: whatever changes what a class
 *     has under some name empties the hints of the class and of all that derive from it.
 *   - `registration` is referred to from outside of all containers, as in CPython, where a table without
 *     traversal holds it.
 */
#include "runtime/class.h"
#include "runtime/str.h"
#include "runtime/weakref.h"

#include <string.h>

/* ---- Descriptors -------------------------------------------------------------------------------- */

static struct rt_descriptor *
as_descriptor(const struct rt_object *object) {
    return (struct rt_descriptor *)object;
}

static void
traverse_descriptor(struct rt_object *object, rt_visit_fn visit, void *context) {
    visit(&as_descriptor(object)->class_object->object, context);
}

static void
drop_descriptor(struct rt *rt, struct rt_object *object) {
    struct rt_descriptor *descriptor = as_descriptor(object);

    rt_untrack(rt, object);
    rt_decref(rt, &descriptor->class_object->object);
    rt_decref(rt, descriptor->name);
    rt_object_free(rt, object, sizeof(struct rt_head), sizeof *descriptor);
}

static size_t
size_descriptor(const struct rt_object *object) {
    (void)object;
    return sizeof(struct rt_descriptor);
}

static size_t
owned_by_descriptor(const struct rt_object *object) {
    (void)object;
    return sizeof(struct rt_head) + sizeof(struct rt_descriptor);
}

const struct rt_type rt_descriptor_type = {
    .drop = drop_descriptor,
    .traverse = traverse_descriptor,
    .size = size_descriptor,
    .owned = owned_by_descriptor,
    .name = "member_descriptor",
    .kind = RT_KIND_DESCRIPTOR,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = sizeof(struct rt_head),
};

static int
add_descriptor(struct rt *rt, struct rt_class *class_object, struct rt_object *name,
               enum rt_descriptor_what what, uint32_t offset) {
    struct rt_object *object =
        rt_object_alloc(rt, sizeof(struct rt_head), sizeof(struct rt_descriptor));
    struct rt_descriptor *descriptor = as_descriptor(object);
    int status;

    if (object == NULL) {
        return -1;
    }
    rt_object_init(object, &rt_descriptor_type);
    descriptor->class_object = class_object;
    descriptor->name = rt_incref(name);
    descriptor->what = what;
    descriptor->offset = offset;
    rt_incref(&class_object->object);
    status = rt_track(rt, object) ? rt_dict_set(rt, class_object->dict, name, object) : -1;
    rt_decref(rt, object);
    return status;
}

static int
add_named_descriptor(struct rt *rt, struct rt_class *class_object, const char *text,
                     enum rt_descriptor_what what) {
    struct rt_object *name = rt_str_name(rt, text);
    int status = name == NULL ? -1 : add_descriptor(rt, class_object, name, what, 0);

    rt_xdecref(rt, name);
    return status;
}

/* ---- The class as an object --------------------------------------------------------------------- */

static struct rt_class *
as_class(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_CLASS);
    return (struct rt_class *)object;
}

static void
visit_unless_null(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (object != NULL) {
        visit(object, context);
    }
}

static void
traverse_class(struct rt_object *object, rt_visit_fn visit, void *context) {
    struct rt_class *self = as_class(object);

    visit_unless_null(self->dict, visit, context);
    visit_unless_null(self->mro, visit, context);
    visit_unless_null(self->bases, visit, context);
    if (self->base != NULL) {
        visit(&self->base->object, context);
    }
}

static void
forget_hints(struct rt_class *self) {
    memset(self->hints, 0, sizeof self->hints);
    for (struct rt_class *derived = self->derived; derived != NULL;
         derived = derived->next_derived) {
        forget_hints(derived);
    }
}

static void
clear_class(struct rt *rt, struct rt_object *object) {
    struct rt_class *self = as_class(object);
    struct rt_object *mro = self->mro;

    forget_hints(self);
    if (self->dict != NULL) {
        rt_dict_clear(rt, self->dict);
    }
    self->mro = NULL;
    rt_xdecref(rt, mro);
}

static void
unlink_from_base(struct rt_class *self) {
    struct rt_class **link = &self->base->derived;

    while (*link != NULL && *link != self) {
        link = &(*link)->next_derived;
    }
    if (*link == self) {
        *link = self->next_derived;
    }
}

static void
drop_class(struct rt *rt, struct rt_object *object) {
    struct rt_class *self = as_class(object);

    rt_untrack(rt, object);
    if (self->base != NULL) {
        unlink_from_base(self);
        rt_decref(rt, &self->base->object);
    }
    if (self->weakrefs != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    rt_xdecref(rt, self->registration);
    rt_xdecref(rt, self->dict);
    rt_xdecref(rt, self->bases);
    rt_xdecref(rt, self->mro);
    for (size_t i = 0; i < self->slot_count; i++) {
        rt_xdecref(rt, rt_class_slots(self)[i].name);
    }
    rt_xdecref(rt, self->name);
    rt_xdecref(rt, self->slots_tuple);
    if (self->keys != NULL) {
        rt_keys_decref(rt, self->keys);
    }
    rt_object_free(rt, object, sizeof(struct rt_head), rt_class_block_bytes(self->slot_count));
}

/* As CPython's, which leaves the slots' records out. */
static size_t
size_class_object(const struct rt_object *object) {
    const struct rt_class *self = as_class(object);

    return RT_CLASS_BYTES + (self->keys == NULL ? 0 : rt_keys_bytes(self->keys));
}

static size_t
owned_by_class(const struct rt_object *object) {
    return sizeof(struct rt_head) + size_class_object(object) +
           as_class(object)->slot_count * RT_CLASS_SLOT_BYTES;
}

static bool
verify_class(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    struct rt_class *self = as_class(object);

    (void)rt;
    for (size_t i = 0; i < RT_CLASS_HINT_COUNT; i++) {
        const struct rt_hint *hint = &self->hints[i];

        if (hint->name != NULL && ((rt_class_hint(self, hint->name) != hint &&
                                    rt_class_second_hint(self, hint->name) != hint) ||
                                   (!hint->is_slot && self->keys == NULL))) {
            rt_text_string(why, "a class's hint stands in the wrong place");
            return false;
        }
    }
    return true;
}

const struct rt_type rt_class_type = {
    .drop = drop_class,
    .traverse = traverse_class,
    .clear = clear_class,
    .size = size_class_object,
    .owned = owned_by_class,
    .verify = verify_class,
    .name = "type",
    .kind = RT_KIND_CLASS,
    .flags = RT_TYPE_CONTAINER,
    .prefix_bytes = sizeof(struct rt_head),
    .weakrefs_offset = offsetof(struct rt_class, weakrefs),
};

/* ---- Making one --------------------------------------------------------------------------------- */

static bool
is_name(const char *text) {
    if (text == NULL || *text == '\0' || (*text >= '0' && *text <= '9')) {
        return false;
    }
    for (; *text != '\0'; text++) {
        bool is_letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');

        if (!is_letter && *text != '_' && !(*text >= '0' && *text <= '9')) {
            return false;
        }
    }
    return true;
}

static bool
is_sound_spec(const struct rt_class_spec *spec) {
    if (spec->name == NULL || spec->slot_count > RT_CLASS_SLOTS_MAX ||
        (spec->base != NULL && spec->base->type->kind != RT_KIND_CLASS)) {
        return false;
    }
    for (size_t i = 0; i < spec->slot_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(spec->slots[i], spec->slots[j]) == 0) {
                return false;
            }
        }
        if (!is_name(spec->slots[i])) {
            return false;
        }
    }
    return true;
}

/* The names in alphabetical order. */
static int
name_slots(struct rt *rt, struct rt_class *self, const struct rt_class_spec *spec) {
    struct rt_slot *slots = rt_class_slots(self);

    for (size_t i = 0; i < spec->slot_count; i++) {
        size_t rank = 0;

        for (size_t j = 0; j < spec->slot_count; j++) {
            rank += strcmp(spec->slots[j], spec->slots[i]) < 0;
        }
        slots[rank].name = rt_str_name(rt, spec->slots[i]);
        if (slots[rank].name == NULL) {
            return -1;
        }
    }
    if (spec->slot_count > 0) {
        self->slots_tuple = rt_tuple_new(rt, spec->slot_count);
        for (size_t i = 0; self->slots_tuple != NULL && i < spec->slot_count; i++) {
            rt_tuple_put_steal(self->slots_tuple, i, rt_incref(slots[i].name));
        }
        return self->slots_tuple == NULL ? -1 : 0;
    }
    return 0;
}

static void
lay_out(struct rt_class *self, const struct rt_class_spec *spec) {
    const struct rt_class *base = self->base;
    uint32_t bytes = base == NULL ? (uint32_t)sizeof(struct rt_object) : base->instance_bytes;
    bool has_weakref = spec->slots == NULL || spec->has_weakref;

    self->slots_offset = bytes;
    for (size_t i = 0; i < self->slot_count; i++) {
        rt_class_slots(self)[i].offset = bytes;
        bytes += (uint32_t)sizeof(struct rt_object *);
    }
    self->type.weakrefs_offset = base == NULL ? 0 : base->type.weakrefs_offset;
    if (has_weakref && self->type.weakrefs_offset == 0) {
        self->type.weakrefs_offset = bytes;
        bytes += (uint32_t)sizeof(struct rt_object *);
    }
    self->instance_bytes = bytes;
}

static int
add_tuples(struct rt *rt, struct rt_class *self) {
    const struct rt_class *base = self->base;
    size_t ancestors = base == NULL ? 1 : rt_tuple_length(base->mro);

    self->bases = rt_tuple_new(rt, 1);
    if (self->bases == NULL) {
        return -1;
    }
    rt_tuple_put_steal(self->bases, 0, rt_incref(base == NULL ? rt_none(rt) : &self->base->object));
    self->mro = rt_tuple_new(rt, ancestors + 1);
    if (self->mro == NULL) {
        return -1;
    }
    rt_tuple_put_steal(self->mro, 0, rt_incref(&self->object));
    for (size_t i = 0; i < ancestors; i++) {
        rt_tuple_put_steal(self->mro, i + 1,
                           rt_incref(base == NULL ? rt_none(rt) : rt_tuple_get(base->mro, i)));
    }
    return 0;
}

static int
add_descriptors(struct rt *rt, struct rt_class *self) {
    const struct rt_class *base = self->base;
    bool brings_dict = self->keys != NULL && (base == NULL || base->keys == NULL);
    bool brings_weakref =
        self->type.weakrefs_offset != 0 && (base == NULL || base->type.weakrefs_offset == 0);

    for (size_t i = 0; i < self->slot_count; i++) {
        const struct rt_slot *slot = &rt_class_slots(self)[i];

        if (add_descriptor(rt, self, slot->name, RT_DESCRIPTOR_SLOT, slot->offset) != 0) {
            return -1;
        }
    }
    if (brings_dict && add_named_descriptor(rt, self, "__dict__", RT_DESCRIPTOR_DICT) != 0) {
        return -1;
    }
    return brings_weakref ? add_named_descriptor(rt, self, "__weakref__", RT_DESCRIPTOR_WEAKREF)
                          : 0;
}

static int
fill_in(struct rt *rt, struct rt_class *self, const struct rt_class_spec *spec) {
    bool has_dict =
        spec->slots == NULL || spec->has_dict || (self->base != NULL && self->base->keys != NULL);

    self->name = rt_str_new(rt, spec->name, strlen(spec->name));
    if (self->name == NULL || name_slots(rt, self, spec) != 0) {
        return -1;
    }
    lay_out(self, spec);
    self->dict = rt_dict_new(rt);
    if (self->dict == NULL || add_tuples(rt, self) != 0) {
        return -1;
    }
    if (has_dict) {
        self->keys = rt_keys_new_shared(rt);
        if (self->keys == NULL) {
            return -1;
        }
    }
    self->type.name = (const char *)rt_str_data(self->name);
    rt_instance_type_init(self);
    return add_descriptors(rt, self);
}

static void
derive(struct rt *rt, struct rt_class *self, const struct rt_class_spec *spec) {
    self->finalizer = spec->finalizer;
    self->finalizer_data = spec->finalizer_data;
    self->is_legacy_finalizer =
        spec->is_legacy_finalizer || rt->config.gc_finalizers == RT_GC_FINALIZERS_LEGACY;
    if (spec->base == NULL) {
        return;
    }
    self->base = as_class(spec->base);
    rt_incref(spec->base);
    if (self->finalizer == NULL) {
        self->finalizer = self->base->finalizer;
        self->finalizer_data = self->base->finalizer_data;
        self->is_legacy_finalizer = self->base->is_legacy_finalizer;
    }
}

/* A class that is not finished is in cycles with what it has so far. */
static struct rt_object *
give_up(struct rt *rt, struct rt_class *self) {
    int error = rt->error;

    clear_class(rt, &self->object);
    rt_decref(rt, &self->object);
    return rt_fail(rt, error);
}

struct rt_object *
rt_class_new(struct rt *rt, const struct rt_class_spec *spec) {
    size_t bytes = rt_class_block_bytes(spec->slot_count);
    struct rt_object *object;
    struct rt_class *self;

    if (!is_sound_spec(spec)) {
        return rt_fail(rt, EINVAL);
    }
    object = rt_object_alloc(rt, sizeof(struct rt_head), bytes);
    if (object == NULL) {
        return NULL;
    }
    memset(object, 0, bytes);
    rt_object_init(object, &rt_class_type);
    self = as_class(object);
    self->slot_count = (uint32_t)spec->slot_count;
    derive(rt, self, spec);
    if (fill_in(rt, self, spec) != 0 || !rt_track(rt, object)) {
        return give_up(rt, self);
    }
    self->registration = rt_weakref_new(rt, object, NULL);
    if (self->registration == NULL) {
        return give_up(rt, self);
    }
    if (self->base != NULL) {
        self->next_derived = self->base->derived;
        self->base->derived = self;
    }
    return object;
}

/* ---- Attributes of the class itself ------------------------------------------------------------- */

struct rt_object *
rt_class_base(const struct rt_object *class_object) {
    struct rt_class *base = as_class(class_object)->base;

    return base == NULL ? NULL : &base->object;
}

struct rt_object *
rt_class_find(struct rt *rt, struct rt_class *class_object, struct rt_object *name) {
    for (; class_object != NULL; class_object = class_object->base) {
        struct rt_object *found = rt_dict_get(rt, class_object->dict, name);

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

struct rt_object *
rt_class_get(struct rt *rt, struct rt_object *class_object, struct rt_object *name) {
    struct rt_object *found = rt_class_find(rt, as_class(class_object), name);

    return found != NULL ? found : rt_fail(rt, ENOENT);
}

int
rt_class_set(struct rt *rt, struct rt_object *class_object, struct rt_object *name,
             struct rt_object *value) {
    struct rt_class *self = as_class(class_object);
    struct rt_object *interned;
    int status;

    if (!rt_is_str(name)) {
        return rt_refuse(rt, EINVAL);
    }
    interned = rt_incref(name);
    rt_str_intern(rt, &interned);
    forget_hints(self);
    status = rt_dict_set(rt, self->dict, interned, value);
    rt_decref(rt, interned);
    return status;
}
