/* SPDX-License-Identifier: MIT
 *
 * finalizers.c: resources that have to be given back, such as file descriptors, and who gives them back.
 *
 * A resource is opened, and held through its owner among the last `finalizers.live` ones. When it is the oldest it is
 * used for the last time and its owner dropped. It is *released* then by its program (`close`), by its
 * finalizer, as counts fall (`count`), or by its finalizer, when the collector finds the ring of owner
 * and resource (`cycle`). An operation opens `finalizers.batch` resources, and lets as many go. Behind it there is an
 * idle window, behind `finalizers.manual_every` of them a manual point.
 *
 * Invariants:
 *   - A resource is released exactly once, whatever runs how often; that is checked for each at the end.
 *   - Of those that are left to their finalizers `finalizers.resurrect_share`, evenly spread, come back to life
 *     in it: they go to a list, from which the next operation takes, closes and drops them.
 *   - Delay is counted in operations from the last use to the release. What nobody has released when the
 *     program is done counts with what it has waited until then.
 *   - A resource's numbers follow from its own and the seed, and are compared at its last use. The digest folds them in,
 *     and knows nothing of releases.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum release {
    RELEASE_CLOSE,
    RELEASE_COUNT,
    RELEASE_CYCLE
};

enum name {
    NUMBER,
    POSITION,
    BUFFER,
    OWNER,
    NAMES
};

enum metric {
    DELAY_MEAN,
    DELAY_MAX,
    OPEN_PEAK,
    OUT_OF_ORDER,
    UNRELEASED,
    RESURRECTED,
    FORCED,
    RAN_OUT,
    METRICS
};

enum {
    NUMBER_MASK = (1 << 29) - 1,
    NUMBER_LEAST = 1 << 10,   /* above the ints that are shared */
    NUMBER_FIRST = 1 << 20,   /* of resource 0, likewise */
    BYTES_BYTES = 33,         /* a bytes object, but for its content */
    CLASSES_BYTES = 2 * 2400, /* the classes, their keys and the names, about */
};

struct finalizers_knobs {
    int64_t count, live, batch, release, payload, limit, manual_every;
    double resurrect_share;
};

/* Of one resource, from its opening on. */
struct fate {
    uint32_t last_use; /* operation; UINT32_MAX: still in use */
    uint8_t releases;
    bool has_risen;
};

struct finalizers {
    const struct finalizers_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *resource_class, *owner_class;
    struct en_object *names[NAMES], *resource_name;
    struct en_object **window; /* owners, a ring */
    struct en_object **risen;  /* resources that came back to life, in that order */
    struct fate *fates;        /* of each resource that there will be */
    char *zeros;               /* payload */
    int64_t risen_count;
    int64_t opened, dropped, released, most_open;
    int64_t operation, last_released;
    int64_t delay_sum, delay_most, delayed_count;
    int64_t out_of_order, resurrected, forced;
    bool has_run_out; /* of what finalizers.limit allows */
    bool is_over;     /* what is released now is not counted any more */
    uint64_t salt, digest;
    int64_t wrong;
    int error; /* why it failed, asked before a finalizer fails at something else */
};

static const char *const releases[] = {"close", "count", "cycle", NULL};
static const char *const names[NAMES] = {"number", "position", "buffer", "owner"};

static const struct rt_knob rows[] = {
    {.name = "finalizers.count",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct finalizers_knobs, count),
     .low = 1,
     .high = 100000000,
     .initial = 100000,
     .unit = "resources",
     .help = "resources that are opened, one after the other"},
    {.name = "finalizers.live",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct finalizers_knobs, live),
     .low = 1,
     .high = 10000000,
     .initial = 100,
     .unit = "resources",
     .help = "resources in use at once, which nobody can do without"},
    {.name = "finalizers.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct finalizers_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "resources",
     .help = "resources that one operation opens and lets go"},
    {.name = "finalizers.release",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct finalizers_knobs, release),
     .high = RELEASE_CYCLE,
     .initial = RELEASE_CYCLE,
     .choices = releases,
     .unit = "",
     .help = "closed by the program at the last use; by the finalizer, as its count falls to zero; "
             "by the finalizer, when the collector finds it in a cycle"},
    {.name = "finalizers.resurrect_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct finalizers_knobs, resurrect_share),
     .ratio_high = 1,
     .unit = "",
     .help =
         "of those left to finalizers, the ones that come back to life once; in a cycle each of "
         "them takes another collection"},
    {.name = "finalizers.payload",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct finalizers_knobs, payload),
     .low = 2,
     .high = 1 << 24,
     .initial = 64,
     .unit = "bytes",
     .help = "buffer of a resource, which waits for its release as well"},
    {.name = "finalizers.limit",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct finalizers_knobs, limit),
     .high = 100000000,
     .initial = 0,
     .unit = "resources",
     .help = "resources that may be open at once, as of descriptors; when they are, everything is "
             "collected by hand before another is opened; 0: no limit"},
    {.name = "finalizers.manual_every",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct finalizers_knobs, manual_every),
     .low = 1,
     .high = 1000000000,
     .initial = 500,
     .unit = "operations",
     .help = "operations from one point at which a program would collect by hand to the next"},
};

