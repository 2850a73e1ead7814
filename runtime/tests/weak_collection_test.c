/* SPDX-License-Identifier: MIT
 *
 * Weak sets and weak dicts while somebody iterates over them, and against a model.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/seed.h"
#include "runtime/tests/watched.h"

#include "runtime/weak_collection.h"

enum {
    COUNT = 5
};

/* The same call for either. */
static struct rt_object *
make(struct rt *rt, bool is_set) {
    struct rt_object *weak = is_set ? rt_weak_set_new(rt) : rt_weak_dict_new(rt);

    assert_non_null(weak);
    return weak;
}

static int
put(struct rt *rt, struct rt_object *weak, int64_t key, struct rt_object *member) {
    struct rt_object *number;
    int status;

    if (rt_kind(weak) == RT_KIND_WEAK_SET)
        return rt_weak_set_add(rt, weak, member);
    number = rt_int_new(rt, key);
    status = rt_weak_dict_set(rt, weak, number, member);
    rt_decref(rt, number);
    return status;
}

static size_t
length(const struct rt_object *weak) {
    return rt_kind(weak) == RT_KIND_WEAK_SET ? rt_weak_set_length(weak) : rt_weak_dict_length(weak);
}

static size_t
pending(const struct rt_object *weak) {
    return rt_list_length(rt_weak_parts(weak)->pending);
}

static size_t
held(const struct rt_object *weak) { /* dead ones included */
    return rt_kind(weak) == RT_KIND_WEAK_SET ? rt_set_length(rt_weak_parts(weak)->set)
                                             : rt_dict_length(rt_weak_parts(weak)->dict);
}

static struct rt_object *
make_filled(struct rt *rt, bool is_set, struct rt_object **ret_members) {
    struct rt_object *weak = make(rt, is_set);

    for (int64_t i = 0; i < COUNT; i++) {
        ret_members[i] = test_referent(rt, i);
        assert_int_equal(put(rt, weak, i, ret_members[i]), 0);
    }
    return weak;
}

/* How many members an iteration meets; each has to live, and under its key. */
static size_t
count_members(struct rt *rt, struct rt_object *weak) {
    struct rt_object *key, *member;
    size_t position = 0, count = 0;

    assert_int_equal(rt_weak_begin(rt, weak), 0);
    while (rt_weak_next(rt, weak, &position, &key, &member)) {
        int64_t number = -1;

        assert_true(member->count > 1);
        if (key != NULL) {
            assert_int_equal(rt_int_value(rt, key, &number), 0);
            rt_decref(rt, key);
        } else {
            assert_int_equal(rt_kind(weak), RT_KIND_WEAK_SET);
        }
        rt_decref(rt, member);
        count++;
    }
    rt_weak_end(rt, weak);
    return count;
}

/* ---- Iterations --------------------------------------------------------------------------------- */

static void
test_weak_collection_iteration_meets_each_member_once(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);
        struct rt_object *key, *member;
        size_t position = 0;
        unsigned met = 0;

        assert_int_equal(rt_weak_begin(rt, weak), 0);
        while (rt_weak_next(rt, weak, &position, &key, &member)) {
            int64_t number = test_referent_number(member);

            assert_true((met & 1u << number) == 0);
            met |= 1u << number;
            rt_decref(rt, member);
            rt_xdecref(rt, key);
        }
        rt_weak_end(rt, weak);
        assert_int_equal(met, (1u << COUNT) - 1);
        test_drop_all(rt, members, COUNT);
        assert_int_equal(count_members(rt, weak), 0);
        rt_decref(rt, weak);
        rt_destroy(rt);
    }
}

