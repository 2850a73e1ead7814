/* SPDX-License-Identifier: MIT
 *
 * alloc.c: the four calls that every other line of the runtime makes.
 *
 * Each has two paths. The fast one serves plain pool blocks: one comparison finds that it may, and then
 * it touches the context's first lines, one pool record, and the caller's block not at all. Whatever
 * needs more care (other backends, large blocks, fills, fault injection, tracing, memory checkers, odd
 * sizes) goes the careful way; rt->fast_bytes and rt->fast_span are 0 when everything must.
 *
 * What profiles taught:
 *  - The counters are plain 64-bit read-modify-writes and cost nothing measurable, as long as the
 *    compiler does not merge neighbours into one 16-byte access: a 16-byte load right after an 8-byte
 *    store waits for the store to reach the cache (a hot pair went from 3.3 to 8.2 ns). Hence
 *    -fno-tree-slp-vectorize for the runtime. Likewise 32-bit stack entries: with 16-bit ones the same
 *    pair took 6.7 ns.
 *  - What a call costs beyond that is mostly its loads and tests of marks: keeping peaks as room left
 *    (account.h) instead of value and peak took a hot pair from 3.55 to 3.3 ns; pymalloc's is 5.5.
 *  - Freeing says the size, so the class is known before the pool's record arrives from memory. The
 *    comparison below turns a wait into a prediction, and rt_opaque() keeps it one: stores to
 *    rt->front[class] then have a known address, and later loads need not wait for them. With a million
 *    blocks live, random replacement went from 120 to 80 ns by that alone.
 *  - Looking whether a block begins where the caller says takes two divisions, as long as the rest of a
 *    realloc: so simple blocks go by their class here as well (24.5 ns, now 9.7).
 *  - What is left there are mispredicted branches, each of which waits for a record from memory: whether
 *    the block's pool was full, and whether the front pool has another block. pymalloc's order asks for
 *    both. Conditional moves in their place cost more than they saved, and so did a place for one block
 *    in front of each class's list.
 */
#include "runtime/alloc.h"
#include "runtime/annotate.h"
#include "runtime/backend.h"
#include "runtime/block.h"
#include "runtime/event.h"
#include "runtime/fault.h"
#include "runtime/pool.h"
#include "runtime/trace.h"

#include <stdint.h>
#include <string.h>

static void
fill_block(int64_t knob, void *block, size_t bytes) {
    if (knob >= 0) {
        memset(block, (int)knob, bytes);
    }
}

static RT_COLD void *
report_out_of_memory(struct rt *rt, size_t bytes) {
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_OUT_OF_MEMORY, .bytes = bytes});
    return NULL;
}

RT_NOINLINE void *
rt_alloc_carefully(struct rt *rt, size_t bytes, bool is_zeroed) {
    size_t asked = bytes == 0 ? 1 : bytes;
    void *block = NULL;

    if (asked <= PTRDIFF_MAX / 2 && !rt_fault_is_due(rt, asked) && rt_trace_is_ready(rt, asked)) {
        block = rt->backend->alloc(rt, asked, is_zeroed);
    }
    if (block == NULL) {
        return report_out_of_memory(rt, asked);
    }
    if (!is_zeroed && rt->backend->is_plain) {
        fill_block(rt->config.alloc_fill_new, block, asked);
    }
    rt->allocations++;
    rt_account_requested(rt, (int64_t)asked);
    rt_trace_alloc(rt, block, asked);
    return block;
}

RT_NOINLINE void
rt_free_carefully(struct rt *rt, void *block, size_t bytes) {
    size_t asked = bytes == 0 ? 1 : bytes;

    if (block == NULL) {
        return;
    }
    if (rt->backend->is_plain && rt->config.alloc_fill_freed >= 0 &&
        rt_block_fits(rt, block, asked)) {
        fill_block(rt->config.alloc_fill_freed, block, asked);
    }
    if (rt->backend->free(rt, block, asked)) {
        rt_account_requested(rt, -(int64_t)asked);
        rt_trace_free(rt, block);
    }
}

/* The cases that are not simple, reached by tail calls: the fast paths need no stack frame. Two of them
 * are what nearly every call does when many blocks are live and replaced at random: a block comes back
 * to a full pool, and is its only free one when it is taken again. They must be short, so that the
 * processor has many under way at once. */
RT_NOINLINE void *
rt_alloc_last(struct rt *rt, size_t bytes) {
    size_t class_index = rt_size_class_index(bytes);
    struct rt_pool *pool = rt->front[class_index];
    void *block;

    if (RT_LIKELY(pool->free_count == 1 && !pool->has_more)) {
        block = rt_pool_unit_address(rt, rt_pool_take_only(rt, pool, class_index));
    } else {
        block = rt_pool_take_last(rt, class_index);
        if (RT_UNLIKELY(block == NULL)) {
            return report_out_of_memory(rt, bytes);
        }
    }
    rt_account_alloc(rt, bytes, class_index);
    return block;
}

