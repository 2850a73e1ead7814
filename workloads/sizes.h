/* SPDX-License-Identifier: MIT
 *
 * sizes.h: how many bytes objects ask for in CPython 3.11, by formula, so that a workload can say its peak
 * before it runs. The runtime has the same sizes by being built that way; here they are counted out.
 */
#ifndef WORKLOADS_SIZES_H
#define WORKLOADS_SIZES_H

#include <stdint.h>

enum {
    WL_SIZES_INT = 32, /* of one digit, as arithmetic asks for it */
    WL_SIZES_FLOAT = 24,
    WL_SIZES_LIST = 56, /* the heads alone, with what the collector has in front of them */
    WL_SIZES_TUPLE = 40,
    WL_SIZES_ARRAY = 80,
    WL_SIZES_DICT = 64,
    WL_SIZES_SET = 216,     /* eight slots among them */
    WL_SIZES_INSTANCE = 56, /* can have a dict and weak references; the values are apart */
    WL_SIZES_SLOTS = 32,    /* an instance that can have neither, without its slots */
    WL_SIZES_WEAKREF = 72,
    WL_SIZES_NAMES_MOST = 29 /* attributes that the instances of a class can keep without a dict */
};

/* A list that grows from nothing, each time by `step` items. */
int64_t wl_sizes_list(int64_t length, int64_t step);

/* A bytes object; of a length above 1. */
int64_t wl_sizes_bytes(int64_t length);

/* An array of 8-byte values that is appended to. */
int64_t wl_sizes_array(int64_t length);

/* A dict's table of so many slots, a power of two from 8 on. */
int64_t wl_sizes_keys(int64_t slots);
int64_t wl_sizes_string_keys(int64_t slots);

/* The most that a dict or a set needs on its way to a length, with `item_bytes` for each of its items: a
 * table that grows is there twice for a moment. */
int64_t wl_sizes_dict_peak(int64_t length, int64_t item_bytes);
int64_t wl_sizes_set_peak(int64_t length, int64_t item_bytes);

/* The values of the first `count` instances of a class, of so many attributes each. Each begins with room
 * for the names that its class knows and a reserve of thirty, which gets one less with every instance. */
int64_t wl_sizes_values(int64_t count, int64_t attributes);

#endif
