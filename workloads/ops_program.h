/* SPDX-License-Identifier: MIT
 *
 * ops_program.h: a parsed script, as the parser leaves it and the machine runs it. Nothing in it changes while it
 * runs.
 *
 * What is true:
 *   - A step is one statement: its verb, and its operands next to each other, in the order of the verb's pattern.
 *   - A name is a skeleton, in which `#` stands for each number, and its numbers: `a7_x` and `a{i}_x` are of one
 *     skeleton, `a#_x`, and when i is 7 they are the same name. Names whose numbers the parser knows have their
 *     slots from it; others get theirs when they are first bound.
 *   - Loops' variables are known by their depth. In a block depth 0 is `n`, and its first loop has depth 1.
 *   - The step of a `repeat` and of a `block` knows where its `end` is, and the `end` of a loop where it begins.
 */
#ifndef WORKLOADS_OPS_PROGRAM_H
#define WORKLOADS_OPS_PROGRAM_H

#include "workloads/ops.h"
#include "workloads/ops_verbs.h"

enum wl_ops_verb {
#define OPS_ENUM(word, name, pattern) WL_OPS_##word,
    OPS_VERBS(OPS_ENUM)
#undef OPS_ENUM
    WL_OPS_VERB_COUNT
};

struct wl_ops_verb_row {
    const char *name, *pattern;
};

extern const struct wl_ops_verb_row wl_ops_verb_rows[WL_OPS_VERB_COUNT];

enum wl_ops_operand_type {
    WL_OPS_NOTHING,
    WL_OPS_SLOT, /* index: of the slot */
    WL_OPS_NAME, /* index: of the name */
    WL_OPS_SELF,
    WL_OPS_CONSTANT,   /* index: of the constant */
    WL_OPS_CLASS,      /* index: of the class */
    WL_OPS_NUMBER,     /* number */
    WL_OPS_EXPRESSION, /* index: of the expression */
    WL_OPS_TEXT,       /* index: of the text */
    WL_OPS_BLOCK,      /* index: of the block */
    WL_OPS_CODE        /* number: enum rt_array_code */
};

struct wl_ops_operand {
    enum wl_ops_operand_type type;
    uint32_t index;
    int64_t number;
};

struct wl_ops_step {
    uint16_t verb, count; /* operands */
    uint32_t line, operands, jump;
};

enum {
    WL_OPS_START = 3,   /* the step that a program begins with */
    WL_OPS_NUMBERS = 3, /* in a name */
    WL_OPS_CLASSES = 256,
    WL_OPS_OPERANDS = 512, /* of a statement */
    WL_OPS_SLOT_NAMES = 64
};

/* In each other; an expression needs no more than three places for each of these and three more. */
enum {
    WL_OPS_PARENTHESES = 2,
    WL_OPS_STACK = 3 * WL_OPS_PARENTHESES + 3
};

/* An expression is run on a stack; `COUNTER` has the loop's depth as its value. */
enum wl_ops_code {
    WL_OPS_PUSH,
    WL_OPS_COUNTER,
    WL_OPS_PLUS,
    WL_OPS_MINUS,
    WL_OPS_TIMES,
    WL_OPS_DIVIDE,
    WL_OPS_MODULO
};

struct wl_ops_instruction {
    enum wl_ops_code code;
    int64_t value;
};

struct wl_ops_expression {
    uint32_t first, count; /* instructions */
};

enum wl_ops_constant_type {
    WL_OPS_NONE,
    WL_OPS_FALSE,
    WL_OPS_TRUE,
    WL_OPS_INT,
    WL_OPS_FLOAT,
    WL_OPS_STR
};

struct wl_ops_constant {
    enum wl_ops_constant_type type;
    int64_t integer;
    double real;
    uint32_t text; /* of a str */
};

/* Letters of `letters`, which are ended by a zero. */
struct wl_ops_piece {
    uint32_t letters, length;
    uint32_t expression; /* behind the letters, or WL_OPS_NO_EXPRESSION */
};

enum {
    WL_OPS_NO_EXPRESSION = UINT32_MAX,
    WL_OPS_NO_BLOCK = UINT32_MAX
};

struct wl_ops_text {
    uint32_t first, count; /* pieces */
};

struct wl_ops_slot {
    uint32_t skeleton;
    uint32_t numbers[WL_OPS_NUMBERS];
};

/* A name with braces. A number that is known has no expression and stands in the slot. */
struct wl_ops_name {
    struct wl_ops_slot slot;
    uint32_t count;
    uint32_t expressions[WL_OPS_NUMBERS];
};

struct wl_ops_skeleton {
    uint32_t letters;
};

enum wl_ops_layout {
    WL_OPS_INLINE,
    WL_OPS_SLOTS,
    WL_OPS_DICT
};

struct wl_ops_class {
    uint32_t name, line; /* letters */
    uint32_t base;       /* its number and 1; 0: none */
    enum wl_ops_layout layout;
    uint32_t attributes[WL_OPS_SLOT_NAMES]; /* letters */
    uint32_t attribute_count;
    bool has_dict, has_weakref;           /* its instances, whoever's doing it is */
    bool declares_dict, declares_weakref; /* itself */
    uint32_t block;                       /* its finalizer's, or WL_OPS_NO_BLOCK */
};

struct wl_ops_block {
    uint32_t name;  /* letters */
    uint32_t line;  /* of the first mention */
    uint32_t first; /* step; 0: not seen yet */
};

enum wl_ops_finish {
    WL_OPS_FINISH_COLLECT,
    WL_OPS_FINISH_DROP,
    WL_OPS_FINISH_NOTHING
};

#define OPS_TABLE(type, name)                                                                      \
    struct type *name;                                                                             \
    uint32_t name##_count, name##_capacity

struct wl_ops_letter {
    char letter;
};

struct wl_ops_program {
    OPS_TABLE(wl_ops_step, steps);
    OPS_TABLE(wl_ops_operand, operands);
    OPS_TABLE(wl_ops_expression, expressions);
    OPS_TABLE(wl_ops_instruction, instructions);
    OPS_TABLE(wl_ops_constant, constants);
    OPS_TABLE(wl_ops_text, texts);
    OPS_TABLE(wl_ops_piece, pieces);
    OPS_TABLE(wl_ops_name, names);
    OPS_TABLE(wl_ops_slot, slots);
    OPS_TABLE(wl_ops_skeleton, skeletons);
    OPS_TABLE(wl_ops_class, classes);
    OPS_TABLE(wl_ops_block, blocks);
    OPS_TABLE(wl_ops_letter, letters);
    enum wl_ops_finish finish;
};

#undef OPS_TABLE

static inline const char *
wl_ops_letters(const struct wl_ops_program *program, uint32_t letters) {
    return &program->letters[letters].letter;
}

/* The table of slots by name: a hash table of slots' numbers and 1. */
static inline uint32_t
wl_ops_slot_hash(const struct wl_ops_slot *slot) {
    uint64_t hash = slot->skeleton;

    for (int i = 0; i < WL_OPS_NUMBERS; i++)
        hash = (hash ^ slot->numbers[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

static inline bool
wl_ops_slot_is(const struct wl_ops_slot *one, const struct wl_ops_slot *other) {
    bool is_same = one->skeleton == other->skeleton;

    for (int i = 0; i < WL_OPS_NUMBERS; i++)
        is_same &= one->numbers[i] == other->numbers[i];
    return is_same;
}

#endif
