/* SPDX-License-Identifier: MIT
 *
 * pool.c: objects that are costly to build, built for each use, or taken from a pool of used ones.
 *
 * `pool.live` objects are in use. Each of `pool.operations` operations lets go of `pool.batch` of them, anyone,
 * and acquires about as many for their next use. Demand swings: the number in use falls by
 * `pool.swing` of its greatest and rises again, half a batch an operation. What is let go is dropped, or laid into
 * a list of idle objects, from whose end the next one is taken and then reset.
 *
 * Invariants:
 *   - An object is an instance with the number of its use, a state, and a buffer, a list of `pool.cost` floats of
 *     which number p is base_of(p). A use adds one to a few of them, at places that follow from its number, and
 *     writes what it read there into the state.
 *   - A reset sets number and state, and undoes what the last use did to the buffer: it reads that use's number
 *     off the object. A built one and a reset one cannot be told apart.
 *   - What a use reads has to be base_of(p), or the reset before it forgot something; what it wrote has to
 *     be there when it ends. An object that is let go after the last operation is compared from end to end.
 *     The digest folds in the states, in the order in which uses end.
 *   - Draws do not depend on the way, nor does which use ends when.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum way {
    WAY_FRESH,
    WAY_POOLED
};

enum own_metric {
    METRIC_ACQUIRED,
    METRIC_BUILT,
    METRIC_REUSE,
    METRIC_IDLE,
    METRIC_COUNT
};

enum {
    PLACES = 4, /* of the buffer, that a use touches; some may be the same */
    COST_MOST = 65536,
    NUMBER_LEAST = 1000, /* neither numbers nor states are ints that are shared */
    ATTRIBUTES = 3,
    CLASS_BYTES = 3000, /* the class, its keys and the names, about */
};

struct pool_knobs {
    int64_t operations, batch, live, way, cost, idle;
    double swing;
};

struct use {
    struct en_object *object;
    int64_t number;
};

struct pool {
    const struct pool_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct wl_rng rng;
    uint64_t salt, digest;
    struct en_object *class_object, *owner, *state, *buffer; /* the class and its names */
    struct en_object *idle;                                  /* a list */
    struct use *uses;
    int64_t use_count, acquired, built, idle_most, wrong;
};

static const char *const ways[] = {"fresh", "pooled", NULL};

static const struct rt_knob rows[] = {
    {.name = "pool.operations",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct pool_knobs, operations),
     .low = 1,
     .high = 1000000000,
     .initial = 5000,
     .unit = "operations",
     .help = "times that a batch of objects is let go and another one acquired"},
    {.name = "pool.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct pool_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "objects",
     .help =
         "objects that one operation lets go; a single cheap one takes less time than timing it"},
    {.name = "pool.live",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct pool_knobs, live),
     .low = 1,
     .high = 10000000,
     .initial = 500,
     .unit = "objects",
     .help = "most objects that are in use at once"},
    {.name = "pool.swing",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct pool_knobs, swing),
     .ratio_low = 0,
     .ratio_high = 1,
     .ratio_initial = 0.5,
     .unit = "",
     .help = "share of them that demand falls and rises by; a pool keeps its memory meanwhile"},
    {.name = "pool.way",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct pool_knobs, way),
     .low = 0,
     .high = WAY_POOLED,
     .initial = WAY_FRESH,
     .choices = ways,
     .unit = "",
     .help =
         "an object is built for each use and dropped behind it, or kept, reset and used again"},
    {.name = "pool.cost",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct pool_knobs, cost),
     .low = 0,
     .high = COST_MOST,
     .initial = 32,
     .unit = "floats",
     .help = "length of the buffer that building one makes; 0: none, so that objects are cheap"},
    {.name = "pool.idle",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct pool_knobs, idle),
     .low = 0,
     .high = 10000000,
     .initial = 1000,
     .unit = "objects",
     .help = "most objects that the pool keeps idle; more are dropped, and have to be built again"},
};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_ACQUIRED] = {"pool.acquired", "objects", "none", "uses of an object", true},
    [METRIC_BUILT] = {"pool.built", "objects", "lower", "objects built for them", true},
    [METRIC_REUSE] = {"pool.reuse_share", "ratio", "higher",
                      "share of the uses whose object had been used before", true},
    [METRIC_IDLE] = {"pool.idle_most", "objects", "lower", "most objects that lay idle at once",
                     true},
};

static int64_t
span_of(const struct pool_knobs *knobs) {
    return (int64_t)(knobs->swing * (double)knobs->live);
}

