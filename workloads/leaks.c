/* SPDX-License-Identifier: MIT
 *
 * leaks.c: a server that makes a session for each request and is to drop it, and forgets to, in one of four
 * ways; or does not, since it was repaired.
 *
 *   kind             what still refers to the session       the repair
 *   global           a list that the module has              the list is cleared after the request
 *   class_attribute  a list that the class has               each instance has a list of its own
 *   closure          a list that a function closes over      it closes over a WeakSet
 *   listener         a bound method that was registered      it is unregistered
 *
 * An operation serves `leaks.batch` requests. Besides, the program has what every program has and must not be
 * taken for a leak: templates that it loads in its first rounds, and a log that it empties every few rounds.
 *
 * Behind each round watch.h looks at the heap. After the last one it says which type grows, and by which way the
 * program still reaches the last object of it.
 *
 * Invariants:
 *   - What holds sessions is held by one root alone: the module's globals, the class, the function, the
 *     manager. Nothing else refers to a session between two requests.
 *   - The answer, and so the digest, is the same whether sessions are forgotten or not, and in which way.
 *   - In the end each session that is still there is looked at, and holds what was written into it.
 */
#include "workloads/workload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"
#include "workloads/watch.h"

enum kind {
    KIND_GLOBAL,
    KIND_CLASS_ATTRIBUTE,
    KIND_CLOSURE,
    KIND_LISTENER
};

enum {
    NUMBER_MASK = (1 << 30) - 1, /* an int of one digit */
    NUMBER_LEAST = 1 << 10,      /* above the ints that are shared */
    BASE_BYTES = 8400,    /* classes, their keys, names, the globals, lists that are empty: about */
    WEAK_SET_BYTES = 900, /* with what it has inside, about */
    METHOD_BYTES = 64,
    BYTES_BYTES = 33, /* of bytes, besides what is in them */
    LOG_ROUNDS = 3,   /* that the log is kept for */
    POINTS_MOST = 500,
};

struct leaks_knobs {
    int64_t kind, is_repaired, rounds, requests, payload_bytes, background, batch, is_watched;
};

enum name {
    NAME_CACHED,
    NAME_RESULTS,
    NAME_LISTENERS,
    NAME_TEMPLATES,
    NAME_LOG,
    NAME_NUMBER,
    NAME_PAYLOAD,
    NAME_COUNT
};

static const char *const names[] = {"cached_data", "results", "listeners", "templates",
                                    "log",         "number",  "payload"};

struct leaks {
    const struct leaks_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct en_object *names[NAME_COUNT];
    struct en_object *session_class, *record_class, *holder_class;
    struct en_code code; /* of the handler, or of the method */
    struct en_object *globals, *function, *manager;
    struct en_object *held; /* borrowed from its root: the list, or weak set, of sessions */
    char *payload;
    uint64_t salt, digest, sum;
    int64_t served, wrong;
    struct wl_watch watch;
};

#define SESSION   "Session"
#define PROCESSOR "DataProcessor"

static const char *const kinds[] = {"global", "class_attribute", "closure", "listener", NULL};

