/* SPDX-License-Identifier: MIT
 *
 * compiler_test.c: what is kept stays, what is cyclic is collected and nothing else; the answer does not
 * depend on when, nor on how much is cyclic; a line that somebody else wrote is found.
 */
#include "workloads/tests/outcome.h"

static const char *const cyclic_shares[] = {"compiler.cyclic_share=0", "compiler.cyclic_share=0.5",
                                            "compiler.cyclic_share=1"};

enum {
    KEPT,
    TRASH
};

/* A function of ten nodes: itself, its scope, 5 symbols, the nodes, and three lists of children. */
enum {
    OBJECTS = 20,
    FUNCTIONS = 6 * 20
};

static struct outcome
run_small(const char *cyclic, const char *more, const char *mode) {
    const char *const sets[] = {"compiler.modules=6",
                                "compiler.nodes=200",
                                "compiler.function=10",
                                "compiler.types=40",
                                cyclic,
                                more,
                                mode,
                                NULL};
    return run_call(&(struct outcome_call){.workload = "compiler", .sets = sets, .seed = 3});
}

static void
test_compiler_gives_one_answer_whatever_is_cyclic_and_whenever_it_is_collected(void **state) {
    static const char *const modes[] = {
        "gc.mode=auto",        "gc.mode=off",          "gc.mode=manual",
        "gc.mode=idle",        "gc.threshold0=5",      "gc.policy=generational-3.13",
        "alloc.backend=debug", "alloc.backend=system", "compiler.passes=3"};
    const char *kept = "compiler.kept_share=0.3";
    const uint64_t digest = run_small(cyclic_shares[0], kept, "gc.mode=auto").digest;

    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            struct outcome outcome = run_small(cyclic_shares[k], kept, modes[m]);
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_int_equal(outcome.operations, 6);
            assert_true(outcome.digest == digest);
        }
    assert_true(run_small(cyclic_shares[0], "compiler.kept_share=0.9", "gc.mode=auto").digest !=
                digest);
}

static void
test_compiler_leaves_what_is_cyclic_to_the_collector(void **state) {
    struct outcome none =
        run_small(cyclic_shares[0], "compiler.kept_share=0.3", "gc.threshold0=50");
    struct outcome half = run_small(cyclic_shares[1], "compiler.kept_share=0", "gc.threshold0=50");
    struct outcome all = run_small(cyclic_shares[2], "compiler.kept_share=0.3", "gc.threshold0=50");

    (void)state;
    assert_int_equal(none.trash_objects, 0);
    assert_int_equal(none.collected, 0);
    assert_int_equal(half.trash_objects, half.collected);
    assert_in_range(half.trash_objects, (FUNCTIONS / 2 - 2) * OBJECTS,
                    (FUNCTIONS / 2 + 2) * OBJECTS);
    assert_int_equal(all.collected, FUNCTIONS * OBJECTS);
    assert_true(all.metrics[KEPT] + all.metrics[TRASH] == FUNCTIONS * OBJECTS);
    assert_true(all.metrics[TRASH] == (double)all.trash_objects);
    assert_in_range((int64_t)all.metrics[KEPT], (FUNCTIONS * 3 / 10 - 2) * OBJECTS,
                    (FUNCTIONS * 3 / 10 + 2) * OBJECTS);
}

/* Neither share decides over the other. */
static void
test_compiler_keeps_functions_whether_they_are_cyclic_or_not(void **state) {
    struct outcome outcome = run_small(cyclic_shares[1], "compiler.kept_share=0.5", "gc.mode=auto");

    (void)state;
    assert_in_range(outcome.trash_objects, (FUNCTIONS / 4 - 4) * OBJECTS,
                    (FUNCTIONS / 4 + 4) * OBJECTS);
}

static void
test_compiler_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"compiler.kept_share=0", "compiler.kept_share=1",
                                       "compiler.types=3000", "compiler.nodes=2000",
                                       "compiler.function=1"};

    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 5; i++) {
            struct outcome outcome = run_small(cyclic_shares[k], more[i], "gc.mode=off");
            outcome.expected_peak += outcome.expected_trash;
            assert_peak_is_as_computed(&outcome, more[i]);
        }
}

static void
test_compiler_every_request_may_fail(void **state) {
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        const char *const sets[] = {"compiler.modules=2",
                                    "compiler.nodes=4",
                                    "compiler.function=2",
                                    "compiler.kept_share=0.5",
                                    "compiler.types=2",
                                    cyclic_shares[k],
                                    NULL};
        int64_t failures = fail_at_each((struct outcome_call){"compiler", .sets = sets, .seed = 3});
        assert_true(failures > 100);
    }
}

/* The digit of an int. */
static void
flip_bit(unsigned char *block) {
    block[24] ^= 1;
}

static void
test_compiler_finds_a_line_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {"compiler.modules=3", "compiler.kept_share=1", "compiler.types=1",
                                NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "compiler", sets, .seed = 3, .disturb = flip_bit, .disturb_at = 2, .disturb_bytes = 32});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 nodes did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_compiler_gives_one_answer_whatever_is_cyclic_and_whenever_it_is_collected),
        cmocka_unit_test(test_compiler_leaves_what_is_cyclic_to_the_collector),
        cmocka_unit_test(test_compiler_keeps_functions_whether_they_are_cyclic_or_not),
        cmocka_unit_test(test_compiler_peaks_are_as_computed),
        cmocka_unit_test(test_compiler_every_request_may_fail),
        cmocka_unit_test(test_compiler_finds_a_line_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/compiler", tests, NULL, NULL);
}
