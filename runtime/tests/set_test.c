/* SPDX-License-Identifier: MIT
 *
 * Sets: sizes and the order of the table as CPython's, marks of what was removed, who dies when, failures,
 * and a model.
 */
#include "runtime/tests/keyed_walks.h"

static void
add(struct rt *rt, struct rt_object *set, int64_t number) {
    struct rt_object *key = rt_int_new(rt, number);

    assert_int_equal(rt_set_add(rt, set, key), 0);
    rt_decref(rt, key);
}

static bool
discard(struct rt *rt, struct rt_object *set, int64_t number) {
    struct rt_object *key = rt_int_new(rt, number);
    int status = rt_set_discard(rt, set, key);

    rt_decref(rt, key);
    assert_true(status >= 0);
    return status == 1;
}

static bool
has(struct rt *rt, struct rt_object *set, int64_t number) {
    struct rt_object *key = rt_int_new(rt, number);
    int status = rt_set_contains(rt, set, key);

    rt_decref(rt, key);
    assert_true(status >= 0);
    return status == 1;
}

static struct rt_object *
set_of(struct rt *rt, int64_t start, int64_t end) {
    struct rt_object *set = rt_set_new(rt);

    assert_non_null(set);
    for (int64_t i = start; i < end; i++)
        add(rt, set, i);
    return set;
}

/* The numbers in the order of the table, ended by -1. */
static void
assert_order(struct rt *rt, struct rt_object *set, const int64_t *expected) {
    struct rt_object *key;
    size_t position = 0;
    int64_t number = 0;

    while (rt_set_next(set, &position, &key)) {
        assert_int_equal(rt_int_value(rt, key, &number), 0);
        assert_int_equal(number, *expected++);
    }
    assert_int_equal(*expected, -1);
}

/* ---- CPython's sizes ---------------------------------------------------------------------------- */

static void
insert_key(struct rt *rt, struct rt_object *set, enum test_key_kind kind, int64_t number) {
    (void)kind;
    add(rt, set, number);
}

static void
remove_key(struct rt *rt, struct rt_object *set, enum test_key_kind kind, int64_t number) {
    (void)kind;
    (void)discard(rt, set, number);
}

static void
test_set_has_cpython_s_sizes_at_every_step(void **state) {
    static const struct test_keyed keyed = {.prefix = "set.int.",
                                            .insertion = "add",
                                            .kind = TEST_KEY_INT,
                                            .create = rt_set_new,
                                            .insert = insert_key,
                                            .remove = remove_key,
                                            .clear = rt_set_clear};

    (void)state;
    test_walk_all(&keyed);
}

/* By n: of n keys; or of 2n+5, without the last n+5. */
static struct rt_object *
make_source(struct rt *rt, bool is_sparse, int64_t n) {
    struct rt_object *set = set_of(rt, 0, is_sparse ? 2 * n + 5 : n);

    for (int64_t i = n; is_sparse && i < 2 * n + 5; i++)
        assert_true(discard(rt, set, i));
    return set;
}

static void
check_copies(const char *series, bool is_sparse, bool is_update) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_sizes sizes;

    test_sizes_read(&sizes, series);
    for (int64_t n = 0; n <= test_sizes_last_step(&sizes); n++) {
        struct rt_object *source = make_source(rt, is_sparse, n);
        struct rt_object *copy = is_update ? rt_set_new(rt) : rt_set_copy(rt, source);

        if (is_update)
            assert_int_equal(rt_set_update(rt, copy, source), 0);
        test_sizes_check(&sizes, n, copy);
        assert_int_equal(rt_set_length(copy), n);
        for (int64_t i = 0; i < n; i++)
            assert_true(has(rt, copy, i));
        rt_decref(rt, source);
        rt_decref(rt, copy);
    }
    rt_destroy(rt);
}

static void
check_updates(const char *series, int64_t first, int64_t end) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_sizes sizes;

    test_sizes_read(&sizes, series);
    for (int64_t n = 0; n <= test_sizes_last_step(&sizes); n++) {
        struct rt_object *set = set_of(rt, first, end < 0 ? n : end), *other = set_of(rt, 0, n);

        assert_int_equal(rt_set_update(rt, set, other), 0);
        assert_int_equal(rt_set_update(rt, set, set), 0);
        test_sizes_check(&sizes, n, set);
        rt_decref(rt, set);
        rt_decref(rt, other);
    }
    rt_destroy(rt);
}

