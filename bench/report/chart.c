/* SPDX-License-Identifier: MIT
 *
 * report/chart.c: each figure of each group, and what it is drawn from beside it as a table
 * (report/table.c).
 */
#include "bench/report/chart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/figure.h"
#include "bench/report/page.h"
#include "bench/report/svg.h"
#include "bench/report/table.h"

/* ---- Pictures ---------------------------------------------------------------------------------- */

/* The whole file as a string to be freed, or NULL. */
static char *
read_file(const char *path) {
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t capacity = 0;
    if (in && getdelim(&text, &capacity, '\0', in) < 0) {
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    return text;
}

struct chart {
    const struct bench_report_data *data;
    const struct bench_report_group *group;
    const struct bench_figure *figure;
    char id[64], label_id[80], note_id[80];
};

static int
embed_picture(const struct chart *chart, const char *format, const char *class, FILE *out,
              char *why, size_t why_bytes) {
    const char *tmp = getenv("TMPDIR");
    char path[4096], prefix[96];
    snprintf(path, sizeof(path), "%s/gcsweep-chart-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
    int fd = mkstemp(path);
    if (fd < 0) {
        snprintf(why, why_bytes, "%s: cannot be written: %s", path, strerror(errno));
        return -ENOENT;
    }
    close(fd);
    int error =
        bench_figure_draw(chart->figure, chart->data, chart->group, path, format, why, why_bytes);
    char *svg = error ? NULL : read_file(path);
    unlink(path);
    if (error)
        return error;
    snprintf(prefix, sizeof(prefix), "%s-%s", chart->id, class);
    error = svg ? bench_report_svg_embed(svg, prefix, class, chart->label_id, chart->note_id, out)
                : -EINVAL;
    free(svg);
    if (error)
        snprintf(why, why_bytes, "figure %s: gnuplot did not write the SVG that was expected",
                 chart->figure->name);
    return error ? -EIO : 0;
}

static int
write_data(const struct chart *chart, FILE *out) {
    char *tsv = NULL, command[512];
    size_t bytes = 0;
    FILE *table_out = open_memstream(&tsv, &bytes);
    if (!table_out)
        return -ENOMEM;
    chart->figure->export_table(chart->group, table_out);
    fclose(table_out);
    snprintf(command, sizeof(command), "gcsweep plot %s %s --workload '%s' -o %s.tsv",
             chart->figure->name, bench_report_data_run(chart->data, "name"), chart->group->title,
             chart->figure->name);
    const struct bench_report_table table = {chart->id, chart->figure->title,
                                             chart->figure->first_column, command};
    int error = tsv ? bench_report_table_write(&table, tsv, out) : -ENOMEM;
    free(tsv);
    return error;
}

static int
write_chart(const struct chart *chart, FILE *out, char *why, size_t why_bytes) {
    fprintf(out, "<figure aria-labelledby=\"%s\">\n<figcaption><h4 id=\"%s\">%s</h4>\n",
            chart->label_id, chart->label_id, chart->figure->title);
    fprintf(out, "<p class=\"note\">%s</p>\n<p id=\"%s\">", chart->figure->question,
            chart->note_id);
    char *reading = NULL;
    size_t bytes = 0;
    FILE *text = open_memstream(&reading, &bytes);
    if (!text)
        return -ENOMEM;
    chart->figure->read_out(chart->group, text);
    fclose(text);
    bench_report_page_text(out, reading);
    free(reading);
    fputs("</p></figcaption>\n", out);
    int error = embed_picture(chart, "page", "chart", out, why, why_bytes);
    if (!error)
        error = write_data(chart, out);
    fputs("</figure>\n", out);
    return error;
}

int
bench_report_chart_write(const struct bench_report_data *data, FILE *out, char *why,
                         size_t why_bytes) {
    size_t count;
    const struct bench_figure *figures = bench_figure_rows(&count);
    int error = 0;
    for (size_t i = 0; i < data->group_count; i++) {
        const struct bench_report_group *group = &data->groups[i];
        fprintf(out, "<h3 id=\"charts-%zu\">", i + 1);
        bench_report_page_text(out, group->title);
        fputs(" on ", out);
        bench_report_page_text(out, group->engine);
        fputs("</h3>\n", out);
        for (size_t j = 0; j < count && !error; j++) {
            if (figures[j].is_there && !figures[j].is_there(group))
                continue;
            struct chart chart = {.data = data, .group = group, .figure = &figures[j]};
            snprintf(chart.id, sizeof(chart.id), "chart-%zu-%s", i + 1, figures[j].name);
            snprintf(chart.label_id, sizeof(chart.label_id), "%s-title", chart.id);
            snprintf(chart.note_id, sizeof(chart.note_id), "%s-reading", chart.id);
            error = write_chart(&chart, out, why, why_bytes);
        }
    }
    return error;
}
