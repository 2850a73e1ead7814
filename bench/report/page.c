/* SPDX-License-Identifier: MIT
 *
 * report/page.c: what was asked, all configurations, the environment, and how to repeat it. The answer is
 * report/answer.c's. What was not measured, or has too few samples behind it, reads n/a.
 */
#include "bench/report/page.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/report/words.h"

enum {
    AXES_MOST = 5,    /* knobs named in what was asked */
    ROWS_MOST = 4000, /* of all tables together */
};

/* ---- What was asked ---------------------------------------------------------------------------- */

void
bench_report_page_heading(const struct bench_report_data *data, FILE *out) {
    size_t names = 0;
    for (size_t i = 0; i < data->group_count; i++) {
        const char *name = data->groups[i].workload;
        if (i > 0 && strcmp(name, data->groups[i - 1].workload) == 0)
            continue;
        if (names++ < 4)
            bench_report_words_between(out, names > 1 ? ", " : "", name, "");
    }
    if (names > 4)
        fprintf(out, " and %zu more", names - 4);
    fputs(": which setting is best?", out);
}

/* "gc.mode, gc.threshold0 and 3 more knobs". */
static void
write_axes(const struct bench_report_data *data, FILE *out) {
    size_t named = data->axis_count <= AXES_MOST ? data->axis_count : AXES_MOST - 1;
    for (size_t i = 0; i < named; i++)
        bench_report_words_between(out,
                                   i == 0                      ? " over <code>"
                                   : i + 1 == data->axis_count ? " and <code>"
                                                               : ", <code>",
                                   data->axes[i].key, "</code>");
    if (named < data->axis_count)
        fprintf(out, " and <a href=\"#repeat\">%zu more knobs</a>", data->axis_count - named);
}

void
bench_report_page_asked(const struct bench_report_data *data, FILE *out) {
    const char *jobs = bench_report_data_run(data, "jobs");
    const char *blocks = bench_report_data_run(data, "repetitions");
    size_t configs = 0;
    for (size_t i = 0; i < data->group_count; i++)
        configs += data->groups[i].count;
    bench_report_words_between(out, "Asked of run <strong>", bench_report_data_run(data, "name"),
                               "</strong>");
    bench_report_words_between(out, " (suite ", bench_report_data_run(data, "suite"), "): ");
    fprintf(out, "%zu configuration%s", configs, configs == 1 ? "" : "s");
    write_axes(data, out);
    bench_report_words_between(out, ", each in ", blocks,
                               strcmp(blocks, "1") == 0 ? " block" : " blocks");
    bench_report_words_between(out, ", seed ", bench_report_data_run(data, "seed"), ". ");
    if (data->planned)
        fprintf(out,
                "<strong>The run is not complete:</strong> %zu of %zu cells are still to be run.",
                data->planned, data->cells);
    else
        fprintf(out, "%zu of %zu cells finished.", data->finished, data->cells);
    if (strtol(jobs, NULL, 10) > 1)
        bench_report_words_between(out, " <strong>", jobs,
                                   " cells ran at once and disturbed each other:</strong> go by "
                                   "counts, not by times.");
}

/* ---- The table --------------------------------------------------------------------------------- */

static void
write_figure(const char *text, double ratio, bool is_first, FILE *out) {
    fprintf(out, "<td>%s", text);
    if (isfinite(ratio) && !is_first)
        fprintf(out, "<small%s>%.2f×</small>",
                bench_report_words_is_less(ratio)   ? " class=\"less\""
                : bench_report_words_is_more(ratio) ? " class=\"more\""
                                                    : "",
                ratio);
    fputs("</td>", out);
}

