/* SPDX-License-Identifier: MIT
 *
 * stats.c: every counter's name, unit and meaning, and how it is read.
 *
 * The hot path keeps five numbers (allocations, requested and rounded bytes and their peaks); the rest
 * is kept where the slow event happens, or is summed from the pools' own records when asked for.
 */
#include "runtime/account.h"
#include "runtime/debug.h"
#include "runtime/large.h"
#include "runtime/track.h"
#include "runtime/pool.h"

static const struct rt_stat_row stat_rows[RT_STAT_COUNT] = {
    [RT_STAT_ALLOCATIONS] = {"alloc.allocations", "blocks",
                             "blocks handed out, reallocations that left a pool's block included"},
    [RT_STAT_FREES] = {"alloc.frees", "blocks", "blocks handed back"},
    [RT_STAT_LIVE_BLOCKS] = {"alloc.live_blocks", "blocks", "handed out and not handed back"},
    [RT_STAT_LIVE_REQUESTED_BYTES] = {"alloc.live_requested_bytes", "bytes",
                                      "what callers asked for in live blocks"},
    [RT_STAT_LIVE_REQUESTED_BYTES_PEAK] = {"alloc.live_requested_bytes_peak", "bytes",
                                           "the most that was live at once, as requested"},
    [RT_STAT_LIVE_ROUNDED_BYTES] =
        {"alloc.live_rounded_bytes", "bytes",
         "live blocks at the size of their class; large ones as requested"},
    [RT_STAT_LIVE_ROUNDED_BYTES_PEAK] = {"alloc.live_rounded_bytes_peak", "bytes",
                                         "the most that was live at once, rounded"},
    [RT_STAT_LARGE_BLOCKS] = {"alloc.large_blocks", "blocks",
                              "live blocks from the system's malloc"},
    [RT_STAT_LARGE_BYTES] = {"alloc.large_bytes", "bytes",
                             "in live blocks from the system's malloc"},
    [RT_STAT_LARGE_BYTES_PEAK] = {"alloc.large_bytes_peak", "bytes",
                                  "the most there was at once in large blocks"},
    [RT_STAT_POOLS_IN_USE] = {"alloc.pools_in_use", "pools", "with at least one live block"},
    [RT_STAT_POOL_SLACK_BYTES] = {"alloc.pool_slack_bytes", "bytes",
                                  "of pools in use that are in no live block"},
    [RT_STAT_POOL_SLACK_BYTES_PEAK] = {"alloc.pool_slack_bytes_peak", "bytes",
                                       "the most pool slack there was at once"},
    [RT_STAT_ARENAS_MAPPED] = {"alloc.arenas_mapped", "arenas", "mapped now"},
    [RT_STAT_ARENAS_MAPPED_PEAK] = {"alloc.arenas_mapped_peak", "arenas", "mapped at once at most"},
    [RT_STAT_ARENAS_MAPPED_TOTAL] = {"alloc.arenas_mapped_total", "arenas", "mapped, all told"},
    [RT_STAT_ARENAS_RELEASED_TOTAL] = {"alloc.arenas_released_total", "arenas",
                                       "unmapped, all told"},
    [RT_STAT_ARENA_SLACK_BYTES] = {"alloc.arena_slack_bytes", "bytes",
                                   "of mapped arenas that are in no pool in use"},
    [RT_STAT_ARENA_SLACK_BYTES_PEAK] = {"alloc.arena_slack_bytes_peak", "bytes",
                                        "the most arena slack there was at once"},
    [RT_STAT_HELD_BYTES] = {"alloc.held_bytes", "bytes", "arenas mapped and large blocks"},
    [RT_STAT_HELD_BYTES_PEAK] = {"alloc.held_bytes_peak", "bytes",
                                 "the most that was held at once"},
    [RT_STAT_TABLE_BYTES] =
        {"alloc.tables_bytes", "bytes",
         "the context's own records of pools, arenas, large blocks and tracked objects"},
    [RT_STAT_TRIMMED_BYTES] = {"alloc.trimmed_bytes", "bytes", "given back by trimming, all told"},
    [RT_STAT_FAULTS_INJECTED] = {"alloc.faults_injected", "faults",
                                 "allocations that were made to fail"},
    [RT_STAT_GC_COLLECTIONS0] = {"gc.collections0", "collections", "of generation 0"},
    [RT_STAT_GC_COLLECTIONS1] = {"gc.collections1", "collections", "of generations 0 and 1"},
    [RT_STAT_GC_COLLECTIONS2] = {"gc.collections2", "collections", "of everything"},
    [RT_STAT_GC_COLLECTED0] = {"gc.collected0", "objects", "collected in those of generation 0"},
    [RT_STAT_GC_COLLECTED1] = {"gc.collected1", "objects",
                               "collected in those of generations 0 and 1"},
    [RT_STAT_GC_COLLECTED2] = {"gc.collected2", "objects", "collected in those of everything"},
    [RT_STAT_GC_UNCOLLECTABLE] = {"gc.uncollectable", "objects",
                                  "found unreachable and not freed, for a legacy finalizer's sake"},
    [RT_STAT_GC_EXAMINED] = {"gc.examined", "objects", "in the sets of all collections"},
    [RT_STAT_GC_EDGES] = {"gc.edges", "references", "followed by all collections"},
    [RT_STAT_GC_UNTRACKED] = {"gc.untracked", "objects",
                              "tuples and dicts found to need no examining"},
    [RT_STAT_GC_WEAKREFS_CLEARED] = {"gc.weakrefs_cleared", "references",
                                     "weak ones that died in a collection"},
    [RT_STAT_GC_FINALIZERS_CALLED] = {"gc.finalizers_called", "calls", "made by collections"},
    [RT_STAT_GC_FREED] = {"gc.freed", "objects", "containers that collections freed"},
    [RT_STAT_GC_FREED_BYTES] = {"gc.freed_bytes", "bytes",
                                "that collections gave back to the allocator, as requested"},
    [RT_STAT_GC_TRACKED] = {"gc.tracked", "objects", "that the collector examines, now"},
};

