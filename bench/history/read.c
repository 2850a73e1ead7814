/* SPDX-License-Identifier: MIT
 *
 * history/read.c: see history/read.h.
 *
 * A key has the knobs that differ from their defaults only, so that a run without a knob that came later has the same
 * key. Settings and knobs both come by rising name, so one walk along both tells which those are.
 */
#include "bench/history/read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/run_file.h"
#include "bench/say.h"
#include "bench/store.h"

enum {
    KEY_BYTES = 4096,
    FACT_BYTES = 1024
};

/* ---- Facts ------------------------------------------------------------------------------------- */

static int
take_knob(void *context, const struct bench_store_knob *knob) {
    struct bench_history_reader *reader = context;
    size_t at = 0, count = reader->knob_count;
    while (at < count && strcmp(reader->knobs[at].name, knob->name) < 0)
        at++;
    if (at < count && strcmp(reader->knobs[at].name, knob->name) == 0)
        return 0;
    if (bench_array_grow(&reader->knobs, count, sizeof(*reader->knobs)))
        return -ENOMEM;
    memmove(&reader->knobs[at + 1], &reader->knobs[at], (count - at) * sizeof(*reader->knobs));
    reader->knobs[at] = (struct bench_history_knob){strdup(knob->name), strdup(knob->initial)};
    reader->knob_count++;
    return reader->knobs[at].name && reader->knobs[at].initial ? 0 : -ENOMEM;
}

static int
take_metric(void *context, const struct bench_store_metric *metric) {
    struct bench_history_reader *reader = context;
    struct bench_history *history = reader->history;
    bool is_known = false;
    if (strcmp(metric->name, reader->options->metric) == 0) { /* the latest run's word holds */
        free(history->unit);
        free(history->better);
        history->unit = strdup(metric->unit);
        history->better = strdup(metric->better);
        history->is_deterministic = metric->deterministic;
        return history->unit && history->better ? 0 : -ENOMEM;
    }
    for (size_t i = 0; i < reader->metric_count && !is_known; i++)
        is_known = strcmp(reader->metrics[i], metric->name) == 0;
    if (is_known)
        return 0;
    if (bench_array_grow(&reader->metrics, reader->metric_count, sizeof(*reader->metrics)))
        return -ENOMEM;
    reader->metrics[reader->metric_count] = strdup(metric->name);
    return reader->metrics[reader->metric_count++] ? 0 : -ENOMEM;
}

static char *
copy_fact(struct bench_store *store, enum bench_store_facts which, const char *key) {
    char value[FACT_BYTES];
    return strdup(bench_store_fact(store, which, key, value, sizeof(value)) ? "unknown" : value);
}

/* "cpu AMD EPYC, cpu_count 2, ...": what times depend on besides the program. */
static char *
describe_machine(struct bench_store *store) {
    static const struct {
        enum bench_store_facts which;
        const char *key;
    } parts[] = {
        {BENCH_STORE_ENVIRONMENT, "cpu"},        {BENCH_STORE_ENVIRONMENT, "cpu_count"},
        {BENCH_STORE_ENVIRONMENT, "page_bytes"}, {BENCH_STORE_ENVIRONMENT, "thp"},
        {BENCH_STORE_ENVIRONMENT, "build_type"}, {BENCH_STORE_RUN, "jobs"},
    };
    char text[FACT_BYTES] = "";
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *value = copy_fact(store, parts[i].which, parts[i].key);
        size_t length = strlen(text);
        if (!value)
            return NULL;
        snprintf(text + length, sizeof(text) - length, "%s%s %s", i ? ", " : "", parts[i].key,
                 value);
        free(value);
    }
    return strdup(text);
}

int
bench_history_read_facts(struct bench_history_reader *reader, struct bench_history_run *run,
                         char *why, size_t why_bytes) {
    char name[BENCH_RUN_FILE_NAME_BYTES];
    struct bench_store *store;
    int error = bench_store_open(run->path, BENCH_STORE_READ, &store, why, why_bytes);
    if (error)
        return error;
    bench_run_file_name(run->path, name);
    run->name = strdup(name);
    run->created = copy_fact(store, BENCH_STORE_RUN, "created");
    run->commit = copy_fact(store, BENCH_STORE_ENVIRONMENT, "commit");
    run->machine = describe_machine(store);
    run->seed = copy_fact(store, BENCH_STORE_RUN, "seed");
    error = run->name && run->created && run->commit && run->machine && run->seed ? 0 : -ENOMEM;
    if (!error)
        error = bench_store_each_knob(store, take_knob, reader);
    if (!error)
        error = bench_store_each_metric(store, take_metric, reader);
    if (error)
        snprintf(why, why_bytes, "%s: %s", run->path,
                 error == -ENOMEM ? "out of memory" : bench_store_why(store));
    bench_store_close(store);
    return error;
}

