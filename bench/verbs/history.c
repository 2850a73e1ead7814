/* SPDX-License-Identifier: MIT
 *
 * verbs/history.c: gcsweep history. What is written is the history alone; what is wrong is a line on stderr.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/find.h"
#include "bench/history.h"
#include "bench/option.h"
#include "bench/report.h"
#include "bench/say.h"
#include "bench/verb.h"

static const char help[] =
    "usage: gcsweep history METRIC RUN... [--only NAME=VALUE[,VALUE]]... [--floor PERCENT]\n"
    "                       [--format text|markdown|tsv|json] [-o FILE.{svg,png,pdf,tsv}]\n"
    "\n"
    "Follows one metric over many runs, in the order in which they were begun, and says where it\n"
    "changed. RUN is a run file, or the name of one under results/. Runs are only read.\n"
    "\n"
    "      --only SELECTION   only these configurations; NAME is workload, engine or a knob. If\n"
    "                         given several times, all of it holds\n"
    "      --floor PERCENT    a smaller change of level than this is none (1 if not given)\n"
    "      --format FORMAT    text, markdown, tsv (the table of the picture) or json\n"
    "      --json             the same as --format json\n"
    "  -o, --output FILE      draws a picture, by the end of its name, instead of writing\n"
    "\n"
    "What is followed is the configurations that all runs have in common: the same workload in\n"
    "the same version, engine and values of all knobs. Of several it is their geometric mean. A\n"
    "run that has nothing in common with the others is left out, and it is said why.\n"
    "\n"
    "Each line has the median of the blocks, the least and the greatest of them, and the ratio to\n"
    "the run before. Runs of different machines or builds are not held against each other, nor, "
    "of\n"
    "deterministic metrics, runs with different seeds: they are marked as groups. A deterministic\n"
    "metric is compared exactly. Any other changes where ranks say so (docs/history.md): ten runs\n"
    "of a group are needed, and three on either side of a change. Of 100 histories without a\n"
    "change two seem to have one.\n"
    "\n"
    "Status: 0 done; 2 the call or a run is wrong, or no run has the metric; 3 gnuplot (Debian:\n"
    "gnuplot-nox) is missing, or FILE cannot be written.\n"
    "\n"
    "Examples:\n"
    "  gcsweep history wall_ns results/*.db\n"
    "  gcsweep history gc.examined results/nightly-*.db --only workload=bullets\n"
    "  gcsweep history peak_rss_bytes results/*.db --only gc.threshold0=700 -o memory.svg\n";

enum {
    OPTION_ONLY,
    OPTION_FLOOR,
    OPTION_FORMAT,
    OPTION_JSON,
    OPTION_OUTPUT,
    OPTION_OUTPUT_LONG,
    ONLY_MOST = 16,
    PATH_BYTES = 4096
};

static const struct bench_option options[] = {
    {"--only", true}, {"--floor", true},  {"--format", true}, {"--json", false},
    {"-o", true},     {"--output", true}, {NULL, false}};

struct request {
    struct bench_history_options history;
    const char *only[ONLY_MOST];
    const char **runs; /* as many as there are arguments at most */
    size_t run_count;
    enum bench_history_format format;
    const char *output, *picture; /* picture: its format */
};

/* ---- The call ---------------------------------------------------------------------------------- */

static int
take_floor(struct request *request, const char *value) {
    char *end;
    double percent = strtod(value, &end);
    end += *end == '%';
    if (end == value || *end || !(percent >= 0 && percent <= 100))
        return bench_say(BENCH_STATUS_USAGE,
                         "history: --floor %s: give a percentage from 0 to 100, e.g. 1", value);
    request->history.floor = percent / 100;
    return 0;
}

static int
take_format(struct request *request, const char *value) {
    char hint[64];
    for (int i = 0; i < BENCH_HISTORY_FORMAT_COUNT; i++)
        if (strcmp(bench_history_formats[i], value) == 0) {
            request->format = (enum bench_history_format)i;
            return 0;
        }
    return bench_say(
        BENCH_STATUS_USAGE, "history: no format %s%s: text, markdown, tsv or json", value,
        bench_say_nearest(bench_say_guess(value, bench_history_formats), hint, sizeof(hint)));
}

