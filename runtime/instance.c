/* SPDX-License-Identifier: MIT
 *
 * instance.c: how instances begin and end.
 *
 * An instance is one block, and a second one for its inline values when its class gives it a dict. The order
 * in which an instance dies is CPython's: untracked; finalizer, tracked again meanwhile; weak references
 * and their callbacks; weak references made since, silently; slots, the derived class's first; dict or
 * values; the block; and last the class's reference.
 *
 * Invariants:
 *   - An instance with RT_TYPE_MANAGED_DICT has values, or a dict, or (after the dict was taken away)
 *     neither; never both.
 *   - The number of values set and their order are in the values' own prefix.
 */
#include "runtime/class.h"
#include "runtime/values.h"
#include "runtime/weakref.h"

#include <string.h>

enum {
    PLAIN_BYTES = sizeof(struct rt_object) + sizeof(struct rt_object *), /* with weak references */
};

static RT_ALWAYS_INLINE struct rt_object **
word_at(struct rt_object *object, size_t offset) {
    return (struct rt_object **)((char *)object + offset);
}

/* ---- Traversal ---------------------------------------------------------------------------------- */

static void
visit_words(struct rt_object **words, size_t count, rt_visit_fn visit, void *context) {
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL) {
            visit(words[i], context);
        }
    }
}

static void
traverse_instance(struct rt_object *object, rt_visit_fn visit, void *context) {
    struct rt_class *class_object = rt_instance_class(object), *c = class_object;

    do {
        visit_words(word_at(object, c->slots_offset), c->slot_count, visit, context);
    } while ((c = c->base) != NULL);
    if (class_object->keys != NULL) {
        struct rt_managed *managed = rt_instance_managed(object);

        if (managed->values != NULL) {
            visit_words(managed->values->items, (size_t)class_object->keys->entries, visit,
                        context);
        }
        if (managed->dict != NULL) {
            visit(managed->dict, context);
        }
    }
    visit(&class_object->object, context);
}

/* ---- The end ------------------------------------------------------------------------------------ */

static RT_ALWAYS_INLINE void
drop_word(struct rt *rt, struct rt_object **word) {
    struct rt_object *old = *word;

    *word = NULL;
    rt_xdecref(rt, old);
}

static RT_ALWAYS_INLINE void
drop_slots(struct rt *rt, struct rt_object *object, const struct rt_class *class_object) {
    struct rt_object **words = word_at(object, class_object->slots_offset);

    for (size_t i = 0; i < class_object->slot_count; i++) {
        drop_word(rt, &words[i]);
    }
}

static void
drop_all_slots(struct rt *rt, struct rt_object *object, const struct rt_class *class_object) {
    do {
        drop_slots(rt, object, class_object);
    } while ((class_object = class_object->base) != NULL);
}

static RT_ALWAYS_INLINE void
drop_dict_or_values(struct rt *rt, struct rt_object *object) {
    struct rt_managed *managed = rt_instance_managed(object);
    struct rt_values *values = managed->values;

    if (RT_LIKELY(values != NULL)) {
        managed->values = NULL;
        rt_values_drop_inline(rt, values);
    }
    if (RT_UNLIKELY(managed->dict != NULL)) {
        drop_word(rt, &managed->dict);
    }
}

/* Takes each value out before it is dropped, for as long as they are the instance's. */
static void
clear_values(struct rt *rt, struct rt_object *object, size_t count) {
    struct rt_managed *managed = rt_instance_managed(object);
    struct rt_values *values = managed->values;

    for (size_t i = 0; i < count && managed->values == values; i++) {
        if (values->items[i] != NULL) {
            struct rt_object *old = values->items[i];

            values->items[i] = NULL;
            rt_values_forget(values, i);
            rt_decref(rt, old);
        }
    }
}

static void
clear_instance(struct rt *rt, struct rt_object *object) {
    struct rt_class *class_object = rt_instance_class(object);

    drop_all_slots(rt, object, class_object);
    if (class_object->keys != NULL) {
        struct rt_managed *managed = rt_instance_managed(object);

        if (managed->values != NULL) {
            clear_values(rt, object, (size_t)class_object->keys->entries);
        }
        drop_word(rt, &managed->dict);
    }
}

/* Runs the finalizer of an instance without references. False: it is alive again. */
static RT_NOINLINE bool
finalize(struct rt *rt, struct rt_object *object, struct rt_class *class_object) {
    struct rt_head *head = rt_head(object);

    if ((head->flags & RT_HEAD_FINALIZED) != 0 && !class_object->is_legacy_finalizer) {
        return true;
    }
    object->count = 1;
    (void)rt_track(rt, object); /* it was untracked a moment ago, so there is room */
    class_object->finalizer(rt, object, class_object->finalizer_data);
    head->flags |= RT_HEAD_FINALIZED;
    if (--object->count > 0) {
        return false;
    }
    rt_untrack(rt, object);
    return true;
}

