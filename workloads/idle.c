/* SPDX-License-Identifier: MIT
 *
 * idle.c: a loop that has to be on time, and has time to spare between its ticks. A machine tool's host is
 * such a program: much is loaded when it starts and never changes; each tick makes little, and drops some of it
 * in cycles; and a collection that is longer than what is left of a tick makes the next one late.
 *
 * An operation is one tick. It plans `idle.steps` steps, a tuple of two floats each, adds them to where the
 * machine is, and drops them by count; and it drops `idle.cycles` timers, each of which refers to its move as
 * that does to it. Behind each tick there is the idle window, which lasts until the next tick is due at
 * `idle.rate`. Collections can be put there in two ways: by gc.mode idle, which collects in each window
 * what is due, however long that takes; and by hand, at a manual point behind each `idle.manual_every`
 * ticks.
 *
 * Invariants:
 *   - The background is built before the first tick, and nobody touches it until the end: each part refers
 *     to one made earlier. With `idle.freeze` everything is collected and frozen then and there.
 *   - All numbers are whole and small, so that floats are exact. Where the machine is follows from the seed
 *     and the tick, and is compared in each; the digest folds in where it was and when timers went off.
 *   - A timer and its move are the only trash, two objects each.
 *   - Classes and names are there before the run, and stay until the heap goes.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum freeze {
    FREEZE_NEVER,
    FREEZE_AT_START
};

enum name {
    POSITION,
    NEAR,
    MOVE,
    WHEN,
    TIMER,
    NAMES
};

enum metric {
    FROZEN,
    METRICS
};

enum {
    CLASSES_BYTES = 4 * 2048, /* the classes and the names, about */
    NUMBER_MASK = 1023
};

struct idle_knobs {
    int64_t ticks, rate, background, steps, cycles, freeze, manual_every;
};

struct idle {
    const struct idle_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *names[NAMES];
    struct en_object *machine_class, *part_class, *timer_class, *move_class;
    struct en_object *machine, *parts;
    int64_t position; /* where the machine has to be */
    uint64_t salt, digest;
    int64_t wrong;
    size_t frozen;
};

static const char *const freezes[] = {"never", "at_start", NULL};
static const char *const names[NAMES] = {"position", "near", "move", "when", "timer"};

static const struct rt_knob rows[] = {
    {.name = "idle.ticks",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct idle_knobs, ticks),
     .low = 1,
     .high = 1000000000,
     .initial = 4000,
     .unit = "ticks",
     .help = "ticks in all"},
    {.name = "idle.rate",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct idle_knobs, rate),
     .high = 1000000,
     .initial = 0,
     .unit = "ticks/s",
     .help = "ticks a second, which are waited for; 0 runs flat out"},
    {.name = "idle.background",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct idle_knobs, background),
     .high = 100000000,
     .initial = 20000,
     .unit = "objects",
     .help = "objects that were loaded at the start and never change: what a full collection goes "
             "through"},
    {.name = "idle.steps",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct idle_knobs, steps),
     .low = 1,
     .high = 1000000,
     .initial = 20,
     .unit = "steps",
     .help = "tuples that a tick makes and drops: its work"},
    {.name = "idle.cycles",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct idle_knobs, cycles),
     .high = 100000,
     .initial = 2,
     .unit = "cycles",
     .help = "pairs of objects that a tick drops while they refer to each other: what brings "
             "collections on"},
    {.name = "idle.freeze",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct idle_knobs, freeze),
     .high = FREEZE_AT_START,
     .initial = FREEZE_NEVER,
     .choices = freezes,
     .unit = "",
     .help = "whether everything is collected and frozen when the background is there: then no "
             "collection "
             "goes through it again"},
    {.name = "idle.manual_every",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct idle_knobs, manual_every),
     .low = 1,
     .high = 1000000000,
     .initial = 500,
     .unit = "ticks",
     .help =
         "ticks from one window in which the program would collect by hand to the next; matters in "
         "gc.mode manual"},
};

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
pair_bytes(void) {
    return WL_SIZES_SLOTS + 2 * 8 + WL_SIZES_SLOTS + 8 + WL_SIZES_FLOAT;
}

static uint64_t
idle_peak_live_bytes(const void *fields) {
    const struct idle_knobs *knobs = fields;
    int64_t parts =
        knobs->background == 0 ? 0 : WL_SIZES_LIST + knobs->background * (8 + WL_SIZES_SLOTS + 8);
    int64_t steps =
        WL_SIZES_LIST + knobs->steps * (8 + WL_SIZES_TUPLE + 2 * 8 + 2 * WL_SIZES_FLOAT);

    return (uint64_t)(CLASSES_BYTES + parts + steps);
}

static uint64_t
idle_peak_trash_bytes(const void *fields) {
    const struct idle_knobs *knobs = fields;
    return (uint64_t)(knobs->ticks * knobs->cycles * pair_bytes());
}

