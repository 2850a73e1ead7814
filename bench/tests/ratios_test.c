/* SPDX-License-Identifier: MIT
 *
 * The table is a function of Google Benchmark's JSON; the tests write small documents.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "bench/micro/ratios.h"

/* A document of entries; each is a name, and a processor time of as many ns. */
struct entry {
    const char *name;
    double cpu_ns;
};

static json_t *
document_of(const struct entry *entries, size_t count) {
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_pack("{ss ss ss sf sf ss si}", "name", entries[i].name,
                                               "run_name", entries[i].name, "run_type", "iteration",
                                               "cpu_time", entries[i].cpu_ns, "real_time", 1e6,
                                               "time_unit", "ns", "iterations", 10));
    return json_pack("{so}", "benchmarks", array);
}

static void
add(struct bench_ratios *ratios, const char *label, const struct entry *entries, size_t count) {
    json_t *document = document_of(entries, count);

    assert_int_equal(bench_ratios_add(ratios, document, label), 0);
    json_decref(document);
}

static void
assert_near(double value, double expected) {
    if (value < expected - 1e-9 || value > expected + 1e-9)
        fail_msg("%.9g should be %.9g", value, expected);
}

static void
test_ratios_take_the_median_of_the_samples(void **state) {
    static const struct entry entries[] = {
        {"a/1/pool", 4}, {"a/1/pool", 2}, {"a/1/pool", 3}, {"a/1/system", 9}, {"a/1/system", 6}};
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;

    (void)state;
    add(ratios, "system", entries, 5);
    assert_int_equal(bench_ratios_find(ratios, "a/1", "pool", &found), 0);
    assert_near(found.value, 3);
    assert_near(found.ratio, 1);
    assert_near(found.spread, 2.0 / 3);
    assert_int_equal(found.sample_count, 3);
    assert_int_equal(bench_ratios_find(ratios, "a/1", "system", &found), 0);
    assert_near(found.value, 7.5);
    assert_near(found.ratio, 2.5);
    bench_ratios_destroy(ratios);
}

/* The machine is twice as slow in the second process, and the ratio does not notice. */
static void
test_ratios_compare_inside_each_process(void **state) {
    static const struct entry quick[] = {{"a/1/pool", 2}, {"a/1/system", 6}};
    static const struct entry slow[] = {{"a/1/pool", 4}, {"a/1/system", 12}};
    static const struct entry other[] = {{"a/1/pool", 4}, {"a/1/system", 20}};
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;

    (void)state;
    add(ratios, "system", quick, 2);
    add(ratios, "other", other, 2);
    add(ratios, "system", slow, 2);
    assert_int_equal(bench_ratios_find(ratios, "a/1", "system", &found), 0);
    assert_near(found.ratio, 3);
    assert_int_equal(bench_ratios_find(ratios, "a/1", "other", &found), 0);
    assert_near(found.value, 20);
    assert_near(found.ratio, 5);
    bench_ratios_destroy(ratios);
}

static void
test_ratios_are_absent_without_ours(void **state) {
    static const struct entry entries[] = {{"a/1/system", 9}};
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;

    (void)state;
    add(ratios, "system", entries, 1);
    assert_int_equal(bench_ratios_find(ratios, "a/1", "system", &found), 0);
    assert_near(found.ratio, 0);
    assert_int_equal(bench_ratios_find(ratios, "a/1", "pool", &found), -ENOENT);
    assert_int_equal(bench_ratios_find(ratios, "a/2", "system", &found), -ENOENT);
    bench_ratios_destroy(ratios);
}

static void
test_ratios_read_manual_time_and_rename_the_preloaded_malloc(void **state) {
    json_t *document =
        json_loads("{\"benchmarks\": [{\"name\": \"b/system/manual_time\","
                   " \"run_name\": \"b/system/manual_time\", \"run_type\": \"iteration\","
                   " \"real_time\": 0.5, \"cpu_time\": 7, \"time_unit\": \"us\"}]}",
                   0, NULL);
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;
    json_t *entry = json_array_get(json_object_get(document, "benchmarks"), 0);

    (void)state;
    assert_int_equal(bench_ratios_add(ratios, document, "jemalloc"), 0);
    assert_int_equal(bench_ratios_find(ratios, "b", "jemalloc", &found), 0);
    assert_near(found.value, 500);
    assert_string_equal(json_string_value(json_object_get(entry, "name")),
                        "b/jemalloc/manual_time");
    assert_int_equal(json_integer_value(json_object_get(entry, "process")), 0);
    json_decref(document);
    bench_ratios_destroy(ratios);
}

static void
test_ratios_show_memory_instead_of_time(void **state) {
    json_t *document =
        json_loads("{\"benchmarks\": [{\"name\": \"m/pool\", \"run_name\": \"m/pool\","
                   " \"run_type\": \"iteration\", \"real_time\": 5, \"cpu_time\": 7,"
                   " \"time_unit\": \"ns\", \"kept_ratio\": 1.25, \"pages\": 3}]}",
                   0, NULL);
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;

    (void)state;
    assert_int_equal(bench_ratios_add(ratios, document, "system"), 0);
    assert_int_equal(bench_ratios_find(ratios, "m kept_ratio", "pool", &found), 0);
    assert_near(found.value, 1.25);
    assert_int_equal(bench_ratios_find(ratios, "m pages", "pool", &found), 0);
    assert_int_equal(bench_ratios_find(ratios, "m", "pool", &found), -ENOENT);
    json_decref(document);
    bench_ratios_destroy(ratios);
}

