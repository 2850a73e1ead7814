/* SPDX-License-Identifier: MIT
 *
 * figure_forest_test.c: the rows of a comparison by verdict and falling ratio; of very many, those that differ.
 */
#include "bench/figure/forest.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_compare_metric metrics[2] = {
    {.name = (char *)"wall_ns", .mean_rows = 3, .ratio = 1.05, .low = 1.01, .high = 1.09},
    {.name = (char *)"gc.freed", .is_deterministic = true, .ratio = 1, .mean_rows = 3}};
static struct bench_compare_cell cells[3] = {
    {.name = (char *)"one"},
    {.name = (char *)"two two.x=1", .workload = (char *)"two"},
    {.name = (char *)"{three}_\"3\""}};
static struct bench_compare_row rows[] = {{.metric = &metrics[0],
                                           .cell = &cells[0],
                                           .ratio = 1.1,
                                           .low = 1.05,
                                           .high = 1.2,
                                           .verdict = BENCH_COMPARE_WORSE},
                                          {.metric = &metrics[1],
                                           .cell = &cells[1],
                                           .ratio = 0.9,
                                           .low = 0.8,
                                           .high = 0.95,
                                           .is_exact = true,
                                           .verdict = BENCH_COMPARE_CHANGED},
                                          {.metric = &metrics[1],
                                           .cell = &cells[0],
                                           .ratio = NAN,
                                           .is_exact = true,
                                           .verdict = BENCH_COMPARE_CHANGED},
                                          {.metric = &metrics[0],
                                           .cell = &cells[1],
                                           .ratio = 1.3,
                                           .low = NAN,
                                           .high = NAN,
                                           .verdict = BENCH_COMPARE_NOISY},
                                          {.metric = &metrics[1],
                                           .cell = &cells[2],
                                           .ratio = 1,
                                           .low = 1,
                                           .high = 1,
                                           .is_exact = true,
                                           .verdict = BENCH_COMPARE_SAME},
                                          {.metric = &metrics[0],
                                           .cell = &cells[2],
                                           .ratio = 1,
                                           .low = 0.99,
                                           .high = 1.01,
                                           .verdict = BENCH_COMPARE_SAME}};

static struct bench_compare
make_compare(void) {
    return (struct bench_compare){
        .options = {.confidence = 0.95, .floor = 0.02},
        .base = {.text = (char *)"a"},
        .new = {.text = (char *)"b"},
        .metrics = metrics,
        .metric_count = 2,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };
}

static char *
tell(const struct bench_compare *compare) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    bench_figure_forest_export(compare, out);
    fclose(out);
    return text;
}

static void
test_forest_has_a_block_for_each_verdict(void **state) {
    struct bench_compare compare = make_compare();
    (void)state;
    char *text = tell(&compare);
    assert_string_equal(text,
                        "within the floor\tratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words\n"
                        "0\t1\t0.980392\t1.02\tfloor\t-\n\n\n"
                        "worse\tratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words\n"
                        "3\t1.1\t1.05\t1.2\twall_ns one\t1.100 (1.050 to 1.200)\n\n\n"
                        "changed\tratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words\n"
                        "5\t0.9\t0.8\t0.95\tgc.freed two x=1\t0.900 (0.800 to 0.950)\n\n\n"
                        "noisy\tratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words\n"
                        "2\t1.3\tn/a\tn/a\twall_ns two x=1\t1.300\n\n\n"
                        "same\tratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words\n"
                        "4\t1\t0.99\t1.01\twall_ns {three}_'3'\t1.000 (0.990 to 1.010)\n\n\n"
                        "mean of all\tratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words\n"
                        "1\t1.05\t1.01\t1.09\twall_ns, all\t1.050 (1.010 to 1.090)\n");
    free(text);
}

static void
test_forest_of_one_metric_does_not_repeat_it(void **state) {
    struct bench_compare compare = make_compare();
    (void)state;
    compare.row_count = 1;
    char *text = tell(&compare);
    assert_contains(text, "\tone\t1.100");
    free(text);
}

static void
test_forest_without_a_ratio_says_so(void **state) {
    struct bench_compare compare = make_compare();
    (void)state;
    compare.row_count = 0;
    compare.metric_count = 0;
    char *text = tell(&compare);
    assert_contains(text, "\n\n\nnothing\t");
    free(text);
}

static void
test_forest_of_very_many_rows_is_cut(void **state) {
    static struct bench_compare_row many[1000];
    struct bench_compare compare = make_compare();
    char why[256];
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        many[i] = rows[0];
        many[i].ratio = 3 - 0.001 * (double)i; /* a comparison's rows come worst first */
    }
    compare.rows = many;
    compare.row_count = 1000;
    char *text = tell(&compare);
    assert_int_equal(count_of(text, "\tone\t"), 28);
    assert_contains(text, "\n2\t3\t");
    free(text);
    if (!has_gnuplot())
        skip();
    if (bench_figure_forest_draw(&compare, scratch_path("f.svg"), "svg", why, sizeof(why)))
        fail_msg("%s", why);
    text = read_whole(scratch_path("f.svg"));
    assert_contains(text, ">wall_ns: b against a<");
    assert_contains(text, "972 more rows not drawn");
    free(text);
}

/* Of many counts that changed by next to nothing none takes the place of a time that moved. */
static void
test_forest_prefers_noise_to_counts_that_hardly_changed(void **state) {
    static struct bench_compare_row many[100];
    struct bench_compare compare = make_compare();
    (void)state;
    for (size_t i = 0; i < 99; i++) {
        many[i] = rows[1];
        many[i].ratio = 1.0001;
    }
    many[99] = rows[3];
    compare.rows = many;
    compare.row_count = 100;
    char *text = tell(&compare);
    assert_contains(text, "\twall_ns two x=1\t1.300\n");
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest_has_a_block_for_each_verdict),
        cmocka_unit_test(test_forest_of_one_metric_does_not_repeat_it),
        cmocka_unit_test(test_forest_without_a_ratio_says_so),
        cmocka_unit_test(test_forest_prefers_noise_to_counts_that_hardly_changed),
        cmocka_unit_test(test_forest_of_very_many_rows_is_cut),
    };
    return cmocka_run_group_tests_name("figure forest", tests, make_scratch, remove_scratch);
}
