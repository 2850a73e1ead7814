/* SPDX-License-Identifier: MIT
 *
 * serving_test.c: one answer whether the server freezes or not and whenever it collects; frozen objects are not gone
 * through again; what is left to the collector is what the workload says; a wrong answer is found.
 */
#include "workloads/tests/outcome.h"

#define SMALL                                                                                      \
    "serving.requests=40", "serving.warmup=15", "serving.rows=12", "serving.retain=4",             \
        "serving.static_objects=300", "serving.manual_every=7"

static const char *const freezes[] = {"serving.freeze=never", "serving.freeze=after_warmup"};
static const char *const shares[] = {"serving.cyclic_share=0", "serving.cyclic_share=0.3",
                                     "serving.cyclic_share=1"};

static struct outcome
run_small(const char *freeze, const char *share, const char *more, const char *mode) {
    const char *const sets[] = {SMALL, freeze, share, more, mode, NULL};
    return run_call(&(struct outcome_call){.workload = "serving", .sets = sets, .seed = 3});
}

static void
test_serving_gives_one_answer_whenever_it_collects(void **state) {
    static const char *const modes[] = {"gc.mode=auto",         "gc.mode=off",
                                        "gc.mode=manual",       "gc.mode=idle",
                                        "gc.threshold0=5",      "gc.policy=single",
                                        "gc.policy=adaptive",   "alloc.backend=debug",
                                        "alloc.backend=system", "gc.policy=generational-3.13",
                                        "gc.stress=on"};
    const uint64_t digest = run_small(freezes[0], shares[0], "gc.mode=off", "gc.mode=auto").digest;

    (void)state;
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
        for (size_t f = 0; f < 2; f++)
            for (size_t s = 0; s < 3; s++) {
                struct outcome outcome = run_small(freezes[f], shares[s], "gc.mode=auto", modes[m]);
                assert_int_equal(outcome.error, 0);
                assert_int_equal(outcome.left_blocks, 0);
                assert_int_equal(outcome.operations, 25); /* warm by then */
                assert_int_equal(outcome.begins, 25);
                assert_true(outcome.digest == digest);
            }
}

static void
test_serving_leaves_whole_requests_to_the_collector(void **state) {
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct outcome outcome =
            run_small(freezes[f], shares[2], "gc.threshold0=5", "gc.mode=auto");
        int64_t containers = 0;
        for (int64_t i = 0; i < 40; i++)
            containers += 3 + 2 * (6 + 12 * (i * 61 % 101) / 100);
        assert_int_equal(outcome.trash_objects, containers);
        assert_int_equal(outcome.collected, containers);
        outcome = run_small(freezes[f], shares[0], "gc.threshold0=5", "gc.mode=auto");
        assert_int_equal(outcome.trash_objects, 0);
        assert_int_equal(outcome.collected, 0);
    }
}

/* Classes are frozen as well, here where nobody has settled the heap. */
static void
test_serving_freezes_what_it_has_loaded_and_what_it_keeps(void **state) {
    struct outcome never = run_small(freezes[0], shares[2], "gc.mode=auto", "gc.mode=off");
    struct outcome frozen = run_small(freezes[1], shares[2], "gc.mode=auto", "gc.mode=off");
    struct outcome more =
        run_small(freezes[1], shares[2], "serving.static_objects=900", "gc.mode=off");
    struct outcome fewer = run_small(freezes[1], shares[0], "serving.retain=2", "gc.mode=off");
    int64_t kept[4] = {0}, all = 0;

    (void)state;
    for (int64_t i = 11; i < 15; i++)
        all += kept[i - 11] = 3 + 2 * (6 + 12 * (i * 61 % 101) / 100);
    assert_true(never.metrics[0] == 0 && never.metrics[1] == 0);
    assert_int_equal((int64_t)frozen.metrics[1], all);
    assert_int_equal((int64_t)more.metrics[1], all);
    assert_int_equal((int64_t)fewer.metrics[1], 0);
    assert_int_equal((int64_t)(more.metrics[0] - frozen.metrics[0]), 600);
    assert_int_equal((int64_t)(frozen.metrics[0] - fewer.metrics[0]), kept[0] + kept[1]);
}

static void
test_serving_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"serving.retain=1", "serving.retain=100", "serving.rows=150",
                                       "serving.static_objects=9000", "serving.warmup=35"};

    (void)state;
    for (size_t f = 0; f < 2; f++)
        for (size_t s = 0; s < 3; s++)
            for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
                struct outcome outcome = run_small(freezes[f], shares[s], more[i], "gc.mode=off");
                assert_int_equal(outcome.error, 0);
                outcome.expected_peak += outcome.expected_trash;
                assert_peak_is_as_computed(&outcome, more[i]);
            }
}

static void
test_serving_refuses_to_warm_up_for_longer_than_it_runs(void **state) {
    struct outcome outcome = run_small(freezes[1], shares[0], "serving.warmup=39", "gc.mode=auto");

    (void)state;
    assert_int_equal(outcome.error, 0);
    const struct wl_workload *workload = wl_registry_find("serving");
    void *knobs = calloc(1, workload->knobs_bytes);
    char line[128];
    struct rt_text why;

    assert_non_null(knobs);
    rt_text_init(&why, line, sizeof line);
    rt_knob_defaults(workload->knobs, knobs);
    assert_int_equal(workload->check(knobs, &why), 0);
    assert_int_equal(rt_knob_assign(workload->knobs, knobs, "serving.requests=100", NULL), 0);
    assert_int_equal(workload->check(knobs, &why), -EINVAL);
    assert_non_null(strstr(line, "100"));
    free(knobs);
}

static void
test_serving_every_request_may_fail(void **state) {
    const char *const sets[] = {"serving.requests=3",       "serving.warmup=2",
                                "serving.rows=2",           "serving.retain=2",
                                "serving.static_objects=7", "serving.freeze=after_warmup",
                                "serving.cyclic_share=0.5", NULL};

    (void)state;
    assert_true(fail_at_each((struct outcome_call){"serving", .sets = sets, .seed = 3}) > 30);
}

static void
spoil_answer(struct rt *rt) {
    spoil_attribute(rt, "status");
}

static void
test_serving_finds_an_answer_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {SMALL, NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "serving", sets, .seed = 3, .disturb_at = 3, .meddle = spoil_answer});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 answers or entries were not what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serving_gives_one_answer_whenever_it_collects),
        cmocka_unit_test(test_serving_leaves_whole_requests_to_the_collector),
        cmocka_unit_test(test_serving_freezes_what_it_has_loaded_and_what_it_keeps),
        cmocka_unit_test(test_serving_peaks_are_as_computed),
        cmocka_unit_test(test_serving_refuses_to_warm_up_for_longer_than_it_runs),
        cmocka_unit_test(test_serving_every_request_may_fail),
        cmocka_unit_test(test_serving_finds_an_answer_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/serving", tests, NULL, NULL);
}
