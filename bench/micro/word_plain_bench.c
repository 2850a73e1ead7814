/* SPDX-License-Identifier: MIT
 *
 * word_plain_bench.c: the words of references, of any object, and of those without references: None, bool, int,
 * float, str and bytes.
 */
#include "bench/micro/word_subject.h"

#define RUN  BENCH_WORD_RUN
#define ROW  BENCH_WORD_ROW
#define END  bench_word_end
#define hide bench_word_hide
#define use  bench_word_use
#define drop bench_word_drop

static const char text[] = "sixteen letters.";

/* ---- References --------------------------------------------------------------------------------- */

/* As many references as there are rounds, to take or to give back. */
static void
begin_references(struct bench_word *w) {
    w->a = bench_object_made(en_list_new(w->heap, 0));
    for (size_t i = 0; i < BENCH_WORD_PASS; i++)
        w->many[i] = en_incref(w->a);
}

static void
end_taken(struct bench_word *w) {
    bench_word_drop_many(w);
}

static void
begin_list(struct bench_word *w) {
    w->a = bench_object_made(en_list_new(w->heap, 0));
}

static void
end_incref(struct bench_word *w) {
    for (size_t i = 0; i <= BENCH_WORD_PASS; i++)
        en_decref(w->heap, w->a);
}

RUN(incref, use((intptr_t)en_incref(hide(a))))
RUN(decref, en_decref(heap, w->many[i]); w->many[i] = NULL)
RUN(xdecref, en_xdecref(heap, w->many[i]); w->many[i] = NULL)
RUN(refcount, use(en_refcount(hide(a))))

/* ---- Any object --------------------------------------------------------------------------------- */

static void
begin_instance(struct bench_word *w) {
    w->a = bench_object_made(en_instance_new(w->heap, w->home.plain));
}

/* Two of one text. */
static void
begin_texts(struct bench_word *w) {
    w->a = bench_object_made(en_str(w->heap, text, sizeof text - 1));
    w->b = bench_object_made(en_str(w->heap, text, sizeof text - 1));
}

static RT_ALWAYS_INLINE int64_t
get_hash(struct en_heap *heap, struct en_object *object) {
    int64_t hash = 0;

    bench_object_done(en_hash(heap, object, &hash));
    return hash;
}

RUN(kind, use((int64_t)en_kind(heap, hide(a))))
RUN(type_name, use((intptr_t)en_type_name(heap, hide(a))))
RUN(equal, use(en_equal(heap, hide(a), hide(b))))
RUN(hash, use(get_hash(heap, hide(a))))
RUN(sizeof, use(en_sizeof(heap, hide(a))))
RUN(is_tracked, use(en_is_tracked(hide(a))))
RUN(is_finalized, use(en_is_finalized(hide(a))))

/* ---- None, bool, int, float --------------------------------------------------------------------- */

static void
begin_numbers(struct bench_word *w) {
    w->a = bench_object_made(en_int(w->heap, 100000));
    w->b = bench_object_made(en_int(w->heap, 23));
}

static void
begin_float(struct bench_word *w) {
    w->a = bench_object_made(en_float(w->heap, 1.5));
}

static RT_ALWAYS_INLINE int64_t
get_int(struct en_heap *heap, struct en_object *object) {
    int64_t value = 0;

    bench_object_done(en_int_value(heap, object, &value));
    return value;
}

RUN(none, use((intptr_t)en_none(heap)))
RUN(bool, use((intptr_t)en_bool(heap, (bench_gbench_hide(i) & 1) != 0)))
RUN(int, drop(heap, en_int(heap, (int64_t)bench_gbench_hide(i & 0xffff) + 1000)))
RUN(int_power, drop(heap, en_int_power(heap, (unsigned)bench_gbench_hide(200))))
RUN(int_value, use(get_int(heap, hide(a))))
RUN(int_add, drop(heap, en_int_add(heap, hide(a), hide(b))))
RUN(float, drop(heap, en_float(heap, (double)(int64_t)i)))
RUN(float_value, bench_word_use_double(en_float_value(hide(a))))

/* ---- str and bytes ------------------------------------------------------------------------------ */

static void
begin_name(struct bench_word *w) {
    w->a = bench_object_made(en_name(w->heap, text));
}

static void
begin_bytes(struct bench_word *w) {
    w->a = bench_object_made(en_bytes(w->heap, text, sizeof text - 1));
}

/* A text of which there is an interned one already. */
static RT_ALWAYS_INLINE void
intern(struct en_heap *heap) {
    struct en_object *string = bench_object_made(en_str(heap, text, sizeof text - 1));

    en_str_intern(heap, &string);
    drop(heap, string);
}

static RT_ALWAYS_INLINE void
append(struct bench_word *w, struct en_object *tail) {
    bench_object_done(en_str_append(w->heap, &w->a, tail));
}

RUN(str, drop(heap, en_str(heap, text, bench_gbench_hide(sizeof text - 1))))
RUN(name, drop(heap, en_name(heap, text)))
RUN(str_intern, intern(heap))
RUN(str_length, use((int64_t)en_str_length(hide(a))))
RUN(str_concat, drop(heap, en_str_concat(heap, hide(a), hide(b))))
RUN(str_append, append(w, b))
RUN(str_slice, drop(heap, en_str_slice(heap, hide(a), 4, bench_gbench_hide(12))))
RUN(bytes, drop(heap, en_bytes(heap, text, bench_gbench_hide(sizeof text - 1))))
RUN(bytes_length, use((int64_t)en_bytes_length(hide(a))))
RUN(bytes_data, use((int64_t)(uintptr_t)en_bytes_data(hide(a))))

const struct bench_word_row BENCH_WORD_ROWS(plain)[] = {
    ROW(incref, begin_list, end_incref, BENCH_WORD_PASS),
    ROW(decref, begin_references, end_taken, BENCH_WORD_PASS),
    ROW(xdecref, begin_references, end_taken, BENCH_WORD_PASS),
    ROW(refcount, begin_list, END, 0),
    ROW(kind, begin_instance, END, 0),
    ROW(type_name, begin_instance, END, 0),
    ROW(equal, begin_texts, END, 0),
    ROW(hash, begin_texts, END, 0),
    ROW(sizeof, begin_list, END, 0),
    ROW(is_tracked, begin_list, END, 0),
    ROW(is_finalized, begin_instance, END, 0),
    ROW(none, NULL, END, 0),
    ROW(bool, NULL, END, 0),
    ROW(int, NULL, END, 0),
    ROW(int_power, NULL, END, 0),
    ROW(int_value, begin_numbers, END, 0),
    ROW(int_add, begin_numbers, END, 0),
    ROW(float, begin_float, END, 0),
    ROW(float_value, begin_float, END, 0),
    ROW(str, begin_texts, END, 0),
    ROW(name, begin_name, END, 0),
    ROW(str_intern, begin_name, END, 0),
    ROW(str_length, begin_texts, END, 0),
    ROW(str_concat, begin_texts, END, 0),
    ROW(str_append, begin_texts, END, 64),
    ROW(str_slice, begin_texts, END, 0),
    ROW(bytes, begin_bytes, END, 0),
    ROW(bytes_length, begin_bytes, END, 0),
    ROW(bytes_data, begin_bytes, END, 0),
    {0},
};
