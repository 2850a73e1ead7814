/* SPDX-License-Identifier: MIT
 *
 * The collector's switches and numbers: what each call accepts and answers, when something is collected by
 * itself and when not, what is announced, and that a collection that fails has not happened.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/trash.h"

/* ---- Collecting on request ---------------------------------------------------------------------- */

static void
test_gc_collect_refuses_a_generation_that_there_is_not(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    test_trash(rt, 3);
    assert_int_equal(rt_gc_collect(rt, -1), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_gc_collect(rt, 3), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_gc_counts(rt, 3, 0, 0);
    assert_int_equal(rt_gc_collect(rt, 2), 3);
    rt_destroy(rt);
}

static void
test_gc_collect_finds_only_what_is_young_enough(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *kept[5];

    (void)state;
    for (int i = 0; i < 5; i++)
        kept[i] = test_self_list(rt);
    assert_gc_lengths(rt, 5, 0, 0);
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_gc_lengths(rt, 0, 5, 0);
    assert_gc_counts(rt, 0, 1, 0);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    assert_gc_lengths(rt, 0, 0, 5);
    assert_gc_counts(rt, 0, 0, 1);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    assert_gc_counts(rt, 0, 0, 2);
    for (int i = 0; i < 5; i++)
        rt_decref(rt, kept[i]);
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    assert_int_equal(rt_gc_collect(rt, 2), 5);
    assert_gc_counts(rt, 0, 0, 0);
    rt_destroy(rt);
}

static void
test_gc_statistics_belong_to_the_generation_collected(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_gc_stats stats;

    (void)state;
    for (int g = 0; g < RT_GENERATIONS; g++) {
        test_trash(rt, (size_t)g + 2);
        assert_int_equal(rt_gc_collect(rt, g), g + 2);
    }
    for (int g = 0; g < RT_GENERATIONS; g++) {
        rt_gc_stats_read(rt, g, &stats);
        assert_int_equal(stats.collections, 1);
        assert_int_equal(stats.collected, g + 2);
        assert_int_equal(stats.uncollectable, 0);
    }
    rt_destroy(rt);
}

static void
collect_without_memory(struct rt *rt, int generation) {
    struct rt_object *kept[3], *lists[3];
    struct rt_gc_stats before[RT_GENERATIONS], after[RT_GENERATIONS];
    int64_t counts[RT_GENERATIONS];

    for (int g = 2; g >= 0; g--) {
        kept[g] = test_self_list(rt);
        lists[g] = test_self_list(rt);
        if (g > 0)
            (void)rt_gc_collect(rt, g - 1);
    }
    for (int g = 0; g < RT_GENERATIONS; g++) {
        rt_decref(rt, lists[g]);
        rt_gc_stats_read(rt, g, &before[g]);
        counts[g] = rt_gc_count(rt, g);
    }
    rt->tracker.committed = rt->tracker.limit =
        rt->tracker.end; /* no room left, and none to be had */
    rt->config.alloc_fail_every = 1;
    assert_int_equal(rt_gc_collect(rt, generation), -1);
    assert_int_equal(rt_error(rt), ENOMEM);
    rt->config.alloc_fail_every = 0;
    for (int g = 0; g < RT_GENERATIONS; g++) {
        rt_gc_stats_read(rt, g, &after[g]);
        assert_memory_equal(&before[g], &after[g], sizeof before[g]);
        assert_int_equal(rt_gc_count(rt, g), counts[g]);
        assert_generation_is(rt, g, (struct rt_object *[]){kept[g], lists[g]}, 2);
    }
    rt->tracker.committed = rt->tracker.limit = 64 * KIB / sizeof(struct rt_object *);
    assert_verified(rt);
    assert_int_equal(rt_gc_collect(rt, 2), 3);
    for (int g = 0; g < RT_GENERATIONS; g++)
        rt_decref(rt, kept[g]);
    assert_int_equal(rt_gc_collect(rt, 2), 3);
    rt_destroy(rt);
}

static void
test_gc_collect_without_memory_has_not_happened(void **state) {
    (void)state;
    for (int g = 0; g < RT_GENERATIONS; g++)
        collect_without_memory(test_create_fallible(test_backends[g]), g);
}

/* ---- By itself ---------------------------------------------------------------------------------- */

static void
test_gc_begins_enabled_in_mode_auto_alone(void **state) {
    static const char *const modes[] = {"gc.mode=auto", "gc.mode=off", "gc.mode=manual",
                                        "gc.mode=idle"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct rt *rt = test_create(NULL, modes[i], NULL);

        assert_int_equal(rt_gc_is_enabled(rt), i == 0);
        test_trash(rt, 1000);
        assert_int_equal(test_gc_runs(rt, 0), i == 0);
        assert_true(rt_gc_collect(rt, 2) > 0);
        rt_destroy(rt);
    }
}

static void
test_gc_enable_collects_nothing_but_the_next_allocation_does(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    rt_gc_disable(rt);
    assert_false(rt_gc_is_enabled(rt));
    test_trash(rt, 3000);
    assert_gc_counts(rt, 3000, 0, 0);
    rt_gc_enable(rt);
    assert_true(rt_gc_is_enabled(rt));
    assert_int_equal(test_gc_runs(rt, 0), 0);
    rt_decref(rt, rt_int_new(rt, 1000)); /* not a container */
    assert_int_equal(test_gc_runs(rt, 0), 0);
    rt_decref(rt, test_list(rt));
    assert_int_equal(test_gc_runs(rt, 0), 1);
    rt_destroy(rt);
}

static void
test_gc_holds_nest_and_do_not_keep_from_collecting_on_request(void **state) {
    struct rt *rt = test_create(NULL, "gc.threshold0=5", "object.keep_lists=0", NULL);

    (void)state;
    rt_gc_hold(rt);
    rt_gc_hold(rt);
    test_trash(rt, 20);
    rt_gc_release(rt);
    test_trash(rt, 1);
    assert_int_equal(test_gc_runs(rt, 0), 0);
    assert_gc_counts(rt, 21, 0, 0);
    assert_int_equal(rt_gc_collect(rt, 1), 21);
    test_trash(rt, 20);
    rt_gc_release(rt);
    assert_int_equal(test_gc_runs(rt, 0), 0);
    test_trash(rt, 1);
    assert_int_equal(test_gc_runs(rt, 0), 1);
    rt_destroy(rt);
}

static void
test_gc_thresholds_are_kept_as_they_are_given(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_int_equal(rt_gc_threshold(rt, 0), 700);
    assert_int_equal(rt_gc_threshold(rt, 1), 10);
    assert_int_equal(rt_gc_threshold(rt, 2), 10);
    test_trash(rt, 3);
    for (int g = 0; g < RT_GENERATIONS; g++)
        rt_gc_set_threshold(rt, g, -1 - g);
    for (int g = 0; g < RT_GENERATIONS; g++)
        assert_int_equal(rt_gc_threshold(rt, g), -1 - g);
    assert_gc_counts(rt, 3, 0, 0);
    rt_destroy(rt);
    rt = test_create(NULL, "gc.policy=generational-3.13", "gc.threshold1=3", NULL);
    assert_int_equal(rt_gc_threshold(rt, 0), 2000);
    assert_int_equal(rt_gc_threshold(rt, 1), 3);
    rt_destroy(rt);
    rt = test_create(NULL, "gc.threshold0=0", NULL);
    test_trash(rt, 2000);
    assert_gc_counts(rt, 2000, 0, 0);
    rt_destroy(rt);
}

static void
test_gc_stress_collects_everything_at_each_allocation(void **state) {
    struct rt *rt = test_create(NULL, "gc.stress=on", NULL);
    struct test_cycles cycles;

    (void)state;
    test_listen_to_cycles(rt, &cycles);
    for (size_t i = 1; i <= 20; i++) {
        test_trash(rt, 1);
        assert_int_equal(cycles.ended, i);
        assert_int_equal(cycles.end.cause, RT_GC_CAUSE_STRESS);
        assert_int_equal(cycles.end.collected, i > 1);
        assert_int_equal(test_gc_runs(rt, 2), i);
    }
    rt_destroy(rt);
}

/* What is being copied is not what it was when the copy's own memory was asked for. */
static void
unshare(struct rt *rt, struct rt_object *self, void *data) {
    struct rt_object *key = test_have(rt_int_new(rt, 7));

    (void)self;
    assert_int_equal(rt_dict_set(rt, *(struct rt_object **)data, key, key), 0);
    rt_decref(rt, key);
}

static void
test_gc_that_a_copy_of_a_dict_begins_may_change_that_dict(void **state) {
    struct rt *rt = test_create(NULL, "gc.stress=on", NULL);
    struct rt_object *dict = NULL, *copy, *plain = test_class(rt, "Plain"), *instance, *mourned,
                     *trash;
    struct rt_class_spec spec = {.name = "Mourned", .finalizer = unshare, .finalizer_data = &dict};

    (void)state;
    mourned = test_have(rt_class_new(rt, &spec));
    instance = test_instance(rt, plain);
    test_link(rt, instance, "x", plain);
    dict = test_have(rt_instance_dict(rt, instance));
    trash = test_instance(rt, mourned);
    test_link(rt, trash, "self", trash);
    rt_decref(rt, trash); /* the next allocation finds it */
    copy = test_have(rt_dict_copy(rt, dict));
    assert_int_equal(rt_dict_length(dict), 2);
    assert_int_equal(rt_dict_length(copy), 2);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_decref(rt, copy);
    rt_decref(rt, instance);
    rt_decref(rt, mourned);
    rt_decref(rt, plain);
    rt_destroy(rt);
}

/* So may an instance whose __dict__ is being made: it gets another attribute, or that very dict. */
static void
add_attribute(struct rt *rt, struct rt_object *self, void *data) {
    (void)self;
    test_link(rt, *(struct rt_object **)data, "y", rt_none(rt));
}

static void
make_its_dict(struct rt *rt, struct rt_object *self, void *data) {
    (void)self;
    (void)test_have(rt_instance_dict(rt, *(struct rt_object **)data));
}

static void
make_a_dict_amid_a_finalizer(rt_finalizer_fn finalizer, size_t length) {
    struct rt *rt = test_create(NULL, "gc.stress=on", NULL);
    struct rt_object *instance = NULL, *plain = test_class(rt, "Plain"), *mourned, *trash;
    struct rt_class_spec spec = {
        .name = "Mourned", .finalizer = finalizer, .finalizer_data = &instance};

    mourned = test_have(rt_class_new(rt, &spec));
    instance = test_instance(rt, plain);
    test_link(rt, instance, "x", plain);
    trash = test_instance(rt, mourned);
    test_link(rt, trash, "self", trash);
    rt_decref(rt, trash);
    assert_int_equal(rt_dict_length(test_have(rt_instance_dict(rt, instance))), length);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_decref(rt, instance);
    rt_decref(rt, mourned);
    rt_decref(rt, plain);
    rt_destroy(rt);
}

static void
test_gc_that_making_a_dict_begins_may_change_the_instance(void **state) {
    (void)state;
    make_a_dict_amid_a_finalizer(add_attribute, 2);
    make_a_dict_amid_a_finalizer(make_its_dict, 1);
}

/* ---- What programs announce --------------------------------------------------------------------- */

static void
test_gc_manual_point_collects_everything_in_mode_manual_alone(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=manual", NULL);
    struct test_cycles cycles;

    (void)state;
    test_listen_to_cycles(rt, &cycles);
    test_trash(rt, 800);
    rt_gc_safe_point(rt);
    assert_int_equal(rt_gc_idle_window(rt), 0);
    assert_int_equal(cycles.ended, 0);
    assert_int_equal(rt_gc_manual_point(rt), 800);
    assert_int_equal(cycles.end.cause, RT_GC_CAUSE_MANUAL);
    assert_int_equal(cycles.end.generation, 2);
    rt_destroy(rt);
    rt = test_create(NULL, NULL);
    test_trash(rt, 3);
    assert_int_equal(rt_gc_manual_point(rt), 0);
    assert_gc_counts(rt, 3, 0, 0);
    rt_destroy(rt);
}

static void
test_gc_idle_window_collects_what_is_due_in_mode_idle_alone(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=idle", NULL);
    struct test_cycles cycles;

    (void)state;
    test_listen_to_cycles(rt, &cycles);
    test_trash(rt, 700);
    assert_int_equal(rt_gc_idle_window(rt), 0);
    assert_int_equal(cycles.ended, 0);
    test_trash(rt, 100);
    assert_int_equal(cycles.ended, 0);
    assert_int_equal(rt_gc_idle_window(rt), 800);
    assert_int_equal(cycles.end.cause, RT_GC_CAUSE_IDLE);
    assert_int_equal(cycles.end.generation, 0);
    rt_destroy(rt);
    rt = test_create(NULL, "gc.mode=manual", NULL);
    test_trash(rt, 800);
    assert_int_equal(rt_gc_idle_window(rt), 0);
    rt_destroy(rt);
}

static void
test_gc_policy_of_3_13_waits_for_a_safe_point(void **state) {
    struct rt *rt = test_create(NULL, "gc.policy=generational-3.13", "gc.threshold0=100", NULL);
    struct test_cycles cycles;

    (void)state;
    test_listen_to_cycles(rt, &cycles);
    test_trash(rt, 100);
    rt_gc_safe_point(rt);
    assert_int_equal(cycles.ended, 0);
    test_trash(rt, 4900);
    assert_int_equal(cycles.ended, 0);
    rt_gc_safe_point(rt);
    assert_int_equal(cycles.ended, 1);
    assert_int_equal(cycles.end.collected, 5000);
    assert_int_equal(cycles.end.cause, RT_GC_CAUSE_DUE);
    rt_gc_safe_point(rt);
    assert_int_equal(cycles.ended, 1);
    rt_destroy(rt);
}

/* By the counts as they are then: what was due may have gone. */
static void
test_gc_policy_of_3_13_collects_nothing_that_is_not_due_any_more(void **state) {
    struct rt *rt = test_create(NULL, "gc.policy=generational-3.13", "gc.threshold0=100", NULL);
    struct rt_object *sets[200];

    (void)state;
    for (int i = 0; i < 200; i++)
        sets[i] = test_have(rt_set_new(rt));
    for (int i = 0; i < 200; i++)
        rt_decref(rt, sets[i]);
    rt_gc_safe_point(rt);
    assert_int_equal(test_gc_runs(rt, 0), 0);
    test_trash(rt, 101);
    rt_gc_disable(rt);
    rt_gc_safe_point(rt);
    assert_int_equal(test_gc_runs(rt, 0), 0);
    rt_gc_enable(rt);
    rt_gc_safe_point(rt);
    assert_int_equal(test_gc_runs(rt, 0), 1);
    rt_destroy(rt);
}

/* ---- Announced ---------------------------------------------------------------------------------- */

static void
test_gc_announces_what_a_collection_did(void **state) {
    struct rt *rt = test_create(NULL, "object.keep_lists=0", NULL);
    struct rt_object *kept = test_self_list(rt), *none = rt_none(rt), *tuple;
    struct test_cycles cycles;

    (void)state;
    tuple = test_have(rt_tuple_pack(rt, &none, 1));
    test_trash(rt, 10);
    test_listen_to_cycles(rt, &cycles);
    assert_int_equal(rt_gc_collect(rt, 0), 10);
    assert_int_equal(cycles.begun, 1);
    assert_int_equal(cycles.begin.counts[0], 12);
    assert_int_equal(cycles.begin.cause, RT_GC_CAUSE_CALL);
    assert_int_equal(cycles.end.examined, 12);
    assert_int_equal(cycles.end.untracked, 1);
    assert_true(cycles.end.edges >= 12);
    assert_int_equal(cycles.end.collected, 10);
    assert_int_equal(cycles.end.freed, 10);
    assert_int_equal(cycles.end.freed_bytes, 10 * (56 + 32)); /* a list, and room for four */
    assert_int_equal(cycles.end.finalizers_called + cycles.end.callbacks_called, 0);
    assert_int_equal(cycles.phases[RT_GC_PHASE_TRACE], 1);
    assert_int_equal(cycles.phases[RT_GC_PHASE_FREE], 1);
    assert_int_equal(cycles.phases[RT_GC_PHASE_FREE_LISTS], 0);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_int_equal(cycles.phases[RT_GC_PHASE_FREE_LISTS], 1);
    rt_decref(rt, tuple);
    rt_decref(rt, kept);
    rt_destroy(rt);
}

static void
test_gc_causes_and_phases_have_names(void **state) {
    (void)state;
    for (int i = 0; i < RT_GC_CAUSE_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(rt_gc_cause_name((enum rt_gc_cause)i),
                                    rt_gc_cause_name((enum rt_gc_cause)j));
    for (int i = 0; i < RT_GC_PHASE_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(rt_gc_phase_name((enum rt_gc_phase)i),
                                    rt_gc_phase_name((enum rt_gc_phase)j));
    assert_non_null(rt_gc_cause_name(RT_GC_CAUSE_COUNT));
    assert_non_null(rt_gc_phase_name(RT_GC_PHASE_COUNT));
}

static void
test_gc_verify_every_nth_collection_tells_of_a_broken_heap(void **state) {
    struct rt *rt = test_create(NULL, "gc.verify_every=2", "alloc.debug_action=report", NULL);
    struct test_heard heard;

    (void)state;
    test_listen(rt, &heard);
    (void)rt_gc_collect(rt, 0);
    (void)rt_gc_collect(rt, 0);
    assert_int_equal(heard.count[RT_EVENT_DEBUG], 0);
    rt->tracker.limit--; /* broken: but not so that a collection would mind */
    rt->tracker.begin[2] = 0;
    (void)rt_gc_collect(rt, 0);
    assert_int_equal(heard.count[RT_EVENT_DEBUG], 0);
    (void)rt_gc_collect(rt, 0);
    assert_int_equal(heard.count[RT_EVENT_DEBUG], 1);
    assert_non_null(strstr(heard.text, "out of order"));
    rt->tracker.begin[2] = 1;
    rt->tracker.limit++;
    rt_destroy(rt);
}

/* ---- Debug lines -------------------------------------------------------------------------------- */

struct lines {
    char text[12][96];
    const void *about[12];
    size_t count;
};

static void
note_line(void *context, const struct rt_event *event) {
    struct lines *lines = context;

    if (event->kind == RT_EVENT_GC_DEBUG) {
        assert_true(lines->count < 12);
        strncpy(lines->text[lines->count], event->text, 95);
        lines->about[lines->count++] = event->address;
    }
}

static void
assert_line(const struct lines *lines, size_t number, const char *beginning) {
    assert_true(number < lines->count);
    assert_int_equal(strncmp(lines->text[number], beginning, strlen(beginning)), 0);
}

static void
test_gc_debug_lines_are_cpythons(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *class_object = test_class(rt, "N"), *kept;
    struct lines lines = {.count = 0};

    (void)state;
    test_settle(rt);
    kept = test_list(rt);
    test_trash_pair(rt, class_object);
    assert_int_equal(rt_listen(rt, note_line, &lines), 0);
    rt_gc_set_debug(rt, RT_GC_DEBUG_STATS | RT_GC_DEBUG_COLLECTABLE);
    assert_int_equal(rt_gc_debug(rt), 3);
    assert_int_equal(rt_gc_collect(rt, 0), 2);
    rt_gc_set_debug(rt, 0);
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_int_equal(lines.count, 6);
    assert_string_equal(lines.text[0], "gc: collecting generation 0...");
    assert_string_equal(lines.text[1], "gc: objects in each generation: 3 0 0");
    assert_line(&lines, 2, "gc: objects in permanent generation: ");
    assert_line(&lines, 3, "gc: collectable <N 0x");
    assert_line(&lines, 4, "gc: collectable <N 0x");
    assert_line(&lines, 5, "gc: done, 2 unreachable, 0 uncollectable");
    assert_non_null(lines.about[3]);
    assert_true(lines.about[3] != lines.about[4]);
    rt_decref(rt, kept);
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

static void
test_gc_debug_flags_are_cpythons(void **state) {
    (void)state;
    assert_int_equal(RT_GC_DEBUG_STATS, 1);
    assert_int_equal(RT_GC_DEBUG_COLLECTABLE, 2);
    assert_int_equal(RT_GC_DEBUG_UNCOLLECTABLE, 4);
    assert_int_equal(RT_GC_DEBUG_SAVEALL, 32);
    assert_int_equal(RT_GC_DEBUG_LEAK, 38);
}

static void
test_gc_saveall_keeps_what_it_finds_and_counts_it_as_collected(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *class_object = test_class(rt, "N"), *garbage = test_have(rt_gc_garbage(rt));
    struct rt_gc_stats stats;

    (void)state;
    test_settle(rt);
    rt_gc_set_debug(rt, RT_GC_DEBUG_SAVEALL);
    test_trash_pair(rt, class_object);
    test_trash(rt, 1);
    assert_int_equal(rt_gc_collect(rt, 1), 3);
    assert_int_equal(rt_list_length(garbage), 3);
    assert_string_equal(rt_type_name(rt_list_get(garbage, 0)), "N");
    assert_string_equal(rt_type_name(rt_list_get(garbage, 2)), "list");
    assert_int_equal(rt_list_length(rt_list_get(garbage, 2)), 1); /* not cleared */
    assert_gc_lengths(rt, 0, 0, 3);
    rt_gc_stats_read(rt, 1, &stats);
    assert_int_equal(stats.collected, 3);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    rt_gc_set_debug(rt, 0);
    rt_list_clear(rt, garbage);
    assert_int_equal(rt_gc_collect(rt, 2), 3);
    assert_int_equal(rt_list_length(garbage), 0);
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_collect_refuses_a_generation_that_there_is_not),
        cmocka_unit_test(test_gc_collect_finds_only_what_is_young_enough),
        cmocka_unit_test(test_gc_statistics_belong_to_the_generation_collected),
        cmocka_unit_test(test_gc_collect_without_memory_has_not_happened),
        cmocka_unit_test(test_gc_begins_enabled_in_mode_auto_alone),
        cmocka_unit_test(test_gc_enable_collects_nothing_but_the_next_allocation_does),
        cmocka_unit_test(test_gc_holds_nest_and_do_not_keep_from_collecting_on_request),
        cmocka_unit_test(test_gc_thresholds_are_kept_as_they_are_given),
        cmocka_unit_test(test_gc_stress_collects_everything_at_each_allocation),
        cmocka_unit_test(test_gc_that_a_copy_of_a_dict_begins_may_change_that_dict),
        cmocka_unit_test(test_gc_that_making_a_dict_begins_may_change_the_instance),
        cmocka_unit_test(test_gc_manual_point_collects_everything_in_mode_manual_alone),
        cmocka_unit_test(test_gc_idle_window_collects_what_is_due_in_mode_idle_alone),
        cmocka_unit_test(test_gc_policy_of_3_13_waits_for_a_safe_point),
        cmocka_unit_test(test_gc_policy_of_3_13_collects_nothing_that_is_not_due_any_more),
        cmocka_unit_test(test_gc_announces_what_a_collection_did),
        cmocka_unit_test(test_gc_causes_and_phases_have_names),
        cmocka_unit_test(test_gc_verify_every_nth_collection_tells_of_a_broken_heap),
        cmocka_unit_test(test_gc_debug_lines_are_cpythons),
        cmocka_unit_test(test_gc_debug_flags_are_cpythons),
        cmocka_unit_test(test_gc_saveall_keeps_what_it_finds_and_counts_it_as_collected),
    };

    return cmocka_run_group_tests_name("gc", tests, NULL, NULL);
}