/* ---- Configurations ---------------------------------------------------------------------------- */

struct config { /* of one run: its id there, its index everywhere */
    int64_t id;
    uint32_t key;
};

struct version { /* of a workload */
    char name[64];
    int64_t version;
};

struct reading {
    struct bench_history_reader *reader;
    struct bench_history_run *run;
    struct bench_store *store;
    struct version *versions;
    size_t version_count;
    struct config *configs; /* by rising id */
    size_t count;
    /* Of the configuration being read. */
    char key[KEY_BYTES];
    size_t length, knob;
    const struct bench_store_config *config;
    unsigned matched; /* a bit for each of options->only */
    bool is_other;    /* one of them says otherwise */
};

static bool
has_value(const char *list, const char *value) {
    size_t length = strlen(value);
    for (; *list; list += *list == ',') {
        size_t part = strcspn(list, ",");
        if (part == length && strncmp(list, value, part) == 0)
            return true;
        list += part;
    }
    return false;
}

/* Holds one property of the configuration against what was asked for. */
static void
match(struct reading *reading, const char *name, const char *value) {
    const struct bench_history_options *options = reading->reader->options;
    size_t length = strlen(name);
    for (size_t i = 0; i < options->only_count; i++) {
        const char *only = options->only[i];
        if (strncmp(only, name, length) != 0 || only[length] != '=')
            continue;
        reading->matched |= 1u << i;
        reading->is_other |= !has_value(only + length + 1, value);
    }
}

static int
take_setting(void *context, const struct bench_store_setting *setting) {
    struct reading *reading = context;
    const struct bench_history_reader *reader = reading->reader;
    int order = 1;
    match(reading, setting->knob, setting->value);
    while (reading->knob < reader->knob_count &&
           (order = strcmp(reader->knobs[reading->knob].name, setting->knob)) < 0)
        reading->knob++;
    if (order == 0 && strcmp(reader->knobs[reading->knob].initial, setting->value) == 0)
        return 0;
    int written = snprintf(reading->key + reading->length, KEY_BYTES - reading->length, " %s=%s",
                           setting->knob, setting->value);
    reading->length += (size_t)written;
    return reading->length < KEY_BYTES ? 0 : -E2BIG;
}

/* What an older run does not know is as it is by default. */
static void
match_defaults(struct reading *reading) {
    const struct bench_history_options *options = reading->reader->options;
    for (size_t i = 0; i < reading->reader->knob_count; i++) {
        const struct bench_history_knob *knob = &reading->reader->knobs[i];
        size_t length = strlen(knob->name);
        for (size_t k = 0; k < options->only_count; k++)
            if (!(reading->matched >> k & 1) &&
                strncmp(options->only[k], knob->name, length) == 0 &&
                options->only[k][length] == '=') {
                reading->matched |= 1u << k;
                reading->is_other |= !has_value(options->only[k] + length + 1, knob->initial);
            }
    }
}

static int64_t
find_version(const struct reading *reading, const char *workload) {
    for (size_t i = 0; i < reading->version_count; i++)
        if (strcmp(reading->versions[i].name, workload) == 0)
            return reading->versions[i].version;
    return 0;
}

