/* SPDX-License-Identifier: MIT
 *
 * values.c: the attributes of instances, where nobody is in a hurry.
 */
#include "runtime/values.h"

struct rt_values *
rt_values_new(struct rt *rt, struct rt_keys *keys) {
    return rt_values_new_inline(rt, keys);
}

void
rt_values_free(struct rt *rt, struct rt_values *values) {
    rt_values_free_inline(rt, values);
}

void
rt_values_drop(struct rt *rt, struct rt_values *values) {
    rt_values_drop_inline(rt, values);
}

void
rt_values_forget(struct rt_values *values, size_t index) {
    uint8_t *bytes = rt_values_bytes(values);
    int64_t used = bytes[-2], at = 0;

    while (bytes[-3 - at] != index) {
        at++;
    }
    for (; at + 1 < used; at++) {
        bytes[-3 - at] = bytes[-4 - at];
    }
    bytes[-2 - used] = (uint8_t)(used - 1);
    bytes[-2] = (uint8_t)(used - 1);
}

struct rt_values *
rt_values_copy(struct rt *rt, struct rt_values *values, const struct rt_keys *keys) {
    size_t room = rt_keys_shared_room(keys), used = rt_values_used(values);
    struct rt_values *copy = rt_values_obtain(rt, room);

    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < room; i++) {
        copy->items[i] = values->items[i];
        if (copy->items[i] != NULL) {
            rt_incref(copy->items[i]);
        }
    }
    for (size_t i = 0; i < used; i++) {
        rt_values_note(copy, rt_values_bytes(values)[-3 - (int64_t)i]);
    }
    return copy;
}
