/* SPDX-License-Identifier: MIT
 *
 * agree_test.c: `gcsweep agree` as a user meets it: both engines on random scripts. Called with the program's path and
 * the number of scripts.
 */
#include "bench/tests/program.h"

static const char *script_count;

static bool
has_python(struct fixture *fixture) {
    call(fixture, "agree --scripts 1");
    if (fixture->status != 3)
        return true;
    print_message("# skipped: engine cpython cannot run here\n");
    return false;
}

/* On CPython 3.11, whose counts are ours; other versions have their own. */
static void
test_agree_finds_no_difference(void **state) {
    struct fixture *fixture = *state;
    char arguments[128];
    json_t *object;

    if (!has_python(fixture))
        skip();
    snprintf(arguments, sizeof arguments, "agree --scripts %s --seed 1000000 --json", script_count);
    call(fixture, arguments);
    object = parse_out(fixture);
    if (strncmp(json_string_value(json_object_get(object, "python")), "3.11.", 5) != 0) {
        json_decref(object);
        print_message("# skipped: this is no CPython 3.11\n");
        skip();
    }
    if (fixture->status != 0)
        fail_msg("%s", fixture->err);
    assert_int_equal(json_integer_value(json_object_get(object, "differing")), 0);
    assert_int_equal(json_integer_value(json_object_get(object, "scripts")), atoi(script_count));
    assert_true(json_integer_value(json_object_get(object, "lines")) > 50 * atoi(script_count));
    json_decref(object);
}

static void
test_agree_prints_the_script_of_a_seed(void **state) {
    struct fixture *fixture = *state;
    char first[TEXT_BYTES];

    call(fixture, "agree --print --seed 7 --set random.statements=5");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "class Plain inline\n"));
    strcpy(first, fixture->out);
    call(fixture, "agree --print --seed 7 --set random.statements=5");
    assert_string_equal(fixture->out, first);
}

static void
assert_refused(struct fixture *fixture, const char *arguments, const char *what) {
    call(fixture, arguments);
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, what));
}

static void
test_agree_says_what_is_wrong_with_a_call(void **state) {
    struct fixture *fixture = *state;

    assert_refused(fixture, "agree --scripts 0", "--scripts");
    assert_refused(fixture, "agree --set random.nmaes=3", "random.names");
    assert_refused(fixture, "agree --set random.mistakes=1001", "random.mistakes");
    assert_refused(fixture, "agree script.ops", "script.ops");
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_agree_finds_no_difference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_agree_prints_the_script_of_a_seed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_agree_says_what_is_wrong_with_a_call, set_up,
                                        tear_down),
    };

    if (argc != 3)
        return 2;
    program = realpath(argv[1], NULL);
    script_count = argv[2];
    return cmocka_run_group_tests_name("agree", tests, NULL, NULL);
}
