/* SPDX-License-Identifier: MIT
 *
 * csv_test.c: all strategies give one answer, whatever the file has in it and whenever there is a collection; their
 * peaks are as computed, for files that are made up and for files that are given; bad rows are told with their
 * lines; a file that is made up leaves nothing; what cannot be read or written is said in a line.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "workloads/csv_file.h"
#include "workloads/tests/outcome.h"

enum {
    STRATEGY_COUNT = 6,
    SETS_MOST = 12
};

static const char *const strategies[STRATEGY_COUNT] = {
    "csv.strategy=load_all", "csv.strategy=load_rows", "csv.strategy=typed",
    "csv.strategy=selected", "csv.strategy=chunked",   "csv.strategy=stream"};

/* `sets`: up to SETS_MOST - 3 of them, ended by NULL. */
static struct outcome
run_with(size_t strategy, const char *const *sets, const char *more) {
    const char *all[SETS_MOST] = {strategies[strategy], "csv.rows=3000"};
    size_t count = 2;

    for (size_t i = 0; sets[i] != NULL; i++)
        all[count++] = sets[i];
    all[count] = more;
    assert_true(count < SETS_MOST);
    return run_call(&(struct outcome_call){.workload = "csv", .sets = all, .seed = 3});
}

/* What makes files odd. */
static const char *const shapes[][8] = {
    {"csv.chunk=700", NULL},
    {"csv.chunk=20", "csv.rows=300", "csv.categories=10", "csv.utf8_share=0", "csv.empty_share=0",
     "csv.quoted_share=0", NULL},
    {"csv.quoted_share=1", "csv.width=5", NULL},
    {"csv.utf8_share=1", "csv.crlf=on", NULL},
    {"csv.bad_share=0.5", "csv.empty_share=0.5", "csv.width=6", NULL},
    {"csv.categories=2000", "csv.width=3", "csv.quoted_share=0.5", NULL},
    {"csv.categories=1", "csv.width=20", "csv.chunk=999", NULL},
    {"csv.rows=1", "csv.bad_share=0", "csv.width=3", "csv.utf8_share=0", NULL},
    {"csv.rows=4000", "csv.chunk=1000", "csv.utf8_share=0.3", "csv.crlf=on", "csv.width=4", NULL},
};

enum {
    SHAPE_COUNT = sizeof shapes / sizeof shapes[0]
};

static void
test_csv_strategies_give_one_answer(void **state) {
    (void)state;
    for (size_t shape = 0; shape < SHAPE_COUNT; shape++) {
        struct outcome first = run_with(0, shapes[shape], NULL);
        assert_int_equal(first.error, 0);
        for (size_t i = 1; i < STRATEGY_COUNT; i++) {
            struct outcome outcome = run_with(i, shapes[shape], NULL);
            if (outcome.error != 0)
                fail_msg("shape %zu, %s: %s", shape, strategies[i], outcome.why);
            assert_true(outcome.digest == first.digest);
            assert_memory_equal(outcome.metrics, first.metrics, sizeof outcome.metrics);
            assert_int_equal(outcome.left_blocks, 0);
        }
    }
}

static void
test_csv_answers_do_not_depend_on_collections(void **state) {
    static const char *const modes[] = {"gc.mode=off",
                                        "gc.mode=manual",
                                        "gc.mode=idle",
                                        "gc.threshold0=7",
                                        "alloc.backend=debug",
                                        "alloc.backend=system",
                                        "gc.policy=generational-3.13"};

    (void)state;
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        const uint64_t digest = run_with(i, shapes[0], NULL).digest;
        for (size_t mode = 0; mode < sizeof modes / sizeof modes[0]; mode++) {
            struct outcome outcome = run_with(i, shapes[0], modes[mode]);
            assert_int_equal(outcome.error, 0);
            assert_true(outcome.digest == digest);
        }
    }
}

static void
test_csv_peaks_are_as_computed(void **state) {
    (void)state;
    for (size_t shape = 0; shape < SHAPE_COUNT; shape++)
        for (size_t i = 0; i < STRATEGY_COUNT; i++) {
            struct outcome outcome = run_with(i, shapes[shape], "gc.mode=off");
            char what[64];
            snprintf(what, sizeof what, "shape %zu, %s", shape, strategies[i]);
            assert_peak_is_as_computed(&outcome, what);
        }
}

