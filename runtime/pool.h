/* SPDX-License-Identifier: MIT
 *
 * pool.h: a pool's record, and the two operations that matter: take a block, give a block.
 *
 * Addresses inside the reserved space are kept as *units*, offsets from rt->base in steps of 16 bytes:
 * 32 bits are enough for 64 GiB. A unit within its pool fits 16 bits.
 */
#ifndef RUNTIME_POOL_H
#define RUNTIME_POOL_H

#include "runtime/arena.h"
#include "runtime/context.h"

enum {
    RT_POOL_FREE_MAX = 28,    /* blocks on the stack in the record */
    RT_POOL_CHUNK_MAX = 24,   /* blocks in a chunk that was spilled, at most */
    RT_POOL_GRANULE_MAX = 32, /* parts of a pool that rt_trim can give back by themselves */
};

/* The hot half: two cache lines, and all that most calls touch besides the block itself. The second
 * holds only what lies deeper on the stack. */
struct rt_pool {
    uint32_t free_count; /* on the stack; 0 if and only if no block can be had */
    uint8_t free_limit;  /* with 1 ... this many, a push is simple: it neither overflows the stack
                            nor empties the pool */
    bool has_more;       /* free blocks that are not on the stack */
    uint16_t units;      /* of a block, in 16 bytes: class + 1; 0: the pool is not in use */
    int32_t next, previous; /* on its class's list; `previous` means nothing at the front */
    uint32_t free[RT_POOL_FREE_MAX]; /* units; the last one is given next */
};

/* The cold half. */
struct rt_pool_rest {
    uint16_t carved; /* blocks that were ever given, or are on the stack */
    uint16_t spilled_chunks;
    uint16_t spill;    /* unit in the pool of the newest chunk; 0: none (the header is there) */
    uint16_t released; /* free blocks whose pages were given back by rt_trim */
    uint32_t released_granules; /* bit g: granule g was given back */
    uint16_t parked_count;      /* not in use: what free_count was, */
    uint16_t parked_units;      /* and of what class its blocks are */
};

_Static_assert(sizeof(struct rt_pool) == 128, "a pool's record is two cache lines");
_Static_assert(sizeof(struct rt_pool_rest) == 16, "the cold half is a quarter of a line");

static inline int32_t
rt_pool_number(const struct rt *rt, const struct rt_pool *pool) {
    return (int32_t)(pool - rt->pools);
}

static inline char *
rt_pool_address(const struct rt *rt, int32_t number) {
    return rt->base + ((size_t)number << rt->pool_shift);
}

static inline char *
rt_pool_unit_address(const struct rt *rt, uint32_t unit) {
    return rt->base + ((size_t)unit << RT_UNIT_SHIFT);
}

static inline bool
rt_pool_is_in_use(const struct rt_pool *pool) {
    return pool->units != 0;
}

/* pre: in use */
static inline size_t
rt_pool_class(const struct rt_pool *pool) {
    return (size_t)pool->units - 1;
}

/* Blocks in a chunk: as many 16-bit numbers as the first 48 bytes of a block hold. pre: in use */
static inline size_t
rt_pool_chunk(const struct rt_pool *pool) {
    return pool->units < 3 ? pool->units * (size_t)8 : RT_POOL_CHUNK_MAX;
}

/* Free blocks of a pool in use, without those never carved. */
static inline size_t
rt_pool_free_blocks(const struct rt_pool *pool, const struct rt_pool_rest *rest) {
    return pool->free_count + rest->spilled_chunks * rt_pool_chunk(pool) + rest->released;
}

static inline size_t
rt_pool_live_blocks(const struct rt_pool *pool, const struct rt_pool_rest *rest) {
    return rt_pool_is_in_use(pool) ? rest->carved - rt_pool_free_blocks(pool, rest) : 0;
}

/* Takes the last block of the front pool's stack, or of a pool got for it. NULL: out of memory.
 * pre: the front pool has at most one block on its stack. */
