/* SPDX-License-Identifier: MIT
 *
 * sweep_test.c: every planned cell is run once and kept, and an engine that dies does not stop it.
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
#include "bench/sweep.h"

/* The digest is the same for every cell but those of the debug backend. */
static const char script[] =
    "read cell; echo '{\"event\":\"ready\"}' >&3; read go; echo '{\"event\":\"drained\"}' >&3; "
    "read go; "
    "case $cell in *'\"alloc.backend\":\"system\"'*) echo dying >&2; kill -ABRT $$;; "
    "*'\"alloc.backend\":\"debug\"'*) digest=00000000000000bb;; *) digest=00000000000000aa;; esac; "
    "echo "
    "'{\"event\":\"record\",\"status\":\"finished\",\"digest\":\"'$digest'\",\"values\":{\"wall_"
    "ns\":5}}' >&3";

struct fixture {
    char path[64];
    struct bench_suite suite;
    struct bench_plan plan;
    struct bench_store *store;
    struct bench_child_options child;
    char *argv[4];
    char why[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    strcpy(fixture->path, "/tmp/gcsweep-sweep-XXXXXX");
    close(mkstemp(fixture->path));
    unlink(fixture->path);
    assert_int_equal(bench_store_open(fixture->path, BENCH_STORE_CREATE, &fixture->store,
                                      fixture->why, sizeof fixture->why),
                     0);
    bench_suite_init(&fixture->suite, "test");
    assert_non_null(bench_suite_add(&fixture->suite, wl_registry_find("churn")));
    fixture->argv[0] = (char *)"sh";
    fixture->argv[1] = (char *)"-c";
    fixture->argv[2] = (char *)script;
    fixture->child = (struct bench_child_options){.path = "/bin/sh",
                                                  .argv = fixture->argv,
                                                  .sample_ns = 1000000,
                                                  .time_limit_ns = UINT64_C(20000000000),
                                                  .signals = bench_child_signals_open()};
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    close(fixture->child.signals);
    bench_plan_fini(&fixture->plan);
    bench_suite_fini(&fixture->suite);
    bench_store_close(fixture->store);
    unlink(fixture->path);
    free(fixture);
    return 0;
}

static void
plan_for(struct fixture *fixture, const char *backends) {
    struct rt_text why;

    rt_text_init(&why, fixture->why, sizeof fixture->why);
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.backend", backends, &why), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 3, 1, &why), 0);
    assert_int_equal(bench_store_begin(fixture->store), 0);
    assert_int_equal(bench_plan_store(&fixture->plan, &fixture->suite, fixture->store), 0);
    assert_int_equal(bench_store_commit(fixture->store), 0);
}

static void
sweep(struct fixture *fixture, struct bench_summary *summary) {
    const struct bench_sweep all = {.store = fixture->store,
                                    .plan = &fixture->plan,
                                    .child = &fixture->child,
                                    .progress = BENCH_PROGRESS_NEVER};

    assert_int_equal(bench_sweep_run(&all, fixture->why, sizeof fixture->why), 0);
    assert_int_equal(bench_sweep_done(&fixture->plan), fixture->plan.cell_count);
    assert_int_equal(bench_summary_read(summary, fixture->store, fixture->why, sizeof fixture->why),
                     0);
}

static void
test_sweep_goes_on_when_cells_die(void **state) {
    struct fixture *fixture = *state;
    struct bench_summary summary;

    plan_for(fixture, "pool,system");
    sweep(fixture, &summary);
    assert_int_equal(summary.states[BENCH_CELL_FINISHED], 3);
    assert_int_equal(summary.states[BENCH_CELL_FAILED], 3);
    assert_int_equal(summary.states[BENCH_CELL_PLANNED], 0);
    assert_false(bench_summary_is_good(&summary));
    assert_non_null(strstr(summary.first_why, "signal 6"));
    bench_summary_fini(&summary);
}

static void
test_sweep_finds_answers_that_differ(void **state) {
    struct fixture *fixture = *state;
    struct bench_summary summary;

    plan_for(fixture, "pool,debug");
    sweep(fixture, &summary);
    assert_int_equal(summary.states[BENCH_CELL_FINISHED], 6);
    assert_true(summary.differing_cell == 2 && summary.other_cell == 1);
    assert_false(bench_summary_is_good(&summary));
    bench_summary_fini(&summary);
}

static void
test_sweep_runs_only_what_is_left(void **state) {
    struct fixture *fixture = *state;
    struct bench_summary summary;

    plan_for(fixture, "pool");
    fixture->plan.cells[0].done = true;
    sweep(fixture, &summary);
    assert_int_equal(summary.states[BENCH_CELL_FINISHED], 2);
    assert_int_equal(summary.states[BENCH_CELL_PLANNED], 1);
    bench_summary_fini(&summary);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_sweep_goes_on_when_cells_die),
        UNIT(test_sweep_finds_answers_that_differ),
        UNIT(test_sweep_runs_only_what_is_left),
    };
    return cmocka_run_group_tests_name("bench/sweep", tests, NULL, NULL);
}
