/* SPDX-License-Identifier: MIT
 *
 * gc_oracle.h: CPython's collector and ours, side by side.
 *
 * A program that embeds CPython 3.11.2 went through seventeen scenarios, S1 to S17, from an empty start, and
 * printed counts, statistics and the lengths of generations after each step: data/gc-3.11.2.txt. Here each
 * scenario is made again with our calls. What it says is compared with the next line of its section,
 * letter by letter; a scenario fails at its end, when every line that differed has been shown. It may not
 * end before its section, and leaves a line out only by naming it.
 *
 * The same is done with what seven Python programs print of the collector, data/gc-facts-3.11.2.txt: see
 * gc_facts_test.c.
 */
#ifndef RUNTIME_TESTS_GC_ORACLE_H
#define RUNTIME_TESTS_GC_ORACLE_H

#include "runtime/tests/objects.h"

#include "runtime/context.h"

enum {
    ORACLE_KEEP_COUNT = 200000,
    ORACLE_ORDER_BYTES = 512,
};

struct oracle_section {
    char **lines;
    size_t count, at;  /* the next line */
    size_t first_line; /* its number in the file */
    size_t mismatches;
};

struct oracle {
    struct rt *rt;
    uint64_t blocks; /* live ones at the start, and at the end */
    struct oracle_section section;
    struct rt_gc_stats base[RT_GENERATIONS]; /* as they were at the reset */
    struct rt_object **keep;                 /* what the scenario holds, by its own numbers */
    struct rt_object *plain;                 /* class P: pass */
    struct rt_object *x, *y, *one;           /* two names and an int */
    uint64_t seen[RT_GENERATIONS];           /* collections, when last logged */
    size_t logged, quiet;                    /* lines so far, and how many may be */
    char order[ORACLE_ORDER_BYTES];          /* what callbacks and finalizers noted */
};

struct oracle_scenario {
    const char *path; /* of the file that has its section, */
    const char *name; /* whose title begins with this: "S1" */
    void (*run)(struct oracle *oracle);
};

void oracle_s1(struct oracle *oracle);
void oracle_s2(struct oracle *oracle);
void oracle_s3(struct oracle *oracle);
void oracle_s4(struct oracle *oracle);
void oracle_s5(struct oracle *oracle);
void oracle_s6(struct oracle *oracle);
void oracle_s7(struct oracle *oracle);
void oracle_s8(struct oracle *oracle);
void oracle_s9(struct oracle *oracle);
void oracle_s10(struct oracle *oracle);
void oracle_s11(struct oracle *oracle);
void oracle_s12(struct oracle *oracle);
void oracle_s13(struct oracle *oracle);
void oracle_s14(struct oracle *oracle);
void oracle_s15(struct oracle *oracle);
void oracle_s16(struct oracle *oracle);
void oracle_s17(struct oracle *oracle);

/* Runs a scenario in a context with that backend, and fails if anything was otherwise. */
void oracle_run(const struct oracle_scenario *scenario, const char *backend);

/* ---- For scenarios ---- */

/* The next line. */
void oracle_say(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next line: counts and statistics since the reset. */
void oracle_show(struct oracle *oracle, const char *tag);

/* The next line begins so, and is not compared. */
void oracle_leave_out(struct oracle *oracle, const char *beginning);

/* Everything there is becomes permanent, so that the generations are empty and all numbers 0. */
void oracle_reset(struct oracle *oracle, int64_t t0, int64_t t1, int64_t t2);
void oracle_threshold(struct oracle *oracle, int64_t t0, int64_t t1, int64_t t2);
void oracle_finish(struct oracle *oracle);
long oracle_full(struct oracle *oracle);
long oracle_collect(struct oracle *oracle, int generation);

/* Drops keep[0 ... count). */
void oracle_drop(struct oracle *oracle, size_t count);

/* A log has a line for each step in which something was collected, up to `quiet` of them. */
void oracle_log_start(struct oracle *oracle, size_t quiet);
void oracle_log_step(struct oracle *oracle, long step);

static inline int64_t
oracle_count(const struct oracle *oracle, int generation) {
    return rt_gc_count(oracle->rt, generation);
}

static inline long
oracle_length(const struct oracle *oracle, int generation) {
    return (long)rt_gc_objects_count(oracle->rt, generation);
}

/* Collections since the reset. */
static inline long
oracle_runs(const struct oracle *oracle, int generation) {
    struct rt_gc_stats stats;

    rt_gc_stats_read(oracle->rt, generation, &stats);
    return (long)(stats.collections - oracle->base[generation].collections);
}

static inline long
oracle_pending(const struct oracle *oracle) {
    return (long)rt_gc_long_lived_pending(oracle->rt);
}

static inline long
oracle_total(const struct oracle *oracle) {
    return (long)rt_gc_long_lived_total(oracle->rt);
}

/* The caller's own reference. */
static inline struct rt_object *
oracle_have(struct rt_object *object) {
    assert_non_null(object);
    return object;
}

static inline struct rt_object *
oracle_list(const struct oracle *oracle) {
    return oracle_have(rt_list_new(oracle->rt, 0));
}

static inline struct rt_object *
oracle_instance(const struct oracle *oracle) {
    return oracle_have(rt_instance_new(oracle->rt, oracle->plain));
}

static inline void
oracle_append(const struct oracle *oracle, struct rt_object *list, struct rt_object *item) {
    assert_int_equal(rt_list_append(oracle->rt, list, item), 0);
}

static inline void
oracle_set_attr(const struct oracle *oracle, struct rt_object *instance, struct rt_object *name,
                struct rt_object *value) {
    assert_int_equal(rt_attr_set(oracle->rt, instance, name, value), 0);
}

/* A list that holds itself, and nobody else does. */
static inline void
oracle_self_list(const struct oracle *oracle) {
    struct rt_object *list = oracle_list(oracle);

    oracle_append(oracle, list, list);
    rt_decref(oracle->rt, list);
}

#endif
