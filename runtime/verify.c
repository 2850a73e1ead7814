/* SPDX-License-Identifier: MIT
 *
 * verify.c: the specification of the heap, as a program that walks it.
 *
 * One function per invariant, in the order of the layers; each says what does not hold in one line and
 * gives false. They read everything and change nothing, and take time in proportion to the heap.
 */
#include "runtime/account.h"
#include "runtime/debug.h"
#include "runtime/large.h"
#include "runtime/pool.h"
#include "runtime/verify_objects.h"

#include <errno.h>
#include <string.h>

/* Fails with a sentence and the two numbers that should be equal. */
static bool
is_equal(struct rt_text *why, const char *what, uint64_t is, uint64_t should_be) {
    if (is == should_be) {
        return true;
    }
    rt_text_string(why, what);
    rt_text_string(why, ": ");
    rt_text_unsigned(why, is);
    rt_text_string(why, ", should be ");
    rt_text_unsigned(why, should_be);
    return false;
}

static bool
holds(struct rt_text *why, bool condition, const char *sentence, int64_t number) {
    if (!condition) {
        rt_text_string(why, sentence);
        rt_text_string(why, " (number ");
        rt_text_integer(why, number);
        rt_text_string(why, ")");
    }
    return condition;
}

static size_t
count_pools(const struct rt *rt) {
    return rt->arenas.covered * rt->arenas.pools_per_arena;
}

/* ---- Arenas -------------------------------------------------------------------------------------- */

/* The usable list holds the mapped arenas with free pools, fewest first, linked both ways. */
static bool
check_usable_list(const struct rt *rt, struct rt_text *why) {
    const struct rt_arenas *arenas = &rt->arenas;
    size_t listed = 0, usable = 0;
    int32_t previous = RT_NONE;

    for (int32_t a = arenas->usable; a != RT_NONE; a = arenas->table[a].next) {
        const struct rt_arena *arena = &arenas->table[a];

        if (!holds(why, listed++ < arenas->covered, "the list of usable arenas is a ring", a) ||
            !holds(why, arena->is_mapped && arena->free_pools != 0,
                   "an arena without free pools is on the usable list", a) ||
            !holds(why, arena->previous == previous, "an arena's link back is wrong", a) ||
            !holds(why,
                   previous == RT_NONE || arenas->table[previous].free_pools <= arena->free_pools,
                   "usable arenas are out of order", a)) {
            return false;
        }
        previous = a;
    }
    for (size_t a = 0; a < arenas->covered; a++) {
        usable += arenas->table[a].is_mapped && arenas->table[a].free_pools != 0;
    }
    return is_equal(why, "arenas on the usable list", listed, usable);
}

/* last_with[k] is the last arena on the list with k free pools. */
static bool
check_last_with(const struct rt *rt, struct rt_text *why) {
    const struct rt_arenas *arenas = &rt->arenas;
    size_t groups = 0, entries = 0;

    for (int32_t a = arenas->usable; a != RT_NONE; a = arenas->table[a].next) {
        const struct rt_arena *arena = &arenas->table[a];
        bool is_last =
            arena->next == RT_NONE || arenas->table[arena->next].free_pools != arena->free_pools;

        groups += is_last;
        if (!holds(why, !is_last || arenas->last_with[arena->free_pools] == a,
                   "last_with does not name the last arena of its group", a)) {
            return false;
        }
    }
    for (size_t k = 0; k <= arenas->pools_per_arena; k++) {
        entries += arenas->last_with[k] != RT_NONE;
    }
    return is_equal(why, "groups in last_with", entries, groups);
}

/* An arena's free pools are its stack and what was never carved; none of them is in use. */
static bool
check_free_pools(const struct rt *rt, struct rt_text *why) {
    const struct rt_arenas *arenas = &rt->arenas;
    size_t mapped = 0, free_pools = 0, empty = 0;

    for (size_t a = 0; a < arenas->covered; a++) {
        const struct rt_arena *arena = &arenas->table[a];
        size_t stacked = 0;

        if (!arena->is_mapped) {
            continue;
        }
        for (int32_t p = arena->free_head; p != RT_NONE; p = rt->pools[p].next) {
            if (!holds(why,
                       rt_arena_of_pool(rt, p) == a && !rt_pool_is_in_use(&rt->pools[p]) &&
                           rt->pools[p].free_count == 0 && rt->pools[p].free_limit == 0 &&
                           stacked++ < arenas->pools_per_arena,
                       "a pool on its arena's stack of free ones is not free, or not its own", p)) {
                return false;
            }
        }
        mapped++;
        free_pools += arena->free_pools;
        empty += arena->free_pools == arenas->pools_per_arena;
        if (!is_equal(why, "free pools of an arena", arena->free_pools,
                      stacked + arenas->pools_per_arena - arena->carved)) {
            return false;
        }
    }
    return is_equal(why, "mapped arenas", arenas->mapped, mapped) &&
           is_equal(why, "free pools", arenas->free_pools, free_pools) &&
           is_equal(why, "empty arenas", arenas->empty, empty);
}

