/* SPDX-License-Identifier: MIT
 *
 * instances.c: many small records of a few numbers each, in the ways that Python has for them.
 *
 * In each round create `instances.count` records and keep them in a list, read and write each attribute of
 * each once, drop one after the other. An operation does one of the three, which `instances.mark` names, with
 * `instances.batch` of them; the other two are in the wall time only. Between creation and reading, when
 * all live, is the point where a program would collect by hand, and where it waits.
 *
 * Invariants:
 *   - Attribute a of record i is a number that follows from the seed; what is read later is compared with
 *     it. The digest folds the numbers in, in order of records and attributes, so that every layout gives
 *     the same, whatever is marked.
 *   - The list has its full length before the first record is made, and so have the columns of layout
 *     `array`, in which there is neither list nor record: what is requested between the first record and
 *     the last is the records'. Columns are dropped with the last of them.
 *   - The class and the names of its attributes are there before the run, and stay until the heap goes:
 *     a class is part of a cycle.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum layout {
    LAYOUT_DICT,
    LAYOUT_INLINE,
    LAYOUT_SLOTS,
    LAYOUT_TUPLE,
    LAYOUT_ARRAY
};

enum values {
    VALUES_SHARED,
    VALUES_FLOATS,
    VALUES_INTS
};

enum mark {
    MARK_CREATE,
    MARK_TOUCH,
    MARK_DROP
};

enum own_metric {
    METRIC_RECORD_BYTES,
    METRIC_COUNT
};

enum {
    ATTRIBUTES_MOST = 40,
    NUMBER_MASK = (1 << 30) - 1, /* an int of one digit, and exact as a double */
    NUMBER_LEAST = 1 << 10,      /* above the ints that are shared */
    NAME_BYTES = 4,
    CLASS_BYTES = 4096, /* the class, its keys and the names, about */
};

struct instances_knobs {
    int64_t count, attributes, layout, values, mark, batch, rounds;
};

struct instances;

/* One for each layout. `create` makes record i; `touch` reads and writes its attributes; `drop` drops it. */
struct way {
    bool has_class;
    int (*begin)(struct instances *instances); /* what there is but once */
    int (*create)(struct instances *instances, int64_t i);
    int (*touch)(struct instances *instances, int64_t i);
    int (*drop)(struct instances *instances, int64_t i);
    int64_t (*measure)(struct instances *instances, int64_t i); /* its size */
};

struct instances {
    const struct instances_knobs *knobs;
    const struct way *way;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *list, *class_object, *shared;
    struct en_object *names[ATTRIBUTES_MOST];
    struct en_object *columns[ATTRIBUTES_MOST];
    uint64_t start, stride, digest;
    int64_t round, created, wrong;
    double record_bytes;
};

static const char *const layouts[] = {"dict", "inline", "slots", "tuple", "array", NULL};
static const char *const marks[] = {"create", "touch", "drop", NULL};
static const char *const values_names[] = {"shared", "floats", "ints", NULL};

static const struct rt_knob rows[] = {
    {.name = "instances.count",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct instances_knobs, count),
     .low = 1,
     .high = 100000000,
     .initial = 10000,
     .unit = "records",
     .help = "records that live at once"},
    {.name = "instances.attributes",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct instances_knobs, attributes),
     .low = 0,
     .high = ATTRIBUTES_MOST,
     .initial = 4,
     .unit = "attributes",
     .help =
         "attributes of each; from the 30th on an instance without slots needs a dict of its own"},
    {.name = "instances.layout",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct instances_knobs, layout),
     .low = 0,
     .high = LAYOUT_ARRAY,
     .initial = LAYOUT_DICT,
     .choices = layouts,
     .unit = "",
     .help = "an instance whose __dict__ was asked for, one without, one with __slots__, a tuple, "
             "columns"},
    {.name = "instances.values",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct instances_knobs, values),
     .low = 0,
     .high = VALUES_INTS,
     .initial = VALUES_SHARED,
     .choices = values_names,
     .unit = "",
     .help = "one object that all attributes refer to, or a float or an int made for each"},
    {.name = "instances.mark",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct instances_knobs, mark),
     .low = 0,
     .high = MARK_DROP,
     .initial = MARK_CREATE,
     .choices = marks,
     .unit = "",
     .help = "what is timed: making records, reading and writing each attribute, or dropping them"},
    {.name = "instances.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct instances_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 100,
     .unit = "records",
     .help = "records of one operation; a single one takes less time than timing it"},
    {.name = "instances.rounds",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct instances_knobs, rounds),
     .low = 1,
     .high = 1000000,
     .initial = 20,
     .unit = "rounds",
     .help =
         "times that all are made and dropped; the first also pays for memory never used before"},
};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_RECORD_BYTES] = {"instances.record_bytes", "bytes", "lower",
                             "size of a record without its values, as sys.getsizeof says it of the "
                             "instance and its __dict__, or of columns for each record",
                             true},
};

