/* SPDX-License-Identifier: MIT
 *
 * figure_csv_test.c: strategies are series, by engine where there are several; what does not grow is kept on the axis.
 */
#include "bench/figure/csv.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_report_config configs[4];

static struct bench_report_group
make_group(const char *const labels[], size_t count) {
    static const double grown[] = {64 << 20, 16 << 20, 0, 1 << 20};
    for (size_t i = 0; i < count; i++) {
        configs[i] = (struct bench_report_config){.short_label = (char *)labels[i]};
        configs[i].median[BENCH_REPORT_WALL_NS] = 4e6 - 1e6 * (double)i;
        configs[i].median[BENCH_REPORT_BASELINE_BYTES] = 1e6;
        configs[i].median[BENCH_REPORT_PEAK_BYTES] = 1e6 + grown[i];
    }
    return (struct bench_report_group){
        .workload = (char *)"csv", .configs = configs, .count = count};
}

static char *
tell(const struct bench_report_group *group,
     void (*write)(const struct bench_report_group *group, FILE *out)) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    write(group, out);
    fclose(out);
    return text;
}

static void
test_strategies_are_series_with_all_that_else_differs(void **state) {
    static const char *const labels[] = {"strategy=load_all threshold0=700", "strategy=typed",
                                         "strategy=stream", "strategy=load_all threshold0=9"};
    struct bench_report_group group = make_group(labels, 4);
    (void)state;
    char *text = tell(&group, bench_figure_strategies_export);
    assert_contains(text, "load_all\tgrown_by_bytes\tconfiguration\n"
                          "4000000\t67108864\tstrategy=load_all threshold0=700\n"
                          "1000000\t1048576\tstrategy=load_all threshold0=9\n\n\ntyped\t");
    assert_contains(text, "\n2000000\t65536\tstrategy=stream\n");
    free(text);
    text = tell(&group, bench_figure_strategies_read);
    assert_string_equal(text,
                        "“strategy=stream” lets the process grow least, by 64 KiB or less, and "
                        "“strategy=load_all threshold0=700” most, by 64 MiB; “strategy=load_all "
                        "threshold0=9” is fastest, at 1 ms, and “strategy=load_all "
                        "threshold0=700” slowest, at 4 ms.");
    free(text);
}

static void
test_strategies_are_told_apart_by_engine(void **state) {
    static const char *const labels[] = {"rt strategy=typed", "cpython strategy=typed"};
    struct bench_report_group group = make_group(labels, 2);
    (void)state;
    char *text = tell(&group, bench_figure_strategies_export);
    assert_contains(text, "typed on rt\t");
    assert_contains(text, "\n\n\ntyped on cpython\tgrown_by_bytes\t");
    free(text);
}

static void
test_strategies_want_two_of_the_workload(void **state) {
    static const char *const labels[] = {"strategy=typed threshold0=1", "strategy=typed"};
    struct bench_report_group group = make_group(labels, 2);
    (void)state;
    assert_false(bench_figure_strategies_is_there(&group));
    configs[1].short_label = (char *)"strategy=stream";
    assert_true(bench_figure_strategies_is_there(&group));
    group.workload = (char *)"churn";
    assert_false(bench_figure_strategies_is_there(&group));
    group.workload = (char *)"csv";
    configs[1].median[BENCH_REPORT_WALL_NS] = NAN; /* none finished */
    assert_false(bench_figure_strategies_is_there(&group));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strategies_are_series_with_all_that_else_differs),
        cmocka_unit_test(test_strategies_are_told_apart_by_engine),
        cmocka_unit_test(test_strategies_want_two_of_the_workload),
    };
    return cmocka_run_group_tests_name("figure csv", tests, NULL, NULL);
}
