/* SPDX-License-Identifier: MIT
 *
 * trace_read.c: recordings, from bytes to operations. See trace.h. Nothing of the file is believed.
 *
 * Invariants:
 *   - Behind the operations stands the footer, which is longer than any operation without its text: so a
 *     number that begins before the end is read to its end within the file, and it is enough to ask
 *     afterwards whether the operation was still inside.
 *   - Memory is bounded by the file: the footer's `ids` is no more than there are bytes of operations.
 *   - The first operation that is wrong ends reading.
 */
#include "workloads/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_bytes.h"

/* ---- File --------------------------------------------------------------------------------------- */

static uint64_t
read_word(const uint8_t *data) {
    uint64_t word = 0;

    for (int i = 0; i < 8; i++)
        word |= (uint64_t)data[i] << 8 * i;
    return word;
}

static int
refuse(struct rt_text *why, const char *what, size_t offset) {
    rt_text_string(why, what);
    rt_text_string(why, ", at byte ");
    rt_text_unsigned(why, offset);
    return -EBADMSG;
}

/* Magic, version and header, in a file long enough for a footer. */
static int
open_head(struct wl_trace *trace, struct rt_text *why) {
    uint64_t version, header_bytes;
    const uint8_t *at = trace->data + WL_TRACE_MAGIC_BYTES;
    size_t offset;

    if (memcmp(trace->data, WL_TRACE_MAGIC, WL_TRACE_MAGIC_BYTES) != 0)
        return refuse(why, "this is no recording", 0);
    if (!wl_trace_number(&at, &version) || version != WL_TRACE_VERSION)
        return refuse(why, "a recording of another version", WL_TRACE_MAGIC_BYTES);
    offset = (size_t)(at - trace->data);
    if (!wl_trace_number(&at, &header_bytes) || header_bytes > WL_TRACE_HEADER_MAX)
        return refuse(why, "the header's length is wrong", offset);
    trace->header = (const char *)at;
    trace->header_bytes = (size_t)header_bytes;
    trace->start = (size_t)(at - trace->data) + trace->header_bytes;
    return trace->start <= trace->end ? 0 : refuse(why, "cut short in the header", trace->bytes);
}

static int
open_footer(struct wl_trace *trace, struct rt_text *why) {
    uint64_t words[WL_TRACE_FOOTER_BYTES / 8];
    const struct wl_trace_counts *counts = &trace->counts;

    for (size_t i = 0; i < WL_TRACE_FOOTER_BYTES / 8; i++)
        words[i] = read_word(trace->data + trace->end + 8 * i);
    if (words[WL_TRACE_FOOTER_BYTES / 8 - 1] != wl_trace_checksum(0, trace->data, trace->bytes - 8))
        return refuse(why, "cut short or damaged: the checksum is another", trace->bytes - 8);
    memcpy(&trace->counts, words, sizeof trace->counts);
    if (counts->ids > trace->end - trace->start || counts->ids >= UINT32_MAX ||
        counts->types > WL_TRACE_TYPES_MAX)
        return refuse(why, "the footer's counts cannot be", trace->end);
    return 0;
}

int
wl_trace_open(const uint8_t *data, size_t bytes, struct wl_trace *ret_trace, struct rt_text *why) {
    struct wl_trace trace = {.data = data, .bytes = bytes};
    int error;

    if (bytes < WL_TRACE_MAGIC_BYTES + 3 + WL_TRACE_FOOTER_BYTES)
        return refuse(why, "too short for a recording", bytes);
    trace.end = bytes - WL_TRACE_FOOTER_BYTES;
    error = open_head(&trace, why);
    if (error == 0)
        error = open_footer(&trace, why);
    if (error == 0)
        *ret_trace = trace;
    return error;
}

const char *
wl_trace_header(const struct wl_trace *trace, const char *key, size_t *ret_bytes) {
    size_t key_bytes = strlen(key);
    const char *at = trace->header, *end = at + trace->header_bytes;

    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t bytes = (size_t)((line_end == NULL ? end : line_end) - at);
        if (bytes >= key_bytes + 2 && memcmp(at, key, key_bytes) == 0 &&
            memcmp(at + key_bytes, ": ", 2) == 0) {
            *ret_bytes = bytes - key_bytes - 2;
            return at + key_bytes + 2;
        }
        at += bytes + 1;
    }
    return NULL;
}