/* ---- Numbers ------------------------------------------------------------------------------------ */

static int64_t
number_at(const struct instances *instances, int64_t i, int64_t attribute) {
    uint64_t index = (uint64_t)(i * ATTRIBUTES_MOST + attribute);

    if (instances->knobs->values == VALUES_SHARED)
        index = 0;
    return (int64_t)((instances->start + index * instances->stride) & NUMBER_MASK) | NUMBER_LEAST;
}

static struct en_object *
make_number(struct instances *instances, int64_t i, int64_t attribute) {
    int64_t number = number_at(instances, i, attribute);

    switch ((enum values)instances->knobs->values) {
    case VALUES_SHARED:
        return en_incref(instances->shared);
    case VALUES_FLOATS:
        return en_float(instances->heap, (double)number);
    case VALUES_INTS:
        break;
    }
    return en_int(instances->heap, number);
}

static void
check_number(struct instances *instances, int64_t i, int64_t attribute, int64_t number) {
    instances->wrong += number != number_at(instances, i, attribute);
    instances->digest = (instances->digest + (uint64_t)number) * UINT64_C(0x9e3779b97f4a7c15);
}

static void
check_object(struct instances *instances, int64_t i, int64_t attribute, struct en_object *object) {
    int64_t number = -1;

    if (instances->knobs->values == VALUES_FLOATS)
        number = (int64_t)en_float_value(object);
    else if (en_int_value(instances->heap, object, &number) != 0)
        number = -1;
    check_number(instances, i, attribute, number);
}

/* ---- Instances ---------------------------------------------------------------------------------- */

static int
make_list(struct instances *instances) {
    instances->list = en_list_new(instances->heap, (size_t)instances->knobs->count);
    return instances->list == NULL ? -1 : 0;
}

/* "a00", "a01", ... */
static void
write_name(int64_t attribute, char ret_name[NAME_BYTES]) {
    ret_name[0] = 'a';
    ret_name[1] = (char)('0' + attribute / 10);
    ret_name[2] = (char)('0' + attribute % 10);
    ret_name[3] = '\0';
}

/* What there is of it in case of a failure goes with drop_class. */
static int
make_class(struct instances *instances) {
    bool has_slots = instances->knobs->layout == LAYOUT_SLOTS;
    char texts[ATTRIBUTES_MOST][NAME_BYTES];
    const char *slots[ATTRIBUTES_MOST + 1] = {NULL};

    for (int64_t a = 0; a < instances->knobs->attributes; a++) {
        write_name(a, texts[a]);
        slots[a] = texts[a];
        instances->names[a] = en_name(instances->heap, texts[a]);
        if (instances->names[a] == NULL)
            return -1;
    }
    const struct en_class_spec spec = {.name = "Record",
                                       .slots = has_slots ? slots : NULL,
                                       .slot_count =
                                           has_slots ? (size_t)instances->knobs->attributes : 0};
    instances->class_object = en_class_new(instances->heap, &spec);
    return instances->class_object == NULL ? -1 : 0;
}

static void
drop_class(struct instances *instances) {
    en_xdecref(instances->heap, instances->class_object);
    instances->class_object = NULL;
    for (size_t a = 0; a < ATTRIBUTES_MOST; a++) {
        en_xdecref(instances->heap, instances->names[a]);
        instances->names[a] = NULL;
    }
}

static int
set_attributes(struct instances *instances, struct en_object *instance, int64_t i) {
    for (int64_t a = 0; a < instances->knobs->attributes; a++) {
        struct en_object *number = make_number(instances, i, a);
        if (number == NULL)
            return -1;
        int error = en_attr_set(instances->heap, instance, instances->names[a], number);
        en_decref(instances->heap, number);
        if (error != 0)
            return -1;
    }
    return 0;
}

static int
create_instance(struct instances *instances, int64_t i) {
    struct en_object *instance = en_instance_new(instances->heap, instances->class_object);

    if (instance == NULL)
        return -1;
    en_list_put_steal(instances->list, (size_t)i, instance);
    return set_attributes(instances, instance, i);
}

