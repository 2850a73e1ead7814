/* SPDX-License-Identifier: MIT
 *
 * gc_fuzz.c: bytes become whole programs, the collector's controls included: see machine.h.
 *
 * Finalizers, weak references' callbacks and the collector's own run the next operations of the same program, a
 * few calls deep, so that anything may happen at any allocation. The first bytes choose backend, policy, mode
 * and whether allocations fail. In the end all is let go of, and nothing may be left.
 */
#include "runtime/tests/machine.h"

#include "runtime/object.h"

enum {
    NESTING_MAX = 3,
    LAST_ROUNDS = 20,
};

struct program {
    struct machine machine;
    const uint8_t *data;
    size_t at, count; /* operations */
    unsigned depth;   /* of finalizers and callbacks */
    int held;         /* rt_gc_hold */
    struct rt_object *weak_dict, *weak_set, *gc_callback;
    struct rt_object *legacy;
    uint64_t begun, ended;
    bool has_legacy; /* there was trash that nobody frees */
};

static void step(struct program *program);

/* ---- Called ------------------------------------------------------------------------------------- */

static void
go_on(struct machine *machine) {
    struct program *program = machine->program;

    if (program->depth < NESTING_MAX) {
        program->depth++;
        step(program);
        step(program);
        program->depth--;
    }
}

static struct rt_object *
call_back(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct program *program = rt_function_data(function);

    CHECK(count == 2 && rt_kind(args[0]) == RT_KIND_STR && rt_kind(args[1]) == RT_KIND_DICT);
    CHECK(rt_gc_is_collecting(rt));
    program->machine.called++;
    go_on(&program->machine);
    return rt_incref(rt_none(rt));
}

static struct rt_object *
do_nothing(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    (void)function, (void)args, (void)count;
    return rt_incref(rt_none(rt));
}

/* It never ends, since one that has ended takes nothing any more. */
static struct rt_object *
next_slot(struct rt *rt, struct rt_object *generator, void *data) {
    struct rt_object *value = rt_generator_slot(generator, 0);

    (void)data;
    return rt_incref(value == NULL ? rt_none(rt) : value);
}

static void
listen(void *context, const struct rt_event *event) {
    struct program *program = context;

    program->begun += event->kind == RT_EVENT_GC_BEGIN;
    if (event->kind == RT_EVENT_GC_END) {
        program->ended++;
        CHECK(program->begun == program->ended);
        CHECK(event->cycle->freed <= event->cycle->collected);
        CHECK(event->cycle->resurrected <= event->cycle->examined);
        program->has_legacy |= event->cycle->uncollectable > 0;
    }
}

/* ---- More operations on objects ----------------------------------------------------------------- */

static void
make_callable(struct program *program, struct operands op) {
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt;
    struct rt_object *other = machine_get(machine, op.b), *object;

    switch (op.c % 5) {
    case 0:
        object =
            machine_is(other, RT_KIND_TUPLE) ? rt_function_new(rt, do_nothing, other, NULL) : NULL;
        break;
    case 1:
        object = machine_is(other, RT_KIND_FUNCTION)
                     ? rt_method_new(rt, other, machine_get(machine, op.a))
                     : NULL;
        break;
    case 2:
        object = rt_generator_new(rt, next_slot, NULL, 2);
        break;
    case 3:
        object = rt_instance_new(rt, program->legacy);
        break;
    default:
        object = rt_incref(op.b % 2 == 0 ? program->weak_dict : program->weak_set);
    }
    machine_put(machine, op.a, object);
}

static void
change_generator(struct program *program, struct operands op) {
    struct machine *machine = &program->machine;
    struct rt_object *generator = machine_get(machine, op.a);

    if (!machine_is(generator, RT_KIND_GENERATOR))
        return;
    if (op.c % 4 == 0)
        machine_put(machine, op.b, rt_generator_next(machine->rt, generator));
    else
        rt_generator_set_slot(machine->rt, generator, op.c % 2, machine_get(machine, op.b));
}

