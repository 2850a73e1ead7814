/* SPDX-License-Identifier: MIT
 *
 * compare_test.c: which configurations and blocks are held against each other, what is said of them, what
 * fails, and the forms in which it is written down.
 */
#include <errno.h>
#include <math.h>

#include "bench/tests/compare_fixture.h"

#include <jansson.h>

#include "bench/compare.h"
#include "workloads/rng.h"

struct pair {
    char directory[64];
    struct made base, new;
    struct bench_compare compare;
    char why[1024];
    char *text;
};

static int
set_up(void **state) {
    struct pair *pair = calloc(1, sizeof *pair);

    *state = pair;
    /* In memory where that can be: each run is written through to the disk otherwise. */
    strcpy(pair->directory, access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm/gcsweep-compare-XXXXXX"
                                                                 : "/tmp/gcsweep-compare-XXXXXX");
    assert_non_null(mkdtemp(pair->directory));
    assert_int_equal(chdir(pair->directory), 0);
    begin_made(&pair->base, "base.db");
    begin_made(&pair->new, "new.db");
    return 0;
}

static int
tear_down(void **state) {
    struct pair *pair = *state;
    char command[128];

    bench_compare_fini(&pair->compare);
    free(pair->text);
    snprintf(command, sizeof command, "rm -rf %s", pair->directory);
    int error = chdir("/") != 0 || system(command) != 0;
    free(pair);
    return error;
}

/* Of what the two runs are by now. */
static int
try_parts(struct pair *pair, const char *base, const char *new) {
    const struct bench_compare_options options = bench_compare_defaults();

    put_made(&pair->base);
    put_made(&pair->new);
    bench_compare_fini(&pair->compare);
    return bench_compare_read(base, new, &options, &pair->compare, pair->why, sizeof pair->why);
}

static void
compare_parts(struct pair *pair, const char *base, const char *new) {
    if (try_parts(pair, base, new) != 0)
        fail_msg("%s", pair->why);
}

static void
compare_both(struct pair *pair) {
    compare_parts(pair, "./base.db", "./new.db");
}

static void
assert_refused(struct pair *pair, const char *base, const char *new, int error, const char *why) {
    int got = try_parts(pair, base, new);
    if (got != error || strstr(pair->why, why) == NULL)
        fail_msg("%s %s: %d, '%s'", base, new, got, pair->why);
}

static void
assert_warned(const struct pair *pair, const char *part) {
    for (size_t i = 0; i < pair->compare.warning_count; i++)
        if (strstr(pair->compare.warnings[i], part) != NULL)
            return;
    fail_msg("no warning of '%s'", part);
}

static const struct bench_compare_row *
row_of(const struct pair *pair, const char *metric, size_t cell) {
    for (size_t i = 0; i < pair->compare.row_count; i++)
        if (strcmp(pair->compare.rows[i].metric->name, metric) == 0 &&
            pair->compare.rows[i].cell == &pair->compare.cells[cell])
            return &pair->compare.rows[i];
    return NULL;
}

static void
assert_verdict(const struct pair *pair, const char *metric, size_t cell,
               enum bench_compare_verdict verdict) {
    const struct bench_compare_row *row = row_of(pair, metric, cell);

    if (row == NULL)
        fail_msg("no row %s", metric);
    else if (row->verdict != verdict)
        fail_msg("%s is %s, not %s", metric, bench_compare_verdict_word(row->verdict),
                 bench_compare_verdict_word(verdict));
}

static void
judge_by(struct pair *pair, const char *text) {
    struct bench_compare_rule rule;

    assert_int_equal(bench_compare_rule_parse(text, &rule, pair->why, sizeof pair->why), 0);
    if (bench_compare_judge(&pair->compare, &rule, 1, pair->why, sizeof pair->why) != 0)
        fail_msg("%s", pair->why);
}

static void
scale(struct made *made, enum made_metric metric, size_t config, double factor) {
    for (size_t block = 0; block < BLOCKS; block++)
        made->values[metric][config][block] *= factor * (1 + 0.002 * (double)(block % 3));
}

/* ---- Verdicts ------------------------------------------------------------------------------------------- */

