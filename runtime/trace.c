/* SPDX-License-Identifier: MIT
 *
 * trace.c: who allocated what: tracemalloc.
 *
 * The program's frames are a stack in the context. A site is interned: equal stacks are one number, and it
 * is looked up at the first allocation after the stack has changed, not at each. A traced block is a record of
 * 16 bytes in a hash table by address: open addressing, linear probing, deletion by moving followers back.
 * Sites stay until all is forgotten.
 *
 * While tracing, rt->fast_bytes and rt->fast_span are 0, as they are for the debug backend: every block
 * takes the careful way in alloc.c, and is recorded there. Otherwise nobody asks. The tables come from the
 * system, not from the context's own pools: tracing changes neither an address that a pool gives out nor a
 * count of the allocator's.
 *
 * Invariants. Room for a record is made, and the site looked up, before a block is asked for, so nothing can
 * fail once it is there. record_count <= record_capacity * 3/4; every record is reachable from its home slot
 * without meeting a free one. bytes is the sum of all records; bytes <= peak_bytes. `current`, unless to be
 * looked up, is the site of the stack as it is. lost > 0 only when there was no memory for a frame; frames that
 * come on top of it are lost as well, so pops come in the reverse order.
 */
#include "runtime/trace.h"

#include "runtime/fault.h"
#include "runtime/object.h"

#include <errno.h>
#include <string.h>

enum {
    FIRST_RECORDS = 64,
    FIRST_SITES = 16,
    FIRST_FRAMES = 32,
    UNIT_SHIFT = 4,
};

static const uint64_t BYTES_MAX = (UINT64_C(1) << 43) - 1;

/* ---- Memory ------------------------------------------------------------------------------------- */

RT_COLD void *
rt_trace_obtain(struct rt *rt, size_t bytes) {
    return rt_fault_is_due(rt, bytes) ? NULL : rt->os.large_alloc_zeroed(rt->os.context, bytes);
}

void
rt_trace_give_back(struct rt *rt, void *memory) {
    if (memory != NULL) {
        rt->os.large_free(rt->os.context, memory);
    }
}

/* A larger copy, of which the rest is zero; the old one is given back. NULL leaves it as it was. */
static RT_COLD void *
enlarge(struct rt *rt, void *old, size_t old_bytes, size_t bytes) {
    void *grown = rt_trace_obtain(rt, bytes);

    if (grown != NULL && old != NULL) {
        memcpy(grown, old, old_bytes);
        rt_trace_give_back(rt, old);
    }
    return grown;
}

/* ---- Where the program is ----------------------------------------------------------------------- */

static bool
grow_stack(struct rt *rt) {
    struct rt_trace *trace = &rt->trace;
    size_t capacity = trace->capacity == 0 ? FIRST_FRAMES : trace->capacity * 2;
    size_t bytes = trace->capacity * sizeof *trace->frames;
    void *grown = enlarge(rt, trace->frames, bytes, capacity * sizeof *trace->frames);

    if (grown == NULL) {
        return false;
    }
    trace->frames = grown;
    trace->capacity = capacity;
    return true;
}

static void
forget_current_site(struct rt *rt) {
    if (rt->trace.tables != NULL) {
        rt->trace.tables->current = RT_TRACE_NO_SITE;
    }
}

void
rt_trace_push(struct rt *rt, const char *file, uint32_t line) {
    struct rt_trace *trace = &rt->trace;

    forget_current_site(rt);
    if (trace->lost > 0 || (trace->depth == trace->capacity && !grow_stack(rt))) {
        trace->lost++;
        return;
    }
    trace->frames[trace->depth++] = (struct rt_trace_frame){.file = file, .line = line};
}

void
rt_trace_at(struct rt *rt, uint32_t line) {
    struct rt_trace *trace = &rt->trace;

    if (trace->lost == 0 && trace->depth > 0 && trace->frames[trace->depth - 1].line != line) {
        trace->frames[trace->depth - 1].line = line;
        forget_current_site(rt);
    }
}

void
rt_trace_pop(struct rt *rt) {
    struct rt_trace *trace = &rt->trace;

    forget_current_site(rt);
    if (trace->lost > 0) {
        trace->lost--;
        return;
    }
    RT_ASSERT(trace->depth > 0, "a frame that is popped was pushed");
    trace->depth--;
}

/* ---- Sites -------------------------------------------------------------------------------------- */

