/* SPDX-License-Identifier: MIT
 *
 * export_ci.c: what continuous integration reads: medians for Bencher and for github-action-benchmark, and tests
 * for whatever shows JUnit's. Of a configuration none of whose cells finished there are no medians.
 */
#include <inttypes.h>
#include <string.h>

#include "bench/export_file.h"

struct list {
    struct bench_export *export;
    const char *better; /* of the metrics that are wanted; NULL: of all */
    size_t count;
};

/* ---- Bencher ----------------------------------------------------------------------------------------- */

static int
write_measures(void *context, const struct bench_export_config *config) {
    struct list *list = context;
    struct bench_export *export = list->export;
    struct bench_export_summary summary;
    size_t measures = 0;

    for (size_t i = 0; i < export->metric_count; i++) {
        int error = bench_export_summarise(export, config->id, export->metrics[i].name, &summary);
        if (error != 0)
            return error;
        if (summary.count == 0)
            continue;
        if (measures++ == 0) {
            fputs(list->count++ == 0 ? "\n  " : ",\n  ", export->out);
            bench_export_json(export->out, config->name);
            fputs(": {", export->out);
        }
        fputs(measures == 1 ? "\n    " : ",\n    ", export->out);
        bench_export_json(export->out, export->metrics[i].name);
        fputs(": {\"value\": ", export->out);
        bench_export_number(export->out, summary.median);
        fputs(", \"lower_value\": ", export->out);
        bench_export_number(export->out, summary.low);
        fputs(", \"upper_value\": ", export->out);
        bench_export_number(export->out, summary.high);
        fputc('}', export->out);
    }
    fputs(measures > 0 ? "\n  }" : "", export->out);
    return bench_output_is_broken(export->output) ? export->output->error : 0;
}

int
bench_export_bmf_write(struct bench_export *export) {
    struct list list = {.export = export};

    fputc('{', export->out);
    int error = bench_export_each_config(export, write_measures, &list);
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
    struct bench_export *export = list->export;
    struct bench_export_summary summary;

    for (size_t i = 0; i < export->metric_count; i++) {
        const struct bench_store_metric *metric = &export->metrics[i];
        if (strcmp(metric->better, list->better) != 0)
            continue;
        int error = bench_export_summarise(export, config->id, metric->name, &summary);
        if (error != 0)
            return error;
        if (summary.count > 0)
            write_benchmark(list, config, metric, &summary);
    }
    return bench_output_is_broken(export->output) ? export->output->error : 0;
}

static int
write_github(struct bench_export *export, const char *better) {
    struct list list = {.export = export, .better = better};

    fputc('[', export->out);
    int error = bench_export_each_config(export, write_benchmarks, &list);
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
