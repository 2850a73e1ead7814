/* SPDX-License-Identifier: MIT */
#include "bench/report/rank.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

/* A group of configurations with these wall times and peaks; the first is the default. */
static struct bench_report_group
make_group(struct bench_report_config *configs, const double (*planes)[2], size_t count) {
    for (size_t i = 0; i < count; i++) {
        configs[i] = (struct bench_report_config){.cells = 1, .finished = 1, .p99_ratio = NAN};
        configs[i].median[BENCH_REPORT_WALL_NS] = planes[i][0];
        configs[i].median[BENCH_REPORT_PEAK_BYTES] = planes[i][1];
        configs[i].wall_ratio = planes[i][0] / planes[0][0];
        configs[i].peak_ratio = planes[i][1] / planes[0][1];
    }
    return (struct bench_report_group){.configs = configs, .count = count, .choices = count};
}

static void
free_ranks(struct bench_report_group *group) {
    free(group->order);
    free(group->front);
}

static void
test_rank_finds_the_front_by_rising_time(void **state) {
    const double planes[][2] = {{10, 10}, {8, 14}, {12, 9}, {12, 12}, {NAN, 1}};
    struct bench_report_config configs[5];
    struct bench_report_group group = make_group(configs, planes, 5);
    (void)state;
    assert_int_equal(bench_report_rank(&group), 0);
    assert_int_equal(group.front_count, 3);
    assert_int_equal(group.front[0], 1);
    assert_int_equal(group.front[1], 0);
    assert_int_equal(group.front[2], 2);
    assert_false(configs[3].front);
    assert_false(configs[4].front);
    free_ranks(&group);
}

static void
test_rank_leaves_equals_both_on_the_front(void **state) {
    const double planes[][2] = {{10, 10}, {10, 10}, {10, 11}};
    struct bench_report_config configs[3];
    struct bench_report_group group = make_group(configs, planes, 3);
    (void)state;
    assert_int_equal(bench_report_rank(&group), 0);
    assert_int_equal(group.front_count, 2);
    free_ranks(&group);
}

static void
test_rank_scores_by_the_geometric_mean_of_what_there_is(void **state) {
    const double planes[][2] = {{10, 10}, {5, 20}, {5, 5}};
    struct bench_report_config configs[3];
    struct bench_report_group group = make_group(configs, planes, 3);
    (void)state;
    configs[2].p99_ratio = 4;
    assert_int_equal(bench_report_rank(&group), 0);
    assert_float_equal(configs[1].score, 1, 1e-9);
    assert_float_equal(configs[2].score, 1, 1e-9);
    assert_int_equal(group.best, 0);
    free_ranks(&group);
}

static void
test_rank_takes_no_other_engine_for_a_setting(void **state) {
    const double planes[][2] = {{10, 10}, {5, 5}, {8, 8}};
    struct bench_report_config configs[3];
    struct bench_report_group group = make_group(configs, planes, 3);
    (void)state;
    configs[1].is_elsewhere = true;
    assert_int_equal(bench_report_rank(&group), 0);
    assert_int_equal(group.best, 2);
    free_ranks(&group);
}

static void
test_rank_needs_a_win_above_the_floor(void **state) {
    const double planes[][2] = {{10, 10}, {9.81, 9.81}, {9.79, 9.79}};
    struct bench_report_config configs[3];
    struct bench_report_group small = make_group(configs, planes, 2);
    (void)state;
    assert_int_equal(bench_report_rank(&small), 0);
    assert_int_equal(small.best, 0);
    struct bench_report_group large = make_group(configs, planes, 3);
    assert_int_equal(bench_report_rank(&large), 0);
    assert_int_equal(large.best, 2);
    free_ranks(&small);
    free_ranks(&large);
}

