/* SPDX-License-Identifier: MIT
 *
 * list.h: lists, for the modules of the runtime; the public calls are in rt_object.h.
 */
#ifndef RUNTIME_LIST_H
#define RUNTIME_LIST_H

#include "runtime/object.h"

extern const struct rt_type rt_list_type;

static inline struct rt_list *
rt_list(const struct rt_object *object) {
    return (struct rt_list *)object;
}

void rt_list_free_list_clear(struct rt *rt);

#endif
