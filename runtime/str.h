/* SPDX-License-Identifier: MIT
 *
 * str.h: the inside of a string, which dicts and classes look at as well.
 *
 * The head is as long as CPython's: 48 bytes when all characters are ASCII, 72 otherwise; the characters
 * follow, `width` bytes each, and one more that is 0.
 */
#ifndef RUNTIME_STR_H
#define RUNTIME_STR_H

#include "runtime/object.h"

enum {
    RT_STR_ASCII_BYTES = 48, /* of the head */
    RT_STR_WIDE_BYTES = 72,
    RT_STR_NO_HASH = -1, /* never a hash */
};

struct rt_str {
    struct rt_object object;
    int64_t length; /* in characters */
    int64_t hash;   /* RT_STR_NO_HASH until somebody asks */
    uint8_t width;
    bool is_ascii;
    bool is_interned;
    uint8_t unused[13];
};

_Static_assert(sizeof(struct rt_str) == RT_STR_ASCII_BYTES, "the head of an ASCII string");

extern const struct rt_type rt_str_type;

static inline struct rt_str *
rt_str(const struct rt_object *object) {
    return (struct rt_str *)object;
}

static inline bool
rt_is_str(const struct rt_object *object) {
    return object->type == &rt_str_type;
}

/* The characters. */
static RT_ALWAYS_INLINE const char *
rt_str_bytes(const struct rt_str *self) {
    return (const char *)self + (self->is_ascii ? RT_STR_ASCII_BYTES : RT_STR_WIDE_BYTES);
}

int64_t rt_str_hash_slowly(struct rt_object *object);

/* pre: a str */
static inline int64_t
rt_str_hash(struct rt_object *object) {
    int64_t hash = rt_str(object)->hash;

    return RT_LIKELY(hash != RT_STR_NO_HASH) ? hash : rt_str_hash_slowly(object);
}

/* pre: both are str */
bool rt_str_equal(const struct rt_object *one, const struct rt_object *other);

void rt_str_init(struct rt *rt);    /* the shared ones */
void rt_intern_fini(struct rt *rt); /* the table's memory */

#endif
