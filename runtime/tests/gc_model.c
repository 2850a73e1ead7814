/* SPDX-License-Identifier: MIT
 *
 * gc_model.c: what is done to the heap and to the table at once. See gc_model.h.
 */
#include "runtime/tests/gc_model.h"

#include "runtime/object.h"

/* ---- Tags --------------------------------------------------------------------------------------- */

struct tag {
    struct rt_object object;
    struct model *model;
    int thing;
};

static void
drop_tag(struct rt *rt, struct rt_object *object) {
    struct tag *tag = (struct tag *)object;

    if (!rt->is_ending)
        model_died(tag->model, tag->thing);
    rt_free(rt, tag, sizeof *tag);
}

static const struct rt_type tag_type = {.drop = drop_tag, .name = "tag", .kind = RT_KIND_BYTES};

/* Of no thing so far. */
static struct rt_object *
make_tag(struct model *model) {
    struct tag *tag = rt_alloc(model->rt, sizeof *tag);

    if (tag == NULL)
        return NULL;
    *tag = (struct tag){{1, &tag_type}, model, MODEL_NONE};
    return &tag->object;
}

/* ---- Rows --------------------------------------------------------------------------------------- */

int
model_find(const struct model *model, const struct rt_object *object, bool is_weakref) {
    for (int i = 0; i < MODEL_THINGS; i++) {
        const struct model_thing *thing = &model->things[i];

        if (thing->is_alive && thing->object == object &&
            (thing->kind == MODEL_WEAKREF) == is_weakref)
            return i;
    }
    return MODEL_NONE;
}

static bool
is_free(const struct model_thing *thing) {
    return !thing->is_alive && !thing->was_in_set && !thing->is_due;
}

/* A free row, which the newest of them is not. MODEL_NONE: all are taken. */
static int
find_row(struct model *model) {
    for (int tries = 0; tries < MODEL_THINGS; tries++) {
        int row = model->next_row;

        model->next_row = (row + 1) % MODEL_THINGS;
        if (is_free(&model->things[row]))
            return row;
    }
    return MODEL_NONE;
}

static bool
has_room(const struct model *model) {
    int count = 0;

    for (int i = 0; i < MODEL_THINGS; i++)
        count += is_free(&model->things[i]);
    return count >= 8;
}

/* Enters an object that the test holds one reference to. */
static int
enter(struct model *model, enum model_kind kind, struct rt_object *object) {
    int row = find_row(model);

    assert_true(row != MODEL_NONE);
    model->things[row] = (struct model_thing){
        .object = object,
        .kind = kind,
        .is_alive = true,
        .edges = {MODEL_NONE, MODEL_NONE, MODEL_NONE, MODEL_NONE},
        .inner = MODEL_NONE,
        .held = 1,
        .referent = MODEL_NONE,
        .due_referent = MODEL_NONE,
    };
    return row;
}

void
model_hold(struct model *model, int thing) {
    model->things[thing].held++;
    rt_incref(model->things[thing].object);
}

void
model_let_go(struct model *model, int thing) {
    struct rt_object *object = model->things[thing].object;

    assert_true(model->things[thing].held > 0);
    model->things[thing].held--;
    rt_gc_hold(model->rt);
    rt_decref(model->rt, object);
    rt_gc_release(model->rt);
}

void
model_put(struct model *model, int number, int thing) {
    int old = model->registers[number];

    model->registers[number] = thing;
    if (thing != MODEL_NONE)
        model_hold(model, thing);
    if (old != MODEL_NONE)
        model_let_go(model, old);
}

static bool
can_be_changed(const struct model_thing *thing) {
    return thing->inner == MODEL_NONE && thing->kind != MODEL_TUPLE && thing->kind != MODEL_WEAKREF;
}

int
model_pick(struct model *model) {
    int thing = model->registers[model_below(model, MODEL_REGISTERS)];
    int next = thing;

    if (model_below(model, 4) == 0 && model->registers[0] != MODEL_NONE)
        return model->registers[0]; /* which many refer to */
    while (next != MODEL_NONE && model_below(model, 4) != 0) {
        thing = model->things[next].is_inner ? thing : next;
        next = model->things[next].edges[model_below(model, MODEL_EDGES)];
    }
    return thing;
}

