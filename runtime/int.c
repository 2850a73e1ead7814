/* SPDX-License-Identifier: MIT
 *
 * int.c: whole numbers of any size, and the two truth values, which are numbers as well.
 *
 * A number is its sign and the digits of its magnitude in base 2^30, least first: |size| digits, and
 * size is negative when the number is.
 *
 * Invariants:
 *   - The highest digit is not 0; 0 has no digits.
 *   - -5 ... 256 are the ones in the context, and no other int has such a value.
 *   - An int of one digit has a block of 32 bytes, as CPython asks for when it makes one from a machine
 *     word; others have 24 + 4 for each digit. Python's size counts the digits alone, and at least one.
 *
 * Numbers of up to two digits fit a machine word with room to spare and are handled there.
 */
#include "runtime/int.h"

#include <string.h>

enum {
    SHORT_DIGITS_MAX = 2, /* these fit struct rt_short_int */
    WORD_DIGITS_MAX = 3,  /* more than an int64_t needs */
    MANTISSA_BITS = 53,   /* of a double */
};

static const uint64_t digit_mask = (UINT64_C(1) << RT_DIGIT_BITS) - 1;

_Static_assert(sizeof(struct rt_short_int) == 32 &&
                   offsetof(struct rt_short_int, digits) == RT_INT_HEAD_BYTES &&
                   offsetof(struct rt_int, digits) == RT_INT_HEAD_BYTES,
               "the layout of CPython's");

static RT_ALWAYS_INLINE size_t
count_digits(const struct rt_int *self) {
    int64_t count = self->sized.size;

    return (size_t)(count < 0 ? -count : count);
}

static size_t
digits_bytes(size_t count) {
    return RT_INT_HEAD_BYTES + count * sizeof(uint32_t);
}

static RT_ALWAYS_INLINE bool
is_shared_value(int64_t value) {
    return (uint64_t)value - (uint64_t)RT_SMALL_INT_LOW < RT_SMALL_INT_COUNT;
}

static void
set_size(struct rt_int *self, bool is_negative, size_t count) {
    self->sized.size = is_negative ? -(int64_t)count : (int64_t)count;
}

/* ---- From machine words -------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE uint64_t
magnitude_of(int64_t value) {
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static RT_ALWAYS_INLINE int64_t
sign_of(int64_t value) {
    return value < 0 ? -1 : 1;
}

/* pre: count > SHORT_DIGITS_MAX */
static struct rt_int *
alloc_long(struct rt *rt, bool is_negative, size_t count) {
    struct rt_int *self = NULL;

    if (RT_LIKELY(count < PTRDIFF_MAX / 2 / sizeof(uint32_t))) {
        self = rt_alloc(rt, digits_bytes(count));
    }
    if (self == NULL) {
        rt->error = ENOMEM;
        return NULL;
    }
    rt_object_init(&self->sized.object, &rt_int_type);
    set_size(self, is_negative, count);
    return self;
}

static RT_NOINLINE struct rt_object *
new_from_wide(struct rt *rt, bool is_negative, uint64_t magnitude) {
    struct rt_int *self = alloc_long(rt, is_negative, WORD_DIGITS_MAX);

    if (self == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < WORD_DIGITS_MAX; i++) {
        self->digits[i] = (uint32_t)(magnitude & digit_mask);
        magnitude >>= RT_DIGIT_BITS;
    }
    return &self->sized.object;
}

/* pre: not a shared one's value */
static RT_NOINLINE struct rt_object *
new_slowly(struct rt *rt, int64_t value) {
    uint64_t magnitude = magnitude_of(value);
    struct rt_short_int *self;

    if (magnitude >> SHORT_DIGITS_MAX * RT_DIGIT_BITS != 0) {
        return new_from_wide(rt, value < 0, magnitude);
    }
    self = rt_alloc(rt, sizeof *self);
    if (self == NULL) {
        return rt_fail(rt, ENOMEM);
    }
    rt_object_init(&self->sized.object, &rt_int_type);
    self->sized.size = magnitude > digit_mask ? 2 * sign_of(value) : sign_of(value);
    self->digits[0] = (uint32_t)(magnitude & digit_mask);
    self->digits[1] = (uint32_t)(magnitude >> RT_DIGIT_BITS);
    return &self->sized.object;
}

