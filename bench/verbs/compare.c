/* SPDX-License-Identifier: MIT
 *
 * verbs/compare.c: gcsweep compare. The document goes to standard output or to a file; what is wrong is a
 * line on stderr.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/figure.h"
#include "bench/figure/forest.h"
#include "bench/option.h"
#include "bench/output.h"
#include "bench/say.h"
#include "bench/verb.h"

static const char help[] =
    "usage: gcsweep compare BASE NEW [--fail-on RULE]... [--metric NAMES | --all] [-f FORMAT]\n"
    "                       [-o FILE] [--plot FILE.{svg,png,pdf,tsv}] [--confidence P]\n"
    "                       [--floor P] [--all-rows] [--json]\n"
    "\n"
    "Says what got better and what worse from BASE to NEW, how sure that is, and what remains too\n"
    "noisy to say. docs/comparing.md is the guide.\n"
    "\n"
    "BASE and NEW are runs (results/schema.md), by path or by name under results/, or parts of "
    "them:\n"
    "\n"
    "  RUN[:NAME=VALUE[,VALUE]]...   NAME is a knob, engine or workload\n"
    "\n"
    "Configurations are held against their like: the same workload, engine and knobs, but for "
    "what\n"
    "both sides fix to different values. So one run can be compared with itself:\n"
    "\n"
    "  gcsweep compare a:gc.threshold0=700 a:gc.threshold0=50000\n"
    "  gcsweep compare a:engine=cpython a:engine=rt\n"
    "\n"
    "Cells are paired by block, that is by seed. What is counted (deterministic metrics) is "
    "compared\n"
    "exactly. What is timed has the geometric mean of its ratios, new over base, and an interval "
    "by\n"
    "10,000 draws of whole blocks. It is better or worse only if that is sure with Holm's "
    "correction\n"
    "over all timed rows, and beyond the floor; same, if the whole interval is within the floor; "
    "and\n"
    "else noisy, with how many more blocks would probably tell. A count that changed and is "
    "neither\n"
    "better nor worse in either way is changed (with --json: noisy, no claim).\n"
    "\n"
    "      --fail-on RULE    status 1 if a row breaks it; any number. METRIC may have * and ?, or "
    "be\n"
    "                        deterministic or timed. Quote it: the shell takes > for its own\n"
    "          METRIC>5%       surely more, by more than 5 %\n"
    "          METRIC<5%       surely less, by more than 5 %\n"
    "          METRIC          any sure worsening\n"
    "          METRIC!=        any sure change\n"
    "                        Without it: deterministic. In any case a configuration fails that no\n"
    "                        longer finishes, or gives another answer to the same question\n"
    "      --metric NAMES    only these metrics, with commas; 'gc.*'. Without it the "
    "deterministic\n"
    "                        ones and wall_ns, cpu_ns, latency_p50_ns, _p99_, _p999_, _max_,\n"
    "                        peak_rss_bytes and gc.pause_max_ns. Fewer are surer: Holm's "
    "correction\n"
    "                        is for as many rows as are looked at\n"
    "      --all             every metric\n"
    "      --confidence P    95 if not given, in percent\n"
    "      --floor P         2 if not given: changes of less than 2 % are not worth a verdict\n"
    "  -f, --format FORMAT   text, markdown, json, junit\n"
    "      --all-rows        also rows that are the same (text, markdown)\n"
    "  -o, --output FILE     where it goes; - is standard output\n"
    "      --force           write over FILE if it is there\n"
    "      --plot FILE       also draw the rows that say most, with their intervals\n"
    "      --json            the same as --format json\n"
    "\n"
    "Workloads of different versions are refused. Of different seeds only times are compared;\n"
    "other machines, builds or Pythons are named in a warning. What only one side has is named, "
    "too.\n"
    "No time is better or worse with fewer than 6 blocks (at 95 %), nor if the machine was much\n"
    "busier during one of two runs. Parts of one run share that: for two builds, sweep with\n"
    "--engine rt,rt@PATH.\n"
    "\n"
    "Status: 0 done; 1 a rule is broken, and the rows are named; 2 the call or a run is wrong, or\n"
    "nothing is in common; 3 FILE cannot be written, or gnuplot is missing.\n"
    "\n"
    "Examples:\n"
    "  gcsweep compare before after\n"
    "  gcsweep compare before after --fail-on 'wall_ns>5%' --fail-on 'gc.collections*!='\n"
    "  gcsweep compare before after --metric wall_ns,peak_rss_bytes -f markdown -o change.md\n";

enum {
    OPTION_FAIL_ON,
    OPTION_METRIC,
    OPTION_ALL,
    OPTION_CONFIDENCE,
    OPTION_FLOOR,
    OPTION_FORMAT,
    OPTION_FORMAT_LONG,
    OPTION_ALL_ROWS,
    OPTION_OUTPUT,
    OPTION_OUTPUT_LONG,
    OPTION_FORCE,
    OPTION_JSON,
    OPTION_PLOT,
};

static const struct bench_option options[] = {
    {"--fail-on", true}, {"--metric", true}, {"--all", false},   {"--confidence", true},
    {"--floor", true},   {"-f", true},       {"--format", true}, {"--all-rows", false},
    {"-o", true},        {"--output", true}, {"--force", false}, {"--json", false},
    {"--plot", true},    {NULL, false}};

enum {
    RULES_MOST = 64
};

struct request {
    const char *sides[2], *output, *plot;
    size_t side_count;
    struct bench_compare_options options;
    struct bench_compare_rule rules[RULES_MOST];
    size_t rule_count;
    enum bench_compare_format format;
    bool all_rows, force;
};

/* ---- The call --------------------------------------------------------------------------------------- */

