/* SPDX-License-Identifier: MIT
 *
 * child_test.c: whatever an engine does, there is a record of it. The engines are shell scripts.
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

#include <signal.h>
#include <sys/wait.h>

#include "bench/child.h"

#define READY   "read cell; echo '{\"event\":\"ready\"}' >&3; read go; "
#define ACTIVE  "echo '{\"event\":\"active\"}' >&3; "
#define DRAINED "echo '{\"event\":\"drained\"}' >&3; read go; "
#define RECORD                                                                                     \
    "echo '{\"event\":\"record\",\"status\":\"finished\",\"digest\":\"00000000000000aa\","         \
    "\"values\":{\"wall_ns\":1000,\"peak_live_bytes\":4096,\"no such metric\":1},"                 \
    "\"latency_ns\":[[100,30],[200,10]],\"latency_exact_ns\":[100,200,5000],\"live_bytes\":[[0,1]" \
    ",[5,2]]}' >&3; "

struct fixture {
    struct bench_cell cell;
    struct bench_record *record;
    struct bench_child_options options;
    char *argv[4];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(bench_cell_init(&fixture->cell, wl_registry_find("churn")), 0);
    fixture->record = bench_record_create();
    assert_non_null(fixture->record);
    fixture->options = (struct bench_child_options){.path = "/bin/sh",
                                                    .argv = fixture->argv,
                                                    .sample_ns = 1000000,
                                                    .time_limit_ns = UINT64_C(20000000000),
                                                    .signals = bench_child_signals_open()};
    assert_true(fixture->options.signals >= 0);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    close(fixture->options.signals);
    bench_record_destroy(fixture->record);
    bench_cell_fini(&fixture->cell);
    free(fixture);
    return 0;
}

static const struct bench_record *
run(struct fixture *fixture, const char *script) {
    fixture->argv[0] = (char *)"sh";
    fixture->argv[1] = (char *)"-c";
    fixture->argv[2] = (char *)script;
    assert_int_equal(bench_child_run(&fixture->options, &fixture->cell, fixture->record), 0);
    assert_true(fixture->record->started[0] != '\0' && fixture->record->elapsed_ns > 0);
    return fixture->record;
}

static void
test_child_takes_over_a_whole_record(void **state) {
    const struct bench_record *record = run(*state, READY ACTIVE "sleep 0.05; " DRAINED RECORD);

    assert_int_equal(record->state, BENCH_CELL_FINISHED);
    assert_string_equal(record->why, "");
    assert_string_equal(record->digest, "00000000000000aa");
    assert_int_equal(record->exit_status, 0);
    assert_true(record->values[BENCH_METRIC_WALL_NS] == 1000);
    assert_int_equal(record->latency.count, 40);
    assert_int_equal(record->latency.sum, 5000);
    assert_true(record->has[BENCH_METRIC_LATENCY_P50_NS] &&
                !record->has[BENCH_METRIC_LATENCY_P90_NS]);
    assert_int_equal(record->live.count, 2);
    assert_true(record->values[BENCH_METRIC_BASELINE_RSS_BYTES] > 4096);
    assert_true(record->values[BENCH_METRIC_PEAK_RSS_BYTES] >=
                record->values[BENCH_METRIC_DRAINED_RSS_BYTES]);
    assert_true(record->has[BENCH_METRIC_MEDIAN_RSS_BYTES] &&
                record->has[BENCH_METRIC_OVERHEAD_RATIO]);
    assert_true(record->resident.count >= 2);
}

static void
test_child_hears_the_machine_while_the_worker_works(void **state) {
    const struct bench_record *record = run(*state, READY ACTIVE "sleep 0.1; " DRAINED RECORD);

    assert_true(record->noise.count > 10 &&
                record->noise.count <= 200 + record->elapsed_ns / 1000000);
    assert_true(record->values[BENCH_METRIC_NOISE_MAX_NS] == (double)record->noise.greatest);
    assert_false(record->has[BENCH_METRIC_NOISE_P999_NS]); /* that needs 10,000 */
    assert_int_equal(run(*state, READY "sleep 0.05; " DRAINED RECORD)->noise.count, 0);
}

static void
test_child_walks_page_tables_of_what_works_for_long(void **state) {
    const struct bench_record *record = run(*state, READY ACTIVE "sleep 0.2; " DRAINED RECORD);

    assert_true(record->values[BENCH_METRIC_PEAK_PSS_BYTES] > 0);
    assert_true(record->values[BENCH_METRIC_PEAK_PRIVATE_DIRTY_BYTES] >= 4096);
    assert_true(record->values[BENCH_METRIC_PEAK_PRIVATE_DIRTY_BYTES] <=
                record->values[BENCH_METRIC_PEAK_RSS_BYTES] + (1 << 20));
    assert_true(record->has[BENCH_METRIC_HUGE_PAGE_BYTES]);
    record = run(*state, READY ACTIVE DRAINED RECORD);
    assert_false(record->has[BENCH_METRIC_PEAK_PSS_BYTES]);
}

static void
test_child_hands_the_cell_over_on_one_line(void **state) {
    const struct bench_record *record =
        run(*state, "read cell; case $cell in "
                    "'{\"workload\":\"churn\",'*'\"alloc.backend\":\"pool\"'*'}') exit 7;; "
                    "esac; echo \"$cell\" >&2; exit 8");
    assert_int_equal(record->state, BENCH_CELL_FAILED);
    assert_int_equal(record->exit_status, 7);
}

