/* SPDX-License-Identifier: MIT
 *
 * size_class.h: which class serves a request, and how many blocks of it a pool holds.
 *
 * Classes step by 16 bytes: class i has blocks of 16*(i+1) bytes and serves requests of 16*i+1 up to
 * that. A pool keeps its first 48 bytes free of blocks, as pymalloc's header does; ours has nothing in
 * them (its records lie outside, see pool.h), but so a pool holds as many blocks as CPython's, at the
 * same offsets, and figures carry over.
 */
#ifndef RUNTIME_SIZE_CLASS_H
#define RUNTIME_SIZE_CLASS_H

#include "runtime/base.h"

enum {
    RT_UNIT_BYTES = 16, /* alignment of every block, and the step between classes */
    RT_UNIT_SHIFT = 4,
    RT_POOL_HEADER_BYTES = 48,
    RT_POOL_HEADER_UNITS = RT_POOL_HEADER_BYTES / RT_UNIT_BYTES,
    RT_CLASS_COUNT_MAX = 256, /* 4 KiB, the largest small-request limit, by steps of 16 */
};

/* pre: bytes > 0 */
static inline size_t
rt_size_class_index(size_t bytes) {
    return (bytes - 1) >> RT_UNIT_SHIFT;
}

static inline size_t
rt_size_class_bytes(size_t index) {
    return (index + 1) << RT_UNIT_SHIFT;
}

/* Blocks of a class in a pool. */
size_t rt_size_class_capacity(size_t index, size_t pool_bytes);

/* Whether a block of `block_bytes` is kept when its request shrinks to `bytes`: CPython's rule, more
 * than three quarters must stay in use. pre: bytes <= block_bytes */
static inline bool
rt_size_class_keeps(size_t block_bytes, size_t bytes) {
    return 4 * bytes > 3 * block_bytes;
}

#endif
