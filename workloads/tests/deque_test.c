/* SPDX-License-Identifier: MIT
 *
 * deque_test.c: every entry that is overwritten becomes trash and is collected; witnesses see how much of it
 * waits; the answer does not depend on when; a payload that somebody else wrote into is found.
 */
#include <math.h>

#include "workloads/tests/outcome.h"

enum {
    TRASH_ENTRIES,
    TRASH_BYTES,
    TRASH_TO_LIVE,
    FIRST_GONE
};

static const char *const shapes[] = {"deque.nodes=1", "deque.nodes=3"};

static struct outcome
run_small(const char *shape, const char *more, const char *mode) {
    const char *const sets[] = {
        "deque.live=50", "deque.appends=600", "deque.payload=100", shape, more, mode, NULL};
    return run_call(&(struct outcome_call){.workload = "deque", .sets = sets, .seed = 3});
}

static void
test_deque_gives_one_answer_whenever_trash_is_collected(void **state) {
    static const char *const modes[] = {
        "gc.mode=auto",         "gc.mode=off",      "gc.mode=manual",      "gc.mode=idle",
        "gc.threshold0=5",      "gc.policy=single", "alloc.backend=debug", "deque.batch=7",
        "alloc.backend=system", "deque.witness=0",  "gc.finalizers=safe"};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const uint64_t digest = run_small(shapes[k], "deque.batch=10", "gc.mode=auto").digest;
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            struct outcome outcome = run_small(shapes[k], "deque.witness=3", modes[m]);
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest == digest);
        }
    }
}

static void
test_deque_leaves_every_node_to_the_collector(void **state) {
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const uint64_t nodes = k == 0 ? 1 : 3;
        struct outcome outcome = run_small(shapes[k], "deque.batch=7", "gc.mode=auto");
        assert_int_equal(outcome.trash_objects, 550 * nodes);
        assert_int_equal(outcome.collected, 600 * nodes);
        assert_int_equal(outcome.operations, 86);
        assert_int_equal(outcome.begins, 86);
        assert_true(outcome.is_done);
    }
}

static void
test_deque_witnesses_tell_how_much_trash_waits(void **state) {
    struct outcome off = run_small(shapes[0], "deque.witness=1", "gc.mode=off");
    struct outcome manual = run_small(shapes[0], "deque.witness=1", "gc.mode=manual");
    struct outcome sparse = run_small(shapes[0], "deque.witness=10", "gc.mode=off");

    (void)state;
    assert_true(off.metrics[TRASH_ENTRIES] == 550 && off.metrics[TRASH_TO_LIVE] == 11);
    assert_true(off.metrics[TRASH_BYTES] > 550 * (100 + 33 + 56 + 24));
    assert_true(off.metrics[TRASH_BYTES] < 550 * (100 + 33 + 56 + 60));
    assert_true(isnan(off.metrics[FIRST_GONE]));
    assert_true(sparse.metrics[TRASH_ENTRIES] == 550);
    /* by hand each time that the queue was overwritten: the first time nothing had been */
    assert_true(manual.metrics[TRASH_ENTRIES] == 50 && manual.metrics[FIRST_GONE] == 101);
}

static void
test_deque_shows_the_trash_over_its_appends(void **state) {
    struct outcome off = run_small(shapes[0], "deque.witness=1", "gc.mode=off");

    (void)state;
    assert_int_equal(off.points[0], 60); /* one for each operation */
    for (size_t i = 1; i < off.points[0]; i++)
        assert_int_equal(off.value[0][i], off.at[0][i] <= 50 ? 0 : off.at[0][i] - 50);
    assert_int_equal(off.value[0][off.points[0] - 1], 550);
}

static void
test_deque_without_witnesses_does_not_know(void **state) {
    struct outcome outcome = run_small(shapes[0], "deque.witness=0", "gc.mode=off");

    (void)state;
    assert_true(isnan(outcome.metrics[TRASH_ENTRIES]) && isnan(outcome.metrics[TRASH_TO_LIVE]));
    assert_int_equal(outcome.points[0], 0);
}

static void
test_deque_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"deque.live=1", "deque.live=700", "deque.payload=16",
                                       "deque.nodes=20"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct outcome outcome = run_small(shapes[0], more[i], "gc.mode=off");
        outcome.expected_peak += outcome.expected_trash;
        assert_peak_is_as_computed(&outcome, more[i]);
    }
}

static void
test_deque_every_request_may_fail(void **state) {
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const char *const sets[] = {"deque.live=3", "deque.appends=7", "deque.witness=2", shapes[k],
                                    NULL};
        int64_t failures = fail_at_each((struct outcome_call){"deque", .sets = sets, .seed = 3});
        assert_true(failures > 20);
    }
}

/* The last byte of a payload of 100 bytes. */
static void
flip_bit(unsigned char *block) {
    block[32 + 99] ^= 1;
}

static void
test_deque_finds_a_payload_that_somebody_else_wrote_into(void **state) {
    const char *const sets[] = {"deque.live=50", "deque.appends=100", "deque.payload=100", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "deque", sets, .seed = 3, .disturb = flip_bit, .disturb_at = 3, .disturb_bytes = 133});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 entries did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deque_gives_one_answer_whenever_trash_is_collected),
        cmocka_unit_test(test_deque_leaves_every_node_to_the_collector),
        cmocka_unit_test(test_deque_witnesses_tell_how_much_trash_waits),
        cmocka_unit_test(test_deque_shows_the_trash_over_its_appends),
        cmocka_unit_test(test_deque_without_witnesses_does_not_know),
        cmocka_unit_test(test_deque_peaks_are_as_computed),
        cmocka_unit_test(test_deque_every_request_may_fail),
        cmocka_unit_test(test_deque_finds_a_payload_that_somebody_else_wrote_into),
    };
    return cmocka_run_group_tests_name("workloads/deque", tests, NULL, NULL);
}
