/* SPDX-License-Identifier: MIT
 *
 * ops_operand.c: what the operands of statements are at the moment: numbers, texts, names, values.
 *
 * A name with braces is looked up in a hash table of skeletons with their numbers. It gets a variable when it is first
 * bound, and keeps it.
 */
#include "workloads/ops_machine.h"

#include <stdlib.h>
#include <string.h>

enum {
    LABEL_BYTES = 512,
    NAME_NUMBER_MAX = 999999999
};

/* ---- Lines -------------------------------------------------------------------------------------- */

void
wl_ops_print_line(struct wl_ops_machine *machine, const struct rt_text *text) {
    if (machine->status != 0)
        return;
    if (machine->lines_left-- == 0) {
        wl_ops_pass_limit(machine, "lines of output (ops.output_max)", machine->limits->output_max);
        return;
    }
    if (!machine->print(machine->context, text->data, text->length))
        machine->status = -ECANCELED;
}

bool
wl_ops_complain(struct wl_ops_machine *machine, const char *subject, const char *what) {
    char data[LABEL_BYTES * 2];
    struct rt_text text;

    rt_text_init(&text, data, sizeof data);
    rt_text_string(&text, "error: line ");
    rt_text_unsigned(&text, machine->step->line);
    rt_text_string(&text, ": ");
    if (subject != NULL) {
        rt_text_string(&text, subject);
        rt_text_string(&text, " ");
    }
    rt_text_string(&text, what);
    wl_ops_print_line(machine, &text);
    return false;
}

bool
wl_ops_complain_of(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                   const char *what) {
    char data[LABEL_BYTES];
    struct rt_text text;

    rt_text_init(&text, data, sizeof data);
    wl_ops_label(machine, operand, &text);
    return wl_ops_complain(machine, data, what);
}

bool
wl_ops_complain_of_engine(struct wl_ops_machine *machine) {
    const char *verb = wl_ops_verb_rows[machine->step->verb].name;

    switch (en_error(machine->heap)) {
    case ENOMEM:
        return wl_ops_complain(machine, verb, "found no memory");
    case ENOENT:
        return wl_ops_complain(machine, verb, "did not find it");
    case ERANGE:
        return wl_ops_complain(machine, verb, "was out of range");
    case ELOOP:
        return wl_ops_complain(machine, verb, "went too deep");
    default:
        return wl_ops_complain(machine, verb, "was refused");
    }
}

bool
wl_ops_pass_limit(struct wl_ops_machine *machine, const char *knob, int64_t limit) {
    if (machine->status != 0)
        return false;
    machine->status = -E2BIG;
    rt_text_unsigned(machine->why, machine->step->line);
    rt_text_string(machine->why, ": more than ");
    rt_text_integer(machine->why, limit);
    rt_text_string(machine->why, " ");
    rt_text_string(machine->why, knob);
    return false;
}

/* ---- Numbers and texts -------------------------------------------------------------------------- */

/* As Python's // and %: towards minus infinity. */
static bool
divide(struct wl_ops_machine *machine, int64_t over, int64_t under, bool wants_rest,
       int64_t *ret_value) {
    int64_t rest, quotient;

    if (under == 0)
        return wl_ops_complain(machine, NULL, "division by zero");
    if (under == -1) {
        *ret_value = wants_rest ? 0 : (int64_t) - (uint64_t)over;
        return true;
    }
    rest = over % under;
    quotient = over / under;
    if (rest != 0 && (rest < 0) != (under < 0)) {
        rest += under;
        quotient--;
    }
    *ret_value = wants_rest ? rest : quotient;
    return true;
}

static bool
evaluate_whole(struct wl_ops_machine *machine, const struct wl_ops_expression *row,
               int64_t *ret_value) {
    const struct wl_ops_instruction *at = &machine->program->instructions[row->first];
    int64_t stack[WL_OPS_STACK + 1] = {0}, *top = stack; /* the first place stays empty */

    for (uint32_t i = 0; i < row->count; i++, at++) {
        switch (at->code) {
        case WL_OPS_PUSH:
            *++top = at->value;
            continue;
        case WL_OPS_COUNTER:
            *++top = machine->frame->counters[at->value];
            continue;
        case WL_OPS_PLUS:
            top[-1] = (int64_t)((uint64_t)top[-1] + (uint64_t)top[0]);
            break;
        case WL_OPS_MINUS:
            top[-1] = (int64_t)((uint64_t)top[-1] - (uint64_t)top[0]);
            break;
        case WL_OPS_TIMES:
            top[-1] = (int64_t)((uint64_t)top[-1] * (uint64_t)top[0]);
            break;
        default:
            if (!divide(machine, top[-1], top[0], at->code == WL_OPS_MODULO, &top[-1]))
                return false;
        }
        top--;
    }
    *ret_value = *top;
    return true;
}

