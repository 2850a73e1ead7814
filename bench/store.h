/* SPDX-License-Identifier: MIT
 *
 * store.h: a run file (results/schema.md) to write and to read.
 *
 * Functions give 0 or a negative errno, and one line about it in the `why` of the call or, once the
 * file is open, in bench_store_why. The each-functions call `fn` once a row, in the order of the table's
 * key; a result other than 0 stops them and is theirs. What a row points to lives until `fn` returns.
 *
 * A file of an older schema is read as it is; opened to be resumed, it is first brought up to this one.
 * A finished one is never opened to be written.
 */
#ifndef BENCH_STORE_H
#define BENCH_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/hist.h"
#include "bench/series.h"

enum {
    BENCH_STORE_VERSION = 3,
    BENCH_STORE_APPLICATION_ID = 0x67637377
};

struct bench_store;

enum bench_store_mode {
    BENCH_STORE_READ,
    BENCH_STORE_RESUME, /* an existing file, to write */
    BENCH_STORE_CREATE, /* -EEXIST if there is one */
};

/* -ENOENT, -EEXIST, -EPROTO: a newer schema, -EROFS: to resume, but it is finished, -EINVAL: not a run
 * file, -ENOSPC, -EIO. */
int bench_store_open(const char *path, enum bench_store_mode mode, struct bench_store **ret_store,
                     char *why, size_t why_bytes);
void bench_store_close(struct bench_store *store); /* NULL is fine */
const char *bench_store_why(const struct bench_store *store);

/* ---- Rows --------------------------------------------------------------------------------------- */

enum bench_store_facts {
    BENCH_STORE_RUN,
    BENCH_STORE_ENVIRONMENT
};

enum bench_cell_state {
    BENCH_CELL_PLANNED,
    BENCH_CELL_FINISHED,
    BENCH_CELL_WRONG,
    BENCH_CELL_FAILED,
    BENCH_CELL_TIMEOUT,
    BENCH_CELL_MEMORY,
    BENCH_CELL_STATE_COUNT
};

const char *bench_cell_state_name(enum bench_cell_state state);

struct bench_store_workload {
    const char *name, *summary;
    int64_t version;
    const char *variant; /* "": none */
};

struct bench_store_knob {
    const char *name, *type, *unit, *initial, *help;
    bool swept;
};

struct bench_store_config {
    int64_t id;
    const char *workload, *engine, *label;
    int64_t reference; /* id of the configuration that ratios refer to; 0 when put means itself */
};

struct bench_store_setting { /* a row of config_knob */
    const char *knob, *value;
    double number;
};

struct bench_store_cell {
    int64_t id, config_id, block, position;
    uint64_t seed;
    enum bench_cell_state state;
    int exit_status, signal;                /* -1 and 0 where there is none */
    const char *why, *stderr_tail, *digest; /* NULL where there is none */
    const char *started;                    /* NULL while planned */
    uint64_t elapsed_ns;
};

struct bench_store_metric {
    const char *name, *unit, *better, *help;
    bool deterministic;
};

struct bench_store_series {
    const char *name, *unit, *at_unit;
    struct bench_series points; /* t_ns: in at_unit */
};

/* ---- Reading ------------------------------------------------------------------------------------ */

/* -ENOENT: no such fact. */
int bench_store_fact(struct bench_store *store, enum bench_store_facts which, const char *key,
                     char *ret_value, size_t bytes);

int bench_store_each_fact(struct bench_store *store, enum bench_store_facts which,
                          int (*fn)(void *context, const char *key, const char *value),
                          void *context);
int bench_store_each_workload(struct bench_store *store,
                              int (*fn)(void *context, const struct bench_store_workload *workload),
                              void *context);
int bench_store_each_knob(struct bench_store *store,
                          int (*fn)(void *context, const struct bench_store_knob *knob),
                          void *context);
int bench_store_each_config(struct bench_store *store,
                            int (*fn)(void *context, const struct bench_store_config *config),
                            void *context);
int bench_store_each_setting(struct bench_store *store, int64_t config_id,
                             int (*fn)(void *context, const struct bench_store_setting *setting),
                             void *context);
int bench_store_each_metric(struct bench_store *store,
                            int (*fn)(void *context, const struct bench_store_metric *metric),
                            void *context);

/* config_id 0: the cells of all. By cell id, that is in the order of execution. */
int bench_store_each_cell(struct bench_store *store, int64_t config_id,
                          int (*fn)(void *context, const struct bench_store_cell *cell),
                          void *context);
