/* SPDX-License-Identifier: MIT
 *
 * deque.c: a queue of bounded length whose entries are small cycles that carry payload, so that each one
 * appended makes trash of the oldest. What lives is always the same; what is in memory is what the collector
 * lets wait besides. It counts objects, and most of the bytes are in none that it counts.
 *
 * An entry is a ring of `deque.nodes` instances, the first of which has a bytes object; a ring of one refers
 * to itself. The queue is a list of `deque.live` entries that is overwritten round and round. An operation
 * appends `deque.batch` of them. Behind each entry there is a safe point, behind each operation an idle
 * window, and a manual point whenever the queue has been overwritten once.
 *
 * Invariants:
 *   - Nothing but its own ring refers to a node, and the queue to the first one of each.
 *   - A payload begins and ends with a number that follows from the seed and its entry's. Before an entry
 *     goes, and at the end for those that are left, both are compared and the ring is walked once; the
 *     digest folds the numbers in, in order.
 *   - The first node of every `deque.witness`-th entry is a witness (witness.h), and stands for so many
 *     entries. It differs from the others in its class only.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"
#include "workloads/witness.h"

enum {
    STAMP_BYTES = sizeof(uint64_t),
    PAYLOAD_LEAST = 2 * STAMP_BYTES,
    CLASSES_BYTES = 3600, /* both classes, their keys and the names, about */
    POINTS = 128          /* of the series */
};

enum {
    METRIC_TRASH_ENTRIES,
    METRIC_TRASH_BYTES,
    METRIC_TRASH_TO_LIVE,
    METRIC_FIRST_GONE,
    METRIC_COUNT
};

struct deque_knobs {
    int64_t live, appends, payload, nodes, batch, witness;
};

struct deque {
    const struct deque_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *node_class, *witness_class, *next_name, *payload_name;
    struct en_object *queue;
    unsigned char *payload; /* what the next one is copied from */
    int64_t appended, checked;
    int64_t first_gone;  /* entries appended when the first one was seen to be gone; 0: none was */
    int64_t waited_most; /* since the last point of the series */
    int64_t next_point, point_step; /* entries appended when the next one is due */
    struct wl_witness witness;
    uint64_t salt, digest;
    int64_t wrong;
};

static const struct wl_metric own_metrics[METRIC_COUNT] = {
    [METRIC_TRASH_ENTRIES] = {"deque.trash_entries", "entries", "lower",
                              "most entries that were dropped and not yet collected, to within "
                              "deque.witness",
                              true},
    [METRIC_TRASH_BYTES] = {"deque.trash_bytes", "bytes", "lower",
                            "what they came to, payload and all", true},
    [METRIC_TRASH_TO_LIVE] = {"deque.trash_to_live", "ratio", "lower",
                              "the same in lengths of the queue", true},
    [METRIC_FIRST_GONE] = {"deque.first_gone", "entries", "lower",
                           "entries appended before the first one was collected", true},
};

static const struct wl_series own_series[] = {
    {"deque.trash", "entries", "entries",
     "entries that were dropped and not yet collected, the most since the point before, against "
     "entries appended"},
};

static const struct rt_knob rows[] = {
    {.name = "deque.live",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct deque_knobs, live),
     .low = 1,
     .high = 10000000,
     .initial = 1000,
     .unit = "entries",
     .help = "length of the queue, the entries that live"},
    {.name = "deque.appends",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct deque_knobs, appends),
     .low = 1,
     .high = 1000000000,
     .initial = 30000,
     .unit = "entries",
     .help = "entries appended in all; each beyond deque.live makes trash of the oldest"},
    {.name = "deque.payload",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct deque_knobs, payload),
     .low = PAYLOAD_LEAST,
     .high = 1 << 26,
     .initial = 1000,
     .unit = "bytes",
     .help = "bytes that an entry carries; the collector counts objects, and does not see them"},
    {.name = "deque.nodes",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct deque_knobs, nodes),
     .low = 1,
     .high = 1000000,
     .initial = 1,
     .unit = "nodes",
     .help = "instances of an entry's ring; more of them bring each collection nearer"},
    {.name = "deque.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct deque_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "entries",
     .help = "entries that one operation appends"},
    {.name = "deque.witness",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct deque_knobs, witness),
     .low = 0,
     .high = 1000000,
     .initial = 50,
     .unit = "entries",
     .help = "one in so many entries has a finalizer, by which it is seen to go; each costs the "
             "collector a call; 0: none has, and trash is not counted"},
};

