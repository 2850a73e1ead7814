/* SPDX-License-Identifier: MIT
 *
 * context.h: the inside of a context, for the modules of the runtime.
 *
 * The first members are the ones that rt_alloc and rt_free touch at every call. They are 64 bits wide
 * on purpose: the counters are written and read back within a few nanoseconds, which processors
 * forward at no cost only for plain whole-word accesses.
 */
#ifndef RUNTIME_CONTEXT_H
#define RUNTIME_CONTEXT_H

#include "runtime/base.h"
#include "runtime/os.h"
#include "runtime/rt.h"
#include "runtime/shared.h"
#include "runtime/size_class.h"

struct rt_pool;
struct rt_pool_rest;
struct rt_arena;
struct rt_backend_ops;

enum {
    RT_LISTENER_COUNT_MAX = 8,
    RT_FREE_TUPLE_COUNT = 21, /* lengths up to 20 have a free list */
};

struct rt_listener {
    rt_listener_fn fn;
    void *context;
};

/* The address space for arenas and what is known of each: see arena.c. */
struct rt_arenas {
    size_t reserved_bytes;
    size_t count_max; /* arenas that fit in what was reserved */
    size_t pools_per_arena;
    size_t arena_shift;
    size_t step_arenas; /* arenas committed together: 1, or more for huge pages */
    uint8_t *step_used; /* by step: mapped arenas in it */
    struct rt_arena *table;
    size_t covered;         /* arenas for which the tables have memory */
    int32_t usable;         /* list of arenas with free pools, fewest first; -1: none */
    int32_t resting;        /* a pool out of use that its arena was not given yet: see pool.c; -1 */
    int32_t *last_with;     /* by number of free pools: the last arena on the list with it; -1 */
    size_t lowest_unmapped; /* no arena below this one is unmapped */
    size_t mapped, mapped_peak, mapped_total, released_total;
    size_t empty;      /* mapped arenas without a pool in use */
    size_t free_pools; /* in all mapped arenas */
    int64_t slack_bytes_peak;
};

/* The set of large blocks: see large.c. */
struct rt_large {
    uintptr_t *slots; /* 0: free */
    size_t capacity, count;
    size_t bytes, bytes_peak;
    bool is_listed;
};

/* The tracked containers, in the order in which they were tracked: see track.c. */
struct rt_tracker {
    struct rt_object **objects;     /* by place, from 1; NULL: a hole */
    uint32_t end, limit;            /* the next place; the first one that is not free to be taken */
    uint32_t committed;             /* the first place without memory behind it */
    uint32_t begin[RT_GENERATIONS]; /* the first place of each generation, the youngest's first */
    uint32_t holes;
    bool is_fixed; /* holes stay where they are: the collector goes by places */
    size_t reserved_bytes;
};

struct rt_gc_policy;

/* The collector's state: see gc.c. */
struct rt_gc {
    const struct rt_gc_policy *policy;
    int64_t threshold[RT_GENERATIONS];
    int64_t count[RT_GENERATIONS]; /* [0] is not used: the context's young_count is */
    int64_t long_lived_total, long_lived_pending;
    struct rt_gc_stats stats[RT_GENERATIONS];
    uint64_t examined, edges, untracked, weakrefs_cleared, finalizers_called, freed, freed_bytes;
    struct rt_object *garbage, *callbacks; /* lists that are not tracked; NULL: nobody asked yet */
    uint32_t hidden_begin, hidden_end;     /* the unreachable, while they are taken apart */
    uint32_t trace_number;
    uint32_t table_from; /* objects in a set for which the table is worth while */
    uint8_t *table;      /* of marks: see gc_trace.c */
    size_t table_reserved_bytes;
    int held;
    unsigned debug;
    bool is_enabled, is_collecting, is_scheduled;
    bool is_to_freeze, is_to_unfreeze; /* when the collection under way is over */
};

/* Dead objects of one kind, linked through one of their words: see object.h. */
struct rt_free_list {
    void *first;
    int64_t room; /* for so many more */
};

/* Strings that are the only one of their text: see intern.c. */
struct rt_intern {
    struct rt_object **slots;
    size_t capacity, count, tombs;
};

struct rt_debug_freed;

/* The debug backend's memory of what happened: see debug.c. */
struct rt_debug {
    uint64_t serial;                /* number of the last allocation or free */
    struct rt_debug_freed *waiting; /* ring of freed blocks held back */
    size_t capacity, count, first;
};

struct rt_trace_tables;

/* Where the program is, and who allocated what: see trace.c. */
struct rt_trace {
    struct rt_trace_frame *frames; /* oldest first */
    size_t depth, capacity;
    size_t lost;                    /* frames on top of those that there was no memory for */
    int64_t limit;                  /* frames of each site; 0: never started */
    struct rt_trace_tables *tables; /* NULL: not tracing */
};

struct rt {
    char *base;            /* of the address space for arenas */
    size_t fast_span;      /* offsets below this may take rt_free's fast path; 0: none */
    struct rt_pool *pools; /* by pool number; pools[-1] is the pool that never has a block */
    size_t fast_bytes;     /* requests up to this may take rt_alloc's fast path; 0: none */
    size_t pool_shift;
    uint64_t allocations;
    int64_t requested_room, requested_peak; /* see account.h */
    int64_t units_room, units_high, units_room_max;
    struct rt_pool *front[RT_CLASS_COUNT_MAX]; /* by class: the pool that serves next */

    /* Objects. */
    struct rt_tracker tracker;
    struct rt_gc gc;
    int64_t young_count, young_limit; /* containers' blocks obtained less those returned */
    int trash_depth, nest_depth;
    int error;      /* of the last failure */
    bool is_ending; /* no finalizers and callbacks any more */
    struct rt_object *trash;
    struct rt_free_list free_lists, free_dicts, free_keys, free_floats;
    struct rt_free_list free_tuples[RT_FREE_TUPLE_COUNT]; /* by length; [0] is not used */
    struct rt_intern intern;
    struct rt_shared shared;

    struct rt_pool_rest *rest; /* by pool number */
    size_t small_bytes, pool_bytes, arena_bytes, page_bytes;
    size_t pools_in_use;
    uint16_t capacity[RT_CLASS_COUNT_MAX]; /* by class: blocks in a pool */
    struct rt_arenas arenas;
    struct rt_large large;
    struct rt_debug debug;
    struct rt_trace trace;

    const struct rt_backend_ops *backend;
    bool is_watched; /* a memory checker wants to hear of every block */
    bool has_faults; /* fault injection is armed */
    uint64_t fault_attempts, faults_injected;
    int64_t rounded_peak, held_peak;
    uint64_t trimmed_bytes;

    struct rt_config config;
    struct rt_os os;
    struct rt_listener listeners[RT_LISTENER_COUNT_MAX];
    size_t listener_count;
};

#endif
