/* SPDX-License-Identifier: MIT
 *
 * ops_make.c: the words that bind a name: to something new, or to something that is there.
 *
 * Operand 0 is the name. What is bound before goes when the new object is there, as in Python.
 */
#include "workloads/ops_machine.h"

#define WORD(name)                                                                                 \
    void wl_ops_word_##name(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, \
                            uint32_t count)

#define BIT(kind) (1u << RT_KIND_##kind)
#define ANY       (~0u)

enum {
    MEMORY_MAX = 1 << 30,
    GENERATOR_SLOTS = 64
};

static void
drop_items(struct wl_ops_machine *machine, struct en_object *const *items, uint32_t count) {
    while (count-- > 0)
        en_decref(machine->heap, items[count]);
}

/* Values of the operands behind the first `skip`, of those kinds. */
static bool
take_items(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, uint32_t skip,
           uint32_t count, unsigned kinds, struct en_object **ret_items) {
    if (!wl_ops_charge(machine, 1 + count - skip))
        return false;
    for (uint32_t i = skip; i < count; i++) {
        ret_items[i - skip] = kinds == ANY ? wl_ops_value(machine, &operands[i])
                                           : wl_ops_value_of(machine, &operands[i], kinds);
        if (ret_items[i - skip] == NULL) {
            drop_items(machine, ret_items, i - skip);
            return false;
        }
    }
    return true;
}

/* ---- Numbers, text ------------------------------------------------------------------------------ */

WORD(int) {
    int64_t value;

    (void)count;
    if (wl_ops_number(machine, &operands[1], &value) && wl_ops_charge(machine, 1))
        wl_ops_bind(machine, operands, en_int(machine->heap, value));
}

WORD(float) {
    double value = machine->program->constants[operands[1].index].real;

    (void)count;
    if (wl_ops_charge(machine, 1))
        wl_ops_bind(machine, operands, en_float(machine->heap, value));
}

WORD(power) {
    int64_t bits;

    (void)count;
    if (wl_ops_number_within(machine, &operands[1], 0, EN_INT_BITS_MAX, 0, &bits) &&
        wl_ops_charge(machine, 1 + bits / 60))
        wl_ops_bind(machine, operands, en_int_power(machine->heap, (unsigned)bits));
}

static void
make_text(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, bool is_bytes) {
    char letters[WL_OPS_TEXT_BYTES];
    size_t length;

    if (wl_ops_expand(machine, operands[1].index, letters, &length) &&
        wl_ops_charge(machine, 1 + (int64_t)length / 8))
        wl_ops_bind(machine, operands,
                    is_bytes ? en_bytes(machine->heap, letters, length)
                             : en_str(machine->heap, letters, length));
}

WORD(str) {
    (void)count;
    make_text(machine, operands, false);
}

WORD(bytes) {
    (void)count;
    make_text(machine, operands, true);
}

/* ---- Containers --------------------------------------------------------------------------------- */

WORD(tuple) {
    struct en_object *items[WL_OPS_OPERANDS];

    if (!take_items(machine, operands, 1, count, ANY, items))
        return;
    wl_ops_bind(machine, operands, en_tuple_pack(machine->heap, items, count - 1));
    drop_items(machine, items, count - 1);
}

WORD(list) {
    struct en_object *items[WL_OPS_OPERANDS];

    if (!take_items(machine, operands, 1, count, ANY, items))
        return;
    wl_ops_bind(machine, operands,
                count == 1 ? en_list_new(machine->heap, 0)
                           : en_list_pack(machine->heap, items, count - 1));
    drop_items(machine, items, count - 1);
}