RT_NOINLINE void
rt_free_first(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t bytes) {
    size_t class_index = rt_size_class_index(bytes);

    rt_pool_give_first(rt, pool, unit, class_index);
    rt_account_free(rt, bytes, class_index);
}

RT_NOINLINE void
rt_free_hard(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t bytes) {
    size_t class_index = rt_size_class_index(bytes);

    rt_pool_give_hard(rt, pool, unit, class_index);
    rt_account_free(rt, bytes, class_index);
}

void *
rt_alloc(struct rt *rt, size_t size) {
    return rt_alloc_inline(rt, size);
}

void
rt_free(struct rt *rt, void *block, size_t size) {
    rt_free_inline(rt, block, size);
}

void *
rt_alloc_zeroed(struct rt *rt, size_t size) {
    void *block;

    if (size - 1 >= rt->fast_bytes) {
        return rt_alloc_carefully(rt, size, /* is_zeroed */ true);
    }
    block = rt_alloc(rt, size);
    return block == NULL ? NULL : memset(block, 0, size);
}

/* Of a block of its size's class to another class. Both blocks are live for a while, but the request is counted as
 * one that changed. */
static void *
move_simple(struct rt *rt, void *block, struct rt_pool *pool, size_t old_bytes, size_t bytes) {
    size_t old_class = rt_size_class_index(old_bytes), class_index = rt_size_class_index(bytes);
    void *moved = rt_pool_take(rt, class_index);

    if (RT_UNLIKELY(moved == NULL)) {
        return report_out_of_memory(rt, bytes);
    }
    rt_account_take(rt, class_index + 1);
    memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    rt_pool_give(rt, pool, (uint32_t)((size_t)((char *)block - rt->base) >> RT_UNIT_SHIFT),
                 old_class);
    rt_account_give(rt, old_class + 1);
    rt->allocations++;
    rt_account_requested(rt, (int64_t)bytes - (int64_t)old_bytes);
    return moved;
}

/* Where the system puts one of its blocks is not the same each time, so that it is not counted. */
static void *
realloc_carefully(struct rt *rt, void *block, size_t old_size, size_t new_size) {
    bool is_systems = (size_t)((uintptr_t)block - (uintptr_t)rt->base) >= rt->arenas.reserved_bytes;
    size_t old_bytes = old_size == 0 ? 1 : old_size;
    size_t bytes = new_size == 0 ? 1 : new_size;
    void *moved = NULL;

    if (block == NULL) {
        return rt_alloc(rt, new_size);
    }
    if (bytes <= PTRDIFF_MAX / 2 && !rt_fault_is_due(rt, bytes) && rt_trace_is_ready(rt, bytes)) {
        moved = rt->backend->realloc(rt, block, old_bytes, bytes);
    }
    if (moved == NULL) {
        return report_out_of_memory(rt, bytes);
    }
    rt->allocations += moved != block && !is_systems;
    if (bytes > old_bytes && rt->backend->is_plain) {
        fill_block(rt->config.alloc_fill_new, (char *)moved + old_bytes, bytes - old_bytes);
    }
    rt_account_requested(rt, (int64_t)bytes - (int64_t)old_bytes);
    rt_trace_realloc(rt, block, moved, bytes);
    return moved;
}

void *
rt_realloc(struct rt *rt, void *block, size_t old_size, size_t new_size) {
    size_t offset = (size_t)((uintptr_t)block - (uintptr_t)rt->base);
    size_t old_class = (old_size - 1) >> RT_UNIT_SHIFT;
    size_t class_index = (new_size - 1) >> RT_UNIT_SHIFT;
    struct rt_pool *pool = &rt->pools[offset >> rt->pool_shift];

    if (RT_UNLIKELY(offset >= rt->fast_span) || RT_UNLIKELY(pool->units != old_class + 1) ||
        RT_UNLIKELY(new_size - 1 >= rt->fast_bytes)) {
        return realloc_carefully(rt, block, old_size, new_size);
    }
    if (class_index == old_class ||
        (class_index < old_class &&
         rt_size_class_keeps(rt_size_class_bytes(old_class), new_size))) {
        rt_account_requested(rt, (int64_t)new_size - (int64_t)old_size);
        return block;
    }
    return move_simple(rt, block, pool, old_size, new_size);
}

bool
rt_owns(const struct rt *rt, const void *address) {
    return rt_block_kind(rt, address) != RT_BLOCK_FOREIGN;
}
