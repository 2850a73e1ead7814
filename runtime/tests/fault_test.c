/* SPDX-License-Identifier: MIT
 *
 * One script of requests that goes through every layer, and a failure at each place in it where memory
 * is taken. The script asks again for what it did not get, so one run meets one failure; the walk ends
 * when a run meets none.
 */
#include "runtime/tests/heap.h"

#include <errno.h>
#include <stdio.h>

#include "runtime/context.h"
#include "runtime/tests/fake_os.h"

enum {
    ARENAS = 17, /* with one pool each; the tables hold 16 at first */
    LARGE = 49,  /* the set of large blocks holds 48 at first */
    RESIZED = 3,
    BLOCKS = ARENAS + LARGE + RESIZED,
    LARGE_BYTES = 5000
};

struct run {
    struct fake_os fake;
    struct rt *rt;
    struct test_heard heard;
    struct test_block blocks[BLOCKS];
    size_t count;    /* of blocks */
    size_t failures; /* requests that were answered with NULL */
    uint64_t before[RT_STAT_COUNT];
};

static void
assert_nothing_changed(struct run *run) {
    static const enum rt_stat may_change[] = {
        RT_STAT_FAULTS_INJECTED, RT_STAT_TABLE_BYTES, /* a table that grew stays so */
    };
    uint64_t after[RT_STAT_COUNT];

    rt_stats_read(run->rt, after);
    for (size_t i = 0; i < sizeof may_change / sizeof may_change[0]; i++) {
        after[may_change[i]] = run->before[may_change[i]];
    }
    assert_memory_equal(after, run->before, sizeof after);
    for (size_t i = 0; i < run->count; i++) {
        assert_true(test_is_written(run->blocks[i].address, run->blocks[i].bytes, (unsigned)i));
    }
    assert_verified(run->rt);
}

/* True: the request failed, left everything as it was, and has to be made again. */
static bool
has_failed(struct run *run, const void *answer) {
    if (answer != NULL) {
        return false;
    }
    run->failures++;
    assert_int_equal(run->heard.count[RT_EVENT_FAULT_INJECTED], run->failures);
    assert_int_equal(run->heard.count[RT_EVENT_OUT_OF_MEMORY], run->failures);
    assert_nothing_changed(run);
    return true;
}

static void
take(struct run *run, size_t bytes, bool is_zeroed) {
    void *block;

    rt_stats_read(run->rt, run->before);
    do {
        block = is_zeroed ? rt_alloc_zeroed(run->rt, bytes) : rt_alloc(run->rt, bytes);
    } while (has_failed(run, block));
    test_write(block, bytes, (unsigned)run->count);
    run->blocks[run->count++] = (struct test_block){block, bytes};
}

static void
resize(struct run *run, size_t i, size_t bytes) {
    struct test_block *block = &run->blocks[i];
    void *moved;

    rt_stats_read(run->rt, run->before);
    do {
        moved = rt_realloc(run->rt, block->address, block->bytes, bytes);
    } while (has_failed(run, moved));
    assert_true(test_is_written(moved, block->bytes < bytes ? block->bytes : bytes, (unsigned)i));
    test_write(moved, bytes, (unsigned)i);
    *block = (struct test_block){moved, bytes};
}

static void
play_script(struct run *run) {
    for (size_t i = 0; i < ARENAS; i++) {
        take(run, 16 * (i + 1), i % 2 == 0);
    }
    for (size_t i = 0; i < LARGE; i++) {
        take(run, LARGE_BYTES + i, i % 2 == 0);
    }
    resize(run, 0, 16 * ARENAS + 1);      /* to a class, a pool and an arena of its own */
    resize(run, 1, LARGE_BYTES);          /* out of its pool */
    resize(run, ARENAS, 2 * LARGE_BYTES); /* from the system to the system */
    resize(run, ARENAS + 1, 100);
    for (size_t i = 0; i < RESIZED; i++) {
        take(run, 1, false);
    }
    for (size_t i = 0; i < run->count; i++) {
        rt_free(run->rt, run->blocks[i].address, run->blocks[i].bytes);
    }
    assert_int_equal(test_stat(run->rt, RT_STAT_LIVE_REQUESTED_BYTES), 0);
    assert_verified(run->rt);
}

/* Plays the script with one more knob; gives 0, or what rt_create refused with. */
static int
play(struct run *run, const char *backend, const char *knob, int64_t value) {
    const char *const words[] = {"alloc.arena=256KiB", "alloc.pool=256KiB", "alloc.reserve=64MiB",
                                 backend};
    struct rt_config config;
    char word[64];
    int status;

    *run = (struct run){.count = 0};
    fake_os_init(&run->fake);
    rt_config_init(&config);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_int_equal(rt_knob_assign(rt_config_knobs(), &config, words[i], NULL), 0);
    }
    snprintf(word, sizeof word, "%s=%lld", knob, (long long)value);
    assert_int_equal(rt_knob_assign(rt_config_knobs(), &config, word, NULL), 0);
    status = rt_create(&config, &run->fake.hooks, &run->rt);
    if (status == 0) {
        test_listen(run->rt, &run->heard);
        play_script(run);
    }
    return status;
}

