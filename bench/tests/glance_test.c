/* SPDX-License-Identifier: MIT
 *
 * glance_test.c: drawings say what the samples say, in characters that the terminal has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/glance.h"

static const struct bench_glance ascii = {.width = 60}, blocks = {.width = 60, .unicode = true};

struct drawing {
    bool drawn;
    char *text;
    size_t bytes;
};

static struct bench_hist *
make_hist(void) {
    struct bench_hist *hist = malloc(sizeof *hist);
    assert_non_null(hist);
    bench_hist_init(hist);
    return hist;
}

static struct drawing
draw_hist(const struct bench_glance *glance, const struct bench_hist *hist) {
    struct drawing drawing = {0};
    FILE *out = open_memstream(&drawing.text, &drawing.bytes);

    assert_non_null(out);
    drawing.drawn = bench_glance_hist(glance, hist, out);
    fclose(out);
    return drawing;
}

static struct drawing
draw_memory(const struct bench_glance *glance, const struct bench_series *resident,
            const struct bench_series *live, double before) {
    struct drawing drawing = {0};
    FILE *out = open_memstream(&drawing.text, &drawing.bytes);

    assert_non_null(out);
    drawing.drawn = bench_glance_memory(glance, resident, live, before, out);
    fclose(out);
    return drawing;
}

/* ---- Where to --------------------------------------------------------------------------------------- */

static void
test_glance_first_variable_that_is_set_names_the_locale(void **state) {
    (void)state;
    assert_true(bench_glance_is_utf8("C.UTF-8", NULL, NULL));
    assert_true(bench_glance_is_utf8(NULL, "", "de_DE.utf8"));
    assert_true(bench_glance_is_utf8(NULL, NULL, "en_US.UTF-8@euro"));
    assert_false(bench_glance_is_utf8("C", NULL, "en_US.UTF-8"));
    assert_false(bench_glance_is_utf8(NULL, NULL, "de_DE.ISO-8859-1"));
    assert_false(bench_glance_is_utf8(NULL, NULL, NULL));
}

static void
test_glance_without_a_terminal_is_80_wide_and_plain(void **state) {
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct bench_glance glance = bench_glance_find(ends[1]);
    assert_int_equal(glance.width, 80);
    assert_false(glance.colour);
    close(ends[0]);
    close(ends[1]);
}

static void
test_glance_text_survives_where_only_ascii_is_understood(void **state) {
    char *text;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    (void)state;
    bench_glance_write(&ascii, "1.5 µs, a→b; ", out);
    bench_glance_write(&blocks, "1.5 µs", out);
    fclose(out);
    assert_string_equal(text, "1.5 us, a?b; 1.5 µs");
    free(text);
}

/* ---- How long operations took ----------------------------------------------------------------------- */

static void
test_glance_few_operations_are_not_drawn(void **state) {
    struct bench_hist *hist = make_hist();

    (void)state;
    bench_hist_record_many(hist, 100, BENCH_GLANCE_OPERATIONS - 2);
    bench_hist_record(hist, 200);
    struct drawing drawing = draw_hist(&ascii, hist);
    assert_false(drawing.drawn);
    assert_string_equal(drawing.text, "");
    free(drawing.text);
    free(hist);
}

static void
test_glance_bars_are_as_long_as_shares(void **state) {
    struct bench_hist *hist = make_hist();

    (void)state;
    bench_hist_record_many(hist, 110, 50); /* from 100: half of it, and so the full length */
    bench_hist_record_many(hist, 130, 25);
    bench_hist_record_many(hist, 260, 24);
    bench_hist_record_many(hist, 310, 1);
    struct drawing drawing = draw_hist(&ascii, hist);
    assert_true(drawing.drawn);
    assert_string_equal(drawing.text,
                        "      100 ns  ####################################    50.0 %\n"
                        "      120 ns  ##################                      25.0 %\n"
                        "      150 ns                                               -\n"
                        "      200 ns                                               -\n"
                        "      250 ns  #################                       24.0 %\n"
                        "      300 ns  #                                       1.00 %\n");
    free(drawing.text);
    free(hist);
}

static void
test_glance_one_slow_operation_of_a_million_is_seen(void **state) {
    struct bench_hist *hist = make_hist();

    (void)state;
    bench_hist_record_many(hist, 30, 1000000);
    bench_hist_record(hist, 1500000000);
    struct drawing drawing = draw_hist(&blocks, hist);
    assert_true(drawing.drawn);
    assert_non_null(strstr(drawing.text, "1.00 s  ▏ "));
    assert_non_null(strstr(drawing.text, "0.0001 %"));
    free(drawing.text);
    free(hist);
}

static void
test_glance_any_spread_fits_into_few_rows_with_every_operation(void **state) {
    static const uint64_t most[] = {2, 11, 130, 5000, 999999, 70000000, BENCH_HIST_GREATEST};
    struct bench_hist *hist = make_hist();

    (void)state;
    for (uint64_t least = 0; least < 200; least += 19)
        for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
            size_t rows = 0;
            double sum = 0;
            if (most[i] <= least)
                continue;
            bench_hist_init(hist);
            bench_hist_record_many(hist, least, 8);
            bench_hist_record_many(hist, (least + most[i]) / 2, 4);
            bench_hist_record_many(hist, most[i], 4);
            struct drawing drawing = draw_hist(&ascii, hist);
            for (char *row = strtok(drawing.text, "\n"); row != NULL; row = strtok(NULL, "\n")) {
                char *share = strrchr(row, '%');
                assert_int_equal(strlen(row), 60);
                rows++;
                sum += share == NULL ? 0 : strtod(share - 7, NULL);
            }
            assert_in_range(rows, 1, BENCH_GLANCE_BINS);
            assert_true(sum > 99.9 && sum < 100.1);
            free(drawing.text);
        }
    free(hist);
}

