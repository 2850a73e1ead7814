/* SPDX-License-Identifier: MIT
 *
 * int.h: numbers, for the modules of the runtime; the public calls are in rt_object.h. Floats are here as
 * well: a file of their name would hide the C library's.
 */
#ifndef RUNTIME_INT_H
#define RUNTIME_INT_H

#include "runtime/hash.h"
#include "runtime/object.h"

enum {
    RT_INT_HEAD_BYTES = 24, /* before the digits */
};

extern const struct rt_type rt_int_type, rt_bool_type;

static inline struct rt_int *
rt_int(const struct rt_object *object) {
    return (struct rt_int *)object;
}

/* Of an int or a bool. */
static RT_ALWAYS_INLINE int64_t
rt_int_hash(const struct rt_object *object) {
    const struct rt_int *self = rt_int(object);
    int64_t size = self->sized.size;

    if (RT_LIKELY(size >= -1 && size <= 1)) { /* there is a digit, even when it does not count */
        return rt_hash_not_unknown(size * (int64_t)self->digits[0]);
    }
    return rt_hash_digits(size < 0, self->digits, (size_t)(size < 0 ? -size : size));
}

/* Whether an int or a bool is exactly this number. */
bool rt_int_equals_double(const struct rt_object *object, double value);

void rt_int_init(struct rt *rt); /* the shared ones, False and True */

/* ---- float.c ---- */

extern const struct rt_type rt_float_type;

static inline struct rt_float *
rt_float(const struct rt_object *object) {
    return (struct rt_float *)object;
}

/* Puts an object without references on the free list. False: it is no float, or there is no room. */
static RT_ALWAYS_INLINE bool
rt_float_drop_simple(struct rt *rt, struct rt_object *object) {
    return RT_LIKELY(object->type == &rt_float_type) &&
           rt_free_list_push(&rt->free_floats, object, offsetof(struct rt_object, type));
}

void rt_float_free_list_clear(struct rt *rt);

#endif
