/* SPDX-License-Identifier: MIT
 *
 * report.h: a run file as one HTML page that needs nothing but itself, and its figures as PNG files.
 *
 * Results other than 0 are negative errnos with one line in `why`: -ENOPKG when gnuplot is missing, any
 * other when a file cannot be read or written. bench_report_status makes an exit status of them.
 * The run file is only read.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stddef.h>

/* The page replaces html_path only when it is whole. */
int bench_report_write(const char *db_path, const char *html_path, char *why, size_t why_bytes);

/* The same of several runs side by side, of which the others are held against the first. -E2BIG: too many. */
int bench_report_write_several(const char *const *db_paths, size_t count, const char *html_path,
                               char *why, size_t why_bytes);

/* Writes <run>-<workload>-<figure>.png for each figure into `directory`, which is made if it is
 * not there. `on_file` (may be NULL) is told each path. */
int bench_report_pictures(const char *db_path, const char *directory,
                          void (*on_file)(void *context, const char *path), void *context,
                          char *why, size_t why_bytes);

/* Where the page of a run goes when nothing is said: beside it, with .html for .db. */
void bench_report_page_path(const char *db_path, char *ret_path, size_t path_bytes);

/* The same of several: beside the first, named after all. */
void bench_report_several_path(const char *const *db_paths, size_t count, char *ret_path,
                               size_t path_bytes);

int bench_report_status(int error);

#endif
