/* SPDX-License-Identifier: MIT
 *
 * rt_gc.h: the collector, as every other room sees it. Part of rt.h, and only included by it.
 *
 * Glossary, continued.
 *   generation   0, 1 and 2, youngest to oldest; the *permanent* one holds what was frozen.
 *   collection   one run of the collector over a generation and the younger ones: its *set*.
 *   examined     an object of the set; an *edge* is a reference that one of them has.
 *   trash        unreachable objects that refer to each other, and so outlive their last reference.
 *   collected    found unreachable in a collection, and freed, or about to be.
 *   survivor     an object of the set that is reachable; it is in the next older generation then.
 *   count        of generation 0: containers' blocks obtained less those returned; of 1 and 2: how often
 *                the next younger one was collected.
 *   due          a generation whose count has passed its threshold, as the policy sees it.
 *   safe point   a moment at which the program says that anything may be collected.
 *
 * Which objects are examined, in what order they are rescued, finalized and freed, what is counted and what
 * the calls return is CPython 3.11's. How they are found is not.
 */
#ifndef RUNTIME_RT_GC_H
#define RUNTIME_RT_GC_H

#if !defined(RUNTIME_RT_H)
#error "include runtime/rt.h instead"
#endif

enum {
    RT_GENERATIONS = 3,
};

/* ---- Running ------------------------------------------------------------------------------------ */

/* gc.collect(generation): the number of objects collected and uncollectable. Works while disabled; 0 inside a
 * collection. -1: EINVAL, no such generation; ENOMEM, and then nothing happened. */
int64_t rt_gc_collect(struct rt *rt, int generation);

/* gc.enable() and gc.disable(). Counting goes on meanwhile. With gc.mode other than auto a context begins
 * disabled. */
void rt_gc_enable(struct rt *rt);
void rt_gc_disable(struct rt *rt);
bool rt_gc_is_enabled(const struct rt *rt);
bool rt_gc_is_collecting(const struct rt *rt);

/* While held, nothing is collected by itself, as while an exception is set in CPython. Calls nest. */
void rt_gc_hold(struct rt *rt);
void rt_gc_release(struct rt *rt);

/* What programs announce. A safe point is where policies that do not collect inside an allocation do.
 * A manual point is where one that collects by hand would: gc.mode manual collects everything there. In an
 * idle window gc.mode idle collects what is due. Each does nothing otherwise, and returns what
 * rt_gc_collect would have. */
void rt_gc_safe_point(struct rt *rt);
int64_t rt_gc_manual_point(struct rt *rt);
int64_t rt_gc_idle_window(struct rt *rt);

/* ---- Thresholds and counts ---------------------------------------------------------------------- */

/* Of generation 0, 0: nothing is collected by itself; negative: at every allocation. */
void rt_gc_set_threshold(struct rt *rt, int generation, int64_t threshold);
int64_t rt_gc_threshold(const struct rt *rt, int generation);
int64_t rt_gc_count(const struct rt *rt, int generation);

struct rt_gc_stats {
    uint64_t collections, collected, uncollectable;
};

void rt_gc_stats_read(const struct rt *rt, int generation, struct rt_gc_stats *ret_stats);

/* What has survived a full collection, and what has survived one of generation 1 since: the 25 % rule's
 * numbers. */
int64_t rt_gc_long_lived_total(const struct rt *rt);
int64_t rt_gc_long_lived_pending(const struct rt *rt);

/* ---- Policies ----------------------------------------------------------------------------------- */

/* Names and one line each, by the value of gc.policy. NULL: no more. */
const char *rt_gc_policy_name(int64_t policy);
const char *rt_gc_policy_help(int64_t policy);

/* ---- What is where ------------------------------------------------------------------------------ */

/* gc.freeze() and gc.unfreeze(). During a collection they wait for its end. */
void rt_gc_freeze(struct rt *rt);
void rt_gc_unfreeze(struct rt *rt);
size_t rt_gc_frozen_count(const struct rt *rt);

