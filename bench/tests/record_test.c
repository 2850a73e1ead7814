/* SPDX-License-Identifier: MIT
 *
 * record_test.c: what follows from a record's parts, and what it looks like outside.
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

#include "bench/record.h"

static int
set_up(void **state) {
    *state = bench_record_create();
    return *state == NULL;
}

static int
tear_down(void **state) {
    bench_record_destroy(*state);
    return 0;
}

static void
test_record_median_weighs_samples_by_how_long_they_held(void **state) {
    struct bench_record *record = *state;
    const int64_t samples[][2] = {{-50, 9000}, {0, 100}, {10, 5000}, {20, 300}, {60, 100}};

    for (size_t i = 0; i < 5; i++)
        assert_int_equal(bench_series_add(&record->resident, samples[i][0], samples[i][1]), 0);
    bench_record_derive(record);
    /* 300 held for 40 of the 60 ns that count; what was before the work does not. */
    assert_true(record->values[BENCH_METRIC_MEDIAN_RSS_BYTES] == 300);
}

static void
test_record_peak_is_never_below_a_sample(void **state) {
    struct bench_record *record = *state;

    bench_record_put(record, BENCH_METRIC_BASELINE_RSS_BYTES, 1000);
    bench_record_put(record, BENCH_METRIC_PEAK_RSS_BYTES, 4000);
    bench_record_put(record, BENCH_METRIC_PEAK_LIVE_BYTES, 2000);
    assert_int_equal(bench_series_add(&record->resident, 0, 5000), 0);
    bench_record_derive(record);
    assert_true(record->values[BENCH_METRIC_PEAK_RSS_BYTES] == 5000);
    assert_true(record->values[BENCH_METRIC_OVERHEAD_RATIO] == 2);
}

static void
test_record_of_nothing_derives_nothing(void **state) {
    struct bench_record *record = *state;

    bench_record_derive(record);
    for (int i = 0; i < BENCH_METRIC_MOST; i++)
        assert_false(record->has[i]);
}

static void
test_record_exact_figures_must_go_with_the_buckets(void **state) {
    struct bench_record *record = *state;
    const char *good =
        "{\"status\":\"finished\",\"latency_ns\":[[4096,2]],\"latency_exact_ns\":[4096,4097,8193]}";
    const char *bad =
        "{\"status\":\"finished\",\"latency_ns\":[[4096,2]],\"latency_exact_ns\":[4000,4097,8193]}";
    json_t *message = json_loads(good, 0, NULL);

    assert_int_equal(bench_record_parse(record, message), 0);
    assert_int_equal(record->latency.greatest, 4097);
    assert_int_equal(record->latency.sum, 8193);
    json_decref(message);
    bench_record_clear(record);
    message = json_loads(bad, 0, NULL);
    assert_int_equal(bench_record_parse(record, message), -EBADMSG);
    assert_non_null(strstr(record->why, "exact times do not go"));
    json_decref(message);
}

/* Two collections of generation 0, one of generation 2. */
static void
test_record_tells_pauses_by_generation(void **state) {
    struct bench_record *record = *state;
    struct bench_cell cell;
    json_t *message =
        json_loads("{\"status\":\"finished\",\"values\":{\"gc.collections0\":2,\"gc.examined\":200,"
                   "\"gc.freed\":50,\"gc.uncollectable2\":3,\"peak_trash_objects\":9},"
                   "\"pause_ns\":[[[100,1],[200,1]],[],[[9000,1]]],"
                   "\"pause_exact_ns\":[[100,200,300],[],[9001,9001,9001]]}",
                   0, NULL);

    assert_int_equal(bench_cell_init(&cell, wl_registry_find("bullets")), 0);
    assert_int_equal(bench_record_parse(record, message), 0);
    bench_record_derive(record);
    assert_true(record->values[BENCH_METRIC_GC_PAUSE_SUM_NS] == 9301);
    assert_true(record->values[BENCH_METRIC_GC_PAUSE_MAX_NS] == 9001);
    assert_true(record->values[BENCH_METRIC_GC_YIELD] == 0.25);
    json_t *object = bench_record_json(record, &cell, "rt");
    json_t *gc = json_object_get(object, "gc"), *pauses = json_object_get(gc, "pause_ns");
    json_t *young = json_array_get(pauses, 0), *middle = json_array_get(pauses, 1);
    assert_int_equal(json_integer_value(json_object_get(young, "count")), 2);
    assert_int_equal(json_integer_value(json_object_get(young, "max")), 200);
    assert_int_equal(json_integer_value(json_object_get(young, "mean")), 150);
    assert_true(json_is_null(json_object_get(young, "p50"))); /* too few */
    assert_int_equal(json_integer_value(json_object_get(middle, "count")), 0);
    assert_true(json_is_null(json_object_get(middle, "max")));
    assert_int_equal(json_integer_value(json_array_get(json_object_get(gc, "uncollectable"), 2)),
                     3);
    assert_int_equal(json_integer_value(json_object_get(object, "peak_trash_objects")), 9);
    assert_null(json_object_get(json_object_get(object, "alloc"), "collections0"));
    json_decref(object);
    json_decref(message);
    bench_cell_fini(&cell);
}

