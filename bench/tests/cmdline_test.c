/* SPDX-License-Identifier: MIT
 *
 * cmdline_test.c: the program as a user meets it: what it prints, what it leaves, its exit statuses.
 * Called with the program's path. Each test runs in an empty directory of its own.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "bench/store.h"
#include "bench/tests/program.h"

/* ---- Wrong calls ------------------------------------------------------------------------------------ */

/* One line on stderr that has `part` in it, nothing on stdout, no folder results, status 2. */
static void
assert_refused(struct fixture *fixture, const char *arguments, const char *part) {
    call(fixture, arguments);
    if (fixture->status != 2 || strstr(fixture->err, part) == NULL)
        fail_msg("gcsweep %s: status %d, said: %s", arguments, fixture->status, fixture->err);
    assert_string_equal(fixture->out, "");
    assert_int_equal(strncmp(fixture->err, "gcsweep: ", 9), 0);
    assert_ptr_equal(strchr(fixture->err, '\n'), fixture->err + strlen(fixture->err) - 1);
    assert_int_equal(access("results", F_OK), -1);
}

static void
test_cmdline_refuses_in_one_line_and_writes_nothing(void **state) {
    static const char *const calls[][2] = {
        {"swep", "did you mean sweep?"},
        {"help swep", "did you mean sweep?"},
        {"sweep", "needs a suite or a workload"},
        {"sweep qick", "did you mean quick?"},
        {"sweep quick churn", "one suite or workload at a time"},
        {"sweep quick --rep 3", "did you mean --reps?"},
        {"sweep quick --reps", "--reps needs a value"},
        {"sweep quick --reps 0", "from 1 to 1000000"},
        {"sweep quick --reps 3x", "not a whole number"},
        {"sweep quick --reps -1", "not a whole number"},
        {"sweep quick --report=yes", "takes no value"},
        {"sweep quick --seed 9007199254740992", "not a whole number"},
        {"sweep quick --set alloc.backed=pool", "did you mean alloc.backend?"},
        {"sweep quick --set alloc.backend=pol", "did you mean pool?"},
        {"sweep quick --set alloc.backend=pool,pool", "given twice"},
        {"sweep quick --set alloc.backend=", "a value is missing"},
        {"sweep quick --set alloc.backend", "knob=value"},
        {"sweep quick --set alloc.arena=1", "256KiB to 32MiB"},
        {"sweep quick --set alloc.arena=lots", "not a size"},
        {"sweep quick --set churn.live=5..1", "the range is empty"},
        {"sweep quick --set churn.live=1..9+0", "+N or *N"},
        {"sweep quick --set alloc.backend=pool..debug", "only integers and sizes"},
        {"sweep churn --set churn.live=1..1000000", "more than 1000 values"},
        {"sweep churn --set churn.live=1..1000 --set churn.burst=1..1000 --reps 2",
         "more than 1000000 cells"},
        {"sweep churn --set alloc.pool=1MiB --set alloc.arena=256KiB", "alloc.pool"},
        {"sweep churn --set churn.size_law=uniform --set churn.size_min=1000", "churn.size_max"},
        {"sweep quick --progress=some", "auto, always or never"},
        {"sweep quick --time-limit soon", "not a duration"},
        {"sweep quick --memory-limit 1", "1MiB"},
        {"sweep quick --engine rx", "did you mean rt?"},
        {"sweep churn --jobs 2", "--jobs-anyway"},
        {"sweep churn --jobs 0", "--jobs"},
        {"merge", "names of the runs"},
        {"merge one", "--out NAME"},
        {"merge one one --out x", "named twice"},
        {"merge one --out x --allow mising", "did you mean missing?"},
        {"merge nothing --out x/x", "no such file"},
        {"sweep --resume", "--out NAME"},
        {"sweep --resume --out x --shard 1/2", "it takes no"},
        {"sweep churn --shard 3/2", "--shard=3/2"},
        {"sweep churn --shard 1/6", "the plan has 5 parts"},
        {"sweep churn --exclude gc.mod=off", "did you mean gc.mode?"},
        {"sweep churn --exclude gc.mode=off", "no combination is like that"},
        {"sweep churn --exclude gc.mode=auto", "nothing is left"},
        {"sweep churn --reps 1 --out no/such/folder/run",
         "no/such/folder/run.db: there is no such folder"},
        {"sweep churn --out /", "not the name of a run"},
        {"sweep --resume --out nothing", "no such file"},
        {"run", "needs a workload"},
        {"run chrun", "did you mean churn?"},
        {"run churn churn", "one workload at a time"},
        {"run churn --set churn.live=0", "1 to 100000000"},
        {"run churn --set churn.lives=7", "did you mean churn.live?"},
        {"run churn --set alloc.pool=1MiB --set alloc.arena=256KiB", "alloc.pool"},
        {"export", "which run?"},
        {"export nothing", "there is no such run"},
        {"export one two", "two is one too many"},
        {"export nothing --format cvs", "did you mean csv?"},
        {"export nothing -o nothing.txt", "the suffix of nothing.txt says no format"},
        {"export nothing --metrics wall_ns", "did you mean --metric?"},
        {"list knob", "did you mean knobs?"},
        {"list knobs --json", "leave knobs out"},
        {"run churn --preload jemaloc", "did you mean jemalloc?"},
        {"run churn --preload /nothing.so", "cannot preload /nothing.so"},
        {"run churn --preload none,", "no allocator is called ''"},
        {"sweep churn --engine rt+tcmaloc", "did you mean tcmalloc?"},
        {"sweep --resume --out x --preload none", "it takes no"},
        {"worker 1", "protocol"},
        {"bench --engine rx", "did you mean rt?"},
        {"bench --engine rt --subjects pool", "give one of the two"},
        {"bench --engine both --no-python", "exclude each other"},
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        assert_refused(*state, calls[i][0], calls[i][1]);
}

static void
test_cmdline_without_a_verb_shows_the_verbs_and_is_wrong(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "usage: gcsweep VERB"));
    call(fixture, "--help");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "sweep quick --report"));
    call(fixture, "--version");
    assert_int_equal(fixture->status, 0);
    assert_int_equal(strncmp(fixture->out, "gcsweep ", 8), 0);
}