bool
wl_ops_evaluate(struct wl_ops_machine *machine, uint32_t expression, int64_t *ret_value) {
    const struct wl_ops_expression *row = &machine->program->expressions[expression];
    const struct wl_ops_instruction *first = &machine->program->instructions[row->first];

    if (row->count > 1)
        return evaluate_whole(machine, row, ret_value);
    *ret_value = first->code == WL_OPS_PUSH ? first->value : machine->frame->counters[first->value];
    return true;
}

bool
wl_ops_number(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
              int64_t *ret_value) {
    if (operand->type == WL_OPS_EXPRESSION)
        return wl_ops_evaluate(machine, operand->index, ret_value);
    *ret_value = operand->number;
    return true;
}

bool
wl_ops_number_within(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                     int64_t low, int64_t high, int64_t otherwise, int64_t *ret_value) {
    char data[32];
    struct rt_text text;

    *ret_value = otherwise;
    if (operand->type == WL_OPS_NOTHING)
        return true;
    if (!wl_ops_number(machine, operand, ret_value))
        return false;
    if (*ret_value >= low && *ret_value <= high)
        return true;
    rt_text_init(&text, data, sizeof data);
    rt_text_integer(&text, *ret_value);
    return wl_ops_complain(machine, data, "is out of range");
}

bool
wl_ops_expand(struct wl_ops_machine *machine, uint32_t text, char ret_letters[WL_OPS_TEXT_BYTES],
              size_t *ret_length) {
    const struct wl_ops_program *program = machine->program;
    const struct wl_ops_text *row = &program->texts[text];
    struct rt_text out;
    int64_t value;

    rt_text_init(&out, ret_letters, WL_OPS_TEXT_BYTES);
    for (uint32_t i = 0; i < row->count; i++) {
        const struct wl_ops_piece *piece = &program->pieces[row->first + i];
        rt_text_string(&out, wl_ops_letters(program, piece->letters));
        if (piece->expression == WL_OPS_NO_EXPRESSION)
            continue;
        if (!wl_ops_evaluate(machine, piece->expression, &value))
            return false;
        rt_text_integer(&out, value);
    }
    *ret_length = out.length;
    return true;
}

/* ---- Names -------------------------------------------------------------------------------------- */

static void
spell(const struct wl_ops_machine *machine, const struct wl_ops_slot *slot, struct rt_text *text) {
    const char *at =
        wl_ops_letters(machine->program, machine->program->skeletons[slot->skeleton].letters);
    char letter[2] = "";

    for (int numbers = 0; *at != '\0'; at++) {
        letter[0] = *at;
        if (*at == '#')
            rt_text_unsigned(text, slot->numbers[numbers++]);
        else
            rt_text_string(text, letter);
    }
}

/* The name's numbers. */
static bool
make_slot(struct wl_ops_machine *machine, uint32_t name, struct wl_ops_slot *ret_slot) {
    const struct wl_ops_name *row = &machine->program->names[name];
    int64_t value;

    *ret_slot = row->slot;
    for (uint32_t i = 0; i < row->count; i++) {
        if (row->expressions[i] == WL_OPS_NO_EXPRESSION)
            continue;
        if (!wl_ops_evaluate(machine, row->expressions[i], &value))
            return false;
        if (value < 0 || value > NAME_NUMBER_MAX)
            return wl_ops_complain(machine, NULL, "a number in a name is out of range");
        ret_slot->numbers[i] = (uint32_t)value;
    }
    return true;
}

/* The place where it is, or the free one where it belongs. */
static uint32_t
find_place(const struct wl_ops_machine *machine, const struct wl_ops_slot *slot) {
    uint32_t at = wl_ops_slot_hash(slot) & machine->place_mask;

    while (machine->places[at] != 0 &&
           !wl_ops_slot_is(&machine->slots[machine->places[at] - 1], slot))
        at = (at + 1) & machine->place_mask;
    return at;
}

bool
wl_ops_find_slot(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                 bool complains, uint32_t *ret_slot) {
    struct wl_ops_slot slot;
    uint32_t place;

    *ret_slot = operand->index;
    if (operand->type == WL_OPS_NAME) {
        if (!make_slot(machine, operand->index, &slot))
            return false;
        place = find_place(machine, &slot);
        *ret_slot = machine->places[place] - 1;
        if (machine->places[place] == 0)
            return complains ? wl_ops_complain_of(machine, operand, "is not bound") : false;
    }
    return machine->variables[*ret_slot].thing != NULL ||
           (complains ? wl_ops_complain_of(machine, operand, "is not bound") : false);
}

