/* SPDX-License-Identifier: MIT
 *
 * trace_write_test.c: recordings, from calls to bytes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workloads/tests/trace_fixture.h"

static void
test_write_puts_the_documented_bytes(void **state) {
    static const char header[] = "kind: test\ncommand: a b\n";
    static const uint8_t operations[] = {
        (100 << 2 & 0x7f) | 0x80,
        100 >> 5,   /* alloc of 100, id 0 */
        3 << 2,     /* alloc of 3, id 1 */
        1 << 2 | 1, /* free 1 */
        0 << 2 | 2,
        9,          /* realloc 0 to 9 */
        0 << 2 | 0, /* alloc of 0, which is 1 again */
        3,          /* end */
    };
    struct recording recording;
    struct wl_trace_writer *writer = recording_begin(&recording);
    const uint8_t *at;

    (void)state;
    assert_int_equal(wl_trace_write_alloc(writer, 100), 0);
    assert_int_equal(wl_trace_write_alloc(writer, 3), 1);
    wl_trace_write_free(writer, 1);
    wl_trace_write_realloc(writer, 0, 9);
    assert_int_equal(wl_trace_write_alloc(writer, 0), 1);
    recording_end(&recording);
    at = recording.data;
    assert_memory_equal(at, "GCTRACE\n\x01\x18", 10);
    assert_memory_equal(at + 10, header, sizeof header - 1);
    assert_memory_equal(at + 34, operations, sizeof operations);
    assert_int_equal(recording.bytes, 34 + sizeof operations + WL_TRACE_FOOTER_BYTES);
    assert_int_equal(at[34 + sizeof operations], 5); /* the footer begins with their number */
    free(recording.data);
}

static void
test_write_counts_what_it_wrote(void **state) {
    struct recording recording;

    (void)state;
    recording_make_small(&recording);
    assert_int_equal(recording.counts.operations, 14);
    assert_int_equal(recording.counts.allocs, 2);
    assert_int_equal(recording.counts.containers, 2);
    assert_int_equal(recording.counts.frees, 3);
    assert_int_equal(recording.counts.reallocs, 1);
    assert_int_equal(recording.counts.stores, 4);
    assert_int_equal(recording.counts.types, 1);
    assert_int_equal(recording.counts.marks, 1);
    assert_int_equal(recording.counts.ids, 3);
    assert_int_equal(recording.counts.slots, 3);
    assert_int_equal(recording.counts.live_bytes_peak, 5000 + 56 + 56);
    free(recording.data);
}

static void
test_write_hands_out_the_id_freed_last(void **state) {
    struct recording recording;
    struct wl_trace_writer *writer = recording_begin(&recording);

    (void)state;
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(wl_trace_write_alloc(writer, i), i);
    wl_trace_write_free(writer, 17);
    wl_trace_write_free(writer, 4000);
    assert_int_equal(wl_trace_write_alloc(writer, 1), 4000);
    assert_int_equal(wl_trace_write_alloc(writer, 1), 17);
    assert_int_equal(wl_trace_write_alloc(writer, 1), 5000);
    recording_end(&recording);
    assert_int_equal(recording.counts.ids, 5001);
    free(recording.data);
}

static int
refuse_to_take(void *context, const uint8_t *data, size_t bytes) {
    (void)context;
    (void)data;
    (void)bytes;
    return -ENOSPC;
}

static void
test_write_gives_the_sinks_error_at_the_end(void **state) {
    struct wl_trace_counts counts;
    struct wl_trace_writer *writer;

    (void)state;
    assert_int_equal(wl_trace_writer_open(refuse_to_take, NULL, "", &writer), 0);
    for (uint32_t i = 0; i < 100000; i++)
        wl_trace_write_alloc(writer, 1000);
    assert_int_equal(wl_trace_writer_close(writer, &counts), -ENOSPC);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_puts_the_documented_bytes),
        cmocka_unit_test(test_write_counts_what_it_wrote),
        cmocka_unit_test(test_write_hands_out_the_id_freed_last),
        cmocka_unit_test(test_write_gives_the_sinks_error_at_the_end),
    };

    return cmocka_run_group_tests_name("workloads trace_write", tests, NULL, NULL);
}