/* Where there is no Python, asking for it is an error that says so. */
static void
test_cmdline_bench_puts_two_engines_side_by_side(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "bench --engine rt --smoke --table --benchmark_filter=object/attr/get");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "object/attr/get/plain"));
    assert_null(strstr(fixture->out, "cpython"));
    call(fixture, "bench --engine both --smoke --table --benchmark_filter=object/attr/get");
    if (fixture->status == 3) {
        assert_non_null(strstr(fixture->err, "--engine both"));
        return;
    }
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, " rt         cpython "));
    assert_non_null(strstr(fixture->out, "object/attr/get/plain"));
}

/* ---- export ----------------------------------------------------------------------------------------- */

static void
assert_export_refused(struct fixture *fixture, const char *arguments, int status,
                      const char *part) {
    call(fixture, arguments);
    if (fixture->status != status || strstr(fixture->err, part) == NULL)
        fail_msg("gcsweep %s: status %d, said: %s", arguments, fixture->status, fixture->err);
    assert_ptr_equal(strchr(fixture->err, '\n'), fixture->err + strlen(fixture->err) - 1);
}

static void
test_cmdline_export_writes_to_stdout_or_to_a_new_file(void **state) {
    struct fixture *fixture = *state;
    static char text[TEXT_BYTES];

    call(fixture, "sweep churn --out r --reps 2 --set churn.operations=2000 --set churn.live=2000 "
                  "--set alloc.backend=pool,system");
    assert_int_equal(fixture->status, 0);
    call(fixture, "export r --metric wall_ns");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "elapsed_ns,wall_ns\r\n"));
    call(fixture, "export r --json");
    json_t *json = parse_out(fixture);
    assert_int_equal(json_array_size(json_object_get(json, "configs")), 2);
    json_decref(json);
    call(fixture, "export r -o r.bmf.json");
    assert_int_equal(fixture->status, 0);
    assert_string_equal(fixture->out, "");
    read_text("r.bmf.json", text);
    assert_non_null(strstr(text, "\"upper_value\""));
    assert_export_refused(fixture, "export r -o r.bmf.json", 2, "--force");
    call(fixture, "export r -o r.bmf.json --force --config 1");
    assert_int_equal(fixture->status, 0);
    assert_export_refused(fixture, "export r -o /dev/full -f csv", 3, "No space left");
    assert_int_equal(unlink("out.txt"), 0);
    assert_int_equal(symlink("/dev/full", "out.txt"), 0);
    call(fixture, "help");
    assert_int_equal(unlink("out.txt"), 0);
    assert_int_equal(fixture->status, 3);
    assert_string_equal(fixture->err, "gcsweep: standard output cannot be written\n");
    assert_export_refused(fixture, "export r -f csv -o no/where", 2, "no such folder");
    assert_export_refused(fixture, "export r -f hgrm", 2, "choose one with --config");
    call(fixture, "export r -o r.hgrm --config 2");
    assert_int_equal(fixture->status, 0);
}

