/* SPDX-License-Identifier: MIT
 *
 * cycles_test.c: every node that is made becomes trash and is collected, whatever kind it is of; what has weak
 * links back, broken ones or none dies at once and needs no collection; the answer depends neither on when nor
 * on how; a node that somebody else wrote into is found.
 */
#include <math.h>

#include "workloads/tests/outcome.h"

enum {
    WITNESSES,
    AT_ONCE,
    COLLECTED,
    WAITING
};

enum {
    KINDS = 6,
    OF_INSTANCES = 3 /* from here on */
};

static const char *const kinds[KINDS] = {"cycles.kind=list",   "cycles.kind=pair",
                                         "cycles.kind=ring",   "cycles.kind=instance",
                                         "cycles.kind=doubly", "cycles.kind=tree"};
static const int64_t nodes[KINDS] = {1, 2, 10, 10, 10, 10};

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
                                        "gc.policy=generational-3.13",
                                        "cycles.links=broken",
                                        "cycles.cyclic_share=0.3",
                                        "cycles.payload=100",
                                        "cycles.witness=3"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
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
    for (size_t k = 0; k < KINDS; k++) {
        struct outcome outcome = run_small(kinds[k], "cycles.batch=10", "gc.mode=auto");
        assert_int_equal(outcome.trash_objects, 600 * nodes[k]);
        assert_int_equal(outcome.collected, 600 * nodes[k]);
    }
}

/* 600 structures in all, or as many of them as refer to themselves. */
static void
test_cycles_without_strong_links_back_need_no_collection(void **state) {
    static const char *const ways[] = {"cycles.links=weak", "cycles.links=broken",
                                       "cycles.cyclic_share=0"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t w = k < OF_INSTANCES ? 1 : 0; w < 3; w++) {
            const char *const sets[] = {"cycles.count=200",
                                        "cycles.rounds=3",
                                        "cycles.window=50",
                                        "cycles.witness=1",
                                        "gc.threshold0=5",
                                        kinds[k],
                                        ways[w],
                                        NULL};
            struct outcome outcome =
                run_call(&(struct outcome_call){.workload = "cycles", .sets = sets, .seed = 3});
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest ==
                        run_small(kinds[k], "gc.mode=auto", "gc.mode=off").digest);
            assert_int_equal(outcome.trash_objects, 0);
            assert_int_equal(outcome.collected, 0);
            assert_int_equal(outcome.expected_trash, 0);
            /* each one went with the last reference to its structure */
            assert_true(outcome.metrics[WITNESSES] == (double)(600 * nodes[k]));
            assert_true(outcome.metrics[AT_ONCE] == outcome.metrics[WITNESSES]);
            assert_true(outcome.metrics[COLLECTED] == 0 && outcome.metrics[WAITING] == 0);
        }
}

static void
test_cycles_witnesses_tell_how_much_trash_waits(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct outcome off = run_small(kinds[k], "cycles.witness=1", "gc.mode=off");
        struct outcome manual = run_small(kinds[k], "cycles.witness=1", "gc.mode=manual");
        assert_true(off.metrics[WITNESSES] == (double)(600 * nodes[k]));
        assert_true(off.metrics[AT_ONCE] == 0 && off.metrics[COLLECTED] == 0);
        assert_true(off.metrics[WAITING] == (double)(550 * nodes[k]));
        assert_int_equal(off.collected, 2 * 600 * nodes[k]); /* the witnesses among them */
        /* by hand behind each 200: the first 150, then 200 and 200 again */
        assert_true(manual.metrics[WAITING] == (double)(200 * nodes[k]));
        assert_true(manual.metrics[COLLECTED] == (double)(550 * nodes[k]));
    }
}

/* Of one structure in ten, one node in twenty. */
static void
test_cycles_few_witnesses_see_few_cycles(void **state) {
    const char *const sets[] = {
        "cycles.count=5000", "cycles.rounds=1",  "cycles.window=50", "cycles.cyclic_share=0.1",
        "cycles.witness=20", "cycles.kind=ring", "gc.mode=off",      NULL};
    struct outcome outcome =
        run_call(&(struct outcome_call){.workload = "cycles", .sets = sets, .seed = 3});

    (void)state;
    assert_in_range((int64_t)outcome.metrics[WITNESSES], 2400, 2600);
    assert_in_range((int64_t)outcome.metrics[WAITING], 4500, 5400); /* of 4,950 */
}

static void
test_cycles_without_witnesses_do_not_know(void **state) {
    struct outcome outcome = run_small(kinds[0], "cycles.witness=0", "gc.mode=off");

    (void)state;
    for (size_t i = WITNESSES; i <= WAITING; i++)
        assert_true(isnan(outcome.metrics[i]));
}

