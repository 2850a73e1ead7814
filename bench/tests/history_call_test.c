/* SPDX-License-Identifier: MIT
 *
 * history_call_test.c: `gcsweep history` as a user meets it. Called with the program's path.
 */
#include "bench/tests/program.h"

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
#define SMALL       "churn --reps 2 --set churn.live=100 --set churn.operations=2000"

static void
sweep_three(struct fixture *fixture) {
    static const char *const calls[] = {"sweep " SMALL " --set gc.threshold0=700,10000 --out a",
                                        "sweep " SMALL " --set gc.threshold0=700,10000,50 --out b",
                                        "sweep " SMALL " --set gc.threshold0=10000 --out c"};
    for (size_t i = 0; i < 3; i++) {
        call(fixture, calls[i]);
        if (fixture->status != 0)
            fail_msg("%s", fixture->err);
    }
}

static void
test_history_lists_what_runs_have_in_common(void **state) {
    struct fixture *fixture = *state;
    sweep_three(fixture);
    call(fixture, "history alloc.allocations c b a");
    assert_int_equal(fixture->status, 0);
    assert_string_equal(fixture->err, "");
    assert_non_null(strstr(
        fixture->out,
        "alloc.allocations, churn on rt churn.live=100 churn.operations=2000 gc.threshold0=10000"));
    assert_non_null(strstr(fixture->out, "over 3 runs\n"));
    assert_non_null(strstr(fixture->out, "\nno change\n"));

    call(fixture, "history wall_ns a b --json");
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture);
    assert_int_equal(json_array_size(json_object_get(document, "runs")), 2);
    assert_int_equal(json_array_size(json_object_get(document, "configurations")), 2);
    json_decref(document);

    call(fixture, "history wall_ns a b c --only gc.threshold0=700 --format markdown");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "- left out c: "));

    call(fixture, "history wall_ns a a b -o h.tsv"); /* one run counts once */
    assert_int_equal(fixture->status, 0);
    read_text("h.tsv", fixture->out);
    assert_int_equal(strncmp(fixture->out, "each run\tns\n1\t", 14), 0);
    assert_null(strstr(fixture->out, "\n3\t"));
}

static void
test_history_says_what_is_wrong_in_one_line(void **state) {
    static const char *const wrong[][2] = {
        {"history", "gcsweep history METRIC RUN..."},
        {"history wall_ns", "gcsweep history METRIC RUN..."},
        {"history wall_ns nowhere", "no such run"},
        {"history wall_nss a", "did you mean wall_ns?"},
        {"history wall_ns a --only gc.treshold0=1", "did you mean gc.threshold0?"},
        {"history wall_ns a --only workload=other", "say less by --only"},
        {"history wall_ns a --format jsonn", "did you mean json?"},
        {"history wall_ns a --floor much", "a percentage from 0 to 100"},
        {"history wall_ns a -o h.gif", "must end in .svg"},
    };
    struct fixture *fixture = *state;
    sweep_three(fixture);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        call(fixture, wrong[i][0]);
        if (fixture->status != 2 || !strstr(fixture->err, wrong[i][1]) ||
            strchr(fixture->err, '\n') != strrchr(fixture->err, '\n') || *fixture->out)
            fail_msg("%s: status %d: %s%s", wrong[i][0], fixture->status, fixture->err,
                     fixture->out);
    }
}

static void
test_history_is_drawn_where_gnuplot_is(void **state) {
    struct fixture *fixture = *state;
    sweep_three(fixture);
    call(fixture, "history peak_rss_bytes a b c -o h.svg");
    if (fixture->status == 3 && strstr(fixture->err, "gnuplot"))
        skip();
    assert_int_equal(fixture->status, 0);
    call(fixture, "history peak_rss_bytes a b c -o no/such/folder/h.svg");
    assert_int_equal(fixture->status, 2);
    read_text("h.svg", fixture->out);
    assert_non_null(strstr(
        fixture->out,
        "peak_rss_bytes: churn on rt churn.live=100 churn.operations=2000 gc.threshold0=10000"));
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_history_lists_what_runs_have_in_common),
        UNIT(test_history_says_what_is_wrong_in_one_line),
        UNIT(test_history_is_drawn_where_gnuplot_is),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: history_call_test PROGRAM\n");
        return 2;
    }
    program = realpath(argv[1], NULL);
    return cmocka_run_group_tests_name("bench/history call", tests, NULL, NULL);
}
