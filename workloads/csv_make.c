/* SPDX-License-Identifier: MIT
 *
 * csv_make.c: see csv_make.h.
 *
 * Invariants:
 *   - A row takes two drawn numbers, and each text field two more, whatever becomes of them, so that turning one
 *     share leaves alone what another one decides.
 *   - A text is fixed letters and eight digits of base 16: its length says what it is.
 *   - In quotes a text has a delimiter and doubled quotes, and every fourth one a line end; others are as they
 *     would be without. A bad row is bad in one of six ways, all of which the header's width or the
 *     parser or the number's grammar find.
 */
#include "workloads/csv_make.h"

#include <string.h>

enum {
    VALUE_LEAST = 4000, /* quarters */
    VALUE_COUNT = 36000,
    HEX_DIGITS = 8,
    STR_ASCII = 49, /* bytes of str objects without their letters: PyASCIIObject and the zero */
    STR_OTHER = 72, /* PyCompactUnicodeObject, to which the zero's width comes */
};

enum bad {
    BAD_WORD,    /* no number */
    BAD_EMPTY,   /* likewise */
    BAD_DOTS,    /* likewise */
    BAD_SHORT,   /* the row ends before the value */
    BAD_BEHIND,  /* there is more behind an end quote */
    BAD_LETTERS, /* not UTF-8 */
    BAD_COUNT
};

/* Letters that are no ASCII: how many, and how wide they make a str. */
static const struct {
    const char *text, *category;
    int text_letters, category_letters, width;
} foreign[] = {
    {"na\xc3\xafve ", "caf\xc3\xa9_", 6, 5, 1},
    {"\xc5\xbc\xc3\xb3\xc5\x82w ", "\xe9\xa1\x9e\xe5\x88\xa5_", 5, 3, 2},
    {"\xf0\x9f\x98\x80 ", "\xf0\x9f\x93\x88_", 2, 2, 4},
};

enum {
    FOREIGN_COUNT = sizeof foreign / sizeof foreign[0],
    CATEGORY_DIGITS = 6
};

static const char plain_text[] = "note ", quoted_text[] = "say \"\"hi\"\",";

/* ---- Writing ------------------------------------------------------------------------------------ */

static char *
put_string(char *into, const char *string) {
    return stpcpy(into, string);
}

/* The last `digits` of them, or as many as there are for 0. */
static char *
put_number(char *into, uint64_t number, int digits) {
    char reversed[20];
    int count = 0;

    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (digits == 0 ? number > 0 : count < digits);
    while (count > 0)
        *into++ = reversed[--count];
    return into;
}

static char *
put_hex(char *into, uint32_t number) {
    for (int i = 0; i < HEX_DIGITS; i++, number <<= 4)
        *into++ = "0123456789abcdef"[number >> 28];
    return into;
}

static char *
put_quote(char *into, bool is_quoted) {
    *into = '"';
    return into + is_quoted;
}

/* ---- Fields ------------------------------------------------------------------------------------- */

size_t
wl_csv_make_column(int64_t column, char ret_name[WL_CSV_MAKE_NAME_BYTES]) {
    static const char *const names[WL_CSV_MAKE_WIDTH_LEAST] = {"id", "category", "value"};
    bool is_text = column >= WL_CSV_MAKE_WIDTH_LEAST;
    char *end = put_string(ret_name, is_text ? "text" : names[column]);

    if (is_text)
        end = put_number(end, (uint64_t)(column - WL_CSV_MAKE_WIDTH_LEAST + 1), 0);
    *end = '\0';
    return (size_t)(end - ret_name);
}

/* Of which kind of `foreign`, or -1: ASCII. */
static int
category_kind(const struct wl_csv_make_spec *spec, int64_t category) {
    uint64_t drawn = wl_rng_mix((uint64_t)category);
    bool is_foreign = (double)(drawn >> 11) * 0x1p-53 < spec->utf8_share;
    return is_foreign ? (int)(drawn % FOREIGN_COUNT) : -1;
}

