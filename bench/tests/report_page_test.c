/* SPDX-License-Identifier: MIT */
#include "bench/report/page.h"

#include "bench/tests/report_fixture.h"

static char *
escape(const char *raw) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    bench_report_page_text(out, raw);
    fclose(out);
    return text;
}

static void
assert_escaped(const char *raw, const char *expected) {
    char *text = escape(raw);
    assert_string_equal(text, expected);
    free(text);
}

/* One part of the page about the fixture's run. */
static char *
write_part(const struct fixture *fixture,
           void (*part)(const struct bench_report_data *data, FILE *out)) {
    struct bench_report_data data;
    char *text = NULL, why[256];
    size_t bytes;
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    FILE *out = open_memstream(&text, &bytes);
    part(&data, out);
    fclose(out);
    bench_report_data_fini(&data);
    return text;
}

static void
test_text_loses_its_markup(void **state) {
    (void)state;
    assert_escaped("a<b> & \"c\"", "a&lt;b&gt; &amp; &quot;c&quot;");
    assert_escaped("µ €", "µ €");
}

static void
test_text_has_nothing_that_xml_refuses(void **state) {
    (void)state;
    assert_escaped("a\x01z", "a\xef\xbf\xbdz");
    assert_escaped("a\xc3", "a\xef\xbf\xbd");
    assert_escaped("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
    assert_escaped("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void
test_answer_names_setting_gain_and_risk(void **state) {
    char *text = write_part(&(struct fixture){.configs = 3, .blocks = 5, .latencies = 20000},
                            bench_report_page_answer);
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
    char *text = write_part(
        &(struct fixture){.configs = 2, .blocks = 5, .latencies = 20000, .collects = true},
        bench_report_page_answer);
    (void)state;
    assert_contains(text,
                    "<li>Up to 100 objects were dead and not yet collected, against 50.</li>");
    assert_contains(text, "<li>longest collection in an operation: <strong>50 % less</strong> "
                          "(10 µs against 20 µs)</li>");
    free(text);
}

static void
test_answer_says_when_nothing_is_ever_collected(void **state) {
    char *text = write_part(&(struct fixture){.configs = 2,
                                              .blocks = 5,
                                              .latencies = 20000,
                                              .collects = true,
                                              .last_never_collects = true},
                            bench_report_page_answer);
    (void)state;
    assert_contains(text, "<li>Nothing is ever collected: 100 objects were dead at the end, and a "
                          "longer run has more.</li>");
    free(text);
}

static void
test_answer_from_too_few_blocks_is_no_answer(void **state) {
    char *text = write_part(&(struct fixture){.configs = 3, .blocks = 4, .latencies = 20000},
                            bench_report_page_answer);
    (void)state;
    assert_contains(text, "Too noisy to say; perhaps <code>alloc.arena=1024KiB</code>");
    assert_contains(text, "It won in 4 of 4 blocks, as luck alone would in 6 % of runs.");
    free(text);
}

static void
test_answer_to_several_workloads_begins_with_one_for_all(void **state) {
    char *text = write_part(&(struct fixture){.configs = 4,
                                              .blocks = 3,
                                              .latencies = 20000,
                                              .references = {1, 1, 3, 3},
                                              .labels = {"churn.live=1 alloc.arena=1MiB",
                                                         "churn.live=1 alloc.arena=4MiB",
                                                         "churn.live=2 alloc.arena=1MiB",
                                                         "churn.live=2 alloc.arena=4MiB"}},
                            bench_report_page_answer);
    (void)state;
    assert_contains(text, "Over all 2 workloads");
    assert_contains(text,
                    "<p class=\"best\">Use <code>alloc.arena=4MiB</code></p>\n<p>It won in 6 of 6");
    assert_contains(text, "<a href=\"#verdict-2\">churn live=2</a>: Too noisy to say; perhaps");
    free(text);
}

static void
test_answer_of_one_configuration_keeps_the_default(void **state) {
    char *text = write_part(&(struct fixture){.configs = 1, .blocks = 2, .latencies = 10},
                            bench_report_page_answer);
    (void)state;
    assert_contains(text, "Keep the default: <code>alloc.arena=256KiB</code>");
    assert_contains(text, "Only 2 blocks: too few");
    assert_contains(text, "20 samples are too few");
    free(text);
}

static void
test_answer_shows_cells_that_ended_badly(void **state) {
    char *text = write_part(
        &(struct fixture){.configs = 2, .blocks = 2, .latencies = 10, .last_fails = true},
        bench_report_page_answer);
    (void)state;
    assert_contains(text, "2 cells ended badly");
    assert_contains(text, "it said: \xef\xbf\xbd &lt;b&gt;no&lt;/b&gt;");
    free(text);
}

static void
test_answer_of_a_run_without_results_is_none(void **state) {
    const struct fixture fixture = {.configs = 2, .blocks = 2, .nothing_ran = true};
    char *text = write_part(&fixture, bench_report_page_answer);
    char *asked = write_part(&fixture, bench_report_page_asked);
    (void)state;
    assert_contains(text, "No answer: the default finished no cell");
    assert_contains(asked, "The run is not complete:</strong> 4 of 4 cells");
    free(text);
    free(asked);
}

static void
test_table_has_a_row_for_each_configuration(void **state) {
    char *text = write_part(&(struct fixture){.configs = 12, .blocks = 2, .latencies = 100},
                            bench_report_page_table);
    (void)state;
    assert_int_equal(count_of(text, "<th scope=\"row\">"), 12);
    assert_int_equal(count_of(text, "<th scope=\"col\">"), 10);
    assert_contains(text, "<td>n/a</td>");
    assert_contains(text, "<span class=\"tag\">default</span>");
    free(text);
}

static void
test_environment_makes_bytes_legible_and_keeps_them_exact(void **state) {
    char *text = write_part(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                            bench_report_page_environment);
    (void)state;
    assert_contains(text, "memory</th><td>8 GiB (8589934592 bytes)</td>");
    assert_contains(text, "Maker &amp; Sons &lt;fast&gt; 3000");
    free(text);
}

static void
test_repeat_gives_the_command_as_typed(void **state) {
    char *text = write_part(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                            bench_report_page_repeat);
    (void)state;
    assert_contains(text, "<pre><code>gcsweep sweep quick --set 'a&lt;b' --report</code></pre>");
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_loses_its_markup),
        cmocka_unit_test(test_text_has_nothing_that_xml_refuses),
        cmocka_unit_test(test_answer_names_setting_gain_and_risk),
        cmocka_unit_test(test_answer_says_what_waits_for_the_collector),
        cmocka_unit_test(test_answer_says_when_nothing_is_ever_collected),
        cmocka_unit_test(test_answer_from_too_few_blocks_is_no_answer),
        cmocka_unit_test(test_answer_to_several_workloads_begins_with_one_for_all),
        cmocka_unit_test(test_answer_of_one_configuration_keeps_the_default),
        cmocka_unit_test(test_answer_shows_cells_that_ended_badly),
        cmocka_unit_test(test_answer_of_a_run_without_results_is_none),
        cmocka_unit_test(test_table_has_a_row_for_each_configuration),
        cmocka_unit_test(test_environment_makes_bytes_legible_and_keeps_them_exact),
        cmocka_unit_test(test_repeat_gives_the_command_as_typed),
    };
    return cmocka_run_group_tests_name("report_page", tests, make_scratch, remove_scratch);
}
