/* SPDX-License-Identifier: MIT
 *
 * gc_model_check.c: what the table says must be true. See gc_model.h.
 *
 * A collection's set are the things that are tracked in its generations when it begins. Those of it that
 * nothing leads to, neither what the test holds nor what is outside of the set, are unreachable. Weak references
 * to them die, and those from elsewhere are called. When callbacks and finalizers have run, the unreachable
 * to which still nothing leads are *final*; what was made meanwhile counts as outside. All final ones are dead in
 * the end, and no others that were unreachable, but for those that went by their reference counts.
 *
 * Where memory was refused on the way the collector may have given up, and then only what must never happen
 * is looked for: that something reachable dies, or is finalized twice.
 */
#include "runtime/tests/gc_model.h"

#include "runtime/context.h"

/* ---- Reachability ------------------------------------------------------------------------------- */

void
model_reach(const struct model *model, const bool *is_root, bool *ret_reachable) {
    bool has_changed = true;

    for (int i = 0; i < MODEL_THINGS; i++) {
        const struct model_thing *thing = &model->things[i];

        ret_reachable[i] = thing->is_alive && (thing->held > 0 || (is_root != NULL && is_root[i]));
    }
    while (has_changed) {
        has_changed = false;
        for (int i = 0; i < MODEL_THINGS; i++)
            for (int e = 0; ret_reachable[i] && e < MODEL_EDGES; e++) {
                int target = model->things[i].edges[e];

                if (target != MODEL_NONE && !ret_reachable[target])
                    has_changed = ret_reachable[target] = true;
            }
    }
}

static int
count_references(const struct model *model, int thing) {
    int count = model->things[thing].held;

    for (int i = 0; i < MODEL_THINGS; i++)
        for (int e = 0; model->things[i].is_alive && e < MODEL_EDGES; e++)
            count += model->things[i].edges[e] == thing;
    return count;
}

/* ---- Death -------------------------------------------------------------------------------------- */

static void
lose_referent(struct model *model, int referent) {
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];

        if (thing->is_alive && thing->kind == MODEL_WEAKREF && thing->referent == referent) {
            thing->referent = MODEL_NONE;
            thing->was_missed = thing->has_callback;
        }
    }
    for (int i = 0; i < MODEL_KEYS; i++)
        if (model->values[i] == referent)
            model->values[i] = MODEL_NONE;
}

static void
bury(struct model *model, int thing) {
    struct model_thing *row = &model->things[thing];

    row->is_alive = false;
    assert_int_equal(row->held, 0);
    assert_int_equal(row->finalized, row->has_finalizer);
    for (int e = 0; e < MODEL_EDGES; e++)
        row->edges[e] = MODEL_NONE;
    lose_referent(model, thing);
    model->deaths++;
    for (int i = 0; i < MODEL_THINGS; i++)
        if (model->things[i].is_alive && model->things[i].inner == thing)
            bury(model, i);
}

void
model_died(struct model *model, int thing) {
    bool reachable[MODEL_THINGS];

    if (thing == MODEL_NONE)
        return; /* it was never entered */
    assert_true(model->things[thing].is_alive);
    model_reach(model, NULL, reachable);
    assert_false(reachable[thing]);
    bury(model, thing);
}

void
model_settle(struct model *model) {
    for (int i = 0; model->depth == 0 && i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];

        if (thing->is_alive && thing->kind == MODEL_WEAKREF && !thing->is_due) {
            if (count_references(model, i) == 0)
                thing->is_alive = false;
            else
                assert_false(thing->was_missed && !model->has_faults);
        }
    }
}

void
model_called(struct model *model, int thing) {
    struct model_thing *row = &model->things[thing];
    bool reachable[MODEL_THINGS];

    assert_true(row->has_callback);
    assert_int_equal(row->called++, 0);
    assert_false(row->was_missed);
    if (!row->is_due) { /* its referent dies by its count */
        assert_true(row->referent != MODEL_NONE);
        model_reach(model, NULL, reachable);
        assert_false(reachable[row->referent]);
    }
    row->referent = MODEL_NONE;
    model->calls++;
}

