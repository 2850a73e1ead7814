/* SPDX-License-Identifier: MIT
 *
 * trace_fuzz.c: any bytes as a recording never break anything: as they are; and as the operations of one whose
 * head and footer are right, so that reading and replaying get past them. Both say the same of it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace.h"

enum {
    LIVE_BYTES_MAX = 1 << 20,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition) {
    if (!condition)
        abort();
}

/* Gives how reading ended; counts what it met. */
static int
read_all(const struct wl_trace *trace, struct wl_trace_counts *ret_counts) {
    struct wl_trace_reader *reader;
    struct wl_trace_op op;
    struct rt_text why;
    char why_data[256];
    int end;

    require(wl_trace_reader_open(trace, &reader) == 0);
    rt_text_init(&why, why_data, sizeof why_data);
    while ((end = wl_trace_next(reader, &op, &why)) == 1) {
        ret_counts->operations++;
        require(op.offset < trace->end);
    }
    require(end == 0 || why.length > 0);
    wl_trace_reader_close(reader);
    return end;
}

static void
try_recording(const uint8_t *data, size_t size) {
    struct wl_trace_replay_options options = {.live_bytes_max = LIVE_BYTES_MAX};
    struct wl_trace_replayed replayed;
    struct wl_trace_counts counts = {0};
    struct rt_config config;
    struct wl_trace trace;
    struct rt_text why;
    struct rt *rt;
    char why_data[256];
    int read, replay;

    rt_text_init(&why, why_data, sizeof why_data);
    if (wl_trace_open(data, size, &trace, &why) != 0) {
        require(why.length > 0);
        return;
    }
    read = read_all(&trace, &counts);
    rt_config_init(&config);
    require(rt_create(&config, NULL, &rt) == 0);
    replay = wl_trace_replay(&trace, rt, &options, NULL, NULL, &replayed, &why);
    require(replay == 0 || why.length > 0);
    if (read == 0 && replay == 0)
        require(replayed.operations == counts.operations);
    require(rt_verify(rt, NULL) == 0);
    rt_destroy(rt);
}

/* A whole recording around the bytes. The footer counts what the first bytes say, and seldom what there is. */
static void
wrap(const uint8_t *data, size_t size) {
    size_t bytes = WL_TRACE_MAGIC_BYTES + 2 + size + 1 + WL_TRACE_FOOTER_BYTES;
    uint8_t *file = calloc(1, bytes);
    uint64_t sum;

    require(file != NULL);
    memcpy(file, WL_TRACE_MAGIC "\x01\x00", WL_TRACE_MAGIC_BYTES + 2);
    if (size > 0)
        memcpy(file + WL_TRACE_MAGIC_BYTES + 2, data, size);
    file[bytes - WL_TRACE_FOOTER_BYTES - 1] = 3;
    for (size_t i = 0; i < WL_TRACE_FOOTER_BYTES / 8 - 1 && i < size; i++)
        file[bytes - WL_TRACE_FOOTER_BYTES + 8 * i] = data[size - 1 - i] % (size + 1);
    sum = wl_trace_checksum(0, file, bytes - 8);
    for (int i = 0; i < 8; i++)
        file[bytes - 8 + (size_t)i] = (uint8_t)(sum >> 8 * i);
    try_recording(file, bytes);
    free(file);
}

/* The bytes drive a writer, so that all is well-formed; then one byte of it is another. */
static int
take(void *context, const uint8_t *data, size_t bytes) {
    struct wl_trace *made = context;
    uint8_t *grown = realloc((void *)made->data, made->bytes + bytes);

    require(grown != NULL);
    memcpy(grown + made->bytes, data, bytes);
    made->data = grown;
    made->bytes += bytes;
    return 0;
}

static void
write_one(struct wl_trace_writer *writer, uint8_t what, uint8_t value, uint8_t *live,
          size_t *live_count) {
    uint8_t *place;
    uint32_t id;

    if (what % 8 < 3 || *live_count == 0) {
        if (*live_count == 200)
            return;
        id = what % 2 == 0 ? wl_trace_write_alloc(writer, value * 9U)
                           : wl_trace_write_container(writer, 0, value, 1 + value % 3, false);
        live[(*live_count)++] = (uint8_t)(id << 1 | what % 2);
        return;
    }
    place = &live[value % *live_count];
    id = *place;
    if (what % 8 < 6) {
        if (what % 8 == 5 && (id & 1) == 0) {
            wl_trace_write_realloc(writer, id >> 1, what * 100U);
            return;
        }
        wl_trace_write_free(writer, id >> 1);
        *place = live[*live_count - 1];
        (*live_count)--;
        return;
    }
    if ((id & 1) == 1)
        wl_trace_write_store(writer, id >> 1, 0, id >> 1);
}

static void
drive_writer(const uint8_t *data, size_t size) {
    struct wl_trace made = {0};
    struct wl_trace_counts counts;
    struct wl_trace_writer *writer;
    uint8_t live[256], *bytes;
    size_t live_count = 0;
    uint64_t sum;

    require(wl_trace_writer_open(take, &made, "kind: fuzz\n", &writer) == 0);
    wl_trace_write_type(writer, "thing");
    for (size_t i = 0; i + 1 < size; i += 2)
        if (live_count < 100)
            write_one(writer, data[i], data[i + 1], live, &live_count);
    require(wl_trace_writer_close(writer, &counts) == 0);
    try_recording(made.data, made.bytes);
    bytes = (uint8_t *)made.data;
    if (size >= 3) {
        bytes[(data[0] * 256U + data[1]) % (made.bytes - 8)] ^= data[2];
        sum = wl_trace_checksum(0, bytes, made.bytes - 8);
        for (int i = 0; i < 8; i++)
            bytes[made.bytes - 8 + (size_t)i] = (uint8_t)(sum >> 8 * i);
        try_recording(bytes, made.bytes);
    }
    free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_recording(data, size);
    wrap(data, size);
    drive_writer(data, size);
    return 0;
}
