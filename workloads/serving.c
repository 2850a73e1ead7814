/* SPDX-License-Identifier: MIT
 *
 * serving.c: a server that has loaded much, and makes little that lasts. Its collector finds nothing, and goes
 * through what was loaded all the same.
 *
 * The *static heap* is a number of modules, `serving.static_objects` containers in all: a module is a dict
 * with a route, its handler, a config, and a session. Two tables find a route by its path and a session by its
 * number. An operation is one request, once the server is warm: it is parsed into rows, looks up its route and its session, is
 * answered, and is kept with its answer until `serving.retain` newer ones are there. Of the requests
 * `serving.cyclic_share`, evenly spread, refer to their answer as it does to them: nothing but the
 * collector can free those when they go. Behind each request there is an idle window, behind `serving.manual_every`
 * of them a manual point.
 *
 * Invariants:
 *   - Requests differ in length, from half of `serving.rows` to one and a half, in an order that is the same for
 *     each seed and evenly spread, so that the peak can be said beforehand.
 *   - The point at which the server is warm lies behind `serving.warmup` requests. With `serving.freeze` it
 *     collects everything there and freezes what is left. What is kept then is frozen as well: if it
 *     is in a cycle, nobody ever finds it.
 *   - A row's number follows from the seed, its request and its place. The answer is their sum as read back from the
 *     rows, and is compared when it is made and when its request goes. The digest folds the answers in.
 */
#include "workloads/serving.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum freeze {
    FREEZE_NEVER,
    FREEZE_AFTER_WARMUP
};

enum {
    HEADERS_COUNT = 6,
    BODY_LENGTH = 24,

    ROW_CONTAINERS = 2,
    REQUEST_CONTAINERS = 3, /* besides its rows: their list, request, response */

    SPREAD = 101, /* requests until lengths come again */
    SPREAD_STEP = 61,
    NUMBER_MASK = (1 << 29) - 1,
    CLASSES_BYTES = 4 * 2048 + 2048, /* the classes, their keys and the names, about */
};

enum metric {
    FROZEN,
    FROZEN_TRASH,
    METRICS
};

struct serving_knobs {
    int64_t requests, warmup, rows, retain, static_objects, freeze, manual_every;
    double cyclic_share;
};

struct kept {
    struct en_object *response; /* NULL: none yet */
    int64_t number;             /* of the request */
};

struct serving {
    const struct serving_knobs *knobs;
    struct wl_run *run;
    struct en_heap *heap;
    struct wl_serving_maker maker;
    struct wl_serving_static loaded;
    struct en_object *header_names[HEADERS_COUNT], *request_class, *response_class;
    struct kept *kept; /* a ring of `retain` */
    int64_t module_count, done;
    uint64_t salt, digest;
    int64_t wrong;
};

static const char *const freezes[] = {"never", "after_warmup", NULL};
static const char *const names[NAMES] = {
    "route",   "config", "session",  "title",  "limit", "timeout", "hosts", "path", "hits", "user",
    "headers", "rows",   "response", "status", "body",  "request", "id",    "name", "tags"};
static const char *const header_names[HEADERS_COUNT] = {"host",   "accept", "agent",
                                                        "cookie", "origin", "trace"};

static const struct rt_knob rows[] = {
    {.name = "serving.requests",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct serving_knobs, requests),
     .low = 1,
     .high = 1000000000,
     .initial = 400,
     .unit = "requests",
     .help = "requests in all, those that warm it up among them"},
    {.name = "serving.warmup",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct serving_knobs, warmup),
     .high = 1000000000,
     .initial = 100,
     .unit = "requests",
     .help =
         "requests until the server is taken for warm, and may freeze; they are no operations yet"},
    {.name = "serving.rows",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct serving_knobs, rows),
     .low = 2,
     .high = 1000000,
     .initial = 200,
     .unit = "rows",
     .help = "rows of a request on average, each a dict and a list; threshold0 is passed within a "
             "request when its rows are half as many"},
    {.name = "serving.retain",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct serving_knobs, retain),
     .low = 1,
     .high = 10000000,
     .initial = 8,
     .unit = "requests",
     .help = "requests that are kept with their answers, the last ones; more of them grow old "
             "before they go"},
    {.name = "serving.cyclic_share",
     .type = RT_KNOB_RATIO,
     .offset = offsetof(struct serving_knobs, cyclic_share),
     .ratio_high = 1,
     .unit = "",
     .help = "of the requests, those that refer to their answer and it to them: only the collector "
             "can free them; 0 gives it nothing to find"},
    {.name = "serving.static_objects",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct serving_knobs, static_objects),
     .low = WL_SERVING_MODULE_CONTAINERS,
     .high = 100000000,
     .initial = 12000,
     .unit = "objects",
     .help = "containers of the static heap, about 200 bytes each: what a full collection goes "
             "through"},
    {.name = "serving.freeze",
     .type = RT_KNOB_ENUM,
     .offset = offsetof(struct serving_knobs, freeze),
     .high = FREEZE_AFTER_WARMUP,
     .initial = FREEZE_NEVER,
     .choices = freezes,
     .unit = "",
     .help = "whether everything is collected and what is left frozen when the server is warm; "
             "what is kept then and in a cycle is lost for good"},
    {.name = "serving.manual_every",
     .type = RT_KNOB_INTEGER,
     .offset = offsetof(struct serving_knobs, manual_every),
     .low = 1,
     .high = 1000000000,
     .initial = 100,
     .unit = "requests",
     .help = "requests from one point at which a program would collect by hand to the next"},
};

