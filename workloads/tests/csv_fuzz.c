/* SPDX-License-Identifier: MIT
 *
 * csv_fuzz.c: any bytes are read into the same rows by the parser, however they are fed, and by the plainest parser
 * there could be, which goes letter by letter.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/csv_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    BYTES_MOST = 1 << 14
};

/* What rows come to: each with its line and flaws but for UTF-8, each field in full, ends between them. */
struct log {
    char *data;
    size_t bytes;
};

static void
must(bool condition) {
    if (!condition)
        abort();
}

static void
put(struct log *log, const void *data, size_t bytes) {
    memcpy(log->data + log->bytes, data, bytes);
    log->bytes += bytes;
}

static void
put_end(struct log *log, int64_t line, unsigned flaws, size_t fields) {
    const uint64_t words[] = {(uint64_t)line, flaws, fields};
    put(log, words, sizeof words);
}

/* ---- The parser --------------------------------------------------------------------------------- */

static void
read_fast(const uint8_t *data, size_t size, size_t buffer, size_t most, struct log *log) {
    struct wl_csv_read reader;
    struct wl_csv_row row;
    size_t at = 0, bytes;
    char *room;

    must(wl_csv_read_init(&reader, buffer) == 0);
    do {
        must(wl_csv_read_room(&reader, &room, &bytes) == 0 && bytes > 0);
        bytes = bytes < most ? bytes : most;
        bytes = bytes < size - at ? bytes : size - at;
        memcpy(room, data + at, bytes);
        at += bytes;
        wl_csv_read_fed(&reader, bytes);
        while (wl_csv_read_row(&reader, &row) == 1) {
            double number;
            for (size_t i = 0; i < row.count; i++) {
                put(log, row.fields[i].data, row.fields[i].bytes);
                put(log, "\xff", 1);
                (void)wl_csv_read_number(row.fields[i].data, row.fields[i].bytes, &number);
            }
            put_end(log, row.line, row.flaws & ~(unsigned)WL_CSV_FLAW_UTF8, row.count);
        }
    } while (bytes > 0);
    wl_csv_read_fini(&reader);
}

/* ---- The plainest one --------------------------------------------------------------------------- */

enum state {
    AT_ROW,
    AT_FIELD,
    IN_FIELD,
    IN_QUOTES,
    AT_QUOTE
};

struct plain {
    enum state state;
    int64_t line, row_line;
    unsigned flaws;
    size_t fields;
    struct log *log;
};

static void
end_field(struct plain *plain) {
    put(plain->log, "\xff", 1);
    plain->fields++;
    plain->state = AT_FIELD;
}

static void
end_row(struct plain *plain) {
    if (plain->state != AT_ROW)
        end_field(plain);
    put_end(plain->log, plain->row_line, plain->flaws, plain->fields);
    plain->state = AT_ROW;
    plain->flaws = 0;
    plain->fields = 0;
}

/* A letter that ends no line, or one in quotes that does. */
static void
take_letter(struct plain *plain, char letter) {
    bool is_start = plain->state == AT_ROW || plain->state == AT_FIELD;

    if (plain->state == IN_QUOTES && letter == '"') {
        plain->state = AT_QUOTE;
    } else if (plain->state != IN_QUOTES && letter == ',') {
        end_field(plain);
    } else if (is_start && letter == '"') {
        plain->state = IN_QUOTES;
    } else {
        if (plain->state == AT_QUOTE && letter != '"')
            plain->flaws |= WL_CSV_FLAW_BEHIND_QUOTE;
        bool is_within = plain->state == IN_QUOTES || (plain->state == AT_QUOTE && letter == '"');
        plain->state = is_within ? IN_QUOTES : IN_FIELD;
        put(plain->log, &letter, 1);
    }
}

static void
read_plainly(const uint8_t *data, size_t size, struct log *log) {
    struct plain plain = {.state = AT_ROW, .line = 1, .row_line = 1, .log = log};

    for (size_t i = 0; i < size; i++) {
        char letter = (char)data[i];
        bool is_end = letter == '\n' || letter == '\r';
        bool is_first_of_two = letter == '\r' && i + 1 < size && data[i + 1] == '\n';
        plain.line += is_end && !is_first_of_two;
        if (!is_end || plain.state == IN_QUOTES)
            take_letter(&plain, letter);
        else if (!is_first_of_two)
            end_row(&plain);
        if (plain.state == AT_ROW && plain.fields == 0)
            plain.row_line = plain.line;
    }
    if (plain.state == IN_QUOTES)
        plain.flaws |= WL_CSV_FLAW_OPEN;
    if (plain.state != AT_ROW)
        end_row(&plain);
}

static void
compare(const uint8_t *data, size_t size) {
    static const size_t ways[][2] = {{1 << 16, SIZE_MAX}, {8, 1}, {8, SIZE_MAX}, {64, 13}};
    struct log plain = {0}, fast = {0};

    plain.data = malloc(32 * (size + 1));
    fast.data = malloc(32 * (size + 1));
    must(plain.data != NULL && fast.data != NULL);
    read_plainly(data, size, &plain);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        fast.bytes = 0;
        read_fast(data, size, ways[i][0], ways[i][1], &fast);
        must(fast.bytes == plain.bytes && memcmp(fast.data, plain.data, fast.bytes) == 0);
    }
    free(plain.data);
    free(fast.data);
}

/* As they are, and mostly as letters that mean something. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char letters[] = "\"\"\",\n\ra1\xff";
    uint8_t mapped[BYTES_MOST];

    size = size < BYTES_MOST ? size : BYTES_MOST;
    compare(data, size);
    for (size_t i = 0; i < size; i++)
        mapped[i] = data[i] < 224 ? (uint8_t)letters[data[i] % (sizeof letters - 1)] : data[i];
    compare(mapped, size);
    return 0;
}