static const struct rt_knob rows[] = {
    {.name = "leaks.kind",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct leaks_knobs, kind),
     .high = KIND_LISTENER,
     .initial = KIND_GLOBAL,
     .choices = kinds,
     .unit = "",
     .help = "what goes on referring to each session: a list that the module has, one that the "
             "class has, one that a function closes over, a bound method that was registered"},
    {.name = "leaks.repaired",
     .type = RT_KNOB_BOOLEAN,
     .offset = offsetof(struct leaks_knobs, is_repaired),
     .high = 1,
     .initial = 0,
     .unit = "",
     .help = "the list is cleared, the instance's own, a weak set; the method is unregistered: "
             "memory stays as it is"},
    {.name = "leaks.rounds",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct leaks_knobs, rounds),
     .low = 1,
     .high = 100000,
     .initial = 24,
     .unit = "rounds",
     .help = "rounds; after each the objects are counted, and 12 are needed to tell a leak"},
    {.name = "leaks.requests",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct leaks_knobs, requests),
     .low = 1,
     .high = 10000000,
     .initial = 1000,
     .unit = "requests",
     .help = "requests that a round serves; each makes a session, which is what leaks"},
    {.name = "leaks.payload_bytes",
     .type = RT_KNOB_SIZE,
     .offset = offsetof(struct leaks_knobs, payload_bytes),
     .low = 2,
     .high = 1 << 30,
     .initial = 256,
     .unit = "bytes",
     .help = "bytes that a session carries"},
    {.name = "leaks.background",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct leaks_knobs, background),
     .low = 0,
     .high = 10000000,
     .initial = 400,
     .unit = "objects",
     .help = "templates that are loaded in the first quarter of the rounds, and stay; as many "
             "entries in four rounds go to a log that every third round empties"},
    {.name = "leaks.batch",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct leaks_knobs, batch),
     .low = 1,
     .high = 1000000,
     .initial = 10,
     .unit = "requests",
     .help = "requests that one operation serves"},
    {.name = "leaks.watched",
     .type = RT_KNOB_BOOLEAN,
     .offset = offsetof(struct leaks_knobs, is_watched),
     .high = 1,
     .initial = 1,
     .unit = "",
     .help = "somebody counts the objects after each round, and says what grows; counting takes "
             "time outside of operations"},
};

static const struct wl_metric metrics[] = {
    {"leaks.growth_objects", "objects", "lower",
     "objects that each round adds for ever, of the type that takes the most memory; 0: none grows",
     true},
    {"leaks.growth_bytes", "bytes", "lower",
     "bytes that those have, with what only they refer to, by sys.getsizeof", true},
    {"leaks.path_objects", "objects", "none",
     "objects on the shortest path from a root to one of them, both included; 0: nothing grows",
     true},
    {"leaks.held", "sessions", "lower", "sessions that are still there after the last request",
     true},
};

static const struct wl_series series[] = {
    {"leaks.sessions", "sessions", "rounds", "sessions that are there after the round"},
};

/* ---- The formulas ------------------------------------------------------------------------------- */

static int64_t
divide_up(int64_t value, int64_t divisor) {
    return (value + divisor - 1) / divisor;
}

static int64_t
smaller(int64_t one, int64_t other) {
    return one < other ? one : other;
}

/* Behind so many rounds. */
static int64_t
count_templates(const struct leaks_knobs *knobs, int64_t rounds) {
    int64_t filling = knobs->rounds / 4 > 0 ? knobs->rounds / 4 : 1;
    return smaller(rounds * divide_up(knobs->background, filling), knobs->background);
}

static int64_t
records_bytes(int64_t first, int64_t count) {
    return count * (WL_SIZES_INSTANCE + WL_SIZES_INT) + wl_sizes_list(count, 1) +
           wl_sizes_values(first + count, 1) - wl_sizes_values(first, 1);
}

static int64_t
sessions_bytes(const struct leaks_knobs *knobs, int64_t served, bool is_held) {
    int64_t count = is_held ? served : 1;
    int64_t bytes = count * (WL_SIZES_INSTANCE + WL_SIZES_INT + BYTES_BYTES + knobs->payload_bytes);

    if (knobs->kind == KIND_LISTENER)
        bytes += count * METHOD_BYTES;
    return bytes + wl_sizes_list(count, 1) + wl_sizes_values(served, 2) -
           wl_sizes_values(served - count, 2);
}

/* At the end of a round, before the log is emptied. The very first records are templates. */
static int64_t
round_bytes(const struct leaks_knobs *knobs, int64_t round) {
    int64_t logged = knobs->background / 4, kept = logged * (round % LOG_ROUNDS + 1);
    int64_t templates = count_templates(knobs, round + 1);
    int64_t made = logged * (round + 1) + templates;

    return records_bytes(made - kept, kept) + records_bytes(0, templates) +
           sessions_bytes(knobs, (round + 1) * knobs->requests, !knobs->is_repaired);
}

