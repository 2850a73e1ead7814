/* SPDX-License-Identifier: MIT
 *
 * fake_os.h: the real system behind a table of hooks that counts, checks and refuses.
 *
 * Memory comes from the real hooks, so what runs on the fake really runs. On top of that:
 *   - Every range is followed from reserve to release, page by page. A commit outside what is reserved,
 *     a decommit of pages that are not committed, advice for memory that is not there, or a release of
 *     something else than was reserved is misuse: the first one is kept in `misuse`.
 *   - `refuse_in` calls from now, a call of one of the kinds in `refused_kinds` fails once.
 *   - fake_is_balanced() is true when nothing is left with the caller.
 */
#ifndef RUNTIME_TESTS_FAKE_OS_H
#define RUNTIME_TESTS_FAKE_OS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/os.h"

enum fake_kind {
    FAKE_RESERVE = 1,
    FAKE_COMMIT = 2,
    FAKE_ADVISE = 4,
    FAKE_LARGE = 8,
    FAKE_ANY = 15
};

enum fake_realloc {
    FAKE_REALLOC_SYSTEM, /* as the system likes */
    FAKE_REALLOC_MOVES,
    FAKE_REALLOC_STAYS, /* for blocks that shrink */
};

enum {
    FAKE_SPACES_MAX = 8,
    FAKE_TEXT_BYTES = 512
};

struct fake_space {
    char *address; /* NULL: not in use */
    size_t bytes;
    unsigned char *committed; /* by page */
};

struct fake_os {
    struct rt_os hooks; /* for rt_create */
    struct fake_space spaces[FAKE_SPACES_MAX];
    const char *misuse;

    unsigned refused_kinds;
    size_t refuse_in;           /* 1: the next call; 0: none */
    size_t refused;             /* calls that were made to fail */
    size_t reserve_limit_bytes; /* reservations above it fail; 0: none do */
    enum fake_realloc realloc_way;
    size_t realloc_old_bytes; /* of the block that is to move */

    size_t reserves, commits, decommits, huge_advices, no_huge_advices, discards, trims;
    size_t last_commit_bytes, last_huge_bytes;
    size_t committed_bytes, large_blocks; /* now */
    void (*on_discard)(void *context, const char *address, size_t bytes);
    void *discard_context;

    size_t complaints, aborts;
    char complaint[FAKE_TEXT_BYTES]; /* the last one */
};

static inline bool
fake_refuses(struct fake_os *fake, enum fake_kind kind) {
    if (fake->refuse_in == 0 || (fake->refused_kinds & (unsigned)kind) == 0 ||
        --fake->refuse_in != 0) {
        return false;
    }
    fake->refused++;
    return true;
}

/* From now on, call number `in` of these kinds fails, once. */
static inline void
fake_refuse(struct fake_os *fake, unsigned kinds, size_t in) {
    fake->refused_kinds = kinds;
    fake->refuse_in = in;
}

static inline void
fake_note_misuse(struct fake_os *fake, const char *sentence) {
    if (fake->misuse == NULL) {
        fake->misuse = sentence;
    }
}

/* The space that holds the whole range, or NULL. */
static inline struct fake_space *
fake_find_space(struct fake_os *fake, const char *address, size_t bytes) {
    for (size_t i = 0; i < FAKE_SPACES_MAX; i++) {
        struct fake_space *space = &fake->spaces[i];

        if (space->address != NULL && address >= space->address &&
            address + bytes <= space->address + space->bytes) {
            return space;
        }
    }
    return NULL;
}

static inline size_t
fake_count_committed(const struct fake_space *space, const char *address, size_t bytes) {
    size_t page_bytes = rt_os_page_bytes(), count = 0;
    size_t first = (size_t)(address - space->address) / page_bytes;

    for (size_t i = first; i < first + bytes / page_bytes; i++) {
        count += space->committed[i];
    }
    return count * page_bytes;
}

static inline void
fake_set_committed(struct fake_os *fake, struct fake_space *space, const char *address,
                   size_t bytes, bool is_committed) {
    size_t page_bytes = rt_os_page_bytes();
    size_t first = (size_t)(address - space->address) / page_bytes;

    fake->committed_bytes -= fake_count_committed(space, address, bytes);
    fake->committed_bytes += is_committed ? bytes : 0;
    memset(space->committed + first, is_committed, bytes / page_bytes);
}

static inline void *
fake_reserve(void *context, size_t bytes, size_t alignment) {
    struct fake_os *fake = context;
    const struct rt_os *os = rt_os_system();
    size_t i = 0;

    fake->reserves++;
    while (i < FAKE_SPACES_MAX && fake->spaces[i].address != NULL) {
        i++;
    }
    if (i == FAKE_SPACES_MAX) {
        fake_note_misuse(fake, "more ranges are reserved than a context needs");
        return NULL;
    }
    if (fake_refuses(fake, FAKE_RESERVE) ||
        (fake->reserve_limit_bytes != 0 && bytes > fake->reserve_limit_bytes)) {
        return NULL;
    }
    fake->spaces[i].address = os->reserve(os->context, bytes, alignment);
    if (fake->spaces[i].address != NULL) {
        fake->spaces[i].bytes = bytes;
        fake->spaces[i].committed = calloc(bytes / rt_os_page_bytes(), 1);
    }
    return fake->spaces[i].address;
}

static inline void
fake_release(void *context, void *address, size_t bytes) {
    struct fake_os *fake = context;
    const struct rt_os *os = rt_os_system();
    struct fake_space *space = fake_find_space(fake, address, bytes);

    if (space == NULL || space->address != address || space->bytes != bytes) {
        fake_note_misuse(fake, "what is released is not what was reserved");
        return;
    }
    fake->committed_bytes -= fake_count_committed(space, address, bytes);
    free(space->committed);
    *space = (struct fake_space){.address = NULL};
    os->release(os->context, address, bytes);
}

