/* SPDX-License-Identifier: MIT
 *
 * ratios.c: the table of the micro-benchmarks. See ratios.h.
 *
 * Samples lie in one flat array, each with its row, its subject and its process; everything printed is
 * computed from them on demand. There are a few thousand at most.
 *
 * A row is a benchmark's id without the subject, and then either its time or one of its counters. Where
 * a benchmark reports ratios of memory (counters that end in _ratio) its time is no row: what it timed is
 * a benchmark of its own elsewhere.
 */
#include "bench/micro/ratios.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 512,
    SUBJECTS = 12,
    NAME_BYTES = 96
};

struct sample {
    unsigned row, subject, process;
    double value;
};

struct bench_ratios {
    char rows[ROWS][NAME_BYTES];
    char subjects[SUBJECTS][NAME_BYTES];
    unsigned row_count, subject_count, process_count;
    struct sample *samples;
    size_t sample_count, sample_capacity;
};

/* What the others are compared with, and stands first: of a row the one of these that it has. */
static const char *const ours[] = {"pool", "rt"};

struct bench_ratios *
bench_ratios_create(void) {
    return calloc(1, sizeof(struct bench_ratios));
}

void
bench_ratios_destroy(struct bench_ratios *ratios) {
    if (ratios != NULL)
        free(ratios->samples);
    free(ratios);
}

/* ---- Taking in ---------------------------------------------------------------------------------- */

