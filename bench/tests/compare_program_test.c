/* SPDX-License-Identifier: MIT
 *
 * compare_program_test.c: gcsweep compare as it is called. Arguments: the program, how many configurations
 * of ten blocks the large runs have (1,000 in the slow suite), and the seconds of the processor that
 * comparing two of them may take.
 */
#include "bench/tests/program.h"

#include <sys/resource.h>

#include "bench/metric.h"
#include "bench/store.h"
#include "workloads/rng.h"

static int64_t configs = 100;
static double seconds = 5;

#define SMALL " --set churn.operations=2000 --set churn.live=2000"

static void
assert_status(struct fixture *fixture, const char *arguments, int status, const char *said) {
    call(fixture, arguments);
    if (fixture->status != status || strstr(fixture->err, said) == NULL)
        fail_msg("gcsweep %s: status %d, said: %s", arguments, fixture->status, fixture->err);
    if (status > 1)
        assert_ptr_equal(strchr(fixture->err, '\n'), fixture->err + strlen(fixture->err) - 1);
}

static void
test_compare_of_a_run_with_its_like_finds_no_count_that_differs(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep churn --out one --reps 3 --seed 5" SMALL);
    call(fixture, "sweep churn --out two --reps 3 --seed 5" SMALL);
    assert_status(fixture, "compare one two --metric deterministic", 0, "");
    assert_int_equal(strncmp(fixture->out, "The same: of ", 13), 0);
    assert_status(fixture, "compare one two --json", 0, "");
    json_t *document = parse_out(fixture);
    assert_string_equal(json_string_value(json_object_get(document, "schema")),
                        "gcsweep.compare/1");
    assert_int_equal(json_integer_value(json_object_get(document, "failed")), 0);
    json_decref(document);
}

static void
test_compare_of_parts_fails_by_rules_with_status_1(void **state) {
    struct fixture *fixture = *state;

    call(fixture, "sweep cycles --out r --reps 3 --set cycles.count=5000 "
                  "--set gc.threshold0=100,50000");
    assert_int_equal(fixture->status, 0);
    assert_status(
        fixture, "compare r:gc.threshold0=100 r:gc.threshold0=50000 --fail-on gc.collections0!=", 1,
        "");
    assert_non_null(strstr(fixture->out, "fails: gc.collections0!="));
    assert_non_null(strstr(fixture->out, "Failed: 1 row; 1 by --fail-on gc.collections0!="));
    assert_status(fixture,
                  "compare r:gc.threshold0=100 r:gc.threshold0=50000 --fail-on gc.collections0>5%",
                  0, ""); /* there are fewer */
    assert_status(fixture,
                  "compare r:gc.threshold0=100 r:gc.threshold0=50000 --fail-on "
                  "gc.collections0<5% -f junit -o r.xml",
                  1, "");
    assert_string_equal(fixture->out, "");
    assert_int_equal(access("r.xml", R_OK), 0);
    assert_status(fixture,
                  "compare r:gc.threshold0=100 r:gc.threshold0=50000 --metric wall_ns --plot f.tsv",
                  0, "");
    assert_int_equal(access("f.tsv", R_OK), 0);
    assert_status(fixture, "compare r:gc.threshold0=100 r:gc.threshold0=50000 --plot f.gif", 2,
                  "must end in .svg");
    assert_status(fixture, "compare r:gc.threshold0=100 r:gc.threshold0=50000 -o r.xml", 2,
                  "--force");
    assert_status(fixture, "compare r:gc.threshold0=100 r:gc.threshold0=50000 -o /dev/full", 3,
                  "No space left");
    assert_status(fixture,
                  "compare r:gc.threshold0=100 r:gc.threshold0=50000 --metric wal_ns,cpu_ns", 2,
                  "no metric wal_ns, did you mean wall_ns?");
    assert_status(fixture,
                  "compare r:gc.threshold0=100 r:gc.threshold0=50000 --metric wall_ns --fail-on "
                  "finished --fail-on gc.exmined",
                  2, "no metric gc.exmined, did you mean gc.examined?");
    assert_status(fixture, "compare r r", 2, "both sides are the same");
    assert_status(fixture, "compare r:gc.threshold0=100 r:gc.threshold0=7", 2, "100, 50000 in it");
    assert_status(fixture, "compare r q", 2, "there is no such run");
}

