/* SPDX-License-Identifier: MIT
 *
 * series.h: a quantity over time, e.g. resident bytes, or events with a value each. Of a curve's run of equal
 * values only the first and the last sample are kept, which loses nothing of it; results/schema.md has the form
 * on disk.
 */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct bench_sample {
    int64_t t_ns; /* since the work began; never decreasing */
    int64_t value;
};

struct bench_series {
    struct bench_sample *samples;
    size_t count, capacity;
};

void bench_series_init(struct bench_series *series);
void bench_series_fini(struct bench_series *series);

/* -ENOMEM. */
int bench_series_add(struct bench_series *series, int64_t t_ns, int64_t value);

/* Likewise, but keeps runs of equal values too: for events, which are no curve. */
int bench_series_append(struct bench_series *series, int64_t t_ns, int64_t value);

/* The most bytes that the form on disk can take; encode gives how many it took. */
size_t bench_series_encoded_bytes(const struct bench_series *series);
size_t bench_series_encode(const struct bench_series *series, unsigned char *data);

/* -EBADMSG: not the form described; -ENOMEM. The series is initialised here in any case. */
int bench_series_decode(struct bench_series *series, const unsigned char *data, size_t bytes);

#endif
