/* SPDX-License-Identifier: MIT
 *
 * export/gbench.c: a run as Google Benchmark would have written it. A configuration is a benchmark, a cell is a
 * repetition of one iteration, the other metrics are counters; then come mean, median, deviation and its ratio to
 * the mean. A cell that did not finish is an entry with error_occurred and no time, as there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"

enum {
    WALL,
    CPU,
    COUNTERS, /* the first of the chosen metrics; times are not counted twice */
};

enum aggregate {
    MEAN,
    MEDIAN,
    DEVIATION,
    VARIATION,
    AGGREGATES
};

struct suite {
    struct bench_export *export;
    const struct bench_export_config *config;
    char name[BENCH_EXPORT_NAME_BYTES];
    size_t family, count, repetition, repetitions;
    double times[2];
    bool has_times[2];
};

static bool
is_time(const char *metric) {
    return strcmp(metric, "wall_ns") == 0 || strcmp(metric, "cpu_ns") == 0;
}

/* "churn/alloc.backend=pool,alloc.arena=1MiB" */
static void
make_name(struct suite *suite) {
    const char *label = suite->config->label;

    snprintf(suite->name, sizeof suite->name, "%s%s%s", suite->config->workload,
             label[0] == '\0' ? "" : "/", label);
    for (char *at = suite->name; *at != '\0'; at++)
        if (*at == ' ')
            *at = ',';
}

static void
begin_entry(struct suite *suite, const char *suffix) {
    FILE *out = suite->export->out;
    char name[BENCH_EXPORT_NAME_BYTES + 16];

    snprintf(name, sizeof name, "%s%s", suite->name, suffix);
    fputs(suite->count++ == 0 ? "\n    {" : ",\n    {", out);
    bench_export_field(out, "name", name);
    fprintf(out, ", \"family_index\": %zu, \"per_family_instance_index\": 0, ", suite->family);
    bench_export_field(out, "run_name", suite->name);
    fprintf(out, ", \"repetitions\": %zu, \"threads\": 1, ", suite->repetitions);
}

/* ---- Repetitions ------------------------------------------------------------------------------------- */

static int
take_time(void *context, const char *metric, double value) {
    struct suite *suite = context;
    size_t which = strcmp(metric, "wall_ns") == 0 ? WALL : CPU;

    if (is_time(metric)) {
        suite->times[which] = value;
        suite->has_times[which] = true;
    }
    return 0;
}

static int
write_counter(void *context, size_t metric, double value) {
    const struct suite *suite = context;
    const char *name = suite->export->metrics[metric].name;

    if (is_time(name))
        return 0;
    fputs(", ", suite->export->out);
    bench_export_json(suite->export->out, name);
    fputs(": ", suite->export->out);
    bench_export_number(suite->export->out, value);
    return 0;
}

static int
write_cell(void *context, const struct bench_store_cell *cell) {
    struct suite *suite = context;
    FILE *out = suite->export->out;
    bool is_good = cell->state == BENCH_CELL_FINISHED;
    int error = 0;

    suite->times[WALL] = suite->times[CPU] = 0;
    if (is_good)
        error = bench_store_each_value(suite->export->store, cell->id, take_time, suite);
    begin_entry(suite, "");
    fprintf(out, "\"run_type\": \"iteration\", \"repetition_index\": %zu, ", suite->repetition++);
    if (!is_good) {
        fputs("\"error_occurred\": true, ", out);
        bench_export_field(out, "error_message",
                           cell->why == NULL ? bench_cell_state_name(cell->state) : cell->why);
        fputs(", ", out);
    }
    fprintf(out, "\"iterations\": %d, \"real_time\": ", is_good);
    bench_export_number(out, suite->times[WALL]);
    fputs(", \"cpu_time\": ", out);
    bench_export_number(out, suite->times[CPU]);
    fputs(", \"time_unit\": \"ns\"", out);
    if (error == 0 && is_good)
        error = bench_export_each_value(suite->export, cell->id, write_counter, suite);
    fputc('}', out);
    return error;
}

/* ---- Aggregates -------------------------------------------------------------------------------------- */

static double
aggregate_of(const struct bench_export_summary *summary, enum aggregate which) {
    switch (which) {
    case MEAN:
        return summary->mean;
    case MEDIAN:
        return summary->median;
    case DEVIATION:
        return summary->deviation;
    default:
        return summary->mean == 0 ? 0 : summary->deviation / summary->mean;
    }
}

