/* SPDX-License-Identifier: MIT
 *
 * graph.c: references around an object, as a program for Graphviz's dot.
 *
 * Objects are drawn in order of their distance from the starts, and numbered in that order: the same heap gives
 * the same text, whatever the addresses. Each is drawn once, with its arrows: to those it refers to, or from
 * those that refer to it, as many as the width allows; what is left out is one more node that says how many.
 * A referrer that refers twice has one arrow, a referent has one for each reference, as in objgraph.
 *
 * The map of the whole heap is made for either direction, since it tells the roots.
 *
 * Invariants:
 *   - Text from the program stands in quotes only, and is escaped there: quotes and backslashes; what is no
 *     printing character, as Python would show it; and &, which would begin one of HTML's names.
 *   - A line fits in its buffer: every part of it has a limit.
 *   - Whoever has a node is on the queue, or was, once.
 */
#include "runtime/class.h"
#include "runtime/edge.h"
#include "runtime/heap_map.h"

#include <errno.h>

enum {
    STEPS_MAX = 3,
    WIDTH_MAX = 10,
    SHOWN_BYTES = 41, /* of a text, with its terminator */
    LINE_BYTES = 2048,
    SHARED_LEAST = RT_SHARED_COUNT / 2, /* references from outside */
};

struct drawing {
    struct rt_heap_map map;
    const struct rt_graph *graph; /* NULL: a chain */
    size_t width_max;
    uint32_t *nodes; /* by number of the map: of the node, from 1 */
    uint32_t *queue; /* by node */
    uint32_t node_count;
    uint32_t at;           /* the node whose references are drawn */
    size_t shown, skipped; /* of its references */
    rt_graph_write_fn write;
    void *context;
    int status;
    struct rt_text line;
    char buffer[LINE_BYTES];
};

/* ---- Text --------------------------------------------------------------------------------------- */

static void
begin_line(struct drawing *drawing, const char *text) {
    rt_text_init(&drawing->line, drawing->buffer, sizeof drawing->buffer);
    rt_text_string(&drawing->line, text);
}

static void
end_line(struct drawing *drawing, const char *text) {
    rt_text_string(&drawing->line, text);
    RT_ASSERT(!drawing->line.cut, "a line fits in its buffer");
    if (drawing->status == 0) {
        drawing->status = drawing->write(drawing->buffer, drawing->line.length, drawing->context);
    }
}

/* As Python shows what cannot be printed; its backslash twice, since it is one for dot otherwise. */
static void
append_byte(struct rt_text *line, uint8_t byte) {
    const char pair[] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15], '\0'};

    rt_text_string(line, "\\\\x");
    rt_text_string(line, pair);
}

static void
append_quoted(struct rt_text *line, const char *text) {
    for (; *text != '\0'; text++) {
        const char character[] = {*text, '\0'};

        if (*text == '"') {
            rt_text_string(line, "\\\"");
        } else if (*text == '\\') {
            rt_text_string(line, "\\\\");
        } else if (*text == '&') {
            rt_text_string(line, "&amp;");
        } else if (*text == '\n') {
            rt_text_string(line, "\\\\n");
        } else if ((uint8_t)*text < ' ' || *text == 0x7f) {
            append_byte(line, (uint8_t)*text);
        } else {
            rt_text_string(line, character);
        }
    }
}

/* The beginning of a str, in whole characters. */
static void
append_str(struct rt_text *line, const struct rt_object *string) {
    char buffer[SHOWN_BYTES];
    struct rt_text text;

    rt_text_init(&text, buffer, sizeof buffer);
    rt_str_to_text(string, &text);
    append_quoted(line, buffer);
    rt_text_string(line, text.cut ? "..." : "");
}

/* An instance's is its class's name, which is any text. */
static void
append_type(struct rt_text *line, const struct rt_object *object) {
    if (rt_kind(object) == RT_KIND_INSTANCE) {
        append_str(line, rt_instance_class(object)->name);
    } else {
        append_quoted(line, rt_type_name(object));
    }
}

static void
append_bytes(struct rt_text *line, const struct rt_object *bytes) {
    size_t length = rt_bytes_length(bytes), shown = length < 16 ? length : 16;

    rt_text_string(line, "b'");
    for (size_t i = 0; i < shown; i++) {
        uint8_t byte = rt_bytes_data(bytes)[i];
        const char character[] = {(char)byte, '\0'};

        if (byte == 0 || byte >= 0x7f) {
            append_byte(line, byte);
        } else {
            append_quoted(line, character);
        }
    }
    rt_text_string(line, shown < length ? "...'" : "'");
}

