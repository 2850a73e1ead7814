/* SPDX-License-Identifier: MIT
 *
 * convert/trash.h: which containers of a Python program were trash that its collector found, and when they may have
 * become so.
 */
#ifndef BENCH_CONVERT_TRASH_H
#define BENCH_CONVERT_TRASH_H

#include <stddef.h>
#include <stdint.h>

#include "bench/convert/map.h"
#include "bench/shim/raw.h"

struct bench_convert_kind;

struct bench_convert_member {
    uint64_t address;
    uint64_t
        look; /* the event that it was seen in before it was collected; its references follow. 0: none */
    uint32_t serial;
    uint32_t group; /* while they are found */
};

/* What refers to each other, and is dropped as one. */
struct bench_convert_drop {
    uint32_t when; /* before the allocation with this serial */
    uint32_t count;
    size_t first; /* of its members */
};

struct bench_convert_trash {
    struct bench_convert_member *members;
    size_t member_count, member_capacity;
    struct bench_convert_drop *drops; /* by `when`, once they are sorted */
    size_t drop_count, drop_capacity;
};

/* What a collection is to know; the look at its objects is events[look] up to events[begin]. */
struct bench_convert_collection {
    const struct bench_raw_event *events;
    uint64_t count, look, begin;
    const struct bench_convert_map *live;
    struct bench_convert_kind *kinds;
    uint32_t now; /* allocations so far */
};

/* 0 or -ENOMEM. */
int bench_convert_trash_find(struct bench_convert_trash *trash,
                             const struct bench_convert_collection *collection);
void bench_convert_trash_sort(struct bench_convert_trash *trash);
void bench_convert_trash_fini(struct bench_convert_trash *trash);

#endif