/* How many are to be in use when operation n has ended: a triangle between the most and the least. */
static int64_t
demand_at(const struct pool_knobs *knobs, int64_t n) {
    int64_t span = span_of(knobs), step = knobs->batch > 1 ? knobs->batch / 2 : 1;

    if (span == 0)
        return knobs->live;
    int64_t phase = n % (2 * span) * step % (2 * span);
    return knobs->live - (phase < span ? phase : 2 * span - phase);
}

/* ---- What a use does ---------------------------------------------------------------------------- */

static double
base_of(int64_t place) {
    return (double)(NUMBER_LEAST + (place & 1023));
}

static void
find_places(const struct pool *pool, int64_t number, int64_t ret_places[PLACES]) {
    uint64_t bits = wl_rng_mix(pool->salt + (uint64_t)number);

    for (int i = 0; i < PLACES; i++, bits >>= 16)
        ret_places[i] = (int64_t)((bits & 0xffff) * (uint64_t)pool->knobs->cost >> 16);
}

/* How often the place is among the first so many. */
static double
times_among(const int64_t places[PLACES], int count, int64_t place) {
    int times = 0;

    for (int i = 0; i < count; i++)
        times += places[i] == place;
    return times;
}

static double
read_place(const struct en_object *buffer, int64_t place) {
    return en_float_value(en_list_get((struct en_object *)buffer, (size_t)place));
}

static int
write_place(struct pool *pool, struct en_object *buffer, int64_t place, double value) {
    struct en_object *number = en_float(pool->heap, value);

    if (number == NULL)
        return -1;
    en_list_set(pool->heap, buffer, (size_t)place, number);
    en_decref(pool->heap, number);
    return 0;
}

static int
write_attribute(struct pool *pool, struct en_object *object, struct en_object *name,
                int64_t value) {
    struct en_object *number = en_int(pool->heap, value);

    if (number == NULL)
        return -1;
    int error = en_attr_set(pool->heap, object, name, number);
    en_decref(pool->heap, number);
    return error;
}

static int
read_attribute(struct pool *pool, struct en_object *object, struct en_object *name,
               int64_t *ret_value) {
    struct en_object *number = en_attr_get(pool->heap, object, name);

    if (number == NULL)
        return -1;
    int error = en_int_value(pool->heap, number, ret_value);
    en_decref(pool->heap, number);
    return error;
}

/* Owned by the caller. */
static struct en_object *
buffer_of(struct pool *pool, struct en_object *object) {
    return en_attr_get(pool->heap, object, pool->buffer);
}

/* The sum of what it read, or -1. */
static int64_t
touch_buffer(struct pool *pool, struct en_object *object, int64_t number) {
    struct en_object *buffer = buffer_of(pool, object);
    int64_t places[PLACES], sum = 0;
    int error = buffer == NULL ? -1 : 0;

    find_places(pool, number, places);
    for (int i = 0; error == 0 && i < PLACES; i++) {
        double value = read_place(buffer, places[i]);
        pool->wrong += value != base_of(places[i]) + times_among(places, i, places[i]);
        sum += (int64_t)value;
        error = write_place(pool, buffer, places[i], value + 1);
    }
    en_xdecref(pool->heap, buffer);
    return error != 0 ? -1 : sum;
}

static int
begin_use(struct pool *pool, struct en_object *object, int64_t number) {
    int64_t state = -1, sum = NUMBER_LEAST + (number & 1023);

    if (read_attribute(pool, object, pool->state, &state) != 0)
        return -1;
    pool->wrong += state != 0;
    if (pool->knobs->cost > 0)
        sum = touch_buffer(pool, object, number);
    return sum < 0 ? -1 : write_attribute(pool, object, pool->state, sum);
}

static int
check_buffer(struct pool *pool, const struct use *use, bool is_last) {
    struct en_object *buffer = buffer_of(pool, use->object);
    int64_t places[PLACES];

    if (buffer == NULL)
        return -1;
    find_places(pool, use->number, places);
    for (int i = 0; i < PLACES; i++)
        pool->wrong += read_place(buffer, places[i]) !=
                       base_of(places[i]) + times_among(places, PLACES, places[i]);
    for (int64_t p = 0; is_last && p < pool->knobs->cost; p++)
        pool->wrong += read_place(buffer, p) != base_of(p) + times_among(places, PLACES, p);
    en_decref(pool->heap, buffer);
    return 0;
}

static int
end_use(struct pool *pool, const struct use *use, bool is_last) {
    int64_t number = -1, state = -1;
    int error = read_attribute(pool, use->object, pool->owner, &number);

    if (error == 0)
        error = read_attribute(pool, use->object, pool->state, &state);
    if (error == 0 && pool->knobs->cost > 0)
        error = check_buffer(pool, use, is_last);
    pool->wrong += error == 0 && number != use->number;
    pool->digest =
        (pool->digest + (uint64_t)number + ((uint64_t)state << 32)) * UINT64_C(0x9e3779b97f4a7c15);
    return error;
}

