/* SPDX-License-Identifier: MIT
 *
 * churn_test.c: the laws of churn, its check of what it wrote, and that its marks come in pairs.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workload.h"

struct fixture {
    const struct wl_workload *churn;
    void *knobs;
    struct rt *rt;
    struct wl_run run;
    struct rt_text why;
    char why_data[256];
    /* what the listener saw */
    int begins, ends;
    unsigned char *victim; /* written into when the operation of that number begins */
    int scribble_at;
    struct wl_listener listener;
};

static void
note_begin(void *context) {
    struct fixture *fixture = context;
    assert_int_equal(fixture->begins, fixture->ends);
    fixture->begins++;
    if (fixture->begins == fixture->scribble_at)
        *fixture->victim ^= 1;
}

static void
note_end(void *context) {
    struct fixture *fixture = context;
    fixture->ends++;
    assert_int_equal(fixture->begins, fixture->ends);
}

static void
assign(struct fixture *fixture, const char *assignment) {
    assert_int_equal(rt_knob_assign(fixture->churn->knobs, fixture->knobs, assignment, NULL), 0);
}

static int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct rt_config config;

    assert_non_null(fixture);
    fixture->churn = wl_registry_find("churn");
    fixture->knobs = calloc(1, fixture->churn->knobs_bytes);
    rt_knob_defaults(fixture->churn->knobs, fixture->knobs);
    assign(fixture, "churn.operations=200");
    assign(fixture, "churn.live=1000");
    assign(fixture, "churn.burst=10");
    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &fixture->rt), 0);
    rt_text_init(&fixture->why, fixture->why_data, sizeof fixture->why_data);
    fixture->listener =
        (struct wl_listener){.begin = note_begin, .end = note_end, .context = fixture};
    *state = fixture;
    return 0;
}

static int
tear_down(void **state) {
    struct fixture *fixture = *state;
    rt_destroy(fixture->rt);
    free(fixture->knobs);
    free(fixture);
    return 0;
}

static int
run(struct fixture *fixture) {
    int error;

    fixture->run = (struct wl_run){.heap = fixture->rt,
                                   .knobs = fixture->knobs,
                                   .seed = 9,
                                   .listener = &fixture->listener,
                                   .why = &fixture->why};
    error = fixture->churn->prepare(&fixture->run);
    if (error == 0)
        error = fixture->churn->run(&fixture->run);
    fixture->churn->finish(&fixture->run);
    return error;
}

static void
test_churn_marks_each_operation_once(void **state) {
    struct fixture *fixture = *state;

    assert_int_equal(run(fixture), 0);
    assert_int_equal(fixture->begins, 200);
    assert_int_equal(fixture->ends, 200);
    assert_int_equal(fixture->run.operations, 200);
}

static void
test_churn_every_combination_of_laws_runs_and_drains(void **state) {
    static const char *const sizes[] = {"python", "uniform", "geometric", "fixed", "table"};
    static const char *const lives[] = {"random", "fifo", "lifo", "mixed"};
    static const char *const touches[] = {"all", "edges", "none"};
    struct fixture *fixture = *state;
    uint64_t stats[RT_STAT_COUNT];
    char assignment[64];

    assign(fixture, "churn.table=40:3 64:2");
    for (size_t i = 0; i < 5 * 4 * 3 * 2; i++) {
        const char *const values[][2] = {{"churn.size_law=", sizes[i % 5]},
                                         {"churn.lifetime_law=", lives[i / 5 % 4]},
                                         {"churn.touch=", touches[i / 20 % 3]},
                                         {"churn.program=", i / 60 == 0 ? "steady" : "phases"}};
        for (size_t k = 0; k < 4; k++) {
            strcpy(assignment, values[k][0]);
            strcat(assignment, values[k][1]);
            assign(fixture, assignment);
        }
        assert_int_equal(run(fixture), 0);
        rt_stats_read(fixture->rt, stats);
        assert_int_equal(stats[RT_STAT_LIVE_BLOCKS], 0);
    }
}

static void
test_churn_touch_does_not_change_the_answer(void **state) {
    struct fixture *fixture = *state;
    uint64_t all, edges;

    assert_int_equal(run(fixture), 0);
    all = fixture->run.digest;
    assign(fixture, "churn.touch=edges");
    assert_int_equal(run(fixture), 0);
    edges = fixture->run.digest;
    assign(fixture, "churn.touch=none");
    assert_int_equal(run(fixture), 0);
    assert_true(all == edges && edges == fixture->run.digest);
}

static void
test_churn_sizes_stay_within_their_law(void **state) {
    struct fixture *fixture = *state;
    uint64_t stats[RT_STAT_COUNT];

    assign(fixture, "churn.size_law=fixed");
    assign(fixture, "churn.size=48");
    assign(fixture, "churn.resize_share=0");
    assert_int_equal(run(fixture), 0);
    rt_stats_read(fixture->rt, stats);
    assert_int_equal(stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK], 48 * 1000);
    assert_int_equal(stats[RT_STAT_ALLOCATIONS], 1000 + 200 * 10);
    assert_int_equal(stats[RT_STAT_FREES], 1000 + 200 * 10);
}

/* Under lifo the block that churn got first dies last; its address is the one that a fresh
 * context gives. */