static inline int
fake_commit(void *context, void *address, size_t bytes) {
    struct fake_os *fake = context;
    const struct rt_os *os = rt_os_system();
    struct fake_space *space = fake_find_space(fake, address, bytes);

    fake->commits++;
    fake->last_commit_bytes = bytes;
    if (space == NULL || bytes % rt_os_page_bytes() != 0) {
        fake_note_misuse(fake, "memory is asked for outside of what is reserved");
        return -EINVAL;
    }
    if (fake_refuses(fake, FAKE_COMMIT)) {
        return -ENOMEM;
    }
    fake_set_committed(fake, space, address, bytes, true);
    return os->commit(os->context, address, bytes);
}

/* The space, when all of the range is committed; otherwise it is misuse and NULL. */
static inline struct fake_space *
fake_expect_committed(struct fake_os *fake, const char *address, size_t bytes,
                      const char *sentence) {
    struct fake_space *space = fake_find_space(fake, address, bytes);

    if (space == NULL || fake_count_committed(space, address, bytes) != bytes) {
        fake_note_misuse(fake, sentence);
        return NULL;
    }
    return space;
}

static inline void
fake_decommit(void *context, void *address, size_t bytes) {
    struct fake_os *fake = context;
    const struct rt_os *os = rt_os_system();
    struct fake_space *space =
        fake_expect_committed(fake, address, bytes, "memory is given back that was not there");

    fake->decommits++;
    if (space != NULL) {
        fake_set_committed(fake, space, address, bytes, false);
        os->decommit(os->context, address, bytes);
    }
}

static inline int
fake_advise(void *context, void *address, size_t bytes, enum rt_os_advice advice) {
    struct fake_os *fake = context;
    const struct rt_os *os = rt_os_system();

    if (fake_expect_committed(fake, address, bytes, "advice for memory that is not there") ==
        NULL) {
        return -ENOMEM;
    }
    fake->huge_advices += advice == RT_OS_ADVICE_HUGE;
    fake->no_huge_advices += advice == RT_OS_ADVICE_NO_HUGE;
    fake->discards += advice == RT_OS_ADVICE_DISCARD;
    if (advice == RT_OS_ADVICE_HUGE) {
        fake->last_huge_bytes = bytes;
    }
    if (fake_refuses(fake, FAKE_ADVISE)) {
        return -EAGAIN;
    }
    if (advice == RT_OS_ADVICE_DISCARD && fake->on_discard != NULL) {
        fake->on_discard(fake->discard_context, address, bytes);
    }
    return os->advise(os->context, address, bytes, advice);
}

static inline void *
fake_large_alloc(void *context, size_t bytes) {
    struct fake_os *fake = context;
    void *block = fake_refuses(fake, FAKE_LARGE) ? NULL : malloc(bytes);

    fake->large_blocks += block != NULL;
    return block;
}

static inline void *
fake_large_alloc_zeroed(void *context, size_t bytes) {
    struct fake_os *fake = context;
    void *block = fake_refuses(fake, FAKE_LARGE) ? NULL : calloc(1, bytes);

    fake->large_blocks += block != NULL;
    return block;
}

static inline void *
fake_large_realloc(void *context, void *block, size_t bytes) {
    struct fake_os *fake = context;
    size_t kept = fake->realloc_old_bytes < bytes ? fake->realloc_old_bytes : bytes;
    void *moved;

    if (fake_refuses(fake, FAKE_LARGE)) {
        return NULL;
    }
    if (fake->realloc_way == FAKE_REALLOC_STAYS) {
        return block;
    }
    if (fake->realloc_way == FAKE_REALLOC_SYSTEM) {
        return realloc(block, bytes);
    }
    moved = malloc(bytes);
    if (moved != NULL) {
        memcpy(moved, block, kept);
        free(block);
    }
    return moved;
}

static inline void
fake_large_free(void *context, void *block) {
    struct fake_os *fake = context;

    if (block != NULL && fake->large_blocks-- == 0) {
        fake_note_misuse(fake, "more blocks are freed than were allocated");
    }
    free(block);
}

static inline void
fake_large_trim(void *context) {
    ((struct fake_os *)context)->trims++;
}

static inline void
fake_complain(void *context, const char *text, size_t length) {
    struct fake_os *fake = context;
    size_t kept = length < FAKE_TEXT_BYTES ? length : FAKE_TEXT_BYTES - 1;

    fake->complaints++;
    memcpy(fake->complaint, text, kept);
    fake->complaint[kept] = '\0';
}

static inline void
fake_abort(void *context) {
    ((struct fake_os *)context)->aborts++;
}

/* The fake stays where it is while a context uses it. */
static inline void
fake_os_init(struct fake_os *fake) {
    *fake = (struct fake_os){.hooks = {.context = fake,
                                       .reserve = fake_reserve,
                                       .release = fake_release,
                                       .commit = fake_commit,
                                       .decommit = fake_decommit,
                                       .advise = fake_advise,
                                       .large_alloc = fake_large_alloc,
                                       .large_alloc_zeroed = fake_large_alloc_zeroed,
                                       .large_realloc = fake_large_realloc,
                                       .large_free = fake_large_free,
                                       .large_trim = fake_large_trim,
                                       .complain = fake_complain,
                                       .abort = fake_abort}};
}

static inline bool
fake_is_balanced(const struct fake_os *fake) {
    for (size_t i = 0; i < FAKE_SPACES_MAX; i++) {
        if (fake->spaces[i].address != NULL) {
            return false;
        }
    }
    return fake->misuse == NULL && fake->committed_bytes == 0 && fake->large_blocks == 0;
}

#endif