size_t
wl_csv_make_category(const struct wl_csv_make_spec *spec, int64_t category,
                     char ret_name[WL_CSV_MAKE_NAME_BYTES]) {
    int kind = category_kind(spec, category);
    char *end = put_string(ret_name, kind < 0 ? "c" : foreign[kind].category);

    end = put_number(end, (uint64_t)category, CATEGORY_DIGITS);
    *end = '\0';
    return (size_t)(end - ret_name);
}

static char *
put_text(struct wl_csv_make *make, char *into) {
    uint64_t drawn = wl_rng_next(&make->rng), content = wl_rng_next(&make->rng);
    bool is_empty = (drawn & 0xffff) < make->empty,
         is_foreign = (drawn >> 16 & 0xffff) < make->utf8;
    bool is_quoted = (drawn >> 32 & 0xffff) < make->quoted;

    *into++ = ',';
    into = put_quote(into, is_quoted);
    if (!is_empty) {
        into = put_string(into, is_foreign  ? foreign[content % FOREIGN_COUNT].text
                                : is_quoted ? quoted_text
                                            : plain_text);
        if (is_quoted && !is_foreign)
            *into++ = content % 4 == 0 ? '\n' : ' ';
        into = put_hex(into, (uint32_t)(content >> 32));
    }
    return put_quote(into, is_quoted);
}

static char *
put_category(const struct wl_csv_make *make, char *into, int64_t category, bool is_quoted,
             int bad) {
    char name[WL_CSV_MAKE_NAME_BYTES];

    (void)wl_csv_make_category(&make->spec, category, name);
    into = put_quote(into, is_quoted || bad == BAD_BEHIND);
    into = put_string(into, name);
    if (bad == BAD_LETTERS)
        *into++ = '\xff';
    into = put_quote(into, is_quoted || bad == BAD_BEHIND);
    return bad == BAD_BEHIND ? put_string(into, "x") : into;
}

static char *
put_value(char *into, uint64_t quarters, bool is_quoted, int bad) {
    static const char *const wrong[] = {"n/a", "", "12.34.5"};
    static const char *const decimals[] = {".00", ".25", ".50", ".75"};

    into = put_quote(into, is_quoted);
    if (bad >= BAD_WORD && bad <= BAD_DOTS) {
        into = put_string(into, wrong[bad]);
    } else {
        into = put_number(into, quarters / 4, 4);
        into = put_string(into, decimals[quarters % 4]);
    }
    return put_quote(into, is_quoted);
}

/* ---- Rows --------------------------------------------------------------------------------------- */

static char *
put_header(const struct wl_csv_make *make, char *into) {
    for (int64_t i = 0; i < make->spec.width; i++) {
        char name[WL_CSV_MAKE_NAME_BYTES];
        (void)wl_csv_make_column(i, name);
        if (i > 0)
            *into++ = ',';
        into = put_string(into, name);
    }
    return into;
}

static char *
put_row(struct wl_csv_make *make, char *into) {
    uint64_t drawn = wl_rng_next(&make->rng), shares = wl_rng_next(&make->rng);
    int64_t category = (int64_t)((drawn >> 32) * (uint64_t)make->spec.categories >> 32);
    uint64_t quarters = VALUE_LEAST + ((drawn & UINT32_MAX) * VALUE_COUNT >> 32);
    int bad = (shares & 0xffff) < make->bad ? (int)(drawn % BAD_COUNT) : -1;
    bool is_quoted = (shares >> 16 & 0xffff) < make->quoted;

    into = put_quote(into, is_quoted);
    into = put_number(into, (uint64_t)make->made + 1, 0);
    into = put_quote(into, is_quoted);
    *into++ = ',';
    into = put_category(make, into, category, (shares >> 32 & 0xffff) < make->quoted, bad);
    if (bad != BAD_SHORT) {
        *into++ = ',';
        into = put_value(into, quarters, shares >> 48 < make->quoted, bad);
    }
    for (int64_t i = WL_CSV_MAKE_WIDTH_LEAST; i < make->spec.width; i++) {
        char *end = put_text(make, into);
        into = bad == BAD_SHORT ? into : end;
    }
    return into;
}

