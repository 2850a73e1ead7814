/* SPDX-License-Identifier: MIT
 *
 * debug.c: guard bytes, fills, serial numbers, and a waiting room for freed blocks.
 *
 * A request of n bytes becomes a block of n + 32, laid out as CPython's debug hooks do when they are
 * built with serial numbers (all numbers big-endian):
 *
 *    raw + 0        8 bytes   n
 *    raw + 8        1 byte    'o'
 *    raw + 9        7 bytes   0xfd, the guard before
 *    raw + 16       n bytes   the caller's; 0xcd when new
 *    raw + 16 + n   8 bytes   0xfd, the guard behind
 *    raw + 24 + n   8 bytes   the serial number of its allocation
 *
 * A freed block is filled with 0xdd from end to end and waits: up to alloc.quarantine blocks are kept
 * from being used again, oldest out first. So a second free finds 0xdd where 'o' should be and its
 * history in the waiting room, and a write to a freed block is found when the block leaves. After that
 * its memory may be anybody's and nothing more can be said.
 *
 * Serial numbers count allocations and frees alike, so a report orders them.
 */
#include "runtime/debug.h"

#include "runtime/backend.h"
#include "runtime/block.h"
#include "runtime/fault.h"

#include <errno.h>
#include <string.h>

enum {
    HEAD_BYTES = 16,
    TAIL_BYTES = 8,
    SERIAL_BYTES = 8,
    EXTRA_BYTES = HEAD_BYTES + TAIL_BYTES + SERIAL_BYTES,
    LETTER_AT = 8,
    LETTER_LIVE = 'o',
    GUARD = 0xfd,
    REPORT_BYTES = 512,
};

struct rt_debug_freed {
    unsigned char *raw;
    size_t bytes; /* as requested */
    uint64_t born, died;
};

/* ---- Layout -------------------------------------------------------------------------------------- */

static void
store_number(unsigned char *at, uint64_t number) {
    for (size_t i = 8; i-- > 0; number >>= 8) {
        at[i] = (unsigned char)number;
    }
}

static uint64_t
load_number(const unsigned char *at) {
    uint64_t number = 0;

    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | at[i];
    }
    return number;
}

static unsigned char
fill_of(int64_t knob, int64_t by_itself) {
    return (unsigned char)(knob >= 0 ? knob : by_itself);
}

static unsigned char
fill_new(const struct rt *rt) {
    return fill_of(rt->config.alloc_fill_new, rt->backend->fill_new);
}

static unsigned char
fill_freed(const struct rt *rt) {
    return fill_of(rt->config.alloc_fill_freed, rt->backend->fill_freed);
}

static unsigned char *
dress(struct rt *rt, unsigned char *raw, size_t bytes) {
    store_number(raw, bytes);
    raw[LETTER_AT] = LETTER_LIVE;
    memset(raw + LETTER_AT + 1, GUARD, HEAD_BYTES - LETTER_AT - 1);
    memset(raw + HEAD_BYTES + bytes, GUARD, TAIL_BYTES);
    store_number(raw + HEAD_BYTES + bytes + TAIL_BYTES, ++rt->debug.serial);
    return raw + HEAD_BYTES;
}

/* The first byte of a run that is not as it should be, or `count`. */
static size_t
find_change(const unsigned char *bytes, size_t count, unsigned char expected) {
    size_t i = 0;

    while (i < count && bytes[i] == expected) {
        i++;
    }
    return i;
}

/* ---- Reports ------------------------------------------------------------------------------------- */

static void
say_block(struct rt_text *text, const void *block, size_t bytes) {
    rt_text_string(text, "debug: block 0x");
    rt_text_hex(text, (uint64_t)(uintptr_t)block);
    rt_text_string(text, " of ");
    rt_text_unsigned(text, bytes);
    rt_text_string(text, " bytes");
}

static void
say_number(struct rt_text *text, const char *words, uint64_t number) {
    rt_text_string(text, words);
    rt_text_unsigned(text, number);
}

static void
say_byte(struct rt_text *text, unsigned char is, unsigned char expected) {
    rt_text_string(text, " is 0x");
    rt_text_hex(text, is);
    rt_text_string(text, ", not 0x");
    rt_text_hex(text, expected);
}

