/* SPDX-License-Identifier: MIT
 *
 * Each test registers benchmarks, runs them as a program would with flags, and reads the JSON.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "bench/gbench.h"

/* What the bodies below leave for the tests to see; reset before each test. */
static struct {
    int64_t handed_out, runs, done;
    int64_t arg_sum;
    int64_t steps; /* a decimal digit for each call, in order: 1 set-up, 2 body, 3 tear-down */
    const void *context;
} seen;

static int
reset(void **state) {
    (void)state;
    memset(&seen, 0, sizeof seen);
    bench_gbench_clear();
    return 0;
}

/* Runs with those flags (NULL-terminated, after the program's name); what is over stays in `*argc`. */
static int
run_with(const char *const *flags, json_t **ret_document, struct bench_gbench_outcome *outcome,
         char why[256]) {
    char path[] = "/tmp/gbench-test-XXXXXX", *argv[16] = {(char *)"gbench_test"};
    int argc = 1, error, file = mkstemp(path);

    assert_true(file >= 0);
    for (; flags[argc - 1] != NULL; argc++)
        argv[argc] = (char *)flags[argc - 1];
    assert_int_equal(bench_gbench_init(&argc, argv), 0);
    assert_int_equal(argc, 1);
    error = bench_gbench_run(path, /* quiet */ true, outcome, why, 256);
    *ret_document = json_load_file(path, 0, NULL);
    close(file);
    unlink(path);
    return error;
}

static json_t *
run(size_t expected_matches) {
    static const char *const flags[] = {"--benchmark_min_time=0.001", "--benchmark_repetitions=1",
                                        "--benchmark_filter=", NULL};
    struct bench_gbench_outcome outcome;
    char why[256];
    json_t *document;

    assert_int_equal(run_with(flags, &document, &outcome, why), 0);
    assert_int_equal(outcome.matched, expected_matches);
    assert_non_null(document);
    return document;
}

static json_t *
entry_of(const json_t *document, const char *name) {
    const json_t *entries = json_object_get(document, "benchmarks");

    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *entry = json_array_get(entries, i);
        if (strcmp(json_string_value(json_object_get(entry, "name")), name) == 0)
            return entry;
    }
    fail_msg("the JSON should have a benchmark called %s", name);
    return NULL;
}

static double
number_of(const json_t *document, const char *name, const char *key) {
    json_t *value = json_object_get(entry_of(document, name), key);

    if (!json_is_number(value))
        fail_msg("%s should have the number %s", name, key);
    return json_number_value(value);
}

static void
assert_near(double value, double expected) {
    if (value < expected * 0.999999 || value > expected * 1.000001)
        fail_msg("%.9g should be %.9g", value, expected);
}

/* ---- Iterations --------------------------------------------------------------------------------- */

static void
count_all(struct bench_gbench_state *state) {
    seen.runs++;
    seen.handed_out = 0;
    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        seen.handed_out += n;
    seen.done = bench_gbench_iterations_done(state);
}

static void
test_gbench_hands_out_exactly_the_iterations_asked_for(void **state) {
    struct bench_gbench *benchmark = bench_gbench_add("exact", count_all, NULL);
    json_t *document;

    (void)state;
    assert_int_equal(bench_gbench_iterations(benchmark, 1000), 0);
    document = run(1);
    assert_int_equal(seen.handed_out, 1000);
    assert_int_equal(seen.done, 1000);
    assert_near(number_of(document, "exact/iterations:1000", "iterations"), 1000);
    json_decref(document);
}

static void
test_gbench_next_fills_the_minimum_time(void **state) {
    json_t *document;

    (void)state;
    bench_gbench_add("timed", count_all, NULL);
    document = run(1);
    assert_true(seen.runs > 1);
    assert_near(number_of(document, "timed", "iterations"), (double)seen.handed_out);
    json_decref(document);
}

static void
count_batches(struct bench_gbench_state *state) {
    while (bench_gbench_batch(state, 4))
        seen.handed_out += 4;
}