static int
create_with_dict(struct instances *instances, int64_t i) {
    if (create_instance(instances, i) != 0)
        return -1;
    struct en_object *instance = en_list_get(instances->list, (size_t)i);
    return en_instance_dict(instances->heap, instance) == NULL ? -1 : 0;
}

static int
touch_instance(struct instances *instances, int64_t i) {
    struct en_object *instance = en_list_get(instances->list, (size_t)i);

    for (int64_t a = 0; a < instances->knobs->attributes; a++) {
        struct en_object *number = en_attr_get(instances->heap, instance, instances->names[a]);
        if (number == NULL)
            return -1;
        check_object(instances, i, a, number);
        int error = en_attr_set(instances->heap, instance, instances->names[a], number);
        en_decref(instances->heap, number);
        if (error != 0)
            return -1;
    }
    return 0;
}

static int
drop_item(struct instances *instances, int64_t i) {
    en_list_set(instances->heap, instances->list, (size_t)i, en_none(instances->heap));
    return 0;
}

static int64_t
measure_item(struct instances *instances, int64_t i) {
    struct en_object *item = en_list_get(instances->list, (size_t)i);
    int64_t bytes = en_sizeof(instances->heap, item);

    if (instances->knobs->layout == LAYOUT_DICT)
        bytes += en_sizeof(instances->heap, en_instance_dict(instances->heap, item));
    return bytes;
}

/* ---- Tuples ------------------------------------------------------------------------------------- */

static int
create_tuple(struct instances *instances, int64_t i) {
    struct en_object *tuple = en_tuple_new(instances->heap, (size_t)instances->knobs->attributes);

    if (tuple == NULL)
        return -1;
    en_list_put_steal(instances->list, (size_t)i, tuple);
    for (int64_t a = 0; a < instances->knobs->attributes; a++) {
        struct en_object *number = make_number(instances, i, a);
        if (number == NULL)
            return -1;
        en_tuple_put_steal(tuple, (size_t)a, number);
    }
    return 0;
}

/* Tuples cannot be written to: another one of the same numbers takes its place. */
static int
touch_tuple(struct instances *instances, int64_t i) {
    struct en_object *tuple = en_list_get(instances->list, (size_t)i);
    struct en_object *numbers[ATTRIBUTES_MOST + 1];

    for (int64_t a = 0; a < instances->knobs->attributes; a++) {
        numbers[a] = en_tuple_get(tuple, (size_t)a);
        check_object(instances, i, a, numbers[a]);
    }
    tuple = en_tuple_pack(instances->heap, numbers, (size_t)instances->knobs->attributes);
    if (tuple == NULL)
        return -1;
    en_list_set(instances->heap, instances->list, (size_t)i, tuple);
    en_decref(instances->heap, tuple);
    return 0;
}

/* ---- Columns ------------------------------------------------------------------------------------ */

static int
begin_columns(struct instances *instances) {
    bool doubles = instances->knobs->values == VALUES_FLOATS;

    for (int64_t a = 0; a < instances->knobs->attributes; a++) {
        instances->columns[a] = en_array_new(instances->heap, doubles ? RT_ARRAY_D : RT_ARRAY_Q,
                                             (size_t)instances->knobs->count);
        if (instances->columns[a] == NULL)
            return -1;
    }
    return 0;
}

static int
create_row(struct instances *instances, int64_t i) {
    bool doubles = instances->knobs->values == VALUES_FLOATS;
    int error = 0;

    for (int64_t a = 0; error == 0 && a < instances->knobs->attributes; a++) {
        int64_t number = number_at(instances, i, a);
        if (doubles)
            error = en_array_set_double(instances->heap, instances->columns[a], (size_t)i,
                                        (double)number);
        else
            error = en_array_set_integer(instances->heap, instances->columns[a], (size_t)i, number);
    }
    return error;
}

static int
touch_row(struct instances *instances, int64_t i) {
    bool doubles = instances->knobs->values == VALUES_FLOATS;
    int error = 0;

    for (int64_t a = 0; error == 0 && a < instances->knobs->attributes; a++) {
        struct en_object *column = instances->columns[a];
        int64_t number = doubles ? (int64_t)en_array_get_double(column, (size_t)i)
                                 : en_array_get_integer(column, (size_t)i);
        check_number(instances, i, a, number);
        if (doubles)
            error = en_array_set_double(instances->heap, column, (size_t)i, (double)number);
        else
            error = en_array_set_integer(instances->heap, column, (size_t)i, number);
    }
    return error;
}