static uint64_t
leaks_peak_live_bytes(const void *fields) {
    const struct leaks_knobs *knobs = fields;
    int64_t peak = 0;

    for (int64_t round = knobs->rounds - smaller(knobs->rounds, LOG_ROUNDS); round < knobs->rounds;
         round++) {
        int64_t bytes = round_bytes(knobs, round);
        peak = bytes > peak ? bytes : peak;
    }
    if (knobs->kind == KIND_CLOSURE && knobs->is_repaired)
        peak += WEAK_SET_BYTES;
    return (uint64_t)(BASE_BYTES + peak);
}

static uint64_t
leaks_round_operations(const void *fields) {
    const struct leaks_knobs *knobs = fields;
    return (uint64_t)divide_up(knobs->requests, knobs->batch);
}

static uint64_t
leaks_operations(const void *fields) {
    const struct leaks_knobs *knobs = fields;
    return (uint64_t)knobs->rounds * leaks_round_operations(knobs);
}

/* ---- Sessions ----------------------------------------------------------------------------------- */

static int64_t
number_of(const struct leaks *leaks, int64_t request) {
    uint64_t drawn = wl_rng_mix(leaks->salt + (uint64_t)request);
    return (int64_t)(drawn & NUMBER_MASK) | NUMBER_LEAST;
}

/* Takes over the value, NULL after a failure. */
static int
give(struct leaks *leaks, struct en_object *instance, enum name name, struct en_object *value) {
    int error = value == NULL ? -1 : en_attr_set(leaks->heap, instance, leaks->names[name], value);
    en_xdecref(leaks->heap, value);
    return error;
}

static struct en_object *
make_session(struct leaks *leaks) {
    struct en_heap *heap = leaks->heap;
    struct en_object *session = en_instance_new(heap, leaks->session_class);
    int error = session == NULL ? -1 : 0;

    if (error == 0)
        error = give(leaks, session, NAME_NUMBER, en_int(heap, number_of(leaks, leaks->served)));
    if (error == 0)
        error = give(leaks, session, NAME_PAYLOAD,
                     en_bytes(heap, leaks->payload, (size_t)leaks->knobs->payload_bytes));
    if (error == 0)
        return session;
    en_xdecref(heap, session);
    return NULL;
}

/* What it holds: -1 failed. */
static int
read_session(struct leaks *leaks, struct en_object *session, int64_t *ret_number) {
    struct en_heap *heap = leaks->heap;
    struct en_object *number = en_attr_get(heap, session, leaks->names[NAME_NUMBER]);
    struct en_object *payload =
        number == NULL ? NULL : en_attr_get(heap, session, leaks->names[NAME_PAYLOAD]);
    int error = payload == NULL ? -1 : en_int_value(heap, number, ret_number);

    if (error == 0 && en_bytes_length(payload) != (size_t)leaks->knobs->payload_bytes)
        *ret_number = -1;
    en_xdecref(heap, number);
    en_xdecref(heap, payload);
    return error;
}

static int
work_on(struct leaks *leaks, struct en_object *session) {
    int64_t number = 0;
    int error = read_session(leaks, session, &number);

    leaks->wrong += error == 0 && number != number_of(leaks, leaks->served);
    leaks->sum += (uint64_t)number;
    return error;
}

/* ---- The four ways ------------------------------------------------------------------------------ */

static int
serve_global(struct leaks *leaks, struct en_object *session) {
    struct en_object *list = en_dict_get(leaks->heap, leaks->globals, leaks->names[NAME_CACHED]);
    int error = en_list_append(leaks->heap, list, session);

    if (error == 0)
        error = work_on(leaks, session);
    if (error == 0 && leaks->knobs->is_repaired)
        en_list_clear(leaks->heap, list);
    return error;
}

static int
append_result(struct leaks *leaks, struct en_object *processor, struct en_object *session) {
    struct en_object *list = en_attr_get(leaks->heap, processor, leaks->names[NAME_RESULTS]);
    int error = list == NULL ? -1 : en_list_append(leaks->heap, list, session);

    en_xdecref(leaks->heap, list);
    return error;
}

