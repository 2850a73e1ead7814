/* SPDX-License-Identifier: MIT
 *
 * cycles.c: structures that refer to themselves, made and dropped at once, and the two ways to spare the
 * collector the trouble: links back that are weak, or that are broken by hand before the last reference goes.
 *
 * A structure is made of nodes, each of which refers to a number: a ring, in which each node refers to the next
 * one and the last to the first; a list that is linked both ways; or a binary tree whose nodes refer to their
 * parents. The last `cycles.window` structures are kept, and the oldest goes for each new one. An operation
 * makes and drops `cycles.batch` of them. Behind it there is an idle window, behind a round a manual point,
 * behind each structure a safe point.
 *
 * Invariants:
 *   - Nothing but its own structure refers to a node, and the window to the first one of each. From that one
 *     every node is reached by links forward; a link *back* is what closes a ring, or refers to the one before
 *     or to the parent.
 *   - `cycles.cyclic_share` of the structures, evenly spread, have links back. They become trash if those are
 *     strong. All others die by count, at once.
 *   - A node's number follows from the seed, its structure and its place, and its payload begins with it. When
 *     the structure goes it is walked once, and all links and numbers compared; the digest folds the numbers in,
 *     in that order.
 *   - One in `cycles.witness` nodes refers to a witness (witness.h), which has no other owner, refers to nothing,
 *     and goes with it; in trash the collector counts it, too.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"
#include "workloads/witness.h"

enum kind {
    KIND_LIST,
    KIND_PAIR,
    KIND_RING,
    KIND_INSTANCE, /* and what follows is of instances, too */
    KIND_DOUBLY,
    KIND_TREE
};

enum links {
    LINKS_STRONG,
    LINKS_WEAK,
    LINKS_BROKEN
};

/* A node's attributes; of a list, the first two are its first two items. */
enum {
    NEXT,
    NUMBER,
    PAYLOAD,
    WITNESS,
    BACK,
    OTHER,
    NAMES
};

enum {
    METRIC_WITNESSES,
    METRIC_AT_ONCE,
    METRIC_COLLECTED,
    METRIC_WAITING,
    METRIC_COUNT
};

enum {
    NUMBER_MASK = (1 << 30) - 1, /* an int of one digit */
    NUMBER_LEAST = 1 << 10,      /* above the ints that are shared */
    STAMP_MOST = 4,              /* bytes of the number at the beginning of a payload */
    CLASS_BYTES = 3000           /* the class, its keys and the names, about */
};

struct cycles_knobs {
    int64_t rounds, count, kind, length, window, batch, links, payload, witness;
    double cyclic_share;
};

