/* SPDX-License-Identifier: MIT
 *
 * gc_facts_finalizers.c: finalizers, when objects die by their counts and in collections, and the order in which
 * deep structures go (p06).
 */
#include "runtime/tests/gc_facts_life.h"

#include <stdlib.h>

static void
say_log(struct life *life, const char *what) {
    oracle_say(life->oracle, "%s%s", what, facts_taken(&life->log));
}

/* ---- Containers --------------------------------------------------------------------------------- */

static void
make_numbered(const struct life_class *kind, struct rt_object **ret_objects, size_t count) {
    for (size_t i = 0; i < count; i++)
        ret_objects[i] = life_numbered(kind, (int64_t)i);
}

static struct rt_object *
list_of_four(struct life *life, const struct life_class *kind) {
    struct rt_object *items[4], *list;

    make_numbered(kind, items, 4);
    list = oracle_have(rt_list_pack(life->oracle->rt, items, 4));
    life_drop(life, items, 4);
    return list;
}

static void
put_steal(struct life *life, struct rt_object *dict, struct rt_object *key,
          struct rt_object *value) {
    assert_int_equal(rt_dict_set(life->oracle->rt, dict, key, value), 0);
    rt_decref(life->oracle->rt, key);
    rt_decref(life->oracle->rt, value);
}

static void
say_dicts(struct life *life, const struct life_class *kind, const struct life_class *named) {
    struct rt *rt = life->oracle->rt;
    struct rt_object *dict = oracle_have(rt_dict_new(rt));
    char key[16], value[16];

    for (int64_t i = 0; i < 4; i++)
        put_steal(life, dict, oracle_have(rt_int_new(rt, i)), life_numbered(kind, i));
    rt_decref(rt, dict);
    say_log(life, "dict ");
    dict = oracle_have(rt_dict_new(rt));
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "v%d", i);
        put_steal(life, dict, life_named(named, key), life_named(named, value));
    }
    rt_decref(rt, dict);
    say_log(life, "dict k/v ");
}

static void
say_containers(struct life *life, const struct life_class *kind, const struct life_class *named) {
    struct rt *rt = life->oracle->rt;
    struct rt_object *items[4], *tuple, *list;

    rt_decref(rt, life_numbered(kind, 1));
    say_log(life, "");
    rt_decref(rt, list_of_four(life, kind));
    say_log(life, "list ");
    make_numbered(kind, items, 4);
    tuple = oracle_have(rt_tuple_pack(rt, items, 4));
    life_drop(life, items, 4);
    rt_decref(rt, tuple);
    say_log(life, "tuple ");
    say_dicts(life, kind, named);
    list = list_of_four(life, kind);
    rt_list_clear(rt, list);
    say_log(life, "list.clear ");
    rt_decref(rt, list);
    list = list_of_four(life, kind);
    assert_int_equal(rt_list_delete(rt, list, 1, 3), 0);
    say_log(life, "del l[1:3] ");
    rt_decref(rt, list);
    (void)facts_taken(&life->log);
    oracle_leave_out(life->oracle, "l[1:3]=[0] "); /* lists here take no slices */
}

/* ---- Attributes --------------------------------------------------------------------------------- */

static void
set_named(struct life *life, const struct life_class *kind, struct rt_object *instance,
          const char *attribute, const char *name) {
    struct rt_object *value = life_named(kind, name);

    test_link(life->oracle->rt, instance, attribute, value);
    rt_decref(life->oracle->rt, value);
}

static void
set_three(struct life *life, const struct life_class *kind, struct rt_object *instance,
          const char *names) {
    for (; *names != '\0'; names++) {
        char name[2] = {*names, '\0'};

        set_named(life, kind, instance, name, name);
    }
}

static void
say_attributes(struct life *life, const struct life_class *kind) {
    struct rt *rt = life->oracle->rt;
    struct rt_object *class_object = test_class(rt, "A"), *instance;

    for (int i = 0; i < 3; i++) {
        instance = test_instance(rt, class_object);
        set_three(life, kind, instance, i == 0 ? "xyz" : "zyx");
        if (i == 2)
            (void)oracle_have(rt_instance_dict(rt, instance));
        rt_decref(rt, instance);
        say_log(life, i == 0   ? "attributes "
                      : i == 1 ? "attributes set in another order "
                               : "same with __dict__ made ");
    }
    rt_decref(rt, class_object);
}

