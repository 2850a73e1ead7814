/* SPDX-License-Identifier: MIT
 *
 * gc_facts_counts.c: what each kind of object adds to the count, and takes away when it goes (p01).
 */
#include "runtime/tests/gc_facts.h"

struct kinds {
    struct rt *rt;
    struct rt_object *plain, *two, *slots[4]; /* classes */
    struct rt_object *x, *three, *constant;   /* an int, (1, 2, 3), and that untracked */
    struct rt_object *method_self, *callback;
    struct rt_object *none;
};

static struct rt_object *
do_nothing(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    (void)function, (void)args, (void)count;
    return rt_incref(rt_none(rt));
}

static struct rt_object *
end_at_once(struct rt *rt, struct rt_object *generator, void *data) {
    (void)rt, (void)generator, (void)data;
    return NULL;
}

/* Calling a class packs its arguments into a tuple. */
static void
pack_arguments(struct kinds *kinds, size_t count) {
    struct rt_object *items[3] = {kinds->none, kinds->none, kinds->none};

    rt_decref(kinds->rt, oracle_have(rt_tuple_pack(kinds->rt, items, count)));
}

static struct rt_object *
holding(struct kinds *kinds, bool is_tuple, struct rt_object *item) {
    struct rt_object *holder =
        is_tuple ? rt_tuple_pack(kinds->rt, &item, 1) : rt_list_pack(kinds->rt, &item, 1);

    rt_decref(kinds->rt, item);
    return oracle_have(holder);
}

static struct rt_object *
dict_of(struct kinds *kinds, struct rt_object *value) {
    struct rt_object *dict = oracle_have(rt_dict_new(kinds->rt));

    assert_int_equal(rt_dict_set(kinds->rt, dict, kinds->x, value), 0);
    return dict;
}

static struct rt_object *
make_empty_list(struct kinds *kinds) {
    return rt_list_new(kinds->rt, 0);
}

static struct rt_object *
make_called_list(struct kinds *kinds) {
    return rt_list_call(kinds->rt);
}

static struct rt_object *
make_list_of_one(struct kinds *kinds) {
    return holding(kinds, false, rt_incref(kinds->x));
}

static struct rt_object *
make_list_of_list(struct kinds *kinds) {
    return holding(kinds, false, make_empty_list(kinds));
}

static struct rt_object *
make_empty_dict(struct kinds *kinds) {
    return rt_dict_new(kinds->rt);
}

static struct rt_object *
make_called_dict(struct kinds *kinds) {
    return rt_dict_call(kinds->rt);
}

static struct rt_object *
make_dict_of_int(struct kinds *kinds) {
    return dict_of(kinds, kinds->x);
}

static struct rt_object *
make_dict_of_list(struct kinds *kinds) {
    struct rt_object *list = make_empty_list(kinds), *dict = dict_of(kinds, list);

    rt_decref(kinds->rt, list);
    return dict;
}

static struct rt_object *
make_tuple_of_one(struct kinds *kinds) {
    return holding(kinds, true, rt_incref(kinds->x));
}

static struct rt_object *
make_tuple_of_two(struct kinds *kinds) {
    return rt_tuple_pack(kinds->rt, (struct rt_object *[]){kinds->x, kinds->x}, 2);
}

static struct rt_object *
make_tuple_of_list(struct kinds *kinds) {
    return holding(kinds, true, make_empty_list(kinds));
}

static struct rt_object *
make_empty_tuple(struct kinds *kinds) {
    return rt_tuple_new(kinds->rt, 0);
}

static struct rt_object *
make_constant(struct kinds *kinds) {
    return rt_incref(kinds->constant);
}

static struct rt_object *
make_tuple_from_list(struct kinds *kinds) {
    struct rt_object *items[3] = {kinds->x, kinds->x, kinds->x}, *tuple;
    struct rt_object *list = oracle_have(rt_list_pack(kinds->rt, items, 3));

    tuple = rt_tuple_pack(kinds->rt, items, 3);
    rt_decref(kinds->rt, list);
    return tuple;
}

static struct rt_object *
extended(struct kinds *kinds, struct rt_object *list) {
    assert_int_equal(rt_list_extend(kinds->rt, list, kinds->three), 0);
    return list;
}

static struct rt_object *
make_list_from_tuple(struct kinds *kinds) {
    return extended(kinds, oracle_have(rt_list_call(kinds->rt)));
}

static struct rt_object *
make_list_display(struct kinds *kinds) {
    return extended(kinds, oracle_have(rt_list_new(kinds->rt, 0)));
}

static struct rt_object *
make_empty_set(struct kinds *kinds) {
    return rt_set_new(kinds->rt);
}

static struct rt_object *
make_set_of_one(struct kinds *kinds) {
    struct rt_object *set = oracle_have(rt_set_new(kinds->rt));

    assert_int_equal(rt_set_add(kinds->rt, set, kinds->x), 0);
    return set;
}