void *rt_pool_take_last(struct rt *rt, size_t class_index);

/* Any case of giving a block back that is not a simple push. pre: the pool is in use, and of
 * that class */
void rt_pool_give_hard(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t class_index);

/* Gives the pool that rests to its arena, if there is one. To be called before anybody looks at arenas, or at pools that
 * are not in use; what can be counted is the same before and after. */
void rt_pool_settle(struct rt *rt);

/* The pool's memory is gone: nothing is remembered of it. pre: not in use */
void rt_pool_forget(struct rt *rt, int32_t number);

/* Recomputes what depends on how many free blocks lie beyond the stack. */
void rt_pool_refresh(struct rt *rt, struct rt_pool *pool);

/* Puts a block on top of the stack; the caller refreshes. */
void rt_pool_push(struct rt *rt, struct rt_pool *pool, uint32_t unit);

/* Calls `visit` for each free block that was carved and not released, as a unit in the pool, newest
 * first, the way they would be given. pre: in use */
typedef void (*rt_pool_visit_fn)(void *context, uint16_t pool_unit);
void rt_pool_visit_free(const struct rt *rt, int32_t number, rt_pool_visit_fn visit, void *context);

/* Parts of a pool that rt_trim gives back by themselves: at least a page each. */
static inline size_t
rt_pool_granule_bytes(const struct rt *rt) {
    size_t even = rt->pool_bytes / RT_POOL_GRANULE_MAX;

    return even > rt->page_bytes ? even : rt->page_bytes;
}

/* The granules, as bits, that the first bytes of a block lie in, those a chunk may be written to. A free
 * block is released when any of them is. */
static inline uint32_t
rt_pool_granules_of(const struct rt *rt, const struct rt_pool *pool, size_t offset) {
    size_t granule_bytes = rt_pool_granule_bytes(rt);
    size_t last = offset + rt_pool_chunk(pool) * sizeof(uint16_t) - 1;

    return UINT32_C(1) << offset / granule_bytes | UINT32_C(1) << last / granule_bytes;
}

/* rt->pools[RT_NONE] is a record that never has a block. The lists end in it, so linking and unlinking at
 * the front need no special case. */
static RT_ALWAYS_INLINE void
rt_pool_link_front(struct rt *rt, struct rt_pool *pool, size_t class_index) {
    struct rt_pool *front = rt->front[class_index];

    pool->next = rt_pool_number(rt, front);
    front->previous = rt_pool_number(rt, pool);
    rt->front[class_index] = pool;
}

/* A block comes back to a full pool, which so becomes its class's front. */
static RT_ALWAYS_INLINE void
rt_pool_give_first(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t class_index) {
    pool->free[0] = unit;
    pool->free_count = 1;
    rt_pool_link_front(rt, pool, class_index);
}

/* The only free block of the front pool is taken: the pool leaves the list.
 * pre: it has one on its stack, and no more */
static RT_ALWAYS_INLINE uint32_t
rt_pool_take_only(struct rt *rt, struct rt_pool *pool, size_t class_index) {
    pool->free_count = 0;
    rt->front[class_index] = &rt->pools[pool->next];
    return pool->free[0];
}

/* Both whole operations, for callers that are not in a hurry; alloc.c has its own way in. */
static inline void *
rt_pool_take(struct rt *rt, size_t class_index) {
    struct rt_pool *pool = rt->front[class_index];

    return pool->free_count <= 1 ? rt_pool_take_last(rt, class_index)
                                 : rt_pool_unit_address(rt, pool->free[--pool->free_count]);
}

static inline void
rt_pool_give(struct rt *rt, struct rt_pool *pool, uint32_t unit, size_t class_index) {
    if (pool->free_count - 1 >= pool->free_limit) {
        rt_pool_give_hard(rt, pool, unit, class_index);
    } else {
        pool->free[pool->free_count++] = unit;
    }
}

#endif