WORD(dict) {
    struct en_object *items[WL_OPS_OPERANDS], *dict = NULL;
    bool is_good = take_items(machine, operands, 1, count, ANY, items);

    if (!is_good)
        return;
    for (uint32_t i = 0; i + 1 < count && is_good; i += 2)
        is_good = wl_ops_is_hashable(machine, &operands[i + 1], items[i]);
    if (is_good)
        dict = en_dict_new(machine->heap);
    for (uint32_t i = 0; i + 1 < count && dict != NULL; i += 2)
        if (en_dict_set(machine->heap, dict, items[i], items[i + 1]) != 0) {
            en_decref(machine->heap, dict);
            dict = NULL;
        }
    if (is_good)
        wl_ops_bind(machine, operands, dict);
    drop_items(machine, items, count - 1);
}

WORD(set) {
    struct en_object *items[WL_OPS_OPERANDS], *set = NULL;
    bool is_good = take_items(machine, operands, 1, count, ANY, items);

    if (!is_good)
        return;
    for (uint32_t i = 0; i + 1 < count && is_good; i++)
        is_good = wl_ops_is_hashable(machine, &operands[i + 1], items[i]);
    if (is_good)
        set = en_set_new(machine->heap);
    for (uint32_t i = 0; i + 1 < count && set != NULL; i++)
        if (en_set_add(machine->heap, set, items[i]) != 0) {
            en_decref(machine->heap, set);
            set = NULL;
        }
    if (is_good)
        wl_ops_bind(machine, operands, set);
    drop_items(machine, items, count - 1);
}

WORD(repeated) {
    struct en_object *item;
    int64_t length;

    (void)count;
    if (!wl_ops_number_within(machine, &operands[2], 0, INT32_MAX, 0, &length) ||
        !wl_ops_charge(machine, 1 + length))
        return;
    item = wl_ops_value(machine, &operands[1]);
    if (item == NULL)
        return;
    wl_ops_bind(machine, operands, en_list_repeat(machine->heap, item, (size_t)length));
    en_decref(machine->heap, item);
}

WORD(array) {
    int64_t length;

    (void)count;
    if (wl_ops_number_within(machine, &operands[2], 0, INT32_MAX, 0, &length) &&
        wl_ops_charge(machine, 1 + length))
        wl_ops_bind(
            machine, operands,
            en_array_new(machine->heap, (enum rt_array_code)operands[1].number, (size_t)length));
}

WORD(weakset) {
    (void)count;
    if (wl_ops_charge(machine, 4))
        wl_ops_bind(machine, operands, en_weak_set_new(machine->heap));
}

WORD(weakdict) {
    (void)count;
    if (wl_ops_charge(machine, 4))
        wl_ops_bind(machine, operands, en_weak_dict_new(machine->heap));
}

/* ---- What can be called ------------------------------------------------------------------------- */

WORD(cell) {
    struct en_object *value = NULL;

    (void)count;
    if (!wl_ops_charge(machine, 1))
        return;
    if (count > 1 && operands[1].type != WL_OPS_NOTHING) {
        value = wl_ops_value(machine, &operands[1]);
        if (value == NULL)
            return;
    }
    wl_ops_bind(machine, operands, en_cell_new(machine->heap, value));
    en_xdecref(machine->heap, value);
}

WORD(function) {
    (void)count;
    if (wl_ops_charge(machine, 1))
        wl_ops_bind(
            machine, operands,
            en_function_new(machine->heap, &wl_ops_routine(machine, &operands[1])->code, NULL));
}

WORD(closure) {
    struct en_object *items[WL_OPS_OPERANDS], *cells, *function = NULL;

    if (!take_items(machine, operands, 2, count, BIT(CELL), items))
        return;
    cells = en_tuple_pack(machine->heap, items, count - 2);
    if (cells != NULL)
        function =
            en_function_new(machine->heap, &wl_ops_routine(machine, &operands[1])->code, cells);
    wl_ops_bind(machine, operands, function);
    en_xdecref(machine->heap, cells);
    drop_items(machine, items, count - 2);
}

