/* SPDX-License-Identifier: MIT
 *
 * idle_test.c: one answer whatever collects and when, and whether the background is frozen or not; a frozen one is not
 * gone through again; trash and peak are as computed; a machine in the wrong place is found.
 */
#include "workloads/tests/outcome.h"

static const char *const freezes[] = {"idle.freeze=never", "idle.freeze=at_start"};

static struct outcome
run_small(const char *freeze, const char *more, const char *mode) {
    const char *const sets[] = {"idle.ticks=100",
                                "idle.background=500",
                                "idle.cycles=3",
                                "idle.steps=5",
                                "idle.manual_every=7",
                                freeze,
                                more,
                                mode,
                                NULL};
    return run_call(&(struct outcome_call){.workload = "idle", .sets = sets, .seed = 3});
}

static void
test_idle_gives_one_answer_whatever_collects(void **state) {
    static const char *const modes[] = {
        "gc.mode=auto",         "gc.mode=off",      "gc.mode=manual",       "gc.mode=idle",
        "gc.threshold0=5",      "gc.policy=single", "gc.policy=adaptive",   "alloc.backend=debug",
        "alloc.backend=system", "gc.stress=on",     "gc.verify_every=1000",
    };
    const uint64_t digest = run_small(freezes[0], "idle.rate=0", "gc.mode=auto").digest;

    (void)state;
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
        for (size_t f = 0; f < 2; f++) {
            struct outcome outcome = run_small(freezes[f], "idle.rate=0", modes[m]);
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest == digest);
            assert_int_equal(outcome.begins, 100);
            assert_int_equal(outcome.ends, 100);
        }
}

/* Parts, their list and the machine; the float in the machine is not tracked. */
static void
test_idle_freezes_what_was_loaded(void **state) {
    (void)state;
    assert_true(run_small(freezes[0], "idle.rate=0", "gc.mode=auto").metrics[0] == 0);
    double frozen = run_small(freezes[1], "idle.rate=0", "gc.mode=auto").metrics[0];
    double less = run_small(freezes[1], "idle.background=100", "gc.mode=auto").metrics[0];
    assert_true(frozen - less == 400 && less >= 102);
}

static void
test_idle_leaves_the_trash_that_it_says(void **state) {
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct outcome outcome = run_small(freezes[f], "idle.rate=0", "gc.mode=manual");
        assert_int_equal(outcome.trash_objects, 600);
        assert_int_equal(outcome.collected, 600);
    }
    assert_int_equal(run_small(freezes[0], "idle.cycles=0", "gc.mode=auto").trash_objects, 0);
}

static void
test_idle_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"idle.background=5000", "idle.background=0",
                                       "idle.steps=1000", "idle.cycles=100"};

    (void)state;
    for (size_t k = 0; k < sizeof more / sizeof more[0]; k++)
        for (size_t f = 0; f < 2; f++) {
            const char *const sets[] = {"idle.ticks=300", "idle.cycles=10", more[k],
                                        freezes[f],       "gc.mode=off",    NULL};
            struct outcome outcome =
                run_call(&(struct outcome_call){.workload = "idle", .sets = sets, .seed = 3});
            assert_int_equal(outcome.error, 0);
            outcome.expected_peak += outcome.expected_trash;
            assert_peak_is_as_computed(&outcome, more[k]);
        }
}

/* The last of 100 ticks, 1000 a second. */
static void
test_idle_waits_for_each_tick_when_there_is_a_rate(void **state) {
    struct outcome outcome = run_small(freezes[0], "idle.rate=1000", "gc.mode=idle");

    (void)state;
    assert_int_equal(outcome.waits, 100);
    assert_int_equal(outcome.due_ns, 99000000);
    assert_int_equal(run_small(freezes[0], "idle.rate=0", "gc.mode=idle").waits, 0);
}

static void
test_idle_every_request_may_fail(void **state) {
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        const char *const sets[] = {"idle.ticks=3", "idle.background=3", "idle.cycles=2",
                                    "idle.steps=2", freezes[f],          NULL};
        int64_t failures = fail_at_each((struct outcome_call){"idle", .sets = sets, .seed = 3});
        assert_true(failures > 30);
    }
}

static void
shift_float(struct rt_object *object, void *context) {
    (void)context;
    if (rt_kind(object) == RT_KIND_FLOAT)
        ((struct rt_float *)object)->value += 1;
}

static void
shift_machine(struct rt_object *object, void *context) {
    if (rt_kind(object) == RT_KIND_INSTANCE && strcmp(rt_type_name(object), "Machine") == 0)
        rt_visit(object, shift_float, context);
}

static void
shift_one(struct rt *rt) {
    assert_true(rt_gc_visit_objects(rt, -1, shift_machine, NULL));
}

static void
test_idle_finds_a_machine_in_the_wrong_place(void **state) {
    const char *const sets[] = {"idle.ticks=10", "idle.background=3", NULL};
    struct outcome outcome = run_call(
        &(struct outcome_call){"idle", sets, .seed = 3, .disturb_at = 2, .meddle = shift_one});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 numbers were not what they had to be");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_gives_one_answer_whatever_collects),
        cmocka_unit_test(test_idle_freezes_what_was_loaded),
        cmocka_unit_test(test_idle_leaves_the_trash_that_it_says),
        cmocka_unit_test(test_idle_peaks_are_as_computed),
        cmocka_unit_test(test_idle_waits_for_each_tick_when_there_is_a_rate),
        cmocka_unit_test(test_idle_every_request_may_fail),
        cmocka_unit_test(test_idle_finds_a_machine_in_the_wrong_place),
    };
    return cmocka_run_group_tests_name("workloads/idle", tests, NULL, NULL);
}