static void
test_equal_runs_are_the_same(void **state) {
    struct pair *pair = *state;

    compare_both(pair);
    assert_int_equal(pair->compare.cell_count, 2);
    assert_int_equal(pair->compare.row_count, 2 * (METRICS - 1)); /* noise is no result */
    assert_int_equal(pair->compare.count.of[BENCH_COMPARE_SAME], pair->compare.row_count);
    assert_int_equal(pair->compare.verdict, BENCH_COMPARE_SAME);
    assert_int_equal(pair->compare.failed, 0);
    assert_string_equal(pair->compare.sentence, "The same: of 10 rows 10 are the same.");
    assert_string_equal(pair->compare.cells[0].name, "churn gc.threshold0=700");
}

static void
test_more_time_is_worse_and_less_is_better(void **state) {
    struct pair *pair = *state;

    scale(&pair->new, WALL, 0, 1.1);
    scale(&pair->new, WALL, 1, 0.9);
    compare_both(pair);
    const struct bench_compare_row *row = row_of(pair, "wall_ns", 0);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_WORSE);
    assert_verdict(pair, "wall_ns", 1, BENCH_COMPARE_BETTER);
    assert_float_equal(row->ratio, 1.1, 0.01);
    assert_true(row->low < row->ratio && row->ratio < row->high && row->low > 1.09);
    assert_true(row->adjusted_p >= row->p && row->adjusted_p < 0.05);
    assert_ptr_equal(&pair->compare.rows[0], row); /* worst first */
    assert_int_equal(pair->compare.verdict, BENCH_COMPARE_WORSE);
    assert_int_equal(pair->compare.failed, 0); /* times fail nothing by themselves */
    const struct bench_compare_metric *metric = row->metric;
    assert_float_equal(metric->ratio, sqrt(row->ratio * row_of(pair, "wall_ns", 1)->ratio), 1e-12);
    assert_true(metric->low <= metric->ratio && metric->ratio <= metric->high);
}

static void
test_sides_swapped_give_the_same_answer_the_other_way_round(void **state) {
    struct pair *pair = *state;

    scale(&pair->new, WALL, 0, 1.1);
    pair->new.values[WALL][0][3] *= 1.4;
    pair->new.values[TRASH][1][7] += 1;
    compare_both(pair);
    double ratio = row_of(pair, "wall_ns", 0)->ratio, low = row_of(pair, "wall_ns", 0)->low;
    double p = row_of(pair, "wall_ns", 0)->p;
    compare_parts(pair, "./new.db", "./base.db");
    assert_float_equal(row_of(pair, "wall_ns", 0)->ratio * ratio, 1, 1e-9);
    assert_float_equal(row_of(pair, "wall_ns", 0)->high * low, 1, 1e-9);
    assert_float_equal(row_of(pair, "wall_ns", 0)->p, p, 1e-9);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_BETTER);
    assert_verdict(pair, "peak_trash_objects", 1, BENCH_COMPARE_BETTER);
    assert_int_equal(pair->compare.failed, 0);
}

static void
test_change_below_the_floor_is_the_same(void **state) {
    struct pair *pair = *state;

    scale(&pair->new, WALL, 0, 1.01);
    compare_both(pair);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_SAME);
    assert_true(row_of(pair, "wall_ns", 0)->adjusted_p < 0.05);
}

static void
test_scatter_is_too_noisy_to_say_and_says_how_many_blocks(void **state) {
    struct pair *pair = *state;

    for (size_t block = 0; block < BLOCKS; block++)
        pair->new.values[WALL][0][block] *= block % 2 == 0 ? 1.5 : 0.75;
    compare_both(pair);
    const struct bench_compare_row *row = row_of(pair, "wall_ns", 0);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_NOISY);
    assert_true(row->blocks_needed > 10);
    assert_int_equal(pair->compare.verdict, BENCH_COMPARE_NOISY);
}

static void
test_one_block_says_how_many_are_needed(void **state) {
    struct pair *pair = *state;

    pair->base.blocks = pair->new.blocks = 1;
    scale(&pair->new, WALL, 0, 2);
    compare_both(pair);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_NOISY);
    assert_true(isnan(row_of(pair, "wall_ns", 0)->low));
    assert_true(row_of(pair, "wall_ns", 0)->blocks_needed >= 6);
    assert_warned(pair,
                  "at 95 % a time can be called better or worse, or break a rule, with 6 at least");
}