const struct rt_stat_row *
rt_stat_row(enum rt_stat stat) {
    return (unsigned)stat < RT_STAT_COUNT ? &stat_rows[stat] : NULL;
}

static uint64_t
count_live_blocks(const struct rt *rt) {
    size_t pools = rt->arenas.covered * rt->arenas.pools_per_arena;
    uint64_t live = rt->large.count;

    for (size_t i = 0; i < pools; i++) {
        live += rt_pool_live_blocks(&rt->pools[i], &rt->rest[i]);
    }
    return live - rt->debug.count; /* those that wait are not the caller's any more */
}

static void
read_pools_and_arenas(const struct rt *rt, uint64_t *values) {
    const struct rt_arenas *arenas = &rt->arenas;

    values[RT_STAT_POOLS_IN_USE] = rt->pools_in_use;
    values[RT_STAT_POOL_SLACK_BYTES] = (uint64_t)rt_account_slack(rt);
    values[RT_STAT_POOL_SLACK_BYTES_PEAK] = (uint64_t)rt_account_slack_peak(rt);
    values[RT_STAT_ARENAS_MAPPED] = arenas->mapped;
    values[RT_STAT_ARENAS_MAPPED_PEAK] = arenas->mapped_peak;
    values[RT_STAT_ARENAS_MAPPED_TOTAL] = arenas->mapped_total;
    values[RT_STAT_ARENAS_RELEASED_TOTAL] = arenas->released_total;
    values[RT_STAT_ARENA_SLACK_BYTES] = rt_arena_slack_bytes(rt);
    values[RT_STAT_ARENA_SLACK_BYTES_PEAK] = (uint64_t)arenas->slack_bytes_peak;
    values[RT_STAT_HELD_BYTES] = rt_arena_held_bytes(rt);
    values[RT_STAT_HELD_BYTES_PEAK] = (uint64_t)rt->held_peak;
    values[RT_STAT_TABLE_BYTES] =
        rt_arena_table_bytes(rt) + rt_large_table_bytes(rt) + rt_track_table_bytes(rt);
}

static void
read_collector(const struct rt *rt, uint64_t *values) {
    const struct rt_gc *gc = &rt->gc;

    for (int generation = 0; generation < RT_GENERATIONS; generation++) {
        values[RT_STAT_GC_COLLECTIONS0 + generation] = gc->stats[generation].collections;
        values[RT_STAT_GC_COLLECTED0 + generation] = gc->stats[generation].collected;
    }
    values[RT_STAT_GC_UNCOLLECTABLE] =
        gc->stats[0].uncollectable + gc->stats[1].uncollectable + gc->stats[2].uncollectable;
    values[RT_STAT_GC_EXAMINED] = gc->examined;
    values[RT_STAT_GC_EDGES] = gc->edges;
    values[RT_STAT_GC_UNTRACKED] = gc->untracked;
    values[RT_STAT_GC_WEAKREFS_CLEARED] = gc->weakrefs_cleared;
    values[RT_STAT_GC_FINALIZERS_CALLED] = gc->finalizers_called;
    values[RT_STAT_GC_FREED] = gc->freed;
    values[RT_STAT_GC_FREED_BYTES] = gc->freed_bytes;
    values[RT_STAT_GC_TRACKED] = rt->tracker.end - 1 - rt->tracker.holes;
}

void
rt_stats_read(const struct rt *rt, uint64_t ret_values[RT_STAT_COUNT]) {
    uint64_t live = count_live_blocks(rt);

    ret_values[RT_STAT_ALLOCATIONS] = rt->allocations;
    ret_values[RT_STAT_FREES] = rt->allocations - live;
    ret_values[RT_STAT_LIVE_BLOCKS] = live;
    ret_values[RT_STAT_LIVE_REQUESTED_BYTES] = (uint64_t)rt_account_requested_now(rt);
    ret_values[RT_STAT_LIVE_REQUESTED_BYTES_PEAK] = (uint64_t)rt->requested_peak;
    ret_values[RT_STAT_LIVE_ROUNDED_BYTES] = (uint64_t)rt_account_rounded(rt);
    ret_values[RT_STAT_LIVE_ROUNDED_BYTES_PEAK] = (uint64_t)rt_account_rounded_peak(rt);
    ret_values[RT_STAT_LARGE_BLOCKS] = rt->large.count;
    ret_values[RT_STAT_LARGE_BYTES] = rt->large.bytes;
    ret_values[RT_STAT_LARGE_BYTES_PEAK] = rt->large.bytes_peak;
    read_pools_and_arenas(rt, ret_values);
    ret_values[RT_STAT_TRIMMED_BYTES] = rt->trimmed_bytes;
    ret_values[RT_STAT_FAULTS_INJECTED] = rt->faults_injected;
    read_collector(rt, ret_values);
}