static uint32_t
threshold(double share) {
    return (uint32_t)(share * 65536 + 0.5);
}

void
wl_csv_make_init(struct wl_csv_make *make, const struct wl_csv_make_spec *spec, uint64_t seed) {
    *make = (struct wl_csv_make){.spec = *spec,
                                 .made = -1,
                                 .quoted = threshold(spec->quoted_share),
                                 .empty = threshold(spec->empty_share),
                                 .utf8 = threshold(spec->utf8_share),
                                 .bad = threshold(spec->bad_share)};
    wl_rng_init(&make->rng, seed);
}

size_t
wl_csv_make_fill(struct wl_csv_make *make, char *room, size_t bytes) {
    const size_t row_most = (size_t)make->spec.width * WL_CSV_MAKE_FIELD_MOST;
    char *into = room;

    while (make->made < make->spec.rows && bytes - (size_t)(into - room) >= row_most) {
        into = make->made < 0 ? put_header(make, into) : put_row(make, into);
        if (make->spec.has_crlf)
            *into++ = '\r';
        *into++ = '\n';
        make->made++;
    }
    return (size_t)(into - room);
}

/* ---- Sizes -------------------------------------------------------------------------------------- */

/* Two quotes in it are two less, and it has a space or line end more. */
static const double plain_bytes = STR_ASCII + sizeof plain_text - 1 + HEX_DIGITS,
                    quoted_bytes = STR_ASCII + sizeof quoted_text - 2 + HEX_DIGITS;

static double
foreign_bytes(int kind, int letters) {
    return STR_OTHER + (letters + 1) * foreign[kind].width;
}

double
wl_csv_make_text_bytes(const struct wl_csv_make_spec *spec) {
    double other = 0;

    for (int i = 0; i < FOREIGN_COUNT; i++)
        other += foreign_bytes(i, foreign[i].text_letters + HEX_DIGITS) / FOREIGN_COUNT;
    return (1 - spec->empty_share) *
           (spec->utf8_share * other +
            (1 - spec->utf8_share) *
                (spec->quoted_share * quoted_bytes + (1 - spec->quoted_share) * plain_bytes));
}

static double
text_bytes_most(const struct wl_csv_make_spec *spec) {
    double most = spec->quoted_share > 0 ? quoted_bytes : plain_bytes;

    for (int i = 0; i < FOREIGN_COUNT && spec->utf8_share > 0; i++) {
        double bytes = foreign_bytes(i, foreign[i].text_letters + HEX_DIGITS);
        most = bytes > most ? bytes : most;
    }
    return most;
}

double
wl_csv_make_id_bytes(const struct wl_csv_make_spec *spec) {
    double bytes = 0;
    int64_t first = 10; /* of the ids of so many digits */

    for (int digits = 2; first <= spec->rows; digits++, first *= 10) {
        int64_t last = first * 10 - 1 < spec->rows ? first * 10 - 1 : spec->rows;
        bytes += (double)(last - first + 1) * (STR_ASCII + digits);
    }
    return bytes / (double)spec->rows;
}

static double
category_bytes(const struct wl_csv_make_spec *spec, int64_t category) {
    int kind = category_kind(spec, category);
    return kind < 0 ? STR_ASCII + 1 + CATEGORY_DIGITS
                    : foreign_bytes(kind, foreign[kind].category_letters + CATEGORY_DIGITS);
}

double
wl_csv_make_category_bytes(const struct wl_csv_make_spec *spec) {
    double bytes = 0;

    for (int64_t i = 0; i < spec->categories; i++)
        bytes += category_bytes(spec, i);
    return bytes / (double)spec->categories;
}

double
wl_csv_make_row_bytes_most(const struct wl_csv_make_spec *spec) {
    double bytes = STR_ASCII, category = 0;

    for (int64_t rows = spec->rows; rows > 0; rows /= 10)
        bytes++;
    for (int64_t i = 0; i < spec->categories; i++)
        category = category_bytes(spec, i) > category ? category_bytes(spec, i) : category;
    return bytes + category +
           (double)(spec->width - WL_CSV_MAKE_WIDTH_LEAST) * text_bytes_most(spec);
}
