/* SPDX-License-Identifier: MIT
 *
 * store_test.c: what is put into a run file comes out again; what is not a run file is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "bench/store/file.h"

struct fixture {
    char path[64];
    struct bench_store *store;
    char why[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    strcpy(fixture->path, "/tmp/gcsweep-store-XXXXXX");
    close(mkstemp(fixture->path));
    unlink(fixture->path);
    assert_int_equal(bench_store_open(fixture->path, BENCH_STORE_CREATE, &fixture->store,
                                      fixture->why, sizeof fixture->why),
                     0);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_store_close(fixture->store);
    unlink(fixture->path);
    free(fixture);
    return 0;
}

static void
put_frame(struct bench_store *store) {
    const struct bench_store_workload workload = {"churn", "what it does", 3, "churn.way"};
    const struct bench_store_knob knob = {"alloc.arena", "size", "bytes", "1MiB", "help", true};
    const struct bench_store_metric metric = {"wall_ns", "ns", "lower", "help", false};
    const struct bench_store_config one = {1, "churn", "rt", "alloc.arena=1MiB", 0};
    const struct bench_store_config two = {2, "churn", "rt", "alloc.arena=2MiB", 1};
    const struct bench_store_setting setting = {"alloc.arena", "2MiB", 2097152};

    assert_int_equal(bench_store_begin(store), 0);
    assert_int_equal(bench_store_put_workload(store, &workload), 0);
    assert_int_equal(bench_store_put_knob(store, &knob), 0);
    assert_int_equal(bench_store_put_metric(store, &metric), 0);
    assert_int_equal(bench_store_put_config(store, &one), 0);
    assert_int_equal(bench_store_put_config(store, &two), 0);
    assert_int_equal(bench_store_put_setting(store, 2, &setting), 0);
    assert_int_equal(bench_store_commit(store), 0);
}

static struct bench_store_cell
cell_of(int64_t id, int64_t block, enum bench_cell_state state) {
    return (struct bench_store_cell){.id = id,
                                     .config_id = 2,
                                     .block = block,
                                     .position = 1,
                                     .seed = UINT64_C(1) << 52,
                                     .state = state,
                                     .exit_status = 0,
                                     .why = state == BENCH_CELL_FINISHED ? NULL : "because",
                                     .digest = "0123456789abcdef",
                                     .started = "2024-01-01T00:00:00Z",
                                     .elapsed_ns = 5};
}

static int
check_cell(void *context, const struct bench_store_cell *cell) {
    ++*(int *)context;
    assert_int_equal(cell->config_id, 2);
    assert_true(cell->seed == UINT64_C(1) << 52);
    assert_string_equal(cell->digest, "0123456789abcdef");
    assert_int_equal(cell->elapsed_ns, 5);
    assert_int_equal(cell->state, cell->id == 1 ? BENCH_CELL_FINISHED : BENCH_CELL_TIMEOUT);
    assert_int_equal(cell->exit_status, cell->id == 1 ? 0 : -1);
    assert_int_equal(cell->signal, cell->id == 1 ? 0 : 9);
    return 0;
}

static int
check_config(void *context, const struct bench_store_config *config) {
    ++*(int *)context;
    assert_int_equal(config->reference, 1);
    assert_string_equal(config->label, config->id == 1 ? "alloc.arena=1MiB" : "alloc.arena=2MiB");
    return 0;
}

static int
check_setting(void *context, const struct bench_store_setting *setting) {
    ++*(int *)context;
    assert_string_equal(setting->knob, "alloc.arena");
    assert_true(setting->number == 2097152);
    return 0;
}

static int
check_knob(void *context, const struct bench_store_knob *knob) {
    ++*(int *)context;
    assert_true(knob->swept);
    assert_string_equal(knob->initial, "1MiB");
    return 0;
}

static void
test_store_gives_back_what_was_put(void **state) {
    struct fixture *fixture = *state;
    struct bench_store *store = fixture->store;
    struct bench_store_cell good = cell_of(1, 1, BENCH_CELL_FINISHED),
                            bad = cell_of(2, 2, BENCH_CELL_TIMEOUT);
    int configs = 0, settings = 0, knobs = 0, cells = 0;

    put_frame(store);
    bad.exit_status = -1;
    bad.signal = 9;
    assert_int_equal(bench_store_put_cell(store, &good), 0);
    assert_int_equal(bench_store_put_cell(store, &bad), 0);
    assert_int_equal(bench_store_each_config(store, check_config, &configs), 0);
    assert_int_equal(bench_store_each_setting(store, 2, check_setting, &settings), 0);
    assert_int_equal(bench_store_each_knob(store, check_knob, &knobs), 0);
    assert_int_equal(bench_store_each_cell(store, 0, check_cell, &cells), 0);
    assert_int_equal(bench_store_each_cell(store, 1, check_cell, &cells), 0);
    assert_int_equal(configs, 2);
    assert_int_equal(settings, 1);
    assert_int_equal(knobs, 1);
    assert_int_equal(cells, 2);
}

static int
stop_at_once(void *context, const struct bench_store_config *config) {
    (void)config;
    ++*(int *)context;
    return 42;
}

static void
test_store_each_stops_when_told(void **state) {
    struct bench_store *store = ((struct fixture *)*state)->store;
    int seen = 0;

    put_frame(store);
    assert_int_equal(bench_store_each_config(store, stop_at_once, &seen), 42);
    assert_int_equal(seen, 1);
    assert_int_equal(bench_store_each_config(store, check_config, &seen), 0);
    assert_int_equal(seen, 3);
}

static void
test_store_values_are_of_finished_cells_only(void **state) {
    struct bench_store *store = ((struct fixture *)*state)->store;
    double *values;
    size_t count;

    put_frame(store);
    for (int64_t i = 1; i <= 5; i++) {
        struct bench_store_cell cell =
            cell_of(i, 6 - i, i == 3 ? BENCH_CELL_FAILED : BENCH_CELL_FINISHED);
        assert_int_equal(bench_store_put_cell(store, &cell), 0);
        assert_int_equal(bench_store_put_value(store, i, "wall_ns", (double)i * 10), 0);
    }
    assert_int_equal(bench_store_values(store, 2, "wall_ns", &values, &count), 0);
    assert_int_equal(count, 4);
    assert_true(values[0] == 50 && values[1] == 40 && values[2] == 20 &&
                values[3] == 10); /* by block */
    free(values);
    assert_int_equal(bench_store_values(store, 2, "cpu_ns", &values, &count), 0);
    assert_int_equal(count, 0);
    assert_null(values);
}

