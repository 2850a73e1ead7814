/* SPDX-License-Identifier: MIT
 *
 * report/several.c: see report/several.h.
 *
 * Ratios between runs are of medians: their blocks did not run side by side. What they are worth is said by the
 * comparison (report/compared.c), not here.
 */
#include "bench/report/several.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/report/answer.h"
#include "bench/report/compared.h"
#include "bench/report/page.h"
#include "bench/report/words.h"

enum {
    ROWS_MOST = 3000, /* of all tables together */
};

/* ---- Reading ----------------------------------------------------------------------------------- */

/* By its name; by its file's if another one is called so, and with a number if that is not enough. */
static void
label_run(struct bench_report_several *several, size_t index) {
    const char *path = several->paths[index], *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    char *label = several->labels[index];
    size_t bytes = sizeof(several->labels[0]);
    for (int attempt = 0; attempt < 3; attempt++) {
        bool is_taken = false;
        if (attempt == 0)
            snprintf(label, bytes, "%.50s", bench_report_data_run(&several->runs[index], "name"));
        else if (attempt == 1)
            snprintf(label, bytes, "%.50s", file);
        else
            snprintf(label, bytes, "%.40s (%zu)", file, index + 1);
        for (size_t i = 0; i < index; i++)
            is_taken = is_taken || strcmp(several->labels[i], label) == 0;
        if (!is_taken)
            return;
    }
}

/* The configurations in the order that `model` has them in, so that one has the same colour in all charts. */
static void
follow_order(struct bench_report_group *group, const struct bench_report_group *model) {
    size_t *order = malloc(group->count * sizeof(*order)), used = 0;
    bool *taken = calloc(group->count, sizeof(*taken));
    for (size_t i = 0; order && taken && i < model->count; i++) {
        const char *label = model->configs[model->order[i]].label;
        for (size_t k = 0; k < group->count; k++)
            if (!taken[k] && strcmp(group->configs[k].label, label) == 0) {
                taken[k] = true;
                order[used++] = k;
                break;
            }
    }
    for (size_t i = 0; order && taken && i < group->count; i++)
        if (!taken[group->order[i]])
            order[used++] = group->order[i];
    if (used == group->count && order[0] == 0)
        memcpy(group->order, order, used * sizeof(*order));
    free(order);
    free(taken);
}

static void
follow_orders(struct bench_report_several *several) {
    for (size_t run = 1; run < several->count; run++)
        for (size_t i = 0; i < several->runs[run].group_count; i++) {
            struct bench_report_group *group = &several->runs[run].groups[i];
            const struct bench_report_group *model =
                bench_report_data_find_group(&several->runs[0], group->title);
            if (model)
                follow_order(group, model);
        }
}

int
bench_report_several_read(const char *const *paths, size_t count,
                          struct bench_report_several *ret_several, char *why, size_t why_bytes) {
    struct bench_report_several *several = ret_several;
    memset(several, 0, sizeof(*several));
    if (count > BENCH_REPORT_RUNS_MOST) {
        snprintf(why, why_bytes, "%zu runs are too many for one page: %d at most", count,
                 BENCH_REPORT_RUNS_MOST);
        return -E2BIG;
    }
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        several->paths[i] = paths[i];
        error = bench_report_data_read(paths[i], &several->runs[i], why, why_bytes);
        if (!error) {
            several->count++;
            label_run(several, i);
        }
    }
    if (error)
        bench_report_several_fini(several);
    else
        follow_orders(several);
    return error;
}

void
bench_report_several_fini(struct bench_report_several *several) {
    for (size_t i = 0; i < several->count; i++)
        bench_report_data_fini(&several->runs[i]);
    several->count = 0;
}

/* ---- Matching ---------------------------------------------------------------------------------- */

static const struct bench_report_config *
find_config(const struct bench_report_group *group, const char *label) {
    for (size_t i = 0; group && i < group->count; i++)
        if (strcmp(group->configs[i].label, label) == 0)
            return &group->configs[i];
    return NULL;
}