/* No arena below lowest_unmapped is unmapped, and each step counts its mapped arenas. */
static bool
check_mapping(const struct rt *rt, struct rt_text *why) {
    const struct rt_arenas *arenas = &rt->arenas;
    size_t step = arenas->step_arenas;

    for (size_t a = 0; a < arenas->lowest_unmapped; a++) {
        if (!holds(why, a < arenas->covered && arenas->table[a].is_mapped,
                   "an arena below the lowest unmapped one is not mapped", (int64_t)a)) {
            return false;
        }
    }
    if (step == 0) {
        return holds(why, arenas->covered == 0, "a step has no arenas", 0);
    }
    for (size_t from = 0; from < arenas->covered; from += step) {
        size_t mapped = 0;

        for (size_t i = from; i < from + step && i < arenas->covered; i++) {
            mapped += arenas->table[i].is_mapped;
        }
        if (!is_equal(why, "mapped arenas of a step", arenas->step_used[from / step], mapped)) {
            return false;
        }
    }
    return true;
}

/* ---- Pools --------------------------------------------------------------------------------------- */

struct check_blocks {
    const struct rt *rt;
    const struct rt_pool *pool;
    const struct rt_pool_rest *rest;
    size_t block_bytes;
    uint64_t seen[(65536 + 63) / 64]; /* by block: met as a free one */
    size_t count;
    bool is_sound;
};

static void
check_free_block(void *context, uint16_t unit) {
    struct check_blocks *check = context;
    size_t offset = (size_t)unit << RT_UNIT_SHIFT;
    size_t block = (offset - RT_POOL_HEADER_BYTES) / check->block_bytes;
    size_t begin = RT_POOL_HEADER_BYTES + block * check->block_bytes;

    if (offset != begin || block >= check->rest->carved ||
        (rt_pool_granules_of(check->rt, check->pool, offset) & check->rest->released_granules) !=
            0 ||
        (check->seen[block / 64] >> block % 64 & 1) != 0) {
        check->is_sound = false;
        return;
    }
    check->seen[block / 64] |= UINT64_C(1) << block % 64;
    check->count++;
}

/* Free blocks are distinct, carved, at a block's start, and as many as the record says. */
static bool
check_pool_blocks(const struct rt *rt, int32_t number, struct rt_text *why) {
    const struct rt_pool *pool = &rt->pools[number];
    const struct rt_pool_rest *rest = &rt->rest[number];
    struct check_blocks check = {.rt = rt,
                                 .pool = pool,
                                 .rest = rest,
                                 .block_bytes = rt_size_class_bytes(rt_pool_class(pool)),
                                 .is_sound = true};

    if (!holds(why,
               rest->carved <= rt->capacity[rt_pool_class(pool)] &&
                   pool->free_count <= RT_POOL_FREE_MAX,
               "a pool has more blocks than fit", number)) {
        return false;
    }
    rt_pool_visit_free(rt, number, check_free_block, &check);
    return holds(why, check.is_sound, "a pool's free blocks are broken", number) &&
           is_equal(why, "free blocks of a pool", check.count + rest->released,
                    rt_pool_free_blocks(pool, rest)) &&
           holds(why, rt_pool_live_blocks(pool, rest) >= 1, "a pool in use has no live block",
                 number);
}

/* What the hot path trusts: the flag and the limit, and that an empty stack means a full pool. */
static bool
check_pool_record(const struct rt *rt, int32_t number, struct rt_text *why) {
    const struct rt_pool *pool = &rt->pools[number];
    const struct rt_pool_rest *rest = &rt->rest[number];
    size_t effective = rest->carved - rest->spilled_chunks * rt_pool_chunk(pool) - rest->released;
    size_t limit = effective < 2 ? 0 : effective - 2;
    bool has_more = rest->spilled_chunks != 0 || rest->released != 0 ||
                    rest->carved < rt->capacity[rt_pool_class(pool)];

    if (limit > RT_POOL_FREE_MAX - 1) {
        limit = RT_POOL_FREE_MAX - 1;
    }
    return is_equal(why, "free_limit of a pool", pool->free_limit, limit) &&
           is_equal(why, "the has-more flag of a pool", pool->has_more, has_more) &&
           holds(why, pool->free_count != 0 || !has_more,
                 "a pool's stack is empty while it has more", number) &&
           is_equal(why, "granules released without blocks", rest->released_granules == 0,
                    rest->released == 0);
}