/* The block in the waiting room whose memory holds the address, or NULL. */
static const struct rt_debug_freed *
find_waiting(const struct rt *rt, const unsigned char *raw) {
    const struct rt_debug *debug = &rt->debug;

    for (size_t i = 0; i < debug->count; i++) {
        const struct rt_debug_freed *freed = &debug->waiting[(debug->first + i) % debug->capacity];

        if (freed->raw == raw) {
            return freed;
        }
    }
    return NULL;
}

static bool
finds_not_live(const struct rt *rt, const unsigned char *raw, size_t bytes, struct rt_text *text) {
    enum rt_block_kind kind = rt_block_kind(rt, raw);
    const struct rt_debug_freed *freed;

    if (kind == RT_BLOCK_FOREIGN || (kind == RT_BLOCK_POOL && !rt_block_is_start(rt, raw))) {
        say_block(text, raw + HEAD_BYTES, bytes);
        rt_text_string(text, ": not a block of this context");
        return true;
    }
    freed = raw[LETTER_AT] == LETTER_LIVE ? NULL : find_waiting(rt, raw);
    if (freed != NULL) {
        say_block(text, raw + HEAD_BYTES, freed->bytes);
        say_number(text, ": freed twice; it was allocation ", freed->born);
        say_number(text, " and freed as ", freed->died);
    }
    return freed != NULL;
}

/* pre: raw is the start of a block of ours */
static bool
finds_broken(const unsigned char *raw, size_t bytes, struct rt_text *text) {
    uint64_t stored = load_number(raw);
    size_t change = find_change(raw + LETTER_AT + 1, HEAD_BYTES - LETTER_AT - 1, GUARD);
    const unsigned char *tail = raw + HEAD_BYTES + bytes;

    if (change != HEAD_BYTES - LETTER_AT - 1 || raw[LETTER_AT] != LETTER_LIVE) {
        bool is_letter = change == HEAD_BYTES - LETTER_AT - 1;
        size_t at = is_letter ? LETTER_AT : LETTER_AT + 1 + change;

        say_block(text, raw + HEAD_BYTES, bytes);
        say_number(text, ": written before its start: the byte at -", HEAD_BYTES - at);
        say_byte(text, raw[at], is_letter ? LETTER_LIVE : GUARD);
        return true;
    }
    if (stored != bytes) {
        say_block(text, raw + HEAD_BYTES, bytes);
        say_number(text, ": it was requested with another size, ", stored);
        return true;
    }
    change = find_change(tail, TAIL_BYTES, GUARD);
    if (change != TAIL_BYTES) {
        say_block(text, raw + HEAD_BYTES, bytes);
        say_number(text, ": written past its end: the byte at +", bytes + change);
        say_byte(text, tail[change], GUARD);
        say_number(text, "; it was allocation ", load_number(tail + TAIL_BYTES));
        return true;
    }
    return false;
}

bool
rt_debug_finds(const struct rt *rt, const void *block, size_t bytes, struct rt_text *text) {
    const unsigned char *raw = (const unsigned char *)block - HEAD_BYTES;

    if (finds_not_live(rt, raw, bytes, text) || finds_broken(raw, bytes, text)) {
        say_number(text, "; now at ", rt->debug.serial);
        rt_text_string(text, "\n");
        return true;
    }
    return false;
}

static bool
finds_in_freed(const struct rt *rt, const struct rt_debug_freed *freed, struct rt_text *text) {
    size_t total = freed->bytes + EXTRA_BYTES;
    size_t change = find_change(freed->raw, total, fill_freed(rt));

    if (change == total) {
        return false;
    }
    say_block(text, freed->raw + HEAD_BYTES, freed->bytes);
    rt_text_string(text, ": written after it was freed: the byte at ");
    rt_text_integer(text, (int64_t)change - HEAD_BYTES);
    say_byte(text, freed->raw[change], fill_freed(rt));
    say_number(text, "; it was allocation ", freed->born);
    say_number(text, " and freed as ", freed->died);
    say_number(text, "; now at ", rt->debug.serial);
    rt_text_string(text, "\n");
    return true;
}

bool
rt_debug_finds_in_waiting(const struct rt *rt, struct rt_text *text) {
    const struct rt_debug *debug = &rt->debug;

    for (size_t i = 0; i < debug->count; i++) {
        if (finds_in_freed(rt, &debug->waiting[(debug->first + i) % debug->capacity], text)) {
            return true;
        }
    }
    return false;
}

