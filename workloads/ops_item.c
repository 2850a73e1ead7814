/* SPDX-License-Identifier: MIT
 *
 * ops_item.c: the words about one item or attribute of an object: to get it, set it, delete it.
 *
 * Whether it is there is found out first, since asking an engine for what is not there costs objects.
 */
#include "workloads/ops_machine.h"

#include <string.h>

#define WORD(name)                                                                                 \
    void wl_ops_word_##name(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, \
                            uint32_t count)

#define BIT(kind) (1u << RT_KIND_##kind)

/* ---- Items -------------------------------------------------------------------------------------- */

/* A place in something of that length. */
static bool
take_index(struct wl_ops_machine *machine, const struct wl_ops_operand *operand, int64_t length,
           int64_t *ret_index) {
    struct en_object *key = NULL;
    bool is_good = true;

    if (operand->type == WL_OPS_EXPRESSION) {
        is_good = wl_ops_evaluate(machine, operand->index, ret_index);
    } else if (operand->type == WL_OPS_CONSTANT &&
               machine->program->constants[operand->index].type == WL_OPS_INT) {
        *ret_index = machine->program->constants[operand->index].integer;
    } else {
        key = wl_ops_value_of(machine, operand, BIT(INT));
        is_good = key != NULL && en_int_value(machine->heap, key, ret_index) == 0;
        if (key != NULL && !is_good) {
            (void)en_error(machine->heap);
            *ret_index = -1;
            is_good = true;
        }
        en_xdecref(machine->heap, key);
    }
    return is_good && ((*ret_index >= 0 && *ret_index < length) ||
                       wl_ops_complain_of(machine, operand, "is no place in it"));
}

/* A key, the caller's. */
static struct en_object *
take_key(struct wl_ops_machine *machine, const struct wl_ops_operand *operand) {
    struct en_object *key = wl_ops_value(machine, operand);

    if (key == NULL || wl_ops_is_hashable(machine, operand, key))
        return key;
    en_decref(machine->heap, key);
    return NULL;
}

static struct en_object *
array_item(struct wl_ops_machine *machine, struct en_object *array, size_t index) {
    return en_array_code(machine->heap, array) == RT_ARRAY_D
               ? en_float(machine->heap, en_array_get_double(array, index))
               : en_int(machine->heap, en_array_get_integer(array, index));
}

static void
get_by_key(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
           struct en_object *holder, enum rt_kind kind) {
    struct en_object *key = take_key(machine, &operands[2]), *value;

    if (key == NULL)
        return;
    value = kind == RT_KIND_DICT ? en_dict_get(machine->heap, holder, key)
                                 : en_weak_dict_get(machine->heap, holder, key);
    if (value != NULL) {
        wl_ops_bind(machine, operands, kind == RT_KIND_DICT ? en_incref(value) : value);
    } else {
        (void)en_error(machine->heap);
        wl_ops_complain_of(machine, &operands[2], "is no key of it");
    }
    en_decref(machine->heap, key);
}

WORD(get) {
    const unsigned kinds =
        BIT(LIST) | BIT(TUPLE) | BIT(ARRAY) | BIT(GENERATOR) | BIT(DICT) | BIT(WEAK_DICT);
    struct en_object *holder = wl_ops_value_of(machine, &operands[1], kinds), *item;
    enum rt_kind kind;
    int64_t index, length;

    (void)count;
    if (holder == NULL)
        return;
    kind = en_kind(machine->heap, holder);
    if (kind == RT_KIND_DICT || kind == RT_KIND_WEAK_DICT) {
        get_by_key(machine, operands, holder, kind);
    } else {
        length = kind == RT_KIND_GENERATOR ? wl_ops_generator_slots(holder)
                                           : wl_ops_length(machine, holder, kind);
        if (take_index(machine, &operands[2], length, &index)) {
            if (kind == RT_KIND_ARRAY) {
                item = array_item(machine, holder, (size_t)index);
            } else {
                item = kind == RT_KIND_LIST    ? en_list_get(holder, (size_t)index)
                       : kind == RT_KIND_TUPLE ? en_tuple_get(holder, (size_t)index)
                                               : en_generator_slot(holder, (size_t)index);
                item = en_incref(item == NULL ? en_none(machine->heap) : item);
            }
            wl_ops_bind(machine, operands, item);
        }
    }
    en_decref(machine->heap, holder);
}