static void
append_int(struct rt_text *line, const struct rt_object *object) {
    size_t digits = rt_int_digit_count(object);
    uint64_t value = 0;

    if (digits > 2) {
        rt_text_unsigned(line, digits * 30);
        rt_text_string(line, " bits");
        return;
    }
    for (size_t i = digits; i-- > 0;) {
        value = value << 30 | rt_int_digit(object, i);
    }
    rt_text_string(line, ((const struct rt_sized *)object)->size < 0 ? "-" : "");
    rt_text_unsigned(line, value);
}

static void
append_float(struct rt_text *line, double value) {
    char buffer[SHOWN_BYTES];
    struct rt_text text;

    rt_text_init(&text, buffer, sizeof buffer);
    rt_text_ratio(&text, value);
    rt_text_string(line, text.cut ? "large" : buffer);
}

/* Of what has a value that fits in a few letters; false: it has none. */
static bool
append_value(struct rt_text *line, const struct rt_object *object) {
    switch (rt_kind(object)) {
    case RT_KIND_NONE:
        rt_text_string(line, "None");
        return true;
    case RT_KIND_BOOL:
        rt_text_string(line, rt_bool_value(object) ? "True" : "False");
        return true;
    case RT_KIND_INT:
        append_int(line, object);
        return true;
    case RT_KIND_FLOAT:
        append_float(line, rt_float_value(object));
        return true;
    case RT_KIND_STR:
        rt_text_string(line, "'");
        append_str(line, object);
        rt_text_string(line, "'");
        return true;
    case RT_KIND_BYTES:
        append_bytes(line, object);
        return true;
    default:
        return false;
    }
}

static void
append_count(struct rt_text *line, size_t count, const char *what) {
    rt_text_string(line, "\\n");
    rt_text_unsigned(line, count);
    rt_text_string(line, " ");
    rt_text_string(line, what);
    rt_text_string(line, count == 1 ? "" : "s");
}

/* What there is to say of an object but its type, on a line of its own. */
static void
append_contents(struct rt_text *line, const struct rt_object *object) {
    switch (rt_kind(object)) {
    case RT_KIND_TUPLE:
    case RT_KIND_LIST:
        append_count(line, (size_t)((const struct rt_sized *)object)->size, "item");
        break;
    case RT_KIND_DICT:
        append_count(line, rt_dict_length(object), "item");
        break;
    case RT_KIND_SET:
        append_count(line, rt_set_length(object), "item");
        break;
    case RT_KIND_ARRAY:
        append_count(line, rt_array_length(object), "item");
        break;
    case RT_KIND_WEAK_SET:
        append_count(line, rt_weak_set_length(object), "member");
        break;
    case RT_KIND_WEAK_DICT:
        append_count(line, rt_weak_dict_length(object), "member");
        break;
    case RT_KIND_CLASS:
        rt_text_string(line, "\\n");
        append_str(line, ((const struct rt_class *)object)->name);
        break;
    case RT_KIND_DESCRIPTOR:
        rt_text_string(line, "\\n");
        append_str(line, ((const struct rt_descriptor *)object)->name);
        break;
    default:
        rt_text_string(line, "\\n");
        if (!append_value(line, object)) { /* nothing: back over the new line */
            line->length -= 2;
            line->data[line->length] = '\0';
        }
        break;
    }
}

/* ---- Nodes and arrows --------------------------------------------------------------------------- */

static void
append_node(struct rt_text *line, uint32_t node) {
    rt_text_string(line, "n");
    rt_text_unsigned(line, node);
}

static void
draw_node(struct drawing *drawing, uint32_t node, bool is_filled) {
    uint32_t number = drawing->queue[node];
    const struct rt_object *object = rt_heap_map_object(&drawing->map, number);
    int64_t outside = rt_heap_map_unaccounted(&drawing->map, number);

    begin_line(drawing, "  ");
    append_node(&drawing->line, node);
    rt_text_string(&drawing->line, " [label=\"");
    append_type(&drawing->line, object);
    append_contents(&drawing->line, object);
    if (outside >= SHARED_LEAST) {
        rt_text_string(&drawing->line, "\\nshared");
    } else if (outside > 0) {
        append_count(&drawing->line, (size_t)outside, "reference");
        rt_text_string(&drawing->line, " from outside");
    }
    rt_text_string(&drawing->line, "\"");
    rt_text_string(&drawing->line, is_filled ? ", style=filled, fillcolor=\"#ffe08a\"" : "");
    if (outside > 0 || rt_kind(object) == RT_KIND_CLASS) {
        rt_text_string(&drawing->line, ", peripheries=2");
    }
    end_line(drawing, "];\n");
}

