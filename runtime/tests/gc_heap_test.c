/* SPDX-License-Identifier: MIT
 *
 * Which objects are where: generations as lists, freezing and thawing, also from within a collection; and the
 * lists of garbage and of callbacks, with all that may be done from a callback.
 */
#include "runtime/tests/trash.h"

/* ---- Generations as lists ----------------------------------------------------------------------- */

static void
test_gc_heap_lists_a_generation_oldest_first_and_not_the_list(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *kept[4], *objects;

    (void)state;
    for (int i = 0; i < 4; i++)
        kept[i] = test_list(rt);
    objects = test_have(rt_gc_objects(rt, 0));
    assert_int_equal(rt_list_length(objects), 4);
    for (size_t i = 0; i < 4; i++)
        assert_ptr_equal(rt_list_get(objects, i), kept[i]);
    assert_true(rt_is_tracked(objects));
    rt_decref(rt, objects);
    assert_generation_is(rt, 0, kept, 4);
    for (int i = 0; i < 4; i++)
        rt_decref(rt, kept[i]);
    rt_destroy(rt);
}

/* In generations 2, 1, 0 and the permanent one. */
static void
make_one_in_each(struct rt *rt, struct rt_object **ret_objects) {
    ret_objects[3] = test_list(rt);
    rt_gc_freeze(rt);
    for (int g = 2; g >= 0; g--) {
        ret_objects[g] = test_list(rt);
        if (g > 0)
            assert_int_equal(rt_gc_collect(rt, g - 1), 0);
    }
}

static void
drop_all(struct rt *rt, struct rt_object **objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, objects[i]);
}

static void
test_gc_heap_lists_the_youngest_generation_first_and_nothing_frozen(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *in[4], *objects;

    (void)state;
    make_one_in_each(rt, in);
    assert_generation_is(rt, -1, in, 3);
    objects = test_have(rt_gc_objects(rt, -1));
    assert_int_equal(rt_list_length(objects), 3);
    for (size_t g = 0; g < 3; g++)
        assert_ptr_equal(rt_list_get(objects, g), in[g]);
    rt_decref(rt, objects);
    for (int g = 0; g < 3; g++)
        assert_int_equal(rt_gc_objects_count(rt, g), 1);
    assert_int_equal(rt_gc_objects_count(rt, -1), 3);
    assert_int_equal(rt_gc_frozen_count(rt), 1);
    drop_all(rt, in, 4);
    rt_destroy(rt);
}

