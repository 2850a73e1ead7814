/* SPDX-License-Identifier: MIT
 *
 * report/several.h: the parts of a page that lays two or more runs side by side, one for each slot of
 * plots/report/page.html; a run is a column. Groups are the same by their titles, configurations by their
 * labels. The first run is what the others are held against.
 */
#ifndef BENCH_REPORT_SEVERAL_H
#define BENCH_REPORT_SEVERAL_H

#include <stdio.h>

#include "bench/report/data.h"

enum {
    BENCH_REPORT_RUNS_MOST = 6
};

struct bench_report_several {
    struct bench_report_data runs[BENCH_REPORT_RUNS_MOST];
    const char *paths[BENCH_REPORT_RUNS_MOST];
    char labels[BENCH_REPORT_RUNS_MOST][64]; /* what a run is called here, each otherwise */
    size_t count;
};

/* Reads them all. Errors as bench_report_data_read. */
int bench_report_several_read(const char *const *paths, size_t count,
                              struct bench_report_several *ret_several, char *why,
                              size_t why_bytes);
void bench_report_several_fini(struct bench_report_several *several);

void bench_report_several_heading(const struct bench_report_several *several, FILE *out);
void bench_report_several_asked(const struct bench_report_several *several, FILE *out);
void bench_report_several_answer(const struct bench_report_several *several, FILE *out);
void bench_report_several_table(const struct bench_report_several *several, FILE *out);
void bench_report_several_environment(const struct bench_report_several *several, FILE *out);
void bench_report_several_repeat(const struct bench_report_several *several, FILE *out);

#endif
