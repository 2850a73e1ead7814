/* SPDX-License-Identifier: MIT
 *
 * Every figure, to the byte: after sequences that can be counted by hand, and after thousands of random
 * operations beside a model that adds everything up again after each of them. The model is looked at
 * after every step, the context only now and then: a peak must not need anybody to look.
 */
#include "runtime/tests/heap.h"

#include "runtime/context.h"
#include "runtime/tests/seed.h"

/* ---- Rows ---- */

static void
test_stats_rows_have_name_unit_and_meaning(void **state) {
    (void)state;
    for (int i = 0; i < RT_STAT_COUNT; i++) {
        const struct rt_stat_row *row = rt_stat_row((enum rt_stat)i);

        assert_non_null(row);
        assert_non_null(row->name);
        assert_true(strncmp(row->name, "alloc.", 6) == 0 || strncmp(row->name, "gc.", 3) == 0);
        assert_true(row->unit != NULL && row->unit[0] != '\0');
        assert_true(row->help != NULL && row->help[0] != '\0');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(row->name, rt_stat_row((enum rt_stat)j)->name);
        }
    }
    assert_null(rt_stat_row(RT_STAT_COUNT));
}

/* ---- By hand ---- */

static void
test_stats_count_one_small_and_one_large_block(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint64_t values[RT_STAT_COUNT];
    void *small = rt_alloc(rt, 100);
    void *large = rt_alloc_zeroed(rt, 1000);

    (void)state;
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 2);
    assert_int_equal(values[RT_STAT_FREES], 0);
    assert_int_equal(values[RT_STAT_LIVE_BLOCKS], 2);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 1100);
    assert_int_equal(values[RT_STAT_LIVE_ROUNDED_BYTES], 112 + 1000);
    assert_int_equal(values[RT_STAT_LARGE_BLOCKS], 1);
    assert_int_equal(values[RT_STAT_LARGE_BYTES], 1000);
    assert_int_equal(values[RT_STAT_POOLS_IN_USE], 1);
    assert_int_equal(values[RT_STAT_POOL_SLACK_BYTES], 16 * KIB - 112);
    assert_int_equal(values[RT_STAT_ARENAS_MAPPED], 1);
    assert_int_equal(values[RT_STAT_ARENA_SLACK_BYTES], MIB - 16 * KIB);
    assert_int_equal(values[RT_STAT_HELD_BYTES], MIB + 1000);
    rt_free(rt, small, 100);
    rt_free(rt, large, 1000);
    rt_destroy(rt);
}

static void
test_stats_return_to_nothing_and_keep_their_peaks(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint64_t values[RT_STAT_COUNT];
    void *small = rt_alloc(rt, 0), *other = rt_alloc(rt, 512), *large = rt_alloc(rt, 513);

    (void)state;
    rt_free(rt, large, 513);
    rt_free(rt, other, 512);
    rt_free(rt, small, 0);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 3);
    assert_int_equal(values[RT_STAT_FREES], 3);
    assert_int_equal(values[RT_STAT_LIVE_BLOCKS], 0);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 0);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES_PEAK], 1 + 512 + 513);
    assert_int_equal(values[RT_STAT_LIVE_ROUNDED_BYTES], 0);
    assert_int_equal(values[RT_STAT_LIVE_ROUNDED_BYTES_PEAK], 16 + 512 + 513);
    assert_int_equal(values[RT_STAT_LARGE_BYTES_PEAK], 513);
    assert_int_equal(values[RT_STAT_POOLS_IN_USE], 0);
    assert_int_equal(values[RT_STAT_POOL_SLACK_BYTES], 0);
    assert_int_equal(values[RT_STAT_POOL_SLACK_BYTES_PEAK], 32 * KIB - 16 - 512);
    assert_int_equal(values[RT_STAT_ARENA_SLACK_BYTES], MIB); /* one empty arena is kept */
    assert_int_equal(values[RT_STAT_ARENA_SLACK_BYTES_PEAK], MIB);
    assert_int_equal(values[RT_STAT_HELD_BYTES], MIB);
    assert_int_equal(values[RT_STAT_HELD_BYTES_PEAK], MIB + 513);
    rt_destroy(rt);
}

static void
test_stats_count_a_reallocation_only_when_it_moves(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint64_t values[RT_STAT_COUNT];
    void *block = rt_alloc(rt, 100);

    (void)state;
    block = rt_realloc(rt, block, 100, 112);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 1);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 112);
    block = rt_realloc(rt, block, 112, 113);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 2);
    assert_int_equal(values[RT_STAT_FREES], 1);
    assert_int_equal(values[RT_STAT_LIVE_BLOCKS], 1);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 113);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES_PEAK], 113);
    assert_int_equal(values[RT_STAT_LIVE_ROUNDED_BYTES], 128);
    assert_int_equal(values[RT_STAT_LIVE_ROUNDED_BYTES_PEAK], 112 + 128); /* both, for the copy */
    rt_free(rt, block, 113);
    rt_destroy(rt);
}

