/* SPDX-License-Identifier: MIT
 *
 * pool_test.c: blocks, pools and arenas come and go as CPython 3.11's do.
 *
 * data/pymalloc-3.11.2.txt is what a program that drives CPython 3.11.2's allocator through its C API
 * printed. Here the same requests are made of our pools, and every line must come out the same. That
 * program ran inside an interpreter, whose own blocks were there first; begin_like_the_interpreter()
 * sets up what of them shows in its lines.
 */
#include "runtime/block.h"
#include "runtime/pool.h"
#include "runtime/rt.h"
#include "runtime/tests/seed.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNT = 40000,
    REPORT_BYTES = 8192
};

/* ---- The program whose output CPython's is ------------------------------------------------------- */

struct scene {
    struct rt *rt;
    size_t hidden_arenas; /* those of the interpreter, which the program did not count */
    void *blocks[COUNT];
    char report[REPORT_BYTES];
    size_t length;
};

static void
say(struct scene *scene, const char *format, ...) {
    va_list arguments;
    int written;

    va_start(arguments, format);
    written =
        vsnprintf(scene->report + scene->length, REPORT_BYTES - scene->length, format, arguments);
    va_end(arguments);
    assert_in_range(written, 0, REPORT_BYTES - scene->length - 1);
    scene->length += (size_t)written;
}

static uintptr_t
pool_of(const void *block) {
    return (uintptr_t)block & ~(uintptr_t)16383;
}

static uintptr_t
arena_of(const void *block) {
    return (uintptr_t)block & ~(uintptr_t)((1 << 20) - 1);
}

static void
assert_verified(struct rt *rt) {
    char buffer[256] = "";
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof(buffer));
    if (rt_verify(rt, &why) != 0) {
        fail_msg("%s", buffer);
    }
}

static uint64_t
stat_of(struct scene *scene, enum rt_stat stat) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(scene->rt, values);
    return values[stat];
}

static long
arenas_mapped(struct scene *scene) {
    return (long)(stat_of(scene, RT_STAT_ARENAS_MAPPED_TOTAL) - scene->hidden_arenas);
}

static long
arenas_released(struct scene *scene) {
    return (long)stat_of(scene, RT_STAT_ARENAS_RELEASED_TOTAL);
}

static long
arenas_live(struct scene *scene) {
    return arenas_mapped(scene) - arenas_released(scene);
}

static void
take_blocks(struct scene *scene, size_t count, size_t bytes) {
    for (size_t i = 0; i < count; i++) {
        scene->blocks[i] = rt_alloc(scene->rt, bytes);
        assert_non_null(scene->blocks[i]);
    }
}

static void
give_block(struct scene *scene, size_t i, size_t bytes) {
    rt_free(scene->rt, scene->blocks[i], bytes);
    scene->blocks[i] = NULL;
}

static void
give_blocks(struct scene *scene, size_t count, size_t bytes) {
    for (size_t i = 0; i < count; i++) {
        give_block(scene, i, bytes);
    }
}

/* Blocks of the interpreter in the pools of classes 16, 32, 256 and 480 (partly used ones), and then
 * blocks of 512 until the first arena is used up. */
static void
begin_like_the_interpreter(struct scene *scene) {
    static const struct {
        size_t count, bytes;
    } residents[] = {{18, 16}, {382, 32}, {1, 256}, {1, 480}};

    for (size_t r = 0; r < sizeof(residents) / sizeof(residents[0]); r++) {
        for (size_t i = 0; i < residents[r].count; i++) {
            assert_non_null(rt_alloc(scene->rt, residents[r].bytes));
        }
    }
    scene->hidden_arenas = 1;
    while (arenas_mapped(scene) == 0) {
        assert_non_null(rt_alloc(scene->rt, 512));
    }
}

static void
describe_class(struct scene *scene, size_t bytes) {
    enum {
        TAKEN = 3000
    };
    void **p = scene->blocks;
    size_t first = 1, last;
    bool is_ascending = true;

    take_blocks(scene, TAKEN, bytes);
    while (first < TAKEN && pool_of(p[first]) == pool_of(p[first - 1])) {
        first++;
    }
    for (last = first; last + 1 < TAKEN && pool_of(p[last + 1]) == pool_of(p[first]); last++) {
        is_ascending = is_ascending && (char *)p[last + 1] > (char *)p[last];
    }
    say(scene,
        "request %3zu: spacing %3ld, first block at pool+%lu, blocks per pool %zu, ascending %d\n",
        bytes, (long)((char *)p[first + 1] - (char *)p[first]),
        (unsigned long)((uintptr_t)p[first] - pool_of(p[first])), last - first + 1, is_ascending);
    give_blocks(scene, TAKEN, bytes);
}

