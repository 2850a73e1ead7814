/* SPDX-License-Identifier: MIT
 *
 * series.c: a quantity over time. See series.h, and results/schema.md for the form on disk.
 *
 * Invariant of what bench_series_add made: no three neighbouring samples have the same value; the last one
 * is moved instead.
 */
#include "bench/series.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/varint.h"

enum {
    FORMAT = 1
};

void
bench_series_init(struct bench_series *series) {
    *series = (struct bench_series){0};
}

void
bench_series_fini(struct bench_series *series) {
    free(series->samples);
    *series = (struct bench_series){0};
}

static int
grow(struct bench_series *series) {
    size_t capacity = series->capacity == 0 ? 64 : series->capacity * 2;
    struct bench_sample *samples = realloc(series->samples, capacity * sizeof *samples);

    if (samples == NULL)
        return -ENOMEM;
    series->samples = samples;
    series->capacity = capacity;
    return 0;
}

int
bench_series_append(struct bench_series *series, int64_t t_ns, int64_t value) {
    if (series->count == series->capacity && grow(series) != 0)
        return -ENOMEM;
    series->samples[series->count++] = (struct bench_sample){t_ns, value};
    return 0;
}

int
bench_series_add(struct bench_series *series, int64_t t_ns, int64_t value) {
    size_t count = series->count;
    struct bench_sample *samples = series->samples;

    if (count >= 2 && samples[count - 1].value == value && samples[count - 2].value == value) {
        samples[count - 1].t_ns = t_ns;
        return 0;
    }
    return bench_series_append(series, t_ns, value);
}

size_t
bench_series_encoded_bytes(const struct bench_series *series) {
    return 1 + series->count * 2 * BENCH_VARINT_BYTES;
}

size_t
bench_series_encode(const struct bench_series *series, unsigned char *data) {
    struct bench_sample before = {0, 0};
    size_t length = 0;

    data[length++] = FORMAT;
    for (size_t i = 0; i < series->count; i++) {
        struct bench_sample now = series->samples[i];
        uint64_t step = (uint64_t)now.t_ns - (uint64_t)before.t_ns;
        uint64_t change = (uint64_t)now.value - (uint64_t)before.value;
        length += bench_varint_put(data + length, bench_varint_zigzag((int64_t)step));
        length += bench_varint_put(data + length, bench_varint_zigzag((int64_t)change));
        before = now;
    }
    return length;
}

int
bench_series_decode(struct bench_series *series, const unsigned char *data, size_t bytes) {
    uint64_t t_ns = 0, value = 0;
    size_t at = 1;

    bench_series_init(series);
    if (bytes < 1 || data[0] != FORMAT)
        return -EBADMSG;
    while (at < bytes) {
        uint64_t step, change;
        if (!bench_varint_get(data, bytes, &at, &step) ||
            !bench_varint_get(data, bytes, &at, &change))
            return -EBADMSG;
        if (series->count > 0 && bench_varint_unzigzag(step) < 0)
            return -EBADMSG;
        t_ns += (uint64_t)bench_varint_unzigzag(step);
        value += (uint64_t)bench_varint_unzigzag(change);
        if (series->count > 0 && (int64_t)t_ns < series->samples[series->count - 1].t_ns)
            return -EBADMSG;
        if (bench_series_append(series, (int64_t)t_ns, (int64_t)value) != 0)
            return -ENOMEM;
    }
    return 0;
}
