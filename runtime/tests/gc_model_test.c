/* SPDX-License-Identifier: MIT
 *
 * Random programs on the heap and on the table of gc_model.h, and one graph with a million edges.
 */
#include "runtime/tests/gc_model.h"

#include "runtime/object.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- A program ---------------------------------------------------------------------------------- */

static void
make_something(struct model *model) {
    int thing = model_make(model, (enum model_kind)model_below(model, MODEL_WEAKREF));

    if (thing == MODEL_NONE)
        return;
    for (int e = 0; e < MODEL_EDGES; e++)
        if (model_below(model, 2) == 0)
            (void)model_set_edge(model, thing, e,
                                 model_below(model, 4) == 0 ? thing : model_pick(model));
    model_put(model, (int)model_below(model, MODEL_REGISTERS), thing);
    model_let_go(model, thing);
}

static void
refer(struct model *model) {
    int thing = model_pick_to_change(model);

    if (thing != MODEL_NONE)
        (void)model_set_edge(model, thing, (int)model_below(model, MODEL_EDGES),
                             model_below(model, 4) == 0 ? MODEL_NONE : model_pick(model));
}

static void
watch(struct model *model) {
    int referent = model_pick(model), weakref;

    if (referent == MODEL_NONE)
        return;
    if (!model->has_faults && model_below(model, 3) == 0) {
        (void)model_set_value(model, (int)model_below(model, MODEL_KEYS), referent);
        return;
    }
    weakref = model_watch(model, referent, model_below(model, 3) != 0);
    if (weakref != MODEL_NONE) {
        model_put(model, (int)model_below(model, MODEL_REGISTERS), weakref);
        model_let_go(model, weakref);
    }
}

static void
collect(struct model *model, int generation) {
    uint64_t collections = model->collections;
    int64_t collected = rt_gc_collect(model->rt, generation);

    assert_true(model->collections > collections || model->has_faults);
    if (!model->has_faults)
        assert_int_equal(collected, model->final_count + model->own_calls);
}

static void
turn_a_knob(struct model *model) {
    struct rt *rt = model->rt;

    switch (model_below(model, 8)) {
    case 0:
        rt_gc_freeze(rt);
        break;
    case 1:
        rt_gc_unfreeze(rt);
        break;
    case 2:
        rt_gc_enable(rt);
        break;
    case 3:
        if (model_below(model, 4) == 0)
            rt_gc_disable(rt);
        break;
    case 4:
        rt_free_lists_clear(rt);
        break;
    case 5: /* where the collector keeps its marks */
        rt->gc.table_from = model_below(model, 2) == 0 ? 1 : UINT32_MAX;
        break;
    default:
        rt_gc_set_threshold(rt, 0, (int64_t)model_below(model, 60) - 1);
        rt_gc_set_threshold(rt, 1, (int64_t)model_below(model, 6));
        rt_gc_set_threshold(rt, 2, (int64_t)model_below(model, 6));
    }
}

static void
step(struct model *model) {
    uint64_t what = model_below(model, 100);

    if (what < 40)
        make_something(model);
    else if (what < 65)
        refer(model);
    else if (what < 78)
        model_put(model, (int)model_below(model, MODEL_REGISTERS),
                  what < 72 ? model_pick(model) : MODEL_NONE);
    else if (what < 92)
        watch(model);
    else if (what < 95)
        turn_a_knob(model);
    else
        collect(model, (int)model_below(model, RT_GENERATIONS));
}

