/* SPDX-License-Identifier: MIT
 *
 * csv_bytes.c: the peak of live bytes of workload csv, by the sizes of CPython 3.11's objects.
 *
 * Of a file that is made up, how many rows of which strs it has is known but for chance; one that is given is read
 * for it, which makes no objects. What is shared by all who use it, empty strs, single letters and small ints,
 * is not counted.
 */
#include "workloads/csv.h"

#include <math.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum {
    GENERATOR_BYTES = 176, /* with what the collector has in front of it, and one slot */
    INTERN_BYTES = 512,    /* the table of interned strs */
    STR_ASCII = 49,        /* of a str without its letters */
    STR_OTHER = 72,        /* likewise; here the zero behind them is as wide as they are */
    SMALL_INTS = 256,      /* up to which an int is shared */
    LOST_LENGTH = 20,      /* tuples of this length go to a free list that gives none out */
    LOST_COUNT = 2000,     /* as many as it takes */
};

/* What a file comes to. Bytes are those of strs. */
struct shape {
    int64_t rows; /* good and bad ones */
    double good, columns, header_bytes;
    double other_bytes,
        category_bytes; /* of all rows: of the categories, and but for them and the values */
    double row_most;    /* of one row */
    double categories, names_bytes; /* different ones */
};

/* ---- A file that is given ----------------------------------------------------------------------- */

/* The hashes of the categories that were seen; 0 is a free place. */
struct seen {
    uint64_t *hashes;
    size_t places, count;
};

static double
str_bytes(const struct wl_csv_field *field) {
    double letters = 0;
    unsigned char most = 0;

    for (size_t i = 0; i < field->bytes; i++) {
        unsigned char byte = (unsigned char)field->data[i];
        letters += (byte & 0xc0) != 0x80;
        most = byte > most ? byte : most;
    }
    if (letters < 1 || (letters < 2 && most < 0xc4))
        return 0;
    if (most < 0x80)
        return STR_ASCII + letters;
    return STR_OTHER + (letters + 1) * (most < 0xc4 ? 1 : most < 0xf0 ? 2 : 4);
}

static uint64_t
hash_field(const struct wl_csv_field *field) {
    uint64_t hash = field->bytes + 1;

    for (size_t i = 0; i < field->bytes; i++)
        hash = wl_rng_mix(hash ^ (unsigned char)field->data[i]);
    return hash == 0 ? 1 : hash;
}

static bool
put_hash(struct seen *seen, uint64_t hash) {
    size_t at = hash & (seen->places - 1);

    while (seen->hashes[at] != 0 && seen->hashes[at] != hash)
        at = (at + 1) & (seen->places - 1);
    bool is_new = seen->hashes[at] == 0;
    seen->hashes[at] = hash;
    seen->count += is_new;
    return is_new;
}

/* Whether it is new; without memory for more, none is. */
static bool
is_new_category(struct seen *seen, uint64_t hash) {
    if (2 * seen->count >= seen->places) {
        struct seen larger = {.places = seen->places == 0 ? 1024 : 4 * seen->places};
        larger.hashes = calloc(larger.places, sizeof *larger.hashes);
        if (larger.hashes == NULL)
            return false;
        for (size_t i = 0; i < seen->places; i++)
            if (seen->hashes[i] != 0)
                (void)put_hash(&larger, seen->hashes[i]);
        free(seen->hashes);
        *seen = larger;
    }
    return put_hash(seen, hash);
}

static void
add_row(const struct wl_csv_file *file, struct seen *seen, struct shape *shape) {
    const struct wl_csv_field *category = &file->row.fields[file->category];
    double name = str_bytes(category), others = 0;

    for (size_t i = 0; i < file->columns; i++)
        if (i != file->category && i != file->value)
            others += str_bytes(&file->row.fields[i]);
    if (is_new_category(seen, hash_field(category))) {
        shape->categories++;
        shape->names_bytes += name;
    }
    shape->good++;
    shape->other_bytes += others;
    shape->category_bytes += name;
    shape->row_most = name + others > shape->row_most ? name + others : shape->row_most;
}

