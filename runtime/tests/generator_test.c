/* SPDX-License-Identifier: MIT
 *
 * Generators: items one by one, an end for good, and what they hold meanwhile.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/mourner.h"

#include "runtime/object.h"

/* Gives 0 ... limit - 1, and keeps a list of its own in slot 0 meanwhile. */
static struct rt_object *
count_up(struct rt *rt, struct rt_object *generator, void *data) {
    int64_t position = rt_generator_position(generator);

    if (position == *(const int64_t *)data)
        return NULL;
    if (rt_generator_slot(generator, 0) == NULL) {
        struct rt_object *list = rt_list_new(rt, 0);

        if (list == NULL)
            return NULL;
        rt_generator_set_slot(rt, generator, 0, list);
        rt_decref(rt, list);
    }
    rt_generator_set_position(generator, position + 1);
    return rt_int_new(rt, position);
}

static void
test_generator_gives_its_items_and_then_ends_for_good(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    int64_t limit = 5, value = 0;
    struct rt_object *generator = rt_generator_new(rt, count_up, &limit, 1), *item;

    (void)state;
    for (int64_t i = 0; i < limit; i++) {
        item = rt_generator_next(rt, generator);
        assert_int_equal(rt_int_value(rt, item, &value), 0);
        assert_int_equal(value, i);
        rt_decref(rt, item);
        assert_non_null(rt_generator_slot(generator, 0));
    }
    for (int i = 0; i < 3; i++) {
        assert_null(rt_generator_next(rt, generator));
        assert_int_equal(rt_error(rt), ENOENT);
        assert_null(rt_generator_slot(generator, 0)); /* let go at once */
        limit = 100;
    }
    rt_decref(rt, generator);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_generator_has_cpythons_size_by_slots(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t slots = 1; slots < 8; slots++) {
        struct rt_object *generator = rt_generator_new(rt, count_up, NULL, slots);

        assert_int_equal(rt_sizeof(generator), 168 + 8 * slots);
        assert_int_equal(rt_block_bytes(generator), rt_sizeof(generator));
        assert_int_equal(rt->young_count, 1);
        assert_true(rt_is_tracked(generator));
        rt_decref(rt, generator);
        assert_int_equal(rt->young_count, 0);
    }
    assert_null(rt_generator_new(rt, count_up, NULL, SIZE_MAX / 8));
    assert_int_equal(rt_error(rt), ERANGE);
    rt_destroy(rt);
}

static struct rt_object *
ask_itself(struct rt *rt, struct rt_object *generator, void *data) {
    (void)data;
    assert_null(rt_generator_next(rt, generator));
    return NULL; /* with the reason of that call */
}

static void
test_generator_that_runs_cannot_be_asked(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *generator = rt_generator_new(rt, ask_itself, NULL, 0);

    (void)state;
    assert_null(rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, generator);
    rt_destroy(rt);
}

static void
test_generator_fills_a_list_as_cpython_does(void **state) {
    static const struct {
        int64_t length;
        size_t capacity;
    } cases[] = {{0, 0}, {1, 4}, {2, 8}, {8, 8}, {9, 16}, {16, 16}, {17, 24}, {24, 24}};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t limit = cases[i].length;
        struct rt_object *generator = rt_generator_new(rt, count_up, &limit, 1);
        struct rt_object *list = rt_list_from_generator(rt, generator);

        assert_int_equal(rt_list_length(list), cases[i].length);
        if (limit > 0)
            assert_int_equal(rt_list_capacity(list), cases[i].capacity);
        rt_decref(rt, list);
        rt_decref(rt, generator);
    }
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_generator_dies_with_what_it_holds(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    int64_t limit = 5;
    struct rt_object *generator = rt_generator_new(rt, count_up, &limit, 1);
    struct rt_object *weakref = rt_weakref_new(rt, generator, NULL);

    (void)state;
    rt_decref(rt, rt_generator_next(rt, generator));
    rt_decref(rt, generator);
    assert_null(rt_weakref_get(rt, weakref));
    rt_decref(rt, weakref);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static struct rt_object *
fail_twice_meanwhile(struct rt *rt, struct rt_object *generator, void *data) {
    int64_t position = rt_generator_position(generator);

    (void)data;
    rt_generator_set_position(generator, position + 1);
    if (position == 1)
        (void)rt_fail(rt, ELOOP); /* and goes on */
    return position == 2 ? rt_fail(rt, ERANGE) : rt_incref(rt_none(rt));
}

static void
test_generator_leaves_the_last_error_alone_unless_something_fails(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *generator = rt_generator_new(rt, fail_twice_meanwhile, NULL, 1);

    (void)state;
    (void)rt_fail(rt, EINVAL);
    rt_decref(rt, rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), ELOOP);
    assert_null(rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), ERANGE);
    assert_null(rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), ENOENT);
    rt_decref(rt, generator);
    rt_destroy(rt);
}

static void
fail_otherwise(struct rt *rt, struct test_log *log) {
    assert_null(rt_generator_next(rt, log->victim));
    (void)rt_fail(rt, EINVAL);
}