static void
test_glance_colour_only_where_it_is_wanted(void **state) {
    const struct bench_glance coloured = {.width = 60, .unicode = true, .colour = true};
    struct bench_hist *hist = make_hist();

    (void)state;
    bench_hist_record_many(hist, 100, 10);
    bench_hist_record_many(hist, 200, 10);
    struct drawing with = draw_hist(&coloured, hist), without = draw_hist(&blocks, hist);
    assert_non_null(strchr(with.text, '\033'));
    assert_null(strchr(without.text, '\033'));
    free(with.text);
    free(without.text);
    free(hist);
}

/* ---- Memory ----------------------------------------------------------------------------------------- */

static void
test_glance_live_stands_before_resident(void **state) {
    struct bench_series resident = {0}, live = {0};

    (void)state;
    for (int64_t i = 0; i <= 8; i++) {
        assert_int_equal(bench_series_add(&resident, i * 1000000, i << 20), 0);
        assert_int_equal(bench_series_add(&live, i * 1000000, i << 19), 0);
    }
    struct drawing drawing = draw_memory(&ascii, &resident, &live, 0);
    assert_true(drawing.drawn);
    assert_int_equal(strncmp(drawing.text, "    8.00 MiB  ", 14), 0);
    /* The last column, from above: four rows of what is resident only, four that are live. */
    size_t row = 0;
    for (char *line = strtok(drawing.text, "\n"); line != NULL && row < 8;
         line = strtok(NULL, "\n")) {
        assert_int_equal(strlen(line), 60);
        assert_int_equal(line[59], row < 4 ? '.' : '#');
        row++;
    }
    assert_int_equal(row, 8);
    free(drawing.text);
    bench_series_fini(&resident);
    bench_series_fini(&live);
}

static void
test_glance_curve_holds_a_value_until_the_next_sample(void **state) {
    static const int64_t at[] = {0, 10, 500, 510, 990, 1000};
    static const int64_t value[] = {100, 800, 800, 100, 100, 100};
    struct bench_series resident = {0}, live = {0};

    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
        assert_int_equal(bench_series_append(&resident, at[i], value[i]), 0);
    struct drawing drawing = draw_memory(&ascii, &resident, &live, 0);
    const char *first = drawing.text, *end = strchr(first, '\n');
    size_t wide = strspn(first + 14, ".");
    assert_in_range(wide, 23, 25); /* half of 46 */
    assert_ptr_equal(first + 14 + wide, end);
    assert_null(strstr(drawing.text, "live"));
    free(drawing.text);
    bench_series_fini(&resident);
}

static void
test_glance_memory_from_before_the_work_is_not_in_the_curve(void **state) {
    struct bench_series resident = {0}, live = {0};

    (void)state;
    for (int64_t i = 0; i <= 8; i++)
        assert_int_equal(bench_series_add(&resident, i * 1000, (6 << 20) + (i << 20)), 0);
    struct drawing drawing = draw_memory(&ascii, &resident, &live, 6 << 20);
    assert_int_equal(strncmp(drawing.text, "    8.00 MiB  ", 14), 0);
    assert_non_null(strstr(drawing.text, "above the 6.00 MiB before"));
    free(drawing.text);
    drawing = draw_memory(&ascii, &resident, &live, 64 << 20); /* it never grew */
    assert_false(drawing.drawn);
    free(drawing.text);
    bench_series_fini(&resident);
}

static void
test_glance_few_samples_are_not_drawn(void **state) {
    struct bench_series resident = {0}, live = {0};

    (void)state;
    for (int64_t i = 0; i + 1 < BENCH_GLANCE_SAMPLES; i++)
        assert_int_equal(bench_series_add(&resident, i * 1000, i << 20), 0);
    struct drawing drawing = draw_memory(&blocks, &resident, &live, 0);
    assert_false(drawing.drawn);
    assert_string_equal(drawing.text, "");
    free(drawing.text);
    bench_series_fini(&resident);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glance_first_variable_that_is_set_names_the_locale),
        cmocka_unit_test(test_glance_without_a_terminal_is_80_wide_and_plain),
        cmocka_unit_test(test_glance_text_survives_where_only_ascii_is_understood),
        cmocka_unit_test(test_glance_few_operations_are_not_drawn),
        cmocka_unit_test(test_glance_bars_are_as_long_as_shares),
        cmocka_unit_test(test_glance_one_slow_operation_of_a_million_is_seen),
        cmocka_unit_test(test_glance_any_spread_fits_into_few_rows_with_every_operation),
        cmocka_unit_test(test_glance_colour_only_where_it_is_wanted),
        cmocka_unit_test(test_glance_live_stands_before_resident),
        cmocka_unit_test(test_glance_curve_holds_a_value_until_the_next_sample),
        cmocka_unit_test(test_glance_memory_from_before_the_work_is_not_in_the_curve),
        cmocka_unit_test(test_glance_few_samples_are_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
