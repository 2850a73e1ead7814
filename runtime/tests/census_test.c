/* SPDX-License-Identifier: MIT
 *
 * The census: its parts make the whole to the byte, and its table says what CPython's does.
 */
#include "runtime/tests/heap.h"

#include "runtime/size_class.h"
#include "runtime/tests/seed.h"

enum {
    BLOCKS = 3000
};

static struct rt_census
take_census(struct rt *rt) {
    struct rt_census census;

    memset(&census, 0xff, sizeof census);
    rt_census_read(rt, &census);
    return census;
}

static void
assert_sums(const struct rt_census *census) {
    size_t pools = 0, live = 0, available = 0;

    for (size_t i = 0; i < census->class_count; i++) {
        const struct rt_census_class *row = &census->classes[i];
        size_t capacity = rt_size_class_capacity(i, census->pool_bytes);

        assert_int_equal(row->block_bytes, 16 * (i + 1));
        assert_int_equal(row->blocks_live + row->blocks_free, row->pools * capacity);
        assert_true(row->blocks_live >= row->pools);
        pools += row->pools;
        live += row->blocks_live * row->block_bytes;
        available += row->blocks_free * row->block_bytes;
    }
    assert_int_equal(census->live_bytes, live);
    assert_int_equal(census->free_block_bytes, available);
    assert_int_equal(census->header_bytes, 48 * pools);
    assert_int_equal(census->unused_pool_bytes, census->unused_pools * census->pool_bytes);
    assert_int_equal(census->alignment_bytes, 0);
    assert_int_equal(census->total_bytes, census->arenas * census->arena_bytes);
    assert_int_equal(census->total_bytes, census->live_bytes + census->free_block_bytes +
                                              census->unused_pool_bytes + census->header_bytes +
                                              census->quantization_bytes + census->alignment_bytes);
}

static void
assert_agrees_with_stats(struct rt *rt, const struct rt_census *census) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(rt, values);
    assert_int_equal(census->live_bytes + census->large_bytes, values[RT_STAT_LIVE_ROUNDED_BYTES]);
    assert_int_equal(census->large_blocks, values[RT_STAT_LARGE_BLOCKS]);
    assert_int_equal(census->large_bytes, values[RT_STAT_LARGE_BYTES]);
    assert_int_equal(census->arenas, values[RT_STAT_ARENAS_MAPPED]);
    assert_int_equal(census->arenas_peak, values[RT_STAT_ARENAS_MAPPED_PEAK]);
    assert_int_equal(census->arenas_mapped_total, values[RT_STAT_ARENAS_MAPPED_TOTAL]);
    assert_int_equal(census->arenas_released_total, values[RT_STAT_ARENAS_RELEASED_TOTAL]);
    assert_int_equal(census->unused_pool_bytes, values[RT_STAT_ARENA_SLACK_BYTES]);
    assert_int_equal(census->free_block_bytes + census->header_bytes + census->quantization_bytes,
                     values[RT_STAT_POOL_SLACK_BYTES]);
}

static void
replace_blocks(struct rt *rt, size_t largest_bytes) {
    struct test_block blocks[BLOCKS] = {{0}};
    struct test_random random;

    test_random_init(&random, test_seed());
    for (size_t step = 0; step < 4 * (size_t)BLOCKS; step++) {
        struct test_block *block = &blocks[test_random_below(&random, BLOCKS)];

        rt_free(rt, block->address, block->bytes);
        block->bytes = 1 + test_random_below(&random, largest_bytes);
        block->address = step < 3 * (size_t)BLOCKS ? rt_alloc(rt, block->bytes) : NULL;
        if (step % 1000 == 0) {
            struct rt_census census = take_census(rt);

            assert_sums(&census);
            assert_agrees_with_stats(rt, &census);
        }
    }
}

static void
test_census_parts_make_the_whole(void **state) {
    struct rt *rt = test_create(NULL, NULL), *tiny, *wide;

    (void)state;
    replace_blocks(rt, 700);
    rt_destroy(rt);
    tiny = test_create(NULL, "alloc.pool=4KiB", "alloc.arena=256KiB", "alloc.small=64", NULL);
    replace_blocks(tiny, 80);
    rt_destroy(tiny);
    wide = test_create(NULL, "alloc.pool=64KiB", "alloc.small=4096", NULL);
    replace_blocks(wide, 4500);
    rt_destroy(wide);
}

static void
test_census_counts_blocks_of_each_class(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_census census;

    (void)state;
    for (size_t i = 0; i < 32; i++) { /* one more than a pool of 512 holds */
        assert_non_null(rt_alloc(rt, 500));
    }
    assert_non_null(rt_alloc(rt, 1));
    assert_non_null(rt_alloc(rt, 513));
    census = take_census(rt);
    assert_int_equal(census.small_bytes, 512);
    assert_int_equal(census.class_count, 32);
    assert_int_equal(census.classes[31].pools, 2);
    assert_int_equal(census.classes[31].blocks_live, 32);
    assert_int_equal(census.classes[31].blocks_free, 30);
    assert_int_equal(census.classes[0].pools, 1);
    assert_int_equal(census.classes[0].blocks_live, 1);
    assert_int_equal(census.classes[0].blocks_free, 1020);
    assert_int_equal(census.quantization_bytes, 2 * (16336 % 512));
    assert_int_equal(census.unused_pools, 61);
    assert_int_equal(census.large_blocks, 1);
    assert_int_equal(census.large_bytes, 513);
    rt_destroy(rt);
}

static void
test_census_of_nothing_is_nothing(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_census census = take_census(rt);

    (void)state;
    assert_int_equal(census.total_bytes, 0);
    assert_sums(&census);
    assert_agrees_with_stats(rt, &census);
    rt_destroy(rt);
}

/* Written by hand for 3 blocks of 40 bytes, 1 of 512, and 1 of 1000. */
static const char expected_table[] =
    "Small block threshold = 512, in 32 size classes.\n"
    "\n"
    "class         size          pools         blocks in use avail blocks\n"
    "2             48            1             3             337\n"
    "31            512           1             1             30\n"
    "\n"
    "# arenas allocated total                = 1\n"
    "# arenas reclaimed                      = 0\n"
    "# arenas highwater mark                 = 1\n"
    "# arenas allocated current              = 1\n"
    "# bytes in an arena                     = 1048576\n"
    "\n"
    "# bytes in allocated blocks             = 656\n"
    "# bytes in available blocks             = 31536\n"
    "# unused pools                          = 62\n"
    "# bytes in unused pools                 = 1015808\n"
    "# bytes lost to pool headers            = 96\n"
    "# bytes lost to quantization            = 480\n"
    "# bytes lost to arena alignment         = 0\n"
    "Total                                   = 1048576\n"
    "\n"
    "# large blocks                          = 1\n"
    "# bytes in large blocks                 = 1000\n";

static void
test_census_table_has_cpythons_lines(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_census census;
    struct rt_text text;
    char table[4096];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        (void)rt_alloc(rt, 40);
    }
    (void)rt_alloc(rt, 512);
    (void)rt_alloc(rt, 1000);
    census = take_census(rt);
    rt_text_init(&text, table, sizeof table);
    rt_census_print(&census, &text);
    assert_false(text.cut);
    assert_string_equal(table, expected_table);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_census_parts_make_the_whole),
        cmocka_unit_test(test_census_counts_blocks_of_each_class),
        cmocka_unit_test(test_census_of_nothing_is_nothing),
        cmocka_unit_test(test_census_table_has_cpythons_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
