/* SPDX-License-Identifier: MIT
 *
 * compare/text.c: a comparison for a person, in a terminal or as Markdown: the answer, what restricts it,
 * each metric over all cells, then the rows, what differs first. Both forms have the same words; a table is
 * filled first and then printed in the one or the other.
 */
#include "bench/compare/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/table.h"

enum {
    COLUMNS_MOST = 9,
    ROWS_OF_A_KIND = 25, /* unless all are asked for */
    ROWS_OF_NOISE = 10,
    LONE_NAMED = 3,
    CELL_BYTES = 256
};

/* ---- Words ---------------------------------------------------------------------------------------------- */

char *
bench_compare_change(double ratio, char text[BENCH_COMPARE_TEXT_BYTES]) {
    double percent = 100 * (ratio - 1);

    if (isnan(ratio))
        strcpy(text, "n/a");
    else if (ratio == 1)
        strcpy(text, "0 %");
    else if (ratio >= 3 || ratio < 0.01)
        snprintf(text, BENCH_COMPARE_TEXT_BYTES, "x%.3g", ratio);
    else if (fabs(percent) >= 0.1)
        snprintf(text, BENCH_COMPARE_TEXT_BYTES, "%+.1f %%", percent);
    else
        snprintf(text, BENCH_COMPARE_TEXT_BYTES, "%+.1g %%", percent);
    return text;
}

static char *
figure(double value, const char *unit, char text[BENCH_COMPARE_TEXT_BYTES]) {
    char short_text[BENCH_TABLE_TEXT_BYTES];

    if (isnan(value))
        strcpy(text, "n/a");
    else if (strcmp(unit, "ns") == 0)
        strcpy(text, bench_table_time(value, short_text));
    else if (strcmp(unit, "bytes") == 0)
        strcpy(text, bench_table_bytes(value, short_text));
    else if (fabs(value) < 1e15 && value == (double)(int64_t)value)
        snprintf(text, BENCH_COMPARE_TEXT_BYTES, "%.0f", value);
    else
        snprintf(text, BENCH_COMPARE_TEXT_BYTES, "%.4g", value);
    return text;
}

/* Where rounding would show the same figure twice, all of its digits. */
static void
write_figures(const struct bench_compare_row *row, char text[CELL_BYTES]) {
    char base[BENCH_COMPARE_TEXT_BYTES], new[BENCH_COMPARE_TEXT_BYTES];

    figure(row->base, row->metric->unit, base);
    figure(row->new, row->metric->unit, new);
    if (row->is_exact && row->base != row->new &&strcmp(base, new) == 0) {
        snprintf(base, sizeof base, "%.15g", row->base);
        snprintf(new, sizeof new, "%.15g", row->new);
    }
    snprintf(text, CELL_BYTES, "%s -> %s", base, new);
}

static void
write_interval(double low, double high, char text[CELL_BYTES]) {
    char from[BENCH_COMPARE_TEXT_BYTES], to[BENCH_COMPARE_TEXT_BYTES];

    if (isnan(low) || isnan(high))
        strcpy(text, "");
    else
        snprintf(text, CELL_BYTES, "%s to %s", bench_compare_change(low, from),
                 bench_compare_change(high, to));
}

const char *
bench_compare_rule_name(const struct bench_compare *compare, int rule) {
    return rule >= 0 ? compare->rules[rule].text
                     : "cells have to finish, with the same answer as before";
}

void
bench_compare_remark(const struct bench_compare *compare, const struct bench_compare_row *row,
                     char *text, size_t bytes) {
    text[0] = '\0';
    if (row->rule != BENCH_COMPARE_RULE_NONE)
        snprintf(text, bytes, "fails: %s", bench_compare_rule_name(compare, row->rule));
    else if (row->verdict == BENCH_COMPARE_NOISY && compare->is_uneven &&
             strcmp(row->metric->unit, "ns") == 0)
        snprintf(text, bytes, "no telling: the machine was busier during one run");
    else if (row->verdict == BENCH_COMPARE_NOISY && row->blocks_needed == 0)
        snprintf(text, bytes, "too noisy to say; more blocks would hardly help");
    else if (row->verdict == BENCH_COMPARE_NOISY)
        snprintf(text, bytes, "too noisy to say: run %zu more block%s%s",
                 row->blocks_needed - row->blocks, row->blocks_needed - row->blocks == 1 ? "" : "s",
                 row->blocks < compare->blocks_for_exactness ? " at least" : "");
    if (row->blocks_changed > 0 && row->blocks_changed < row->blocks)
        snprintf(text + strlen(text), bytes - strlen(text), "%sin %zu of %zu blocks",
                 text[0] == '\0' ? "" : "; ", row->blocks_changed, row->blocks);
    if (row->would_fail && strlen(text) + 64 < bytes)
        strcat(text, "; beyond a bound of --fail-on, but not surely");
}