/* Where the program is when it does not say. */
static const struct rt_trace_frame NOWHERE = {.file = "<unknown>"};

static const struct rt_trace_frame *
newest_frame(const struct rt_trace *trace, size_t i) {
    return trace->depth == 0 ? &NOWHERE : &trace->frames[trace->depth - 1 - i];
}

/* What the stack is as a site; its frames are not in a table yet. */
static struct rt_trace_known_site
read_stack(const struct rt_trace *trace) {
    size_t depth = trace->depth == 0 ? 1 : trace->depth;
    size_t count = depth < (size_t)trace->limit ? depth : (size_t)trace->limit;
    size_t total = depth + trace->lost;
    uint64_t hash = 0;

    total = total < RT_TRACE_FRAMES_MAX ? total : RT_TRACE_FRAMES_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct rt_trace_frame *frame = newest_frame(trace, i);

        hash = (hash ^ (uintptr_t)frame->file) * UINT64_C(0x9e3779b97f4a7c15);
        hash = (hash ^ hash >> 32 ^ frame->line) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return (struct rt_trace_known_site){.hash = (uint32_t)((hash ^ total) >> 29),
                                        .count = (uint16_t)count,
                                        .total = (uint16_t)total};
}

static bool
is_stack(const struct rt_trace *trace, const struct rt_trace_known_site *known,
         const struct rt_trace_known_site *wanted) {
    const struct rt_trace_frame *frames = trace->tables->frames + known->first;

    if (known->hash != wanted->hash || known->count != wanted->count ||
        known->total != wanted->total) {
        return false;
    }
    for (size_t i = 0; i < known->count; i++) {
        const struct rt_trace_frame *frame = newest_frame(trace, i);

        if (frames[i].file != frame->file || frames[i].line != frame->line) {
            return false;
        }
    }
    return true;
}

static bool
grow_sites(struct rt *rt) {
    struct rt_trace_tables *tables = rt->trace.tables;
    size_t capacity = tables->site_capacity == 0 ? FIRST_SITES : tables->site_capacity * 2;
    uint32_t *slots = rt_trace_obtain(rt, capacity * 2 * sizeof *slots);
    void *sites = slots == NULL
                      ? NULL
                      : enlarge(rt, tables->sites, tables->site_capacity * sizeof *tables->sites,
                                capacity * sizeof *tables->sites);

    if (sites == NULL || capacity > UINT32_MAX / 2) {
        rt_trace_give_back(rt, slots);
        return false;
    }
    rt_trace_give_back(rt, tables->slots);
    tables->slots = slots;
    tables->sites = sites;
    tables->site_capacity = capacity;
    for (uint32_t i = 0; i < tables->site_count; i++) {
        size_t slot = tables->sites[i].hash & (capacity * 2 - 1);

        while (slots[slot] != 0) {
            slot = (slot + 1) & (capacity * 2 - 1);
        }
        slots[slot] = i + 1;
    }
    return true;
}

static bool
grow_frames(struct rt *rt, size_t wanted) {
    struct rt_trace_tables *tables = rt->trace.tables;
    size_t capacity = tables->frame_capacity == 0 ? FIRST_FRAMES : tables->frame_capacity;
    void *grown;

    while (capacity < tables->frame_count + wanted) {
        capacity *= 2;
    }
    if (capacity == tables->frame_capacity) {
        return true;
    }
    grown = enlarge(rt, tables->frames, tables->frame_count * sizeof *tables->frames,
                    capacity * sizeof *tables->frames);
    if (grown == NULL) {
        return false;
    }
    tables->frames = grown;
    tables->frame_capacity = capacity;
    return true;
}

/* pre: room for it in all tables; no site equals it */
static void
add_site(struct rt_trace *trace, struct rt_trace_known_site site, size_t slot) {
    struct rt_trace_tables *tables = trace->tables;

    site.first = tables->frame_count;
    for (size_t i = 0; i < site.count; i++) {
        tables->frames[tables->frame_count++] = *newest_frame(trace, i);
    }
    tables->sites[tables->site_count] = site;
    tables->current = (uint32_t)tables->site_count++;
    tables->slots[slot] = tables->current + 1;
}

