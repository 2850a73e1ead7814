/* SPDX-License-Identifier: MIT
 *
 * metric_test.c: every metric has a name of its own, a unit and a meaning.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/metric.h"

static void
test_metric_rows_are_whole_and_unique(void **state) {
    (void)state;
    for (int i = 0; i < bench_metric_count(); i++) {
        struct bench_store_metric row = bench_metric_row((enum bench_metric)i);
        assert_non_null(row.name);
        assert_true(row.unit[0] != '\0' && row.help[0] != '\0');
        assert_true(strcmp(row.better, "lower") == 0 || strcmp(row.better, "higher") == 0 ||
                    strcmp(row.better, "none") == 0);
        assert_int_equal(bench_metric_find(row.name), i);
    }
}

static void
test_metric_counters_of_the_runtime_are_metrics(void **state) {
    (void)state;
    for (int i = 0; i < RT_STAT_COUNT; i++) {
        int metric = (int)bench_metric_find(rt_stat_row((enum rt_stat)i)->name);
        assert_int_equal(metric, BENCH_METRIC_STATS + i);
        assert_true(bench_metric_row((enum bench_metric)metric).deterministic);
    }
    assert_int_equal(bench_metric_find("no such metric"), BENCH_METRIC_MOST);
}

static const char *
better_of(const char *name) {
    return bench_metric_row(bench_metric_find(name)).better;
}

static void
test_metric_less_held_and_less_done_is_better_but_not_less_given_back(void **state) {
    (void)state;
    assert_string_equal(better_of("alloc.held_bytes_peak"), "lower");
    assert_string_equal(better_of("alloc.allocations"), "lower");
    assert_string_equal(better_of("gc.examined"), "lower");
    assert_string_equal(better_of("gc.freed_bytes"), "none");
    assert_string_equal(better_of("alloc.trimmed_bytes"), "none");
    assert_string_equal(better_of("gc.collections2"), "none");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metric_rows_are_whole_and_unique),
        cmocka_unit_test(test_metric_counters_of_the_runtime_are_metrics),
        cmocka_unit_test(test_metric_less_held_and_less_done_is_better_but_not_less_given_back),
    };
    return cmocka_run_group_tests_name("bench/metric", tests, NULL, NULL);
}
