/* SPDX-License-Identifier: MIT
 *
 * hist.h: a latency histogram of fixed size. Values from 0 to one hour in nanoseconds; each bucket is
 * at most 1/1024 of its values wide, so that three significant digits are kept. Two histograms merge by
 * adding. A percentile that fewer than ten samples lie beyond is not given at all.
 */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_HIST_BITS = 11, /* values below 2^11 have a bucket of their own */
    BENCH_HIST_FULL = 1 << BENCH_HIST_BITS,
    BENCH_HIST_HALF = BENCH_HIST_FULL / 2, /* buckets for each further doubling */
    BENCH_HIST_DOUBLINGS = 31,             /* 2^42 ns is more than one hour */
    BENCH_HIST_BUCKETS = BENCH_HIST_FULL + BENCH_HIST_DOUBLINGS * BENCH_HIST_HALF,
    BENCH_HIST_BEYOND = 10, /* samples that must lie beyond a percentile */
};

#define BENCH_HIST_GREATEST UINT64_C(3600000000000)

struct bench_hist {
    uint64_t count, sum, least, greatest; /* exact; least is UINT64_MAX when empty */
    uint64_t buckets[BENCH_HIST_BUCKETS];
};

void bench_hist_init(struct bench_hist *hist);
void bench_hist_merge(struct bench_hist *into, const struct bench_hist *from);

static inline size_t
bench_hist_bucket(uint64_t value) {
    if (value < BENCH_HIST_FULL)
        return (size_t)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - (BENCH_HIST_BITS - 1);
    return (size_t)shift * BENCH_HIST_HALF + (size_t)(value >> shift);
}

/* A value above the greatest counts as the greatest. */
static inline void
bench_hist_record(struct bench_hist *hist, uint64_t value) {
    if (value > BENCH_HIST_GREATEST)
        value = BENCH_HIST_GREATEST;
    hist->buckets[bench_hist_bucket(value)]++;
    hist->count++;
    hist->sum += value;
    if (value < hist->least)
        hist->least = value;
    if (value > hist->greatest)
        hist->greatest = value;
}

void bench_hist_record_many(struct bench_hist *hist, uint64_t value, uint64_t count);

/* Smallest value of a bucket; that of the one behind it is one more than its greatest. */
uint64_t bench_hist_low(size_t bucket);

/* The value that `percent` of the samples do not exceed, to the bucket (its upper end, at most the
 * exact greatest). False, and nothing written, if fewer than ten samples lie beyond it. */
bool bench_hist_percentile(const struct bench_hist *hist, double percent, uint64_t *ret_value);

/* False when empty. */
bool bench_hist_mean(const struct bench_hist *hist, double *ret_mean);

/* The form on disk, results/schema.md. encode gives the bytes it took of the most it can take. */
size_t bench_hist_encoded_bytes(const struct bench_hist *hist);
size_t bench_hist_encode(const struct bench_hist *hist, unsigned char *data);
int bench_hist_decode(struct bench_hist *hist, const unsigned char *data,
                      size_t bytes); /* -EBADMSG */

#endif