/* ---- Numbers ------------------------------------------------------------------------------------ */

static int64_t
rows_of(const struct serving_knobs *knobs, int64_t request) {
    return knobs->rows / 2 + knobs->rows * (request % SPREAD * SPREAD_STEP % SPREAD) / (SPREAD - 1);
}

static int64_t
number_at(const struct serving *serving, int64_t request, int64_t row) {
    uint64_t at = (uint64_t)request * 0x100000 + (uint64_t)row;
    return (int64_t)(wl_rng_mix(serving->salt + at) & NUMBER_MASK) | WL_SERVING_NUMBER_LEAST;
}

/* Of the first so many requests, how many are cyclic. */
static int64_t
cyclic_among(const struct serving_knobs *knobs, int64_t requests) {
    return (int64_t)(knobs->cyclic_share * (double)requests);
}

static bool
is_cyclic(const struct serving_knobs *knobs, int64_t request) {
    return cyclic_among(knobs, request + 1) > cyclic_among(knobs, request);
}

/* ---- Parsing ------------------------------------------------------------------------------------ */

static struct en_object *
make_tags(struct serving *serving, int64_t number) {
    struct en_object *tags = en_list_new(serving->heap, 2);

    if (tags == NULL)
        return NULL;
    struct en_object *tag = en_int(serving->heap, number + 1);
    if (tag == NULL)
        return wl_serving_made_unless(serving->heap, tags, -1);
    en_list_put_steal(tags, 0, tag);
    en_list_put_steal(tags, 1, en_incref(serving->maker.status));
    return tags;
}

static struct en_object *
parse_row(struct serving *serving, int64_t number) {
    struct en_object *const *keys = serving->maker.names;
    struct en_object *row = en_dict_new(serving->heap);

    if (row == NULL)
        return NULL;
    int error = wl_serving_give_item(serving->heap, row, keys[ID], en_int(serving->heap, number));
    if (error == 0)
        error = wl_serving_give_item(
            serving->heap, row, keys[NAME],
            wl_serving_letters(serving->heap, (uint64_t)number, WL_SERVING_NAME_LENGTH));
    if (error == 0)
        error = wl_serving_give_item(serving->heap, row, keys[TAGS], make_tags(serving, number));
    return wl_serving_made_unless(serving->heap, row, error);
}

static struct en_object *
parse_rows(struct serving *serving, int64_t request) {
    int64_t count = rows_of(serving->knobs, request);
    struct en_object *list = en_list_new(serving->heap, (size_t)count);

    for (int64_t i = 0; list != NULL && i < count; i++) {
        struct en_object *row = parse_row(serving, number_at(serving, request, i));
        if (row == NULL)
            return wl_serving_made_unless(serving->heap, list, -1);
        en_list_put_steal(list, (size_t)i, row);
        en_safe_point(serving->heap);
    }
    return list;
}

static struct en_object *
parse_headers(struct serving *serving, uint64_t random) {
    struct en_object *headers = en_dict_new(serving->heap);
    int error = 0;

    for (size_t i = 0; headers != NULL && error == 0 && i < HEADERS_COUNT; i++)
        error = wl_serving_give_item(
            serving->heap, headers, serving->header_names[i],
            wl_serving_letters(serving->heap, random + i, WL_SERVING_HEADER_LENGTH));
    return headers == NULL ? NULL : wl_serving_made_unless(serving->heap, headers, error);
}

