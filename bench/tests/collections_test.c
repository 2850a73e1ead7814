/* SPDX-License-Identifier: MIT
 *
 * collections_test.c: each collection that is announced is timed where it belongs, until the work is over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/collections.h"
#include "bench/measure.h"

static const struct bench_measure_clock monotonic = {0};

struct fixture {
    struct bench_collections seen;
    struct wl_run run;
};

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    bench_collections_init(&fixture->seen, &monotonic, &fixture->run);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    free(*state);
    return 0;
}

/* One that takes `least_ns` or a little more. */
static void
announce(struct fixture *fixture, const struct rt_gc_cycle *cycle, uint64_t least_ns) {
    struct rt_event event = {.kind = RT_EVENT_GC_BEGIN, .cycle = cycle};

    bench_collections_hear(&fixture->seen, &event);
    event.kind = RT_EVENT_GC_PHASE;
    bench_collections_hear(&fixture->seen, &event);
    for (uint64_t began = bench_measure_now_ns(); bench_measure_now_ns() - began < least_ns;) {
    }
    event.kind = RT_EVENT_GC_END;
    bench_collections_hear(&fixture->seen, &event);
}

static void
test_collections_are_timed_by_generation(void **state) {
    struct fixture *fixture = *state;
    const struct bench_collections *seen = &fixture->seen;

    announce(fixture, &(struct rt_gc_cycle){.generation = 0}, 0);
    announce(fixture, &(struct rt_gc_cycle){.generation = 2, .uncollectable = 1}, 50000);
    announce(fixture, &(struct rt_gc_cycle){.generation = 0, .uncollectable = 0}, 0);
    assert_int_equal(seen->uncollectable[0], 0);
    assert_int_equal(seen->uncollectable[2], 1);
    assert_int_equal(seen->pause[0].count, 2);
    assert_int_equal(seen->pause[1].count, 0);
    assert_int_equal(seen->pause[2].count, 1);
    assert_true(seen->pause[2].least >= 50000);
}

static void
test_collections_inside_an_operation_are_told_from_those_between(void **state) {
    struct fixture *fixture = *state;

    announce(fixture, &(struct rt_gc_cycle){.generation = 2}, 100000);
    assert_int_equal(fixture->seen.operation_pause_most_ns, 0);
    fixture->seen.in_operation = true;
    announce(fixture, &(struct rt_gc_cycle){.generation = 0}, 30000);
    assert_true(fixture->seen.operation_pause_most_ns >= 30000);
}

static void
test_collections_trash_is_what_was_dropped_less_what_was_collected(void **state) {
    struct fixture *fixture = *state;

    fixture->run.trash_objects = 100;
    announce(fixture, &(struct rt_gc_cycle){.generation = 0, .collected = 60}, 0);
    fixture->run.trash_objects = 130;
    announce(fixture, &(struct rt_gc_cycle){.generation = 1, .collected = 70}, 0);
    assert_int_equal(fixture->seen.trash_most, 100);
    assert_int_equal(bench_collections_trash(&fixture->seen), 0);
    fixture->run.trash_objects = 300;
    assert_int_equal(bench_collections_trash(&fixture->seen), 170);
    bench_collections_end(&fixture->seen);
    assert_int_equal(fixture->seen.trash_most, 170);
}

static void
test_collections_time_line_says_when_each_began(void **state) {
    struct fixture *fixture = *state;
    const struct bench_collections_line *line = &fixture->seen.line[1];

    bench_collections_begin(&fixture->seen);
    announce(fixture, &(struct rt_gc_cycle){.generation = 1}, 50000);
    announce(fixture, &(struct rt_gc_cycle){.generation = 1}, 0);
    announce(fixture, &(struct rt_gc_cycle){.generation = 0}, 0);
    assert_int_equal(line->count, 2);
    assert_true(line->samples[0].t_ns >= 0 && line->samples[0].value >= 50000);
    assert_true(line->samples[1].t_ns >= line->samples[0].t_ns + line->samples[0].value);
    assert_int_equal(fixture->seen.line[0].count, 1);
    bench_collections_end(&fixture->seen);
    assert_int_equal(fixture->seen.mmu.count, 3); /* of whatever generation */
    assert_true(fixture->seen.mmu.stretches[0].paused_ns >= 50000);
    assert_true(fixture->seen.whole_ns >= fixture->seen.mmu.stretches[2].end_ns);
}

/* Three and a bit times as many as there is room for; two are long, and next to each other. */
static void
test_collections_time_line_keeps_the_longest_of_neighbours(void **state) {
    struct fixture *fixture = *state;
    const struct bench_collections_line *line = &fixture->seen.line[0];
    size_t all = 3 * BENCH_COLLECTIONS_KEPT + 7;

    for (size_t i = 0; i < all; i++)
        announce(fixture, &(struct rt_gc_cycle){.generation = 0},
                 i == 4000   ? 3000000
                 : i == 4001 ? 4000000
                             : 0);
    assert_int_equal(line->of, 4);
    assert_int_equal(line->count, (all + 3) / 4);
    for (size_t i = 1; i < line->count; i++)
        assert_true(line->samples[i].t_ns > line->samples[i - 1].t_ns);
    assert_true(line->samples[1000].value >= 4000000); /* of numbers 4000 to 4003 */
    assert_int_equal(fixture->seen.pause[0].count, all);
}

static void
test_collections_behind_the_work_do_not_count(void **state) {
    struct fixture *fixture = *state;

    bench_collections_end(&fixture->seen);
    fixture->run.trash_objects = 10;
    announce(fixture, &(struct rt_gc_cycle){.generation = 2, .collected = 10}, 0);
    bench_collections_end(&fixture->seen);
    assert_int_equal(fixture->seen.pause[2].count, 0);
    assert_int_equal(fixture->seen.trash_most, 0);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_collections_are_timed_by_generation, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_collections_inside_an_operation_are_told_from_those_between, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_collections_trash_is_what_was_dropped_less_what_was_collected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_collections_time_line_says_when_each_began, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_collections_time_line_keeps_the_longest_of_neighbours,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_collections_behind_the_work_do_not_count, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("collections", tests, NULL, NULL);
}
