/* SPDX-License-Identifier: MIT
 *
 * annotate.h: tells AddressSanitizer and valgrind what a block of ours is.
 *
 * A free block is closed: nobody may touch it. The allocator itself opens the first bytes of a free
 * block for the moment in which it keeps a note there, and closes them again. Without either tool the
 * functions are empty or a handful of no-ops, and they stand on slow paths only: under a tool, or in
 * an ASan build, the fast paths are switched off (rt_annotate_is_watched).
 */
#ifndef RUNTIME_ANNOTATE_H
#define RUNTIME_ANNOTATE_H

#include "runtime/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define RT_HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RT_HAVE_ASAN 1
#endif
#endif

#if defined(RT_HAVE_ASAN)
#include <sanitizer/asan_interface.h>
#elif defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define RT_HAVE_VALGRIND 1
#endif
#endif

/* True when a tool wants to hear of every block. */
static inline bool
rt_annotate_is_watched(void) {
#if defined(RT_HAVE_ASAN)
    return true;
#elif defined(RT_HAVE_VALGRIND)
    return RUNNING_ON_VALGRIND != 0;
#else
    return false;
#endif
}

/* True under valgrind, whose own tables make a large reservation costly. */
static inline bool
rt_annotate_wants_small_reservation(void) {
#if defined(RT_HAVE_VALGRIND)
    return RUNNING_ON_VALGRIND != 0;
#else
    return false;
#endif
}

/* A block of `bytes` is handed out. */
static inline void
rt_annotate_block_live(void *block, size_t bytes) {
#if defined(RT_HAVE_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_MALLOCLIKE_BLOCK(block, bytes, /* redzone */ 0, /* is_zeroed */ 0);
#else
    (void)block, (void)bytes;
#endif
}

static inline void
rt_annotate_block_resized(void *block, size_t old_bytes, size_t bytes) {
#if defined(RT_HAVE_ASAN)
    ASAN_POISON_MEMORY_REGION(block, old_bytes > bytes ? old_bytes : bytes);
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_RESIZEINPLACE_BLOCK(block, old_bytes, bytes, /* redzone */ 0);
#else
    (void)block, (void)old_bytes, (void)bytes;
#endif
}

/* A block is handed back; its rounded size is closed. */
static inline void
rt_annotate_block_freed(void *block, size_t rounded_bytes) {
#if defined(RT_HAVE_ASAN)
    ASAN_POISON_MEMORY_REGION(block, rounded_bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_FREELIKE_BLOCK(block, /* redzone */ 0);
    (void)rounded_bytes;
#else
    (void)block, (void)rounded_bytes;
#endif
}

static inline void
rt_annotate_open(void *address, size_t bytes) {
#if defined(RT_HAVE_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(address, bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_MAKE_MEM_DEFINED(address, bytes);
#else
    (void)address, (void)bytes;
#endif
}

static inline void
rt_annotate_close(void *address, size_t bytes) {
#if defined(RT_HAVE_ASAN)
    ASAN_POISON_MEMORY_REGION(address, bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_MAKE_MEM_NOACCESS(address, bytes);
#else
    (void)address, (void)bytes;
#endif
}

#endif
