/* SPDX-License-Identifier: MIT
 *
 * report/answer.c: see report/answer.h.
 *
 * A difference is called one only from BENCH_REPORT_FLOOR on. Of each group there is a line, what it buys and
 * what it risks, and the details folded behind it where groups are many. What holds for all of them is said
 * once, at the end.
 */
#include "bench/report/answer.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/figure/gc.h"
#include "bench/report/rank.h"
#include "bench/report/words.h"

enum {
    BLOCKS_ENOUGH = 5, /* to be sure at all: a sign test of four won by all is luck in 6 % */
    GAINS_MOST = 5,
    GIST_MOST = 3,      /* figures in the line of a group */
    OPEN_MOST = 3,      /* groups whose details are not folded */
    STAKES_MOST = 5,    /* groups named in short */
    TROUBLES_MOST = 50, /* rows; the rest is counted */
};

/* ---- What one setting changes ------------------------------------------------------------------ */

struct gain {
    const char *what, *brief;
    bool is_paired; /* by block; value and reference are medians */
    double ratio, value, reference;
    char *(*print)(double value, char buffer[24]);
};

static size_t
list_gains(const struct bench_report_config *config, const struct bench_report_config *first,
           struct gain gains[GAINS_MOST]) {
    const double *median = config->median, *other = first->median;
    const double *latency = config->latency_ns, *first_latency = first->latency_ns;
    const int pause = BENCH_REPORT_OPERATION_PAUSE_MAX_NS;
    const struct gain all[] = {
        {"wall time, by block", "wall time", true, config->wall_ratio, median[BENCH_REPORT_WALL_NS],
         other[BENCH_REPORT_WALL_NS], bench_figure_time},
        {"p99 latency", "p99 latency", false, config->p99_ratio, latency[BENCH_REPORT_P99],
         first_latency[BENCH_REPORT_P99], bench_figure_time},
        {"p99.9 latency", "p99.9 latency", false, config->p999_ratio, latency[BENCH_REPORT_P999],
         first_latency[BENCH_REPORT_P999], bench_figure_time},
        {"peak resident memory, by block", "peak memory", true, config->peak_ratio,
         median[BENCH_REPORT_PEAK_BYTES], other[BENCH_REPORT_PEAK_BYTES], bench_figure_bytes},
        {"longest collection in an operation", "longest collection", false,
         median[pause] / other[pause], median[pause], other[pause], bench_figure_time},
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
        bench_report_words_change(out, gain->ratio);
        fprintf(out, "</strong> (%s%s against %s)</li>\n", gain->is_paired ? "medians " : "",
                gain->print(gain->value, text), gain->print(gain->reference, other));
        written++;
    }
    return written;
}

/* "wall time 12 % less, peak memory 3 % less"; how many there were to tell. */
static size_t
write_gist(const struct bench_report_config *config, const struct bench_report_config *first,
           bool (*is_wanted)(double ratio), const char *before, FILE *out) {
    struct gain gains[GAINS_MOST];
    size_t count = list_gains(config, first, gains), written = 0;
    for (size_t i = 0; i < count && written < GIST_MOST; i++) {
        if (!is_wanted(gains[i].ratio))
            continue;
        fprintf(out, "%s%s ", written++ ? ", " : before, gains[i].brief);
        bench_report_words_change(out, gains[i].ratio);
    }
    return written;
}

/* ---- The choice -------------------------------------------------------------------------------- */

static void
write_choice(bool is_default, bool is_sure, size_t pairs, const char *label, FILE *out) {
    bool could_be = bench_report_rank_luck(pairs, pairs) <= BENCH_REPORT_LUCK;
    if (is_default && strcmp(label, "all at default") == 0)
        fputs("Keep the default", out);
    else
        bench_report_words_between(out,
                                   is_default ? "Keep the default: <code>"
                                   : is_sure  ? "Use <code>"
                                   : could_be ? "Too noisy to say; perhaps <code>"
                                              : "Too few blocks to be sure; perhaps <code>",
                                   label, "</code>");
}

void
bench_report_answer_write_choice(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *best = &group->configs[group->best];
    if (group->configs[0].finished == 0)
        fputs("No answer: the default finished no cell", out);
    else if (group->choices == 1)
        fputs(group->count == 1 ? "Nothing to choose from: one configuration was tried"
                                : "Nothing to choose from: one configuration, on several engines",
              out);
    else
        write_choice(group->best == 0, group->sure, best->pairs, best->label, out);
}

static bool
has_answer(const struct bench_report_group *group) {
    return group->configs[0].finished && group->choices > 1;
}

/* ---- In short ---------------------------------------------------------------------------------- */

static void
write_average(const char *what, double ratio, const char **before, FILE *out) {
    if (!isfinite(ratio))
        return;
    fprintf(out, "%s%s <strong>", *before, what);
    bench_report_words_change(out, ratio);
    fputs("</strong>", out);
    *before = ", ";
}

