/* SPDX-License-Identifier: MIT
 *
 * outcome.h: runs a workload in a context of its own and keeps what came of it, for the tests of workloads
 * that make objects.
 */
#ifndef WORKLOADS_TESTS_OUTCOME_H
#define WORKLOADS_TESTS_OUTCOME_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workload.h"

enum {
    OUTCOME_POINTS = 128,
    OUTCOME_NOTE_BYTES = 256
};

struct outcome {
    int error;
    uint64_t digest, operations, items, items_live_bytes, expected_peak, peak_bytes;
    uint64_t left_blocks; /* that the run asked for and did not free */
    uint64_t faults;      /* requests that failed because they were made to */
    uint64_t expected_trash, trash_objects;
    uint64_t collected, collections, examined; /* of the whole run */
    double metrics[WL_METRICS_MOST];
    char why[256];
    /* what the listener heard */
    uint64_t begins, ends;
    bool is_done;
    uint64_t waits, due_ns; /* how many, and until when the last one was */
    size_t note_count;
    char notes[WL_NOTES_MOST][OUTCOME_NOTE_BYTES];
    size_t points[WL_SERIES_MOST];
    int64_t at[WL_SERIES_MOST][OUTCOME_POINTS], value[WL_SERIES_MOST][OUTCOME_POINTS];
};

struct outcome_call {
    const char *workload;
    const char *const *sets; /* "name=value", ended by NULL; the runtime's knobs as well */
    uint64_t seed;
    int64_t fail_at;
    /* Called before the operation of that number begins, with the block that a request of so many bytes
     * got and gave back when the context was new: the first object of that size has it now. */
    void (*disturb)(unsigned char *block);
    uint64_t disturb_at;
    size_t disturb_bytes;
    void (*meddle)(struct rt *rt); /* likewise, with the objects that there are */
};

struct outcome_listener {
    const struct outcome_call *call;
    struct outcome *outcome;
    unsigned char *block;
    struct rt *rt;
};

static inline void
hear_begin(void *context) {
    struct outcome_listener *listener = context;
    assert_true(listener->outcome->begins == listener->outcome->ends);
    if (++listener->outcome->begins != listener->call->disturb_at)
        return;
    if (listener->call->disturb != NULL)
        listener->call->disturb(listener->block);
    if (listener->call->meddle != NULL)
        listener->call->meddle(listener->rt);
}

static inline void
hear_end(void *context) {
    ((struct outcome_listener *)context)->outcome->ends++;
}

static inline void
hear_point(void *context, size_t series, int64_t at, int64_t value) {
    struct outcome *outcome = ((struct outcome_listener *)context)->outcome;
    size_t count = outcome->points[series]++;
    assert_true(outcome->begins == outcome->ends);
    assert_true(count < OUTCOME_POINTS);
    outcome->at[series][count] = at;
    outcome->value[series][count] = value;
}

/* Once, between operations. */
static inline void
hear_done(void *context) {
    struct outcome *outcome = ((struct outcome_listener *)context)->outcome;
    assert_true(outcome->begins == outcome->ends && !outcome->is_done);
    outcome->is_done = true;
}

/* Between operations, and no longer than until what is meant to come next. */
static inline void
hear_wait(void *context, uint64_t due_ns) {
    struct outcome *outcome = ((struct outcome_listener *)context)->outcome;
    assert_true(outcome->begins == outcome->ends && due_ns >= outcome->due_ns);
    outcome->waits++;
    outcome->due_ns = due_ns;
}

static inline void
hear_note(void *context, const char *text) {
    struct outcome *outcome = ((struct outcome_listener *)context)->outcome;
    assert_true(outcome->begins == outcome->ends);
    assert_true(outcome->note_count < WL_NOTES_MOST && strlen(text) < OUTCOME_NOTE_BYTES);
    assert_null(strchr(text, '\n'));
    strcpy(outcome->notes[outcome->note_count++], text);
}

static inline void
set_knobs(const struct outcome_call *call, const struct wl_workload *workload, void *knobs,
          struct rt_config *config) {
    rt_knob_defaults(workload->knobs, knobs);
    rt_config_init(config);
    config->alloc_fail_at = call->fail_at;
    for (size_t i = 0; call->sets[i] != NULL; i++)
        if (rt_knob_assign(workload->knobs, knobs, call->sets[i], NULL) != 0)
            assert_int_equal(rt_knob_assign(rt_config_knobs(), config, call->sets[i], NULL), 0);
}