/* The kernel and malloc move blocks as addresses happen to fall, which would be another count each time. */
static void
test_stats_do_not_count_where_the_system_moves_a_block(void **state) {
    static const char *const backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                           "alloc.backend=debug"};

    (void)state;
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        struct rt *rt = test_create(NULL, backends[i], NULL);
        uint64_t values[RT_STAT_COUNT];
        size_t bytes = 1000;
        void *block = rt_alloc(rt, bytes), *between[12];
        for (size_t k = 0; k < 12; k++, bytes *= 2) {
            between[k] = rt_alloc(rt, bytes); /* so that it cannot grow where it is */
            block = rt_realloc(rt, block, bytes, bytes * 2);
        }
        rt_stats_read(rt, values);
        assert_int_equal(values[RT_STAT_ALLOCATIONS], 1 + 12);
        rt_free(rt, block, bytes);
        for (size_t k = 12; k-- > 0;)
            rt_free(rt, between[k], bytes >>= 1);
        rt_destroy(rt);
    }
}

static void
test_stats_of_the_debug_backend_leave_out_what_waits(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    uint64_t values[RT_STAT_COUNT];
    void *block = rt_alloc(rt, 100), *other = rt_alloc(rt, 10);

    (void)state;
    rt_free(rt, block, 100);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 2);
    assert_int_equal(values[RT_STAT_FREES], 1);
    assert_int_equal(values[RT_STAT_LIVE_BLOCKS], 1);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 10);
    rt_free(rt, other, 10);
    rt_destroy(rt);
}

static void
test_stats_tables_grow_with_what_they_describe(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=system", NULL);
    struct rt *pooled = test_create(NULL, NULL);
    uint64_t before = test_stat(pooled, RT_STAT_TABLE_BYTES);
    void *block = rt_alloc(rt, 10), *large = rt_alloc(pooled, 1000);

    (void)state;
    assert_true(before > 0);
    assert_int_equal(test_stat(pooled, RT_STAT_TABLE_BYTES), before + 64 * sizeof(void *));
    assert_int_equal(test_stat(rt, RT_STAT_TABLE_BYTES), before); /* the system's blocks: no list */
    rt_free(rt, block, 10);
    rt_free(pooled, large, 1000);
    rt_destroy(rt);
    rt_destroy(pooled);
}

/* ---- Beside a model ---- */

enum {
    LIVE_MAX = 4000,
    POOLS_MAX = 64 * MIB / (4 * KIB),
    STEPS = 12000,
    PHASE_STEPS = 1500, /* growing and shrinking take turns */
    LARGEST_BYTES = 3000
};

struct model_block {
    char *address;
    size_t bytes, rounded;
    bool is_large;
};

struct model {
    struct rt *rt;
    struct test_random random;
    struct model_block blocks[LIVE_MAX];
    size_t count;
    size_t blocks_in_pool[POOLS_MAX];
    size_t mapped_total, released_total; /* by events */
    uint64_t values[RT_STAT_COUNT];
};

static void
count_arenas(void *context, const struct rt_event *event) {
    struct model *model = context;

    model->mapped_total += event->kind == RT_EVENT_ARENA_MAPPED;
    model->released_total += event->kind == RT_EVENT_ARENA_RELEASED;
}

static void
raise_peak(struct model *model, enum rt_stat peak, enum rt_stat now) {
    if (model->values[now] > model->values[peak]) {
        model->values[peak] = model->values[now];
    }
}

