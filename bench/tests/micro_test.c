/* SPDX-License-Identifier: MIT
 *
 * Every micro-benchmark runs once, with few blocks, and reports for every subject; and the program that
 * they make takes its arguments as it should.
 */
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

#include "bench/micro/header.h"
#include "bench/micro/micro.h"
#include "bench/micro/word.h"
#include "bench/tests/object_rows.h"
#include "bench/verb.h"

enum {
    FLAGS = 8
};

/* Runs with those flags; gives the exit status and, through `ret_document` unless it is NULL, the JSON. */
static int
run(const char *const *flags, json_t **ret_document) {
    char path[] = "/tmp/micro-test-XXXXXX", results[64], *argv[FLAGS + 8];
    int argc = 0, status, file = mkstemp(path);

    assert_true(file >= 0);
    snprintf(results, sizeof results, "--results=%s", path);
    argv[argc++] = (char *)"micro_test";
    argv[argc++] = (char *)"--smoke";
    argv[argc++] = (char *)"--quiet";
    argv[argc++] = (char *)"--benchmark_min_time=0.000001";
    argv[argc++] = results;
    for (; *flags != NULL; flags++)
        argv[argc++] = (char *)*flags;
    argv[argc] = NULL;
    status = bench_micro_run(argc, argv, "micro_test");
    if (ret_document != NULL)
        *ret_document = json_load_file(path, 0, NULL);
    close(file);
    unlink(path);
    return status;
}

static void
assert_refused(const char *flag, int status) {
    assert_int_equal(run((const char *const[]){flag, NULL}, NULL), status);
}

/* Runs an operation and checks that each of its benchmarks has been run on each subject, with a time and
 * with that counter (NULL: none) from `low` to `high`. */
static void
assert_runs(const char *operation, size_t benchmarks, const char *counter, double low,
            double high) {
    static const char *const subjects[] = {"/pool", "/debug", "/traced", "/system"};
    char filter[64];
    json_t *document, *entries;
    size_t found[4] = {0};

    snprintf(filter, sizeof filter, "--benchmark_filter=^alloc/%s/", operation);
    assert_int_equal(run((const char *const[]){filter, NULL}, &document), BENCH_STATUS_DONE);
    entries = json_object_get(document, "benchmarks");
    assert_int_equal(json_array_size(entries), benchmarks * 4);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *entry = json_array_get(entries, i);
        const char *name = json_string_value(json_object_get(entry, "name"));
        for (size_t subject = 0; subject < 4; subject++)
            found[subject] += strstr(name, subjects[subject]) != NULL;
        if (!(json_number_value(json_object_get(entry, "real_time")) > 0))
            fail_msg("%s should have taken some time", name);
        if (counter != NULL) {
            double value = json_number_value(json_object_get(entry, counter));
            if (!(value >= low && value <= high))
                fail_msg("%s of %s is %g and should be %g to %g", counter, name, value, low, high);
        }
    }
    for (size_t subject = 0; subject < 4; subject++)
        assert_int_equal(found[subject], benchmarks);
    json_decref(document);
}

/* ---- Every benchmark ---------------------------------------------------------------------------- */

static void
test_micro_pairs_run_on_every_subject(void **state) {
    (void)state;
    assert_runs("pair", 7, NULL, 0, 0);
}

static void
test_micro_mixed_pairs_run_on_every_subject(void **state) {
    (void)state;
    assert_runs("pairs64", 1, NULL, 0, 0);
}

static void
test_micro_fresh_blocks_run_on_every_subject(void **state) {
    (void)state;
    assert_runs("fresh", 1, NULL, 0, 0);
}

static void
test_micro_frees_in_three_orders_run_on_every_subject(void **state) {
    (void)state;
    assert_runs("free_fifo", 1, NULL, 0, 0);
    assert_runs("free_lifo", 1, NULL, 0, 0);
    assert_runs("free_random", 1, NULL, 0, 0);
}

static void
test_micro_allocation_again_runs_on_every_subject(void **state) {
    (void)state;
    assert_runs("again", 1, NULL, 0, 0);
}

