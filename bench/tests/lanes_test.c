/* SPDX-License-Identifier: MIT
 *
 * lanes_test.c: several cells at once are each run once and kept, and one that dies stops nothing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/lanes.h"
#include "bench/summary.h"

/* Cells of the system backend die, those of the debug backend take their time. */
static const char script[] =
    "read cell; echo '{\"event\":\"ready\"}' >&3; read go; echo '{\"event\":\"drained\"}' >&3; "
    "read go; "
    "case $cell in *'\"alloc.backend\":\"system\"'*) echo dying >&2; kill -ABRT $$;; "
    "*'\"alloc.backend\":\"debug\"'*) sleep 20;; esac; "
    "echo '{\"event\":\"record\",\"status\":\"finished\",\"digest\":\"00000000000000aa\","
    "\"values\":{\"wall_ns\":5}}' >&3";

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
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 8, 1, &why), 0);
    assert_int_equal(bench_store_begin(fixture->store), 0);
    assert_int_equal(bench_plan_store(&fixture->plan, &fixture->suite, fixture->store), 0);
    assert_int_equal(bench_store_commit(fixture->store), 0);
}

/* The store is closed meanwhile. */
static int
sweep(struct fixture *fixture) {
    const struct bench_sweep all = {
        .plan = &fixture->plan, .child = &fixture->child, .progress = BENCH_PROGRESS_NEVER};
    int error;

    bench_store_close(fixture->store);
    fixture->store = NULL;
    fixture->why[0] = '\0';
    error = bench_lanes_run(&all, fixture->path, 3, fixture->why, sizeof fixture->why);
    if (access(fixture->path, F_OK) == 0)
        assert_int_equal(bench_store_open(fixture->path, BENCH_STORE_RESUME, &fixture->store,
                                          fixture->why, sizeof fixture->why),
                         0);
    return error;
}

static void
test_lanes_run_every_cell_once_and_keep_it(void **state) {
    struct fixture *fixture = *state;
    struct bench_summary summary;

    plan_for(fixture, "pool,system");
    fixture->plan.cells[3].done = true;
    assert_int_equal(sweep(fixture), 0);
    assert_int_equal(bench_sweep_done(&fixture->plan), 16);
    assert_int_equal(
        bench_summary_read(&summary, fixture->store, fixture->why, sizeof fixture->why), 0);
    assert_int_equal(summary.states[BENCH_CELL_PLANNED], 1);
    assert_int_equal(summary.states[BENCH_CELL_FINISHED] + summary.states[BENCH_CELL_FAILED], 15);
    assert_true(summary.states[BENCH_CELL_FAILED] >= 7);
    bench_summary_fini(&summary);
}

static void
test_lanes_end_when_interrupted(void **state) {
    struct fixture *fixture = *state;
    pid_t self = getpid(), pid;

    plan_for(fixture, "debug");
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        usleep(300000);
        kill(self, SIGTERM);
        _exit(0);
    }
    assert_int_equal(sweep(fixture), -EINTR);
    assert_int_equal(bench_sweep_done(&fixture->plan), 0);
    assert_int_equal(kill(pid, 0), 0); /* waited for here, not there */
    waitpid(pid, NULL, 0);
}

static void
test_lanes_say_why_they_cannot(void **state) {
    struct fixture *fixture = *state;

    plan_for(fixture, "pool");
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(sweep(fixture), -ENOENT);
    assert_non_null(strstr(fixture->why, "no such file"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_lanes_run_every_cell_once_and_keep_it),
        UNIT(test_lanes_end_when_interrupted),
        UNIT(test_lanes_say_why_they_cannot),
    };
    return cmocka_run_group_tests_name("bench/lanes", tests, NULL, NULL);
}
