/* SPDX-License-Identifier: MIT
 *
 * track.c: which containers the collector knows, and in what order.
 *
 * CPython links them into lists; here they stand in one vector, oldest first, so that whoever walks them
 * sees the next addresses in advance. A container's head has its place. Tracking puts it at the end;
 * untracking takes it off the end, or leaves a hole.
 *
 * Invariants:
 *   - objects[1 ... end) are the tracked containers and `holes` holes; objects[p]->place == p.
 *   - The generations are stretches of the vector, oldest first, behind those that are permanent:
 *     1 <= begin[2] <= begin[1] <= begin[0] <= end, and end and limit are <= committed; what lies below that has
 *     memory behind it.
 *   - The vector is never moved: address space for as many containers as the context can hold is set
 *     aside at the start, and gets memory as it is needed, an eighth more each time.
 *   - Whoever comes to the limit looks at the holes. They are closed, in order, when more than a third of the
 *     vector is holes, or when there is no memory for more, and never while the collector goes by places; else the
 *     limit rises by an eighth. After a collection it comes down to where the vector ends, though memory stays for
 *     the next one. So the vector does not spread into memory never touched while it has room in holes, and a
 *     removal costs two moves of an entry at most.
 */
#include "runtime/track.h"
#include "runtime/fault.h"
#include "runtime/object.h"

#include <errno.h>

enum {
    STEP_BYTES = 64 << 10,
    ROOM_KEPT_BYTES = 256 << 10,
    SMALLEST_BLOCK_BYTES = 32, /* of a container */
};

static size_t
entries_bytes(size_t count) {
    return count * sizeof(struct rt_object *);
}

int
rt_track_init(struct rt *rt) {
    struct rt_tracker *tracker = &rt->tracker;
    size_t room = rt->arenas.reserved_bytes != 0 ? rt->arenas.reserved_bytes
                                                 : (size_t)rt->config.alloc_reserve_bytes;

    tracker->reserved_bytes =
        rt_align_up(entries_bytes(room / SMALLEST_BLOCK_BYTES + 1), STEP_BYTES);
    tracker->objects = rt->os.reserve(rt->os.context, tracker->reserved_bytes, rt->page_bytes);
    tracker->end = tracker->begin[0] = tracker->begin[1] = tracker->begin[2] = 1;
    return tracker->objects == NULL ? -ENOMEM : 0;
}

void
rt_track_fini(struct rt *rt) {
    if (rt->tracker.objects != NULL) {
        rt->os.release(rt->os.context, rt->tracker.objects, rt->tracker.reserved_bytes);
        rt->tracker.objects = NULL;
    }
}

size_t
rt_track_table_bytes(const struct rt *rt) {
    return entries_bytes(rt->tracker.committed);
}

/* So much and an eighth more, in steps. */
static size_t
with_reserve(size_t bytes) {
    return rt_align_up(bytes + bytes / 8 + 1, STEP_BYTES);
}

/* Memory up to this place at least, and an eighth more than there was, as far as the address space goes. */
static bool
extend(struct rt *rt, uint64_t end) {
    struct rt_tracker *tracker = &rt->tracker;
    size_t old = entries_bytes(tracker->committed), need = entries_bytes(end);
    size_t bytes = with_reserve(old);

    if (bytes < need) {
        bytes = rt_align_up(need, STEP_BYTES);
    }
    if (bytes > tracker->reserved_bytes) {
        bytes = tracker->reserved_bytes;
    }
    if (bytes < need || rt_fault_is_due(rt, bytes - old) ||
        rt->os.commit(rt->os.context, (char *)tracker->objects + old, bytes - old) != 0) {
        return false;
    }
    tracker->committed = (uint32_t)(bytes / sizeof(struct rt_object *));
    return true;
}

bool
rt_track_make_room(struct rt *rt, uint32_t extra) {
    uint64_t end = (uint64_t)rt->tracker.end + extra;

    return end <= rt->tracker.committed || extend(rt, end);
}

/* Where the vector may go before anybody looks at its holes. */
static uint32_t
limit_by_end(const struct rt_tracker *tracker) {
    size_t limit = with_reserve(entries_bytes(tracker->end)) / sizeof(struct rt_object *);

    return limit < tracker->committed ? (uint32_t)limit : tracker->committed;
}