static void
test_micro_replacement_runs_on_every_subject(void **state) {
    (void)state;
    assert_runs("replace", 2, NULL, 0, 0);
}

/* Nothing can be resident at less than was asked for, and a small heap's overhead has its bounds: a
 * checked build's malloc and our debug layer put a good deal around each block. */
static void
test_micro_memory_is_counted_on_every_subject(void **state) {
    (void)state;
    assert_runs("live", 1, "resident_ratio", 1, 5);
    assert_runs("kept", 2, "kept_ratio", 1, 50);
}

static void
test_micro_runs_each_operation_of_objects(void **state) {
    json_t *document;

    (void)state;
    assert_int_equal(run((const char *const[]){"--benchmark_filter=^object/", NULL}, &document),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), OBJECT_ROWS);
    assert_has_object_rows(document, "rt");
    json_decref(document);
}

static void
test_micro_runs_each_operation_of_the_collector(void **state) {
    json_t *document;

    (void)state;
    assert_int_equal(run((const char *const[]){"--benchmark_filter=^collect/", NULL}, &document),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), COLLECT_ROWS);
    assert_has_collect_rows(document, "rt");
    json_decref(document);
}

/* Of all words; what they are is word_test's matter. */
static void
test_micro_runs_each_word(void **state) {
    json_t *document;
    size_t words = 0;

    (void)state;
    for (const struct bench_word_row *const *family = bench_word_families_rt; *family != NULL;
         family++)
        for (const struct bench_word_row *row = *family; row->word != NULL; row++)
            words++;
    assert_int_equal(run((const char *const[]){"--benchmark_filter=^word/", NULL}, &document),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), words);
    need_entry(document, "word/list_get/rt");
    need_entry(document, "word/list_append/rt/manual_time");
    json_decref(document);
}

static void
test_micro_records_latencies_alike_and_spread(void **state) {
    json_t *document;

    (void)state;
    assert_int_equal(run((const char *const[]){"--benchmark_filter=^hist/", NULL}, &document),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), 2);
    need_entry(document, "hist/record/same/rt");
    need_entry(document, "hist/record/spread/rt");
    json_decref(document);
}

static void
test_micro_marks_operations_heard_and_unheard(void **state) {
    json_t *document;

    (void)state;
    assert_int_equal(run((const char *const[]){"--benchmark_filter=^mark/", NULL}, &document),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), 4);
    need_entry(document, "mark/none/rt");
    need_entry(document, "mark/unheard/rt");
    need_entry(document, "mark/heard/ticks/rt");
    need_entry(document, "mark/heard/monotonic/rt");
    json_decref(document);
}

static void
test_micro_runs_each_operation_of_the_engine_header_both_ways(void **state) {
    json_t *document;

    (void)state;
    assert_int_equal(run((const char *const[]){"--benchmark_filter=^header/", NULL}, &document),
                     BENCH_STATUS_DONE);
    for (const struct bench_header_row *row = bench_header_direct; row->operation != NULL; row++) {
        char name[64];
        snprintf(name, sizeof name, "header/%s/rt/manual_time", row->operation);
        need_entry(document, name);
        snprintf(name, sizeof name, "header/%s/engine/manual_time", row->operation);
        need_entry(document, name);
    }
    json_decref(document);
}

/* The heap is as much smaller as those of all other rows. */
static void
test_micro_collects_ten_millions_only_where_the_filter_names_them(void **state) {
    const char *const unnamed[] = {"--benchmark_filter=live/tree/ordered/200000/", NULL};
    const char *const named[] = {"--benchmark_filter=live/tree/ordered/(10000000|200000)/", NULL};
    json_t *document;

    (void)state;
    assert_int_equal(run(unnamed, NULL), BENCH_STATUS_USAGE);
    assert_int_equal(run(named, &document), BENCH_STATUS_DONE);
    need_entry(document, "collect/live/tree/ordered/200000/rt/manual_time");
    json_decref(document);
}