static void
change_run(const char *sql) {
    sqlite3 *file;

    assert_int_equal(sqlite3_open("results/r.db", &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(file);
}

static void
test_cmdline_export_wants_a_whole_run_of_a_schema_it_knows(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --out r --reps 1 --set churn.operations=2000 --set churn.live=2000");
    assert_int_equal(chmod("results/r.db", 0644), 0);
    change_run("UPDATE run SET value = '0' WHERE key = 'complete'");
    assert_export_refused(fixture, "export r", 2, "--partial");
    call(fixture, "export r --partial -f junit");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "<testcase "));
    change_run("PRAGMA user_version = 99");
    assert_export_refused(fixture, "export r", 2, "newer");
}

static void
test_cmdline_sweep_names_the_best_and_the_worst_so_far(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 1 --progress=always --set churn.operations=2000 "
                  "--set churn.live=1000 --set alloc.backend=pool,system");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->err, " 2/2  best alloc.backend="));
    assert_non_null(strstr(fixture->err, "x, worst alloc.backend="));
    assert_non_null(strstr(fixture->out, "ace")); /* steady or not, it is said */
}

/* ---- list ------------------------------------------------------------------------------------------- */

static void
test_cmdline_every_listed_verb_has_a_page(void **state) {
    struct fixture *fixture = *state;
    char arguments[64], usage[64];
    size_t index;
    json_t *verb;

    call(fixture, "list --json");
    json_t *document = parse_out(fixture);
    assert_int_equal(fixture->status, 0);
    json_array_foreach(json_object_get(document, "verbs"), index, verb) {
        const char *name = json_string_value(json_object_get(verb, "name"));
        snprintf(arguments, sizeof arguments, "%s --help", name);
        snprintf(usage, sizeof usage, "usage: gcsweep %s", name);
        call(fixture, arguments);
        assert_int_equal(fixture->status, 0);
        assert_int_equal(strncmp(fixture->out, usage, strlen(usage)), 0);
    }
    json_decref(document);
}

static void
test_cmdline_list_names_and_explains_everything(void **state) {
    static const char *const sections[] = {"verbs",    "workloads", "knobs",  "engines",
                                           "policies", "backends",  "suites", "metrics",
                                           "figures",  "formats"};
    struct fixture *fixture = *state;
    size_t index;
    json_t *one;

    call(fixture, "list --json");
    json_t *document = parse_out(fixture);
    assert_int_equal(json_object_size(document), sizeof sections / sizeof sections[0]);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        json_t *list = json_object_get(document, sections[i]);
        assert_true(json_array_size(list) > 0);
        json_array_foreach(list, index, one) {
            assert_true(json_string_length(json_object_get(one, "name")) > 0);
            assert_true(json_string_length(json_object_get(one, "help")) > 0);
        }
    }
    one = json_array_get(json_object_get(document, "engines"), 0);
    assert_string_equal(json_string_value(json_object_get(one, "name")), "rt");
    assert_true(json_is_true(json_object_get(one, "available")));
    one = json_array_get(json_object_get(document, "engines"), 1);
    assert_string_equal(json_string_value(json_object_get(one, "name")), "cpython");
    assert_true(json_is_string(json_object_get(one, "version")) !=
                json_is_string(json_object_get(one, "why_not")));
    json_decref(document);
}

