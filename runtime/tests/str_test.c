/* SPDX-License-Identifier: MIT
 *
 * Strings: forms by the largest character, sizes, what is shared, parts and sums, appending in place,
 * hashes, equality, and no memory.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/hashes.h"
#include "runtime/tests/seed.h"

#include "runtime/str.h"

#include <errno.h>

enum {
    LONGEST = 64
};

static uint64_t
requested(struct rt *rt) {
    return test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
}

/* A string whose type holds by its invariants. */
static struct rt_object *
sound(struct rt *rt, struct rt_object *string) {
    char line[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    assert_non_null(string);
    if (!rt_str_type.verify(rt, string, &why))
        fail_msg("%s", line);
    return string;
}

static struct rt_object *
text(struct rt *rt, const char *utf8) {
    return sound(rt, rt_str_new(rt, utf8, strlen(utf8)));
}

/* So many of this character. */
static struct rt_object *
run(struct rt *rt, uint32_t point, size_t count) {
    uint32_t points[400];

    assert_true(count <= 400);
    for (size_t i = 0; i < count; i++)
        points[i] = point;
    return sound(rt, rt_str_from_points(rt, points, count));
}

static void
assert_text(const struct rt_object *string, const char *expected) {
    char buffer[TEST_TEXT_BYTES];
    struct rt_text builder;

    rt_text_init(&builder, buffer, sizeof buffer);
    rt_str_to_text(string, &builder);
    assert_string_equal(buffer, expected);
}

/* ---- Forms and sizes ---- */

static void
test_str_is_as_wide_as_its_largest_character(void **state) {
    static const struct {
        uint32_t point;
        unsigned width, head;
    } forms[] = {{'a', 1, 48},   {0x7f, 1, 48},   {0x80, 1, 72},    {0xff, 1, 72},
                 {0x100, 2, 72}, {0xffff, 2, 72}, {0x10000, 4, 72}, {0x10ffff, 4, 72}};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (size_t count = 2; count <= 300; count++) {
            uint64_t before = requested(rt);
            struct rt_object *string = run(rt, forms[i].point, count);
            size_t bytes = forms[i].head + (count + 1) * forms[i].width;

            assert_int_equal(rt_str_width(string), forms[i].width);
            assert_int_equal(rt_str_is_ascii(string), forms[i].head == 48);
            assert_int_equal(rt_str_length(string), count);
            assert_int_equal(rt_str_at(string, count - 1), forms[i].point);
            assert_int_equal(rt_sizeof(string), bytes);
            assert_int_equal(rt_block_bytes(string), bytes);
            assert_int_equal(requested(rt) - before, bytes);
            rt_decref(rt, string);
            assert_int_equal(requested(rt), before);
        }
    }
    rt_destroy(rt);
}

static void
test_str_from_utf8_is_that_from_points(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    const uint32_t points[] = {'a', 0xe9, 0x4e2d, 0x1f600, 'z'};

    (void)state;
    for (size_t start = 0; start < 5; start++) {
        for (size_t count = 0; start + count <= 5; count++) {
            char buffer[64];
            struct rt_text builder;
            struct rt_object *one = sound(rt, rt_str_from_points(rt, points + start, count));
            struct rt_object *other;

            rt_text_init(&builder, buffer, sizeof buffer);
            rt_str_to_text(one, &builder);
            other = text(rt, buffer);
            assert_int_equal(rt_equal(rt, one, other), 1);
            assert_int_equal(rt_str_length(other), count);
            rt_decref(rt, one);
            rt_decref(rt, other);
        }
    }
    assert_int_equal(requested(rt), 0);
    rt_destroy(rt);
}

static void
test_str_may_have_zeros_within(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = sound(rt, rt_str_new(rt, "a\0b", 3));

    (void)state;
    assert_int_equal(rt_str_length(string), 3);
    assert_memory_equal(rt_str_data(string), "a\0b", 4);
    rt_decref(rt, string);
    rt_destroy(rt);
}

