/* SPDX-License-Identifier: MIT
 *
 * record.c: what became of one cell. See record.h; the worker's message is documented in README.md.
 */
#include "bench/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/steady.h"

/* What is told of a histogram: BENCH_METRIC_TIMES. The last two are no percentiles. */
static const struct {
    const char *name;
    double percent;
} times[BENCH_METRIC_TIMES] = {{"p50", 50},    {"p90", 90}, {"p99", 99},
                               {"p999", 99.9}, {"max", 0},  {"mean", 0}};

/* The metric of one of the runtime's counters of the collector. */
#define STAT(name) ((int)BENCH_METRIC_STATS + RT_STAT_GC_##name)

enum {
    PERCENTILES = 4,
    MAX = PERCENTILES,
    MEAN
};

static const char *const pause_names[RT_GENERATIONS] = {"pause0", "pause1", "pause2"};
static const char *const line_names[RT_GENERATIONS] = {"collections0", "collections1",
                                                       "collections2"};

struct bench_record *
bench_record_create(void) {
    struct bench_record *record = calloc(1, sizeof *record);
    if (record != NULL)
        bench_record_clear(record);
    return record;
}

static void
fini_series(struct bench_record *record) {
    bench_series_fini(&record->resident);
    bench_series_fini(&record->live);
    bench_series_fini(&record->trash);
    bench_series_fini(&record->pace);
    bench_series_fini(&record->slowest);
    bench_series_fini(&record->mmu);
    for (int i = 0; i < RT_GENERATIONS; i++)
        bench_series_fini(&record->collections[i]);
    for (size_t i = 0; i < WL_SERIES_MOST; i++)
        bench_series_fini(&record->own[i].points);
}

void
bench_record_destroy(struct bench_record *record) {
    if (record == NULL)
        return;
    fini_series(record);
    free(record);
}

void
bench_record_clear(struct bench_record *record) {
    fini_series(record);
    memset(record, 0, sizeof *record);
    bench_hist_init(&record->latency);
    bench_hist_init(&record->intended);
    bench_hist_init(&record->metered);
    bench_hist_init(&record->noise);
    for (int i = 0; i < RT_GENERATIONS; i++)
        bench_hist_init(&record->pause[i]);
    record->exit_status = -1;
}

void
bench_record_put(struct bench_record *record, enum bench_metric metric, double value) {
    record->has[metric] = true;
    record->values[metric] = value;
}

/* ---- From the worker -------------------------------------------------------------------------------- */

static int
refuse(struct bench_record *record, const char *what) {
    snprintf(record->why, sizeof record->why, "the worker's record is broken: %s", what);
    return -EBADMSG;
}

static int
parse_values(struct bench_record *record, json_t *values) {
    const char *name;
    json_t *value;

    json_object_foreach(values, name, value) {
        enum bench_metric metric = bench_metric_find(name);
        if (!json_is_number(value))
            return refuse(record, "a value is not a number");
        if (metric < BENCH_METRIC_MOST)
            bench_record_put(record, metric, json_number_value(value));
    }
    return 0;
}

static int
parse_pair(json_t *pair, int64_t ret_pair[2]) {
    for (size_t i = 0; i < 2; i++) {
        json_t *number = json_array_get(pair, i);
        if (!json_is_integer(number))
            return -EBADMSG;
        ret_pair[i] = json_integer_value(number);
    }
    return 0;
}

static int
parse_hist(struct bench_record *record, json_t *pairs, struct bench_hist *hist) {
    size_t index;
    json_t *pair;

    json_array_foreach(pairs, index, pair) {
        int64_t entry[2];
        if (parse_pair(pair, entry) != 0 || entry[0] < 0 || entry[1] < 1)
            return refuse(record, "a histogram is not a list of [ns, count]");
        bench_hist_record_many(hist, (uint64_t)entry[0], (uint64_t)entry[1]);
    }
    return 0;
}

