/* SPDX-License-Identifier: MIT
 *
 * The set of large blocks: what is in it, what is not, and that nothing is lost from it.
 */
#include "runtime/tests/heap.h"

#include "runtime/large.h"
#include "runtime/tests/fake_os.h"
#include "runtime/tests/seed.h"

enum {
    BLOCKS_MAX = 600,
    STEPS = 8000
};

static struct rt *
begin(struct fake_os *fake) {
    fake_os_init(fake);
    return test_create(&fake->hooks, "alloc.reserve=64MiB", NULL);
}

static void
end(struct rt *rt, struct fake_os *fake) {
    rt_destroy(rt);
    assert_true(fake_is_balanced(fake));
}

static struct test_block
take(struct rt *rt, size_t bytes) {
    struct test_block block = {.address = rt_large_alloc(rt, bytes, false), .bytes = bytes};

    assert_non_null(block.address);
    return block;
}

/* Gives, takes or resizes one of the blocks; all of a block's bytes carry its place as a mark. */
static void
take_step(struct rt *rt, struct test_random *random, struct test_block *block, unsigned mark) {
    size_t bytes = 1 + test_random_below(random, 5000);

    if (block->address == NULL) {
        *block = take(rt, bytes);
    } else {
        assert_true(test_is_written(block->address, block->bytes, mark));
        if (test_random_below(random, 3) == 0) {
            block->address = rt_large_realloc(rt, block->address, block->bytes, bytes);
            assert_true(
                test_is_written(block->address, bytes < block->bytes ? bytes : block->bytes, mark));
            block->bytes = bytes;
        } else {
            assert_true(rt_large_free(rt, block->address, block->bytes));
            *block = (struct test_block){.address = NULL};
            return;
        }
    }
    test_write(block->address, block->bytes, mark);
}

static void
compare(struct rt *rt, const struct test_block *blocks) {
    size_t count = 0, bytes = 0;

    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        if (blocks[i].address != NULL) {
            assert_true(rt_large_has(rt, blocks[i].address));
            assert_false(rt_large_has(rt, blocks[i].address + 1));
            count++;
            bytes += blocks[i].bytes;
        }
    }
    assert_int_equal(rt->large.count, count);
    assert_int_equal(rt->large.bytes, bytes);
    assert_verified(rt);
}

static void
test_large_set_holds_what_a_model_holds(void **state) {
    struct test_block blocks[BLOCKS_MAX] = {{0}};
    struct test_random random;
    struct fake_os fake;
    struct rt *rt = begin(&fake);

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t step = 0; step < STEPS; step++) {
        size_t i = test_random_below(&random, BLOCKS_MAX);

        take_step(rt, &random, &blocks[i], (unsigned)i);
        if (step % 500 == 0) {
            compare(rt, blocks);
        }
    }
    compare(rt, blocks);
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        if (blocks[i].address != NULL) {
            assert_true(rt_large_free(rt, blocks[i].address, blocks[i].bytes));
            assert_false(rt_large_has(rt, blocks[i].address));
        }
    }
    assert_int_equal(rt->large.count, 0);
    assert_int_equal(rt->large.bytes, 0);
    end(rt, &fake);
}

/* A table as full as it may be has long runs of keys that are not at home. */
static void
test_large_set_finds_followers_after_any_removal(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);
    struct test_block blocks[48]; /* three quarters of the first table */

    (void)state;
    for (size_t gone = 0; gone < 48; gone++) {
        for (size_t i = 0; i < 48; i++) {
            blocks[i] = take(rt, 600);
        }
        assert_int_equal(rt->large.capacity, 64);
        assert_true(rt_large_free(rt, blocks[gone].address, 600));
        for (size_t i = 0; i < 48; i++) {
            assert_int_equal(rt_large_has(rt, blocks[i].address), i != gone);
        }
        assert_verified(rt);
        for (size_t i = 0; i < 48; i++) {
            assert_int_equal(rt_large_free(rt, blocks[i].address, 600), i != gone);
        }
    }
    end(rt, &fake);
}

static void
test_large_refuses_what_is_not_its_own(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake), *other = test_create(NULL, "alloc.reserve=64MiB", NULL);
    struct test_block block = take(rt, 1000), foreign = take(other, 1000);
    char local[64];

    (void)state;
    assert_false(rt_large_free(rt, NULL, 1000));
    assert_false(rt_large_free(rt, local, 1000));
    assert_false(rt_large_free(rt, block.address + 16, 1000));
    assert_false(rt_large_free(rt, foreign.address, 1000));
    assert_int_equal(rt->large.count, 1);
    assert_int_equal(rt->large.bytes, 1000);
    assert_true(rt_large_free(rt, block.address, 1000));
    assert_false(rt_large_free(rt, block.address, 1000));
    rt_destroy(other);
    end(rt, &fake);
}