/* ---- Operations --------------------------------------------------------------------------------- */

/* What is known of an id. */
struct known {
    uint32_t next;  /* of a free one: freed before it */
    uint32_t slots; /* of a live one; PLAIN where it is no container; FREE */
};

#define PLAIN   (UINT32_MAX - 1)
#define FREE    UINT32_MAX
#define NO_NEXT UINT32_MAX

struct wl_trace_reader {
    struct wl_trace trace;
    struct wl_trace_counts seen;
    const uint8_t *at;
    uint32_t free_id;
    bool is_done;
    struct known *known;
};

int
wl_trace_reader_open(const struct wl_trace *trace, struct wl_trace_reader **ret_reader) {
    struct wl_trace_reader *reader = calloc(1, sizeof *reader);

    if (reader != NULL)
        reader->known = calloc((size_t)trace->counts.ids + 1, sizeof *reader->known);
    if (reader == NULL || reader->known == NULL) {
        free(reader);
        return -ENOMEM;
    }
    reader->trace = *trace;
    reader->at = trace->data + trace->start;
    reader->free_id = NO_NEXT;
    *ret_reader = reader;
    return 0;
}

void
wl_trace_reader_close(struct wl_trace_reader *reader) {
    if (reader == NULL)
        return;
    free(reader->known);
    free(reader);
}

static bool
take_id(struct wl_trace_reader *reader, uint32_t slots, uint32_t *ret_id) {
    uint32_t id = reader->free_id;

    if (id != NO_NEXT)
        reader->free_id = reader->known[id].next;
    else if (reader->seen.ids < reader->trace.counts.ids)
        id = (uint32_t)reader->seen.ids++;
    else
        return false;
    reader->known[id].slots = slots;
    *ret_id = id;
    return true;
}

static bool
is_live(const struct wl_trace_reader *reader, uint64_t id) {
    return id < reader->seen.ids && reader->known[id].slots != FREE;
}

static bool
is_container(const struct wl_trace_reader *reader, uint64_t id) {
    return is_live(reader, id) && reader->known[id].slots != PLAIN;
}

/* Each gives what is wrong, or NULL. */

static const char *
read_container(struct wl_trace_reader *reader, uint64_t type, struct wl_trace_op *op) {
    uint64_t slots;

    if (!wl_trace_number(&reader->at, &op->size) || !wl_trace_number(&reader->at, &slots))
        return "a number of more than 64 bits";
    if (type >= reader->seen.types)
        return "a container of a type that was not named";
    if (slots >> 1 > WL_TRACE_SLOTS_MAX)
        return "a container of too many slots";
    op->type = (uint32_t)type;
    op->slots = (uint32_t)(slots >> 1);
    op->is_atomic = (slots & 1) != 0;
    reader->seen.containers++;
    reader->seen.slots += op->slots;
    return take_id(reader, op->slots, &op->id) ? NULL : "more live blocks than the footer says";
}

static const char *
read_store(struct wl_trace_reader *reader, uint64_t parent, struct wl_trace_op *op) {
    uint64_t slot, child;

    if (!wl_trace_number(&reader->at, &slot) || !wl_trace_number(&reader->at, &child))
        return "a number of more than 64 bits";
    if (!is_container(reader, parent) || (child > 0 && !is_container(reader, child - 1)))
        return "a store of or into what is no live container";
    if (slot >= reader->known[parent].slots)
        return "a store into a slot that the container does not have";
    op->id = (uint32_t)parent;
    op->slot = (uint32_t)slot;
    op->has_child = child > 0;
    op->child = op->has_child ? (uint32_t)(child - 1) : 0;
    reader->seen.stores++;
    return NULL;
}

