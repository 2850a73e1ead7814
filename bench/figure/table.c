/* SPDX-License-Identifier: MIT
 *
 * figure/table.c: see figure/table.h.
 *
 * The first eight series of a table follow bench_report_group.order, so that position, and with it
 * colour, means the same configuration in all figures of a group. A series without a point keeps its
 * place with a row of n/a. All others follow in one last block, told apart by single blank lines.
 */
#include "bench/figure/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t
count_named(const struct bench_report_group *group) {
    return group->count < BENCH_REPORT_NAMED ? group->count : BENCH_REPORT_NAMED;
}

/* ---- Numbers as people read them --------------------------------------------------------------- */

static char *
print_scaled(double value, const char *const *units, double step, char buffer[24]) {
    if (!isfinite(value))
        return strcpy(buffer, "n/a");
    while (fabs(value) >= step * 0.9995 && units[1]) {
        value /= step;
        units++;
    }
    int decimals = fabs(value) >= 99.95 || value == floor(value) ? 0 : fabs(value) >= 9.995 ? 1 : 2;
    snprintf(buffer, 24, "%.*f %s", decimals, value, *units);
    return buffer;
}

char *
bench_figure_time(double ns, char buffer[24]) {
    static const char *const units[] = {"ns", "µs", "ms", "s", NULL};
    return print_scaled(ns, units, 1000, buffer);
}

char *
bench_figure_bytes(double bytes, char buffer[24]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
    return print_scaled(bytes, units, 1024, buffer);
}

/* ---- Tables ------------------------------------------------------------------------------------ */

void
bench_figure_write_cell(const char *text, FILE *out) {
    for (; *text; text++)
        if (*text == '\\') /* gnuplot takes it and what follows for a command, quoted or not */
            fputs("∖", out);
        else
            fputc(*text == '"' ? '\'' : (unsigned char)*text < ' ' ? ' ' : *text, out);
}

/* A header row: the series' name, then the columns. */
void
bench_figure_begin_block(FILE *out, bool is_first, const char *name, const char *columns) {
    if (!is_first)
        fputs("\n\n", out);
    bench_figure_write_cell(name, out);
    fprintf(out, "\t%s\n", columns);
}

/* Behind each row the configuration that it is of. */
static size_t
write_named_rows(const struct bench_report_config *config,
                 size_t (*write_rows)(const struct bench_report_config *config, FILE *out),
                 FILE *out) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *rows_out = open_memstream(&text, &bytes);
    if (!rows_out)
        return 0;
    size_t rows = write_rows(config, rows_out);
    fclose(rows_out);
    for (const char *line = text; line && *line; line += strcspn(line, "\n") + 1) {
        fprintf(out, "%.*s\t", (int)strcspn(line, "\n"), line);
        bench_figure_write_cell(config->short_label, out);
        fputc('\n', out);
    }
    free(text);
    return rows;
}

/* Calls `row_fn` for the named ones each in its block and for all others in the last one. */
void
bench_figure_export_series(
    const struct bench_report_group *group, const char *columns, const char *nothing,
    size_t (*write_rows)(const struct bench_report_config *config, FILE *out), FILE *out) {
    size_t named = count_named(group);
    for (size_t i = 0; i < named; i++) {
        const struct bench_report_config *config = &group->configs[group->order[i]];
        bench_figure_begin_block(out, i == 0, config->short_label, columns);
        if (write_rows(config, out) == 0)
            fputs(nothing, out);
    }
    if (group->count == named)
        return;
    bool has_names = strstr(columns, "configuration") != NULL;
    char name[64], named_columns[256];
    snprintf(name, sizeof(name), "%zu other configurations", group->count - named);
    snprintf(named_columns, sizeof(named_columns), "%s%s", columns,
             has_names ? "" : "\tconfiguration");
    bench_figure_begin_block(out, false, name, named_columns);
    size_t rows = 0;
    for (size_t i = named; i < group->count; i++) {
        const struct bench_report_config *config = &group->configs[group->order[i]];
        if (rows)
            fputc('\n', out);
        rows = has_names ? write_rows(config, out) : write_named_rows(config, write_rows, out);
    }
}

size_t
bench_figure_write_samples(const struct bench_series *series, size_t most, const char *name,
                           FILE *out) {
    size_t run = (series->count + most - 1) / most, rows = 0;
    for (size_t begin = 0; begin < series->count; begin += run, rows++) {
        size_t end = begin + run < series->count ? begin + run : series->count, pick = begin;
        for (size_t i = begin; i < end; i++)
            if (series->samples[i].value > series->samples[pick].value)
                pick = i;
        pick = begin == 0 ? 0 : end == series->count ? end - 1 : pick;
        fprintf(out, "%lld\t%lld%s", (long long)series->samples[pick].t_ns,
                (long long)series->samples[pick].value, name ? "\t" : "");
        bench_figure_write_cell(name ? name : "", out);
        fputc('\n', out);
    }
    return rows;
}

/* ---- Readings ---------------------------------------------------------------------------------- */

/* Least and greatest of a figure over a group; false when no configuration has it. */
bool
bench_figure_find_extremes(const struct bench_report_group *group, bench_figure_get_fn get,
                           int which, const struct bench_report_config **ret_least,
                           const struct bench_report_config **ret_greatest) {
    const struct bench_report_config *least = NULL, *greatest = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct bench_report_config *config = &group->configs[i];
        double value = get(config, which);
        if (isnan(value))
            continue;
        if (!least || value < get(least, which))
            least = config;
        if (!greatest || value > get(greatest, which))
            greatest = config;
    }
    *ret_least = least;
    *ret_greatest = greatest;
    return least != NULL;
}

/* "X does best with A, Y worst with B; the default has C." in the words of `best` and `worst`. */
void
bench_figure_read_extremes(const struct bench_report_group *group, bench_figure_get_fn get,
                           int which, char *(*print)(double value, char buffer[24]),
                           const char *best, const char *worst, FILE *out) {
    const struct bench_report_config *least, *greatest, *first = &group->configs[0];
    char text[24];
    bench_figure_find_extremes(group, get, which, &least, &greatest);
    if (least == greatest) {
        fprintf(out, "“%s” %s %s.", least->short_label, best, print(get(least, which), text));
        return;
    }
    fprintf(out, "“%s” %s %s", least->short_label, best, print(get(least, which), text));
    if (least == first)
        fputs(" and is the default", out);
    fprintf(out, ", “%s” %s %s", greatest->short_label, worst, print(get(greatest, which), text));
    if (greatest == first)
        fputs(" and is the default", out);
    else if (least != first && !isnan(get(first, which)))
        fprintf(out, "; the default has %s", print(get(first, which), text));
    fputc('.', out);
}
