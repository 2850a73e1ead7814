/* SPDX-License-Identifier: MIT
 *
 * The verifier is tested by breaking, one by one, what it promises to find. One heap with a bit of
 * everything in it is built; each row of the table breaks it in one place, the verifier has to say so
 * in the words of that row, and then the heap is put back as it was, which it has to like again.
 */
#include "runtime/tests/heap.h"

#include <errno.h>
#include <stdlib.h>

#include "runtime/large.h"
#include "runtime/pool.h"

enum {
    IN_POOL = 31, /* blocks of 512 bytes in a pool of 16 KiB */
    PER_ARENA = 16,
    IN_ARENA = IN_POOL * PER_ARENA,
    BLOCKS = 4 * IN_ARENA,
    SMALL_BLOCKS = 200,
    LARGE_BLOCKS = 40,
    CLASS = 31, /* of the blocks of 512 bytes */
};

/* ---- The heap ----
 * Arena 0 has no free pools; 1, 2 and 3 have 2, 5 and 5. Pools 0 to 2 have one free block; of pool 3
 * only the block carved last is live; pool 4 and others are full. The front pool of class 0 has free
 * blocks on its stack, in chunks, and some that were never carved. */

static struct rt *
build_heap(void) {
    struct rt *rt = test_create(NULL, "alloc.arena=256KiB", "alloc.reserve=64MiB", NULL);
    char *blocks[BLOCKS], *small[SMALL_BLOCKS];

    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = rt_alloc(rt, 512);
        assert_non_null(blocks[i]);
    }
    for (size_t p = 0; p < 3; p++) {
        rt_free(rt, blocks[p * IN_POOL], 512);
    }
    for (size_t i = 0; i < IN_POOL - 1; i++) {
        rt_free(rt, blocks[3 * IN_POOL + i], 512);
    }
    for (size_t i = 0; i < 3 * IN_POOL; i++) { /* one of these pools becomes class 0's */
        rt_free(rt, blocks[IN_ARENA + i], 512);
    }
    for (size_t i = 0; i < 5 * IN_POOL; i++) {
        rt_free(rt, blocks[2 * IN_ARENA + i], 512);
        rt_free(rt, blocks[3 * IN_ARENA + i], 512);
    }
    for (size_t i = 0; i < SMALL_BLOCKS; i++) {
        small[i] = rt_alloc(rt, 16);
        assert_non_null(small[i]);
    }
    for (size_t i = 0; i < SMALL_BLOCKS / 2; i++) {
        rt_free(rt, small[i], 16);
    }
    for (size_t i = 0; i < LARGE_BLOCKS; i++) {
        assert_non_null(rt_alloc(rt, 1000));
    }
    return rt;
}

/* All that a mutation may touch. */
struct copy {
    struct rt rt;
    size_t pool_count;
    struct rt_pool *pools; /* with the one that has number -1 */
    struct rt_pool_rest *rest;
    struct rt_arena *table;
    int32_t *last_with;
    uintptr_t *slots;
};

static void *
duplicate(const void *from, size_t bytes) {
    void *copy = malloc(bytes);

    assert_non_null(copy);
    return memcpy(copy, from, bytes);
}

static struct copy
copy_heap(const struct rt *rt) {
    const struct rt_arenas *arenas = &rt->arenas;
    size_t pools = arenas->covered * arenas->pools_per_arena;

    return (struct copy){
        .rt = *rt,
        .pool_count = pools,
        .pools = duplicate(rt->pools - 1, (pools + 1) * sizeof *rt->pools),
        .rest = duplicate(rt->rest, pools * sizeof *rt->rest),
        .table = duplicate(arenas->table, arenas->covered * sizeof *arenas->table),
        .last_with =
            duplicate(arenas->last_with, (arenas->pools_per_arena + 1) * sizeof *arenas->last_with),
        .slots = duplicate(rt->large.slots, rt->large.capacity * sizeof *rt->large.slots),
    };
}

static void
restore_heap(struct rt *rt, const struct copy *copy) {
    const struct rt_arenas *arenas = &copy->rt.arenas;

    *rt = copy->rt;
    memcpy(rt->pools - 1, copy->pools, (copy->pool_count + 1) * sizeof *rt->pools);
    memcpy(rt->rest, copy->rest, copy->pool_count * sizeof *rt->rest);
    memcpy(arenas->table, copy->table, arenas->covered * sizeof *arenas->table);
    memcpy(arenas->last_with, copy->last_with,
           (arenas->pools_per_arena + 1) * sizeof *arenas->last_with);
    memcpy(rt->large.slots, copy->slots, rt->large.capacity * sizeof *rt->large.slots);
}

