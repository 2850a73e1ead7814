/* SPDX-License-Identifier: MIT
 *
 * object_fuzz.c: bytes become operations on objects: see machine.h.
 *
 * The verifier looks after every 64 operations; in the end everything is dropped. Some inputs make allocations
 * fail.
 */
#include "runtime/tests/machine.h"

/* ---- The machine -------------------------------------------------------------------------------- */

static void
step(struct machine *machine, const uint8_t *bytes) {
    struct operands op = {.a = bytes[1], .b = bytes[2], .c = bytes[3]};
    struct rt_object *held[3];

    machine_hold(machine, op, held);
    switch (bytes[0] % 8) {
    case 0:
        machine_make_atom(machine, op);
        break;
    case 1:
    case 2:
        machine_make_container(machine, op);
        break;
    case 3:
    case 4:
    case 5:
        machine_change(machine, op);
        break;
    case 6:
        machine_put(machine, op.a, rt_incref(machine_get(machine, op.b)));
        machine_ask(machine, op);
        break;
    default:
        machine_put(machine, op.a, rt_incref(rt_none(machine->rt)));
        if (op.c % 16 == 0)
            rt_free_lists_clear(machine->rt);
        if (op.c % 16 == 1)
            (void)rt_trim(machine->rt);
    }
    machine_let_go(machine, held);
}

static void
start(struct machine *machine, uint8_t choice) {
    static const char *const slots[] = {"n0", "n1", "n2"};
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"};
    struct rt_class_spec specs[MACHINE_CLASSES] = {
        {.name = "Plain"},
        {.name = "Slots", .slots = slots, .slot_count = 3, .has_weakref = true},
        {.name = "Derived"},
        {.name = "Mourned", .finalizer = machine_finalize, .finalizer_data = machine},
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
    for (size_t i = 0; i < MACHINE_CLASSES; i++) {
        specs[2].base = machine->classes[1];
        CHECK((machine->classes[i] = rt_class_new(machine->rt, &specs[i])) != NULL);
    }
    CHECK((machine->callback = rt_function_new(machine->rt, machine_note_call, NULL, machine)) !=
          NULL);
    for (size_t i = 0; i < MACHINE_REGISTERS; i++)
        machine->registers[i] = rt_incref(rt_none(machine->rt));
}

static void
stop(struct machine *machine) {
    for (size_t round = 0; round < 2; round++) /* finalizers may have put something back */
        for (size_t i = 0; i < MACHINE_REGISTERS; i++)
            machine_put(machine, (uint8_t)i, rt_incref(rt_none(machine->rt)));
    for (size_t i = 0; i < 8; i++)
        rt_decref(machine->rt, machine->names[i]);
    for (size_t i = 0; i < MACHINE_CLASSES; i++)
        rt_decref(machine->rt, machine->classes[i]);
    rt_decref(machine->rt, machine->callback);
    machine_verify(machine);
    rt_destroy(machine->rt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct machine machine = {0};
    size_t count = size / MACHINE_OPERATION_BYTES;

    if (count < 2)
        return 0;
    start(&machine, data[0]);
    if (machine.rt->has_faults)
        machine.rt->config.alloc_fail_every = 2 + data[1];
    for (size_t i = 1; i < count && i < MACHINE_OPERATIONS_MAX; i++) {
        step(&machine, data + i * MACHINE_OPERATION_BYTES);
        if (i % MACHINE_VERIFY_EVERY == 0)
            machine_verify(&machine);
    }
    stop(&machine);
    return 0;
}