int
model_pick_to_change(struct model *model) {
    int thing = model_pick(model);

    while (thing != MODEL_NONE && model->things[thing].inner != MODEL_NONE)
        thing = model->things[thing].inner;
    return thing;
}

/* ---- References --------------------------------------------------------------------------------- */

static struct rt_object *
object_of(struct model *model, int thing) {
    return thing == MODEL_NONE ? NULL : model->things[thing].object;
}

static int
change_set(struct model *model, struct rt_object *set, struct rt_object *old,
           struct rt_object *target) {
    struct rt *rt = model->rt;
    int status = 0;

    if (target != NULL && rt_set_contains(rt, set, target) != 0)
        return -1; /* there already, or not hashable */
    if (target != NULL)
        status = rt_set_add(rt, set, target);
    if (status == 0 && old != NULL)
        assert_int_equal(rt_set_discard(rt, set, old), 1);
    return status;
}

static int
change(struct model *model, const struct model_thing *thing, int edge, struct rt_object *old,
       struct rt_object *target) {
    struct rt *rt = model->rt;
    struct rt_object *object = thing->object, *name = model->names[edge];

    switch (thing->kind) {
    case MODEL_LIST:
        rt_list_set(rt, object, (size_t)edge + 1, target == NULL ? rt_none(rt) : target);
        return 0;
    case MODEL_DICT:
        if (target != NULL)
            return rt_dict_set(rt, object, name, target);
        return old == NULL ? 0 : rt_dict_delete(rt, object, name);
    case MODEL_SET:
        return change_set(model, object, old, target);
    case MODEL_INSTANCE:
    case MODEL_SLOTS:
        if (target != NULL)
            return rt_attr_set(rt, object, name, target);
        return old == NULL ? 0 : rt_attr_delete(rt, object, name);
    default:
        return -1;
    }
}

/* The table is changed first, since what is let go may want to know. A finalizer may change the same place
 * meanwhile; the order of the two is the same in both. */
bool
model_set_edge(struct model *model, int thing, int edge, int target) {
    struct model_thing *row = &model->things[thing];
    int old = row->edges[edge], status;

    if (!can_be_changed(row))
        return false;
    row->edges[edge] = target;
    rt_gc_hold(model->rt);
    status = change(model, row, edge, object_of(model, old), object_of(model, target));
    rt_gc_release(model->rt);
    if (status != 0)
        row->edges[edge] = old;
    return status == 0;
}

/* ---- Making ------------------------------------------------------------------------------------- */

static struct rt_object *
make_list(struct model *model, struct rt_object *tag) {
    struct rt_object *none = rt_none(model->rt);
    struct rt_object *items[MODEL_EDGES + 1] = {tag, none, none, none, none};

    return rt_list_pack(model->rt, items, MODEL_EDGES + 1);
}

static struct rt_object *
make_dict(struct model *model, struct rt_object *tag) {
    struct rt_object *dict = rt_dict_new(model->rt);

    if (dict != NULL && rt_dict_set(model->rt, dict, model->names[MODEL_EDGES], tag) != 0) {
        rt_decref(model->rt, dict);
        dict = NULL;
    }
    return dict;
}

static struct rt_object *
make_set(struct model *model, struct rt_object *tag) {
    struct rt_object *set = rt_set_new(model->rt);

    if (set != NULL && rt_set_add(model->rt, set, tag) != 0) {
        rt_decref(model->rt, set);
        set = NULL;
    }
    return set;
}

static struct rt_object *
make_tuple(struct model *model, struct rt_object *tag, const int *edges) {
    struct rt_object *items[MODEL_EDGES + 1] = {tag};
    size_t count = 1;

    for (int i = 0; i < MODEL_EDGES; i++)
        if (edges[i] != MODEL_NONE)
            items[count++] = object_of(model, edges[i]);
    return rt_tuple_pack(model->rt, items, count);
}

static struct rt_object *
make_instance(struct model *model, struct rt_object *tag, struct rt_object *class_object) {
    struct rt_object *instance = rt_instance_new(model->rt, class_object);

    if (instance != NULL && rt_attr_set(model->rt, instance, model->names[MODEL_EDGES], tag) != 0) {
        /* Nobody knows it: neither does its finalizer. */
        rt_decref(model->rt, instance);
        instance = NULL;
    }
    return instance;
}