static struct en_object *
parse_request(struct serving *serving, int64_t number, uint64_t random) {
    struct en_object *request = en_instance_new(serving->heap, serving->request_class);
    int64_t module = (int64_t)(random >> 16) % serving->module_count;

    if (request == NULL)
        return NULL;
    int error = wl_serving_give_attribute(&serving->maker, request, PATH,
                                          wl_serving_path(serving->heap, module));
    if (error == 0)
        error = wl_serving_give_attribute(&serving->maker, request, HEADERS,
                                          parse_headers(serving, random));
    if (error == 0)
        error =
            wl_serving_give_attribute(&serving->maker, request, ROWS, parse_rows(serving, number));
    if (error == 0)
        error = wl_serving_give_attribute(&serving->maker, request, RESPONSE,
                                          en_incref(en_none(serving->heap)));
    return wl_serving_made_unless(serving->heap, request, error);
}

/* ---- Answering ---------------------------------------------------------------------------------- */

/* An attribute that is an int; -1: none. */
static int
read_number(struct serving *serving, struct en_object *instance, enum wl_serving_name name,
            int64_t *ret_number) {
    struct en_object *value = en_attr_get(serving->heap, instance, serving->maker.names[name]);

    if (value == NULL)
        return -1;
    int error = en_int_value(serving->heap, value, ret_number);
    en_decref(serving->heap, value);
    return error;
}

/* One more hit, of a session or a handler. */
static int
count_hit(struct serving *serving, struct en_object *instance) {
    int64_t hits;
    int error = read_number(serving, instance, HITS, &hits);

    if (error == 0)
        error = wl_serving_give_attribute(&serving->maker, instance, HITS,
                                          en_int(serving->heap, hits + 1));
    return error;
}

/* Its route and its session, as the tables have them. */
static int
look_up(struct serving *serving, struct en_object *request, uint64_t random) {
    struct en_heap *heap = serving->heap;
    int64_t index = (int64_t)(random >> 24) % serving->module_count;
    struct en_object *path = en_attr_get(heap, request, serving->maker.names[PATH]);
    struct en_object *number = path == NULL ? NULL : en_int(heap, WL_SERVING_SESSION_FIRST + index);
    int error = -1;

    if (number != NULL) {
        struct en_object *route = en_dict_get(heap, serving->loaded.routes, path);
        struct en_object *session = en_dict_get(heap, serving->loaded.sessions, number);
        serving->wrong += route == NULL || session == NULL;
        error = route == NULL || session == NULL ? 0 : count_hit(serving, en_tuple_get(route, 1));
        if (error == 0 && session != NULL)
            error = count_hit(serving, session);
    }
    en_xdecref(heap, path);
    en_xdecref(heap, number);
    return error;
}

/* As read back from the rows. */
static int
sum_rows(struct serving *serving, struct en_object *request, int64_t *ret_sum) {
    struct en_object *list = en_attr_get(serving->heap, request, serving->maker.names[ROWS]);

    if (list == NULL)
        return -1;
    *ret_sum = 0;
    for (size_t i = 0, count = en_list_length(list); i < count; i++) {
        struct en_object *row = en_list_get(list, i);
        struct en_object *id = en_dict_get(serving->heap, row, serving->maker.names[ID]);
        int64_t number = 0;
        if (id == NULL || en_int_value(serving->heap, id, &number) != 0)
            serving->wrong++;
        *ret_sum += number;
    }
    en_decref(serving->heap, list);
    return 0;
}

static int64_t
expected_sum(const struct serving *serving, int64_t request) {
    int64_t sum = 0;

    for (int64_t i = 0, count = rows_of(serving->knobs, request); i < count; i++)
        sum += number_at(serving, request, i);
    return sum;
}

