/* SPDX-License-Identifier: MIT */
#include "bench/figure/plane.h"

#include <math.h>

#include "bench/figure/pick.h"
#include "bench/tests/report_fixture.h"

enum {
    CONFIGS = 6
};

static const struct {
    const char *label, *mode;
    double threshold0, p99_ns, wall_ns, peak_bytes;
} made[CONFIGS] = {
    {"threshold0=700 mode=auto", "auto", 700, 400, 50, 500},
    {"threshold0=700 mode=off", "off", 700, 100, 10, 1000},
    {"threshold0=100 mode=auto", "auto", 100, 300, 20, 200},
    {"threshold0=100 mode=off", "off", 100, NAN, 30, 199},
    {"threshold0=2000 mode=auto", "auto", 2000, 200, 110, 100},
    {"threshold0=2000 mode=off", "off", 2000, 110, NAN, 100},
};

static struct bench_report_config configs[CONFIGS];
static size_t order[CONFIGS];
static struct bench_report_group group;

static int
make_configs(void **state) {
    (void)state;
    for (size_t i = 0; i < CONFIGS; i++) {
        order[i] = i;
        configs[i] = (struct bench_report_config){.short_label = (char *)made[i].label,
                                                  .mode = (char *)made[i].mode,
                                                  .threshold0 = made[i].threshold0};
        configs[i].median[BENCH_REPORT_WALL_NS] = made[i].wall_ns;
        configs[i].median[BENCH_REPORT_PEAK_BYTES] = made[i].peak_bytes;
        configs[i].latency_ns[BENCH_REPORT_P99] = made[i].p99_ns;
    }
    group = (struct bench_report_group){
        .configs = configs, .count = CONFIGS, .order = order, .best = 1};
    return 0;
}

static void
assert_tells(void (*write)(const struct bench_report_group *group, FILE *out),
             const char *expected) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    write(&group, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

/* The three of the front that are neither of its ends lie far from the line between those. */
static void
test_tradeoff_marks_default_best_and_knee_and_ends_in_the_front(void **state) {
    (void)state;
    assert_tells(bench_figure_tradeoff_export,
                 "threshold0=700 mode=auto\tpeak_resident_bytes\tmark\n50\t500\tdefault\n\n\n"
                 "threshold0=700 mode=off\tpeak_resident_bytes\tmark\n10\t1000\tbest\n\n\n"
                 "threshold0=100 mode=auto\tpeak_resident_bytes\tmark\n20\t200\tknee\n\n\n"
                 "threshold0=100 mode=off\tpeak_resident_bytes\tmark\n30\t199\t\n\n\n"
                 "threshold0=2000 mode=auto\tpeak_resident_bytes\tmark\n110\t100\t\n\n\n"
                 "threshold0=2000 mode=off\tpeak_resident_bytes\tmark\nn/a\tn/a\t\n\n\n"
                 "Pareto front\tpeak_resident_bytes\tmark\n"
                 "10\t1000\tbest\n20\t200\tknee\n30\t199\t\n110\t100\t\n");
    assert_tells(
        bench_figure_tradeoff_read,
        "4 of 6 configurations are worth having: no other is both faster and smaller. The "
        "default is not: 2 beat it in both. “threshold0=100 mode=auto” is the knee: on either "
        "side a little of the one costs much of the other.");
}

static void
test_tradeoff_has_no_knee_where_the_front_is_straight(void **state) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    (void)state;
    configs[2].median[BENCH_REPORT_PEAK_BYTES] = 850;
    configs[3].median[BENCH_REPORT_PEAK_BYTES] = 800;
    bench_figure_tradeoff_export(&group, out);
    fclose(out);
    assert_lacks(text, "knee");
    free(text);
}

static void
test_tradeoff_of_another_metric_has_its_own_front(void **state) {
    double values[CONFIGS] = {1, 2, 3, NAN, 5, 6};
    char *nothing[CONFIGS] = {NULL};
    const struct bench_figure_pick pick = {
        .metric = "latency_p999_ns", .values = values, .x = nothing, .y = nothing};
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    (void)state;
    group.pick = &pick;
    bench_figure_tradeoff_export(&group, out);
    fclose(out);
    assert_contains(text, "threshold0=700 mode=auto\tpeak_resident_bytes\tmark:latency_p999_ns\n"
                          "1\t500\tdefault\n");
    assert_contains(text, "Pareto front\tpeak_resident_bytes\tmark\n"
                          "1\t500\tdefault\n3\t200\t\n5\t100\t\n");
    free(text);
}