/* Room for one more variable and its place. */
static bool
enlarge(struct wl_ops_machine *machine) {
    uint32_t capacity = machine->variable_capacity * 2;
    uint32_t *places = calloc((size_t)capacity * 2, sizeof *places);
    void *variables =
        places == NULL ? NULL : realloc(machine->variables, capacity * sizeof *machine->variables);
    void *slots = NULL;

    if (variables != NULL) {
        machine->variables = variables;
        slots = realloc(machine->slots, capacity * sizeof *machine->slots);
    }
    if (slots == NULL) {
        free(places);
        machine->status = -ENOMEM;
        return false;
    }
    machine->slots = slots;
    free(machine->places);
    machine->places = places;
    machine->place_mask = capacity * 2 - 1;
    machine->variable_capacity = capacity;
    for (uint32_t i = 0; i < machine->variable_count; i++)
        places[find_place(machine, &machine->slots[i])] = i + 1;
    return true;
}

/* The operand's variable, which is made where there is none. */
static bool
provide_slot(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
             uint32_t *ret_slot) {
    struct wl_ops_slot slot;
    uint32_t place;

    *ret_slot = operand->index;
    if (operand->type == WL_OPS_SLOT)
        return true;
    if (!make_slot(machine, operand->index, &slot))
        return false;
    place = find_place(machine, &slot);
    if (machine->places[place] == 0) {
        if (!wl_ops_charge(machine, 1))
            return false;
        if (machine->variable_count == machine->variable_capacity) {
            if (!enlarge(machine))
                return false;
            place = find_place(machine, &slot);
        }
        machine->slots[machine->variable_count] = slot;
        machine->variables[machine->variable_count] = (struct wl_ops_variable){NULL, 0};
        machine->places[place] = ++machine->variable_count;
    }
    *ret_slot = machine->places[place] - 1;
    return true;
}

void
wl_ops_unbind(struct wl_ops_machine *machine, uint32_t slot) {
    struct wl_ops_variable old = machine->variables[slot];

    machine->variables[slot] = (struct wl_ops_variable){NULL, 0};
    if (old.memory_bytes > 0)
        en_free(machine->heap, old.thing, old.memory_bytes);
    else
        en_xdecref(machine->heap, old.thing);
}

bool
wl_ops_bind(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
            struct en_object *object) {
    struct wl_ops_variable old;
    uint32_t slot;

    if (object == NULL)
        return wl_ops_complain_of_engine(machine);
    if (!provide_slot(machine, operand, &slot)) {
        en_decref(machine->heap, object);
        return false;
    }
    old = machine->variables[slot];
    machine->variables[slot] = (struct wl_ops_variable){object, 0};
    if (old.memory_bytes > 0)
        en_free(machine->heap, old.thing, old.memory_bytes);
    else
        en_xdecref(machine->heap, old.thing);
    return true;
}

bool
wl_ops_bind_memory(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                   void *memory, size_t bytes) {
    uint32_t slot;

    if (memory == NULL)
        return wl_ops_complain(machine, wl_ops_verb_rows[machine->step->verb].name,
                               "found no memory");
    if (!provide_slot(machine, operand, &slot)) {
        en_free(machine->heap, memory, bytes);
        return false;
    }
    wl_ops_unbind(machine, slot);
    wl_ops_unbind(machine, slot); /* what a finalizer has put there meanwhile */
    machine->variables[slot] = (struct wl_ops_variable){memory, bytes};
    return true;
}

/* ---- Values ------------------------------------------------------------------------------------- */

static struct en_object *
make_str(struct wl_ops_machine *machine, uint32_t text) {
    char letters[WL_OPS_TEXT_BYTES];
    struct en_object *string;
    size_t length;

    if (!wl_ops_expand(machine, text, letters, &length) ||
        !wl_ops_charge(machine, 1 + (int64_t)length / 8))
        return NULL;
    string = en_str(machine->heap, letters, length);
    if (string == NULL)
        wl_ops_complain_of_engine(machine);
    return string;
}

static struct en_object *
make_int(struct wl_ops_machine *machine, uint32_t expression) {
    struct en_object *object;
    int64_t value;

    if (!wl_ops_evaluate(machine, expression, &value) || !wl_ops_charge(machine, 1))
        return NULL;
    object = en_int(machine->heap, value);
    if (object == NULL)
        wl_ops_complain_of_engine(machine);
    return object;
}

