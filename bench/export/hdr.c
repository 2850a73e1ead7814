/* SPDX-License-Identifier: MIT
 *
 * export/hdr.c: histograms for HdrHistogram's tools. A .hgrm is one histogram: all cells of one configuration
 * together. A log has one line for each histogram of each cell; the tag says of which configuration, so that a
 * reader who adds up what has one tag has what the .hgrm has.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/export/file.h"
#include "bench/hdr.h"

struct log {
    struct bench_export *export;
    const struct bench_export_config *config;
    struct bench_hdr_interval interval;
    double start_s; /* of the log, since 1970 */
    size_t count, unfinished;
};

/* "2024-01-01T00:00:00Z" in seconds since 1970; false: it is none. */
static bool
read_utc(const char *text, double *ret_s) {
    struct tm tm = {0};
    const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

    if (end == NULL)
        return false;
    *ret_s = (double)timegm(&tm) + (*end == '.' ? strtod(end, NULL) : 0);
    return true;
}

/* A tag has neither commas nor blanks. */
static void
make_tag(const struct log *log, const char *histogram, char tag[BENCH_HDR_TAG_BYTES]) {
    snprintf(tag, BENCH_HDR_TAG_BYTES, "%.*s/%s", BENCH_HDR_TAG_BYTES - 32, log->config->name,
             histogram);
    for (char *at = tag; *at != '\0'; at++)
        if (*at == ' ' || *at == ',' || *at == '\r' || *at == '\n')
            *at = ';';
}

static int
put_line(void *context, const char *name, const struct bench_hist *hist) {
    struct log *log = context;

    make_tag(log, name, log->interval.tag);
    *log->interval.hist = *hist;
    log->count++;
    return bench_hdr_log_put(log->export->out, &log->interval);
}

static int
put_cell(void *context, const struct bench_store_cell *cell) {
    struct log *log = context;
    double started_s;

    log->interval.start_s = read_utc(cell->started, &started_s) ? started_s - log->start_s : 0;
    log->interval.length_s = (double)cell->elapsed_ns / 1e9;
    if (cell->state != BENCH_CELL_FINISHED) {
        fprintf(log->export->out, "#[cell %" PRId64 " of configuration %" PRId64 " is %s]\n",
                cell->id, log->config->id, bench_cell_state_name(cell->state));
        log->unfinished++;
    }
    return bench_export_each_histogram(log->export, cell, put_line, log);
}

static int
put_config(void *context, const struct bench_export_config *config) {
    struct log *log = context;

    log->config = config;
    return bench_export_each_cell(log->export, config->id, put_cell, log);
}

static int
refuse_empty(const struct log *log, const char *what) {
    const char *wanted = log->export->choice->histograms;

    return bench_export_refuse(
        log->export, -ENODATA,
        "%s has no %s%shistogram of a finished cell (%zu did not finish): choose others with "
        "--config or --histogram",
        what, wanted == NULL ? "" : wanted, wanted == NULL ? "" : " ", log->unfinished);
}

int
bench_export_hlog_write(struct bench_export *export) {
    struct log log = {.export = export, .interval = {.hist = malloc(sizeof(struct bench_hist))}};
    char about[BENCH_EXPORT_FACT_BYTES + 32], created[BENCH_EXPORT_FACT_BYTES];

    if (log.interval.hist == NULL)
        return -ENOMEM;
    bench_export_fact(export, BENCH_STORE_RUN, "created", created);
    (void)read_utc(created, &log.start_s);
    snprintf(about, sizeof about, "gcsweep run %s", export->run_name);
    bench_hdr_log_head(export->out, log.start_s, about);
    int error = bench_export_each_config(export, put_config, &log);
    free(log.interval.hist);
    return error == 0 && log.count == 0 ? refuse_empty(&log, "this choice") : error;
}

/* ---- One distribution --------------------------------------------------------------------------------- */

struct sum {
    struct log log;
    struct bench_hist hist;
    char name[BENCH_EXPORT_NAME_BYTES];
    size_t configs;
};

static int
add_histogram(void *context, const char *name, const struct bench_hist *hist) {
    struct sum *sum = context;

    (void)name;
    bench_hist_merge(&sum->hist, hist);
    sum->log.count++;
    return 0;
}

static int
add_cell(void *context, const struct bench_store_cell *cell) {
    struct sum *sum = context;

    sum->log.unfinished += cell->state != BENCH_CELL_FINISHED;
    return bench_export_each_histogram(sum->log.export, cell, add_histogram, sum);
}

static int
add_config(void *context, const struct bench_export_config *config) {
    struct sum *sum = context;

    if (sum->configs++ > 0)
        return bench_export_refuse(sum->log.export, -EINVAL,
                                   "hgrm holds the histogram of one configuration, and these are "
                                   "several: choose one with --config ID, or format hlog");
    memcpy(sum->name, config->name, sizeof sum->name);
    return bench_export_each_cell(sum->log.export, config->id, add_cell, sum);
}

/* One of one kind: latencies, if nothing else was chosen. */
static int
add_up(struct bench_export *export, struct sum *sum) {
    const struct bench_export_choice *asked = export->choice;
    struct bench_export_choice choice = *asked;
    int error;

    if (choice.histograms == NULL)
        choice.histograms = "latency";
    if (strchr(choice.histograms, ',') != NULL)
        return bench_export_refuse(export, -EINVAL,
                                   "--histogram: hgrm holds one, or choose format hlog");
    export->choice = &choice;
    sum->log.export = export;
    error = bench_export_each_config(export, add_config, sum);
    if (error == 0 && sum->log.count == 0)
        error = refuse_empty(&sum->log, sum->name);
    export->choice = asked;
    return error;
}

int
bench_export_hgrm_write(struct bench_export *export) {
    struct sum *sum = calloc(1, sizeof *sum);
    int error;

    if (sum == NULL)
        return -ENOMEM;
    bench_hist_init(&sum->hist);
    error = add_up(export, sum);
    if (error == 0) {
        bench_hdr_hgrm_write(export->out, &sum->hist);
        fprintf(export->out, "#[%s, %s, ns]\n", sum->name,
                export->choice->histograms == NULL ? "latency" : export->choice->histograms);
    }
    free(sum);
    return error;
}
