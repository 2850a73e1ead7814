/* SPDX-License-Identifier: MIT
 *
 * store/file.h: what store.c, store/read.c and store/write.c share, and nobody else sees.
 */
#ifndef BENCH_STORE_FILE_H
#define BENCH_STORE_FILE_H

#include <sqlite3.h>

#include "bench/store.h"

enum {
    BENCH_STORE_STATEMENTS = 40
};

struct bench_store {
    sqlite3 *file;
    int64_t version; /* of the file's schema */
    /* Each SQL text is prepared once; the key is the address of the literal. */
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } cache[BENCH_STORE_STATEMENTS];
    char why[256];
};

/* Keeps SQLite's message and turns its code into a negative errno. */
int bench_store_fail(struct bench_store *store);

/* The statement for a literal, reset and ready to be bound; NULL: see why. */
sqlite3_stmt *bench_store_prepare(struct bench_store *store, const char *sql);

/* 1: a row; 0: done, and the statement is reset; negative errno. */
int bench_store_step(struct bench_store *store, sqlite3_stmt *statement);

#endif