/* ---- Arguments ---------------------------------------------------------------------------------- */

static void
test_micro_runs_only_the_subjects_asked_for(void **state) {
    const char *const flags[] = {"--benchmark_filter=pair/48", "--subjects=pool,system",
                                 "--without=system", NULL};
    json_t *document, *entries;

    (void)state;
    assert_int_equal(run(flags, &document), BENCH_STATUS_DONE);
    entries = json_object_get(document, "benchmarks");
    assert_int_equal(json_array_size(entries), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(entries, 0), "name")),
                        "alloc/pair/48/pool");
    json_decref(document);
}

static void
test_micro_records_knobs_and_where_malloc_comes_from(void **state) {
    const char *const flags[] = {"--benchmark_filter=pair/48/pool", "--set=alloc.pool=32KiB", NULL};
    json_t *document, *context;

    (void)state;
    assert_int_equal(run(flags, &document), BENCH_STATUS_DONE);
    context = json_object_get(document, "context");
    assert_string_equal(json_string_value(json_object_get(context, "alloc.pool")), "32KiB");
    assert_string_equal(json_string_value(json_object_get(context, "host")), "micro_test");
    assert_non_null(strstr(json_string_value(json_object_get(context, "system_malloc")), ".so"));
    assert_true(json_is_string(json_object_get(context, "build_type")));
    json_decref(document);
}

static void
test_micro_refuses_wrong_arguments(void **state) {
    (void)state;
    assert_refused("--subjects=pool,tool", BENCH_STATUS_USAGE);
    assert_refused("--set=alloc.poool=1MiB", BENCH_STATUS_USAGE);
    assert_refused("--set=alloc.pool=17", BENCH_STATUS_USAGE);
    assert_refused("--benchmark_filtre=x", BENCH_STATUS_USAGE);
    assert_refused("--benchmark_repetitions=many", BENCH_STATUS_USAGE);
    assert_refused("--benchmark_filter=no/such/benchmark", BENCH_STATUS_USAGE);
}

static void
test_micro_refuses_knobs_that_do_not_go_together(void **state) {
    const char *const flags[] = {"--set=alloc.arena=256KiB", "--set=alloc.pool=512KiB", NULL};

    (void)state;
    assert_int_equal(run(flags, NULL), BENCH_STATUS_USAGE);
}

static void
test_micro_refuses_figures_under_a_wrong_name(void **state) {
    (void)state;
    assert_refused("--malloc=/nowhere/libother.so", BENCH_STATUS_ENVIRONMENT);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_micro_pairs_run_on_every_subject),
        cmocka_unit_test(test_micro_mixed_pairs_run_on_every_subject),
        cmocka_unit_test(test_micro_fresh_blocks_run_on_every_subject),
        cmocka_unit_test(test_micro_frees_in_three_orders_run_on_every_subject),
        cmocka_unit_test(test_micro_allocation_again_runs_on_every_subject),
        cmocka_unit_test(test_micro_replacement_runs_on_every_subject),
        cmocka_unit_test(test_micro_memory_is_counted_on_every_subject),
        cmocka_unit_test(test_micro_runs_each_operation_of_objects),
        cmocka_unit_test(test_micro_runs_each_operation_of_the_collector),
        cmocka_unit_test(test_micro_runs_each_word),
        cmocka_unit_test(test_micro_records_latencies_alike_and_spread),
        cmocka_unit_test(test_micro_marks_operations_heard_and_unheard),
        cmocka_unit_test(test_micro_runs_each_operation_of_the_engine_header_both_ways),
        cmocka_unit_test(test_micro_collects_ten_millions_only_where_the_filter_names_them),
        cmocka_unit_test(test_micro_runs_only_the_subjects_asked_for),
        cmocka_unit_test(test_micro_records_knobs_and_where_malloc_comes_from),
        cmocka_unit_test(test_micro_refuses_wrong_arguments),
        cmocka_unit_test(test_micro_refuses_knobs_that_do_not_go_together),
        cmocka_unit_test(test_micro_refuses_figures_under_a_wrong_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