/* least, greatest and sum, which the buckets alone give only roughly. */
static int
parse_exact(struct bench_record *record, json_t *exact, struct bench_hist *hist) {
    uint64_t number[3];

    if (exact == NULL || hist->count == 0)
        return 0;
    for (size_t i = 0; i < 3; i++) {
        json_t *entry = json_array_get(exact, i);
        if (!json_is_integer(entry) || json_integer_value(entry) < 0)
            return refuse(record, "exact times are not [least, greatest, sum]");
        number[i] = (uint64_t)json_integer_value(entry);
    }
    if (number[1] > BENCH_HIST_GREATEST ||
        bench_hist_bucket(number[0]) != bench_hist_bucket(hist->least) ||
        bench_hist_bucket(number[1]) != bench_hist_bucket(hist->greatest))
        return refuse(record, "exact times do not go with their histogram");
    hist->least = number[0];
    hist->greatest = number[1];
    hist->sum = number[2];
    return 0;
}

static int
parse_times(struct bench_record *record, json_t *pairs, json_t *exact, struct bench_hist *hist) {
    int error = parse_hist(record, pairs, hist);
    return error == 0 ? parse_exact(record, exact, hist) : error;
}

static int
parse_hists(struct bench_record *record, json_t *message) {
    json_t *pauses = json_object_get(message, "pause_ns");
    json_t *exact = json_object_get(message, "pause_exact_ns");
    int error = parse_times(record, json_object_get(message, "latency_ns"),
                            json_object_get(message, "latency_exact_ns"), &record->latency);

    if (error == 0)
        error = parse_times(record, json_object_get(message, "intended_ns"),
                            json_object_get(message, "intended_exact_ns"), &record->intended);
    if (error == 0)
        error = parse_times(record, json_object_get(message, "metered_ns"),
                            json_object_get(message, "metered_exact_ns"), &record->metered);
    for (size_t i = 0; error == 0 && i < RT_GENERATIONS; i++)
        error = parse_times(record, json_array_get(pauses, i), json_array_get(exact, i),
                            &record->pause[i]);
    return error;
}

static int
parse_notes(struct bench_record *record, json_t *notes) {
    size_t index;
    json_t *note;

    json_array_foreach(notes, index, note) {
        if (!json_is_string(note))
            return refuse(record, "a note is not a string");
        if (record->note_count < WL_NOTES_MOST)
            snprintf(record->notes[record->note_count++], BENCH_RECORD_NOTE_BYTES, "%s",
                     json_string_value(note));
    }
    return 0;
}

typedef int (*add_fn)(struct bench_series *series, int64_t at, int64_t value);

static int
parse_pairs(struct bench_record *record, json_t *pairs, add_fn add, struct bench_series *series,
            const char *what) {
    int64_t before = INT64_MIN;
    size_t index;
    json_t *pair;

    json_array_foreach(pairs, index, pair) {
        int64_t entry[2];
        if (parse_pair(pair, entry) != 0 || entry[0] < before)
            return refuse(record, what);
        if (add(series, entry[0], entry[1]) != 0)
            return refuse(record, "out of memory");
        before = entry[0];
    }
    return 0;
}

static int
parse_series(struct bench_record *record, json_t *pairs, struct bench_series *series,
             const char *what) {
    return parse_pairs(record, pairs, bench_series_add, series, what);
}

static int
parse_lines(struct bench_record *record, json_t *lines) {
    int error = 0;

    for (size_t i = 0; error == 0 && i < RT_GENERATIONS; i++)
        error = parse_pairs(record, json_array_get(lines, i), bench_series_append,
                            &record->collections[i],
                            "collections_ns is not lists of [ns, ns] in order of time");
    return error;
}

static const struct wl_series *
find_series(const char *name) {
    size_t count;
    const struct wl_workload *const *workloads = wl_registry(&count);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < workloads[i]->series_count; k++)
            if (strcmp(workloads[i]->series[k].name, name) == 0)
                return &workloads[i]->series[k];
    return NULL;
}