static void
write_row(const struct bench_report_group *group, size_t index, FILE *out) {
    const struct bench_report_config *config = &group->configs[index];
    bool is_first = index == 0,
         is_best = index == group->best && group->choices > 1 && group->configs[0].finished > 0;
    char text[24];
    fputs(is_best    ? "<tr class=\"is-best\">"
          : is_first ? "<tr class=\"is-default\">"
                     : "<tr>",
          out);
    bench_report_words_between(out, "<th scope=\"row\"><code>", config->label, "</code>");
    fputs(is_first ? "<span class=\"tag\">default</span>" : "", out);
    fputs(!is_best      ? ""
          : group->sure ? "<span class=\"tag\">best</span>"
                        : "<span class=\"tag\">perhaps best</span>",
          out);
    fputs(config->front ? "<span class=\"tag\">front</span>" : "", out);
    fputs("</th>", out);
    write_figure(bench_figure_time(config->median[BENCH_REPORT_WALL_NS], text), config->wall_ratio,
                 is_first, out);
    write_figure(bench_figure_time(config->latency_ns[BENCH_REPORT_P50], text), NAN, is_first, out);
    write_figure(bench_figure_time(config->latency_ns[BENCH_REPORT_P99], text), config->p99_ratio,
                 is_first, out);
    write_figure(bench_figure_time(config->latency_ns[BENCH_REPORT_P999], text), config->p999_ratio,
                 is_first, out);
    write_figure(bench_figure_bytes(config->median[BENCH_REPORT_PEAK_BYTES], text),
                 config->peak_ratio, is_first, out);
    write_figure(bench_figure_bytes(config->median[BENCH_REPORT_LIVE_BYTES], text), NAN, is_first,
                 out);
    double overhead = config->median[BENCH_REPORT_OVERHEAD];
    snprintf(text, sizeof(text), isfinite(overhead) ? "%.2f×" : "n/a", overhead);
    write_figure(text, NAN, is_first, out);
    snprintf(text, sizeof(text), isfinite(config->score) ? "%.2f×" : "n/a", config->score);
    write_figure(text, NAN, is_first, out);
    fprintf(out, "<td>%zu of %zu</td></tr>\n", config->finished, config->cells);
}

static void
write_table(const struct bench_report_group *group, size_t index, size_t rows_most, FILE *out) {
    bool is_whole = group->count <= rows_most;
    fprintf(out, "<div class=\"group\"><h3 id=\"table-%zu\">", index);
    bench_report_words_between(out, "", group->title, " <small>on ");
    bench_report_words_between(out, "", group->engine, "</small>");
    fprintf(
        out,
        "</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"table-%zu\">\n"
        "<table class=\"configs\">\n<thead><tr><th scope=\"col\">Configuration</th>"
        "<th scope=\"col\">Wall time</th>"
        "<th scope=\"col\">Latency p50</th><th scope=\"col\">p99</th><th scope=\"col\">p99.9</th>"
        "<th scope=\"col\">Peak resident</th><th scope=\"col\">Peak live</th>"
        "<th scope=\"col\">Fragmentation</th><th scope=\"col\">All told</th>"
        "<th scope=\"col\">Finished</th></tr></thead>\n<tbody>\n",
        index);
    for (size_t i = 0; i < group->count && i < rows_most; i++)
        write_row(group, is_whole ? i : group->order[i], out);
    fputs("</tbody></table></div>\n", out);
    if (!is_whole)
        fprintf(out, "<p class=\"note\">The most telling %zu of %zu configurations.</p>\n",
                rows_most, group->count);
    fputs("</div>\n", out);
}

/* The greatest number of rows a group for which all tables together are not too long. */
static size_t
count_rows_each(const struct bench_report_data *data) {
    size_t low = 1, high = ROWS_MOST;
    while (low < high) {
        size_t middle = (low + high + 1) / 2, sum = 0;
        for (size_t i = 0; i < data->group_count; i++)
            sum += data->groups[i].count < middle ? data->groups[i].count : middle;
        if (sum > ROWS_MOST)
            high = middle - 1;
        else
            low = middle;
    }
    return low;
}

