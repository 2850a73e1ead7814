/* SPDX-License-Identifier: MIT
 *
 * export.c: the table of formats, what was chosen of a run, and the walk over it. See export.h, and export/file.h
 * for what writers rely on.
 */
#include "bench/export.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"
#include "bench/say.h"

#define TELLING                                                                                    \
    "wall_ns,cpu_ns,latency_p50_ns,latency_p99_ns,peak_rss_bytes,gc.pause_sum_ns,gc.pause_max_ns"

static const struct bench_export_format formats[] = {
    {"csv", ".csv", "one row a cell, for spreadsheets and data frames (RFC 4180)", "*",
     bench_export_csv_write},
    {"json", ".json", "everything but histograms and series, by results/export.schema.json", "*",
     bench_export_json_write},
    {"gbench", ".gbench.json", "as Google Benchmark writes it, for its compare.py", TELLING,
     bench_export_gbench_write},
    {"hgrm", ".hgrm", "the percentiles of one histogram, for HdrHistogram's plotters", NULL,
     bench_export_hgrm_write},
    {"hlog", ".hlog", "every histogram, bucket by bucket: HdrHistogram's V2 compressed log", NULL,
     bench_export_hlog_write},
    {"bmf", ".bmf.json", "medians with bounds in Bencher's metric format", TELLING,
     bench_export_bmf_write},
    {"github", ".github.json", "medians of what should be small, for github-action-benchmark",
     TELLING, bench_export_github_write},
    {"github-bigger", ".github-bigger.json",
     "medians of what should be big, for github-action-benchmark", "*",
     bench_export_github_bigger_write},
    {"junit", ".xml", "each cell as a test that passed or did not", NULL, bench_export_junit_write},
    {"openmetrics", ".om", "medians as gauges, for Prometheus and what reads its text", TELLING,
     bench_export_openmetrics_write},
    {"chrome", ".trace.json", "phases, collections, memory and curves over time, for Perfetto",
     NULL, bench_export_chrome_write},
};

enum {
    FORMATS = sizeof formats / sizeof formats[0]
};

const struct bench_export_format *
bench_export_formats(size_t *ret_count) {
    *ret_count = FORMATS;
    return formats;
}

