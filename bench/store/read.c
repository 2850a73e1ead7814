/* SPDX-License-Identifier: MIT
 *
 * store/read.c: rows out of a run file. See store.h.
 *
 * The each-functions may be nested as long as no two of the same kind are (their statement is shared).
 */
#include "bench/store/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps; when the rows are over or fn has stopped them, leaves the statement reset. */
static bool
next(struct bench_store *store, sqlite3_stmt *statement, int *error) {
    if (statement == NULL) {
        *error = -EIO;
        return false;
    }
    if (*error != 0) {
        sqlite3_reset(statement);
        return false;
    }
    int step = bench_store_step(store, statement);
    *error = step < 0 ? step : 0;
    return step == 1;
}

static const char *
column_text(sqlite3_stmt *statement, int at) {
    return (const char *)sqlite3_column_text(statement, at);
}

int
bench_store_fact(struct bench_store *store, enum bench_store_facts which, const char *key,
                 char *ret_value, size_t bytes) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, which == BENCH_STORE_RUN ? "SELECT value FROM run WHERE key = ?"
                                        : "SELECT value FROM environment WHERE key = ?");
    int error = 0;

    if (statement != NULL)
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (!next(store, statement, &error))
        return error == 0 ? -ENOENT : error;
    snprintf(ret_value, bytes, "%s", column_text(statement, 0));
    sqlite3_reset(statement);
    return 0;
}

int
bench_store_each_fact(struct bench_store *store, enum bench_store_facts which,
                      int (*fn)(void *context, const char *key, const char *value), void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, which == BENCH_STORE_RUN ? "SELECT key, value FROM run ORDER BY key"
                                        : "SELECT key, value FROM environment ORDER BY key");
    int error = 0;

    while (next(store, statement, &error))
        error = fn(context, column_text(statement, 0), column_text(statement, 1));
    return error;
}

int
bench_store_each_workload(struct bench_store *store,
                          int (*fn)(void *context, const struct bench_store_workload *workload),
                          void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, store->version < 2
                   ? "SELECT name, summary, version, '' FROM workload ORDER BY name"
                   : "SELECT name, summary, version, variant FROM workload ORDER BY name");
    int error = 0;

    while (next(store, statement, &error)) {
        struct bench_store_workload row = {column_text(statement, 0), column_text(statement, 1),
                                           sqlite3_column_int64(statement, 2),
                                           column_text(statement, 3)};
        error = fn(context, &row);
    }
    return error;
}

int
bench_store_each_knob(struct bench_store *store,
                      int (*fn)(void *context, const struct bench_store_knob *knob),
                      void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT name, type, unit, initial, help, swept FROM knob ORDER BY name");
    int error = 0;

    while (next(store, statement, &error)) {
        struct bench_store_knob row = {
            column_text(statement, 0), column_text(statement, 1),
            column_text(statement, 2), column_text(statement, 3),
            column_text(statement, 4), sqlite3_column_int(statement, 5) != 0};
        error = fn(context, &row);
    }
    return error;
}

int
bench_store_each_config(struct bench_store *store,
                        int (*fn)(void *context, const struct bench_store_config *config),
                        void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT id, workload, engine, label, reference FROM config ORDER BY id");
    int error = 0;

    while (next(store, statement, &error)) {
        struct bench_store_config row = {sqlite3_column_int64(statement, 0),
                                         column_text(statement, 1), column_text(statement, 2),
                                         column_text(statement, 3),
                                         sqlite3_column_int64(statement, 4)};
        error = fn(context, &row);
    }
    return error;
}

int
bench_store_each_setting(struct bench_store *store, int64_t config_id,
                         int (*fn)(void *context, const struct bench_store_setting *setting),
                         void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT knob, value, number FROM config_knob WHERE config_id = ? ORDER BY knob");
    int error = 0;

    if (statement != NULL)
        sqlite3_bind_int64(statement, 1, config_id);
    while (next(store, statement, &error)) {
        struct bench_store_setting row = {column_text(statement, 0), column_text(statement, 1),
                                          sqlite3_column_double(statement, 2)};
        error = fn(context, &row);
    }
    return error;
}

int
bench_store_each_metric(struct bench_store *store,
                        int (*fn)(void *context, const struct bench_store_metric *metric),
                        void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT name, unit, better, help, deterministic FROM metric ORDER BY name");
    int error = 0;

    while (next(store, statement, &error)) {
        struct bench_store_metric row = {column_text(statement, 0), column_text(statement, 1),
                                         column_text(statement, 2), column_text(statement, 3),
                                         sqlite3_column_int(statement, 4) != 0};
        error = fn(context, &row);
    }
    return error;
}

static enum bench_cell_state
state_of(const char *name) {
    int state = 0;
    while (state < BENCH_CELL_STATE_COUNT - 1 &&
           strcmp(name, bench_cell_state_name((enum bench_cell_state)state)) != 0)
        state++;
    return (enum bench_cell_state)state;
}