/* ---- run -------------------------------------------------------------------------------------------- */

#define SMALL " --set churn.operations=2000 --set churn.live=2000 --set churn.burst=5"

static void
test_cmdline_run_json_has_every_promised_field(void **state) {
    static const char *const fields[] = {"schema",
                                         "workload",
                                         "engine",
                                         "seed",
                                         "knobs",
                                         "status",
                                         "digest",
                                         "operations",
                                         "wall_ns",
                                         "cpu_ns",
                                         "peak_rss_bytes",
                                         "baseline_rss_bytes",
                                         "drained_rss_bytes",
                                         "peak_live_bytes",
                                         "peak_trash_objects",
                                         "latency_ns",
                                         "gc",
                                         "alloc"};
    struct fixture *fixture = *state;

    call(fixture, "run churn --json --seed 7 --set alloc.backend=system" SMALL);
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture), *latency = json_object_get(document, "latency_ns");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (json_object_get(document, fields[i]) == NULL)
            fail_msg("no field %s", fields[i]);
    assert_string_equal(json_string_value(json_object_get(document, "status")), "finished");
    assert_int_equal(json_integer_value(json_object_get(document, "seed")), 7);
    assert_int_equal(json_integer_value(json_object_get(document, "operations")), 2000);
    assert_int_equal(json_integer_value(json_object_get(latency, "count")), 2000);
    assert_true(json_integer_value(json_object_get(latency, "p50")) > 0);
    assert_true(json_is_null(json_object_get(latency, "p999"))); /* two samples lie beyond it */
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(document, "knobs"), "alloc.backend")),
        "system");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(document, "alloc"), "live_blocks")), 0);
    assert_int_equal(json_string_length(json_object_get(document, "digest")), 16);
    json_decref(document);
}

#define SMALL_LIST " --set listgrow.mode=append --set listgrow.length=100 --set listgrow.rounds=3"

static void
test_cmdline_run_json_has_what_a_workload_tells_of_itself(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "run listgrow --json" SMALL_LIST);
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture), *metrics = json_object_get(document, "metrics");
    json_t *series = json_object_get(json_object_get(document, "series"), "listgrow.list_bytes");
    json_t *points = json_object_get(series, "points");
    assert_int_equal(json_integer_value(json_object_get(document, "items")), 100);
    assert_true(json_number_value(json_object_get(document, "item_live_bytes")) > 32 + 8);
    assert_int_equal(json_integer_value(json_object_get(metrics, "listgrow.sizes")), 12);
    assert_int_equal(json_integer_value(json_object_get(metrics, "listgrow.container_bytes")), 920);
    assert_string_equal(json_string_value(json_object_get(series, "at_unit")), "items");
    assert_int_equal(json_array_size(points), 13); /* the end is a point, too */
    assert_int_equal(json_integer_value(json_array_get(json_array_get(points, 2), 0)), 5);
    assert_int_equal(json_integer_value(json_array_get(json_array_get(points, 2), 1)), 120);
    json_decref(document);
    call(fixture, "run listgrow" SMALL_LIST);
    assert_non_null(strstr(fixture->out, "Each of its 100 items asked for"));
    assert_non_null(strstr(fixture->out, "listgrow.container_bytes: 920 bytes"));
}

