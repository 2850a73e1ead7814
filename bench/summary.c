/* SPDX-License-Identifier: MIT
 *
 * summary.c: the first look at a run. See summary.h.
 *
 * Answers are compared within a block among configurations of one reference. The first answer seen of
 * each such group is kept in a table of reference by block; every other one must be equal to it.
 */
#include "bench/summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/steady.h"
#include "bench/table.h"

enum {
    PACES = 6 /* named in the summary */
};

static const struct {
    const char *metric, *heading;
    char *(*print)(double value, char text[BENCH_TABLE_TEXT_BYTES]);
    bool compared; /* a column with the ratio to the reference follows */
} columns[BENCH_SUMMARY_METRICS] = {
    [BENCH_SUMMARY_WALL] = {"wall_ns", "wall", bench_table_time, true},
    [BENCH_SUMMARY_P50] = {"latency_p50_ns", "p50", bench_table_time, false},
    [BENCH_SUMMARY_P99] = {"latency_p99_ns", "p99", bench_table_time, true},
    [BENCH_SUMMARY_PEAK_RSS] = {"peak_rss_bytes", "peak memory", bench_table_bytes, true},
    [BENCH_SUMMARY_OVERHEAD] = {"overhead_ratio", "growth/live", bench_table_ratio, false},
    [BENCH_SUMMARY_STEADY] = {"steady", NULL, NULL, false},
    [BENCH_SUMMARY_DRIFT] = {"drift_ratio", NULL, NULL, false},
    [BENCH_SUMMARY_WARMUP] = {"warmup_ratio", NULL, NULL, false},
};

/* ---- Reading ---------------------------------------------------------------------------------------- */

struct answer {
    int64_t cell;
    char digest[17];
};

struct reader {
    struct bench_summary *summary;
    struct bench_store *store;
    struct answer *answers; /* [reference - 1][block - 1], blocks of them a row */
    size_t blocks;
    double
        *values; /* of each row in turn: for each metric as many places as it has finished cells */
    size_t *first; /* of each row, where its places begin */
    double *noise; /* [block - 1], 0: nobody listened */
};

static int
add_row(void *context, const struct bench_store_config *config) {
    struct bench_summary *summary = ((struct reader *)context)->summary;
    struct bench_summary_row *rows = realloc(summary->rows, (summary->count + 1) * sizeof *rows);

    if (rows == NULL)
        return -ENOMEM;
    summary->rows = rows;
    rows += summary->count++;
    *rows = (struct bench_summary_row){.config_id = config->id, .reference = config->reference};
    snprintf(rows->workload, sizeof rows->workload, "%s", config->workload);
    snprintf(rows->engine, sizeof rows->engine, "%s", config->engine);
    snprintf(rows->label, sizeof rows->label, "%s", config->label);
    return config->id == (int64_t)summary->count ? 0 : -EINVAL;
}

static void
compare_answer(struct reader *reader, const struct bench_summary_row *row,
               const struct bench_store_cell *cell) {
    struct bench_summary *summary = reader->summary;
    struct answer *answer =
        &reader->answers[(size_t)(row->reference - 1) * reader->blocks + (size_t)cell->block - 1];

    if (answer->cell == 0) {
        answer->cell = cell->id;
        snprintf(answer->digest, sizeof answer->digest, "%s", cell->digest);
    } else if (strcmp(answer->digest, cell->digest) != 0 && summary->differing_cell == 0) {
        summary->differing_cell = cell->id;
        summary->other_cell = answer->cell;
    }
}

static int
take_cell(void *context, const struct bench_store_cell *cell) {
    struct reader *reader = context;
    struct bench_summary *summary = reader->summary;
    struct bench_summary_row *row;

    if (cell->block < 1 || cell->config_id < 1 || (size_t)cell->config_id > summary->count)
        return -EINVAL;
    row = &summary->rows[cell->config_id - 1];
    row->states[cell->state]++;
    summary->states[cell->state]++;
    if (cell->state == BENCH_CELL_FINISHED && cell->digest != NULL && row->reference >= 1 &&
        (size_t)row->reference <= summary->count)
        compare_answer(reader, row, cell);
    if (cell->why != NULL && summary->first_why[0] == '\0')
        snprintf(summary->first_why, sizeof summary->first_why, "cell %lld (%s): %s",
                 (long long)cell->id, row->label, cell->why);
    return 0;
}

static int
take_value(void *context, int64_t config_id, size_t metric, double value) {
    struct reader *reader = context;
    struct bench_summary_row *row = &reader->summary->rows[config_id - 1];
    size_t places = row->states[BENCH_CELL_FINISHED];

    if (row->counts[metric] == places)
        return -EINVAL;
    reader->values[reader->first[config_id - 1] + metric * places + row->counts[metric]++] = value;
    return 0;
}

