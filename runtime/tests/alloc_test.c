/* SPDX-License-Identifier: MIT
 *
 * alloc_test.c: the four calls, on every backend and under every knob, against the model.
 */
#include "runtime/rt.h"
#include "runtime/tests/alloc_ops.h"
#include "runtime/tests/seed.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static struct rt *
create_with(const char *const *assignments) {
    char buffer[256] = "";
    struct rt_text why;
    struct rt_config config;
    struct rt *rt;

    rt_text_init(&why, buffer, sizeof(buffer));
    rt_config_init(&config);
    for (; assignments != NULL && *assignments != NULL; assignments++) {
        if (rt_knob_assign(rt_config_knobs(), &config, *assignments, &why) != 0) {
            fail_msg("%s", buffer);
        }
    }
    if (rt_config_check(&config, &why) != 0) {
        fail_msg("%s", buffer);
    }
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    return rt;
}

/* Mostly small sizes, as programs ask; some at the borders, some large. */
static size_t
draw_size(struct test_random *random) {
    switch (test_random_below(random, 10)) {
    case 0:
        return test_random_below(random, 5000);
    case 1:
        return test_random_below(random, 600);
    case 2:
        return 496 + test_random_below(random, 34);
    default:
        return test_random_below(random, 130);
    }
}

static void
run_against_model(const char *const *assignments, size_t steps, uint64_t seed) {
    struct alloc_ops ops = {.rt = create_with(assignments)};
    struct test_random random;
    char buffer[256] = "";
    struct rt_text why;

    test_random_init(&random, seed);
    for (size_t step = 0; step < steps && ops.broken == NULL; step++) {
        size_t slot = test_random_below(&random, step % 3000 < 1500 ? ALLOC_OPS_SLOTS : 40);

        alloc_ops_step(&ops, slot, draw_size(&random), (unsigned)test_random_next(&random));
        if (step % 500 == 0) {
            rt_text_init(&why, buffer, sizeof(buffer));
            (void)alloc_ops_judge(&ops, &why);
        }
    }
    if (ops.broken == NULL) {
        alloc_ops_give_all(&ops);
        rt_text_init(&why, buffer, sizeof(buffer));
        (void)alloc_ops_judge(&ops, &why);
    }
    if (ops.broken != NULL) {
        fail_msg("%s%s: %s", assignments[0] == NULL ? "" : "with ",
                 assignments[0] == NULL ? "plain knobs" : assignments[0], ops.broken);
    }
    rt_destroy(ops.rt);
}

static void
test_alloc_agrees_with_the_model_under_every_knob(void **state) {
    static const char *const knobs[][4] = {
        {NULL},
        {"alloc.backend=system"},
        {"alloc.backend=debug"},
        {"alloc.backend=debug", "alloc.quarantine=0"},
        {"alloc.arena=256KiB", "alloc.pool=4KiB"},
        {"alloc.arena=32MiB", "alloc.pool=1MiB", "alloc.small=4KiB"},
        {"alloc.pool=256KiB", "alloc.arena=256KiB"},
        {"alloc.small=16"},
        {"alloc.small=4096"},
        {"alloc.keep_arenas=3", "alloc.arena=256KiB"},
        {"alloc.thp=always"},
        {"alloc.thp=never"},
        {"alloc.thp=advise"},
        {"alloc.fill_new=205", "alloc.fill_freed=221"},
        {"alloc.reserve=64MiB"},
    };
    uint64_t seed = test_seed();

    (void)state;
    for (size_t i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
        run_against_model(knobs[i], 12000, seed + i);
    }
}

/* With injection armed everything goes the careful way; what is decided must not change. */
static void
test_alloc_gives_the_same_blocks_by_the_fast_and_the_careful_path(void **state) {
    static const char *const careful[] = {"alloc.fail_at=1000000000", NULL};
    struct rt *fast = create_with(NULL), *slow = create_with(careful);
    struct test_random random;
    struct {
        char *fast, *slow;
        size_t size;
    } slots[1000] = {{NULL, NULL, 0}};
    uint64_t fast_values[RT_STAT_COUNT], slow_values[RT_STAT_COUNT];
    char *fast_base, *slow_base;

    (void)state;
    test_random_init(&random, test_seed());
    fast_base = rt_alloc(fast, 1);
    slow_base = rt_alloc(slow, 1);
    for (size_t step = 0; step < 100000; step++) {
        size_t i = test_random_below(&random, 1000), size = 1 + test_random_below(&random, 512);

        if (slots[i].fast == NULL) {
            slots[i].fast = rt_alloc(fast, size);
            slots[i].slow = rt_alloc(slow, size);
            slots[i].size = size;
            assert_int_equal(slots[i].fast - fast_base, slots[i].slow - slow_base);
        } else {
            rt_free(fast, slots[i].fast, slots[i].size);
            rt_free(slow, slots[i].slow, slots[i].size);
            slots[i].fast = NULL;
        }
    }
    rt_stats_read(fast, fast_values);
    rt_stats_read(slow, slow_values);
    assert_memory_equal(fast_values, slow_values, sizeof(fast_values));
    rt_destroy(fast);
    rt_destroy(slow);
}

