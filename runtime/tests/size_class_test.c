/* SPDX-License-Identifier: MIT
 *
 * The arithmetic of classes, against the figures that CPython prints.
 */
#include "runtime/tests/heap.h"

#include "runtime/size_class.h"

static void
test_size_class_steps_by_sixteen_bytes(void **state) {
    (void)state;
    assert_int_equal(rt_size_class_index(1), 0);
    assert_int_equal(rt_size_class_index(16), 0);
    assert_int_equal(rt_size_class_index(17), 1);
    assert_int_equal(rt_size_class_index(512), 31);
    assert_int_equal(rt_size_class_index(513), 32);
    assert_int_equal(rt_size_class_index(4096), RT_CLASS_COUNT_MAX - 1);
}

static void
test_size_class_is_the_smallest_that_holds_the_request(void **state) {
    (void)state;
    for (size_t bytes = 1; bytes <= 4096; bytes++) {
        size_t block_bytes = rt_size_class_bytes(rt_size_class_index(bytes));

        assert_true(block_bytes >= bytes);
        assert_true(block_bytes - bytes < RT_UNIT_BYTES);
        assert_int_equal(block_bytes % RT_UNIT_BYTES, 0);
    }
}

static void
test_size_class_fills_a_pool_of_16_kib_as_pymalloc_does(void **state) {
    static const size_t first[] = {1021, 510, 340, 255, 204, 170, 145, 127, 113, 102};

    (void)state;
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        assert_int_equal(rt_size_class_capacity(i, 16 * KIB), first[i]);
    }
    assert_int_equal(rt_size_class_capacity(rt_size_class_index(256), 16 * KIB), 63);
    assert_int_equal(rt_size_class_capacity(rt_size_class_index(496), 16 * KIB), 32);
    assert_int_equal(rt_size_class_capacity(rt_size_class_index(512), 16 * KIB), 31);
}

static void
test_size_class_fills_any_pool_without_room_for_one_more(void **state) {
    (void)state;
    for (size_t pool_bytes = 4 * KIB; pool_bytes <= MIB; pool_bytes *= 2) {
        for (size_t i = 0; i < RT_CLASS_COUNT_MAX; i++) {
            size_t room = pool_bytes - RT_POOL_HEADER_BYTES;
            size_t capacity = rt_size_class_capacity(i, pool_bytes);

            assert_true(capacity * rt_size_class_bytes(i) <= room);
            assert_true((capacity + 1) * rt_size_class_bytes(i) > room);
            assert_true(capacity <= UINT16_MAX);
        }
    }
}

static void
test_size_class_keeps_a_block_of_which_more_than_three_quarters_are_used(void **state) {
    (void)state;
    assert_true(rt_size_class_keeps(512, 400));
    assert_true(rt_size_class_keeps(512, 385));
    assert_false(rt_size_class_keeps(512, 384));
    assert_true(rt_size_class_keeps(64, 49));
    assert_false(rt_size_class_keeps(64, 48));
    assert_true(rt_size_class_keeps(16, 13));
    assert_false(rt_size_class_keeps(16, 12));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_class_steps_by_sixteen_bytes),
        cmocka_unit_test(test_size_class_is_the_smallest_that_holds_the_request),
        cmocka_unit_test(test_size_class_fills_a_pool_of_16_kib_as_pymalloc_does),
        cmocka_unit_test(test_size_class_fills_any_pool_without_room_for_one_more),
        cmocka_unit_test(test_size_class_keeps_a_block_of_which_more_than_three_quarters_are_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
