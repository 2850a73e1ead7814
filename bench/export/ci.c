/* SPDX-License-Identifier: MIT
 *
 * export/ci.c: what continuous integration reads: medians for Bencher and for github-action-benchmark, and tests
 * for whatever shows JUnit's. Of a configuration none of whose cells finished there are no medians.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"

struct list {
    struct bench_export *export;
    const char *better;                     /* of the metrics that are wanted */
    struct bench_export_summary *summaries; /* of one configuration, by metric */
    size_t count;
};

/* ---- Bencher ----------------------------------------------------------------------------------------- */

static void
write_measure(FILE *out, const char *metric, const struct bench_export_summary *summary) {
    bench_export_json(out, metric);
    fputs(": {\"value\": ", out);
    bench_export_number(out, summary->median);
    fputs(", \"lower_value\": ", out);
    bench_export_number(out, summary->low);
    fputs(", \"upper_value\": ", out);
    bench_export_number(out, summary->high);
    fputc('}', out);
}

static int
write_measures(void *context, const struct bench_export_config *config) {
    struct list *list = context;
    const struct bench_export *export = list->export;
    FILE *out = export->out;
    size_t measures = 0;
    int error = bench_export_summarise_all(list->export, config->id, list->summaries);

    for (size_t i = 0; error == 0 && i < export->metric_count; i++) {
        if (list->summaries[i].count == 0)
            continue;
        if (measures++ == 0) {
            fputs(list->count++ == 0 ? "\n  " : ",\n  ", out);
            bench_export_json(out, config->name);
            fputs(": {", out);
        }
        fputs(measures == 1 ? "\n    " : ",\n    ", out);
        write_measure(out, export->metrics[i].name, &list->summaries[i]);
    }
    fputs(measures > 0 ? "\n  }" : "", out);
    return error;
}

/* Calls `fn` for each configuration, with a list that has room for its summaries. */
static int
write_list(struct bench_export *export, const char *better,
           int (*fn)(void *context, const struct bench_export_config *config)) {
    struct list list = {.export = export,
                        .better = better,
                        .summaries = calloc(export->metric_count + 1, sizeof *list.summaries)};
    int error = list.summaries == NULL ? -ENOMEM : bench_export_each_config(export, fn, &list);

    free(list.summaries);
    return error;
}

int
bench_export_bmf_write(struct bench_export *export) {
    fputc('{', export->out);
    int error = write_list(export, NULL, write_measures);
    fputs("\n}\n", export->out);
    return error;
}

/* ---- github-action-benchmark -------------------------------------------------------------------------- */

static void
write_benchmark(struct list *list, const struct bench_export_config *config,
                const struct bench_store_metric *metric,
                const struct bench_export_summary *summary) {
    FILE *out = list->export->out;
    char name[BENCH_EXPORT_NAME_BYTES + 128], text[128];

    snprintf(name, sizeof name, "%s: %s", config->name, metric->name);
    fputs(list->count++ == 0 ? "\n  {" : ",\n  {", out);
    bench_export_field(out, "name", name);
    fputs(", ", out);
    bench_export_field(out, "unit", metric->unit);
    fputs(", \"value\": ", out);
    bench_export_number(out, summary->median);
    snprintf(text, sizeof text, "%.6g to %.6g", summary->low, summary->high);
    fputs(", ", out);
    bench_export_field(out, "range", text);
    snprintf(text, sizeof text, "median of %zu cells of run %.64s", summary->count,
             list->export->run_name);
    fputs(", ", out);
    bench_export_field(out, "extra", text);
    fputc('}', out);
}

static int
write_benchmarks(void *context, const struct bench_export_config *config) {
    struct list *list = context;
    const struct bench_export *export = list->export;
    int error = bench_export_summarise_all(list->export, config->id, list->summaries);

    for (size_t i = 0; error == 0 && i < export->metric_count; i++)
        if (list->summaries[i].count > 0 && strcmp(export->metrics[i].better, list->better) == 0)
            write_benchmark(list, config, &export->metrics[i], &list->summaries[i]);
    return error;
}