static void
test_str_refuses_what_is_not_text(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    const uint32_t wrong[] = {0xd800, 0xdfff, 0x110000, UINT32_MAX};

    (void)state;
    assert_null(rt_str_new(rt, "abc\xff", 4));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_fail(rt, 0);
    assert_null(rt_str_new(rt, "\xed\xa0\x80", 3));
    assert_int_equal(rt_error(rt), EINVAL);
    assert_null(rt_str_constant(rt, "\xc0\x80", 2));
    assert_null(rt_str_name(rt, "\xc3"));
    for (size_t i = 0; i < 4; i++) {
        rt_fail(rt, 0);
        assert_null(rt_str_from_points(rt, wrong + i, 1));
        assert_int_equal(rt_error(rt), EINVAL);
    }
    assert_int_equal(test_stat(rt, RT_STAT_ALLOCATIONS), 0);
    rt_destroy(rt);
}

/* ---- Shared ones ---- */

static void
test_str_shares_the_empty_one_and_single_characters(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (uint32_t point = 0; point < 256; point++) {
        struct rt_object *string = run(rt, point, 1), *pair = run(rt, point, 2);

        assert_ptr_equal(string, run(rt, point, 1));
        assert_ptr_equal(string, sound(rt, rt_str_slice(rt, pair, 1, 2)));
        assert_int_equal(rt_str_length(string), 1);
        assert_int_equal(rt_str_at(string, 0), point);
        assert_int_equal(rt_sizeof(string), point < 128 ? 50 : 74);
        assert_int_equal(rt_block_bytes(string), 0);
        rt_decref(rt, pair);
    }
    assert_ptr_equal(text(rt, ""), run(rt, 'a', 0));
    assert_ptr_equal(text(rt, "\xc3\xbf"), run(rt, 0xff, 1));
    assert_int_equal(rt_sizeof(text(rt, "")), 49);
    assert_int_equal(rt_block_bytes(text(rt, "")), 0);
    assert_int_equal(requested(rt), 0);
    rt_destroy(rt);
}

static void
test_str_of_one_wide_character_is_not_shared(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = run(rt, 0x100, 1), *other = run(rt, 0x100, 1);

    (void)state;
    assert_ptr_not_equal(one, other);
    assert_int_equal(rt_sizeof(one), 76);
    rt_decref(rt, one);
    rt_decref(rt, other);
    rt_destroy(rt);
}

static void
test_str_shared_outlives_its_references(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "a");

    (void)state;
    string->count = 1;
    rt_decref(rt, string);
    assert_true(string->count > 1);
    assert_ptr_equal(text(rt, "a"), string);
    rt_destroy(rt);
}

/* ---- Parts and sums ---- */

static struct rt_object *
random_string(struct rt *rt, struct test_random *random, uint32_t *points, size_t *ret_count) {
    static const uint32_t limits[] = {0x80, 0x100, 0x800, 0x110000};
    uint32_t limit = limits[test_random_below(random, 4)];

    *ret_count = test_random_below(random, LONGEST);
    for (size_t i = 0; i < *ret_count; i++) {
        do {
            points[i] = (uint32_t)test_random_below(random, i % 3 == 0 ? limit : 0x80);
        } while (points[i] >= 0xd800 && points[i] <= 0xdfff);
    }
    return sound(rt, rt_str_from_points(rt, points, *ret_count));
}

static void
assert_points(const struct rt_object *string, const uint32_t *points, size_t count) {
    assert_int_equal(rt_str_length(string), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rt_str_at(string, i), points[i]);
}