static struct rt_object *
make_plain(struct kinds *kinds) {
    return rt_instance_new(kinds->rt, kinds->plain);
}

static struct rt_object *
make_two(struct kinds *kinds) {
    struct rt_object *instance = oracle_have(rt_instance_new(kinds->rt, kinds->two));

    test_link(kinds->rt, instance, "a", kinds->x);
    test_link(kinds->rt, instance, "b", kinds->x);
    return instance;
}

static struct rt_object *
make_with_dict(struct kinds *kinds) {
    struct rt_object *instance = make_two(kinds);

    (void)oracle_have(rt_instance_dict(kinds->rt, instance));
    return instance;
}

static struct rt_object *
make_with_tracked_dict(struct kinds *kinds) {
    struct rt_object *instance = make_two(kinds), *list = make_empty_list(kinds);

    test_link(kinds->rt, instance, "c", list);
    rt_decref(kinds->rt, list);
    (void)oracle_have(rt_instance_dict(kinds->rt, instance));
    return instance;
}

static struct rt_object *
make_slots_two(struct kinds *kinds) {
    return rt_instance_new(kinds->rt, kinds->slots[0]);
}

static struct rt_object *
make_slots_none(struct kinds *kinds) {
    return rt_instance_new(kinds->rt, kinds->slots[1]);
}

static struct rt_object *
make_slots_weakref(struct kinds *kinds) {
    return rt_instance_new(kinds->rt, kinds->slots[2]);
}

static struct rt_object *
make_slots_dict(struct kinds *kinds) {
    return rt_instance_new(kinds->rt, kinds->slots[3]);
}

static struct rt_object *
make_function(struct kinds *kinds) {
    return rt_function_new(kinds->rt, do_nothing, NULL, NULL);
}

static struct rt_object *
make_closure(struct kinds *kinds) {
    struct rt_object *cell = oracle_have(rt_cell_new(kinds->rt, kinds->x)), *function;
    struct rt_object *cells = holding(kinds, true, cell);

    function = rt_function_new(kinds->rt, do_nothing, cells, NULL);
    rt_decref(kinds->rt, cells);
    return function;
}

static struct rt_object *
make_method(struct kinds *kinds) {
    return rt_method_new(kinds->rt, kinds->callback, kinds->method_self);
}

static struct rt_object *
make_generator(struct kinds *kinds) {
    return rt_generator_new(kinds->rt, end_at_once, NULL, 1);
}

static struct rt_object *
make_weakref_called(struct kinds *kinds) {
    pack_arguments(kinds, 2);
    return rt_weakref_new(kinds->rt, kinds->method_self, kinds->callback);
}

static struct rt_object *
make_weakref_plain(struct kinds *kinds) {
    pack_arguments(kinds, 1);
    return rt_weakref_new(kinds->rt, kinds->method_self, NULL);
}

static struct rt_object *
make_array(struct kinds *kinds) {
    pack_arguments(kinds, 1);
    return rt_array_new(kinds->rt, RT_ARRAY_I, 0);
}

static struct rt_object *
make_float(struct kinds *kinds) {
    return rt_float_new(kinds->rt, 1.5);
}

static struct rt_object *
make_str(struct kinds *kinds) {
    pack_arguments(kinds, 1);
    return rt_str_new(kinds->rt, "1111111111", 10);
}

static struct rt_object *
make_large_int(struct kinds *kinds) {
    return rt_int_from_digits(kinds->rt, false, (uint32_t[]){0, 0, 1024}, 3);
}

static struct rt_object *
make_cell(struct kinds *kinds) {
    pack_arguments(kinds, 1);
    return rt_cell_new(kinds->rt, kinds->x);
}

