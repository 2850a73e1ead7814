/* SPDX-License-Identifier: MIT
 *
 * bullets_test.c: one answer however bullets are laid out and whenever trash is collected; what is left to
 * the collector is what the workload says, object by object; a bullet in the wrong place is found.
 */
#include "workloads/tests/outcome.h"

static const char *const layouts[] = {"bullets.layout=inline", "bullets.layout=dict",
                                      "bullets.layout=slots"};
static const char *const shares[] = {"bullets.cyclic_share=0", "bullets.cyclic_share=0.3",
                                     "bullets.cyclic_share=1"};

static struct outcome
run_small(const char *layout, const char *share, const char *more, const char *mode) {
    const char *const sets[] = {
        "bullets.frames=70", "bullets.spawn=7", "bullets.life=9", layout, share, more, mode, NULL};
    return run_call(&(struct outcome_call){.workload = "bullets", .sets = sets, .seed = 3});
}

static void
test_bullets_give_one_answer_whenever_trash_is_collected(void **state) {
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
                                        "gc.stress=on"};
    const uint64_t digest =
        run_small(layouts[0], shares[1], "bullets.background=100", "gc.mode=auto").digest;

    (void)state;
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
        for (size_t i = 0; i < 3; i++)
            for (size_t s = 0; s < 3; s++) {
                struct outcome outcome =
                    run_small(layouts[i], shares[s], "bullets.background=100", modes[m]);
                assert_int_equal(outcome.error, 0);
                assert_int_equal(outcome.left_blocks, 0);
                assert_true(outcome.digest == digest);
            }
}

static void
test_bullets_mark_each_frame(void **state) {
    struct outcome outcome = run_small(layouts[0], shares[1], "bullets.rounds=3", "gc.mode=auto");

    (void)state;
    assert_int_equal(outcome.operations, 210);
    assert_int_equal(outcome.begins, 210);
    assert_int_equal(outcome.ends, 210);
}

/* Bursts, a life longer than the round, large volleys, more attributes, a world, many hits, scratch. */
static void
test_bullets_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"bullets.every=1",      "bullets.every=4",
                                       "bullets.life=1000",    "bullets.spawn=200",
                                       "bullets.attributes=6", "bullets.background=5000",
                                       "bullets.hit_share=1",  "bullets.scratch=3000"};

    (void)state;
    for (size_t k = 0; k < sizeof more / sizeof more[0]; k++)
        for (size_t i = 0; i < 3; i++)
            for (size_t s = 0; s < 3; s++) {
                const char *const sets[] = {"bullets.spawn=100", "bullets.frames=30",
                                            "bullets.life=10",   layouts[i],
                                            shares[s],           more[k],
                                            "gc.mode=off",       NULL};
                struct outcome outcome = run_call(
                    &(struct outcome_call){.workload = "bullets", .sets = sets, .seed = 3});
                assert_int_equal(outcome.error, 0);
                outcome.expected_peak += outcome.expected_trash;
                assert_peak_is_as_computed(&outcome, more[k]);
            }
}

/* 2 rounds of 70 volleys of 7. */
static void
test_bullets_leave_the_trash_that_they_say(void **state) {
    const char *mode = "gc.mode=manual", *more = "bullets.every=1";

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t s = 0; s < 3; s++) {
            struct outcome outcome = run_small(layouts[i], shares[s], more, mode);
            assert_int_equal(outcome.collected, outcome.trash_objects);
        }
    assert_int_equal(run_small(layouts[0], shares[0], more, mode).trash_objects, 0);
    assert_int_equal(run_small(layouts[0], shares[2], more, mode).trash_objects, 140 * (7 + 2));
    assert_int_equal(run_small(layouts[1], shares[2], more, mode).trash_objects, 140 * (14 + 2));
    assert_int_equal(run_small(layouts[2], shares[1], more, mode).trash_objects, 294 + 140 * 2);
}