static void
test_gbench_counts_whole_batches(void **state) {
    json_t *document;

    (void)state;
    assert_int_equal(bench_gbench_iterations(bench_gbench_add("batch", count_batches, NULL), 10),
                     0);
    document = run(1);
    assert_int_equal(seen.handed_out, 12);
    assert_near(number_of(document, "batch/iterations:10", "iterations"), 12);
    json_decref(document);
}

/* ---- Arguments ---------------------------------------------------------------------------------- */

static void
sum_args(struct bench_gbench_state *state) {
    while (bench_gbench_next(state) > 0)
        continue;
    seen.runs++;
    seen.arg_sum += 100 * bench_gbench_arg(state, 0) + bench_gbench_arg(state, 1);
    assert_int_equal(bench_gbench_arg(state, 2), 0);
    seen.context = bench_gbench_context(state);
}

static void
test_gbench_args_and_context_reach_the_body(void **state) {
    static const int64_t first[] = {1, 2}, second[] = {3, 4};
    struct bench_gbench *benchmark = bench_gbench_add("args", sum_args, &seen);
    json_t *document;

    (void)state;
    bench_gbench_iterations(benchmark, 1);
    assert_int_equal(bench_gbench_args(benchmark, first, 2), 0);
    assert_int_equal(bench_gbench_args(benchmark, second, 2), 0);
    document = run(2);
    assert_int_equal(seen.arg_sum, 102 + 304);
    assert_ptr_equal(seen.context, &seen);
    entry_of(document, "args/1/2/iterations:1");
    entry_of(document, "args/3/4/iterations:1");
    json_decref(document);
}

static void
test_gbench_range_goes_from_low_to_high_by_powers(void **state) {
    struct bench_gbench *benchmark = bench_gbench_add("range", sum_args, NULL);
    json_t *document;

    (void)state;
    bench_gbench_iterations(benchmark, 1);
    assert_int_equal(bench_gbench_range(benchmark, 3, 20, 4), 0);
    document = run(4);
    assert_int_equal(seen.arg_sum, 100 * (3 + 4 + 16 + 20));
    json_decref(document);
}

static void
test_gbench_product_has_every_combination_under_its_names(void **state) {
    static const int64_t first[] = {1, 2}, second[] = {5, 6, 7};
    static const struct bench_gbench_list lists[] = {{first, 2}, {second, 3}};
    static const char *const names[] = {"a", "b"};
    struct bench_gbench *benchmark = bench_gbench_add("product", sum_args, NULL);
    json_t *document;

    (void)state;
    bench_gbench_iterations(benchmark, 1);
    assert_int_equal(bench_gbench_args_product(benchmark, lists, 2), 0);
    assert_int_equal(bench_gbench_arg_names(benchmark, names, 2), 0);
    document = run(6);
    assert_int_equal(seen.runs, 6);
    assert_int_equal(seen.arg_sum, 3 * 100 * 3 + 2 * 18);
    entry_of(document, "product/a:2/b:7/iterations:1");
    json_decref(document);
}

static void
test_gbench_refuses_what_the_library_would_abort_on(void **state) {
    static const int64_t values[] = {1, 2};
    static const struct bench_gbench_list empty[] = {{values, 0}};
    struct bench_gbench *benchmark = bench_gbench_add("refusing", sum_args, NULL);

    (void)state;
    assert_int_equal(bench_gbench_args(benchmark, values, 0), -EINVAL);
    assert_int_equal(bench_gbench_range(benchmark, 2, 1, 2), -EINVAL);
    assert_int_equal(bench_gbench_range(benchmark, 1, 2, 1), -EINVAL);
    assert_int_equal(bench_gbench_args_product(benchmark, empty, 1), -EINVAL);
    assert_int_equal(bench_gbench_args(benchmark, values, 1), 0);
    assert_int_equal(bench_gbench_args(benchmark, values, 2), -EINVAL);
    assert_int_equal(bench_gbench_iterations(benchmark, 0), -EINVAL);
    assert_int_equal(bench_gbench_repetitions(benchmark, 0), -EINVAL);
    assert_int_equal(bench_gbench_min_time(benchmark, 0, 1), -EINVAL);
    assert_int_equal(bench_gbench_min_time(benchmark, 1, -1), -EINVAL);
    assert_int_equal(bench_gbench_min_time(benchmark, 0.001, 0), 0);
    assert_int_equal(bench_gbench_iterations(benchmark, 1), -EINVAL);
    assert_int_equal(bench_gbench_use_manual_time(benchmark), 0);
    assert_int_equal(bench_gbench_use_real_time(benchmark), -EINVAL);
}

