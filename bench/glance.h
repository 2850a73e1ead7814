/* SPDX-License-Identifier: MIT
 *
 * glance.h: small drawings for a terminal: how long operations took, and memory over time. In block characters
 * where the locale is UTF-8, else in ASCII; in colour only on a terminal, and never with NO_COLOR. Of a handful of
 * samples nothing is drawn: a table says more.
 */
#ifndef BENCH_GLANCE_H
#define BENCH_GLANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/hist.h"
#include "bench/series.h"

enum {
    BENCH_GLANCE_OPERATIONS = 10, /* fewer are not drawn */
    BENCH_GLANCE_SAMPLES = 5,
    BENCH_GLANCE_WIDTH = 80, /* where there is no terminal that says otherwise */
    BENCH_GLANCE_WIDTH_LEAST = 40,
    BENCH_GLANCE_WIDTH_MOST = 120,
    BENCH_GLANCE_BINS = 12 /* rows of a histogram, at most */
};

struct bench_glance {
    size_t width;
    bool unicode, colour;
};

/* Of the terminal behind `fd`, if it is one, and of this process's environment. */
struct bench_glance bench_glance_find(int fd);

/* Whether the first of these that is set, and not empty, names UTF-8; each may be NULL. */
bool bench_glance_is_utf8(const char *lc_all, const char *lc_ctype, const char *lang);

/* One row for each range of times, shares as bars; ranges are as fine as BENCH_GLANCE_BINS rows allow. False,
 * and nothing written, if there is nothing to see. */
bool bench_glance_hist(const struct bench_glance *glance, const struct bench_hist *hist, FILE *out);

/* What resident memory has grown by over time, from `before` bytes on, and in front of it what is live, of which
 * nothing may be known. Likewise. */
bool bench_glance_memory(const struct bench_glance *glance, const struct bench_series *resident,
                         const struct bench_series *live, double before, FILE *out);

/* Text that may have UTF-8 in it; where that is not understood, a micro sign becomes u, anything else "?". */
void bench_glance_write(const struct bench_glance *glance, const char *text, FILE *out);

#endif
