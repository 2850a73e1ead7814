/* SPDX-License-Identifier: MIT
 *
 * ops_change.c: the words that change an object as a whole, or what a name is bound to.
 */
#include "workloads/ops_machine.h"

#define WORD(name)                                                                                 \
    void wl_ops_word_##name(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, \
                            uint32_t count)

#define BIT(kind) (1u << RT_KIND_##kind)

/* Complains when the engine has failed. */
static void
require(struct wl_ops_machine *machine, int error) {
    if (error < 0)
        wl_ops_complain_of_engine(machine);
}

/* ---- Names -------------------------------------------------------------------------------------- */

WORD(drop) {
    uint32_t slot;

    for (uint32_t i = 0; i < count; i++)
        if (wl_ops_find_slot(machine, &operands[i], true, &slot))
            wl_ops_unbind(machine, slot);
}

/* The str that a name is bound to, which leaves the name for as long. */
static struct en_object *
take_str(struct wl_ops_machine *machine, const struct wl_ops_operand *operand) {
    struct en_object *string = wl_ops_value_of(machine, operand, BIT(STR));
    uint32_t slot;

    if (string == NULL || !wl_ops_find_slot(machine, operand, true, &slot))
        return string;
    wl_ops_unbind(machine, slot);
    return string;
}

WORD(grow) {
    struct en_object *more = wl_ops_value_of(machine, &operands[1], BIT(STR)), *string;

    (void)count;
    if (more == NULL)
        return;
    string = take_str(machine, &operands[0]);
    if (string != NULL) {
        if (wl_ops_charge(machine, 1 + (int64_t)en_str_length(more) / 8) &&
            en_str_append(machine->heap, &string, more) != 0)
            wl_ops_complain_of_engine(machine);
        wl_ops_bind(machine, &operands[0], string);
    }
    en_decref(machine->heap, more);
}

WORD(intern) {
    struct en_object *string = take_str(machine, &operands[0]);

    (void)count;
    if (string == NULL)
        return;
    en_str_intern(machine->heap, &string);
    wl_ops_bind(machine, &operands[0], string);
}

/* ---- Lists -------------------------------------------------------------------------------------- */

WORD(insert) {
    struct en_object *list = wl_ops_value_of(machine, &operands[0], BIT(LIST)), *value;
    int64_t index;

    (void)count;
    if (list == NULL)
        return;
    if (wl_ops_number_within(machine, &operands[1], 0, INT64_MAX, 0, &index) &&
        wl_ops_charge(machine, 1 + (int64_t)en_list_length(list) / 64)) {
        value = wl_ops_value(machine, &operands[2]);
        if (value != NULL)
            require(machine, en_list_insert(machine->heap, list, (size_t)index, value));
        en_xdecref(machine->heap, value);
    }
    en_decref(machine->heap, list);
}

WORD(extend) {
    struct en_object *list = wl_ops_value_of(machine, &operands[0], BIT(LIST)), *more;

    (void)count;
    if (list == NULL)
        return;
    more = wl_ops_value_of(machine, &operands[1], BIT(LIST) | BIT(TUPLE));
    if (more != NULL &&
        wl_ops_charge(machine, wl_ops_length(machine, more, en_kind(machine->heap, more))))
        require(machine, en_list_extend(machine->heap, list, more));
    en_xdecref(machine->heap, more);
    en_decref(machine->heap, list);
}

WORD(reverse) {
    struct en_object *list = wl_ops_value_of(machine, &operands[0], BIT(LIST));

    (void)count;
    if (list == NULL)
        return;
    if (wl_ops_charge(machine, (int64_t)en_list_length(list) / 64))
        en_list_reverse(machine->heap, list);
    en_decref(machine->heap, list);
}