/* The tracked objects of a generation, or of all three (-1), oldest first; not those frozen, and not the
 * list itself. NULL: ENOMEM; EINVAL, no such generation. */
struct rt_object *rt_gc_objects(struct rt *rt, int generation);
size_t rt_gc_objects_count(const struct rt *rt, int generation);

/* The same without a list: calls `visit` with each, borrowed. Nothing may be allocated, dropped or tracked
 * meanwhile. False: no such generation. */
bool rt_gc_visit_objects(struct rt *rt, int generation, rt_visit_fn visit, void *context);

/* -1: not tracked; 3: frozen. */
int rt_gc_generation_of(const struct rt *rt, const struct rt_object *object);

/* gc.is_finalized(). */
bool rt_gc_is_finalized(const struct rt_object *object);

/* gc.garbage: borrowed; a list that the program may change. NULL: ENOMEM. */
struct rt_object *rt_gc_garbage(struct rt *rt);

/* gc.callbacks: borrowed; a list of callables, which are called as callback(phase, info): phase is "start" or
 * "stop", info a dict of generation, collected and uncollectable. NULL: ENOMEM. */
struct rt_object *rt_gc_callbacks(struct rt *rt);

/* gc.set_debug(). STATS, COLLECTABLE and UNCOLLECTABLE announce RT_EVENT_GC_DEBUG with CPython's lines. */
enum {
    RT_GC_DEBUG_STATS = 1,
    RT_GC_DEBUG_COLLECTABLE = 2,
    RT_GC_DEBUG_UNCOLLECTABLE = 4,
    RT_GC_DEBUG_SAVEALL = 32,
    RT_GC_DEBUG_LEAK = 38,
};

void rt_gc_set_debug(struct rt *rt, unsigned flags);
unsigned rt_gc_debug(const struct rt *rt);

/* ---- What is announced -------------------------------------------------------------------------- */

enum rt_gc_cause {
    RT_GC_CAUSE_DUE,    /* by an allocation, or at a safe point */
    RT_GC_CAUSE_CALL,   /* rt_gc_collect */
    RT_GC_CAUSE_MANUAL, /* at a manual point */
    RT_GC_CAUSE_IDLE,   /* in an idle window */
    RT_GC_CAUSE_STRESS, /* gc.stress */
    RT_GC_CAUSE_COUNT
};

/* In this order; RT_EVENT_GC_PHASE announces the end of each that had work to do. */
enum rt_gc_phase {
    RT_GC_PHASE_TRACE,      /* references subtracted, reachable and unreachable parted, untracked */
    RT_GC_PHASE_WEAKREFS,   /* cleared, and their callbacks called */
    RT_GC_PHASE_FINALIZE,   /* finalizers called, and those brought back to life found */
    RT_GC_PHASE_FREE,       /* trash taken apart */
    RT_GC_PHASE_FREE_LISTS, /* emptied */
    RT_GC_PHASE_COUNT
};

const char *rt_gc_cause_name(enum rt_gc_cause cause);
const char *rt_gc_phase_name(enum rt_gc_phase phase);

/* One collection; RT_EVENT_GC_BEGIN, _PHASE and _END carry it, filled in as far as it has come. */
struct rt_gc_cycle {
    int generation;
    enum rt_gc_cause cause;
    enum rt_gc_phase phase;         /* of RT_EVENT_GC_PHASE: which one ended */
    int64_t counts[RT_GENERATIONS]; /* when it began */
    uint64_t examined, edges;       /* edges: of all walks */
    uint64_t untracked;             /* tuples and dicts that need no examining any more */
    uint64_t weakrefs_cleared, callbacks_called;
    uint64_t finalizers_called, resurrected;
    uint64_t freed,
        freed_bytes; /* blocks the allocator got back in the phase FREE, and their bytes */
    uint64_t collected, uncollectable; /* as the statistics count them */
};

#endif