static void
change_weak_dict(struct program *program, struct operands op) {
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt;
    struct rt_object *key = machine->names[op.b % 8], *found;

    if (op.c % 3 == 0) {
        (void)rt_weak_dict_set(rt, program->weak_dict, key, machine_get(machine, op.a));
    } else if (op.c % 3 == 1) {
        found = rt_weak_dict_get(rt, program->weak_dict, key);
        machine_put(machine, op.a, found);
    } else {
        (void)rt_weak_dict_delete(rt, program->weak_dict, key);
    }
}

static void
change_weak_set(struct program *program, struct operands op) {
    struct machine *machine = &program->machine;
    struct rt_object *member = machine_get(machine, op.a);

    if (op.c % 3 == 0)
        (void)rt_weak_set_add(machine->rt, program->weak_set, member);
    else if (op.c % 3 == 1)
        (void)rt_weak_set_contains(machine->rt, program->weak_set, member);
    else
        (void)rt_weak_set_discard(machine->rt, program->weak_set, member);
}

/* Whatever is done in between. */
static void
iterate(struct program *program, struct operands op) {
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt;
    struct rt_object *weak = op.b % 2 == 0 ? program->weak_dict : program->weak_set, *key, *member;
    size_t position = 0;

    if (program->depth >= NESTING_MAX || rt_weak_begin(rt, weak) != 0)
        return;
    program->depth++;
    for (int i = 0; i < 3 && rt_weak_next(rt, weak, &position, &key, &member); i++) {
        rt_xdecref(rt, key);
        machine_put(machine, op.a, member);
        step(program);
    }
    program->depth--;
    rt_weak_end(rt, weak);
}

static void
do_more(struct program *program, struct operands op) {
    switch (op.c / 16 % 5) {
    case 0:
        make_callable(program, op);
        break;
    case 1:
        change_generator(program, op);
        break;
    case 2:
        change_weak_dict(program, op);
        break;
    case 3:
        change_weak_set(program, op);
        break;
    default:
        iterate(program, op);
    }
}

/* ---- The collector's controls ------------------------------------------------------------------- */

static void
collect(struct program *program, int generation) {
    struct rt *rt = program->machine.rt;
    bool is_collecting = rt_gc_is_collecting(rt);
    uint64_t ended = program->ended;
    int64_t collected = rt_gc_collect(rt, generation);

    CHECK(collected >= 0 || rt_error(rt) == ENOMEM);
    CHECK(!is_collecting || (collected == 0 && program->ended == ended));
    CHECK(is_collecting || program->ended > ended);
    if (!is_collecting && generation == 2 && collected >= 0)
        CHECK(rt_gc_count(rt, 1) >= 0 && rt_gc_count(rt, 2) >= 0);
}

static void
set_threshold(struct program *program, struct operands op) {
    static const int64_t values[] = {-1, 0, 1, 2, 5, 10, 50, 700};

    rt_gc_set_threshold(program->machine.rt, op.a % RT_GENERATIONS, values[op.b % 8]);
}

static void
hold_or_release(struct program *program, bool is_hold) {
    if (is_hold && program->held < 3) {
        rt_gc_hold(program->machine.rt);
        program->held++;
    } else if (program->held > 0) {
        rt_gc_release(program->machine.rt);
        program->held--;
    }
}

static void
change_callbacks(struct program *program, struct operands op) {
    struct rt *rt = program->machine.rt;
    struct rt_object *callbacks = rt_gc_callbacks(rt);

    if (callbacks == NULL)
        return;
    if (op.a % 2 == 0 && rt_list_length(callbacks) < 3)
        (void)rt_list_append(rt, callbacks, program->gc_callback);
    else
        rt_list_clear(rt, callbacks);
}

static void
count_object(struct rt_object *object, void *context) {
    CHECK(rt_is_tracked(object));
    ++*(size_t *)context;
}

static void
look_around(struct program *program, struct operands op) {
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt;
    int generation = op.b % 4 - 1;
    struct rt_object *objects;
    size_t count = 0;

    CHECK(rt_gc_visit_objects(rt, generation, count_object, &count));
    CHECK(count == rt_gc_objects_count(rt, generation));
    objects = rt_gc_objects(rt, generation); /* some are others' parts, and not to be changed */
    CHECK(objects != NULL || rt_error(rt) == ENOMEM);
    rt_xdecref(rt, objects);
    CHECK(rt_gc_generation_of(rt, machine_get(machine, op.a)) >= -1);
    (void)rt_gc_is_finalized(machine_get(machine, op.b));
}

