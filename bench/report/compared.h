/* SPDX-License-Identifier: MIT
 *
 * report/compared.h: what bench/compare.h says of two runs, as a part of the page.
 */
#ifndef BENCH_REPORT_COMPARED_H
#define BENCH_REPORT_COMPARED_H

#include <stdio.h>

#include "bench/report/several.h"

/* Run `index` held against the first. Runs that cannot be compared: says why. */
void bench_report_compared_write(const struct bench_report_several *several, size_t index,
                                 FILE *out);

#endif
