/* SPDX-License-Identifier: MIT
 *
 * listgrow_test.c: all modes give one answer, on every backend; containers grow as CPython's do; the check
 * of what is in them finds a wrong number.
 */
#include "workloads/tests/outcome.h"

static const char *const modes[] = {"append", "prealloc", "extend",        "generator", "array",
                                    "dict",   "set",      "comprehension", NULL};

static struct outcome
run_mode(const char *mode, const char *backend, const char *length, const char *batch) {
    char assignments[4][64] = {
        "listgrow.mode=", "alloc.backend=", "listgrow.length=", "listgrow.batch="};
    const char *const values[] = {mode, backend, length, batch};
    const char *sets[6] = {"listgrow.rounds=2"};

    for (size_t i = 0; i < 4; i++) {
        strcat(assignments[i], values[i]);
        sets[i + 1] = assignments[i];
    }
    return run_call(&(struct outcome_call){.workload = "listgrow", .sets = sets, .seed = 3});
}

static void
test_listgrow_every_mode_gives_the_same_answer_and_releases_everything(void **state) {
    static const char *const backends[] = {"pool", "system", "debug"};
    const uint64_t digest = run_mode("append", "pool", "700", "1").digest;

    (void)state;
    for (size_t i = 0; modes[i] != NULL; i++)
        for (size_t k = 0; k < 3; k++) {
            struct outcome outcome = run_mode(modes[i], backends[k], "700", k == 1 ? "9" : "1");
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.left_blocks, 0);
            assert_true(outcome.digest == digest);
        }
}

static void
test_listgrow_marks_each_batch_of_each_round(void **state) {
    struct outcome outcome = run_mode("append", "pool", "700", "9");

    (void)state;
    assert_int_equal(outcome.operations, 2 * 78);
    assert_int_equal(outcome.begins, 2 * 78);
    assert_int_equal(outcome.ends, 2 * 78);
}

static void
test_listgrow_peaks_are_as_computed(void **state) {
    static const char *const lengths[] = {"1000", "5461", "20000"};

    (void)state;
    for (size_t i = 0; modes[i] != NULL; i++)
        for (size_t k = 0; k < 3; k++) {
            struct outcome outcome = run_mode(modes[i], "pool", lengths[k], k == 1 ? "10" : "1");
            assert_peak_is_as_computed(&outcome, modes[i]);
        }
}

static void
assert_grows(const char *mode, size_t series, const int64_t (*steps)[2], size_t count) {
    struct outcome outcome = run_mode(mode, "pool", "100", "1");

    if (outcome.points[series] != count + 1)
        fail_msg("%s has %zu sizes up to 100 items, CPython has %zu", mode,
                 outcome.points[series] - 1, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(outcome.at[series][i], steps[i][0]);
        assert_int_equal(outcome.value[series][i], steps[i][1]);
    }
    assert_int_equal(outcome.at[series][count], 100); /* the end is told as well */
    assert_int_equal(outcome.value[series][count], steps[count - 1][1]);
    assert_true(outcome.metrics[0] == (double)count);
    assert_true(outcome.metrics[1] == (double)steps[count - 1][1]);
}

static void
test_listgrow_tells_the_sizes_that_cpython_has(void **state) {
    static const int64_t list[][2] = {{0, 56},   {1, 88},   {5, 120},  {9, 184},
                                      {17, 248}, {25, 312}, {33, 376}, {41, 472},
                                      {53, 568}, {65, 664}, {77, 792}, {93, 920}};
    static const int64_t dict[][2] = {{0, 64},    {1, 224},   {6, 352},  {11, 632},
                                      {22, 1168}, {43, 2264}, {86, 4688}};
    static const int64_t set[][2] = {{0, 216}, {5, 728}, {19, 2264}, {77, 8408}};
    static const int64_t array[][2] = {{0, 80},   {1, 112},  {5, 144},  {9, 208},
                                       {17, 280}, {26, 352}, {35, 432}, {45, 512},
                                       {55, 600}, {66, 696}, {78, 792}, {90, 896}};

    (void)state;
    assert_grows("append", 0, list, sizeof list / sizeof list[0]);
    assert_grows("dict", 1, dict, sizeof dict / sizeof dict[0]);
    assert_grows("set", 2, set, sizeof set / sizeof set[0]);
    assert_grows("array", 3, array, sizeof array / sizeof array[0]);
}

