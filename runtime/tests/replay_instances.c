/* SPDX-License-Identifier: MIT
 *
 * replay_instances.c: recipes for classes, their instances, and what can be called. sizes.py describes the
 * series.
 */
#include "runtime/tests/replay.h"

#include <stdio.h>

enum {
    INSTANCES = 40,
    SETTLED_NAMES = 2,
};

/* ---- Classes and instances ---------------------------------------------------------------------- */

static struct rt_object *
new_class(struct replay *replay, const struct rt_class_spec *spec) {
    struct rt_class_spec named = *spec;

    named.name = "C";
    return replay_have(rt_class_new(replay->rt, &named));
}

static struct rt_object *
plain_class(struct replay *replay) {
    return new_class(replay, &(struct rt_class_spec){.slots = NULL});
}

/* Slots a0 ... a<count-1>, and what the flags of the specification say. */
static struct rt_object *
slots_class(struct replay *replay, long count, struct rt_class_spec spec) {
    const char *slots[REPLAY_NAME_COUNT] = {NULL};

    assert_true(count <= REPLAY_NAME_COUNT);
    for (long i = 0; i < count; i++)
        slots[i] = rt_str_data(replay->names[i]); /* ASCII, ended by a zero */
    spec.slots = slots;
    spec.slot_count = (size_t)count;
    return new_class(replay, &spec);
}

static void
set_names(struct replay *replay, struct rt_object *instance, struct rt_object *const *names,
          long count) {
    for (long i = 0; i < count; i++)
        assert_int_equal(rt_attr_set(replay->rt, instance, names[i], replay_none(replay)), 0);
}

/* With a0 ... a<count-1>. */
static struct rt_object *
new_instance(struct replay *replay, struct rt_object *class_object, long count) {
    struct rt_object *instance = replay_have(rt_instance_new(replay->rt, class_object));

    set_names(replay, instance, replay->names, count);
    return instance;
}

/* Has had 40 instances, each with a0 and a1. */
static struct rt_object *
settled_class(struct replay *replay) {
    struct rt_object *class_object = plain_class(replay);

    for (int i = 0; i < INSTANCES; i++)
        rt_decref(replay->rt, new_instance(replay, class_object, SETTLED_NAMES));
    return class_object;
}

/* The instance, or its __dict__ in the series named after that. */
static struct rt_object *
plain_or_dict(struct replay *replay) {
    if (strcmp(replay->word, "dict") != 0)
        return replay->subject;
    return replay_have(rt_instance_dict(replay->rt, replay->subject));
}

/* ---- Attributes --------------------------------------------------------------------------------- */

static struct rt_object *
begin_with_dict_slot(struct replay *replay) {
    return slots_class(replay, 0, (struct rt_class_spec){.has_dict = true});
}

static struct rt_object *
make_instance(struct replay *replay) {
    return new_instance(replay, replay->kept, replay->n);
}

static const struct replay_recipe instances[] = {
    {.pattern = "instance.@.#",
     .make = make_instance,
     .begin = plain_class,
     .measured = plain_or_dict},
    {.pattern = "slotdict.@.#",
     .make = make_instance,
     .begin = begin_with_dict_slot,
     .measured = plain_or_dict},
};

const struct replay_group replay_instances = REPLAY_GROUP(instances);

/* ---- Slots -------------------------------------------------------------------------------------- */

/* `how` says whether with __weakref__. */
static void
prepare_slots_class(struct replay *replay) {
    replay->given[0] = slots_class(replay, replay->step,
                                   (struct rt_class_spec){.has_weakref = replay->recipe->how != 0});
}

static struct rt_object *
make_slotted(struct replay *replay) {
    return new_instance(replay, replay->given[0], replay->step);
}

static const struct replay_recipe slots[] = {
    {.pattern = "slots", .make = make_slotted, .prepare = prepare_slots_class, .how = false},
    {.pattern = "slots_weakref", .make = make_slotted, .prepare = prepare_slots_class, .how = true},
};

const struct replay_group replay_slots = REPLAY_GROUP(slots);

