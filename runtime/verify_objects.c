/* SPDX-License-Identifier: MIT
 *
 * verify_objects.c: the invariants of the objects.
 *
 * What is checked is what the collector knows: every tracked container and what it refers to. An object
 * that nobody tracks and no tracked one refers to cannot be found from here.
 *
 * Invariants:
 *   - The tracked stand at their places (track.c).
 *   - Each has a container's type and at least one reference, and holds by its own type's invariants;
 *     so does each object it refers to, one step deep.
 *   - Between calls nothing waits to be released.
 *   - Interned strings are found by their text (intern.c).
 *   - A free list has no more entries than it may, and all of them are blocks of this context.
 */
#include "runtime/verify_objects.h"
#include "runtime/block.h"
#include "runtime/intern.h"
#include "runtime/object.h"
#include "runtime/track.h"

struct look {
    const struct rt *rt;
    struct rt_text *why;
    bool is_sound;
};

static bool
complain(struct rt_text *why, const struct rt_object *object, const char *what) {
    rt_text_string(why, "object ");
    rt_text_hex(why, (uint64_t)(uintptr_t)object);
    rt_text_string(why, ": ");
    rt_text_string(why, what);
    return false;
}

static bool
check_object(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    if (object->count <= 0) {
        return complain(why, object, "it is referred to and has no references");
    }
    if (object->type == NULL || object->type->kind >= RT_KIND_COUNT) {
        return complain(why, object, "its type is none");
    }
    return object->type->verify == NULL || object->type->verify(rt, object, why);
}

static void
look_at_referent(struct rt_object *referent, void *context) {
    struct look *look = context;

    look->is_sound = look->is_sound && check_object(look->rt, referent, look->why);
}

static bool
check_tracked(const struct rt *rt, struct rt_text *why) {
    struct look look = {.rt = rt, .why = why, .is_sound = true};

    for (uint32_t place = 1; place < rt->tracker.end && look.is_sound; place++) {
        struct rt_object *object = rt->tracker.objects[place];

        if (object == NULL) {
            continue;
        }
        look_at_referent(object, &look);
        if (look.is_sound && !rt_type_is_container(object->type)) {
            return complain(why, object, "it is tracked and no container");
        }
        if (look.is_sound) {
            object->type->traverse(object, look_at_referent, &look);
        }
    }
    return look.is_sound;
}

static bool
check_free_list(const struct rt *rt, const struct rt_free_list *list, struct rt_text *why) {
    if (list->room < 0) {
        rt_text_string(why, "a free list has more entries than it may");
        return false;
    }
    if (list->first != NULL && !rt_owns(rt, list->first)) {
        rt_text_string(why, "a free list has a block of somebody else");
        return false;
    }
    return true;
}

static bool
check_free_lists(const struct rt *rt, struct rt_text *why) {
    for (size_t i = 1; i < RT_FREE_TUPLE_COUNT; i++) {
        if (!check_free_list(rt, &rt->free_tuples[i], why)) {
            return false;
        }
    }
    return check_free_list(rt, &rt->free_lists, why) && check_free_list(rt, &rt->free_dicts, why) &&
           check_free_list(rt, &rt->free_keys, why) && check_free_list(rt, &rt->free_floats, why);
}

bool
rt_verify_objects(const struct rt *rt, struct rt_text *why) {
    if (rt->trash != NULL || rt->trash_depth != 0 || rt->nest_depth != 0) {
        rt_text_string(why, "objects wait to be released between calls");
        return false;
    }
    return rt_track_verify(rt, why) && check_tracked(rt, why) && check_free_lists(rt, why) &&
           rt_intern_verify(rt, why);
}