static void
test_gc_heap_knows_of_each_object_where_it_is(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *in[4], *dict = test_have(rt_dict_new(rt));

    (void)state;
    make_one_in_each(rt, in);
    for (int g = 0; g < 4; g++)
        assert_int_equal(rt_gc_generation_of(rt, in[g]), g);
    assert_int_equal(rt_gc_generation_of(rt, dict), -1);
    assert_int_equal(rt_gc_generation_of(rt, rt_none(rt)), -1);
    assert_false(rt_gc_is_finalized(rt_none(rt)));
    assert_false(rt_gc_is_finalized(dict));
    drop_all(rt, in, 4);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_gc_heap_refuses_generations_that_there_are_not(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_order order = {.count = 0};

    (void)state;
    for (int g = -2; g <= 3; g += 5) {
        assert_null(rt_gc_objects(rt, g));
        assert_int_equal(rt_error(rt), EINVAL);
        assert_false(rt_gc_visit_objects(rt, g, test_note_object, &order));
    }
    rt_destroy(rt);
}

static void
test_gc_heap_list_without_memory_is_none(void **state) {
    struct rt *rt = test_create(NULL, "alloc.fail_at=1000000000", NULL);
    struct rt_object *kept[100];

    (void)state;
    for (int i = 0; i < 100; i++)
        kept[i] = test_list(rt);
    for (int64_t n = 1; n <= 3; n++) {
        rt->config.alloc_fail_at = (int64_t)rt->fault_attempts + n;
        assert_null(rt_gc_objects(rt, 0));
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_int_equal(rt_gc_objects_count(rt, 0), 100);
        assert_int_equal(kept[0]->count, 1);
    }
    drop_all(rt, kept, 100);
    rt_destroy(rt);
}

/* ---- Freezing ----------------------------------------------------------------------------------- */

static void
test_gc_heap_freeze_takes_all_and_zeroes_the_counts(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *in[4];
    int64_t total, pending;

    (void)state;
    make_one_in_each(rt, in);
    total = rt_gc_long_lived_total(rt);
    pending = rt_gc_long_lived_pending(rt);
    assert_int_equal(pending, 1);
    rt_gc_freeze(rt);
    assert_gc_counts(rt, 0, 0, 0);
    assert_gc_lengths(rt, 0, 0, 0);
    assert_int_equal(rt_gc_frozen_count(rt), 4);
    assert_int_equal(rt_gc_long_lived_total(rt), total);
    assert_int_equal(rt_gc_long_lived_pending(rt), pending);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_int_equal(rt_gc_long_lived_total(rt), 0);
    assert_int_equal(rt_gc_long_lived_pending(rt), 0);
    assert_verified(rt);
    drop_all(rt, in, 4);
    assert_int_equal(rt_gc_frozen_count(rt), 0);
    rt_destroy(rt);
}

/* The younger ones first, as their lists are appended; and thawed they come after those of generation 2. */
static void
test_gc_heap_frozen_objects_keep_an_order(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *in[4], *old;

    (void)state;
    make_one_in_each(rt, in);
    rt_gc_freeze(rt);
    old = test_list(rt);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    rt_gc_unfreeze(rt);
    assert_generation_is(rt, 2, (struct rt_object *[]){old, in[3], in[0], in[1], in[2]}, 5);
    assert_int_equal(rt_gc_frozen_count(rt), 0);
    assert_verified(rt);
    drop_all(rt, in, 4);
    rt_decref(rt, old);
    rt_destroy(rt);
}

static void
test_gc_heap_frozen_trash_is_found_when_thawed(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    test_trash(rt, 7);
    rt_gc_freeze(rt);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    rt_gc_unfreeze(rt);
    assert_gc_lengths(rt, 0, 0, 7);
    assert_int_equal(rt_gc_collect(rt, 1), 0);
    assert_int_equal(rt_gc_collect(rt, 2), 7);
    rt_destroy(rt);
}

/* A frozen object's references count as from outside. */
static void
test_gc_heap_frozen_objects_keep_others_alive(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *frozen = test_self_list(rt), *young;

    (void)state;
    rt_gc_freeze(rt);
    young = test_self_list(rt);
    assert_int_equal(rt_list_append(rt, frozen, young), 0);
    rt_decref(rt, young);
    rt_decref(rt, frozen);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_int_equal(young->count, 2);
    rt_gc_unfreeze(rt);
    assert_int_equal(rt_gc_collect(rt, 2), 2);
    rt_destroy(rt);
}

/* ---- Garbage and callbacks ---------------------------------------------------------------------- */

static void
test_gc_heap_lists_of_the_collectors_own_are_neither_counted_nor_tracked(void **state) {
    struct rt *rt = test_create(NULL, "gc.threshold0=1", NULL);
    struct rt_object *garbage, *callbacks;

    (void)state;
    rt_decref(rt, test_list(rt));
    garbage = test_have(rt_gc_garbage(rt));
    callbacks = test_have(rt_gc_callbacks(rt));
    assert_ptr_equal(garbage, rt_gc_garbage(rt));
    assert_ptr_equal(callbacks, rt_gc_callbacks(rt));
    assert_true(garbage != callbacks);
    assert_int_equal(rt_list_length(garbage) + rt_list_length(callbacks), 0);
    assert_false(rt_is_tracked(garbage));
    assert_false(rt_is_tracked(callbacks));
    assert_gc_counts(rt, 1, 0, 0);
    assert_int_equal(test_gc_runs(rt, 0), 0);
    rt_destroy(rt);
}

static void
test_gc_heap_lists_of_the_collectors_own_may_be_full_at_the_end(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *list = test_self_list(rt);

    (void)state;
    assert_int_equal(rt_list_append(rt, test_have(rt_gc_garbage(rt)), list), 0);
    assert_int_equal(rt_list_append(rt, test_have(rt_gc_callbacks(rt)), list), 0);
    rt_decref(rt, list);
    rt_destroy(rt);
}

enum does {
    DOES_NOTHING,
    DOES_FAIL,
    DOES_COLLECT,
    DOES_FREEZE,
    DOES_UNFREEZE,
};

struct called {
    enum does does;
    size_t count, order; /* of all calls of all */
    int64_t generation, collected, uncollectable;
    const struct rt_object *info;
    char phase[8];
    size_t *clock;
    uint64_t runs; /* as the statistics have them meanwhile */
    int64_t count0;
};

static int64_t
number_in(struct rt *rt, struct rt_object *info, const char *name) {
    struct rt_object *key = test_name(rt, name), *value = rt_dict_get(rt, info, key);
    int64_t number;

    assert_non_null(value);
    assert_int_equal(rt_int_value(rt, value, &number), 0);
    rt_decref(rt, key);
    return number;
}

static struct rt_object *
call(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct called *called = rt_function_data(function);
    struct rt_text text;

    assert_int_equal(count, 2);
    assert_true(rt_gc_is_collecting(rt));
    called->count++;
    called->order = ++*called->clock;
    rt_text_init(&text, called->phase, sizeof called->phase);
    rt_str_to_text(args[0], &text);
    called->info = args[1];
    assert_int_equal(rt_dict_length(args[1]), 3);
    called->generation = number_in(rt, args[1], "generation");
    called->collected = number_in(rt, args[1], "collected");
    called->uncollectable = number_in(rt, args[1], "uncollectable");
    called->runs = test_gc_runs(rt, (int)called->generation);
    called->count0 = rt_gc_count(rt, 0);
    if (called->does == DOES_COLLECT)
        assert_int_equal(rt_gc_collect(rt, 2), 0);
    if (called->does == DOES_FREEZE)
        rt_gc_freeze(rt);
    if (called->does == DOES_UNFREEZE)
        rt_gc_unfreeze(rt);
    return called->does == DOES_FAIL ? rt_fail(rt, ERANGE) : rt_incref(rt_none(rt));
}

static void
add_callback(struct rt *rt, struct called *called, enum does does, size_t *clock) {
    struct rt_object *function = test_have(rt_function_new(rt, call, NULL, called));

    *called = (struct called){.does = does, .clock = clock};
    assert_int_equal(rt_list_append(rt, test_have(rt_gc_callbacks(rt)), function), 0);
    rt_decref(rt, function);
}

static void
test_gc_heap_callbacks_are_told_phase_and_figures(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *class_object = test_class(rt, "N");
    struct called first, second;
    size_t clock = 0;

    (void)state;
    add_callback(rt, &first, DOES_NOTHING, &clock);
    add_callback(rt, &second, DOES_NOTHING, &clock);
    test_settle(rt);
    first.count = second.count = clock = 0;
    test_trash_pair(rt, class_object);
    test_trash_pair(rt, class_object);
    assert_int_equal(rt_gc_collect(rt, 1), 4);
    assert_int_equal(first.count, 2);
    assert_int_equal(second.count, 2);
    assert_int_equal(first.order, 3);
    assert_int_equal(second.order, 4);
    assert_string_equal(first.phase, "stop");
    assert_int_equal(first.generation, 1);
    assert_int_equal(first.collected, 4);
    assert_int_equal(first.uncollectable, 0);
    assert_ptr_equal(first.info, second.info);
    assert_int_equal(first.runs, 1); /* the statistics know of it by then */
    rt_list_clear(rt, rt_gc_callbacks(rt));
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

static struct rt_object *
note_start(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct called *called = rt_function_data(function);

    if (++called->count == 1) {
        struct rt_text text;

        assert_int_equal(count, 2);
        rt_text_init(&text, called->phase, sizeof called->phase);
        rt_str_to_text(args[0], &text);
        called->collected = number_in(rt, args[1], "collected");
        called->count0 = rt_gc_count(rt, 0);
    }
    return rt_incref(rt_none(rt));
}

/* And the dict of the stop is counted after the counts have been set back. */
static void
test_gc_heap_start_is_called_before_the_counts_change(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct called called = {.count = 0};
    struct rt_object *function = test_have(rt_function_new(rt, note_start, NULL, &called));

    (void)state;
    test_settle(rt);
    assert_int_equal(rt_list_append(rt, test_have(rt_gc_callbacks(rt)), function), 0);
    test_trash(rt, 20);
    assert_int_equal(rt_gc_collect(rt, 2), 20);
    assert_string_equal(called.phase, "start");
    assert_int_equal(called.collected, 0);
    assert_int_equal(called.count0, 21); /* with the info itself */
    assert_int_equal(called.count, 2);
    assert_gc_counts(rt, 1, 0, 0);
    rt_list_clear(rt, rt_gc_callbacks(rt));
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_gc_counts(rt, 0, 0, 0);
    rt_decref(rt, function);
    rt_destroy(rt);
}

static void
test_gc_heap_callback_that_fails_is_reported_and_the_next_is_called(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct called failing, next;
    struct test_heard heard;
    size_t clock = 0;

    (void)state;
    add_callback(rt, &failing, DOES_FAIL, &clock);
    add_callback(rt, &next, DOES_NOTHING, &clock);
    test_listen(rt, &heard);
    test_trash(rt, 2);
    assert_int_equal(rt_gc_collect(rt, 2), 2);
    assert_int_equal(failing.count, 2);
    assert_int_equal(next.count, 2);
    assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 2);
    assert_int_equal(heard.last[RT_EVENT_UNRAISABLE].count, ERANGE);
    rt_destroy(rt);
}

static void
test_gc_heap_callback_that_collects_collects_nothing(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct called called;
    size_t clock = 0;

    (void)state;
    add_callback(rt, &called, DOES_COLLECT, &clock);
    test_trash(rt, 2);
    assert_int_equal(rt_gc_collect(rt, 2), 2);
    assert_int_equal(called.count, 2);
    assert_int_equal(test_gc_runs(rt, 2), 1);
    assert_false(rt_gc_is_collecting(rt));
    rt_destroy(rt);
}

static void
test_gc_heap_callback_may_freeze_and_thaw(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *kept = test_list(rt);
    struct called called;
    size_t clock = 0;

    (void)state;
    add_callback(rt, &called, DOES_FREEZE, &clock);
    test_trash(rt, 2);
    assert_int_equal(rt_gc_collect(rt, 0), 2);
    assert_int_equal(rt_gc_generation_of(rt, kept), 3);
    assert_verified(rt);
    called.does = DOES_UNFREEZE;
    assert_int_equal(rt_gc_collect(rt, 0), 0);
    assert_int_equal(rt_gc_generation_of(rt, kept), 2);
    assert_verified(rt);
    rt_decref(rt, kept);
    rt_destroy(rt);
}

/* Where its dict cannot be made nobody is called, and the collection goes on. */
static void
test_gc_heap_collects_though_callbacks_cannot_be_told(void **state) {
    struct rt *rt = test_create(NULL, "alloc.fail_at=1000000000", NULL);
    struct called called;
    struct test_heard heard;
    size_t clock = 0;

    (void)state;
    add_callback(rt, &called, DOES_NOTHING, &clock);
    test_trash(rt, 2);
    test_listen(rt, &heard);
    rt->config.alloc_fail_every = 1;
    assert_int_equal(rt_gc_collect(rt, 2), 2);
    rt->config.alloc_fail_every = 0;
    assert_int_equal(called.count, 0);
    assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 2);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_heap_lists_a_generation_oldest_first_and_not_the_list),
        cmocka_unit_test(test_gc_heap_lists_the_youngest_generation_first_and_nothing_frozen),
        cmocka_unit_test(test_gc_heap_knows_of_each_object_where_it_is),
        cmocka_unit_test(test_gc_heap_refuses_generations_that_there_are_not),
        cmocka_unit_test(test_gc_heap_list_without_memory_is_none),
        cmocka_unit_test(test_gc_heap_freeze_takes_all_and_zeroes_the_counts),
        cmocka_unit_test(test_gc_heap_frozen_objects_keep_an_order),
        cmocka_unit_test(test_gc_heap_frozen_trash_is_found_when_thawed),
        cmocka_unit_test(test_gc_heap_frozen_objects_keep_others_alive),
        cmocka_unit_test(test_gc_heap_lists_of_the_collectors_own_are_neither_counted_nor_tracked),
        cmocka_unit_test(test_gc_heap_lists_of_the_collectors_own_may_be_full_at_the_end),
        cmocka_unit_test(test_gc_heap_callbacks_are_told_phase_and_figures),
        cmocka_unit_test(test_gc_heap_start_is_called_before_the_counts_change),
        cmocka_unit_test(test_gc_heap_callback_that_fails_is_reported_and_the_next_is_called),
        cmocka_unit_test(test_gc_heap_callback_that_collects_collects_nothing),
        cmocka_unit_test(test_gc_heap_callback_may_freeze_and_thaw),
        cmocka_unit_test(test_gc_heap_collects_though_callbacks_cannot_be_told),
    };

    return cmocka_run_group_tests_name("gc_heap", tests, NULL, NULL);
}