/* A number as the array has it; `index` -1: at its end. */
static void
set_number(struct wl_ops_machine *machine, struct en_object *array, int64_t index,
           const struct wl_ops_operand *operand, struct en_object *value) {
    bool is_double = en_array_code(machine->heap, array) == RT_ARRAY_D;
    enum rt_kind kind = en_kind(machine->heap, value);
    int64_t integer = 0;
    int error;

    if (kind != (is_double ? RT_KIND_FLOAT : RT_KIND_INT) ||
        (!is_double && en_int_value(machine->heap, value, &integer) != 0) ||
        (en_array_code(machine->heap, array) == RT_ARRAY_I &&
         (integer < INT32_MIN || integer > INT32_MAX))) {
        (void)en_error(machine->heap);
        wl_ops_complain_of(machine, operand, "does not fit into the array");
        return;
    }
    if (is_double)
        error = index < 0 ? en_array_append_double(machine->heap, array, en_float_value(value))
                          : en_array_set_double(machine->heap, array, (size_t)index,
                                                en_float_value(value));
    else
        error = index < 0 ? en_array_append_integer(machine->heap, array, integer)
                          : en_array_set_integer(machine->heap, array, (size_t)index, integer);
    if (error != 0)
        wl_ops_complain_of_engine(machine);
}

static void
set_by_key(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
           struct en_object *holder, enum rt_kind kind, struct en_object *value) {
    struct en_object *key = take_key(machine, &operands[1]);
    int error = 0;

    if (key == NULL)
        return;
    if (kind == RT_KIND_DICT)
        error = en_dict_set(machine->heap, holder, key, value);
    else if (wl_ops_takes_weakrefs(machine, &operands[2], value))
        error = en_weak_dict_set(machine->heap, holder, key, value);
    if (error != 0)
        wl_ops_complain_of_engine(machine);
    en_decref(machine->heap, key);
}

static void
set_by_place(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
             struct en_object *holder, enum rt_kind kind, struct en_object *value) {
    int64_t index, length = kind == RT_KIND_GENERATOR ? wl_ops_generator_slots(holder)
                                                      : wl_ops_length(machine, holder, kind);

    if (!take_index(machine, &operands[1], length, &index))
        return;
    if (kind == RT_KIND_LIST)
        en_list_set(machine->heap, holder, (size_t)index, value);
    else if (kind == RT_KIND_ARRAY)
        set_number(machine, holder, index, &operands[2], value);
    else
        en_generator_set_slot(machine->heap, holder, (size_t)index, value);
}

static void
set_item(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, unsigned kinds) {
    struct en_object *holder = wl_ops_value_of(machine, &operands[0], kinds), *value;
    enum rt_kind kind;

    if (holder == NULL)
        return;
    kind = en_kind(machine->heap, holder);
    value = wl_ops_charge(machine, 1) ? wl_ops_value(machine, &operands[2]) : NULL;
    if (value != NULL && (kind == RT_KIND_DICT || kind == RT_KIND_WEAK_DICT))
        set_by_key(machine, operands, holder, kind, value);
    else if (value != NULL)
        set_by_place(machine, operands, holder, kind, value);
    en_xdecref(machine->heap, value);
    en_decref(machine->heap, holder);
}

WORD(item) {
    (void)count;
    set_item(machine, operands, BIT(LIST) | BIT(ARRAY) | BIT(GENERATOR));
}

WORD(key) {
    (void)count;
    set_item(machine, operands, BIT(DICT) | BIT(WEAK_DICT));
}

