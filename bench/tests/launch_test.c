/* SPDX-License-Identifier: MIT
 *
 * Runs are started in Python: the extension module lies beside this test's executable, where the build
 * could make one.
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

#include "bench/micro/launch.h"
#include "bench/micro/word.h"
#include "bench/preload.h"
#include "bench/tests/object_rows.h"
#include "bench/verb.h"

/* Where this executable is; skips the test when there is no module there, or no Python. */
static const char *
need_module(void) {
    static char directory[BENCH_LAUNCH_PATH_BYTES], module[BENCH_LAUNCH_PATH_BYTES + 64];
    ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);

    assert_true(length > 0);
    directory[length] = '\0';
    *strrchr(directory, '/') = '\0';
    snprintf(module, sizeof module, "%s/gcsweep_bench.abi3.so", directory);
    if (access(module, R_OK) != 0 || bench_launch_default_python() == NULL)
        skip();
    return directory;
}

static int
run_some(const char *directory, const char *preload, const char *filter, const char *last_flag,
         json_t **ret_results) {
    const char *const flags[] = {"--smoke", "--quiet", filter, "--benchmark_min_time=0.000001",
                                 last_flag, NULL};
    struct bench_launch launch = {bench_launch_default_python(), directory, preload,
                                  (char *const *)flags};

    return bench_launch_run(&launch, ret_results);
}

static int
run_pair(const char *directory, const char *preload, const char *last_flag, json_t **ret_results) {
    return run_some(directory, preload, "--benchmark_filter=pair/48/", last_flag, ret_results);
}

static const char *
context_of(const json_t *results, const char *key) {
    return json_string_value(json_object_get(json_object_get(results, "context"), key));
}

static void
test_launch_measures_pymalloc_beside_the_others(void **state) {
    static const char *const names[] = {"alloc/pair/48/pool", "alloc/pair/48/debug",
                                        "alloc/pair/48/traced", "alloc/pair/48/system",
                                        "alloc/pair/48/pymalloc"};
    json_t *results, *entries;

    (void)state;
    assert_int_equal(run_pair(need_module(), NULL, NULL, &results), BENCH_STATUS_DONE);
    entries = json_object_get(results, "benchmarks");
    assert_int_equal(json_array_size(entries), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(entries, i), "name")),
                            names[i]);
    assert_int_equal(strncmp(context_of(results, "host"), "CPython ", 8), 0);
    json_decref(results);
}

static void
test_launch_measures_objects_beside_cpythons(void **state) {
    json_t *results;

    (void)state;
    assert_int_equal(run_some(need_module(), NULL, "--benchmark_filter=^object/", NULL, &results),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(results, "benchmarks")), 2 * OBJECT_ROWS);
    assert_has_object_rows(results, "rt");
    assert_has_object_rows(results, "cpython");
    json_decref(results);
}

static void
test_launch_measures_the_collector_beside_cpythons(void **state) {
    json_t *results;

    (void)state;
    assert_int_equal(run_some(need_module(), NULL, "--benchmark_filter=^collect/", NULL, &results),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(results, "benchmarks")), 2 * COLLECT_ROWS);
    assert_has_collect_rows(results, "rt");
    assert_has_collect_rows(results, "cpython");
    json_decref(results);
}

/* Nothing of CPython's is missing but its count of bytes, and free lists to be dropped. */
static void
test_launch_measures_each_word_beside_cpythons(void **state) {
    json_t *results;
    size_t words = 0;

    (void)state;
    for (const struct bench_word_row *const *family = bench_word_families_rt; *family != NULL;
         family++)
        for (const struct bench_word_row *row = *family; row->word != NULL; row++)
            words++;
    assert_int_equal(run_some(need_module(), NULL, "--benchmark_filter=^word/", NULL, &results),
                     BENCH_STATUS_DONE);
    assert_int_equal(json_array_size(json_object_get(results, "benchmarks")), 2 * words - 2);
    need_entry(results, "word/list_get/cpython");
    json_decref(results);
}

static void
test_launch_gives_the_runs_status(void **state) {
    json_t *results;

    (void)state;
    assert_int_equal(run_pair(need_module(), NULL, "--subjects=nobody", &results),
                     BENCH_STATUS_USAGE);
    assert_null(results);
}

static void
test_launch_preloads_another_malloc(void **state) {
    static const char *const allocators[] = {"jemalloc", "mimalloc", "tcmalloc"};
    const char *directory = need_module();
    char **directories = bench_preload_directories(), why[256], flag[BENCH_PRELOAD_PATH_BYTES + 16];
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bench_preload preload;
        json_t *results;
        if (bench_preload_find(allocators[i], directories, &preload, why, sizeof why) < 0)
            continue;
        found++;
        snprintf(flag, sizeof flag, "--malloc=%s", preload.path);
        assert_int_equal(run_pair(directory, preload.path, flag, &results), BENCH_STATUS_DONE);
        assert_non_null(strstr(context_of(results, "system_malloc"), allocators[i]));
        json_decref(results);
    }
    free(directories);
    if (found == 0)
        skip();
}

static void
test_launch_names_a_program_that_cannot_be_started(void **state) {
    const char *const flags[] = {NULL};
    struct bench_launch launch = {"/nowhere/python3", "/nowhere", NULL, (char *const *)flags};
    json_t *results;

    (void)state;
    assert_int_equal(bench_launch_run(&launch, &results), BENCH_STATUS_ENVIRONMENT);
    assert_null(results);
}

static void
test_launch_says_when_python_cannot_load_the_module(void **state) {
    json_t *results;

    (void)state;
    need_module();
    assert_int_equal(run_pair("/nowhere", NULL, NULL, &results), BENCH_STATUS_ENVIRONMENT);
    assert_null(results);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launch_measures_pymalloc_beside_the_others),
        cmocka_unit_test(test_launch_measures_objects_beside_cpythons),
        cmocka_unit_test(test_launch_measures_the_collector_beside_cpythons),
        cmocka_unit_test(test_launch_measures_each_word_beside_cpythons),
        cmocka_unit_test(test_launch_gives_the_runs_status),
        cmocka_unit_test(test_launch_preloads_another_malloc),
        cmocka_unit_test(test_launch_names_a_program_that_cannot_be_started),
        cmocka_unit_test(test_launch_says_when_python_cannot_load_the_module),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
