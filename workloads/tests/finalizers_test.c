/* SPDX-License-Identifier: MIT
 *
 * finalizers_test.c: one answer whoever releases; releases come at once, or when the collector comes; what comes back
 * to life is released all the same; legacy finalizers leave cycles open; a wrong position is found.
 */
#include "workloads/tests/outcome.h"

#define SMALL "finalizers.count=300", "finalizers.live=20", "finalizers.batch=7"

enum {
    DELAY_MEAN,
    DELAY_MAX,
    OPEN_PEAK,
    OUT_OF_ORDER,
    UNRELEASED,
    RESURRECTED,
    FORCED,
    RAN_OUT
};

static const char *const ways[] = {"finalizers.release=close", "finalizers.release=count",
                                   "finalizers.release=cycle"};
static const char *const shares[] = {"finalizers.resurrect_share=0",
                                     "finalizers.resurrect_share=0.4",
                                     "finalizers.resurrect_share=1"};

static struct outcome
run_small(const char *way, const char *share, const char *more, const char *mode) {
    const char *const sets[] = {SMALL, way, share, more, mode, NULL};
    struct outcome outcome =
        run_call(&(struct outcome_call){.workload = "finalizers", .sets = sets, .seed = 3});
    assert_int_equal(outcome.error, 0);
    assert_int_equal(outcome.left_blocks, 0);
    return outcome;
}

static void
test_finalizers_give_one_answer_whoever_releases(void **state) {
    static const char *const modes[] = {
        "gc.mode=auto",         "gc.mode=off",         "gc.mode=manual",
        "gc.mode=idle",         "gc.threshold0=5",     "gc.policy=single",
        "gc.policy=adaptive",   "alloc.backend=debug", "alloc.backend=system",
        "gc.finalizers=legacy", "finalizers.limit=25", "gc.stress=on"};
    const uint64_t digest = run_small(ways[0], shares[0], "gc.mode=auto", "gc.mode=auto").digest;

    (void)state;
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
        for (size_t w = 0; w < 3; w++)
            for (size_t s = 0; s < 3; s++) {
                struct outcome outcome =
                    run_small(ways[w], shares[s], "finalizers.manual_every=9", modes[m]);
                assert_int_equal(outcome.operations, 43);
                assert_int_equal(outcome.begins, 43);
                assert_true(outcome.digest == digest);
            }
}

static void
test_finalizers_release_at_once_what_is_closed_or_counted(void **state) {
    (void)state;
    for (size_t w = 0; w < 2; w++) {
        struct outcome outcome = run_small(ways[w], shares[0], "gc.mode=off", "gc.mode=off");
        assert_true(outcome.metrics[DELAY_MAX] == 0 && outcome.metrics[DELAY_MEAN] == 0);
        assert_true(outcome.metrics[OPEN_PEAK] == 20);
        assert_true(outcome.metrics[OUT_OF_ORDER] == 0 && outcome.metrics[UNRELEASED] == 0);
        assert_int_equal(outcome.trash_objects, 0);
    }
}

static void
test_finalizers_of_cycles_wait_for_the_collector(void **state) {
    struct outcome never = run_small(ways[2], shares[0], "gc.mode=off", "gc.mode=off");
    struct outcome soon =
        run_small(ways[2], shares[0], "gc.mode=manual", "finalizers.manual_every=2");
    struct outcome late =
        run_small(ways[2], shares[0], "gc.mode=manual", "finalizers.manual_every=15");

    (void)state;
    assert_true(never.metrics[OPEN_PEAK] == 300 && never.metrics[UNRELEASED] == 300);
    assert_true(never.metrics[DELAY_MAX] == 41); /* 20 fit in, so the first went in operation 2 */
    assert_int_equal(never.trash_objects, 600);
    assert_int_equal(soon.collected, 600);
    assert_int_equal(late.collected, 600);
    assert_true(soon.metrics[DELAY_MAX] == 2 && late.metrics[DELAY_MAX] == 15);
    assert_true(soon.metrics[DELAY_MEAN] > 0);
    assert_true(soon.metrics[DELAY_MEAN] < late.metrics[DELAY_MEAN]);
    assert_true(soon.metrics[OPEN_PEAK] < late.metrics[OPEN_PEAK]);
    assert_true(late.metrics[OPEN_PEAK] < never.metrics[OPEN_PEAK]);
}

static void
test_finalizers_bring_a_share_back_to_life_once(void **state) {
    struct outcome closed = run_small(ways[0], shares[2], "gc.mode=auto", "gc.mode=auto");
    struct outcome counted = run_small(ways[1], shares[2], "gc.mode=auto", "gc.mode=auto");
    struct outcome some = run_small(ways[1], shares[1], "gc.mode=auto", "gc.mode=auto");
    struct outcome cyclic = run_small(ways[2], shares[2], "gc.mode=auto", "gc.threshold0=50");

    (void)state;
    assert_true(closed.metrics[RESURRECTED] == 0);
    assert_true(counted.metrics[RESURRECTED] == 300 && counted.metrics[DELAY_MAX] == 1);
    assert_true(some.metrics[RESURRECTED] == 120);
    assert_true(cyclic.metrics[RESURRECTED] > 150 && cyclic.metrics[RESURRECTED] <= 300);
    assert_int_equal(cyclic.collected, 600);
}

