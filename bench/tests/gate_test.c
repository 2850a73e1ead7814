/* SPDX-License-Identifier: MIT
 *
 * gate_test.c: what is red, what warns, and what is told; and how it is written down. Two baselines are made of texts;
 * times are made by hand.
 */
#include <setjmp.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "bench/gate.h"

#define HEAD                 "baseline = 1\nsuite = ci\nseed = 1\n"
#define CONFIG(name, digest) "[" name "]\nversion = 1\nseed = 5\ndigest = " digest "\n"

struct fixture {
    struct bench_gate_baseline base, now;
    struct bench_gate gate;
    char *text;
};

static void
judge_with(struct fixture *fixture, const char *base, const char *now,
           const struct bench_compare *times, const struct bench_compare_rule *rules,
           size_t rule_count) {
    char why[256] = "";

    if (bench_gate_baseline_parse(&fixture->base, "results/BASELINE", base, strlen(base), why,
                                  sizeof why) != 0 ||
        bench_gate_baseline_parse(&fixture->now, "now", now, strlen(now), why, sizeof why) != 0)
        fail_msg("%s", why);
    fixture->now.configs[0].id = 1;
    assert_int_equal(bench_gate_judge(&fixture->gate, &fixture->base, true, &fixture->now, times,
                                      rules, rule_count),
                     0);
}

static void
judge(struct fixture *fixture, const char *base, const char *now) {
    judge_with(fixture, base, now, NULL, NULL, 0);
}

static int
set_up(void **state) {
    *state = calloc(1, sizeof(struct fixture));
    return *state == NULL;
}

static void
forget(struct fixture *fixture) {
    bench_gate_fini(&fixture->gate);
    bench_gate_baseline_fini(&fixture->base);
    bench_gate_baseline_fini(&fixture->now);
    free(fixture->text);
    *fixture = (struct fixture){.text = NULL};
}

static int
tear_down(void **state) {
    forget(*state);
    free(*state);
    return 0;
}

static void
write_text(struct fixture *fixture, const struct bench_gate_places *places) {
    size_t bytes;
    FILE *out = open_memstream(&fixture->text, &bytes);
    bench_gate_text_write(&fixture->gate, places, out);
    fclose(out);
}

static void
assert_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* ---- Verdicts --------------------------------------------------------------------------------------- */

static void
test_gate_is_green_when_everything_is_as_it_was(void **state) {
    static const char text[] = HEAD CONFIG("churn", "00") "gc.freed = 5\n";
    struct fixture *fixture = *state;

    judge(fixture, text, text);
    assert_false(fixture->gate.is_red);
    assert_int_equal(fixture->gate.row_count, 0);
    assert_string_equal(fixture->gate.sentence,
                        "green: 1 counter of 1 configuration of ci are as in results/BASELINE");
}

