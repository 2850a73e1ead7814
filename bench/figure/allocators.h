/* SPDX-License-Identifier: MIT
 *
 * figure/allocators.h: all allocators of a run beside each other, over all of its workloads.
 */
#ifndef BENCH_FIGURE_ALLOCATORS_H
#define BENCH_FIGURE_ALLOCATORS_H

#include "bench/figure.h"

void bench_figure_allocators_export(const struct bench_report_data *data, FILE *out);
void bench_figure_allocators_read(const struct bench_report_data *data, FILE *out);
bool bench_figure_allocators_is_there(const struct bench_report_data *data);

#endif