static void
test_set_copies_and_updates_have_cpython_s_sizes(void **state) {
    (void)state;
    check_copies("set.int.copy", false, false);
    check_copies("set.int.call", false, true);
    check_copies("set.int.update", false, true);
    check_copies("set.int.copy.sparse", true, false);
    check_copies("set.int.call.sparse", true, true);
    check_copies("set.int.update.sparse", true, true);
    check_updates("set.int.update_seven", 1000, 1007);
    check_updates("set.int.update_same", 0, -1);
}

/* ---- CPython's order ---------------------------------------------------------------------------- */

struct order_walk {
    struct test_random random;
    struct rt *rt;
    struct rt_object *set;
    unsigned shift;
    uint64_t keys;
};

static void
replace_or_update(struct order_walk *walk, struct rt_object *key, unsigned more) {
    struct rt_object *copy = rt_set_copy(walk->rt, walk->set);

    assert_non_null(copy);
    if (more == 0) {
        struct rt_object *old = walk->set;

        walk->set = copy;
        copy = old;
    } else {
        assert_int_equal(rt_set_add(walk->rt, copy, key), 0);
        assert_int_equal(rt_set_update(walk->rt, walk->set, copy), 0);
    }
    rt_decref(walk->rt, copy);
}

/* As change() of set_order.py. */
static void
change(struct order_walk *walk) {
    uint64_t r = test_random_next(&walk->random);
    int64_t number = (int64_t)((r >> 8) % walk->keys);
    struct rt_object *key;

    number = (r >> 60 & 1) != 0 ? -number : number << walk->shift;
    key = rt_int_new(walk->rt, number);
    if ((r & 15) < 8) {
        assert_int_equal(rt_set_add(walk->rt, walk->set, key), 0);
    } else if ((r & 15) < 14) {
        assert_true(rt_set_discard(walk->rt, walk->set, key) >= 0);
    } else if ((r & 15) == 14) {
        rt_xdecref(walk->rt, rt_set_pop(walk->rt, walk->set));
    } else if ((r >> 40 & 7) <= 1) {
        replace_or_update(walk, key, r >> 40 & 7);
    }
    rt_decref(walk->rt, key);
}

static uint64_t
hash_order(struct rt *rt, struct rt_object *set) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    struct rt_object *key;
    size_t position = 0;
    int64_t number;

    while (rt_set_next(set, &position, &key)) {
        assert_int_equal(rt_int_value(rt, key, &number), 0);
        hash = (hash ^ (uint64_t)number) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void
begin_walk(struct order_walk *walk, unsigned number) {
    static const uint64_t keys[] = {16, 64, 300, 3000};

    *walk = (struct order_walk){.shift = (number - 1) % 4 * 5, .keys = keys[(number - 1) / 4]};
    test_random_init(&walk->random, number);
    walk->rt = test_create(NULL, NULL);
    walk->set = rt_set_new(walk->rt);
}

static void
test_set_has_its_keys_in_cpython_s_order(void **state) {
    FILE *file = fopen(TEST_DATA "/set-order-3.11.2.txt", "r");
    unsigned number, walks = 0, step, done = 0;
    unsigned long long order;
    struct order_walk walk = {.rt = NULL};
    size_t length, bytes;
    char version[32];

    (void)state;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "python %31s", version), 1);
    while (fscanf(file, "%u %u %zu %zu %llx", &number, &step, &length, &bytes, &order) == 5) {
        if (number != walks) {
            rt_destroy(walk.rt);
            begin_walk(&walk, number);
            walks++;
            done = 0;
        }
        for (; done < step; done++)
            change(&walk);
        assert_int_equal(rt_set_length(walk.set), length);
        assert_int_equal(rt_sizeof(walk.set), bytes);
        assert_int_equal(hash_order(walk.rt, walk.set), order);
        assert_verified(walk.rt);
    }
    assert_int_equal(walks, 16);
    rt_destroy(walk.rt);
    fclose(file);
}

