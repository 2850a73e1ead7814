/* SPDX-License-Identifier: MIT
 *
 * replay_test.c: `gcsweep replay` as a user meets it, and every script of workloads/ops on both engines. Called with
 * the program's path and the scripts' directory.
 */
#include <dirent.h>
#include <setjmp.h>
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
#include <jansson.h>

enum {
    TEXT_BYTES = 1 << 16,
    COMMAND_BYTES = 8192,
    NO_ENGINE = 3
};

struct answer {
    char out[TEXT_BYTES], err[TEXT_BYTES];
    int status;
};

static const char *program, *scripts;

static void
read_file(FILE *file, char *text) {
    rewind(file);
    text[fread(text, 1, TEXT_BYTES - 1, file)] = '\0';
    fclose(file);
}

/* The shell's command line behind the verb; `script` is what standard input gives. */
static struct answer *
replay(const char *script, const char *arguments) {
    static struct answer answer;
    char command[COMMAND_BYTES];
    FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
    int status;
    pid_t pid;

    assert_true(in != NULL && out != NULL && err != NULL);
    fputs(script, in);
    rewind(in);
    snprintf(command, sizeof command, "exec '%s' replay %s", program, arguments);
    pid = fork();
    if (pid == 0) {
        dup2(fileno(in), STDIN_FILENO);
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    answer.status = WEXITSTATUS(status);
    fclose(in);
    read_file(out, answer.out);
    read_file(err, answer.err);
    return &answer;
}

static bool
has_python(void) {
    return replay("", "- --engine cpython")->status != NO_ENGINE;
}

static void
skip_without_python(void) {
    if (has_python())
        return;
    print_message("# skipped: engine cpython cannot run here\n");
    skip();
}

/* ---- One engine --------------------------------------------------------------------------------- */

static void
test_lines_are_printed(void **state) {
    struct answer *answer = replay("list a\nappend a a\ndrop a\nprint collect\n", "-");

    (void)state;
    assert_int_equal(answer->status, 0);
    assert_string_equal(answer->out, "collect: 1\nend: collected 0\n");
    assert_string_equal(answer->err, "");
}

static void
test_knobs_are_of_the_runtime_and_of_scripts(void **state) {
    struct answer *answer =
        replay("print thresholds\nprint enabled\n", "- --set gc.threshold0=5 --set gc.mode=manual");

    (void)state;
    assert_string_equal(answer->out, "thresholds: 5 10 10\nenabled: no\nend: collected 0\n");
    answer = replay("repeat i 100\nend\n", "- --set ops.steps_max=50");
    assert_int_equal(answer->status, 2);
    assert_string_equal(answer->err, "gcsweep: replay: standard input:2: more than 50 statements "
                                     "(ops.steps_max)\n");
}

static void
test_malformed_script_is_a_line_and_status_2(void **state) {
    struct answer *answer = replay("list a\nlost a\n", "-");

    (void)state;
    assert_int_equal(answer->status, 2);
    assert_string_equal(answer->err,
                        "gcsweep: replay: standard input:2: expected a verb, not 'lost'\n");
    assert_string_equal(answer->out, "");
}

static void
test_wrong_calls_are_refused(void **state) {
    static const struct {
        const char *arguments, *words;
    } rows[] = {
        {"", "takes a script"},
        {"- two", "not also two"},
        {"- --engine cpithon", "did you mean cpython?"},
        {"- --set ops.step_max=5", "ops.steps_max"},
        {"- --set ops.steps_max=some", "ops.steps_max"},
        {"- --python /bin/true", "--python is for"},
        {"/nowhere/a.ops", "cannot read /nowhere/a.ops"},
        {"/", "cannot read /"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer *answer = replay("", rows[i].arguments);
        assert_int_equal(answer->status, 2);
        if (strstr(answer->err, rows[i].words) == NULL)
            fail_msg("'%s' is not in: %s", rows[i].words, answer->err);
        assert_ptr_equal(strchr(answer->err, '\n'), strrchr(answer->err, '\n'));
    }
}

static void
test_json_is_one_document(void **state) {
    struct answer *answer = replay("print count\n", "- --json");
    json_t *document = json_loads(answer->out, 0, NULL);
    const char *line;
    int status;

    (void)state;
    assert_int_equal(
        json_unpack(document, "{s:i, s:{s:[s]}}", "status", &status, "lines", "rt", &line), 0);
    assert_int_equal(status, 0);
    assert_string_equal(line, "count: 0 0 0");
    json_decref(document);
}

static void
test_help_is_a_page(void **state) {
    struct answer *answer = replay("", "--help");

    (void)state;
    assert_int_equal(answer->status, 0);
    assert_non_null(strstr(answer->out, "usage: gcsweep replay FILE"));
}

/* ---- Both --------------------------------------------------------------------------------------- */

static void
test_no_python_is_status_3(void **state) {
    struct answer *answer = replay("", "- --engine both --python /bin/true");

    (void)state;
    assert_int_equal(answer->status, NO_ENGINE);
    assert_ptr_equal(strchr(answer->err, '\n'), strrchr(answer->err, '\n'));
}

static void
test_difference_is_unified_and_status_1(void **state) {
    struct answer *answer;
    json_t *document, *difference;

    (void)state;
    skip_without_python();
    answer = replay("print text \"same\"\nprint live\n", "- --engine both");
    assert_int_equal(answer->status, 1);
    assert_memory_equal(answer->out, "--- rt\n+++ cpython ", 19);
    assert_non_null(strstr(answer->out, "\n@@ -1,3 +1,3 @@\n same\n-live: "));
    assert_non_null(strstr(answer->out, "\n+live: -1\n end: collected 0\n"));
    answer = replay("print live\n", "- --engine both --json");
    assert_int_equal(answer->status, 1);
    document = json_loads(answer->out, 0, NULL);
    difference = json_object_get(document, "difference");
    assert_int_equal(json_array_size(difference), 4);
    json_decref(document);
}

static void
test_knobs_that_python_lacks_are_refused(void **state) {
    struct answer *answer;

    (void)state;
    skip_without_python();
    answer = replay("print count\n", "- --engine cpython --set alloc.arena=256KiB");
    assert_int_equal(answer->status, 2);
    assert_non_null(strstr(answer->err, "alloc.arena"));
    answer = replay("print thresholds\n", "- --engine both --set gc.threshold0=5 --set "
                                          "alloc.backend=system --set alloc.arena=256KiB");
    assert_int_equal(answer->status, 0);
    assert_string_equal(answer->out, "thresholds: 5 10 10\nend: collected 0\n");
}

static void
test_every_example_is_the_same_on_both(void **state) {
    DIR *directory = opendir(scripts);
    const struct dirent *entry;
    char arguments[COMMAND_BYTES / 2];
    bool with_python = has_python();
    int count = 0;

    (void)state;
    assert_non_null(directory);
    if (!with_python)
        print_message("# engine cpython cannot run here: examples run on ours alone\n");
    while ((entry = readdir(directory)) != NULL) {
        const char *ending = strrchr(entry->d_name, '.');
        struct answer *answer;
        if (ending == NULL || strcmp(ending, ".ops") != 0)
            continue;
        snprintf(arguments, sizeof arguments, "'%s/%s' --engine %s", scripts, entry->d_name,
                 with_python ? "both" : "rt");
        answer = replay("", arguments);
        if (answer->status != 0)
            fail_msg("%s: status %d: %s%.2000s", entry->d_name, answer->status, answer->err,
                     answer->out);
        count++;
    }
    closedir(directory);
    assert_true(count >= 20);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_printed),
        cmocka_unit_test(test_knobs_are_of_the_runtime_and_of_scripts),
        cmocka_unit_test(test_malformed_script_is_a_line_and_status_2),
        cmocka_unit_test(test_wrong_calls_are_refused),
        cmocka_unit_test(test_json_is_one_document),
        cmocka_unit_test(test_help_is_a_page),
        cmocka_unit_test(test_no_python_is_status_3),
        cmocka_unit_test(test_difference_is_unified_and_status_1),
        cmocka_unit_test(test_knobs_that_python_lacks_are_refused),
        cmocka_unit_test(test_every_example_is_the_same_on_both),
    };

    if (argc < 3) {
        fputs("replay_test needs the program's path and the scripts' directory\n", stderr);
        return 2;
    }
    program = argv[1];
    scripts = argv[2];
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
