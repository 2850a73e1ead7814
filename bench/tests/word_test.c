/* SPDX-License-Identifier: MIT
 *
 * The vocabulary and the benchmarks of its words are one list: what workloads/engine.h declares has a row, or a
 * reason for having none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/micro/word.h"

enum {
    WORDS_MOST = 400,
    WORD_BYTES = 64
};

struct vocabulary {
    char words[WORDS_MOST][WORD_BYTES];
    size_t count;
};

static bool
is_letter(char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* What stands before the first parenthesis, without en_. */
static void
note_word(struct vocabulary *vocabulary, const char *line) {
    const char *end = strchr(line, '('), *start = end;

    while (start != NULL && start > line && is_letter(start[-1]))
        start--;
    if (start == NULL || strncmp(start, "en_", 3) != 0)
        fail_msg("no word is declared in: %s", line);
    start += 3;
    assert_true(vocabulary->count < WORDS_MOST && end - start < WORD_BYTES);
    memcpy(vocabulary->words[vocabulary->count++], start, (size_t)(end - start));
}

static void
read_vocabulary(struct vocabulary *ret_vocabulary) {
    static const char path[] = BENCH_TESTS_VOCABULARY;
    FILE *header = fopen(path, "r");
    char line[512];

    memset(ret_vocabulary, 0, sizeof *ret_vocabulary);
    if (header == NULL)
        fail_msg("%s cannot be read", path);
    while (fgets(line, sizeof line, header) != NULL)
        if (strncmp(line, "EN_WORD ", 8) == 0)
            note_word(ret_vocabulary, line);
    fclose(header);
}

static bool
is_declared(const struct vocabulary *vocabulary, const char *word) {
    for (size_t i = 0; i < vocabulary->count; i++)
        if (strcmp(vocabulary->words[i], word) == 0)
            return true;
    return false;
}

static size_t
count_rows_of(const char *word) {
    const struct bench_word_row *const *family = bench_word_families_rt;
    size_t count = 0;

    for (; *family != NULL; family++)
        for (const struct bench_word_row *row = *family; row->word != NULL; row++)
            count += strcmp(row->word, word) == 0;
    return count;
}

static bool
is_excepted(const char *word) {
    for (const struct bench_word_exception *at = bench_word_exceptions; at->word != NULL; at++)
        if (strcmp(at->word, word) == 0)
            return true;
    return false;
}

static void
test_word_each_of_the_vocabulary_has_one_row_or_a_reason(void **state) {
    struct vocabulary vocabulary;

    (void)state;
    read_vocabulary(&vocabulary);
    assert_true(vocabulary.count > 100);
    for (size_t i = 0; i < vocabulary.count; i++) {
        const char *word = vocabulary.words[i];
        if (count_rows_of(word) + is_excepted(word) != 1)
            fail_msg("en_%s should have one row in bench/micro/word_<family>_bench.c, or stand in "
                     "bench_word_exceptions: it has %zu rows, and is %sexcepted",
                     word, count_rows_of(word), is_excepted(word) ? "" : "not ");
    }
}

static void
test_word_each_row_and_exception_is_a_word(void **state) {
    struct vocabulary vocabulary;

    (void)state;
    read_vocabulary(&vocabulary);
    for (const struct bench_word_row *const *family = bench_word_families_rt; *family != NULL;
         family++)
        for (const struct bench_word_row *row = *family; row->word != NULL; row++)
            if (!is_declared(&vocabulary, row->word))
                fail_msg("workloads/engine.h has no word en_%s", row->word);
    for (const struct bench_word_exception *at = bench_word_exceptions; at->word != NULL; at++)
        if (!is_declared(&vocabulary, at->word) || at->reason[0] == '\0')
            fail_msg("workloads/engine.h has no word en_%s, or there is no reason", at->word);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word_each_of_the_vocabulary_has_one_row_or_a_reason),
        cmocka_unit_test(test_word_each_row_and_exception_is_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
