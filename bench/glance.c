/* SPDX-License-Identifier: MIT
 *
 * glance.c: small drawings. See glance.h.
 *
 * A histogram's rows begin at round numbers: at the mantissas of one of the scales below times a power of ten. The
 * finest scale is taken that needs no more than BENCH_GLANCE_BINS rows from the least to the greatest value, so
 * that a narrow spread shows its shape, and a wide one still fits. A bar has eighths of a character where they exist;
 * what is there at all has at least one.
 *
 * In the curve a column shows the greatest value of its part of the time; a value holds until the next sample.
 */
#include "bench/glance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/table.h"

enum {
    ROWS = 8, /* of the curve */
    LABEL = 12,
    SHARE = 10,
    SCALES = 5,
    MANTISSAS = 10
};

static const double scales[SCALES][MANTISSAS + 1] = {{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 0},
                                                     {1, 1.5, 2, 3, 5, 7, 0},
                                                     {1, 2, 5, 0},
                                                     {1, 3, 0},
                                                     {1, 0}};

/* ---- Where to --------------------------------------------------------------------------------------- */

bool
bench_glance_is_utf8(const char *lc_all, const char *lc_ctype, const char *lang) {
    const char *const names[] = {lc_all, lc_ctype, lang};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *dot;
        if (names[i] == NULL || names[i][0] == '\0')
            continue;
        dot = strchr(names[i], '.');
        return dot != NULL &&
               (strncasecmp(dot, ".utf-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0);
    }
    return false;
}

struct bench_glance
bench_glance_find(int fd) {
    const char *plain = getenv("NO_COLOR");
    struct winsize window = {0};
    size_t width = BENCH_GLANCE_WIDTH;

    if (ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        width = window.ws_col;
    if (width > BENCH_GLANCE_WIDTH_MOST)
        width = BENCH_GLANCE_WIDTH_MOST;
    return (struct bench_glance){
        .width = width < BENCH_GLANCE_WIDTH_LEAST ? BENCH_GLANCE_WIDTH_LEAST : width,
        .unicode = bench_glance_is_utf8(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")),
        .colour = isatty(fd) && (plain == NULL || plain[0] == '\0'),
    };
}

void
bench_glance_write(const struct bench_glance *glance, const char *text, FILE *out) {
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (glance->unicode || byte < 0x80)
            fputc(byte, out);
        else if (byte >= 0xc0) /* the first byte of a character; the others say nothing */
            fputc(byte == 0xc2 && (unsigned char)at[1] == 0xb5 ? 'u' : '?', out);
    }
}

static void
begin_colour(const struct bench_glance *glance, FILE *out) {
    if (glance->colour)
        fputs("\033[36m", out);
}

static void
end_colour(const struct bench_glance *glance, FILE *out) {
    if (glance->colour)
        fputs("\033[0m", out);
}

/* Flush right by characters, with `after` behind it. */
static void
put_label(const struct bench_glance *glance, const char *text, size_t width, FILE *out) {
    size_t length = 0;

    for (const char *at = text; *at != '\0'; at++)
        length += (*at & 0xc0) != 0x80;
    fprintf(out, "%*s", length < width ? (int)(width - length) : 0, "");
    bench_glance_write(glance, text, out);
}

/* ---- How long operations took ----------------------------------------------------------------------- */

/* The greatest number of the scale that is not above `value`, with a hair's breadth for rounding. */
static double
floor_of(const double *scale, double value) {
    double power = pow(10, floor(log10(value) + 1e-9)), found = power;

    for (; *scale > 0; scale++)
        if (*scale * power <= value * (1 + 1e-9))
            found = *scale * power;
    return found;
}

static double
next_of(const double *scale, double value) {
    double power = pow(10, floor(log10(value) + 1e-9));

    for (; *scale > 0; scale++)
        if (*scale * power > value * (1 + 1e-9))
            return *scale * power;
    return 10 * power;
}

/* How many edges from below `least` to above `greatest`, at most BENCH_GLANCE_BINS + 2, into ret_edges. */
static size_t
find_edges(const double *scale, double least, double greatest, double *ret_edges) {
    size_t count = 0;

    ret_edges[count++] = floor_of(scale, least);
    while (ret_edges[count - 1] <= greatest && count < BENCH_GLANCE_BINS + 2) {
        ret_edges[count] = next_of(scale, ret_edges[count - 1]);
        count++;
    }
    return count;
}

static void
draw_bar(const struct bench_glance *glance, double share, size_t room, FILE *out) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    size_t parts = (size_t)(share * (double)room * 8 + 0.5), full;

    if (!glance->unicode)
        parts = (parts + 4) / 8 * 8;
    if (parts == 0 && share > 0)
        parts = glance->unicode ? 1 : 8;
    full = parts / 8;
    begin_colour(glance, out);
    for (size_t i = 0; i < full; i++)
        fputs(glance->unicode ? "█" : "#", out);
    fputs(eighths[parts % 8], out);
    end_colour(glance, out);
    fprintf(out, "%*s", (int)(room - full - (parts % 8 > 0)), "");
}

static void
draw_bins(const struct bench_glance *glance, const double *edges, const uint64_t *counts,
          size_t bins, uint64_t all, FILE *out) {
    char text[BENCH_TABLE_TEXT_BYTES];
    uint64_t most = 1;

    for (size_t i = 0; i < bins; i++)
        most = counts[i] > most ? counts[i] : most;
    for (size_t i = 0; i < bins; i++) {
        double percent = 100 * (double)counts[i] / (double)all;
        put_label(glance, bench_table_time(edges[i], text), LABEL, out);
        fputs("  ", out);
        draw_bar(glance, (double)counts[i] / (double)most, glance->width - LABEL - SHARE - 2, out);
        if (counts[i] == 0)
            fprintf(out, "%*s\n", SHARE, "-");
        else
            fprintf(out, "%*.*f %%\n", SHARE - 2,
                    percent < 0.1  ? 4
                    : percent < 10 ? 2
                                   : 1,
                    percent);
    }
}

bool
bench_glance_hist(const struct bench_glance *glance, const struct bench_hist *hist, FILE *out) {
    double edges[BENCH_GLANCE_BINS + 2], least, greatest;
    uint64_t counts[BENCH_GLANCE_BINS + 1] = {0};
    size_t bins = BENCH_GLANCE_BINS + 1, bin = 0;

    if (hist->count < BENCH_GLANCE_OPERATIONS || hist->least == hist->greatest)
        return false;
    least = hist->least > 0 ? (double)hist->least : 1;
    greatest = (double)hist->greatest;
    for (size_t i = 0; i < SCALES && bins > BENCH_GLANCE_BINS; i++)
        bins = find_edges(scales[i], least, greatest, edges) - 1;
    if (bins > BENCH_GLANCE_BINS) /* from 1 ns to an hour are 13 powers of ten */
        bins = BENCH_GLANCE_BINS;
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++) {
        double low = (double)bench_hist_low(i);
        while (bin + 1 < bins && low >= edges[bin + 1])
            bin++;
        counts[bin] += hist->buckets[i];
    }
    draw_bins(glance, edges, counts, bins, hist->count, out);
    return true;
}

