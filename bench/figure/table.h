/* SPDX-License-Identifier: MIT
 *
 * figure/table.h: what the tables and the readings of figures are made of.
 */
#ifndef BENCH_FIGURE_TABLE_H
#define BENCH_FIGURE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/figure.h"

/* A header row: the name of the series, kept to one cell and one line, then the columns. */
void bench_figure_begin_block(FILE *out, bool is_first, const char *name, const char *columns);

/* Text kept to one cell and one line. */
void bench_figure_write_cell(const char *text, FILE *out);

/* Calls `write_rows`, which says how many it wrote, for the named ones each in its block and for all others
 * in the last one, where a column `configuration` names each row if there is none yet; `nothing` stands
 * for none. */
void bench_figure_export_series(
    const struct bench_report_group *group, const char *columns, const char *nothing,
    size_t (*write_rows)(const struct bench_report_config *config, FILE *out), FILE *out);

/* Rows of time and value, at most about `most` of them, with `name` behind each unless it is NULL: the highest of
 * each run of neighbours, and the first and last of all, so that peaks survive. Returns how many. */
size_t bench_figure_write_samples(const struct bench_series *series, size_t most, const char *name,
                                  FILE *out);

/* NaN: the configuration has no such figure. */
typedef double (*bench_figure_get_fn)(const struct bench_report_config *config, int which);

/* Least and greatest of a figure over a group; false when no configuration has it. */
bool bench_figure_find_extremes(const struct bench_report_group *group, bench_figure_get_fn get,
                                int which, const struct bench_report_config **ret_least,
                                const struct bench_report_config **ret_greatest);

/* "X does best with A, Y worst with B; the default has C." in the words of `best` and `worst`. Some
 * configuration must have the figure. */
void bench_figure_read_extremes(const struct bench_report_group *group, bench_figure_get_fn get,
                                int which, char *(*print)(double value, char buffer[24]),
                                const char *best, const char *worst, FILE *out);

#endif