/* As far as it can be read; who runs the workload is told why it cannot. */
static void
read_shape(const struct wl_csv_knobs *knobs, struct shape *shape) {
    struct wl_csv_file file;
    struct seen seen = {0};

    if (wl_csv_file_open(&file, knobs->file, NULL) != 0)
        return;
    shape->columns = (double)file.columns;
    for (size_t i = 0; i < file.columns; i++)
        shape->header_bytes += str_bytes(&file.row.fields[i]);
    if (wl_csv_file_choose(&file, knobs->category, knobs->value, NULL) == 0)
        while (wl_csv_file_next(&file, NULL) == 0 && !file.is_over) {
            shape->rows++;
            if (file.flaw == NULL)
                add_row(&file, &seen, shape);
        }
    free(seen.hashes);
    wl_csv_file_fini(&file);
}

/* ---- A file that is made up --------------------------------------------------------------------- */

void
wl_csv_bytes_spec(const struct wl_csv_knobs *knobs, struct wl_csv_make_spec *ret_spec) {
    *ret_spec = (struct wl_csv_make_spec){
        .rows = knobs->rows,
        .categories = knobs->categories,
        .width = knobs->width,
        .quoted_share = knobs->quoted_share,
        .empty_share = knobs->empty_share,
        .utf8_share = knobs->utf8_share,
        .bad_share = knobs->bad_share,
        .has_crlf = knobs->crlf != 0,
    };
}

static void
expect_shape(const struct wl_csv_knobs *knobs, struct shape *shape) {
    struct wl_csv_make_spec spec;
    char name[WL_CSV_MAKE_NAME_BYTES];

    wl_csv_bytes_spec(knobs, &spec);
    double texts = (double)(knobs->width - WL_CSV_MAKE_WIDTH_LEAST) * wl_csv_make_text_bytes(&spec);
    double category = wl_csv_make_category_bytes(&spec), all = (double)knobs->categories;
    double ids = knobs->strategy == WL_CSV_TYPED ? 0 : wl_csv_make_id_bytes(&spec);

    shape->rows = knobs->rows;
    shape->good = (double)knobs->rows * (1 - knobs->bad_share);
    shape->columns = (double)knobs->width;
    for (int64_t i = 0; i < knobs->width; i++)
        shape->header_bytes += STR_ASCII + (double)wl_csv_make_column(i, name);
    shape->other_bytes = shape->good * (ids + texts);
    shape->category_bytes = shape->good * category;
    shape->row_most = wl_csv_make_row_bytes_most(&spec);
    shape->categories = all * -expm1(shape->good * log1p(-1 / all));
    shape->names_bytes = shape->categories * category;
}

static struct shape
find_shape(const struct wl_csv_knobs *knobs) {
    struct shape shape = {0};

    if (knobs->file[0] != '\0')
        read_shape(knobs, &shape);
    else
        expect_shape(knobs, &shape);
    return shape;
}

int64_t
wl_csv_bytes_rows(const struct wl_csv_knobs *knobs) {
    return knobs->file[0] != '\0' ? find_shape(knobs).rows : knobs->rows;
}

/* ---- What objects come to ----------------------------------------------------------------------- */

/* Items that a dict's table has room for. */
static int64_t
items_of(int64_t slots) {
    return slots * 2 / 3;
}

/* A dict with str keys, with so much for each item; growing, it has two tables for a moment. */
static double
named_bytes(double count, double item_bytes) {
    int64_t slots = 8;
    double before = 0;

    for (; (double)items_of(slots) < count; slots *= 2)
        before = (double)(wl_sizes_string_keys(slots) + wl_sizes_string_keys(slots * 2)) +
                 item_bytes * (double)(items_of(slots) + 1);
    double after = (double)wl_sizes_string_keys(slots) + item_bytes * count;
    return WL_SIZES_DICT + (before > after ? before : after);
}

