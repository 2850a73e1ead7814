/* SPDX-License-Identifier: MIT
 *
 * trace.h: what alloc.c calls where it takes the careful way, and the tables a snapshot is taken from.
 */
#ifndef RUNTIME_TRACE_H
#define RUNTIME_TRACE_H

#include "runtime/context.h"

/* A traced block. Addresses are multiples of 16 and have up to 57 bits; a size has up to 43. */
struct rt_trace_record {
    uint64_t unit : 53; /* address / 16; 0: a free slot */
    uint64_t bytes_high : 11;
    uint32_t bytes_low;
    uint32_t site;
};

_Static_assert(sizeof(struct rt_trace_record) == 16, "four records fit a cache line");

struct rt_trace_known_site {
    size_t first; /* of its frames */
    uint32_t hash;
    uint16_t count, total;
};

struct rt_trace_tables {
    struct rt_trace_record *records; /* a hash table, by address */
    size_t record_capacity, record_count;
    unsigned record_shift;
    uint32_t current; /* the site where the program is; RT_TRACE_NO_SITE: to be looked up */
    size_t bytes, peak_bytes;

    struct rt_trace_known_site *sites;
    size_t site_count, site_capacity;
    uint32_t *slots; /* a hash table of sites: number + 1, or 0; twice as many as site_capacity */
    struct rt_trace_frame *frames; /* of all sites */
    size_t frame_count, frame_capacity;

    size_t fast_bytes; /* the context's, when tracing ends */
};

static const uint32_t RT_TRACE_NO_SITE = UINT32_MAX;

static inline size_t
rt_trace_record_bytes(const struct rt_trace_record *record) {
    return (size_t)record->bytes_high << 32 | record->bytes_low;
}

bool rt_trace_prepare(struct rt *rt, size_t bytes);
void rt_trace_note_alloc(struct rt *rt, const void *block, size_t bytes);
void rt_trace_note_free(struct rt *rt, const void *block);
void rt_trace_fini(struct rt *rt);

/* Memory of this module's own, zero at first, and the way back; NULL is fine there. NULL: out of memory. */
void *rt_trace_obtain(struct rt *rt, size_t bytes);
void rt_trace_give_back(struct rt *rt, void *memory);

/* Before a block of so many bytes is obtained: makes sure that it can be recorded. False: it cannot. */
static inline bool
rt_trace_is_ready(struct rt *rt, size_t bytes) {
    return rt->trace.tables == NULL || rt_trace_prepare(rt, bytes);
}

/* After it. pre: rt_trace_is_ready said so, and nothing was recorded since */
static inline void
rt_trace_alloc(struct rt *rt, const void *block, size_t bytes) {
    if (rt->trace.tables != NULL) {
        rt_trace_note_alloc(rt, block, bytes);
    }
}

/* Fine for a block that is not traced. */
static inline void
rt_trace_free(struct rt *rt, const void *block) {
    if (rt->trace.tables != NULL) {
        rt_trace_note_free(rt, block);
    }
}

/* As a free and an alloc. pre: as rt_trace_alloc */
static inline void
rt_trace_realloc(struct rt *rt, const void *block, const void *moved, size_t bytes) {
    rt_trace_free(rt, block);
    rt_trace_alloc(rt, moved, bytes);
}

#endif