void
model_call_ends(struct model *model, int thing) {
    struct model_thing *row = &model->things[thing];

    if (row->is_due && count_references(model, thing) == 0) {
        row->is_alive = false;
        model->own_calls++;
    }
    row->is_due = false;
}

/* ---- A collection ------------------------------------------------------------------------------- */

static void
begin(struct model *model, const struct rt_gc_cycle *cycle) {
    bool is_outside[MODEL_THINGS], reachable[MODEL_THINGS];

    assert_false(model->is_collecting);
    assert_int_equal(model->depth, 0);
    model_settle(model);
    model->is_collecting = true;
    model->faults = model->rt->faults_injected;
    model->set_count = model->calls_due = model->own_calls = model->final_count = 0;
    for (int g = 0; g <= cycle->generation; g++)
        model->set_count += rt_gc_objects_count(model->rt, g);
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];
        int g = thing->is_alive ? rt_gc_generation_of(model->rt, thing->object) : -1;

        thing->was_in_set = thing->is_alive && g >= 0 && g <= cycle->generation;
        is_outside[i] = thing->is_alive && !thing->was_in_set;
    }
    model_reach(model, is_outside, reachable);
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];

        thing->is_unreachable = thing->is_final = thing->was_in_set && !reachable[i];
        model->final_count += thing->is_final;
    }
}

/* The unreachable are known: weak references to them die, and they themselves where they are some. */
static void
note_dead_weakrefs(struct model *model) {
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];
        int referent = thing->referent;

        if (!thing->is_alive || thing->kind != MODEL_WEAKREF || referent == MODEL_NONE)
            continue;
        if (!thing->is_unreachable && !model->things[referent].is_unreachable)
            continue;
        thing->due_referent = referent;
        thing->referent = MODEL_NONE;
        thing->is_due = thing->has_callback && !thing->is_unreachable;
        model->calls_due += thing->is_due;
    }
    for (int i = 0; i < MODEL_KEYS; i++)
        if (model->values[i] != MODEL_NONE && model->things[model->values[i]].is_unreachable) {
            model->values[i] = MODEL_NONE;
            model->calls_due++;
            model->own_calls++; /* the entry goes with its callback */
        }
}

/* Callbacks and finalizers have run: who lives on? */
static void
find_final(struct model *model) {
    bool is_outside[MODEL_THINGS], reachable[MODEL_THINGS];

    model_settle(model);
    for (int i = 0; i < MODEL_THINGS; i++)
        is_outside[i] = model->things[i].is_alive && !model->things[i].is_unreachable;
    model_reach(model, is_outside, reachable);
    model->final_count = 0;
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];

        if (!thing->is_unreachable)
            continue;
        thing->is_final = thing->is_alive && !reachable[i];
        model->final_count += thing->is_final;
        model->resurrections += thing->is_alive && reachable[i];
    }
}

static void
check_thing_after(struct model *model, int i, int generation) {
    struct model_thing *thing = &model->things[i];
    int g;

    if (thing->is_final && thing->kind != MODEL_WEAKREF)
        assert_false(thing->is_alive);
    if (thing->is_final && thing->kind == MODEL_WEAKREF)
        thing->is_alive = false;
    if (!thing->is_alive || !thing->was_in_set)
        return;
    if (thing->is_unreachable)
        assert_int_equal(thing->finalized, thing->has_finalizer);
    g = rt_gc_generation_of(model->rt, thing->object);
    if (thing->kind != MODEL_TUPLE && thing->kind != MODEL_DICT)
        assert_int_equal(g, generation < 2 ? generation + 1 : 2);
    else /* or untracked, and a dict perhaps tracked anew since */
        assert_true(g == -1 || g == (generation < 2 ? generation + 1 : 2) ||
                    (g == 0 && thing->kind == MODEL_DICT));
}