/* The maker; or NULL, and what has no counterpart here. */
static const struct {
    const char *name;
    struct rt_object *(*make)(struct kinds *kinds);
} rows[] = {
    {"[]", make_empty_list},
    {"list()", make_called_list},
    {"[x]", make_list_of_one},
    {"[[]]", make_list_of_list},
    {"{}", make_empty_dict},
    {"dict()", make_called_dict},
    {"{1: x}", make_dict_of_int},
    {"{1: []}", make_dict_of_list},
    {"(x,)", make_tuple_of_one},
    {"(x, x)", make_tuple_of_two},
    {"([],)", make_tuple_of_list},
    {"() ", make_empty_tuple},
    {"const tuple (1,2,3)", make_constant},
    {"tuple(list)", make_tuple_from_list},
    {"list(tuple)", make_list_from_tuple},
    {"[*t]", make_list_display},
    {"[i for i in t]", NULL}, /* the interpreter's */
    {"set()", make_empty_set},
    {"{x}", make_set_of_one},
    {"frozenset((1,))", NULL},
    {"object()", NULL},
    {"plain instance", make_plain},
    {"instance, 2 attributes", make_two},
    {"instance, __dict__ read", make_with_dict},
    {"instance, list attr, __dict__", make_with_tracked_dict},
    {"__slots__ 2", make_slots_two},
    {"__slots__ = ()", make_slots_none},
    {"__slots__ + __weakref__", make_slots_weakref},
    {"__slots__ + __dict__", make_slots_dict},
    {"list subclass", NULL}, /* classes here have no base of another kind */
    {"dict subclass", NULL},
    {"tuple subclass", NULL},
    {"int subclass", NULL},
    {"int subclass, no slots", NULL},
    {"Exception()", NULL},
    {"Exception subclass", NULL},
    {"lambda", make_function},
    {"closure (function+cell+tuple)", make_closure},
    {"bound method", make_method},
    {"generator", make_generator},
    {"coroutine closed", NULL},
    {"iter([])", NULL},
    {"iter(range)", NULL},
    {"range", NULL},
    {"enumerate(list)", NULL},
    {"zip()", NULL},
    {"map(abs, list)", NULL},
    {"slice", NULL},
    {"weakref with callback", make_weakref_called},
    {"weakref plain (shared)", make_weakref_plain},
    {"array.array", make_array},
    {"bytearray", NULL},
    {"memoryview", NULL},
    {"collections.deque", NULL},
    {"OrderedDict", NULL},
    {"float", make_float},
    {"str", make_str},
    {"int big", make_large_int},
    {"cell", make_cell},
    {"property", NULL},
    {"SimpleNamespace", NULL},
    {"class statement", NULL}, /* what type() itself makes: class_test.c has its seven objects */
};

static void
say_counts(struct oracle *oracle, struct kinds *kinds, size_t row) {
    enum {
        COUNT = 1000
    };
    struct rt *rt = oracle->rt;
    long before, made, dropped;
    struct rt_object *one;

    (void)oracle_full(oracle);
    (void)facts_read_count(oracle);
    before = facts_read_count(oracle).of[0];
    for (size_t i = 0; i < COUNT; i++)
        oracle->keep[i] = oracle_have(rows[row].make(kinds));
    made = facts_read_count(oracle).of[0];
    oracle_drop(oracle, COUNT);
    dropped = facts_read_count(oracle).of[0];
    one = oracle_have(rows[row].make(kinds));
    oracle_say(oracle, "%-34s make %+6ld   drop %+6ld   tracked %d", rows[row].name, made - before,
               dropped - made, rt_is_tracked(one));
    rt_decref(rt, one);
}

static void
begin_kinds(struct oracle *oracle, struct kinds *kinds) {
    static const char *const names[] = {"a", "b"};
    struct rt_class_spec specs[] = {
        {.name = "S2", .slots = names, .slot_count = 2},
        {.name = "S0", .slots = names, .slot_count = 0},
        {.name = "SW", .slots = names, .slot_count = 1, .has_weakref = true},
        {.name = "SD", .slots = names, .slot_count = 1, .has_dict = true},
    };
    struct rt *rt = oracle->rt;

    *kinds = (struct kinds){.rt = rt, .plain = oracle->plain, .x = oracle->one};
    kinds->none = rt_none(rt);
    kinds->two = test_class(rt, "A2");
    for (size_t i = 0; i < 4; i++)
        kinds->slots[i] = oracle_have(rt_class_new(rt, &specs[i]));
    for (int i = 0; i < 64; i++)
        rt_decref(rt, make_two(kinds));
    kinds->three =
        oracle_have(rt_tuple_pack(rt, (struct rt_object *[]){kinds->x, kinds->x, kinds->x}, 3));
    kinds->constant = oracle_have(rt_tuple_pack(rt, &kinds->x, 1));
    kinds->callback = make_function(kinds);
    kinds->method_self = oracle_instance(oracle);
    (void)oracle_full(oracle); /* the constant is untracked by it */
}

void
facts_p01(struct oracle *oracle) {
    struct kinds kinds;

    rt_gc_disable(oracle->rt);
    begin_kinds(oracle, &kinds);
    for (size_t i = 0; i < RT_COUNT_OF(rows); i++)
        if (rows[i].make != NULL)
            say_counts(oracle, &kinds, i);
        else
            oracle_leave_out(oracle, rows[i].name);
    rt_decref(oracle->rt, kinds.two);
    for (size_t i = 0; i < 4; i++)
        rt_decref(oracle->rt, kinds.slots[i]);
    rt_decref(oracle->rt, kinds.three);
    rt_decref(oracle->rt, kinds.constant);
    rt_decref(oracle->rt, kinds.callback);
    rt_decref(oracle->rt, kinds.method_self);
}
