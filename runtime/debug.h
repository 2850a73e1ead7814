/* SPDX-License-Identifier: MIT
 *
 * debug.h: a guarded layer around blocks.
 */
#ifndef RUNTIME_DEBUG_H
#define RUNTIME_DEBUG_H

#include "runtime/context.h"

int rt_debug_init(struct rt *rt);
void rt_debug_fini(struct rt *rt); /* checks and frees the blocks that wait */

/* The functions of the `debug` backend: see backend.h for what they promise. */
void *rt_debug_alloc(struct rt *rt, size_t bytes, bool is_zeroed);
bool rt_debug_free(struct rt *rt, void *block, size_t bytes);
void *rt_debug_realloc(struct rt *rt, void *block, size_t old_bytes, size_t bytes);

/* What is wrong with a live block, in one line; false when nothing is. */
bool rt_debug_finds(const struct rt *rt, const void *block, size_t bytes, struct rt_text *text);

/* What is wrong with the blocks that wait; false when nothing is. */
bool rt_debug_finds_in_waiting(const struct rt *rt, struct rt_text *text);

#endif
