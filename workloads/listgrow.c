/* SPDX-License-Identifier: MIT
 *
 * listgrow.c: one container grows to a length, item by item, round after round.
 *
 * A round makes the container, adds `listgrow.length` numbers to it, checks what is in it, and drops it. An
 * operation adds `listgrow.batch` of the numbers, whose objects are made before it begins; only a comprehension
 * and a generator make each when it is its turn. What differs between modes is what holds the numbers, and
 * how it gets them; the generator holds none.
 *
 * Invariants:
 *   - Number i is start + i * stride modulo 2^30, the stride odd, so that no number comes twice; what is
 *     checked is that a sequence has number i at place i, and that all have the right sum of scrambled
 *     numbers. The digest is that sum.
 *   - One int lives as long as the run, as some do in any program. Without it each round would begin in an
 *     empty heap, and pay for the memory that the round before gave back to the system.
 *   - The first round tells its sizes as a series, at each length where the size is another; it asks
 *     between operations, never in one.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum mode {
    MODE_APPEND,
    MODE_PREALLOC,
    MODE_EXTEND,
    MODE_GENERATOR,
    MODE_ARRAY,
    MODE_DICT,
    MODE_SET,
    MODE_COMPREHENSION
};

enum series {
    SERIES_LIST,
    SERIES_DICT,
    SERIES_SET,
    SERIES_ARRAY,
    SERIES_COUNT,
    SERIES_NONE = SERIES_COUNT
};

enum own_metric {
    METRIC_SIZES,
    METRIC_CONTAINER_BYTES,
    METRIC_HELD_BYTES,
    METRIC_COUNT
};

enum {
    NUMBER_MASK = (1 << 30) - 1, /* an int of one digit */
    GENERATOR_BYTES = 176,
};

struct listgrow_knobs {
    int64_t length, mode, batch, rounds;
};

/* Which objects there are for it, when it has its length. */
enum held {
    HELD_NONE,
    HELD_ONE, /* the one that was given last */
    HELD_ALL
};

struct listgrow;

/* One for each mode. `add` puts numbers from ... from + count - 1 in; `sum` reads all. */
struct way {
    struct en_object *(*make)(struct listgrow *grow);
    int (*add)(struct listgrow *grow, int64_t from, int64_t count);
    uint64_t (*sum)(struct listgrow *grow);
    bool takes_objects; /* which are in `pack` then */
    enum held held;
    enum series series;
};

struct listgrow {
    const struct listgrow_knobs *knobs;
    const struct way *way;
    struct wl_run *run;
    struct en_heap *heap;
    uint64_t start, stride;
    uint64_t expected; /* the sum */
    uint64_t passed;   /* the sum of what the generator gave in this round */
    struct en_object *container, *anchor;
    struct en_object **pack; /* of one batch */
    size_t size, sizes;      /* of the container now; how many different ones it had */
    int64_t held_bytes;      /* of the container and its items */
    int64_t round, length;   /* where we are */
    bool wrong;
};

static const char *const modes[] = {"append", "prealloc", "extend",        "generator", "array",
                                    "dict",   "set",      "comprehension", NULL};

static const struct rt_knob rows[] = {
    {.name = "listgrow.length",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct listgrow_knobs, length),
     .low = 1,
     .high = 100000000,
     .initial = 10000,
     .unit = "items",
     .help = "items that the container grows to; the last steps of growth are the slowest"},
    {.name = "listgrow.mode",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct listgrow_knobs, mode),
     .low = 0,
     .high = MODE_COMPREHENSION,
     .initial = MODE_APPEND,
     .choices = modes,
     .unit = "",
     .help = "a list in three ways, a generator that holds nothing, an array of C values, a dict, "
             "a set, and a list that makes each item itself"},
    {.name = "listgrow.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct listgrow_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 1,
     .unit = "items",
     .help = "items that one operation adds; more of them hide what timing costs, and the spikes"},
    {.name = "listgrow.rounds",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct listgrow_knobs, rounds),
     .low = 1,
     .high = 1000000,
     .initial = 100,
     .unit = "rounds",
     .help = "times that a container grows and is dropped; spikes that come in each are its own"},
};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_SIZES] = {"listgrow.sizes", "sizes", "none",
                      "different sizes of the container on its way to its length", true},
    [METRIC_CONTAINER_BYTES] = {"listgrow.container_bytes", "bytes", "lower",
                                "size of the container at its length, as sys.getsizeof says it",
                                true},
    [METRIC_HELD_BYTES] = {"listgrow.held_bytes", "bytes", "lower",
                           "the same and the sizes of the items that it has made necessary: all of "
                           "them, for a generator one, for an array none",
                           true},
};

