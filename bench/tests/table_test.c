/* SPDX-License-Identifier: MIT
 *
 * table_test.c: columns line up, and quantities have three digits.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/table.h"

static void
test_table_columns_line_up_by_characters(void **state) {
    const char *const heading[] = {"name", "time", NULL};
    struct bench_table table;
    char *text;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(out);
    bench_table_init(&table, heading);
    bench_table_put(&table, "a");
    bench_table_put(&table, "12 µs");
    bench_table_put(&table, "longer");
    bench_table_put(&table, "1 ns");
    bench_table_print(&table, out);
    bench_table_fini(&table);
    fclose(out);
    assert_string_equal(text, "name     time\na       12 µs\nlonger   1 ns\n");
    free(text);
}

static void
test_table_quantities_have_three_digits_and_a_unit(void **state) {
    char text[BENCH_TABLE_TEXT_BYTES];

    (void)state;
    assert_string_equal(bench_table_time(7, text), "7 ns");
    assert_string_equal(bench_table_time(1234, text), "1.23 µs");
    assert_string_equal(bench_table_time(99950, text), "100 µs");
    assert_string_equal(bench_table_time(999600, text), "1.00 ms");
    assert_string_equal(bench_table_time(12.34e9, text), "12.3 s");
    assert_string_equal(bench_table_bytes(0, text), "0 B");
    assert_string_equal(bench_table_bytes(1536, text), "1.50 KiB");
    assert_string_equal(bench_table_bytes(31.5 * 1048576, text), "31.5 MiB");
    assert_string_equal(bench_table_ratio(1, text), "1.00x");
    assert_string_equal(bench_table_ratio(12.345, text), "12.3x");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_columns_line_up_by_characters),
        cmocka_unit_test(test_table_quantities_have_three_digits_and_a_unit),
    };
    return cmocka_run_group_tests_name("bench/table", tests, NULL, NULL);
}
