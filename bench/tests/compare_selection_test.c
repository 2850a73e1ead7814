/* SPDX-License-Identifier: MIT
 *
 * compare_selection_test.c: selections as text: what is one, what is none and why, and that no text does harm.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/compare/selection.h"
#include "workloads/rng.h"

static void
test_selection_is_a_run_and_its_choices(void **state) {
    static const struct {
        const char *text, *run, *choices; /* choices: printed again */
    } rows[] = {
        {"quick", "quick", ""},
        {"results/a.db", "results/a.db", ""},
        {"a.db:gc.threshold0=700", "a.db", "gc.threshold0=700;"},
        {"a:gc.mode=auto,off:engine=rt", "a", "gc.mode=auto,off;engine=rt;"},
        {"dir:with/colons:x/a.db:workload=churn", "dir:with/colons:x/a.db", "workload=churn;"},
        {"a:engine=rt+jemalloc", "a", "engine=rt+jemalloc;"},
        {"a:engine=/opt/x:y/worker:gc.mode=off", "a", "engine=/opt/x:y/worker;gc.mode=off;"},
        {"a:gc.threshold0", "a:gc.threshold0", ""}, /* a name with a colon, as far as it says */
        {"a:", "a:", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench_compare_selection selection;
        char why[256] = "", choices[256] = "";
        if (bench_compare_selection_parse(rows[i].text, &selection, why, sizeof why) != 0)
            fail_msg("%s: %s", rows[i].text, why);
        for (size_t k = 0; k < selection.count; k++)
            snprintf(choices + strlen(choices), sizeof choices - strlen(choices), "%s=%s;",
                     selection.choices[k].name, selection.choices[k].values);
        assert_string_equal(selection.run, rows[i].run);
        assert_string_equal(choices, rows[i].choices);
        bench_compare_selection_fini(&selection);
    }
}

static void
test_selection_that_is_none_says_why(void **state) {
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "names no run"},
        {":gc.mode=off", "names no run"},
        {"a:gc.mode=", "a value of gc.mode is missing"},
        {"a:gc.mode=auto,", "a value of gc.mode is missing"},
        {"a:gc.mode=,off", "a value of gc.mode is missing"},
        {"a:gc.mode=:engine=rt", "a value of gc.mode is missing"},
        {"a:gc.mode=auto:gc.mode=off", "gc.mode is there twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench_compare_selection selection;
        char why[256] = "";
        assert_int_equal(bench_compare_selection_parse(rows[i].text, &selection, why, sizeof why),
                         -EINVAL);
        if (strstr(why, rows[i].why) == NULL)
            fail_msg("'%s' says '%s'", rows[i].text, why);
    }
}

static void
test_choice_has_texts_and_numbers(void **state) {
    char name[] = "gc.threshold0", values[] = "700,50000,auto,1e3";
    const struct bench_compare_choice choice = {name, values};

    (void)state;
    assert_true(bench_compare_choice_has(&choice, "700", 700));
    assert_true(bench_compare_choice_has(&choice, "auto", 0));
    assert_true(bench_compare_choice_has(&choice, "1000", 1000));
    assert_true(bench_compare_choice_has(&choice, "49Ki", 50000));
    assert_false(bench_compare_choice_has(&choice, "70", 70));
    assert_false(bench_compare_choice_has(&choice, "7000", 7000));
    assert_false(bench_compare_choice_has(&choice, "aut", 0));
}

/* Pieces that matter, in any order: whatever comes of it, nothing is read or written that is not its own. */
static void
test_no_text_does_harm(void **state) {
    static const char *const pieces[] = {":", "=",    ",", "a", "gc.mode",
                                         "/", "x.db", "",  " ", "engine=rt"};
    struct wl_rng rng;

    (void)state;
    wl_rng_init(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        struct bench_compare_selection selection;
        char text[256] = "", why[32];
        for (uint32_t k = wl_rng_below(&rng, 20); k > 0; k--)
            strcat(text, pieces[wl_rng_below(&rng, sizeof pieces / sizeof pieces[0])]);
        if (bench_compare_selection_parse(text, &selection, why, sizeof why) != 0)
            continue;
        assert_true(selection.run[0] != '\0');
        for (size_t k = 0; k < selection.count; k++)
            assert_true(selection.choices[k].values[0] != '\0');
        bench_compare_selection_fini(&selection);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selection_is_a_run_and_its_choices),
        cmocka_unit_test(test_selection_that_is_none_says_why),
        cmocka_unit_test(test_choice_has_texts_and_numbers),
        cmocka_unit_test(test_no_text_does_harm),
    };
    return cmocka_run_group_tests_name("bench/compare_selection", tests, NULL, NULL);
}