/* As CPython's: 4 of 5 die, and wait. */
static void
test_weak_collection_keeps_dead_members_until_the_iteration_ends(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);
        struct rt_object *key, *member;
        size_t position = 0;

        assert_int_equal(rt_weak_begin(rt, weak), 0);
        assert_true(rt_weak_next(rt, weak, &position, &key, &member));
        for (int i = 0; i < COUNT; i++)
            rt_decref(rt, members[i]); /* the one that was met lives */
        assert_int_equal(held(weak), 5);
        assert_int_equal(pending(weak), 4);
        assert_int_equal(length(weak), 1);
        assert_verified(rt);
        assert_false(rt_weak_next(rt, weak, &position, &key, &member));
        rt_weak_end(rt, weak);
        assert_int_equal(held(weak), 1);
        assert_int_equal(pending(weak), 0);
        assert_int_equal(length(weak), 1);
        rt_decref(rt, member);
        rt_xdecref(rt, key);
        assert_int_equal(held(weak), 0);
        assert_verified(rt);
        rt_decref(rt, weak);
        rt_destroy(rt);
    }
}

static void
test_weak_collection_waits_for_the_last_of_several_iterations(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);

        for (int i = 0; i < 20; i++)
            assert_int_equal(rt_weak_begin(rt, weak), 0);
        test_drop_all(rt, members, 2);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(held(weak), 5);
            assert_int_equal(length(weak), 3);
            rt_weak_end(rt, weak);
        }
        assert_int_equal(held(weak), 3);
        test_drop_all(rt, members + 2, 3);
        rt_decref(rt, weak);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

static void
test_weak_collection_removes_the_dead_before_it_changes(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);
        struct rt_object *other = test_referent(rt, 77), *key = rt_int_new(rt, 4);

        assert_int_equal(rt_weak_begin(rt, weak), 0);
        rt_decref(rt, members[0]);
        assert_int_equal(pending(weak), 1);
        assert_int_equal(put(rt, weak, 77, other), 0);
        assert_int_equal(pending(weak), 0);
        assert_int_equal(held(weak), 5);
        rt_decref(rt, members[1]);
        assert_int_equal(pending(weak), 1);
        assert_int_equal(is_set ? rt_weak_set_discard(rt, weak, members[4])
                                : rt_weak_dict_delete(rt, weak, key) + 1,
                         1);
        assert_int_equal(pending(weak), 0);
        assert_int_equal(held(weak), 3);
        rt_decref(rt, members[2]);
        if (is_set)
            assert_int_equal(rt_weak_set_contains(rt, weak, other), 1); /* no change */
        else
            assert_null(rt_weak_dict_get(rt, weak, key)); /* but this is, in CPython */
        assert_int_equal(pending(weak), is_set);
        rt_weak_end(rt, weak);
        assert_int_equal(held(weak), 2);
        assert_verified(rt);
        test_drop_all(rt, (struct rt_object *[]){members[3], members[4], other, key, weak}, 5);
        rt_destroy(rt);
    }
}

/* The numbers are CPython's: a generator, then guard, method and iterator, and at first the tuples for their
 * arguments; in a dict those for pairs as well. */
static void
test_weak_collection_iteration_makes_as_many_objects_as_cpythons(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);
        int64_t count;

        rt_free_lists_clear(rt);
        count = rt->young_count;
        rt_weak_begin(rt, weak);
        assert_int_equal(rt->young_count - count, is_set ? 6 : 8);
        rt_weak_end(rt, weak);
        assert_int_equal(rt->young_count - count, is_set ? 2 : 4);
        for (int i = 0; i < 3; i++) {
            count = rt->young_count;
            rt_weak_begin(rt, weak);
            assert_int_equal(rt->young_count - count, 4);
            rt_weak_end(rt, weak);
            assert_int_equal(rt->young_count, count);
        }
        assert_int_equal(rt_weakref_count(weak), 1);
        test_drop_all(rt, members, COUNT);
        rt_decref(rt, weak);
        rt_destroy(rt);
    }
}

