/* SPDX-License-Identifier: MIT
 *
 * gc_facts_weakrefs.c: weak references and their collections (p05).
 */
#include "runtime/tests/gc_facts_life.h"

#include "runtime/weak_collection.h"
#include "runtime/weakref.h"

enum {
    CALLERS_MAX = 8,
};

/* A callback, and what it notes. */
struct caller {
    struct life *life;
    const char *item;
};

static struct rt_object *
note_call(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct caller *caller = rt_function_data(function);

    (void)args;
    assert_int_equal(count, 1);
    if (caller->item == NULL)
        return rt_fail(rt, EDOM);
    facts_add(&caller->life->log, caller->item);
    return rt_incref(rt_none(rt));
}

static struct rt_object *
watch(struct caller *caller, struct rt_object *referent) {
    struct rt *rt = caller->life->oracle->rt;
    struct rt_object *callback = oracle_have(rt_function_new(rt, note_call, NULL, caller));
    struct rt_object *weakref = oracle_have(rt_weakref_new(rt, referent, callback));

    rt_decref(rt, callback);
    return weakref;
}

static const char *
alive(struct life *life, struct rt_object *weakref) {
    return rt_weakref_get(life->oracle->rt, weakref) == NULL ? "None" : "alive";
}

/* An instance that holds itself. */
static struct rt_object *
self_instance(struct life *life) {
    struct rt_object *instance = oracle_instance(life->oracle);

    test_link(life->oracle->rt, instance, "me", instance);
    return instance;
}

/* ---- Deaths ------------------------------------------------------------------------------------- */

static void
note_failure(void *context, const struct rt_event *event) {
    if (event->kind == RT_EVENT_UNRAISABLE)
        facts_add(context, event->count == EDOM ? "'ZeroDivisionError'" : "?");
}

static void
say_deaths(struct life *life) {
    static const char *const items[] = {"0", "1", "2", "3"};
    struct caller callers[4], failing = {life, NULL}, never = {life, "'never'"};
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct rt_object *instance = oracle_instance(oracle), *refs[4], *plain;

    for (int i = 0; i < 3; i++) /* proxies and classes of weak references are not ours */
        oracle_leave_out(oracle, i == 0 ? "ref shared " : i == 1 ? "subclass " : "list order ");
    plain = oracle_have(rt_weakref_new(rt, instance, NULL));
    for (int i = 0; i < 4; i++) {
        callers[i] = (struct caller){life, items[i]};
        refs[i] = watch(&callers[i], instance);
    }
    rt_decref(rt, instance);
    oracle_say(oracle, "death order %s r() %s callback attr after %s", facts_taken(&life->log),
               alive(life, plain), rt_weakref_callback(refs[0]) == NULL ? "None" : "there");
    rt_decref(rt, plain);
    life_drop(life, refs, 4);
    /* of instances that are equal by value */
    oracle_leave_out(oracle, "equal while alive");
    oracle_leave_out(oracle, "one dead");
    oracle_leave_out(oracle, "hash of dead:");
    assert_int_equal(rt_listen(rt, note_failure, &life->log), 0);
    instance = oracle_instance(oracle);
    refs[0] = watch(&failing, instance);
    rt_decref(rt, instance);
    oracle_say(oracle, "raising callback %s", facts_taken(&life->log));
    rt_unlisten(rt, note_failure, &life->log);
    instance = oracle_instance(oracle);
    refs[1] = watch(&never, instance);
    rt_decref(rt, refs[1]);
    rt_decref(rt, instance);
    oracle_say(oracle, "ref died first %s", facts_taken(&life->log));
    rt_decref(rt, refs[0]);
}

/* ---- Trash -------------------------------------------------------------------------------------- */