/* One with a tag of its own. */
static int
make_tagged(struct model *model, enum model_kind kind, struct rt_object *class_object) {
    struct rt_object *tag = make_tag(model), *object = NULL;
    int edges[MODEL_EDGES] = {MODEL_NONE, MODEL_NONE, MODEL_NONE, MODEL_NONE}, row = MODEL_NONE;

    if (tag == NULL)
        return MODEL_NONE;
    for (int i = 0; kind == MODEL_TUPLE && i < MODEL_EDGES; i++) {
        edges[i] = model_pick(model);
        if (edges[i] != MODEL_NONE)
            model_hold(model, edges[i]); /* the tuple's allocation may collect */
    }
    if (kind == MODEL_LIST)
        object = make_list(model, tag);
    else if (kind == MODEL_TUPLE)
        object = make_tuple(model, tag, edges);
    else if (kind == MODEL_DICT)
        object = make_dict(model, tag);
    else if (kind == MODEL_SET)
        object = make_set(model, tag);
    else
        object = make_instance(model, tag, class_object);
    if (object != NULL) {
        row = enter(model, kind, object);
        ((struct tag *)tag)->thing = row;
        memcpy(model->things[row].edges, edges, sizeof edges);
    }
    for (int i = 0; i < MODEL_EDGES; i++)
        if (edges[i] != MODEL_NONE)
            model_let_go(model, edges[i]);
    rt_decref(model->rt, tag);
    return row;
}

static struct rt_object *
do_nothing(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    (void)function, (void)args, (void)count;
    return rt_incref(rt_none(rt));
}

static void
surround(struct model *model, int outer, int inner) {
    model->things[outer].edges[0] = model->things[outer].inner = inner;
    model->things[inner].is_inner = true;
}

/* One around another, of which only it knows from then on. */
static int
make_around(struct model *model, enum model_kind kind, int inner) {
    struct rt *rt = model->rt;
    struct rt_object *object = NULL, *inside;
    int row = MODEL_NONE;

    if (inner == MODEL_NONE)
        return MODEL_NONE;
    inside = model->things[inner].object;
    if (kind == MODEL_CELL)
        object = rt_cell_new(rt, inside);
    else if (kind == MODEL_METHOD)
        object = rt_method_new(rt, model->function, inside);
    else if (kind == MODEL_FUNCTION)
        object = rt_function_new(rt, do_nothing, inside, NULL);
    else
        object = rt_tuple_pack(rt, &inside, 1);
    if (object != NULL) {
        row = enter(model, kind, object);
        surround(model, row, inner);
    }
    model_let_go(model, inner);
    return row;
}

/* The instance's dict takes its tag over, and is what has references. */
static int
open_instance(struct model *model, int instance) {
    struct model_thing *row = &model->things[instance];
    struct rt_object *dict = rt_instance_dict(model->rt, row->object);
    int inner;

    if (dict == NULL)
        return instance; /* then it is one like the others */
    inner = enter(model, MODEL_DICT, rt_incref(dict));
    ((struct tag *)rt_dict_get(model->rt, dict, model->names[MODEL_EDGES]))->thing = inner;
    row->kind = MODEL_OPENED;
    surround(model, instance, inner);
    model_let_go(model, inner);
    return instance;
}

static int
make_any_instance(struct model *model, enum model_kind kind) {
    bool has_finalizer = model_below(model, 2) == 0;
    struct rt_object **classes = has_finalizer ? model->finalized_classes : model->classes;
    int row = make_tagged(model, kind == MODEL_SLOTS ? MODEL_SLOTS : MODEL_INSTANCE,
                          classes[kind == MODEL_SLOTS]);

    if (row == MODEL_NONE)
        return row;
    model->things[row].has_finalizer = has_finalizer;
    model->things[row].act = (enum model_act)model_below(model, MODEL_ACTS);
    return kind == MODEL_OPENED ? open_instance(model, row) : row;
}