/* A number of one digit that is not negative, and a block at hand: all else is elsewhere, so that this needs
 * no stack frame. */
struct rt_object *
rt_int_new(struct rt *rt, int64_t value) {
    uint64_t above_lowest = (uint64_t)value - (uint64_t)RT_SMALL_INT_LOW;
    struct rt_short_int *self;
    void *block;

    if (above_lowest < RT_SMALL_INT_COUNT) {
        return rt_incref(&rt->shared.ints[above_lowest].sized.object);
    }
    if (RT_UNLIKELY(above_lowest > digit_mask - (uint64_t)RT_SMALL_INT_LOW) ||
        RT_UNLIKELY(!rt_alloc_simple(rt, sizeof *self, &block))) {
        return new_slowly(rt, value);
    }
    self = block;
    rt_object_init(&self->sized.object, &rt_int_type);
    self->sized.size = 1;
    self->digits[0] = (uint32_t)value;
    return &self->sized.object;
}

static RT_NOINLINE void
drop_slowly(struct rt *rt, struct rt_object *object) {
    size_t count = count_digits(rt_int(object));

    rt_free(rt, object,
            count > SHORT_DIGITS_MAX ? digits_bytes(count) : sizeof(struct rt_short_int));
}

/* The class of the block tells as well as the number of digits whether it is a short int's. */
static void
drop(struct rt *rt, struct rt_object *object) {
    RT_ASSERT(rt_int(object)->sized.size != 0, "the shared ones outlive their references");
    if (RT_UNLIKELY(!rt_free_simple(rt, object, sizeof(struct rt_short_int)))) {
        drop_slowly(rt, object);
    }
}

/* ---- To machine words ---------------------------------------------------------------------------- */

/* pre: no more than SHORT_DIGITS_MAX digits */
static RT_ALWAYS_INLINE int64_t
short_value(const struct rt_int *self) {
    uint64_t magnitude = self->digits[0]; /* is there, even when it does not count */

    if (count_digits(self) == 2) {
        magnitude |= (uint64_t)self->digits[1] << RT_DIGIT_BITS;
    }
    return self->sized.size < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
}

int
rt_int_value_slowly(struct rt *rt, const struct rt_object *object, int64_t *ret_value) {
    const struct rt_int *self = rt_int(object);
    size_t count = count_digits(self);
    bool is_negative = self->sized.size < 0;
    uint64_t magnitude = 0;

    if (RT_LIKELY(count <= SHORT_DIGITS_MAX)) {
        *ret_value = short_value(self);
        return 0;
    }
    if (count > WORD_DIGITS_MAX || self->digits[2] >> (64 - 2 * RT_DIGIT_BITS) != 0) {
        return rt_refuse(rt, ERANGE);
    }
    for (size_t i = count; i-- > 0;) {
        magnitude = magnitude << RT_DIGIT_BITS | self->digits[i];
    }
    if (magnitude > (uint64_t)INT64_MAX + is_negative) {
        return rt_refuse(rt, ERANGE);
    }
    *ret_value = (int64_t)(is_negative ? -magnitude : magnitude);
    return 0;
}

size_t
rt_int_digit_count(const struct rt_object *object) {
    return count_digits(rt_int(object));
}

uint32_t
rt_int_digit(const struct rt_object *object, size_t index) {
    RT_ASSERT(index < rt_int_digit_count(object), "a digit that the number has");
    return rt_int(object)->digits[index];
}

/* ---- Long numbers ------------------------------------------------------------------------------- */

static size_t
without_zeros(const uint32_t *digits, size_t count) {
    while (count > 0 && digits[count - 1] == 0) {
        count--;
    }
    return count;
}

struct rt_object *
rt_int_from_digits(struct rt *rt, bool is_negative, const uint32_t *digits, size_t count) {
    size_t length = without_zeros(digits, count);
    struct rt_int *self;

    if (length <= SHORT_DIGITS_MAX) {
        int64_t low = length > 0 ? digits[0] : 0;
        int64_t high = length > 1 ? digits[1] : 0;
        int64_t value = high << RT_DIGIT_BITS | low;

        return rt_int_new(rt, is_negative ? -value : value);
    }
    self = alloc_long(rt, is_negative, length);
    if (self == NULL) {
        return NULL;
    }
    memcpy(self->digits, digits, length * sizeof *digits);
    return &self->sized.object;
}