static int
parse_own_series(struct bench_record *record, json_t *all) {
    size_t used = 0;
    const char *name;
    json_t *pairs;

    json_object_foreach(all, name, pairs) {
        const struct wl_series *row = find_series(name);
        if (row == NULL || used == WL_SERIES_MOST)
            continue;
        record->own[used].row = row;
        int error = parse_series(record, pairs, &record->own[used++].points,
                                 "a series is not a list of [at, value] in rising order");
        if (error != 0)
            return error;
    }
    return 0;
}

static int
parse_state(struct bench_record *record, json_t *message) {
    const char *status = json_string_value(json_object_get(message, "status"));
    const char *why = json_string_value(json_object_get(message, "why"));

    if (status == NULL)
        return refuse(record, "no status");
    for (int state = BENCH_CELL_FINISHED; state <= BENCH_CELL_MEMORY; state++)
        if (strcmp(status, bench_cell_state_name((enum bench_cell_state)state)) == 0) {
            record->state = (enum bench_cell_state)state;
            snprintf(record->why, sizeof record->why, "%s", why == NULL ? "" : why);
            return 0;
        }
    return refuse(record, "unknown status");
}

int
bench_record_parse(struct bench_record *record, json_t *message) {
    const char *digest = json_string_value(json_object_get(message, "digest"));
    int error = parse_state(record, message);

    if (error == 0 && digest != NULL) {
        if (strlen(digest) != 16 || strspn(digest, "0123456789abcdef") != 16)
            error = refuse(record, "digest is not 16 hexadecimal digits");
        else
            memcpy(record->digest, digest, 17);
    }
    if (error == 0)
        error = parse_values(record, json_object_get(message, "values"));
    if (error == 0)
        error = parse_hists(record, message);
    if (error == 0)
        error = parse_series(record, json_object_get(message, "live_bytes"), &record->live,
                             "live is not a list of [ns, bytes] in order of time");
    if (error == 0)
        error = parse_series(record, json_object_get(message, "trash_bytes"), &record->trash,
                             "trash_bytes is not a list of [ns, bytes] in order of time");
    if (error == 0)
        error =
            parse_pairs(record, json_object_get(message, "pace_ps"), bench_series_append,
                        &record->pace, "pace_ps is not a list of [operations, ps] in rising order");
    if (error == 0)
        error = parse_series(record, json_object_get(message, "slowest_ns"), &record->slowest,
                             "slowest_ns is not a list of [operation, ns] in rising order");
    if (error == 0)
        error = parse_lines(record, json_object_get(message, "collections_ns"));
    if (error == 0)
        error = parse_pairs(record, json_object_get(message, "mmu"), bench_series_append,
                            &record->mmu, "mmu is not a list of [ns, ppm] with rising windows");
    if (error == 0)
        error = parse_own_series(record, json_object_get(message, "series"));
    if (error == 0)
        error = parse_notes(record, json_object_get(message, "notes"));
    return error;
}

/* ---- What follows from the rest --------------------------------------------------------------------- */

static int
compare_values(const void *one, const void *other) {
    int64_t a = ((const struct bench_sample *)one)->value,
            b = ((const struct bench_sample *)other)->value;
    return (a > b) - (a < b);
}

/* The value that was not exceeded half of the time from 0 on: each sample holds until the next. */
static bool
find_median(const struct bench_series *series, double *ret_median) {
    size_t count = series->count;
    struct bench_sample *held = malloc((count + 1) * sizeof *held); /* t_ns: how long */
    int64_t whole = 0, passed = 0;
    size_t used = 0;

    for (size_t i = 0; held != NULL && i + 1 < count; i++) {
        int64_t from = series->samples[i].t_ns > 0 ? series->samples[i].t_ns : 0;
        int64_t length = series->samples[i + 1].t_ns - from;
        if (length <= 0)
            continue;
        held[used++] = (struct bench_sample){length, series->samples[i].value};
        whole += length;
    }
    if (used > 0)
        qsort(held, used, sizeof *held, compare_values);
    for (size_t i = 0; i < used && passed * 2 < whole; i++) {
        passed += held[i].t_ns;
        *ret_median = (double)held[i].value;
    }
    free(held);
    return used > 0;
}

