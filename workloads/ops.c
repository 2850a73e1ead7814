/* SPDX-License-Identifier: MIT
 *
 * ops.c: runs an op script's program on a heap. See ops.h and ops_machine.h.
 *
 * Everything that is not the script's own (names, constants, classes, the code of blocks) is made before en_settle, so
 * that counts begin at 0. Blocks run where the engine calls them: from a finalizer, a callback, a function or a
 * generator, each with a frame of its own.
 */
#include "workloads/ops_machine.h"

#include <stdlib.h>
#include <string.h>

#define OPS_KNOB(knob, field, first, what)                                                         \
    {                                                                                              \
        .name = "ops." knob, .type = RT_KNOB_INTEGER,                                              \
        .offset = offsetof(struct wl_ops_limits, field), .low = 0, .high = INT64_C(1) << 40,       \
        .initial = (first), .unit = "", .help = (what)                                             \
    }

struct rt_knob_table
wl_ops_knobs(void) {
    static const struct rt_knob rows[] = {
        OPS_KNOB("objects_max", objects_max, 10000000,
                 "objects, items in them and eighths of their bytes that a script may make"),
        OPS_KNOB("steps_max", steps_max, 100000000,
                 "statements that a script may run, in loops and blocks too"),
        OPS_KNOB("output_max", output_max, 100000, "lines that a script may print"),
    };

    return (struct rt_knob_table){rows, sizeof rows / sizeof rows[0]};
}

/* ---- Running ------------------------------------------------------------------------------------ */

static const wl_ops_word_fn words[WL_OPS_VERB_COUNT] = {
#define OPS_WORD(word, name, pattern) wl_ops_word_##word,
    OPS_VERBS(OPS_WORD)
#undef OPS_WORD
};

/* Enters the loop, or passes it over; gives the next step. */
static uint32_t
begin_loop(struct wl_ops_machine *machine, const struct wl_ops_step *step, uint32_t at) {
    struct wl_ops_frame *frame = machine->frame;
    int64_t limit;

    if (!wl_ops_number(machine, &machine->program->operands[step->operands + 1], &limit) ||
        limit <= 0)
        return step->jump;
    frame->counters[frame->depth] = 0;
    frame->limits[frame->depth++] = limit;
    return at;
}

/* Until the `end` that belongs to nothing in here, or a `return`. */
static void
run_steps(struct wl_ops_machine *machine, uint32_t at) {
    const struct wl_ops_program *program = machine->program;
    struct wl_ops_frame *frame = machine->frame;
    uint32_t outermost = frame->depth;

    while (machine->status == 0) {
        const struct wl_ops_step *step = &program->steps[at++];
        machine->step = step;
        if (machine->steps_left-- <= 0) {
            wl_ops_pass_limit(machine, "statements (ops.steps_max)", machine->limits->steps_max);
            return;
        }
        switch (step->verb) {
        case WL_OPS_repeat:
            at = begin_loop(machine, step, at);
            break;
        case WL_OPS_block:
            at = step->jump;
            break;
        case WL_OPS_end:
            if (frame->depth == outermost)
                return;
            if (++frame->counters[frame->depth - 1] < frame->limits[frame->depth - 1])
                at = step->jump + 1;
            else
                frame->depth--;
            break;
        case WL_OPS_return:
            frame->result = wl_ops_value(machine, &program->operands[step->operands]);
            return;
        default:
            words[step->verb](machine, &program->operands[step->operands], step->count);
        }
    }
}

struct en_object *
wl_ops_run_block(struct wl_ops_machine *machine, uint32_t block, struct en_object *self,
                 int64_t number) {
    struct wl_ops_frame frame = {
        .outer = machine->frame, .self = self, .counters = {number}, .depth = 1};
    const struct wl_ops_step *step = machine->step;

    if (machine->status != 0)
        return NULL;
    if (machine->depth == WL_OPS_DEPTH) {
        wl_ops_complain(machine, NULL, "more than 32 blocks are running in each other");
        return NULL;
    }
    machine->depth++;
    machine->frame = &frame;
    run_steps(machine, machine->program->blocks[block].first);
    machine->frame = frame.outer;
    machine->step = step;
    machine->depth--;
    return frame.result;
}