/* ---- Deviations --------------------------------------------------------------------------------- */

static void
insert_key(struct replay *replay, struct rt_object *instance, struct rt_object *key) {
    struct rt_object *dict = replay_have(rt_instance_dict(replay->rt, instance));

    assert_int_equal(rt_dict_set(replay->rt, dict, key, replay_none(replay)), 0);
}

static void
pop_item(struct replay *replay, struct rt_object *instance) {
    struct rt_object *dict = replay_have(rt_instance_dict(replay->rt, instance)), *key, *value;

    assert_int_equal(rt_dict_popitem(replay->rt, dict, &key, &value), 0);
    rt_decref(replay->rt, key);
    rt_decref(replay->rt, value);
}

static void
replace_dict(struct replay *replay, struct rt_object *instance) {
    struct rt_object *dict = replay_have(rt_dict_new(replay->rt));

    assert_int_equal(rt_instance_set_dict(replay->rt, instance, dict), 0);
    rt_decref(replay->rt, dict);
}

/* The first letter says what is done with the name after it:
 *   +  -   the attribute is set, or deleted
 *   K  D   the key is inserted into the instance's dict, or deleted from it
 *   1      the key 1 is inserted into it
 *   P C R  the dict's popitem(); its clear(); it is replaced by an empty one */
static void
act(struct replay *replay, struct rt_object *instance, const char *word) {
    struct rt_object *name = replay_have(rt_str_name(replay->rt, word + 1));
    struct rt_object *one = replay_have(rt_int_new(replay->rt, 1));

    switch (*word) {
    case '+':
        set_names(replay, instance, &name, 1);
        break;
    case '-':
        assert_int_equal(rt_attr_delete(replay->rt, instance, name), 0);
        break;
    case 'K':
        insert_key(replay, instance, name);
        break;
    case 'D':
        assert_int_equal(rt_dict_delete(replay->rt, rt_instance_dict(replay->rt, instance), name),
                         0);
        break;
    case '1':
        insert_key(replay, instance, one);
        break;
    case 'P':
        pop_item(replay, instance);
        break;
    case 'C':
        rt_dict_clear(replay->rt, rt_instance_dict(replay->rt, instance));
        break;
    case 'R':
        replace_dict(replay, instance);
        break;
    default:
        fail_msg("%s", word);
    }
    rt_decref(replay->rt, one);
    rt_decref(replay->rt, name);
}

static void
prepare_settled_class(struct replay *replay) {
    replay->given[0] = settled_class(replay);
}

/* The first things of the recipe's text, as many as the step says, are done to an instance. */
static struct rt_object *
make_deviating(struct replay *replay) {
    struct rt_object *instance = new_instance(replay, replay->given[0], SETTLED_NAMES);
    const char *text = replay->recipe->text;

    for (long i = 0; i < replay->step; i++) {
        char word[8];
        int length = 0;

        assert_int_equal(sscanf(text, " %7s%n", word, &length), 1);
        act(replay, instance, word);
        text += length;
    }
    return instance;
}

/* Another instance with s extra names lives meanwhile. */
static void
prepare_deviating_other(struct replay *replay) {
    replay->given[0] = settled_class(replay);
    replay->given[1] = new_instance(replay, replay->given[0], SETTLED_NAMES);
    set_names(replay, replay->given[1], replay->extras, replay->step);
}

static struct rt_object *
make_bystander(struct replay *replay) {
    return new_instance(replay, replay->given[0], SETTLED_NAMES);
}

static struct rt_object *
make_bystander_elsewhere(struct replay *replay) {
    struct rt_object *instance = make_bystander(replay);

    set_names(replay, instance, &replay->extras[replay->step], 1);
    return instance;
}

#define DEVIATION(thing, words)                                                                    \
    {                                                                                              \
        .pattern = "deviate.@." thing, .make = make_deviating, .prepare = prepare_settled_class,   \
        .measured = plain_or_dict, .text = (words)                                                 \
    }

