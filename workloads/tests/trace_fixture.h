/* SPDX-License-Identifier: MIT
 *
 * trace_fixture.h: recordings made in memory, for the tests of what writes, reads and replays them.
 */
#ifndef WORKLOADS_TESTS_TRACE_FIXTURE_H
#define WORKLOADS_TESTS_TRACE_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "workloads/trace.h"

struct recording {
    uint8_t *data;
    size_t bytes;
    struct wl_trace_counts counts;
    struct wl_trace_writer *writer;
};

static inline int
recording_take(void *context, const uint8_t *data, size_t bytes) {
    struct recording *recording = context;

    recording->data = realloc(recording->data, recording->bytes + bytes);
    assert_non_null(recording->data);
    memcpy(recording->data + recording->bytes, data, bytes);
    recording->bytes += bytes;
    return 0;
}

static inline struct wl_trace_writer *
recording_begin(struct recording *recording) {
    *recording = (struct recording){0};
    assert_int_equal(wl_trace_writer_open(recording_take, recording, "kind: test\ncommand: a b\n",
                                          &recording->writer),
                     0);
    return recording->writer;
}

static inline void
recording_end(struct recording *recording) {
    assert_int_equal(wl_trace_writer_close(recording->writer, &recording->counts), 0);
}

/* Two containers that refer to each other, blocks, a type, a mark. */
static inline void
recording_make_small(struct recording *recording) {
    struct wl_trace_writer *writer = recording_begin(recording);
    uint32_t type = wl_trace_write_type(writer, "node");
    uint32_t block = wl_trace_write_alloc(writer, 100);
    uint32_t one = wl_trace_write_container(writer, type, 56, 2, false);
    uint32_t other = wl_trace_write_container(writer, type, 56, 1, false);

    wl_trace_write_store(writer, one, 1, other);
    wl_trace_write_store(writer, other, 0, one);
    wl_trace_write_mark(writer, "half");
    wl_trace_write_realloc(writer, block, 5000);
    wl_trace_write_clear(writer, one, 1);
    wl_trace_write_store(writer, one, 1, other);
    wl_trace_write_free(writer, one);
    wl_trace_write_free(writer, other);
    wl_trace_write_free(writer, block);
    wl_trace_write_alloc(writer, 7);
    recording_end(recording);
}

/* Makes the footer right again after a change. */
static inline void
recording_seal(struct recording *recording) {
    uint64_t sum = wl_trace_checksum(0, recording->data, recording->bytes - 8);

    for (int i = 0; i < 8; i++)
        recording->data[recording->bytes - 8 + (size_t)i] = (uint8_t)(sum >> 8 * i);
}

#endif
