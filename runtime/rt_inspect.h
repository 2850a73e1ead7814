/* SPDX-License-Identifier: MIT
 *
 * rt_inspect.h: looking into the heap, as every other room sees it. Part of rt.h, and only included by it.
 *
 * Glossary, continued.
 *   referent     what an object refers to; *referrer* who refers to it.
 *   chain        objects of which each refers to the next one.
 *   root         an object with references that no container accounts for, so that something else keeps it
 *                alive: a variable of the program, the program's own memory, a part of the runtime; and
 *                every class.
 *   summary      how many objects of each type there are, and how large, at one moment.
 *
 * Looking changes nothing: no count, no reference, no object, no order, not one figure of the heap. What it
 * needs meanwhile comes from outside the heap. Where that is not to be had the answer is -ENOMEM, and nothing
 * happened. Objects that are returned here are borrowed. docs/looking-in.md shows how to use it.
 *
 * What can be found: the tracked containers, those frozen included; gc.garbage and gc.callbacks; and what they
 * refer to, to any depth. As everywhere in the collector a reference is what a traversal visits: not the names
 * of attributes and not the keys of a dict that has str alone.
 */
#ifndef RUNTIME_RT_INSPECT_H
#define RUNTIME_RT_INSPECT_H

#if !defined(RUNTIME_RT_H)
#error "include runtime/rt.h instead"
#endif

enum rt_inspect_scope {
    RT_INSPECT_TRACKED, /* tracked containers alone, as objgraph counts */
    RT_INSPECT_ALL,     /* all that can be found, as muppy counts */
};

struct rt_inspect_objects {
    size_t count;
    struct rt_object *items[]; /* borrowed */
};

/* Gives any result of these calls back. NULL is fine. */
void rt_inspect_free(struct rt *rt, const void *result);

/* ---- Summaries ---------------------------------------------------------------------------------- */

struct rt_inspect_row {
    const char *type; /* name; types of the same name are one row */
    size_t count;
    size_t bytes;       /* rt_sizeof of each */
    size_t block_bytes; /* rt_block_bytes of each */
    size_t rank;        /* how many types were met before it */
};

struct rt_inspect_summary {
    size_t row_count;
    size_t count, bytes, block_bytes; /* of all rows */
    struct rt_inspect_row rows[];     /* the most common type first; of equal ones the first met */
};

int rt_inspect_summarize(struct rt *rt, enum rt_inspect_scope scope,
                         struct rt_inspect_summary **ret_summary);

/* NULL: no object of that type. */
const struct rt_inspect_row *rt_inspect_find_row(const struct rt_inspect_summary *summary,
                                                 const char *type);

struct rt_inspect_change {
    const char *type;
    int64_t count, count_diff; /* now, and since then */
    int64_t bytes, bytes_diff;
    int64_t block_bytes, block_bytes_diff;
    size_t rank;
};

struct rt_inspect_changes {
    size_t row_count;
    struct rt_inspect_change rows[];
};

/* A row for each type that has another number of objects or bytes now than before: by |bytes_diff|,
 * |count_diff| and name, the largest first. */
int rt_inspect_compare(struct rt *rt, const struct rt_inspect_summary *now,
                       const struct rt_inspect_summary *before,
                       struct rt_inspect_changes **ret_changes);

/* objgraph.growth(): the types of which there are more objects than ever before, by how many more, the
 * largest first, of equal ones the first met. *peaks is NULL the first time and is exchanged for the peaks
 * of now; the caller frees it at last. The other figures' differences are to when the peak was. */
int rt_inspect_growth(struct rt *rt, enum rt_inspect_scope scope, struct rt_inspect_summary **peaks,
                      struct rt_inspect_changes **ret_changes);

/* ---- Objects ------------------------------------------------------------------------------------ */

typedef bool (*rt_inspect_pick_fn)(struct rt_object *object, void *context);