static void
test_rank_orders_default_best_front_rest(void **state) {
    const double planes[][2] = {{10, 10}, {11, 11}, {12, 9}, {5, 10}};
    struct bench_report_config configs[4];
    struct bench_report_group group = make_group(configs, planes, 4);
    const size_t expected[] = {0, 3, 2, 1};
    (void)state;
    assert_int_equal(bench_report_rank(&group), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(group.order[i], expected[i]);
    free_ranks(&group);
}

static void
test_rank_luck_is_that_of_the_sign_test(void **state) {
    (void)state;
    assert_float_equal(bench_report_rank_luck(5, 5), 1. / 32, 1e-12);
    assert_float_equal(bench_report_rank_luck(4, 5), 6. / 32, 1e-12);
    assert_float_equal(bench_report_rank_luck(7, 8), 9. / 256, 1e-12);
    assert_float_equal(bench_report_rank_luck(0, 3), 1, 1e-12);
    assert_float_equal(bench_report_rank_luck(0, 0), 1, 1e-12);
}

static void
test_rank_is_sure_only_of_what_luck_would_not_do(void **state) {
    const double planes[][2] = {{10, 10}, {5, 5}};
    struct bench_report_config configs[2];
    (void)state;
    for (size_t wins = 4; wins <= 5; wins++) {
        struct bench_report_group group = make_group(configs, planes, 2);
        configs[1].pairs = 5;
        configs[1].wins = wins;
        assert_int_equal(bench_report_rank(&group), 0);
        assert_int_equal(group.best, 1);
        assert_int_equal(group.sure, wins == 5);
        free_ranks(&group);
    }
}

static void
test_rank_overall_takes_the_setting_that_is_best_on_average(void **state) {
    const double planes[2][3][2] = {{{10, 10}, {8, 8}, {5, 5}}, {{10, 10}, {8, 8}, {20, 20}}};
    struct bench_report_config configs[2][3];
    struct bench_report_group groups[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static char labels[3][4] = {"a", "b", "c"};
        groups[i] = make_group(configs[i], planes[i], 3);
        for (size_t j = 0; j < 3; j++) {
            configs[i][j].label = labels[j];
            configs[i][j].pairs = 4;
            configs[i][j].wins = 4;
        }
        assert_int_equal(bench_report_rank(&groups[i]), 0);
    }
    struct bench_report_data data = {.groups = groups, .group_count = 2};
    bench_report_rank_overall(&data);
    assert_string_equal(data.overall.label, "b");
    assert_float_equal(data.overall.score, 0.8, 1e-9);
    assert_int_equal(data.overall.pairs, 8);
    assert_true(data.overall.sure);
    configs[1][1].finished = 0;
    bench_report_rank_overall(&data);
    assert_true(data.overall.is_default);
    free_ranks(&groups[0]);
    free_ranks(&groups[1]);
}

/* Three groups, of which the first has settings of its own. */
static void
test_rank_overall_leaves_out_what_tried_other_settings(void **state) {
    const double planes[3][2][2] = {{{10, 10}, {1, 1}}, {{10, 10}, {8, 8}}, {{10, 10}, {8, 8}}};
    static char labels[3][2][8] = {{"dict", "slots"}, {"pool", "system"}, {"pool", "system"}};
    struct bench_report_config configs[3][2];
    struct bench_report_group groups[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        groups[i] = make_group(configs[i], planes[i], 2);
        for (size_t j = 0; j < 2; j++)
            configs[i][j].label = labels[i][j];
        assert_int_equal(bench_report_rank(&groups[i]), 0);
    }
    struct bench_report_data data = {.groups = groups, .group_count = 3};
    bench_report_rank_overall(&data);
    assert_string_equal(data.overall.label, "system");
    assert_int_equal(data.overall.groups, 2);
    assert_float_equal(data.overall.score, 0.8, 1e-9);
    data.group_count = 2;
    data.overall = (struct bench_report_overall){0};
    bench_report_rank_overall(&data);
    assert_null(data.overall.label);
    for (size_t i = 0; i < 3; i++)
        free_ranks(&groups[i]);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank_finds_the_front_by_rising_time),
        cmocka_unit_test(test_rank_leaves_equals_both_on_the_front),
        cmocka_unit_test(test_rank_scores_by_the_geometric_mean_of_what_there_is),
        cmocka_unit_test(test_rank_takes_no_other_engine_for_a_setting),
        cmocka_unit_test(test_rank_needs_a_win_above_the_floor),
        cmocka_unit_test(test_rank_orders_default_best_front_rest),
        cmocka_unit_test(test_rank_luck_is_that_of_the_sign_test),
        cmocka_unit_test(test_rank_is_sure_only_of_what_luck_would_not_do),
        cmocka_unit_test(test_rank_overall_takes_the_setting_that_is_best_on_average),
        cmocka_unit_test(test_rank_overall_leaves_out_what_tried_other_settings),
    };
    return cmocka_run_group_tests_name("report_rank", tests, NULL, NULL);
}
