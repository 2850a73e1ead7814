/* SPDX-License-Identifier: MIT
 *
 * replay.h: the table of CPython's sizes, replayed on our objects.
 *
 * sizes.py says how each series of the table came about. A *recipe* does the same with our calls, for
 * all series whose names its pattern matches: `#` stands for a number and `@` for a word, and both are
 * told to the recipe. Steps come from the table, so a recipe cannot leave one out.
 *
 * At each step must be equal:
 *   - rt_sizeof and GETSIZEOF;
 *   - rt_block_bytes and REQUESTED, of an instance together with the dict that it may have;
 *   - REQUESTED and what the allocator handed out since before the object was made, free lists emptied. Where
 *     REQUESTED is not known since the object was there before, nothing may have been handed out.
 * And when the object is gone all that was handed out is back.
 */
#ifndef RUNTIME_TESTS_REPLAY_H
#define RUNTIME_TESTS_REPLAY_H

#include "runtime/tests/heap.h"
#include "runtime/tests/seed.h"

enum {
    REPLAY_GIVEN_MAX = 3,
    REPLAY_KEY_COUNT = 100001,
    REPLAY_NAME_COUNT = 41,
    REPLAY_EXTRA_COUNT = 11,
};

enum replay_key_kind {
    REPLAY_INT, /* i */
    REPLAY_STR, /* "k<i>" */
    REPLAY_KEY_KINDS
};

/* A series under way. What it was given stays the engine's to drop: `kept` with the series, `given` with
 * each step of a family or with the walk. */
struct replay {
    struct rt *rt;
    const struct replay_recipe *recipe;
    const char *series;
    char word[16];
    long n, step;
    struct rt_object *subject;
    struct rt_object *kept, *given[REPLAY_GIVEN_MAX];
    struct test_random random;
    struct rt_object **keys[REPLAY_KEY_KINDS]; /* NULL: this group needs none */
    struct rt_object *names[REPLAY_NAME_COUNT], *extras[REPLAY_EXTRA_COUNT]; /* interned */
};

enum replay_flag {
    REPLAY_MAY_ASK_LESS = 1, /* CPython asks for more than the result keeps */
    REPLAY_SIZE_ONLY = 2,    /* what it asks for is not known */
};

struct replay_recipe {
    const char *pattern;
    struct rt_object *(*make)(struct replay *replay);  /* a step of a family, step 0 of a walk */
    int (*change)(struct replay *replay);              /* a later step of a walk; NULL: a family */
    void (*prepare)(struct replay *replay);            /* what a step of a family starts from */
    struct rt_object *(*begin)(struct replay *replay); /* what is kept for the whole series */
    /* What GETSIZEOF is of, borrowed; NULL: the subject. */
    struct rt_object *(*measured)(struct replay *replay);
    long how; /* the recipe's own */
    const char *text;
    unsigned flags; /* enum replay_flag */
};

struct replay_group {
    const struct replay_recipe *recipes;
    size_t count;
    bool has_keys;
};

#define REPLAY_GROUP(list, ...)                                                                    \
    { .recipes = (list), .count = sizeof(list) / sizeof((list)[0]), __VA_ARGS__ }

extern const struct replay_group replay_ints, replay_texts, replay_list_walks, replay_list_families,
    replay_extends, replay_dict_walks, replay_dict_families, replay_sets, replay_arrays,
    replay_instances, replay_slots, replay_deviations, replay_copies, replay_generators,
    replay_classes, replay_callables;

/* Replays all series that the group has recipes for. Fails after the last one, when any step of any
 * of them was not as in the table; each of these series had a line that says of its first such step what
 * was expected and what was there. */
void replay_run(const struct replay_group *group);

/* Calls `visit` with the name of each series of the table. */
void replay_each_series(void (*visit)(const char *series, void *context), void *context);

/* Whether the pattern matches the name; stores the number and the word (of 15 characters at most). */
bool replay_matches(const char *pattern, const char *series, long *ret_number, char *ret_word);

/* ---- For recipes ---- */

static inline struct rt_object *
replay_have(struct rt_object *object) {
    assert_non_null(object);
    return object;
}

static inline struct rt_object *
replay_none(struct replay *replay) {
    return rt_none(replay->rt);
}

#endif