static void
append_edge_label(struct rt_text *line, const struct rt_edge *edge) {
    if (edge->kind == RT_EDGE_PLAIN) {
        return;
    }
    rt_text_string(line, " [label=\"");
    if (edge->kind == RT_EDGE_INDEX) {
        rt_text_string(line, "[");
        rt_text_unsigned(line, edge->index);
        rt_text_string(line, "]");
    } else if (edge->kind == RT_EDGE_VALUE) {
        rt_text_string(line, "[");
        if (!append_value(line, edge->object)) {
            append_type(line, edge->object);
        }
        rt_text_string(line, "]");
    } else if (edge->kind == RT_EDGE_ATTRIBUTE) {
        rt_text_string(line, ".");
        append_str(line, edge->object);
    } else {
        rt_text_string(line, ".");
        rt_text_string(line, edge->word);
    }
    rt_text_string(line, "\"]");
}

static void
draw_edge(struct drawing *drawing, uint32_t from, uint32_t to, const struct rt_edge *edge) {
    begin_line(drawing, "  ");
    append_node(&drawing->line, from);
    rt_text_string(&drawing->line, " -> ");
    append_node(&drawing->line, to);
    append_edge_label(&drawing->line, edge);
    end_line(drawing, ";\n");
}

/* The node at hand has so many references that are not drawn. */
static void
draw_skipped(struct drawing *drawing) {
    struct rt_text *line = &drawing->line;
    bool is_backward = drawing->graph->is_backward;

    begin_line(drawing, "  ");
    append_node(line, drawing->at);
    rt_text_string(line, "_more [label=\"");
    rt_text_unsigned(line, drawing->skipped);
    rt_text_string(line, " more ");
    rt_text_string(line, is_backward ? "referrer" : "reference");
    rt_text_string(line, drawing->skipped == 1 ? "" : "s");
    rt_text_string(line, "\", shape=plaintext];\n  ");
    append_node(line, drawing->at);
    rt_text_string(line, is_backward ? "_more -> " : " -> ");
    append_node(line, drawing->at);
    end_line(drawing, is_backward ? " [style=dashed];\n" : "_more [style=dashed];\n");
}

/* ---- What is drawn ------------------------------------------------------------------------------ */

/* The object's node, which it gets when it has none. */
static uint32_t
node_of(struct drawing *drawing, uint32_t number) {
    if (drawing->nodes[number] == 0) {
        drawing->queue[drawing->node_count++] = number;
        drawing->nodes[number] = drawing->node_count;
    }
    return drawing->nodes[number] - 1;
}

/* Whether a reference to or from this object is drawn. */
static bool
is_shown(struct drawing *drawing, struct rt_object *object) {
    if (drawing->graph->keep != NULL && !drawing->graph->keep(object, drawing->graph->context)) {
        return false;
    }
    if (drawing->shown == drawing->width_max) {
        drawing->skipped++;
        return false;
    }
    drawing->shown++;
    return true;
}

static void
draw_referent(const struct rt_edge *edge, void *context) {
    struct drawing *drawing = context;

    if (is_shown(drawing, edge->referent)) {
        uint32_t number = rt_heap_map_number(&drawing->map, edge->referent);

        draw_edge(drawing, drawing->at, node_of(drawing, number), edge);
    }
}

static void
draw_referrers(struct drawing *drawing, uint32_t number) {
    const struct rt_heap_map *map = &drawing->map;
    uint32_t last = RT_HEAP_MAP_NONE;

    for (uint64_t i = map->first[number]; i < map->first[number + 1]; i++) {
        struct rt_object *referrer = rt_heap_map_object(map, map->referrers[i]);
        struct rt_edge edge = {.kind = RT_EDGE_PLAIN};

        if (map->referrers[i] != last && is_shown(drawing, referrer)) {
            (void)rt_edge_find(referrer, rt_heap_map_object(map, number), &edge);
            draw_edge(drawing, node_of(drawing, map->referrers[i]), drawing->at, &edge);
        }
        last = map->referrers[i];
    }
}