static const char *
read_text(struct wl_trace_reader *reader, uint64_t bytes, struct wl_trace_op *op) {
    const uint8_t *end = reader->trace.data + reader->trace.end;

    if (bytes > WL_TRACE_TEXT_MAX || reader->at > end || bytes > (size_t)(end - reader->at))
        return "a text that is too long";
    op->text = (const char *)reader->at;
    op->text_bytes = (size_t)bytes;
    reader->at += bytes;
    if (op->kind == WL_TRACE_MARK) {
        reader->seen.marks++;
    } else {
        if (reader->seen.types == reader->trace.counts.types)
            return "more types than the footer says";
        op->id = (uint32_t)reader->seen.types++;
    }
    return NULL;
}

/* The footer's peak of live bytes is the only count that is not looked at. */
static const char *
read_end(struct wl_trace_reader *reader) {
    const struct wl_trace_counts *said = &reader->trace.counts;

    reader->seen.live_bytes_peak = said->live_bytes_peak;
    reader->is_done = true;
    if (reader->at != reader->trace.data + reader->trace.end)
        return "operations end before the footer";
    return memcmp(&reader->seen, said, sizeof *said) == 0
               ? NULL
               : "the footer counts other operations than there are";
}

static const char *
read_other(struct wl_trace_reader *reader, uint64_t word, struct wl_trace_op *op) {
    uint64_t payload = word >> 5;

    op->kind = (enum wl_trace_kind)(word >> 2 & 7);
    switch (op->kind) {
    case WL_TRACE_END:
        return payload == 0 ? read_end(reader) : "no operation is written like this";
    case WL_TRACE_CONTAINER:
        return read_container(reader, payload, op);
    case WL_TRACE_STORE:
        return read_store(reader, payload, op);
    case WL_TRACE_TYPE:
    case WL_TRACE_MARK:
        return read_text(reader, payload, op);
    default:
        return "no operation is written like this";
    }
}

static const char *
read_free(struct wl_trace_reader *reader, uint64_t id, struct wl_trace_op *op) {
    if (!is_live(reader, id))
        return "a block is freed that is not live";
    op->kind = WL_TRACE_FREE;
    op->id = (uint32_t)id;
    reader->known[id] = (struct known){reader->free_id, FREE};
    reader->free_id = op->id;
    reader->seen.frees++;
    return NULL;
}

static const char *
read_realloc(struct wl_trace_reader *reader, uint64_t id, struct wl_trace_op *op) {
    if (!wl_trace_number(&reader->at, &op->size))
        return "a number of more than 64 bits";
    if (!is_live(reader, id) || is_container(reader, id))
        return "a block is resized that is not live, or a container";
    op->kind = WL_TRACE_REALLOC;
    op->id = (uint32_t)id;
    reader->seen.reallocs++;
    return NULL;
}

static const char *
read_op(struct wl_trace_reader *reader, struct wl_trace_op *op) {
    uint64_t word;

    if (!wl_trace_number(&reader->at, &word))
        return "a number of more than 64 bits";
    switch ((enum wl_trace_code)(word & 3)) {
    case WL_TRACE_CODE_ALLOC:
        op->kind = WL_TRACE_ALLOC;
        op->size = word >> 2;
        reader->seen.allocs++;
        return take_id(reader, PLAIN, &op->id) ? NULL : "more live blocks than the footer says";
    case WL_TRACE_CODE_FREE:
        return read_free(reader, word >> 2, op);
    case WL_TRACE_CODE_REALLOC:
        return read_realloc(reader, word >> 2, op);
    default:
        return read_other(reader, word, op);
    }
}

int
wl_trace_next(struct wl_trace_reader *reader, struct wl_trace_op *ret_op, struct rt_text *why) {
    struct wl_trace_op op = {.offset = (size_t)(reader->at - reader->trace.data)};
    const char *wrong = NULL;

    if (reader->is_done)
        return 0;
    if (op.offset >= reader->trace.end)
        wrong = "operations without an end";
    else
        wrong = read_op(reader, &op);
    if (wrong == NULL && reader->at > reader->trace.data + reader->trace.end)
        wrong = "an operation reaches into the footer";
    if (wrong != NULL) {
        reader->is_done = true;
        return refuse(why, wrong, op.offset);
    }
    if (reader->is_done)
        return 0;
    reader->seen.operations++;
    *ret_op = op;
    return 1;
}
