/* SPDX-License-Identifier: MIT
 *
 * instances_test.c: all layouts give one answer, on every backend; a record costs in each what it costs in
 * CPython; the check of what is in them finds a wrong value.
 */
#include "workloads/tests/outcome.h"

static const char *const layouts[] = {"dict", "inline", "slots", "tuple", "array", NULL};
static const char *const values[] = {"shared", "floats", "ints", NULL};

static struct outcome
run_layout(const char *layout, const char *value, const char *backend, const char *attributes) {
    char assignments[4][64] = {
        "instances.layout=", "instances.values=", "alloc.backend=", "instances.attributes="};
    const char *const texts[] = {layout, value, backend, attributes};
    const char *sets[7] = {"instances.count=1000", "instances.rounds=2"};

    for (size_t i = 0; i < 4; i++) {
        strcat(assignments[i], texts[i]);
        sets[i + 2] = assignments[i];
    }
    return run_call(&(struct outcome_call){.workload = "instances", .sets = sets, .seed = 3});
}

static void
test_instances_every_layout_gives_the_same_answer_and_releases_everything(void **state) {
    static const char *const backends[] = {"pool", "system", "debug"};

    (void)state;
    for (size_t v = 0; values[v] != NULL; v++) {
        const uint64_t digest = run_layout("dict", values[v], "pool", "4").digest;
        for (size_t i = 0; layouts[i] != NULL; i++)
            for (size_t k = 0; k < 3; k++) {
                struct outcome outcome = run_layout(layouts[i], values[v], backends[k], "4");
                assert_int_equal(outcome.error, 0);
                assert_int_equal(outcome.left_blocks, 0);
                assert_true(outcome.digest == digest);
            }
    }
}

static void
test_instances_mark_each_batch_of_what_is_to_be_marked(void **state) {
    static const char *const marks[] = {"instances.mark=create", "instances.mark=touch",
                                        "instances.mark=drop"};
    const uint64_t digest = run_layout("dict", "shared", "pool", "4").digest;

    (void)state;
    for (size_t i = 0; layouts[i] != NULL; i++)
        for (size_t m = 0; m < 3; m++) {
            char layout[64] = "instances.layout=";
            const char *sets[] = {strcat(layout, layouts[i]), marks[m],
                                  "instances.count=1000",     "instances.batch=300",
                                  "instances.rounds=2",       NULL};
            struct outcome outcome =
                run_call(&(struct outcome_call){.workload = "instances", .sets = sets, .seed = 3});
            assert_int_equal(outcome.operations, 2 * 4);
            assert_int_equal(outcome.begins, 2 * 4);
            assert_int_equal(outcome.ends, 2 * 4);
            assert_true(outcome.digest == digest);
        }
}

/* With gc.mode=manual there is one collection a round, when all records live: all of them are looked at. */
static void
test_instances_are_collected_by_hand_while_all_live(void **state) {
    const char *const sets[] = {"instances.layout=slots", "instances.count=500",
                                "instances.rounds=3", "gc.mode=manual", NULL};
    struct outcome outcome =
        run_call(&(struct outcome_call){.workload = "instances", .sets = sets, .seed = 3});

    (void)state;
    assert_int_equal(outcome.collections, 3);
    assert_true(outcome.examined >= 3 * 501 && outcome.examined < 3 * 600);
}

/* As sys.getsizeof says it in CPython 3.11, once the class has seen 30 of them: the instance, and its __dict__
 * with room for five values. */
static void
test_instances_say_the_size_of_a_record(void **state) {
    (void)state;
    assert_true(run_layout("dict", "shared", "pool", "4").metrics[0] == 56 + 104);
    assert_true(run_layout("inline", "shared", "pool", "4").metrics[0] == 56);
    assert_true(run_layout("slots", "shared", "pool", "4").metrics[0] == 64);
    assert_true(run_layout("tuple", "shared", "pool", "4").metrics[0] == 40 + 32);
    assert_true(run_layout("array", "ints", "pool", "4").metrics[0] == 32);
}

