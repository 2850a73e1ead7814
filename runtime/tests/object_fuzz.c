/* SPDX-License-Identifier: MIT
 *
 * object_fuzz.c: bytes become operations on objects.
 *
 * Sixteen registers hold references. Each operation is four bytes: what to do, and three operands, which name
 * registers or are small numbers. An operation that does not fit what its registers hold does nothing. The
 * verifier looks after every 64 operations; in the end everything is dropped. Some inputs make
 * allocations fail: any operation may then fail, and nothing else may go wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/context.h"
#include "runtime/rt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    REGISTERS = 16,
    CLASSES = 4,
    OPERATION_BYTES = 4,
    OPERATIONS_MAX = 4096,
    LENGTH_MAX = 64,
    VERIFY_EVERY = 64
};

struct machine {
    struct rt *rt;
    struct rt_object *registers[REGISTERS];
    struct rt_object *classes[CLASSES];
    struct rt_object *names[8];
    struct rt_object *callback;
    uint64_t called;
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

static void
check_heap(const struct machine *machine) {
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    if (rt_verify(machine->rt, &why) != 0) {
        fprintf(stderr, "%s\n", line);
        abort();
    }
}

/* ---- Registers ---------------------------------------------------------------------------------- */

static struct rt_object *
get(struct machine *machine, uint8_t number) {
    return machine->registers[number % REGISTERS];
}

/* Takes the reference over; the old one is dropped, which may do anything. */
static void
put(struct machine *machine, uint8_t number, struct rt_object *object) {
    struct rt_object **place = &machine->registers[number % REGISTERS], *old = *place;

    if (object == NULL)
        return;
    *place = object;
    rt_decref(machine->rt, old);
}

static bool
is(const struct rt_object *object, enum rt_kind kind) {
    return rt_kind(object) == kind;
}

/* ---- Making ------------------------------------------------------------------------------------- */

static void
make_atom(struct machine *machine, struct operands op) {
    static const char text[] =
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 plain_text_of_some_length";
    static const size_t starts[] = {0, 3, 6, 10, 15}; /* of characters */
    struct rt *rt = machine->rt;
    size_t start = starts[op.c % 5];

    switch (op.b % 6) {
    case 0:
        put(machine, op.a, rt_int_new(rt, (int64_t)op.c * (op.c % 7 == 0 ? 1 << 30 : 1) - 20));
        break;
    case 1:
        put(machine, op.a, rt_float_new(rt, op.c / 2.0));
        break;
    case 2:
        put(machine, op.a, rt_str_new(rt, text + start, sizeof text - 1 - start));
        break;
    case 3:
        put(machine, op.a, rt_bytes_new(rt, text, op.c % sizeof text));
        break;
    case 4:
        put(machine, op.a, rt_incref(machine->names[op.c % 8]));
        break;
    default:
        put(machine, op.a, rt_incref(op.c % 2 ? rt_none(rt) : rt_bool(rt, op.c % 4 == 0)));
    }
}

static void
make_container(struct machine *machine, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *items[3] = {get(machine, op.a), get(machine, op.b), get(machine, op.c)};

    switch (op.b % 9) {
    case 0:
        put(machine, op.a, rt_tuple_pack(rt, items, op.c % 4));
        break;
    case 1:
        put(machine, op.a, rt_list_pack(rt, items, op.c % 4));
        break;
    case 2:
        put(machine, op.a,
            op.c % 2 ? rt_dict_new(rt) : rt_dict_new_presized(rt, op.c, op.c % 4 == 0));
        break;
    case 3:
        put(machine, op.a, rt_set_new(rt));
        break;
    case 4:
        put(machine, op.a,
            rt_array_new(rt, (enum rt_array_code)(op.c % RT_ARRAY_CODE_COUNT), op.c / 4));
        break;
    case 5:
        put(machine, op.a, rt_cell_new(rt, items[2]));
        break;
    case 6:
        put(machine, op.a, rt_list_repeat(rt, items[2], op.c % LENGTH_MAX));
        break;
    case 7:
        put(machine, op.a, rt_weakref_new(rt, items[2], op.a % 2 ? machine->callback : NULL));
        break;
    default:
        put(machine, op.a, rt_instance_new(rt, machine->classes[op.c % CLASSES]));
    }
}

/* ---- Changing ----------------------------------------------------------------------------------- */

static void
change_list(struct machine *machine, struct rt_object *list, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *other = get(machine, op.b);
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
        if (length < LENGTH_MAX && (is(other, RT_KIND_LIST) || is(other, RT_KIND_TUPLE)))
            (void)rt_list_extend(rt, list, other);
        break;
    case 5:
        if (length > 0)
            put(machine, op.b, rt_list_pop(rt, list, op.c / 10 % length));
        break;
    case 6:
        if (length > 0)
            rt_list_set(rt, list, op.c / 10 % length, other);
        break;
    case 7:
        (void)rt_list_delete(rt, list, length / 3, length - length / 4);
        break;
    case 8:
        put(machine, op.b, rt_list_slice(rt, list, length / 4, length));
        break;
    default:
        if (op.b % 4 == 0)
            rt_list_clear(rt, list);
        else
            rt_list_reverse(list);
    }
}