/* ---- What a run reports ------------------------------------------------------------------------- */

static void
report_everything(struct bench_gbench_state *state) {
    while (bench_gbench_next(state) > 0)
        bench_gbench_took_ns(state, 500000000);
    bench_gbench_counter(state, "plain", 100, BENCH_GBENCH_PLAIN);
    bench_gbench_counter(state, "rate", 100, BENCH_GBENCH_RATE);
    bench_gbench_counter(state, "each", 100, BENCH_GBENCH_PER_ITERATION);
    bench_gbench_counter(state, "inverted", 100, BENCH_GBENCH_INVERTED);
    bench_gbench_counter(state, "seconds_each", 100, BENCH_GBENCH_RATE | BENCH_GBENCH_INVERTED);
    bench_gbench_label(state, "a label");
}

static void
test_gbench_counters_labels_and_manual_time_are_in_the_json(void **state) {
    static const char name[] = "report/iterations:10/manual_time";
    struct bench_gbench *benchmark = bench_gbench_add("report", report_everything, NULL);
    json_t *document;

    (void)state;
    bench_gbench_use_manual_time(benchmark);
    bench_gbench_iterations(benchmark, 10);
    assert_int_equal(bench_gbench_unit(benchmark, BENCH_GBENCH_MS), 0);
    document = run(1);
    assert_near(number_of(document, name, "real_time"), 50); /* 0.5 s, ten iterations, in ms */
    assert_near(number_of(document, name, "plain"), 100);
    assert_near(number_of(document, name, "rate"), 200);
    assert_near(number_of(document, name, "each"), 10);
    assert_near(number_of(document, name, "inverted"), 0.01);
    assert_near(number_of(document, name, "seconds_each"), 0.005);
    assert_string_equal(json_string_value(json_object_get(entry_of(document, name), "label")),
                        "a label");
    json_decref(document);
}

static void
fail_early(struct bench_gbench_state *state) {
    while (bench_gbench_next(state) > 0) {
        seen.runs++;
        bench_gbench_fail(state, "out of luck");
        bench_gbench_pause(state); /* must not be fatal after a failure */
        bench_gbench_resume(state);
    }
    assert_true(bench_gbench_failed(state));
}

static void
test_gbench_failure_ends_the_run_and_is_reported(void **state) {
    static const char *const flags[] = {"--benchmark_repetitions=1", "--benchmark_filter=", NULL};
    struct bench_gbench_outcome outcome;
    json_t *document, *entry;
    char why[256];

    (void)state;
    bench_gbench_add("failing", fail_early, NULL);
    bench_gbench_iterations(bench_gbench_add("fine", count_all, NULL), 1);
    assert_int_equal(run_with(flags, &document, &outcome, why), 0);
    assert_int_equal(outcome.failed, 1);
    assert_int_equal(seen.runs, 1 + 1);
    entry = entry_of(document, "failing");
    assert_true(json_is_true(json_object_get(entry, "error_occurred")));
    assert_string_equal(json_string_value(json_object_get(entry, "error_message")), "out of luck");
    json_decref(document);
}

static void
step_set_up(struct bench_gbench_state *state) {
    seen.steps = seen.steps * 10 + 1;
    if (bench_gbench_context(state) != NULL)
        bench_gbench_fail(state, "no set-up");
}

