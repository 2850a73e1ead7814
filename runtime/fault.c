/* SPDX-License-Identifier: MIT
 *
 * fault.c: counts attempts and decides which one fails.
 */
#include "runtime/fault.h"

#include "runtime/event.h"

bool
rt_fault_strike(struct rt *rt, size_t bytes) {
    const struct rt_config *config = &rt->config;
    uint64_t attempt = ++rt->fault_attempts;
    bool is_chosen =
        attempt == (uint64_t)config->alloc_fail_at ||
        (config->alloc_fail_every != 0 && attempt % (uint64_t)config->alloc_fail_every == 0);

    if (is_chosen) {
        rt->faults_injected++;
        rt_event_emit(rt, (struct rt_event){
                              .kind = RT_EVENT_FAULT_INJECTED, .bytes = bytes, .count = attempt});
    }
    return is_chosen;
}
