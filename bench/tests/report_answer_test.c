/* SPDX-License-Identifier: MIT */
#include "bench/report/answer.h"

#include "bench/tests/report_fixture.h"

static void
test_answer_names_setting_gain_and_risk(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 3, .blocks = 5, .latencies = 20000},
                                 bench_report_answer_write);
    (void)state;
    assert_contains(text, "Use <code>alloc.arena=1024KiB</code>");
    assert_contains(
        text,
        "<li>wall time, by block: <strong>20 % less</strong> (medians 82 ms against 102 ms)</li>");
    assert_contains(text, "<li>peak resident memory, by block: <strong>25 % more</strong> (medians "
                          "40 MiB against 32 MiB)</li>");
    assert_lacks(text, "too few to tell");
    free(text);
}

/* The second one is the faster, and leaves twice the trash. */
static void
test_answer_says_what_waits_for_the_collector(void **state) {
    char *text = write_page_part(
        &(struct fixture){.configs = 2, .blocks = 5, .latencies = 20000, .collects = true},
        bench_report_answer_write);
    (void)state;
    assert_contains(text,
                    "<li>Up to 100 objects were dead and not yet collected, against 50.</li>");
    assert_contains(text, "<li>longest collection in an operation: <strong>50 % less</strong> "
                          "(10 µs against 20 µs)</li>");
    free(text);
}

static void
test_answer_says_when_nothing_is_ever_collected(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 2,
                                                   .blocks = 5,
                                                   .latencies = 20000,
                                                   .collects = true,
                                                   .last_never_collects = true},
                                 bench_report_answer_write);
    (void)state;
    assert_contains(text, "<li>Nothing is ever collected: 100 objects were dead at the end, and a "
                          "longer run has more.</li>");
    free(text);
}

static void
test_answer_from_too_few_blocks_is_no_answer(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 3, .blocks = 4, .latencies = 20000},
                                 bench_report_answer_write);
    (void)state;
    assert_contains(text, "Too few blocks to be sure; perhaps <code>alloc.arena=1024KiB</code>");
    assert_contains(text, "Only 4 blocks: too few to tell a difference from luck.");
    free(text);
}

static void
test_answer_to_several_workloads_begins_with_one_for_all(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 4,
                                                   .blocks = 3,
                                                   .latencies = 20000,
                                                   .references = {1, 1, 3, 3},
                                                   .labels = {"churn.live=1 alloc.arena=1MiB",
                                                              "churn.live=1 alloc.arena=4MiB",
                                                              "churn.live=2 alloc.arena=1MiB",
                                                              "churn.live=2 alloc.arena=4MiB"}},
                                 bench_report_answer_write);
    (void)state;
    assert_contains(text, "This is over all 2 workloads, each counted alike.");
    assert_contains(text, "<p class=\"best\">Use <code>alloc.arena=4MiB</code></p>");
    assert_contains(text, "on average: wall time <strong>11 % less</strong>");
    assert_contains(text, "It won in 6 of 6 blocks.");
    assert_contains(text, "Of 2 workloads, 2 have one that is perhaps better.");
    assert_contains(text, "<a href=\"#verdict-2\">churn live=2</a>: Too few blocks to be sure");
    free(text);
}

static void
test_answer_of_one_configuration_says_that_there_is_no_choice(void **state) {
    char *text = write_page_part(&(struct fixture){.configs = 1, .blocks = 2, .latencies = 10},
                                 bench_report_answer_write);
    (void)state;
    assert_contains(text, "Nothing to choose from: one configuration was tried");
    assert_contains(text, "Only 2 blocks: too few");
    assert_contains(text, "20 samples are too few");
    free(text);
}

static void
test_answer_shows_cells_that_ended_badly(void **state) {
    char *text = write_page_part(
        &(struct fixture){.configs = 2, .blocks = 2, .latencies = 10, .last_fails = true},
        bench_report_answer_write);
    (void)state;
    assert_contains(text, "2 cells ended badly");
    assert_contains(text, "it said: \xef\xbf\xbd &lt;b&gt;no&lt;/b&gt;");
    free(text);
}

static void
test_answer_of_a_run_without_results_is_none(void **state) {
    const struct fixture fixture = {.configs = 2, .blocks = 2, .nothing_ran = true};
    char *text = write_page_part(&fixture, bench_report_answer_write);
    (void)state;
    assert_contains(text, "No answer: the default finished no cell");
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_names_setting_gain_and_risk),
        cmocka_unit_test(test_answer_says_what_waits_for_the_collector),
        cmocka_unit_test(test_answer_says_when_nothing_is_ever_collected),
        cmocka_unit_test(test_answer_from_too_few_blocks_is_no_answer),
        cmocka_unit_test(test_answer_to_several_workloads_begins_with_one_for_all),
        cmocka_unit_test(test_answer_of_one_configuration_says_that_there_is_no_choice),
        cmocka_unit_test(test_answer_shows_cells_that_ended_badly),
        cmocka_unit_test(test_answer_of_a_run_without_results_is_none),
    };
    return cmocka_run_group_tests_name("report_answer", tests, make_scratch, remove_scratch);
}
