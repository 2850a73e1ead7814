/* SPDX-License-Identifier: MIT */
#include "bench/report/svg.h"

#include "bench/tests/report_fixture.h"

#define HEAD                                                                                       \
    "<?xml version=\"1.0\"?>\n<svg width=\"80\" height=\"50\" viewBox=\"0 0 80 50\">\n"            \
    "<title>x</title>\n<g id=\"gnuplot_canvas\">\n<rect x=\"0\" y=\"0\" fill=\"none\"/>\n"         \
    "<defs><circle id='gpDot' r='0.5'/></defs>\n"
#define PEN(width) "<g fill=\"none\" stroke=\"currentColor\" stroke-width=\"" width "\">\n"
#define TAIL       "</g></svg>\n"
#define WORD(x, y, more, text)                                                                     \
    "<g transform=\"translate(" x "," y ")" more " font-family=\"DejaVu Sans\">\n<text>" text      \
    "</text>\n</g>\n"

static char *
try_embed(const char *svg, int *ret_error) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    *ret_error = bench_report_svg_embed(svg, "c1-title", "c1-note", out);
    fclose(out);
    return text;
}

static char *
embed(const char *svg) {
    int error;
    char *text = try_embed(svg, &error);
    assert_int_equal(error, 0);
    return text;
}

static void
assert_refused(const char *svg) {
    int error;
    free(try_embed(svg, &error));
    assert_int_equal(error, -EINVAL);
}

static void
test_svg_has_a_role_a_name_and_no_fixed_size(void **state) {
    char *text = embed(HEAD TAIL);
    (void)state;
    assert_contains(text, "class=\"chart\" viewBox=\"0 0 800 500\" role=\"img\" "
                          "aria-labelledby=\"c1-title\" aria-describedby=\"c1-note\"");
    assert_lacks(text, "<?xml");
    assert_lacks(text, "width=\"80\"");
    assert_lacks(text, "<title>");
    assert_lacks(text, "gpDot");
    free(text);
}

static void
test_svg_lines_have_class_width_and_dashes(void **state) {
    char *text =
        embed(HEAD PEN("1.80") "<path stroke='rgb(  0, 114, 178)' stroke-dasharray='9.0,3.5' "
                               "d='M1.04,2 L3,2 M5,6 L7.04,9.02\n L7,9Z  '/></g>"
                               "<path stroke='rgb(0,0,0)' d='M1,2 L1,4'/>" TAIL);
    (void)state;
    assert_contains(text, "<path class=\"s1\" stroke-width=\"18\" stroke-dasharray=\"90 35\" "
                          "d=\"M10 20h20M50 60l20 30z\"/>");
    assert_contains(text, "<path stroke-width=\"18\" d=\"M10 20v20\"/>");
    free(text);
}

static void
test_svg_joins_what_looks_the_same_if_nothing_lies_between(void **state) {
    char *text = embed(HEAD PEN("1.00") "<path stroke='rgb(0,158,115)' d='M1,1 L2,1'/>"
                                        "<path stroke='rgb(0,158,115)' d='M3,1 L4,1'/>"
                                        "<path stroke='rgb(213,94,0)' d='M0,0 L9,0'/>"
                                        "<path stroke='rgb(0,158,115)' d='M5,1 L6,1'/></g>" TAIL);
    (void)state;
    assert_contains(text, "class=\"s3\" d=\"M10 10h10M30 10h10\"/>\n<path class=\"s2\"");
    assert_contains(text, "class=\"s3\" d=\"M50 10h10\"");
    free(text);
}

static void
test_svg_joins_ticks_and_grid_across_each_other_and_writing(void **state) {
    char *text = embed(HEAD PEN(
        "1.00") "<path stroke='rgb(118, 118, 118)' d='M1,1 L2,1'/>"
                "<path stroke='rgb(217, 217, 217)' class=\"gridline\" d='M1,1 L9,1'/>" WORD(
                    "3", "4", "\" fill=\"rgb(0,0,0)\"",
                    "one") "<path stroke='rgb(118, 118, 118)' d='M1,3 L2,3'/>"
                           "<path stroke='rgb(217, 217, 217)' class=\"gridline\" d='M1,3 "
                           "L9,3'/></g>" TAIL);
    (void)state;
    assert_contains(text, "<path class=\"ax\" d=\"M10 10h10M10 30h10\"/>");
    assert_contains(text, "<path class=\"gr\" d=\"M10 10h80M10 30h80\"/>");
    free(text);
}

