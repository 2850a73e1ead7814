/* SPDX-License-Identifier: MIT
 *
 * trees_test.c: all kinds of nodes give one answer; trees die by count without parents, and by the collector
 * with them; holes go, and are counted in the peak; a node that somebody else wrote into is found.
 */
#include "workloads/tests/outcome.h"

static const char *const kinds[] = {"trees.kind=list", "trees.kind=tuple", "trees.kind=instance",
                                    "trees.kind=slots"};

enum {
    KINDS = 4,
    TUPLE = 1
};

static struct outcome
run_small(const char *kind, const char *more, const char *mode) {
    const char *const sets[] = {"trees.depth=6", "trees.array=100", kind, more, mode, NULL};
    return run_call(&(struct outcome_call){.workload = "trees", .sets = sets, .seed = 3});
}

static void
test_trees_give_one_answer_whatever_nodes_are(void **state) {
    static const char *const modes[] = {"gc.mode=auto",        "gc.mode=off",
                                        "gc.mode=manual",      "gc.mode=idle",
                                        "gc.threshold0=5",     "gc.policy=generational-3.13",
                                        "alloc.backend=debug", "alloc.backend=system"};
    const uint64_t digest = run_small(kinds[0], "trees.holes=0", "gc.mode=auto").digest;

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            struct outcome plain = run_small(kinds[k], "trees.holes=0.7", modes[m]);
            assert_int_equal(plain.error, 0);
            assert_int_equal(plain.left_blocks, 0);
            assert_true(plain.digest == digest);
            if (k == TUPLE)
                continue;
            struct outcome cyclic = run_small(kinds[k], "trees.parents=on", modes[m]);
            assert_int_equal(cyclic.error, 0);
            assert_int_equal(cyclic.left_blocks, 0);
            assert_true(cyclic.digest == digest);
        }
}

static void
test_trees_without_parents_leave_nothing_to_the_collector(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct outcome outcome = run_small(kinds[k], "trees.holes=0.5", "gc.threshold0=50");
        assert_int_equal(outcome.trash_objects, 0);
        assert_int_equal(outcome.collected, 0);
        assert_int_equal(outcome.expected_trash, 0);
    }
}

static void
test_trees_with_parents_leave_every_node_to_the_collector(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        if (k == TUPLE)
            continue;
        struct outcome outcome = run_small(kinds[k], "trees.parents=on", "gc.threshold0=50");
        const uint64_t temporary = 2 * (32 * 31 + 8 * 127); /* of depths 4 and 6 */
        assert_int_equal(outcome.trash_objects, 511 + temporary);
        assert_int_equal(outcome.collected, 511 + temporary + 127);
    }
}

static void
test_trees_mark_each_tree(void **state) {
    struct outcome outcome = run_small(kinds[0], "trees.holes=0", "gc.mode=auto");

    (void)state;
    assert_int_equal(outcome.operations, 3 + 2 * (32 + 8));
    assert_int_equal(outcome.begins, outcome.operations);
    assert_true(outcome.is_done);
    assert_true(outcome.metrics[0] == 511 + 127 + 2 * (32 * 31 + 8 * 127));
}

static void
test_trees_make_as_many_holes_as_they_are_told(void **state) {
    const double without = run_small(kinds[0], "trees.holes=0", "gc.mode=auto").metrics[0];

    (void)state;
    assert_true(run_small(kinds[0], "trees.holes=0.5", "gc.mode=auto").metrics[0] - without == 127);
    assert_true(run_small(kinds[0], "trees.holes=0.75", "gc.mode=auto").metrics[0] - without ==
                3 * 127);
    double few = run_small(kinds[0], "trees.holes=0.2", "gc.mode=auto").metrics[0] - without;
    assert_true(few > 15 && few < 50); /* 127 / 4 */
}

static void
test_trees_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"trees.holes=0.95", "trees.stretch=0", "trees.array=30000",
                                       "trees.shallowest=6", "trees.parents=on"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < 5; i++) {
            if (k == TUPLE && i == 4)
                continue;
            struct outcome outcome = run_small(kinds[k], more[i], "gc.mode=off");
            outcome.expected_peak += outcome.expected_trash;
            assert_peak_is_as_computed(&outcome, more[i]);
        }
}

static void
test_trees_refuse_parents_of_tuples_and_depths_without_trees(void **state) {
    static const char *const wrong[][2] = {{"trees.parents=on", "trees.kind=tuple"},
                                           {"trees.depth=3", "trees.shallowest=4"}};
    const struct wl_workload *trees = wl_registry_find("trees");
    void *knobs = calloc(1, trees->knobs_bytes);

    (void)state;
    assert_non_null(knobs);
    for (size_t i = 0; i < 2; i++) {
        char line[256] = "";
        struct rt_text why;
        rt_text_init(&why, line, sizeof line);
        rt_knob_defaults(trees->knobs, knobs);
        assert_int_equal(trees->check(knobs, &why), 0);
        for (size_t j = 0; j < 2; j++)
            assert_int_equal(rt_knob_assign(trees->knobs, knobs, wrong[i][j], NULL), 0);
        assert_int_equal(trees->check(knobs, &why), -EINVAL);
        assert_non_null(strstr(line, "trees."));
    }
    free(knobs);
}

static void
test_trees_every_request_may_fail(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t p = 0; p < 2; p++) {
            const char *const sets[] = {"trees.depth=2",
                                        "trees.shallowest=2",
                                        "trees.stretch=0",
                                        "trees.holes=0.4",
                                        kinds[k],
                                        p == 0 ? NULL : "trees.parents=on",
                                        NULL};
            if (k == TUPLE && p == 1)
                continue;
            int64_t failures =
                fail_at_each((struct outcome_call){"trees", .sets = sets, .seed = 3});
            assert_true(failures > 8);
        }
}

static void
flip_double(unsigned char *block) {
    block[0] ^= 1;
}

static void
test_trees_find_a_double_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {"trees.depth=4", "trees.array=50", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "trees", sets, .seed = 3, .disturb = flip_double, .disturb_at = 5, .disturb_bytes = 400});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 nodes or doubles did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees_give_one_answer_whatever_nodes_are),
        cmocka_unit_test(test_trees_without_parents_leave_nothing_to_the_collector),
        cmocka_unit_test(test_trees_with_parents_leave_every_node_to_the_collector),
        cmocka_unit_test(test_trees_mark_each_tree),
        cmocka_unit_test(test_trees_make_as_many_holes_as_they_are_told),
        cmocka_unit_test(test_trees_peaks_are_as_computed),
        cmocka_unit_test(test_trees_refuse_parents_of_tuples_and_depths_without_trees),
        cmocka_unit_test(test_trees_every_request_may_fail),
        cmocka_unit_test(test_trees_find_a_double_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/trees", tests, NULL, NULL);
}
