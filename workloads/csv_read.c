/* SPDX-License-Identifier: MIT
 *
 * csv_read.c: see csv_read.h.
 *
 * A row is scanned when it begins, and again from its beginning when it was not there to its end: until it is
 * whole, nothing is changed in the buffer. A buffer that is full of one row doubles, so that in all no byte is
 * scanned more than about twice when as much is fed as there is room for.
 *
 * Invariants:
 *   - buffer[begin, end) is what has been fed and not been given, and `line` is the line it begins on. With
 *     `skips_lf` a line feed there still belongs to the row before.
 *   - At `end` there is a word of line feeds. So a scan meets a line end at `end` at the latest, and a word can
 *     be loaded anywhere before it.
 *   - Fields are cut where bytes below '-' are, among which are all that mean something. Eight are tried
 *     at a time: a byte is below n when subtracting n borrows and its top bit was not set. What borrowed from
 *     its neighbour may be taken for less than it is: so each place found is looked at.
 *   - A field in quotes is given as it lies, without them, unless it has doubled quotes or something behind the
 *     end quote: then it is noted in `quoted`, and rewritten, which makes it shorter, once the row is whole.
 */
#include "workloads/csv_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS  (EACH_BYTE << 7)

enum {
    WORD_BYTES = 8,
    FIELDS_FIRST = 32,
};

struct scan {
    const char *start; /* of the row */
    const char *field; /* of the one that is being cut */
    size_t count, quoted_count;
    int64_t line_ends; /* within quotes */
    bool has_high;     /* there may be bytes that are no ASCII */
    unsigned flaws;
};

enum outcome {
    GO_ON,
    WHOLE,
    CUT_OFF,  /* by the end of what was fed */
    NO_FIELDS /* room for more fields is needed */
};

int
wl_csv_read_init(struct wl_csv_read *reader, size_t buffer_bytes) {
    size_t capacity = buffer_bytes < WORD_BYTES ? WORD_BYTES : buffer_bytes;

    *reader = (struct wl_csv_read){.capacity = capacity, .field_room = FIELDS_FIRST, .line = 1};
    reader->buffer = malloc(capacity + WORD_BYTES);
    reader->fields = malloc(FIELDS_FIRST * sizeof *reader->fields);
    reader->quoted = malloc(FIELDS_FIRST * sizeof *reader->quoted);
    if (reader->buffer == NULL || reader->fields == NULL || reader->quoted == NULL) {
        wl_csv_read_fini(reader);
        return -ENOMEM;
    }
    memset(reader->buffer, '\n', capacity + WORD_BYTES);
    return 0;
}

void
wl_csv_read_fini(struct wl_csv_read *reader) {
    free(reader->buffer);
    free(reader->fields);
    free(reader->quoted);
    *reader = (struct wl_csv_read){0};
}

int
wl_csv_read_room(struct wl_csv_read *reader, char **ret_room, size_t *ret_bytes) {
    size_t kept = reader->end - reader->begin;

    if (reader->begin > 0) {
        memmove(reader->buffer, reader->buffer + reader->begin, kept);
        reader->begin = 0;
        reader->end = kept;
    }
    if (kept == reader->capacity) {
        if (kept >= WL_CSV_READ_ROW_MOST)
            return -EMSGSIZE;
        char *buffer = realloc(reader->buffer, 2 * kept + WORD_BYTES);
        if (buffer == NULL)
            return -ENOMEM;
        reader->buffer = buffer;
        reader->capacity = 2 * kept;
    }
    *ret_room = reader->buffer + reader->end;
    *ret_bytes = reader->capacity - reader->end;
    return 0;
}

void
wl_csv_read_fed(struct wl_csv_read *reader, size_t bytes) {
    reader->end += bytes;
    reader->is_last = bytes == 0;
    memset(reader->buffer + reader->end, '\n', WORD_BYTES);
}

/* ---- Bytes -------------------------------------------------------------------------------------- */