static int
serve_with_instance(struct leaks *leaks, struct en_object *session) {
    struct en_heap *heap = leaks->heap;
    struct en_object *processor = en_instance_new(heap, leaks->holder_class);
    int error = processor == NULL ? -1 : 0;

    if (error == 0 && leaks->knobs->is_repaired)
        error = give(leaks, processor, NAME_RESULTS, en_list_new(heap, 0));
    if (error == 0)
        error = append_result(leaks, processor, session);
    if (error == 0)
        error = work_on(leaks, session);
    en_xdecref(heap, processor);
    return error;
}

/* The handler's code: data.append(session), or data.add(session). */
static struct en_object *
run_handler(struct en_heap *heap, struct en_self *self, struct en_object *const *args,
            size_t count) {
    struct leaks *leaks = en_data(self);
    int error = leaks->knobs->is_repaired ? en_weak_set_add(heap, leaks->held, args[0])
                                          : en_list_append(heap, leaks->held, args[0]);

    (void)count;
    if (error == 0)
        error = work_on(leaks, args[0]);
    return error == 0 ? en_incref(en_none(heap)) : NULL;
}

static int
serve_with_handler(struct leaks *leaks, struct en_object *session) {
    struct en_object *result = en_call(leaks->heap, leaks->function, &session, 1);

    en_xdecref(leaks->heap, result);
    return result == NULL ? -1 : 0;
}

/* The method's code. */
static struct en_object *
run_on_event(struct en_heap *heap, struct en_self *self, struct en_object *const *args,
             size_t count) {
    (void)count;
    return work_on(en_data(self), args[0]) == 0 ? en_incref(en_none(heap)) : NULL;
}

static int
serve_with_listener(struct leaks *leaks, struct en_object *session) {
    struct en_heap *heap = leaks->heap;
    struct en_object *method = en_method_new(heap, leaks->function, session);
    int error = method == NULL ? -1 : en_list_append(heap, leaks->held, method);
    struct en_object *result = error == 0 ? en_call(heap, method, NULL, 0) : NULL;

    if (result != NULL && leaks->knobs->is_repaired) {
        size_t length = en_list_length(leaks->held);
        error = en_list_delete(heap, leaks->held, length - 1, length);
    }
    en_xdecref(heap, method);
    en_xdecref(heap, result);
    return result == NULL ? -1 : error;
}

static int
serve(struct leaks *leaks) {
    static int (*const ways[])(struct leaks * leaks, struct en_object * session) = {
        serve_global, serve_with_instance, serve_with_handler, serve_with_listener};
    struct en_object *session = make_session(leaks);
    int error = session == NULL ? -1 : ways[leaks->knobs->kind](leaks, session);

    en_xdecref(leaks->heap, session);
    leaks->served += error == 0;
    en_safe_point(leaks->heap);
    return error;
}

/* ---- What must not be taken for a leak ---------------------------------------------------------- */

static int
append_records(struct leaks *leaks, enum name name, int64_t count) {
    struct en_heap *heap = leaks->heap;
    struct en_object *list = en_dict_get(heap, leaks->globals, leaks->names[name]);
    int error = 0;

    for (int64_t i = 0; error == 0 && i < count; i++) {
        struct en_object *record = en_instance_new(heap, leaks->record_class);
        error =
            record == NULL ? -1 : give(leaks, record, NAME_NUMBER, en_int(heap, NUMBER_LEAST + i));
        if (error == 0)
            error = en_list_append(heap, list, record);
        en_xdecref(heap, record);
    }
    return error;
}

static int
begin_round(struct leaks *leaks, int64_t round) {
    const struct leaks_knobs *knobs = leaks->knobs;
    int64_t loaded = count_templates(knobs, round);
    int error = append_records(leaks, NAME_TEMPLATES, count_templates(knobs, round + 1) - loaded);

    return error == 0 ? append_records(leaks, NAME_LOG, knobs->background / 4) : error;
}