static void
write_averages(const struct bench_report_overall *overall, FILE *out) {
    const char *before = "Against the default, on average: ";
    write_average("wall time", overall->wall_ratio, &before, out);
    write_average("p99 latency", overall->p99_ratio, &before, out);
    write_average("peak resident memory", overall->peak_ratio, &before, out);
    fprintf(out, ". It won in %zu of %zu blocks.", overall->wins, overall->pairs);
}

static void
write_count(size_t count, const char *what, const char **before, FILE *out) {
    if (count == 0)
        return;
    fprintf(out, "%s%zu %s", *before, count, what);
    *before = ", ";
}

/* How many groups have which kind of answer. */
static void
write_counts(const struct bench_report_data *data, FILE *out) {
    size_t kept = 0, sure = 0, unsure = 0, none = 0;
    for (size_t i = 0; i < data->group_count; i++) {
        const struct bench_report_group *group = &data->groups[i];
        size_t *which = !has_answer(group) ? &none
                        : group->best == 0 ? &kept
                        : group->sure      ? &sure
                                           : &unsure;
        ++*which;
    }
    const char *before = "";
    fprintf(out, "<p>Of %zu workloads, ", data->group_count);
    write_count(sure, "have a setting that is surely better than the default", &before, out);
    write_count(kept, "should keep the default", &before, out);
    write_count(unsure, "have one that is perhaps better", &before, out);
    write_count(none, "have nothing to choose from", &before, out);
    fputs(".</p>\n", out);
}

static double
measure_stake(const struct bench_report_group *group) {
    double score = group->configs[group->best].score;
    return has_answer(group) && group->best && isfinite(score) ? 1 / score : 0;
}

/* The groups where the best buys most, in falling order. */
static void
write_stakes(const struct bench_report_data *data, FILE *out) {
    double limit = INFINITY;
    size_t written = 0;
    for (; written < STAKES_MOST; written++) {
        const struct bench_report_group *most = NULL;
        for (size_t i = 0; i < data->group_count; i++) {
            double stake = measure_stake(&data->groups[i]);
            if (stake > 0 && stake < limit && (!most || stake > measure_stake(most)))
                most = &data->groups[i];
        }
        if (!most)
            break;
        limit = measure_stake(most);
        fputs(written ? "" : "<p>Most is to be had from:</p>\n<ul>\n", out);
        fprintf(out, "<li><a href=\"#verdict-%zu\">", (size_t)(most - data->groups) + 1);
        bench_report_words_between(out, "", most->title, "</a>: ");
        bench_report_answer_write_choice(most, out);
        write_gist(&most->configs[most->best], &most->configs[0], bench_report_words_is_less, " (",
                   out);
        fputs(")</li>\n", out);
    }
    fputs(written ? "</ul>\n" : "", out);
}

/* Over the groups that have settings in common, which is the answer if they are most of all. */
static void
write_overall(const struct bench_report_data *data, FILE *out) {
    const struct bench_report_overall *overall = &data->overall;
    bool is_answer = overall->label && 2 * overall->groups > data->group_count;
    fputs("<p class=\"best\">", out);
    if (is_answer)
        write_choice(overall->is_default, overall->sure, overall->pairs, overall->label, out);
    else
        fputs("Each workload has an answer of its own", out);
    fputs("</p>\n", out);
    if (!overall->label)
        return;
    fputs("<p>", out);
    if (!is_answer) {
        write_choice(overall->is_default, overall->sure, overall->pairs, overall->label, out);
        fputs(" is the answer ", out);
    } else {
        fputs("This is ", out);
    }
    if (overall->groups == data->group_count)
        fprintf(out, "over all %zu workloads, each counted alike. ", overall->groups);
    else
        fprintf(out,
                "over the %zu of %zu workloads that tried the same settings, each counted alike. ",
                overall->groups, data->group_count);
    if (!overall->is_default)
        write_averages(overall, out);
    fputs("</p>\n", out);
}

static void
write_short(const struct bench_report_data *data, FILE *out) {
    fputs("<div class=\"verdict\">\n<h3>In short</h3>\n", out);
    write_overall(data, out);
    write_counts(data, out);
    write_stakes(data, out);
    fputs("</div>\n", out);
}

/* ---- One group --------------------------------------------------------------------------------- */

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
    else if (bench_report_words_is_more(dead / others))
        fprintf(out, "<li>Up to %.0f objects were dead and not yet collected, against %.0f.</li>\n",
                dead, others);
}

static void
write_doubt(const struct bench_report_group *group, const struct bench_report_config *best,
            FILE *out) {
    size_t blocks = group->configs[0].finished;
    if (blocks < BLOCKS_ENOUGH)
        fprintf(out,
                "<li>Only %zu block%s: too few to tell a difference from luck. Run it with "
                "<code>--reps %d</code> or more.</li>\n",
                blocks, blocks == 1 ? "" : "s", BLOCKS_ENOUGH);
    else if (!group->sure)
        fprintf(out,
                "<li>It won in %zu of %zu blocks, as luck alone would in %.0f %% of runs. "
                "More blocks (<code>--reps</code>) would tell.</li>\n",
                best->wins, best->pairs, 100 * bench_report_rank_luck(best->wins, best->pairs));
}

