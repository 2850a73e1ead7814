/* SPDX-License-Identifier: MIT */
#include "bench/report/detail.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_report_data
read_run(const struct fixture *fixture) {
    struct bench_report_data data;
    char why[256];
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    return data;
}

static void
test_detail_is_of_the_default_and_the_best_alone(void **state) {
    struct bench_report_data data = read_run(
        &(struct fixture){.configs = 3, .blocks = 2, .latencies = 2000, .is_detailed = true});
    const struct bench_report_group *group = &data.groups[0];
    const struct bench_report_config *configs[2];
    (void)state;
    assert_int_equal(group->best, 2);
    assert_int_equal(bench_report_detail_of(group, configs), 2);
    assert_ptr_equal(configs[0], &group->configs[0]);
    assert_ptr_equal(configs[1], &group->configs[2]);
    assert_null(group->configs[1].detail);
    bench_report_data_fini(&data);
}

static void
test_detail_is_there_once_if_the_default_is_best(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 100});
    const struct bench_report_config *configs[2];
    (void)state;
    assert_int_equal(bench_report_detail_of(&data.groups[0], configs), 1);
    assert_int_equal(configs[0]->detail->collections[0].count, 0);
    assert_int_equal(configs[0]->detail->views[BENCH_REPORT_METERED].count, 0);
    bench_report_data_fini(&data);
}

static void
test_detail_is_not_there_if_nothing_was_finished(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 2, .blocks = 1, .nothing_ran = true});
    const struct bench_report_config *configs[2];
    (void)state;
    assert_int_equal(bench_report_detail_of(&data.groups[0], configs), 0);
    bench_report_data_fini(&data);
}

static void
test_detail_has_the_curves_of_the_cell_and_the_view_of_all(void **state) {
    struct bench_report_data data = read_run(
        &(struct fixture){.configs = 1, .blocks = 3, .latencies = 100, .is_detailed = true});
    const struct bench_report_detail *detail = data.groups[0].configs[0].detail;
    (void)state;
    assert_int_equal(detail->collections[0].count, 10);
    assert_int_equal(detail->collections[0].samples[9].value, 1000);
    assert_int_equal(detail->collections[1].count, 0);
    assert_int_equal(detail->live.count, 3);
    assert_int_equal(detail->trash.samples[1].value, 200);
    assert_true(detail->views[BENCH_REPORT_METERED].count > 1);
    assert_float_equal(detail->views[BENCH_REPORT_METERED].ns[BENCH_REPORT_P90], 5000, 5);
    assert_int_equal(detail->views[BENCH_REPORT_INTENDED].count, 0);
    bench_report_data_fini(&data);
}

/* 3 blocks of 10 collections of generation 0 of 1000 ns or less and one of generation 2, of 20000 ns. */
static void
test_detail_bins_hold_every_collection_between_their_edges(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 1, .blocks = 3, .latencies = 10, .collects = true});
    const struct bench_report_config *config = &data.groups[0].configs[0];
    (void)state;
    for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++) {
        const struct bench_report_bin *bins = config->detail->bins[k];
        uint64_t sum = 0;
        for (size_t i = 0; i < config->detail->bin_count[k]; i++) {
            assert_true(bins[i].from_ns < bins[i].below_ns);
            assert_true(i == 0 || bins[i].from_ns == bins[i - 1].below_ns);
            sum += bins[i].count;
        }
        assert_int_equal(sum, config->pauses[k].count);
    }
    assert_int_equal(config->pauses[2].count, 3);
    assert_int_equal(config->detail->bin_count[2], 1);
    assert_true(config->detail->bins[2][0].from_ns <= 20000);
    assert_true(config->detail->bins[2][0].below_ns > 20000);
    assert_int_equal(config->detail->bin_count[1], 0);
    bench_report_data_fini(&data);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detail_is_of_the_default_and_the_best_alone),
        cmocka_unit_test(test_detail_is_there_once_if_the_default_is_best),
        cmocka_unit_test(test_detail_is_not_there_if_nothing_was_finished),
        cmocka_unit_test(test_detail_has_the_curves_of_the_cell_and_the_view_of_all),
        cmocka_unit_test(test_detail_bins_hold_every_collection_between_their_edges),
    };
    return cmocka_run_group_tests_name("report_detail", tests, make_scratch, remove_scratch);
}