static void
end_round(struct leaks *leaks, int64_t round) {
    if (round % LOG_ROUNDS == LOG_ROUNDS - 1)
        en_list_clear(leaks->heap,
                      en_dict_get(leaks->heap, leaks->globals, leaks->names[NAME_LOG]));
}

/* ---- Watching ----------------------------------------------------------------------------------- */

static int
watch_round(struct leaks *leaks, int64_t round) {
    const int64_t rounds = leaks->knobs->rounds, every = divide_up(rounds, POINTS_MOST);

    if (!leaks->knobs->is_watched)
        return 0;
    int error = wl_watch_round(&leaks->watch);
    int64_t sessions = wl_watch_count(&leaks->watch, SESSION);
    if ((round + 1) % every == 0 || round + 1 == rounds)
        wl_point(leaks->run, 0, round + 1, sessions);
    leaks->run->metrics[3] = (double)sessions;
    return error;
}

/* By what a path may be told. */
static size_t
name_roots(const struct leaks *leaks, struct wl_path_name *ret_names) {
    struct wl_path_name *at = ret_names;

    for (int i = 0; i < NAME_COUNT; i++)
        *at++ = (struct wl_path_name){names[i], leaks->names[i]};
    *at++ = (struct wl_path_name){"globals", leaks->globals};
    if (leaks->knobs->kind == KIND_CLASS_ATTRIBUTE)
        *at++ = (struct wl_path_name){PROCESSOR, leaks->holder_class};
    if (leaks->knobs->kind == KIND_CLOSURE)
        *at++ = (struct wl_path_name){"handler", leaks->function};
    return (size_t)(at - ret_names);
}

static int
judge(struct leaks *leaks) {
    struct wl_path_name path_names[NAME_COUNT + 2];
    struct wl_watch_verdict verdict;
    size_t count = name_roots(leaks, path_names);
    int error = wl_watch_judge(&leaks->watch, path_names, count, &verdict);

    leaks->run->metrics[0] = verdict.objects;
    leaks->run->metrics[1] = (double)verdict.bytes;
    leaks->run->metrics[2] = verdict.path_objects;
    return error;
}

/* ---- The run ------------------------------------------------------------------------------------ */

/* A list in the globals, which has it alone then. */
static int
make_global_list(struct leaks *leaks, enum name name) {
    struct en_object *list = en_list_new(leaks->heap, 0);
    int error =
        list == NULL ? -1 : en_dict_set(leaks->heap, leaks->globals, leaks->names[name], list);

    en_xdecref(leaks->heap, list);
    return error;
}

static int
make_class_list(struct leaks *leaks) {
    struct en_object *list = en_list_new(leaks->heap, 0);
    int error = list == NULL ? -1
                             : en_class_set(leaks->heap, leaks->holder_class,
                                            leaks->names[NAME_RESULTS], list);

    en_xdecref(leaks->heap, list);
    return error;
}

/* The function closes over a cell, and that has the list or the weak set. */
static int
make_handler(struct leaks *leaks) {
    struct en_heap *heap = leaks->heap;
    struct en_object *data =
        leaks->knobs->is_repaired ? en_weak_set_new(heap) : en_list_new(heap, 0);
    struct en_object *cell = data == NULL ? NULL : en_cell_new(heap, data);
    struct en_object *cells = cell == NULL ? NULL : en_tuple_pack(heap, &cell, 1);

    if (cells != NULL)
        leaks->function = en_function_new(heap, &leaks->code, cells);
    leaks->held = data;
    en_xdecref(heap, cells);
    en_xdecref(heap, cell);
    en_xdecref(heap, data);
    return leaks->function == NULL ? -1 : 0;
}

static int
make_manager(struct leaks *leaks) {
    struct en_heap *heap = leaks->heap;
    struct en_object *list = NULL;

    leaks->function = en_function_new(heap, &leaks->code, NULL);
    if (leaks->function != NULL)
        leaks->manager = en_instance_new(heap, leaks->holder_class);
    if (leaks->manager != NULL)
        list = en_list_new(heap, 0);
    leaks->held = list;
    return leaks->manager == NULL ? -1 : give(leaks, leaks->manager, NAME_LISTENERS, list);
}