static void
say_cycle(struct life *life) {
    struct caller callers[] = {
        {life, "'wb1'"}, {life, "'wa1'"}, {life, "'wa2'"}, {life, "'wb2'"}, {life, "'inside'"}};
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct life_class mourned;
    struct rt_object *a, *b, *refs[4], *cell, *cells, *function, *class_object;
    long collected;

    life_begin_class(&mourned, life, "'del %s'");
    (void)oracle_full(oracle);
    a = life_named(&mourned, "a");
    b = life_named(&mourned, "b");
    test_link(rt, a, "o", b);
    test_link(rt, b, "o", a);
    for (int i = 0; i < 4; i++)
        refs[i] = watch(&callers[i], i % 3 == 0 ? b : a);
    rt_decref(rt, a);
    rt_decref(rt, b);
    collected = oracle_full(oracle);
    oracle_say(oracle, "cycle: %ld %s", collected, facts_taken(&life->log));
    life_drop(life, refs, 4);
    life_end_class(&mourned);

    class_object = test_class(rt, "N"); /* whose keys are not settled */
    (void)oracle_full(oracle);
    a = test_instance(rt, class_object);
    test_link(rt, a, "me",
              a); /* and a callback that is a closure: a function, a tuple and a cell */
    cell = oracle_have(rt_cell_new(rt, oracle->x));
    cells = oracle_have(rt_tuple_pack(rt, &cell, 1));
    function = oracle_have(rt_function_new(rt, note_call, cells, &callers[4]));
    b = oracle_have(rt_weakref_new(rt, a, function));
    test_link(rt, a, "w", b);
    life_drop(life, (struct rt_object *[]){cell, cells, function, b, a}, 5);
    collected = oracle_full(oracle);
    oracle_say(oracle, "inside: %ld %s", collected, facts_taken(&life->log));
    rt_decref(rt, class_object);
    (void)oracle_full(oracle);
}

/* ---- With finalizers ---------------------------------------------------------------------------- */

static struct rt_object *asked; /* the weak reference that the finalizer looks at */

static void
note_in_del(struct life *life, struct rt_object *self) {
    life_note(life, "('in del', %s)", facts_bool(rt_weakref_get(life->oracle->rt, asked) == self));
}

static void
say_in_del(struct life *life) {
    struct caller caller = {life, "'cb'"};
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct life_class kind;

    life_begin_class(&kind, life, NULL);
    kind.more = note_in_del;
    for (int is_cyclic = 0; is_cyclic < 2; is_cyclic++) {
        struct rt_object *instance = life_instance(&kind);

        if (is_cyclic)
            test_link(rt, instance, "me", instance);
        asked = watch(&caller, instance);
        rt_decref(rt, instance);
        if (is_cyclic)
            (void)oracle_full(oracle);
        oracle_say(oracle, "%s: %s %s", is_cyclic ? "collection" : "refcount",
                   facts_taken(&life->log), alive(life, asked));
        rt_decref(rt, asked);
    }
    life_end_class(&kind);
}

static void
say_resurrected(struct life *life) {
    struct caller caller = {life, "'zcb'"};
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct life_class kind;
    struct rt_object *instance, *weakref;
    long collected;

    life_begin_class(&kind, life, "'Z'");
    kind.is_saving = true;
    instance = life_instance(&kind);
    weakref = watch(&caller, instance);
    rt_decref(rt, instance);
    oracle_say(oracle, "resurrected by refcount death: w alive %s %s",
               facts_bool(rt_weakref_get(rt, weakref) == life->saved[0]), facts_taken(&life->log));
    life_let_saved_go(life);
    oracle_say(oracle, " then dropped: %s %s", facts_taken(&life->log), alive(life, weakref));
    rt_decref(rt, weakref);
    instance = life_instance(&kind);
    test_link(rt, instance, "me", instance);
    weakref = watch(&caller, instance);
    rt_decref(rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "resurrected in a collection: %ld %s w %s", collected,
               facts_taken(&life->log), alive(life, weakref));
    test_link(rt, life->saved[0], "me", rt_none(rt));
    life_let_saved_go(life);
    oracle_say(oracle, " then dropped: %s", facts_taken(&life->log));
    rt_decref(rt, weakref);
    life_end_class(&kind);
}

static void
watch_self(struct life *life, struct rt_object *self) {
    static struct caller late;

    late = (struct caller){life, "'late'"};
    asked = watch(&late, self);
}

static void
say_late(struct life *life) {
    struct oracle *oracle = life->oracle;
    struct life_class kind;
    struct rt_object *instance;
    long collected;

    life_begin_class(&kind, life, NULL);
    kind.more = watch_self;
    (void)oracle_full(oracle);
    instance = life_instance(&kind);
    test_link(oracle->rt, instance, "me", instance);
    rt_decref(oracle->rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "weakref made in __del__: %ld log %s late() %s", collected,
               facts_taken(&life->log), alive(life, asked));
    rt_decref(oracle->rt, asked);
    life_end_class(&kind);
}

/* ---- Collections -------------------------------------------------------------------------------- */

