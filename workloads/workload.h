/* SPDX-License-Identifier: MIT
 *
 * workload.h: what a workload is, and what it may rely on.
 *
 * A workload is a program that asks for memory. Rules, which tests hold every one of them to:
 *   - It is deterministic: workload, version, knobs and seed give the same requests in the same order
 *     whatever serves them, and the same digest.
 *   - It does a fixed amount of work, and reads no clock. It says where an operation begins and ends, and
 *     whoever listens measures.
 *   - It checks its own answer: a block that does not hold what was written into it is found, and is
 *     -EBADMSG.
 *   - It knows its peak of live requested bytes by a formula, to 5 %.
 *   - When `run` has returned, by whatever way, everything it asked the runtime for is freed again.
 *   - Its own tables (what lives where) come from the C library and are touched in `prepare`, before
 *     memory is measured, so that what grows afterwards is the runtime's.
 */
#ifndef WORKLOADS_WORKLOAD_H
#define WORKLOADS_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/rt.h"

/* Called at the marks. `begin` and `end` come in pairs and do not nest. */
struct wl_listener {
    void (*begin)(void *context);
    void (*end)(void *context);
    void *context;
};

struct wl_run {
    struct rt *rt;
    const void *knobs; /* the workload's struct, checked */
    uint64_t seed;
    const struct wl_listener *listener; /* NULL: nobody listens */
    struct rt_text *why;                /* one line when `run` fails; may be NULL */
    void *state;                        /* the workload's own, from prepare to finish */
    uint64_t operations;                /* marked so far */
    uint64_t digest;                    /* the answer, when run has returned 0 */
};

struct wl_workload {
    const char *name;    /* one noun */
    const char *summary; /* one line: what it does */
    const char *caveat;  /* one line: what it does not tell */
    int version;         /* a new one when the requests or the digest change */

    struct rt_knob_table knobs; /* all named <name>.<knob> */
    size_t knobs_bytes;         /* size of the struct that they describe */

    /* 0, or -EINVAL for values that do not go together, with the reason in `why`. */
    int (*check)(const void *knobs, struct rt_text *why);

    uint64_t (*peak_live_bytes)(const void *knobs);
    uint64_t (*operations)(const void *knobs); /* how many it is going to mark */

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

#endif
