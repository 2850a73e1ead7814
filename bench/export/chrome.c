/* SPDX-License-Identifier: MIT
 *
 * export/chrome.c: trace events as Chrome wrote them first, which Perfetto opens. Each cell is a process; its phases,
 * the work and the release of everything behind it, are long events on its first track, collections are events on a
 * track for each generation, and what was sampled over time (memory, a workload's own curves) is a counter, and so is
 * the time of an operation. Time counts from where the work began, in microseconds, so that all cells begin together;
 * what was sampled before that stands at its beginning.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"

enum {
    TRACK_WORK,
    TRACK_GENERATION
};

struct trace {
    struct bench_export *export;
    const struct bench_export_config *config;
    int64_t pid;    /* the cell */
    double wall_ns; /* of its work; 0: not known */
    size_t count;
};

static void
begin_event(struct trace *trace, const char *phase, const char *name) {
    FILE *out = trace->export->out;

    fputs(trace->count++ == 0 ? "\n{" : ",\n{", out);
    bench_export_field(out, "name", name);
    fprintf(out, ", \"ph\": \"%s\", \"pid\": %" PRId64, phase, trace->pid);
}

static void
write_us(FILE *out, const char *key, int64_t ns) {
    fprintf(out, ", \"%s\": %" PRId64 ".%03d", key, ns / 1000, (int)(ns % 1000));
}

static void
write_name(struct trace *trace, const char *what, int track, const char *name) {
    begin_event(trace, "M", what);
    fprintf(trace->export->out, ", \"tid\": %d, \"args\": {", track);
    bench_export_field(trace->export->out, "name", name);
    fputs("}}", trace->export->out);
}

/* ---- What there is over time ------------------------------------------------------------------------- */

static void
write_collections(struct trace *trace, int generation, const struct bench_series *series) {
    FILE *out = trace->export->out;
    char name[32];

    snprintf(name, sizeof name, "generation %d", generation);
    write_name(trace, "thread_name", TRACK_GENERATION + generation, name);
    for (size_t i = 0; i < series->count; i++) {
        begin_event(trace, "X", name);
        fprintf(out, ", \"tid\": %d, \"cat\": \"gc\"", TRACK_GENERATION + generation);
        write_us(out, "ts", series->samples[i].t_ns);
        write_us(out, "dur", series->samples[i].value);
        fputc('}', out);
    }
}

static void
write_counter(struct trace *trace, const struct bench_store_series *series) {
    FILE *out = trace->export->out;

    for (size_t i = 0; i < series->points.count; i++) {
        const struct bench_sample *sample = &series->points.samples[i];
        if (sample->t_ns < 0 && i + 1 < series->points.count && sample[1].t_ns <= 0)
            continue;
        begin_event(trace, "C", series->name);
        write_us(out, "ts", sample->t_ns < 0 ? 0 : sample->t_ns);
        fputs(", \"args\": {", out);
        bench_export_json(out, series->unit);
        fprintf(out, ": %" PRId64 "}}", sample->value);
    }
}

/* Spans of operations, of which only the number and the mean time are known: each gets the share of the work that its
 * operations had of the time of all of them. */
static void
write_pace(struct trace *trace, const struct bench_series *pace) {
    double all_ps = 0, before_ps = 0;
    int64_t from = 0;

    for (size_t i = 0; i < pace->count; from = pace->samples[i++].t_ns)
        all_ps += (double)(pace->samples[i].t_ns - from) * (double)pace->samples[i].value;
    from = 0;
    for (size_t i = 0; all_ps > 0 && i < pace->count; from = pace->samples[i++].t_ns) {
        begin_event(trace, "C", "operation");
        write_us(trace->export->out, "ts", (int64_t)(trace->wall_ns * before_ps / all_ps));
        fputs(", \"args\": {\"ns\": ", trace->export->out);
        bench_export_number(trace->export->out, (double)pace->samples[i].value / 1000);
        fputs("}}", trace->export->out);
        before_ps += (double)(pace->samples[i].t_ns - from) * (double)pace->samples[i].value;
    }
}

