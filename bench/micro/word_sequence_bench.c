/* SPDX-License-Identifier: MIT
 *
 * word_sequence_bench.c: the words of tuples, lists and arrays.
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
    THOUSAND = 1000
};

/* ---- tuple -------------------------------------------------------------------------------------- */

static void
begin_tuple(struct bench_word *w) {
    w->a = bench_object_made(en_tuple_pack(w->heap, w->home.values, FEW));
}

static void
begin_tuple_to_fill(struct bench_word *w) {
    w->a = bench_object_made(en_tuple_new(w->heap, BENCH_WORD_PASS));
}

static RT_ALWAYS_INLINE struct en_object *
make_tuple(struct en_heap *heap, const struct bench_word *w) {
    struct en_object *tuple = bench_object_made(en_tuple_new(heap, 2));

    en_tuple_put_steal(tuple, 0, en_incref(w->home.values[0]));
    en_tuple_put_steal(tuple, 1, en_incref(w->home.values[1]));
    return tuple;
}

RUN(tuple_new, drop(heap, make_tuple(heap, w)))
RUN(tuple_put_steal, en_tuple_put_steal(hide(a), i, en_incref(value(w, i))))
RUN(tuple_pack, drop(heap, en_tuple_pack(heap, w->home.values, bench_gbench_hide(3))))
RUN(tuple_length, use((int64_t)en_tuple_length(hide(a))))
RUN(tuple_get, use((intptr_t)en_tuple_get(hide(a), i % FEW)))

/* ---- list --------------------------------------------------------------------------------------- */

static void
begin_empty(struct bench_word *w) {
    w->a = bench_object_made(en_list_new(w->heap, 0));
}

static void
begin_few(struct bench_word *w) {
    w->a = bench_word_list(w, FEW);
    w->b = bench_object_made(en_tuple_pack(w->heap, w->home.values, FEW));
}

static void
begin_thousand(struct bench_word *w) {
    w->a = bench_word_list(w, THOUSAND);
}

static void
begin_full(struct bench_word *w) {
    w->a = bench_word_list(w, BENCH_WORD_PASS);
}

static void
begin_list_to_fill(struct bench_word *w) {
    w->a = bench_object_made(en_list_new(w->heap, BENCH_WORD_PASS));
}

static struct en_object *
resume(struct en_heap *heap, struct en_object *generator, void *data) {
    int64_t position = en_generator_position(generator);

    (void)heap;
    if (position == FEW)
        return NULL;
    en_generator_set_position(generator, position + 1);
    return en_incref(data);
}

static RT_ALWAYS_INLINE struct en_object *
run_generator(struct en_heap *heap, struct en_object *item) {
    struct en_object *generator = bench_object_made(en_generator_new(heap, resume, item, 0));
    struct en_object *list = bench_object_made(en_list_from_generator(heap, generator));

    en_decref(heap, generator);
    return list;
}

static RT_ALWAYS_INLINE struct en_object *
take_last(struct en_heap *heap, struct en_object *list) {
    return en_list_pop(heap, list, en_list_length(list) - 1);
}

static RT_ALWAYS_INLINE void
delete_last(struct en_heap *heap, struct en_object *list) {
    size_t length = en_list_length(list);

    bench_object_done(en_list_delete(heap, list, length - 1, length));
}

RUN(list_new, drop(heap, en_list_new(heap, bench_gbench_hide(0))))
RUN(list_put_steal, en_list_put_steal(hide(a), i, en_incref(value(w, i))))
RUN(list_pack, drop(heap, en_list_pack(heap, w->home.values, bench_gbench_hide(3))))
RUN(list_repeat, drop(heap, en_list_repeat(heap, w->home.none, bench_gbench_hide(FEW))))
RUN(list_slice, drop(heap, en_list_slice(heap, hide(a), 4, bench_gbench_hide(4 + FEW))))
RUN(list_from_generator, drop(heap, run_generator(heap, w->home.none)))
RUN(list_length, use((int64_t)en_list_length(hide(a))))
RUN(list_get, use((intptr_t)en_list_get(hide(a), i % 512)))
RUN(list_set, en_list_set(heap, hide(a), i % 512, value(w, i)))
RUN(list_append, bench_object_done(en_list_append(heap, a, value(w, i))))
RUN(list_insert, bench_object_done(en_list_insert(heap, a, i, value(w, i))))
RUN(list_extend, bench_object_done(en_list_extend(heap, a, b)))
RUN(list_pop, drop(heap, take_last(heap, hide(a))))
RUN(list_delete, delete_last(heap, hide(a)))
RUN(list_clear, en_list_clear(heap, w->many[i]))
RUN(list_reverse, en_list_reverse(heap, hide(a)))

