/* SPDX-License-Identifier: MIT
 *
 * arena.h: gets pools from the operating system, an arena at a time, and gives arenas back.
 */
#ifndef RUNTIME_ARENA_H
#define RUNTIME_ARENA_H

#include "runtime/context.h"

enum {
    RT_NONE = -1
}; /* no pool, no arena */

struct rt_arena {
    uint32_t free_pools;    /* given back, or not yet carved */
    uint32_t carved;        /* pools that have been in use at least once since it was mapped */
    int32_t free_head;      /* stack of pools given back, linked by rt_pool.next */
    int32_t next, previous; /* on the list of usable arenas */
    bool is_mapped;
};

int rt_arena_init(struct rt *rt);
void rt_arena_fini(struct rt *rt);

/* The number of a pool that is in nobody's use, or RT_NONE when the system has no more memory. */
int32_t rt_arena_take_pool(struct rt *rt);

/* Takes the pool back; may unmap its arena. */
void rt_arena_give_pool(struct rt *rt, int32_t pool);

/* The most that there ever was out of use. */
static inline void
rt_arena_note_slack(struct rt *rt) {
    int64_t slack = (int64_t)(rt->arenas.free_pools << rt->pool_shift);

    if (slack > rt->arenas.slack_bytes_peak) {
        rt->arenas.slack_bytes_peak = slack;
    }
}

static inline size_t
rt_arena_of_pool(const struct rt *rt, int32_t pool) {
    return (size_t)pool >> (rt->arenas.arena_shift - rt->pool_shift);
}

static inline char *
rt_arena_address(const struct rt *rt, size_t arena) {
    return rt->base + (arena << rt->arenas.arena_shift);
}

/* Whether the offset from the base lies in an arena that is mapped now: O(1) for any value. */
static inline bool
rt_arena_has(const struct rt *rt, size_t offset) {
    size_t arena = offset >> rt->arenas.arena_shift;

    return arena < rt->arenas.covered && rt->arenas.table[arena].is_mapped;
}

static inline size_t
rt_arena_slack_bytes(const struct rt *rt) {
    return rt->arenas.free_pools << rt->pool_shift;
}

/* Arenas mapped and large blocks: what the context has from the system for blocks. */
static inline size_t
rt_arena_held_bytes(const struct rt *rt) {
    return (rt->arenas.mapped << rt->arenas.arena_shift) + rt->large.bytes;
}

static inline void
rt_arena_note_held(struct rt *rt) {
    int64_t held = (int64_t)rt_arena_held_bytes(rt);

    if (held > rt->held_peak) {
        rt->held_peak = held;
    }
}

/* Whether rt_arena_give_pool, followed at once by rt_arena_take_pool, would give the same pool again and leave all as
 * it was: its arena is then the first of the list, and mapped. */
static inline bool
rt_arena_would_return(const struct rt *rt, int32_t pool) {
    const struct rt_arenas *arenas = &rt->arenas;
    int32_t number = (int32_t)rt_arena_of_pool(rt, pool);
    const struct rt_arena *arena = &arenas->table[number];
    uint32_t count = arena->free_pools;

    if (count + 1 == arenas->pools_per_arena &&
        (arenas->usable != number || arena->next != RT_NONE)) {
        return false;
    }
    return count == 0 || (arenas->usable == number && arenas->last_with[count] == number);
}

/* Bytes of memory behind the context's tables of pools and arenas. */
size_t rt_arena_table_bytes(const struct rt *rt);

#endif