struct en_object *
wl_ops_value_slowly(struct wl_ops_machine *machine, const struct wl_ops_operand *operand) {
    uint32_t slot;

    switch (operand->type) {
    case WL_OPS_CONSTANT:
        return en_incref(machine->constants[operand->index]);
    case WL_OPS_CLASS:
        return en_incref(machine->classes[operand->index]);
    case WL_OPS_SELF:
        return en_incref(machine->frame->self);
    case WL_OPS_EXPRESSION:
        return make_int(machine, operand->index);
    case WL_OPS_TEXT:
        return make_str(machine, operand->index);
    default:
        if (!wl_ops_find_slot(machine, operand, true, &slot))
            return NULL;
        if (machine->variables[slot].memory_bytes > 0) {
            wl_ops_complain_of(machine, operand, "is memory");
            return NULL;
        }
        return en_incref(machine->variables[slot].thing);
    }
}

struct en_object *
wl_ops_value_of(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                unsigned kinds) {
    struct en_object *object = wl_ops_value(machine, operand);
    enum rt_kind kind;
    char data[64];
    struct rt_text text;

    if (object == NULL)
        return NULL;
    kind = en_kind(machine->heap, object);
    if ((kinds >> kind & 1) != 0)
        return object;
    rt_text_init(&text, data, sizeof data);
    rt_text_string(&text, "cannot be that: it is of type ");
    rt_text_string(&text, rt_kind_name(kind));
    wl_ops_complain_of(machine, operand, data);
    en_decref(machine->heap, object);
    return NULL;
}

struct en_object *
wl_ops_attribute(struct wl_ops_machine *machine, const struct wl_ops_operand *operand) {
    char letters[WL_OPS_TEXT_BYTES];
    struct en_object *name = machine->names[operand->index];
    size_t length;

    if (name != NULL)
        return en_incref(name);
    if (!wl_ops_expand(machine, operand->index, letters, &length))
        return NULL;
    for (size_t i = 0; i < length; i++)
        if (letters[i] == '-') {
            wl_ops_complain(machine, letters, "is no name of an attribute");
            return NULL;
        }
    name = en_name(machine->heap, letters);
    if (name == NULL)
        wl_ops_complain_of_engine(machine);
    return name;
}

bool
wl_ops_is_dict_attribute(const struct wl_ops_machine *machine,
                         const struct wl_ops_operand *operand) {
    const struct wl_ops_program *program = machine->program;
    const struct wl_ops_text *text = &program->texts[operand->index];

    return strcmp(wl_ops_letters(program, program->pieces[text->first].letters), "__dict__") == 0;
}

/* ---- What things are called --------------------------------------------------------------------- */

static void
label_constant(const struct wl_ops_machine *machine, const struct wl_ops_constant *constant,
               struct rt_text *text) {
    const struct wl_ops_program *program = machine->program;

    switch (constant->type) {
    case WL_OPS_INT:
        rt_text_integer(text, constant->integer);
        break;
    case WL_OPS_FLOAT:
        rt_text_ratio(text, constant->real);
        break;
    case WL_OPS_STR:
        rt_text_string(text, "\"");
        rt_text_string(
            text,
            wl_ops_letters(program, program->pieces[program->texts[constant->text].first].letters));
        rt_text_string(text, "\"");
        break;
    default:
        rt_text_string(text, constant->type == WL_OPS_NONE   ? "None"
                             : constant->type == WL_OPS_TRUE ? "True"
                                                             : "False");
    }
}

void
wl_ops_label(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
             struct rt_text *text) {
    const struct wl_ops_program *program = machine->program;
    char letters[WL_OPS_TEXT_BYTES];
    struct wl_ops_slot slot;
    int64_t value;
    size_t length;

    switch (operand->type) {
    case WL_OPS_SLOT:
        spell(machine, &machine->slots[operand->index], text);
        break;
    case WL_OPS_NAME:
        if (make_slot(machine, operand->index, &slot))
            spell(machine, &slot, text);
        break;
    case WL_OPS_SELF:
        rt_text_string(text, "self");
        break;
    case WL_OPS_CONSTANT:
        label_constant(machine, &program->constants[operand->index], text);
        break;
    case WL_OPS_CLASS:
        rt_text_string(text, wl_ops_letters(program, program->classes[operand->index].name));
        break;
    case WL_OPS_TEXT:
        if (wl_ops_expand(machine, operand->index, letters, &length))
            rt_text_string(text, letters);
        break;
    default:
        if (operand->type != WL_OPS_NOTHING && wl_ops_number(machine, operand, &value))
            rt_text_integer(text, value);
    }
}
