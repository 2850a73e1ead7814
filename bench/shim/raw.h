/* SPDX-License-Identifier: MIT
 *
 * raw.h: what a recorder inside a running program writes, for `gcsweep record` to make a recording of.
 *
 * A raw file is mapped by the program and shared with it, so that what was written is there however the program
 * ends, and nothing has to be flushed. Events are 16 bytes. Their order is that in which blocks changed hands:
 * an event that says that a block is given up is written before it is, and one that says that a block was
 * obtained after it was.
 *
 *   page 0   struct bench_raw_head
 *   page 1   events, one after the other; one of all zeros was begun and never finished
 *
 * The upper 16 bits of an event's first number are the kind (4) and the thread (12), the lower 48 an address;
 * the second number depends on the kind.
 */
#ifndef BENCH_SHIM_RAW_H
#define BENCH_SHIM_RAW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_RAW_MAGIC    UINT64_C(0x0a77617263670001)
#define BENCH_RAW_VARIABLE "GCSWEEP_RECORD" /* in the environment: the raw file's path */

enum {
    BENCH_RAW_HEAD_BYTES = 4096,
    BENCH_RAW_EVENT_BYTES = 16,
    BENCH_RAW_THREADS = 1 << 12, /* beyond them numbers are used again */
    BENCH_RAW_TEXT_MAX = 255,
};

enum bench_raw_kind {
    BENCH_RAW_NOTHING,
    BENCH_RAW_ALLOC,        /* address; bytes */
    BENCH_RAW_FREE,         /* address; of Python: what may be the address of its type, or 0 */
    BENCH_RAW_RESIZE_BEGIN, /* old address */
    BENCH_RAW_RESIZE_END, /* new address, or 0: it failed; bytes; of the same thread as the begin */
    BENCH_RAW_RESET,      /* the process has become another program: nothing is live */
    BENCH_RAW_TYPE,       /* address; length of the name, which fills the next events */
    BENCH_RAW_MARK,       /* 0; length of the text, as above */
    BENCH_RAW_OBJECT,     /* a tracked object's block; its type's address */
    BENCH_RAW_REFERENCE,  /* the object before this one refers to the container in this block */
    BENCH_RAW_LOOKED,     /* all tracked objects of a generation and younger ones came before; it */
    BENCH_RAW_COLLECTION, /* address 1: begins, 0: ends; generation */
};

struct bench_raw_event {
    uint64_t first, second;
};

struct bench_raw_head {
    uint64_t magic;
    _Atomic uint64_t pid; /* of the process that records; 0: none yet */
    _Atomic uint64_t count;
    _Atomic uint64_t lost;  /* events for which there was no room, or 0 */
    _Atomic uint64_t ready; /* bytes of the file that may be written to */
    uint64_t version;       /* of the Python interpreter, as in sys.hexversion */
};

static inline uint64_t
bench_raw_first(enum bench_raw_kind kind, unsigned thread, const void *address) {
    return (uint64_t)kind << 60 | (uint64_t)(thread % BENCH_RAW_THREADS) << 48 |
           ((uintptr_t)address & ((UINT64_C(1) << 48) - 1));
}

static inline enum bench_raw_kind
bench_raw_kind(const struct bench_raw_event *event) {
    return (enum bench_raw_kind)(event->first >> 60);
}

static inline unsigned
bench_raw_thread(const struct bench_raw_event *event) {
    return event->first >> 48 & (BENCH_RAW_THREADS - 1);
}

static inline uint64_t
bench_raw_address(const struct bench_raw_event *event) {
    return event->first & ((UINT64_C(1) << 48) - 1);
}

/* ---- Writing ------------------------------------------------------------------------------------ */

struct bench_raw_writer {
    struct bench_raw_head *head;
    struct bench_raw_event *events;
    _Atomic bool *is_on; /* in a page that is zeros in a forked child */
    uint64_t mapped;     /* bytes of address space for the file */
    atomic_flag growing;
    char path[4096];
};

/* Opens the file that the environment names, unless another process records already; false: nothing is to be
 * recorded. It allocates nothing. */
bool bench_raw_open(struct bench_raw_writer *writer);

/* Makes room up to there; false: there is none, and the events count as lost. */
bool bench_raw_grow(struct bench_raw_writer *writer, uint64_t bytes);

static inline bool
bench_raw_is_on(const struct bench_raw_writer *writer) {
    return writer->is_on != NULL && atomic_load_explicit(writer->is_on, memory_order_relaxed);
}

/* Room for some events that belong together; NULL: none. */
static inline struct bench_raw_event *
bench_raw_reserve(struct bench_raw_writer *writer, uint64_t count) {
    uint64_t at = atomic_fetch_add_explicit(&writer->head->count, count, memory_order_relaxed);
    uint64_t bytes = BENCH_RAW_HEAD_BYTES + (at + count) * BENCH_RAW_EVENT_BYTES;

    if (__builtin_expect(bytes > atomic_load_explicit(&writer->head->ready, memory_order_acquire),
                         0) &&
        !bench_raw_grow(writer, bytes))
        return NULL;
    return &writer->events[at];
}

/* An event with a text, cut where it is too long. */
void bench_raw_put_text(struct bench_raw_writer *writer, enum bench_raw_kind kind,
                        const void *address, const char *text);

static inline void
bench_raw_put(struct bench_raw_writer *writer, uint64_t first, uint64_t second) {
    struct bench_raw_event *event = bench_raw_reserve(writer, 1);

    if (event == NULL)
        return;
    event->second = second;
    atomic_thread_fence(memory_order_release);
    event->first = first;
}

#endif
