/* SPDX-License-Identifier: MIT
 *
 * convert/kinds.c: what each allocation turned out to be. See convert/kinds.h.
 *
 * Allocations are counted as convert.c counts them: blocks live and die here as there. A container that is
 * referred to and never seen itself has type 0.
 */
#include "bench/convert/kinds.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/trace.h"

struct reading {
    struct bench_convert_kinds *kinds;
    struct bench_convert_map live;
    struct bench_convert_entry resizing; /* Python resizes under its lock */
    struct bench_convert_kind *parent;   /* of the references that come; NULL: unknown */
    uint32_t references;
    const struct bench_raw_event *events;
    uint64_t event_count;
    uint64_t look; /* where the look at objects that goes on began */
    bool is_looking;
};

static struct bench_convert_kind *
kind_at(const struct reading *reading, uint64_t address) {
    const struct bench_convert_entry *entry = bench_convert_map_find(&reading->live, address);

    return entry == NULL ? NULL : &reading->kinds->kinds[entry->serial];
}

/* ---- Types -------------------------------------------------------------------------------------- */

static int
add_type(struct bench_convert_kinds *kinds, uint64_t address, size_t event) {
    struct bench_convert_entry entry = {.address = address, .id = (uint32_t)kinds->type_count};

    if (kinds->type_count == WL_TRACE_TYPES_MAX - 1)
        return 0;
    if (kinds->type_count == kinds->type_capacity) {
        size_t capacity = kinds->type_capacity == 0 ? 256 : kinds->type_capacity * 2;
        size_t *events = realloc(kinds->type_events, capacity * sizeof *events);
        if (events == NULL)
            return -ENOMEM;
        kinds->type_events = events;
        kinds->type_capacity = capacity;
    }
    kinds->type_events[kinds->type_count++] = event;
    return address == 0 || bench_convert_map_put(&kinds->types, &entry) ? 0 : -ENOMEM;
}

static void
set_type(const struct reading *reading, struct bench_convert_kind *kind, uint64_t address) {
    const struct bench_convert_entry *type =
        address == 0 ? NULL : bench_convert_map_find(&reading->kinds->types, address);

    if (type != NULL)
        kind->type = (uint16_t)(type->id + 1);
    else if (kind->type == 0)
        kind->type = 1;
}

/* ---- Events ------------------------------------------------------------------------------------- */

static int
read_alloc(struct reading *reading, const struct bench_raw_event *event) {
    struct bench_convert_kinds *kinds = reading->kinds;
    struct bench_convert_entry entry = {.address = bench_raw_address(event),
                                        .serial = (uint32_t)kinds->count};

    if (kinds->count == kinds->capacity) {
        size_t capacity = kinds->capacity == 0 ? 1 << 16 : kinds->capacity * 2;
        struct bench_convert_kind *grown = realloc(kinds->kinds, capacity * sizeof *grown);
        if (grown == NULL)
            return -ENOMEM;
        kinds->kinds = grown;
        if (capacity > UINT32_MAX)
            return -ENOMEM;
        kinds->capacity = capacity;
        reading->parent = NULL;
    }
    kinds->kinds[kinds->count++] = (struct bench_convert_kind){.size = event->second};
    return bench_convert_map_put(&reading->live, &entry) ? 0 : -ENOMEM;
}

static void
read_free(struct reading *reading, const struct bench_raw_event *event) {
    struct bench_convert_entry *entry =
        bench_convert_map_find(&reading->live, bench_raw_address(event));

    if (entry == NULL)
        return;
    if (event->second != 0)
        set_type(reading, &reading->kinds->kinds[entry->serial], event->second);
    bench_convert_map_remove(&reading->live, entry);
}

