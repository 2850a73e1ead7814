/* SPDX-License-Identifier: MIT
 *
 * report/data.c: from rows of the run file to medians and ratios.
 *
 * One configuration is read at a time: its cells with the few metrics wanted here, and its curves
 * (report/curves.c). Memory grows with configurations, not with samples.
 */
#include "bench/report/data.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/engine.h"
#include "bench/hist.h"
#include "bench/report/curves.h"
#include "bench/report/detail.h"
#include "bench/report/rank.h"

static const char *const metric_names[BENCH_REPORT_METRIC_COUNT] = {
    [BENCH_REPORT_WALL_NS] = "wall_ns",
    [BENCH_REPORT_CPU_NS] = "cpu_ns",
    [BENCH_REPORT_BASELINE_BYTES] = "baseline_rss_bytes",
    [BENCH_REPORT_PEAK_BYTES] = "peak_rss_bytes",
    [BENCH_REPORT_DRAINED_BYTES] = "drained_rss_bytes",
    [BENCH_REPORT_LIVE_BYTES] = "peak_live_bytes",
    [BENCH_REPORT_OVERHEAD] = "overhead_ratio",
    [BENCH_REPORT_P99_NS] = "latency_p99_ns",
    [BENCH_REPORT_ITEMS] = "items",
    [BENCH_REPORT_ITEM_LIVE_BYTES] = "item_live_bytes",
    [BENCH_REPORT_ITEM_RESIDENT_BYTES] = "item_resident_bytes",
    [BENCH_REPORT_TRASH_OBJECTS] = "peak_trash_objects",
    [BENCH_REPORT_EXAMINED] = "gc.examined",
    [BENCH_REPORT_FREED] = "gc.freed",
    [BENCH_REPORT_PAUSE_SUM_NS] = "gc.pause_sum_ns",
    [BENCH_REPORT_PAUSE_MAX_NS] = "gc.pause_max_ns",
    [BENCH_REPORT_OPERATION_PAUSE_MAX_NS] = "gc.operation_pause_max_ns",
    [BENCH_REPORT_OPERATIONS] = "operations",
    [BENCH_REPORT_MISSED_60] = "frames_missed_60",
    [BENCH_REPORT_MISSED_120] = "frames_missed_120",
    [BENCH_REPORT_MISSED_RUN_60] = "frames_missed_run_60",
    [BENCH_REPORT_MISSED_RUN_120] = "frames_missed_run_120",
    [BENCH_REPORT_COLLECTIONS] = "gc.collections0",
    [BENCH_REPORT_COLLECTIONS + 1] = "gc.collections1",
    [BENCH_REPORT_COLLECTIONS + 2] = "gc.collections2",
};

static const double percents[BENCH_REPORT_PERCENTILE_COUNT] = {0, 50, 90, 99, 99.9, 99.99, 100};

struct cell { /* one finished cell of the configuration being read */
    int64_t id, block;
    double values[BENCH_REPORT_METRIC_COUNT];
};

struct cells {
    struct cell *rows;
    size_t count;
};

struct workload { /* what is known of one before its groups are */
    char *name, *summary, *variant;
};

/* What the callbacks of one reading share. */
struct reading {
    struct bench_store *store;
    struct bench_report_data *data;
    struct workload *workloads;
    size_t workload_count;
    struct bench_report_config *config;
    const struct bench_report_group *group;
    struct cells cells;    /* of `config` */
    struct cells defaults; /* of the group's first configuration */
    struct bench_hist *hist;
};

double
bench_report_data_percent(enum bench_report_percentile column) {
    return percents[column];
}

/* ---- Facts ------------------------------------------------------------------------------------- */

static int
add_fact(struct bench_report_fact **facts, size_t *count, const char *key, const char *value) {
    if (bench_array_grow(facts, *count, sizeof(**facts)))
        return -ENOMEM;
    struct bench_report_fact fact = {strdup(key), strdup(value)};
    (*facts)[(*count)++] = fact;
    return fact.key && fact.value ? 0 : -ENOMEM;
}

