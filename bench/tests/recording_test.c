/* SPDX-License-Identifier: MIT
 *
 * recording_test.c: recordings of real programs, made and run again as a user does it. Called with the program's
 * path, that of recording_subject, and that of a Python executable, empty where this build cannot record it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "workloads/trace.h"

static char program[4096], subject[4096];
static const char *python;

struct fixture {
    char directory[64];
    uint8_t *data;
    size_t bytes;
    struct wl_trace trace;
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    strcpy(fixture->directory, "/tmp/gcsweep-record-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    assert_int_equal(chdir(fixture->directory), 0);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[128];

    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", fixture->directory);
    assert_int_equal(system(command), 0);
    free(fixture->data);
    free(fixture);
    return 0;
}

/* Runs the program with what a shell makes of the arguments; gives the status. */
static int __attribute__((format(printf, 1, 2))) call(const char *format, ...) {
    char arguments[8192], command[16384];
    va_list list;
    int status;

    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(command, sizeof command, "'%s' %s >out.txt 2>err.txt", program, arguments);
    status = system(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
assert_said(const char *part) {
    char text[4096];
    FILE *file = fopen("err.txt", "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    if (strstr(text, part) == NULL)
        fail_msg("said: %s", text);
}

static void
open_recording(struct fixture *fixture, const char *path) {
    FILE *file = fopen(path, "r");
    struct rt_text why;
    char why_data[256];
    long bytes;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    bytes = ftell(file);
    rewind(file);
    assert_true(bytes > 0);
    free(fixture->data);
    fixture->bytes = (size_t)bytes;
    fixture->data = malloc(fixture->bytes);
    assert_non_null(fixture->data);
    assert_int_equal(fread(fixture->data, 1, fixture->bytes, file), fixture->bytes);
    fclose(file);
    rt_text_init(&why, why_data, sizeof why_data);
    if (wl_trace_open(fixture->data, fixture->bytes, &fixture->trace, &why) != 0)
        fail_msg("%s", why_data);
}

/* How many operations of this kind and size there are; all are read, so all are well-formed. */
static size_t
count_ops(const struct fixture *fixture, enum wl_trace_kind kind, uint64_t size) {
    struct wl_trace_reader *reader;
    struct wl_trace_op op;
    struct rt_text why;
    char why_data[256] = "";
    size_t count = 0;
    int end;

    rt_text_init(&why, why_data, sizeof why_data);
    assert_int_equal(wl_trace_reader_open(&fixture->trace, &reader), 0);
    while ((end = wl_trace_next(reader, &op, &why)) == 1)
        count += op.kind == kind && op.size == size;
    assert_string_equal(why_data, "");
    assert_int_equal(end, 0);
    wl_trace_reader_close(reader);
    return count;
}

static json_t *
replay(const char *arguments) {
    json_t *document;

    assert_int_equal(call("replay r.gctrace --json %s", arguments), 0);
    document = json_load_file("out.txt", 0, NULL);
    assert_non_null(document);
    return document;
}

static json_int_t
number(const json_t *document, const char *name) {
    const json_t *value = json_object_get(document, name);

    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

/* ---- Native programs ---------------------------------------------------------------------------- */

static void
test_record_notes_every_way_to_ask_for_memory(void **state) {
    static const uint64_t sizes[] = {10001, 3 * 10002, 10003, 2 * 10004, 10005, 10112, 10007};
    struct fixture *fixture = *state;

    assert_int_equal(call("record -o r.gctrace -- '%s'", subject), 0);
    open_recording(fixture, "r.gctrace");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_int_equal(count_ops(fixture, WL_TRACE_ALLOC, sizes[i]), 1);
    assert_int_equal(count_ops(fixture, WL_TRACE_REALLOC, 20003), 1);
    assert_int_equal(access("r.gctrace.raw", F_OK), -1);
}

static void
test_record_keeps_threads_apart_and_children_out(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(call("record -o r.gctrace -- '%s'", subject), 0);
    open_recording(fixture, "r.gctrace");
    assert_int_equal(count_ops(fixture, WL_TRACE_ALLOC, 100), 4 * 5000);
    assert_int_equal(count_ops(fixture, WL_TRACE_REALLOC, 3000), 4 * 5000);
    assert_int_equal(count_ops(fixture, WL_TRACE_ALLOC, 54321), 0);
    assert_true(fixture->trace.counts.ids < 1000);
}

static void
test_record_goes_on_where_a_program_becomes_another(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(call("record -o r.gctrace -- '%s' again", subject), 0);
    open_recording(fixture, "r.gctrace");
    assert_int_equal(count_ops(fixture, WL_TRACE_ALLOC, 40001), 1);
    assert_int_equal(count_ops(fixture, WL_TRACE_ALLOC, 40002), 1);
    assert_int_equal(fixture->trace.counts.marks, 1);
}

static void
test_record_replays_the_same_on_each_backend(void **state) {
    static const char *const backends[] = {"pool", "system", "debug"};
    json_int_t operations = 0;

    (void)state;
    assert_int_equal(call("record -o r.gctrace -- '%s'", subject), 0);
    for (size_t i = 0; i < 3; i++) {
        char arguments[64];
        json_t *document;
        snprintf(arguments, sizeof arguments, "--set alloc.backend=%s", backends[i]);
        document = replay(arguments);
        assert_true(i == 0 || number(document, "operations") == operations);
        operations = number(document, "operations");
        assert_true(operations > 60000);
        assert_true(number(document, "peak_live_bytes") <= number(document, "peak_held_bytes"));
        json_decref(document);
    }
}

static void
test_record_refuses_what_it_cannot_start_or_see(void **state) {
    (void)state;
    assert_int_equal(call("record"), 2);
    assert_said("needs a program");
    assert_int_equal(call("record --snapshot-every x -- true"), 2);
    assert_int_equal(call("record -o r.gctrace -- ./nothing"), 2);
    assert_said("cannot start ./nothing");
    assert_int_equal(call("record -o no/r.gctrace -- true"), 2);
    assert_said("cannot write no/r.gctrace");
    assert_int_equal(access("r.gctrace.raw", F_OK), -1);
}

static void
test_record_keeps_what_a_failing_program_did(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(call("record -o r.gctrace -- sh -c 'kill -9 $$'"), 1);
    assert_said("signal 9");
    open_recording(fixture, "r.gctrace");
    assert_true(fixture->trace.counts.allocs > 0);
}

static void
test_replay_refuses_a_damaged_recording_and_says_where(void **state) {
    (void)state;
    assert_int_equal(call("record -o r.gctrace -- '%s'", subject), 0);
    assert_int_equal(system("head -c 1000 r.gctrace >short.gctrace"), 0);
    assert_int_equal(call("replay short.gctrace"), 2);
    assert_said("short.gctrace: cut short or damaged");
    assert_said("at byte 992");
    assert_int_equal(call("replay r.gctrace --set alloc.bakend=pool"), 2);
    assert_int_equal(call("replay r.gctrace --engine both"), 2);
}

/* Its statements are the recording's operations. */
static void
test_replay_turns_a_recording_into_a_script(void **state) {
    (void)state;
    assert_int_equal(call("record -o r.gctrace -- ls /"), 0);
    assert_int_equal(call("replay r.gctrace --to-ops"), 0);
    assert_int_equal(system("mv out.txt r.ops && grep -q '^memory b0 ' r.ops"), 0);
    assert_int_equal(call("replay r.ops"), 0);
    assert_int_equal(system("grep -q '^collect: 0$' out.txt && ! grep -q error out.txt"), 0);
    assert_int_equal(call("replay r.ops --to-ops"), 2);
    assert_said("--to-ops is for recordings");
}

/* ---- Python ------------------------------------------------------------------------------------- */

static void
write_script(const char *text) {
    FILE *file = fopen("app.py", "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void
need_python(void) {
    if (python[0] == '\0') {
        print_message("skipped: this build cannot record Python\n");
        skip();
    }
}

static void
test_record_knows_pythons_containers_and_its_trash(void **state) {
    struct fixture *fixture = *state;
    json_t *document;
    const json_t *collected;
    json_int_t sum = 0;

    need_python();
    write_script("class Node:\n"
                 "    pass\n"
                 "for i in range(3000):\n"
                 "    one, other = Node(), Node()\n"
                 "    one.other, other.other = other, one\n"
                 "keep = [[i] for i in range(2000)]\n");
    assert_int_equal(call("record -o r.gctrace -- '%s' app.py", python), 0);
    open_recording(fixture, "r.gctrace");
    assert_true(fixture->trace.counts.containers > 8000);
    assert_true(fixture->trace.counts.stores > 6000);
    document = replay("--set gc.threshold0=700");
    collected = json_object_get(json_object_get(document, "gc"), "collected");
    for (size_t i = 0; i < 3; i++)
        sum += json_integer_value(json_array_get(collected, i));
    assert_true(sum > 4000);
    json_decref(document);
    document = replay("--set gc.threshold0=0");
    assert_int_equal(number(json_object_get(document, "counters"), "gc.collected0"), 0);
    json_decref(document);
}

static void
test_record_gives_a_script_its_arguments_and_keeps_its_status(void **state) {
    (void)state;
    need_python();
    write_script("import sys\n"
                 "assert __name__ == '__main__' and sys.argv == ['app.py', '-o', 'x'], sys.argv\n"
                 "sys.exit(7)\n");
    assert_int_equal(call("record -o r.gctrace -- '%s' -X utf8 app.py -o x", python), 1);
    assert_said("status 7");
    assert_int_equal(call("record -o r.gctrace -- '%s' -m app -o x", python), 1);
    assert_int_equal(
        call("record -o r.gctrace -- '%s' -c 'import sys; assert sys.argv[1:] == [\"a\"]' a",
             python),
        0);
    assert_int_equal(call("record -o r.gctrace -- '%s'", python), 2);
}

static void
test_record_takes_marks_from_the_script(void **state) {
    struct fixture *fixture = *state;

    need_python();
    write_script("import gcsweep_record\n"
                 "gcsweep_record.mark('loaded')\n");
    assert_int_equal(call("record -o r.gctrace -- '%s' app.py", python), 0);
    open_recording(fixture, "r.gctrace");
    assert_int_equal(fixture->trace.counts.marks, 2);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_record_notes_every_way_to_ask_for_memory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_record_keeps_threads_apart_and_children_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_record_goes_on_where_a_program_becomes_another, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_record_replays_the_same_on_each_backend, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_record_refuses_what_it_cannot_start_or_see, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_record_keeps_what_a_failing_program_did, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_replay_refuses_a_damaged_recording_and_says_where,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replay_turns_a_recording_into_a_script, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_record_knows_pythons_containers_and_its_trash, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_record_gives_a_script_its_arguments_and_keeps_its_status, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_record_takes_marks_from_the_script, set_up, tear_down),
    };

    if (argc != 4)
        return 2;
    if (realpath(argv[1], program) == NULL || realpath(argv[2], subject) == NULL)
        return 2;
    python = argv[3];
    return cmocka_run_group_tests_name("bench recording", tests, NULL, NULL);
}