static int
add_by_block(void *context, int64_t block, double value) {
    ((double *)context)[block] += value;
    return value == 99 ? -EINTR : 0;
}

static void
test_store_tells_values_by_block_of_cells_in_any_state(void **state) {
    struct bench_store *store = ((struct fixture *)*state)->store;
    double seen[4] = {0};

    put_frame(store);
    for (int64_t i = 1; i <= 3; i++) {
        struct bench_store_cell cell =
            cell_of(i, i, i == 2 ? BENCH_CELL_FAILED : BENCH_CELL_FINISHED);
        assert_int_equal(bench_store_put_cell(store, &cell), 0);
        assert_int_equal(bench_store_put_value(store, i, "wall_ns", (double)i * 10), 0);
    }
    assert_int_equal(bench_store_each_in_block(store, "wall_ns", add_by_block, seen), 0);
    assert_true(seen[1] == 10 && seen[2] == 20 && seen[3] == 30);
    assert_int_equal(bench_store_each_in_block(store, "cpu_ns", add_by_block, seen), 0);
    assert_true(seen[0] == 0 && seen[1] == 10);
    assert_int_equal(bench_store_put_value(store, 1, "wall_ns", 99), 0);
    assert_int_equal(bench_store_each_in_block(store, "wall_ns", add_by_block, seen), -EINTR);
    assert_true(seen[2] == 20);
}

