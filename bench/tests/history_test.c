/* SPDX-License-Identifier: MIT
 *
 * history_test.c: what a history makes of small run files: which runs it compares, over which configurations, with
 * which figures; and how it is written.
 *
 * Configuration c of a made run (from 0) has wall times of 4^c times what was asked for, in blocks 1, 2 and 3 multiplied
 * by 1, 1.1 and 0.9; so the geometric mean of two is twice that of the first, and its median that of block 1.
 */
#include <jansson.h>
#include <math.h>

#include "bench/history.h"
#include "bench/history/change.h"
#include "bench/tests/report_fixture.h"

struct made {
    const char *name, *created;
    double wall; /* of the first configuration */
    const char *cpu, *seed;
    int64_t version;      /* of the workload; 0: 1 */
    size_t configs;       /* 0: 2 */
    double examined_more; /* in block 2 of the last configuration */
    bool is_old;          /* does not know the knob gc.mode yet */
    bool last_fails;      /* in block 1 */
    double examined;      /* of all; 0: 100 */
};

static void
put_made_cell(struct bench_store *store, const struct made *made, size_t config, int64_t block) {
    static const double spread[] = {1, 1.1, 0.9};
    size_t configs = made->configs ? made->configs : 2;
    int64_t id = (block - 1) * (int64_t)configs + (int64_t)config + 1;
    bool is_last = config + 1 == configs;
    double examined = (made->examined != 0 ? made->examined : 100) * (double)block +
                      (is_last && block == 2 ? made->examined_more : 0);
    const struct bench_store_cell cell = {.id = id,
                                          .config_id = (int64_t)config + 1,
                                          .block = block,
                                          .position = (int64_t)config + 1,
                                          .seed = (uint64_t)block,
                                          .state = is_last && made->last_fails && block == 1
                                                       ? BENCH_CELL_FAILED
                                                       : BENCH_CELL_FINISHED,
                                          .exit_status = 0,
                                          .started = made->created};
    assert_int_equal(bench_store_put_cell(store, &cell), 0);
    if (cell.state != BENCH_CELL_FINISHED)
        return;
    assert_int_equal(bench_store_put_value(store, id, "wall_ns",
                                           made->wall * pow(4, (double)config) * spread[block - 1]),
                     0);
    assert_int_equal(bench_store_put_value(store, id, "gc.examined", examined), 0);
}

static void
put_made_configs(struct bench_store *store, const struct made *made, size_t configs) {
    static const char *const thresholds[] = {"700", "10000", "5000"};
    const struct bench_store_knob knobs[] = {{"gc.mode", "enum", "", "auto", "who", false},
                                             {"gc.threshold0", "integer", "", "700", "when", true}};
    for (size_t i = made->is_old; i < 2; i++)
        assert_int_equal(bench_store_put_knob(store, &knobs[i]), 0);
    for (size_t i = 0; i < configs; i++) {
        const struct bench_store_config config = {(int64_t)i + 1, "churn", "rt", thresholds[i], 1};
        const struct bench_store_setting threshold = {"gc.threshold0", thresholds[i], 0};
        const struct bench_store_setting mode = {"gc.mode", "auto", 0};
        assert_int_equal(bench_store_put_config(store, &config), 0);
        if (!made->is_old)
            assert_int_equal(bench_store_put_setting(store, config.id, &mode), 0);
        assert_int_equal(bench_store_put_setting(store, config.id, &threshold), 0);
    }
}

static void
put_made_run(const struct made *made) {
    const struct bench_store_workload workload = {"churn", "blocks",
                                                  made->version ? made->version : 1, ""};
    const struct bench_store_metric metrics[] = {
        {"gc.examined", "objects", "lower", "examined", true},
        {"wall_ns", "ns", "lower", "time of the work", false}};
    size_t configs = made->configs ? made->configs : 2;
    struct bench_store *store;
    char why[256], name[128];
    snprintf(name, sizeof(name), "%s.db", made->name);
    assert_int_equal(
        bench_store_open(scratch_path(name), BENCH_STORE_CREATE, &store, why, sizeof(why)), 0);
    assert_int_equal(bench_store_begin(store), 0);
    bench_store_put_fact(store, BENCH_STORE_RUN, "created", made->created);
    bench_store_put_fact(store, BENCH_STORE_RUN, "seed", made->seed ? made->seed : "1");
    bench_store_put_fact(store, BENCH_STORE_ENVIRONMENT, "cpu", made->cpu ? made->cpu : "Maker 1");
    bench_store_put_fact(store, BENCH_STORE_ENVIRONMENT, "commit", "0123abc");
    assert_int_equal(bench_store_put_workload(store, &workload), 0);
    put_made_configs(store, made, configs);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(bench_store_put_metric(store, &metrics[i]), 0);
    for (int64_t block = 1; block <= 3; block++)
        for (size_t i = 0; i < configs; i++)
            put_made_cell(store, made, i, block);
    assert_int_equal(bench_store_commit(store), 0);
    assert_int_equal(bench_store_finish(store), 0);
    bench_store_close(store);
}

