/* SPDX-License-Identifier: MIT
 *
 * cell_test.c: a cell survives the wire, and what is not one is refused.
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

#include "bench/cell.h"

struct fixture {
    struct bench_cell cell;
    struct rt_text why;
    char why_data[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(bench_cell_init(&fixture->cell, wl_registry_find("churn")), 0);
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_cell_fini(&fixture->cell);
    free(fixture);
    return 0;
}

static void
test_cell_comes_back_from_its_line(void **state) {
    struct fixture *fixture = *state;
    struct bench_cell other;

    assert_int_equal(bench_cell_set(&fixture->cell, "alloc.arena", "4MiB", NULL), 0);
    assert_int_equal(bench_cell_set(&fixture->cell, "churn.lifetime_law", "fifo", NULL), 0);
    assert_int_equal(bench_cell_set(&fixture->cell, "churn.resize_share", "0.125", NULL), 0);
    fixture->cell.seed = (UINT64_C(1) << 53) - 1;
    json_t *object = bench_cell_json(&fixture->cell);
    char *line = json_dumps(object, JSON_COMPACT);
    assert_non_null(line);
    assert_null(strchr(line, '\n'));
    assert_int_equal(bench_cell_parse(&other, line, &fixture->why), 0);
    assert_ptr_equal(other.workload, fixture->cell.workload);
    assert_true(other.seed == fixture->cell.seed);
    assert_memory_equal(&other.config, &fixture->cell.config, sizeof other.config);
    assert_memory_equal(other.knobs, fixture->cell.knobs, other.workload->knobs_bytes);
    bench_cell_fini(&other);
    free(line);
    json_decref(object);
}

static void
test_cell_can_hand_over_what_was_set_and_nothing_else(void **state) {
    struct fixture *fixture = *state;
    struct bench_cell *cell = &fixture->cell;

    assert_int_equal(bench_cell_set(cell, "gc.threshold0", "700", NULL), 0);
    assert_int_equal(bench_cell_set(cell, "churn.burst", "50", NULL), 0);
    assert_int_equal(bench_cell_set(cell, "churn.live", "none", &fixture->why), -EINVAL);
    bench_cell_settle(cell);
    json_t *object = bench_cell_named_json(cell), *knobs = json_object_get(object, "knobs");
    assert_int_equal(json_object_size(knobs), 2);
    assert_string_equal(json_string_value(json_object_get(knobs, "gc.threshold0")), "700");
    assert_string_equal(json_string_value(json_object_get(knobs, "churn.burst")), "50");
    json_decref(object);
}

/* With a name that has to be quoted; a cell's file is looked at as soon as the cell is read. */
static void
make_csv_file(char path[64]) {
    static const char text[] = "category,value\na,1\n";

    strcpy(path, "/tmp/gcsweep d\"\xc3\xa4\\,=-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
}

static void
test_cell_text_goes_over_the_wire(void **state) {
    struct fixture *fixture = *state;
    struct bench_cell cell, other;
    char value[BENCH_CELL_VALUE_BYTES], path[64];
    void *fields;

    make_csv_file(path);
    assert_int_equal(bench_cell_init(&cell, wl_registry_find("csv")), 0);
    assert_int_equal(bench_cell_set(&cell, "csv.file", path, NULL), 0);
    json_t *object = bench_cell_json(&cell), *knobs = bench_cell_knobs_json(&cell);
    char *line = json_dumps(object, JSON_COMPACT);
    assert_int_equal(bench_cell_parse(&other, line, &fixture->why), 0);
    assert_memory_equal(other.knobs, cell.knobs, cell.workload->knobs_bytes);
    const struct rt_knob *row = bench_cell_find(&other, "csv.file", &fields);
    bench_cell_value(row, fields, value);
    assert_string_equal(value, path);
    assert_string_equal(json_string_value(json_object_get(knobs, "csv.file")), path);
    assert_true(bench_cell_number(row, fields) == 0);
    assert_string_equal(bench_cell_type_name(row->type), "text");
    free(line);
    json_decref(object);
    json_decref(knobs);
    bench_cell_fini(&other);
    bench_cell_fini(&cell);
    assert_int_equal(unlink(path), 0);
}

static void
test_cell_knobs_have_their_own_types_in_json(void **state) {
    struct fixture *fixture = *state;
    json_t *knobs = bench_cell_knobs_json(&fixture->cell);

    assert_int_equal(json_object_size(knobs), bench_cell_knob_count(&fixture->cell));
    assert_string_equal(json_string_value(json_object_get(knobs, "alloc.backend")), "pool");
    assert_int_equal(json_integer_value(json_object_get(knobs, "alloc.arena")), 1 << 20);
    assert_true(json_is_real(json_object_get(knobs, "churn.resize_share")));
    json_decref(knobs);
}

static void
test_cell_unknown_knobs_suggest_from_both_tables(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(bench_cell_set(&fixture->cell, "alloc.aren", "1MiB", &fixture->why), -ENOENT);
    assert_string_equal(fixture->why_data, "no knob alloc.aren, did you mean alloc.arena?");
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    assert_int_equal(bench_cell_set(&fixture->cell, "churn.burs", "1", &fixture->why), -ENOENT);
    assert_string_equal(fixture->why_data, "no knob churn.burs, did you mean churn.burst?");
}

static void
test_cell_refuses_lines_that_are_none(void **state) {
    static const char *const lines[] = {
        "",
        "{}",
        "7",
        "{\"workload\":\"churn\"",
        "{\"workload\":\"chrun\",\"version\":1,\"seed\":1,\"knobs\":{}}",
        "{\"workload\":\"churn\",\"version\":999,\"seed\":1,\"knobs\":{}}",
        "{\"workload\":\"churn\",\"version\":1,\"seed\":\"1\",\"knobs\":{}}",
        "{\"workload\":\"churn\",\"version\":1,\"seed\":1,\"knobs\":[]}",
        "{\"workload\":\"churn\",\"version\":1,\"seed\":1,\"knobs\":{\"churn.live\":5}}",
        "{\"workload\":\"churn\",\"version\":1,\"seed\":1,\"knobs\":{\"churn.lives\":\"5\"}}",
        "{\"workload\":\"churn\",\"version\":1,\"seed\":1,\"knobs\":{\"churn.live\":\"-5\"}}",
        "{\"workload\":\"churn\",\"version\":1,\"seed\":1,\"knobs\":{\"alloc.arena\":\"1\"}}",
    };
    struct fixture *fixture = *state;
    struct bench_cell other;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_not_equal(bench_cell_parse(&other, lines[i], &fixture->why), 0);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_cell_can_hand_over_what_was_set_and_nothing_else),
        UNIT(test_cell_comes_back_from_its_line),
        UNIT(test_cell_text_goes_over_the_wire),
        UNIT(test_cell_knobs_have_their_own_types_in_json),
        UNIT(test_cell_unknown_knobs_suggest_from_both_tables),
        UNIT(test_cell_refuses_lines_that_are_none),
    };
    return cmocka_run_group_tests_name("bench/cell", tests, NULL, NULL);
}