static void
test_store_histograms_add_up_and_series_come_back(void **state) {
    struct bench_store *store = ((struct fixture *)*state)->store;
    struct bench_hist *hist = malloc(sizeof *hist), *sum = malloc(sizeof *sum);
    struct bench_series series;

    assert_true(hist != NULL && sum != NULL);
    put_frame(store);
    bench_hist_init(sum);
    bench_series_init(&series);
    bench_series_add(&series, -3, 100);
    for (int64_t i = 1; i <= 2; i++) {
        struct bench_store_cell cell = cell_of(i, i, BENCH_CELL_FINISHED);
        assert_int_equal(bench_store_put_cell(store, &cell), 0);
        bench_hist_init(hist);
        bench_hist_record(hist, (uint64_t)i * 1000);
        assert_int_equal(bench_store_put_histogram(store, i, "latency", "ns", hist), 0);
        assert_int_equal(bench_store_put_series(store, i, "resident", "bytes", "ns", &series), 0);
    }
    bench_series_fini(&series);
    assert_int_equal(bench_store_histogram(store, 2, "latency", sum), 0);
    assert_int_equal(sum->count, 2);
    assert_int_equal(sum->greatest, 2000);
    assert_int_equal(bench_store_series(store, 1, "resident", &series), 0);
    assert_int_equal(series.count, 1);
    assert_int_equal(series.samples[0].t_ns, -3);
    bench_series_fini(&series);
    assert_int_equal(bench_store_series(store, 1, "live", &series), -ENOENT);
    free(hist);
    free(sum);
}

static void
test_store_rolls_a_whole_cell_back(void **state) {
    struct bench_store *store = ((struct fixture *)*state)->store;
    struct bench_store_cell cell = cell_of(1, 1, BENCH_CELL_FINISHED);
    int cells = 0;

    put_frame(store);
    assert_int_equal(bench_store_begin(store), 0);
    assert_int_equal(bench_store_put_cell(store, &cell), 0);
    assert_int_not_equal(bench_store_put_value(store, 1, "no such metric", 1), 0);
    bench_store_rollback(store);
    assert_int_equal(bench_store_each_cell(store, 0, check_cell, &cells), 0);
    assert_int_equal(cells, 0);
}

static void
test_store_never_creates_over_a_file(void **state) {
    struct fixture *fixture = *state;
    struct bench_store *other;

    assert_int_equal(bench_store_open(fixture->path, BENCH_STORE_CREATE, &other, fixture->why,
                                      sizeof fixture->why),
                     -EEXIST);
    assert_non_null(strstr(fixture->why, fixture->path));
}

static void
set_pragma(struct fixture *fixture, const char *pragma) {
    sqlite3 *file;
    assert_int_equal(sqlite3_open(fixture->path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, pragma, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(file);
}

static void
assert_unreadable(struct fixture *fixture, int error, const char *part) {
    struct bench_store *other;
    assert_int_equal(bench_store_open(fixture->path, BENCH_STORE_READ, &other, fixture->why,
                                      sizeof fixture->why),
                     error);
    assert_non_null(strstr(fixture->why, part));
}

static void
test_store_refuses_a_newer_schema_and_other_files(void **state) {
    struct fixture *fixture = *state;
    FILE *file;

    set_pragma(fixture, "PRAGMA user_version = 4");
    assert_unreadable(fixture, -EPROTO, "newer");
    set_pragma(fixture, "PRAGMA user_version = 1; PRAGMA application_id = 5");
    assert_unreadable(fixture, -EINVAL, "not a run file");
    bench_store_close(fixture->store);
    fixture->store = NULL;
    file = fopen(fixture->path, "w");
    assert_non_null(file);
    fputs("just some text that is long enough not to be taken for an empty database", file);
    fclose(file);
    assert_unreadable(fixture, -EINVAL, "not a database");
    unlink(fixture->path);
    assert_unreadable(fixture, -ENOENT, "no such file");
}

static int
check_workload(void *context, const struct bench_store_workload *workload) {
    assert_string_equal(workload->name, "churn");
    assert_int_equal(workload->version, 3);
    assert_string_equal(workload->variant, context);
    return 0;
}

/* What version 2 did not have is taken away, its number put in. */
static void
make_version_2(struct fixture *fixture) {
    put_frame(fixture->store);
    bench_store_close(fixture->store);
    fixture->store = NULL;
    set_pragma(fixture, "ALTER TABLE cell DROP COLUMN source_block;"
                        "ALTER TABLE cell DROP COLUMN source;"
                        "DROP TABLE source_environment; DROP TABLE source;"
                        "PRAGMA user_version = 2");
}

static void
make_version_1(struct fixture *fixture) {
    make_version_2(fixture);
    set_pragma(fixture, "ALTER TABLE workload DROP COLUMN variant;"
                        "ALTER TABLE series DROP COLUMN at_unit;"
                        "PRAGMA user_version = 1");
}

static int
reopen(struct fixture *fixture, enum bench_store_mode mode) {
    bench_store_close(fixture->store);
    fixture->store = NULL;
    return bench_store_open(fixture->path, mode, &fixture->store, fixture->why,
                            sizeof fixture->why);
}

static void
test_store_reads_the_first_schema_as_it_is(void **state) {
    struct fixture *fixture = *state;
    struct bench_series series;

    make_version_1(fixture);
    for (int turn = 0; turn < 2; turn++) { /* reading does not change it */
        assert_int_equal(reopen(fixture, BENCH_STORE_READ), 0);
        assert_int_equal(bench_store_each_workload(fixture->store, check_workload, ""), 0);
        assert_int_equal(bench_store_series(fixture->store, 1, "live", &series), -ENOENT);
    }
}

static void
test_store_brings_the_first_schema_up_to_resume_it(void **state) {
    struct fixture *fixture = *state;
    struct bench_store_cell cell = cell_of(1, 1, BENCH_CELL_FINISHED);
    struct bench_series series;

    make_version_1(fixture);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), 0);
    bench_series_init(&series);
    assert_int_equal(bench_series_add(&series, 4, 120), 0);
    assert_int_equal(bench_store_put_cell(fixture->store, &cell), 0);
    assert_int_equal(
        bench_store_put_series(fixture->store, 1, "x.bytes", "bytes", "items", &series), 0);
    bench_series_fini(&series);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), 0); /* and once is enough */
    assert_int_equal(bench_store_each_workload(fixture->store, check_workload, ""), 0);
    assert_int_equal(bench_store_series(fixture->store, 1, "x.bytes", &series), 0);
    assert_int_equal(series.samples[0].value, 120);
    bench_series_fini(&series);
}

