/* SPDX-License-Identifier: MIT
 *
 * gate_cmdline_test.c: `gcsweep gate` as a job of continuous integration meets it. Called with the program's path and
 * the house's own baseline, which this very program is to pass. Each test runs in an empty directory of its own, on a
 * suite of two cells.
 */
#include "bench/tests/program.h"

static const char *own_baseline;

static void
write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void
write_suite(const char *length) {
    char text[256];

    snprintf(text, sizeof text,
             "[suite]\nsummary = two cells\n[listgrow]\nlistgrow.mode = append, prealloc\n"
             "listgrow.length = %s\nlistgrow.rounds = 2\n",
             length);
    write_file("two.ini", text);
}

static void
call_gate(struct fixture *fixture, const char *arguments) {
    char words[512];

    snprintf(words, sizeof words, "gate --suite two.ini --no-report %s", arguments);
    call(fixture, words);
}

static void
assert_said(const struct fixture *fixture, int status, const char *text, const char *part) {
    if (fixture->status != status || strstr(text, part) == NULL)
        fail_msg("status %d, not %d with \"%s\"; said: %s%s", fixture->status, status, part,
                 fixture->out, fixture->err);
}

static void
accept(struct fixture *fixture) {
    write_suite("100");
    assert_int_equal(mkdir("results", 0777), 0);
    call_gate(fixture, "--accept");
    assert_said(fixture, 0, fixture->out,
                "counters of 2 configurations of two, in results/BASELINE");
}

/* Puts another value in the place of the first of that name. */
static void
change_baseline(const char *name, const char *value) {
    static char text[TEXT_BYTES];
    FILE *file;

    read_text("results/BASELINE", text);
    char *at = strstr(text, name), *end;
    assert_non_null(at);
    end = strchr(at, '\n');
    assert_non_null(end);
    file = fopen("results/BASELINE", "w");
    assert_non_null(file);
    fprintf(file, "%.*s%s = %s%s", (int)(at - text), text, name, value, end);
    assert_int_equal(fclose(file), 0);
}

static void
test_gate_refuses_in_one_line(void **state) {
    static const char *const calls[][2] = {
        {"", "results/BASELINE: there is no baseline; make one with: gcsweep gate --accept"},
        {"--baseline none", "none: there is no baseline"},
        {"quick", "the suite is --suite quick"},
        {"--against nothing", "engine rt@nothing cannot run here"},
        {"--against /", "it is no program"},
        {"--baseline none --against /bin/sh", "none: there is no baseline"},
        {"--accept --against /bin/sh", "--accept takes no"},
        {"--accept --suite qick", "did you mean quick?"},
        {"--fail-on nothing>5%", "no such metric"},
        {"--fail-on cpu_ns>5", "cpu_ns>5"},
        {"--fail-on cpu_ns>5%", "--against PROGRAM"},
        {"--accept --reps 2", "one block"},
        {"--reps 0", "--reps"},
        {"--acept", "did you mean --accept?"},
        {"--out /proc/nothing --accept --suite ci", "--out /proc/nothing"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char words[256];
        int wanted = strncmp(calls[i][0], "--against", 9) == 0 ? 3 : 2;
        snprintf(words, sizeof words, "gate %s", calls[i][0]);
        call(fixture, words);
        assert_said(fixture, wanted, fixture->err, calls[i][1]);
        assert_string_equal(fixture->out, "");
        assert_ptr_equal(strchr(fixture->err, '\n'), fixture->err + strlen(fixture->err) - 1);
    }
}

static void
test_gate_is_green_after_accepting_and_leaves_its_files(void **state) {
    struct fixture *fixture = *state;

    accept(fixture);
    call_gate(fixture, "");
    assert_said(fixture, 0, fixture->out, "gate: green: ");
    assert_non_null(
        strstr(fixture->out, "of 2 configurations of two are as in results/BASELINE\n"));
    assert_int_equal(access("results/gate/gate.db", F_OK), 0);
    assert_int_equal(access("results/gate/gate.md", F_OK), 0);
    assert_int_equal(access("results/gate/junit.xml", F_OK), 0);
    call_gate(fixture, "--accept");
    assert_said(fixture, 0, fixture->out, "nothing changed: results/BASELINE stays as it is");
}

static void
test_gate_is_red_for_one_counter_and_says_what_to_do(void **state) {
    struct fixture *fixture = *state;

    accept(fixture);
    change_baseline("alloc.held_bytes_peak", "1000");
    call_gate(fixture, "--out here/it/is");
    assert_said(fixture, 1, fixture->out,
                "gate: red: 1 counter worse (1 of 2 configurations of two, against "
                "results/BASELINE)\n");
    assert_non_null(strstr(fixture->out,
                           "look:    gcsweep run listgrow --set listgrow.mode=append "
                           "--set listgrow.length=100 --set listgrow.rounds=2 --seed "));
    assert_non_null(strstr(fixture->out, "gcsweep gate --accept --suite two.ini, and commit "));
    assert_int_equal(access("here/it/is/gate.md", F_OK), 0);
    call_gate(fixture, "--accept");
    assert_said(fixture, 0, fixture->out, "0 answers changed, 1 counters worse, 0 changed");
    call_gate(fixture, "");
    assert_said(fixture, 0, fixture->out, "gate: green: ");
}

static void
test_gate_is_red_when_the_suite_has_other_cells(void **state) {
    struct fixture *fixture = *state;

    accept(fixture);
    write_suite("101");
    call_gate(fixture, "--json");
    json_t *document = parse_out(fixture), *counts = json_object_get(document, "counts");
    assert_int_equal(fixture->status, 1);
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "red");
    assert_int_equal(json_integer_value(json_object_get(counts, "gone")), 2);
    assert_int_equal(json_integer_value(json_object_get(counts, "unknown")), 2);
    json_decref(document);
}

