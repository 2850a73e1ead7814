/* SPDX-License-Identifier: MIT
 *
 * The debug backend: how a block is dressed, what is found broken, and what is said of it.
 */
#include "runtime/tests/heap.h"

#include "runtime/tests/fake_os.h"

struct scene {
    struct fake_os fake;
    struct rt *rt;
    struct test_heard heard;
};

/* A context with the debug backend that reports and goes on; the word is one more knob. */
static void
begin(struct scene *scene, const char *word) {
    fake_os_init(&scene->fake);
    scene->rt = test_create(&scene->fake.hooks, "alloc.backend=debug", "alloc.reserve=64MiB",
                            "alloc.debug_action=report", word, NULL);
    test_listen(scene->rt, &scene->heard);
}

static void
end(struct scene *scene) {
    rt_destroy(scene->rt);
    assert_true(fake_is_balanced(&scene->fake));
}

/* So many reports so far, each by event and on the terminal; the last is of the address and has the
 * words in it. */
static void
assert_reported(const struct scene *scene, size_t count, const void *address, const char *words) {
    const struct test_heard *heard = &scene->heard;

    assert_int_equal(heard->count[RT_EVENT_DEBUG], count);
    assert_int_equal(scene->fake.complaints, count);
    assert_ptr_equal(heard->last[RT_EVENT_DEBUG].address, address);
    assert_string_equal(scene->fake.complaint, heard->text);
    if (strstr(heard->text, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, heard->text);
    }
    assert_ptr_equal(strchr(heard->text, '\n'), heard->text + strlen(heard->text) - 1);
}

static void
assert_nothing_reported(const struct scene *scene) {
    assert_int_equal(scene->heard.count[RT_EVENT_DEBUG], 0);
    assert_int_equal(scene->fake.complaints, 0);
}

/* ---- Dress ---- */

static void
test_debug_block_is_laid_out_as_cpython_does(void **state) {
    static const unsigned char expected[] = {
        0,    0,    0,    0,    0,    0,    0,    5,
        'o',  0xfd, 0xfd, 0xfd, 0xfd, 0xfd, 0xfd, 0xfd, /* before */
        0xcd, 0xcd, 0xcd, 0xcd, 0xcd,                   /* the caller's */
        0xfd, 0xfd, 0xfd, 0xfd, 0xfd, 0xfd, 0xfd, 0xfd, /* behind */
        0,    0,    0,    0,    0,    0,    0,    2,    /* the second allocation */
    };
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    (void)rt_alloc(scene.rt, 5);
    block = rt_alloc(scene.rt, 5);
    assert_memory_equal(block - 16, expected, sizeof expected);
    assert_int_equal((uintptr_t)block % 16, 0);
    end(&scene);
}

static void
test_debug_size_in_front_is_big_endian(void **state) {
    static const unsigned char expected[] = {0, 0, 0, 0, 0, 0x01, 0x02, 0x03, 'o'};
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, 0x010203);
    assert_memory_equal(block - 16, expected, sizeof expected);
    assert_true(test_is_all(block, 0x010203, 0xcd));
    assert_true(test_is_all(block + 0x010203, 8, 0xfd));
    rt_free(scene.rt, block, 0x010203);
    assert_nothing_reported(&scene);
    end(&scene);
}

static void
test_debug_zeroed_block_stays_zero(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene, "alloc.quarantine=0");
    for (size_t bytes = 1; bytes < 1500; bytes += 101) {
        unsigned char *block = rt_alloc_zeroed(scene.rt, bytes);

        assert_true(test_is_all(block, bytes, 0));
        assert_int_equal(block[-8], 'o');
        assert_true(test_is_all(block + bytes, 8, 0xfd));
        memset(block, 1, bytes);
        rt_free(scene.rt, block, bytes);
    }
    assert_nothing_reported(&scene);
    end(&scene);
}

static void
test_debug_freed_block_is_filled_from_end_to_end(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    for (size_t bytes = 1; bytes < 1500; bytes += 101) {
        unsigned char *block = rt_alloc(scene.rt, bytes);

        rt_free(scene.rt, block, bytes);
        assert_true(test_is_all(block - 16, bytes + 32, 0xdd));
    }
    assert_nothing_reported(&scene);
    end(&scene);
}

