/* SPDX-License-Identifier: MIT
 *
 * dict.h: the inside of dicts, for the two files that they are made of.
 */
#ifndef RUNTIME_DICT_H
#define RUNTIME_DICT_H

#include "runtime/dict_keys.h"
#include "runtime/values.h"

enum {
    RT_DICT_PREFIX_BYTES = sizeof(struct rt_head),
    RT_DICT_BYTES = sizeof(struct rt_dict),
};

static RT_ALWAYS_INLINE struct rt_dict *
rt_dict(const struct rt_object *object) {
    RT_ASSERT_KIND(object, RT_KIND_DICT);
    return (struct rt_dict *)object;
}

static RT_ALWAYS_INLINE bool
rt_keys_are_str(const struct rt_keys *keys) {
    return keys->kind != RT_KEYS_GENERAL;
}

/* The slots that 3.11.2 takes for so many or more: twice what would do when that is a power of two or below 8. */
static inline unsigned
rt_dict_log2_for_slots(size_t slots) {
    return 64 - (unsigned)__builtin_clzll(((slots | 8) - 1) | 7);
}

static inline unsigned
rt_dict_log2_for_growth(size_t used) {
    return rt_dict_log2_for_slots(used * 3);
}

/* For a dict that is known to get so many pairs. */
static inline unsigned
rt_dict_log2_for_pairs(size_t pairs) {
    return rt_dict_log2_for_slots((pairs * 3 + 1) / 2);
}

/* Where the value of that pair is. */
static RT_ALWAYS_INLINE struct rt_object **
rt_dict_value(const struct rt_dict *self, int64_t index) {
    struct rt_keys *keys = self->keys;

    if (RT_LIKELY(keys->kind == RT_KEYS_STR)) {
        return &((struct rt_key_str *)rt_keys_entries(keys))[index].value;
    }
    return keys->kind == RT_KEYS_GENERAL
               ? &((struct rt_key_general *)rt_keys_entries(keys))[index].value
               : &self->values->items[index];
}

/* The number of the first pair in order from *position on, which goes behind it; -1: none. */
int64_t rt_dict_next_index(const struct rt_dict *self, size_t *position);

/* Whether storing these two means that the dict has to be tracked from now on. */
static RT_ALWAYS_INLINE bool
rt_dict_must_track(const struct rt_dict *self, const struct rt_object *key,
                   const struct rt_object *value) {
    return (rt_may_be_tracked(value) || rt_may_be_tracked(key)) &&
           !rt_head_is_tracked(&self->object);
}

/* Whether the collector has to go on examining it: something in it may be, or come to be, tracked. */
bool rt_dict_needs_tracking(const struct rt_object *dict);

static RT_ALWAYS_INLINE struct rt_object *
rt_dict_fill(struct rt_object *object, struct rt_keys *keys, struct rt_values *values,
             int64_t used) {
    struct rt_dict *self = (struct rt_dict *)object;

    self->used = used;
    self->keys = keys;
    self->values = values;
    return object;
}

static RT_ALWAYS_INLINE void
rt_dict_drop_table(struct rt *rt, struct rt_keys *keys, struct rt_values *values) {
    if (RT_UNLIKELY(values != NULL)) {
        rt_values_drop(rt, values);
    }
    if (keys != rt_keys_none(rt)) {
        rt_keys_decref(rt, keys);
    }
}

/* A new object that is filled in by the caller, not from the free list. NULL: ENOMEM. */
struct rt_object *rt_dict_obtain(struct rt *rt);

/* A dict over a table of the caller's own, which it loses in any case. NULL: ENOMEM, also for NULL keys. */
struct rt_object *rt_dict_new_over(struct rt *rt, struct rt_keys *keys, int64_t used);

/* Another table of its own for the same pairs. -1: ENOMEM. */
int rt_dict_resize(struct rt *rt, struct rt_dict *self, unsigned log2_slots, bool may_be_str);

/* rt_dict_set of a key whose hash is known. */
int rt_dict_insert(struct rt *rt, struct rt_dict *self, struct rt_object *key, int64_t hash,
                   struct rt_object *value);

void rt_dict_free_lists_clear(struct rt *rt); /* dead dicts and key tables */

#endif