static void
test_ratios_ignore_aggregates_and_failures(void **state) {
    json_t *document = json_loads(
        "{\"benchmarks\": ["
        "{\"name\": \"a/pool_mean\", \"run_name\": \"a/pool\", \"run_type\": \"aggregate\","
        " \"cpu_time\": 7, \"time_unit\": \"ns\"},"
        "{\"name\": \"a/pool\", \"run_name\": \"a/pool\", \"run_type\": \"iteration\","
        " \"error_occurred\": true, \"cpu_time\": 7, \"time_unit\": \"ns\"}]}",
        0, NULL);
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;

    (void)state;
    assert_int_equal(bench_ratios_add(ratios, document, "system"), 0);
    assert_int_equal(bench_ratios_find(ratios, "a", "pool", &found), -ENOENT);
    json_decref(document);
    bench_ratios_destroy(ratios);
}

static void
test_ratios_refuse_what_is_no_document(void **state) {
    json_t *nothing = json_object(), *nameless = json_loads("{\"benchmarks\": [{}]}", 0, NULL);
    struct bench_ratios *ratios = bench_ratios_create();

    (void)state;
    assert_int_equal(bench_ratios_add(ratios, nothing, "system"), -EBADMSG);
    assert_int_equal(bench_ratios_add(ratios, nameless, "system"), -EBADMSG);
    json_decref(nothing);
    json_decref(nameless);
    bench_ratios_destroy(ratios);
}

/* The subjects stand in this order, from there on. */
static void
assert_order(const char *text) {
    const char *ours = strstr(text, " pool"), *system = strstr(text, " jemalloc"),
               *pymalloc = strstr(text, " pymalloc");

    assert_true(ours != NULL && ours < system && system < pymalloc);
}

static void
test_ratios_print_ours_first_and_pymalloc_last(void **state) {
    static const struct entry entries[] = {{"a/1/pymalloc", 4}, {"a/1/system", 9}, {"a/1/pool", 2}};
    struct bench_ratios *ratios = bench_ratios_create();
    char text[2048] = "";
    FILE *out = fmemopen(text, sizeof text, "w");

    (void)state;
    assert_non_null(out);
    add(ratios, "jemalloc", entries, 3);
    bench_ratios_print_long(ratios, out);
    fflush(out);
    assert_order(text);
    assert_non_null(strstr(text, "4.50x"));
    rewind(out);
    bench_ratios_print_wide(ratios, out);
    fclose(out);
    assert_order(text);
    assert_non_null(strstr(text, "4.50x"));
    bench_ratios_destroy(ratios);
}

/* Objects have subjects of their own. */
static const struct entry of_two_modules[] = {{"alloc/1/pool", 4},
                                              {"alloc/1/system", 9},
                                              {"object/1/cpython", 9},
                                              {"object/1/rt", 6},
                                              {"object/2/cpython", 9}};

static void
test_ratios_are_to_ours_of_the_row(void **state) {
    struct bench_ratios *ratios = bench_ratios_create();
    struct bench_ratio found;

    (void)state;
    add(ratios, "system", of_two_modules, 5);
    assert_int_equal(bench_ratios_find(ratios, "alloc/1", "system", &found), 0);
    assert_near(found.ratio, 2.25);
    assert_int_equal(bench_ratios_find(ratios, "object/1", "cpython", &found), 0);
    assert_near(found.ratio, 1.5);
    assert_int_equal(bench_ratios_find(ratios, "object/2", "cpython", &found), 0);
    assert_near(found.ratio, 0);
    bench_ratios_destroy(ratios);
}

static void
test_ratios_print_wide_columns_for_each_module(void **state) {
    struct bench_ratios *ratios = bench_ratios_create();
    char text[2048] = "", *objects, *rt, *cpython;
    FILE *out = fmemopen(text, sizeof text, "w");

    (void)state;
    assert_non_null(out);
    add(ratios, "system", of_two_modules, 5);
    bench_ratios_print_wide(ratios, out);
    fclose(out);
    objects = strstr(text, "\n\nbenchmark");
    assert_non_null(objects);
    assert_null(strstr(objects, "pool"));
    rt = strstr(text, " rt");
    cpython = strstr(text, " cpython");
    if (!(rt > objects && cpython > rt))
        fail_msg("the objects' columns should be rt and cpython:\n%s", text);
    bench_ratios_destroy(ratios);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratios_take_the_median_of_the_samples),
        cmocka_unit_test(test_ratios_compare_inside_each_process),
        cmocka_unit_test(test_ratios_are_absent_without_ours),
        cmocka_unit_test(test_ratios_read_manual_time_and_rename_the_preloaded_malloc),
        cmocka_unit_test(test_ratios_show_memory_instead_of_time),
        cmocka_unit_test(test_ratios_ignore_aggregates_and_failures),
        cmocka_unit_test(test_ratios_refuse_what_is_no_document),
        cmocka_unit_test(test_ratios_print_ours_first_and_pymalloc_last),
        cmocka_unit_test(test_ratios_are_to_ours_of_the_row),
        cmocka_unit_test(test_ratios_print_wide_columns_for_each_module),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