static const struct replay_recipe deviations[] = {
    DEVIATION("extra_name", "+z0 +z1 +z2 +z3 +z4 +z5 +z6 +z7 +z8 +z9 +z10"),
    DEVIATION("delete", "-a0 +a0 -a1 +z0 +z1 +z2"),
    DEVIATION("delete_all", "-a0 -a1 +a0 +z0 +z1 +z2"),
    DEVIATION("dict_key", "Kz0 Kz1 Kz2 Kz3 Kz4 Kz5 Kz6 Kz7"),
    DEVIATION("dict_int_key", "1 +z0 +z1 +z2 +z3 +z4 +z5 +z6 +z7"),
    DEVIATION("dict_popitem", "P +z0 +z1 +z2 +z3 +z4 +z5 +z6 +z7"),
    DEVIATION("dict_delete", "Da0 +z0 +z1 +z2"),
    DEVIATION("dict_clear", "C +a0 +z0 +z1 +z2 +z3 +z4 +z5 +z6 +z7"),
    DEVIATION("dict_replace", "R +a0 +z0 +z1 +z2 +z3 +z4 +z5 +z6 +z7"),
    {.pattern = "deviate.@.others",
     .make = make_bystander,
     .prepare = prepare_deviating_other,
     .measured = plain_or_dict},
    {.pattern = "deviate.@.elsewhere",
     .make = make_bystander_elsewhere,
     .prepare = prepare_deviating_other,
     .measured = plain_or_dict},
};

const struct replay_group replay_deviations = REPLAY_GROUP(deviations);

/* ---- Copies ------------------------------------------------------------------------------------- */

/* The dict of the 41st instance with n attributes of a class, alone. */
static void
prepare_instance_dict(struct replay *replay) {
    struct rt_object *living[INSTANCES + 1], *class_object = plain_class(replay);

    for (int i = 0; i <= INSTANCES; i++)
        living[i] = new_instance(replay, class_object, replay->step);
    replay->given[0] = rt_incref(replay_have(rt_instance_dict(replay->rt, living[INSTANCES])));
    for (int i = 0; i <= INSTANCES; i++)
        rt_decref(replay->rt, living[i]);
    rt_decref(replay->rt, class_object);
}

static struct rt_object *
make_dict_copy(struct replay *replay) {
    return rt_dict_copy(replay->rt, replay->given[0]);
}

static struct rt_object *
make_dict_call(struct replay *replay) {
    struct rt_object *dict = replay_have(rt_dict_call(replay->rt));

    assert_int_equal(rt_dict_update(replay->rt, dict, replay->given[0]), 0);
    return dict;
}

static const struct replay_recipe copies[] = {
    {.pattern = "instance.copy", .make = make_dict_copy, .prepare = prepare_instance_dict},
    {.pattern = "instance.call", .make = make_dict_call, .prepare = prepare_instance_dict},
};

const struct replay_group replay_copies = REPLAY_GROUP(copies);

/* ---- Classes themselves ------------------------------------------------------------------------- */

static struct rt_object *
make_slots_class(struct replay *replay) {
    return slots_class(replay, replay->step, (struct rt_class_spec){.slots = NULL});
}

static struct rt_object *
make_slots_class_with_weakref(struct replay *replay) {
    return slots_class(replay, replay->step, (struct rt_class_spec){.has_weakref = true});
}

static struct rt_object *
make_slots_class_with_dict(struct replay *replay) {
    return slots_class(replay, replay->step, (struct rt_class_spec){.has_dict = true});
}

static const struct replay_recipe classes[] = {
    {.pattern = "class.slots", .make = make_slots_class, .flags = REPLAY_SIZE_ONLY},
    {.pattern = "class.slots_weakref",
     .make = make_slots_class_with_weakref,
     .flags = REPLAY_SIZE_ONLY},
    {.pattern = "class.slots_dict", .make = make_slots_class_with_dict, .flags = REPLAY_SIZE_ONLY},
    {.pattern = "class.plain", .make = plain_class, .flags = REPLAY_SIZE_ONLY},
};