static struct en_object *
answer(struct serving *serving, int64_t number, struct en_object *request, uint64_t random) {
    int64_t sum;
    int error = look_up(serving, request, random);
    struct en_object *response =
        error != 0 ? NULL : en_instance_new(serving->heap, serving->response_class);

    if (response == NULL)
        return NULL;
    error = sum_rows(serving, request, &sum);
    if (error == 0)
        error = wl_serving_give_attribute(&serving->maker, response, STATUS,
                                          en_int(serving->heap, sum));
    if (error == 0)
        error = wl_serving_give_attribute(&serving->maker, response, BODY,
                                          wl_serving_letters(serving->heap, random, BODY_LENGTH));
    if (error == 0)
        error = wl_serving_give_attribute(&serving->maker, response, REQUEST, en_incref(request));
    if (error == 0 && is_cyclic(serving->knobs, number))
        error = wl_serving_give_attribute(&serving->maker, request, RESPONSE, en_incref(response));
    if (error != 0) /* or the two would keep each other */
        (void)en_attr_set(serving->heap, request, serving->maker.names[RESPONSE],
                          en_none(serving->heap));
    return wl_serving_made_unless(serving->heap, response, error);
}

/* ---- Keeping and letting go --------------------------------------------------------------------- */

static int64_t
trash_of(const struct serving_knobs *knobs, int64_t request) {
    return is_cyclic(knobs, request) ? REQUEST_CONTAINERS + ROW_CONTAINERS * rows_of(knobs, request)
                                     : 0;
}

static int
let_go(struct serving *serving, struct kept *kept) {
    int64_t sum = 0;

    if (kept->response == NULL)
        return 0;
    int error = read_number(serving, kept->response, STATUS, &sum);
    serving->wrong += error == 0 && sum != expected_sum(serving, kept->number);
    serving->digest = serving->digest * UINT64_C(0x9e3779b97f4a7c15) + wl_rng_mix((uint64_t)sum);
    serving->run->trash_objects += (uint64_t)trash_of(serving->knobs, kept->number);
    en_decref(serving->heap, kept->response);
    kept->response = NULL;
    return error;
}

static int
serve(struct serving *serving, int64_t number) {
    uint64_t random = wl_rng_mix(serving->salt + ((uint64_t)number << 40));
    struct kept *kept = &serving->kept[number % serving->knobs->retain];
    int error = let_go(serving, kept);
    struct en_object *request = error != 0 ? NULL : parse_request(serving, number, random);

    if (request == NULL)
        return -1;
    kept->response = answer(serving, number, request, random);
    kept->number = number;
    en_decref(serving->heap, request);
    return kept->response == NULL ? -1 : 0;
}

/* As servers do it that freeze: nothing that is frozen shall be trash already. */
static void
freeze(struct serving *serving) {
    double before = (double)en_gc_frozen_count(serving->heap);

    en_gc_collect(serving->heap, RT_GENERATIONS - 1);
    en_gc_freeze(serving->heap);
    serving->run->metrics[FROZEN] = (double)en_gc_frozen_count(serving->heap) - before;
    for (int64_t i = 0; i < serving->knobs->retain; i++)
        if (serving->kept[i].response != NULL)
            serving->run->metrics[FROZEN_TRASH] +=
                (double)trash_of(serving->knobs, serving->kept[i].number);
}

/* ---- What it is going to need ------------------------------------------------------------------- */

static int64_t
requests_bytes(int64_t requests, int64_t rows_count) {
    int64_t row = WL_SIZES_DICT + wl_sizes_string_keys(8) + WL_SIZES_INT + WL_SERVING_STRING_BYTES +
                  WL_SERVING_NAME_LENGTH + WL_SIZES_LIST + 2 * 8 + WL_SIZES_INT;
    int64_t headers = WL_SIZES_DICT + wl_sizes_string_keys(16) +
                      HEADERS_COUNT * (WL_SERVING_STRING_BYTES + WL_SERVING_HEADER_LENGTH);
    int64_t request = wl_serving_instance_bytes(4) + WL_SERVING_STRING_BYTES +
                      WL_SERVING_PATH_LENGTH + headers + WL_SIZES_LIST;
    int64_t response =
        wl_serving_instance_bytes(3) + WL_SIZES_INT + WL_SERVING_STRING_BYTES + BODY_LENGTH;

    return requests * (request + response) + rows_count * (8 + row);
}

/* Rows of requests `from` to `end`; only those that are cyclic, or all. */
static int64_t
count_rows(const struct serving_knobs *knobs, int64_t from, int64_t end, bool cyclic) {
    double share = cyclic ? knobs->cyclic_share : 1;

    if (end - from > 100 * SPREAD)
        return (int64_t)((double)(end - from) * (double)knobs->rows * share);
    int64_t count = 0;
    for (int64_t i = from; i < end; i++)
        count += !cyclic || is_cyclic(knobs, i) ? rows_of(knobs, i) : 0;
    return count;
}

