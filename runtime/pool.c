/* SPDX-License-Identifier: MIT
 *
 * pool.c: blocks of one size, last in first out, and the list of pools of each class.
 *
 * What is decided is pymalloc's, block for block. Each class has a list of partly used pools; requests
 * are served by the front one, newest free block first, then blocks never used yet, in ascending order.
 * A pool that runs out leaves the list. A full pool that gets a block back goes to the front. A pool
 * whose last live block comes back goes to its arena, and is taken up again as it was if its own class
 * takes it next. How it is kept is ours:
 *
 *  - Free blocks are not linked through themselves. The newest up to 28 stand, as 32-bit units, on a
 *    stack in the pool's record; when it overflows, its oldest are written as one *chunk* into the
 *    first bytes of one of them: the link to the previous chunk and 16-bit units, as many as fit into
 *    48 bytes; the block itself is one more. So one free in 24 touches the block, and a take does not
 *    wait for the memory of a block that was freed long ago just to learn the next address. (With a
 *    stack of 12 and chunks of 8, freeing a million blocks took 14 ns each in order and 16.6 at random;
 *    with these, 9.9 and 12.7.)
 *  - A take that leaves the stack empty refills it at once (a chunk, a released granule, or new blocks),
 *    so an empty stack means a pool with nothing free: no second test is needed on the hot path.
 *  - A block that is the only one of its class takes a pool out of its arena each time it is made, and gives it back
 *    each time it dies. Where the arena would give just that pool again, and be as it was, it is not asked: the pool
 *    *rests*, counted as out of use, until its class wants it back or anybody wants to see the arenas
 *    (rt_pool_settle). Such a pair took 25 ns, now 16.
 *
 * Invariants for a pool in use, with E = carved - chunk * spilled_chunks - released:
 *  1. free_count == 0 if and only if it is on no list: full. Otherwise it is on its class's list.
 *  2. live blocks = E - free_count, and at least one.
 *  3. has_more is spilled_chunks > 0, or released > 0, or carved < capacity.
 *  4. free_limit = min(27, E - 2): with up to that many on the stack, one more neither overflows it nor
 *     is the pool's last live block.
 * A pool not in use has units 0, free_count 0 and free_limit 0; what they were is in `parked_...`. The one that rests
 * has kept its count and limit.
 */
#include "runtime/pool.h"

#include "runtime/account.h"
#include "runtime/annotate.h"

#include <string.h>

/* ---- The list of a class ------------------------------------------------------------------------- */

static void
unlink_pool(struct rt *rt, struct rt_pool *pool, size_t class_index) {
    if (rt->front[class_index] == pool) {
        rt->front[class_index] = &rt->pools[pool->next];
    } else {
        rt->pools[pool->previous].next = pool->next;
        rt->pools[pool->next].previous = pool->previous;
    }
}

/* ---- The stack and what lies beyond it ----------------------------------------------------------- */

static size_t
count_effective(const struct rt_pool *pool, const struct rt_pool_rest *rest) {
    return rest->carved - rest->spilled_chunks * rt_pool_chunk(pool) - rest->released;
}

void
rt_pool_refresh(struct rt *rt, struct rt_pool *pool) {
    const struct rt_pool_rest *rest = &rt->rest[rt_pool_number(rt, pool)];
    size_t effective = count_effective(pool, rest);
    size_t limit = effective < 2 ? 0 : effective - 2;

    pool->free_limit = (uint8_t)(limit < RT_POOL_FREE_MAX - 1 ? limit : RT_POOL_FREE_MAX - 1);
    pool->has_more = rest->spilled_chunks != 0 || rest->released != 0 ||
                     rest->carved < rt->capacity[rt_pool_class(pool)];
}

static uint32_t
first_unit(const struct rt *rt, int32_t number) {
    return (uint32_t)((size_t)number << (rt->pool_shift - RT_UNIT_SHIFT));
}

/* Writes the oldest of the stack into the oldest one's block. */
static void
spill_chunk(struct rt *rt, struct rt_pool *pool) {
    int32_t number = rt_pool_number(rt, pool);
    struct rt_pool_rest *rest = &rt->rest[number];
    uint32_t base = first_unit(rt, number);
    size_t count = rt_pool_chunk(pool);
    uint16_t *chunk = (uint16_t *)(void *)rt_pool_unit_address(rt, pool->free[0]);

    rt_annotate_open(chunk, count * sizeof(chunk[0]));
    chunk[0] = rest->spill;
    for (size_t i = 1; i < count; i++) {
        chunk[i] = (uint16_t)(pool->free[i] - base);
    }
    rt_annotate_close(chunk, count * sizeof(chunk[0]));
    rest->spill = (uint16_t)(pool->free[0] - base);
    rest->spilled_chunks++;
    pool->free_count -= (uint32_t)count;
    memmove(pool->free, pool->free + count, pool->free_count * sizeof(pool->free[0]));
}

