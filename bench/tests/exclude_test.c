/* SPDX-License-Identifier: MIT
 *
 * exclude_test.c: what is excluded is left out, and nothing else; a mistake is said.
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

#include "bench/plan.h"

struct fixture {
    struct bench_suite suite;
    struct bench_plan plan;
    struct rt_text why;
    char why_data[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    bench_suite_init(&fixture->suite, "test");
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_plan_fini(&fixture->plan);
    bench_suite_fini(&fixture->suite);
    free(fixture);
    return 0;
}

static int
make(struct fixture *fixture) {
    return bench_plan_make(&fixture->plan, &fixture->suite, 2, 1, &fixture->why);
}

static int
exclude(struct fixture *fixture, const char *text) {
    return bench_suite_exclude(&fixture->suite, BENCH_EXCLUDE_ANYWHERE, text, &fixture->why);
}

/* Six configurations of churn. */
static void
set_axes(struct fixture *fixture) {
    assert_non_null(bench_suite_add(&fixture->suite, wl_registry_find("churn")));
    assert_int_equal(bench_suite_set(&fixture->suite, "gc.mode", "auto,off", NULL), 0);
    assert_int_equal(bench_suite_set(&fixture->suite, "gc.threshold0", "100,700,2000", NULL), 0);
}

static bool
has_label(const struct fixture *fixture, const char *label) {
    for (size_t i = 0; i < fixture->plan.config_count; i++)
        if (strcmp(fixture->plan.configs[i].label, label) == 0)
            return true;
    return false;
}

static void
test_exclude_leaves_out_where_every_term_holds(void **state) {
    struct fixture *fixture = *state;

    set_axes(fixture);
    assert_int_equal(exclude(fixture, "gc.mode=off  gc.threshold0=100,2000"), 0);
    assert_int_equal(make(fixture), 0);
    assert_int_equal(fixture->plan.config_count, 4);
    assert_int_equal(fixture->plan.excluded, 2);
    assert_int_equal(fixture->plan.cell_count, 8);
    assert_true(has_label(fixture, "gc.mode=auto gc.threshold0=100"));
    assert_true(has_label(fixture, "gc.mode=off gc.threshold0=700"));
    assert_false(has_label(fixture, "gc.mode=off gc.threshold0=100"));
}

static void
test_exclude_knows_ranges_other_spellings_and_knobs_at_their_default(void **state) {
    struct fixture *fixture = *state;

    set_axes(fixture);
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.arena", "512KiB,1MiB", NULL), 0);
    assert_int_equal(exclude(fixture, "gc.threshold0=99..101"), 0);
    assert_int_equal(exclude(fixture, "alloc.arena=1024KiB alloc.backend=pool"), 0);
    assert_int_equal(make(fixture), 0);
    assert_int_equal(fixture->plan.config_count, 4);
}

/* Pools that do not fit into their arena cannot be planned, but can be left out. */
static void
test_exclude_saves_a_grid_with_a_corner_that_cannot_work(void **state) {
    struct fixture *fixture = *state;

    assert_non_null(bench_suite_add(&fixture->suite, wl_registry_find("churn")));
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.pool", "16KiB,1MiB", NULL), 0);
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.arena", "256KiB,4MiB", NULL), 0);
    assert_int_equal(make(fixture), -EINVAL);
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    assert_int_equal(exclude(fixture, "alloc.pool=1MiB alloc.arena=256KiB"), 0);
    assert_int_equal(make(fixture), 0);
    assert_int_equal(fixture->plan.config_count, 3);
}

static void
test_exclude_by_engine(void **state) {
    static const struct bench_engine two[] = {
        {.name = "rt"}, {.name = "cpython", .is_python = true, .thresholds = {700, 10, 10}}};
    struct fixture *fixture = *state;

    set_axes(fixture);
    fixture->suite.engines = two;
    fixture->suite.engine_count = 2;
    assert_int_equal(exclude(fixture, "engine=cpython gc.mode=off"), 0);
    assert_int_equal(make(fixture), 0);
    assert_int_equal(fixture->plan.config_count, 9);
    for (size_t i = 0; i < 9; i++)
        assert_true(fixture->plan.configs[i].cell.config.gc_mode == RT_GC_MODE_AUTO ||
                    strcmp(fixture->plan.configs[i].engine, "rt") == 0);
}