/* 22 operations that were waited for: the median has ten beyond it, the 90th percentile has not. */
static void
test_record_tells_times_from_the_intended_begin_and_notes(void **state) {
    struct bench_record *record = *state;
    struct bench_cell cell;
    json_t *message = json_loads(
        "{\"status\":\"finished\",\"values\":{\"frames_missed_60\":3},\"intended_ns\":[[100,12],"
        "[200,10]],\"intended_exact_ns\":[100,200,3200],\"notes\":[\"it leaks\",\"by 3\"]}",
        0, NULL);

    assert_int_equal(bench_cell_init(&cell, wl_registry_find("bullets")), 0);
    assert_int_equal(bench_record_parse(record, message), 0);
    bench_record_derive(record);
    assert_false(record->has[BENCH_METRIC_LATENCY_P50_NS]);
    json_t *object = bench_record_json(record, &cell, "rt");
    json_t *intended = json_object_get(object, "intended_ns");
    assert_int_equal(json_integer_value(json_object_get(intended, "count")), 22);
    assert_int_equal(json_integer_value(json_object_get(intended, "p50")), 100);
    assert_true(json_is_null(json_object_get(intended, "p90")));
    assert_int_equal(json_integer_value(json_object_get(intended, "max")), 200);
    assert_int_equal(json_integer_value(json_object_get(object, "frames_missed_60")), 3);
    json_t *notes = json_object_get(object, "notes");
    assert_int_equal(json_array_size(notes), 2);
    assert_string_equal(json_string_value(json_array_get(notes, 1)), "by 3");
    assert_null(json_object_get(object, "intended_p50_ns"));
    json_decref(object);
    json_decref(message);
    bench_record_clear(record);
    message = json_loads("{\"status\":\"finished\",\"notes\":[7]}", 0, NULL);
    assert_int_equal(bench_record_parse(record, message), -EBADMSG);
    json_decref(message);
    bench_cell_fini(&cell);
}

static void
test_record_live_and_trash_must_be_in_order_of_time(void **state) {
    static const char *const names[] = {"live_bytes", "trash_bytes"};
    struct bench_record *record = *state;

    for (size_t i = 0; i < 2; i++) {
        json_t *message =
            json_pack("{s:s, s:[[i,i],[i,i]]}", "status", "finished", names[i], 5, 1, 4, 2);
        assert_int_equal(bench_record_parse(record, message), -EBADMSG);
        assert_non_null(strstr(record->why, names[i][0] == 'l' ? "live" : "trash_bytes"));
        json_decref(message);
    }
}

/* 1000 items take 30000 of 40000 live bytes; 44000 grew. */
static void
test_record_gives_each_item_what_the_others_do_not_have(void **state) {
    struct bench_record *record = *state;

    bench_record_put(record, BENCH_METRIC_BASELINE_RSS_BYTES, 1000);
    bench_record_put(record, BENCH_METRIC_PEAK_RSS_BYTES, 45000);
    bench_record_put(record, BENCH_METRIC_PEAK_LIVE_BYTES, 40000);
    bench_record_put(record, BENCH_METRIC_ITEMS, 1000);
    bench_record_put(record, BENCH_METRIC_ITEMS_LIVE_BYTES, 30000);
    bench_record_derive(record);
    assert_true(record->values[BENCH_METRIC_ITEM_LIVE_BYTES] == 30);
    assert_true(record->values[BENCH_METRIC_ITEM_RESIDENT_BYTES] == 34);
}

static void
test_record_slowest_must_be_in_order_of_operations(void **state) {
    struct bench_record *record = *state;
    json_t *message =
        json_loads("{\"status\":\"finished\",\"slowest_ns\":[[1,50],[8,60]]}", 0, NULL);

    assert_int_equal(bench_record_parse(record, message), 0);
    assert_int_equal(record->slowest.samples[1].t_ns, 8);
    json_decref(message);
    bench_record_clear(record);
    message = json_loads("{\"status\":\"finished\",\"slowest_ns\":[[8,50],[1,60]]}", 0, NULL);
    assert_int_equal(bench_record_parse(record, message), -EBADMSG);
    json_decref(message);
}