static int
make_roots(struct leaks *leaks) {
    leaks->globals = en_dict_new(leaks->heap);
    int error = leaks->globals == NULL ? -1 : make_global_list(leaks, NAME_TEMPLATES);

    if (error == 0)
        error = make_global_list(leaks, NAME_LOG);
    if (error != 0)
        return error;
    switch (leaks->knobs->kind) {
    case KIND_GLOBAL:
        return make_global_list(leaks, NAME_CACHED);
    case KIND_CLASS_ATTRIBUTE:
        return make_class_list(leaks);
    case KIND_CLOSURE:
        return make_handler(leaks);
    default:
        return make_manager(leaks);
    }
}

static int
serve_round(struct leaks *leaks, int64_t round) {
    const struct leaks_knobs *knobs = leaks->knobs;
    int error = begin_round(leaks, round);

    for (int64_t done = 0; error == 0 && done < knobs->requests; done += knobs->batch) {
        int64_t count = smaller(knobs->batch, knobs->requests - done);
        wl_begin(leaks->run);
        for (int64_t i = 0; error == 0 && i < count; i++)
            error = serve(leaks);
        leaks->digest = wl_rng_mix(leaks->digest ^ leaks->sum);
        wl_end(leaks->run);
        if (error == 0)
            en_idle_window(leaks->heap);
    }
    if (error == 0) {
        end_round(leaks, round);
        en_manual_point(leaks->heap);
    }
    return error;
}

/* Those that were forgotten, in a list, or the methods that are bound to them: nobody else can say. */
static int
check_held(struct leaks *leaks, struct en_object *list) {
    size_t length = list == NULL ? 0 : en_list_length(list);

    for (size_t i = 0; i < length; i++) {
        int64_t number = 0;
        if (read_session(leaks, en_list_get(list, i), &number) != 0)
            return -1;
        leaks->wrong += number != number_of(leaks, (int64_t)i);
    }
    return 0;
}

static int
check_all(struct leaks *leaks) {
    struct en_heap *heap = leaks->heap;

    if (leaks->knobs->is_repaired || leaks->knobs->kind == KIND_LISTENER)
        return 0;
    if (leaks->knobs->kind == KIND_GLOBAL)
        return check_held(leaks, en_dict_get(heap, leaks->globals, leaks->names[NAME_CACHED]));
    if (leaks->knobs->kind == KIND_CLOSURE)
        return check_held(leaks, leaks->held);
    struct en_object *processor = en_instance_new(heap, leaks->holder_class);
    struct en_object *list =
        processor == NULL ? NULL : en_attr_get(heap, processor, leaks->names[NAME_RESULTS]);
    int error = list == NULL ? -1 : check_held(leaks, list);
    en_xdecref(heap, list);
    en_xdecref(heap, processor);
    return error;
}

/* What holds the sessions goes, and all of them with it. */
static void
drop_roots(struct leaks *leaks) {
    struct en_heap *heap = leaks->heap;

    if (leaks->knobs->kind == KIND_CLASS_ATTRIBUTE)
        (void)en_class_set(heap, leaks->holder_class, leaks->names[NAME_RESULTS], en_none(heap));
    en_xdecref(heap, leaks->function);
    en_xdecref(heap, leaks->manager);
    en_xdecref(heap, leaks->globals);
    leaks->globals = leaks->function = leaks->manager = leaks->held = NULL;
    en_gc_collect(heap, RT_GENERATIONS - 1);
    en_free_lists_clear(heap);
}

static int
leaks_run(struct wl_run *run) {
    struct leaks *leaks = run->state;
    int error = make_roots(leaks);

    for (int64_t round = 0; error == 0 && round < leaks->knobs->rounds; round++) {
        error = serve_round(leaks, round);
        if (error == 0)
            error = watch_round(leaks, round);
    }
    if (error == 0 && leaks->knobs->is_watched)
        error = judge(leaks);
    if (error == 0)
        error = check_all(leaks);
    if (error != 0)
        error = -en_error(run->heap);
    wl_done(run);
    drop_roots(leaks);
    run->digest = wl_rng_mix(leaks->digest);
    return wl_ended(run, error, leaks->served, "sessions", leaks->wrong,
                    "sessions did not hold what was written into them");
}