/* The kernel counts in batches, so that a sample may lie a little above its own high-water mark. */
static void
raise_peak_to_samples(struct bench_record *record) {
    const struct bench_series *resident = &record->resident;
    double *peak = &record->values[BENCH_METRIC_PEAK_RSS_BYTES];

    for (size_t i = 0; record->has[BENCH_METRIC_PEAK_RSS_BYTES] && i < resident->count; i++)
        if ((double)resident->samples[i].value > *peak)
            *peak = (double)resident->samples[i].value;
}

/* Of what grew, all but what was live besides the items is theirs. */
static void
derive_items(struct bench_record *record) {
    const double *values = record->values;
    const bool *has = record->has;

    if (!has[BENCH_METRIC_ITEMS] || !has[BENCH_METRIC_ITEMS_LIVE_BYTES])
        return;
    double items = values[BENCH_METRIC_ITEMS], theirs = values[BENCH_METRIC_ITEMS_LIVE_BYTES];
    bench_record_put(record, BENCH_METRIC_ITEM_LIVE_BYTES, theirs / items);
    if (has[BENCH_METRIC_PEAK_RSS_BYTES] && has[BENCH_METRIC_BASELINE_RSS_BYTES] &&
        has[BENCH_METRIC_PEAK_LIVE_BYTES]) {
        double growth =
            values[BENCH_METRIC_PEAK_RSS_BYTES] - values[BENCH_METRIC_BASELINE_RSS_BYTES];
        double others = values[BENCH_METRIC_PEAK_LIVE_BYTES] - theirs;
        bench_record_put(record, BENCH_METRIC_ITEM_RESIDENT_BYTES, (growth - others) / items);
    }
}

/* `first` is the metric of p50; the others follow. */
static void
derive_times(struct bench_record *record, const struct bench_hist *hist, int first) {
    uint64_t value;
    double mean;

    for (int i = 0; i < PERCENTILES; i++)
        if (bench_hist_percentile(hist, times[i].percent, &value))
            bench_record_put(record, (enum bench_metric)(first + i), (double)value);
    if (bench_hist_mean(hist, &mean)) {
        bench_record_put(record, (enum bench_metric)(first + MAX), (double)hist->greatest);
        bench_record_put(record, (enum bench_metric)(first + MEAN), mean);
    }
}

/* Without a collection there is no yield, and no pause. */
static void
derive_collections(struct bench_record *record) {
    double longest = 0, sum = 0, examined = record->values[STAT(EXAMINED)];

    if (!record->has[STAT(COLLECTIONS0)])
        return;
    for (int i = 0; i < RT_GENERATIONS; i++) {
        const struct bench_hist *hist = &record->pause[i];
        derive_times(record, hist, BENCH_METRIC_GC_PAUSE + i * BENCH_METRIC_TIMES);
        sum += (double)hist->sum;
        if ((double)hist->greatest > longest)
            longest = (double)hist->greatest;
    }
    bench_record_put(record, BENCH_METRIC_GC_PAUSE_SUM_NS, sum);
    bench_record_put(record, BENCH_METRIC_GC_PAUSE_MAX_NS, longest);
    if (examined > 0)
        bench_record_put(record, BENCH_METRIC_GC_YIELD, record->values[STAT(FREED)] / examined);
}

/* Of those windows that were no longer than the work. */
static void
derive_mmu(struct bench_record *record) {
    static const struct {
        int64_t window_ns;
        enum bench_metric metric;
    } told[] = {{10000000, BENCH_METRIC_MMU_10MS}, {100000000, BENCH_METRIC_MMU_100MS}};

    for (size_t i = 0; i < record->mmu.count; i++)
        for (size_t k = 0; k < sizeof told / sizeof told[0]; k++)
            if (record->mmu.samples[i].t_ns == told[k].window_ns)
                bench_record_put(record, told[k].metric,
                                 (double)record->mmu.samples[i].value / 1e6);
}

