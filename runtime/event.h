/* SPDX-License-Identifier: MIT
 *
 * event.h: how the modules of the runtime announce what happens.
 */
#ifndef RUNTIME_EVENT_H
#define RUNTIME_EVENT_H

#include "runtime/context.h"

void rt_event_emit_to_all(struct rt *rt, const struct rt_event *event);

/* With nobody listening this is one test of a counter. */
static inline void
rt_event_emit(struct rt *rt, struct rt_event event) {
    if (RT_UNLIKELY(rt->listener_count != 0)) {
        rt_event_emit_to_all(rt, &event);
    }
}

#endif