static bool
check_pools(const struct rt *rt, struct rt_text *why) {
    size_t in_use = 0;

    for (size_t p = 0; p < count_pools(rt); p++) {
        if (rt_pool_is_in_use(&rt->pools[p])) {
            in_use++;
            if (!holds(why, rt->arenas.table[rt_arena_of_pool(rt, (int32_t)p)].is_mapped,
                       "a pool is in use in an arena that is not mapped", (int64_t)p) ||
                !check_pool_blocks(rt, (int32_t)p, why) ||
                !check_pool_record(rt, (int32_t)p, why)) {
                return false;
            }
        }
    }
    return is_equal(why, "pools in use", rt->pools_in_use, in_use) &&
           is_equal(why, "blocks of the pool that has none", rt->pools[RT_NONE].free_count, 0);
}

/* Each class's list holds its pools in use that are not full. */
static bool
check_class_lists(const struct rt *rt, struct rt_text *why) {
    size_t listed = 0, partly_used = 0;

    for (size_t c = 0; c < RT_CLASS_COUNT_MAX; c++) {
        int32_t previous = RT_NONE;

        for (int32_t p = rt_pool_number(rt, rt->front[c]); p != RT_NONE; p = rt->pools[p].next) {
            const struct rt_pool *pool = &rt->pools[p];

            if (!holds(why, listed++ < count_pools(rt), "a class's list is a ring", p) ||
                !holds(why,
                       rt_pool_is_in_use(pool) && rt_pool_class(pool) == c && pool->free_count != 0,
                       "a pool on a class's list does not belong there", p) ||
                !holds(why, previous == RT_NONE || pool->previous == previous,
                       "a pool's link back is wrong", p)) {
                return false;
            }
            previous = p;
        }
    }
    for (size_t p = 0; p < count_pools(rt); p++) {
        partly_used += rt_pool_is_in_use(&rt->pools[p]) && rt->pools[p].free_count != 0;
    }
    return is_equal(why, "pools on the lists of classes", listed, partly_used);
}

/* ---- Large blocks and accounts ------------------------------------------------------------------- */

static bool
check_large(const struct rt *rt, struct rt_text *why) {
    const struct rt_large *large = &rt->large;
    size_t count = 0;

    for (size_t i = 0; i < large->capacity; i++) {
        if (large->slots[i] != 0) {
            count++;
            if (!holds(why, rt_large_has(rt, (const void *)large->slots[i]),
                       "a large block cannot be reached from its home slot", (int64_t)i)) {
                return false;
            }
        }
    }
    return !large->is_listed || is_equal(why, "large blocks", large->count, count);
}

static bool
check_accounts(const struct rt *rt, struct rt_text *why) {
    int64_t requested = rt_account_requested_now(rt);
    int64_t all_arenas = (int64_t)rt->arenas.mapped_peak << rt->arenas.arena_shift;
    uint64_t units = 0;

    for (size_t p = 0; p < count_pools(rt); p++) {
        units += rt_pool_live_blocks(&rt->pools[p], &rt->rest[p]) * ((size_t)rt->pools[p].units);
    }
    return is_equal(why, "units in live small blocks", (uint64_t)(rt->units_high - rt->units_room),
                    units) &&
           holds(why, requested >= 0 && requested <= rt_account_rounded(rt),
                 "more was requested than is live", requested) &&
           holds(why, rt->requested_room >= 0, "requested bytes are above their peak",
                 rt->requested_room) &&
           holds(why, 0 <= rt->units_room && rt->units_room <= rt->units_room_max,
                 "live units lie outside their marks", rt->units_room) &&
           holds(why, rt_account_slack_peak(rt) <= all_arenas,
                 "pool slack was more than all arenas", rt_account_slack_peak(rt));
}

static bool
check_waiting(const struct rt *rt, struct rt_text *why) {
    return !rt_debug_finds_in_waiting(rt, why);
}

int
rt_verify(const struct rt *rt, struct rt_text *why) {
    static bool (*const checks[])(const struct rt *, struct rt_text *) = {
        check_usable_list, check_last_with, check_free_pools, check_pools,   check_mapping,
        check_class_lists, check_large,     check_accounts,   check_waiting, rt_verify_objects,
    };
    char buffer[256];
    struct rt_text ignored;

    rt_text_init(&ignored, buffer, sizeof(buffer));
    rt_pool_settle((struct rt *)rt); /* of which nothing can be seen */
    for (size_t i = 0; i < RT_COUNT_OF(checks); i++) {
        if (!checks[i](rt, why == NULL ? &ignored : why)) {
            return -EBADMSG;
        }
    }
    return 0;
}
