/* SPDX-License-Identifier: MIT
 *
 * ops_class.c: reads classes and the names of blocks.
 *
 * What a class says is checked here as far as an engine would refuse it, so that making classes fails for lack
 * of memory alone.
 */
#include "workloads/ops_parser.h"

#include <string.h>

static bool
is_word(const char *letters, size_t length, const char *word) {
    return strlen(word) == length && memcmp(letters, word, length) == 0;
}

uint32_t
wl_ops_find_class(const struct wl_ops_parser *parser, const char *name, size_t length) {
    const struct wl_ops_program *program = parser->program;

    for (uint32_t i = 0; i < program->classes_count; i++)
        if (is_word(name, length, wl_ops_letters(program, program->classes[i].name)))
            return i;
    return WL_OPS_NO_BLOCK;
}

/* ---- Blocks ------------------------------------------------------------------------------------- */

uint32_t
wl_ops_find_block(const struct wl_ops_parser *parser, const char *name, size_t length) {
    const struct wl_ops_program *program = parser->program;

    for (uint32_t i = 0; i < program->blocks_count; i++)
        if (is_word(name, length, wl_ops_letters(program, program->blocks[i].name)))
            return i;
    return WL_OPS_NO_BLOCK;
}

uint32_t
wl_ops_add_block(struct wl_ops_parser *parser, const char *name, size_t length) {
    uint32_t letters = wl_ops_add_letters(parser, name, length);
    struct wl_ops_block *block = WL_OPS_ADD(parser, blocks);

    if (block == NULL)
        return WL_OPS_NO_BLOCK;
    *block = (struct wl_ops_block){.name = letters, .line = parser->line};
    return parser->program->blocks_count - 1;
}

/* A block of one step, which no script could write: it is jumped over where it stands. */
static uint32_t
add_block_of(struct wl_ops_parser *parser, enum wl_ops_verb verb,
             const struct wl_ops_operand *operands, size_t count) {
    uint32_t block = wl_ops_add_block(parser, "", 0), first = parser->program->operands_count;
    struct wl_ops_step *opening = wl_ops_add_step(parser, WL_OPS_block, first);

    if (block == WL_OPS_NO_BLOCK || opening == NULL)
        return WL_OPS_NO_BLOCK;
    opening->jump = parser->program->steps_count + 2;
    parser->program->blocks[block].first = parser->program->steps_count;
    for (size_t i = 0; i < count; i++) {
        struct wl_ops_operand *row = WL_OPS_ADD(parser, operands);
        if (row == NULL)
            return WL_OPS_NO_BLOCK;
        *row = operands[i];
    }
    if (wl_ops_add_step(parser, verb, first) == NULL ||
        wl_ops_add_step(parser, WL_OPS_end, parser->program->operands_count) == NULL)
        return WL_OPS_NO_BLOCK;
    return block;
}

bool
wl_ops_read_block(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    size_t length;

    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    if (length == 0 || wl_ops_is_reserved(parser->at, length))
        return wl_ops_expect(parser, "the name of a block");
    ret_operand->type = WL_OPS_BLOCK;
    ret_operand->index = wl_ops_find_block(parser, parser->at, length);
    if (ret_operand->index == WL_OPS_NO_BLOCK)
        ret_operand->index = wl_ops_add_block(parser, parser->at, length);
    parser->at += length;
    return ret_operand->index != WL_OPS_NO_BLOCK;
}

/* ---- Classes ------------------------------------------------------------------------------------ */

/* The name is a class's attribute already, its own or a base's. */
static bool
has_slot(const struct wl_ops_program *program, const struct wl_ops_class *class_row,
         const char *name, size_t length) {
    for (;;) {
        for (uint32_t i = 0; i < class_row->attribute_count; i++)
            if (is_word(name, length, wl_ops_letters(program, class_row->attributes[i])))
                return true;
        if (class_row->base == 0)
            return false;
        class_row = &program->classes[class_row->base - 1];
    }
}

static bool
read_base(struct wl_ops_parser *parser, struct wl_ops_class *class_row) {
    const struct wl_ops_class *base;
    uint32_t number;
    size_t length;

    wl_ops_skip_blanks(parser);
    if (parser->at == parser->line_end || *parser->at != '(')
        return true;
    parser->at++;
    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    number = wl_ops_find_class(parser, parser->at, length);
    if (number == WL_OPS_NO_BLOCK)
        return wl_ops_expect(parser, "the name of a class from above");
    parser->at += length;
    base = &parser->program->classes[number];
    class_row->base = number + 1;
    class_row->has_dict = base->has_dict;
    class_row->has_weakref = base->has_weakref;
    class_row->layout = base->layout == WL_OPS_DICT ? WL_OPS_DICT : WL_OPS_INLINE;
    return wl_ops_read_sign(parser, ')');
}

