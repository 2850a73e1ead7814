/* SPDX-License-Identifier: MIT
 *
 * find_test.c: runs of a scratch directory, by name and by path.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/find.h"

static char directory[64], path[512], why[512];

static void
touch(const char *name) {
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fclose(file);
}

static int
set_up(void **state) {
    (void)state;
    strcpy(directory, "/tmp/gcsweep-find-XXXXXX");
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(mkdir("results", 0777), 0);
    touch("results/quick.db");
    touch("own.db");
    return 0;
}

static int
tear_down(void **state) {
    (void)state;
    unlink("results/quick.db");
    unlink("own.db");
    rmdir("results");
    assert_int_equal(chdir("/"), 0);
    return rmdir(directory);
}

static int
find(const char *run) {
    return bench_find_run(run, path, sizeof(path), why, sizeof(why));
}

static void
test_run_is_found_by_name_and_by_path(void **state) {
    (void)state;
    assert_int_equal(find("quick"), 0);
    assert_string_equal(path, "results/quick.db");
    assert_int_equal(find("quick.db"), 0);
    assert_string_equal(path, "results/quick.db");
    assert_int_equal(find("./results/quick.db"), 0);
    assert_string_equal(path, "./results/quick.db");
    assert_int_equal(find("own"), 0);
    assert_string_equal(path, "own.db");
}

static void
test_run_that_is_not_there_is_guessed_at(void **state) {
    (void)state;
    assert_int_equal(find("quik"), -ENOENT);
    assert_non_null(strstr(why, "did you mean quick?"));
    assert_int_equal(find("results"), -ENOENT); /* a directory is none */
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run_is_found_by_name_and_by_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_run_that_is_not_there_is_guessed_at, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
