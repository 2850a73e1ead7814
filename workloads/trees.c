/* SPDX-License-Identifier: MIT
 *
 * trees.c: GCBench's shape, with the holes that it was faulted for not having. A large tree is made and dropped
 * to stretch the heap; a smaller one and an array of doubles stay to the end; between them trees of growing
 * depth are made and dropped, of each depth as many nodes, from the root down and from the leaves up.
 *
 * While the tree that stays is made, other nodes are made between its own, and dropped when it is complete:
 * its nodes are then survivors among holes, and what is made later fills the holes. Trees die by count, unless
 * children refer to their parents: then each is trash, from its root down. Making, walking and dropping a tree
 * is an operation; behind it there is an idle window, behind each depth a manual point, behind each node a
 * safe point.
 *
 * Invariants:
 *   - A node has two children, but a leaf has a number of one byte, which the interpreter shares, and None.
 *   - The numbers of a tree's leaves, from left to right, follow from the seed and the tree's own number.
 *     Every tree is walked once before it goes, and the digest folds them in. Its kind of node and whether
 *     there are parents and holes are not in it.
 *   - A child and what is in `fillers` is referred to once; besides, a child refers to its parent if at all.
 *   - The array's second half is zero, and its first the reciprocals of 1, 2, 3 ...
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum kind {
    KIND_LIST,
    KIND_TUPLE,
    KIND_INSTANCE,
    KIND_SLOTS
};

enum {
    LEFT,
    RIGHT,
    PARENT,
    NAMES
};

enum {
    KEPT_NUMBER = 1, /* of the tree that stays; the one before is 0 */
    SET_UP = 3, /* operations before the first temporary tree: stretching, the tree, the array */
    FREE_TUPLES = 2000, /* dead ones that are kept for the next ones */
    DEPTHS_STEP = 2,    /* from one depth of temporary trees to the next */
    CLASS_BYTES = 2048  /* the class, its keys and the names, about */
};

struct trees_knobs {
    int64_t depth, stretch, shallowest, array, kind;
    double holes;
    bool parents;
};

struct trees {
    const struct trees_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *none, *class_object, *names[NAMES];
    struct en_object *kept, *array, *tree; /* the last: of this operation */
    struct en_object **fillers;
    int64_t filler_count;
    bool is_holed;      /* fillers are made */
    double filler_rate; /* of each node */
    struct wl_rng rng;
    uint64_t leaf; /* what the next leaf's number is the first byte of */
    int64_t number, nodes;
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const kinds[] = {"list", "tuple", "instance", "slots", NULL};
static const char *const names[NAMES] = {"left", "right", "parent"};

static const struct wl_metric own_metrics[] = {
    {"trees.nodes", "nodes", "none", "nodes made in all", true},
};

static const struct rt_knob rows[] = {
    {.name = "trees.depth",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct trees_knobs, depth),
     .low = 1,
     .high = 26,
     .initial = 12,
     .unit = "levels",
     .help =
         "of the tree that stays, and the most of temporary ones; one more doubles all there is"},
    {.name = "trees.stretch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct trees_knobs, stretch),
     .low = 0,
     .high = 4,
     .initial = 2,
     .unit = "levels",
     .help =
         "by how many the first tree, dropped at once, is deeper than the one that stays; there "
         "are twice as many nodes of each depth as it has"},
    {.name = "trees.shallowest",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct trees_knobs, shallowest),
     .low = 1,
     .high = 26,
     .initial = 4,
     .unit = "levels",
     .help = "of the first temporary trees; the depth then grows by two levels"},
    {.name = "trees.array",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct trees_knobs, array),
     .low = 1,
     .high = 100000000,
     .initial = 20000,
     .unit = "doubles",
     .help = "length of the array that stays"},
    {.name = "trees.kind",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct trees_knobs, kind),
     .high = KIND_SLOTS,
     .initial = KIND_LIST,
     .choices = kinds,
     .unit = "",
     .help = "what a node is; tuples can be made from the leaves up only"},
    {.name = "trees.holes",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct trees_knobs, holes),
     .ratio_low = 0,
     .ratio_high = 0.95,
     .ratio_initial = 0.25,
     .unit = "",
     .help =
         "of the nodes made while the tree that stays is made, those that go when it is complete, "
         "from among the others; memory in their places is kept from the system"},
    {.name = "trees.parents",
     .type = RT_KNOB_BOOLEAN,
     .offset = offsetof(struct trees_knobs, parents),
     .initial = false,
     .unit = "",
     .help = "children refer to their parents, so that no tree dies by count and each is trash"},
};

