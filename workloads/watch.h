/* SPDX-License-Identifier: MIT
 *
 * watch.h: a detector of leaks for any workload: counts all tracked objects by type after each round, and says
 * in notes what grows, by how much, and what keeps it alive.
 *
 * Looking makes no object where the engine has a way for that, and happens without the collector where it has
 * none: a program that is watched collects when it would have. It belongs outside of operations.
 */
#ifndef WORKLOADS_WATCH_H
#define WORKLOADS_WATCH_H

#include "workloads/growth.h"
#include "workloads/path.h"
#include "workloads/workload.h"

struct wl_watch {
    struct wl_run *run;
    struct wl_growth growth;
    struct wl_path path;
};

/* What was found; all of it 0: nothing. */
struct wl_watch_verdict {
    double objects;   /* of the type that takes the most bytes, a round */
    int64_t bytes;    /* of those, with what nothing else refers to, by sys.getsizeof */
    int path_objects; /* on the path to the youngest of them; 0: there is none */
};

/* Touches all of it, so that watching takes no more memory later. */
void wl_watch_init(struct wl_watch *watch, struct wl_run *run);

int wl_watch_round(struct wl_watch *watch); /* -1: ENOMEM */

/* How many objects of that type there were after the last round. */
int64_t wl_watch_count(const struct wl_watch *watch, const char *type);

/* Notes up to three types that grow, the one that takes the most bytes first, and the path to its youngest
 * object, by these names; or that nothing grew. -1: ENOMEM. */
int wl_watch_judge(struct wl_watch *watch, const struct wl_path_name *names, size_t name_count,
                   struct wl_watch_verdict *ret_verdict);

#endif
