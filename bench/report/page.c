/* SPDX-License-Identifier: MIT
 *
 * report/page.c: the run in words and tables.
 *
 * Answer first: which setting, what it buys, what it risks. A difference is called one only from
 * BENCH_REPORT_FLOOR on. What was not measured, or has too few samples behind it, reads n/a.
 */
#include "bench/report/page.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/figure/gc.h"
#include "bench/report/rank.h"

enum {
    BLOCKS_ENOUGH = 5,
    GAINS_MOST = 5,
    TROUBLES_MOST = 50, /* rows; the rest is counted */
};

/* ---- Text -------------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at `s`; 0 when it is none, or one that XML refuses. */
static size_t
measure_character(const unsigned char *s) {
    if (s[0] < 0x80)
        return s[0] >= ' ' || s[0] == '\t' || s[0] == '\n' ? 1 : 0;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90);
    bool not_xml = s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe;
    return overlong || beyond || not_xml ? 0 : length;
}

void
bench_report_page_text(FILE *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        size_t length = measure_character(s);
        if (length == 0) {
            fputs("\xef\xbf\xbd", out);
            length = 1;
        } else if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '>')
            fputs("&gt;", out);
        else if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '"')
            fputs("&quot;", out);
        else
            fwrite(s, 1, length, out);
        s += length;
    }
}

static void
write_between(FILE *out, const char *before, const char *text, const char *behind) {
    fputs(before, out);
    bench_report_page_text(out, text);
    fputs(behind, out);
}

static bool
is_less(double ratio) {
    return ratio <= 1 - BENCH_REPORT_FLOOR;
}

static bool
is_more(double ratio) {
    return ratio >= 1 + BENCH_REPORT_FLOOR;
}

/* "12 % less", "3.4× as much". */
static void
write_change(FILE *out, double ratio) {
    if (ratio >= 2)
        fprintf(out, "%.3g× as much", ratio);
    else if (is_more(ratio))
        fprintf(out, "%.0f %% more", 100 * (ratio - 1));
    else if (is_less(ratio))
        fprintf(out, "%.0f %% less", 100 * (1 - ratio));
    else
        fputs("the same within 2 %", out);
}

/* ---- What was asked ---------------------------------------------------------------------------- */

void
bench_report_page_heading(const struct bench_report_data *data, FILE *out) {
    size_t names = 0;
    for (size_t i = 0; i < data->group_count; i++) {
        const char *name = data->groups[i].workload;
        if (i > 0 && strcmp(name, data->groups[i - 1].workload) == 0)
            continue;
        if (names++ < 4)
            write_between(out, names > 1 ? ", " : "", name, "");
    }
    if (names > 4)
        fprintf(out, " and %zu more", names - 4);
    fputs(": which setting is best?", out);
}

void
bench_report_page_asked(const struct bench_report_data *data, FILE *out) {
    size_t configs = 0;
    for (size_t i = 0; i < data->group_count; i++)
        configs += data->groups[i].count;
    write_between(out, "Asked of run <strong>", bench_report_data_run(data, "name"), "</strong>");
    write_between(out, " (suite ", bench_report_data_run(data, "suite"), "): ");
    fprintf(out, "%zu configuration%s", configs, configs == 1 ? "" : "s");
    for (size_t i = 0; i < data->axis_count; i++)
        write_between(out,
                      i == 0                     ? " over <code>"
                      : i + 1 < data->axis_count ? ", <code>"
                                                 : " and <code>",
                      data->axes[i].key, "</code>");
    write_between(out, ", ", bench_report_data_run(data, "repetitions"), " blocks, seed ");
    write_between(out, "", bench_report_data_run(data, "seed"), ". ");
    if (data->planned)
        fprintf(out,
                "<strong>The run is not complete:</strong> %zu of %zu cells are still to be run.",
                data->planned, data->cells);
    else
        fprintf(out, "%zu of %zu cells finished.", data->finished, data->cells);
    const char *jobs = bench_report_data_run(data, "jobs");
    if (jobs != NULL && strtol(jobs, NULL, 10) > 1)
        write_between(out, " <strong>", jobs,
                      " cells ran at once and disturbed each other:</strong> go by counts, not by "
                      "times.");
}

/* ---- The answer -------------------------------------------------------------------------------- */

struct gain {
    const char *what;
    double ratio, value, reference;
    char *(*print)(double value, char buffer[24]);
};

