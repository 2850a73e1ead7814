/* SPDX-License-Identifier: MIT
 *
 * Interning: one string of each text, which dies as others do, and a table that keeps its promises with
 * deletions, growth and no memory.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/seed.h"

#include "runtime/intern.h"

#include <errno.h>
#include <stdio.h>

static struct rt_object *
numbered(struct rt *rt, unsigned number) {
    char text[32];

    snprintf(text, sizeof text, "name%u", number);
    return rt_str_name(rt, text);
}

static void
test_intern_gives_one_string_for_one_text(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = rt_str_name(rt, "alpha"), *other = rt_str_name(rt, "alpha");
    struct rt_object *third = rt_str_new(rt, "alpha", 5), *made = third;

    (void)state;
    assert_ptr_equal(one, other);
    assert_int_equal(one->count, 2);
    assert_true(rt_str_is_interned(one));
    assert_ptr_not_equal(third, one);
    assert_false(rt_str_is_interned(third));
    rt_incref(made);
    rt_str_intern(rt, &third);
    assert_ptr_equal(third, one);
    assert_int_equal(one->count, 3);
    assert_int_equal(made->count, 1); /* the reference was dropped */
    rt_decref(rt, made);
    rt_decref(rt, one);
    rt_decref(rt, one);
    rt_decref(rt, one);
    assert_int_equal(rt->intern.count, 0);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_intern_keeps_the_first_string_of_a_text(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *made = rt_str_new(rt, "b\xc3\xa9ta", 5), *string = made;

    (void)state;
    rt_str_intern(rt, &string);
    assert_ptr_equal(string, made);
    assert_int_equal(made->count, 1); /* the table's is not counted */
    assert_ptr_equal(rt_str_name(rt, "b\xc3\xa9ta"), made);
    rt_decref(rt, made);
    rt_decref(rt, made);
    assert_int_equal(rt->intern.count, 0);
    rt_destroy(rt);
}

static void
test_intern_tells_texts_of_different_width_apart(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    uint32_t two_bytes = 0x4161; /* as bytes: "aA" */
    struct rt_object *wide = rt_str_from_points(rt, &two_bytes, 1);
    struct rt_object *narrow = rt_str_name(rt, "aA");

    (void)state;
    rt_str_intern(rt, &wide);
    assert_ptr_not_equal(wide, narrow);
    assert_int_equal(rt->intern.count, 2);
    rt_decref(rt, wide);
    rt_decref(rt, narrow);
    rt_destroy(rt);
}

static void
test_intern_needs_no_table_for_single_characters(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *string = rt_str_new(rt, "x", 1), *same = string;

    (void)state;
    assert_true(rt_str_is_interned(string));
    rt_str_intern(rt, &string);
    assert_ptr_equal(string, same);
    assert_ptr_equal(rt_str_name(rt, "x"), same);
    assert_ptr_equal(rt_str_name(rt, ""), rt_str_constant(rt, "", 0));
    assert_ptr_equal(rt_str_name(rt, "\xc3\xa9"), rt_str_new(rt, "\xc3\xa9", 2));
    assert_int_equal(rt->intern.capacity, 0);
    rt_destroy(rt);
}

static void
test_intern_takes_constants_that_look_like_names(void **state) {
    static const struct {
        const char *text;
        bool is_interned;
    } constants[] = {
        {"name", true},   {"_Name_9", true}, {"9lives", true}, {"__", true},
        {"AZaz09", true}, {"a-b", false},    {"a b", false},   {"caf\xc3\xa9", false},
        {"ab.", false},   {"@a", false},     {"a[", false},    {"a`", false},
        {"a{", false},    {"a/", false},     {"a:", false},    {"\xc4\x80", false},
    };
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        const char *text = constants[i].text;
        struct rt_object *one = rt_str_constant(rt, text, strlen(text));
        struct rt_object *other = rt_str_constant(rt, text, strlen(text));

        assert_int_equal(rt_str_is_interned(one), constants[i].is_interned);
        assert_int_equal(one == other, constants[i].is_interned);
        rt_decref(rt, one);
        rt_decref(rt, other);
    }
    rt_destroy(rt);
}

