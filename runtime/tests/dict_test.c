/* SPDX-License-Identifier: MIT
 *
 * Dicts: tables and their sizes, order, what moves between kinds of tables, and a model.
 */
#include "runtime/tests/mourner.h"
#include "runtime/tests/seed.h"

#include "runtime/dict.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                       "alloc.backend=debug"};

static struct rt_object *
text_key(struct rt *rt, int number) {
    char text[16];
    struct rt_object *key;

    key = rt_str_new(rt, text, (size_t)snprintf(text, sizeof text, "k%d", number));
    assert_non_null(key);
    return key;
}

/* Keys of kind 0 are texts, 1 ints, 2 pairs of an int and a text. */
static struct rt_object *
make_key(struct rt *rt, int kind, int number) {
    struct rt_object *parts[2], *key;

    if (kind == 0)
        return text_key(rt, number);
    if (kind == 1)
        return rt_int_new(rt, number);
    parts[0] = rt_int_new(rt, number);
    parts[1] = text_key(rt, number);
    key = rt_tuple_pack(rt, parts, 2);
    rt_decref(rt, parts[0]);
    rt_decref(rt, parts[1]);
    assert_non_null(key);
    return key;
}

static void
put(struct rt *rt, struct rt_object *dict, int kind, int number, int64_t value) {
    struct rt_object *key = make_key(rt, kind, number), *object = rt_int_new(rt, value);

    assert_int_equal(rt_dict_set(rt, dict, key, object), 0);
    rt_decref(rt, key);
    rt_decref(rt, object);
}

static bool
take(struct rt *rt, struct rt_object *dict, int kind, int number) {
    struct rt_object *key = make_key(rt, kind, number);
    int status = rt_dict_delete(rt, dict, key);

    rt_decref(rt, key);
    return status == 0;
}

/* The value, or -1. */
static int64_t
look_up(struct rt *rt, struct rt_object *dict, int kind, int number) {
    struct rt_object *key = make_key(rt, kind, number), *value = rt_dict_get(rt, dict, key);
    int64_t found = -1;

    if (value != NULL)
        assert_int_equal(rt_int_value(rt, value, &found), 0);
    rt_decref(rt, key);
    return found;
}

/* ---- Sizes ---- */

static void
test_dict_grows_at_the_keys_and_to_the_sizes_of_cpython(void **state) {
    static const struct {
        int keys;
        size_t text, general;
    } steps[] = {{0, 64, 64},
                 {1, 184, 224},
                 {5, 184, 224},
                 {6, 272, 352},
                 {11, 464, 632},
                 {22, 832, 1168},
                 {43, 1584, 2264},
                 {86, 3328, 4688},
                 {171, 6576, 9304},
                 {342, 13056, 18512},
                 {683, 26032, 36952},
                 {1366, 51968, 73808},
                 {2731, 103856, 147544},
                 {21846, 961280, 1310800}};

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *dict = rt_dict_new(rt);
        int keys = 0;

        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            for (; keys < steps[i].keys; keys++)
                put(rt, dict, kind, keys, keys);
            assert_int_equal(rt_sizeof(dict), kind == 0 ? steps[i].text : steps[i].general);
            assert_int_equal(rt_block_bytes(dict), rt_sizeof(dict));
        }
        assert_int_equal(rt_verify(rt, NULL), 0);
        rt_decref(rt, dict);
        rt_destroy(rt);
    }
}

static void
test_dict_of_texts_becomes_general_with_the_first_other_key(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt);

    (void)state;
    for (int i = 0; i < 5; i++)
        put(rt, dict, 0, i, i);
    assert_int_equal(rt_sizeof(dict), 184);
    put(rt, dict, 1, 7, 7);
    assert_int_equal(rt_sizeof(dict), 352);
    for (int i = 0; i < 5; i++)
        assert_int_equal(look_up(rt, dict, 0, i), i);
    assert_int_equal(look_up(rt, dict, 1, 7), 7);
    rt_dict_clear(rt, dict);
    assert_int_equal(rt_sizeof(dict), 64);
    put(rt, dict, 0, 1, 1);
    assert_int_equal(rt_sizeof(dict), 184);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_full_of_holes_shrinks_at_the_next_new_key(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt);

    (void)state;
    for (int i = 0; i < 85; i++)
        put(rt, dict, 1, i, i);
    for (int i = 0; i < 80; i++)
        assert_true(take(rt, dict, 1, i));
    assert_int_equal(rt_sizeof(dict), 2264);
    put(rt, dict, 1, 80, 1); /* a key it has changes nothing */
    assert_int_equal(rt_sizeof(dict), 2264);
    put(rt, dict, 1, 100, 1);
    assert_int_equal(rt_sizeof(dict), 352);
    assert_int_equal(rt_dict_length(dict), 6);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_popitem_does_not_give_its_room_back(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *key, *value;

    (void)state;
    for (int i = 0; i < 5; i++)
        put(rt, dict, 1, i, i);
    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), 0);
    assert_int_equal(rt_equal(rt, key, value), 1);
    rt_decref(rt, key);
    rt_decref(rt, value);
    assert_int_equal(rt_dict_length(dict), 4);
    put(rt, dict, 1, 9, 9);
    assert_int_equal(rt_sizeof(dict), 352);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_dict_clear(rt, dict);
    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), -1);
    assert_int_equal(rt_error(rt), ENOENT);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Tracking and free lists ---- */

