/* SPDX-License-Identifier: MIT
 *
 * ops_parse.c: reads an op script, line by line, by the patterns of ops_verbs.h.
 *
 * What is true:
 *   - The first step is an `end`, then comes the block `print`, and the program's own steps begin at
 *     WL_OPS_START and end with another `end`; so a block whose first step is 0 has not been seen.
 *   - A block's steps stand between its `block` and its `end`, where it stands in the script. Its own blocks
 *     cannot stand in it.
 */
#include "workloads/ops_parser.h"

#include <stdlib.h>
#include <string.h>

const struct wl_ops_verb_row wl_ops_verb_rows[WL_OPS_VERB_COUNT] = {
#define OPS_ROW(word, name, pattern) {name, pattern},
    OPS_VERBS(OPS_ROW)
#undef OPS_ROW
};

/* ---- What the parts share ----------------------------------------------------------------------- */

bool
wl_ops_expect(struct wl_ops_parser *parser, const char *what) {
    if (parser->failed_at == NULL || parser->at >= parser->failed_at) {
        parser->failed_at = parser->at;
        parser->expected = what;
        parser->expected_word[0] = '\0';
    }
    return false;
}

/* `what` is about the word; NULL: the word is what was expected. */
bool
wl_ops_refuse(struct wl_ops_parser *parser, const char *word, size_t length, const char *what) {
    if (parser->failed_at != NULL && parser->at < parser->failed_at)
        return false;
    wl_ops_expect(parser, what);
    if (length >= sizeof parser->expected_word)
        length = sizeof parser->expected_word - 1;
    memcpy(parser->expected_word, word, length);
    parser->expected_word[length] = '\0';
    return false;
}

bool
wl_ops_grow(struct wl_ops_parser *parser, void **rows, uint32_t *count, uint32_t *capacity,
            size_t bytes) {
    if (*count == *capacity) {
        uint32_t wider = *capacity == 0 ? 64 : *capacity * 2;
        void *moved = *capacity >= UINT32_MAX / 2 ? NULL : realloc(*rows, wider * bytes);
        if (moved == NULL) {
            parser->is_out_of_memory = true;
            return false;
        }
        *rows = moved;
        *capacity = wider;
    }
    memset((char *)*rows + *count * bytes, 0, bytes);
    ++*count;
    return true;
}

uint32_t
wl_ops_add_letters(struct wl_ops_parser *parser, const char *letters, size_t length) {
    uint32_t first = parser->program->letters_count;

    for (size_t i = 0; i <= length; i++) {
        struct wl_ops_letter *row = WL_OPS_ADD(parser, letters);
        if (row == NULL)
            return 0;
        row->letter = i < length ? letters[i] : '\0';
    }
    return first;
}

void
wl_ops_skip_blanks(struct wl_ops_parser *parser) {
    while (parser->at < parser->line_end && (*parser->at == ' ' || *parser->at == '\t'))
        parser->at++;
}

bool
wl_ops_is_line_end(struct wl_ops_parser *parser) {
    wl_ops_skip_blanks(parser);
    return parser->at == parser->line_end || *parser->at == '#';
}

struct wl_ops_step *
wl_ops_add_step(struct wl_ops_parser *parser, enum wl_ops_verb verb, uint32_t operands) {
    struct wl_ops_step *step = WL_OPS_ADD(parser, steps);

    if (step != NULL)
        *step = (struct wl_ops_step){
            .verb = (uint16_t)verb,
            .count = (uint16_t)(parser->program->operands_count - operands),
            .line = parser->line,
            .operands = operands,
        };
    return step;
}

/* ---- Patterns ----------------------------------------------------------------------------------- */

static bool
read_class_name(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    size_t length;

    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    ret_operand->type = WL_OPS_CLASS;
    ret_operand->index = wl_ops_find_class(parser, parser->at, length);
    if (length == 0 || ret_operand->index == WL_OPS_NO_BLOCK)
        return wl_ops_expect(parser, "the name of a class from above");
    parser->at += length;
    return true;
}

