/* SPDX-License-Identifier: MIT
 *
 * csv_read.h: rows of comma-separated values out of a stream of bytes.
 *
 * Takes all that RFC 4180 allows, and what it does not allow as Python's csv module takes it with its
 * default dialect from a file opened with newline='':
 *   - A field that begins with a quote ends with the next one; two quotes in it are one. Delimiters and line
 *     ends in it are its own. What follows the end quote belongs to the field, up to the next delimiter.
 *   - A quote anywhere else is a letter, spaces are letters, and so is a byte order mark.
 *   - LF, CR LF and CR end a row. The last row may lack it. An empty line is a row without fields.
 *   - A field that is still open when the stream ends is the rest of it.
 * Limits on what a field may hold are not the parser's; a row may have WL_CSV_READ_ROW_MOST bytes.
 *
 * Use: read as many bytes as there is room for, say how many they were (0: that was the last), take rows until
 * there is none, and again. Nothing is asked for but when a row is the longest, or has the most fields, so far.
 */
#ifndef WORKLOADS_CSV_READ_H
#define WORKLOADS_CSV_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WL_CSV_READ_ROW_MOST = 1 << 26
};

/* What is wrong with a row; the first two are what Python's strict mode refuses. */
enum wl_csv_flaw {
    WL_CSV_FLAW_BEHIND_QUOTE = 1 << 0, /* an end quote is followed by more */
    WL_CSV_FLAW_OPEN = 1 << 1,         /* the stream ends within quotes */
    WL_CSV_FLAW_UTF8 = 1 << 2,         /* it is not UTF-8 */
};

struct wl_csv_field {
    const char *data; /* not ended by a zero */
    size_t bytes;
};

/* Valid until the next call that has to do with the reader. */
struct wl_csv_row {
    const struct wl_csv_field *fields;
    size_t count;
    int64_t line;   /* on which it begins, from 1 on */
    unsigned flaws; /* of enum wl_csv_flaw */
};

struct wl_csv_read {
    char *buffer; /* capacity bytes, and a word of line ends behind `end` */
    size_t capacity, begin, end;
    struct wl_csv_field *fields;
    size_t *quoted; /* fields that have to be rewritten: they are raw, from their quote on */
    size_t field_room;
    int64_t line;
    bool is_last, skips_lf;
};

/* `buffer_bytes`: what is read at once. -ENOMEM. */
int wl_csv_read_init(struct wl_csv_read *reader, size_t buffer_bytes);
void wl_csv_read_fini(struct wl_csv_read *reader);

/* Where the next bytes go, and for how many there is room: more than none. -ENOMEM; -EMSGSIZE: the row that
 * begins on the reader's line is too long. */
int wl_csv_read_room(struct wl_csv_read *reader, char **ret_room, size_t *ret_bytes);
void wl_csv_read_fed(struct wl_csv_read *reader, size_t bytes);

/* 1: a row. 0: feed it first, or, after the last bytes: there is none. -ENOMEM: its fields have no room. */
int wl_csv_read_row(struct wl_csv_read *reader, struct wl_csv_row *ret_row);

/* A decimal number as Python's float() reads it, without its spaces, underscores, inf and nan. */
bool wl_csv_read_number(const char *text, size_t bytes, double *ret_number);

#endif
