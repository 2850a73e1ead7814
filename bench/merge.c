/* SPDX-License-Identifier: MIT
 *
 * merge.c: runs united, in SQL. See merge.h.
 *
 * Twice through all runs. The first time each is compared with the first one, and the runs that it was
 * made of are noted (itself, if it is not merged); then it is known which block each block becomes. The
 * second time cells are copied, with whatever tables have a column cell_id. A run is attached as `part`,
 * the first one also as `first`; nothing that reads them outlives the attachment.
 */
#include "bench/merge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/env.h"
#include "bench/measure.h"
#include "bench/store/file.h"

enum {
    SQL_BYTES = 4096,
    NAMED_CELLS = 3
};

struct merger {
    const struct bench_merge *merge;
    struct bench_store *store;
    size_t at;       /* index of the run that is `part` */
    int64_t version; /* its schema's */
    int64_t first_version;
    char *why;
    size_t why_bytes;
};

/* ---- SQL -------------------------------------------------------------------------------------------- */

static int
fail(struct merger *merger, int error) {
    bench_store_fail(merger->store);
    snprintf(merger->why, merger->why_bytes, "%s: %s", merger->merge->paths[merger->at],
             bench_store_why(merger->store));
    return error;
}

static int __attribute__((format(printf, 2, 3)))
refuse(struct merger *merger, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(merger->why, merger->why_bytes, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int
execute(struct merger *merger, const char *sql) {
    if (sqlite3_exec(merger->store->file, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return fail(merger, bench_store_fail(merger->store));
}

/* NULL: it has been said. Parameters are bound by the caller, 1 is the index of the run. */
static sqlite3_stmt *
prepare(struct merger *merger, const char *sql) {
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(merger->store->file, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail(merger, 0);
        return NULL;
    }
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)merger->at);
    return statement;
}

/* Runs what gives no row. */
static int
run(struct merger *merger, sqlite3_stmt *statement) {
    int error = 0;

    if (statement == NULL)
        return -EIO;
    if (sqlite3_step(statement) != SQLITE_DONE)
        error = fail(merger, bench_store_fail(merger->store));
    sqlite3_finalize(statement);
    return error;
}

static int
run_sql(struct merger *merger, const char *sql) {
    return run(merger, prepare(merger, sql));
}

/* The number that a query gives. */
static int64_t
ask(struct merger *merger, const char *sql) {
    sqlite3_stmt *statement = prepare(merger, sql);
    int64_t number = -1;

    if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static const char *
text_of(sqlite3_stmt *statement, int column) {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? "none" : text;
}

static int
attach(struct merger *merger, size_t at, const char *schema) {
    char sql[64];

    snprintf(sql, sizeof sql, "ATTACH ?2 AS %s", schema);
    merger->at = at;
    sqlite3_stmt *statement = prepare(merger, sql);
    if (statement != NULL)
        sqlite3_bind_text(statement, 2, merger->merge->paths[at], -1, SQLITE_STATIC);
    return run(merger, statement);
}

/* ---- What must be the same -------------------------------------------------------------------------- */

#define FACTS(table_, absent_)                                                                     \
    " SELECT k.key, coalesce(a.value, " absent_ "), coalesce(b.value, " absent_ ") FROM k"         \
    " LEFT JOIN first." table_ " a ON a.key = k.key LEFT JOIN part." table_ " b ON b.key = k.key"  \
    " WHERE coalesce(a.value, " absent_ ") IS NOT coalesce(b.value, " absent_ ") LIMIT 1"

#define AS_ROW(key_) ", ('" key_ "')"

static const struct {
    bool environment;
    const char *sql; /* gives what differs, in the first run, in this one; or no row */
} comparisons[] = {
    {false, "SELECT 'version of workload ' || coalesce(a.name, b.name), a.version, b.version"
            " FROM first.workload a FULL JOIN part.workload b ON a.name = b.name"
            " WHERE a.version IS NOT b.version ORDER BY 1 LIMIT 1"},
    {false, "SELECT 'configuration ' || coalesce(a.id, b.id),"
            " a.workload || ' ' || a.engine || ' ' || a.label,"
            " b.workload || ' ' || b.engine || ' ' || b.label"
            " FROM first.config a FULL JOIN part.config b ON a.id = b.id"
            " WHERE (a.workload, a.engine, a.label) IS NOT (b.workload, b.engine, b.label)"
            " ORDER BY coalesce(a.id, b.id) LIMIT 1"},
    {false, "SELECT coalesce(a.knob, b.knob) || ' of configuration ' ||"
            " coalesce(a.config_id, b.config_id), a.value, b.value"
            " FROM first.config_knob a FULL JOIN part.config_knob b"
            " ON a.config_id = b.config_id AND a.knob = b.knob"
            " WHERE a.value IS NOT b.value LIMIT 1"},
    {false, "WITH k(key) AS (VALUES ('python_version'), ('sample_ns'), ('time_limit_ns'),"
            " ('memory_limit_bytes'))" FACTS("run", "NULL")},
    {true, "WITH k(key) AS (VALUES ('jobs'))" FACTS("run", "'1'")},
    {true,
     "WITH k(key) AS (VALUES (NULL)" BENCH_ENV_MATTERS(AS_ROW) ")" FACTS("environment", "NULL")},
};

static int
compare(struct merger *merger) {
    const struct bench_merge *merge = merger->merge;
    const size_t count = sizeof comparisons / sizeof comparisons[0];
    int error = 0;

    if (merger->at == 0)
        merger->first_version = merger->version;
    if (merger->version != merger->first_version)
        return refuse(merger,
                      "they cannot be compared: schema version is %lld in %s and %lld in %s",
                      (long long)merger->first_version, merge->paths[0], (long long)merger->version,
                      merge->paths[merger->at]);
    for (size_t i = 0; error == 0 && i < count; i++) {
        if (comparisons[i].environment && (merge->allow & BENCH_MERGE_ENVIRONMENT) != 0)
            continue;
        sqlite3_stmt *statement = prepare(merger, comparisons[i].sql);
        if (statement == NULL)
            return -EIO;
        if (sqlite3_step(statement) == SQLITE_ROW)
            error = refuse(merger, "%s cannot be compared: %s is %s in %s and %s in %s%s",
                           comparisons[i].environment ? "their times" : "they",
                           text_of(statement, 0), text_of(statement, 1), merge->paths[0],
                           text_of(statement, 2), merge->paths[merger->at],
                           comparisons[i].environment ? " (--allow environment unites them all"
                                                        " the same)"
                                                      : "");
        sqlite3_finalize(statement);
    }
    return error;
}

/* ---- Which runs there are --------------------------------------------------------------------------- */

static const char tables[] =
    "CREATE TEMP TABLE gathered (input INTEGER, local INTEGER, id INTEGER, name TEXT, seed INTEGER,"
    " repetitions INTEGER, shard TEXT, created TEXT, command TEXT, PRIMARY KEY (input, local));"
    "CREATE TEMP TABLE fact (input INTEGER, local INTEGER, key TEXT, value TEXT);"
    "CREATE TEMP TABLE single (key TEXT, value TEXT);"
    "CREATE TEMP TABLE base (seed INTEGER PRIMARY KEY, repetitions INTEGER, blocks INTEGER);"
    "CREATE TEMP TABLE block_seed (block INTEGER PRIMARY KEY, seed INTEGER);"
    "CREATE TEMP TABLE map (old INTEGER PRIMARY KEY, new INTEGER, block INTEGER, origin INTEGER,"
    " source INTEGER);";

#define FACT(key_, absent_)                                                                        \
    "coalesce((SELECT value FROM part.run WHERE key = '" key_ "'), " absent_ ")"

/* A run that is not merged is its own and only source, number 0. */
static int
gather(struct merger *merger) {
    bool merged = merger->version >= 3 && ask(merger, "SELECT count(*) FROM part.source") > 0;
    int error = run_sql(
        merger,
        merged
            ? "INSERT INTO gathered SELECT ?1, id, NULL, name, seed, repetitions, shard, created,"
              " command FROM part.source"
            : "INSERT INTO gathered SELECT ?1, 0, NULL, " FACT(
                  "name",
                  "''") ", "
                        "CAST(" FACT("seed", "0") " AS INTEGER), CAST(" FACT(
                            "repetitions",
                            "0") " AS INTEGER), " FACT("shard",
                                                       "'1/1'") ", " FACT("created",
                                                                          "''") ", " FACT("command",
                                                                                          "''"));

    if (error == 0)
        error = run_sql(merger, merged ? "INSERT INTO fact SELECT ?1, source_id, key, value"
                                         " FROM part.source_environment"
                                       : "INSERT INTO fact SELECT ?1, 0, key, value"
                                         " FROM part.environment UNION ALL"
                                         " SELECT ?1, 0, 'jobs', " FACT("jobs", "'1'"));
    if (error == 0)
        error = execute(merger, "INSERT INTO single SELECT key, value FROM part.run WHERE key IN"
                                " ('suite', 'sample_ns', 'time_limit_ns', 'memory_limit_bytes',"
                                " 'python', 'python_version')");
    return error;
}

/* Ids in an order that does not depend on that of the runs; then the blocks before those of each seed. */
static int
number_sources(struct merger *merger) {
    int error;

    if (ask(merger, "SELECT count(*) FROM (SELECT 1 FROM gathered GROUP BY seed"
                    " HAVING min(repetitions) <> max(repetitions))") > 0)
        return refuse(merger, "they cannot be united: two have the same seed and another number of"
                              " repetitions, so they are not parts of one plan");
    error = execute(
        merger,
        "UPDATE gathered SET id = n.number FROM (SELECT input, local, row_number() OVER (ORDER BY"
        " seed, shard, created, name, command) AS number FROM gathered) n"
        " WHERE n.input = gathered.input AND n.local = gathered.local;"
        "INSERT INTO base SELECT seed, max(repetitions), 0 FROM gathered GROUP BY seed;"
        "UPDATE base SET blocks = (SELECT coalesce(sum(b.repetitions), 0) FROM base b"
        " WHERE b.seed < base.seed);"
        "INSERT INTO main.source SELECT id, name, seed, repetitions, shard, created, command"
        " FROM gathered;"
        "INSERT INTO main.source_environment SELECT DISTINCT g.id, f.key, f.value FROM fact f"
        " JOIN gathered g ON g.input = f.input AND g.local = f.local");
    return error;
}

/* ---- Rows ------------------------------------------------------------------------------------------- */

/* The columns that a table has both here and there, but for some, each behind a prefix. */
static int
name_columns(struct merger *merger, const char *table, const char *prefix, char *ret_names,
             size_t bytes) {
    sqlite3_stmt *statement =
        prepare(merger, "SELECT group_concat(?3 || name, ', ') FROM pragma_table_info(?2, 'main')"
                        " WHERE name IN (SELECT name FROM pragma_table_info(?2, 'part'))"
                        " AND name <> 'cell_id' AND (?2 <> 'cell'"
                        " OR name NOT IN ('id', 'block', 'source', 'source_block'))"
                        " AND ?1 IS NOT NULL");

    if (statement == NULL)
        return -EIO;
    sqlite3_bind_text(statement, 2, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, prefix, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW)
        snprintf(ret_names, bytes, "%s", text_of(statement, 0));
    sqlite3_finalize(statement);
    return 0;
}

/* Rows of which every run has the same. */
static int
copy_table(struct merger *merger, const char *table) {
    char names[SQL_BYTES / 4], sql[SQL_BYTES];
    int error = name_columns(merger, table, "", names, sizeof names);

    snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO main.%s (%s) SELECT %s FROM part.%s", table,
             names, names, table);
    return error == 0 ? execute(merger, sql) : error;
}

static int
copy_cells(struct merger *merger) {
    char names[SQL_BYTES / 4], prefixed[SQL_BYTES / 4], sql[SQL_BYTES];
    int error = name_columns(merger, "cell", "", names, sizeof names);

    if (error == 0)
        error = name_columns(merger, "cell", "c.", prefixed, sizeof prefixed);
    snprintf(sql, sizeof sql,
             "INSERT INTO main.cell (id, block, source, source_block, %s)"
             " SELECT m.new, m.block, m.source, m.origin, %s"
             " FROM map m JOIN part.cell c ON c.id = m.old ORDER BY m.new",
             names, prefixed);
    return error == 0 ? execute(merger, sql) : error;
}

static int
copy_of_cells(struct merger *merger, const char *table) {
    char names[SQL_BYTES / 4], prefixed[SQL_BYTES / 4], sql[SQL_BYTES];
    int error = name_columns(merger, table, "", names, sizeof names);

    if (error == 0)
        error = name_columns(merger, table, "t.", prefixed, sizeof prefixed);
    snprintf(sql, sizeof sql,
             "INSERT INTO main.%s (cell_id, %s) SELECT m.new, %s"
             " FROM map m JOIN part.%s t ON t.cell_id = m.old",
             table, names, prefixed, table);
    return error == 0 ? execute(merger, sql) : error;
}

/* Every table with a column cell_id. */
static int
copy_all_of_cells(struct merger *merger) {
    sqlite3_stmt *statement =
        prepare(merger, "SELECT s.name FROM main.sqlite_schema s JOIN part.sqlite_schema p"
                        " ON p.name = s.name AND p.type = 'table' WHERE s.type = 'table' AND EXISTS"
                        " (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'cell_id')");
    int error = statement == NULL ? -EIO : 0;

    while (error == 0 && sqlite3_step(statement) == SQLITE_ROW)
        error = copy_of_cells(merger, text_of(statement, 0));
    sqlite3_finalize(statement);
    return error;
}

/* Where each cell goes. */
static int
map_cells(struct merger *merger) {
    char sql[SQL_BYTES];

    snprintf(sql, sizeof sql,
             "INSERT INTO map SELECT c.id, (b.blocks + c.origin - 1) * (SELECT count(*) FROM"
             " part.config) + c.position, b.blocks + c.origin, c.origin, g.id"
             " FROM (SELECT id, position, %s FROM part.cell WHERE state <> 'planned') c"
             " JOIN gathered g ON g.input = ?1 AND g.local = c.local"
             " JOIN base b ON b.seed = g.seed",
             merger->version >= 3
                 ? "coalesce(source, 0) AS local, coalesce(source_block, block) AS origin"
                 : "0 AS local, block AS origin");
    int error = execute(merger, "DELETE FROM map");
    return error == 0 ? run_sql(merger, sql) : error;
}

/* A cell that is there already, or something else in its place. */
static int
check_cells(struct merger *merger) {
    const char *const *paths = merger->merge->paths;
    sqlite3_stmt *statement =
        prepare(merger, "SELECT m.block, f.workload, f.label, g.input FROM map m"
                        " JOIN part.cell c ON c.id = m.old"
                        " JOIN main.cell d ON d.config_id = c.config_id AND d.block = m.block"
                        " JOIN part.config f ON f.id = c.config_id"
                        " JOIN gathered g ON g.id = d.source WHERE ?1 >= 0 ORDER BY m.new LIMIT 1");
    int error = statement == NULL ? -EIO : 0;

    if (error == 0 && sqlite3_step(statement) == SQLITE_ROW)
        error = refuse(merger, "block %s of %s, %s, is in %s and in %s: leave one of them out",
                       text_of(statement, 0), text_of(statement, 1), text_of(statement, 2),
                       paths[sqlite3_column_int64(statement, 3)], paths[merger->at]);
    sqlite3_finalize(statement);
    if (error == 0)
        error = execute(merger, "INSERT OR IGNORE INTO block_seed SELECT m.block, c.seed FROM map m"
                                " JOIN part.cell c ON c.id = m.old");
    if (error == 0 &&
        ask(merger, "SELECT EXISTS (SELECT 1 FROM map m JOIN main.cell d ON d.id = m.new)"
                    " OR EXISTS (SELECT 1 FROM map m JOIN part.cell c ON c.id = m.old"
                    " JOIN block_seed s ON s.block = m.block WHERE s.seed <> c.seed)") != 0)
        error = refuse(merger,
                       "%s has its cells in another order than the others, or other seeds:"
                       " it is of another plan",
                       paths[merger->at]);
    return error;
}

static int
copy_part(struct merger *merger) {
    static const char *const common[] = {"workload", "knob", "metric", "config", "config_knob"};
    int error = map_cells(merger);

    for (size_t i = 0; error == 0 && i < sizeof common / sizeof common[0]; i++)
        error = copy_table(merger, common[i]);
    if (error == 0)
        error = check_cells(merger);
    if (error == 0)
        error = copy_cells(merger);
    return error == 0 ? copy_all_of_cells(merger) : error;
}

/* ---- The whole -------------------------------------------------------------------------------------- */

/* Does something with each run, while it is attached, in a transaction. */
static int
each_part(struct merger *merger, int (*fn)(struct merger *merger)) {
    int error = 0;

    for (size_t i = 0; error == 0 && i < merger->merge->count; i++) {
        error = attach(merger, i, "part");
        merger->version = ask(merger, "PRAGMA part.user_version");
        if (error == 0)
            error = execute(merger, "BEGIN"); /* not IMMEDIATE, which would write the parts */
        if (error == 0)
            error = fn(merger);
        if (error == 0)
            error = execute(merger, "COMMIT; DETACH part");
    }
    return error;
}

static int
compare_and_gather(struct merger *merger) {
    int error = compare(merger);
    return error == 0 ? gather(merger) : error;
}

/* Says which cells are missing, the first few of them. */
static int
refuse_missing(struct merger *merger, size_t missing) {
    sqlite3_stmt *statement = prepare(
        merger,
        "WITH RECURSIVE n(block) AS (VALUES (1) UNION ALL SELECT block + 1 FROM n WHERE block <"
        " (SELECT sum(repetitions) FROM base)) SELECT n.block, f.workload, f.label FROM n"
        " CROSS JOIN config f LEFT JOIN main.cell c ON c.config_id = f.id AND c.block = n.block"
        " WHERE c.id IS NULL AND ?1 >= 0 ORDER BY n.block, f.id LIMIT 3");
    char names[768] = "";

    for (int i = 0; statement != NULL && sqlite3_step(statement) == SQLITE_ROW; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%sblock %s of %s, %s", i == 0 ? "" : "; ",
                 text_of(statement, 0), text_of(statement, 1), text_of(statement, 2));
    }
    sqlite3_finalize(statement);
    return refuse(merger, "%zu cells are missing: %s%s (finish them, or --allow missing)", missing,
                  names, missing > NAMED_CELLS ? "; ..." : "");
}

static int
put_fact(struct merger *merger, const char *key, const char *value) {
    int error = bench_store_put_fact(merger->store, BENCH_STORE_RUN, key, value);
    return error == 0 ? 0 : fail(merger, error);
}

static int
put_number(struct merger *merger, const char *key, size_t number) {
    char value[32];
    snprintf(value, sizeof value, "%zu", number);
    return put_fact(merger, key, value);
}

static int
put_facts(struct merger *merger, const struct bench_merge_result *result) {
    char now[BENCH_MEASURE_UTC_BYTES];
    int error = execute(
        merger,
        "INSERT INTO main.run SELECT key, min(value) FROM single GROUP BY key;"
        "INSERT INTO main.run SELECT 'seed', min(seed) FROM gathered;"
        "INSERT INTO main.run SELECT 'repetitions', sum(repetitions) FROM base;"
        "INSERT INTO main.run SELECT 'jobs', max(CAST(value AS INTEGER)) FROM fact"
        " WHERE key = 'jobs';"
        "INSERT INTO main.environment SELECT key, group_concat(value, ' | ') FROM (SELECT DISTINCT"
        " key, value FROM fact WHERE key <> 'jobs' ORDER BY key, value) GROUP BY key");

    bench_measure_utc(now);
    const char *const facts[][2] = {{"name", merger->merge->name},
                                    {"command", merger->merge->command},
                                    {"created", now},
                                    {"finished", now},
                                    {"shard", "1/1"},
                                    {"gcsweep", bench_env_version()}};
    for (size_t i = 0; error == 0 && i < sizeof facts / sizeof facts[0]; i++)
        error = put_fact(merger, facts[i][0], facts[i][1]);
    if (error == 0)
        error = put_number(merger, "whole_cells", result->cells + result->missing);
    if (error == 0)
        error = put_number(merger, "merged", result->sources);
    if (error == 0 && result->missing > 0)
        error = put_number(merger, "missing", result->missing);
    return error;
}

static int
close_all(struct merger *merger, struct bench_merge_result *result) {
    size_t planned = (size_t)ask(merger, "SELECT sum(repetitions) * (SELECT count(*) FROM config)"
                                         " FROM base");
    int error;

    result->sources = (size_t)ask(merger, "SELECT count(*) FROM main.source");
    result->blocks = (size_t)ask(merger, "SELECT count(*) FROM block_seed");
    result->cells = (size_t)ask(merger, "SELECT count(*) FROM main.cell");
    result->missing = planned - result->cells;
    if (result->missing > 0 && (merger->merge->allow & BENCH_MERGE_MISSING) == 0)
        return refuse_missing(merger, result->missing);
    error = execute(merger, "BEGIN IMMEDIATE");
    if (error == 0)
        error = put_facts(merger, result);
    if (error == 0)
        error = execute(merger, "COMMIT");
    if (error == 0) {
        error = bench_store_finish(merger->store);
        if (error != 0)
            snprintf(merger->why, merger->why_bytes, "%s", bench_store_why(merger->store));
    }
    return error;
}

int
bench_merge_check(const struct bench_merge *merge, char *why, size_t why_bytes) {
    for (size_t i = 0; i < merge->count; i++) {
        struct bench_store *store;
        int error = bench_store_open(merge->paths[i], BENCH_STORE_READ, &store, why, why_bytes);
        if (error != 0)
            return error;
        bench_store_close(store);
    }
    return 0;
}

int
bench_merge_into(const struct bench_merge *merge, struct bench_store *store,
                 struct bench_merge_result *ret_result, char *why, size_t why_bytes) {
    struct merger merger = {.merge = merge, .store = store, .why = why, .why_bytes = why_bytes};
    int error = bench_merge_check(merge, why, why_bytes);

    if (error == 0)
        error = execute(&merger, tables);
    if (error == 0)
        error = attach(&merger, 0, "first");
    if (error == 0)
        error = each_part(&merger, compare_and_gather);
    if (error == 0)
        error = execute(&merger, "DETACH first");
    if (error == 0)
        error = number_sources(&merger);
    if (error == 0)
        error = each_part(&merger, copy_part);
    return error == 0 ? close_all(&merger, ret_result) : error;
}