static bool
read_array_code(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand) {
    static const char codes[] = "iqd"; /* as enum rt_array_code */

    wl_ops_skip_blanks(parser);
    ret_operand->type = WL_OPS_CODE;
    for (int64_t i = 0; i < 3; i++)
        if (wl_ops_word_length(parser) == 1 && *parser->at == codes[i]) {
            ret_operand->number = i;
            parser->at++;
            return true;
        }
    return wl_ops_expect(parser, "i, q or d");
}

static bool
read_loop_variable(struct wl_ops_parser *parser) {
    size_t length;

    wl_ops_skip_blanks(parser);
    length = wl_ops_word_length(parser);
    if (length == 0)
        return wl_ops_expect(parser, "the name of the loop's variable");
    if (parser->depth == WL_OPS_NESTING)
        return wl_ops_expect(parser, "at most 16 loops in each other");
    parser->loops[parser->depth].name = parser->at; /* opened when the statement is read */
    parser->loops[parser->depth].length = length;
    parser->at += length;
    return true;
}

static bool
read_element(struct wl_ops_parser *parser, char letter, struct wl_ops_operand *ret_operand) {
    switch (letter) {
    case 'N':
        return wl_ops_read_name(parser, ret_operand);
    case 'V':
        return wl_ops_read_value(parser, ret_operand);
    case 'I':
        return wl_ops_read_integer(parser, ret_operand);
    case 'F':
        return wl_ops_read_number(parser, ret_operand);
    case 'T':
        return wl_ops_read_text(parser, ret_operand);
    case 'A':
        return wl_ops_read_attribute(parser, ret_operand);
    case 'C':
        return read_class_name(parser, ret_operand);
    case 'B':
        return wl_ops_read_block(parser, ret_operand);
    case 'K':
        return read_array_code(parser, ret_operand);
    default:
        return read_loop_variable(parser);
    }
}