/* ---- Entries ------------------------------------------------------------------------------------ */

static uint64_t
stamp_of(const struct deque *deque, int64_t entry) {
    return wl_rng_mix(deque->salt + (uint64_t)entry);
}

static bool
is_witness(const struct deque *deque, int64_t entry) {
    return deque->knobs->witness > 0 && entry % deque->knobs->witness == 0;
}

static struct en_object *
make_payload(struct deque *deque) {
    const size_t bytes = (size_t)deque->knobs->payload;
    const uint64_t stamp = stamp_of(deque, deque->appended);

    memcpy(deque->payload, &stamp, STAMP_BYTES);
    memcpy(deque->payload + bytes - STAMP_BYTES, &stamp, STAMP_BYTES);
    return en_bytes(deque->heap, deque->payload, bytes);
}

/* The first node, yet without a next one. */
static struct en_object *
make_first(struct deque *deque) {
    struct en_heap *heap = deque->heap;
    struct en_object *class_object =
        is_witness(deque, deque->appended) ? deque->witness_class : deque->node_class;
    struct en_object *first = en_instance_new(heap, class_object);
    struct en_object *payload = first == NULL ? NULL : make_payload(deque);

    if (payload == NULL || en_attr_set(heap, first, deque->payload_name, payload) != 0) {
        en_xdecref(heap, first);
        first = NULL;
    }
    en_xdecref(heap, payload);
    return first;
}

/* The caller's. What a failure leaves is a chain, and dies by count. */
static struct en_object *
make_entry(struct deque *deque) {
    struct en_heap *heap = deque->heap;
    struct en_object *first = make_first(deque), *last = first; /* the last one is borrowed */
    int error = first == NULL ? -1 : 0;

    for (int64_t i = 1; error == 0 && i < deque->knobs->nodes; i++) {
        struct en_object *node = en_instance_new(heap, deque->node_class);
        error = node == NULL ? -1 : en_attr_set(heap, last, deque->next_name, node);
        en_xdecref(heap, node);
        last = node;
    }
    if (error == 0)
        error = en_attr_set(heap, last, deque->next_name, first);
    if (error == 0)
        return first;
    en_xdecref(heap, first);
    return NULL;
}

/* Walks the ring once, and must come back to where it began. */
static int
check_ring(struct deque *deque, struct en_object *first) {
    struct en_object *node = first; /* borrowed: its ring refers to it */

    for (int64_t i = 0; i < deque->knobs->nodes; i++) {
        node = en_attr_get(deque->heap, node, deque->next_name);
        if (node == NULL)
            return -1;
        en_decref(deque->heap, node);
    }
    deque->wrong += node != first;
    return 0;
}