static int
take_rule(struct request *request, const char *value) {
    char why[512];

    if (request->rule_count == RULES_MOST)
        return bench_say(BENCH_STATUS_USAGE, "compare: at most %d times --fail-on", RULES_MOST);
    if (bench_compare_rule_parse(value, &request->rules[request->rule_count], why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "compare: --fail-on %s", why);
    request->rule_count++;
    return 0;
}

/* As a share. */
static int
take_percent(const char *name, const char *value, double least, double most, double *ret_share) {
    char *end;
    double percent = strtod(value, &end);

    if (end == value || (*end != '\0' && strcmp(end, "%") != 0) ||
        !(percent >= least && percent <= most))
        return bench_say(BENCH_STATUS_USAGE, "compare: %s %s: a number of percent from %g to %g",
                         name, value, least, most);
    *ret_share = percent / 100;
    return 0;
}

static int
take_format(struct request *request, const char *value) {
    static const char *const names[] = {"text", "markdown", "json", "junit", NULL};
    char hint[64];

    request->format = bench_compare_format_find(value);
    if (request->format != BENCH_COMPARE_FORMAT_COUNT)
        return 0;
    bench_say_nearest(bench_say_guess(value, names), hint, sizeof hint);
    return bench_say(BENCH_STATUS_USAGE, "compare: no format %s%s (text, markdown, json, junit)",
                     value, hint);
}

static int
take_option(struct request *request, int option, const char *value) {
    switch (option) {
    case OPTION_FAIL_ON:
        return take_rule(request, value);
    case OPTION_METRIC:
        request->options.metrics = value;
        return 0;
    case OPTION_ALL:
        request->options.metrics = "*";
        return 0;
    case OPTION_CONFIDENCE:
        return take_percent("--confidence", value, 50, 99.999, &request->options.confidence);
    case OPTION_FLOOR:
        return take_percent("--floor", value, 0, 1000, &request->options.floor);
    case OPTION_FORMAT:
    case OPTION_FORMAT_LONG:
        return take_format(request, value);
    case OPTION_OUTPUT:
    case OPTION_OUTPUT_LONG:
        request->output = value;
        return 0;
    case OPTION_PLOT:
        request->plot = value;
        return bench_figure_format(value)
                   ? 0
                   : bench_say(BENCH_STATUS_USAGE,
                               "compare: %s: the name must end in .svg, .png, .pdf or .tsv", value);
    case OPTION_ALL_ROWS:
        request->all_rows = true;
        return 0;
    case OPTION_FORCE:
        request->force = true;
        return 0;
    default:
        request->format = BENCH_COMPARE_JSON;
        return 0;
    }
}

static int
read_request(int argc, char **argv, struct request *request) {
    struct bench_option_reader reader;
    int option, status;

    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WRONG)
            return BENCH_STATUS_USAGE;
        if (option == BENCH_OPTION_WORD && request->side_count == 2)
            return bench_say(BENCH_STATUS_USAGE,
                             "compare: two at a time, %s is one too many; gcsweep history has more",
                             reader.value);
        if (option == BENCH_OPTION_WORD)
            request->sides[request->side_count++] = reader.value;
        else if ((status = take_option(request, option, reader.value)) != 0)
            return status;
    }
    return request->side_count < 2
               ? bench_say(BENCH_STATUS_USAGE, "compare: what with what? gcsweep compare BASE NEW")
               : 0;
}