static void
test_five_blocks_are_too_few_to_be_sure_and_six_are_enough(void **state) {
    struct pair *pair = *state;

    scale(&pair->new, WALL, 0, 2);
    pair->base.blocks = pair->new.blocks = 5;
    compare_both(pair);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_NOISY);
    assert_int_equal(row_of(pair, "wall_ns", 0)->blocks_needed, 6);
    judge_by(pair, "wall_ns>5%");
    assert_int_equal(pair->compare.failed, 0);
    assert_true(row_of(pair, "wall_ns", 0)->would_fail);
    pair->base.blocks = pair->new.blocks = 6;
    compare_both(pair);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_WORSE);
}

static void
test_what_was_zero_is_judged_by_how_often_it_is_not(void **state) {
    struct pair *pair = *state;

    for (size_t block = 0; block < BLOCKS; block++)
        pair->new.values[PAUSE][0][block] = 5000;
    pair->new.values[PAUSE][1][3] = 5000; /* once in ten blocks is no proof */
    compare_both(pair);
    assert_verdict(pair, "gc.pause_max_ns", 0, BENCH_COMPARE_WORSE);
    assert_true(isnan(row_of(pair, "gc.pause_max_ns", 0)->ratio));
    assert_float_equal(row_of(pair, "gc.pause_max_ns", 0)->p, 2.0 / 1024, 1e-9);
    assert_verdict(pair, "gc.pause_max_ns", 1, BENCH_COMPARE_NOISY);
}

static void
test_one_count_in_one_block_is_a_difference(void **state) {
    struct pair *pair = *state;

    pair->new.values[TRASH][0][7] += 1;
    pair->new.values[HITS][1][2] += 1;
    pair->new.values[FREES][1][2] += 1;
    compare_both(pair);
    assert_verdict(pair, "peak_trash_objects", 0, BENCH_COMPARE_WORSE);
    assert_verdict(pair, "cache.hits", 1, BENCH_COMPARE_BETTER);
    assert_verdict(pair, "alloc.frees", 1, BENCH_COMPARE_CHANGED);
    assert_string_equal(bench_compare_verdict_name(BENCH_COMPARE_CHANGED), "noisy");
    assert_int_equal(pair->compare.failed, 1);
    assert_int_equal(row_of(pair, "peak_trash_objects", 0)->rule, 0);
}

static void
test_cell_that_no_longer_finishes_fails_whatever_the_rules(void **state) {
    struct pair *pair = *state;

    pair->new.states[0][3] = BENCH_CELL_TIMEOUT;
    pair->base.states[1][3] = BENCH_CELL_MEMORY;
    compare_both(pair);
    assert_verdict(pair, "finished", 0, BENCH_COMPARE_WORSE);
    assert_verdict(pair, "finished", 1, BENCH_COMPARE_BETTER);
    assert_float_equal(row_of(pair, "finished", 0)->base, 10, 0);
    assert_float_equal(row_of(pair, "finished", 0)->new, 9, 0);
    assert_int_equal(row_of(pair, "wall_ns", 0)->blocks, 9);
    assert_int_equal(pair->compare.least_blocks, 9);
    judge_by(pair, "wall_ns>50%");
    assert_int_equal(row_of(pair, "finished", 0)->rule, BENCH_COMPARE_RULE_ALWAYS);
    assert_int_equal(pair->compare.failed, 1);
}

static void
test_cells_still_to_be_run_are_no_regression(void **state) {
    struct pair *pair = *state;

    pair->new.states[0][9] = BENCH_CELL_PLANNED;
    pair->new.complete = "0";
    compare_both(pair);
    assert_null(row_of(pair, "finished", 0));
    assert_warned(pair, "./new.db is not finished");
}