const struct replay_group replay_classes = REPLAY_GROUP(classes);

/* ---- Generators and callables ------------------------------------------------------------------- */

static struct rt_object *
resume_never(struct rt *rt, struct rt_object *generator, void *data) {
    (void)rt;
    (void)generator;
    (void)data;
    return NULL;
}

/* Not begun; all its places but one are local variables. */
static struct rt_object *
make_generator(struct replay *replay) {
    struct rt_object *generator =
        replay_have(rt_generator_new(replay->rt, resume_never, NULL, (size_t)replay->step));

    for (long i = 0; i + 1 < replay->step; i++)
        rt_generator_set_slot(replay->rt, generator, (size_t)i, replay_none(replay));
    return generator;
}

static const struct replay_recipe generators[] = {
    {.pattern = "generator", .make = make_generator},
};

const struct replay_group replay_generators = REPLAY_GROUP(generators);

static struct rt_object *
return_none(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
            size_t count) {
    (void)function;
    (void)args;
    (void)count;
    return rt_incref(rt_none(rt));
}

/* A function, a cell, and a set. */
static void
prepare_callables(struct replay *replay) {
    replay->given[0] = replay_have(rt_function_new(replay->rt, return_none, NULL, NULL));
    replay->given[1] = replay_have(rt_cell_new(replay->rt, replay_none(replay)));
    replay->given[2] = replay_have(rt_set_new(replay->rt));
}

static void
prepare_cells(struct replay *replay) {
    struct rt_object *cell = replay_have(rt_cell_new(replay->rt, replay_none(replay)));

    replay->given[0] = replay_have(rt_tuple_pack(replay->rt, &cell, 1));
    rt_decref(replay->rt, cell);
}

static struct rt_object *
make_function(struct replay *replay) {
    return rt_function_new(replay->rt, return_none, NULL, NULL);
}

static struct rt_object *
make_closure(struct replay *replay) {
    return rt_function_new(replay->rt, return_none, replay->given[0], NULL);
}

static struct rt_object *
make_cell(struct replay *replay) {
    return rt_cell_new(replay->rt, replay->given[1]);
}

static struct rt_object *
make_method(struct replay *replay) {
    return rt_method_new(replay->rt, replay->given[0], replay->given[1]);
}

static struct rt_object *
make_weakref(struct replay *replay) {
    return rt_weakref_new(replay->rt, replay->given[2], NULL);
}

static struct rt_object *
make_weakref_with_callback(struct replay *replay) {
    return rt_weakref_new(replay->rt, replay->given[2], replay->given[0]);
}

static struct rt_object *
make_set(struct replay *replay) {
    return rt_set_new(replay->rt);
}

static struct rt_object *
make_list_call(struct replay *replay) {
    return rt_list_call(replay->rt);
}

static struct rt_object *
make_empty_dict_call(struct replay *replay) {
    return rt_dict_call(replay->rt);
}

static struct rt_object *
make_empty_list(struct replay *replay) {
    return rt_list_new(replay->rt, 0);
}

static struct rt_object *
make_empty_dict(struct replay *replay) {
    return rt_dict_new(replay->rt);
}

static const struct replay_recipe callables[] = {
    {.pattern = "function", .make = make_function},
    {.pattern = "function.closure", .make = make_closure, .prepare = prepare_cells},
    {.pattern = "cell", .make = make_cell, .prepare = prepare_callables},
    {.pattern = "method", .make = make_method, .prepare = prepare_callables},
    {.pattern = "weakref", .make = make_weakref, .prepare = prepare_callables},
    {.pattern = "weakref.callback",
     .make = make_weakref_with_callback,
     .prepare = prepare_callables},
    {.pattern = "set.call", .make = make_set},
    {.pattern = "list.call", .make = make_list_call},
    {.pattern = "dict.call", .make = make_empty_dict_call},
    {.pattern = "list.empty", .make = make_empty_list},
    {.pattern = "dict.empty", .make = make_empty_dict},
};

const struct replay_group replay_callables = REPLAY_GROUP(callables);
