/* SPDX-License-Identifier: MIT */
#include "bench/report/chart.h"

#include "bench/tests/report_fixture.h"

static char *
write_charts(const struct fixture *fixture) {
    struct bench_report_data data;
    char *text = NULL, why[256] = "";
    size_t bytes;
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    FILE *out = open_memstream(&text, &bytes);
    if (bench_report_chart_write(&data, out, why, sizeof(why)))
        fail_msg("charts should be drawn: %s", why);
    fclose(out);
    bench_report_data_fini(&data);
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
    assert_lacks(text, "color=\"black\"");
    for (int i = 1; i <= 7; i++) {
        char variable[32];
        snprintf(variable, sizeof(variable), "var(--s%d)", i);
        assert_contains(text, variable);
    }
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_chart_has_title_reading_picture_and_data),
        cmocka_unit_test(test_charts_of_growth_are_there_for_who_tells_of_it),
        cmocka_unit_test(test_charts_use_no_colour_but_the_pages),
    };
    return cmocka_run_group_tests_name("report_chart", tests, make_scratch, remove_scratch);
}
