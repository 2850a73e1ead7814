/* SPDX-License-Identifier: MIT
 *
 * export/file.h: what the writers of formats share, and nobody else sees. A writer walks over the chosen
 * configurations, and within each over its cells; numbers and texts it writes by the functions below.
 */
#ifndef BENCH_EXPORT_FILE_H
#define BENCH_EXPORT_FILE_H

#include <stdint.h>
#include <stdio.h>

#include "bench/export.h"
#include "bench/store.h"

enum {
    BENCH_EXPORT_NAME_BYTES = 512,
    BENCH_EXPORT_FACT_BYTES = 1024,
    BENCH_EXPORT_USUAL = 256
};

struct bench_export_setting {
    char *knob, *value;
    double number;
    bool swept;
};

struct bench_export_config {
    int64_t id, reference;
    char *workload, *engine, *label;
    char name[BENCH_EXPORT_NAME_BYTES];    /* "churn alloc.backend=pool" */
    struct bench_export_setting *settings; /* by name of the knob */
    size_t setting_count;
};

struct bench_export {
    struct bench_store *store;
    struct bench_output *output;
    FILE *out; /* of the output */
    const struct bench_export_choice *choice;
    const struct bench_export_format *format;
    struct bench_store_metric
        *metrics; /* the chosen ones, by name; of each all texts are its own */
    size_t metric_count;
    size_t usual[BENCH_EXPORT_USUAL]; /* a guess: the metric of the nth value of a cell */
    char **swept;                     /* names of the knobs that are an axis */
    size_t swept_count;
    char run_name[BENCH_EXPORT_FACT_BYTES];
    struct bench_export_config config; /* where the walk is */
    bool (*stop)(void);
    char *why;
    size_t why_bytes;
};

/* ---- Walking ---------------------------------------------------------------------------------------- */

/* In order of id. A result other than 0 stops and is given. */
int bench_export_each_config(struct bench_export *export,
                             int (*fn)(void *context, const struct bench_export_config *config),
                             void *context);

/* Those of one configuration, in the order in which they ran. -EINTR, or the output's error, when there is no use
 * in going on. */
int bench_export_each_cell(struct bench_export *export, int64_t config_id,
                           int (*fn)(void *context, const struct bench_store_cell *cell),
                           void *context);

/* The chosen metrics that the cell has, by their index, rising. */
int bench_export_each_value(struct bench_export *export, int64_t cell_id,
                            int (*fn)(void *context, size_t metric, double value), void *context);

/* Histograms of a cell that were chosen by name; of none that did not finish. */
int bench_export_each_histogram(struct bench_export *export, const struct bench_store_cell *cell,
                                int (*fn)(void *context, const char *name,
                                          const struct bench_hist *hist),
                                void *context);

/* A fact, or "". */
void bench_export_fact(struct bench_export *export, enum bench_store_facts which, const char *key,
                       char ret_value[BENCH_EXPORT_FACT_BYTES]);

/* One line into why; gives `error`. */
int bench_export_refuse(struct bench_export *export, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The median of a metric over the finished cells of a configuration, and an interval that holds the true one with
 * 95 % by counting ranks: of fewer than six cells that is all there is, from the least to the greatest. */
struct bench_export_summary {
    size_t count; /* 0: nothing else is there */
    double median, low, high, mean, deviation;
};

int bench_export_summarise(struct bench_export *export, int64_t config_id, const char *metric,
                           struct bench_export_summary *ret_summary);
/* Of all the chosen metrics, in their order, from one walk over the cells; for metric_count of them. */
int bench_export_summarise_all(struct bench_export *export, int64_t config_id,
                               struct bench_export_summary *ret_summaries);
void bench_export_summary_of(double *values, size_t count,
                             struct bench_export_summary *ret_summary); /* sorts */

/* ---- Texts ------------------------------------------------------------------------------------------ */

/* The shortest that reads back as the same number; one that is none is null. */
void bench_export_number(FILE *out, double value);

/* With quotes. What is no UTF-8 becomes U+FFFD. NULL is null. */
void bench_export_json(FILE *out, const char *text);

/* "key": "text" */
void bench_export_field(FILE *out, const char *key, const char *text);

/* Content of an element or an attribute; control characters, which XML cannot have, become "?". */
void bench_export_xml(FILE *out, const char *text);

/* A field of RFC 4180; NULL is empty. */
void bench_export_csv(FILE *out, const char *text);

/* The value of a label, without quotes. */
void bench_export_label(FILE *out, const char *text);

/* ---- The formats ------------------------------------------------------------------------------------ */

int bench_export_csv_write(struct bench_export *export);
int bench_export_json_write(struct bench_export *export);
int bench_export_gbench_write(struct bench_export *export);
int bench_export_hgrm_write(struct bench_export *export);
int bench_export_hlog_write(struct bench_export *export);
int bench_export_bmf_write(struct bench_export *export);
int bench_export_github_write(struct bench_export *export);
int bench_export_github_bigger_write(struct bench_export *export);
int bench_export_junit_write(struct bench_export *export);
int bench_export_openmetrics_write(struct bench_export *export);
int bench_export_chrome_write(struct bench_export *export);

#endif