void
rt_track_give_room_back(struct rt *rt) {
    struct rt_tracker *tracker = &rt->tracker;
    size_t used = entries_bytes(tracker->end), old = entries_bytes(tracker->committed);
    size_t bytes = with_reserve(used);
    uint32_t limit;

    if (bytes + used / 4 < old && bytes + ROOM_KEPT_BYTES < old) {
        rt->os.decommit(rt->os.context, (char *)tracker->objects + bytes, old - bytes);
        tracker->committed = (uint32_t)(bytes / sizeof(struct rt_object *));
    }
    limit = limit_by_end(tracker);
    tracker->limit = tracker->limit < limit ? tracker->limit : limit;
}

void
rt_track_close_holes(struct rt *rt) {
    struct rt_tracker *tracker = &rt->tracker;
    uint32_t to = 1, from = 1;

    for (int generation = RT_GENERATIONS - 1; generation >= -1; generation--) {
        uint32_t stop = generation >= 0 ? tracker->begin[generation] : tracker->end;

        for (; from < stop; from++) {
            struct rt_object *object = tracker->objects[from];

            if (object != NULL) {
                tracker->objects[to] = object;
                rt_head(object)->place = to++;
            }
        }
        if (generation >= 0) {
            tracker->begin[generation] = to;
        }
    }
    tracker->end = to;
    tracker->holes = 0;
}

static void
reverse(struct rt_object **objects, uint32_t begin, uint32_t end) {
    while (begin + 1 < end) {
        struct rt_object *first = objects[begin];

        objects[begin++] = objects[--end];
        objects[end] = first;
    }
}

void
rt_track_swap(struct rt *rt, uint32_t begin, uint32_t middle, uint32_t end) {
    struct rt_object **objects = rt->tracker.objects;

    if (begin == middle || middle == end) {
        return;
    }
    reverse(objects, begin, middle);
    reverse(objects, middle, end);
    reverse(objects, begin, end);
    for (uint32_t place = begin; place < end; place++) {
        if (objects[place] != NULL) {
            rt_head(objects[place])->place = place;
        }
    }
}

RT_NOINLINE bool
rt_track_slowly(struct rt *rt, struct rt_object *object) {
    struct rt_tracker *tracker = &rt->tracker;
    bool is_tight = tracker->holes > tracker->end / 3;

    if (!tracker->is_fixed && tracker->holes > 0 && (is_tight || !rt_track_make_room(rt, 1))) {
        rt_track_close_holes(rt);
    }
    if (!rt_track_make_room(rt, 1)) {
        rt->error = ENOMEM;
        return false;
    }
    tracker->limit = limit_by_end(tracker);
    return rt_track(rt, object);
}

static bool
is_at_its_place(const struct rt_tracker *tracker, uint32_t place) {
    const struct rt_object *object = tracker->objects[place];

    return object == NULL || rt_head(object)->place == place;
}

bool
rt_track_verify(const struct rt *rt, struct rt_text *why) {
    const struct rt_tracker *tracker = &rt->tracker;
    uint32_t holes = 0;

    if (tracker->begin[2] < 1 || tracker->begin[1] < tracker->begin[2] ||
        tracker->begin[0] < tracker->begin[1] || tracker->end < tracker->begin[0] ||
        tracker->limit > tracker->committed ||
        (tracker->limit != 0 && tracker->end > tracker->committed)) {
        rt_text_string(why, "the marks of the tracked objects are out of order");
        return false;
    }
    for (uint32_t place = 1; place < tracker->end; place++) {
        holes += tracker->objects[place] == NULL;
        if (!is_at_its_place(tracker, place)) {
            rt_text_string(why, "a tracked object does not know its place ");
            rt_text_unsigned(why, place);
            return false;
        }
    }
    if (holes != tracker->holes) {
        rt_text_string(why, "holes among the tracked objects: counted ");
        rt_text_unsigned(why, holes);
        rt_text_string(why, ", recorded ");
        rt_text_unsigned(why, tracker->holes);
        return false;
    }
    return true;
}