/* True when no run before `run` has the group; so that each comes once. */
static bool
is_new_group(const struct bench_report_several *several, size_t run, const char *title) {
    for (size_t i = 0; i < run; i++)
        if (bench_report_data_find_group(&several->runs[i], title))
            return false;
    return true;
}

static bool
is_new_config(const struct bench_report_several *several, size_t run, const char *title,
              const char *label) {
    for (size_t i = 0; i < run; i++)
        if (find_config(bench_report_data_find_group(&several->runs[i], title), label))
            return false;
    return true;
}

/* ---- What was asked ---------------------------------------------------------------------------- */

void
bench_report_several_heading(const struct bench_report_several *several, FILE *out) {
    for (size_t i = 0; i < several->count; i++)
        bench_report_words_between(out,
                                   i == 0                   ? ""
                                   : i + 1 < several->count ? ", "
                                                            : " and ",
                                   several->labels[i], "");
    fputs(": what changed?", out);
}

void
bench_report_several_asked(const struct bench_report_several *several, FILE *out) {
    for (size_t i = 0; i < several->count; i++) {
        fputs(i ? "<br/>\n" : "", out);
        bench_report_page_asked(&several->runs[i], out);
    }
}

/* ---- The answer -------------------------------------------------------------------------------- */

static void
write_column_heads(const struct bench_report_several *several, const char *class, FILE *out) {
    for (size_t i = 0; i < several->count; i++) {
        fprintf(out, "<th scope=\"col\"%s>", class);
        bench_report_words_text(out, several->labels[i]);
        fputs("</th>", out);
    }
}

static const char *
get_best(const struct bench_report_group *group) {
    return group ? group->configs[group->best].label : NULL;
}

/* Whether the runs that have the group name different settings. */
static bool
differ(const struct bench_report_several *several, const char *title) {
    const char *first = NULL;
    for (size_t i = 0; i < several->count; i++) {
        const char *best = get_best(bench_report_data_find_group(&several->runs[i], title));
        if (best && first && strcmp(best, first) != 0)
            return true;
        first = first ? first : best;
    }
    return false;
}

