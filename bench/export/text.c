/* SPDX-License-Identifier: MIT
 *
 * export/text.c: numbers and texts as the formats want them. See export/file.h.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/export/file.h"

/* Whole numbers up to here are printed as such. */
#define WHOLE 9007199254740992.0

/* Many millions of them. */
static void
put_whole(FILE *out, int64_t value) {
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char text[24], *at = text + sizeof text;

    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        *--at = '-';
    fwrite(at, 1, (size_t)(text + sizeof text - at), out);
}

void
bench_export_number(FILE *out, double value) {
    char text[32];

    if (!isfinite(value)) {
        fputs("null", out);
        return;
    }
    if (fabs(value) <= WHOLE && value == (double)(int64_t)value) {
        put_whole(out, (int64_t)value);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, out);
}

/* How many bytes the character at `text` has; 0: it is no UTF-8. */
static size_t
character_bytes(const unsigned char *text) {
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    uint32_t code;

    for (size_t i = 0; i < 4; i++) {
        if ((text[0] & forms[i].mask) != forms[i].lead)
            continue;
        code = text[0] & (unsigned char)~forms[i].mask;
        for (size_t k = 1; k <= i; k++) {
            if ((text[k] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (text[k] & 0x3f);
        }
        return code < forms[i].least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
                   ? 0
                   : i + 1;
    }
    return 0;
}

/* Writes what is there between `text` and the next special character as it is. `escape` gives what an ASCII
 * character becomes, or NULL. */
static void
write_escaped(FILE *out, const char *text, const char *(*escape)(unsigned char character)) {
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        size_t bytes = character_bytes(at);
        const char *instead = bytes == 0 ? "\xef\xbf\xbd" : bytes == 1 ? escape(*at) : NULL;
        if (instead != NULL)
            fputs(instead, out);
        else
            fwrite(at, 1, bytes, out);
        at += bytes == 0 ? 1 : bytes;
    }
}

static const char *
escape_json(unsigned char character) {
    static const char controls[32][7] = {
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
        "\\b",     "\\t",     "\\n",     "\\u000b", "\\f",     "\\r",     "\\u000e", "\\u000f",
        "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
        "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f"};

    if (character < 32)
        return controls[character];
    return character == '"' ? "\\\"" : character == '\\' ? "\\\\" : NULL;
}

void
bench_export_json(FILE *out, const char *text) {
    if (text == NULL) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    write_escaped(out, text, escape_json);
    fputc('"', out);
}

void
bench_export_field(FILE *out, const char *key, const char *text) {
    bench_export_json(out, key);
    fputs(": ", out);
    bench_export_json(out, text);
}

static const char *
escape_xml(unsigned char character) {
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return character < 32 || character == 127 ? "?" : NULL;
    }
}

void
bench_export_xml(FILE *out, const char *text) {
    write_escaped(out, text, escape_xml);
}

static const char *
escape_label(unsigned char character) {
    return character == '"'    ? "\\\""
           : character == '\\' ? "\\\\"
           : character == '\n' ? "\\n"
                               : NULL;
}

void
bench_export_label(FILE *out, const char *text) {
    write_escaped(out, text, escape_label);
}

void
bench_export_csv(FILE *out, const char *text) {
    if (text == NULL)
        return;
    if (text[strcspn(text, "\",\r\n")] == '\0') {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}
