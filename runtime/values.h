/* SPDX-License-Identifier: MIT
 *
 * values.h: the attributes of one instance, by the index of their name in the class's shared keys.
 *
 * The values are words, NULL where nothing is set. Before them in the same block stand bytes, going down: for how
 * many there is room [-1], how many are set [-2], and their indices in the order of setting [-3], [-4], ...
 * The block is as long as CPython's: that prefix rounded up to 8 bytes, and the words.
 *
 * Invariant: behind the indices of those set, the bytes of the order are their own numbers: the first one is 0,
 * the second 1. So attributes that are set in the order of the class's names are noted by counting them.
 * The counter is always read and written together with the room, as two bytes: processors forward what
 * was stored to the load of the same width soonest.
 */
#ifndef RUNTIME_VALUES_H
#define RUNTIME_VALUES_H

#include "runtime/dict_keys.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the prefix is written as one number");

struct rt_values {
    struct rt_object *items[1];
};

static inline uint8_t *
rt_values_bytes(struct rt_values *values) {
    return (uint8_t *)values;
}

/* How many are set, and the room times 256. */
static RT_ALWAYS_INLINE unsigned
rt_values_state(const struct rt_values *values) {
    uint16_t state;

    memcpy(&state, (const char *)values - sizeof state, sizeof state);
    return (unsigned)rt_opaque(state); /* not two loads of a byte each */
}

static inline size_t
rt_values_room(const struct rt_values *values) {
    return rt_values_state(values) >> 8;
}

static inline size_t
rt_values_used(const struct rt_values *values) {
    return (uint8_t)rt_values_state(values);
}

static inline size_t
rt_values_prefix_bytes(size_t room) {
    return (room + 2 + 7) & ~(size_t)7;
}

static inline size_t
rt_values_block_bytes(const struct rt_values *values) {
    size_t room = rt_values_room(values);

    return rt_values_prefix_bytes(room) + room * sizeof(struct rt_object *);
}

/* Notes that the value of this index was set just now and had not been. */
static RT_ALWAYS_INLINE void
rt_values_note(struct rt_values *values, size_t index) {
    uint16_t state = (uint16_t)rt_values_state(values);

    if (RT_UNLIKELY((uint8_t)state != index)) {
        rt_values_bytes(values)[-3 - (int64_t)(uint8_t)state] = (uint8_t)index;
    }
    state++;
    memcpy((char *)values - sizeof state, &state, sizeof state);
}

/* Writes the prefix of values of which none is set. */
static RT_ALWAYS_INLINE void
rt_values_begin(struct rt_values *values, size_t room) {
    uint64_t prefix = UINT64_C(0x000102030405) | (uint64_t)room << 56;

    memcpy((char *)values - sizeof prefix, &prefix, sizeof prefix);
    for (size_t i = 6; i < room; i++) {
        rt_values_bytes(values)[-3 - (int64_t)i] = (uint8_t)i;
    }
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
    rt_values_begin(values, room);
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
