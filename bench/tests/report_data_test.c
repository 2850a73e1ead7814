/* SPDX-License-Identifier: MIT */
#include "bench/report/data.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_report_data
read_run(const struct fixture *fixture) {
    struct bench_report_data data;
    char why[256] = "";
    make_run(fixture, scratch_path("run.db"));
    if (bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)))
        fail_msg("reading should work: %s", why);
    return data;
}

static void
test_report_data_takes_medians_over_blocks(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 3, .blocks = 3, .latencies = 100});
    (void)state;
    assert_int_equal(data.group_count, 1);
    assert_int_equal(data.groups[0].count, 3);
    const struct bench_report_config *config = &data.groups[0].configs[1];
    assert_float_equal(config->median[BENCH_REPORT_WALL_NS], 91e6, 1);
    assert_float_equal(config->low[BENCH_REPORT_WALL_NS], 90e6, 1);
    assert_float_equal(config->high[BENCH_REPORT_WALL_NS], 92e6, 1);
    assert_float_equal(config->peak_ratio, 36. / 32, 1e-9);
    assert_int_equal(config->pairs, 3);
    assert_int_equal(config->wins, 3);
    bench_report_data_fini(&data);
}

static void
test_report_data_pairs_ratios_within_blocks(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 2, .blocks = 3, .latencies = 100});
    (void)state;
    assert_float_equal(data.groups[0].configs[1].wall_ratio, 91. / 101, 1e-9);
    assert_float_equal(data.groups[0].configs[0].wall_ratio, 1, 1e-9);
    bench_report_data_fini(&data);
}

static void
test_report_data_gives_no_percentile_without_ten_samples_beyond(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 1, .blocks = 2, .latencies = 1000});
    (void)state;
    const double *latency = data.groups[0].configs[0].latency_ns;
    assert_float_equal(latency[BENCH_REPORT_P50], 1499, 1.5);
    assert_false(isnan(latency[BENCH_REPORT_P99]));
    assert_true(isnan(latency[BENCH_REPORT_P999]));
    assert_float_equal(latency[BENCH_REPORT_MAX], 1999, 0.1);
    bench_report_data_fini(&data);
}

static void
test_report_data_finds_the_best_and_the_front(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 4, .blocks = 3, .latencies = 20000});
    (void)state;
    const struct bench_report_group *group = &data.groups[0];
    assert_int_equal(group->best, 3);
    assert_int_equal(group->front_count, 4);
    assert_int_equal(group->front[0], 3);
    assert_int_equal(group->front[3], 0);
    assert_int_equal(group->order[0], 0);
    assert_int_equal(group->order[1], 3);
    bench_report_data_fini(&data);
}

static void
test_report_data_takes_no_best_with_failed_cells(void **state) {
    struct bench_report_data data = read_run(
        &(struct fixture){.configs = 3, .blocks = 2, .latencies = 20000, .last_fails = true});
    (void)state;
    assert_int_equal(data.groups[0].best, 1);
    assert_int_equal(data.groups[0].configs[2].finished, 0);
    assert_true(isnan(data.groups[0].configs[2].median[BENCH_REPORT_WALL_NS]));
    assert_int_equal(data.trouble_count, 2);
    assert_string_equal(data.troubles[0].state, "failed");
    assert_int_equal(data.finished, 4);
    bench_report_data_fini(&data);
}

static void
test_report_data_of_a_run_that_has_not_begun_has_no_figures(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 2, .blocks = 2, .nothing_ran = true});
    (void)state;
    assert_int_equal(data.planned, 4);
    assert_int_equal(data.groups[0].front_count, 0);
    assert_int_equal(data.groups[0].best, 0);
    assert_true(isnan(data.groups[0].configs[1].wall_ratio));
    bench_report_data_fini(&data);
}

static void
test_report_data_shortens_labels_only_where_they_stay_clear(void **state) {
    struct bench_report_data data = read_run(&(struct fixture){
        .configs = 3,
        .blocks = 1,
        .latencies = 10,
        .labels = {"alloc.backend=pool alloc.arena=1MiB", "gc.size=1 window.size=1.5", ""}});
    (void)state;
    const struct bench_report_config *configs = data.groups[0].configs;
    assert_string_equal(configs[0].short_label, "backend=pool arena=1MiB");
    assert_string_equal(configs[1].short_label, "gc.size=1 window.size=1.5");
    assert_string_equal(configs[2].label, "all at default");
    bench_report_data_fini(&data);
}

static void
test_report_data_groups_what_asks_for_the_same_memory(void **state) {
    struct bench_report_data data = read_run(&(struct fixture){
        .configs = 4,
        .blocks = 2,
        .latencies = 10,
        .references = {1, 1, 3, 3},
        .labels = {"churn.live=1MiB alloc.arena=1MiB", "churn.live=1MiB alloc.arena=4MiB",
                   "churn.live=2MiB alloc.arena=1MiB", "churn.live=2MiB alloc.arena=4MiB"}});
    (void)state;
    assert_int_equal(data.group_count, 2);
    assert_string_equal(data.groups[1].title, "churn live=2MiB");
    assert_int_equal(data.groups[1].count, 2);
    assert_string_equal(data.groups[1].configs[1].short_label, "arena=4MiB");
    assert_string_equal(data.groups[1].configs[1].label, "alloc.arena=4MiB");
    assert_float_equal(data.groups[1].configs[0].wall_ratio, 1, 1e-9);
    bench_report_data_fini(&data);
}

