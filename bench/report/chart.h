/* SPDX-License-Identifier: MIT
 *
 * report/chart.h: the charts of the page, each with its title, its reading and its data.
 */
#ifndef BENCH_REPORT_CHART_H
#define BENCH_REPORT_CHART_H

#include <stdio.h>

#include "bench/report/data.h"

/* Errors as bench_figure_draw. */
int bench_report_chart_write(const struct bench_report_data *data, FILE *out, char *why,
                             size_t why_bytes);

#endif
