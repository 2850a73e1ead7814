/* SPDX-License-Identifier: MIT
 *
 * tuple.h: tuples, for the modules of the runtime; the public calls are in rt_object.h.
 */
#ifndef RUNTIME_TUPLE_H
#define RUNTIME_TUPLE_H

#include "runtime/object.h"

enum {
    RT_TUPLE_BYTES = 24, /* of the object, before its items */
};

extern const struct rt_type rt_tuple_type;

static inline struct rt_tuple *
rt_tuple(const struct rt_object *object) {
    return (struct rt_tuple *)object;
}

void rt_tuple_init(struct rt *rt); /* makes () */
void rt_tuple_free_lists_clear(struct rt *rt);

#endif
