/* SPDX-License-Identifier: MIT
 *
 * arena.c: the address space for arenas, and which arena gives the next pool.
 *
 * One range of address space is reserved when the context is made; arena i, when mapped, stands at
 * base + i * arena_bytes. So for any pointer whatever, one subtraction and one shift tell the pool
 * and the arena it would lie in, and the tables tell whether they exist: nothing is ever followed to
 * find out. pymalloc walks a three-level tree for this.
 *
 * Records of pools and arenas stand in tables of their own, not in the memory they describe. A pool's
 * record in its first bytes would put every record on the same few sets of the cache (they are 16 KiB
 * apart): with 6,000 pools live, each free would miss. The dense table stays in the second-level
 * cache. Memory is put behind the tables as arenas come into use (cover_arenas).
 *
 * Invariants, with free(a) = number of free pools of arena a:
 *  1. The usable list holds exactly the mapped arenas with free(a) > 0, in ascending order of free(a).
 *  2. last_with[k] is the last arena on the list with free(a) == k, or RT_NONE when there is none.
 *  3. An arena whose count rises moves to the front of its new group of equals; an arena that had no
 *     free pool becomes the head of the list. (So pools are taken from the fullest arena, and the
 *     emptiest get the chance to become wholly free.)
 *  4. An arena that becomes wholly free is unmapped, unless it was the last on the list, before it
 *     would move (pymalloc keeps one against thrashing), or no more than alloc.keep_arenas are wholly
 *     free.
 *  5. Steps: with huge pages asked for at any price, arenas smaller than a huge page are committed
 *     together with their neighbours in it; the step is given back with the last of them.
 */
#include "runtime/arena.h"

#include "runtime/annotate.h"
#include "runtime/event.h"
#include "runtime/fault.h"
#include "runtime/pool.h"

#include <errno.h>

enum {
    HUGE_PAGE_BYTES = 2 << 20,
    COVER_STEP_ARENAS = 16, /* tables grow by this many arenas */
};

static const size_t SMALL_RESERVATION_BYTES = (size_t)4 << 30;

/* ---- Tables -------------------------------------------------------------------------------------- */

/* Bytes a table of `count` records of `record_bytes` takes, in whole pages. */
static size_t
table_bytes(const struct rt *rt, size_t count, size_t record_bytes) {
    return rt_align_up(count * record_bytes, rt->page_bytes);
}

static size_t
pool_table_bytes(const struct rt *rt, size_t arenas) {
    return table_bytes(rt, arenas * rt->arenas.pools_per_arena + 1, sizeof(struct rt_pool));
}

static size_t
rest_table_bytes(const struct rt *rt, size_t arenas) {
    return table_bytes(rt, arenas * rt->arenas.pools_per_arena, sizeof(struct rt_pool_rest));
}

static size_t
arena_table_bytes(const struct rt *rt, size_t arenas) {
    return table_bytes(rt, arenas, sizeof(struct rt_arena));
}

size_t
rt_arena_table_bytes(const struct rt *rt) {
    size_t covered = rt->arenas.covered;

    return pool_table_bytes(rt, covered) + rest_table_bytes(rt, covered) +
           arena_table_bytes(rt, covered);
}

static int
commit_range(struct rt *rt, void *table, size_t from, size_t to) {
    return from == to ? 0 : rt->os.commit(rt->os.context, (char *)table + from, to - from);
}

/* Puts memory behind the tables for arenas below `arena` and a few more. Growing one table and not the
 * next is harmless: the extra memory is found again by the next attempt. */
static int
cover_arenas(struct rt *rt, size_t arena) {
    struct rt_arenas *arenas = &rt->arenas;
    size_t old = arenas->covered;
    size_t covered = rt_align_up(arena + 1, COVER_STEP_ARENAS);
    char *pools = (char *)(rt->pools - 1);

    if (covered > arenas->count_max) {
        covered = arenas->count_max;
    }
    if (rt_fault_is_due(rt, pool_table_bytes(rt, covered) - pool_table_bytes(rt, old)) ||
        commit_range(rt, pools, old == 0 ? 0 : pool_table_bytes(rt, old),
                     pool_table_bytes(rt, covered)) != 0 ||
        commit_range(rt, rt->rest, rest_table_bytes(rt, old), rest_table_bytes(rt, covered)) != 0 ||
        commit_range(rt, arenas->table, arena_table_bytes(rt, old),
                     arena_table_bytes(rt, covered)) != 0) {
        return -ENOMEM;
    }
    arenas->covered = covered;
    rt->fast_span = rt->fast_bytes == 0 ? 0 : covered << arenas->arena_shift;
    return 0;
}