/* The collector may have stopped anywhere: the table learns from the heap how far it came. */
static void
learn_after_faults(struct model *model) {
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];

        if (thing->kind != MODEL_WEAKREF || !thing->is_alive || count_references(model, i) == 0)
            continue;
        if (thing->due_referent != MODEL_NONE && rt_weakref_get(model->rt, thing->object) != NULL)
            thing->referent = thing->due_referent;
    }
}

/* An instance whose class got no memory for one more shared name has a dict instead, of which the table knows
 * nothing. */
static uint64_t
count_unknown_dicts_max(const struct model *model) {
    uint64_t count = 0;

    for (int i = 0; model->has_faults && i < MODEL_THINGS; i++)
        count += model->things[i].is_final && model->things[i].kind == MODEL_INSTANCE;
    return count;
}

static void
end(struct model *model, const struct rt_gc_cycle *cycle) {
    bool is_sure = model->rt->faults_injected == model->faults;

    if (is_sure) {
        assert_int_equal(cycle->examined, model->set_count);
        assert_int_equal(cycle->callbacks_called, model->calls_due);
        assert_in_range(cycle->collected, model->final_count + model->own_calls,
                        model->final_count + model->own_calls + count_unknown_dicts_max(model));
        assert_int_equal(cycle->uncollectable, 0);
        for (int i = 0; i < MODEL_THINGS; i++)
            assert_false(model->things[i].is_alive && model->things[i].is_due);
        model_settle(model);
        for (int i = 0; i < MODEL_THINGS; i++)
            check_thing_after(model, i, cycle->generation);
    } else {
        learn_after_faults(model);
    }
    for (int i = 0; i < MODEL_THINGS; i++) {
        struct model_thing *thing = &model->things[i];

        thing->was_in_set = thing->is_unreachable = thing->is_final = thing->is_due = false;
        thing->due_referent = MODEL_NONE;
    }
    model->is_collecting = false;
    model->collections++;
    model_settle(model);
}

void
model_listen(void *context, const struct rt_event *event) {
    struct model *model = context;

    if (event->kind == RT_EVENT_GC_BEGIN)
        begin(model, event->cycle);
    else if (event->kind == RT_EVENT_GC_END)
        end(model, event->cycle);
    else if (event->kind == RT_EVENT_GC_PHASE && event->cycle->phase == RT_GC_PHASE_TRACE)
        note_dead_weakrefs(model);
    else if (event->kind == RT_EVENT_GC_PHASE && event->cycle->phase == RT_GC_PHASE_FINALIZE)
        find_final(model);
}

/* ---- At rest ------------------------------------------------------------------------------------ */

static void
check_thing(const struct model *model, int i) {
    const struct model_thing *thing = &model->things[i];
    struct rt *rt = model->rt;

    assert_int_equal(thing->object->count, count_references(model, i));
    assert_int_equal(rt_gc_is_finalized(thing->object), thing->finalized > 0);
    if (thing->kind == MODEL_WEAKREF) {
        struct rt_object *referent = rt_weakref_get(rt, thing->object);

        assert_ptr_equal(
            referent, thing->referent == MODEL_NONE ? NULL : model->things[thing->referent].object);
    }
    if (!rt_is_tracked(thing->object)) {
        assert_true(thing->kind == MODEL_TUPLE || thing->kind == MODEL_DICT);
        for (int e = 0; e < MODEL_EDGES; e++)
            assert_false(thing->edges[e] != MODEL_NONE &&
                         rt_is_tracked(model->things[thing->edges[e]].object));
    }
}

static void
check_values(struct model *model) {
    for (int i = 0; i < MODEL_KEYS; i++) {
        struct rt_object *value = rt_weak_dict_get(model->rt, model->weak_dict, model->map_keys[i]);

        assert_ptr_equal(
            value, model->values[i] == MODEL_NONE ? NULL : model->things[model->values[i]].object);
        if (value != NULL)
            value->count--; /* it lives: it is the model's */
    }
}

void
model_check(struct model *model) {
    model_settle(model);
    for (int i = 0; i < MODEL_THINGS; i++)
        if (model->things[i].is_alive)
            check_thing(model, i);
    if (!model->has_faults)
        check_values(model);
    assert_verified(model->rt);
}
