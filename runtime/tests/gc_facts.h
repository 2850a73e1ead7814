/* SPDX-License-Identifier: MIT
 *
 * gc_facts.h: what the facts share: lists, tuples and booleans as Python writes them, and what Python allocates
 * when it asks for counts and statistics, which the figures it prints contain.
 */
#ifndef RUNTIME_TESTS_GC_FACTS_H
#define RUNTIME_TESTS_GC_FACTS_H

#include "runtime/tests/gc_oracle.h"
#include "runtime/tests/trash.h"

#include <stdio.h>

void facts_p01(struct oracle *oracle);
void facts_p02(struct oracle *oracle);
void facts_p03(struct oracle *oracle);
void facts_p04(struct oracle *oracle);
void facts_p05(struct oracle *oracle);
void facts_p06(struct oracle *oracle);
void facts_p09(struct oracle *oracle);

/* ---- Text --------------------------------------------------------------------------------------- */

enum {
    FACTS_TEXT_BYTES = 1024,
};

/* Grows to "[a, b, c]" by items already written. */
struct facts_list {
    char text[FACTS_TEXT_BYTES];
    size_t count;
};

static inline void
facts_add(struct facts_list *list, const char *item) {
    size_t length = strlen(list->text), end = length == 0 ? 0 : length - 1; /* over the bracket */
    struct rt_text text;

    rt_text_init(&text, list->text + end, sizeof list->text - end);
    rt_text_string(&text, length == 0 ? "[" : ", ");
    rt_text_string(&text, item);
    rt_text_string(&text, "]");
    list->count++;
}

/* What is in it, which is nothing from now on. */
static inline const char *
facts_taken(struct facts_list *list) {
    static char text[FACTS_TEXT_BYTES];

    snprintf(text, sizeof text, "%s", list->count == 0 ? "[]" : list->text);
    *list = (struct facts_list){.count = 0};
    return text;
}

static inline const char *
facts_bool(bool value) {
    return value ? "True" : "False";
}

/* ---- Counts ------------------------------------------------------------------------------------- */

struct facts_counts {
    long of[RT_GENERATIONS];
};

static inline struct facts_counts
facts_counts(const struct oracle *oracle) {
    return (struct facts_counts){
        {oracle_count(oracle, 0), oracle_count(oracle, 1), oracle_count(oracle, 2)}};
}

/* gc.get_count(): reads first, then makes a tuple of three, which is the caller's. */
static inline struct rt_object *
facts_get_count(struct oracle *oracle, struct facts_counts *ret_counts) {
    struct rt_object *tuple;

    *ret_counts = facts_counts(oracle);
    tuple = oracle_have(rt_tuple_new(oracle->rt, RT_GENERATIONS));
    for (size_t i = 0; i < RT_GENERATIONS; i++)
        rt_tuple_put_steal(tuple, i, oracle_have(rt_int_new(oracle->rt, ret_counts->of[i])));
    return tuple;
}

static inline struct facts_counts
facts_read_count(struct oracle *oracle) {
    struct facts_counts counts;

    rt_decref(oracle->rt, facts_get_count(oracle, &counts));
    return counts;
}

/* gc.disable(); gc.collect(); gc.freeze(); gc.collect(); gc.set_threshold(...) */
static inline void
facts_prepare(struct oracle *oracle, const int *thresholds) {
    oracle_reset(oracle, thresholds[0], thresholds[1], thresholds[2]);
    rt_gc_disable(oracle->rt);
}

/* [(s[...], ...) for s in gc.get_stats()]: a function for the comprehension, a list of three dicts, an
 * iterator, for which a cell stands here, and what it makes, which is the caller's. */
static inline struct rt_object *
facts_stats(struct oracle *oracle, size_t length) {
    struct rt *rt = oracle->rt;
    struct rt_object *function = oracle_have(rt_function_new(rt, NULL, NULL, NULL));
    struct rt_object *stats = oracle_have(rt_list_new(rt, RT_GENERATIONS)), *iterator, *result;

    for (size_t i = 0; i < RT_GENERATIONS; i++)
        rt_list_put_steal(stats, i, oracle_have(rt_dict_new(rt)));
    iterator = oracle_have(rt_cell_new(rt, stats));
    rt_decref(rt, stats);
    result = oracle_list(oracle);
    for (size_t i = 0; i < RT_GENERATIONS; i++) {
        struct rt_object *tuple = oracle_have(rt_tuple_new(rt, length));

        for (size_t j = 0; j < length; j++)
            rt_tuple_put_steal(tuple, j, rt_incref(rt_none(rt)));
        oracle_append(oracle, result, tuple);
        rt_decref(rt, tuple);
    }
    rt_decref(rt, iterator);
    rt_decref(rt, function);
    return result;
}

#endif
