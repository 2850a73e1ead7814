/* SPDX-License-Identifier: MIT
 *
 * csv.h: what the parts of workload csv share: its knobs and its state.
 *
 *   csv.c        the workload: knobs, the course of a run, the answer
 *   csv_ways.c   the strategies: what is made of a row, and how it is summed up
 *   csv_bytes.c  what each of them needs at its peak
 *   csv_file.c   rows of a file that is given or made up, and which are bad
 *   csv_make.c   makes files up; csv_read.c parses them; neither knows of objects
 *
 * Invariants:
 *   - The file's row is the next one that nobody took, good or bad, or the file is over.
 *   - The total of a category is a list [sum, count] in `totals`, by name. Sums are made in the order of
 *     the file, whatever the strategy, so that they are the same to the last bit.
 */
#ifndef WORKLOADS_CSV_H
#define WORKLOADS_CSV_H

#include "workloads/workload.h"

#include "workloads/csv_file.h"

enum wl_csv_strategy {
    WL_CSV_LOAD_ALL,
    WL_CSV_LOAD_ROWS,
    WL_CSV_TYPED,
    WL_CSV_SELECTED,
    WL_CSV_CHUNKED,
    WL_CSV_STREAM
};

struct wl_csv_knobs {
    int64_t strategy, chunk, bad_rows, rows, categories, width, crlf;
    double quoted_share, empty_share, utf8_share, bad_share;
    char file[RT_KNOB_TEXT_BYTES], category[RT_KNOB_TEXT_BYTES], value[RT_KNOB_TEXT_BYTES];
};

struct wl_csv;

enum {
    WL_CSV_NOTES_MOST = 3, /* bad rows that are told one by one */
    WL_CSV_NOTE_BYTES = 160,
};

/* A strategy. */
struct wl_csv_way {
    int (*store)(struct wl_csv *csv); /* the row, if it is good */
    int (*sum)(struct wl_csv *csv, int64_t from,
               int64_t to); /* rows that are held; NULL: none are */
    bool is_chunked, keeps_columns;
};

struct wl_csv {
    const struct wl_csv_knobs *knobs;
    const struct wl_csv_way *way;
    struct wl_run *run;
    struct en_heap *heap;
    struct wl_csv_file file;
    bool is_open;
    struct en_object **keys; /* the header */
    struct en_object *totals;
    struct en_object *rows;   /* a list of dicts or tuples */
    struct en_object *stream; /* a generator of tuples */
    /* of strategies that keep columns */
    struct en_object *names, *entries; /* number by category; total by number */
    struct en_object **columns;        /* arrays or lists; NULL: not kept */
    int64_t held;                      /* rows */
    int64_t taken, good, bad, counted;
    double sum; /* of all values */
    int error;  /* other than the engine's: a negative errno */
    char notes[WL_CSV_NOTES_MOST][WL_CSV_NOTE_BYTES];
};

/* ---- csv_ways.c --------------------------------------------------------------------------------- */

extern const struct wl_csv_way wl_csv_ways[]; /* by enum wl_csv_strategy */

/* What it needs to hold rows, and the total of each category. All three: -1, and csv->error or en_error has why. */
int wl_csv_ways_begin(struct wl_csv *csv);
void wl_csv_ways_end(struct wl_csv *csv);

/* To the next row. */
int wl_csv_ways_advance(struct wl_csv *csv);

/* The current row, and on to the next one. */
int wl_csv_ways_take(struct wl_csv *csv);

/* Puts what was summed by number into the totals. */
int wl_csv_ways_name(struct wl_csv *csv);

/* The str of a field of the current row. */
struct en_object *wl_csv_ways_str(struct wl_csv *csv, size_t column);

/* ---- csv_bytes.c -------------------------------------------------------------------------------- */

void wl_csv_bytes_spec(const struct wl_csv_knobs *knobs, struct wl_csv_make_spec *ret_spec);
int64_t wl_csv_bytes_rows(const struct wl_csv_knobs *knobs); /* of the file, good or bad */
uint64_t wl_csv_bytes_peak(const struct wl_csv_knobs *knobs);

#endif