/* ---- Tables --------------------------------------------------------------------------------------------- */

struct sheet {
    const char *const *heading;
    size_t columns, count; /* count: of texts, row by row */
    char **texts;
};

/* Headings that begin with '>' are of columns that are flush right. */
static void
put(struct sheet *sheet, const char *text) {
    if (bench_array_grow(&sheet->texts, sheet->count, sizeof *sheet->texts))
        return;
    sheet->texts[sheet->count++] = strdup(text);
}

static const char *
text_at(const struct sheet *sheet, size_t at) {
    return sheet->texts[at] == NULL ? "" : sheet->texts[at];
}

/* A bar would end a cell of a Markdown table. */
static void
print_marked(const char *text, FILE *file) {
    for (; *text != '\0'; text++) {
        if (*text == '|' || *text == '<' || *text == '*' || *text == '_' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file);
    }
}

static void
print_markdown(const struct sheet *sheet, FILE *file) {
    for (size_t i = 0; i < sheet->columns; i++)
        fprintf(file, "| %s ", sheet->heading[i] + (sheet->heading[i][0] == '>'));
    fputs("|\n", file);
    for (size_t i = 0; i < sheet->columns; i++)
        fputs(sheet->heading[i][0] == '>' ? "|---:" : "|---", file);
    fputs("|\n", file);
    for (size_t i = 0; i + sheet->columns <= sheet->count; i += sheet->columns) {
        for (size_t k = 0; k < sheet->columns; k++) {
            fputs("| ", file);
            print_marked(text_at(sheet, i + k), file);
            fputc(' ', file);
        }
        fputs("|\n", file);
    }
}

