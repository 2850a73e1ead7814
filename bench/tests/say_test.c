/* SPDX-License-Identifier: MIT
 *
 * say_test.c: messages of one line, and guesses at what was meant.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/say.h"

static const char *const words[] = {"run", "sweep", "list", NULL};

static void
test_say_guesses_near_words_only(void **state) {
    (void)state;
    assert_string_equal(bench_say_guess("swep", words), "sweep");
    assert_string_equal(bench_say_guess("lsit", words), "list");
    assert_null(bench_say_guess("elephant", words));
    assert_null(bench_say_guess("x", words));
}

static void
test_say_hint_is_empty_without_a_guess(void **state) {
    char hint[32];

    (void)state;
    assert_string_equal(bench_say_nearest("run", hint, sizeof hint), ", did you mean run?");
    assert_string_equal(bench_say_nearest(NULL, hint, sizeof hint), "");
}

static void
test_say_keeps_to_one_line_and_gives_the_status(void **state) {
    char path[] = "/tmp/gcsweep-say-XXXXXX", text[128];
    int fd = mkstemp(path), kept = dup(STDERR_FILENO);

    (void)state;
    assert_true(fd >= 0 && kept >= 0);
    dup2(fd, STDERR_FILENO);
    int status = bench_say(2, "first\n%s\r\nlast", "second");
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    close(fd);
    unlink(path);
    assert_int_equal(status, 2);
    assert_true(length > 0);
    text[length] = '\0';
    assert_string_equal(text, "gcsweep: first second  last\n");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_say_guesses_near_words_only),
        cmocka_unit_test(test_say_hint_is_empty_without_a_guess),
        cmocka_unit_test(test_say_keeps_to_one_line_and_gives_the_status),
    };
    return cmocka_run_group_tests_name("bench/say", tests, NULL, NULL);
}
