/* SPDX-License-Identifier: MIT
 *
 * leader_test.c: the best and the worst so far, in whatever order the cells of a block come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/leader.h"

enum {
    CONFIGS = 3
};

struct fixture {
    struct bench_plan plan;
    struct bench_plan_config configs[CONFIGS];
    struct bench_leader *leader;
    struct bench_record *record;
    char text[256];
};

static int
set_up(void **state) {
    static const char *const labels[CONFIGS] = {"gc.mode=auto", "gc.mode=off", "gc.mode=manual"};
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->plan.configs = fixture->configs;
    fixture->plan.config_count = CONFIGS;
    for (int i = 0; i < CONFIGS; i++) {
        strcpy(fixture->configs[i].label, labels[i]);
        fixture->configs[i].cell.workload = wl_registry_find("churn");
    }
    fixture->leader = bench_leader_create(&fixture->plan);
    fixture->record = bench_record_create();
    assert_non_null(fixture->leader);
    assert_non_null(fixture->record);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;

    bench_leader_destroy(fixture->leader);
    bench_record_destroy(fixture->record);
    free(fixture);
    return 0;
}

static void
take(struct fixture *fixture, size_t config, int64_t block, double wall, double peak) {
    const struct bench_plan_cell cell = {.config = config, .block = block};

    bench_record_clear(fixture->record);
    fixture->record->state = BENCH_CELL_FINISHED;
    bench_record_put(fixture->record, BENCH_METRIC_WALL_NS, wall);
    bench_record_put(fixture->record, BENCH_METRIC_PEAK_RSS_BYTES, peak);
    bench_leader_take(fixture->leader, &cell, fixture->record);
}

static const char *
tell(struct fixture *fixture, size_t room) {
    bench_leader_tell(fixture->leader, room, fixture->text, sizeof fixture->text);
    return fixture->text;
}

static void
test_leader_is_silent_until_two_can_be_compared(void **state) {
    struct fixture *fixture = *state;

    assert_string_equal(tell(fixture, 200), "");
    take(fixture, 1, 1, 50, 100);
    take(fixture, 2, 1, 400, 100);
    assert_string_equal(tell(fixture, 200), ""); /* the reference is still to come */
    take(fixture, 0, 1, 100, 100);
    assert_string_equal(tell(fixture, 200), "best gc.mode=off 0.71x, worst gc.mode=manual 2.00x");
}

static void
test_leader_pairs_within_blocks(void **state) {
    struct fixture *fixture = *state;

    take(fixture, 0, 1, 100, 100);
    take(fixture, 1, 1, 50, 50);
    take(fixture, 1, 2, 500, 500); /* in a block ten times as slow all are */
    assert_string_equal(tell(fixture, 200), "best gc.mode=off 0.50x, worst gc.mode=auto 1.00x");
    take(fixture, 0, 2, 1000, 1000);
    assert_string_equal(tell(fixture, 200), "best gc.mode=off 0.50x, worst gc.mode=auto 1.00x");
    take(fixture, 0, 3, 100, 100);
    take(fixture, 1, 3, 400, 400); /* and the mean of 1/2, 1/2 and 4 is 1 */
    take(fixture, 2, 3, 300, 300);
    assert_string_equal(tell(fixture, 200), "best gc.mode=auto 1.00x, worst gc.mode=manual 3.00x");
}

static void
test_leader_passes_over_cells_that_did_not_finish(void **state) {
    struct fixture *fixture = *state;
    const struct bench_plan_cell cell = {.config = 1, .block = 1};

    take(fixture, 0, 1, 100, 100);
    bench_record_clear(fixture->record);
    fixture->record->state = BENCH_CELL_TIMEOUT;
    bench_leader_take(fixture->leader, &cell, fixture->record);
    assert_string_equal(tell(fixture, 200), "");
}

static void
test_leader_stays_within_its_room(void **state) {
    struct fixture *fixture = *state;

    take(fixture, 0, 1, 100, 100);
    take(fixture, 1, 1, 50, 50);
    for (size_t room = 0; room < 80; room++) {
        assert_true(strlen(tell(fixture, room)) <= room);
        assert_int_equal(fixture->text[0] != '\0', room >= 40);
    }
    assert_string_equal(tell(fixture, 44), "best off 0.50x, worst auto 1.00x");
    strcpy(fixture->configs[1].label, "rt+jemalloc gc.mode=off alloc.arena=1MiB");
    assert_string_equal(tell(fixture, 58), "best rt+jemalloc off 0.50x, worst gc.mode=auto 1.00x");
    assert_string_equal(tell(fixture, 68),
                        "best rt+jemalloc off 1MiB 0.50x, worst gc.mode=auto 1.00x");
}

int
main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_leader_is_silent_until_two_can_be_compared),
        TEST(test_leader_pairs_within_blocks),
        TEST(test_leader_passes_over_cells_that_did_not_finish),
        TEST(test_leader_stays_within_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