/* One difference each: its kind, its level. */
static void
test_gate_knows_what_is_red_and_what_is_told(void **state) {
    static const struct {
        const char *base, *now;
        enum bench_gate_kind kind;
        enum bench_gate_level level;
    } cases[] = {
        {CONFIG("churn", "00") "x = 1\n", CONFIG("churn", "01") "x = 1\n", BENCH_GATE_ANSWER,
         BENCH_GATE_RED},
        {CONFIG("churn", "00") "alloc.held_bytes = 1\n",
         CONFIG("churn", "00") "alloc.held_bytes = 2\n", BENCH_GATE_WORSE, BENCH_GATE_RED},
        {CONFIG("churn", "00") "alloc.held_bytes = 2\n",
         CONFIG("churn", "00") "alloc.held_bytes = 1\n", BENCH_GATE_BETTER, BENCH_GATE_TOLD},
        {CONFIG("churn", "00") "gc.yield = 0.5\n", CONFIG("churn", "00") "gc.yield = 0.4\n",
         BENCH_GATE_WORSE, BENCH_GATE_RED},
        {CONFIG("churn", "00") "gc.yield = 0.4\n", CONFIG("churn", "00") "gc.yield = 0.5\n",
         BENCH_GATE_BETTER, BENCH_GATE_TOLD},
        {CONFIG("churn", "00") "gc.collections0 = 3\n",
         CONFIG("churn", "00") "gc.collections0 = 2\n", BENCH_GATE_CHANGED, BENCH_GATE_RED},
        {CONFIG("churn", "00") "gc.collections2 = 0\n",
         CONFIG("churn", "00") "gc.collections2 = 1\n", BENCH_GATE_CHANGED, BENCH_GATE_RED},
        {CONFIG("churn", "00") "x = 1\ny = 1\n", CONFIG("churn", "00") "y = 1\n", BENCH_GATE_LOST,
         BENCH_GATE_RED},
        {CONFIG("churn", "00") "y = 1\n", CONFIG("churn", "00") "x = 1\ny = 1\n", BENCH_GATE_NEW,
         BENCH_GATE_TOLD},
        {CONFIG("churn", "00") "x = 1\n" CONFIG("trees", "00"), CONFIG("churn", "00") "x = 1\n",
         BENCH_GATE_GONE, BENCH_GATE_RED},
        {CONFIG("churn", "00") "x = 1\n", CONFIG("churn", "00") "x = 1\n" CONFIG("trees", "00"),
         BENCH_GATE_UNKNOWN, BENCH_GATE_RED},
        {"[churn]\nversion = 1\nseed = 5\ndigest = 00\nx = 1\n",
         "[churn]\nversion = 2\nseed = 5\ndigest = 01\nx = 2\n", BENCH_GATE_OTHER, BENCH_GATE_RED},
        {"[churn]\nversion = 1\nseed = 5\ndigest = 00\nx = 1\n",
         "[churn]\nversion = 1\nseed = 6\ndigest = 01\nx = 2\n", BENCH_GATE_OTHER, BENCH_GATE_RED},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char base[512], now[512];
        snprintf(base, sizeof base, HEAD "%s", cases[i].base);
        snprintf(now, sizeof now, HEAD "%s", cases[i].now);
        judge(fixture, base, now);
        assert_int_equal(fixture->gate.row_count, 1);
        assert_int_equal(fixture->gate.rows[0].kind, cases[i].kind);
        assert_int_equal(fixture->gate.rows[0].level, cases[i].level);
        assert_int_equal(fixture->gate.is_red, cases[i].level == BENCH_GATE_RED);
        forget(fixture);
    }
}

static void
test_gate_is_red_for_a_cell_that_failed_and_says_why(void **state) {
    static const char text[] = HEAD CONFIG("churn", "00") "x = 1\n" CONFIG("trees", "00") "x = 1\n";
    struct fixture *fixture = *state;
    struct bench_gate gate;

    judge(fixture, text, text);
    fixture->now.configs[1].trouble = strdup("failed: signal 11");
    assert_int_equal(bench_gate_judge(&gate, &fixture->base, true, &fixture->now, NULL, NULL, 0),
                     0);
    assert_true(gate.is_red);
    assert_has(gate.sentence, "red: 1 configuration did not finish (1 of 2 configurations of ci");
    assert_string_equal(gate.rows[0].text, "failed: signal 11");
    bench_gate_fini(&gate);
}

/* A program of another time, that knows no workload: nothing differs, since nothing was compared. */
static void
test_gate_that_compares_nothing_is_red(void **state) {
    static const char text[] = HEAD CONFIG("churn", "00") "x = 1\n";
    struct fixture *fixture = *state;
    struct bench_gate gate;

    judge(fixture, text, text);
    fixture->base.configs[0].trouble = strdup("failed: no workload churn");
    assert_int_equal(bench_gate_judge(&gate, &fixture->base, false, &fixture->now, NULL, NULL, 0),
                     0);
    assert_int_equal(gate.levels[BENCH_GATE_RED], 0);
    assert_true(gate.is_red);
    assert_has(gate.sentence, "red: nothing could be compared");
    bench_gate_fini(&gate);
}

