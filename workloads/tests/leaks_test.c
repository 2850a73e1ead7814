/* SPDX-License-Identifier: MIT
 *
 * leaks_test.c: each of the four leaks is found, by type, size and path; none of the repaired programs is
 * accused; and the answer is the same from all of them.
 */
#include <stdio.h>

#include "workloads/tests/outcome.h"

static const char *const kinds[] = {"leaks.kind=global", "leaks.kind=class_attribute",
                                    "leaks.kind=closure", "leaks.kind=listener"};

enum {
    KINDS = 4,
    LISTENER = 3,
    NOTES_MOST = 8
};

static struct outcome
run_small(const char *kind, const char *repaired, const char *more, const char *other) {
    const char *const sets[] = {
        "leaks.requests=40", "leaks.background=100", kind, repaired, more, other, NULL};
    return run_call(&(struct outcome_call){.workload = "leaks", .sets = sets, .seed = 3});
}

/* ---- What a run says ---------------------------------------------------------------------------- */

struct notes {
    size_t count;
    char lines[NOTES_MOST][160];
};

static void
ignore_mark(void *context) {
    (void)context;
}

static void
keep_note(void *context, const char *text) {
    struct notes *notes = context;
    assert_true(notes->count < NOTES_MOST);
    snprintf(notes->lines[notes->count++], sizeof notes->lines[0], "%s", text);
}

static struct notes
hear_notes(const char *kind, const char *repaired, const char *more) {
    const char *const sets[] = {
        "leaks.requests=40", "leaks.background=100", kind, repaired, more, NULL};
    const struct outcome_call call = {.workload = "leaks", .sets = sets, .seed = 3};
    const struct wl_workload *workload = wl_registry_find("leaks");
    struct notes notes = {0};
    const struct wl_listener listener = {
        .begin = ignore_mark, .end = ignore_mark, .context = &notes, .note = keep_note};
    struct rt_config config;
    void *knobs = calloc(1, workload->knobs_bytes);
    struct rt *rt;

    assert_non_null(knobs);
    set_knobs(&call, workload, knobs, &config);
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    struct wl_run run = {.heap = rt, .knobs = knobs, .seed = 3, .listener = &listener};
    assert_int_equal(workload->prepare(&run), 0);
    assert_int_equal(workload->run(&run), 0);
    workload->finish(&run);
    rt_destroy(rt);
    free(knobs);
    return notes;
}

static void
test_leaks_are_named_with_their_size_and_what_keeps_them(void **state) {
    static const char *const paths[] = {
        "globals['cached_data'] -> list[959] -> Session",
        "DataProcessor.results -> list[959] -> Session",
        "handler.__closure__ -> tuple[0] -> cell.cell_contents -> list[959] -> Session",
        "EventManager.listeners -> list[959] -> method.__self__ -> Session"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct notes notes = hear_notes(kinds[k], "leaks.repaired=off", "gc.mode=off");
        assert_int_equal(notes.count, k == LISTENER ? 3 : 2);
        assert_string_equal(notes.lines[0], "Session grows by 40 objects and 14,920 bytes a round");
        if (k == LISTENER)
            assert_string_equal(notes.lines[1],
                                "method grows by 40 objects and 2,560 bytes a round");
        assert_string_equal(notes.lines[notes.count - 1], paths[k]);
    }
}

static void
test_leaks_that_are_repaired_are_not_accused(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct notes notes = hear_notes(kinds[k], "leaks.repaired=on", "leaks.rounds=24");
        assert_int_equal(notes.count, 1);
        assert_string_equal(notes.lines[0], "nothing grew over the last 16 rounds");
    }
}

static void
test_leaks_need_rounds_to_be_seen_and_somebody_who_looks(void **state) {
    struct notes few = hear_notes(kinds[0], "leaks.repaired=off", "leaks.rounds=11");
    struct notes enough = hear_notes(kinds[0], "leaks.repaired=off", "leaks.rounds=12");
    struct notes one = hear_notes(kinds[0], "leaks.repaired=off", "leaks.requests=1");
    struct notes none = hear_notes(kinds[0], "leaks.repaired=off", "leaks.watched=off");

    (void)state;
    assert_int_equal(few.count, 1);
    assert_string_equal(few.lines[0], "too few rounds to tell what grows: it takes 12");
    assert_string_equal(enough.lines[0], "Session grows by 40 objects and 14,920 bytes a round");
    assert_string_equal(one.lines[0], "Session grows by 1 object and 373 bytes a round");
    assert_int_equal(none.count, 0);
}

