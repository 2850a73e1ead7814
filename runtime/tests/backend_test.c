/* SPDX-License-Identifier: MIT
 *
 * The three backends seen through the public calls, and what they say of blocks that are none.
 */
#include "runtime/tests/heap.h"

#include "runtime/annotate.h"
#include "runtime/tests/fake_os.h"

static const char *const backend_words[] = {"alloc.backend=pool", "alloc.backend=system",
                                            "alloc.backend=debug"};

/* ---- Serving ---- */

static void
test_backend_serves_every_size(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_BACKEND_COUNT; b++) {
        struct rt *rt = test_create(NULL, backend_words[b], NULL);
        struct test_block blocks[700];

        for (size_t i = 0; i < 700; i++) {
            size_t bytes = i < 600 ? i : (i - 599) * 1237;

            blocks[i] = (struct test_block){rt_alloc(rt, bytes), bytes};
            assert_non_null(blocks[i].address);
            assert_int_equal((uintptr_t)blocks[i].address % 16, 0);
            test_write(blocks[i].address, bytes, (unsigned)i);
        }
        assert_verified(rt);
        for (size_t i = 0; i < 700; i++) {
            assert_true(test_is_written(blocks[i].address, blocks[i].bytes, (unsigned)i));
            rt_free(rt, blocks[i].address, blocks[i].bytes);
        }
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), 0);
        rt_destroy(rt);
    }
}

