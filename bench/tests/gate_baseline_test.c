/* SPDX-License-Identifier: MIT
 *
 * gate_baseline_test.c: baselines as texts. What is read and written again is the same, whatever is wrong is said with
 * its line, and nothing but the suite's own settings is in a name.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/gate/baseline.h"

static const char head[] = "baseline = 1\nsuite = ci\nseed = 7\naccepted = 2026-01-02, by hand\n";
static const char churn[] = "\n[churn alloc.backend=pool]\nversion = 1\nseed = 9007199254740991\n"
                            "digest = 00ff00ff00ff00ff\nalloc.allocations = 12\ngc.yield = 0.1\n";

static int
parse(struct bench_gate_baseline *baseline, const char *first, const char *second, char why[256]) {
    char text[4096];

    snprintf(text, sizeof text, "%s%s", first, second);
    why[0] = '\0';
    return bench_gate_baseline_parse(baseline, "B", text, strlen(text), why, 256);
}

static void
test_baseline_comes_back_from_its_text(void **state) {
    struct bench_gate_baseline baseline, again;
    char why[256], *text = NULL, *second = NULL;
    size_t bytes;

    (void)state;
    assert_int_equal(parse(&baseline, head, churn, why), 0);
    assert_string_equal(baseline.suite, "ci");
    assert_int_equal(baseline.seed, 7);
    const struct bench_gate_config *config =
        bench_gate_baseline_find(&baseline, "churn alloc.backend=pool");
    assert_non_null(config);
    assert_true(config->seed == (UINT64_C(1) << 53) - 1);
    assert_string_equal(config->digest, "00ff00ff00ff00ff");
    assert_int_equal(config->count_count, 2);
    assert_true(config->counts[1].value == 0.1);
    assert_int_equal(config->counts[0].line, 10);
    assert_null(bench_gate_baseline_find(&baseline, "churn"));
    FILE *out = open_memstream(&text, &bytes);
    bench_gate_baseline_write(&baseline, out);
    fclose(out);
    assert_int_equal(bench_gate_baseline_parse(&again, "B", text, bytes, why, sizeof why), 0);
    out = open_memstream(&second, &bytes);
    bench_gate_baseline_write(&again, out);
    fclose(out);
    assert_string_equal(text, second);
    free(text);
    free(second);
    bench_gate_baseline_fini(&again);
    bench_gate_baseline_fini(&baseline);
}

static void
test_baseline_says_the_line_of_what_is_wrong(void **state) {
    static const char *const wrong[][3] = {
        {"", "", "B:1: not a baseline: its first line is \"baseline = 1\""},
        {"suite = ci\n", "", "B:1: not a baseline"},
        {"[a]\n", "", "B:1: not a baseline"},
        {"baseline = 0\n", "", "B:1: baseline = 0: not a version"},
        {"baseline = 1\nsuit = ci\n", "", "B:2: suit is not known, did you mean suite?"},
        {"baseline = 1\nsuite = ci\nsuite = ci\n", "", "B:3: suite is there twice"},
        {"baseline = 1\nsuite = ci\n[a]\nversion = 1\ndigest = 0\n", "",
         "B:1: the head has no seed"},
        {"baseline = 1\nseed = -1\n", "", "B:2: seed = -1: not a whole number"},
        {head, "", "no configuration: nothing would be compared"},
        {head, "[churn\n", "B:5: a configuration has the form [NAME]"},
        {head, "<<<<<<< HEAD\n", "B:5: neither [NAME] nor NAME = VALUE"},
        {head, "[a]\nversion = 1\n", "B:5: [a] has no digest"},
        {head, "[a]\ndigest = 00\n", "B:5: [a] has no version"},
        {head, "[a]\nversion = one\n", "B:6: version = one: not a whole number"},
        {head, "[a]\ndigest = xyz\n", "B:6: digest = xyz: not one"},
        {head, "[a]\nversion = 1\ndigest = 00\nx = \n", "B:8: x = : not a number"},
        {head, "[a]\nversion = 1\ndigest = 00\nx = 1x\n", "B:8: x = 1x: not a number"},
        {head, "[a]\nversion = 1\ndigest = 00\nx = nan\n", "B:8: x = nan: not a number"},
        {head, "[a]\nversion = 1\ndigest = 00\nx = 1\ny = 1\nx = 1\n", "x is there twice"},
        {head, "[a]\nversion = 1\ndigest = 00\n[a]\nversion = 1\ndigest = 00\n",
         "[a] is there twice"},
    };
    struct bench_gate_baseline baseline;
    char why[256];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse(&baseline, wrong[i][0], wrong[i][1], why), -EINVAL);
        if (strstr(why, wrong[i][2]) == NULL || strncmp(why, "B:", 2) != 0)
            fail_msg("\"%s\" was said to be: %s", wrong[i][1], why);
    }
}

static void
test_baseline_of_a_newer_form_is_refused_as_such(void **state) {
    struct bench_gate_baseline baseline;
    char why[256];

    (void)state;
    assert_int_equal(parse(&baseline, "# a word\n\nbaseline = 2\nsomething new\n", "", why),
                     -EPROTO);
    assert_string_equal(
        why, "B:3: this baseline has form 2, of a newer gcsweep; this one reads up to 1");
}

static void
test_baseline_takes_line_ends_and_blanks_of_other_editors(void **state) {
    struct bench_gate_baseline baseline;
    char why[256];

    (void)state;
    assert_int_equal(parse(&baseline, head, "[a]\r\n version=1\r\n\tdigest =00\r\nx= -1.5\r", why),
                     0);
    assert_true(baseline.configs[0].counts[0].value == -1.5);
    bench_gate_baseline_fini(&baseline);
}

static void
test_baseline_that_is_no_text_is_refused(void **state) {
    struct bench_gate_baseline baseline;
    char why[256], path[] = "/tmp/gcsweep-baseline-XXXXXX";

    (void)state;
    assert_int_equal(
        bench_gate_baseline_parse(&baseline, "B", "baseline = 1\0\n", 14, why, sizeof why),
        -EINVAL);
    assert_int_equal(bench_gate_baseline_read(&baseline, "/no/such", why, sizeof why), -ENOENT);
    assert_int_equal(bench_gate_baseline_read(&baseline, "/tmp", why, sizeof why), -EISDIR);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, head, sizeof head - 1), sizeof head - 1);
    assert_int_equal(write(fd, churn, sizeof churn - 1), sizeof churn - 1);
    close(fd);
    assert_int_equal(bench_gate_baseline_read(&baseline, path, why, sizeof why), 0);
    assert_string_equal(baseline.path, path);
    bench_gate_baseline_fini(&baseline);
    assert_int_equal(unlink(path), 0);
}

/* What the store gives is put in by hand: cells of the program itself are the command line's test. */
static void
test_baseline_is_sorted_when_it_is_built(void **state) {
    struct bench_gate_baseline baseline = {.path = NULL};

    (void)state;
    assert_int_equal(bench_gate_baseline_add(&baseline, "trees", 0), 0);
    assert_int_equal(bench_gate_baseline_add_count(&baseline.configs[0], "b", 2, 0), 0);
    assert_int_equal(bench_gate_baseline_add_count(&baseline.configs[0], "a", 1, 0), 0);
    assert_int_equal(bench_gate_baseline_add(&baseline, "churn", 0), 0);
    assert_int_equal(bench_gate_baseline_sort(&baseline), 0);
    assert_string_equal(baseline.configs[0].counts[0].name, "a");
    assert_string_equal(baseline.by_name[0]->name, "churn");
    assert_ptr_equal(bench_gate_baseline_find(&baseline, "trees"), &baseline.configs[0]);
    bench_gate_baseline_fini(&baseline);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_baseline_comes_back_from_its_text),
        cmocka_unit_test(test_baseline_says_the_line_of_what_is_wrong),
        cmocka_unit_test(test_baseline_of_a_newer_form_is_refused_as_such),
        cmocka_unit_test(test_baseline_takes_line_ends_and_blanks_of_other_editors),
        cmocka_unit_test(test_baseline_that_is_no_text_is_refused),
        cmocka_unit_test(test_baseline_is_sorted_when_it_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