/* [sum, count] */
static double
entry_bytes(const struct shape *shape) {
    bool is_shared = shape->good <= SMALL_INTS * shape->categories;
    return WL_SIZES_LIST + 2 * 8 + WL_SIZES_FLOAT + (is_shared ? 0 : WL_SIZES_INT);
}

/* What holds a row's fields, and the value. */
static double
row_bytes(const struct wl_csv_knobs *knobs, const struct shape *shape) {
    int64_t slots = 8;

    if (knobs->strategy == WL_CSV_LOAD_ROWS || knobs->strategy == WL_CSV_STREAM)
        return WL_SIZES_FLOAT + WL_SIZES_TUPLE + 8 * shape->columns;
    while ((double)items_of(slots) < shape->columns)
        slots *= 2;
    return WL_SIZES_FLOAT + (double)(WL_SIZES_DICT + wl_sizes_string_keys(slots));
}

/* Arrays of 8-byte and 4-byte items grow alike. Categories have a number by name, and an entry by number. */
static double
columns_bytes(const struct wl_csv_knobs *knobs, const struct shape *shape) {
    double array = (double)(wl_sizes_array((int64_t)shape->good) - WL_SIZES_ARRAY);
    double numbers =
        named_bytes(shape->categories, shape->categories > SMALL_INTS ? WL_SIZES_INT : 0);
    double bytes = 2 * WL_SIZES_ARRAY + 1.5 * array + numbers +
                   (double)wl_sizes_list((int64_t)shape->categories, 1);
    bool has_ids = knobs->file[0] == '\0';

    if (knobs->strategy != WL_CSV_TYPED)
        return bytes;
    bytes += (shape->columns - 2 - has_ids) * (double)wl_sizes_list((int64_t)shape->good, 1);
    return bytes + shape->other_bytes + (has_ids ? WL_SIZES_ARRAY + array : 0);
}

static double
rows_bytes(const struct wl_csv_knobs *knobs, const struct shape *shape) {
    double strs = shape->good > 0 ? (shape->other_bytes + shape->category_bytes) / shape->good : 0;
    double good = shape->rows > 0 ? shape->good / (double)shape->rows : 0, rows = shape->good;
    bool is_lost = (int)shape->columns == LOST_LENGTH;

    switch ((enum wl_csv_strategy)knobs->strategy) {
    case WL_CSV_TYPED:
    case WL_CSV_SELECTED:
        return columns_bytes(knobs, shape);
    case WL_CSV_STREAM:
        return GENERATOR_BYTES + shape->row_most + row_bytes(knobs, shape) +
               (is_lost ? fmin(rows, LOST_COUNT) * (WL_SIZES_TUPLE + 8 * LOST_LENGTH) : 0);
    case WL_CSV_CHUNKED:
        rows = fmin(rows, good * (double)knobs->chunk);
        break;
    case WL_CSV_LOAD_ALL:
    case WL_CSV_LOAD_ROWS:
        break;
    }
    return rows * (strs + row_bytes(knobs, shape)) + (double)wl_sizes_list((int64_t)ceil(rows), 1);
}

uint64_t
wl_csv_bytes_peak(const struct wl_csv_knobs *knobs) {
    const struct shape shape = find_shape(knobs);
    bool has_rows = knobs->strategy == WL_CSV_LOAD_ALL || knobs->strategy == WL_CSV_LOAD_ROWS ||
                    (knobs->strategy == WL_CSV_CHUNKED && knobs->chunk >= shape.rows);
    double looked_up = knobs->strategy == WL_CSV_STREAM || shape.good <= 0
                           ? 0
                           : shape.category_bytes / shape.good + WL_SIZES_FLOAT; /* at the end */
    double name = shape.categories > 0 && !has_rows ? shape.names_bytes / shape.categories
                                                    : 0; /* else the rows' */
    double totals = named_bytes(shape.categories, name + entry_bytes(&shape));

    return (uint64_t)(INTERN_BYTES + shape.header_bytes + looked_up + rows_bytes(knobs, &shape) +
                      totals);
}