/* Characters of UTF-8: of all that is printed here each takes one column. */
static size_t
width_of(const char *text) {
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Without blanks at its end. */
static void
print_line(const struct sheet *sheet, const char *const *texts, const size_t *widths, FILE *file) {
    size_t last = sheet->columns - 1;

    while (last > 0 && texts[last][0] == '\0')
        last--;
    for (size_t i = 0; i <= last; i++) {
        int blanks = (int)(widths[i] - width_of(texts[i]));
        bool is_right = sheet->heading[i][0] == '>';
        fprintf(file, "%*s%s%*s", is_right ? blanks : 0, "", texts[i],
                is_right || i == last ? 0 : blanks, "");
        fputs(i == last ? "\n" : "  ", file);
    }
}

static void
print_plain(const struct sheet *sheet, FILE *file) {
    const char *texts[COLUMNS_MOST];
    size_t widths[COLUMNS_MOST];

    for (size_t i = 0; i < sheet->columns; i++) {
        texts[i] = sheet->heading[i] + (sheet->heading[i][0] == '>');
        widths[i] = width_of(texts[i]);
    }
    for (size_t i = 0; i + sheet->columns <= sheet->count; i += sheet->columns)
        for (size_t k = 0; k < sheet->columns; k++) {
            size_t width = width_of(text_at(sheet, i + k));
            widths[k] = width > widths[k] ? width : widths[k];
        }
    print_line(sheet, texts, widths, file);
    for (size_t i = 0; i + sheet->columns <= sheet->count; i += sheet->columns) {
        for (size_t k = 0; k < sheet->columns; k++)
            texts[k] = text_at(sheet, i + k);
        print_line(sheet, texts, widths, file);
    }
}

/* Prints it and drops what was put in. */
static void
print_sheet(struct sheet *sheet, bool markdown, FILE *file) {
    if (markdown)
        print_markdown(sheet, file);
    else
        print_plain(sheet, file);
    for (size_t i = 0; i < sheet->count; i++)
        free(sheet->texts[i]);
    free(sheet->texts);
    sheet->texts = NULL;
    sheet->count = 0;
}

static void
print_heading(const char *text, bool markdown, FILE *file) {
    fprintf(file, markdown ? "\n### %s\n\n" : "\n%s\n", text);
}

/* ---- The parts
 * -------------------------------------------------------------------------------------------- */

static void
print_lone(const struct bench_compare *compare, bool in_base, FILE *file, const char *bullet) {
    size_t count = 0, named = 0;

    for (size_t i = 0; i < compare->lone_count; i++)
        count += compare->lone[i].in_base == in_base;
    if (count == 0)
        return;
    fprintf(file, "%s%zu configuration%s only in %s: ", bullet, count, count == 1 ? " is" : "s are",
            in_base ? compare->base.text : compare->new.text);
    for (size_t i = 0; i < compare->lone_count && named < LONE_NAMED; i++)
        if (compare->lone[i].in_base == in_base)
            fprintf(file, "%s%s%s%s%s", named++ == 0 ? "" : ", ", compare->lone[i].name,
                    compare->lone[i].why == NULL ? "" : " (",
                    compare->lone[i].why == NULL ? "" : compare->lone[i].why,
                    compare->lone[i].why == NULL ? "" : ")");
    fputs(count > LONE_NAMED ? " ...\n" : "\n", file);
}

static void
print_head(const struct bench_compare *compare, bool markdown, FILE *file) {
    const char *bullet = markdown ? "- " : "  ! ";
    const struct bench_compare_side *base = &compare->base, *new = &compare->new;

    fprintf(file, markdown ? "**%s**\n\n" : "%s\n\n", compare->sentence);
    fprintf(file, "Base %s (%s), new %s (%s): %zu configuration%s, %zu", base->text, base->commit,
            new->text, new->commit, compare->cell_count, compare->cell_count == 1 ? "" : "s",
            compare->least_blocks);
    if (compare->most_blocks > compare->least_blocks)
        fprintf(file, " to %zu", compare->most_blocks);
    fprintf(file, " block%s.\n", compare->most_blocks == 1 ? "" : "s");
    if (markdown && compare->warning_count + compare->lone_count > 0)
        fputc('\n', file);
    for (size_t i = 0; i < compare->warning_count; i++)
        fprintf(file, "%s%s\n", bullet, compare->warnings[i]);
    print_lone(compare, true, file, bullet);
    print_lone(compare, false, file, bullet);
}

static bool
is_told(const struct bench_compare_metric *metric) {
    return metric->rows.all > 0 &&
           (!metric->is_deterministic || metric->rows.of[BENCH_COMPARE_SAME] < metric->rows.all);
}

static void
put_mean(struct sheet *sheet, const struct bench_compare_metric *metric) {
    static const enum bench_compare_verdict order[] = {BENCH_COMPARE_WORSE, BENCH_COMPARE_BETTER,
                                                       BENCH_COMPARE_CHANGED, BENCH_COMPARE_SAME,
                                                       BENCH_COMPARE_NOISY};
    char text[CELL_BYTES];

    put(sheet, metric->name);
    put(sheet, bench_compare_change(metric->ratio, text));
    write_interval(metric->low, metric->high, text);
    put(sheet, text);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        snprintf(text, sizeof text, "%zu", metric->rows.of[order[i]]);
        put(sheet, metric->rows.of[order[i]] == 0 ? "" : text);
    }
}

/* Timed ones first. */
static void
print_means(const struct bench_compare *compare, bool markdown, FILE *file) {
    static const char *const heading[] = {"metric",  ">change",  "interval", ">worse",
                                          ">better", ">changed", ">same",    ">noisy"};
    struct sheet sheet = {.heading = heading, .columns = 8};

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < compare->metric_count; i++)
            if (compare->metrics[i].is_deterministic == (pass == 1) &&
                is_told(&compare->metrics[i]))
                put_mean(&sheet, &compare->metrics[i]);
    if (sheet.count == 0)
        return;
    print_heading("Each metric over all configurations (geometric mean, new against base)",
                  markdown, file);
    print_sheet(&sheet, markdown, file);
}

