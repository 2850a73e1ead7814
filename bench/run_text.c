/* SPDX-License-Identifier: MIT
 *
 * run_text.c: what a person wants to see of one run. See run_text.h. All of it is written to memory first, and then
 * to where it goes in characters that are understood there.
 */
#include "bench/run_text.h"

#include <stdlib.h>

#include "bench/marks.h"
#include "bench/steady.h"
#include "bench/table.h"
#include "bench/verdict.h"

/* The metric of one of the runtime's counters of the collector. */
#define STAT(name) ((int)BENCH_METRIC_STATS + RT_STAT_GC_##name)

static char *
print_count(double number, char text[BENCH_TABLE_TEXT_BYTES]) {
    snprintf(text, BENCH_TABLE_TEXT_BYTES, "%.0f", number);
    return text;
}

static void
put_metric(struct bench_table *table, const struct bench_record *record, int metric,
           char *(*print)(double number, char text[BENCH_TABLE_TEXT_BYTES])) {
    char text[BENCH_TABLE_TEXT_BYTES];
    bench_table_put(table, record->has[metric] ? print(record->values[metric], text) : "n/a");
}

static void
print_table(struct bench_table *table, FILE *out) {
    bench_table_print(table, out);
    bench_table_fini(table);
}

/* ---- The whole -------------------------------------------------------------------------------------- */

static void
print_head(const struct bench_record *record, const struct bench_cell *cell, const char *engine,
           FILE *out) {
    fprintf(out, "%s on %s, seed %llu: %s", cell->workload->name, engine,
            (unsigned long long)cell->seed, bench_cell_state_name(record->state));
    if (record->why[0] != '\0')
        fprintf(out, ", %s", record->why);
    fprintf(out, "%s%s\n", record->digest[0] == '\0' ? "" : ", digest ", record->digest);
}

