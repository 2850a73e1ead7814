/* SPDX-License-Identifier: MIT
 *
 * run_text_test.c: what a person sees of one run, whatever there is to tell of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/marks.h"
#include "bench/run_text.h"

#define STAT(name) ((int)BENCH_METRIC_STATS + RT_STAT_GC_##name)

static const struct bench_glance ascii = {.width = 80};

struct fixture {
    struct bench_record *record;
    struct bench_cell cell;
    char *text;
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->record = bench_record_create();
    assert_non_null(fixture->record);
    assert_int_equal(bench_cell_init(&fixture->cell, wl_registry_find("churn")), 0);
    fixture->cell.seed = 7;
    fixture->record->state = BENCH_CELL_FINISHED;
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;

    bench_record_destroy(fixture->record);
    bench_cell_fini(&fixture->cell);
    free(fixture->text);
    free(fixture);
    return 0;
}

static void
print(struct fixture *fixture) {
    size_t bytes;
    FILE *out;

    free(fixture->text);
    out = open_memstream(&fixture->text, &bytes);
    assert_non_null(out);
    bench_run_text_print(fixture->record, &fixture->cell, "rt", &ascii, out);
    fclose(out);
}

static void
assert_says(const struct fixture *fixture, const char *part) {
    if (strstr(fixture->text, part) == NULL)
        fail_msg("should say \"%s\":\n%s", part, fixture->text);
}

static void
put(struct fixture *fixture, int metric, double value) {
    bench_record_put(fixture->record, (enum bench_metric)metric, value);
}

static void
test_run_text_of_a_cell_that_died_is_one_line(void **state) {
    struct fixture *fixture = *state;

    fixture->record->state = BENCH_CELL_FAILED;
    strcpy(fixture->record->why, "killed");
    print(fixture);
    assert_string_equal(fixture->text, "churn on rt, seed 7: failed, killed\n");
}

static void
test_run_text_unknown_figures_are_not_available(void **state) {
    struct fixture *fixture = *state;

    put(fixture, BENCH_METRIC_WALL_NS, 1500);
    bench_hist_record_many(&fixture->record->latency, 100, 5);
    bench_record_derive(fixture->record);
    print(fixture);
    assert_says(fixture, "1.50 us"); /* the terminal has no micro sign */
    assert_says(fixture, "of 5 operations  n/a  n/a  n/a    n/a  100 ns  100 ns\n");
    assert_null(strstr(fixture->text, "#"));           /* five operations are no histogram */
    assert_null(strstr(fixture->text, "collections")); /* nobody told of a collector */
}

static void
test_run_text_says_why_a_view_of_very_many_operations_is_missing(void **state) {
    struct fixture *fixture = *state;

    bench_hist_record_many(&fixture->record->latency, 100, BENCH_MARKS_LOG_MOST);
    print(fixture);
    assert_null(strstr(fixture->text, "at an even rate"));
    bench_hist_record(&fixture->record->latency, 100);
    print(fixture);
    assert_says(fixture, "at an even rate");
    assert_says(fixture, "n/a: begins of more than 1048576 operations are not logged.\n");
}

static void
test_run_text_has_a_row_for_each_generation_that_was_collected(void **state) {
    struct fixture *fixture = *state;

    put(fixture, BENCH_METRIC_WALL_NS, 1e9);
    for (int i = 0; i < RT_GENERATIONS; i++) {
        put(fixture, STAT(COLLECTIONS0) + i, i == 1 ? 0 : 40);
        put(fixture, STAT(COLLECTED0) + i, 1234);
        put(fixture, BENCH_METRIC_GC_UNCOLLECTABLE + i, 0);
        if (i != 1)
            bench_hist_record_many(&fixture->record->pause[i], 2000, 40);
    }
    put(fixture, STAT(EXAMINED), 10000);
    put(fixture, STAT(FREED), 2468);
    bench_record_derive(fixture->record);
    print(fixture);
    assert_says(fixture, "youngest         40       1234              0");
    assert_says(fixture, "80.0 us");
    assert_null(strstr(fixture->text, "middle"));
    assert_says(fixture, "examined 10000 objects and freed 2468: yield 0.247.");
}

static void
test_run_text_says_that_there_were_no_collections(void **state) {
    struct fixture *fixture = *state;

    for (int i = 0; i < RT_GENERATIONS; i++)
        put(fixture, STAT(COLLECTIONS0) + i, 0);
    print(fixture);
    assert_says(fixture, "There were no collections.");
}

static void
test_run_text_ends_with_notes_and_what_stood_out(void **state) {
    struct fixture *fixture = *state;

    put(fixture, BENCH_METRIC_WALL_NS, 2e9);
    put(fixture, BENCH_METRIC_CPU_NS, 1e9);
    fixture->record->note_count = 1;
    strcpy(fixture->record->notes[0], "the table was read from nowhere");
    print(fixture);
    const char *note = strstr(fixture->text, "\nthe table was read from nowhere\n");
    const char *sentence = strstr(fixture->text, "\n\nThe work waited for 50 %");
    assert_non_null(note);
    assert_non_null(sentence);
    assert_true(note < sentence);
}

static void
test_run_text_draws_operations_and_memory(void **state) {
    struct fixture *fixture = *state;
    struct bench_record *record = fixture->record;

    for (int i = 0; i < 20; i++) {
        bench_hist_record(&record->latency, 100 + 10 * (uint64_t)i);
        assert_int_equal(bench_series_add(&record->resident, i * 1000000, i << 20), 0);
        assert_int_equal(bench_series_add(&record->live, i * 1000000, i << 19), 0);
    }
    print(fixture);
    assert_says(fixture, "150 ns  ####");
    assert_says(fixture, ". resident, above the 0 B before   # live");
}

int
main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_run_text_of_a_cell_that_died_is_one_line),
        TEST(test_run_text_unknown_figures_are_not_available),
        TEST(test_run_text_says_why_a_view_of_very_many_operations_is_missing),
        TEST(test_run_text_has_a_row_for_each_generation_that_was_collected),
        TEST(test_run_text_says_that_there_were_no_collections),
        TEST(test_run_text_ends_with_notes_and_what_stood_out),
        TEST(test_run_text_draws_operations_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