static void
test_str_parts_and_sums_agree_with_arrays(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (int step = 0; step < 20000; step++) {
        uint32_t points[2 * LONGEST];
        size_t count, more, start = test_random_below(&random, LONGEST);
        size_t end = test_random_below(&random, 2 * LONGEST);
        struct rt_object *left = random_string(rt, &random, points, &count);
        struct rt_object *right = random_string(rt, &random, points + count, &more);
        struct rt_object *sum = sound(rt, rt_str_concat(rt, left, right)), *part, *whole;

        assert_points(sum, points, count + more);
        part = sound(rt, rt_str_slice(rt, sum, start, end));
        end = end < count + more ? end : count + more;
        start = start < end ? start : end;
        assert_points(part, points + start, end - start);
        whole = rt_str_slice(rt, sum, 0, SIZE_MAX);
        assert_ptr_equal(whole, sum);
        rt_decref(rt, whole);
        assert_int_equal(rt_str_append(rt, &left, right), 0);
        assert_points(sound(rt, left), points, count + more);
        assert_int_equal(rt_equal(rt, left, sum), 1);
        rt_decref(rt, left);
        rt_decref(rt, right);
        rt_decref(rt, part);
        rt_decref(rt, sum);
    }
    assert_int_equal(requested(rt), 0);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_str_sum_with_nothing_is_the_other(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "abc"), *empty = text(rt, "");

    (void)state;
    assert_ptr_equal(rt_str_concat(rt, string, empty), string);
    assert_ptr_equal(rt_str_concat(rt, empty, string), string);
    assert_int_equal(string->count, 3);
    assert_int_equal(rt_str_append(rt, &string, empty), 0);
    assert_int_equal(string->count, 3);
    rt_destroy(rt);
}

/* ---- Appending ---- */

/* The sum must fit the class of the first one's block. */
static void
assert_appended_in_place(struct rt *rt, struct rt_object *left, const char *more) {
    struct rt_object *right = text(rt, more), *string = left;
    size_t length = rt_str_length(left) + rt_str_length(right);
    uint64_t allocations = test_stat(rt, RT_STAT_ALLOCATIONS);

    assert_int_equal(rt_str_append(rt, &string, right), 0);
    assert_ptr_equal(string, left);
    assert_int_equal(rt_str_length(sound(rt, string)), length);
    assert_int_equal(test_stat(rt, RT_STAT_ALLOCATIONS), allocations);
    rt_decref(rt, right);
    rt_decref(rt, string);
    assert_int_equal(requested(rt), 0);
}

static void
test_str_appends_in_place_when_nobody_can_tell(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_appended_in_place(rt, text(rt, "0123456789"), "ab"); /* 59 and 61 of 64 bytes */
    assert_appended_in_place(rt, run(rt, 0xe9, 3), "a");
    assert_appended_in_place(rt, run(rt, 0x100, 6), "\xc3\xa9");
    assert_appended_in_place(rt, run(rt, 0x1f600, 3), "\xc4\x80");
    rt_destroy(rt);
}

static void
test_str_grown_by_appending_is_never_larger_than_it_has_to_be(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "start"), *more = text(rt, "+");
    uint64_t allocations = test_stat(rt, RT_STAT_ALLOCATIONS);

    (void)state;
    for (size_t i = 1; i <= 20000; i++) {
        assert_int_equal(rt_str_append(rt, &string, more), 0);
        assert_int_equal(requested(rt), 49 + 5 + i);
        if (i == 450) /* still in pools: a block for each 16 bytes and no more */
            assert_true(test_stat(rt, RT_STAT_ALLOCATIONS) - allocations <= 29);
    }
    sound(rt, string);
    rt_decref(rt, string);
    rt_destroy(rt);
}

