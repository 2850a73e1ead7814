/* SPDX-License-Identifier: MIT
 *
 * Arrays: capacities, values and their limits, and failures that change nothing.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/seed.h"

#include "runtime/object.h"

struct step {
    size_t length, capacity;
};

static struct rt_object *
make(struct rt *rt, enum rt_array_code code, size_t length) {
    struct rt_object *array = rt_array_new(rt, code, length);

    assert_non_null(array);
    return array;
}

static void
append(struct rt *rt, struct rt_object *array, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (rt_array_code(array) == RT_ARRAY_D)
            assert_int_equal(rt_array_append_double(rt, array, (double)i), 0);
        else
            assert_int_equal(rt_array_append_integer(rt, array, (int64_t)i), 0);
    }
}

/* ---- Capacities --------------------------------------------------------------------------------- */

static void
test_array_grows_by_python_s_staircase(void **state) {
    static const size_t item_bytes[] = {4, 8, 8};
    static const struct step steps[] = {{1, 4},     {5, 8},     {9, 16},    {17, 25},   {26, 34},
                                        {35, 44},   {45, 54},   {55, 65},   {66, 77},   {78, 89},
                                        {90, 102},  {103, 116}, {117, 131}, {132, 147}, {148, 164},
                                        {165, 182}, {183, 201}, {202, 221}, {222, 242}, {243, 265},
                                        {266, 289}, {290, 315}, {316, 342}, {343, 371}, {372, 402}};

    (void)state;
    for (int code = 0; code < RT_ARRAY_CODE_COUNT; code++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *array = make(rt, (enum rt_array_code)code, 0);
        size_t step = 0;

        assert_int_equal(rt_sizeof(array), 80);
        assert_null(rt_array_data(array));
        for (size_t length = 1; length <= 402; length++) {
            append(rt, array, 1);
            step += step + 1 < RT_COUNT_OF(steps) && steps[step + 1].length == length;
            assert_int_equal(rt_array_capacity(array), steps[step].capacity);
            assert_int_equal(rt_sizeof(array), 80 + item_bytes[code] * steps[step].capacity);
            assert_int_equal(rt_block_bytes(array), rt_sizeof(array));
            assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), rt_sizeof(array));
        }
        rt_destroy(rt);
    }
}