static void
describe_order(struct scene *scene) {
    void **p = scene->blocks;
    size_t e = 60, i = 1;
    size_t capacity = (16384 - 48) / 400;
    void *a, *b;
    uintptr_t pool;

    take_blocks(scene, 100, 300);
    while (pool_of(p[e]) != pool_of(p[e + 1])) {
        e++;
    }
    rt_free(scene->rt, p[e], 300);
    rt_free(scene->rt, p[e + 1], 300);
    a = rt_alloc(scene->rt, 304);
    b = rt_alloc(scene->rt, 289);
    say(scene, "same pool, freed x then y; the next two are y, x: %d %d\n", a == p[e + 1],
        b == p[e]);
    rt_free(scene->rt, a, 304);
    rt_free(scene->rt, b, 289);
    p[e] = p[e + 1] = NULL;
    give_blocks(scene, 100, 300);

    take_blocks(scene, capacity * 4, 400);
    while (pool_of(p[i]) == pool_of(p[i - 1])) {
        i++;
    }
    a = p[i];
    pool = pool_of(a);
    rt_free(scene->rt, a, 400);
    p[i] = rt_alloc(scene->rt, 400);
    say(scene, "block freed in a full pool is the next one given: %d (pool %d)\n", p[i] == a,
        pool_of(p[i]) == pool);
    give_blocks(scene, capacity * 4, 400);
}

static bool
stays(struct scene *scene, size_t from, size_t to) {
    void *block = rt_alloc(scene->rt, from);
    void *moved = rt_realloc(scene->rt, block, from, to);

    rt_free(scene->rt, moved, to);
    return moved == block;
}

static void
describe_realloc(struct scene *scene) {
    void *block, *moved;

    say(scene, "realloc 512 -> in place for:");
    for (size_t to = 512; to >= 16; to -= 16) {
        if (stays(scene, 512, to)) {
            say(scene, " %zu", to);
        }
    }
    say(scene, "\nrealloc 64 -> in place for:");
    for (size_t to = 64; to >= 1; to--) {
        if (stays(scene, 64, to)) {
            say(scene, " %zu", to);
        }
    }
    block = rt_alloc(scene->rt, 100);
    moved = rt_realloc(scene->rt, block, 100, 112);
    say(scene, "\n100 -> 112 in place %d", moved == block);
    block = rt_realloc(scene->rt, moved, 112, 113);
    say(scene, ", 112 -> 113 in place %d\n", moved == block);
    rt_free(scene->rt, block, 113);
    block = rt_realloc(scene->rt, rt_alloc(scene->rt, 600), 600, 16);
    say(scene, "600 -> 16 stays with libc (in place %d)\n",
        rt_block_kind(scene->rt, block) == RT_BLOCK_LARGE);
    rt_free(scene->rt, block, 16);
}

static void
describe_arenas(struct scene *scene) {
    long mapped = arenas_mapped(scene), released = arenas_released(scene),
         live = arenas_live(scene);
    uintptr_t arena = 0;
    int kept = 0;

    take_blocks(scene, COUNT, 256);
    say(scene, "%d x 256 bytes = %d pools: arenas %+ld\n", COUNT, (COUNT + 62) / 63,
        arenas_mapped(scene) - mapped);
    give_blocks(scene, COUNT, 256);
    say(scene, "all freed: arenas returned %ld, live change %+ld\n",
        arenas_released(scene) - released, arenas_live(scene) - live);

    released = arenas_released(scene);
    take_blocks(scene, COUNT, 256);
    live = arenas_live(scene);
    for (size_t i = 0; i < COUNT; i++) {
        if (arena_of(scene->blocks[i]) != arena) {
            arena = arena_of(scene->blocks[i]);
            kept++;
        } else {
            give_block(scene, i, 256);
        }
    }
    say(scene, "one block kept in each of %d arenas: live arenas %ld of %ld, returned %ld\n", kept,
        arenas_live(scene), live, arenas_released(scene) - released);
    give_blocks(scene, COUNT, 256);
    say(scene, "survivors freed: returned %ld\n", arenas_released(scene) - released);
}

