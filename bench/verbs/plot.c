/* SPDX-License-Identifier: MIT
 *
 * verbs/plot.c: gcsweep plot. One figure of one workload of a run, into one file.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/figure.h"
#include "bench/figure/forest.h"
#include "bench/figure/pick.h"
#include "bench/find.h"
#include "bench/option.h"
#include "bench/report.h"
#include "bench/report/data.h"
#include "bench/say.h"
#include "bench/verb.h"

static const char help[] =
    "usage: gcsweep plot FIGURE RUN -o FILE.{svg,png,pdf,tsv} [--workload NAME]\n"
    "                    [--metric NAME] [--x KNOB] [--y KNOB]\n"
    "       gcsweep plot forest BASE NEW -o FILE.{svg,png,pdf,tsv} [--metric NAMES]\n"
    "\n"
    "Draws one figure of a run with gnuplot. The end of FILE says in which format; tsv gives the\n"
    "table of numbers that the figure is drawn from, and needs no gnuplot.\n"
    "\n"
    "FIGURE is one of\n"
    "  tradeoff   which configurations are worth having, when time and memory both count?\n"
    "  latency    how long do the slowest operations take under each configuration?\n"
    "  views      how long does an operation take for somebody who waited for its turn?\n"
    "  memory     how much memory does each configuration hold resident, from start to drain?\n"
    "  parts      how much of the memory is live, and how much is trash?\n"
    "  heatmap    which threshold of generation 0 and which mode keep the slowest operations "
    "short?\n"
    "  longest    for how long does the longest collection stop the program?\n"
    "  timeline   when did each collection begin, and how long did it take?\n"
    "  pauses     how long do collections of each generation take?\n"
    "  pausehist  how many collections of each generation took how long?\n"
    "  mmu        how much of its worst moments does the collector leave to the program?\n"
    "  yield      how much do collections examine, and how much of it was trash?\n"
    "  frames     how many frames come too late at 60 and at 120 Hz, and how many in a row?\n"
    "  footprint  how many bytes does each of many things cost?\n"
    "  staircase  do containers grow at the same lengths and to the same sizes as CPython's?\n"
    "  strategies what does each way to hold a CSV file cost, in time and in memory?\n"
    "  spikes     at which length does one more item take long, every time?\n"
    "  allocators which allocator is fastest, which needs least memory? (of the whole run)\n"
    "  forest     which rows of a comparison differ, by how much, how sure? (BASE and NEW)\n"
    "  history    how did a metric change from run to run? (drawn by gcsweep history)\n"
    "views, parts, timeline and pausehist are of the default and the best configuration. A run "
    "that\n"
    "has nothing of what a figure shows is refused, and said what it lacks.\n"
    "\n"
    "RUN is a run file (results/schema.md), or the name of one under results/. It is only read.\n"
    "\n"
    "  -o, --output FILE     where the figure goes\n"
    "      --workload NAME   of a run of several that have what the figure shows, the one to "
    "draw,\n"
    "                        e.g. cycles or 'churn size=64'\n"
    "      --metric NAME     of a heatmap: what stands in its cells, instead of latency_p99_ns; of "
    "a\n"
    "                        tradeoff: what stands against memory, instead of wall_ns. Any metric "
    "of\n"
    "                        the run (gcsweep list metrics); medians over its blocks\n"
    "                        Of a forest, which rows: 'wall_ns,gc.*'\n"
    "      --x KNOB          of a heatmap: the knob of its columns, instead of gc.threshold0\n"
    "      --y KNOB          and of its rows, instead of gc.mode. Where more knobs vary, a cell "
    "has the\n"
    "                        first configuration of those that stand in it\n"
    "\n"
    "The scripts are those of the directory plots; the environment variable GCSWEEP_PLOTS names\n"
    "another.\n"
    "\n"
    "Status: 0 done; 2 the call or the run file is wrong; 3 gnuplot (Debian: gnuplot-nox) is "
    "missing.\n"
    "\n"
    "Examples:\n"
    "  gcsweep plot latency quick --workload bullets -o latency.png\n"
    "  gcsweep plot heatmap quick --workload cycles --metric peak_rss_bytes -o map.svg\n";

enum {
    OPTION_OUTPUT,
    OPTION_OUTPUT_LONG,
    OPTION_WORKLOAD,
    OPTION_METRIC,
    OPTION_X,
    OPTION_Y,
};

static const struct bench_option options[] = {
    {"-o", true},  {"--output", true}, {"--workload", true}, {"--metric", true},
    {"--x", true}, {"--y", true},      {NULL, false}};

struct request {
    const char *figure, *run, *new, *output, *workload, *metric, *x, *y;
};

static void
list_figures(void) {
    size_t count;
    const struct bench_figure *figures = bench_figure_rows(&count);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  %-10s %s\n", figures[i].name, figures[i].question);
}

static int
read_request(int argc, char **argv, struct request *request) {
    struct bench_option_reader reader;
    int option;
    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WRONG)
            return BENCH_STATUS_USAGE;
        const char **into = option == OPTION_WORKLOAD     ? &request->workload
                            : option == OPTION_METRIC     ? &request->metric
                            : option == OPTION_X          ? &request->x
                            : option == OPTION_Y          ? &request->y
                            : option != BENCH_OPTION_WORD ? &request->output
                            : !request->figure            ? &request->figure
                            : !request->run               ? &request->run
                                                          : &request->new;
        bool is_forest = request->figure && strcmp(request->figure, "forest") == 0;
        if (option == BENCH_OPTION_WORD && (*into || (into == &request->new && !is_forest)))
            return bench_say(BENCH_STATUS_USAGE, "plot: one figure of one run, %s is one too many",
                             reader.value);
        *into = reader.value;
    }
    if (request->figure && request->run && request->output)
        return 0;
    bench_say(BENCH_STATUS_USAGE,
              "plot: what, from where, where to? gcsweep plot FIGURE RUN -o FILE.svg");
    list_figures();
    return BENCH_STATUS_USAGE;
}

/* Whether it may be the one that is meant: by its name, or if none was given because it has what the figure shows. */
static bool
is_meant(const struct bench_figure *figure, const struct bench_report_group *group,
         const char *workload) {
    return workload ? strcmp(workload, group->workload) == 0
                    : !figure || !figure->is_there || figure->is_there(group);
}

