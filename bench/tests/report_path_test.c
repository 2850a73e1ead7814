/* SPDX-License-Identifier: MIT */
#include "bench/report/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_written(const struct bench_report_place *places, size_t count, bool is_closed,
               const char *expected) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    bench_report_path_write(places, count, is_closed, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void
test_path_is_written_in_steps(void **state) {
    const struct bench_report_place places[] = {{10, 20}, {15, 20}, {18, 20}, {18, -5},
                                                {20, -7}, {30, -4}, {29, 0}};
    (void)state;
    assert_written(places, 7, false, "M10 20h5 3v-25l2-2 10 3-1 4");
    assert_written(places, 3, true, "M10 20h5 3z");
    assert_written(places, 0, false, "");
}

static void
test_path_leaves_steps_of_nothing_out_but_not_a_whole_line(void **state) {
    const struct bench_report_place places[] = {{-1, 2}, {-1, 2}, {-1, 3}};
    (void)state;
    assert_written(places, 3, false, "M-1 2v1");
    assert_written(places, 2, false, "M-1 2h0");
}

static void
test_path_thinned_keeps_corners_and_ends(void **state) {
    struct bench_report_place places[1001];
    (void)state;
    for (int i = 0; i <= 1000; i++)
        places[i] = (struct bench_report_place){i, i == 400 ? 50 : i % 2};
    size_t count = bench_report_path_thin(places, 1001, 2);
    assert_int_equal(count, 5);
    assert_int_equal(places[0].x, 0);
    assert_int_equal(places[2].x, 400);
    assert_int_equal(places[2].y, 50);
    assert_int_equal(places[4].x, 1000);
}

static void
test_path_thinned_misses_nothing_by_more_than_it_may(void **state) {
    static struct bench_report_place places[20000], left[20000];
    uint32_t seed = 1;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        places[i] = left[i] = (struct bench_report_place){i, (int32_t)(seed >> 24) % 40};
    }
    size_t count = bench_report_path_thin(left, 20000, 10), at = 0;
    assert_true(count > 10 && count < 20000);
    for (int i = 0; i < 20000; i++) {
        while (left[at + 1].x < i)
            at++;
        double share = (double)(i - left[at].x) / (left[at + 1].x - left[at].x);
        double y = left[at].y + share * (left[at + 1].y - left[at].y);
        /* 10 off the line is a little more than that along y, where it is steep */
        double steep = (double)(left[at + 1].y - left[at].y) / (left[at + 1].x - left[at].x);
        double off = (places[i].y - y) * (places[i].y - y) / (1 + steep * steep);
        assert_true(off <= 10.001 * 10.001);
    }
}

static void
test_path_that_comes_back_keeps_where_it_was(void **state) {
    struct bench_report_place places[] = {{0, 0}, {100, 0}, {0, 0}};
    (void)state;
    assert_int_equal(bench_report_path_thin(places, 3, 2), 3);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_is_written_in_steps),
        cmocka_unit_test(test_path_leaves_steps_of_nothing_out_but_not_a_whole_line),
        cmocka_unit_test(test_path_thinned_keeps_corners_and_ends),
        cmocka_unit_test(test_path_thinned_misses_nothing_by_more_than_it_may),
        cmocka_unit_test(test_path_that_comes_back_keeps_where_it_was),
    };
    return cmocka_run_group_tests_name("report_path", tests, NULL, NULL);
}
