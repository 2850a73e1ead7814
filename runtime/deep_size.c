/* SPDX-License-Identifier: MIT
 *
 * deep_size.c: the size of an object with all that it holds.
 *
 * This is the function that Python's folklore passes around under names such as total_size: getsizeof of
 * the object, of the keys and values of dicts, of the items of lists, tuples and sets, and of instances'
 * __dict__, each object once. What that function leaves out is left out here: values in slots, items of
 * arrays (which are no objects), cells, and whatever is only weakly referred to. Where it would make an
 * instance's __dict__ in order to measure it, here its size is computed and the instance stays as it is.
 *
 * Invariants:
 *   - An object is in `seen` from when it is first met, and was put on `waiting` then, once.
 *   - Nothing is asked of the heap that is being measured, and so no figure of it changes: both tables
 *     come from the system.
 */
#include "runtime/class.h"
#include "runtime/dict_keys.h"
#include "runtime/fault.h"
#include "runtime/object.h"
#include "runtime/values.h"

#include <string.h>

enum {
    FIRST_CAPACITY = 256,
    DICT_BYTES = 64, /* of a dict's object, with its head */
};

struct walk {
    struct rt *rt;
    const struct rt_object **seen, **waiting; /* both have room for `capacity` */
    size_t capacity, seen_count, waiting_count;
    size_t bytes;
    bool is_out_of_memory;
};

static size_t
home_of(const struct walk *walk, const struct rt_object *object) {
    return (size_t)((uintptr_t)object >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20 &
           (walk->capacity - 1);
}

/* Where the object is, or belongs. */
static const struct rt_object **
find(const struct walk *walk, const struct rt_object *object) {
    size_t slot = home_of(walk, object);

    while (walk->seen[slot] != NULL && walk->seen[slot] != object) {
        slot = (slot + 1) & (walk->capacity - 1);
    }
    return &walk->seen[slot];
}

static const struct rt_object **
new_table(struct rt *rt, size_t capacity) {
    size_t bytes = capacity * sizeof(struct rt_object *);

    return rt_fault_is_due(rt, bytes) ? NULL : rt->os.large_alloc_zeroed(rt->os.context, bytes);
}

static void
close_tables(struct rt *rt, const struct rt_object **seen, const struct rt_object **waiting) {
    rt->os.large_free(rt->os.context, seen);
    rt->os.large_free(rt->os.context, waiting);
}

static bool
grow(struct walk *walk) {
    struct walk old = *walk;
    size_t capacity = old.capacity == 0 ? FIRST_CAPACITY : 2 * old.capacity;
    const struct rt_object **seen = new_table(walk->rt, capacity);
    const struct rt_object **waiting = seen == NULL ? NULL : new_table(walk->rt, capacity);

    if (waiting == NULL) {
        walk->rt->os.large_free(walk->rt->os.context, seen);
        return false;
    }
    walk->capacity = capacity;
    walk->seen = seen;
    walk->waiting = waiting;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.seen[i] != NULL) {
            *find(walk, old.seen[i]) = old.seen[i];
        }
    }
    if (old.waiting_count > 0) {
        memcpy(waiting, old.waiting, old.waiting_count * sizeof(struct rt_object *));
    }
    close_tables(walk->rt, old.seen, old.waiting);
    return true;
}

/* Counts an object that is met for the first time. */
static void
meet(struct walk *walk, const struct rt_object *object) {
    const struct rt_object **slot;

    if (object == NULL || walk->is_out_of_memory) {
        return;
    }
    if (walk->seen_count >= walk->capacity / 2 && !grow(walk)) {
        walk->is_out_of_memory = true;
        return;
    }
    slot = find(walk, object);
    if (*slot == NULL) {
        *slot = object;
        walk->seen_count++;
        walk->waiting[walk->waiting_count++] = object;
        walk->bytes += rt_sizeof(object);
    }
}

static void
meet_all(struct walk *walk, struct rt_object *const *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        meet(walk, items[i]);
    }
}

/* Keys and values that an instance has without a dict, and the dict that it would have. */
static void
meet_values(struct walk *walk, const struct rt_keys *keys, struct rt_values *values) {
    walk->bytes += DICT_BYTES + rt_values_room(values) * sizeof(struct rt_object *);
    for (int64_t i = 0; i < keys->entries; i++) {
        if (values->items[i] != NULL) {
            meet(walk, rt_keys_shared_name(keys, i));
            meet(walk, values->items[i]);
        }
    }
}

static void
meet_attributes(struct walk *walk, const struct rt_object *instance) {
    const struct rt_keys *keys = rt_instance_class(instance)->keys;
    const struct rt_managed *managed = rt_instance_managed(instance);

    if (keys == NULL) {
        return;
    }
    if (managed->values != NULL) {
        meet_values(walk, keys, managed->values);
    } else if (managed->dict != NULL) {
        meet(walk, managed->dict);
    } else {
        walk->bytes += DICT_BYTES;
    }
}

static void
follow(struct walk *walk, const struct rt_object *object) {
    struct rt_object *key, *value;
    size_t position = 0;

    switch (rt_kind(object)) {
    case RT_KIND_TUPLE:
        meet_all(walk, ((const struct rt_tuple *)object)->items, rt_tuple_length(object));
        break;
    case RT_KIND_LIST:
        meet_all(walk, ((const struct rt_list *)object)->items, rt_list_length(object));
        break;
    case RT_KIND_DICT:
        while (rt_dict_next(object, &position, &key, &value)) {
            meet(walk, key);
            meet(walk, value);
        }
        break;
    case RT_KIND_SET:
        while (rt_set_next(object, &position, &key)) {
            meet(walk, key);
        }
        break;
    case RT_KIND_INSTANCE:
        meet_attributes(walk, object);
        break;
    default:
        break;
    }
}

int
rt_deep_size(struct rt *rt, struct rt_object *object, size_t *ret_bytes) {
    struct walk walk = {.rt = rt};

    meet(&walk, object);
    while (walk.waiting_count > 0 && !walk.is_out_of_memory) {
        follow(&walk, walk.waiting[--walk.waiting_count]);
    }
    close_tables(rt, walk.seen, walk.waiting);
    if (walk.is_out_of_memory) {
        return rt_refuse(rt, ENOMEM);
    }
    *ret_bytes = walk.bytes;
    return 0;
}