static void
test_alloc_of_nothing_is_a_block_of_one_byte(void **state) {
    struct rt *rt = create_with(NULL);
    uint64_t values[RT_STAT_COUNT];
    char *one = rt_alloc(rt, 0), *other = rt_alloc(rt, 0);

    (void)state;
    assert_non_null(one);
    assert_ptr_not_equal(one, other);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 2);
    rt_free(rt, one, 0);
    rt_free(rt, other, 0);
    rt_free(rt, NULL, 0);
    rt_free(rt, NULL, 100);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 0);
    assert_int_equal(values[RT_STAT_FREES], 2);
    rt_destroy(rt);
}

static void
test_alloc_of_an_impossible_size_fails_and_changes_nothing(void **state) {
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2, (size_t)1 << 62};
    struct rt *rt = create_with(NULL);
    uint64_t values[RT_STAT_COUNT];
    char *block = rt_alloc(rt, 100);

    (void)state;
    memset(block, 7, 100);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_null(rt_alloc(rt, sizes[i]));
        assert_null(rt_alloc_zeroed(rt, sizes[i]));
        assert_null(rt_realloc(rt, block, 100, sizes[i]));
    }
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 1);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 100);
    assert_int_equal(block[99], 7);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_realloc_of_null_is_an_allocation(void **state) {
    struct rt *rt = create_with(NULL);
    uint64_t values[RT_STAT_COUNT];
    void *block = rt_realloc(rt, NULL, 0, 40);

    (void)state;
    assert_non_null(block);
    rt_stats_read(rt, values);
    assert_int_equal(values[RT_STAT_ALLOCATIONS], 1);
    assert_int_equal(values[RT_STAT_LIVE_REQUESTED_BYTES], 40);
    rt_free(rt, block, 40);
    rt_destroy(rt);
}

/* A block shrunk in place belongs to a larger class than its request's. */
static void
test_free_of_a_block_that_shrank_in_place_returns_it_to_its_own_class(void **state) {
    struct rt *rt = create_with(NULL);
    void *block = rt_alloc(rt, 512);
    void *same = rt_realloc(rt, block, 512, 400);

    (void)state;
    assert_ptr_equal(same, block);
    (void)rt_alloc(rt, 512);
    rt_free(rt, same, 400);
    assert_int_equal(rt_verify(rt, NULL), 0);
    assert_ptr_equal(rt_alloc(rt, 512), block);
    rt_destroy(rt);
}

static void
test_owns_tells_our_addresses_from_others(void **state) {
    struct rt *rt = create_with(NULL), *other = create_with(NULL);
    char *small = rt_alloc(rt, 64), *large = rt_alloc(rt, 100000), *foreign = rt_alloc(other, 64);
    int local = 0;

    (void)state;
    assert_true(rt_owns(rt, small));
    assert_true(rt_owns(rt, large));
    assert_false(rt_owns(rt, foreign));
    assert_false(rt_owns(rt, &local));
    assert_false(rt_owns(rt, NULL));
    assert_false(rt_owns(rt, (void *)UINTPTR_MAX));
    rt_free(rt, large, 100000);
    assert_false(rt_owns(rt, large));
    rt_destroy(rt);
    rt_destroy(other);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_agrees_with_the_model_under_every_knob),
        cmocka_unit_test(test_alloc_gives_the_same_blocks_by_the_fast_and_the_careful_path),
        cmocka_unit_test(test_alloc_of_nothing_is_a_block_of_one_byte),
        cmocka_unit_test(test_alloc_of_an_impossible_size_fails_and_changes_nothing),
        cmocka_unit_test(test_realloc_of_null_is_an_allocation),
        cmocka_unit_test(test_free_of_a_block_that_shrank_in_place_returns_it_to_its_own_class),
        cmocka_unit_test(test_owns_tells_our_addresses_from_others),
    };

    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