static void
derive_noise(struct bench_record *record) {
    uint64_t value;

    if (bench_hist_percentile(&record->noise, 99.9, &value))
        bench_record_put(record, BENCH_METRIC_NOISE_P999_NS, (double)value);
    if (record->noise.count > 0)
        bench_record_put(record, BENCH_METRIC_NOISE_MAX_NS, (double)record->noise.greatest);
}

/* Whether the run kept its pace. */
static void
derive_pace(struct bench_record *record) {
    double pace[BENCH_STEADY_SPANS_MOST];
    struct bench_steady steady;
    size_t count = 0;

    for (; count < record->pace.count && count < BENCH_STEADY_SPANS_MOST; count++)
        pace[count] = (double)record->pace.samples[count].value;
    if (!bench_steady_judge(pace, count, &steady))
        return;
    bench_record_put(record, BENCH_METRIC_STEADY, !steady.drifts && steady.warmup == 0);
    bench_record_put(record, BENCH_METRIC_DRIFT_RATIO, steady.drift);
    bench_record_put(record, BENCH_METRIC_WARMUP_RATIO, steady.warmup);
}

void
bench_record_derive(struct bench_record *record) {
    const double *values = record->values;
    const bool *has = record->has;
    double number = 0;

    derive_times(record, &record->latency, BENCH_METRIC_LATENCY_P50_NS);
    derive_times(record, &record->intended, BENCH_METRIC_INTENDED);
    derive_times(record, &record->metered, BENCH_METRIC_METERED);
    derive_collections(record);
    derive_mmu(record);
    derive_pace(record);
    derive_noise(record);
    raise_peak_to_samples(record);
    if (find_median(&record->resident, &number))
        bench_record_put(record, BENCH_METRIC_MEDIAN_RSS_BYTES, number);
    if (has[BENCH_METRIC_PEAK_RSS_BYTES] && has[BENCH_METRIC_BASELINE_RSS_BYTES] &&
        has[BENCH_METRIC_PEAK_LIVE_BYTES] && values[BENCH_METRIC_PEAK_LIVE_BYTES] > 0)
        bench_record_put(
            record, BENCH_METRIC_OVERHEAD_RATIO,
            (values[BENCH_METRIC_PEAK_RSS_BYTES] - values[BENCH_METRIC_BASELINE_RSS_BYTES]) /
                values[BENCH_METRIC_PEAK_LIVE_BYTES]);
    derive_items(record);
}

/* ---- To the store ----------------------------------------------------------------------------------- */

static const char *
text_or_null(const char *text) {
    return text[0] == '\0' ? NULL : text;
}

static int
put_series(struct bench_store *store, int64_t cell, const struct wl_series *row,
           const struct bench_series *series) {
    return series->count == 0
               ? 0
               : bench_store_put_series(store, cell, row->name, row->unit, row->at_unit, series);
}

static int
store_series(const struct bench_record *record, struct bench_store *store, int64_t cell) {
    const struct {
        struct wl_series row;
        const struct bench_series *series;
    } common[] = {
        {{"resident", "bytes", "ns", NULL}, &record->resident},
        {{"live", "bytes", "ns", NULL}, &record->live},
        {{"trash", "bytes", "ns", NULL}, &record->trash},
        {{"pace", "ps", "operations", NULL}, &record->pace},
        {{"slowest", "ns", "operations", NULL}, &record->slowest},
        {{"mmu", "ppm", "ns", NULL}, &record->mmu},
    };
    int error = 0;

    for (size_t i = 0; error == 0 && i < sizeof common / sizeof common[0]; i++)
        error = put_series(store, cell, &common[i].row, common[i].series);
    for (int i = 0; error == 0 && i < RT_GENERATIONS; i++)
        error = put_series(store, cell, &(struct wl_series){line_names[i], "ns", "ns", NULL},
                           &record->collections[i]);
    for (size_t i = 0; error == 0 && i < WL_SERIES_MOST; i++)
        if (record->own[i].row != NULL)
            error = put_series(store, cell, record->own[i].row, &record->own[i].points);
    return error;
}

