/* SPDX-License-Identifier: MIT
 *
 * convert_test.c: from a recorder's events to a recording.
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

#include "bench/convert.h"
#include "bench/shim/raw.h"

enum {
    EVENTS = 64,
    FILE_BYTES = 1 << 16,
};

struct fixture {
    char directory[64], raw[96], out[96];
    struct bench_raw_head head;
    struct bench_raw_event events[EVENTS];
    size_t count;
    uint8_t data[FILE_BYTES];
    struct wl_trace trace;
    struct wl_trace_reader *reader;
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    strcpy(fixture->directory, "/tmp/gcsweep-convert-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->raw, sizeof fixture->raw, "%s/raw", fixture->directory);
    snprintf(fixture->out, sizeof fixture->out, "%s/out", fixture->directory);
    fixture->head = (struct bench_raw_head){.magic = BENCH_RAW_MAGIC, .pid = 1};
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;

    wl_trace_reader_close(fixture->reader);
    unlink(fixture->raw);
    unlink(fixture->out);
    rmdir(fixture->directory);
    free(fixture);
    return 0;
}

static void
add(struct fixture *fixture, enum bench_raw_kind kind, unsigned thread, uintptr_t address,
    uint64_t second) {
    assert_true(fixture->count < EVENTS);
    fixture->events[fixture->count++] =
        (struct bench_raw_event){bench_raw_first(kind, thread, (const void *)address), second};
}

/* Writes the raw file, converts it and opens the recording. */
static void
convert(struct fixture *fixture, struct bench_converted *ret_converted) {
    static char head[BENCH_RAW_HEAD_BYTES];
    char why[256];
    struct rt_text text;
    FILE *file = fopen(fixture->raw, "w");

    assert_non_null(file);
    fixture->head.count = fixture->count;
    memcpy(head, &fixture->head, sizeof fixture->head);
    assert_int_equal(fwrite(head, 1, sizeof head, file), sizeof head);
    assert_int_equal(fwrite(fixture->events, sizeof fixture->events[0], fixture->count, file),
                     fixture->count);
    fclose(file);
    assert_int_equal(
        bench_convert(fixture->raw, fixture->out, "kind: native\n", ret_converted, why, sizeof why),
        0);
    file = fopen(fixture->out, "r");
    assert_non_null(file);
    size_t bytes = fread(fixture->data, 1, FILE_BYTES, file);
    fclose(file);
    assert_int_equal(bytes, ret_converted->bytes);
    rt_text_init(&text, why, sizeof why);
    assert_int_equal(wl_trace_open(fixture->data, bytes, &fixture->trace, &text), 0);
    assert_int_equal(wl_trace_reader_open(&fixture->trace, &fixture->reader), 0);
}

static void
assert_next(struct fixture *fixture, enum wl_trace_kind kind, uint32_t id, uint64_t size) {
    struct wl_trace_op op;
    char why[256];
    struct rt_text text;

    rt_text_init(&text, why, sizeof why);
    assert_int_equal(wl_trace_next(fixture->reader, &op, &text), 1);
    assert_int_equal(op.kind, kind);
    assert_int_equal(op.id, id);
    if (kind != WL_TRACE_FREE)
        assert_int_equal(op.size, size);
}

static void
assert_no_more(struct fixture *fixture) {
    struct wl_trace_op op;
    char why[256];
    struct rt_text text;

    rt_text_init(&text, why, sizeof why);
    assert_int_equal(wl_trace_next(fixture->reader, &op, &text), 0);
}

static void
test_convert_makes_ids_of_addresses(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;

    add(fixture, BENCH_RAW_ALLOC, 1, 0x1000, 40);
    add(fixture, BENCH_RAW_ALLOC, 1, 0x2000, 50);
    add(fixture, BENCH_RAW_FREE, 1, 0x1000, 0);
    add(fixture, BENCH_RAW_FREE, 1, 0x7770, 0); /* nobody's */
    add(fixture, BENCH_RAW_ALLOC, 1, 0x3000, 60);
    add(fixture, BENCH_RAW_RESIZE_BEGIN, 1, 0x2000, 0);
    add(fixture, BENCH_RAW_RESIZE_END, 1, 0x9000, 70);
    add(fixture, BENCH_RAW_FREE, 1, 0x9000, 0);
    convert(fixture, &converted);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 40);
    assert_next(fixture, WL_TRACE_ALLOC, 1, 50);
    assert_next(fixture, WL_TRACE_FREE, 0, 0);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 60);
    assert_next(fixture, WL_TRACE_REALLOC, 1, 70);
    assert_next(fixture, WL_TRACE_FREE, 1, 0);
    assert_no_more(fixture);
}