static void
test_csv_marks_as_many_operations_as_it_says(void **state) {
    static const struct {
        const char *rows, *chunk;
        uint64_t expected[STRATEGY_COUNT];
    } cases[] = {{"csv.rows=3000", "csv.chunk=100000", {6, 6, 6, 6, 6, 3}},
                 {"csv.rows=3001", "csv.chunk=100000", {8, 8, 8, 8, 8, 4}},
                 {"csv.rows=3000", "csv.chunk=1500", {7, 7, 7, 7, 8, 4}},
                 {"csv.rows=3100", "csv.chunk=1500", {9, 9, 9, 9, 10, 5}}};

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (size_t i = 0; i < STRATEGY_COUNT; i++) {
            const char *const sets[] = {cases[c].rows, cases[c].chunk, "csv.bad_share=1", NULL};
            struct outcome outcome = run_with(i, sets, NULL);
            assert_int_equal(outcome.error, 0);
            assert_int_equal(outcome.operations, cases[c].expected[i]);
            assert_int_equal(outcome.begins, cases[c].expected[i]);
        }
}

static void
test_csv_every_request_may_fail(void **state) {
    (void)state;
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        const char *const sets[] = {strategies[i],      "csv.rows=6",        "csv.chunk=2",
                                    "csv.categories=3", "csv.bad_share=0.2", NULL};
        int64_t failures = fail_at_each((struct outcome_call){"csv", .sets = sets, .seed = 3});
        assert_true(failures > 15);
    }
}

/* ---- Files that are given ----------------------------------------------------------------------- */

/* A directory of the test's own, which it works in. */
static int
enter_directory(void **state) {
    static char path[] = "csv-test-XXXXXX";
    char *old = getcwd(NULL, 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    strcpy(path, "csv-test-XXXXXX");
    *state = old;
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    return old == NULL || mkdtemp(path) == NULL || chdir(path) != 0 || setenv("TMPDIR", ".", 1) != 0
               ? -1
               : 0;
}

static int
leave_directory(void **state) {
    char *path = getcwd(NULL, 0);
    int error = chdir(*state) != 0 || rmdir(path) != 0 ? -1 : 0; /* so nothing was left in it */

    (void)unsetenv("TMPDIR");
    free(path);
    free(*state);
    return error;
}

static void
write_file(const char *name, const char *text) {
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static const char odd[] = "name,\"amount, net\",category,x\r\n"
                          "a,1.5,\"x\"\"y\",\r\n"
                          "\r\n"
                          "b,-2,k\xc3\xa4se,\"two\nlines\"\r\n"
                          "c,n/a,k\xc3\xa4se,\r\n"
                          "d,1e1,\"x\"\"y\",4\r\n"
                          "short,1\r\n"
                          "e,.25,z,\xe9\xa1\x9e\r\n"
                          "f,7,z,\"open";

static void
test_csv_reads_a_file_that_is_given(void **state) {
    static const char *const names[] = {"csv.file=odd.csv", "csv.value=amount, net", NULL};
    static const char *const numbers[] = {"csv.file=odd.csv", "csv.value=2", "csv.category=3",
                                          "csv.chunk=2", NULL};

    (void)state;
    write_file("odd.csv", odd);
    const uint64_t digest = run_with(0, names, NULL).digest;
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        struct outcome outcome = run_with(i, i % 2 == 0 ? names : numbers, NULL);
        assert_int_equal(outcome.error, 0);
        assert_true(outcome.digest == digest);
        assert_true(outcome.metrics[0] == 4 && outcome.metrics[1] == 3 && outcome.metrics[3] == 3);
        assert_true(outcome.metrics[2] == (double)strlen(odd));
        assert_peak_is_as_computed(&outcome, strategies[i]);
    }
    /* Another number is another answer. */
    char *other = strdup(odd);
    strstr(other, "1e1")[2] = '2';
    write_file("odd.csv", other);
    free(other);
    assert_true(run_with(0, names, NULL).digest != digest);
    assert_int_equal(unlink("odd.csv"), 0);
}

static void
test_csv_peaks_of_a_file_that_is_given_are_as_computed(void **state) {
    static const char *const sets[] = {"csv.file=made.csv", "csv.chunk=500", NULL};
    const struct wl_csv_make_spec spec = {.rows = 3000,
                                          .categories = 300,
                                          .width = 5,
                                          .quoted_share = 0.3,
                                          .utf8_share = 0.2,
                                          .bad_share = 0.1};
    static char text[1 << 20];
    struct wl_csv_make make;

    (void)state;
    wl_csv_make_init(&make, &spec, 7);
    text[wl_csv_make_fill(&make, text, sizeof text - 1)] = '\0';
    write_file("made.csv", text);
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        struct outcome outcome = run_with(i, sets, NULL);
        assert_int_equal(outcome.error, 0);
        assert_peak_is_as_computed(&outcome, strategies[i]);
    }
    assert_int_equal(unlink("made.csv"), 0);
}