static const struct wl_series own_series[SERIES_COUNT] = {
    [SERIES_LIST] = {"listgrow.list_bytes", "bytes", "items", "size of a list that is appended to"},
    [SERIES_DICT] = {"listgrow.dict_bytes", "bytes", "items", "size of a dict of ints"},
    [SERIES_SET] = {"listgrow.set_bytes", "bytes", "items", "size of a set of ints"},
    [SERIES_ARRAY] = {"listgrow.array_bytes", "bytes", "items",
                      "size of an array of 8-byte values"},
};

static int64_t
number_at(const struct listgrow *grow, int64_t index) {
    return (int64_t)((grow->start + (uint64_t)index * grow->stride) & NUMBER_MASK);
}

/* A sum of these does not depend on their order, and tells two sets of numbers apart. */
static uint64_t
scramble(int64_t number) {
    return ((uint64_t)number + UINT64_C(0x9e3779b97f4a7c15)) *
           ((uint64_t)number ^ UINT64_C(0xbf58476d1ce4e5b9));
}

static struct en_object *
make_number(struct listgrow *grow, int64_t index) {
    return en_int(grow->heap, number_at(grow, index));
}

static int64_t
value_of(struct listgrow *grow, struct en_object *number) {
    int64_t value;

    if (en_int_value(grow->heap, number, &value) == 0)
        return value;
    grow->wrong = true;
    return -1;
}

/* ---- The list ----------------------------------------------------------------------------------- */

static struct en_object *
make_list(struct listgrow *grow) {
    return en_list_new(grow->heap, 0);
}

static struct en_object *
make_full_list(struct listgrow *grow) {
    return en_list_repeat(grow->heap, en_none(grow->heap), (size_t)grow->knobs->length);
}

static int
add_by_append(struct listgrow *grow, int64_t from, int64_t count) {
    int error = 0;
    (void)from;
    for (int64_t i = 0; error == 0 && i < count; i++)
        error = en_list_append(grow->heap, grow->container, grow->pack[i]);
    return error;
}

static int
add_by_setting(struct listgrow *grow, int64_t from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        en_list_set(grow->heap, grow->container, (size_t)(from + i), grow->pack[i]);
    return 0;
}

static int
add_by_extend(struct listgrow *grow, int64_t from, int64_t count) {
    struct en_object *tuple = en_tuple_pack(grow->heap, grow->pack, (size_t)count);
    (void)from;
    if (tuple == NULL)
        return -1;
    int error = en_list_extend(grow->heap, grow->container, tuple);
    en_decref(grow->heap, tuple);
    return error;
}

/* [f(i) for i in range(n)] */
static int
add_by_making(struct listgrow *grow, int64_t from, int64_t count) {
    for (int64_t i = from; i < from + count; i++) {
        struct en_object *number = make_number(grow, i);
        if (number == NULL)
            return -1;
        int error = en_list_append(grow->heap, grow->container, number);
        en_decref(grow->heap, number);
        if (error != 0)
            return -1;
    }
    return 0;
}

static uint64_t
sum_list(struct listgrow *grow) {
    int64_t length = (int64_t)en_list_length(grow->container);
    uint64_t sum = 0;

    for (int64_t i = 0; i < length; i++) {
        int64_t value = value_of(grow, en_list_get(grow->container, (size_t)i));
        grow->wrong = grow->wrong || value != number_at(grow, i);
        sum += scramble(value);
    }
    return sum;
}

/* ---- The generator ------------------------------------------------------------------------------ */

