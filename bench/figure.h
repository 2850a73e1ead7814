/* SPDX-License-Identifier: MIT
 *
 * figure.h: the pictures. Each is a row here and a gnuplot script plots/<name>.gp that draws it from a
 * table of tab-separated values; plots/style.gp describes the table and the formats.
 *
 * Scripts are looked for in $GCSWEEP_PLOTS, then in the directory compiled in.
 */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/report/data.h"

struct bench_figure {
    const char *name;
    const char *title;
    const char *question; /* the one that it answers */
    /* Writes the table of a group. */
    void (*export_table)(const struct bench_report_group *group, FILE *out);
    /* Writes one plain sentence: what the figure shows of this group. */
    void (*read_out)(const struct bench_report_group *group, FILE *out);
    /* Whether a group has what it shows; NULL: every group is to have it. What it lacks then: "no X". */
    bool (*is_there)(const struct bench_report_group *group);
    const char *lacks;
    /* Whether there is something to see in it, so that it belongs in a page; NULL: if it is there. */
    bool (*is_telling)(const struct bench_report_group *group);
    /* What the first column holds, where a block's first cell names its series; NULL: that cell names the
     * column. By the ends of columns' names, `_ns`, `_bytes`, `percent` and so on, the page's table of
     * data knows what they hold (bench/report/table.c). */
    const char *first_column;
    /* The same of a figure of a whole run, over all its groups; those of a group are NULL then. */
    void (*export_run)(const struct bench_report_data *data, FILE *out);
    void (*read_run)(const struct bench_report_data *data, FILE *out);
    bool (*is_in_run)(const struct bench_report_data *data);
    /* Of one that needs more than a run: the call that draws it. There is nothing else then. */
    const char *drawn_by;
};

/* Whether a page has it of this group. */
bool bench_figure_is_wanted(const struct bench_figure *figure,
                            const struct bench_report_group *group);

const struct bench_figure *bench_figure_rows(size_t *ret_count);

/* NULL: there is none; *ret_nearest is the nearest name then, or NULL. */
const struct bench_figure *bench_figure_find(const char *name, const char **ret_nearest);

/* The format of a picture by the end of its file's name, tsv for its table among them; NULL: none. */
const char *bench_figure_format(const char *path);

/* Directory of scripts and page template. */
const char *bench_figure_plots_dir(void);

/* Draws a figure into a file; one of a whole run has no group. `format` is one of style.gp's, or tsv for the table itself. -ENOPKG: no
 * gnuplot here; -ENOENT: no script, or `out` cannot be written; -EIO: gnuplot failed. `why` has a line. */
int bench_figure_draw(const struct bench_figure *figure, const struct bench_report_data *data,
                      const struct bench_report_group *group, const char *out, const char *format,
                      char *why, size_t why_bytes);

/* The same as one picture of many (bench/figure/batch.h); with no `out` into a file of the batch's own. */
struct bench_figure_batch;
int bench_figure_add(struct bench_figure_batch *batch, const struct bench_figure *figure,
                     const struct bench_report_data *data, const struct bench_report_group *group,
                     const char *out, const char *format, char *why, size_t why_bytes);

/* Draws by the script of that name what `write` puts into the table: for pictures that are not of one group. The rest
 * as above. */
typedef void (*bench_figure_write_fn)(const void *context, FILE *out);
int bench_figure_draw_written(const char *name, const char *title, const char *caption,
                              bench_figure_write_fn write, const void *context, const char *out,
                              const char *format, char *why, size_t why_bytes);

/* "1.23 ms", "30.1 MiB", "n/a"; three significant digits. The result is `buffer`. */
char *bench_figure_time(double ns, char buffer[24]);
char *bench_figure_bytes(double bytes, char buffer[24]);

#endif
