/* SPDX-License-Identifier: MIT
 *
 * words_test.c: a text has one number, and a number its text, however many there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/words.h"

static void
test_same_text_is_the_same_number(void **state) {
    struct bench_words words = {0};

    (void)state;
    uint32_t one = bench_words_put(&words, "pool"), other = bench_words_put(&words, "");
    assert_int_not_equal(one, 0);
    assert_int_not_equal(other, 0);
    assert_int_not_equal(one, other);
    assert_int_equal(bench_words_put(&words, "pool"), one);
    assert_string_equal(bench_words_text(&words, one), "pool");
    assert_string_equal(bench_words_text(&words, 0), "");
    bench_words_fini(&words);
}

static void
test_ten_thousand_texts_keep_their_numbers(void **state) {
    struct bench_words words = {0};
    char text[16];

    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "%u", (unsigned)i);
        assert_int_equal(bench_words_put(&words, text), i + 1);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "%u", (unsigned)i);
        assert_int_equal(bench_words_put(&words, text), i + 1);
        assert_string_equal(bench_words_text(&words, i + 1), text);
    }
    assert_int_equal(words.count, 10000);
    bench_words_fini(&words);
}

static void
test_released_texts_are_in_order_and_the_words_are_gone(void **state) {
    (void)state;
    struct bench_words words = {0};
    size_t count;
    bench_words_put(&words, "one");
    bench_words_put(&words, "two");
    char **texts = bench_words_release(&words, &count);
    assert_int_equal(count, 2);
    assert_string_equal(texts[0], "one");
    assert_string_equal(texts[1], "two");
    assert_int_equal(bench_words_put(&words, "two"), 1);
    bench_words_fini(&words);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_text_is_the_same_number),
        cmocka_unit_test(test_ten_thousand_texts_keep_their_numbers),
        cmocka_unit_test(test_released_texts_are_in_order_and_the_words_are_gone),
    };
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
