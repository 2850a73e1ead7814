/* SPDX-License-Identifier: MIT */
#include "bench/report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/tests/report_fixture.h"

static int
write_report(const struct fixture *fixture, char why[256]) {
    make_run(fixture, scratch_path("run.db"));
    return bench_report_write(scratch_path("run.db"), scratch_path("run.html"), why, 256);
}

static char *
read_report(const struct fixture *fixture) {
    char why[256] = "";
    if (write_report(fixture, why))
        fail_msg("the report should be written: %s", why);
    return read_whole(scratch_path("run.html"));
}

static void
test_report_needs_nothing_but_itself(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *page = read_report(&(struct fixture){.configs = 4, .blocks = 3, .latencies = 20000});
    assert_lacks(page, "{{");
    assert_int_equal(count_of(page, "<script"), 1);
    assert_lacks(page, "import");
    assert_lacks(page, "fetch");
    assert_lacks(page, "<link");
    assert_lacks(page, "src=");
    assert_lacks(page, "url(");
    assert_lacks(page, "href=\"http");
    assert_contains(page, "<html lang=\"en\"");
    assert_contains(page, "prefers-color-scheme: dark");
    assert_contains(page, "<title>fixture – gcsweep report</title>");
    free(page);
}

static void
test_report_answers_before_it_shows(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *page = read_report(&(struct fixture){.configs = 4, .blocks = 3, .latencies = 20000});
    const char *const order[] = {"id=\"answer\"", "id=\"table\"", "id=\"charts\"",
                                 "id=\"environment\"", "id=\"repeat\""};
    for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
        assert_true(strstr(page, order[i - 1]) < strstr(page, order[i]));
    assert_int_equal(count_of(page, "<h1>"), 1);
    free(page);
}

static void
test_report_has_each_id_once_and_only_links_to_ids(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *page = read_report(&(struct fixture){.configs = 3, .blocks = 2, .latencies = 20000});
    for (const char *id = page; (id = strstr(id, " id=")) != NULL; id++) {
        char whole[128];
        size_t length = strcspn(id + 5, "\"'") + 6;
        snprintf(whole, sizeof(whole), "%.*s", (int)length, id);
        if (count_of(page, whole) != 1)
            fail_msg("%s should stand once", whole);
    }
    for (const char *link = page; (link = strstr(link, "href=\"#")) != NULL; link++) {
        char id[128];
        snprintf(id, sizeof(id), "id=\"%.*s\"", (int)strcspn(link + 7, "\""), link + 7);
        assert_contains(page, id);
    }
    free(page);
}

static void
test_report_is_well_formed_whatever_the_names(void **state) {
    (void)state;
    if (!has_gnuplot() || system("command -v xmllint >/dev/null 2>&1") != 0)
        skip();
    const struct fixture fixtures[] = {
        {.configs = 4, .blocks = 3, .latencies = 20000},
        {.configs = 3,
         .blocks = 2,
         .latencies = 300,
         .last_fails = true,
         .workload = "a<b & \"c\"",
         .run_name = "<i>&amp;",
         .labels = {"x=<1>&\"2\"", "#y='{3}_^@~\\", "z=%d]]>"}},
        {.configs = 30, .blocks = 1, .latencies = 50},
        {.configs = 1, .blocks = 1, .latencies = 1},
        {.configs = 2, .blocks = 2, .nothing_ran = true},
    };
    for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
        char command[600];
        free(read_report(&fixtures[i]));
        snprintf(command, sizeof(command), "xmllint --noout '%s'", scratch_path("run.html"));
        assert_int_equal(system(command), 0);
    }
}

/* The page of a sweep of many workloads stays small enough to be sent. */
static void
test_report_of_many_groups_stays_small(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *page = read_report(
        &(struct fixture){.configs = 330, .groups = 110, .blocks = 1, .latencies = 100});
    assert_in_range(count_of(page, "<figure "), 200, 320);
    assert_int_equal(count_of(page, "<details class=\"verdict\""), 110);
    assert_contains(page, "To keep the page small, the charts of");
    assert_true(strlen(page) < 3000 * 1000);
    free(page);
}