/* 2 rounds of 70 volleys of 7, of which those of the last 9 frames do not live long enough. */
static void
test_bullets_that_hit_die_by_count(void **state) {
    const char *mode = "gc.mode=off";
    struct outcome none = run_small(layouts[0], shares[0], "bullets.hit_share=0", mode);
    struct outcome all = run_small(layouts[0], shares[0], "bullets.hit_share=1", mode);
    struct outcome kept = run_small(layouts[0], shares[2], "bullets.hit_share=1", mode);

    (void)state;
    assert_true(none.metrics[0] == 980 && all.metrics[0] == 980);
    assert_true(none.metrics[1] == 0 && kept.metrics[1] == 0);
    assert_true(all.metrics[1] > 880 && all.metrics[1] < 980);
    assert_true(all.peak_bytes < none.peak_bytes);
    assert_true(all.digest != none.digest); /* they go earlier, and in another order */
    assert_int_equal(all.collected, 0);
}

static void
test_bullets_scratch_does_not_change_the_answer(void **state) {
    struct outcome without = run_small(layouts[0], shares[1], "bullets.scratch=0", "gc.mode=auto");
    struct outcome with = run_small(layouts[0], shares[1], "bullets.scratch=100", "gc.mode=auto");

    (void)state;
    assert_int_equal(with.error, 0);
    assert_true(with.digest == without.digest);
    assert_int_equal(with.trash_objects, without.trash_objects);
}

/* Frame by frame, whatever round it is. */
static void
test_bullets_wait_for_each_frame_when_there_is_a_rate(void **state) {
    struct outcome outcome = run_small(layouts[0], shares[1], "bullets.rate=100", "gc.mode=idle");

    (void)state;
    assert_int_equal(outcome.waits, 140);
    assert_int_equal(outcome.due_ns, 1390000000);
    assert_int_equal(run_small(layouts[0], shares[1], "bullets.rate=0", "gc.mode=idle").waits, 0);
}

static void
test_bullets_every_request_may_fail(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *const sets[] = {"bullets.frames=4",
                                    "bullets.spawn=3",
                                    "bullets.life=2",
                                    "bullets.rounds=1",
                                    "bullets.cyclic_share=0.5",
                                    "bullets.background=3",
                                    "bullets.hit_share=1",
                                    "bullets.scratch=4",
                                    layouts[i],
                                    NULL};
        int64_t failures = fail_at_each((struct outcome_call){"bullets", .sets = sets, .seed = 3});
        assert_true(failures > 30);
    }
}

/* Of the first bullet that is met the first number. */
static void
shift_float(struct rt_object *object, void *context) {
    bool *done = context;
    if (!*done && rt_kind(object) == RT_KIND_FLOAT) {
        ((struct rt_float *)object)->value += 1;
        *done = true;
    }
}

static void
shift_bullet(struct rt_object *object, void *context) {
    if (rt_kind(object) == RT_KIND_INSTANCE && strcmp(rt_type_name(object), "Bullet") == 0)
        rt_visit(object, shift_float, context);
}

static void
shift_one(struct rt *rt) {
    bool done = false;
    assert_true(rt_gc_visit_objects(rt, -1, shift_bullet, &done));
    assert_true(done);
}

static void
test_bullets_in_the_wrong_place_are_found(void **state) {
    const char *const sets[] = {"bullets.frames=20", "bullets.spawn=3", "bullets.life=10", NULL};
    struct outcome outcome = run_call(
        &(struct outcome_call){"bullets", sets, .seed = 3, .disturb_at = 2, .meddle = shift_one});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why,
                        "1 numbers of bullets and scratch containers were not what they had to be");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bullets_give_one_answer_whenever_trash_is_collected),
        cmocka_unit_test(test_bullets_mark_each_frame),
        cmocka_unit_test(test_bullets_peaks_are_as_computed),
        cmocka_unit_test(test_bullets_leave_the_trash_that_they_say),
        cmocka_unit_test(test_bullets_that_hit_die_by_count),
        cmocka_unit_test(test_bullets_scratch_does_not_change_the_answer),
        cmocka_unit_test(test_bullets_wait_for_each_frame_when_there_is_a_rate),
        cmocka_unit_test(test_bullets_every_request_may_fail),
        cmocka_unit_test(test_bullets_in_the_wrong_place_are_found),
    };
    return cmocka_run_group_tests_name("workloads/bullets", tests, NULL, NULL);
}