void
wl_ops_word_dying(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                  uint32_t count) {
    struct en_object *self = machine->frame->self;
    char data[512];
    struct rt_text text;

    (void)operands;
    (void)count;
    rt_text_init(&text, data, sizeof data);
    if (self == NULL || en_kind(machine->heap, self) != RT_KIND_INSTANCE) {
        rt_text_string(&text, "called");
    } else {
        rt_text_string(&text, "finalizer of ");
        rt_text_string(&text, en_type_name(machine->heap, self));
    }
    wl_ops_print_line(machine, &text);
}

/* The parser's and the loop's own matter. */
void
wl_ops_word_end(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                uint32_t count) {
    (void)machine;
    (void)operands;
    (void)count;
}

void
wl_ops_word_repeat(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                   uint32_t count) {
    wl_ops_word_end(machine, operands, count);
}

void
wl_ops_word_block(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                  uint32_t count) {
    wl_ops_word_end(machine, operands, count);
}

void
wl_ops_word_return(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                   uint32_t count) {
    wl_ops_word_end(machine, operands, count);
}

void
wl_ops_word_finish(struct wl_ops_machine *machine, const struct wl_ops_operand *operands,
                   uint32_t count) {
    wl_ops_word_end(machine, operands, count);
}

/* ---- What the engine calls ---------------------------------------------------------------------- */

static void
finalize(struct en_heap *heap, struct en_object *self, void *data) {
    struct wl_ops_routine *routine = data;

    (void)heap;
    if (routine->machine->is_ready)
        en_xdecref(heap, wl_ops_run_block(routine->machine, routine->block, self, routine->runs++));
}

static struct en_object *
call(struct en_heap *heap, struct en_self *self, struct en_object *const *args, size_t count) {
    struct wl_ops_routine *routine = en_data(self);
    struct en_object *result = NULL;

    if (routine->block != WL_OPS_NO_BLOCK)
        result = wl_ops_run_block(routine->machine, routine->block,
                                  count > 0 ? args[0] : en_none(heap), routine->runs++);
    return result != NULL ? result : en_incref(en_none(heap));
}

struct en_object *
wl_ops_resume(struct en_heap *heap, struct en_object *generator, void *data) {
    struct wl_ops_routine *routine = data;
    int64_t given = wl_ops_generator_given(generator);
    struct en_object *result = NULL;

    if (given >= wl_ops_generator_items(generator) || routine->machine->status != 0)
        return NULL;
    en_generator_set_position(generator, en_generator_position(generator) + 1);
    if (routine->block != WL_OPS_NO_BLOCK)
        result = wl_ops_run_block(routine->machine, routine->block, generator, given);
    return result != NULL ? result : en_int(heap, given);
}

struct wl_ops_routine *
wl_ops_routine(struct wl_ops_machine *machine, const struct wl_ops_operand *operand) {
    return &machine->routines[operand->type == WL_OPS_BLOCK ? operand->index
                                                            : machine->program->blocks_count];
}

bool
wl_ops_is_running(const struct wl_ops_machine *machine, const struct en_object *generator) {
    for (const struct wl_ops_frame *frame = machine->frame; frame != NULL; frame = frame->outer)
        if (frame->self == generator)
            return true;
    return false;
}

/* ---- What is made before ------------------------------------------------------------------------ */

static struct en_object *
make_constant(struct wl_ops_machine *machine, const struct wl_ops_constant *constant) {
    const struct wl_ops_program *program = machine->program;
    const struct wl_ops_piece *piece;
    const char *letters;

    switch (constant->type) {
    case WL_OPS_INT:
        return en_int(machine->heap, constant->integer);
    case WL_OPS_FLOAT:
        return en_float(machine->heap, constant->real);
    case WL_OPS_STR:
        piece = &program->pieces[program->texts[constant->text].first];
        letters = wl_ops_letters(program, piece->letters);
        for (size_t i = 0; i < piece->length; i++)
            if (letters[i] != '_' && !(letters[i] >= '0' && letters[i] <= '9') &&
                !((letters[i] | 32) >= 'a' && (letters[i] | 32) <= 'z'))
                return en_str(machine->heap, letters, piece->length);
        return en_name(machine->heap, letters); /* as a compiler does with what could be a name */
    case WL_OPS_NONE:
        return en_incref(en_none(machine->heap));
    default:
        return en_incref(en_bool(machine->heap, constant->type == WL_OPS_TRUE));
    }
}

