/* SPDX-License-Identifier: MIT
 *
 * Trimming: what goes back holds no live byte, what stays is whole, and what went comes again. The fake
 * system tells of each range that is given back while the test knows which pages are lived in.
 */
#include "runtime/tests/heap.h"

#include <sys/mman.h>

#include "runtime/context.h"
#include "runtime/pool.h"
#include "runtime/tests/fake_os.h"
#include "runtime/tests/seed.h"

enum {
    RESERVE_BYTES = 64 * MIB,
    PAGES_MAX = RESERVE_BYTES / (4 * KIB),
    BLOCKS_MAX = 6000
};

struct scene {
    struct fake_os fake;
    struct rt *rt;
    struct test_heard heard;
    struct test_block blocks[BLOCKS_MAX];
    size_t lived_in[PAGES_MAX]; /* live blocks that reach into the page */
    size_t given_bytes;         /* by the calls of the last trim */
    size_t damaged_pages;       /* given back although lived in */
};

static size_t
page_of(const struct scene *scene, const char *address) {
    return (size_t)(address - scene->rt->base) / scene->rt->page_bytes;
}

static void
note_discard(void *context, const char *address, size_t bytes) {
    struct scene *scene = context;
    size_t first = page_of(scene, address);

    scene->given_bytes += bytes;
    for (size_t i = first; i < first + bytes / scene->rt->page_bytes; i++) {
        scene->damaged_pages += scene->lived_in[i] != 0;
    }
}

static struct scene *
begin(const char *pool_word, const char *more) {
    struct scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    fake_os_init(&scene->fake);
    scene->fake.on_discard = note_discard;
    scene->fake.discard_context = scene;
    scene->rt = test_create(&scene->fake.hooks, "alloc.reserve=64MiB", pool_word, more, NULL);
    test_listen(scene->rt, &scene->heard);
    return scene;
}

static void
end(struct scene *scene) {
    rt_destroy(scene->rt);
    assert_true(fake_is_balanced(&scene->fake));
    free(scene);
}

static void
count_life(struct scene *scene, const struct test_block *block, size_t change) {
    const char *address = (const char *)block->address;

    if ((size_t)(address - scene->rt->base) < RESERVE_BYTES) {
        for (size_t i = page_of(scene, address); i <= page_of(scene, address + block->bytes - 1);
             i++) {
            scene->lived_in[i] += change;
        }
    }
}

static void
take(struct scene *scene, size_t i, size_t bytes) {
    struct test_block *block = &scene->blocks[i];

    *block = (struct test_block){rt_alloc(scene->rt, bytes), bytes};
    assert_non_null(block->address);
    test_write(block->address, bytes, (unsigned)i);
    count_life(scene, block, 1);
}

static void
take_many(struct scene *scene, size_t from, size_t to, size_t bytes) {
    for (size_t i = from; i < to; i++) {
        take(scene, i, bytes);
    }
}

static void
give(struct scene *scene, size_t i) {
    struct test_block *block = &scene->blocks[i];

    assert_true(test_is_written(block->address, block->bytes, (unsigned)i));
    count_life(scene, block, (size_t)-1);
    rt_free(scene->rt, block->address, block->bytes);
    *block = (struct test_block){.address = NULL};
}

static void
give_many(struct scene *scene, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        give(scene, i);
    }
}

/* All live blocks are as they were written: so they are distinct, too. */
static void
assert_contents(const struct scene *scene) {
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        const struct test_block *block = &scene->blocks[i];

        assert_true(block->address == NULL ||
                    test_is_written(block->address, block->bytes, (unsigned)i));
    }
}

/* Trims once, and gives how many bytes went. */
static size_t
trim(struct scene *scene) {
    uint64_t before = test_stat(scene->rt, RT_STAT_TRIMMED_BYTES);
    size_t bytes;

    scene->given_bytes = 0;
    bytes = rt_trim(scene->rt);
    assert_int_equal(bytes, scene->given_bytes);
    assert_int_equal(scene->heard.last[RT_EVENT_TRIMMED].bytes, bytes);
    assert_int_equal(test_stat(scene->rt, RT_STAT_TRIMMED_BYTES), before + bytes);
    assert_int_equal(scene->damaged_pages, 0);
    assert_verified(scene->rt);
    assert_contents(scene);
    return bytes;
}

/* Pages of the pool that the address is in which have memory behind them. */
static size_t
count_resident(const struct scene *scene, const void *address) {
    const struct rt *rt = scene->rt;
    size_t offset = (size_t)((const char *)address - rt->base);
    unsigned char pages[256];
    size_t count = 0, page_count = rt->pool_bytes / rt->page_bytes;

    assert_true(page_count <= sizeof pages);
    assert_int_equal(
        mincore(rt->base + rt_align_down(offset, rt->pool_bytes), rt->pool_bytes, pages), 0);
    for (size_t i = 0; i < page_count; i++) {
        count += pages[i] & 1;
    }
    return count;
}