#define CELLS                                                                                      \
    "SELECT id, config_id, block, position, seed, state, exit_status, signal, why, stderr_tail,"   \
    " digest, started, elapsed_ns FROM cell"

int
bench_store_each_cell(struct bench_store *store, int64_t config_id,
                      int (*fn)(void *context, const struct bench_store_cell *cell),
                      void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, config_id == 0 ? CELLS " ORDER BY id" : CELLS " WHERE config_id = ? ORDER BY id");
    int error = 0;

    if (statement != NULL && config_id != 0)
        sqlite3_bind_int64(statement, 1, config_id);
    while (next(store, statement, &error)) {
        bool exited = sqlite3_column_type(statement, 6) != SQLITE_NULL;
        struct bench_store_cell row = {
            .id = sqlite3_column_int64(statement, 0),
            .config_id = sqlite3_column_int64(statement, 1),
            .block = sqlite3_column_int64(statement, 2),
            .position = sqlite3_column_int64(statement, 3),
            .seed = (uint64_t)sqlite3_column_int64(statement, 4),
            .state = state_of(column_text(statement, 5)),
            .exit_status = exited ? sqlite3_column_int(statement, 6) : -1,
            .signal = sqlite3_column_int(statement, 7),
            .why = column_text(statement, 8),
            .stderr_tail = column_text(statement, 9),
            .digest = column_text(statement, 10),
            .started = column_text(statement, 11),
            .elapsed_ns = (uint64_t)sqlite3_column_int64(statement, 12),
        };
        error = fn(context, &row);
    }
    return error;
}

int
bench_store_each_value(struct bench_store *store, int64_t cell_id,
                       int (*fn)(void *context, const char *metric, double value), void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT metric, value FROM value WHERE cell_id = ? ORDER BY metric");
    int error = 0;

    if (statement != NULL)
        sqlite3_bind_int64(statement, 1, cell_id);
    while (next(store, statement, &error))
        error = fn(context, column_text(statement, 0), sqlite3_column_double(statement, 1));
    return error;
}

int
bench_store_each_value_of_all(struct bench_store *store,
                              int (*fn)(void *context, int64_t cell_id, const char *metric,
                                        double value),
                              void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT cell_id, metric, value FROM value ORDER BY cell_id, metric");
    int error = 0;

    while (next(store, statement, &error))
        error = fn(context, sqlite3_column_int64(statement, 0), column_text(statement, 1),
                   sqlite3_column_double(statement, 2));
    return error;
}

int
bench_store_each_histogram(struct bench_store *store, int64_t cell_id,
                           int (*fn)(void *context, const char *name,
                                     const struct bench_hist *hist),
                           void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT name, data FROM histogram WHERE cell_id = ? ORDER BY name");
    struct bench_hist *hist = malloc(sizeof *hist);
    int error = hist == NULL ? -ENOMEM : 0;

    if (statement != NULL)
        sqlite3_bind_int64(statement, 1, cell_id);
    while (next(store, statement, &error)) {
        error = bench_hist_decode(hist, sqlite3_column_blob(statement, 1),
                                  (size_t)sqlite3_column_bytes(statement, 1));
        if (error == 0)
            error = fn(context, column_text(statement, 0), hist);
        else
            snprintf(store->why, sizeof store->why, "a histogram is damaged");
    }
    free(hist);
    return error;
}

int
bench_store_each_series(struct bench_store *store, int64_t cell_id,
                        int (*fn)(void *context, const struct bench_store_series *series),
                        void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store,
        store->version < 2
            ? "SELECT name, unit, 'ns', data FROM series WHERE cell_id = ? ORDER BY name"
            : "SELECT name, unit, at_unit, data FROM series WHERE cell_id = ? ORDER BY name");
    int error = 0;

    if (statement != NULL)
        sqlite3_bind_int64(statement, 1, cell_id);
    while (next(store, statement, &error)) {
        struct bench_store_series row = {
            column_text(statement, 0), column_text(statement, 1), column_text(statement, 2), {0}};
        error = bench_series_decode(&row.points, sqlite3_column_blob(statement, 3),
                                    (size_t)sqlite3_column_bytes(statement, 3));
        if (error == 0)
            error = fn(context, &row);
        else
            snprintf(store->why, sizeof store->why, "a series is damaged");
        bench_series_fini(&row.points);
    }
    return error;
}

static int
append(double **values, size_t *count, double value) {
    if ((*count & (*count - 1)) == 0) { /* full at each power of two */
        double *grown = realloc(*values, (*count == 0 ? 1 : *count * 2) * sizeof *grown);
        if (grown == NULL)
            return -ENOMEM;
        *values = grown;
    }
    (*values)[(*count)++] = value;
    return 0;
}

