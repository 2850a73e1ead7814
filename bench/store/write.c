/* SPDX-License-Identifier: MIT
 *
 * store/write.c: rows into a run file. See store.h.
 */
#include "bench/store/file.h"

#include <errno.h>
#include <stdlib.h>

static void
bind_text(sqlite3_stmt *statement, int at, const char *text) {
    if (text == NULL)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

/* Runs a bound statement that gives no row, or passes the failure to prepare one on. */
static int
run(struct bench_store *store, sqlite3_stmt *statement) {
    return statement == NULL ? -EIO : bench_store_step(store, statement);
}

int
bench_store_put_fact(struct bench_store *store, enum bench_store_facts which, const char *key,
                     const char *value) {
    sqlite3_stmt *statement = bench_store_prepare(
        store, which == BENCH_STORE_RUN ? "INSERT OR REPLACE INTO run VALUES (?, ?)"
                                        : "INSERT OR REPLACE INTO environment VALUES (?, ?)");
    if (statement != NULL) {
        bind_text(statement, 1, key);
        bind_text(statement, 2, value);
    }
    return run(store, statement);
}

int
bench_store_put_workload(struct bench_store *store, const struct bench_store_workload *workload) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT OR REPLACE INTO workload VALUES (?, ?, ?, ?)");
    if (statement != NULL) {
        bind_text(statement, 1, workload->name);
        sqlite3_bind_int64(statement, 2, workload->version);
        bind_text(statement, 3, workload->summary);
        bind_text(statement, 4, workload->variant == NULL ? "" : workload->variant);
    }
    return run(store, statement);
}

int
bench_store_put_knob(struct bench_store *store, const struct bench_store_knob *knob) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT OR REPLACE INTO knob VALUES (?, ?, ?, ?, ?, ?)");
    if (statement != NULL) {
        bind_text(statement, 1, knob->name);
        bind_text(statement, 2, knob->type);
        bind_text(statement, 3, knob->unit);
        bind_text(statement, 4, knob->initial);
        sqlite3_bind_int(statement, 5, knob->swept);
        bind_text(statement, 6, knob->help);
    }
    return run(store, statement);
}

int
bench_store_put_config(struct bench_store *store, const struct bench_store_config *config) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT INTO config VALUES (?, ?, ?, ?, ?)");
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, config->id);
        bind_text(statement, 2, config->workload);
        bind_text(statement, 3, config->engine);
        bind_text(statement, 4, config->label);
        sqlite3_bind_int64(statement, 5, config->reference != 0 ? config->reference : config->id);
    }
    return run(store, statement);
}

int
bench_store_put_setting(struct bench_store *store, int64_t config_id,
                        const struct bench_store_setting *setting) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT INTO config_knob VALUES (?, ?, ?, ?)");
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, config_id);
        bind_text(statement, 2, setting->knob);
        bind_text(statement, 3, setting->value);
        sqlite3_bind_double(statement, 4, setting->number);
    }
    return run(store, statement);
}

int
bench_store_put_metric(struct bench_store *store, const struct bench_store_metric *metric) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT OR REPLACE INTO metric VALUES (?, ?, ?, ?, ?)");
    if (statement != NULL) {
        bind_text(statement, 1, metric->name);
        bind_text(statement, 2, metric->unit);
        bind_text(statement, 3, metric->better);
        sqlite3_bind_int(statement, 4, metric->deterministic);
        bind_text(statement, 5, metric->help);
    }
    return run(store, statement);
}

static void
bind_cell(sqlite3_stmt *statement, const struct bench_store_cell *cell) {
    sqlite3_bind_int64(statement, 1, cell->id);
    sqlite3_bind_int64(statement, 2, cell->config_id);
    sqlite3_bind_int64(statement, 3, cell->block);
    sqlite3_bind_int64(statement, 4, cell->position);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)cell->seed);
    bind_text(statement, 6, bench_cell_state_name(cell->state));
    if (cell->exit_status >= 0 && cell->state != BENCH_CELL_PLANNED)
        sqlite3_bind_int(statement, 7, cell->exit_status);
    if (cell->signal != 0)
        sqlite3_bind_int(statement, 8, cell->signal);
    bind_text(statement, 9, cell->why);
    bind_text(statement, 10, cell->stderr_tail);
    bind_text(statement, 11, cell->digest);
    bind_text(statement, 12, cell->started);
    if (cell->state != BENCH_CELL_PLANNED)
        sqlite3_bind_int64(statement, 13, (sqlite3_int64)cell->elapsed_ns);
}

int
bench_store_put_cell(struct bench_store *store, const struct bench_store_cell *cell) {
    sqlite3_stmt *statement = bench_store_prepare(
        store,
        "INSERT INTO cell (id, config_id, block, position, seed, state, exit_status, signal, why,"
        " stderr_tail, digest, started, elapsed_ns)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        " ON CONFLICT (id) DO UPDATE SET state = ?6, exit_status = ?7, signal = ?8, why = ?9,"
        " stderr_tail = ?10, digest = ?11, started = ?12, elapsed_ns = ?13");
    if (statement != NULL)
        bind_cell(statement, cell);
    return run(store, statement);
}

int
bench_store_put_value(struct bench_store *store, int64_t cell_id, const char *metric,
                      double value) {
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT OR REPLACE INTO value VALUES (?, ?, ?)");
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, cell_id);
        bind_text(statement, 2, metric);
        sqlite3_bind_double(statement, 3, value);
    }
    return run(store, statement);
}

/* Takes over `data`, which comes from malloc. */
static int
put_blob(struct bench_store *store, sqlite3_stmt *statement, int64_t cell_id, const char *name,
         const char *unit, unsigned char *data, size_t bytes) {
    int error;

    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, cell_id);
        bind_text(statement, 2, name);
        bind_text(statement, 3, unit);
        sqlite3_bind_blob64(statement, 4, data, bytes, SQLITE_STATIC);
    }
    error = run(store, statement);
    free(data);
    return error;
}

int
bench_store_put_histogram(struct bench_store *store, int64_t cell_id, const char *name,
                          const char *unit, const struct bench_hist *hist) {
    unsigned char *data = malloc(bench_hist_encoded_bytes(hist));
    if (data == NULL)
        return -ENOMEM;
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT OR REPLACE INTO histogram VALUES (?, ?, ?, ?)");
    return put_blob(store, statement, cell_id, name, unit, data, bench_hist_encode(hist, data));
}

int
bench_store_put_series(struct bench_store *store, int64_t cell_id, const char *name,
                       const char *unit, const char *at_unit, const struct bench_series *series) {
    unsigned char *data = malloc(bench_series_encoded_bytes(series));
    if (data == NULL)
        return -ENOMEM;
    sqlite3_stmt *statement =
        bench_store_prepare(store, "INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?)");
    if (statement != NULL)
        bind_text(statement, 5, at_unit);
    return put_blob(store, statement, cell_id, name, unit, data, bench_series_encode(series, data));
}
