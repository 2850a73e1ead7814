/* SPDX-License-Identifier: MIT
 *
 * text.c: the bounded builder of short messages, and the only number formatter of the runtime.
 *
 * Invariants, after every call:
 *   - capacity > 0: length < capacity and data[length] is the terminator.
 *   - What stands in data is a prefix of what was appended. Once something did not fit, `cut` is set
 *     and nothing more is appended, so a message never has a hole in it.
 *   - capacity == 0 is a text that swallows everything; data is not looked at.
 *
 * Ratios are formatted by integer arithmetic on the bits of the double: no rounding but the one asked
 * for, no locale, no libm.
 */
#include "runtime/rt.h"
#include "runtime/base.h"

#include <string.h>

enum {
    MANTISSA_BITS = 52, /* of a double, without the leading one */
    EXPONENT_BIAS = 1075,
    EXPONENT_SPECIAL = 0x7ff, /* infinities and NaNs */
    LIMB_COUNT = 35,          /* of nine decimal digits: 2^1024 has 309 */
    LIMB_BASE = 1000000000,
};

static void
append_bytes(struct rt_text *text, const char *bytes, size_t count) {
    size_t room = text->capacity == 0 ? 0 : text->capacity - 1 - text->length;

    if (count == 0 || text->cut) {
        return;
    }
    if (count > room) {
        text->cut = true;
        count = room;
    }
    if (text->capacity == 0) {
        return;
    }
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

/* In the given base, with at least `width` digits. */
static void
append_digits(struct rt_text *text, uint64_t value, unsigned base, size_t width) {
    char digits[20]; /* 2^64 in decimal */
    size_t count = 0;

    RT_ASSERT(width <= sizeof digits, "the padding fits the buffer");
    do {
        count++;
        digits[sizeof digits - count] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 || count < width);
    append_bytes(text, digits + sizeof digits - count, count);
}

void
rt_text_init(struct rt_text *text, char *data, size_t capacity) {
    *text = (struct rt_text){.data = data, .capacity = capacity};
    if (capacity > 0) {
        data[0] = '\0';
    }
}

void
rt_text_string(struct rt_text *text, const char *string) {
    append_bytes(text, string, strlen(string));
}

void
rt_text_unsigned(struct rt_text *text, uint64_t value) {
    append_digits(text, value, 10, 1);
}

void
rt_text_integer(struct rt_text *text, int64_t value) {
    if (value < 0) {
        append_bytes(text, "-", 1);
    }
    append_digits(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, 1);
}

void
rt_text_hex(struct rt_text *text, uint64_t value) {
    append_digits(text, value, 16, 1);
}

void
rt_text_size(struct rt_text *text, uint64_t bytes) {
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    size_t unit = 0;

    while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < RT_COUNT_OF(units)) {
        bytes /= 1024;
        unit++;
    }
    rt_text_unsigned(text, bytes);
    rt_text_string(text, units[unit]);
}

/* mantissa * 2^exponent, exactly, as a number in base LIMB_BASE; least significant limb first. */
static void
append_big(struct rt_text *text, uint64_t mantissa, unsigned exponent) {
    uint64_t limbs[LIMB_COUNT] = {mantissa % LIMB_BASE, mantissa / LIMB_BASE};
    size_t top = LIMB_COUNT - 1;

    while (exponent > 0) {
        unsigned step = exponent < 32 ? exponent : 32;
        uint64_t carry = 0;

        for (size_t i = 0; i < LIMB_COUNT; i++) {
            uint64_t limb = (limbs[i] << step) + carry;

            limbs[i] = limb % LIMB_BASE;
            carry = limb / LIMB_BASE;
        }
        exponent -= step;
    }
    while (top > 0 && limbs[top] == 0) {
        top--;
    }
    append_digits(text, limbs[top], 10, 1);
    while (top-- > 0) {
        append_digits(text, limbs[top], 10, 9);
    }
}

/* A number of millionths, without the zeros that a decimal fraction does not need at its end. */
static void
append_millionths(struct rt_text *text, uint64_t whole, unsigned millionths) {
    size_t width = 6;

    append_digits(text, whole, 10, 1);
    if (millionths == 0) {
        return;
    }
    for (; millionths % 10 == 0; width--) {
        millionths /= 10;
    }
    append_bytes(text, ".", 1);
    append_digits(text, millionths, 10, width);
}

/* mantissa * 10^6 / 2^shift, to the nearest, ties to even; returns the whole part. */
static uint64_t
round_to_millionths(uint64_t mantissa, unsigned shift, unsigned *ret_millionths) {
    __extension__ unsigned __int128 scaled = mantissa;
    __extension__ unsigned __int128 half = 1;
    __extension__ unsigned __int128 whole, rest;

    scaled *= 1000000;
    whole = scaled >> shift;
    rest = scaled - (whole << shift);
    half <<= shift > 0 ? shift - 1 : 0;
    if (rest > half || (rest == half && (whole & 1) != 0)) {
        whole++;
    }
    *ret_millionths = (unsigned)(whole % 1000000);
    return (uint64_t)(whole / 1000000);
}

void
rt_text_ratio(struct rt_text *text, double value) {
    uint64_t bits, mantissa, whole;
    unsigned biased, shift, millionths;

    memcpy(&bits, &value, sizeof bits);
    mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    biased = (unsigned)(bits >> MANTISSA_BITS) & EXPONENT_SPECIAL;
    if (biased == EXPONENT_SPECIAL) {
        rt_text_string(text, mantissa != 0 ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    if (biased != 0) {
        mantissa |= UINT64_C(1) << MANTISSA_BITS;
    }

    if (biased > EXPONENT_BIAS) { /* 2^53 and more: whole numbers */
        rt_text_string(text, value < 0 ? "-" : "");
        append_big(text, mantissa, biased - EXPONENT_BIAS);
        return;
    }
    shift = EXPONENT_BIAS - biased;
    shift = shift < 100 ? shift : 100; /* far below a millionth already */
    whole = round_to_millionths(mantissa, shift, &millionths);
    rt_text_string(text, value < 0 && (whole != 0 || millionths != 0) ? "-" : "");
    append_millionths(text, whole, millionths);
}

void
rt_text_column(struct rt_text *text, size_t column) {
    size_t at = 0;

    /* Count letters, not bytes, of UTF-8: a continuation byte takes no column. */
    for (size_t i = text->length; i > 0 && text->data[i - 1] != '\n'; i--) {
        at += ((unsigned char)text->data[i - 1] & 0xc0) != 0x80;
    }
    for (; at < column && !text->cut; at++) {
        append_bytes(text, " ", 1);
    }
}