/* ---- By hand: pools of 16 KiB hold 255 blocks of 64 bytes, some 64 to a page ---- */

static void
test_trim_gives_back_the_pages_of_a_pool_that_nobody_lives_in(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=never");
    const void *pool;

    (void)state;
    take_many(scene, 0, 255, 64);
    pool = scene->blocks[0].address;
    assert_int_equal(count_resident(scene, pool), 4);
    give_many(scene, 1, 255);
    assert_int_equal(trim(scene), 3 * 4 * KIB); /* all but the first, where block 0 is */
    assert_int_equal(count_resident(scene, pool), 1);
    assert_int_equal(scene->heard.count[RT_EVENT_TRIMMED], 1);
    assert_int_equal(scene->fake.discards, 1); /* one range, one call */
    assert_int_equal(scene->fake.trims, 1);    /* the system's malloc is asked as well */
    end(scene);
}

static void
test_trim_leaves_a_page_that_one_byte_reaches_into(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=never");

    (void)state;
    take_many(scene, 0, 255, 64);
    for (size_t i = 1; i < 255; i++) {
        if (i != 63) { /* bytes 4080 to 4143: in two pages */
            give(scene, i);
        }
    }
    assert_int_equal(trim(scene), 2 * 4 * KIB);
    end(scene);
}

static void
test_trim_gives_back_pools_that_are_not_in_use(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=never");
    const void *pool;

    (void)state;
    take_many(scene, 0, 3 * 31, 512);
    pool = scene->blocks[31].address;
    give_many(scene, 31, 62); /* the pool in the middle */
    assert_int_equal(trim(scene), 16 * KIB);
    assert_int_equal(count_resident(scene, pool), 0);
    take_many(scene, 31, 62, 512);
    assert_ptr_equal(scene->blocks[31].address, pool); /* as new: ascending */
    assert_verified(scene->rt);
    assert_contents(scene);
    end(scene);
}

static void
test_trim_gives_back_the_rest_of_a_pool_that_went_out_of_use_later(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=never");
    const void *pool;

    (void)state;
    take(scene, 300, 100); /* keeps the arena */
    take_many(scene, 0, 255, 64);
    pool = scene->blocks[0].address;
    give_many(scene, 1, 255);
    assert_int_equal(trim(scene), 12 * KIB);
    give(scene, 0);
    assert_int_equal(trim(scene), 4 * KIB);
    assert_int_equal(count_resident(scene, pool), 0);
    assert_int_equal(trim(scene), 0);
    take_many(scene, 0, 255, 64);
    assert_verified(scene->rt);
    assert_contents(scene);
    end(scene);
}

static void
test_trim_twice_gives_nothing_the_second_time(void **state) {
    static const char *const pools[] = {"alloc.pool=4KiB", "alloc.pool=16KiB", "alloc.pool=64KiB",
                                        "alloc.pool=1MiB"};

    (void)state;
    for (size_t p = 0; p < 4; p++) {
        struct scene *scene = begin(pools[p], "alloc.thp=never");

        for (size_t i = 0; i < BLOCKS_MAX; i++) {
            take(scene, i, 16 + i % 5 * 100);
        }
        for (size_t i = 0; i < BLOCKS_MAX; i++) {
            if (i / 600 % 3 != 1) {
                give(scene, i);
            }
        }
        assert_true(trim(scene) > 0);
        assert_int_equal(trim(scene), 0);
        end(scene);
    }
}

static void
test_trim_keeps_one_free_block_of_a_pool_at_hand(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=never");

    (void)state;
    take_many(scene, 0, 1021, 16);
    give_many(scene, 253, 509);       /* the second page, and nothing else */
    assert_int_equal(trim(scene), 0); /* no other block would be left on the pool's stack */
    give(scene, 0);
    assert_int_equal(trim(scene), 4 * KIB);
    end(scene);
}

static void
test_trim_memory_comes_back_as_distinct_blocks_lowest_first(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=never");
    const unsigned char *pool, *last = NULL;

    (void)state;
    take_many(scene, 0, 255, 64);
    pool = scene->blocks[0].address - 48;
    give_many(scene, 1, 255);
    assert_int_equal(trim(scene), 12 * KIB);
    take_many(scene, 1, 255, 64);
    for (size_t i = 1; i < 255; i++) {
        const unsigned char *address = scene->blocks[i].address;

        assert_true(address >= pool && address < pool + 16 * KIB);
        if (i >= 64) { /* those of the first page never went */
            assert_true(last == NULL || address > last);
            last = address;
        }
    }
    assert_verified(scene->rt);
    assert_contents(scene);
    assert_int_equal(test_stat(scene->rt, RT_STAT_POOLS_IN_USE), 1);
    end(scene);
}

/* ---- A system that does not want to ---- */

