/* SPDX-License-Identifier: MIT
 *
 * gc_oracle_counts.c: the scenarios of what is counted, and what is collected when: S1 to S5, S9, and S12 to
 * S15. PyGC_Collect, which has no call of ours, is a collection unless the collector is disabled.
 */
#include "runtime/tests/gc_oracle.h"

#include <stdio.h>
#include <stdlib.h>

static void
keep_lists(struct oracle *oracle, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        oracle->keep[i] = oracle_list(oracle);
}

static void
keep_sets(struct oracle *oracle, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        oracle->keep[i] = oracle_have(rt_set_new(oracle->rt));
}

void
oracle_s1(struct oracle *oracle) {
    oracle_reset(oracle, 700, 10, 10);
    oracle_log_start(oracle, 16);
    for (long i = 1; i <= 9000; i++) {
        oracle->keep[i] = oracle_list(oracle);
        oracle_log_step(oracle, i);
    }
    oracle_show(oracle, "after 9000");
    oracle_drop(oracle, 9001);
    oracle_show(oracle, "after dropping all");
    oracle_finish(oracle);
}

void
oracle_s2(struct oracle *oracle) {
    oracle_reset(oracle, 5, 100, 100);
    for (long i = 1; i <= 14; i++) {
        oracle->keep[i] = oracle_list(oracle);
        oracle_say(oracle, "  alloc %2ld -> count0=%ld runs0=%ld gen0-len=%ld", i,
                   oracle_count(oracle, 0), oracle_runs(oracle, 0), oracle_length(oracle, 0));
    }
    oracle_drop(oracle, 15);
    oracle_finish(oracle);
}

/* ---- S3: free lists ----------------------------------------------------------------------------- */

static void
keep_none_tuples(struct oracle *oracle, size_t count) {
    struct rt_object *none = rt_none(oracle->rt);

    for (size_t i = 0; i < count; i++)
        oracle->keep[i] = oracle_have(rt_tuple_pack(oracle->rt, &none, 1));
}

static void
keep_tuples(struct oracle *oracle, size_t count, size_t length) {
    for (size_t i = 0; i < count; i++)
        oracle->keep[i] = oracle_have(rt_tuple_new(oracle->rt, length));
}

static void
show_tuples(struct oracle *oracle, size_t length) {
    char tag[64];

    (void)oracle_full(oracle);
    keep_tuples(oracle, 100, length);
    snprintf(tag, sizeof tag, "100 %zu-tuples", length);
    oracle_show(oracle, tag);
    oracle_drop(oracle, 100);
    oracle_show(oracle, "  freed");
    keep_tuples(oracle, 100, length);
    snprintf(tag, sizeof tag, "  100 %zu-tuples again", length);
    oracle_show(oracle, tag);
    oracle_drop(oracle, 100);
}

static struct rt_object *
make_list(struct rt *rt) {
    return rt_list_new(rt, 0);
}

static void
show_fifty(struct oracle *oracle, struct rt_object *(*make)(struct rt *rt), const char *tag) {
    for (int i = 0; i < 50; i++)
        rt_decref(oracle->rt, oracle_have(make(oracle->rt)));
    oracle_show(oracle, tag);
}

void
oracle_s3(struct oracle *oracle) {
    oracle_reset(oracle, 0, 10, 10);
    keep_lists(oracle, 0, 200);
    oracle_show(oracle, "200 lists");
    oracle_drop(oracle, 200);
    oracle_show(oracle, "200 freed (80 kept)");
    keep_lists(oracle, 0, 100);
    oracle_show(oracle, "100 lists (80 reused)");
    oracle_drop(oracle, 100);
    (void)oracle_full(oracle);
    oracle_show(oracle, "full collection frees lists");
    for (size_t i = 0; i < 200; i++)
        oracle->keep[i] = oracle_have(rt_dict_new(oracle->rt));
    oracle_show(oracle, "200 dicts");
    oracle_drop(oracle, 200);
    oracle_show(oracle, "200 dicts freed (80 kept)");
    (void)oracle_full(oracle);
    keep_none_tuples(oracle, 3000);
    oracle_show(oracle, "3000 1-tuples");
    oracle_drop(oracle, 3000);
    oracle_show(oracle, "freed (2000 kept)");
    keep_none_tuples(oracle, 3000);
    oracle_show(oracle, "3000 again (2000 reused)");
    oracle_drop(oracle, 3000);
    (void)oracle_full(oracle);
    show_tuples(oracle, 19);
    show_tuples(oracle, 20);
    show_tuples(oracle, 21);
    (void)oracle_full(oracle);
    show_fifty(oracle, make_list, "50 x (PyList_New; DECREF)");
    show_fifty(oracle, rt_list_call, "50 x (list type called; DECREF)");
    show_fifty(oracle, rt_dict_call, "50 x (dict type called; DECREF)");
    show_fifty(oracle, rt_set_new, "50 x (PySet_New; DECREF)");
    oracle_finish(oracle);
}