void
bench_report_page_table(const struct bench_report_data *data, FILE *out) {
    size_t rows_most = count_rows_each(data);
    bool is_cut = false;
    for (size_t i = 0; i < data->group_count; i++)
        is_cut = is_cut || data->groups[i].count > rows_most;
    fputs(
        "<p class=\"note\">Wall time and bytes are medians over the blocks; percentiles are of all "
        "blocks together, and n/a where fewer than ten samples lie beyond. The small figures are "
        "ratios to the default, paired by block for time and memory: below 1 is better. "
        "Fragmentation is resident growth over live bytes, both at their peaks. All told is the "
        "geometric mean that the best was chosen by. Front: no other is both faster and "
        "smaller.</p>\n",
        out);
    if (is_cut)
        bench_report_words_between(out,
                                   "<p class=\"note\">The run has more configurations than a page "
                                   "should; all of them: <code>gcsweep export ",
                                   bench_report_data_run(data, "name"),
                                   " --format csv</code></p>\n");
    for (size_t i = 0; i < data->group_count; i++)
        write_table(&data->groups[i], i + 1, rows_most, out);
}

/* ---- Environment, repetition ------------------------------------------------------------------- */

static bool
ends_in(const char *key, const char *end) {
    size_t length = strlen(key), end_length = strlen(end);
    return length > end_length && strcmp(key + length - end_length, end) == 0;
}

void
bench_report_page_key(const char *key, FILE *out) {
    size_t keep = strlen(key) - (ends_in(key, "_bytes") ? 6 : ends_in(key, "_ns") ? 3 : 0);
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)keep, key);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = ' ';
    bench_report_words_text(out, name);
}

void
bench_report_page_value(const char *key, const char *text, FILE *out) {
    bool is_bytes = ends_in(key, "_bytes"), is_time = ends_in(key, "_ns");
    char figure[24], *end;
    double value = strtod(text, &end);
    if (strstr(key, "limit") && strcmp(text, "0") == 0) {
        fputs("none", out);
    } else if ((is_bytes || is_time) && end != text && *end == '\0') {
        fputs(is_bytes ? bench_figure_bytes(value, figure) : bench_figure_time(value, figure), out);
        if (value >= 1000)
            bench_report_words_between(out, " (", text, is_bytes ? " bytes)" : " ns)");
    } else {
        bench_report_words_text(out, text);
    }
}

static void
write_facts(const struct bench_report_fact *facts, size_t count, const char *caption, FILE *out) {
    fprintf(out, "<table class=\"facts\"><caption>%s</caption><tbody>\n", caption);
    for (size_t i = 0; i < count; i++) {
        fputs("<tr><th scope=\"row\">", out);
        bench_report_page_key(facts[i].key, out);
        fputs("</th><td>", out);
        bench_report_page_value(facts[i].key, facts[i].value, out);
        fputs("</td></tr>\n", out);
    }
    if (count == 0)
        fputs("<tr><th scope=\"row\">nothing</th><td>was recorded</td></tr>\n", out);
    fputs("</tbody></table>\n", out);
}

void
bench_report_page_environment(const struct bench_report_data *data, FILE *out) {
    write_facts(data->environment, data->environment_count, "The machine and the build", out);
    write_facts(data->run, data->run_count, "The run", out);
}

void
bench_report_page_knobs(const struct bench_report_data *data, FILE *out) {
    if (data->axis_count == 0)
        return;
    fputs("<p>The knobs that were turned:</p>\n<dl>\n", out);
    for (size_t i = 0; i < data->axis_count; i++) {
        bench_report_words_between(out, "<dt><code>", data->axes[i].key, "</code></dt>");
        bench_report_words_between(out, "<dd>", data->axes[i].value, "</dd>\n");
    }
    fputs("</dl>\n", out);
}

void
bench_report_page_repeat(const struct bench_report_data *data, FILE *out) {
    fputs("<p>The run was made by</p>\n", out);
    bench_report_words_between(out, "<pre><code>", bench_report_data_run(data, "command"),
                               "</code></pre>\n");
    bench_report_words_between(out, "<p>at commit <code>",
                               bench_report_data_environment(data, "commit"),
                               "</code>. This page comes from its file by</p>\n");
    bench_report_words_between(out, "<pre><code>gcsweep report ",
                               bench_report_data_run(data, "name"), "</code></pre>\n");
    bench_report_page_knobs(data, out);
}

void
bench_report_page_footer(const struct bench_report_data *data, FILE *out) {
    bench_report_words_between(out, "gcsweep ", bench_report_data_run(data, "gcsweep"), "");
    bench_report_words_between(out, ", run made ", bench_report_data_run(data, "created"), "");
}
