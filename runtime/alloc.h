/* SPDX-License-Identifier: MIT
 *
 * alloc.h: the fast paths of rt_alloc and rt_free, for the callers inside the runtime that are in a hurry:
 * a size that is known when the program is compiled then takes its class and its tests with it. alloc.c has
 * the theory, and everything that is not simple.
 */
#ifndef RUNTIME_ALLOC_H
#define RUNTIME_ALLOC_H

#include "runtime/account.h"
#include "runtime/pool.h"

void *rt_alloc_carefully(struct rt *rt, size_t bytes, bool is_zeroed);
void rt_free_carefully(struct rt *rt, void *block, size_t bytes);
void *rt_alloc_last(struct rt *rt, size_t bytes);
void rt_free_first(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t bytes);
void rt_free_hard(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t bytes);

static RT_ALWAYS_INLINE void
rt_account_alloc(struct rt *rt, size_t bytes, size_t class_index) {
    rt->allocations++;
    rt_account_requested(rt, (int64_t)bytes);
    rt_account_take(rt, class_index + 1);
}

static RT_ALWAYS_INLINE void
rt_account_free(struct rt *rt, size_t bytes, size_t class_index) {
    rt->requested_room += (int64_t)bytes;
    rt_account_give(rt, class_index + 1);
}

static RT_ALWAYS_INLINE void *
rt_alloc_inline(struct rt *rt, size_t size) {
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    struct rt_pool *pool;
    uint32_t count;

    if (RT_UNLIKELY(size - 1 >= rt->fast_bytes)) {
        return rt_alloc_carefully(rt, size, /* is_zeroed */ false);
    }
    pool = rt->front[class_index];
    count = pool->free_count;
    if (RT_UNLIKELY(count <= 1)) {
        return rt_alloc_last(rt, size);
    }
    pool->free_count = --count;
    rt_account_alloc(rt, size, class_index);
    return rt_pool_unit_address(rt, pool->free[count]);
}

/* The short paths alone, which call nothing. False where they do not lead: nothing was done, and the caller
 * goes the whole way from a function apart. */
static RT_ALWAYS_INLINE bool
rt_alloc_simple(struct rt *rt, size_t size, void **ret_block) {
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    struct rt_pool *pool = rt->front[class_index];
    uint32_t count = pool->free_count;

    if (RT_UNLIKELY(size - 1 >= rt->fast_bytes) || RT_UNLIKELY(count <= 1)) {
        return false;
    }
    pool->free_count = --count;
    rt_account_alloc(rt, size, class_index);
    *ret_block = rt_pool_unit_address(rt, pool->free[count]);
    return true;
}

/* Blocks of another class than the size's are none of the simple ones. */
static RT_ALWAYS_INLINE bool
rt_free_simple(struct rt *rt, void *block, size_t size) {
    size_t offset = (size_t)((uintptr_t)block - (uintptr_t)rt->base);
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    struct rt_pool *pool = &rt->pools[offset >> rt->pool_shift];
    uint32_t count;

    if (RT_UNLIKELY(offset >= rt->fast_span) || RT_UNLIKELY(pool->units != class_index + 1)) {
        return false;
    }
    count = pool->free_count;
    if (RT_UNLIKELY(count - 1 >= pool->free_limit)) {
        return false;
    }
    pool->free[count] = (uint32_t)(offset >> RT_UNIT_SHIFT);
    pool->free_count = count + 1;
    rt_account_free(rt, size, class_index);
    return true;
}

/* The short paths for two blocks of different classes, which are counted together. */

static RT_ALWAYS_INLINE void *
rt_pool_take_simple(struct rt *rt, struct rt_pool *pool) {
    uint32_t count = pool->free_count - 1;

    pool->free_count = count;
    return rt_pool_unit_address(rt, pool->free[count]);
}

/* Both or none. pre: size > other_size, and they are of different classes */
static RT_ALWAYS_INLINE bool
rt_alloc_two_simple(struct rt *rt, size_t size, size_t other_size, void **ret_block,
                    void **ret_other) {
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    size_t other_index = (other_size - 1) >> RT_UNIT_SHIFT;

    if (RT_UNLIKELY(size - 1 >= rt->fast_bytes) ||
        RT_UNLIKELY(rt->front[class_index]->free_count <= 1) ||
        RT_UNLIKELY(rt->front[other_index]->free_count <= 1)) {
        return false;
    }
    rt->allocations += 2;
    rt_account_requested(rt, (int64_t)(size + other_size));
    rt_account_take(rt, class_index + other_index + 2);
    *ret_block = rt_pool_take_simple(rt, rt->front[class_index]);
    *ret_other = rt_pool_take_simple(rt, rt->front[other_index]);
    return true;
}

/* Gives a block back and leaves the counting to the caller.
 * pre: it is of the class of its size, and size - 1 < rt->fast_bytes */
static RT_ALWAYS_INLINE bool
rt_free_uncounted(struct rt *rt, void *block) {
    size_t offset = (size_t)((uintptr_t)block - (uintptr_t)rt->base);
    struct rt_pool *pool = &rt->pools[offset >> rt->pool_shift];
    uint32_t count = pool->free_count;

    if (RT_UNLIKELY(count - 1 >= pool->free_limit)) {
        return false;
    }
    pool->free[count] = (uint32_t)(offset >> RT_UNIT_SHIFT);
    pool->free_count = count + 1;
    return true;
}

static RT_ALWAYS_INLINE void
rt_account_free_two(struct rt *rt, size_t size, size_t other_size) {
    rt->requested_room += (int64_t)(size + other_size);
    rt_account_give(rt, ((size - 1) >> RT_UNIT_SHIFT) + ((other_size - 1) >> RT_UNIT_SHIFT) + 2);
}

static RT_ALWAYS_INLINE void
rt_free_inline(struct rt *rt, void *block, size_t size) {
    size_t offset = (size_t)((uintptr_t)block - (uintptr_t)rt->base);
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    struct rt_pool *pool = &rt->pools[offset >> rt->pool_shift];
    uint32_t count, unit;

    if (RT_UNLIKELY(offset >= rt->fast_span) || RT_UNLIKELY(pool->units != class_index + 1)) {
        rt_free_carefully(rt, block, size);
        return;
    }
    count = pool->free_count;
    unit = (uint32_t)(offset >> RT_UNIT_SHIFT);
    class_index = rt_opaque(class_index);
    if (RT_UNLIKELY(count - 1 >= pool->free_limit)) {
        if (count == 0) {
            rt_free_first(rt, pool, unit, size);
        } else {
            rt_free_hard(rt, pool, unit, size);
        }
        return;
    }
    pool->free[count] = unit;
    pool->free_count = count + 1;
    rt_account_free(rt, size, class_index);
}

#endif