/* -1, 0 or 1, as the first's magnitude is smaller than the second's, equal or greater. */
static int
compare_magnitudes(const struct rt_int *one, const struct rt_int *other) {
    size_t count = count_digits(one), other_count = count_digits(other);

    if (count != other_count) {
        return count < other_count ? -1 : 1;
    }
    while (count-- > 0) {
        if (one->digits[count] != other->digits[count]) {
            return one->digits[count] < other->digits[count] ? -1 : 1;
        }
    }
    return 0;
}

/* large + sign * small: writes the first `room` of its digits, least first, and returns how many it has. The
 * carry is -1, 0 or 1, and shifted with its sign.
 * pre: large has the greater magnitude, or an equal one */
static size_t
combine(const struct rt_int *large, const struct rt_int *small, int sign, uint32_t *digits,
        size_t room) {
    size_t large_count = count_digits(large), small_count = count_digits(small), length = 0;
    int64_t carry = 0;

    for (size_t i = 0; i < large_count || carry != 0; i++) {
        int64_t sum = carry;

        sum += i < large_count ? (int64_t)large->digits[i] : 0;
        sum += i < small_count ? sign * (int64_t)small->digits[i] : 0;
        carry = sum >> RT_DIGIT_BITS;
        sum &= (int64_t)digit_mask;
        if (i < room) {
            digits[i] = (uint32_t)sum;
        }
        length = sum != 0 ? i + 1 : length;
    }
    return length;
}

/* A pass to learn the length of the sum and another one to write it: so the block is no longer than
 * it has to be. */
static RT_NOINLINE struct rt_object *
add_long(struct rt *rt, const struct rt_int *one, const struct rt_int *other) {
    int sign = (one->sized.size < 0) == (other->sized.size < 0) ? 1 : -1;
    uint32_t few[SHORT_DIGITS_MAX];
    struct rt_int *self;
    size_t length;

    if (compare_magnitudes(one, other) < 0) {
        const struct rt_int *swap = one;

        one = other;
        other = swap;
    }
    length = combine(one, other, sign, few, SHORT_DIGITS_MAX);
    if (length <= SHORT_DIGITS_MAX) {
        return rt_int_from_digits(rt, one->sized.size < 0, few, length);
    }
    self = alloc_long(rt, one->sized.size < 0, length);
    if (self == NULL) {
        return NULL;
    }
    combine(one, other, sign, self->digits, length);
    return &self->sized.object;
}

struct rt_object *
rt_int_add(struct rt *rt, struct rt_object *one, struct rt_object *other) {
    const struct rt_int *a = rt_int(one), *b = rt_int(other);

    if (RT_LIKELY(count_digits(a) <= SHORT_DIGITS_MAX && count_digits(b) <= SHORT_DIGITS_MAX)) {
        return rt_int_new(rt, short_value(a) + short_value(b));
    }
    return add_long(rt, a, b);
}

/* ---- Comparison --------------------------------------------------------------------------------- */

/* The bits of value << shift, or of value >> -shift, that are worth 2^0 to 2^29. */
static uint32_t
digit_at(uint64_t value, int shift) {
    if (shift >= RT_DIGIT_BITS || shift <= -64) {
        return 0;
    }
    return (uint32_t)((shift >= 0 ? value << shift : value >> -shift) & digit_mask);
}

/* A double is a whole number of 53 bits times a power of two; an odd one, after the first step, so that it
 * is a fraction where the power is negative. */
bool
rt_int_equals_double(const struct rt_object *object, double value) {
    const struct rt_int *self = rt_int(object);
    size_t count = count_digits(self);
    uint64_t bits, odd;
    int power, top;

    memcpy(&bits, &value, sizeof bits);
    if (count == 0 || value == 0) {
        return count == 0 && value == 0;
    }
    power = (int)(bits >> (MANTISSA_BITS - 1)) & 0x7ff;
    if (power == 0 || power == 0x7ff || bits >> 63 != (self->sized.size < 0)) {
        return false; /* less than one, no number, or of the other sign */
    }
    odd = (bits & ((UINT64_C(1) << (MANTISSA_BITS - 1)) - 1)) | UINT64_C(1) << (MANTISSA_BITS - 1);
    power += __builtin_ctzll(odd) - (1023 + MANTISSA_BITS - 1);
    odd >>= __builtin_ctzll(odd);
    top = power + 64 - __builtin_clzll(odd); /* bits of the value */
    if (power < 0 || (size_t)(top + RT_DIGIT_BITS - 1) / RT_DIGIT_BITS != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (self->digits[i] != digit_at(odd, power - (int)i * RT_DIGIT_BITS)) {
            return false;
        }
    }
    return true;
}

