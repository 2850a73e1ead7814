/* SPDX-License-Identifier: MIT
 *
 * gc.c: the collector, as programs see it.
 *
 * A collection of a generation: its set is that generation and the younger ones, brought into CPython's order;
 * gc_trace.c parts it, gc_reclaim.c does what has to be done to the unreachable; then the numbers. When to collect
 * what is a policy's business (gc_policy.h). All that an allocation does is compare two numbers,
 * young_count and young_limit; whatever may start or forbid a collection is brought into the latter.
 *
 * Invariants:
 *   - young_limit is what limit() says, whenever none of the functions here is under way.
 *   - Nothing is collected while a collection is under way: its callbacks and finalizers may do anything else.
 *   - The lists of garbage and of callbacks belong to the context. They are not tracked, so what is in them is
 *     reachable from outside of any set, and making them is not counted.
 */
#include "runtime/gc.h"
#include "runtime/backend.h"
#include "runtime/event.h"
#include "runtime/gc_policy.h"
#include "runtime/track.h"

#include <errno.h>

enum {
    TABLE_FROM = 100000,
    LINE_BYTES = 160,
    OLDEST = RT_GENERATIONS - 1,
};

/* ---- When --------------------------------------------------------------------------------------- */

static struct rt_gc_numbers
numbers_of(const struct rt *rt) {
    const struct rt_gc *gc = &rt->gc;
    struct rt_gc_numbers numbers = {
        .long_lived_total = gc->long_lived_total,
        .long_lived_pending = gc->long_lived_pending,
        .tracked = rt->tracker.end - 1 - rt->tracker.holes,
    };

    for (int generation = 0; generation < RT_GENERATIONS; generation++) {
        numbers.count[generation] = rt_gc_count(rt, generation);
        numbers.threshold[generation] = gc->threshold[generation];
    }
    return numbers;
}

static int64_t
limit(const struct rt *rt) {
    const struct rt_gc *gc = &rt->gc;
    struct rt_gc_numbers numbers;

    if (!gc->is_enabled || gc->is_collecting || gc->is_scheduled || gc->held > 0) {
        return INT64_MAX;
    }
    if (rt->config.gc_stress != 0) {
        return -1;
    }
    numbers = numbers_of(rt);
    return gc->policy->limit(&numbers);
}

static void
set_limit(struct rt *rt) {
    rt->young_limit = limit(rt);
}

/* ---- Announcements ------------------------------------------------------------------------------- */

void
rt_gc_say(struct rt *rt, const char *text, const struct rt_object *object) {
    rt_event_emit(rt,
                  (struct rt_event){.kind = RT_EVENT_GC_DEBUG, .text = text, .address = object});
}

void
rt_gc_phase_ends(struct rt *rt, struct rt_gc_cycle *cycle, enum rt_gc_phase phase) {
    cycle->phase = phase;
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_GC_PHASE, .cycle = cycle});
}

const char *
rt_gc_cause_name(enum rt_gc_cause cause) {
    static const char *const names[RT_GC_CAUSE_COUNT] = {"due", "call", "manual point",
                                                         "idle window", "stress"};

    return (unsigned)cause < RT_GC_CAUSE_COUNT ? names[cause] : "unknown cause";
}

const char *
rt_gc_phase_name(enum rt_gc_phase phase) {
    static const char *const names[RT_GC_PHASE_COUNT] = {"trace", "weak references", "finalizers",
                                                         "free", "free lists"};

    return (unsigned)phase < RT_GC_PHASE_COUNT ? names[phase] : "unknown phase";
}

static void
say_beginning(struct rt *rt, int generation) {
    char line[LINE_BYTES];
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    rt_text_string(&text, "gc: collecting generation ");
    rt_text_integer(&text, generation);
    rt_text_string(&text, "...");
    rt_gc_say(rt, line, NULL);
    rt_text_init(&text, line, sizeof line);
    rt_text_string(&text, "gc: objects in each generation:");
    for (int i = 0; i < RT_GENERATIONS; i++) {
        rt_text_string(&text, " ");
        rt_text_unsigned(&text, rt_gc_objects_count(rt, i));
    }
    rt_gc_say(rt, line, NULL);
    rt_text_init(&text, line, sizeof line);
    rt_text_string(&text, "gc: objects in permanent generation: ");
    rt_text_unsigned(&text, rt_gc_frozen_count(rt));
    rt_gc_say(rt, line, NULL);
}