static int
write_github(struct bench_export *export, const char *better) {
    fputc('[', export->out);
    int error = write_list(export, better, write_benchmarks);
    fputs("\n]\n", export->out);
    return error;
}

int
bench_export_github_write(struct bench_export *export) {
    return write_github(export, "lower");
}

int
bench_export_github_bigger_write(struct bench_export *export) {
    return write_github(export, "higher");
}

/* ---- JUnit -------------------------------------------------------------------------------------------- */

struct tests {
    struct bench_export *export;
    const struct bench_export_config *config;
    size_t states[BENCH_CELL_STATE_COUNT], count;
    uint64_t elapsed_ns;
    char started[32]; /* of the first cell */
};

static int
count_cell(void *context, const struct bench_store_cell *cell) {
    struct tests *tests = context;

    tests->states[cell->state]++;
    tests->elapsed_ns += cell->state == BENCH_CELL_PLANNED ? 0 : cell->elapsed_ns;
    if (tests->count++ == 0 && cell->started != NULL)
        snprintf(tests->started, sizeof tests->started, "%.19s", cell->started);
    return 0;
}

/* A wrong answer is a failure; everything else that kept a cell from one is an error. */
static void
write_trouble(FILE *out, const struct bench_store_cell *cell) {
    const char *element = cell->state == BENCH_CELL_WRONG ? "failure" : "error";

    fprintf(out, "      <%s type=\"%s\" message=\"", element, bench_cell_state_name(cell->state));
    bench_export_xml(out, cell->why == NULL ? "" : cell->why);
    fputs("\">", out);
    bench_export_xml(out, cell->stderr_tail == NULL ? "" : cell->stderr_tail);
    fprintf(out, "</%s>\n", element);
}

static int
write_case(void *context, const struct bench_store_cell *cell) {
    const struct tests *tests = context;
    FILE *out = tests->export->out;

    fputs("    <testcase classname=\"", out);
    bench_export_xml(out, tests->config->name);
    fprintf(out, "\" name=\"block %" PRId64 ", seed %" PRIu64 "\" time=\"%.9f\">\n", cell->block,
            cell->seed, cell->state == BENCH_CELL_PLANNED ? 0 : (double)cell->elapsed_ns / 1e9);
    if (cell->state == BENCH_CELL_PLANNED)
        fputs("      <skipped message=\"not run yet\"/>\n", out);
    else if (cell->state != BENCH_CELL_FINISHED)
        write_trouble(out, cell);
    fputs("    </testcase>\n", out);
    return 0;
}

static int
write_suite(void *context, const struct bench_export_config *config) {
    struct tests tests = {.export = ((struct list *)context)->export, .config = config};
    FILE *out = tests.export->out;
    int error = bench_export_each_cell(tests.export, config->id, count_cell, &tests);

    if (error != 0 || tests.count == 0)
        return error;
    fputs("  <testsuite name=\"", out);
    bench_export_xml(out, config->name);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.9f\"",
            tests.count, tests.states[BENCH_CELL_WRONG],
            tests.states[BENCH_CELL_FAILED] + tests.states[BENCH_CELL_TIMEOUT] +
                tests.states[BENCH_CELL_MEMORY],
            tests.states[BENCH_CELL_PLANNED], (double)tests.elapsed_ns / 1e9);
    if (tests.started[0] != '\0')
        fprintf(out, " timestamp=\"%s\"", tests.started);
    fputs(">\n", out);
    error = bench_export_each_cell(tests.export, config->id, write_case, &tests);
    fputs("  </testsuite>\n", out);
    return error;
}

int
bench_export_junit_write(struct bench_export *export) {
    struct list list = {.export = export};

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gcsweep ", export->out);
    bench_export_xml(export->out, export->run_name);
    fputs("\">\n", export->out);
    int error = bench_export_each_config(export, write_suite, &list);
    fputs("</testsuites>\n", export->out);
    return error;
}
