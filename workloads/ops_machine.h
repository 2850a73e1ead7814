/* SPDX-License-Identifier: MIT
 *
 * ops_machine.h: what runs a program: its state, and what the words of statements do with it.
 *
 * What is true:
 *   - A variable owns one reference, or a block of memory.
 *   - A word owns references to the objects that it works with, as Python's stack does: any engine call that makes
 *     a container or drops a reference may run blocks, and these may drop any variable.
 *   - For the same reason nobody keeps a pointer into a table of the machine over such a call.
 *   - Once `status` is not 0 nothing runs any more, in blocks neither.
 */
#ifndef WORKLOADS_OPS_MACHINE_H
#define WORKLOADS_OPS_MACHINE_H

#include "workloads/ops_program.h"

enum {
    WL_OPS_DEPTH = 32, /* of blocks that run in each other */
    WL_OPS_CLASS_NAMES = 64,
    WL_OPS_TEXT_BYTES = 2 * WL_OPS_LINE_BYTES,
};

struct wl_ops_variable {
    void *thing;         /* an object, or memory; NULL: not bound */
    size_t memory_bytes; /* 0: an object */
};

struct wl_ops_frame {
    struct wl_ops_frame *outer;
    struct en_object *self;   /* borrowed */
    struct en_object *result; /* what was returned */
    int64_t counters[WL_OPS_NESTING + 1], limits[WL_OPS_NESTING + 1];
    uint32_t depth;
};

struct wl_ops_machine;

/* A block as a function. */
struct wl_ops_routine {
    struct wl_ops_machine *machine;
    uint32_t block; /* WL_OPS_NO_BLOCK: does nothing */
    int64_t runs;
    struct en_code code;
    bool has_code;
};

struct wl_ops_machine {
    struct en_heap *heap;
    const struct wl_ops_program *program;
    wl_ops_print_fn print;
    void *context;
    struct rt_text *why;
    const struct wl_ops_limits *limits;
    int64_t objects_left, steps_left, lines_left;
    int status;

    struct wl_ops_variable *variables;
    struct wl_ops_slot *slots; /* what variables are called */
    uint32_t variable_count, variable_capacity;
    uint32_t *places; /* of slots, by name: numbers of them and 1 */
    uint32_t place_mask;

    struct en_object **constants, **classes;
    struct en_object **slot_names; /* by class, WL_OPS_SLOT_NAMES each */
    struct en_object **names; /* by text: those that attributes are called, where they are fixed */
    struct wl_ops_routine *routines;                   /* by block, and one that does nothing */
    struct en_object *class_names[WL_OPS_CLASS_NAMES]; /* attributes that classes have, and whose */
    struct en_object *class_owners[WL_OPS_CLASS_NAMES];
    uint32_t class_name_count;

    struct wl_ops_frame *frame;
    const struct wl_ops_step *step;
    uint32_t depth;
    bool is_ready; /* before, finalizers do nothing */
    struct rt_gc_stats stats[RT_GENERATIONS];
    int64_t hidden_frozen, hidden_objects; /* the engine's own */
    bool has_unfrozen;                     /* so that these are among the others */
};

typedef void (*wl_ops_word_fn)(struct wl_ops_machine *machine,
                               const struct wl_ops_operand *operands, uint32_t count);

#define OPS_DECLARE(word, name, pattern)                                                           \
    void wl_ops_word_##word(struct wl_ops_machine *machine, const struct wl_ops_operand *operands, \
                            uint32_t count);
OPS_VERBS(OPS_DECLARE)
#undef OPS_DECLARE

/* ---- What goes wrong ---------------------------------------------------------------------------- */

/* "error: line N: SUBJECT WHAT"; subject may be NULL. False. */
bool wl_ops_complain(struct wl_ops_machine *machine, const char *subject, const char *what);

/* About what the operand is called. */
bool wl_ops_complain_of(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                        const char *what);

/* The engine has refused. */
bool wl_ops_complain_of_engine(struct wl_ops_machine *machine);

/* Stops everything. False. */
bool wl_ops_pass_limit(struct wl_ops_machine *machine, const char *knob, int64_t limit);

static inline bool
wl_ops_charge(struct wl_ops_machine *machine, int64_t objects) {
    machine->objects_left -= objects;
    return machine->objects_left >= 0 ||
           wl_ops_pass_limit(machine, "objects, and items in them (ops.objects_max)",
                             machine->limits->objects_max);
}

/* ---- Operands ----------------------------------------------------------------------------------- */

/* Gives what an expression is now. False: has complained. */
bool wl_ops_evaluate(struct wl_ops_machine *machine, uint32_t expression, int64_t *ret_value);
bool wl_ops_number(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                   int64_t *ret_value);