/* The next arena, from block *from on, that these blocks fill from end to end. */
static uintptr_t
find_whole_arena(struct scene *scene, size_t count, size_t *from) {
    for (; *from < count; *from += 63) {
        uintptr_t arena = arena_of(scene->blocks[*from]);
        size_t members = 0;

        for (size_t i = 0; i < count; i++) {
            members += arena_of(scene->blocks[i]) == arena;
        }
        if (members == 63 * 64) {
            return arena;
        }
    }
    return 0;
}

static size_t
free_first_pools(struct scene *scene, size_t count, uintptr_t arena, size_t pools) {
    size_t freed = 0;

    for (size_t i = 0; i < count; i++) {
        if (scene->blocks[i] != NULL && arena_of(scene->blocks[i]) == arena &&
            (pool_of(scene->blocks[i]) - arena) >> 14 < pools) {
            give_block(scene, i, 256);
            freed++;
        }
    }
    return freed;
}

static void
describe_fullest_first(struct scene *scene) {
    enum {
        TAKEN = 4 * 63 * 64,
        POOLS = 20
    };
    size_t at = 0, freed_a, freed_b, pools = 0;
    uintptr_t a, b, order[POOLS];
    int from_a = 0, from_b = 0, last_b = -1, first_a = 99;

    take_blocks(scene, TAKEN, 256);
    a = find_whole_arena(scene, TAKEN, &at);
    do {
        at += 63;
        b = find_whole_arena(scene, TAKEN, &at);
    } while (b == a);
    freed_a = free_first_pools(scene, TAKEN, a, 40);
    freed_b = free_first_pools(scene, TAKEN, b, 10);
    while (pools < POOLS) {
        void *block = rt_alloc(scene->rt, 480);

        if (pools == 0 || pool_of(block) != order[pools - 1]) {
            order[pools++] = pool_of(block);
        }
    }
    for (int i = 0; i < POOLS; i++) {
        uintptr_t arena = order[i] & ~(uintptr_t)((1 << 20) - 1);

        from_a += arena == a;
        from_b += arena == b;
        last_b = arena == b ? i : last_b;
        first_a = arena == a && first_a == 99 ? i : first_a;
    }
    say(scene,
        "arena A given 40 free pools, arena B 10 (blocks freed %zu, %zu); 20 new pools taken:\n",
        freed_a, freed_b);
    say(scene,
        "  taken from B %d, from A %d, elsewhere %d; last B at %d before first A at %d: %d\n",
        from_b, from_a, POOLS - from_a - from_b, last_b, first_a, last_b < first_a);
}

static char *
read_expected(void) {
    FILE *file = fopen(TEST_DATA "/pymalloc-3.11.2.txt", "r");
    char *text = calloc(1, REPORT_BYTES);

    assert_non_null(file);
    assert_non_null(text);
    assert_in_range(fread(text, 1, REPORT_BYTES - 1, file), 1, REPORT_BYTES - 2);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void
test_pool_does_all_that_cpython_printed(void **state) {
    static const size_t sizes[] = {1, 16, 17, 32, 48, 64, 100, 200, 256, 496, 512};
    struct scene *scene = calloc(1, sizeof(*scene));
    char *expected = read_expected();
    struct rt_config config;

    (void)state;
    assert_non_null(scene);
    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &scene->rt), 0);
    begin_like_the_interpreter(scene);
    say(scene, "arena size asked for: %d\n", (int)config.alloc_arena_bytes);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        describe_class(scene, sizes[i]);
        assert_verified(scene->rt);
    }
    describe_order(scene);
    describe_realloc(scene);
    describe_arenas(scene);
    assert_verified(scene->rt);
    describe_fullest_first(scene);
    assert_verified(scene->rt);
    assert_string_equal(scene->report, expected);
    rt_destroy(scene->rt);
    free(scene);
    free(expected);
}

/* ---- What CPython does not print ----------------------------------------------------------------- */

static struct rt *
create_plain(void) {
    struct rt_config config;
    struct rt *rt;

    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    return rt;
}

