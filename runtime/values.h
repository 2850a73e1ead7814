/* SPDX-License-Identifier: MIT
 *
 * values.h: the attributes of one instance, by the index of their name in the class's shared keys.
 *
 * The values are words, NULL where nothing is set. Before them in the same block stand bytes, going down: for how
 * many there is room [-1], how many are set [-2], and their indices in the order of setting [-3], [-4], ...
 * The block is as long as CPython's: that prefix rounded up to 8 bytes, and the words.
 */
#ifndef RUNTIME_VALUES_H
#define RUNTIME_VALUES_H

#include "runtime/dict_keys.h"

struct rt_values {
    struct rt_object *items[1];
};

static inline uint8_t *
rt_values_bytes(struct rt_values *values) {
    return (uint8_t *)values;
}

static inline size_t
rt_values_room(struct rt_values *values) {
    return rt_values_bytes(values)[-1];
}

static inline size_t
rt_values_used(struct rt_values *values) {
    return rt_values_bytes(values)[-2];
}

static inline size_t
rt_values_prefix_bytes(size_t room) {
    return (room + 2 + 7) & ~(size_t)7;
}

static inline size_t
rt_values_block_bytes(struct rt_values *values) {
    size_t room = rt_values_room(values);

    return rt_values_prefix_bytes(room) + room * sizeof(struct rt_object *);
}

/* Notes that the value of this index was set just now and had not been. */
static inline void
rt_values_note(struct rt_values *values, size_t index) {
    uint8_t *bytes = rt_values_bytes(values);
    size_t used = bytes[-2];

    bytes[-3 - (int64_t)used] = (uint8_t)index;
    bytes[-2] = (uint8_t)(used + 1);
}

/* The block alone, with nothing set and its words not written. NULL: ENOMEM. */
static RT_ALWAYS_INLINE struct rt_values *
rt_values_obtain(struct rt *rt, size_t room) {
    size_t prefix_bytes = rt_values_prefix_bytes(room);
    char *block = rt_alloc_inline(rt, prefix_bytes + room * sizeof(struct rt_object *));
    struct rt_values *values;

    if (RT_UNLIKELY(block == NULL)) {
        rt->error = ENOMEM;
        return NULL;
    }
    values = (struct rt_values *)(block + prefix_bytes);
    rt_values_bytes(values)[-1] = (uint8_t)room;
    rt_values_bytes(values)[-2] = 0;
    return values;
}

/* Values for a new instance: room as the class has it now, which every new instance lowers by one first
 * while more than one is spare. NULL: ENOMEM. */
static RT_ALWAYS_INLINE struct rt_values *
rt_values_new_inline(struct rt *rt, struct rt_keys *keys) {
    struct rt_values *values;
    size_t room;

    keys->limit -= keys->limit > keys->entries + 1;
    room = rt_keys_shared_room(keys);
    values = rt_values_obtain(rt, room);
    for (size_t i = 0; RT_LIKELY(values != NULL) && i < room; i++) {
        values->items[i] = NULL;
        RT_KEEP_LOOP();
    }
    return values;
}

/* Gives the block alone back. */
static RT_ALWAYS_INLINE void
rt_values_free_inline(struct rt *rt, struct rt_values *values) {
    size_t room = rt_values_room(values), prefix_bytes = rt_values_prefix_bytes(room);

    rt_free_inline(rt, (char *)values - prefix_bytes,
                   prefix_bytes + room * sizeof(struct rt_object *));
}

/* Drops the values in the order of the class's names, and the block. */
static RT_ALWAYS_INLINE void
rt_values_drop_inline(struct rt *rt, struct rt_values *values) {
    size_t room = rt_values_room(values);

    for (size_t i = 0; i < room; i++) {
        rt_xdecref(rt, values->items[i]);
    }
    rt_values_free_inline(rt, values);
}

/* The same, for callers that are not in a hurry. */
struct rt_values *rt_values_new(struct rt *rt, struct rt_keys *keys);
void rt_values_free(struct rt *rt, struct rt_values *values);
void rt_values_drop(struct rt *rt, struct rt_values *values);

/* The value of this index is not set any more. pre: it was */
void rt_values_forget(struct rt_values *values, size_t index);

/* The same values again, with room for as many as a new instance has. NULL: ENOMEM. */
struct rt_values *rt_values_copy(struct rt *rt, struct rt_values *values,
                                 const struct rt_keys *keys);

#endif