/* A number within bounds, or the other value where there is no operand. */
bool wl_ops_number_within(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                          int64_t low, int64_t high, int64_t otherwise, int64_t *ret_value);

/* What a text is now; *ret_length without the zero at its end. */
bool wl_ops_expand(struct wl_ops_machine *machine, uint32_t text,
                   char ret_letters[WL_OPS_TEXT_BYTES], size_t *ret_length);

/* The slot that an operand names. False: there is none, or has complained where `complains`. */
bool wl_ops_find_slot(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                      bool complains, uint32_t *ret_slot);

/* The caller's; NULL: has complained. */
struct en_object *wl_ops_value_slowly(struct wl_ops_machine *machine,
                                      const struct wl_ops_operand *operand);

static inline struct en_object *
wl_ops_value(struct wl_ops_machine *machine, const struct wl_ops_operand *operand) {
    if (operand->type == WL_OPS_SLOT) {
        const struct wl_ops_variable *variable = &machine->variables[operand->index];
        if (variable->thing != NULL && variable->memory_bytes == 0)
            return en_incref(variable->thing);
    }
    return wl_ops_value_slowly(machine, operand);
}

/* The same, of one of these kinds: bits of 1 << kind. */
struct en_object *wl_ops_value_of(struct wl_ops_machine *machine,
                                  const struct wl_ops_operand *operand, unsigned kinds);

/* The name of an attribute, the caller's. */
struct en_object *wl_ops_attribute(struct wl_ops_machine *machine,
                                   const struct wl_ops_operand *operand);
bool wl_ops_is_dict_attribute(const struct wl_ops_machine *machine,
                              const struct wl_ops_operand *operand);

/* Takes over the object; NULL: the engine has failed, and it complains. */
bool wl_ops_bind(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                 struct en_object *object);
bool wl_ops_bind_memory(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                        void *memory, size_t bytes);
void wl_ops_unbind(struct wl_ops_machine *machine, uint32_t slot);

/* What the operand is called in the script, with its numbers. */
void wl_ops_label(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                  struct rt_text *text);
void wl_ops_print_line(struct wl_ops_machine *machine, const struct rt_text *text);

/* ---- What objects can ---------------------------------------------------------------------------
 * Each complains when they cannot. */

bool wl_ops_is_hashable(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                        struct en_object *object);
bool wl_ops_is_comparable(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                          struct en_object *object);
bool wl_ops_has_plain_hash(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                           struct en_object *object);
bool wl_ops_takes_weakrefs(struct wl_ops_machine *machine, const struct wl_ops_operand *operand,
                           struct en_object *object);

/* Of an instance, or NULL. */
const struct wl_ops_class *wl_ops_class_of(const struct wl_ops_machine *machine,
                                           struct en_object *instance);

/* Items of lists, tuples, dicts, sets, arrays, and of weak collections; characters. -1: it has none. */
int64_t wl_ops_length(struct wl_ops_machine *machine, struct en_object *object, enum rt_kind kind);

/* -1: no memory. */
int64_t wl_ops_deep_size(struct wl_ops_machine *machine, struct en_object *object);

/* ---- Blocks ------------------------------------------------------------------------------------- */

/* Runs a block of which `self` is what it is about; gives what it returned, the caller's, or NULL. */
struct en_object *wl_ops_run_block(struct wl_ops_machine *machine, uint32_t block,
                                   struct en_object *self, int64_t number);

struct wl_ops_routine *wl_ops_routine(struct wl_ops_machine *machine,
                                      const struct wl_ops_operand *operand);

/* A generator's position has how many items it gives, how many it gave, and its slots. */
enum {
    WL_OPS_GENERATOR_BITS = 28,
    WL_OPS_GENERATOR_ITEMS = (1 << WL_OPS_GENERATOR_BITS) - 1,
};

static inline int64_t
wl_ops_generator_given(struct en_object *generator) {
    return en_generator_position(generator) & WL_OPS_GENERATOR_ITEMS;
}

static inline int64_t
wl_ops_generator_items(struct en_object *generator) {
    return en_generator_position(generator) >> WL_OPS_GENERATOR_BITS & WL_OPS_GENERATOR_ITEMS;
}

static inline int64_t
wl_ops_generator_slots(struct en_object *generator) {
    return en_generator_position(generator) >> 2 * WL_OPS_GENERATOR_BITS;
}

struct en_object *wl_ops_resume(struct en_heap *heap, struct en_object *generator, void *data);

/* It gives an item at this moment, so that it cannot be asked for another. */
bool wl_ops_is_running(const struct wl_ops_machine *machine, const struct en_object *generator);

/* What there is becomes the engine's own, and figures begin again. */
void wl_ops_settle(struct wl_ops_machine *machine);

int wl_ops_open(struct wl_ops_machine *machine);
void wl_ops_close(struct wl_ops_machine *machine);

#endif