static void
test_debug_fills_with_what_the_knobs_say(void **state) {
    struct fake_os fake;
    struct rt *rt;
    unsigned char *block;

    (void)state;
    fake_os_init(&fake);
    rt = test_create(&fake.hooks, "alloc.backend=debug", "alloc.reserve=64MiB", "alloc.fill_new=18",
                     "alloc.fill_freed=0", "alloc.quarantine=2", NULL);
    for (size_t i = 0; i < 5; i++) { /* blocks leave the waiting room, and are found as they were */
        block = rt_alloc(rt, 40);
        assert_true(test_is_all(block, 40, 18));
        assert_true(test_is_all(block + 40, 8, 0xfd));
        rt_free(rt, block, 40);
        assert_true(test_is_all(block - 16, 72, 0));
    }
    assert_int_equal(fake.complaints, 0);
    rt_destroy(rt);
    assert_int_equal(fake.complaints, 0);
    assert_true(fake_is_balanced(&fake));
}

/* ---- Writes where they should not be ---- */

static void
test_debug_finds_each_byte_written_past_the_end(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    for (size_t at = 0; at < 8; at++) {
        char words[] = "of 20 bytes: written past its end: the byte at +20 is 0x7, not 0xfd; it "
                       "was allocation ";
        unsigned char *block = rt_alloc(scene.rt, 20);

        strstr(words, "+20")[2] = (char)('0' + at);
        block[20 + at] = 7;
        rt_free(scene.rt, block, 20);
        assert_reported(&scene, at + 1, block, words);
        block[20 + at] = 0xfd; /* mended, it goes */
        rt_free(scene.rt, block, 20);
        assert_int_equal(scene.heard.count[RT_EVENT_DEBUG], at + 1);
    }
    assert_int_equal(test_stat(scene.rt, RT_STAT_LIVE_BLOCKS), 0);
    end(&scene);
}

static void
test_debug_finds_each_byte_written_before_the_start(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    for (size_t before = 1; before <= 8; before++) {
        char words[] = "of 20 bytes: written before its start: the byte at -1 is 0x7, not 0x";
        unsigned char *block = rt_alloc(scene.rt, 20);
        unsigned char was = block[-(ptrdiff_t)before];

        strstr(words, "-1")[1] = (char)('0' + before);
        block[-(ptrdiff_t)before] = 7;
        rt_free(scene.rt, block, 20);
        assert_reported(&scene, before, block, words);
        block[-(ptrdiff_t)before] = was;
        rt_free(scene.rt, block, 20);
        assert_int_equal(scene.heard.count[RT_EVENT_DEBUG], before);
    }
    end(&scene);
}

static void
test_debug_says_which_allocation_a_broken_block_was(void **state) {
    struct scene scene;
    unsigned char *first, *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    first = rt_alloc(scene.rt, 8);  /* 1 */
    block = rt_alloc(scene.rt, 30); /* 2 */
    rt_free(scene.rt, first, 8);    /* 3 */
    (void)rt_alloc(scene.rt, 9);    /* 4 */
    block[30] = 0;
    rt_free(scene.rt, block, 30);
    assert_reported(&scene, 1, block, "; it was allocation 2; now at 4\n");
    end(&scene);
}

static void
test_debug_finds_a_write_before_a_block_that_is_resized(void **state) {
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, 20);
    block[20] = 7;
    assert_null(rt_realloc(scene.rt, block, 20, 200));
    assert_reported(&scene, 1, block, "written past its end");
    assert_int_equal(test_stat(scene.rt, RT_STAT_LIVE_REQUESTED_BYTES), 20);
    end(&scene);
}

/* ---- Frees that should not be ---- */

static void
test_debug_finds_a_second_free_and_tells_of_the_first(void **state) {
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    (void)rt_alloc(scene.rt, 5);     /* 1 */
    block = rt_alloc(scene.rt, 100); /* 2 */
    (void)rt_alloc(scene.rt, 5);     /* 3 */
    rt_free(scene.rt, block, 100);   /* 4 */
    rt_free(scene.rt, block, 100);
    assert_reported(&scene, 1, block,
                    "of 100 bytes: freed twice; it was allocation 2 and freed as 4; now at 4\n");
    assert_null(rt_realloc(scene.rt, block, 100, 200));
    assert_reported(&scene, 2, block, "freed twice");
    assert_int_equal(test_stat(scene.rt, RT_STAT_LIVE_BLOCKS), 2);
    assert_int_equal(test_stat(scene.rt, RT_STAT_LIVE_REQUESTED_BYTES), 10);
    assert_verified(scene.rt);
    end(&scene);
}

static void
test_debug_finds_a_free_with_another_size(void **state) {
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, 100);
    rt_free(scene.rt, block, 101);
    assert_reported(&scene, 1, block, "of 101 bytes: it was requested with another size, 100");
    rt_free(scene.rt, block, 99);
    assert_reported(&scene, 2, block, "of 99 bytes: it was requested with another size, 100");
    rt_free(scene.rt, block, 1000000); /* far behind the block: nothing is looked for there */
    assert_reported(&scene, 3, block, "another size, 100");
    rt_free(scene.rt, block, 100);
    assert_int_equal(scene.heard.count[RT_EVENT_DEBUG], 3);
    end(&scene);
}