static void
change_dict(struct machine *machine, struct rt_object *dict, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *key = get(machine, op.b), *value = get(machine, op.c), *gone_key;
    size_t length = rt_dict_length(dict);

    switch (op.c / 16 % 8) {
    case 0:
    case 1:
    case 2:
        if (rt_dict_set(rt, dict, key, value) == 0)
            CHECK(rt_dict_get(rt, dict, key) == value);
        break;
    case 3:
        if (rt_dict_delete(rt, dict, key) == 0)
            CHECK(rt_dict_get(rt, dict, key) == NULL);
        break;
    case 4:
        put(machine, op.c, rt_dict_pop(rt, dict, key));
        break;
    case 5:
        if (rt_dict_popitem(rt, dict, &gone_key, &value) == 0) {
            put(machine, op.b, gone_key);
            put(machine, op.c, value);
        } else {
            CHECK(length == 0 || rt_error(rt) == ENOMEM);
        }
        break;
    case 6:
        if (is(value, RT_KIND_DICT))
            (void)rt_dict_update(rt, dict, value);
        break;
    default:
        if (op.b % 4 == 0)
            rt_dict_clear(rt, dict);
        else
            put(machine, op.c, rt_dict_copy(rt, dict));
    }
}

static void
change_set(struct machine *machine, struct rt_object *set, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *key = get(machine, op.b);

    switch (op.c % 6) {
    case 0:
    case 1:
    case 2:
        if (rt_set_add(rt, set, key) == 0)
            CHECK(rt_set_contains(rt, set, key) == 1);
        break;
    case 3:
        if (rt_set_discard(rt, set, key) == 1)
            CHECK(rt_set_contains(rt, set, key) == 0);
        break;
    case 4:
        if (is(key, RT_KIND_SET))
            (void)rt_set_update(rt, set, key);
        break;
    default:
        if (op.c / 6 % 4 == 0)
            rt_set_clear(rt, set);
        else
            put(machine, op.b, op.c / 6 % 2 ? rt_set_copy(rt, set) : rt_set_pop(rt, set));
    }
}

static void
change_instance(struct machine *machine, struct rt_object *instance, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *name = machine->names[op.b % 8], *value = get(machine, op.c);
    struct rt_object *found;

    switch (op.c / 16 % 5) {
    case 0:
    case 1:
        if (rt_attr_set(rt, instance, name, value) == 0) {
            found = rt_attr_get(rt, instance, name);
            CHECK(found == value);
            rt_decref(rt, found);
        }
        break;
    case 2:
        (void)rt_attr_delete(rt, instance, name);
        break;
    case 3:
        put(machine, op.c, rt_attr_get(rt, instance, name));
        break;
    default:
        found = rt_instance_dict(rt, instance);
        if (found != NULL && op.b % 2 == 0)
            put(machine, op.c, rt_incref(found));
        else if (is(value, RT_KIND_DICT))
            (void)rt_instance_set_dict(rt, instance, value);
    }
}

static void
change_array(struct machine *machine, struct rt_object *array, struct operands op) {
    struct rt *rt = machine->rt;
    size_t length = rt_array_length(array);

    if (op.c % 4 == 0)
        (void)rt_array_resize(rt, array, op.b);
    else if (op.c % 4 == 1 && length > 0)
        put(machine, op.b, rt_array_item(rt, array, op.c % length));
    else if (rt_array_code(array) == RT_ARRAY_D)
        (void)rt_array_append_double(rt, array, op.b);
    else
        (void)rt_array_append_integer(rt, array, op.b);
}

static void
change(struct machine *machine, struct operands op) {
    /* Held, since what is done to it may empty its register. */
    struct rt_object *object = rt_incref(get(machine, op.a));

    switch (rt_kind(object)) {
    case RT_KIND_LIST:
        change_list(machine, object, op);
        break;
    case RT_KIND_DICT:
        change_dict(machine, object, op);
        break;
    case RT_KIND_SET:
        change_set(machine, object, op);
        break;
    case RT_KIND_INSTANCE:
        change_instance(machine, object, op);
        break;
    case RT_KIND_ARRAY:
        change_array(machine, object, op);
        break;
    case RT_KIND_CELL:
        rt_cell_set(machine->rt, object, get(machine, op.b));
        break;
    default:
        break;
    }
    rt_decref(machine->rt, object);
}

/* ---- Asking ------------------------------------------------------------------------------------- */

