/* SPDX-License-Identifier: MIT
 *
 * hashes.h: reads the table that hashes.py wrote from the real interpreter.
 */
#ifndef RUNTIME_TESTS_HASHES_H
#define RUNTIME_TESTS_HASHES_H

#include "runtime/tests/heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What a check is given: the value's text as it stands in the table. */
typedef void (*test_hash_fn)(void *context, int64_t hash, const char *value);

/* Calls `check` with each row of the kind; there must be at least `least`. */
static inline void
test_hashes_each(const char *kind, size_t least, test_hash_fn check, void *context) {
    char line[4096], row_kind[16], value[4000];
    FILE *file = fopen(TEST_DATA "/hashes-3.11.2.txt", "r");
    size_t count = 0;
    int64_t hash;

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "python 3.11.2\n");
    while (fgets(line, sizeof line, file) != NULL) {
        assert_int_equal(sscanf(line, "%15s %" SCNd64 " %3999s", row_kind, &hash, value), 3);
        if (strcmp(row_kind, kind) == 0) {
            check(context, hash, value);
            count++;
        }
    }
    fclose(file);
    assert_true(count >= least);
}

/* ---- The values ---- */

/* Digits of 30 bits, least first, of a hexadecimal number after its sign; returns how many. */
static inline size_t
test_parse_digits(const char *value, bool *ret_is_negative, uint32_t *ret_digits, size_t room) {
    size_t length = strlen(value), count = 0;
    unsigned bits = 30;

    *ret_is_negative = *value == '-';
    for (size_t i = length; i-- > 1;) { /* the last figure first, four bits at a time */
        unsigned figure = (unsigned)strtoul((char[]){value[i], '\0'}, NULL, 16);

        for (unsigned bit = 0; bit < 4; bit++, bits++) {
            if (bits == 30) {
                assert_true(count < room);
                ret_digits[count++] = 0;
                bits = 0;
            }
            ret_digits[count - 1] |= (figure >> bit & 1) << bits;
        }
    }
    return count;
}

static inline double
test_parse_double(const char *value) {
    uint64_t bits = strtoull(value, NULL, 16);
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

static inline size_t
test_parse_bytes(const char *value, unsigned char *ret_bytes, size_t room) {
    size_t count = strcmp(value, "-") == 0 ? 0 : strlen(value) / 2;

    assert_true(count <= room);
    for (size_t i = 0; i < count; i++)
        ret_bytes[i] =
            (unsigned char)strtoul((char[]){value[2 * i], value[2 * i + 1], '\0'}, NULL, 16);
    return count;
}

static inline size_t
test_parse_points(const char *value, uint32_t *ret_points, size_t room) {
    size_t count = 0;
    char *end = (char *)value;

    while (strcmp(value, "-") != 0 && count < room) {
        ret_points[count++] = (uint32_t)strtoul(end, &end, 16);
        if (*end++ != ',')
            break;
    }
    return count;
}

#endif
