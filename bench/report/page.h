/* SPDX-License-Identifier: MIT
 *
 * report/page.h: the written parts of the page, one function for each slot of plots/report/page.html.
 * The answer's is in report/answer.h, the charts' in report/chart.h.
 */
#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

#include <stdio.h>

#include "bench/report/data.h"

void bench_report_page_heading(const struct bench_report_data *data, FILE *out);
void bench_report_page_asked(const struct bench_report_data *data, FILE *out);
void bench_report_page_table(const struct bench_report_data *data, FILE *out);
void bench_report_page_environment(const struct bench_report_data *data, FILE *out);
void bench_report_page_repeat(const struct bench_report_data *data, FILE *out);
void bench_report_page_footer(const struct bench_report_data *data, FILE *out);

/* The knobs that were turned, with what they are. */
void bench_report_page_knobs(const struct bench_report_data *data, FILE *out);

/* A key of a fact in words, without its unit; and its value: bytes and times as people read them, and exact. */
void bench_report_page_key(const char *key, FILE *out);
void bench_report_page_value(const char *key, const char *text, FILE *out);

#endif
