/* SPDX-License-Identifier: MIT
 *
 * keyed_walks.h: the walks of the table of sizes that dicts and sets have in common. sizes.py says what
 * each of them does.
 */
#ifndef RUNTIME_TESTS_KEYED_WALKS_H
#define RUNTIME_TESTS_KEYED_WALKS_H

#include "runtime/tests/keyed.h"
#include "runtime/tests/size_table.h"

typedef void (*test_change_fn)(struct rt *rt, struct rt_object *subject, enum test_key_kind kind,
                               int64_t number);

struct test_keyed {
    const char *prefix, *insertion; /* of the names of series, and what inserting is called there */
    enum test_key_kind kind;
    struct rt_object *(*create)(struct rt *rt);
    test_change_fn insert, remove; /* which is fine with a key that is not there */
    void (*clear)(struct rt *rt, struct rt_object *subject);
};

/* A walk under way. */
struct test_walk {
    const struct test_keyed *keyed;
    struct rt *rt;
    struct rt_object *subject;
    struct test_sizes sizes;
};

static inline void
test_walk_insert(struct test_walk *walk, int64_t number) {
    walk->keyed->insert(walk->rt, walk->subject, walk->keyed->kind, number);
}

static inline void
test_walk_remove(struct test_walk *walk, int64_t number) {
    walk->keyed->remove(walk->rt, walk->subject, walk->keyed->kind, number);
}

/* With the keys below `count`, and then as large as the walk's step 0 says, cleared first or not. */
static inline void
test_walk_begin(struct test_walk *walk, const struct test_keyed *keyed, const char *name,
                int64_t count, bool is_cleared) {
    static char series[64];

    (void)snprintf(series, sizeof series, "%s%s", keyed->prefix, name);
    *walk = (struct test_walk){.keyed = keyed, .rt = test_create(NULL, NULL)};
    test_sizes_read(&walk->sizes, series);
    walk->subject = keyed->create(walk->rt);
    assert_non_null(walk->subject);
    for (int64_t i = 0; i < count; i++)
        test_walk_insert(walk, i);
    if (is_cleared)
        keyed->clear(walk->rt, walk->subject);
    test_sizes_check(&walk->sizes, 0, walk->subject);
}

static inline void
test_walk_check(struct test_walk *walk, long step) {
    test_sizes_check(&walk->sizes, step, walk->subject);
}

/* pre: the walk came to its last step */
static inline void
test_walk_end(struct test_walk *walk) {
    char buffer[TEST_TEXT_BYTES] = "";
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    if (!walk->subject->type->verify(walk->rt, walk->subject, &why))
        fail_msg("%s", buffer);
    assert_int_equal(walk->sizes.at, walk->sizes.count - 1);
    rt_decref(walk->rt, walk->subject);
    rt_destroy(walk->rt);
}

static inline void
test_walk_insertion(const struct test_keyed *keyed) {
    struct test_walk walk;

    test_walk_begin(&walk, keyed, keyed->insertion, 0, false);
    for (long step = 1; step <= test_sizes_last_step(&walk.sizes); step++) {
        test_walk_insert(&walk, step - 1);
        test_walk_check(&walk, step);
    }
    test_walk_end(&walk);
}

static inline void
test_walk_drain(const struct test_keyed *keyed) {
    struct test_walk walk;

    test_walk_begin(&walk, keyed, "drain", 100, false);
    for (long step = 1; step <= 300; step++) {
        if (step <= 100)
            test_walk_remove(&walk, step - 1);
        else
            test_walk_insert(&walk, step - 1);
        test_walk_check(&walk, step);
    }
    test_walk_end(&walk);
}

static inline void
test_walk_clear(const struct test_keyed *keyed) {
    struct test_walk walk;

    test_walk_begin(&walk, keyed, "clear", 50, true);
    for (long step = 1; step <= 100; step++) {
        test_walk_insert(&walk, step - 1);
        test_walk_check(&walk, step);
    }
    test_walk_end(&walk);
}

static inline void
test_walk_rolling(const struct test_keyed *keyed) {
    struct test_walk walk;

    test_walk_begin(&walk, keyed, "rolling", 1, false);
    for (long step = 1; step <= test_sizes_last_step(&walk.sizes); step++) {
        test_walk_insert(&walk, step);
        test_walk_remove(&walk, step - 1);
        test_walk_check(&walk, step);
    }
    test_walk_end(&walk);
}

static inline void
test_walk_random(const struct test_keyed *keyed, const char *name, int phase_bits,
                 int64_t key_count) {
    struct test_random random;
    struct test_walk walk;

    test_random_init(&random, 1);
    test_walk_begin(&walk, keyed, name, 0, false);
    for (long step = 1; step <= test_sizes_last_step(&walk.sizes); step++) {
        uint64_t r = test_random_next(&random);
        bool is_odd = ((step - 1) >> phase_bits & 1) != 0;
        int64_t number = (int64_t)(r >> 8) & (key_count - 1);

        if (((r & 3) != 0) != is_odd)
            test_walk_insert(&walk, number);
        else
            test_walk_remove(&walk, number);
        test_walk_check(&walk, step);
    }
    test_walk_end(&walk);
}

static inline void
test_walk_all(const struct test_keyed *keyed) {
    test_walk_insertion(keyed);
    test_walk_drain(keyed);
    test_walk_clear(keyed);
    test_walk_rolling(keyed);
    test_walk_random(keyed, "random", 12, 4096);
    test_walk_random(keyed, "random_small", 6, 16);
}

#endif