static void
test_dict_is_tracked_with_its_first_container(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *list = rt_list_new(rt, 0), *copy;
    struct rt_object *key = text_key(rt, 1);

    (void)state;
    assert_false(rt_is_tracked(dict));
    put(rt, dict, 1, 1, 1);
    assert_false(rt_is_tracked(dict));
    assert_int_equal(rt_dict_set(rt, dict, key, list), 0);
    assert_true(rt_is_tracked(dict));
    copy = rt_dict_copy(rt, dict);
    assert_true(rt_is_tracked(copy));
    rt_dict_clear(rt, dict);
    assert_true(rt_is_tracked(dict));
    rt_decref(rt, copy);
    rt_decref(rt, key);
    rt_decref(rt, list);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_free_list_hides_eighty_from_the_count(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dicts[200];

    (void)state;
    for (int i = 0; i < 200; i++)
        dicts[i] = rt_dict_new(rt);
    assert_int_equal(rt->young_count, 200);
    for (int i = 0; i < 200; i++)
        rt_decref(rt, dicts[i]);
    assert_int_equal(rt->young_count, 80);
    for (int i = 0; i < 100; i++)
        dicts[i] = rt_dict_new(rt);
    assert_int_equal(rt->young_count, 100);
    for (int i = 0; i < 100; i++)
        rt_decref(rt, dicts[i]);
    for (int i = 0; i < 50; i++) { /* calling the class never takes from the list */
        struct rt_object *dict = rt_dict_call(rt);

        rt_decref(rt, dict);
    }
    assert_int_equal(rt->young_count, 80);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* ---- Order of release ---- */

static void
test_dict_releases_in_the_order_of_insertion(void **state) {
    struct test_log log = {.count = 0};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct rt_object *dict = rt_dict_new(rt);

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct rt_object *key = rt_int_new(rt, 100 - i), *value = test_mourner(rt, &log, i);

        assert_int_equal(rt_dict_set(rt, dict, key, value), 0);
        rt_decref(rt, key);
        rt_decref(rt, value);
    }
    rt_decref(rt, dict);
    assert_int_equal(log.count, 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(log.numbers[i], i);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* ---- Keys that cannot be ---- */

static void
test_dict_refuses_keys_without_a_hash(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *list = rt_list_new(rt, 0);

    (void)state;
    assert_int_equal(rt_dict_set(rt, dict, list, rt_none(rt)), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_null(rt_dict_get(rt, dict, list));
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_dict_length(dict), 0);
    rt_decref(rt, list);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_finds_equal_numbers_under_one_key(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *real = rt_float_new(rt, 1.0);

    (void)state;
    put(rt, dict, 1, 1, 10);
    assert_non_null(rt_dict_get(rt, dict, real));
    assert_non_null(rt_dict_get(rt, dict, rt_bool(rt, true)));
    assert_int_equal(rt_dict_set(rt, dict, real, rt_none(rt)), 0);
    assert_int_equal(rt_dict_length(dict), 1);
    rt_decref(rt, real);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Failures ---- */

static bool
use(struct rt *rt, struct rt_object *dict, struct rt_object *other) {
    struct rt_object *copy, *list = rt_list_new(rt, 0);
    bool is_done = list != NULL;

    for (int i = 0; i < 12 && is_done; i++) {
        struct rt_object *key = rt_int_new(rt, 1000 + i);
        size_t length = rt_dict_length(dict);

        is_done = key != NULL && rt_dict_set(rt, dict, key, list) == 0;
        assert_int_equal(rt_dict_length(dict), length + is_done);
        rt_xdecref(rt, key);
    }
    rt_xdecref(rt, list);
    if (!is_done || rt_dict_update(rt, dict, other) != 0)
        return false;
    copy = rt_dict_copy(rt, dict);
    rt_xdecref(rt, copy);
    return copy != NULL;
}

static void
test_dict_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (int n = 1; !is_done; n++) {
            struct rt *rt = test_create(NULL, backends[b], NULL);
            struct rt_object *dict = rt_dict_new(rt), *other = rt_dict_new(rt);

            put(rt, dict, 0, 1, 1);
            for (int i = 0; i < 30; i++)
                put(rt, other, 0, i, i);
            rt->config.alloc_fail_at = n;
            rt->has_faults = true;
            rt->fast_bytes = rt->fast_span = 0;
            rt->fault_attempts = 0;
            is_done = use(rt, dict, other);
            assert_true(is_done || rt_error(rt) == ENOMEM);
            assert_int_equal(rt_verify(rt, NULL), 0);
            rt->has_faults = false;
            assert_int_equal(look_up(rt, dict, 0, 1), 1);
            rt_decref(rt, dict);
            rt_decref(rt, other);
            rt_destroy(rt);
            assert_true(n < 200);
        }
    }
}

/* ---- A model ---- */

enum {
    MODEL_KEYS = 300,
    MODEL_STEPS = 30000
};

struct model {
    struct rt *rt;
    struct rt_object *dict;
    int kinds;                     /* of keys: 1 ... 3 */
    int64_t values[3][MODEL_KEYS]; /* -1: not there */
    int64_t stamps[3][MODEL_KEYS]; /* of the insertion */
    size_t length;
};

static void
check_all(struct model *model) {
    struct rt_object *key, *value;
    size_t position = 0, count = 0;
    int64_t last = -1;

    assert_int_equal(rt_dict_length(model->dict), model->length);
    while (rt_dict_next(model->dict, &position, &key, &value)) {
        int kind = rt_kind(key) == RT_KIND_STR ? 0 : rt_kind(key) == RT_KIND_INT ? 1 : 2;
        int64_t number = 0, found = 0;
        char text[16] = {0};
        struct rt_text out;

        if (kind == 1) {
            assert_int_equal(rt_int_value(model->rt, key, &number), 0);
        } else {
            rt_text_init(&out, text, sizeof text);
            rt_str_to_text(kind == 0 ? key : rt_tuple_get(key, 1), &out);
            number = atoi(text + 1);
        }
        assert_int_equal(rt_int_value(model->rt, value, &found), 0);
        assert_int_equal(found, model->values[kind][number]);
        assert_true(model->stamps[kind][number] > last);
        last = model->stamps[kind][number];
        count++;
    }
    assert_int_equal(count, model->length);
    assert_int_equal(rt_verify(model->rt, NULL), 0);
}

static void
forget_all(struct model *model) {
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < MODEL_KEYS; i++)
            model->values[kind][i] = -1;
    model->length = 0;
}

static void
step(struct model *model, struct test_random *random, int64_t stamp) {
    int kind = (int)test_random_below(random, (uint64_t)model->kinds);
    int range = 1 << test_random_below(random, 9);
    int number =
        (int)test_random_below(random, (uint64_t)(range > MODEL_KEYS ? MODEL_KEYS : range));
    int64_t *value = &model->values[kind][number];

    switch (test_random_below(random, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
        assert_int_equal(take(model->rt, model->dict, kind, number), *value >= 0);
        model->length -= *value >= 0;
        *value = -1;
        break;
    case 4:
        assert_int_equal(look_up(model->rt, model->dict, kind, number), *value);
        break;
    case 5:
        if (test_random_below(random, 300) == 0) {
            rt_dict_clear(model->rt, model->dict);
            forget_all(model);
        }
        break;
    case 6: {
        struct rt_object *copy = rt_dict_copy(model->rt, model->dict);

        assert_non_null(copy);
        rt_decref(model->rt, model->dict);
        model->dict = copy;
        break;
    }
    default:
        put(model->rt, model->dict, kind, number, stamp % 1000);
        if (*value < 0) {
            model->length++;
            model->stamps[kind][number] = stamp;
        }
        *value = stamp % 1000;
    }
}

static void
test_dict_agrees_with_a_model(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (int kinds = 1; kinds <= 3; kinds++) {
        static struct model model;

        model.rt = test_create(NULL, backends[kinds - 1], NULL);
        model.dict = rt_dict_new(model.rt);
        model.kinds = kinds;
        forget_all(&model);
        for (int64_t stamp = 0; stamp < MODEL_STEPS; stamp++) {
            step(&model, &random, stamp);
            if (stamp % 500 == 0)
                check_all(&model);
        }
        check_all(&model);
        rt_decref(model.rt, model.dict);
        assert_int_equal(rt_verify(model.rt, NULL), 0);
        rt_destroy(model.rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dict_grows_at_the_keys_and_to_the_sizes_of_cpython),
        cmocka_unit_test(test_dict_of_texts_becomes_general_with_the_first_other_key),
        cmocka_unit_test(test_dict_full_of_holes_shrinks_at_the_next_new_key),
        cmocka_unit_test(test_dict_popitem_does_not_give_its_room_back),
        cmocka_unit_test(test_dict_is_tracked_with_its_first_container),
        cmocka_unit_test(test_dict_free_list_hides_eighty_from_the_count),
        cmocka_unit_test(test_dict_releases_in_the_order_of_insertion),
        cmocka_unit_test(test_dict_refuses_keys_without_a_hash),
        cmocka_unit_test(test_dict_finds_equal_numbers_under_one_key),
        cmocka_unit_test(test_dict_survives_every_failing_allocation),
        cmocka_unit_test(test_dict_agrees_with_a_model),
    };

    return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
