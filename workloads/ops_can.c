/* SPDX-License-Identifier: MIT
 *
 * ops_can.c: what objects can do, found out without asking the engine to do it.
 *
 * Walks into tuples and lists are limited in depth and length, so that no script can build one that takes for ever
 * to hash or to compare, and where both engines would give up at different depths.
 */
#include "workloads/ops_machine.h"

enum {
    WALK_DEPTH = 20,
    WALK_ITEMS = 10000
};

#define BIT(kind) (1u << RT_KIND_##kind)

static const unsigned plain_kinds =
    BIT(NONE) | BIT(BOOL) | BIT(INT) | BIT(FLOAT) | BIT(STR) | BIT(BYTES);
static const unsigned identity_kinds = BIT(CLASS) | BIT(INSTANCE) | BIT(FUNCTION) | BIT(GENERATOR);

struct walk {
    struct wl_ops_machine *machine;
    unsigned leaves,
        branches; /* kinds that are good in themselves, and those that have to be looked into */
    int64_t left;
};

static const char *
judge(struct walk *walk, struct en_object *object, int depth) {
    enum rt_kind kind = object == NULL ? RT_KIND_COUNT : en_kind(walk->machine->heap, object);
    bool is_list = kind == RT_KIND_LIST;
    const char *why = NULL;
    size_t length;

    if ((walk->leaves >> kind & 1) != 0)
        return NULL;
    if ((walk->branches >> kind & 1) == 0)
        return "cannot be that: there is something in it, or it is something, that cannot";
    length = is_list ? en_list_length(object) : en_tuple_length(object);
    walk->left -= (int64_t)length;
    if (depth == WALK_DEPTH || walk->left < 0)
        return "is too deep or too large for that";
    for (size_t i = 0; i < length && why == NULL; i++)
        why = judge(walk, is_list ? en_list_get(object, i) : en_tuple_get(object, i), depth + 1);
    return why;
}

static bool
check(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
      struct en_object *object, unsigned leaves, unsigned branches) {
    struct walk walk = {machine, leaves, branches, WALK_ITEMS};
    const char *why = judge(&walk, object, 0);

    return why == NULL || wl_ops_complain_of(machine, operand, why);
}

bool
wl_ops_is_hashable(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                   struct en_object *object) {
    return check(machine, operand, object, plain_kinds | identity_kinds, BIT(TUPLE));
}

bool
wl_ops_is_comparable(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                     struct en_object *object) {
    return check(machine, operand, object, plain_kinds | identity_kinds, BIT(TUPLE) | BIT(LIST));
}

/* A hash that is the same in each run, which None's is not in CPython. */
bool
wl_ops_has_plain_hash(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                      struct en_object *object) {
    return check(machine, operand, object, plain_kinds & ~BIT(NONE), BIT(TUPLE));
}

const struct wl_ops_class *
wl_ops_class_of(const struct wl_ops_machine *machine, struct en_object *instance) {
    struct en_object *class_object = en_class_of(instance);

    for (uint32_t i = 0; i < machine->program->classes_count; i++)
        if (machine->classes[i] == class_object)
            return &machine->program->classes[i];
    return NULL;
}

bool
wl_ops_takes_weakrefs(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                      struct en_object *object) {
    const unsigned kinds =
        BIT(SET) | BIT(FUNCTION) | BIT(METHOD) | BIT(GENERATOR) | BIT(ARRAY) | BIT(INSTANCE);
    enum rt_kind kind = en_kind(machine->heap, object);
    const struct wl_ops_class *row =
        kind == RT_KIND_INSTANCE ? wl_ops_class_of(machine, object) : NULL;

    return ((kinds >> kind & 1) != 0 &&
            (kind != RT_KIND_INSTANCE || (row != NULL && row->has_weakref))) ||
           wl_ops_complain_of(machine, operand, "takes no weak references");
}

int64_t
wl_ops_length(struct wl_ops_machine *machine, struct en_object *object, enum rt_kind kind) {
    switch (kind) {
    case RT_KIND_STR:
        return (int64_t)en_str_length(object);
    case RT_KIND_BYTES:
        return (int64_t)en_bytes_length(object);
    case RT_KIND_TUPLE:
        return (int64_t)en_tuple_length(object);
    case RT_KIND_LIST:
        return (int64_t)en_list_length(object);
    case RT_KIND_DICT:
        return (int64_t)en_dict_length(object);
    case RT_KIND_SET:
        return (int64_t)en_set_length(object);
    case RT_KIND_ARRAY:
        return (int64_t)en_array_length(object);
    case RT_KIND_WEAK_SET:
        return (int64_t)en_weak_set_length(machine->heap, object);
    case RT_KIND_WEAK_DICT:
        return (int64_t)en_weak_dict_length(machine->heap, object);
    default:
        return -1;
    }
}