WORD(method) {
    struct en_object *function, *self;

    (void)count;
    if (!wl_ops_charge(machine, 1))
        return;
    function = wl_ops_value_of(machine, &operands[1], BIT(FUNCTION));
    if (function == NULL)
        return;
    self = wl_ops_value_of(machine, &operands[2], ANY & ~BIT(NONE));
    if (self != NULL) {
        wl_ops_bind(machine, operands, en_method_new(machine->heap, function, self));
        en_decref(machine->heap, self);
    }
    en_decref(machine->heap, function);
}

WORD(generator) {
    struct en_object *generator;
    int64_t items, slots;

    (void)count;
    if (!wl_ops_number_within(machine, &operands[1], 0, WL_OPS_GENERATOR_ITEMS, 0, &items) ||
        !wl_ops_number_within(machine, &operands[2], 0, GENERATOR_SLOTS, 0, &slots) ||
        !wl_ops_charge(machine, 1 + slots))
        return;
    generator = en_generator_new(machine->heap, wl_ops_resume,
                                 wl_ops_routine(machine, &operands[3]), (size_t)slots);
    if (generator != NULL)
        en_generator_set_position(generator, slots << 2 * WL_OPS_GENERATOR_BITS |
                                                 items << WL_OPS_GENERATOR_BITS);
    wl_ops_bind(machine, operands, generator);
}

WORD(next) {
    struct en_object *generator = wl_ops_value_of(machine, &operands[1], BIT(GENERATOR)), *item;

    (void)count;
    if (generator == NULL)
        return;
    if (wl_ops_is_running(machine, generator)) {
        wl_ops_complain_of(machine, &operands[1], "is running");
    } else if (wl_ops_charge(machine, 1)) {
        item = en_generator_next(machine->heap, generator);
        if (item != NULL) {
            wl_ops_bind(machine, operands, item);
        } else {
            (void)en_error(machine->heap);
            wl_ops_complain_of(machine, &operands[1], "has ended");
        }
    }
    en_decref(machine->heap, generator);
}

WORD(items) {
    struct en_object *generator = wl_ops_value_of(machine, &operands[1], BIT(GENERATOR));

    (void)count;
    if (generator == NULL)
        return;
    if (wl_ops_is_running(machine, generator))
        wl_ops_complain_of(machine, &operands[1], "is running");
    else if (wl_ops_charge(machine, 2 * (1 + wl_ops_generator_items(generator) -
                                         wl_ops_generator_given(generator))))
        wl_ops_bind(machine, operands, en_list_from_generator(machine->heap, generator));
    en_decref(machine->heap, generator);
}

WORD(call) {
    struct en_object *callable =
        wl_ops_value_of(machine, &operands[1], BIT(FUNCTION) | BIT(METHOD));
    struct en_object *argument = NULL;
    bool is_method;

    (void)count;
    if (callable == NULL)
        return;
    is_method = en_kind(machine->heap, callable) == RT_KIND_METHOD;
    if (is_method && operands[2].type != WL_OPS_NOTHING)
        wl_ops_complain_of(machine, &operands[1], "is a method, and has its argument");
    else if (is_method)
        wl_ops_bind(machine, operands, en_call(machine->heap, callable, NULL, 0));
    else if ((argument = operands[2].type == WL_OPS_NOTHING
                             ? en_incref(en_none(machine->heap))
                             : wl_ops_value(machine, &operands[2])) != NULL)
        wl_ops_bind(machine, operands, en_call(machine->heap, callable, &argument, 1));
    en_xdecref(machine->heap, argument);
    en_decref(machine->heap, callable);
}

/* ---- Instances, weak references, memory --------------------------------------------------------- */

WORD(new) {
    const struct wl_ops_class *row = &machine->program->classes[operands[1].index];
    struct en_object *instance;

    (void)count;
    if (!wl_ops_charge(machine, 2))
        return;
    instance = en_instance_new(machine->heap, machine->classes[operands[1].index]);
    if (instance != NULL && row->layout == WL_OPS_DICT &&
        en_instance_dict(machine->heap, instance) == NULL) {
        wl_ops_complain_of_engine(machine);
        en_decref(machine->heap, instance);
        return;
    }
    wl_ops_bind(machine, operands, instance);
}

