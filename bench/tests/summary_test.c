/* SPDX-License-Identifier: MIT
 *
 * summary_test.c: medians, ratios and what is said about them.
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

#include "bench/summary.h"

static struct bench_summary
two_rows(struct bench_summary_row rows[2]) {
    memset(rows, 0, 2 * sizeof *rows);
    for (int i = 0; i < 2; i++) {
        rows[i].config_id = i + 1;
        rows[i].reference = 1;
        strcpy(rows[i].workload, "churn");
        strcpy(rows[i].label, i == 0 ? "first" : "second");
        rows[i].states[BENCH_CELL_FINISHED] = 3;
        rows[i].counts[BENCH_SUMMARY_WALL] = 3;
        rows[i].medians[BENCH_SUMMARY_WALL] = i == 0 ? 2e6 : 3e6;
    }
    return (struct bench_summary){.rows = rows, .count = 2, .states = {[BENCH_CELL_FINISHED] = 6}};
}

static void
test_summary_prints_ratios_to_the_reference(void **state) {
    struct bench_summary_row rows[2];
    struct bench_summary summary = two_rows(rows);
    char *text;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(out);
    bench_summary_print(&summary, out);
    fclose(out);
    assert_non_null(strstr(text, "2.00 ms"));
    assert_non_null(strstr(text, "1.50x"));
    assert_non_null(strstr(text, "n/a"));
    assert_non_null(strstr(text, "All answers agree."));
    free(text);
}

static void
test_summary_json_has_medians_ratios_and_states(void **state) {
    struct bench_summary_row rows[2];
    struct bench_summary summary = two_rows(rows);
    json_t *document = bench_summary_json(&summary);
    json_t *second = json_array_get(json_object_get(document, "configs"), 1);

    (void)state;
    assert_true(json_real_value(json_object_get(json_object_get(second, "ratio"), "wall_ns")) ==
                1.5);
    assert_true(json_is_null(json_object_get(json_object_get(second, "median"), "latency_p50_ns")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(document, "cells"), "finished")), 6);
    assert_true(json_is_true(json_object_get(document, "digests_agree")));
    json_decref(document);
}

static void
test_summary_names_what_did_not_keep_its_pace(void **state) {
    struct bench_summary_row rows[2];
    struct bench_summary summary = two_rows(rows);
    char *text;
    size_t bytes;

    (void)state;
    for (int round = 0; round < 3; round++) {
        FILE *out = open_memstream(&text, &bytes);
        assert_non_null(out);
        bench_summary_print(&summary, out);
        fclose(out);
        assert_int_equal(strstr(text, "ace") != NULL, round > 0); /* nothing is known at first */
        assert_int_equal(strstr(text, "The pace is steady.\n") != NULL, round == 1);
        assert_int_equal(strstr(text, "Pace of churn, second: slows down by 12 % over the run.\n"
                                      "The pace of the other is steady.\n") != NULL,
                         round == 2);
        free(text);
        for (int i = 0; i < 2; i++) {
            rows[i].counts[BENCH_SUMMARY_STEADY] = 3;
            rows[i].medians[BENCH_SUMMARY_STEADY] = round < 1 || i == 0;
            rows[i].medians[BENCH_SUMMARY_DRIFT] = 0.12;
        }
    }
    json_t *document = bench_summary_json(&summary);
    json_t *second = json_array_get(json_object_get(document, "configs"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "pace")),
                        "slows down by 12 % over the run");
    json_decref(document);
    rows[1].medians[BENCH_SUMMARY_DRIFT] = 0.02; /* some one way, some another */
    document = bench_summary_json(&summary);
    second = json_array_get(json_object_get(document, "configs"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "pace")), "steady");
    json_decref(document);
}

static void
test_summary_says_where_the_machine_paused(void **state) {
    struct bench_summary_row rows[2];
    struct bench_summary summary = two_rows(rows);
    char *text;
    size_t bytes;

    (void)state;
    for (int round = 0; round < 2; round++) {
        FILE *out = open_memstream(&text, &bytes);
        assert_non_null(out);
        bench_summary_print(&summary, out);
        fclose(out);
        const char *said = strstr(text, "The machine itself paused for 12.0 ms in block 3, and for "
                                        "more than 5 ms in 9 of 20 blocks (1, 3, 4, 5, 6, 7, 8, "
                                        "9, ...).\nThe longest times");
        assert_int_equal(said != NULL, round == 1);
        assert_int_equal(strstr(text, "itself") != NULL, round == 1);
        free(text);
        summary.noise_most_ns = 12e6;
        summary.noisiest_block = 3;
        summary.noisy_blocks = 9;
        summary.heard_blocks = 20;
        for (int i = 0; i < BENCH_SUMMARY_NOISY_NAMED; i++)
            summary.noisy[i] = i == 0 ? 1 : i + 2;
    }
}

static void
test_summary_is_good_only_without_failures_and_differences(void **state) {
    struct bench_summary_row rows[2];
    struct bench_summary summary = two_rows(rows);

    (void)state;
    assert_true(bench_summary_is_good(&summary));
    summary.states[BENCH_CELL_PLANNED] = 5;
    assert_true(bench_summary_is_good(&summary));
    summary.states[BENCH_CELL_WRONG] = 1;
    assert_false(bench_summary_is_good(&summary));
    summary.states[BENCH_CELL_WRONG] = 0;
    summary.differing_cell = 4;
    assert_false(bench_summary_is_good(&summary));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary_prints_ratios_to_the_reference),
        cmocka_unit_test(test_summary_json_has_medians_ratios_and_states),
        cmocka_unit_test(test_summary_names_what_did_not_keep_its_pace),
        cmocka_unit_test(test_summary_says_where_the_machine_paused),
        cmocka_unit_test(test_summary_is_good_only_without_failures_and_differences),
    };
    return cmocka_run_group_tests_name("bench/summary", tests, NULL, NULL);
}
