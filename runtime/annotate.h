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

enum {
    RT_ANNOTATE_BYTES_MAX = 4096, /* the largest block that a pool serves */
};

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

/* Blocks belong to an owner, the context. When it ends, so do those of its blocks that are live: the
 * next one may have blocks at the same addresses. */
static inline void
rt_annotate_owner_begins(const void *owner) {
#if defined(RT_HAVE_VALGRIND)
    VALGRIND_CREATE_MEMPOOL(owner, /* redzone */ 0, /* is_zeroed */ 0);
#else
    (void)owner;
#endif
}

static inline void
rt_annotate_owner_ends(const void *owner) {
#if defined(RT_HAVE_VALGRIND)
    VALGRIND_DESTROY_MEMPOOL(owner);
#else
    (void)owner;
#endif
}

/* A block of `bytes` is handed out. */
static inline void
rt_annotate_block_live(const void *owner, void *block, size_t bytes) {
    (void)owner;
#if defined(RT_HAVE_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_MEMPOOL_ALLOC(owner, block, bytes);
#else
    (void)block, (void)bytes;
#endif
}

#if defined(RT_HAVE_VALGRIND)
/* VALGRIND_MEMPOOL_CHANGE sorts all blocks at each call. Here the block ends and begins again, and
 * valgrind is told once more which of its bits have been written. */
static RT_COLD __attribute__((unused)) void
rt_annotate_block_renewed(const void *owner, void *block, size_t kept_bytes, size_t bytes) {
    unsigned char written[RT_ANNOTATE_BYTES_MAX];

    RT_ASSERT(kept_bytes <= sizeof written, "only small blocks are resized where they are");
    (void)VALGRIND_GET_VBITS(block, written, kept_bytes);
    VALGRIND_MEMPOOL_FREE(owner, block);
    VALGRIND_MEMPOOL_ALLOC(owner, block, bytes);
    (void)VALGRIND_SET_VBITS(block, written, kept_bytes);
}
#endif

/* What a larger block has more than before is the caller's to write first. */
static inline void
rt_annotate_block_resized(const void *owner, void *block, size_t old_bytes, size_t bytes) {
    (void)owner;
#if defined(RT_HAVE_ASAN)
    ASAN_POISON_MEMORY_REGION(block, old_bytes > bytes ? old_bytes : bytes);
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#elif defined(RT_HAVE_VALGRIND)
    if (RUNNING_ON_VALGRIND) {
        rt_annotate_block_renewed(owner, block, old_bytes < bytes ? old_bytes : bytes, bytes);
    }
#else
    (void)block, (void)old_bytes, (void)bytes;
#endif
}

/* A block is handed back; its rounded size is closed. */
static inline void
rt_annotate_block_freed(const void *owner, void *block, size_t rounded_bytes) {
    (void)owner;
#if defined(RT_HAVE_ASAN)
    ASAN_POISON_MEMORY_REGION(block, rounded_bytes);
#elif defined(RT_HAVE_VALGRIND)
    VALGRIND_MEMPOOL_FREE(owner, block);
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
