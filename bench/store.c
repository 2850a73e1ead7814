/* SPDX-License-Identifier: MIT
 *
 * store.c: opening a run file, making its tables, statements. store/write.c and store/read.c have the
 * rows. The tables are documented in results/schema.md; a test holds the two together.
 */
#include "bench/store/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The cells of a configuration lie scattered over the file. Mapped, a page costs no call and no copy; the map is the
 * kernel's to take back. An export of a million cells took a sixth of the time. */
#define MAP "PRAGMA mmap_size = 4294967296"

enum {
    BUSY_MS = 10000, /* how long to wait for others who read or write */
    FOLD_MS = 1000,  /* and for those who have it open */
    FOLD_STEP_MS = 50
};

static const char schema[] =
    "CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE environment (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE workload (name TEXT PRIMARY KEY, version INTEGER NOT NULL, summary TEXT NOT NULL,"
    " variant TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;"
    "CREATE TABLE knob (name TEXT PRIMARY KEY, type TEXT NOT NULL, unit TEXT NOT NULL, initial "
    "TEXT NOT NULL,"
    " swept INTEGER NOT NULL, help TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE config (id INTEGER PRIMARY KEY, workload TEXT NOT NULL REFERENCES workload, "
    "engine TEXT NOT NULL,"
    " label TEXT NOT NULL, reference INTEGER NOT NULL REFERENCES config) STRICT;"
    "CREATE TABLE config_knob (config_id INTEGER NOT NULL REFERENCES config, knob TEXT NOT NULL "
    "REFERENCES knob,"
    " value TEXT NOT NULL, number REAL NOT NULL, PRIMARY KEY (config_id, knob)) STRICT, WITHOUT "
    "ROWID;"
    "CREATE TABLE cell (id INTEGER PRIMARY KEY, config_id INTEGER NOT NULL REFERENCES config,"
    " block INTEGER NOT NULL, position INTEGER NOT NULL, seed INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('planned', 'finished', 'wrong', 'failed', 'timeout', "
    "'memory')),"
    " exit_status INTEGER, signal INTEGER, why TEXT, stderr_tail TEXT, digest TEXT, started TEXT,"
    " elapsed_ns INTEGER, source INTEGER REFERENCES source, source_block INTEGER,"
    " UNIQUE (config_id, block)) STRICT;"
    "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seed INTEGER NOT NULL,"
    " repetitions INTEGER NOT NULL, shard TEXT NOT NULL, created TEXT NOT NULL,"
    " command TEXT NOT NULL) STRICT;"
    "CREATE TABLE source_environment (source_id INTEGER NOT NULL REFERENCES source,"
    " key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (source_id, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE metric (name TEXT PRIMARY KEY, unit TEXT NOT NULL, better TEXT NOT NULL"
    " CHECK (better IN ('lower', 'higher', 'none')), deterministic INTEGER NOT NULL, help TEXT NOT "
    "NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE value (cell_id INTEGER NOT NULL REFERENCES cell, metric TEXT NOT NULL REFERENCES "
    "metric,"
    " value REAL NOT NULL, PRIMARY KEY (cell_id, metric)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE histogram (cell_id INTEGER NOT NULL REFERENCES cell, name TEXT NOT NULL, unit "
    "TEXT NOT NULL,"
    " data BLOB NOT NULL, PRIMARY KEY (cell_id, name)) STRICT;"
    "CREATE TABLE series (cell_id INTEGER NOT NULL REFERENCES cell, name TEXT NOT NULL, unit TEXT "
    "NOT NULL,"
    " data BLOB NOT NULL, at_unit TEXT NOT NULL DEFAULT 'ns', PRIMARY KEY (cell_id, name)) STRICT;";

/* Brings a file from each version up to the next one. */
static const char *const upgrades[BENCH_STORE_VERSION] = {
    [1] = "ALTER TABLE workload ADD COLUMN variant TEXT NOT NULL DEFAULT '';"
          "ALTER TABLE series ADD COLUMN at_unit TEXT NOT NULL DEFAULT 'ns';",
    [2] = "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seed INTEGER NOT NULL,"
          " repetitions INTEGER NOT NULL, shard TEXT NOT NULL, created TEXT NOT NULL,"
          " command TEXT NOT NULL) STRICT;"
          "CREATE TABLE source_environment (source_id INTEGER NOT NULL REFERENCES source,"
          " key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (source_id, key))"
          " STRICT, WITHOUT ROWID;"
          "ALTER TABLE cell ADD COLUMN source INTEGER REFERENCES source;"
          "ALTER TABLE cell ADD COLUMN source_block INTEGER;",
};

static const char *const state_names[BENCH_CELL_STATE_COUNT] = {
    [BENCH_CELL_PLANNED] = "planned", [BENCH_CELL_FINISHED] = "finished",
    [BENCH_CELL_WRONG] = "wrong",     [BENCH_CELL_FAILED] = "failed",
    [BENCH_CELL_TIMEOUT] = "timeout", [BENCH_CELL_MEMORY] = "memory",
};

const char *
bench_cell_state_name(enum bench_cell_state state) {
    return state_names[state];
}

