/* SPDX-License-Identifier: MIT
 *
 * export/csv.c: one row a cell, lines ending in CR LF as RFC 4180 has it. Which columns there are follows from
 * the run's knobs and metrics, and not from what its cells happen to have: what a cell does not have is empty.
 */
#include <inttypes.h>
#include <string.h>

#include "bench/export/file.h"

struct table {
    struct bench_export *export;
    const struct bench_export_config *config;
    size_t column; /* the metric whose place comes next */
};

static void
write_heading(const struct bench_export *export) {
    fputs("cell,config,workload,engine", export->out);
    for (size_t i = 0; i < export->swept_count; i++) {
        fputc(',', export->out);
        bench_export_csv(export->out, export->swept[i]);
    }
    fputs(",block,position,seed,state,exit_status,signal,why,digest,started,elapsed_ns",
          export->out);
    for (size_t i = 0; i < export->metric_count; i++) {
        fputc(',', export->out);
        bench_export_csv(export->out, export->metrics[i].name);
    }
    fputs("\r\n", export->out);
}

static void
skip_columns(FILE *out, size_t count) {
    static const char commas[] = ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,";

    for (size_t most = sizeof commas - 1; count > 0;) {
        size_t now = count < most ? count : most;
        fwrite(commas, 1, now, out);
        count -= now;
    }
}

static int
write_value(void *context, size_t metric, double value) {
    struct table *table = context;

    skip_columns(table->export->out, metric + 1 - table->column);
    table->column = metric + 1;
    bench_export_number(table->export->out, value);
    return 0;
}

/* Both lists are by name; a workload does not have the knobs of another. */
static void
write_knobs(const struct bench_export *export, const struct bench_export_config *config) {
    size_t at = 0;

    for (size_t i = 0; i < export->swept_count; i++) {
        fputc(',', export->out);
        while (at < config->setting_count &&
               strcmp(config->settings[at].knob, export->swept[i]) < 0)
            at++;
        if (at < config->setting_count && strcmp(config->settings[at].knob, export->swept[i]) == 0)
            bench_export_csv(export->out, config->settings[at].value);
    }
}

static void
write_outcome(FILE *out, const struct bench_store_cell *cell) {
    bool is_over = cell->state != BENCH_CELL_PLANNED;

    fprintf(out, ",%" PRId64 ",%" PRId64 ",%" PRIu64 ",%s,", cell->block, cell->position,
            cell->seed, bench_cell_state_name(cell->state));
    if (cell->exit_status >= 0)
        fprintf(out, "%d", cell->exit_status);
    fputc(',', out);
    if (cell->signal != 0)
        fprintf(out, "%d", cell->signal);
    fputc(',', out);
    bench_export_csv(out, cell->why);
    fprintf(out, ",%s,%s,", cell->digest == NULL ? "" : cell->digest,
            cell->started == NULL ? "" : cell->started);
    if (is_over)
        fprintf(out, "%" PRIu64, cell->elapsed_ns);
}

static int
write_cell(void *context, const struct bench_store_cell *cell) {
    struct table *table = context;
    const struct bench_export_config *config = table->config;
    FILE *out = table->export->out;

    fprintf(out, "%" PRId64 ",%" PRId64 ",%s,", cell->id, config->id, config->workload);
    bench_export_csv(out, config->engine);
    write_knobs(table->export, config);
    write_outcome(out, cell);
    table->column = 0;
    int error = bench_export_each_value(table->export, cell->id, write_value, table);
    skip_columns(out, table->export->metric_count - table->column);
    fputs("\r\n", out);
    return error;
}

static int
write_config(void *context, const struct bench_export_config *config) {
    struct table *table = context;

    table->config = config;
    return bench_export_each_cell(table->export, config->id, write_cell, table);
}

int
bench_export_csv_write(struct bench_export *export) {
    struct table table = {.export = export};

    write_heading(export);
    return bench_export_each_config(export, write_config, &table);
}
