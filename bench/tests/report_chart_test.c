/* SPDX-License-Identifier: MIT */
#include "bench/report/chart.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static char *
write_charts(const struct fixture *fixture) {
    static struct bench_report_several several;
    const char *path = scratch_path("run.db");
    char *text = NULL, why[256] = "";
    size_t bytes;
    make_run(fixture, path);
    assert_int_equal(bench_report_several_read(&path, 1, &several, why, sizeof(why)), 0);
    bench_report_chart_choose(&several);
    FILE *out = open_memstream(&text, &bytes);
    if (bench_report_chart_write(&several, out, why, sizeof(why)))
        fail_msg("charts should be drawn: %s", why);
    fclose(out);
    bench_report_several_fini(&several);
    return text;
}

static void
test_each_chart_has_title_reading_picture_and_data(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *text = write_charts(&(struct fixture){.configs = 4, .blocks = 3, .latencies = 20000});
    assert_int_equal(count_of(text, "<figure aria-labelledby"), 3);
    assert_int_equal(count_of(text, "class=\"chart\""), 3);
    assert_int_equal(count_of(text, "<details>"), 3);
    assert_contains(text, "Latency by percentile</h4>");
    assert_contains(text, "At the 99.9th percentile “arena=2048KiB” is fastest with");
    assert_contains(text, "4 of 4 configurations are worth having");
    assert_contains(text, "“arena=256KiB” stays lowest with a peak of 32 MiB and is the default");
    free(text);
}

static void
test_charts_of_growth_are_there_for_who_tells_of_it(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *text =
        write_charts(&(struct fixture){.configs = 2, .blocks = 1, .latencies = 10, .grows = true});
    assert_int_equal(count_of(text, "<figure aria-labelledby"), 6);
    assert_int_equal(count_of(text, "<details>"), 6);
    assert_contains(text, "<td>110 B</td><td>114 B</td>");
    assert_contains(text, "<td>16</td><td>184 B</td>");
    assert_contains(text, "<td>5</td><td>2 µs</td>");
    assert_lacks(text, "rgb(");
    free(text);
}

static void
test_charts_use_no_colour_but_the_pages(void **state) {
    (void)state;
    if (!has_gnuplot())
        skip();
    char *text = write_charts(&(struct fixture){.configs = 12, .blocks = 1, .latencies = 20000});
    assert_lacks(text, "rgb(");
    for (int i = 1; i <= 7; i++) {
        char variable[32];
        snprintf(variable, sizeof(variable), "class=\"s%d", i);
        assert_contains(text, variable);
    }
    free(text);
}

/* Groups g of workload g % workloads, whose best buys more the greater g is; each has a tradeoff, a latency and a
 * memory, and nothing else. */
static void
make_groups(struct bench_report_several *several, struct bench_report_group *groups, size_t count,
            size_t workloads, struct bench_report_config *configs) {
    static char names[100][24];
    several->count = 1;
    several->runs[0] = (struct bench_report_data){.groups = groups, .group_count = count};
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i % workloads], sizeof(names[0]), "w%zu", i % workloads);
        configs[i] = (struct bench_report_config){.mode = (char *)"",
                                                  .wall_ratio = 1 / (1 + (double)i / 10)};
        for (size_t k = 0; k < BENCH_REPORT_METRIC_COUNT; k++)
            configs[i].median[k] = NAN;
        groups[i] = (struct bench_report_group){
            .workload = names[i % workloads], .configs = &configs[i], .count = 1};
    }
}

static void
test_all_charts_are_drawn_where_they_are_few(void **state) {
    static struct bench_report_several several;
    struct bench_report_group groups[20];
    struct bench_report_config configs[20];
    (void)state;
    make_groups(&several, groups, 20, 3, configs);
    bench_report_chart_choose(&several);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(groups[i].charts, 3);
}

static void
test_of_too_many_groups_those_with_most_at_stake_are_drawn(void **state) {
    static struct bench_report_several several;
    static struct bench_report_group groups[600];
    static struct bench_report_config configs[600];
    size_t charts = 0;
    (void)state;
    make_groups(&several, groups, 600, 60, configs);
    configs[0].wall_ratio = 1e9; /* a risk is at stake like a gain */
    bench_report_chart_choose(&several);
    for (size_t i = 0; i < 600; i++)
        charts += groups[i].charts;
    assert_true(charts > 200 && charts <= 320);
    assert_int_equal(groups[0].charts, 3);
    for (size_t i = 541; i < 600; i++)
        assert_int_equal(groups[i].charts, 3);
    assert_int_equal(groups[1].charts, 0);
}

static void
test_each_workload_keeps_a_chart_where_workloads_are_many(void **state) {
    static struct bench_report_several several;
    static struct bench_report_group groups[200];
    static struct bench_report_config configs[200];
    (void)state;
    make_groups(&several, groups, 200, 100, configs);
    for (size_t i = 0; i < 200; i++)
        configs[i].wall_ratio = 1;
    bench_report_chart_choose(&several);
    for (size_t i = 0; i < 100; i++)
        assert_in_range(groups[i].charts, 1, 3);
}

static void
test_page_says_how_to_draw_what_it_has_not(void **state) {
    static struct bench_report_several several;
    const char *path = scratch_path("run.db");
    char *text = NULL, why[256] = "";
    size_t bytes, *charts;
    (void)state;
    if (!has_gnuplot())
        skip();
    make_run(&(struct fixture){.configs = 2, .blocks = 1, .latencies = 10}, path);
    assert_int_equal(bench_report_several_read(&path, 1, &several, why, sizeof(why)), 0);
    charts = &several.runs[0].groups[0].charts;
    for (*charts = 0; *charts < 2; ++*charts) {
        FILE *out = open_memstream(&text, &bytes);
        assert_int_equal(bench_report_chart_write(&several, out, why, sizeof(why)), 0);
        fclose(out);
        assert_int_equal(count_of(text, "<figure"), *charts);
        assert_contains(text, *charts ? "Not drawn here: latency, memory. To draw one: "
                                        "<code>gcsweep plot latency fixture --workload 'churn' "
                                        "-o FILE.svg"
                                      : "the charts of 1 more group,");
        free(text);
    }
    bench_report_several_fini(&several);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_chart_has_title_reading_picture_and_data),
        cmocka_unit_test(test_charts_of_growth_are_there_for_who_tells_of_it),
        cmocka_unit_test(test_charts_use_no_colour_but_the_pages),
        cmocka_unit_test(test_all_charts_are_drawn_where_they_are_few),
        cmocka_unit_test(test_of_too_many_groups_those_with_most_at_stake_are_drawn),
        cmocka_unit_test(test_each_workload_keeps_a_chart_where_workloads_are_many),
        cmocka_unit_test(test_page_says_how_to_draw_what_it_has_not),
    };
    return cmocka_run_group_tests_name("report_chart", tests, make_scratch, remove_scratch);
}