static void
test_cmdline_plot_lists_every_figure(void **state) {
    struct fixture *fixture = *state;
    char name[64];
    size_t index;
    json_t *document, *row;

    call(fixture, "list --json");
    document = json_loads(fixture->out, 0, NULL);
    assert_non_null(document);
    call(fixture, "plot --help");
    json_array_foreach(json_object_get(document, "figures"), index, row) {
        snprintf(name, sizeof name, "\n  %s ", json_string_value(json_object_get(row, "name")));
        if (strstr(fixture->out, name) == NULL)
            fail_msg("plot --help should tell of%s", name + 1);
    }
    call(fixture, "plot");
    assert_int_equal(fixture->status, 2);
    json_array_foreach(json_object_get(document, "figures"), index, row)
        assert_non_null(strstr(fixture->err, json_string_value(json_object_get(row, "help"))));
    json_decref(document);
}

/* Cycles are dropped until a collection takes them. */
static void
test_cmdline_sweep_keeps_trash_over_time(void **state) {
    struct fixture *fixture = *state;
    long long at, bytes, most = 0;
    bool is_trash = false;
    char line[256];

    call(fixture, "sweep cycles --reps 1 --out run");
    assert_int_equal(fixture->status, 0);
    call(fixture, "plot parts run -o parts.tsv");
    assert_int_equal(fixture->status, 0);
    FILE *file = fopen("parts.tsv", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%lld\t%lld", &at, &bytes) != 2)
            is_trash = strncmp(line, "trash", 5) == 0 || (is_trash && *line == '\n');
        else if (is_trash && bytes > most)
            most = bytes;
    }
    fclose(file);
    assert_true(most > 0);
    call(fixture, "plot heatmap run --metric peak_rss_byte -o map.tsv");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "did you mean peak_rss_bytes?"));
    call(fixture, "plot latency run --metric wall_ns -o latency.tsv");
    assert_int_equal(fixture->status, 2);
    call(fixture, "plot tradeoff run --metric gc.pause_max_ns -o tradeoff.tsv");
    assert_int_equal(fixture->status, 0);
}

/* Up to 32 each operation of a round has a place of its own, above there are 16 to a doubling. Of equal
 * neighbours only the ends are kept. */
static void
test_cmdline_sweep_keeps_the_slowest_operations_of_a_round(void **state) {
    struct fixture *fixture = *state;
    long long at, ns, before = 0, count = 0;
    char line[256];

    call(fixture, "sweep listgrow --reps 1 --out run" SMALL_LIST);
    assert_int_equal(fixture->status, 0);
    call(fixture, "plot spikes run -o spikes.tsv");
    assert_int_equal(fixture->status, 0);
    FILE *file = fopen("spikes.tsv", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%lld\t%lld", &at, &ns) != 2)
            continue;
        assert_true(at > before && ns > 0);
        assert_true(count > 0 || at == 1);
        assert_true(at % (at < 32 ? 1 : at < 64 ? 2 : 4) == 0);
        before = at;
        count++;
    }
    fclose(file);
    assert_int_equal(before, 100);
    assert_true(count > 1 && count <= 31 + 16 + 10);
}

static void
run_digest(struct fixture *fixture, const char *arguments, char digest[17]) {
    call(fixture, arguments);
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture);
    snprintf(digest, 17, "%s", json_string_value(json_object_get(document, "digest")));
    json_decref(document);
}

static void
test_cmdline_run_answers_the_same_on_every_backend(void **state) {
    char pool[17], debug[17], other[17];

    run_digest(*state, "run churn --json" SMALL, pool);
    run_digest(*state, "run churn --json --set alloc.backend=debug" SMALL, debug);
    run_digest(*state, "run churn --json --seed 2" SMALL, other);
    assert_string_equal(pool, debug);
    assert_string_not_equal(pool, other);
}

static void
assert_ends_as(struct fixture *fixture, const char *arguments, const char *status) {
    call(fixture, arguments);
    assert_int_equal(fixture->status, 1);
    json_t *document = parse_out(fixture);
    assert_string_equal(json_string_value(json_object_get(document, "status")), status);
    assert_true(json_string_length(json_object_get(document, "why")) > 0);
    json_decref(document);
}

static void
test_cmdline_run_says_how_it_ended(void **state) {
    assert_ends_as(*state, "run churn --json --set alloc.fail_at=500", "memory");
    assert_ends_as(*state, "run churn --json --time-limit 50ms --set churn.operations=100000000",
                   "timeout");
    assert_ends_as(*state,
                   "run churn --json --memory-limit 20MiB --set churn.live=2000000 --set "
                   "churn.operations=1000000",
                   "memory");
}

