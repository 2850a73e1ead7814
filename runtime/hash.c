/* SPDX-License-Identifier: MIT
 *
 * hash.c: hashes of bytes and of numbers, equal to CPython's with PYTHONHASHSEED=0.
 *
 * Bytes: SipHash (Aumasson and Bernstein) with one round for each word of eight bytes and three at the
 * end. Both halves of the key are zero, so the four initial states are the bare constants.
 *
 * Numbers: x is hashed as x modulo P = 2^61 - 1, with the sign of x, so that equal numbers hash alike
 * whatever their type. 2^61 is 1 modulo P: to multiply by 2^k is to rotate 61 bits to the left by k
 * modulo 61, and to divide is to rotate to the right. A double is a whole number of 53 bits times a
 * power of two, and so needs one rotation. A rotation changes no residue to P itself, which alone has
 * all 61 bits.
 */
#include "runtime/hash.h"

#include <endian.h>
#include <string.h>

enum {
    MANTISSA_BITS = 52, /* of a double, without the leading one */
    EXPONENT_SPECIAL = 0x7ff,
    EXPONENT_BIAS = 1075, /* of the mantissa as a whole number */
    INFINITY_HASH = 314159,
};

static const uint64_t prime = (UINT64_C(1) << RT_HASH_BITS) - 1;

/* ---- Bytes -------------------------------------------------------------------------------------- */

struct sip {
    uint64_t a, b, c, d;
};

static RT_ALWAYS_INLINE uint64_t
rotate(uint64_t value, unsigned bits) {
    return value << bits | value >> (64 - bits);
}

static RT_ALWAYS_INLINE void
stir(struct sip *sip) {
    sip->a += sip->b;
    sip->c += sip->d;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->b;
    sip->a += sip->d;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c = rotate(sip->c, 32);
}

static RT_ALWAYS_INLINE void
absorb(struct sip *sip, uint64_t word) {
    sip->d ^= word;
    stir(sip);
    sip->a ^= word;
}

/* The bytes after the last whole word, least first, below the length's lowest byte. */
static RT_ALWAYS_INLINE uint64_t
last_word(const unsigned char *rest, size_t bytes) {
    uint64_t word = (uint64_t)bytes << 56;

    for (size_t i = 0; i < bytes % 8; i++) {
        word |= (uint64_t)rest[i] << 8 * i;
    }
    return word;
}

static RT_ALWAYS_INLINE uint64_t
little_word(const unsigned char *at) {
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

int64_t
rt_hash_bytes(const void *data, size_t bytes) {
    struct sip sip = {UINT64_C(0x736f6d6570736575), UINT64_C(0x646f72616e646f6d),
                      UINT64_C(0x6c7967656e657261), UINT64_C(0x7465646279746573)};
    const unsigned char *at = data, *rest = at + bytes / 8 * 8;

    if (bytes == 0) {
        return 0;
    }
    for (; at != rest; at += 8) {
        absorb(&sip, little_word(at));
    }
    absorb(&sip, last_word(rest, bytes));
    sip.c ^= 0xff;
    stir(&sip);
    stir(&sip);
    stir(&sip);
    return rt_hash_not_unknown((int64_t)(sip.a ^ sip.b ^ sip.c ^ sip.d));
}

/* ---- Numbers ------------------------------------------------------------------------------------ */

/* value * 2^bits modulo P. pre: value < P, bits < 61 */
static uint64_t
times_power(uint64_t value, unsigned bits) {
    return (value << bits & prime) | value >> (RT_HASH_BITS - bits);
}

static int64_t
with_sign(bool is_negative, uint64_t residue) {
    return rt_hash_not_unknown(is_negative ? -(int64_t)residue : (int64_t)residue);
}

int64_t
rt_hash_digits(bool is_negative, const uint32_t *digits, size_t count) {
    uint64_t residue = 0;

    while (count-- > 0) {
        residue = times_power(residue, RT_DIGIT_BITS) + digits[count];
        residue = residue >= prime ? residue - prime : residue;
    }
    return with_sign(is_negative, residue);
}

int64_t
rt_hash_double(double value) {
    uint64_t bits, mantissa;
    int exponent, turn;

    memcpy(&bits, &value, sizeof bits);
    mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    exponent = (int)(bits >> MANTISSA_BITS) & EXPONENT_SPECIAL;
    if (exponent == EXPONENT_SPECIAL) {
        RT_ASSERT(mantissa == 0, "a NaN is hashed by its address");
        return with_sign(bits >> 63 != 0, INFINITY_HASH);
    }
    if (exponent == 0) {
        exponent = 1;
    } else {
        mantissa |= UINT64_C(1) << MANTISSA_BITS;
    }
    turn = (exponent - EXPONENT_BIAS) % RT_HASH_BITS;
    return with_sign(bits >> 63 != 0,
                     times_power(mantissa, (unsigned)(turn < 0 ? turn + RT_HASH_BITS : turn)));
}
