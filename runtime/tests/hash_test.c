/* SPDX-License-Identifier: MIT
 *
 * Hashes of plain data, against what the real interpreter gives.
 */
#include "runtime/tests/hashes.h"

#include "runtime/hash.h"

#include <math.h>

static void
check_digits(void *context, int64_t hash, const char *value) {
    uint32_t digits[16];
    bool is_negative;
    size_t count = test_parse_digits(value, &is_negative, digits, 16);

    (void)context;
    assert_int_equal(rt_hash_digits(is_negative, digits, count), hash);
}

static void
test_hash_of_a_whole_number_is_python_s(void **state) {
    (void)state;
    test_hashes_each("int", 150, check_digits, NULL);
}

static void
check_double(void *context, int64_t hash, const char *value) {
    (void)context;
    assert_int_equal(rt_hash_double(test_parse_double(value)), hash);
}

static void
test_hash_of_a_double_is_python_s(void **state) {
    (void)state;
    test_hashes_each("float", 100, check_double, NULL);
}

static void
check_bytes(void *context, int64_t hash, const char *value) {
    unsigned char bytes[2048];
    size_t count = test_parse_bytes(value, bytes + 1, sizeof bytes - 1);

    (void)context;
    assert_int_equal(rt_hash_bytes(bytes + 1, count), hash); /* aligned to nothing */
}

static void
test_hash_of_bytes_is_python_s(void **state) {
    (void)state;
    test_hashes_each("bytes", 40, check_bytes, NULL);
}

static void
test_hash_of_a_double_is_that_of_the_same_whole_number(void **state) {
    (void)state;
    for (int power = 0; power < 1024; power++) {
        uint32_t digits[36] = {0};

        digits[power / 30] = UINT32_C(1) << power % 30;
        assert_int_equal(rt_hash_double(ldexp(1, power)), rt_hash_digits(false, digits, 36));
        assert_int_equal(rt_hash_double(-ldexp(1, power)), rt_hash_digits(true, digits, 36));
    }
}

static void
test_hash_is_never_minus_one(void **state) {
    uint32_t one = 1;

    (void)state;
    assert_int_equal(rt_hash_digits(true, &one, 1), -2);
    assert_int_equal(rt_hash_double(-1.0), -2);
    assert_int_equal(rt_hash_address((void *)UINTPTR_MAX), -2);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_of_a_whole_number_is_python_s),
        cmocka_unit_test(test_hash_of_a_double_is_python_s),
        cmocka_unit_test(test_hash_of_bytes_is_python_s),
        cmocka_unit_test(test_hash_of_a_double_is_that_of_the_same_whole_number),
        cmocka_unit_test(test_hash_is_never_minus_one),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