static void
ask(struct machine *machine, struct operands op) {
    struct rt *rt = machine->rt;
    struct rt_object *one = get(machine, op.a), *other = get(machine, op.b);
    int64_t hash = 0, other_hash = 0;
    size_t bytes = 0;
    int equal = rt_equal(rt, one, other);

    CHECK(equal == rt_equal(rt, other, one));
    if (rt_hash(rt, one, &hash) == 0 && equal == 1)
        CHECK(rt_hash(rt, other, &other_hash) != 0 || hash == other_hash);
    if (rt_deep_size(rt, one, &bytes) == 0)
        CHECK(bytes >= rt_sizeof(one));
    if (is(one, RT_KIND_WEAKREF)) {
        struct rt_object *referent = rt_weakref_get(rt, one);

        if (referent != NULL)
            put(machine, op.c, rt_incref(referent));
    }
}

static struct rt_object *
note_call(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct machine *machine = rt_function_data(function);

    CHECK(count == 1 && is(args[0], RT_KIND_WEAKREF) && rt_weakref_get(rt, args[0]) == NULL);
    return machine->called++ % 5 == 4 ? rt_fail(rt, EINVAL) : rt_incref(rt_none(rt));
}

/* A finalizer that now and then brings its object back. */
static void
finalize(struct rt *rt, struct rt_object *self, void *data) {
    struct machine *machine = data;

    (void)rt;
    if (machine->called++ % 3 == 0)
        put(machine, (uint8_t)machine->called, rt_incref(self));
}

/* ---- The machine -------------------------------------------------------------------------------- */

static void
step(struct machine *machine, const uint8_t *bytes) {
    struct operands op = {.a = bytes[1], .b = bytes[2], .c = bytes[3]};

    switch (bytes[0] % 8) {
    case 0:
        make_atom(machine, op);
        break;
    case 1:
    case 2:
        make_container(machine, op);
        break;
    case 3:
    case 4:
    case 5:
        change(machine, op);
        break;
    case 6:
        put(machine, op.a, rt_incref(get(machine, op.b)));
        ask(machine, op);
        break;
    default:
        put(machine, op.a, rt_incref(rt_none(machine->rt)));
        if (op.c % 16 == 0)
            rt_free_lists_clear(machine->rt);
        if (op.c % 16 == 1)
            (void)rt_trim(machine->rt);
    }
}

static void
start(struct machine *machine, uint8_t choice) {
    static const char *const slots[] = {"n0", "n1", "n2"};
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"};
    struct rt_class_spec specs[CLASSES] = {
        {.name = "Plain"},
        {.name = "Slots", .slots = slots, .slot_count = 3, .has_weakref = true},
        {.name = "Derived"},
        {.name = "Mourned", .finalizer = finalize, .finalizer_data = machine},
    };
    struct rt_config config;

    rt_config_init(&config);
    config.alloc_backend = choice % 3;
    config.alloc_reserve_bytes = 1 << 30;
    config.alloc_debug_action = RT_DEBUG_ABORT;
    config.alloc_fail_at = choice % 8 == 7 ? INT32_MAX : 0; /* armed, and moved close later */
    CHECK(rt_create(&config, NULL, &machine->rt) == 0);
    for (size_t i = 0; i < 8; i++)
        CHECK((machine->names[i] = rt_str_name(machine->rt, names[i])) != NULL);
    for (size_t i = 0; i < CLASSES; i++) {
        specs[2].base = machine->classes[1];
        CHECK((machine->classes[i] = rt_class_new(machine->rt, &specs[i])) != NULL);
    }
    CHECK((machine->callback = rt_function_new(machine->rt, note_call, NULL, machine)) != NULL);
    for (size_t i = 0; i < REGISTERS; i++)
        machine->registers[i] = rt_incref(rt_none(machine->rt));
}

static void
stop(struct machine *machine) {
    for (size_t round = 0; round < 2; round++) /* finalizers may have put something back */
        for (size_t i = 0; i < REGISTERS; i++)
            put(machine, (uint8_t)i, rt_incref(rt_none(machine->rt)));
    for (size_t i = 0; i < 8; i++)
        rt_decref(machine->rt, machine->names[i]);
    for (size_t i = 0; i < CLASSES; i++)
        rt_decref(machine->rt, machine->classes[i]);
    rt_decref(machine->rt, machine->callback);
    check_heap(machine);
    rt_destroy(machine->rt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct machine machine = {0};
    size_t count = size / OPERATION_BYTES;

    if (count < 2)
        return 0;
    start(&machine, data[0]);
    if (machine.rt->has_faults)
        machine.rt->config.alloc_fail_every = 2 + data[1];
    for (size_t i = 1; i < count && i < OPERATIONS_MAX; i++) {
        step(&machine, data + i * OPERATION_BYTES);
        if (i % VERIFY_EVERY == 0)
            check_heap(&machine);
    }
    stop(&machine);
    return 0;
}