const struct bench_export_format *
bench_export_find(const char *name) {
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

/* The longest suffix wins: x.trace.json is chrome's. */
const struct bench_export_format *
bench_export_guess(const char *path) {
    const struct bench_export_format *best = NULL;
    size_t length = strlen(path);

    for (size_t i = 0; i < FORMATS; i++) {
        size_t bytes = strlen(formats[i].suffix);
        if (length > bytes && strcmp(path + length - bytes, formats[i].suffix) == 0 &&
            (best == NULL || bytes > strlen(best->suffix)))
            best = &formats[i];
    }
    return best;
}

int
bench_export_refuse(struct bench_export *export, int error, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(export->why, export->why_bytes, format, arguments);
    va_end(arguments);
    return error;
}

void
bench_export_fact(struct bench_export *export, enum bench_store_facts which, const char *key,
                  char ret_value[BENCH_EXPORT_FACT_BYTES]) {
    ret_value[0] = '\0';
    (void)bench_store_fact(export->store, which, key, ret_value, BENCH_EXPORT_FACT_BYTES);
}

/* ---- What is chosen: lists ---------------------------------------------------------------------------- */

/* Calls `fn` with each part between commas, until it gives something else than 0. */
static int
each_part(const char *list, int (*fn)(void *context, const char *part), void *context) {
    char part[256];
    int result = 0;

    while (result == 0) {
        size_t length = strcspn(list, ",");
        snprintf(part, sizeof part, "%.*s", (int)length, list);
        result = fn(context, part);
        if (list[length] == '\0')
            break;
        list += length + 1;
    }
    return result;
}

static bool
read_range(const char *part, int64_t ret_range[2]) {
    char *end;

    if (part[0] < '0' || part[0] > '9')
        return false;
    ret_range[0] = ret_range[1] = strtoll(part, &end, 10);
    if (strncmp(end, "..", 2) == 0 && end[2] >= '0' && end[2] <= '9')
        ret_range[1] = strtoll(end + 2, &end, 10);
    return *end == '\0' && ret_range[0] <= ret_range[1];
}

/* 1: it is in the range; -EINVAL: that is no range. */
static int
matches_range(void *context, const char *part) {
    int64_t range[2], id = *(const int64_t *)context;

    if (!read_range(part, range))
        return -EINVAL;
    return id >= range[0] && id <= range[1];
}

static int
matches_pattern(void *context, const char *part) {
    return fnmatch(part, context, 0) == 0;
}

static int
matches_text(void *context, const char *part) {
    return strcmp(part, context) == 0;
}

/* ---- What is chosen: configurations -------------------------------------------------------------------- */

static const char *
value_of(const struct bench_export_config *config, const char *name, size_t length) {
    if (length == 8 && strncmp(name, "workload", 8) == 0)
        return config->workload;
    if (length == 6 && strncmp(name, "engine", 6) == 0)
        return config->engine;
    for (size_t i = 0; i < config->setting_count; i++)
        if (strlen(config->settings[i].knob) == length &&
            strncmp(config->settings[i].knob, name, length) == 0)
            return config->settings[i].value;
    return NULL;
}

static bool
is_chosen(const struct bench_export *export, const struct bench_export_config *config) {
    for (size_t i = 0; i < export->choice->config_count; i++) {
        const char *one = export->choice->configs[i], *equals = strchr(one, '=');
        if (equals == NULL) {
            int64_t id = config->id;
            if (each_part(one, matches_range, &id) != 1)
                return false;
            continue;
        }
        const char *value = value_of(config, one, (size_t)(equals - one));
        if (value == NULL || each_part(equals + 1, matches_text, (void *)value) != 1)
            return false;
    }
    return true;
}

static void
clear_config(struct bench_export_config *config) {
    free(config->workload);
    free(config->engine);
    free(config->label);
    for (size_t i = 0; i < config->setting_count; i++) {
        free(config->settings[i].knob);
        free(config->settings[i].value);
    }
    free(config->settings);
    *config = (struct bench_export_config){0};
}

static bool
is_swept(const struct bench_export *export, const char *knob) {
    for (size_t i = 0; i < export->swept_count; i++)
        if (strcmp(export->swept[i], knob) == 0)
            return true;
    return false;
}

static int
take_setting(void *context, const struct bench_store_setting *row) {
    struct bench_export *export = context;
    struct bench_export_config *config = &export->config;
    size_t count = config->setting_count;

    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct bench_export_setting *grown =
            realloc(config->settings, (count == 0 ? 1 : count * 2) * sizeof *grown);
        if (grown == NULL)
            return -ENOMEM;
        config->settings = grown;
    }
    config->settings[count] = (struct bench_export_setting){
        strdup(row->knob), strdup(row->value), row->number, is_swept(export, row->knob)};
    config->setting_count++;
    return config->settings[count].knob == NULL || config->settings[count].value == NULL ? -ENOMEM
                                                                                         : 0;
}

struct walk {
    struct bench_export *export;
    int (*config)(void *context, const struct bench_export_config *config);
    int (*cell)(void *context, const struct bench_store_cell *cell);
    int (*value)(void *context, size_t metric, double value);
    int (*histogram)(void *context, const char *name, const struct bench_hist *hist);
    void *context;
    size_t at,
        number; /* of values: the metric that comes next, and which value of its cell it is */
};

static int
take_config(void *context, const struct bench_store_config *row) {
    struct walk *walk = context;
    struct bench_export_config *config = &walk->export->config;
    int error;

    clear_config(config);
    config->id = row->id;
    config->reference = row->reference;
    config->workload = strdup(row->workload);
    config->engine = strdup(row->engine);
    config->label = strdup(row->label);
    if (config->workload == NULL || config->engine == NULL || config->label == NULL)
        return -ENOMEM;
    snprintf(config->name, sizeof config->name, "%s%s%s", row->workload,
             row->label[0] == '\0' ? "" : " ", row->label);
    error = bench_store_each_setting(walk->export->store, row->id, take_setting, walk->export);
    return error == 0 && is_chosen(walk->export, config) ? walk->config(walk->context, config)
                                                         : error;
}

int
bench_export_each_config(struct bench_export *export,
                         int (*fn)(void *context, const struct bench_export_config *config),
                         void *context) {
    struct walk walk = {.export = export, .config = fn, .context = context};
    return bench_store_each_config(export->store, take_config, &walk);
}

