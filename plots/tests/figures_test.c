/* SPDX-License-Identifier: MIT
 *
 * figures_test.c: every script of plots/ draws its sample, and what the picture must hold is in it. Called
 * with the directory of the scripts; pictures go to a directory of the test's own.
 */
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static const char *plots;
static char scratch[256];
static char table[300], picture[300];

static int
make_scratch(void **state) {
    const char *tmp = getenv("TMPDIR");
    (void)state;
    snprintf(scratch, sizeof(scratch), "%s/gcsweep-plots-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
    if (!mkdtemp(scratch))
        return -1;
    snprintf(table, sizeof(table), "%s/table", scratch);
    snprintf(picture, sizeof(picture), "%s/picture", scratch);
    return 0;
}

static int
remove_scratch(void **state) {
    (void)state;
    unlink(table);
    unlink(picture);
    return rmdir(scratch);
}

/* gnuplot's exit status; 127 when there is none. */
static int
run_script(const char *figure, const char *data, const char *format) {
    char script[512];
    pid_t pid;
    int status;
    snprintf(script, sizeof(script), "%s/%s.gp", plots, figure);
    char *argv[] = {"gnuplot",        "-d",    "-c",           script,
                    (char *)data,     picture, (char *)format, "T < & {x_y^z}",
                    "commit 0 & <m>", NULL};
    if (posix_spawnp(&pid, "gnuplot", NULL, NULL, argv, environ) || waitpid(pid, &status, 0) != pid)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The picture as text, to be freed. */
static char *
draw(const char *figure, const char *data, const char *format) {
    char *text = NULL;
    size_t capacity = 0;
    int status = run_script(figure, data, format);
    if (status == 127)
        skip();
    assert_int_equal(status, 0);
    FILE *in = fopen(picture, "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &capacity, '\0', in) > 0);
    fclose(in);
    return text;
}

static char *
draw_sample(const char *figure) {
    char data[512];
    snprintf(data, sizeof(data), "%s/sample/%s.tsv", plots, figure);
    return draw(figure, data, "svg");
}

static char *
draw_text(const char *figure, const char *text) {
    FILE *out = fopen(table, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    return draw(figure, table, "svg");
}

static size_t
count_of(const char *text, const char *what) {
    size_t count = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        count++;
    return count;
}

static void
assert_contains(const char *text, const char *what) {
    if (!strstr(text, what))
        fail_msg("the picture should have \"%s\"", what);
}

static void
assert_has_all_series(const char *svg) {
    assert_contains(svg, ">T &lt; &amp; {x_y^z}<");
    assert_contains(svg, ">commit 0 &amp; &lt;m><");
    assert_contains(svg, ">backend=pool arena=1MiB<");
    assert_contains(svg, ">backend=pool arena=256KiB<");
    assert_contains(svg, ">backend=system<");
    assert_contains(svg, ">backend=debug arena=1MiB<");
}

static void
test_latency_shows_percentiles_and_dots_their_ends(void **state) {
    char *svg = draw_sample("latency");
    (void)state;
    assert_has_all_series(svg);
    assert_contains(svg, "percentile of operations");
    assert_contains(svg, ">latency, µs<");
    assert_contains(svg, ">0 %<");
    assert_contains(svg, ">99.9 %<");
    assert_contains(svg, ">99.99 %<");
    assert_int_equal(count_of(svg, "<g id=\"gcsweep_plot_"), 8); /* four solid, four dotted */
    free(svg);
}

static void
test_memory_shows_a_line_and_its_samples(void **state) {
    char *svg = draw_sample("memory");
    (void)state;
    assert_has_all_series(svg);
    assert_contains(svg, ">time, ms<");
    assert_contains(svg, ">resident memory, MiB<");
    assert_int_equal(count_of(svg, "<g id=\"gcsweep_plot_"), 4);
    assert_int_equal(count_of(svg, "<use xlink:href='#gpPt6'"),
                     26); /* 25 samples, one in the key */
    free(svg);
}

static void
test_tradeoff_marks_the_default_and_the_front(void **state) {
    char *svg = draw_sample("tradeoff");
    (void)state;
    assert_has_all_series(svg);
    assert_contains(svg, ">median wall time, ms (less is better)<");
    assert_contains(svg, ">peak resident, MiB (less is better)<");
    assert_contains(svg, ">Pareto front<");
    assert_int_equal(count_of(svg, ">default<"), 1);
    assert_int_equal(count_of(svg, ">best<"), 1);
    assert_int_equal(count_of(svg, "<g id=\"gcsweep_plot_"), 8); /* front, four, the labels */
    free(svg);
}

static void
test_tradeoff_can_be_of_another_metric(void **state) {
    char *svg = draw_text("tradeoff", "one\tpeak_resident_bytes\tmark:gc.pause_max_ns\n"
                                      "-5000000\t5\tdefault, best\n\n\n"
                                      "two\tpeak_resident_bytes\tmark:gc.pause_max_ns\n"
                                      "5000000\t5\t\n\n\n"
                                      "Pareto front\tpeak\tmark\n-5000000\t5\tdefault, best\n");
    (void)state;
    assert_contains(svg, ">gc.pause_max_ns, ms<");
    assert_int_equal(count_of(svg, ">default, best<"), 1);
    free(svg);
}

static void
test_footprint_has_two_bars_and_their_values_for_each(void **state) {
    char *svg = draw_sample("footprint");
    (void)state;
    assert_contains(svg, ">requested, by accounting<");
    assert_contains(svg, ">resident, by growth of the process<");
    assert_contains(svg, ">layout=slots<");
    assert_contains(svg, ">bytes for each<");
    assert_contains(svg, ">186 B<");
    assert_contains(svg, ">33.4 B<");
    assert_contains(svg, ">83.5 B<"); /* nothing is known of what CPython asked for */
    assert_int_equal(count_of(svg, " B<"), 11);
    free(svg);
}

static void
test_staircase_has_a_panel_with_both_lines_for_each_container(void **state) {
    char *svg = draw_sample("staircase");
    (void)state;
    assert_contains(svg, ">list<");
    assert_contains(svg, ">dict<");
    assert_contains(svg, ">set<");
    assert_contains(svg, ">in CPython 3.11.2<");
    assert_contains(svg, ">here, where a size was seen first; on the line: the same<");
    assert_contains(svg, ">length, items<");
    assert_contains(svg, ">16 KiB<");
    assert_int_equal(count_of(svg, ">in CPython 3.11.2<"), 1);
    assert_int_equal(count_of(svg, ">length, items<"), 1);
    assert_int_equal(count_of(svg, ">T &lt; &amp; {x_y^z}<"), 1);
    free(svg);
}

static void
test_spikes_go_by_the_number_of_the_operation(void **state) {
    char *svg = draw_sample("spikes");
    (void)state;
    assert_contains(svg, ">mode=generator<");
    assert_contains(svg, ">number of the operation in its round<");
    assert_contains(svg, ">slowest in every round, µs<");
    assert_contains(svg, ">10,000<");
    assert_int_equal(count_of(svg, "<g id=\"gcsweep_plot_"), 3);
    free(svg);
}

static void
test_pauses_have_a_line_for_each_generation(void **state) {
    char *svg = draw_sample("pauses");
    (void)state;
    assert_contains(svg, ">generation 2<");
    assert_contains(svg, ">threshold0=10000<");
    assert_contains(svg, ">52 µs, 1740×<");
    assert_contains(svg, ">3.12 ms, 10×<");
    assert_contains(svg, ">100 µs<");
    free(svg);
}

static void
test_yield_says_how_much_of_what_was_examined_was_trash(void **state) {
    char *svg = draw_sample("yield");
    (void)state;
    assert_contains(svg, ">objects (million)<");
    assert_contains(svg, ">2.5 % in 1997 collections<");
    assert_contains(svg, ">no collection<");
    assert_contains(svg, ">policy=generational-3.13<");
    free(svg);
}

static void
test_longest_tells_operations_from_the_rest(void **state) {
    char *svg = draw_sample("longest");
    (void)state;
    assert_contains(svg, ">longest collection (median over the blocks), ms<");
    assert_contains(svg, ">inside an operation<");
    assert_contains(svg, ">26.1 ms<");
    assert_contains(svg, ">36 ms<");
    assert_contains(svg, ">none<");
    assert_contains(svg, ">no collection<");
    free(svg);
}

static void
test_heatmap_prints_a_number_in_each_cell(void **state) {
    char *svg = draw_sample("heatmap");
    (void)state;
    assert_contains(svg, ">gc.threshold0<");
    assert_contains(svg, ">gc.mode<");
    assert_contains(svg, ">manual<");
    assert_contains(svg, ">10000<");
    assert_contains(svg, ">231 µs<");
    assert_contains(svg, ">default<");
    assert_int_equal(count_of(svg, " µs<"), 15);
    assert_int_equal(count_of(svg, ">n/a<"), 1);
    free(svg);
}

/* Each panel has its name once; the titles of the axes and the key are there once for all. */
static void
assert_has_panels(const char *svg) {
    assert_int_equal(count_of(svg, ">threshold0=700 mode=auto<"), 1);
    assert_int_equal(count_of(svg, ">threshold0=10000 mode=auto<"), 1);
    assert_int_equal(count_of(svg, ">T &lt; &amp; {x_y^z}<"), 1);
    assert_int_equal(count_of(svg, ">commit 0 &amp; &lt;m><"), 1);
}

static void
test_views_have_a_panel_for_each_configuration(void **state) {
    char *svg = draw_sample("views");
    (void)state;
    assert_has_panels(svg);
    assert_int_equal(count_of(svg, ">from the intended begin<"), 1);
    assert_int_equal(count_of(svg, ">percentile of operations<"), 1);
    assert_int_equal(count_of(svg, ">4 nines<"), 2);
    assert_int_equal(count_of(svg, ">1 ms<"), 1);
    free(svg);
}

static void
test_timeline_marks_generations_and_says_what_it_left_out(void **state) {
    char *svg = draw_sample("timeline");
    (void)state;
    assert_has_panels(svg);
    assert_int_equal(count_of(svg, ">generation 2<"), 1);
    assert_int_equal(count_of(svg, ">a mark is the longest of up to 3<"), 1);
    assert_int_equal(count_of(svg, ">time since the work began, ms<"), 1);
    assert_int_equal(count_of(svg, ">100 µs<"), 2);
    assert_int_equal(count_of(svg, "<use xlink:href='#gpPt8'"), 12); /* 11 of generation 2; key */
    free(svg);
}

static void
test_timeline_of_one_that_never_collects_says_so(void **state) {
    char *svg = draw_text("timeline", "generation 0\ttook_ns\tlongest_of\tconfiguration\n"
                                      "5\t700\t1\tone\n\n\ng1\tt\tl\tc\nn/a\tn/a\t0\tone\n\n\n"
                                      "g2\tt\tl\tc\nn/a\tn/a\t0\tone\n\n\n"
                                      "g0\tt\tl\tc\nn/a\tn/a\t0\tother\n\n\n"
                                      "g1\tt\tl\tc\nn/a\tn/a\t0\tother\n\n\n"
                                      "g2\tt\tl\tc\nn/a\tn/a\t0\tother\n");
    (void)state;
    assert_contains(svg, ">one<");
    assert_contains(svg, ">other<");
    assert_int_equal(count_of(svg, ">no collection<"), 1);
    free(svg);
}

static void
test_pausehist_has_a_panel_for_each_generation(void **state) {
    char *svg = draw_sample("pausehist");
    (void)state;
    assert_has_panels(svg);
    assert_int_equal(count_of(svg, ">generation 0<"), 1);
    assert_int_equal(count_of(svg, ">generation 2<"), 1);
    assert_int_equal(count_of(svg, ">time of a collection (log)<"), 1);
    assert_int_equal(count_of(svg, ">1 ms<"), 1); /* of the lowest panel only */
    assert_int_equal(count_of(svg, ">100<"), 3);
    free(svg);
}

static void
test_parts_put_live_on_the_baseline(void **state) {
    char *svg = draw_sample("parts");
    (void)state;
    assert_has_panels(svg);
    assert_int_equal(count_of(svg, ">of it trash<"), 1);
    assert_int_equal(count_of(svg, ">baseline<"), 1);
    assert_int_equal(count_of(svg, ">memory, MiB<"), 1);
    free(svg);
}

static void
test_mmu_goes_from_none_to_all(void **state) {
    char *svg = draw_sample("mmu");
    (void)state;
    assert_contains(svg, ">threshold0=700 mode=off<");
    assert_contains(svg, ">length of the window of time (log)<");
    assert_contains(svg, ">10 ms<");
    assert_contains(svg, ">0 %<");
    assert_contains(svg, ">100 %<");
    assert_int_equal(count_of(svg, "<g id=\"gcsweep_plot_"), 4);
    free(svg);
}

static void
test_strategies_are_named_beside_their_points(void **state) {
    char *svg = draw_sample("strategies");
    (void)state;
    assert_contains(svg, ">load_all<");
    assert_contains(svg, ">chunked<");
    assert_contains(svg, ">cpython<");
    assert_contains(svg, ">median wall time (less is better, log)<");
    assert_contains(svg, ">64 KiB<");
    assert_int_equal(count_of(svg, ">stream<"), 1);
    free(svg);
}

static void
test_allocators_have_a_panel_for_time_and_one_for_memory(void **state) {
    char *svg = draw_sample("allocators");
    (void)state;
    assert_contains(svg, ">time<");
    assert_contains(svg, ">peak of resident memory<");
    assert_contains(svg, ">system jemalloc<");
    assert_contains(svg, ">trees_{of} nodes depth=16<");
    assert_contains(svg, ">1×<");
    assert_int_equal(count_of(svg, ">churn size=16<"), 1);
    free(svg);
}

static void
test_forest_has_a_marker_for_each_verdict_and_the_floor(void **state) {
    char *svg = draw_sample("forest");
    (void)state;
    assert_contains(svg, ">worse<");
    assert_contains(svg, ">better<");
    assert_contains(svg, ">changed<");
    assert_contains(svg, ">noisy<");
    assert_contains(svg, ">same<");
    assert_contains(svg, ">within the floor<");
    assert_contains(svg, ">gc.examined cycles kind={ring}_a<");
    assert_contains(svg, ">1.210 (1.120 to 1.300)<");
    assert_contains(svg, ">new / base (log)<");
    free(svg);
}

static void
test_forest_keeps_both_ends_of_a_long_name(void **state) {
    char *svg =
        draw_text("forest", "a\tb\tc\td\te\tf\n0\t1\t0.98\t1.02\tx\t-\n\n\n"
                            "worse\tb\tc\td\te\tf\n1\t1.2\t1.1\t1.3\twall_ns bullets "
                            "every=20 frames=500 life=20 cyclic_share=0.3 mode=auto\t1.2\n");
    (void)state;
    assert_contains(svg, ">wall_ns bullets every=2");
    assert_contains(svg, "cyclic_share=0.3 mode=auto<");
    free(svg);
}

static void
test_history_marks_where_a_change_begins(void **state) {
    char *svg = draw_sample("history");
    (void)state;
    assert_contains(svg, ">group a<");
    assert_contains(svg, ">group b<");
    assert_contains(svg, ">worse +6.6 %<");
    assert_contains(svg, ">a change begins<");
    assert_contains(svg, ">level from change to change<");
    assert_contains(svg, ">median of the blocks, ms<");
    assert_contains(svg, ">2026-09-01<");
    assert_null(strstr(svg, ">2026-09-02<")); /* not each is labelled */
    free(svg);
}

static void
test_very_many_rows_are_thinned(void **state) {
    static const char *const cases[][3] = {
        {"history", "each run\t1\n", "%d\t%d\tn/a\tn/a\tn/a\t0\t-\tr\t2026-01-01\n"},
        {"staircase", "list\tbytes\n", "%d\t%d\n"},
        {"strategies", "typed\tb\tc\n", "%d\t%d\tr\n"}};
    size_t bytes = 1 << 23;
    char *text = malloc(bytes);
    (void)state;
    assert_non_null(text);
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        size_t length = (size_t)snprintf(text, bytes, "%s", cases[k][1]);
        for (int i = 1; i <= 100000; i++)
            length += (size_t)snprintf(text + length, bytes - length, cases[k][2], i, i % 7 + i);
        char *svg = draw_text(cases[k][0], text);
        if (strlen(svg) > 800000)
            fail_msg("%s: %zu bytes", cases[k][0], strlen(svg));
        free(svg);
    }
    free(text);
}

static void
test_heatmap_shows_any_metric_by_any_knobs(void **state) {
    char *svg =
        draw_text("heatmap", "column\trow\tpeak_rss_bytes\talloc.arena\tchurn.size\tdefault\n"
                             "0\t0\t0\t256KiB\t16\t1\n1\t0\t3145728\t1MiB\t16\t0\n");
    (void)state;
    assert_contains(svg, ">alloc.arena<");
    assert_contains(svg, ">churn.size<");
    assert_contains(svg, ">3 MiB<");
    assert_contains(svg, ">0 B<");
    free(svg);
    svg = draw_text("heatmap", "column\trow\tgc.yield\ta\tb\tdefault\n"
                               "0\t0\t-0.25\t1\t16\t1\n1\t0\t12345678\t2\t16\t0\n");
    assert_contains(svg, ">-0.25<");
    assert_contains(svg, ">12.3M<");
    free(svg);
}

static void
test_frames_have_two_bars_and_their_runs(void **state) {
    char *svg = draw_sample("frames");
    (void)state;
    assert_contains(svg, ">at 120 Hz<");
    assert_contains(svg, ">61, 3 in a row<");
    assert_contains(svg, ">3<");
    assert_int_equal(count_of(svg, ">none<"), 3);
    assert_contains(svg, ">threshold0=700 mode=idle<");
    free(svg);
}

static void
test_empty_tables_say_why_there_is_nothing(void **state) {
    (void)state;
    const char *const cases[][3] = {
        {"latency", "", "No latency to draw"},
        {"memory", "a\tresident_bytes\nn/a\tn/a\n", "No memory to draw"},
        {"footprint", "a\tb\tc\nn/a\tn/a\tn/a\n", "No footprint to draw"},
        {"staircase", "a\tb\nn/a\tn/a\n", "No staircase to draw"},
        {"spikes", "a\tb\nn/a\tn/a\n", "No spikes to draw"},
        {"strategies", "a\tb\tc\nn/a\tn/a\tn/a\n", "No strategies to draw"},
        {"allocators", "a\tb\tc\td\nn/a\tn/a\tn/a\tn/a\n", "No allocators to draw"},
        {"forest", "a\tb\tc\td\te\tf\n0\t1\t0.9\t1.1\tx\t-\n", "No forest to draw"},
        {"history", "a\tns\nn/a\tn/a\tn/a\tn/a\tn/a\t0\t-\tx\ty\n", "No history to draw"},
        {"pauses", "a\tb\tc\td\te\nn/a\tn/a\tn/a\tn/a\tx\n", "No pauses to draw"},
        {"yield", "a\tb\tc\td\n0\t0\t0\tx\n", "No yield to draw"},
        {"longest", "a\tb\tc\td\nn/a\tn/a\tn/a\tx\n", "No pause to draw"},
        {"heatmap", "a\tb\tc\td\te\tf\nn/a\tn/a\tn/a\tn/a\tn/a\t0\n", "No map to draw"},
        {"tradeoff", "a\tx\tmark\nn/a\tn/a\t\n\n\nPareto front\tx\tmark\nn/a\tn/a\t\n",
         "No trade-off to draw"},
        {"views", "a\tb\tc\td\nn/a\tn/a\tn/a\tx\n", "No latency to draw"},
        {"timeline", "a\tb\tc\td\nn/a\tn/a\t0\tx\n", "No timeline to draw"},
        {"pausehist", "a\tb\tc\td\nn/a\tn/a\tn/a\t0\n", "No histogram to draw"},
        {"parts", "", "No memory to draw"},
        {"frames", "a\tb\tc\td\te\tf\nn/a\tn/a\tn/a\tn/a\tn/a\tx\n", "No frames to draw"},
        {"mmu", "a\tb\nn/a\tn/a\n", "No utilisation to draw"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *svg = draw_text(cases[i][0], cases[i][1]);
        assert_contains(svg, cases[i][2]);
        free(svg);
    }
}

static void
test_single_points_are_drawn(void **state) {
    (void)state;
    const char *const cases[][2] = {
        {"latency", "one\tlatency_ns\tsupported\n0\t70\t0\n"},
        {"memory", "one\tresident_bytes\n0\t4096\n"},
        {"footprint", "x\tresident\tname\n50\tn/a\tone\n"},
        {"staircase", "one\tbytes\n5\t64\n"},
        {"spikes", "one\tns\n5\t64\n"},
        {"strategies", "one\tb\tc\n5000\t70000\tone\n"},
        {"allocators", "one\tb\tc\td\n1\t1.5\tn/a\tx\n"},
        {"forest", "a\tb\tc\td\te\tf\n0\t1\t0.9\t1.1\tx\t-\n\n\n"
                   "one\tb\tc\td\te\tf\n1\t2\tn/a\tn/a\tx\t2\n"},
        {"history", "one\tns\n1\t64\t60\t70\t64\t0\t-\tx\ty\n"},
        {"pauses", "a\tb\tc\td\te\n70\t70\tn/a\t1\tone\n"},
        {"yield", "a\tb\tc\td\n9\t3\t1\tone\n"},
        {"longest", "a\tb\tc\td\n0\t5\t1\tone\n"},
        {"heatmap", "a\tb\tc\td\te\tf\n0\t0\t5\t700\tone\t1\n"},
        {"tradeoff",
         "one\tpeak\tmark\n5\t5\tdefault\n\n\nPareto front\tpeak\tmark\n5\t5\tdefault\n"},
        {"views", "a\tb\tc\td\n0\t70\t1\tone\n\n\nb\tb\tc\td\nn/a\tn/a\tn/a\tone\n\n\n"
                  "c\tb\tc\td\n0\t0\t1\tone\n"},
        {"timeline", "a\tb\tc\td\n0\t0\t1\tone\n\n\na\tb\tc\td\nn/a\tn/a\t0\tone\n\n\n"
                     "a\tb\tc\td\nn/a\tn/a\t0\tone\n"},
        {"pausehist", "one\tb\tc\td\n0\t1\t1\t2\n"},
        {"parts", "a\tb\tc\n0\t4096\tone\n\n\na\tb\tc\nn/a\tn/a\tone\n\n\n"
                  "a\tb\tc\nn/a\tn/a\tone\n\n\na\tb\tc\nn/a\tn/a\tone\n"},
        {"frames", "a\tb\tc\td\te\tf\n0\t0\t0\t0\t9\tone\n"},
        {"mmu", "one\tb\n1000000\t0\n"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *svg = draw_text(cases[i][0], cases[i][1]);
        assert_contains(svg, ">one<");
        assert_null(strstr(svg, "nan"));
        free(svg);
    }
}

/* A logarithm has no place for zero. */
static void
test_no_time_at_all_is_drawn_at_the_bottom(void **state) {
    (void)state;
    char *svg =
        draw_text("timeline", "a\tb\tc\td\n0\t0\t1\tone\n5\t700\t1\tone\n\n\n"
                              "a\tb\tc\td\n3\t0\t1\tone\n\n\na\tb\tc\td\nn/a\tn/a\t0\tone\n");
    assert_int_equal(count_of(svg, "<use xlink:href='#gpPt4'"),
                     2); /* of generation 1; in the key */
    free(svg);
    svg = draw_text("pausehist", "one\tb\tc\td\n0\t1\t3\t2\n");
    assert_int_equal(count_of(svg, "<polygon fill"), 1);
    free(svg);
}

static void
test_series_without_points_keeps_the_colours_of_the_others(void **state) {
    char *svg = draw_text("memory", "none\tb\nn/a\tn/a\n\n\nsome\tb\n0\t5\n9\t6\n");
    (void)state;
    assert_contains(svg, ">some<");
    assert_contains(svg, "rgb(  0, 114, 178)");
    free(svg);
}

static void
test_many_series_share_one_grey_entry(void **state) {
    char text[4096] = "";
    size_t length = 0;
    (void)state;
    for (int i = 0; i < 8; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length,
                                   "s%d\tb\n0\t%d\n9\t%d\n\n\n", i, i + 5, i + 9);
    snprintf(text + length, sizeof(text) - length, "2 others\tb\n0\t1\n9\t2\n\n0\t3\n9\t4\n");
    char *svg = draw_text("memory", text);
    assert_contains(svg, ">2 others<");
    assert_int_equal(count_of(svg, "<g id=\"gcsweep_plot_"), 9);
    free(svg);
}

static void
test_names_are_shown_as_they_are(void **state) {
    char *svg = draw_text("memory", "#a_b^c{d}@~&<e> %s\tb\n0\t5\n9\t6\n");
    (void)state;
    assert_contains(svg, ">#a_b^c{d}@~&amp;&lt;e> %s<");
    free(svg);
}

static void
test_names_of_panels_are_shown_as_they_are(void **state) {
    const char *const figures[] = {"views", "timeline", "parts"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char text[1024] = "";
        for (int k = 0; k < 4; k++)
            snprintf(text + strlen(text), sizeof(text) - strlen(text),
                     "%ss\tb\t%sconfiguration\n1\t%d\t%s#a_b^c{d}@~&<e> %%s ü\n", k ? "\n\n" : "",
                     i < 2 ? "n\t" : "", k + 1, i < 2 ? "1\t" : "");
        char *svg = draw_text(figures[i], text);
        assert_contains(svg, ">#a_b^c{d}@~&amp;&lt;e> %s ü<");
        free(svg);
    }
    char *svg = draw_text("pausehist", "#a_b^c{d}@~&<e> %s ü\tb\tc\td\n5\t6\t1\t2\n");
    assert_contains(svg, ">#a_b^c{d}@~&amp;&lt;e> %s ü<");
    free(svg);
}

static void
test_unknown_format_is_refused(void **state) {
    (void)state;
    int status = run_script("memory", "none", "gif");
    if (status == 127)
        skip();
    assert_int_equal(status, 2);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_latency_shows_percentiles_and_dots_their_ends),
        cmocka_unit_test(test_memory_shows_a_line_and_its_samples),
        cmocka_unit_test(test_tradeoff_marks_the_default_and_the_front),
        cmocka_unit_test(test_tradeoff_can_be_of_another_metric),
        cmocka_unit_test(test_footprint_has_two_bars_and_their_values_for_each),
        cmocka_unit_test(test_staircase_has_a_panel_with_both_lines_for_each_container),
        cmocka_unit_test(test_spikes_go_by_the_number_of_the_operation),
        cmocka_unit_test(test_pauses_have_a_line_for_each_generation),
        cmocka_unit_test(test_yield_says_how_much_of_what_was_examined_was_trash),
        cmocka_unit_test(test_longest_tells_operations_from_the_rest),
        cmocka_unit_test(test_heatmap_prints_a_number_in_each_cell),
        cmocka_unit_test(test_strategies_are_named_beside_their_points),
        cmocka_unit_test(test_allocators_have_a_panel_for_time_and_one_for_memory),
        cmocka_unit_test(test_forest_has_a_marker_for_each_verdict_and_the_floor),
        cmocka_unit_test(test_forest_keeps_both_ends_of_a_long_name),
        cmocka_unit_test(test_history_marks_where_a_change_begins),
        cmocka_unit_test(test_very_many_rows_are_thinned),
        cmocka_unit_test(test_views_have_a_panel_for_each_configuration),
        cmocka_unit_test(test_timeline_marks_generations_and_says_what_it_left_out),
        cmocka_unit_test(test_timeline_of_one_that_never_collects_says_so),
        cmocka_unit_test(test_pausehist_has_a_panel_for_each_generation),
        cmocka_unit_test(test_parts_put_live_on_the_baseline),
        cmocka_unit_test(test_mmu_goes_from_none_to_all),
        cmocka_unit_test(test_heatmap_shows_any_metric_by_any_knobs),
        cmocka_unit_test(test_frames_have_two_bars_and_their_runs),
        cmocka_unit_test(test_empty_tables_say_why_there_is_nothing),
        cmocka_unit_test(test_single_points_are_drawn),
        cmocka_unit_test(test_no_time_at_all_is_drawn_at_the_bottom),
        cmocka_unit_test(test_series_without_points_keeps_the_colours_of_the_others),
        cmocka_unit_test(test_many_series_share_one_grey_entry),
        cmocka_unit_test(test_names_are_shown_as_they_are),
        cmocka_unit_test(test_names_of_panels_are_shown_as_they_are),
        cmocka_unit_test(test_unknown_format_is_refused),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: figures_test DIRECTORY-OF-SCRIPTS\n");
        return 2;
    }
    plots = argv[1];
    return cmocka_run_group_tests_name("figures", tests, make_scratch, remove_scratch);
}
