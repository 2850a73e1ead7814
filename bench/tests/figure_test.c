/* SPDX-License-Identifier: MIT */
#include "bench/figure.h"

#include <math.h>

#include "bench/tests/report_fixture.h"

static struct bench_report_data
read_run(const struct fixture *fixture) {
    struct bench_report_data data;
    char why[256];
    make_run(fixture, scratch_path("run.db"));
    assert_int_equal(bench_report_data_read(scratch_path("run.db"), &data, why, sizeof(why)), 0);
    return data;
}

/* The table that `name` is drawn from. */
static char *export(const char *name, const struct fixture *fixture) {
    struct bench_report_data data = read_run(fixture);
    const char *nearest;
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    bench_figure_find(name, &nearest)->export_table(&data.groups[0], out);
    fclose(out);
    bench_report_data_fini(&data);
    return text;
}

static int
draw(const char *name, const struct fixture *fixture, const char *out, const char *format,
     char why[256]) {
    struct bench_report_data data = read_run(fixture);
    const char *nearest;
    int error = bench_figure_draw(bench_figure_find(name, &nearest), &data, &data.groups[0], out,
                                  format, why, 256);
    bench_report_data_fini(&data);
    return error;
}

static void
test_figure_that_is_not_there_suggests_the_nearest(void **state) {
    const char *nearest;
    (void)state;
    assert_null(bench_figure_find("latencies", &nearest));
    assert_string_equal(nearest, "latency");
    assert_null(bench_figure_find("xyz", &nearest));
    assert_null(nearest);
}

static void
test_numbers_have_three_digits_and_a_unit(void **state) {
    char text[24];
    (void)state;
    assert_string_equal(bench_figure_time(1234567, text), "1.23 ms");
    assert_string_equal(bench_figure_time(999.7, text), "1.00 µs");
    assert_string_equal(bench_figure_time(0, text), "0 ns");
    assert_string_equal(bench_figure_time(NAN, text), "n/a");
    assert_string_equal(bench_figure_bytes(31.5 * 1048576, text), "31.5 MiB");
    assert_string_equal(bench_figure_bytes(1023, text), "1023 B");
}

static void
test_table_has_a_block_for_each_series(void **state) {
    char *text = export("memory", &(struct fixture){.configs = 3, .blocks = 1, .latencies = 10});
    (void)state;
    assert_int_equal(count_of(text, "\n\n\n"), 2);
    assert_int_equal(count_of(text, "\tresident_bytes\n"), 3);
    assert_contains(text, "arena=256KiB\tresident_bytes\n0\t2097152\n");
    free(text);
}

static void
test_table_gathers_what_is_beyond_the_eighth_series(void **state) {
    char *text = export("memory", &(struct fixture){.configs = 12, .blocks = 1, .latencies = 10});
    (void)state;
    assert_int_equal(count_of(text, "\n\n\n"), 8);
    assert_contains(text, "\n\n\n4 other configurations\tresident_bytes\tconfiguration\n");
    free(text);
}

static void
test_table_keeps_the_place_of_a_series_without_points(void **state) {
    char *text =
        export("latency", &(struct fixture){.configs = 2, .blocks = 1, .nothing_ran = true});
    (void)state;
    assert_int_equal(count_of(text, "n/a\tn/a\tn/a\n"), 2);
    free(text);
}

static void
test_table_keeps_a_name_to_one_cell_and_out_of_gnuplots_hands(void **state) {
    char *text = export(
        "memory", &(struct fixture){
                      .configs = 1, .blocks = 1, .latencies = 10, .labels = {"a=b\tc\"d\\n{e}_ü"}});
    (void)state;
    assert_int_equal(strncmp(text, "a=b c'd∖n{e}_ü\tresident_bytes\n", 33), 0);
    free(text);
}

static void
test_table_of_a_long_series_keeps_its_peak_and_ends(void **state) {
    const char *nearest;
    struct bench_report_data data =
        read_run(&(struct fixture){.configs = 1, .blocks = 1, .latencies = 1});
    struct bench_series *series = &data.groups[0].configs[0].resident;
    (void)state;
    series->count = 0;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(bench_series_add(series, i, i == 70001 ? 123456 : 100 + i % 7), 0);
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    bench_figure_find("memory", &nearest)->export_table(&data.groups[0], out);
    fclose(out);
    assert_true(count_of(text, "\n") <= 402);
    assert_contains(text, "\n70001\t123456\n");
    assert_contains(text, "\n0\t100\n");
    assert_contains(text, "\n99999\t");
    free(text);
    bench_report_data_fini(&data);
}

