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

int
bench_report_chart_embed(const char *figure, const char *path, const char *label_id,
                         const char *note_id, FILE *out, char *why, size_t why_bytes) {
    char *svg = read_file(path);
    int error = svg ? bench_report_svg_embed(svg, label_id, note_id, out) : -EINVAL;
    free(svg);
    if (error)
        snprintf(why, why_bytes, "figure %s: gnuplot wrote an SVG that the page does not know",
                 figure);
    return error ? -EIO : 0;
}

struct chart {
    const struct bench_report_data *data;
    const struct bench_report_group *group; /* NULL: of the whole run */
    const struct bench_figure *figure;
    const char *run; /* that it is of, where there are several; else NULL */
    char id[64], label_id[80], note_id[80];
};

static int
write_data(const struct chart *chart, FILE *out) {
    char *tsv = NULL, command[512];
    size_t bytes = 0;
    FILE *table_out = open_memstream(&tsv, &bytes);
    if (!table_out)
        return -ENOMEM;
    if (chart->group)
        chart->figure->export_table(chart->group, table_out);
    else
        chart->figure->export_run(chart->data, table_out);
    fclose(table_out);
    snprintf(command, sizeof(command), "gcsweep plot %s %s%s%s%s -o %s.tsv", chart->figure->name,
             bench_report_data_run(chart->data, "name"), chart->group ? " --workload '" : "",
             chart->group ? chart->group->title : "", chart->group ? "'" : "", chart->figure->name);
    const struct bench_report_table table = {chart->id, chart->figure->title,
                                             chart->figure->first_column, command};
    int error = tsv ? bench_report_table_write(&table, tsv, out) : -ENOMEM;
    free(tsv);
    return error;
}

