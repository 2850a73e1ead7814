/* SPDX-License-Identifier: MIT
 *
 * machine.h: what the fuzz targets of objects share: sixteen registers that hold references, and operations on them.
 *
 * An operation is four bytes: what to do, and three operands, which name registers or are small numbers. One
 * that does not fit what its registers hold does nothing. Any of them may fail for lack of memory, and
 * nothing else may go wrong. Finalizers and weak references' callbacks may do whatever the target wants: then
 * what an operation has done is not looked at.
 */
#ifndef RUNTIME_TESTS_MACHINE_H
#define RUNTIME_TESTS_MACHINE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/context.h"
#include "runtime/rt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MACHINE_REGISTERS = 16,
    MACHINE_CLASSES = 4,
    MACHINE_OPERATION_BYTES = 4,
    MACHINE_OPERATIONS_MAX = 4096,
    MACHINE_LENGTH_MAX = 64,
    MACHINE_VERIFY_EVERY = 64
};

struct machine {
    struct rt *rt;
    struct rt_object *registers[MACHINE_REGISTERS];
    struct rt_object *classes[MACHINE_CLASSES];
    struct rt_object *names[8];
    struct rt_object *callback;
    uint64_t called; /* finalizers and callbacks */

    /* What finalizers and callbacks do besides; NULL: nothing. */
    void (*then)(struct machine *machine);
    void *program;
};

struct operands {
    uint8_t a, b, c;
};

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline void
machine_verify(const struct machine *machine) {
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    if (rt_verify(machine->rt, &why) != 0) {
        fprintf(stderr, "%s\n", line);
        abort();
    }
}

/* ---- Registers ---------------------------------------------------------------------------------- */

static inline struct rt_object *
machine_get(struct machine *machine, uint8_t number) {
    return machine->registers[number % MACHINE_REGISTERS];
}

/* Takes the reference over; the old one is dropped, which may do anything. */
static inline void
machine_put(struct machine *machine, uint8_t number, struct rt_object *object) {
    struct rt_object **place = &machine->registers[number % MACHINE_REGISTERS], *old = *place;

    if (object == NULL)
        return;
    *place = object;
    rt_decref(machine->rt, old);
}

static inline bool
machine_is(const struct rt_object *object, enum rt_kind kind) {
    return rt_kind(object) == kind;
}

/* Whoever calls holds what he hands over: a collection may come in between, and with it anything. */
static inline void
machine_hold(struct machine *machine, struct operands op, struct rt_object **ret_held) {
    uint8_t numbers[3] = {op.a, op.b, op.c};

    for (size_t i = 0; i < 3; i++)
        ret_held[i] = rt_incref(machine_get(machine, numbers[i]));
}

static inline void
machine_let_go(struct machine *machine, struct rt_object *const *held) {
    for (size_t i = 0; i < 3; i++)
        rt_decref(machine->rt, held[i]);
}

/* ---- Making ------------------------------------------------------------------------------------- */

static inline void
machine_make_atom(struct machine *machine, struct operands op) {
    static const char text[] =
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 plain_text_of_some_length";
    static const size_t starts[] = {0, 3, 6, 10, 15}; /* of characters */
    struct rt *rt = machine->rt;
    size_t start = starts[op.c % 5];

    switch (op.b % 6) {
    case 0:
        machine_put(machine, op.a,
                    rt_int_new(rt, (int64_t)op.c * (op.c % 7 == 0 ? 1 << 30 : 1) - 20));
        break;
    case 1:
        machine_put(machine, op.a, rt_float_new(rt, op.c / 2.0));
        break;
    case 2:
        machine_put(machine, op.a, rt_str_new(rt, text + start, sizeof text - 1 - start));
        break;
    case 3:
        machine_put(machine, op.a, rt_bytes_new(rt, text, op.c % sizeof text));
        break;
    case 4:
        machine_put(machine, op.a, rt_incref(machine->names[op.c % 8]));
        break;
    default:
        machine_put(machine, op.a, rt_incref(op.c % 2 ? rt_none(rt) : rt_bool(rt, op.c % 4 == 0)));
    }
}

