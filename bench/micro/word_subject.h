/* SPDX-License-Identifier: MIT
 *
 * word_subject.h: what the rows of words are written with, for the engine that this compilation is for. See
 * word.h.
 */
#ifndef BENCH_MICRO_WORD_SUBJECT_H
#define BENCH_MICRO_WORD_SUBJECT_H

#include "bench/micro/object_subject.h"
#include "bench/micro/word.h"

#if defined(ENGINE_CPYTHON)
#define BENCH_WORD_ROWS(family) bench_word_##family##_cpython
#else
#define BENCH_WORD_ROWS(family) bench_word_##family##_rt
#endif

extern const struct bench_word_row BENCH_WORD_ROWS(plain)[], BENCH_WORD_ROWS(sequence)[],
    BENCH_WORD_ROWS(hash)[], BENCH_WORD_ROWS(code)[], BENCH_WORD_ROWS(class)[],
    BENCH_WORD_ROWS(heap)[];

/* What one round has found in memory, the next one has to look for again. */
static RT_ALWAYS_INLINE void
bench_word_end_round(void) {
    __asm__ volatile("" : : : "memory");
}

/* The rounds of one word. `w` is its struct bench_word, `i` the round. */
#define BENCH_WORD_RUN(word, ...)                                                                  \
    static void run_##word(struct bench_word *w, size_t rounds) {                                  \
        struct en_heap *heap = w->heap;                                                            \
        struct en_object *a = w->a, *b = w->b;                                                     \
        for (size_t i = 0; i < rounds; i++) {                                                      \
            __VA_ARGS__;                                                                           \
            bench_word_end_round();                                                                \
        }                                                                                          \
        (void)heap;                                                                                \
        (void)a;                                                                                   \
        (void)b;                                                                                   \
    }

/* `begin` and `end` around a pass of so many rounds; 0: around all of them. */
#define BENCH_WORD_ROW(word, begin, end, pass)                                                     \
    { #word, run_##word, begin, end, pass }

/* The compiler must not know which object it is. */
static RT_ALWAYS_INLINE struct en_object *
bench_word_hide(struct en_object *object) {
    __asm__ volatile("" : "+r"(object));
    return object;
}

static RT_ALWAYS_INLINE void
bench_word_use(int64_t value) {
    __asm__ volatile("" : : "r"(value));
}

static RT_ALWAYS_INLINE void
bench_word_use_double(double value) {
    __asm__ volatile("" : : "X"(value));
}

static RT_ALWAYS_INLINE void
bench_word_drop(struct en_heap *heap, struct en_object *object) {
    en_decref(heap, bench_object_made(object));
}

static RT_ALWAYS_INLINE struct en_object *
bench_word_value(const struct bench_word *word, size_t i) {
    return word->home.values[i % BENCH_OBJECT_VALUES];
}

/* A function of word_common.c, of which there is one for each engine. */
#if defined(ENGINE_CPYTHON)
#define BENCH_WORD_OF(function) function##_cpython
#else
#define BENCH_WORD_OF(function) function##_rt
#endif
#define bench_word_end            BENCH_WORD_OF(bench_word_end)
#define bench_word_make_ints      BENCH_WORD_OF(bench_word_make_ints)
#define bench_word_make_lists     BENCH_WORD_OF(bench_word_make_lists)
#define bench_word_make_instances BENCH_WORD_OF(bench_word_make_instances)
#define bench_word_drop_many      BENCH_WORD_OF(bench_word_drop_many)
#define bench_word_list           BENCH_WORD_OF(bench_word_list)

void bench_word_end(struct bench_word *word); /* drops a and b */

/* In word_common.c: `many` of it. */
void bench_word_make_ints(struct bench_word *word);
void bench_word_make_lists(struct bench_word *word);     /* of eight */
void bench_word_make_instances(struct bench_word *word); /* with x and y */
void bench_word_drop_many(struct bench_word *word);      /* and a, b */
struct en_object *bench_word_list(struct bench_word *word, size_t length);

#endif