static void
test_intern_agrees_with_a_model(void **state) {
    enum {
        NAMES = 3000,
        STEPS = 100000
    };
    static struct rt_object *names[NAMES];
    struct rt *rt = test_create(NULL, NULL);
    struct test_random random;
    size_t live = 0;

    (void)state;
    memset(names, 0, sizeof names);
    test_random_init(&random, test_seed());
    for (unsigned step = 0; step < STEPS; step++) {
        /* the set of names that matter grows, shrinks and grows */
        uint64_t range = 1 + NAMES * (uint64_t)(step % 20000) / 20000;
        unsigned i = (unsigned)test_random_below(&random, range);

        if (names[i] != NULL && test_random_below(&random, 2) != 0) {
            rt_decref(rt, names[i]);
            names[i] = NULL;
            live--;
        } else {
            struct rt_object *name = numbered(rt, i);

            assert_true(names[i] == NULL || names[i] == name);
            live += names[i] == NULL;
            rt_xdecref(rt, names[i]);
            names[i] = name;
        }
        assert_int_equal(rt->intern.count, live);
        if (step % 5000 == 0)
            assert_verified(rt);
    }
    for (size_t i = 0; i < NAMES; i++)
        rt_xdecref(rt, names[i]);
    assert_int_equal(rt->intern.count, 0);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_intern_table_does_not_grow_where_names_come_and_go(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    size_t capacity;

    (void)state;
    rt_decref(rt, numbered(rt, 0));
    capacity = rt->intern.capacity;
    for (unsigned i = 0; i < 10000; i++)
        rt_decref(rt, numbered(rt, i));
    assert_int_equal(rt->intern.capacity, capacity);
    assert_true(rt->intern.tombs <= capacity / 2);
    rt_destroy(rt);
}

static void
test_intern_without_memory_for_the_table_leaves_the_string(void **state) {
    struct rt *rt = test_create_fallible("alloc.backend=debug");
    struct rt_object *names[200], *string;
    size_t capacity, count = 0;

    (void)state;
    string = rt_str_new(rt, "alpha", 5);
    test_fail_at(rt, 1);
    rt_str_intern(rt, &string);
    assert_false(rt_str_is_interned(string));
    assert_int_equal(string->count, 1);
    assert_verified(rt);
    rt_str_intern(rt, &string);
    assert_true(rt_str_is_interned(string));

    capacity = rt->intern.capacity;
    while (rt->intern.count + rt->intern.tombs < capacity / 2) {
        names[count] = numbered(rt, (unsigned)count);
        count++;
    }
    test_fail_at(rt, 2); /* the string, then the table */
    names[count] = numbered(rt, (unsigned)count);
    assert_non_null(names[count]);
    assert_false(rt_str_is_interned(names[count]));
    assert_int_equal(rt->intern.capacity, capacity);
    assert_verified(rt);
    for (size_t i = 0; i <= count; i++)
        rt_decref(rt, names[i]);
    rt_decref(rt, string);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_intern_names_alive_at_the_end_leak_nothing(void **state) {
    (void)state;
    for (size_t backend = 0; backend < 3; backend++) {
        struct rt *rt = test_create(NULL, test_backends[backend], NULL);
        struct rt_object *names[100];

        for (unsigned i = 0; i < 100; i++)
            names[i] = numbered(rt, i);
        assert_verified(rt);
        if (backend == 1) /* nobody knows the system's blocks */
            for (unsigned i = 0; i < 100; i++)
                rt_decref(rt, names[i]);
        rt_destroy(rt);
    }
}

static void
test_intern_verifier_finds_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *name = rt_str_name(rt, "alpha");
    int64_t hash = rt_str(name)->hash;

    (void)state;
    assert_verified(rt);
    rt_str(name)->hash++;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt_str(name)->hash = hash;
    rt_str(name)->is_interned = false;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt_str(name)->is_interned = true;
    rt->intern.count++;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt->intern.count--;
    rt->intern.tombs++;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt->intern.tombs--;
    assert_verified(rt);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intern_gives_one_string_for_one_text),
        cmocka_unit_test(test_intern_keeps_the_first_string_of_a_text),
        cmocka_unit_test(test_intern_tells_texts_of_different_width_apart),
        cmocka_unit_test(test_intern_needs_no_table_for_single_characters),
        cmocka_unit_test(test_intern_takes_constants_that_look_like_names),
        cmocka_unit_test(test_intern_agrees_with_a_model),
        cmocka_unit_test(test_intern_table_does_not_grow_where_names_come_and_go),
        cmocka_unit_test(test_intern_without_memory_for_the_table_leaves_the_string),
        cmocka_unit_test(test_intern_names_alive_at_the_end_leak_nothing),
        cmocka_unit_test(test_intern_verifier_finds_what_is_wrong),
    };

    return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
