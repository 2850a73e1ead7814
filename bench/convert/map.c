/* SPDX-License-Identifier: MIT
 *
 * convert/map.c: live blocks by their address. See convert/map.h.
 */
#include "bench/convert/map.h"

#include <stdlib.h>

enum {
    FIRST_CAPACITY = 1 << 12,
};

void
bench_convert_map_fini(struct bench_convert_map *map) {
    free(map->entries);
    *map = (struct bench_convert_map){0};
}

/* Addresses are multiples of 16. */
static size_t
home_of(const struct bench_convert_map *map, uint64_t address) {
    return (size_t)((address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (map->capacity - 1);
}

struct bench_convert_entry *
bench_convert_map_find(const struct bench_convert_map *map, uint64_t address) {
    if (map->capacity == 0)
        return NULL;
    for (size_t at = home_of(map, address);; at = (at + 1) & (map->capacity - 1)) {
        if (map->entries[at].address == address)
            return &map->entries[at];
        if (map->entries[at].address == 0)
            return NULL;
    }
}

static void
place(struct bench_convert_map *map, const struct bench_convert_entry *entry) {
    size_t at = home_of(map, entry->address);

    while (map->entries[at].address != 0)
        at = (at + 1) & (map->capacity - 1);
    map->entries[at] = *entry;
}

static bool
grow(struct bench_convert_map *map) {
    struct bench_convert_map larger = {
        .capacity = map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2, .count = map->count};

    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL)
        return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].address != 0)
            place(&larger, &map->entries[i]);
    free(map->entries);
    *map = larger;
    return true;
}

bool
bench_convert_map_put(struct bench_convert_map *map, const struct bench_convert_entry *entry) {
    struct bench_convert_entry *old = bench_convert_map_find(map, entry->address);

    if (old != NULL) {
        *old = *entry;
        return true;
    }
    if (map->count * 2 >= map->capacity && !grow(map))
        return false;
    place(map, entry);
    map->count++;
    return true;
}

/* Entries behind the hole move into it unless that is before their home. */
void
bench_convert_map_remove(struct bench_convert_map *map, struct bench_convert_entry *entry) {
    size_t mask = map->capacity - 1, hole = (size_t)(entry - map->entries);

    for (size_t at = (hole + 1) & mask; map->entries[at].address != 0; at = (at + 1) & mask) {
        size_t home = home_of(map, map->entries[at].address);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        map->entries[hole] = map->entries[at];
        hole = at;
    }
    map->entries[hole].address = 0;
    map->count--;
}
