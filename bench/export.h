/* SPDX-License-Identifier: MIT
 *
 * export.h: a run, or a part of it, in a format that other tools read. Formats are rows of a table.
 *
 * Everything is written as it is read: what is in memory at a time is one configuration, one cell, one histogram
 * and one series, however large the run is. All of it is of one moment, even while a sweep goes on.
 */
#ifndef BENCH_EXPORT_H
#define BENCH_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/output.h"

struct bench_export;

struct bench_export_format {
    const char *name, *suffix; /* the latter of files, with its dot */
    const char *help;          /* one line */
    const char *metrics; /* those that it has if none are named; patterns, NULL: it has none */
    int (*write)(struct bench_export *export);
};

const struct bench_export_format *bench_export_formats(size_t *ret_count);
const struct bench_export_format *bench_export_find(const char *name);  /* NULL: there is none */
const struct bench_export_format *bench_export_guess(const char *path); /* by its suffix, or NULL */

enum {
    BENCH_EXPORT_CHOICES = 16
};

/* What of the run; everything that is not chosen is in it. */
struct bench_export_choice {
    const char *metrics;                       /* "wall_ns,gc.*" */
    const char *configs[BENCH_EXPORT_CHOICES]; /* each "1,4..6", or "NAME=VALUE,VALUE" */
    size_t config_count;
    const char *cells;      /* "7,10..19" */
    const char *histograms; /* "latency,pause2" */
    bool partial;           /* also of a run that is not finished */
};

/* -EINVAL, -ENODATA: the choice or the run cannot be exported like this; as bench_store_open; -EINTR: when
 * `stop` says so; with one line in `why`. What has been written to the output stays there. */
int bench_export_write(const char *db_path, const struct bench_export_format *format,
                       const struct bench_export_choice *choice, struct bench_output *output,
                       bool (*stop)(void), char *why, size_t why_bytes);

#endif
