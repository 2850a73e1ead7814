/* SPDX-License-Identifier: MIT
 *
 * large_test.c: a run of many cells opens, loads, summarises and exports in a time that grows as it does. Arguments:
 * the program, cells (a million in the slow suite), and the seconds of the processor that each may take.
 */
#include "bench/tests/program.h"

#include <sys/resource.h>

#include "bench/measure.h"
#include "bench/plan.h"
#include "bench/summary.h"
#include "bench/tests/large_run.h"

static int64_t cells = 20000;
static double seconds = 5;

struct moment {
    uint64_t wall_ns;
    double cpu; /* seconds */
};

/* Here, and in the programs that have been called and have ended. */
static double
cpu_seconds(void) {
    struct rusage ended;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &ended), 0);
    return (double)bench_measure_cpu_ns() / 1e9 +
           (double)(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) +
           (double)(ended.ru_utime.tv_usec + ended.ru_stime.tv_usec) / 1e6;
}

static struct moment
now(void) {
    return (struct moment){bench_measure_now_ns(), cpu_seconds()};
}

/* What it took of the processor, which a busy machine does not change much. */
static double
since(struct moment began, const char *what) {
    double wall = (double)(bench_measure_now_ns() - began.wall_ns) / 1e9;
    double cpu = cpu_seconds() - began.cpu;

    printf("# %s: %.2f s, %.2f s of the processor\n", what, wall, cpu);
    fflush(stdout);
    return cpu;
}

static void
look_at(struct fixture *fixture, int64_t configs) {
    struct bench_store *store;
    struct bench_summary summary;
    struct rt_text text;
    struct bench_plan plan;
    char why[256] = "";
    struct moment began = now();

    make_large_run("large.db", configs, cells / configs);
    since(began, "writing");
    began = now();
    assert_int_equal(bench_store_open("large.db", BENCH_STORE_READ, &store, why, sizeof why), 0);
    assert_int_equal(bench_summary_read(&summary, store, why, sizeof why), 0);
    assert_true(since(began, "summary") < seconds);
    assert_int_equal(summary.states[BENCH_CELL_FINISHED], cells);
    assert_int_equal(summary.count, configs);
    assert_int_equal(summary.rows[0].counts[BENCH_SUMMARY_WALL], cells / configs);
    bench_summary_fini(&summary);
    began = now();
    rt_text_init(&text, why, sizeof why);
    assert_int_equal(bench_plan_load(&plan, store, &text), 0);
    assert_true(since(began, "plan") < seconds);
    assert_int_equal(plan.cell_count, cells);
    bench_plan_fini(&plan);
    bench_store_close(store);
    began = now();
    call(fixture, "sweep --resume --out ./large --json");
    assert_true(since(began, "the program") < seconds);
    assert_int_equal(fixture->status, 0);
    began = now();
    call(fixture, "export ./large --format csv --output large.csv");
    assert_true(since(began, "export") < seconds);
    assert_int_equal(fixture->status, 0);
}

static void
test_large_run_of_many_blocks_is_read_in_seconds(void **state) {
    look_at(*state, 100);
}

static void
test_large_run_of_many_configurations_is_read_in_seconds(void **state) {
    look_at(*state, cells / 10);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_large_run_of_many_blocks_is_read_in_seconds),
        UNIT(test_large_run_of_many_configurations_is_read_in_seconds),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: large_test PROGRAM [CELLS [SECONDS]]\n");
        return 2;
    }
    program = realpath(argv[1], NULL); /* tests change their directory */
    if (argc > 2)
        cells = strtoll(argv[2], NULL, 10);
    if (argc > 3)
        seconds = strtod(argv[3], NULL);
    return cmocka_run_group_tests_name("bench/large", tests, NULL, NULL);
}
