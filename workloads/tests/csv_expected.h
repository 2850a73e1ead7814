/* SPDX-License-Identifier: MIT
 *
 * csv_expected.h: compares what the parser makes of files with what csv_corpus.py says Python makes of them,
 * however the bytes are fed.
 */
#ifndef WORKLOADS_TESTS_CSV_EXPECTED_H
#define WORKLOADS_TESTS_CSV_EXPECTED_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "workloads/csv_read.h"

struct expected_bytes {
    char *data;
    size_t bytes;
};

/* A JSON string's characters are bytes of the same numbers. */
static inline struct expected_bytes
take_bytes(json_t *string) {
    const unsigned char *at = (const unsigned char *)json_string_value(string);
    size_t length = json_string_length(string);
    struct expected_bytes made = {malloc(length + 1), 0};

    assert_non_null(made.data);
    for (size_t i = 0; i < length; i++) {
        unsigned byte = at[i] < 0x80 ? at[i] : (unsigned)(at[i] & 3) << 6 | (at[i + 1] & 0x3f);
        i += at[i] >= 0x80;
        made.data[made.bytes++] = (char)byte;
    }
    return made;
}

static inline void
compare_row(json_t *expected, const struct wl_csv_row *row, const char *what) {
    json_t *fields = json_object_get(expected, "fields");
    const unsigned not_strict = WL_CSV_FLAW_BEHIND_QUOTE | WL_CSV_FLAW_OPEN;

    if (row->count != json_array_size(fields))
        fail_msg("%s: %zu fields, Python has %zu", what, row->count, json_array_size(fields));
    for (size_t i = 0; i < row->count; i++) {
        struct expected_bytes field = take_bytes(json_array_get(fields, i));
        if (field.bytes != row->fields[i].bytes ||
            memcmp(field.data, row->fields[i].data, field.bytes) != 0)
            fail_msg("%s: field %zu is '%.*s', Python has '%.*s'", what, i,
                     (int)row->fields[i].bytes, row->fields[i].data, (int)field.bytes, field.data);
        free(field.data);
    }
    if (row->line != json_integer_value(json_object_get(expected, "line")))
        fail_msg("%s: it is said to begin on line %d", what, (int)row->line);
    if (((row->flaws & not_strict) == 0) != json_is_true(json_object_get(expected, "strict")))
        fail_msg("%s: the strict mode thinks otherwise", what);
}

/* At most `most` bytes at once, through a buffer of so many. */
static inline void
compare_file(json_t *expected, const char *name, size_t buffer, size_t most) {
    struct expected_bytes file = take_bytes(json_object_get(expected, "bytes"));
    json_t *rows = json_object_get(expected, "rows");
    size_t at = 0, count = 0;
    struct wl_csv_read reader;
    struct wl_csv_row row;
    bool is_over = false;

    assert_int_equal(wl_csv_read_init(&reader, buffer), 0);
    while (!is_over) {
        size_t bytes;
        char *room, what[128];
        assert_int_equal(wl_csv_read_room(&reader, &room, &bytes), 0);
        assert_true(bytes > 0);
        bytes = bytes < most ? bytes : most;
        bytes = bytes < file.bytes - at ? bytes : file.bytes - at;
        memcpy(room, file.data + at, bytes);
        at += bytes;
        is_over = bytes == 0;
        wl_csv_read_fed(&reader, bytes);
        while (wl_csv_read_row(&reader, &row) == 1) {
            snprintf(what, sizeof what, "%s, row %zu, %zu bytes at once", name, count, most);
            compare_row(json_array_get(rows, count++), &row, what);
        }
    }
    if (count != json_array_size(rows))
        fail_msg("%s: %zu rows, Python has %zu", name, count, json_array_size(rows));
    wl_csv_read_fini(&reader);
    free(file.data);
}

static inline void
compare_files(json_t *corpus) {
    static const size_t ways[][2] = {{1 << 16, SIZE_MAX}, {8, 1},   {1 << 12, 1},
                                     {8, SIZE_MAX},       {100, 7}, {1 << 12, 61}};
    json_t *files = json_object_get(corpus, "files"), *file;
    size_t index;

    assert_true(json_array_size(files) > 0);
    json_array_foreach(files, index, file) {
        char name[32];
        snprintf(name, sizeof name, "file %zu", index + 1);
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
            compare_file(file, name, ways[i][0], ways[i][1]);
    }
}

#endif
