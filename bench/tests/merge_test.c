/* SPDX-License-Identifier: MIT
 *
 * merge_test.c: parts make the whole, in whatever order; what does not belong together is refused.
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

#include "bench/merge.h"
#include "bench/plan.h"
#include "bench/run_file.h"
#include "bench/shard.h"
#include "bench/summary.h"
#include "workloads/rng.h"

enum {
    PATH_BYTES = 128,
    PARTS_MOST = 12
};

struct fixture {
    char folder[64], why[1024];
    const char *suite; /* text of the file */
    int made;          /* number of the next file */
    struct bench_merge_result result;
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/gcsweep-merge-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->suite = "[churn]\nalloc.backend = pool, system\n[cycles]\ngc.mode = auto, off\n";
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

/* ---- Runs ------------------------------------------------------------------------------------------- */

struct wish {
    uint64_t seed, repetitions;
    struct bench_shard shard;
    size_t done; /* cells; 0 for all */
};

static void
put_result(struct bench_store *store, const struct bench_plan_cell *cell) {
    struct bench_hist *hist = malloc(sizeof *hist);
    const struct bench_store_cell row = {.id = cell->id,
                                         .config_id = (int64_t)cell->config + 1,
                                         .block = cell->block,
                                         .position = cell->position,
                                         .seed = cell->seed,
                                         .state = BENCH_CELL_FINISHED,
                                         .digest = "00000000000000aa",
                                         .started = "2024-01-01T00:00:00Z",
                                         .elapsed_ns = cell->seed % 1000};

    assert_non_null(hist);
    bench_hist_init(hist);
    bench_hist_record(hist, cell->seed % 5000 + cell->config);
    assert_int_equal(bench_store_put_cell(store, &row), 0);
    assert_int_equal(
        bench_store_put_value(store, cell->id, "wall_ns", (double)(cell->seed % 77 + cell->config)),
        0);
    assert_int_equal(bench_store_put_histogram(store, cell->id, "latency", "ns", hist), 0);
    free(hist);
}

/* A run in which everything that was planned, or some of it, is done. */
static void
make_run(struct fixture *fixture, struct wish wish, char ret_path[PATH_BYTES]) {
    char path[BENCH_RUN_FILE_PATH_BYTES], shard[BENCH_SHARD_TEXT_BYTES];
    struct bench_suite suite;
    struct bench_store *store;
    struct bench_plan plan;
    struct rt_text why;

    rt_text_init(&why, fixture->why, sizeof fixture->why);
    bench_suite_init(&suite, "test");
    assert_int_equal(bench_suite_parse(&suite, "t.ini", fixture->suite, &why), 0);
    assert_int_equal(bench_plan_make(&plan, &suite, wish.repetitions, wish.seed, &why), 0);
    assert_int_equal(bench_shard_take(&wish.shard, &plan, wish.repetitions, &why), 0);
    bench_shard_print(&wish.shard, shard);
    const struct bench_run_file draft = {.suite = &suite,
                                         .plan = &plan,
                                         .command = "gcsweep sweep test",
                                         .seed = wish.seed,
                                         .repetitions = wish.repetitions,
                                         .jobs = 1,
                                         .shard = wish.shard.count > 0 ? shard : NULL};
    snprintf(ret_path, PATH_BYTES, "%s/%d.db", fixture->folder, fixture->made++);
    assert_int_equal(
        bench_run_file_create(&draft, ret_path, path, &store, fixture->why, sizeof fixture->why),
        0);
    assert_int_equal(bench_store_begin(store), 0);
    for (size_t i = 0; i < plan.cell_count && (wish.done == 0 || i < wish.done); i++)
        put_result(store, &plan.cells[i]);
    assert_int_equal(bench_store_commit(store), 0);
    if (wish.done == 0)
        assert_int_equal(bench_store_finish(store), 0);
    bench_store_close(store);
    bench_plan_fini(&plan);
    bench_suite_fini(&suite);
}

