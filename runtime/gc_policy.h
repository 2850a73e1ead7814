/* SPDX-License-Identifier: MIT
 *
 * gc_policy.h: what a policy is.
 *
 * A policy answers, from numbers alone, which generation is due. It knows nothing of objects, and what
 * collects knows nothing of thresholds. Adding one is a file policy_<name>.c and a row here.
 */
#ifndef RUNTIME_GC_POLICY_H
#define RUNTIME_GC_POLICY_H

#include "runtime/base.h"
#include "runtime/rt.h"

enum {
    RT_GC_POLICY_COUNT = 4,
    RT_GC_NOTHING_DUE = -1,
};

/* All that a policy may look at. */
struct rt_gc_numbers {
    int64_t count[RT_GENERATIONS];
    int64_t threshold[RT_GENERATIONS];
    int64_t long_lived_total;   /* left by the last full collection */
    int64_t long_lived_pending; /* survivors of collections of generation 1 since */
    int64_t tracked;            /* objects tracked now */
};

struct rt_gc_policy {
    const char *name;
    const char *help; /* one line */
    int64_t threshold[RT_GENERATIONS];
    bool waits_for_safe_point; /* collects there, not in the allocation that found something due */

    /* The count of generation 0 beyond which `due` is worth asking. */
    int64_t (*limit)(const struct rt_gc_numbers *numbers);

    /* The generation to collect, or RT_GC_NOTHING_DUE. */
    int (*due)(const struct rt_gc_numbers *numbers);
};

extern const struct rt_gc_policy rt_gc_policy_generational, rt_gc_policy_generational_313,
    rt_gc_policy_single, rt_gc_policy_adaptive;

/* By the value of gc.policy. */
extern const struct rt_gc_policy *const rt_gc_policies[RT_GC_POLICY_COUNT];

/* The oldest generation past its threshold, with the rule of the quarter: policy_generational.c. */
int rt_gc_due_by_generation(const struct rt_gc_numbers *numbers);

#endif