/* All values at once, and then the median of each metric of each configuration. */
static int
read_medians(struct reader *reader) {
    struct bench_summary *summary = reader->summary;
    const char *metrics[BENCH_SUMMARY_METRICS];
    size_t places = 0;
    int error;

    reader->first = calloc(summary->count + 1, sizeof *reader->first);
    reader->values = calloc(summary->states[BENCH_CELL_FINISHED] * BENCH_SUMMARY_METRICS + 1,
                            sizeof *reader->values);
    if (reader->first == NULL || reader->values == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < summary->count; i++) {
        reader->first[i] = places;
        places += summary->rows[i].states[BENCH_CELL_FINISHED] * BENCH_SUMMARY_METRICS;
    }
    for (size_t k = 0; k < BENCH_SUMMARY_METRICS; k++)
        metrics[k] = columns[k].metric;
    error = bench_store_each_of(reader->store, metrics, BENCH_SUMMARY_METRICS, take_value, reader);
    for (size_t i = 0; error == 0 && i < summary->count; i++)
        for (size_t k = 0; k < BENCH_SUMMARY_METRICS; k++) {
            struct bench_summary_row *row = &summary->rows[i];
            double *values =
                &reader->values[reader->first[i] + k * row->states[BENCH_CELL_FINISHED]];
            if (row->counts[k] > 0)
                row->medians[k] = bench_array_median(values, row->counts[k]);
        }
    return error;
}

static int
take_noise(void *context, int64_t block, double late_ns) {
    struct reader *reader = context;

    if (block < 1 || (size_t)block > reader->blocks)
        return -EINVAL;
    double *most_ns = &reader->noise[block - 1];
    *most_ns = late_ns > *most_ns ? late_ns : *most_ns;
    return 0;
}

static int
read_noise(struct reader *reader) {
    struct bench_summary *summary = reader->summary;
    int error;

    reader->noise = calloc(reader->blocks + 1, sizeof *reader->noise);
    if (reader->noise == NULL)
        return -ENOMEM;
    error = bench_store_each_in_block(reader->store, "noise_max_ns", take_noise, reader);
    for (size_t i = 0; error == 0 && i < reader->blocks; i++) {
        summary->heard_blocks += reader->noise[i] > 0;
        if (reader->noise[i] > BENCH_SUMMARY_NOISE_NS &&
            summary->noisy_blocks++ < BENCH_SUMMARY_NOISY_NAMED)
            summary->noisy[summary->noisy_blocks - 1] = (int64_t)i + 1;
        if (reader->noise[i] > summary->noise_most_ns) {
            summary->noise_most_ns = reader->noise[i];
            summary->noisiest_block = (int64_t)i + 1;
        }
    }
    return error;
}

int
bench_summary_read(struct bench_summary *summary, struct bench_store *store, char *why,
                   size_t why_bytes) {
    struct reader reader = {.summary = summary, .store = store};
    int64_t blocks = 0;
    char jobs[16];
    int error;

    *summary = (struct bench_summary){.jobs = 1};
    if (bench_store_fact(store, BENCH_STORE_RUN, "jobs", jobs, sizeof jobs) == 0)
        summary->jobs = (int)strtol(jobs, NULL, 10);
    error = bench_store_each_config(store, add_row, &reader);
    if (error == 0)
        error = bench_store_last_block(store, &blocks);
    if (error == 0) {
        reader.blocks = (size_t)blocks;
        reader.answers = calloc(summary->count * reader.blocks + 1, sizeof *reader.answers);
        error = reader.answers == NULL ? -ENOMEM : 0;
    }
    if (error == 0)
        error = bench_store_each_cell(store, 0, take_cell, &reader);
    if (error == 0)
        error = read_medians(&reader);
    if (error == 0)
        error = read_noise(&reader);
    free(reader.answers);
    free(reader.values);
    free(reader.first);
    free(reader.noise);
    if (error != 0) {
        const char *said = bench_store_why(store);
        snprintf(why, why_bytes, "%s", said[0] == '\0' ? strerror(-error) : said);
        bench_summary_fini(summary);
    }
    return error;
}

void
bench_summary_fini(struct bench_summary *summary) {
    free(summary->rows);
    *summary = (struct bench_summary){0};
}

bool
bench_summary_is_good(const struct bench_summary *summary) {
    size_t bad = 0;
    for (int state = BENCH_CELL_FINISHED + 1; state < BENCH_CELL_STATE_COUNT; state++)
        bad += summary->states[state];
    return bad == 0 && summary->differing_cell == 0;
}

/* ---- For people ------------------------------------------------------------------------------------- */

