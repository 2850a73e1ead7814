/* SPDX-License-Identifier: MIT
 *
 * report/table.c: see report/table.h.
 *
 * The text is cut up in place: rows point into it. A curve is the rows between two blank lines. A column
 * says by the end of its name what it holds (kinds[]); one called `configuration` names its row, and
 * where something stands in a drawing is no data. A series has its name once, before its rows.
 *
 * A curve of many points is thinned by a round step, so that what stands at the tenth place, such as a
 * percentile of nines, stays. Nobody reads more than ROWS_MOST rows; who wants all is told how.
 */
#include "bench/report/table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/report/words.h"

enum {
    ROWS_MOST = 96,
    CELLS_MOST = 16,
};

struct row {
    const char *cells[CELLS_MOST];
    size_t count;
    const struct row *head; /* the row of its columns' names; NULL: it is one */
    size_t index;           /* in its curve */
    bool is_last;           /* of its curve */
};

struct sheet {
    const char *first_column;
    struct row *rows;
    size_t count, data_count, step;
    bool has_names;  /* a column `configuration` */
    bool has_series; /* and series that are called otherwise */
};

/* ---- Cutting up -------------------------------------------------------------------------------- */

static void
cut_line(char *line, struct row *row) {
    *row = (struct row){0};
    for (char *cell = line; cell && row->count < CELLS_MOST; row->count++) {
        row->cells[row->count] = cell;
        cell = strchr(cell, '\t');
        if (cell)
            *cell++ = '\0';
    }
}

/* A head comes first, and after two blank lines. */
static void
cut_text(char *text, struct sheet *sheet) {
    const struct row *head = NULL;
    size_t blank = 2, index = 0;
    for (char *next, *line = text; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (*line == '\0') {
            blank++;
            continue;
        }
        struct row *row = &sheet->rows[sheet->count++];
        cut_line(line, row);
        if (blank && row > sheet->rows)
            row[-1].is_last = true;
        if (blank)
            index = 0;
        if (blank >= 2) {
            head = row;
        } else {
            row->head = head;
            row->index = index++;
            sheet->data_count++;
        }
        blank = 0;
    }
    if (sheet->count)
        sheet->rows[sheet->count - 1].is_last = true;
}

static const char *
get_column(const struct sheet *sheet, const struct row *head, size_t at) {
    return at == 0 && sheet->first_column ? sheet->first_column : head->cells[at];
}

/* What a row is called by its own column, or NULL. */
static const char *
get_name(const struct row *row) {
    for (size_t i = 1; i < row->count && i < row->head->count; i++)
        if (strcmp(row->head->cells[i], "configuration") == 0)
            return row->cells[i];
    return NULL;
}

static bool
is_kept(const struct sheet *sheet, const struct row *row) {
    return row->head && (row->index % sheet->step == 0 || row->is_last);
}

static size_t
count_kept(const struct sheet *sheet) {
    size_t count = 0;
    for (size_t i = 0; i < sheet->count; i++)
        count += is_kept(sheet, &sheet->rows[i]);
    return count;
}

/* 1, 2, 5, 10, 20, 50, ... until few enough rows are left, or only the ends of each curve. */
static void
choose_step(struct sheet *sheet) {
    sheet->step = 1;
    for (size_t turn = 0; count_kept(sheet) > ROWS_MOST && sheet->step < sheet->count; turn++)
        sheet->step = turn % 3 == 1 ? sheet->step / 2 * 5 : sheet->step * 2;
}

static void
read_names(struct sheet *sheet) {
    for (size_t i = 0; i < sheet->count; i++) {
        const struct row *row = &sheet->rows[i];
        const char *name = row->head ? get_name(row) : NULL;
        sheet->has_names = sheet->has_names || name;
        if (name && row->head == sheet->rows && sheet->first_column)
            sheet->has_series = sheet->has_series || strcmp(name, row->head->cells[0]) != 0;
    }
}

/* ---- What a column holds ----------------------------------------------------------------------- */

static void
write_time(double value, FILE *out) {
    char text[24];
    fputs(bench_figure_time(value, text), out);
}

static void
write_bytes(double value, FILE *out) {
    char text[24];
    fputs(bench_figure_bytes(value, text), out);
}

static void
write_percent(double value, FILE *out) {
    fprintf(out, "%.8g %%", value);
}

static void
write_ratio(double value, FILE *out) {
    fprintf(out, "%.3g×", value);
}

static void
write_truth(double value, FILE *out) {
    fputs(value != 0 ? "yes" : "no", out);
}