/* Five members, all let go of while somebody iterates and has one in hand. */
static void
say_iteration(struct life *life, bool is_dict) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct rt_object *weak = oracle_have(is_dict ? rt_weak_dict_new(rt) : rt_weak_set_new(rt));
    const struct rt_weak_parts *parts = rt_weak_parts(weak);
    struct rt_object *members[5], *key, *member;
    size_t position = 0;

    for (int64_t i = 0; i < 5; i++) {
        members[i] = oracle_instance(oracle);
        key = oracle_have(rt_int_new(rt, i));
        assert_int_equal(is_dict ? rt_weak_dict_set(rt, weak, key, members[i])
                                 : rt_weak_set_add(rt, weak, members[i]),
                         0);
        rt_decref(rt, key);
    }
    assert_int_equal(rt_weak_begin(rt, weak), 0);
    assert_true(rt_weak_next(rt, weak, &position, &key, &member));
    rt_xdecref(rt, key);
    life_drop(life, members, 5);
    if (is_dict)
        oracle_say(oracle, "WVD during iteration: data %zu pending %zu",
                   rt_dict_length(parts->dict), rt_list_length(parts->pending));
    else
        oracle_say(oracle, "WeakSet during iteration: len %zu data %zu pending %zu",
                   rt_weak_set_length(weak), rt_set_length(parts->set),
                   rt_list_length(parts->pending));
    rt_decref(rt, member);
    rt_weak_end(rt, weak);
    if (is_dict)
        oracle_say(oracle, "after: len %zu data %zu", rt_weak_dict_length(weak),
                   rt_dict_length(parts->dict));
    else
        oracle_say(oracle, "after iteration: len %zu data %zu", rt_weak_set_length(weak),
                   rt_set_length(parts->set));
    rt_decref(rt, weak);
}

static void
say_kinds(struct life *life) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct rt_object *without[] = {
        rt_int_new(rt, 0), rt_str_new(rt, "", 0), rt_tuple_new(rt, 0),   rt_list_new(rt, 0),
        rt_dict_new(rt),   rt_float_new(rt, 0),   rt_incref(rt_none(rt))};
    struct rt_object *with[] = {rt_set_new(rt), rt_function_new(rt, note_call, NULL, NULL),
                                rt_incref(oracle->plain)};
    char line[256] = "";
    bool is_there[3];

    for (size_t i = 0; i < RT_COUNT_OF(without); i++) {
        assert_null(rt_weakref_new(rt, oracle_have(without[i]), NULL));
        assert_int_equal(rt_error(rt), EINVAL);
        strcat(line, rt_type_name(without[i]));
        strcat(line, " no weakref; ");
    }
    life_drop(life, without, RT_COUNT_OF(without));
    oracle_say(oracle, "%s", line);
    for (size_t i = 0; i < RT_COUNT_OF(with); i++) {
        struct rt_object *weakref = rt_weakref_new(rt, oracle_have(with[i]), NULL);

        is_there[i] = weakref != NULL;
        rt_xdecref(rt, weakref);
    }
    life_drop(life, with, RT_COUNT_OF(with));
    oracle_say(oracle, "set %s function %s class %s frozenset/array/generator ok",
               facts_bool(is_there[0]), facts_bool(is_there[1]), facts_bool(is_there[2]));
}

static void
say_entries(struct life *life) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct rt_object *weak = oracle_have(rt_weak_dict_new(rt)), *instance = self_instance(life);
    long collected;

    assert_int_equal(rt_weak_dict_set(rt, weak, oracle->x, instance), 0);
    rt_decref(rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "WeakValueDictionary entry of a trash cycle: collect -> %ld len %zu",
               collected, rt_weak_dict_length(weak));
    rt_decref(rt, weak);
    oracle_leave_out(oracle, "WeakKeyDictionary ");
    weak = oracle_have(rt_weak_set_new(rt));
    instance = self_instance(life);
    assert_int_equal(rt_weak_set_add(rt, weak, instance), 0);
    rt_decref(rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "WeakSet member in a trash cycle: collect -> %ld len %zu", collected,
               rt_weak_set_length(weak));
    rt_decref(rt, weak);
    instance = self_instance(life);
    weak = oracle_have(rt_weakref_new(rt, instance, NULL));
    rt_decref(rt, instance);
    collected = oracle_full(oracle);
    oracle_say(oracle, "plain ref kept outside: collect -> %ld %s", collected, alive(life, weak));
    rt_decref(rt, weak);
    oracle_leave_out(oracle, "finalize order "); /* weakref.finalize */
}

void
facts_p05(struct oracle *oracle) {
    struct life life = {.oracle = oracle};

    rt_gc_disable(oracle->rt);
    (void)oracle_full(oracle);
    say_deaths(&life);
    say_cycle(&life);
    say_in_del(&life);
    say_resurrected(&life);
    say_late(&life);
    say_iteration(&life, false);
    say_iteration(&life, true);
    say_kinds(&life);
    say_entries(&life);
}
