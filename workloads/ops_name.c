/* SPDX-License-Identifier: MIT
 *
 * ops_name.c: reads the words of op scripts: names, numbers, texts, expressions.
 *
 * What is true:
 *   - A number in a name is a number in its skeleton only where writing it back gives the same name, so `a07`
 *     has none; and digits never touch braces. So each name has one reading.
 *   - Constants are made once for each place in the script.
 */
#include "workloads/ops_parser.h"

#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_DIGITS = 9,
    NAME_BYTES = 256
};

static bool
is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char
peek(const struct wl_ops_parser *parser) {
    return parser->at < parser->line_end ? *parser->at : '\0';
}

size_t
wl_ops_word_length(const struct wl_ops_parser *parser) {
    const char *p = parser->at;

    if (p == parser->line_end || !is_letter(*p))
        return 0;
    while (p < parser->line_end && (is_letter(*p) || is_digit(*p)))
        p++;
    return (size_t)(p - parser->at);
}

bool
wl_ops_read_word(struct wl_ops_parser *parser, const char *word) {
    size_t length = strlen(word);

    wl_ops_skip_blanks(parser);
    if (wl_ops_word_length(parser) != length || memcmp(parser->at, word, length) != 0)
        return wl_ops_refuse(parser, word, length, NULL);
    parser->at += length;
    return true;
}

bool
wl_ops_read_sign(struct wl_ops_parser *parser, char sign) {
    wl_ops_skip_blanks(parser);
    if (peek(parser) != sign)
        return wl_ops_refuse(parser, &sign, 1, NULL);
    parser->at++;
    return true;
}

bool
wl_ops_is_reserved(const char *word, size_t length) {
    static const char *const words[] = {"None", "True", "False", "self", "runs", "calls", "slots"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
            return true;
    return false;
}

/* ---- Expressions -------------------------------------------------------------------------------- */

static bool
add_instruction(struct wl_ops_parser *parser, enum wl_ops_code code, int64_t value) {
    struct wl_ops_instruction *row = WL_OPS_ADD(parser, instructions);

    if (row != NULL)
        *row = (struct wl_ops_instruction){code, value};
    return row != NULL;
}

static bool
read_digits(struct wl_ops_parser *parser, int64_t *ret_value) {
    int64_t value = 0;

    if (!is_digit(peek(parser)))
        return wl_ops_expect(parser, "a whole number");
    while (is_digit(peek(parser))) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *parser->at - '0', &value))
            return wl_ops_expect(parser, "a number of at most 63 bits");
        parser->at++;
    }
    *ret_value = value;
    return true;
}

static bool read_sum(struct wl_ops_parser *parser);

static bool
read_term(struct wl_ops_parser *parser) {
    size_t length;
    int64_t value = 0;
    bool is_good;

    wl_ops_skip_blanks(parser);
    if (peek(parser) == '(') {
        if (parser->parentheses == WL_OPS_PARENTHESES)
            return wl_ops_expect(parser, "at most two parentheses in each other");
        parser->at++;
        parser->parentheses++;
        is_good = read_sum(parser) && wl_ops_read_sign(parser, ')');
        parser->parentheses--;
        return is_good;
    }
    if (is_digit(peek(parser)))
        return read_digits(parser, &value) && add_instruction(parser, WL_OPS_PUSH, value);
    length = wl_ops_word_length(parser);
    for (uint32_t depth = parser->depth; length > 0 && depth-- > 0;)
        if (parser->loops[depth].length == length &&
            memcmp(parser->loops[depth].name, parser->at, length) == 0) {
            parser->at += length;
            return add_instruction(parser, WL_OPS_COUNTER, depth);
        }
    return wl_ops_expect(parser, "the variable of a loop around this, or a number");
}

static bool
read_product(struct wl_ops_parser *parser) {
    if (!read_term(parser))
        return false;
    for (;;) {
        wl_ops_skip_blanks(parser);
        char sign = peek(parser);
        if (sign != '*' && sign != '/' && sign != '%')
            return true;
        parser->at++;
        if (!read_term(parser) || !add_instruction(parser,
                                                   sign == '*'   ? WL_OPS_TIMES
                                                   : sign == '/' ? WL_OPS_DIVIDE
                                                                 : WL_OPS_MODULO,
                                                   0))
            return false;
    }
}

