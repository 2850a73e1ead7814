/* SPDX-License-Identifier: MIT
 *
 * words.h: texts as small numbers, the same text always the same one, so that thousands of
 * configurations with dozens of knobs are arrays of numbers. Number 0 is no text.
 */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct bench_words {        /* begins as zeros */
    char **texts;           /* [number - 1] */
    uint32_t *slots;        /* 0: free */
    size_t count, capacity; /* capacity: of slots, a power of two */
};

/* 0: out of memory. */
uint32_t bench_words_put(struct bench_words *words, const char *text);
const char *bench_words_text(const struct bench_words *words, uint32_t number);
void bench_words_fini(struct bench_words *words);

/* All texts, [number - 1]; they and the array are the caller's now, and it has no words any more. */
char **bench_words_release(struct bench_words *words, size_t *ret_count);

#endif