static inline void
machine_make_container(struct machine *machine, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *items[3] = {machine_get(machine, op.a), machine_get(machine, op.b),
                                  machine_get(machine, op.c)};

    switch (op.b % 9) {
    case 0:
        machine_put(machine, op.a, rt_tuple_pack(rt, items, op.c % 4));
        break;
    case 1:
        machine_put(machine, op.a, rt_list_pack(rt, items, op.c % 4));
        break;
    case 2:
        machine_put(machine, op.a,
                    op.c % 2 ? rt_dict_new(rt) : rt_dict_new_presized(rt, op.c, op.c % 4 == 0));
        break;
    case 3:
        machine_put(machine, op.a, rt_set_new(rt));
        break;
    case 4:
        machine_put(machine, op.a,
                    rt_array_new(rt, (enum rt_array_code)(op.c % RT_ARRAY_CODE_COUNT), op.c / 4));
        break;
    case 5:
        machine_put(machine, op.a, rt_cell_new(rt, items[2]));
        break;
    case 6:
        machine_put(machine, op.a, rt_list_repeat(rt, items[2], op.c % MACHINE_LENGTH_MAX));
        break;
    case 7:
        machine_put(machine, op.a,
                    rt_weakref_new(rt, items[2], op.a % 2 ? machine->callback : NULL));
        break;
    default:
        machine_put(machine, op.a, rt_instance_new(rt, machine->classes[op.c % MACHINE_CLASSES]));
    }
}

/* ---- Changing ----------------------------------------------------------------------------------- */

static inline void
machine_change_list(struct machine *machine, struct rt_object *list, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *other = machine_get(machine, op.b);
    size_t length = rt_list_length(list);

    switch (op.c % 10) {
    case 0:
    case 1:
    case 2:
        (void)rt_list_append(rt, list, other);
        break;
    case 3:
        (void)rt_list_insert(rt, list, length == 0 ? 0 : op.c % length, other);
        break;
    case 4:
        if (length < MACHINE_LENGTH_MAX &&
            (machine_is(other, RT_KIND_LIST) || machine_is(other, RT_KIND_TUPLE)))
            (void)rt_list_extend(rt, list, other);
        break;
    case 5:
        if (length > 0)
            machine_put(machine, op.b, rt_list_pop(rt, list, op.c / 10 % length));
        break;
    case 6:
        if (length > 0)
            rt_list_set(rt, list, op.c / 10 % length, other);
        break;
    case 7:
        (void)rt_list_delete(rt, list, length / 3, length - length / 4);
        break;
    case 8:
        machine_put(machine, op.b, rt_list_slice(rt, list, length / 4, length));
        break;
    default:
        if (op.b % 4 == 0)
            rt_list_clear(rt, list);
        else
            rt_list_reverse(list);
    }
}

static inline void
machine_change_dict(struct machine *machine, struct rt_object *dict, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *key = machine_get(machine, op.b), *value = machine_get(machine, op.c),
                     *gone_key;
    size_t length = rt_dict_length(dict);
    uint64_t called = machine->called;

    switch (op.c / 16 % 8) {
    case 0:
    case 1:
    case 2:
        if (rt_dict_set(rt, dict, key, value) == 0)
            CHECK(machine->called != called || rt_dict_get(rt, dict, key) == value);
        break;
    case 3:
        if (rt_dict_delete(rt, dict, key) == 0)
            CHECK(machine->called != called || rt_dict_get(rt, dict, key) == NULL);
        break;
    case 4:
        machine_put(machine, op.c, rt_dict_pop(rt, dict, key));
        break;
    case 5:
        if (rt_dict_popitem(rt, dict, &gone_key, &value) == 0) {
            machine_put(machine, op.b, gone_key);
            machine_put(machine, op.c, value);
        } else {
            CHECK(length == 0 || machine->called != called || rt_error(rt) == ENOMEM);
        }
        break;
    case 6:
        if (machine_is(value, RT_KIND_DICT))
            (void)rt_dict_update(rt, dict, value);
        break;
    default:
        if (op.b % 4 == 0)
            rt_dict_clear(rt, dict);
        else
            machine_put(machine, op.c, rt_dict_copy(rt, dict));
    }
}

static inline void
machine_change_set(struct machine *machine, struct rt_object *set, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *key = machine_get(machine, op.b);
    uint64_t called = machine->called;

    switch (op.c % 6) {
    case 0:
    case 1:
    case 2:
        if (rt_set_add(rt, set, key) == 0)
            CHECK(machine->called != called || rt_set_contains(rt, set, key) == 1);
        break;
    case 3:
        if (rt_set_discard(rt, set, key) == 1)
            CHECK(machine->called != called || rt_set_contains(rt, set, key) == 0);
        break;
    case 4:
        if (machine_is(key, RT_KIND_SET))
            (void)rt_set_update(rt, set, key);
        break;
    default:
        if (op.c / 6 % 4 == 0)
            rt_set_clear(rt, set);
        else
            machine_put(machine, op.b, op.c / 6 % 2 ? rt_set_copy(rt, set) : rt_set_pop(rt, set));
    }
}

