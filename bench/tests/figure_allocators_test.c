/* SPDX-License-Identifier: MIT
 *
 * figure_allocators_test.c: what differs in its allocator only is held against the default one, row by row.
 */
#include "bench/figure/allocators.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_report_config
config_of(const char *label, double wall, double peak) {
    struct bench_report_config config = {.short_label = (char *)label};
    config.median[BENCH_REPORT_WALL_NS] = wall;
    config.median[BENCH_REPORT_PEAK_BYTES] = peak;
    return config;
}

static struct bench_report_config churn[6], trees[3];
static struct bench_report_group groups[2];

static struct bench_report_data
make_data(void) {
    churn[0] = config_of("rt backend=pool mode=auto", 10, 100);
    churn[1] = config_of("rt backend=system mode=auto", 20, 110);
    churn[2] = config_of("rt+jemalloc backend=system mode=auto", 15, NAN);
    churn[3] = config_of("rt backend=pool mode=off", 8, 200);
    churn[4] = config_of("rt backend=system mode=off", 4, 200);
    churn[5] = config_of("cpython backend=pool mode=off", 80, 90);
    trees[0] = config_of("backend=pool", 10, 100);
    trees[1] = config_of("backend=system", 80, 100);
    trees[2] = config_of("backend=pool", 9, 100); /* the same allocator says nothing */
    groups[0] = (struct bench_report_group){.title = (char *)"churn", .configs = churn, .count = 6};
    groups[1] = (struct bench_report_group){.title = (char *)"trees", .configs = trees, .count = 3};
    return (struct bench_report_data){.groups = groups, .group_count = 2};
}

static char *
tell(const struct bench_report_data *data,
     void (*write)(const struct bench_report_data *data, FILE *out)) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    write(data, out);
    fclose(out);
    return text;
}

static void
test_allocators_are_series_over_all_workloads(void **state) {
    struct bench_report_data data = make_data();
    (void)state;
    assert_true(bench_figure_allocators_is_there(&data));
    char *text = tell(&data, bench_figure_allocators_export);
    assert_string_equal(text, "system\ttime_ratio\tpeak_ratio\tconfiguration\n"
                              "1\t2.00000\t1.10000\tchurn rt mode=auto\n"
                              "2\t0.50000\t1.00000\tchurn rt mode=off\n"
                              "3\t8.00000\t1.00000\ttrees\n\n\n"
                              "system jemalloc\ttime_ratio\tpeak_ratio\tconfiguration\n"
                              "1\t1.50000\tn/a\tchurn rt mode=auto\n");
    free(text);
    text = tell(&data, bench_figure_allocators_read);
    assert_string_equal(text, "On the whole “system” takes 2.00 times the default’s time and 1.03 "
                              "times its peak of memory; “system jemalloc” takes 1.50 times the "
                              "default’s time and n/a times its peak of memory.");
    free(text);
}

static void
test_allocators_want_two(void **state) {
    struct bench_report_data data = make_data();
    (void)state;
    data.groups = &groups[1];
    data.group_count = 1;
    groups[1].count = 1;
    assert_false(bench_figure_allocators_is_there(&data));
    char *text = tell(&data, bench_figure_allocators_export);
    assert_contains(text, "nothing\t");
    free(text);
}

static void
test_allocators_of_many_workloads_draw_those_that_differ_most(void **state) {
    static struct bench_report_config configs[40][2];
    static struct bench_report_group many[40];
    static char titles[40][16];
    struct bench_report_data data = {.groups = many, .group_count = 40};
    (void)state;
    for (int i = 0; i < 40; i++) {
        configs[i][0] = config_of("backend=pool", 100, 100);
        configs[i][1] = config_of("backend=system", i % 2 ? 100 + i : 100, 100);
        snprintf(titles[i], sizeof(titles[i]), "w%d", i);
        many[i] =
            (struct bench_report_group){.title = titles[i], .configs = configs[i], .count = 2};
    }
    char *text = tell(&data, bench_figure_allocators_export);
    assert_int_equal(count_of(text, "\n"), 25);
    assert_contains(text, "\n24\t1.39000\t1.00000\tw39\n");
    assert_contains(text, "\tw1\n");
    assert_lacks(text, "\tw38\n");
    free(text);
    text = tell(&data, bench_figure_allocators_read);
    assert_contains(text, " Of 40 rows the 24 that differ most are drawn.");
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocators_are_series_over_all_workloads),
        cmocka_unit_test(test_allocators_want_two),
        cmocka_unit_test(test_allocators_of_many_workloads_draw_those_that_differ_most),
    };
    return cmocka_run_group_tests_name("figure allocators", tests, NULL, NULL);
}
