/* SPDX-License-Identifier: MIT
 *
 * word.h: what one word of the vocabulary (workloads/engine.h) costs, for each of them and on both engines.
 *
 * The tables of word_<family>_bench.c, compiled once for each engine, are the list of all words; what has no row
 * of its own stands in bench_word_exceptions with the reason, and a test compares both with the header.
 *
 * A row runs its word in a loop that does nothing else. What a word makes is dropped at once, as part of the
 * figure. Where a word would use up what it works on, a pass gets it ready, untimed, for a number of rounds.
 * What goes in and what comes out is hidden from the compiler.
 */
#ifndef BENCH_MICRO_WORD_H
#define BENCH_MICRO_WORD_H

#include "bench/micro/object.h"

enum {
    BENCH_WORD_PASS = 4096, /* rounds in a pass, at most */
};

/* What a row works on: its own of what is behind `home`, which it drops itself. */
struct bench_word {
    struct bench_object_home home;
    struct en_heap *heap;
    struct en_object *a, *b;
    struct en_object *many[BENCH_WORD_PASS];
    void *block;
    size_t rounds;
    struct en_code code;
};

struct bench_word_row {
    const char *word;                                    /* without en_ */
    void (*run)(struct bench_word *word, size_t rounds); /* NULL: this engine has nothing of it */
    void (*begin)(struct bench_word *word);              /* NULL: nothing to do */
    void (*end)(struct bench_word *word);
    uint32_t pass; /* rounds between the two; 0: any number */
};

struct bench_word_exception {
    const char *word, *reason;
};

extern const struct bench_word_exception bench_word_exceptions[]; /* the last has no word */

/* Ended by NULL; the last row of a family has no word. */
extern const struct bench_word_row *const bench_word_families_rt[],
    *const bench_word_families_cpython[];

#endif