/* "'churn size=16', 'churn size=64' or 'sharing'", as many as there is room for. */
static void
list_titles(const struct bench_report_group **groups, size_t count, char *text, size_t bytes) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *between = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        size_t more = strlen(between) + strlen(groups[i]->title) + 2;
        if (used + more + sizeof(" or one of 1234 more") > bytes) {
            snprintf(text + used, bytes - used, " or one of %zu more", count - i);
            return;
        }
        snprintf(text + used, bytes - used, "%s'%s'", between, groups[i]->title);
        used += more;
    }
}

/* The one group that is meant; NULL, and said, when there is none or more than one. */
static struct bench_report_group *
find_group(const struct bench_figure *figure, const struct bench_report_data *data,
           const struct request *request) {
    const char *workload = request->workload;
    bool asks_more = request->metric || request->x || request->y || data->group_count == 1;
    const struct bench_report_group **found =
        calloc(data->group_count + 1, sizeof(struct bench_report_group *));
    struct bench_report_group *only = NULL;
    char titles[1200];
    size_t matches = 0;
    if (!found)
        return NULL;
    for (size_t i = 0; i < data->group_count; i++) {
        struct bench_report_group *group = &data->groups[i];
        bool is_named = workload && strcmp(workload, group->title) == 0;
        if (!is_named && !is_meant(asks_more ? NULL : figure, group, workload))
            continue;
        only = group;
        found[matches++] = group;
        if (is_named) {
            matches = 1;
            break;
        }
    }
    bool is_unknown = matches == 0 && workload;
    for (size_t i = 0; is_unknown && i < data->group_count; i++)
        found[i] = &data->groups[i];
    list_titles(found, is_unknown ? data->group_count : matches, titles, sizeof(titles));
    free(found);
    if (matches == 1)
        return only;
    if (matches > 1)
        bench_say(BENCH_STATUS_USAGE, "plot: which workload? --workload %s", titles);
    else if (workload)
        bench_say(BENCH_STATUS_USAGE, "plot: the run has no workload %s: it has %s", workload,
                  titles);
    else
        bench_say(BENCH_STATUS_USAGE, "plot: the run has no %s",
                  figure->lacks ? figure->lacks : "configuration");
    return NULL;
}

/* The figure by another name: "peak_rss_bytes by gc.threshold0 and gc.mode". */
static void
name_figure(const struct bench_figure_pick *pick, struct bench_figure *figure, char title[300]) {
    const char *metric = *pick->metric ? pick->metric : "latency_p99_ns";
    if (strcmp(figure->name, "tradeoff") == 0)
        snprintf(title, 300, "%s against memory", metric);
    else
        snprintf(title, 300, "%s by %s and %s", metric,
                 *pick->x_knob ? pick->x_knob : "gc.threshold0",
                 *pick->y_knob ? pick->y_knob : "gc.mode");
    figure->title = title;
}