/* ---- Memory ----------------------------------------------------------------------------------------- */

static const char *
full_of(const struct bench_glance *glance) {
    return glance->unicode ? "█" : "#";
}

static const char *
light_of(const struct bench_glance *glance) {
    return glance->unicode ? "░" : ".";
}

/* The greatest value in each of `columns` parts of the time from 0 to `end_ns`. */
static void
spread(const struct bench_series *series, int64_t end_ns, double *columns, size_t count) {
    size_t next = 0;
    double held = 0;

    for (size_t i = 0; i < count; i++) {
        double until = (double)end_ns * (double)(i + 1) / (double)count;
        columns[i] = held;
        for (; next < series->count && (double)series->samples[next].t_ns <= until; next++) {
            held = (double)series->samples[next].value;
            if (held > columns[i])
                columns[i] = held;
        }
    }
}

/* One row, without blanks at its end. */
static void
draw_level(const struct bench_glance *glance, double columns[2][BENCH_GLANCE_WIDTH_MOST],
           double level, size_t room, FILE *out) {
    while (room > 0 && columns[0][room - 1] < level && columns[1][room - 1] < level)
        room--;
    begin_colour(glance, out);
    for (size_t i = 0; i < room; i++)
        fputs(columns[1][i] >= level   ? full_of(glance)
              : columns[0][i] >= level ? light_of(glance)
                                       : " ",
              out);
    end_colour(glance, out);
    fputc('\n', out);
}

static void
draw_axis(const struct bench_glance *glance, int64_t end_ns, size_t room, FILE *out) {
    char text[BENCH_TABLE_TEXT_BYTES];

    fprintf(out, "%*s  0", LABEL, "");
    put_label(glance, bench_table_time((double)end_ns, text), room - 1, out);
    fputc('\n', out);
}

bool
bench_glance_memory(const struct bench_glance *glance, const struct bench_series *resident,
                    const struct bench_series *live, double before, FILE *out) {
    double columns[2][BENCH_GLANCE_WIDTH_MOST], most = 0;
    size_t room = glance->width - LABEL - 2;
    char text[BENCH_TABLE_TEXT_BYTES];
    int64_t end_ns;

    if (resident->count < BENCH_GLANCE_SAMPLES)
        return false;
    end_ns = resident->samples[resident->count - 1].t_ns;
    if (end_ns <= 0)
        return false;
    spread(resident, end_ns, columns[0], room);
    spread(live, end_ns, columns[1], room);
    for (size_t i = 0; i < room; i++) {
        columns[0][i] -= before;
        most = fmax(most, fmax(columns[0][i], columns[1][i]));
    }
    if (most <= 0)
        return false;
    for (size_t row = ROWS; row-- > 0;) {
        double level = most * ((double)row + 0.5) / ROWS;
        put_label(glance,
                  row + 1 == ROWS ? bench_table_bytes(most, text)
                  : row == 0      ? "0 B"
                                  : "",
                  LABEL, out);
        fputs("  ", out);
        draw_level(glance, columns, level, room, out);
    }
    draw_axis(glance, end_ns, room, out);
    fprintf(out, "%*s  %s resident, above the %s before", LABEL, "", light_of(glance),
            bench_table_bytes(before, text));
    if (live->count > 0)
        fprintf(out, "   %s live: requested, not freed", full_of(glance));
    fputc('\n', out);
    return true;
}
