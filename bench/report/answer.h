/* SPDX-License-Identifier: MIT
 *
 * report/answer.h: which setting is best, what it buys, what it risks.
 */
#ifndef BENCH_REPORT_ANSWER_H
#define BENCH_REPORT_ANSWER_H

#include <stdio.h>

#include "bench/report/data.h"

/* The answer in short where there are several groups, then that of each, then what ended badly. */
void bench_report_answer_write(const struct bench_report_data *data, FILE *out);

/* "Use X", "Keep the default: X" and the like, of one group. */
void bench_report_answer_write_choice(const struct bench_report_group *group, FILE *out);

#endif