/* While one thread resizes, another gets the block that this gave up. */
static void
test_convert_keeps_resizing_threads_apart(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;

    add(fixture, BENCH_RAW_ALLOC, 1, 0x1000, 40);
    add(fixture, BENCH_RAW_RESIZE_BEGIN, 1, 0x1000, 0);
    add(fixture, BENCH_RAW_ALLOC, 2, 0x1000, 41);
    add(fixture, BENCH_RAW_RESIZE_END, 1, 0x5000, 80);
    add(fixture, BENCH_RAW_FREE, 2, 0x1000, 0);
    add(fixture, BENCH_RAW_FREE, 1, 0x5000, 0);
    convert(fixture, &converted);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 40);
    assert_next(fixture, WL_TRACE_ALLOC, 1, 41);
    assert_next(fixture, WL_TRACE_REALLOC, 0, 80);
    assert_next(fixture, WL_TRACE_FREE, 1, 0);
    assert_next(fixture, WL_TRACE_FREE, 0, 0);
    assert_no_more(fixture);
}

static void
test_convert_keeps_a_block_whose_resize_failed(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;

    add(fixture, BENCH_RAW_ALLOC, 1, 0x1000, 40);
    add(fixture, BENCH_RAW_RESIZE_BEGIN, 1, 0x1000, 0);
    add(fixture, BENCH_RAW_RESIZE_END, 1, 0, 80);
    add(fixture, BENCH_RAW_FREE, 1, 0x1000, 0);
    convert(fixture, &converted);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 40);
    assert_next(fixture, WL_TRACE_FREE, 0, 0);
    assert_no_more(fixture);
}

static void
test_convert_ends_all_blocks_where_another_program_begins(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;
    struct wl_trace_op op;
    struct rt_text text;
    char why[256];

    add(fixture, BENCH_RAW_ALLOC, 1, 0x1000, 40);
    add(fixture, BENCH_RAW_RESET, 0, 0, 0);
    add(fixture, BENCH_RAW_ALLOC, 1, 0x1000, 41);
    convert(fixture, &converted);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 40);
    assert_next(fixture, WL_TRACE_FREE, 0, 0);
    rt_text_init(&text, why, sizeof why);
    assert_int_equal(wl_trace_next(fixture->reader, &op, &text), 1);
    assert_int_equal(op.kind, WL_TRACE_MARK);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 41);
    assert_no_more(fixture);
}

/* ---- Python ------------------------------------------------------------------------------------- */

enum {
    TYPE = 0x7000,
};

static void
add_name(struct fixture *fixture) {
    fixture->head.version = 0x030b02f0;
    add(fixture, BENCH_RAW_TYPE, 0, TYPE, 4);
    assert_true(fixture->count < EVENTS);
    memcpy(&fixture->events[fixture->count++], "Node", 4);
}

/* Skips types and plain blocks. */
static struct wl_trace_op
next_of(struct fixture *fixture, enum wl_trace_kind kind) {
    struct wl_trace_op op = {0};
    struct rt_text text;
    char why[256];

    rt_text_init(&text, why, sizeof why);
    do
        assert_int_equal(wl_trace_next(fixture->reader, &op, &text), 1);
    while (op.kind != kind);
    return op;
}

static void
test_convert_knows_a_container_by_how_it_ended(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;

    add_name(fixture);
    add(fixture, BENCH_RAW_ALLOC, 0, 0x1000, 64);
    add(fixture, BENCH_RAW_ALLOC, 0, 0x2000, 65);
    add(fixture, BENCH_RAW_FREE, 0, 0x1000, TYPE);
    add(fixture, BENCH_RAW_FREE, 0, 0x2000, 0);
    convert(fixture, &converted);
    struct wl_trace_op op = next_of(fixture, WL_TRACE_CONTAINER);
    assert_int_equal(op.size, 64);
    assert_int_equal(op.type, 1);
    assert_true(op.is_atomic);
    assert_int_equal(converted.counts.containers, 1);
    assert_int_equal(converted.counts.allocs, 1);
}