/* pre: the stack is empty, a chunk is spilled */
static void
reload_chunk(struct rt *rt, struct rt_pool *pool) {
    int32_t number = rt_pool_number(rt, pool);
    struct rt_pool_rest *rest = &rt->rest[number];
    uint32_t base = first_unit(rt, number);
    size_t count = rt_pool_chunk(pool);
    uint16_t *chunk = (uint16_t *)(void *)rt_pool_unit_address(rt, base + rest->spill);

    rt_annotate_open(chunk, count * sizeof(chunk[0]));
    pool->free[0] = base + rest->spill;
    for (size_t i = 1; i < count; i++) {
        pool->free[i] = base + chunk[i];
    }
    rest->spill = chunk[0];
    rt_annotate_close(chunk, count * sizeof(chunk[0]));
    rest->spilled_chunks--;
    pool->free_count = (uint32_t)count;
    __builtin_prefetch(rt_pool_unit_address(rt, base + rest->spill));
}

void
rt_pool_push(struct rt *rt, struct rt_pool *pool, uint32_t unit) {
    if (pool->free_count == RT_POOL_FREE_MAX) {
        spill_chunk(rt, pool);
    }
    pool->free[pool->free_count++] = unit;
}

/* Takes back the lowest granule that rt_trim gave away, and the free blocks that no other such granule
 * holds. pre: the stack is empty, nothing is spilled */
static void
recall_granule(struct rt *rt, struct rt_pool *pool) {
    int32_t number = rt_pool_number(rt, pool);
    struct rt_pool_rest *rest = &rt->rest[number];
    uint32_t granule = rest->released_granules & -rest->released_granules;
    size_t from = (size_t)__builtin_ctz(granule) * rt_pool_granule_bytes(rt);
    size_t block_bytes = rt_size_class_bytes(rt_pool_class(pool));
    size_t reach = RT_POOL_HEADER_BYTES + rt_pool_chunk(pool) * sizeof(uint16_t);
    size_t first = from < reach ? 0 : (from - reach) / block_bytes;
    size_t end = (from + rt_pool_granule_bytes(rt)) / block_bytes + 1;

    rest->released_granules &= ~granule;
    for (size_t i = end < rest->carved ? end : rest->carved;
         i-- > first;) { /* lowest: given first */
        size_t offset = RT_POOL_HEADER_BYTES + i * block_bytes;
        uint32_t granules = rt_pool_granules_of(rt, pool, offset);

        if ((granules & granule) != 0 && (granules & rest->released_granules) == 0) {
            rest->released--;
            rt_pool_push(rt, pool, first_unit(rt, number) + (uint32_t)(offset >> RT_UNIT_SHIFT));
        }
    }
}

/* Carves up to a stack full of new blocks; the lowest is given first.
 * pre: the stack is empty, and there are blocks that were never carved */
static void
carve_blocks(struct rt *rt, struct rt_pool *pool) {
    int32_t number = rt_pool_number(rt, pool);
    struct rt_pool_rest *rest = &rt->rest[number];
    uint32_t block_units = pool->units;
    uint32_t unit = first_unit(rt, number) + RT_POOL_HEADER_UNITS + rest->carved * block_units;
    uint32_t count = rt->capacity[rt_pool_class(pool)] - (uint32_t)rest->carved;

    if (count > RT_POOL_FREE_MAX) {
        count = RT_POOL_FREE_MAX;
    }
    for (uint32_t i = count; i-- > 0; unit += block_units) {
        pool->free[i] = unit;
    }
    rest->carved = (uint16_t)(rest->carved + count);
    pool->free_count = count;
}

/* pre: the stack is empty, and there is more */
static void
refill(struct rt *rt, struct rt_pool *pool) {
    const struct rt_pool_rest *rest = &rt->rest[rt_pool_number(rt, pool)];

    if (rest->spilled_chunks != 0) {
        reload_chunk(rt, pool);
    } else if (rest->released != 0) {
        while (pool->free_count == 0) {
            recall_granule(rt, pool);
        }
    } else {
        carve_blocks(rt, pool);
    }
    rt_pool_refresh(rt, pool);
}

/* ---- Into use and out of it ---------------------------------------------------------------------- */

/* The pool that rests, if it is of the class: nothing of it has changed. */
static RT_ALWAYS_INLINE struct rt_pool *
wake_pool(struct rt *rt, size_t class_index) {
    int32_t number = rt->arenas.resting;
    struct rt_pool *pool = &rt->pools[number];

    if (number == RT_NONE || rt->rest[number].parked_units != class_index + 1) {
        return NULL;
    }
    rt->arenas.resting = RT_NONE;
    rt->arenas.free_pools--;
    pool->units = (uint16_t)(class_index + 1);
    rt_account_pool_opened(rt, class_index + 1);
    rt_pool_link_front(rt, pool, class_index);
    return pool;
}