/* ---- Releasing ---------------------------------------------------------------------------------- */

/* Of the first so many resources, how many come back to life. */
static int64_t
rising_among(const struct finalizers_knobs *knobs, int64_t count) {
    return (int64_t)(knobs->resurrect_share * (double)count);
}

static int64_t
delay_of(const struct finalizers *finalizers, int64_t index) {
    const struct fate *fate = &finalizers->fates[index];
    return fate->last_use == UINT32_MAX ? 0 : finalizers->operation - (int64_t)fate->last_use;
}

static void
count_delay(struct finalizers *finalizers, int64_t delay) {
    finalizers->delay_sum += delay;
    finalizers->delayed_count++;
    if (delay > finalizers->delay_most)
        finalizers->delay_most = delay;
}

/* Closing, by whomever; what is closed is left alone. */
static void
release(struct finalizers *finalizers, int64_t index) {
    struct fate *fate = &finalizers->fates[index];

    if (fate->releases > 0)
        return;
    fate->releases++;
    finalizers->released++;
    if (finalizers->is_over)
        return;
    count_delay(finalizers, delay_of(finalizers, index));
    finalizers->out_of_order += index < finalizers->last_released;
    if (index > finalizers->last_released)
        finalizers->last_released = index;
}

/* Its number, from 0 on; -1: it was never opened. */
static int64_t
index_of(struct finalizers *finalizers, struct en_object *resource) {
    int64_t number = NUMBER_FIRST - 1;

    if (en_attr_has(finalizers->heap, resource, finalizers->names[NUMBER]) != 1)
        return -1;
    struct en_object *value = en_attr_get(finalizers->heap, resource, finalizers->names[NUMBER]);
    if (value == NULL || en_int_value(finalizers->heap, value, &number) != 0)
        finalizers->wrong++;
    en_xdecref(finalizers->heap, value);
    return number - NUMBER_FIRST;
}

/* What runs last, and may run again: legacy finalizers do. */
static void
finalize(struct en_heap *heap, struct en_object *self, void *data) {
    struct finalizers *finalizers = data;
    int64_t index = index_of(finalizers, self);

    (void)heap;
    if (index < 0 || index >= finalizers->knobs->count || finalizers->fates[index].releases > 0)
        return;
    struct fate *fate = &finalizers->fates[index];
    if (fate->has_risen ||
        rising_among(finalizers->knobs, index + 1) == rising_among(finalizers->knobs, index)) {
        release(finalizers, index);
        return;
    }
    fate->has_risen = true;
    finalizers->resurrected++;
    finalizers->risen[finalizers->risen_count++] = en_incref(self);
}

/* Closes and drops those that came back to life. Dropping one may bring the next. */
static void
drop_risen(struct finalizers *finalizers) {
    for (int64_t i = 0; i < finalizers->risen_count; i++) {
        struct en_object *resource = finalizers->risen[i];
        int64_t index = index_of(finalizers, resource);
        if (index >= 0)
            release(finalizers, index);
        en_decref(finalizers->heap, resource);
    }
    finalizers->risen_count = 0;
}

/* ---- Opening ------------------------------------------------------------------------------------ */

static int64_t
position_at(const struct finalizers *finalizers, int64_t index) {
    return (int64_t)(wl_rng_mix(finalizers->salt + (uint64_t)index) & NUMBER_MASK) | NUMBER_LEAST;
}

