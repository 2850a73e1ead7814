/* SPDX-License-Identifier: MIT */
#include "bench/figure/time.h"

#include <math.h>

#include "bench/report/detail.h"
#include "bench/tests/report_fixture.h"

enum {
    MANY = 100000
};

static struct bench_report_data
read_run(const struct fixture *fixture) {
    struct bench_report_data data;
    char why[256];
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    return data;
}

/* What a figure writes of a detailed run of two configurations, of which the second one is best. */
static char *
tell(void (*write)(const struct bench_report_group *group, FILE *out)) {
    struct bench_report_data data = read_run(&(struct fixture){.configs = 2,
                                                               .blocks = 1,
                                                               .latencies = 2000,
                                                               .collects = true,
                                                               .is_detailed = true,
                                                               .labels = {"a=1", "a=2"}});
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    write(&data.groups[0], out);
    fclose(out);
    bench_report_data_fini(&data);
    return text;
}

static void
assert_begins(const char *text, const char *what) {
    if (strncmp(text, what, strlen(what)) != 0)
        fail_msg("\"%s\" should begin with \"%s\"", text, what);
}

static void
assert_tells(void (*write)(const struct bench_report_group *group, FILE *out), const char *what) {
    char *text = tell(write);
    assert_contains(text, what);
    free(text);
}

static void
test_views_have_three_blocks_for_each_configuration(void **state) {
    char *text = tell(bench_figure_views_export);
    (void)state;
    assert_begins(text, "from its begin\tlatency_ns\tsupported\tconfiguration\n"
                        "0.000000000\t1000\t1\ta=1\n");
    assert_contains(text, "\n\n\nfrom the intended begin\tlatency_ns\tsupported\tconfiguration\n"
                          "n/a\tn/a\tn/a\ta=1\n\n\nat an even rate\t");
    assert_int_equal(count_of(text, "from its begin"), 2);
    free(text);
    assert_tells(
        bench_figure_views_read,
        "At the 90th percentile an operation takes with the default 1.90 µs from its begin "
        "and 5 µs had all come at an even rate; with “a=2” 949 ns and 5 µs.");
}

static void
test_timeline_says_when_and_how_long(void **state) {
    char *text = tell(bench_figure_timeline_export);
    (void)state;
    assert_begins(text, "generation 0\ttook_ns\tlongest_of\tconfiguration\n"
                        "0\t100\t1\ta=1\n1000\t100\t1\ta=1\n");
    assert_contains(text, "9000\t1000\t1\ta=1\n\n\ngeneration 1\t");
    assert_contains(text, "9000\t2000\t1\ta=2\n\n\ngeneration 1\ttook_ns\tlongest_of\t"
                          "configuration\nn/a\tn/a\t0\ta=2\n");
    free(text);
    assert_tells(
        bench_figure_timeline_read,
        "The default’s longest, of generation 0, takes 1 µs and begins after 9 µs. “a=2”’s "
        "longest, of generation 0, takes 2 µs and begins after 9 µs.");
}

/* Of a hundred thousand the longest of each column is left, and how many there were. */
static void
test_timeline_of_very_many_keeps_the_longest(void **state) {
    struct bench_report_detail detail = {0};
    struct bench_report_config config = {.short_label = "one", .detail = &detail};
    const struct bench_report_group group = {.configs = &config, .count = 1};
    char *text = NULL;
    size_t bytes, lines = 0;
    unsigned long of_all = 0;
    (void)state;
    config.median[BENCH_REPORT_COLLECTIONS] = 2.0 * MANY; /* each already stands for two */
    for (int64_t i = 0; i < MANY; i++)
        assert_int_equal(
            bench_series_append(&detail.collections[0], 10 * i, i == 54321 ? 99999 : 5 + i % 3), 0);
    FILE *out = open_memstream(&text, &bytes);
    bench_figure_timeline_export(&group, out);
    fclose(out);
    assert_contains(text, "543210\t99999\t");
    for (const char *line = strchr(text, '\n') + 1; *line != '\n'; line = strchr(line, '\n') + 1) {
        unsigned long of = 0;
        assert_int_equal(sscanf(line, "%*d\t%*d\t%lu", &of), 1);
        of_all += of;
        lines++;
    }
    assert_in_range(lines, 150, 170);
    assert_int_equal(of_all, 2 * MANY);
    free(text);
    bench_series_fini(&detail.collections[0]);
}

static void
test_pausehist_has_two_blocks_for_each_generation_there(void **state) {
    char *text = tell(bench_figure_pausehist_export);
    (void)state;
    assert_int_equal(count_of(text, "\tbelow_ns\tcollections\tgeneration\n"), 4);
    assert_contains(text, "a=1\tbelow_ns\tcollections\tgeneration\n");
    assert_contains(text, "\t1\t2\n");
    assert_lacks(text, "\t1\t1\n");
    free(text);
    assert_tells(
        bench_figure_pausehist_read,
        "With the default a collection of generation 0 takes 500 ns on average, and the longest "
        "of all 20 µs; with “a=2” a collection of generation 0 takes 1 µs on average, and "
        "the longest of all 40 µs.");
}

