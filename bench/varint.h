/* SPDX-License-Identifier: MIT
 *
 * varint.h: LEB128 numbers, the alphabet of the blobs in a run file: seven bits a byte, lowest first,
 * the top bit says that more follow.
 */
#ifndef BENCH_VARINT_H
#define BENCH_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_VARINT_BYTES = 10
}; /* the longest */

static inline size_t
bench_varint_put(unsigned char *data, uint64_t value) {
    size_t length = 0;
    for (; value >= 0x80; value >>= 7)
        data[length++] = (unsigned char)(value | 0x80);
    data[length++] = (unsigned char)value;
    return length;
}

/* Moves *at behind the number; false if there is none or it is longer than 64 bits. */
static inline bool
bench_varint_get(const unsigned char *data, size_t bytes, size_t *at, uint64_t *ret_value) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && *at < bytes; shift += 7) {
        unsigned char byte = data[(*at)++];
        if (shift == 63 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* Signed numbers of small size as unsigned ones of small size: 0, -1, 1, -2, ... */
static inline uint64_t
bench_varint_zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t
bench_varint_unzigzag(uint64_t value) {
    return (int64_t)((value >> 1) ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

#endif