static void
test_backend_reallocates_and_zeroes_every_size(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_BACKEND_COUNT; b++) {
        struct rt *rt = test_create(NULL, backend_words[b], NULL);

        for (size_t from = 0; from < 1200; from += 61) {
            for (size_t to = 0; to < 1200; to += 47) {
                unsigned char *block = rt_alloc_zeroed(rt, from);

                assert_true(test_is_all(block, from, 0));
                test_write(block, from, 1);
                block = rt_realloc(rt, block, from, to);
                assert_non_null(block);
                assert_true(test_is_written(block, from < to ? from : to, 1));
                rt_free(rt, block, to);
            }
        }
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_backend_of_the_system_uses_no_pools(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=system", NULL);
    void *block = rt_alloc(rt, 16);

    (void)state;
    assert_int_equal(test_stat(rt, RT_STAT_ARENAS_MAPPED), 0);
    assert_int_equal(test_stat(rt, RT_STAT_LARGE_BYTES), 16);
    assert_int_equal(test_stat(rt, RT_STAT_LARGE_BLOCKS), 1);
    rt_free(rt, block, 16);
    assert_int_equal(test_stat(rt, RT_STAT_LARGE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_backend_fills_new_blocks_as_the_knob_says(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_BACKEND_COUNT; b++) {
        struct rt *rt = test_create(NULL, backend_words[b], "alloc.fill_new=17", NULL);

        for (size_t bytes = 1; bytes < 1200; bytes += 83) {
            unsigned char *block = rt_alloc(rt, bytes), *zeroed = rt_alloc_zeroed(rt, bytes);

            assert_true(test_is_all(block, bytes, 17));
            assert_true(test_is_all(zeroed, bytes, 0));
            block = rt_realloc(rt, block, bytes, bytes + 100);
            assert_true(test_is_all(block, bytes + 100, 17));
            rt_free(rt, block, bytes + 100);
            rt_free(rt, zeroed, bytes);
        }
        rt_destroy(rt);
    }
}

static void
test_backend_fills_freed_blocks_as_the_knob_says(void **state) {
    struct rt *rt = test_create(NULL, "alloc.fill_freed=34", NULL);

    (void)state;
    for (size_t bytes = 16; bytes <= 512; bytes += 31) {
        unsigned char *keeper = rt_alloc(rt, bytes), *block = rt_alloc(rt, bytes);

        memset(block, 1, bytes);
        rt_free(rt, block, bytes);
        rt_annotate_open(block, bytes);
        assert_true(test_is_all(block, bytes, 34));
        rt_annotate_close(block, bytes);
        rt_free(rt, keeper, bytes);
    }
    rt_destroy(rt);
}

/* ---- Blocks that are none ---- */

struct scene {
    struct fake_os fake;
    struct rt *rt;
    struct test_heard heard;
    uint64_t before[RT_STAT_COUNT];
    size_t expected; /* reports */
};

static void
begin(struct scene *scene, const char *word) {
    fake_os_init(&scene->fake);
    scene->rt = test_create(&scene->fake.hooks, "alloc.reserve=64MiB", "alloc.debug_action=report",
                            word, NULL);
    test_listen(scene->rt, &scene->heard);
    scene->expected = 0;
}

static void
end(struct scene *scene) {
    rt_destroy(scene->rt);
    assert_true(fake_is_balanced(&scene->fake));
}

/* One more report, of this address, by event and on the terminal; nothing else happened. */
static void
assert_reported(struct scene *scene, const void *address, const char *words) {
    const struct test_heard *heard = &scene->heard;
    uint64_t after[RT_STAT_COUNT];

    scene->expected++;
    assert_int_equal(heard->count[RT_EVENT_BAD_FREE], scene->expected);
    assert_ptr_equal(heard->last[RT_EVENT_BAD_FREE].address, address);
    assert_int_equal(scene->fake.complaints, scene->expected);
    assert_string_equal(scene->fake.complaint, heard->text);
    assert_non_null(strstr(heard->text, words));
    assert_int_equal(heard->text[strlen(heard->text) - 1], '\n');
    rt_stats_read(scene->rt, after);
    assert_memory_equal(after, scene->before, sizeof after);
    assert_verified(scene->rt);
}

static void
expect_bad_free(struct scene *scene, void *address, size_t bytes, const char *words) {
    rt_stats_read(scene->rt, scene->before);
    rt_free(scene->rt, address, bytes);
    assert_reported(scene, address, words);
}

static void
test_backend_reports_a_free_of_a_foreign_pointer(void **state) {
    struct rt *other = test_create(NULL, NULL);
    char *foreign = rt_alloc(other, 64), *large = rt_alloc(other, 1000);
    const char *words = "which is not a block of this context";
    struct scene scene;
    char local[64];

    (void)state;
    begin(&scene, "alloc.backend=pool");
    (void)rt_alloc(scene.rt, 64);
    expect_bad_free(&scene, local, 64, words);
    expect_bad_free(&scene, foreign, 64, words);
    expect_bad_free(&scene, large, 1000, words);
    expect_bad_free(&scene, (void *)8, 16, words);
    expect_bad_free(&scene, (void *)UINTPTR_MAX, 16, words);
    assert_non_null(strstr(scene.heard.text, "free of 0xffffffffffffffff as 16 bytes"));
    end(&scene);
    rt_free(other, foreign, 64);
    rt_free(other, large, 1000);
    rt_destroy(other);
}

static void
test_backend_reports_a_free_of_memory_that_holds_no_block(void **state) {
    const char *words = "which is not a block of this context";
    struct scene scene;
    char *block;

    (void)state;
    begin(&scene, "alloc.backend=pool");
    block = rt_alloc(scene.rt, 64);
    expect_bad_free(&scene, block + 16 * KIB, 64, words); /* a pool that is not in use */
    expect_bad_free(&scene, block + MIB, 64, words);      /* an arena that is not mapped */
    expect_bad_free(&scene, block + 48 * MIB, 64, words); /* and one without records */
    rt_free(scene.rt, block, 64);
    expect_bad_free(&scene, block, 64, words); /* its pool went with it */
    end(&scene);
}

static void
test_backend_reports_a_free_inside_a_block(void **state) {
    const char *words = "which is not the start of a block, or not its size";
    struct scene scene;
    char *block, *large;

    (void)state;
    begin(&scene, "alloc.backend=pool");
    block = rt_alloc(scene.rt, 64);
    large = rt_alloc(scene.rt, 1000);
    expect_bad_free(&scene, block + 16, 48, words);
    expect_bad_free(&scene, block + 1, 1, words);
    expect_bad_free(&scene, block - 16, 16, words);
    expect_bad_free(&scene, block, 65, words);
    expect_bad_free(&scene, large + 16, 1000, "which is not a block of this context");
    end(&scene);
}

/* A fill switches the fast path off, which looks at the size alone; and nothing is filled before it is
 * known to be a block. */
static void
test_backend_that_fills_leaves_a_bad_block_as_it_is(void **state) {
    const char *words = "which is not the start of a block, or not its size";
    struct scene scene;
    char *block;

    (void)state;
    begin(&scene, "alloc.fill_freed=34");
    block = rt_alloc(scene.rt, 64);
    test_write(block, 64, 6);
    expect_bad_free(&scene, block + 16, 64, words);
    expect_bad_free(&scene, block + 16, 16, words);
    expect_bad_free(&scene, block, 65, words);
    assert_true(test_is_written(block, 64, 6));
    rt_free(scene.rt, block, 64);
    assert_int_equal(scene.heard.count[RT_EVENT_BAD_FREE], 3);
    end(&scene);
}

static void
test_backend_reports_a_reallocation_of_what_is_no_block(void **state) {
    struct scene scene;
    char *block, local[64];

    (void)state;
    begin(&scene, "alloc.backend=pool");
    block = rt_alloc(scene.rt, 64);
    rt_stats_read(scene.rt, scene.before);
    assert_null(rt_realloc(scene.rt, local, 64, 100));
    assert_reported(&scene, local, "realloc of 0x");
    assert_null(rt_realloc(scene.rt, block + 16, 48, 100));
    assert_reported(&scene, block + 16, "not the start of a block");
    assert_null(rt_realloc(scene.rt, block, 4000, 5000)); /* would copy what is not the block's */
    assert_reported(&scene, block, "or not its size");
    end(&scene);
}

static void
test_backend_ends_the_process_when_told_to(void **state) {
    struct scene scene;
    char local[64];

    (void)state;
    begin(&scene, "alloc.debug_action=abort");
    expect_bad_free(&scene, local, 64, "bad block");
    assert_int_equal(scene.fake.aborts, 1);
    end(&scene);
    begin(&scene, "alloc.debug_action=report");
    expect_bad_free(&scene, local, 64, "bad block");
    assert_int_equal(scene.fake.aborts, 0);
    end(&scene);
}

static void
test_backend_takes_a_free_of_null_for_nothing(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_BACKEND_COUNT; b++) {
        struct scene scene;

        begin(&scene, backend_words[b]);
        rt_free(scene.rt, NULL, 0);
        rt_free(scene.rt, NULL, 64);
        rt_free(scene.rt, NULL, 5000);
        assert_int_equal(scene.fake.complaints, 0);
        assert_int_equal(test_stat(scene.rt, RT_STAT_FREES), 0);
        end(&scene);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backend_serves_every_size),
        cmocka_unit_test(test_backend_reallocates_and_zeroes_every_size),
        cmocka_unit_test(test_backend_of_the_system_uses_no_pools),
        cmocka_unit_test(test_backend_fills_new_blocks_as_the_knob_says),
        cmocka_unit_test(test_backend_fills_freed_blocks_as_the_knob_says),
        cmocka_unit_test(test_backend_reports_a_free_of_a_foreign_pointer),
        cmocka_unit_test(test_backend_reports_a_free_of_memory_that_holds_no_block),
        cmocka_unit_test(test_backend_reports_a_free_inside_a_block),
        cmocka_unit_test(test_backend_that_fills_leaves_a_bad_block_as_it_is),
        cmocka_unit_test(test_backend_reports_a_reallocation_of_what_is_no_block),
        cmocka_unit_test(test_backend_ends_the_process_when_told_to),
        cmocka_unit_test(test_backend_takes_a_free_of_null_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
