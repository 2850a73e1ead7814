/* SPDX-License-Identifier: MIT
 *
 * policy_generational.c: what CPython does, 3.11 and since.
 *
 * A generation is due when its count has passed its threshold, the oldest of those that are. Everything is due
 * only when, besides, the survivors since the last full collection are at least a quarter of what that one left:
 * so a growing heap is examined as a whole a number of times that grows with the logarithm of its size. A full
 * collection that is refused by this rule leaves the younger generations to be asked.
 *
 * From 3.12 on the allocation that passes the threshold only notes it, and the collection comes at the next safe
 * point, by the counts as they are then.
 */
#include "runtime/gc_policy.h"

static int64_t
limit(const struct rt_gc_numbers *numbers) {
    return numbers->threshold[0] == 0 ? INT64_MAX : numbers->threshold[0];
}

static bool
has_grown_by_a_quarter(const struct rt_gc_numbers *numbers) {
    return numbers->long_lived_pending >= numbers->long_lived_total / 4;
}

static bool
is_over(const struct rt_gc_numbers *numbers, int generation) {
    return numbers->count[generation] > numbers->threshold[generation];
}

int
rt_gc_due_by_generation(const struct rt_gc_numbers *numbers) {
    for (int generation = RT_GENERATIONS - 1; generation >= 0; generation--) {
        if (is_over(numbers, generation) &&
            (generation < RT_GENERATIONS - 1 || has_grown_by_a_quarter(numbers))) {
            return generation;
        }
    }
    return RT_GC_NOTHING_DUE;
}

const struct rt_gc_policy rt_gc_policy_generational = {
    .name = "generational",
    .help =
        "CPython 3.11's: three generations, collected inside the allocation that is one too many",
    .threshold = {700, 10, 10},
    .limit = limit,
    .due = rt_gc_due_by_generation,
};

const struct rt_gc_policy rt_gc_policy_generational_313 = {
    .name = "generational-3.13",
    .help = "CPython 3.13's: three generations, a threshold of 2000, collected at safe points",
    .threshold = {2000, 10, 10},
    .waits_for_safe_point = true,
    .limit = limit,
    .due = rt_gc_due_by_generation,
};