struct cycles {
    const struct cycles_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *none, *class_object, *names[NAMES]; /* of instances */
    struct en_object *witness_class;
    struct en_object **window; /* first nodes; a ring of structures */
    struct en_object **nodes;  /* of the structure that is made or walked, borrowed */
    unsigned char *payload;    /* what the next one is copied from */
    int64_t length;            /* nodes of a structure */
    int64_t made, dropped;
    struct wl_witness witness;
    int64_t gone_at_once, waiting_most;
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const kinds[] = {"list", "pair", "ring", "instance", "doubly", "tree", NULL};
static const char *const links_names[] = {"strong", "weak", "broken", NULL};
static const char *const names[NAMES] = {
    [NEXT] = "next",       [NUMBER] = "number", [PAYLOAD] = "payload",
    [WITNESS] = "witness", [BACK] = "back",     [OTHER] = "other"};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_WITNESSES] = {"cycles.witnesses", "witnesses", "none",
                          "nodes that something was attached to which tells when they go", true},
    [METRIC_AT_ONCE] = {"cycles.gone_at_once", "witnesses", "higher",
                        "of them, those that went when the last reference from outside did", true},
    [METRIC_COLLECTED] = {"cycles.gone_collected", "witnesses", "none",
                          "of them, those that the collector found before the end", true},
    [METRIC_WAITING] = {"cycles.waiting_nodes", "nodes", "lower",
                        "most nodes that were dropped and not yet freed, to within cycles.witness",
                        true},
};

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
     .high = KIND_TREE,
     .initial = KIND_PAIR,
     .choices = kinds,
     .unit = "",
     .help = "a list that contains itself, two that contain each other, a ring of lists, a ring of "
             "instances, instances linked both ways, a binary tree of instances with parents"},
    {.name = "cycles.length",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, length),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "nodes",
     .help = "nodes of a structure of any kind but list and pair"},
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
    {.name = "cycles.links",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct cycles_knobs, links),
     .high = LINKS_BROKEN,
     .initial = LINKS_STRONG,
     .choices = links_names,
     .unit = "",
     .help =
         "links back: strong, and the collector has to find what they hold; weak references, of "
         "instances only; strong, but broken by hand before the structure is dropped"},
    {.name = "cycles.cyclic_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct cycles_knobs, cyclic_share),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 1,
     .unit = "",
     .help = "of the structures, those that have links back; the others die by count"},
    {.name = "cycles.payload",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct cycles_knobs, payload),
     .low = 0,
     .high = 1 << 26,
     .initial = 0,
     .unit = "bytes",
     .help = "bytes that each node carries, which the collector does not count; 0: none"},
    {.name = "cycles.witness",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct cycles_knobs, witness),
     .low = 0,
     .high = 1000000000,
     .initial = 0,
     .unit = "nodes",
     .help = "one in so many nodes has something attached that tells when it goes; each costs a "
             "call; 0: none has, and trash is not counted"},
};

/* ---- Nodes -------------------------------------------------------------------------------------- */

static bool
is_of_instances(const struct cycles_knobs *knobs) {
    return knobs->kind >= KIND_INSTANCE;
}

/* Or else the only link back is from its last node to its first. */
static bool
has_back_links(const struct cycles_knobs *knobs) {
    return knobs->kind == KIND_DOUBLY || knobs->kind == KIND_TREE;
}

static int64_t
cyclic_among(const struct cycles_knobs *knobs, int64_t structures) {
    return (int64_t)((double)structures * knobs->cyclic_share);
}

static bool
is_cyclic(const struct cycles_knobs *knobs, int64_t structure) {
    return cyclic_among(knobs, structure + 1) > cyclic_among(knobs, structure);
}

/* Of all nodes there are. Weyl's sequence, or the same places of structures would be seen again and again, or
 * no cyclic one. */
static bool
is_witnessed(const struct cycles_knobs *knobs, int64_t node) {
    uint64_t spread = (uint64_t)node * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    return knobs->witness > 0 && spread * (uint64_t)knobs->witness >> 32 == 0;
}

static int64_t
number_at(const struct cycles *cycles, int64_t structure, int64_t node) {
    uint64_t drawn =
        wl_rng_mix(cycles->salt + (uint64_t)structure * (uint64_t)cycles->length + (uint64_t)node);
    return (int64_t)(drawn & NUMBER_MASK) | NUMBER_LEAST;
}

/* Items of a node that is a list. */
static size_t
count_items(const struct cycles_knobs *knobs) {
    return 2 + (knobs->payload > 0) + (knobs->witness > 0);
}

static size_t
item_of(const struct cycles_knobs *knobs, int name) {
    return name == WITNESS ? count_items(knobs) - 1 : (size_t)name;
}

/* Takes over the value, which may be NULL: that has failed, too. A list's item was not put in before. */
static int
put_steal(struct cycles *cycles, struct en_object *node, int name, struct en_object *value) {
    if (value == NULL)
        return -1;
    if (!is_of_instances(cycles->knobs)) {
        en_list_put_steal(node, item_of(cycles->knobs, name), value);
        return 0;
    }
    int error = en_attr_set(cycles->heap, node, cycles->names[name], value);
    en_decref(cycles->heap, value);
    return error;
}

