/* SPDX-License-Identifier: MIT
 *
 * trace_write.c: recordings, from calls to bytes. See trace.h.
 *
 * Invariants:
 *   - `next[id]` is, of a free id, the one that was freed before it; `sizes[id]`, of a live one, its bytes.
 *   - The buffer is handed on only when it is full, and its capacity is a multiple of a checksum's word.
 *   - After a failure nothing is written any more, and ids go on as if it were.
 */
#include "workloads/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 1 << 16,
    NUMBER_BYTES = 10, /* the longest */
    CHUNK_IDS = 1024,
};

#define NO_ID UINT32_MAX

struct wl_trace_writer {
    wl_trace_sink_fn sink;
    void *context;
    int error;
    uint64_t sum;
    struct wl_trace_counts counts;
    uint64_t live_bytes;
    uint32_t free_id; /* newest, or NO_ID */
    uint32_t id_capacity;
    uint32_t *next;
    uint64_t *sizes;
    size_t used;
    uint8_t buffer[BUFFER_BYTES + NUMBER_BYTES];
};

uint64_t
wl_trace_checksum(uint64_t sum, const uint8_t *data, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 8) {
        uint64_t word = 0;
        memcpy(&word, data + at, bytes - at < 8 ? bytes - at : 8);
        sum = wl_trace_checksum_word(sum, word);
    }
    return sum;
}

/* ---- Bytes -------------------------------------------------------------------------------------- */

static void
flush(struct wl_trace_writer *writer, size_t bytes) {
    writer->sum = wl_trace_checksum(writer->sum, writer->buffer, bytes);
    if (writer->error == 0)
        writer->error = writer->sink(writer->context, writer->buffer, bytes);
    writer->used -= bytes;
    memmove(writer->buffer, writer->buffer + bytes, writer->used);
}

static inline void
put_number(struct wl_trace_writer *writer, uint64_t value) {
    uint8_t *at = writer->buffer + writer->used;

    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    writer->used = (size_t)(at - writer->buffer);
    if (writer->used >= BUFFER_BYTES)
        flush(writer, BUFFER_BYTES);
}

static void
put_bytes(struct wl_trace_writer *writer, const void *data, size_t bytes) {
    const uint8_t *from = data;

    while (bytes > 0) {
        size_t room = BUFFER_BYTES - writer->used, part = bytes < room ? bytes : room;
        memcpy(writer->buffer + writer->used, from, part);
        writer->used += part;
        from += part;
        bytes -= part;
        if (writer->used == BUFFER_BYTES)
            flush(writer, BUFFER_BYTES);
    }
}

static void
put_other(struct wl_trace_writer *writer, enum wl_trace_kind kind, uint64_t payload) {
    put_number(writer, payload << 5 | (uint64_t)kind << 2 | WL_TRACE_CODE_OTHER);
}

static void
put_text(struct wl_trace_writer *writer, enum wl_trace_kind kind, const char *text) {
    size_t bytes = strnlen(text, WL_TRACE_TEXT_MAX);

    put_other(writer, kind, bytes);
    put_bytes(writer, text, bytes);
    writer->counts.operations++;
}

/* ---- Ids ---------------------------------------------------------------------------------------- */

static bool
grow_ids(struct wl_trace_writer *writer) {
    uint32_t capacity = writer->id_capacity == 0 ? CHUNK_IDS : writer->id_capacity * 2;
    uint32_t *next = realloc(writer->next, capacity * sizeof *next);
    uint64_t *sizes;

    if (next != NULL)
        writer->next = next;
    sizes = realloc(writer->sizes, capacity * sizeof *sizes);
    if (sizes != NULL)
        writer->sizes = sizes;
    if (next == NULL || sizes == NULL || capacity < writer->id_capacity)
        return false;
    writer->id_capacity = capacity;
    return true;
}

static void
add_live_bytes(struct wl_trace_writer *writer, uint64_t size) {
    writer->live_bytes += size;
    if (writer->live_bytes > writer->counts.live_bytes_peak)
        writer->counts.live_bytes_peak = writer->live_bytes;
}

static uint32_t
take_id(struct wl_trace_writer *writer, uint64_t size) {
    uint32_t id = writer->free_id;

    if (id != NO_ID) {
        writer->free_id = writer->next[id];
    } else {
        id = (uint32_t)writer->counts.ids;
        if (id == writer->id_capacity && !grow_ids(writer)) {
            writer->error = writer->error == 0 ? -ENOMEM : writer->error;
            return 0;
        }
        writer->counts.ids++;
    }
    writer->sizes[id] = size;
    add_live_bytes(writer, size);
    writer->counts.operations++;
    return id;
}