static void
say_slots(struct life *life, const struct life_class *kind) {
    static const char *const names[] = {"x", "y", "z"}, *const derived_names[] = {"w"};
    struct rt *rt = life->oracle->rt;
    struct rt_class_spec spec = {.name = "S", .slots = names, .slot_count = 3}, derived;
    struct rt_object *base = oracle_have(rt_class_new(rt, &spec)), *class_object, *instance;

    instance = test_instance(rt, base);
    set_three(life, kind, instance, "zxy");
    rt_decref(rt, instance);
    say_log(life, "slots ");
    derived =
        (struct rt_class_spec){.name = "S2", .base = base, .slots = derived_names, .slot_count = 1};
    class_object = oracle_have(rt_class_new(rt, &derived));
    instance = test_instance(rt, class_object);
    set_three(life, kind, instance, "wx");
    rt_decref(rt, instance);
    say_log(life, "slots, derived first ");
    rt_decref(rt, class_object);
    derived = (struct rt_class_spec){.name = "SD", .base = base};
    class_object = oracle_have(rt_class_new(rt, &derived));
    instance = test_instance(rt, class_object);
    set_named(life, kind, instance, "x", "slot x");
    set_named(life, kind, instance, "attr", "attr");
    rt_decref(rt, instance);
    say_log(life, "slots before dict ");
    rt_decref(rt, class_object);
    rt_decref(rt, base);
}

static void
note_kids(struct life *life, struct rt_object *self) {
    struct rt *rt = life->oracle->rt;
    struct rt_object *kids = test_get(rt, self, "kids");
    struct facts_list numbers = {.count = 0};
    char name[32];

    for (size_t i = 0; i < rt_list_length(kids); i++) {
        life_name(rt, rt_list_get(kids, i), name, sizeof name);
        facts_add(&numbers, name);
    }
    life_note(life, "('P', %s)", numbers.text);
}

static void
say_parent(struct life *life, const struct life_class *kind) {
    struct rt *rt = life->oracle->rt;
    struct life_class parent;
    struct rt_object *instance, *kids = oracle_list(life->oracle);

    life_begin_class(&parent, life, NULL);
    parent.more = note_kids;
    for (int64_t i = 1; i <= 2; i++) {
        struct rt_object *kid = life_numbered(kind, i);

        oracle_append(life->oracle, kids, kid);
        rt_decref(rt, kid);
    }
    instance = life_instance(&parent);
    test_link(rt, instance, "kids", kids);
    rt_decref(rt, kids);
    rt_decref(rt, instance);
    say_log(life, "parent ");
    life_end_class(&parent);
}

/* ---- Trash -------------------------------------------------------------------------------------- */

/* Each refers to the next, or to the one before. */
static void
make_ring(struct life *life, const struct life_class *kind, bool is_forward,
          struct rt_object **ret_ring) {
    make_numbered(kind, ret_ring, 5);
    for (int i = 0; i < 5; i++)
        test_link(life->oracle->rt, ret_ring[i], "nxt", ret_ring[(i + (is_forward ? 1 : 4)) % 5]);
}

static void
say_rings(struct life *life, const struct life_class *kind) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct rt_object *ring[5], *class_object = test_class(rt, "H"), *holder, *list;
    long collected;

    (void)oracle_full(oracle);
    for (int i = 0; i < 2; i++) {
        make_ring(life, kind, i == 0, ring);
        life_drop(life, ring, 5);
        collected = oracle_full(oracle);
        oracle_say(oracle, "ring %s %ld %s", i == 0 ? "collect" : "reversed", collected,
                   facts_taken(&life->log));
    }
    holder = test_instance(rt, class_object);
    make_ring(life, kind, true, ring);
    list = oracle_have(rt_list_pack(rt, ring, 5));
    life_drop(life, ring, 5);
    test_link(rt, holder, "first", list);
    test_link(rt, holder, "only", ring[4]);
    test_link(rt, holder, "first", rt_none(rt));
    rt_decref(rt, list);
    (void)oracle_collect(oracle, 0);
    test_link(rt, holder, "only", rt_none(rt));
    collected = oracle_full(oracle);
    oracle_say(oracle, "after one survived pass: %ld %s", collected, facts_taken(&life->log));
    rt_decref(rt, holder);
    rt_decref(rt, class_object);
}

