/* SPDX-License-Identifier: MIT
 *
 * figure/gc.c: the tables and the readings of the collector's figures. See figure/gc.h.
 */
#include "bench/figure/gc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure/table.h"

enum {
    ROWS_MOST = 16
};

/* ---- Rows -------------------------------------------------------------------------------------- */

struct rows {
    const struct bench_report_config *configs[ROWS_MOST];
    size_t count;
};

double
bench_figure_collections(const struct bench_report_config *config) {
    double sum = 0;
    for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++)
        sum += config->median[BENCH_REPORT_COLLECTIONS + i];
    return sum;
}

bool
bench_figure_gc_is_there(const struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (bench_figure_collections(&group->configs[i]) > 0)
            return true;
    return false;
}

/* The first one with this mode. */
static size_t
mode_rank(const struct bench_report_group *group, const char *mode) {
    size_t rank = 0;
    while (rank < group->count && strcmp(group->configs[rank].mode, mode) != 0)
        rank++;
    return rank;
}

static bool
is_before(const struct bench_report_group *group, const struct bench_report_config *one,
          const struct bench_report_config *other) {
    size_t rank = mode_rank(group, one->mode), other_rank = mode_rank(group, other->mode);
    if (rank != other_rank)
        return rank < other_rank;
    bool is_swept = strstr(group->configs[0].label, "gc.threshold0=") != NULL;
    if (is_swept && one->threshold0 != other->threshold0)
        return one->threshold0 < other->threshold0;
    return one < other;
}

static bool
has_pauses(const struct bench_report_config *config) {
    return config->pauses[0].count + config->pauses[1].count + config->pauses[2].count > 0;
}

/* The most telling ones that `wanted`, which may be NULL, says yes to, sorted. */
static void
select_rows(const struct bench_report_group *group,
            bool (*wanted)(const struct bench_report_config *config), struct rows *rows) {
    rows->count = 0;
    for (size_t i = 0; i < group->count && rows->count < ROWS_MOST; i++) {
        const struct bench_report_config *config = &group->configs[group->order[i]];
        size_t at = rows->count;
        if (isnan(bench_figure_collections(config)) || (wanted && !wanted(config)))
            continue;
        for (; at > 0 && is_before(group, config, rows->configs[at - 1]); at--)
            rows->configs[at] = rows->configs[at - 1];
        rows->configs[at] = config;
        rows->count++;
    }
}

static void
write_number(double value, FILE *out) {
    if (isnan(value))
        fputs("n/a\t", out);
    else
        fprintf(out, "%.0f\t", value);
}

static void
write_name(const struct bench_report_config *config, FILE *out) {
    bench_figure_write_cell(config->short_label, out);
    fputc('\n', out);
}

/* ---- Pauses ------------------------------------------------------------------------------------ */

void
bench_figure_pauses_export(const struct bench_report_group *group, FILE *out) {
    struct rows rows;
    select_rows(group, has_pauses, &rows);
    for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++) {
        char name[32];
        snprintf(name, sizeof(name), "generation %d", i);
        bench_figure_begin_block(out, i == 0, name,
                                 "longest_ns\tp99_ns\tcollections\tconfiguration");
        for (size_t k = 0; k < rows.count; k++) {
            const struct bench_report_pauses *pauses = &rows.configs[k]->pauses[i];
            write_number(pauses->mean_ns, out);
            write_number(pauses->max_ns, out);
            write_number(pauses->p99_ns, out);
            write_number((double)pauses->count, out);
            write_name(rows.configs[k], out);
        }
        if (rows.count == 0)
            fputs("n/a\tn/a\tn/a\tn/a\tnothing\n", out);
    }
}

void
bench_figure_pauses_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_pauses *young = group->configs[0].pauses;
    const struct bench_report_config *config = NULL;
    int generation = 0;
    struct rows rows;
    char mean[24], longest[24];
    select_rows(group, has_pauses, &rows);
    for (size_t k = 0; k < rows.count; k++)
        for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++) {
            double ns = rows.configs[k]->pauses[i].max_ns;
            if (!isnan(ns) && (!config || ns > config->pauses[generation].max_ns)) {
                config = rows.configs[k];
                generation = i;
            }
        }
    if (!config) {
        fputs("Nothing was collected.", out);
        return;
    }
    if (young->count)
        fprintf(out,
                "Under the default a collection of generation 0 takes %s on average and %s at "
                "most. ",
                bench_figure_time(young->mean_ns, mean), bench_figure_time(young->max_ns, longest));
    fprintf(out, "The longest of all is one of generation %d with “%s”: %s.", generation,
            config->short_label, bench_figure_time(config->pauses[generation].max_ns, longest));
}

/* ---- Yield ------------------------------------------------------------------------------------- */

void
bench_figure_yield_export(const struct bench_report_group *group, FILE *out) {
    struct rows rows;
    select_rows(group, NULL, &rows);
    bench_figure_begin_block(out, true, "examined", "freed\tcollections\tconfiguration");
    for (size_t i = 0; i < rows.count; i++) {
        write_number(rows.configs[i]->median[BENCH_REPORT_EXAMINED], out);
        write_number(rows.configs[i]->median[BENCH_REPORT_FREED], out);
        write_number(bench_figure_collections(rows.configs[i]), out);
        write_name(rows.configs[i], out);
    }
    if (rows.count == 0)
        fputs("n/a\tn/a\tn/a\tnothing\n", out);
}