static int
fill(void *context, struct bench_store *store, char *why, size_t why_bytes) {
    void **both = context;
    return bench_merge_into(both[0], store, both[1], why, why_bytes);
}

static int
merge(struct fixture *fixture, const char *const *paths, size_t count, unsigned allow,
      char ret_path[PATH_BYTES]) {
    struct bench_merge merge = {paths, count, allow, "merged", "gcsweep merge"};
    void *both[] = {&merge, &fixture->result};

    snprintf(ret_path, PATH_BYTES, "%s/%d.db", fixture->folder, fixture->made++);
    return bench_run_file_make(ret_path, fill, both, fixture->why, sizeof fixture->why);
}

static void
change(const char *path, const char *sql) {
    sqlite3 *file;

    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(sqlite3_open(path, &file), SQLITE_OK);
    if (sqlite3_exec(file, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(file));
    sqlite3_close(file);
}

/* ---- What is in a run ------------------------------------------------------------------------------- */

struct dump {
    char *text;
    size_t bytes;
    FILE *out;
};

static int
put_row(void *context, int columns, char **values, char **names) {
    struct dump *dump = context;
    (void)names;
    for (int i = 0; i < columns; i++)
        fprintf(dump->out, "%s|", values[i] == NULL ? "NULL" : values[i]);
    fputc('\n', dump->out);
    return 0;
}

static const char *const everything[] = {
    ("SELECT * FROM run WHERE key NOT IN ('name', 'command', 'created', 'finished', 'complete',"
     " 'shard', 'merged') ORDER BY key"),
    "SELECT * FROM environment WHERE key NOT IN ('load', 'clock_cost_ns') ORDER BY key",
    "SELECT * FROM config ORDER BY id",
    "SELECT * FROM config_knob ORDER BY config_id, knob",
    "SELECT id, config_id, block, position, seed, state, digest, elapsed_ns FROM cell ORDER BY id",
    "SELECT * FROM value ORDER BY cell_id, metric",
    "SELECT cell_id, name, unit, hex(data) FROM histogram ORDER BY cell_id, name",
};

/* All that counts, and the sources as well if asked for; to be freed. */
static char *
dump(const char *path, bool sources) {
    struct dump dump = {0};
    sqlite3 *file;

    dump.out = open_memstream(&dump.text, &dump.bytes);
    assert_int_equal(sqlite3_open_v2(path, &file, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof everything / sizeof everything[0]; i++)
        assert_int_equal(sqlite3_exec(file, everything[i], put_row, &dump, NULL), SQLITE_OK);
    if (sources) {
        assert_int_equal(sqlite3_exec(file,
                                      "SELECT id, seed, repetitions, shard FROM source ORDER BY id;"
                                      "SELECT * FROM source_environment ORDER BY source_id, key;"
                                      "SELECT id, source, source_block FROM cell ORDER BY id",
                                      put_row, &dump, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_exec(file, "PRAGMA foreign_key_check", put_row, &dump, NULL),
                         SQLITE_OK);
    }
    sqlite3_close(file);
    fclose(dump.out);
    return dump.text;
}

static void
assert_same(const char *one, const char *other, bool sources) {
    char *a = dump(one, sources), *b = dump(other, sources);
    size_t at = 0;

    while (a[at] != '\0' && a[at] == b[at])
        at++;
    if (a[at] != b[at])
        fail_msg("they differ: '%.60s' and '%.60s'", a + at, b + at);
    free(a);
    free(b);
}

/* ---- Tests ------------------------------------------------------------------------------------------ */

static void
test_merge_of_all_shards_is_the_undivided_run(void **state) {
    struct fixture *fixture = *state;
    char paths[PARTS_MOST][PATH_BYTES], whole[PATH_BYTES], merged[PATH_BYTES];
    static const uint64_t counts[] = {1, 2, 3, 6};

    make_run(fixture, (struct wish){.seed = 5, .repetitions = 3}, whole);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const char *names[PARTS_MOST];
        for (uint64_t k = 0; k < counts[i]; k++) {
            make_run(fixture, (struct wish){5, 3, {k + 1, counts[i]}, 0}, paths[k]);
            names[counts[i] - 1 - k] = paths[k];
        }
        if (merge(fixture, names, counts[i], 0, merged) != 0)
            fail_msg("%s", fixture->why);
        assert_int_equal(fixture->result.cells, 12);
        assert_int_equal(fixture->result.sources, counts[i]);
        assert_same(merged, whole, false);
    }
}

static void
test_merge_gives_a_finished_run_that_can_be_read(void **state) {
    struct fixture *fixture = *state;
    char one[PATH_BYTES], two[PATH_BYTES], merged[PATH_BYTES];
    const char *paths[] = {one, two};
    struct bench_summary summary;
    struct bench_store *store;
    struct stat status;

    make_run(fixture, (struct wish){5, 2, {1, 2}, 0}, one);
    make_run(fixture, (struct wish){5, 2, {2, 2}, 0}, two);
    assert_int_equal(merge(fixture, paths, 2, 0, merged), 0);
    assert_int_equal(stat(merged, &status), 0);
    assert_int_equal(status.st_mode & 0222, 0);
    assert_int_equal(
        bench_store_open(merged, BENCH_STORE_RESUME, &store, fixture->why, sizeof fixture->why),
        -EROFS);
    assert_int_equal(
        bench_store_open(merged, BENCH_STORE_READ, &store, fixture->why, sizeof fixture->why), 0);
    assert_int_equal(bench_summary_read(&summary, store, fixture->why, sizeof fixture->why), 0);
    assert_int_equal(summary.states[BENCH_CELL_FINISHED], 8);
    assert_true(bench_summary_is_good(&summary));
    bench_summary_fini(&summary);
    bench_store_close(store);
    assert_int_equal(merge(fixture, paths, 2, 0, merged), 0); /* its parts are as they were */
    fixture->made--;
    assert_int_equal(merge(fixture, paths, 2, 0, merged), -EEXIST);
}

static void
test_merge_puts_blocks_of_another_seed_behind(void **state) {
    struct fixture *fixture = *state;
    char low[PATH_BYTES], high[PATH_BYTES], one[PATH_BYTES], other[PATH_BYTES];
    const char *paths[] = {high, low}, *turned[] = {low, high};

    make_run(fixture, (struct wish){.seed = 5, .repetitions = 2}, low);
    make_run(fixture, (struct wish){.seed = 9, .repetitions = 3}, high);
    assert_int_equal(merge(fixture, paths, 2, 0, one), 0);
    assert_int_equal(merge(fixture, turned, 2, 0, other), 0);
    assert_int_equal(fixture->result.blocks, 5);
    assert_int_equal(fixture->result.cells, 20);
    assert_same(one, other, true);
}

/* Cuts, orders and brackets at random: what comes out is always the same. */
static void
test_merge_is_associative_and_knows_no_order(void **state) {
    struct fixture *fixture = *state;
    struct wl_rng rng;
    char parts[8][PATH_BYTES], reference[PATH_BYTES] = "";

    fixture->suite = "[churn]\nalloc.backend = pool, system\n[cycles]\ngc.mode = auto\n";
    wl_rng_init(&rng, 20);
    for (size_t i = 0; i < 8; i++)
        make_run(fixture, (struct wish){1 + i / 4, 2, {1 + i % 4, 4}, 0}, parts[i]);
    for (int turn = 0; turn < 12; turn++) {
        char paths[8][PATH_BYTES];
        size_t count = 8;
        memcpy(paths, parts, sizeof parts);
        while (count > 1) {
            char merged[PATH_BYTES];
            const char *some[4];
            size_t taken = 2 + wl_rng_below(&rng, 3);
            taken = taken < count ? taken : count;
            for (size_t i = 0; i < taken; i++) { /* the last ones, each changed for any before it */
                size_t last = count - 1 - i, other = wl_rng_below(&rng, (uint32_t)(last + 1));
                char kept[PATH_BYTES];
                memcpy(kept, paths[last], PATH_BYTES);
                memcpy(paths[last], paths[other], PATH_BYTES);
                memcpy(paths[other], kept, PATH_BYTES);
                some[i] = paths[last];
            }
            if (merge(fixture, some, taken, BENCH_MERGE_MISSING, merged) != 0)
                fail_msg("%s", fixture->why);
            count -= taken;
            memcpy(paths[count++], merged, PATH_BYTES);
        }
        assert_int_equal(fixture->result.missing, 0);
        assert_int_equal(fixture->result.cells, 12);
        if (turn == 0)
            memcpy(reference, paths[0], PATH_BYTES);
        else
            assert_same(reference, paths[0], true);
    }
}

static void
assert_refused(struct fixture *fixture, const char *const *paths, size_t count, const char *one,
               const char *two) {
    char merged[PATH_BYTES];

    assert_int_equal(merge(fixture, paths, count, 0, merged), -EINVAL);
    if (strstr(fixture->why, one) == NULL || strstr(fixture->why, two) == NULL)
        fail_msg("'%s' and '%s' should be in: %s", one, two, fixture->why);
    assert_int_equal(access(merged, F_OK), -1);
}

static void
test_merge_names_what_is_missing_and_what_is_doubled(void **state) {
    struct fixture *fixture = *state;
    char one[PATH_BYTES], two[PATH_BYTES], half[PATH_BYTES], merged[PATH_BYTES];
    const char *paths[] = {one}, *doubled[] = {one, two, half}, *unfinished[] = {one, half};

    make_run(fixture, (struct wish){5, 2, {1, 2}, 0}, one);
    make_run(fixture, (struct wish){5, 2, {2, 2}, 0}, two);
    make_run(fixture, (struct wish){5, 2, {2, 2}, 3}, half);
    assert_refused(fixture, paths, 1, "4 cells are missing: block 2 of churn, alloc.backend=pool",
                   "...");
    assert_refused(fixture, unfinished, 2, "1 cells are missing: block 2 of ", "--allow missing");
    assert_refused(fixture, doubled, 3, "block 2 of ", two);
    assert_non_null(strstr(fixture->why, half));
    assert_int_equal(merge(fixture, unfinished, 2, BENCH_MERGE_MISSING, merged), 0);
    assert_int_equal(fixture->result.cells, 7);
    assert_int_equal(fixture->result.missing, 1);
}

static void
test_merge_refuses_another_question_with_both_values(void **state) {
    static const char *const changes[][3] = {
        {"UPDATE workload SET version = 99 WHERE name = 'cycles'", "version of workload cycles",
         "99"},
        {"UPDATE config_knob SET value = '5' WHERE knob = 'gc.threshold0' AND config_id = 2",
         "gc.threshold0 of configuration 2", "is 700 in"},
        {"UPDATE config SET engine = 'cpython' WHERE id = 4", "configuration 4", "cpython"},
        {"INSERT INTO run VALUES ('python_version', '3.11.2')", "python_version", "3.11.2"},
        {"UPDATE run SET value = '7' WHERE key = 'time_limit_ns'", "time_limit_ns is 0", "7"},
        {"UPDATE run SET value = '3' WHERE key = 'repetitions'", "repetitions", "same seed"},
        {"UPDATE cell SET seed = seed + 1", "other seeds", "another plan"},
        {"PRAGMA user_version = 2", "schema version is 3", "2"},
        {"UPDATE environment SET value = 'abacus' WHERE key = 'cpu'", "cpu is ", "abacus"},
        {"UPDATE environment SET value = '-O7' WHERE key = 'flags'", "flags is ", "-O7"},
        {"UPDATE run SET value = '4' WHERE key = 'jobs'", "jobs is 1", "4"},
    };
    struct fixture *fixture = *state;
    char one[PATH_BYTES];

    make_run(fixture, (struct wish){5, 4, {1, 4}, 0}, one);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char two[PATH_BYTES];
        const char *paths[] = {one, two};
        make_run(fixture, (struct wish){5, 4, {strstr(changes[i][0], "seed =") ? 1 : 2, 4}, 0},
                 two);
        if (strstr(changes[i][0], "seed =") != NULL) /* the same block, but another cell of it */
            change(two, "DELETE FROM histogram; DELETE FROM value; DELETE FROM cell WHERE id > 1");
        if (strstr(changes[i][0], "seed =") != NULL) {
            make_run(fixture, (struct wish){5, 4, {1, 4}, 1}, one);
            change(two, "UPDATE cell SET id = 9, position = 4, config_id = config_id % 4 + 1");
        }
        change(two, changes[i][0]);
        assert_refused(fixture, paths, 2, changes[i][1], changes[i][2]);
    }
}

static void
test_merge_of_different_machines_is_allowed_by_name_and_kept(void **state) {
    struct fixture *fixture = *state;
    char one[PATH_BYTES], two[PATH_BYTES], merged[PATH_BYTES], value[256];
    const char *paths[] = {two, one};
    struct bench_store *store;

    make_run(fixture, (struct wish){5, 2, {1, 2}, 0}, one);
    make_run(fixture, (struct wish){5, 2, {2, 2}, 0}, two);
    change(one, "UPDATE environment SET value = 'abacus' WHERE key = 'cpu'");
    change(two, "UPDATE environment SET value = 'slide rule' WHERE key = 'cpu'");
    assert_refused(fixture, paths, 2, "cpu is slide rule in", "abacus");
    assert_int_equal(merge(fixture, paths, 2, BENCH_MERGE_ENVIRONMENT, merged), 0);
    assert_int_equal(
        bench_store_open(merged, BENCH_STORE_READ, &store, fixture->why, sizeof fixture->why), 0);
    assert_int_equal(bench_store_fact(store, BENCH_STORE_ENVIRONMENT, "cpu", value, sizeof value),
                     0);
    assert_string_equal(value, "abacus | slide rule");
    bench_store_close(store);
    change(merged, "CREATE TABLE proof (value TEXT CHECK (value = 'slide rule')) STRICT;"
                   "INSERT INTO proof SELECT e.value FROM source_environment e JOIN cell c"
                   " ON c.source = e.source_id WHERE e.key = 'cpu' AND c.block = 2");
}

static void
test_merge_refuses_what_is_no_run(void **state) {
    struct fixture *fixture = *state;
    char one[PATH_BYTES], merged[PATH_BYTES];
    const char *paths[] = {one, "/nowhere/run.db"};

    make_run(fixture, (struct wish){.seed = 5, .repetitions = 1}, one);
    assert_int_equal(merge(fixture, paths, 2, 0, merged), -ENOENT);
    assert_non_null(strstr(fixture->why, "/nowhere/run.db: no such file"));
    change(one, "PRAGMA user_version = 99");
    assert_int_equal(merge(fixture, paths, 1, 0, merged), -EPROTO);
    assert_non_null(strstr(fixture->why, "newer"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_merge_of_all_shards_is_the_undivided_run),
        UNIT(test_merge_gives_a_finished_run_that_can_be_read),
        UNIT(test_merge_puts_blocks_of_another_seed_behind),
        UNIT(test_merge_is_associative_and_knows_no_order),
        UNIT(test_merge_names_what_is_missing_and_what_is_doubled),
        UNIT(test_merge_refuses_another_question_with_both_values),
        UNIT(test_merge_of_different_machines_is_allowed_by_name_and_kept),
        UNIT(test_merge_refuses_what_is_no_run),
    };
    return cmocka_run_group_tests_name("bench/merge", tests, NULL, NULL);
}