/* ---- What it comes to --------------------------------------------------------------------------- */

static void
test_leaks_give_one_answer_repaired_or_not(void **state) {
    static const char *const modes[] = {"gc.mode=auto",        "gc.mode=off",
                                        "gc.mode=manual",      "gc.mode=idle",
                                        "gc.threshold0=5",     "gc.policy=adaptive",
                                        "alloc.backend=debug", "gc.policy=generational-3.13"};
    const uint64_t digest =
        run_small(kinds[0], "leaks.repaired=off", "gc.mode=auto", "leaks.batch=10").digest;

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
            for (int repaired = 0; repaired < 2; repaired++) {
                struct outcome outcome =
                    run_small(kinds[k], repaired ? "leaks.repaired=on" : "leaks.repaired=off",
                              modes[m], "leaks.batch=10");
                assert_int_equal(outcome.error, 0);
                assert_int_equal(outcome.left_blocks, 0);
                assert_true(outcome.digest == digest);
                assert_int_equal(outcome.begins, 24 * 4);
            }
}

static void
test_leaks_are_measured(void **state) {
    static const int objects[KINDS] = {3, 3, 5, 4}; /* on the path */

    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct outcome leaking =
            run_small(kinds[k], "leaks.repaired=off", "gc.mode=auto", "leaks.rounds=24");
        struct outcome repaired =
            run_small(kinds[k], "leaks.repaired=on", "gc.mode=auto", "leaks.rounds=24");
        assert_true(leaking.metrics[0] == 40 && leaking.metrics[1] == 14920);
        assert_true(leaking.metrics[2] == objects[k] && leaking.metrics[3] == 24 * 40);
        for (int i = 0; i < 4; i++)
            assert_true(repaired.metrics[i] == 0);
        assert_int_equal(leaking.points[0], 24);
        assert_int_equal(leaking.value[0][0], 40);
        assert_int_equal(leaking.value[0][23], 24 * 40);
        assert_int_equal(repaired.value[0][23], 0);
    }
}

static void
test_leaks_peaks_are_as_computed(void **state) {
    static const char *const more[] = {"leaks.background=0",    "leaks.background=3000",
                                       "leaks.rounds=1",        "leaks.rounds=13",
                                       "leaks.payload_bytes=2", "leaks.payload_bytes=10000"};

    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
            for (int repaired = 0; repaired < 2; repaired++) {
                struct outcome outcome =
                    run_small(kinds[k], repaired ? "leaks.repaired=on" : "leaks.repaired=off",
                              more[i], "gc.mode=auto");
                assert_peak_is_as_computed(&outcome, more[i]);
            }
}

static void
test_leaks_every_request_may_fail(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (int repaired = 0; repaired < 2; repaired++) {
            const char *const sets[] = {"leaks.requests=2",
                                        "leaks.rounds=12",
                                        "leaks.background=4",
                                        kinds[k],
                                        repaired ? "leaks.repaired=on" : "leaks.repaired=off",
                                        NULL};
            int64_t failures =
                fail_at_each((struct outcome_call){"leaks", .sets = sets, .seed = 3});
            assert_true(failures > 50);
        }
}

/* The digit of an int. */
static void
flip_bit(unsigned char *block) {
    block[24] ^= 1;
}

static void
test_leaks_find_a_number_that_somebody_else_wrote(void **state) {
    const char *const sets[] = {"leaks.requests=20", "leaks.background=0", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "leaks", sets, .seed = 3, .disturb = flip_bit, .disturb_at = 3, .disturb_bytes = 32});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 sessions did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaks_are_named_with_their_size_and_what_keeps_them),
        cmocka_unit_test(test_leaks_that_are_repaired_are_not_accused),
        cmocka_unit_test(test_leaks_need_rounds_to_be_seen_and_somebody_who_looks),
        cmocka_unit_test(test_leaks_give_one_answer_repaired_or_not),
        cmocka_unit_test(test_leaks_are_measured),
        cmocka_unit_test(test_leaks_peaks_are_as_computed),
        cmocka_unit_test(test_leaks_every_request_may_fail),
        cmocka_unit_test(test_leaks_find_a_number_that_somebody_else_wrote),
    };
    return cmocka_run_group_tests_name("workloads/leaks", tests, NULL, NULL);
}
