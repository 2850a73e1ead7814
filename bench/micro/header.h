/* SPDX-License-Identifier: MIT
 *
 * header.h: what workloads/engine.h costs, which should be nothing. header_words.c is compiled twice: with our
 * runtime's own calls, and with the words of the vocabulary. Both are run in turn, and their machine code is
 * compared by a test. They are kept from link-time optimisation, which may treat two equal functions
 * differently, or as one.
 */
#ifndef BENCH_MICRO_HEADER_H
#define BENCH_MICRO_HEADER_H

#include <stddef.h>

#include "runtime/rt.h"

enum {
    BENCH_HEADER_LENGTH = 512, /* of the list, a power of two */
};

struct bench_header_things {
    struct rt *rt;
    struct rt_object *list, *empty, *dict, *set, *instance, *class_object, *cell, *function;
    struct rt_object *names[2], *values[3];
};

struct bench_header_row {
    const char *operation; /* NULL: the end */
    void (*run)(const struct bench_header_things *things, size_t rounds);
};

extern const struct bench_header_row bench_header_direct[], bench_header_words[];

#endif
