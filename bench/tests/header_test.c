/* SPDX-License-Identifier: MIT
 *
 * The engine header costs nothing: a compiler makes the same machine code of a word and of the runtime's own call.
 * What is compared is what objdump says of bench/micro/header_words.c, compiled for either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/micro/header.h"

enum {
    LINE_BYTES = 512,
    CODE_BYTES = 8192
};

/* The two ways of calling it. */
static const char *const libraries[] = {BENCH_TESTS_HEADER_DIRECT, BENCH_TESTS_HEADER_WORDS};
static const char *const prefixes[] = {"bench_header_direct_", "bench_header_words_"};

static void
need_objdump(void) {
    if (system("objdump --version >/dev/null 2>&1") != 0) {
        print_message("objdump (package binutils) is missing: nothing can be compared\n");
        skip();
    }
}

static void
strip(char *line, const char *prefix) {
    char *at;

    while ((at = strstr(line, prefix)) != NULL)
        memmove(at, at + strlen(prefix), strlen(at + strlen(prefix)) + 1);
}

/* The function's instructions and what they refer to; each is in a section of its own, so that addresses
 * start at 0. "" if there is no such function. */
static void
disassemble(int way, const char *operation, char ret_code[CODE_BYTES]) {
    char command[2 * LINE_BYTES], line[LINE_BYTES];
    size_t length = 0;
    FILE *lines;

    snprintf(command, sizeof command,
             "LC_ALL=C objdump -dr --no-show-raw-insn --disassemble=%s%s '%s'", prefixes[way],
             operation, libraries[way]);
    lines = popen(command, "r");
    assert_non_null(lines);
    ret_code[0] = '\0';
    while (fgets(line, sizeof line, lines) != NULL) {
        if (line[0] != ' ' && line[0] != '\t')
            continue;
        strip(line, prefixes[way]);
        assert_true(length + strlen(line) < CODE_BYTES);
        strcpy(ret_code + length, line);
        length += strlen(line);
    }
    assert_int_equal(pclose(lines), 0);
}

static void
test_header_words_are_the_direct_calls_in_machine_code(void **state) {
    static char direct[CODE_BYTES], words[CODE_BYTES];

    (void)state;
    need_objdump();
    for (const struct bench_header_row *row = bench_header_direct; row->operation != NULL; row++) {
        disassemble(0, row->operation, direct);
        disassemble(1, row->operation, words);
        if (strstr(direct, "ret") == NULL)
            fail_msg("%s should have been disassembled: %s", row->operation, direct);
        if (strcmp(direct, words) != 0)
            fail_msg("%s: through the header it is\n%sand directly\n%s", row->operation, words,
                     direct);
    }
}

/* Or equal code would say nothing. */
static void
test_header_operations_differ_from_each_other(void **state) {
    static char one[CODE_BYTES], other[CODE_BYTES];

    (void)state;
    need_objdump();
    disassemble(0, "dict_get", one);
    disassemble(1, "attr_get", other);
    assert_string_not_equal(one, other);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_words_are_the_direct_calls_in_machine_code),
        cmocka_unit_test(test_header_operations_differ_from_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
