/* SPDX-License-Identifier: MIT
 *
 * report/chart.c: each figure of each group, drawn twice, for a desk and for a phone; the style sheet
 * shows one of the two. The data stand beside it as a table: those who cannot see the picture, or want the
 * numbers, lose nothing that it shows but the points between.
 */
#include "bench/report/chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/figure.h"
#include "bench/figure/gc.h"
#include "bench/figure/growth.h"
#include "bench/report/page.h"
#include "bench/report/svg.h"

enum {
    ROWS_MOST = 100, /* of a data table */
    TIME_STEPS = 10, /* columns of the memory table but one */
};

/* ---- Data tables ------------------------------------------------------------------------------- */

static void
begin_row(const struct bench_report_config *config, FILE *out) {
    fputs("<tr><th scope=\"row\"><code>", out);
    bench_report_page_text(out, config->short_label);
    fputs("</code></th>", out);
}

static void
write_latency_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    for (int i = 0; i < BENCH_REPORT_MAX; i++)
        fprintf(out, "<th scope=\"col\">%g %%</th>",
                bench_report_data_percent((enum bench_report_percentile)i));
    fputs("<th scope=\"col\">Greatest</th><th scope=\"col\">Samples</th>", out);
}

static void
write_latency_row(const struct bench_report_group *group, const struct bench_report_config *config,
                  FILE *out) {
    char text[24];
    (void)group;
    for (int i = 0; i < BENCH_REPORT_PERCENTILE_COUNT; i++)
        fprintf(out, "<td>%s</td>", bench_figure_time(config->latency_ns[i], text));
    fprintf(out, "<td>%llu</td>", (unsigned long long)config->samples);
}

/* The time of a column: a tenth and so on of the longest series. */
static double
step_time(const struct bench_report_group *group, int step) {
    int64_t longest = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct bench_series *series = &group->configs[i].resident;
        if (series->count && series->samples[series->count - 1].t_ns > longest)
            longest = series->samples[series->count - 1].t_ns;
    }
    return (double)longest * step / TIME_STEPS;
}

static void
write_memory_head(const struct bench_report_group *group, FILE *out) {
    char text[24];
    fputs("<th scope=\"col\">Greatest sample</th>", out);
    for (int step = 0; step <= TIME_STEPS; step++)
        fprintf(out, "<th scope=\"col\">%s</th>", bench_figure_time(step_time(group, step), text));
}

static void
write_memory_row(const struct bench_report_group *group, const struct bench_report_config *config,
                 FILE *out) {
    const struct bench_series *series = &config->resident;
    double greatest = NAN;
    char text[24];
    for (size_t i = 0; i < series->count; i++)
        greatest = fmax(greatest, (double)series->samples[i].value);
    fprintf(out, "<td>%s</td>", bench_figure_bytes(greatest, text));
    size_t at = 0;
    for (int step = 0; step <= TIME_STEPS; step++) {
        double time = step_time(group, step);
        while (at + 1 < series->count && (double)series->samples[at + 1].t_ns <= time)
            at++;
        bool ended = series->count == 0 || (double)series->samples[series->count - 1].t_ns < time;
        fprintf(out, "<td>%s</td>",
                ended ? "ended" : bench_figure_bytes((double)series->samples[at].value, text));
    }
}

static void
write_tradeoff_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    fputs("<th scope=\"col\">Median wall time</th><th scope=\"col\">Peak resident</th>"
          "<th scope=\"col\">On the front</th>",
          out);
}

static void
write_tradeoff_row(const struct bench_report_group *group, const struct bench_report_config *config,
                   FILE *out) {
    char time[24], bytes[24];
    (void)group;
    fprintf(out, "<td>%s</td><td>%s</td><td>%s</td>",
            bench_figure_time(config->median[BENCH_REPORT_WALL_NS], time),
            bench_figure_bytes(config->median[BENCH_REPORT_PEAK_BYTES], bytes),
            config->front ? "yes" : "no");
}

static void
write_heatmap_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    fputs("<th scope=\"col\">gc.mode</th><th scope=\"col\">gc.threshold0</th>"
          "<th scope=\"col\">99 % of operations</th><th scope=\"col\">Greatest</th>",
          out);
}

static void
write_heatmap_row(const struct bench_report_group *group, const struct bench_report_config *config,
                  FILE *out) {
    char p99[24], greatest[24];
    (void)group;
    fprintf(out, "<td>%s</td><td>%.0f</td><td>%s</td><td>%s</td>", config->mode, config->threshold0,
            bench_figure_time(config->latency_ns[BENCH_REPORT_P99], p99),
            bench_figure_time(config->latency_ns[BENCH_REPORT_MAX], greatest));
}

