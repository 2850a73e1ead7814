/* SPDX-License-Identifier: MIT
 *
 * Which block a request gets, when it stays where it is, and what an address is.
 */
#include "runtime/tests/heap.h"

#include "runtime/arena.h"
#include "runtime/block.h"
#include "runtime/pool.h"
#include "runtime/tests/fake_os.h"

static void *
take(struct rt *rt, size_t bytes) {
    void *block = rt_block_alloc(rt, bytes, false);

    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 16, 0);
    return block;
}

/* ---- Routes ---- */

static void
test_block_up_to_the_small_limit_comes_from_a_pool(void **state) {
    static const struct {
        const char *word;
        size_t limit;
    } cases[] = {{"alloc.small=16", 16}, {"alloc.small=512", 512}, {"alloc.small=4096", 4096}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rt *rt = test_create(NULL, cases[i].word, NULL);
        void *smallest = take(rt, 1), *last_small = take(rt, cases[i].limit);
        void *first_large = take(rt, cases[i].limit + 1);

        assert_int_equal(rt_block_kind(rt, smallest), RT_BLOCK_POOL);
        assert_int_equal(rt_block_kind(rt, last_small), RT_BLOCK_POOL);
        assert_int_equal(rt_block_kind(rt, first_large), RT_BLOCK_LARGE);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_block_of_each_size_lies_in_a_pool_of_its_class(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t bytes = 1; bytes <= 512; bytes++) {
        char *block = take(rt, bytes);
        uint64_t before = test_stat(rt, RT_STAT_LIVE_ROUNDED_BYTES);

        assert_true(rt_block_is_start(rt, block));
        assert_true(rt_block_free(rt, block, bytes));
        assert_int_equal(before - test_stat(rt, RT_STAT_LIVE_ROUNDED_BYTES),
                         (bytes + 15) / 16 * 16);
    }
    rt_destroy(rt);
}

static void
test_block_is_zero_when_asked_for_even_if_it_was_used(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t bytes = 1; bytes < 2000; bytes += 37) {
        void *used = take(rt, bytes);
        void *block;

        memset(used, 0xff, bytes);
        assert_true(rt_block_free(rt, used, bytes));
        block = rt_block_alloc(rt, bytes, true);
        assert_true(test_is_all(block, bytes, 0));
        assert_true(rt_block_free(rt, block, bytes));
    }
    rt_destroy(rt);
}

/* ---- In place or not ---- */

/* Whether a block of `from` bytes stays where it is when it becomes `to`; its contents always do. */
static bool
stays(struct rt *rt, size_t from, size_t to) {
    void *block = take(rt, from);
    void *after;

    test_write(block, from, 3);
    after = rt_block_realloc(rt, block, from, to);
    assert_true(test_is_written(after, from < to ? from : to, 3));
    assert_true(rt_block_free(rt, after, to));
    return after == block;
}

static void
test_block_shrinks_in_place_while_over_three_quarters_are_used(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_true(stays(rt, 512, 400));
    assert_true(stays(rt, 512, 385));
    assert_false(stays(rt, 512, 384));
    assert_true(stays(rt, 64, 49));
    assert_false(stays(rt, 64, 48));
    assert_true(stays(rt, 500, 400)); /* it is the class that counts, not the request */
    assert_true(stays(rt, 16, 1));    /* the same class */
    assert_true(stays(rt, 32, 17));   /* the same class, though hardly more than a half is used */
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_block_grows_in_place_only_within_its_class(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_true(stays(rt, 100, 112));
    assert_false(stays(rt, 112, 113));
    assert_true(stays(rt, 1, 16));
    assert_false(stays(rt, 16, 17));
    assert_false(stays(rt, 512, 513));
    rt_destroy(rt);
}

static void
test_block_that_was_kept_is_of_its_old_class_still(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    void *block = take(rt, 512);

    (void)state;
    assert_ptr_equal(rt_block_realloc(rt, block, 512, 400), block);
    assert_ptr_equal(rt_block_realloc(rt, block, 400, 512), block);
    assert_ptr_equal(rt_block_realloc(rt, block, 512, 385), block);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_ROUNDED_BYTES), 512);
    assert_true(rt_block_free(rt, block, 385));
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_ROUNDED_BYTES), 0);
    assert_ptr_equal(take(rt, 512), block);
    rt_destroy(rt);
}