static void
test_cycles_leave_their_share_to_the_collector(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct outcome outcome =
            run_small(kinds[k], "cycles.cyclic_share=0.25", "cycles.witness=1");
        assert_int_equal(outcome.trash_objects, 2 * 150 * nodes[k]); /* each with its witness */
        assert_int_equal(outcome.collected, 2 * 150 * nodes[k]);
        assert_true(outcome.metrics[AT_ONCE] == (double)(450 * nodes[k]));
    }
}

static void
test_cycles_of_lists_refuse_weak_links(void **state) {
    const struct wl_workload *cycles = wl_registry_find("cycles");
    void *knobs = calloc(1, cycles->knobs_bytes);

    (void)state;
    assert_non_null(knobs);
    rt_knob_defaults(cycles->knobs, knobs);
    assert_int_equal(rt_knob_assign(cycles->knobs, knobs, "cycles.links=weak", NULL), 0);
    for (size_t k = 0; k < KINDS; k++) {
        char line[256] = "";
        struct rt_text why;
        rt_text_init(&why, line, sizeof line);
        assert_int_equal(rt_knob_assign(cycles->knobs, knobs, kinds[k], NULL), 0);
        assert_int_equal(cycles->check(knobs, &why), k < OF_INSTANCES ? -EINVAL : 0);
        assert_true((line[0] != '\0') == (k < OF_INSTANCES));
    }
    free(knobs);
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
    static const char *const more[] = {"cycles.window=1",         "cycles.window=500",
                                       "cycles.window=10000",     "cycles.length=3",
                                       "cycles.payload=300",      "cycles.witness=2",
                                       "cycles.cyclic_share=0.4", "cycles.links=broken"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < 8; i++) {
            struct outcome outcome = run_small(kinds[k], more[i], "gc.mode=off");
            outcome.expected_peak += outcome.expected_trash;
            assert_peak_is_as_computed(&outcome, kinds[k]);
        }
}

static void
test_cycles_with_weak_links_peak_as_computed(void **state) {
    static const char *const more[] = {"cycles.length=1", "cycles.length=3", "cycles.length=40",
                                       "cycles.cyclic_share=0.4"};

    (void)state;
    for (size_t k = OF_INSTANCES; k < KINDS; k++)
        for (size_t i = 0; i < 4; i++) {
            struct outcome outcome = run_small(kinds[k], more[i], "cycles.links=weak");
            assert_peak_is_as_computed(&outcome, more[i]);
        }
}

static void
test_cycles_every_request_may_fail(void **state) {
    static const char *const ways[] = {"cycles.links=strong", "cycles.links=broken",
                                       "cycles.links=weak"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t w = 0; w < (k < OF_INSTANCES ? 2 : 3); w++) {
            const char *const sets[] = {"cycles.count=5",
                                        "cycles.rounds=1",
                                        "cycles.window=2",
                                        "cycles.length=3",
                                        "cycles.payload=40",
                                        "cycles.witness=2",
                                        kinds[k],
                                        ways[w],
                                        NULL};
            int64_t failures =
                fail_at_each((struct outcome_call){"cycles", .sets = sets, .seed = 3});
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

/* The first byte of a payload of 100 bytes. */
static void
flip_payload(unsigned char *block) {
    block[32] ^= 1;
}

static void
test_cycles_find_a_payload_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {"cycles.count=100", "cycles.rounds=1",    "cycles.kind=tree",
                                "cycles.window=50", "cycles.payload=100", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "cycles", sets, .seed = 3, .disturb = flip_payload, .disturb_at = 3, .disturb_bytes = 133});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 nodes did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycles_give_one_answer_whenever_trash_is_collected),
        cmocka_unit_test(test_cycles_leave_every_node_to_the_collector),
        cmocka_unit_test(test_cycles_without_strong_links_back_need_no_collection),
        cmocka_unit_test(test_cycles_witnesses_tell_how_much_trash_waits),
        cmocka_unit_test(test_cycles_few_witnesses_see_few_cycles),
        cmocka_unit_test(test_cycles_without_witnesses_do_not_know),
        cmocka_unit_test(test_cycles_leave_their_share_to_the_collector),
        cmocka_unit_test(test_cycles_of_lists_refuse_weak_links),
        cmocka_unit_test(test_cycles_mark_each_batch),
        cmocka_unit_test(test_cycles_peaks_are_as_computed),
        cmocka_unit_test(test_cycles_with_weak_links_peak_as_computed),
        cmocka_unit_test(test_cycles_every_request_may_fail),
        cmocka_unit_test(test_cycles_find_a_number_that_somebody_else_wrote),
        cmocka_unit_test(test_cycles_find_a_payload_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/cycles", tests, NULL, NULL);
}