static void
test_listgrow_counts_what_an_item_costs(void **state) {
    struct outcome list = run_mode("prealloc", "pool", "1000", "1");
    struct outcome array = run_mode("array", "pool", "1000", "1");
    struct outcome generator = run_mode("generator", "pool", "1000", "1");

    (void)state;
    assert_int_equal(list.items, 1000);
    assert_int_equal(list.items_live_bytes, 56 + 8 * 1000 + 32 * 1000);
    assert_int_equal(array.items_live_bytes, array.metrics[1]);
    assert_true(generator.items_live_bytes < 300);
}

/* The seed of all such tables: a list of 1,000 ints, and the generator that gives them. */
static void
test_listgrow_says_what_a_generator_saves(void **state) {
    struct outcome list = run_mode("append", "pool", "1000", "1");
    struct outcome made = run_mode("comprehension", "pool", "1000", "1");
    struct outcome array = run_mode("array", "pool", "1000", "1");
    struct outcome generator = run_mode("generator", "pool", "1000", "1");

    (void)state;
    assert_true(list.metrics[1] == 8856 && list.metrics[2] == 8856 + 28 * 1000);
    assert_true(made.metrics[1] == 8856 && made.metrics[2] == 8856 + 28 * 1000);
    assert_true(array.metrics[2] == array.metrics[1]);
    assert_true(generator.metrics[1] < 300 && generator.metrics[2] == generator.metrics[1] + 28);
}

static void
test_listgrow_every_request_may_fail(void **state) {
    (void)state;
    for (size_t i = 0; modes[i] != NULL; i++) {
        char mode[64] = "listgrow.mode=";
        const char *sets[] = {strcat(mode, modes[i]), "listgrow.length=40", "listgrow.rounds=2",
                              "listgrow.batch=3", NULL};
        int64_t failures = fail_at_each((struct outcome_call){"listgrow", .sets = sets, .seed = 3});
        assert_true(failures > 2);
    }
}

/* Flips a bit in the digit of an int that the list has. */
static void
change_an_item(struct rt *rt) {
    struct rt_object *objects = rt_gc_objects(rt, -1);
    size_t changed = 0;

    for (size_t i = 0; i < rt_list_length(objects); i++) {
        struct rt_object *list = rt_list_get(objects, i);
        if (rt_kind(list) == RT_KIND_LIST && rt_list_length(list) == 49) {
            ((unsigned char *)rt_list_get(list, 20))[24] ^= 1;
            changed++;
        }
    }
    rt_decref(rt, objects);
    assert_int_equal(changed, 1);
}

static void
test_listgrow_finds_a_number_that_somebody_else_wrote_into(void **state) {
    const char *const sets[] = {"listgrow.length=100", NULL};
    struct outcome outcome = run_call(&(struct outcome_call){
        "listgrow", sets, .seed = 3, .meddle = change_an_item, .disturb_at = 50});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_string_equal(outcome.why, "wrong numbers in round 1 at length 100");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listgrow_every_mode_gives_the_same_answer_and_releases_everything),
        cmocka_unit_test(test_listgrow_marks_each_batch_of_each_round),
        cmocka_unit_test(test_listgrow_peaks_are_as_computed),
        cmocka_unit_test(test_listgrow_tells_the_sizes_that_cpython_has),
        cmocka_unit_test(test_listgrow_counts_what_an_item_costs),
        cmocka_unit_test(test_listgrow_says_what_a_generator_saves),
        cmocka_unit_test(test_listgrow_every_request_may_fail),
        cmocka_unit_test(test_listgrow_finds_a_number_that_somebody_else_wrote_into),
    };
    return cmocka_run_group_tests_name("workloads/listgrow", tests, NULL, NULL);
}