/* ---- Operations --------------------------------------------------------------------------------- */

uint32_t
wl_trace_write_alloc(struct wl_trace_writer *writer, uint64_t size) {
    put_number(writer, size << 2 | WL_TRACE_CODE_ALLOC);
    writer->counts.allocs++;
    return take_id(writer, size);
}

uint32_t
wl_trace_write_container(struct wl_trace_writer *writer, uint32_t type, uint64_t size,
                         uint32_t slots, bool is_atomic) {
    put_other(writer, WL_TRACE_CONTAINER, type);
    put_number(writer, size);
    put_number(writer, (uint64_t)slots << 1 | is_atomic);
    writer->counts.containers++;
    writer->counts.slots += slots;
    return take_id(writer, size);
}

void
wl_trace_write_free(struct wl_trace_writer *writer, uint32_t id) {
    if (writer->error != 0)
        return;
    put_number(writer, (uint64_t)id << 2 | WL_TRACE_CODE_FREE);
    writer->counts.operations++;
    writer->counts.frees++;
    writer->live_bytes -= writer->sizes[id];
    writer->next[id] = writer->free_id;
    writer->free_id = id;
}

void
wl_trace_write_realloc(struct wl_trace_writer *writer, uint32_t id, uint64_t size) {
    if (writer->error != 0)
        return;
    put_number(writer, (uint64_t)id << 2 | WL_TRACE_CODE_REALLOC);
    put_number(writer, size);
    writer->counts.operations++;
    writer->counts.reallocs++;
    writer->live_bytes -= writer->sizes[id];
    writer->sizes[id] = size;
    add_live_bytes(writer, size);
}

static void
put_store(struct wl_trace_writer *writer, uint32_t parent, uint32_t slot, uint64_t child) {
    put_other(writer, WL_TRACE_STORE, parent);
    put_number(writer, slot);
    put_number(writer, child);
    writer->counts.operations++;
    writer->counts.stores++;
}

void
wl_trace_write_store(struct wl_trace_writer *writer, uint32_t parent, uint32_t slot,
                     uint32_t child) {
    put_store(writer, parent, slot, (uint64_t)child + 1);
}

void
wl_trace_write_clear(struct wl_trace_writer *writer, uint32_t parent, uint32_t slot) {
    put_store(writer, parent, slot, 0);
}

uint32_t
wl_trace_write_type(struct wl_trace_writer *writer, const char *name) {
    put_text(writer, WL_TRACE_TYPE, name);
    return (uint32_t)writer->counts.types++;
}

void
wl_trace_write_mark(struct wl_trace_writer *writer, const char *text) {
    put_text(writer, WL_TRACE_MARK, text);
    writer->counts.marks++;
}

/* ---- Begin and end ------------------------------------------------------------------------------ */

int
wl_trace_writer_open(wl_trace_sink_fn sink, void *context, const char *header,
                     struct wl_trace_writer **ret_writer) {
    size_t header_bytes = strlen(header);
    struct wl_trace_writer *writer;

    if (header_bytes > WL_TRACE_HEADER_MAX)
        return -EINVAL;
    writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return -ENOMEM;
    writer->sink = sink;
    writer->context = context;
    writer->free_id = NO_ID;
    put_bytes(writer, WL_TRACE_MAGIC, WL_TRACE_MAGIC_BYTES);
    put_number(writer, WL_TRACE_VERSION);
    put_number(writer, header_bytes);
    put_bytes(writer, header, header_bytes);
    *ret_writer = writer;
    return 0;
}

static void
put_word(struct wl_trace_writer *writer, uint64_t word) {
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> 8 * i);
    put_bytes(writer, bytes, sizeof bytes);
}

int
wl_trace_writer_close(struct wl_trace_writer *writer, struct wl_trace_counts *ret_counts) {
    const struct wl_trace_counts *counts = &writer->counts;
    int error;

    put_other(writer, WL_TRACE_END, 0);
    for (size_t i = 0; i < sizeof *counts / sizeof(uint64_t); i++)
        put_word(writer, ((const uint64_t *)counts)[i]);
    /* The checksum is of what is before it; a word of it may be cut by the end of that. */
    flush(writer, writer->used);
    put_word(writer, writer->sum);
    if (writer->error == 0 && writer->used > 0)
        writer->error = writer->sink(writer->context, writer->buffer, writer->used);
    *ret_counts = *counts;
    error = writer->error;
    free(writer->next);
    free(writer->sizes);
    free(writer);
    return error;
}