static int
take_output(struct request *request, const char *value) {
    request->output = value;
    request->picture = bench_figure_format(value);
    return request->picture ? 0
                            : bench_say(BENCH_STATUS_USAGE,
                                        "history: %s: the name must end in .svg, .png, .pdf or "
                                        ".tsv (for text, redirect the output)",
                                        value);
}

static int
take_option(struct request *request, int option, const char *value) {
    switch (option) {
    case OPTION_FLOOR:
        return take_floor(request, value);
    case OPTION_FORMAT:
        return take_format(request, value);
    case OPTION_JSON:
        request->format = BENCH_HISTORY_JSON;
        return 0;
    case OPTION_OUTPUT:
    case OPTION_OUTPUT_LONG:
        return take_output(request, value);
    }
    if (request->history.only_count == ONLY_MOST)
        return bench_say(BENCH_STATUS_USAGE, "history: at most %d times --only", ONLY_MOST);
    request->only[request->history.only_count++] = value;
    return 0;
}

static int
read_request(int argc, char **argv, struct request *request) {
    struct bench_option_reader reader;
    int option, status;
    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WRONG)
            return BENCH_STATUS_USAGE;
        if (option == BENCH_OPTION_WORD && !request->history.metric)
            request->history.metric = reader.value;
        else if (option == BENCH_OPTION_WORD)
            request->runs[request->run_count++] = reader.value;
        else if ((status = take_option(request, option, reader.value)) != 0)
            return status;
    }
    if (request->run_count == 0)
        return bench_say(BENCH_STATUS_USAGE,
                         "history: of what, over which runs? gcsweep history METRIC RUN...");
    return 0;
}

/* ---- The work ---------------------------------------------------------------------------------- */

/* One that is named twice is read once. */
static size_t
find_paths(const struct request *request, char **paths, char *why, size_t why_bytes) {
    size_t count = 0;
    for (size_t i = 0; i < request->run_count; i++) {
        char path[PATH_BYTES];
        bool is_new = true;
        if (bench_find_run(request->runs[i], path, sizeof(path), why, why_bytes))
            return 0;
        for (size_t k = 0; k < count; k++)
            is_new &= strcmp(paths[k], path) != 0;
        if (is_new && !(paths[count] = strdup(path)))
            return 0;
        count += is_new;
    }
    return count;
}

static int
present(const struct request *request, const char *const *paths, size_t count) {
    struct bench_history history;
    char why[1024];
    int error = bench_history_read(&request->history, paths, count, &history, why, sizeof(why));
    if (error)
        return bench_say(error == -ENOMEM ? BENCH_STATUS_ENVIRONMENT : BENCH_STATUS_USAGE,
                         "history: %s", why);
    if (request->picture)
        error = bench_history_draw(&history, request->output, request->picture, why, sizeof(why));
    else
        error = bench_history_write(&history, request->format, stdout);
    bench_history_fini(&history);
    if (error && request->picture)
        return bench_say(bench_report_status(error), "history: %s", why);
    return error ? bench_say(BENCH_STATUS_ENVIRONMENT,
                             "history: standard output cannot be written: %s", strerror(-error))
                 : BENCH_STATUS_DONE;
}

static int
run(int argc, char **argv) {
    struct request request = {.history.floor = BENCH_HISTORY_FLOOR};
    char why[1024] = "out of memory";
    request.history.only = request.only;
    request.runs = calloc((size_t)argc + 1, sizeof(*request.runs));
    char **paths = calloc((size_t)argc + 1, sizeof(*paths));
    int status = request.runs && paths ? read_request(argc, argv, &request)
                                       : bench_say(BENCH_STATUS_ENVIRONMENT, "history: %s", why);
    if (!status) {
        size_t count = find_paths(&request, paths, why, sizeof(why));
        status = count ? present(&request, (const char *const *)paths, count)
                       : bench_say(BENCH_STATUS_USAGE, "history: %s", why);
    }
    for (size_t i = 0; paths && i < (size_t)argc; i++)
        free(paths[i]);
    free(paths);
    free(request.runs);
    return status;
}

const struct bench_verb bench_verb_history = {
    .name = "history",
    .summary = "follow a metric over many runs, and find where it changed",
    .help = help,
    .run = run,
};