static int
count_column(struct fixture *fixture, const char *column) {
    sqlite3_stmt *statement;
    char sql[128];
    sqlite3 *file;
    int count;

    snprintf(sql, sizeof sql, "SELECT count(*) FROM pragma_table_info('cell') WHERE name = '%s'",
             column);
    assert_int_equal(sqlite3_open(fixture->path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(file, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(file);
    return count;
}

static void
test_store_brings_the_second_schema_up_to_resume_it(void **state) {
    struct fixture *fixture = *state;
    struct bench_store_cell cell = cell_of(1, 1, BENCH_CELL_FINISHED);
    int cells = 0;

    make_version_2(fixture);
    assert_int_equal(reopen(fixture, BENCH_STORE_READ), 0);
    assert_int_equal(count_column(fixture, "source"), 0);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), 0);
    assert_int_equal(bench_store_put_cell(fixture->store, &cell), 0);
    assert_int_equal(bench_store_each_cell(fixture->store, 0, check_cell, &cells), 0);
    assert_int_equal(cells, 1);
    assert_int_equal(count_column(fixture, "source"), 1);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), 0);
}

static void
test_store_finished_can_only_be_read(void **state) {
    struct fixture *fixture = *state;
    struct stat status;

    put_frame(fixture->store);
    assert_int_equal(bench_store_put_fact(fixture->store, BENCH_STORE_RUN, "complete", "0"), 0);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), 0);
    assert_int_equal(bench_store_finish(fixture->store), 0);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0222, 0);
    assert_int_not_equal(status.st_mode & 0444, 0);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), -EROFS);
    assert_non_null(strstr(fixture->why, "finished"));
    assert_int_equal(reopen(fixture, BENCH_STORE_READ), 0);
}