static int
drop_row(struct instances *instances, int64_t i) {
    bool is_last = i == instances->knobs->count - 1;

    for (int64_t a = 0; is_last && a < instances->knobs->attributes; a++) {
        en_decref(instances->heap, instances->columns[a]);
        instances->columns[a] = NULL;
    }
    return 0;
}

static int64_t
measure_row(struct instances *instances, int64_t i) {
    int64_t bytes = 0;

    for (int64_t a = 0; a < instances->knobs->attributes; a++)
        bytes += en_sizeof(instances->heap, instances->columns[a]);
    return bytes / (i + 1);
}

static const struct way ways[] = {
    [LAYOUT_DICT] = {true, make_list, create_with_dict, touch_instance, drop_item, measure_item},
    [LAYOUT_INLINE] = {true, make_list, create_instance, touch_instance, drop_item, measure_item},
    [LAYOUT_SLOTS] = {true, make_list, create_instance, touch_instance, drop_item, measure_item},
    [LAYOUT_TUPLE] = {false, make_list, create_tuple, touch_tuple, drop_item, measure_item},
    [LAYOUT_ARRAY] = {false, begin_columns, create_row, touch_row, drop_row, measure_row},
};

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
plain_bytes(const struct instances_knobs *knobs) {
    int64_t attributes = knobs->attributes;
    bool keeps_values = attributes <= WL_SIZES_NAMES_MOST;
    bool has_dict = knobs->layout == LAYOUT_DICT || !keeps_values;
    int64_t each = WL_SIZES_INSTANCE + (has_dict ? WL_SIZES_DICT : 0);

    if (!keeps_values) /* a table of their own, for 43 to 85 names */
        return knobs->count * (each + wl_sizes_string_keys(128));
    return knobs->count * each + wl_sizes_values(knobs->count, attributes);
}

static uint64_t
instances_peak_live_bytes(const void *knobs) {
    const struct instances_knobs *instances = knobs;
    int64_t count = instances->count, attributes = instances->attributes;
    int64_t list = WL_SIZES_LIST + 8 * count, numbers = 0;

    if (instances->values != VALUES_SHARED)
        numbers =
            count * attributes * (instances->values == VALUES_INTS ? WL_SIZES_INT : WL_SIZES_FLOAT);
    switch ((enum layout)instances->layout) {
    case LAYOUT_DICT:
    case LAYOUT_INLINE:
        return (uint64_t)(list + CLASS_BYTES + plain_bytes(instances) + numbers);
    case LAYOUT_SLOTS:
        return (uint64_t)(list + CLASS_BYTES + count * (WL_SIZES_SLOTS + 8 * attributes) + numbers);
    case LAYOUT_TUPLE:
        return (uint64_t)(list + count * (attributes > 0 ? WL_SIZES_TUPLE + 8 * attributes : 0) +
                          numbers);
    case LAYOUT_ARRAY:
        break;
    }
    return (uint64_t)(attributes * (WL_SIZES_ARRAY + 8 * count));
}

static uint64_t
instances_round_operations(const void *knobs) {
    const struct instances_knobs *instances = knobs;
    return (uint64_t)((instances->count + instances->batch - 1) / instances->batch);
}

static uint64_t
instances_operations(const void *knobs) {
    return instances_round_operations(knobs) *
           (uint64_t)((const struct instances_knobs *)knobs)->rounds;
}

/* ---- The run ------------------------------------------------------------------------------------ */

/* Does it with all records, in operations if it is what is marked. */
static int
go_through(struct instances *instances, enum mark mark,
           int (*visit)(struct instances *instances, int64_t i), int64_t *ret_visited) {
    const struct instances_knobs *knobs = instances->knobs;
    bool is_marked = knobs->mark == (int64_t)mark;
    int64_t i = 0;
    int error = 0;

    while (error == 0 && i < knobs->count) {
        int64_t end = knobs->count - i < knobs->batch ? knobs->count : i + knobs->batch;
        if (is_marked)
            wl_begin(instances->run);
        for (; error == 0 && i < end; i += error == 0)
            error = visit(instances, i);
        if (is_marked)
            wl_end(instances->run);
        en_safe_point(instances->heap);
    }
    *ret_visited = i;
    return error;
}