static bool
read_sum(struct wl_ops_parser *parser) {
    if (!read_product(parser))
        return false;
    for (;;) {
        wl_ops_skip_blanks(parser);
        char sign = peek(parser);
        if (sign != '+' && sign != '-')
            return true;
        parser->at++;
        if (!read_product(parser) ||
            !add_instruction(parser, sign == '+' ? WL_OPS_PLUS : WL_OPS_MINUS, 0))
            return false;
    }
}

/* In braces. */
static bool
read_expression(struct wl_ops_parser *parser, uint32_t *ret_number) {
    uint32_t first = parser->program->instructions_count;
    struct wl_ops_expression *row;

    if (!wl_ops_read_sign(parser, '{') || !read_sum(parser) || !wl_ops_read_sign(parser, '}'))
        return false;
    row = WL_OPS_ADD(parser, expressions);
    if (row == NULL)
        return false;
    *row = (struct wl_ops_expression){first, parser->program->instructions_count - first};
    *ret_number = parser->program->expressions_count - 1;
    return true;
}

/* ---- Names -------------------------------------------------------------------------------------- */

struct spelling {
    char skeleton[NAME_BYTES];
    size_t length;
    struct wl_ops_slot slot; /* of a name without braces */
    struct wl_ops_name name;
    uint32_t number_count;
    bool is_dynamic;
};

static bool
add_letter(struct wl_ops_parser *parser, struct spelling *spelling, char c) {
    if (spelling->length + 1 >= NAME_BYTES)
        return wl_ops_expect(parser, "a name of at most 255 letters");
    spelling->skeleton[spelling->length++] = c;
    return true;
}

/* Digits: a number, or letters like others. */
static bool
spell_digits(struct wl_ops_parser *parser, struct spelling *spelling) {
    const char *start = parser->at;
    size_t length;
    int64_t value = 0;

    while (is_digit(peek(parser)))
        parser->at++;
    length = (size_t)(parser->at - start);
    if (peek(parser) == '{')
        return wl_ops_expect(parser, "no digit before {");
    if (spelling->number_count == WL_OPS_NUMBERS || length > NUMBER_DIGITS ||
        (*start == '0' && length > 1)) {
        for (size_t i = 0; i < length; i++)
            if (!add_letter(parser, spelling, start[i]))
                return false;
        return true;
    }
    parser->at = start;
    if (!read_digits(parser, &value))
        return false;
    spelling->slot.numbers[spelling->number_count] = (uint32_t)value;
    spelling->name.expressions[spelling->number_count++] = WL_OPS_NO_EXPRESSION;
    return add_letter(parser, spelling, '#');
}

static bool
spell_braces(struct wl_ops_parser *parser, struct spelling *spelling) {
    if (spelling->number_count == WL_OPS_NUMBERS)
        return wl_ops_expect(parser, "at most three numbers in a name");
    if (!read_expression(parser, &spelling->name.expressions[spelling->number_count]))
        return false;
    if (is_digit(peek(parser)) || peek(parser) == '{')
        return wl_ops_expect(parser, "no digit or { behind }");
    spelling->number_count++;
    spelling->is_dynamic = true;
    return add_letter(parser, spelling, '#');
}

static bool
spell(struct wl_ops_parser *parser, struct spelling *spelling) {
    bool is_good = true;

    while (is_good) {
        char c = peek(parser);
        if (is_letter(c)) {
            is_good = add_letter(parser, spelling, c);
            parser->at++;
        } else if (is_digit(c)) {
            is_good = spell_digits(parser, spelling);
        } else if (c == '{') {
            is_good = spell_braces(parser, spelling);
        } else {
            break;
        }
    }
    spelling->skeleton[spelling->length] = '\0';
    return is_good;
}