static void
test_gate_tells_github(void **state) {
    struct fixture *fixture = *state;
    static char summary[TEXT_BYTES];

    accept(fixture);
    change_baseline("gc.freed", "7");
    write_file("summary.md", "before\n");
    assert_int_equal(setenv("GITHUB_STEP_SUMMARY", "summary.md", 1), 0);
    assert_int_equal(setenv("GITHUB_ACTIONS", "true", 1), 0);
    call_gate(fixture, "");
    assert_said(fixture, 1, fixture->out, "\n::error file=results/BASELINE,line=");
    read_text("summary.md", summary);
    assert_int_equal(strncmp(summary, "before\n## gcsweep gate: red\n", 27), 0);
    call_gate(fixture, "--json");
    json_decref(parse_out(fixture)); /* nothing but the document */
    assert_non_null(strstr(fixture->err, "::error file="));
    assert_int_equal(setenv("GITHUB_STEP_SUMMARY", "/nothing/here", 1), 0);
    call_gate(fixture, "");
    assert_said(fixture, 1, fixture->err, "note: GITHUB_STEP_SUMMARY=/nothing/here: ");
    assert_int_equal(unsetenv("GITHUB_STEP_SUMMARY"), 0);
    assert_int_equal(unsetenv("GITHUB_ACTIONS"), 0);
}

static void
test_gate_says_where_a_baseline_is_broken_and_can_make_it_anew(void **state) {
    struct fixture *fixture = *state;

    accept(fixture);
    change_baseline("seed", "many");
    call_gate(fixture, "");
    assert_said(fixture, 2, fixture->err, "results/BASELINE:5: seed = many: not a whole number");
    call_gate(fixture, "--accept");
    assert_said(fixture, 0, fixture->err, "it is made anew");
    change_baseline("baseline", "2");
    call_gate(fixture, "--accept");
    assert_said(fixture, 2, fixture->err, "of a newer gcsweep");
    change_baseline("baseline", "1");
    call(fixture, "gate --suite ci --no-report");
    assert_said(fixture, 2, fixture->err, "results/BASELINE is of suite two, not of ci");
}

static void
test_gate_accepts_nothing_while_a_cell_fails(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(mkdir("results", 0777), 0);
    write_file("two.ini", "[suite]\nsummary = one that fails\n[listgrow]\n"
                          "listgrow.length = 100\nalloc.fail_at = 0, 50\n");
    call_gate(fixture, "--accept");
    assert_said(fixture, 1, fixture->err,
                "nothing is accepted: listgrow listgrow.length=100 alloc.fail_at=50: memory: ");
    assert_int_equal(access("results/BASELINE", F_OK), -1);
}

