/* SPDX-License-Identifier: MIT
 *
 * ops_script.h: any bytes as an op script that is nearly always well-formed, made from the patterns of ops_verbs.h. For tests
 * of the machine that do not depend on what somebody thought of.
 */
#ifndef WORKLOADS_TESTS_OPS_SCRIPT_H
#define WORKLOADS_TESTS_OPS_SCRIPT_H

#include <string.h>

#include "workloads/ops_program.h"

struct ops_script {
    const uint8_t *bytes;
    size_t left;
    struct rt_text text;
    unsigned depth;
    bool is_in_block;
};

static unsigned
ops_script_choose(struct ops_script *script, unsigned below) {
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->bytes++ % below;
}

static const char *
ops_script_pick(struct ops_script *script, const char *const *words, unsigned count) {
    return words[ops_script_choose(script, count)];
}

#define OPS_PICK(script, ...)                                                                      \
    ops_script_pick((script), (const char *const[]){__VA_ARGS__},                                  \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void
ops_script_value(struct ops_script *script) {
    if (ops_script_choose(script, 4) > 0)
        rt_text_string(&script->text, OPS_PICK(script, "a", "b", "c", "d", "e", "f", "a1", "b2"));
    else if (script->depth > 0 && ops_script_choose(script, 2) > 0)
        rt_text_string(&script->text,
                       OPS_PICK(script, "a{i}", "b{i%3}", "{i}", "\"k{i}\"", "{i*300-i/2}"));
    else
        rt_text_string(&script->text, OPS_PICK(script, "None", "True", "1", "0", "3000", "2.5",
                                               "\"x\"", "\"long text\"", "\"\"", "P", "-1", "2"));
}

static void
ops_script_element(struct ops_script *script, char letter) {
    struct rt_text *text = &script->text;

    rt_text_string(text, " ");
    switch (letter) {
    case 'N':
        rt_text_string(text, script->depth > 0 && ops_script_choose(script, 3) == 0
                                 ? OPS_PICK(script, "a{i}", "b{i%3}")
                                 : OPS_PICK(script, "a", "b", "c", "d", "e", "f", "a1", "b2"));
        break;
    case 'V':
        if (script->is_in_block && ops_script_choose(script, 3) == 0)
            rt_text_string(text, "self");
        else
            ops_script_value(script);
        break;
    case 'I':
        rt_text_string(text, OPS_PICK(script, "0", "1", "2", "3", "5", "40", "700", "-1", "100"));
        break;
    case 'F':
        rt_text_string(text, OPS_PICK(script, "0.5", "-3", "1e9"));
        break;
    case 'T':
        rt_text_string(text, OPS_PICK(script, "\"\"", "\"x\"", "\"abc\"", "\"some longer text\""));
        break;
    case 'A':
        rt_text_string(text, OPS_PICK(script, "x", "y", "z", "__dict__", "w", "x1"));
        break;
    case 'C':
        rt_text_string(text, OPS_PICK(script, "P", "S", "D", "F", "R", "X", "Q"));
        break;
    case 'B':
        rt_text_string(text, OPS_PICK(script, "print", "one", "two"));
        break;
    default:
        rt_text_string(text, OPS_PICK(script, "i", "q", "d"));
    }
}

static void
ops_script_pattern(struct ops_script *script, const char *pattern) {
    for (; *pattern != '\0'; pattern++) {
        char literal[3] = {' ', *pattern, '\0'};
        bool is_word = *pattern >= 'a' && *pattern <= 'z';
        if (*pattern == '(' && ops_script_choose(script, 2) == 0)
            pattern = strchr(pattern, ')');
        else if (*pattern == '(')
            rt_text_string(&script->text, " ");
        else if (*pattern >= 'A' && *pattern <= 'Z' && pattern[1] == '*')
            for (unsigned i = 1 + ops_script_choose(script, 2) * 3; i > 0; i--)
                ops_script_element(script, *pattern);
        else if (*pattern >= 'A' && *pattern <= 'Z')
            ops_script_element(script, *pattern);
        else if (*pattern != ')' && *pattern != '*')
            rt_text_string(&script->text, literal + is_word);
    }
}

static void
ops_script_statement(struct ops_script *script) {
    unsigned verb = ops_script_choose(script, WL_OPS_return);

    if (ops_script_choose(script, 12) == 0 && !script->is_in_block && script->depth < 3) {
        rt_text_string(&script->text, OPS_PICK(script, "repeat i 3\n", "repeat i 40\n"));
        script->depth++;
        return;
    }
    if (ops_script_choose(script, 6) == 0 && script->depth > 0) {
        rt_text_string(&script->text, "end\n");
        script->depth--;
        return;
    }
    if (verb == WL_OPS_print_live || verb == WL_OPS_dict)
        verb = WL_OPS_list;
    rt_text_string(&script->text, wl_ops_verb_rows[verb].name);
    rt_text_string(&script->text, " ");
    ops_script_pattern(script, wl_ops_verb_rows[verb].pattern);
    rt_text_string(&script->text, "\n");
}

static void
ops_script_block(struct ops_script *script, const char *name, unsigned statements) {
    rt_text_string(&script->text, "block ");
    rt_text_string(&script->text, name);
    rt_text_string(&script->text, "\n");
    script->is_in_block = true;
    for (unsigned i = 0; i < statements; i++)
        ops_script_statement(script);
    script->is_in_block = false;
    rt_text_string(&script->text, "end\n");
}

static void
ops_script_make(const uint8_t *bytes, size_t size, char *ret_text, size_t capacity) {
    struct ops_script script = {.bytes = bytes, .left = size};
    const size_t last_line = 512;

    rt_text_init(&script.text, ret_text, capacity);
    rt_text_string(&script.text, "class P inline x y\nclass S slots x y weakref\nclass D dict x\n"
                                 "class F inline x finalizer one\nclass R slots x finalizer "
                                 "resurrect a\nclass X(F) slots z finalizer print\n"
                                 "class Q(S) inline finalizer drop b\ngc threshold 7 3 2\n");
    ops_script_block(&script, "one", 3);
    ops_script_block(&script, "two", 2);
    while (script.left > 0 && script.text.length + last_line < capacity)
        ops_script_statement(&script);
    while (script.depth-- > 0)
        rt_text_string(&script.text, "end\n");
    rt_text_string(&script.text, "print count\nprint stats\n");
}

#endif