static int
take_config(void *context, const struct bench_store_config *config) {
    struct reading *reading = context;
    size_t all = reading->reader->options->only_count;
    reading->config = config;
    reading->knob = 0;
    reading->matched = 0;
    reading->is_other = false;
    int length = snprintf(reading->key, KEY_BYTES, "%s/%lld %s", config->workload,
                          (long long)find_version(reading, config->workload), config->engine);
    reading->length = (size_t)length;
    if (reading->length >= KEY_BYTES)
        return -E2BIG;
    match(reading, "workload", config->workload);
    match(reading, "engine", config->engine);
    if (reading->is_other)
        return 0;
    int error = bench_store_each_setting(reading->store, config->id, take_setting, reading);
    if (error)
        return error;
    match_defaults(reading);
    if (reading->is_other || reading->matched != (1u << all) - 1)
        return 0;
    if (bench_array_grow(&reading->configs, reading->count, sizeof(*reading->configs)))
        return -ENOMEM;
    struct config *row = &reading->configs[reading->count++];
    row->id = config->id;
    uint32_t number = bench_words_put(&reading->reader->keys, reading->key);
    row->key = number - 1;
    return number == 0 ? -ENOMEM : 0;
}

static int
take_workload(void *context, const struct bench_store_workload *workload) {
    struct reading *reading = context;
    if (bench_array_grow(&reading->versions, reading->version_count, sizeof(*reading->versions)))
        return -ENOMEM;
    struct version *row = &reading->versions[reading->version_count++];
    snprintf(row->name, sizeof(row->name), "%s", workload->name);
    row->version = workload->version;
    return 0;
}

/* ---- Values ------------------------------------------------------------------------------------ */

static int
compare_ids(const void *left, const void *right) {
    const struct config *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static int
compare_keys(const void *left, const void *right) {
    const struct config *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return compare_ids(left, right);
}

/* A grid may have the same configuration twice; the first one counts. */
static void
drop_twins(struct reading *reading) {
    size_t kept = 0;
    if (reading->count == 0)
        return;
    qsort(reading->configs, reading->count, sizeof(*reading->configs), compare_keys);
    for (size_t i = 0; i < reading->count; i++)
        if (i == 0 || reading->configs[i].key != reading->configs[kept - 1].key)
            reading->configs[kept++] = reading->configs[i];
    reading->count = kept;
    qsort(reading->configs, reading->count, sizeof(*reading->configs), compare_ids);
}

static int
compare_values(const void *left, const void *right) {
    const struct bench_history_value *a = left, *b = right;
    if (a->config != b->config)
        return a->config < b->config ? -1 : 1;
    return (a->block > b->block) - (a->block < b->block);
}

static int
take_value(void *context, int64_t config_id, int64_t block, double value) {
    struct reading *reading = context;
    struct bench_history_run *run = reading->run;
    const struct config asked = {config_id, 0};
    const struct config *config =
        bsearch(&asked, reading->configs, reading->count, sizeof(asked), compare_ids);
    if (!config || !isfinite(value))
        return 0;
    if (bench_array_grow(&run->values, run->value_count, sizeof(*run->values)))
        return -ENOMEM;
    run->values[run->value_count++] = (struct bench_history_value){config->key, block, value};
    return 0;
}

int
bench_history_read_values(struct bench_history_reader *reader, struct bench_history_run *run,
                          char *why, size_t why_bytes) {
    struct reading reading = {.reader = reader, .run = run};
    int error = bench_store_open(run->path, BENCH_STORE_READ, &reading.store, why, why_bytes);
    if (error)
        return error;
    error = bench_store_begin_reading(reading.store);
    if (!error)
        error = bench_store_each_workload(reading.store, take_workload, &reading);
    if (!error)
        error = bench_store_each_config(reading.store, take_config, &reading);
    drop_twins(&reading);
    if (!error && reading.count)
        error =
            bench_store_each_by_block(reading.store, reader->options->metric, take_value, &reading);
    if (error)
        snprintf(why, why_bytes, "%s: %s", run->path,
                 error == -ENOMEM  ? "out of memory"
                 : error == -E2BIG ? "a configuration has too many knobs"
                                   : bench_store_why(reading.store));
    else if (run->value_count)
        qsort(run->values, run->value_count, sizeof(*run->values), compare_values);
    run->config_count = reading.count;
    bench_store_close(reading.store);
    free(reading.configs);
    free(reading.versions);
    return error;
}

void
bench_history_reader_fini(struct bench_history_reader *reader) {
    for (size_t i = 0; i < reader->knob_count; i++) {
        free(reader->knobs[i].name);
        free(reader->knobs[i].initial);
    }
    for (size_t i = 0; i < reader->metric_count; i++)
        free(reader->metrics[i]);
    free(reader->knobs);
    free(reader->metrics);
    bench_words_fini(&reader->keys);
}