/* ---- Building and resetting --------------------------------------------------------------------- */

static struct en_object *
build_buffer(struct pool *pool) {
    struct en_object *buffer = en_list_new(pool->heap, (size_t)pool->knobs->cost);

    for (int64_t p = 0; buffer != NULL && p < pool->knobs->cost; p++) {
        struct en_object *number = en_float(pool->heap, base_of(p));
        if (number == NULL) {
            en_decref(pool->heap, buffer);
            return NULL;
        }
        en_list_put_steal(buffer, (size_t)p, number);
    }
    return buffer;
}

static int
furnish(struct pool *pool, struct en_object *object, int64_t number) {
    int error = write_attribute(pool, object, pool->owner, number);

    if (error == 0)
        error = write_attribute(pool, object, pool->state, 0);
    if (error != 0 || pool->knobs->cost == 0)
        return error;
    struct en_object *buffer = build_buffer(pool);
    if (buffer == NULL)
        return -1;
    error = en_attr_set(pool->heap, object, pool->buffer, buffer);
    en_decref(pool->heap, buffer);
    return error;
}

static struct en_object *
build(struct pool *pool, int64_t number) {
    struct en_object *object = en_instance_new(pool->heap, pool->class_object);

    if (object == NULL)
        return NULL;
    if (furnish(pool, object, number) != 0) {
        en_decref(pool->heap, object);
        return NULL;
    }
    pool->built++;
    return object;
}

static int
restore_buffer(struct pool *pool, struct en_object *object, int64_t last) {
    struct en_object *buffer = buffer_of(pool, object);
    int64_t places[PLACES];
    int error = buffer == NULL ? -1 : 0;

    find_places(pool, last, places);
    for (int i = 0; error == 0 && i < PLACES; i++)
        error = write_place(pool, buffer, places[i], base_of(places[i]));
    en_xdecref(pool->heap, buffer);
    return error;
}

static int
reset(struct pool *pool, struct en_object *object, int64_t number) {
    int64_t last;

    if (read_attribute(pool, object, pool->owner, &last) != 0)
        return -1;
    if (pool->knobs->cost > 0 && restore_buffer(pool, object, last) != 0)
        return -1;
    if (write_attribute(pool, object, pool->owner, number) != 0)
        return -1;
    return write_attribute(pool, object, pool->state, 0);
}

/* Takes an idle one, or builds one. */
static struct en_object *
obtain(struct pool *pool, int64_t number) {
    size_t idle = en_list_length(pool->idle);

    if (idle == 0)
        return build(pool, number);
    struct en_object *object = en_list_pop(pool->heap, pool->idle, idle - 1);
    if (object != NULL && reset(pool, object, number) != 0) {
        en_decref(pool->heap, object);
        return NULL;
    }
    return object;
}

static int
acquire(struct pool *pool) {
    int64_t number = NUMBER_LEAST + pool->acquired;
    struct en_object *object = obtain(pool, number);

    if (object == NULL)
        return -1;
    pool->acquired++;
    pool->uses[pool->use_count++] = (struct use){object, number};
    return begin_use(pool, object, number);
}