static void
assert_as_copied(const struct rt *rt, const struct copy *copy) {
    const struct rt_arenas *arenas = &rt->arenas;

    assert_memory_equal(rt->pools - 1, copy->pools, (copy->pool_count + 1) * sizeof *rt->pools);
    assert_memory_equal(rt->rest, copy->rest, copy->pool_count * sizeof *rt->rest);
    assert_memory_equal(arenas->table, copy->table, arenas->covered * sizeof *arenas->table);
    assert_memory_equal(rt->large.slots, copy->slots, rt->large.capacity * sizeof *copy->slots);
    assert_memory_equal(rt->front, copy->rt.front, sizeof rt->front);
}

static void
free_copy(struct copy *copy) {
    free(copy->pools);
    free(copy->rest);
    free(copy->table);
    free(copy->last_with);
    free(copy->slots);
}

/* ---- Mutations: arenas ---- */

static struct rt_arena *
usable(struct rt *rt, size_t nth) {
    int32_t arena = rt->arenas.usable;

    for (; nth > 0; nth--) {
        arena = rt->arenas.table[arena].next;
    }
    return &rt->arenas.table[arena];
}

static void
list_a_full_arena(struct rt *rt) {
    usable(rt, 0)->free_pools = 0;
}

static void
list_an_unmapped_arena(struct rt *rt) {
    usable(rt, 1)->is_mapped = false;
}

static void
link_an_arena_back_to_nobody(struct rt *rt) {
    usable(rt, 1)->previous = RT_NONE;
}

static void
disorder_arenas(struct rt *rt) {
    usable(rt, 0)->free_pools = 9;
}

static void
lose_a_usable_arena(struct rt *rt) {
    rt->arenas.usable = usable(rt, 0)->next;
    usable(rt, 0)->previous = RT_NONE;
}

static void
forget_the_last_of_a_group(struct rt *rt) {
    rt->arenas.last_with[usable(rt, 0)->free_pools] = RT_NONE;
}

static void
name_the_first_as_the_last_of_a_group(struct rt *rt) {
    rt->arenas.last_with[5] = usable(rt, 2)->previous;
}

static void
invent_a_group(struct rt *rt) {
    rt->arenas.last_with[PER_ARENA] = rt->arenas.usable;
}

static void
stack_a_pool_in_use(struct rt *rt) {
    usable(rt, 0)->free_head = 0;
}

static void
stack_a_pool_twice(struct rt *rt) {
    rt->pools[usable(rt, 0)->free_head].next = usable(rt, 0)->free_head;
}

static void
leave_blocks_on_the_stack_of_a_free_pool(struct rt *rt) {
    rt->pools[usable(rt, 0)->free_head].free_count = 1;
}

static void
miscount_carved_pools(struct rt *rt) {
    usable(rt, 0)->carved--;
}

static void
miscount_mapped_arenas(struct rt *rt) {
    rt->arenas.mapped++;
}

static void
miscount_free_pools(struct rt *rt) {
    rt->arenas.free_pools--;
}

static void
miscount_empty_arenas(struct rt *rt) {
    rt->arenas.empty++;
}

/* ---- Mutations: pools ---- */

static struct rt_pool_rest *
rest_of(struct rt *rt, const struct rt_pool *pool) {
    return &rt->rest[rt_pool_number(rt, pool)];
}

static void
unmap_under_a_pool(struct rt *rt) {
    rt->arenas.table[0].is_mapped = false;
    rt->arenas.mapped--;
}

static void
carve_more_than_fits(struct rt *rt) {
    rt->rest[4].carved = IN_POOL + 1;
}

static void
stack_more_than_fits(struct rt *rt) {
    rt->front[0]->free_count = RT_POOL_FREE_MAX + 1;
}

static void
free_a_block_twice(struct rt *rt) {
    rt->front[0]->free[0] = rt->front[0]->free[1];
}

static void
free_a_block_that_was_never_carved(struct rt *rt) {
    struct rt_pool *pool = rt->front[0];

    pool->free[0] += rest_of(rt, pool)->carved;
}

static void
free_half_a_block(struct rt *rt) {
    rt->front[CLASS]->free[0] += 16;
}

static void
free_a_block_of_a_released_granule(struct rt *rt) {
    struct rt_pool *pool = rt->front[0];

    rest_of(rt, pool)->released_granules = 1;
    rest_of(rt, pool)->released = 1;
}

static void
lose_spilled_blocks(struct rt *rt) {
    rest_of(rt, rt->front[0])->spill = 0;
}

static void
let_the_last_live_block_vanish(struct rt *rt) {
    rt->rest[3].carved--;
}

static void
limit_pushes_wrongly(struct rt *rt) {
    rt->front[0]->free_limit++;
}

static void
deny_that_there_is_more(struct rt *rt) {
    rt->front[0]->has_more = false;
}