static int
draw_group(struct bench_figure figure, const struct request *request, const char *db,
           const struct bench_report_data *data, struct bench_report_group *group,
           const char *format) {
    struct bench_figure_pick *pick = NULL;
    char why[512], title[300];
    int error = 0;
    if (request->metric || request->x || request->y)
        error = bench_figure_pick_read(db, group, request->metric, request->x, request->y, &pick,
                                       why, sizeof(why));
    if (error)
        return bench_say(bench_report_status(error), "plot: %s", why);
    group->pick = pick;
    if (pick)
        name_figure(pick, &figure, title);
    int status = BENCH_STATUS_DONE;
    if (figure.is_there && !figure.is_there(group)) {
        status = bench_say(BENCH_STATUS_USAGE, "plot: '%s' of this run has no %s", group->title,
                           figure.lacks);
    } else {
        error = bench_figure_draw(&figure, data, group, request->output, format, why, sizeof(why));
        if (error)
            status = bench_say(bench_report_status(error), "plot: %s", why);
    }
    group->pick = NULL;
    bench_figure_pick_free(pick, group->count);
    return status;
}

static int
draw_run(const struct bench_figure *figure, const struct request *request,
         const struct bench_report_data *data, const char *format) {
    char why[512];
    if (request->workload)
        return bench_say(BENCH_STATUS_USAGE, "plot: %s is of a whole run: leave out --workload",
                         figure->name);
    if (!figure->is_in_run(data))
        return bench_say(BENCH_STATUS_USAGE, "plot: the run has no %s", figure->lacks);
    int error = bench_figure_draw(figure, data, NULL, request->output, format, why, sizeof(why));
    return error ? bench_say(bench_report_status(error), "plot: %s", why) : BENCH_STATUS_DONE;
}

static int
draw(const struct bench_figure *figure, const struct request *request, const char *format) {
    struct bench_report_data data;
    char db[4096], why[512];
    int error = bench_find_run(request->run, db, sizeof(db), why, sizeof(why));
    if (!error)
        error = bench_report_data_read(db, &data, why, sizeof(why));
    if (error)
        return bench_say(bench_report_status(error), "plot: %s", why);
    struct bench_report_group *group =
        figure->export_run ? NULL : find_group(figure, &data, request);
    int status = figure->export_run ? draw_run(figure, request, &data, format)
                 : group            ? draw_group(*figure, request, db, &data, group, format)
                                    : BENCH_STATUS_USAGE;
    bench_report_data_fini(&data);
    return status;
}

/* The figure that is meant; NULL, and said, when there is none or it cannot be asked for so. */
static const struct bench_figure *
find_figure(const struct request *request) {
    const char *nearest;
    char hint[64];
    const struct bench_figure *figure = bench_figure_find(request->figure, &nearest);
    if (!figure) {
        bench_say(BENCH_STATUS_USAGE, "plot: no figure is called %s%s (gcsweep plot lists them)",
                  request->figure, bench_say_nearest(nearest, hint, sizeof(hint)));
        return NULL;
    }
    bool is_map = strcmp(figure->name, "heatmap") == 0;
    bool is_plane =
        is_map || strcmp(figure->name, "tradeoff") == 0 || strcmp(figure->name, "forest") == 0;
    if ((request->metric && !is_plane) || ((request->x || request->y) && !is_map)) {
        bench_say(BENCH_STATUS_USAGE,
                  "plot: %s shows what it shows: --metric is for heatmap, tradeoff and forest, --x "
                  "and --y "
                  "are for heatmap",
                  figure->name);
        return NULL;
    }
    return figure;
}

static int
draw_forest(const struct request *request, const char *format) {
    struct bench_compare_options how = bench_compare_defaults();
    struct bench_compare compare;
    char why[1024];
    if (request->workload)
        return bench_say(BENCH_STATUS_USAGE, "plot: of one workload: gcsweep plot forest "
                                             "BASE:workload=NAME NEW:workload=NAME -o FILE");
    if (request->metric)
        how.metrics = request->metric;
    int error = bench_compare_read(request->run, request->new, &how, &compare, why, sizeof(why));
    if (error)
        return bench_say(error == -ENOMEM ? BENCH_STATUS_ENVIRONMENT : BENCH_STATUS_USAGE,
                         "plot: %s", why);
    error = bench_figure_forest_draw(&compare, request->output, format, why, sizeof(why));
    bench_compare_fini(&compare);
    return error ? bench_say(bench_report_status(error), "plot: %s", why) : BENCH_STATUS_DONE;
}

static int
run(int argc, char **argv) {
    struct request request = {0};
    int status = read_request(argc, argv, &request);
    if (status)
        return status;
    const struct bench_figure *figure = find_figure(&request);
    if (!figure)
        return BENCH_STATUS_USAGE;
    if (figure->drawn_by && !request.new)
        return bench_say(BENCH_STATUS_USAGE, "plot: %s is not of one run: %s", figure->name,
                         figure->drawn_by);
    const char *format = bench_figure_format(request.output);
    if (!format)
        return bench_say(BENCH_STATUS_USAGE,
                         "plot: %s: the name must end in .svg, .png, .pdf or .tsv", request.output);
    return request.new ? draw_forest(&request, format) : draw(figure, &request, format);
}

const struct bench_verb bench_verb_plot = {
    .name = "plot",
    .summary = "draw one figure of a run as SVG, PNG or PDF",
    .help = help,
    .run = run,
};
