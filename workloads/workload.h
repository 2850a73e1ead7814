/* SPDX-License-Identifier: MIT
 *
 * workload.h: what a workload is, and what it may rely on.
 *
 * A workload is a program that asks for memory. Rules, which tests hold every one of them to:
 *   - It is deterministic: workload, version, knobs and seed give the same requests in the same order
 *     whatever serves them, and the same digest.
 *   - It says what it wants in the words of engine.h, and is compiled once for each engine. What only one
 *     engine knows, it leaves out on the other.
 *   - It does a fixed amount of work, and reads no clock. It says where an operation begins and ends, and
 *     whoever listens measures.
 *   - It checks its own answer: a block that does not hold what was written into it is found, and is
 *     -EBADMSG.
 *   - It knows its peak of live requested bytes by a formula, to 5 %. What nobody refers to any more but
 *     cycles of its own is its *trash*, which has a formula apart: how soon the collector finds it is not
 *     the workload's to know. With gc.mode off both together are the peak.
 *   - When `run` has returned, by whatever way, everything it asked the engine for is freed again. What
 *     `prepare` asked for may stay: a class, say, which is part of a cycle and goes with the heap.
 *     Trash it collects itself, at the very end, behind wl_done.
 *     A `prepare` that fails leaves no object.
 *   - Its own tables (what lives where) come from the C library and are touched in `prepare`, before
 *     memory is measured, so that what grows afterwards is the engine's.
 *   - The values of its `variant` knob, if it has one, are ways to do the same thing: they give the same
 *     digest, and whoever measures compares them with each other.
 */
#ifndef WORKLOADS_WORKLOAD_H
#define WORKLOADS_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/engine.h"

/* Called at the marks. `begin` and `end` come in pairs and do not nest. */
struct wl_listener {
    void (*begin)(void *context);
    void (*end)(void *context);
    void *context;
    /* A point of one of the workload's series, outside of operations; NULL: not wanted. */
    void (*point)(void *context, size_t series, int64_t at, int64_t value);
    /* What follows only gives back what a program that ends would leave to the system; NULL: not wanted. */
    void (*done)(void *context);
    /* Returns at `due_ns` after the run's first wait began, or at once when that has passed; NULL: time does
     * not matter. The operation that begins next was meant to begin then. */
    void (*wait)(void *context, uint64_t due_ns);
    /* One line for a person; NULL: not wanted. */
    void (*note)(void *context, const char *text);
    /* What the process has resident now, or -1; NULL: not known. */
    int64_t (*resident)(void *context);
};

/* What a workload tells of itself, besides what is measured of all. Named <workload>.<name>. */
enum {
    WL_METRICS_MOST = 12,
    WL_SERIES_MOST = 4,
    WL_POINTS_MOST = 512, /* of one series */
    WL_NOTES_MOST = 8,
};

struct wl_metric {
    const char *name, *unit;
    const char *better; /* "lower", "higher" or "none" */
    const char *help;
    bool is_deterministic; /* the same on any machine */
};

/* A curve: `value` in `unit` against `at` in `at_unit`, which never falls. */
struct wl_series {
    const char *name, *unit, *at_unit, *help;
};

struct wl_run {
    struct en_heap *heap;
    const void *knobs; /* the workload's struct, checked */
    uint64_t seed;
    const struct wl_listener *listener; /* NULL: nobody listens */
    struct rt_text *why;                /* one line when `run` fails; may be NULL */
    void *state;                        /* the workload's own, from prepare to finish */
    uint64_t operations;                /* marked so far */
    uint64_t digest;                    /* the answer, when run has returned 0 */
    uint64_t trash_objects; /* tracked objects that became trash so far, collected or not */

    /* When run has returned 0: how many of its things lived at once (0 when that is no question here)
     * and in how many bytes (-1 when the engine does not know), and the workload's own metrics, of which
     * NAN is one that is not known here. */
    uint64_t items;
    int64_t items_live_bytes;
    double metrics[WL_METRICS_MOST]; /* NAN: there is none in this run */
};

struct wl_workload {
    const char *name;    /* one noun */
    const char *summary; /* one line: what it does */
    const char *caveat;  /* one line: what it does not tell */
    int version;         /* a new one when the requests or the digest change */

    struct rt_knob_table knobs; /* all named <name>.<knob> */
    size_t knobs_bytes;         /* size of the struct that they describe */
    const char *variant;        /* the knob whose values are ways to do the same thing, or NULL */