void
oracle_s4(struct oracle *oracle) {
    oracle_reset(oracle, 700, 10, 10);
    rt_gc_disable(oracle->rt);
    keep_sets(oracle, 0, 300);
    oracle_show(oracle, "disabled: 300 sets");
    oracle->rt->young_count = 10;
    oracle_drop(oracle, 300);
    oracle_show(oracle, "count forced to 10, 300 freed");
    rt_gc_enable(oracle->rt);
    keep_sets(oracle, 0, 3);
    oracle_show(oracle, "3 more sets");
    oracle_drop(oracle, 3);
    oracle_threshold(oracle, 0, 10, 10);
    keep_sets(oracle, 0, 2000);
    oracle_show(oracle, "threshold0=0: 2000 sets");
    oracle_threshold(oracle, 700, 10, 10);
    keep_sets(oracle, 2000, 2001);
    oracle_show(oracle, "threshold0=700: one more set");
    oracle_drop(oracle, 2001);
    oracle_show(oracle, "all freed");
    oracle_threshold(oracle, -5, 10, 10);
    keep_sets(oracle, 0, 4);
    oracle_show(oracle, "threshold0=-5: 4 sets");
    oracle_drop(oracle, 4);
    oracle_finish(oracle);
}

/* ---- S5: lists that hold themselves ------------------------------------------------------------- */

static void
drop_self_lists(struct oracle *oracle, int t0, int t1, int t2, int count) {
    char tag[64];

    oracle_reset(oracle, t0, t1, t2);
    for (int i = 0; i < count; i++)
        oracle_self_list(oracle);
    snprintf(tag, sizeof tag, "(%d,%d,%d) %d self-lists", t0, t1, t2, count);
    oracle_show(oracle, tag);
    oracle_say(oracle, "    left: gen-len=(%ld,%ld,%ld) pending=%ld", oracle_length(oracle, 0),
               oracle_length(oracle, 1), oracle_length(oracle, 2), oracle_pending(oracle));
    oracle_say(oracle, "    gc.collect() returns %ld", oracle_full(oracle));
    rt_gc_disable(oracle->rt);
}

static void
collect_some(struct oracle *oracle, int count, int generation, const char *tag) {
    for (int i = 0; i < count; i++)
        oracle_self_list(oracle);
    oracle_say(oracle, "    collect(%d) -> %ld", generation, oracle_collect(oracle, generation));
    oracle_show(oracle, tag);
}

static long
collect_if_enabled(struct oracle *oracle) {
    return rt_gc_is_enabled(oracle->rt) ? oracle_full(oracle) : 0;
}

static void
collect_while_disabled(struct oracle *oracle) {
    oracle_reset(oracle, 700, 10, 10);
    rt_gc_disable(oracle->rt);
    for (int i = 0; i < 1000; i++)
        oracle_self_list(oracle);
    oracle_show(oracle, "1000 self-lists");
    collect_some(oracle, 0, 0, "after collect(0)");
    collect_some(oracle, 10, 1, "10 more, collect(1)");
    collect_some(oracle, 10, 2, "10 more, collect(2)");
    oracle_say(oracle, "    PyGC_Collect() while disabled -> %ld (does nothing)",
               collect_if_enabled(oracle));
    oracle_show(oracle, "after PyGC_Collect");
    rt_gc_enable(oracle->rt);
    oracle_say(oracle, "    PyGC_Collect() while enabled -> %ld", collect_if_enabled(oracle));
    oracle_show(oracle, "after PyGC_Collect");
    oracle_finish(oracle);
}

void
oracle_s5(struct oracle *oracle) {
    drop_self_lists(oracle, 700, 10, 10, 50000);
    drop_self_lists(oracle, 1000, 15, 5, 50000);
    drop_self_lists(oracle, 10, 2, 2, 5000);
    drop_self_lists(oracle, 1, 1, 1, 1000);
    drop_self_lists(oracle, 0, 10, 10, 5000);
    drop_self_lists(oracle, 2000, 10, 10, 50000);
    oracle_leave_out(oracle, "S5b ");
    collect_while_disabled(oracle);
}

/* ---- When everything is collected --------------------------------------------------------------- */