static int
make_constants(struct wl_ops_machine *machine) {
    const struct wl_ops_program *program = machine->program;

    for (uint32_t i = 0; i < program->constants_count; i++) {
        machine->constants[i] = make_constant(machine, &program->constants[i]);
        if (machine->constants[i] == NULL)
            return -1;
    }
    for (uint32_t i = 0; i < program->texts_count; i++) {
        const struct wl_ops_piece *piece = &program->pieces[program->texts[i].first];
        bool is_fixed = program->texts[i].count == 1 && piece->expression == WL_OPS_NO_EXPRESSION;
        if (is_fixed && piece->length > 0 && piece->length < 256) {
            machine->names[i] = en_name(machine->heap, wl_ops_letters(program, piece->letters));
            if (machine->names[i] == NULL)
                return -1;
        }
    }
    return 0;
}

/* Makes an instance of the class with all its attributes once, so that no instance of the script is the first. */
static int
try_class(struct wl_ops_machine *machine, struct en_object *class_object,
          struct en_object *const *names, uint32_t count) {
    struct en_object *instance = en_instance_new(machine->heap, class_object);
    int error = instance == NULL ? -1 : 0;

    for (uint32_t i = 0; i < count && error == 0; i++)
        error = en_attr_set(machine->heap, instance, names[i], en_none(machine->heap));
    en_xdecref(machine->heap, instance);
    return error;
}

static int
make_class(struct wl_ops_machine *machine, const struct wl_ops_class *row,
           struct en_object **ret_class) {
    const struct wl_ops_program *program = machine->program;
    struct en_object **names =
        machine->slot_names + (row - program->classes) * (ptrdiff_t)WL_OPS_SLOT_NAMES;
    const char *slots[WL_OPS_SLOT_NAMES + 1];
    struct en_class_spec spec = {
        .name = wl_ops_letters(program, row->name),
        .base = row->base == 0 ? NULL : machine->classes[row->base - 1],
        .slots = row->layout == WL_OPS_SLOTS ? slots : NULL,
        .slot_count = row->layout == WL_OPS_SLOTS ? row->attribute_count : 0,
        .has_dict = row->declares_dict,
        .has_weakref = row->declares_weakref,
        .finalizer = row->block == WL_OPS_NO_BLOCK ? NULL : finalize,
        .finalizer_data = row->block == WL_OPS_NO_BLOCK ? NULL : &machine->routines[row->block],
    };

    for (uint32_t i = 0; i < row->attribute_count; i++) {
        slots[i] = wl_ops_letters(program, row->attributes[i]);
        names[i] = en_name(machine->heap, slots[i]);
        if (names[i] == NULL)
            return -1;
    }
    *ret_class = en_class_new(machine->heap, &spec);
    return *ret_class == NULL ? -1 : try_class(machine, *ret_class, names, row->attribute_count);
}

static int
make_classes(struct wl_ops_machine *machine) {
    const struct wl_ops_program *program = machine->program;
    int error = 0;

    for (uint32_t i = 0; i <= program->blocks_count && error == 0; i++) {
        struct wl_ops_routine *routine = &machine->routines[i];
        routine->machine = machine;
        routine->block = i == program->blocks_count ? WL_OPS_NO_BLOCK : i;
        error = en_code_init(machine->heap, &routine->code, call, routine, 1);
        routine->has_code = error == 0;
    }
    for (uint32_t i = 0; i < program->classes_count && error == 0; i++)
        error = make_class(machine, &program->classes[i], &machine->classes[i]);
    return error;
}

static int
make_tables(struct wl_ops_machine *machine) {
    const struct wl_ops_program *program = machine->program;
    uint32_t capacity = 64;

    while (capacity <= program->slots_count)
        capacity *= 2;
    machine->variable_capacity = capacity;
    machine->variable_count = program->slots_count;
    machine->place_mask = capacity * 2 - 1;
    machine->variables = calloc(capacity, sizeof *machine->variables);
    machine->slots = calloc(capacity, sizeof *machine->slots);
    machine->places = calloc((size_t)capacity * 2, sizeof *machine->places);
    machine->constants = calloc(program->constants_count + 1, sizeof *machine->constants);
    machine->classes = calloc(program->classes_count + 1, sizeof *machine->classes);
    machine->slot_names = calloc((program->classes_count + 1) * (size_t)WL_OPS_SLOT_NAMES,
                                 sizeof *machine->slot_names);
    machine->names = calloc(program->texts_count + 1, sizeof *machine->names);
    machine->routines = calloc(program->blocks_count + 1, sizeof *machine->routines);
    if (machine->variables == NULL || machine->slots == NULL || machine->places == NULL ||
        machine->constants == NULL || machine->classes == NULL || machine->names == NULL ||
        machine->slot_names == NULL || machine->routines == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < program->slots_count; i++)
        machine->slots[i] = program->slots[i];
    for (uint32_t i = 0; i < program->slots_count && program->names_count > 0; i++) {
        uint32_t at = wl_ops_slot_hash(&machine->slots[i]) & machine->place_mask;
        while (machine->places[at] != 0)
            at = (at + 1) & machine->place_mask;
        machine->places[at] = i + 1;
    }
    return 0;
}