static void
claim_that_there_is_more(struct rt *rt) {
    rt->pools[4].has_more = true;
}

static void
empty_a_stack_without_refilling_it(struct rt *rt) {
    rt->front[0]->free_count = 0;
}

static void
release_a_granule_without_blocks(struct rt *rt) {
    rest_of(rt, rt->front[0])->released_granules = UINT32_C(1) << 31;
}

static void
miscount_pools_in_use(struct rt *rt) {
    rt->pools_in_use++;
}

static void
give_a_block_to_the_pool_that_has_none(struct rt *rt) {
    rt->pools[RT_NONE].free_count = 1;
}

/* ---- Mutations: lists of classes ---- */

static void
make_a_ring_of_a_class(struct rt *rt) {
    struct rt_pool *front = rt->front[CLASS], *last = front;

    while (last->next != RT_NONE) {
        last = &rt->pools[last->next];
    }
    last->next = rt_pool_number(rt, front);
    front->previous = rt_pool_number(rt, last);
}

static void
list_a_pool_of_another_class(struct rt *rt) {
    rt->front[CLASS - 1] = rt->front[CLASS];
}

static void
list_a_full_pool(struct rt *rt) {
    rt->front[CLASS] = &rt->pools[4];
}

static void
link_a_pool_back_to_nobody(struct rt *rt) {
    rt->pools[rt->front[CLASS]->next].previous = RT_NONE;
}

static void
lose_a_class(struct rt *rt) {
    rt->front[0] = &rt->pools[RT_NONE];
}

/* ---- Mutations: large blocks and accounts ---- */

/* Moves some key to a free slot where nobody looks for it. */
static void
misplace_a_large_block(struct rt *rt) {
    struct rt_large *large = &rt->large;

    for (size_t i = 0; i < large->capacity; i++) {
        for (size_t j = 0; large->slots[i] != 0 && j < large->capacity; j++) {
            uintptr_t key = large->slots[i];

            if (large->slots[j] == 0) {
                large->slots[i] = 0;
                large->slots[j] = key;
                if (!rt_large_has(rt, (const void *)key)) {
                    return;
                }
                large->slots[j] = 0;
                large->slots[i] = key;
            }
        }
    }
    fail_msg("no slot is a wrong one");
}

static void
miscount_large_blocks(struct rt *rt) {
    rt->large.count++;
}

static void
miscount_units(struct rt *rt) {
    rt->units_room--;
}

static void
request_more_than_there_is(struct rt *rt) {
    rt->requested_peak += MIB * 64;
}

static void
request_above_the_peak(struct rt *rt) {
    rt->requested_peak -= rt->requested_room + 1;
    rt->requested_room = -1;
}

static void
lower_the_mark_of_units(struct rt *rt) {
    rt->units_room_max = rt->units_room - 1;
}

static void
raise_the_mark_of_units(struct rt *rt) {
    rt->units_room_max += MIB;
}

static void
raise_the_lowest_unmapped(struct rt *rt) {
    rt->arenas.lowest_unmapped = rt->arenas.covered;
}

static void
widen_the_steps(struct rt *rt) {
    rt->arenas.step_arenas = 2;
}

static void
close_the_steps(struct rt *rt) {
    rt->arenas.step_arenas = 0;
}

