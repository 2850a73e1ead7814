/* SPDX-License-Identifier: MIT
 *
 * gc.h: the inside of the collector.
 *
 * The generations are stretches of the one vector of tracked objects (track.c), oldest first:
 *
 *     1 ... begin[2]          permanent         begin[2] ... begin[1]   generation 2
 *     begin[1] ... begin[0]   generation 1      begin[0] ... end        generation 0
 *
 * so that promotion moves a mark and no object. During a collection those found unreachable stand behind the
 * survivors, hidden from who asks for the objects of a generation; what is made meanwhile comes after them, in
 * generation 0.
 */
#ifndef RUNTIME_GC_H
#define RUNTIME_GC_H

#include "runtime/object.h"

/* A stretch of the vector, and what one trace of it found. */
struct rt_gc_found {
    uint32_t begin;       /* of the stretch */
    uint32_t unreachable; /* begin ... unreachable: survivors, in their new order */
    uint32_t end;         /* unreachable ... end: the others */
    uint64_t examined, edges, untracked;

    /* Whether there may be any among the unreachable. */
    bool has_weakrefs, has_finalizers, has_legacy_finalizers;
};

/* What a trace lets go of that needs no examining any more. */
enum rt_gc_untracking {
    RT_GC_UNTRACK_NOTHING,
    RT_GC_UNTRACK_TUPLES,
    RT_GC_UNTRACK_DICTS, /* and tuples */
};

/* Parts [begin, end), where holes are all at the end then. -ENOMEM: nothing happened.
 * pre: tracker.is_fixed */
int rt_gc_trace(struct rt *rt, uint32_t begin, uint32_t end, enum rt_gc_untracking untracking,
                struct rt_gc_found *ret_found);

void rt_gc_trace_fini(struct rt *rt);

/* What becomes of the unreachable: weak references, callbacks, finalizers, the end. Adds to the cycle, and
 * announces the phases. False: for lack of memory they all live on. */
bool rt_gc_reclaim(struct rt *rt, struct rt_gc_found *trace, struct rt_gc_cycle *cycle);

/* Does what was asked for during a collection and had to wait. */
void rt_gc_heap_catch_up(struct rt *rt);

/* Announces that a phase has ended. */
void rt_gc_phase_ends(struct rt *rt, struct rt_gc_cycle *cycle, enum rt_gc_phase phase);

/* A line for gc.set_debug; `object` may be NULL. */
void rt_gc_say(struct rt *rt, const char *text, const struct rt_object *object);

void rt_gc_init(struct rt *rt);
void rt_gc_fini(struct rt *rt);

#endif
