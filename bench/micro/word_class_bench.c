/* SPDX-License-Identifier: MIT
 *
 * word_class_bench.c: the words of classes, instances and weak references.
 */
#include "bench/micro/word_subject.h"

#define RUN   BENCH_WORD_RUN
#define ROW   BENCH_WORD_ROW
#define END   bench_word_end
#define hide  bench_word_hide
#define use   bench_word_use
#define drop  bench_word_drop
#define value bench_word_value
#define MANY  bench_word_drop_many

enum {
    CLASSES = 64,
    MEMBERS = 1024 /* of weak containers, which are slow: fewer than in a pass */
};

/* ---- Classes and instances ---------------------------------------------------------------------- */

/* The names that an instance has, in turn. */
static RT_ALWAYS_INLINE struct en_object *
name(const struct bench_word *w, size_t i) {
    return w->home.names[i % BENCH_OBJECT_NAMES];
}

static void
begin_instance(struct bench_word *w) {
    w->a = bench_object_made(en_instance_new(w->heap, w->home.plain));
    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        bench_object_done(en_attr_set(w->heap, w->a, name(w, i), value(w, i)));
}

static RT_ALWAYS_INLINE void
make_class(struct en_heap *heap) {
    struct en_class_spec spec = {.name = "Made"};

    drop(heap, en_class_new(heap, &spec));
}

/* And nobody keeps it. */
static void
end_classes(struct bench_word *w) {
    en_decref(w->heap, w->a);
    w->a = NULL;
    (void)en_gc_collect(w->heap, RT_GENERATIONS - 1);
}

RUN(class_new, make_class(heap))
RUN(class_of, use((intptr_t)en_class_of(hide(a))))
RUN(class_set, bench_object_done(en_class_set(heap, w->home.plain, name(w, i), value(w, i))))
RUN(instance_new, drop(heap, en_instance_new(heap, w->home.plain)))
RUN(attr_get, drop(heap, en_attr_get(heap, hide(a), name(w, i))))
RUN(attr_set, bench_object_done(en_attr_set(heap, hide(a), name(w, i), value(w, i))))
RUN(attr_delete, bench_object_done(en_attr_delete(heap, w->many[i], w->home.names[0])))
RUN(attr_has, bench_object_done(en_attr_has(heap, hide(a), name(w, i))))
RUN(instance_dict, bench_object_made(en_instance_dict(heap, w->many[i])))

/* ---- Weak references ---------------------------------------------------------------------------- */

static void
begin_referent(struct bench_word *w) {
    begin_instance(w);
    w->b = bench_object_made(en_weakref_new(w->heap, w->a, NULL));
}

static void
begin_no_member(struct bench_word *w) {
    bench_word_make_instances(w);
    w->a = bench_object_made(en_weak_set_new(w->heap));
}

static void
begin_members(struct bench_word *w) {
    begin_no_member(w);
    for (size_t i = 0; i < MEMBERS; i++)
        bench_object_done(en_weak_set_add(w->heap, w->a, w->many[i]));
}

/* Keys are ints. */
static void
begin_weak_dict(struct bench_word *w) {
    bench_word_make_instances(w);
    w->a = bench_object_made(en_weak_dict_new(w->heap));
    for (size_t i = 0; i < BENCH_OBJECT_VALUES; i++)
        bench_object_done(en_weak_dict_set(w->heap, w->a, value(w, i), w->many[i]));
}

static RT_ALWAYS_INLINE struct en_object *
make_weakref(struct en_heap *heap, struct en_object *referent) {
    return en_weakref_new(heap, referent, NULL);
}

RUN(weakref_new, drop(heap, make_weakref(heap, hide(a))))
RUN(weakref_get, bench_object_made(en_weakref_get(heap, hide(b))))
RUN(weakref_count, use((int64_t)en_weakref_count(heap, hide(a))))
RUN(weak_set_new, drop(heap, en_weak_set_new(heap)))
RUN(weak_set_add, bench_object_done(en_weak_set_add(heap, a, w->many[i])))
RUN(weak_set_discard, bench_object_done(en_weak_set_discard(heap, a, w->many[i])))
RUN(weak_set_length, use((int64_t)en_weak_set_length(heap, hide(a))))
RUN(weak_dict_new, drop(heap, en_weak_dict_new(heap)))
RUN(weak_dict_set, bench_object_done(en_weak_dict_set(heap, hide(a), value(w, i),
                                                      w->many[i % BENCH_OBJECT_VALUES])))
RUN(weak_dict_get, drop(heap, en_weak_dict_get(heap, hide(a), value(w, i))))
RUN(weak_dict_length, use((int64_t)en_weak_dict_length(heap, hide(a))))

const struct bench_word_row BENCH_WORD_ROWS(class)[] = {
    ROW(class_new, begin_instance, end_classes, CLASSES),
    ROW(class_of, begin_instance, END, 0),
    ROW(class_set, begin_instance, END, 0),
    ROW(instance_new, begin_instance, END, 0),
    ROW(attr_get, begin_instance, END, 0),
    ROW(attr_set, begin_instance, END, 0),
    ROW(attr_delete, bench_word_make_instances, MANY, BENCH_WORD_PASS),
    ROW(attr_has, begin_instance, END, 0),
    ROW(instance_dict, bench_word_make_instances, MANY, BENCH_WORD_PASS),
    ROW(weakref_new, begin_instance, END, 0),
    ROW(weakref_get, begin_referent, END, 0),
    ROW(weakref_count, begin_referent, END, 0),
    ROW(weak_set_new, begin_no_member, MANY, 0),
    ROW(weak_set_add, begin_no_member, MANY, MEMBERS),
    ROW(weak_set_discard, begin_members, MANY, MEMBERS),
    ROW(weak_set_length, begin_members, MANY, 0),
    ROW(weak_dict_new, begin_weak_dict, MANY, 0),
    ROW(weak_dict_set, begin_weak_dict, MANY, 0),
    ROW(weak_dict_get, begin_weak_dict, MANY, 0),
    ROW(weak_dict_length, begin_weak_dict, MANY, 0),
    {0},
};