static RT_NOINLINE bool
find_current_site(struct rt *rt) {
    struct rt_trace_tables *tables = rt->trace.tables;
    struct rt_trace_known_site site = read_stack(&rt->trace);
    size_t slot;

    if (tables->site_count == tables->site_capacity && !grow_sites(rt)) {
        return false;
    }
    slot = site.hash & (tables->site_capacity * 2 - 1);
    while (tables->slots[slot] != 0) {
        uint32_t number = tables->slots[slot] - 1;

        if (is_stack(&rt->trace, &tables->sites[number], &site)) {
            tables->current = number;
            return true;
        }
        slot = (slot + 1) & (tables->site_capacity * 2 - 1);
    }
    if (!grow_frames(rt, site.count)) {
        return false;
    }
    add_site(&rt->trace, site, slot);
    return true;
}

/* ---- Records ------------------------------------------------------------------------------------ */

static uint64_t
unit_of(const void *block) {
    return (uintptr_t)block >> UNIT_SHIFT;
}

static size_t
home_slot(const struct rt_trace_tables *tables, uint64_t unit) {
    return (size_t)(unit * UINT64_C(0x9e3779b97f4a7c15) >> tables->record_shift);
}

/* The slot that holds the unit, or the free one where it would go. pre: record_capacity > 0 */
static size_t
find_slot(const struct rt_trace_tables *tables, uint64_t unit) {
    size_t slot = home_slot(tables, unit);

    while (tables->records[slot].unit != 0 && tables->records[slot].unit != unit) {
        slot = (slot + 1) & (tables->record_capacity - 1);
    }
    return slot;
}

static RT_COLD bool
grow_records(struct rt *rt) {
    struct rt_trace_tables *tables = rt->trace.tables;
    struct rt_trace_tables grown = *tables;

    grown.record_capacity =
        tables->record_capacity == 0 ? FIRST_RECORDS : tables->record_capacity * 2;
    grown.record_shift = 64 - rt_log2(grown.record_capacity);
    grown.records = rt_trace_obtain(rt, grown.record_capacity * sizeof *grown.records);
    if (grown.records == NULL) {
        return false;
    }
    for (size_t i = 0; i < tables->record_capacity; i++) {
        if (tables->records[i].unit != 0) {
            grown.records[find_slot(&grown, tables->records[i].unit)] = tables->records[i];
        }
    }
    rt_trace_give_back(rt, tables->records);
    *tables = grown;
    return true;
}

static void
remove_slot(struct rt_trace_tables *tables, size_t hole) {
    struct rt_trace_record *records = tables->records;
    size_t mask = tables->record_capacity - 1;

    for (size_t i = (hole + 1) & mask; records[i].unit != 0; i = (i + 1) & mask) {
        size_t home = home_slot(tables, records[i].unit);

        if (((i - home) & mask) >= ((i - hole) & mask)) { /* the hole lies on its way from home */
            records[hole] = records[i];
            hole = i;
        }
    }
    records[hole] = (struct rt_trace_record){0};
}

/* ---- What alloc.c calls ------------------------------------------------------------------------- */

bool
rt_trace_prepare(struct rt *rt, size_t bytes) {
    const struct rt_trace_tables *tables = rt->trace.tables;

    if ((tables->record_count + 1) * 4 > tables->record_capacity * 3 && !grow_records(rt)) {
        return false;
    }
    return bytes <= BYTES_MAX && (tables->current != RT_TRACE_NO_SITE || find_current_site(rt));
}

void
rt_trace_note_alloc(struct rt *rt, const void *block, size_t bytes) {
    struct rt_trace_tables *tables = rt->trace.tables;
    struct rt_trace_record *record = &tables->records[find_slot(tables, unit_of(block))];

    RT_ASSERT(record->unit == 0, "a new block is not traced yet");
    *record = (struct rt_trace_record){.unit = unit_of(block),
                                       .bytes_high = bytes >> 32,
                                       .bytes_low = (uint32_t)bytes,
                                       .site = tables->current};
    tables->record_count++;
    tables->bytes += bytes;
    if (tables->bytes > tables->peak_bytes) {
        tables->peak_bytes = tables->bytes;
    }
}

void
rt_trace_note_free(struct rt *rt, const void *block) {
    struct rt_trace_tables *tables = rt->trace.tables;
    size_t slot;

    if (tables->record_count == 0) {
        return;
    }
    slot = find_slot(tables, unit_of(block));
    if (tables->records[slot].unit == 0) {
        return;
    }
    tables->record_count--;
    tables->bytes -= rt_trace_record_bytes(&tables->records[slot]);
    remove_slot(tables, slot);
}

