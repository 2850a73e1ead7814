/* SPDX-License-Identifier: MIT
 *
 * heap.h: what the tests of the heap share: contexts made from words, blocks with marks in them, a
 * listener that remembers, and the verifier as an assertion.
 */
#ifndef RUNTIME_TESTS_HEAP_H
#define RUNTIME_TESTS_HEAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/rt.h"

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    TEST_TEXT_BYTES = 512
};

/* ---- Contexts ---- */

/* A configuration from "name=value" words, the last one followed by NULL. */
static inline struct rt_config
test_configure_from(va_list words) {
    struct rt_config config;
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;
    const char *word;

    rt_config_init(&config);
    rt_text_init(&why, buffer, sizeof buffer);
    while ((word = va_arg(words, const char *)) != NULL) {
        if (rt_knob_assign(rt_config_knobs(), &config, word, &why) != 0) {
            fail_msg("%s", buffer);
        }
    }
    return config;
}

/* A context on these hooks (NULL: the real ones), from words that end in NULL. */
static inline struct rt *
test_create(const struct rt_os *os, ...) {
    struct rt_config config;
    struct rt *rt = NULL;
    va_list words;

    va_start(words, os);
    config = test_configure_from(words);
    va_end(words);
    assert_int_equal(rt_create(&config, os, &rt), 0);
    return rt;
}

static inline void
test_assert_verified(struct rt *rt, const char *file, int line) {
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    if (rt_verify(rt, &why) != 0) {
        print_error("the heap is broken: %s\n", buffer);
        _fail(file, line);
    }
}

#define assert_verified(rt) test_assert_verified((rt), __FILE__, __LINE__)

static inline uint64_t
test_stat(struct rt *rt, enum rt_stat stat) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(rt, values);
    return values[stat];
}

/* ---- Blocks ---- */

struct test_block {
    unsigned char *address;
    size_t bytes;
};

/* Every byte of a block depends on where it is in the block and on the mark, so blocks that overlap or
 * were copied from the wrong place cannot both be whole. */
static inline unsigned char
test_byte(size_t at, unsigned mark) {
    return (unsigned char)(at * 7 + mark * 31 + (at >> 8));
}

static inline void
test_write(void *block, size_t bytes, unsigned mark) {
    for (size_t i = 0; i < bytes; i++) {
        ((unsigned char *)block)[i] = test_byte(i, mark);
    }
}

static inline bool
test_is_written(const void *block, size_t bytes, unsigned mark) {
    for (size_t i = 0; i < bytes; i++) {
        if (((const unsigned char *)block)[i] != test_byte(i, mark)) {
            return false;
        }
    }
    return true;
}

static inline bool
test_is_all(const void *memory, size_t bytes, unsigned char value) {
    for (size_t i = 0; i < bytes; i++) {
        if (((const unsigned char *)memory)[i] != value) {
            return false;
        }
    }
    return true;
}

/* ---- Listening ---- */

struct test_heard {
    size_t count[RT_EVENT_COUNT];
    struct rt_event last[RT_EVENT_COUNT]; /* without its text, */
    char text[TEST_TEXT_BYTES];           /* which is here: the last one of any kind */
};

static inline void
test_hear(void *context, const struct rt_event *event) {
    struct test_heard *heard = context;

    heard->count[event->kind]++;
    heard->last[event->kind] = *event;
    heard->last[event->kind].text = NULL;
    if (event->text != NULL) {
        strncpy(heard->text, event->text, sizeof heard->text - 1);
    }
}

/* Begins to listen to all that happens in the context. */
static inline void
test_listen(struct rt *rt, struct test_heard *heard) {
    *heard = (struct test_heard){.text = ""};
    assert_int_equal(rt_listen(rt, test_hear, heard), 0);
}

#endif