static void
test_exclude_that_hits_nothing_or_everything_is_refused(void **state) {
    struct fixture *fixture = *state;

    set_axes(fixture);
    assert_int_equal(exclude(fixture, "gc.mode=manual"), 0);
    assert_int_equal(make(fixture), -EINVAL);
    assert_non_null(strstr(fixture->why_data, "exclude gc.mode=manual: no combination"));
    bench_suite_fini(&fixture->suite);
    bench_suite_init(&fixture->suite, "test");
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    set_axes(fixture);
    assert_int_equal(exclude(fixture, "gc.mode=auto,off"), 0);
    assert_int_equal(make(fixture), -EINVAL);
    assert_non_null(strstr(fixture->why_data, "nothing is left"));
}

static void
test_exclude_refuses_what_it_does_not_understand(void **state) {
    static const char *const wrong[][2] = {
        {"gc.mod=off", "gc.mode"},
        {"gc.mode", "knob=value"},
        {"gc.mode=sometimes", "gc.mode"},
        {"gc.mode=off gc.mode=auto", "twice"},
        {"engine=rt engine=cpython", "twice"},
        {"gc.mode=off,", "missing"},
        {"", "names nothing"},
        {"  ", "names nothing"},
    };
    struct fixture *fixture = *state;

    set_axes(fixture);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
        assert_true(exclude(fixture, wrong[i][0]) < 0);
        if (strstr(fixture->why_data, wrong[i][1]) == NULL)
            fail_msg("'%s' is refused with '%s'", wrong[i][0], fixture->why_data);
    }
    assert_int_equal(fixture->suite.exclude_count, 0);
}

/* A line of a suite is for its own section, and may miss what --set or --engine has changed. */
static void
test_exclude_in_a_suite_is_of_its_section(void **state) {
    static const char text[] = "[cycles]\ngc.mode = auto, off\nexclude = gc.mode=off\n"
                               "[cycles: long]\ncycles.length = 3\ngc.mode = auto, off\n"
                               "exclude = engine=cpython gc.mode=off\n";
    struct fixture *fixture = *state;

    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), 0);
    assert_int_equal(make(fixture), 0);
    assert_int_equal(fixture->plan.config_count, 3);
    bench_plan_fini(&fixture->plan);
    assert_int_equal(bench_suite_set(&fixture->suite, "gc.mode", "auto,idle", NULL), 0);
    assert_int_equal(make(fixture), 0);
    assert_int_equal(fixture->plan.config_count, 4);
}

static void
test_exclude_in_a_suite_is_wrong_at_its_line(void **state) {
    struct fixture *fixture = *state;
    const char *text = "[cycles]\ngc.mode = auto, off\nexclude = gc.mod=off\n";

    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), -EINVAL);
    assert_non_null(strstr(fixture->why_data, "t.ini:3: no knob gc.mod, did you mean gc.mode?"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_exclude_leaves_out_where_every_term_holds),
        UNIT(test_exclude_knows_ranges_other_spellings_and_knobs_at_their_default),
        UNIT(test_exclude_saves_a_grid_with_a_corner_that_cannot_work),
        UNIT(test_exclude_by_engine),
        UNIT(test_exclude_that_hits_nothing_or_everything_is_refused),
        UNIT(test_exclude_refuses_what_it_does_not_understand),
        UNIT(test_exclude_in_a_suite_is_of_its_section),
        UNIT(test_exclude_in_a_suite_is_wrong_at_its_line),
    };
    return cmocka_run_group_tests_name("bench/exclude", tests, NULL, NULL);
}
