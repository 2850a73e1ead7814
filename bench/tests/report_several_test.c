/* SPDX-License-Identifier: MIT */
#include "bench/report/several.h"

#include "bench/report.h"
#include "bench/tests/report_fixture.h"

/* Run 1 has two configurations; run 2 is called the same, is slower and has a third; run 3 is of another workload. */
static const struct fixture fixtures[] = {
    {.configs = 2, .blocks = 12, .latencies = 20000},
    {.configs = 3, .blocks = 12, .latencies = 20000, .slower = 0.5},
    {.configs = 2, .blocks = 1, .latencies = 10, .workload = "cache", .run_name = "third <&>"},
};

static const char *paths[3];

static int
make_runs(void **state) {
    static char kept[3][512];
    if (make_scratch(state))
        return -1;
    for (int i = 0; i < 3; i++) {
        char name[24];
        snprintf(name, sizeof(name), "run%d.db", i + 1);
        paths[i] = strcpy(kept[i], scratch_path(name));
        make_run(&fixtures[i], paths[i]);
    }
    return 0;
}

static char *
write_part(size_t count, void (*part)(const struct bench_report_several *several, FILE *out)) {
    static struct bench_report_several several;
    char *text = NULL, why[256] = "";
    size_t bytes;
    if (bench_report_several_read(paths, count, &several, why, sizeof(why)))
        fail_msg("the runs should be read: %s", why);
    FILE *out = open_memstream(&text, &bytes);
    part(&several, out);
    fclose(out);
    bench_report_several_fini(&several);
    return text;
}

static void
test_several_runs_are_called_each_otherwise(void **state) {
    char *text = write_part(3, bench_report_several_heading);
    (void)state;
    assert_string_equal(text, "fixture, run2.db and third &lt;&amp;&gt;: what changed?");
    free(text);
}

static void
test_several_runs_stand_in_columns(void **state) {
    char *text = write_part(2, bench_report_several_table);
    (void)state;
    assert_int_equal(count_of(text, "<table"), 1);
    assert_contains(text, "<th scope=\"colgroup\" colspan=\"3\">fixture</th>"
                          "<th scope=\"colgroup\" colspan=\"3\">run2.db</th>");
    assert_int_equal(count_of(text, "<th scope=\"row\">"), 3);
    assert_contains(text, "<code>alloc.arena=1024KiB</code><span class=\"tag\">in run2.db</span>"
                          "</th><td>n/a</td><td>n/a</td><td>n/a</td><td>128 ms</td>");
    assert_contains(text, "<td>95.5 ms</td>");
    assert_contains(text, "<td>143 ms<small class=\"more\">1.50×</small></td>");
    free(text);
}

static void
test_several_runs_each_have_their_best(void **state) {
    char *text = write_part(2, bench_report_several_answer);
    (void)state;
    assert_contains(text, "<h3>run2.db against fixture</h3>");
    assert_contains(text, "<code>wall_ns</code></td><td>95.5 ms</td><td>143 ms</td><td>1.500×");
    assert_contains(text, "<strong class=\"more\">worse</strong>");
    assert_contains(text,
                    "<tr class=\"is-best\"><th scope=\"row\">churn<span class=\"tag\">differs");
    assert_contains(text, "Use <code>alloc.arena=512KiB</code></td>");
    assert_contains(text, "Use <code>alloc.arena=1024KiB</code></td>");
    free(text);
}

static void
test_several_runs_of_different_workloads_say_what_they_have_not(void **state) {
    char *text = write_part(3, bench_report_several_answer);
    (void)state;
    assert_contains(text, "They cannot be compared</p>\n<p>nothing in common");
    assert_contains(text, "<th scope=\"row\">cache</th><td class=\"text\">not in this run</td>");
    free(text);
}

static void
test_several_runs_show_what_differs_apart(void **state) {
    char *text = write_part(3, bench_report_several_environment);
    const char *same = strstr(text, "What is the same in all");
    (void)state;
    assert_non_null(same);
    assert_true(strstr(text, "third &lt;&amp;&gt;</td>") < same);
    assert_true(strstr(text, "8 GiB") > same);
    assert_int_equal(count_of(text, "8 GiB"), 3);
    assert_int_equal(count_of(text, "<th scope=\"row\">governor</th>"), 1);
    free(text);
}

static void
test_several_runs_are_repeated_one_by_one(void **state) {
    char *text = write_part(2, bench_report_several_repeat);
    (void)state;
    assert_int_equal(count_of(text, "gcsweep sweep quick --set 'a&lt;b'"), 2);
    assert_contains(text, "run2.db</code></pre>");
    free(text);
}

static void
test_several_runs_make_one_page(void **state) {
    char why[256] = "", html[1024], command[1200];
    (void)state;
    if (!has_gnuplot())
        skip();
    bench_report_several_path(paths, 3, html, sizeof(html));
    assert_contains(html, "/run1-run2-run3.html");
    if (bench_report_write_several(paths, 3, html, why, sizeof(why)))
        fail_msg("the page should be written: %s", why);
    char *page = read_whole(html);
    assert_int_equal(count_of(page, "<figure aria-labelledby"), 6);
    assert_int_equal(count_of(page, "<figure class=\"forest\""), 1);
    assert_contains(page, "Latency by percentile: fixture</h4>");
    assert_contains(page, "Latency by percentile: run2.db</h4>");
    assert_contains(page, "Run third &lt;&amp;&gt; has nothing of this.");
    assert_contains(page, "1 workload that fixture does not have is not drawn here");
    free(page);
    if (system("command -v xmllint >/dev/null 2>&1") == 0) {
        snprintf(command, sizeof(command), "xmllint --noout '%s'", html);
        assert_int_equal(system(command), 0);
    }
    unlink(html);
}

static void
test_several_runs_too_many_are_refused(void **state) {
    static struct bench_report_several several;
    const char *many[BENCH_REPORT_RUNS_MOST + 1];
    char why[256] = "";
    (void)state;
    for (size_t i = 0; i <= BENCH_REPORT_RUNS_MOST; i++)
        many[i] = paths[0];
    assert_int_equal(
        bench_report_several_read(many, BENCH_REPORT_RUNS_MOST + 1, &several, why, sizeof(why)),
        -E2BIG);
    assert_contains(why, "too many for one page");
    assert_int_equal(bench_report_several_read(many, 3, &several, why, sizeof(why)), 0);
    assert_string_equal(several.labels[2], "run1.db (3)");
    bench_report_several_fini(&several);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_runs_are_called_each_otherwise),
        cmocka_unit_test(test_several_runs_stand_in_columns),
        cmocka_unit_test(test_several_runs_each_have_their_best),
        cmocka_unit_test(test_several_runs_of_different_workloads_say_what_they_have_not),
        cmocka_unit_test(test_several_runs_show_what_differs_apart),
        cmocka_unit_test(test_several_runs_are_repeated_one_by_one),
        cmocka_unit_test(test_several_runs_make_one_page),
        cmocka_unit_test(test_several_runs_too_many_are_refused),
    };
    return cmocka_run_group_tests_name("report_several", tests, make_runs, remove_scratch);
}
