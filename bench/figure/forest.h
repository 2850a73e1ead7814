/* SPDX-License-Identifier: MIT
 *
 * figure/forest.h: a comparison as a picture: each row's ratio with its interval, against 1 and the floor.
 */
#ifndef BENCH_FIGURE_FOREST_H
#define BENCH_FIGURE_FOREST_H

#include "bench/compare.h"
#include "bench/figure.h"

/* The table of plots/forest.gp. */
void bench_figure_forest_export(const struct bench_compare *compare, FILE *out);

/* As bench_figure_draw. */
int bench_figure_forest_draw(const struct bench_compare *compare, const char *out,
                             const char *format, char *why, size_t why_bytes);

#endif
