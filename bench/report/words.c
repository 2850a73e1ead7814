/* SPDX-License-Identifier: MIT
 *
 * report/words.c: see report/words.h.
 */
#include "bench/report/words.h"

#include <stddef.h>

#include "bench/report/data.h"

/* Bytes of the UTF-8 character at `s`; 0 when it is none, or one that XML refuses. */
static size_t
measure_character(const unsigned char *s) {
    if (s[0] < 0x80)
        return s[0] >= ' ' || s[0] == '\t' || s[0] == '\n' ? 1 : 0;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90);
    bool not_xml = s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe;
    return overlong || beyond || not_xml ? 0 : length;
}

void
bench_report_words_text(FILE *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        size_t length = measure_character(s);
        if (length == 0) {
            fputs("\xef\xbf\xbd", out);
            length = 1;
        } else if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '>')
            fputs("&gt;", out);
        else if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '"')
            fputs("&quot;", out);
        else
            fwrite(s, 1, length, out);
        s += length;
    }
}

void
bench_report_words_between(FILE *out, const char *before, const char *text, const char *behind) {
    fputs(before, out);
    bench_report_words_text(out, text);
    fputs(behind, out);
}

bool
bench_report_words_is_less(double ratio) {
    return ratio <= 1 - BENCH_REPORT_FLOOR;
}

bool
bench_report_words_is_more(double ratio) {
    return ratio >= 1 + BENCH_REPORT_FLOOR;
}

void
bench_report_words_change(FILE *out, double ratio) {
    if (ratio >= 2)
        fprintf(out, "%.3g× as much", ratio);
    else if (bench_report_words_is_more(ratio))
        fprintf(out, "%.0f %% more", 100 * (ratio - 1));
    else if (bench_report_words_is_less(ratio))
        fprintf(out, "%.0f %% less", 100 * (1 - ratio));
    else
        fputs("the same within 2 %", out);
}
