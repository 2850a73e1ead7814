/* SPDX-License-Identifier: MIT
 *
 * trace_replay.c: a recording run again, on our allocator and collector. See trace.h.
 *
 * Blocks are blocks of the same size. A container is referred to by its entry here until the recording frees it,
 * and by what the recording stored it in: so what only a cycle of containers still refers to is trash for the
 * collector to find, when the collector's settings say so and not when the recording did. It is one of three:
 *   - a tuple full of None, which the first collection untracks, where it never refers to another;
 *   - an instance with so many slots that its block has the container's size;
 *   - a list, for more slots than a class can have: its items are a second block.
 * (Tuples would do for all, but a cycle of nothing but tuples cannot be taken apart, in CPython as here.)
 *
 * Invariants:
 *   - An entry is live, and then `state` is the size of its block, or IS_CONTAINER with its shape and
 *     slots; or it is free, and then `state` is IS_FREE and the number of the entry freed before it.
 *   - Nothing of the file is believed: trace_read.c says why numbers need no bounds checks of their own.
 */
#include "workloads/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_bytes.h"

#define IS_CONTAINER (UINT64_C(1) << 62)
#define IS_FREE      (UINT64_C(1) << 63)
#define NO_ENTRY     UINT32_MAX

enum {
    SHAPE_SHIFT = 60,
    TUPLE_BYTES = 40, /* without their slots */
    INSTANCE_BYTES = 32,
    LIST_BYTES = 56,
    SLOT_BYTES = 8,
    CLASS_SLOTS = 64, /* the most */
    PAGE_BYTES = 4096,
};

enum shape {
    SHAPE_TUPLE,
    SHAPE_INSTANCE,
    SHAPE_LIST,
};

struct entry {
    void *block; /* or the container's object */
    uint64_t state;
};

struct replay {
    const struct wl_trace *trace;
    struct rt *rt;
    struct entry *entries;
    uint32_t fresh, free_entry;
    bool touch, is_ended;
    uint64_t types;
    uint64_t live_bytes, live_bytes_max;
    uint64_t operations, resized_bytes;
    struct rt_object *classes[CLASS_SLOTS + 1]; /* by their slots; made when needed */
    struct rt_object *names[CLASS_SLOTS];       /* of slots */
    int error;
    const char *wrong;
};

static bool
fail(struct replay *replay, int error, const char *wrong) {
    replay->error = error;
    replay->wrong = wrong;
    return false;
}

static bool
is_bad(struct replay *replay, const char *wrong) {
    return fail(replay, -EBADMSG, wrong);
}

static bool
is_live_container(const struct replay *replay, uint64_t id) {
    return id < replay->fresh &&
           (replay->entries[id].state & (IS_CONTAINER | IS_FREE)) == IS_CONTAINER;
}

static void
touch_block(void *block, uint64_t size) {
    volatile char *bytes = block;

    for (uint64_t at = 0; at < size; at += PAGE_BYTES)
        bytes[at] = 1;
}

/* ---- Entries ------------------------------------------------------------------------------------ */

static inline __attribute__((always_inline)) struct entry *
take_entry(struct replay *replay) {
    if (replay->free_entry != NO_ENTRY) {
        struct entry *entry = &replay->entries[replay->free_entry];
        replay->free_entry = (uint32_t)entry->state;
        return entry;
    }
    if (replay->fresh == replay->trace->counts.ids) {
        is_bad(replay, "more live blocks than the footer says");
        return NULL;
    }
    return &replay->entries[replay->fresh++];
}

static inline __attribute__((always_inline)) void
release_entry(struct replay *replay, struct entry *entry) {
    uint32_t id = (uint32_t)(entry - replay->entries);

    entry->state = IS_FREE | replay->free_entry;
    replay->free_entry = id;
}