static uint64_t
serving_peak_live_bytes(const void *fields) {
    const struct serving_knobs *knobs = fields;
    int64_t kept = knobs->retain < knobs->requests ? knobs->retain : knobs->requests, most = 0;

    for (int64_t i = 0; i < SPREAD && i + kept <= knobs->requests; i++) {
        int64_t count = count_rows(knobs, i, i + kept, false);
        most = count > most ? count : most;
    }
    return (
        uint64_t)(CLASSES_BYTES +
                  wl_serving_static_bytes(knobs->static_objects / WL_SERVING_MODULE_CONTAINERS) +
                  requests_bytes(kept, most));
}

static int64_t
trash_bytes(const struct serving_knobs *knobs, int64_t from, int64_t end) {
    return end <= from ? 0
                       : requests_bytes(cyclic_among(knobs, end) - cyclic_among(knobs, from),
                                        count_rows(knobs, from, end, true));
}

/* What the freezing server collects before is gone. */
static uint64_t
serving_peak_trash_bytes(const void *fields) {
    const struct serving_knobs *knobs = fields;
    int64_t end = knobs->requests - knobs->retain;
    int64_t warm = knobs->freeze == FREEZE_NEVER ? 0 : knobs->warmup - knobs->retain;
    int64_t middle = warm < 0 ? 0 : warm < end ? warm : end;
    int64_t before = trash_bytes(knobs, 0, middle), after = trash_bytes(knobs, middle, end);

    return (uint64_t)(before > after ? before : after);
}

static uint64_t
serving_operations(const void *fields) {
    const struct serving_knobs *knobs = fields;
    return (uint64_t)(knobs->requests - knobs->warmup);
}

static int
serving_check(const void *fields, struct rt_text *why) {
    const struct serving_knobs *knobs = fields;

    if (knobs->warmup < knobs->requests)
        return 0;
    rt_text_string(why, "serving.warmup must be less than serving.requests, which is ");
    rt_text_integer(why, knobs->requests);
    return -EINVAL;
}

/* ---- The run ------------------------------------------------------------------------------------ */

static int
serve_all(struct serving *serving) {
    const struct serving_knobs *knobs = serving->knobs;
    int error = 0;

    if ((serving->maker.status = en_int(serving->heap, 200)) == NULL)
        return -1;
    error = wl_serving_load(&serving->maker, &serving->loaded, serving->module_count);

    for (int64_t i = 0; error == 0 && i <= knobs->requests; i++) {
        if (i == knobs->warmup && knobs->freeze == FREEZE_AFTER_WARMUP)
            freeze(serving);
        if (i == knobs->requests)
            break;
        if (i >= knobs->warmup)
            wl_begin(serving->run);
        error = serve(serving, i);
        if (i >= knobs->warmup)
            wl_end(serving->run);
        serving->done += error == 0;
        if (error == 0)
            en_idle_window(serving->heap);
        if (error == 0 && (i + 1) % knobs->manual_every == 0)
            en_manual_point(serving->heap);
    }
    for (int64_t i = 0; error == 0 && i < knobs->retain; i++) /* the oldest first */
        error = let_go(serving, &serving->kept[(knobs->requests + i) % knobs->retain]);
    return error;
}

/* What was frozen has to be found again. */
static void
release_all(struct serving *serving) {
    for (int64_t i = 0; i < serving->knobs->retain; i++)
        en_xdecref(serving->heap, serving->kept[i].response);
    wl_serving_unload(serving->heap, &serving->loaded);
    en_xdecref(serving->heap, serving->maker.status);
    serving->maker.status = NULL;
    if (serving->knobs->freeze == FREEZE_AFTER_WARMUP)
        en_gc_unfreeze(serving->heap);
    en_gc_collect(serving->heap, RT_GENERATIONS - 1);
    en_free_lists_clear(serving->heap);
}

static int
serving_run(struct wl_run *run) {
    struct serving *serving = run->state;
    int error = serve_all(serving);

    if (error != 0)
        error = -en_error(run->heap);
    wl_done(run);
    release_all(serving);
    run->digest = wl_rng_mix(serving->digest);
    if (run->why != NULL && error != 0) {
        rt_text_string(run->why, "a request failed when ");
        rt_text_integer(run->why, serving->done);
        rt_text_string(run->why, " requests were answered");
    } else if (run->why != NULL && serving->wrong > 0) {
        rt_text_integer(run->why, serving->wrong);
        rt_text_string(run->why, " answers or entries were not what was written into them");
    }
    return error == 0 && serving->wrong > 0 ? -EBADMSG : error;
}