/* The row that ratios of `row` refer to, if it has a median of that metric. */
static const struct bench_summary_row *
reference_of(const struct bench_summary *summary, const struct bench_summary_row *row,
             size_t metric) {
    if (row->reference < 1 || (size_t)row->reference > summary->count)
        return NULL;
    const struct bench_summary_row *reference = &summary->rows[row->reference - 1];
    return reference->counts[metric] > 0 && reference->medians[metric] > 0 ? reference : NULL;
}

static void
put_metric(struct bench_table *table, const struct bench_summary *summary,
           const struct bench_summary_row *row, size_t metric) {
    const struct bench_summary_row *reference = reference_of(summary, row, metric);
    char text[BENCH_TABLE_TEXT_BYTES];
    bool known = row->counts[metric] > 0;

    bench_table_put(table, known ? columns[metric].print(row->medians[metric], text) : "n/a");
    if (!columns[metric].compared)
        return;
    if (reference == row)
        bench_table_put(table, "1x");
    else if (known && reference != NULL)
        bench_table_put(table,
                        bench_table_ratio(row->medians[metric] / reference->medians[metric], text));
    else
        bench_table_put(table, "n/a");
}

/* "5", or "4 of 5" when not all have finished. */
static void
put_cells(struct bench_table *table, const struct bench_summary_row *row) {
    char text[48];
    size_t all = 0;

    for (int state = 0; state < BENCH_CELL_STATE_COUNT; state++)
        all += row->states[state];
    if (row->states[BENCH_CELL_FINISHED] == all)
        snprintf(text, sizeof text, "%zu", all);
    else
        snprintf(text, sizeof text, "%zu of %zu", row->states[BENCH_CELL_FINISHED], all);
    bench_table_put(table, text);
}

static void
print_workload(const struct bench_summary *summary, size_t first, size_t end, FILE *out) {
    const char *heading[BENCH_TABLE_COLUMNS + 1] = {summary->rows[first].workload};
    size_t count = 1;
    struct bench_table table;

    for (size_t k = 0; k < BENCH_SUMMARY_SHOWN; k++) {
        heading[count++] = columns[k].heading;
        if (columns[k].compared)
            heading[count++] = "";
    }
    heading[count] = "cells";
    bench_table_init(&table, heading);
    for (size_t i = first; i < end; i++) {
        bench_table_put(&table, summary->rows[i].label);
        for (size_t k = 0; k < BENCH_SUMMARY_SHOWN; k++)
            put_metric(&table, summary, &summary->rows[i], k);
        put_cells(&table, &summary->rows[i]);
    }
    bench_table_print(&table, out);
    bench_table_fini(&table);
}

static void
print_jobs(const struct bench_summary *summary, FILE *out) {
    if (summary->jobs > 1)
        fprintf(out, "%d cells ran at once and disturbed each other: go by counts, not by times.\n",
                summary->jobs);
}

static void
print_states(const struct bench_summary *summary, FILE *out) {
    for (int state = BENCH_CELL_FINISHED + 1; state < BENCH_CELL_STATE_COUNT; state++)
        if (summary->states[state] > 0)
            fprintf(out, "%zu %s %s.\n", summary->states[state],
                    summary->states[state] == 1 ? "cell is" : "cells are",
                    bench_cell_state_name((enum bench_cell_state)state));
    if (summary->first_why[0] != '\0')
        fprintf(out, "%s\n", summary->first_why);
    if (summary->differing_cell != 0)
        fprintf(out, "The answers disagree: cell %lld has another digest than cell %lld.\n",
                (long long)summary->differing_cell, (long long)summary->other_cell);
    else if (summary->states[BENCH_CELL_FINISHED] > 0)
        fprintf(out, "All answers agree.\n");
}

/* By the medians of its cells: most of them must have drifted or warmed up, and in the same way. False: nothing is
 * known. */
static bool
read_pace(const struct bench_summary_row *row, struct bench_steady *ret_steady) {
    bool moved = row->medians[BENCH_SUMMARY_STEADY] < 0.5;

    ret_steady->drift = row->medians[BENCH_SUMMARY_DRIFT];
    ret_steady->warmup = moved ? row->medians[BENCH_SUMMARY_WARMUP] : 0;
    ret_steady->drifts =
        moved && ret_steady->warmup == 0 && fabs(ret_steady->drift) >= BENCH_STEADY_FLOOR;
    return row->counts[BENCH_SUMMARY_STEADY] > 0;
}

/* Those that did not keep their pace, the first few by name. */
static void
print_paces(const struct bench_summary *summary, FILE *out) {
    char text[BENCH_STEADY_TEXT_BYTES];
    size_t known = 0, moved = 0;
    struct bench_steady steady;

    for (size_t i = 0; i < summary->count; i++) {
        const struct bench_summary_row *row = &summary->rows[i];
        if (!read_pace(row, &steady))
            continue;
        known++;
        if ((steady.drifts || steady.warmup > 0) && moved++ < PACES)
            fprintf(out, "Pace of %s, %s: %s.\n", row->workload, row->label,
                    bench_steady_text(&steady, text));
    }
    if (moved > PACES)
        fprintf(out, "%zu more did not keep their pace.\n", moved - PACES);
    if (known > 0 && moved == 0)
        fprintf(out, "The pace is steady.\n");
    else if (known > moved)
        fprintf(out, "The pace of the other%s is steady.\n", known - moved > 1 ? "s" : "");
}