static int
store_hists(const struct bench_record *record, struct bench_store *store, int64_t cell) {
    const struct {
        const char *name;
        const struct bench_hist *hist;
    } all[] = {{"latency", &record->latency},       {"intended", &record->intended},
               {"metered", &record->metered},       {"noise", &record->noise},
               {pause_names[0], &record->pause[0]}, {pause_names[1], &record->pause[1]},
               {pause_names[2], &record->pause[2]}};
    int error = 0;

    for (size_t i = 0; error == 0 && i < sizeof all / sizeof all[0]; i++)
        if (all[i].hist->count > 0)
            error = bench_store_put_histogram(store, cell, all[i].name, "ns", all[i].hist);
    return error;
}

int
bench_record_store(const struct bench_record *record, struct bench_store *store,
                   const struct bench_store_cell *row) {
    struct bench_store_cell cell = *row;
    int error;

    cell.state = record->state;
    cell.exit_status = record->exit_status;
    cell.signal = record->signal;
    cell.why = text_or_null(record->why);
    cell.stderr_tail = text_or_null(record->stderr_tail);
    cell.digest = text_or_null(record->digest);
    cell.started = record->started;
    cell.elapsed_ns = record->elapsed_ns;
    error = bench_store_put_cell(store, &cell);
    for (int i = 0; error == 0 && i < bench_metric_count(); i++)
        if (record->has[i])
            error = bench_store_put_value(
                store, cell.id, bench_metric_row((enum bench_metric)i).name, record->values[i]);
    if (error == 0)
        error = store_hists(record, store, cell.id);
    return error == 0 ? store_series(record, store, cell.id) : error;
}

/* ---- To the user ------------------------------------------------------------------------------------ */

static json_t *
number_json(const struct bench_record *record, enum bench_metric metric) {
    double value = record->values[metric];
    if (!record->has[metric])
        return json_null();
    return value == (double)(json_int_t)value ? json_integer((json_int_t)value) : json_real(value);
}

/* `first` is the metric of p50; the others follow. */
static json_t *
times_json(const struct bench_record *record, uint64_t count, int first) {
    json_t *object = json_object();

    json_object_set_new(object, "count", json_integer((json_int_t)count));
    for (int i = 0; i < BENCH_METRIC_TIMES; i++)
        json_object_set_new(object, times[i].name,
                            number_json(record, (enum bench_metric)(first + i)));
    return object;
}

static json_t *
generations_json(const struct bench_record *record, int first) {
    json_t *all = json_array();

    for (int i = 0; i < RT_GENERATIONS; i++)
        json_array_append_new(all, number_json(record, (enum bench_metric)(first + i)));
    return all;
}

/* Metrics by the last part of their names: "gc.freed" becomes freed. */
static void
put_numbers(json_t *object, const struct bench_record *record, int first, int last) {
    for (int i = first; i <= last; i++) {
        const char *name = bench_metric_row((enum bench_metric)i).name;
        json_object_set_new(object, strrchr(name, '.') + 1,
                            number_json(record, (enum bench_metric)i));
    }
}

static json_t *
points_json(const struct bench_series *series) {
    json_t *points = json_array();

    for (size_t i = 0; i < series->count; i++)
        json_array_append_new(points, json_pack("[I, I]", (json_int_t)series->samples[i].t_ns,
                                                (json_int_t)series->samples[i].value));
    return points;
}

/* null for a worker that says nothing of a collector. */
static json_t *
collections_json(const struct bench_record *record) {
    json_t *gc = json_object(), *pauses = json_array();

    if (!record->has[STAT(COLLECTIONS0)]) {
        json_decref(gc);
        json_decref(pauses);
        return json_null();
    }
    json_object_set_new(gc, "collections", generations_json(record, STAT(COLLECTIONS0)));
    json_object_set_new(gc, "collected", generations_json(record, STAT(COLLECTED0)));
    json_object_set_new(gc, "uncollectable",
                        generations_json(record, BENCH_METRIC_GC_UNCOLLECTABLE));
    put_numbers(gc, record, STAT(EXAMINED), STAT(FREED_BYTES));
    put_numbers(gc, record, BENCH_METRIC_GC_YIELD, BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS);
    for (int i = 0; i < RT_GENERATIONS; i++)
        json_array_append_new(pauses, times_json(record, record->pause[i].count,
                                                 BENCH_METRIC_GC_PAUSE + i * BENCH_METRIC_TIMES));
    json_object_set_new(gc, "pause_ns", pauses);
    json_object_set_new(gc, "mmu_ppm", points_json(&record->mmu));
    return gc;
}