static void
test_debug_finds_a_free_of_what_is_no_block(void **state) {
    struct scene scene;
    unsigned char *block, local[64] = {0};

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, 100);
    rt_free(scene.rt, local + 16, 20);
    assert_reported(&scene, 1, local + 16, "of 20 bytes: not a block of this context; now at 1\n");
    rt_free(scene.rt, block + 16, 84);
    assert_reported(&scene, 2, block + 16, "not a block of this context");
    rt_free(scene.rt, block, 100);
    assert_int_equal(scene.heard.count[RT_EVENT_DEBUG], 2);
    assert_true(test_is_all(local, sizeof local, 0));
    end(&scene);
}

static void
test_debug_ends_the_process_unless_told_to_report(void **state) {
    struct fake_os fake;
    struct rt *rt;
    void *block;

    (void)state;
    fake_os_init(&fake);
    rt = test_create(&fake.hooks, "alloc.backend=debug", "alloc.reserve=64MiB", NULL);
    block = rt_alloc(rt, 10);
    rt_free(rt, block, 10);
    assert_int_equal(fake.aborts, 0);
    rt_free(rt, block, 10);
    assert_int_equal(fake.aborts, 1);
    rt_destroy(rt);
    assert_true(fake_is_balanced(&fake));
}

/* ---- The waiting room ---- */

static void
test_debug_finds_a_write_to_a_freed_block_when_it_leaves(void **state) {
    struct scene scene;
    unsigned char *block, *other;

    (void)state;
    begin(&scene, "alloc.quarantine=2");
    block = rt_alloc(scene.rt, 50); /* 1 */
    other = rt_alloc(scene.rt, 50); /* 2 */
    rt_free(scene.rt, block, 50);   /* 3 */
    block[49] = 7;
    rt_free(scene.rt, other, 50); /* 4: the room is full now */
    assert_nothing_reported(&scene);
    other = rt_alloc(scene.rt, 50); /* 5 */
    rt_free(scene.rt, other, 50);   /* 6: and the oldest has to go */
    assert_reported(&scene, 1, block,
                    "of 50 bytes: written after it was freed: the byte at 49 is 0x7, not 0xdd; it "
                    "was allocation 1 and freed as 3; now at 6\n");
    assert_verified(scene.rt);
    end(&scene);
}

static void
test_debug_finds_a_write_to_any_byte_of_a_freed_block(void **state) {
    (void)state;
    for (ptrdiff_t at = -16; at < 24 + 16; at++) {
        struct scene scene;
        unsigned char *block;

        begin(&scene, "alloc.quarantine=1");
        block = rt_alloc(scene.rt, 24);
        rt_free(scene.rt, block, 24);
        block[at] ^= 1;
        assert_int_not_equal(rt_verify(scene.rt, NULL), 0); /* the verifier sees it at once */
        assert_nothing_reported(&scene);
        rt_destroy(scene.rt); /* and so does whoever empties the room */
        assert_reported(&scene, 1, block, "written after it was freed");
        assert_true(fake_is_balanced(&scene.fake));
    }
}

static void
test_debug_block_waits_until_as_many_were_freed_as_the_knob_says(void **state) {
    struct scene scene;
    unsigned char *block, *others[3];

    (void)state;
    begin(&scene, "alloc.quarantine=3");
    block = rt_alloc(scene.rt, 50);
    for (size_t i = 0; i < 3; i++) {
        others[i] = rt_alloc(scene.rt, 50);
    }
    rt_free(scene.rt, block, 50);
    for (size_t i = 0; i < 3; i++) {
        unsigned char *next = rt_alloc(scene.rt, 50);

        assert_ptr_not_equal(next, block);
        rt_free(scene.rt, others[i], 50);
    }
    assert_ptr_equal(rt_alloc(scene.rt, 50), block);
    assert_nothing_reported(&scene);
    end(&scene);
}

static void
test_debug_without_a_waiting_room_reuses_blocks_at_once(void **state) {
    struct scene scene;
    unsigned char *keeper, *block;

    (void)state;
    begin(&scene, "alloc.quarantine=0");
    keeper = rt_alloc(scene.rt, 50);
    block = rt_alloc(scene.rt, 50);
    rt_free(scene.rt, block, 50);
    assert_ptr_equal(rt_alloc(scene.rt, 50), block);
    block[50] = 7;
    rt_free(scene.rt, block, 50);
    assert_reported(&scene, 1, block, "written past its end");
    rt_free(scene.rt, keeper, 50);
    end(&scene);
}

