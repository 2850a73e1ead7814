/* SPDX-License-Identifier: MIT
 *
 * registry.c: the one list of workloads. A new one is a declaration and a row here, a row in README.md,
 * and its name in meson.build.
 */
#include "workloads/workload.h"

#include <string.h>

extern const struct wl_workload wl_bullets, wl_cache, wl_churn, wl_compiler, wl_csv, wl_cycles,
    wl_deque, wl_finalizers, wl_idle, wl_instances, wl_leaks, wl_listgrow, wl_pool, wl_prefork,
    wl_serving, wl_sharing, wl_trees;

static const struct wl_workload *const workloads[] = {
    &wl_bullets, &wl_cache,      &wl_churn,   &wl_compiler,  &wl_csv,   &wl_cycles,
    &wl_deque,   &wl_finalizers, &wl_idle,    &wl_instances, &wl_leaks, &wl_listgrow,
    &wl_pool,    &wl_prefork,    &wl_serving, &wl_sharing,   &wl_trees,
};

enum {
    WORKLOAD_COUNT = sizeof workloads / sizeof workloads[0]
};

const struct wl_workload *const *
wl_registry(size_t *ret_count) {
    *ret_count = WORKLOAD_COUNT;
    return workloads;
}

const struct wl_workload *
wl_registry_find(const char *name) {
    for (size_t i = 0; i < WORKLOAD_COUNT; i++)
        if (strcmp(workloads[i]->name, name) == 0)
            return workloads[i];
    return NULL;
}

const struct wl_workload *
wl_registry_nearest(const char *name) {
    const struct wl_workload *nearest = NULL;
    size_t best = strlen(name) / 2 + 1;

    for (size_t i = 0; i < WORKLOAD_COUNT; i++) {
        size_t distance = rt_knob_distance(workloads[i]->name, name);
        if (distance < best) {
            best = distance;
            nearest = workloads[i];
        }
    }
    return nearest;
}
