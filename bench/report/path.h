/* SPDX-License-Identifier: MIT
 *
 * report/path.h: lines through whole numbers as the data of an SVG path, as short as they can be written.
 */
#ifndef BENCH_REPORT_PATH_H
#define BENCH_REPORT_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct bench_report_place {
    int32_t x, y;
};

/* Leaves out, in place, what lies within `missed` of the straight line between points that stay; returns how
 * many do. The first and the last stay. */
size_t bench_report_path_thin(struct bench_report_place *places, size_t count, int32_t missed);

/* Writes the line from the first to the last, and back if `is_closed`. The first is where it is; each
 * other is a step from the last. */
void bench_report_path_write(const struct bench_report_place *places, size_t count, bool is_closed,
                             FILE *out);

#endif