    /* What one operation has time for, if it is something like a frame; 0: it is not. Of frames those are
     * counted that are over 1/60 and 1/120 of a second, from their intended begin if they were waited
     * for. */
    uint64_t budget_ns;

    const struct wl_metric *metrics;
    size_t metric_count;
    const struct wl_series *series;
    size_t series_count;

    /* 0, or -EINVAL for values that do not go together, with the reason in `why`. */
    int (*check)(const void *knobs, struct rt_text *why);

    uint64_t (*peak_live_bytes)(const void *knobs);
    uint64_t (*peak_trash_bytes)(
        const void *knobs);                    /* if none were collected; NULL: there is none */
    uint64_t (*operations)(const void *knobs); /* how many it is going to mark */

    /* How many of them make a round, when it does the same thing round after round; may be NULL. */
    uint64_t (*round_operations)(const void *knobs);

    int (*prepare)(struct wl_run *run); /* -ENOMEM */
    int (*run)(struct wl_run *run);     /* -ENOMEM: a request failed; -EBADMSG: a wrong answer */
    void (*finish)(struct wl_run *run); /* also after a failed prepare */
};

/* The one list of workloads, in the order of README.md. */
const struct wl_workload *const *wl_registry(size_t *ret_count);

/* NULL when there is none. */
const struct wl_workload *wl_registry_find(const char *name);
const struct wl_workload *wl_registry_nearest(const char *name);

static inline void
wl_point(const struct wl_run *run, size_t series, int64_t at, int64_t value) {
    if (run->listener != NULL && run->listener->point != NULL)
        run->listener->point(run->listener->context, series, at, value);
}

/* What this run has found, which is the same on each engine: at most WL_NOTES_MOST, outside of operations. */
static inline void
wl_note(const struct wl_run *run, const char *text) {
    if (run->listener != NULL && run->listener->note != NULL)
        run->listener->note(run->listener->context, text);
}

/* Outside of operations, and seldom: half a microsecond; -1: not known. */
static inline int64_t
wl_resident_bytes(const struct wl_run *run) {
    if (run->listener == NULL || run->listener->resident == NULL)
        return -1;
    return run->listener->resident(run->listener->context);
}

/* Between operations, behind the idle window: one that takes too long makes the next operation late. */
static inline void
wl_wait(const struct wl_run *run, uint64_t due_ns) {
    if (run->listener != NULL && run->listener->wait != NULL)
        run->listener->wait(run->listener->context, due_ns);
}

static inline void
wl_begin(struct wl_run *run) {
    if (run->listener != NULL)
        run->listener->begin(run->listener->context);
}

static inline void
wl_end(struct wl_run *run) {
    run->operations++;
    if (run->listener != NULL)
        run->listener->end(run->listener->context);
}

/* Ends a prepare: classes are dropped again if it failed, and what refers to itself of them is collected. A run
 * begins with empty free lists, and so can end with them. */
static inline int
wl_prepared(struct wl_run *run, int error, const char *why) {
    int number = error == 0 ? 0 : en_error(run->heap);

    if (error != 0)
        en_gc_collect(run->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(run->heap);
    if (error != 0 && run->why != NULL)
        rt_text_string(run->why, why);
    return -number;
}

/* Ends a run: how far it came when a request failed, and how many things were not what they should be. */
static inline int
wl_ended(struct wl_run *run, int error, int64_t done, const char *things, int64_t wrong,
         const char *wrong_things) {
    if (run->why != NULL && error != 0) {
        rt_text_string(run->why, "a request failed after ");
        rt_text_integer(run->why, done);
        rt_text_string(run->why, " ");
        rt_text_string(run->why, things);
    } else if (run->why != NULL && wrong > 0) {
        rt_text_integer(run->why, wrong);
        rt_text_string(run->why, " ");
        rt_text_string(run->why, wrong_things);
    }
    return error == 0 && wrong > 0 ? -EBADMSG : error;
}

/* How much more is live than `before`, which en_live_bytes gave; -1 when the engine does not know. */
static inline int64_t
wl_live_since(struct en_heap *heap, int64_t before) {
    int64_t now = en_live_bytes(heap);
    return now < 0 || before < 0 ? -1 : now - before;
}

static inline void
wl_done(const struct wl_run *run) {
    if (run->listener != NULL && run->listener->done != NULL)
        run->listener->done(run->listener->context);
}

#endif
