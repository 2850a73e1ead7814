/* SPDX-License-Identifier: MIT
 *
 * run_text.h: what a person wants to see of one run.
 */
#ifndef BENCH_RUN_TEXT_H
#define BENCH_RUN_TEXT_H

#include <stdio.h>

#include "bench/cell.h"
#include "bench/glance.h"
#include "bench/record.h"

void bench_run_text_print(const struct bench_record *record, const struct bench_cell *cell,
                          const char *engine, const struct bench_glance *glance, FILE *out);

#endif