static struct en_object *
resume(struct en_heap *heap, struct en_object *generator, void *data) {
    struct listgrow *grow = data;
    int64_t position = en_generator_position(generator);

    if (position == grow->knobs->length)
        return en_fail(heap, ENOENT);
    en_generator_set_position(generator, position + 1);
    return make_number(grow, position);
}

static struct en_object *
make_generator(struct listgrow *grow) {
    grow->passed = 0;
    return en_generator_new(grow->heap, resume, grow, 1);
}

static int
take_from_generator(struct listgrow *grow, int64_t from, int64_t count) {
    for (int64_t i = from; i < from + count; i++) {
        struct en_object *number = en_generator_next(grow->heap, grow->container);
        if (number == NULL)
            return -1;
        grow->passed += scramble(value_of(grow, number));
        en_decref(grow->heap, number);
    }
    return 0;
}

static uint64_t
sum_passed(struct listgrow *grow) {
    return grow->passed;
}

/* ---- The array ---------------------------------------------------------------------------------- */

static struct en_object *
make_array(struct listgrow *grow) {
    return en_array_new(grow->heap, RT_ARRAY_Q, 0);
}

static int
add_to_array(struct listgrow *grow, int64_t from, int64_t count) {
    for (int64_t i = from; i < from + count; i++)
        if (en_array_append_integer(grow->heap, grow->container, number_at(grow, i)) != 0)
            return -1;
    return 0;
}

static uint64_t
sum_array(struct listgrow *grow) {
    int64_t length = (int64_t)en_array_length(grow->container);
    uint64_t sum = 0;

    for (int64_t i = 0; i < length; i++) {
        int64_t value = en_array_get_integer(grow->container, (size_t)i);
        grow->wrong = grow->wrong || value != number_at(grow, i);
        sum += scramble(value);
    }
    return sum;
}

/* ---- The dict and the set ----------------------------------------------------------------------- */

static struct en_object *
make_dict(struct listgrow *grow) {
    return en_dict_new(grow->heap);
}

static int
add_to_dict(struct listgrow *grow, int64_t from, int64_t count) {
    int error = 0;
    (void)from;
    for (int64_t i = 0; error == 0 && i < count; i++)
        error = en_dict_set(grow->heap, grow->container, grow->pack[i], grow->pack[i]);
    return error;
}

/* A dict keeps the order of insertion. */
static uint64_t
sum_dict(struct listgrow *grow) {
    struct en_object *key, *value;
    size_t position = 0;
    int64_t index = 0;
    uint64_t sum = 0;

    for (; en_dict_next(grow->container, &position, &key, &value); index++) {
        int64_t number = value_of(grow, value);
        grow->wrong = grow->wrong || key != value || number != number_at(grow, index);
        sum += scramble(number);
    }
    return sum;
}

static struct en_object *
make_set(struct listgrow *grow) {
    return en_set_new(grow->heap);
}

static int
add_to_set(struct listgrow *grow, int64_t from, int64_t count) {
    int error = 0;
    (void)from;
    for (int64_t i = 0; error == 0 && i < count; i++)
        error = en_set_add(grow->heap, grow->container, grow->pack[i]);
    return error;
}

static uint64_t
sum_set(struct listgrow *grow) {
    struct en_object *key;
    size_t position = 0;
    uint64_t sum = 0;

    while (en_set_next(grow->heap, grow->container, &position, &key))
        sum += scramble(value_of(grow, key));
    return sum;
}

static const struct way ways[] = {
    [MODE_APPEND] = {make_list, add_by_append, sum_list, true, HELD_ALL, SERIES_LIST},
    [MODE_PREALLOC] = {make_full_list, add_by_setting, sum_list, true, HELD_ALL, SERIES_NONE},
    [MODE_EXTEND] = {make_list, add_by_extend, sum_list, true, HELD_ALL, SERIES_NONE},
    [MODE_GENERATOR] = {make_generator, take_from_generator, sum_passed, false, HELD_ONE,
                        SERIES_NONE},
    [MODE_ARRAY] = {make_array, add_to_array, sum_array, false, HELD_NONE, SERIES_ARRAY},
    [MODE_DICT] = {make_dict, add_to_dict, sum_dict, true, HELD_ALL, SERIES_DICT},
    [MODE_SET] = {make_set, add_to_set, sum_set, true, HELD_ALL, SERIES_SET},
    [MODE_COMPREHENSION] = {make_list, add_by_making, sum_list, false, HELD_ALL, SERIES_NONE},
};

