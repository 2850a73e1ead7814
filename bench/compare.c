/* SPDX-License-Identifier: MIT
 *
 * compare.c: puts a comparison together. See compare.h, and compare/file.h for its parts.
 */
#include "bench/compare.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/compare/file.h"
#include "bench/find.h"

const char *const bench_compare_metrics = "deterministic,wall_ns,cpu_ns,latency_p50_ns,latency_p99_"
                                          "ns,latency_p999_ns,latency_max_ns,peak_rss_bytes,"
                                          "gc.pause_max_ns";

static const struct {
    const char *name, *word;
} verdicts[BENCH_COMPARE_VERDICT_COUNT] = {
    [BENCH_COMPARE_SAME] = {"same", "same"},        [BENCH_COMPARE_BETTER] = {"better", "better"},
    [BENCH_COMPARE_WORSE] = {"worse", "worse"},     [BENCH_COMPARE_NOISY] = {"noisy", "noisy"},
    [BENCH_COMPARE_CHANGED] = {"noisy", "changed"},
};

const char *
bench_compare_verdict_name(enum bench_compare_verdict verdict) {
    return verdicts[verdict].name;
}

const char *
bench_compare_verdict_word(enum bench_compare_verdict verdict) {
    return verdicts[verdict].word;
}

struct bench_compare_options
bench_compare_defaults(void) {
    return (struct bench_compare_options){.confidence = 0.95, .floor = 0.02, .draws = 10000};
}

/* ---- For the parts ------------------------------------------------------------------------------------ */

int
bench_compare_refuse(struct bench_compare_work *work, int error, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(work->why, work->why_bytes, format, arguments);
    va_end(arguments);
    return error;
}

