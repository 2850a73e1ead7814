/* SPDX-License-Identifier: MIT
 *
 * actors.h: what the tests of finalizers and callbacks share: those who are called. An actor has a letter, which it
 * notes, and something more that it does then.
 */
#ifndef RUNTIME_TESTS_ACTORS_H
#define RUNTIME_TESTS_ACTORS_H

#include "runtime/tests/faults.h"
#include "runtime/tests/trash.h"

enum {
    TEST_DEEDS_MAX = 64,
    TEST_MAKE_COUNT = 10,
};

struct test_deeds {
    struct rt *rt;
    char text[TEST_DEEDS_MAX * 4];
    struct rt_object *saved[TEST_DEEDS_MAX]; /* what finalizers brought back */
    size_t saved_count;
    struct rt_object *made[TEST_MAKE_COUNT];
    struct rt_object *watched; /* by a reference that a finalizer made */
    bool was_tracked, was_finalized, was_collecting;
};

enum test_does {
    TEST_DOES_NOTHING,
    TEST_DOES_SAVE,
    TEST_DOES_CUT,     /* its references */
    TEST_DOES_COLLECT, /* which does nothing */
    TEST_DOES_WATCH,
    TEST_DOES_MAKE,
    TEST_DOES_FREEZE,
    TEST_DOES_FAIL,
};

struct test_actor {
    struct test_deeds *log;
    char letter;
    enum test_does does;
    struct rt_object *class_object; /* of instances that it finalizes */
};

static inline void
test_note_deed(struct test_deeds *log, char prefix, char letter) {
    size_t length = strlen(log->text);

    assert_true(length + 3 < sizeof log->text);
    if (length > 0)
        log->text[length++] = ' ';
    log->text[length++] = prefix;
    log->text[length++] = letter;
    log->text[length] = '\0';
}

/* What was noted is this; and nothing is from now on. */
#define assert_noted(log, expected)                                                                \
    do {                                                                                           \
        assert_string_equal((log)->text, (expected));                                              \
        (log)->text[0] = '\0';                                                                     \
    } while (0)

static inline struct rt_object *test_act_called(struct rt *rt, struct rt_object *function,
                                                struct rt_object *const *args, size_t count);

static inline void
test_make_some(struct test_deeds *log) {
    for (int i = 0; i < TEST_MAKE_COUNT; i++)
        log->made[i] = test_have(rt_set_new(log->rt));
}

static inline void
test_act(struct test_actor *actor, struct rt_object *self) {
    static const char *const names[] = {"x", "y"};
    struct test_deeds *log = actor->log;
    struct rt *rt = log->rt;

    if (actor->does == TEST_DOES_SAVE)
        log->saved[log->saved_count++] = rt_incref(self);
    for (size_t i = 0; actor->does == TEST_DOES_CUT && i < 2; i++)
        if (test_get(rt, self, names[i]) != NULL)
            assert_int_equal(test_delete(rt, self, names[i]), 0);
    if (actor->does == TEST_DOES_COLLECT)
        for (int g = 0; g < RT_GENERATIONS; g++)
            assert_int_equal(rt_gc_collect(rt, g), 0);
    if (actor->does == TEST_DOES_WATCH) {
        static struct test_actor late;
        struct rt_object *callback;

        late = (struct test_actor){.log = log, .letter = 'l'};
        callback = test_have(rt_function_new(rt, test_act_called, NULL, &late));
        log->watched = test_have(rt_weakref_new(rt, self, callback));
        rt_decref(rt, callback);
    }
    if (actor->does == TEST_DOES_MAKE)
        test_make_some(log);
    if (actor->does == TEST_DOES_FREEZE)
        rt_gc_freeze(rt);
}

static inline void
test_act_finally(struct rt *rt, struct rt_object *self, void *data) {
    struct test_actor *actor = data;

    test_note_deed(actor->log, 'f', actor->letter);
    actor->log->was_tracked = rt_is_tracked(self);
    actor->log->was_finalized = rt_gc_is_finalized(self);
    actor->log->was_collecting = rt_gc_is_collecting(rt);
    test_act(actor, self);
}

static inline struct rt_object *
test_act_called(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
                size_t count) {
    struct test_actor *actor = rt_function_data(function);

    assert_int_equal(count, 1);
    assert_null(rt_weakref_get(rt, args[0]));
    test_note_deed(actor->log, 'c', actor->letter);
    if (actor->does == TEST_DOES_FAIL)
        return rt_fail(rt, ERANGE);
    test_act(actor, args[0]);
    return rt_incref(rt_none(rt));
}

/* ---- Made to order ------------------------------------------------------------------------------ */

/* A context and its actors, of letters a, b, ...; the generations are empty. */
static inline struct rt *
test_actors_begin(struct test_deeds *log, struct test_actor *actors, size_t count,
                  enum test_does does) {
    struct rt *rt = test_create(NULL, "gc.mode=off", "alloc.fail_at=1000000000", NULL);

    *log = (struct test_deeds){.rt = rt};
    for (size_t i = 0; i < count; i++) {
        struct rt_class_spec spec = {
            .name = "Mourned", .finalizer = test_act_finally, .finalizer_data = &actors[i]};

        actors[i] = (struct test_actor){log, (char)('a' + i), does, NULL};
        actors[i].class_object = test_have(rt_class_new(rt, &spec));
    }
    (void)test_have(rt_gc_garbage(rt));
    test_settle(rt);
    return rt;
}

static inline void
test_let_saved_go(struct test_deeds *log) {
    for (size_t i = 0; i < log->saved_count; i++)
        rt_decref(log->rt, log->saved[i]);
    log->saved_count = 0;
}

static inline void
test_actors_end(struct test_deeds *log, struct test_actor *actors, size_t count) {
    struct rt *rt = log->rt;

    assert_verified(rt);
    test_let_saved_go(log);
    assert_true(rt_gc_collect(rt, 2) >= 0);
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, actors[i].class_object);
    assert_verified(rt);
    rt_destroy(rt);
}

static inline struct rt_object *
test_mourned_by(const struct test_actor *actor) {
    return test_instance(actor->log->rt, actor->class_object);
}

static inline struct rt_object *
test_watched_by(struct test_actor *caller, struct rt_object *referent) {
    struct rt *rt = caller->log->rt;
    struct rt_object *callback = test_have(rt_function_new(rt, test_act_called, NULL, caller));
    struct rt_object *weakref = test_have(rt_weakref_new(rt, referent, callback));

    rt_decref(rt, callback);
    return weakref;
}

/* A ring of mourned instances; nobody else holds them. */
static inline void
test_make_ring(struct test_actor *actors, struct rt_object **ret_ring, size_t count) {
    struct rt *rt = actors[0].log->rt;

    for (size_t i = 0; i < count; i++)
        ret_ring[i] = test_mourned_by(&actors[i]);
    for (size_t i = 0; i < count; i++)
        test_link(rt, ret_ring[i], "x", ret_ring[(i + 1) % count]);
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, ret_ring[i]);
}

static inline void
test_drop_each(struct rt *rt, struct rt_object *const *objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, objects[i]);
}

#endif
