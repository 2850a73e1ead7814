/* SPDX-License-Identifier: MIT
 *
 * trace_read_test.c: recordings, from bytes to operations, whole and damaged.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workloads/tests/trace_fixture.h"

static char why_data[256];

static struct rt_text *
fresh_why(struct rt_text *why) {
    rt_text_init(why, why_data, sizeof why_data);
    return why;
}

static size_t
read_all(const struct wl_trace *trace, struct wl_trace_op *ret_ops, size_t limit, int *ret_end) {
    struct wl_trace_reader *reader;
    struct wl_trace_op op;
    struct rt_text why;
    size_t count = 0;

    assert_int_equal(wl_trace_reader_open(trace, &reader), 0);
    while ((*ret_end = wl_trace_next(reader, &op, fresh_why(&why))) == 1)
        if (count++ < limit)
            ret_ops[count - 1] = op;
    wl_trace_reader_close(reader);
    return count;
}

static void
test_read_gives_what_was_written(void **state) {
    struct wl_trace_op ops[32];
    struct recording recording;
    struct wl_trace trace;
    struct rt_text why;
    int end;

    (void)state;
    recording_make_small(&recording);
    assert_int_equal(wl_trace_open(recording.data, recording.bytes, &trace, fresh_why(&why)), 0);
    assert_int_equal(read_all(&trace, ops, 32, &end), 14);
    assert_int_equal(end, 0);
    assert_int_equal(ops[0].kind, WL_TRACE_TYPE);
    assert_memory_equal(ops[0].text, "node", 4);
    assert_int_equal(ops[1].kind, WL_TRACE_ALLOC);
    assert_int_equal(ops[1].size, 100);
    assert_int_equal(ops[2].kind, WL_TRACE_CONTAINER);
    assert_int_equal(ops[2].slots, 2);
    assert_int_equal(ops[4].kind, WL_TRACE_STORE);
    assert_int_equal(ops[4].slot, 1);
    assert_int_equal(ops[4].child, ops[3].id);
    assert_int_equal(ops[7].kind, WL_TRACE_REALLOC);
    assert_int_equal(ops[7].size, 5000);
    assert_false(ops[8].has_child);
    assert_int_equal(ops[13].id, ops[12].id); /* the last one freed */
    free(recording.data);
}

static void
test_read_finds_lines_of_the_header(void **state) {
    struct recording recording;
    struct wl_trace trace;
    struct rt_text why;
    size_t bytes = 0;

    (void)state;
    recording_make_small(&recording);
    assert_int_equal(wl_trace_open(recording.data, recording.bytes, &trace, fresh_why(&why)), 0);
    assert_memory_equal(wl_trace_header(&trace, "command", &bytes), "a b", 3);
    assert_int_equal(bytes, 3);
    assert_null(wl_trace_header(&trace, "comm", &bytes));
    free(recording.data);
}

static void
test_read_refuses_every_part_of_a_file(void **state) {
    struct recording recording;
    struct wl_trace trace;
    struct rt_text why;

    (void)state;
    recording_make_small(&recording);
    for (size_t bytes = 0; bytes < recording.bytes; bytes++) {
        uint8_t *part = malloc(bytes + 1);
        assert_non_null(part);
        memcpy(part, recording.data, bytes);
        assert_int_equal(wl_trace_open(part, bytes, &trace, fresh_why(&why)), -EBADMSG);
        assert_non_null(strstr(why_data, "at byte"));
        free(part);
    }
    free(recording.data);
}

static void
test_read_refuses_every_flipped_bit(void **state) {
    struct recording recording;
    struct wl_trace trace;
    struct rt_text why;

    (void)state;
    recording_make_small(&recording);
    for (size_t bit = 0; bit < recording.bytes * 8; bit++) {
        recording.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(wl_trace_open(recording.data, recording.bytes, &trace, fresh_why(&why)),
                         -EBADMSG);
        recording.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(recording.data);
}

/* Whatever the operations say, with a checksum that is right: reading ends, and says where it is wrong. */
static void
test_read_ends_on_any_operations(void **state) {
    struct recording recording;
    struct wl_trace trace;
    struct rt_text why;
    size_t refused = 0;

    (void)state;
    recording_make_small(&recording);
    for (size_t at = 0; at < recording.bytes - 8; at++)
        for (unsigned value = 0; value < 256; value += 5) {
            uint8_t before = recording.data[at];
            int end = -EBADMSG;
            recording.data[at] = (uint8_t)value;
            recording_seal(&recording);
            if (wl_trace_open(recording.data, recording.bytes, &trace, fresh_why(&why)) == 0)
                read_all(&trace, NULL, 0, &end);
            if (end != 0)
                assert_non_null(strstr(why_data, "at byte"));
            refused += end != 0;
            recording.data[at] = before;
        }
    assert_true(refused > 1000);
    free(recording.data);
}

static void
test_read_refuses_an_id_that_is_not_live(void **state) {
    struct recording recording;
    struct wl_trace_writer *writer = recording_begin(&recording);
    struct wl_trace trace;
    struct rt_text why;
    int end;

    (void)state;
    wl_trace_write_alloc(writer, 1);
    wl_trace_write_free(writer, 0);
    wl_trace_write_alloc(writer, 1);
    recording_end(&recording);
    recording.data[recording.bytes - WL_TRACE_FOOTER_BYTES - 2] = 1; /* free 0, once more */
    recording_seal(&recording);
    assert_int_equal(wl_trace_open(recording.data, recording.bytes, &trace, fresh_why(&why)), 0);
    assert_int_equal(read_all(&trace, NULL, 0, &end), 2);
    assert_int_equal(end, -EBADMSG);
    assert_string_equal(why_data, "a block is freed that is not live, at byte 36");
    free(recording.data);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_gives_what_was_written),
        cmocka_unit_test(test_read_finds_lines_of_the_header),
        cmocka_unit_test(test_read_refuses_every_part_of_a_file),
        cmocka_unit_test(test_read_refuses_every_flipped_bit),
        cmocka_unit_test(test_read_ends_on_any_operations),
        cmocka_unit_test(test_read_refuses_an_id_that_is_not_live),
    };

    return cmocka_run_group_tests_name("workloads trace_read", tests, NULL, NULL);
}