static void
test_other_answer_fails_unless_other_work_was_asked_for(void **state) {
    struct pair *pair = *state;

    pair->base.configs[0] = pair->new.configs[0] = "rt gc.mode=auto churn.live=1MiB";
    pair->base.configs[1] = "rt gc.mode=auto churn.live=2MiB";
    pair->new.configs[1] = NULL;
    pair->base.answers[1][4] = pair->new.answers[0][4] = "00000000000000bb";
    compare_both(pair);
    assert_verdict(pair, "other_answers", 0, BENCH_COMPARE_WORSE);
    assert_int_equal(pair->compare.failed, 1);
    compare_parts(pair, "./base.db:churn.live=1MiB", "./base.db:churn.live=2MiB");
    assert_null(row_of(pair, "other_answers", 0));
}

/* ---- What belongs together
 * -------------------------------------------------------------------------------- */

static void
test_parts_of_one_run_are_compared(void **state) {
    struct pair *pair = *state;

    pair->base.configs[0] = "rt gc.mode=auto gc.threshold0=700";
    pair->base.configs[1] = "rt gc.mode=off gc.threshold0=700";
    pair->base.configs[2] = "rt gc.mode=auto gc.threshold0=5000";
    pair->base.configs[3] = "rt gc.mode=off gc.threshold0=5000";
    compare_parts(pair, "./base.db:gc.threshold0=700", "./base.db:gc.threshold0=5000");
    assert_true(pair->compare.is_one_run);
    assert_int_equal(pair->compare.cell_count, 2);
    assert_int_equal(pair->compare.lone_count, 0);
    assert_string_equal(pair->compare.cells[1].name, "churn gc.mode=off");
    assert_int_equal(pair->compare.cells[1].base_id, 2);
    assert_int_equal(pair->compare.cells[1].new_id, 4);
    assert_float_equal(row_of(pair, "wall_ns", 0)->base, 1004.5, 1e-9);
    assert_float_equal(row_of(pair, "wall_ns", 0)->new, 1204.5, 1e-9);
}

/* As where two sections of a suite ask for it. */
static void
test_configuration_that_stands_there_twice_counts_once(void **state) {
    struct pair *pair = *state;

    pair->base.configs[0] = pair->base.configs[2] = "rt gc.mode=auto";
    pair->base.configs[1] = "rt gc.mode=off";
    pair->base.configs[3] = NULL;
    memcpy(pair->new.configs, pair->base.configs, sizeof pair->base.configs);
    compare_parts(pair, "./base.db", "./new.db");
    assert_int_equal(pair->compare.cell_count, 2);
    assert_int_equal(pair->compare.lone_count, 0);
    assert_int_equal(pair->compare.cells[0].base_id, 1);
}

static void
test_engines_are_compared(void **state) {
    struct pair *pair = *state;

    pair->base.configs[0] = "cpython gc.mode=auto";
    pair->base.configs[1] = "rt gc.mode=auto";
    compare_parts(pair, "./base.db:engine=cpython", "./base.db:engine=rt");
    assert_int_equal(pair->compare.cell_count, 1);
    assert_string_equal(pair->compare.cells[0].name, "churn");
    assert_int_equal(pair->compare.cells[0].new_id, 2);
}

static void
test_what_cannot_be_paired_is_refused_with_what_to_do(void **state) {
    struct pair *pair = *state;

    pair->base.configs[2] = "rt gc.mode=off gc.threshold0=700";
    pair->new.configs[0] = "rt gc.mode=auto gc.threshold0=10";
    pair->new.configs[1] = NULL;
    assert_refused(pair, "./base.db", "./base.db", -EINVAL, "both sides are the same");
    assert_refused(pair, "./base.db", "./new.db", -ENODATA,
                   "gc.threshold0 is 700 in ./base.db and 10 in ./new.db");
    assert_refused(pair, "./base.db:gc.threshold0=700:gc.mode=auto,off",
                   "./base.db:gc.threshold0=700:gc.mode=off", -EINVAL,
                   "differ in gc.mode alone (auto, off)");
    assert_refused(pair, "./base.db:gc.threshold0=701", "./new.db", -EINVAL,
                   "gc.threshold0 is 700, 5000 in it");
    assert_refused(pair, "./base.db:gc.treshold0=700", "./new.db", -EINVAL,
                   "did you mean gc.threshold0?");
    assert_refused(pair, "./base.db:workload=chrn", "./new.db", -EINVAL, "workload is churn in it");
    assert_refused(pair, "./base.db:gc.mode", "./new.db", -ENOENT, "RUN:KNOB=VALUE");
    assert_refused(pair, "./base.db:workload=a", "./new.db:workload=b", -EINVAL,
                   "two different workloads");
}