static uint64_t
idle_operations(const void *fields) {
    const struct idle_knobs *knobs = fields;
    return (uint64_t)knobs->ticks;
}

/* ---- The background ----------------------------------------------------------------------------- */

static int
build_parts(struct idle *idle) {
    int64_t count = idle->knobs->background;
    struct en_heap *heap = idle->heap;
    struct wl_rng rng;

    if (count == 0)
        return 0;
    wl_rng_init(&rng, idle->salt);
    idle->parts = en_list_new(heap, (size_t)count);
    if (idle->parts == NULL)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        struct en_object *part = en_instance_new(heap, idle->part_class);
        if (part == NULL)
            return -1;
        en_list_put_steal(idle->parts, (size_t)i, part);
        struct en_object *near =
            i == 0 ? en_none(heap) : en_list_get(idle->parts, wl_rng_below(&rng, (uint32_t)i));
        if (en_attr_set(heap, part, idle->names[NEAR], near) != 0)
            return -1;
        en_safe_point(heap);
    }
    return 0;
}

static int
set_number(struct idle *idle, struct en_object *object, enum name name, int64_t number) {
    struct en_object *value = en_float(idle->heap, (double)number);
    int error = value == NULL ? -1 : en_attr_set(idle->heap, object, idle->names[name], value);

    en_xdecref(idle->heap, value);
    return error;
}

static int
start(struct idle *idle) {
    int error = build_parts(idle);

    if (error == 0) {
        idle->machine = en_instance_new(idle->heap, idle->machine_class);
        error = idle->machine == NULL ? -1 : set_number(idle, idle->machine, POSITION, 0);
    }
    if (error == 0 && idle->knobs->freeze == FREEZE_AT_START) {
        size_t before = en_gc_frozen_count(idle->heap);
        en_gc_collect(idle->heap, RT_GENERATIONS - 1);
        en_gc_freeze(idle->heap);
        idle->frozen = en_gc_frozen_count(idle->heap) - before;
    }
    return error;
}

/* ---- A tick ------------------------------------------------------------------------------------- */

static int64_t
number_at(const struct idle *idle, uint64_t index) {
    return (int64_t)(wl_rng_mix(idle->salt + index) & NUMBER_MASK);
}

static struct en_object *
make_step(struct idle *idle, int64_t when, int64_t by) {
    struct en_object *items[] = {en_float(idle->heap, (double)when), NULL};
    struct en_object *step = NULL;

    if (items[0] != NULL)
        items[1] = en_float(idle->heap, (double)by);
    if (items[1] != NULL)
        step = en_tuple_pack(idle->heap, items, 2);
    en_xdecref(idle->heap, items[0]);
    en_xdecref(idle->heap, items[1]);
    return step;
}

static int
plan_steps(struct idle *idle, struct en_object *plan, uint64_t tick) {
    const int64_t first = number_at(idle, tick);

    for (int64_t i = 0; i < idle->knobs->steps; i++) {
        struct en_object *step = make_step(idle, i, first + i);
        if (step == NULL)
            return -1;
        en_list_put_steal(plan, (size_t)i, step);
        idle->position += first + i;
        en_safe_point(idle->heap);
    }
    return 0;
}

/* Adds the steps to where the machine says it is, and compares that. */
static int
follow_plan(struct idle *idle, struct en_object *plan) {
    struct en_object *from = en_attr_get(idle->heap, idle->machine, idle->names[POSITION]);
    double position;

    if (from == NULL)
        return -1;
    position = en_float_value(from);
    en_decref(idle->heap, from);
    for (int64_t i = 0; i < idle->knobs->steps; i++)
        position += en_float_value(en_tuple_get(en_list_get(plan, (size_t)i), 1));
    idle->wrong += position != (double)idle->position;
    idle->digest = idle->digest * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)(int64_t)position;
    return set_number(idle, idle->machine, POSITION, idle->position);
}

static int
move_machine(struct idle *idle, uint64_t tick) {
    struct en_object *plan = en_list_new(idle->heap, (size_t)idle->knobs->steps);
    int error = plan == NULL ? -1 : plan_steps(idle, plan, tick);

    if (error == 0)
        error = follow_plan(idle, plan);
    en_xdecref(idle->heap, plan);
    return error;
}

/* A timer and its move, which refer to each other; both are dropped. */
static int
drop_cycle(struct idle *idle, int64_t when) {
    struct en_heap *heap = idle->heap;
    struct en_object *timer = en_instance_new(heap, idle->timer_class), *value = NULL;
    struct en_object *move = timer == NULL ? NULL : en_instance_new(heap, idle->move_class);
    int error = move == NULL ? -1 : set_number(idle, timer, WHEN, when);

    if (error == 0)
        error = en_attr_set(heap, timer, idle->names[MOVE], move);
    if (error == 0)
        error = en_attr_set(heap, move, idle->names[TIMER], timer);
    if (error == 0 && (value = en_attr_get(heap, timer, idle->names[WHEN])) != NULL) {
        idle->wrong += en_float_value(value) != (double)when;
        idle->digest += wl_rng_mix((uint64_t)(int64_t)en_float_value(value));
        idle->run->trash_objects += 2;
    }
    en_xdecref(heap, value);
    en_xdecref(heap, timer);
    en_xdecref(heap, move);
    return error == 0 && value == NULL ? -1 : error;
}