/* Borrowed: the node refers to it. */
static struct en_object *
get(struct cycles *cycles, struct en_object *node, int name) {
    if (!is_of_instances(cycles->knobs))
        return en_list_get(node, item_of(cycles->knobs, name));
    struct en_object *found = en_attr_get(cycles->heap, node, cycles->names[name]);
    en_xdecref(cycles->heap, found);
    return found;
}

static size_t
stamp_bytes(const struct cycles_knobs *knobs) {
    return knobs->payload < STAMP_MOST ? (size_t)knobs->payload : STAMP_MOST;
}

static int
add_payload(struct cycles *cycles, struct en_object *node, int64_t number) {
    const int32_t stamp = (int32_t)number;

    memcpy(cycles->payload, &stamp, stamp_bytes(cycles->knobs));
    return put_steal(cycles, node, PAYLOAD,
                     en_bytes(cycles->heap, cycles->payload, (size_t)cycles->knobs->payload));
}

static int
add_witness(struct cycles *cycles, struct en_object *node, int64_t place) {
    const int64_t number = cycles->made * cycles->length + place;

    if (!is_witnessed(cycles->knobs, number))
        return put_steal(cycles, node, WITNESS, en_incref(cycles->none));
    struct en_object *witness = en_instance_new(cycles->heap, cycles->witness_class);
    cycles->witness.made += witness != NULL;
    return put_steal(cycles, node, WITNESS, witness);
}

/* Yet without links. */
static struct en_object *
make_node(struct cycles *cycles, int64_t place) {
    struct en_heap *heap = cycles->heap;
    const int64_t value = number_at(cycles, cycles->made, place);
    struct en_object *number = en_int(heap, value);
    struct en_object *node = number == NULL ? NULL
                             : is_of_instances(cycles->knobs)
                                 ? en_instance_new(heap, cycles->class_object)
                                 : en_list_new(heap, count_items(cycles->knobs));

    if (node == NULL) {
        en_xdecref(heap, number);
        return NULL;
    }
    int error = put_steal(cycles, node, NUMBER, number);
    if (error == 0 && cycles->knobs->payload > 0)
        error = add_payload(cycles, node, value);
    if (error == 0 && cycles->knobs->witness > 0)
        error = add_witness(cycles, node, place);
    if (error == 0)
        return node;
    en_decref(heap, node);
    return NULL;
}

/* ---- Structures --------------------------------------------------------------------------------- */

/* The one that refers to it; place > 0. */
static int64_t
place_before(const struct cycles *cycles, int64_t place) {
    return cycles->knobs->kind == KIND_TREE ? (place - 1) / 2 : place - 1;
}

static int
name_before(const struct cycles *cycles, int64_t place) {
    return cycles->knobs->kind == KIND_TREE && place % 2 == 0 ? OTHER : NEXT;
}

/* What a link back to a node is; the caller's. */
static struct en_object *
make_back(struct cycles *cycles, struct en_object *node) {
    if (!is_cyclic(cycles->knobs, cycles->made))
        return en_incref(cycles->none);
    if (cycles->knobs->links == LINKS_WEAK)
        return en_weakref_new(cycles->heap, node, NULL);
    return en_incref(node);
}

/* Takes over the node, which may be NULL. */
static int
attach_steal(struct cycles *cycles, int64_t place, struct en_object *node) {
    struct en_object *before = cycles->nodes[place_before(cycles, place)];

    cycles->nodes[place] = node;
    if (put_steal(cycles, before, name_before(cycles, place), node) != 0)
        return -1;
    return has_back_links(cycles->knobs) ? put_steal(cycles, node, BACK, make_back(cycles, before))
                                         : 0;
}

/* The first node, which is the caller's. What a failure leaves may be a cycle. */
static struct en_object *
make_structure(struct cycles *cycles) {
    struct en_object *first = make_node(cycles, 0);
    int error = first == NULL ? -1 : 0;

    cycles->nodes[0] = first;
    if (error == 0 && has_back_links(cycles->knobs))
        error = put_steal(cycles, first, BACK, en_incref(cycles->none));
    for (int64_t i = 1; error == 0 && i < cycles->length; i++)
        error = attach_steal(cycles, i, make_node(cycles, i));
    if (error == 0 && !has_back_links(cycles->knobs))
        error =
            put_steal(cycles, cycles->nodes[cycles->length - 1], NEXT, make_back(cycles, first));
    if (error == 0)
        return first;
    en_xdecref(cycles->heap, first);
    return NULL;
}