/* Ends the use at that place, which the newest one takes. */
static int
let_go(struct pool *pool, uint32_t at, bool is_last) {
    struct use use = pool->uses[at];
    int64_t idle = (int64_t)en_list_length(pool->idle);
    bool keeps = pool->knobs->way == WAY_POOLED && !is_last && idle < pool->knobs->idle;

    pool->uses[at] = pool->uses[--pool->use_count];
    int error = end_use(pool, &use, is_last);
    if (error == 0 && keeps) {
        error = en_list_append(pool->heap, pool->idle, use.object);
        pool->idle_most = idle < pool->idle_most ? pool->idle_most : idle + 1;
    }
    en_decref(pool->heap, use.object);
    return error;
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static uint64_t
pool_peak_live_bytes(const void *knobs) {
    const struct pool_knobs *pool = knobs;
    int64_t attributes = pool->cost > 0 ? ATTRIBUTES : ATTRIBUTES - 1;
    int64_t each = WL_SIZES_INSTANCE + 2 * WL_SIZES_INT;

    if (pool->cost > 0)
        each += WL_SIZES_LIST + (8 + WL_SIZES_FLOAT) * pool->cost;
    return (uint64_t)(CLASS_BYTES + pool->live * each + wl_sizes_values(pool->live, attributes));
}

static uint64_t
pool_operations(const void *knobs) {
    return (uint64_t)((const struct pool_knobs *)knobs)->operations;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
run_operation(struct pool *pool, int64_t n) {
    int64_t batch = pool->knobs->batch, demand = demand_at(pool->knobs, n);
    int error = 0;

    for (int64_t i = 0; error == 0 && i < batch && pool->use_count > 0; i++)
        error = let_go(pool, wl_rng_below(&pool->rng, (uint32_t)pool->use_count), false);
    while (error == 0 && pool->use_count < demand)
        error = acquire(pool);
    return error;
}

static int
run_phases(struct pool *pool) {
    int64_t before = en_live_bytes(pool->heap);
    int error = 0;

    while (error == 0 && pool->use_count < pool->knobs->live)
        error = acquire(pool);
    pool->run->items_live_bytes = wl_live_since(pool->heap, before);
    for (int64_t n = 1; error == 0 && n <= pool->knobs->operations; n++) {
        wl_begin(pool->run);
        error = run_operation(pool, n);
        wl_end(pool->run);
        en_safe_point(pool->heap);
    }
    while (error == 0 && pool->use_count > 0)
        error = let_go(pool, (uint32_t)pool->use_count - 1, true);
    return error;
}

static void
tell(struct pool *pool) {
    struct wl_run *run = pool->run;
    double reused = (double)(pool->acquired - pool->built);

    run->items = (uint64_t)pool->knobs->live;
    run->digest = wl_rng_mix(pool->digest);
    run->metrics[METRIC_ACQUIRED] = (double)pool->acquired;
    run->metrics[METRIC_BUILT] = (double)pool->built;
    run->metrics[METRIC_REUSE] = pool->acquired > 0 ? reused / (double)pool->acquired : 0;
    run->metrics[METRIC_IDLE] = (double)pool->idle_most;
}

static int
pool_run(struct wl_run *run) {
    struct pool *pool = run->state;
    int error = -1;

    pool->idle = en_list_new(run->heap, 0);
    if (pool->idle != NULL)
        error = run_phases(pool);
    if (error != 0)
        error = -en_error(run->heap);
    while (pool->use_count > 0)
        en_decref(run->heap, pool->uses[--pool->use_count].object);
    en_xdecref(run->heap, pool->idle);
    en_free_lists_clear(run->heap);
    tell(pool);
    return wl_ended(run, error, pool->acquired, "uses", pool->wrong,
                    "times an object was not as a reset or a use had left it");
}

static void
drop_class(struct pool *pool) {
    en_xdecref(pool->heap, pool->class_object);
    en_xdecref(pool->heap, pool->owner);
    en_xdecref(pool->heap, pool->state);
    en_xdecref(pool->heap, pool->buffer);
    pool->class_object = pool->owner = pool->state = pool->buffer = NULL;
}

static int
make_class(struct pool *pool) {
    const struct en_class_spec spec = {.name = "Expensive"};

    pool->owner = en_name(pool->heap, "owner");
    pool->state = pool->owner == NULL ? NULL : en_name(pool->heap, "state");
    pool->buffer = pool->state == NULL ? NULL : en_name(pool->heap, "buffer");
    if (pool->buffer != NULL)
        pool->class_object = en_class_new(pool->heap, &spec);
    return pool->class_object == NULL ? -1 : 0;
}

static int
pool_prepare(struct wl_run *run) {
    const struct pool_knobs *knobs = run->knobs;
    size_t uses_bytes = (size_t)knobs->live * sizeof(struct use);
    struct pool *pool = calloc(1, sizeof *pool);

    run->state = pool;
    if (pool == NULL)
        return -ENOMEM;
    pool->knobs = knobs;
    pool->run = run;
    pool->heap = run->heap;
    pool->salt = pool->digest = wl_rng_derive(run->seed, 1);
    wl_rng_init(&pool->rng, run->seed);
    pool->uses = malloc(uses_bytes);
    if (pool->uses == NULL)
        return -ENOMEM;
    memset(pool->uses, 0xff, uses_bytes);
    int error = make_class(pool);
    if (error != 0)
        drop_class(pool);
    return wl_prepared(run, error, "a request failed while the class was made");
}

static void
pool_finish(struct wl_run *run) {
    struct pool *pool = run->state;

    if (pool != NULL) {
        drop_class(pool);
        free(pool->uses);
    }
    free(pool);
    run->state = NULL;
}

extern const struct wl_workload wl_pool;
const struct wl_workload wl_pool = {
    .name = "pool",
    .summary = "objects with a buffer are built for each use, or kept, reset and used again",
    .caveat = "what is costly to build is memory and numbers here; where it is a connection or a "
              "file, a pool saves what no allocator sees",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct pool_knobs),
    .variant = "pool.way",
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .peak_live_bytes = pool_peak_live_bytes,
    .operations = pool_operations,
    .prepare = pool_prepare,
    .run = pool_run,
    .finish = pool_finish,
};