static int
write_chart(const struct chart *chart, const char *path, FILE *out, char *why, size_t why_bytes) {
    fprintf(out, "<figure aria-labelledby=\"%s\">\n<figcaption><h4 id=\"%s\">%s", chart->label_id,
            chart->label_id, chart->figure->title);
    if (chart->run)
        bench_report_words_between(out, ": ", chart->run, "");
    fputs("</h4>\n", out);
    fprintf(out, "<p class=\"note\">%s</p>\n<p id=\"%s\">", chart->figure->question,
            chart->note_id);
    char *reading = NULL;
    size_t bytes = 0;
    FILE *text = open_memstream(&reading, &bytes);
    if (!text)
        return -ENOMEM;
    if (chart->group)
        chart->figure->read_out(chart->group, text);
    else
        chart->figure->read_run(chart->data, text);
    fclose(text);
    bench_report_words_text(out, reading);
    free(reading);
    fputs("</p></figcaption>\n", out);
    int error = bench_report_chart_embed(chart->figure->name, path, chart->label_id, chart->note_id,
                                         out, why, why_bytes);
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
count_each(const struct choice *choices, size_t count, size_t most) {
    size_t each = 1, sum = 0;
    for (;; each++, sum = 0) {
        bool is_more = false;
        for (size_t i = 0; i < count && choices[i].is_first; i++) {
            size_t figures = count_figures(choices[i].group, each + 1);
            sum += figures;
            is_more = is_more || figures > each;
        }
        if (sum > most || !is_more)
            return sum > most ? each : each + 1;
    }
}

void
bench_report_chart_choose(struct bench_report_several *several) {
    struct bench_report_data *data = &several->runs[0];
    size_t most = CHARTS_MOST / several->count;
    struct choice *choices = calloc(data->group_count + 1, sizeof(*choices));
    size_t drawn = 0;
    if (!choices)
        return;
    for (size_t i = 0; i < data->group_count; i++)
        choices[i] = (struct choice){&data->groups[i], measure_stake(&data->groups[i]), false};
    sort_choices(choices, data->group_count);
    size_t each = count_each(choices, data->group_count, most);
    for (size_t i = 0; i < data->group_count; i++) {
        size_t figures = count_figures(choices[i].group, each);
        choices[i].group->charts = drawn + figures <= most ? figures : 0;
        drawn += choices[i].group->charts;
    }
    free(choices);
}

/* ---- All of them ------------------------------------------------------------------------------- */

static void
name_chart(struct chart *chart, size_t section, size_t run) {
    snprintf(chart->id, sizeof(chart->id), "chart-%zu-%s", section, chart->figure->name);
    if (run)
        snprintf(chart->id + strlen(chart->id), sizeof(chart->id) - strlen(chart->id), "-%zu",
                 run + 1);
    snprintf(chart->label_id, sizeof(chart->label_id), "%s-title", chart->id);
    snprintf(chart->note_id, sizeof(chart->note_id), "%s-reading", chart->id);
}

/* The figures of one group of the first run, and those of the same group in the others beside each. */
struct walk {
    const struct bench_report_several *several;
    size_t group, rank, run;
};

/* The chart where the walk is; false: this run has no such figure. */
static bool
get_chart(const struct walk *walk, struct chart *chart) {
    const struct bench_report_several *several = walk->several;
    const struct bench_report_group *first = &several->runs[0].groups[walk->group];
    const struct bench_report_data *data = &several->runs[walk->run];
    *chart = (struct chart){.data = data,
                            .group = walk->run ? bench_report_data_find_group(data, first->title)
                                               : first,
                            .figure = find_figure(first, walk->rank),
                            .run = several->count > 1 ? several->labels[walk->run] : NULL};
    if (!chart->group || !chart->figure ||
        (chart->figure->is_there && !chart->figure->is_there(chart->group)))
        return false;
    name_chart(chart, walk->group + 1, walk->run);
    return true;
}

/* On to the next chart of the group; false behind the last. */
static bool
step(struct walk *walk) {
    if (++walk->run == walk->several->count) {
        walk->run = 0;
        walk->rank++;
    }
    return walk->rank < walk->several->runs[0].groups[walk->group].charts;
}

/* The `index`th chart of a whole run, of any of the runs; false: there are fewer. */
static bool
get_run_chart(const struct bench_report_several *several, size_t index, struct chart *chart) {
    size_t count;
    const struct bench_figure *figures = bench_figure_rows(&count);
    for (size_t i = 0; i < count * several->count; i++) {
        const struct bench_figure *figure = &figures[i / several->count];
        size_t run = i % several->count;
        if (!figure->export_run || !figure->is_in_run(&several->runs[run]) || index-- > 0)
            continue;
        *chart = (struct chart){.data = &several->runs[run],
                                .figure = figure,
                                .run = several->count > 1 ? several->labels[run] : NULL};
        name_chart(chart, 0, run);
        return true;
    }
    return false;
}

static int
add_pictures(const struct bench_report_several *several, struct bench_figure_batch *batch,
             char *why, size_t why_bytes) {
    struct chart chart;
    int error = 0;
    for (size_t i = 0; get_run_chart(several, i, &chart) && !error; i++)
        error =
            bench_figure_add(batch, chart.figure, chart.data, NULL, NULL, "page", why, why_bytes);
    for (size_t i = 0; i < several->runs[0].group_count; i++) {
        struct walk walk = {.several = several, .group = i};
        bool is_there = several->runs[0].groups[i].charts > 0;
        for (; is_there && !error; is_there = step(&walk))
            if (get_chart(&walk, &chart))
                error = bench_figure_add(batch, chart.figure, chart.data, chart.group, NULL, "page",
                                         why, why_bytes);
    }
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
    fprintf(out, ". To draw one: <code>gcsweep plot %s ", find_figure(group, group->charts)->name);
    bench_report_words_text(out, bench_report_data_run(data, "name"));
    bench_report_words_between(out, " --workload '", group->title, "' -o FILE.svg</code></p>\n");
}

static void
begin_charts(const struct bench_report_several *several, FILE *out) {
    if (several->count > 1)
        fprintf(out, "<div class=\"charts beside-%zu\">\n",
                several->count < 3 ? several->count : 3);
    else
        fputs("<div class=\"charts\">\n", out);
}

/* The charts of all workloads together. */
static int
write_run(const struct bench_report_several *several, const struct bench_figure_batch *batch,
          size_t *picture, FILE *out, char *why, size_t why_bytes) {
    struct chart chart;
    int error = 0;
    if (!get_run_chart(several, 0, &chart))
        return 0;
    fputs("<h3 id=\"charts-0\">All workloads</h3>\n", out);
    begin_charts(several, out);
    for (size_t i = 0; !error && get_run_chart(several, i, &chart); i++)
        error =
            write_chart(&chart, bench_figure_batch_path(batch, (*picture)++), out, why, why_bytes);
    fputs("</div>\n", out);
    return error;
}

static int
write_group(const struct bench_report_several *several, size_t index,
            const struct bench_figure_batch *batch, size_t *picture, FILE *out, char *why,
            size_t why_bytes) {
    const struct bench_report_group *group = &several->runs[0].groups[index];
    struct walk walk = {.several = several, .group = index};
    struct chart chart;
    bool is_there = true;
    int error = 0;
    fprintf(out, "<h3 id=\"charts-%zu\">", index + 1);
    bench_report_words_between(out, "", group->title, " <small>on ");
    bench_report_words_between(out, "", group->engine, "</small></h3>\n");
    begin_charts(several, out);
    for (; is_there && !error; is_there = step(&walk)) {
        if (get_chart(&walk, &chart))
            error = write_chart(&chart, bench_figure_batch_path(batch, (*picture)++), out, why,
                                why_bytes);
        else
            bench_report_words_between(out, "<p class=\"note\">Run ", several->labels[walk.run],
                                       " has nothing of this.</p>\n");
    }
    fputs("</div>\n", out);
    write_left_out(&several->runs[0], group, out);
    return error;
}

/* Of the groups that the first run has not. */
static void
write_others(const struct bench_report_several *several, FILE *out) {
    size_t others = 0;
    for (size_t run = 1; run < several->count; run++)
        for (size_t i = 0; i < several->runs[run].group_count; i++)
            others += !bench_report_data_find_group(&several->runs[0],
                                                    several->runs[run].groups[i].title);
    if (others == 0)
        return;
    fprintf(out, "<p class=\"note\">%zu workload%s that ", others, others == 1 ? "" : "s");
    bench_report_words_text(out, several->labels[0]);
    fprintf(out, " does not have %s not drawn here: see a report of the other run alone.</p>\n",
            others == 1 ? "is" : "are");
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
    bench_report_words_between(out, "", bench_report_data_run(data, "name"),
                               " --workload 'TITLE' -o FILE.svg</code>, with the title of its "
                               "table.</p>\n");
}

int
bench_report_chart_write(const struct bench_report_several *several, FILE *out, char *why,
                         size_t why_bytes) {
    const struct bench_report_data *data = &several->runs[0];
    struct bench_figure_batch *batch = NULL;
    size_t picture = 0;
    int error = bench_figure_batch_open(&batch, why, why_bytes);
    if (!error)
        error = add_pictures(several, batch, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    if (several->count > 1)
        fputs("<p class=\"note\">Runs stand side by side, the first one first. Each chart has axes "
              "of its own; a configuration has the same colour in all.</p>\n",
              out);
    if (!error)
        error = write_run(several, batch, &picture, out, why, why_bytes);
    for (size_t i = 0; i < data->group_count && !error; i++)
        if (data->groups[i].charts)
            error = write_group(several, i, batch, &picture, out, why, why_bytes);
    if (!error) {
        write_rest(data, out);
        write_others(several, out);
    }
    bench_figure_batch_close(batch);
    return error;
}
