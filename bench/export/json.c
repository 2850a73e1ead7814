/* SPDX-License-Identifier: MIT
 *
 * export/json.c: the document that results/export.schema.json describes: facts, knobs, metrics, and the
 * configurations with their cells. Names that are stable are those of results/schema.md.
 */
#include <inttypes.h>

#include "bench/export/file.h"

struct document {
    struct bench_export *export;
    size_t count; /* of what is written of the innermost list */
    size_t configs;
};

/* Between the entries of a list or object. */
static void
separate(struct document *document, const char *indent) {
    fprintf(document->export->out, "%s\n%s", document->count++ == 0 ? "" : ",", indent);
}

static int
write_fact(void *context, const char *key, const char *value) {
    struct document *document = context;

    separate(document, "    ");
    bench_export_json(document->export->out, key);
    fputs(": ", document->export->out);
    bench_export_json(document->export->out, value);
    return 0;
}

static int
write_workload(void *context, const struct bench_store_workload *row) {
    struct document *document = context;
    FILE *out = document->export->out;

    separate(document, "    {");
    bench_export_field(out, "name", row->name);
    fprintf(out, ", \"version\": %" PRId64 ", ", row->version);
    bench_export_field(out, "summary", row->summary);
    fputs(", ", out);
    bench_export_field(out, "variant", row->variant[0] == '\0' ? NULL : row->variant);
    fputc('}', out);
    return 0;
}

static int
write_knob(void *context, const struct bench_store_knob *row) {
    struct document *document = context;
    FILE *out = document->export->out;
    const char *const texts[][2] = {{"name", row->name},
                                    {"type", row->type},
                                    {"unit", row->unit},
                                    {"initial", row->initial},
                                    {"help", row->help}};

    separate(document, "    {");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bench_export_field(out, texts[i][0], texts[i][1]);
        fputs(", ", out);
    }
    fprintf(out, "\"swept\": %s}", row->swept ? "true" : "false");
    return 0;
}

static void
write_metrics(struct document *document) {
    const struct bench_export *export = document->export;

    for (size_t i = 0; i < export->metric_count; i++) {
        separate(document, "    {");
        bench_export_field(export->out, "name", export->metrics[i].name);
        fputs(", ", export->out);
        bench_export_field(export->out, "unit", export->metrics[i].unit);
        fputs(", ", export->out);
        bench_export_field(export->out, "better", export->metrics[i].better);
        fprintf(export->out, ", \"deterministic\": %s, ",
                export->metrics[i].deterministic ? "true" : "false");
        bench_export_field(export->out, "help", export->metrics[i].help);
        fputc('}', export->out);
    }
}

static int
write_value(void *context, size_t metric, double value) {
    struct document *document = context;
    FILE *out = document->export->out;

    if (document->count++ > 0)
        fputs(", ", out);
    bench_export_json(out, document->export->metrics[metric].name);
    fputs(": ", out);
    bench_export_number(out, value);
    return 0;
}

static void
write_whole(FILE *out, const char *key, bool is_there, uint64_t value) {
    if (is_there)
        fprintf(out, ", \"%s\": %" PRIu64, key, value);
    else
        fprintf(out, ", \"%s\": null", key);
}

static int
write_cell(void *context, const struct bench_store_cell *cell) {
    struct document *document = context;
    FILE *out = document->export->out;
    const char *const texts[][2] = {{"why", cell->why},
                                    {"stderr_tail", cell->stderr_tail},
                                    {"digest", cell->digest},
                                    {"started", cell->started}};

    separate(document, "        {");
    size_t count = document->count;
    fprintf(out,
            "\"id\": %" PRId64 ", \"block\": %" PRId64 ", \"position\": %" PRId64
            ", \"seed\": %" PRIu64 ", \"state\": \"%s\"",
            cell->id, cell->block, cell->position, cell->seed, bench_cell_state_name(cell->state));
    write_whole(out, "exit_status", cell->exit_status >= 0, (uint64_t)cell->exit_status);
    write_whole(out, "signal", cell->signal != 0, (uint64_t)cell->signal);
    write_whole(out, "elapsed_ns", cell->state != BENCH_CELL_PLANNED, cell->elapsed_ns);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fputs(", ", out);
        bench_export_field(out, texts[i][0], texts[i][1]);
    }
    fputs(", \"values\": {", out);
    document->count = 0;
    int error = bench_export_each_value(document->export, cell->id, write_value, document);
    document->count = count;
    fputs("}}", out);
    return error;
}

static void
write_settings(FILE *out, const struct bench_export_config *config) {
    for (size_t i = 0; i < config->setting_count; i++) {
        fputs(i == 0 ? "" : ", ", out);
        bench_export_json(out, config->settings[i].knob);
        fputs(": {", out);
        bench_export_field(out, "value", config->settings[i].value);
        fputs(", \"number\": ", out);
        bench_export_number(out, config->settings[i].number);
        fputc('}', out);
    }
}

static int
write_config(void *context, const struct bench_export_config *config) {
    struct document *document = context;
    FILE *out = document->export->out;
    const char *const texts[][2] = {
        {"workload", config->workload}, {"engine", config->engine}, {"label", config->label}};

    document->count = document->configs++;
    separate(document, "    {");
    fprintf(out, "\"id\": %" PRId64 ", \"reference\": %" PRId64, config->id, config->reference);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fputs(", ", out);
        bench_export_field(out, texts[i][0], texts[i][1]);
    }
    fputs(",\n      \"knobs\": {", out);
    write_settings(out, config);
    fputs("},\n      \"cells\": [", out);
    document->count = 0;
    int error = bench_export_each_cell(document->export, config->id, write_cell, document);
    fputs("]}", out);
    return error;
}

static int
write_rest(struct document *document) {
    FILE *out = document->export->out;
    struct bench_store *store = document->export->store;

    fputs("},\n  \"workloads\": [", out);
    document->count = 0;
    int error = bench_store_each_workload(store, write_workload, document);
    fputs("],\n  \"knobs\": [", out);
    document->count = 0;
    if (error == 0)
        error = bench_store_each_knob(store, write_knob, document);
    fputs("],\n  \"metrics\": [", out);
    document->count = 0;
    write_metrics(document);
    fputs("],\n  \"configs\": [", out);
    if (error == 0)
        error = bench_export_each_config(document->export, write_config, document);
    fputs("]\n}\n", out);
    return error;
}

int
bench_export_json_write(struct bench_export *export) {
    struct document document = {.export = export};

    fputs("{\n  \"schema\": \"gcsweep.export/1\",\n  \"run\": {", export->out);
    int error = bench_store_each_fact(export->store, BENCH_STORE_RUN, write_fact, &document);
    fputs("},\n  \"environment\": {", export->out);
    document.count = 0;
    if (error == 0)
        error =
            bench_store_each_fact(export->store, BENCH_STORE_ENVIRONMENT, write_fact, &document);
    return error == 0 ? write_rest(&document) : error;
}