static int64_t
count_nodes(int64_t depth) {
    return (INT64_C(2) << depth) - 1;
}

/* ---- Nodes -------------------------------------------------------------------------------------- */

static uint64_t
next_leaf(struct trees *trees) {
    trees->leaf = trees->leaf * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return trees->leaf >> 56;
}

static void
begin_leaves(struct trees *trees, int64_t number) {
    trees->leaf = wl_rng_mix(trees->salt + (uint64_t)number);
}

static struct en_object *
make_instance(struct trees *trees, struct en_object *left, struct en_object *right) {
    struct en_object *node = en_instance_new(trees->heap, trees->class_object);

    if (node != NULL && (en_attr_set(trees->heap, node, trees->names[LEFT], left) != 0 ||
                         en_attr_set(trees->heap, node, trees->names[RIGHT], right) != 0)) {
        en_decref(trees->heap, node);
        node = NULL;
    }
    en_decref(trees->heap, left);
    en_decref(trees->heap, right);
    return node;
}

static struct en_object *
make_list(struct trees *trees, struct en_object *left, struct en_object *right) {
    bool has_parent = trees->knobs->parents;
    struct en_object *node = en_list_new(trees->heap, has_parent ? 3 : 2);

    if (node == NULL) {
        en_decref(trees->heap, left);
        en_decref(trees->heap, right);
        return NULL;
    }
    en_list_put_steal(node, LEFT, left);
    en_list_put_steal(node, RIGHT, right);
    if (has_parent)
        en_list_put_steal(node, PARENT, en_incref(trees->none));
    return node;
}

static struct en_object *
make_tuple(struct trees *trees, struct en_object *left, struct en_object *right) {
    struct en_object *node = en_tuple_new(trees->heap, 2);

    if (node == NULL) {
        en_decref(trees->heap, left);
        en_decref(trees->heap, right);
        return NULL;
    }
    en_tuple_put_steal(node, LEFT, left);
    en_tuple_put_steal(node, RIGHT, right);
    return node;
}

/* Takes over what goes into it. */
static struct en_object *
make_plain(struct trees *trees, struct en_object *left, struct en_object *right) {
    trees->nodes++;
    if (trees->knobs->kind == KIND_LIST)
        return make_list(trees, left, right);
    if (trees->knobs->kind == KIND_TUPLE)
        return make_tuple(trees, left, right);
    return make_instance(trees, left, right);
}

/* As many as `filler_rate` says on average. */
static int
make_fillers(struct trees *trees) {
    int64_t count = (int64_t)trees->filler_rate;

    count += wl_rng_unit(&trees->rng) < trees->filler_rate - (double)count;
    for (int64_t i = 0; i < count; i++) {
        struct en_object *filler =
            make_plain(trees, en_incref(trees->none), en_incref(trees->none));
        if (filler == NULL)
            return -1;
        trees->fillers[trees->filler_count++] = filler;
    }
    return 0;
}

/* Takes over what goes into it. */
static struct en_object *
make_node(struct trees *trees, struct en_object *left, struct en_object *right) {
    struct en_object *node = make_plain(trees, left, right);

    en_safe_point(trees->heap);
    if (!trees->is_holed || node == NULL || make_fillers(trees) == 0)
        return node;
    en_decref(trees->heap, node);
    return NULL;
}