WORD(append) {
    struct en_object *list = wl_ops_value_of(machine, &operands[0], BIT(LIST) | BIT(ARRAY));
    struct en_object *value;

    (void)count;
    if (list == NULL)
        return;
    value = wl_ops_charge(machine, 1) ? wl_ops_value(machine, &operands[1]) : NULL;
    if (value != NULL && en_kind(machine->heap, list) == RT_KIND_ARRAY)
        set_number(machine, list, -1, &operands[1], value);
    else if (value != NULL && en_list_append(machine->heap, list, value) != 0)
        wl_ops_complain_of_engine(machine);
    en_xdecref(machine->heap, value);
    en_decref(machine->heap, list);
}

WORD(del) {
    struct en_object *holder = wl_ops_value_of(machine, &operands[0], BIT(LIST) | BIT(DICT)), *key;
    int64_t index;

    (void)count;
    if (holder == NULL)
        return;
    if (en_kind(machine->heap, holder) == RT_KIND_LIST) {
        if (take_index(machine, &operands[1], (int64_t)en_list_length(holder), &index) &&
            en_list_delete(machine->heap, holder, (size_t)index, (size_t)index + 1) != 0)
            wl_ops_complain_of_engine(machine);
    } else if ((key = take_key(machine, &operands[1])) != NULL) {
        if (en_dict_get(machine->heap, holder, key) == NULL) {
            (void)en_error(machine->heap);
            wl_ops_complain_of(machine, &operands[1], "is no key of it");
        } else if (en_dict_delete(machine->heap, holder, key) != 0) {
            wl_ops_complain_of_engine(machine);
        }
        en_decref(machine->heap, key);
    }
    en_decref(machine->heap, holder);
}

WORD(del_slice) {
    struct en_object *list = wl_ops_value_of(machine, &operands[0], BIT(LIST));
    int64_t start, end, length;

    (void)count;
    if (list == NULL)
        return;
    length = (int64_t)en_list_length(list);
    if (wl_ops_number_within(machine, &operands[1], 0, length, 0, &start) &&
        wl_ops_number_within(machine, &operands[2], start, length, 0, &end) &&
        en_list_delete(machine->heap, list, (size_t)start, (size_t)end) != 0)
        wl_ops_complain_of_engine(machine);
    en_decref(machine->heap, list);
}

/* ---- Attributes --------------------------------------------------------------------------------- */

/* It is one of the class's slots, or of a base's. Names are interned, and so one object. */
static bool
is_slot(const struct wl_ops_machine *machine, const struct wl_ops_class *row,
        const struct en_object *name) {
    const struct wl_ops_class *classes = machine->program->classes;

    for (; row != NULL; row = row->base == 0 ? NULL : &classes[row->base - 1]) {
        struct en_object *const *names =
            machine->slot_names + (row - classes) * (ptrdiff_t)WL_OPS_SLOT_NAMES;
        for (uint32_t i = 0; row->layout == WL_OPS_SLOTS && i < row->attribute_count; i++)
            if (names[i] == name)
                return true;
    }
    return false;
}

static bool
is_class_name(const struct wl_ops_machine *machine, const struct en_object *name) {
    for (uint32_t i = 0; i < machine->class_name_count; i++)
        if (machine->class_names[i] == name)
            return true;
    return false;
}

static void
set_class_attribute(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                    struct en_object *class_object, struct en_object *name,
                    struct en_object *value) {
    uint32_t i = 0;

    for (uint32_t k = 0; k < machine->program->classes_count; k++)
        if (is_slot(machine, &machine->program->classes[k], name)) {
            wl_ops_complain_of(machine, &operands[1], "is a slot of a class");
            return;
        }
    while (i < machine->class_name_count &&
           (machine->class_names[i] != name || machine->class_owners[i] != class_object))
        i++;
    if (i == WL_OPS_CLASS_NAMES) {
        wl_ops_complain(machine, NULL, "more than 64 attributes of classes");
        return;
    }
    if (i == machine->class_name_count) {
        machine->class_names[i] = en_incref(name);
        machine->class_owners[i] = class_object;
        machine->class_name_count++;
    }
    if (en_class_set(machine->heap, class_object, name, value) != 0)
        wl_ops_complain_of_engine(machine);
}

