/* SPDX-License-Identifier: MIT
 *
 * shard_test.c: the parts of a plan are the plan, each cell once, and none cuts in two what is compared.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/shard.h"

enum {
    CELLS = 120
};

struct fixture {
    struct bench_suite suite;
    struct bench_plan whole;
    struct rt_text why;
    char why_data[256];
};

/* Three workloads, twelve configurations. */
static int
set_up(void **state) {
    static const char text[] = "[churn]\nchurn.live = 1..5\n[cycles]\ngc.mode = auto, off\n"
                               "[bullets]\ngc.threshold0 = 1..4\n[churn: again]\nchurn.live = 9\n";
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    bench_suite_init(&fixture->suite, "test");
    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), 0);
    assert_int_equal(bench_plan_make(&fixture->whole, &fixture->suite, 10, 7, &fixture->why), 0);
    assert_int_equal(fixture->whole.cell_count, CELLS);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_plan_fini(&fixture->whole);
    bench_suite_fini(&fixture->suite);
    free(fixture);
    return 0;
}

static void
make_part(struct fixture *fixture, struct bench_shard shard, struct bench_plan *ret_plan) {
    assert_int_equal(bench_plan_make(ret_plan, &fixture->suite, 10, 7, &fixture->why), 0);
    assert_int_equal(bench_shard_take(&shard, ret_plan, 10, &fixture->why), 0);
    assert_int_equal(ret_plan->whole_count, CELLS);
}

static void
test_shard_parts_are_the_plan_and_each_cell_is_in_one(void **state) {
    static const uint64_t counts[] = {1, 2, 3, 7, 10, 11, 29, 30};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t seen[CELLS + 1] = {0}, total = 0;
        for (uint64_t part = 1; part <= counts[i]; part++) {
            struct bench_plan plan;
            make_part(fixture, (struct bench_shard){part, counts[i]}, &plan);
            assert_true(plan.cell_count > 0);
            total += plan.cell_count;
            for (size_t k = 0; k < plan.cell_count; k++) {
                const struct bench_plan_cell *cell = &plan.cells[k];
                assert_int_equal(seen[cell->id]++, 0);
                assert_memory_equal(cell, &fixture->whole.cells[cell->id - 1], sizeof *cell);
            }
            bench_plan_fini(&plan);
        }
        assert_int_equal(total, CELLS);
    }
}

/* Whether a part has all cells of that block, and if asked of that workload only, or none. */
static bool
is_whole(const struct fixture *fixture, const struct bench_plan *plan, int64_t block,
         const struct wl_workload *workload) {
    size_t here = 0, all = 0;

    for (size_t i = 0; i < plan->cell_count; i++)
        here +=
            plan->cells[i].block == block &&
            (workload == NULL || plan->configs[plan->cells[i].config].cell.workload == workload);
    for (size_t i = 0; i < CELLS; i++)
        all += fixture->whole.cells[i].block == block &&
               (workload == NULL ||
                plan->configs[fixture->whole.cells[i].config].cell.workload == workload);
    return here == 0 || here == all;
}

static void
test_shard_never_cuts_what_is_compared(void **state) {
    static const uint64_t counts[] = {3, 10, 17, 30};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (uint64_t part = 1; part <= counts[i]; part++) {
            struct bench_plan plan;
            make_part(fixture, (struct bench_shard){part, counts[i]}, &plan);
            for (int64_t block = 1; block <= 10; block++) {
                assert_true(counts[i] > 10 || is_whole(fixture, &plan, block, NULL));
                for (size_t k = 0; k < fixture->suite.count; k++)
                    assert_true(is_whole(fixture, &plan, block, fixture->suite.grids[k].workload));
            }
            bench_plan_fini(&plan);
        }
}

static void
test_shard_refuses_more_parts_than_there_are(void **state) {
    struct fixture *fixture = *state;
    const struct bench_shard shard = {1, 31};

    assert_int_equal(bench_shard_take(&shard, &fixture->whole, 10, &fixture->why), -EINVAL);
    assert_non_null(strstr(fixture->why_data, "--shard=1/31: the plan has 30 parts"));
    assert_int_equal(fixture->whole.cell_count, CELLS);
}

static void
test_shard_text_is_read_and_printed(void **state) {
    static const char *const wrong[] = {"",   "1",    "/",     "0/2",  "3/2",  "1/",
                                        "/2", "-1/2", "1/2/3", "1 /2", "+1/2", "1/99999999999"};
    char text[BENCH_SHARD_TEXT_BYTES];
    struct bench_shard shard;

    (void)state;
    assert_true(bench_shard_parse("12/34", &shard));
    bench_shard_print(&shard, text);
    assert_string_equal(text, "12/34");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(bench_shard_parse(wrong[i], &shard));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_shard_parts_are_the_plan_and_each_cell_is_in_one),
        UNIT(test_shard_never_cuts_what_is_compared),
        UNIT(test_shard_refuses_more_parts_than_there_are),
        UNIT(test_shard_text_is_read_and_printed),
    };
    return cmocka_run_group_tests_name("bench/shard", tests, NULL, NULL);
}