static int
equal(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    const struct rt_int *a = rt_int(one), *b = rt_int(other);

    (void)rt, (void)depth;
    switch (other->type->kind) {
    case RT_KIND_INT:
    case RT_KIND_BOOL:
        return a->sized.size == b->sized.size &&
               memcmp(a->digits, b->digits, count_digits(a) * sizeof *a->digits) == 0;
    case RT_KIND_FLOAT:
        return rt_int_equals_double(one, rt_float_value(other));
    default:
        return 0;
    }
}

static int
hash(struct rt *rt, struct rt_object *object, int64_t *ret_hash) {
    (void)rt;
    *ret_hash = rt_int_hash(object);
    return 0;
}

/* ---- Sizes and soundness ------------------------------------------------------------------------ */

static size_t
size(const struct rt_object *object) {
    size_t count = count_digits(rt_int(object));

    return digits_bytes(count > 0 ? count : 1);
}

static size_t
owned(const struct rt_object *object) {
    size_t count = count_digits(rt_int(object));

    if (count > SHORT_DIGITS_MAX) {
        return digits_bytes(count);
    }
    return is_shared_value(short_value(rt_int(object))) ? 0 : sizeof(struct rt_short_int);
}

static size_t
owned_by_bool(const struct rt_object *object) {
    (void)object;
    return 0;
}

static bool
verify(const struct rt *rt, const struct rt_object *object, struct rt_text *why) {
    const struct rt_int *self = rt_int(object);
    size_t count = count_digits(self);
    const char *wrong = NULL;

    if (count > 0 && self->digits[count - 1] == 0) {
        wrong = "an int begins with a digit of zero";
    }
    for (size_t i = 0; i < count; i++) {
        if (self->digits[i] > digit_mask) {
            wrong = "an int has a digit beyond its base";
        }
    }
    if (count <= SHORT_DIGITS_MAX && is_shared_value(short_value(self)) &&
        object != &rt->shared.ints[short_value(self) - RT_SMALL_INT_LOW].sized.object) {
        wrong = "a small int is not the shared one";
    }
    if (wrong != NULL && why != NULL) {
        rt_text_string(why, wrong);
    }
    return wrong == NULL;
}

const struct rt_type rt_int_type = {
    .drop = drop,
    .size = size,
    .owned = owned,
    .hash = hash,
    .equal = equal,
    .verify = verify,
    .name = "int",
    .kind = RT_KIND_INT,
};

/* ---- Those that are shared ---------------------------------------------------------------------- */

static void
drop_bool(struct rt *rt, struct rt_object *object) {
    (void)rt;
    object->count = RT_SHARED_COUNT;
}

const struct rt_type rt_bool_type = {
    .drop = drop_bool,
    .size = size,
    .owned = owned_by_bool,
    .hash = hash,
    .equal = equal,
    .name = "bool",
    .kind = RT_KIND_BOOL,
};

struct rt_object *
rt_bool(struct rt *rt, bool value) {
    return &rt->shared.bools[value].sized.object;
}

bool
rt_bool_value(const struct rt_object *object) {
    return rt_int(object)->sized.size != 0;
}

static void
init_shared(struct rt_short_int *self, const struct rt_type *type, int64_t value) {
    self->sized.object = (struct rt_object){.count = RT_SHARED_COUNT, .type = type};
    self->sized.size = (value > 0) - (value < 0);
    self->digits[0] = (uint32_t)(value < 0 ? -value : value);
    self->digits[1] = 0;
}

void
rt_int_init(struct rt *rt) {
    for (int64_t value = RT_SMALL_INT_LOW; value <= RT_SMALL_INT_HIGH; value++) {
        init_shared(&rt->shared.ints[value - RT_SMALL_INT_LOW], &rt_int_type, value);
    }
    init_shared(&rt->shared.bools[false], &rt_bool_type, 0);
    init_shared(&rt->shared.bools[true], &rt_bool_type, 1);
}