const char *
bench_store_why(const struct bench_store *store) {
    return store->why;
}

/* SQLite calls a disk full only if a write to the file says so, not if one to its index of the WAL does. */
static bool
is_full(sqlite3 *file) {
    int code = sqlite3_extended_errcode(file), error = sqlite3_system_errno(file);

    return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE ||
           ((code & 0xff) == SQLITE_IOERR &&
            (error == ENOSPC || error == EDQUOT || error == EFBIG));
}

int
bench_store_fail(struct bench_store *store) {
    int code = sqlite3_errcode(store->file) & 0xff;

    if (is_full(store->file)) {
        snprintf(store->why, sizeof store->why, "no room left on the disk; make some");
        return -ENOSPC;
    }
    snprintf(store->why, sizeof store->why, "%s", sqlite3_errmsg(store->file));
    switch (code) {
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_BUSY:
        return -EBUSY;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return -EINVAL;
    default:
        return -EIO;
    }
}

sqlite3_stmt *
bench_store_prepare(struct bench_store *store, const char *sql) {
    size_t at = 0;

    while (at < BENCH_STORE_STATEMENTS && store->cache[at].sql != NULL &&
           store->cache[at].sql != sql)
        at++;
    if (at == BENCH_STORE_STATEMENTS) {
        snprintf(store->why, sizeof store->why, "more than %d different statements",
                 BENCH_STORE_STATEMENTS);
        return NULL;
    }
    if (store->cache[at].sql == NULL) {
        if (sqlite3_prepare_v2(store->file, sql, -1, &store->cache[at].statement, NULL) !=
            SQLITE_OK) {
            bench_store_fail(store);
            return NULL;
        }
        store->cache[at].sql = sql;
    }
    sqlite3_reset(store->cache[at].statement);
    sqlite3_clear_bindings(store->cache[at].statement);
    return store->cache[at].statement;
}

int
bench_store_step(struct bench_store *store, sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return 1;
    int error = code == SQLITE_DONE ? 0 : bench_store_fail(store);
    sqlite3_reset(statement);
    return error;
}

static int
execute(struct bench_store *store, const char *sql) {
    return sqlite3_exec(store->file, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                         : bench_store_fail(store);
}

static int
read_pragma(struct bench_store *store, const char *sql, int64_t *ret_value) {
    sqlite3_stmt *statement;
    int error = -EINVAL;

    if (sqlite3_prepare_v2(store->file, sql, -1, &statement, NULL) != SQLITE_OK)
        return bench_store_fail(store);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *ret_value = sqlite3_column_int64(statement, 0);
        error = 0;
    } else {
        error = bench_store_fail(store);
    }
    sqlite3_finalize(statement);
    return error;
}

static int
check_version(struct bench_store *store) {
    int64_t application = 0, version = 0;
    int error = read_pragma(store, "PRAGMA application_id", &application);

    if (error == 0)
        error = read_pragma(store, "PRAGMA user_version", &version);
    if (error == 0 && (application != BENCH_STORE_APPLICATION_ID || version < 1)) {
        snprintf(store->why, sizeof store->why, "not a run file of gcsweep");
        error = -EINVAL;
    }
    if (error == 0 && version > BENCH_STORE_VERSION) {
        snprintf(
            store->why, sizeof store->why,
            "schema version %lld is newer than this program's, %d: read it with a newer gcsweep",
            (long long)version, BENCH_STORE_VERSION);
        error = -EPROTO;
    }
    store->version = version;
    return error;
}

static int
make_tables(struct bench_store *store) {
    char pragmas[128];
    int error;

    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             BENCH_STORE_APPLICATION_ID, BENCH_STORE_VERSION);
    error = execute(store, "BEGIN IMMEDIATE");
    if (error == 0)
        error = execute(store, schema);
    if (error == 0)
        error = execute(store, pragmas);
    if (error == 0)
        error = execute(store, "COMMIT");
    return error;
}

/* Makes an empty file that was not there before: whoever comes second gets -EEXIST. */
static int
claim(struct bench_store *store, const char *path) {
    FILE *file = fopen(path, "wxe");
    if (file == NULL) {
        int error = -errno;
        snprintf(store->why, sizeof store->why, "%s", strerror(-error));
        return error;
    }
    fclose(file);
    return 0;
}

/* All the way up to this program's version, in one transaction. */
static int
upgrade(struct bench_store *store) {
    char pragma[64];
    int error = execute(store, "BEGIN IMMEDIATE");

    for (; error == 0 && store->version < BENCH_STORE_VERSION; store->version++)
        error = execute(store, upgrades[store->version]);
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d; COMMIT", BENCH_STORE_VERSION);
    if (error == 0)
        error = execute(store, pragma);
    if (error != 0)
        bench_store_rollback(store);
    return error;
}

static int
forbid_writing(struct bench_store *store) {
    const char *path = sqlite3_db_filename(store->file, "main");
    struct stat status;

    if (stat(path, &status) == 0 && chmod(path, status.st_mode & 0555) == 0)
        return 0;
    int error = -errno;
    snprintf(store->why, sizeof store->why, "cannot be made read-only: %s", strerror(-error));
    return error;
}