static void
test_gate_rule_makes_red_what_would_be_told(void **state) {
    static const struct bench_compare_rule rules[] = {
        {.kind = BENCH_COMPARE_RULE_BELOW, .percent = 10, .text = "gc.y*<10%", .pattern = "gc.y*"},
        {.kind = BENCH_COMPARE_RULE_CHANGED,
         .text = "alloc.held_bytes!=",
         .pattern = "alloc.held_bytes"}};
    struct fixture *fixture = *state;

    judge_with(fixture, HEAD CONFIG("churn", "00") "alloc.held_bytes = 9\ngc.yield = 0.8\n",
               HEAD CONFIG("churn", "00") "alloc.held_bytes = 8\ngc.yield = 0.9\n", NULL, rules, 2);
    assert_int_equal(fixture->gate.levels[BENCH_GATE_RED], 1);
    assert_int_equal(fixture->gate.levels[BENCH_GATE_TOLD], 1);
    assert_string_equal(fixture->gate.rows[0].text, "alloc.held_bytes!=");
}

/* ---- Times ------------------------------------------------------------------------------------------ */

static void
test_gate_warns_of_slower_times_and_fails_by_rule_only(void **state) {
    static const char text[] = HEAD CONFIG("churn", "00") "x = 1\n";
    struct bench_compare_rule rule = {
        .kind = BENCH_COMPARE_RULE_ABOVE, .percent = 10, .text = "cpu_ns>10%", .pattern = "cpu_ns"};
    struct bench_compare_metric wall = {.name = "wall_ns"}, cpu = {.name = "cpu_ns"};
    struct bench_compare_metric count = {.name = "gc.freed", .is_deterministic = true};
    struct bench_compare_cell cell = {.name = "churn as set", .new_id = 1};
    struct bench_compare_row rows[] = {
        {&wall, &cell, 1e6, 1.2e6, 1.2, 1.1, 1.3, .verdict = BENCH_COMPARE_WORSE, .rule = -1},
        {&cpu, &cell, 1e6, 1.3e6, 1.3, 1.2, 1.4, .verdict = BENCH_COMPARE_WORSE, .rule = 0},
        {&cpu, &cell, 1e6, 0.5e6, 0.5, 0.4, 0.6, .verdict = BENCH_COMPARE_BETTER, .rule = -1},
        {&wall, &cell, 1e6, 1e6, 1, 0.9, 1.1, .verdict = BENCH_COMPARE_NOISY, .rule = -1},
        {&wall, &cell, 1e6, 2e6, 2, 0.9, 3, .verdict = BENCH_COMPARE_NOISY, .rule = -1,
         .would_fail = true, .blocks_needed = 20},
        {&count, &cell, 1, 2, 2, 2, 2, .verdict = BENCH_COMPARE_CHANGED, .rule = 0,
         .is_exact = true},
    };
    char *lines[] = {(char *)"too few blocks"};
    struct bench_compare times = {.rows = rows,
                                  .row_count = 6,
                                  .rules = &rule,
                                  .rule_count = 1,
                                  .warnings = lines,
                                  .warning_count = 1};
    const struct bench_gate_places places = {.baseline = "results/BASELINE"};
    struct fixture *fixture = *state;

    judge_with(fixture, text, text, &times, &rule, 1);
    assert_true(fixture->gate.is_red);
    assert_int_equal(fixture->gate.levels[BENCH_GATE_RED], 1);
    assert_int_equal(fixture->gate.levels[BENCH_GATE_WARN], 2);
    assert_int_equal(fixture->gate.levels[BENCH_GATE_TOLD], 1);
    assert_string_equal(fixture->gate.rows[0].config, "churn");
    write_text(fixture, &places);
    assert_has(fixture->text, "gate: red: 1 measure worse (1 of 1 configurations of ci");
    assert_has(fixture->text, "1 ms -> 1.30 ms (+30 %; +20 % to +40 %), rule cpu_ns>10% in churn");
    assert_has(fixture->text, "needs about 20 blocks");
    assert_has(fixture->text, "note  too few blocks");
    assert_null(strstr(fixture->text, "--accept")); /* that does not help */
    fixture->gate.is_red = false;
}

