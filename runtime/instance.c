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
#include "runtime/int.h"
#include "runtime/values.h"
#include "runtime/weakref.h"

#include <string.h>

enum {
    PLAIN_BYTES = sizeof(struct rt_object) + sizeof(struct rt_object *), /* with weak references */
    PLAIN_BLOCK_BYTES = RT_MANAGED_PREFIX_BYTES + PLAIN_BYTES,
    VALUES_SIMPLE = 5,       /* room for values up to which their block is of a smaller class, */
    VALUES_PREFIX_BYTES = 8, /* and its prefix this long */
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

/* ---- The end of simple ones ---------------------------------------------------------------------
 * The same for classes without a finalizer, *plain* ones that have a dict and no slots, and *slotted* ones
 * that have slots of their own and nothing else. As long as nothing falls but counts and floats, no function is
 * called and hardly a register saved; whatever needs more is done by functions apart, which start where this
 * stopped. The class's count falls first, and rises again for those. */

static RT_ALWAYS_INLINE bool
drop_simply(struct rt *rt, struct rt_object *value) {
    return RT_LIKELY(--value->count != 0) || rt_float_drop_simple(rt, value);
}

static void
drop_words(struct rt *rt, struct rt_object **word, struct rt_object **end) {
    rt_object_drop(rt, *word); /* its count is 0 */
    while (++word < end) {
        rt_xdecref(rt, *word);
    }
}

/* pre: one that was untracked just now, and no deeper than it may be */
static RT_NOINLINE void
drop_plain_from(struct rt *rt, struct rt_object *object, struct rt_object **word) {
    struct rt_class *class_object = rt_instance_class(object);
    struct rt_values *values = rt_instance_managed(object)->values;

    rt_incref(&class_object->object);
    rt->trash_depth++;
    if (word != NULL) {
        drop_words(rt, word, values->items + rt_values_room(values));
    }
    rt_values_free_inline(rt, values);
    free_instance(rt, object, class_object, RT_MANAGED_PREFIX_BYTES);
    rt_trash_leave(rt);
}

static RT_NOINLINE void
drop_plain_block(struct rt *rt, struct rt_object *object, size_t values_bytes) {
    struct rt_class *class_object = rt_instance_class(object);

    rt_incref(&class_object->object);
    rt_account_free(rt, values_bytes, (values_bytes - 1) >> RT_UNIT_SHIFT);
    free_instance(rt, object, class_object, RT_MANAGED_PREFIX_BYTES);
}

/* NULL, or the first one that needs more. */
static RT_ALWAYS_INLINE struct rt_object **
drop_set_values(struct rt *rt, struct rt_values *values, size_t used) {
    for (struct rt_object **word = values->items; used > 0; word++) {
        struct rt_object *value = *word;

        if (RT_LIKELY(value != NULL)) {
            used--;
            if (!drop_simply(rt, value)) {
                return word;
            }
        }
    }
    return NULL;
}

static void drop_plain(struct rt *rt, struct rt_object *object);

/* Lets go of the weak references first. What was put aside meanwhile comes after the instance. */
static RT_NOINLINE void
drop_plain_referenced(struct rt *rt, struct rt_object *object) {
    rt_untrack(rt, object);
    if (rt_trash_enter(rt, object)) {
        return;
    }
    rt_weakref_clear_all(rt, object);
    rt->trash_depth--;
    drop_plain(rt, object);
    if (rt->trash_depth == 0 && RT_UNLIKELY(rt->trash != NULL)) {
        rt_trash_empty(rt);
    }
}

static void
drop_plain(struct rt *rt, struct rt_object *object) {
    struct rt_object *class_object = &rt_instance_class(object)->object;
    struct rt_managed *managed = rt_instance_managed(object);
    struct rt_values *values = managed->values;
    struct rt_object **word;
    size_t room, values_bytes;
    unsigned state;

    if (RT_UNLIKELY(*word_at(object, sizeof *object) != NULL)) {
        drop_plain_referenced(rt, object);
        return;
    }
    if (RT_UNLIKELY(values == NULL) || RT_UNLIKELY(rt->trash_depth >= RT_TRASH_DEPTH_MAX) ||
        RT_UNLIKELY(rt->fast_bytes < PLAIN_BLOCK_BYTES) || RT_UNLIKELY(class_object->count == 1) ||
        RT_UNLIKELY((room = (state = rt_values_state(values)) >> 8) > VALUES_SIMPLE)) {
        drop_instance(rt, object);
        return;
    }
    class_object->count--;
    rt_untrack(rt, object);
    word = drop_set_values(rt, values, (uint8_t)state);
    if (RT_UNLIKELY(word != NULL)) {
        drop_plain_from(rt, object, word);
        return;
    }
    if (RT_UNLIKELY(!rt_free_uncounted(rt, (char *)values - VALUES_PREFIX_BYTES))) {
        drop_plain_from(rt, object, NULL);
        return;
    }
    RT_KEEP_LOOP(); /* what the two have in common is sooner read again than kept in saved registers */
    values_bytes = VALUES_PREFIX_BYTES + room * sizeof *word;
    if (RT_UNLIKELY(!rt_free_uncounted(rt, managed))) {
        drop_plain_block(rt, object, values_bytes);
        return;
    }
    rt_account_free_two(rt, PLAIN_BLOCK_BYTES, values_bytes);
    rt->young_count -= rt->young_count != 0;
}

static RT_NOINLINE void
drop_slotted_from(struct rt *rt, struct rt_object *object, struct rt_object **word) {
    struct rt_class *class_object = rt_instance_class(object);

    rt_incref(&class_object->object);
    rt->trash_depth++;
    if (word != NULL) {
        drop_words(rt, word, word_at(object, class_object->instance_bytes));
    }
    free_instance(rt, object, class_object, sizeof(struct rt_head));
    rt_trash_leave(rt);
}

static void
drop_slotted(struct rt *rt, struct rt_object *object) {
    struct rt_class *class_object = rt_instance_class(object);
    size_t bytes = class_object->instance_bytes;

    if (RT_UNLIKELY(rt->trash_depth >= RT_TRASH_DEPTH_MAX) ||
        RT_UNLIKELY(class_object->object.count == 1)) {
        drop_instance(rt, object);
        return;
    }
    class_object->object.count--;
    rt_untrack(rt, object);
    for (size_t at = sizeof *object; at < bytes; at += sizeof(struct rt_object *)) {
        struct rt_object *value = *word_at(object, at);

        if (value != NULL && !drop_simply(rt, value)) {
            drop_slotted_from(rt, object, word_at(object, at));
            return;
        }
    }
    if (RT_UNLIKELY(!rt_free_simple(rt, rt_head(object), sizeof(struct rt_head) + bytes))) {
        drop_slotted_from(rt, object, NULL);
        return;
    }
    rt->young_count -= rt->young_count != 0;
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
    for (size_t i = set; i < room; i++) {
        if (rt_values_bytes(values)[-3 - (int64_t)i] != i) {
            rt_text_string(why, "the order of an instance's values is not ready for the next one");
            return false;
        }
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
    bool is_simple = class_object->finalizer == NULL;
    struct rt_type *type = &class_object->type;

    type->drop = drop_instance;
    if (is_simple && class_object->keys != NULL && class_object->instance_bytes == PLAIN_BYTES &&
        class_object->type.weakrefs_offset == sizeof(struct rt_object)) {
        type->drop = drop_plain;
    } else if (is_simple && class_object->base == NULL && class_object->keys == NULL &&
               type->weakrefs_offset == 0) {
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

static RT_ALWAYS_INLINE void
clear_words(struct rt_object *object, size_t bytes) {
    for (size_t at = sizeof *object; at < bytes; at += sizeof(struct rt_object *)) {
        *word_at(object, at) = NULL;
        RT_KEEP_LOOP();
    }
}

/* After its prefix: the counts, the words, and its place among the tracked. */
static RT_ALWAYS_INLINE struct rt_object *
begin(struct rt *rt, struct rt_object *object, struct rt_class *class_object, size_t bytes) {
    rt_object_init(object, &class_object->type);
    rt_incref(&class_object->object);
    clear_words(object, bytes);
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

static RT_NOINLINE struct rt_object *
new_carefully(struct rt *rt, struct rt_class *class_object) {
    return class_object->keys == NULL ? new_slotted(rt, class_object)
                                      : new_managed(rt, class_object, class_object->instance_bytes);
}

/* Rooms are cleared by twos behind the first: the block of an even one has 8 bytes more than it needs.
 * pre: room <= VALUES_SIMPLE, and the block is a pool's */
static RT_ALWAYS_INLINE void
clear_values_simply(struct rt_values *values, size_t room) {
    values->items[0] = NULL;
    if (RT_UNLIKELY(room <= 1)) {
        return;
    }
    RT_KEEP_LOOP();
    values->items[1] = NULL;
    values->items[2] = NULL;
    RT_KEEP_LOOP();
    if (RT_UNLIKELY(room > 3)) {
        values->items[3] = NULL;
        values->items[4] = NULL;
    }
}

/* By the short paths alone when the room of the class's instances has settled. */
static RT_ALWAYS_INLINE struct rt_object *
new_plain_simply(struct rt *rt, struct rt_class *class_object) {
    const struct rt_keys *keys = class_object->keys;
    size_t room = rt_keys_shared_room(keys);
    struct rt_tracker *tracker = &rt->tracker;
    uint32_t place = tracker->end;
    struct rt_managed *managed;
    struct rt_object *object;
    struct rt_values *values;
    void *block, *values_block;

    if (RT_UNLIKELY(keys->limit > keys->entries + 1) || RT_UNLIKELY(room > VALUES_SIMPLE) ||
        RT_UNLIKELY(place >= tracker->limit) || RT_UNLIKELY(rt->young_count >= rt->young_limit) ||
        RT_UNLIKELY(!rt_alloc_two_simple(rt, PLAIN_BLOCK_BYTES,
                                         VALUES_PREFIX_BYTES + room * sizeof(struct rt_object *),
                                         &block, &values_block))) {
        return new_carefully(rt, class_object);
    }
    values = (struct rt_values *)((char *)values_block + VALUES_PREFIX_BYTES);
    rt_values_begin(values, room);
    clear_values_simply(values, room);
    managed = block;
    managed->values = values;
    managed->dict = NULL;
    managed->head = (struct rt_head){.place = place};
    object = (struct rt_object *)(managed + 1);
    rt_object_init(object, &class_object->type);
    *word_at(object, sizeof *object) = NULL;
    rt_incref(&class_object->object);
    rt->young_count++;
    tracker->objects[place] = object;
    tracker->end = place + 1;
    return object;
}

static RT_NOINLINE struct rt_object *
new_slotted_simply(struct rt *rt, struct rt_class *class_object) {
    size_t bytes = class_object->instance_bytes;
    struct rt_object *object =
        rt_object_simple(rt, &class_object->type, sizeof(struct rt_head), bytes);

    if (RT_UNLIKELY(object == NULL)) {
        return new_carefully(rt, class_object);
    }
    rt_incref(&class_object->object);
    clear_words(object, bytes);
    return object;
}

struct rt_object *
rt_instance_new(struct rt *rt, struct rt_object *class_arg) {
    struct rt_class *class_object = (struct rt_class *)class_arg;

    RT_ASSERT_KIND(class_arg, RT_KIND_CLASS);
    if (RT_LIKELY(class_object->type.drop == drop_plain)) {
        return new_plain_simply(rt, class_object);
    }
    return class_object->type.drop == drop_slotted ? new_slotted_simply(rt, class_object)
                                                   : new_carefully(rt, class_object);
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