static void
finish(struct run *run) {
    rt_destroy(run->rt);
    assert_true(fake_is_balanced(&run->fake));
}

static uint64_t
count_attempts(const char *backend) {
    struct run run;
    uint64_t attempts;

    assert_int_equal(play(&run, backend, "alloc.fail_at", INT64_C(1) << 62), 0);
    assert_int_equal(run.failures, 0);
    attempts = run.rt->fault_attempts;
    finish(&run);
    return attempts;
}

static void
walk(const char *backend) {
    uint64_t attempts = count_attempts(backend);
    struct run run;

    assert_int_equal(play(&run, backend, "alloc.fail_at", 1), -ENOMEM); /* the first tables */
    assert_null(run.rt);
    assert_true(fake_is_balanced(&run.fake));
    for (uint64_t n = 2; n <= attempts; n++) {
        assert_int_equal(play(&run, backend, "alloc.fail_at", (int64_t)n), 0);
        assert_int_equal(run.failures, 1);
        assert_int_equal(run.heard.last[RT_EVENT_FAULT_INJECTED].count, n);
        assert_int_equal(test_stat(run.rt, RT_STAT_FAULTS_INJECTED), 1);
        finish(&run);
    }
    assert_int_equal(play(&run, backend, "alloc.fail_at", (int64_t)attempts + 1), 0);
    assert_int_equal(run.failures, 0);
    finish(&run);
}

static void
test_fault_at_any_attempt_leaves_the_pools_as_they_were(void **state) {
    (void)state;
    walk("alloc.backend=pool");
}

static void
test_fault_at_any_attempt_leaves_debug_blocks_as_they_were(void **state) {
    (void)state;
    walk("alloc.backend=debug");
}

static void
test_fault_at_any_attempt_leaves_the_systems_blocks_as_they_were(void **state) {
    (void)state;
    walk("alloc.backend=system");
}

static void
test_fault_attempts_are_counted_in_every_layer(void **state) {
    enum {
        FIRST_TABLES = 1,
        REQUESTS = ARENAS + LARGE + RESIZED + 4,
        MAPPED = ARENAS + 1, /* and the one for the block that changes its class */
        MORE_TABLES = 1,
        LARGE_ATTEMPTS = LARGE + 1 + 2, /* one out of a pool, two resized */
        SETS = 2                        /* the set grows at the first and at the 49th */
    };

    (void)state;
    assert_int_equal(count_attempts("alloc.backend=pool"),
                     FIRST_TABLES + REQUESTS + MAPPED + MORE_TABLES + LARGE_ATTEMPTS + SETS);
}

static void
test_fault_every_so_many_attempts_is_that_many(void **state) {
    (void)state;
    for (int64_t every = 4; every <= 9; every++) { /* a request may need three in a row */
        struct run run;

        assert_int_equal(play(&run, "alloc.backend=pool", "alloc.fail_every", every), 0);
        assert_true(run.failures > 0);
        assert_int_equal(run.failures, run.rt->fault_attempts / (uint64_t)every);
        assert_int_equal(run.heard.last[RT_EVENT_FAULT_INJECTED].count % (uint64_t)every, 0);
        assert_int_equal(test_stat(run.rt, RT_STAT_FAULTS_INJECTED), run.failures);
        finish(&run);
    }
}

static void
test_fault_at_every_attempt_lets_no_context_be_made(void **state) {
    struct run run;

    (void)state;
    assert_int_equal(play(&run, "alloc.backend=pool", "alloc.fail_every", 1), -ENOMEM);
    assert_null(run.rt);
    assert_true(fake_is_balanced(&run.fake));
}

static void
test_fault_never_happens_unless_asked_for(void **state) {
    struct run run;

    (void)state;
    assert_int_equal(play(&run, "alloc.backend=pool", "alloc.fail_at", 0), 0);
    assert_int_equal(run.failures, 0);
    assert_int_equal(run.rt->fault_attempts, 0);
    finish(&run);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault_at_any_attempt_leaves_the_pools_as_they_were),
        cmocka_unit_test(test_fault_at_any_attempt_leaves_debug_blocks_as_they_were),
        cmocka_unit_test(test_fault_at_any_attempt_leaves_the_systems_blocks_as_they_were),
        cmocka_unit_test(test_fault_attempts_are_counted_in_every_layer),
        cmocka_unit_test(test_fault_every_so_many_attempts_is_that_many),
        cmocka_unit_test(test_fault_at_every_attempt_lets_no_context_be_made),
        cmocka_unit_test(test_fault_never_happens_unless_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
