/* SPDX-License-Identifier: MIT
 *
 * malloc.c: a library to be preloaded, which notes each call of malloc and its kin in a raw file (raw.h) and
 * hands it on.
 *
 * Invariants:
 *   - Until the next library's malloc is known, blocks come from `first_blocks`, which are never recorded and
 *     never returned: looking it up may itself ask for memory.
 *   - free and realloc are noted before a block can become another thread's, all others after.
 *   - errno after a call is what the call left.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/shim/raw.h"

#define EXPORT __attribute__((visibility("default")))

enum {
    FIRST_BYTES = 1 << 16,
    ALIGNMENT = 16,
};

static struct {
    void *(*malloc)(size_t);
    void (*free)(void *);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*memalign)(size_t, size_t);
    size_t (*usable)(void *);
} next;

static struct bench_raw_writer writer;
static _Atomic bool is_found; /* all of `next` is there */
static _Atomic unsigned thread_count;
static alignas(ALIGNMENT) char first_blocks[FIRST_BYTES];
static _Atomic size_t first_used;

static unsigned
thread_number(void) {
    static __thread unsigned number __attribute__((tls_model("initial-exec")));

    if (number == 0)
        number = 1 + atomic_fetch_add(&thread_count, 1);
    return number;
}

/* ---- Before there is a malloc ------------------------------------------------------------------- */

static bool
is_first(const void *block) {
    return (const char *)block >= first_blocks && (const char *)block < first_blocks + FIRST_BYTES;
}

/* Its size stands in front of each. */
static void *
first_alloc(size_t size) {
    size_t bytes, at;

    if (size > FIRST_BYTES / 2)
        return NULL;
    bytes = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
    at = atomic_fetch_add(&first_used, bytes);
    if (at + bytes > FIRST_BYTES)
        return NULL;
    memcpy(first_blocks + at, &size, sizeof size);
    return first_blocks + at + ALIGNMENT;
}

static size_t
first_size(const void *block) {
    size_t size;

    memcpy(&size, (const char *)block - ALIGNMENT, sizeof size);
    return size;
}

static void
look_up(const char *name, void *ret_function) {
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL)
        _exit(127);
    memcpy(ret_function, &function, sizeof function);
}

/* Whoever comes here while the first one is under way, the lookup itself or another thread, makes do with first
 * blocks. */
static bool
find_next(void) {
    static atomic_flag is_begun = ATOMIC_FLAG_INIT;

    if (atomic_flag_test_and_set(&is_begun))
        return atomic_load(&is_found);
    look_up("malloc", &next.malloc);
    look_up("free", &next.free);
    look_up("calloc", &next.calloc);
    look_up("realloc", &next.realloc);
    look_up("memalign", &next.memalign);
    look_up("malloc_usable_size", &next.usable);
    bench_raw_open(&writer);
    atomic_store(&is_found, true);
    return true;
}

static inline bool
is_ready(void) {
    return __builtin_expect(atomic_load_explicit(&is_found, memory_order_acquire), 1) ||
           find_next();
}

static __attribute__((constructor)) void
begin(void) {
    is_ready();
}

/* ---- Notes -------------------------------------------------------------------------------------- */

static inline void *
note_alloc(void *block, size_t size) {
    if (block != NULL && bench_raw_is_on(&writer))
        bench_raw_put(&writer, bench_raw_first(BENCH_RAW_ALLOC, thread_number(), block), size);
    return block;
}

static inline void
note_free(const void *block) {
    if (bench_raw_is_on(&writer))
        bench_raw_put(&writer, bench_raw_first(BENCH_RAW_FREE, thread_number(), block), 0);
}

static void
note_resize(enum bench_raw_kind kind, const void *block, size_t size) {
    if (bench_raw_is_on(&writer))
        bench_raw_put(&writer, bench_raw_first(kind, thread_number(), block), size);
}

/* ---- malloc and its kin ------------------------------------------------------------------------- */

EXPORT void *
malloc(size_t size) {
    if (!is_ready())
        return first_alloc(size);
    return note_alloc(next.malloc(size), size);
}

EXPORT void
free(void *block) {
    if (block == NULL || is_first(block) || !is_ready())
        return;
    note_free(block);
    next.free(block);
}

EXPORT void *
calloc(size_t count, size_t size) {
    size_t bytes;

    if (!is_ready())
        return __builtin_mul_overflow(count, size, &bytes) ? NULL : first_alloc(bytes);
    return note_alloc(next.calloc(count, size), count * size);
}

static void *
resize_first(void *block, size_t size) {
    void *moved = malloc(size);

    if (moved != NULL)
        memcpy(moved, block, size < first_size(block) ? size : first_size(block));
    return moved;
}

EXPORT void *
realloc(void *block, size_t size) {
    void *moved;

    if (block == NULL)
        return malloc(size);
    if (is_first(block))
        return resize_first(block, size);
    if (size == 0) {
        note_free(block);
        return note_alloc(next.realloc(block, 0), 0);
    }
    note_resize(BENCH_RAW_RESIZE_BEGIN, block, 0);
    moved = next.realloc(block, size);
    note_resize(BENCH_RAW_RESIZE_END, moved, size);
    return moved;
}

EXPORT void *
reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

EXPORT void *
memalign(size_t alignment, size_t size) {
    if (!is_ready())
        return alignment <= ALIGNMENT ? first_alloc(size) : NULL;
    return note_alloc(next.memalign(alignment, size), size);
}

EXPORT void *
aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

EXPORT int
posix_memalign(void **ret_block, size_t alignment, size_t size) {
    int before = errno;
    void *block;

    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    block = memalign(alignment, size);
    errno = before;
    if (block == NULL)
        return ENOMEM;
    *ret_block = block;
    return 0;
}

EXPORT void *
valloc(size_t size) {
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

EXPORT void *
pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes;

    if (__builtin_add_overflow(size, page - 1, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return memalign(page, bytes / page * page);
}

EXPORT size_t
malloc_usable_size(void *block) {
    if (block == NULL)
        return 0;
    if (is_first(block))
        return first_size(block);
    return is_ready() ? next.usable(block) : 0;
}