/* -1, and the reason is kept; 0 if there is none. */
static int
note_failure(struct finalizers *finalizers, int error) {
    if (error != 0 && finalizers->error == 0)
        finalizers->error = en_error(finalizers->heap);
    return error;
}

/* Takes over the value, which may be NULL: then it failed. */
static int
give(struct finalizers *finalizers, struct en_object *resource, enum name name,
     struct en_object *value) {
    int error = value == NULL
                    ? -1
                    : en_attr_set(finalizers->heap, resource, finalizers->names[name], value);
    en_xdecref(finalizers->heap, value);
    return error;
}

/* The number comes last: from then on it is open. */
static int
fill(struct finalizers *finalizers, struct en_object *resource, struct en_object *owner,
     const char *zeros) {
    struct en_heap *heap = finalizers->heap;
    bool is_cyclic = finalizers->knobs->release == RELEASE_CYCLE;
    int64_t index = finalizers->opened;
    int error = give(finalizers, resource, POSITION, en_int(heap, position_at(finalizers, index)));

    if (error == 0)
        error = give(finalizers, resource, BUFFER,
                     en_bytes(heap, zeros, (size_t)finalizers->knobs->payload));
    if (error == 0)
        error = give(finalizers, resource, OWNER, en_incref(is_cyclic ? owner : en_none(heap)));
    if (error == 0)
        error = give(finalizers, resource, NUMBER, en_int(heap, NUMBER_FIRST + index));
    if (note_failure(finalizers, error) != 0) /* or the two would keep each other */
        (void)en_attr_set(heap, resource, finalizers->names[OWNER], en_none(heap));
    return error;
}

/* The owner, which is the caller's. */
static struct en_object *
open_resource(struct finalizers *finalizers) {
    struct en_heap *heap = finalizers->heap;
    struct en_object *owner = en_instance_new(heap, finalizers->owner_class);
    struct en_object *resource =
        owner == NULL ? NULL : en_instance_new(heap, finalizers->resource_class);
    int error =
        resource == NULL ? -1 : en_attr_set(heap, owner, finalizers->resource_name, resource);

    if (error == 0)
        error = fill(finalizers, resource, owner, finalizers->zeros);
    note_failure(finalizers, error);
    en_xdecref(heap, resource);
    if (error == 0)
        return owner;
    en_xdecref(heap, owner);
    return NULL;
}

/* As a program does it that may not open another one. It does so once more; the limit is then gone. */
static void
make_room(struct finalizers *finalizers) {
    int64_t limit = finalizers->knobs->limit;

    if (limit == 0 || finalizers->has_run_out || finalizers->opened - finalizers->released < limit)
        return;
    finalizers->forced++;
    en_gc_collect(finalizers->heap, RT_GENERATIONS - 1);
    drop_risen(finalizers);
    finalizers->has_run_out = finalizers->opened - finalizers->released >= limit;
}

static int
open_next(struct finalizers *finalizers) {
    make_room(finalizers);
    struct en_object *owner = open_resource(finalizers);
    if (owner == NULL)
        return -1;
    finalizers->window[finalizers->opened % finalizers->knobs->live] = owner;
    finalizers->opened++;
    if (finalizers->opened - finalizers->released > finalizers->most_open)
        finalizers->most_open = finalizers->opened - finalizers->released;
    return 0;
}

/* ---- Letting go --------------------------------------------------------------------------------- */

/* Reads it, and moves it on. */
static int
use(struct finalizers *finalizers, struct en_object *resource, int64_t index) {
    struct en_heap *heap = finalizers->heap;
    struct en_object *value = en_attr_get(heap, resource, finalizers->names[POSITION]);
    struct en_object *buffer = en_attr_get(heap, resource, finalizers->names[BUFFER]);
    int64_t position = -1, expected = position_at(finalizers, index);
    int error = value == NULL || buffer == NULL ? -1 : 0;

    if (error == 0 && en_int_value(heap, value, &position) != 0)
        position = -1;
    finalizers->wrong +=
        error == 0 && (position != expected || finalizers->fates[index].releases > 0 ||
                       en_bytes_length(buffer) != (size_t)finalizers->knobs->payload);
    finalizers->digest =
        finalizers->digest * UINT64_C(0x9e3779b97f4a7c15) + wl_rng_mix((uint64_t)position);
    en_xdecref(heap, value);
    en_xdecref(heap, buffer);
    if (error == 0)
        error = give(finalizers, resource, POSITION, en_int(heap, position + 1));
    return error;
}