static struct rt_object *
run_out(struct rt *rt, struct rt_object *generator, void *data) {
    (void)generator, (void)data;
    return rt_fail(rt, ERANGE);
}

static void
test_generator_has_ended_when_its_slots_are_let_go(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.at_death = fail_otherwise};
    struct rt_object *generator = rt_generator_new(rt, run_out, NULL, 3);

    (void)state;
    for (int64_t i = 0; i < 3; i++) {
        struct rt_object *mourner = test_mourner(rt, &log, i);

        rt_generator_set_slot(rt, generator, (size_t)i, mourner);
        rt_decref(rt, mourner);
    }
    log.victim = generator;
    assert_null(rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), ERANGE);
    assert_died(&log, (const int64_t[]){0, 1, 2}, 3);
    rt_decref(rt, generator);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
count_visit(struct rt_object *object, void *context) {
    (void)object;
    ++*(int *)context;
}

static void
test_generator_is_visited_and_ended_by_clear(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    int64_t limit = 5;
    int visits = 0;
    struct rt_object *generator = rt_generator_new(rt, count_up, &limit, 2);

    (void)state;
    rt_decref(rt, rt_generator_next(rt, generator));
    rt_generator_set_slot(rt, generator, 1, generator); /* a cycle */
    rt_visit(generator, count_visit, &visits);
    assert_int_equal(visits, 2);
    assert_verified(rt);
    generator->type->clear(rt, generator);
    assert_int_equal(generator->count, 1);
    assert_null(rt_generator_next(rt, generator));
    assert_int_equal(rt_error(rt), ENOENT);
    rt_decref(rt, generator);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_generator_chain_of_any_length_is_released(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *chain = test_mourner(rt, &log, 7);

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct rt_object *generator = rt_generator_new(rt, count_up, NULL, 1);

        rt_generator_set_slot(rt, generator, 0, chain);
        rt_decref(rt, chain);
        chain = generator;
    }
    rt_decref(rt, chain);
    assert_died(&log, (const int64_t[]){7}, 1);
    assert_verified(rt);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_generator_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (uint64_t n = 1; !is_done; n++) {
            struct rt *rt = test_create_fallible(test_backends[b]);
            int64_t limit = 1000;
            struct rt_object *generator, *item = NULL;

            test_fail_at(rt, n);
            generator = rt_generator_new(rt, count_up, &limit, 1);
            if (generator != NULL) {
                rt_generator_set_position(generator, 500); /* not a shared int */
                item = rt_generator_next(rt, generator);
            }
            is_done = item != NULL;
            assert_true(is_done || rt_error(rt) == ENOMEM);
            assert_verified(rt);
            test_fail_at(rt, 0);
            rt_xdecref(rt, item);
            rt_xdecref(rt, generator);
            rt_free_lists_clear(rt);
            assert_int_equal(rt->young_count, 0);
            assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
            rt_destroy(rt);
            assert_true(n < 100);
        }
    }
}

/* As CPython's generators do, started or not: gc.collect() finds nothing that is left to collect. */
static void
test_generator_in_trash_is_closed_before_anything_is_cleared(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    struct rt_object *generator = rt_generator_new(rt, count_up, NULL, 1);
    struct rt_object *box = rt_list_new(rt, 0), *other = rt_list_new(rt, 0);

    (void)state;
    assert_int_equal(rt_list_append(rt, box, generator), 0);
    rt_generator_set_slot(rt, generator, 0, box);
    rt_decref(rt, generator);
    rt_decref(rt, box);
    assert_int_equal(rt_gc_objects_count(rt, -1), 3);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_int_equal(rt_gc_objects_count(rt, -1), 1);

    /* One in a cycle that does not need it is cleared with the others. */
    generator = rt_generator_new(rt, count_up, NULL, 1);
    assert_int_equal(rt_list_append(rt, other, other), 0);
    assert_int_equal(rt_list_append(rt, other, generator), 0);
    rt_decref(rt, generator);
    rt_decref(rt, other);
    assert_int_equal(rt_gc_collect(rt, 2), 2);
    assert_int_equal(rt_gc_objects_count(rt, -1), 0);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generator_gives_its_items_and_then_ends_for_good),
        cmocka_unit_test(test_generator_has_cpythons_size_by_slots),
        cmocka_unit_test(test_generator_that_runs_cannot_be_asked),
        cmocka_unit_test(test_generator_fills_a_list_as_cpython_does),
        cmocka_unit_test(test_generator_dies_with_what_it_holds),
        cmocka_unit_test(test_generator_leaves_the_last_error_alone_unless_something_fails),
        cmocka_unit_test(test_generator_has_ended_when_its_slots_are_let_go),
        cmocka_unit_test(test_generator_is_visited_and_ended_by_clear),
        cmocka_unit_test(test_generator_in_trash_is_closed_before_anything_is_cleared),
        cmocka_unit_test(test_generator_chain_of_any_length_is_released),
        cmocka_unit_test(test_generator_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("generator", tests, NULL, NULL);
}