static int
create_all(struct instances *instances) {
    bool has_columns = instances->knobs->layout == LAYOUT_ARRAY;
    int64_t before = en_live_bytes(instances->heap);
    int error = instances->way->begin(instances);

    if (!has_columns)
        before = en_live_bytes(instances->heap);
    if (error == 0)
        error = go_through(instances, MARK_CREATE, instances->way->create, &instances->created);
    if (error == 0 && instances->round == 0) {
        int64_t last = instances->created - 1;
        instances->run->items_live_bytes = wl_live_since(instances->heap, before);
        instances->record_bytes = (double)instances->way->measure(instances, last);
    }
    return error;
}

static void
drop_all(struct instances *instances) {
    struct en_heap *heap = instances->heap;

    en_xdecref(heap, instances->list);
    instances->list = NULL;
    for (size_t a = 0; a < ATTRIBUTES_MOST; a++) {
        en_xdecref(heap, instances->columns[a]);
        instances->columns[a] = NULL;
    }
}

static int
run_round(struct instances *instances) {
    int64_t visited;
    int error = create_all(instances);

    if (error == 0) {
        (void)en_manual_point(instances->heap);
        (void)en_idle_window(instances->heap);
        error = go_through(instances, MARK_TOUCH, instances->way->touch, &visited);
    }
    if (error == 0)
        error = go_through(instances, MARK_DROP, instances->way->drop, &visited);
    drop_all(instances);
    return error;
}

static int
run_rounds(struct instances *instances) {
    int error = 0;

    if (instances->knobs->values == VALUES_SHARED) {
        instances->shared = en_int(instances->heap, number_at(instances, 0, 0));
        error = instances->shared == NULL ? -1 : 0;
    }
    while (error == 0 && instances->wrong == 0 && instances->round < instances->knobs->rounds) {
        error = run_round(instances);
        instances->round += error == 0;
    }
    en_xdecref(instances->heap, instances->shared);
    return error;
}

static int
explain(struct instances *instances, int error) {
    struct rt_text *why = instances->run->why;

    if (why != NULL && error != 0) {
        rt_text_string(why, "a request failed in round ");
        rt_text_integer(why, instances->round + 1);
        rt_text_string(why, " after ");
        rt_text_integer(why, instances->created);
        rt_text_string(why, " records");
    } else if (why != NULL && instances->wrong > 0) {
        rt_text_integer(why, instances->wrong);
        rt_text_string(why, " attributes did not hold what was written into them");
    }
    return error == 0 && instances->wrong > 0 ? -EBADMSG : error;
}

static int
instances_run(struct wl_run *run) {
    struct instances *instances = run->state;
    int error = run_rounds(instances);

    if (error != 0)
        error = -en_error(run->heap);
    en_free_lists_clear(run->heap);
    run->items = (uint64_t)instances->knobs->count;
    run->digest = wl_rng_mix(instances->digest);
    run->metrics[METRIC_RECORD_BYTES] = instances->record_bytes;
    return explain(instances, error);
}

static int
instances_prepare(struct wl_run *run) {
    const struct instances_knobs *knobs = run->knobs;
    struct instances *instances = calloc(1, sizeof *instances);

    run->state = instances;
    if (instances == NULL)
        return -ENOMEM;
    instances->knobs = knobs;
    instances->way = &ways[knobs->layout];
    instances->run = run;
    instances->heap = run->heap;
    instances->start = instances->digest = wl_rng_derive(run->seed, 1);
    instances->stride = wl_rng_derive(run->seed, 2) | 1;
    int error = instances->way->has_class ? make_class(instances) : 0;
    if (error != 0)
        drop_class(instances);
    return wl_prepared(run, error, "a request failed while the class was made");
}

static void
instances_finish(struct wl_run *run) {
    if (run->state != NULL)
        drop_class(run->state);
    free(run->state);
    run->state = NULL;
}

extern const struct wl_workload wl_instances;
const struct wl_workload wl_instances = {
    .name = "instances",
    .summary = "many small records are made, read and written once, and dropped",
    .caveat =
        "an operation is a hundred records, since one takes less time than timing it does; of "
        "making, reading and writing, and dropping one is timed, the others are in the wall "
        "time only",
    .version = 2,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct instances_knobs),
    .variant = "instances.layout",
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .peak_live_bytes = instances_peak_live_bytes,
    .operations = instances_operations,
    .round_operations = instances_round_operations,
    .prepare = instances_prepare,
    .run = instances_run,
    .finish = instances_finish,
};