static void
test_block_of_the_system_stays_with_it_when_it_shrinks(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    void *block = take(rt, 1000);

    (void)state;
    test_write(block, 1000, 8);
    block = rt_block_realloc(rt, block, 1000, 16);
    assert_int_equal(rt_block_kind(rt, block), RT_BLOCK_LARGE);
    assert_true(test_is_written(block, 16, 8));
    assert_int_equal(test_stat(rt, RT_STAT_LARGE_BYTES), 16);
    assert_int_equal(test_stat(rt, RT_STAT_ARENAS_MAPPED), 0);
    assert_true(rt_block_free(rt, block, 16));
    assert_int_equal(test_stat(rt, RT_STAT_LARGE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_block_goes_from_a_pool_to_the_system_when_it_outgrows_the_limit(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    void *block = take(rt, 512);

    (void)state;
    test_write(block, 512, 4);
    block = rt_block_realloc(rt, block, 512, 513);
    assert_int_equal(rt_block_kind(rt, block), RT_BLOCK_LARGE);
    assert_true(test_is_written(block, 512, 4));
    assert_int_equal(test_stat(rt, RT_STAT_POOLS_IN_USE), 0);
    rt_destroy(rt);
}

static void
test_block_survives_a_move_that_is_refused(void **state) {
    struct fake_os fake;
    struct rt *rt;
    void *block;

    (void)state;
    fake_os_init(&fake);
    rt = test_create(&fake.hooks, "alloc.reserve=64MiB", "alloc.arena=256KiB", "alloc.pool=256KiB",
                     NULL);
    block = take(rt, 100);
    test_write(block, 100, 2);
    fake_refuse(&fake, FAKE_COMMIT, 1);
    assert_null(rt_block_realloc(rt, block, 100, 200)); /* would need another arena */
    fake_refuse(&fake, FAKE_LARGE, 1);
    assert_null(rt_block_realloc(rt, block, 100, 2000));
    assert_int_equal(fake.refused, 2);
    assert_true(test_is_written(block, 100, 2));
    assert_verified(rt);
    assert_true(rt_block_free(rt, block, 100));
    rt_destroy(rt);
    assert_true(fake_is_balanced(&fake));
}

/* ---- Addresses ---- */

static void
test_block_kind_tells_what_any_address_is(void **state) {
    struct rt *rt = test_create(NULL, NULL), *other = test_create(NULL, NULL);
    char *small = take(rt, 64), *large = take(rt, 1000), *foreign = take(other, 64);
    char local = 0;

    (void)state;
    assert_int_equal(rt_block_kind(rt, small), RT_BLOCK_POOL);
    assert_int_equal(rt_block_kind(rt, small + 33), RT_BLOCK_POOL);
    assert_int_equal(rt_block_kind(rt, large), RT_BLOCK_LARGE);
    assert_int_equal(rt_block_kind(rt, large + 16), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, NULL), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, &local), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, foreign), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, rt->base - 1), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, rt->base + rt->arenas.reserved_bytes), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, (void *)UINTPTR_MAX), RT_BLOCK_FOREIGN);
    rt_destroy(rt);
    rt_destroy(other);
}

static void
test_block_kind_knows_pools_and_arenas_that_are_not_in_use(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    char *block = take(rt, 64);

    (void)state;
    assert_int_equal(rt_block_kind(rt, rt->base + rt->pool_bytes), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, rt->base + rt->arena_bytes), RT_BLOCK_FOREIGN);
    assert_int_equal(rt_block_kind(rt, rt->base + rt->arena_bytes * (rt->arenas.covered + 1)),
                     RT_BLOCK_FOREIGN);
    assert_true(rt_block_free(rt, block, 64));
    assert_int_equal(rt_block_kind(rt, block), RT_BLOCK_FOREIGN);
    rt_destroy(rt);
}

static void
test_block_start_is_where_a_block_begins_and_nowhere_else(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    char *block = take(rt, 48), *pool = rt->base;

    (void)state;
    assert_ptr_equal(block, pool + RT_POOL_HEADER_BYTES);
    for (size_t at = 0; at < rt->pool_bytes; at++) {
        size_t carved = RT_POOL_FREE_MAX; /* what a pool carves at first */
        bool is_start = at >= RT_POOL_HEADER_BYTES && (at - RT_POOL_HEADER_BYTES) % 48 == 0 &&
                        at < RT_POOL_HEADER_BYTES + carved * 48;

        assert_int_equal(rt_block_is_start(rt, pool + at), is_start);
    }
    rt_destroy(rt);
}

static void
test_block_free_refuses_what_is_not_a_block(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    char *block = take(rt, 64), *large = take(rt, 1000);
    uint64_t before[RT_STAT_COUNT], after[RT_STAT_COUNT];

    (void)state;
    rt_stats_read(rt, before);
    assert_false(rt_block_free(rt, block + 16, 48));
    assert_false(rt_block_free(rt, block + 1, 64));
    assert_false(rt_block_free(rt, block - 16, 64)); /* in the pool's header */
    assert_false(rt_block_free(rt, block, 65));      /* more than a block of this pool has */
    assert_false(rt_block_free(rt, large + 16, 1000));
    assert_false(rt_block_free(rt, rt->base + rt->pool_bytes + 48, 64));
    rt_stats_read(rt, after);
    assert_memory_equal(before, after, sizeof before);
    assert_verified(rt);
    assert_true(rt_block_free(rt, block, 64));
    assert_true(rt_block_free(rt, large, 1000));
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block_up_to_the_small_limit_comes_from_a_pool),
        cmocka_unit_test(test_block_of_each_size_lies_in_a_pool_of_its_class),
        cmocka_unit_test(test_block_is_zero_when_asked_for_even_if_it_was_used),
        cmocka_unit_test(test_block_shrinks_in_place_while_over_three_quarters_are_used),
        cmocka_unit_test(test_block_grows_in_place_only_within_its_class),
        cmocka_unit_test(test_block_that_was_kept_is_of_its_old_class_still),
        cmocka_unit_test(test_block_of_the_system_stays_with_it_when_it_shrinks),
        cmocka_unit_test(test_block_goes_from_a_pool_to_the_system_when_it_outgrows_the_limit),
        cmocka_unit_test(test_block_survives_a_move_that_is_refused),
        cmocka_unit_test(test_block_kind_tells_what_any_address_is),
        cmocka_unit_test(test_block_kind_knows_pools_and_arenas_that_are_not_in_use),
        cmocka_unit_test(test_block_start_is_where_a_block_begins_and_nowhere_else),
        cmocka_unit_test(test_block_free_refuses_what_is_not_a_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
