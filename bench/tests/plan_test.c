/* SPDX-License-Identifier: MIT
 *
 * plan_test.c: blocks are complete, paired and repeatable, and a plan comes back from its file.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/plan.h"

struct fixture {
    struct bench_suite suite;
    struct bench_plan plan;
    struct rt_text why;
    char why_data[256];
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    bench_suite_init(&fixture->suite, "test");
    assert_non_null(bench_suite_add(&fixture->suite, wl_registry_find("churn")));
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    bench_plan_fini(&fixture->plan);
    bench_suite_fini(&fixture->suite);
    free(fixture);
    return 0;
}

static void
set_axes(struct fixture *fixture) {
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.backend", "pool,system,debug", NULL),
                     0);
    assert_int_equal(bench_suite_set(&fixture->suite, "churn.live", "10,20", NULL), 0);
    assert_int_equal(bench_suite_set(&fixture->suite, "churn.burst", "3", NULL), 0);
}

static void
test_plan_last_axis_turns_fastest(void **state) {
    struct fixture *fixture = *state;

    set_axes(fixture);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why), 0);
    assert_int_equal(fixture->plan.config_count, 6);
    assert_string_equal(fixture->plan.configs[0].label, "alloc.backend=pool churn.live=10");
    assert_string_equal(fixture->plan.configs[1].label, "alloc.backend=pool churn.live=20");
    assert_string_equal(fixture->plan.configs[5].label, "alloc.backend=debug churn.live=20");
    assert_int_equal(fixture->plan.configs[5].cell.config.alloc_backend, RT_BACKEND_DEBUG);
}

/* Two that need not be there to be planned for. */
static const struct bench_engine two[] = {
    {.name = "rt"},
    {.name = "cpython", .is_python = true, .thresholds = {2000, 10, 10}},
};

static void
test_plan_engines_turn_faster_than_any_axis(void **state) {
    static const char *const labels[] = {"rt alloc.backend=pool", "cpython alloc.backend=pool",
                                         "rt alloc.backend=system", "cpython alloc.backend=system"};
    struct fixture *fixture = *state;

    fixture->suite.engines = two;
    fixture->suite.engine_count = 2;
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.backend", "pool,system", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why), 0);
    assert_int_equal(fixture->plan.config_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct bench_plan_config *config = &fixture->plan.configs[i];
        assert_string_equal(config->label, labels[i]);
        assert_string_equal(config->engine, two[i % 2].name);
        assert_int_equal(config->cell.config.gc_threshold0, i % 2 == 0 ? 700 : 2000);
        assert_int_equal(bench_plan_reference(&fixture->plan, i), 0);
    }
}

static void
test_plan_gives_each_engine_what_it_can_honour(void **state) {
    struct fixture *fixture = *state;

    fixture->suite.engines = two;
    fixture->suite.engine_count = 2;
    assert_int_equal(bench_suite_set(&fixture->suite, "gc.policy", "generational,single", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why), 0);
    assert_int_equal(fixture->plan.config_count, 3);
    assert_int_equal(fixture->plan.beyond, 1);
    assert_non_null(strstr(fixture->plan.beyond_why, "gc.policy=single: engine cpython"));
    bench_plan_fini(&fixture->plan);
    assert_int_equal(bench_suite_set(&fixture->suite, "gc.policy", "single", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why),
                     -EINVAL);
    assert_non_null(strstr(fixture->why_data, "gc.policy=single: engine cpython"));
}

static void
test_plan_each_block_has_each_configuration_once_and_one_seed(void **state) {
    struct fixture *fixture = *state;
    const struct bench_plan *plan = &fixture->plan;
    int orders_that_differ = 0;

    set_axes(fixture);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 20, 1, &fixture->why), 0);
    assert_int_equal(plan->cell_count, 120);
    for (size_t block = 0; block < 20; block++) {
        unsigned seen = 0;
        for (size_t i = 0; i < 6; i++) {
            const struct bench_plan_cell *cell = &plan->cells[block * 6 + i];
            seen |= 1u << cell->config;
            assert_int_equal(cell->id, block * 6 + i + 1);
            assert_int_equal(cell->block, block + 1);
            assert_int_equal(cell->position, i + 1);
            assert_true(cell->seed == plan->cells[block * 6].seed && cell->seed < UINT64_C(1)
                                                                                      << 53);
            orders_that_differ += cell->config != plan->cells[i].config;
        }
        assert_int_equal(seen, 63);
        assert_true(block == 0 || plan->cells[block * 6].seed != plan->cells[block * 6 - 1].seed);
    }
    assert_true(orders_that_differ > 0);
}

