/* SPDX-License-Identifier: MIT
 *
 * cycles.c: structures that refer to themselves, made and dropped at once: all that dies here is trash.
 *
 * A structure is a ring of nodes, each of which refers to the next and to a number. The last
 * `cycles.window` structures are kept, and the oldest goes for each new one. An operation makes and drops
 * `cycles.batch` of them. Behind it there is an idle window, behind a round a manual point, behind each
 * structure a safe point.
 *
 * Invariants:
 *   - Nothing but its own ring refers to a node, and the window to the first one of each.
 *   - A node's number follows from the seed, its structure and its place. When the structure goes the ring is
 *     walked once and each number compared; the digest folds them in, in that order.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum kind {
    KIND_LIST,
    KIND_PAIR,
    KIND_RING,
    KIND_INSTANCE
};

enum {
    NUMBER_MASK = (1 << 30) - 1, /* an int of one digit */
    NUMBER_LEAST = 1 << 10,      /* above the ints that are shared */
    CLASS_BYTES = 2048,          /* the class, its keys and the names, about */
};

struct cycles_knobs {
    int64_t rounds, count, kind, length, window, batch;
};

struct cycles {
    const struct cycles_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *class_object, *next_name, *number_name; /* of kind `instance` */
    struct en_object **window; /* first nodes; a ring of structures */
    int64_t length;            /* nodes of a structure */
    int64_t made, dropped;
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const kinds[] = {"list", "pair", "ring", "instance", NULL};

static const struct rt_knob rows[] = {
    {.name = "cycles.rounds",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, rounds),
     .low = 1,
     .high = 100000,
     .initial = 4,
     .unit = "rounds",
     .help = "rounds; at the end of each is the point at which a program would collect by hand"},
    {.name = "cycles.count",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, count),
     .low = 1,
     .high = 100000000,
     .initial = 5000,
     .unit = "structures",
     .help = "structures that a round makes"},
    {.name = "cycles.kind",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct cycles_knobs, kind),
     .high = KIND_INSTANCE,
     .initial = KIND_PAIR,
     .choices = kinds,
     .unit = "",
     .help = "a list that contains itself, two that contain each other, a ring of lists, a ring of "
             "instances"},
    {.name = "cycles.length",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, length),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "nodes",
     .help = "nodes of a ring of either kind"},
    {.name = "cycles.window",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, window),
     .low = 1,
     .high = 10000000,
     .initial = 1000,
     .unit = "structures",
     .help = "structures that live at once, the last ones made"},
    {.name = "cycles.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "structures",
     .help = "structures that one operation makes and drops"},
};

/* ---- Nodes -------------------------------------------------------------------------------------- */

static int64_t
number_at(const struct cycles *cycles, int64_t structure, int64_t node) {
    uint64_t drawn =
        wl_rng_mix(cycles->salt + (uint64_t)structure * (uint64_t)cycles->length + (uint64_t)node);
    return (int64_t)(drawn & NUMBER_MASK) | NUMBER_LEAST;
}

/* Yet without a next one. */
static struct en_object *
make_node(struct cycles *cycles, int64_t node) {
    bool is_instance = cycles->knobs->kind == KIND_INSTANCE;
    struct en_heap *heap = cycles->heap;
    struct en_object *number = en_int(heap, number_at(cycles, cycles->made, node));
    struct en_object *made = number == NULL ? NULL
                             : is_instance  ? en_instance_new(heap, cycles->class_object)
                                            : en_list_new(heap, 2);

    if (made != NULL && !is_instance) {
        en_list_put_steal(made, 1, number);
        return made;
    }
    if (made != NULL && en_attr_set(heap, made, cycles->number_name, number) != 0) {
        en_decref(heap, made);
        made = NULL;
    }
    en_xdecref(heap, number);
    return made;
}

static int
set_next(struct cycles *cycles, struct en_object *node, struct en_object *next) {
    if (cycles->knobs->kind == KIND_INSTANCE)
        return en_attr_set(cycles->heap, node, cycles->next_name, next);
    en_list_put_steal(node, 0, en_incref(next));
    return 0;
}

/* Both the caller's; NULL: failed. */
static struct en_object *
get_next(struct cycles *cycles, struct en_object *node) {
    if (cycles->knobs->kind == KIND_INSTANCE)
        return en_attr_get(cycles->heap, node, cycles->next_name);
    return en_incref(en_list_get(node, 0));
}