static void
test_configurations_without_their_like_are_named(void **state) {
    struct pair *pair = *state;

    pair->new.configs[1] = "rt gc.mode=auto gc.threshold0=9";
    compare_both(pair);
    assert_int_equal(pair->compare.cell_count, 1);
    assert_int_equal(pair->compare.lone_count, 2);
    assert_true(pair->compare.lone[0].in_base);
    assert_string_equal(pair->compare.lone[0].name, "churn gc.mode=auto gc.threshold0=5000");
    assert_string_equal(pair->compare.lone[1].name, "churn gc.mode=auto gc.threshold0=9");
    assert_string_equal(pair->compare.lone[0].why,
                        "in the nearest there gc.threshold0 is 700, not 5000");
}

static void
test_knob_that_only_one_run_knows_counts_as_its_default(void **state) {
    struct pair *pair = *state;

    pair->new.knob = "gc.novel";
    pair->new.configs[0] = "rt gc.mode=auto gc.threshold0=700 gc.novel=off";
    pair->new.configs[1] = "rt gc.mode=auto gc.threshold0=700 gc.novel=on";
    compare_both(pair);
    assert_int_equal(pair->compare.cell_count, 1);
    assert_int_equal(pair->compare.cells[0].new_id, 1);
    assert_warned(pair, "gc.novel is a knob that only ./new.db has; it counts as off");
}

static void
test_blocks_belong_together_by_seed(void **state) {
    struct pair *pair = *state;

    for (size_t block = 0; block < 10; block++) { /* as a merged run may have them */
        pair->new.seeds[block] = pair->base.seeds[9 - block];
        pair->base.values[FREES][0][block] = (double)block;
        pair->new.values[FREES][0][block] = (double)(9 - block);
    }
    pair->new.blocks = 9;
    compare_both(pair);
    assert_verdict(pair, "alloc.frees", 0, BENCH_COMPARE_SAME);
    assert_int_equal(row_of(pair, "alloc.frees", 0)->blocks, 9);
    assert_warned(pair, "1 of the 10 blocks of ./base.db have no like");
}

static void
test_other_seeds_leave_only_times(void **state) {
    struct pair *pair = *state;

    for (size_t block = 0; block < BLOCKS; block++)
        pair->new.seeds[block] += 1000;
    scale(&pair->new, WALL, 0, 1.2);
    compare_both(pair);
    assert_null(row_of(pair, "alloc.frees", 0));
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_WORSE);
    assert_warned(pair, "other seeds");
}

static void
test_other_version_of_a_workload_is_refused(void **state) {
    struct pair *pair = *state;

    pair->new.version = 2;
    assert_refused(pair, "./base.db", "./new.db", -EINVAL,
                   "version of workload churn is 1 in ./base.db and 2 in ./new.db");
}

static void
test_other_conditions_are_named(void **state) {
    struct pair *pair = *state;

    pair->new.cpu = "B";
    pair->new.jobs = "4";
    pair->new.values[FREES][0][0] += 1;
    compare_both(pair);
    assert_warned(pair, "cpu differs, and times with it: A in ./base.db, B in ./new.db");
    assert_warned(pair, "cells of ./new.db ran 4 at once");
    assert_warned(pair, "two runs");
    assert_true(pair->compare.is_disturbed);
    assert_verdict(pair, "alloc.frees", 0, BENCH_COMPARE_CHANGED); /* counted all the same */
}

static void
test_busier_machine_in_one_run_leaves_no_time_sure(void **state) {
    struct pair *pair = *state;

    scale(&pair->new, WALL, 0, 1.5);
    scale(&pair->new, WALL, 1, 1.5);
    pair->new.values[TRASH][0][7] += 1;
    for (size_t config = 0; config < CONFIGS; config++)
        scale(&pair->new, NOISE, config, 50);
    compare_both(pair);
    assert_warned(pair, "the machine was busier during ./new.db");
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_NOISY);
    assert_verdict(pair, "peak_trash_objects", 0, BENCH_COMPARE_WORSE);
    assert_null(strstr(pair->compare.sentence, "On the whole"));
    for (size_t config = 0; config < CONFIGS; config++)
        scale(&pair->base, NOISE, config, 50);
    compare_both(pair);
    assert_verdict(pair, "wall_ns", 0, BENCH_COMPARE_WORSE);
    assert_non_null(strstr(pair->compare.sentence, "On the whole wall_ns +50."));
}