static void
test_set_puts_a_key_over_the_last_mark_that_it_passes(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt);
    static const int64_t keys[] = {0, 32, 64, 1000, 1001, 1002};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        add(rt, set, keys[i]);
    assert_true(discard(rt, set, 0));
    assert_true(discard(rt, set, 32));
    assert_false(discard(rt, set, 32));
    add(rt, set, 96);
    add(rt, set, 128);
    assert_order(rt, set, (const int64_t[]){128, 96, 64, 1000, 1001, 1002, -1});
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_set_pops_round_the_table(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = set_of(rt, 0, 4);

    (void)state;
    for (int64_t i = 0; i < 4; i++) {
        struct rt_object *key = rt_set_pop(rt, set);
        int64_t number = -1;

        assert_int_equal(rt_int_value(rt, key, &number), 0);
        assert_int_equal(number, i);
        rt_decref(rt, key);
        if (i == 1)
            add(rt, set, 0); /* behind the place where the next pop looks first */
    }
    assert_order(rt, set, (const int64_t[]){0, -1});
    rt_set_clear(rt, set);
    assert_null(rt_set_pop(rt, set));
    assert_int_equal(rt_error(rt), ENOENT);
    rt_decref(rt, set);
    rt_destroy(rt);
}

/* ---- Keys of all kinds -------------------------------------------------------------------------- */

static void
test_set_finds_equal_keys_of_any_kind(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = set_of(rt, 0, 3), *real = rt_float_new(rt, 2.0);

    (void)state;
    assert_int_equal(rt_set_contains(rt, set, real), 1);
    assert_int_equal(rt_set_contains(rt, set, rt_bool(rt, true)), 1);
    assert_int_equal(rt_set_contains(rt, set, rt_none(rt)), 0);
    for (int kind = 0; kind < TEST_KEY_KINDS; kind++) {
        for (int64_t i = 0; i < 50; i++) {
            struct rt_object *key = test_key(rt, (enum test_key_kind)kind, i);
            struct rt_object *same = test_key(rt, (enum test_key_kind)kind, i);

            assert_int_equal(rt_set_add(rt, set, key), 0);
            assert_int_equal(rt_set_add(rt, set, same), 0);
            assert_int_equal(rt_set_contains(rt, set, same), 1);
            rt_decref(rt, key);
            rt_decref(rt, same);
        }
    }
    assert_int_equal(rt_set_length(set), 150);
    assert_verified(rt);
    rt_decref(rt, real);
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_set_refuses_keys_without_a_hash(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt), *list = rt_list_new(rt, 0);

    (void)state;
    assert_int_equal(rt_set_add(rt, set, list), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_set_contains(rt, set, list), -1);
    assert_int_equal(rt_set_discard(rt, set, list), -1);
    assert_int_equal(rt_set_add(rt, set, set), -1);
    assert_int_equal(rt_set_length(set), 0);
    rt_decref(rt, list);
    rt_decref(rt, set);
    rt_destroy(rt);
}

/* ---- Life and death ----------------------------------------------------------------------------- */

static void
test_set_is_tracked_from_birth_and_counted_once(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt);

    (void)state;
    assert_true(rt_is_tracked(set));
    assert_int_equal(rt->young_count, 1);
    for (int64_t i = 0; i < 100; i++)
        add(rt, set, i);
    assert_int_equal(rt->young_count, 1);
    rt_set_clear(rt, set);
    assert_true(rt_is_tracked(set));
    rt_decref(rt, set);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), 0);
    rt_destroy(rt);
}

static struct rt_object *
set_of_mourners(struct rt *rt, struct test_log *log, const int64_t *numbers, size_t count) {
    struct rt_object *set = rt_set_new(rt);

    for (size_t i = 0; i < count; i++) {
        struct rt_object *key = test_mourner(rt, log, numbers[i]);

        assert_int_equal(rt_set_add(rt, set, key), 0);
        rt_decref(rt, key);
    }
    return set;
}

static void
test_set_lets_go_in_the_order_of_the_table(void **state) {
    static const int64_t numbers[] = {7, 3, 8, 40, 33, 1};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.count = 0};
    struct rt_object *set = set_of_mourners(rt, &log, numbers, 6);

    (void)state;
    assert_int_equal(rt_sizeof(set), 728);
    rt_decref(rt, set);
    assert_died(&log, (const int64_t[]){33, 1, 3, 7, 8, 40}, 6);
    log.count = 0;
    set = set_of_mourners(rt, &log, numbers, 6);
    rt_set_clear(rt, set);
    assert_int_equal(log.count, 6);
    assert_int_equal(rt_set_length(set), 0);
    rt_decref(rt, set);
    rt_destroy(rt);
}

