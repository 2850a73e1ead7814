/* SPDX-License-Identifier: MIT
 *
 * gc_policy.c: the table of policies, by the value of the knob gc.policy.
 */
#include "runtime/gc_policy.h"

const struct rt_gc_policy *const rt_gc_policies[RT_GC_POLICY_COUNT] = {
    &rt_gc_policy_generational,
    &rt_gc_policy_generational_313,
    &rt_gc_policy_single,
    &rt_gc_policy_adaptive,
};

const char *
rt_gc_policy_name(int64_t policy) {
    return policy >= 0 && policy < RT_GC_POLICY_COUNT ? rt_gc_policies[policy]->name : NULL;
}

const char *
rt_gc_policy_help(int64_t policy) {
    return policy >= 0 && policy < RT_GC_POLICY_COUNT ? rt_gc_policies[policy]->help : NULL;
}