static void
test_heatmap_has_a_cell_for_each_threshold_and_mode(void **state) {
    (void)state;
    assert_true(bench_figure_heatmap_is_there(&group));
    assert_tells(bench_figure_heatmap_export,
                 "column\trow\tlatency_p99_ns\tgc.threshold0\tgc.mode\tdefault\n"
                 "0\t0\t300\t100\tauto\t0\n"
                 "1\t0\t400\t700\tauto\t1\n"
                 "2\t0\t200\t2000\tauto\t0\n"
                 "0\t1\tn/a\t100\toff\t0\n"
                 "1\t1\t100\t700\toff\t0\n"
                 "2\t1\t110\t2000\toff\t0\n");
    assert_tells(
        bench_figure_heatmap_read,
        "The 99th percentile of operations is least with “threshold0=700 mode=off”, 100 ns, "
        "and greatest with “threshold0=700 mode=auto”, 400 ns, of which the second is the "
        "default.");
}

static void
test_heatmap_takes_the_first_of_those_in_one_cell(void **state) {
    (void)state;
    configs[4].threshold0 = 700;
    assert_tells(bench_figure_heatmap_export,
                 "column\trow\tlatency_p99_ns\tgc.threshold0\tgc.mode\tdefault\n"
                 "0\t0\t300\t100\tauto\t0\n"
                 "1\t0\t400\t700\tauto\t1\n"
                 "2\t0\tn/a\t2000\tauto\t0\n"
                 "0\t1\tn/a\t100\toff\t0\n"
                 "1\t1\t100\t700\toff\t0\n"
                 "2\t1\t110\t2000\toff\t0\n");
}

/* Sizes are sorted by what they stand for; a configuration without the knob is nowhere. */
static void
test_heatmap_of_other_knobs_and_another_metric(void **state) {
    double values[CONFIGS] = {1.5, 2, 0, NAN, -1, 6};
    char *x[CONFIGS] = {"1MiB", "64KiB", "4KiB", "1MiB", NULL, "64KiB"};
    char *y[CONFIGS] = {"b", "b", "b", "a", "a", "a"};
    const struct bench_figure_pick pick = {.metric = "gc.yield",
                                           .x_knob = "alloc.arena",
                                           .y_knob = "w.kind",
                                           .values = values,
                                           .x = x,
                                           .y = y};
    (void)state;
    group.pick = &pick;
    assert_tells(bench_figure_heatmap_export,
                 "column\trow\tgc.yield\talloc.arena\tw.kind\tdefault\n"
                 "0\t0\t0\t4KiB\tb\t0\n1\t0\t2\t64KiB\tb\t0\n2\t0\t1.5\t1MiB\tb\t1\n"
                 "0\t1\tn/a\t4KiB\ta\t0\n1\t1\t6\t64KiB\ta\t0\n2\t1\tn/a\t1MiB\ta\t0\n");
}

static void
test_heatmap_is_not_there_with_one_mode(void **state) {
    (void)state;
    for (size_t i = 0; i < CONFIGS; i++)
        configs[i].mode = "auto";
    assert_false(bench_figure_heatmap_is_there(&group));
}

#define UNIT(test_) cmocka_unit_test_setup(test_, make_configs)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_tradeoff_marks_default_best_and_knee_and_ends_in_the_front),
        UNIT(test_tradeoff_has_no_knee_where_the_front_is_straight),
        UNIT(test_tradeoff_of_another_metric_has_its_own_front),
        UNIT(test_heatmap_has_a_cell_for_each_threshold_and_mode),
        UNIT(test_heatmap_takes_the_first_of_those_in_one_cell),
        UNIT(test_heatmap_of_other_knobs_and_another_metric),
        UNIT(test_heatmap_is_not_there_with_one_mode),
    };
    return cmocka_run_group_tests_name("figure_plane", tests, NULL, NULL);
}
