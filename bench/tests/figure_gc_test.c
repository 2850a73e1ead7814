/* SPDX-License-Identifier: MIT
 *
 * figure_gc_test.c: the collector's figures say what was recorded, row by row, in an order that shows what
 * a threshold does.
 */
#include "bench/figure/gc.h"

#include <math.h>

#include "bench/report/data.h"
#include "bench/tests/report_fixture.h"

enum {
    CONFIGS = 6
};

static const struct {
    const char *label, *mode;
    double threshold0, collections, examined, freed, operation_ns, longest_ns, p99_ns;
} made[CONFIGS] = {
    {"threshold0=700 mode=auto", "auto", 700, 20, 1000, 100, 5000, 6000, 400},
    {"threshold0=700 mode=off", "off", 700, 0, 0, 0, 0, 0, 100},
    {"threshold0=100 mode=auto", "auto", 100, 90, 3000, 120, 2000, 9000, 300},
    {"threshold0=100 mode=off", "off", 100, 0, 0, 0, 0, 0, NAN},
    {"threshold0=2000 mode=auto", "auto", 2000, 1, 200, 180, 7000, 7000, 200},
    {"threshold0=2000 mode=off", "off", 2000, 0, 0, 0, 0, 0, 110},
};

static struct bench_report_config configs[CONFIGS];
static size_t order[CONFIGS];
static const struct bench_report_group group = {
    .configs = configs, .count = CONFIGS, .order = order};

/* Half of the collections are of generation 0, the other half of generation 2, which take longer. */
static int
make_configs(void **state) {
    (void)state;
    for (size_t i = 0; i < CONFIGS; i++) {
        struct bench_report_config *config = &configs[i];
        order[i] = CONFIGS - 1 - i;
        *config = (struct bench_report_config){.label = "gc.threshold0=1 gc.mode=auto",
                                               .short_label = (char *)made[i].label,
                                               .mode = (char *)made[i].mode,
                                               .threshold0 = made[i].threshold0};
        config->median[BENCH_REPORT_COLLECTIONS] = made[i].collections;
        config->median[BENCH_REPORT_EXAMINED] = made[i].examined;
        config->median[BENCH_REPORT_FREED] = made[i].freed;
        config->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS] = made[i].operation_ns;
        config->median[BENCH_REPORT_PAUSE_MAX_NS] = made[i].longest_ns;
        config->latency_ns[BENCH_REPORT_P99] = made[i].p99_ns;
        for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++) {
            bool is_there = made[i].collections > 0 && k != 1;
            double longest = is_there ? made[i].longest_ns / (k == 2 ? 1 : 4) : NAN;
            config->pauses[k] =
                (struct bench_report_pauses){is_there ? 5 : 0, longest / 2, NAN, NAN, NAN, longest};
        }
    }
    return 0;
}

static char *
tell(void (*write)(const struct bench_report_group *group, FILE *out),
     const struct bench_report_group *of) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    write(of, out);
    fclose(out);
    return text;
}

static void
assert_tells(void (*write)(const struct bench_report_group *group, FILE *out),
             const char *expected) {
    char *text = tell(write, &group);
    assert_string_equal(text, expected);
    free(text);
}

static void
test_pauses_have_whatever_collected_by_mode_and_threshold(void **state) {
    (void)state;
    assert_tells(bench_figure_pauses_export,
                 "generation 0\tlongest_ns\tp99_ns\tcollections\tconfiguration\n"
                 "1125\t2250\tn/a\t5\tthreshold0=100 mode=auto\n"
                 "750\t1500\tn/a\t5\tthreshold0=700 mode=auto\n"
                 "875\t1750\tn/a\t5\tthreshold0=2000 mode=auto\n\n\n"
                 "generation 1\tlongest_ns\tp99_ns\tcollections\tconfiguration\n"
                 "n/a\tn/a\tn/a\t0\tthreshold0=100 mode=auto\n"
                 "n/a\tn/a\tn/a\t0\tthreshold0=700 mode=auto\n"
                 "n/a\tn/a\tn/a\t0\tthreshold0=2000 mode=auto\n\n\n"
                 "generation 2\tlongest_ns\tp99_ns\tcollections\tconfiguration\n"
                 "4500\t9000\tn/a\t5\tthreshold0=100 mode=auto\n"
                 "3000\t6000\tn/a\t5\tthreshold0=700 mode=auto\n"
                 "3500\t7000\tn/a\t5\tthreshold0=2000 mode=auto\n");
    assert_tells(bench_figure_pauses_read,
                 "Under the default a collection of generation 0 takes 750 ns on average and "
                 "1.50 µs at most. The longest of all is one of generation 2 with "
                 "“threshold0=100 mode=auto”: 9 µs.");
}

static void
test_pauses_have_every_mode_that_collects(void **state) {
    (void)state;
    configs[5].mode = "idle";
    configs[5].median[BENCH_REPORT_COLLECTIONS] = 3;
    configs[5].pauses[1] = (struct bench_report_pauses){3, 400, NAN, NAN, NAN, 800};
    char *text = tell(bench_figure_pauses_export, &group);
    assert_contains(text, "\n400\t800\tn/a\t3\tthreshold0=2000 mode=off\n");
    assert_null(strstr(text, "threshold0=700 mode=off"));
    free(text);
}

