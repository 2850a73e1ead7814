/* SPDX-License-Identifier: MIT
 *
 * csv_read_test.c: the parser reads odd files as Python's csv module does (data/csv_corpus.json, which csv_corpus.py
 * makes), numbers as float() does, finds what is no UTF-8, and does not hang on to rows without an end.
 */
#include <math.h>
#include <stdio.h>

#include "workloads/rng.h"
#include "workloads/tests/csv_expected.h"

static int
load_corpus(void **state) {
    json_error_t error;

    *state = json_load_file(WORKLOADS_TEST_DATA "/csv_corpus.json", JSON_ALLOW_NUL, &error);
    if (*state == NULL)
        print_message("# line %d: %s\n", error.line, error.text);
    return *state == NULL ? -1 : 0;
}

static int
drop_corpus(void **state) {
    json_decref(*state);
    return 0;
}

static void
test_csv_read_takes_odd_files_as_python_does(void **state) {
    assert_true(json_array_size(json_object_get(*state, "files")) > 90);
    compare_files(*state);
}

/* Zeros have signs. */
static bool
is_same(double one, double other) {
    return one == other && signbit(one) == signbit(other);
}

static void
test_csv_read_numbers_are_pythons_floats(void **state) {
    json_t *numbers = json_object_get(*state, "numbers"), *number;
    size_t index;

    assert_true(json_array_size(numbers) > 60);
    json_array_foreach(numbers, index, number) {
        const char *text = json_string_value(json_object_get(number, "text"));
        const char *value = json_string_value(json_object_get(number, "value"));
        double read = 0, expected = value == NULL ? 0 : strtod(value, NULL);
        bool is_number = wl_csv_read_number(text, strlen(text), &read);
        if (is_number != (value != NULL) || !is_same(read, expected))
            fail_msg("'%s' is read as %g, Python has %s", text, read,
                     value == NULL ? "none" : value);
    }
}

/* Every way to write up to nine letters, against the C library. */
static void
test_csv_read_short_numbers_are_the_c_librarys(void **state) {
    static const char letters[] = "0.9-7/:e+5 1";
    char text[10];

    (void)state;
    for (uint64_t i = 0; i < 2000000; i++) {
        uint64_t drawn = wl_rng_mix(i);
        size_t bytes = 1 + drawn % 9, most = 3 + (drawn >> 8) % 10;
        double read = 0, expected;
        char *end;
        for (size_t k = 0; k < bytes; k++)
            text[k] = letters[(drawn >> (8 + 6 * k)) % 64 % most];
        text[bytes] = '\0';
        expected = strtod(text, &end);
        bool is_number = *end == '\0' && text[0] != ' ';
        if (wl_csv_read_number(text, bytes, &read) != is_number ||
            (is_number && !is_same(read, expected)))
            fail_msg("'%s' is read as %g", text, read);
    }
}

/* Whole files in one block. Gives the flaws of the first row. */
static unsigned
read_flaws(const char *text, size_t bytes) {
    struct wl_csv_read reader;
    struct wl_csv_row row;
    size_t size;
    char *room;

    assert_int_equal(wl_csv_read_init(&reader, 1 << 10), 0);
    assert_int_equal(wl_csv_read_room(&reader, &room, &size), 0);
    memcpy(room, text, bytes);
    wl_csv_read_fed(&reader, bytes);
    wl_csv_read_fed(&reader, 0);
    assert_int_equal(wl_csv_read_row(&reader, &row), 1);
    wl_csv_read_fini(&reader);
    return row.flaws;
}

static void
test_csv_read_finds_what_is_no_utf8(void **state) {
    static const char *const right[] = {"a",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80,\xed\x9f\xbf",
                                        "\xee\x80\x80\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80,\xf4\x8f\xbf\xbf",
                                        "\"\xc3\xa4\"\"\",b",
                                        "12345678\xc3\xa4,2345678"};
    static const char *const wrong[] = {"\x80",
                                        "\xc1\xbf",
                                        "\xc3",
                                        "\xc3,\xa4",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xe2\x82",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xff",
                                        "\"\xc3\"",
                                        "12345678,1234567\xc3",
                                        "\xe2\x28\xa1",
                                        "\xf0\x90\x28\xbc"};

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_int_equal(read_flaws(right[i], strlen(right[i])), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (read_flaws(wrong[i], strlen(wrong[i])) != WL_CSV_FLAW_UTF8)
            fail_msg("text %zu passes for UTF-8", i);
    /* A bad row behind it is none of this one's. */
    assert_int_equal(read_flaws("a,b\n\xff", 5), 0);
}

static void
test_csv_read_refuses_a_row_without_an_end(void **state) {
    struct wl_csv_read reader;
    struct wl_csv_row row;
    size_t bytes, fed = 0;
    char *room;
    int error;

    (void)state;
    assert_int_equal(wl_csv_read_init(&reader, 1 << 20), 0);
    while ((error = wl_csv_read_room(&reader, &room, &bytes)) == 0) {
        memset(room, '"', bytes);
        wl_csv_read_fed(&reader, bytes);
        assert_int_equal(wl_csv_read_row(&reader, &row), 0);
        fed += bytes;
    }
    assert_int_equal(error, -EMSGSIZE);
    assert_int_equal(fed, WL_CSV_READ_ROW_MOST);
    wl_csv_read_fini(&reader);
}

static void
test_csv_read_gives_fields_of_its_own_buffer(void **state) {
    struct wl_csv_read reader;
    struct wl_csv_row row;
    size_t bytes;
    char *room;

    (void)state;
    assert_int_equal(wl_csv_read_init(&reader, 64), 0);
    assert_int_equal(wl_csv_read_room(&reader, &room, &bytes), 0);
    strcpy(room, "a,\"b\"\n");
    wl_csv_read_fed(&reader, 6);
    assert_int_equal(wl_csv_read_row(&reader, &row), 1);
    assert_ptr_equal(row.fields[0].data, room);
    assert_ptr_equal(row.fields[1].data, room + 3);
    assert_int_equal(wl_csv_read_row(&reader, &row), 0);
    wl_csv_read_fini(&reader);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_read_takes_odd_files_as_python_does),
        cmocka_unit_test(test_csv_read_numbers_are_pythons_floats),
        cmocka_unit_test(test_csv_read_short_numbers_are_the_c_librarys),
        cmocka_unit_test(test_csv_read_finds_what_is_no_utf8),
        cmocka_unit_test(test_csv_read_refuses_a_row_without_an_end),
        cmocka_unit_test(test_csv_read_gives_fields_of_its_own_buffer),
    };
    return cmocka_run_group_tests_name("workloads/csv_read", tests, load_corpus, drop_corpus);
}
