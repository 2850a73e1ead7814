/* SPDX-License-Identifier: MIT
 *
 * path.c: see path.h.
 *
 * Invariants:
 *   - Steps stand in the order in which they were met, level by level; each refers to the step `next`, which
 *     is of the level before.
 *   - When a level is complete, the references from tracked containers to each of its objects are counted.
 */
#include "workloads/path.h"

#include <errno.h>
#include <string.h>

/* ---- Steps -------------------------------------------------------------------------------------- */

/* The object's slot, or the empty one where it would be. */
static int16_t *
find_slot(struct wl_path *path, const struct en_object *object) {
    size_t slot = (size_t)((uint64_t)(uintptr_t)object * UINT64_C(0x9e3779b97f4a7c15) >> 40);

    for (;; slot++) {
        int16_t *place = &path->slots[slot % WL_PATH_SLOTS];
        if (*place == 0 || path->steps[*place - 1].object == object)
            return place;
    }
}

static void
add_step(struct wl_path *path, struct en_object *object, int32_t next) {
    int16_t *slot = find_slot(path, object);

    if (*slot != 0 || path->count == WL_PATH_OBJECTS_MOST)
        return;
    path->steps[path->count++] = (struct wl_path_step){object, next, 0};
    *slot = (int16_t)path->count;
}

/* ---- The search --------------------------------------------------------------------------------- */

struct walk {
    struct wl_path *path;
    struct en_heap *heap;
    int32_t begin, end; /* the level whose referrers are looked for */
    struct en_object *referrer;
    int error;
};

static void
look_at_referent(struct en_object *referent, void *context) {
    struct walk *walk = context;
    int32_t step = *find_slot(walk->path, referent) - 1;

    if (step < walk->begin || step >= walk->end)
        return;
    walk->path->steps[step].references++;
    add_step(walk->path, walk->referrer, step);
}

static void
look_at_container(struct en_object *container, void *context) {
    struct walk *walk = context;

    walk->referrer = container;
    walk->error |= en_gc_visit_referents(walk->heap, container, look_at_referent, walk);
}

static bool
is_root(struct en_heap *heap, const struct wl_path_step *step) {
    return en_refcount(step->object) > step->references ||
           en_kind(heap, step->object) == RT_KIND_CLASS;
}

/* The step of the first root, or a negative errno. */
static int32_t
search(struct wl_path *path, struct en_heap *heap) {
    struct walk walk = {.path = path, .heap = heap};

    while (walk.end < path->count) {
        walk.begin = walk.end;
        walk.end = path->count;
        if (en_gc_visit(heap, -1, look_at_container, &walk) != 0 ||
            en_gc_visit(heap, EN_FROZEN, look_at_container, &walk) != 0 || walk.error != 0)
            return -ENOMEM;
        for (int32_t i = walk.begin; i < walk.end; i++)
            if (is_root(heap, &path->steps[i]))
                return i;
    }
    return -ENOENT;
}

/* ---- In words ----------------------------------------------------------------------------------- */

static const char *
name_in_dict(struct wl_path *path, struct en_heap *heap, struct en_object *dict,
             const struct en_object *value) {
    for (size_t i = 0; i < path->name_count; i++)
        if (en_kind(heap, path->names[i].object) == RT_KIND_STR &&
            en_dict_get(heap, dict, path->names[i].object) == value)
            return path->names[i].text;
    return NULL;
}

static const char *
name_in_instance(struct wl_path *path, struct en_heap *heap, struct en_object *instance,
                 const struct en_object *value) {
    for (size_t i = 0; i < path->name_count; i++) {
        struct en_object *name = path->names[i].object;
        if (en_kind(heap, name) != RT_KIND_STR || en_attr_has(heap, instance, name) != 1)
            continue;
        struct en_object *found = en_attr_get(heap, instance, name);
        en_xdecref(heap, found);
        if (found == value)
            return path->names[i].text;
    }
    return NULL;
}