void
bench_compare_warn(struct bench_compare *compare, const char *format, ...) {
    char text[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (bench_array_grow(&compare->warnings, compare->warning_count, sizeof *compare->warnings))
        return;
    char *copy = strdup(text);
    if (copy != NULL)
        compare->warnings[compare->warning_count++] = copy;
}

/* ---- Reading ------------------------------------------------------------------------------------------ */

static int
open_side(struct bench_compare_work *work, const char *text, struct bench_compare_side *side,
          struct bench_compare_half *half) {
    char path[4096];
    int error = bench_compare_selection_parse(text, &half->selection, work->why, work->why_bytes);

    if (error != 0)
        return error;
    error = bench_find_run(half->selection.run, path, sizeof path, work->why, work->why_bytes);
    if (error != 0 && half->selection.count == 0 && strchr(text, ':') != NULL)
        bench_compare_refuse(work, error,
                             "%s: there is no such run (a part of one is RUN:KNOB=VALUE)", text);
    if (error != 0)
        return error;
    side->text = strdup(text);
    side->path = strdup(path);
    if (side->text == NULL || side->path == NULL)
        return -ENOMEM;
    error = bench_store_open(path, BENCH_STORE_READ, &half->store, work->why, work->why_bytes);
    return error == 0 ? bench_store_begin_reading(half->store) : error;
}

static bool
are_one_file(const char *one, const char *other) {
    struct stat left, right;

    return stat(one, &left) == 0 && stat(other, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

static void
drop_work(struct bench_compare_work *work) {
    for (size_t i = 0; i < BENCH_COMPARE_SIDES; i++) {
        struct bench_compare_half *half = &work->halves[i];
        if (half->store != NULL)
            bench_store_close(half->store);
        bench_compare_selection_fini(&half->selection);
        for (size_t k = 0; k < half->config_count; k++)
            free(half->configs[k].label);
        free(half->configs);
        free(half->pool);
        free(half->initial);
        free(half->seeds);
        free(half->pair_of);
        free(half->states);
        free(half->digests);
        free(half->values);
        free(half->has_metric);
    }
    for (size_t i = 0; i < work->column_count; i++)
        free(work->names[i]);
    free(work->names);
    free(work->is_free);
    bench_words_fini(&work->words);
}

static int
read_all(struct bench_compare_work *work, const char *base, const char *new) {
    static const struct bench_compare_rule usual = {
        .kind = BENCH_COMPARE_RULE_WORSE, .text = "deterministic", .pattern = "deterministic"};
    struct bench_compare *compare = work->compare;
    int error = open_side(work, base, &compare->base, &work->halves[0]);

    if (error == 0)
        error = open_side(work, new, &compare->new, &work->halves[1]);
    if (error != 0)
        return error;
    compare->is_one_run = are_one_file(compare->base.path, compare->new.path);
    error = bench_compare_match(work);
    if (error == 0)
        error = bench_compare_conditions(work);
    if (error == 0)
        error = bench_compare_values(work);
    if (error == 0)
        error = bench_compare_rows(work);
    return error == 0 ? bench_compare_judge(compare, &usual, 1, work->why, work->why_bytes) : error;
}

/* What SQLite has to say, or what else there is. */
static void
explain(struct bench_compare_work *work, int error) {
    for (size_t i = 0; work->why[0] == '\0' && i < BENCH_COMPARE_SIDES; i++)
        if (work->halves[i].store != NULL && bench_store_why(work->halves[i].store)[0] != '\0')
            bench_compare_refuse(work, error, "%s: %s",
                                 i == 0 ? work->compare->base.text : work->compare->new.text,
                                 bench_store_why(work->halves[i].store));
    if (work->why[0] == '\0')
        bench_compare_refuse(work, error, "%s", strerror(-error));
}

int
bench_compare_read(const char *base, const char *new, const struct bench_compare_options *options,
                   struct bench_compare *ret_compare, char *why, size_t why_bytes) {
    struct bench_compare compare = {.options = *options};
    struct bench_compare_work work = {.compare = &compare, .why = why, .why_bytes = why_bytes};

    why[0] = '\0';
    int error = read_all(&work, base, new);
    if (error != 0)
        explain(&work, error);
    drop_work(&work);
    if (error != 0)
        bench_compare_fini(&compare);
    else
        *ret_compare = compare;
    return error;
}

void
bench_compare_fini(struct bench_compare *compare) {
    struct bench_compare_side *sides[] = {&compare->base, &compare->new};

    for (size_t i = 0; i < 2; i++) {
        free(sides[i]->text);
        free(sides[i]->path);
    }
    for (size_t i = 0; i < compare->metric_count; i++) {
        free(compare->metrics[i].name);
        free(compare->metrics[i].unit);
        free(compare->metrics[i].better);
    }
    for (size_t i = 0; i < compare->cell_count; i++) {
        free(compare->cells[i].workload);
        free(compare->cells[i].engine);
        free(compare->cells[i].label);
        free(compare->cells[i].name);
    }
    for (size_t i = 0; i < compare->lone_count; i++) {
        free(compare->lone[i].name);
        free(compare->lone[i].why);
    }
    for (size_t i = 0; i < compare->warning_count; i++)
        free(compare->warnings[i]);
    free(compare->metrics);
    free(compare->cells);
    free(compare->rows);
    free(compare->lone);
    free(compare->warnings);
    free(compare->rules);
    free(compare->sentence);
    *compare = (struct bench_compare){0};
}

/* ---- Writing ------------------------------------------------------------------------------------------- */

enum bench_compare_format
bench_compare_format_find(const char *name) {
    static const char *const names[] = {"text", "markdown", "json", "junit"};
    int format = 0;

    while (format < BENCH_COMPARE_FORMAT_COUNT && strcmp(names[format], name) != 0)
        format++;
    return (enum bench_compare_format)format;
}

int
bench_compare_write(const struct bench_compare *compare, enum bench_compare_format format,
                    bool all_rows, FILE *file) {
    if (format == BENCH_COMPARE_JSON)
        bench_compare_write_json(compare, file);
    else if (format == BENCH_COMPARE_JUNIT)
        bench_compare_write_junit(compare, file);
    else
        bench_compare_write_text(compare, format == BENCH_COMPARE_MARKDOWN, all_rows, file);
    return fflush(file) == 0 && !ferror(file) ? 0 : -EIO;
}
