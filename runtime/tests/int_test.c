/* SPDX-License-Identifier: MIT
 *
 * Whole numbers and truth values: value, size, which are shared, sums, hashes, and equality with other
 * numbers.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/hashes.h"
#include "runtime/tests/seed.h"

#include "runtime/int.h"

#include <errno.h>
#include <float.h>
#include <math.h>

static uint64_t
requested(struct rt *rt) {
    return test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
}

static int64_t
value_of(struct rt *rt, const struct rt_object *number) {
    int64_t value = 0;

    assert_int_equal(rt_int_value(rt, number, &value), 0);
    return value;
}

/* A number whose type holds by its invariants. */
static struct rt_object *
sound(struct rt *rt, struct rt_object *number) {
    char line[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    assert_non_null(number);
    if (number->type == &rt_int_type && !rt_int_type.verify(rt, number, &why))
        fail_msg("%s", line);
    return number;
}

static void
test_int_keeps_every_machine_word(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (int shift = 0; shift < 64; shift++) {
        for (int64_t d = -2; d <= 2; d++) {
            int64_t value = (int64_t)((UINT64_C(1) << shift) + (uint64_t)d);
            int64_t opposite = (int64_t)(-(uint64_t)value);
            struct rt_object *number = sound(rt, rt_int_new(rt, value));
            struct rt_object *other = sound(rt, rt_int_new(rt, opposite));

            assert_int_equal(value_of(rt, number), value);
            assert_int_equal(value_of(rt, other), opposite);
            rt_decref(rt, number);
            rt_decref(rt, other);
        }
    }
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_int_shares_the_small_ones(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (int64_t value = -10; value <= 300; value++) {
        struct rt_object *one = sound(rt, rt_int_new(rt, value));
        struct rt_object *other = sound(rt, rt_int_new(rt, value));

        assert_int_equal(one == other, value >= -5 && value <= 256);
        assert_int_equal(rt_block_bytes(one), one == other ? 0 : 32);
        rt_decref(rt, one);
        rt_decref(rt, other);
    }
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_int_shared_in_one_context_is_not_in_another(void **state) {
    struct rt *one = test_create(NULL, NULL), *other = test_create(NULL, NULL);

    (void)state;
    assert_ptr_not_equal(rt_int_new(one, 7), rt_int_new(other, 7));
    rt_destroy(one);
    rt_destroy(other);
}

/* ---- Sizes ---- */

static void
assert_sizes(struct rt *rt, uint64_t before, struct rt_object *number, size_t size, size_t block) {
    assert_int_equal(rt_sizeof(number), size);
    assert_int_equal(rt_block_bytes(number), block);
    assert_int_equal(requested(rt) - before, block);
    rt_decref(rt, number);
    assert_int_equal(requested(rt), before);
}

static void
test_int_is_as_large_as_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (int bits = 0; bits <= 62; bits++) {
        size_t digits = (size_t)bits / 30 + 1, size = 24 + 4 * digits;
        size_t block = digits == 1 ? 32 : size;

        for (int sign = -1; sign <= 1; sign += 2)
            assert_sizes(rt, 0, rt_int_new(rt, sign * (INT64_C(1) << bits)), size,
                         bits < (sign < 0 ? 3 : 9) ? 0 : block);
    }
    assert_int_equal(rt_sizeof(rt_int_new(rt, 0)), 28);
    assert_int_equal(rt_sizeof(rt_bool(rt, false)), 28);
    assert_int_equal(rt_sizeof(rt_bool(rt, true)), 28);
    assert_int_equal(rt_block_bytes(rt_bool(rt, true)), 0);
    rt_destroy(rt);
}

static void
test_int_of_many_digits_has_four_bytes_for_each(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint32_t digits[300] = {0};

    (void)state;
    for (size_t count = 2; count <= 300; count++) {
        struct rt_object *number;

        digits[count - 1] = 1;
        number = sound(rt, rt_int_from_digits(rt, count % 2 != 0, digits, count));
        assert_int_equal(rt_int_digit_count(number), count);
        assert_int_equal(rt_int_digit(number, count - 1), 1);
        assert_sizes(rt, 0, number, 24 + 4 * count, 24 + 4 * count);
    }
    rt_destroy(rt);
}

/* ---- Digits ---- */

static void
test_int_from_digits_drops_leading_zeros(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint32_t digits[6] = {7, 0, 0, 0, 0, 0};
    struct rt_object *seven = rt_int_from_digits(rt, false, digits, 6), *number;

    (void)state;
    assert_ptr_equal(seven, rt_int_new(rt, 7));
    assert_int_equal(value_of(rt, rt_int_from_digits(rt, true, digits + 1, 5)), 0);
    assert_int_equal(value_of(rt, rt_int_from_digits(rt, true, digits, 0)), 0);
    digits[1] = 5;
    number = sound(rt, rt_int_from_digits(rt, true, digits, 6));
    assert_int_equal(value_of(rt, number), -(INT64_C(5) << 30 | 7));
    rt_decref(rt, number);
    digits[3] = 1;
    number = sound(rt, rt_int_from_digits(rt, false, digits, 6));
    assert_int_equal(rt_int_digit_count(number), 4);
    rt_decref(rt, number);
    rt_destroy(rt);
}

static void
test_int_beyond_a_machine_word_is_out_of_range(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint32_t least[3] = {0, 0, 8}, more[3] = {1, 0, 8}, high[3] = {0, 0, 16},
             four[4] = {0, 0, 0, 1};
    struct rt_object *numbers[] = {
        rt_int_from_digits(rt, false, least, 3), rt_int_from_digits(rt, true, more, 3),
        rt_int_from_digits(rt, true, high, 3), rt_int_from_digits(rt, false, four, 4)};
    struct rt_object *lowest = rt_int_from_digits(rt, true, least, 3);
    int64_t value = 42;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rt_fail(rt, 0);
        assert_int_equal(rt_int_value(rt, numbers[i], &value), -1);
        assert_int_equal(rt_error(rt), ERANGE);
        assert_int_equal(value, 42);
        rt_decref(rt, numbers[i]);
    }
    assert_int_equal(value_of(rt, lowest), INT64_MIN);
    rt_decref(rt, lowest);
    rt_destroy(rt);
}

/* ---- Sums ---- */

/* A magnitude with a sign, in two's complement of so many 30-bit digits, for a second way to add. */
enum {
    WIDE = 12
};

static struct rt_object *
random_number(struct rt *rt, struct test_random *random) {
    uint32_t digits[WIDE];
    size_t count = test_random_below(random, WIDE - 1);
    unsigned shape = (unsigned)test_random_below(random, 3);

    for (size_t i = 0; i < count; i++)
        digits[i] = shape == 0   ? (uint32_t)test_random_below(random, 1 << 30)
                    : shape == 1 ? (1 << 30) - 1
                                 : (uint32_t)test_random_below(random, 2);
    return sound(rt, rt_int_from_digits(rt, test_random_below(random, 2) != 0, digits, count));
}

static void
to_complement(const struct rt_object *number, uint32_t *complement) {
    bool is_negative = rt_int((struct rt_object *)number)->sized.size < 0;
    size_t count = rt_int_digit_count(number);
    uint32_t carry = is_negative;

    for (size_t i = 0; i < WIDE; i++) {
        uint32_t digit = i < count ? rt_int_digit(number, i) : 0;

        carry += is_negative ? ~digit & 0x3fffffff : digit;
        complement[i] = carry & 0x3fffffff;
        carry >>= 30;
    }
}

static void
test_int_adds_as_two_s_complement_does(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (int step = 0; step < 20000; step++) {
        struct rt_object *one = random_number(rt, &random), *other = random_number(rt, &random);
        struct rt_object *sum = sound(rt, rt_int_add(rt, one, other));
        uint32_t a[WIDE], b[WIDE], c[WIDE], carry = 0;

        to_complement(one, a);
        to_complement(other, b);
        to_complement(sum, c);
        for (size_t i = 0; i < WIDE; i++) {
            carry += a[i] + b[i];
            assert_int_equal(c[i], carry & 0x3fffffff);
            carry >>= 30;
        }
        rt_decref(rt, one);
        rt_decref(rt, other);
        rt_decref(rt, sum);
    }
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_int_adds_truth_values(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *two = rt_int_add(rt, rt_bool(rt, true), rt_bool(rt, true));

    (void)state;
    assert_ptr_equal(two, rt_int_new(rt, 2));
    assert_int_equal(rt_kind(rt_int_add(rt, rt_bool(rt, false), rt_bool(rt, true))), RT_KIND_INT);
    rt_destroy(rt);
}

static void
test_int_come_and_go_by_the_thousand(void **state) {
    enum {
        LIVE = 5000,
        STEPS = 200000
    };
    static struct rt_object *numbers[LIVE];
    static int64_t values[LIVE];
    struct rt *rt = test_create(NULL, NULL);
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t i = 0; i < LIVE; i++)
        numbers[i] = rt_int_new(rt, values[i] = 0);
    for (size_t step = 0; step < STEPS; step++) {
        size_t i = test_random_below(&random, LIVE);

        assert_int_equal(value_of(rt, numbers[i]), values[i]);
        rt_decref(rt, numbers[i]);
        values[i] = (int64_t)test_random_next(&random) >> test_random_below(&random, 64);
        numbers[i] = sound(rt, rt_int_new(rt, values[i]));
        if (step % 50000 == 0)
            assert_verified(rt);
    }
    for (size_t i = 0; i < LIVE; i++) {
        assert_int_equal(value_of(rt, numbers[i]), values[i]);
        rt_decref(rt, numbers[i]);
    }
    assert_int_equal(requested(rt), 0);
    assert_int_equal(test_stat(rt, RT_STAT_ALLOCATIONS), test_stat(rt, RT_STAT_FREES));
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Hashes and equality ---- */

static void
check_hash(void *context, int64_t hash, const char *value) {
    uint32_t digits[16];
    bool is_negative;
    size_t count = test_parse_digits(value, &is_negative, digits, 16);
    struct rt_object *number =
        sound(context, rt_int_from_digits(context, is_negative, digits, count));
    int64_t found = 0;

    assert_int_equal(rt_hash(context, number, &found), 0);
    assert_int_equal(found, hash);
    rt_decref(context, number);
}

static void
test_int_hashes_as_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    int64_t hash = 0;

    (void)state;
    test_hashes_each("int", 150, check_hash, rt);
    assert_int_equal(rt_hash(rt, rt_bool(rt, true), &hash), 0);
    assert_int_equal(hash, 1);
    assert_int_equal(rt_hash(rt, rt_bool(rt, false), &hash), 0);
    assert_int_equal(hash, 0);
    rt_destroy(rt);
}

static void
test_int_equals_by_value_whatever_the_type(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = rt_int_new(rt, 1), *big = rt_int_new(rt, 1 << 20);
    struct rt_object *big_again = rt_int_new(rt, 1 << 20), *minus = rt_int_new(rt, -(1 << 20));

    (void)state;
    assert_int_equal(rt_equal(rt, big, big_again), 1);
    assert_int_equal(rt_equal(rt, big, minus), 0);
    assert_int_equal(rt_equal(rt, one, rt_bool(rt, true)), 1);
    assert_int_equal(rt_equal(rt, rt_bool(rt, true), one), 1);
    assert_int_equal(rt_equal(rt, rt_bool(rt, true), rt_bool(rt, false)), 0);
    assert_int_equal(rt_equal(rt, one, rt_none(rt)), 0);
    rt_decref(rt, big);
    rt_decref(rt, big_again);
    rt_decref(rt, minus);
    rt_destroy(rt);
}

/* 2^power, and the numbers above and below it that are whole, as ints made without the double's help. */
static struct rt_object *
power_of_two(struct rt *rt, bool is_negative, int power) {
    uint32_t digits[36] = {0};

    digits[power / 30] = UINT32_C(1) << power % 30;
    return sound(rt, rt_int_from_digits(rt, is_negative, digits, 36));
}

static void
test_int_equals_the_double_of_its_value_and_no_other(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (int power = 0; power < 1024; power++) {
        double exact = ldexp(1, power);
        struct rt_object *plus = power_of_two(rt, false, power);
        struct rt_object *minus = power_of_two(rt, true, power);
        struct rt_object *next = sound(rt, rt_int_add(rt, plus, rt_int_new(rt, 1)));

        assert_true(rt_int_equals_double(plus, exact));
        assert_true(rt_int_equals_double(minus, -exact));
        assert_false(rt_int_equals_double(plus, -exact));
        assert_false(rt_int_equals_double(minus, exact));
        assert_false(rt_int_equals_double(plus, exact * (1 + DBL_EPSILON)));
        assert_false(rt_int_equals_double(plus, exact * (1 - DBL_EPSILON / 2)));
        assert_false(rt_int_equals_double(plus, ldexp(1, power + 1)));
        assert_int_equal(rt_int_equals_double(next, exact + 1), power < 53);
        rt_decref(rt, plus);
        rt_decref(rt, minus);
        rt_decref(rt, next);
    }
    rt_destroy(rt);
}

static void
test_int_equals_no_fraction_no_infinity_and_no_nan(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    const double others[] = {0.5, 5e-324, 1.5, INFINITY, -INFINITY, NAN, 1e300};
    uint32_t mixed[3] = {0x2aaaaaaa, 0x15555555, 0x3f};
    struct rt_object *number = rt_int_from_digits(rt, false, mixed, 3);

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        for (int64_t value = -1; value <= 2; value++)
            assert_false(rt_int_equals_double(rt_int_new(rt, value), others[i]));
        assert_false(rt_int_equals_double(number, others[i]));
    }
    assert_true(rt_int_equals_double(rt_int_new(rt, 0), -0.0));
    assert_true(rt_int_equals_double(rt_int_new(rt, 1000), 1000.0));
    rt_decref(rt, number);
    rt_destroy(rt);
}

