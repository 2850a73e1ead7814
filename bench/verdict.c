/* SPDX-License-Identifier: MIT
 *
 * verdict.c: what stood out in a run. See verdict.h, which has the rules; each is a function here that writes its
 * sentence and says whether it holds, and their order is that of the table below.
 */
#include "bench/verdict.h"

#include <math.h>
#include <stdio.h>

#include "bench/summary.h"
#include "bench/table.h"

/* The metric of one of the runtime's counters of the collector. */
#define STAT(name) ((int)BENCH_METRIC_STATS + RT_STAT_GC_##name)

static const double mib = 1 << 20;

/* NaN, which no comparison holds of, if the engine did not tell. */
static double
value_of(const struct bench_record *record, int metric) {
    return record->has[metric] ? record->values[metric] : NAN;
}

static double
sum_of(const struct bench_record *record, int first) {
    double sum = 0;
    for (int i = 0; i < RT_GENERATIONS; i++)
        sum += value_of(record, first + i);
    return sum;
}

static double
growth_of(const struct bench_record *record) {
    return value_of(record, BENCH_METRIC_PEAK_RSS_BYTES) -
           value_of(record, BENCH_METRIC_BASELINE_RSS_BYTES);
}

/* ---- The rules -------------------------------------------------------------------------------------- */

static bool
is_busy(const struct bench_record *record, char *text) {
    double wall = value_of(record, BENCH_METRIC_WALL_NS),
           cpu = value_of(record, BENCH_METRIC_CPU_NS);

    snprintf(text, BENCH_VERDICT_BYTES,
             "The work waited for %.0f %% of its time: the machine was busy, so take the times "
             "with care.",
             100 - 100 * cpu / wall);
    return record->intended.count == 0 && wall > 1.2 * cpu + 1e6;
}

static bool
is_noisy(const struct bench_record *record, char *text) {
    double pause = value_of(record, BENCH_METRIC_NOISE_MAX_NS);
    char time[BENCH_TABLE_TEXT_BYTES];

    snprintf(text, BENCH_VERDICT_BYTES,
             "The machine itself paused for %s: take the longest times with care.",
             bench_table_time(pause, time));
    return pause > BENCH_SUMMARY_NOISE_NS;
}

/* How much of the time of the work was the collector's. A workload that waits collects then, too. */
static double
collector_percent(const struct bench_record *record) {
    return 100 * value_of(record, BENCH_METRIC_GC_PAUSE_SUM_NS) /
           value_of(record, BENCH_METRIC_WALL_NS);
}

static bool
is_barren(const struct bench_record *record, char *text) {
    double collections = sum_of(record, STAT(COLLECTIONS0)), percent = collector_percent(record);

    snprintf(text, BENCH_VERDICT_BYTES,
             collections > 1 ? "The collector took %.0f %% of the time, and none of its %.0f "
                               "collections found any trash."
                             : "The collector took %.0f %% of the time, and its collection found "
                               "no trash.",
             percent, collections);
    return percent >= 5 && sum_of(record, STAT(COLLECTED0)) == 0;
}

static bool
is_collector(const struct bench_record *record, char *text) {
    double full = value_of(record, STAT(COLLECTIONS2)), percent = collector_percent(record);
    double share = 100 * (double)record->pause[RT_GENERATIONS - 1].sum /
                   value_of(record, BENCH_METRIC_GC_PAUSE_SUM_NS);

    if (full == 0)
        snprintf(text, BENCH_VERDICT_BYTES,
                 "The collector took %.0f %% of the time, without a full collection.", percent);
    else
        snprintf(text, BENCH_VERDICT_BYTES,
                 "The collector took %.0f %% of the time, %.0f %% of that in %.0f full "
                 "collection%s.",
                 percent, share, full, full == 1 ? "" : "s");
    return percent >= 25;
}

static const char *
kind_of_longest(const struct bench_record *record, double ns) {
    static const char *const kinds[RT_GENERATIONS] = {"a collection of the youngest generation",
                                                      "a collection of the middle generation",
                                                      "a full collection"};

    for (int i = RT_GENERATIONS - 1; i >= 0; i--)
        if (record->pause[i].count > 0 && (double)record->pause[i].greatest == ns)
            return kinds[i];
    return "a collection";
}

static bool
is_pause(const struct bench_record *record, char *text) {
    double most = value_of(record, BENCH_METRIC_LATENCY_MAX_NS);
    double median = value_of(record, BENCH_METRIC_LATENCY_P50_NS);
    double pause = value_of(record, BENCH_METRIC_GC_OPERATION_PAUSE_MAX_NS);
    double percent = fmin(100, 100 * pause / most);
    char time[BENCH_TABLE_TEXT_BYTES];

    snprintf(text, BENCH_VERDICT_BYTES,
             "The slowest operation took %s, %.0f times the median one, and %.0f %% of that was "
             "%s.",
             bench_table_time(most, time), most / median, percent, kind_of_longest(record, pause));
    return median > 0 && most >= 20 * median && percent >= 50;
}