static int
run_tick(struct idle *idle, uint64_t tick) {
    const struct idle_knobs *knobs = idle->knobs;
    int error;

    if (knobs->rate > 0)
        wl_wait(idle->run, tick * UINT64_C(1000000000) / (uint64_t)knobs->rate);
    wl_begin(idle->run);
    en_safe_point(idle->heap);
    error = move_machine(idle, tick);
    for (int64_t i = 0; error == 0 && i < knobs->cycles; i++) {
        error = drop_cycle(idle, number_at(idle, tick) + i);
        en_safe_point(idle->heap);
    }
    wl_end(idle->run);
    if (error == 0 && (tick + 1) % (uint64_t)knobs->manual_every == 0)
        en_manual_point(idle->heap);
    if (error == 0)
        en_idle_window(idle->heap);
    return error;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static void
release_all(struct idle *idle) {
    en_xdecref(idle->heap, idle->machine);
    en_xdecref(idle->heap, idle->parts);
    idle->machine = idle->parts = NULL;
    en_gc_collect(idle->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(idle->heap);
}

static int
idle_run(struct wl_run *run) {
    struct idle *idle = run->state;
    int error = start(idle);

    for (int64_t tick = 0; error == 0 && tick < idle->knobs->ticks; tick++)
        error = run_tick(idle, (uint64_t)tick);
    if (error != 0)
        error = -en_error(run->heap);
    wl_done(run);
    release_all(idle);
    run->digest = wl_rng_mix(idle->digest);
    run->metrics[FROZEN] = (double)idle->frozen;
    return wl_ended(run, error, (int64_t)run->operations, "ticks", idle->wrong,
                    "numbers were not what they had to be");
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_classes(struct idle *idle) {
    static const char *const timer_slots[] = {"move", "when"};
    const struct {
        struct en_object **place;
        const char *name;
        const char *const *slots;
        size_t slot_count;
    } classes[] = {
        {&idle->machine_class, "Machine", &names[POSITION], 1},
        {&idle->part_class, "Part", &names[NEAR], 1},
        {&idle->timer_class, "Timer", timer_slots, 2},
        {&idle->move_class, "Move", &names[TIMER], 1},
    };

    for (size_t i = 0; i < NAMES; i++)
        if ((idle->names[i] = en_name(idle->heap, names[i])) == NULL)
            return -1;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const struct en_class_spec spec = {.name = classes[i].name,
                                           .slots = classes[i].slots,
                                           .slot_count = classes[i].slot_count};
        if ((*classes[i].place = en_class_new(idle->heap, &spec)) == NULL)
            return -1;
    }
    return 0;
}

static void
drop_classes(struct idle *idle) {
    struct en_object **classes[] = {&idle->machine_class, &idle->part_class, &idle->timer_class,
                                    &idle->move_class};

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        en_xdecref(idle->heap, *classes[i]);
        *classes[i] = NULL;
    }
    for (size_t i = 0; i < NAMES; i++) {
        en_xdecref(idle->heap, idle->names[i]);
        idle->names[i] = NULL;
    }
}

static int
idle_prepare(struct wl_run *run) {
    struct idle *idle = calloc(1, sizeof *idle);
    int error;

    run->state = idle;
    if (idle == NULL)
        return -ENOMEM;
    idle->knobs = run->knobs;
    idle->run = run;
    idle->heap = run->heap;
    idle->salt = idle->digest = wl_rng_derive(run->seed, 1);
    error = make_classes(idle);
    if (error != 0)
        drop_classes(idle);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
idle_finish(struct wl_run *run) {
    if (run->state != NULL)
        drop_classes(run->state);
    free(run->state);
    run->state = NULL;
}

static const struct wl_metric metrics[METRICS] = {
    [FROZEN] = {"idle.frozen", "objects", "none", "tracked objects that were frozen at the start",
                true},
};

extern const struct wl_workload wl_idle;
const struct wl_workload wl_idle = {
    .name = "idle",
    .summary =
        "a loop that has to be on time, before a large heap that never changes, with an idle "
        "window behind each tick",
    .caveat = "without idle.rate windows are as long as the collector likes; ticks do no input and "
              "output, so "
              "that all that is late is the collector's, or the machine's",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct idle_knobs),
    .variant = "idle.freeze",
    .metrics = metrics,
    .metric_count = METRICS,
    .peak_live_bytes = idle_peak_live_bytes,
    .peak_trash_bytes = idle_peak_trash_bytes,
    .operations = idle_operations,
    .prepare = idle_prepare,
    .run = idle_run,
    .finish = idle_finish,
};