static void
write_index(struct en_object *sequence, size_t length,
            struct en_object *(*get)(struct en_object *sequence, size_t index),
            const struct en_object *item, struct rt_text *text) {
    for (size_t i = 0; i < length; i++)
        if (get(sequence, i) == item) {
            rt_text_string(text, "[");
            rt_text_unsigned(text, i);
            rt_text_string(text, "]");
            return;
        }
}

static struct en_object *
list_get(struct en_object *list, size_t index) {
    return en_list_get(list, index);
}

static struct en_object *
tuple_get(struct en_object *tuple, size_t index) {
    return en_tuple_get(tuple, index);
}

static void
write_name(const char *before, const char *name, const char *after, struct rt_text *text) {
    if (name == NULL)
        return;
    rt_text_string(text, before);
    rt_text_string(text, name);
    rt_text_string(text, after);
}

/* By which way the one refers to the other. */
static void
write_way(struct wl_path *path, struct en_heap *heap, struct en_object *from, struct en_object *to,
          struct rt_text *text) {
    switch (en_kind(heap, from)) {
    case RT_KIND_LIST:
        write_index(from, en_list_length(from), list_get, to, text);
        break;
    case RT_KIND_TUPLE:
        write_index(from, en_tuple_length(from), tuple_get, to, text);
        break;
    case RT_KIND_DICT:
        write_name("['", name_in_dict(path, heap, from, to), "']", text);
        break;
    case RT_KIND_INSTANCE:
        write_name(".", name_in_instance(path, heap, from, to), "", text);
        break;
    case RT_KIND_FUNCTION:
        rt_text_string(text, en_kind(heap, to) == RT_KIND_TUPLE ? ".__closure__" : "");
        break;
    case RT_KIND_CELL:
        rt_text_string(text, ".cell_contents");
        break;
    case RT_KIND_METHOD:
        rt_text_string(text, en_kind(heap, to) == RT_KIND_FUNCTION ? ".__func__" : ".__self__");
        break;
    default:
        break;
    }
}

static void
write_object(struct wl_path *path, struct en_heap *heap, struct en_object *object,
             struct rt_text *text) {
    for (size_t i = 0; i < path->name_count; i++)
        if (path->names[i].object == object) {
            rt_text_string(text, path->names[i].text);
            return;
        }
    if (en_kind(heap, object) == RT_KIND_CLASS)
        rt_text_string(text, "class");
    else
        rt_text_string(text, en_type_name(heap, object));
}

/* What a class or an instance has in its __dict__ is its attribute. */
static bool
is_attributes(struct wl_path *path, struct en_heap *heap, int32_t step) {
    int32_t next = path->steps[step].next;
    enum rt_kind kind = en_kind(heap, path->steps[step].object);

    return (kind == RT_KIND_CLASS || kind == RT_KIND_INSTANCE) && next >= 0 &&
           path->steps[next].next >= 0 && en_kind(heap, path->steps[next].object) == RT_KIND_DICT;
}

int
wl_path_write(struct wl_path *path, struct en_heap *heap, struct en_object *object,
              struct rt_text *text) {
    int objects = 0;

    memset(path->slots, 0, sizeof path->slots);
    path->count = 0;
    add_step(path, object, -1);
    int32_t step = search(path, heap);
    if (step < 0)
        return step;
    for (int32_t next; step >= 0; step = next, objects++) {
        const struct wl_path_step *at = &path->steps[step];
        write_object(path, heap, at->object, text);
        next = at->next;
        if (is_attributes(path, heap, step)) {
            struct en_object *dict = path->steps[next].object;
            next = path->steps[next].next;
            write_name(".", name_in_dict(path, heap, dict, path->steps[next].object), "", text);
        } else if (next >= 0)
            write_way(path, heap, at->object, path->steps[next].object, text);
        if (next >= 0)
            rt_text_string(text, " -> ");
    }
    return objects;
}
