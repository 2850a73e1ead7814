/* SPDX-License-Identifier: MIT
 *
 * hist.c: what is done with a histogram once it is recorded. See hist.h for the buckets and
 * results/schema.md for the form on disk.
 *
 * Decoding trusts nothing: whatever the bytes, either the result is a histogram that some sequence of
 * records could have made as far as count, buckets, least and greatest go, or it is refused.
 */
#include "bench/hist.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/varint.h"

enum {
    FORMAT = 1,
    HEADER_BYTES = 2 + 3 * 8
};

void
bench_hist_init(struct bench_hist *hist) {
    memset(hist, 0, sizeof *hist);
    hist->least = UINT64_MAX;
}

void
bench_hist_merge(struct bench_hist *into, const struct bench_hist *from) {
    into->count += from->count;
    into->sum += from->sum;
    if (from->least < into->least)
        into->least = from->least;
    if (from->greatest > into->greatest)
        into->greatest = from->greatest;
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

void
bench_hist_record_many(struct bench_hist *hist, uint64_t value, uint64_t count) {
    if (count == 0)
        return;
    bench_hist_record(hist, value);
    if (value > BENCH_HIST_GREATEST)
        value = BENCH_HIST_GREATEST;
    hist->buckets[bench_hist_bucket(value)] += count - 1;
    hist->count += count - 1;
    hist->sum += value * (count - 1);
}

uint64_t
bench_hist_low(size_t bucket) {
    if (bucket < BENCH_HIST_FULL)
        return bucket;
    return (uint64_t)(bucket % BENCH_HIST_HALF + BENCH_HIST_HALF) << (bucket / BENCH_HIST_HALF - 1);
}

bool
bench_hist_percentile(const struct bench_hist *hist, double percent, uint64_t *ret_value) {
    double below = ceil((double)hist->count * percent / 100);
    uint64_t rank = below < 1 ? 1 : (uint64_t)below, seen = 0;

    if (rank > hist->count || hist->count - rank < BENCH_HIST_BEYOND)
        return false;
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++) {
        seen += hist->buckets[i];
        if (seen >= rank) {
            uint64_t high = bench_hist_low(i + 1) - 1;
            *ret_value = high < hist->greatest ? high : hist->greatest;
            return true;
        }
    }
    return false;
}

bool
bench_hist_mean(const struct bench_hist *hist, double *ret_mean) {
    if (hist->count == 0)
        return false;
    *ret_mean = (double)hist->sum / (double)hist->count;
    return true;
}

static void
put_u64(unsigned char *data, uint64_t value) {
    for (int i = 0; i < 8; i++)
        data[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t
get_u64(const unsigned char *data) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)data[i] << (8 * i);
    return value;
}

size_t
bench_hist_encoded_bytes(const struct bench_hist *hist) {
    size_t used = 0;
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++)
        used += hist->buckets[i] != 0;
    return HEADER_BYTES + used * (3 + BENCH_VARINT_BYTES);
}

size_t
bench_hist_encode(const struct bench_hist *hist, unsigned char *data) {
    size_t length = HEADER_BYTES, skipped = 0;

    data[0] = FORMAT;
    data[1] = BENCH_HIST_BITS;
    put_u64(data + 2, hist->least);
    put_u64(data + 10, hist->greatest);
    put_u64(data + 18, hist->sum);
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++) {
        if (hist->buckets[i] == 0) {
            skipped++;
            continue;
        }
        length += bench_varint_put(data + length, skipped);
        length += bench_varint_put(data + length, hist->buckets[i]);
        skipped = 0;
    }
    return length;
}

/* The least and the greatest must lie in the first and the last bucket that is not empty. */
static bool
fits_its_ends(const struct bench_hist *hist, size_t first, size_t last) {
    if (hist->count == 0)
        return hist->least == UINT64_MAX && hist->greatest == 0 && hist->sum == 0;
    return hist->least <= hist->greatest && hist->greatest <= BENCH_HIST_GREATEST &&
           bench_hist_bucket(hist->least) == first && bench_hist_bucket(hist->greatest) == last;
}

int
bench_hist_decode(struct bench_hist *hist, const unsigned char *data, size_t bytes) {
    size_t at = HEADER_BYTES, bucket = 0, first = BENCH_HIST_BUCKETS, last = 0;

    bench_hist_init(hist);
    if (bytes < HEADER_BYTES || data[0] != FORMAT || data[1] != BENCH_HIST_BITS)
        return -EBADMSG;
    hist->least = get_u64(data + 2);
    hist->greatest = get_u64(data + 10);
    hist->sum = get_u64(data + 18);
    while (at < bytes) {
        uint64_t skip, count;
        if (!bench_varint_get(data, bytes, &at, &skip) ||
            !bench_varint_get(data, bytes, &at, &count))
            return -EBADMSG;
        if (skip >= BENCH_HIST_BUCKETS - bucket || count == 0 || count > UINT64_MAX - hist->count)
            return -EBADMSG;
        last = bucket + (size_t)skip;
        if (first == BENCH_HIST_BUCKETS)
            first = last;
        hist->buckets[last] = count;
        hist->count += count;
        bucket = last + 1;
        if (bucket == BENCH_HIST_BUCKETS && at < bytes)
            return -EBADMSG;
    }
    return fits_its_ends(hist, first, last) ? 0 : -EBADMSG;
}
