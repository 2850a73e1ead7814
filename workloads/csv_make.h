/* SPDX-License-Identifier: MIT
 *
 * csv_make.h: makes up the text of a CSV file, the same for the same settings and seed.
 *
 * The columns are id, category, value, text1, text2 ... Ids count from 1 on. Values are multiples of a quarter from
 * 1000 to 9999.75, with two decimals, so that their sums are exact in any order as long as they are below 2^51.
 * Categories are drawn evenly, and are called the same whatever the seed.
 */
#ifndef WORKLOADS_CSV_MAKE_H
#define WORKLOADS_CSV_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/rng.h"

enum {
    WL_CSV_MAKE_WIDTH_LEAST = 3,
    WL_CSV_MAKE_WIDTH_MOST = 1000,
    WL_CSV_MAKE_FIELD_MOST = 40, /* bytes of a field with its delimiter */
    WL_CSV_MAKE_NAME_BYTES = 24, /* of a category's name, with its zero */
    WL_CSV_MAKE_CATEGORIES_MOST = 1000000,
};

struct wl_csv_make_spec {
    int64_t rows, categories, width;
    double quoted_share; /* of fields */
    double empty_share;  /* of the fields of text columns */
    double utf8_share;   /* of the others, and of categories: not ASCII */
    double bad_share;    /* of rows */
    bool has_crlf;
};

struct wl_csv_make {
    struct wl_csv_make_spec spec;
    struct wl_rng rng;
    int64_t made;                      /* rows; -1: not even the header */
    uint32_t quoted, empty, utf8, bad; /* of 2^16 */
};

void wl_csv_make_init(struct wl_csv_make *make, const struct wl_csv_make_spec *spec, uint64_t seed);

/* Writes whole rows, as many as there is room for: at least one must have it, WL_CSV_MAKE_FIELD_MOST for each
 * column. 0: that was all. */
size_t wl_csv_make_fill(struct wl_csv_make *make, char *room, size_t bytes);

/* The name of a column or a category, ended by a zero: how many bytes. */
size_t wl_csv_make_column(int64_t column, char ret_name[WL_CSV_MAKE_NAME_BYTES]);
size_t wl_csv_make_category(const struct wl_csv_make_spec *spec, int64_t category,
                            char ret_name[WL_CSV_MAKE_NAME_BYTES]);

/* How many bytes CPython's str objects ask for, on average: of a field of a text column, of the ids (all rows').
 * What is shared by all who use it, the empty one and single digits, is not counted. */
double wl_csv_make_text_bytes(const struct wl_csv_make_spec *spec);
double wl_csv_make_id_bytes(const struct wl_csv_make_spec *spec);
double wl_csv_make_category_bytes(const struct wl_csv_make_spec *spec);

/* All strs of one row, at most. */
double wl_csv_make_row_bytes_most(const struct wl_csv_make_spec *spec);

#endif