/* The first block goes from the ends of its axes inwards; which of those that are equally far in comes
 * first is drawn, as is the order of every other block. */
static void
test_plan_first_block_shows_the_shape_early(void **state) {
    struct fixture *fixture = *state;
    unsigned last = 0;
    bool sorted[3] = {true, true, true};

    assert_int_equal(bench_suite_set(&fixture->suite, "churn.live", "1..9", NULL), 0);
    assert_int_equal(bench_suite_set(&fixture->suite, "churn.burst", "1..5", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 3, 1, &fixture->why), 0);
    for (size_t i = 0; i < 3 * 45; i++) {
        unsigned level = fixture->plan.configs[fixture->plan.cells[i].config].level;
        sorted[i / 45] = sorted[i / 45] && (i % 45 == 0 || level >= last);
        last = level;
        if (i < 4) /* the four corners */
            assert_int_equal(level, 0);
    }
    assert_true(sorted[0]);
    assert_false(sorted[1] || sorted[2]);
}

static void
test_plan_same_seed_gives_the_same_plan(void **state) {
    struct fixture *fixture = *state;
    struct bench_plan again, other;
    size_t bytes;

    set_axes(fixture);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 5, 9, &fixture->why), 0);
    assert_int_equal(bench_plan_make(&again, &fixture->suite, 5, 9, &fixture->why), 0);
    assert_int_equal(bench_plan_make(&other, &fixture->suite, 5, 10, &fixture->why), 0);
    bytes = again.cell_count * sizeof *again.cells;
    assert_memory_equal(again.cells, fixture->plan.cells, bytes);
    assert_memory_not_equal(other.cells, fixture->plan.cells, bytes);
    bench_plan_fini(&again);
    bench_plan_fini(&other);
}

static void
test_plan_ratios_refer_to_the_same_demand(void **state) {
    struct fixture *fixture = *state;

    set_axes(fixture);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why), 0);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(bench_plan_reference(&fixture->plan, i), i % 2);
}

/* A threshold that is the policy's own is recorded as the number that it is. */
static void
test_plan_has_thresholds_in_force(void **state) {
    struct fixture *fixture = *state;
    static const int64_t thresholds[] = {700, 2000, 5};

    assert_int_equal(bench_suite_set(&fixture->suite, "gc.threshold0", "-1,5", NULL), 0);
    assert_int_equal(
        bench_suite_set(&fixture->suite, "gc.policy", "generational,generational-3.13", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fixture->plan.configs[i].cell.config.gc_threshold0, thresholds[i]);
    assert_int_equal(fixture->plan.configs[1].cell.config.gc_threshold2, 10);
}

/* What a grid sets otherwise than the first one of the workload is part of the label. */
static void
test_plan_tells_grids_of_one_workload_apart(void **state) {
    struct fixture *fixture = *state;
    static const char text[] = "[cycles]\ncycles.kind = pair\ncycles.window = 5\n"
                               "gc.mode = auto, off\n"
                               "[cycles: rings]\ncycles.kind = ring\ncycles.window = 5\n"
                               "cycles.length = 3\ngc.stress = on\n";
    static const char *const labels[] = {"gc.mode=auto", "gc.mode=off",
                                         "cycles.kind=ring cycles.length=3"};

    bench_suite_fini(&fixture->suite);
    assert_int_equal(bench_suite_parse(&fixture->suite, "t.ini", text, &fixture->why), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why), 0);
    assert_int_equal(fixture->plan.config_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(fixture->plan.configs[i].label, labels[i]);
    assert_int_equal(bench_plan_reference(&fixture->plan, 2), 2);
}

static void
test_plan_refuses_what_cannot_work(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.pool", "16KiB,1MiB", NULL), 0);
    assert_int_equal(bench_suite_set(&fixture->suite, "alloc.arena", "256KiB", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1, 1, &fixture->why),
                     -EINVAL);
    assert_non_null(strstr(fixture->why_data, "alloc.pool"));
    assert_null(fixture->plan.cells);
}

static void
test_plan_refuses_a_million_and_one_cells(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(bench_suite_set(&fixture->suite, "churn.live", "1..1000", NULL), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 1001, 1, &fixture->why),
                     -E2BIG);
    assert_non_null(strstr(fixture->why_data, "--reps"));
}

