/* SPDX-License-Identifier: MIT */
#include "bench/figure/growth.h"

#include "bench/tests/report_fixture.h"

/* What `write` says of the fixture's run. */
static char *
tell(const struct fixture *fixture,
     void (*write)(const struct bench_report_group *group, FILE *out)) {
    struct bench_report_data data;
    char *text = NULL, why[256];
    size_t bytes;
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    FILE *out = open_memstream(&text, &bytes);
    write(&data.groups[0], out);
    fclose(out);
    bench_report_data_fini(&data);
    return text;
}

static const struct fixture grown = {.configs = 2, .blocks = 2, .latencies = 10, .grows = true};
static const struct fixture plain = {.configs = 2, .blocks = 2, .latencies = 10};

static void
test_footprint_has_both_figures_and_the_name(void **state) {
    char *text = tell(&grown, bench_figure_footprint_export);
    (void)state;
    assert_contains(text, "100.000\t104.000\tarena=256KiB\n");
    assert_contains(text, "\n110.000\t114.000\tarena=512KiB\n");
    free(text);
    text = tell(&grown, bench_figure_footprint_read);
    assert_string_equal(text, "By accounting “arena=256KiB” needs least for each, 100 B and is the "
                              "default, “arena=512KiB” most, 110 B.");
    free(text);
}

static void
test_footprint_says_when_all_cost_the_same(void **state) {
    struct bench_report_config configs[2] = {{.short_label = "a"}, {.short_label = "b"}};
    struct bench_report_group group = {.configs = configs, .count = 2};
    char *text = NULL;
    size_t bytes;
    (void)state;
    configs[0].median[BENCH_REPORT_ITEM_LIVE_BYTES] = 40;
    configs[1].median[BENCH_REPORT_ITEM_LIVE_BYTES] = 40.1;
    FILE *out = open_memstream(&text, &bytes);
    bench_figure_footprint_read(&group, out);
    fclose(out);
    assert_string_equal(text, "By accounting all need the same for each, 40.1 B.");
    free(text);
}

static void
test_staircase_stands_beside_cpythons_as_far_as_it_goes(void **state) {
    char *text = tell(&grown, bench_figure_staircase_export);
    (void)state;
    assert_string_equal(text,
                        "list\tbytes\n0\t56\n1\t88\n5\t120\n9\t184\n16\t184\n\n\n"
                        "list in CPython 3.11.2\tbytes\n0\t56\n1\t88\n5\t120\n9\t184\n16\t184\n");
    free(text);
    text = tell(&grown, bench_figure_staircase_read);
    assert_string_equal(text, "list: all 4 sizes are CPython’s, at the same lengths.");
    free(text);
}

static struct bench_series
series_of(const int64_t pairs[][2], size_t count) {
    struct bench_series series;
    bench_series_init(&series);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bench_series_add(&series, pairs[i][0], pairs[i][1]), 0);
    return series;
}

static void
test_staircase_notices_steps_that_are_late_missing_or_too_many(void **state) {
    const int64_t theirs[][2] = {{0, 56}, {1, 88}, {5, 120}, {9, 184}};
    const int64_t late[][2] = {{0, 56}, {1, 88}, {6, 120}, {8, 120}};
    const int64_t other[][2] = {{0, 56}, {1, 88}, {4, 120}};
    const int64_t missing[][2] = {{0, 56}, {5, 120}, {8, 120}};
    struct bench_series reference = series_of(theirs, 4), ours = series_of(late, 4);
    struct bench_figure_steps steps = bench_figure_compare_steps(&ours, &reference);
    (void)state;
    assert_int_equal(steps.count, 3);
    assert_int_equal(steps.equal, 2);
    assert_int_equal(steps.agreeing, 3); /* the size is right where it was seen */
    assert_int_equal(steps.other_count, 3);
    bench_series_fini(&ours);
    ours = series_of(other, 3);
    steps = bench_figure_compare_steps(&ours, &reference);
    assert_int_equal(steps.agreeing, 2);
    bench_series_fini(&ours);
    ours = series_of(missing, 3);
    steps = bench_figure_compare_steps(&ours, &reference);
    assert_int_equal(steps.count, 2);
    assert_int_equal(steps.equal, 2);
    assert_int_equal(steps.other_count, 3);
    assert_int_equal(steps.bytes, 120);
    assert_int_equal(steps.other_bytes, 120);
    bench_series_fini(&ours);
    bench_series_fini(&reference);
}