static void
say_resurrections(struct life *life) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct life_class numbered, named;
    struct rt_object *a, *b;
    long collected;

    life_begin_class(&numbered, life, "%s");
    life_begin_class(&named, life, "'%s'");
    numbered.is_saving = named.is_saving = true;
    (void)oracle_full(oracle);
    rt_decref(rt, life_numbered(&numbered, 1));
    oracle_say(oracle, "resurrected %s finalized %s", facts_taken(&life->log),
               facts_bool(rt_gc_is_finalized(life->saved[0])));
    life_let_saved_go(life);
    say_log(life, "second death silent ");
    a = life_named(&named, "a");
    b = life_named(&named, "b");
    test_link(rt, a, "o", b);
    test_link(rt, b, "o", a);
    rt_decref(rt, a);
    rt_decref(rt, b);
    collected = oracle_full(oracle);
    oracle_say(oracle, "cycle resurrected: collect -> %ld %s %zu", collected,
               facts_taken(&life->log), life->saved_count);
    life_let_saved_go(life);
    collected = oracle_full(oracle);
    oracle_say(oracle, "again: collect -> %ld %s", collected, facts_taken(&life->log));
    life_end_class(&numbered);
    life_end_class(&named);
}

static void
say_one_of_a_ring(struct life *life, const struct life_class *kind) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct rt_object *ring[3] = {life_named(kind, "a"), life_named(kind, "b"),
                                 life_named(kind, "c")};
    char names[3][32];
    long collected;

    for (int i = 0; i < 3; i++)
        test_link(rt, ring[i], "o", ring[(i + 1) % 3]);
    life_drop(life, ring, 3);
    collected = oracle_full(oracle);
    assert_int_equal(life->saved_count, 1);
    life_name(rt, life->saved[0], names[0], sizeof names[0]);
    life_name(rt, test_get(rt, life->saved[0], "o"), names[1], sizeof names[1]);
    life_name(rt, test_get(rt, test_get(rt, life->saved[0], "o"), "o"), names[2], sizeof names[2]);
    oracle_say(oracle, "one of a ring resurrects: collect -> %ld %s saved ['%s'] %s %s", collected,
               facts_taken(&life->log), names[0], names[1], names[2]);
    life_let_saved_go(life);
    collected = oracle_full(oracle);
    oracle_say(oracle, " dropped: collect -> %ld %s", collected, facts_taken(&life->log));
}

static void
say_chosen(struct life *life) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct life_class kind;
    long collected;

    life_begin_class(&kind, life, "'%s'");
    kind.is_saving = true;
    kind.saves = "b";
    (void)oracle_full(oracle);
    say_one_of_a_ring(life, &kind);
    for (int i = 0; i < 2; i++) {
        struct rt_object *instance = life_named(&kind, i == 0 ? "a" : "b");

        test_link(rt, instance, "o", instance);
        rt_decref(rt, instance);
    }
    collected = oracle_full(oracle);
    oracle_say(oracle, "two separate cycles, b resurrects: collect -> %ld %s", collected,
               facts_taken(&life->log));
    test_link(rt, life->saved[0], "o", rt_none(rt));
    life_let_saved_go(life);
    life_end_class(&kind);
    oracle_leave_out(oracle, "collect -> 1 ['ValueError', 'ValueError']"); /* they cannot fail */
    oracle_leave_out(oracle, "['finally']");                               /* nor have `finally` */
}

/* ---- Deep structures ---------------------------------------------------------------------------- */

enum {
    NESTED = 130,
    CHAINED = 120
};

static long numbers[NESTED];
static size_t number_count;

static void
note_number(struct life *life, struct rt_object *self) {
    char name[32];

    life_name(life->oracle->rt, self, name, sizeof name);
    assert_true(number_count < NESTED);
    numbers[number_count++] = strtol(name, NULL, 10);
}

