/* SPDX-License-Identifier: MIT
 *
 * sharing_test.c: all kinds give one answer; what is shared is counted exactly, and agrees with what the
 * allocator counts; a value that somebody else wrote into is found.
 */
#include "workloads/tests/outcome.h"

enum {
    MADE,
    HELD,
    SAVED,
    HELD_BYTES,
    SAVED_BYTES
};

static const char *const kinds[] = {"small_ints", "large_ints",      "names",
                                    "joined",     "joined_interned", NULL};

static struct outcome
run_kind(const char *kind, const char *backend) {
    char kind_set[64] = "sharing.kind=", backend_set[64] = "alloc.backend=";
    const char *sets[] = {strcat(kind_set, kind), strcat(backend_set, backend),
                          "sharing.count=5000",   "sharing.distinct=100",
                          "sharing.rounds=2",     NULL};

    return run_call(&(struct outcome_call){.workload = "sharing", .sets = sets, .seed = 3});
}

static void
test_sharing_every_kind_gives_the_same_answer_and_releases_everything(void **state) {
    static const char *const backends[] = {"pool", "system", "debug"};
    const uint64_t digest = run_kind("joined", "pool").digest;

    (void)state;
    for (size_t i = 0; kinds[i] != NULL; i++)
        for (size_t k = 0; k < 3; k++) {
            struct outcome outcome = run_kind(kinds[i], backends[k]);
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest == digest);
            assert_int_equal(outcome.begins, 100);
            assert_int_equal(outcome.operations, 100);
        }
}

static void
test_sharing_peaks_are_as_computed(void **state) {
    (void)state;
    for (size_t i = 0; kinds[i] != NULL; i++) {
        struct outcome outcome = run_kind(kinds[i], "pool");
        if (i != 2 && i != 4) { /* interned texts have a table, which is the context's */
            assert_peak_is_as_computed(&outcome, kinds[i]);
            continue;
        }
        outcome.peak_bytes -= 8 * 512;
        assert_peak_is_as_computed(&outcome, kinds[i]);
    }
}

/* Of 5,000 values of 100 symbols each occurs. */
static void
assert_counts(const char *kind, double made, double held, double object_bytes, int64_t live) {
    struct outcome outcome = run_kind(kind, "pool");

    assert_true(outcome.metrics[MADE] == made);
    assert_true(outcome.metrics[HELD] == held);
    assert_true(outcome.metrics[SAVED] == 5000 - held);
    assert_true(outcome.metrics[HELD_BYTES] == held * object_bytes);
    assert_true(outcome.metrics[SAVED_BYTES] == (5000 - held) * object_bytes);
    assert_int_equal(outcome.items_live_bytes, live);
}

static void
test_sharing_counts_what_is_shared(void **state) {
    (void)state;
    assert_counts("small_ints", 0, 100, 28, 0);
    assert_counts("large_ints", 5000, 5000, 28, 5000 * 32);
    assert_counts("names", 100, 100, 69, 100 * 69);
    assert_counts("joined", 5000, 5000, 69, 5000 * 69);
    assert_counts("joined_interned", 5000, 100, 69, 100 * 69);
}

static void
test_sharing_small_ints_are_those_up_to_256(void **state) {
    const struct wl_workload *sharing = wl_registry_find("sharing");
    void *knobs = calloc(1, sharing->knobs_bytes);
    char why_data[128];
    struct rt_text why;

    (void)state;
    assert_non_null(knobs);
    rt_text_init(&why, why_data, sizeof why_data);
    rt_knob_defaults(sharing->knobs, knobs);
    assert_int_equal(rt_knob_assign(sharing->knobs, knobs, "sharing.kind=small_ints", NULL), 0);
    assert_int_equal(rt_knob_assign(sharing->knobs, knobs, "sharing.distinct=262", NULL), 0);
    assert_int_equal(sharing->check(knobs, &why), 0);
    assert_int_equal(rt_knob_assign(sharing->knobs, knobs, "sharing.distinct=263", NULL), 0);
    assert_int_equal(sharing->check(knobs, &why), -EINVAL);
    assert_string_equal(why_data, "there are only 262 small ints, and sharing.distinct=263");
    free(knobs);
}

static void
test_sharing_all_262_small_ints_are_there_already(void **state) {
    const char *const sets[] = {"sharing.kind=small_ints", "sharing.distinct=262", NULL};
    struct outcome outcome =
        run_call(&(struct outcome_call){.workload = "sharing", .sets = sets, .seed = 3});

    (void)state;
    assert_int_equal(outcome.error, 0);
    assert_true(outcome.metrics[MADE] == 0);
    assert_true(outcome.metrics[HELD] == 262);
}

static void
test_sharing_every_request_may_fail(void **state) {
    (void)state;
    for (size_t i = 0; kinds[i] != NULL; i++) {
        char kind[64] = "sharing.kind=";
        const char *sets[] = {strcat(kind, kinds[i]), "sharing.count=30", "sharing.distinct=20",
                              "sharing.batch=7",      "sharing.rounds=2", NULL};
        int64_t failures = fail_at_each((struct outcome_call){"sharing", .sets = sets, .seed = 3});
        assert_true(failures > 2);
    }
}

/* The digit of an int. */
static void
flip_bit(unsigned char *block) {
    block[24] ^= 1;
}

static void
test_sharing_finds_a_value_that_somebody_else_wrote_into(void **state) {
    const char *const sets[] = {"sharing.kind=large_ints", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "sharing", sets, .seed = 3, .disturb = flip_bit, .disturb_at = 2, .disturb_bytes = 32});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 values were not what had been put there");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sharing_every_kind_gives_the_same_answer_and_releases_everything),
        cmocka_unit_test(test_sharing_peaks_are_as_computed),
        cmocka_unit_test(test_sharing_counts_what_is_shared),
        cmocka_unit_test(test_sharing_small_ints_are_those_up_to_256),
        cmocka_unit_test(test_sharing_all_262_small_ints_are_there_already),
        cmocka_unit_test(test_sharing_every_request_may_fail),
        cmocka_unit_test(test_sharing_finds_a_value_that_somebody_else_wrote_into),
    };
    return cmocka_run_group_tests_name("workloads/sharing", tests, NULL, NULL);
}
