/* SPDX-License-Identifier: MIT
 *
 * knob_parse.c: from words to numbers. The grammar is in knob_parse.h.
 *
 * Invariants:
 *   - A word is a number from its first letter to its last, or it is none: no space around it, nothing
 *     after it, not empty.
 *   - Nothing depends on the locale, and no result on how the machine rounds: a ratio is a whole number
 *     of millionths until the one division, by a million, that IEEE 754 rounds correctly.
 */
#include "runtime/knob_parse.h"

#include <errno.h>
#include <string.h>

enum {
    EXPONENT_MAX = 1000000000, /* larger ones say no more */
    MILLION = 1000000,
};

static const uint64_t ratio_millionths_end = (UINT64_C(1) << 33) * MILLION;

char
rt_knob_parse_fold(char letter) {
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool
is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/* Digits at the cursor, which moves behind them. -EINVAL: there are none; -ERANGE: too large for the
 * type, and the value is the largest or smallest there is. */
static int
scan_integer(const char **cursor, bool is_negative, int64_t *ret_value) {
    int64_t value = 0;
    int status = -EINVAL;

    for (; is_digit(**cursor); (*cursor)++) {
        int digit = **cursor - '0';

        if (status == -ERANGE) {
            continue;
        }
        status = 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, is_negative ? -digit : digit, &value)) {
            value = is_negative ? INT64_MIN : INT64_MAX;
            status = -ERANGE;
        }
    }
    *ret_value = value;
    return status;
}

static bool
skip_sign(const char **cursor) {
    bool is_negative = **cursor == '-';

    *cursor += is_negative || **cursor == '+';
    return is_negative;
}

int
rt_knob_parse_integer(const char *text, int64_t *ret_value) {
    bool is_negative = skip_sign(&text);
    int status = scan_integer(&text, is_negative, ret_value);

    return *text == '\0' ? status : -EINVAL;
}

int
rt_knob_parse_size(const char *text, int64_t *ret_value) {
    static const char letters[] = "kmgt";
    int status = scan_integer(&text, false, ret_value);
    const char *letter;

    text += text[0] == ' ' && text[1] != '\0';
    letter = *text == '\0' ? NULL : strchr(letters, rt_knob_parse_fold(*text));
    if (letter != NULL) {
        text++;
        text += rt_knob_parse_fold(*text) == 'i';
        if (status == 0 && __builtin_mul_overflow(
                               *ret_value, INT64_C(1) << (letter - letters + 1) * 10, ret_value)) {
            *ret_value = INT64_MAX;
            status = -ERANGE;
        }
    }
    text += rt_knob_parse_fold(*text) == 'b';
    return *text == '\0' ? status : -EINVAL;
}

/* digits * 10^scale; `has_rest`: and something more, less than one unit of the last digit. */
struct decimal {
    uint64_t digits;
    int64_t scale;
    bool has_rest;
};

/* Digits with an optional point among them. The first seventeen that count are kept. */
static int
scan_decimal(const char **cursor, struct decimal *decimal) {
    bool has_digits = false, has_point = false;

    for (; is_digit(**cursor) || (**cursor == '.' && !has_point); (*cursor)++) {
        if (**cursor == '.') {
            has_point = true;
            continue;
        }
        has_digits = true;
        if (decimal->digits < UINT64_C(10000000000000000)) {
            decimal->digits = decimal->digits * 10 + (uint64_t)(**cursor - '0');
            decimal->scale -= has_point;
        } else {
            decimal->has_rest |= **cursor != '0';
            decimal->scale += !has_point;
        }
    }
    return has_digits ? 0 : -EINVAL;
}

static int
scan_exponent(const char **cursor, struct decimal *decimal) {
    bool is_negative = skip_sign(cursor);
    int64_t exponent;
    int status = scan_integer(cursor, is_negative, &exponent);

    exponent = exponent < EXPONENT_MAX ? exponent : EXPONENT_MAX;
    decimal->scale += exponent > -EXPONENT_MAX ? exponent : -EXPONENT_MAX;
    return status == -EINVAL ? -EINVAL : 0;
}

/* To the nearest millionth, ties to even. -ERANGE: too large, or not zero and yet rounded to it. */
static int
round_to_millionths(struct decimal decimal, uint64_t *ret_millionths) {
    uint64_t count = decimal.digits, last = 0;
    int64_t scale = decimal.scale + 6;
    bool was_zero = count == 0;

    for (; scale > 0 && count != 0; scale--) {
        count *= 10;
        if (count >= ratio_millionths_end) {
            *ret_millionths = count;
            return -ERANGE;
        }
    }
    for (; scale < 0 && (count != 0 || last != 0); scale++) {
        decimal.has_rest |= last != 0;
        last = count % 10;
        count /= 10;
    }
    if (last > 5 || (last == 5 && (decimal.has_rest || count % 2 != 0))) {
        count++;
    }
    *ret_millionths = count;
    return count >= ratio_millionths_end || (count == 0 && !was_zero) ? -ERANGE : 0;
}

int
rt_knob_parse_ratio(const char *text, double *ret_value) {
    bool is_negative = skip_sign(&text);
    struct decimal decimal = {0};
    uint64_t millionths = 0;
    int status = scan_decimal(&text, &decimal);

    if (status == 0 && rt_knob_parse_fold(*text) == 'e') {
        text++;
        status = scan_exponent(&text, &decimal);
    }
    text += text[0] == ' ' && text[1] == '%';
    if (*text == '%') {
        decimal.scale -= 2;
        text++;
    }
    if (status != 0 || *text != '\0') {
        return -EINVAL;
    }
    status = round_to_millionths(decimal, &millionths);
    *ret_value = (double)millionths / MILLION;
    if (is_negative && millionths != 0) {
        *ret_value = -*ret_value;
    }
    return status;
}
