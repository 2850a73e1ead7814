/* SPDX-License-Identifier: MIT */
#include "bench/figure/pick.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_report_data
read_run(void) {
    struct bench_report_data data;
    char why[256];
    make_run(&(struct fixture){.configs = 3, .blocks = 3, .latencies = 10, .collects = true},
             scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    return data;
}

static int
pick_of(const struct bench_report_data *data, const char *metric, const char *x, const char *y,
        struct bench_figure_pick **ret_pick, char why[256]) {
    return bench_figure_pick_read(scratch_path("run.db"), &data->groups[0], metric, x, y, ret_pick,
                                  why, 256);
}

static void
test_pick_has_medians_and_settings_of_each_configuration(void **state) {
    struct bench_report_data data = read_run();
    struct bench_figure_pick *pick;
    char why[256];
    (void)state;
    assert_int_equal(pick_of(&data, "wall_ns", "gc.threshold0", "gc.mode", &pick, why), 0);
    assert_string_equal(pick->metric, "wall_ns");
    assert_true(pick->values[0] == 101e6); /* of 100, 101 and 102 ms */
    assert_true(pick->values[2] == 81e6);
    assert_string_equal(pick->y[0], "auto");
    assert_string_equal(pick->y[1], "manual");
    bench_figure_pick_free(pick, 3);
    bench_report_data_fini(&data);
}

static void
test_pick_of_nothing_is_the_figures_own(void **state) {
    struct bench_report_data data = read_run();
    struct bench_figure_pick *pick;
    char why[256];
    (void)state;
    assert_int_equal(pick_of(&data, NULL, "gc.mode", NULL, &pick, why), 0);
    assert_string_equal(pick->metric, "");
    assert_string_equal(pick->y_knob, "");
    assert_string_equal(pick->x[0], "auto");
    assert_null(pick->y[0]);
    bench_figure_pick_free(pick, 3);
    bench_report_data_fini(&data);
}

static void
test_pick_of_unknown_names_suggests_the_nearest(void **state) {
    struct bench_report_data data = read_run();
    struct bench_figure_pick *pick;
    char why[256];
    (void)state;
    assert_int_equal(pick_of(&data, "peak_rss_byte", NULL, NULL, &pick, why), -EINVAL);
    assert_string_equal(why, "the run has no metric peak_rss_byte, did you mean peak_rss_bytes?");
    assert_int_equal(pick_of(&data, NULL, "gc.mood", NULL, &pick, why), -EINVAL);
    assert_string_equal(why, "the run has no knob gc.mood, did you mean gc.mode?");
    assert_int_equal(pick_of(&data, NULL, NULL, "xyz", &pick, why), -EINVAL);
    assert_string_equal(why, "the run has no knob xyz");
    bench_report_data_fini(&data);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pick_has_medians_and_settings_of_each_configuration),
        cmocka_unit_test(test_pick_of_nothing_is_the_figures_own),
        cmocka_unit_test(test_pick_of_unknown_names_suggests_the_nearest),
    };
    return cmocka_run_group_tests_name("figure_pick", tests, make_scratch, remove_scratch);
}