static void
test_trim_refused_by_the_system_gives_back_nothing(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=system");

    (void)state;
    take_many(scene, 0, 255, 64);
    give_many(scene, 1, 255);
    fake_refuse(&scene->fake, FAKE_ADVISE, 1);
    assert_int_equal(trim(scene), 0);
    assert_int_equal(scene->fake.refused, 1);
    take_many(scene, 1, 255, 64);
    assert_contents(scene);
    assert_verified(scene->rt);
    end(scene);
}

static void
test_trim_without_memory_for_itself_changes_nothing(void **state) {
    struct scene *scene = begin("alloc.pool=16KiB", "alloc.thp=system");

    (void)state;
    take_many(scene, 0, 255, 64);
    give_many(scene, 1, 255);
    fake_refuse(&scene->fake, FAKE_LARGE, 1);
    assert_int_equal(rt_trim(scene->rt), 0);
    assert_int_equal(scene->fake.refused, 1);
    assert_int_equal(scene->fake.discards, 0);
    assert_verified(scene->rt);
    assert_int_equal(trim(scene), 12 * KIB);
    end(scene);
}

/* ---- Any sequence ---- */

static void
take_or_give(struct scene *scene, struct test_random *random, bool is_growing) {
    size_t i = test_random_below(random, BLOCKS_MAX);

    if (scene->blocks[i].address != NULL) {
        if (!is_growing || test_random_below(random, 4) == 0) {
            give(scene, i);
        }
    } else if (is_growing || test_random_below(random, 8) == 0) {
        take(scene, i, 1 + test_random_below(random, i % 3 == 0 ? 600 : 64));
    }
}

static void
trim_at_random(const char *pool_word, const char *more) {
    struct scene *scene = begin(pool_word, more);
    struct test_random random;
    size_t given = 0;

    test_random_init(&random, test_seed());
    for (size_t round = 0; round < 24; round++) {
        size_t steps = test_random_below(&random, 8000);

        for (size_t step = 0; step < steps; step++) {
            take_or_give(scene, &random, round % 3 != 2);
        }
        assert_verified(scene->rt);
        given += trim(scene);
        assert_int_equal(trim(scene), 0);
    }
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        if (scene->blocks[i].address != NULL && i % 1000 != 0) {
            give(scene, i);
        }
    }
    given += trim(scene);
    assert_true(given > 0);
    take_many(scene, 1, 1000, 40);
    assert_verified(scene->rt);
    assert_contents(scene);
    end(scene);
}

static void
test_trim_at_any_time_with_pools_of_a_page(void **state) {
    (void)state;
    trim_at_random("alloc.pool=4KiB", "alloc.arena=256KiB");
}

static void
test_trim_at_any_time_with_pymallocs_pools(void **state) {
    (void)state;
    trim_at_random("alloc.pool=16KiB", "alloc.keep_arenas=4");
}

static void
test_trim_at_any_time_with_pools_of_sixteen_pages(void **state) {
    (void)state;
    trim_at_random("alloc.pool=64KiB", "alloc.arena=256KiB");
}

static void
test_trim_at_any_time_with_pools_as_large_as_arenas(void **state) {
    (void)state;
    trim_at_random("alloc.pool=1MiB", "alloc.small=512");
}

static void
test_trim_at_any_time_with_debug_blocks(void **state) {
    (void)state;
    trim_at_random("alloc.backend=debug", "alloc.quarantine=40");
}

static void
test_trim_at_any_time_with_huge_pages(void **state) {
    (void)state;
    trim_at_random("alloc.thp=always", "alloc.arena=256KiB");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trim_gives_back_the_pages_of_a_pool_that_nobody_lives_in),
        cmocka_unit_test(test_trim_leaves_a_page_that_one_byte_reaches_into),
        cmocka_unit_test(test_trim_gives_back_pools_that_are_not_in_use),
        cmocka_unit_test(test_trim_gives_back_the_rest_of_a_pool_that_went_out_of_use_later),
        cmocka_unit_test(test_trim_twice_gives_nothing_the_second_time),
        cmocka_unit_test(test_trim_keeps_one_free_block_of_a_pool_at_hand),
        cmocka_unit_test(test_trim_memory_comes_back_as_distinct_blocks_lowest_first),
        cmocka_unit_test(test_trim_refused_by_the_system_gives_back_nothing),
        cmocka_unit_test(test_trim_without_memory_for_itself_changes_nothing),
        cmocka_unit_test(test_trim_at_any_time_with_pools_of_a_page),
        cmocka_unit_test(test_trim_at_any_time_with_pymallocs_pools),
        cmocka_unit_test(test_trim_at_any_time_with_pools_of_sixteen_pages),
        cmocka_unit_test(test_trim_at_any_time_with_pools_as_large_as_arenas),
        cmocka_unit_test(test_trim_at_any_time_with_debug_blocks),
        cmocka_unit_test(test_trim_at_any_time_with_huge_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