static void
test_cmdline_run_prints_a_table_for_people(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "run churn" SMALL);
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "p99.9"));
    assert_non_null(strstr(fixture->out, "live at peak"));
    assert_string_equal(fixture->err, "");
}

/* ---- sweep ------------------------------------------------------------------------------------------ */

static int
count_state(void *context, const struct bench_store_cell *cell) {
    ((size_t *)context)[cell->state]++;
    return 0;
}

static void
count_states(const char *path, size_t counts[BENCH_CELL_STATE_COUNT], char complete[8]) {
    struct bench_store *store;
    char why[256];

    memset(counts, 0, BENCH_CELL_STATE_COUNT * sizeof *counts);
    if (bench_store_open(path, BENCH_STORE_READ, &store, why, sizeof why) != 0)
        fail_msg("%s", why);
    assert_int_equal(bench_store_each_cell(store, 0, count_state, counts), 0);
    assert_int_equal(bench_store_fact(store, BENCH_STORE_RUN, "complete", complete, 8), 0);
    bench_store_close(store);
}

static void
assert_complete(const char *path, size_t finished) {
    size_t counts[BENCH_CELL_STATE_COUNT];
    char complete[8];

    count_states(path, counts, complete);
    assert_int_equal(counts[BENCH_CELL_FINISHED], finished);
    assert_int_equal(counts[BENCH_CELL_PLANNED], 0);
    assert_string_equal(complete, "1");
}

static void
test_cmdline_sweep_keeps_every_cell_and_counts_up_names(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 2 --set alloc.backend=pool,system" SMALL);
    assert_int_equal(fixture->status, 0);
    for (const char *line = fixture->err; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_int_equal(strncmp(line, "gcsweep: note: ", 15), 0); /* of the machine */
    assert_non_null(strstr(fixture->out, "results/churn-1.db"));
    assert_non_null(strstr(fixture->out, "All answers agree."));
    assert_complete("results/churn-1.db", 4);
    assert_int_equal(access("results/churn-1.db-wal", F_OK), -1);
    call(fixture, "sweep churn --reps 1 --json" SMALL);
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture);
    assert_string_equal(json_string_value(json_object_get(document, "results")),
                        "results/churn-2.db");
    assert_true(json_is_true(json_object_get(document, "digests_agree")));
    json_decref(document);
    assert_complete("results/churn-2.db", 1);
}

static void
test_cmdline_sweep_never_overwrites(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 1 --out mine" SMALL);
    assert_int_equal(fixture->status, 0);
    call(fixture, "sweep churn --reps 2 --out mine" SMALL);
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "results/mine.db is there already"));
    assert_complete("results/mine.db", 1);
}

static void
test_cmdline_sweep_survives_cells_that_fail(void **state) {
    struct fixture *fixture = *state;
    size_t counts[BENCH_CELL_STATE_COUNT];
    char complete[8];

    call(fixture, "sweep churn --reps 2 --out bad --set alloc.fail_at=0,100" SMALL);
    assert_int_equal(fixture->status, 1);
    assert_non_null(strstr(fixture->out, "2 cells are memory."));
    count_states("results/bad.db", counts, complete);
    assert_int_equal(counts[BENCH_CELL_FINISHED], 2);
    assert_int_equal(counts[BENCH_CELL_MEMORY], 2);
    assert_string_equal(complete, "1");
}

static void
test_cmdline_sweep_dry_run_writes_nothing(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep quick --dry-run --json");
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture);
    assert_int_equal(json_integer_value(json_object_get(document, "cells")),
                     json_array_size(json_object_get(document, "configs")) *
                         (size_t)json_integer_value(json_object_get(document, "repetitions")));
    json_decref(document);
    assert_int_equal(access("results", F_OK), -1);
}

