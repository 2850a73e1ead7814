/* SPDX-License-Identifier: MIT
 *
 * pool_test.c: an object out of the pool does what a fresh one does; what is reused is counted; a reset that
 * forgets something, or a buffer that somebody else wrote into, is found.
 */
#include "workloads/tests/outcome.h"

enum {
    ACQUIRED,
    BUILT,
    REUSE,
    IDLE
};

static struct outcome
run_way(const char *way, const char *cost, const char *more) {
    char way_set[64] = "pool.way=", cost_set[64] = "pool.cost=";
    const char *sets[] = {strcat(way_set, way),
                          strcat(cost_set, cost),
                          "pool.operations=300",
                          "pool.live=100",
                          more,
                          NULL};

    return run_call(&(struct outcome_call){.workload = "pool", .sets = sets, .seed = 3});
}

static void
test_pool_both_ways_give_the_same_answer_and_release_everything(void **state) {
    static const char *const backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                           "alloc.backend=debug"};
    static const char *const costs[] = {"0", "1", "20"};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            struct outcome fresh = run_way("fresh", costs[i], backends[k]);
            struct outcome pooled = run_way("pooled", costs[i], backends[k]);
            assert_int_equal(fresh.error, 0);
            assert_int_equal(pooled.error, 0);
            assert_int_equal(fresh.left_blocks + pooled.left_blocks, 0);
            assert_true(fresh.digest == pooled.digest);
            assert_int_equal(fresh.begins, 300);
            assert_int_equal(pooled.operations, 300);
            assert_int_equal(pooled.collected, 0);
        }
}

static void
test_pool_peaks_are_as_computed(void **state) {
    static const char *const costs[] = {"0", "3", "100"};
    static const char *const swings[] = {"pool.swing=0", "pool.swing=0.3", "pool.swing=1"};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            struct outcome fresh = run_way("fresh", costs[i], swings[k]);
            struct outcome pooled = run_way("pooled", costs[i], swings[k]);
            assert_peak_is_as_computed(&fresh, costs[i]);
            assert_peak_is_as_computed(&pooled, costs[i]);
        }
}

static void
test_pool_builds_no_more_than_are_in_use_at_once(void **state) {
    struct outcome fresh = run_way("fresh", "8", "pool.swing=0.5");
    struct outcome pooled = run_way("pooled", "8", "pool.swing=0.5");

    (void)state;
    assert_true(fresh.metrics[BUILT] == fresh.metrics[ACQUIRED]);
    assert_true(fresh.metrics[REUSE] == 0 && fresh.metrics[IDLE] == 0);
    assert_true(pooled.metrics[ACQUIRED] == fresh.metrics[ACQUIRED]);
    assert_true(pooled.metrics[BUILT] == 100);
    assert_true(pooled.metrics[REUSE] == 1 - 100 / pooled.metrics[ACQUIRED]);
    assert_true(pooled.metrics[IDLE] >= 50 && pooled.metrics[IDLE] <= 60);
}

static void
test_pool_that_keeps_few_builds_again(void **state) {
    struct outcome none = run_way("pooled", "8", "pool.idle=0");
    struct outcome few = run_way("pooled", "8", "pool.idle=20");

    (void)state;
    assert_true(none.metrics[REUSE] == 0 && none.metrics[IDLE] == 0);
    assert_true(few.metrics[IDLE] == 20);
    assert_true(few.metrics[BUILT] > 100 && few.metrics[BUILT] < few.metrics[ACQUIRED] / 2);
    assert_true(few.digest == none.digest);
}

static void
test_pool_demand_may_be_steady_or_less_than_a_batch(void **state) {
    const char *const sets[] = {"pool.way=pooled", "pool.live=3", "pool.operations=50", NULL};
    struct outcome small =
        run_call(&(struct outcome_call){.workload = "pool", .sets = sets, .seed = 3});
    struct outcome steady = run_way("pooled", "8", "pool.swing=0");

    (void)state;
    assert_int_equal(small.error, 0);
    assert_true(steady.metrics[IDLE] == 10);
    assert_true(steady.metrics[ACQUIRED] == 100 + 300 * 10);
}

static void
test_pool_every_request_may_fail(void **state) {
    static const char *const ways[] = {"pool.way=fresh", "pool.way=pooled"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *sets[] = {ways[i],        "pool.operations=6", "pool.live=7",
                              "pool.batch=3", "pool.cost=3",       NULL};
        int64_t failures = fail_at_each((struct outcome_call){"pool", .sets = sets, .seed = 3});
        assert_true(failures > 20);
    }
}

/* Of the objects that lie idle the one that is taken next. */
static struct rt_object *
find_idle(struct rt *rt) {
    struct rt_object *objects = rt_gc_objects(rt, -1), *found = NULL;

    for (size_t i = 0; i < rt_list_length(objects); i++) {
        struct rt_object *list = rt_list_get(objects, i);
        if (rt_kind(list) != RT_KIND_LIST || rt_list_length(list) == 0)
            continue;
        struct rt_object *last = rt_list_get(list, rt_list_length(list) - 1);
        if (rt_kind(last) == RT_KIND_INSTANCE)
            found = last;
    }
    rt_decref(rt, objects);
    assert_non_null(found);
    return found;
}

/* As a reset that forgets one place of the buffer leaves it. */
static void
leave_stale(struct rt *rt) {
    struct rt_object *name = rt_str_name(rt, "buffer"), *object = find_idle(rt);
    struct rt_object *buffer = rt_attr_get(rt, object, name), *number = rt_float_new(rt, 77);

    assert_non_null(buffer);
    assert_non_null(number);
    rt_list_set(rt, buffer, 5, number);
    rt_decref(rt, number);
    rt_decref(rt, buffer);
    rt_decref(rt, name);
}

static void
test_pool_finds_what_a_reset_forgot(void **state) {
    const char *const sets[] = {"pool.way=pooled", "pool.live=50", "pool.operations=100", NULL};
    struct outcome outcome = run_call(
        &(struct outcome_call){"pool", sets, .seed = 3, .meddle = leave_stale, .disturb_at = 5});

    (void)state;
    assert_int_equal(outcome.error, -EBADMSG);
    assert_non_null(strstr(outcome.why, "an object was not as a reset or a use had left it"));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_both_ways_give_the_same_answer_and_release_everything),
        cmocka_unit_test(test_pool_peaks_are_as_computed),
        cmocka_unit_test(test_pool_builds_no_more_than_are_in_use_at_once),
        cmocka_unit_test(test_pool_that_keeps_few_builds_again),
        cmocka_unit_test(test_pool_demand_may_be_steady_or_less_than_a_batch),
        cmocka_unit_test(test_pool_every_request_may_fail),
        cmocka_unit_test(test_pool_finds_what_a_reset_forgot),
    };
    return cmocka_run_group_tests_name("workloads/pool", tests, NULL, NULL);
}
