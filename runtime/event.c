/* SPDX-License-Identifier: MIT
 *
 * event.c: the listener table.
 *
 * Listeners are called in the order in which they were added, inside the call that caused the event.
 * The table is small and fixed: a context has one measurer, perhaps a logger and a test.
 */
#include "runtime/event.h"

#include <errno.h>

static const char *const event_names[RT_EVENT_COUNT] = {
    [RT_EVENT_ARENA_MAPPED] = "arena mapped",
    [RT_EVENT_ARENA_RELEASED] = "arena released",
    [RT_EVENT_TRIMMED] = "trimmed",
    [RT_EVENT_OUT_OF_MEMORY] = "out of memory",
    [RT_EVENT_FAULT_INJECTED] = "fault injected",
    [RT_EVENT_BAD_FREE] = "bad free",
    [RT_EVENT_DEBUG] = "debug report",
    [RT_EVENT_UNRAISABLE] = "callback failed",
    [RT_EVENT_GC_BEGIN] = "collection begins",
    [RT_EVENT_GC_PHASE] = "collection phase ends",
    [RT_EVENT_GC_END] = "collection ends",
    [RT_EVENT_GC_DEBUG] = "collector's debug line",
};

const char *
rt_event_name(enum rt_event_kind kind) {
    return (unsigned)kind < RT_EVENT_COUNT ? event_names[kind] : "unknown event";
}

int
rt_listen(struct rt *rt, rt_listener_fn fn, void *context) {
    if (rt->listener_count == RT_LISTENER_COUNT_MAX) {
        return -ENOSPC;
    }
    rt->listeners[rt->listener_count++] = (struct rt_listener){.fn = fn, .context = context};
    return 0;
}

void
rt_unlisten(struct rt *rt, rt_listener_fn fn, void *context) {
    for (size_t i = 0; i < rt->listener_count; i++) {
        if (rt->listeners[i].fn == fn && rt->listeners[i].context == context) {
            for (size_t j = i + 1; j < rt->listener_count; j++) {
                rt->listeners[j - 1] = rt->listeners[j];
            }
            rt->listener_count--;
            return;
        }
    }
}

void
rt_event_emit_to_all(struct rt *rt, const struct rt_event *event) {
    for (size_t i = 0; i < rt->listener_count; i++) {
        rt->listeners[i].fn(rt->listeners[i].context, event);
    }
}