static void
print_whole(const struct bench_record *record, FILE *out) {
    static const struct {
        const char *heading;
        int metric;
        char *(*print)(double number, char text[BENCH_TABLE_TEXT_BYTES]);
    } columns[] = {{"time", BENCH_METRIC_WALL_NS, bench_table_time},
                   {"processor", BENCH_METRIC_CPU_NS, bench_table_time},
                   {"operations", BENCH_METRIC_OPERATIONS, print_count},
                   {"memory before", BENCH_METRIC_BASELINE_RSS_BYTES, bench_table_bytes},
                   {"peak", BENCH_METRIC_PEAK_RSS_BYTES, bench_table_bytes},
                   {"after", BENCH_METRIC_DRAINED_RSS_BYTES, bench_table_bytes},
                   {"live at peak", BENCH_METRIC_PEAK_LIVE_BYTES, bench_table_bytes}};
    enum {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    const char *heading[COLUMNS + 1] = {0};
    struct bench_table table;

    for (size_t i = 0; i < COLUMNS; i++)
        heading[i] = columns[i].heading;
    bench_table_init(&table, heading);
    for (size_t i = 0; i < COLUMNS; i++)
        put_metric(&table, record, columns[i].metric, columns[i].print);
    print_table(&table, out);
}

/* ---- Operations ------------------------------------------------------------------------------------- */

/* `first` is the metric of p50; the others follow. */
static void
put_times(struct bench_table *table, const char *name, const struct bench_record *record,
          int first) {
    char text[BENCH_TABLE_TEXT_BYTES];

    bench_table_put(table, name);
    for (int i = first; i < first + BENCH_METRIC_TIMES; i++)
        bench_table_put(table, record->has[i] ? bench_table_time(record->values[i], text) : "n/a");
}

static void
print_latency(const struct bench_record *record, FILE *out) {
    static const char *const heading[] = {"latency", "p50", "p90",  "p99",
                                          "p99.9",   "max", "mean", NULL};
    struct bench_table table;
    char name[64];

    bench_table_init(&table, heading);
    snprintf(name, sizeof name, "of %llu operations", (unsigned long long)record->latency.count);
    put_times(&table, name, record, BENCH_METRIC_LATENCY_P50_NS);
    if (record->intended.count > 0)
        put_times(&table, "from intended begin", record, BENCH_METRIC_INTENDED);
    if (record->metered.count > 0 || record->latency.count > BENCH_MARKS_LOG_MOST)
        put_times(&table, "at an even rate", record, BENCH_METRIC_METERED);
    bench_table_print(&table, out);
    bench_table_fini(&table);
    if (record->metered.count == 0 && record->latency.count > BENCH_MARKS_LOG_MOST)
        fprintf(out, "n/a: begins of more than %d operations are not logged.\n",
                BENCH_MARKS_LOG_MOST);
}

static void
print_late(const struct bench_record *record, FILE *out) {
    char text[BENCH_TABLE_TEXT_BYTES];

    if (record->has[BENCH_METRIC_LATE_OPERATIONS] && record->has[BENCH_METRIC_LATE_MAX_NS])
        fprintf(
            out,
            "\n%.0f operations were due before the loop came to wait for them, by %s at most.\n",
            record->values[BENCH_METRIC_LATE_OPERATIONS],
            bench_table_time(record->values[BENCH_METRIC_LATE_MAX_NS], text));
}

static void
print_frames(const struct bench_record *record, FILE *out) {
    const double *missed = &record->values[BENCH_METRIC_FRAMES_MISSED_60];
    const double *row = &record->values[BENCH_METRIC_FRAMES_MISSED_RUN_60];

    if (record->has[BENCH_METRIC_FRAMES_MISSED_60] && record->has[BENCH_METRIC_FRAMES_MISSED_120])
        fprintf(
            out,
            "\nFrames missed at 60 Hz: %.0f, at most %.0f in a row; at 120 Hz: %.0f, at most %.0f "
            "in a row.\n",
            missed[0], row[0], missed[1], row[1]);
}

static void
print_pace(const struct bench_record *record, FILE *out) {
    const double *values = record->values;
    const struct bench_steady steady = {.drift = values[BENCH_METRIC_DRIFT_RATIO],
                                        .warmup = values[BENCH_METRIC_WARMUP_RATIO],
                                        .drifts = values[BENCH_METRIC_STEADY] == 0 &&
                                                  values[BENCH_METRIC_WARMUP_RATIO] == 0};
    char text[BENCH_STEADY_TEXT_BYTES];

    if (record->has[BENCH_METRIC_STEADY])
        fprintf(out, "Pace: %s.\n", bench_steady_text(&steady, text));
}

/* ---- The collector ---------------------------------------------------------------------------------- */

static void
put_generation(struct bench_table *table, const struct bench_record *record, int generation) {
    static const char *const names[RT_GENERATIONS] = {"youngest", "middle", "full"};
    int pauses = BENCH_METRIC_GC_PAUSE + generation * BENCH_METRIC_TIMES;
    char text[BENCH_TABLE_TEXT_BYTES];

    bench_table_put(table, names[generation]);
    put_metric(table, record, STAT(COLLECTIONS0) + generation, print_count);
    put_metric(table, record, STAT(COLLECTED0) + generation, print_count);
    put_metric(table, record, BENCH_METRIC_GC_UNCOLLECTABLE + generation, print_count);
    put_metric(table, record, pauses, bench_table_time);
    put_metric(table, record, pauses + 2, bench_table_time);
    put_metric(table, record, pauses + 4, bench_table_time);
    bench_table_put(table, bench_table_time((double)record->pause[generation].sum, text));
}

static void
print_yield(const struct bench_record *record, FILE *out) {
    const double *values = record->values;

    if (record->has[BENCH_METRIC_GC_YIELD])
        fprintf(out, "They examined %.0f objects and freed %.0f: yield %.3g.\n",
                values[STAT(EXAMINED)], values[STAT(FREED)], values[BENCH_METRIC_GC_YIELD]);
    if (record->has[BENCH_METRIC_PEAK_TRASH_OBJECTS])
        fprintf(out, "At most %.0f objects were dead and not yet collected.\n",
                values[BENCH_METRIC_PEAK_TRASH_OBJECTS]);
}

static void
print_collections(const struct bench_record *record, FILE *out) {
    static const char *const heading[] = {"collections",   "number",    "collected",
                                          "uncollectable", "pause p50", "pause p99",
                                          "longest",       "together",  NULL};
    struct bench_table table;
    double all = 0;

    if (!record->has[STAT(COLLECTIONS0)])
        return;
    for (int i = 0; i < RT_GENERATIONS; i++)
        all += record->values[STAT(COLLECTIONS0) + i];
    if (all == 0) {
        fprintf(out, "\nThere were no collections.\n");
    } else {
        fputc('\n', out);
        bench_table_init(&table, heading);
        for (int i = 0; i < RT_GENERATIONS; i++)
            if (record->values[STAT(COLLECTIONS0) + i] > 0)
                put_generation(&table, record, i);
        print_table(&table, out);
    }
    print_yield(record, out);
}

/* ---- The workload ----------------------------------------------------------------------------------- */

/* What the workload tells of itself. */
static void
print_own(const struct bench_record *record, const struct wl_workload *workload, FILE *out) {
    char live[BENCH_TABLE_TEXT_BYTES], resident[BENCH_TABLE_TEXT_BYTES];
    bool has_resident = record->has[BENCH_METRIC_ITEM_RESIDENT_BYTES];

    if (record->has[BENCH_METRIC_ITEM_LIVE_BYTES])
        fprintf(out, "\nEach of its %.0f items asked for %s and made resident memory grow by %s.\n",
                record->values[BENCH_METRIC_ITEMS],
                bench_table_bytes(record->values[BENCH_METRIC_ITEM_LIVE_BYTES], live),
                has_resident
                    ? bench_table_bytes(record->values[BENCH_METRIC_ITEM_RESIDENT_BYTES], resident)
                    : "n/a");
    for (size_t i = 0; i < workload->metric_count; i++) {
        enum bench_metric metric = bench_metric_own(workload, i);
        if (record->has[metric])
            fprintf(out, "%s: %.10g %s, %s.\n", workload->metrics[i].name, record->values[metric],
                    workload->metrics[i].unit, workload->metrics[i].help);
    }
    for (size_t i = 0; i < record->note_count; i++)
        fprintf(out, "%s\n", record->notes[i]);
}

/* ---- All of it -------------------------------------------------------------------------------------- */

static void
print_operations(const struct bench_record *record, const struct bench_glance *glance, FILE *out) {
    if (record->latency.count == 0)
        return;
    fputc('\n', out);
    print_latency(record, out);
    (void)bench_glance_hist(glance, &record->latency, out);
    print_pace(record, out);
}

static void
print_finished(const struct bench_record *record, const struct bench_cell *cell, FILE *out) {
    char sentence[BENCH_VERDICT_BYTES];

    print_late(record, out);
    print_frames(record, out);
    print_collections(record, out);
    print_own(record, cell->workload, out);
    fputc('\n', out);
    if (bench_verdict_doubt(record, sentence))
        fprintf(out, "%s\n", sentence);
    if (bench_verdict_of(record, sentence) != BENCH_VERDICT_COUNT)
        fprintf(out, "%s\n", sentence);
}

void
bench_run_text_print(const struct bench_record *record, const struct bench_cell *cell,
                     const char *engine, const struct bench_glance *glance, FILE *out) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&text, &bytes);

    if (memory == NULL)
        return;
    print_head(record, cell, engine, memory);
    if (record->has[BENCH_METRIC_WALL_NS]) {
        fputc('\n', memory);
        print_whole(record, memory);
    }
    (void)bench_glance_memory(glance, &record->resident, &record->live,
                              record->values[BENCH_METRIC_BASELINE_RSS_BYTES], memory);
    print_operations(record, glance, memory);
    if (record->state == BENCH_CELL_FINISHED)
        print_finished(record, cell, memory);
    if (fclose(memory) == 0)
        bench_glance_write(glance, text, out);
    free(text);
}
