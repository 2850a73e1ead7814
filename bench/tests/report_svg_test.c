/* SPDX-License-Identifier: MIT */
#include "bench/report/svg.h"

#include "bench/tests/report_fixture.h"

static const char picture[] =
    "<?xml version=\"1.0\"?>\n<svg width=\"80\" height=\"50\" viewBox=\"0 0 80 50\">\n"
    "<title>x</title>\n<g id=\"gnuplot_canvas\">\n"
    "<path id='gpPt1' stroke='rgb(  0, 114, 178)'/><use xlink:href='#gpPt1' color=\"black\"/>\n"
    "<g id=\"gcsweep_plot_1\" ><title>gcsweep_plot_1</title>"
    "<text fill=\"rgb(0,0,0)\" font-family=\"DejaVu Sans\">rgb(0,0,0) &lt;]]> id='gp</text></g>\n"
    "</g></svg>\n";

static char *
embed(const char *svg, int *ret_error) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    *ret_error = bench_report_svg_embed(svg, "c1", "desk", "c1-title", "c1-note", out);
    fclose(out);
    return text;
}

static void
test_svg_has_a_role_a_name_and_no_fixed_size(void **state) {
    int error;
    char *text = embed(picture, &error);
    (void)state;
    assert_int_equal(error, 0);
    assert_contains(text, "viewBox=\"0 0 80 50\" role=\"img\" aria-labelledby=\"c1-title\" "
                          "aria-describedby=\"c1-note\"");
    assert_lacks(text, "<?xml");
    assert_lacks(text, "width=\"80\"");
    assert_lacks(text, "<title>");
    free(text);
}

static void
test_svg_colours_become_the_pages(void **state) {
    int error;
    char *text = embed(picture, &error);
    (void)state;
    assert_contains(text, "stroke='var(--s1)'");
    assert_contains(text, "fill=\"currentColor\"");
    assert_lacks(text, "color=\"black\"");
    free(text);
}

static void
test_svg_ids_get_the_prefix_where_defined_and_where_used(void **state) {
    int error;
    char *text = embed(picture, &error);
    (void)state;
    assert_contains(text, "id='c1-gpPt1'");
    assert_contains(text, "href='#c1-gpPt1'");
    free(text);
}

static void
test_svg_texts_stay_as_they_are(void **state) {
    int error;
    char *text = embed(picture, &error);
    (void)state;
    assert_contains(text, ">rgb(0,0,0) &lt;]]&gt; id='gp</text>");
    free(text);
}

static void
test_svg_of_another_make_is_refused(void **state) {
    int error;
    char *text = embed("<svg><g/></svg>", &error);
    (void)state;
    assert_int_equal(error, -EINVAL);
    free(text);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg_has_a_role_a_name_and_no_fixed_size),
        cmocka_unit_test(test_svg_colours_become_the_pages),
        cmocka_unit_test(test_svg_ids_get_the_prefix_where_defined_and_where_used),
        cmocka_unit_test(test_svg_texts_stay_as_they_are),
        cmocka_unit_test(test_svg_of_another_make_is_refused),
    };
    return cmocka_run_group_tests_name("report_svg", tests, NULL, NULL);
}