static inline void
run_in(struct rt *rt, const struct outcome_call *call, const struct wl_workload *workload,
       const void *knobs, struct outcome *outcome) {
    struct outcome_listener heard = {call, outcome, NULL, rt};
    const struct wl_listener listener = {.begin = hear_begin,
                                         .end = hear_end,
                                         .context = &heard,
                                         .point = hear_point,
                                         .done = hear_done,
                                         .wait = hear_wait,
                                         .note = hear_note};
    uint64_t stats[RT_STAT_COUNT];
    struct rt_text why;

    void *keeper = NULL; /* of the pool, which would else be taken for other sizes */
    if (call->disturb_bytes > 0) {
        keeper = rt_alloc(rt, call->disturb_bytes);
        heard.block = rt_alloc(rt, call->disturb_bytes);
        rt_free(rt, heard.block, call->disturb_bytes);
    }
    rt_text_init(&why, outcome->why, sizeof outcome->why);
    struct wl_run run = {
        .heap = rt, .knobs = knobs, .seed = call->seed, .listener = &listener, .why = &why};
    outcome->error = workload->prepare(&run);
    rt_stats_read(rt, stats);
    /* The table of interned strings is the context's, and one block. */
    if (outcome->error != 0)
        assert_true(stats[RT_STAT_LIVE_BLOCKS] <= 1);
    const uint64_t before = stats[RT_STAT_LIVE_BLOCKS];
    if (outcome->error == 0)
        outcome->error = workload->run(&run);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_stats_read(rt, stats);
    outcome->digest = run.digest;
    outcome->operations = run.operations;
    outcome->items = run.items;
    outcome->items_live_bytes = (uint64_t)run.items_live_bytes;
    outcome->faults = stats[RT_STAT_FAULTS_INJECTED];
    outcome->left_blocks = stats[RT_STAT_LIVE_BLOCKS] - before;
    rt_free(rt, keeper, call->disturb_bytes);
    outcome->examined = stats[RT_STAT_GC_EXAMINED];
    outcome->peak_bytes = stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK];
    outcome->expected_peak = workload->peak_live_bytes(knobs);
    memcpy(outcome->metrics, run.metrics, sizeof run.metrics);
    outcome->expected_trash =
        workload->peak_trash_bytes == NULL ? 0 : workload->peak_trash_bytes(knobs);
    outcome->trash_objects = run.trash_objects;
    for (int i = 0; i < RT_GENERATIONS; i++) {
        struct rt_gc_stats collections;
        rt_gc_stats_read(rt, i, &collections);
        outcome->collected += collections.collected;
        outcome->collections += collections.collections;
    }
    workload->finish(&run);
}

static inline struct outcome
run_call(const struct outcome_call *call) {
    const struct wl_workload *workload = wl_registry_find(call->workload);
    void *knobs = calloc(1, workload->knobs_bytes);
    struct outcome outcome = {0};
    struct rt_config config;
    struct rt *rt;

    assert_non_null(knobs);
    set_knobs(call, workload, knobs, &config);
    outcome.error = rt_create(&config, NULL, &rt);
    if (outcome.error == 0) {
        run_in(rt, call, workload, knobs, &outcome);
        rt_destroy(rt);
    }
    free(knobs);
    return outcome;
}

/* Lets the nth request fail, n from 1 on, as long as there is one. Each time the workload says so, or gives
 * the right answer all the same, and leaves nothing. How often it said so. */
static inline int64_t
fail_at_each(struct outcome_call call) {
    const uint64_t digest = run_call(&call).digest;
    int64_t failures = 0;

    for (int64_t nth = 1;; nth++) {
        call.fail_at = nth;
        struct outcome outcome = run_call(&call);
        assert_int_equal(outcome.left_blocks, 0);
        if (outcome.error == 0) {
            assert_true(outcome.digest == digest);
            if (outcome.faults == 0)
                return failures;
            continue;
        }
        assert_int_equal(outcome.error, -ENOMEM);
        if (outcome.why[0] != '\0') /* else there was not even a context */
            assert_non_null(strstr(outcome.why, "a request failed"));
        failures++;
    }
}

static inline void
assert_peak_is_as_computed(const struct outcome *outcome, const char *what) {
    double ratio = (double)outcome->peak_bytes / (double)outcome->expected_peak;
    if (ratio < 0.95 || ratio > 1.05)
        fail_msg("%s: %llu bytes live at the peak, the formula says %llu", what,
                 (unsigned long long)outcome->peak_bytes,
                 (unsigned long long)outcome->expected_peak);
}

/* For `meddle`: the attribute of the first instance that has it becomes 5. */
static inline void
spoil_attribute(struct rt *rt, const char *attribute) {
    struct en_object *objects = en_gc_objects(rt, -1), *name = en_name(rt, attribute);
    struct en_object *wrong = en_int(rt, 5);
    bool is_spoilt = false;

    assert_true(objects != NULL && name != NULL && wrong != NULL);
    for (size_t i = 0; !is_spoilt && i < en_list_length(objects); i++) {
        struct en_object *object = en_list_get(objects, i);
        if (en_kind(rt, object) == RT_KIND_INSTANCE && en_attr_has(rt, object, name) == 1)
            is_spoilt = en_attr_set(rt, object, name, wrong) == 0;
    }
    assert_true(is_spoilt);
    en_decref(rt, wrong);
    en_decref(rt, name);
    en_decref(rt, objects);
}

#endif
