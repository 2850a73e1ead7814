/* SPDX-License-Identifier: MIT
 *
 * convert/trash.c: which containers were trash. See convert/trash.h.
 *
 * Containers that end during a collection were trash when it began. When they became it nobody saw: after the last
 * collection that they survived, and after the youngest of those that refer to each other was born. The middle
 * between that and the collection is taken.
 *
 * Invariants:
 *   - While a collection's trash is found, a kind's `group` is its member's number + 1, and the members' `group`
 *     leads to one of their number (union by reference, paths halved). Afterwards a kind's `group` is the drop's
 *     number + 1.
 */
#include "bench/convert/trash.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/convert/kinds.h"

static int
grow(void **items, size_t *capacity, size_t item_bytes) {
    size_t larger = *capacity == 0 ? 1024 : *capacity * 2;
    void *moved = realloc(*items, larger * item_bytes);

    if (moved == NULL)
        return -ENOMEM;
    *items = moved;
    *capacity = larger;
    return 0;
}

static int
add_member(struct bench_convert_trash *trash, struct bench_convert_kind *kind, uint64_t address,
           uint32_t serial) {
    uint32_t number = (uint32_t)trash->member_count;

    if (trash->member_count == trash->member_capacity &&
        grow((void **)&trash->members, &trash->member_capacity, sizeof *trash->members) != 0)
        return -ENOMEM;
    trash->members[trash->member_count++] =
        (struct bench_convert_member){.address = address, .serial = serial, .group = number};
    kind->group = number + 1;
    return 0;
}

/* Live containers that end before the collection does. */
static int
find_members(struct bench_convert_trash *trash, const struct bench_convert_collection *collection) {
    int error = 0;

    for (uint64_t at = collection->begin + 1; at < collection->count && error == 0;
         at += bench_convert_span(&collection->events[at])) {
        const struct bench_raw_event *event = &collection->events[at];
        const struct bench_convert_entry *entry;
        if (bench_raw_kind(event) == BENCH_RAW_COLLECTION)
            break;
        if (bench_raw_kind(event) != BENCH_RAW_FREE)
            continue;
        entry = bench_convert_map_find(collection->live, bench_raw_address(event));
        if (entry != NULL && collection->kinds[entry->serial].type != 0 &&
            collection->kinds[entry->serial].group == 0)
            error =
                add_member(trash, &collection->kinds[entry->serial], entry->address, entry->serial);
    }
    return error;
}

static uint32_t
group_of(struct bench_convert_trash *trash, uint32_t number) {
    struct bench_convert_member *members = trash->members;

    while (members[number].group != number) {
        members[number].group = members[members[number].group].group;
        number = members[number].group;
    }
    return number;
}

/* The number of the member at this address + 1; 0: it is none. */
static uint32_t
member_at(const struct bench_convert_collection *collection, uint64_t address) {
    const struct bench_convert_entry *entry = bench_convert_map_find(collection->live, address);

    return entry == NULL ? 0 : collection->kinds[entry->serial].group;
}

static void
group_members(struct bench_convert_trash *trash,
              const struct bench_convert_collection *collection) {
    uint32_t parent = 0;

    for (uint64_t at = collection->look; at < collection->begin;
         at += bench_convert_span(&collection->events[at])) {
        const struct bench_raw_event *event = &collection->events[at];
        if (bench_raw_kind(event) == BENCH_RAW_OBJECT) {
            parent = member_at(collection, bench_raw_address(event));
            if (parent != 0)
                trash->members[parent - 1].look = at;
        } else if (bench_raw_kind(event) == BENCH_RAW_REFERENCE && parent != 0) {
            uint32_t child = member_at(collection, bench_raw_address(event));
            if (child != 0)
                trash->members[group_of(trash, child - 1)].group = group_of(trash, parent - 1);
        }
    }
}

static int
compare_groups(const void *one, const void *other) {
    const struct bench_convert_member *a = one, *b = other;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return a->serial < b->serial ? -1 : a->serial > b->serial;
}

/* When all of them were there and known to be alive. */
static uint32_t
latest_life(const struct bench_convert_collection *collection,
            const struct bench_convert_member *members, size_t count) {
    uint32_t latest = 0;

    for (size_t i = 0; i < count; i++) {
        const struct bench_convert_kind *kind = &collection->kinds[members[i].serial];
        if (members[i].serial + 1 > latest)
            latest = members[i].serial + 1;
        if (kind->survived > latest)
            latest = kind->survived;
    }
    return latest;
}

static int
add_drop(struct bench_convert_trash *trash, const struct bench_convert_collection *collection,
         size_t first, size_t count) {
    uint32_t latest = latest_life(collection, trash->members + first, count);

    if (trash->drop_count == trash->drop_capacity &&
        grow((void **)&trash->drops, &trash->drop_capacity, sizeof *trash->drops) != 0)
        return -ENOMEM;
    for (size_t i = first; i < first + count; i++)
        collection->kinds[trash->members[i].serial].group = (uint32_t)trash->drop_count + 1;
    trash->drops[trash->drop_count++] = (struct bench_convert_drop){
        .when = latest + (collection->now - latest) / 2, .first = first, .count = (uint32_t)count};
    return 0;
}

int
bench_convert_trash_find(struct bench_convert_trash *trash,
                         const struct bench_convert_collection *collection) {
    size_t first = trash->member_count, next;
    int error = find_members(trash, collection);

    if (error < 0 || trash->member_count == first)
        return error;
    group_members(trash, collection);
    for (size_t i = first; i < trash->member_count; i++)
        trash->members[i].group = group_of(trash, (uint32_t)i);
    qsort(trash->members + first, trash->member_count - first, sizeof *trash->members,
          compare_groups);
    for (size_t i = first; i < trash->member_count && error == 0; i = next) {
        for (next = i + 1;
             next < trash->member_count && trash->members[next].group == trash->members[i].group;
             next++)
            continue;
        error = add_drop(trash, collection, i, next - i);
    }
    return error;
}

static int
compare_drops(const void *one, const void *other) {
    const struct bench_convert_drop *a = one, *b = other;

    if (a->when != b->when)
        return a->when < b->when ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

void
bench_convert_trash_sort(struct bench_convert_trash *trash) {
    if (trash->drop_count > 0)
        qsort(trash->drops, trash->drop_count, sizeof *trash->drops, compare_drops);
}

void
bench_convert_trash_fini(struct bench_convert_trash *trash) {
    free(trash->members);
    free(trash->drops);
    *trash = (struct bench_convert_trash){0};
}
