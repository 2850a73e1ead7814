/* SPDX-License-Identifier: MIT
 *
 * convert/graph.c: which containers refer to which. See convert/graph.h.
 *
 * Invariants:
 *   - An edge that has a child is in that child's list of incoming ones, and no other edge is in any list.
 *   - Both ends of such an edge are live containers of the recording.
 */
#include "bench/convert/graph.h"

#include <stdlib.h>
#include <string.h>

struct bench_convert_edge {
    struct bench_convert_edge *next, **link; /* in the child's list; what points here */
    uint32_t parent, child;
};

void
bench_convert_graph_fini(struct bench_convert_graph *graph) {
    for (size_t i = 0; i < graph->capacity; i++)
        free(graph->nodes[i].edges);
    free(graph->nodes);
    *graph = (struct bench_convert_graph){0};
}

static bool
grow(struct bench_convert_graph *graph, uint32_t id) {
    size_t capacity = graph->capacity == 0 ? 1 << 12 : graph->capacity;
    struct bench_convert_node *nodes;

    while (capacity <= id)
        capacity *= 2;
    nodes = calloc(capacity, sizeof *nodes);
    if (nodes == NULL)
        return false;
    if (graph->capacity > 0)
        memcpy(nodes, graph->nodes, graph->capacity * sizeof *nodes);
    for (size_t i = 0; i < graph->capacity; i++)
        if (nodes[i].incoming != NULL)
            nodes[i].incoming->link = &nodes[i].incoming;
    free(graph->nodes);
    graph->nodes = nodes;
    graph->capacity = capacity;
    return true;
}

bool
bench_convert_graph_add(struct bench_convert_graph *graph, uint32_t id, uint32_t slots) {
    struct bench_convert_node *node;

    if (id >= graph->capacity && !grow(graph, id))
        return false;
    node = &graph->nodes[id];
    *node = (struct bench_convert_node){.is_container = true, .slots = slots};
    if (slots == 0)
        return true;
    node->edges = calloc(slots, sizeof *node->edges);
    if (node->edges == NULL)
        return false;
    for (uint32_t i = 0; i < slots; i++)
        node->edges[i] = (struct bench_convert_edge){.parent = id, .child = BENCH_CONVERT_NOBODY};
    return true;
}

struct bench_convert_node *
bench_convert_graph_find(const struct bench_convert_graph *graph, uint32_t id) {
    return id < graph->capacity && graph->nodes[id].is_container ? &graph->nodes[id] : NULL;
}

static void
unlink_edge(struct bench_convert_edge *edge) {
    *edge->link = edge->next;
    if (edge->next != NULL)
        edge->next->link = edge->link;
    edge->child = BENCH_CONVERT_NOBODY;
}

static void
link_edge(struct bench_convert_node *child_node, struct bench_convert_edge *edge, uint32_t child) {
    edge->child = child;
    edge->next = child_node->incoming;
    edge->link = &child_node->incoming;
    if (edge->next != NULL)
        edge->next->link = &edge->next;
    child_node->incoming = edge;
}

void
bench_convert_graph_set(struct bench_convert_graph *graph, uint32_t id, uint32_t slot,
                        uint32_t child) {
    struct bench_convert_node *node = bench_convert_graph_find(graph, id);
    struct bench_convert_edge *edge;

    if (node == NULL || slot >= node->slots || node->edges[slot].child == child)
        return;
    edge = &node->edges[slot];
    if (edge->child != BENCH_CONVERT_NOBODY)
        unlink_edge(edge);
    if (child == BENCH_CONVERT_NOBODY) {
        wl_trace_write_clear(graph->writer, id, slot);
        return;
    }
    link_edge(&graph->nodes[child], edge, child);
    wl_trace_write_store(graph->writer, id, slot, child);
}

void
bench_convert_graph_cut(struct bench_convert_graph *graph, uint32_t id) {
    struct bench_convert_edge *next;

    for (struct bench_convert_edge *edge = graph->nodes[id].incoming; edge != NULL; edge = next) {
        const struct bench_convert_node *parent = &graph->nodes[edge->parent];
        next = edge->next;
        if (parent->is_trash)
            continue;
        wl_trace_write_clear(graph->writer, edge->parent, (uint32_t)(edge - parent->edges));
        unlink_edge(edge);
    }
}

void
bench_convert_graph_remove(struct bench_convert_graph *graph, uint32_t id) {
    struct bench_convert_node *node = &graph->nodes[id];

    while (node->incoming != NULL)
        unlink_edge(node->incoming);
    for (uint32_t i = 0; i < node->slots; i++)
        if (node->edges[i].child != BENCH_CONVERT_NOBODY)
            unlink_edge(&node->edges[i]);
    free(node->edges);
    *node = (struct bench_convert_node){0};
}