static void
test_child_keeps_status_and_last_lines_of_a_failure(void **state) {
    const struct bench_record *record = run(
        *state, READY "i=0; while [ $i -lt 1000 ]; do echo line $i >&2; i=$((i+1)); done; exit 3");

    assert_int_equal(record->state, BENCH_CELL_FAILED);
    assert_int_equal(record->exit_status, 3);
    assert_string_equal(record->why, "failed, status 3");
    assert_non_null(strstr(record->stderr_tail, "line 999\n"));
    assert_int_equal(strncmp(record->stderr_tail, "line ", 5), 0);
    assert_null(strstr(record->stderr_tail, "line 10\n"));
}

static void
test_child_names_the_signal(void **state) {
    const struct bench_record *record = run(*state, READY "kill -SEGV $$");

    assert_int_equal(record->state, BENCH_CELL_FAILED);
    assert_int_equal(record->signal, SIGSEGV);
    assert_int_equal(record->exit_status, -1);
    assert_non_null(strstr(record->why, "signal 11"));
}

static void
test_child_ends_what_takes_too_long(void **state) {
    struct fixture *fixture = *state;

    fixture->options.time_limit_ns = 100000000;
    const struct bench_record *record = run(fixture, READY ACTIVE "sleep 60");
    assert_int_equal(record->state, BENCH_CELL_TIMEOUT);
    assert_string_equal(record->why, "not done after 0.1 s");
    assert_true(record->elapsed_ns < UINT64_C(10000000000));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
}

static void
test_child_ends_what_grows_too_large(void **state) {
    struct fixture *fixture = *state;

    fixture->options.memory_limit_bytes = 100000;
    const struct bench_record *record = run(fixture, READY ACTIVE "sleep 60");
    assert_int_equal(record->state, BENCH_CELL_MEMORY);
    assert_non_null(strstr(record->why, "the limit is 100000"));
}

static void
test_child_without_a_record_has_failed(void **state) {
    assert_int_equal(run(*state, READY DRAINED)->state, BENCH_CELL_FAILED);
    assert_string_equal(((struct fixture *)*state)->record->why,
                        "ended without a record, status 0");
}

static void
test_child_that_fails_after_its_record_has_failed(void **state) {
    const struct bench_record *record = run(*state, READY DRAINED RECORD "exit 1");
    assert_int_equal(record->state, BENCH_CELL_FAILED);
    assert_int_equal(record->exit_status, 1);
}

static void
test_child_that_talks_nonsense_has_failed(void **state) {
    static const char *const messages[] = {
        "hello",
        "{\"event\":7}",
        "{\"event\":\"record\"}",
        "{\"event\":\"record\",\"status\":\"perfect\"}",
        "{\"event\":\"record\",\"status\":\"finished\",\"digest\":\"x\"}",
        "{\"event\":\"record\",\"status\":\"finished\",\"latency_ns\":[[1]]}",
        "{\"event\":\"record\",\"status\":\"wrong\",\"values\":{\"cpu_ns\":[]}}",
    };

    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        char script[256];
        snprintf(script, sizeof script, "echo '%s' >&3; sleep 60", messages[i]);
        const struct bench_record *record = run(*state, script);
        assert_int_equal(record->state, BENCH_CELL_FAILED);
        assert_true(record->why[0] != '\0');
        assert_true(record->elapsed_ns < UINT64_C(10000000000));
    }
}

static void
test_child_stray_prints_do_not_hurt(void **state) {
    const struct bench_record *record =
        run(*state, "echo noise; " READY "echo '{\"event\":\"x\"}'; " DRAINED RECORD);
    assert_int_equal(record->state, BENCH_CELL_FINISHED);
    assert_string_equal(record->stderr_tail, "");
}

static void
test_child_ends_what_a_worker_leaves_behind(void **state) {
    const struct bench_record *record = run(*state, "sleep 60 & " READY DRAINED RECORD);
    assert_int_equal(record->state, BENCH_CELL_FINISHED);
    assert_true(record->elapsed_ns < UINT64_C(10000000000));
}

static void
test_child_interrupted_ends_the_worker(void **state) {
    struct fixture *fixture = *state;
    char script[] = READY "kill -INT $PPID; sleep 60";

    fixture->argv[0] = (char *)"sh";
    fixture->argv[1] = (char *)"-c";
    fixture->argv[2] = script;
    assert_int_equal(bench_child_run(&fixture->options, &fixture->cell, fixture->record), -EINTR);
    assert_true(fixture->record->elapsed_ns < UINT64_C(10000000000));
}

static void
test_child_that_cannot_be_started_says_why(void **state) {
    struct fixture *fixture = *state;

    fixture->options.path = "/nowhere/engine";
    fixture->argv[0] = (char *)"engine";
    fixture->argv[1] = NULL;
    assert_int_equal(bench_child_run(&fixture->options, &fixture->cell, fixture->record), -ENOENT);
    assert_string_equal(fixture->record->why, "/nowhere/engine: No such file or directory");
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_child_takes_over_a_whole_record),
        UNIT(test_child_hears_the_machine_while_the_worker_works),
        UNIT(test_child_walks_page_tables_of_what_works_for_long),
        UNIT(test_child_hands_the_cell_over_on_one_line),
        UNIT(test_child_keeps_status_and_last_lines_of_a_failure),
        UNIT(test_child_names_the_signal),
        UNIT(test_child_ends_what_takes_too_long),
        UNIT(test_child_ends_what_grows_too_large),
        UNIT(test_child_without_a_record_has_failed),
        UNIT(test_child_that_fails_after_its_record_has_failed),
        UNIT(test_child_that_talks_nonsense_has_failed),
        UNIT(test_child_stray_prints_do_not_hurt),
        UNIT(test_child_ends_what_a_worker_leaves_behind),
        UNIT(test_child_interrupted_ends_the_worker),
        UNIT(test_child_that_cannot_be_started_says_why),
    };
    return cmocka_run_group_tests_name("bench/child", tests, NULL, NULL);
}