/* ---- The usable list ----------------------------------------------------------------------------- */

static void
unlink_arena(struct rt_arenas *arenas, int32_t number) {
    struct rt_arena *arena = &arenas->table[number];

    if (arena->previous == RT_NONE) {
        arenas->usable = arena->next;
    } else {
        arenas->table[arena->previous].next = arena->next;
    }
    if (arena->next != RT_NONE) {
        arenas->table[arena->next].previous = arena->previous;
    }
}

/* Links it behind `before`, or as the head when that is RT_NONE. */
static void
link_arena_after(struct rt_arenas *arenas, int32_t number, int32_t before) {
    struct rt_arena *arena = &arenas->table[number];
    int32_t after = before == RT_NONE ? arenas->usable : arenas->table[before].next;

    arena->previous = before;
    arena->next = after;
    if (before == RT_NONE) {
        arenas->usable = number;
    } else {
        arenas->table[before].next = number;
    }
    if (after != RT_NONE) {
        arenas->table[after].previous = number;
    }
}

/* The arena leaves the group of those with `free_pools` free pools, before its count changes. */
static void
leave_group(struct rt_arenas *arenas, int32_t number, uint32_t free_pools) {
    const struct rt_arena *arena = &arenas->table[number];

    if (arenas->last_with[free_pools] == number) {
        int32_t before = arena->previous;
        bool has_peer = before != RT_NONE && arenas->table[before].free_pools == free_pools;

        arenas->last_with[free_pools] = has_peer ? before : RT_NONE;
    }
}

/* ---- Mapping and unmapping ----------------------------------------------------------------------- */

static int
commit_step(struct rt *rt, size_t step) {
    size_t step_bytes = rt->arenas.step_arenas << rt->arenas.arena_shift;
    char *address = rt->base + step * step_bytes;
    int64_t thp = rt->config.alloc_thp;

    if (rt_fault_is_due(rt, step_bytes) ||
        rt->os.commit(rt->os.context, address, step_bytes) != 0) {
        return -ENOMEM;
    }
    if (thp != RT_THP_SYSTEM) {
        enum rt_os_advice advice = thp == RT_THP_NEVER ? RT_OS_ADVICE_NO_HUGE : RT_OS_ADVICE_HUGE;

        (void)rt->os.advise(rt->os.context, address, step_bytes, advice);
    }
    return 0;
}

/* Maps the lowest arena that is not mapped and makes it the head of the usable list. */
static int
map_arena(struct rt *rt) {
    struct rt_arenas *arenas = &rt->arenas;
    size_t number = arenas->lowest_unmapped;
    size_t step = number / arenas->step_arenas;
    struct rt_arena *arena;

    if (number == arenas->count_max) {
        return -ENOMEM;
    }
    if (number >= arenas->covered && cover_arenas(rt, number) != 0) {
        return -ENOMEM;
    }
    if (arenas->step_used[step] == 0 && commit_step(rt, step) != 0) {
        return -ENOMEM;
    }
    arenas->step_used[step]++;
    rt_annotate_close(rt_arena_address(rt, number), rt->arena_bytes);

    arena = &arenas->table[number];
    *arena = (struct rt_arena){
        .free_pools = (uint32_t)arenas->pools_per_arena, .free_head = RT_NONE, .is_mapped = true};
    link_arena_after(arenas, (int32_t)number, RT_NONE);
    arenas->last_with[arena->free_pools] = (int32_t)number;

    arenas->mapped++;
    arenas->mapped_total++;
    arenas->empty++;
    arenas->free_pools += arena->free_pools;
    if (arenas->mapped > arenas->mapped_peak) {
        arenas->mapped_peak = arenas->mapped;
    }
    while (arenas->lowest_unmapped < arenas->covered &&
           arenas->table[arenas->lowest_unmapped].is_mapped) {
        arenas->lowest_unmapped++;
    }
    rt_arena_note_held(rt);
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_ARENA_MAPPED,
                                        .address = rt_arena_address(rt, number),
                                        .bytes = rt->arena_bytes});
    return 0;
}

