/* SPDX-License-Identifier: MIT
 *
 * Instances: their sizes by layout and number, their memory, and the order in which they die.
 */
#include "runtime/tests/objects.h"

#include "runtime/class.h"

static const char *const backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                       "alloc.backend=debug"};

static struct rt_object *
plain_class(struct rt *rt) {
    struct rt_class_spec spec = {.name = "Plain"};
    struct rt_object *class_object = rt_class_new(rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

static struct rt_object *
slots_class(struct rt *rt, size_t count) {
    static const char *const names[] = {"z", "a", "m", "b"};
    struct rt_class_spec spec = {.name = "Slots", .slots = names, .slot_count = count};
    struct rt_object *class_object = rt_class_new(rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

static void
set_attributes(struct rt *rt, struct rt_object *instance, int count) {
    for (int i = 0; i < count; i++) {
        char name[3] = {'a', (char)('a' + i), 0};

        assert_int_equal(test_set(rt, instance, name, rt_none(rt)), 0);
    }
}

/* ---- Sizes ---- */

static void
test_instance_sizes_are_those_of_the_layouts(void **state) {
    static const char *const one[] = {"a"};
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_class_spec weak = {.name = "W", .slots = one, .slot_count = 1, .has_weakref = true};
    struct rt_class_spec dict = {.name = "D", .slots = one, .slot_count = 0, .has_dict = true};
    struct rt_object *classes[] = {plain_class(rt),         slots_class(rt, 0),
                                   slots_class(rt, 1),      slots_class(rt, 2),
                                   rt_class_new(rt, &weak), rt_class_new(rt, &dict)};
    const size_t sizes[] = {56, 32, 40, 48, 48, 48};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct rt_object *instance = rt_instance_new(rt, classes[i]);

        assert_int_equal(rt_sizeof(instance), sizes[i]);
        rt_decref(rt, instance);
    }
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static uint64_t
live_bytes(struct rt *rt) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(rt, values);
    return values[RT_STAT_LIVE_REQUESTED_BYTES];
}

static void
test_instance_blocks_shrink_with_each_new_instance(void **state) {
    /* Attributes: what the first, second and fortieth instance take, with their values. */
    static const struct {
        int attributes;
        size_t first, second, later;
    } cases[] = {{0, 320, 312, 72},  {1, 320, 312, 80},  {2, 320, 312, 88},  {3, 320, 312, 96},
                 {5, 320, 312, 112}, {6, 320, 312, 128}, {8, 320, 312, 144}, {14, 320, 312, 200}};

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
        struct rt_object *class_object = plain_class(rt);
        uint64_t taken[40];

        for (size_t i = 0; i < 40; i++) {
            uint64_t before = live_bytes(rt);
            struct rt_object *instance = rt_instance_new(rt, class_object);

            taken[i] = live_bytes(rt) - before;
            assert_int_equal(rt_block_bytes(instance), taken[i]);
            set_attributes(rt, instance, cases[c].attributes);
        }
        assert_int_equal(taken[0], cases[c].first);
        assert_int_equal(taken[1], cases[c].second);
        assert_int_equal(taken[39], cases[c].later);
        assert_int_equal(rt_verify(rt, NULL), 0);
        rt_destroy(rt);
    }
}

static void
test_instance_shares_twenty_nine_names_and_not_the_thirtieth(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *class_object = plain_class(rt);
    struct rt_object *instance = rt_instance_new(rt, class_object);

    (void)state;
    for (int i = 0; i < 29; i++) {
        set_attributes(rt, instance, i + 1);
        assert_non_null(rt_instance_managed(instance)->values);
    }
    for (int i = 0; i < 30; i++) {
        char name[3] = {'x', (char)('a' + i), 0};

        if (i == 0) {
            assert_int_equal(test_set(rt, instance, name, rt_none(rt)), 0);
        }
    }
    assert_null(rt_instance_managed(instance)->values);
    assert_int_equal(rt_sizeof(rt_instance_dict(rt, instance)), 1584);
    assert_int_equal(rt_dict_length(rt_instance_dict(rt, instance)), 30);
    rt_decref(rt, instance);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_instance_dicts_have_cpythons_sizes_when_looked_at(void **state) {
    static const size_t sizes[] = {72, 80, 88, 96}; /* by attributes, of a later instance */
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);

    (void)state;
    for (int k = 0; k < 4; k++) {
        struct rt_object *class_object = plain_class(rt), *instance = NULL;

        for (int i = 0; i < 40; i++) {
            rt_xdecref(rt, instance);
            instance = rt_instance_new(rt, class_object);
            set_attributes(rt, instance, k);
        }
        assert_int_equal(rt_sizeof(rt_instance_dict(rt, instance)), sizes[k]);
        assert_int_equal(rt_sizeof(instance), 56);
        rt_decref(rt, instance);
    }
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* ---- Counts for the collector ---- */

static void
test_instance_counts_one_and_its_dict_another(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *class_object = plain_class(rt);
    int64_t before = rt->young_count;
    struct rt_object *instance = rt_instance_new(rt, class_object);

    (void)state;
    assert_true(rt_is_tracked(instance));
    assert_int_equal(rt->young_count, before + 1);
    assert_non_null(rt_instance_dict(rt, instance));
    assert_int_equal(rt->young_count, before + 2);
    rt_decref(rt, instance); /* the dict stays on its free list */
    assert_int_equal(rt->young_count, before + 1);
    rt_destroy(rt);
}

static void
test_class_makes_seven_containers(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    int64_t before = rt->young_count;

    (void)state;
    plain_class(rt);
    assert_int_equal(rt->young_count, before + 7);
    rt_destroy(rt);
}

/* ---- Death ---- */

static void
test_instance_drops_attributes_in_the_classes_order(void **state) {
    struct test_deaths deaths = {.count = 0};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *mourned = test_mourned_class(rt, &deaths);
    struct rt_object *class_object = plain_class(rt);
    struct rt_object *first = rt_instance_new(rt, class_object);
    struct rt_object *second = rt_instance_new(rt, class_object);
    static const char *const names[] = {"c", "b", "a"};

    (void)state;
    set_attributes(rt, first, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(test_set(rt, first, names[2 - i], rt_none(rt)), 0);
    }
    for (int i = 0; i < 3; i++) {
        struct rt_object *value = test_mourned(rt, mourned, names[i][0]);

        assert_int_equal(test_set(rt, second, names[i], value), 0);
        rt_decref(rt, value);
    }
    rt_decref(rt, second);
    assert_int_equal(deaths.count, 3);
    assert_int_equal(deaths.numbers[0], 'a');
    assert_int_equal(deaths.numbers[1], 'b');
    assert_int_equal(deaths.numbers[2], 'c');
    rt_decref(rt, first);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_instance_drops_slots_by_alphabet_derived_class_first(void **state) {
    static const char *const more[] = {"y", "x"};
    struct test_deaths deaths = {.count = 0};
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *mourned = test_mourned_class(rt, &deaths);
    struct rt_class_spec derived = {
        .name = "Derived", .base = slots_class(rt, 3), .slots = more, .slot_count = 2};
    struct rt_object *instance = rt_instance_new(rt, rt_class_new(rt, &derived));
    static const char order[] = "xyamz";

    (void)state;
    assert_int_equal(rt_sizeof(instance), 16 + 16 + 5 * 8);
    for (const char *name = "zamyx"; *name != '\0'; name++) {
        const char text[2] = {*name, 0};
        struct rt_object *value = test_mourned(rt, mourned, *name);

        assert_int_equal(test_set(rt, instance, text, value), 0);
        rt_decref(rt, value);
    }
    rt_decref(rt, instance);
    assert_int_equal(deaths.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(deaths.numbers[i], order[i]);
    }
    rt_destroy(rt);
}

struct phoenix {
    struct rt_object *nest;
    int calls;
};

static void
rise(struct rt *rt, struct rt_object *self, void *data) {
    struct phoenix *phoenix = data;

    (void)rt;
    phoenix->calls++;
    phoenix->nest = rt_incref(self);
}

static void
test_instance_that_rises_in_its_finalizer_dies_without_it_later(void **state) {
    struct phoenix phoenix = {.calls = 0};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_class_spec spec = {.name = "Phoenix", .finalizer = rise, .finalizer_data = &phoenix};
    struct rt_object *class_object = rt_class_new(rt, &spec);
    struct rt_object *instance = rt_instance_new(rt, class_object);
    struct rt_object *weakref = rt_weakref_new(rt, instance, NULL);

    (void)state;
    set_attributes(rt, instance, 2);
    rt_decref(rt, instance);
    assert_int_equal(phoenix.calls, 1);
    assert_ptr_equal(phoenix.nest, instance);
    assert_int_equal(instance->count, 1);
    assert_true(rt_is_tracked(instance));
    assert_true(rt_instance_is_finalized(instance));
    assert_ptr_equal(rt_weakref_get(rt, weakref), instance);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_decref(rt, instance);
    assert_int_equal(phoenix.calls, 1);
    assert_null(rt_weakref_get(rt, weakref));
    rt_decref(rt, weakref);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_instance_chain_of_a_million_is_released_at_once(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *class_object = plain_class(rt), *head = NULL;
    struct rt_object *name = test_name(rt, "next");

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        struct rt_object *instance = rt_instance_new(rt, class_object);

        assert_non_null(instance);
        if (head != NULL) {
            assert_int_equal(rt_attr_set(rt, instance, name, head), 0);
            rt_decref(rt, head);
        }
        head = instance;
    }
    rt_decref(rt, head);
    rt_decref(rt, name);
    assert_int_equal(class_object->count, 1 + 1 + 2); /* ours, its ancestors', its descriptors' */
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* ---- Failures ---- */

static bool
make_and_fill(struct rt *rt, struct rt_object *class_object, struct rt_object *name) {
    struct rt_object *instance = rt_instance_new(rt, class_object);
    bool is_done = instance != NULL && rt_attr_set(rt, instance, name, rt_none(rt)) == 0 &&
                   rt_instance_dict(rt, instance) != NULL;

    rt_xdecref(rt, instance);
    return is_done;
}

static void
test_instance_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (int n = 1; !is_done; n++) {
            struct rt *rt = test_create(NULL, backends[b], NULL);
            struct rt_class_spec spec = {.name = "C"};
            struct rt_object *class_object, *name = rt_str_name(rt, "attribute");

            rt->config.alloc_fail_at = n;
            rt->has_faults = true;
            rt->fast_bytes = rt->fast_span = 0;
            class_object = rt_class_new(rt, &spec);
            is_done = class_object != NULL && make_and_fill(rt, class_object, name);
            if (!is_done) {
                assert_int_equal(rt_error(rt), ENOMEM);
            }
            rt_xdecref(rt, class_object);
            rt_decref(rt, name);
            assert_int_equal(rt_verify(rt, NULL), 0);
            rt_destroy(rt);
            assert_true(n < 100);
        }
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instance_sizes_are_those_of_the_layouts),
        cmocka_unit_test(test_instance_blocks_shrink_with_each_new_instance),
        cmocka_unit_test(test_instance_shares_twenty_nine_names_and_not_the_thirtieth),
        cmocka_unit_test(test_instance_dicts_have_cpythons_sizes_when_looked_at),
        cmocka_unit_test(test_instance_counts_one_and_its_dict_another),
        cmocka_unit_test(test_class_makes_seven_containers),
        cmocka_unit_test(test_instance_drops_attributes_in_the_classes_order),
        cmocka_unit_test(test_instance_drops_slots_by_alphabet_derived_class_first),
        cmocka_unit_test(test_instance_that_rises_in_its_finalizer_dies_without_it_later),
        cmocka_unit_test(test_instance_chain_of_a_million_is_released_at_once),
        cmocka_unit_test(test_instance_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}
