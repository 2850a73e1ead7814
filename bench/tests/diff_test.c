/* SPDX-License-Identifier: MIT
 *
 * diff_test.c: differences of texts, the smallest ones and random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/diff.h"
#include "runtime/tests/seed.h"

enum {
    OUTPUT_BYTES = 1 << 18
};

struct output {
    char text[OUTPUT_BYTES];
    size_t length;
};

static void
keep(void *context, char mark, const char *line, size_t bytes) {
    struct output *output = context;

    output->length += (size_t)snprintf(output->text + output->length, OUTPUT_BYTES - output->length,
                                       "%c%.*s\n", mark, (int)bytes, line);
    assert_true(output->length < OUTPUT_BYTES - 1);
}

static bool
compare(const char *old, const char *new, size_t around, struct output *output) {
    struct bench_diff_lines one, other;
    bool differ = true;

    output->length = 0;
    output->text[0] = '\0';
    assert_int_equal(bench_diff_lines_init(&one, old, strlen(old)), 0);
    assert_int_equal(bench_diff_lines_init(&other, new, strlen(new)), 0);
    assert_int_equal(bench_diff_print(&one, &other, around, keep, output, &differ), 0);
    bench_diff_lines_fini(&one);
    bench_diff_lines_fini(&other);
    return differ;
}

static void
assert_difference(const char *old, const char *new, size_t around, const char *expected) {
    struct output *output = calloc(1, sizeof *output);

    assert_non_null(output);
    assert_int_equal(compare(old, new, around, output), expected[0] != '\0');
    assert_string_equal(output->text, expected);
    free(output);
}

static void
test_equal_texts_have_no_difference(void **state) {
    (void)state;
    assert_difference("", "", 3, "");
    assert_difference("a\nb\n", "a\nb\n", 3, "");
}

static void
test_changed_line_stands_between_its_neighbours(void **state) {
    (void)state;
    assert_difference("a\nb\nc\nd\ne\n", "a\nb\nx\nd\ne\n", 1, "@-2,3 +2,3\n b\n-c\n+x\n d\n");
}

static void
test_added_and_removed_lines_count(void **state) {
    (void)state;
    assert_difference("", "a\n", 3, "@-0,0 +1,1\n+a\n");
    assert_difference("a\n", "", 3, "@-1,1 +0,0\n-a\n");
    assert_difference("b\n", "a\nb\nc\n", 0, "@-0,0 +1,1\n+a\n@-1,0 +3,1\n+c\n");
}

static void
test_near_changes_share_a_hunk(void **state) {
    (void)state;
    assert_difference("1\n2\n3\n4\n5\n", "x\n2\n3\n4\ny\n", 2,
                      "@-1,5 +1,5\n-1\n+x\n 2\n 3\n 4\n-5\n+y\n");
    assert_difference("1\n2\n3\n4\n5\n", "x\n2\n3\n4\ny\n", 1,
                      "@-1,2 +1,2\n-1\n+x\n 2\n@-4,2 +4,2\n 4\n-5\n+y\n");
}

static void
test_difference_is_a_shortest_one(void **state) {
    (void)state;
    assert_difference("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", 10,
                      "@-1,7 +1,6\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n");
}

static void
test_texts_without_a_common_line_are_replaced(void **state) {
    char old[4096 * 3], new[4096 * 3];
    struct output *output = calloc(1, sizeof *output);

    (void)state;
    assert_non_null(output);
    for (size_t i = 0; i < 4096; i++) {
        memcpy(old + i * 2, "a\n", 3);
        memcpy(new + i * 2, "b\n", 3);
    }
    assert_true(compare(old, new, 3, output));
    assert_memory_equal(output->text, "@-1,4096 +1,4096\n-a\n", 20);
    free(output);
}

static void
make_text(struct test_random *random, char *text) {
    size_t lines = (size_t)test_random_below(random, 40);

    for (size_t i = 0; i < lines; i++) {
        *text++ = (char)('a' + test_random_below(random, 4));
        *text++ = '\n';
    }
    *text = '\0';
}

/* With everything around it, one hunk holds both texts. */
static void
test_random_differences_hold_both_texts(void **state) {
    struct output *output = calloc(1, sizeof *output);
    struct test_random random;

    (void)state;
    assert_non_null(output);
    test_random_init(&random, 5);
    for (int round = 0; round < 5000; round++) {
        char old[128], new[128], one[128] = "", other[128] = "";
        make_text(&random, old);
        make_text(&random, new);
        if (!compare(old, new, 100, output)) {
            assert_string_equal(old, new);
            continue;
        }
        char *line = strchr(output->text, '\n') + 1;
        for (; *line != '\0'; line = strchr(line, '\n') + 1) {
            if (*line != '+')
                strncat(one, line + 1, 2);
            if (*line != '-')
                strncat(other, line + 1, 2);
        }
        assert_string_equal(one, old);
        assert_string_equal(other, new);
    }
    free(output);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_texts_have_no_difference),
        cmocka_unit_test(test_changed_line_stands_between_its_neighbours),
        cmocka_unit_test(test_added_and_removed_lines_count),
        cmocka_unit_test(test_near_changes_share_a_hunk),
        cmocka_unit_test(test_difference_is_a_shortest_one),
        cmocka_unit_test(test_texts_without_a_common_line_are_replaced),
        cmocka_unit_test(test_random_differences_hold_both_texts),
    };

    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