struct told {
    int error;
    struct bench_history history;
    char why[512];
};

/* Of the runs just made, the last one first; they are taken away again. */
static void
tell_only(struct told *told, const char *metric, const char *only, const struct made *runs,
          size_t count) {
    struct bench_history_options options = {metric, &only, only != NULL, 0.01};
    char paths[40][300];
    const char *path_list[40] = {NULL};
    for (size_t i = 0; i < count; i++) {
        put_made_run(&runs[i]);
        snprintf(paths[i], sizeof(paths[i]), "%s/%s.db", scratch, runs[i].name);
        path_list[count - 1 - i] = paths[i];
    }
    told->error = bench_history_read(&options, path_list, count, &told->history, told->why,
                                     sizeof(told->why));
    for (size_t i = 0; i < count; i++)
        unlink(paths[i]);
}

static void
tell(struct told *told, const char *metric, const struct made *runs, size_t count) {
    tell_only(told, metric, NULL, runs, count);
    if (told->error)
        fail_msg("%s", told->why);
}

static void
assert_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%.12g, not %.12g", value, expected);
}

static const struct made three[] = {
    {.name = "one", .created = "2026-01-01T10:00:00Z", .wall = 1e6},
    {.name = "two", .created = "2026-01-02T10:00:00Z", .wall = 2e6},
    {.name = "three", .created = "2026-01-03T10:00:00Z", .wall = 1e6}};

static void
test_history_goes_by_the_time_that_runs_began(void **state) {
    struct told told;
    (void)state;
    tell(&told, "wall_ns", three, 3);
    assert_string_equal(told.history.runs[0].name, "one");
    assert_string_equal(told.history.runs[1].name, "two");
    assert_string_equal(told.history.runs[2].name, "three");
    assert_near(told.history.runs[1].ratio, 2);
    assert_near(told.history.runs[2].ratio, 0.5);
    assert_true(isnan(told.history.runs[0].ratio));
    bench_history_fini(&told.history);
}

static void
test_history_takes_the_geometric_mean_of_each_block(void **state) {
    struct told told;
    (void)state;
    tell(&told, "wall_ns", three, 3);
    assert_int_equal(told.history.common_count, 2);
    assert_int_equal(told.history.runs[0].blocks, 3);
    assert_near(told.history.runs[0].value, 2e6);
    assert_near(told.history.runs[0].low, 1.8e6);
    assert_near(told.history.runs[0].high, 2.2e6);
    bench_history_fini(&told.history);
}

static void
test_history_passes_over_a_block_that_is_not_whole(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    runs[1].last_fails = true;
    tell(&told, "wall_ns", runs, 3);
    assert_int_equal(told.history.runs[1].blocks, 2);
    assert_near(told.history.runs[1].value, 4e6);
    bench_history_fini(&told.history);
}

static void
test_history_follows_the_configurations_asked_for(void **state) {
    struct told told;
    (void)state;
    tell_only(&told, "wall_ns", "gc.threshold0=10000,5000", three, 3);
    assert_int_equal(told.error, 0);
    assert_int_equal(told.history.common_count, 1);
    assert_near(told.history.runs[0].value, 4e6);
    bench_history_fini(&told.history);
}

static void
test_history_refuses_what_no_run_has(void **state) {
    struct told told;
    (void)state;
    tell_only(&told, "wall_n", NULL, three, 3);
    assert_int_equal(told.error, -EINVAL);
    assert_non_null(strstr(told.why, "did you mean wall_ns?") ? told.why
                                                              : strstr(told.why, "gcsweep list"));
    tell_only(&told, "wall_ns", "gc.treshold0=1", three, 3);
    assert_int_equal(told.error, -EINVAL);
    assert_non_null(strstr(told.why, "did you mean gc.threshold0?"));
    tell_only(&told, "wall_ns", "workload", three, 3);
    assert_int_equal(told.error, -EINVAL);
    tell_only(&told, "wall_ns", "workload=other", three, 3);
    assert_int_equal(told.error, -ENODATA);
}