/* NaN without a collection. */
static double
get_yield(const struct bench_report_config *config, int which) {
    double examined = config->median[BENCH_REPORT_EXAMINED];
    (void)which;
    return examined > 0 ? config->median[BENCH_REPORT_FREED] / examined : NAN;
}

static void
write_yield(const struct bench_report_config *config, FILE *out) {
    double percent = 100 * get_yield(config, 0), count = bench_figure_collections(config);
    fprintf(out, percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
    fprintf(out, count == 1 ? " in one collection" : " in %.10g collections", count);
}

void
bench_figure_yield_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest, *first = &group->configs[0];
    if (!bench_figure_find_extremes(group, get_yield, 0, &least, &greatest)) {
        fputs("Nothing was collected.", out);
        return;
    }
    fprintf(out, "Of what “%s” examines most is trash, ", greatest->short_label);
    write_yield(greatest, out);
    if (least != greatest) {
        fprintf(out, "; of what “%s” examines least, ", least->short_label);
        write_yield(least, out);
    }
    if (first != least && first != greatest && !isnan(get_yield(first, 0))) {
        fputs("; the default has ", out);
        write_yield(first, out);
    }
    fputc('.', out);
}

/* ---- Longest ----------------------------------------------------------------------------------- */

void
bench_figure_longest_export(const struct bench_report_group *group, FILE *out) {
    struct rows rows;
    select_rows(group, NULL, &rows);
    bench_figure_begin_block(out, true, "operation_ns", "longest_ns\tcollections\tconfiguration");
    for (size_t i = 0; i < rows.count; i++) {
        write_number(rows.configs[i]->median[BENCH_REPORT_OPERATION_PAUSE_MAX_NS], out);
        write_number(rows.configs[i]->median[BENCH_REPORT_PAUSE_MAX_NS], out);
        write_number(bench_figure_collections(rows.configs[i]), out);
        write_name(rows.configs[i], out);
    }
    if (rows.count == 0)
        fputs("n/a\tn/a\tn/a\tnothing\n", out);
}

/* NaN without a collection. */
static double
get_pause(const struct bench_report_config *config, int which) {
    return bench_figure_collections(config) > 0 ? config->median[which] : NAN;
}

static char *
print_pause(double ns, char buffer[24]) {
    return ns > 0 ? bench_figure_time(ns, buffer) : strcpy(buffer, "no time at all");
}

void
bench_figure_longest_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest;
    int metric = BENCH_REPORT_OPERATION_PAUSE_MAX_NS;
    if (!bench_figure_find_extremes(group, get_pause, metric, &least, &greatest) ||
        greatest->median[metric] == 0) {
        fputs("No collection falls into an operation.", out);
        return;
    }
    fputs("In its longest collection inside an operation ", out);
    bench_figure_read_extremes(group, get_pause, metric, print_pause, "stops the program for",
                               "for", out);
}

/* ---- Frames ------------------------------------------------------------------------------------ */

static double
get_median(const struct bench_report_config *config, int which) {
    return config->median[which];
}

static bool
has_frames(const struct bench_report_config *config) {
    return !isnan(config->median[BENCH_REPORT_MISSED_60]) &&
           !isnan(config->median[BENCH_REPORT_MISSED_120]);
}

bool
bench_figure_frames_is_there(const struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (has_frames(&group->configs[i]))
            return true;
    return false;
}

bool
bench_figure_frames_is_telling(const struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (group->configs[i].median[BENCH_REPORT_MISSED_120] > 0)
            return true;
    return false;
}

void
bench_figure_frames_export(const struct bench_report_group *group, FILE *out) {
    static const int metrics[] = {BENCH_REPORT_MISSED_60, BENCH_REPORT_MISSED_120,
                                  BENCH_REPORT_MISSED_RUN_60, BENCH_REPORT_MISSED_RUN_120,
                                  BENCH_REPORT_OPERATIONS};
    struct rows rows;
    select_rows(group, NULL, &rows);
    bench_figure_begin_block(out, true, "missed_60",
                             "missed_120\trun_60\trun_120\tframes\tconfiguration");
    for (size_t i = 0; i < rows.count; i++) {
        for (size_t k = 0; k < sizeof(metrics) / sizeof(metrics[0]); k++)
            write_number(rows.configs[i]->median[metrics[k]], out);
        write_name(rows.configs[i], out);
    }
    if (rows.count == 0)
        fputs("n/a\tn/a\tn/a\tn/a\tn/a\tnothing\n", out);
}

static char *
print_frames(double frames, char buffer[24]) {
    snprintf(buffer, 24, frames == 0 ? "none" : "%.10g", frames);
    return buffer;
}

void
bench_figure_frames_read(const struct bench_report_group *group, FILE *out) {
    static const struct {
        int metric;
        const char *words;
    } rates[] = {{BENCH_REPORT_MISSED_60, "60"}, {BENCH_REPORT_MISSED_120, "120"}};
    const struct bench_report_config *least, *greatest;
    if (!bench_figure_frames_is_there(group)) {
        fputs("The operations of this workload are no frames.", out);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        if (!bench_figure_find_extremes(group, get_median, rates[i].metric, &least, &greatest) ||
            greatest->median[rates[i].metric] == 0)
            continue;
        double frames = group->configs[0].median[BENCH_REPORT_OPERATIONS];
        fprintf(out, isnan(frames) ? "At %s Hz " : "At %s Hz, of %.10g frames, ", rates[i].words,
                frames);
        bench_figure_read_extremes(group, get_median, rates[i].metric, print_frames, "misses",
                                   "misses", out);
        return;
    }
    fputs("No frame takes longer than 1/120 s.", out);
}
