/* SPDX-License-Identifier: MIT */
#include "bench/report/page.h"

#include "bench/tests/report_fixture.h"

static void
test_table_has_a_row_for_each_configuration(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 12, .blocks = 2, .latencies = 100},
                                 bench_report_page_table);
    (void)state;
    assert_int_equal(count_of(text, "<th scope=\"row\">"), 12);
    assert_int_equal(count_of(text, "<th scope=\"col\">"), 10);
    assert_contains(text, "<td>n/a</td>");
    assert_contains(text, "<span class=\"tag\">default</span>");
    free(text);
}

/* What was chosen from nothing is not the best. */
static void
test_table_names_no_best_where_there_is_no_choice(void **state) {
    (void)state;
    char *text = write_page_part(&(struct fixture){.configs = 1, .blocks = 2, .last_fails = true},
                                 bench_report_page_table);
    assert_contains(text, "<span class=\"tag\">default</span>");
    assert_lacks(text, "best</span>");
    free(text);
}

static void
test_environment_makes_bytes_legible_and_keeps_them_exact(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                                 bench_report_page_environment);
    (void)state;
    assert_contains(text, "memory</th><td>8 GiB (8589934592 bytes)</td>");
    assert_contains(text, "Maker &amp; Sons &lt;fast&gt; 3000");
    free(text);
}

static void
test_repeat_gives_the_command_as_typed(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                                 bench_report_page_repeat);
    (void)state;
    assert_contains(text, "<pre><code>gcsweep sweep quick --set 'a&lt;b' --report</code></pre>");
    free(text);
}

static void
test_asked_of_a_run_that_has_not_begun_says_so(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 2, .blocks = 2, .nothing_ran = true},
                                 bench_report_page_asked);
    (void)state;
    assert_contains(text, "The run is not complete:</strong> 4 of 4 cells");
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked_of_a_run_that_has_not_begun_says_so),
        cmocka_unit_test(test_table_has_a_row_for_each_configuration),
        cmocka_unit_test(test_table_names_no_best_where_there_is_no_choice),
        cmocka_unit_test(test_environment_makes_bytes_legible_and_keeps_them_exact),
        cmocka_unit_test(test_repeat_gives_the_command_as_typed),
    };
    return cmocka_run_group_tests_name("report_page", tests, make_scratch, remove_scratch);
}
