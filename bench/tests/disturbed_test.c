/* SPDX-License-Identifier: MIT
 *
 * disturbed_test.c: a sweep that is killed at any moment, whose power is cut, or that has no room left loses
 * nothing of what it had finished, doubles nothing, and ends as one that nobody disturbed. The second
 * argument is the number of times to disturb one.
 */
#include "bench/tests/program.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
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

/* ---- Power ------------------------------------------------------------------------------------------ */

struct bytes {
    char data[1 << 22];
    size_t count; /* 0 of a file that is not there */
};

static void
read_bytes(const char *path, struct bytes *ret_bytes) {
    FILE *file = fopen(path, "r");

    ret_bytes->count = file == NULL ? 0 : fread(ret_bytes->data, 1, sizeof ret_bytes->data, file);
    assert_true(ret_bytes->count < sizeof ret_bytes->data);
    if (file != NULL)
        fclose(file);
}

static void
write_bytes(const char *path, const struct bytes *bytes) {
    FILE *file;

    unlink(path);
    if (bytes->count == 0)
        return;
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->count, file), bytes->count);
    assert_int_equal(fclose(file), 0);
}

/* What had not been synchronised is not there, or was never written and reads as zeros, or as anything. */
static void
lose_tail(struct bytes *wal) {
    size_t from = test_random_below(&moments, wal->count + 1);

    switch (test_random_below(&moments, 3)) {
    case 0:
        wal->count = from;
        break;
    case 1:
        memset(wal->data + from, 0, wal->count - from);
        break;
    default:
        for (size_t i = from; i < wal->count; i++)
            wal->data[i] = (char)test_random_below(&moments, 256);
    }
}

/* Whether SQLite has begun to fold this WAL into the file: nBackfillAttempted of its shared memory, which its file
 * format documents, is set before the first page is written. Without that memory nobody can tell. */
static bool
is_being_folded(void) {
    static struct bytes memory;
    uint32_t attempted = 1;

    read_bytes("results/power.db-shm", &memory);
    if (memory.count >= 128 + sizeof attempted)
        memcpy(&attempted, memory.data + 128, sizeof attempted);
    return attempted != 0;
}

/* The disk as it may be when the power goes now, as the run `cut`. A WAL of which something has been folded into the
 * file was synchronised before, so it keeps its tail; true if it lost that. */
static bool
cut_power(void) {
    static struct bytes file, wal, journal;
    bool loses;

    read_bytes("results/power.db", &file);
    read_bytes("results/power.db-wal", &wal);
    read_bytes("results/power.db-journal", &journal);
    loses = wal.count > 0 && !is_being_folded() && test_random_below(&moments, 4) > 0;
    if (loses)
        lose_tail(&wal);
    write_bytes("results/cut.db", &file);
    write_bytes("results/cut.db-wal", &wal);
    write_bytes("results/cut.db-journal", &journal);
    unlink("results/cut.db-shm");
    return loses;
}

/* Whole cells, in the order in which they were run. */
static void
assert_beginning(const struct contents *contents, const struct contents *reference) {
    assert_int_equal(strncmp(contents->text, reference->text, strlen(contents->text)), 0);
}

/* Stops a sweep now and then to see what would be there if the power went; true if it was ever partly done. */
static bool
stop_and_look(unsigned within_us, const struct contents *reference) {
    static struct contents contents;
    int status, done = 0;
    bool partly = false;
    pid_t pid = start(SWEEP "power");

    for (int stops = 0; stops < 5; stops++) {
        usleep((useconds_t)test_random_below(&moments, within_us / 3));
        kill(pid, SIGSTOP);
        assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
        if (!WIFSTOPPED(status))
            return partly;
        if (access("results/power.db", F_OK) == 0) {
            bool lost = cut_power();
            read_contents("results/cut.db", &contents);
            assert_beginning(&contents, reference);
            assert_true(lost || contents.done >= done);
            done = lost ? done : contents.done;
            partly = partly || (contents.done > 0 && contents.done < CELLS);
        }
        kill(pid, SIGCONT);
    }
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return partly;
}