static void
test_churn_finds_a_block_that_somebody_else_wrote_into(void **state) {
    struct fixture *fixture = *state;
    unsigned char *block;

    assign(fixture, "churn.size_law=fixed");
    assign(fixture, "churn.lifetime_law=lifo");
    assign(fixture, "churn.resize_share=0");
    block = rt_alloc(fixture->rt, 64);
    assert_non_null(block);
    rt_free(fixture->rt, block, 64);
    fixture->victim = block + 63;
    fixture->scribble_at = 100;
    assert_int_equal(run(fixture), -EBADMSG);
    assert_string_equal(fixture->why_data,
                        "1 of 3000 blocks did not hold what was written into them");
}

/* Rows of life 9 have a ninth of the births, and are half of what lives. */
static void
test_churn_blocks_live_as_long_as_their_row_says(void **state) {
    struct fixture *fixture = *state;
    const double expected = 1000 * (16 + 400) / 2.0;

    assign(fixture, "churn.size_law=table");
    assign(fixture, "churn.table=16:9 400:1:9");
    assign(fixture, "churn.operations=5000");
    assert_int_equal(run(fixture), 0);
    assert_true(fixture->run.metrics[1] > 0.85 * expected);
    assert_true(fixture->run.metrics[1] < 1.15 * expected);
}

static void
test_churn_phases_grow_stay_shift_and_shrink(void **state) {
    static const double shares[] = {1, 1, 1, 0.2};
    struct fixture *fixture = *state;
    uint64_t stats[RT_STAT_COUNT];

    assign(fixture, "churn.program=phases");
    assign(fixture, "churn.size_law=fixed");
    assign(fixture, "churn.size=100");
    assign(fixture, "churn.shift=2");
    assign(fixture, "churn.left=0.2");
    assert_int_equal(run(fixture), 0);
    assert_int_equal(fixture->begins, 200);
    for (size_t i = 0; i < 4; i++) {
        assert_true(fixture->run.metrics[i] >= shares[i] * 100000);
        assert_true(fixture->run.metrics[i] < shares[i] * 100000 + 200);
        assert_true(isnan(fixture->run.metrics[4 + i])); /* nobody knows what is resident */
    }
    rt_stats_read(fixture->rt, stats);
    assert_in_range(stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK], 100000, 100200);
    assert_in_range(fixture->churn->peak_live_bytes(fixture->knobs), 99999, 100000);
    assert_int_equal(stats[RT_STAT_LIVE_BLOCKS], 0);
}

static int64_t
say_resident(void *context) {
    struct fixture *fixture = context;
    uint64_t stats[RT_STAT_COUNT];
    rt_stats_read(fixture->rt, stats);
    return 5000 + 2 * (int64_t)stats[RT_STAT_LIVE_REQUESTED_BYTES];
}

static void
test_churn_tells_what_the_process_holds_for_what_lives(void **state) {
    struct fixture *fixture = *state;

    fixture->listener.resident = say_resident;
    assign(fixture, "churn.program=phases");
    assert_int_equal(run(fixture), 0);
    for (size_t i = 4; i < 8; i++)
        assert_true(fixture->run.metrics[i] == 2);
    assign(fixture, "churn.program=steady");
    assert_int_equal(run(fixture), 0);
    assert_true(isnan(fixture->run.metrics[0]) && isnan(fixture->run.metrics[4]));
    assert_true(fixture->run.metrics[1] > 0 && fixture->run.metrics[5] == 2);
}

static void
test_churn_refuses_a_table_that_does_not_fit(void **state) {
    struct fixture *fixture = *state;

    assign(fixture, "churn.size_law=table");
    assert_int_equal(fixture->churn->check(fixture->knobs, NULL), -EINVAL);
    assign(fixture, "churn.table=16:9 400:1:9");
    assert_int_equal(fixture->churn->check(fixture->knobs, NULL), 0);
    assign(fixture, "churn.lifetime_law=fifo");
    assert_int_equal(fixture->churn->check(fixture->knobs, &fixture->why), -EINVAL);
    assert_string_equal(fixture->why_data,
                        "a churn.table with lives needs churn.lifetime_law=random");
}

static void
test_churn_refuses_bounds_that_cross(void **state) {
    struct fixture *fixture = *state;

    assign(fixture, "churn.size_min=600");
    assert_int_equal(fixture->churn->check(fixture->knobs, NULL), 0);
    assign(fixture, "churn.size_law=uniform");
    assert_int_equal(fixture->churn->check(fixture->knobs, &fixture->why), -EINVAL);
    assert_string_equal(fixture->why_data, "churn.size_min=600 is above churn.size_max=512");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_churn_marks_each_operation_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_churn_every_combination_of_laws_runs_and_drains,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_churn_touch_does_not_change_the_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_churn_sizes_stay_within_their_law, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_churn_finds_a_block_that_somebody_else_wrote_into,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_churn_blocks_live_as_long_as_their_row_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_churn_phases_grow_stay_shift_and_shrink, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_churn_tells_what_the_process_holds_for_what_lives,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_churn_refuses_a_table_that_does_not_fit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_churn_refuses_bounds_that_cross, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("workloads/churn", tests, NULL, NULL);
}