static void
make_weakref(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
             struct en_object *callback) {
    struct en_object *referent = wl_ops_value(machine, &operands[1]);

    if (referent == NULL)
        return;
    if (wl_ops_takes_weakrefs(machine, &operands[1], referent))
        wl_ops_bind(machine, operands, en_weakref_new(machine->heap, referent, callback));
    en_decref(machine->heap, referent);
}

WORD(weakref) {
    struct en_object *callback = NULL;

    (void)count;
    if (!wl_ops_charge(machine, 2))
        return;
    if (operands[2].type == WL_OPS_BLOCK) {
        callback =
            en_function_new(machine->heap, &wl_ops_routine(machine, &operands[2])->code, NULL);
        if (callback == NULL) {
            wl_ops_complain_of_engine(machine);
            return;
        }
    }
    make_weakref(machine, operands, callback);
    en_xdecref(machine->heap, callback);
}

WORD(weakref_call) {
    struct en_object *callback = wl_ops_value_of(machine, &operands[2], BIT(FUNCTION));

    (void)count;
    if (callback == NULL)
        return;
    if (wl_ops_charge(machine, 1))
        make_weakref(machine, operands, callback);
    en_decref(machine->heap, callback);
}

WORD(deref) {
    struct en_object *holder = wl_ops_value_of(machine, &operands[1], BIT(WEAKREF) | BIT(CELL));
    struct en_object *held;

    (void)count;
    if (holder == NULL)
        return;
    held = en_kind(machine->heap, holder) == RT_KIND_CELL ? en_cell_get(machine->heap, holder)
                                                          : en_weakref_get(machine->heap, holder);
    wl_ops_bind(machine, operands, en_incref(held == NULL ? en_none(machine->heap) : held));
    en_decref(machine->heap, holder);
}

WORD(memory) {
    int64_t bytes;

    (void)count;
    if (wl_ops_number_within(machine, &operands[1], 1, MEMORY_MAX, 0, &bytes) &&
        wl_ops_charge(machine, 1 + bytes / 8))
        wl_ops_bind_memory(machine, operands, en_alloc(machine->heap, (size_t)bytes),
                           (size_t)bytes);
}

WORD(resize) {
    void *moved;
    int64_t bytes;
    uint32_t slot;

    (void)count;
    if (!wl_ops_number_within(machine, &operands[1], 1, MEMORY_MAX, 0, &bytes) ||
        !wl_ops_find_slot(machine, operands, true, &slot) || !wl_ops_charge(machine, 1 + bytes / 8))
        return;
    if (machine->variables[slot].memory_bytes == 0) {
        wl_ops_complain_of(machine, operands, "is no memory");
        return;
    }
    moved = en_realloc(machine->heap, machine->variables[slot].thing,
                       machine->variables[slot].memory_bytes, (size_t)bytes);
    if (moved == NULL)
        wl_ops_complain(machine, "resize", "found no memory");
    else
        machine->variables[slot] = (struct wl_ops_variable){moved, (size_t)bytes};
}

/* ---- Out of others ------------------------------------------------------------------------------ */

WORD(alias) {
    struct en_object *object = wl_ops_value(machine, &operands[1]);

    (void)count;
    if (object != NULL)
        wl_ops_bind(machine, operands, object);
}

