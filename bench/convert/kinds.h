/* SPDX-License-Identifier: MIT
 *
 * convert/kinds.h: what each allocation of a Python program turned out to be, which only later events say.
 */
#ifndef BENCH_CONVERT_KINDS_H
#define BENCH_CONVERT_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/convert/map.h"
#include "bench/convert/trash.h"
#include "bench/shim/raw.h"

struct bench_convert_kind {
    uint64_t size;     /* at last */
    uint32_t slots;    /* the most containers that it was seen to refer to */
    uint32_t group;    /* of what refers to each other and was trash, 1 and up; 0: it never was */
    uint32_t looked;   /* allocations before it was last seen tracked */
    uint32_t survived; /* and before the time before that */
    uint16_t type;     /* its number + 1; 0: no container */
    uint16_t looks;    /* how often it was seen tracked */
};

struct bench_convert_kinds {
    struct bench_convert_kind *kinds; /* by serial */
    size_t count, capacity;
    struct bench_convert_map types; /* address to `id`, the number */
    size_t *type_events;            /* where each type is named; of type 0 nowhere */
    size_t type_count, type_capacity;
    struct bench_convert_trash trash;
};

/* Events of a text, with it. */
static inline uint64_t
bench_convert_span(const struct bench_raw_event *event) {
    enum bench_raw_kind kind = bench_raw_kind(event);

    if ((kind != BENCH_RAW_TYPE && kind != BENCH_RAW_MARK) || event->second > BENCH_RAW_TEXT_MAX)
        return 1;
    return 1 + (event->second + BENCH_RAW_EVENT_BYTES - 1) / BENCH_RAW_EVENT_BYTES;
}

/* Reads all events once. 0 or -ENOMEM. */
int bench_convert_kinds_init(struct bench_convert_kinds *kinds,
                             const struct bench_raw_event *events, uint64_t count);
void bench_convert_kinds_fini(struct bench_convert_kinds *kinds);

#endif