int
bench_store_values(struct bench_store *store, int64_t config_id, const char *metric,
                   double **ret_values, size_t *ret_count) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT v.value FROM cell c JOIN value v ON v.cell_id = c.id AND v.metric = ?2"
               " WHERE c.config_id = ?1 AND c.state = 'finished' ORDER BY c.block");
    double *values = NULL;
    size_t count = 0;
    int error = 0;

    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, config_id);
        sqlite3_bind_text(statement, 2, metric, -1, SQLITE_STATIC);
    }
    while (next(store, statement, &error))
        error = append(&values, &count, sqlite3_column_double(statement, 0));
    if (error != 0) {
        free(values);
        return error;
    }
    *ret_values = values;
    *ret_count = count;
    return 0;
}

int
bench_store_each_of(struct bench_store *store, const char *const *metrics, size_t count,
                    int (*fn)(void *context, int64_t config_id, size_t metric, double value),
                    void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT c.config_id, v.metric, v.value FROM cell c CROSS JOIN value v"
               " ON v.cell_id = c.id AND v.metric IN (?, ?, ?, ?, ?, ?, ?, ?)"
               " WHERE c.state = 'finished'");
    int error = 0;

    for (size_t i = 0; statement != NULL && i < count; i++)
        sqlite3_bind_text(statement, (int)i + 1, metrics[i], -1, SQLITE_STATIC);
    while (next(store, statement, &error)) {
        const char *name = column_text(statement, 1);
        size_t metric = 0;
        while (strcmp(metrics[metric], name) != 0)
            metric++;
        error = fn(context, sqlite3_column_int64(statement, 0), metric,
                   sqlite3_column_double(statement, 2));
    }
    return error;
}

int
bench_store_last_block(struct bench_store *store, int64_t *ret_block) {
    sqlite3_stmt *statement = bench_store_prepare(store, "SELECT max(block) FROM cell");
    int error = 0;

    if (next(store, statement, &error)) {
        *ret_block = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return error;
}

int
bench_store_each_in_block(struct bench_store *store, const char *metric,
                          int (*fn)(void *context, int64_t block, double value), void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT c.block, v.value FROM cell c NOT INDEXED CROSS JOIN value v"
               " ON v.cell_id = c.id AND v.metric = ?");
    int error = 0;

    if (statement != NULL)
        sqlite3_bind_text(statement, 1, metric, -1, SQLITE_STATIC);
    while (next(store, statement, &error))
        error =
            fn(context, sqlite3_column_int64(statement, 0), sqlite3_column_double(statement, 1));
    return error;
}

int
bench_store_each_by_block(struct bench_store *store, const char *metric,
                          int (*fn)(void *context, int64_t config_id, int64_t block, double value),
                          void *context) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT c.config_id, c.block, v.value FROM cell c CROSS JOIN value v"
               " ON v.cell_id = c.id AND v.metric = ? WHERE c.state = 'finished'");
    int error = 0;

    if (statement != NULL)
        sqlite3_bind_text(statement, 1, metric, -1, SQLITE_STATIC);
    while (next(store, statement, &error))
        error = fn(context, sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                   sqlite3_column_double(statement, 2));
    return error;
}

int
bench_store_histogram(struct bench_store *store, int64_t config_id, const char *name,
                      struct bench_hist *into) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, "SELECT h.data FROM cell c JOIN histogram h ON h.cell_id = c.id AND h.name = ?2"
               " WHERE c.config_id = ?1 AND c.state = 'finished' ORDER BY c.block");
    struct bench_hist *one = malloc(sizeof *one);
    int error = one == NULL ? -ENOMEM : 0;

    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, config_id);
        sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    }
    while (next(store, statement, &error)) {
        const unsigned char *data = sqlite3_column_blob(statement, 0);
        error = bench_hist_decode(one, data, (size_t)sqlite3_column_bytes(statement, 0));
        if (error == 0)
            bench_hist_merge(into, one);
        else
            snprintf(store->why, sizeof store->why, "a histogram is damaged");
    }
    free(one);
    return error;
}

int
bench_store_series(struct bench_store *store, int64_t cell_id, const char *name,
                   struct bench_series *ret_series) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "SELECT data FROM series WHERE cell_id = ? AND name = ?");
    int error = 0;

    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, cell_id);
        sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    }
    if (!next(store, statement, &error))
        return error == 0 ? -ENOENT : error;
    const unsigned char *data = sqlite3_column_blob(statement, 0);
    error = bench_series_decode(ret_series, data, (size_t)sqlite3_column_bytes(statement, 0));
    sqlite3_reset(statement);
    if (error != 0) {
        bench_series_fini(ret_series);
        snprintf(store->why, sizeof store->why, "a series is damaged");
    }
    return error;
}