static bool
is_trash(const struct bench_record *record, char *text) {
    double live = value_of(record, BENCH_METRIC_EXPECTED_LIVE_BYTES);
    double trash = record->has[BENCH_METRIC_PEAK_TRASH_BYTES]
                       ? record->values[BENCH_METRIC_PEAK_TRASH_BYTES]
                       : value_of(record, BENCH_METRIC_PEAK_LIVE_BYTES) - live;
    char bytes[BENCH_TABLE_TEXT_BYTES];

    snprintf(text, BENCH_VERDICT_BYTES,
             "Trash that was not collected yet took %s at its most, %.1f times what lived.",
             bench_table_bytes(trash, bytes), trash / live);
    return value_of(record, BENCH_METRIC_PEAK_TRASH_OBJECTS) > 0 && live > 0 && trash >= live;
}

static bool
is_held(const struct bench_record *record, char *text) {
    double live = value_of(record, BENCH_METRIC_PEAK_LIVE_BYTES), growth = growth_of(record);
    char bytes[BENCH_TABLE_TEXT_BYTES];

    snprintf(text, BENCH_VERDICT_BYTES,
             "Resident memory grew by %s, %.1f times what was live at its peak.",
             bench_table_bytes(growth, bytes), growth / live);
    return live > 0 && growth >= 1.5 * live && growth > mib;
}

static bool
is_kept(const struct bench_record *record, char *text) {
    double growth = growth_of(record);
    double left = value_of(record, BENCH_METRIC_DRAINED_RSS_BYTES) -
                  value_of(record, BENCH_METRIC_BASELINE_RSS_BYTES);
    char one[BENCH_TABLE_TEXT_BYTES], other[BENCH_TABLE_TEXT_BYTES];

    snprintf(text, BENCH_VERDICT_BYTES,
             "Memory did not come back: of the %s that it had grown by, %s stayed resident when "
             "everything was released.",
             bench_table_bytes(growth, one), bench_table_bytes(left, other));
    return left >= 0.25 * growth && left > 4 * mib;
}

static bool
is_tail(const struct bench_record *record, char *text) {
    double tail = value_of(record, BENCH_METRIC_LATENCY_P99_NS) /
                  value_of(record, BENCH_METRIC_LATENCY_P50_NS);

    snprintf(text, BENCH_VERDICT_BYTES,
             "One operation in a hundred took %.1f times as long as the median one, or longer.",
             tail);
    return isfinite(tail) && tail > 5;
}

static bool
is_pace(const struct bench_record *record, char *text) {
    double drift = value_of(record, BENCH_METRIC_DRIFT_RATIO);

    snprintf(text, BENCH_VERDICT_BYTES, "Operations slowed down by %.0f %% over the run.",
             100 * drift);
    return value_of(record, BENCH_METRIC_STEADY) == 0 && drift >= 0.5;
}

static bool
is_nothing(const struct bench_record *record, char *text) {
    double ratio = growth_of(record) / value_of(record, BENCH_METRIC_PEAK_LIVE_BYTES);
    bool has_ratio = isfinite(ratio), has_times = record->has[BENCH_METRIC_LATENCY_P99_NS];
    const char *but = record->note_count > 0 ? " but what the workload itself found" : "";

    if (has_ratio)
        snprintf(text, BENCH_VERDICT_BYTES,
                 "Nothing stood out%s: memory grew by %.2f times what was live%s.", but, ratio,
                 has_times ? ", and the tail is short" : "");
    else
        snprintf(text, BENCH_VERDICT_BYTES, "Nothing stood out%s: the tail is short.", but);
    return has_ratio || has_times;
}

enum bench_verdict
bench_verdict_of(const struct bench_record *record, char ret_sentence[BENCH_VERDICT_BYTES]) {
    static bool (*const rules[BENCH_VERDICT_COUNT])(const struct bench_record *record,
                                                    char *text) = {
        [BENCH_VERDICT_BARREN] = is_barren,   [BENCH_VERDICT_COLLECTOR] = is_collector,
        [BENCH_VERDICT_PAUSE] = is_pause,     [BENCH_VERDICT_TRASH] = is_trash,
        [BENCH_VERDICT_HELD] = is_held,       [BENCH_VERDICT_KEPT] = is_kept,
        [BENCH_VERDICT_TAIL] = is_tail,       [BENCH_VERDICT_PACE] = is_pace,
        [BENCH_VERDICT_NOTHING] = is_nothing,
    };

    for (int i = 0; i < BENCH_VERDICT_COUNT; i++)
        if (rules[i](record, ret_sentence))
            return (enum bench_verdict)i;
    ret_sentence[0] = '\0';
    return BENCH_VERDICT_COUNT;
}

bool
bench_verdict_doubt(const struct bench_record *record, char ret_sentence[BENCH_VERDICT_BYTES]) {
    if (is_busy(record, ret_sentence) || is_noisy(record, ret_sentence))
        return true;
    ret_sentence[0] = '\0';
    return false;
}