/* ---- Cells and what they have --------------------------------------------------------------------------- */

static int
take_cell(void *context, const struct bench_store_cell *cell) {
    const struct walk *walk = context;
    struct bench_export *export = walk->export;
    int64_t id = cell->id;
    int error;

    if (export->choice->cells != NULL && each_part(export->choice->cells, matches_range, &id) != 1)
        return 0;
    errno = 0;
    error = walk->cell(walk->context, cell);
    if (error == 0 && bench_output_is_broken(export->output))
        error = export->output->error;
    return error == 0 && export->stop() ? -EINTR : error;
}

int
bench_export_each_cell(struct bench_export *export, int64_t config_id,
                       int (*fn)(void *context, const struct bench_store_cell *cell),
                       void *context) {
    struct walk walk = {.export = export, .cell = fn, .context = context};
    return bench_store_each_cell(export->store, config_id, take_cell, &walk);
}

/* Both come by name. A cell mostly has the values that the one before it had. */
static int
take_value(void *context, const char *metric, double value) {
    struct walk *walk = context;
    struct bench_export *export = walk->export;
    size_t *usual = &export->usual[walk->number++ % BENCH_EXPORT_USUAL];
    int order = -1;

    if (*usual >= walk->at && *usual < export->metric_count &&
        strcmp(export->metrics[*usual].name, metric) == 0)
        walk->at = *usual;
    while (walk->at < export->metric_count &&
           (order = strcmp(export->metrics[walk->at].name, metric)) < 0)
        walk->at++;
    *usual = walk->at;
    return walk->at < export->metric_count && order == 0
               ? walk->value(walk->context, walk->at, value)
               : 0;
}

int
bench_export_each_value(struct bench_export *export, int64_t cell_id,
                        int (*fn)(void *context, size_t metric, double value), void *context) {
    struct walk walk = {.export = export, .value = fn, .context = context};
    return bench_store_each_value(export->store, cell_id, take_value, &walk);
}

static int
take_histogram(void *context, const char *name, const struct bench_hist *hist) {
    const struct walk *walk = context;
    const char *names = walk->export->choice->histograms;

    return names != NULL && each_part(names, matches_text, (void *)name) != 1
               ? 0
               : walk->histogram(walk->context, name, hist);
}

int
bench_export_each_histogram(struct bench_export *export, const struct bench_store_cell *cell,
                            int (*fn)(void *context, const char *name,
                                      const struct bench_hist *hist),
                            void *context) {
    struct walk walk = {.export = export, .histogram = fn, .context = context};
    return cell->state == BENCH_CELL_FINISHED
               ? bench_store_each_histogram(export->store, cell->id, take_histogram, &walk)
               : 0;
}

/* ---- Opening: metrics and knobs --------------------------------------------------------------------------- */

/* "churn.hits" is a metric of the workload churn: not of this run, if that is not in it. */
struct own {
    const char *metric;
    size_t length; /* of the name before the dot; 0: there is none */
    bool is_here;
};

static int
compare_workload(void *context, const struct bench_store_workload *workload) {
    struct own *own = context;
    if (strlen(workload->name) == own->length &&
        strncmp(workload->name, own->metric, own->length) == 0)
        own->is_here = true;
    return 0;
}

static bool
belongs(struct bench_export *export, const char *metric) {
    struct own own = {metric, strcspn(metric, "."), false};

    if (metric[own.length] == '\0' || strncmp(metric, "gc.", 3) == 0 ||
        strncmp(metric, "alloc.", 6) == 0)
        return true;
    (void)bench_store_each_workload(export->store, compare_workload, &own);
    return own.is_here;
}

static int
take_metric(void *context, const struct bench_store_metric *row) {
    struct bench_export *export = context;
    const char *wanted = export->choice->metrics;
    size_t count = export->metric_count;
    char *texts[] = {strdup(row->name), strdup(row->unit), strdup(row->better), strdup(row->help)};
    struct bench_store_metric *grown = realloc(export->metrics, (count + 1) * sizeof *grown);

    if (grown != NULL)
        export->metrics = grown;
    bool is_whole = grown != NULL && texts[0] && texts[1] && texts[2] && texts[3];
    if (!is_whole ||
        each_part(wanted == NULL ? export->format->metrics : wanted, matches_pattern, texts[0]) !=
            1 ||
        (wanted == NULL && !belongs(export, row->name))) {
        for (size_t i = 0; i < 4; i++)
            free(texts[i]);
        return is_whole ? 0 : -ENOMEM;
    }
    export->metrics[export->metric_count++] =
        (struct bench_store_metric){texts[0], texts[1], texts[2], texts[3], row->deterministic};
    return 0;
}

