/* SPDX-License-Identifier: MIT
 *
 * hdr.h: histograms in the two forms that HdrHistogram publishes and other tools read: the V2 compressed
 * log (.hlog), one histogram a line, and the percentile distribution (.hgrm), a table of one.
 *
 * Ours has the buckets of an HDR histogram with three significant digits, lowest value 1 and greatest
 * one hour in nanoseconds: bucket i here is count i there, so that a log carries every count as it is.
 * What it does not carry are the exact least and greatest value and the exact sum: read back, they are
 * those of the buckets. A percentile distribution says how many samples lie up to a few values only.
 */
#ifndef BENCH_HDR_H
#define BENCH_HDR_H

#include <stdio.h>

#include "bench/hist.h"

enum {
    BENCH_HDR_TAG_BYTES = 512
};

/* One histogram of a log: when it began (seconds, from what the log's head says) and how long it took. */
struct bench_hdr_interval {
    char tag[BENCH_HDR_TAG_BYTES]; /* no comma, blank or line end; "" for none */
    double start_s, length_s;
    struct bench_hist *hist;
};

/* The payload of a line: base64, to be free()d; NULL for out of memory. */
char *bench_hdr_encode(const struct bench_hist *hist);

/* Takes any V2 histogram of 1 to 5 digits; counts go to the bucket of their middle value. -EBADMSG: it is
 * none; -ENOMEM. */
int bench_hdr_decode(const char *text, struct bench_hist *ret_hist);

/* Lines of a log whose times count from `start_s`, seconds since 1970. `about` is a comment, one line. */
void bench_hdr_log_head(FILE *out, double start_s, const char *about);
int bench_hdr_log_put(FILE *out, const struct bench_hdr_interval *interval); /* -ENOMEM */

/* Calls `fn` with each histogram of a log; a result other than 0 stops and is given. -EBADMSG, with the
 * number of the line in *ret_line; -ENOMEM. */
int bench_hdr_log_read(FILE *in,
                       int (*fn)(void *context, const struct bench_hdr_interval *interval),
                       void *context, size_t *ret_line);

/* Five rows to each halving of the distance to 100 %. Values are in nanoseconds. */
void bench_hdr_hgrm_write(FILE *out, const struct bench_hist *hist);

/* What lies between two rows counts as the later one's value. -EBADMSG: no percentile distribution. */
int bench_hdr_hgrm_read(FILE *in, struct bench_hist *ret_hist);

#endif