/* pre: all its pools are free; it is on the usable list, and out of its group */
static void
unmap_arena(struct rt *rt, int32_t number) {
    struct rt_arenas *arenas = &rt->arenas;
    struct rt_arena *arena = &arenas->table[number];
    size_t step = (size_t)number / arenas->step_arenas;
    size_t first_pool = (size_t)number * arenas->pools_per_arena;

    unlink_arena(arenas, number);
    for (size_t i = 0; i < arena->carved; i++) {
        rt_pool_forget(rt, (int32_t)(first_pool + i));
    }
    arenas->free_pools -= arena->free_pools;
    arenas->mapped--;
    arenas->released_total++;
    arenas->empty--;
    arena->is_mapped = false;
    if ((size_t)number < arenas->lowest_unmapped) {
        arenas->lowest_unmapped = (size_t)number;
    }
    rt_annotate_open(rt_arena_address(rt, (size_t)number), rt->arena_bytes);
    if (--arenas->step_used[step] == 0) {
        size_t step_bytes = arenas->step_arenas << arenas->arena_shift;

        rt->os.decommit(rt->os.context, rt->base + step * step_bytes, step_bytes);
    }
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_ARENA_RELEASED,
                                        .address = rt_arena_address(rt, (size_t)number),
                                        .bytes = rt->arena_bytes});
}

/* ---- Pools --------------------------------------------------------------------------------------- */

int32_t
rt_arena_take_pool(struct rt *rt) {
    struct rt_arenas *arenas = &rt->arenas;
    int32_t number, pool;
    struct rt_arena *arena;

    rt_pool_settle(rt);
    if (arenas->usable == RT_NONE && map_arena(rt) != 0) {
        return RT_NONE;
    }
    number = arenas->usable;
    arena = &arenas->table[number];
    if (arena->free_head != RT_NONE) {
        pool = arena->free_head;
        arena->free_head = rt->pools[pool].next;
    } else {
        pool = number * (int32_t)arenas->pools_per_arena + (int32_t)arena->carved++;
    }
    arenas->empty -= arena->free_pools == arenas->pools_per_arena;
    leave_group(arenas, number, arena->free_pools);
    arena->free_pools--;
    arenas->free_pools--;
    if (arena->free_pools == 0) {
        unlink_arena(arenas, number);
    } else {
        arenas->last_with[arena->free_pools] =
            number; /* the head has the fewest: it is alone there */
    }
    rt_arena_note_slack(rt);
    return pool;
}

void
rt_arena_give_pool(struct rt *rt, int32_t pool) {
    struct rt_arenas *arenas = &rt->arenas;
    int32_t number = (int32_t)rt_arena_of_pool(rt, pool);
    struct rt_arena *arena = &arenas->table[number];
    int32_t last = RT_NONE;
    uint32_t count;

    rt_pool_settle(rt);
    count = arena->free_pools;
    rt->pools[pool].next = arena->free_head;
    arena->free_head = pool;
    arenas->free_pools++;
    if (count == 0) {
        link_arena_after(arenas, number, RT_NONE);
    } else {
        last = arenas->last_with[count];
        leave_group(arenas, number, count);
    }
    arena->free_pools = ++count;
    if (count == arenas->pools_per_arena) {
        arenas->empty++;
        if (arena->next != RT_NONE && arenas->empty > (size_t)rt->config.alloc_keep_arenas) {
            unmap_arena(rt, number);
            rt_arena_note_slack(rt);
            return;
        }
    }
    if (last != RT_NONE && last != number) { /* equals stand behind it: step over them */
        unlink_arena(arenas, number);
        link_arena_after(arenas, number, last);
    }
    if (arenas->last_with[count] == RT_NONE) {
        arenas->last_with[count] = number;
    }
    rt_arena_note_slack(rt);
}

