/* SPDX-License-Identifier: MIT
 *
 * backend.c: the three backends.
 *
 *   pool    small requests from pools, large ones from the system's malloc. The default.
 *   system  everything straight from the system's malloc: what PYTHONMALLOC=malloc is to CPython.
 *   debug   pool, with guard bytes, fills, serial numbers and a waiting room around it: debug.c.
 */
#include "runtime/backend.h"

#include "runtime/block.h"
#include "runtime/debug.h"
#include "runtime/event.h"

#include <string.h>

void
rt_backend_report(struct rt *rt, enum rt_event_kind kind, const void *address, const char *text) {
    rt_event_emit(rt, (struct rt_event){.kind = kind, .address = address, .text = text});
    rt->os.complain(rt->os.context, text, strlen(text));
    if (rt->config.alloc_debug_action == RT_DEBUG_ABORT) {
        rt->os.abort(rt->os.context);
    }
}

static void
report_bad_block(struct rt *rt, const char *verb, const void *block, size_t bytes) {
    char buffer[256];
    struct rt_text text;

    rt_text_init(&text, buffer, sizeof(buffer));
    rt_text_string(&text, "bad block: ");
    rt_text_string(&text, verb);
    rt_text_string(&text, " of 0x");
    rt_text_hex(&text, (uint64_t)(uintptr_t)block);
    rt_text_string(&text, " as ");
    rt_text_unsigned(&text, bytes);
    rt_text_string(&text, rt_block_kind(rt, block) == RT_BLOCK_FOREIGN
                              ? " bytes, which is not a block of this context\n"
                              : " bytes, which is not the start of a block, or not its size\n");
    rt_backend_report(rt, RT_EVENT_BAD_FREE, block, buffer);
}

static bool
free_plain(struct rt *rt, void *block, size_t bytes) {
    if (!rt_block_free(rt, block, bytes)) {
        report_bad_block(rt, "free", block, bytes);
        return false;
    }
    return true;
}

static void *
realloc_plain(struct rt *rt, void *block, size_t old_bytes, size_t bytes) {
    if (!rt_block_fits(rt, block, old_bytes)) {
        report_bad_block(rt, "realloc", block, old_bytes);
        return NULL;
    }
    return rt_block_realloc(rt, block, old_bytes, bytes);
}

static const struct rt_backend_ops backends[RT_BACKEND_COUNT] = {
    [RT_BACKEND_POOL] = {.uses_pools = true,
                         .lists_large = true,
                         .is_plain = true,
                         .fill_new = -1,
                         .fill_freed = -1,
                         .alloc = rt_block_alloc,
                         .free = free_plain,
                         .realloc = realloc_plain},
    [RT_BACKEND_SYSTEM] = {.is_plain = true,
                           .fill_new = -1,
                           .fill_freed = -1,
                           .alloc = rt_block_alloc,
                           .free = free_plain,
                           .realloc = realloc_plain},
    [RT_BACKEND_DEBUG] = {.uses_pools = true,
                          .lists_large = true,
                          .fill_new = 0xcd,
                          .fill_freed = 0xdd,
                          .alloc = rt_debug_alloc,
                          .free = rt_debug_free,
                          .realloc = rt_debug_realloc},
};

const struct rt_backend_ops *
rt_backend_ops(int64_t backend) {
    return &backends[backend];
}
