/* SPDX-License-Identifier: MIT
 *
 * verbs/export.c: gcsweep export. What is written is the document alone; what is wrong is a line on stderr.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "bench/export.h"
#include "bench/find.h"
#include "bench/option.h"
#include "bench/say.h"
#include "bench/verb.h"

static const char help[] =
    "usage: gcsweep export RUN [--format FORMAT] [--output FILE] [--metric NAMES]\n"
    "                      [--config SELECTION]... [--cell IDS] [--histogram NAMES]\n"
    "\n"
    "Writes a run, or a part of it, in a format that other tools read: to standard output, or to "
    "a\n"
    "file that appears under its name only when all of it is there. However large the run is, it\n"
    "takes little memory. RUN is a run file (results/schema.md), or the name of one under "
    "results/.\n"
    "It is only read.\n"
    "\n"
    "  -f, --format FORMAT     csv if not given, or what FILE's suffix says\n"
    "\n"
    "      csv            .csv                 one row a cell, its knobs and metrics as columns\n"
    "      json           .json                everything but histograms and series; described by\n"
    "                                          results/export.schema.json\n"
    "      gbench         .gbench.json         as Google Benchmark writes it: a benchmark for "
    "each\n"
    "                                          configuration, a repetition for each cell\n"
    "      hgrm           .hgrm                percentiles of one histogram of one configuration\n"
    "      hlog           .hlog                HdrHistogram's V2 compressed log of all histograms\n"
    "      bmf            .bmf.json            Bencher Metric Format: medians with bounds\n"
    "      github         .github.json         github-action-benchmark, customSmallerIsBetter\n"
    "      github-bigger  .github-bigger.json  the same, customBiggerIsBetter\n"
    "      junit          .xml                 each cell as a test\n"
    "      openmetrics    .om                  medians as gauges, times in seconds\n"
    "      chrome         .trace.json          trace events for Perfetto: collections, memory\n"
    "\n"
    "  -o, --output FILE       where it goes; - is standard output\n"
    "      --force             write over FILE if it is there\n"
    "      --metric NAMES      only these, with commas; * and ? stand for anything: 'gc.*'.\n"
    "                          Without it csv, json and github-bigger have all, and the others\n"
    "                          wall_ns, cpu_ns, latency_p50_ns, latency_p99_ns, peak_rss_bytes,\n"
    "                          gc.pause_sum_ns and gc.pause_max_ns\n"
    "      --config SELECTION  only these configurations: ids (3 or 1,4..6), or NAME=VALUE,VALUE\n"
    "                          where NAME is workload, engine or a knob. If given several times,\n"
    "                          all of it holds\n"
    "      --cell IDS          only these cells (7 or 7,10..19)\n"
    "      --histogram NAMES   of hgrm and hlog: latency, intended, metered, noise, pause0, "
    "pause1,\n"
    "                          pause2\n"
    "      --partial           export what is there of a run that is not finished\n"
    "      --json              the same as --format json\n"
    "\n"
    "A median is over the cells that finished. Its bounds hold the true one with 95 %, by "
    "counting\n"
    "ranks; of fewer than six cells they are the least and the greatest.\n"
    "\n"
    "Status: 0 done; 2 the call or the run file is wrong, or FILE is there; 3 FILE cannot be\n"
    "written (a full disk, say; then there is none); 130 interrupted, likewise.\n"
    "\n"
    "Examples:\n"
    "  gcsweep export quick-1 -o quick.csv\n"
    "  gcsweep export quick-1 --metric 'wall_ns,gc.*' --config workload=bullets\n"
    "  gcsweep export quick-1 --config 2 -o latency.hgrm\n"
    "  gcsweep export quick-1 --cell 1..3 -o quick.trace.json\n";

enum {
    OPTION_FORMAT,
    OPTION_FORMAT_LONG,
    OPTION_OUTPUT,
    OPTION_OUTPUT_LONG,
    OPTION_FORCE,
    OPTION_METRIC,
    OPTION_CONFIG,
    OPTION_CELL,
    OPTION_HISTOGRAM,
    OPTION_PARTIAL,
    OPTION_JSON,
};

static const struct bench_option options[] = {
    {"-f", true},          {"--format", true},   {"-o", true},       {"--output", true},
    {"--force", false},    {"--metric", true},   {"--config", true}, {"--cell", true},
    {"--histogram", true}, {"--partial", false}, {"--json", false},  {NULL, false}};

struct request {
    const char *run, *output, *format;
    const struct bench_export_format *row;
    bool force;
    struct bench_export_choice choice;
};

static volatile sig_atomic_t was_interrupted;

static void
interrupt(int number) {
    (void)number;
    was_interrupted = 1;
}

static bool
should_stop(void) {
    return was_interrupted != 0;
}

/* ---- The call --------------------------------------------------------------------------------------- */