/* Twenty spans of equal length, then twenty that take half as long again. */
static void
test_record_judges_its_pace(void **state) {
    struct bench_record *record = *state;
    json_t *pairs = json_array();
    json_t *message;

    for (int i = 1; i <= 40; i++)
        json_array_append_new(pairs, json_pack("[i, i]", i * 100, i <= 20 ? 4000 : 6000 + i));
    message = json_pack("{s:s, s:o}", "status", "finished", "pace_ps", pairs);
    assert_int_equal(bench_record_parse(record, message), 0);
    assert_int_equal(record->pace.count, 40); /* equal ones as well */
    bench_record_derive(record);
    assert_true(record->has[BENCH_METRIC_STEADY] && record->values[BENCH_METRIC_STEADY] == 0);
    assert_true(record->values[BENCH_METRIC_DRIFT_RATIO] > 0.3);
    assert_true(record->values[BENCH_METRIC_WARMUP_RATIO] == 0);
    json_decref(message);
    bench_record_clear(record);
    message = json_loads("{\"status\":\"finished\",\"pace_ps\":[[8,50],[1,60]]}", 0, NULL);
    assert_int_equal(bench_record_parse(record, message), -EBADMSG);
    json_decref(message);
}

static void
test_record_keeps_collections_of_equal_length_apart(void **state) {
    struct bench_record *record = *state;
    json_t *message = json_loads(
        "{\"status\":\"finished\",\"collections_ns\":[[[1,50],[2,50],[3,50],[9,50]],[],[[4,80]]]}",
        0, NULL);

    assert_int_equal(bench_record_parse(record, message), 0);
    assert_int_equal(record->collections[0].count, 4);
    assert_int_equal(record->collections[1].count, 0);
    assert_int_equal(record->collections[2].samples[0].value, 80);
    json_decref(message);
    bench_record_clear(record);
    message = json_loads("{\"status\":\"finished\",\"collections_ns\":[[[2,50],[1,50]]]}", 0, NULL);
    assert_int_equal(bench_record_parse(record, message), -EBADMSG);
    json_decref(message);
}

static void
test_record_passes_over_series_that_nobody_knows(void **state) {
    struct bench_record *record = *state;
    json_t *message =
        json_loads("{\"status\":\"finished\",\"series\":{\"no.such\":[[1,50],[8,60]]}}", 0, NULL);

    assert_int_equal(bench_record_parse(record, message), 0);
    assert_null(record->own[0].row);
    json_decref(message);
}

static void
test_record_json_has_null_for_what_there_is_not(void **state) {
    struct bench_record *record = *state;
    struct bench_cell cell;

    assert_int_equal(bench_cell_init(&cell, wl_registry_find("churn")), 0);
    record->state = BENCH_CELL_FAILED;
    json_t *object = bench_record_json(record, &cell, "rt");
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "status")), "failed");
    assert_true(json_is_null(json_object_get(object, "digest")));
    assert_true(json_is_null(json_object_get(object, "wall_ns")));
    assert_true(json_is_null(json_object_get(object, "gc")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(object, "latency_ns"), "count")), 0);
    assert_true(json_is_null(json_object_get(json_object_get(object, "latency_ns"), "p50")));
    json_decref(object);
    bench_cell_fini(&cell);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_record_median_weighs_samples_by_how_long_they_held),
        UNIT(test_record_peak_is_never_below_a_sample),
        UNIT(test_record_of_nothing_derives_nothing),
        UNIT(test_record_exact_figures_must_go_with_the_buckets),
        UNIT(test_record_tells_pauses_by_generation),
        UNIT(test_record_tells_times_from_the_intended_begin_and_notes),
        UNIT(test_record_live_and_trash_must_be_in_order_of_time),
        UNIT(test_record_gives_each_item_what_the_others_do_not_have),
        UNIT(test_record_slowest_must_be_in_order_of_operations),
        UNIT(test_record_judges_its_pace),
        UNIT(test_record_keeps_collections_of_equal_length_apart),
        UNIT(test_record_passes_over_series_that_nobody_knows),
        UNIT(test_record_json_has_null_for_what_there_is_not),
    };
    return cmocka_run_group_tests_name("bench/record", tests, NULL, NULL);
}
