/* SPDX-License-Identifier: MIT
 *
 * csv.c: the values of a CSV file are summed by category, by six ways to hold its rows meanwhile.
 *
 * The first row is the header. Each other one must have as many fields, be UTF-8 and whole, and have a number for a
 * value; one that is not is bad, and is skipped or ends the run. Lines that are empty are no rows.
 *
 * An operation reads up to BATCH rows, or sums up the rows that one of those read, where that comes after. Behind
 * it there is an idle window, behind each row a safe point, and behind every `csv.chunk` rows a manual point.
 * The digest is of sums and counts in the order in which their categories come first.
 */
#include "workloads/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"

enum {
    BATCH = 1000 /* rows of an operation */
};

enum {
    METRIC_ROWS,
    METRIC_BAD_ROWS,
    METRIC_FILE_BYTES,
    METRIC_CATEGORIES,
    METRIC_COUNT
};

static const char *const strategies[] = {"load_all", "load_rows", "typed", "selected",
                                         "chunked",  "stream",    NULL};
static const char *const bad_choices[] = {"skip", "fatal", NULL};

static const struct rt_knob rows[] = {
    {.name = "csv.strategy",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct wl_csv_knobs, strategy),
     .high = WL_CSV_STREAM,
     .initial = WL_CSV_LOAD_ALL,
     .choices = strategies,
     .unit = "",
     .help = "all rows as dicts, as tuples, columns in arrays, only the two columns, dicts by the "
             "chunk, or row by row"},
    {.name = "csv.file",
     .type = RT_KNOB_TEXT,
     .offset = offsetof(struct wl_csv_knobs, file),
     .unit = "",
     .help = "the file to read, with a header; empty: one is made up, by the knobs that follow"},
    {.name = "csv.category",
     .type = RT_KNOB_TEXT,
     .offset = offsetof(struct wl_csv_knobs, category),
     .text_initial = "category",
     .unit = "",
     .help = "the column to sum by: its name, or its number from 1 on"},
    {.name = "csv.value",
     .type = RT_KNOB_TEXT,
     .offset = offsetof(struct wl_csv_knobs, value),
     .text_initial = "value",
     .unit = "",
     .help = "the column to sum up: its name, or its number from 1 on"},
    {.name = "csv.chunk",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct wl_csv_knobs, chunk),
     .low = 1,
     .high = 1000000000,
     .initial = 100000,
     .unit = "rows",
     .help = "rows that strategy chunked holds at once, and from one manual point to the next"},
    {.name = "csv.bad_rows",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct wl_csv_knobs, bad_rows),
     .high = 1,
     .choices = bad_choices,
     .unit = "",
     .help = "what a row comes to that is malformed or whose value is no number"},
    {.name = "csv.rows",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct wl_csv_knobs, rows),
     .low = 1,
     .high = 10000000000,
     .initial = 50000,
     .unit = "rows",
     .help = "rows of a file that is made up; 100 million are about 3 GB"},
    {.name = "csv.categories",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct wl_csv_knobs, categories),
     .low = 1,
     .high = WL_CSV_MAKE_CATEGORIES_MOST,
     .initial = 100,
     .unit = "categories",
     .help = "different categories; many make summing a matter of memory, too"},
    {.name = "csv.width",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct wl_csv_knobs, width),
     .low = WL_CSV_MAKE_WIDTH_LEAST,
     .high = WL_CSV_MAKE_WIDTH_MOST,
     .initial = 4,
     .unit = "columns",
     .help = "columns: id, category, value and then texts, which only cost"},
    {.name = "csv.quoted_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct wl_csv_knobs, quoted_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.1,
     .unit = "of fields",
     .help =
         "fields in quotes, texts with delimiters, quotes and line ends in them: slower to read"},
    {.name = "csv.empty_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct wl_csv_knobs, empty_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.1,
     .unit = "of texts",
     .help = "texts that are empty, and so one shared object"},
    {.name = "csv.utf8_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct wl_csv_knobs, utf8_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.05,
     .unit = "of names",
     .help = "texts and categories that are not ASCII: wider strings, slower to make"},
    {.name = "csv.bad_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct wl_csv_knobs, bad_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.001,
     .unit = "of rows",
     .help = "rows that are bad, in one of six ways"},
    {.name = "csv.crlf",
     .type = RT_KNOB_BOOLEAN,
     .offset = offsetof(struct wl_csv_knobs, crlf),
     .unit = "",
     .help = "lines end in CR LF"},
};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_ROWS] = {"csv.good_rows", "rows", "none", "rows that were summed up", true},
    [METRIC_BAD_ROWS] = {"csv.bad_rows_skipped", "rows", "none",
                         "rows that were malformed or had no number", true},
    [METRIC_FILE_BYTES] = {"csv.file_bytes", "bytes", "none", "size of the file", true},
    [METRIC_CATEGORIES] = {"csv.categories_found", "categories", "none", "different categories",
                           true},
};

/* ---- The run ------------------------------------------------------------------------------------ */

