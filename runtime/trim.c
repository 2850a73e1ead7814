/* SPDX-License-Identifier: MIT
 *
 * trim.c: gives pages back from inside arenas.
 *
 * An arena goes back whole only when its last block dies; one survivor pins a megabyte. Trimming looks
 * inside. A pool is cut into *granules* (a page each, or a 32nd of a large pool). A granule that lies in
 * a pool not in use, or that no live block reaches into, is discarded: the address space stays, the
 * memory goes. The free blocks whose first bytes lie in it leave the pool's stack and are counted as
 * `released`; when the stack runs out they come back a granule at a time, lowest first, before new
 * blocks are carved (pool.c). Chunks of spilled free blocks live in the first bytes of free blocks, so
 * the stack is rebuilt from those that stay.
 *
 * A pool always keeps one free block on its stack while it has any (pool.c's first invariant): if
 * trimming would take all, it leaves the pool's lowest free granule alone.
 *
 * Neighbouring discarded granules are given back in one call, across pools and arenas: a call costs
 * about as much as three pages.
 */
#include "runtime/event.h"
#include "runtime/pool.h"

#include <string.h>

struct rt_trim {
    struct rt *rt;
    uint16_t *units; /* free blocks of the pool at hand, newest first */
    size_t count;
    char *from, *to; /* to be discarded next */
    size_t bytes;    /* discarded so far */
};

static void
flush_range(struct rt_trim *trim) {
    size_t bytes = (size_t)(trim->to - trim->from);

    if (bytes != 0 &&
        trim->rt->os.advise(trim->rt->os.context, trim->from, bytes, RT_OS_ADVICE_DISCARD) == 0) {
        trim->bytes += bytes;
    }
    trim->from = trim->to = NULL;
}

static void
discard(struct rt_trim *trim, char *address, size_t bytes) {
    if (address != trim->to) {
        flush_range(trim);
        trim->from = address;
    }
    trim->to = address + bytes;
}

static void
collect_unit(void *context, uint16_t unit) {
    struct rt_trim *trim = context;

    trim->units[trim->count++] = unit;
}

/* Granules that no live block reaches into and that hold the beginning of a free one. */
static uint32_t
find_empty_granules(const struct rt_trim *trim, int32_t number) {
    const struct rt *rt = trim->rt;
    const struct rt_pool *pool = &rt->pools[number];
    const struct rt_pool_rest *rest = &rt->rest[number];
    size_t block_bytes = rt_size_class_bytes(rt_pool_class(pool));
    size_t granule_bytes = rt_pool_granule_bytes(rt);
    uint64_t is_free[(65536 + 63) / 64];
    uint32_t lived_in = 0, begun_in = 0;

    memset(is_free, 0, ((size_t)rest->carved / 64 + 1) * sizeof(is_free[0]));
    for (size_t i = 0; i < trim->count; i++) {
        size_t offset = ((size_t)trim->units[i] << RT_UNIT_SHIFT) - RT_POOL_HEADER_BYTES;
        size_t block = offset / block_bytes;

        is_free[block / 64] |= UINT64_C(1) << block % 64;
    }
    for (size_t block = 0; block < rest->carved; block++) {
        size_t from = RT_POOL_HEADER_BYTES + block * block_bytes;
        uint32_t granules = rt_pool_granules_of(rt, pool, from);

        if ((granules & rest->released_granules) != 0) {
            continue;
        }
        if ((is_free[block / 64] >> block % 64 & 1) != 0) {
            begun_in |= granules;
            continue;
        }
        for (size_t g = from / granule_bytes; g <= (from + block_bytes - 1) / granule_bytes; g++) {
            lived_in |= UINT32_C(1) << g;
        }
    }
    return begun_in & ~lived_in;
}

static uint32_t
granules_of_unit(const struct rt_trim *trim, int32_t number, size_t i) {
    return rt_pool_granules_of(trim->rt, &trim->rt->pools[number],
                               (size_t)trim->units[i] << RT_UNIT_SHIFT);
}