static void
say_end(struct rt *rt, const struct rt_gc_cycle *cycle) {
    char line[LINE_BYTES];
    struct rt_text text;

    rt_text_init(&text, line, sizeof line);
    rt_text_string(&text, "gc: done, ");
    rt_text_unsigned(&text, cycle->collected + cycle->uncollectable);
    rt_text_string(&text, " unreachable, ");
    rt_text_unsigned(&text, cycle->uncollectable);
    rt_text_string(&text, " uncollectable");
    rt_gc_say(rt, line, NULL);
}

/* ---- Callbacks ----------------------------------------------------------------------------------- */

static int
set_number(struct rt *rt, struct rt_object *dict, const char *name, int64_t value) {
    struct rt_object *key = rt_str_name(rt, name), *number = rt_int_new(rt, value);
    int status = key == NULL || number == NULL ? -1 : rt_dict_set(rt, dict, key, number);

    rt_xdecref(rt, key);
    rt_xdecref(rt, number);
    return status;
}

/* What all callbacks of a phase are handed. NULL: ENOMEM. */
static struct rt_object *
make_info(struct rt *rt, const struct rt_gc_cycle *cycle) {
    struct rt_object *info = rt_dict_new_presized(rt, RT_GENERATIONS, true);

    if (info != NULL &&
        (set_number(rt, info, "generation", cycle->generation) != 0 ||
         set_number(rt, info, "collected", (int64_t)cycle->collected) != 0 ||
         set_number(rt, info, "uncollectable", (int64_t)cycle->uncollectable) != 0)) {
        rt_decref(rt, info);
        info = NULL;
    }
    return info;
}

static void
call_one(struct rt *rt, struct rt_object *callback, struct rt_object *const *args) {
    struct rt_object *result;

    rt_incref(callback);
    result = rt_call(rt, callback, args, 2);
    if (result == NULL) {
        rt_report_unraisable(rt, callback);
    }
    rt_xdecref(rt, result);
    rt_decref(rt, callback);
}

static void
call_callbacks(struct rt *rt, const struct rt_gc_cycle *cycle, const char *phase_name) {
    struct rt_object *list = rt->gc.callbacks, *args[2];

    if (list == NULL || rt_list_length(list) == 0) {
        return;
    }
    args[0] = rt_str_name(rt, phase_name);
    args[1] = make_info(rt, cycle);
    if (args[0] == NULL || args[1] == NULL) {
        rt_report_unraisable(rt, list);
    }
    for (size_t i = 0; args[0] != NULL && args[1] != NULL && i < rt_list_length(list); i++) {
        call_one(rt, rt_list_get(list, i), args);
    }
    rt_xdecref(rt, args[1]);
    rt_xdecref(rt, args[0]);
}

/* ---- A collection -------------------------------------------------------------------------------- */

static void
count_down(struct rt *rt, int generation) {
    if (generation < OLDEST) {
        rt->gc.count[generation + 1]++;
    }
    for (int younger = generation; younger > 0; younger--) {
        rt->gc.count[younger] = 0;
    }
    rt->young_count = 0;
}

/* The older first; of the younger ones, generation 0 before 1. */
static void
bring_into_order(struct rt *rt, int generation) {
    struct rt_tracker *tracker = &rt->tracker;

    if (generation == OLDEST) {
        rt_track_swap(rt, tracker->begin[1], tracker->begin[0], tracker->end);
    }
}

static void
note_survivors(struct rt *rt, int generation, const struct rt_gc_found *found) {
    int64_t survivors = found->unreachable - found->begin;

    if (generation == OLDEST) {
        rt->gc.long_lived_total = survivors;
        rt->gc.long_lived_pending = 0;
    } else if (generation == OLDEST - 1) {
        rt->gc.long_lived_pending += survivors;
    }
}

/* What is behind the end of a set is nobody's. */
static void
lower_end(struct rt_tracker *tracker, uint32_t end) {
    tracker->holes -= tracker->end - end;
    tracker->end = end;
}

/* False: for lack of memory they all live on.
 * pre: there is room for the trace */
static bool
collect_set(struct rt *rt, struct rt_gc_cycle *cycle) {
    struct rt_tracker *tracker = &rt->tracker;
    bool is_full = cycle->generation == OLDEST, is_done;
    struct rt_gc_found found;

    bring_into_order(rt, cycle->generation);
    (void)rt_gc_trace(rt, tracker->begin[cycle->generation], tracker->end,
                      is_full ? RT_GC_UNTRACK_DICTS : RT_GC_UNTRACK_TUPLES, &found);
    lower_end(tracker, found.end);
    cycle->examined = found.examined;
    cycle->edges = found.edges;
    cycle->untracked = found.untracked;
    rt_gc_phase_ends(rt, cycle, RT_GC_PHASE_TRACE);
    note_survivors(rt, cycle->generation, &found);
    is_done = rt_gc_reclaim(rt, &found, cycle);
    if (is_full) {
        rt_free_lists_clear(rt);
        rt_gc_phase_ends(rt, cycle, RT_GC_PHASE_FREE_LISTS);
    }
    return is_done;
}