static void
test_compare_called_wrongly_says_what_to_write(void **state) {
    static const char *const calls[][2] = {
        {"compare", "compare BASE NEW"},
        {"compare a", "compare BASE NEW"},
        {"compare a b c", "c is one too many"},
        {"compare a b --fail-on wall_ns>5", "METRIC>5%"},
        {"compare a b --fail-on >5%", "METRIC>5%"},
        {"compare a b --format xml", "text, markdown, json, junit"},
        {"compare a b --format markdwn", "did you mean markdown?"},
        {"compare a b --confidence 100", "from 50 to 99.999"},
        {"compare a b --floor -1", "from 0 to 1000"},
        {"compare a b --floor 1x", "from 0 to 1000"},
        {"compare a:gc.mode= b", "a value of gc.mode is missing"},
        {"compare a b", "a: there is no such run"},
        {"compare a b --fail-if x", "did you mean --fail-on?"},
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        assert_status(*state, calls[i][0], 2, calls[i][1]);
}

/* ---- Large runs
 * ----------------------------------------------------------------------------------------------- */

static void
put_frame(struct bench_store *store) {
    const struct bench_store_workload workload = {"churn", "", 1, ""};
    const struct bench_store_knob knob = {"gc.threshold0", "integer", "", "700", "", true};

    assert_int_equal(bench_store_put_workload(store, &workload), 0);
    assert_int_equal(bench_store_put_knob(store, &knob), 0);
    for (int i = 0; i < bench_metric_count(); i++) {
        struct bench_store_metric metric = bench_metric_row((enum bench_metric)i);
        assert_int_equal(bench_store_put_metric(store, &metric), 0);
    }
    for (int64_t id = 1; id <= configs; id++) {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)id);
        const struct bench_store_config config = {id, "churn", "rt", text, 1};
        const struct bench_store_setting setting = {"gc.threshold0", text, (double)id};
        assert_int_equal(bench_store_put_config(store, &config), 0);
        assert_int_equal(bench_store_put_setting(store, id, &setting), 0);
    }
}

/* All that a cell has on our runtime but the workload's own: times scatter, counts follow from the block. */
static void
put_values(struct bench_store *store, int64_t id, int64_t block, struct wl_rng *rng) {
    for (int i = 0; i < BENCH_METRIC_OWN; i++) {
        const struct bench_store_metric metric = bench_metric_row((enum bench_metric)i);
        double value =
            metric.deterministic ? (double)(1000 + block) : 1e6 * (1 + 0.1 * wl_rng_unit(rng));
        assert_int_equal(bench_store_put_value(store, id, metric.name, value), 0);
    }
}

static void
make_large(const char *path, uint64_t seed) {
    struct bench_store *store;
    struct wl_rng rng;
    char why[256];
    int64_t id = 0;

    wl_rng_init(&rng, seed);
    assert_int_equal(bench_store_open(path, BENCH_STORE_CREATE, &store, why, sizeof why), 0);
    assert_int_equal(bench_store_begin(store), 0);
    put_frame(store);
    for (int64_t block = 1; block <= 10; block++)
        for (int64_t config = 1; config <= configs; config++) {
            id++;
            const struct bench_store_cell cell = {.id = id,
                                                  .config_id = config,
                                                  .block = block,
                                                  .position = config,
                                                  .seed = (uint64_t)block,
                                                  .state = BENCH_CELL_FINISHED,
                                                  .digest = "00000000000000aa"};
            assert_int_equal(bench_store_put_cell(store, &cell), 0);
            put_values(store, id, block, &rng);
        }
    assert_int_equal(bench_store_commit(store), 0);
    bench_store_close(store);
}

static double
children_seconds(void) {
    struct rusage ended;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &ended), 0);
    return (double)(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) +
           (double)(ended.ru_utime.tv_usec + ended.ru_stime.tv_usec) / 1e6;
}

static void
test_compare_of_large_runs_takes_seconds(void **state) {
    struct fixture *fixture = *state;
    struct rusage ended;

    make_large("a.db", 3);
    make_large("b.db", 4);
    double began = children_seconds();
    call(fixture, "compare ./a.db ./b.db --json -o c.json");
    double took = children_seconds() - began;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &ended), 0);
    printf("# %lld cells on each side: %.2f s of the processor, %ld MiB\n", (long long)configs * 10,
           took, ended.ru_maxrss / 1024);
    if (fixture->status != 0)
        fail_msg("%d: %s", fixture->status, fixture->err);
    json_t *document = json_load_file("c.json", 0, NULL);
    assert_non_null(document);
    assert_true((int64_t)json_array_size(json_object_get(document, "rows")) > 50 * configs);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(document, "counts"), "worse")), 0);
    json_decref(document);
    assert_true(took < seconds);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_compare_of_a_run_with_its_like_finds_no_count_that_differs),
        UNIT(test_compare_of_parts_fails_by_rules_with_status_1),
        UNIT(test_compare_called_wrongly_says_what_to_write),
        UNIT(test_compare_of_large_runs_takes_seconds),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: compare_program_test PROGRAM [CONFIGURATIONS [SECONDS]]\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    if (argc > 2)
        configs = strtoll(argv[2], NULL, 10);
    if (argc > 3)
        seconds = strtod(argv[3], NULL);
    return cmocka_run_group_tests_name("bench/compare_program", tests, NULL, NULL);
}