static const struct {
    void (*breaks)(struct rt *rt);
    const char *sentence; /* what the verifier says begins with it */
} mutations[] = {
    {list_a_full_arena, "an arena without free pools is on the usable list"},
    {list_an_unmapped_arena, "an arena without free pools is on the usable list"},
    {link_an_arena_back_to_nobody, "an arena's link back is wrong"},
    {disorder_arenas, "usable arenas are out of order"},
    {lose_a_usable_arena, "arenas on the usable list: 2, should be 3"},
    {forget_the_last_of_a_group, "last_with does not name the last arena of its group"},
    {name_the_first_as_the_last_of_a_group, "last_with does not name the last arena of its group"},
    {invent_a_group, "groups in last_with: 3, should be 2"},
    {stack_a_pool_in_use, "a pool on its arena's stack of free ones is not free, or not its own"},
    {stack_a_pool_twice, "a pool on its arena's stack of free ones is not free, or not its own"},
    {leave_blocks_on_the_stack_of_a_free_pool,
     "a pool on its arena's stack of free ones is not free, or not its own"},
    {miscount_carved_pools, "free pools of an arena: 2, should be 3"},
    {miscount_mapped_arenas, "mapped arenas: 5, should be 4"},
    {miscount_free_pools, "free pools: 11, should be 12"},
    {miscount_empty_arenas, "empty arenas: 1, should be 0"},
    {raise_the_lowest_unmapped, "an arena below the lowest unmapped one is not mapped (number 4)"},
    {widen_the_steps, "mapped arenas of a step: 1, should be 2"},
    {close_the_steps, "a step has no arenas"},
    {unmap_under_a_pool, "a pool is in use in an arena that is not mapped"},
    {carve_more_than_fits, "a pool has more blocks than fit (number 4)"},
    {stack_more_than_fits, "a pool has more blocks than fit"},
    {free_a_block_twice, "a pool's free blocks are broken"},
    {free_a_block_that_was_never_carved, "a pool's free blocks are broken"},
    {free_half_a_block, "a pool's free blocks are broken"},
    {free_a_block_of_a_released_granule, "a pool's free blocks are broken"},
    {lose_spilled_blocks, "free blocks of a pool: "},
    {let_the_last_live_block_vanish, "a pool in use has no live block (number 3)"},
    {limit_pushes_wrongly, "free_limit of a pool: "},
    {deny_that_there_is_more, "the has-more flag of a pool: 0, should be 1"},
    {claim_that_there_is_more, "the has-more flag of a pool: 1, should be 0"},
    {empty_a_stack_without_refilling_it, "a pool's stack is empty while it has more"},
    {release_a_granule_without_blocks, "granules released without blocks: "},
    {miscount_pools_in_use, "pools in use: "},
    {give_a_block_to_the_pool_that_has_none, "blocks of the pool that has none: 1, should be 0"},
    {make_a_ring_of_a_class, "a class's list is a ring"},
    {list_a_pool_of_another_class, "a pool on a class's list does not belong there"},
    {list_a_full_pool, "a pool on a class's list does not belong there (number 4)"},
    {link_a_pool_back_to_nobody, "a pool's link back is wrong"},
    {lose_a_class, "pools on the lists of classes: 4, should be 5"},
    {misplace_a_large_block, "a large block cannot be reached from its home slot"},
    {miscount_large_blocks, "large blocks: 41, should be 40"},
    {miscount_units, "units in live small blocks: "},
    {request_more_than_there_is, "more was requested than is live"},
    {request_above_the_peak, "requested bytes are above their peak"},
    {lower_the_mark_of_units, "live units lie outside their marks"},
    {raise_the_mark_of_units, "pool slack was more than all arenas"},
};

static void
test_verify_names_whatever_is_broken(void **state) {
    struct rt *rt = build_heap();
    struct copy copy = copy_heap(rt);

    (void)state;
    assert_verified(rt);
    for (size_t i = 0; i < sizeof mutations / sizeof mutations[0]; i++) {
        char buffer[TEST_TEXT_BYTES];
        struct rt_text why;

        rt_text_init(&why, buffer, sizeof buffer);
        mutations[i].breaks(rt);
        assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
        assert_int_equal(rt_verify(rt, &why), -EBADMSG);
        if (strncmp(buffer, mutations[i].sentence, strlen(mutations[i].sentence)) != 0) {
            fail_msg("mutation %zu should be \"%s\", not \"%s\"", i, mutations[i].sentence, buffer);
        }
        restore_heap(rt, &copy);
        assert_verified(rt);
    }
    free_copy(&copy);
    rt_destroy(rt);
}

static void
test_verify_changes_nothing(void **state) {
    uint64_t before[RT_STAT_COUNT], after[RT_STAT_COUNT];
    struct rt *rt = build_heap();
    struct copy copy = copy_heap(rt);

    (void)state;
    rt_stats_read(rt, before);
    assert_verified(rt);
    assert_as_copied(rt, &copy);
    rt_stats_read(rt, after);
    assert_memory_equal(before, after, sizeof before);
    free_copy(&copy);
    rt_destroy(rt);
}

static void
test_verify_looks_at_blocks_that_wait(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    unsigned char *block = rt_alloc(rt, 10);
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    (void)state;
    rt_text_init(&why, buffer, sizeof buffer);
    rt_free(rt, block, 10);
    assert_verified(rt);
    block[3] ^= 1;
    assert_int_equal(rt_verify(rt, &why), -EBADMSG);
    assert_non_null(strstr(buffer, "written after it was freed: the byte at 3"));
    block[3] ^= 1;
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_verify_likes_a_heap_of_any_backend_with_nothing_in_it(void **state) {
    static const char *const words[] = {"alloc.backend=pool", "alloc.backend=system",
                                        "alloc.backend=debug"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rt *rt = test_create(NULL, words[i], NULL);

        assert_verified(rt);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_names_whatever_is_broken),
        cmocka_unit_test(test_verify_changes_nothing),
        cmocka_unit_test(test_verify_looks_at_blocks_that_wait),
        cmocka_unit_test(test_verify_likes_a_heap_of_any_backend_with_nothing_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