static size_t
list_gains(const struct bench_report_config *config, const struct bench_report_config *first,
           struct gain gains[GAINS_MOST]) {
    const struct gain all[] = {
        {"wall time, by block", config->wall_ratio, config->median[BENCH_REPORT_WALL_NS],
         first->median[BENCH_REPORT_WALL_NS], bench_figure_time},
        {"p99 latency", config->p99_ratio, config->latency_ns[BENCH_REPORT_P99],
         first->latency_ns[BENCH_REPORT_P99], bench_figure_time},
        {"p99.9 latency", config->p999_ratio, config->latency_ns[BENCH_REPORT_P999],
         first->latency_ns[BENCH_REPORT_P999], bench_figure_time},
        {"peak resident memory, by block", config->peak_ratio,
         config->median[BENCH_REPORT_PEAK_BYTES], first->median[BENCH_REPORT_PEAK_BYTES],
         bench_figure_bytes},
        {"longest collection in an operation",
         config->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS] /
             first->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS],
         config->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS],
         first->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS], bench_figure_time},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (isfinite(all[i].ratio))
            gains[count++] = all[i];
    return count;
}

static size_t
write_gains(const struct bench_report_config *config, const struct bench_report_config *first,
            bool (*is_wanted)(double ratio), FILE *out) {
    struct gain gains[GAINS_MOST];
    char text[24], other[24];
    size_t count = list_gains(config, first, gains), written = 0;
    for (size_t i = 0; i < count; i++) {
        const struct gain *gain = &gains[i];
        if (!is_wanted(gain->ratio))
            continue;
        fprintf(out, "<li>%s: <strong>", gain->what);
        write_change(out, gain->ratio);
        fprintf(out, "</strong> (%s%s against %s)</li>\n",
                strstr(gain->what, "by block") ? "medians " : "", gain->print(gain->value, text),
                gain->print(gain->reference, other));
        written++;
    }
    return written;
}

/* How far the default's own blocks lie apart: what no difference should be smaller than. */
static void
write_spread(const struct bench_report_config *first, FILE *out) {
    double middle = first->median[BENCH_REPORT_WALL_NS];
    double spread = (first->high[BENCH_REPORT_WALL_NS] - first->low[BENCH_REPORT_WALL_NS]) / middle;
    if (isfinite(spread) && first->finished > 1)
        fprintf(out, "<li>The default’s own wall times lie %.0f %% apart over %zu blocks.</li>\n",
                100 * spread, first->finished);
}

/* What waits for the collector; without one it waits for ever, and a short run does not show it. */
static void
write_trash(const struct bench_report_config *best, const struct bench_report_config *first,
            FILE *out) {
    double dead = best->median[BENCH_REPORT_TRASH_OBJECTS];
    double others = first->median[BENCH_REPORT_TRASH_OBJECTS];
    if (!(dead > 0))
        return;
    if (bench_figure_collections(best) == 0)
        fprintf(out,
                "<li>Nothing is ever collected: %.0f objects were dead at the end, and a longer "
                "run has more.</li>\n",
                dead);
    else if (is_more(dead / others))
        fprintf(out, "<li>Up to %.0f objects were dead and not yet collected, against %.0f.</li>\n",
                dead, others);
}

static void
write_risks(const struct bench_report_group *group, const struct bench_report_config *best,
            FILE *out) {
    const struct bench_report_config *first = &group->configs[0];
    fputs("<dt>What it risks</dt>\n<dd><ul>\n", out);
    if (best != first && write_gains(best, first, is_more, out) == 0)
        fputs("<li>Nothing measured here got worse by 2 % or more.</li>\n", out);
    write_trash(best, first, out);
    if (!group->sure)
        fprintf(out,
                "<li>It won in %zu of %zu blocks, as luck alone would in %.0f %% of runs. "
                "More blocks (<code>--reps</code>) would tell.</li>\n",
                best->wins, best->pairs, 100 * bench_report_rank_luck(best->wins, best->pairs));
    if (first->finished < BLOCKS_ENOUGH)
        fprintf(out, "<li>Only %zu block%s: too few to tell small differences from noise.</li>\n",
                first->finished, first->finished == 1 ? "" : "s");
    write_spread(first, out);
    if (isnan(best->latency_ns[BENCH_REPORT_P999]))
        fprintf(out,
                "<li>Nothing is known of the 99.9th percentile: %llu samples are too few.</li>\n",
                (unsigned long long)best->samples);
    write_between(out, "<li>It is measured on ", group->title,
                  " alone and on this machine; other programs may answer otherwise.</li>\n");
    fputs("</ul></dd>\n", out);
}