/* numbers[begin ... end) */
static const char *
slice(size_t begin, size_t end) {
    static struct facts_list lists[4];
    static size_t next;
    struct facts_list *list = &lists[next++ % 4];
    char item[16];

    *list = (struct facts_list){.count = 0};
    for (size_t i = begin; i < end; i++) {
        snprintf(item, sizeof item, "%ld", numbers[i]);
        facts_add(list, item);
    }
    return list->text;
}

static bool
is_in_order(void) {
    for (size_t i = 0; i < number_count; i++)
        if (numbers[i] != (long)i + 1)
            return false;
    return true;
}

/* The first that is larger than the one before. */
static size_t
first_break(void) {
    size_t i = 1;

    while (i < number_count && numbers[i] < numbers[i - 1])
        i++;
    return i;
}

static struct rt_object *
nest(struct life *life, const struct life_class *kind, bool is_tuple, bool is_item_first) {
    struct rt *rt = life->oracle->rt;
    struct rt_object *inner = oracle_have(is_tuple ? rt_tuple_new(rt, 0) : rt_list_new(rt, 0)),
                     *pair[2];

    number_count = 0;
    for (int64_t i = NESTED; i > 0; i--) {
        pair[is_item_first ? 0 : 1] = life_numbered(kind, i);
        pair[is_item_first ? 1 : 0] = inner;
        inner = oracle_have(is_tuple ? rt_tuple_pack(rt, pair, 2) : rt_list_pack(rt, pair, 2));
        life_drop(life, pair, 2);
    }
    return inner;
}

static void
say_chain(struct life *life) {
    static const char *const names[] = {"n", "nxt"};
    struct rt *rt = life->oracle->rt;
    struct life_class kind = {.life = life, .more = note_number};
    struct rt_class_spec spec = {.name = "T",
                                 .slots = names,
                                 .slot_count = 2,
                                 .finalizer = life_finalize,
                                 .finalizer_data = &kind};
    struct rt_object *chain = rt_incref(rt_none(rt));

    kind.class_object = oracle_have(rt_class_new(rt, &spec));
    number_count = 0;
    for (int64_t i = CHAINED; i > 0; i--) {
        struct rt_object *link = life_numbered(&kind, i);

        test_link(rt, link, "nxt", chain);
        rt_decref(rt, chain);
        chain = link;
    }
    rt_decref(rt, chain);
    oracle_say(life->oracle, "slots chain of 120, in order: %s %s %s %s", facts_bool(is_in_order()),
               slice(0, 3), slice(48, 54), slice(number_count - 2, number_count));
    life_end_class(&kind);
}

static void
say_nested(struct life *life) {
    struct oracle *oracle = life->oracle;
    struct rt *rt = oracle->rt;
    struct life_class kind;

    life_begin_class(&kind, life, NULL);
    kind.more = note_number;
    rt_decref(rt, nest(life, &kind, false, false));
    oracle_say(oracle, "nested lists [inner, item]: %s %s %s", facts_bool(is_in_order()),
               slice(0, 3), slice(46, 54));
    rt_decref(rt, nest(life, &kind, false, true));
    oracle_say(oracle, "nested lists [item, inner] (deepest first): %s ... %s first break at %zu",
               slice(0, 6), slice(NESTED - 3, NESTED), first_break());
    oracle_say(oracle, "  full order %s", slice(0, NESTED));
    rt_decref(rt, nest(life, &kind, true, true));
    oracle_say(oracle, "nested tuples [item, inner]: %s %s first break at %zu", slice(0, 4),
               slice(NESTED - 3, NESTED), first_break());
    life_end_class(&kind);
}

void
facts_p06(struct oracle *oracle) {
    struct life life = {.oracle = oracle};
    struct life_class kind, named;

    rt_gc_disable(oracle->rt);
    life_begin_class(&kind, &life, "%s");
    life_begin_class(&named, &life, "'%s'");
    say_containers(&life, &kind, &named);
    say_attributes(&life, &named);
    say_slots(&life, &named);
    say_parent(&life, &kind);
    say_rings(&life, &kind);
    say_resurrections(&life);
    say_chosen(&life);
    life_end_class(&kind);
    life_end_class(&named);
    say_chain(&life);
    say_nested(&life);
}
