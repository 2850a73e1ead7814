/* SPDX-License-Identifier: MIT
 *
 * word_common.c: what rows of words work on, made on either engine; and the list of their families. See word.h.
 */
#include "bench/micro/word_subject.h"

void
bench_word_end(struct bench_word *w) {
    en_xdecref(w->heap, w->a);
    en_xdecref(w->heap, w->b);
    w->a = w->b = NULL;
}

struct en_object *
bench_word_list(struct bench_word *w, size_t length) {
    struct en_object *list = bench_object_made(en_list_new(w->heap, 0));

    for (size_t i = 0; i < length; i++)
        bench_object_done(en_list_append(w->heap, list, bench_word_value(w, i)));
    return list;
}

void
bench_word_make_ints(struct bench_word *w) {
    for (size_t i = 0; i < BENCH_WORD_PASS; i++)
        w->many[i] = bench_object_made(en_int(w->heap, 100000 + (int64_t)i));
}

void
bench_word_make_lists(struct bench_word *w) {
    for (size_t i = 0; i < BENCH_WORD_PASS; i++)
        w->many[i] = bench_word_list(w, 8);
}

void
bench_word_make_instances(struct bench_word *w) {
    for (size_t i = 0; i < BENCH_WORD_PASS; i++) {
        w->many[i] = bench_object_made(en_instance_new(w->heap, w->home.plain));
        for (size_t k = 0; k < BENCH_OBJECT_NAMES; k++)
            bench_object_done(
                en_attr_set(w->heap, w->many[i], w->home.names[k], w->home.values[k]));
    }
}

void
bench_word_drop_many(struct bench_word *w) {
    for (size_t i = 0; i < BENCH_WORD_PASS; i++) {
        en_xdecref(w->heap, w->many[i]);
        w->many[i] = NULL;
    }
    bench_word_end(w);
}

#if defined(ENGINE_CPYTHON)
#define FAMILIES bench_word_families_cpython
#else
#define FAMILIES bench_word_families_rt
#endif

const struct bench_word_row *const FAMILIES[] = {BENCH_WORD_ROWS(plain),
                                                 BENCH_WORD_ROWS(sequence),
                                                 BENCH_WORD_ROWS(hash),
                                                 BENCH_WORD_ROWS(code),
                                                 BENCH_WORD_ROWS(class),
                                                 BENCH_WORD_ROWS(heap),
                                                 NULL};