static void
test_cmdline_sweep_dry_run_shows_what_exclusions_leave(void **state) {
    struct fixture *fixture = *state;

    call(fixture,
         "sweep churn --set gc.mode=auto,off --set gc.threshold0=100,700 --reps 4 --dry-run"
         " --exclude=gc.threshold0=100 --shard 2/4");
    assert_int_equal(fixture->status, 0);
    assert_null(strstr(fixture->out, "gc.threshold0=100"));
    assert_non_null(strstr(fixture->out, "2 configurations, 4 repetitions, 2 cells of 8 in this "
                                         "shard; 2 combinations are excluded\n"));
}

static void
wait_for(const char *path) {
    for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
        usleep(10000);
    usleep(50000);
}

#define LONG                                                                                       \
    "sweep churn --reps 6 --out long --set alloc.backend=pool,system --set churn.operations=5000"

static void
test_cmdline_sweep_interrupted_keeps_what_is_done_and_goes_on(void **state) {
    struct fixture *fixture = *state;
    size_t counts[BENCH_CELL_STATE_COUNT];
    char complete[8];
    pid_t pid = start(LONG);

    wait_for("results/long.db");
    kill(pid, SIGINT);
    finish(fixture, pid);
    assert_int_equal(fixture->status, 130);
    assert_non_null(strstr(fixture->err, "go on with: gcsweep sweep --resume --out long"));
    count_states("results/long.db", counts, complete);
    assert_true(counts[BENCH_CELL_PLANNED] > 0);
    assert_string_equal(complete, "0");
    call(fixture, "sweep --resume --out long");
    assert_int_equal(fixture->status, 0);
    assert_complete("results/long.db", 12);
    call(fixture, "sweep --resume --out long"); /* nothing is left to do */
    assert_int_equal(fixture->status, 0);
    assert_complete("results/long.db", 12);
    call(fixture, "sweep quick --resume --out long");
    assert_int_equal(fixture->status, 2);
}

static void
test_cmdline_sweep_killed_outright_goes_on(void **state) {
    struct fixture *fixture = *state;
    int status;
    pid_t pid = start(LONG);

    wait_for("results/long.db");
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    call(fixture, "sweep --resume --out long");
    assert_int_equal(fixture->status, 0);
    assert_complete("results/long.db", 12);
}

static void
test_cmdline_sweep_of_several_jobs_says_so(void **state) {
    struct fixture *fixture = *state;
    struct bench_store *store;
    char jobs[8], why[256];

    call(fixture,
         "sweep churn --reps 3 --out many --jobs 3 --jobs-anyway --set gc.mode=auto,off" SMALL);
    assert_int_equal(fixture->status, 0);
    assert_complete("results/many.db", 6);
    assert_non_null(strstr(fixture->out, "3 cells ran at once and disturbed each other"));
    assert_int_equal(bench_store_open("results/many.db", BENCH_STORE_READ, &store, why, sizeof why),
                     0);
    assert_int_equal(bench_store_fact(store, BENCH_STORE_RUN, "jobs", jobs, sizeof jobs), 0);
    assert_string_equal(jobs, "3");
    bench_store_close(store);
}

static void
test_cmdline_shards_are_merged_into_the_whole(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 3 --out one --shard 1/2 --set gc.mode=auto,off" SMALL);
    assert_int_equal(fixture->status, 0);
    call(fixture, "merge one --out whole");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "2 cells are missing: block 2 of churn, gc.mode=auto;"));
    call(fixture, "sweep churn --reps 3 --out two --shard 2/2 --set gc.mode=auto,off" SMALL);
    assert_int_equal(fixture->status, 0);
    call(fixture, "merge two one --out whole --json");
    assert_int_equal(fixture->status, 0);
    json_t *document = parse_out(fixture);
    assert_string_equal(json_string_value(json_object_get(document, "results")),
                        "results/whole.db");
    assert_int_equal(json_integer_value(json_object_get(document, "cells")), 6);
    json_decref(document);
    assert_complete("results/whole.db", 6);
    call(fixture, "sweep --resume --out whole"); /* nothing is left to do */
    assert_int_equal(fixture->status, 0);
    call(fixture, "merge two one --out whole");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "is there already"));
}

