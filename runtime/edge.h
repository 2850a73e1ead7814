/* SPDX-License-Identifier: MIT
 *
 * edge.h: by what name an object refers to another.
 */
#ifndef RUNTIME_EDGE_H
#define RUNTIME_EDGE_H

#include "runtime/object.h"

enum rt_edge_kind {
    RT_EDGE_PLAIN,     /* no name: a member of a set, a key of a dict */
    RT_EDGE_INDEX,     /* index: of a list or tuple, a slot of a generator */
    RT_EDGE_VALUE,     /* object: the value's key in a dict */
    RT_EDGE_ATTRIBUTE, /* object: its name, a str */
    RT_EDGE_WORD,      /* word: what Python calls it */
};

struct rt_edge {
    struct rt_object *referent;
    enum rt_edge_kind kind;
    size_t index;
    struct rt_object *object;
    const char *word;
};

typedef void (*rt_edge_fn)(const struct rt_edge *edge, void *context);

/* Calls `visit` with each reference, in the order of rt_visit. */
void rt_edge_each(struct rt_object *object, rt_edge_fn visit, void *context);

/* The first reference to that one. False: there is none. */
bool rt_edge_find(struct rt_object *object, const struct rt_object *referent,
                  struct rt_edge *ret_edge);

#endif
