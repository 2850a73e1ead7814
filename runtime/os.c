/* SPDX-License-Identifier: MIT
 *
 * os.c: the system as it is. The only file of the runtime with platform conditions.
 *
 * A range is in one of two states: reserved (no access, no memory behind it) or committed (readable,
 * writable, zero until written). The state of a range is the protection of its mapping, so nothing is
 * recorded here and the hooks need no context.
 *
 * Decommitting maps fresh, inaccessible space over the range rather than dropping its pages with
 * madvise and taking access away with mprotect. Measured for 1 MiB on Linux 6.18: 3.1 against 3.6 us
 * with one page touched, 54 against 55 us with all of them touched. The larger difference is what it
 * leaves behind: a thousand arenas committed in random order and decommitted again end as 1 mapping
 * of the process in place of 298 that the system cannot join. It also works on locked memory, and
 * gives the commit charge back where overcommitting is forbidden. The price is that advice given for
 * the range is forgotten.
 */
#include "runtime/os.h"
#include "runtime/base.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum {
    RESERVED_FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
};

size_t
rt_os_page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Asks for enough to find an aligned start in it, then gives back what lies before and after. */
static void *
reserve(void *context, size_t bytes, size_t alignment) {
    size_t page_bytes = rt_os_page_bytes();
    size_t spare_bytes = alignment > page_bytes ? alignment - page_bytes : 0;
    size_t before_bytes;
    char *start;

    (void)context;
    RT_ASSERT(rt_is_power_of_two(alignment), "an alignment is a power of two");
    if (bytes > SIZE_MAX - spare_bytes) {
        return NULL;
    }
    start = mmap(NULL, bytes + spare_bytes, PROT_NONE, RESERVED_FLAGS, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    before_bytes = rt_align_up((uintptr_t)start, alignment) - (uintptr_t)start;
    before_bytes = spare_bytes > 0 ? before_bytes : 0;
    if (before_bytes > 0) {
        (void)munmap(start, before_bytes);
    }
    if (spare_bytes > before_bytes) {
        (void)munmap(start + before_bytes + bytes, spare_bytes - before_bytes);
    }
    return start + before_bytes;
}

static void
release(void *context, void *address, size_t bytes) {
    (void)context;
    (void)munmap(address, bytes);
}

static int
commit(void *context, void *address, size_t bytes) {
    (void)context;
    return mprotect(address, bytes, PROT_READ | PROT_WRITE) == 0 ? 0 : -errno;
}

static void
decommit(void *context, void *address, size_t bytes) {
    (void)context;
    if (mmap(address, bytes, PROT_NONE, RESERVED_FLAGS | MAP_FIXED, -1, 0) != MAP_FAILED) {
        return;
    }

    /* No room for another mapping. Pages can still be dropped within the one that is there. */
    (void)madvise(address, bytes, MADV_DONTNEED);
    (void)mprotect(address, bytes, PROT_NONE);
}

static int
advise(void *context, void *address, size_t bytes, enum rt_os_advice advice) {
    int native = -1;

    (void)context;
    switch (advice) {
    case RT_OS_ADVICE_HUGE:
#if defined(MADV_HUGEPAGE)
        native = MADV_HUGEPAGE;
#endif
        break;
    case RT_OS_ADVICE_NO_HUGE:
#if defined(MADV_NOHUGEPAGE)
        native = MADV_NOHUGEPAGE;
#endif
        break;
    case RT_OS_ADVICE_DISCARD:
        native = MADV_DONTNEED;
        break;
    case RT_OS_ADVICE_FILL:
#if defined(MADV_POPULATE_WRITE)
        native = MADV_POPULATE_WRITE;
#endif
        break;
    }
    if (native < 0) {
        return -ENOTSUP;
    }
    return madvise(address, bytes, native) == 0 ? 0 : -errno;
}

/* The malloc family may answer 0 bytes with NULL, which would read as out of memory; and a realloc to
 * 0 bytes frees the block. A request of 0 bytes is therefore one of 1. */
static size_t
at_least_one(size_t bytes) {
    return bytes > 0 ? bytes : 1;
}

static void *
large_alloc(void *context, size_t bytes) {
    (void)context;
    return malloc(at_least_one(bytes));
}

static void *
large_alloc_zeroed(void *context, size_t bytes) {
    (void)context;
    return calloc(1, at_least_one(bytes));
}

static void *
large_realloc(void *context, void *block, size_t bytes) {
    (void)context;
    return realloc(block, at_least_one(bytes));
}

static void
large_free(void *context, void *block) {
    (void)context;
    free(block);
}

static void
large_trim(void *context) {
    (void)context;
#if defined(__GLIBC__)
    (void)malloc_trim(0);
#endif
}

static void
complain(void *context, const char *text, size_t length) {
    (void)context;
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);

        if (written > 0) {
            text += written;
            length -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return; /* nobody can be told that nobody can be told */
        }
    }
}

static void
end_process(void *context) {
    (void)context;
    abort();
}

static const struct rt_os system_hooks = {
    .reserve = reserve,
    .release = release,
    .commit = commit,
    .decommit = decommit,
    .advise = advise,
    .large_alloc = large_alloc,
    .large_alloc_zeroed = large_alloc_zeroed,
    .large_realloc = large_realloc,
    .large_free = large_free,
    .large_trim = large_trim,
    .complain = complain,
    .abort = end_process,
};

const struct rt_os *
rt_os_system(void) {
    return &system_hooks;
}
