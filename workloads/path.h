/* SPDX-License-Identifier: MIT
 *
 * path.h: what keeps an object alive: a shortest path to it from a root, in words.
 *
 * A root is a class, or an object with more references than all tracked containers together account for, so
 * that something else holds it: a variable of the program. The path is searched backwards, level by level, with
 * one walk over all containers for each; of several shortest ones it is the first that the walk comes by, and
 * so the same on each engine. Nothing is made on the way.
 */
#ifndef WORKLOADS_PATH_H
#define WORKLOADS_PATH_H

#include "workloads/engine.h"

enum {
    WL_PATH_OBJECTS_MOST = 1024, /* of those met on the way */
    WL_PATH_SLOTS = 4 * WL_PATH_OBJECTS_MOST,
};

/* What an attribute or key is called, or an object that the program has a name for. */
struct wl_path_name {
    const char *text;
    struct en_object *object; /* borrowed */
};

struct wl_path_step {
    struct en_object *object; /* borrowed */
    int32_t next;             /* the step it refers to; -1: the object asked about */
    int64_t references;       /* from tracked containers */
};

/* Room for one search after the other. */
struct wl_path {
    const struct wl_path_name *names;
    size_t name_count;
    int32_t count;
    struct wl_path_step steps[WL_PATH_OBJECTS_MOST];
    int16_t slots[WL_PATH_SLOTS]; /* a hash table: the step's number and 1; 0: none */
};

/* Appends the path to an object that no variable holds, such as "globals['cache'] -> list[7] -> Session". How
 * many objects it has, or -ENOENT: no root refers to it, so that it is trash, or too many objects do; -ENOMEM. */
int wl_path_write(struct wl_path *path, struct en_heap *heap, struct en_object *object,
                  struct rt_text *text);

#endif