/* One operation. */
static int
read_batch(struct wl_csv *csv, int64_t count) {
    int error = 0;

    wl_begin(csv->run);
    for (int64_t i = 0; error == 0 && i < count && !csv->file.is_over; i++) {
        error = wl_csv_ways_take(csv);
        en_safe_point(csv->heap);
    }
    wl_end(csv->run);
    if (error == 0)
        en_idle_window(csv->heap);
    return error;
}

/* What the last `count` rows that were read left, in as many operations as they took. */
static int
sum_held(struct wl_csv *csv, int64_t count) {
    int64_t held = csv->rows != NULL ? (int64_t)en_list_length(csv->rows) : csv->held;
    int64_t batches = (count + BATCH - 1) / BATCH;
    int error = 0;

    for (int64_t i = 0; error == 0 && i < batches; i++) {
        wl_begin(csv->run);
        error = csv->way->sum(csv, held * i / batches, held * (i + 1) / batches);
        wl_end(csv->run);
        if (error == 0)
            en_idle_window(csv->heap);
    }
    if (csv->way->is_chunked)
        en_list_clear(csv->heap, csv->rows);
    return error;
}

/* Up to the next manual point. */
static int
run_chunk(struct wl_csv *csv) {
    const int64_t before = csv->taken;
    int error = 0;

    while (error == 0 && !csv->file.is_over && csv->taken - before < csv->knobs->chunk) {
        int64_t left = csv->knobs->chunk - (csv->taken - before);
        error = read_batch(csv, left < BATCH ? left : BATCH);
    }
    if (error == 0 && csv->way->is_chunked)
        error = sum_held(csv, csv->taken - before);
    return error;
}

static int
run_strategy(struct wl_csv *csv) {
    const int64_t before = en_live_bytes(csv->heap);
    int error = wl_csv_ways_begin(csv);

    if (error == 0)
        error = wl_csv_ways_advance(csv);
    while (error == 0 && !csv->file.is_over) {
        error = run_chunk(csv);
        if (error == 0)
            en_manual_point(csv->heap);
    }
    if (error == 0 && csv->way->sum != NULL && !csv->way->is_chunked) {
        csv->run->items = (uint64_t)csv->good;
        csv->run->items_live_bytes = wl_live_since(csv->heap, before);
        error = sum_held(csv, csv->taken);
    }
    return error == 0 && csv->names != NULL ? wl_csv_ways_name(csv) : error;
}

/* ---- The answer --------------------------------------------------------------------------------- */