static struct en_object *
make_leaf(struct trees *trees) {
    struct en_object *number = en_int(trees->heap, (int64_t)next_leaf(trees));
    return number == NULL ? NULL : make_node(trees, number, en_incref(trees->none));
}

static int
set_link(struct trees *trees, struct en_object *node, int which, struct en_object *other) {
    if (trees->knobs->kind != KIND_LIST)
        return en_attr_set(trees->heap, node, trees->names[which], other);
    en_list_set(trees->heap, node, (size_t)which, other);
    return 0;
}

/* Borrowed: the node refers to it. */
static struct en_object *
get_link(struct trees *trees, struct en_object *node, int which) {
    if (trees->knobs->kind == KIND_LIST)
        return en_list_get(node, (size_t)which);
    if (trees->knobs->kind == KIND_TUPLE)
        return en_tuple_get(node, (size_t)which);
    struct en_object *found = en_attr_get(trees->heap, node, trees->names[which]);
    en_xdecref(trees->heap, found);
    return found;
}

/* ---- Trees -------------------------------------------------------------------------------------- */

static int
set_parents(struct trees *trees, struct en_object *node) {
    for (int i = LEFT; i <= RIGHT; i++) {
        struct en_object *child = get_link(trees, node, i);
        if (child == NULL || set_link(trees, child, PARENT, node) != 0)
            return -1;
    }
    return 0;
}

static struct en_object *
make_up(struct trees *trees, int64_t depth) {
    if (depth == 0)
        return make_leaf(trees);
    struct en_object *left = make_up(trees, depth - 1);
    if (left == NULL)
        return NULL;
    struct en_object *right = make_up(trees, depth - 1);
    if (right == NULL) {
        en_decref(trees->heap, left);
        return NULL;
    }
    struct en_object *node = make_node(trees, left, right);
    if (node == NULL || !trees->knobs->parents || set_parents(trees, node) == 0)
        return node;
    en_decref(trees->heap, node);
    return NULL;
}

static int
fill_down(struct trees *trees, struct en_object *node, int64_t depth) {
    if (depth == 0)
        return 0;
    for (int i = LEFT; i <= RIGHT; i++) {
        struct en_object *child =
            depth == 1 ? make_leaf(trees)
                       : make_node(trees, en_incref(trees->none), en_incref(trees->none));
        int error = child == NULL ? -1 : set_link(trees, node, i, child);
        if (error == 0 && trees->knobs->parents)
            error = set_link(trees, child, PARENT, node);
        en_xdecref(trees->heap, child);
        if (error != 0)
            return -1;
    }
    for (int i = LEFT; depth > 1 && i <= RIGHT; i++) {
        struct en_object *child = get_link(trees, node, i);
        if (child == NULL || fill_down(trees, child, depth - 1) != 0)
            return -1;
    }
    return 0;
}

/* Of a depth above 0. */
static struct en_object *
make_down(struct trees *trees, int64_t depth) {
    if (trees->knobs->kind == KIND_TUPLE)
        return make_up(trees, depth);
    struct en_object *root = make_node(trees, en_incref(trees->none), en_incref(trees->none));
    if (root == NULL || fill_down(trees, root, depth) == 0)
        return root;
    en_decref(trees->heap, root);
    return NULL;
}

static int
check_leaf(struct trees *trees, struct en_object *leaf) {
    struct en_object *number = get_link(trees, leaf, LEFT);
    int64_t found = -1;

    if (number == NULL || en_int_value(trees->heap, number, &found) != 0)
        return -1;
    trees->wrong += (uint64_t)found != next_leaf(trees);
    trees->digest = trees->digest * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)found;
    return 0;
}

static int
check_below(struct trees *trees, struct en_object *node, int64_t depth) {
    if (depth == 0)
        return check_leaf(trees, node);
    for (int i = LEFT; i <= RIGHT; i++) {
        struct en_object *child = get_link(trees, node, i);
        if (child == NULL)
            return -1;
        if (trees->knobs->parents)
            trees->wrong += get_link(trees, child, PARENT) != node;
        if (check_below(trees, child, depth - 1) != 0)
            return -1;
    }
    return 0;
}