static int
check_node(struct cycles *cycles, struct en_object *node, int64_t place) {
    struct en_object *object = get(cycles, node, NUMBER);
    struct en_object *payload = NULL;
    int64_t number = -1;

    if (object == NULL || en_int_value(cycles->heap, object, &number) != 0)
        return -1;
    cycles->wrong += number != number_at(cycles, cycles->dropped, place);
    cycles->digest = cycles->digest * UINT64_C(0x9e3779b97f4a7c15) + wl_rng_mix((uint64_t)number);
    if (cycles->knobs->payload == 0)
        return 0;
    if ((payload = get(cycles, node, PAYLOAD)) == NULL)
        return -1;
    const int32_t stamp = (int32_t)number;
    cycles->wrong += en_bytes_length(payload) != (size_t)cycles->knobs->payload ||
                     memcmp(en_bytes_data(payload), &stamp, stamp_bytes(cycles->knobs)) != 0;
    return 0;
}

/* That a link back leads where it should. */
static int
check_back(struct cycles *cycles, int64_t from, int name, int64_t to) {
    const struct cycles_knobs *knobs = cycles->knobs;
    struct en_object *link = get(cycles, cycles->nodes[from], name);

    if (link == NULL)
        return -1;
    if (!is_cyclic(knobs, cycles->dropped))
        cycles->wrong += link != cycles->none;
    else if (knobs->links == LINKS_WEAK)
        cycles->wrong += en_weakref_get(cycles->heap, link) != cycles->nodes[to];
    else
        cycles->wrong += link != cycles->nodes[to];
    return 0;
}

/* Walks the structure once, and finds its nodes. */
static int
check_structure(struct cycles *cycles, struct en_object *first) {
    const bool has_back = has_back_links(cycles->knobs);
    int error = 0;

    cycles->nodes[0] = first;
    for (int64_t i = 0; error == 0 && i < cycles->length; i++) {
        int64_t before = i == 0 ? 0 : place_before(cycles, i);
        if (i > 0)
            cycles->nodes[i] = get(cycles, cycles->nodes[before], name_before(cycles, i));
        error = cycles->nodes[i] == NULL ? -1 : check_node(cycles, cycles->nodes[i], i);
        if (error == 0 && has_back && i > 0)
            error = check_back(cycles, i, BACK, before);
    }
    return error != 0 || has_back ? error : check_back(cycles, cycles->length - 1, NEXT, 0);
}

static int
break_link(struct cycles *cycles, int64_t place, int name) {
    struct en_object *node = cycles->nodes[place];

    if (is_of_instances(cycles->knobs))
        return en_attr_set(cycles->heap, node, cycles->names[name], cycles->none);
    en_list_set(cycles->heap, node, item_of(cycles->knobs, name), cycles->none);
    return 0;
}

/* From the links back on, nothing refers to itself; the nodes were found before. */
static int
break_structure(struct cycles *cycles) {
    int error = 0;

    if (!has_back_links(cycles->knobs))
        return break_link(cycles, cycles->length - 1, NEXT);
    for (int64_t i = 1; error == 0 && i < cycles->length; i++)
        error = break_link(cycles, i, BACK);
    return error;
}

/* Of the oldest one. */
static int64_t
count_witnesses(const struct cycles *cycles) {
    int64_t first = cycles->dropped * cycles->length, count = 0;

    for (int64_t i = 0; cycles->knobs->witness > 0 && i < cycles->length; i++)
        count += is_witnessed(cycles->knobs, first + i);
    return count;
}

