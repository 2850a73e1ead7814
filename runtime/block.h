/* SPDX-License-Identifier: MIT
 *
 * block.h: blocks of any size, from a pool or from the system, without guards, fills or faults.
 */
#ifndef RUNTIME_BLOCK_H
#define RUNTIME_BLOCK_H

#include "runtime/context.h"

/* What an address is, found out without touching what it points at. */
enum rt_block_kind {
    RT_BLOCK_POOL,    /* inside a pool in use */
    RT_BLOCK_LARGE,   /* the start of a large block */
    RT_BLOCK_FOREIGN, /* nothing of ours, or in memory of ours that holds no block */
};

enum rt_block_kind rt_block_kind(const struct rt *rt, const void *address);

/* pre: RT_BLOCK_POOL. Whether the address is the start of a block. */
bool rt_block_is_start(const struct rt *rt, const void *address);

/* Whether the address is the start of a block of ours, and of one that can have been asked for with
 * that size. */
bool rt_block_fits(const struct rt *rt, const void *address, size_t bytes);

void *rt_block_alloc(struct rt *rt, size_t bytes, bool is_zeroed); /* pre: bytes > 0 */

/* False: not a block of ours, or not of that size; nothing was done. */
bool rt_block_free(struct rt *rt, void *block, size_t bytes);

/* NULL leaves the old block as it was. pre: a live block of ours, old_bytes > 0, bytes > 0 */
void *rt_block_realloc(struct rt *rt, void *block, size_t old_bytes, size_t bytes);

#endif