/* ---- Rules
 * -------------------------------------------------------------------------------------------------- */

static void
test_rules_are_read(void **state) {
    static const struct {
        const char *text, *pattern;
        enum bench_compare_rule_kind kind;
        double percent;
    } rows[] = {
        {"wall_ns", "wall_ns", BENCH_COMPARE_RULE_WORSE, 0},
        {"wall_ns>5%", "wall_ns", BENCH_COMPARE_RULE_ABOVE, 5},
        {"wall_ns > 2.5 %", "wall_ns", BENCH_COMPARE_RULE_ABOVE, 2.5},
        {"cache.hits<0%", "cache.hits", BENCH_COMPARE_RULE_BELOW, 0},
        {"gc.collections*!=", "gc.collections*", BENCH_COMPARE_RULE_CHANGED, 0},
        {"deterministic", "deterministic", BENCH_COMPARE_RULE_WORSE, 0},
    };
    static const char *const wrong[] = {"",
                                        ">5%",
                                        "wall_ns>",
                                        "wall_ns>5",
                                        "wall_ns>-5%",
                                        "wall_ns>=5%",
                                        "wall_ns>5%%",
                                        "wall_ns=5%",
                                        "wall_ns>x%",
                                        "a b",
                                        "wall_ns!=5%",
                                        "wall_ns>5%x",
                                        "wall_ns>inf%",
                                        "wall_ns>nan%",
                                        "wall;ns"};
    struct bench_compare_rule rule;
    char why[512], longest[300];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(bench_compare_rule_parse(rows[i].text, &rule, why, sizeof why), 0);
        assert_string_equal(rule.pattern, rows[i].pattern);
        assert_int_equal(rule.kind, rows[i].kind);
        assert_float_equal(rule.percent, rows[i].percent, 0);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (bench_compare_rule_parse(wrong[i], &rule, why, sizeof why) != -EINVAL)
            fail_msg("'%s' is taken", wrong[i]);
        assert_non_null(strstr(why, "METRIC>5%"));
    }
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(bench_compare_rule_parse(longest, &rule, why, sizeof why), -EINVAL);
}

static void
test_no_text_is_a_rule_that_makes_no_sense(void **state) {
    static const char *const pieces[] = {"a", "wall_ns", ">", "<", "!=", "5",
                                         "%", ".",       " ", "*", "e9"};
    struct bench_compare_rule rule;
    struct wl_rng rng;
    char text[256], why[64];
    int rules = 0;

    (void)state;
    wl_rng_init(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        text[0] = '\0';
        for (uint32_t k = wl_rng_below(&rng, 8); k > 0; k--)
            strcat(text, pieces[wl_rng_below(&rng, sizeof pieces / sizeof pieces[0])]);
        if (bench_compare_rule_parse(text, &rule, why, sizeof why) != 0)
            continue;
        rules++;
        assert_true(rule.pattern[0] != '\0' &&
                    strncmp(text, rule.pattern, strlen(rule.pattern)) == 0);
        assert_true(isfinite(rule.percent) && rule.percent >= 0);
        assert_string_equal(rule.text, text);
        assert_int_equal(strchr(text, '>') != NULL, rule.kind == BENCH_COMPARE_RULE_ABOVE);
        assert_int_equal(strchr(text, '<') != NULL, rule.kind == BENCH_COMPARE_RULE_BELOW);
    }
    assert_true(rules > 100);
}