static void
test_array_popped_to_nothing_keeps_its_buffer(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *array = make(rt, RT_ARRAY_I, 0);

    (void)state;
    append(rt, array, 400);
    while (rt_array_length(array) > 0)
        assert_int_equal(rt_array_resize(rt, array, rt_array_length(array) - 1), 0);
    assert_int_equal(rt_array_capacity(array), 402);
    assert_verified(rt);
    rt_decref(rt, array);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_array_shrinks_when_sixteen_go_at_once(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *array = make(rt, RT_ARRAY_I, 0);

    (void)state;
    append(rt, array, 100);
    assert_int_equal(rt_array_capacity(array), 102);
    assert_int_equal(rt_array_resize(rt, array, 85), 0);
    assert_int_equal(rt_array_capacity(array), 102);
    assert_int_equal(rt_array_resize(rt, array, 100), 0);
    assert_int_equal(rt_array_resize(rt, array, 10), 0);
    assert_int_equal(rt_array_capacity(array), 17);
    assert_int_equal(rt_array_resize(rt, array, 17), 0);
    assert_int_equal(rt_array_resize(rt, array, 0), 0);
    assert_int_equal(rt_array_capacity(array), 0);
    assert_null(rt_array_data(array));
    assert_int_equal(rt_sizeof(array), 80);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_array_of_a_length_is_exact_and_zero(void **state) {
    struct rt *rt = test_create(NULL, "alloc.fill_new=255", NULL);

    (void)state;
    for (size_t length = 0; length < 300; length += 7) {
        struct rt_object *array = make(rt, RT_ARRAY_Q, length);

        assert_int_equal(rt_array_capacity(array), length);
        for (size_t i = 0; i < length; i++)
            assert_int_equal(rt_array_get_integer(array, i), 0);
        assert_int_equal(rt_array_resize(rt, array, length + 5), 0);
        assert_int_equal(rt_array_get_integer(array, length), 0);
        assert_int_equal(rt_array_get_integer(array, length + 4), 0);
        rt_decref(rt, array);
    }
    rt_destroy(rt);
}

/* ---- Counts ------------------------------------------------------------------------------------- */

static void
test_array_is_counted_and_tracked_and_not_kept(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *arrays[100];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        arrays[i] = make(rt, RT_ARRAY_D, i);
    assert_int_equal(rt->young_count, 100);
    assert_true(rt_is_tracked(arrays[7]));
    assert_verified(rt);
    for (size_t i = 0; i < 100; i++)
        rt_decref(rt, arrays[i]);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* ---- Values ------------------------------------------------------------------------------------- */

static void
test_array_refuses_what_does_not_fit(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *narrow = make(rt, RT_ARRAY_I, 1), *wide = make(rt, RT_ARRAY_Q, 1);

    (void)state;
    assert_int_equal(rt_array_set_integer(rt, narrow, 0, INT32_MIN), 0);
    assert_int_equal(rt_array_append_integer(rt, narrow, INT32_MAX), 0);
    assert_int_equal(rt_array_set_integer(rt, narrow, 0, (int64_t)INT32_MAX + 1), -1);
    assert_int_equal(rt_error(rt), ERANGE);
    assert_int_equal(rt_array_append_integer(rt, narrow, (int64_t)INT32_MIN - 1), -1);
    assert_int_equal(rt_array_length(narrow), 2);
    assert_int_equal(rt_array_get_integer(narrow, 0), INT32_MIN);
    assert_int_equal(rt_array_get_integer(narrow, 1), INT32_MAX);
    assert_int_equal(rt_array_set_integer(rt, wide, 0, INT64_MIN), 0);
    assert_int_equal(rt_array_append_integer(rt, wide, INT64_MAX), 0);
    assert_true(rt_array_get_integer(wide, 0) == INT64_MIN);
    assert_true(rt_array_get_integer(wide, 1) == INT64_MAX);
    rt_destroy(rt);
}

static void
test_array_items_become_objects(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *integers = make(rt, RT_ARRAY_Q, 1), *doubles = make(rt, RT_ARRAY_D, 1);
    struct rt_object *item;
    int64_t value = 0;

    (void)state;
    assert_int_equal(rt_array_set_integer(rt, integers, 0, INT64_C(1) << 40), 0);
    item = rt_array_item(rt, integers, 0);
    assert_int_equal(rt_int_value(rt, item, &value), 0);
    assert_true(value == INT64_C(1) << 40);
    rt_decref(rt, item);
    rt_array_set_double(doubles, 0, 0.25);
    item = rt_array_item(rt, doubles, 0);
    assert_true(rt_float_value(item) == 0.25);
    rt_decref(rt, item);
    rt_destroy(rt);
}

static void
test_array_extends_by_another_and_by_itself(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *array = make(rt, RT_ARRAY_I, 0), *empty = make(rt, RT_ARRAY_I, 0);

    (void)state;
    assert_int_equal(rt_array_extend(rt, array, empty), 0);
    assert_int_equal(rt_array_length(array), 0);
    append(rt, array, 10);
    assert_int_equal(rt_array_extend(rt, array, array), 0);
    assert_int_equal(rt_array_extend(rt, empty, array), 0);
    assert_int_equal(rt_array_length(empty), 20);
    assert_int_equal(rt_array_capacity(empty), 24);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(rt_array_get_integer(empty, i), i % 10);
    rt_destroy(rt);
}

static void
test_array_has_no_hash_and_is_equal_to_itself_alone(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = make(rt, RT_ARRAY_I, 2), *other = make(rt, RT_ARRAY_I, 2);
    int64_t hash;

    (void)state;
    assert_int_equal(rt_hash(rt, one, &hash), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_equal(rt, one, one), 1);
    assert_int_equal(rt_equal(rt, one, other), 0);
    rt_destroy(rt);
}

static void
test_array_may_be_weakly_referred_to(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *array = make(rt, RT_ARRAY_I, 2);
    struct rt_object *weakref = rt_weakref_new(rt, array, NULL);

    (void)state;
    assert_non_null(weakref);
    assert_ptr_equal(rt_weakref_get(rt, weakref), array);
    assert_int_equal(rt_weakref_count(array), 1);
    rt_decref(rt, array);
    assert_null(rt_weakref_get(rt, weakref));
    rt_decref(rt, weakref);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_array_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);
        struct rt_object *array = NULL;
        uint64_t failures = 0;
        size_t failed = 0;
        int status = -1;

        while (array == NULL) {
            test_fail_at(rt, ++failures);
            array = rt_array_new(rt, RT_ARRAY_Q, 8);
            test_fail_at(rt, 0);
            assert_true(array != NULL || rt_error(rt) == ENOMEM);
            assert_int_equal(rt->young_count, array != NULL);
            assert_verified(rt);
        }
        assert_true(failures >= 4); /* block, buffer, place among the tracked; and success */
        for (failures = 1; status != 0; failures++) {
            test_fail_at(rt, failures);
            status = rt_array_append_integer(rt, array, 8);
            test_fail_at(rt, 0);
            failed += status != 0;
            assert_int_equal(rt_array_length(array), status == 0 ? 9 : 8);
            assert_int_equal(rt_array_capacity(array), status == 0 ? 16 : 8);
            assert_verified(rt);
        }
        assert_true(failed >= 1);
        rt_decref(rt, array);
        rt_destroy(rt);
    }
}

static void
test_array_of_more_than_memory_is_refused(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *array = make(rt, RT_ARRAY_I, 2);

    (void)state;
    assert_null(rt_array_new(rt, RT_ARRAY_Q, SIZE_MAX));
    assert_null(rt_array_new(rt, RT_ARRAY_I, SIZE_MAX / 16 + 1));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_int_equal(rt_array_resize(rt, array, test_hidden(SIZE_MAX)), -1);
    assert_int_equal(rt_array_resize(rt, array, test_hidden(SIZE_MAX) / 4), -1);
    assert_int_equal(rt_array_resize(rt, array, test_hidden(SIZE_MAX) / 128), -1);
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_int_equal(rt_array_length(array), 2);
    assert_int_equal(rt->young_count, 1);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_array_that_is_broken_is_found(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *array = make(rt, RT_ARRAY_I, 2);

    (void)state;
    ((struct rt_sized *)array)->size = 3;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    ((struct rt_sized *)array)->size = -1;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    ((struct rt_sized *)array)->size = 2;
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Against a model ---------------------------------------------------------------------------- */

enum {
    MODEL_MAX = 400,
    OPERATIONS = 10000
};

struct model {
    int64_t values[MODEL_MAX];
    size_t length, capacity;
    bool has_buffer;
};

/* The rule in the words of Python's folklore. */
static void
model_resize(struct model *model, size_t length) {
    if (length <= model->capacity && model->length < length + 16 && model->has_buffer) {
        model->length = length;
        return;
    }
    model->has_buffer = length > 0;
    model->capacity = length == 0 ? 0 : length + length / 16 + (model->length < 8 ? 3 : 7);
    model->length = length;
}

static void
do_something(struct rt *rt, struct rt_object *array, struct model *model,
             struct test_random *random) {
    int64_t value = (int32_t)test_random_next(random);
    size_t length = model->length, index = test_random_below(random, length + 1);
    size_t other = test_random_below(random, MODEL_MAX / 2);

    switch (test_random_below(random, 30)) {
    case 0:
        assert_int_equal(rt_array_resize(rt, array, other), 0);
        for (size_t i = length; i < other; i++)
            model->values[i] = 0;
        model_resize(model, other);
        return;
    case 1:
        if (length * 2 <= MODEL_MAX) {
            assert_int_equal(rt_array_extend(rt, array, array), 0);
            model_resize(model, length * 2);
            memcpy(model->values + length, model->values, length * sizeof model->values[0]);
        }
        return;
    case 2:
    case 3:
        if (index < length) {
            assert_int_equal(rt_array_set_integer(rt, array, index, value), 0);
            model->values[index] = value;
        }
        return;
    default:
        if (length == MODEL_MAX || (length > 0 && test_random_below(random, 9) < 4)) {
            assert_int_equal(rt_array_resize(rt, array, length - 1), 0);
            model_resize(model, length - 1);
        } else {
            assert_int_equal(rt_array_append_integer(rt, array, value), 0);
            model_resize(model, length + 1);
            model->values[length] = value;
        }
    }
}

static void
test_array_random_operations_do_as_the_model_does(void **state) {
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create(NULL, test_backends[b], NULL);
        struct rt_object *array = make(rt, b % 2 == 0 ? RT_ARRAY_I : RT_ARRAY_Q, 0);
        struct model model = {.length = 0};
        struct test_random random;

        (void)state;
        test_random_init(&random, test_seed());
        for (int i = 0; i < OPERATIONS; i++) {
            do_something(rt, array, &model, &random);
            assert_int_equal(rt_array_length(array), model.length);
            assert_int_equal(rt_array_capacity(array), model.capacity);
            for (size_t k = 0; k < model.length; k++)
                assert_true(rt_array_get_integer(array, k) == model.values[k]);
            if (i % 1000 == 0)
                assert_verified(rt);
        }
        rt_decref(rt, array);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array_grows_by_python_s_staircase),
        cmocka_unit_test(test_array_popped_to_nothing_keeps_its_buffer),
        cmocka_unit_test(test_array_shrinks_when_sixteen_go_at_once),
        cmocka_unit_test(test_array_of_a_length_is_exact_and_zero),
        cmocka_unit_test(test_array_is_counted_and_tracked_and_not_kept),
        cmocka_unit_test(test_array_refuses_what_does_not_fit),
        cmocka_unit_test(test_array_items_become_objects),
        cmocka_unit_test(test_array_extends_by_another_and_by_itself),
        cmocka_unit_test(test_array_has_no_hash_and_is_equal_to_itself_alone),
        cmocka_unit_test(test_array_may_be_weakly_referred_to),
        cmocka_unit_test(test_array_survives_every_failing_allocation),
        cmocka_unit_test(test_array_of_more_than_memory_is_refused),
        cmocka_unit_test(test_array_that_is_broken_is_found),
        cmocka_unit_test(test_array_random_operations_do_as_the_model_does),
    };

    return cmocka_run_group_tests_name("array", tests, NULL, NULL);
}