/* The order in which pymalloc would give blocks: its lists, with plain arrays. One class, one pool. */
static void
test_pool_gives_blocks_last_in_first_out_however_deep(void **state) {
    enum {
        BLOCKS = 1021
    };
    struct rt *rt = create_plain();
    void *blocks[BLOCKS], *stack[BLOCKS];
    struct test_random random;
    size_t live = 0, height = 0;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[live++] = rt_alloc(rt, 16);
    }
    for (size_t step = 0; step < 20000; step++) {
        bool is_give = live > 1 && (height == 0 || test_random_below(&random, 100) < 50 + step % 7);

        if (is_give) {
            size_t i = test_random_below(&random, live);

            stack[height++] = blocks[i];
            rt_free(rt, blocks[i], 16);
            blocks[i] = blocks[--live];
        } else {
            blocks[live] = rt_alloc(rt, 16);
            assert_ptr_equal(blocks[live], stack[--height]);
            live++;
        }
        if (step % 1000 == 0) {
            assert_verified(rt);
        }
    }
    rt_destroy(rt);
}

static void
test_pool_reused_by_its_own_class_keeps_the_order_of_its_last_frees(void **state) {
    struct rt *rt = create_plain();
    void *blocks[30];

    (void)state;
    for (size_t i = 0; i < 30; i++) {
        blocks[i] = rt_alloc(rt, 48);
    }
    for (size_t i = 0; i < 30; i++) {
        rt_free(rt, blocks[i], 48);
    }
    for (size_t i = 30; i-- > 0;) {
        assert_ptr_equal(rt_alloc(rt, 48), blocks[i]);
    }
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_pool_reused_by_another_class_is_carved_anew(void **state) {
    struct rt *rt = create_plain();
    void *one = rt_alloc(rt, 48), *two = rt_alloc(rt, 48), *other;

    (void)state;
    rt_free(rt, two, 48);
    rt_free(rt, one, 48);
    other = rt_alloc(rt, 64);
    assert_ptr_equal(other, one); /* the same pool, its first block */
    assert_ptr_equal(rt_alloc(rt, 64), (char *)other + 64);
    assert_verified(rt);
    rt_destroy(rt);
}

/* Two full pools get a block each, then the first another: the second is in front of it. */
static void
test_pool_that_was_full_goes_to_the_front(void **state) {
    enum {
        CAPACITY = 255,
        BLOCKS = 3 * CAPACITY
    };
    struct rt *rt = create_plain();
    void *blocks[BLOCKS];

    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = rt_alloc(rt, 64);
    }
    rt_free(rt, blocks[5], 64);
    rt_free(rt, blocks[CAPACITY + 5], 64);
    rt_free(rt, blocks[6], 64);
    assert_ptr_equal(rt_alloc(rt, 64), blocks[CAPACITY + 5]);
    assert_ptr_equal(rt_alloc(rt, 64), blocks[6]);
    assert_ptr_equal(rt_alloc(rt, 64), blocks[5]);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_pool_that_was_full_counts_one_free_block(void **state) {
    enum {
        CAPACITY = 255
    };
    struct rt *rt = create_plain();
    struct rt_census *census = malloc(sizeof(*census));
    void *blocks[CAPACITY];

    (void)state;
    assert_non_null(census);
    for (size_t i = 0; i < CAPACITY; i++) {
        blocks[i] = rt_alloc(rt, 64);
    }
    rt_free(rt, blocks[7], 64);
    rt_census_read(rt, census);
    assert_int_equal(census->classes[3].blocks_live, CAPACITY - 1);
    assert_int_equal(census->classes[3].blocks_free, 1);
    assert_ptr_equal(rt_alloc(rt, 64), blocks[7]);
    free(census);
    rt_destroy(rt);
}

static void
test_pool_of_an_only_block_rests(void **state) {
    struct rt *rt = create_plain();
    void *one = rt_alloc(rt, 48), *other;
    uint64_t values[RT_STAT_COUNT];

    (void)state;
    rt_free(rt, one, 48);
    assert_int_equal(rt->arenas.resting, 0);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_POOLS_IN_USE], 0);
    assert_int_equal(values[RT_STAT_ARENA_SLACK_BYTES], rt->arena_bytes);
    assert_false(rt_owns(rt, one));
    assert_ptr_equal(rt_alloc(rt, 48), one);
    assert_int_equal(rt->arenas.resting, RT_NONE);
    rt_free(rt, one, 48);
    other = rt_alloc(rt, 64);
    assert_ptr_equal(other, one);
    assert_int_equal(rt->arenas.resting, RT_NONE);
    rt_free(rt, other, 64);
    assert_verified(rt);
    assert_int_equal(rt->arenas.resting, RT_NONE);
    rt_destroy(rt);
}