/* ---- Truth values, failures, backends ---- */

static void
test_bool_is_one_of_two(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_true(rt_bool_value(rt_bool(rt, true)));
    assert_false(rt_bool_value(rt_bool(rt, false)));
    assert_int_equal(value_of(rt, rt_bool(rt, true)), 1);
    assert_string_equal(rt_type_name(rt_bool(rt, true)), "bool");
    assert_int_equal(test_stat(rt, RT_STAT_ALLOCATIONS), 0);
    rt_destroy(rt);
}

static void
test_int_without_memory_says_so(void **state) {
    struct rt *rt = test_create_fallible("alloc.backend=pool");
    uint32_t digits[3] = {0, 0, 1};

    (void)state;
    rt->config.alloc_fail_every = 1;
    assert_null(rt_int_new(rt, 1000));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_null(rt_int_new(rt, INT64_MAX));
    assert_null(rt_int_from_digits(rt, false, digits, 3));
    assert_null(rt_int_add(rt, rt_int_new(rt, 256), rt_int_new(rt, 1)));
    assert_non_null(rt_int_new(rt, 256));
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_int_sum_without_memory_leaves_both(void **state) {
    struct rt *rt = test_create_fallible("alloc.backend=pool");
    struct rt_object *one = rt_int_new(rt, INT64_MAX), *other = rt_int_new(rt, INT64_MIN + 1);

    (void)state;
    test_fail_at(rt, 1);
    assert_null(rt_int_add(rt, one, one));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_int_equal(value_of(rt, one), INT64_MAX);
    assert_ptr_equal(rt_int_add(rt, one, other), rt_int_new(rt, 0));
    rt_decref(rt, one);
    rt_decref(rt, other);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_int_works_on_every_backend(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rt *rt = test_create(NULL, test_backends[i], NULL);
        struct rt_object *sum = rt_int_new(rt, 1000);

        for (int doubled = 0; doubled < 200; doubled++) {
            struct rt_object *next = sound(rt, rt_int_add(rt, sum, sum));

            rt_decref(rt, sum);
            sum = next;
        }
        assert_int_equal(rt_int_digit_count(sum), 7); /* 1000 << 200 */
        rt_decref(rt, sum);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), 0);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_int_verifier_finds_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *number = rt_int_new(rt, INT64_C(1) << 40);
    uint32_t high = rt_int(number)->digits[1];

    (void)state;
    assert_true(rt_int_type.verify(rt, number, NULL));
    rt_int(number)->digits[1] = 0;
    assert_false(rt_int_type.verify(rt, number, NULL));
    rt_int(number)->digits[1] = UINT32_C(1) << 30;
    assert_false(rt_int_type.verify(rt, number, NULL));
    rt_int(number)->digits[1] = high;
    rt_int(number)->digits[0] = 5;
    rt_int(number)->sized.size = 1;
    assert_false(rt_int_type.verify(rt, number, NULL)); /* 5 is shared */
    rt_decref(rt, number);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int_keeps_every_machine_word),
        cmocka_unit_test(test_int_shares_the_small_ones),
        cmocka_unit_test(test_int_shared_in_one_context_is_not_in_another),
        cmocka_unit_test(test_int_is_as_large_as_python_s),
        cmocka_unit_test(test_int_of_many_digits_has_four_bytes_for_each),
        cmocka_unit_test(test_int_from_digits_drops_leading_zeros),
        cmocka_unit_test(test_int_beyond_a_machine_word_is_out_of_range),
        cmocka_unit_test(test_int_adds_as_two_s_complement_does),
        cmocka_unit_test(test_int_adds_truth_values),
        cmocka_unit_test(test_int_come_and_go_by_the_thousand),
        cmocka_unit_test(test_int_hashes_as_python_s),
        cmocka_unit_test(test_int_equals_by_value_whatever_the_type),
        cmocka_unit_test(test_int_equals_the_double_of_its_value_and_no_other),
        cmocka_unit_test(test_int_equals_no_fraction_no_infinity_and_no_nan),
        cmocka_unit_test(test_bool_is_one_of_two),
        cmocka_unit_test(test_int_without_memory_says_so),
        cmocka_unit_test(test_int_sum_without_memory_leaves_both),
        cmocka_unit_test(test_int_works_on_every_backend),
        cmocka_unit_test(test_int_verifier_finds_what_is_wrong),
    };

    return cmocka_run_group_tests_name("int", tests, NULL, NULL);
}