static void
test_large_block_that_moves_is_known_at_its_new_place(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);
    struct test_block block = take(rt, 1000);
    unsigned char *moved;

    (void)state;
    test_write(block.address, 1000, 5);
    fake.realloc_way = FAKE_REALLOC_MOVES;
    fake.realloc_old_bytes = 1000;
    moved = rt_large_realloc(rt, block.address, 1000, 3000);
    assert_ptr_not_equal(moved, block.address);
    assert_true(rt_large_has(rt, moved));
    assert_false(rt_large_has(rt, block.address));
    assert_true(test_is_written(moved, 1000, 5));
    assert_int_equal(rt->large.bytes, 3000);
    assert_int_equal(rt->large.count, 1);
    assert_verified(rt);
    end(rt, &fake);
}

static void
test_large_block_that_stays_is_known_where_it_was(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);
    struct test_block block = take(rt, 1000);

    (void)state;
    fake.realloc_way = FAKE_REALLOC_STAYS;
    assert_ptr_equal(rt_large_realloc(rt, block.address, 1000, 700), block.address);
    assert_true(rt_large_has(rt, block.address));
    assert_int_equal(rt->large.bytes, 700);
    assert_int_equal(rt->large.bytes_peak, 1000);
    assert_int_equal(rt->large.count, 1);
    end(rt, &fake);
}

static void
test_large_block_survives_a_resize_that_is_refused(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);
    struct test_block block = take(rt, 1000);

    (void)state;
    test_write(block.address, 1000, 9);
    fake_refuse(&fake, FAKE_LARGE, 1);
    assert_null(rt_large_realloc(rt, block.address, 1000, 9000));
    assert_true(rt_large_has(rt, block.address));
    assert_true(test_is_written(block.address, 1000, 9));
    assert_int_equal(rt->large.bytes, 1000);
    assert_verified(rt);
    end(rt, &fake);
}

static void
test_large_set_that_cannot_grow_refuses_the_block(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);

    (void)state;
    for (size_t i = 0; i < 48; i++) { /* three quarters of the first table */
        (void)take(rt, 600);
    }
    for (size_t nth = 1; nth <= 2; nth++) { /* the table, then the block itself */
        size_t blocks_before = fake.large_blocks;

        fake_refuse(&fake, FAKE_LARGE, nth);
        assert_null(rt_large_alloc(rt, 600, false));
        assert_int_equal(fake.large_blocks, blocks_before);
        assert_int_equal(rt->large.count, 48);
        assert_int_equal(rt->large.bytes, 48 * 600);
        assert_int_equal(rt->large.capacity, nth == 1 ? 64 : 128);
        assert_verified(rt);
    }
    (void)take(rt, 600);
    assert_verified(rt);
    end(rt, &fake);
}

static void
test_large_blocks_are_zero_when_asked_for(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);

    (void)state;
    for (size_t bytes = 600; bytes < 100000; bytes = bytes * 3 / 2) {
        unsigned char *block = rt_large_alloc(rt, bytes, true);

        assert_true(test_is_all(block, bytes, 0));
        memset(block, 0xff, bytes);
        assert_true(rt_large_free(rt, block, bytes));
    }
    end(rt, &fake);
}

static void
test_large_blocks_left_over_go_back_with_the_context(void **state) {
    struct fake_os fake;
    struct rt *rt = begin(&fake);
    size_t before = fake.large_blocks;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        (void)take(rt, 600 + i);
    }
    assert_int_equal(fake.large_blocks, before + 1000 + 1); /* and the table */
    end(rt, &fake);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_set_holds_what_a_model_holds),
        cmocka_unit_test(test_large_set_finds_followers_after_any_removal),
        cmocka_unit_test(test_large_refuses_what_is_not_its_own),
        cmocka_unit_test(test_large_block_that_moves_is_known_at_its_new_place),
        cmocka_unit_test(test_large_block_that_stays_is_known_where_it_was),
        cmocka_unit_test(test_large_block_survives_a_resize_that_is_refused),
        cmocka_unit_test(test_large_set_that_cannot_grow_refuses_the_block),
        cmocka_unit_test(test_large_blocks_are_zero_when_asked_for),
        cmocka_unit_test(test_large_blocks_left_over_go_back_with_the_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