/* The oldest one. */
static int
drop_structure(struct cycles *cycles) {
    const struct cycles_knobs *knobs = cycles->knobs;
    struct en_object **place = &cycles->window[cycles->dropped % knobs->window];
    const int64_t gone = cycles->witness.gone, witnesses = count_witnesses(cycles);
    bool has_links = is_cyclic(knobs, cycles->dropped);
    int error = check_structure(cycles, *place);

    if (error == 0 && has_links && knobs->links == LINKS_BROKEN)
        error = break_structure(cycles);
    en_decref(cycles->heap, *place);
    *place = NULL;
    cycles->dropped++;
    if (has_links && knobs->links == LINKS_STRONG)
        cycles->run->trash_objects += (uint64_t)(cycles->length + witnesses);
    cycles->gone_at_once += cycles->witness.gone - gone;
    wl_witness_drop(&cycles->witness, witnesses);
    return error;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
count_nodes(const struct cycles_knobs *knobs) {
    return knobs->kind == KIND_LIST ? 1 : knobs->kind == KIND_PAIR ? 2 : knobs->length;
}

/* Of a structure whose links back are weak: one for each node that has any; a node has one for all. */
static int64_t
count_weakrefs(const struct cycles_knobs *knobs) {
    return knobs->kind == KIND_DOUBLY ? knobs->length - 1
           : knobs->kind == KIND_TREE ? knobs->length / 2
                                      : 1;
}

static int64_t
nodes_bytes(const struct cycles_knobs *knobs, int64_t structures) {
    const int64_t nodes = structures * count_nodes(knobs);
    const int64_t links = knobs->kind == KIND_TREE ? 3 : knobs->kind == KIND_DOUBLY ? 2 : 1;
    int64_t others = 1 + (knobs->payload > 0) + (knobs->witness > 0);
    int64_t bytes = nodes * WL_SIZES_INT;

    if (knobs->witness > 0)
        bytes += nodes / knobs->witness * WL_SIZES_SLOTS;
    if (knobs->payload > 1) /* of one byte there is one for all */
        bytes += nodes * wl_sizes_bytes(knobs->payload);
    if (knobs->links == LINKS_WEAK)
        bytes += cyclic_among(knobs, structures) * count_weakrefs(knobs) * WL_SIZES_WEAKREF;
    if (is_of_instances(knobs))
        return bytes + nodes * WL_SIZES_INSTANCE + wl_sizes_values(nodes, links + others);
    return bytes + nodes * (WL_SIZES_LIST + 8 * (1 + others));
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
    int64_t classes = is_of_instances(knobs) + (knobs->witness > 0);
    return (uint64_t)(classes * CLASS_BYTES + nodes_bytes(knobs, count_living(knobs)));
}

static uint64_t
cycles_peak_trash_bytes(const void *fields) {
    const struct cycles_knobs *knobs = fields;
    if (knobs->links != LINKS_STRONG)
        return 0;
    int64_t dropped = knobs->rounds * knobs->count - count_living(knobs);
    return (uint64_t)nodes_bytes(knobs, cyclic_among(knobs, dropped));
}

static int
cycles_check(const void *fields, struct rt_text *why) {
    const struct cycles_knobs *knobs = fields;

    if (knobs->links != LINKS_WEAK || is_of_instances(knobs))
        return 0;
    rt_text_string(why,
                   "lists cannot be referred to weakly: set cycles.kind to instance, doubly or "
                   "tree, or cycles.links to broken");
    return -EINVAL;
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
    cycles->waiting_most = cycles->witness.most; /* what goes now was never meant to */
    while (error == 0 && cycles->dropped < cycles->made)
        error = drop_structure(cycles);
    return error;
}

static void
tell_metrics(const struct cycles *cycles, double *metrics) {
    const struct wl_witness *witness = &cycles->witness;
    const bool is_known = cycles->knobs->witness > 0;

    metrics[METRIC_WITNESSES] = is_known ? (double)witness->made : NAN;
    metrics[METRIC_AT_ONCE] = is_known ? (double)cycles->gone_at_once : NAN;
    metrics[METRIC_COLLECTED] = is_known ? (double)(witness->gone - cycles->gone_at_once) : NAN;
    metrics[METRIC_WAITING] =
        is_known ? (double)(cycles->waiting_most * cycles->knobs->witness) : NAN;
}

static int
cycles_run(struct wl_run *run) {
    struct cycles *cycles = run->state;
    int error = run_rounds(cycles);

    if (error != 0)
        error = -en_error(run->heap);
    tell_metrics(cycles, run->metrics);
    wl_done(run);
    for (int64_t i = 0; i < cycles->knobs->window; i++)
        en_xdecref(run->heap, cycles->window[i]);
    en_gc_collect(run->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(run->heap);
    run->digest = wl_rng_mix(cycles->digest);
    return wl_ended(run, error, cycles->made, "structures", cycles->wrong,
                    "nodes did not hold what was written into them");
}

/* ---- Before and after --------------------------------------------------------------------------- */

/* What there is of them in case of a failure goes with drop_classes. */
static int
make_classes(struct cycles *cycles) {
    static const char *const nothing[] = {NULL};
    const struct en_class_spec node = {.name = "Node"};
    const struct en_class_spec witness = {.name = "Witness",
                                          .slots = nothing,
                                          .finalizer = wl_witness_go,
                                          .finalizer_data = &cycles->witness};

    for (int i = 0; is_of_instances(cycles->knobs) && i < NAMES; i++)
        if ((cycles->names[i] = en_name(cycles->heap, names[i])) == NULL)
            return -1;
    if (is_of_instances(cycles->knobs) &&
        (cycles->class_object = en_class_new(cycles->heap, &node)) == NULL)
        return -1;
    if (cycles->knobs->witness > 0 &&
        (cycles->witness_class = en_class_new(cycles->heap, &witness)) == NULL)
        return -1;
    return 0;
}

static void
drop_classes(struct cycles *cycles) {
    en_xdecref(cycles->heap, cycles->class_object);
    en_xdecref(cycles->heap, cycles->witness_class);
    cycles->class_object = cycles->witness_class = NULL;
    for (int i = 0; i < NAMES; i++) {
        en_xdecref(cycles->heap, cycles->names[i]);
        cycles->names[i] = NULL;
    }
}

static int
make_tables(struct cycles *cycles) {
    const struct cycles_knobs *knobs = cycles->knobs;

    cycles->window = calloc((size_t)knobs->window, sizeof(struct en_object *));
    cycles->nodes = calloc((size_t)cycles->length, sizeof(struct en_object *));
    cycles->payload = malloc((size_t)knobs->payload + 1);
    if (cycles->window == NULL || cycles->nodes == NULL || cycles->payload == NULL)
        return -ENOMEM;
    memset(cycles->payload, 'x', (size_t)knobs->payload + 1);
    return 0;
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
    cycles->none = en_none(run->heap);
    cycles->length = count_nodes(knobs);
    cycles->salt = cycles->digest = wl_rng_derive(run->seed, 1);
    if (make_tables(cycles) != 0)
        return -ENOMEM;
    int error = make_classes(cycles);
    if (error != 0)
        drop_classes(cycles);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
cycles_finish(struct wl_run *run) {
    struct cycles *cycles = run->state;

    if (cycles != NULL) {
        drop_classes(cycles);
        free(cycles->window);
        free(cycles->nodes);
        free(cycles->payload);
    }
    free(cycles);
    run->state = NULL;
}

extern const struct wl_workload wl_cycles;
const struct wl_workload wl_cycles = {
    .name = "cycles",
    .summary = "structures that refer to themselves are made and dropped, and pile up until they "
               "are collected",
    .caveat =
        "unless told otherwise all that dies here is trash, which no real program comes near; "
        "nodes are looked at once, when they go, and that is part of the operation",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct cycles_knobs),
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .check = cycles_check,
    .peak_live_bytes = cycles_peak_live_bytes,
    .peak_trash_bytes = cycles_peak_trash_bytes,
    .operations = cycles_operations,
    .prepare = cycles_prepare,
    .run = cycles_run,
    .finish = cycles_finish,
};