/* ---- Beginning and end --------------------------------------------------------------------------- */

static int
reserve_space(struct rt *rt) {
    const struct rt_os *os = &rt->os;
    struct rt_arenas *arenas = &rt->arenas;
    size_t alignment = rt->arena_bytes > HUGE_PAGE_BYTES ? rt->arena_bytes : HUGE_PAGE_BYTES;
    size_t bytes = (size_t)rt->config.alloc_reserve_bytes;

    if (rt_annotate_wants_small_reservation() && bytes > SMALL_RESERVATION_BYTES) {
        bytes = SMALL_RESERVATION_BYTES;
    }
    /* A limit on address space (ulimit -v) makes do with less. */
    while (bytes >= alignment && (rt->base = os->reserve(os->context, bytes, alignment)) == NULL) {
        bytes /= 2;
    }
    if (rt->base == NULL) {
        return -ENOMEM;
    }
    arenas->reserved_bytes = bytes;
    arenas->count_max = bytes >> arenas->arena_shift;
    return 0;
}

static int
reserve_tables(struct rt *rt) {
    const struct rt_os *os = &rt->os;
    struct rt_arenas *arenas = &rt->arenas;
    size_t steps = arenas->count_max / arenas->step_arenas + 1;
    char *pools = os->reserve(os->context, pool_table_bytes(rt, arenas->count_max), rt->page_bytes);

    /* The record before the first stands for "no pool". */
    rt->pools = pools == NULL ? NULL : (struct rt_pool *)pools + 1;
    rt->rest = os->reserve(os->context, rest_table_bytes(rt, arenas->count_max), rt->page_bytes);
    arenas->table =
        os->reserve(os->context, arena_table_bytes(rt, arenas->count_max), rt->page_bytes);
    arenas->step_used = os->large_alloc_zeroed(os->context, steps);
    arenas->last_with =
        os->large_alloc(os->context, (arenas->pools_per_arena + 1) * sizeof(*arenas->last_with));
    if (rt->pools == NULL || rt->rest == NULL || arenas->table == NULL ||
        arenas->step_used == NULL || arenas->last_with == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i <= arenas->pools_per_arena; i++) {
        arenas->last_with[i] = RT_NONE;
    }
    return cover_arenas(rt, 0);
}

int
rt_arena_init(struct rt *rt) {
    struct rt_arenas *arenas = &rt->arenas;

    arenas->usable = RT_NONE;
    arenas->resting = RT_NONE;
    arenas->arena_shift = rt_log2(rt->arena_bytes);
    arenas->pools_per_arena = rt->arena_bytes / rt->pool_bytes;
    arenas->step_arenas = 1;
    if (rt->config.alloc_thp == RT_THP_ALWAYS && rt->arena_bytes < HUGE_PAGE_BYTES) {
        arenas->step_arenas = HUGE_PAGE_BYTES / rt->arena_bytes;
    }
    if (reserve_space(rt) != 0 || reserve_tables(rt) != 0) {
        rt_arena_fini(rt);
        return -ENOMEM;
    }
    return 0;
}

static void
release_table(struct rt *rt, void *address, size_t bytes) {
    if (address != NULL) {
        rt->os.release(rt->os.context, address, bytes);
    }
}

void
rt_arena_fini(struct rt *rt) {
    struct rt_arenas *arenas = &rt->arenas;
    char *pools = rt->pools == NULL ? NULL : (char *)(rt->pools - 1);

    for (size_t i = 0; arenas->table != NULL && i < arenas->covered; i++) {
        if (arenas->table[i].is_mapped) {
            rt_annotate_open(rt_arena_address(rt, i), rt->arena_bytes);
        }
    }
    release_table(rt, pools, pool_table_bytes(rt, arenas->count_max));
    release_table(rt, rt->rest, rest_table_bytes(rt, arenas->count_max));
    release_table(rt, arenas->table, arena_table_bytes(rt, arenas->count_max));
    release_table(rt, rt->base, arenas->reserved_bytes);
    rt->os.large_free(rt->os.context, arenas->step_used);
    rt->os.large_free(rt->os.context, arenas->last_with);
}