static void
test_parts_have_four_blocks_for_each_configuration(void **state) {
    char *text = tell(bench_figure_parts_export);
    (void)state;
    assert_begins(text, "resident\tbytes\tconfiguration\n0\t");
    assert_contains(text,
                    "live\tbytes\tconfiguration\n0\t0\ta=1\n5000\t300\ta=1\n10000\t100\ta=1\n");
    assert_contains(text, "trash\tbytes\tconfiguration\n0\t0\ta=2\n5000\t200\ta=2\n");
    assert_contains(text, "baseline\tbytes\tconfiguration\n0\t2097152\ta=2\n");
    free(text);
    assert_tells(
        bench_figure_parts_read,
        "With the default 32 MiB are resident at most, 2 MiB of them before the work began; "
        "at most 19.1 MiB are live, and at most 200 B trash. With “a=2” 36 MiB");
}

static void
test_mmu_tells_of_the_worst_10_ms(void **state) {
    char *text = tell(bench_figure_mmu_export);
    (void)state;
    assert_string_equal(text, "a=1\tleft_percent\n1000000\t0.0000\n10000000\t10.0000\n"
                              "20000000\t10.0000\n\n\n"
                              "a=2\tleft_percent\n1000000\t0.0000\n10000000\t20.0000\n"
                              "20000000\t20.0000\n");
    free(text);
    assert_tells(bench_figure_mmu_read,
                 "Of the worst 10 ms “a=1” leaves to the program 10 % and is "
                 "the default, “a=2” leaves it 20 %.");
}

static void
test_figures_of_time_are_there_where_something_was_recorded(void **state) {
    struct bench_report_data data = read_run(&(struct fixture){
        .configs = 2, .blocks = 1, .latencies = 2000, .collects = true, .is_detailed = true});
    const struct bench_report_group *group = &data.groups[0];
    (void)state;
    assert_true(bench_figure_views_is_there(group));
    assert_false(bench_figure_views_is_telling(group)); /* no rate was kept */
    assert_true(bench_figure_timeline_is_there(group));
    assert_true(bench_figure_pausehist_is_telling(group));
    assert_true(bench_figure_parts_is_telling(group)); /* the peaks differ */
    assert_true(bench_figure_mmu_is_telling(group));
    bench_report_data_fini(&data);
    data = read_run(&(struct fixture){.configs = 2, .blocks = 1, .latencies = 100});
    group = &data.groups[0];
    assert_false(bench_figure_views_is_there(group));
    assert_false(bench_figure_timeline_is_there(group));
    assert_false(bench_figure_pausehist_is_there(group));
    assert_true(bench_figure_parts_is_there(group));
    assert_false(bench_figure_parts_is_telling(group)); /* live is not known */
    assert_false(bench_figure_mmu_is_there(group));
    bench_report_data_fini(&data);
}

static void
test_figures_of_time_say_so_if_there_is_nothing(void **state) {
    void (*const reads[])(const struct bench_report_group *, FILE *) = {
        bench_figure_views_read, bench_figure_timeline_read, bench_figure_pausehist_read,
        bench_figure_parts_read, bench_figure_mmu_read};
    const char *const words[] = {"Only the time from the begin of an operation was recorded.",
                                 "Nothing was collected.", "Nothing was collected.",
                                 "No cell of the default was finished.",
                                 "No window of time is known for any configuration."};
    struct bench_report_config config = {.short_label = "one"};
    const struct bench_report_group group = {.configs = &config, .count = 1};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char *text = NULL;
        size_t bytes;
        FILE *out = open_memstream(&text, &bytes);
        reads[i](&group, out);
        fclose(out);
        assert_string_equal(text, words[i]);
        free(text);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_have_three_blocks_for_each_configuration),
        cmocka_unit_test(test_timeline_says_when_and_how_long),
        cmocka_unit_test(test_timeline_of_very_many_keeps_the_longest),
        cmocka_unit_test(test_pausehist_has_two_blocks_for_each_generation_there),
        cmocka_unit_test(test_parts_have_four_blocks_for_each_configuration),
        cmocka_unit_test(test_mmu_tells_of_the_worst_10_ms),
        cmocka_unit_test(test_figures_of_time_are_there_where_something_was_recorded),
        cmocka_unit_test(test_figures_of_time_say_so_if_there_is_nothing),
    };
    return cmocka_run_group_tests_name("figure_time", tests, make_scratch, remove_scratch);
}