static void
add_to_totals(struct rt_gc *gc, const struct rt_gc_cycle *cycle) {
    struct rt_gc_stats *stats = &gc->stats[cycle->generation];

    stats->collections++;
    stats->collected += cycle->collected;
    stats->uncollectable += cycle->uncollectable;
    gc->examined += cycle->examined;
    gc->edges += cycle->edges;
    gc->untracked += cycle->untracked;
    gc->weakrefs_cleared += cycle->weakrefs_cleared;
    gc->finalizers_called += cycle->finalizers_called;
    gc->freed += cycle->freed;
    gc->freed_bytes += cycle->freed_bytes;
}

static uint64_t
count_collections(const struct rt_gc *gc) {
    return gc->stats[0].collections + gc->stats[1].collections + gc->stats[2].collections;
}

static void
verify_now_and_then(struct rt *rt) {
    uint64_t every = (uint64_t)rt->config.gc_verify_every;
    char line[LINE_BYTES * 2];
    struct rt_text text;

    if (every == 0 || count_collections(&rt->gc) % every != 0) {
        return;
    }
    if (rt->trash_depth != 0 || rt->nest_depth != 0) {
        return; /* inside of a release, by a finalizer's doing: what waits for its end is in no order yet */
    }
    rt_text_init(&text, line, sizeof line);
    rt_text_string(&text, "bad heap after a collection: ");
    if (rt_verify(rt, &text) != 0) {
        rt_text_string(&text, "\n");
        rt_backend_report(rt, RT_EVENT_DEBUG, NULL, line);
    }
}

static void
begin_cycle(struct rt *rt, struct rt_gc_cycle *cycle) {
    rt->gc.is_collecting = true;
    rt->gc.is_scheduled = false;
    set_limit(rt);
    for (int i = 0; i < RT_GENERATIONS; i++) {
        cycle->counts[i] = rt_gc_count(rt, i);
    }
    call_callbacks(rt, cycle, "start");
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_GC_BEGIN, .cycle = cycle});
    if ((rt->gc.debug & RT_GC_DEBUG_STATS) != 0) {
        say_beginning(rt, cycle->generation);
    }
}

static void
end_cycle(struct rt *rt, const struct rt_gc_cycle *cycle) {
    if ((rt->gc.debug & RT_GC_DEBUG_STATS) != 0) {
        say_end(rt, cycle);
    }
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_GC_END, .cycle = cycle});
    call_callbacks(rt, cycle, "stop");
    rt->gc.is_collecting = false;
    rt_gc_heap_catch_up(rt);
    set_limit(rt);
    verify_now_and_then(rt);
}

static int64_t
collect(struct rt *rt, int generation, enum rt_gc_cause cause) {
    struct rt_gc_cycle cycle = {.generation = generation, .cause = cause};
    struct rt_tracker *tracker = &rt->tracker;
    bool is_done;

    if (rt->gc.is_collecting) {
        return 0;
    }
    begin_cycle(rt, &cycle);
    is_done = rt_track_make_room(rt, tracker->end - tracker->begin[generation]);
    if (is_done) {
        count_down(rt, generation);
        tracker->is_fixed = true;
        is_done = collect_set(rt, &cycle);
        tracker->is_fixed = false;
        rt_track_give_room_back(rt);
        rt->gc.hidden_begin = rt->gc.hidden_end = 0;
        add_to_totals(&rt->gc, &cycle);
    }
    end_cycle(rt, &cycle);
    return is_done ? (int64_t)(cycle.collected + cycle.uncollectable) : rt_refuse(rt, ENOMEM);
}

/* What an allocation that finds the limit passed asks for. An error that is its caller's stays. */
RT_COLD void
rt_collector_due(struct rt *rt) {
    struct rt_gc *gc = &rt->gc;
    int error = rt->error;

    if (rt->config.gc_stress != 0) {
        (void)collect(rt, OLDEST, RT_GC_CAUSE_STRESS);
    } else if (gc->policy->waits_for_safe_point) {
        gc->is_scheduled = true;
        set_limit(rt);
    } else {
        struct rt_gc_numbers numbers = numbers_of(rt);
        int generation = gc->policy->due(&numbers);

        if (generation != RT_GC_NOTHING_DUE) {
            (void)collect(rt, generation, RT_GC_CAUSE_DUE);
        }
    }
    rt->error = error;
}

