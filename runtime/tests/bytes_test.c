/* SPDX-License-Identifier: MIT
 *
 * Strings of bytes: value, size, what is shared, hashes, equality, and no memory.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/hashes.h"

#include "runtime/object.h"

#include <errno.h>

static uint64_t
requested(struct rt *rt) {
    return test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
}

/* Bytes whose type holds by its invariants. */
static struct rt_object *
make(struct rt *rt, const void *data, size_t length) {
    struct rt_object *bytes = rt_bytes_new(rt, data, length);

    assert_non_null(bytes);
    assert_true(bytes->type->verify(rt, bytes, NULL));
    return bytes;
}

static void
test_bytes_are_as_large_as_python_s(void **state) {
    (void)state;
    for (size_t backend = 0; backend < 3; backend++) {
        struct rt *rt = test_create(NULL, test_backends[backend], NULL);
        unsigned char data[600];

        test_write(data, sizeof data, 1);
        for (size_t length = 2; length <= sizeof data; length++) {
            struct rt_object *bytes = make(rt, data, length);

            assert_int_equal(rt_kind(bytes), RT_KIND_BYTES);
            assert_int_equal(rt_bytes_length(bytes), length);
            assert_true(test_is_written(rt_bytes_data(bytes), length, 1));
            assert_int_equal(rt_sizeof(bytes), 33 + length);
            assert_int_equal(rt_block_bytes(bytes), 33 + length);
            assert_int_equal(requested(rt), 33 + length);
            rt_decref(rt, bytes);
            assert_int_equal(requested(rt), 0);
        }
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_bytes_share_the_empty_ones_and_single_ones(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *empty = make(rt, NULL, 0), *pair, *other;

    (void)state;
    assert_ptr_equal(make(rt, "", 0), empty);
    assert_int_equal(rt_sizeof(empty), 33);
    for (unsigned value = 0; value < 256; value++) {
        struct rt_object *bytes = make(rt, &(uint8_t){(uint8_t)value}, 1);

        assert_ptr_equal(make(rt, &(uint8_t){(uint8_t)value}, 1), bytes);
        assert_int_equal(rt_bytes_data(bytes)[0], value);
        assert_int_equal(rt_sizeof(bytes), 34);
        assert_int_equal(rt_block_bytes(bytes), 0);
        bytes->count = 1;
        rt_decref(rt, bytes);
        assert_true(bytes->count > 1);
    }
    assert_int_equal(requested(rt), 0);
    pair = make(rt, "ab", 2);
    other = make(rt, "ab", 2);
    assert_ptr_not_equal(pair, other);
    rt_decref(rt, pair);
    rt_decref(rt, other);
    rt_destroy(rt);
}

static void
check_hash(void *context, int64_t hash, const char *value) {
    unsigned char data[2048];
    size_t length = test_parse_bytes(value, data, sizeof data);
    struct rt_object *bytes = make(context, data, length);
    int64_t found = 0;

    for (int again = 0; again < 2; again++) {
        assert_int_equal(rt_hash(context, bytes, &found), 0);
        assert_int_equal(found, hash);
    }
    assert_true(bytes->type->verify(context, bytes, NULL));
    rt_decref(context, bytes);
}

static void
test_bytes_hash_as_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    test_hashes_each("bytes", 40, check_hash, rt);
    rt_destroy(rt);
}

static void
test_bytes_equal_by_value_and_never_a_str(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = make(rt, "a\0b", 3), *same = make(rt, "a\0b", 3);
    struct rt_object *other = make(rt, "a\0c", 3), *longer = make(rt, "a\0bc", 4);
    struct rt_object *string = rt_str_new(rt, "a\0b", 3);

    (void)state;
    assert_int_equal(rt_equal(rt, one, same), 1);
    assert_int_equal(rt_equal(rt, one, other), 0);
    assert_int_equal(rt_equal(rt, one, longer), 0);
    assert_int_equal(rt_equal(rt, one, string), 0);
    assert_int_equal(rt_equal(rt, string, one), 0);
    rt_decref(rt, one);
    rt_decref(rt, same);
    rt_decref(rt, other);
    rt_decref(rt, longer);
    rt_decref(rt, string);
    rt_destroy(rt);
}

static void
test_bytes_without_memory_say_so(void **state) {
    struct rt *rt = test_create_fallible("alloc.backend=pool");

    (void)state;
    test_fail_at(rt, 1);
    assert_null(rt_bytes_new(rt, "abc", 3));
    assert_int_equal(rt_error(rt), ENOMEM);
    rt_fail(rt, 0);
    assert_null(rt_bytes_new(rt, "abc", SIZE_MAX)); /* no wrapping round */
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_bytes_verifier_finds_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *bytes = make(rt, "abc", 3);
    uint8_t *data = (uint8_t *)rt_bytes_data(bytes);
    int64_t hash = 0;

    (void)state;
    data[3] = 1;
    assert_false(bytes->type->verify(rt, bytes, NULL));
    data[3] = 0;
    assert_int_equal(rt_hash(rt, bytes, &hash), 0);
    data[0] = 'x';
    assert_false(bytes->type->verify(rt, bytes, NULL));
    data[0] = 'a';
    assert_true(bytes->type->verify(rt, bytes, NULL));
    rt_decref(rt, bytes);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_as_large_as_python_s),
        cmocka_unit_test(test_bytes_share_the_empty_ones_and_single_ones),
        cmocka_unit_test(test_bytes_hash_as_python_s),
        cmocka_unit_test(test_bytes_equal_by_value_and_never_a_str),
        cmocka_unit_test(test_bytes_without_memory_say_so),
        cmocka_unit_test(test_bytes_verifier_finds_what_is_wrong),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
