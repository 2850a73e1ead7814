/* SPDX-License-Identifier: MIT */
#include "bench/shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Does it when all of its words are there, in this order. */
struct wanted {
    const char *const *words;
    size_t count, asked;
};

static bool
has_words(void *context, const char *text, size_t bytes) {
    struct wanted *wanted = context;
    const char *at = text;

    wanted->asked++;
    for (size_t i = 0; i < wanted->count; i++) {
        size_t length = strlen(wanted->words[i]);
        const char *found = memmem(at, bytes - (size_t)(at - text), wanted->words[i], length);
        if (found == NULL)
            return false;
        at = found + length;
    }
    return true;
}

static void
check(const char *text, const char *const *words, size_t count, const char *expected) {
    struct wanted wanted = {words, count, 0};
    char copy[4096];
    size_t bytes = strlen(text);

    strcpy(copy, text);
    assert_int_equal(bench_shrink(copy, &bytes, has_words, &wanted), 0);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(copy, expected, bytes);
}

static void
test_shrink_leaves_the_lines_that_it_takes(void **state) {
    static const char *const words[] = {"two\n", "five\n"};

    (void)state;
    check("one\ntwo\nthree\nfour\nfive\nsix\n", words, 2, "two\nfive\n");
    check("two\nfive\n", words, 2, "two\nfive\n");
    check("five\ntwo\ntwo\nfive\nfive\n", words, 2, "two\nfive\n");
}

static void
test_shrink_leaves_nothing_where_nothing_is_needed(void **state) {
    (void)state;
    check("one\ntwo\nthree\n", NULL, 0, "");
    check("", NULL, 0, "");
}

static void
test_shrink_keeps_a_last_line_without_an_end(void **state) {
    static const char *const words[] = {"last"};

    (void)state;
    check("one\ntwo\nlast", words, 1, "last");
}

/* Lines that can only go together, which no single line shows. */
static bool
has_even_count(void *context, const char *text, size_t bytes) {
    size_t count = 0;

    (void)context;
    for (size_t i = 0; i < bytes; i++)
        count += text[i] == '\n';
    return count % 2 == 0 && count >= 4;
}

static void
test_shrink_leaves_out_stretches_that_go_together(void **state) {
    char text[64] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\n";
    size_t bytes = strlen(text);

    (void)state;
    assert_int_equal(bench_shrink(text, &bytes, has_even_count, NULL), 0);
    assert_true(bytes >= 8 && bytes <= 12);
    assert_true(has_even_count(NULL, text, bytes));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shrink_leaves_the_lines_that_it_takes),
        cmocka_unit_test(test_shrink_leaves_nothing_where_nothing_is_needed),
        cmocka_unit_test(test_shrink_keeps_a_last_line_without_an_end),
        cmocka_unit_test(test_shrink_leaves_out_stretches_that_go_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
