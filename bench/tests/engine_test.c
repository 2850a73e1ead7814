/* SPDX-License-Identifier: MIT
 *
 * engine_test.c: engines are found by name or path, say why not when they cannot be, and CPython refuses what
 * it cannot honour.
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

#include "bench/engine.h"

struct fixture {
    struct bench_cell cell;
    struct bench_engine engine;
    struct rt_text text;
    char why[512];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(bench_cell_init(&fixture->cell, wl_registry_find("churn")), 0);
    rt_text_init(&fixture->text, fixture->why, sizeof fixture->why);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_cell_fini(&fixture->cell);
    free(fixture);
    return 0;
}

static int
open_engine(struct fixture *fixture, const char *name, const char *python) {
    return bench_engine_open(&fixture->engine, name, python, fixture->why, sizeof fixture->why);
}

static void
set(struct fixture *fixture, const char *knob, const char *value) {
    assert_int_equal(bench_cell_set(&fixture->cell, knob, value, &fixture->text), 0);
}

static const char *
find_variable(char **environment, const char *name) {
    for (size_t i = 0; environment[i] != NULL; i++)
        if (strncmp(environment[i], name, strlen(name)) == 0 && environment[i][strlen(name)] == '=')
            return environment[i] + strlen(name) + 1;
    return NULL;
}

static void
test_engine_rt_is_this_program_and_takes_every_knob(void **state) {
    struct fixture *fixture = *state;
    char **environment;

    assert_int_equal(open_engine(fixture, "rt", NULL), 0);
    assert_string_equal(fixture->engine.argv[1], "worker");
    set(fixture, "gc.policy", "single");
    assert_int_equal(bench_engine_check(&fixture->engine, &fixture->cell, &fixture->text), 0);
    assert_int_equal(bench_engine_environment(&fixture->engine, &fixture->cell, &environment), 0);
    assert_null(environment);
}

static void
test_engine_by_path_is_that_executable(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(open_engine(fixture, "/bin/sh", NULL), 0);
    assert_string_equal(fixture->engine.path, "/bin/sh");
    assert_string_equal(bench_engine_label(fixture->engine.name), "sh");
    assert_int_equal(open_engine(fixture, "/nowhere/engine", NULL), -ENOSYS);
    assert_string_equal(fixture->why, strerror(ENOENT));
}

static void
test_engine_of_another_program_is_its_worker_with_its_own_defaults(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(open_engine(fixture, "rt@/bin/sh", NULL), 0);
    assert_string_equal(fixture->engine.path, "/bin/sh");
    assert_string_equal(fixture->engine.argv[1], "worker");
    assert_true(fixture->engine.has_own_defaults);
    assert_string_equal(bench_engine_label(fixture->engine.name), "rt@/bin/sh");
    assert_int_equal(open_engine(fixture, "rt@/nowhere/gcsweep", NULL), -ENOSYS);
    assert_int_equal(open_engine(fixture, "rt@/bin", NULL), -ENOSYS);
    assert_string_equal(fixture->why, "it is no program");
}

static void
test_engine_of_no_such_name_suggests_the_nearest(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(open_engine(fixture, "cpyton", NULL), -ENOENT);
    assert_non_null(strstr(fixture->why, "did you mean cpython?"));
}

/* No module stands beside this test. */
static void
test_engine_cpython_without_its_module_says_what_is_missing(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(open_engine(fixture, "cpython", "/bin/sh"), -ENOSYS);
    assert_true(strstr(fixture->why, "python3-dev") != NULL ||
                strstr(fixture->why, "sanitizer") != NULL);
}

static void
test_engine_cpython_refuses_a_knob_that_it_has_not(void **state) {
    struct fixture *fixture = *state;

    fixture->engine.is_python = true;
    set(fixture, "alloc.backend", "system");
    set(fixture, "gc.mode", "idle");
    set(fixture, "gc.threshold1", "5");
    assert_int_equal(bench_engine_check(&fixture->engine, &fixture->cell, &fixture->text), 0);
    set(fixture, "alloc.arena", "4MiB");
    assert_int_equal(bench_engine_check(&fixture->engine, &fixture->cell, &fixture->text), -EINVAL);
    assert_non_null(strstr(fixture->why, "alloc.arena=4MiB: engine cpython"));
}