static void
test_weak_collection_may_die_while_it_is_iterated(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);

        assert_int_equal(rt_weak_begin(rt, weak), 0);
        rt_decref(rt, members[0]);
        rt_decref(rt, weak);
        test_drop_all(rt, members + 1, COUNT - 1);
        assert_verified(rt);
        rt_free_lists_clear(rt);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_weak_collection_iteration_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 6; b++) {
        bool is_done = false, is_set = b % 2 != 0;

        for (uint64_t n = 1; !is_done; n++) {
            struct rt *rt = test_create_fallible(test_backends[b / 2]);
            struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);

            rt_free_lists_clear(rt);
            test_fail_at(rt, n);
            if (rt_weak_begin(rt, weak) == 0) {
                is_done = rt->faults_injected == 0;
                test_fail_at(rt, 0);
                assert_verified(rt);
                rt_weak_end(rt, weak);
            } else {
                assert_int_equal(rt_error(rt), ENOMEM);
                assert_false(rt_weak_is_iterated(weak));
            }
            assert_verified(rt);
            test_fail_at(rt, 0);
            assert_int_equal(count_members(rt, weak), COUNT);
            test_drop_all(rt, members, COUNT);
            rt_decref(rt, weak);
            rt_free_lists_clear(rt);
            assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
            rt_destroy(rt);
            assert_true(n < 100);
        }
    }
}

static void
test_weak_collection_reports_that_a_removal_could_not_be_noted(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct test_heard heard;
        struct rt *rt = test_create_fallible(test_backends[0]);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);

        test_listen(rt, &heard);
        assert_int_equal(rt_weak_begin(rt, weak), 0);
        test_fail_at(rt, 1);
        rt_decref(rt, members[0]); /* no memory for the list's first items */
        assert_int_equal(heard.count[RT_EVENT_UNRAISABLE], 1);
        assert_int_equal(heard.last[RT_EVENT_UNRAISABLE].count, ENOMEM);
        test_fail_at(rt, 0);
        rt_weak_end(rt, weak);
        assert_verified(rt);
        assert_int_equal(count_members(rt, weak), COUNT - 1);
        test_drop_all(rt, members + 1, COUNT - 1);
        rt_decref(rt, weak);
        rt_destroy(rt);
    }
}

static void
test_weak_collection_with_strong_members_is_found_by_the_verifier(void **state) {
    (void)state;
    for (int is_set = 0; is_set < 2; is_set++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *members[COUNT], *weak = make_filled(rt, is_set, members);
        struct rt_weak_parts *parts = rt_weak_parts(weak);
        struct rt_object *none = rt_none(rt);

        assert_verified(rt);
        if (is_set) {
            rt_set_add(rt, parts->set, none);
            assert_int_not_equal(rt_verify(rt, NULL), 0);
            rt_set_discard(rt, parts->set, none);
        } else {
            rt_dict_set(rt, parts->dict, none, none);
            assert_int_not_equal(rt_verify(rt, NULL), 0);
            rt_dict_delete(rt, parts->dict, none);
        }
        for (int i = 0; i <= COUNT; i++)
            rt_list_append(rt, parts->pending, none);
        assert_int_not_equal(rt_verify(rt, NULL), 0);
        rt_list_clear(rt, parts->pending);
        assert_verified(rt);
        test_drop_all(rt, members, COUNT);
        rt_decref(rt, weak);
        rt_destroy(rt);
    }
}

/* ---- A model ------------------------------------------------------------------------------------
 * Which numbers are in the set, and which number stands under which key. */

enum {
    NUMBERS = 40,
    STEPS = 20000
};

struct model {
    struct rt_object *members[NUMBERS]; /* by number; NULL: it does not live */
    bool is_in[NUMBERS];
    int64_t values[NUMBERS]; /* by key; -1: none */
    int open;
};

static size_t
expected_length(const struct model *model, bool is_set) {
    size_t count = 0;

    for (int i = 0; i < NUMBERS; i++)
        count += is_set ? model->is_in[i] : model->values[i] >= 0;
    return count;
}

static void
step_put(struct rt *rt, struct model *model, struct rt_object *weak, int64_t key, int64_t number) {
    if (model->members[number] == NULL)
        model->members[number] = test_referent(rt, number);
    assert_int_equal(put(rt, weak, key, model->members[number]), 0);
    model->is_in[number] = true;
    model->values[key] = number;
}

static void
step_remove(struct rt *rt, struct model *model, struct rt_object *weak, int64_t at) {
    if (rt_kind(weak) == RT_KIND_WEAK_SET) {
        if (model->members[at] != NULL)
            assert_int_equal(rt_weak_set_discard(rt, weak, model->members[at]), model->is_in[at]);
        model->is_in[at] = false;
    } else {
        struct rt_object *key = rt_int_new(rt, at);

        assert_int_equal(rt_weak_dict_delete(rt, weak, key), model->values[at] >= 0 ? 0 : -1);
        model->values[at] = -1;
        rt_decref(rt, key);
    }
}