static void
write_number(double value, FILE *out) {
    fprintf(out, value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%.5g", value);
}

struct kind {
    const char *ending; /* of the column's name, which is dropped where `is_unit` */
    bool is_unit;
    void (*write)(double value, FILE *out);
};

static const struct kind kinds[] = {
    {"_ns", true, write_time},         {"_bytes", true, write_bytes},
    {"bytes", false, write_bytes},     {"_percent", true, write_percent},
    {"percent", false, write_percent}, {"_ratio", true, write_ratio},
    {"ratio", false, write_ratio},     {"supported", false, write_truth},
    {"default", false, write_truth},   {"front", false, write_truth},
    {"", false, write_number},
};

static const struct kind *
find_kind(const char *column) {
    const struct kind *kind = kinds;
    size_t length = strlen(column);
    while (strlen(kind->ending) > length ||
           strcmp(column + length - strlen(kind->ending), kind->ending) != 0)
        kind++;
    return kind;
}

/* Names, which are the row's, and places in the drawing are no data. */
static bool
is_data(const char *column) {
    return strcmp(column, "configuration") != 0 && strcmp(column, "row") != 0 &&
           strcmp(column, "column") != 0;
}

/* "p99_ns" as "P99", "t_ns" as "Time". */
static void
write_heading(const char *column, FILE *out) {
    const struct kind *kind = find_kind(column);
    size_t length = strlen(column) - (kind->is_unit ? strlen(kind->ending) : 0);
    char text[64];
    if (strcmp(column, "t_ns") == 0)
        column = "time", length = 4;
    snprintf(text, sizeof(text), "%.*s", (int)length, column);
    for (char *c = text; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    text[0] = (char)toupper((unsigned char)text[0]);
    bench_report_words_text(out, text);
}

/* ---- The table --------------------------------------------------------------------------------- */

static void
write_head(const struct sheet *sheet, FILE *out) {
    const struct row *head = sheet->rows;
    fputs("<thead><tr>", out);
    if (sheet->first_column && (sheet->has_series || !sheet->has_names))
        fputs("<th scope=\"col\">Series</th>", out);
    if (sheet->has_names)
        fputs("<th scope=\"col\">Configuration</th>", out);
    for (size_t i = 0; i < head->count; i++) {
        const char *column = get_column(sheet, head, i);
        if (!is_data(column))
            continue;
        fputs("<th scope=\"col\">", out);
        write_heading(column, out);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n", out);
}

static void
write_cell(const char *column, const char *text, FILE *out) {
    char *end;
    double value = strtod(text, &end);
    bool is_number = end != text && *end == '\0' && isfinite(value);
    fputs("<td>", out);
    if (is_number)
        find_kind(column)->write(value, out);
    else
        bench_report_words_text(out, text);
    fputs("</td>", out);
}

/* What stands at the head of a row: its series, or its configuration where that says more; NULL: nothing. */
static const char *
get_title(const struct sheet *sheet, const struct row *row) {
    const char *name = get_name(row);
    return name && !sheet->has_series ? name : sheet->first_column ? row->head->cells[0] : NULL;
}

static void
write_row(const struct sheet *sheet, const struct row *row, const char *title, size_t span,
          FILE *out) {
    const char *name = get_name(row);
    fputs("<tr>", out);
    if (title && span > 1)
        fprintf(out, "<th scope=\"rowgroup\" rowspan=\"%zu\">", span);
    else if (title && span)
        fputs("<th scope=\"row\">", out);
    if (title && span) {
        bench_report_words_text(out, title);
        fputs("</th>", out);
    }
    if (sheet->has_series) {
        fputs("<td class=\"text\">", out);
        bench_report_words_text(out, name ? name : "");
        fputs("</td>", out);
    }
    for (size_t i = 0; i < sheet->rows->count; i++) {
        const char *column = get_column(sheet, sheet->rows, i);
        if (is_data(column))
            write_cell(column, i < row->count ? row->cells[i] : "", out);
    }
    fputs("</tr>\n", out);
}

/* How many kept rows from `at` on have one title. */
static size_t
measure_span(const struct sheet *sheet, size_t at, const char *title, size_t room) {
    size_t span = 0;
    for (size_t i = at; i < sheet->count && span < room; i++) {
        if (!is_kept(sheet, &sheet->rows[i]))
            continue;
        const char *other = get_title(sheet, &sheet->rows[i]);
        if ((title == NULL) != (other == NULL) || (title && strcmp(title, other) != 0))
            break;
        span++;
    }
    return span;
}

/* Returns how many it wrote. */
static size_t
write_rows(const struct sheet *sheet, FILE *out) {
    size_t written = 0, left = 0;
    for (size_t i = 0; i < sheet->count && written < ROWS_MOST; i++) {
        const struct row *row = &sheet->rows[i];
        if (!is_kept(sheet, row))
            continue;
        const char *title = get_title(sheet, row);
        size_t span = 0;
        if (left == 0) {
            span = measure_span(sheet, i, title, ROWS_MOST - written);
            fputs(written ? "</tbody>\n<tbody>\n" : "<tbody>\n", out);
            left = span;
        }
        write_row(sheet, row, title, span, out);
        left--;
        written++;
    }
    if (written)
        fputs("</tbody>", out);
    return written;
}

static void
write_sheet(const struct bench_report_table *table, const struct sheet *sheet, FILE *out) {
    fprintf(out,
            "<details><summary>The data of this chart</summary>\n<div class=\"wide\" "
            "role=\"region\" tabindex=\"0\" aria-label=\"Data of %s\"><table>\n<caption>%s",
            table->id, table->caption);
    if (sheet->step > 1)
        fprintf(out, ", every %zuth row", sheet->step);
    fputs("</caption>\n", out);
    write_head(sheet, out);
    size_t written = write_rows(sheet, out);
    fputs("</table></div>\n", out);
    if (written < sheet->data_count) {
        fprintf(out, "<p class=\"note\">%zu of %zu rows; all of them: <code>", written,
                sheet->data_count);
        bench_report_words_text(out, table->command);
        fputs("</code></p>\n", out);
    }
    fputs("</details>\n", out);
}

int
bench_report_table_write(const struct bench_report_table *table, char *tsv, FILE *out) {
    struct sheet sheet = {.first_column = table->first_column};
    size_t lines = 1;
    for (const char *c = tsv; *c; c++)
        lines += *c == '\n';
    sheet.rows = calloc(lines, sizeof(*sheet.rows));
    if (!sheet.rows)
        return -ENOMEM;
    cut_text(tsv, &sheet);
    read_names(&sheet);
    choose_step(&sheet);
    if (sheet.count)
        write_sheet(table, &sheet, out);
    free(sheet.rows);
    return 0;
}