/* Finalizer and weak references, in the order that the kind of finalizer asks for. */
static RT_NOINLINE bool
say_goodbye(struct rt *rt, struct rt_object *object, struct rt_class *class_object) {
    size_t weakrefs = class_object->type.weakrefs_offset;
    bool has_finalizer = class_object->finalizer != NULL && !rt->is_ending;
    bool is_safe = has_finalizer && !class_object->is_legacy_finalizer;
    bool is_legacy = has_finalizer && class_object->is_legacy_finalizer;

    if (is_safe && !finalize(rt, object, class_object)) {
        return false;
    }
    if (weakrefs != 0 && *word_at(object, weakrefs) != NULL) {
        rt_weakref_clear_all(rt, object);
    }
    if (is_legacy && !finalize(rt, object, class_object)) {
        return false;
    }
    while (weakrefs != 0 && *word_at(object, weakrefs) != NULL) { /* made by the finalizer */
        rt_weakref_clear(rt, *word_at(object, weakrefs));
    }
    return true;
}

static RT_ALWAYS_INLINE bool
has_more_to_say(struct rt_object *object, const struct rt_class *class_object) {
    size_t weakrefs = class_object->type.weakrefs_offset;

    return class_object->finalizer != NULL || (weakrefs != 0 && *word_at(object, weakrefs) != NULL);
}

static RT_ALWAYS_INLINE void
free_instance(struct rt *rt, struct rt_object *object, struct rt_class *class_object,
              size_t prefix_bytes) {
    rt_object_free(rt, object, prefix_bytes, class_object->instance_bytes);
    rt_decref(rt, &class_object->object);
}

static void
drop_instance(struct rt *rt, struct rt_object *object) {
    struct rt_class *class_object = rt_instance_class(object);

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    if (!has_more_to_say(object, class_object) || say_goodbye(rt, object, class_object)) {
        drop_all_slots(rt, object, class_object);
        if (class_object->keys != NULL) {
            drop_dict_or_values(rt, object);
        }
        free_instance(rt, object, class_object, class_object->type.prefix_bytes);
    }
    rt_trash_leave(rt);
}

/* The same for a class of its own, without a finalizer, that has a dict and no slots; */
static void
drop_plain(struct rt *rt, struct rt_object *object) {
    struct rt_class *class_object = rt_instance_class(object);

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    if (RT_UNLIKELY(*word_at(object, sizeof *object) != NULL)) {
        rt_weakref_clear_all(rt, object);
    }
    drop_dict_or_values(rt, object);
    rt_object_free(rt, object, RT_MANAGED_PREFIX_BYTES, PLAIN_BYTES);
    rt_decref(rt, &class_object->object);
    rt_trash_leave(rt);
}

/* and for one that has slots alone. */
static void
drop_slotted(struct rt *rt, struct rt_object *object) {
    struct rt_class *class_object = rt_instance_class(object);

    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    drop_slots(rt, object, class_object);
    free_instance(rt, object, class_object, sizeof(struct rt_head));
    rt_trash_leave(rt);
}

/* ---- Sizes and checks --------------------------------------------------------------------------- */

static size_t
size_instance(const struct rt_object *object) {
    return rt_instance_class(object)->instance_bytes;
}

static size_t
owned_by_instance(const struct rt_object *object) {
    const struct rt_class *class_object = rt_instance_class(object);
    size_t bytes = class_object->type.prefix_bytes + class_object->instance_bytes;

    if (class_object->keys != NULL && rt_instance_managed(object)->values != NULL) {
        bytes += rt_values_block_bytes(rt_instance_managed(object)->values);
    }
    return bytes;
}

static bool
verify_values(struct rt_values *values, const struct rt_keys *keys, struct rt_text *why) {
    size_t room = rt_values_room(values), set = 0;

    if (room < (size_t)keys->entries || room > RT_KEYS_SHARED_MAX) {
        rt_text_string(why, "an instance has room for fewer values than its class has names");
        return false;
    }
    for (size_t i = 0; i < room; i++) {
        set += values->items[i] != NULL;
    }
    for (size_t i = 0; i < rt_values_used(values); i++) {
        size_t index = rt_values_bytes(values)[-3 - (int64_t)i];

        if (index >= room || values->items[index] == NULL) {
            rt_text_string(why, "the order of an instance's values names one that is not set");
            return false;
        }
    }
    if (set != rt_values_used(values)) {
        rt_text_string(why, "an instance has values that are not in their order");
        return false;
    }
    return true;
}