/* ---- What it is going to need ------------------------------------------------------------------- */

static uint64_t
listgrow_peak_live_bytes(const void *knobs) {
    const struct listgrow_knobs *grow = knobs;
    int64_t length = grow->length, numbers = WL_SIZES_INT * (length + 1);

    switch ((enum mode)grow->mode) {
    case MODE_APPEND:
    case MODE_COMPREHENSION:
        return (uint64_t)(wl_sizes_list(length, 1) + numbers);
    case MODE_PREALLOC:
        return (uint64_t)(WL_SIZES_LIST + 8 * length + numbers);
    case MODE_EXTEND:
        return (uint64_t)(wl_sizes_list(length, grow->batch) + numbers + WL_SIZES_TUPLE +
                          8 * grow->batch);
    case MODE_GENERATOR:
        return GENERATOR_BYTES + 2 * WL_SIZES_INT;
    case MODE_ARRAY:
        return (uint64_t)wl_sizes_array(length);
    case MODE_DICT:
        return (uint64_t)wl_sizes_dict_peak(length, WL_SIZES_INT);
    case MODE_SET:
        break;
    }
    return (uint64_t)wl_sizes_set_peak(length, WL_SIZES_INT);
}

static uint64_t
listgrow_round_operations(const void *knobs) {
    const struct listgrow_knobs *grow = knobs;
    return (uint64_t)((grow->length + grow->batch - 1) / grow->batch);
}

static uint64_t
listgrow_operations(const void *knobs) {
    return listgrow_round_operations(knobs) *
           (uint64_t)((const struct listgrow_knobs *)knobs)->rounds;
}

/* ---- The run ------------------------------------------------------------------------------------ */

/* In the first round only. The last length is told again at the end, where the curve ends. */
static void
note_size(struct listgrow *grow, bool is_end) {
    size_t size = (size_t)en_sizeof(grow->heap, grow->container);

    grow->sizes += size != grow->size;
    if (grow->way->series != SERIES_NONE && (is_end || size != grow->size))
        wl_point(grow->run, grow->way->series, grow->length, (int64_t)size);
    grow->size = size;
}

/* All items are ints of one digit, and of one size. */
static void
note_end(struct listgrow *grow) {
    int64_t item = en_sizeof(grow->heap, grow->anchor);

    note_size(grow, true);
    grow->held_bytes = (int64_t)grow->size;
    if (grow->way->held == HELD_ALL)
        grow->held_bytes += item * grow->length;
    else if (grow->way->held == HELD_ONE)
        grow->held_bytes += item;
}

/* How many it could make. */
static int64_t
make_pack(struct listgrow *grow, int64_t count) {
    int64_t made = 0;

    while (grow->way->takes_objects && made < count &&
           (grow->pack[made] = make_number(grow, grow->length + made)) != NULL)
        made++;
    return made;
}

static void
drop_pack(struct listgrow *grow, int64_t made) {
    while (made > 0)
        en_decref(grow->heap, grow->pack[--made]);
}

static int
grow_to_length(struct listgrow *grow) {
    const struct listgrow_knobs *knobs = grow->knobs;
    int error = 0;

    while (error == 0 && grow->length < knobs->length) {
        int64_t left = knobs->length - grow->length;
        int64_t count = left < knobs->batch ? left : knobs->batch;
        int64_t made = make_pack(grow, count);
        if (grow->way->takes_objects && made < count) {
            drop_pack(grow, made);
            return -1;
        }
        wl_begin(grow->run);
        error = grow->way->add(grow, grow->length, count);
        wl_end(grow->run);
        drop_pack(grow, made);
        if (error != 0)
            break;
        grow->length += count;
        if (grow->round == 0)
            note_size(grow, false);
    }
    return error;
}

