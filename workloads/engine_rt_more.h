/* SPDX-License-Identifier: MIT
 *
 * engine_rt_more.h: what engine_rt.h has no room for: looking at the heap. Included by it alone.
 */
#ifndef WORKLOADS_ENGINE_RT_MORE_H
#define WORKLOADS_ENGINE_RT_MORE_H

static inline bool
en_rt_pick_any(struct en_object *object, void *context) {
    (void)object;
    (void)context;
    return true;
}

EN_WORD int
en_gc_visit(struct en_heap *heap, int generation, en_visit_fn visit, void *context) {
    struct rt_inspect_objects *all;

    if (generation < EN_FROZEN)
        return rt_gc_visit_objects(heap, generation, visit, context) ? 0 : -1;
    if (rt_inspect_select(heap, RT_INSPECT_TRACKED, en_rt_pick_any, NULL, &all) != 0) {
        (void)rt_fail(heap, ENOMEM);
        return -1;
    }
    for (size_t i = rt_gc_objects_count(heap, -1); i < all->count; i++)
        visit(all->items[i], context);
    rt_inspect_free(heap, all);
    return 0;
}

EN_WORD int
en_gc_visit_referents(struct en_heap *heap, struct en_object *object, en_visit_fn visit,
                      void *context) {
    (void)heap;
    rt_visit(object, visit, context);
    return 0;
}

#endif
