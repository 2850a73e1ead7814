/* SPDX-License-Identifier: MIT
 *
 * convert/graph.h: which containers of a recording refer to which, as far as was seen, while it is written.
 */
#ifndef BENCH_CONVERT_GRAPH_H
#define BENCH_CONVERT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/trace.h"

#define BENCH_CONVERT_NOBODY UINT32_MAX

struct bench_convert_edge;

struct bench_convert_node {
    struct bench_convert_edge *edges;    /* its slots; NULL: no container, or none */
    struct bench_convert_edge *incoming; /* those that refer to it */
    uint32_t slots;
    bool is_container, is_trash;
};

struct bench_convert_graph {
    struct wl_trace_writer *writer;
    struct bench_convert_node *nodes; /* by id */
    size_t capacity;
};

void bench_convert_graph_fini(struct bench_convert_graph *graph);

/* A container has begun. False: out of memory. */
bool bench_convert_graph_add(struct bench_convert_graph *graph, uint32_t id, uint32_t slots);

/* NULL: no container. */
struct bench_convert_node *bench_convert_graph_find(const struct bench_convert_graph *graph,
                                                    uint32_t id);

/* The slot refers to this child, or to nobody; written where it did not before. */
void bench_convert_graph_set(struct bench_convert_graph *graph, uint32_t id, uint32_t slot,
                             uint32_t child);

/* Nobody but trash refers to it any more; written. */
void bench_convert_graph_cut(struct bench_convert_graph *graph, uint32_t id);

/* It has ended; nothing is written. */
void bench_convert_graph_remove(struct bench_convert_graph *graph, uint32_t id);

#endif