/* The oldest one, for the last time. */
static int
let_go(struct finalizers *finalizers) {
    struct en_object **place = &finalizers->window[finalizers->dropped % finalizers->knobs->live];
    struct en_object *resource = en_attr_get(finalizers->heap, *place, finalizers->resource_name);
    int64_t index = finalizers->dropped;

    if (resource == NULL)
        return note_failure(finalizers, -1);
    int error = note_failure(finalizers, use(finalizers, resource, index));
    finalizers->fates[index].last_use = (uint32_t)finalizers->operation;
    if (finalizers->knobs->release == RELEASE_CLOSE)
        release(finalizers, index);
    if (finalizers->knobs->release == RELEASE_CYCLE)
        finalizers->run->trash_objects += 2;
    en_decref(finalizers->heap, resource);
    en_decref(finalizers->heap, *place);
    *place = NULL;
    finalizers->dropped++;
    return error;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
resources_bytes(const struct finalizers_knobs *knobs, int64_t count) {
    int64_t values = wl_sizes_values(count, NAMES);
    return values + count * (WL_SIZES_INSTANCE + 2 * WL_SIZES_INT + BYTES_BYTES + knobs->payload);
}

static int64_t
owners_bytes(int64_t count) {
    return count * (WL_SIZES_SLOTS + 8);
}

static int64_t
count_living(const struct finalizers_knobs *knobs) {
    return knobs->count < knobs->live ? knobs->count : knobs->live;
}

/* Those that came back to life wait for the next operation. */
static uint64_t
finalizers_peak_live_bytes(const void *fields) {
    const struct finalizers_knobs *knobs = fields;
    int64_t living = count_living(knobs), rising = 0;

    if (knobs->release == RELEASE_COUNT)
        rising = rising_among(knobs, knobs->batch < knobs->count ? knobs->batch : knobs->count);
    return (uint64_t)(CLASSES_BYTES + resources_bytes(knobs, living + rising) +
                      owners_bytes(living));
}

static uint64_t
finalizers_peak_trash_bytes(const void *fields) {
    const struct finalizers_knobs *knobs = fields;
    int64_t living = count_living(knobs), most = knobs->count;

    if (knobs->release != RELEASE_CYCLE)
        return 0;
    if (knobs->limit > 0 && knobs->limit < most) /* those that rose wait for the next collection */
        most = knobs->limit + rising_among(knobs, knobs->limit - living);
    return (uint64_t)(resources_bytes(knobs, most) - resources_bytes(knobs, living) +
                      owners_bytes(most - living));
}

static uint64_t
finalizers_operations(const void *fields) {
    const struct finalizers_knobs *knobs = fields;
    return (uint64_t)((knobs->count + knobs->batch - 1) / knobs->batch);
}

static int
finalizers_check(const void *fields, struct rt_text *why) {
    const struct finalizers_knobs *knobs = fields;

    if (knobs->limit == 0 || knobs->limit > knobs->live)
        return 0;
    rt_text_string(why, "finalizers.limit must be more than finalizers.live, which is ");
    rt_text_integer(why, knobs->live);
    return -EINVAL;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
run_operation(struct finalizers *finalizers, int64_t count) {
    int error = 0;

    wl_begin(finalizers->run);
    drop_risen(finalizers);
    for (int64_t i = 0; error == 0 && i < count; i++) {
        if (finalizers->opened - finalizers->dropped == finalizers->knobs->live)
            error = let_go(finalizers);
        if (error == 0)
            error = open_next(finalizers);
        en_safe_point(finalizers->heap);
    }
    wl_end(finalizers->run);
    finalizers->operation++;
    if (error == 0)
        en_idle_window(finalizers->heap);
    if (error == 0 && finalizers->operation % finalizers->knobs->manual_every == 0)
        en_manual_point(finalizers->heap);
    return error;
}

static int
run_all(struct finalizers *finalizers) {
    const struct finalizers_knobs *knobs = finalizers->knobs;
    int error = 0;

    while (error == 0 && finalizers->opened < knobs->count) {
        int64_t left = knobs->count - finalizers->opened;
        error = run_operation(finalizers, left < knobs->batch ? left : knobs->batch);
    }
    while (error == 0 && finalizers->dropped < finalizers->opened)
        error = let_go(finalizers);
    drop_risen(finalizers);
    return error;
}

static void
report(struct finalizers *finalizers) {
    double *metrics = finalizers->run->metrics;
    int64_t unreleased = 0;

    finalizers->is_over = true;
    for (int64_t i = 0; i < finalizers->opened; i++)
        if (finalizers->fates[i].releases == 0) {
            count_delay(finalizers, delay_of(finalizers, i));
            unreleased++;
        }
    if (finalizers->delayed_count > 0)
        metrics[DELAY_MEAN] = (double)finalizers->delay_sum / (double)finalizers->delayed_count;
    metrics[DELAY_MAX] = (double)finalizers->delay_most;
    metrics[OPEN_PEAK] = (double)finalizers->most_open;
    metrics[OUT_OF_ORDER] = (double)finalizers->out_of_order;
    metrics[UNRELEASED] = (double)unreleased;
    metrics[RESURRECTED] = (double)finalizers->resurrected;
    metrics[FORCED] = (double)finalizers->forced;
    metrics[RAN_OUT] = finalizers->has_run_out;
}

/* As often as somebody comes back to life. */
static void
collect_all(struct finalizers *finalizers) {
    int64_t risen;

    do {
        en_gc_collect(finalizers->heap, RT_GENERATIONS - 1);
        risen = finalizers->risen_count;
        drop_risen(finalizers);
    } while (risen > 0);
}

/* With legacy finalizers rings are kept as garbage, and somebody has to break them. */
static void
break_garbage(struct finalizers *finalizers) {
    struct en_heap *heap = finalizers->heap;
    struct en_object *garbage = en_gc_garbage(heap); /* there since prepare */

    if (garbage == NULL || en_list_length(garbage) == 0)
        return;
    for (size_t i = 0; i < en_list_length(garbage); i++)
        (void)en_attr_set(heap, en_list_get(garbage, i), finalizers->names[OWNER], en_none(heap));
    en_list_clear(heap, garbage);
    collect_all(finalizers);
}

static void
release_all(struct finalizers *finalizers) {
    for (int64_t i = 0; i < finalizers->knobs->live; i++)
        en_xdecref(finalizers->heap, finalizers->window[i]);
    collect_all(finalizers);
    break_garbage(finalizers);
    en_free_lists_clear(finalizers->heap);
}

static int
finalizers_run(struct wl_run *run) {
    struct finalizers *finalizers = run->state;
    int64_t open = 0;
    int error = run_all(finalizers);

    if (error != 0)
        error = -finalizers->error;
    report(finalizers);
    wl_done(run);
    release_all(finalizers);
    run->digest = wl_rng_mix(finalizers->digest);
    for (int64_t i = 0; i < finalizers->opened; i++)
        open += finalizers->fates[i].releases != 1;
    if (run->why != NULL && error != 0) {
        rt_text_string(run->why, "a request failed when ");
        rt_text_integer(run->why, finalizers->opened);
        rt_text_string(run->why, " resources were opened");
    } else if (run->why != NULL && finalizers->wrong + open > 0) {
        rt_text_integer(run->why, finalizers->wrong);
        rt_text_string(run->why, " resources did not hold what was written into them, and ");
        rt_text_integer(run->why, open);
        rt_text_string(run->why, " were not released exactly once");
    }
    return error == 0 && finalizers->wrong + open > 0 ? -EBADMSG : error;
}

/* ---- Before and after --------------------------------------------------------------------------- */

/* What there is of them in case of a failure goes with drop_classes. */
static int
make_classes(struct finalizers *finalizers) {
    static const char *const slot[] = {"resource"};
    const struct en_class_spec resource = {
        .name = "Resource", .finalizer = finalize, .finalizer_data = finalizers};
    const struct en_class_spec owner = {.name = "Owner", .slots = slot, .slot_count = 1};

    for (size_t i = 0; i < NAMES; i++)
        if ((finalizers->names[i] = en_name(finalizers->heap, names[i])) == NULL)
            return -1;
    finalizers->resource_name = en_name(finalizers->heap, slot[0]);
    if (finalizers->resource_name != NULL)
        finalizers->resource_class = en_class_new(finalizers->heap, &resource);
    if (finalizers->resource_class != NULL)
        finalizers->owner_class = en_class_new(finalizers->heap, &owner);
    return finalizers->owner_class == NULL ? -1 : 0;
}

static void
drop_classes(struct finalizers *finalizers) {
    struct en_object **all[] = {&finalizers->resource_class, &finalizers->owner_class,
                                &finalizers->resource_name};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        en_xdecref(finalizers->heap, *all[i]);
        *all[i] = NULL;
    }
    for (size_t i = 0; i < NAMES; i++) {
        en_xdecref(finalizers->heap, finalizers->names[i]);
        finalizers->names[i] = NULL;
    }
}

static int
make_tables(struct finalizers *finalizers) {
    const struct finalizers_knobs *knobs = finalizers->knobs;

    finalizers->window = calloc((size_t)knobs->live, sizeof(struct en_object *));
    finalizers->risen = malloc((size_t)knobs->count * sizeof(struct en_object *));
    finalizers->fates = malloc((size_t)knobs->count * sizeof(struct fate));
    finalizers->zeros = calloc(1, (size_t)knobs->payload);
    if (finalizers->window == NULL || finalizers->risen == NULL || finalizers->fates == NULL ||
        finalizers->zeros == NULL)
        return -ENOMEM;
    for (int64_t i = 0; i < knobs->count; i++) {
        finalizers->fates[i] = (struct fate){.last_use = UINT32_MAX};
        finalizers->risen[i] = NULL;
    }
    return 0;
}

static int
finalizers_prepare(struct wl_run *run) {
    struct finalizers *finalizers = calloc(1, sizeof *finalizers);

    run->state = finalizers;
    if (finalizers == NULL)
        return -ENOMEM;
    finalizers->knobs = run->knobs;
    finalizers->run = run;
    finalizers->heap = run->heap;
    finalizers->salt = finalizers->digest = wl_rng_derive(run->seed, 1);
    if (make_tables(finalizers) != 0)
        return -ENOMEM;
    int error = make_classes(finalizers);
    if (error == 0) /* the list stays, and shall be no part of the run */
        error = en_gc_garbage(run->heap) == NULL ? -1 : 0;
    if (error != 0)
        drop_classes(finalizers);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
finalizers_finish(struct wl_run *run) {
    struct finalizers *finalizers = run->state;

    if (finalizers != NULL) {
        drop_classes(finalizers);
        free(finalizers->window);
        free(finalizers->risen);
        free(finalizers->fates);
        free(finalizers->zeros);
    }
    free(finalizers);
    run->state = NULL;
}

static const struct wl_metric metrics[METRICS] = {
    [DELAY_MEAN] = {"finalizers.delay_mean", "operations", "lower",
                    "from a resource's last use to its release, on average", true},
    [DELAY_MAX] = {"finalizers.delay_max", "operations", "lower", "the longest of these delays",
                   true},
    [OPEN_PEAK] = {"finalizers.open_peak", "resources", "lower",
                   "open at once at most, in use or not: the descriptors that run out", true},
    [OUT_OF_ORDER] = {"finalizers.out_of_order", "resources", "lower",
                      "released after one whose last use was later", true},
    [UNRELEASED] = {"finalizers.unreleased", "resources", "lower",
                    "still open when the program was done", true},
    [RESURRECTED] = {"finalizers.resurrected", "resources", "none",
                     "brought back to life by their finalizer while the program ran", true},
    [FORCED] = {"finalizers.forced_collections", "collections", "lower",
                "by hand, since as many were open as may be", true},
    [RAN_OUT] = {"finalizers.ran_out", "times", "lower",
                 "that a collection by hand made no room for another resource", true},
};

extern const struct wl_workload wl_finalizers;
const struct wl_workload wl_finalizers = {
    .name = "finalizers",
    .summary = "resources are opened, used and released: by the program, by their count, or when "
               "the collector finds them",
    .caveat = "releasing is counted and costs nothing here; a finalizer of CPython's engine is a C "
              "function that looks itself up, so its cost is not a Python method's",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct finalizers_knobs),
    .variant = "finalizers.release",
    .metrics = metrics,
    .metric_count = METRICS,
    .check = finalizers_check,
    .peak_live_bytes = finalizers_peak_live_bytes,
    .peak_trash_bytes = finalizers_peak_trash_bytes,
    .operations = finalizers_operations,
    .prepare = finalizers_prepare,
    .run = finalizers_run,
    .finish = finalizers_finish,
};