static int
take_option(struct request *request, int option, const char *value) {
    struct bench_export_choice *choice = &request->choice;

    if (option == OPTION_FORMAT || option == OPTION_FORMAT_LONG)
        request->format = value;
    else if (option == OPTION_OUTPUT || option == OPTION_OUTPUT_LONG)
        request->output = value;
    else if (option == OPTION_FORCE)
        request->force = true;
    else if (option == OPTION_METRIC)
        choice->metrics = value;
    else if (option == OPTION_CELL)
        choice->cells = value;
    else if (option == OPTION_HISTOGRAM)
        choice->histograms = value;
    else if (option == OPTION_PARTIAL)
        choice->partial = true;
    else if (option == OPTION_JSON)
        request->format = "json";
    else if (choice->config_count == BENCH_EXPORT_CHOICES)
        return bench_say(BENCH_STATUS_USAGE, "export: at most %d times --config",
                         BENCH_EXPORT_CHOICES);
    else
        choice->configs[choice->config_count++] = value;
    return 0;
}

static int
find_format(struct request *request) {
    const char *names[32];
    char hint[64];
    size_t count;
    const struct bench_export_format *rows = bench_export_formats(&count);

    for (size_t i = 0; i < count; i++)
        names[i] = rows[i].name;
    names[count] = NULL;
    if (request->format != NULL)
        request->row = bench_export_find(request->format);
    else if (request->output != NULL)
        request->row = bench_export_guess(request->output);
    else
        request->row = &rows[0];
    if (request->row != NULL)
        return 0;
    if (request->format == NULL)
        return bench_say(BENCH_STATUS_USAGE,
                         "export: the suffix of %s says no format: give --format (gcsweep list "
                         "formats)",
                         request->output);
    return bench_say(BENCH_STATUS_USAGE, "export: no format %s%s (gcsweep list formats)",
                     request->format,
                     bench_say_nearest(bench_say_guess(request->format, names), hint, sizeof hint));
}

static int
read_request(int argc, char **argv, struct request *request) {
    struct bench_option_reader reader;
    int option, status;

    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WRONG)
            return BENCH_STATUS_USAGE;
        if (option == BENCH_OPTION_WORD && request->run != NULL)
            return bench_say(BENCH_STATUS_USAGE, "export: one run at a time, %s is one too many",
                             reader.value);
        if (option == BENCH_OPTION_WORD)
            request->run = reader.value;
        else if ((status = take_option(request, option, reader.value)) != 0)
            return status;
    }
    return request->run == NULL
               ? bench_say(BENCH_STATUS_USAGE, "export: which run? gcsweep export RUN")
               : find_format(request);
}

/* ---- The work --------------------------------------------------------------------------------------- */

static int
status_of(int error) {
    switch (error) {
    case 0:
        return BENCH_STATUS_DONE;
    case -EINTR:
        return BENCH_STATUS_INTERRUPTED;
    case -EINVAL:
    case -ENODATA:
    case -ENOENT:
    case -EEXIST:
    case -EISDIR:
    case -ENOTDIR:
    case -EPROTO:
    case -EBADMSG:
        return BENCH_STATUS_USAGE;
    default:
        return BENCH_STATUS_ENVIRONMENT;
    }
}

/* What is wrong with the output says finishing it. */
static int
write_run(const struct request *request, const char *db, struct bench_output *output, char *why,
          size_t why_bytes) {
    int error =
        bench_export_write(db, request->row, &request->choice, output, should_stop, why, why_bytes);

    if (error == 0 || output->error != 0)
        return bench_output_finish(output, why, why_bytes);
    bench_output_drop(output);
    return error;
}

static int
run(int argc, char **argv) {
    const struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    struct request request = {0};
    struct bench_output output;
    char db[4096], why[1024];
    int error = read_request(argc, argv, &request);

    if (error != 0)
        return error;
    if (bench_find_run(request.run, db, sizeof db, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "export: %s", why);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    error = bench_output_open(&output, request.output, request.force, why, sizeof why);
    if (error == 0)
        error = write_run(&request, db, &output, why, sizeof why);
    return error == 0 ? BENCH_STATUS_DONE : bench_say(status_of(error), "export: %s", why);
}

const struct bench_verb bench_verb_export = {
    .name = "export",
    .summary = "write a run in a format that other tools read: csv, json, traces, histograms ...",
    .help = help,
    .run = run,
};