static void
write_longest_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    fputs("<th scope=\"col\">Longest in an operation, median</th><th scope=\"col\">Least block</th>"
          "<th scope=\"col\">Greatest block</th><th scope=\"col\">Longest anywhere, median</th>"
          "<th scope=\"col\">All collections together</th><th scope=\"col\">Wall time</th>",
          out);
}

static void
write_longest_row(const struct bench_report_group *group, const struct bench_report_config *config,
                  FILE *out) {
    const double times[] = {config->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS],
                            config->low[BENCH_REPORT_OPERATION_PAUSE_MAX_NS],
                            config->high[BENCH_REPORT_OPERATION_PAUSE_MAX_NS],
                            config->median[BENCH_REPORT_PAUSE_MAX_NS],
                            config->median[BENCH_REPORT_PAUSE_SUM_NS],
                            config->median[BENCH_REPORT_WALL_NS]};
    char text[24];
    (void)group;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        fprintf(out, "<td>%s</td>", bench_figure_time(times[i], text));
}

static void
write_pauses_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++)
        fprintf(out,
                "<th scope=\"col\">Generation %d</th><th scope=\"col\">mean</th>"
                "<th scope=\"col\">50 %%</th><th scope=\"col\">90 %%</th>"
                "<th scope=\"col\">99 %%</th><th scope=\"col\">longest</th>",
                i);
}

static void
write_pauses_row(const struct bench_report_group *group, const struct bench_report_config *config,
                 FILE *out) {
    char text[24];
    (void)group;
    for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++) {
        const struct bench_report_pauses *pauses = &config->pauses[i];
        const double times[] = {pauses->mean_ns, pauses->p50_ns, pauses->p90_ns, pauses->p99_ns,
                                pauses->max_ns};
        fprintf(out, "<td>%llu</td>", (unsigned long long)pauses->count);
        for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++)
            fprintf(out, "<td>%s</td>", bench_figure_time(times[k], text));
    }
}

static void
write_yield_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    fputs("<th scope=\"col\">Collections of 0</th><th scope=\"col\">of 0 and 1</th>"
          "<th scope=\"col\">of all</th><th scope=\"col\">Objects examined</th>"
          "<th scope=\"col\">Containers freed</th><th scope=\"col\">Yield</th>"
          "<th scope=\"col\">Most dead at once</th>",
          out);
}

static void
write_count(double count, FILE *out) {
    fprintf(out, isnan(count) ? "<td>n/a</td>" : "<td>%.0f</td>", count);
}

static void
write_yield_row(const struct bench_report_group *group, const struct bench_report_config *config,
                FILE *out) {
    const double *median = config->median;
    (void)group;
    for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++)
        write_count(median[BENCH_REPORT_COLLECTIONS + i], out);
    write_count(median[BENCH_REPORT_EXAMINED], out);
    write_count(median[BENCH_REPORT_FREED], out);
    double yield = 100 * median[BENCH_REPORT_FREED] / median[BENCH_REPORT_EXAMINED];
    fprintf(out, isnan(yield) ? "<td>n/a</td>" : "<td>%.1f %%</td>", yield);
    write_count(median[BENCH_REPORT_TRASH_OBJECTS], out);
}

static void
write_footprint_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    fputs("<th scope=\"col\">Things at once</th><th scope=\"col\">Requested for each</th>"
          "<th scope=\"col\">Resident for each</th>",
          out);
}

static void
write_footprint_row(const struct bench_report_group *group,
                    const struct bench_report_config *config, FILE *out) {
    const double *median = config->median;
    char count[24], live[24], resident[24];
    (void)group;
    snprintf(count, sizeof(count), isnan(median[BENCH_REPORT_ITEMS]) ? "n/a" : "%.0f",
             median[BENCH_REPORT_ITEMS]);
    fprintf(out, "<td>%s</td><td>%s</td><td>%s</td>", count,
            bench_figure_bytes(median[BENCH_REPORT_ITEM_LIVE_BYTES], live),
            bench_figure_bytes(median[BENCH_REPORT_ITEM_RESIDENT_BYTES], resident));
}

static void
write_staircase_head(const struct bench_report_group *group, FILE *out) {
    (void)group;
    fputs("<th scope=\"col\">Container</th><th scope=\"col\">Length reached</th>"
          "<th scope=\"col\">Bytes</th><th scope=\"col\">In CPython 3.11.2</th>"
          "<th scope=\"col\">Sizes on the way</th><th scope=\"col\">In CPython 3.11.2</th>"
          "<th scope=\"col\">Equal in both</th>",
          out);
}