static void
test_yield_has_all_modes_and_names_the_extremes(void **state) {
    char *text = tell(bench_figure_yield_export, &group);
    (void)state;
    assert_contains(text, "examined\tfreed\tcollections\tconfiguration\n"
                          "3000\t120\t90\tthreshold0=100 mode=auto\n"
                          "1000\t100\t20\tthreshold0=700 mode=auto\n");
    assert_contains(text,
                    "200\t180\t1\tthreshold0=2000 mode=auto\n0\t0\t0\tthreshold0=100 mode=off\n");
    free(text);
    assert_tells(bench_figure_yield_read,
                 "Of what “threshold0=2000 mode=auto” examines most is trash, 90 % in one "
                 "collection; of what “threshold0=100 mode=auto” examines least, 4.0 % in 90 "
                 "collections; the default has 10 % in 20 collections.");
}

static void
test_longest_tells_operations_from_the_rest(void **state) {
    char *text = tell(bench_figure_longest_export, &group);
    (void)state;
    assert_contains(text, "operation_ns\tlongest_ns\tcollections\tconfiguration\n"
                          "2000\t9000\t90\tthreshold0=100 mode=auto\n");
    free(text);
    assert_tells(bench_figure_longest_read,
                 "In its longest collection inside an operation “threshold0=100 mode=auto” stops "
                 "the program for 2 µs, “threshold0=2000 mode=auto” for 7 µs; the default has 5 "
                 "µs.");
}

static void
test_frames_are_counted_at_two_rates(void **state) {
    (void)state;
    for (size_t i = 0; i < CONFIGS; i++) {
        configs[i].median[BENCH_REPORT_MISSED_60] = 0;
        configs[i].median[BENCH_REPORT_MISSED_120] = 0;
        configs[i].median[BENCH_REPORT_OPERATIONS] = 3000;
    }
    assert_true(bench_figure_frames_is_there(&group));
    assert_false(bench_figure_frames_is_telling(&group));
    assert_tells(bench_figure_frames_read, "No frame takes longer than 1/120 s.");
    configs[0].median[BENCH_REPORT_MISSED_60] = 3;
    configs[0].median[BENCH_REPORT_MISSED_120] = 17;
    configs[0].median[BENCH_REPORT_MISSED_RUN_60] = 2;
    assert_true(bench_figure_frames_is_telling(&group));
    char *text = tell(bench_figure_frames_export, &group);
    assert_contains(text, "missed_60\tmissed_120\trun_60\trun_120\tframes\tconfiguration\n");
    assert_contains(text, "\n3\t17\t2\t0\t3000\tthreshold0=700 mode=auto\n");
    free(text);
    assert_tells(bench_figure_frames_read,
                 "At 60 Hz, of 3000 frames, “threshold0=700 mode=off” misses none, “threshold0=700 "
                 "mode=auto” misses 3 and is the default.");
    for (size_t i = 0; i < CONFIGS; i++)
        configs[i].median[BENCH_REPORT_MISSED_60] = NAN;
    assert_false(bench_figure_frames_is_there(&group));
    assert_tells(bench_figure_frames_read, "The operations of this workload are no frames.");
}

static void
test_nothing_is_there_without_a_collection(void **state) {
    (void)state;
    for (size_t i = 0; i < CONFIGS; i++)
        configs[i].median[BENCH_REPORT_COLLECTIONS] = 0;
    assert_false(bench_figure_gc_is_there(&group));
}

/* What the report reads of a run file. */
static void
test_pauses_come_from_the_run_file(void **state) {
    static const struct fixture collects = {
        .configs = 2, .blocks = 3, .latencies = 10, .collects = true};
    struct bench_report_data data;
    char why[256];
    (void)state;
    make_run(&collects, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    const struct bench_report_config *config = &data.groups[0].configs[1];
    assert_true(bench_figure_gc_is_there(&data.groups[0]));
    assert_string_equal(config->mode, "manual");
    assert_true(config->threshold0 == 701);
    assert_true(bench_figure_collections(config) == 11);
    assert_int_equal(config->pauses[0].count, 30);
    assert_true(config->pauses[0].p50_ns > 990 && config->pauses[0].p50_ns < 1010);
    assert_true(isnan(config->pauses[0].p90_ns));
    assert_int_equal(config->pauses[1].count, 0);
    assert_true(isnan(config->pauses[1].mean_ns) && isnan(config->pauses[1].max_ns));
    assert_int_equal(config->pauses[2].count, 3);
    assert_true(config->pauses[2].max_ns == 40000);
    bench_report_data_fini(&data);
}

#define UNIT(test_) cmocka_unit_test_setup(test_, make_configs)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_pauses_have_whatever_collected_by_mode_and_threshold),
        UNIT(test_yield_has_all_modes_and_names_the_extremes),
        UNIT(test_longest_tells_operations_from_the_rest),
        UNIT(test_frames_are_counted_at_two_rates),
        UNIT(test_nothing_is_there_without_a_collection),
        UNIT(test_pauses_have_every_mode_that_collects),
        UNIT(test_pauses_come_from_the_run_file),
    };
    return cmocka_run_group_tests_name("bench/figure_gc", tests, make_scratch, remove_scratch);
}
