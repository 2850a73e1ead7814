/* SPDX-License-Identifier: MIT
 *
 * export/openmetrics.c: OpenMetrics text. Each metric is a family of gauges with one sample a configuration, the
 * median of its finished cells; times are in seconds, as is the custom there. All samples of a family stand
 * together, so that the walk over the configurations is made once for each metric.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "bench/export/file.h"

struct family {
    struct bench_export *export;
    const char *metric; /* NULL: cells by state */
    char name[128];
    double scale; /* what values are divided by */
};

/* Letters, digits and underscores; the first no digit, which "gcsweep_" sees to. */
static void
write_name(const char *text, char *name, size_t bytes) {
    size_t at = 0;

    for (; text[at] != '\0' && at + 1 < bytes; at++)
        name[at] = isalnum((unsigned char)text[at]) ? text[at] : '_';
    name[at] = '\0';
}

static bool
ends_in(const char *name, const char *end) {
    size_t length = strlen(name), bytes = strlen(end);
    return length >= bytes && strcmp(name + length - bytes, end) == 0;
}

/* A unit is the end of the name, or there is none. */
static void
write_family_head(struct family *family, const struct bench_store_metric *metric) {
    FILE *out = family->export->out;
    char name[100];
    const char *unit = NULL;

    write_name(metric->name, name, sizeof name);
    family->scale = 1;
    if (strcmp(metric->unit, "ns") == 0) {
        if (ends_in(name, "_ns"))
            name[strlen(name) - 3] = '\0';
        unit = "seconds";
        family->scale = 1e9;
        snprintf(family->name, sizeof family->name, "gcsweep_%s_seconds", name);
    } else {
        snprintf(family->name, sizeof family->name, "gcsweep_%s", name);
        unit = ends_in(name, "_bytes") ? "bytes" : ends_in(name, "_ratio") ? "ratio" : NULL;
    }
    fprintf(out, "# TYPE %s gauge\n", family->name);
    if (unit != NULL)
        fprintf(out, "# UNIT %s %s\n", family->name, unit);
    fprintf(out, "# HELP %s ", family->name);
    bench_export_label(out, metric->help);
    fputc('\n', out);
}

static void
write_label(FILE *out, const char *name, const char *value) {
    char label[128];

    write_name(name, label, sizeof label);
    fprintf(out, "%s=\"", label);
    bench_export_label(out, value);
    fputc('"', out);
}

/* The braces are left open. */
static void
write_labels(const struct family *family, const struct bench_export_config *config) {
    FILE *out = family->export->out;

    fprintf(out, "%s{", family->name);
    write_label(out, "run", family->export->run_name);
    fputc(',', out);
    write_label(out, "workload", config->workload);
    fputc(',', out);
    write_label(out, "engine", config->engine);
    fputc(',', out);
    write_label(out, "label", config->label); /* no two configurations have all these in common */
    for (size_t i = 0; i < config->setting_count; i++)
        if (config->settings[i].swept) {
            fputc(',', out);
            write_label(out, config->settings[i].knob, config->settings[i].value);
        }
}

static int
write_sample(void *context, const struct bench_export_config *config) {
    const struct family *family = context;
    struct bench_export *export = family->export;
    struct bench_export_summary summary;
    int error = bench_export_summarise(export, config->id, family->metric, &summary);

    if (error != 0 || summary.count == 0)
        return error;
    write_labels(family, config);
    fputs("} ", export->out);
    bench_export_number(export->out, summary.median / family->scale);
    fputc('\n', export->out);
    return bench_output_is_broken(export->output) ? export->output->error : 0;
}

static int
count_state(void *context, const struct bench_store_cell *cell) {
    ((size_t *)context)[cell->state]++;
    return 0;
}

static int
write_states(void *context, const struct bench_export_config *config) {
    const struct family *family = context;
    size_t states[BENCH_CELL_STATE_COUNT] = {0};
    int error = bench_export_each_cell(family->export, config->id, count_state, states);

    for (int i = 0; error == 0 && i < BENCH_CELL_STATE_COUNT; i++) {
        write_labels(family, config);
        fprintf(family->export->out, ",state=\"%s\"} %zu\n",
                bench_cell_state_name((enum bench_cell_state)i), states[i]);
    }
    return error;
}

static void
write_info(struct bench_export *export) {
    static const struct {
        const char *label, *fact;
        enum bench_store_facts which;
    } rows[] = {{"run", "name", BENCH_STORE_RUN},
                {"suite", "suite", BENCH_STORE_RUN},
                {"created", "created", BENCH_STORE_RUN},
                {"version", "gcsweep", BENCH_STORE_RUN},
                {"commit", "commit", BENCH_STORE_ENVIRONMENT},
                {"cpu", "cpu", BENCH_STORE_ENVIRONMENT},
                {"kernel", "kernel", BENCH_STORE_ENVIRONMENT}};
    char fact[BENCH_EXPORT_FACT_BYTES];

    fputs("# TYPE gcsweep_run info\n# HELP gcsweep_run what was run, and where\ngcsweep_run_info{",
          export->out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bench_export_fact(export, rows[i].which, rows[i].fact, fact);
        fputs(i == 0 ? "" : ",", export->out);
        write_label(export->out, rows[i].label, fact);
    }
    fputs("} 1\n", export->out);
}

int
bench_export_openmetrics_write(struct bench_export *export) {
    struct family family = {.export = export};
    int error;

    write_info(export);
    snprintf(family.name, sizeof family.name, "gcsweep_cells");
    fputs("# TYPE gcsweep_cells gauge\n# HELP gcsweep_cells cells by what became of them\n",
          export->out);
    error = bench_export_each_config(export, write_states, &family);
    for (size_t i = 0; error == 0 && i < export->metric_count; i++) {
        family.metric = export->metrics[i].name;
        write_family_head(&family, &export->metrics[i]);
        error = bench_export_each_config(export, write_sample, &family);
    }
    fputs("# EOF\n", export->out);
    return error;
}
