/* SPDX-License-Identifier: MIT
 *
 * trace_bytes.h: the numbers of a recording: seven bits a byte, lowest first, the top bit says that more
 * follow. What reads them has at least WL_TRACE_NUMBER_BYTES of the file behind each one's beginning.
 */
#ifndef WORKLOADS_TRACE_BYTES_H
#define WORKLOADS_TRACE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WL_TRACE_NUMBER_BYTES = 10,
};

/* Moves *at behind the number; false: longer than 64 bits. */
static inline __attribute__((always_inline)) bool
wl_trace_number(const uint8_t **at, uint64_t *ret_value) {
    const uint8_t *from = *at;
    uint64_t value = from[0];

    if (__builtin_expect(value < 0x80, 1)) {
        *at = from + 1;
        *ret_value = value;
        return true;
    }
    value = (value & 0x7f) | (uint64_t)(from[1] & 0x7f) << 7;
    if (from[1] < 0x80) {
        *at = from + 2;
        *ret_value = value;
        return true;
    }
    for (unsigned i = 2; i < WL_TRACE_NUMBER_BYTES; i++) {
        value |= (uint64_t)(from[i] & 0x7f) << 7 * i;
        if (from[i] < 0x80) {
            *at = from + i + 1;
            *ret_value = value;
            return i < WL_TRACE_NUMBER_BYTES - 1 || from[i] <= 1;
        }
    }
    return false;
}

#endif