static void
test_history_counts_a_knob_that_came_later_as_its_default(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    runs[0].is_old = true;
    tell(&told, "wall_ns", runs, 3);
    assert_int_equal(told.history.taken, 3);
    assert_int_equal(told.history.common_count, 2);
    bench_history_fini(&told.history);
    tell_only(&told, "wall_ns", "gc.mode=auto", runs, 3);
    assert_int_equal(told.error, 0);
    assert_int_equal(told.history.taken, 3);
    bench_history_fini(&told.history);
}

static void
test_history_leaves_out_another_version_and_says_so(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    runs[2].version = 2;
    tell(&told, "wall_ns", runs, 3);
    assert_int_equal(told.history.taken, 2);
    assert_non_null(told.history.runs[2].why);
    assert_non_null(strstr(told.history.runs[2].why, "churn has version 2 there, and 1 elsewhere"));
    assert_true(isnan(told.history.runs[2].value));
    bench_history_fini(&told.history);
}

static void
test_history_follows_what_all_have_in_common(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    runs[0].configs = 3;
    runs[1].configs = 1;
    tell(&told, "wall_ns", runs, 3);
    assert_int_equal(told.history.common_count, 1);
    assert_near(told.history.runs[0].value, 1e6);
    bench_history_fini(&told.history);
}

static void
test_history_keeps_machines_apart(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    runs[1].cpu = "Maker 2";
    tell(&told, "wall_ns", runs, 3);
    assert_int_equal(told.history.group_count, 2);
    assert_int_equal(told.history.runs[1].group, 1);
    assert_true(isnan(told.history.runs[1].ratio));
    assert_near(told.history.runs[2].ratio, 1);
    bench_history_fini(&told.history);
    tell(&told, "gc.examined", runs, 3); /* counts do not depend on it */
    assert_int_equal(told.history.group_count, 1);
    bench_history_fini(&told.history);
}

static void
test_history_compares_counts_exactly(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    tell(&told, "gc.examined", runs, 3);
    assert_int_equal(told.history.runs[1].turn, BENCH_HISTORY_STAYS);
    bench_history_fini(&told.history);
    runs[1].examined_more = 1; /* too little for the median of the blocks */
    tell(&told, "gc.examined", runs, 3);
    assert_int_equal(told.history.runs[0].turn, BENCH_HISTORY_STAYS);
    assert_int_equal(told.history.runs[1].turn, BENCH_HISTORY_WORSE);
    assert_int_equal(told.history.runs[1].differing, 1);
    assert_int_equal(told.history.runs[2].turn, BENCH_HISTORY_BETTER);
    bench_history_fini(&told.history);
    runs[1].seed = "2"; /* another seed may have another count */
    tell(&told, "gc.examined", runs, 3);
    assert_int_equal(told.history.group_count, 2);
    assert_int_equal(told.history.runs[2].turn, BENCH_HISTORY_STAYS);
    bench_history_fini(&told.history);
}

static void
test_history_cannot_average_zeros(void **state) {
    struct made runs[3];
    struct told told;
    (void)state;
    memcpy(runs, three, sizeof(runs));
    for (size_t i = 0; i < 3; i++)
        runs[i].wall = 0;
    tell(&told, "wall_ns", runs, 3);
    assert_int_equal(told.history.unsound, 2);
    assert_true(isnan(told.history.runs[0].value));
    assert_int_equal(told.history.note_count, 2); /* and too few runs */
    bench_history_fini(&told.history);
}

/* ---- Written ----------------------------------------------------------------------------------- */

/* Twenty runs, of which those from the twelfth on are slower by a tenth. */
static void
tell_of_change(struct told *told) {
    static char names[20][24], dates[20][32];
    struct made runs[20];
    for (int i = 0; i < 20; i++) {
        snprintf(names[i], sizeof(names[i]), "night_%d", i + 1);
        snprintf(dates[i], sizeof(dates[i]), "2026-01-%02dT10:00:00Z", i + 1);
        runs[i] = (struct made){.name = names[i],
                                .created = dates[i],
                                .wall = (1e6 + 1e3 * (i * 7 % 11)) * (i >= 11 ? 1.1 : 1)};
    }
    tell(told, "wall_ns", runs, 20);
}