static void
step_look(struct rt *rt, struct model *model, struct rt_object *weak, int64_t at) {
    if (rt_kind(weak) == RT_KIND_WEAK_SET) {
        if (model->members[at] != NULL)
            assert_int_equal(rt_weak_set_contains(rt, weak, model->members[at]), model->is_in[at]);
    } else {
        struct rt_object *key = rt_int_new(rt, at), *value = rt_weak_dict_get(rt, weak, key);

        assert_ptr_equal(value, model->values[at] < 0 ? NULL : model->members[model->values[at]]);
        rt_xdecref(rt, value);
        rt_decref(rt, key);
    }
}

static void
step_death(struct rt *rt, struct model *model, int64_t number) {
    rt_xdecref(rt, model->members[number]);
    model->members[number] = NULL;
    model->is_in[number] = false;
    for (int i = 0; i < NUMBERS; i++) {
        if (model->values[i] == number)
            model->values[i] = -1;
    }
}

static void
step_iteration(struct rt *rt, struct model *model, struct rt_object *weak) {
    if (model->open < 3 && model->open >= 0) {
        assert_int_equal(rt_weak_begin(rt, weak), 0);
        model->open = model->open == 2 ? -3 : model->open + 1; /* then they end one by one */
    } else {
        rt_weak_end(rt, weak);
        model->open++;
    }
}

static void
step(struct rt *rt, struct model *model, struct rt_object *weak, struct test_random *random) {
    int64_t one = (int64_t)test_random_below(random, NUMBERS);
    int64_t other = (int64_t)test_random_below(random, NUMBERS);

    switch (test_random_below(random, 10)) {
    case 0:
    case 1:
    case 2:
    case 3:
        step_put(rt, model, weak, one, other);
        break;
    case 4:
        step_remove(rt, model, weak, one);
        break;
    case 5:
        step_look(rt, model, weak, one);
        break;
    case 6:
        step_iteration(rt, model, weak);
        break;
    default:
        step_death(rt, model, one);
        break;
    }
}

static void
test_weak_collection_agrees_with_a_model_over_many_steps(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t b = 0; b < 6; b++) {
        struct rt *rt = test_create(NULL, test_backends[b / 2], NULL);
        struct rt_object *weak = make(rt, b % 2);
        struct model model = {.open = 0};

        for (int i = 0; i < NUMBERS; i++)
            model.values[i] = -1;
        for (int i = 0; i < STEPS; i++) {
            step(rt, &model, weak, &random);
            assert_int_equal(length(weak), expected_length(&model, b % 2));
            if (i % 256 == 0) {
                assert_verified(rt);
                assert_int_equal(count_members(rt, weak), expected_length(&model, b % 2));
            }
        }
        test_drop_all(rt, model.members, NUMBERS);
        assert_int_equal(length(weak), 0);
        rt_decref(rt, weak);
        rt_free_lists_clear(rt);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak_collection_iteration_meets_each_member_once),
        cmocka_unit_test(test_weak_collection_keeps_dead_members_until_the_iteration_ends),
        cmocka_unit_test(test_weak_collection_waits_for_the_last_of_several_iterations),
        cmocka_unit_test(test_weak_collection_removes_the_dead_before_it_changes),
        cmocka_unit_test(test_weak_collection_iteration_makes_as_many_objects_as_cpythons),
        cmocka_unit_test(test_weak_collection_may_die_while_it_is_iterated),
        cmocka_unit_test(test_weak_collection_iteration_survives_every_failing_allocation),
        cmocka_unit_test(test_weak_collection_reports_that_a_removal_could_not_be_noted),
        cmocka_unit_test(test_weak_collection_with_strong_members_is_found_by_the_verifier),
        cmocka_unit_test(test_weak_collection_agrees_with_a_model_over_many_steps),
    };

    return cmocka_run_group_tests_name("weak_collection", tests, NULL, NULL);
}