/* Adds up what depends on others, and raises the peaks. */
static void
observe(struct model *model, size_t arenas_mapped) {
    uint64_t *values = model->values;
    const struct rt *rt = model->rt;
    uint64_t pools_bytes = values[RT_STAT_POOLS_IN_USE] * rt->pool_bytes;

    values[RT_STAT_LIVE_BLOCKS] = model->count;
    values[RT_STAT_FREES] = values[RT_STAT_ALLOCATIONS] - model->count;
    values[RT_STAT_ARENAS_MAPPED] = arenas_mapped;
    values[RT_STAT_ARENAS_MAPPED_TOTAL] = model->mapped_total;
    values[RT_STAT_ARENAS_RELEASED_TOTAL] = model->released_total;
    values[RT_STAT_POOL_SLACK_BYTES] =
        pools_bytes + values[RT_STAT_LARGE_BYTES] - values[RT_STAT_LIVE_ROUNDED_BYTES];
    values[RT_STAT_ARENA_SLACK_BYTES] = arenas_mapped * rt->arena_bytes - pools_bytes;
    values[RT_STAT_HELD_BYTES] = arenas_mapped * rt->arena_bytes + values[RT_STAT_LARGE_BYTES];
    raise_peak(model, RT_STAT_LIVE_REQUESTED_BYTES_PEAK, RT_STAT_LIVE_REQUESTED_BYTES);
    raise_peak(model, RT_STAT_LIVE_ROUNDED_BYTES_PEAK, RT_STAT_LIVE_ROUNDED_BYTES);
    raise_peak(model, RT_STAT_LARGE_BYTES_PEAK, RT_STAT_LARGE_BYTES);
    raise_peak(model, RT_STAT_POOL_SLACK_BYTES_PEAK, RT_STAT_POOL_SLACK_BYTES);
    raise_peak(model, RT_STAT_ARENAS_MAPPED_PEAK, RT_STAT_ARENAS_MAPPED);
    raise_peak(model, RT_STAT_ARENA_SLACK_BYTES_PEAK, RT_STAT_ARENA_SLACK_BYTES);
    raise_peak(model, RT_STAT_HELD_BYTES_PEAK, RT_STAT_HELD_BYTES);
}

static size_t *
pool_count(struct model *model, const struct model_block *block) {
    return &model->blocks_in_pool[(size_t)(block->address - model->rt->base) /
                                  model->rt->pool_bytes];
}

/* A block is there, as far as memory goes; what was requested is the caller's to count. */
static void
add_block(struct model *model, const struct model_block *block) {
    uint64_t *values = model->values;

    values[RT_STAT_LIVE_ROUNDED_BYTES] += block->rounded;
    if (block->is_large) {
        values[RT_STAT_LARGE_BLOCKS]++;
        values[RT_STAT_LARGE_BYTES] += block->rounded;
    } else {
        values[RT_STAT_POOLS_IN_USE] += (*pool_count(model, block))++ == 0;
    }
}

static void
remove_block(struct model *model, const struct model_block *block) {
    uint64_t *values = model->values;

    values[RT_STAT_LIVE_ROUNDED_BYTES] -= block->rounded;
    if (block->is_large) {
        values[RT_STAT_LARGE_BLOCKS]--;
        values[RT_STAT_LARGE_BYTES] -= block->rounded;
    } else {
        values[RT_STAT_POOLS_IN_USE] -= --(*pool_count(model, block)) == 0;
    }
}

static struct model_block
describe(const struct model *model, void *address, size_t bytes) {
    bool is_large = bytes > model->rt->small_bytes;

    assert_non_null(address);
    return (struct model_block){.address = address,
                                .bytes = bytes,
                                .rounded = is_large ? bytes : (bytes + 15) / 16 * 16,
                                .is_large = is_large};
}

static size_t
draw_bytes(struct model *model) {
    size_t limit = test_random_below(&model->random, 8) == 0 ? LARGEST_BYTES : 600;

    return 1 + test_random_below(&model->random, limit);
}

static void
step_alloc(struct model *model) {
    struct model_block *block = &model->blocks[model->count++];
    size_t bytes = draw_bytes(model);
    bool is_zeroed = test_random_below(&model->random, 4) == 0;

    *block = describe(
        model, is_zeroed ? rt_alloc_zeroed(model->rt, bytes) : rt_alloc(model->rt, bytes), bytes);
    add_block(model, block);
    model->values[RT_STAT_ALLOCATIONS]++;
    model->values[RT_STAT_LIVE_REQUESTED_BYTES] += bytes;
    observe(model, model->mapped_total - model->released_total);
}

static void
step_free(struct model *model, size_t i) {
    struct model_block block = model->blocks[i];

    model->blocks[i] = model->blocks[--model->count];
    rt_free(model->rt, block.address, block.bytes);
    remove_block(model, &block);
    model->values[RT_STAT_LIVE_REQUESTED_BYTES] -= block.bytes;
    observe(model, model->mapped_total - model->released_total);
}

/* A block that leaves a pool is there twice for a moment. One of the system's is not: its new place is
 * the system's affair. */