static void
test_str_appends_to_a_copy_where_others_would_see(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "0123456789"), *old = string, *tail = text(rt, "ab");
    int64_t hash = 0;

    (void)state;
    rt_incref(old); /* a second reference */
    assert_int_equal(rt_str_append(rt, &string, tail), 0);
    assert_ptr_not_equal(string, old);
    assert_text(old, "0123456789");
    assert_int_equal(old->count, 1);
    rt_decref(rt, string);

    string = old; /* its hash is known */
    assert_int_equal(rt_hash(rt, string, &hash), 0);
    rt_incref(old);
    rt_decref(rt, old);
    assert_int_equal(old->count, 1);
    assert_int_equal(rt_str_append(rt, &string, tail), 0);
    assert_text(string, "0123456789ab");
    assert_int_not_equal(rt_str_hash(string), hash);
    rt_decref(rt, string);

    string = rt_str_name(rt, "interned_"); /* in the table */
    assert_int_equal(rt_str_append(rt, &string, tail), 0);
    assert_false(rt_str_is_interned(string));
    assert_text(string, "interned_ab");
    rt_decref(rt, string);
    rt_decref(rt, tail);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_str_appends_wider_text_to_a_copy(void **state) {
    static const char *const tails[] = {"\xc3\xa9", "\xc4\x80", "\xf0\x9f\x98\x80"};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rt_object *string = text(rt, "ab"), *tail = text(rt, tails[i]);

        assert_int_equal(rt_str_append(rt, &string, tail), 0);
        assert_int_equal(rt_str_length(sound(rt, string)), 3);
        assert_int_equal(rt_sizeof(string), 72 + 4 * rt_str_width(string));
        rt_decref(rt, string);
        rt_decref(rt, tail);
    }
    assert_int_equal(requested(rt), 0);
    rt_destroy(rt);
}

static void
test_str_appends_itself(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "ab");

    (void)state;
    assert_int_equal(rt_str_append(rt, &string, string), 0);
    assert_text(sound(rt, string), "abab");
    rt_decref(rt, string);
    assert_int_equal(requested(rt), 0);
    rt_destroy(rt);
}

/* ---- Hashes, equality, text ---- */

static void
check_hash(void *context, int64_t hash, const char *value) {
    uint32_t points[200];
    size_t count = test_parse_points(value, points, 200);
    struct rt_object *string = sound(context, rt_str_from_points(context, points, count));
    int64_t found = 0;

    for (int again = 0; again < 2; again++) {
        assert_int_equal(rt_hash(context, string, &found), 0);
        assert_int_equal(found, hash);
    }
    rt_decref(context, string);
}

static void
test_str_hashes_as_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    test_hashes_each("str", 40, check_hash, rt);
    rt_destroy(rt);
}

static void
test_str_equals_by_text(void **state) {
    static const char *const texts[] = {
        "", "a", "ab", "ac", "b\xc3\xa9", "b\xc4\x80", "b\xf0\x9f\x98\x80", "abc"};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            struct rt_object *one = text(rt, texts[i]), *other = text(rt, texts[k]);

            assert_int_equal(rt_equal(rt, one, other), i == k);
            rt_decref(rt, one);
            rt_decref(rt, other);
        }
    }
    assert_int_equal(rt_equal(rt, text(rt, ""), rt_none(rt)), 0);
    rt_destroy(rt);
}

static void
test_str_is_written_in_whole_characters(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "a\xc3\xa9\xf0\x9f\x98\x80");
    static const size_t kept[] = {0, 0, 1, 1, 3, 3, 3, 3, 7, 7}; /* by capacity */
    char buffer[16];

    (void)state;
    for (size_t capacity = 0; capacity < 10; capacity++) {
        struct rt_text builder;

        rt_text_init(&builder, buffer, capacity);
        rt_str_to_text(string, &builder);
        assert_int_equal(builder.length, capacity == 0 ? 0 : kept[capacity]);
        if (capacity > 0)
            assert_int_equal(builder.cut, capacity < 8);
    }
    rt_decref(rt, string);
    rt_destroy(rt);
}

/* ---- No memory ---- */

