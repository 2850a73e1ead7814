/* SPDX-License-Identifier: MIT
 *
 * utf8.h: text as others write it, and as code points. Strict both ways: no overlong forms, no surrogates,
 * nothing beyond U+10FFFF.
 */
#ifndef RUNTIME_UTF8_H
#define RUNTIME_UTF8_H

#include "runtime/base.h"

#include <string.h>

enum {
    RT_UTF8_BYTES_MAX = 4,
    RT_POINT_MAX = 0x10ffff,
};

static inline bool
rt_point_is_valid(uint32_t point) {
    return point <= RT_POINT_MAX && (point < 0xd800 || point > 0xdfff);
}

static RT_ALWAYS_INLINE uint64_t
rt_utf8_word(const char *at) {
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* Whether no byte has its high bit. Words of eight bytes, the last of which overlaps the one before. */
static RT_ALWAYS_INLINE bool
rt_utf8_is_ascii(const char *text, size_t bytes) {
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    uint64_t seen = 0;

    if (bytes < sizeof seen) {
        for (size_t i = 0; i < bytes; i++) {
            seen |= (unsigned char)text[i];
        }
        return seen < 0x80;
    }
    for (size_t i = 0; i + sizeof seen <= bytes; i += sizeof seen) {
        seen |= rt_utf8_word(text + i);
    }
    seen |= rt_utf8_word(text + bytes - sizeof seen);
    return (seen & high_bits) == 0;
}

/* How many code points, and the largest of them (0 for none). -EINVAL: not UTF-8. */
int rt_utf8_measure(const char *text, size_t bytes, size_t *ret_count, uint32_t *ret_largest);

/* The code point that begins the text; returns its bytes. pre: measured before, and there is one */
size_t rt_utf8_decode(const char *text, uint32_t *ret_point);

/* Returns how many bytes were written. pre: valid */
size_t rt_utf8_encode(uint32_t point, char ret_bytes[RT_UTF8_BYTES_MAX]);

#endif