static void
write_risks(const struct bench_report_group *group, const struct bench_report_config *best,
            FILE *out) {
    const struct bench_report_config *first = &group->configs[0];
    fputs("<dt>What it risks</dt>\n<dd><ul>\n", out);
    if (best != first && write_gains(best, first, bench_report_words_is_more, out) == 0)
        fputs("<li>Nothing measured here got worse by 2 % or more.</li>\n", out);
    write_trash(best, first, out);
    write_doubt(group, best, out);
    write_spread(first, out);
    if (isnan(best->latency_ns[BENCH_REPORT_P999]))
        fprintf(out,
                "<li>Nothing is known of the 99.9th percentile: %llu samples are too few.</li>\n",
                (unsigned long long)best->samples);
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
    if (!bench_report_words_is_less(ratio))
        return;
    bench_report_words_between(out, "<li>", when, ": ");
    bench_report_words_between(out, "<code>", config->label, "</code> (wall time ");
    bench_report_words_change(out, config->wall_ratio);
    fputs(", peak memory ", out);
    bench_report_words_change(out, config->peak_ratio);
    fputs(")</li>\n", out);
}

static void
write_details(const struct bench_report_group *group, size_t index, FILE *out) {
    const struct bench_report_config *first = &group->configs[0],
                                     *best = &group->configs[group->best];
    if (*group->summary)
        bench_report_words_between(out, "<p class=\"note\">The workload: ", group->summary,
                                   "</p>\n");
    fputs("<dl>\n", out);
    if (best != first) {
        fprintf(out, "<dt>What it %s against the default, <code>",
                group->sure ? "buys" : "may buy");
        bench_report_words_between(out, "", first->label, "</code></dt>\n<dd><ul>\n");
        write_gains(best, first, bench_report_words_is_less, out);
        fprintf(out, "<li>all told %.2f× the default</li>\n</ul></dd>\n", best->score);
    }
    write_risks(group, best, out);
    fputs("</dl>\n<ul class=\"note\">\n", out);
    write_alternative(group, best, BENCH_REPORT_WALL_NS, "If only time counts", out);
    write_alternative(group, best, BENCH_REPORT_PEAK_BYTES, "If only memory counts", out);
    fprintf(out, "<li class=\"jumps\"><a href=\"#table-%zu\">All its configurations</a>", index);
    if (group->charts)
        fprintf(out, " · <a href=\"#charts-%zu\">Charts</a>", index);
    fputs("</li>\n</ul>\n", out);
}

static void
write_verdict(const struct bench_report_group *group, size_t index, bool is_open, FILE *out) {
    const struct bench_report_config *first = &group->configs[0],
                                     *best = &group->configs[group->best];
    fprintf(out, "<details class=\"verdict\" id=\"verdict-%zu\"%s>\n<summary><h3>", index,
            is_open ? " open=\"open\"" : "");
    bench_report_words_between(out, "", group->title, " <small>on ");
    bench_report_words_between(out, "", group->engine, "</small></h3> <span class=\"best\">");
    bench_report_answer_write_choice(group, out);
    fputs("</span>", out);
    if (has_answer(group) && best != first) {
        fputs(" <span class=\"gist\">", out);
        size_t gains = write_gist(best, first, bench_report_words_is_less, "", out);
        write_gist(best, first, bench_report_words_is_more, gains ? "; but " : "but ", out);
        fputs("</span>", out);
    }
    fputs("</summary>\n", out);
    if (first->finished)
        write_details(group, index, out);
    fputs("</details>\n", out);
}

/* ---- The rest ---------------------------------------------------------------------------------- */

static void
write_reason(FILE *out) {
    fputs("<p class=\"note\">The best is the configuration with the least geometric mean of the "
          "ratios of wall time, p99 latency and peak resident memory to the default’s, each "
          "counted alike (“all told”), of those whose cells all finished. It has to be 2 % "
          "better; it is surely better if it wins in so many blocks that luck would not in 95 % "
          "of runs. All this holds for these workloads on this machine; other programs may answer "
          "otherwise.</p>\n",
          out);
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
        bench_report_words_between(out, "<tr><th scope=\"row\">", trouble->workload, " ");
        bench_report_words_between(out, "<code>", trouble->label, "</code></th>");
        fprintf(out, "<td>%lld</td>", (long long)trouble->block);
        bench_report_words_between(out, "<td>", trouble->state, "</td>");
        bench_report_words_between(out, "<td class=\"text\">", trouble->why, "</td></tr>\n");
    }
    fputs("</tbody></table></div>\n", out);
    if (data->trouble_count > TROUBLES_MOST)
        fprintf(out, "<p class=\"note\">and %zu more.</p>\n", data->trouble_count - TROUBLES_MOST);
}

void
bench_report_answer_write(const struct bench_report_data *data, FILE *out) {
    if (data->group_count > 1)
        write_short(data, out);
    for (size_t i = 0; i < data->group_count; i++)
        write_verdict(&data->groups[i], i + 1, data->group_count <= OPEN_MOST, out);
    write_troubles(data, out);
    write_reason(out);
}