static void
test_finalizers_of_the_legacy_kind_leave_cycles_open(void **state) {
    struct outcome legacy =
        run_small(ways[2], shares[0], "gc.finalizers=legacy", "gc.threshold0=50");
    struct outcome counted = run_small(ways[1], shares[0], "gc.finalizers=legacy", "gc.mode=auto");

    (void)state;
    assert_true(legacy.metrics[UNRELEASED] == 300 && legacy.metrics[OPEN_PEAK] == 300);
    assert_true(counted.metrics[UNRELEASED] == 0 && counted.metrics[OPEN_PEAK] == 20);
    legacy = run_small(ways[2], shares[0], "gc.finalizers=legacy", "finalizers.limit=50");
    assert_true(legacy.metrics[FORCED] == 1 && legacy.metrics[RAN_OUT] == 1);
}

static void
test_finalizers_collect_by_hand_when_no_more_may_be_open(void **state) {
    struct outcome outcome = run_small(ways[2], shares[0], "finalizers.limit=50", "gc.mode=off");

    (void)state;
    assert_true(outcome.metrics[OPEN_PEAK] == 50 && outcome.metrics[RAN_OUT] == 0);
    assert_true(outcome.metrics[FORCED] == 9); /* at the 50th, then each 31st */
}

static void
test_finalizers_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"finalizers.live=80", "finalizers.live=500",
                                       "finalizers.payload=5000", "finalizers.batch=1",
                                       "finalizers.limit=250"};

    (void)state;
    for (size_t w = 0; w < 3; w++)
        for (size_t s = 0; s < 3; s++)
            for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
                const char *const sets[] = {"finalizers.count=3000",
                                            "finalizers.live=200",
                                            ways[w],
                                            shares[s],
                                            more[i],
                                            "gc.mode=off",
                                            NULL};
                struct outcome outcome = run_call(
                    &(struct outcome_call){.workload = "finalizers", .sets = sets, .seed = 3});
                outcome.expected_peak += outcome.expected_trash;
                assert_peak_is_as_computed(&outcome, more[i]);
            }
}

static void
test_finalizers_every_request_may_fail(void **state) {
    (void)state;
    for (size_t w = 0; w < 3; w++) {
        const char *const sets[] = {"finalizers.count=5",
                                    "finalizers.live=2",
                                    "finalizers.limit=4",
                                    shares[1],
                                    ways[w],
                                    NULL};
        assert_true(fail_at_each((struct outcome_call){"finalizers", .sets = sets, .seed = 3}) >
                    20);
    }
}

static void
spoil_position(struct rt *rt) {
    spoil_attribute(rt, "position");
}

static void
test_finalizers_find_a_position_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {SMALL, NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "finalizers", sets, .seed = 3, .disturb_at = 2, .meddle = spoil_position});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 resources did not hold what was written into them, and 0 "
                                     "were not released exactly once");
}

static void
test_finalizers_refuse_a_limit_below_what_is_in_use(void **state) {
    const struct wl_workload *workload = wl_registry_find("finalizers");
    void *knobs = calloc(1, workload->knobs_bytes);
    char line[128];
    struct rt_text why;

    (void)state;
    assert_non_null(knobs);
    rt_text_init(&why, line, sizeof line);
    rt_knob_defaults(workload->knobs, knobs);
    assert_int_equal(workload->check(knobs, &why), 0);
    assert_int_equal(rt_knob_assign(workload->knobs, knobs, "finalizers.limit=100", NULL), 0);
    assert_int_equal(workload->check(knobs, &why), -EINVAL);
    assert_non_null(strstr(line, "100"));
    free(knobs);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finalizers_give_one_answer_whoever_releases),
        cmocka_unit_test(test_finalizers_release_at_once_what_is_closed_or_counted),
        cmocka_unit_test(test_finalizers_of_cycles_wait_for_the_collector),
        cmocka_unit_test(test_finalizers_bring_a_share_back_to_life_once),
        cmocka_unit_test(test_finalizers_of_the_legacy_kind_leave_cycles_open),
        cmocka_unit_test(test_finalizers_collect_by_hand_when_no_more_may_be_open),
        cmocka_unit_test(test_finalizers_peaks_are_as_computed),
        cmocka_unit_test(test_finalizers_every_request_may_fail),
        cmocka_unit_test(test_finalizers_find_a_position_that_somebody_else_wrote),
        cmocka_unit_test(test_finalizers_refuse_a_limit_below_what_is_in_use),
    };
    return cmocka_run_group_tests_name("workloads/finalizers", tests, NULL, NULL);
}