/* ---- Written down ----------------------------------------------------------------------------------- */

static void
test_gate_tells_a_change_everywhere_in_one_line(void **state) {
    const struct bench_gate_places places = {.baseline = "results/BASELINE",
                                             .suite_argument = " --suite s.ini"};
    struct fixture *fixture = *state;

    judge(
        fixture,
        HEAD CONFIG("churn", "00") "gc.collections0 = 10\n" CONFIG(
            "trees trees.kind=list", "00") "gc.collections0 = 100\n" CONFIG("pool", "00") "x = 1\n",
        HEAD CONFIG("churn", "00") "gc.collections0 = 5\n" CONFIG(
            "trees trees.kind=list", "00") "gc.collections0 = 10\n" CONFIG("pool", "00") "x = 1\n");
    write_text(fixture, &places);
    assert_has(fixture->text,
               "red: 2 counters changed (2 of 3 configurations of ci, against results/BASELINE)\n");
    assert_has(fixture->text,
               "gc.collections0             in 2 of 3, -90 % to -50 %; 100 -> 10 (-90 %) in trees "
               "trees.kind=list\n");
    assert_has(fixture->text,
               "look:    gcsweep run trees --set trees.kind=list --seed 5\nif it is meant: gcsweep "
               "gate --accept --suite s.ini, and commit results/BASELINE");
}

static void
test_gate_commands_survive_a_shell(void **state) {
    static const char text[] = HEAD CONFIG("csv csv.file=a b's.csv csv.rows=5", "00") "x = 1\n";
    struct fixture *fixture = *state;
    size_t bytes;

    judge(fixture, text, text);
    FILE *out = open_memstream(&fixture->text, &bytes);
    bench_gate_command_print(&fixture->gate, fixture->now.configs[0].name, out);
    fclose(out);
    assert_string_equal(fixture->text,
                        "gcsweep run csv --set 'csv.file=a b'\\''s.csv' --set csv.rows=5 --seed 5");
}

static void
test_gate_markdown_lets_no_name_break_its_tables(void **state) {
    const struct bench_gate_places places = {.baseline = "results/BASELINE"};
    struct fixture *fixture = *state;
    size_t bytes;

    judge(fixture, HEAD CONFIG("csv csv.file=<b>|`x_y", "00") "csv.good_rows = 1\n",
          HEAD CONFIG("csv csv.file=<b>|`x_y", "00") "csv.good_rows = 2\n");
    FILE *out = open_memstream(&fixture->text, &bytes);
    bench_gate_markdown_write(&fixture->gate, &places, out);
    fclose(out);
    assert_int_equal(strncmp(fixture->text, "## gcsweep gate: red\n\n", 22), 0);
    assert_has(fixture->text, "| csv csv.file=&lt;b>\\|\\`x\\_y | 1 | 2 | +100 % |");
    assert_has(fixture->text, "    ./x gate --accept\n");
}

static void
write_annotations(struct fixture *fixture) {
    size_t bytes;
    FILE *out = open_memstream(&fixture->text, &bytes);
    bench_gate_annotations_write(&fixture->gate, out);
    fclose(out);
}