static void
test_str_without_memory_changes_nothing(void **state) {
    (void)state;
    for (size_t backend = 0; backend < 3; backend++) {
        struct rt *rt = test_create_fallible(test_backends[backend]);
        struct rt_object *string = text(rt, "0123456789"), *same = string;
        struct rt_object *tail = run(rt, 'x', 300), *wide = run(rt, 0x100, 5);
        const uint32_t points[] = {'a', 'b'};
        uint64_t before = requested(rt);

        rt->config.alloc_fail_every = 1;
        assert_null(rt_str_new(rt, "abc", 3));
        assert_int_equal(rt_error(rt), ENOMEM);
        rt_fail(rt, 0);
        assert_null(rt_str_new(rt, "ab\xc3\xa9", 4));
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_null(rt_str_from_points(rt, points, 2));
        assert_null(rt_str_name(rt, "name"));
        assert_null(rt_str_constant(rt, "name", 4));
        assert_null(rt_str_concat(rt, string, tail));
        assert_null(rt_str_slice(rt, tail, 3, 200));
        rt_fail(rt, 0);
        assert_int_equal(rt_str_append(rt, &string, tail), -1); /* in place */
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_ptr_equal(string, same);
        assert_int_equal(rt_str_append(rt, &string, wide), -1); /* to a copy */
        assert_ptr_equal(string, same);
        assert_text(sound(rt, string), "0123456789");
        assert_int_equal(requested(rt), before);
        assert_verified(rt);
        rt->config.alloc_fail_every = 0;
        assert_int_equal(rt_str_append(rt, &string, wide), 0);
        rt_decref(rt, string);
        rt_decref(rt, tail);
        rt_decref(rt, wide);
        assert_int_equal(requested(rt), 0);
        rt_destroy(rt);
    }
}

static void
test_str_verifier_finds_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = text(rt, "b\xc3\xa9ta");
    char *characters = (char *)rt_str(string) + RT_STR_WIDE_BYTES;

    (void)state;
    assert_true(rt_str_type.verify(rt, string, NULL));
    characters[4] = 1;
    assert_false(rt_str_type.verify(rt, string, NULL));
    characters[4] = 0;
    characters[1] = 'e'; /* it would be ASCII */
    assert_false(rt_str_type.verify(rt, string, NULL));
    characters[1] = (char)0xe9;
    rt_str(string)->hash = 5;
    assert_false(rt_str_type.verify(rt, string, NULL));
    rt_str(string)->hash = RT_STR_NO_HASH;
    rt_str(string)->is_interned = true;
    assert_false(rt_str_type.verify(rt, string, NULL));
    rt_str(string)->is_interned = false;
    assert_true(rt_str_type.verify(rt, string, NULL));
    rt_decref(rt, string);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str_is_as_wide_as_its_largest_character),
        cmocka_unit_test(test_str_from_utf8_is_that_from_points),
        cmocka_unit_test(test_str_may_have_zeros_within),
        cmocka_unit_test(test_str_refuses_what_is_not_text),
        cmocka_unit_test(test_str_shares_the_empty_one_and_single_characters),
        cmocka_unit_test(test_str_of_one_wide_character_is_not_shared),
        cmocka_unit_test(test_str_shared_outlives_its_references),
        cmocka_unit_test(test_str_parts_and_sums_agree_with_arrays),
        cmocka_unit_test(test_str_sum_with_nothing_is_the_other),
        cmocka_unit_test(test_str_appends_in_place_when_nobody_can_tell),
        cmocka_unit_test(test_str_grown_by_appending_is_never_larger_than_it_has_to_be),
        cmocka_unit_test(test_str_appends_to_a_copy_where_others_would_see),
        cmocka_unit_test(test_str_appends_wider_text_to_a_copy),
        cmocka_unit_test(test_str_appends_itself),
        cmocka_unit_test(test_str_hashes_as_python_s),
        cmocka_unit_test(test_str_equals_by_text),
        cmocka_unit_test(test_str_is_written_in_whole_characters),
        cmocka_unit_test(test_str_without_memory_changes_nothing),
        cmocka_unit_test(test_str_verifier_finds_what_is_wrong),
    };

    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