/* Its sweep was ended, or had no room, between its last cell and the fold. */
static void
test_store_finished_is_folded_later_if_it_could_not_be_at_once(void **state) {
    struct fixture *fixture = *state;
    struct stat status;
    sqlite3 *file;
    char wal[80];

    put_frame(fixture->store);
    snprintf(wal, sizeof wal, "%s-wal", fixture->path);
    assert_int_equal(sqlite3_open(fixture->path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, "SELECT * FROM run", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(bench_store_finish(fixture->store), -EBUSY);
    assert_non_null(strstr(bench_store_why(fixture->store), "has the file open"));
    assert_int_equal(access(wal, F_OK), 0);
    sqlite3_close(file);
    assert_int_equal(reopen(fixture, BENCH_STORE_RESUME), -EROFS);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0222, 0);
    assert_int_equal(reopen(fixture, BENCH_STORE_READ), 0);
}

/* A commit is on the disk: the power may go. */
static void
test_store_waits_until_the_disk_has_what_was_committed(void **state) {
    struct fixture *fixture = *state;
    sqlite3_stmt *statement;

    assert_int_equal(
        sqlite3_prepare_v2(fixture->store->file, "PRAGMA synchronous", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 2);
    sqlite3_finalize(statement);
}

static void
test_store_finished_is_one_file_that_says_so(void **state) {
    struct fixture *fixture = *state;
    struct bench_store *reader;
    char value[8], wal[80];

    put_frame(fixture->store);
    assert_int_equal(bench_store_put_fact(fixture->store, BENCH_STORE_RUN, "complete", "0"), 0);
    assert_int_equal(bench_store_finish(fixture->store), 0);
    snprintf(wal, sizeof wal, "%s-wal", fixture->path);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(bench_store_open(fixture->path, BENCH_STORE_READ, &reader, fixture->why,
                                      sizeof fixture->why),
                     0);
    assert_int_equal(bench_store_fact(reader, BENCH_STORE_RUN, "complete", value, sizeof value), 0);
    assert_string_equal(value, "1");
    assert_int_equal(bench_store_fact(reader, BENCH_STORE_ENVIRONMENT, "cpu", value, sizeof value),
                     -ENOENT);
    assert_int_not_equal(bench_store_put_fact(reader, BENCH_STORE_RUN, "name", "x"), 0);
    bench_store_close(reader);
}

/* The part of the text between "## <table> (" and the next "## ". */
static void
find_section(const char *text, const char *table, char section[16384]) {
    char title[64];

    snprintf(title, sizeof title, "\n## %s (", table);
    const char *begin = strstr(text, title);
    if (begin == NULL)
        fail_msg("schema.md does not have table %s", table);
    const char *end = strstr(begin + strlen(title), "\n## ");
    size_t bytes = end == NULL ? strlen(begin) : (size_t)(end - begin);
    assert_true(bytes < 16384);
    memcpy(section, begin, bytes);
    section[bytes] = '\0';
}

static void
test_store_tables_are_those_of_the_dictionary(void **state) {
    struct fixture *fixture = *state;
    static char text[65536];
    char section[16384];
    int columns = 0;
    FILE *file = fopen(BENCH_SCHEMA_FILE, "r");
    sqlite3 *database;
    sqlite3_stmt *statement;

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(database,
                           "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
                           " WHERE t.type = 'table'",
                           -1, &statement, NULL),
        SQLITE_OK);
    for (; sqlite3_step(statement) == SQLITE_ROW; columns++) {
        find_section(text, (const char *)sqlite3_column_text(statement, 0), section);
        if (strstr(section, (const char *)sqlite3_column_text(statement, 1)) == NULL)
            fail_msg("schema.md does not have column %s of table %s",
                     sqlite3_column_text(statement, 1), sqlite3_column_text(statement, 0));
    }
    assert_true(columns > 40);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_store_gives_back_what_was_put),
        UNIT(test_store_tables_are_those_of_the_dictionary),
        UNIT(test_store_each_stops_when_told),
        UNIT(test_store_values_are_of_finished_cells_only),
        UNIT(test_store_tells_values_by_block_of_cells_in_any_state),
        UNIT(test_store_histograms_add_up_and_series_come_back),
        UNIT(test_store_rolls_a_whole_cell_back),
        UNIT(test_store_never_creates_over_a_file),
        UNIT(test_store_refuses_a_newer_schema_and_other_files),
        UNIT(test_store_reads_the_first_schema_as_it_is),
        UNIT(test_store_brings_the_first_schema_up_to_resume_it),
        UNIT(test_store_brings_the_second_schema_up_to_resume_it),
        UNIT(test_store_finished_can_only_be_read),
        UNIT(test_store_finished_is_folded_later_if_it_could_not_be_at_once),
        UNIT(test_store_waits_until_the_disk_has_what_was_committed),
        UNIT(test_store_finished_is_one_file_that_says_so),
    };
    return cmocka_run_group_tests_name("bench/store", tests, NULL, NULL);
}
