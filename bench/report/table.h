/* SPDX-License-Identifier: MIT
 *
 * report/table.h: the data of a chart for people who read numbers, made of nothing but the table that the
 * chart is drawn from. A new figure needs nothing here: what its columns are called says what they hold.
 */
#ifndef BENCH_REPORT_TABLE_H
#define BENCH_REPORT_TABLE_H

#include <stdio.h>

struct bench_report_table {
    const char *id, *caption;
    const char *first_column; /* as in struct bench_figure */
    const char *command;      /* that writes the whole table */
};

/* Writes it folded away. `tsv` is cut to pieces. -ENOMEM: nothing is written. */
int bench_report_table_write(const struct bench_report_table *table, char *tsv, FILE *out);

#endif