int bench_store_each_value(struct bench_store *store, int64_t cell_id,
                           int (*fn)(void *context, const char *metric, double value),
                           void *context);

/* The values of all cells, by cell and then by name: once through the file. */
int bench_store_each_value_of_all(struct bench_store *store,
                                  int (*fn)(void *context, int64_t cell_id, const char *metric,
                                            double value),
                                  void *context);

/* All that one cell has of them; the histogram and the series live until `fn` returns. */
int bench_store_each_histogram(struct bench_store *store, int64_t cell_id,
                               int (*fn)(void *context, const char *name,
                                         const struct bench_hist *hist),
                               void *context);
int bench_store_each_series(struct bench_store *store, int64_t cell_id,
                            int (*fn)(void *context, const struct bench_store_series *series),
                            void *context);

/* One metric of the finished cells of a configuration, in order of block; free() the array. No value
 * at all is 0 with a count of 0 and NULL. */
int bench_store_values(struct bench_store *store, int64_t config_id, const char *metric,
                       double **ret_values, size_t *ret_count);

/* Every value that the finished cells of all configurations have of these metrics, at most
 * BENCH_STORE_TOGETHER of them, by cell; `metric` is the index among them. Once through the file, where
 * asking for one metric of one configuration at a time would be many times across it. */
enum {
    BENCH_STORE_TOGETHER = 8
};
int bench_store_each_of(struct bench_store *store, const char *const *metrics, size_t count,
                        int (*fn)(void *context, int64_t config_id, size_t metric, double value),
                        void *context);

/* The greatest number of a block; 0 if there is no cell. */
int bench_store_last_block(struct bench_store *store, int64_t *ret_block);

/* Every value that there is of one metric, with its block, by cell. */
int bench_store_each_in_block(struct bench_store *store, const char *metric,
                              int (*fn)(void *context, int64_t block, double value), void *context);

/* Every value that finished cells have of one metric, with its configuration and block, by cell. */
int bench_store_each_by_block(struct bench_store *store, const char *metric,
                              int (*fn)(void *context, int64_t config_id, int64_t block,
                                        double value),
                              void *context);

/* Adds the histogram of every finished cell of a configuration to `into`, which is initialised. */
int bench_store_histogram(struct bench_store *store, int64_t config_id, const char *name,
                          struct bench_hist *into);

/* -ENOENT: the cell has none of that name. The series is to be bench_series_fini'd. */
int bench_store_series(struct bench_store *store, int64_t cell_id, const char *name,
                       struct bench_series *ret_series);

/* ---- Writing ------------------------------------------------------------------------------------
 * Everything up to the cells' results is written between begin and commit, once; then each cell's
 * result with all its values, histograms and series is one such transaction. */

int bench_store_begin(struct bench_store *store);
int
bench_store_begin_reading(struct bench_store *store); /* up to the commit all is of one moment */
int bench_store_commit(struct bench_store *store);
void bench_store_rollback(struct bench_store *store);

int bench_store_put_fact(struct bench_store *store, enum bench_store_facts which, const char *key,
                         const char *value);
int bench_store_put_workload(struct bench_store *store,
                             const struct bench_store_workload *workload);
int bench_store_put_knob(struct bench_store *store, const struct bench_store_knob *knob);
int bench_store_put_config(struct bench_store *store, const struct bench_store_config *config);
int bench_store_put_setting(struct bench_store *store, int64_t config_id,
                            const struct bench_store_setting *setting);
int bench_store_put_metric(struct bench_store *store, const struct bench_store_metric *metric);
int bench_store_put_cell(struct bench_store *store,
                         const struct bench_store_cell *cell); /* replaces by id */
int bench_store_put_value(struct bench_store *store, int64_t cell_id, const char *metric,
                          double value);
int bench_store_put_histogram(struct bench_store *store, int64_t cell_id, const char *name,
                              const char *unit, const struct bench_hist *hist);
int bench_store_put_series(struct bench_store *store, int64_t cell_id, const char *name,
                           const char *unit, const char *at_unit,
                           const struct bench_series *series);

/* Puts what the WAL has into the one file; -EBUSY if somebody else has that open, and goes on having it so. A commit is
 * on the disk; what only closing does would be heard of by nobody if it failed. */
int bench_store_fold(struct bench_store *store);

/* Marks the run complete, folds the WAL into the one file, and takes away everybody's leave to write it. */
int bench_store_finish(struct bench_store *store);

#endif