/* Adds to the set that is being emptied. */
static void
add_to_victim(struct rt *rt, struct test_log *log) {
    log->observed = (int64_t)rt_set_length(log->victim);
    add(rt, log->victim, 100 + (int64_t)log->count);
}

static void
test_set_is_whole_when_a_key_dies(void **state) {
    static const int64_t numbers[] = {0, 1, 2, 3, 4, 5};
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.at_death = add_to_victim};
    struct rt_object *set = set_of_mourners(rt, &log, numbers, 6);

    (void)state;
    log.victim = set;
    assert_true(discard(rt, set, 77) == false);
    rt_set_clear(rt, set);
    assert_int_equal(log.count, 6);
    assert_int_equal(rt_set_length(set), 6);
    assert_int_equal(log.observed, 5);
    assert_verified(rt);
    log.at_death = NULL;
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
count_visit(struct rt_object *referent, void *context) {
    (void)referent;
    ++*(size_t *)context;
}

static void
test_set_visits_each_key(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = set_of(rt, 0, 50);
    size_t count = 0;

    (void)state;
    for (int64_t i = 0; i < 10; i++)
        assert_true(discard(rt, set, i * 5));
    rt_visit(set, count_visit, &count);
    assert_int_equal(count, 40);
    rt_decref(rt, set);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

/* Takes the n-th step of something that asks for memory in many ways. */
static int
try_step(struct rt *rt, struct rt_object *set, int step) {
    struct rt_object *other;
    int status = 0;

    if (step < 90)
        return rt_set_add(rt, set, rt_int_new(rt, step)); /* shared ints: no blocks */
    other = rt_set_copy(rt, set);
    if (other != NULL && step == 90) {
        rt_decref(rt, other);
        return 0;
    }
    if (other == NULL)
        return -1;
    for (int64_t i = 90; status == 0 && i < 250; i++)
        status = rt_set_add(rt, other, rt_int_new(rt, i));
    status = status == 0 ? rt_set_update(rt, set, other) : -1;
    rt_decref(rt, other);
    return status;
}

static void
walk_to_success(const char *backend) {
    struct rt *rt = test_create_fallible(backend);
    struct rt_object *set = rt_set_new(rt);
    size_t failures = 0;

    for (int step = 0; step <= 91; step++) {
        for (uint64_t n = 1;; n++) {
            uint64_t order = hash_order(rt, set), bytes = rt_sizeof(set);
            int status;

            test_fail_at(rt, n);
            status = try_step(rt, set, step);
            test_fail_at(rt, 0);
            assert_verified(rt);
            if (status == 0)
                break;
            failures++;
            assert_int_equal(rt_error(rt), ENOMEM);
            assert_int_equal(hash_order(rt, set), order);
            assert_int_equal(rt_sizeof(set), bytes);
        }
    }
    assert_true(failures >= 7);
    assert_int_equal(rt_set_length(set), 250);
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_set_is_as_it_was_after_each_failure(void **state) {
    struct rt *rt = test_create_fallible(test_backends[0]);

    (void)state;
    test_fail_at(rt, 1);
    assert_null(rt_set_new(rt));
    assert_int_equal(rt_error(rt), ENOMEM);
    test_fail_at(rt, 2); /* the place among the tracked */
    assert_null(rt_set_new(rt));
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), 0);
    rt_destroy(rt);
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++)
        walk_to_success(test_backends[b]);
}

static void
assert_complaint(struct rt *rt, const char *words) {
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    assert_int_equal(rt_verify(rt, &why), -EBADMSG);
    assert_non_null(strstr(buffer, words));
}

static void
test_set_verifier_sees_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = set_of(rt, 0, 4);
    /* CPython's layout: fill, used, mask, table, hash, finger, eight slots */
    int64_t *words = (int64_t *)(void *)((char *)set + sizeof(struct rt_object)),
            *slots = words + 6;

    (void)state;
    assert_verified(rt);
    words[0]++;
    assert_complaint(rt, "too full");
    words[0]--;
    words[1]--;
    assert_complaint(rt, "more or fewer keys");
    words[1]++;
    words[2] = 31;
    assert_complaint(rt, "wrong size");
    words[2] = 7;
    slots[2 * 7 + 1] = 5;
    assert_complaint(rt, "neither free nor marked");
    slots[2 * 7 + 1] = 0;
    slots[2 * 2 + 1] = 6;
    assert_complaint(rt, "a search does not find");
    slots[2 * 2 + 1] = 2;
    assert_verified(rt);
    rt_decref(rt, set);
    rt_destroy(rt);
}

