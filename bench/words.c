/* SPDX-License-Identifier: MIT
 *
 * words.c: a hash table with open addresses, at most half full. See words.h.
 */
#include "bench/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"

enum {
    CAPACITY_FIRST = 256
};

static size_t
find_slot(const struct bench_words *words, const char *text) {
    uint64_t hash = 0;

    for (const char *at = text; *at != '\0'; at++)
        hash = wl_rng_mix(hash ^ (unsigned char)*at);
    size_t slot = hash & (words->capacity - 1);
    while (words->slots[slot] != 0 && strcmp(words->texts[words->slots[slot] - 1], text) != 0)
        slot = (slot + 1) & (words->capacity - 1);
    return slot;
}

static bool
grow(struct bench_words *words) {
    size_t capacity = words->capacity == 0 ? CAPACITY_FIRST : words->capacity * 2;
    char **texts = realloc(words->texts, capacity / 2 * sizeof *texts);
    uint32_t *slots = calloc(capacity, sizeof *slots);

    if (texts != NULL)
        words->texts = texts;
    if (texts == NULL || slots == NULL) {
        free(slots);
        return false;
    }
    free(words->slots);
    words->slots = slots;
    words->capacity = capacity;
    for (size_t i = 0; i < words->count; i++)
        slots[find_slot(words, words->texts[i])] = (uint32_t)i + 1;
    return true;
}

uint32_t
bench_words_put(struct bench_words *words, const char *text) {
    if (words->count * 2 >= words->capacity && !grow(words))
        return 0;
    size_t slot = find_slot(words, text);
    if (words->slots[slot] != 0)
        return words->slots[slot];
    char *copy = strdup(text);
    if (copy == NULL)
        return 0;
    words->texts[words->count] = copy;
    return words->slots[slot] = (uint32_t)++words->count;
}

const char *
bench_words_text(const struct bench_words *words, uint32_t number) {
    return number == 0 ? "" : words->texts[number - 1];
}

void
bench_words_fini(struct bench_words *words) {
    for (size_t i = 0; i < words->count; i++)
        free(words->texts[i]);
    free(words->texts);
    free(words->slots);
    *words = (struct bench_words){0};
}

char **
bench_words_release(struct bench_words *words, size_t *ret_count) {
    char **texts = words->texts;

    *ret_count = words->count;
    free(words->slots);
    *words = (struct bench_words){0};
    return texts;
}