/* The index of the name, added when it is new; -ENOSPC. */
static int
intern(char (*names)[NAME_BYTES], unsigned *count, unsigned capacity, const char *name) {
    for (unsigned i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    if (*count == capacity)
        return -ENOSPC;
    snprintf(names[*count], NAME_BYTES, "%s", name);
    return (int)(*count)++;
}

static int
add_sample(struct bench_ratios *ratios, const char *row_name, const char *subject_name,
           double value) {
    int row = intern(ratios->rows, &ratios->row_count, ROWS, row_name);
    int subject = intern(ratios->subjects, &ratios->subject_count, SUBJECTS, subject_name);

    if (row < 0 || subject < 0)
        return -ENOMEM;
    if (ratios->sample_count == ratios->sample_capacity) {
        size_t capacity = ratios->sample_capacity == 0 ? 256 : 2 * ratios->sample_capacity;
        struct sample *samples = realloc(ratios->samples, capacity * sizeof *samples);
        if (samples == NULL)
            return -ENOMEM;
        ratios->samples = samples;
        ratios->sample_capacity = capacity;
    }
    ratios->samples[ratios->sample_count++] =
        (struct sample){(unsigned)row, (unsigned)subject, ratios->process_count, value};
    return 0;
}

/* What every entry has; all other numbers are counters. */
static bool
is_counter(const char *key, const json_t *value) {
    static const char *const known[] = {"family_index", "per_family_instance_index",
                                        "repetitions",  "repetition_index",
                                        "threads",      "iterations",
                                        "real_time",    "cpu_time",
                                        "process"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(key, known[i]) == 0)
            return false;
    return json_is_number(value);
}

static double
time_in_ns(const json_t *entry, bool is_manual) {
    const char *unit = json_string_value(json_object_get(entry, "time_unit"));
    double time = json_number_value(json_object_get(entry, is_manual ? "real_time" : "cpu_time"));

    if (unit == NULL || strcmp(unit, "ns") == 0)
        return time;
    return time * (strcmp(unit, "us") == 0 ? 1e3 : strcmp(unit, "ms") == 0 ? 1e6 : 1e9);
}

static int
add_counters(struct bench_ratios *ratios, const json_t *entry, const char *operation,
             const char *subject, bool *ret_is_memory) {
    void *at;

    *ret_is_memory = false;
    for (at = json_object_iter((json_t *)entry); at != NULL;
         at = json_object_iter_next((json_t *)entry, at)) {
        char row[2 * NAME_BYTES];
        const char *key = json_object_iter_key(at), *end = strstr(key, "_ratio");
        const json_t *value = json_object_iter_value(at);
        if (!is_counter(key, value))
            continue;
        *ret_is_memory |= end != NULL && strcmp(end, "_ratio") == 0;
        snprintf(row, sizeof row, "%s %s", operation, key);
        if (add_sample(ratios, row, subject, json_number_value(value)) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Splits "alloc/pair/48/system/manual_time" and puts the label in system's place. */
static bool
split_name(const char *name, const char *system_label, char operation[NAME_BYTES],
           char subject[NAME_BYTES], bool *ret_is_manual) {
    static const char manual[] = "/manual_time";
    size_t length = strlen(name);
    char *slash;

    *ret_is_manual =
        length >= sizeof manual && strcmp(name + length - sizeof manual + 1, manual) == 0;
    if (*ret_is_manual)
        length -= sizeof manual - 1;
    snprintf(operation, NAME_BYTES, "%.*s", (int)length, name);
    slash = strrchr(operation, '/');
    if (slash == NULL)
        return false;
    snprintf(subject, NAME_BYTES, "%s",
             strcmp(slash + 1, "system") == 0 ? system_label : slash + 1);
    *slash = '\0';
    return true;
}

static int
rename_entry(json_t *entry, const char *operation, const char *subject, bool is_manual) {
    json_t *name = json_sprintf("%s/%s%s", operation, subject, is_manual ? "/manual_time" : "");

    return json_object_set(entry, "run_name", name) < 0 ||
                   json_object_set_new(entry, "name", name) < 0
               ? -ENOMEM
               : 0;
}

static int
add_entry(struct bench_ratios *ratios, json_t *entry, const char *system_label) {
    const char *name = json_string_value(json_object_get(entry, "run_name"));
    const char *type = json_string_value(json_object_get(entry, "run_type"));
    char operation[NAME_BYTES], subject[NAME_BYTES];
    bool is_manual, is_memory;

    if (name == NULL || type == NULL)
        return -EBADMSG;
    if (strcmp(type, "iteration") != 0 || json_is_true(json_object_get(entry, "error_occurred")) ||
        !split_name(name, system_label, operation, subject, &is_manual))
        return 0;
    if (rename_entry(entry, operation, subject, is_manual) < 0 ||
        json_object_set_new(entry, "process", json_integer(ratios->process_count)) < 0 ||
        add_counters(ratios, entry, operation, subject, &is_memory) < 0)
        return -ENOMEM;
    return is_memory ? 0 : add_sample(ratios, operation, subject, time_in_ns(entry, is_manual));
}

int
bench_ratios_add(struct bench_ratios *ratios, json_t *document, const char *system_label) {
    json_t *entries = json_object_get(document, "benchmarks");
    int error = json_is_array(entries) ? 0 : -EBADMSG;

    for (size_t i = 0; i < json_array_size(entries) && error == 0; i++)
        error = add_entry(ratios, json_array_get(entries, i), system_label);
    ratios->process_count++;
    return error;
}

/* ---- Computing ---------------------------------------------------------------------------------- */

static int
compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* Sorts the values. */
static double
median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare_doubles);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

enum {
    EVERY_PROCESS = -1
};

/* Copies the samples that match; `ret_values` has room for all there are. */
static size_t
collect(const struct bench_ratios *ratios, unsigned row, unsigned subject, int process,
        double *ret_values) {
    size_t count = 0;

    for (size_t i = 0; i < ratios->sample_count; i++) {
        const struct sample *sample = &ratios->samples[i];
        if (sample->row == row && sample->subject == subject &&
            (process == EVERY_PROCESS || sample->process == (unsigned)process))
            ret_values[count++] = sample->value;
    }
    return count;
}

static bool
has_sample(const struct bench_ratios *ratios, unsigned row, unsigned subject) {
    for (size_t i = 0; i < ratios->sample_count; i++)
        if (ratios->samples[i].row == row && ratios->samples[i].subject == subject)
            return true;
    return false;
}

static int
find_subject(const struct bench_ratios *ratios, const char *name) {
    for (unsigned i = 0; i < ratios->subject_count; i++)
        if (strcmp(ratios->subjects[i], name) == 0)
            return (int)i;
    return -ENOENT;
}

/* Ours in this row, or -ENOENT. */
static int
find_base(const struct bench_ratios *ratios, unsigned row) {
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        int base = find_subject(ratios, ours[i]);
        if (base >= 0 && has_sample(ratios, row, (unsigned)base))
            return base;
    }
    return -ENOENT;
}

static double
compute_ratio(const struct bench_ratios *ratios, unsigned row, unsigned subject, double *scratch) {
    int base = find_base(ratios, row);
    double *found = scratch + ratios->sample_count;
    size_t count = 0;

    for (unsigned process = 0; base >= 0 && process < ratios->process_count; process++) {
        double theirs, own;
        size_t samples = collect(ratios, row, subject, (int)process, scratch);
        if (samples == 0)
            continue;
        theirs = median(scratch, samples);
        samples = collect(ratios, row, (unsigned)base, (int)process, scratch);
        own = samples == 0 ? 0 : median(scratch, samples);
        if (own > 0)
            found[count++] = theirs / own;
    }
    return count == 0 ? 0 : median(found, count);
}

static int
compute(const struct bench_ratios *ratios, unsigned row, unsigned subject,
        struct bench_ratio *ret_ratio) {
    double *scratch = malloc((ratios->sample_count + ratios->process_count + 1) * sizeof *scratch);
    size_t count;

    if (scratch == NULL)
        return -ENOMEM;
    ret_ratio->ratio = compute_ratio(ratios, row, subject, scratch);
    count = collect(ratios, row, subject, EVERY_PROCESS, scratch);
    if (count > 0) {
        ret_ratio->value = median(scratch, count);
        ret_ratio->spread =
            ret_ratio->value == 0 ? 0 : (scratch[count - 1] - scratch[0]) / ret_ratio->value;
        ret_ratio->sample_count = (unsigned)count;
    }
    free(scratch);
    return count == 0 ? -ENOENT : 0;
}

int
bench_ratios_find(const struct bench_ratios *ratios, const char *row, const char *subject,
                  struct bench_ratio *ret_ratio) {
    int found = find_subject(ratios, subject);
    struct bench_ratio ratio = {0};
    int error = -ENOENT;

    for (unsigned i = 0; i < ratios->row_count && found >= 0; i++)
        if (strcmp(ratios->rows[i], row) == 0)
            error = compute(ratios, i, (unsigned)found, &ratio);
    if (error == 0)
        *ret_ratio = ratio;
    return error;
}

/* ---- Printing ----------------------------------------------------------------------------------- */

static int
name_width(const struct bench_ratios *ratios) {
    size_t width = strlen("benchmark");

    for (unsigned row = 0; row < ratios->row_count; row++)
        if (strlen(ratios->rows[row]) > width)
            width = strlen(ratios->rows[row]);
    return (int)width;
}

/* Three digits that mean something. */
static int
decimals(double value) {
    return value < 10 ? 2 : value < 100 ? 1 : 0;
}

/* Ours, CPython's, and all others between them. */
static int
rank_subject(const char *name) {
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(name, ours[i]) == 0)
            return 0;
    return strcmp(name, "pymalloc") == 0 || strcmp(name, "cpython") == 0 ? 2 : 1;
}

/* Of equal rank, in order of appearance. */
static void
order_subjects(const struct bench_ratios *ratios, unsigned ret_order[SUBJECTS]) {
    unsigned count = 0;

    for (int rank = 0; rank <= 2; rank++)
        for (unsigned i = 0; i < ratios->subject_count; i++)
            if (rank_subject(ratios->subjects[i]) == rank)
                ret_order[count++] = i;
}

void
bench_ratios_print_long(const struct bench_ratios *ratios, FILE *out) {
    unsigned order[SUBJECTS];
    int width = name_width(ratios);

    order_subjects(ratios, order);
    fprintf(out, "%-*s  %-10s %10s %8s %8s\n", width, "benchmark", "subject", "ns/op", "ratio",
            "spread");
    for (unsigned row = 0; row < ratios->row_count; row++) {
        const char *name = ratios->rows[row];
        for (unsigned i = 0; i < ratios->subject_count; i++) {
            struct bench_ratio cell = {0};
            if (compute(ratios, row, order[i], &cell) < 0)
                continue;
            fprintf(out, "%-*s  %-10s %10.*f ", width, name, ratios->subjects[order[i]],
                    decimals(cell.value), cell.value);
            if (cell.ratio > 0)
                fprintf(out, "%7.2fx ", cell.ratio);
            else
                fprintf(out, "%8s ", "-");
            fprintf(out, "%6.0f %%\n", cell.spread * 100);
            name = "";
        }
    }
}

/* One benchmark, all subjects; gives the largest spread among them. */
static double
print_wide_row(const struct bench_ratios *ratios, unsigned row, const unsigned *order,
               unsigned count, FILE *out) {
    double worst = 0;

    for (unsigned i = 0; i < count; i++) {
        struct bench_ratio cell = {0};
        if (compute(ratios, row, order[i], &cell) < 0) {
            fprintf(out, " %15s", "-");
            continue;
        }
        fprintf(out, " %7.*f", decimals(cell.value), cell.value);
        if (cell.ratio > 0)
            fprintf(out, " %*.*fx", 6, decimals(cell.ratio), cell.ratio);
        else
            fprintf(out, " %7s", "");
        if (cell.spread > worst)
            worst = cell.spread;
    }
    return worst;
}

/* "alloc" of "alloc/pair/48". */
static bool
are_of_one_module(const char *one, const char *other) {
    size_t length = strcspn(one, "/");

    return strncmp(one, other, length + 1) == 0;
}

/* The subjects of rows first ... end - 1. */
static unsigned
keep_present(const struct bench_ratios *ratios, unsigned first, unsigned end,
             unsigned order[SUBJECTS]) {
    unsigned count = 0;

    order_subjects(ratios, order);
    for (unsigned i = 0; i < ratios->subject_count; i++)
        for (unsigned row = first; row < end; row++)
            if (has_sample(ratios, row, order[i])) {
                order[count++] = order[i];
                break;
            }
    return count;
}

/* Each module has its own subjects, and so its own columns. */
void
bench_ratios_print_wide(const struct bench_ratios *ratios, FILE *out) {
    int width = name_width(ratios);

    for (unsigned first = 0, end = 0; first < ratios->row_count; first = end) {
        unsigned order[SUBJECTS], count;
        while (end < ratios->row_count && are_of_one_module(ratios->rows[first], ratios->rows[end]))
            end++;
        count = keep_present(ratios, first, end, order);
        fprintf(out, "%s%-*s", first == 0 ? "" : "\n", width, "benchmark");
        for (unsigned i = 0; i < count; i++)
            fprintf(out, " %15s", ratios->subjects[order[i]]);
        fprintf(out, " %8s\n", "spread");
        for (unsigned row = first; row < end; row++) {
            fprintf(out, "%-*s", width, ratios->rows[row]);
            fprintf(out, " %6.0f %%\n", 100 * print_wide_row(ratios, row, order, count, out));
        }
    }
}