static void
write_staircase_row(const struct bench_report_group *group,
                    const struct bench_report_config *config, FILE *out) {
    struct bench_figure_reference reference;
    int which = 0;
    (void)group;
    while (which < BENCH_REPORT_CONTAINER_COUNT && config->growth[which].count == 0)
        which++;
    if (which == BENCH_REPORT_CONTAINER_COUNT) {
        fputs("<td colspan=\"7\">nothing that grows</td>", out);
        return;
    }
    bench_figure_reference_init(&reference);
    struct bench_figure_steps steps =
        bench_figure_compare_steps(&config->growth[which], &reference.growth[which]);
    bench_figure_reference_fini(&reference);
    fprintf(out,
            "<td>%s</td><td>%lld</td><td>%lld</td><td>%lld</td><td>%zu</td><td>%zu</td>"
            "<td>%zu</td>",
            bench_figure_container_name((enum bench_report_container)which),
            (long long)steps.length_most, (long long)steps.bytes, (long long)steps.other_bytes,
            steps.count, steps.other_count, steps.equal);
}

/* The numbers of operations below a power of ten that a series reaches: 1 to 9, 10 to 99, ... */
static int
count_decades(const struct bench_report_group *group) {
    int most = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct bench_series *series = &group->configs[i].slowest;
        int decades = 1;
        for (int64_t at = series->count ? series->samples[series->count - 1].t_ns : 0; at >= 10;
             at /= 10)
            decades++;
        most = decades > most ? decades : most;
    }
    return most;
}

static void
write_spikes_head(const struct bench_report_group *group, FILE *out) {
    fputs("<th scope=\"col\">Slowest of all</th><th scope=\"col\">At operation</th>", out);
    double from = 1;
    for (int i = count_decades(group); i > 0; i--, from *= 10)
        fprintf(out, "<th scope=\"col\">Slowest from %.0f on</th>", from);
}

static void
write_spikes_row(const struct bench_report_group *group, const struct bench_report_config *config,
                 FILE *out) {
    const struct bench_series *series = &config->slowest;
    const struct bench_sample *greatest = bench_figure_greatest(series);
    char text[24];
    if (!greatest) {
        fprintf(out, "<td colspan=\"%d\">n/a</td>", 2 + count_decades(group));
        return;
    }
    fprintf(out, "<td>%s</td><td>%lld</td>", bench_figure_time((double)greatest->value, text),
            (long long)greatest->t_ns);
    size_t at = 0;
    double end = 10;
    for (int i = count_decades(group); i > 0; i--, end *= 10) {
        double slowest = NAN;
        for (; at < series->count && (double)series->samples[at].t_ns < end; at++)
            slowest = fmax(slowest, (double)series->samples[at].value);
        fprintf(out, "<td>%s</td>", bench_figure_time(slowest, text));
    }
}

static const struct data_table {
    const char *figure;
    void (*write_head)(const struct bench_report_group *group, FILE *out);
    void (*write_row)(const struct bench_report_group *group,
                      const struct bench_report_config *config, FILE *out);
} data_tables[] = {
    {"latency", write_latency_head, write_latency_row},
    {"memory", write_memory_head, write_memory_row},
    {"tradeoff", write_tradeoff_head, write_tradeoff_row},
    {"heatmap", write_heatmap_head, write_heatmap_row},
    {"longest", write_longest_head, write_longest_row},
    {"pauses", write_pauses_head, write_pauses_row},
    {"yield", write_yield_head, write_yield_row},
    {"footprint", write_footprint_head, write_footprint_row},
    {"staircase", write_staircase_head, write_staircase_row},
    {"spikes", write_spikes_head, write_spikes_row},
};

static void
write_data(const struct bench_figure *figure, const struct bench_report_group *group,
           const char *id, FILE *out) {
    const struct data_table *table = data_tables;
    while (strcmp(table->figure, figure->name) != 0)
        table++;
    fprintf(
        out,
        "<details><summary>The data of this chart</summary>\n<div class=\"wide\" role=\"region\" "
        "tabindex=\"0\" aria-label=\"Data of %s\"><table>\n<caption>%s</caption>\n"
        "<thead><tr><th scope=\"col\">Configuration</th>",
        id, figure->title);
    table->write_head(group, out);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < group->count && i < ROWS_MOST; i++) {
        const struct bench_report_config *config = &group->configs[group->order[i]];
        begin_row(config, out);
        table->write_row(group, config, out);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
    if (group->count > ROWS_MOST)
        fprintf(out, "<p class=\"note\">%zu more configurations are in the run file.</p>\n",
                group->count - ROWS_MOST);
    fputs("</details>\n", out);
}

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
    int error = embed_picture(chart, "page", "desk", out, why, why_bytes);
    if (!error)
        error = embed_picture(chart, "narrow", "narrow", out, why, why_bytes);
    write_data(chart->figure, chart->group, chart->id, out);
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