static void
test_gate_annotations_are_escaped_and_point_into_the_baseline(void **state) {
    struct fixture *fixture = *state;

    judge(fixture, HEAD CONFIG("csv csv.file=50%:,", "00") "gc.freed = 100\n",
          HEAD CONFIG("csv csv.file=50%:,", "00") "gc.freed = 150\n");
    free(fixture->base.path);
    fixture->base.path = strdup("a,b:c%");
    write_annotations(fixture);
    assert_string_equal(fixture->text,
                        "::error file=a%2Cb%3Ac%25,line=8,title=gcsweep gate::gc.freed changed "
                        "100 -> 150 (+50 %25) in csv csv.file=50%25:,\n");
}

static void
test_gate_annotations_are_ten_at_most(void **state) {
    struct fixture *fixture = *state;
    char base[2048] = HEAD CONFIG("churn", "00"), now[2048] = HEAD CONFIG("churn", "00");

    for (int i = 0; i < 25; i++) {
        snprintf(base + strlen(base), sizeof base - strlen(base), "x%d = 1\n", i);
        snprintf(now + strlen(now), sizeof now - strlen(now), "x%d = 2\n", i);
    }
    judge(fixture, base, now);
    write_annotations(fixture);
    size_t lines = 0;
    for (const char *at = fixture->text; *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, BENCH_GATE_ANNOTATIONS);
    assert_has(fixture->text, "::error title=gcsweep gate::16 more; red: 25 counters changed");
}

static void
test_gate_junit_has_each_configuration_once(void **state) {
    struct fixture *fixture = *state;
    size_t bytes;

    judge(fixture,
          HEAD CONFIG("churn", "00") "gc.freed = 1\n" CONFIG("trees", "00") "x = 1\n" CONFIG("gone",
                                                                                             "00"),
          HEAD CONFIG("churn", "01") "gc.freed = 2\n" CONFIG("trees", "00") "x = 1\n");
    FILE *out = open_memstream(&fixture->text, &bytes);
    bench_gate_junit_write(&fixture->gate, out);
    fclose(out);
    assert_has(fixture->text, "tests=\"3\" failures=\"2\" errors=\"0\"");
    assert_has(fixture->text, "name=\"trees\"/>");
    assert_has(fixture->text,
               "message=\"2 of what is compared are red\">answer: another digest&#10;"
               "changed gc.freed: 1 -&gt; 2 (+100 %)&#10;</failure>");
}

static void
test_gate_json_has_null_where_there_is_no_number(void **state) {
    const struct bench_gate_places places = {.baseline = "results/BASELINE"};
    struct fixture *fixture = *state;
    size_t bytes;
    json_error_t error;

    judge(fixture, HEAD CONFIG("churn", "00") "gc.freed = 0\n",
          HEAD CONFIG("churn", "01") "gc.freed = 2\n");
    FILE *out = open_memstream(&fixture->text, &bytes);
    assert_int_equal(bench_gate_json_write(&fixture->gate, &places, out), 0);
    fclose(out);
    json_t *document = json_loads(fixture->text, 0, &error),
           *rows = json_object_get(document, "rows");
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "red");
    assert_int_equal(json_array_size(rows), 2);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "metric")));
    assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "ratio")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 1), "now")), 2);
    json_decref(document);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_gate_is_green_when_everything_is_as_it_was),
        TEST(test_gate_knows_what_is_red_and_what_is_told),
        TEST(test_gate_is_red_for_a_cell_that_failed_and_says_why),
        TEST(test_gate_that_compares_nothing_is_red),
        TEST(test_gate_rule_makes_red_what_would_be_told),
        TEST(test_gate_warns_of_slower_times_and_fails_by_rule_only),
        TEST(test_gate_tells_a_change_everywhere_in_one_line),
        TEST(test_gate_commands_survive_a_shell),
        TEST(test_gate_markdown_lets_no_name_break_its_tables),
        TEST(test_gate_annotations_are_escaped_and_point_into_the_baseline),
        TEST(test_gate_annotations_are_ten_at_most),
        TEST(test_gate_junit_has_each_configuration_once),
        TEST(test_gate_json_has_null_where_there_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