/* Of fail_every allocations one fails; 0: none. */
static void
run_with_faults(struct rt *rt, int steps, uint64_t seed, int64_t fail_every) {
    static struct model model;
    uint64_t blocks;

    blocks = test_stat(rt, RT_STAT_LIVE_BLOCKS);
    model_init(&model, rt, seed);
    model.has_faults = fail_every != 0;
    rt->config.alloc_fail_every = fail_every;
    for (int i = 0; i < steps; i++) {
        step(&model);
        if (i % 16 == 0)
            model_check(&model);
        if (i % 500 == 499)
            for (int g = 0; g < RT_GENERATIONS; g++)
                collect(&model, g);
    }
    rt->config.alloc_fail_every = 0;
    model_fini(&model);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), blocks + 1); /* interned strings' table */
    printf("# %llu collections, %llu deaths, %llu finalizers, %llu callbacks, %llu brought back\n",
           (unsigned long long)model.collections, (unsigned long long)model.deaths,
           (unsigned long long)model.finalizations, (unsigned long long)model.calls,
           (unsigned long long)model.resurrections);
    rt_destroy(rt);
}

static void
run(struct rt *rt, int steps, uint64_t seed) {
    run_with_faults(rt, steps, seed, 0);
}

static void
test_gc_model_agrees_on_every_backend(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++)
        run(test_create(NULL, test_backends[b], NULL), 20000, test_seed() + b);
}

static void
test_gc_model_agrees_under_stress(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++)
        run(test_create(NULL, test_backends[b], "gc.stress=on", NULL), 4000, test_seed() + b);
}

static void
test_gc_model_agrees_when_collected_by_hand_alone(void **state) {
    (void)state;
    run(test_create(NULL, "gc.mode=off", NULL), 10000, test_seed());
}

static void
test_gc_model_agrees_whatever_the_policy(void **state) {
    char word[64];

    (void)state;
    for (int64_t i = 0; rt_gc_policy_name(i) != NULL; i++) {
        snprintf(word, sizeof word, "gc.policy=%s", rt_gc_policy_name(i));
        run(test_create(NULL, word, "gc.threshold0=30", "gc.verify_every=7", NULL), 5000,
            test_seed() + (uint64_t)i);
    }
}

static void
test_gc_model_agrees_while_allocations_fail(void **state) {
    static const int64_t every[] = {3, 7, 20, 50};

    (void)state;
    for (size_t b = 0; b < 3; b++)
        for (size_t i = 0; i < sizeof every / sizeof every[0]; i++)
            run_with_faults(test_create_fallible(test_backends[b]), 4000, test_seed() + b + i,
                            every[i]);
}

static void
test_gc_model_agrees_under_stress_while_allocations_fail(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++)
        run_with_faults(
            test_create(NULL, test_backends[b], "alloc.fail_at=1000000000", "gc.stress=on", NULL),
            2000, test_seed() + b, 5);
}

/* ---- A million edges ---------------------------------------------------------------------------- */

enum {
    NODES = 250000,
    NODE_EDGES = 4,
    GROUP = 1000, /* most edges stay within such a stretch of nodes */
};

struct graph {
    struct rt *rt;
    struct rt_object *nodes[NODES]; /* what the test holds; NULL: no more */
    int edges[NODES][NODE_EDGES];
    bool is_reachable[NODES], is_dead[NODES];
    int waiting[NODES];
};

/* Not a container: it notes the end of the list that it is in. */
struct mark {
    struct rt_object object;
    bool *is_dead;
};

static void
drop_mark(struct rt *rt, struct rt_object *object) {
    struct mark *mark = (struct mark *)object;

    assert_false(*mark->is_dead);
    *mark->is_dead = true;
    rt_free(rt, mark, sizeof *mark);
}

static const struct rt_type mark_type = {.drop = drop_mark, .name = "mark", .kind = RT_KIND_BYTES};

static struct rt_object *
make_node(struct graph *graph, int number) {
    struct mark *mark = rt_alloc(graph->rt, sizeof *mark);
    struct rt_object *node = rt_list_new(graph->rt, NODE_EDGES + 1);

    assert_non_null(mark);
    assert_non_null(node);
    *mark = (struct mark){{1, &mark_type}, &graph->is_dead[number]};
    rt_list_put_steal(node, 0, &mark->object);
    return node;
}