static int
on_run_fact(void *context, const char *key, const char *value) {
    struct bench_report_data *data = ((struct reading *)context)->data;
    return add_fact(&data->run, &data->run_count, key, value);
}

static int
on_environment_fact(void *context, const char *key, const char *value) {
    struct bench_report_data *data = ((struct reading *)context)->data;
    return add_fact(&data->environment, &data->environment_count, key, value);
}

static int
on_knob(void *context, const struct bench_store_knob *knob) {
    struct bench_report_data *data = ((struct reading *)context)->data;
    return knob->swept ? add_fact(&data->axes, &data->axis_count, knob->name, knob->help) : 0;
}

static const char *
find_fact(const struct bench_report_fact *facts, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, key) == 0)
            return facts[i].value;
    return "unknown";
}

const char *
bench_report_data_run(const struct bench_report_data *data, const char *key) {
    return find_fact(data->run, data->run_count, key);
}

const char *
bench_report_data_environment(const struct bench_report_data *data, const char *key) {
    return find_fact(data->environment, data->environment_count, key);
}

const struct bench_report_group *
bench_report_data_find_group(const struct bench_report_data *data, const char *title) {
    for (size_t i = 0; i < data->group_count; i++)
        if (strcmp(data->groups[i].title, title) == 0)
            return &data->groups[i];
    return NULL;
}

/* ---- Configurations ---------------------------------------------------------------------------- */

/* Where the last part of the dotted name before `=` begins; *ret_length is that part's. */
static const char *
last_part(const char *word, size_t *ret_length) {
    size_t name_length = strcspn(word, "= ");
    const char *part = word;
    for (size_t i = 0; i < name_length; i++)
        if (word[i] == '.')
            part = word + i + 1;
    *ret_length = name_length - (size_t)(part - word);
    return part;
}

static const char *
next_word(const char *word) {
    word += strcspn(word, " ");
    return word + strspn(word, " ");
}

/* True when no other word of the label ends its name the same way. */
static bool
is_clear(const char *label, const char *word) {
    size_t length, other_length;
    const char *part = last_part(word, &length);
    for (const char *other = label; *other; other = next_word(other)) {
        const char *other_part = last_part(other, &other_length);
        if (other != word && other_length == length && strncmp(part, other_part, length) == 0)
            return false;
    }
    return true;
}

/* Of the workload's own knobs all but its variant belong to the title. */
static bool
is_in_title(const char *word, const struct workload *workload) {
    size_t length = strlen(workload->name), variant = strlen(workload->variant);
    bool is_own = strncmp(word, workload->name, length) == 0 && word[length] == '.';
    bool is_variant = variant && strncmp(word, workload->variant, variant) == 0 &&
                      (word[variant] == '=' || word[variant] == '\0');
    return is_own && !is_variant;
}

enum words {
    WORDS_OWN,   /* of "alloc.backend=pool churn.live=4MiB": "live=4MiB" */
    WORDS_FULL,  /* "alloc.backend=pool" */
    WORDS_SHORT, /* "backend=pool" */
};

static char *
select_words(const char *label, const struct workload *workload, enum words which) {
    char *selected = malloc(strlen(label) + 1);
    if (!selected)
        return NULL;
    char *end = selected;
    for (const char *word = label; *word; word = next_word(word)) {
        size_t unused;
        bool shorten = which != WORDS_FULL && is_clear(label, word);
        const char *from = shorten ? last_part(word, &unused) : word;
        size_t length = strcspn(from, " ");
        if (is_in_title(word, workload) != (which == WORDS_OWN))
            continue;
        if (end != selected)
            *end++ = ' ';
        memcpy(end, from, length);
        end += length;
    }
    *end = '\0';
    return selected;
}

static char *
join_words(const char *first, const char *second) {
    size_t bytes = strlen(first) + strlen(second) + 2;
    char *joined = malloc(bytes);
    if (joined)
        snprintf(joined, bytes, "%s%s%s", first, *first && *second ? " " : "", second);
    return joined;
}