static void
test_disturbed_sweep_whose_power_was_cut_has_whole_cells_and_goes_on(void **state) {
    static struct contents reference;
    unsigned took = make_reference(*state, &reference);
    int partly = 0;

    for (int i = 0; i < rounds; i++) {
        unlink("results/power.db");
        partly += stop_and_look(took, &reference);
        unlink("results/power.db-wal");
        if (access("results/cut.db", F_OK) != 0)
            continue;
        call(*state, "sweep --resume --out cut");
        if (((struct fixture *)*state)->status != 0)
            fail_msg("%s", ((struct fixture *)*state)->err);
        assert_undisturbed("results/cut.db", &reference);
        unlink("results/cut.db");
    }
    assert_true(partly > 0);
}

/* ---- No room ---------------------------------------------------------------------------------------- */

/* Calls it with files that cannot grow beyond that. */
static void
call_within(struct fixture *fixture, const char *words, size_t bytes) {
    struct rlimit before, limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){bytes, before.rlim_max};
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    pid_t pid = start(words);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    finish(fixture, pid);
}

/* Calls it on a disk of that size, which is there already. */
static void
call_on_disk(struct fixture *fixture, const char *words, size_t bytes) {
    char options[32];

    snprintf(options, sizeof options, "size=%zu", bytes);
    assert_int_equal(mount("tmpfs", "results", "tmpfs", MS_REMOUNT, options), 0);
    call(fixture, words);
    if (fixture->status != 0 && strstr(fixture->err, "no room left on the disk") == NULL)
        fail_msg("%s", fixture->err);
}

/* Gives it more and more room until it is done. Where nothing was begun nothing is left. */
static void
give_room(struct fixture *fixture, const struct contents *reference,
          void (*call_with)(struct fixture *, const char *, size_t)) {
    static struct contents contents;
    int failures = 0, partial = 0;

    for (size_t bytes = 16384;; bytes += 24576) {
        bool there = access("results/full.db", F_OK) == 0;
        call_with(fixture, there ? "sweep --resume --out full" : SWEEP "full", bytes);
        if (fixture->status == 0)
            break;
        assert_int_equal(fixture->status, 3);
        assert_int_equal(strncmp(fixture->err, "gcsweep: ", 9), 0);
        failures++;
        if (access("results/full.db", F_OK) == 0) {
            read_contents("results/full.db", &contents);
            partial += contents.done > 0 && contents.done < CELLS;
        } else {
            assert_int_equal(access("results/full.db-wal", F_OK), -1);
        }
        assert_true(bytes < 16 << 20);
    }
    assert_true(failures > 0);
    assert_true(partial > 0);
    assert_undisturbed("results/full.db", reference);
}

static void
test_disturbed_sweep_without_room_says_so_and_goes_on_when_there_is(void **state) {
    static struct contents reference;

    make_reference(*state, &reference);
    give_room(*state, &reference, call_within);
}

/* Of a namespace of this process alone: it goes when that ends. */
static void
test_disturbed_sweep_on_a_full_disk_does_so_as_well(void **state) {
    static struct contents reference;

    make_reference(*state, &reference);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "results", "tmpfs", 0, "size=16k") != 0) {
        print_message("# nothing can be mounted here: %s\n", strerror(errno));
        skip();
    }
    give_room(*state, &reference, call_on_disk);
}

static int
tear_down_disk(void **state) {
    (void)umount2("results", MNT_DETACH);
    return tear_down(state);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_disturbed_sweep_killed_at_random_ends_as_if_nothing_had_been),
        UNIT(test_disturbed_sweep_of_several_jobs_does_so_as_well),
        UNIT(test_disturbed_sweep_whose_power_was_cut_has_whole_cells_and_goes_on),
        UNIT(test_disturbed_sweep_without_room_says_so_and_goes_on_when_there_is),
        cmocka_unit_test_setup_teardown(test_disturbed_sweep_on_a_full_disk_does_so_as_well, set_up,
                                        tear_down_disk),
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