static void
test_report_data_says_the_engines_of_a_group_and_each_once(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 4,
                                   .blocks = 1,
                                   .latencies = 10,
                                   .engines = {"rt", "cpython", "rt", "cpython"},
                                   .labels = {"rt alloc.backend=pool", "cpython alloc.backend=pool",
                                              "rt alloc.backend=system", "alloc.backend=system"}});
    (void)state;
    const struct bench_report_config *configs = data.groups[0].configs;
    assert_int_equal(data.group_count, 1);
    assert_string_equal(data.groups[0].engine, "rt and cpython");
    assert_string_equal(data.axes[data.axis_count - 1].key, "engine");
    assert_string_equal(configs[0].label, "rt alloc.backend=pool");
    assert_string_equal(configs[1].label, "cpython alloc.backend=pool");
    assert_string_equal(configs[2].short_label, "rt backend=system");
    assert_string_equal(configs[3].short_label, "cpython backend=system");
    assert_int_equal(data.groups[0].choices, 2);
    assert_true(!configs[0].is_elsewhere && configs[1].is_elsewhere);
    assert_true(!configs[2].is_elsewhere && configs[3].is_elsewhere);
    bench_report_data_fini(&data);
}

static void
test_report_data_compares_the_ways_of_a_variant(void **state) {
    const struct fixture fixture = {.configs = 2,
                                    .blocks = 1,
                                    .latencies = 10,
                                    .workload = "instances",
                                    .variant = "instances.layout",
                                    .labels = {"instances.layout=dict instances.count=5",
                                               "instances.layout=slots instances.count=5"}};
    struct bench_report_data data = read_run(&fixture);
    (void)state;
    assert_int_equal(data.group_count, 1);
    assert_string_equal(data.groups[0].title, "instances count=5");
    assert_string_equal(data.groups[0].summary, "blocks that come & go");
    assert_string_equal(data.groups[0].configs[1].label, "instances.layout=slots");
    assert_string_equal(data.groups[0].configs[1].short_label, "layout=slots");
    bench_report_data_fini(&data);
}

static void
test_report_data_has_what_a_workload_tells_of_itself(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 2, .blocks = 3, .latencies = 10, .grows = true});
    const struct bench_report_config *config = &data.groups[0].configs[1];
    (void)state;
    assert_true(config->median[BENCH_REPORT_ITEM_LIVE_BYTES] == 110);
    assert_true(config->median[BENCH_REPORT_ITEM_RESIDENT_BYTES] == 114);
    assert_int_equal(config->growth[BENCH_REPORT_LIST].count, 5);
    assert_int_equal(config->growth[BENCH_REPORT_DICT].count, 0);
    assert_int_equal(config->slowest.samples[1].value, 2000);
    bench_report_data_fini(&data);
}

static void
test_report_data_says_what_is_no_run_file(void **state) {
    struct bench_report_data data;
    char why[256] = "";
    (void)state;
    assert_int_equal(bench_report_data_read(scratch_path("none.db"), &data, why, sizeof(why)),
                     -ENOENT);
    assert_contains(why, "none.db");
}

static void
test_report_data_takes_a_preloaded_malloc_for_a_setting_and_another_program_not(void **state) {
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 3,
                                   .blocks = 1,
                                   .latencies = 10,
                                   .engines = {"rt", "rt+jemalloc", "rt@/opt/gcsweep"},
                                   .labels = {"rt", "rt+jemalloc", "rt@/opt/gcsweep"}});
    (void)state;
    assert_int_equal(data.groups[0].choices, 2);
    assert_false(data.groups[0].configs[1].is_elsewhere);
    assert_true(data.groups[0].configs[2].is_elsewhere);
    bench_report_data_fini(&data);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_data_takes_medians_over_blocks),
        cmocka_unit_test(test_report_data_pairs_ratios_within_blocks),
        cmocka_unit_test(test_report_data_gives_no_percentile_without_ten_samples_beyond),
        cmocka_unit_test(test_report_data_finds_the_best_and_the_front),
        cmocka_unit_test(test_report_data_takes_no_best_with_failed_cells),
        cmocka_unit_test(test_report_data_of_a_run_that_has_not_begun_has_no_figures),
        cmocka_unit_test(test_report_data_shortens_labels_only_where_they_stay_clear),
        cmocka_unit_test(test_report_data_groups_what_asks_for_the_same_memory),
        cmocka_unit_test(test_report_data_says_the_engines_of_a_group_and_each_once),
        cmocka_unit_test(
            test_report_data_takes_a_preloaded_malloc_for_a_setting_and_another_program_not),
        cmocka_unit_test(test_report_data_compares_the_ways_of_a_variant),
        cmocka_unit_test(test_report_data_has_what_a_workload_tells_of_itself),
        cmocka_unit_test(test_report_data_says_what_is_no_run_file),
    };
    return cmocka_run_group_tests_name("report_data", tests, make_scratch, remove_scratch);
}
