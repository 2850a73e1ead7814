/* SPDX-License-Identifier: MIT
 *
 * convert/map.h: live blocks by their address, while a raw file becomes a recording.
 */
#ifndef BENCH_CONVERT_MAP_H
#define BENCH_CONVERT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_convert_entry {
    uint64_t address; /* 0: none */
    uint32_t id;      /* in the recording */
    uint32_t serial;  /* which allocation it was, from 0 */
    uint64_t size;
};

/* Open addressing, at most half full; what is removed leaves no trace. */
struct bench_convert_map {
    struct bench_convert_entry *entries;
    size_t capacity, count; /* capacity: a power of two, or 0 */
};

void bench_convert_map_fini(struct bench_convert_map *map);

/* NULL: not there. Good until the map changes. */
struct bench_convert_entry *bench_convert_map_find(const struct bench_convert_map *map,
                                                   uint64_t address);

/* Replaces what was at this address. False: out of memory. */
bool bench_convert_map_put(struct bench_convert_map *map, const struct bench_convert_entry *entry);

void bench_convert_map_remove(struct bench_convert_map *map, struct bench_convert_entry *entry);

#endif