void
oracle_s9(struct oracle *oracle) {
    long last = 0;

    oracle_reset(oracle, 10, 2, 2);
    for (long i = 1; i <= 20000; i++) {
        long pending = oracle_pending(oracle), total = oracle_total(oracle);
        long count2 = oracle_count(oracle, 2);

        oracle->keep[i] = oracle_list(oracle);
        if (oracle_runs(oracle, 2) != last)
            oracle_say(oracle,
                       "    at list %ld: full collection; before: pending=%ld total=%ld count2=%ld",
                       i, pending, total, count2);
        last = oracle_runs(oracle, 2);
    }
    oracle_show(oracle, "end");
    oracle_say(oracle, "    pending=%ld", oracle_pending(oracle));
    oracle_drop(oracle, 20001);
    oracle_finish(oracle);
}

void
oracle_s14(struct oracle *oracle) {
    long last[RT_GENERATIONS] = {0};
    int shown = 0;

    oracle_reset(oracle, 700, 10, 10);
    for (long i = 1; i <= 120000; i++) {
        oracle->keep[i] = oracle_list(oracle);
        for (int g = 1; g < RT_GENERATIONS; g++)
            if (oracle_runs(oracle, g) != last[g]) {
                last[g] = oracle_runs(oracle, g);
                if (g == 2 || shown++ < 3)
                    oracle_say(oracle, "    gen %d at list %ld (trigger %ld)", g, i, i / 701);
            }
    }
    oracle_show(oracle, "end");
    oracle_say(oracle, "    pending=%ld total=%ld", oracle_pending(oracle), oracle_total(oracle));
    oracle_drop(oracle, 120001);
    oracle_finish(oracle);
}

/* ---- S12: by hand, and frozen ------------------------------------------------------------------- */

static void
say_lengths(struct oracle *oracle, const char *what, const char *more) {
    oracle_say(oracle, "  %s: (%ld,%ld,%ld) pending=%ld%s", what, oracle_length(oracle, 0),
               oracle_length(oracle, 1), oracle_length(oracle, 2), oracle_pending(oracle), more);
}

void
oracle_s12(struct oracle *oracle) {
    struct rt *rt = oracle->rt;
    char more[64];
    long collected;

    oracle_reset(oracle, 0, 10, 10);
    keep_lists(oracle, 0, 100);
    oracle_say(oracle, "  gen-len (%ld,%ld,%ld)", oracle_length(oracle, 0),
               oracle_length(oracle, 1), oracle_length(oracle, 2));
    (void)oracle_collect(oracle, 0);
    say_lengths(oracle, "collect(0)", "");
    (void)oracle_collect(oracle, 1);
    say_lengths(oracle, "collect(1)", "");
    oracle_show(oracle, "counts");
    (void)oracle_collect(oracle, 1);
    say_lengths(oracle, "collect(1) again", "");
    oracle_show(oracle, "counts");
    (void)oracle_collect(oracle, 2);
    oracle_say(oracle, "  collect(2): pending=%ld total=%ld", oracle_pending(oracle),
               oracle_total(oracle));
    oracle_show(oracle, "counts");
    rt->young_count = 5;
    rt->gc.count[1] = 6;
    rt->gc.count[2] = 7;
    rt->gc.long_lived_pending = 3;
    rt_gc_freeze(rt);
    snprintf(more, sizeof more, " total=%ld (both untouched)", oracle_total(oracle));
    say_lengths(oracle, "freeze", more);
    oracle_show(oracle, "counts after freeze");
    collected = oracle_full(oracle);
    oracle_say(oracle, "  collect(2), all frozen -> %ld; pending=%ld total=%ld", collected,
               oracle_pending(oracle), oracle_total(oracle));
    oracle_drop(oracle, 100);
    oracle_finish(oracle);
}

/* ---- Counting meanwhile ------------------------------------------------------------------------- */

void
oracle_s13(struct oracle *oracle) {
    struct rt *rt = oracle->rt;

    oracle_reset(oracle, 300, 10, 10);
    oracle_log_start(oracle, 8);
    for (long i = 1; i <= 500; i++) {
        struct rt_object *list = oracle_list(oracle), *dict = oracle_have(rt_dict_new(rt));

        assert_int_equal(rt_dict_set(rt, dict, oracle->x, list), 0);
        oracle_append(oracle, list, dict);
        rt_decref(rt, list);
        rt_decref(rt, dict);
        oracle_log_step(oracle, i);
    }
    oracle_show(oracle, "end");
    oracle_say(oracle, "    collect -> %ld", oracle_full(oracle));
    oracle_finish(oracle);
}

void
oracle_s15(struct oracle *oracle) {
    oracle_reset(oracle, 5, 10, 10);
    rt_gc_hold(oracle->rt);
    keep_lists(oracle, 0, 20);
    oracle_show(oracle, "20 lists, exception set");
    rt_gc_release(oracle->rt);
    keep_lists(oracle, 20, 21);
    oracle_show(oracle, "cleared, one more list");
    oracle_drop(oracle, 21);
    oracle_finish(oracle);
}
