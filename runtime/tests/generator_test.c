/* SPDX-License-Identifier: MIT
 *
 * Generators: items one by one, an end for good, and what they hold meanwhile.
 */
#include "runtime/tests/objects.h"

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

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generator_gives_its_items_and_then_ends_for_good),
        cmocka_unit_test(test_generator_has_cpythons_size_by_slots),
        cmocka_unit_test(test_generator_that_runs_cannot_be_asked),
        cmocka_unit_test(test_generator_fills_a_list_as_cpython_does),
        cmocka_unit_test(test_generator_dies_with_what_it_holds),
    };

    return cmocka_run_group_tests_name("generator", tests, NULL, NULL);
}
