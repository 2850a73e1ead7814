/* SPDX-License-Identifier: MIT
 *
 * runtime.c: makes a context and takes it apart.
 *
 * Modules are wired in the order of their layers and torn down in the reverse order. The context itself
 * comes from the system's malloc through the same hooks as everything else.
 */
#include "runtime/annotate.h"
#include "runtime/arena.h"
#include "runtime/backend.h"
#include "runtime/debug.h"
#include "runtime/large.h"
#include "runtime/object.h"
#include "runtime/pool.h"
#include "runtime/trace.h"

#include <errno.h>
#include <string.h>

static bool
is_fast(const struct rt *rt) {
    const struct rt_config *config = &rt->config;

    return rt->backend->is_plain && !rt->has_faults && !rt_annotate_is_watched() &&
           config->alloc_fill_new < 0 && config->alloc_fill_freed < 0;
}

static void
wire(struct rt *rt, const struct rt_config *config, const struct rt_os *os) {
    rt->config = *config;
    rt->os = *os;
    rt->backend = rt_backend_ops(config->alloc_backend);
    rt->has_faults = config->alloc_fail_at != 0 || config->alloc_fail_every != 0;
    rt->page_bytes = rt_os_page_bytes();
    rt->arena_bytes = (size_t)config->alloc_arena_bytes;
    rt->pool_bytes = (size_t)config->alloc_pool_bytes;
    rt->pool_shift = rt_log2(rt->pool_bytes);
    rt->small_bytes = rt->backend->uses_pools ? (size_t)config->alloc_small_bytes : 0;
    rt->fast_bytes = is_fast(rt) ? rt->small_bytes : 0;
    for (size_t i = 0; i < RT_CLASS_COUNT_MAX; i++) {
        rt->capacity[i] = (uint16_t)rt_size_class_capacity(i, rt->pool_bytes);
    }
}

int
rt_create(const struct rt_config *config, const struct rt_os *os, struct rt **ret_rt) {
    const struct rt_os *hooks = os == NULL ? rt_os_system() : os;
    struct rt *rt;

    if (rt_config_check(config, NULL) != 0) {
        return -EINVAL;
    }
    rt = hooks->large_alloc_zeroed(hooks->context, sizeof(*rt));
    if (rt == NULL) {
        return -ENOMEM;
    }
    wire(rt, config, hooks);
    rt_annotate_owner_begins(rt);
    rt_large_init(rt, rt->backend->lists_large);
    if (rt_arena_init(rt) != 0) {
        rt_annotate_owner_ends(rt);
        hooks->large_free(hooks->context, rt);
        return -ENOMEM;
    }
    for (size_t i = 0; i < RT_CLASS_COUNT_MAX; i++) {
        rt->front[i] = &rt->pools[RT_NONE];
    }
    if (rt_debug_init(rt) != 0 || rt_objects_init(rt) != 0) {
        rt_destroy(rt);
        return -ENOMEM;
    }
    *ret_rt = rt;
    return 0;
}

void
rt_destroy(struct rt *rt) {
    struct rt_os os;

    if (rt == NULL) {
        return;
    }
    os = rt->os;
    rt_objects_fini(rt);
    rt_debug_fini(rt);
    rt_trace_fini(rt);
    rt_large_fini(rt);
    rt_annotate_owner_ends(rt);
    rt_arena_fini(rt);
    os.large_free(os.context, rt);
}

const struct rt_config *
rt_configuration(const struct rt *rt) {
    return &rt->config;
}