static void
test_report_without_gnuplot_names_the_package_and_writes_nothing(void **state) {
    char why[256] = "", path[4096];
    (void)state;
    snprintf(path, sizeof(path), "%s", getenv("PATH"));
    unlink(scratch_path("run.html"));
    setenv("PATH", scratch, 1);
    int error = write_report(&(struct fixture){.configs = 2, .blocks = 1, .latencies = 10}, why);
    setenv("PATH", path, 1);
    assert_int_equal(error, -ENOPKG);
    assert_int_equal(bench_report_status(error), 3);
    assert_contains(why, "gnuplot-nox");
    assert_int_not_equal(access(scratch_path("run.html"), F_OK), 0);
    assert_int_equal(access(scratch_path("run.db"), F_OK), 0);
}

static void
test_report_of_no_run_is_a_wrong_call(void **state) {
    char why[256] = "";
    (void)state;
    int error =
        bench_report_write(scratch_path("none.db"), scratch_path("x.html"), why, sizeof(why));
    assert_int_equal(error, -ENOENT);
    assert_int_equal(bench_report_status(error), 2);
    assert_contains(why, "none.db");
}

static void
test_report_into_a_place_that_is_not_there_says_so(void **state) {
    char why[256] = "";
    (void)state;
    if (!has_gnuplot())
        skip();
    make_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 1}, scratch_path("run.db"));
    int error =
        bench_report_write(scratch_path("run.db"), scratch_path("no/run.html"), why, sizeof(why));
    assert_int_equal(error, -ENOENT);
    assert_contains(why, "no/run.html: there is no such folder");
}

static void
count_file(void *context, const char *path) {
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 1000);
    ++*(int *)context;
}

static void
test_report_pictures_are_written_one_a_figure(void **state) {
    char why[256] = "";
    int count = 0;
    (void)state;
    if (!has_gnuplot())
        skip();
    make_run(&(struct fixture){.configs = 2, .blocks = 1, .latencies = 100, .workload = "a/b c"},
             scratch_path("run.db"));
    assert_int_equal(bench_report_pictures(scratch_path("run.db"), scratch, count_file, &count, why,
                                           sizeof(why)),
                     0);
    assert_int_equal(count, 3);
    assert_int_equal(access(scratch_path("fixture-a-b-c-latency.png"), F_OK), 0);
}

static void
test_page_stands_beside_its_run(void **state) {
    char path[64];
    (void)state;
    bench_report_page_path("results/a.db", path, sizeof(path));
    assert_string_equal(path, "results/a.html");
    bench_report_page_path("run", path, sizeof(path));
    assert_string_equal(path, "run.html");
}

/* A pipe has the page, and is a pipe still. */
static void
test_report_into_a_pipe_leaves_it_there(void **state) {
    char why[256] = "", begin[16] = "";
    struct stat status;
    (void)state;
    if (!has_gnuplot())
        skip();
    make_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 200},
             scratch_path("run.db"));
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    int reader = open(scratch_path("pipe"), O_RDONLY | O_NONBLOCK);
    assert_true(fcntl(reader, F_SETPIPE_SZ, 1 << 20) > 0);
    if (bench_report_write(scratch_path("run.db"), scratch_path("pipe"), why, sizeof(why)))
        fail_msg("%s", why);
    assert_int_equal(read(reader, begin, sizeof(begin) - 1), 15);
    close(reader);
    assert_string_equal(begin, "<!DOCTYPE html>");
    assert_int_equal(stat(scratch_path("pipe"), &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_needs_nothing_but_itself),
        cmocka_unit_test(test_report_answers_before_it_shows),
        cmocka_unit_test(test_report_has_each_id_once_and_only_links_to_ids),
        cmocka_unit_test(test_report_is_well_formed_whatever_the_names),
        cmocka_unit_test(test_report_of_many_groups_stays_small),
        cmocka_unit_test(test_report_without_gnuplot_names_the_package_and_writes_nothing),
        cmocka_unit_test(test_report_of_no_run_is_a_wrong_call),
        cmocka_unit_test(test_report_into_a_place_that_is_not_there_says_so),
        cmocka_unit_test(test_report_into_a_pipe_leaves_it_there),
        cmocka_unit_test(test_report_pictures_are_written_one_a_figure),
        cmocka_unit_test(test_page_stands_beside_its_run),
    };
    return cmocka_run_group_tests_name("report", tests, make_scratch, remove_scratch);
}
