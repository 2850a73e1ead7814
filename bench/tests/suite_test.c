/* SPDX-License-Identifier: MIT
 *
 * suite_test.c: suite files, good ones and others.
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

#include "bench/suite.h"

struct fixture {
    struct bench_suite suite;
    struct rt_text why;
    char why_data[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    bench_suite_init(&fixture->suite, "test");
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_suite_fini(&fixture->suite);
    free(fixture);
    return 0;
}

static void
test_suite_reads_grids_and_properties(void **state) {
    struct fixture *fixture = *state;
    const char *text = "; a comment\n[suite]\nsummary = what it asks\nrepetitions = 7\n"
                       "[churn]\nalloc.backend = pool, system ; why\nchurn.live = 1..4\n";

    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), 0);
    assert_string_equal(fixture->suite.summary, "what it asks");
    assert_int_equal(fixture->suite.repetitions, 7);
    assert_int_equal(fixture->suite.count, 1);
    assert_int_equal(bench_grid_configs(&fixture->suite.grids[0]), 8);
}

static void
test_suite_names_the_line_that_is_wrong(void **state) {
    static const char *const wrong[][2] = {
        {"", "t.ini: no workload in it"},
        {"[suite]\nsummary = x\n", "t.ini: no workload in it"},
        {"x = 1\n", "t.ini:1: a line before the first section"},
        {"[churn]\nnonsense\n", "t.ini:2: neither [section] nor name = value"},
        {"[chrun]\nalloc.backend = pool\n", "t.ini:2: no workload chrun, did you mean churn?"},
        {"[suite]\nrepetitions = 0\n", "t.ini:2: repetitions is a whole number from 1 to 1000000"},
        {"[suite]\nreps = 1\n", "t.ini:2: [suite] has summary and repetitions, not reps"},
        {"[churn]\nchurn.live = 1\nchurn.live = 2\n", "t.ini:3: churn.live is given twice"},
        {"[churn]\n\nchurn.liv = 1\n", "t.ini:3: no knob churn.liv, did you mean churn.live?"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bench_suite_fini(&fixture->suite);
        bench_suite_init(&fixture->suite, "test");
        rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
        assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", wrong[i][0], &fixture->why),
                         -EINVAL);
        assert_string_equal(fixture->why_data, wrong[i][1]);
    }
}

static void
test_suite_has_several_grids_of_one_workload(void **state) {
    struct fixture *fixture = *state;
    const char *text = "[churn]\nchurn.live = 1..4\n[churn: few]\nchurn.live = 1\n"
                       "[churn]\nchurn.burst = 2, 3\n[churn: few]\nchurn.burst = 1\n";

    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), 0);
    assert_int_equal(fixture->suite.count, 2);
    assert_int_equal(bench_grid_configs(&fixture->suite.grids[0]), 8);
    assert_int_equal(bench_grid_configs(&fixture->suite.grids[1]), 1);
}

static void
test_suite_refuses_lines_that_would_be_cut(void **state) {
    struct fixture *fixture = *state;
    char text[400] = "[churn]\nchurn.live = ";

    memset(text + strlen(text), '1', 250);
    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), -EINVAL);
    assert_string_equal(fixture->why_data, "t.ini:2: the line is longer than 190 characters");
}

static void
test_suite_set_reaches_only_grids_that_know_the_knob(void **state) {
    struct fixture *fixture = *state;

    assert_non_null(bench_suite_add(&fixture->suite, wl_registry_find("churn")));
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.backend", "pool,debug", &fixture->why),
                     0);
    assert_int_equal(bench_grid_configs(&fixture->suite.grids[0]), 2);
    assert_int_equal(bench_suite_set(&fixture->suite, "other.knob", "1", &fixture->why), -ENOENT);
}

static int
count_quick(void *context, const struct bench_suite *suite) {
    *(int *)context += strcmp(suite->name, "quick") == 0 && suite->summary[0] != '\0';
    return 0;
}

static void
test_suite_every_one_that_ships_is_found_and_loads(void **state) {
    struct fixture *fixture = *state;
    int found = 0;

    assert_int_equal(bench_suite_each(count_quick, &found), 0);
    assert_int_equal(found, 1);
    bench_suite_fini(&fixture->suite);
    if (bench_suite_load(&fixture->suite, "quick", &fixture->why) != 0)
        fail_msg("%s", fixture->why_data);
    assert_true(fixture->suite.count > 0);
}

static void
test_suite_that_is_not_there_is_not_found(void **state) {
    struct fixture *fixture = *state;
    struct bench_suite other;

    assert_int_equal(bench_suite_load(&other, "nothing", &fixture->why), -ENOENT);
    assert_int_equal(bench_suite_load(&other, "/nowhere/nothing.ini", &fixture->why), -ENOENT);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_suite_reads_grids_and_properties),
        UNIT(test_suite_names_the_line_that_is_wrong),
        UNIT(test_suite_has_several_grids_of_one_workload),
        UNIT(test_suite_refuses_lines_that_would_be_cut),
        UNIT(test_suite_set_reaches_only_grids_that_know_the_knob),
        UNIT(test_suite_every_one_that_ships_is_found_and_loads),
        UNIT(test_suite_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests_name("bench/suite", tests, NULL, NULL);
}