/* SQLite waits for whoever is reading, but not for who merely has the file open. */
int
bench_store_fold(struct bench_store *store) {
    int error = 0;

    for (size_t i = 0; i < BENCH_STORE_STATEMENTS; i++)
        sqlite3_reset(store->cache[i].statement);
    if (sqlite3_wal_checkpoint_v2(store->file, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
        SQLITE_OK)
        error = bench_store_fail(store);
    if (error == 0)
        error = execute(store, "PRAGMA journal_mode = DELETE");
    for (int waited = 0; error == -EBUSY && waited < FOLD_MS; waited += FOLD_STEP_MS) {
        sqlite3_sleep(FOLD_STEP_MS);
        error = execute(store, "PRAGMA journal_mode = DELETE");
    }
    if (error == -EBUSY)
        snprintf(store->why, sizeof store->why, "somebody else has the file open; close it there");
    return error;
}

/* One whose sweep was ended between its last cell and the fold is folded now. */
static int
refuse_finished(struct bench_store *store) {
    char complete[8] = "", wal[PATH_MAX];
    int error = bench_store_fact(store, BENCH_STORE_RUN, "complete", complete, sizeof complete);

    if (error != 0 && error != -ENOENT)
        return error;
    if (strcmp(complete, "1") != 0)
        return 0;
    snprintf(wal, sizeof wal, "%s-wal", sqlite3_db_filename(store->file, "main"));
    error = access(wal, F_OK) == 0 ? bench_store_fold(store) : 0;
    if (error == 0 && sqlite3_db_readonly(store->file, "main") == 0)
        error = forbid_writing(store);
    if (error != 0)
        return error;
    snprintf(store->why, sizeof store->why, "the run is finished: it can only be read");
    return -EROFS;
}

static int
open_file(struct bench_store *store, const char *path, enum bench_store_mode mode) {
    int flags = SQLITE_OPEN_NOMUTEX |
                (mode == BENCH_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int error;

    if (mode != BENCH_STORE_CREATE && access(path, F_OK) != 0) {
        snprintf(store->why, sizeof store->why, "no such file");
        return -ENOENT;
    }
    error = mode == BENCH_STORE_CREATE ? claim(store, path) : 0;
    if (error != 0)
        return error;
    if (sqlite3_open_v2(path, &store->file, flags, NULL) != SQLITE_OK)
        return bench_store_fail(store);
    sqlite3_busy_timeout(store->file, BUSY_MS);
    if (mode == BENCH_STORE_READ)
        error = execute(store, MAP);
    if (error == 0 && mode != BENCH_STORE_CREATE)
        error = check_version(store);
    if (error == 0 && mode == BENCH_STORE_RESUME)
        error = refuse_finished(store);
    if (error == 0 && mode != BENCH_STORE_READ)
        error = execute(
            store,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    if (error == 0 && mode == BENCH_STORE_CREATE)
        error = make_tables(store);
    if (error == 0 && mode == BENCH_STORE_RESUME && store->version < BENCH_STORE_VERSION)
        error = upgrade(store);
    if (error == 0 && mode == BENCH_STORE_CREATE)
        store->version = BENCH_STORE_VERSION;
    return error;
}

int
bench_store_open(const char *path, enum bench_store_mode mode, struct bench_store **ret_store,
                 char *why, size_t why_bytes) {
    struct bench_store *store = calloc(1, sizeof *store);
    int error;

    if (store == NULL) {
        snprintf(why, why_bytes, "%s: out of memory", path);
        return -ENOMEM;
    }
    error = open_file(store, path, mode);
    if (error != 0) {
        snprintf(why, why_bytes, "%s: %s", path, store->why);
        bench_store_close(store);
        if (mode == BENCH_STORE_CREATE && error != -EEXIST)
            unlink(path);
        return error;
    }
    *ret_store = store;
    return 0;
}

void
bench_store_close(struct bench_store *store) {
    if (store == NULL)
        return;
    for (size_t i = 0; i < BENCH_STORE_STATEMENTS; i++)
        sqlite3_finalize(store->cache[i].statement);
    sqlite3_close(store->file);
    free(store);
}

int
bench_store_begin(struct bench_store *store) {
    return execute(store, "BEGIN IMMEDIATE");
}

int
bench_store_begin_reading(struct bench_store *store) {
    return execute(store, "BEGIN");
}

int
bench_store_commit(struct bench_store *store) {
    return execute(store, "COMMIT");
}

void
bench_store_rollback(struct bench_store *store) {
    sqlite3_exec(store->file, "ROLLBACK", NULL, NULL, NULL);
}

int
bench_store_finish(struct bench_store *store) {
    int error = execute(store, "BEGIN IMMEDIATE");

    if (error == 0)
        error = execute(store, "INSERT OR REPLACE INTO run VALUES ('complete', '1')");
    if (error == 0)
        error = execute(store, "COMMIT");
    if (error == 0)
        error = bench_store_fold(store);
    return error == 0 ? forbid_writing(store) : error;
}