/* What leaves a list or set; NULL: has complained. */
static struct en_object *
remove_one(struct wl_ops_machine *machine, const struct wl_ops_operand *operands) {
    struct en_object *holder = wl_ops_value_of(machine, &operands[0], BIT(LIST) | BIT(SET));
    struct en_object *item = NULL;
    int64_t length, index;
    bool is_set;

    if (holder == NULL)
        return NULL;
    is_set = en_kind(machine->heap, holder) == RT_KIND_SET;
    length = (int64_t)(is_set ? en_set_length(holder) : en_list_length(holder));
    if (length == 0) {
        wl_ops_complain_of(machine, &operands[0], "is empty");
    } else if (is_set && operands[1].type != WL_OPS_NOTHING) {
        wl_ops_complain_of(machine, &operands[0], "is a set, which has no places");
    } else if (wl_ops_number_within(machine, &operands[1], 0, length - 1, length - 1, &index) &&
               wl_ops_charge(machine, is_set ? 0 : (length - index) / 64)) {
        item = is_set ? en_set_pop(machine->heap, holder)
                      : en_list_pop(machine->heap, holder, (size_t)index);
        if (item == NULL)
            wl_ops_complain_of_engine(machine);
    }
    en_decref(machine->heap, holder);
    return item;
}

WORD(pop) {
    (void)count;
    en_xdecref(machine->heap, remove_one(machine, operands));
}

WORD(take) {
    struct en_object *item = remove_one(machine, &operands[1]);

    (void)count;
    if (item != NULL)
        wl_ops_bind(machine, operands, item);
}

/* ---- Dicts, sets, cells ------------------------------------------------------------------------- */

WORD(update) {
    struct en_object *dict = wl_ops_value_of(machine, &operands[0], BIT(DICT)), *other;

    (void)count;
    if (dict == NULL)
        return;
    other = wl_ops_value_of(machine, &operands[1], BIT(DICT));
    if (other != NULL && wl_ops_charge(machine, (int64_t)en_dict_length(other)))
        require(machine, en_dict_update(machine->heap, dict, other));
    en_xdecref(machine->heap, other);
    en_decref(machine->heap, dict);
}

WORD(clear) {
    struct en_object *object =
        wl_ops_value_of(machine, &operands[0], BIT(LIST) | BIT(DICT) | BIT(SET) | BIT(CELL));

    (void)count;
    if (object == NULL)
        return;
    switch (en_kind(machine->heap, object)) {
    case RT_KIND_LIST:
        en_list_clear(machine->heap, object);
        break;
    case RT_KIND_DICT:
        en_dict_clear(machine->heap, object);
        break;
    case RT_KIND_SET:
        en_set_clear(machine->heap, object);
        break;
    default:
        en_cell_set(machine->heap, object, NULL);
    }
    en_decref(machine->heap, object);
}

/* A set and a member that it can have. */
static bool
take_member(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
            struct en_object **ret_set, struct en_object **ret_member) {
    bool is_good;

    *ret_set = wl_ops_value_of(machine, &operands[0], BIT(SET) | BIT(WEAK_SET));
    if (*ret_set == NULL)
        return false;
    *ret_member = wl_ops_value(machine, &operands[1]);
    if (*ret_member != NULL) {
        is_good = en_kind(machine->heap, *ret_set) == RT_KIND_SET ||
                  wl_ops_takes_weakrefs(machine, &operands[1], *ret_member);
        if (is_good && wl_ops_is_hashable(machine, &operands[1], *ret_member) &&
            wl_ops_charge(machine, 1))
            return true;
        en_decref(machine->heap, *ret_member);
    }
    en_decref(machine->heap, *ret_set);
    return false;
}

WORD(add) {
    struct en_object *set, *member;

    (void)count;
    if (!take_member(machine, operands, &set, &member))
        return;
    require(machine, en_kind(machine->heap, set) == RT_KIND_SET
                         ? en_set_add(machine->heap, set, member)
                         : en_weak_set_add(machine->heap, set, member));
    en_decref(machine->heap, member);
    en_decref(machine->heap, set);
}

