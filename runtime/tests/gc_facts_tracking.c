/* SPDX-License-Identifier: MIT
 *
 * gc_facts_tracking.c: what is tracked, at birth and after collections (p09).
 */
#include "runtime/tests/gc_facts.h"

/* Says the label and, of up to three objects, whether they are tracked. */
static void
show(struct oracle *oracle, const char *label, struct rt_object *one, struct rt_object *two,
     struct rt_object *three) {
    struct rt_object *objects[3] = {one, two, three};
    char flags[8] = "";

    for (size_t i = 0; i < 3 && objects[i] != NULL; i++) {
        strcat(flags, i == 0 ? "" : " ");
        strcat(flags, rt_is_tracked(objects[i]) ? "1" : "0");
    }
    oracle_say(oracle, "%-52s %s", label, flags);
}

/* The references handed over are dropped. */
static void
drop(struct oracle *oracle, struct rt_object *one, struct rt_object *two, struct rt_object *three) {
    rt_xdecref(oracle->rt, one);
    rt_xdecref(oracle->rt, two);
    rt_xdecref(oracle->rt, three);
}

static struct rt_object *
tuple_of(struct oracle *oracle, struct rt_object *item) {
    return oracle_have(rt_tuple_pack(oracle->rt, &item, 1));
}

static void
put(struct oracle *oracle, struct rt_object *dict, struct rt_object *key, struct rt_object *value) {
    assert_int_equal(rt_dict_set(oracle->rt, dict, key, value), 0);
}

static struct rt_object *
dict_of(struct oracle *oracle, struct rt_object *value) {
    struct rt_object *dict = oracle_have(rt_dict_new(oracle->rt));

    put(oracle, dict, oracle->x, value);
    return dict;
}

/* A tuple as a constant is one: untracked. */
static struct rt_object *
constant(struct oracle *oracle) {
    struct rt_object *tuple = tuple_of(oracle, oracle->one);

    (void)oracle_collect(oracle, 0);
    assert_false(rt_is_tracked(tuple));
    return tuple;
}

static void
show_dict(struct oracle *oracle) {
    struct rt_object *dict = oracle_have(rt_dict_new(oracle->rt)), *tuple = constant(oracle);

    show(oracle, "{} at birth", dict, NULL, NULL);
    put(oracle, dict, oracle->one, oracle->x);
    show(oracle, "int key, str value", dict, NULL, NULL);
    put(oracle, dict, oracle->x, tuple);
    show(oracle, "given a constant tuple (untracked?)", dict, NULL, NULL);
    drop(oracle, dict, tuple, NULL);
    tuple = tuple_of(oracle, oracle->one);
    dict = dict_of(oracle, tuple);
    show(oracle, "fresh tuple of int / dict holding it", tuple, dict, NULL);
    for (int g = 0; g < RT_GENERATIONS; g++) {
        char label[32];

        (void)oracle_collect(oracle, g);
        snprintf(label, sizeof label, " after collect(%d)", g);
        show(oracle, label, tuple, dict, NULL);
    }
    drop(oracle, dict, tuple, NULL);
}

static void
show_dict_with_containers(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_object *list = oracle_list(oracle), *dict = dict_of(oracle, list), *inner;

    show(oracle, "dict with a list", dict, NULL, NULL);
    rt_dict_clear(rt, dict);
    show(oracle, " cleared: stays until a full collection", dict, NULL, NULL);
    (void)oracle_collect(oracle, 1);
    show(oracle, " after collect(1)", dict, NULL, NULL);
    (void)oracle_full(oracle);
    show(oracle, " after collect(2)", dict, NULL, NULL);
    put(oracle, dict, oracle->x, list);
    show(oracle, " list put back", dict, NULL, NULL);
    drop(oracle, dict, list, NULL);
    inner = oracle_have(rt_dict_new(rt));
    dict = dict_of(oracle, inner);
    show(oracle, "dict with an untracked dict / that dict", dict, inner, NULL);
    (void)oracle_full(oracle);
    show(oracle, " after collect(2): stays (a dict may become tracked)", dict, inner, NULL);
    drop(oracle, dict, inner, NULL);
    dict = dict_of(oracle, oracle->plain);
    show(oracle, "dict with a class", dict, NULL, NULL);
    drop(oracle, dict, NULL, NULL);
    oracle_leave_out(oracle, "dict with a builtin function"); /* none here */
}

static void
show_dict_of_atoms(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_object *atoms[] = {oracle_have(rt_float_new(rt, 1.5)), rt_incref(rt_none(rt)),
                                 rt_incref(rt_bool(rt, true)), oracle_have(rt_bytes_new(rt, "", 0)),
                                 rt_incref(oracle->x)};
    struct rt_object *dict = oracle_have(rt_dict_new(rt)), *tuple;

    for (size_t i = 0; i < RT_COUNT_OF(atoms); i++) {
        struct rt_object *key = oracle_have(rt_int_new(rt, (int64_t)i));

        put(oracle, dict, key, atoms[i]);
        rt_decref(rt, key);
        rt_decref(rt, atoms[i]);
    }
    show(oracle, "dict of atoms", dict, NULL, NULL);
    (void)oracle_full(oracle);
    show(oracle, " after collect(2)", dict, NULL, NULL);
    drop(oracle, dict, NULL, NULL);
    tuple = constant(oracle);
    dict = oracle_have(rt_dict_new(rt));
    put(oracle, dict, tuple, oracle->one);
    show(oracle, "constant tuple as key", dict, NULL, NULL);
    drop(oracle, dict, tuple, NULL);
    tuple = tuple_of(oracle, oracle->one);
    dict = oracle_have(rt_dict_new(rt));
    put(oracle, dict, tuple, oracle->one);
    show(oracle, "fresh tuple as key", dict, NULL, NULL);
    (void)oracle_full(oracle);
    show(oracle, " after collect(2)", dict, NULL, NULL);
    drop(oracle, dict, tuple, NULL);
    oracle_leave_out(oracle, "dict subclass, frozenset, set, list, ()"); /* no such classes */
}