static int
take_knob(void *context, const struct bench_store_knob *row) {
    struct bench_export *export = context;

    if (!row->swept)
        return 0;
    char **grown = realloc(export->swept, (export->swept_count + 1) * sizeof *grown);
    if (grown == NULL)
        return -ENOMEM;
    export->swept = grown;
    export->swept[export->swept_count] = strdup(row->name);
    return export->swept[export->swept_count++] == NULL ? -ENOMEM : 0;
}

/* ---- Opening: is the choice one? --------------------------------------------------------------------------- */

enum {
    NAMES = 1024
};

struct names {
    const char *list[NAMES];
    size_t count;
    char *copies[NAMES];
};

static int
note_name(struct names *names, const char *name) {
    if (names->count + 1 < NAMES && (names->copies[names->count] = strdup(name)) != NULL) {
        names->list[names->count] = names->copies[names->count];
        names->list[++names->count] = NULL;
    }
    return 0;
}

static int
note_metric(void *context, const struct bench_store_metric *row) {
    return note_name(context, row->name);
}

static int
note_knob(void *context, const struct bench_store_knob *row) {
    return note_name(context, row->name);
}

static void
clear_names(struct names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->copies[i]);
    names->count = 0;
    names->list[0] = NULL;
}

struct question {
    struct bench_export *export;
    const struct names *names;
};

/* 1: that metric is not there, and so it has been said. */
static int
look_for_metric(void *context, const char *part) {
    const struct question *question = context;
    char hint[128];

    for (size_t i = 0; i < question->names->count; i++)
        if (fnmatch(part, question->names->list[i], 0) == 0)
            return 0;
    bench_export_refuse(
        question->export, 0, "--metric: no metric %s in this run%s", part,
        bench_say_nearest(bench_say_guess(part, (const char *const *)question->names->list), hint,
                          sizeof hint));
    return 1;
}

static int
look_at_range(void *context, const char *part) {
    int64_t range[2];
    const char *option = ((const char *const *)context)[1];
    struct bench_export *export = ((struct bench_export **)context)[0];

    if (read_range(part, range))
        return 0;
    bench_export_refuse(export, 0, "%s: %s is neither a number nor a range such as 4..6%s", option,
                        part, strcmp(option, "--config") == 0 ? ", nor NAME=VALUE" : "");
    return 1;
}

static int
look_at_config(struct bench_export *export, const char *one, const struct names *knobs) {
    const void *context[] = {export, "--config"};
    const char *equals = strchr(one, '=');
    char name[128], hint[128];

    if (equals == NULL)
        return each_part(one, look_at_range, context) == 0 ? 0 : -EINVAL;
    snprintf(name, sizeof name, "%.*s", (int)(equals - one), one);
    for (size_t i = 0; i < knobs->count; i++)
        if (strcmp(knobs->list[i], name) == 0)
            return 0;
    return bench_export_refuse(
        export, -EINVAL, "--config: this run has no knob %s%s", name,
        bench_say_nearest(bench_say_guess(name, (const char *const *)knobs->list), hint,
                          sizeof hint));
}

static int
look_for_histogram(void *context, const char *part) {
    static const char *const known[] = {"intended", "latency", "metered", "noise",
                                        "pause0",   "pause1",  "pause2",  NULL};
    char hint[64];

    for (size_t i = 0; known[i] != NULL; i++)
        if (strcmp(known[i], part) == 0)
            return 0;
    bench_export_refuse(context, 0, "--histogram: there is none of the name %s%s", part,
                        bench_say_nearest(bench_say_guess(part, known), hint, sizeof hint));
    return 1;
}