static int
check_tree(struct trees *trees, struct en_object *root, int64_t number, int64_t depth) {
    begin_leaves(trees, number);
    return check_below(trees, root, depth);
}

/* ---- What it is going to need ------------------------------------------------------------------- */

/* Of `count` nodes, before which so many others were made: an instance's room for values depends on that. */
static int64_t
nodes_bytes(const struct trees_knobs *knobs, int64_t before, int64_t count) {
    int64_t links = knobs->parents ? NAMES : 2;

    switch ((enum kind)knobs->kind) {
    case KIND_LIST:
        return count * (WL_SIZES_LIST + 8 * links);
    case KIND_TUPLE:
        return count * (WL_SIZES_TUPLE + 8 * links);
    case KIND_SLOTS:
        return count * (WL_SIZES_SLOTS + 8 * links);
    case KIND_INSTANCE:
        break;
    }
    return count * WL_SIZES_INSTANCE + wl_sizes_values(before + count, links) -
           wl_sizes_values(before, links);
}

static double
fillers_of_node(const struct trees_knobs *knobs) {
    return knobs->holes / (1 - knobs->holes);
}

static int64_t
trees_of_depth(const struct trees_knobs *knobs, int64_t depth) {
    return 2 * count_nodes(knobs->depth + knobs->stretch) / count_nodes(depth);
}

/* Temporary trees, of both directions; and all of their nodes, and the depth of the deepest. */
static int64_t
count_temporary(const struct trees_knobs *knobs, int64_t *ret_nodes, int64_t *ret_deepest) {
    int64_t count = 0;

    *ret_nodes = 0;
    for (int64_t depth = knobs->shallowest; depth <= knobs->depth; depth += DEPTHS_STEP) {
        int64_t trees = 2 * trees_of_depth(knobs, depth);
        count += trees;
        *ret_nodes += trees * count_nodes(depth);
        *ret_deepest = depth;
    }
    return count;
}

static int64_t
larger(int64_t one, int64_t other) {
    return one > other ? one : other;
}

static int64_t
smaller(int64_t one, int64_t other) {
    return one < other ? one : other;
}

/* The most nodes and array at once, with the trees that were dropped or without. */
static int64_t
peak_bytes(const struct trees_knobs *knobs, bool with_dropped) {
    int64_t all, deepest = 0, kept = count_nodes(knobs->depth);
    int64_t stretch = count_nodes(knobs->depth + knobs->stretch);
    int64_t fillers = (int64_t)(fillers_of_node(knobs) * (double)kept);

    count_temporary(knobs, &all, &deepest);
    int64_t temporary = with_dropped ? all : count_nodes(deepest);
    int64_t free = knobs->kind == KIND_TUPLE ? smaller(stretch, FREE_TUPLES) : 0;
    int64_t dropped = with_dropped ? nodes_bytes(knobs, 0, stretch) : 0;
    int64_t building = dropped + nodes_bytes(knobs, stretch, kept + fillers);
    int64_t working = dropped + nodes_bytes(knobs, stretch, larger(kept + temporary, free)) +
                      WL_SIZES_ARRAY + 8 * knobs->array;
    return (knobs->kind >= KIND_INSTANCE ? CLASS_BYTES : 0) +
           larger(nodes_bytes(knobs, 0, stretch), larger(building, working));
}

static uint64_t
trees_peak_live_bytes(const void *fields) {
    return (uint64_t)peak_bytes(fields, /* with_dropped */ false);
}

static uint64_t
trees_peak_trash_bytes(const void *fields) {
    const struct trees_knobs *knobs = fields;
    if (!knobs->parents)
        return 0;
    return (uint64_t)(peak_bytes(knobs, /* with_dropped */ true) - peak_bytes(knobs, false));
}

static uint64_t
trees_operations(const void *fields) {
    int64_t nodes, deepest;
    return (uint64_t)(SET_UP + count_temporary(fields, &nodes, &deepest));
}

