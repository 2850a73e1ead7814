/* SPDX-License-Identifier: MIT
 *
 * Contexts are made whole or not at all, leave nothing behind, and share nothing.
 */
#include "runtime/tests/heap.h"

#include <errno.h>

#include "runtime/tests/fake_os.h"

static struct rt_config
configure(const char *word) {
    struct rt_config config;

    rt_config_init(&config);
    assert_int_equal(rt_knob_assign(rt_config_knobs(), &config, "alloc.reserve=64MiB", NULL), 0);
    assert_int_equal(rt_knob_assign(rt_config_knobs(), &config, word, NULL), 0);
    return config;
}

static void
test_runtime_gives_back_all_that_it_took(void **state) {
    static const char *const words[] = {"alloc.backend=pool", "alloc.backend=debug",
                                        "alloc.thp=always", "alloc.pool=4KiB",
                                        "alloc.keep_arenas=9"};

    (void)state;
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        struct rt_config config = configure(words[w]);
        struct fake_os fake;
        struct rt *rt;

        fake_os_init(&fake);
        assert_int_equal(rt_create(&config, &fake.hooks, &rt), 0);
        assert_false(fake_is_balanced(&fake));
        for (size_t i = 0; i < 20000; i++) { /* some of it is live at the end */
            void *block = rt_alloc(rt, i % 700);

            assert_non_null(block);
            if (i % 3 != 0) {
                rt_free(rt, block, i % 700);
            }
        }
        rt_destroy(rt);
        assert_true(fake_is_balanced(&fake));
        assert_int_equal(fake.complaints, 0);
    }
}

/* Walks a failure over every call that rt_create makes; gives how many of them it did not survive. */
static size_t
walk_create(const char *word) {
    struct rt_config config = configure(word);
    size_t failures = 0;

    for (size_t nth = 1;; nth++) {
        struct rt *const nobody = (struct rt *)&config;
        struct rt *rt = nobody;
        struct fake_os fake;
        int status;

        fake_os_init(&fake);
        fake_refuse(&fake, FAKE_ANY, nth);
        status = rt_create(&config, &fake.hooks, &rt);
        if (status == 0) {
            assert_verified(rt);
            rt_destroy(rt);
        } else {
            assert_int_equal(status, -ENOMEM);
            assert_ptr_equal(rt, nobody);
            failures++;
        }
        assert_true(fake_is_balanced(&fake));
        if (fake.refused == 0) {
            return failures;
        }
    }
}

static void
test_runtime_that_cannot_be_made_leaves_nothing_behind(void **state) {
    (void)state;
    /* The context, three tables reserved and three given memory, two small ones from malloc, and the space
     * for the tracked. A refused reservation for arenas is only halved. */
    assert_int_equal(walk_create("alloc.backend=pool"), 10);
    assert_int_equal(walk_create("alloc.backend=system"), 10);
    assert_int_equal(walk_create("alloc.backend=debug"), 11); /* and the waiting room */
    assert_int_equal(walk_create("alloc.thp=always"), 10);
}

static void
test_runtime_without_address_space_is_out_of_memory(void **state) {
    struct rt_config config = configure("alloc.backend=pool");
    struct fake_os fake;
    struct rt *rt = NULL;

    (void)state;
    fake_os_init(&fake);
    fake.reserve_limit_bytes = MIB;
    assert_int_equal(rt_create(&config, &fake.hooks, &rt), -ENOMEM);
    assert_null(rt);
    assert_true(fake_is_balanced(&fake));
}

static void
test_runtime_refuses_a_configuration_that_cannot_work(void **state) {
    struct rt_config config = configure("alloc.pool=1MiB");
    struct fake_os fake;
    struct rt *rt = NULL;

    (void)state;
    fake_os_init(&fake);
    config.alloc_arena_bytes = 256 * KIB;
    assert_int_not_equal(rt_config_check(&config, NULL), 0);
    assert_int_equal(rt_create(&config, &fake.hooks, &rt), -EINVAL);
    assert_null(rt);
    assert_int_equal(fake.reserves, 0);
    config.alloc_arena_bytes = MIB;
    assert_int_equal(rt_create(&config, &fake.hooks, &rt), 0);
    rt_destroy(rt);
    assert_true(fake_is_balanced(&fake));
}

static void
test_runtime_keeps_the_configuration_it_was_made_with(void **state) {
    struct rt_config config = configure("alloc.small=256"), given = config;
    struct rt *rt;

    (void)state;
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    memset(&config, 0, sizeof config); /* the caller's own is the caller's */
    assert_memory_equal(rt_configuration(rt), &given, sizeof given);
    assert_false(rt_owns(rt, &config));
    rt_destroy(rt);
}

static void
test_runtime_takes_the_end_of_nothing_for_nothing(void **state) {
    (void)state;
    rt_destroy(NULL);
}

static void
test_runtime_contexts_share_nothing(void **state) {
    struct rt *one = test_create(NULL, NULL), *other = test_create(NULL, "alloc.small=64", NULL);
    uint64_t before[RT_STAT_COUNT], after[RT_STAT_COUNT];
    struct test_heard heard;
    char *mine = rt_alloc(one, 100), *theirs;

    (void)state;
    test_listen(one, &heard);
    rt_stats_read(one, before);
    theirs = rt_alloc(other, 100);
    for (size_t i = 0; i < 30000; i++) {
        assert_non_null(rt_alloc(other, i % 600));
    }
    assert_true(rt_owns(one, mine) && !rt_owns(one, theirs));
    assert_true(rt_owns(other, theirs) && !rt_owns(other, mine));
    rt_stats_read(one, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(heard.count[RT_EVENT_ARENA_MAPPED], 0);
    rt_destroy(other);
    test_write(mine, 100, 1); /* still there */
    assert_verified(one);
    rt_free(one, mine, 100);
    rt_destroy(one);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runtime_gives_back_all_that_it_took),
        cmocka_unit_test(test_runtime_that_cannot_be_made_leaves_nothing_behind),
        cmocka_unit_test(test_runtime_without_address_space_is_out_of_memory),
        cmocka_unit_test(test_runtime_refuses_a_configuration_that_cannot_work),
        cmocka_unit_test(test_runtime_keeps_the_configuration_it_was_made_with),
        cmocka_unit_test(test_runtime_takes_the_end_of_nothing_for_nothing),
        cmocka_unit_test(test_runtime_contexts_share_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