static uint32_t
hash_letters(const char *letters) {
    uint64_t hash = 0;

    for (; *letters != '\0'; letters++)
        hash = (hash ^ (uint8_t)*letters) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

/* Room for one more; all rows are entered again by `hash`. */
static bool
enlarge(struct wl_ops_parser *parser, struct wl_ops_table *table,
        uint32_t (*hash)(const struct wl_ops_program *, uint32_t row)) {
    uint32_t mask = table->mask * 2 + 1 < 63 ? 63 : table->mask * 2 + 1;
    uint32_t *places;

    if (table->places != NULL && table->used * 2 <= table->mask)
        return true;
    places = calloc((size_t)mask + 1, sizeof *places);
    if (places == NULL) {
        parser->is_out_of_memory = true;
        return false;
    }
    for (uint32_t row = 0; row < table->used; row++) {
        uint32_t at = hash(parser->program, row) & mask;
        while (places[at] != 0)
            at = (at + 1) & mask;
        places[at] = row + 1;
    }
    free(table->places);
    *table = (struct wl_ops_table){places, mask, table->used};
    return true;
}

static uint32_t
hash_skeleton(const struct wl_ops_program *program, uint32_t row) {
    return hash_letters(wl_ops_letters(program, program->skeletons[row].letters));
}

static uint32_t
hash_slot(const struct wl_ops_program *program, uint32_t row) {
    return wl_ops_slot_hash(&program->slots[row]);
}

static bool
intern_skeleton(struct wl_ops_parser *parser, const char *skeleton, uint32_t *ret_number) {
    struct wl_ops_table *table = &parser->skeletons;
    const struct wl_ops_program *program = parser->program;
    struct wl_ops_skeleton *row;
    uint32_t at, letters;

    if (!enlarge(parser, table, hash_skeleton))
        return false;
    for (at = hash_letters(skeleton) & table->mask; table->places[at] != 0;
         at = (at + 1) & table->mask) {
        *ret_number = table->places[at] - 1;
        if (strcmp(wl_ops_letters(program, program->skeletons[*ret_number].letters), skeleton) == 0)
            return true;
    }
    letters = wl_ops_add_letters(parser, skeleton, strlen(skeleton));
    row = WL_OPS_ADD(parser, skeletons);
    if (row == NULL)
        return false;
    row->letters = letters;
    *ret_number = table->used;
    table->places[at] = ++table->used;
    return true;
}

static bool
intern_slot(struct wl_ops_parser *parser, const struct wl_ops_slot *slot, uint32_t *ret_number) {
    struct wl_ops_table *table = &parser->slots;
    struct wl_ops_slot *row;
    uint32_t at;

    if (!enlarge(parser, table, hash_slot))
        return false;
    for (at = wl_ops_slot_hash(slot) & table->mask; table->places[at] != 0;
         at = (at + 1) & table->mask) {
        *ret_number = table->places[at] - 1;
        if (wl_ops_slot_is(&parser->program->slots[*ret_number], slot))
            return true;
    }
    row = WL_OPS_ADD(parser, slots);
    if (row == NULL)
        return false;
    *row = *slot;
    *ret_number = table->used;
    table->places[at] = ++table->used;
    return true;
}

bool
wl_ops_read_name(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    struct spelling spelling = {.length = 0};
    const char *start;
    size_t length;
    struct wl_ops_name *row;

    wl_ops_skip_blanks(parser);
    start = parser->at;
    length = wl_ops_word_length(parser);
    if (length == 0 || wl_ops_is_reserved(start, length))
        return wl_ops_expect(parser, "a name");
    if (wl_ops_find_class(parser, start, length) != WL_OPS_NO_BLOCK &&
        (start + length == parser->line_end || start[length] != '{'))
        return wl_ops_expect(parser, "a name that is no class's");
    if (!spell(parser, &spelling) ||
        !intern_skeleton(parser, spelling.skeleton, &spelling.slot.skeleton))
        return false;
    if (!spelling.is_dynamic) {
        ret_operand->type = WL_OPS_SLOT;
        return intern_slot(parser, &spelling.slot, &ret_operand->index);
    }
    row = WL_OPS_ADD(parser, names);
    if (row == NULL)
        return false;
    *row = spelling.name;
    row->slot = spelling.slot;
    row->count = spelling.number_count;
    ret_operand->type = WL_OPS_NAME;
    ret_operand->index = parser->program->names_count - 1;
    return true;
}

/* ---- Texts -------------------------------------------------------------------------------------- */

static bool
add_piece(struct wl_ops_parser *parser, const char *letters, size_t length, uint32_t expression) {
    uint32_t at = wl_ops_add_letters(parser, letters, length);
    struct wl_ops_piece *piece = WL_OPS_ADD(parser, pieces);

    if (piece != NULL)
        *piece = (struct wl_ops_piece){at, (uint32_t)length, expression};
    return piece != NULL;
}

static uint32_t
add_text(struct wl_ops_parser *parser, uint32_t first) {
    struct wl_ops_text *text = WL_OPS_ADD(parser, texts);

    if (text == NULL)
        return 0;
    *text = (struct wl_ops_text){first, parser->program->pieces_count - first};
    return parser->program->texts_count - 1;
}

/* One character of a text, behind a backslash or not. */
static bool
read_character(struct wl_ops_parser *parser, char *ret_character) {
    char c = *parser->at++;

    *ret_character = c;
    if (c != '\\')
        return (unsigned char)c < 0x80 && c >= ' ' ? true
                                                   : wl_ops_expect(parser, "plain ASCII in a text");
    c = peek(parser);
    if (c == '\0' || strchr("\\\"{}", c) == NULL)
        return wl_ops_expect(parser, "one of \\ \" { } behind the backslash");
    *ret_character = c;
    parser->at++;
    return true;
}

/* Up to and with the closing quote; pieces are added. */
static bool
read_pieces(struct wl_ops_parser *parser) {
    char letters[WL_OPS_LINE_BYTES];
    size_t length = 0;
    uint32_t expression;

    while (peek(parser) != '"') {
        if (parser->at == parser->line_end)
            return wl_ops_expect(parser, "a quote at the end of the text");
        if (peek(parser) == '{') {
            if (!read_expression(parser, &expression) ||
                !add_piece(parser, letters, length, expression))
                return false;
            length = 0;
        } else if (!read_character(parser, &letters[length++])) {
            return false;
        }
    }
    parser->at++;
    return add_piece(parser, letters, length, WL_OPS_NO_EXPRESSION);
}

bool
wl_ops_read_text(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    uint32_t first = parser->program->pieces_count;

    wl_ops_skip_blanks(parser);
    if (peek(parser) != '"')
        return wl_ops_expect(parser, "a text in quotes");
    parser->at++;
    if (!read_pieces(parser))
        return false;
    *ret_operand = (struct wl_ops_operand){.type = WL_OPS_TEXT, .index = add_text(parser, first)};
    return true;
}

/* A name of letters and digits, with expressions in braces. */
bool
wl_ops_read_attribute(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    uint32_t first = parser->program->pieces_count, expression;
    size_t length;

    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    if (length == 0)
        return wl_ops_expect(parser, "the name of an attribute");
    if (length > 1 && memcmp(parser->at, "__", 2) == 0 &&
        (length != strlen("__dict__") || memcmp(parser->at, "__dict__", length) != 0))
        return wl_ops_expect(parser, "a name that does not begin with two underscores");
    while (length > 0 || peek(parser) == '{') {
        const char *letters = parser->at;
        parser->at += length;
        expression = WL_OPS_NO_EXPRESSION;
        if ((peek(parser) == '{' && !read_expression(parser, &expression)) ||
            !add_piece(parser, letters, length, expression))
            return false;
        for (length = 0; parser->at + length < parser->line_end &&
                         (is_letter(parser->at[length]) || is_digit(parser->at[length]));)
            length++;
    }
    *ret_operand = (struct wl_ops_operand){.type = WL_OPS_TEXT, .index = add_text(parser, first)};
    return true;
}

/* ---- Values ------------------------------------------------------------------------------------- */

static bool
add_constant(struct wl_ops_parser *parser, struct wl_ops_constant constant,
             struct wl_ops_operand *ret_operand) {
    struct wl_ops_constant *row = WL_OPS_ADD(parser, constants);

    if (row == NULL)
        return false;
    *row = constant;
    *ret_operand = (struct wl_ops_operand){.type = WL_OPS_CONSTANT,
                                           .index = parser->program->constants_count - 1};
    return true;
}

static size_t
number_length(const struct wl_ops_parser *parser) {
    const char *p = parser->at;

    while (p < parser->line_end &&
           (is_digit(*p) || is_letter(*p) || *p == '.' ||
            (*p == '-' && (p == parser->at || p[-1] == 'e' || p[-1] == 'E'))))
        p++;
    return (size_t)(p - parser->at);
}

bool
wl_ops_read_number(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    char digits[64], *end;
    size_t length;
    double value;

    wl_ops_skip_blanks(parser);
    length = number_length(parser);
    if (length == 0 || length >= sizeof digits ||
        (!is_digit(*parser->at) && !(*parser->at == '-' && length > 1 && is_digit(parser->at[1]))))
        return wl_ops_expect(parser, "a number");
    memcpy(digits, parser->at, length);
    digits[length] = '\0';
    value = strtod(digits, &end);
    if (*end != '\0' || strpbrk(digits, "xX") != NULL || !(value < 1e300 && value > -1e300))
        return wl_ops_expect(parser, "a number");
    parser->at += length;
    return add_constant(parser, (struct wl_ops_constant){.type = WL_OPS_FLOAT, .real = value},
                        ret_operand);
}

bool
wl_ops_read_integer(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    bool is_negative;

    wl_ops_skip_blanks(parser);
    if (peek(parser) == '{') {
        ret_operand->type = WL_OPS_EXPRESSION;
        return read_expression(parser, &ret_operand->index);
    }
    is_negative =
        peek(parser) == '-' && parser->at + 1 < parser->line_end && is_digit(parser->at[1]);
    parser->at += is_negative;
    ret_operand->type = WL_OPS_NUMBER;
    if (!read_digits(parser, &ret_operand->number))
        return false;
    if (is_letter(peek(parser)) || peek(parser) == '.' || peek(parser) == '{')
        return wl_ops_expect(parser, "a whole number");
    if (is_negative)
        ret_operand->number = -ret_operand->number;
    return true;
}

static bool
read_plain_number(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    size_t length = number_length(parser);

    for (size_t i = 0; i < length; i++)
        if (parser->at[i] == '.' || parser->at[i] == 'e' || parser->at[i] == 'E')
            return wl_ops_read_number(parser, ret_operand);
    return wl_ops_read_integer(parser, ret_operand) &&
           add_constant(
               parser, (struct wl_ops_constant){.type = WL_OPS_INT, .integer = ret_operand->number},
               ret_operand);
}

static bool
read_named_constant(struct wl_ops_parser *parser, size_t length,
                    struct wl_ops_operand *ret_operand) {
    static const char *const words[] = {"None", "False", "True"}; /* as the constants' types */

    for (size_t i = 0; i < 3; i++)
        if (strlen(words[i]) == length && memcmp(words[i], parser->at, length) == 0) {
            parser->at += length;
            return add_constant(parser,
                                (struct wl_ops_constant){.type = (enum wl_ops_constant_type)i},
                                ret_operand);
        }
    return false;
}

static bool
read_string_value(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    const struct wl_ops_program *program = parser->program;
    const struct wl_ops_text *text;

    if (!wl_ops_read_text(parser, ret_operand) || parser->is_out_of_memory)
        return false;
    text = &program->texts[ret_operand->index];
    if (text->count != 1 || program->pieces[text->first].expression != WL_OPS_NO_EXPRESSION)
        return true;
    return add_constant(parser,
                        (struct wl_ops_constant){.type = WL_OPS_STR, .text = ret_operand->index},
                        ret_operand);
}

bool
wl_ops_read_value(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    size_t length;
    char c;

    wl_ops_skip_blanks(parser);
    c = peek(parser);
    length = wl_ops_word_length(parser);
    if (c == '"')
        return read_string_value(parser, ret_operand);
    if (c == '{') {
        ret_operand->type = WL_OPS_EXPRESSION;
        return read_expression(parser, &ret_operand->index);
    }
    if (is_digit(c) || (c == '-' && number_length(parser) > 1))
        return read_plain_number(parser, ret_operand);
    if (length > 0 && read_named_constant(parser, length, ret_operand))
        return true;
    if (length == 4 && memcmp(parser->at, "self", 4) == 0 && parser->block != WL_OPS_NO_BLOCK) {
        parser->at += 4;
        ret_operand->type = WL_OPS_SELF;
        return true;
    }
    if (length == 0 || wl_ops_is_reserved(parser->at, length))
        return wl_ops_expect(parser, parser->block == WL_OPS_NO_BLOCK && length == 4 &&
                                             memcmp(parser->at, "self", 4) == 0
                                         ? "self in a block only"
                                         : "a value");
    ret_operand->index = wl_ops_find_class(parser, parser->at, length);
    if (ret_operand->index == WL_OPS_NO_BLOCK ||
        (parser->at + length < parser->line_end && parser->at[length] == '{'))
        return wl_ops_read_name(parser, ret_operand);
    parser->at += length;
    ret_operand->type = WL_OPS_CLASS;
    return true;
}