static void
test_cmdline_sweep_is_silent_in_a_log_unless_asked(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 2 --progress=always" SMALL);
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->err, " 0/2"));
    assert_non_null(strstr(fixture->err, " 2/2"));
    assert_null(strchr(fixture->err, '\033'));
}

static void
test_cmdline_sweep_suite_files_are_checked_by_line(void **state) {
    struct fixture *fixture = *state;
    FILE *file = fopen("mine.ini", "w");

    assert_non_null(file);
    fputs("[suite]\nrepetitions = 2\n\n[churn]\nalloc.backend = pool\nchurn.liv = 5\n", file);
    fclose(file);
    call(fixture, "sweep mine.ini");
    assert_int_equal(fixture->status, 2);
    assert_string_equal(fixture->err,
                        "gcsweep: mine.ini:6: no knob churn.liv, did you mean churn.live?\n");
    assert_int_equal(access("results", F_OK), -1);
}

static void
test_cmdline_sweep_writes_a_report_beside_the_run(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --reps 2 --out told --set alloc.backend=pool,system --report" SMALL);
    if (fixture->status == 3 && strstr(fixture->err, "gnuplot") != NULL)
        skip();
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "results/told.html"));
    assert_int_equal(access("results/told.html", F_OK), 0);
    call(fixture, "report told results/told.db --json");
    assert_int_equal(fixture->status, 0);
    assert_non_null(strstr(fixture->out, "\"html\": \"results/told-told.html\""));
    call(fixture, "report told tlod");
    assert_int_equal(fixture->status, 2);
    assert_non_null(strstr(fixture->err, "tlod: there is no such run"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_cmdline_refuses_in_one_line_and_writes_nothing),
        UNIT(test_cmdline_without_a_verb_shows_the_verbs_and_is_wrong),
        UNIT(test_cmdline_bench_puts_two_engines_side_by_side),
        UNIT(test_cmdline_sweep_names_the_best_and_the_worst_so_far),
        UNIT(test_cmdline_every_listed_verb_has_a_page),
        UNIT(test_cmdline_list_names_and_explains_everything),
        UNIT(test_cmdline_export_writes_to_stdout_or_to_a_new_file),
        UNIT(test_cmdline_export_wants_a_whole_run_of_a_schema_it_knows),
        UNIT(test_cmdline_run_json_has_every_promised_field),
        UNIT(test_cmdline_run_json_has_what_a_workload_tells_of_itself),
        UNIT(test_cmdline_plot_lists_every_figure),
        UNIT(test_cmdline_sweep_keeps_trash_over_time),
        UNIT(test_cmdline_sweep_keeps_the_slowest_operations_of_a_round),
        UNIT(test_cmdline_run_answers_the_same_on_every_backend),
        UNIT(test_cmdline_run_says_how_it_ended),
        UNIT(test_cmdline_run_prints_a_table_for_people),
        UNIT(test_cmdline_sweep_keeps_every_cell_and_counts_up_names),
        UNIT(test_cmdline_sweep_never_overwrites),
        UNIT(test_cmdline_sweep_survives_cells_that_fail),
        UNIT(test_cmdline_sweep_dry_run_writes_nothing),
        UNIT(test_cmdline_sweep_dry_run_shows_what_exclusions_leave),
        UNIT(test_cmdline_sweep_interrupted_keeps_what_is_done_and_goes_on),
        UNIT(test_cmdline_sweep_killed_outright_goes_on),
        UNIT(test_cmdline_sweep_of_several_jobs_says_so),
        UNIT(test_cmdline_shards_are_merged_into_the_whole),
        UNIT(test_cmdline_sweep_is_silent_in_a_log_unless_asked),
        UNIT(test_cmdline_sweep_suite_files_are_checked_by_line),
        UNIT(test_cmdline_sweep_writes_a_report_beside_the_run),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: cmdline_test PROGRAM\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    return cmocka_run_group_tests_name("bench/cmdline", tests, NULL, NULL);
}