static void
test_plan_comes_back_from_its_file(void **state) {
    struct fixture *fixture = *state;
    char path[] = "/tmp/gcsweep-plan-XXXXXX", why[256];
    struct bench_store *store;
    struct bench_plan loaded;

    set_axes(fixture);
    close(mkstemp(path));
    unlink(path);
    assert_int_equal(bench_store_open(path, BENCH_STORE_CREATE, &store, why, sizeof why), 0);
    assert_int_equal(bench_plan_make(&fixture->plan, &fixture->suite, 3, 1, &fixture->why), 0);
    assert_int_equal(bench_store_begin(store), 0);
    assert_int_equal(bench_plan_store(&fixture->plan, &fixture->suite, store), 0);
    struct bench_store_cell done = {.id = 4,
                                    .config_id = (int64_t)fixture->plan.cells[3].config + 1,
                                    .block = 1,
                                    .position = 4,
                                    .state = BENCH_CELL_FINISHED};
    assert_int_equal(bench_store_put_cell(store, &done), 0);
    assert_int_equal(bench_store_commit(store), 0);
    assert_int_equal(bench_plan_load(&loaded, store, &fixture->why), 0);
    assert_int_equal(loaded.config_count, 6);
    assert_int_equal(loaded.cell_count, 18);
    for (size_t i = 0; i < 18; i++) {
        assert_int_equal(loaded.cells[i].config, fixture->plan.cells[i].config);
        assert_true(loaded.cells[i].seed == fixture->plan.cells[i].seed);
        assert_int_equal(loaded.cells[i].done, i == 3);
    }
    for (size_t i = 0; i < 6; i++) {
        const struct bench_cell *one = &loaded.configs[i].cell,
                                *other = &fixture->plan.configs[i].cell;
        assert_memory_equal(&one->config, &other->config, sizeof one->config);
        assert_memory_equal(one->knobs, other->knobs, one->workload->knobs_bytes);
        assert_string_equal(loaded.configs[i].label, fixture->plan.configs[i].label);
    }
    bench_plan_fini(&loaded);
    bench_store_close(store);
    unlink(path);
}

static void
test_plan_of_a_file_without_cells_is_refused(void **state) {
    struct fixture *fixture = *state;
    char path[] = "/tmp/gcsweep-plan-XXXXXX", why[256];
    struct bench_store *store;
    struct bench_plan loaded;

    close(mkstemp(path));
    unlink(path);
    assert_int_equal(bench_store_open(path, BENCH_STORE_CREATE, &store, why, sizeof why), 0);
    assert_int_equal(bench_plan_load(&loaded, store, &fixture->why), -EINVAL);
    assert_non_null(strstr(fixture->why_data, "remove it and sweep again"));
    bench_store_close(store);
    unlink(path);
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_plan_last_axis_turns_fastest),
        UNIT(test_plan_engines_turn_faster_than_any_axis),
        UNIT(test_plan_gives_each_engine_what_it_can_honour),
        UNIT(test_plan_each_block_has_each_configuration_once_and_one_seed),
        UNIT(test_plan_first_block_shows_the_shape_early),
        UNIT(test_plan_same_seed_gives_the_same_plan),
        UNIT(test_plan_ratios_refer_to_the_same_demand),
        UNIT(test_plan_has_thresholds_in_force),
        UNIT(test_plan_tells_grids_of_one_workload_apart),
        UNIT(test_plan_refuses_what_cannot_work),
        UNIT(test_plan_refuses_a_million_and_one_cells),
        UNIT(test_plan_comes_back_from_its_file),
        UNIT(test_plan_of_a_file_without_cells_is_refused),
    };
    return cmocka_run_group_tests_name("bench/plan", tests, NULL, NULL);
}