static void
step_realloc(struct model *model, size_t i) {
    struct model_block old = model->blocks[i], *block = &model->blocks[i];
    size_t released_before = model->released_total, bytes = draw_bytes(model);

    *block = describe(model, rt_realloc(model->rt, old.address, old.bytes, bytes), bytes);
    if (old.is_large) {
        block->is_large = true;
        block->rounded = bytes;
        remove_block(model, &old);
        add_block(model, block);
    } else if (block->address == old.address) {
        block->rounded = old.rounded;
    } else {
        add_block(model, block);
        observe(model, model->mapped_total - released_before);
        remove_block(model, &old);
    }
    model->values[RT_STAT_ALLOCATIONS] += !old.is_large && block->address != old.address;
    model->values[RT_STAT_LIVE_REQUESTED_BYTES] += bytes - old.bytes;
    observe(model, model->mapped_total - model->released_total);
}

static void
compare(struct model *model) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(model->rt, values);
    model->values[RT_STAT_TABLE_BYTES] = values[RT_STAT_TABLE_BYTES];
    for (int i = 0; i < RT_STAT_COUNT; i++) {
        if (values[i] != model->values[i]) {
            fail_msg("%s is %llu, should be %llu", rt_stat_row((enum rt_stat)i)->name,
                     (unsigned long long)values[i], (unsigned long long)model->values[i]);
        }
    }
    assert_verified(model->rt);
}

static void
take_step(struct model *model, bool is_growing) {
    size_t dice = test_random_below(&model->random, 8);
    size_t i = test_random_below(&model->random, model->count + 1);

    if (dice == 0 && i < model->count) {
        step_realloc(model, i);
    } else if (model->count == 0 || (model->count < LIVE_MAX && (dice < 6) == is_growing)) {
        step_alloc(model);
    } else {
        step_free(model, i < model->count ? i : 0);
    }
}

static void
run_beside_model(struct rt *rt) {
    struct model *model = calloc(1, sizeof *model);

    model->rt = rt;
    test_random_init(&model->random, test_seed());
    assert_int_equal(rt_listen(rt, count_arenas, model), 0);
    for (size_t step = 0; step < STEPS; step++) {
        take_step(model, step / PHASE_STEPS % 3 != 1);
        if (test_random_below(&model->random, 128) == 0) {
            compare(model);
        }
    }
    compare(model);
    while (model->count != 0) {
        step_free(model, test_random_below(&model->random, model->count));
    }
    compare(model);
    rt_destroy(rt);
    free(model);
}

static void
test_stats_agree_with_a_model_in_pymallocs_sizes(void **state) {
    (void)state;
    run_beside_model(test_create(NULL, "alloc.reserve=64MiB", NULL));
}

static void
test_stats_agree_with_a_model_in_the_smallest_sizes(void **state) {
    (void)state;
    run_beside_model(
        test_create(NULL, "alloc.reserve=64MiB", "alloc.pool=4KiB", "alloc.arena=256KiB", NULL));
}

static void
test_stats_agree_with_a_model_while_arenas_are_kept(void **state) {
    (void)state;
    run_beside_model(test_create(NULL, "alloc.reserve=64MiB", "alloc.pool=64KiB",
                                 "alloc.arena=256KiB", "alloc.keep_arenas=2", "alloc.small=2048",
                                 NULL));
}

static void
test_stats_agree_with_a_model_when_an_arena_is_one_pool(void **state) {
    (void)state;
    run_beside_model(
        test_create(NULL, "alloc.reserve=512MiB", "alloc.pool=1MiB", "alloc.small=4096", NULL));
}

static void
test_stats_agree_with_a_model_with_few_small_blocks(void **state) {
    (void)state;
    run_beside_model(test_create(NULL, "alloc.reserve=64MiB", "alloc.small=64", "alloc.fill_new=1",
                                 "alloc.pool=4KiB", NULL));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stats_rows_have_name_unit_and_meaning),
        cmocka_unit_test(test_stats_count_one_small_and_one_large_block),
        cmocka_unit_test(test_stats_return_to_nothing_and_keep_their_peaks),
        cmocka_unit_test(test_stats_count_a_reallocation_only_when_it_moves),
        cmocka_unit_test(test_stats_do_not_count_where_the_system_moves_a_block),
        cmocka_unit_test(test_stats_of_the_debug_backend_leave_out_what_waits),
        cmocka_unit_test(test_stats_tables_grow_with_what_they_describe),
        cmocka_unit_test(test_stats_agree_with_a_model_in_pymallocs_sizes),
        cmocka_unit_test(test_stats_agree_with_a_model_in_the_smallest_sizes),
        cmocka_unit_test(test_stats_agree_with_a_model_while_arenas_are_kept),
        cmocka_unit_test(test_stats_agree_with_a_model_when_an_arena_is_one_pool),
        cmocka_unit_test(test_stats_agree_with_a_model_with_few_small_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