/* What still seems to refer to a container that ends is cleared before. */
static void
test_convert_clears_references_to_what_ends(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;

    add_name(fixture);
    add(fixture, BENCH_RAW_ALLOC, 0, 0x1000, 64);
    add(fixture, BENCH_RAW_ALLOC, 0, 0x2000, 64);
    add(fixture, BENCH_RAW_OBJECT, 0, 0x1000, TYPE);
    add(fixture, BENCH_RAW_REFERENCE, 0, 0x2000, 0);
    add(fixture, BENCH_RAW_LOOKED, 0, 0, 2);
    add(fixture, BENCH_RAW_FREE, 0, 0x2000, TYPE);
    convert(fixture, &converted);
    struct wl_trace_op op = next_of(fixture, WL_TRACE_STORE);
    assert_true(op.has_child);
    assert_int_equal(op.child, 1);
    op = next_of(fixture, WL_TRACE_STORE);
    assert_false(op.has_child);
    assert_int_equal(op.id, 0);
    assert_next(fixture, WL_TRACE_FREE, 1, 0);
    assert_no_more(fixture);
}

/* A pair that the collector found: born as allocations 0 and 1, collected before allocation 6. */
static void
test_convert_drops_trash_with_its_references_between_birth_and_collection(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;

    add_name(fixture);
    for (uintptr_t i = 1; i <= 6; i++)
        add(fixture, BENCH_RAW_ALLOC, 0, i << 12, 64 + i);
    add(fixture, BENCH_RAW_OBJECT, 0, 0x1000, TYPE);
    add(fixture, BENCH_RAW_REFERENCE, 0, 0x2000, 0);
    add(fixture, BENCH_RAW_OBJECT, 0, 0x2000, TYPE);
    add(fixture, BENCH_RAW_REFERENCE, 0, 0x1000, 0);
    add(fixture, BENCH_RAW_LOOKED, 0, 0, 0);
    add(fixture, BENCH_RAW_COLLECTION, 0, 1, 0);
    add(fixture, BENCH_RAW_FREE, 0, 0x2000, TYPE);
    add(fixture, BENCH_RAW_FREE, 0, 0x1000, TYPE);
    add(fixture, BENCH_RAW_COLLECTION, 0, 0, 0);
    add(fixture, BENCH_RAW_ALLOC, 0, 0x1000, 99);
    convert(fixture, &converted);
    assert_int_equal(next_of(fixture, WL_TRACE_CONTAINER).id, 0);
    assert_int_equal(next_of(fixture, WL_TRACE_CONTAINER).id, 1);
    assert_next(fixture, WL_TRACE_ALLOC, 2, 67);
    assert_next(fixture, WL_TRACE_ALLOC, 3, 68);
    assert_true(next_of(fixture, WL_TRACE_STORE).has_child);
    assert_true(next_of(fixture, WL_TRACE_STORE).has_child);
    assert_next(fixture, WL_TRACE_FREE, 0, 0);
    assert_next(fixture, WL_TRACE_FREE, 1, 0);
    assert_next(fixture, WL_TRACE_ALLOC, 1, 69);
    assert_next(fixture, WL_TRACE_ALLOC, 0, 70);
    assert_next(fixture, WL_TRACE_ALLOC, 4, 99);
    assert_no_more(fixture);
}

static void
test_convert_says_when_nobody_recorded(void **state) {
    struct fixture *fixture = *state;
    struct bench_converted converted;
    char why[256];

    assert_int_equal(bench_convert_create_raw(fixture->raw), 0);
    assert_int_equal(bench_convert(fixture->raw, fixture->out, "", &converted, why, sizeof why),
                     -ENODATA);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_convert_makes_ids_of_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_convert_keeps_resizing_threads_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_convert_keeps_a_block_whose_resize_failed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_convert_ends_all_blocks_where_another_program_begins,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_convert_knows_a_container_by_how_it_ended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_convert_clears_references_to_what_ends, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_convert_drops_trash_with_its_references_between_birth_and_collection, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_convert_says_when_nobody_recorded, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("bench convert", tests, NULL, NULL);
}