static void
test_csv_bad_rows_can_be_fatal(void **state) {
    static const char *const sets[] = {"csv.file=odd.csv", "csv.value=2", "csv.bad_rows=fatal",
                                       NULL};

    (void)state;
    write_file("odd.csv", odd);
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        struct outcome outcome = run_with(i, sets, NULL);
        assert_int_equal(outcome.error, -EINVAL);
        assert_string_equal(outcome.why,
                            "line 6: the value is no number (csv.bad_rows=skip goes on)");
        assert_int_equal(outcome.left_blocks, 0);
    }
    assert_int_equal(unlink("odd.csv"), 0);
}

static void
test_csv_says_what_is_wrong_with_a_row(void **state) {
    static const struct {
        const char *row, *flaw;
    } cases[] = {{"a,1,x", "more fields than the header"},
                 {"a", "fewer fields than the header"},
                 {"a,", "the value is no number"},
                 {"a,1 ", "the value is no number"},
                 {"\"a\"b,1", "letters behind the closing quote of a field"},
                 {"\"a,1", "a quote is never closed"},
                 {"\xff,1", "it is not UTF-8"},
                 {"a\"b,1", NULL},
                 {"\"a\"\"b\",\"+1.e0\"", NULL}};
    struct wl_csv_file file;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "c,v\n%s", cases[i].row);
        write_file("row.csv", text);
        assert_int_equal(wl_csv_file_open(&file, "row.csv", NULL), 0);
        assert_int_equal(wl_csv_file_choose(&file, "c", "v", NULL), 0);
        assert_int_equal(wl_csv_file_next(&file, NULL), 0);
        assert_false(file.is_over);
        if (cases[i].flaw == NULL)
            assert_true(file.flaw == NULL && file.number == 1);
        else
            assert_string_equal(file.flaw, cases[i].flaw);
        assert_int_equal(file.row.line, 2);
        wl_csv_file_fini(&file);
    }
    assert_int_equal(unlink("row.csv"), 0);
}

static void
assert_refused(const char *set, const char *more, const char *why) {
    const char *const sets[] = {set, NULL};

    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        struct outcome outcome = run_with(i, sets, more);
        assert_true(outcome.error < 0 && outcome.error != -ENOMEM);
        assert_string_equal(outcome.why, why);
    }
}

/* What the knobs' check says before anything is run. */
static int
check_knobs(const char *set, char *ret_why, size_t bytes) {
    const struct wl_workload *workload = wl_registry_find("csv");
    void *knobs = calloc(1, workload->knobs_bytes);
    struct rt_text why;

    assert_non_null(knobs);
    rt_text_init(&why, ret_why, bytes);
    rt_knob_defaults(workload->knobs, knobs);
    assert_int_equal(rt_knob_assign(workload->knobs, knobs, set, NULL), 0);
    int error = workload->check(knobs, &why);
    free(knobs);
    return error;
}

static void
test_csv_checks_a_file_before_it_is_run(void **state) {
    char why[256];

    (void)state;
    write_file("other.csv", "id,kind,value\n");
    assert_int_equal(check_knobs("csv.file=none.csv", why, sizeof why), -EINVAL);
    assert_string_equal(why, "csv.file: none.csv: No such file or directory");
    assert_int_equal(check_knobs("csv.file=other.csv", why, sizeof why), -EINVAL);
    write_file("other.csv", "id,category,value\n");
    assert_int_equal(check_knobs("csv.file=other.csv", why, sizeof why), 0);
    assert_int_equal(check_knobs("csv.rows=1", why, sizeof why), 0);
    assert_int_equal(unlink("other.csv"), 0);
}