static void
build(struct graph *graph, struct test_random *random) {
    memset(graph->is_dead, 0, sizeof graph->is_dead);
    for (int i = 0; i < NODES; i++)
        graph->nodes[i] = make_node(graph, i);
    for (int i = 0; i < NODES; i++)
        for (int e = 0; e < NODE_EDGES; e++) {
            bool is_far = test_random_below(random, 2 * GROUP * NODE_EDGES) == 0;
            int target = is_far ? (int)test_random_below(random, NODES)
                                : i - i % GROUP + (int)test_random_below(random, GROUP);

            graph->edges[i][e] = target;
            rt_list_put_steal(graph->nodes[i], (size_t)e + 1, rt_incref(graph->nodes[target]));
        }
}

/* Keeps a node of every third group; says how many are not reachable from these. */
static int
let_go(struct graph *graph, struct test_random *random) {
    int count = 0, unreachable = NODES;

    memset(graph->is_reachable, 0, sizeof graph->is_reachable);
    for (int i = 0; i < NODES; i += 3 * GROUP) {
        graph->waiting[count] = i + (int)test_random_below(random, GROUP);
        graph->is_reachable[graph->waiting[count++]] = true;
    }
    for (int i = 0; i < NODES; i++)
        if (!graph->is_reachable[i]) {
            rt_decref(graph->rt, graph->nodes[i]);
            graph->nodes[i] = NULL;
        }
    while (count > 0) {
        int node = graph->waiting[--count];

        unreachable--;
        for (int e = 0; e < NODE_EDGES; e++) {
            int target = graph->edges[node][e];

            if (!graph->is_reachable[target])
                graph->waiting[count++] = target;
            graph->is_reachable[target] = true;
        }
    }
    return unreachable;
}

static void
collect_graph(struct graph *graph, struct rt *rt, uint64_t seed) {
    struct test_random random;
    int64_t unreachable, dead = 0, collected;

    graph->rt = rt;
    rt_gc_disable(rt);
    test_random_init(&random, seed);
    build(graph, &random);
    assert_int_equal(rt_gc_collect(rt, (int)test_random_below(&random, 3)), 0);
    unreachable = let_go(graph, &random);
    for (int i = 0; i < NODES; i++)
        dead += graph->is_dead[i]; /* by their counts: nobody referred to them */
    collected = rt_gc_collect(rt, 2);
    assert_int_equal(collected + dead, unreachable);
    for (int i = 0; i < NODES; i++)
        assert_int_equal(graph->is_dead[i], !graph->is_reachable[i]);
    assert_true(unreachable > NODES / 10 && unreachable < NODES * 9 / 10);
    assert_int_equal(rt_gc_objects_count(rt, 2), NODES - unreachable);
    assert_int_equal(rt_gc_collect(rt, 2), 0);
    assert_verified(rt);
    for (int i = 0; i < NODES; i++)
        rt_xdecref(rt, graph->nodes[i]);
    (void)rt_gc_collect(rt, 2);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_gc_model_agrees_on_a_million_edges(void **state) {
    struct graph *graph = malloc(sizeof *graph);

    (void)state;
    assert_non_null(graph);
    for (size_t b = 0; b < 3; b++)
        collect_graph(graph, test_create(NULL, test_backends[b], NULL), test_seed() + b);
    free(graph);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_model_agrees_on_every_backend),
        cmocka_unit_test(test_gc_model_agrees_under_stress),
        cmocka_unit_test(test_gc_model_agrees_when_collected_by_hand_alone),
        cmocka_unit_test(test_gc_model_agrees_whatever_the_policy),
        cmocka_unit_test(test_gc_model_agrees_while_allocations_fail),
        cmocka_unit_test(test_gc_model_agrees_under_stress_while_allocations_fail),
        cmocka_unit_test(test_gc_model_agrees_on_a_million_edges),
    };

    return cmocka_run_group_tests_name("gc_model", tests, NULL, NULL);
}
