/* SPDX-License-Identifier: MIT
 *
 * word_hash_bench.c: the words of dicts and sets. Keys are ints.
 */
#include "bench/micro/word_subject.h"

#define RUN   BENCH_WORD_RUN
#define ROW   BENCH_WORD_ROW
#define END   bench_word_end
#define hide  bench_word_hide
#define use   bench_word_use
#define drop  bench_word_drop
#define value bench_word_value

enum {
    FEW = 8,
    SOME = 512 /* a power of two */
};

static struct en_object *
make_dict(struct bench_word *w, struct en_object *const *keys, size_t count) {
    struct en_object *dict = bench_object_made(en_dict_new(w->heap));

    for (size_t i = 0; i < count; i++)
        bench_object_done(en_dict_set(w->heap, dict, keys[i], w->home.none));
    return dict;
}

static struct en_object *
make_set(struct bench_word *w, struct en_object *const *keys, size_t count) {
    struct en_object *set = bench_object_made(en_set_new(w->heap));

    for (size_t i = 0; i < count; i++)
        bench_object_done(en_set_add(w->heap, set, keys[i]));
    return set;
}

/* ---- dict --------------------------------------------------------------------------------------- */

static void
begin_few_pairs(struct bench_word *w) {
    w->a = make_dict(w, w->home.values, FEW);
    w->b = make_dict(w, w->home.values, FEW);
}

static void
begin_some_pairs(struct bench_word *w) {
    bench_word_make_ints(w);
    w->a = make_dict(w, w->many, SOME);
}

static void
begin_all_pairs(struct bench_word *w) {
    bench_word_make_ints(w);
    w->a = make_dict(w, w->many, BENCH_WORD_PASS);
}

static void
begin_dicts(struct bench_word *w) {
    for (size_t i = 0; i < BENCH_WORD_PASS; i++)
        w->many[i] = make_dict(w, w->home.values, 2);
}

/* Once around and again. */
static RT_ALWAYS_INLINE void
visit_pair(struct en_object *dict, size_t *position) {
    struct en_object *key, *item;

    if (!en_dict_next(dict, position, &key, &item)) {
        *position = 0;
        return;
    }
    bench_gbench_use(key);
    bench_gbench_use(item);
}

static void
run_dict_next(struct bench_word *w, size_t rounds) {
    size_t position = 0;

    for (size_t i = 0; i < rounds; i++)
        visit_pair(hide(w->a), &position);
}

RUN(dict_new, drop(heap, en_dict_new(heap)))
RUN(dict_copy, drop(heap, en_dict_copy(heap, hide(a))))
RUN(dict_length, use((int64_t)en_dict_length(hide(a))))
RUN(dict_get, bench_object_made(en_dict_get(heap, hide(a), w->many[i % SOME])))
RUN(dict_set, bench_object_done(en_dict_set(heap, hide(a), w->many[i % SOME], value(w, i))))
RUN(dict_delete, bench_object_done(en_dict_delete(heap, a, w->many[i])))
RUN(dict_update, bench_object_done(en_dict_update(heap, hide(a), hide(b))))
RUN(dict_clear, en_dict_clear(heap, w->many[i]))

/* ---- set ---------------------------------------------------------------------------------------- */

static void
begin_few_members(struct bench_word *w) {
    w->a = make_set(w, w->home.values, FEW);
}

static void
begin_no_member(struct bench_word *w) {
    bench_word_make_ints(w);
    w->a = make_set(w, w->many, 0);
}

static void
begin_some_members(struct bench_word *w) {
    bench_word_make_ints(w);
    w->a = make_set(w, w->many, SOME);
}

static void
begin_all_members(struct bench_word *w) {
    bench_word_make_ints(w);
    w->a = make_set(w, w->many, BENCH_WORD_PASS);
}

static void
begin_sets(struct bench_word *w) {
    for (size_t i = 0; i < BENCH_WORD_PASS; i++)
        w->many[i] = make_set(w, w->home.values, 2);
}

static RT_ALWAYS_INLINE void
visit_member(struct en_heap *heap, struct en_object *set, size_t *position) {
    struct en_object *key;

    if (en_set_next(heap, set, position, &key))
        bench_gbench_use(key);
    else
        *position = 0;
}

static void
run_set_next(struct bench_word *w, size_t rounds) {
    size_t position = 0;

    for (size_t i = 0; i < rounds; i++)
        visit_member(w->heap, hide(w->a), &position);
}

RUN(set_new, drop(heap, en_set_new(heap)))
RUN(set_copy, drop(heap, en_set_copy(heap, hide(a))))
RUN(set_length, use((int64_t)en_set_length(hide(a))))
RUN(set_contains, bench_object_done(en_set_contains(heap, hide(a), w->many[i % SOME])))
RUN(set_add, bench_object_done(en_set_add(heap, a, w->many[i])))
RUN(set_discard, bench_object_done(en_set_discard(heap, a, w->many[i])))
RUN(set_pop, drop(heap, en_set_pop(heap, a)))
RUN(set_clear, en_set_clear(heap, w->many[i]))

#define MANY bench_word_drop_many

const struct bench_word_row BENCH_WORD_ROWS(hash)[] = {
    ROW(dict_new, begin_few_pairs, END, 0),
    ROW(dict_copy, begin_few_pairs, END, 0),
    ROW(dict_length, begin_few_pairs, END, 0),
    ROW(dict_get, begin_some_pairs, MANY, 0),
    ROW(dict_set, begin_some_pairs, MANY, 0),
    ROW(dict_delete, begin_all_pairs, MANY, BENCH_WORD_PASS),
    ROW(dict_update, begin_few_pairs, END, 0),
    ROW(dict_clear, begin_dicts, MANY, BENCH_WORD_PASS),
    ROW(dict_next, begin_some_pairs, MANY, 0),
    ROW(set_new, begin_few_members, END, 0),
    ROW(set_copy, begin_few_members, END, 0),
    ROW(set_length, begin_few_members, END, 0),
    ROW(set_contains, begin_some_members, MANY, 0),
    ROW(set_add, begin_no_member, MANY, BENCH_WORD_PASS),
    ROW(set_discard, begin_all_members, MANY, BENCH_WORD_PASS),
    ROW(set_pop, begin_all_members, MANY, BENCH_WORD_PASS),
    ROW(set_clear, begin_sets, MANY, BENCH_WORD_PASS),
    ROW(set_next, begin_some_members, MANY, 0),
    {0},
};