/* A pool of the class at the front of its list, or NULL. */
static RT_NOINLINE struct rt_pool *
open_pool(struct rt *rt, size_t class_index) {
    int32_t number = rt_arena_take_pool(rt);
    struct rt_pool *pool;
    struct rt_pool_rest *rest;

    if (number == RT_NONE) {
        return NULL;
    }
    pool = &rt->pools[number];
    rest = &rt->rest[number];
    if (rest->parked_units == class_index + 1) {
        pool->free_count = rest->parked_count;
    } else {
        rt_pool_forget(rt, number);
    }
    pool->units = (uint16_t)(class_index + 1);
    rt_account_pool_opened(rt, class_index + 1);
    if (pool->free_count == 0) {
        refill(rt, pool);
    } else {
        rt_pool_refresh(rt, pool);
    }
    rt_pool_link_front(rt, pool, class_index);
    return pool;
}

/* pre: not in use, and on no list */
static RT_NOINLINE void
park_pool(struct rt *rt, int32_t number) {
    struct rt_pool *pool = &rt->pools[number];

    rt->rest[number].parked_count = (uint16_t)pool->free_count;
    pool->free_count = 0;
    pool->free_limit = 0;
    rt_arena_give_pool(rt, number);
}

RT_NOINLINE void
rt_pool_settle(struct rt *rt) {
    int32_t number = rt->arenas.resting;

    if (number != RT_NONE) {
        rt->arenas.resting = RT_NONE;
        rt->arenas.free_pools--;
        park_pool(rt, number);
    }
}

/* pre: all its carved blocks are free; on its class's list */
static RT_ALWAYS_INLINE void
close_pool(struct rt *rt, struct rt_pool *pool, size_t class_index) {
    int32_t number = rt_pool_number(rt, pool);

    unlink_pool(rt, pool, class_index);
    rt->rest[number].parked_units = pool->units;
    pool->units = 0;
    rt_account_pool_closed(rt);
    if (RT_UNLIKELY(rt->arenas.resting != RT_NONE)) {
        rt_pool_settle(rt);
    }
    if (rt_arena_would_return(rt, number)) {
        rt->arenas.resting = number;
        rt->arenas.free_pools++;
        rt_arena_note_slack(rt);
    } else {
        park_pool(rt, number);
    }
}

void
rt_pool_forget(struct rt *rt, int32_t number) {
    struct rt_pool *pool = &rt->pools[number];

    pool->free_count = 0;
    pool->free_limit = 0;
    pool->units = 0;
    rt->rest[number] = (struct rt_pool_rest){.carved = 0};
}

RT_NOINLINE void *
rt_pool_take_last(struct rt *rt, size_t class_index) {
    struct rt_pool *pool = rt->front[class_index];
    uint32_t unit;

    if (pool->free_count == 0) {
        pool = wake_pool(rt, class_index);
        if (pool == NULL && (pool = open_pool(rt, class_index)) == NULL) {
            return NULL;
        }
    }
    if (pool->free_count == 1 && !pool->has_more) {
        unit = rt_pool_take_only(rt, pool, class_index);
    } else {
        unit = pool->free[--pool->free_count];
        if (pool->free_count == 0) {
            refill(rt, pool);
        }
    }
    return rt_pool_unit_address(rt, unit);
}

static RT_NOINLINE void
give_to_full_stack(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t class_index) {
    rt_pool_push(rt, pool, unit);
    rt_pool_refresh(rt, pool);
    if (pool->free_count == count_effective(pool, &rt->rest[rt_pool_number(rt, pool)])) {
        close_pool(rt, pool, class_index);
    }
}

RT_NOINLINE void
rt_pool_give_hard(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t class_index) {
    if (pool->free_count == 0) { /* it was full: free_limit is still right */
        rt_pool_give_first(rt, pool, unit, class_index);
        return;
    }
    if (RT_UNLIKELY(pool->free_count == RT_POOL_FREE_MAX)) {
        give_to_full_stack(rt, pool, unit, class_index);
        return;
    }
    pool->free[pool->free_count++] = unit;
    RT_ASSERT(pool->free_count == count_effective(pool, &rt->rest[rt_pool_number(rt, pool)]),
              "a push that is not simple, onto a stack with room, makes the pool empty");
    close_pool(rt, pool, class_index);
}

/* ---- Looking ------------------------------------------------------------------------------------- */

void
rt_pool_visit_free(const struct rt *rt, int32_t number, rt_pool_visit_fn visit, void *context) {
    const struct rt_pool *pool = &rt->pools[number];
    const struct rt_pool_rest *rest = &rt->rest[number];
    uint32_t base = first_unit(rt, number);
    uint16_t spill = rest->spill;

    for (size_t i = pool->free_count; i-- > 0;) {
        visit(context, (uint16_t)(pool->free[i] - base));
    }
    for (size_t c = 0; c < rest->spilled_chunks && spill != 0; c++) {
        size_t count = rt_pool_chunk(pool);
        uint16_t *at = (uint16_t *)(void *)rt_pool_unit_address(rt, base + spill);
        uint16_t chunk[RT_POOL_CHUNK_MAX];

        rt_annotate_open(at, count * sizeof(chunk[0]));
        memcpy(chunk, at, count * sizeof(chunk[0]));
        rt_annotate_close(at, count * sizeof(chunk[0]));
        for (size_t i = count; i-- > 1;) {
            visit(context, chunk[i]);
        }
        visit(context, spill);
        spill = chunk[0];
    }
}