int
model_make(struct model *model, enum model_kind kind) {
    model_settle(model);
    if (!has_room(model))
        return MODEL_NONE;
    switch (kind) {
    case MODEL_INSTANCE:
    case MODEL_OPENED:
    case MODEL_SLOTS:
        return make_any_instance(model, kind);
    case MODEL_CELL:
    case MODEL_METHOD:
        return make_around(model, kind, make_tagged(model, MODEL_LIST, NULL));
    case MODEL_FUNCTION:
        return make_around(
            model, kind,
            make_around(model, MODEL_TUPLE,
                        make_around(model, MODEL_CELL, make_tagged(model, MODEL_LIST, NULL))));
    default:
        return make_tagged(model, kind, NULL);
    }
}

/* ---- Weak references ---------------------------------------------------------------------------- */

static int
find_plain_weakref(const struct model *model, int referent) {
    for (int i = 0; i < MODEL_THINGS; i++) {
        const struct model_thing *thing = &model->things[i];

        if (thing->is_alive && thing->kind == MODEL_WEAKREF && !thing->has_callback &&
            thing->referent == referent)
            return i;
    }
    return MODEL_NONE;
}

/* The referent may go with the test's last hold on it, and then the callback wants to find the reference here. */
static int
enter_weakref(struct model *model, int referent, struct rt_object *weakref, bool has_callback) {
    int row = has_callback ? MODEL_NONE : find_plain_weakref(model, referent);

    if (row != MODEL_NONE) {
        assert_ptr_equal(weakref, model->things[row].object);
        model->things[row].held++;
        return row;
    }
    row = enter(model, MODEL_WEAKREF, weakref);
    model->things[row].referent = referent;
    model->things[row].has_callback = has_callback;
    return row;
}

int
model_watch(struct model *model, int referent, bool has_callback) {
    struct rt_object *weakref;
    int row = MODEL_NONE;

    model_settle(model);
    if (!has_room(model))
        return MODEL_NONE;
    model_hold(model, referent);
    weakref = rt_weakref_new(model->rt, model->things[referent].object,
                             has_callback ? model->callback : NULL);
    if (weakref != NULL)
        row = enter_weakref(model, referent, weakref, has_callback);
    model_let_go(model, referent);
    return row;
}

bool
model_set_value(struct model *model, int key, int target) {
    struct rt *rt = model->rt;
    int status;

    model_hold(model, target);
    status =
        rt_weak_dict_set(rt, model->weak_dict, model->map_keys[key], model->things[target].object);
    if (status == 0)
        model->values[key] = target;
    model_let_go(model, target);
    return status == 0;
}

/* ---- What is called ----------------------------------------------------------------------------- */

static void
act(struct model *model, enum model_act what, int self) {
    int number = (int)model_below(model, MODEL_REGISTERS), made, target;

    switch (what) {
    case MODEL_ACT_KEEP:
        model_put(model, number, self);
        break;
    case MODEL_ACT_STORE:
        target = model_pick_to_change(model);
        if (target != MODEL_NONE)
            (void)model_set_edge(model, target, (int)model_below(model, MODEL_EDGES), self);
        break;
    case MODEL_ACT_DROP:
        model_put(model, number, MODEL_NONE);
        break;
    case MODEL_ACT_CUT:
        (void)model_set_edge(model, self, (int)model_below(model, MODEL_EDGES), MODEL_NONE);
        break;
    case MODEL_ACT_MAKE:
        made = model_make(model, MODEL_LIST);
        if (made != MODEL_NONE) {
            (void)model_set_edge(model, made, 0, self);
            (void)model_set_edge(model, made, 1, model_below(model, 2) == 0 ? made : MODEL_NONE);
            model_let_go(model, made);
        }
        break;
    case MODEL_ACT_COLLECT:
        if (rt_gc_is_collecting(model->rt))
            assert_int_equal(rt_gc_collect(model->rt, (int)model_below(model, 3)), 0);
        break;
    default:
        break;
    }
}

static void
finalize(struct rt *rt, struct rt_object *self, void *data) {
    struct model *model = data;
    int thing = model_find(model, self, false);

    (void)rt;
    if (thing == MODEL_NONE)
        return; /* it was never entered */
    assert_true(model->things[thing].has_finalizer);
    assert_int_equal(model->things[thing].finalized++, 0);
    model->finalizations++;
    if (self->count == 1) /* it dies by its count, and is tracked anew: no collection's business */
        model->things[thing].was_in_set = model->things[thing].is_unreachable =
            model->things[thing].is_final = false;
    model->depth++;
    act(model, model->things[thing].act, thing);
    model->depth--;
}

