/* SPDX-License-Identifier: MIT
 *
 * alloc.c: the four calls that every other line of the runtime makes.
 *
 * Each has two paths. The fast one serves plain pool blocks: one comparison finds that it may, and then
 * it touches the context's first lines, one pool record, and the caller's block not at all. Whatever
 * needs more care (other backends, large blocks, fills, fault injection, memory checkers, odd sizes)
 * goes the careful way; rt->fast_bytes and rt->fast_span are 0 when everything must.
 *
 * What profiles taught:
 *  - The counters are plain 64-bit read-modify-writes and cost nothing measurable, as long as the
 *    compiler does not merge neighbours into one 16-byte access: a 16-byte load right after an 8-byte
 *    store waits for the store to reach the cache (a hot pair went from 3.3 to 8.2 ns). Hence
 *    -fno-tree-slp-vectorize for the runtime. Likewise 32-bit stack entries: with 16-bit ones the same
 *    pair took 6.7 ns.
 *  - Freeing says the size, so the class is known before the pool's record arrives from memory. The
 *    comparison below turns a wait into a prediction: stores to rt->front[class] then have a known
 *    address, and later loads need not wait for them. With a million blocks live, random replacement
 *    went from 120 to 80 ns by that alone.
 */
#include "runtime/annotate.h"
#include "runtime/backend.h"
#include "runtime/block.h"
#include "runtime/event.h"
#include "runtime/fault.h"
#include "runtime/pool.h"

#include <stdint.h>
#include <string.h>

static void
count_requested(struct rt *rt, int64_t change) {
    rt->requested += change;
    if (rt->requested > rt->requested_peak) {
        rt->requested_peak = rt->requested;
    }
}

static void
fill_block(int64_t knob, void *block, size_t bytes) {
    if (knob >= 0) {
        memset(block, (int)knob, bytes);
    }
}

static void *
report_out_of_memory(struct rt *rt, size_t bytes) {
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_OUT_OF_MEMORY, .bytes = bytes});
    return NULL;
}

static RT_NOINLINE void *
alloc_carefully(struct rt *rt, size_t bytes, bool is_zeroed) {
    size_t asked = bytes == 0 ? 1 : bytes;
    void *block = NULL;

    if (asked <= PTRDIFF_MAX / 2 && !rt_fault_is_due(rt, asked)) {
        block = rt->backend->alloc(rt, asked, is_zeroed);
    }
    if (block == NULL) {
        return report_out_of_memory(rt, asked);
    }
    if (!is_zeroed && rt->backend->is_plain) {
        fill_block(rt->config.alloc_fill_new, block, asked);
    }
    rt->allocations++;
    count_requested(rt, (int64_t)asked);
    return block;
}

static RT_NOINLINE void
free_carefully(struct rt *rt, void *block, size_t bytes) {
    size_t asked = bytes == 0 ? 1 : bytes;

    if (block == NULL) {
        return;
    }
    if (rt->backend->is_plain && rt->config.alloc_fill_freed >= 0 &&
        rt_block_kind(rt, block) != RT_BLOCK_FOREIGN) {
        fill_block(rt->config.alloc_fill_freed, block, asked);
    }
    if (rt->backend->free(rt, block, asked)) {
        rt->requested -= (int64_t)asked;
    }
}

void *
rt_alloc(struct rt *rt, size_t size) {
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    void *block;

    if (RT_UNLIKELY(size - 1 >= rt->fast_bytes)) {
        return alloc_carefully(rt, size, /* is_zeroed */ false);
    }
    block = rt_pool_take(rt, class_index);
    if (RT_UNLIKELY(block == NULL)) {
        return report_out_of_memory(rt, size);
    }
    rt->allocations++;
    rt->requested += (int64_t)size;
    if (RT_UNLIKELY(rt->requested > rt->requested_peak)) {
        rt->requested_peak = rt->requested;
    }
    rt->rounded += (int64_t)rt_size_class_bytes(class_index);
    if (RT_UNLIKELY(rt->rounded > rt->rounded_peak)) {
        rt->rounded_peak = rt->rounded;
    }
    return block;
}

void
rt_free(struct rt *rt, void *block, size_t size) {
    size_t offset = (size_t)((uintptr_t)block - (uintptr_t)rt->base);
    size_t class_index = (size - 1) >> RT_UNIT_SHIFT;
    struct rt_pool *pool = &rt->pools[offset >> rt->pool_shift];

    if (RT_UNLIKELY(offset >= rt->fast_span) || RT_UNLIKELY(pool->class_index != class_index) ||
        RT_UNLIKELY(!rt_pool_give(rt, pool, (uint32_t)(offset >> RT_UNIT_SHIFT), class_index))) {
        free_carefully(rt, block, size);
        return;
    }
    rt->requested -= (int64_t)size;
    rt->rounded -= (int64_t)rt_size_class_bytes(class_index);
    rt_pool_note_slack(rt);
}

void *
rt_alloc_zeroed(struct rt *rt, size_t size) {
    void *block;

    if (size - 1 >= rt->fast_bytes) {
        return alloc_carefully(rt, size, /* is_zeroed */ true);
    }
    block = rt_alloc(rt, size);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *
rt_realloc(struct rt *rt, void *block, size_t old_size, size_t new_size) {
    size_t old_bytes = old_size == 0 ? 1 : old_size;
    size_t bytes = new_size == 0 ? 1 : new_size;
    void *moved = NULL;

    if (block == NULL) {
        return rt_alloc(rt, new_size);
    }
    if (bytes <= PTRDIFF_MAX / 2 && !rt_fault_is_due(rt, bytes)) {
        moved = rt->backend->realloc(rt, block, old_bytes, bytes);
    }
    if (moved == NULL) {
        return report_out_of_memory(rt, bytes);
    }
    rt->allocations += moved != block;
    count_requested(rt, (int64_t)bytes - (int64_t)old_bytes);
    return moved;
}

bool
rt_owns(const struct rt *rt, const void *address) {
    return rt_block_kind(rt, address) != RT_BLOCK_FOREIGN;
}