/* ---- array -------------------------------------------------------------------------------------- */

static void
begin_integers(struct bench_word *w) {
    w->a = bench_object_made(en_array_new(w->heap, RT_ARRAY_Q, THOUSAND));
}

static void
begin_doubles(struct bench_word *w) {
    w->a = bench_object_made(en_array_new(w->heap, RT_ARRAY_D, THOUSAND));
}

RUN(array_new, drop(heap, en_array_new(heap, RT_ARRAY_D, bench_gbench_hide(16))))
RUN(array_length, use((int64_t)en_array_length(hide(a))))
RUN(array_code, use((int64_t)en_array_code(heap, hide(a))))
RUN(array_append_integer,
    bench_object_done(en_array_append_integer(heap, a, (int64_t)bench_gbench_hide(1000 + i))))
RUN(array_append_double, bench_object_done(en_array_append_double(heap, a, (double)(int64_t)i)))
RUN(array_set_integer,
    bench_object_done(en_array_set_integer(heap, hide(a), i % 512,
                                           (int64_t)bench_gbench_hide(1000 + i))))
RUN(array_set_double,
    bench_object_done(en_array_set_double(heap, hide(a), i % 512, (double)(int64_t)i)))
RUN(array_get_integer, use(en_array_get_integer(hide(a), i % 512)))
RUN(array_get_double, bench_word_use_double(en_array_get_double(hide(a), i % 512)))

const struct bench_word_row BENCH_WORD_ROWS(sequence)[] = {
    ROW(tuple_new, begin_tuple, END, 0),
    ROW(tuple_put_steal, begin_tuple_to_fill, END, BENCH_WORD_PASS),
    ROW(tuple_pack, begin_tuple, END, 0),
    ROW(tuple_length, begin_tuple, END, 0),
    ROW(tuple_get, begin_tuple, END, 0),
    ROW(list_new, begin_empty, END, 0),
    ROW(list_put_steal, begin_list_to_fill, END, BENCH_WORD_PASS),
    ROW(list_pack, begin_few, END, 0),
    ROW(list_repeat, begin_few, END, 0),
    ROW(list_slice, begin_thousand, END, 0),
    ROW(list_from_generator, begin_few, END, 0),
    ROW(list_length, begin_few, END, 0),
    ROW(list_get, begin_thousand, END, 0),
    ROW(list_set, begin_thousand, END, 0),
    ROW(list_append, begin_empty, END, BENCH_WORD_PASS),
    ROW(list_insert, begin_few, END, BENCH_WORD_PASS),
    ROW(list_extend, begin_few, END, BENCH_WORD_PASS / FEW),
    ROW(list_pop, begin_full, END, BENCH_WORD_PASS),
    ROW(list_delete, begin_full, END, BENCH_WORD_PASS),
    ROW(list_clear, bench_word_make_lists, bench_word_drop_many, BENCH_WORD_PASS),
    ROW(list_reverse, begin_few, END, 0),
    ROW(array_new, begin_doubles, END, 0),
    ROW(array_length, begin_doubles, END, 0),
    ROW(array_code, begin_doubles, END, 0),
    ROW(array_append_integer, begin_integers, END, BENCH_WORD_PASS),
    ROW(array_append_double, begin_doubles, END, BENCH_WORD_PASS),
    ROW(array_set_integer, begin_integers, END, 0),
    ROW(array_set_double, begin_doubles, END, 0),
    ROW(array_get_integer, begin_integers, END, 0),
    ROW(array_get_double, begin_doubles, END, 0),
    {0},
};
