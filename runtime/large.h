/* SPDX-License-Identifier: MIT
 *
 * large.h: blocks from the system's malloc, and the set that knows them.
 */
#ifndef RUNTIME_LARGE_H
#define RUNTIME_LARGE_H

#include "runtime/context.h"

/* Lists blocks unless told not to: the `system` backend hands pointers straight through, at the full
 * speed of the system's malloc, and without knowing them. */
void rt_large_init(struct rt *rt, bool is_listed);
void rt_large_fini(struct rt *rt); /* frees every block that is still in the set */

/* NULL: out of memory. */
void *rt_large_alloc(struct rt *rt, size_t bytes, bool is_zeroed);

/* pre: block is in the set. NULL leaves everything as it was. */
void *rt_large_realloc(struct rt *rt, void *block, size_t old_bytes, size_t bytes);

/* False: not a large block of this context; it was not touched. */
bool rt_large_free(struct rt *rt, void *block, size_t bytes);

bool rt_large_has(const struct rt *rt, const void *address);

static inline size_t
rt_large_table_bytes(const struct rt *rt) {
    return rt->large.capacity * sizeof(rt->large.slots[0]);
}

#endif
