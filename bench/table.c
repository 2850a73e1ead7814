/* SPDX-License-Identifier: MIT
 *
 * table.c: tables and quantities for people. See table.h. Widths count characters, not bytes: of UTF-8,
 * bytes of the form 10xxxxxx begin none.
 */
#include "bench/table.h"

#include <stdlib.h>
#include <string.h>

void
bench_table_init(struct bench_table *table, const char *const *heading) {
    *table = (struct bench_table){0};
    while (heading[table->columns] != NULL && table->columns < BENCH_TABLE_COLUMNS)
        table->columns++;
    for (size_t i = 0; i < table->columns; i++)
        bench_table_put(table, heading[i]);
}

void
bench_table_fini(struct bench_table *table) {
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct bench_table){0};
}

void
bench_table_put(struct bench_table *table, const char *text) {
    char **cells = realloc(table->cells, (table->count + 1) * sizeof *cells);

    if (cells == NULL)
        return;
    table->cells = cells;
    cells[table->count] = strdup(text);
    if (cells[table->count] != NULL)
        table->count++;
}

static size_t
width_of(const char *text) {
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

void
bench_table_print(const struct bench_table *table, FILE *out) {
    size_t widths[BENCH_TABLE_COLUMNS] = {0};

    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;
        int padding = (int)(widths[column] - width_of(table->cells[i]));
        bool last = column + 1 == table->columns;
        if (column == 0)
            fprintf(out, "%s%*s", table->cells[i], padding, "");
        else
            fprintf(out, "  %*s%s", padding, "", table->cells[i]);
        if (last)
            fputc('\n', out);
    }
}

static char *
scale(double number, double factor, const char *const *units, size_t count,
      char text[BENCH_TABLE_TEXT_BYTES]) {
    size_t unit = 0;

    while (unit + 1 < count && number >= 999.5) {
        number /= factor;
        unit++;
    }
    int decimals = unit == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
    snprintf(text, BENCH_TABLE_TEXT_BYTES, "%.*f %s", decimals, number, units[unit]);
    return text;
}

char *
bench_table_time(double ns, char text[BENCH_TABLE_TEXT_BYTES]) {
    static const char *const units[] = {"ns", "µs", "ms", "s"};
    return scale(ns, 1000, units, 4, text);
}

char *
bench_table_bytes(double bytes, char text[BENCH_TABLE_TEXT_BYTES]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    return scale(bytes, 1024, units, 5, text);
}

char *
bench_table_ratio(double ratio, char text[BENCH_TABLE_TEXT_BYTES]) {
    snprintf(text, BENCH_TABLE_TEXT_BYTES, "%.*fx",
             ratio < 9.995   ? 2
             : ratio < 99.95 ? 1
                             : 0,
             ratio);
    return text;
}