static struct en_object *
get_number(struct cycles *cycles, struct en_object *node) {
    if (cycles->knobs->kind == KIND_INSTANCE)
        return en_attr_get(cycles->heap, node, cycles->number_name);
    return en_incref(en_list_get(node, 1));
}

/* ---- Structures --------------------------------------------------------------------------------- */

/* The first node, which is the caller's. What a failure leaves is a chain, and dies by count. */
static struct en_object *
make_structure(struct cycles *cycles) {
    struct en_heap *heap = cycles->heap;
    struct en_object *first = make_node(cycles, 0);
    struct en_object *last = first; /* borrowed */

    if (first == NULL)
        return NULL;
    for (int64_t i = 1; i < cycles->length; i++) {
        struct en_object *node = make_node(cycles, i);
        int error = node == NULL ? -1 : set_next(cycles, last, node);
        en_xdecref(heap, node);
        if (error != 0) {
            en_decref(heap, first);
            return NULL;
        }
        last = node;
    }
    if (set_next(cycles, last, first) == 0)
        return first;
    en_decref(heap, first);
    return NULL;
}

static int
check_node(struct cycles *cycles, struct en_object *node, int64_t place) {
    struct en_object *object = get_number(cycles, node);
    int64_t number = -1;

    if (object == NULL)
        return -1;
    if (en_int_value(cycles->heap, object, &number) != 0)
        number = -1;
    en_decref(cycles->heap, object);
    cycles->wrong += number != number_at(cycles, cycles->dropped, place);
    cycles->digest = cycles->digest * UINT64_C(0x9e3779b97f4a7c15) + wl_rng_mix((uint64_t)number);
    return 0;
}

/* Walks the ring once, and must come back to where it began. */
static int
check_structure(struct cycles *cycles, struct en_object *first) {
    struct en_object *node = en_incref(first);
    int error = 0;

    for (int64_t i = 0; error == 0 && i < cycles->length; i++) {
        error = check_node(cycles, node, i);
        struct en_object *next = error == 0 ? get_next(cycles, node) : NULL;
        en_decref(cycles->heap, node);
        node = next;
        error = node == NULL ? -1 : error;
    }
    cycles->wrong += error == 0 && node != first;
    en_xdecref(cycles->heap, node);
    return error;
}