static int
trees_check(const void *fields, struct rt_text *why) {
    const struct trees_knobs *knobs = fields;

    if (knobs->shallowest > knobs->depth) {
        rt_text_string(why, "trees.shallowest is above trees.depth, so that there would be no "
                            "temporary tree");
        return -EINVAL;
    }
    if (knobs->parents && knobs->kind == KIND_TUPLE) {
        rt_text_string(why, "trees.parents needs nodes that can be changed: set trees.kind to "
                            "list, instance or slots");
        return -EINVAL;
    }
    return 0;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static void
drop_tree(struct trees *trees, int64_t depth) {
    struct en_object *root = trees->tree;

    trees->tree = NULL;
    if (trees->knobs->parents)
        trees->run->trash_objects += (uint64_t)count_nodes(depth);
    en_decref(trees->heap, root);
}

static int
run_tree(struct trees *trees, int64_t depth, bool is_down) {
    const int64_t number = trees->number++;

    wl_begin(trees->run);
    begin_leaves(trees, number);
    trees->tree = is_down ? make_down(trees, depth) : make_up(trees, depth);
    int error = trees->tree == NULL ? -1 : check_tree(trees, trees->tree, number, depth);
    if (error == 0)
        drop_tree(trees, depth);
    wl_end(trees->run);
    if (error == 0)
        en_idle_window(trees->heap);
    return error;
}

static void
drop_fillers(struct trees *trees) {
    for (int64_t i = 0; i < trees->filler_count; i++)
        en_decref(trees->heap, trees->fillers[i]);
    trees->filler_count = 0;
}

static int
make_kept(struct trees *trees) {
    wl_begin(trees->run);
    begin_leaves(trees, trees->number++);
    trees->is_holed = trees->filler_rate > 0;
    trees->kept = make_down(trees, trees->knobs->depth);
    trees->is_holed = false;
    drop_fillers(trees);
    wl_end(trees->run);
    return trees->kept == NULL ? -1 : 0;
}

static int
make_array(struct trees *trees) {
    const int64_t length = trees->knobs->array;
    int error = 0;

    wl_begin(trees->run);
    trees->array = en_array_new(trees->heap, RT_ARRAY_D, (size_t)length);
    if (trees->array == NULL)
        error = -1;
    for (int64_t i = 0; error == 0 && i < length / 2; i++)
        error = en_array_set_double(trees->heap, trees->array, (size_t)i, 1 / (double)(i + 1));
    wl_end(trees->run);
    return error;
}

static void
check_array(struct trees *trees) {
    const int64_t length = trees->knobs->array;

    for (int64_t i = 0; i < length; i++) {
        double expected = i < length / 2 ? 1 / (double)(i + 1) : 0;
        trees->wrong += en_array_get_double(trees->array, (size_t)i) != expected;
    }
}

static int
run_temporary(struct trees *trees) {
    const struct trees_knobs *knobs = trees->knobs;
    int error = 0;

    for (int64_t depth = knobs->shallowest; depth <= knobs->depth; depth += DEPTHS_STEP) {
        int64_t count = trees_of_depth(knobs, depth);
        for (int64_t i = 0; error == 0 && i < 2 * count; i++)
            error = run_tree(trees, depth, /* is_down */ i < count);
        if (error != 0)
            return error;
        en_manual_point(trees->heap);
    }
    return 0;
}

static int
run_all(struct trees *trees) {
    const struct trees_knobs *knobs = trees->knobs;
    int error = run_tree(trees, knobs->depth + knobs->stretch, /* is_down */ false);

    if (error == 0)
        error = make_kept(trees);
    if (error == 0)
        error = make_array(trees);
    if (error == 0)
        error = run_temporary(trees);
    if (error == 0)
        error = check_tree(trees, trees->kept, KEPT_NUMBER, knobs->depth);
    if (error == 0)
        check_array(trees);
    return error;
}

static void
release_all(struct trees *trees) {
    struct en_object **all[] = {&trees->kept, &trees->array, &trees->tree};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        en_xdecref(trees->heap, *all[i]);
        *all[i] = NULL;
    }
    drop_fillers(trees);
    en_gc_collect(trees->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(trees->heap);
}

static int
trees_run(struct wl_run *run) {
    struct trees *trees = run->state;
    int error = run_all(trees);

    if (error != 0)
        error = -en_error(run->heap);
    run->metrics[0] = (double)trees->nodes;
    wl_done(run);
    release_all(trees);
    run->digest = wl_rng_mix(trees->digest);
    return wl_ended(run, error, trees->nodes, "nodes", trees->wrong,
                    "nodes or doubles did not hold what was written into them");
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_class(struct trees *trees) {
    struct en_class_spec spec = {.name = "Node"};

    for (int i = 0; i < NAMES; i++)
        if ((trees->names[i] = en_name(trees->heap, names[i])) == NULL)
            return -1;
    if (trees->knobs->kind == KIND_SLOTS) {
        spec.slots = names;
        spec.slot_count = trees->knobs->parents ? NAMES : 2;
    }
    trees->class_object = en_class_new(trees->heap, &spec);
    return trees->class_object == NULL ? -1 : 0;
}

static void
drop_class(struct trees *trees) {
    en_xdecref(trees->heap, trees->class_object);
    trees->class_object = NULL;
    for (int i = 0; i < NAMES; i++) {
        en_xdecref(trees->heap, trees->names[i]);
        trees->names[i] = NULL;
    }
}

static int
make_tables(struct trees *trees) {
    double most =
        (double)((int64_t)trees->filler_rate + 1) * (double)count_nodes(trees->knobs->depth);

    if (trees->filler_rate == 0)
        return 0;
    if (most > (double)(PTRDIFF_MAX / (int64_t)sizeof(struct en_object *)))
        return -ENOMEM;
    trees->fillers = malloc((size_t)most * sizeof(struct en_object *));
    if (trees->fillers == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < (size_t)most; i++) /* touched, and not to be taken for a calloc */
        trees->fillers[i] = trees->none;
    return 0;
}

static int
trees_prepare(struct wl_run *run) {
    const struct trees_knobs *knobs = run->knobs;
    struct trees *trees = calloc(1, sizeof *trees);

    run->state = trees;
    if (trees == NULL)
        return -ENOMEM;
    trees->knobs = knobs;
    trees->run = run;
    trees->heap = run->heap;
    trees->none = en_none(run->heap);
    trees->salt = trees->digest = wl_rng_derive(run->seed, 1);
    trees->filler_rate = fillers_of_node(knobs);
    wl_rng_init(&trees->rng, wl_rng_derive(run->seed, 2));
    if (make_tables(trees) != 0)
        return -ENOMEM;
    int error = knobs->kind >= KIND_INSTANCE ? make_class(trees) : 0;
    if (error != 0)
        drop_class(trees);
    return wl_prepared(run, error, "a request failed while the class was made");
}

static void
trees_finish(struct wl_run *run) {
    struct trees *trees = run->state;

    if (trees != NULL) {
        drop_class(trees);
        free(trees->fillers);
    }
    free(trees);
    run->state = NULL;
}

extern const struct wl_workload wl_trees;
const struct wl_workload wl_trees = {
    .name = "trees",
    .summary = "binary trees of growing depth are made and dropped beside one that stays, between "
               "whose nodes there are holes",
    .caveat = "binary trees of one size of node are more regular than any program; without parents "
              "nothing is trash, and every collection is in vain",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct trees_knobs),
    .variant = "trees.kind",
    .metrics = own_metrics,
    .metric_count = sizeof own_metrics / sizeof own_metrics[0],
    .check = trees_check,
    .peak_live_bytes = trees_peak_live_bytes,
    .peak_trash_bytes = trees_peak_trash_bytes,
    .operations = trees_operations,
    .prepare = trees_prepare,
    .run = trees_run,
    .finish = trees_finish,
};