/* The runner goes on sampling until everything is released. */
static void
write_release(struct trace *trace, const struct bench_series *resident) {
    int64_t wall_ns = (int64_t)trace->wall_ns;
    int64_t end_ns = resident->count == 0 ? 0 : resident->samples[resident->count - 1].t_ns;

    if (wall_ns == 0 || end_ns <= wall_ns)
        return;
    begin_event(trace, "X", "release");
    fprintf(trace->export->out, ", \"tid\": %d, \"cat\": \"work\"", TRACK_WORK);
    write_us(trace->export->out, "ts", wall_ns);
    write_us(trace->export->out, "dur", end_ns - wall_ns);
    fputc('}', trace->export->out);
}

static int
write_series(void *context, const struct bench_store_series *series) {
    struct trace *trace = context;
    const char *number = series->name + strlen("collections");

    if (strcmp(series->name, "pace") == 0)
        write_pace(trace, &series->points);
    if (strcmp(series->name, "resident") == 0)
        write_release(trace, &series->points);
    if (strcmp(series->at_unit, "ns") != 0 || strcmp(series->name, "mmu") == 0)
        return 0; /* no time line: the second one is of windows */
    if (strncmp(series->name, "collections", strlen("collections")) == 0 && number[0] >= '0' &&
        number[0] <= '9' && number[1] == '\0')
        write_collections(trace, number[0] - '0', &series->points);
    else
        write_counter(trace, series);
    return 0;
}

/* ---- Cells -------------------------------------------------------------------------------------------- */

static int
take_wall(void *context, const char *metric, double value) {
    if (strcmp(metric, "wall_ns") == 0)
        *(double *)context = value;
    return 0;
}

static void
write_work(struct trace *trace, const struct bench_store_cell *cell) {
    FILE *out = trace->export->out;

    begin_event(trace, "X", trace->config->name);
    fprintf(out, ", \"tid\": %d, \"cat\": \"work\"", TRACK_WORK);
    write_us(out, "ts", 0);
    write_us(out, "dur", (int64_t)trace->wall_ns);
    fprintf(out, ", \"args\": {\"cell\": %" PRId64 ", \"block\": %" PRId64 ", \"seed\": %" PRIu64,
            cell->id, cell->block, cell->seed);
    for (size_t i = 0; i < trace->config->setting_count; i++) {
        fputs(", ", out);
        bench_export_field(out, trace->config->settings[i].knob, trace->config->settings[i].value);
    }
    fputs("}}", out);
}

static int
write_cell(void *context, const struct bench_store_cell *cell) {
    struct trace *trace = context;
    struct bench_store *store = trace->export->store;
    char name[BENCH_EXPORT_NAME_BYTES + 64];

    if (cell->state == BENCH_CELL_PLANNED)
        return 0;
    trace->pid = cell->id;
    trace->wall_ns = 0;
    snprintf(name, sizeof name, "%s, block %" PRId64 "%s%s", trace->config->name, cell->block,
             cell->state == BENCH_CELL_FINISHED ? "" : ": ",
             cell->state == BENCH_CELL_FINISHED ? "" : bench_cell_state_name(cell->state));
    write_name(trace, "process_name", TRACK_WORK, name);
    write_name(trace, "thread_name", TRACK_WORK, "work");
    int error = bench_store_each_value(store, cell->id, take_wall, &trace->wall_ns);
    if (error == 0 && trace->wall_ns > 0)
        write_work(trace, cell);
    return error == 0 ? bench_store_each_series(store, cell->id, write_series, trace) : error;
}

static int
write_config(void *context, const struct bench_export_config *config) {
    struct trace *trace = context;

    trace->config = config;
    return bench_export_each_cell(trace->export, config->id, write_cell, trace);
}

int
bench_export_chrome_write(struct bench_export *export) {
    struct trace trace = {.export = export};

    fputs("{\"displayTimeUnit\": \"ms\", \"otherData\": {", export->out);
    bench_export_field(export->out, "run", export->run_name);
    fputs("}, \"traceEvents\": [", export->out);
    int error = bench_export_each_config(export, write_config, &trace);
    fputs("\n]}\n", export->out);
    return error;
}
