/* SPDX-License-Identifier: MIT */
#include "bench/report/table.h"

#include "bench/tests/report_fixture.h"

static char *
write_table(const char *first_column, const char *tsv) {
    const struct bench_report_table table = {"chart-1", "Much & more", first_column,
                                             "gcsweep plot latency run -o latency.tsv"};
    char *text = NULL, *copy = strdup(tsv);
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(copy);
    assert_int_equal(bench_report_table_write(&table, copy, out), 0);
    fclose(out);
    free(copy);
    return text;
}

/* `count` points of a curve behind what is in `text` already. */
static void
add_points(char *text, size_t count) {
    text += strlen(text);
    for (size_t i = 0; i < count; i++)
        text += sprintf(text, "%zu\t%zu\n", i, 1000 * i);
}

static void
test_table_reads_units_from_the_names_of_columns(void **state) {
    (void)state;
    char *text =
        write_table("t_ns", "one\tresident_bytes\tshare_percent\twall_ratio\tsupported\tn\n"
                            "2500\t2097152\t99.9\t1.5\t0\t12345678\n");
    assert_contains(text, "<th scope=\"col\">Time</th><th scope=\"col\">Resident</th>"
                          "<th scope=\"col\">Share</th><th scope=\"col\">Wall</th>");
    assert_contains(text, "<th scope=\"row\">one</th><td>2.50 µs</td><td>2 MiB</td><td>99.9 %</td>"
                          "<td>1.5×</td><td>no</td><td>12345678</td>");
    free(text);
}

static void
test_table_names_a_series_once(void **state) {
    (void)state;
    char *text = write_table("t_ns", "a<b\tx\n1\t2\n2\tn/a\n\n\nother\tx\n1\t7\n");
    assert_contains(text, "<th scope=\"rowgroup\" rowspan=\"2\">a&lt;b</th><td>1 ns</td>");
    assert_contains(text, "<tr><td>2 ns</td><td>n/a</td></tr>");
    assert_contains(text, "<tbody>\n<tr><th scope=\"row\">other</th><td>1 ns</td><td>7</td>");
    assert_int_equal(count_of(text, "<tbody>"), 2);
    free(text);
}

static void
test_table_calls_rows_by_their_configuration(void **state) {
    (void)state;
    char *text = write_table(NULL, "examined\tfreed\tconfiguration\n5\t4\tmode=off\n");
    assert_contains(text, "<tr><th scope=\"col\">Configuration</th><th scope=\"col\">Examined</th>"
                          "<th scope=\"col\">Freed</th></tr>");
    assert_contains(text, "<tr><th scope=\"row\">mode=off</th><td>5</td><td>4</td></tr>");
    free(text);
    text = write_table("mean_ns", "generation 0\tcount\tconfiguration\n5\t4\tmode=off\n");
    assert_contains(text, "<tr><th scope=\"col\">Series</th><th scope=\"col\">Configuration</th>");
    assert_contains(text, "<th scope=\"row\">generation 0</th><td class=\"text\">mode=off</td>");
    free(text);
}

static void
test_table_names_those_without_a_series_of_their_own(void **state) {
    (void)state;
    char *text = write_table("t_ns", "one\tx\n1\t2\n\n\n2 other configurations\tx\tconfiguration\n"
                                     "1\t3\ttwo\n\n1\t4\tthree\n");
    assert_contains(text, "<tr><th scope=\"row\">one</th><td>1 ns</td><td>2</td></tr>");
    assert_contains(text, "<tr><th scope=\"row\">two</th><td>1 ns</td><td>3</td></tr>");
    assert_contains(text, "<tr><th scope=\"row\">three</th><td>1 ns</td><td>4</td></tr>");
    assert_lacks(text, "other configurations");
    free(text);
}

static void
test_table_leaves_places_in_the_drawing_out(void **state) {
    (void)state;
    char *text = write_table(NULL, "column\trow\tp99_ns\tmode\tdefault\n0\t3\t1500\tauto\t1\n");
    assert_contains(text, "<tr><th scope=\"col\">P99</th><th scope=\"col\">Mode</th>"
                          "<th scope=\"col\">Default</th></tr>");
    assert_contains(text, "<tr><td>1.50 µs</td><td>auto</td><td>yes</td></tr>");
    free(text);
}

static void
test_table_thins_a_long_curve_and_says_how_to_have_all(void **state) {
    static char tsv[1 << 16] = "one\tx\n";
    (void)state;
    add_points(tsv, 4004);
    char *text = write_table("length", tsv);
    assert_contains(text, "Much & more, every 50th row</caption>");
    assert_contains(text, "rowspan=\"82\">one</th><td>0</td>");
    assert_contains(text, "<td>100</td><td>100000</td>");
    assert_contains(text, "<td>4003</td>");
    assert_lacks(text, "<td>1</td>");
    assert_contains(text, "82 of 4004 rows; all of them: <code>gcsweep plot latency run");
    free(text);
}

static void
test_table_of_many_curves_ends_in_time(void **state) {
    static char tsv[1 << 16] = "one\tx\n";
    (void)state;
    for (int i = 0; i < 300; i++) {
        add_points(tsv, 3);
        strcat(tsv, "\n");
    }
    char *text = write_table("length", tsv);
    assert_int_equal(count_of(text, "<tr>"), 97);
    assert_contains(text, "96 of 900 rows;");
    free(text);
}

static void
test_table_of_nothing_is_none(void **state) {
    (void)state;
    char *text = write_table("length", "");
    assert_string_equal(text, "");
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_reads_units_from_the_names_of_columns),
        cmocka_unit_test(test_table_names_a_series_once),
        cmocka_unit_test(test_table_calls_rows_by_their_configuration),
        cmocka_unit_test(test_table_names_those_without_a_series_of_their_own),
        cmocka_unit_test(test_table_leaves_places_in_the_drawing_out),
        cmocka_unit_test(test_table_thins_a_long_curve_and_says_how_to_have_all),
        cmocka_unit_test(test_table_of_many_curves_ends_in_time),
        cmocka_unit_test(test_table_of_nothing_is_none),
    };
    return cmocka_run_group_tests_name("report_table", tests, NULL, NULL);
}