/* ---- Before and after --------------------------------------------------------------------------- */

static struct en_object *
make_class(struct serving *serving, const char *name, const char *const *slots, size_t count) {
    const struct en_class_spec spec = {.name = name, .slots = slots, .slot_count = count};
    return en_class_new(serving->heap, &spec);
}

/* What there is of them in case of a failure goes with drop_classes. */
static int
make_classes(struct serving *serving) {
    static const char *const slots[] = {"path", "hits"};

    for (size_t i = 0; i < NAMES; i++)
        if ((serving->maker.names[i] = en_name(serving->heap, names[i])) == NULL)
            return -1;
    for (size_t i = 0; i < HEADERS_COUNT; i++)
        if ((serving->header_names[i] = en_name(serving->heap, header_names[i])) == NULL)
            return -1;
    serving->maker.handler_class = make_class(serving, "Handler", slots, 2);
    if (serving->maker.handler_class != NULL)
        serving->maker.session_class = make_class(serving, "Session", NULL, 0);
    if (serving->maker.session_class != NULL)
        serving->request_class = make_class(serving, "Request", NULL, 0);
    if (serving->request_class != NULL)
        serving->response_class = make_class(serving, "Response", NULL, 0);
    return serving->response_class == NULL ? -1 : 0;
}

static void
drop_classes(struct serving *serving) {
    struct en_object **classes[] = {&serving->maker.handler_class, &serving->maker.session_class,
                                    &serving->request_class, &serving->response_class};

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        en_xdecref(serving->heap, *classes[i]);
        *classes[i] = NULL;
    }
    for (size_t i = 0; i < NAMES; i++) {
        en_xdecref(serving->heap, serving->maker.names[i]);
        serving->maker.names[i] = NULL;
    }
    for (size_t i = 0; i < HEADERS_COUNT; i++) {
        en_xdecref(serving->heap, serving->header_names[i]);
        serving->header_names[i] = NULL;
    }
}

static int
serving_prepare(struct wl_run *run) {
    const struct serving_knobs *knobs = run->knobs;
    struct serving *serving = calloc(1, sizeof *serving);

    run->state = serving;
    if (serving == NULL)
        return -ENOMEM;
    serving->knobs = knobs;
    serving->run = run;
    serving->heap = serving->maker.heap = run->heap;
    serving->maker.salt = serving->salt = serving->digest = wl_rng_derive(run->seed, 1);
    serving->module_count = knobs->static_objects / WL_SERVING_MODULE_CONTAINERS;
    serving->kept = calloc((size_t)knobs->retain, sizeof *serving->kept);
    if (serving->kept == NULL)
        return -ENOMEM;
    int error = make_classes(serving);
    if (error != 0)
        drop_classes(serving);
    return wl_prepared(run, error, "a request failed while the classes were made");
}

static void
serving_finish(struct wl_run *run) {
    struct serving *serving = run->state;

    if (serving != NULL) {
        drop_classes(serving);
        free(serving->kept);
    }
    free(serving);
    run->state = NULL;
}

static const struct wl_metric metrics[METRICS] = {
    [FROZEN] = {"serving.frozen_objects", "objects", "none",
                "tracked objects that were frozen when the server was warm", true},
    [FROZEN_TRASH] = {"serving.frozen_trash_objects", "objects", "lower",
                      "of those, what became cyclic trash later, which is never collected", true},
};

extern const struct wl_workload wl_serving;
const struct wl_workload wl_serving = {
    .name = "serving",
    .summary = "a server with much loaded answers requests, and what they make dies by count: the "
               "collector finds nothing",
    .caveat = "one request at a time, parsed from random numbers and not from text; requests only "
              "differ in length, and the static heap is made of equal parts",
    .version = 1,
    .knobs = {rows, sizeof rows / sizeof rows[0]},
    .knobs_bytes = sizeof(struct serving_knobs),
    .variant = "serving.freeze",
    .metrics = metrics,
    .metric_count = METRICS,
    .check = serving_check,
    .peak_live_bytes = serving_peak_live_bytes,
    .peak_trash_bytes = serving_peak_trash_bytes,
    .operations = serving_operations,
    .prepare = serving_prepare,
    .run = serving_run,
    .finish = serving_finish,
};
