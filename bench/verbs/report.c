/* SPDX-License-Identifier: MIT
 *
 * verbs/report.c: gcsweep report. Says on stdout what it wrote, one path a line.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/find.h"
#include "bench/option.h"
#include "bench/report.h"
#include "bench/report/several.h"
#include "bench/say.h"
#include "bench/verb.h"

static const char help[] =
    "usage: gcsweep report RUN... [-o FILE.html] [--png DIR] [--json]\n"
    "\n"
    "Writes one HTML page about a run: what was asked, the best setting with what it buys and "
    "risks,\n"
    "a table of all configurations, charts with their data, the environment, and how to repeat "
    "the\n"
    "run. With two or more runs (6 at most) the page lays them side by side: what changed from "
    "the\n"
    "first to each other one, the best setting of each, tables with a column for each, the same\n"
    "charts beside each other, and what differs between their environments.\n"
    "\n"
    "The page needs no network and no script. Where scripts are on, tables sort and filter. It\n"
    "follows the reader's light or dark setting, prints, and can be read with a keyboard and a "
    "screen\n"
    "reader. Of a large run it has the charts where most is at stake, and says how to draw the\n"
    "others.\n"
    "\n"
    "RUN is a run file (results/schema.md), or the name of one under results/. It is only read.\n"
    "\n"
    "  -o, --output FILE   where the page goes; beside the first run file if not given, as "
    "NAME.html,\n"
    "                      or NAME-OTHER.html; - is standard output\n"
    "      --png DIR       also write each chart as a PNG file into DIR\n"
    "      --json          say what was written as one JSON object: {\"html\": ..., \"png\": "
    "[...]}\n"
    "\n"
    "Charts are drawn by gnuplot (Debian: gnuplot-nox), with the scripts of the directory plots;\n"
    "the environment variable GCSWEEP_PLOTS names another.\n"
    "\n"
    "Status: 0 done; 2 the call or a run file is wrong; 3 gnuplot is missing.\n"
    "\n"
    "Examples:\n"
    "  gcsweep report quick\n"
    "  gcsweep report before after -o change.html\n"
    "  gcsweep report results/quick.db -o /srv/www/quick.html --png charts\n";

enum {
    OPTION_OUTPUT,
    OPTION_OUTPUT_LONG,
    OPTION_PNG,
    OPTION_JSON,
};

static const struct bench_option options[] = {
    {"-o", true}, {"--output", true}, {"--png", true}, {"--json", false}, {NULL, false}};

struct request {
    char paths[BENCH_REPORT_RUNS_MOST][4096];
    const char *runs[BENCH_REPORT_RUNS_MOST]; /* into `paths` */
    size_t count;
    const char *output, *png;
    bool json;
};

/* 0, or the status of a wrong call. */
static int
add_run(struct request *request, const char *run) {
    char why[512];
    if (request->count == BENCH_REPORT_RUNS_MOST)
        return bench_say(BENCH_STATUS_USAGE, "report: %d runs at most, %s is one too many",
                         BENCH_REPORT_RUNS_MOST, run);
    char *path = request->paths[request->count];
    if (bench_find_run(run, path, sizeof(request->paths[0]), why, sizeof(why)))
        return bench_say(BENCH_STATUS_USAGE, "report: %s", why);
    request->runs[request->count++] = path;
    return 0;
}

/* 0, or the status of a wrong call. */
static int
read_request(int argc, char **argv, struct request *request) {
    struct bench_option_reader reader;
    int option;
    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WRONG)
            return BENCH_STATUS_USAGE;
        if (option == BENCH_OPTION_WORD) {
            int status = add_run(request, reader.value);
            if (status)
                return status;
        } else if (option == OPTION_OUTPUT || option == OPTION_OUTPUT_LONG)
            request->output = reader.value;
        else if (option == OPTION_PNG)
            request->png = reader.value;
        else
            request->json = true;
    }
    if (request->count == 0)
        return bench_say(BENCH_STATUS_USAGE, "report: which run? gcsweep report RUN");
    return 0;
}

static void
add_path(void *context, const char *path) {
    json_array_append_new(context, json_string(path));
}

static void
print_written(const struct request *request, const char *html, json_t *png) {
    size_t index;
    json_t *path;
    if (request->json) {
        json_t *written = json_pack("{s:s, s:O}", "html", html, "png", png);
        json_dumpf(written, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(written);
        return;
    }
    puts(html);
    json_array_foreach(png, index, path) puts(json_string_value(path));
}

static int
write_report(const struct request *request, const char *html, json_t *png, char *why,
             size_t why_bytes) {
    int error = bench_report_write_several(request->runs, request->count, html, why, why_bytes);
    for (size_t i = 0; i < request->count && request->png && !error; i++)
        error =
            bench_report_pictures(request->runs[i], request->png, add_path, png, why, why_bytes);
    return error;
}

static int
run(int argc, char **argv) {
    struct request request = {.count = 0};
    char html[8 * 4096], why[512];
    int error = read_request(argc, argv, &request);
    if (error)
        return error;
    if (request.json && request.output && strcmp(request.output, "-") == 0)
        return bench_say(BENCH_STATUS_USAGE, "report: the page or --json on standard output, not "
                                             "both: give -o a file");
    if (request.output)
        snprintf(html, sizeof(html), "%s", request.output);
    else
        bench_report_several_path(request.runs, request.count, html, sizeof(html));
    json_t *png = json_array();
    error = write_report(&request, html, png, why, sizeof(why));
    bool is_shown = strcmp(html, "-") == 0; /* the page itself stands on standard output */
    if (!error && !is_shown)
        print_written(&request, html, png);
    json_decref(png);
    return error ? bench_say(bench_report_status(error), "report: %s", why) : BENCH_STATUS_DONE;
}

const struct bench_verb bench_verb_report = {
    .name = "report",
    .summary = "write one HTML page about a run: the answer, the table, the charts",
    .help = help,
    .run = run,
};