/* The oldest one that was not. */
static int
check_entry(struct deque *deque, struct en_object *first) {
    const size_t bytes = (size_t)deque->knobs->payload;
    struct en_object *payload = en_attr_get(deque->heap, first, deque->payload_name);
    uint64_t head, tail;

    if (payload == NULL)
        return -1;
    const unsigned char *data = en_bytes_data(payload);
    memcpy(&head, data, STAMP_BYTES);
    memcpy(&tail, data + bytes - STAMP_BYTES, STAMP_BYTES);
    deque->wrong += head != tail || head != stamp_of(deque, deque->checked) ||
                    en_bytes_length(payload) != bytes;
    deque->digest = deque->digest * UINT64_C(0x9e3779b97f4a7c15) + (head ^ tail << 1);
    deque->checked++;
    en_decref(deque->heap, payload);
    return check_ring(deque, first);
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
entries_bytes(const struct deque_knobs *knobs, int64_t entries) {
    return entries * (wl_sizes_bytes(knobs->payload) + knobs->nodes * WL_SIZES_INSTANCE) +
           wl_sizes_values(entries * knobs->nodes, 2);
}

/* The new one is there before the oldest goes. */
static int64_t
count_living(const struct deque_knobs *knobs) {
    return knobs->appends <= knobs->live ? knobs->appends : knobs->live + 1;
}

static uint64_t
deque_peak_live_bytes(const void *fields) {
    const struct deque_knobs *knobs = fields;
    return (uint64_t)(CLASSES_BYTES + WL_SIZES_LIST + 8 * knobs->live +
                      entries_bytes(knobs, count_living(knobs)));
}

static uint64_t
deque_peak_trash_bytes(const void *fields) {
    const struct deque_knobs *knobs = fields;
    return (uint64_t)entries_bytes(knobs, knobs->appends - count_living(knobs));
}

static uint64_t
deque_operations(const void *fields) {
    const struct deque_knobs *knobs = fields;
    return (uint64_t)((knobs->appends + knobs->batch - 1) / knobs->batch);
}

/* ---- The run ------------------------------------------------------------------------------------ */

/* What it overwrites goes when the caller has let go of it, too. */
static int
append_entry(struct deque *deque) {
    const int64_t live = deque->knobs->live, place = deque->appended % live;
    struct en_object *first = make_entry(deque);

    if (first == NULL)
        return -1;
    if (deque->appended >= live) {
        if (check_entry(deque, en_list_get(deque->queue, (size_t)place)) != 0) {
            en_list_set(deque->heap, deque->queue, (size_t)place, first);
            en_decref(deque->heap, first);
            return -1;
        }
        deque->run->trash_objects += (uint64_t)deque->knobs->nodes;
        if (is_witness(deque, deque->appended - live))
            wl_witness_drop(&deque->witness, 1);
    }
    en_list_set(deque->heap, deque->queue, (size_t)place, first);
    en_decref(deque->heap, first);
    deque->appended++;
    if (deque->first_gone == 0 && deque->witness.gone > 0)
        deque->first_gone = deque->appended;
    return 0;
}

static void
note_trash(struct deque *deque) {
    int64_t waiting = wl_witness_waiting(&deque->witness) * deque->knobs->witness;

    if (waiting > deque->waited_most)
        deque->waited_most = waiting;
    if (deque->appended < deque->next_point || deque->knobs->witness == 0)
        return;
    wl_point(deque->run, 0, deque->appended, deque->waited_most);
    deque->waited_most = waiting;
    deque->next_point += deque->point_step;
}

static int
run_batch(struct deque *deque, int64_t count) {
    const int64_t rounds = deque->appended / deque->knobs->live;
    int error = 0;

    wl_begin(deque->run);
    for (int64_t i = 0; error == 0 && i < count; i++) {
        error = append_entry(deque);
        en_safe_point(deque->heap);
    }
    wl_end(deque->run);
    if (error != 0)
        return error;
    note_trash(deque);
    en_idle_window(deque->heap);
    if (deque->appended / deque->knobs->live != rounds)
        en_manual_point(deque->heap);
    return 0;
}

static int
run_all(struct deque *deque) {
    const struct deque_knobs *knobs = deque->knobs;
    int error = 0;

    deque->queue = en_list_repeat(deque->heap, en_none(deque->heap), (size_t)knobs->live);
    if (deque->queue == NULL)
        return -1;
    while (error == 0 && deque->appended < knobs->appends) {
        int64_t left = knobs->appends - deque->appended;
        error = run_batch(deque, left < knobs->batch ? left : knobs->batch);
    }
    while (error == 0 && deque->checked < deque->appended)
        error =
            check_entry(deque, en_list_get(deque->queue, (size_t)(deque->checked % knobs->live)));
    return error;
}

static void
tell_metrics(const struct deque *deque, double *metrics) {
    const struct deque_knobs *knobs = deque->knobs;
    double entries = (double)(deque->witness.most * knobs->witness);

    if (knobs->witness == 0)
        entries = NAN; /* not counted */
    metrics[METRIC_TRASH_ENTRIES] = entries;
    metrics[METRIC_TRASH_BYTES] =
        entries * (double)entries_bytes(knobs, knobs->appends) / (double)knobs->appends;
    metrics[METRIC_TRASH_TO_LIVE] = entries / (double)knobs->live;
    metrics[METRIC_FIRST_GONE] = deque->first_gone == 0 ? NAN : (double)deque->first_gone;
}

static int
deque_run(struct wl_run *run) {
    struct deque *deque = run->state;
    int error = run_all(deque);

    if (error != 0)
        error = -en_error(run->heap);
    tell_metrics(deque, run->metrics);
    wl_done(run);
    en_xdecref(run->heap, deque->queue);
    deque->queue = NULL;
    en_gc_collect(run->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(run->heap);
    run->digest = wl_rng_mix(deque->digest);
    return wl_ended(run, error, deque->appended, "entries", deque->wrong,
                    "entries did not hold what was written into them");
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_classes(struct deque *deque) {
    const struct en_class_spec node = {.name = "Node"};
    const struct en_class_spec witness = {
        .name = "Witness", .finalizer = wl_witness_go, .finalizer_data = &deque->witness};

    deque->next_name = en_name(deque->heap, "next");
    if (deque->next_name != NULL)
        deque->payload_name = en_name(deque->heap, "payload");
    if (deque->payload_name != NULL)
        deque->node_class = en_class_new(deque->heap, &node);
    if (deque->node_class != NULL)
        deque->witness_class = en_class_new(deque->heap, &witness);
    return deque->witness_class == NULL ? -1 : 0;
}

static void
drop_classes(struct deque *deque) {
    struct en_object **all[] = {&deque->node_class, &deque->witness_class, &deque->next_name,
                                &deque->payload_name};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        en_xdecref(deque->heap, *all[i]);
        *all[i] = NULL;
    }
}

static int
deque_prepare(struct wl_run *run) {
    const struct deque_knobs *knobs = run->knobs;
    struct deque *deque = calloc(1, sizeof *deque);

    run->state = deque;
    if (deque == NULL)
        return -ENOMEM;
    deque->knobs = knobs;
    deque->run = run;
    deque->heap = run->heap;
    deque->salt = deque->digest = wl_rng_derive(run->seed, 1);
    deque->next_point = deque->point_step = (knobs->appends + POINTS - 1) / POINTS;
    deque->payload = malloc((size_t)knobs->payload);
    if (deque->payload == NULL)
        return -ENOMEM;
    memset(deque->payload, 'x', (size_t)knobs->payload);
    int error = make_classes(deque);
    if (error != 0)
        drop_classes(deque);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
deque_finish(struct wl_run *run) {
    struct deque *deque = run->state;

    if (deque != NULL) {
        drop_classes(deque);
        free(deque->payload);
    }
    free(deque);
    run->state = NULL;
}

extern const struct wl_workload wl_deque;
const struct wl_workload wl_deque = {
    .name = "deque",
    .summary = "a queue of bounded length holds small cycles with payload: each one appended makes "
               "trash of the oldest",
    .caveat =
        "every entry is cyclic, and all are of one size; with large payloads most of the time "
        "is writing and mapping them, which no collector and no allocator here saves",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct deque_knobs),
    .metrics = own_metrics,
    .metric_count = METRIC_COUNT,
    .series = own_series,
    .series_count = sizeof own_series / sizeof own_series[0],
    .peak_live_bytes = deque_peak_live_bytes,
    .peak_trash_bytes = deque_peak_trash_bytes,
    .operations = deque_operations,
    .prepare = deque_prepare,
    .run = deque_run,
    .finish = deque_finish,
};
