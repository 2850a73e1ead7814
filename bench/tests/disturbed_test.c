/* SPDX-License-Identifier: MIT
 *
 * disturbed_test.c: a sweep that is killed at any moment, or that has no room left, loses nothing of what
 * it had finished, doubles nothing, and ends as one that nobody disturbed. The second argument is
 * the number of times to kill one.
 */
#include "bench/tests/program.h"

#include <sys/resource.h>

#include <sqlite3.h>

#include "bench/measure.h"
#include "runtime/tests/seed.h"

enum {
    CELLS = 12
};

static int rounds = 5;
static struct test_random moments;

#define SWEEP                                                                                      \
    "sweep cycles --reps 4 --set gc.threshold0=100,700,2000 --set cycles.window=50 --seed 3 "      \
    "--out "

/* ---- What is in a run ------------------------------------------------------------------------------- */

struct contents {
    int done, values; /* deterministic ones */
    char text[1 << 16];
};

static int
put_row(void *context, int columns, char **values, char **names) {
    struct contents *contents = context;
    size_t length = strlen(contents->text);

    (void)names;
    for (int i = 0; i < columns && length < sizeof contents->text - 1; i++)
        length += (size_t)snprintf(contents->text + length, sizeof contents->text - length, "%s|",
                                   values[i] == NULL ? "NULL" : values[i]);
    contents->values++;
    return 0;
}

static int
count_row(void *context, int columns, char **values, char **names) {
    (void)columns, (void)names;
    *(int *)context = atoi(values[0]);
    return 0;
}

static int
check_row(void *context, int columns, char **values, char **names) {
    (void)context, (void)columns, (void)names;
    if (strcmp(values[0], "ok") != 0)
        fail_msg("integrity_check: %s", values[0]);
    return 0;
}