static void
put_row(const struct bench_compare *compare, struct sheet *sheet,
        const struct bench_compare_row *row) {
    char text[CELL_BYTES];
    bool is_disturbed =
        (compare->is_disturbed || compare->is_uneven) && strcmp(row->metric->unit, "ns") == 0;

    snprintf(text, sizeof text, "%s%s", bench_compare_verdict_word(row->verdict),
             is_disturbed ? " ~" : "");
    put(sheet, text);
    put(sheet, isnan(row->ratio) ? row->new > row->base ? "from 0" : "to 0"
                                 : bench_compare_change(row->ratio, text));
    text[0] = '\0';
    if (!row->is_exact)
        write_interval(row->low, row->high, text);
    put(sheet, text);
    write_figures(row, text);
    put(sheet, text);
    put(sheet, row->metric->name);
    put(sheet, row->cell->name);
    bench_compare_remark(compare, row, text, sizeof text);
    put(sheet, text);
}

static void
print_rows(const struct bench_compare *compare, bool markdown, bool all_rows, FILE *file) {
    static const char *const heading[] = {"verdict", ">change",       "interval", "base -> new",
                                          "metric",  "configuration", ""};
    struct sheet sheet = {.heading = heading, .columns = 7};
    size_t shown[BENCH_COMPARE_VERDICT_COUNT] = {0}, left = 0;

    for (size_t i = 0; i < compare->row_count; i++) {
        const struct bench_compare_row *row = &compare->rows[i];
        size_t most = row->verdict == BENCH_COMPARE_SAME    ? 0
                      : row->verdict == BENCH_COMPARE_NOISY ? ROWS_OF_NOISE
                                                            : ROWS_OF_A_KIND;
        bool is_wanted = all_rows || row->rule != BENCH_COMPARE_RULE_NONE || row->would_fail ||
                         shown[row->verdict] < most;
        if (is_wanted) {
            shown[row->verdict]++;
            put_row(compare, &sheet, row);
        } else
            left += row->verdict != BENCH_COMPARE_SAME;
    }
    if (sheet.count > 0) {
        print_heading(all_rows ? "All rows, what differs first" : "What differs", markdown, file);
        print_sheet(&sheet, markdown, file);
    }
    if (!all_rows && (left > 0 || compare->count.of[BENCH_COMPARE_SAME] > 0)) {
        fputc('\n', file);
        if (left > 0)
            fprintf(file, "%zu more differ or are noisy, and ", left);
        fprintf(file, "%zu row%s the same: --all-rows shows them.\n",
                compare->count.of[BENCH_COMPARE_SAME],
                compare->count.of[BENCH_COMPARE_SAME] == 1 ? " is" : "s are");
    }
}

static void
print_foot(const struct bench_compare *compare, FILE *file) {
    const struct bench_compare_options *options = &compare->options;

    if (compare->failed > 0)
        fprintf(file, "\nFailed: %zu row%s", compare->failed, compare->failed == 1 ? "" : "s");
    for (int rule = BENCH_COMPARE_RULE_ALWAYS; rule < (int)compare->rule_count; rule++) {
        size_t count = 0;
        for (size_t i = 0; rule != BENCH_COMPARE_RULE_NONE && i < compare->row_count; i++)
            count += compare->rows[i].rule == rule;
        if (count > 0)
            fprintf(file, "; %zu by %s%s", count, rule >= 0 ? "--fail-on " : "",
                    bench_compare_rule_name(compare, rule));
    }
    if (compare->failed > 0)
        fputs(".\n", file);
    if (compare->test_count > 0)
        fprintf(
            file,
            "\nIntervals hold the true change of their row with %g %%. A timed row is better or "
            "worse if that is sure among all %zu of them (Holm) and beyond %g %%.\n",
            100 * options->confidence, compare->test_count, 100 * options->floor);
}

void
bench_compare_write_text(const struct bench_compare *compare, bool markdown, bool all_rows,
                         FILE *file) {
    print_head(compare, markdown, file);
    print_means(compare, markdown, file);
    print_rows(compare, markdown, all_rows, file);
    print_foot(compare, file);
}
