/* SPDX-License-Identifier: MIT
 *
 * threads_test.c: contexts share nothing. Each of several threads plays the same script on a context
 * of its own, at the same time as the others; every one must come to the figures that the script
 * comes to alone. Under ThreadSanitizer the same test sees what they should not have touched.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/rt.h"
#include "runtime/tests/seed.h"

enum {
    THREADS = 4,
    SLOTS = 512,
    STEPS = 20000,
    SIZE_MAX_BYTES = 2048
};

struct play {
    uint64_t seed;
    enum rt_backend backend;
    int error;       /* the first thing that failed, or 0 */
    unsigned damage; /* blocks whose bytes were not what this thread had written */
    uint64_t stats[RT_STAT_COUNT];
};

struct slot {
    unsigned char *block;
    size_t size;
};

static bool
is_intact(const struct slot *slot, unsigned char mark) {
    return slot->block[0] == mark && slot->block[slot->size - 1] == mark;
}

/* Frees a slot's block and puts another into it. */
static int
replace(struct rt *rt, struct slot *slot, size_t size, unsigned char mark) {
    rt_free(rt, slot->block, slot->size);
    slot->block = rt_alloc(rt, size);
    slot->size = size;
    if (slot->block == NULL)
        return -1;
    memset(slot->block, mark, size);
    return 0;
}

static void
play_script(struct play *play, struct rt *rt) {
    struct slot slots[SLOTS] = {{0}};
    struct test_random random;

    test_random_init(&random, play->seed);
    for (int step = 0; step < STEPS && play->error == 0; step++) {
        size_t i = test_random_below(&random, SLOTS);
        size_t size = 1 + test_random_below(&random, SIZE_MAX_BYTES);

        if (slots[i].block != NULL && !is_intact(&slots[i], (unsigned char)i))
            play->damage++;
        play->error = replace(rt, &slots[i], size, (unsigned char)i);
    }
    if (play->error == 0)
        play->error = rt_verify(rt, NULL);
    rt_stats_read(rt, play->stats);
    for (size_t i = 0; i < SLOTS; i++)
        rt_free(rt, slots[i].block, slots[i].size);
}

static void *
run_play(void *argument) {
    struct play *play = argument;
    struct rt_config config;
    struct rt *rt;

    rt_config_init(&config);
    config.alloc_backend = play->backend;
    play->error = rt_create(&config, NULL, &rt);
    if (play->error != 0)
        return NULL;
    play_script(play, rt);
    rt_destroy(rt);
    return NULL;
}

static void
compare_alone_and_together(enum rt_backend backend) {
    struct play alone = {.seed = test_seed(), .backend = backend};
    struct play together[THREADS];
    pthread_t threads[THREADS];

    run_play(&alone);
    assert_int_equal(alone.error, 0);
    for (int i = 0; i < THREADS; i++) {
        together[i] = (struct play){.seed = alone.seed, .backend = backend};
        assert_int_equal(pthread_create(&threads[i], NULL, run_play, &together[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(together[i].error, 0);
        assert_int_equal(together[i].damage, 0);
        assert_memory_equal(together[i].stats, alone.stats, sizeof alone.stats);
    }
}

static void
test_threads_with_pools_share_nothing(void **state) {
    (void)state;
    compare_alone_and_together(RT_BACKEND_POOL);
}

static void
test_threads_with_debug_blocks_share_nothing(void **state) {
    (void)state;
    compare_alone_and_together(RT_BACKEND_DEBUG);
}

static void
test_threads_on_the_system_share_nothing(void **state) {
    (void)state;
    compare_alone_and_together(RT_BACKEND_SYSTEM);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_with_pools_share_nothing),
        cmocka_unit_test(test_threads_with_debug_blocks_share_nothing),
        cmocka_unit_test(test_threads_on_the_system_share_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
