/* SPDX-License-Identifier: MIT
 *
 * report/svg.c: one pass over the text of an SVG with a table of replacements.
 *
 * The page is light or dark; a chart in it must be both. So every colour that plots/style.gp knows is
 * replaced by a variable of plots/report/style.css, and black by the colour of the text. Colours are
 * matched in the form in which gnuplot writes them. Markers are defined in every SVG by the same ids,
 * which may occur once only in a page, so they get a prefix.
 */
#include "bench/report/svg.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct replacement {
    const char *from, *to; /* NULL: the prefix of ids is put in behind `from` */
};

static const struct replacement replacements[] = {
    {"rgb(0,0,0)", "currentColor"},
    {"rgb(  0,   0,   0)", "currentColor"},
    {"rgb(118, 118, 118)", "var(--axis)"},
    {"rgb(217, 217, 217)", "var(--grid)"},
    {"rgb(  0, 114, 178)", "var(--s1)"},
    {"rgb(213,  94,   0)", "var(--s2)"},
    {"rgb(  0, 158, 115)", "var(--s3)"},
    {"rgb(170,  68, 153)", "var(--s4)"},
    {"rgb(178, 125,   0)", "var(--s5)"},
    {"rgb( 58, 155, 217)", "var(--s6)"},
    {"rgb(127,  79,  36)", "var(--s7)"},
    {"color=\"white\"", ""},
    {"color=\"black\"", ""},
    {"xlink:href", "href"},
    {"id=\"gnuplot_canvas\"", ""},
    {"font-family=\"DejaVu Sans\"", ""},
    {"'#gp", NULL},
    {"id='gp", NULL},
};

/* Length of what stands at `text` if it is something to drop whole: a title, a filter, a group's id. */
static size_t
measure_dropped(const char *text) {
    static const char *const spans[][2] = {
        {"<title>", "</title>"}, {"<filter ", "</filter>"}, {"id=\"gcsweep_plot_", "\""}};
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        size_t length = strlen(spans[i][0]);
        if (strncmp(text, spans[i][0], length) != 0)
            continue;
        const char *end = strstr(text + length, spans[i][1]);
        return end ? (size_t)(end - text) + strlen(spans[i][1]) : 0;
    }
    return 0;
}

static size_t
write_replaced(const char *text, const char *id, FILE *out) {
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
        const struct replacement *row = &replacements[i];
        size_t length = strlen(row->from);
        if (strncmp(text, row->from, length) != 0)
            continue;
        if (row->to)
            fputs(row->to, out);
        else
            fprintf(out, "%.*s%s-gp", (int)(length - 2), row->from, id);
        return length;
    }
    fputc(*text, out);
    return 1;
}

int
bench_report_svg_embed(const char *svg, const char *id, const char *class, const char *label_id,
                       const char *note_id, FILE *out) {
    const char *box = strstr(svg, "viewBox=\""), *body = strstr(svg, "<g id=\"gnuplot_canvas\">");
    if (!strstr(svg, "<svg") || !box || !body || body < box)
        return -EINVAL;
    box += strlen("viewBox=\"");
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" viewBox=\"%.*s\" role=\"img\" "
            "aria-labelledby=\"%s\" aria-describedby=\"%s\">\n",
            class, (int)strcspn(box, "\""), box, label_id, note_id);
    bool in_tag = false; /* text between tags is data and stays as it is */
    while (*body) {
        size_t dropped = *body == '<' || in_tag ? measure_dropped(body) : 0;
        if (dropped) {
            body += dropped;
            continue;
        }
        if (*body == '<')
            in_tag = true;
        if (in_tag)
            body += write_replaced(body, id, out);
        else if (*body == '>') { /* gnuplot leaves it as it is, which XML allows but for "]]>" */
            fputs("&gt;", out);
            body++;
        } else
            fputc(*body++, out);
        if (in_tag && body[-1] == '>')
            in_tag = false;
    }
    return 0;
}
