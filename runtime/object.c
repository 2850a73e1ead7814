/* SPDX-License-Identifier: MIT
 *
 * object.c: what all objects have in common: their end, their identity, and where they meet the context.
 */
#include "runtime/object.h"
#include "runtime/backend.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/event.h"
#include "runtime/gc.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/str.h"
#include "runtime/track.h"
#include "runtime/tuple.h"

#include <string.h>

static const char *const kind_names[RT_KIND_COUNT] = {
    [RT_KIND_NONE] = "NoneType",
    [RT_KIND_BOOL] = "bool",
    [RT_KIND_INT] = "int",
    [RT_KIND_FLOAT] = "float",
    [RT_KIND_STR] = "str",
    [RT_KIND_BYTES] = "bytes",
    [RT_KIND_TUPLE] = "tuple",
    [RT_KIND_LIST] = "list",
    [RT_KIND_DICT] = "dict",
    [RT_KIND_SET] = "set",
    [RT_KIND_ARRAY] = "array.array",
    [RT_KIND_CLASS] = "type",
    [RT_KIND_INSTANCE] = "object",
    [RT_KIND_DESCRIPTOR] = "member_descriptor",
    [RT_KIND_WEAKREF] = "weakref",
    [RT_KIND_FUNCTION] = "function",
    [RT_KIND_CELL] = "cell",
    [RT_KIND_METHOD] = "method",
    [RT_KIND_GENERATOR] = "generator",
    [RT_KIND_WEAK_SET] = "WeakSet",
    [RT_KIND_WEAK_DICT] = "WeakValueDictionary",
};

enum rt_kind
rt_kind(const struct rt_object *object) {
    return (enum rt_kind)object->type->kind;
}

const char *
rt_kind_name(enum rt_kind kind) {
    return (unsigned)kind < RT_KIND_COUNT ? kind_names[kind] : "unknown kind";
}

const char *
rt_type_name(const struct rt_object *object) {
    return object->type->name;
}

int
rt_error(const struct rt *rt) {
    return rt->error;
}

struct rt_object *
rt_fail(struct rt *rt, int error) {
    rt->error = error;
    return NULL;
}

void
rt_object_drop(struct rt *rt, struct rt_object *object) {
    object->type->drop(rt, object);
}

bool
rt_is_tracked(const struct rt_object *object) {
    return rt_type_is_container(object->type) && rt_head_is_tracked(object);
}

void
rt_visit(struct rt_object *object, rt_visit_fn visit, void *context) {
    if (rt_type_is_container(object->type)) {
        object->type->traverse(object, visit, context);
    }
}

size_t
rt_sizeof(const struct rt_object *object) {
    return object->type->prefix_bytes + object->type->size(object);
}

size_t
rt_block_bytes(const struct rt_object *object) {
    return object->type->owned(object);
}

void
rt_report_unraisable(struct rt *rt, struct rt_object *where) {
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_UNRAISABLE,
                                        .address = where,
                                        .count = (uint64_t)rt->error});
}

/* ---- Values ------------------------------------------------------------------------------------- */

int
rt_hash_refuse(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    (void)object, (void)ret_hash;
    return rt_refuse(rt, EINVAL);
}

int
rt_hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    if (object->type->hash != NULL) {
        return object->type->hash(rt, object, ret_hash);
    }
    *ret_hash = rt_hash_address(object);
    return 0;
}

int
rt_equal_deep(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    if (one == other) {
        return 1;
    }
    if (depth > RT_EQUAL_DEPTH_MAX) {
        return rt_refuse(rt, ELOOP);
    }
    return one->type->equal == NULL ? 0 : one->type->equal(rt, one, other, depth);
}

int
rt_equal(struct rt *rt, struct rt_object *one, struct rt_object *other) {
    return rt_equal_deep(rt, one, other, 0);
}

/* ---- Deep releases ------------------------------------------------------------------------------ */

RT_NOINLINE void
rt_trash_put(struct rt *rt, struct rt_object *object) {
    rt_head(object)->next = rt->trash;
    rt->trash = object;
}

/* Nesting of the other kind begins anew, since what it has put aside must not come back here. */
RT_NOINLINE void
rt_trash_empty(struct rt *rt) {
    int nest_depth = rt->nest_depth;

    rt->trash_depth++;
    rt->nest_depth = 0;
    while (rt->trash != NULL) {
        struct rt_object *object = rt->trash;

        rt->trash = rt_head(object)->next;
        rt_head(object)->work = 0;
        object->type->drop(rt, object);
    }
    rt->nest_depth = nest_depth;
    rt->trash_depth--;
}

/* ---- None --------------------------------------------------------------------------------------- */

/* A shared object outlives its last reference. */
static void
drop_none(struct rt *rt, struct rt_object *object) {
    (void)rt;
    object->count = RT_SHARED_COUNT;
}

static size_t
size_none(const struct rt_object *object) {
    (void)object;
    return sizeof(struct rt_object);
}

static size_t
owned_by_shared(const struct rt_object *object) {
    (void)object;
    return 0;
}

static const struct rt_type none_type = {
    .drop = drop_none,
    .size = size_none,
    .owned = owned_by_shared,
    .name = "NoneType",
    .kind = RT_KIND_NONE,
};

struct rt_object *
rt_none(struct rt *rt) {
    return &rt->shared.none;
}

/* ---- The context -------------------------------------------------------------------------------- */

void
rt_free_lists_clear(struct rt *rt) {
    rt_tuple_free_lists_clear(rt);
    rt_float_free_list_clear(rt);
    rt_list_free_list_clear(rt);
    rt_dict_free_lists_clear(rt);
}

int
rt_objects_init(struct rt *rt) {
    const struct rt_config *config = &rt->config;

    rt_gc_init(rt);
    rt->free_lists.room = config->object_keep_lists;
    rt->free_dicts.room = config->object_keep_dicts;
    rt->free_keys.room = config->object_keep_keys;
    rt->free_floats.room = config->object_keep_floats;
    for (size_t i = 0; i < RT_FREE_TUPLE_COUNT; i++) {
        rt->free_tuples[i].room = config->object_keep_tuples;
    }
    rt->shared.none = (struct rt_object){.count = RT_SHARED_COUNT, .type = &none_type};
    rt_int_init(rt);
    rt_str_init(rt);
    rt_bytes_init(rt);
    rt_tuple_init(rt);
    rt_keys_init(rt);
    return rt_track_init(rt);
}

/* Takes apart whatever is still tracked, without finalizers and callbacks. */
static void
end_all(struct rt *rt) {
    struct rt_tracker *tracker = &rt->tracker;

    rt->is_ending = true;
    for (uint32_t place = 1; place < tracker->end; place++) {
        if (tracker->objects[place] != NULL) {
            rt_incref(tracker->objects[place]);
        }
    }
    for (uint32_t place = 1; place < tracker->end; place++) {
        struct rt_object *object = tracker->objects[place];

        if (object != NULL && object->type->clear != NULL) {
            object->type->clear(rt, object);
        }
    }
    for (uint32_t place = 1; place < tracker->end; place++) {
        if (tracker->objects[place] != NULL) {
            rt_decref(rt, tracker->objects[place]);
        }
    }
}

void
rt_objects_fini(struct rt *rt) {
    if (!rt->backend->lists_large && rt->tracker.objects != NULL) {
        end_all(rt); /* their blocks are on nobody's list */
    }
    rt_gc_fini(rt);
    rt_free_lists_clear(rt);
    rt_intern_fini(rt);
    rt_gc_trace_fini(rt);
    rt_track_fini(rt);
}