static void
test_svg_thins_lines_and_marks_that_nobody_could_tell_apart(void **state) {
    static char svg[400000];
    size_t length = (size_t)sprintf(svg, "%s", HEAD "<path stroke='rgb(0,0,0)' d='M0,0");
    (void)state;
    for (int i = 1; i < 5000; i++)
        length += (size_t)sprintf(svg + length, " L%.2f,%.2f", i / 100., i % 2 / 10.);
    length += (size_t)sprintf(svg + length, "'/>");
    for (int i = 0; i < 2000; i++)
        length += (size_t)sprintf(svg + length,
                                  "<use xlink:href='#gpPt4' transform='translate(%.2f,7) "
                                  "scale(2)' color='rgb(0,0,0)'/>",
                                  10 + i % 100 / 100.);
    sprintf(svg + length, TAIL);
    char *text = embed(svg);
    assert_contains(text, "d=\"M0 0l500 1\"");
    assert_contains(text, "<path class=\"f\" d=\"M80 50h40v40h-40z\"/>");
    free(text);
}

static void
test_svg_marks_are_filled_or_open(void **state) {
    char *text = embed(
        HEAD "<use xlink:href='#gpPt7' transform='translate(10,10) scale(3)' color='rgb(0,0,0)'/>"
             "<use xlink:href='#gpPt0' transform='translate(10,10) scale(5)' color='rgb(0,0,0)'/>"
             "<use xlink:href='#gpDot' x='1' y='2' color='rgb(0,0,0)'/>" TAIL);
    (void)state;
    assert_contains(text, "<path stroke-width=\"7\" d=\"M100 60l-40 60h80z\"/>");
    assert_contains(text, "<path stroke-width=\"11\" d=\"M50 100h100M100 50v100\"/>");
    free(text);
}

static void
test_svg_areas_may_be_seen_through(void **state) {
    char *text = embed(HEAD "<polygon fill = 'rgb(213,  94,   0)' fill-opacity = '0.250' points = "
                            "'1,1 3,1 3,2 1,2 '/>" TAIL);
    (void)state;
    assert_contains(text, "<path class=\"s2 f\" fill-opacity=\"0.25\" d=\"M10 10h20v10h-20z\"/>");
    free(text);
}

static void
test_svg_writing_keeps_its_text_and_place(void **state) {
    char *text = embed(HEAD WORD("3.14", "4.06", "\" fill=\"rgb(0,0,0)\" text-anchor=\"end\"",
                                 "rgb(0,0,0) &lt;]]> id='gp")
                           WORD("1", "2",
                                " rotate(270)\" fill=\"rgb(118,118,118)\" "
                                "font-size=\"11.00\"",
                                "µs") TAIL);
    (void)state;
    assert_contains(text, "<text x=\"31\" y=\"41\" class=\"e\">rgb(0,0,0) &lt;]]&gt; id='gp");
    assert_contains(text, "<text transform=\"translate(10 20)rotate(270)\" class=\"ax\" "
                          "style=\"font-size:110px\">µs</text>");
    free(text);
}

static void
test_svg_keeps_a_colour_that_the_page_has_no_name_for(void **state) {
    char *text = embed(HEAD "<polygon fill='rgb(1,2,3)' points='1,1 3,1 3,2'/>" TAIL);
    (void)state;
    assert_contains(text, "style=\"--c:rgb(1,2,3)\" class=\"f\"");
    free(text);
}

static void
test_svg_of_another_make_is_refused(void **state) {
    (void)state;
    assert_refused("<svg><g/></svg>");
    assert_refused("<svg viewBox=\"0 0 80 50\"><g/></svg>");
    assert_refused(HEAD "<image/>" TAIL);
    assert_refused(HEAD "<use xlink:href='#gpPt99' transform='translate(1,1) scale(1)'/>" TAIL);
    assert_refused(HEAD "<path stroke='rgb(0,0,0)' d='M1,1 L2,1'/>");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg_has_a_role_a_name_and_no_fixed_size),
        cmocka_unit_test(test_svg_lines_have_class_width_and_dashes),
        cmocka_unit_test(test_svg_joins_what_looks_the_same_if_nothing_lies_between),
        cmocka_unit_test(test_svg_joins_ticks_and_grid_across_each_other_and_writing),
        cmocka_unit_test(test_svg_thins_lines_and_marks_that_nobody_could_tell_apart),
        cmocka_unit_test(test_svg_marks_are_filled_or_open),
        cmocka_unit_test(test_svg_areas_may_be_seen_through),
        cmocka_unit_test(test_svg_writing_keeps_its_text_and_place),
        cmocka_unit_test(test_svg_keeps_a_colour_that_the_page_has_no_name_for),
        cmocka_unit_test(test_svg_of_another_make_is_refused),
    };
    return cmocka_run_group_tests_name("report_svg", tests, NULL, NULL);
}
