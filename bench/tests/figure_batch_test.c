/* SPDX-License-Identifier: MIT */
#include "bench/figure/batch.h"

#include "bench/tests/report_fixture.h"

static void
write_numbers(const void *context, FILE *out) {
    fprintf(out, "%s\tresident_bytes\n0\t1000000\n1000000\t3000000\n", (const char *)context);
}

static struct bench_figure_batch *
open_batch(void) {
    struct bench_figure_batch *batch = NULL;
    char why[256];
    assert_int_equal(bench_figure_batch_open(&batch, why, sizeof(why)), 0);
    return batch;
}

static int
add(struct bench_figure_batch *batch, const char *series, const char *out, const char *format,
    char why[256]) {
    const struct bench_figure_picture picture = {.name = "memory",
                                                 .title = "it's 'quoted' @x `ls` \"y\"\nline",
                                                 .caption = "",
                                                 .write = write_numbers,
                                                 .context = series,
                                                 .out = out,
                                                 .format = format};
    return bench_figure_batch_add(batch, &picture, why, 256);
}

static void
test_batch_draws_each_picture_from_its_own_table(void **state) {
    char why[256] = "", name[32];
    (void)state;
    if (!has_gnuplot())
        skip();
    struct bench_figure_batch *batch = open_batch();
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "number %d.", i);
        assert_int_equal(add(batch, name, NULL, i % 2 ? "svg" : "page", why), 0);
    }
    if (bench_figure_batch_draw(batch, why, sizeof(why)))
        fail_msg("all should be drawn: %s", why);
    assert_int_equal(bench_figure_batch_count(batch), 40);
    for (size_t i = 0; i < 40; i++) {
        char *text = read_whole(bench_figure_batch_path(batch, i));
        snprintf(name, sizeof(name), "number %zu.", i);
        assert_contains(text, name);
        assert_int_equal(count_of(text, "it's 'quoted' @x `ls`"), i % 2);
        assert_contains(text, "</svg>");
        free(text);
    }
    bench_figure_batch_close(batch);
}

static void
test_batch_keeps_what_was_asked_for_and_removes_its_own(void **state) {
    char why[256] = "", own[4096];
    (void)state;
    if (!has_gnuplot())
        skip();
    struct bench_figure_batch *batch = open_batch();
    assert_int_equal(add(batch, "a", scratch_path("a.png"), "png", why), 0);
    assert_int_equal(add(batch, "b", NULL, "svg", why), 0);
    assert_int_equal(bench_figure_batch_draw(batch, why, sizeof(why)), 0);
    snprintf(own, sizeof(own), "%s", bench_figure_batch_path(batch, 1));
    assert_int_equal(access(own, F_OK), 0);
    bench_figure_batch_close(batch);
    assert_int_not_equal(access(own, F_OK), 0);
    assert_int_equal(access(scratch_path("a.png"), F_OK), 0);
}

static void
test_batch_leaves_no_picture_when_one_fails(void **state) {
    char why[256] = "";
    (void)state;
    if (!has_gnuplot())
        skip();
    struct bench_figure_batch *batch = open_batch();
    assert_int_equal(add(batch, "a", scratch_path("b.svg"), "svg", why), 0);
    assert_int_equal(add(batch, "b", NULL, "gif", why), 0);
    assert_int_equal(bench_figure_batch_draw(batch, why, sizeof(why)), -EIO);
    assert_contains(why, "figure memory: gnuplot failed: unknown format \"gif\"");
    assert_int_not_equal(access(scratch_path("b.svg"), F_OK), 0);
    bench_figure_batch_close(batch);
}

static void
test_batch_refuses_a_picture_that_it_could_not_write(void **state) {
    char why[256] = "";
    (void)state;
    struct bench_figure_batch *batch = open_batch();
    assert_int_equal(add(batch, "a", scratch_path("no/a.svg"), "svg", why), -ENOENT);
    assert_contains(why, "no/a.svg: cannot be written");
    assert_int_equal(bench_figure_batch_count(batch), 0);
    bench_figure_batch_close(batch);
}

static void
test_batch_of_nothing_needs_no_gnuplot(void **state) {
    char why[256] = "", path[4096];
    (void)state;
    snprintf(path, sizeof(path), "%s", getenv("PATH"));
    setenv("PATH", scratch, 1);
    struct bench_figure_batch *batch = open_batch();
    assert_int_equal(bench_figure_batch_draw(batch, why, sizeof(why)), 0);
    bench_figure_batch_close(batch);
    setenv("PATH", path, 1);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_draws_each_picture_from_its_own_table),
        cmocka_unit_test(test_batch_keeps_what_was_asked_for_and_removes_its_own),
        cmocka_unit_test(test_batch_leaves_no_picture_when_one_fails),
        cmocka_unit_test(test_batch_refuses_a_picture_that_it_could_not_write),
        cmocka_unit_test(test_batch_of_nothing_needs_no_gnuplot),
    };
    return cmocka_run_group_tests_name("figure_batch", tests, make_scratch, remove_scratch);
}