static int64_t
collect_due(struct rt *rt, enum rt_gc_cause cause) {
    struct rt_gc_numbers numbers = numbers_of(rt);
    int generation = RT_GC_NOTHING_DUE;

    if (numbers.threshold[0] != 0) {
        generation = rt->gc.policy->due(&numbers);
    }
    return generation == RT_GC_NOTHING_DUE ? 0 : collect(rt, generation, cause);
}

int64_t
rt_gc_collect(struct rt *rt, int generation) {
    if (generation < 0 || generation > OLDEST) {
        return rt_refuse(rt, EINVAL);
    }
    return collect(rt, generation, RT_GC_CAUSE_CALL);
}

void
rt_gc_safe_point(struct rt *rt) {
    struct rt_gc *gc = &rt->gc;

    if (RT_LIKELY(!gc->is_scheduled) || gc->is_collecting || gc->held > 0 || !gc->is_enabled) {
        return;
    }
    gc->is_scheduled = false;
    (void)collect_due(rt, RT_GC_CAUSE_DUE);
    set_limit(rt);
}

int64_t
rt_gc_manual_point(struct rt *rt) {
    return rt->config.gc_mode == RT_GC_MODE_MANUAL ? collect(rt, OLDEST, RT_GC_CAUSE_MANUAL) : 0;
}

int64_t
rt_gc_idle_window(struct rt *rt) {
    return rt->config.gc_mode == RT_GC_MODE_IDLE ? collect_due(rt, RT_GC_CAUSE_IDLE) : 0;
}

/* ---- Switches and numbers ------------------------------------------------------------------------ */

void
rt_gc_enable(struct rt *rt) {
    rt->gc.is_enabled = true;
    set_limit(rt);
}

void
rt_gc_disable(struct rt *rt) {
    rt->gc.is_enabled = false;
    set_limit(rt);
}

bool
rt_gc_is_enabled(const struct rt *rt) {
    return rt->gc.is_enabled;
}

bool
rt_gc_is_collecting(const struct rt *rt) {
    return rt->gc.is_collecting;
}

void
rt_gc_hold(struct rt *rt) {
    rt->gc.held++;
    set_limit(rt);
}

void
rt_gc_release(struct rt *rt) {
    RT_ASSERT(rt->gc.held > 0, "held before it is released");
    rt->gc.held--;
    set_limit(rt);
}

void
rt_gc_set_threshold(struct rt *rt, int generation, int64_t threshold) {
    RT_ASSERT(generation >= 0 && generation < RT_GENERATIONS, "there is such a generation");
    rt->gc.threshold[generation] = threshold;
    set_limit(rt);
}

int64_t
rt_gc_threshold(const struct rt *rt, int generation) {
    return rt->gc.threshold[generation];
}

int64_t
rt_gc_count(const struct rt *rt, int generation) {
    return generation == 0 ? rt->young_count : rt->gc.count[generation];
}

void
rt_gc_stats_read(const struct rt *rt, int generation, struct rt_gc_stats *ret_stats) {
    *ret_stats = rt->gc.stats[generation];
}

int64_t
rt_gc_long_lived_total(const struct rt *rt) {
    return rt->gc.long_lived_total;
}

int64_t
rt_gc_long_lived_pending(const struct rt *rt) {
    return rt->gc.long_lived_pending;
}

void
rt_gc_set_debug(struct rt *rt, unsigned flags) {
    rt->gc.debug = flags;
}

unsigned
rt_gc_debug(const struct rt *rt) {
    return rt->gc.debug;
}

/* ---- The context --------------------------------------------------------------------------------- */

void
rt_gc_init(struct rt *rt) {
    const struct rt_config *config = &rt->config;
    const int64_t given[RT_GENERATIONS] = {config->gc_threshold0, config->gc_threshold1,
                                           config->gc_threshold2};
    struct rt_gc *gc = &rt->gc;

    gc->policy = rt_gc_policies[config->gc_policy];
    for (int i = 0; i < RT_GENERATIONS; i++) {
        gc->threshold[i] = given[i] == RT_GC_POLICYS_OWN ? gc->policy->threshold[i] : given[i];
    }
    gc->table_from = TABLE_FROM;
    gc->is_enabled = config->gc_mode == RT_GC_MODE_AUTO;
    set_limit(rt);
}

void
rt_gc_fini(struct rt *rt) {
    rt_gc_disable(rt);
    rt_xdecref(rt, rt->gc.garbage);
    rt_xdecref(rt, rt->gc.callbacks);
    rt->gc.garbage = rt->gc.callbacks = NULL;
}
