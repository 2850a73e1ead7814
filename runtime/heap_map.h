/* SPDX-License-Identifier: MIT
 *
 * heap_map.h: a number for each object that can be found in a context, and who refers to whom.
 */
#ifndef RUNTIME_HEAP_MAP_H
#define RUNTIME_HEAP_MAP_H

#include "runtime/fault.h"
#include "runtime/object.h"

enum {
    RT_HEAP_MAP_NONE = 0, /* nobody's number */
};

struct rt_heap_map {
    struct rt *rt;
    uint32_t tracked_end; /* smaller numbers are places in the vector of the tracked */
    uint32_t other_count, other_room;
    struct rt_object **others; /* the objects from number tracked_end on */
    uint32_t *slots;           /* twice other_room: a hash table of their numbers */
    uint64_t *notes;           /* by number: references found to it */
    uint64_t *first;     /* by number, and one more: where its referrers begin; NULL: no reverse */
    uint32_t *referrers; /* numbers; one for each reference */
    uint32_t at;         /* of whom references are being followed */
    bool is_out_of_memory;
};

/* Memory from outside the heap, all zero. NULL: none. */
static inline void *
rt_scratch_obtain(struct rt *rt, size_t bytes) {
    return rt_fault_is_due(rt, bytes) ? NULL : rt->os.large_alloc_zeroed(rt->os.context, bytes);
}

/* NULL is fine. */
static inline void
rt_scratch_give_back(struct rt *rt, const void *memory) {
    if (memory != NULL) {
        rt->os.large_free(rt->os.context, (void *)(uintptr_t)memory);
    }
}

/* Of nothing so far; no object has a place in it. */
void rt_heap_map_init(struct rt_heap_map *map, struct rt *rt);
void rt_heap_map_fini(struct rt_heap_map *map); /* once more is fine */

/* Everything that can be found: the tracked, `extra` objects, and what they refer to, to any depth.
 * -ENOMEM: and fini is not needed. */
int rt_heap_map_build(struct rt_heap_map *map, struct rt *rt, struct rt_object *const *extra,
                      size_t extra_count);

/* Adds for each number who refers to it. -ENOMEM. */
int rt_heap_map_reverse(struct rt_heap_map *map);

/* The number of an object, which gets one when it has none; RT_HEAP_MAP_NONE: out of memory. */
uint32_t rt_heap_map_add(struct rt_heap_map *map, struct rt_object *object);

/* pre: it is in the map */
uint32_t rt_heap_map_number(const struct rt_heap_map *map, const struct rt_object *object);

/* Calls `visit` with each object: the tracked in the order of gc.get_objects(), the permanent ones behind
 * them, and the others as they were met. */
typedef void (*rt_heap_map_fn)(struct rt_object *object, void *context);
void rt_heap_map_each(const struct rt_heap_map *map, rt_heap_map_fn visit, void *context);

/* The same for the tracked alone, without a map. */
void rt_heap_each_tracked(struct rt *rt, bool with_permanent, rt_heap_map_fn visit, void *context);

/* Above all numbers. */
static inline uint32_t
rt_heap_map_end(const struct rt_heap_map *map) {
    return map->tracked_end + map->other_count;
}

static inline struct rt_object *
rt_heap_map_object(const struct rt_heap_map *map, uint32_t number) {
    return number < map->tracked_end ? map->rt->tracker.objects[number]
                                     : map->others[number - map->tracked_end];
}

/* References to it that nobody in the map has: those of the program, and of parts of the runtime that are
 * no containers. */
static inline int64_t
rt_heap_map_unaccounted(const struct rt_heap_map *map, uint32_t number) {
    return rt_heap_map_object(map, number)->count - (int64_t)map->notes[number];
}

#endif
