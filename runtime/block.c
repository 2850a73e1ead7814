/* SPDX-License-Identifier: MIT
 *
 * block.c: routes requests to pools or to the system, as pymalloc does.
 *
 * Up to alloc.small bytes a pool serves, above it the system's malloc. A block stays where it was born:
 * a large one that shrinks to 16 bytes stays with the system. A small one is kept in place when the
 * new request is of its class, or is smaller and still uses more than three quarters of it; anything
 * else is a new block, a copy and a free. So a live block may be of a larger class than its request's,
 * and the class is always read from the pool.
 */
#include "runtime/block.h"

#include "runtime/account.h"
#include "runtime/annotate.h"
#include "runtime/large.h"
#include "runtime/pool.h"

#include <string.h>

static struct rt_pool *
pool_of(const struct rt *rt, const void *address) {
    return &rt->pools[(size_t)((const char *)address - rt->base) >> rt->pool_shift];
}

enum rt_block_kind
rt_block_kind(const struct rt *rt, const void *address) {
    size_t offset = (size_t)((uintptr_t)address - (uintptr_t)rt->base);

    if (offset < rt->arenas.reserved_bytes) {
        return rt_arena_has(rt, offset) && rt_pool_is_in_use(pool_of(rt, address))
                   ? RT_BLOCK_POOL
                   : RT_BLOCK_FOREIGN;
    }
    return rt_large_has(rt, address) ? RT_BLOCK_LARGE : RT_BLOCK_FOREIGN;
}

bool
rt_block_is_start(const struct rt *rt, const void *address) {
    const struct rt_pool *pool = pool_of(rt, address);
    const struct rt_pool_rest *rest = &rt->rest[rt_pool_number(rt, pool)];
    size_t offset = (size_t)((const char *)address - rt->base) & (rt->pool_bytes - 1);
    size_t block_bytes = rt_size_class_bytes(rt_pool_class(pool));

    return offset >= RT_POOL_HEADER_BYTES && (offset - RT_POOL_HEADER_BYTES) % block_bytes == 0 &&
           (offset - RT_POOL_HEADER_BYTES) / block_bytes < rest->carved;
}

bool
rt_block_fits(const struct rt *rt, const void *address, size_t bytes) {
    enum rt_block_kind kind = rt_block_kind(rt, address);

    if (kind != RT_BLOCK_POOL) {
        return kind == RT_BLOCK_LARGE;
    }
    return rt_block_is_start(rt, address) &&
           bytes <= rt_size_class_bytes(rt_pool_class(pool_of(rt, address)));
}

void *
rt_block_alloc(struct rt *rt, size_t bytes, bool is_zeroed) {
    void *block;

    if (bytes > rt->small_bytes) {
        return rt_large_alloc(rt, bytes, is_zeroed);
    }
    block = rt_pool_take(rt, rt_size_class_index(bytes));
    if (block == NULL) {
        return NULL;
    }
    rt_account_take(rt, rt_size_class_index(bytes) + 1);
    rt_annotate_block_live(rt, block, bytes);
    if (is_zeroed) {
        memset(block, 0, bytes);
    }
    return block;
}

bool
rt_block_free(struct rt *rt, void *block, size_t bytes) {
    struct rt_pool *pool;
    size_t block_bytes;
    uint32_t unit;

    if (!rt_block_fits(rt, block, bytes)) {
        return false;
    }
    if (rt_block_kind(rt, block) == RT_BLOCK_LARGE) {
        return rt_large_free(rt, block, bytes);
    }
    pool = pool_of(rt, block);
    block_bytes = rt_size_class_bytes(rt_pool_class(pool));
    rt_annotate_block_freed(rt, block, block_bytes);
    unit = (uint32_t)((size_t)((char *)block - rt->base) >> RT_UNIT_SHIFT);
    rt_pool_give(rt, pool, unit, rt_pool_class(pool));
    rt_account_give(rt, block_bytes / RT_UNIT_BYTES);
    return true;
}

static void *
move_block(struct rt *rt, void *block, size_t old_bytes, size_t bytes) {
    void *moved = rt_block_alloc(rt, bytes, /* is_zeroed */ false);

    if (moved != NULL) {
        memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
        (void)rt_block_free(rt, block, old_bytes);
    }
    return moved;
}

void *
rt_block_realloc(struct rt *rt, void *block, size_t old_bytes, size_t bytes) {
    size_t offset = (size_t)((uintptr_t)block - (uintptr_t)rt->base);
    size_t block_bytes;

    if (offset >= rt->arenas.reserved_bytes) {
        return rt_large_realloc(rt, block, old_bytes, bytes);
    }
    block_bytes = rt_size_class_bytes(rt_pool_class(pool_of(rt, block)));
    if (bytes <= block_bytes && (rt_size_class_index(bytes) == rt_size_class_index(block_bytes) ||
                                 rt_size_class_keeps(block_bytes, bytes))) {
        rt_annotate_block_resized(rt, block, old_bytes, bytes);
        return block;
    }
    return move_block(rt, block, old_bytes, bytes);
}