static int
look_at_lists(struct bench_export *export, struct names *names) {
    const struct bench_export_choice *choice = export->choice;
    const void *cells[] = {export, "--cell"};
    int error = bench_store_each_metric(export->store, note_metric, names);

    if (error == 0 && choice->metrics != NULL &&
        each_part(choice->metrics, look_for_metric, &(struct question){export, names}) != 0)
        error = -EINVAL;
    clear_names(names);
    note_name(names, "workload");
    note_name(names, "engine");
    if (error == 0)
        error = bench_store_each_knob(export->store, note_knob, names);
    for (size_t i = 0; error == 0 && i < choice->config_count; i++)
        error = look_at_config(export, choice->configs[i], names);
    if (error == 0 && choice->cells != NULL && each_part(choice->cells, look_at_range, cells) != 0)
        error = -EINVAL;
    if (error == 0 && choice->histograms != NULL &&
        each_part(choice->histograms, look_for_histogram, export) != 0)
        error = -EINVAL;
    return error;
}

static int
count_config(void *context, const struct bench_export_config *config) {
    (void)config;
    ++*(size_t *)context;
    return 0;
}

static int
look_at_choice(struct bench_export *export) {
    struct names *names = calloc(1, sizeof *names);
    size_t configs = 0;
    int error = names == NULL ? -ENOMEM : look_at_lists(export, names);

    if (names != NULL)
        clear_names(names);
    free(names);
    if (error == 0)
        error = bench_export_each_config(export, count_config, &configs);
    if (error == 0 && configs == 0)
        error = bench_export_refuse(export, -ENODATA,
                                    "no configuration of this run is like that: "
                                    "see --config (gcsweep help export)");
    return error;
}

/* ---- Opening ---------------------------------------------------------------------------------------------- */

static int
look_at_run(struct bench_export *export, const char *db_path) {
    char complete[BENCH_EXPORT_FACT_BYTES];

    bench_export_fact(export, BENCH_STORE_RUN, "complete", complete);
    bench_export_fact(export, BENCH_STORE_RUN, "name", export->run_name);
    if (strcmp(complete, "1") == 0 || export->choice->partial)
        return 0;
    return bench_export_refuse(export, -ENODATA,
                               "%s is not finished: resume it (gcsweep sweep --resume --out %s), "
                               "or export what is there with --partial",
                               db_path, export->run_name);
}

static int
prepare(struct bench_export *export, const char *db_path) {
    int error = look_at_run(export, db_path);

    if (error == 0)
        error = bench_store_each_knob(export->store, take_knob, export);
    if (error == 0)
        error = look_at_choice(export);
    if (error == 0 && export->choice->metrics != NULL && export->format->metrics == NULL)
        error = bench_export_refuse(export, -EINVAL, "--metric: format %s has no metrics",
                                    export->format->name);
    if (error == 0 && export->format->metrics != NULL)
        error = bench_store_each_metric(export->store, take_metric, export);
    return error;
}

static void
release(struct bench_export *export) {
    clear_config(&export->config);
    for (size_t i = 0; i < export->metric_count; i++) {
        free((char *)export->metrics[i].name);
        free((char *)export->metrics[i].unit);
        free((char *)export->metrics[i].better);
        free((char *)export->metrics[i].help);
    }
    for (size_t i = 0; i < export->swept_count; i++)
        free(export->swept[i]);
    free(export->metrics);
    free(export->swept);
}

int
bench_export_write(const char *db_path, const struct bench_export_format *format,
                   const struct bench_export_choice *choice, struct bench_output *output,
                   bool (*stop)(void), char *why, size_t why_bytes) {
    struct bench_export export = {.output = output,
                                  .out = output->file,
                                  .choice = choice,
                                  .format = format,
                                  .stop = stop,
                                  .why = why,
                                  .why_bytes = why_bytes};
    int error = bench_store_open(db_path, BENCH_STORE_READ, &export.store, why, why_bytes);

    if (error != 0)
        return error;
    why[0] = '\0';
    error = bench_store_begin_reading(export.store);
    if (error == 0)
        error = prepare(&export, db_path);
    if (error == 0)
        error = format->write(&export);
    if (error == -EINTR)
        snprintf(why, why_bytes, "interrupted");
    if (error != 0 && why[0] == '\0')
        snprintf(why, why_bytes, "%s: %s", db_path,
                 error == -ENOMEM ? "out of memory" : bench_store_why(export.store));
    bench_store_rollback(export.store);
    release(&export);
    bench_store_close(export.store);
    return error;
}
