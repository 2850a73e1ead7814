/* SPDX-License-Identifier: MIT
 *
 * gc_model.h: a heap, and a table that says the same of it.
 *
 * Each container that the test makes is a *thing*: a row with the rows that it refers to, and how many
 * references the test itself holds. That is all there is to know to say who is reachable, and gc_model_check.c
 * says so with two loops over the table, at the beginning and the end of each collection, whoever asked for it.
 *
 * How the death of a thing is seen: a *tag*, which is no container, hangs on it and notes its own end. What
 * has no place for a tag has a thing of its own that has one (its `inner` one): a cell its list, a method its
 * self, a function its tuple and that a cell. Weak references have neither; they are as alive as the table
 * says.
 *
 * Invariants, whenever no call of the runtime is under way:
 *   - A thing that is alive has as many references as the table says.
 *   - A thing dies only when it is not reachable from what the test holds; one with a finalizer after exactly
 *     one call of that.
 *   - An untracked tuple or dict refers to nothing that is tracked.
 *
 * What may drop objects, and so run finalizers, is done with the collector held: so a collection begins only
 * where the table is true.
 */
#ifndef RUNTIME_TESTS_GC_MODEL_H
#define RUNTIME_TESTS_GC_MODEL_H

#include "runtime/tests/faults.h"
#include "runtime/tests/objects.h"
#include "runtime/tests/seed.h"

enum {
    MODEL_THINGS = 600,
    MODEL_EDGES = 4,
    MODEL_REGISTERS = 24,
    MODEL_KEYS = 12, /* of the weak dict */
    MODEL_NONE = -1,
};

enum model_kind {
    MODEL_LIST,
    MODEL_TUPLE,
    MODEL_DICT,
    MODEL_SET,
    MODEL_INSTANCE, /* values beside it */
    MODEL_OPENED,   /* its dict is a thing of its own */
    MODEL_SLOTS,
    MODEL_CELL,
    MODEL_METHOD,
    MODEL_FUNCTION,
    MODEL_WEAKREF,
    MODEL_KINDS
};

/* What a finalizer does. */
enum model_act {
    MODEL_ACT_NOTHING,
    MODEL_ACT_KEEP,    /* itself in a register */
    MODEL_ACT_STORE,   /* itself in something reachable */
    MODEL_ACT_DROP,    /* a register */
    MODEL_ACT_CUT,     /* one of its own references */
    MODEL_ACT_MAKE,    /* a list that refers to it */
    MODEL_ACT_COLLECT, /* which does nothing */
    MODEL_ACTS
};

struct model_thing {
    struct rt_object *object;
    enum model_kind kind;
    bool is_alive;
    int edges[MODEL_EDGES]; /* MODEL_NONE: none */
    int inner;              /* whose death is its own; it is edges[0] then, for good */
    bool is_inner;          /* of another, and known to nobody else */
    int held;               /* references of the test's own */
    bool has_finalizer;
    enum model_act act;
    int finalized; /* times */

    /* Of a weak reference. */
    int referent; /* MODEL_NONE: dead */
    bool has_callback;
    bool was_missed; /* its referent died, and it was not called */
    int called;      /* times */

    /* During a collection. */
    bool was_in_set, is_unreachable; /* as it began */
    bool is_final;                   /* and in the end */
    bool is_due;                     /* a weak reference whose callback is to come */
    int due_referent;
};

struct model {
    struct rt *rt;
    struct test_random random;
    struct model_thing things[MODEL_THINGS];
    int registers[MODEL_REGISTERS];
    int next_row;
    struct rt_object *classes[2], *finalized_classes[2]; /* with a dict, with slots */
    struct rt_object *names[MODEL_EDGES + 1], *map_keys[MODEL_KEYS];
    struct rt_object *function, *callback, *weak_dict;
    int values[MODEL_KEYS]; /* of the weak dict; MODEL_NONE */
    int depth;              /* of finalizers and callbacks under way */
    bool has_faults;

    /* The collection under way. */
    bool is_collecting;
    uint64_t faults;                          /* injected when it began */
    uint64_t set_count, calls_due, own_calls; /* own: that let go of the last reference to theirs */
    uint64_t final_count;

    uint64_t collections, deaths, finalizations, calls, resurrections;
};

/* ---- Things: gc_model.c ---- */

void model_init(struct model *model, struct rt *rt, uint64_t seed);

/* Lets go of everything, and makes sure that nothing is left. */
void model_fini(struct model *model);

/* A new thing, or MODEL_NONE: failed. The test holds a reference to it. */
int model_make(struct model *model, enum model_kind kind);
int model_watch(struct model *model, int referent, bool has_callback);

/* False: failed, or that thing cannot; nothing has changed. */
bool model_set_edge(struct model *model, int thing, int edge, int target);
bool model_set_value(struct model *model, int key, int target);

void model_hold(struct model *model, int thing);
void model_let_go(struct model *model, int thing);
void model_put(struct model *model, int number, int thing); /* a register; MODEL_NONE: empty */

int model_find(const struct model *model, const struct rt_object *object, bool is_weakref);

/* One from a walk that begins at a register, and never an inner one; MODEL_NONE: none there. The other
 * one goes on to what can be changed of it. */
int model_pick(struct model *model);
int model_pick_to_change(struct model *model);

static inline uint64_t
model_below(struct model *model, uint64_t n) {
    return test_random_below(&model->random, n);
}

/* ---- What must be true: gc_model_check.c ---- */

void model_listen(void *context, const struct rt_event *event);

/* Marks what can be reached from what the test holds, and from all that `is_root` is true of. */
void model_reach(const struct model *model, const bool *is_root, bool *ret_reachable);

/* When nothing is under way. */
void model_check(struct model *model);

/* Weak references that nobody refers to are dead from now on, and so are values. */
void model_settle(struct model *model);

/* The tag of a thing has gone. */
void model_died(struct model *model, int thing);

/* A weak reference's callback begins, and ends. */
void model_called(struct model *model, int thing);
void model_call_ends(struct model *model, int thing);

#endif