static int
read_resize(struct reading *reading, const struct bench_raw_event *event) {
    struct bench_convert_entry *entry;

    if (bench_raw_kind(event) == BENCH_RAW_RESIZE_BEGIN) {
        entry = bench_convert_map_find(&reading->live, bench_raw_address(event));
        reading->resizing = (struct bench_convert_entry){0};
        if (entry != NULL) {
            reading->resizing = *entry;
            bench_convert_map_remove(&reading->live, entry);
        }
        return 0;
    }
    if (reading->resizing.address == 0)
        return 0;
    if (bench_raw_address(event) != 0) {
        reading->resizing.address = bench_raw_address(event);
        reading->kinds->kinds[reading->resizing.serial].size = event->second;
    }
    return bench_convert_map_put(&reading->live, &reading->resizing) ? 0 : -ENOMEM;
}

static void
read_object(struct reading *reading, const struct bench_raw_event *event) {
    struct bench_convert_kind *kind = kind_at(reading, bench_raw_address(event));

    reading->parent = kind;
    reading->references = 0;
    if (kind == NULL)
        return;
    set_type(reading, kind, event->second);
    kind->survived = kind->looked;
    kind->looked = (uint32_t)reading->kinds->count;
    if (kind->looks < UINT16_MAX)
        kind->looks++;
}

static void
read_reference(struct reading *reading, const struct bench_raw_event *event) {
    struct bench_convert_kind *child = kind_at(reading, bench_raw_address(event));

    if (child == NULL || reading->parent == NULL || reading->references == WL_TRACE_SLOTS_MAX)
        return;
    if (child->type == 0)
        child->type = 1;
    if (++reading->references > reading->parent->slots)
        reading->parent->slots = reading->references;
}

static int
read_collection(struct reading *reading, const struct bench_raw_event *event, uint64_t at) {
    struct bench_convert_collection collection = {
        .events = reading->events,
        .count = reading->event_count,
        .look = reading->is_looking ? reading->look : at,
        .begin = at,
        .live = &reading->live,
        .kinds = reading->kinds->kinds,
        .now = (uint32_t)reading->kinds->count,
    };

    reading->is_looking = false;
    return bench_raw_address(event) == 1
               ? bench_convert_trash_find(&reading->kinds->trash, &collection)
               : 0;
}

static int
read_event(struct reading *reading, const struct bench_raw_event *event, size_t at) {
    switch (bench_raw_kind(event)) {
    case BENCH_RAW_ALLOC:
        return read_alloc(reading, event);
    case BENCH_RAW_FREE:
        read_free(reading, event);
        return 0;
    case BENCH_RAW_RESIZE_BEGIN:
    case BENCH_RAW_RESIZE_END:
        return read_resize(reading, event);
    case BENCH_RAW_RESET:
        bench_convert_map_fini(&reading->live);
        return 0;
    case BENCH_RAW_TYPE:
        return add_type(reading->kinds, bench_raw_address(event), at);
    case BENCH_RAW_OBJECT:
        if (!reading->is_looking)
            reading->look = at;
        reading->is_looking = true;
        read_object(reading, event);
        return 0;
    case BENCH_RAW_COLLECTION:
        return read_collection(reading, event, at);
    case BENCH_RAW_REFERENCE:
        read_reference(reading, event);
        return 0;
    default:
        return 0;
    }
}

int
bench_convert_kinds_init(struct bench_convert_kinds *kinds, const struct bench_raw_event *events,
                         uint64_t count) {
    struct reading reading = {.kinds = kinds, .events = events, .event_count = count};
    int error;

    *kinds = (struct bench_convert_kinds){0};
    error = add_type(kinds, 0, 0);
    for (uint64_t i = 0; i < count && error == 0; i += bench_convert_span(&events[i]))
        error = read_event(&reading, &events[i], (size_t)i);
    bench_convert_map_fini(&reading.live);
    bench_convert_trash_sort(&kinds->trash);
    return error;
}

void
bench_convert_kinds_fini(struct bench_convert_kinds *kinds) {
    free(kinds->kinds);
    free(kinds->type_events);
    bench_convert_map_fini(&kinds->types);
    bench_convert_trash_fini(&kinds->trash);
}
