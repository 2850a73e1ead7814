/* SPDX-License-Identifier: MIT
 *
 * suites_test.c: the suites that come with the program. Called with the program's path, and with "run" where
 * the one that holds every workload to one answer is to be run as well.
 */
#include "bench/tests/program.h"

#include <sqlite3.h>

static bool is_run;

static json_t *
list_names(struct fixture *fixture, const char *section) {
    call(fixture, "list --json");
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture), *names = json_array();
    size_t index;
    json_t *one;

    json_array_foreach(json_object_get(document, section), index, one) {
        json_array_append(names, json_object_get(one, "name"));
    }
    json_decref(document);
    assert_true(json_array_size(names) > 0);
    return names;
}

/* Whether a line of the plan is of that workload. */
static bool
plans(const struct fixture *fixture, const char *workload) {
    char start_of_line[64];
    snprintf(start_of_line, sizeof start_of_line, "\n%s ", workload);
    return strstr(fixture->out, start_of_line) != NULL;
}

static void
plan(struct fixture *fixture, const char *suite) {
    char arguments[128];
    snprintf(arguments, sizeof arguments, "sweep %s --dry-run", suite);
    call(fixture, arguments);
    if (fixture->status != 0)
        fail_msg("%s: %s", suite, fixture->err);
}

static void
test_suites_can_all_be_planned(void **state) {
    struct fixture *fixture = *state;
    json_t *suites = list_names(fixture, "suites");

    for (size_t i = 0; i < json_array_size(suites); i++) {
        plan(fixture, json_string_value(json_array_get(suites, i)));
        assert_non_null(strstr(fixture->out, " configurations, "));
    }
    json_decref(suites);
}

static void
test_suites_ci_full_and_answers_have_every_workload(void **state) {
    static const char *const suites[] = {"ci", "full", "answers"};
    struct fixture *fixture = *state;
    json_t *workloads = list_names(fixture, "workloads");

    for (size_t k = 0; k < sizeof suites / sizeof suites[0]; k++) {
        plan(fixture, suites[k]);
        for (size_t i = 0; i < json_array_size(workloads); i++) {
            const char *workload = json_string_value(json_array_get(workloads, i));
            if (!plans(fixture, workload))
                fail_msg("suite %s has no %s", suites[k], workload);
        }
    }
    json_decref(workloads);
}

static void
test_suites_quick_and_seeds_have_what_the_founding_documents_name(void **state) {
    static const char *const suites[] = {"quick", "seeds"};
    static const char *const named[] = {"bullets", "csv",   "instances",  "listgrow", "cycles",
                                        "cache",   "leaks", "finalizers", "pool",     "sharing"};
    struct fixture *fixture = *state;

    for (size_t k = 0; k < sizeof suites / sizeof suites[0]; k++) {
        plan(fixture, suites[k]);
        for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
            if (!plans(fixture, named[i]))
                fail_msg("suite %s has no %s", suites[k], named[i]);
    }
}

static int64_t
ask(const char *path, const char *query) {
    sqlite3 *file;
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_open_v2(path, &file, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(file, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(file);
    return answer;
}

/* Over engines, backends and modes; the engines that there are. */
static void
test_suites_each_workload_has_one_answer(void **state) {
    static const char *const most = "SELECT max(n) FROM (SELECT count(DISTINCT digest) n FROM cell "
                                    "JOIN config ON config.id = config_id GROUP BY workload)";
    struct fixture *fixture = *state;

    if (!is_run)
        skip();
    call(fixture, "sweep answers --engine both --out ./answers.db");
    if (fixture->status == 3)
        call(fixture, "sweep answers --out ./answers.db");
    if (fixture->status != 0)
        fail_msg("status %d: %s", fixture->status, fixture->err);
    assert_true(ask("answers.db", "SELECT count(*) FROM cell WHERE state = 'finished'") >= 17 * 12);
    assert_int_equal(ask("answers.db", "SELECT count(*) FROM cell WHERE state != 'finished'"), 0);
    assert_int_equal(ask("answers.db", most), 1);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_suites_can_all_be_planned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_suites_ci_full_and_answers_have_every_workload, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_suites_quick_and_seeds_have_what_the_founding_documents_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_suites_each_workload_has_one_answer, set_up,
                                        tear_down),
    };

    if (argc < 2)
        return 2;
    program = realpath(argv[1], NULL); /* tests change their directory */
    is_run = argc > 2;
    return cmocka_run_group_tests_name("bench/suites", tests, NULL, NULL);
}
