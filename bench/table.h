/* SPDX-License-Identifier: MIT
 *
 * table.h: a table of text for people: columns as wide as their widest cell, the first one flush left,
 * the others flush right. And quantities in words of three digits.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    BENCH_TABLE_COLUMNS = 12,
    BENCH_TABLE_TEXT_BYTES = 24
};

struct bench_table {
    size_t columns, count; /* count: of cells, row by row, the heading first */
    char **cells;
};

/* The heading gives the number of columns; ends with NULL. */
void bench_table_init(struct bench_table *table, const char *const *heading);
void bench_table_fini(struct bench_table *table);

/* The next cell. Without memory for it the table stays as it is. */
void bench_table_put(struct bench_table *table, const char *text);
void bench_table_print(const struct bench_table *table, FILE *out);

/* The result is `text`: "1.23 ms", "30.1 MiB", "1.05x". */
char *bench_table_time(double ns, char text[BENCH_TABLE_TEXT_BYTES]);
char *bench_table_bytes(double bytes, char text[BENCH_TABLE_TEXT_BYTES]);
char *bench_table_ratio(double ratio, char text[BENCH_TABLE_TEXT_BYTES]);

#endif
