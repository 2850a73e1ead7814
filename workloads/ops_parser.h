/* SPDX-License-Identifier: MIT
 *
 * ops_parser.h: what the parts of the parser share: where it is, and what it wanted to see.
 *
 * Reading moves `at` on and gives true, or gives false and has noted what was expected where. Of several ways to
 * read a statement the one that came furthest says what is wrong.
 */
#ifndef WORKLOADS_OPS_PARSER_H
#define WORKLOADS_OPS_PARSER_H

#include "workloads/ops_program.h"

struct wl_ops_loop {
    const char *name; /* in the script */
    size_t length;
    uint32_t step;
};

/* Numbers of rows and 1, by a hash of what they are called. */
struct wl_ops_table {
    uint32_t *places;
    uint32_t mask, used;
};

struct wl_ops_parser {
    struct wl_ops_program *program;
    const char *at, *line_end;
    uint32_t line;
    struct wl_ops_loop loops[WL_OPS_NESTING + 2]; /* by depth */
    uint32_t depth;                               /* of loops that are open */
    uint32_t parentheses;                         /* and those in an expression */
    uint32_t block;                               /* step of the open one, or WL_OPS_NO_BLOCK */
    struct wl_ops_table slots, skeletons;
    const char *failed_at;
    const char *expected;
    char expected_word[64]; /* what `expected` is about, or empty */
    bool is_out_of_memory;
};

/* Notes it and gives false. */
bool wl_ops_expect(struct wl_ops_parser *parser, const char *what);
bool wl_ops_refuse(struct wl_ops_parser *parser, const char *word, size_t length, const char *what);

/* A new row of zeros, or NULL, which is noted. */
#define WL_OPS_ADD(parser, rows)                                                                   \
    (wl_ops_grow((parser), (void **)&(parser)->program->rows, &(parser)->program->rows##_count,    \
                 &(parser)->program->rows##_capacity, sizeof *(parser)->program->rows)             \
         ? &(parser)->program->rows[(parser)->program->rows##_count - 1]                           \
         : NULL)
bool wl_ops_grow(struct wl_ops_parser *parser, void **rows, uint32_t *count, uint32_t *capacity,
                 size_t bytes);

uint32_t wl_ops_add_letters(struct wl_ops_parser *parser, const char *letters, size_t length);

void wl_ops_skip_blanks(struct wl_ops_parser *parser);
bool wl_ops_is_line_end(struct wl_ops_parser *parser); /* or a comment; blanks are skipped */

/* A plain word, of letters, digits and underscores; empty: there is none. It is not passed. */
size_t wl_ops_word_length(const struct wl_ops_parser *parser);
bool wl_ops_read_word(struct wl_ops_parser *parser, const char *word); /* this one */
bool wl_ops_read_sign(struct wl_ops_parser *parser, char sign);
bool wl_ops_is_reserved(const char *word, size_t length);

/* Names, to be bound or bound; values; whole numbers; numbers; texts; names of attributes. */
bool wl_ops_read_name(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);
bool wl_ops_read_value(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);
bool wl_ops_read_integer(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);
bool wl_ops_read_number(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);
bool wl_ops_read_text(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);
bool wl_ops_read_attribute(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);

/* Numbers of rows; WL_OPS_NO_BLOCK: none of that name, or no memory. */
uint32_t wl_ops_find_class(const struct wl_ops_parser *parser, const char *name, size_t length);
uint32_t wl_ops_find_block(const struct wl_ops_parser *parser, const char *name, size_t length);

/* What stands behind `class`. */
bool wl_ops_read_class(struct wl_ops_parser *parser);

uint32_t wl_ops_add_block(struct wl_ops_parser *parser, const char *name, size_t length);

/* A block by name, which is made when it is new. */
bool wl_ops_read_block(struct wl_ops_parser *parser, struct wl_ops_operand *ret_operand);

/* Adds a step, whose operands are those that were added last. */
struct wl_ops_step *wl_ops_add_step(struct wl_ops_parser *parser, enum wl_ops_verb verb,
                                    uint32_t operands);

#endif