int
wl_ops_open(struct wl_ops_machine *machine) {
    if (make_tables(machine) != 0)
        return -ENOMEM;
    if (make_constants(machine) == 0 && make_classes(machine) == 0)
        return 0;
    (void)en_error(machine->heap);
    return -ENOMEM;
}

static void
drop_all(struct wl_ops_machine *machine, struct en_object **objects, uint32_t count) {
    for (uint32_t i = 0; objects != NULL && i < count; i++)
        en_xdecref(machine->heap, objects[i]);
    free(objects);
}

void
wl_ops_close(struct wl_ops_machine *machine) {
    const struct wl_ops_program *program = machine->program;

    machine->is_ready = false;
    if (machine->status == 0)
        machine->status = -ECANCELED; /* what is dropped now is not the script's any more */
    for (uint32_t i = 0; machine->variables != NULL && i < machine->variable_count; i++)
        wl_ops_unbind(machine, i);
    for (uint32_t i = 0; i < machine->class_name_count; i++) {
        (void)en_class_set(machine->heap, machine->class_owners[i], machine->class_names[i],
                           en_none(machine->heap));
        en_decref(machine->heap, machine->class_names[i]);
    }
    if (en_gc_garbage(machine->heap) != NULL)
        en_list_clear(machine->heap, en_gc_garbage(machine->heap));
    en_gc_unfreeze(machine->heap);
    drop_all(machine, machine->constants, program->constants_count);
    drop_all(machine, machine->names, program->texts_count);
    drop_all(machine, machine->slot_names, program->classes_count * WL_OPS_SLOT_NAMES);
    (void)en_gc_collect(machine->heap, RT_GENERATIONS - 1);
    drop_all(machine, machine->classes, program->classes_count);
    (void)en_gc_collect(machine->heap, RT_GENERATIONS - 1);
    for (uint32_t i = 0; machine->routines != NULL && i <= program->blocks_count; i++)
        if (machine->routines[i].has_code)
            en_code_fini(machine->heap, &machine->routines[i].code);
    free(machine->routines);
    free(machine->variables);
    free(machine->slots);
    free(machine->places);
}

/* ---- Scripts ------------------------------------------------------------------------------------ */

/* Drops the variables, and those that finalizers bind meanwhile, but not without end. */
static void
finish(struct wl_ops_machine *machine) {
    enum {
        ROUNDS = 4
    };
    char data[64];
    struct rt_text text;

    if (machine->program->finish == WL_OPS_FINISH_NOTHING)
        return;
    for (int round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < machine->variable_count && machine->status == 0; i++)
            wl_ops_unbind(machine, i);
    if (machine->status != 0 || machine->program->finish == WL_OPS_FINISH_DROP)
        return;
    rt_text_init(&text, data, sizeof data);
    rt_text_string(&text, "end: collected ");
    rt_text_integer(&text, en_gc_collect(machine->heap, RT_GENERATIONS - 1));
    wl_ops_print_line(machine, &text);
}

int
wl_ops_run(struct en_heap *heap, const struct wl_ops_program *program,
           const struct wl_ops_limits *limits, wl_ops_print_fn print, void *context,
           struct rt_text *why) {
    struct wl_ops_frame frame = {.outer = NULL};
    struct wl_ops_machine machine = {
        .heap = heap,
        .program = program,
        .print = print,
        .context = context,
        .why = why,
        .limits = limits,
        .objects_left = limits->objects_max,
        .steps_left = limits->steps_max,
        .lines_left = limits->output_max,
        .frame = &frame,
        .step = &program->steps[0],
    };
    int status;

    status = wl_ops_open(&machine);
    if (status == 0) {
        wl_ops_settle(&machine);
        machine.is_ready = true;
        run_steps(&machine, WL_OPS_START);
        finish(&machine);
        status = machine.status;
    }
    wl_ops_close(&machine);
    return status;
}