static void
write_aggregate(struct suite *suite, const struct bench_export_summary *summaries,
                enum aggregate which) {
    static const char *const names[AGGREGATES] = {"mean", "median", "stddev", "cv"};
    const struct bench_export *export = suite->export;
    FILE *out = export->out;
    char suffix[16];

    snprintf(suffix, sizeof suffix, "_%s", names[which]);
    begin_entry(suite, suffix);
    fprintf(out, "\"run_type\": \"aggregate\", \"aggregate_name\": \"%s\", ", names[which]);
    fprintf(out, "\"aggregate_unit\": \"%s\", ", which == VARIATION ? "percentage" : "time");
    fprintf(out, "\"iterations\": %zu, \"real_time\": ", summaries[WALL].count);
    bench_export_number(out, aggregate_of(&summaries[WALL], which));
    fputs(", \"cpu_time\": ", out);
    bench_export_number(out, aggregate_of(&summaries[CPU], which));
    fputs(", \"time_unit\": \"ns\"", out);
    for (size_t i = 0; i < export->metric_count; i++) {
        if (is_time(export->metrics[i].name) || summaries[COUNTERS + i].count == 0)
            continue;
        fputs(", ", out);
        bench_export_json(out, export->metrics[i].name);
        fputs(": ", out);
        bench_export_number(out, aggregate_of(&summaries[COUNTERS + i], which));
    }
    fputc('}', out);
}

static int
write_aggregates(struct suite *suite) {
    struct bench_export *export = suite->export;
    struct bench_export_summary *summaries =
        calloc(COUNTERS + export->metric_count, sizeof *summaries);
    int64_t id = suite->config->id;
    int error = summaries == NULL ? -ENOMEM : 0;

    if (error == 0)
        error = bench_export_summarise(export, id, "wall_ns", &summaries[WALL]);
    if (error == 0)
        error = bench_export_summarise(export, id, "cpu_ns", &summaries[CPU]);
    if (error == 0)
        error = bench_export_summarise_all(export, id, &summaries[COUNTERS]);
    for (int i = 0; error == 0 && i < AGGREGATES && summaries[WALL].count > 1; i++)
        write_aggregate(suite, summaries, (enum aggregate)i);
    free(summaries);
    return error;
}

/* ---- The document ------------------------------------------------------------------------------------ */

static int
count_cell(void *context, const struct bench_store_cell *cell) {
    (void)cell;
    ++*(size_t *)context;
    return 0;
}

static int
write_config(void *context, const struct bench_export_config *config) {
    struct suite *suite = context;
    int error;

    suite->config = config;
    suite->repetition = suite->repetitions = 0;
    make_name(suite);
    error = bench_export_each_cell(suite->export, config->id, count_cell, &suite->repetitions);
    if (error == 0)
        error = bench_export_each_cell(suite->export, config->id, write_cell, suite);
    if (error == 0)
        error = write_aggregates(suite);
    suite->family++;
    return error;
}

/* What readers may expect is there, even where a run file does not say it. */
static void
write_context(struct bench_export *export) {
    static const struct {
        const char *key, *fact;
        enum bench_store_facts which;
    } rows[] = {
        {"date", "created", BENCH_STORE_RUN},
        {"run", "name", BENCH_STORE_RUN},
        {"suite", "suite", BENCH_STORE_RUN},
        {"gcsweep", "gcsweep", BENCH_STORE_RUN},
        {"cpu", "cpu", BENCH_STORE_ENVIRONMENT},
        {"kernel", "kernel", BENCH_STORE_ENVIRONMENT},
        {"commit", "commit", BENCH_STORE_ENVIRONMENT},
    };
    char fact[BENCH_EXPORT_FACT_BYTES];

    fputs("{\n  \"context\": {", export->out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bench_export_fact(export, rows[i].which, rows[i].fact, fact);
        fputs("\n    ", export->out);
        bench_export_field(export->out, rows[i].key, fact);
        fputc(',', export->out);
    }
    bench_export_fact(export, BENCH_STORE_ENVIRONMENT, "cpu_count", fact);
    fprintf(export->out,
            "\n    \"host_name\": \"\", \"executable\": \"gcsweep\", \"num_cpus\": %ld, "
            "\"mhz_per_cpu\": 0,\n    \"cpu_scaling_enabled\": false, \"caches\": [], "
            "\"load_avg\": [], \"library_build_type\": \"release\"\n  },\n  \"benchmarks\": [",
            strtol(fact, NULL, 10));
}

int
bench_export_gbench_write(struct bench_export *export) {
    struct suite suite = {.export = export};

    write_context(export);
    int error = bench_export_each_config(export, write_config, &suite);
    fputs("\n  ]\n}\n", export->out);
    return error;
}
