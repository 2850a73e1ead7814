/* SPDX-License-Identifier: MIT
 *
 * run_file_test.c: names of runs, and that a new run is whole or not there.
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

#include <dirent.h>

#include "bench/run_file.h"

struct fixture {
    char folder[64], path[BENCH_RUN_FILE_PATH_BYTES], why[256];
    struct bench_suite suite;
    struct bench_plan plan;
    struct bench_run_file draft;
    struct bench_store *store;
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct rt_text why;

    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/gcsweep-run-file-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(chdir(fixture->folder), 0);
    rt_text_init(&why, fixture->why, sizeof fixture->why);
    bench_suite_init(&fixture->suite, "mine");
    assert_non_null(bench_suite_add(&fixture->suite, wl_registry_find("churn")));
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 2, 1, &why), 0);
    fixture->draft = (struct bench_run_file){.suite = &fixture->suite,
                                             .plan = &fixture->plan,
                                             .command = "gcsweep sweep mine",
                                             .seed = 1,
                                             .repetitions = 2};
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[128];

    bench_store_close(fixture->store);
    bench_plan_fini(&fixture->plan);
    bench_suite_fini(&fixture->suite);
    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static int
create(struct fixture *fixture, const char *run) {
    bench_store_close(fixture->store);
    fixture->store = NULL;
    return bench_run_file_create(&fixture->draft, run, fixture->path, &fixture->store, fixture->why,
                                 sizeof fixture->why);
}

static void
test_run_file_names_and_paths_lead_to_each_other(void **state) {
    char path[BENCH_RUN_FILE_PATH_BYTES], name[BENCH_RUN_FILE_NAME_BYTES];

    (void)state;
    bench_run_file_path("quick-1", path);
    assert_string_equal(path, "results/quick-1.db");
    bench_run_file_path("quick-1.db", path);
    assert_string_equal(path, "results/quick-1.db");
    bench_run_file_path("./a/b", path);
    assert_string_equal(path, "./a/b.db");
    bench_run_file_name(path, name);
    assert_string_equal(name, "b");
    bench_run_file_name(".db", name);
    assert_string_equal(name, ".db");
}

static void
test_run_file_counts_up_and_has_its_name_in_it(void **state) {
    struct fixture *fixture = *state;
    char name[64];

    assert_int_equal(create(fixture, NULL), 0);
    assert_string_equal(fixture->path, "results/mine-1.db");
    assert_int_equal(create(fixture, NULL), 0);
    assert_string_equal(fixture->path, "results/mine-2.db");
    assert_int_equal(bench_store_fact(fixture->store, BENCH_STORE_RUN, "name", name, sizeof name),
                     0);
    assert_string_equal(name, "mine-2");
    assert_int_equal(
        bench_store_fact(fixture->store, BENCH_STORE_RUN, "complete", name, sizeof name), 0);
    assert_string_equal(name, "0");
}

static void
test_run_file_never_takes_the_place_of_another(void **state) {
    struct fixture *fixture = *state;
    FILE *file = fopen("theirs.db", "w");
    char text[16];

    assert_non_null(file);
    fputs("precious", file);
    fclose(file);
    assert_int_equal(create(fixture, "./theirs"), -EEXIST);
    assert_string_equal(fixture->why,
                        "./theirs.db is there already: choose another --out, or --resume it");
    file = fopen("theirs.db", "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "precious");
}

static void
test_run_file_in_no_folder_is_refused(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(create(fixture, "nowhere/run"), -ENOENT);
    assert_string_equal(fixture->why, "nowhere/run.db: there is no such folder");
    assert_int_equal(access("results", F_OK), -1);
}

static void
test_run_file_leaves_nothing_else_behind(void **state) {
    struct fixture *fixture = *state;
    struct dirent *entry;
    int files = 0;

    assert_int_equal(create(fixture, "one"), 0);
    assert_int_equal(create(fixture, "one"), -EEXIST);
    DIR *folder = opendir("results");
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        files += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    assert_int_equal(files, 1);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_run_file_names_and_paths_lead_to_each_other),
        UNIT(test_run_file_counts_up_and_has_its_name_in_it),
        UNIT(test_run_file_never_takes_the_place_of_another),
        UNIT(test_run_file_in_no_folder_is_refused),
        UNIT(test_run_file_leaves_nothing_else_behind),
    };
    return cmocka_run_group_tests_name("bench/run_file", tests, NULL, NULL);
}