static bool
read_layout(struct wl_ops_parser *parser, struct wl_ops_class *class_row) {
    static const char *const words[] = {"inline", "slots", "dict"}; /* as enum wl_ops_layout */
    size_t length;

    if (!wl_ops_is_line_end(parser)) {
        length = wl_ops_word_length(parser);
        for (int i = 0; i < 3; i++)
            if (is_word(parser->at, length, words[i])) {
                parser->at += length;
                class_row->layout = (enum wl_ops_layout)i;
                break;
            }
    }
    if (class_row->layout != WL_OPS_SLOTS)
        class_row->has_dict = class_row->has_weakref = true;
    return true;
}

/* `finalizer` BLOCK, or print, resurrect NAME, drop NAME. */
static bool
read_finalizer(struct wl_ops_parser *parser, struct wl_ops_class *class_row) {
    struct wl_ops_operand operands[2] = {{0}, {.type = WL_OPS_SELF}};
    size_t length;

    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    if (is_word(parser->at, length, "resurrect") || is_word(parser->at, length, "drop")) {
        bool is_drop = *parser->at == 'd';
        parser->at += length;
        if (!wl_ops_read_name(parser, &operands[0]))
            return false;
        class_row->block =
            add_block_of(parser, is_drop ? WL_OPS_drop : WL_OPS_alias, operands, is_drop ? 1 : 2);
        return class_row->block != WL_OPS_NO_BLOCK;
    }
    if (!wl_ops_read_block(parser, &operands[0]))
        return false;
    class_row->block = operands[0].index;
    return true;
}

static bool
add_attribute(struct wl_ops_parser *parser, struct wl_ops_class *class_row, size_t length) {
    if (length == 0 || wl_ops_is_reserved(parser->at, length))
        return wl_ops_expect(parser, "names of attributes, weakref, dict or finalizer");
    if (length > 1 && memcmp(parser->at, "__", 2) == 0)
        return wl_ops_expect(parser, "a name that does not begin with two underscores");
    if (has_slot(parser->program, class_row, parser->at, length))
        return wl_ops_expect(parser, "a name that the class does not have yet");
    if (class_row->attribute_count == WL_OPS_SLOT_NAMES)
        return wl_ops_expect(parser, "at most 64 names");
    class_row->attributes[class_row->attribute_count++] =
        wl_ops_add_letters(parser, parser->at, length);
    parser->at += length;
    return true;
}

static bool
read_extra(struct wl_ops_parser *parser, bool *has, bool *declares, size_t length) {
    if (*has)
        return wl_ops_expect(parser, "what the class does not have yet");
    *has = *declares = true;
    parser->at += length;
    return true;
}

static bool
read_attributes(struct wl_ops_parser *parser, struct wl_ops_class *class_row) {
    bool is_good = true;

    while (is_good && !wl_ops_is_line_end(parser)) {
        size_t length = wl_ops_word_length(parser);
        bool is_slots = class_row->layout == WL_OPS_SLOTS;
        if (is_word(parser->at, length, "finalizer")) {
            parser->at += length;
            return read_finalizer(parser, class_row) &&
                   (wl_ops_is_line_end(parser) || wl_ops_expect(parser, "the end of the line"));
        }
        if (is_slots && is_word(parser->at, length, "weakref"))
            is_good =
                read_extra(parser, &class_row->has_weakref, &class_row->declares_weakref, length);
        else if (is_slots && is_word(parser->at, length, "dict"))
            is_good = read_extra(parser, &class_row->has_dict, &class_row->declares_dict, length);
        else
            is_good = add_attribute(parser, class_row, length);
    }
    return is_good;
}

/* A name that is in use is no class's. */
static bool
is_free(struct wl_ops_parser *parser, const char *name, size_t length) {
    const struct wl_ops_program *program = parser->program;

    for (uint32_t i = 0; i < program->skeletons_count; i++)
        if (is_word(name, length, wl_ops_letters(program, program->skeletons[i].letters)))
            return false;
    return wl_ops_find_class(parser, name, length) == WL_OPS_NO_BLOCK;
}

bool
wl_ops_read_class(struct wl_ops_parser *parser) {
    struct wl_ops_class class_row = {.line = parser->line, .block = WL_OPS_NO_BLOCK}, *row;
    size_t length;

    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    if (length == 0 || wl_ops_is_reserved(parser->at, length))
        return wl_ops_expect(parser, "the name of the class");
    if (!is_free(parser, parser->at, length))
        return wl_ops_expect(parser, "a name that is not in use");
    if (parser->depth > 0)
        return wl_ops_expect(parser, "classes outside of loops and blocks");
    if (parser->program->classes_count == WL_OPS_CLASSES)
        return wl_ops_expect(parser, "at most 256 classes");
    class_row.name = wl_ops_add_letters(parser, parser->at, length);
    parser->at += length;
    if (!read_base(parser, &class_row) || !read_layout(parser, &class_row) ||
        !read_attributes(parser, &class_row))
        return false;
    row = WL_OPS_ADD(parser, classes);
    if (row != NULL)
        *row = class_row;
    return row != NULL;
}