static void
test_rules_fail_what_is_surely_beyond_them(void **state) {
    static const struct {
        const char *rule;
        size_t failed;
    } rows[] = {
        {"wall_ns>5%", 1},       {"wall_ns>15%", 0},    {"wall_ns<5%", 1}, {"wall_ns", 1},
        {"timed!=", 2},          {"wall_ns<15%", 0},    {"*", 2},          {"deterministic", 1},
        {"alloc.frees!=", 1},    {"alloc.frees", 0},    {"gc.*>5%", 0},    {"deterministic!=", 3},
        {"cache.hits>1000%", 0}, {"cache.hits>10%", 1},
    };
    struct pair *pair = *state;

    scale(&pair->new, WALL, 0, 1.1);
    scale(&pair->new, WALL, 1, 0.9);
    pair->new.values[TRASH][0][7] += 1;
    for (size_t block = 0; block < BLOCKS; block++)
        pair->new.values[HITS][1][block] += 1;
    pair->new.values[FREES][1][2] += 1;
    compare_both(pair);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        judge_by(pair, rows[i].rule);
        if (pair->compare.failed != rows[i].failed)
            fail_msg("%s fails %zu rows", rows[i].rule, pair->compare.failed);
    }
    judge_by(pair, "alloc.frees!=");
    assert_verdict(pair, "alloc.frees", 1, BENCH_COMPARE_WORSE);
    judge_by(pair, "deterministic");
    assert_verdict(pair, "alloc.frees", 1, BENCH_COMPARE_CHANGED);
}

static void
test_what_is_beyond_a_rule_by_chance_is_only_said(void **state) {
    struct pair *pair = *state;

    for (size_t block = 0; block < BLOCKS; block++)
        pair->new.values[WALL][0][block] *= block % 2 == 0 ? 2 : 0.7;
    compare_both(pair);
    judge_by(pair, "wall_ns>5%");
    assert_int_equal(pair->compare.failed, 0);
    assert_true(row_of(pair, "wall_ns", 0)->would_fail);
    assert_false(row_of(pair, "wall_ns", 1)->would_fail);
}

static void
test_rule_about_no_metric_is_refused(void **state) {
    struct pair *pair = *state;
    struct bench_compare_rule rule;

    compare_both(pair);
    assert_int_equal(bench_compare_rule_parse("wal_ns>5%", &rule, pair->why, sizeof pair->why), 0);
    assert_int_equal(bench_compare_judge(&pair->compare, &rule, 1, pair->why, sizeof pair->why),
                     -ENOENT);
    assert_non_null(strstr(pair->why, "did you mean wall_ns?"));
}

/* ---- Written down
 * ---------------------------------------------------------------------------------------------- */

static const char *
write_as(struct pair *pair, const char *format, bool all_rows) {
    size_t bytes;

    free(pair->text);
    FILE *file = open_memstream(&pair->text, &bytes);
    assert_int_equal(
        bench_compare_write(&pair->compare, bench_compare_format_find(format), all_rows, file), 0);
    fclose(file);
    return pair->text;
}

static void
make_mixed(struct pair *pair) {
    scale(&pair->new, WALL, 0, 1.1);
    for (size_t block = 0; block < BLOCKS; block++)
        pair->new.values[WALL][1][block] *= block % 2 == 0 ? 1.5 : 0.75;
    pair->new.values[TRASH][1][7] += 1;
    pair->new.values[FREES][1][2] = 0;
    pair->new.configs[2] = "rt gc.mode=off gc.threshold0=700";
    compare_both(pair);
}

static void
test_json_is_one_document_with_every_row(void **state) {
    struct pair *pair = *state;
    json_error_t error;
    size_t index, nulls = 0;
    json_t *row;

    make_mixed(pair);
    json_t *document = json_loads(write_as(pair, "json", false), 0, &error);
    if (document == NULL)
        fail_msg("line %d: %s", error.line, error.text);
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "worse");
    json_t *rows = json_object_get(document, "rows");
    assert_int_equal(json_array_size(rows), pair->compare.row_count);
    json_array_foreach(rows, index, row) {
        const char *verdict = json_string_value(json_object_get(row, "verdict"));
        assert_non_null(json_string_value(json_object_get(row, "metric")));
        assert_non_null(json_string_value(json_object_get(row, "cell")));
        assert_non_null(json_object_get(row, "low"));
        assert_non_null(json_object_get(row, "high"));
        assert_true(strcmp(verdict, "better") == 0 || strcmp(verdict, "worse") == 0 ||
                    strcmp(verdict, "same") == 0 || strcmp(verdict, "noisy") == 0);
        nulls += json_is_null(json_object_get(row, "low"));
    }
    assert_int_equal(nulls, 1); /* to 0 in one block */
    assert_int_equal(json_array_size(json_object_get(document, "one_sided")), 1);
    json_decref(document);
}