/* ---- Before and after --------------------------------------------------------------------------- */

static int
make_classes(struct leaks *leaks) {
    const struct en_class_spec session = {.name = SESSION}, record = {.name = "Record"},
                               processor = {.name = PROCESSOR}, manager = {.name = "EventManager"};
    const bool has_results = leaks->knobs->kind == KIND_CLASS_ATTRIBUTE;
    struct en_heap *heap = leaks->heap;

    for (int i = 0; i < NAME_COUNT; i++)
        if ((leaks->names[i] = en_name(heap, names[i])) == NULL)
            return -1;
    leaks->session_class = en_class_new(heap, &session);
    if (leaks->session_class != NULL)
        leaks->record_class = en_class_new(heap, &record);
    if (leaks->record_class != NULL)
        leaks->holder_class = en_class_new(heap, has_results ? &processor : &manager);
    if (leaks->holder_class == NULL)
        return -1;
    return has_results
               ? en_class_set(heap, leaks->holder_class, leaks->names[NAME_RESULTS], en_none(heap))
               : 0;
}

static void
drop_classes(struct leaks *leaks) {
    en_xdecref(leaks->heap, leaks->holder_class);
    en_xdecref(leaks->heap, leaks->record_class);
    en_xdecref(leaks->heap, leaks->session_class);
    leaks->session_class = leaks->record_class = leaks->holder_class = NULL;
    for (int i = 0; i < NAME_COUNT; i++) {
        en_xdecref(leaks->heap, leaks->names[i]);
        leaks->names[i] = NULL;
    }
}

static int
leaks_prepare(struct wl_run *run) {
    struct leaks *leaks = malloc(sizeof *leaks);

    run->state = leaks;
    if (leaks == NULL)
        return -ENOMEM;
    memset(leaks, 0, sizeof *leaks); /* touched, unlike calloc's */
    leaks->knobs = run->knobs;
    leaks->run = run;
    leaks->heap = run->heap;
    leaks->salt = leaks->digest = wl_rng_derive(run->seed, 1);
    wl_watch_init(&leaks->watch, run);
    leaks->payload = malloc((size_t)leaks->knobs->payload_bytes + 1);
    if (leaks->payload == NULL)
        return -ENOMEM;
    memset(leaks->payload, 'x', (size_t)leaks->knobs->payload_bytes);
    const bool is_handler = leaks->knobs->kind == KIND_CLOSURE;
    int error =
        en_code_init(run->heap, &leaks->code, is_handler ? run_handler : run_on_event, leaks, 1);
    if (error == 0)
        error = make_classes(leaks);
    if (error != 0)
        drop_classes(leaks);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
leaks_finish(struct wl_run *run) {
    struct leaks *leaks = run->state;

    if (leaks != NULL) {
        drop_classes(leaks);
        en_code_fini(run->heap, &leaks->code);
        free(leaks->payload);
    }
    free(leaks);
    run->state = NULL;
}

extern const struct wl_workload wl_leaks;
const struct wl_workload wl_leaks = {
    .name = "leaks",
    .summary = "a server whose sessions should die with their requests and are still referred to; "
               "what grows is found, and what keeps it alive",
    .caveat = "the leak is all that grows: in a real program a leak is small beside what comes and "
              "goes, and takes more rounds to be seen; looking at the heap is in the wall time",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct leaks_knobs),
    .variant = "leaks.repaired",
    .metrics = metrics,
    .metric_count = sizeof metrics / sizeof metrics[0],
    .series = series,
    .series_count = sizeof series / sizeof series[0],
    .peak_live_bytes = leaks_peak_live_bytes,
    .operations = leaks_operations,
    .round_operations = leaks_round_operations,
    .prepare = leaks_prepare,
    .run = leaks_run,
    .finish = leaks_finish,
};
