/* SPDX-License-Identifier: MIT
 *
 * ratios.h: the table that micro-benchmarks are read from: who takes how long for what, and how that
 * compares with ours. Pure functions of Google Benchmark's JSON.
 */
#ifndef BENCH_MICRO_RATIOS_H
#define BENCH_MICRO_RATIOS_H

#include <stdio.h>

#include <jansson.h>

struct bench_ratios;

/* NULL: out of memory. */
struct bench_ratios *bench_ratios_create(void);
void bench_ratios_destroy(struct bench_ratios *ratios); /* NULL is fine */

/* Takes in the results of one process. What ran as `system` appears as `system_label`; the documents'
 * entries get that name as well, and the number of the process. 0, -EBADMSG: not such a document, or
 * -ENOMEM. */
int bench_ratios_add(struct bench_ratios *ratios, json_t *document, const char *system_label);

/* The median over all samples; the ratio to ours is taken inside each process, and its median over the
 * processes given. -ENOENT: there are none, and nothing is touched. */
struct bench_ratio {
    double value, ratio, spread; /* ratio 0: ours is not there; spread: (most - least) / median */
    unsigned sample_count;
};
int bench_ratios_find(const struct bench_ratios *ratios, const char *row, const char *subject,
                      struct bench_ratio *ret_ratio);

/* One line for each benchmark and subject, or one for each benchmark with the subjects side by side. */
void bench_ratios_print_long(const struct bench_ratios *ratios, FILE *out);
void bench_ratios_print_wide(const struct bench_ratios *ratios, FILE *out);

#endif
