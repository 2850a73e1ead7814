/* SPDX-License-Identifier: MIT
 *
 * verbs/report.c: gcsweep report. Says on stdout what it wrote, one path a line.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/option.h"
#include "bench/report.h"
#include "bench/say.h"
#include "bench/verb.h"

static const char help[] =
    "usage: gcsweep report RUN [-o FILE.html] [--png DIR] [--json]\n"
    "\n"
    "Writes one HTML page about a run: what was asked, the best setting with what it buys and "
    "risks,\n"
    "a table of all configurations, charts with their data, the environment, and how to repeat the "
    "run.\n"
    "The page needs no network and no script. It follows the reader's light or dark setting, "
    "prints,\n"
    "and can be read with a keyboard and a screen reader.\n"
    "\n"
    "RUN is a run file (results/schema.md), or the name of one under results/. It is only read.\n"
    "\n"
    "  -o, --output FILE   where the page goes; beside the run file if not given, as NAME.html\n"
    "      --png DIR       also write each chart as a PNG file into DIR\n"
    "      --json          say what was written as one JSON object: {\"html\": ..., \"png\": "
    "[...]}\n"
    "\n"
    "Charts are drawn by gnuplot (Debian: gnuplot-nox), with the scripts of the directory plots;\n"
    "the environment variable GCSWEEP_PLOTS names another.\n"
    "\n"
    "Status: 0 done; 2 the call or the run file is wrong; 3 gnuplot is missing.\n"
    "\n"
    "Examples:\n"
    "  gcsweep report quick\n"
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
    const char *run, *output, *png;
    bool json;
};

/* 0, or the status of a wrong call. */
static int
read_request(int argc, char **argv, struct request *request) {
    struct bench_option_reader reader;
    int option;
    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WRONG)
            return BENCH_STATUS_USAGE;
        if (option == BENCH_OPTION_WORD && request->run)
            return bench_say(BENCH_STATUS_USAGE, "report: one run at a time, %s is one too many",
                             reader.value);
        if (option == BENCH_OPTION_WORD)
            request->run = reader.value;
        else if (option == OPTION_OUTPUT || option == OPTION_OUTPUT_LONG)
            request->output = reader.value;
        else if (option == OPTION_PNG)
            request->png = reader.value;
        else
            request->json = true;
    }
    if (!request->run)
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
run(int argc, char **argv) {
    struct request request = {0};
    char db[4096], html[4096], why[512];
    int error = read_request(argc, argv, &request);
    if (error)
        return error;
    error = bench_report_find_run(request.run, db, sizeof(db), why, sizeof(why));
    if (error)
        return bench_say(BENCH_STATUS_USAGE, "report: %s", why);
    if (request.output)
        snprintf(html, sizeof(html), "%s", request.output);
    else
        bench_report_page_path(db, html, sizeof(html));
    json_t *png = json_array();
    error = bench_report_write(db, html, why, sizeof(why));
    if (!error && request.png)
        error = bench_report_pictures(db, request.png, add_path, png, why, sizeof(why));
    if (!error)
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
