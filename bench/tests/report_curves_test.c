/* SPDX-License-Identifier: MIT */
#include "bench/report/curves.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

struct opened {
    struct bench_store *store;
    struct bench_hist *hist;
    struct bench_report_config config;
};

/* The first configuration of a run, with no curve read yet. */
static struct opened
open_run(const struct fixture *fixture) {
    struct opened opened = {.config = {.id = 1}, .hist = malloc(sizeof(*opened.hist))};
    char why[256];
    assert_non_null(opened.hist);
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(
        bench_store_open(scratch_path("run.db"), BENCH_STORE_READ, &opened.store, why, sizeof(why)),
        0);
    return opened;
}

static void
close_run(struct opened *opened) {
    bench_report_curves_fini(&opened->config);
    bench_store_close(opened->store);
    free(opened->hist);
}

static void
test_curves_latency_rises_and_tells_its_supported_part(void **state) {
    struct opened run = open_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 5000});
    const struct bench_report_config *config = &run.config;
    (void)state;
    assert_int_equal(bench_report_curves_read_histograms(run.store, run.hist, &run.config), 0);
    assert_true(config->curve_count > 50);
    assert_float_equal(config->curve[0].percent, 0, 1e-9);
    assert_int_equal(config->curve[0].ns, 1000);
    size_t turns = 0;
    for (size_t i = 1; i < config->curve_count; i++) {
        const struct bench_report_point *point = &config->curve[i];
        assert_true(point->percent >= point[-1].percent && point->percent < 100);
        assert_true(point->ns >= point[-1].ns);
        assert_int_equal(point->supported && 5000 * (1 - point->percent / 100) < 9.999, 0);
        turns += point->supported != point[-1].supported;
    }
    assert_int_equal(turns, 1);
    close_run(&run);
}

static void
test_curves_latency_has_the_nines_at_every_twentieth_point(void **state) {
    struct opened run = open_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 50000});
    const struct bench_report_config *config = &run.config;
    (void)state;
    assert_int_equal(bench_report_curves_read_histograms(run.store, run.hist, &run.config), 0);
    assert_true(config->curve_count > 60);
    assert_float_equal(config->curve[20].percent, 90, 1e-9);
    assert_float_equal(config->curve[40].percent, 99, 1e-9);
    assert_float_equal(config->curve[60].percent, 99.9, 1e-9);
    assert_float_equal((double)config->curve[40].ns, config->latency_ns[BENCH_REPORT_P99], 1);
    close_run(&run);
}

static void
test_curves_of_a_cell_that_has_none_stay_empty(void **state) {
    struct opened run = open_run(&(struct fixture){.configs = 1, .blocks = 1, .nothing_ran = true});
    (void)state;
    assert_int_equal(bench_report_curves_read_histograms(run.store, run.hist, &run.config), 0);
    assert_int_equal(bench_report_curves_read_series(run.store, 1, &run.config), 0);
    assert_int_equal(run.config.curve_count, 0);
    assert_int_equal(run.config.resident.count, 0);
    assert_int_equal(run.config.samples, 0);
    assert_true(isnan(run.config.latency_ns[BENCH_REPORT_P50]));
    assert_int_equal(run.config.pauses[0].count, 0);
    close_run(&run);
}

static void
test_curves_have_the_series_of_the_cell(void **state) {
    struct opened run =
        open_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 10, .grows = true});
    (void)state;
    assert_int_equal(bench_report_curves_read_series(run.store, 1, &run.config), 0);
    assert_true(run.config.resident.count > 10);
    assert_int_equal(run.config.slowest.count, 3);
    assert_int_equal(run.config.growth[BENCH_REPORT_LIST].count, 5);
    assert_int_equal(run.config.growth[BENCH_REPORT_SET].count, 0);
    close_run(&run);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves_latency_rises_and_tells_its_supported_part),
        cmocka_unit_test(test_curves_latency_has_the_nines_at_every_twentieth_point),
        cmocka_unit_test(test_curves_of_a_cell_that_has_none_stay_empty),
        cmocka_unit_test(test_curves_have_the_series_of_the_cell),
    };
    return cmocka_run_group_tests_name("report_curves", tests, make_scratch, remove_scratch);
}