/* Leaves on the stack what has no part in `granules`. */
static void
rebuild_stack(struct rt_trim *trim, int32_t number, uint32_t granules) {
    struct rt *rt = trim->rt;
    struct rt_pool *pool = &rt->pools[number];
    struct rt_pool_rest *rest = &rt->rest[number];
    uint32_t base = (uint32_t)((size_t)number << (rt->pool_shift - RT_UNIT_SHIFT));

    pool->free_count = 0;
    rest->spilled_chunks = 0;
    rest->spill = 0;
    for (size_t i = trim->count; i-- > 0;) {
        if ((granules_of_unit(trim, number, i) & granules) != 0) {
            rest->released++;
        } else {
            rt_pool_push(rt, pool, base + trim->units[i]);
        }
    }
    rest->released_granules |= granules;
    rt_pool_refresh(rt, pool);
}

static bool
would_empty_stack(const struct rt_trim *trim, int32_t number, uint32_t granules) {
    for (size_t i = 0; i < trim->count; i++) {
        if ((granules_of_unit(trim, number, i) & granules) == 0) {
            return false;
        }
    }
    return true;
}

static void
trim_pool_in_use(struct rt_trim *trim, int32_t number) {
    struct rt *rt = trim->rt;
    const struct rt_pool *pool = &rt->pools[number];
    size_t granule_bytes = rt_pool_granule_bytes(rt);
    size_t free_bytes =
        rt_pool_free_blocks(pool, &rt->rest[number]) * rt_size_class_bytes(rt_pool_class(pool));
    uint32_t granules;

    if (free_bytes + RT_POOL_HEADER_BYTES < granule_bytes) {
        return;
    }
    trim->count = 0;
    rt_pool_visit_free(rt, number, collect_unit, trim);
    granules = find_empty_granules(trim, number);
    while (granules != 0 && would_empty_stack(trim, number, granules)) {
        granules &= granules - 1;
    }
    if (granules == 0) {
        return;
    }
    rebuild_stack(trim, number, granules);
    for (; granules != 0; granules &= granules - 1) {
        size_t granule = (size_t)__builtin_ctz(granules);

        discard(trim, rt_pool_address(rt, number) + granule * granule_bytes, granule_bytes);
    }
}

/* A pool not in use goes whole, or what is left of it, once: the mark stays until it is in use again.
 * (No pool in use has all its granules marked: something in it is live.) */
static void
trim_unused_pool(struct rt_trim *trim, int32_t number) {
    struct rt_pool_rest *rest = &trim->rt->rest[number];
    size_t granule_bytes = rt_pool_granule_bytes(trim->rt);
    uint32_t gone = rest->released_granules;

    if (gone == UINT32_MAX) {
        return;
    }
    rt_pool_forget(trim->rt, number);
    rest->released_granules = UINT32_MAX;
    for (size_t g = 0; g < trim->rt->pool_bytes / granule_bytes; g++) {
        if ((gone >> g & 1) == 0) {
            discard(trim, rt_pool_address(trim->rt, number) + g * granule_bytes, granule_bytes);
        }
    }
}

static void
trim_arena(struct rt_trim *trim, size_t arena) {
    struct rt *rt = trim->rt;
    size_t first = arena * rt->arenas.pools_per_arena;

    for (size_t i = 0; i < rt->arenas.table[arena].carved; i++) {
        int32_t number = (int32_t)(first + i);

        if (rt_pool_is_in_use(&rt->pools[number])) {
            trim_pool_in_use(trim, number);
        } else {
            trim_unused_pool(trim, number);
        }
    }
}

size_t
rt_trim(struct rt *rt) {
    struct rt_trim trim = {.rt = rt};

    rt_pool_settle(rt);
    rt->os.large_trim(rt->os.context);
    if (rt->pool_bytes % rt->page_bytes != 0) { /* no page lies in one pool alone */
        return 0;
    }
    trim.units =
        rt->os.large_alloc(rt->os.context, (rt->pool_bytes >> RT_UNIT_SHIFT) * sizeof(*trim.units));
    if (trim.units == NULL) {
        return 0;
    }
    for (size_t arena = 0; arena < rt->arenas.covered; arena++) {
        if (rt->arenas.table[arena].is_mapped) {
            trim_arena(&trim, arena);
        }
    }
    flush_range(&trim);
    rt->os.large_free(rt->os.context, trim.units);
    rt->trimmed_bytes += trim.bytes;
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_TRIMMED, .bytes = trim.bytes});
    return trim.bytes;
}