static void
ask(sqlite3 *file, const char *sql, int (*fn)(void *, int, char **, char **), void *context) {
    char *why = NULL;
    if (sqlite3_exec(file, sql, fn, context, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

/* Everything that does not depend on the machine, of cells that are done; and that the file is sound. */
static void
read_contents(const char *path, struct contents *ret_contents) {
    int half = 0;
    sqlite3 *file;

    *ret_contents = (struct contents){0};
    assert_int_equal(sqlite3_open_v2(path, &file, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(file, 10000); /* a lane may still be on its way out */
    ask(file, "PRAGMA integrity_check", check_row, NULL);
    ask(file, "SELECT count(*) FROM cell WHERE state = 'finished'", count_row, &ret_contents->done);
    ask(file,
        "SELECT count(*) FROM cell c WHERE (state = 'finished') <> EXISTS"
        " (SELECT 1 FROM value v WHERE v.cell_id = c.id)",
        count_row, &half);
    assert_int_equal(half, 0);
    ask(file,
        "SELECT c.id, config_id, block, position, seed, state, digest, v.metric, v.value"
        " FROM cell c JOIN value v ON v.cell_id = c.id JOIN metric m ON m.name = v.metric"
        " WHERE m.deterministic ORDER BY c.id, v.metric",
        put_row, ret_contents);
    sqlite3_close(file);
}

static void
assert_undisturbed(const char *path, const struct contents *reference) {
    static struct contents contents;

    read_contents(path, &contents);
    assert_int_equal(contents.done, CELLS);
    assert_string_equal(contents.text, reference->text);
}

/* How long it takes when nobody disturbs it, in microseconds. */
static unsigned
make_reference(struct fixture *fixture, struct contents *ret_reference) {
    uint64_t began_ns = bench_measure_now_ns();

    call(fixture, SWEEP "reference");
    if (fixture->status != 0)
        fail_msg("%s", fixture->err);
    unsigned took = (unsigned)((bench_measure_now_ns() - began_ns) / 1000);
    read_contents("results/reference.db", ret_reference);
    assert_int_equal(ret_reference->done, CELLS);
    assert_true(ret_reference->values > CELLS);
    return took;
}

/* ---- Killed ----------------------------------------------------------------------------------------- */

/* Kills it after a random time; true if it was still running. */
static bool
kill_at_random(pid_t pid, unsigned within_us) {
    int status;

    usleep((useconds_t)test_random_below(&moments, within_us));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status);
}

static void
disturb(struct fixture *fixture, const char *words, unsigned within_us,
        const struct contents *reference) {
    static struct contents contents;
    char line[256];
    int done = 0;

    unlink("results/disturbed.db");
    snprintf(line, sizeof line, SWEEP "disturbed%s", words);
    for (int kills = 0; kills < 3; kills++) {
        bool there = access("results/disturbed.db", F_OK) == 0;
        bool killed =
            kill_at_random(start(there ? "sweep --resume --out disturbed" : line), within_us);
        if (access("results/disturbed.db", F_OK) == 0) {
            read_contents("results/disturbed.db", &contents);
            assert_true(contents.done >= done); /* nothing is lost */
            done = contents.done;
        }
        if (!killed)
            break;
    }
    call(fixture,
         access("results/disturbed.db", F_OK) == 0 ? "sweep --resume --out disturbed" : line);
    if (fixture->status != 0)
        fail_msg("%s", fixture->err);
    assert_undisturbed("results/disturbed.db", reference);
}

static void
test_disturbed_sweep_killed_at_random_ends_as_if_nothing_had_been(void **state) {
    static struct contents reference;
    unsigned took = make_reference(*state, &reference);

    for (int i = 0; i < rounds; i++)
        disturb(*state, "", took, &reference);
}

static void
test_disturbed_sweep_of_several_jobs_does_so_as_well(void **state) {
    static struct contents reference;
    unsigned took = make_reference(*state, &reference);

    for (int i = 0; i < rounds / 2; i++)
        disturb(*state, " --jobs 3 --jobs-anyway", took, &reference);
}

/* ---- No room ---------------------------------------------------------------------------------------- */

/* Calls it with files that cannot grow beyond that. */
static void
call_within(struct fixture *fixture, const char *words, rlim_t bytes) {
    struct rlimit before, limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){bytes, before.rlim_max};
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    pid_t pid = start(words);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    finish(fixture, pid);
}

static void
test_disturbed_sweep_without_room_says_so_and_goes_on_when_there_is(void **state) {
    static struct contents reference, contents;
    struct fixture *fixture = *state;
    int failures = 0, partial = 0;

    make_reference(fixture, &reference);
    fixture->status = 3;
    for (rlim_t bytes = 16384; fixture->status != 0; bytes += 24576) {
        bool there = access("results/full.db", F_OK) == 0;
        call_within(fixture, there ? "sweep --resume --out full" : SWEEP "full", bytes);
        if (fixture->status == 0)
            break;
        assert_int_equal(fixture->status, 3);
        assert_int_equal(strncmp(fixture->err, "gcsweep: ", 9), 0);
        failures++;
        if (access("results/full.db", F_OK) == 0) {
            read_contents("results/full.db", &contents);
            partial += contents.done > 0 && contents.done < CELLS;
        }
        assert_true(bytes < 16 << 20);
    }
    assert_true(failures > 0);
    assert_true(partial > 0);
    assert_undisturbed("results/full.db", &reference);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_disturbed_sweep_killed_at_random_ends_as_if_nothing_had_been),
        UNIT(test_disturbed_sweep_of_several_jobs_does_so_as_well),
        UNIT(test_disturbed_sweep_without_room_says_so_and_goes_on_when_there_is),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: disturbed_test PROGRAM [ROUNDS]\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    if (argc > 2)
        rounds = atoi(argv[2]);
    test_random_init(&moments, test_seed());
    return cmocka_run_group_tests_name("bench/disturbed", tests, NULL, NULL);
}