static int
run_round(struct listgrow *grow) {
    int64_t before = grow->round == 0 ? en_live_bytes(grow->heap) : 0;
    int error;

    grow->length = 0;
    grow->container = grow->way->make(grow);
    if (grow->container == NULL)
        return -1;
    if (grow->round == 0)
        note_size(grow, false);
    error = grow_to_length(grow);
    if (error == 0 && grow->round == 0) {
        note_end(grow);
        grow->run->items_live_bytes = wl_live_since(grow->heap, before);
    }
    (void)en_manual_point(grow->heap);
    (void)en_idle_window(grow->heap);
    if (error == 0 && grow->way->sum(grow) != grow->expected)
        grow->wrong = true;
    en_decref(grow->heap, grow->container);
    en_safe_point(grow->heap);
    return error;
}

static int
explain(struct listgrow *grow, int error) {
    struct rt_text *why = grow->run->why;

    if (why != NULL && (error != 0 || grow->wrong)) {
        rt_text_string(why, error != 0 ? "a request failed in round " : "wrong numbers in round ");
        rt_text_integer(why, grow->round + 1);
        rt_text_string(why, " at length ");
        rt_text_integer(why, grow->length);
    }
    return error != 0 ? -en_error(grow->heap) : grow->wrong ? -EBADMSG : 0;
}

static int
listgrow_run(struct wl_run *run) {
    struct listgrow *grow = run->state;
    int error = 0;

    grow->anchor = en_int(run->heap, NUMBER_MASK);
    if (grow->anchor == NULL)
        error = -1;
    while (error == 0 && !grow->wrong && grow->round < grow->knobs->rounds) {
        error = run_round(grow);
        grow->round += error == 0 && !grow->wrong;
    }
    en_xdecref(run->heap, grow->anchor);
    en_free_lists_clear(run->heap);
    run->items = (uint64_t)grow->knobs->length;
    run->metrics[METRIC_SIZES] = (double)grow->sizes;
    run->metrics[METRIC_CONTAINER_BYTES] = (double)grow->size;
    run->metrics[METRIC_HELD_BYTES] = (double)grow->held_bytes;
    run->digest = wl_rng_mix(grow->expected);
    return explain(grow, error);
}

static int
listgrow_prepare(struct wl_run *run) {
    const struct listgrow_knobs *knobs = run->knobs;
    struct listgrow *grow = calloc(1, sizeof *grow);
    struct wl_rng rng;

    run->state = grow;
    if (grow == NULL)
        return -ENOMEM;
    wl_rng_init(&rng, run->seed);
    grow->knobs = knobs;
    grow->way = &ways[knobs->mode];
    grow->run = run;
    grow->heap = run->heap;
    grow->start = wl_rng_next(&rng);
    grow->stride = wl_rng_next(&rng) | 1;
    for (int64_t i = 0; i < knobs->length; i++)
        grow->expected += scramble(number_at(grow, i));
    grow->pack = calloc((size_t)knobs->batch, sizeof(struct en_object *));
    return grow->pack == NULL ? -ENOMEM : 0;
}

static void
listgrow_finish(struct wl_run *run) {
    struct listgrow *grow = run->state;

    if (grow != NULL)
        free(grow->pack);
    free(grow);
    run->state = NULL;
}

extern const struct wl_workload wl_listgrow;
const struct wl_workload wl_listgrow = {
    .name = "listgrow",
    .summary = "a container grows to a length, item by item, round after round",
    .caveat =
        "an operation is one item by default, so that marking it, 20 to 70 ns, is most of its "
        "time: only what stands out from that is the container's",
    .version = 2,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct listgrow_knobs),
    .variant = "listgrow.mode",
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .series = own_series,
    .series_count = SERIES_COUNT,
    .peak_live_bytes = listgrow_peak_live_bytes,
    .operations = listgrow_operations,
    .round_operations = listgrow_round_operations,
    .prepare = listgrow_prepare,
    .run = listgrow_run,
    .finish = listgrow_finish,
};