/* The first byte lowest; compilers make one load of it. */
static inline uint64_t
load_word(const char *at) {
    const unsigned char *bytes = (const unsigned char *)at;

    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/* How many bytes the letter has that begins here, which is no ASCII; 0: it is none. */
static size_t
measure_letter(const unsigned char *at, const unsigned char *end) {
    size_t bytes = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    unsigned low = 0x80, high = 0xbf; /* of the second byte */

    if (at[0] < 0xc2 || at[0] > 0xf4 || (size_t)(end - at) < bytes)
        return 0;
    if (at[0] == 0xe0)
        low = 0xa0;
    else if (at[0] == 0xed)
        high = 0x9f;
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < bytes; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return bytes;
}

static bool
is_utf8(const char *text, const char *end) {
    const unsigned char *at = (const unsigned char *)text, *stop = (const unsigned char *)end;

    while (at < stop) {
        if (stop - at >= WORD_BYTES && (load_word((const char *)at) & TOP_BITS) == 0) {
            at += WORD_BYTES;
            continue;
        }
        size_t bytes = at[0] < 0x80 ? 1 : measure_letter(at, stop);
        if (bytes == 0)
            return false;
        at += bytes;
    }
    return true;
}

/* CR LF is one, also where only the CR of it is meant. */
static int64_t
count_line_ends(const char *at, const char *end) {
    int64_t count = 0;

    for (; at < end; at++)
        count += *at == '\n' || (*at == '\r' && (at + 1 == end || at[1] != '\n'));
    return count;
}

/* ---- Scanning a row ----------------------------------------------------------------------------- */

static inline bool
put_field(struct wl_csv_read *reader, struct scan *scan, const char *data, const char *end) {
    if (scan->count == reader->field_room)
        return false;
    reader->fields[scan->count++] = (struct wl_csv_field){data, (size_t)(end - data)};
    return true;
}

static enum outcome
end_row(struct wl_csv_read *reader, const struct scan *scan, const char *at) {
    const char *end = reader->buffer + reader->end;

    if (at >= end && !reader->is_last)
        return CUT_OFF;
    reader->line += scan->line_ends + 1;
    if (at < end && *at == '\r') {
        reader->skips_lf = at + 1 == end;
        at += at + 1 < end && at[1] == '\n';
    }
    reader->begin = at < end ? (size_t)(at + 1 - reader->buffer) : reader->end;
    return WHOLE;
}

/* Puts the field [data, stop); what follows it is at `at`: a delimiter, or the end of the row. */
static enum outcome
end_field(struct wl_csv_read *reader, struct scan *scan, const char *data, const char *stop,
          const char *at) {
    if (!put_field(reader, scan, data, stop))
        return NO_FIELDS;
    if (*at != ',') /* a line feed at the end of what was fed */
        return end_row(reader, scan, at);
    scan->field = at + 1;
    return GO_ON;
}

/* Up to what ends a field that is not in quotes, or no longer. */
static const char *
skip_letters(const char *at, const char *end) {
    while (at < end && *at != ',' && *at != '\n' && *at != '\r')
        at++;
    return at;
}

/* The end quote of the field whose text begins at `at`; NULL: not in what was fed. */
static const char *
find_end_quote(const char *at, const char *end, bool *ret_is_doubled) {
    for (;; at += 2, *ret_is_doubled = true) {
        at = at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
        if (at == NULL || at + 1 == end || at[1] != '"')
            return at;
    }
}

/* scan->field is at a quote. */
static enum outcome
scan_quoted(struct wl_csv_read *reader, struct scan *scan) {
    const char *end = reader->buffer + reader->end, *data = scan->field + 1;
    bool is_raw = false;
    const char *quote = find_end_quote(data, end, &is_raw);

    if ((quote == NULL || quote + 1 == end) && !reader->is_last)
        return CUT_OFF;
    const char *stop = quote == NULL ? end : quote;
    const char *next = quote == NULL ? end : skip_letters(quote + 1, end);
    scan->has_high = true; /* what is in quotes is not looked at here */
    scan->line_ends += count_line_ends(data, stop);
    if (quote == NULL) {
        scan->flaws |= WL_CSV_FLAW_OPEN;
    } else if (next != quote + 1) {
        scan->flaws |= WL_CSV_FLAW_BEHIND_QUOTE;
        is_raw = true;
    }
    if (!is_raw)
        return end_field(reader, scan, data, stop, next);
    if (scan->count < reader->field_room)
        reader->quoted[scan->quoted_count++] = scan->count;
    return end_field(reader, scan, scan->field, next, next);
}

/* Cuts fields until there is one in quotes; scan->field is the next one's start. */
static enum outcome
scan_plain(struct wl_csv_read *reader, struct scan *scan) {
    struct wl_csv_field *const fields = reader->fields;
    const size_t room = reader->field_room;
    const char *field = scan->field, *found;
    size_t count = scan->count;
    uint64_t seen = 0;

    for (const char *at = field;; at += WORD_BYTES) {
        uint64_t word = load_word(at);
        seen |= word;
        for (uint64_t below = (word - EACH_BYTE * '-') & ~word & TOP_BITS; below != 0;
             below &= below - 1) {
            found = at + __builtin_ctzll(below) / 8;
            if (*found == ',') {
                if (count == room)
                    return NO_FIELDS;
                fields[count++] = (struct wl_csv_field){field, (size_t)(found - field)};
                field = found + 1;
            } else if (*found == '\n' || *found == '\r' || (*found == '"' && found == field)) {
                goto end;
            }
        }
    }
end:
    scan->count = count;
    scan->field = field;
    scan->has_high = scan->has_high || (seen & TOP_BITS) != 0;
    if (*found == '"')
        return GO_ON;
    return count == 0 && found == scan->start ? end_row(reader, scan, found)
                                              : end_field(reader, scan, field, found, found);
}

/* ---- Rows --------------------------------------------------------------------------------------- */

/* From its quote on: what is within quotes with each two of them made one, then the rest as it is. */
static void
rewrite_field(struct wl_csv_field *field) {
    const char *end = field->data + field->bytes, *at = field->data + 1;
    char *into = (char *)field->data;

    for (; at < end; *into++ = *at++)
        if (*at == '"' && (++at == end || *at != '"'))
            break;
    if (at < end)
        memmove(into, at, (size_t)(end - at));
    field->bytes = (size_t)(into - field->data) + (size_t)(end - at);
}

static int
grow_fields(struct wl_csv_read *reader) {
    size_t room = 2 * reader->field_room;
    struct wl_csv_field *fields = realloc(reader->fields, room * sizeof *fields);
    if (fields == NULL)
        return -ENOMEM;
    reader->fields = fields;
    size_t *quoted = realloc(reader->quoted, room * sizeof *quoted);
    if (quoted == NULL)
        return -ENOMEM;
    reader->quoted = quoted;
    reader->field_room = room;
    return 0;
}

static enum outcome
scan_row(struct wl_csv_read *reader, struct scan *scan) {
    enum outcome outcome = GO_ON;

    while (outcome == GO_ON) {
        outcome = scan_plain(reader, scan);
        while (outcome == GO_ON && *scan->field == '"')
            outcome = scan_quoted(reader, scan);
    }
    return outcome;
}

int
wl_csv_read_row(struct wl_csv_read *reader, struct wl_csv_row *ret_row) {
    if (reader->skips_lf && reader->begin < reader->end) {
        reader->begin += reader->buffer[reader->begin] == '\n';
        reader->skips_lf = false;
    }
    if (reader->begin == reader->end)
        return 0;
    const char *start = reader->buffer + reader->begin;
    int64_t line = reader->line;
    for (;;) {
        struct scan scan = {.start = start, .field = start};
        enum outcome outcome = scan_row(reader, &scan);
        if (outcome == CUT_OFF)
            return 0;
        if (outcome == NO_FIELDS) {
            if (grow_fields(reader) != 0)
                return -ENOMEM;
            continue;
        }
        if (scan.has_high && !is_utf8(start, reader->buffer + reader->begin))
            scan.flaws |= WL_CSV_FLAW_UTF8;
        for (size_t i = 0; i < scan.quoted_count; i++)
            rewrite_field(&reader->fields[reader->quoted[i]]);
        *ret_row = (struct wl_csv_row){reader->fields, scan.count, line, scan.flaws};
        return 1;
    }
}

/* ---- Numbers ------------------------------------------------------------------------------------ */

enum {
    NUMBER_BYTES = 400,      /* of one that is more than the simple case */
    DIGITS_SIMPLE = 15,      /* any so long is a double, exactly */
    POWER_MOST = 22,         /* of ten, that is a double, exactly */
    EXPONENT_MOST = 1000000, /* beyond what makes a difference */
};

static const double powers[POWER_MOST + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The exponent from its sign on, and where it ends; NULL: that is none. */
static const char *
read_exponent(const char *at, const char *end, int64_t *ret_exponent) {
    bool is_negative = at < end && *at == '-';
    int64_t exponent = 0;

    at += at < end && (*at == '-' || *at == '+');
    if (at == end)
        return NULL;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (exponent < EXPONENT_MOST)
            exponent = exponent * 10 + (*at - '0');
    *ret_exponent = is_negative ? -exponent : exponent;
    return at;
}

/* Rounded to the nearest, as the C library does it in the locale "C". */
static bool
read_long_number(const char *text, size_t bytes, double *ret_number) {
    char copy[NUMBER_BYTES + 1];

    if (bytes > NUMBER_BYTES)
        return false;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    *ret_number = strtod(copy, NULL);
    return true;
}

/* Adds digits, of which too many are found out by how many they are. */
static inline const char *
read_digits(const char *at, const char *end, uint64_t *mantissa) {
    for (; at < end && (unsigned char)(*at - '0') < 10; at++)
        *mantissa = *mantissa * 10 + (unsigned char)(*at - '0');
    return at;
}

static inline uint64_t
load_half(const char *at) {
    const unsigned char *bytes = (const unsigned char *)at;

    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Four to eight letters, the last one highest, with zeros for digits before them. */
static inline uint64_t
load_short(const char *text, size_t bytes) {
    const size_t spare = 8 * (WORD_BYTES - bytes);
    uint64_t zeros = spare == 0 ? 0 : EACH_BYTE * '0' >> (64 - spare);

    return load_half(text) << spare | load_half(text + bytes - 4) << 32 | zeros;
}

/* Digits with one point among them, four to eight letters in all, as most numbers are: all at once. The point
 * goes, what is before it moves up by one; then neighbours are put together, to tens, hundreds and all. */
static inline bool
read_short_number(const char *text, size_t bytes, double *ret_number) {
    uint64_t word = load_short(text, bytes), points = word ^ EACH_BYTE * '.';

    points = ~(((points & ~TOP_BITS) + ~TOP_BITS) | points | ~TOP_BITS);
    if (points == 0 || (points & (points - 1)) != 0)
        return false;
    const int place = __builtin_ctzll(points) / 8;
    const uint64_t below = (UINT64_C(1) << 8 * place) - 1;
    word = (word & ~(below << 8 | 0xff)) | (word & below) << 8 | '0';
    if ((((word + EACH_BYTE * (0x7f - '9')) | (word - EACH_BYTE * '0')) & TOP_BITS) != 0)
        return false;
    word -= EACH_BYTE * '0';
    word = word * 10 + (word >> 8);
    word = ((word & UINT64_C(0xff000000ff)) * UINT64_C(0xf424000000064) +
            (word >> 16 & UINT64_C(0xff000000ff)) * UINT64_C(0x271000000001)) >>
           32;
    *ret_number = (double)(int64_t)(word & UINT32_MAX) / powers[WORD_BYTES - 1 - place];
    return true;
}

bool
wl_csv_read_number(const char *text, size_t bytes, double *ret_number) {
    const char *end = text + bytes, *at = text;
    int64_t exponent = 0, decimals = 0;
    uint64_t mantissa = 0;

    if (bytes >= 4 && bytes <= WORD_BYTES && read_short_number(text, bytes, ret_number))
        return true;
    at += at < end && (*at == '-' || *at == '+');
    const char *start = at;
    at = read_digits(at, end, &mantissa);
    int64_t digits = at - start;
    if (at < end && *at == '.') {
        start = at + 1;
        at = read_digits(start, end, &mantissa);
        decimals = at - start;
        digits += decimals;
    }
    if (digits == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E'))
        at = read_exponent(at + 1, end, &exponent);
    if (at != end)
        return false;
    exponent -= decimals;
    if (digits > DIGITS_SIMPLE || exponent > POWER_MOST || exponent < -POWER_MOST)
        return read_long_number(text, bytes, ret_number);
    double number = exponent < 0 ? (double)(int64_t)mantissa / powers[-exponent]
                                 : (double)(int64_t)mantissa * powers[exponent];
    *ret_number = *text == '-' ? -number : number;
    return true;
}