static void
test_engine_cpython_has_thresholds_of_its_own(void **state) {
    struct fixture *fixture = *state;

    fixture->engine = (struct bench_engine){.is_python = true, .thresholds = {2000, 11, 12}};
    set(fixture, "gc.threshold1", "5");
    bench_engine_settle(&fixture->engine, &fixture->cell);
    assert_int_equal(fixture->cell.config.gc_threshold0, 2000);
    assert_int_equal(fixture->cell.config.gc_threshold1, 5);
    assert_int_equal(fixture->cell.config.gc_threshold2, 12);
}

static void
test_engine_cpython_is_shut_off_from_the_users_settings(void **state) {
    struct fixture *fixture = *state;
    char **environment;

    fixture->engine.is_python = true;
    set(fixture, "alloc.backend", "debug");
    assert_int_equal(setenv("PYTHONPATH", "/somewhere", 1), 0);
    assert_int_equal(setenv("PYTHONMALLOC", "malloc", 1), 0);
    assert_int_equal(bench_engine_environment(&fixture->engine, &fixture->cell, &environment), 0);
    assert_null(find_variable(environment, "PYTHONPATH"));
    assert_string_equal(find_variable(environment, "PYTHONMALLOC"), "pymalloc_debug");
    assert_non_null(find_variable(environment, "PATH"));
    free(environment);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void
test_engine_name_may_end_in_a_malloc_to_preload(void **state) {
    struct fixture *fixture = *state;
    char **environment;
    int error = open_engine(fixture, "rt+jemalloc", NULL);

    if (error == 0) {
        assert_string_equal(fixture->engine.name, "rt+jemalloc");
        assert_non_null(strstr(fixture->engine.preload, "/libjemalloc"));
        assert_int_equal(bench_engine_environment(&fixture->engine, &fixture->cell, &environment),
                         0);
        assert_int_equal(strncmp(find_variable(environment, "LD_PRELOAD"), fixture->engine.preload,
                                 strlen(fixture->engine.preload)),
                         0);
        free(environment);
    } else {
        assert_int_equal(error, -ENOSYS);
        assert_non_null(strstr(fixture->why, "libjemalloc2"));
    }
    assert_int_equal(open_engine(fixture, "rt+jemaloc", NULL), -ENOENT);
    assert_non_null(strstr(fixture->why, "did you mean jemalloc?"));
    assert_int_equal(open_engine(fixture, "rt+/no/such.so", NULL), -ENOENT);
    assert_int_equal(open_engine(fixture, "rx+jemalloc", NULL), -ENOENT);
    assert_non_null(strstr(fixture->why, "no engine rx"));
}

/* A plus in a path is a part of it, unless a malloc's name follows. */
static void
test_engine_path_may_have_a_plus(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(open_engine(fixture, "/no/c++/engine", NULL), -ENOSYS);
    assert_int_equal(open_engine(fixture, "/bin/sh", NULL), 0);
    assert_string_equal(fixture->engine.preload, "");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_engine_rt_is_this_program_and_takes_every_knob),
        TEST(test_engine_by_path_is_that_executable),
        TEST(test_engine_name_may_end_in_a_malloc_to_preload),
        TEST(test_engine_path_may_have_a_plus),
        TEST(test_engine_of_another_program_is_its_worker_with_its_own_defaults),
        TEST(test_engine_of_no_such_name_suggests_the_nearest),
        TEST(test_engine_cpython_without_its_module_says_what_is_missing),
        TEST(test_engine_cpython_refuses_a_knob_that_it_has_not),
        TEST(test_engine_cpython_has_thresholds_of_its_own),
        TEST(test_engine_cpython_is_shut_off_from_the_users_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
