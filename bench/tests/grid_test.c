/* SPDX-License-Identifier: MIT
 *
 * grid_test.c: axes are checked value by value, and ranges are what they say.
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

#include "bench/cell.h"
#include "bench/grid.h"

struct fixture {
    struct bench_grid grid;
    struct rt_text why;
    char why_data[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    bench_grid_init(&fixture->grid, wl_registry_find("churn"));
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_grid_fini(&fixture->grid);
    free(fixture);
    return 0;
}

/* Sets the axis and compares its values, joined by spaces. */
static void
assert_axis(struct fixture *fixture, const char *knob, const char *values, const char *expected) {
    char joined[512] = "";

    if (bench_grid_set(&fixture->grid, knob, values, &fixture->why) != 0)
        fail_msg("%s", fixture->why_data);
    for (size_t i = 0; i < fixture->grid.count; i++) {
        const struct bench_grid_axis *axis = &fixture->grid.axes[i];
        for (size_t k = 0; strcmp(axis->knob, knob) == 0 && k < axis->count; k++) {
            strcat(joined, k == 0 ? "" : " ");
            strcat(joined, axis->values[k]);
        }
    }
    assert_string_equal(joined, expected);
}

static void
test_grid_lists_and_ranges_expand(void **state) {
    assert_axis(*state, "alloc.backend", "pool, debug", "pool debug");
    assert_axis(*state, "churn.live", "7", "7");
    assert_axis(*state, "churn.live", "1..5", "1 2 3 4 5");
    assert_axis(*state, "churn.live", "10..31+10,5", "10 20 30 5");
    assert_axis(*state, "churn.live", "1..1000*10", "1 10 100 1000");
    assert_axis(*state, "churn.size", "16..100", "16 32 64");
    assert_axis(*state, "alloc.arena", "256KiB..1MiB, 4MiB", "256KiB 512KiB 1MiB 4MiB");
    assert_axis(*state, "churn.resize_share", "0,0.5,1", "0 0.5 1");
}

static void
test_grid_texts_are_lists_without_ranges(void **state) {
    struct fixture *fixture = *state;

    bench_grid_fini(&fixture->grid);
    bench_grid_init(&fixture->grid, wl_registry_find("csv"));
    assert_axis(fixture, "csv.file", "../a 1.csv, b..c.csv", "../a 1.csv b..c.csv");
    assert_axis(fixture, "csv.file", "", "");
    assert_int_equal(bench_grid_set(&fixture->grid, "csv.file", "a,a", &fixture->why), -EINVAL);
}

/* Behind the longest value that is taken at all, there is nothing to look for a step in. */
static void
test_grid_a_long_range_without_an_end_is_refused(void **state) {
    struct fixture *fixture = *state;
    char values[BENCH_CELL_VALUE_BYTES];

    memset(values, '1', sizeof values);
    strcpy(values + sizeof values - 3, "..");
    assert_int_not_equal(bench_grid_set(&fixture->grid, "alloc.arena", values, &fixture->why), 0);
}

static void
test_grid_values_are_kept_in_one_spelling(void **state) {
    assert_axis(*state, "alloc.arena", "1024KiB,524288", "1MiB 512KiB");
}

static void
test_grid_an_axis_set_again_keeps_its_place(void **state) {
    struct fixture *fixture = *state;

    assert_axis(fixture, "alloc.backend", "pool,system", "pool system");
    assert_axis(fixture, "churn.live", "1..3", "1 2 3");
    assert_int_equal(bench_grid_configs(&fixture->grid), 6);
    assert_axis(fixture, "alloc.backend", "debug", "debug");
    assert_int_equal(fixture->grid.count, 2);
    assert_string_equal(fixture->grid.axes[0].knob, "alloc.backend");
    assert_int_equal(bench_grid_configs(&fixture->grid), 3);
}

static void
test_grid_refuses_and_stays_as_it_was(void **state) {
    static const struct {
        const char *knob, *values, *part;
        int error;
    } wrong[] = {
        {"churn.lives", "1", "did you mean churn.live?", -ENOENT},
        {"churn.live", "", "a value is missing", -EINVAL},
        {"churn.live", "1,,2", "a value is missing", -EINVAL},
        {"churn.live", "1,", "a value is missing", -EINVAL},
        {"churn.live", "1,x", "churn.live", -EINVAL},
        {"churn.live", "0..3", "churn.live", -ERANGE},
        {"churn.live", "1..", "churn.live", -EINVAL},
        {"churn.live", "..5", "churn.live", -EINVAL},
        {"churn.live", "1..5..9", "churn.live", -EINVAL},
        {"churn.live", "5..1", "the range is empty", -EINVAL},
        {"churn.live", "1..5+0", "+N or *N", -EINVAL},
        {"churn.live", "1..5*1", "+N or *N", -EINVAL},
        {"churn.live", "1..5+x", "+N or *N", -EINVAL},
        {"churn.live", "1..5,3", "given twice", -EINVAL},
        {"churn.live", "1..2000", "more than 1000 values", -ERANGE},
        {"alloc.arena", "256KiB..1MiB+3", "power of two", -ERANGE},
        {"alloc.backend", "pool..debug", "only integers and sizes", -EINVAL},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fixture *fixture = *state;
        rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
        int error = bench_grid_set(&fixture->grid, wrong[i].knob, wrong[i].values, &fixture->why);
        if (error != wrong[i].error || strstr(fixture->why_data, wrong[i].part) == NULL)
            fail_msg("%s=%s: %d, %s", wrong[i].knob, wrong[i].values, error, fixture->why_data);
        assert_int_equal(fixture->grid.count, 0);
    }
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_grid_lists_and_ranges_expand),
        UNIT(test_grid_texts_are_lists_without_ranges),
        UNIT(test_grid_values_are_kept_in_one_spelling),
        UNIT(test_grid_a_long_range_without_an_end_is_refused),
        UNIT(test_grid_an_axis_set_again_keeps_its_place),
        UNIT(test_grid_refuses_and_stays_as_it_was),
    };
    return cmocka_run_group_tests_name("bench/grid", tests, NULL, NULL);
}