WORD(discard) {
    struct en_object *set, *member;

    (void)count;
    if (!take_member(machine, operands, &set, &member))
        return;
    require(machine, en_kind(machine->heap, set) == RT_KIND_SET
                         ? en_set_discard(machine->heap, set, member)
                         : en_weak_set_discard(machine->heap, set, member));
    en_decref(machine->heap, member);
    en_decref(machine->heap, set);
}

WORD(put) {
    struct en_object *cell = wl_ops_value_of(machine, &operands[0], BIT(CELL)), *value;

    (void)count;
    if (cell == NULL)
        return;
    value = wl_ops_value(machine, &operands[1]);
    if (value != NULL)
        en_cell_set(machine->heap, cell, value);
    en_xdecref(machine->heap, value);
    en_decref(machine->heap, cell);
}

WORD(position) {
    struct en_object *generator = wl_ops_value_of(machine, &operands[0], BIT(GENERATOR));
    int64_t given, kept;

    (void)count;
    if (generator == NULL)
        return;
    if (wl_ops_number_within(machine, &operands[1], 0, wl_ops_generator_items(generator), 0,
                             &given)) {
        kept = en_generator_position(generator) & ~(int64_t)WL_OPS_GENERATOR_ITEMS;
        en_generator_set_position(generator, kept | given);
    }
    en_decref(machine->heap, generator);
}

/* ---- The collector ------------------------------------------------------------------------------ */

WORD(gc_collect) {
    int64_t generation;

    (void)count;
    if (wl_ops_number_within(machine, &operands[0], 0, RT_GENERATIONS - 1, RT_GENERATIONS - 1,
                             &generation) &&
        en_gc_collect(machine->heap, (int)generation) < 0)
        wl_ops_complain_of_engine(machine);
}

WORD(gc_enable) {
    (void)operands;
    (void)count;
    en_gc_enable(machine->heap);
}

WORD(gc_disable) {
    (void)operands;
    (void)count;
    en_gc_disable(machine->heap);
}

WORD(gc_threshold) {
    int64_t thresholds[RT_GENERATIONS];

    (void)count;
    for (int i = 0; i < RT_GENERATIONS; i++)
        if (!wl_ops_number_within(machine, &operands[i], INT32_MIN, INT32_MAX, 0, &thresholds[i]))
            return;
    en_gc_set_thresholds(machine->heap, thresholds);
}

WORD(gc_freeze) {
    (void)operands;
    (void)count;
    en_gc_freeze(machine->heap);
    machine->has_unfrozen = false;
    machine->hidden_frozen += machine->hidden_objects;
    machine->hidden_objects = 0;
}

WORD(gc_unfreeze) {
    (void)operands;
    (void)count;
    en_gc_unfreeze(machine->heap);
    machine->has_unfrozen = true;
    machine->hidden_objects += machine->hidden_frozen;
    machine->hidden_frozen = 0;
}

/* What there is then is the engine's own, and figures begin again. */
void
wl_ops_settle(struct wl_ops_machine *machine) {
    /* An interpreter makes something for itself when it is asked for the first time. */
    en_xdecref(machine->heap, en_gc_objects(machine->heap, -1));
    en_settle(machine->heap);
    machine->has_unfrozen = false;
    machine->hidden_objects = 0;
    machine->hidden_frozen = (int64_t)en_gc_frozen_count(machine->heap);
    for (int i = 0; i < RT_GENERATIONS; i++)
        en_gc_stats_read(machine->heap, i, &machine->stats[i]);
}

WORD(gc_settle) {
    (void)operands;
    (void)count;
    wl_ops_settle(machine);
}

WORD(gc_safe) {
    (void)operands;
    (void)count;
    en_safe_point(machine->heap);
}

WORD(gc_manual) {
    (void)operands;
    (void)count;
    (void)en_manual_point(machine->heap);
}

WORD(gc_idle) {
    (void)operands;
    (void)count;
    (void)en_idle_window(machine->heap);
}