static inline void
machine_change_instance(struct machine *machine, struct rt_object *instance, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *name = machine->names[op.b % 8], *value = machine_get(machine, op.c);
    struct rt_object *found;
    uint64_t called = machine->called;

    switch (op.c / 16 % 5) {
    case 0:
    case 1:
        if (rt_attr_set(rt, instance, name, value) == 0 && machine->called == called) {
            found = rt_attr_get(rt, instance, name);
            CHECK(found == value);
            rt_decref(rt, found);
        }
        break;
    case 2:
        (void)rt_attr_delete(rt, instance, name);
        break;
    case 3:
        machine_put(machine, op.c, rt_attr_get(rt, instance, name));
        break;
    default:
        found = rt_instance_dict(rt, instance);
        if (found != NULL && op.b % 2 == 0)
            machine_put(machine, op.c, rt_incref(found));
        else if (machine_is(value, RT_KIND_DICT))
            (void)rt_instance_set_dict(rt, instance, value);
    }
}

static inline void
machine_change_array(struct machine *machine, struct rt_object *array, struct operands op) {
    struct rt *rt = machine->rt;
    size_t length = rt_array_length(array);

    if (op.c % 4 == 0)
        (void)rt_array_resize(rt, array, op.b);
    else if (op.c % 4 == 1 && length > 0)
        machine_put(machine, op.b, rt_array_item(rt, array, op.c % length));
    else if (rt_array_code(array) == RT_ARRAY_D)
        (void)rt_array_append_double(rt, array, op.b);
    else
        (void)rt_array_append_integer(rt, array, op.b);
}

static inline void
machine_change(struct machine *machine, struct operands op) {
    /* Held, since what is done to it may empty its register. */
    struct rt_object *object = rt_incref(machine_get(machine, op.a));

    switch (rt_kind(object)) {
    case RT_KIND_LIST:
        machine_change_list(machine, object, op);
        break;
    case RT_KIND_DICT:
        machine_change_dict(machine, object, op);
        break;
    case RT_KIND_SET:
        machine_change_set(machine, object, op);
        break;
    case RT_KIND_INSTANCE:
        machine_change_instance(machine, object, op);
        break;
    case RT_KIND_ARRAY:
        machine_change_array(machine, object, op);
        break;
    case RT_KIND_CELL:
        rt_cell_set(machine->rt, object, machine_get(machine, op.b));
        break;
    default:
        break;
    }
    rt_decref(machine->rt, object);
}

/* ---- Asking ------------------------------------------------------------------------------------- */

static inline void
machine_ask(struct machine *machine, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *one = machine_get(machine, op.a), *other = machine_get(machine, op.b);
    int64_t hash = 0, other_hash = 0;
    size_t bytes = 0;
    int equal = rt_equal(rt, one, other);

    CHECK(equal == rt_equal(rt, other, one));
    if (rt_hash(rt, one, &hash) == 0 && equal == 1)
        CHECK(rt_hash(rt, other, &other_hash) != 0 || hash == other_hash);
    if (rt_deep_size(rt, one, &bytes) == 0)
        CHECK(bytes >= rt_sizeof(one));
    if (machine_is(one, RT_KIND_WEAKREF)) {
        struct rt_object *referent = rt_weakref_get(rt, one);

        if (referent != NULL)
            machine_put(machine, op.c, rt_incref(referent));
    }
}

static inline struct rt_object *
machine_note_call(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
                  size_t count) {
    struct machine *machine = rt_function_data(function);

    CHECK(count == 1 && machine_is(args[0], RT_KIND_WEAKREF) &&
          rt_weakref_get(rt, args[0]) == NULL);
    if (machine->then != NULL)
        machine->then(machine);
    return machine->called++ % 5 == 4 ? rt_fail(rt, EINVAL) : rt_incref(rt_none(rt));
}

/* A finalizer that now and then brings its object back. */
static inline void
machine_finalize(struct rt *rt, struct rt_object *self, void *data) {
    struct machine *machine = data;

    (void)rt;
    if (machine->called++ % 3 == 0)
        machine_put(machine, (uint8_t)machine->called, rt_incref(self));
    if (machine->then != NULL)
        machine->then(machine);
}

#endif