static const struct bench_report_config *
find_least(const struct bench_report_group *group, enum bench_report_metric metric) {
    const struct bench_report_config *least = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct bench_report_config *config = &group->configs[i];
        if (config->finished && config->finished == config->cells &&
            !isnan(config->median[metric]) &&
            (!least || config->median[metric] < least->median[metric]))
            least = config;
    }
    return least;
}

static void
write_alternative(const struct bench_report_group *group, const struct bench_report_config *best,
                  enum bench_report_metric metric, const char *when, FILE *out) {
    const struct bench_report_config *config = find_least(group, metric);
    if (!config || config == best || config == &group->configs[0])
        return;
    double ratio = metric == BENCH_REPORT_WALL_NS ? config->wall_ratio : config->peak_ratio;
    if (!is_less(ratio))
        return;
    write_between(out, "<li>", when, ": ");
    write_between(out, "<code>", config->label, "</code> (wall time ");
    write_change(out, config->wall_ratio);
    fputs(", peak memory ", out);
    write_change(out, config->peak_ratio);
    fputs(")</li>\n", out);
}

static void
write_reason(const struct bench_report_group *group, const struct bench_report_config *best,
             FILE *out) {
    fputs("<dt>How it was chosen</dt>\n<dd>", out);
    if (best == &group->configs[0])
        fputs("No other configuration whose cells all finished is 2 % or more better than the "
              "default "
              "in the geometric mean of",
              out);
    else
        fprintf(out, "At %.2f× the default it has the least geometric mean of", best->score);
    fputs(" the ratios of wall time, p99 latency and peak resident memory, each counted "
          "alike.</dd>\n",
          out);
}

static void
write_choice(bool is_default, bool sure, const char *label, FILE *out) {
    write_between(out,
                  is_default ? "Keep the default: <code>"
                  : sure     ? "Use <code>"
                             : "Too noisy to say; perhaps <code>",
                  label, "</code>");
}

static void
write_average(const char *what, double ratio, FILE *out) {
    if (!isfinite(ratio))
        return;
    fprintf(out, "<li>%s: <strong>", what);
    write_change(out, ratio);
    fputs("</strong></li>\n", out);
}

/* The answer to all groups at once, and each one's in a line. */
static void
write_overall(const struct bench_report_data *data, FILE *out) {
    const struct bench_report_overall *overall = &data->overall;
    if (data->group_count < 2)
        return;
    fputs("<article class=\"verdict\" aria-labelledby=\"verdict-0\">\n<h3 id=\"verdict-0\">", out);
    if (overall->label && overall->groups < data->group_count)
        fprintf(out,
                "Over the %zu of %zu workloads that tried the same settings, each counted alike",
                overall->groups, data->group_count);
    else
        fprintf(out, "Over all %zu workloads, each counted alike", data->group_count);
    fputs("</h3>\n", out);
    if (overall->label) {
        fputs("<p class=\"best\">", out);
        write_choice(overall->is_default, overall->sure, overall->label, out);
        fputs("</p>\n", out);
    }
    if (overall->label && !overall->is_default) {
        fprintf(out, "<p>It won in %zu of %zu blocks. Against the default, on average:</p>\n<ul>\n",
                overall->wins, overall->pairs);
        write_average("wall time", overall->wall_ratio, out);
        write_average("p99 latency", overall->p99_ratio, out);
        write_average("peak resident memory", overall->peak_ratio, out);
        fputs("</ul>\n", out);
    }
    fputs("<p>One by one:</p>\n<ul>\n", out);
    for (size_t i = 0; i < data->group_count; i++) {
        const struct bench_report_group *group = &data->groups[i];
        fprintf(out, "<li><a href=\"#verdict-%zu\">", i + 1);
        write_between(out, "", group->title, "</a>: ");
        write_choice(group->best == 0, group->sure, group->configs[group->best].label, out);
        fputs("</li>\n", out);
    }
    fputs("</ul></article>\n", out);
}