static char *
write_as(const struct bench_history *history, enum bench_history_format format) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    assert_int_equal(bench_history_write(history, format, out), 0);
    fclose(out);
    return text;
}

static void
assert_has(const char *text, const char *what) {
    if (!strstr(text, what))
        fail_msg("there should be \"%s\" in:\n%s", what, text);
}

static void
test_history_says_where_the_change_is(void **state) {
    struct told told;
    (void)state;
    tell_of_change(&told);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(told.history.runs[i].turn,
                         i == 11 ? BENCH_HISTORY_WORSE : BENCH_HISTORY_STAYS);
    char *text = write_as(&told.history, BENCH_HISTORY_TEXT);
    assert_has(text, "wall_ns, geometric mean of 2 configurations, over 20 runs\n");
    assert_has(text, "2026-01-12 10:00");
    assert_has(text, "worse since night_12 (commit 0123abc): 2.01 ms to 2.21 ms, +");
    assert_null(strstr(text, "group"));
    free(text);
    text = write_as(&told.history, BENCH_HISTORY_MARKDOWN);
    assert_has(text, "| begun | run | commit | blocks |");
    assert_has(text, "| night\\_12 |");
    free(text);
    bench_history_fini(&told.history);
}

static void
test_history_as_json_has_runs_and_changes(void **state) {
    struct told told;
    json_error_t error;
    (void)state;
    tell_of_change(&told);
    char *text = write_as(&told.history, BENCH_HISTORY_JSON);
    json_t *json = json_loads(text, 0, &error);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "runs")), 20);
    assert_int_equal(json_array_size(json_object_get(json, "configurations")), 2);
    const json_t *changes = json_object_get(json, "changes");
    assert_int_equal(json_array_size(changes), 1);
    const json_t *change = json_array_get(changes, 0);
    assert_string_equal(json_string_value(json_object_get(change, "run")), "night_12");
    assert_string_equal(json_string_value(json_object_get(change, "verdict")), "worse");
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(json, "runs"), 0), "ratio")));
    json_decref(json);
    free(text);
    bench_history_fini(&told.history);
}

static void
test_history_as_table_has_levels_and_turns(void **state) {
    struct told told;
    (void)state;
    tell_of_change(&told);
    char *text = write_as(&told.history, BENCH_HISTORY_TSV);
    assert_has(text, "each run\tns\n1\t2000000\t1800000\t2200000\t");
    assert_has(text, "\t2\tworse +");
    assert_has(text, "\tnight_12\t2026-01-12\n");
    free(text);
    bench_history_fini(&told.history);
}

static void
test_history_is_drawn(void **state) {
    struct told told;
    char why[512];
    (void)state;
    if (!has_gnuplot())
        skip();
    tell_of_change(&told);
    assert_int_equal(
        bench_history_draw(&told.history, scratch_path("h.svg"), "svg", why, sizeof(why)), 0);
    assert_int_equal(access(scratch_path("h.svg"), R_OK), 0);
    assert_int_equal(
        bench_history_draw(&told.history, scratch_path("no/h.svg"), "svg", why, sizeof(why)),
        -ENOENT);
    bench_history_fini(&told.history);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_goes_by_the_time_that_runs_began),
        cmocka_unit_test(test_history_takes_the_geometric_mean_of_each_block),
        cmocka_unit_test(test_history_passes_over_a_block_that_is_not_whole),
        cmocka_unit_test(test_history_follows_the_configurations_asked_for),
        cmocka_unit_test(test_history_refuses_what_no_run_has),
        cmocka_unit_test(test_history_counts_a_knob_that_came_later_as_its_default),
        cmocka_unit_test(test_history_leaves_out_another_version_and_says_so),
        cmocka_unit_test(test_history_follows_what_all_have_in_common),
        cmocka_unit_test(test_history_keeps_machines_apart),
        cmocka_unit_test(test_history_compares_counts_exactly),
        cmocka_unit_test(test_history_cannot_average_zeros),
        cmocka_unit_test(test_history_says_where_the_change_is),
        cmocka_unit_test(test_history_as_json_has_runs_and_changes),
        cmocka_unit_test(test_history_as_table_has_levels_and_turns),
        cmocka_unit_test(test_history_is_drawn),
    };
    return cmocka_run_group_tests_name("history", tests, make_scratch, remove_scratch);
}
