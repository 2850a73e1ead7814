/* SPDX-License-Identifier: MIT
 *
 * list_trial.h: operations on a list of which an allocation can fail, and the walk through the failures.
 */
#ifndef RUNTIME_TESTS_LIST_TRIAL_H
#define RUNTIME_TESTS_LIST_TRIAL_H

#include "runtime/tests/faults.h"
#include "runtime/tests/mourner.h"

static inline size_t
capacity(const struct rt_object *list) {
    return rt_list_capacity(list);
}

static inline struct rt_object *
mourners(struct rt *rt, struct test_log *log, size_t length) {
    struct rt_object *list = rt_list_new(rt, length);

    assert_non_null(list);
    for (size_t i = 0; i < length; i++)
        rt_list_put_steal(list, i, test_mourner(rt, log, (int64_t)i));
    return list;
}

static inline void
pop(struct rt *rt, struct rt_object *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, rt_list_pop(rt, list, rt_list_length(list) - 1));
}

struct trial {
    struct rt *rt;
    struct rt_object *list, *made;
};

static inline int
try_append(struct trial *trial) {
    return rt_list_append(trial->rt, trial->list, rt_none(trial->rt));
}

static inline int
try_insert(struct trial *trial) {
    return rt_list_insert(trial->rt, trial->list, 3, rt_none(trial->rt));
}

static inline int
try_extend(struct trial *trial) {
    return rt_list_extend(trial->rt, trial->list, trial->list);
}

static inline int
try_slice(struct trial *trial) {
    trial->made = rt_list_slice(trial->rt, trial->list, 2, 8);
    return trial->made == NULL ? -1 : 0;
}

static inline int
try_new(struct trial *trial) {
    trial->made = rt_list_new(trial->rt, 5);
    return trial->made == NULL ? -1 : 0;
}

static inline int
try_delete(struct trial *trial) {
    return rt_list_delete(trial->rt, trial->list, 1, 12);
}

static inline int
try_delete_few(struct trial *trial) {
    return rt_list_delete(trial->rt, trial->list, 1, 9);
}

static inline int
try_pop(struct trial *trial) {
    trial->made = rt_list_pop(trial->rt, trial->list, rt_list_length(trial->list) - 1);
    return trial->made == NULL ? -1 : 0;
}

static inline int
try_pop_first(struct trial *trial) {
    trial->made = rt_list_pop(trial->rt, trial->list, 0);
    return trial->made == NULL ? -1 : 0;
}

/* The list has `length` numbered items and a capacity of 16. */
static inline uint64_t
walk(const char *backend, size_t length, int (*attempt)(struct trial *trial)) {
    struct test_log log = {.count = 0};
    struct trial trial = {.rt = test_create_fallible(backend)};
    uint64_t failures = 0;
    int status;

    trial.list = mourners(trial.rt, &log, 16);
    pop(trial.rt, trial.list, 16 - length);
    do {
        test_fail_at(trial.rt, failures + 1);
        status = attempt(&trial);
        test_fail_at(trial.rt, 0);
        assert_verified(trial.rt);
        if (status != 0) {
            failures++;
            assert_int_equal(rt_error(trial.rt), ENOMEM);
            assert_int_equal(rt_list_length(trial.list), length);
            assert_int_equal(capacity(trial.list), 16);
            for (size_t i = 0; i < length; i++)
                assert_int_equal(test_number(rt_list_get(trial.list, i)), i);
        }
    } while (status != 0);
    rt_xdecref(trial.rt, trial.made);
    rt_decref(trial.rt, trial.list);
    rt_destroy(trial.rt);
    return failures;
}

#endif
