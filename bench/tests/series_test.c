/* SPDX-License-Identifier: MIT
 *
 * series_test.c: a series loses nothing of its curve, and trusts no bytes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/series.h"
#include "bench/varint.h"

static void
test_series_keeps_first_and_last_of_equal_values(void **state) {
    struct bench_series series;

    (void)state;
    bench_series_init(&series);
    for (int64_t t = 0; t < 10; t++)
        assert_int_equal(bench_series_add(&series, t, t < 8 ? 5 : 6), 0);
    assert_int_equal(series.count, 4);
    assert_int_equal(series.samples[0].t_ns, 0);
    assert_int_equal(series.samples[1].t_ns, 7);
    assert_int_equal(series.samples[2].t_ns, 8);
    assert_int_equal(series.samples[3].value, 6);
    bench_series_fini(&series);
}

static void
test_series_comes_back_from_bytes_as_it_was(void **state) {
    struct bench_series series, other;

    (void)state;
    bench_series_init(&series);
    for (int64_t i = 0; i < 1000; i++)
        assert_int_equal(
            bench_series_add(&series, i * 1000003 - 5, i % 2 == 0 ? i : -i * INT64_C(1000000000)),
            0);
    assert_int_equal(bench_series_add(&series, INT64_MAX, INT64_MIN), 0);
    unsigned char *data = malloc(bench_series_encoded_bytes(&series));
    assert_non_null(data);
    size_t bytes = bench_series_encode(&series, data);
    assert_true(bytes <= bench_series_encoded_bytes(&series));
    assert_int_equal(bench_series_decode(&other, data, bytes), 0);
    assert_int_equal(other.count, series.count);
    assert_memory_equal(other.samples, series.samples, series.count * sizeof *series.samples);
    free(data);
    bench_series_fini(&series);
    bench_series_fini(&other);
}

/* Three events that took as long are three events. */
static void
test_series_of_events_comes_back_with_equal_values(void **state) {
    struct bench_series series, other;
    unsigned char data[64];

    (void)state;
    bench_series_init(&series);
    for (int64_t t = 0; t < 5; t++)
        assert_int_equal(bench_series_append(&series, t, 42), 0);
    assert_true(bench_series_encoded_bytes(&series) > 0);
    assert_int_equal(bench_series_decode(&other, data, bench_series_encode(&series, data)), 0);
    assert_int_equal(other.count, 5);
    assert_int_equal(other.samples[2].t_ns, 2);
    bench_series_fini(&series);
    bench_series_fini(&other);
}

static void
test_series_refuses_damaged_bytes(void **state) {
    static const unsigned char wrong_format[] = {9}, half_a_pair[] = {1, 2},
                               endless[] = {1, 0x80, 0x80}, backwards[] = {1, 2, 2, 1, 2};
    struct bench_series series;

    (void)state;
    assert_int_equal(bench_series_decode(&series, wrong_format, 0), -EBADMSG);
    assert_int_equal(bench_series_decode(&series, wrong_format, 1), -EBADMSG);
    assert_int_equal(bench_series_decode(&series, half_a_pair, 2), -EBADMSG);
    assert_int_equal(bench_series_decode(&series, endless, 3), -EBADMSG);
    assert_int_equal(bench_series_decode(&series, backwards, 5), -EBADMSG);
    bench_series_fini(&series);
}

static void
test_series_varints_cover_64_bits(void **state) {
    static const uint64_t values[] = {0, 1, 127, 128, 300, UINT64_C(1) << 35, UINT64_MAX};
    static const unsigned char too_long[] = {0xff, 0xff, 0xff, 0xff, 0xff,
                                             0xff, 0xff, 0xff, 0xff, 0x02};
    unsigned char data[BENCH_VARINT_BYTES];
    uint64_t value = 0;
    size_t at;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        size_t bytes = bench_varint_put(data, values[i]);
        at = 0;
        assert_true(bench_varint_get(data, bytes, &at, &value));
        assert_true(value == values[i] && at == bytes);
        assert_true(bench_varint_unzigzag(bench_varint_zigzag((int64_t)values[i])) ==
                    (int64_t)values[i]);
    }
    at = 0;
    assert_false(bench_varint_get(too_long, sizeof too_long, &at, &value));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series_keeps_first_and_last_of_equal_values),
        cmocka_unit_test(test_series_comes_back_from_bytes_as_it_was),
        cmocka_unit_test(test_series_of_events_comes_back_with_equal_values),
        cmocka_unit_test(test_series_refuses_damaged_bytes),
        cmocka_unit_test(test_series_varints_cover_64_bits),
    };
    return cmocka_run_group_tests_name("bench/series", tests, NULL, NULL);
}
