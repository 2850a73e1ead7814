/* SPDX-License-Identifier: MIT
 *
 * shared.h: the objects of which a context has one each. They lie in the context itself and so are in no
 * count of blocks. Each begins with so many references that it never dies, and is counted like any other.
 */
#ifndef RUNTIME_SHARED_H
#define RUNTIME_SHARED_H

#include "runtime/base.h"
#include "runtime/rt.h"

enum {
    RT_SMALL_INT_LOW = -5,
    RT_SMALL_INT_HIGH = 256,
    RT_SMALL_INT_COUNT = RT_SMALL_INT_HIGH - RT_SMALL_INT_LOW + 1,
    RT_CHARACTER_COUNT = 256,
    RT_SHARED_COUNT = 999999999, /* references of CPython 3.11's to begin with */
};

/* An int of up to two digits; a bool is one as well. */
struct rt_short_int {
    struct rt_sized sized;
    uint32_t digits[2];
};

struct rt_shared {
    struct rt_object none;
    struct rt_short_int bools[2];
    struct rt_short_int ints[RT_SMALL_INT_COUNT];
    RT_ALIGNED(16) char characters[RT_CHARACTER_COUNT][80]; /* str of one character up to U+00FF */
    RT_ALIGNED(16) char byte_strings[RT_CHARACTER_COUNT][48];
    RT_ALIGNED(16) char empty_str[64], empty_bytes[48];
    RT_ALIGNED(16) char empty_tuple[48]; /* with its head */
    RT_ALIGNED(16) char empty_keys[48];  /* of a dict without any */
};

#endif