static bool
is_element(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool
add_operand(struct wl_ops_parser *parser, const struct wl_ops_operand *operand) {
    struct wl_ops_operand *row = WL_OPS_ADD(parser, operands);

    if (row != NULL)
        *row = *operand;
    return row != NULL;
}

/* Whether what is in parentheses is there: it is when its first part is. */
static bool
group_begins(struct wl_ops_parser *parser, const char *group) {
    size_t length;

    if (wl_ops_is_line_end(parser))
        return false;
    length = wl_ops_word_length(parser);
    if (*group == 'I')
        return length == 0;
    if (is_element(*group))
        return !(wl_ops_is_reserved(parser->at, length) && memcmp("runs", parser->at, 4) == 0);
    if (*group >= 'a')
        return length > 0 && strncmp(group, parser->at, length) == 0;
    return *parser->at == *group;
}

/* Behind its last letter. */
static const char *
end_of_word(const char *pattern) {
    while (*pattern >= 'a' && *pattern <= 'z')
        pattern++;
    return pattern;
}

static bool
read_literal(struct wl_ops_parser *parser, const char **pattern) {
    const char *end = end_of_word(*pattern);
    char word[16] = "";

    if (end == *pattern)
        return wl_ops_read_sign(parser, *(*pattern)++);
    memcpy(word, *pattern, (size_t)(end - *pattern));
    *pattern = end;
    return wl_ops_read_word(parser, word);
}

static bool
read_elements(struct wl_ops_parser *parser, const char **pattern) {
    char letter = *(*pattern)++;
    bool is_many = **pattern == '*';
    struct wl_ops_operand operand;

    *pattern += is_many;
    do {
        if (is_many && wl_ops_is_line_end(parser))
            return true;
        operand = (struct wl_ops_operand){.type = WL_OPS_NOTHING};
        if (!read_element(parser, letter, &operand) || !add_operand(parser, &operand))
            return false;
    } while (is_many);
    return true;
}

/* A group that is not there has empty operands, but for those that are any number. */
static bool
skip_group(struct wl_ops_parser *parser, const char **pattern) {
    const struct wl_ops_operand nothing = {.type = WL_OPS_NOTHING};

    for (; **pattern != ')'; ++*pattern)
        if (is_element(**pattern) && (*pattern)[1] != '*' && !add_operand(parser, &nothing))
            return false;
    return true;
}

static bool
read_pattern(struct wl_ops_parser *parser, const char *pattern) {
    while (*pattern != '\0') {
        if (*pattern == ' ' || *pattern == ')') {
            pattern++;
        } else if (*pattern == '(') {
            pattern++;
            if (!group_begins(parser, pattern) && !skip_group(parser, &pattern))
                return false;
        } else if (is_element(*pattern)) {
            if (!read_elements(parser, &pattern))
                return false;
        } else if (!read_literal(parser, &pattern)) {
            return false;
        }
    }
    return wl_ops_is_line_end(parser) || wl_ops_expect(parser, "the end of the line");
}

/* ---- Statements --------------------------------------------------------------------------------- */

static bool
open_block(struct wl_ops_parser *parser, uint32_t step) {
    struct wl_ops_program *program = parser->program;
    struct wl_ops_block *block =
        &program->blocks[program->operands[program->steps[step].operands].index];

    if (parser->depth > 0 || parser->block != WL_OPS_NO_BLOCK)
        return wl_ops_expect(parser, "blocks outside of loops and blocks");
    if (block->first != 0)
        return wl_ops_expect(parser, "a name that no block has yet");
    block->first = step + 1;
    parser->block = step;
    parser->loops[0] = (struct wl_ops_loop){.name = "n", .length = 1};
    parser->depth = 1;
    return true;
}

static bool
close_last(struct wl_ops_parser *parser, uint32_t step) {
    struct wl_ops_program *program = parser->program;
    uint32_t opened;

    if (parser->depth == 0)
        return wl_ops_expect(parser, "a repeat or block before its end");
    opened = parser->loops[--parser->depth].step;
    if (parser->block != WL_OPS_NO_BLOCK && parser->depth == 0) {
        opened = parser->block;
        parser->block = WL_OPS_NO_BLOCK;
    } else {
        program->steps[step].jump = opened;
    }
    program->steps[opened].jump = step + 1;
    return true;
}

static bool
take_finish(struct wl_ops_parser *parser, uint32_t step) {
    static const char *const words[] = {"collect", "drop", "nothing"}; /* as enum wl_ops_finish */
    struct wl_ops_program *program = parser->program;
    const struct wl_ops_text *text =
        &program->texts[program->operands[program->steps[step].operands].index];
    const char *word = wl_ops_letters(program, program->pieces[text->first].letters);

    for (int i = 0; i < 3; i++)
        if (strcmp(words[i], word) == 0) {
            program->finish = (enum wl_ops_finish)i;
            program->steps_count--;
            return true;
        }
    return wl_ops_expect(parser, "collect, drop or nothing");
}

/* What a statement means to those around it. */
static bool
take_step(struct wl_ops_parser *parser, uint32_t step) {
    struct wl_ops_program *program = parser->program;

    switch (program->steps[step].verb) {
    case WL_OPS_block:
        return open_block(parser, step);
    case WL_OPS_repeat:
        parser->loops[parser->depth++].step = step;
        return true;
    case WL_OPS_end:
        return close_last(parser, step);
    case WL_OPS_finish:
        return take_finish(parser, step);
    case WL_OPS_return:
        return parser->block != WL_OPS_NO_BLOCK || wl_ops_expect(parser, "return in a block only");
    case WL_OPS_dict:
        return program->steps[step].count % 2 == 1 || wl_ops_expect(parser, "a value for each key");
    case WL_OPS_closure:
        return program->steps[step].count > 2 || wl_ops_expect(parser, "cells");
    default:
        return true;
    }
}

/* The length of the verb when the line begins with it: one word or two, with one blank or more between. */
static size_t
match_verb(const struct wl_ops_parser *parser, const char *name) {
    struct wl_ops_parser ahead = *parser;
    const char *space = strchr(name, ' ');
    size_t length = space == NULL ? strlen(name) : (size_t)(space - name);

    if (length == 0 || wl_ops_word_length(&ahead) != length || memcmp(ahead.at, name, length) != 0)
        return 0;
    ahead.at += length;
    if (space != NULL) {
        wl_ops_skip_blanks(&ahead);
        length = strlen(space + 1);
        if (wl_ops_word_length(&ahead) != length || memcmp(ahead.at, space + 1, length) != 0)
            return 0;
        ahead.at += length;
    }
    return (size_t)(ahead.at - parser->at);
}

static bool
try_row(struct wl_ops_parser *parser, enum wl_ops_verb verb, size_t verb_length) {
    uint32_t operands = parser->program->operands_count;

    parser->at += verb_length;
    if (!read_pattern(parser, wl_ops_verb_rows[verb].pattern)) {
        parser->program->operands_count = operands;
        return false;
    }
    if (parser->program->operands_count - operands > WL_OPS_OPERANDS)
        return wl_ops_expect(parser, "at most 512 values");
    return wl_ops_add_step(parser, verb, operands) != NULL;
}

/* Rows begin with the letter's first verb. Few are tried, since the first letter has to agree. */
static bool
read_statement(struct wl_ops_parser *parser) {
    const char *start = parser->at;
    size_t length;
    bool has_verb = false;

    if (wl_ops_read_word(parser, "class"))
        return wl_ops_read_class(parser);
    parser->failed_at = NULL;
    for (int verb = 0; verb < WL_OPS_VERB_COUNT && !parser->is_out_of_memory; verb++) {
        if (wl_ops_verb_rows[verb].name[0] != *start)
            continue;
        length = match_verb(parser, wl_ops_verb_rows[verb].name);
        if (length == 0)
            continue;
        has_verb = true;
        if (try_row(parser, (enum wl_ops_verb)verb, length))
            return take_step(parser, parser->program->steps_count - 1);
        parser->at = start;
    }
    if (has_verb)
        return false;
    if (wl_ops_read_word(parser, "print") || wl_ops_read_word(parser, "gc")) {
        wl_ops_skip_blanks(parser);
        return wl_ops_expect(parser,
                             *start == 'p' ? "what to print" : "what the collector is to do");
    }
    parser->failed_at = NULL;
    return wl_ops_expect(parser, "a verb");
}

/* ---- Scripts ------------------------------------------------------------------------------------ */

/* "LINE: expected WHAT, not WORD". */
static void
explain(const struct wl_ops_parser *parser, struct rt_text *why) {
    const char *at = parser->failed_at;
    char word[24];
    size_t length = 0;

    rt_text_unsigned(why, parser->line);
    rt_text_string(why, parser->expected_word[0] == '\0' || parser->expected == NULL ? ": expected "
                                                                                     : ": ");
    rt_text_string(why, parser->expected_word);
    if (parser->expected != NULL)
        rt_text_string(why, parser->expected);
    if (parser->expected_word[0] != '\0' && parser->expected != NULL)
        return;
    while (at != NULL && at < parser->line_end && (*at == ' ' || *at == '\t'))
        at++;
    while (at != NULL && at + length < parser->line_end && length < sizeof word - 1 &&
           at[length] > ' ' && at[length] < 0x7f) {
        word[length] = at[length];
        length++;
    }
    word[length] = '\0';
    rt_text_string(why, length > 0 ? ", not '" : ", not the end of the line");
    rt_text_string(why, word);
    rt_text_string(why, length > 0 ? "'" : "");
}

static bool
read_line(struct wl_ops_parser *parser, const char *end) {
    parser->line++;
    parser->line_end = end;
    parser->failed_at = NULL;
    if (end > parser->at && end[-1] == '\r')
        parser->line_end--;
    if (parser->line_end - parser->at > WL_OPS_LINE_BYTES - 1)
        return wl_ops_refuse(parser, "a line", 6, " of more than 4095 characters");
    return wl_ops_is_line_end(parser) || read_statement(parser);
}

/* At the end of the script: what was opened is closed, what is named is there. */
static bool
check_whole(struct wl_ops_parser *parser) {
    const struct wl_ops_program *program = parser->program;

    parser->at = parser->line_end;
    parser->failed_at = NULL;
    if (parser->depth > 0) {
        uint32_t step = parser->block != WL_OPS_NO_BLOCK && parser->depth == 1
                            ? parser->block
                            : parser->loops[parser->depth - 1].step;
        parser->line = program->steps[step].line;
        return wl_ops_refuse(parser, wl_ops_verb_rows[program->steps[step].verb].name, 6,
                             " has no end");
    }
    for (uint32_t i = 0; i < program->blocks_count; i++)
        if (program->blocks[i].first == 0) {
            const char *name = wl_ops_letters(program, program->blocks[i].name);
            parser->line = program->blocks[i].line;
            return wl_ops_refuse(parser, name, strlen(name), " is no block of this script");
        }
    return true;
}

/* The first steps, and the block that every script has. */
static bool
begin(struct wl_ops_parser *parser) {
    if (wl_ops_add_step(parser, WL_OPS_end, 0) == NULL ||
        wl_ops_add_step(parser, WL_OPS_dying, 0) == NULL ||
        wl_ops_add_step(parser, WL_OPS_end, 0) == NULL ||
        wl_ops_add_block(parser, "print", strlen("print")) == WL_OPS_NO_BLOCK)
        return false;
    parser->program->blocks[0].first = 1;
    return true;
}

static bool
read_script(struct wl_ops_parser *parser, const char *script, size_t bytes) {
    const char *end = script + bytes;

    parser->block = WL_OPS_NO_BLOCK;
    parser->at = parser->line_end = script;
    if (bytes > WL_OPS_SCRIPT_BYTES)
        return wl_ops_refuse(parser, "a script", 8, " of more than 64 MiB");
    if (!begin(parser))
        return false;
    while (script < end) {
        const char *newline = memchr(script, '\n', (size_t)(end - script));
        newline = newline == NULL ? end : newline;
        parser->at = script;
        if (!read_line(parser, newline) || parser->is_out_of_memory)
            return false;
        script = newline + 1;
    }
    return check_whole(parser) &&
           wl_ops_add_step(parser, WL_OPS_end, parser->program->operands_count) != NULL;
}

int
wl_ops_parse(const char *script, size_t bytes, struct wl_ops_program **ret_program,
             struct rt_text *why) {
    struct wl_ops_parser parser = {.program = calloc(1, sizeof *parser.program)};
    int error = 0;

    if (parser.program == NULL)
        return -ENOMEM;
    if (!read_script(&parser, script, bytes) || parser.is_out_of_memory) {
        error = parser.is_out_of_memory ? -ENOMEM : -EINVAL;
        if (error == -EINVAL)
            explain(&parser, why);
        wl_ops_free(parser.program);
    } else {
        *ret_program = parser.program;
    }
    free(parser.slots.places);
    free(parser.skeletons.places);
    return error;
}

void
wl_ops_free(struct wl_ops_program *program) {
    if (program == NULL)
        return;
    free(program->steps);
    free(program->operands);
    free(program->expressions);
    free(program->instructions);
    free(program->constants);
    free(program->texts);
    free(program->pieces);
    free(program->names);
    free(program->slots);
    free(program->skeletons);
    free(program->classes);
    free(program->blocks);
    free(program->letters);
    free(program);
}
