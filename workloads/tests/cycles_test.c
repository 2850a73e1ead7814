/* SPDX-License-Identifier: MIT
 *
 * cycles_test.c: every node that is made becomes trash and is collected, whatever kind it is of; the answer
 * does not depend on when; a node that somebody else wrote into is found.
 */
#include "workloads/tests/outcome.h"

static const char *const kinds[] = {"cycles.kind=list", "cycles.kind=pair", "cycles.kind=ring",
                                    "cycles.kind=instance"};
static const int64_t nodes[] = {1, 2, 10, 10};

static struct outcome
run_small(const char *kind, const char *more, const char *mode) {
    const char *const sets[] = {
        "cycles.count=200", "cycles.rounds=3", "cycles.window=50", kind, more, mode, NULL};
    return run_call(&(struct outcome_call){.workload = "cycles", .sets = sets, .seed = 3});
}

static void
test_cycles_give_one_answer_whenever_trash_is_collected(void **state) {
    static const char *const modes[] = {"gc.mode=auto",
                                        "gc.mode=off",
                                        "gc.mode=manual",
                                        "gc.mode=idle",
                                        "gc.threshold0=5",
                                        "gc.threshold0=900",
                                        "gc.policy=single",
                                        "gc.policy=adaptive",
                                        "alloc.backend=debug",
                                        "alloc.backend=system",
                                        "gc.policy=generational-3.13"};

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        const uint64_t digest = run_small(kinds[k], "cycles.batch=10", "gc.mode=auto").digest;
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            struct outcome outcome = run_small(kinds[k], "cycles.batch=7", modes[m]);
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest == digest);
        }
    }
}

static void
test_cycles_leave_every_node_to_the_collector(void **state) {
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        struct outcome outcome = run_small(kinds[k], "cycles.batch=10", "gc.mode=auto");
        assert_int_equal(outcome.trash_objects, 600 * nodes[k]);
        assert_int_equal(outcome.collected, 600 * nodes[k]);
    }
}

static void
test_cycles_mark_each_batch(void **state) {
    struct outcome outcome = run_small(kinds[1], "cycles.batch=7", "gc.mode=auto");

    (void)state;
    assert_int_equal(outcome.operations, 3 * 29);
    assert_int_equal(outcome.begins, 3 * 29);
    assert_int_equal(outcome.ends, 3 * 29);
}

static void
test_cycles_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"cycles.window=1", "cycles.window=500",
                                       "cycles.window=10000", "cycles.length=3"};

    (void)state;
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < 4; i++) {
            struct outcome outcome = run_small(kinds[k], more[i], "gc.mode=off");
            outcome.expected_peak += outcome.expected_trash;
            assert_peak_is_as_computed(&outcome, kinds[k]);
        }
}

static void
test_cycles_every_request_may_fail(void **state) {
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        const char *const sets[] = {"cycles.count=5",  "cycles.rounds=1", "cycles.window=2",
                                    "cycles.length=3", kinds[k],          NULL};
        int64_t failures = fail_at_each((struct outcome_call){"cycles", .sets = sets, .seed = 3});
        assert_true(failures > 10);
    }
}

/* The digit of an int. */
static void
flip_bit(unsigned char *block) {
    block[24] ^= 1;
}

static void
test_cycles_find_a_number_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {"cycles.count=100", "cycles.rounds=1", "cycles.kind=list",
                                "cycles.window=50", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "cycles", sets, .seed = 3, .disturb = flip_bit, .disturb_at = 3, .disturb_bytes = 32});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 nodes did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycles_give_one_answer_whenever_trash_is_collected),
        cmocka_unit_test(test_cycles_leave_every_node_to_the_collector),
        cmocka_unit_test(test_cycles_mark_each_batch),
        cmocka_unit_test(test_cycles_peaks_are_as_computed),
        cmocka_unit_test(test_cycles_every_request_may_fail),
        cmocka_unit_test(test_cycles_find_a_number_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/cycles", tests, NULL, NULL);
}