/* ---- Short ways ---------------------------------------------------------------------------------
 * The same requests of three contexts: one as it is, one whose pools never rest, one that goes the careful way. */

enum {
    WAYS = 3,
    SLOTS = 60
};

struct ways {
    struct rt *rts[WAYS];
    char *blocks[WAYS][SLOTS];
    size_t sizes[SLOTS]; /* 0: none */
    struct test_random random;
};

static void
begin_ways(struct ways *ways) {
    struct rt_config config;

    *ways = (struct ways){.sizes = {0}};
    rt_config_init(&config);
    config.alloc_pool_bytes = 64 << 10;
    config.alloc_arena_bytes = 4 * config.alloc_pool_bytes;
    for (int way = 0; way < WAYS; way++)
        assert_int_equal(rt_create(&config, NULL, &ways->rts[way]), 0);
    ways->rts[2]->fast_bytes = ways->rts[2]->fast_span = 0;
    test_random_init(&ways->random, test_seed());
}

/* 0: free. */
static void
change_slot(struct ways *ways, size_t slot, size_t size) {
    size_t old_size = ways->sizes[slot];

    for (int way = 0; way < WAYS; way++) {
        struct rt *rt = ways->rts[way];
        char **block = &ways->blocks[way][slot];

        if (size == 0) {
            rt_free(rt, *block, old_size);
        } else if (old_size == 0) {
            *block = rt_alloc(rt, size);
            memset(*block, (int)slot, size);
        } else {
            *block = rt_realloc(rt, *block, old_size, size);
            for (size_t i = 0; i < size && i < old_size; i++)
                assert_int_equal((*block)[i], slot);
            memset(*block, (int)slot, size);
        }
        if (way == 1)
            rt_pool_settle(rt);
    }
    ways->sizes[slot] = size;
}

static void
assert_ways_are_equal(const struct ways *ways, size_t slot) {
    uint64_t first[RT_STAT_COUNT], values[RT_STAT_COUNT];

    rt_stats_read(ways->rts[0], first);
    for (int way = 1; way < WAYS; way++) {
        rt_stats_read(ways->rts[way], values);
        assert_memory_equal(values, first, sizeof first);
        if (ways->sizes[slot] != 0)
            assert_int_equal(ways->blocks[way][slot] - ways->rts[way]->base,
                             ways->blocks[0][slot] - ways->rts[0]->base);
    }
}

static void
test_pool_short_ways_show_in_no_count_and_no_place(void **state) {
    struct ways *ways = malloc(sizeof *ways);

    (void)state;
    assert_non_null(ways);
    begin_ways(ways);
    for (size_t step = 0; step < 30000; step++) {
        size_t few = step / 3000 % 2 == 0 ? SLOTS : 3, slot = test_random_below(&ways->random, few);
        size_t size = 1 + test_random_below(&ways->random, ways->rts[0]->small_bytes);

        change_slot(ways, slot,
                    ways->sizes[slot] != 0 && test_random_below(&ways->random, 3) > 0 ? 0 : size);
        assert_ways_are_equal(ways, slot);
        if (step % 500 == 0)
            for (int way = 0; way < WAYS; way++)
                assert_verified(ways->rts[way]);
    }
    for (int way = 0; way < WAYS; way++)
        rt_destroy(ways->rts[way]);
    free(ways);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_does_all_that_cpython_printed),
        cmocka_unit_test(test_pool_gives_blocks_last_in_first_out_however_deep),
        cmocka_unit_test(test_pool_reused_by_its_own_class_keeps_the_order_of_its_last_frees),
        cmocka_unit_test(test_pool_reused_by_another_class_is_carved_anew),
        cmocka_unit_test(test_pool_that_was_full_goes_to_the_front),
        cmocka_unit_test(test_pool_that_was_full_counts_one_free_block),
        cmocka_unit_test(test_pool_of_an_only_block_rests),
        cmocka_unit_test(test_pool_short_ways_show_in_no_count_and_no_place),
    };

    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