/* The oldest one. */
static int
drop_structure(struct cycles *cycles) {
    struct en_object **place = &cycles->window[cycles->dropped % cycles->knobs->window];
    int error = check_structure(cycles, *place);

    en_decref(cycles->heap, *place);
    *place = NULL;
    cycles->dropped++;
    cycles->run->trash_objects += (uint64_t)cycles->length;
    return error;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
count_nodes(const struct cycles_knobs *knobs) {
    return knobs->kind == KIND_LIST ? 1 : knobs->kind == KIND_PAIR ? 2 : knobs->length;
}

static int64_t
nodes_bytes(const struct cycles_knobs *knobs, int64_t structures) {
    int64_t nodes = structures * count_nodes(knobs);

    if (knobs->kind == KIND_INSTANCE)
        return nodes * (WL_SIZES_INT + WL_SIZES_INSTANCE) + wl_sizes_values(nodes, 2);
    return nodes * (WL_SIZES_INT + WL_SIZES_LIST + 2 * 8);
}

/* Those that live at once; the window is full when another one goes. */
static int64_t
count_living(const struct cycles_knobs *knobs) {
    int64_t all = knobs->rounds * knobs->count;
    return all < knobs->window ? all : knobs->window;
}

static uint64_t
cycles_peak_live_bytes(const void *fields) {
    const struct cycles_knobs *knobs = fields;
    int64_t class_bytes = knobs->kind == KIND_INSTANCE ? CLASS_BYTES : 0;
    return (uint64_t)(class_bytes + nodes_bytes(knobs, count_living(knobs)));
}

static uint64_t
cycles_peak_trash_bytes(const void *fields) {
    const struct cycles_knobs *knobs = fields;
    return (uint64_t)nodes_bytes(knobs, knobs->rounds * knobs->count - count_living(knobs));
}

static uint64_t
cycles_operations(const void *fields) {
    const struct cycles_knobs *knobs = fields;
    return (uint64_t)(knobs->rounds * ((knobs->count + knobs->batch - 1) / knobs->batch));
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
run_batch(struct cycles *cycles, int64_t count) {
    int error = 0;

    wl_begin(cycles->run);
    for (int64_t i = 0; error == 0 && i < count; i++) {
        if (cycles->made - cycles->dropped == cycles->knobs->window)
            error = drop_structure(cycles);
        struct en_object *first = error == 0 ? make_structure(cycles) : NULL;
        if (first == NULL)
            error = -1;
        else
            cycles->window[cycles->made++ % cycles->knobs->window] = first;
        en_safe_point(cycles->heap);
    }
    wl_end(cycles->run);
    if (error == 0)
        en_idle_window(cycles->heap);
    return error;
}

static int
run_rounds(struct cycles *cycles) {
    const struct cycles_knobs *knobs = cycles->knobs;
    int error = 0;

    for (int64_t round = 0; error == 0 && round < knobs->rounds; round++) {
        for (int64_t done = 0; error == 0 && done < knobs->count; done += knobs->batch) {
            int64_t left = knobs->count - done;
            error = run_batch(cycles, left < knobs->batch ? left : knobs->batch);
        }
        if (error == 0)
            en_manual_point(cycles->heap);
    }
    while (error == 0 && cycles->dropped < cycles->made)
        error = drop_structure(cycles);
    return error;
}

static int
cycles_run(struct wl_run *run) {
    struct cycles *cycles = run->state;
    int error = run_rounds(cycles);

    if (error != 0)
        error = -en_error(run->heap);
    wl_done(run);
    for (int64_t i = 0; i < cycles->knobs->window; i++)
        en_xdecref(run->heap, cycles->window[i]);
    en_gc_collect(run->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(run->heap);
    run->digest = wl_rng_mix(cycles->digest);
    if (run->why != NULL && error != 0) {
        rt_text_string(run->why, "a request failed after ");
        rt_text_integer(run->why, cycles->made);
        rt_text_string(run->why, " structures");
    } else if (run->why != NULL && cycles->wrong > 0) {
        rt_text_integer(run->why, cycles->wrong);
        rt_text_string(run->why, " nodes did not hold what was written into them");
    }
    return error == 0 && cycles->wrong > 0 ? -EBADMSG : error;
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_class(struct cycles *cycles) {
    const struct en_class_spec spec = {.name = "Node"};

    cycles->next_name = en_name(cycles->heap, "next");
    if (cycles->next_name != NULL)
        cycles->number_name = en_name(cycles->heap, "number");
    if (cycles->number_name != NULL)
        cycles->class_object = en_class_new(cycles->heap, &spec);
    return cycles->class_object == NULL ? -1 : 0;
}

static void
drop_class(struct cycles *cycles) {
    en_xdecref(cycles->heap, cycles->class_object);
    en_xdecref(cycles->heap, cycles->next_name);
    en_xdecref(cycles->heap, cycles->number_name);
    cycles->class_object = cycles->next_name = cycles->number_name = NULL;
}

static int
cycles_prepare(struct wl_run *run) {
    const struct cycles_knobs *knobs = run->knobs;
    struct cycles *cycles = calloc(1, sizeof *cycles);

    run->state = cycles;
    if (cycles == NULL)
        return -ENOMEM;
    cycles->knobs = knobs;
    cycles->run = run;
    cycles->heap = run->heap;
    cycles->length = count_nodes(knobs);
    cycles->salt = cycles->digest = wl_rng_derive(run->seed, 1);
    cycles->window = calloc((size_t)knobs->window, sizeof(struct en_object *));
    if (cycles->window == NULL)
        return -ENOMEM;
    int error = knobs->kind == KIND_INSTANCE ? make_class(cycles) : 0;
    if (error != 0)
        drop_class(cycles);
    en_free_lists_clear(run->heap); /* so that the run begins with none, and can end so */
    if (error == 0)
        return 0;
    if (run->why != NULL)
        rt_text_string(run->why, "a request failed while the class was made");
    return -en_error(run->heap);
}

static void
cycles_finish(struct wl_run *run) {
    struct cycles *cycles = run->state;

    if (cycles != NULL) {
        drop_class(cycles);
        free(cycles->window);
    }
    free(cycles);
    run->state = NULL;
}

extern const struct wl_workload wl_cycles;
const struct wl_workload wl_cycles = {
    .name = "cycles",
    .summary = "structures that refer to themselves are made and dropped, and pile up until they "
               "are collected",
    .caveat = "all that dies here is trash, which no real program comes near; nodes are looked at "
              "once, when they go, and that is part of the operation",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct cycles_knobs),
    .peak_live_bytes = cycles_peak_live_bytes,
    .peak_trash_bytes = cycles_peak_trash_bytes,
    .operations = cycles_operations,
    .prepare = cycles_prepare,
    .run = cycles_run,
    .finish = cycles_finish,
};