/* ---- The waiting room ---------------------------------------------------------------------------- */

static void
release_oldest(struct rt *rt) {
    struct rt_debug *debug = &rt->debug;
    struct rt_debug_freed freed = debug->waiting[debug->first];
    char buffer[REPORT_BYTES];
    struct rt_text text;

    debug->first = (debug->first + 1) % debug->capacity;
    debug->count--;
    rt_text_init(&text, buffer, sizeof(buffer));
    if (finds_in_freed(rt, &freed, &text)) {
        rt_backend_report(rt, RT_EVENT_DEBUG, freed.raw + HEAD_BYTES, buffer);
    }
    (void)rt_block_free(rt, freed.raw, freed.bytes + EXTRA_BYTES);
}

static void
let_wait(struct rt *rt, struct rt_debug_freed freed) {
    struct rt_debug *debug = &rt->debug;

    if (debug->capacity == 0) {
        (void)rt_block_free(rt, freed.raw, freed.bytes + EXTRA_BYTES);
        return;
    }
    if (debug->count == debug->capacity) {
        release_oldest(rt);
    }
    debug->waiting[(debug->first + debug->count++) % debug->capacity] = freed;
}

int
rt_debug_init(struct rt *rt) {
    struct rt_debug *debug = &rt->debug;

    *debug = (struct rt_debug){.serial = 0};
    if (rt->config.alloc_backend == RT_BACKEND_DEBUG) {
        debug->capacity = (size_t)rt->config.alloc_quarantine_blocks;
    }
    if (debug->capacity != 0) {
        debug->waiting =
            rt->os.large_alloc(rt->os.context, debug->capacity * sizeof(*debug->waiting));
    }
    return debug->capacity != 0 && debug->waiting == NULL ? -ENOMEM : 0;
}

void
rt_debug_fini(struct rt *rt) {
    while (rt->debug.count != 0) {
        release_oldest(rt);
    }
    rt->os.large_free(rt->os.context, rt->debug.waiting);
}

/* ---- The backend --------------------------------------------------------------------------------- */

void *
rt_debug_alloc(struct rt *rt, size_t bytes, bool is_zeroed) {
    unsigned char *raw = rt_block_alloc(rt, bytes + EXTRA_BYTES, is_zeroed);

    if (raw == NULL) {
        return NULL;
    }
    if (!is_zeroed) {
        memset(raw + HEAD_BYTES, fill_new(rt), bytes);
    }
    return dress(rt, raw, bytes);
}

static bool
reports_bad(struct rt *rt, const void *block, size_t bytes) {
    char buffer[REPORT_BYTES];
    struct rt_text text;

    rt_text_init(&text, buffer, sizeof(buffer));
    if (rt_debug_finds(rt, block, bytes, &text)) {
        rt_backend_report(rt, RT_EVENT_DEBUG, block, buffer);
        return true;
    }
    return false;
}

bool
rt_debug_free(struct rt *rt, void *block, size_t bytes) {
    unsigned char *raw = (unsigned char *)block - HEAD_BYTES;
    struct rt_debug_freed freed = {.raw = raw, .bytes = bytes};

    if (reports_bad(rt, block, bytes)) {
        return false;
    }
    freed.born = load_number(raw + HEAD_BYTES + bytes + TAIL_BYTES);
    freed.died = ++rt->debug.serial;
    memset(raw, fill_freed(rt), bytes + EXTRA_BYTES);
    let_wait(rt, freed);
    return true;
}

void *
rt_debug_realloc(struct rt *rt, void *block, size_t old_bytes, size_t bytes) {
    unsigned char *raw;

    if (reports_bad(rt, block, old_bytes)) {
        return NULL;
    }
    raw = rt_block_realloc(rt, (unsigned char *)block - HEAD_BYTES, old_bytes + EXTRA_BYTES,
                           bytes + EXTRA_BYTES);
    if (raw == NULL) {
        return NULL;
    }
    if (bytes > old_bytes) {
        memset(raw + HEAD_BYTES + old_bytes, fill_new(rt), bytes - old_bytes);
    }
    return dress(rt, raw, bytes);
}