/* What rules name is looked at, whether or not it would be otherwise. NULL: as the options say. */
static char *
widen_metrics(const struct request *request) {
    char *text = NULL;
    size_t bytes;

    if (request->rule_count == 0)
        return NULL;
    FILE *file = open_memstream(&text, &bytes);
    if (file == NULL)
        return NULL;
    fputs(request->options.metrics != NULL ? request->options.metrics : bench_compare_metrics,
          file);
    for (size_t i = 0; i < request->rule_count; i++) {
        const char *pattern = request->rules[i].pattern;
        if (strcmp(pattern, "deterministic") != 0 && strcmp(pattern, "timed") != 0)
            fprintf(file, ",%s", pattern);
    }
    return fclose(file) == 0 ? text : NULL;
}

/* ---- The work --------------------------------------------------------------------------------------- */

static int
status_of(int error) {
    return error == -ENOMEM || error == -EIO || error == -ENOSPC || error == -EACCES ||
                   error == -ENOPKG
               ? BENCH_STATUS_ENVIRONMENT
               : BENCH_STATUS_USAGE;
}

static int
write_out(const struct request *request, const struct bench_compare *compare, char *why,
          size_t why_bytes) {
    struct bench_output output;
    int error = bench_output_open(&output, request->output, request->force, why, why_bytes);

    if (error != 0)
        return error;
    bench_compare_write(compare, request->format, request->all_rows, output.file);
    return bench_output_finish(&output, why, why_bytes);
}

static int
compare_runs(struct request *request) {
    struct bench_compare compare;
    char why[4096] = "";
    int error = bench_compare_read(request->sides[0], request->sides[1], &request->options,
                                   &compare, why, sizeof why);

    if (error != 0)
        return bench_say(status_of(error), "compare: %s", why);
    if (request->rule_count > 0)
        error = bench_compare_judge(&compare, request->rules, request->rule_count, why, sizeof why);
    if (error == 0 && request->plot != NULL)
        error = bench_figure_forest_draw(&compare, request->plot,
                                         bench_figure_format(request->plot), why, sizeof why);
    if (error == 0)
        error = write_out(request, &compare, why, sizeof why);
    int status = error != 0           ? bench_say(status_of(error), "compare: %s", why)
                 : compare.failed > 0 ? BENCH_STATUS_NO
                                      : BENCH_STATUS_DONE;
    bench_compare_fini(&compare);
    return status;
}

static int
run(int argc, char **argv) {
    struct request request = {.options = bench_compare_defaults()};
    int status = read_request(argc, argv, &request);

    if (status != 0)
        return status;
    char *metrics = widen_metrics(&request);
    if (metrics != NULL)
        request.options.metrics = metrics;
    status = compare_runs(&request);
    free(metrics);
    return status;
}

const struct bench_verb bench_verb_compare = {
    .name = "compare",
    .summary = "hold two runs, or two parts of one, against each other: better, worse, how sure",
    .help = help,
    .run = run,
};
