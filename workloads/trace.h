/* SPDX-License-Identifier: MIT
 *
 * trace.h: recordings of what a program asked of its allocator, in a compact binary form.
 *
 *   recording  the calls in their order: blocks obtained, resized and returned, and of Python programs which
 *              blocks were containers, and which containers these referred to.
 *   id         the number of a live block. It is never written where a block begins: writer and reader both
 *              take the id that was returned last, or the lowest one never used, and so agree.
 *   slot       a place in a container for one reference, 0 and up.
 *
 * The bytes are described in docs/recording.md. A file is
 *
 *     magic  version  length of header  header  operations ... end  footer
 *
 * Invariants of a well-formed one, all of which reading checks:
 *   - the footer's checksum is that of all bytes before it, and its counts are those of the operations;
 *   - an id that is named is live, and is a container's where it has to be one;
 *   - ids are less than the footer's `ids`, which is no more than there are bytes of operations;
 *   - a slot is less than the container's number of them.
 */
#ifndef WORKLOADS_TRACE_H
#define WORKLOADS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/rt.h"

#define WL_TRACE_MAGIC "GCTRACE\n"

enum {
    WL_TRACE_MAGIC_BYTES = 8,
    WL_TRACE_VERSION = 1,
    WL_TRACE_HEADER_MAX = 1 << 16,
    WL_TRACE_TEXT_MAX = 1 << 10, /* of a type's name or a mark */
    WL_TRACE_TYPES_MAX = 1 << 16,
    WL_TRACE_SLOTS_MAX = 1 << 26, /* of one container */
    WL_TRACE_FOOTER_BYTES = 96,
};

/* The lowest two bits of an operation's first number; the rest is a size or an id. */
enum wl_trace_code {
    WL_TRACE_CODE_ALLOC,
    WL_TRACE_CODE_FREE,
    WL_TRACE_CODE_REALLOC,
    WL_TRACE_CODE_OTHER, /* the next three bits say which */
};

enum wl_trace_kind {
    WL_TRACE_END,
    WL_TRACE_CONTAINER,
    WL_TRACE_STORE,
    WL_TRACE_TYPE,
    WL_TRACE_MARK,
    WL_TRACE_OTHER_COUNT,
    WL_TRACE_ALLOC = WL_TRACE_OTHER_COUNT, /* from here on only in struct wl_trace_op */
    WL_TRACE_FREE,
    WL_TRACE_REALLOC,
};

/* The footer: these in this order, 8 bytes each, least first, and the checksum last. */
struct wl_trace_counts {
    uint64_t operations; /* without the end */
    uint64_t allocs, frees, reallocs, containers, stores, types, marks;
    uint64_t ids;             /* the most that were live at once */
    uint64_t live_bytes_peak; /* as requested, containers included */
    uint64_t slots;           /* of all containers */
};

/* ---- Checksum ----------------------------------------------------------------------------------- */

/* Of whole words; the last one of a file is filled up with zeros. */
static inline uint64_t
wl_trace_checksum_word(uint64_t sum, uint64_t word) {
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 32;
}

uint64_t wl_trace_checksum(uint64_t sum, const uint8_t *data, size_t bytes);

/* ---- Writing ------------------------------------------------------------------------------------ */

/* Takes the next bytes of the file; 0 or a negative errno. */
typedef int (*wl_trace_sink_fn)(void *context, const uint8_t *data, size_t bytes);

struct wl_trace_writer;

/* `header` is lines of "key: value". -EINVAL: too long; -ENOMEM. */
int wl_trace_writer_open(wl_trace_sink_fn sink, void *context, const char *header,
                         struct wl_trace_writer **ret_writer);

/* Ids are those of live blocks. A failure is kept, and wl_trace_writer_close gives it. */
uint32_t wl_trace_write_alloc(struct wl_trace_writer *writer, uint64_t size);
uint32_t wl_trace_write_container(struct wl_trace_writer *writer, uint32_t type, uint64_t size,
                                  uint32_t slots, bool is_atomic);
void wl_trace_write_free(struct wl_trace_writer *writer, uint32_t id);
void wl_trace_write_realloc(struct wl_trace_writer *writer, uint32_t id, uint64_t size);
void wl_trace_write_store(struct wl_trace_writer *writer, uint32_t parent, uint32_t slot,
                          uint32_t child);
void wl_trace_write_clear(struct wl_trace_writer *writer, uint32_t parent, uint32_t slot);
uint32_t wl_trace_write_type(struct wl_trace_writer *writer, const char *name); /* its number */
void wl_trace_write_mark(struct wl_trace_writer *writer, const char *text);

/* Writes end and footer, and destroys the writer. */
int wl_trace_writer_close(struct wl_trace_writer *writer, struct wl_trace_counts *ret_counts);

/* ---- Reading ------------------------------------------------------------------------------------ */

struct wl_trace {
    const uint8_t *data; /* the caller's, as long as it is read */
    size_t bytes;
    const char *header; /* not terminated */
    size_t header_bytes;
    size_t start, end; /* of the operations, without the footer */
    struct wl_trace_counts counts;
};

/* Checks everything but the operations. -EBADMSG: this is no whole recording; `why` says at which offset. */
int wl_trace_open(const uint8_t *data, size_t bytes, struct wl_trace *ret_trace,
                  struct rt_text *why);

/* The value of a line of the header, not terminated; NULL: there is none. */
const char *wl_trace_header(const struct wl_trace *trace, const char *key, size_t *ret_bytes);

struct wl_trace_op {
    enum wl_trace_kind kind;
    uint32_t id;      /* ALLOC, CONTAINER: the new block's; STORE: the parent's; TYPE: its number */
    uint64_t size;    /* ALLOC, CONTAINER, REALLOC */
    uint32_t type;    /* CONTAINER */
    uint32_t slots;   /* CONTAINER */
    bool is_atomic;   /* CONTAINER: never refers to another */
    uint32_t slot;    /* STORE */
    bool has_child;   /* STORE */
    uint32_t child;   /* STORE */
    const char *text; /* TYPE, MARK; not terminated */
    size_t text_bytes;
    size_t offset; /* in the file */
};

struct wl_trace_reader;

/* -ENOMEM. */
int wl_trace_reader_open(const struct wl_trace *trace, struct wl_trace_reader **ret_reader);
void wl_trace_reader_close(struct wl_trace_reader *reader); /* NULL is fine */

/* 1: one more; 0: that was the last one; -EBADMSG: `why` says what is wrong at which offset. */
int wl_trace_next(struct wl_trace_reader *reader, struct wl_trace_op *ret_op, struct rt_text *why);

/* ---- Replaying ---------------------------------------------------------------------------------- */

struct wl_trace_replay_options {
    bool touch;              /* write a byte of each block, in each of its pages */
    uint64_t live_bytes_max; /* more requested at once is refused; 0: no limit */
};

struct wl_trace_replayed {
    uint64_t operations;
    uint64_t resized_bytes; /* of containers that need more than they had, for their references */
    size_t live_at_end;     /* blocks that the recording never freed */
};

/* Runs the operations on a fresh context, and frees at last what is left after having called `measure` (may be
 * NULL), in which the counters are those of the recording. -EBADMSG as above; -EFBIG: beyond the limit;
 * -ENOMEM. */
int wl_trace_replay(const struct wl_trace *trace, struct rt *rt,
                    const struct wl_trace_replay_options *options,
                    void (*measure)(struct rt *rt, void *context), void *context,
                    struct wl_trace_replayed *ret_replayed, struct rt_text *why);

#endif