static uint64_t
fold(uint64_t digest, uint64_t word) {
    return (digest ^ wl_rng_mix(word)) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Reads the totals back. */
static int
read_totals(struct wl_csv *csv) {
    struct en_object *category, *entry;
    size_t position = 0;
    double sum = 0;

    while (en_dict_next(csv->totals, &position, &category, &entry)) {
        double part = en_float_value(en_list_get(entry, 0));
        int64_t count;
        uint64_t bits;
        if (en_int_value(csv->heap, en_list_get(entry, 1), &count) != 0)
            return -1;
        memcpy(&bits, &part, sizeof bits);
        csv->run->digest = fold(fold(csv->run->digest, bits), (uint64_t)count);
        csv->run->digest = fold(csv->run->digest, en_str_length(category));
        csv->counted += count;
        sum += part;
    }
    if (csv->counted != csv->good || (csv->knobs->file[0] == '\0' && sum != csv->sum))
        csv->error = -EBADMSG;
    return 0;
}

/* Each category that was found is one that was made up. */
static int
check_names(struct wl_csv *csv) {
    size_t found = 0;
    struct wl_csv_make_spec spec;

    wl_csv_bytes_spec(csv->knobs, &spec);
    for (int64_t i = 0; i < csv->knobs->categories; i++) {
        char text[WL_CSV_MAKE_NAME_BYTES];
        struct en_object *name = en_str(csv->heap, text, wl_csv_make_category(&spec, i, text));
        if (name == NULL)
            return -1;
        bool is_there = en_dict_get(csv->heap, csv->totals, name) != NULL;
        en_decref(csv->heap, name);
        if (!is_there && en_error(csv->heap) != ENOENT)
            return -1;
        found += is_there;
    }
    if (found != en_dict_length(csv->totals))
        csv->error = -EBADMSG;
    return 0;
}

static void
tell(struct wl_csv *csv) {
    double *metrics = csv->run->metrics;

    metrics[METRIC_ROWS] = (double)csv->good;
    metrics[METRIC_BAD_ROWS] = (double)csv->bad;
    metrics[METRIC_FILE_BYTES] = (double)csv->file.bytes;
    metrics[METRIC_CATEGORIES] = csv->totals == NULL ? 0 : (double)en_dict_length(csv->totals);
    for (int64_t i = 0; i < csv->bad && i < WL_CSV_NOTES_MOST; i++)
        wl_note(csv->run, csv->notes[i]);
}

static int
explain(struct wl_csv *csv) {
    struct rt_text *why = csv->run->why;
    int error = csv->error, engine = en_error(csv->heap); /* which clears it */

    if (error == 0)
        error = -engine;
    if (why != NULL && csv->error == 0) {
        rt_text_string(why, "a request failed at line ");
        rt_text_integer(why, csv->file.row.line);
        rt_text_string(why, " of the file");
    } else if (why != NULL && csv->error == -EBADMSG) {
        rt_text_string(why, "the categories do not hold what the rows had");
    }
    return error;
}

static int
csv_run(struct wl_run *run) {
    struct wl_csv *csv = run->state;
    int error;

    run->digest = wl_rng_derive(0, 1);
    error = run_strategy(csv);
    if (error == 0)
        error = read_totals(csv);
    if (error == 0 && csv->knobs->file[0] == '\0')
        error = check_names(csv);
    if (error != 0 || csv->error != 0)
        error = explain(csv);
    tell(csv);
    wl_done(run);
    wl_csv_ways_end(csv);
    en_free_lists_clear(run->heap);
    return error;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static uint64_t
csv_peak_live_bytes(const void *knobs) {
    return wl_csv_bytes_peak(knobs);
}

static int64_t
batches(int64_t count) {
    return (count + BATCH - 1) / BATCH;
}

static uint64_t
csv_operations(const void *fields) {
    const struct wl_csv_knobs *knobs = fields;
    const struct wl_csv_way *way = &wl_csv_ways[knobs->strategy];
    int64_t all = wl_csv_bytes_rows(knobs), chunks = all / knobs->chunk;
    int64_t reads = chunks * batches(knobs->chunk) + batches(all % knobs->chunk);

    return (uint64_t)(reads + (way->sum == NULL ? 0 : way->is_chunked ? reads : batches(all)));
}

/* A file that is given can be read, and has the columns. */
static int
csv_check(const void *fields, struct rt_text *why) {
    const struct wl_csv_knobs *knobs = fields;
    struct wl_csv_file file;

    if (knobs->file[0] == '\0')
        return 0;
    if (wl_csv_file_open(&file, knobs->file, why) != 0)
        return -EINVAL;
    int error = wl_csv_file_choose(&file, knobs->category, knobs->value, why);
    wl_csv_file_fini(&file);
    return error;
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
open_file(struct wl_csv *csv) {
    const struct wl_csv_knobs *knobs = csv->knobs;
    struct rt_text *why = csv->run->why;
    struct wl_csv_make_spec spec;

    wl_csv_bytes_spec(knobs, &spec);
    int error = knobs->file[0] != '\0' ? wl_csv_file_open(&csv->file, knobs->file, why)
                                       : wl_csv_file_make(&csv->file, &spec, csv->run->seed, why);
    csv->is_open = error == 0;
    return error == 0 ? wl_csv_file_choose(&csv->file, knobs->category, knobs->value, why) : error;
}

static void
drop_keys(struct wl_csv *csv) {
    for (size_t i = 0; csv->keys != NULL && i < csv->file.columns; i++) {
        en_xdecref(csv->heap, csv->keys[i]);
        csv->keys[i] = NULL;
    }
}

/* The header's names, as a program has them that it is written with. */
static int
make_keys(struct wl_csv *csv) {
    const size_t columns = csv->file.columns;

    csv->keys = calloc(columns, sizeof *csv->keys);
    csv->columns = calloc(columns, sizeof *csv->columns);
    if (csv->keys == NULL || csv->columns == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < columns; i++) {
        csv->keys[i] = wl_csv_ways_str(csv, i);
        if (csv->keys[i] == NULL) {
            int error = -en_error(csv->heap);
            drop_keys(csv);
            if (csv->run->why != NULL)
                rt_text_string(csv->run->why, "a request failed while the header was read");
            return error;
        }
        en_str_intern(csv->heap, &csv->keys[i]);
    }
    return 0;
}

static int
csv_prepare(struct wl_run *run) {
    const struct wl_csv_knobs *knobs = run->knobs;
    struct wl_csv *csv = calloc(1, sizeof *csv);

    run->state = csv;
    if (csv == NULL)
        return -ENOMEM;
    csv->knobs = knobs;
    csv->way = &wl_csv_ways[knobs->strategy];
    csv->run = run;
    csv->heap = run->heap;
    int error = open_file(csv);
    return error == 0 ? make_keys(csv) : error;
}

static void
csv_finish(struct wl_run *run) {
    struct wl_csv *csv = run->state;

    if (csv != NULL) {
        drop_keys(csv);
        free(csv->keys);
        free(csv->columns);
        if (csv->is_open)
            wl_csv_file_fini(&csv->file);
    }
    free(csv);
    run->state = NULL;
}

extern const struct wl_workload wl_csv;
const struct wl_workload wl_csv = {
    .name = "csv",
    .summary =
        "a CSV file is read, and its values are summed by category, in six ways to hold the rows",
    .caveat = "the file was written just before, so the system has it in memory and no disk is "
              "waited for; the "
              "parser is C on both engines",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct wl_csv_knobs),
    .variant = "csv.strategy",
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .check = csv_check,
    .peak_live_bytes = csv_peak_live_bytes,
    .operations = csv_operations,
    .prepare = csv_prepare,
    .run = csv_run,
    .finish = csv_finish,
};