/* ---- Tracing ------------------------------------------------------------------------------------ */

void
rt_trace_clear(struct rt *rt) {
    struct rt_trace_tables *tables = rt->trace.tables;

    if (tables == NULL) {
        return;
    }
    rt_trace_give_back(rt, tables->records);
    rt_trace_give_back(rt, tables->sites);
    rt_trace_give_back(rt, tables->slots);
    rt_trace_give_back(rt, tables->frames);
    *tables =
        (struct rt_trace_tables){.current = RT_TRACE_NO_SITE, .fast_bytes = tables->fast_bytes};
}

int
rt_trace_start(struct rt *rt, int64_t frames) {
    struct rt_trace_tables *tables;

    if (frames < 1 || frames > RT_TRACE_FRAMES_MAX) {
        return -EINVAL;
    }
    if (rt_trace_is_on(rt)) {
        return 0;
    }
    tables = rt_trace_obtain(rt, sizeof *tables);
    if (tables == NULL) {
        return -ENOMEM;
    }
    *tables = (struct rt_trace_tables){.current = RT_TRACE_NO_SITE, .fast_bytes = rt->fast_bytes};
    rt->trace.tables = tables;
    rt->trace.limit = frames;
    rt->fast_bytes = rt->fast_span = 0;
    return 0;
}

void
rt_trace_stop(struct rt *rt) {
    struct rt_trace_tables *tables = rt->trace.tables;

    if (tables == NULL) {
        return;
    }
    rt_trace_clear(rt);
    rt->fast_bytes = tables->fast_bytes;
    rt->fast_span = rt->fast_bytes == 0 ? 0 : rt->arenas.covered << rt->arenas.arena_shift;
    rt_trace_give_back(rt, tables);
    rt->trace.tables = NULL;
}

void
rt_trace_fini(struct rt *rt) {
    rt_trace_stop(rt);
    rt_trace_give_back(rt, rt->trace.frames);
    rt->trace = (struct rt_trace){.frames = NULL};
}

bool
rt_trace_is_on(const struct rt *rt) {
    return rt->trace.tables != NULL;
}

int64_t
rt_trace_limit(const struct rt *rt) {
    return rt->trace.limit == 0 ? 1 : rt->trace.limit;
}

size_t
rt_trace_bytes(const struct rt *rt) {
    return rt_trace_is_on(rt) ? rt->trace.tables->bytes : 0;
}

size_t
rt_trace_peak_bytes(const struct rt *rt) {
    return rt_trace_is_on(rt) ? rt->trace.tables->peak_bytes : 0;
}

void
rt_trace_reset_peak(struct rt *rt) {
    if (rt_trace_is_on(rt)) {
        rt->trace.tables->peak_bytes = rt->trace.tables->bytes;
    }
}

size_t
rt_trace_own_bytes(const struct rt *rt) {
    const struct rt_trace_tables *tables = rt->trace.tables;
    size_t bytes = rt->trace.capacity * sizeof *rt->trace.frames;

    if (tables != NULL) {
        bytes += sizeof *tables + tables->record_capacity * sizeof *tables->records +
                 tables->site_capacity * (sizeof *tables->sites + 2 * sizeof *tables->slots) +
                 tables->frame_capacity * sizeof *tables->frames;
    }
    return bytes;
}

bool
rt_trace_find(const struct rt *rt, const void *block, size_t *ret_bytes,
              struct rt_trace_site *ret_site) {
    const struct rt_trace_tables *tables = rt->trace.tables;
    const struct rt_trace_record *record;
    const struct rt_trace_known_site *site;

    if (tables == NULL || tables->record_count == 0 || (uintptr_t)block % (1 << UNIT_SHIFT) != 0) {
        return false;
    }
    record = &tables->records[find_slot(tables, unit_of(block))];
    if (record->unit == 0) {
        return false;
    }
    site = &tables->sites[record->site];
    *ret_bytes = rt_trace_record_bytes(record);
    *ret_site = (struct rt_trace_site){
        .frames = tables->frames + site->first, .count = site->count, .total = site->total};
    return true;
}

bool
rt_trace_find_object(const struct rt *rt, const struct rt_object *object, size_t *ret_bytes,
                     struct rt_trace_site *ret_site) {
    return rt_trace_find(rt, (const char *)object - object->type->prefix_bytes, ret_bytes,
                         ret_site);
}