static const struct workload *
find_workload(const struct reading *reading, const char *name) {
    for (size_t i = 0; i < reading->workload_count; i++)
        if (strcmp(reading->workloads[i].name, name) == 0)
            return &reading->workloads[i];
    return NULL;
}

static struct bench_report_group *
find_group(struct bench_report_data *data, const struct bench_store_config *row,
           const struct workload *workload, const char *label) {
    for (size_t i = 0; i < data->group_count; i++)
        if (data->groups[i].reference == row->reference)
            return &data->groups[i];
    if (bench_array_grow(&data->groups, data->group_count, sizeof(*data->groups)))
        return NULL;
    struct bench_report_group *group = &data->groups[data->group_count++];
    char *own = select_words(label, workload, WORDS_OWN);
    *group = (struct bench_report_group){.reference = row->reference,
                                         .workload = strdup(row->workload),
                                         .engine = strdup(row->engine),
                                         .summary = strdup(workload->summary),
                                         .title = own ? join_words(row->workload, own) : NULL};
    free(own);
    return group->workload && group->engine && group->summary && group->title ? group : NULL;
}

/* "rt and cpython", in the order of the configurations. */
static int
add_engine(struct bench_report_group *group, const char *engine) {
    size_t length = strlen(engine);
    for (const char *at = group->engine; at; at = strstr(at, " and ")) {
        at += at == group->engine ? 0 : strlen(" and ");
        if (strncmp(at, engine, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return 0;
    }
    char *before = group->engine, *and = join_words(before, "and");
    group->engine = and? join_words(and, engine) : NULL;
    free(and);
    free(before);
    return group->engine ? 0 : -ENOMEM;
}

static bool
begins_with_word(const char *label, const char *word) {
    size_t length = strlen(word);
    return strncmp(label, word, length) == 0 && (label[length] == ' ' || label[length] == '\0');
}

/* Whether `engine` is the one that `engines` begins with. What is preloaded into it is a setting, and stands behind
 * a plus. */
static bool
is_first_engine(const char *engines, const char *engine) {
    size_t length = strcspn(engine, "+");
    const char *rest = engines + length;
    return strncmp(engines, engine, length) == 0 &&
           (*rest == '\0' || *rest == '+' || strncmp(rest, " and ", strlen(" and ")) == 0);
}

/* What a configuration is called within its group; the engine is named where it is another one and the label
 * does not begin with it. */
static int
name_config(const struct bench_report_group *group, const struct bench_store_config *row,
            const struct workload *workload, const char *label,
            struct bench_report_config *config) {
    const char *engine = bench_engine_label(row->engine);
    if (strcmp(group->engine, row->engine) == 0 || begins_with_word(label, engine))
        engine = "";
    char *full = select_words(label, workload, WORDS_FULL);
    char *shorter = select_words(label, workload, WORDS_SHORT);
    if (full && shorter) {
        config->label = join_words(engine, *full ? full : "all at default");
        config->short_label = join_words(engine, *shorter ? shorter : "all at default");
    }
    free(full);
    free(shorter);
    return config->label && config->short_label ? 0 : -ENOMEM;
}

static int
on_config(void *context, const struct bench_store_config *row) {
    struct reading *reading = context;
    const char *label = row->label ? row->label : "";
    const struct workload *workload = find_workload(reading, row->workload);
    if (!workload)
        return -EINVAL;
    struct bench_report_group *group = find_group(reading->data, row, workload, label);
    if (!group || bench_array_grow(&group->configs, group->count, sizeof(*group->configs)))
        return -ENOMEM;
    struct bench_report_config *config = &group->configs[group->count++];
    bool is_elsewhere = !is_first_engine(group->engine, row->engine);
    *config = (struct bench_report_config){.id = row->id, .is_elsewhere = is_elsewhere};
    group->choices += !is_elsewhere;
    int error = name_config(group, row, workload, label, config);
    return error ? error : add_engine(group, row->engine);
}

static int
on_workload(void *context, const struct bench_store_workload *row) {
    struct reading *reading = context;
    if (bench_array_grow(&reading->workloads, reading->workload_count, sizeof(*reading->workloads)))
        return -ENOMEM;
    struct workload *workload = &reading->workloads[reading->workload_count++];
    *workload = (struct workload){strdup(row->name), strdup(row->summary ? row->summary : ""),
                                  strdup(row->variant ? row->variant : "")};
    return workload->name && workload->summary && workload->variant ? 0 : -ENOMEM;
}

static void
free_workloads(struct reading *reading) {
    for (size_t i = 0; i < reading->workload_count; i++) {
        free(reading->workloads[i].name);
        free(reading->workloads[i].summary);
        free(reading->workloads[i].variant);
    }
    free(reading->workloads);
}

/* ---- Cells ------------------------------------------------------------------------------------- */

static int
note_trouble(struct reading *reading, const struct bench_store_cell *row) {
    struct bench_report_data *data = reading->data;
    if (bench_array_grow(&data->troubles, data->trouble_count, sizeof(*data->troubles)))
        return -ENOMEM;
    struct bench_report_trouble *trouble = &data->troubles[data->trouble_count++];
    *trouble = (struct bench_report_trouble){.label = strdup(reading->config->label),
                                             .workload = strdup(reading->group->title),
                                             .why = strdup(row->why ? row->why : ""),
                                             .block = row->block,
                                             .state = bench_cell_state_name(row->state)};
    return trouble->label && trouble->workload && trouble->why ? 0 : -ENOMEM;
}

static int
on_cell(void *context, const struct bench_store_cell *row) {
    struct reading *reading = context;
    reading->config->cells++;
    reading->data->cells++;
    if (row->state == BENCH_CELL_PLANNED) {
        reading->data->planned++;
        return 0;
    }
    if (row->state != BENCH_CELL_FINISHED)
        return note_trouble(reading, row);
    reading->config->finished++;
    reading->data->finished++;
    if (bench_array_grow(&reading->cells.rows, reading->cells.count, sizeof(*reading->cells.rows)))
        return -ENOMEM;
    struct cell *cell = &reading->cells.rows[reading->cells.count++];
    *cell = (struct cell){.id = row->id, .block = row->block};
    for (size_t i = 0; i < BENCH_REPORT_METRIC_COUNT; i++)
        cell->values[i] = NAN;
    return 0;
}

static int
on_value(void *context, const char *metric, double value) {
    struct cell *cell = context;
    for (size_t i = 0; i < BENCH_REPORT_METRIC_COUNT; i++)
        if (strcmp(metric, metric_names[i]) == 0)
            cell->values[i] = value;
    return 0;
}

static void
summarize_metric(const struct cells *cells, enum bench_report_metric metric, double *scratch,
                 struct bench_report_config *config) {
    size_t count = 0;
    for (size_t i = 0; i < cells->count; i++)
        if (!isnan(cells->rows[i].values[metric]))
            scratch[count++] = cells->rows[i].values[metric];
    config->median[metric] = bench_array_median(scratch, count);
    config->low[metric] = count ? scratch[0] : NAN;
    config->high[metric] = count ? scratch[count - 1] : NAN;
}

/* The default's cell of the same block, or NULL. */
static const struct cell *
find_pair(const struct cells *defaults, const struct cell *cell) {
    for (size_t i = 0; i < defaults->count; i++)
        if (defaults->rows[i].block == cell->block)
            return &defaults->rows[i];
    return NULL;
}

/* The median over blocks of the ratio to the default's cell of the same block. */
static double
pair_ratio(const struct cells *cells, const struct cells *defaults, enum bench_report_metric metric,
           double *scratch) {
    size_t count = 0;
    for (size_t i = 0; i < cells->count; i++) {
        const struct cell *pair = find_pair(defaults, &cells->rows[i]);
        double ratio = pair ? cells->rows[i].values[metric] / pair->values[metric] : NAN;
        if (isfinite(ratio))
            scratch[count++] = ratio;
    }
    return bench_array_median(scratch, count);
}

static void
count_wins(const struct cells *cells, const struct cells *defaults,
           struct bench_report_config *config) {
    for (size_t i = 0; i < cells->count; i++) {
        const double *values = cells->rows[i].values;
        const struct cell *pair = find_pair(defaults, &cells->rows[i]);
        if (!pair)
            continue;
        const double *others = pair->values;
        double score = bench_report_rank_score(
            values[BENCH_REPORT_WALL_NS] / others[BENCH_REPORT_WALL_NS],
            values[BENCH_REPORT_P99_NS] / others[BENCH_REPORT_P99_NS],
            values[BENCH_REPORT_PEAK_BYTES] / others[BENCH_REPORT_PEAK_BYTES]);
        config->pairs++;
        config->wins += score < 1;
    }
}

static int
on_setting(void *context, const struct bench_store_setting *setting) {
    struct bench_report_config *config = context;
    if (strcmp(setting->knob, "gc.threshold0") == 0)
        config->threshold0 = setting->number;
    if (strcmp(setting->knob, "gc.mode") != 0)
        return 0;
    free(config->mode);
    config->mode = strdup(setting->value);
    return config->mode ? 0 : -ENOMEM;
}

static int
read_settings(struct reading *reading) {
    struct bench_report_config *config = reading->config;
    config->threshold0 = NAN;
    config->mode = strdup("");
    if (!config->mode)
        return -ENOMEM;
    return bench_store_each_setting(reading->store, config->id, on_setting, config);
}

/* ---- One configuration, one group -------------------------------------------------------------- */

/* The one that stands for all in what cannot be summed up. NULL: none is finished. */
static const struct cell *
find_median_cell(const struct reading *reading) {
    double median = reading->config->median[BENCH_REPORT_WALL_NS], least = INFINITY;
    const struct cell *nearest = NULL;
    for (size_t i = 0; i < reading->cells.count; i++) {
        const struct cell *cell = &reading->cells.rows[i];
        double distance = fabs(cell->values[BENCH_REPORT_WALL_NS] - median);
        if (distance < least || !nearest) {
            least = distance;
            nearest = cell;
        }
    }
    return nearest;
}

static int
summarize_config(struct reading *reading, const struct bench_report_config *first) {
    struct bench_report_config *config = reading->config;
    const struct cells *cells = &reading->cells, *defaults = &reading->defaults;
    double *scratch = malloc((cells->count ? cells->count : 1) * sizeof(*scratch));
    if (!scratch)
        return -ENOMEM;
    for (int i = 0; i < BENCH_REPORT_METRIC_COUNT; i++)
        summarize_metric(cells, (enum bench_report_metric)i, scratch, config);
    config->peak_ratio = pair_ratio(cells, defaults, BENCH_REPORT_PEAK_BYTES, scratch);
    config->wall_ratio = pair_ratio(cells, defaults, BENCH_REPORT_WALL_NS, scratch);
    count_wins(cells, defaults, config);
    free(scratch);
    int error = bench_report_curves_read_histograms(reading->store, reading->hist, config);
    if (!error)
        error = read_settings(reading);
    if (error)
        return error;
    config->p99_ratio = config->latency_ns[BENCH_REPORT_P99] / first->latency_ns[BENCH_REPORT_P99];
    config->p999_ratio =
        config->latency_ns[BENCH_REPORT_P999] / first->latency_ns[BENCH_REPORT_P999];
    const struct cell *cell = find_median_cell(reading);
    if (!cell)
        return 0;
    config->cell = cell->id;
    return bench_report_curves_read_series(reading->store, cell->id, config);
}

static int
read_config(struct reading *reading, struct bench_report_group *group, size_t index) {
    reading->config = &group->configs[index];
    reading->group = group;
    reading->cells = (struct cells){0};
    int error = bench_store_each_cell(reading->store, reading->config->id, on_cell, reading);
    for (size_t i = 0; i < reading->cells.count && !error; i++)
        error = bench_store_each_value(reading->store, reading->cells.rows[i].id, on_value,
                                       &reading->cells.rows[i]);
    if (index == 0)
        reading->defaults = reading->cells;
    if (!error)
        error = summarize_config(reading, &group->configs[0]);
    if (index != 0)
        free(reading->cells.rows);
    return error;
}

static int
read_group(struct reading *reading, struct bench_report_group *group) {
    reading->defaults = (struct cells){0};
    int error = 0;
    for (size_t i = 0; i < group->count && !error; i++)
        error = read_config(reading, group, i);
    free(reading->defaults.rows);
    if (!error)
        error = bench_report_rank(group);
    if (!error)
        error = bench_report_detail_read(reading->store, reading->hist, &group->configs[0]);
    if (!error && group->best != 0)
        error =
            bench_report_detail_read(reading->store, reading->hist, &group->configs[group->best]);
    return error;
}

/* Engines are an axis, if there are several. */
static int
note_engines(struct bench_report_data *data) {
    for (size_t i = 0; i < data->group_count; i++)
        if (strstr(data->groups[i].engine, " and "))
            return add_fact(&data->axes, &data->axis_count, "engine", "what runs the cells");
    return 0;
}

static int
read_all(struct reading *reading) {
    struct bench_store *store = reading->store;
    int error = bench_store_each_fact(store, BENCH_STORE_RUN, on_run_fact, reading);
    if (!error)
        error = bench_store_each_fact(store, BENCH_STORE_ENVIRONMENT, on_environment_fact, reading);
    if (!error)
        error = bench_store_each_knob(store, on_knob, reading);
    if (!error)
        error = bench_store_each_workload(store, on_workload, reading);
    if (!error)
        error = bench_store_each_config(store, on_config, reading);
    if (!error)
        error = note_engines(reading->data);
    for (size_t i = 0; i < reading->data->group_count && !error; i++)
        error = read_group(reading, &reading->data->groups[i]);
    if (!error && reading->data->group_count)
        bench_report_rank_overall(reading->data);
    return error ? error : reading->data->group_count ? 0 : -ENODATA;
}

int
bench_report_data_read(const char *db_path, struct bench_report_data *ret_data, char *why,
                       size_t why_bytes) {
    struct bench_report_data data = {0};
    struct reading reading = {.data = &data};
    int error = bench_store_open(db_path, BENCH_STORE_READ, &reading.store, why, why_bytes);
    if (error)
        return error;
    reading.hist = malloc(sizeof(*reading.hist));
    error = reading.hist ? read_all(&reading) : -ENOMEM;
    free(reading.hist);
    free_workloads(&reading);
    if (error == -ENODATA)
        snprintf(why, why_bytes, "%s has no configuration: nothing was planned in this run",
                 db_path);
    else if (error == -ENOMEM)
        snprintf(why, why_bytes, "%s: out of memory while reading it", db_path);
    else if (error)
        snprintf(why, why_bytes, "%s: %s", db_path, bench_store_why(reading.store));
    bench_store_close(reading.store);
    if (error)
        bench_report_data_fini(&data);
    else
        *ret_data = data;
    return error;
}

/* ---- Release ----------------------------------------------------------------------------------- */

static void
free_facts(struct bench_report_fact *facts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(facts[i].key);
        free(facts[i].value);
    }
    free(facts);
}

static void
free_group(struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++) {
        struct bench_report_config *config = &group->configs[i];
        free(config->label);
        free(config->short_label);
        free(config->mode);
        bench_report_curves_fini(config);
        bench_report_detail_free(config->detail);
    }
    free(group->configs);
    free(group->order);
    free(group->front);
    free(group->workload);
    free(group->engine);
    free(group->summary);
    free(group->title);
}

void
bench_report_data_fini(struct bench_report_data *data) {
    for (size_t i = 0; i < data->group_count; i++)
        free_group(&data->groups[i]);
    free(data->groups);
    free_facts(data->run, data->run_count);
    free_facts(data->environment, data->environment_count);
    free_facts(data->axes, data->axis_count);
    for (size_t i = 0; i < data->trouble_count; i++) {
        free(data->troubles[i].label);
        free(data->troubles[i].workload);
        free(data->troubles[i].why);
    }
    free(data->troubles);
    *data = (struct bench_report_data){0};
}
