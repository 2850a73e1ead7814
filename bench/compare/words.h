/* SPDX-License-Identifier: MIT
 *
 * compare/words.h: texts as small numbers, the same text always the same one, so that thousands of
 * configurations with dozens of knobs are arrays of numbers. Number 0 is no text.
 */
#ifndef BENCH_COMPARE_WORDS_H
#define BENCH_COMPARE_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct bench_compare_words { /* begins as zeros */
    char **texts;            /* [number - 1] */
    uint32_t *slots;         /* 0: free */
    size_t count, capacity;  /* capacity: of slots, a power of two */
};

/* 0: out of memory. */
uint32_t bench_compare_words_put(struct bench_compare_words *words, const char *text);
const char *bench_compare_words_text(const struct bench_compare_words *words, uint32_t number);
void bench_compare_words_fini(struct bench_compare_words *words);

#endif