static void
write_verdict(const struct bench_report_group *group, size_t index, FILE *out) {
    const struct bench_report_config *first = &group->configs[0],
                                     *best = &group->configs[group->best];
    fprintf(out, "<article class=\"verdict\" aria-labelledby=\"verdict-%zu\">\n", index);
    fprintf(out, "<h3 id=\"verdict-%zu\">", index);
    write_between(out, "For ", group->title, "");
    write_between(out, strstr(group->engine, " and ") ? " on engines " : " on engine ",
                  group->engine, "</h3>\n<p class=\"best\">");
    if (first->finished == 0) {
        fputs("No answer: the default finished no cell.</p></article>\n", out);
        return;
    }
    write_choice(best == first, group->sure, best->label, out);
    fputs("</p>\n", out);
    if (group->summary && *group->summary)
        write_between(out, "<p class=\"note\">The workload: ", group->summary, "</p>\n");
    fputs("<dl>\n", out);
    if (best != first) {
        fprintf(out, "<dt>What it %s against the default, <code>",
                group->sure ? "buys" : "may buy");
        write_between(out, "", first->label, "</code></dt>\n<dd><ul>\n");
        write_gains(best, first, is_less, out);
        fputs("</ul></dd>\n", out);
    }
    write_risks(group, best, out);
    write_reason(group, best, out);
    fputs("</dl>\n<ul class=\"note\">\n", out);
    write_alternative(group, best, BENCH_REPORT_WALL_NS, "If only time counts", out);
    write_alternative(group, best, BENCH_REPORT_PEAK_BYTES, "If only memory counts", out);
    fprintf(out, "<li><a href=\"#table-%zu\">All its configurations</a>", index);
    if (group->charts)
        fprintf(out, " · <a href=\"#charts-%zu\">Charts</a>", index);
    fputs("</li>\n", out);
    fputs("</ul>\n</article>\n", out);
}

static void
write_troubles(const struct bench_report_data *data, FILE *out) {
    if (data->trouble_count == 0)
        return;
    fprintf(out,
            "<h3>%zu cell%s ended badly</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" "
            "aria-label=\"Cells that ended badly\"><table>\n<thead><tr><th "
            "scope=\"col\">Configuration</th>"
            "<th scope=\"col\">Block</th><th scope=\"col\">State</th><th scope=\"col\" "
            "class=\"text\">Why</th>"
            "</tr></thead>\n<tbody>\n",
            data->trouble_count, data->trouble_count == 1 ? "" : "s");
    for (size_t i = 0; i < data->trouble_count && i < TROUBLES_MOST; i++) {
        const struct bench_report_trouble *trouble = &data->troubles[i];
        write_between(out, "<tr><th scope=\"row\">", trouble->workload, " ");
        write_between(out, "<code>", trouble->label, "</code></th>");
        fprintf(out, "<td>%lld</td>", (long long)trouble->block);
        write_between(out, "<td>", trouble->state, "</td>");
        write_between(out, "<td class=\"text\">", trouble->why, "</td></tr>\n");
    }
    fputs("</tbody></table></div>\n", out);
    if (data->trouble_count > TROUBLES_MOST)
        fprintf(out, "<p class=\"note\">and %zu more.</p>\n", data->trouble_count - TROUBLES_MOST);
}

void
bench_report_page_answer(const struct bench_report_data *data, FILE *out) {
    write_overall(data, out);
    for (size_t i = 0; i < data->group_count; i++)
        write_verdict(&data->groups[i], i + 1, out);
    write_troubles(data, out);
}

/* ---- The table --------------------------------------------------------------------------------- */

static void
write_figure(const char *text, double ratio, bool is_first, FILE *out) {
    fprintf(out, "<td>%s", text);
    if (isfinite(ratio) && !is_first)
        fprintf(out, "<small class=\"%s\">%.2f×</small>",
                is_less(ratio)   ? "less"
                : is_more(ratio) ? "more"
                                 : "same",
                ratio);
    fputs("</td>", out);
}