/* Those picked: the tracked in the order of gc.get_objects(), the frozen ones, the others. `pick` is asked
 * once or twice about each. */
int rt_inspect_select(struct rt *rt, enum rt_inspect_scope scope, rt_inspect_pick_fn pick,
                      void *context, struct rt_inspect_objects **ret_objects);

/* objgraph.by_type(). */
int rt_inspect_by_type(struct rt *rt, enum rt_inspect_scope scope, const char *type,
                       struct rt_inspect_objects **ret_objects);

/* Instances of just this class. */
int rt_inspect_by_class(struct rt *rt, struct rt_object *class_object,
                        struct rt_inspect_objects **ret_objects);

/* ---- References --------------------------------------------------------------------------------- */

/* gc.get_referents(): lists, which are objects like any other, in CPython's order: one object's after the
 * other's, lists and tuples backwards. NULL: ENOMEM. */
struct rt_object *rt_gc_referents(struct rt *rt, struct rt_object *const *objects, size_t count);

/* gc.get_referrers(): the tracked containers, neither frozen nor the list itself, that refer to one of
 * them, each once, in the order of gc.get_objects(). One pass over the heap. NULL: ENOMEM. */
struct rt_object *rt_gc_referrers(struct rt *rt, struct rt_object *const *objects, size_t count);

/* The same without a list, as rt_gc_visit_objects. */
void rt_gc_visit_referrers(struct rt *rt, struct rt_object *const *objects, size_t count,
                           rt_visit_fn visit, void *context);

/* ---- Chains ------------------------------------------------------------------------------------- */

struct rt_inspect_search {
    rt_inspect_pick_fn pick; /* what a chain leads to; backwards, NULL: a root */
    void *context;
    size_t steps_max;       /* references in a chain; 0: 20, as objgraph */
    int64_t own_references; /* to the object asked about, that are not to make a root of it */
};

/* objgraph.find_backref_chain(): a shortest chain from an object that is picked to this one; of several the one
 * whose referrers come first among all objects, step by step from here. -ENOENT: none is that near.
 * `search` may be NULL. Two passes over the heap, whatever the chain's length. */
int rt_inspect_backref_chain(struct rt *rt, struct rt_object *object,
                             const struct rt_inspect_search *search,
                             struct rt_inspect_objects **ret_chain);

/* objgraph.find_ref_chain(): a shortest chain from this object to one that is picked. -ENOENT. Goes no farther
 * than it has to.
 * pre: search->pick is not NULL */
int rt_inspect_ref_chain(struct rt *rt, struct rt_object *object,
                         const struct rt_inspect_search *search,
                         struct rt_inspect_objects **ret_chain);

/* ---- Graphs ------------------------------------------------------------------------------------- */

/* Gets the text, piece by piece. Not 0: no more, please, and that is what the call returns. */
typedef int (*rt_graph_write_fn)(const char *text, size_t bytes, void *context);

struct rt_graph {
    struct rt_object *const *starts;
    size_t start_count;
    bool is_backward;        /* referrers instead of referents */
    size_t steps_max;        /* from a start; 0: 3, as objgraph */
    size_t width_max;        /* references shown of one object; 0: 10, as objgraph */
    rt_inspect_pick_fn keep; /* those that are left out are false; NULL: nothing is left out */
    void *context;
};

/* The references around some objects as a program for Graphviz's dot: objgraph.show_refs() and
 * show_backrefs(). Starts are filled, roots have a double border and say how often they are referred to from
 * outside; an arrow leads from who refers, with the index, key or name. The same heap gives the same text. */
int rt_graph_write(struct rt *rt, const struct rt_graph *graph, rt_graph_write_fn write,
                   void *context);

/* objgraph.show_chain(): the objects of a chain, and nothing else. */
int rt_graph_write_chain(struct rt *rt, const struct rt_inspect_objects *chain,
                         rt_graph_write_fn write, void *context);

#endif
