/* SPDX-License-Identifier: MIT
 *
 * hash.h: the numbers that Python's hash() gives, from plain data. -1 means "unknown" to those who keep
 * hashes, so it is never one: what would be -1 is -2.
 */
#ifndef RUNTIME_HASH_H
#define RUNTIME_HASH_H

#include "runtime/base.h"

enum {
    RT_HASH_BITS = 61, /* numbers are hashed modulo 2^61 - 1, a prime */
    RT_DIGIT_BITS = 30,
};

static RT_ALWAYS_INLINE int64_t
rt_hash_not_unknown(int64_t hash) {
    return hash == -1 ? -2 : hash;
}

/* SipHash-1-3 with a key of zeros; 0 for no bytes. */
int64_t rt_hash_bytes(const void *data, size_t bytes);

/* A whole number of any length, by the digits of its magnitude in base 2^30, least first. */
int64_t rt_hash_digits(bool is_negative, const uint32_t *digits, size_t count);

/* As the int of the same value, fractions by division in the same field. Not a NaN. */
int64_t rt_hash_double(double value);

/* Blocks are aligned to 16, so the low bits say nothing: they go to the other end. */
static inline int64_t
rt_hash_address(const void *address) {
    uint64_t bits = (uintptr_t)address;

    return rt_hash_not_unknown((int64_t)(bits >> 4 | bits << 60));
}

#endif