static void
set_attribute(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
              struct en_object *holder, struct en_object *name, struct en_object *value) {
    const struct wl_ops_class *row;

    if (en_kind(machine->heap, holder) == RT_KIND_CLASS) {
        set_class_attribute(machine, operands, holder, name, value);
        return;
    }
    row = wl_ops_class_of(machine, holder);
    if (row == NULL || (!row->has_dict && !is_slot(machine, row, name)))
        wl_ops_complain_of(machine, &operands[1], "is no attribute that it can have");
    else if (en_attr_set(machine->heap, holder, name, value) != 0)
        wl_ops_complain_of_engine(machine);
}

WORD(attr) {
    struct en_object *holder = wl_ops_value_of(machine, &operands[0], BIT(INSTANCE) | BIT(CLASS));
    struct en_object *name = NULL, *value = NULL;

    (void)count;
    if (holder == NULL)
        return;
    if (wl_ops_is_dict_attribute(machine, &operands[1]))
        wl_ops_complain_of(machine, &operands[1], "is not to be set");
    else if (wl_ops_charge(machine, 1) &&
             (name = wl_ops_attribute(machine, &operands[1])) != NULL &&
             (value = wl_ops_value(machine, &operands[2])) != NULL)
        set_attribute(machine, operands, holder, name, value);
    en_xdecref(machine->heap, value);
    en_xdecref(machine->heap, name);
    en_decref(machine->heap, holder);
}

/* The instance and the name of an attribute that it has. */
static bool
take_attribute(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
               struct en_object **ret_instance, struct en_object **ret_name) {
    int is_there;

    *ret_instance = wl_ops_value_of(machine, &operands[0], BIT(INSTANCE));
    if (*ret_instance == NULL)
        return false;
    *ret_name = wl_ops_attribute(machine, &operands[1]);
    if (*ret_name != NULL) {
        is_there = en_attr_has(machine->heap, *ret_instance, *ret_name);
        if (is_there == 1)
            return true;
        if (is_there < 0)
            wl_ops_complain_of_engine(machine);
        else
            wl_ops_complain_of(machine, &operands[1], "is no attribute of it");
        en_decref(machine->heap, *ret_name);
    }
    en_decref(machine->heap, *ret_instance);
    return false;
}

static void
get_dict(struct wl_ops_machine *machine, const struct wl_ops_operand *operands) {
    struct en_object *instance = wl_ops_value_of(machine, &operands[1], BIT(INSTANCE)), *dict;
    const struct wl_ops_class *row;

    if (instance == NULL)
        return;
    row = wl_ops_class_of(machine, instance);
    if (row == NULL || !row->has_dict) {
        wl_ops_complain_of(machine, &operands[1], "has no dict");
    } else if (wl_ops_charge(machine, 1)) {
        dict = en_instance_dict(machine->heap, instance);
        wl_ops_bind(machine, operands, dict == NULL ? NULL : en_incref(dict));
    }
    en_decref(machine->heap, instance);
}

WORD(get_attr) {
    struct en_object *instance, *name;

    (void)count;
    if (wl_ops_is_dict_attribute(machine, &operands[2])) {
        get_dict(machine, operands);
    } else if (take_attribute(machine, &operands[1], &instance, &name)) {
        wl_ops_bind(machine, operands, en_attr_get(machine->heap, instance, name));
        en_decref(machine->heap, name);
        en_decref(machine->heap, instance);
    }
}

WORD(del_attr) {
    struct en_object *instance, *name;

    (void)count;
    if (wl_ops_is_dict_attribute(machine, &operands[1])) {
        wl_ops_complain_of(machine, &operands[1], "is not to be deleted");
    } else if (take_attribute(machine, operands, &instance, &name)) {
        /* Whether the instance has one as well could only be found out by trying. */
        if (is_class_name(machine, name))
            wl_ops_complain_of(machine, &operands[1], "is an attribute of a class");
        else if (en_attr_delete(machine->heap, instance, name) != 0)
            wl_ops_complain_of_engine(machine);
        en_decref(machine->heap, name);
        en_decref(machine->heap, instance);
    }
}