static void
clear_garbage(struct program *program) {
    struct rt_object *garbage = rt_gc_garbage(program->machine.rt);

    if (garbage != NULL)
        rt_list_clear(program->machine.rt, garbage);
}

static void
control(struct program *program, struct operands op) {
    struct rt *rt = program->machine.rt;

    switch (op.c % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
        collect(program, op.a % RT_GENERATIONS);
        break;
    case 4:
        set_threshold(program, op);
        break;
    case 5:
        hold_or_release(program, op.a % 2 == 0);
        break;
    case 6:
        (op.a % 4 == 0 ? rt_gc_disable : rt_gc_enable)(rt);
        break;
    case 7:
        (op.a % 2 == 0 ? rt_gc_freeze : rt_gc_unfreeze)(rt);
        break;
    case 8:
        rt_gc_set_debug(rt, op.a % 64);
        break;
    case 9:
        clear_garbage(program);
        break;
    case 10:
        change_callbacks(program, op);
        break;
    case 11:
    case 12:
        look_around(program, op);
        break;
    case 13:
        rt_gc_safe_point(rt);
        break;
    case 14:
        (void)(op.a % 2 == 0 ? rt_gc_manual_point(rt) : rt_gc_idle_window(rt));
        break;
    default:
        rt->gc.table_from = op.a % 2 == 0 ? 1 : UINT32_MAX;
    }
}

/* ---- The program -------------------------------------------------------------------------------- */

static void
step(struct program *program) {
    struct machine *machine = &program->machine;
    struct rt_object *held[3];
    struct operands op;
    const uint8_t *bytes;

    if (program->at >= program->count)
        return;
    bytes = program->data + program->at++ * MACHINE_OPERATION_BYTES;
    op = (struct operands){.a = bytes[1], .b = bytes[2], .c = bytes[3]};
    machine_hold(machine, op, held);
    switch (bytes[0] % 16) {
    case 0:
        machine_make_atom(machine, op);
        break;
    case 1:
    case 2:
    case 3:
        machine_make_container(machine, op);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
        machine_change(machine, op);
        break;
    case 9:
        machine_put(machine, op.a, rt_incref(machine_get(machine, op.b)));
        machine_ask(machine, op);
        break;
    case 10:
        machine_put(machine, op.a, rt_incref(rt_none(machine->rt)));
        break;
    case 11:
    case 12:
        do_more(program, op);
        break;
    default:
        control(program, op);
    }
    machine_let_go(machine, held);
}

static struct rt *
create(const uint8_t *bytes) {
    struct rt_config config;
    struct rt *rt = NULL;

    rt_config_init(&config);
    config.alloc_backend = bytes[0] % RT_BACKEND_COUNT;
    config.alloc_reserve_bytes = 1 << 30;
    config.alloc_debug_action = RT_DEBUG_ABORT;
    config.alloc_fail_at = bytes[0] % 8 == 7 ? INT32_MAX : 0; /* armed, and moved close later */
    config.gc_policy = bytes[1] % 4;
    config.gc_mode = bytes[1] / 4 % 8 < RT_GC_MODE_COUNT ? bytes[1] / 4 % 8 : RT_GC_MODE_AUTO;
    config.gc_stress = bytes[1] / 32 == 7;
    config.gc_threshold0 = bytes[2] % 64;
    config.gc_verify_every = 0;
    CHECK(rt_create(&config, NULL, &rt) == 0);
    return rt;
}