static bool
verify_instance(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_class *class_object = rt_instance_class(object);
    const struct rt_managed *managed = rt_instance_managed(object);

    (void)rt;
    if (class_object->object.type != &rt_class_type) {
        rt_text_string(why, "an instance's class is no class");
        return false;
    }
    if (class_object->keys == NULL) {
        return true;
    }
    if (managed->values != NULL && managed->dict != NULL) {
        rt_text_string(why, "an instance has values beside its dict");
        return false;
    }
    return managed->values == NULL || verify_values(managed->values, class_object->keys, why);
}

/* ---- The beginning ------------------------------------------------------------------------------ */

void
rt_instance_type_init(struct rt_class *class_object) {
    bool is_simple = class_object->base == NULL && class_object->finalizer == NULL;
    struct rt_type *type = &class_object->type;

    type->drop = drop_instance;
    if (is_simple && class_object->keys != NULL && class_object->instance_bytes == PLAIN_BYTES &&
        class_object->type.weakrefs_offset == sizeof(struct rt_object)) {
        type->drop = drop_plain;
    } else if (is_simple && class_object->keys == NULL && type->weakrefs_offset == 0) {
        type->drop = drop_slotted;
    }
    type->traverse = traverse_instance;
    type->clear = clear_instance;
    type->size = size_instance;
    type->owned = owned_by_instance;
    type->verify = verify_instance;
    type->kind = RT_KIND_INSTANCE;
    type->flags = RT_TYPE_CONTAINER;
    for (const struct rt_class *c = class_object; c != NULL; c = c->base) {
        type->flags |= c->slot_count > 0 ? RT_TYPE_SLOTS : 0;
    }
    type->prefix_bytes = sizeof(struct rt_head);
    if (class_object->keys != NULL) {
        type->flags |= RT_TYPE_MANAGED_DICT;
        type->prefix_bytes = RT_MANAGED_PREFIX_BYTES;
    }
}

/* After its prefix: the counts, the words, and its place among the tracked. */
static RT_ALWAYS_INLINE struct rt_object *
begin(struct rt *rt, struct rt_object *object, struct rt_class *class_object, size_t bytes) {
    rt_object_init(object, &class_object->type);
    rt_incref(&class_object->object);
    for (size_t at = sizeof *object; at < bytes; at += sizeof(struct rt_object *)) {
        *word_at(object, at) = NULL;
        RT_KEEP_LOOP();
    }
    return RT_LIKELY(rt_track(rt, object)) ? object : NULL;
}

static RT_NOINLINE struct rt_object *
give_up(struct rt *rt, struct rt_object *object, struct rt_class *class_object) {
    if (class_object->keys != NULL && rt_instance_managed(object)->values != NULL) {
        rt_values_drop(rt, rt_instance_managed(object)->values);
    }
    free_instance(rt, object, class_object, class_object->type.prefix_bytes);
    return NULL;
}

static RT_ALWAYS_INLINE struct rt_object *
new_slotted(struct rt *rt, struct rt_class *class_object) {
    size_t bytes = class_object->instance_bytes;
    struct rt_object *object = rt_object_alloc(rt, sizeof(struct rt_head), bytes);

    if (RT_UNLIKELY(object == NULL)) {
        return NULL;
    }
    return RT_LIKELY(begin(rt, object, class_object, bytes) != NULL)
               ? object
               : give_up(rt, object, class_object);
}

static RT_ALWAYS_INLINE struct rt_object *
new_managed(struct rt *rt, struct rt_class *class_object, size_t bytes) {
    struct rt_object *object = rt_object_alloc(rt, RT_MANAGED_PREFIX_BYTES, bytes);
    struct rt_managed *managed;

    if (RT_UNLIKELY(object == NULL)) {
        return NULL;
    }
    managed = rt_instance_managed(object);
    managed->dict = NULL;
    managed->values = rt_values_new_inline(rt, class_object->keys);
    if (RT_UNLIKELY(managed->values == NULL)) {
        rt_incref(&class_object->object);
        return give_up(rt, object, class_object);
    }
    return RT_LIKELY(begin(rt, object, class_object, bytes) != NULL)
               ? object
               : give_up(rt, object, class_object);
}

struct rt_object *
rt_instance_new(struct rt *rt, struct rt_object *class_arg) {
    struct rt_class *class_object = (struct rt_class *)class_arg;
    size_t bytes = class_object->instance_bytes;

    RT_ASSERT_KIND(class_arg, RT_KIND_CLASS);
    if (class_object->keys == NULL) {
        return new_slotted(rt, class_object);
    }
    return RT_LIKELY(bytes == PLAIN_BYTES) ? new_managed(rt, class_object, PLAIN_BYTES)
                                           : new_managed(rt, class_object, bytes);
}

struct rt_object *
rt_class_of(const struct rt_object *instance) {
    RT_ASSERT_KIND(instance, RT_KIND_INSTANCE);
    return &rt_instance_class(instance)->object;
}

bool
rt_instance_is_finalized(const struct rt_object *instance) {
    return (rt_head(instance)->flags & RT_HEAD_FINALIZED) != 0;
}