static void
write_row(const struct bench_report_group *group, size_t index, FILE *out) {
    const struct bench_report_config *config = &group->configs[index];
    bool is_first = index == 0, is_best = index == group->best;
    char text[24];
    fprintf(out, "<tr class=\"%s%s\">", is_first ? "is-default " : "", is_best ? "is-best" : "");
    write_between(out, "<th scope=\"row\"><code>", config->label, "</code>");
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
write_table(const struct bench_report_group *group, size_t index, FILE *out) {
    fprintf(out, "<h3 id=\"table-%zu\">", index);
    write_between(out, "", group->title, " on ");
    bench_report_page_text(out, group->engine);
    fprintf(
        out,
        "</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"table-%zu\">\n"
        "<table>\n<thead><tr><th scope=\"col\">Configuration</th><th scope=\"col\">Wall time</th>"
        "<th scope=\"col\">Latency p50</th><th scope=\"col\">p99</th><th scope=\"col\">p99.9</th>"
        "<th scope=\"col\">Peak resident</th><th scope=\"col\">Peak live</th>"
        "<th scope=\"col\">Fragmentation</th><th scope=\"col\">All told</th>"
        "<th scope=\"col\">Finished</th></tr></thead>\n<tbody>\n",
        index);
    for (size_t i = 0; i < group->count; i++)
        write_row(group, i, out);
    fputs("</tbody></table></div>\n", out);
}

void
bench_report_page_table(const struct bench_report_data *data, FILE *out) {
    fputs(
        "<p class=\"note\">Wall time and bytes are medians over the blocks; percentiles are of all "
        "blocks together, and n/a where fewer than ten samples lie beyond. The small figures are "
        "ratios to the default, paired by block for time and memory: below 1 is better. "
        "Fragmentation is resident growth over live bytes, both at their peaks. All told is the "
        "geometric mean that the best was chosen by. Front: no other is both faster and "
        "smaller.</p>\n",
        out);
    for (size_t i = 0; i < data->group_count; i++)
        write_table(&data->groups[i], i + 1, out);
}

/* ---- Environment, repetition ------------------------------------------------------------------- */

/* A key as words; a count of bytes or nanoseconds as people read it, and exact. */
static void
write_fact(const struct bench_report_fact *fact, FILE *out) {
    size_t length = strlen(fact->key);
    bool is_bytes = length > 6 && strcmp(fact->key + length - 6, "_bytes") == 0;
    bool is_time = length > 3 && strcmp(fact->key + length - 3, "_ns") == 0;
    size_t keep = length - (is_bytes ? 6 : is_time ? 3 : 0);
    char name[64], text[24], *end;
    snprintf(name, sizeof(name), "%.*s", (int)keep, fact->key);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = ' ';
    write_between(out, "<tr><th scope=\"row\">", name, "</th><td>");
    double value = strtod(fact->value, &end);
    if (strstr(fact->key, "limit") && strcmp(fact->value, "0") == 0)
        fputs("none", out);
    else if ((is_bytes || is_time) && end != fact->value && *end == '\0') {
        is_bytes ? bench_figure_bytes(value, text) : bench_figure_time(value, text);
        fprintf(out, "%s", text);
        if (value >= 1000)
            write_between(out, " (", fact->value, is_bytes ? " bytes)" : " ns)");
    } else {
        bench_report_page_text(out, fact->value);
    }
    fputs("</td></tr>\n", out);
}

static void
write_facts(const struct bench_report_fact *facts, size_t count, const char *caption, FILE *out) {
    fprintf(out, "<table class=\"facts\"><caption>%s</caption><tbody>\n", caption);
    for (size_t i = 0; i < count; i++)
        write_fact(&facts[i], out);
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
bench_report_page_repeat(const struct bench_report_data *data, FILE *out) {
    fputs("<p>The run was made by</p>\n", out);
    write_between(out, "<pre><code>", bench_report_data_run(data, "command"), "</code></pre>\n");
    write_between(out, "<p>at commit <code>", bench_report_data_environment(data, "commit"),
                  "</code>. This page comes from its file by</p>\n");
    write_between(out, "<pre><code>gcsweep report ", bench_report_data_run(data, "name"),
                  "</code></pre>\n");
    if (data->axis_count == 0)
        return;
    fputs("<p>The knobs that were turned:</p>\n<dl>\n", out);
    for (size_t i = 0; i < data->axis_count; i++) {
        write_between(out, "<dt><code>", data->axes[i].key, "</code></dt>");
        write_between(out, "<dd>", data->axes[i].value, "</dd>\n");
    }
    fputs("</dl>\n", out);
}

void
bench_report_page_footer(const struct bench_report_data *data, FILE *out) {
    write_between(out, "gcsweep ", bench_report_data_run(data, "gcsweep"), "");
    write_between(out, ", run made ", bench_report_data_run(data, "created"), "");
}