static void
test_spikes_name_the_slowest_of_all(void **state) {
    char *text = tell(&grown, bench_figure_spikes_export);
    (void)state;
    assert_contains(text, "arena=256KiB\tslowest_ns\n1\t60\n5\t1000\n12\t70\n");
    free(text);
    text = tell(&grown, bench_figure_spikes_read);
    assert_string_equal(text,
                        "The slowest that comes in every round is “arena=512KiB” at operation 5 "
                        "or soon after: 2 µs; “arena=256KiB” never needs more than 1 µs.");
    free(text);
}

static void
test_nothing_is_there_of_a_workload_that_tells_nothing(void **state) {
    struct bench_report_data data;
    char why[256];
    (void)state;
    make_run(&plain, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    assert_false(bench_figure_footprint_is_there(&data.groups[0]));
    assert_false(bench_figure_staircase_is_there(&data.groups[0]));
    assert_false(bench_figure_spikes_is_there(&data.groups[0]));
    bench_report_data_fini(&data);
    char *text = tell(&plain, bench_figure_staircase_export);
    assert_contains(text, "n/a\tn/a\n");
    free(text);
}

static void
test_reference_reaches_a_million_of_each_container(void **state) {
    static const int64_t bytes[BENCH_REPORT_CONTAINER_COUNT] = {[BENCH_REPORT_LIST] = 8448728,
                                                                [BENCH_REPORT_DICT] = 41943128,
                                                                [BENCH_REPORT_SET] = 33554648,
                                                                [BENCH_REPORT_ARRAY] = 8183816};
    struct bench_figure_reference reference;
    (void)state;
    bench_figure_reference_init(&reference);
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++) {
        const struct bench_series *series = &reference.growth[i];
        assert_true(series->count > 8);
        assert_int_equal(series->samples[series->count - 1].value, bytes[i]);
    }
    bench_figure_reference_fini(&reference);
}

/* The runtime is tested against another table of the same interpreter's. */
static void
test_reference_agrees_with_the_table_of_the_runtimes_tests(void **state) {
    static const char *const names[BENCH_REPORT_CONTAINER_COUNT] = {
        [BENCH_REPORT_LIST] = "list.append",
        [BENCH_REPORT_DICT] = "dict.int.insert",
        [BENCH_REPORT_SET] = "set.int.add",
        [BENCH_REPORT_ARRAY] = "array.q.append"};
    struct bench_figure_reference reference;
    size_t found[BENCH_REPORT_CONTAINER_COUNT] = {0};
    char line[256], name[64];
    long long length, bytes;
    FILE *in = fopen(BENCH_SIZES_FILE, "r");
    (void)state;
    assert_non_null(in);
    bench_figure_reference_init(&reference);
    while (fgets(line, sizeof(line), in)) {
        int which = 0;
        if (sscanf(line, "%63s %lld %lld", name, &length, &bytes) != 3)
            continue;
        while (which < BENCH_REPORT_CONTAINER_COUNT && strcmp(names[which], name) != 0)
            which++;
        if (which == BENCH_REPORT_CONTAINER_COUNT)
            continue;
        const struct bench_series *series = &reference.growth[which];
        if (found[which] > 0 && series->samples[found[which] - 1].value == bytes)
            continue; /* the end of a curve, not a step */
        assert_true(found[which] < series->count);
        assert_int_equal(series->samples[found[which]].t_ns, length);
        assert_int_equal(series->samples[found[which]++].value, bytes);
    }
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++)
        assert_true(found[i] > 8);
    bench_figure_reference_fini(&reference);
    fclose(in);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_footprint_has_both_figures_and_the_name),
        cmocka_unit_test(test_footprint_says_when_all_cost_the_same),
        cmocka_unit_test(test_staircase_stands_beside_cpythons_as_far_as_it_goes),
        cmocka_unit_test(test_staircase_notices_steps_that_are_late_missing_or_too_many),
        cmocka_unit_test(test_spikes_name_the_slowest_of_all),
        cmocka_unit_test(test_nothing_is_there_of_a_workload_that_tells_nothing),
        cmocka_unit_test(test_reference_reaches_a_million_of_each_container),
        cmocka_unit_test(test_reference_agrees_with_the_table_of_the_runtimes_tests),
    };
    return cmocka_run_group_tests_name("figure_growth", tests, make_scratch, remove_scratch);
}