static void
test_gate_that_is_interrupted_leaves_nothing(void **state) {
    struct fixture *fixture = *state;
    pid_t pid = start("gate --accept --suite ci");

    for (int i = 0; i < 2000 && access("results/gate/gate.db-wal", F_OK) != 0; i++)
        usleep(5000);
    assert_int_equal(kill(pid, SIGINT), 0);
    finish(fixture, pid);
    assert_said(fixture, 130, fixture->err, "interrupted: nothing was judged");
    assert_int_equal(system("test -z \"$(ls -A results/gate)\""), 0);
    assert_int_equal(access("results/BASELINE", F_OK), -1);
}

/* The same program on both sides: not the times are looked at here, but how it goes. */
static void
test_gate_compares_with_another_program_in_the_same_blocks(void **state) {
    struct fixture *fixture = *state;
    char arguments[512];

    write_suite("100");
    snprintf(arguments, sizeof arguments, "--against %s --reps 2 --json --fail-on cpu_ns>500%%",
             program);
    call_gate(fixture, arguments);
    json_t *document = parse_out(fixture);
    assert_int_equal(fixture->status, 0);
    assert_true(json_is_null(json_object_get(document, "baseline")));
    assert_true(json_integer_value(json_object_get(document, "compared")) > 50);
    json_decref(document);
    call_gate(fixture, "--against /bin/true --reps 1");
    assert_said(fixture, 1, fixture->out, "gate: red: nothing could be compared");
    assert_int_equal(access("results/BASELINE", F_OK), -1);
}

static void
test_gate_draws_what_it_found(void **state) {
    struct fixture *fixture = *state;

    if (system("command -v gnuplot >/dev/null") != 0)
        skip();
    accept(fixture);
    assert_int_equal(mkdir("results/gate/charts", 0777), 0);
    write_file("results/gate/charts/gate-old.png", "");
    write_file("results/gate/charts/mine.png", "");
    call(fixture, "gate --suite two.ini");
    assert_said(fixture, 0, fixture->out, "gate: green: ");
    assert_int_equal(access("results/gate/report.html", F_OK), 0);
    assert_int_equal(access("results/gate/charts/gate-old.png", F_OK), -1);
    assert_int_equal(access("results/gate/charts/mine.png", F_OK), 0);
    assert_int_equal(system("ls results/gate/charts/gate-*.png >/dev/null"), 0);
    assert_int_equal(system("ls -A results/gate | grep -q '^[.]'"), 1 << 8);
}

/* If this fails, a change of the program moved what it counts: `gcsweep gate` says which counters. If it is meant,
 * `gcsweep gate --accept` renews the baseline, which is committed with the change. */
static void
test_gate_lets_this_program_pass(void **state) {
    struct fixture *fixture = *state;
    char arguments[512];

    snprintf(arguments, sizeof arguments, "gate --no-report --baseline %s", own_baseline);
    call(fixture, arguments);
    assert_said(fixture, 0, fixture->out, "gate: green: ");
    assert_non_null(strstr(fixture->out, "are as in")); /* what got better is accepted, too */
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_gate_refuses_in_one_line),
        UNIT(test_gate_is_green_after_accepting_and_leaves_its_files),
        UNIT(test_gate_is_red_for_one_counter_and_says_what_to_do),
        UNIT(test_gate_is_red_when_the_suite_has_other_cells),
        UNIT(test_gate_tells_github),
        UNIT(test_gate_says_where_a_baseline_is_broken_and_can_make_it_anew),
        UNIT(test_gate_accepts_nothing_while_a_cell_fails),
        UNIT(test_gate_that_is_interrupted_leaves_nothing),
        UNIT(test_gate_compares_with_another_program_in_the_same_blocks),
        UNIT(test_gate_draws_what_it_found),
        UNIT(test_gate_lets_this_program_pass),
    };

    if (argc != 3)
        return 2;
    program = realpath(argv[1], NULL); /* tests change their directory */
    own_baseline = realpath(argv[2], NULL);
    unsetenv("GITHUB_STEP_SUMMARY");
    unsetenv("GITHUB_ACTIONS");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