/* dict() of a dict is a copy of it. */
static void
show_copies(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_object *list = oracle_list(oracle), *dict = dict_of(oracle, oracle->one), *copy;

    copy = oracle_have(rt_dict_copy(rt, dict));
    show(oracle, "copy of untracked, dict() of untracked", copy, copy, NULL);
    drop(oracle, copy, dict, NULL);
    dict = dict_of(oracle, list);
    copy = oracle_have(rt_dict_copy(rt, dict));
    show(oracle, "copy of tracked, dict() of tracked", copy, copy, NULL);
    rt_decref(rt, copy);
    put(oracle, dict, oracle->x, oracle->one);
    copy = oracle_have(rt_dict_copy(rt, dict));
    show(oracle, "source now holds an int: source, copy, dict()", dict, copy, copy);
    drop(oracle, copy, dict, list);
}

static void
show_instances(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    struct rt_object *list = oracle_list(oracle), *instance = oracle_instance(oracle);
    struct rt_object *dict = oracle_have(rt_instance_dict(rt, instance));

    show(oracle, "instance, its empty __dict__", instance, dict, NULL);
    oracle_set_attr(oracle, instance, oracle->x, oracle->one);
    show(oracle, " int attribute", dict, NULL, NULL);
    oracle_set_attr(oracle, instance, oracle->y, list);
    show(oracle, " list attribute", dict, NULL, NULL);
    rt_decref(rt, instance);
    instance = oracle_instance(oracle);
    oracle_set_attr(oracle, instance, oracle->x, list);
    show(oracle, "list attribute first, then __dict__", oracle_have(rt_instance_dict(rt, instance)),
         NULL, NULL);
    drop(oracle, instance, list, NULL);
}

static void
show_tuples(struct oracle *oracle) {
    struct rt_object *a = tuple_of(oracle, oracle->one), *b = tuple_of(oracle, a);
    struct rt_object *c = tuple_of(oracle, b), *list;

    show(oracle, "nested tuples, inner first", a, b, c);
    (void)oracle_collect(oracle, 0);
    show(oracle, " after one collect(0)", a, b, c);
    drop(oracle, a, b, c);
    list = oracle_list(oracle);
    c = tuple_of(oracle, list);
    b = tuple_of(oracle, c);
    show(oracle, "tuple of tuple of list", b, c, NULL);
    (void)oracle_full(oracle);
    show(oracle, " after collect(2)", b, c, NULL);
    drop(oracle, b, c, list);
}

static void
show_chain(struct oracle *oracle) {
    struct rt_object *outer = tuple_of(oracle, oracle->one);
    char line[512] = "chain of 5 tuples, outermost first:";

    for (int i = 0; i < 4; i++) {
        struct rt_object *inner = outer;

        outer = tuple_of(oracle, inner);
        rt_decref(oracle->rt, inner);
    }
    for (int round = 0; round < 7; round++) {
        struct facts_list layers = {.count = 0};

        if (round > 0)
            (void)oracle_full(oracle);
        for (struct rt_object *at = outer; rt_kind(at) == RT_KIND_TUPLE; at = rt_tuple_get(at, 0))
            facts_add(&layers, rt_is_tracked(at) ? "1" : "0");
        strcat(line, round == 0 ? " " : " -> ");
        strcat(line, layers.text);
    }
    oracle_say(oracle, "%s", line);
    rt_decref(oracle->rt, outer);
}

void
facts_p09(struct oracle *oracle) {
    rt_gc_disable(oracle->rt);
    (void)oracle_full(oracle);
    show_dict(oracle);
    show_dict_with_containers(oracle);
    show_dict_of_atoms(oracle);
    show_copies(oracle);
    show_instances(oracle);
    show_tuples(oracle);
    show_chain(oracle);
    /* Kinds that we do not have, or that stand with ones we do not have. p01 has those that we do. */
    oracle_leave_out(oracle, "tuple subclass");
    oracle_leave_out(oracle, " after collect(2)");
    oracle_leave_out(oracle, "function, lambda, bound method, class, module");
    oracle_leave_out(oracle, "generator, iter(list), slice, weakref-able set");
    oracle_leave_out(oracle, "str int float bytes range None True object()");
    oracle_leave_out(oracle, "**kwargs dict of ints");
    oracle_leave_out(oracle, "*args tuple");
    oracle_leave_out(oracle, "tuples made by zip");
    oracle_leave_out(oracle, "dict items tuple");
}
