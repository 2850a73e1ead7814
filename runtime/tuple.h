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

/* Whether the collector has to go on examining it: something in it may be, or come to be, tracked. */
bool rt_tuple_needs_tracking(const struct rt_object *tuple);

void rt_tuple_init(struct rt *rt); /* makes () */
void rt_tuple_free_lists_clear(struct rt *rt);

#endif