static void
step_body(struct bench_gbench_state *state) {
    seen.steps = seen.steps * 10 + 2;
    while (bench_gbench_next(state) > 0)
        continue;
}

static void
step_tear_down(struct bench_gbench_state *state) {
    (void)state;
    seen.steps = seen.steps * 10 + 3;
}

static void
test_gbench_fixture_surrounds_every_run(void **state) {
    struct bench_gbench *benchmark = bench_gbench_add("fixture", step_body, NULL);
    json_t *document;

    (void)state;
    bench_gbench_fixture(benchmark, step_set_up, step_tear_down);
    bench_gbench_iterations(benchmark, 1);
    bench_gbench_repetitions(benchmark, 2);
    document = run(1);
    assert_int_equal(seen.steps, 123123);
    json_decref(document);
}

static void
test_gbench_failed_set_up_leaves_out_the_body_only(void **state) {
    struct bench_gbench *benchmark = bench_gbench_add("fixture", step_body, &seen);
    json_t *document;

    (void)state;
    bench_gbench_fixture(benchmark, step_set_up, step_tear_down);
    bench_gbench_iterations(benchmark, 1);
    document = run(1);
    assert_int_equal(seen.steps, 13);
    json_decref(document);
}

/* ---- The program -------------------------------------------------------------------------------- */

static void
test_gbench_flags_pass_through(void **state) {
    static const char *const flags[] = {"--benchmark_filter=^kept$", "--benchmark_repetitions=3",
                                        "--benchmark_min_time=0.0001",
                                        "--benchmark_context=colour=green", NULL};
    struct bench_gbench_outcome outcome;
    json_t *document, *context;
    char why[256];

    (void)state;
    bench_gbench_add("kept", count_all, NULL);
    bench_gbench_add("left", count_all, NULL);
    assert_int_equal(run_with(flags, &document, &outcome, why), 0);
    assert_int_equal(outcome.matched, 1);
    assert_near(number_of(document, "kept", "repetitions"), 3);
    number_of(document, "kept_median", "real_time");
    context = json_object_get(document, "context");
    assert_string_equal(json_string_value(json_object_get(context, "colour")), "green");
    json_decref(document);
}

static void
test_gbench_leaves_unknown_flags_and_bad_values_in_argv(void **state) {
    char *argv[] = {(char *)"program", (char *)"--benchmark_repetitions=2",
                    (char *)"--benchmark_colour=blue", (char *)"--benchmark_min_time=soon", NULL};
    int argc = 4;

    (void)state;
    assert_int_equal(bench_gbench_init(&argc, argv), 0);
    assert_int_equal(argc, 3);
    assert_string_equal(argv[1], "--benchmark_colour=blue");
    assert_string_equal(argv[2], "--benchmark_min_time=soon");
}

static void
test_gbench_says_why_nothing_ran(void **state) {
    static const char *const no_match[] = {"--benchmark_filter=nowhere", NULL};
    static const char *const no_regex[] = {"--benchmark_filter=*(", NULL};
    static const char *const no_file[] = {
        "--benchmark_filter=", "--benchmark_out=/nowhere/at/all.json", NULL};
    static const char *const reset_flags[] = {"--benchmark_filter=", "--benchmark_out=", NULL};
    struct bench_gbench_outcome outcome;
    json_t *document;
    char why[256] = "";

    (void)state;
    bench_gbench_iterations(bench_gbench_add("there", count_all, NULL), 1);
    assert_int_equal(run_with(no_match, &document, &outcome, why), -EINVAL);
    assert_non_null(strstr(why, "no benchmark matches"));
    assert_int_equal(run_with(no_regex, &document, &outcome, why), -EINVAL);
    assert_non_null(strstr(why, "Could not compile"));
    assert_int_equal(run_with(no_file, &document, &outcome, why), -EINVAL);
    assert_non_null(strstr(why, "/nowhere/at/all.json"));
    assert_int_equal(seen.runs, 0);
    assert_int_equal(run_with(reset_flags, &document, &outcome, why), 0);
    json_decref(document);
}