static size_t
count_of(const char *text, const char *part) {
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static void
test_junit_has_a_test_for_each_row(void **state) {
    struct pair *pair = *state;

    make_mixed(pair);
    const char *text = write_as(pair, "junit", false);
    assert_int_equal(count_of(text, "<testcase "), pair->compare.row_count);
    assert_int_equal(count_of(text, "<failure "), 2);
    assert_int_equal(count_of(text, "<skipped "), 1);
    assert_non_null(strstr(text, "tests=\"10\" failures=\"2\" errors=\"0\" skipped=\"1\""));
}

static void
test_text_says_the_answer_first_and_hides_what_is_the_same(void **state) {
    struct pair *pair = *state;

    make_mixed(pair);
    const char *text = write_as(pair, "text", false);
    assert_memory_equal(text, "Worse: of 10 rows 2 are worse, 1 is changed", 40);
    assert_non_null(strstr(text, "1 configuration is only in ./new.db: churn gc.mode=off"));
    assert_non_null(strstr(text, "fails: deterministic"));
    assert_non_null(strstr(text, "too noisy to say: run "));
    assert_non_null(strstr(text, "6 rows are the same: --all-rows shows them."));
    assert_int_equal(count_of(text, "\nsame "), 0);
    assert_int_equal(count_of(write_as(pair, "text", true), "\nsame "), 6);
}

static void
test_markdown_is_tables(void **state) {
    struct pair *pair = *state;

    make_mixed(pair);
    const char *text = write_as(pair, "markdown", false);
    assert_memory_equal(text, "**Worse: ", 9);
    assert_non_null(strstr(text, "\n| verdict | change | interval |"));
    assert_non_null(strstr(text, "|---|---:|"));
    assert_non_null(strstr(text, "| wall\\_ns |"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_equal_runs_are_the_same),
        UNIT(test_more_time_is_worse_and_less_is_better),
        UNIT(test_sides_swapped_give_the_same_answer_the_other_way_round),
        UNIT(test_change_below_the_floor_is_the_same),
        UNIT(test_scatter_is_too_noisy_to_say_and_says_how_many_blocks),
        UNIT(test_one_block_says_how_many_are_needed),
        UNIT(test_five_blocks_are_too_few_to_be_sure_and_six_are_enough),
        UNIT(test_what_was_zero_is_judged_by_how_often_it_is_not),
        UNIT(test_one_count_in_one_block_is_a_difference),
        UNIT(test_cell_that_no_longer_finishes_fails_whatever_the_rules),
        UNIT(test_cells_still_to_be_run_are_no_regression),
        UNIT(test_other_answer_fails_unless_other_work_was_asked_for),
        UNIT(test_parts_of_one_run_are_compared),
        UNIT(test_configuration_that_stands_there_twice_counts_once),
        UNIT(test_engines_are_compared),
        UNIT(test_what_cannot_be_paired_is_refused_with_what_to_do),
        UNIT(test_configurations_without_their_like_are_named),
        UNIT(test_knob_that_only_one_run_knows_counts_as_its_default),
        UNIT(test_blocks_belong_together_by_seed),
        UNIT(test_other_seeds_leave_only_times),
        UNIT(test_other_version_of_a_workload_is_refused),
        UNIT(test_other_conditions_are_named),
        UNIT(test_busier_machine_in_one_run_leaves_no_time_sure),
        UNIT(test_rules_are_read),
        UNIT(test_no_text_is_a_rule_that_makes_no_sense),
        UNIT(test_rules_fail_what_is_surely_beyond_them),
        UNIT(test_what_is_beyond_a_rule_by_chance_is_only_said),
        UNIT(test_rule_about_no_metric_is_refused),
        UNIT(test_json_is_one_document_with_every_row),
        UNIT(test_junit_has_a_test_for_each_row),
        UNIT(test_text_says_the_answer_first_and_hides_what_is_the_same),
        UNIT(test_markdown_is_tables),
    };
    return cmocka_run_group_tests_name("bench/compare", tests, NULL, NULL);
}
