/* SPDX-License-Identifier: MIT
 *
 * output_test.c: a document is there as a whole or not at all.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/output.h"
#include "bench/tests/report_fixture.h"

struct place {
    struct bench_output output;
    char path[512], why[512];
};

static int
set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    assert_int_equal(make_scratch(state), 0);
    snprintf(place->path, sizeof place->path, "%s", scratch_path("document"));
    *state = place;
    return 0;
}

static int
tear_down(void **state) {
    free(*state);
    return remove_scratch(state);
}

static int
open_it(struct place *place, bool replaces) {
    return bench_output_open(&place->output, place->path, replaces, place->why, sizeof place->why);
}

static int
finish_it(struct place *place) {
    return bench_output_finish(&place->output, place->why, sizeof place->why);
}

static size_t
count_files(void) {
    DIR *directory = opendir(scratch);
    size_t count = 0;

    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static void
assert_holds(const char *path, const char *text) {
    char found[64] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(found, text);
}

static void
test_output_has_its_name_only_when_it_is_whole(void **state) {
    struct place *place = *state;

    assert_int_equal(open_it(place, false), 0);
    fputs("all of it", place->output.file);
    fflush(place->output.file);
    assert_int_equal(access(place->path, F_OK), -1);
    assert_int_equal(finish_it(place), 0);
    assert_holds(place->path, "all of it");
    assert_int_equal(count_files(), 1);
}

static void
test_output_dropped_leaves_nothing(void **state) {
    struct place *place = *state;

    assert_int_equal(open_it(place, false), 0);
    fputs("half of", place->output.file);
    bench_output_drop(&place->output);
    assert_int_equal(count_files(), 0);
}

static void
test_output_never_replaces_a_file_unless_asked(void **state) {
    struct place *place = *state;

    assert_int_equal(open_it(place, false), 0);
    fputs("first", place->output.file);
    assert_int_equal(finish_it(place), 0);
    assert_int_equal(open_it(place, false), -EEXIST);
    assert_non_null(strstr(place->why, "--force"));
    assert_int_equal(open_it(place, true), 0);
    fputs("second", place->output.file);
    assert_holds(place->path, "first");
    assert_int_equal(finish_it(place), 0);
    assert_holds(place->path, "second");
    assert_int_equal(count_files(), 1);
}

/* One that came to be in the meantime is left alone, too. */
static void
test_output_loses_a_race_without_harm(void **state) {
    struct place *place = *state;

    assert_int_equal(open_it(place, false), 0);
    fputs("late", place->output.file);
    FILE *other = fopen(place->path, "w");
    assert_non_null(other);
    fputs("early", other);
    fclose(other);
    assert_int_equal(finish_it(place), -EEXIST);
    assert_holds(place->path, "early");
    assert_int_equal(count_files(), 1);
}

static void
test_output_says_when_there_is_no_room(void **state) {
    struct place *place = *state;

    strcpy(place->path, "/dev/full");
    assert_int_equal(open_it(place, false), 0);
    for (int i = 0; i < 100000 && !bench_output_is_broken(&place->output); i++)
        fputs("much", place->output.file);
    assert_true(bench_output_is_broken(&place->output));
    assert_int_equal(finish_it(place), -ENOSPC);
    assert_non_null(strstr(place->why, "/dev/full cannot be written: No space left"));
    assert_int_equal(open_it(place, false),
                     0); /* and when so little is written that only the end shows it */
    fputs("little", place->output.file);
    assert_int_equal(finish_it(place), -ENOSPC);
}

static void
test_output_needs_a_folder_and_is_none(void **state) {
    struct place *place = *state;

    snprintf(place->path, sizeof place->path, "%s", scratch_path("no/document"));
    assert_int_equal(open_it(place, false), -ENOENT);
    assert_non_null(strstr(place->why, "no such folder"));
    snprintf(place->path, sizeof place->path, "%s", scratch);
    assert_int_equal(open_it(place, true), -EISDIR);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_output_has_its_name_only_when_it_is_whole),
        UNIT(test_output_dropped_leaves_nothing),
        UNIT(test_output_never_replaces_a_file_unless_asked),
        UNIT(test_output_loses_a_race_without_harm),
        UNIT(test_output_says_when_there_is_no_room),
        UNIT(test_output_needs_a_folder_and_is_none),
    };
    return cmocka_run_group_tests_name("bench/output", tests, NULL, NULL);
}
