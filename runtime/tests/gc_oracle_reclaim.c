/* SPDX-License-Identifier: MIT
 *
 * gc_oracle_reclaim.c: the scenarios of weak references, finalizers, and what they do meanwhile: S10, S11, S16
 * and S17.
 *
 * The nodes of S11 note when they are finalized (F), cleared (C) and gone (D). In CPython they are a type
 * written in C. Here they are instances with two slots, of a class whose clear is replaced by one that notes
 * it and lets go of `ref` alone, as the type in C does; what stands in `mark`, the slot that goes first, notes
 * the end.
 */
#include "runtime/tests/gc_oracle.h"

#include "runtime/class.h"

#include <stdio.h>

static void note(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
note(struct oracle *oracle, const char *format, ...) {
    size_t length = strlen(oracle->order);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(oracle->order + length, sizeof oracle->order - length, format, arguments);
    va_end(arguments);
}

/* What was noted, and nothing is from now on. */
static const char *
noted(struct oracle *oracle) {
    static char order[ORACLE_ORDER_BYTES];

    memcpy(order, oracle->order, sizeof order);
    oracle->order[0] = '\0';
    return order;
}

/* ---- S10: weak references ----------------------------------------------------------------------- */

struct caller {
    struct oracle *oracle;
    int number;
};

static struct rt_object *
note_call(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    const struct caller *caller = rt_function_data(function);

    assert_int_equal(count, 1);
    assert_null(rt_weakref_get(rt, args[0]));
    note(caller->oracle, "c%d ", caller->number);
    return rt_incref(rt_none(rt));
}

struct watchers {
    struct caller callers[3];
    struct rt_object *callbacks[3], *refs[3];
};

static void
watch(struct oracle *oracle, struct watchers *watchers, struct rt_object *referent, size_t i) {
    watchers->refs[i] = oracle_have(rt_weakref_new(oracle->rt, referent, watchers->callbacks[i]));
}

static void
watch_thrice(struct oracle *oracle, struct watchers *watchers, struct rt_object *referent) {
    for (size_t i = 0; i < 3; i++)
        watch(oracle, watchers, referent, i);
}

static void
drop_refs(struct oracle *oracle, struct watchers *watchers) {
    for (size_t i = 0; i < 3; i++) {
        rt_xdecref(oracle->rt, watchers->refs[i]);
        watchers->refs[i] = NULL;
    }
}

/* An instance whose x is itself. */
static struct rt_object *
self_instance(struct oracle *oracle) {
    struct rt_object *instance = oracle_instance(oracle);

    oracle_set_attr(oracle, instance, oracle->x, instance);
    return instance;
}

static void
show_death(struct oracle *oracle, struct watchers *watchers) {
    struct rt *rt = oracle->rt;
    struct rt_object *instance = oracle_instance(oracle), *plain, *again;

    for (size_t i = 0; i < 3; i++) {
        watchers->callers[i] = (struct caller){oracle, (int)i + 1};
        watchers->callbacks[i] =
            oracle_have(rt_function_new(rt, note_call, NULL, &watchers->callers[i]));
    }
    oracle_show(oracle, "instance + 3 callables");
    plain = oracle_have(rt_weakref_new(rt, instance, NULL));
    oracle_show(oracle, "first plain ref");
    again = oracle_have(rt_weakref_new(rt, instance, NULL));
    oracle_say(oracle, "    second plain ref is the same object: %d", plain == again);
    oracle_show(oracle, "second plain ref");
    watch_thrice(oracle, watchers, instance);
    oracle_show(oracle, "three refs with callbacks");
    rt_decref(rt, instance);
    oracle_say(oracle, "    refcount death: order %s; r0 dead %d", noted(oracle),
               rt_weakref_get(rt, plain) == NULL);
    oracle_show(oracle, "after death");
    rt_decref(rt, plain);
    rt_decref(rt, again);
    drop_refs(oracle, watchers);
}

static void
say_trash_with_refs_outside(struct oracle *oracle, struct watchers *watchers) {
    struct rt_object *instance = self_instance(oracle);
    long collected;

    watch_thrice(oracle, watchers, instance);
    rt_decref(oracle->rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "    cycle, refs outside: collect -> %ld order %s", collected,
               noted(oracle));
    drop_refs(oracle, watchers);
}

static void
say_trash_with_its_own_ref(struct oracle *oracle, struct watchers *watchers) {
    struct rt_object *instance = self_instance(oracle);
    long collected;

    watch(oracle, watchers, instance, 0);
    assert_int_equal(test_set(oracle->rt, instance, "wr", watchers->refs[0]), 0);
    drop_refs(oracle, watchers);
    rt_decref(oracle->rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle,
               "    cycle holding its own weakref: collect -> %ld order '%s' (callback dropped)",
               collected, noted(oracle));
}

static void
say_trash_of_two(struct oracle *oracle, struct watchers *watchers) {
    struct rt_object *one = oracle_instance(oracle), *other = oracle_instance(oracle);
    long collected;

    oracle_set_attr(oracle, one, oracle->x, other);
    oracle_set_attr(oracle, other, oracle->x, one);
    watch(oracle, watchers, other, 0);
    watch(oracle, watchers, one, 1);
    rt_decref(oracle->rt, one);
    rt_decref(oracle->rt, other);
    collected = oracle_full(oracle);
    oracle_say(oracle,
               "    cycle a<->b, ref to b (c1) made first, then to a (c2): collect -> %ld order %s",
               collected, noted(oracle));
    drop_refs(oracle, watchers);
}

static void
say_trash_with_a_ref_in_a_list(struct oracle *oracle, struct watchers *watchers) {
    struct rt_object *instance = self_instance(oracle), *list;
    long collected;

    watch(oracle, watchers, instance, 0);
    list = oracle_have(rt_list_pack(oracle->rt, &watchers->refs[0], 1));
    drop_refs(oracle, watchers);
    rt_decref(oracle->rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "    ref kept by a live list: collect -> %ld %s", collected, noted(oracle));
    rt_decref(oracle->rt, list);
}

void
oracle_s10(struct oracle *oracle) {
    struct watchers watchers = {.refs = {NULL}};

    oracle_reset(oracle, 0, 10, 10);
    show_death(oracle, &watchers);
    say_trash_with_refs_outside(oracle, &watchers);
    say_trash_with_its_own_ref(oracle, &watchers);
    say_trash_of_two(oracle, &watchers);
    say_trash_with_a_ref_in_a_list(oracle, &watchers);
    for (size_t i = 0; i < 3; i++)
        rt_decref(oracle->rt, watchers.callbacks[i]);
    oracle_finish(oracle);
}

/* ---- S11: nodes --------------------------------------------------------------------------------- */

/* Not a container. */
struct mark {
    struct rt_object object;
    struct oracle *oracle;
    long number;
};

struct nodes {
    struct oracle *oracle;
    struct rt_object *class_object, *legacy_class;
    struct rt_object *mark, *ref; /* names */
    struct rt_object *saved;
    bool is_resurrecting;
    int was_tracked, was_finalized; /* in the last finalizer */
};

static void
drop_mark(struct rt *rt, struct rt_object *object) {
    struct mark *mark = (struct mark *)object;

    note(mark->oracle, "D%ld ", mark->number);
    rt_free(rt, mark, sizeof *mark);
}

static const struct rt_type mark_type = {.drop = drop_mark, .name = "mark", .kind = RT_KIND_BYTES};

/* The slots are in the order of their names. */
static struct rt_object **
slots_of(struct rt_object *node) {
    return (struct rt_object **)((char *)node + rt_instance_class(node)->slots_offset);
}

static long
number_of(struct rt_object *node) {
    return ((struct mark *)slots_of(node)[0])->number;
}

static void
clear_node(struct rt *rt, struct rt_object *node) {
    struct rt_object **ref = &slots_of(node)[1], *old = *ref;

    note(((struct mark *)slots_of(node)[0])->oracle, "C%ld ", number_of(node));
    *ref = NULL;
    rt_xdecref(rt, old);
}

static void
finalize_node(struct rt *rt, struct rt_object *self, void *data) {
    struct nodes *nodes = data;
    struct rt_object *old = nodes->saved;

    note(nodes->oracle, "F%ld ", number_of(self));
    nodes->was_tracked = rt_is_tracked(self);
    nodes->was_finalized = rt_gc_is_finalized(self);
    if (nodes->is_resurrecting) {
        nodes->saved = rt_incref(self);
        rt_xdecref(rt, old);
    }
}

static void
finalize_legacy_node(struct rt *rt, struct rt_object *self, void *data) {
    struct nodes *nodes = data;

    (void)rt, (void)self;
    note(nodes->oracle, "DEL ");
}

static struct rt_object *
node_class(struct rt *rt, struct nodes *nodes, bool is_legacy) {
    static const char *const names[] = {"mark", "ref"};
    struct rt_class_spec spec = {
        .name = is_legacy ? "DelNode" : "Node",
        .slots = names,
        .slot_count = 2,
        .finalizer = is_legacy ? finalize_legacy_node : finalize_node,
        .finalizer_data = nodes,
        .is_legacy_finalizer = is_legacy,
    };
    struct rt_object *class_object = oracle_have(rt_class_new(rt, &spec));

    ((struct rt_class *)class_object)->type.clear = clear_node;
    return class_object;
}

static struct rt_object *
make_node(struct nodes *nodes, struct rt_object *class_object, long number) {
    struct rt *rt = nodes->oracle->rt;
    struct rt_object *node = oracle_have(rt_instance_new(rt, class_object));
    struct mark *mark = rt_alloc(rt, sizeof *mark);

    assert_non_null(mark);
    *mark = (struct mark){{1, &mark_type}, nodes->oracle, number};
    oracle_set_attr(nodes->oracle, node, nodes->mark, &mark->object);
    rt_decref(rt, &mark->object);
    return node;
}

static struct rt_object *
node(struct nodes *nodes, long number) {
    return make_node(nodes, nodes->class_object, number);
}

/* The reference to the other one is handed over. */
static void
refer_steal(struct nodes *nodes, struct rt_object *one, struct rt_object *other) {
    oracle_set_attr(nodes->oracle, one, nodes->ref, other);
    rt_decref(nodes->oracle->rt, other);
}

static void
let_go(struct nodes *nodes) {
    struct rt_object *saved = nodes->saved;

    nodes->saved = NULL;
    rt_decref(nodes->oracle->rt, saved);
}

static void
say_ring(struct nodes *nodes) {
    struct oracle *oracle = nodes->oracle;
    struct rt_object *ring[3] = {node(nodes, 1), node(nodes, 2), node(nodes, 3)};
    long collected;

    for (int i = 0; i < 3; i++)
        refer_steal(nodes, ring[i], rt_incref(ring[(i + 1) % 3]));
    for (int i = 0; i < 3; i++)
        rt_decref(oracle->rt, ring[i]);
    (void)noted(oracle);
    collected = oracle_collect(oracle, 0);
    oracle_say(oracle,
               "  ring of 3: collect(0) -> %ld order: %s; in finalizer tracked=%d finalized=%d",
               collected, noted(oracle), nodes->was_tracked, nodes->was_finalized);
    oracle_show(oracle, "ring");
}

static void
say_resurrected_pair(struct nodes *nodes) {
    struct oracle *oracle = nodes->oracle;
    struct rt_object *one = node(nodes, 1), *other = node(nodes, 2);
    long collected;

    refer_steal(nodes, one, other);
    refer_steal(nodes, other, one);
    nodes->is_resurrecting = true;
    collected = oracle_collect(oracle, 0);
    oracle_say(oracle,
               "  pair, finalizer resurrects the last one seen: collect(0) -> %ld order: %s "
               "saved=%ld finalized flags %d%d",
               collected, noted(oracle), number_of(nodes->saved), rt_gc_is_finalized(one),
               rt_gc_is_finalized(other));
    oracle_show(oracle, "resurrected pair");
    oracle_say(oracle, "    gen lengths (%ld,%ld)", oracle_length(oracle, 0),
               oracle_length(oracle, 1));
    nodes->is_resurrecting = false;
    let_go(nodes);
    (void)noted(oracle);
    collected = oracle_collect(oracle, 1);
    oracle_say(oracle, "  dropped again: collect(1) -> %ld order: %s(no F: finalized once only)",
               collected, noted(oracle));
    oracle_show(oracle, "second time");
}

static void
say_two_cycles(struct nodes *nodes) {
    struct oracle *oracle = nodes->oracle;
    struct rt_object *one = node(nodes, 1), *other;
    long collected;

    refer_steal(nodes, one, one);
    other = node(nodes, 2);
    refer_steal(nodes, other, other);
    nodes->is_resurrecting = true;
    collected = oracle_collect(oracle, 0);
    nodes->is_resurrecting = false;
    oracle_say(oracle,
               "  two separate self-cycles, last finalized is kept: collect(0) -> %ld order: %s",
               collected, noted(oracle));
    let_go(nodes);
    (void)noted(oracle);
    collected = oracle_collect(oracle, 2);
    oracle_say(oracle, "  then collect(2) -> %ld order: %s", collected, noted(oracle));
}

static void
say_deaths(struct nodes *nodes) {
    struct oracle *oracle = nodes->oracle;

    rt_decref(oracle->rt, node(nodes, 7));
    oracle_say(oracle, "  refcount death: %s", noted(oracle));
    nodes->is_resurrecting = true;
    rt_decref(oracle->rt, node(nodes, 8));
    nodes->is_resurrecting = false;
    oracle_say(oracle, "  refcount death, resurrected: %s refcnt=%ld tracked=%d finalized=%d",
               noted(oracle), nodes->saved->count, rt_is_tracked(nodes->saved),
               rt_gc_is_finalized(nodes->saved));
    let_go(nodes);
    oracle_say(oracle, "   then dropped: %s", noted(oracle));
}

static void
say_legacy(struct nodes *nodes) {
    struct oracle *oracle = nodes->oracle;
    struct rt_object *legacy = make_node(nodes, nodes->legacy_class, 20), *other = node(nodes, 21);
    struct rt_object *garbage = oracle_have(rt_gc_garbage(oracle->rt)), *ref;
    long collected;

    refer_steal(nodes, legacy, other);
    refer_steal(nodes, other, legacy);
    collected = oracle_full(oracle);
    oracle_say(oracle,
               "  cycle with a tp_del object: collect(2) -> %ld, order '%s', gc.garbage length %zu "
               "(only the tp_del object)",
               collected, noted(oracle), rt_list_length(garbage));
    assert_ptr_equal(rt_list_get(garbage, 0), legacy);
    oracle_show(oracle, "uncollectable");
    collected = oracle_full(oracle);
    oracle_say(oracle, "  again: collect(2) -> %ld, gc.garbage length %zu", collected,
               rt_list_length(garbage));
    ref = slots_of(legacy)[1];
    slots_of(legacy)[1] = NULL;
    rt_decref(oracle->rt, ref);
    rt_list_clear(oracle->rt, garbage);
}

void
oracle_s11(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct nodes nodes = {
        .oracle = oracle, .mark = test_name(rt, "mark"), .ref = test_name(rt, "ref")};

    nodes.class_object = node_class(rt, &nodes, false);
    nodes.legacy_class = node_class(rt, &nodes, true);
    oracle_reset(oracle, 0, 10, 10);
    say_ring(&nodes);
    say_resurrected_pair(&nodes);
    say_two_cycles(&nodes);
    say_deaths(&nodes);
    say_legacy(&nodes);
    rt_decref(rt, nodes.class_object);
    rt_decref(rt, nodes.legacy_class);
    rt_decref(rt, nodes.mark);
    rt_decref(rt, nodes.ref);
    oracle_finish(oracle);
}

/* ---- S16, S17: callbacks that make objects ------------------------------------------------------ */

enum {
    MADE_AT_ONCE = 10
};

struct made {
    struct rt_object *sets[64];
    int count;
};

static struct rt_object *
make_sets(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct made *made = rt_function_data(function);

    (void)args, (void)count;
    for (int i = 0; i < MADE_AT_ONCE; i++)
        made->sets[made->count++] = oracle_have(rt_set_new(rt));
    return rt_incref(rt_none(rt));
}

/* Trash with a weak reference to it, which is the caller's; so is the callback. */
static struct rt_object *
watched_trash(struct oracle *oracle, struct rt_object *callback) {
    struct rt_object *instance = self_instance(oracle);
    struct rt_object *ref = oracle_have(rt_weakref_new(oracle->rt, instance, callback));

    rt_decref(oracle->rt, instance);
    return ref;
}

static void
drop_made(struct oracle *oracle, struct made *made) {
    for (int i = 0; i < made->count; i++)
        rt_decref(oracle->rt, made->sets[i]);
    made->count = 0;
}

void
oracle_s16(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct made made = {.count = 0};
    struct rt_object *callback, *ref;

    oracle_reset(oracle, 5, 10, 10);
    callback = oracle_have(rt_function_new(rt, make_sets, NULL, &made));
    ref = watched_trash(oracle, callback);
    oracle_show(oracle, "before (callable, instance, ref)");
    for (int i = 0; i < 5; i++) {
        oracle->keep[i] = oracle_have(rt_set_new(rt));
        if (i < 4)
            oracle_say(oracle,
                       "  set %d -> count0=%ld runs0=%ld made-in-callback=%d gen-len=(%ld,%ld)",
                       i + 1, oracle_count(oracle, 0), oracle_runs(oracle, 0), made.count,
                       oracle_length(oracle, 0), oracle_length(oracle, 1));
    }
    oracle_show(oracle, "one more set (count was over the threshold)");
    oracle_drop(oracle, 5);
    drop_made(oracle, &made);
    rt_decref(rt, ref);
    rt_decref(rt, callback);
    oracle_finish(oracle);
}

void
oracle_s17(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct made made = {.count = 0};

    for (int generation = 1; generation <= 2; generation++) {
        struct rt_object *callback, *ref;

        oracle_reset(oracle, 0, 10, 10);
        callback = oracle_have(rt_function_new(rt, make_sets, NULL, &made));
        for (size_t i = 0; i < 80; i++)
            oracle->keep[i] = oracle_list(oracle);
        oracle_drop(oracle, 80);
        ref = watched_trash(oracle, callback);
        oracle_show(oracle, "80 lists in the free list, one cycle");
        (void)oracle_collect(oracle, generation);
        oracle_say(oracle, "  collect(%d), whose callback made %d sets:", generation, made.count);
        oracle_show(oracle, "   after");
        drop_made(oracle, &made);
        rt_decref(rt, ref);
        rt_decref(rt, callback);
        oracle_finish(oracle);
    }
}