WORD(copy) {
    struct en_object *object =
        wl_ops_value_of(machine, &operands[1], BIT(LIST) | BIT(DICT) | BIT(SET) | BIT(TUPLE));
    enum rt_kind kind;
    int64_t length;

    (void)count;
    if (object == NULL)
        return;
    kind = en_kind(machine->heap, object);
    length = wl_ops_length(machine, object, kind);
    if (!wl_ops_charge(machine, 1 + length))
        kind = RT_KIND_NONE;
    if (kind == RT_KIND_LIST)
        wl_ops_bind(machine, operands, en_list_slice(machine->heap, object, 0, (size_t)length));
    else if (kind == RT_KIND_DICT)
        wl_ops_bind(machine, operands, en_dict_copy(machine->heap, object));
    else if (kind == RT_KIND_SET)
        wl_ops_bind(machine, operands, en_set_copy(machine->heap, object));
    else if (kind == RT_KIND_TUPLE)
        wl_ops_bind(machine, operands, en_incref(object));
    en_decref(machine->heap, object);
}

WORD(slice) {
    struct en_object *object = wl_ops_value_of(machine, &operands[1], BIT(LIST) | BIT(STR));
    enum rt_kind kind;
    int64_t start, end, length;

    (void)count;
    if (object == NULL)
        return;
    kind = en_kind(machine->heap, object);
    length = wl_ops_length(machine, object, kind);
    if (wl_ops_number_within(machine, &operands[2], 0, length, 0, &start) &&
        wl_ops_number_within(machine, &operands[3], start, length, 0, &end) &&
        wl_ops_charge(machine, 1 + (kind == RT_KIND_LIST ? end - start : (end - start) / 8)))
        wl_ops_bind(machine, operands,
                    kind == RT_KIND_LIST
                        ? en_list_slice(machine->heap, object, (size_t)start, (size_t)end)
                        : en_str_slice(machine->heap, object, (size_t)start, (size_t)end));
    en_decref(machine->heap, object);
}

/* Two values of one kind. */
static bool
take_two(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, unsigned kinds,
         struct en_object *ret_two[2]) {
    ret_two[0] = wl_ops_value_of(machine, &operands[0], kinds);
    ret_two[1] = ret_two[0] == NULL ? NULL : wl_ops_value_of(machine, &operands[1], kinds);
    if (ret_two[1] != NULL)
        return true;
    en_xdecref(machine->heap, ret_two[0]);
    return false;
}

WORD(concat) {
    struct en_object *two[2];

    (void)count;
    if (!take_two(machine, &operands[1], BIT(STR), two))
        return;
    if (wl_ops_charge(machine, 1 + (int64_t)(en_str_length(two[0]) + en_str_length(two[1])) / 8))
        wl_ops_bind(machine, operands, en_str_concat(machine->heap, two[0], two[1]));
    drop_items(machine, two, 2);
}

WORD(sum) {
    struct en_object *two[2];

    (void)count;
    if (!take_two(machine, &operands[1], BIT(INT), two))
        return;
    if (wl_ops_charge(machine, 1 + en_sizeof(machine->heap, two[0]) / 8))
        wl_ops_bind(machine, operands, en_int_add(machine->heap, two[0], two[1]));
    drop_items(machine, two, 2);
}

WORD(objects) {
    struct en_object *list;
    int64_t generation;

    (void)count;
    if (!wl_ops_number_within(machine, &operands[1], 0, RT_GENERATIONS - 1, -1, &generation))
        return;
    if (machine->has_unfrozen) {
        wl_ops_complain(machine, NULL, "the engine's own objects are among the others");
        return;
    }
    list = en_gc_objects(machine->heap, (int)generation);
    if (list == NULL || wl_ops_charge(machine, 1 + (int64_t)en_list_length(list)))
        wl_ops_bind(machine, operands, list);
    else
        en_decref(machine->heap, list);
}

WORD(garbage) {
    struct en_object *garbage = en_gc_garbage(machine->heap);

    (void)count;
    wl_ops_bind(machine, operands, garbage == NULL ? NULL : en_incref(garbage));
}

WORD(class_of) {
    struct en_object *instance = wl_ops_value_of(machine, &operands[1], BIT(INSTANCE));

    (void)count;
    if (instance == NULL)
        return;
    wl_ops_bind(machine, operands, en_incref(en_class_of(instance)));
    en_decref(machine->heap, instance);
}