static void
test_instances_peaks_are_as_computed_for_any_number_of_attributes(void **state) {
    static const char *const attributes[] = {"1", "4", "28", "29", "30", "40"};

    (void)state;
    for (size_t i = 0; layouts[i] != NULL; i++)
        for (size_t a = 0; a < 6; a++) {
            struct outcome outcome = run_layout(layouts[i], values[a % 3], "pool", attributes[a]);
            assert_int_equal(outcome.error, 0);
            assert_peak_is_as_computed(&outcome, layouts[i]);
        }
}

static void
test_instances_without_attributes_have_an_answer_too(void **state) {
    const uint64_t digest = run_layout("dict", "ints", "pool", "0").digest;

    (void)state;
    for (size_t i = 0; layouts[i] != NULL; i++) {
        struct outcome outcome = run_layout(layouts[i], "ints", "pool", "0");
        assert_int_equal(outcome.error, 0);
        assert_true(outcome.digest == digest);
    }
}

/* Of 1000 records the first 25 have more room for values than the others: 264, 256, ... bytes. */
static void
test_instances_cost_what_they_cost_in_cpython(void **state) {
    const uint64_t inlined = run_layout("inline", "shared", "pool", "4").items_live_bytes;

    (void)state;
    assert_int_equal(run_layout("slots", "shared", "pool", "4").items_live_bytes, 64000);
    assert_int_equal(run_layout("tuple", "shared", "pool", "4").items_live_bytes, 72000);
    assert_int_equal(run_layout("slots", "floats", "pool", "4").items_live_bytes, 160000);
    assert_int_equal(run_layout("slots", "ints", "pool", "4").items_live_bytes, 192000);
    assert_true(inlined >= 104000 && inlined < 108000);
    assert_int_equal(run_layout("dict", "shared", "pool", "4").items_live_bytes, inlined + 64000);
    assert_int_equal(run_layout("array", "ints", "pool", "4").items_live_bytes, 32000 + 4 * 80);
}

static void
test_instances_every_request_may_fail(void **state) {
    static const char *const attributes[] = {"instances.attributes=2", "instances.attributes=31"};

    (void)state;
    for (size_t i = 0; layouts[i] != NULL; i++)
        for (size_t a = 0; a < 2; a++) {
            char layout[64] = "instances.layout=";
            const char *sets[] = {strcat(layout, layouts[i]), attributes[a],
                                  "instances.count=3",        "instances.values=floats",
                                  "instances.rounds=2",       NULL};
            int64_t failures =
                fail_at_each((struct outcome_call){"instances", .sets = sets, .seed = 3});
            assert_true(failures > 3);
        }
}

/* The value of a float. */
static void
flip_bit(unsigned char *block) {
    block[20] ^= 1;
}

static void
test_instances_find_a_value_that_somebody_else_wrote_into(void **state) {
    const char *const sets[] = {"instances.count=100", "instances.values=floats",
                                "instances.layout=tuple", "instances.batch=10", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "instances", sets, .seed = 3, .disturb = flip_bit, .disturb_at = 5, .disturb_bytes = 24});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "1 attributes did not hold what was written into them");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instances_every_layout_gives_the_same_answer_and_releases_everything),
        cmocka_unit_test(test_instances_mark_each_batch_of_what_is_to_be_marked),
        cmocka_unit_test(test_instances_are_collected_by_hand_while_all_live),
        cmocka_unit_test(test_instances_say_the_size_of_a_record),
        cmocka_unit_test(test_instances_peaks_are_as_computed_for_any_number_of_attributes),
        cmocka_unit_test(test_instances_without_attributes_have_an_answer_too),
        cmocka_unit_test(test_instances_cost_what_they_cost_in_cpython),
        cmocka_unit_test(test_instances_every_request_may_fail),
        cmocka_unit_test(test_instances_find_a_value_that_somebody_else_wrote_into),
    };
    return cmocka_run_group_tests_name("workloads/instances", tests, NULL, NULL);
}
