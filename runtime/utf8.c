/* SPDX-License-Identifier: MIT
 *
 * utf8.c: the bytes of a code point.
 *
 *     U+0000 ... U+007F      0xxxxxxx
 *     U+0080 ... U+07FF      110xxxxx 10xxxxxx
 *     U+0800 ... U+FFFF      1110xxxx 10xxxxxx 10xxxxxx       without D800 ... DFFF
 *     U+10000 ... U+10FFFF   11110xxx 10xxxxxx 10xxxxxx 10xxxxxx
 *
 * A form longer than it has to be is none. The first byte alone tells how many there are; C0, C1 and what
 * is above F4 begin nothing.
 */
#include "runtime/utf8.h"

#include <errno.h>

static const uint32_t least_of[RT_UTF8_BYTES_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};

static RT_ALWAYS_INLINE size_t
length_of(unsigned char first) {
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* pre: that many bytes are there */
static RT_ALWAYS_INLINE uint32_t
join(const unsigned char *at, size_t length) {
    uint32_t point = length == 1 ? at[0] : at[0] & (0x7fu >> length);

    for (size_t i = 1; i < length; i++) {
        point = point << 6 | (at[i] & 0x3fu);
    }
    return point;
}

static bool
has_continuation(const unsigned char *at, size_t length) {
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

int
rt_utf8_measure(const char *text, size_t bytes, size_t *ret_count, uint32_t *ret_largest) {
    const unsigned char *at = (const unsigned char *)text;
    uint32_t largest = 0;
    size_t count = 0;

    for (size_t left = bytes, length; left > 0; left -= length, at += length, count++) {
        uint32_t point;

        length = length_of(*at);
        if (length == 0 || length > left || !has_continuation(at, length)) {
            return -EINVAL;
        }
        point = join(at, length);
        if (point < least_of[length] || !rt_point_is_valid(point)) {
            return -EINVAL;
        }
        largest = point > largest ? point : largest;
    }
    *ret_count = count;
    *ret_largest = largest;
    return 0;
}

size_t
rt_utf8_decode(const char *text, uint32_t *ret_point) {
    const unsigned char *at = (const unsigned char *)text;
    size_t length = length_of(*at);

    *ret_point = join(at, length);
    return length;
}

size_t
rt_utf8_encode(uint32_t point, char ret_bytes[RT_UTF8_BYTES_MAX]) {
    size_t length = 1;

    RT_ASSERT(rt_point_is_valid(point), "a code point that UTF-8 has");
    if (point < least_of[2]) {
        ret_bytes[0] = (char)point;
        return 1;
    }
    while (length < RT_UTF8_BYTES_MAX && point >= least_of[length + 1]) {
        length++;
    }
    for (size_t i = length; i-- > 1; point >>= 6) {
        ret_bytes[i] = (char)(0x80 | (point & 0x3f));
    }
    ret_bytes[0] = (char)((0xf00u >> length & 0xff) | point);
    return length;
}