static void
write_best_row(const struct bench_report_several *several, const char *title, FILE *out) {
    fputs(differ(several, title) ? "<tr class=\"is-best\">" : "<tr>", out);
    bench_report_words_between(out, "<th scope=\"row\">", title, "");
    fputs(differ(several, title) ? "<span class=\"tag\">differs</span></th>" : "</th>", out);
    for (size_t i = 0; i < several->count; i++) {
        const struct bench_report_group *group =
            bench_report_data_find_group(&several->runs[i], title);
        fputs("<td class=\"text\">", out);
        if (group)
            bench_report_answer_write_choice(group, out);
        else
            fputs("not in this run", out);
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static void
write_bests(const struct bench_report_several *several, FILE *out) {
    fputs("<h3>Which setting is best, in each run</h3>\n<div class=\"wide\" role=\"region\" "
          "tabindex=\"0\" aria-label=\"Best settings\"><table>\n<thead><tr><th "
          "scope=\"col\">Workload</th>",
          out);
    write_column_heads(several, " class=\"text\"", out);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (int pass = 0; pass < 2; pass++)
        for (size_t run = 0; run < several->count; run++)
            for (size_t i = 0; i < several->runs[run].group_count; i++) {
                const char *title = several->runs[run].groups[i].title;
                if (is_new_group(several, run, title) && differ(several, title) == (pass == 0))
                    write_best_row(several, title, out);
            }
    fputs("</tbody></table></div>\n", out);
}

void
bench_report_several_answer(const struct bench_report_several *several, FILE *out) {
    for (size_t i = 1; i < several->count; i++)
        bench_report_compared_write(several, i, out);
    write_bests(several, out);
}

/* ---- The table --------------------------------------------------------------------------------- */

static void
write_figure(const char *text, double ratio, FILE *out) {
    fprintf(out, "<td>%s", text);
    if (isfinite(ratio))
        fprintf(out, "<small%s>%.2f×</small>",
                bench_report_words_is_less(ratio)   ? " class=\"less\""
                : bench_report_words_is_more(ratio) ? " class=\"more\""
                                                    : "",
                ratio);
    fputs("</td>", out);
}

static void
write_columns(const struct bench_report_config *config, const struct bench_report_config *first,
              FILE *out) {
    char text[24];
    if (!config) {
        fputs("<td>n/a</td><td>n/a</td><td>n/a</td>", out);
        return;
    }
    bool is_other = first && first != config;
    double wall = config->median[BENCH_REPORT_WALL_NS];
    double p99 = config->latency_ns[BENCH_REPORT_P99];
    double peak = config->median[BENCH_REPORT_PEAK_BYTES];
    write_figure(bench_figure_time(wall, text),
                 is_other ? wall / first->median[BENCH_REPORT_WALL_NS] : NAN, out);
    write_figure(bench_figure_time(p99, text),
                 is_other ? p99 / first->latency_ns[BENCH_REPORT_P99] : NAN, out);
    write_figure(bench_figure_bytes(peak, text),
                 is_other ? peak / first->median[BENCH_REPORT_PEAK_BYTES] : NAN, out);
}

static void
write_row(const struct bench_report_several *several, const char *title, const char *label,
          FILE *out) {
    const struct bench_report_config *configs[BENCH_REPORT_RUNS_MOST];
    size_t lacking = 0;
    for (size_t i = 0; i < several->count; i++) {
        configs[i] = find_config(bench_report_data_find_group(&several->runs[i], title), label);
        lacking += !configs[i];
    }
    bench_report_words_between(out, "<tr><th scope=\"row\"><code>", label, "</code>");
    for (size_t i = 0; lacking && i < several->count; i++)
        if (configs[i])
            bench_report_words_between(out, "<span class=\"tag\">in ", several->labels[i],
                                       "</span>");
    fputs("</th>", out);
    for (size_t i = 0; i < several->count; i++)
        write_columns(configs[i], configs[0], out);
    fputs("</tr>\n", out);
}

static void
write_table_head(const struct bench_report_several *several, FILE *out) {
    fputs("<thead><tr><th scope=\"col\" rowspan=\"2\">Configuration</th>", out);
    for (size_t i = 0; i < several->count; i++)
        bench_report_words_between(out, "<th scope=\"colgroup\" colspan=\"3\">", several->labels[i],
                                   "</th>");
    fputs("</tr>\n<tr>", out);
    for (size_t i = 0; i < several->count; i++)
        fputs("<th scope=\"col\">Wall time</th><th scope=\"col\">p99</th>"
              "<th scope=\"col\">Peak resident</th>",
              out);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void
write_table(const struct bench_report_several *several, const char *title, size_t index,
            size_t *rows, FILE *out) {
    fprintf(out, "<div class=\"group\"><h3 id=\"table-%zu\">", index);
    bench_report_words_text(out, title);
    fprintf(out,
            "</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" "
            "aria-labelledby=\"table-%zu\">\n<table class=\"configs\">\n",
            index);
    write_table_head(several, out);
    for (size_t run = 0; run < several->count; run++) {
        const struct bench_report_group *group =
            bench_report_data_find_group(&several->runs[run], title);
        for (size_t i = 0; group && i < group->count && *rows < ROWS_MOST; i++)
            if (is_new_config(several, run, title, group->configs[group->order[i]].label)) {
                write_row(several, title, group->configs[group->order[i]].label, out);
                ++*rows;
            }
    }
    fputs("</tbody></table></div></div>\n", out);
}

void
bench_report_several_table(const struct bench_report_several *several, FILE *out) {
    size_t index = 0, rows = 0;
    fputs("<p class=\"note\">Medians over the blocks of each run; percentiles are of all blocks "
          "together. The small figures are ratios to the first run’s. A configuration that not "
          "every run has says which have it.</p>\n",
          out);
    for (size_t run = 0; run < several->count; run++)
        for (size_t i = 0; i < several->runs[run].group_count && rows < ROWS_MOST; i++) {
            const char *title = several->runs[run].groups[i].title;
            if (is_new_group(several, run, title))
                write_table(several, title, ++index, &rows, out);
        }
    if (rows >= ROWS_MOST)
        fprintf(out,
                "<p class=\"note\">The first %d configurations: the runs have more than a "
                "page should.</p>\n",
                ROWS_MOST);
}

/* ---- Environment, repetition ------------------------------------------------------------------- */

typedef const char *(*get_fact_fn)(const struct bench_report_data *data, const char *key);

static bool
is_equal_fact(const struct bench_report_several *several, get_fact_fn get, const char *key) {
    for (size_t i = 1; i < several->count; i++)
        if (strcmp(get(&several->runs[i], key), get(&several->runs[0], key)) != 0)
            return false;
    return true;
}

static void
write_fact_row(const struct bench_report_several *several, get_fact_fn get, const char *key,
               FILE *out) {
    fputs("<tr><th scope=\"row\">", out);
    bench_report_page_key(key, out);
    fputs("</th>", out);
    for (size_t i = 0; i < several->count; i++) {
        fputs("<td class=\"text\">", out);
        bench_report_page_value(key, get(&several->runs[i], key), out);
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static bool
has_fact(const struct bench_report_data *data, bool is_environment, const char *key) {
    const struct bench_report_fact *facts = is_environment ? data->environment : data->run;
    size_t count = is_environment ? data->environment_count : data->run_count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, key) == 0)
            return true;
    return false;
}

/* The keys of the first run, then what others have besides, that are the same in all or not. */
static size_t
write_facts(const struct bench_report_several *several, bool is_environment, bool is_equal,
            FILE *out) {
    get_fact_fn get = is_environment ? bench_report_data_environment : bench_report_data_run;
    size_t written = 0;
    for (size_t run = 0; run < several->count; run++) {
        const struct bench_report_data *data = &several->runs[run];
        size_t count = is_environment ? data->environment_count : data->run_count;
        for (size_t i = 0; i < count; i++) {
            const char *key = (is_environment ? data->environment : data->run)[i].key;
            bool is_known = false;
            for (size_t k = 0; k < run; k++)
                is_known = is_known || has_fact(&several->runs[k], is_environment, key);
            if (is_known || is_equal_fact(several, get, key) != is_equal)
                continue;
            write_fact_row(several, get, key, out);
            written++;
        }
    }
    return written;
}

static void
write_fact_table(const struct bench_report_several *several, bool is_equal, const char *caption,
                 FILE *out) {
    fprintf(out,
            "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table "
            "class=\"beside\"><caption>%s</caption>\n<thead><tr><th scope=\"col\">What</th>",
            caption, caption);
    write_column_heads(several, " class=\"text\"", out);
    fputs("</tr></thead>\n<tbody>\n", out);
    size_t written = write_facts(several, true, is_equal, out);
    written += write_facts(several, false, is_equal, out);
    if (written == 0)
        fprintf(out, "<tr><th scope=\"row\">nothing</th><td colspan=\"%zu\"></td></tr>\n",
                several->count);
    fputs("</tbody></table></div>\n", out);
}

void
bench_report_several_environment(const struct bench_report_several *several, FILE *out) {
    write_fact_table(several, false, "What differs between the runs", out);
    fputs("<details><summary>What is the same in all</summary>\n", out);
    write_fact_table(several, true, "What is the same in all runs", out);
    fputs("</details>\n", out);
}

void
bench_report_several_repeat(const struct bench_report_several *several, FILE *out) {
    for (size_t i = 0; i < several->count; i++) {
        const struct bench_report_data *data = &several->runs[i];
        bench_report_words_between(out, "<p>Run <strong>", several->labels[i],
                                   "</strong> was made by</p>\n");
        bench_report_words_between(out, "<pre><code>", bench_report_data_run(data, "command"),
                                   "</code></pre>\n");
        bench_report_words_between(out, "<p>at commit <code>",
                                   bench_report_data_environment(data, "commit"), "</code>.</p>\n");
    }
    fputs("<p>This page comes from their files by</p>\n<pre><code>gcsweep report", out);
    for (size_t i = 0; i < several->count; i++)
        bench_report_words_between(out, " ", several->paths[i], "");
    fputs("</code></pre>\n", out);
    bench_report_page_knobs(&several->runs[0], out);
}