static void
test_gbench_context_is_in_the_json_once(void **state) {
    json_t *document, *context;

    (void)state;
    bench_gbench_iterations(bench_gbench_add("there", count_all, NULL), 1);
    assert_int_equal(bench_gbench_add_context("alloc.pool", "16KiB"), 0);
    assert_int_equal(bench_gbench_add_context("alloc.pool", "32KiB"), -EEXIST);
    document = run(1);
    context = json_object_get(document, "context");
    assert_string_equal(json_string_value(json_object_get(context, "alloc.pool")), "16KiB");
    /* Debian's library says debug; whatever it says is recorded. */
    assert_true(json_is_string(json_object_get(context, "library_build_type")));
    json_decref(document);
}

static void
count_one(struct bench_gbench_state *state) {
    while (bench_gbench_next(state) > 0)
        continue;
    bench_gbench_counter(state, bench_gbench_context(state), 1, BENCH_GBENCH_PLAIN);
}

static void
test_gbench_csv_survives_a_counter_that_the_first_benchmark_had_not(void **state) {
    char out_flag[64], path[] = "/tmp/gbench-test-XXXXXX", text[4096] = "";
    const char *const flags[] = {out_flag, "--benchmark_out_format=csv",
                                 "--benchmark_filter=", NULL};
    static const char *const reset_flags[] = {"--benchmark_out=", "--benchmark_out_format=json",
                                              NULL};
    struct bench_gbench_outcome outcome;
    json_t *document;
    char why[256];
    int file = mkstemp(path);

    (void)state;
    snprintf(out_flag, sizeof out_flag, "--benchmark_out=%s", path);
    bench_gbench_iterations(bench_gbench_add("first", count_one, "apples"), 1);
    bench_gbench_iterations(bench_gbench_add("second", count_one, "pears"), 1);
    assert_int_equal(run_with(flags, &document, &outcome, why), 0);
    assert_true(read(file, text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "\"apples\""));
    assert_non_null(strstr(text, "\"second/iterations:1\""));
    assert_null(strstr(text, "pears"));
    assert_near(number_of(document, "second/iterations:1", "pears"), 1);
    json_decref(document);
    assert_int_equal(run_with(reset_flags, &document, &outcome, why), 0);
    json_decref(document);
    close(file);
    unlink(path);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_gbench_hands_out_exactly_the_iterations_asked_for, reset),
        cmocka_unit_test_setup(test_gbench_next_fills_the_minimum_time, reset),
        cmocka_unit_test_setup(test_gbench_counts_whole_batches, reset),
        cmocka_unit_test_setup(test_gbench_args_and_context_reach_the_body, reset),
        cmocka_unit_test_setup(test_gbench_range_goes_from_low_to_high_by_powers, reset),
        cmocka_unit_test_setup(test_gbench_product_has_every_combination_under_its_names, reset),
        cmocka_unit_test_setup(test_gbench_refuses_what_the_library_would_abort_on, reset),
        cmocka_unit_test_setup(test_gbench_counters_labels_and_manual_time_are_in_the_json, reset),
        cmocka_unit_test_setup(test_gbench_failure_ends_the_run_and_is_reported, reset),
        cmocka_unit_test_setup(test_gbench_fixture_surrounds_every_run, reset),
        cmocka_unit_test_setup(test_gbench_failed_set_up_leaves_out_the_body_only, reset),
        cmocka_unit_test_setup(test_gbench_flags_pass_through, reset),
        cmocka_unit_test_setup(test_gbench_leaves_unknown_flags_and_bad_values_in_argv, reset),
        cmocka_unit_test_setup(test_gbench_says_why_nothing_ran, reset),
        cmocka_unit_test_setup(test_gbench_context_is_in_the_json_once, reset),
        cmocka_unit_test_setup(test_gbench_csv_survives_a_counter_that_the_first_benchmark_had_not,
                               reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