static void
test_csv_says_what_cannot_be_read(void **state) {
    (void)state;
    write_file("empty.csv", "\n\n");
    write_file("header.csv", "id,category,value\n");
    write_file("broken.csv", "id,category,\"value\n");
    assert_refused("csv.file=none.csv", NULL, "csv.file: none.csv: No such file or directory");
    assert_refused("csv.file=.", NULL, "reading the CSV file failed at line 1: Is a directory");
    assert_refused("csv.file=empty.csv", NULL, "empty.csv: no header, it is empty");
    assert_refused("csv.file=broken.csv", NULL, "broken.csv: its header is not whole or not UTF-8");
    assert_refused("csv.file=header.csv", "csv.value=price",
                   "csv.value=price: no column of that name or number in the file's header, which "
                   "has 3 columns");
    assert_refused("csv.category=5", NULL,
                   "csv.category=5: no column of that name or number in the file's header, which "
                   "has 4 columns");
    assert_refused("csv.category=3", NULL, "csv.value=value: that is the category's column, too");
    assert_int_equal(run_with(0, (const char *const[]){"csv.file=header.csv", NULL}, NULL).error,
                     0);
    assert_int_equal(unlink("empty.csv") | unlink("header.csv") | unlink("broken.csv"), 0);
}

/* ---- Files that are made up --------------------------------------------------------------------- */

static void
assert_directory_is_empty(void) {
    DIR *directory = opendir(".");
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    assert_int_equal(closedir(directory), 0);
    assert_int_equal(count, 2); /* itself and the one above */
}

static void
test_csv_a_file_that_is_made_has_no_name(void **state) {
    const struct wl_csv_make_spec spec = {.rows = 10, .categories = 2, .width = 3};
    struct wl_csv_file file;

    (void)state;
    assert_int_equal(wl_csv_file_make(&file, &spec, 1, NULL), 0);
    assert_directory_is_empty();
    wl_csv_file_fini(&file);
}

static void
test_csv_says_when_a_file_cannot_be_made(void **state) {
    struct rlimit old, small;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 10000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_refused("csv.rows=3000", NULL,
                   "no CSV file can be written in .: File too large; name another place in TMPDIR, "
                   "or lower csv.rows");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_directory_is_empty();
    assert_int_equal(setenv("TMPDIR", "./nowhere", 1), 0);
    assert_refused("csv.rows=3000", NULL,
                   "no CSV file can be made in ./nowhere: No such file or directory");
    assert_int_equal(setenv("TMPDIR", ".", 1), 0);
}

/* What the same seed and settings make, in blocks of so many bytes. */
static size_t
make_text(const struct wl_csv_make_spec *spec, uint64_t seed, size_t block, char *text) {
    struct wl_csv_make make;
    size_t bytes = 0, more;

    wl_csv_make_init(&make, spec, seed);
    while ((more = wl_csv_make_fill(&make, text + bytes, block)) > 0)
        bytes += more;
    return bytes;
}

static void
test_csv_makes_the_same_file_for_the_same_seed(void **state) {
    const struct wl_csv_make_spec spec = {.rows = 2000,
                                          .categories = 5,
                                          .width = 5,
                                          .quoted_share = 0.2,
                                          .empty_share = 0.2,
                                          .utf8_share = 0.2,
                                          .bad_share = 0.1,
                                          .has_crlf = true};
    static char one[1 << 20], other[1 << 20];
    size_t bytes = make_text(&spec, 1, 1 << 19, one);

    (void)state;
    assert_int_equal(make_text(&spec, 1, 200, other), bytes);
    assert_memory_equal(one, other, bytes);
    size_t others = make_text(&spec, 2, 1 << 19, other);
    assert_true(others != bytes || memcmp(one, other, bytes) != 0);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, enter_directory, leave_directory)

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_strategies_give_one_answer),
        cmocka_unit_test(test_csv_answers_do_not_depend_on_collections),
        cmocka_unit_test(test_csv_peaks_are_as_computed),
        cmocka_unit_test(test_csv_marks_as_many_operations_as_it_says),
        cmocka_unit_test(test_csv_every_request_may_fail),
        UNIT(test_csv_reads_a_file_that_is_given),
        UNIT(test_csv_peaks_of_a_file_that_is_given_are_as_computed),
        UNIT(test_csv_bad_rows_can_be_fatal),
        UNIT(test_csv_says_what_is_wrong_with_a_row),
        UNIT(test_csv_checks_a_file_before_it_is_run),
        UNIT(test_csv_says_what_cannot_be_read),
        UNIT(test_csv_a_file_that_is_made_has_no_name),
        UNIT(test_csv_says_when_a_file_cannot_be_made),
        cmocka_unit_test(test_csv_makes_the_same_file_for_the_same_seed),
    };
    return cmocka_run_group_tests_name("workloads/csv", tests, NULL, NULL);
}
