/* SPDX-License-Identifier: MIT
 *
 * export/summary.c: one number for the cells of a configuration, and how sure it is. See export/file.h.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"

static int
compare_numbers(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* How many of the least values the interval may leave out on each side: so many or fewer of `count` lie below
 * the median with a chance of at most 2.5 %. */
static size_t
spare(size_t count) {
    double chance = exp2(-(double)count), sum = chance;
    size_t below = 0;

    while (below < count && sum <= 0.025) {
        below++;
        chance *= (double)(count - below + 1) / (double)below;
        sum += chance;
    }
    return below == 0 ? 0 : below - 1;
}

void
bench_export_summary_of(double *values, size_t count, struct bench_export_summary *ret_summary) {
    double sum = 0, squares = 0;

    *ret_summary = (struct bench_export_summary){.count = count};
    if (count == 0)
        return;
    qsort(values, count, sizeof *values, compare_numbers);
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    ret_summary->mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - ret_summary->mean) * (values[i] - ret_summary->mean);
    ret_summary->deviation = count < 2 ? 0 : sqrt(squares / (double)(count - 1));
    ret_summary->median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    ret_summary->low = values[spare(count)];
    ret_summary->high = values[count - 1 - spare(count)];
}

/* ---- Of the chosen cells ---------------------------------------------------------------------------------- */

struct column {
    double *values;
    size_t count;
};

static int
append(struct column *column, double value) {
    if ((column->count & (column->count - 1)) == 0) { /* full at each power of two */
        size_t room = column->count == 0 ? 1 : column->count * 2;
        double *grown = realloc(column->values, room * sizeof *grown);
        if (grown == NULL)
            return -ENOMEM;
        column->values = grown;
    }
    column->values[column->count++] = value;
    return 0;
}

struct table {
    struct bench_export *export;
    const char *metric; /* NULL: all that are chosen, each in a column of its own */
    struct column *columns;
};

static int
add_one(void *context, const char *metric, double value) {
    const struct table *table = context;
    return strcmp(metric, table->metric) == 0 ? append(table->columns, value) : 0;
}

static int
add_any(void *context, size_t metric, double value) {
    const struct table *table = context;
    return append(&table->columns[metric], value);
}

static int
add_cell(void *context, const struct bench_store_cell *cell) {
    struct table *table = context;

    if (cell->state != BENCH_CELL_FINISHED)
        return 0;
    return table->metric == NULL
               ? bench_export_each_value(table->export, cell->id, add_any, table)
               : bench_store_each_value(table->export->store, cell->id, add_one, table);
}

int
bench_export_summarise(struct bench_export *export, int64_t config_id, const char *metric,
                       struct bench_export_summary *ret_summary) {
    struct column column = {0};
    struct table table = {.export = export, .metric = metric, .columns = &column};
    int error =
        export->choice->cells == NULL
            ? bench_store_values(export->store, config_id, metric, &column.values, &column.count)
            : bench_export_each_cell(export, config_id, add_cell, &table);

    if (error == 0)
        bench_export_summary_of(column.values, column.count, ret_summary);
    free(column.values);
    return error;
}

int
bench_export_summarise_all(struct bench_export *export, int64_t config_id,
                           struct bench_export_summary *ret_summaries) {
    struct table table = {.export = export,
                          .columns = calloc(export->metric_count + 1, sizeof *table.columns)};
    int error = table.columns == NULL ? -ENOMEM
                                      : bench_export_each_cell(export, config_id, add_cell, &table);

    for (size_t i = 0; table.columns != NULL && i < export->metric_count; i++) {
        if (error == 0)
            bench_export_summary_of(table.columns[i].values, table.columns[i].count,
                                    &ret_summaries[i]);
        free(table.columns[i].values);
    }
    free(table.columns);
    return error;
}
