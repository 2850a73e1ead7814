/* SPDX-License-Identifier: MIT
 *
 * Attributes: where a name is found, what a hint may say, and a model that remembers.
 */
#include "runtime/tests/objects.h"
#include "runtime/tests/seed.h"

#include "runtime/class.h"

#include <stdio.h>

static struct rt_object *
make_class(struct rt *rt, struct rt_object *base, const char *const *slots, size_t count) {
    struct rt_class_spec spec = {.name = "C", .base = base, .slots = slots, .slot_count = count};
    struct rt_object *class_object = rt_class_new(rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

static void
test_attribute_is_set_read_changed_and_deleted(void **state) {
    static const char *const slots[] = {"a", "b"};

    (void)state;
    for (int with_slots = 0; with_slots < 2; with_slots++) {
        struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
        struct rt_object *instance = rt_instance_new(
            rt, with_slots ? make_class(rt, NULL, slots, 2) : make_class(rt, NULL, NULL, 0));

        assert_null(test_get(rt, instance, "a"));
        assert_int_equal(rt_error(rt), ENOENT);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(test_set(rt, instance, "a", rt_none(rt)), 0);
            assert_ptr_equal(test_get(rt, instance, "a"), rt_none(rt));
            assert_int_equal(test_set(rt, instance, "a", rt_bool(rt, true)), 0);
            assert_ptr_equal(test_get(rt, instance, "a"), rt_bool(rt, true));
            assert_null(test_get(rt, instance, "b"));
            assert_int_equal(test_delete(rt, instance, "a"), 0);
            assert_null(test_get(rt, instance, "a"));
            assert_int_equal(test_delete(rt, instance, "a"), ENOENT);
        }
        assert_int_equal(rt_verify(rt, NULL), 0);
        rt_decref(rt, instance);
        rt_destroy(rt);
    }
}

static void
test_attribute_unknown_to_slots_is_refused(void **state) {
    static const char *const slots[] = {"a"};
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *instance = rt_instance_new(rt, make_class(rt, NULL, slots, 1));

    (void)state;
    assert_int_equal(test_set(rt, instance, "other", rt_none(rt)), ENOENT);
    assert_null(rt_instance_dict(rt, instance));
    assert_int_equal(rt_error(rt), EINVAL);
    rt_decref(rt, instance);
    rt_destroy(rt);
}

static void
test_attribute_of_the_class_is_hidden_by_the_instances_own(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *base = make_class(rt, NULL, NULL, 0);
    struct rt_object *class_object = make_class(rt, base, NULL, 0);
    struct rt_object *instance = rt_instance_new(rt, class_object);
    struct rt_object *name = test_name(rt, "color");

    (void)state;
    assert_int_equal(rt_class_set(rt, base, name, rt_bool(rt, true)), 0);
    assert_ptr_equal(test_get(rt, instance, "color"), rt_bool(rt, true));
    assert_int_equal(rt_class_set(rt, class_object, name, rt_bool(rt, false)), 0);
    assert_ptr_equal(test_get(rt, instance, "color"), rt_bool(rt, false));
    assert_int_equal(rt_attr_set(rt, instance, name, rt_none(rt)), 0);
    assert_ptr_equal(test_get(rt, instance, "color"), rt_none(rt));
    assert_int_equal(rt_attr_delete(rt, instance, name), 0);
    assert_ptr_equal(test_get(rt, instance, "color"), rt_bool(rt, false));
    assert_ptr_equal(rt_class_get(rt, class_object, name), rt_bool(rt, false));
    rt_decref(rt, name);
    rt_decref(rt, instance);
    rt_destroy(rt);
}

static void
test_attribute_hint_is_forgotten_when_a_derived_class_covers_a_slot(void **state) {
    static const char *const slots[] = {"a"};
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *base = make_class(rt, NULL, slots, 1);
    struct rt_object *derived = make_class(rt, base, NULL, 0);
    struct rt_object *instance = rt_instance_new(rt, derived);
    struct rt_object *name = test_name(rt, "a");

    (void)state;
    assert_int_equal(rt_attr_set(rt, instance, name, rt_bool(rt, true)), 0);
    assert_ptr_equal(test_get(rt, instance, "a"), rt_bool(rt, true));
    assert_int_equal(rt_class_set(rt, base, name, rt_none(rt)), 0); /* the descriptor is gone */
    assert_ptr_equal(test_get(rt, instance, "a"), rt_none(rt));
    assert_int_equal(rt_attr_set(rt, instance, name, rt_bool(rt, false)), 0);
    assert_ptr_equal(test_get(rt, instance, "a"), rt_bool(rt, false));
    rt_decref(rt, instance);
    rt_decref(rt, name);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static struct rt_object *
answer(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    (void)function;
    return count == 1 ? rt_incref(args[0]) : rt_fail(rt, EINVAL);
}

static size_t
count_hints(struct rt_object *class_object, const struct rt_object *name) {
    const struct rt_class *self = (const struct rt_class *)class_object;
    size_t count = 0;

    for (size_t i = 0; i < RT_CLASS_HINT_COUNT; i++)
        count += self->hints[i].name == name;
    return count;
}

/* Of names made one after the other two have the same place. */
static void
make_colliding_names(struct rt *rt, struct rt_object *class_object,
                     struct rt_object *ret_names[2]) {
    struct rt_object *names[RT_CLASS_HINT_COUNT + 1];
    bool is_found = false;

    for (int i = 0; i <= RT_CLASS_HINT_COUNT; i++) {
        char text[24];

        snprintf(text, sizeof text, "attribute%d", i);
        names[i] = test_name(rt, text);
        for (int k = 0; !is_found && k < i; k++)
            if (rt_class_hint((struct rt_class *)class_object, names[k]) ==
                rt_class_hint((struct rt_class *)class_object, names[i])) {
                ret_names[0] = rt_incref(names[k]);
                ret_names[1] = rt_incref(names[i]);
                is_found = true;
            }
    }
    assert_true(is_found);
    for (int i = 0; i <= RT_CLASS_HINT_COUNT; i++)
        rt_decref(rt, names[i]);
}

static void
test_attribute_names_of_one_place_both_have_a_hint(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *class_object = make_class(rt, NULL, NULL, 0), *names[2];
    struct rt_object *instance = rt_instance_new(rt, class_object);
    struct rt_object *values[2] = {rt_bool(rt, true), rt_bool(rt, false)};

    (void)state;
    make_colliding_names(rt, class_object, names);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 2; i++) {
            assert_int_equal(rt_attr_set(rt, instance, names[i], values[(round + i) % 2]), 0);
            struct rt_object *found = rt_attr_get(rt, instance, names[i]);
            assert_ptr_equal(found, values[(round + i) % 2]);
            rt_decref(rt, found);
        }
    assert_int_equal(count_hints(class_object, names[0]), 1);
    assert_int_equal(count_hints(class_object, names[1]), 1);
    assert_int_equal(rt_verify(rt, NULL), 0);
    /* What the second hint says is forgotten, too, and an attribute that is gone is not found by it. */
    assert_int_equal(rt_attr_delete(rt, instance, names[1]), 0);
    assert_null(rt_attr_get(rt, instance, names[1]));
    assert_int_equal(rt_class_set(rt, class_object, names[1], rt_none(rt)), 0);
    assert_int_equal(count_hints(class_object, names[1]), 0);
    for (int i = 0; i < 2; i++)
        rt_decref(rt, names[i]);
    rt_decref(rt, instance);
    rt_destroy(rt);
}

static void
test_attribute_that_is_a_function_of_the_class_becomes_a_method(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *class_object = make_class(rt, NULL, NULL, 0);
    struct rt_object *instance = rt_instance_new(rt, class_object);
    struct rt_object *function = rt_function_new(rt, answer, NULL, NULL);
    struct rt_object *name = test_name(rt, "answer"), *method, *result;

    (void)state;
    assert_int_equal(rt_class_set(rt, class_object, name, function), 0);
    method = rt_attr_get(rt, instance, name);
    assert_int_equal(rt_kind(method), RT_KIND_METHOD);
    result = rt_call(rt, method, NULL, 0);
    assert_ptr_equal(result, instance);
    rt_decref(rt, result);
    rt_decref(rt, method);
    assert_int_equal(rt_attr_set(rt, instance, name, function), 0);
    assert_ptr_equal(test_get(rt, instance, "answer"), function); /* an instance's own does not */
    rt_decref(rt, name);
    rt_decref(rt, function);
    rt_decref(rt, instance);
    rt_destroy(rt);
}

static void
test_attribute_names_need_not_be_interned(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=pool", NULL);
    struct rt_object *instance = rt_instance_new(rt, make_class(rt, NULL, NULL, 0));
    struct rt_object *one = rt_str_new(rt, "speed", 5), *other = rt_str_new(rt, "speed", 5);

    (void)state;
    assert_ptr_not_equal(one, other);
    assert_int_equal(rt_attr_set(rt, instance, one, rt_none(rt)), 0);
    assert_int_equal(rt_attr_set(rt, instance, other, rt_bool(rt, true)), 0);
    assert_ptr_equal(test_get(rt, instance, "speed"), rt_bool(rt, true));
    assert_int_equal(rt_dict_length(rt_instance_dict(rt, instance)), 1);
    rt_decref(rt, one);
    rt_decref(rt, other);
    rt_decref(rt, instance);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* ---- A model: attributes by number, small ints as values ---- */

enum {
    MODEL_NAMES = 40,
    MODEL_INSTANCES = 8,
    MODEL_STEPS = 20000
};

struct model {
    struct rt *rt;
    struct rt_object *names[MODEL_NAMES], *classes[3], *instances[MODEL_INSTANCES];
    int layouts[MODEL_INSTANCES], values[MODEL_INSTANCES][MODEL_NAMES]; /* -1: not set */
};

static void
renew(struct model *model, size_t i, uint64_t draw) {
    if (model->instances[i] != NULL)
        rt_decref(model->rt, model->instances[i]);
    model->layouts[i] = (int)(draw % 3);
    model->instances[i] = rt_instance_new(model->rt, model->classes[model->layouts[i]]);
    assert_non_null(model->instances[i]);
    for (size_t n = 0; n < MODEL_NAMES; n++)
        model->values[i][n] = -1;
}

static bool
accepts(const struct model *model, size_t i, size_t name) {
    return model->layouts[i] != 1 || name < 4;
}

static void
check_one(struct model *model, size_t i, size_t name) {
    struct rt_object *value = rt_attr_get(model->rt, model->instances[i], model->names[name]);
    int64_t number = -1;

    if (value != NULL) {
        assert_int_equal(rt_int_value(model->rt, value, &number), 0);
        rt_decref(model->rt, value);
    }
    assert_int_equal(number, model->values[i][name]);
}

static void
take_step(struct model *model, uint64_t draw) {
    size_t i = draw % MODEL_INSTANCES, name = draw / 8 % MODEL_NAMES % (draw / 512 % 64 + 1);
    int number = (int)(draw / 4096 % 200);

    switch (draw >> 40 & 15) {
    case 0:
        if (model->layouts[i] != 1)
            assert_non_null(rt_instance_dict(model->rt, model->instances[i]));
        break;
    case 1:
        if ((draw >> 44 & 7) == 0)
            renew(model, i, draw >> 48);
        break;
    case 2:
    case 3:
        assert_int_equal(rt_attr_delete(model->rt, model->instances[i], model->names[name]),
                         model->values[i][name] >= 0 ? 0 : -1);
        model->values[i][name] = -1;
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        check_one(model, i, name);
        break;
    default: {
        struct rt_object *value = rt_int_new(model->rt, number);
        int status = rt_attr_set(model->rt, model->instances[i], model->names[name], value);

        assert_int_equal(status, accepts(model, i, name) ? 0 : -1);
        if (status == 0)
            model->values[i][name] = number;
        rt_decref(model->rt, value);
    }
    }
}

static void
test_attributes_agree_with_a_model(void **state) {
    static const char *const slots[] = {"n0", "n1", "n2", "n3"};
    struct model model = {.rt = test_create(NULL, "alloc.backend=debug", NULL)};
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (int n = 0; n < MODEL_NAMES; n++) {
        char text[16];

        snprintf(text, sizeof text, "n%d", n);
        model.names[n] = test_name(model.rt, text);
    }
    model.classes[0] = make_class(model.rt, NULL, NULL, 0);
    model.classes[1] = make_class(model.rt, NULL, slots, 4);
    model.classes[2] = make_class(model.rt, model.classes[1], NULL, 0);
    for (size_t i = 0; i < MODEL_INSTANCES; i++)
        renew(&model, i, i);
    for (int step = 0; step < MODEL_STEPS; step++) {
        take_step(&model, test_random_next(&random));
        if (step % 256 == 0) {
            assert_int_equal(rt_verify(model.rt, NULL), 0);
            for (size_t i = 0; i < MODEL_INSTANCES; i++)
                for (size_t n = 0; n < MODEL_NAMES; n++)
                    check_one(&model, i, n);
        }
    }
    for (size_t i = 0; i < MODEL_INSTANCES; i++)
        rt_decref(model.rt, model.instances[i]);
    assert_int_equal(rt_verify(model.rt, NULL), 0);
    rt_destroy(model.rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribute_is_set_read_changed_and_deleted),
        cmocka_unit_test(test_attribute_unknown_to_slots_is_refused),
        cmocka_unit_test(test_attribute_of_the_class_is_hidden_by_the_instances_own),
        cmocka_unit_test(test_attribute_hint_is_forgotten_when_a_derived_class_covers_a_slot),
        cmocka_unit_test(test_attribute_names_of_one_place_both_have_a_hint),
        cmocka_unit_test(test_attribute_that_is_a_function_of_the_class_becomes_a_method),
        cmocka_unit_test(test_attribute_names_need_not_be_interned),
        cmocka_unit_test(test_attributes_agree_with_a_model),
    };

    return cmocka_run_group_tests_name("attribute", tests, NULL, NULL);
}
