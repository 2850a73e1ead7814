/* SPDX-License-Identifier: MIT
 *
 * report/chart.c: each figure of each group, and what it is drawn from beside it as a table
 * (report/table.c).
 */
#include "bench/report/chart.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/figure/batch.h"
#include "bench/report/words.h"
#include "bench/report/svg.h"
#include "bench/report/table.h"

enum {
    CHARTS_MOST = 320, /* of a page */
};

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
embed_picture(const struct chart *chart, const char *path, FILE *out, char *why, size_t why_bytes) {
    char *svg = read_file(path);
    int error = svg ? bench_report_svg_embed(svg, chart->label_id, chart->note_id, out) : -EINVAL;
    free(svg);
    if (error)
        snprintf(why, why_bytes, "figure %s: gnuplot wrote an SVG that the page does not know",
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
write_chart(const struct chart *chart, const char *path, FILE *out, char *why, size_t why_bytes) {
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
    bench_report_words_text(out, reading);
    free(reading);
    fputs("</p></figcaption>\n", out);
    int error = embed_picture(chart, path, out, why, why_bytes);
    if (!error)
        error = write_data(chart, out);
    fputs("</figure>\n", out);
    return error;
}

/* ---- Which of them ----------------------------------------------------------------------------- */

/* The `rank`th figure that tells of a group; NULL: it has fewer. */
static const struct bench_figure *
find_figure(const struct bench_report_group *group, size_t rank) {
    size_t count;
    const struct bench_figure *figures = bench_figure_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (bench_figure_is_wanted(&figures[i], group) && rank-- == 0)
            return &figures[i];
    return NULL;
}

static size_t
count_figures(const struct bench_report_group *group, size_t most) {
    size_t count = 0;
    while (count < most && find_figure(group, count))
        count++;
    return count;
}

static double
measure_stake(const struct bench_report_group *group) {
    const struct bench_report_config *best = &group->configs[group->best];
    const double ratios[] = {best->wall_ratio, best->p99_ratio, best->p999_ratio, best->peak_ratio};
    double stake = 0;
    for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
        if (isfinite(ratios[i]) && ratios[i] > 0)
            stake = fmax(stake, fabs(log(ratios[i])));
    return stake;
}

struct choice {
    struct bench_report_group *group;
    double stake;
    bool is_first; /* of its workload */
};

/* The first one of each workload comes first, then what has most at stake. */
static int
compare_choices(const void *one, const void *other) {
    const struct choice *a = one, *b = other;
    if (a->is_first != b->is_first)
        return a->is_first ? -1 : 1;
    if (a->stake != b->stake)
        return a->stake > b->stake ? -1 : 1;
    return (a->group > b->group) - (a->group < b->group);
}

static int
compare_within_workloads(const void *one, const void *other) {
    const struct choice *a = one, *b = other;
    int order = strcmp(a->group->workload, b->group->workload);
    return order ? order : compare_choices(one, other);
}

static void
sort_choices(struct choice *choices, size_t count) {
    qsort(choices, count, sizeof(*choices), compare_within_workloads);
    for (size_t i = 0; i < count; i++)
        choices[i].is_first =
            i == 0 || strcmp(choices[i - 1].group->workload, choices[i].group->workload) != 0;
    qsort(choices, count, sizeof(*choices), compare_choices);
}

/* How many of each group's figures leave room for the first group of every workload. */
static size_t
count_each(const struct choice *choices, size_t count) {
    size_t each = 1, sum = 0;
    for (;; each++, sum = 0) {
        bool is_more = false;
        for (size_t i = 0; i < count && choices[i].is_first; i++) {
            size_t figures = count_figures(choices[i].group, each + 1);
            sum += figures;
            is_more = is_more || figures > each;
        }
        if (sum > CHARTS_MOST || !is_more)
            return sum > CHARTS_MOST ? each : each + 1;
    }
}

void
bench_report_chart_choose(struct bench_report_data *data) {
    struct choice *choices = calloc(data->group_count + 1, sizeof(*choices));
    size_t drawn = 0;
    if (!choices)
        return;
    for (size_t i = 0; i < data->group_count; i++)
        choices[i] = (struct choice){&data->groups[i], measure_stake(&data->groups[i]), false};
    sort_choices(choices, data->group_count);
    size_t each = count_each(choices, data->group_count);
    for (size_t i = 0; i < data->group_count; i++) {
        size_t figures = count_figures(choices[i].group, each);
        choices[i].group->charts = drawn + figures <= CHARTS_MOST ? figures : 0;
        drawn += choices[i].group->charts;
    }
    free(choices);
}

/* ---- All of them ------------------------------------------------------------------------------- */

static int
add_pictures(const struct bench_report_data *data, struct bench_figure_batch *batch, char *why,
             size_t why_bytes) {
    int error = 0;
    for (size_t i = 0; i < data->group_count; i++)
        for (size_t k = 0; k < data->groups[i].charts && !error; k++)
            error = bench_figure_add(batch, find_figure(&data->groups[i], k), data,
                                     &data->groups[i], NULL, "page", why, why_bytes);
    return error;
}

/* What is not drawn, and how it would be. */
static void
write_left_out(const struct bench_report_data *data, const struct bench_report_group *group,
               FILE *out) {
    size_t rank = group->charts;
    const struct bench_figure *figure = find_figure(group, rank);
    if (!figure)
        return;
    fputs("<p class=\"note\">Not drawn here: ", out);
    for (; figure; figure = find_figure(group, ++rank))
        fprintf(out, "%s%s", rank > group->charts ? ", " : "", figure->name);
    fputs(". To draw one: <code>gcsweep plot ", out);
    fputs(find_figure(group, group->charts)->name, out);
    fputc(' ', out);
    bench_report_words_text(out, bench_report_data_run(data, "name"));
    fputs(" --workload '", out);
    bench_report_words_text(out, group->title);
    fputs("' -o FILE.svg</code></p>\n", out);
}

static int
write_group(const struct bench_report_data *data, size_t index,
            const struct bench_figure_batch *batch, size_t *picture, FILE *out, char *why,
            size_t why_bytes) {
    const struct bench_report_group *group = &data->groups[index];
    int error = 0;
    fprintf(out, "<h3 id=\"charts-%zu\">", index + 1);
    bench_report_words_text(out, group->title);
    fputs(" on ", out);
    bench_report_words_text(out, group->engine);
    fputs("</h3>\n<div class=\"charts\">\n", out);
    for (size_t k = 0; k < group->charts && !error; k++) {
        struct chart chart = {.data = data, .group = group, .figure = find_figure(group, k)};
        snprintf(chart.id, sizeof(chart.id), "chart-%zu-%s", index + 1, chart.figure->name);
        snprintf(chart.label_id, sizeof(chart.label_id), "%s-title", chart.id);
        snprintf(chart.note_id, sizeof(chart.note_id), "%s-reading", chart.id);
        error =
            write_chart(&chart, bench_figure_batch_path(batch, (*picture)++), out, why, why_bytes);
    }
    fputs("</div>\n", out);
    write_left_out(data, group, out);
    return error;
}

static void
write_rest(const struct bench_report_data *data, FILE *out) {
    size_t left_out = 0;
    for (size_t i = 0; i < data->group_count; i++)
        left_out += data->groups[i].charts == 0;
    if (left_out == 0)
        return;
    fprintf(out,
            "<p class=\"note\">To keep the page small, the charts of %zu more group%s, where "
            "less is at stake, are not drawn here. To draw one: <code>gcsweep plot FIGURE ",
            left_out, left_out == 1 ? "" : "s");
    bench_report_words_text(out, bench_report_data_run(data, "name"));
    fputs(" --workload 'TITLE' -o FILE.svg</code>, with the title of its table.</p>\n", out);
}

int
bench_report_chart_write(const struct bench_report_data *data, FILE *out, char *why,
                         size_t why_bytes) {
    struct bench_figure_batch *batch = NULL;
    size_t picture = 0;
    int error = bench_figure_batch_open(&batch, why, why_bytes);
    if (!error)
        error = add_pictures(data, batch, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    for (size_t i = 0; i < data->group_count && !error; i++)
        if (data->groups[i].charts)
            error = write_group(data, i, batch, &picture, out, why, why_bytes);
    if (!error)
        write_rest(data, out);
    bench_figure_batch_close(batch);
    return error;
}
