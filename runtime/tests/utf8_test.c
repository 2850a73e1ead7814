/* SPDX-License-Identifier: MIT
 *
 * UTF-8, both ways, and all that is not UTF-8.
 */
#include "runtime/tests/heap.h"

#include "runtime/utf8.h"

#include <errno.h>

/* The number of points and the largest, or what is wrong. */
static int
measure(const char *text, size_t bytes, size_t *ret_count, uint32_t *ret_largest) {
    char exact[64]; /* nothing behind the text may decide */

    assert_true(bytes + 1 < sizeof exact);
    memset(exact, 0xbf, sizeof exact);
    memcpy(exact, text, bytes);
    return rt_utf8_measure(exact, bytes, ret_count, ret_largest);
}

static void
test_utf8_of_every_point_comes_back(void **state) {
    (void)state;
    for (uint32_t point = 0; point <= RT_POINT_MAX; point++) {
        char bytes[2 * sizeof(uint64_t)]; /* compilers think that a word of it is read */
        uint32_t largest = 0, again = 0;
        size_t length, count = 0,
                       expected = point < 0x80      ? 1
                                  : point < 0x800   ? 2
                                  : point < 0x10000 ? 3
                                                    : 4;

        if (!rt_point_is_valid(point))
            continue;
        length = rt_utf8_encode(point, bytes);
        assert_int_equal(length, expected);
        assert_int_equal(measure(bytes, length, &count, &largest), 0);
        assert_int_equal(count, 1);
        assert_int_equal(largest, point);
        assert_int_equal(rt_utf8_decode(bytes, &again), length);
        assert_int_equal(again, point);
        assert_int_equal(rt_utf8_is_ascii(bytes, length), point < 0x80);
    }
}

static void
test_utf8_measures_mixed_text(void **state) {
    const char *text = "a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80z";
    uint32_t largest = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(measure(text, strlen(text), &count, &largest), 0);
    assert_int_equal(count, 5);
    assert_int_equal(largest, 0x1f600);
    assert_int_equal(measure("", 0, &count, &largest), 0);
    assert_int_equal(count, 0);
    assert_int_equal(largest, 0);
}

static void
test_utf8_refuses_what_is_none(void **state) {
    static const char *const wrong[] = {
        "\x80",             /* a continuation alone */
        "\xbf",             /* the last of them */
        "\xc0\x80",         /* U+0000 in two bytes */
        "\xc1\xbf",         /* U+007F in two */
        "\xe0\x80\x80",     /* U+0000 in three */
        "\xe0\x9f\xbf",     /* U+07FF in three */
        "\xf0\x80\x80\x80", /* U+0000 in four */
        "\xf0\x8f\xbf\xbf", /* U+FFFF in four */
        "\xed\xa0\x80",     /* the first surrogate */
        "\xed\xbf\xbf",     /* the last */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80", /* beyond */
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xc3",         /* cut */
        "\xe4\xb8",     /* cut */
        "\xf0\x9f\x98", /* cut */
        "\xc3(",        /* the second byte is none */
        "\xe4\xb8(",
        "\xf0\x9f\x98(",
        "\xe4(\xad",
        "\xc3\xc3",
        "abc\xc3",
        "\xc3\xa9\x80",
    };
    uint32_t largest = 7;
    size_t count = 7;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(measure(wrong[i], strlen(wrong[i]), &count, &largest), -EINVAL);
        assert_int_equal(count, 7);
        assert_int_equal(largest, 7);
    }
}

static void
test_utf8_accepts_the_edges_of_each_length(void **state) {
    static const struct {
        const char *text;
        uint32_t point;
    } edges[] = {
        {"\x7f", 0x7f},
        {"\xc2\x80", 0x80},
        {"\xdf\xbf", 0x7ff},
        {"\xe0\xa0\x80", 0x800},
        {"\xed\x9f\xbf", 0xd7ff},
        {"\xee\x80\x80", 0xe000},
        {"\xef\xbf\xbf", 0xffff},
        {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x8f\xbf\xbf", 0x10ffff},
    };

    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        uint32_t largest = 0;
        size_t count = 0;

        assert_int_equal(measure(edges[i].text, strlen(edges[i].text), &count, &largest), 0);
        assert_int_equal(largest, edges[i].point);
    }
}

static void
test_utf8_ascii_is_seen_at_every_place(void **state) {
    char text[40];

    (void)state;
    for (size_t bytes = 0; bytes <= sizeof text; bytes++) {
        memset(text, 0x7f, bytes);
        assert_true(rt_utf8_is_ascii(text, bytes));
        for (size_t i = 0; i < bytes; i++) {
            text[i] = (char)0x80;
            assert_false(rt_utf8_is_ascii(text, bytes));
            text[i] = 0x7f;
        }
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_of_every_point_comes_back),
        cmocka_unit_test(test_utf8_measures_mixed_text),
        cmocka_unit_test(test_utf8_refuses_what_is_none),
        cmocka_unit_test(test_utf8_accepts_the_edges_of_each_length),
        cmocka_unit_test(test_utf8_ascii_is_seen_at_every_place),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
