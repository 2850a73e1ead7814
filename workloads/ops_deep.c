/* SPDX-License-Identifier: MIT
 *
 * ops_deep.c: the size of an object with all that it holds, as the function that Python's folklore passes around as
 * total_size gives it: of the object, the items of tuples, lists and sets, keys and values of dicts, and instances' dicts,
 * each object once and to any depth. As that function does, it makes the dicts of instances that have none yet. What is
 * in slots, cells and weak references is left out, and so are classes.
 *
 * An object is in `seen` from when it is first met, and was put on `waiting` then, once. `seen` refers to it, since
 * making a dict may start a collection. Both tables come from the system, so that nothing of them is in the figures.
 */
#include "workloads/ops_machine.h"

#include <stdlib.h>

struct walk {
    struct wl_ops_machine *machine;
    struct en_object **seen, **waiting; /* seen: by address, of `mask` + 1 places */
    size_t mask, seen_count, waiting_count;
    bool is_out_of_memory;
};

static size_t
find_place(const struct walk *walk, const struct en_object *object) {
    size_t at =
        (size_t)(((uintptr_t)object >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & walk->mask;

    while (walk->seen[at] != NULL && walk->seen[at] != object)
        at = (at + 1) & walk->mask;
    return at;
}

static void
enlarge(struct walk *walk) {
    struct walk wider = *walk;

    wider.mask = walk->mask * 2 + 1 < 255 ? 255 : walk->mask * 2 + 1;
    wider.seen = calloc(wider.mask + 1, sizeof *wider.seen);
    wider.waiting = realloc(walk->waiting, (wider.mask + 1) * sizeof *wider.waiting);
    if (wider.waiting != NULL)
        walk->waiting = wider.waiting;
    if (wider.seen == NULL || wider.waiting == NULL) {
        free(wider.seen);
        walk->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; walk->seen != NULL && i <= walk->mask; i++)
        if (walk->seen[i] != NULL)
            wider.seen[find_place(&wider, walk->seen[i])] = walk->seen[i];
    free(walk->seen);
    *walk = wider;
}

static void
meet(struct walk *walk, struct en_object *object) {
    size_t place;

    if (object == NULL) /* lists of all objects have unfinished ones */
        return;
    if (walk->seen == NULL || walk->seen_count * 2 > walk->mask)
        enlarge(walk);
    if (walk->is_out_of_memory)
        return;
    place = find_place(walk, object);
    if (walk->seen[place] != NULL)
        return;
    walk->seen[place] = en_incref(object);
    walk->seen_count++;
    walk->waiting[walk->waiting_count++] = object;
}

static void
meet_pairs(struct walk *walk, struct en_object *dict) {
    struct en_object *key, *value;
    size_t position = 0;

    while (en_dict_next(dict, &position, &key, &value)) {
        meet(walk, key);
        meet(walk, value);
    }
}

static void
meet_members(struct walk *walk, struct en_object *set) {
    struct en_object *member;
    size_t position = 0;

    while (en_set_next(walk->machine->heap, set, &position, &member))
        meet(walk, member);
}

static void
meet_dict_of(struct walk *walk, struct en_object *instance) {
    const struct wl_ops_class *row = wl_ops_class_of(walk->machine, instance);
    struct en_object *dict = NULL;

    if (row == NULL || !row->has_dict)
        return;
    dict = en_instance_dict(walk->machine->heap, instance);
    if (dict == NULL)
        walk->is_out_of_memory = en_error(walk->machine->heap) == ENOMEM;
    else
        meet(walk, dict);
}

static void
meet_items(struct walk *walk, struct en_object *object, enum rt_kind kind) {
    switch (kind) {
    case RT_KIND_TUPLE:
        for (size_t i = 0; i < en_tuple_length(object); i++)
            meet(walk, en_tuple_get(object, i));
        break;
    case RT_KIND_LIST:
        for (size_t i = 0; i < en_list_length(object); i++)
            meet(walk, en_list_get(object, i));
        break;
    case RT_KIND_DICT:
        meet_pairs(walk, object);
        break;
    case RT_KIND_SET:
        meet_members(walk, object);
        break;
    case RT_KIND_INSTANCE:
        meet_dict_of(walk, object);
        break;
    default:
        break;
    }
}

int64_t
wl_ops_deep_size(struct wl_ops_machine *machine, struct en_object *object) {
    struct walk walk = {.machine = machine};
    int64_t bytes = 0;

    meet(&walk, object);
    while (walk.waiting_count > 0 && !walk.is_out_of_memory) {
        struct en_object *next = walk.waiting[--walk.waiting_count];
        enum rt_kind kind = en_kind(machine->heap, next);
        if (kind == RT_KIND_CLASS)
            continue;
        bytes += en_sizeof(machine->heap, next);
        meet_items(&walk, next, kind);
    }
    for (size_t i = 0; walk.seen != NULL && i <= walk.mask; i++)
        en_xdecref(machine->heap, walk.seen[i]);
    free(walk.seen);
    free(walk.waiting);
    return walk.is_out_of_memory ? -1 : bytes;
}