static void
test_figures_are_drawn_in_every_format(void **state) {
    static const char *const formats[][2] = {
        {"svg", "<?xml"}, {"png", "\x89PNG"}, {"pdf", "%PDF"}, {"tsv", ""}};
    const struct bench_figure *figures;
    size_t count;
    char why[256] = "";
    (void)state;
    if (!has_gnuplot())
        skip();
    figures = bench_figure_rows(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; !figures[i].drawn_by && j < sizeof(formats) / sizeof(formats[0]); j++) {
            const struct fixture fixture = {
                .configs = 2, .blocks = 2, .latencies = 100, .grows = true};
            if (draw(figures[i].name, &fixture, scratch_path("figure"), formats[j][0], why))
                fail_msg("%s as %s should be drawn: %s", figures[i].name, formats[j][0], why);
            char *text = read_whole(scratch_path("figure"));
            assert_memory_equal(text, formats[j][1], strlen(formats[j][1]));
            assert_true(j != 3 || count_of(text, "\t") > 2);
            free(text);
        }
}

static void
test_figure_without_its_script_says_where_to_look(void **state) {
    char why[256] = "";
    const char *given = getenv("GCSWEEP_PLOTS");
    char *before = given ? strdup(given) : NULL;
    (void)state;
    setenv("GCSWEEP_PLOTS", "/nowhere", 1);
    int error = draw("latency", &(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                     scratch_path("figure"), "svg", why);
    before ? setenv("GCSWEEP_PLOTS", before, 1) : unsetenv("GCSWEEP_PLOTS");
    free(before);
    assert_int_equal(error, -ENOENT);
    assert_contains(why, "/nowhere/latency.gp: no such script; set GCSWEEP_PLOTS");
}

static void
test_figure_without_gnuplot_names_the_package(void **state) {
    char why[256] = "", path[4096];
    (void)state;
    snprintf(path, sizeof(path), "%s", getenv("PATH"));
    setenv("PATH", scratch, 1);
    int error = draw("latency", &(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                     scratch_path("figure"), "svg", why);
    setenv("PATH", path, 1);
    assert_int_equal(error, -ENOPKG);
    assert_string_equal(why, "gnuplot is not installed: install the package gnuplot-nox");
}

static void
test_figure_passes_gnuplots_complaint_on(void **state) {
    char why[256] = "";
    (void)state;
    if (!has_gnuplot())
        skip();
    int error = draw("latency", &(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                     scratch_path("figure"), "gif", why);
    assert_int_equal(error, -EIO);
    assert_contains(why, "unknown format \"gif\"; one of svg, png, pdf");
    assert_int_not_equal(access(scratch_path("figure"), F_OK), 0);
}

static void
test_figure_into_a_place_that_is_not_there_says_so(void **state) {
    char why[256] = "";
    (void)state;
    int error = draw("latency", &(struct fixture){.configs = 1, .blocks = 1, .latencies = 1},
                     scratch_path("no/figure.svg"), "svg", why);
    assert_int_equal(error, -ENOENT);
    assert_contains(why, "no/figure.svg: cannot be written");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figure_that_is_not_there_suggests_the_nearest),
        cmocka_unit_test(test_numbers_have_three_digits_and_a_unit),
        cmocka_unit_test(test_table_has_a_block_for_each_series),
        cmocka_unit_test(test_table_gathers_what_is_beyond_the_eighth_series),
        cmocka_unit_test(test_table_keeps_the_place_of_a_series_without_points),
        cmocka_unit_test(test_table_keeps_a_name_to_one_cell_and_out_of_gnuplots_hands),
        cmocka_unit_test(test_table_of_a_long_series_keeps_its_peak_and_ends),
        cmocka_unit_test(test_figures_are_drawn_in_every_format),
        cmocka_unit_test(test_figure_without_its_script_says_where_to_look),
        cmocka_unit_test(test_figure_without_gnuplot_names_the_package),
        cmocka_unit_test(test_figure_passes_gnuplots_complaint_on),
        cmocka_unit_test(test_figure_into_a_place_that_is_not_there_says_so),
    };
    return cmocka_run_group_tests_name("figure", tests, make_scratch, remove_scratch);
}