static void
draw_references(struct drawing *drawing, uint32_t node) {
    uint32_t number = drawing->queue[node];

    drawing->at = node;
    drawing->shown = drawing->skipped = 0;
    if (drawing->graph->is_backward) {
        draw_referrers(drawing, number);
    } else {
        rt_edge_each(rt_heap_map_object(&drawing->map, number), draw_referent, drawing);
    }
    if (drawing->skipped > 0) {
        draw_skipped(drawing);
    }
}

static void
draw_graph(struct drawing *drawing) {
    const struct rt_graph *graph = drawing->graph;
    size_t steps_max = graph->steps_max == 0 ? STEPS_MAX : graph->steps_max, steps = 0;
    uint32_t level_end;

    for (size_t i = 0; i < graph->start_count; i++) {
        (void)node_of(drawing, rt_heap_map_number(&drawing->map, graph->starts[i]));
    }
    level_end = drawing->node_count;
    for (uint32_t node = 0; node < drawing->node_count && drawing->status == 0; node++) {
        if (node == level_end) {
            level_end = drawing->node_count;
            steps++;
        }
        draw_node(drawing, node, /* is_filled */ steps == 0);
        if (steps < steps_max) {
            draw_references(drawing, node);
        }
    }
}

static void
draw_chain(struct drawing *drawing, const struct rt_inspect_objects *chain) {
    for (size_t i = 0; i < chain->count; i++) {
        uint32_t node = node_of(drawing, rt_heap_map_number(&drawing->map, chain->items[i]));
        struct rt_edge edge = {.kind = RT_EDGE_PLAIN};

        draw_node(drawing, node, /* is_filled */ i + 1 == chain->count);
        if (i > 0) {
            (void)rt_edge_find(chain->items[i - 1], chain->items[i], &edge);
            draw_edge(drawing,
                      node_of(drawing, rt_heap_map_number(&drawing->map, chain->items[i - 1])),
                      node, &edge);
        }
    }
}

/* ---- The calls ---------------------------------------------------------------------------------- */

/* -ENOMEM */
static int
open_drawing(struct drawing *drawing, struct rt *rt, struct rt_object *const *objects,
             size_t count) {
    size_t numbers;

    if (rt_heap_map_build(&drawing->map, rt, objects, count) != 0) {
        return -ENOMEM;
    }
    numbers = rt_heap_map_end(&drawing->map);
    drawing->nodes = rt_scratch_obtain(rt, numbers * sizeof *drawing->nodes);
    drawing->queue = rt_scratch_obtain(rt, numbers * sizeof *drawing->queue);
    if (drawing->nodes == NULL || drawing->queue == NULL) {
        return -ENOMEM;
    }
    if (drawing->graph != NULL && drawing->graph->is_backward) {
        return rt_heap_map_reverse(&drawing->map);
    }
    return 0;
}

static void
close_drawing(struct drawing *drawing) {
    struct rt *rt = drawing->map.rt;

    rt_scratch_give_back(rt, drawing->nodes);
    rt_scratch_give_back(rt, drawing->queue);
    rt_heap_map_fini(&drawing->map);
}

static int
draw(struct rt *rt, struct drawing *drawing, const struct rt_inspect_objects *chain) {
    const struct rt_graph *graph = drawing->graph;
    int status = chain != NULL ? open_drawing(drawing, rt, chain->items, chain->count)
                               : open_drawing(drawing, rt, graph->starts, graph->start_count);

    if (status == 0) {
        begin_line(drawing, "digraph references {\n");
        end_line(drawing, "  node [shape=box, fontname=\"sans-serif\"];\n"
                          "  edge [fontname=\"sans-serif\", fontsize=10];\n");
        if (chain != NULL) {
            draw_chain(drawing, chain);
        } else {
            draw_graph(drawing);
        }
        begin_line(drawing, "}\n");
        end_line(drawing, "");
        status = drawing->status;
    }
    close_drawing(drawing);
    return status;
}

int
rt_graph_write(struct rt *rt, const struct rt_graph *graph, rt_graph_write_fn write,
               void *context) {
    struct drawing drawing = {
        .map = {.rt = rt}, .graph = graph, .write = write, .context = context};

    drawing.width_max = graph->width_max == 0 ? WIDTH_MAX : graph->width_max;
    return draw(rt, &drawing, NULL);
}

int
rt_graph_write_chain(struct rt *rt, const struct rt_inspect_objects *chain, rt_graph_write_fn write,
                     void *context) {
    struct drawing drawing = {.map = {.rt = rt}, .write = write, .context = context};

    return draw(rt, &drawing, chain);
}