static inline __attribute__((always_inline)) bool
add_live_bytes(struct replay *replay, uint64_t size) {
    replay->live_bytes += size;
    if (__builtin_expect(replay->live_bytes <= replay->live_bytes_max && size < IS_CONTAINER, 1))
        return true;
    replay->live_bytes -= size;
    return fail(replay, -EFBIG, "more memory is live at once than the limit allows");
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

static inline __attribute__((always_inline)) bool
alloc_block(struct replay *replay, uint64_t size) {
    struct entry *entry;

    if (!add_live_bytes(replay, size) || (entry = take_entry(replay)) == NULL)
        return false;
    entry->state = size;
    entry->block = rt_alloc(replay->rt, size);
    if (entry->block == NULL) {
        release_entry(replay, entry);
        return fail(replay, -ENOMEM, "out of memory");
    }
    if (replay->touch)
        touch_block(entry->block, size);
    return true;
}

static enum shape
shape_of(const struct entry *entry) {
    return (enum shape)(entry->state >> SHAPE_SHIFT & 3);
}

static uint64_t
slots_of(const struct entry *entry) {
    return entry->state & ((UINT64_C(1) << SHAPE_SHIFT) - 1);
}

static uint64_t
container_bytes(enum shape shape, uint64_t slots) {
    static const uint64_t bytes[] = {TUPLE_BYTES, INSTANCE_BYTES, LIST_BYTES};

    return bytes[shape] + slots * SLOT_BYTES;
}

static bool
free_container(struct replay *replay, struct entry *entry) {
    struct rt_object *container = entry->block;

    if ((entry->state & IS_FREE) != 0)
        return is_bad(replay, "a block is freed that is not live");
    replay->live_bytes -= container_bytes(shape_of(entry), slots_of(entry));
    release_entry(replay, entry);
    rt_decref(replay->rt, container);
    return true;
}

static inline __attribute__((always_inline)) bool
free_block(struct replay *replay, uint64_t id) {
    struct entry *entry;

    if (__builtin_expect(id >= replay->fresh, 0))
        return is_bad(replay, "a block is freed that is not live");
    entry = &replay->entries[id];
    if (__builtin_expect(entry->state >= IS_CONTAINER, 0))
        return free_container(replay, entry);
    replay->live_bytes -= entry->state;
    rt_free(replay->rt, entry->block, entry->state);
    release_entry(replay, entry);
    return true;
}

static bool
resize_block(struct replay *replay, uint64_t id, const uint8_t **at) {
    struct entry *entry;
    uint64_t size;
    void *block;

    if (!wl_trace_number(at, &size))
        return is_bad(replay, "a number of more than 64 bits");
    if (id >= replay->fresh || replay->entries[id].state >= IS_CONTAINER)
        return is_bad(replay, "a block is resized that is not live, or a container");
    entry = &replay->entries[id];
    if (!add_live_bytes(replay, size))
        return false;
    block = rt_realloc(replay->rt, entry->block, entry->state, size);
    if (block == NULL)
        return fail(replay, -ENOMEM, "out of memory");
    if (replay->touch)
        touch_block(block, size);
    replay->live_bytes -= entry->state;
    *entry = (struct entry){block, size};
    return true;
}

/* ---- Containers --------------------------------------------------------------------------------- */

/* The class of so many slots, and their names; NULL: out of memory. */
static struct rt_object *
find_class(struct replay *replay, uint64_t slots) {
    char text[CLASS_SLOTS][8];
    const char *names[CLASS_SLOTS];
    struct rt_class_spec spec = {.name = "container", .slots = names, .slot_count = slots};

    if (replay->classes[slots] != NULL)
        return replay->classes[slots];
    for (size_t i = 0; i < slots; i++) {
        struct rt_text name;
        rt_text_init(&name, text[i], sizeof text[i]);
        rt_text_string(&name, "s");
        rt_text_unsigned(&name, i);
        names[i] = text[i];
        if (replay->names[i] == NULL)
            replay->names[i] = rt_str_name(replay->rt, text[i]);
        if (replay->names[i] == NULL)
            return NULL;
    }
    return replay->classes[slots] = rt_class_new(replay->rt, &spec);
}

static struct rt_object *
make_filled(struct rt *rt, enum shape shape, uint64_t slots) {
    struct rt_object *object =
        shape == SHAPE_TUPLE ? rt_tuple_new(rt, slots) : rt_list_new(rt, slots);

    for (uint64_t i = 0; object != NULL && i < slots; i++) {
        struct rt_object *none = rt_incref(rt_none(rt));
        if (shape == SHAPE_TUPLE)
            rt_tuple_put_steal(object, i, none);
        else
            rt_list_put_steal(object, i, none);
    }
    return object;
}

static struct rt_object *
make_object(struct replay *replay, enum shape shape, uint64_t slots) {
    struct rt_object *class_object;

    if (shape != SHAPE_INSTANCE)
        return make_filled(replay->rt, shape, slots);
    class_object = find_class(replay, slots);
    return class_object == NULL ? NULL : rt_instance_new(replay->rt, class_object);
}

/* As many slots as the size has room for, and no fewer than are needed. */
static uint64_t
fit_slots(uint64_t size, uint64_t head_bytes, uint64_t slots) {
    uint64_t room = size < head_bytes ? 0 : (size - head_bytes) / SLOT_BYTES;

    return room < slots ? slots : room;
}

static enum shape
choose_shape(uint64_t size, uint64_t *slots, bool is_atomic) {
    uint64_t in_class = fit_slots(size, INSTANCE_BYTES, *slots);

    if (is_atomic && *slots == 0) {
        *slots = fit_slots(size, TUPLE_BYTES, 1);
        return SHAPE_TUPLE;
    }
    *slots = in_class <= CLASS_SLOTS ? in_class : fit_slots(size, LIST_BYTES, *slots);
    return in_class <= CLASS_SLOTS ? SHAPE_INSTANCE : SHAPE_LIST;
}

static bool
make_container(struct replay *replay, uint64_t type, const uint8_t **at) {
    uint64_t size, word, slots, bytes;
    struct entry *entry;
    struct rt_object *object;
    enum shape shape;

    if (!wl_trace_number(at, &size) || !wl_trace_number(at, &word))
        return is_bad(replay, "a number of more than 64 bits");
    if (type >= replay->types || word >> 1 > WL_TRACE_SLOTS_MAX)
        return is_bad(replay, "a container of no type, or of too many slots");
    slots = word >> 1;
    shape = choose_shape(size, &slots, (word & 1) != 0);
    bytes = container_bytes(shape, slots);
    if (bytes > size)
        replay->resized_bytes += bytes - size;
    if (!add_live_bytes(replay, bytes) || (entry = take_entry(replay)) == NULL)
        return false;
    object = make_object(replay, shape, slots);
    if (object == NULL) {
        release_entry(replay, entry);
        return fail(replay, -ENOMEM, "out of memory");
    }
    *entry = (struct entry){object, IS_CONTAINER | (uint64_t)shape << SHAPE_SHIFT | slots};
    return true;
}

/* -1: out of memory. */
static int
store_object(struct replay *replay, const struct entry *parent, uint64_t slot,
             struct rt_object *child) {
    struct rt *rt = replay->rt;

    if (shape_of(parent) == SHAPE_LIST)
        rt_list_set(rt, parent->block, slot, child == NULL ? rt_none(rt) : child);
    else if (child != NULL)
        return rt_attr_set(rt, parent->block, replay->names[slot], child);
    else
        rt_attr_delete(rt, parent->block, replay->names[slot]);
    return 0;
}

static bool
store(struct replay *replay, uint64_t parent, const uint8_t **at) {
    uint64_t slot, child;
    const struct entry *entry;

    if (!wl_trace_number(at, &slot) || !wl_trace_number(at, &child))
        return is_bad(replay, "a number of more than 64 bits");
    if (!is_live_container(replay, parent) || (child > 0 && !is_live_container(replay, child - 1)))
        return is_bad(replay, "a store of or into what is no live container");
    entry = &replay->entries[parent];
    if (shape_of(entry) == SHAPE_TUPLE || slot >= slots_of(entry))
        return is_bad(replay, "a store into a slot that the container does not have");
    if (store_object(replay, entry, slot, child > 0 ? replay->entries[child - 1].block : NULL) < 0)
        return fail(replay, -ENOMEM, "out of memory");
    return true;
}

/* ---- Operations --------------------------------------------------------------------------------- */

static bool
run_other(struct replay *replay, uint64_t word, const uint8_t **at) {
    const uint8_t *end = replay->trace->data + replay->trace->end;
    uint64_t payload = word >> 5;

    switch ((enum wl_trace_kind)(word >> 2 & 7)) {
    case WL_TRACE_CONTAINER:
        return make_container(replay, payload, at);
    case WL_TRACE_STORE:
        return store(replay, payload, at);
    case WL_TRACE_TYPE:
        replay->types++;
        __attribute__((fallthrough));
    case WL_TRACE_MARK:
        if (payload > WL_TRACE_TEXT_MAX || *at > end || payload > (size_t)(end - *at))
            return is_bad(replay, "a text that is too long");
        *at += payload;
        return true;
    case WL_TRACE_END:
        replay->is_ended = true;
        if (payload != 0 || *at != end || replay->operations != replay->trace->counts.operations)
            return is_bad(replay, "the end, before the footer says");
        return false;
    default:
        return is_bad(replay, "no operation is written like this");
    }
}

/* Gives where it stopped. */
static const uint8_t *
run_operations(struct replay *replay) {
    const uint8_t *at = replay->trace->data + replay->trace->start;
    const uint8_t *end = replay->trace->data + replay->trace->end, *begin = at;
    bool goes_on = true;

    while (goes_on && at < end) {
        uint64_t word;
        begin = at;
        if (__builtin_expect(!wl_trace_number(&at, &word), 0))
            return is_bad(replay, "a number of more than 64 bits"), begin;
        switch ((enum wl_trace_code)(word & 3)) {
        case WL_TRACE_CODE_ALLOC:
            goes_on = alloc_block(replay, word >> 2);
            break;
        case WL_TRACE_CODE_FREE:
            goes_on = free_block(replay, word >> 2);
            break;
        case WL_TRACE_CODE_REALLOC:
            goes_on = resize_block(replay, word >> 2, &at);
            break;
        default:
            goes_on = run_other(replay, word, &at);
        }
        replay->operations += goes_on;
    }
    if (goes_on)
        is_bad(replay, "operations without an end");
    return begin;
}

/* Frees what the recording never did, and its cycles; gives how many entries were live. */
static size_t
drain(struct replay *replay) {
    size_t live = 0;

    for (uint32_t i = 0; i < replay->fresh; i++) {
        if ((replay->entries[i].state & IS_FREE) != 0)
            continue;
        free_block(replay, i);
        live++;
    }
    for (size_t i = 0; i <= CLASS_SLOTS; i++)
        rt_xdecref(replay->rt, replay->classes[i]);
    for (size_t i = 0; i < CLASS_SLOTS; i++)
        rt_xdecref(replay->rt, replay->names[i]);
    rt_gc_collect(replay->rt, RT_GENERATIONS - 1);
    return live;
}

int
wl_trace_replay(const struct wl_trace *trace, struct rt *rt,
                const struct wl_trace_replay_options *options,
                void (*measure)(struct rt *rt, void *context), void *context,
                struct wl_trace_replayed *ret_replayed, struct rt_text *why) {
    struct replay replay = {.trace = trace,
                            .rt = rt,
                            .free_entry = NO_ENTRY,
                            .touch = options->touch,
                            .live_bytes_max = options->live_bytes_max};
    const uint8_t *stopped;

    if (replay.live_bytes_max == 0)
        replay.live_bytes_max = UINT64_MAX >> 2;
    replay.entries = calloc((size_t)trace->counts.ids + 1, sizeof *replay.entries);
    if (replay.entries == NULL) {
        rt_text_string(why, "out of memory");
        return -ENOMEM;
    }
    stopped = run_operations(&replay);
    if (measure != NULL)
        measure(rt, context);
    ret_replayed->operations = replay.operations;
    ret_replayed->resized_bytes = replay.resized_bytes;
    ret_replayed->live_at_end = drain(&replay);
    free(replay.entries);
    if (replay.error != 0) {
        rt_text_string(why, replay.wrong);
        rt_text_string(why, ", at byte ");
        rt_text_unsigned(why, (uint64_t)(stopped - trace->data));
    }
    return replay.error;
}