/* What the runtime counted of the allocator. */
static json_t *
alloc_json(const struct bench_record *record) {
    json_t *alloc = json_object();
    put_numbers(alloc, record, BENCH_METRIC_STATS, STAT(COLLECTIONS0) - 1);
    return alloc;
}

static json_t *
own_metrics_json(const struct bench_record *record, const struct wl_workload *workload) {
    json_t *metrics = json_object();

    for (size_t i = 0; i < workload->metric_count; i++)
        json_object_set_new(metrics, workload->metrics[i].name,
                            number_json(record, bench_metric_own(workload, i)));
    return metrics;
}

/* {"name": {"unit": ..., "at_unit": ..., "points": [[at, value], ...]}} */
static json_t *
own_series_json(const struct bench_record *record) {
    json_t *all = json_object();

    for (size_t i = 0; i < WL_SERIES_MOST; i++) {
        const struct wl_series *row = record->own[i].row;
        if (row != NULL)
            json_object_set_new(all, row->name,
                                json_pack("{s:s, s:s, s:o}", "unit", row->unit, "at_unit",
                                          row->at_unit, "points",
                                          points_json(&record->own[i].points)));
    }
    return all;
}

static json_t *
notes_json(const struct bench_record *record) {
    json_t *notes = json_array();

    for (size_t i = 0; i < record->note_count; i++)
        json_array_append_new(notes, json_string(record->notes[i]));
    return notes;
}

/* Has an object of its own. */
static bool
is_time_of_operations(const char *name) {
    return strncmp(name, "latency_", 8) == 0 || strncmp(name, "intended_", 9) == 0 ||
           strncmp(name, "metered_", 8) == 0;
}

json_t *
bench_record_json(const struct bench_record *record, const struct bench_cell *cell,
                  const char *engine) {
    json_t *object = json_pack(
        "{s:s, s:s, s:i, s:s, s:I, s:o, s:s, s:s?, s:s?, s:s?}", "schema", "gcsweep.run/1",
        "workload", cell->workload->name, "workload_version", cell->workload->version, "engine",
        engine, "seed", (json_int_t)cell->seed, "knobs", bench_cell_knobs_json(cell), "status",
        bench_cell_state_name(record->state), "digest", text_or_null(record->digest), "why",
        text_or_null(record->why), "stderr", text_or_null(record->stderr_tail));

    if (object == NULL)
        return NULL;
    for (int i = 0; i < BENCH_METRIC_GC; i++)
        if (!is_time_of_operations(bench_metric_row((enum bench_metric)i).name))
            json_object_set_new(object, bench_metric_row((enum bench_metric)i).name,
                                number_json(record, (enum bench_metric)i));
    json_object_set_new(object, "latency_ns",
                        times_json(record, record->latency.count, BENCH_METRIC_LATENCY_P50_NS));
    json_object_set_new(object, "intended_ns",
                        times_json(record, record->intended.count, BENCH_METRIC_INTENDED));
    json_object_set_new(object, "metered_ns",
                        times_json(record, record->metered.count, BENCH_METRIC_METERED));
    json_object_set_new(object, "gc", collections_json(record));
    json_object_set_new(object, "alloc", alloc_json(record));
    json_object_set_new(object, "metrics", own_metrics_json(record, cell->workload));
    json_object_set_new(object, "series", own_series_json(record));
    json_object_set_new(object, "notes", notes_json(record));
    return object;
}