/* A callback: the referent is not reachable, and the reference was not called before. Now and then it lets
 * go of the reference, so that the collector has the last one. */
static struct rt_object *
note_call(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    struct model *model = rt_function_data(function);
    int thing = model_find(model, args[0], true);

    assert_int_equal(count, 1);
    assert_null(rt_weakref_get(rt, args[0]));
    assert_true(thing != MODEL_NONE);
    model_called(model, thing);
    model->depth++;
    if (model_below(model, 3) == 0) {
        for (int i = 0; i < MODEL_REGISTERS; i++)
            if (model->registers[i] == thing)
                model_put(model, i, MODEL_NONE);
    } else {
        act(model, model_below(model, 2) == 0 ? MODEL_ACT_DROP : MODEL_ACT_NOTHING, thing);
    }
    model->depth--;
    model_call_ends(model, thing);
    return rt_incref(rt_none(rt));
}

/* ---- Beginning and end -------------------------------------------------------------------------- */

static struct rt_object *
make_class(struct model *model, bool has_slots, bool has_finalizer) {
    static const char *const names[] = {"e0", "e1", "e2", "e3", "tag"};
    struct rt_class_spec spec = {
        .name = has_finalizer ? "Finalized" : "Plain",
        .slots = has_slots ? names : NULL,
        .slot_count = has_slots ? MODEL_EDGES + 1 : 0,
        .has_weakref = has_slots,
        .finalizer = has_finalizer ? finalize : NULL,
        .finalizer_data = model,
    };
    struct rt_object *class_object = rt_class_new(model->rt, &spec);

    assert_non_null(class_object);
    return class_object;
}

void
model_init(struct model *model, struct rt *rt, uint64_t seed) {
    static const char *const names[] = {"e0", "e1", "e2", "e3", "tag"};

    *model = (struct model){.rt = rt};
    test_random_init(&model->random, seed);
    for (int i = 0; i < MODEL_EDGES + 1; i++)
        model->names[i] = test_name(rt, names[i]);
    for (int i = 0; i < MODEL_KEYS; i++) {
        model->map_keys[i] = rt_int_new(rt, i);
        model->values[i] = MODEL_NONE;
    }
    for (int i = 0; i < MODEL_REGISTERS; i++)
        model->registers[i] = MODEL_NONE;
    for (int i = 0; i < 2; i++) {
        model->classes[i] = make_class(model, i == 1, false);
        model->finalized_classes[i] = make_class(model, i == 1, true);
    }
    model->function = rt_function_new(rt, do_nothing, NULL, NULL);
    model->callback = rt_function_new(rt, note_call, NULL, model);
    model->weak_dict = rt_weak_dict_new(rt);
    assert_non_null(model->function);
    assert_non_null(model->callback);
    assert_non_null(model->weak_dict);
    assert_int_equal(rt_listen(rt, model_listen, model), 0);
}

void
model_fini(struct model *model) {
    struct rt *rt = model->rt;

    rt_gc_unfreeze(rt);
    for (int i = 0; i < MODEL_REGISTERS; i++)
        model_put(model, i, MODEL_NONE);
    for (int round = 0; round < 100; round++) { /* finalizers keep things for a while */
        (void)rt_gc_collect(rt, 2);
        for (int i = 0; i < MODEL_REGISTERS; i++)
            model_put(model, i, MODEL_NONE);
    }
    model_check(model);
    for (int i = 0; i < MODEL_THINGS; i++)
        assert_false(model->things[i].is_alive);
    rt_unlisten(rt, model_listen, model);
    for (int i = 0; i < MODEL_EDGES + 1; i++)
        rt_decref(rt, model->names[i]);
    for (int i = 0; i < MODEL_KEYS; i++)
        rt_decref(rt, model->map_keys[i]);
    for (int i = 0; i < 2; i++) {
        rt_decref(rt, model->classes[i]);
        rt_decref(rt, model->finalized_classes[i]);
    }
    rt_decref(rt, model->function);
    rt_decref(rt, model->callback);
    rt_decref(rt, model->weak_dict);
    (void)rt_gc_collect(rt, 2);
}
