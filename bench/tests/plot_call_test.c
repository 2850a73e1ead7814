/* SPDX-License-Identifier: MIT
 *
 * plot_call_test.c: `gcsweep plot` as a user meets it. Called with the program's path.
 */
#include "bench/tests/program.h"

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
#define SMALL_LIST  " --set listgrow.mode=append --set listgrow.length=100 --set listgrow.rounds=3"

static void
test_plot_says_what_a_run_lacks(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep listgrow --reps 1 --out run" SMALL_LIST);
    call(fixture, "plot timeline run -o timeline.tsv");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "'listgrow' of this run has no collection with its time"));
}

static void
test_plot_says_that_a_table_has_no_room(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep listgrow --reps 1 --out run" SMALL_LIST);
    assert_int_equal(symlink("/dev/full", "full.tsv"), 0);
    call(fixture, "plot memory run -o full.tsv");
    assert_int_equal(fixture->status, 3);
    assert_non_null(strstr(fixture->err, "full.tsv cannot be written: No space left"));
    call(fixture, "plot memory run -o memory.tsv");
    assert_int_equal(fixture->status, 0);
}

static void
test_plot_asks_only_where_several_workloads_have_the_figure(void **state) {
    struct fixture *fixture = *state;
    FILE *file = fopen("two.ini", "w");

    assert_non_null(file);
    fputs("[suite]\nsummary = two\nrepetitions = 1\n[churn]\nchurn.operations = 2000\n"
          "churn.live = 100\nchurn.size = 16, 64\n[listgrow]\nlistgrow.mode = append\n"
          "listgrow.length = 100\nlistgrow.rounds = 3\n",
          file);
    fclose(file);
    call(fixture, "sweep two.ini --out run");
    assert_int_equal(fixture->status, 0);
    call(fixture, "plot spikes run -o spikes.tsv");
    assert_int_equal(fixture->status, 0);
    call(fixture, "plot latency run -o latency.tsv");
    assert_int_equal(fixture->status, 2);
    assert_string_equal(fixture->err, "gcsweep: plot: which workload? --workload 'churn size=16', "
                                      "'churn size=64' or 'listgrow'\n");
    call(fixture, "plot latency run --workload chum -o latency.tsv");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "the run has no workload chum: it has 'churn size=16'"));
    call(fixture, "plot strategies run -o strategies.tsv");
    assert_int_equal(fixture->status, 2);
    assert_string_equal(fixture->err, "gcsweep: plot: the run has no two values of csv.strategy\n");
}

static void
test_plot_forest_takes_two_sides(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 2 --set gc.threshold0=700,9000 --set churn.live=100 "
                  "--set churn.operations=2000 --out run");
    assert_int_equal(fixture->status, 0);
    call(fixture, "plot forest run:gc.threshold0=700 run:gc.threshold0=9000 --metric wall_ns "
                  "-o f.tsv");
    assert_int_equal(fixture->status, 0);
    read_text("f.tsv", fixture->out);
    assert_int_equal(strncmp(fixture->out, "within the floor\tratio\t", 23), 0);
    assert_non_null(strstr(fixture->out, "\tchurn"));
    call(fixture, "plot forest run -o f.svg");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "gcsweep plot forest BASE NEW -o FILE"));
    call(fixture, "plot memory run run -o f.svg");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "one too many"));
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_plot_says_what_a_run_lacks),
        UNIT(test_plot_says_that_a_table_has_no_room),
        UNIT(test_plot_asks_only_where_several_workloads_have_the_figure),
        UNIT(test_plot_forest_takes_two_sides),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: plot_call_test PROGRAM\n");
        return 2;
    }
    program = realpath(argv[1], NULL);
    return cmocka_run_group_tests_name("bench/plot call", tests, NULL, NULL);
}