static void
print_noise(const struct bench_summary *summary, FILE *out) {
    char text[BENCH_TABLE_TEXT_BYTES];

    if (summary->noisy_blocks == 0)
        return;
    fprintf(out,
            "The machine itself paused for %s in block %lld, and for more than 5 ms in %zu of %zu "
            "blocks (",
            bench_table_time(summary->noise_most_ns, text), (long long)summary->noisiest_block,
            summary->noisy_blocks, summary->heard_blocks);
    for (size_t i = 0; i < summary->noisy_blocks && i < BENCH_SUMMARY_NOISY_NAMED; i++)
        fprintf(out, "%s%lld", i == 0 ? "" : ", ", (long long)summary->noisy[i]);
    fprintf(out,
            "%s).\nThe longest times in there may be the machine's: go by medians and counts, or "
            "sweep again when nothing else runs.\n",
            summary->noisy_blocks > BENCH_SUMMARY_NOISY_NAMED ? ", ..." : "");
}

void
bench_summary_print(const struct bench_summary *summary, FILE *out) {
    size_t first = 0;

    while (first < summary->count) {
        size_t end = first + 1;
        while (end < summary->count &&
               strcmp(summary->rows[end].workload, summary->rows[first].workload) == 0)
            end++;
        print_workload(summary, first, end, out);
        first = end;
    }
    fprintf(out, "\nMedians of the cells; NNx is the ratio to the first configuration that "
                 "it is compared with.\n");
    print_jobs(summary, out);
    print_paces(summary, out);
    print_noise(summary, out);
    print_states(summary, out);
}

/* ---- For programs ----------------------------------------------------------------------------------- */

static json_t *
row_json(const struct bench_summary *summary, const struct bench_summary_row *row) {
    json_t *metrics = json_object(), *ratios = json_object();
    char text[BENCH_STEADY_TEXT_BYTES];
    struct bench_steady steady;

    for (size_t k = 0; k < BENCH_SUMMARY_METRICS; k++) {
        const struct bench_summary_row *reference = reference_of(summary, row, k);
        bool known = row->counts[k] > 0;
        json_object_set_new(metrics, columns[k].metric,
                            known ? json_real(row->medians[k]) : json_null());
        if (k >= BENCH_SUMMARY_SHOWN)
            continue;
        json_object_set_new(ratios, columns[k].metric,
                            known && reference != NULL
                                ? json_real(row->medians[k] / reference->medians[k])
                                : json_null());
    }
    return json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s?}", "id",
                     (json_int_t)row->config_id, "workload", row->workload, "engine", row->engine,
                     "label", row->label, "reference", (json_int_t)row->reference, "finished",
                     (json_int_t)row->states[BENCH_CELL_FINISHED], "median", metrics, "ratio",
                     ratios, "pace",
                     read_pace(row, &steady) ? bench_steady_text(&steady, text) : NULL);
}

static json_t *
noise_json(const struct bench_summary *summary) {
    json_t *blocks = json_array();

    if (summary->heard_blocks == 0) {
        json_decref(blocks);
        return json_null();
    }
    for (size_t i = 0; i < summary->noisy_blocks && i < BENCH_SUMMARY_NOISY_NAMED; i++)
        json_array_append_new(blocks, json_integer((json_int_t)summary->noisy[i]));
    return json_pack("{s:f, s:I, s:I, s:I, s:o}", "max_ns", summary->noise_most_ns, "block",
                     (json_int_t)summary->noisiest_block, "blocks_above_5ms",
                     (json_int_t)summary->noisy_blocks, "blocks", (json_int_t)summary->heard_blocks,
                     "first_blocks_above_5ms", blocks);
}

json_t *
bench_summary_json(const struct bench_summary *summary) {
    json_t *rows = json_array(), *cells = json_object();

    for (size_t i = 0; i < summary->count; i++)
        json_array_append_new(rows, row_json(summary, &summary->rows[i]));
    for (int state = 0; state < BENCH_CELL_STATE_COUNT; state++)
        json_object_set_new(cells, bench_cell_state_name((enum bench_cell_state)state),
                            json_integer((json_int_t)summary->states[state]));
    return json_pack("{s:o, s:o, s:b, s:i, s:o}", "configs", rows, "cells", cells, "digests_agree",
                     summary->differing_cell == 0, "jobs", summary->jobs, "noise",
                     noise_json(summary));
}