/* ---- Resizing ---- */

static void
assert_dressed(const unsigned char *block, size_t bytes, uint64_t serial) {
    assert_int_equal(block[-9], bytes & 0xff);
    assert_int_equal(block[-8], 'o');
    assert_true(test_is_all(block - 7, 7, 0xfd));
    assert_true(test_is_all(block + bytes, 8, 0xfd));
    assert_int_equal(block[bytes + 15], serial);
}

static void
test_debug_block_resized_in_place_is_dressed_anew(void **state) {
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, 100); /* 132 bytes: of the class of 144 */
    test_write(block, 100, 1);
    assert_ptr_equal(rt_realloc(scene.rt, block, 100, 112), block);
    assert_dressed(block, 112, 2);
    assert_true(test_is_written(block, 100, 1));
    assert_true(test_is_all(block + 100, 12, 0xcd));
    assert_ptr_equal(rt_realloc(scene.rt, block, 112, 90), block); /* 122 of 144: over 3/4 */
    assert_dressed(block, 90, 3);
    assert_true(test_is_written(block, 90, 1));
    rt_free(scene.rt, block, 90);
    assert_nothing_reported(&scene);
    end(&scene);
}

static void
test_debug_block_that_moves_is_dressed_anew(void **state) {
    static const size_t sizes[] = {100, 200, 1000, 3000, 600, 20};
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, sizes[0]);
    test_write(block, sizes[0], 1);
    for (size_t i = 1; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t from = sizes[i - 1], to = sizes[i], kept = from < to ? from : to;

        block = rt_realloc(scene.rt, block, from, to);
        assert_dressed(block, to, i + 1);
        assert_true(test_is_written(block, kept, 1));
        assert_true(test_is_all(block + kept, to - kept, 0xcd));
        test_write(block, to, 1);
    }
    rt_free(scene.rt, block, 20);
    assert_nothing_reported(&scene);
    assert_int_equal(test_stat(scene.rt, RT_STAT_LIVE_BLOCKS), 0);
    assert_verified(scene.rt);
    end(&scene);
}

static void
test_debug_block_survives_a_resize_that_is_refused(void **state) {
    struct scene scene;
    unsigned char *block;

    (void)state;
    begin(&scene, "alloc.quarantine=256");
    block = rt_alloc(scene.rt, 600);
    test_write(block, 600, 1);
    fake_refuse(&scene.fake, FAKE_LARGE, 1);
    assert_null(rt_realloc(scene.rt, block, 600, 1000));
    assert_int_equal(scene.fake.refused, 1);
    assert_dressed(block, 600, 1);
    assert_true(test_is_written(block, 600, 1));
    rt_free(scene.rt, block, 600);
    assert_nothing_reported(&scene);
    end(&scene);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_debug_block_is_laid_out_as_cpython_does),
        cmocka_unit_test(test_debug_size_in_front_is_big_endian),
        cmocka_unit_test(test_debug_zeroed_block_stays_zero),
        cmocka_unit_test(test_debug_freed_block_is_filled_from_end_to_end),
        cmocka_unit_test(test_debug_fills_with_what_the_knobs_say),
        cmocka_unit_test(test_debug_finds_each_byte_written_past_the_end),
        cmocka_unit_test(test_debug_finds_each_byte_written_before_the_start),
        cmocka_unit_test(test_debug_says_which_allocation_a_broken_block_was),
        cmocka_unit_test(test_debug_finds_a_write_before_a_block_that_is_resized),
        cmocka_unit_test(test_debug_finds_a_second_free_and_tells_of_the_first),
        cmocka_unit_test(test_debug_finds_a_free_with_another_size),
        cmocka_unit_test(test_debug_finds_a_free_of_what_is_no_block),
        cmocka_unit_test(test_debug_ends_the_process_unless_told_to_report),
        cmocka_unit_test(test_debug_finds_a_write_to_a_freed_block_when_it_leaves),
        cmocka_unit_test(test_debug_finds_a_write_to_any_byte_of_a_freed_block),
        cmocka_unit_test(test_debug_block_waits_until_as_many_were_freed_as_the_knob_says),
        cmocka_unit_test(test_debug_without_a_waiting_room_reuses_blocks_at_once),
        cmocka_unit_test(test_debug_block_resized_in_place_is_dressed_anew),
        cmocka_unit_test(test_debug_block_that_moves_is_dressed_anew),
        cmocka_unit_test(test_debug_block_survives_a_resize_that_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