/* ---- A model ------------------------------------------------------------------------------------ */

enum {
    MODEL_KEYS = 400,
    MODEL_STEPS = 40000
};

struct model {
    struct rt *rt;
    struct rt_object *set;
    bool is_in[TEST_KEY_KINDS][MODEL_KEYS];
    size_t length;
};

static void
check_all(struct model *model) {
    for (int kind = 0; kind < TEST_KEY_KINDS; kind++) {
        for (int64_t i = 0; i < MODEL_KEYS; i++) {
            struct rt_object *key = test_key(model->rt, (enum test_key_kind)kind, i * 37);

            assert_int_equal(rt_set_contains(model->rt, model->set, key), model->is_in[kind][i]);
            rt_decref(model->rt, key);
        }
    }
    assert_int_equal(rt_set_length(model->set), model->length);
    assert_verified(model->rt);
}

static void
take_any(struct model *model) {
    struct rt_object *key = rt_set_pop(model->rt, model->set);
    enum test_key_kind kind;
    int64_t number;

    assert_int_equal(key != NULL, model->length > 0);
    if (key == NULL)
        return;
    number = test_key_number(model->rt, key, &kind) / 37;
    assert_true(model->is_in[kind][number]);
    model->is_in[kind][number] = false;
    model->length--;
    rt_decref(model->rt, key);
}

static void
take_step(struct model *model, struct test_random *random) {
    enum test_key_kind kind = (enum test_key_kind)test_random_below(random, TEST_KEY_KINDS);
    size_t number = test_random_below(random, MODEL_KEYS >> test_random_below(random, 6));
    struct rt_object *key = test_key(model->rt, kind, (int64_t)number * 37), *copy;
    bool *is_in = &model->is_in[kind][number];
    uint64_t action = test_random_below(random, 1000);

    if (action < 550) {
        assert_int_equal(rt_set_add(model->rt, model->set, key), 0);
        model->length += !*is_in;
        *is_in = true;
    } else if (action < 950) {
        assert_int_equal(rt_set_discard(model->rt, model->set, key), *is_in);
        model->length -= *is_in;
        *is_in = false;
    } else if (action < 990) {
        take_any(model);
    } else if (action < 999) {
        copy = rt_set_copy(model->rt, model->set);
        assert_non_null(copy);
        assert_int_equal(rt_set_update(model->rt, copy, model->set), 0);
        rt_decref(model->rt, model->set);
        model->set = copy;
    } else if (test_random_below(random, 3) == 0) {
        rt_set_clear(model->rt, model->set);
        memset(model->is_in, 0, sizeof model->is_in);
        model->length = 0;
    }
    rt_decref(model->rt, key);
}

static void
test_set_agrees_with_a_model(void **state) {
    static struct model model;
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        model = (struct model){.rt = test_create(NULL, test_backends[b], NULL)};
        model.set = rt_set_new(model.rt);
        for (int step = 0; step < MODEL_STEPS; step++) {
            take_step(&model, &random);
            if (step % 2000 == 0)
                check_all(&model);
        }
        check_all(&model);
        rt_decref(model.rt, model.set);
        assert_verified(model.rt);
        rt_destroy(model.rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_has_cpython_s_sizes_at_every_step),
        cmocka_unit_test(test_set_copies_and_updates_have_cpython_s_sizes),
        cmocka_unit_test(test_set_has_its_keys_in_cpython_s_order),
        cmocka_unit_test(test_set_puts_a_key_over_the_last_mark_that_it_passes),
        cmocka_unit_test(test_set_pops_round_the_table),
        cmocka_unit_test(test_set_finds_equal_keys_of_any_kind),
        cmocka_unit_test(test_set_refuses_keys_without_a_hash),
        cmocka_unit_test(test_set_is_tracked_from_birth_and_counted_once),
        cmocka_unit_test(test_set_lets_go_in_the_order_of_the_table),
        cmocka_unit_test(test_set_is_whole_when_a_key_dies),
        cmocka_unit_test(test_set_visits_each_key),
        cmocka_unit_test(test_set_is_as_it_was_after_each_failure),
        cmocka_unit_test(test_set_verifier_sees_what_is_wrong),
        cmocka_unit_test(test_set_agrees_with_a_model),
    };

    return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
