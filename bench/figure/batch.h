/* SPDX-License-Identifier: MIT
 *
 * figure/batch.h: many pictures from few processes of gnuplot, since starting one takes as long as ten
 * pictures. Tables are written as pictures are added; all are drawn at once.
 *
 * Errors are those of bench_figure_draw, with a line in `why`.
 */
#ifndef BENCH_FIGURE_BATCH_H
#define BENCH_FIGURE_BATCH_H

#include <stddef.h>

#include "bench/figure.h"

struct bench_figure_picture {
    const char *name; /* of the script */
    const char *title, *caption;
    bench_figure_write_fn write;
    const void *context;
    const char *out;    /* NULL: a file that is the batch's own */
    const char *format; /* one of style.gp's */
};

struct bench_figure_batch;

int bench_figure_batch_open(struct bench_figure_batch **ret_batch, char *why, size_t why_bytes);

int bench_figure_batch_add(struct bench_figure_batch *batch,
                           const struct bench_figure_picture *picture, char *why, size_t why_bytes);

/* If one fails none is left. */
int bench_figure_batch_draw(struct bench_figure_batch *batch, char *why, size_t why_bytes);

size_t bench_figure_batch_count(const struct bench_figure_batch *batch);
/* Where picture `index` is, in the order in which they were added. */
const char *bench_figure_batch_path(const struct bench_figure_batch *batch, size_t index);

/* Removes the files that are its own. NULL is ignored. */
void bench_figure_batch_close(struct bench_figure_batch *batch);

#endif