static void
start_classes(struct program *program) {
    static const char *const slots[] = {"n0", "n1", "n2"};
    struct machine *machine = &program->machine;
    struct rt_class_spec specs[MACHINE_CLASSES] = {
        {.name = "Plain"},
        {.name = "Slots", .slots = slots, .slot_count = 3, .has_weakref = true},
        {.name = "Derived", .finalizer = machine_finalize, .finalizer_data = machine},
        {.name = "Mourned", .finalizer = machine_finalize, .finalizer_data = machine},
    };
    struct rt_class_spec legacy = {.name = "Legacy",
                                   .finalizer = machine_finalize,
                                   .finalizer_data = machine,
                                   .is_legacy_finalizer = true};

    for (size_t i = 0; i < MACHINE_CLASSES; i++) {
        specs[2].base = machine->classes[1];
        CHECK((machine->classes[i] = rt_class_new(machine->rt, &specs[i])) != NULL);
    }
    CHECK((program->legacy = rt_class_new(machine->rt, &legacy)) != NULL);
}

static void
start(struct program *program, const uint8_t *bytes) {
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"};
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt = create(bytes);

    machine->program = program;
    for (size_t i = 0; i < 8; i++)
        CHECK((machine->names[i] = rt_str_name(rt, names[i])) != NULL);
    start_classes(program);
    CHECK((machine->callback = rt_function_new(rt, machine_note_call, NULL, machine)) != NULL);
    CHECK((program->gc_callback = rt_function_new(rt, call_back, NULL, program)) != NULL);
    CHECK((program->weak_dict = rt_weak_dict_new(rt)) != NULL);
    CHECK((program->weak_set = rt_weak_set_new(rt)) != NULL);
    for (size_t i = 0; i < MACHINE_REGISTERS; i++)
        machine->registers[i] = rt_incref(rt_none(rt));
    CHECK(rt_listen(rt, listen, program) == 0);
    machine->then = go_on;
    if (rt->has_faults)
        rt->config.alloc_fail_every = 2 + bytes[3];
}

/* Finalizers put something back for a while. */
static void
let_all_go(struct program *program) {
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt;

    machine->then = NULL;
    while (program->held > 0)
        hold_or_release(program, false);
    rt_gc_disable(rt);
    rt_gc_unfreeze(rt);
    rt_gc_set_debug(rt, 0);
    for (int round = 0; round < LAST_ROUNDS; round++) {
        for (size_t i = 0; i < MACHINE_REGISTERS; i++)
            machine_put(machine, (uint8_t)i, rt_incref(rt_none(rt)));
        clear_garbage(program);
        collect(program, 2);
    }
}

static void
stop(struct program *program) {
    struct machine *machine = &program->machine;
    struct rt *rt = machine->rt;
    bool had_faults = rt->faults_injected > 0;
    size_t lists = 1; /* the table of interned strings */

    rt->config.alloc_fail_every = 0;
    if (rt_gc_callbacks(rt) != NULL)
        rt_list_clear(rt, rt_gc_callbacks(rt));
    let_all_go(program);
    for (size_t i = 0; i < MACHINE_CLASSES; i++)
        rt_decref(rt, machine->classes[i]);
    rt_decref(rt, program->legacy);
    rt_decref(rt, program->weak_dict);
    rt_decref(rt, program->weak_set);
    rt_decref(rt, machine->callback);
    rt_decref(rt, program->gc_callback);
    for (size_t i = 0; i < 8; i++)
        rt_decref(rt, machine->names[i]);
    collect(program, 2);
    machine_verify(machine);
    lists += (rt->gc.garbage != NULL) + (rt->gc.callbacks != NULL);
    if (!had_faults && !program->has_legacy) {
        uint64_t values[RT_STAT_COUNT];

        rt_stats_read(rt, values);
        CHECK(values[RT_STAT_LIVE_BLOCKS] == lists);
        CHECK(rt_gc_objects_count(rt, -1) == 0);
    }
    rt_unlisten(rt, listen, program);
    rt_destroy(rt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct program program = {.data = data, .count = size / MACHINE_OPERATION_BYTES};

    if (program.count < 2)
        return 0;
    if (program.count > MACHINE_OPERATIONS_MAX)
        program.count = MACHINE_OPERATIONS_MAX;
    start(&program, data);
    program.at = 1;
    while (program.at < program.count) {
        step(&program);
        if (program.at % MACHINE_VERIFY_EVERY == 0)
            machine_verify(&program.machine);
    }
    stop(&program);
    return 0;
}
