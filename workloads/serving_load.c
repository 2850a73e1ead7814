/* SPDX-License-Identifier: MIT
 *
 * serving_load.c: the static heap of workload serving. See serving.h.
 *
 * A module is a dict with a route (a tuple of path, handler and a number), a config (a dict, with a list of hosts), a
 * session, and a title. Its path leads to its route, its number to its session. There is no cycle in it.
 */
#include "workloads/serving.h"

#include "workloads/rng.h"
#include "workloads/sizes.h"

enum {
    NUMBER_MASK = (1 << 29) - 1,
};

/* ---- The static heap ---------------------------------------------------------------------------- */

struct en_object *
wl_serving_path(struct en_heap *heap, int64_t module) {
    char text[WL_SERVING_PATH_LENGTH] = {'/', 'a', 'p', 'i', '/'};

    for (size_t i = WL_SERVING_PATH_LENGTH; i-- > 5; module /= 10)
        text[i] = (char)('0' + module % 10);
    return en_str(heap, text, WL_SERVING_PATH_LENGTH);
}

/* (path, handler, 1) */
static struct en_object *
make_route(const struct wl_serving_maker *maker, int64_t module, struct en_object *path) {
    struct en_heap *heap = maker->heap;
    struct en_object *handler = en_instance_new(heap, maker->handler_class);

    if (handler == NULL)
        return NULL;
    int error = wl_serving_give_attribute(maker, handler, PATH, en_incref(path));
    if (error == 0)
        error = wl_serving_give_attribute(maker, handler, HITS,
                                          en_int(heap, module | WL_SERVING_NUMBER_LEAST));
    handler = wl_serving_made_unless(maker->heap, handler, error);
    if (handler == NULL)
        return NULL;
    struct en_object *items[] = {path, handler, maker->status};
    struct en_object *route = en_tuple_pack(heap, items, 3);
    en_decref(heap, handler);
    return route;
}

/* Of two strings of letters. */
static struct en_object *
make_hosts(const struct wl_serving_maker *maker, uint64_t random) {
    struct en_object *hosts = en_list_new(maker->heap, 2);

    for (size_t i = 0; hosts != NULL && i < 2; i++) {
        struct en_object *host =
            wl_serving_letters(maker->heap, random + i, WL_SERVING_HEADER_LENGTH);
        if (host == NULL)
            return wl_serving_made_unless(maker->heap, hosts, -1);
        en_list_put_steal(hosts, i, host);
    }
    return hosts;
}

static struct en_object *
make_config(const struct wl_serving_maker *maker, uint64_t random) {
    struct en_object *config = en_dict_new(maker->heap);

    if (config == NULL)
        return NULL;
    int error =
        wl_serving_give_item(maker->heap, config, maker->names[LIMIT], en_float(maker->heap, 0.5));
    if (error == 0)
        error = wl_serving_give_item(
            maker->heap, config, maker->names[TIMEOUT],
            en_int(maker->heap, (int64_t)(random & NUMBER_MASK) | WL_SERVING_NUMBER_LEAST));
    if (error == 0)
        error = wl_serving_give_item(maker->heap, config, maker->names[HOSTS],
                                     make_hosts(maker, random));
    return wl_serving_made_unless(maker->heap, config, error);
}

static struct en_object *
make_session(const struct wl_serving_maker *maker, uint64_t random) {
    struct en_object *session = en_instance_new(maker->heap, maker->session_class);

    if (session == NULL)
        return NULL;
    int error = wl_serving_give_attribute(
        maker, session, USER, wl_serving_letters(maker->heap, random, WL_SERVING_NAME_LENGTH));
    if (error == 0)
        error = wl_serving_give_attribute(maker, session, HITS,
                                          en_int(maker->heap, WL_SERVING_NUMBER_LEAST));
    return wl_serving_made_unless(maker->heap, session, error);
}

/* Of the module's things `route` and `session` are also in the tables. */
static int
fill_module(const struct wl_serving_maker *maker, struct en_object *module, struct en_object *route,
            struct en_object *session, uint64_t random) {
    struct en_object *const *keys = maker->names;
    struct en_heap *heap = maker->heap;
    int error = en_dict_set(heap, module, keys[ROUTE], route);

    if (error == 0)
        error = wl_serving_give_item(maker->heap, module, keys[CONFIG], make_config(maker, random));
    if (error == 0)
        error = en_dict_set(heap, module, keys[SESSION], session);
    if (error == 0)
        error =
            wl_serving_give_item(maker->heap, module, keys[TITLE],
                                 wl_serving_letters(maker->heap, random, WL_SERVING_NAME_LENGTH));
    return error;
}

static int
list_session(const struct wl_serving_maker *maker, struct en_object *sessions, int64_t index,
             struct en_object *session) {
    struct en_object *number = en_int(maker->heap, WL_SERVING_SESSION_FIRST + index);
    int error = number == NULL ? -1 : en_dict_set(maker->heap, sessions, number, session);
    en_xdecref(maker->heap, number);
    return error;
}

static int
make_module(const struct wl_serving_maker *maker, const struct wl_serving_static *loaded,
            int64_t index) {
    uint64_t random = wl_rng_mix(maker->salt ^ (uint64_t)index);
    struct en_heap *heap = maker->heap;
    struct en_object *module = en_dict_new(heap);
    int error = -1;

    if (module == NULL)
        return -1;
    en_list_put_steal(loaded->modules, (size_t)index, module);
    struct en_object *path = wl_serving_path(maker->heap, index);
    struct en_object *route = path == NULL ? NULL : make_route(maker, index, path);
    struct en_object *session = route == NULL ? NULL : make_session(maker, random);
    if (session != NULL)
        error = fill_module(maker, module, route, session, random);
    if (error == 0)
        error = en_dict_set(heap, loaded->routes, path, route);
    if (error == 0)
        error = list_session(maker, loaded->sessions, index, session);
    en_xdecref(heap, path);
    en_xdecref(heap, route);
    en_xdecref(heap, session);
    return error;
}

int
wl_serving_load(const struct wl_serving_maker *maker, struct wl_serving_static *loaded,
                int64_t module_count) {
    int error = 0;

    loaded->modules = en_list_new(maker->heap, (size_t)module_count);
    if (loaded->modules != NULL)
        loaded->routes = en_dict_new(maker->heap);
    if (loaded->routes != NULL)
        loaded->sessions = en_dict_new(maker->heap);
    if (loaded->sessions == NULL)
        return -1;
    for (int64_t i = 0; error == 0 && i < module_count; i++) {
        error = make_module(maker, loaded, i);
        en_safe_point(maker->heap);
    }
    return error;
}

void
wl_serving_unload(struct en_heap *heap, struct wl_serving_static *loaded) {
    en_xdecref(heap, loaded->modules);
    en_xdecref(heap, loaded->routes);
    en_xdecref(heap, loaded->sessions);
    *loaded = (struct wl_serving_static){NULL, NULL, NULL};
}

/* ---- What it comes to --------------------------------------------------------------------------- */

int64_t
wl_serving_instance_bytes(int64_t attributes) {
    return WL_SIZES_INSTANCE + wl_sizes_values(101, attributes) - wl_sizes_values(100, attributes);
}

int64_t
wl_serving_static_bytes(int64_t module_count) {
    int64_t small_dict = WL_SIZES_DICT + wl_sizes_string_keys(8);
    int64_t route = WL_SERVING_STRING_BYTES + WL_SERVING_PATH_LENGTH + WL_SIZES_TUPLE + 3 * 8 +
                    WL_SIZES_SLOTS + 2 * 8 + WL_SIZES_INT;
    int64_t config = small_dict + WL_SIZES_FLOAT + WL_SIZES_INT + WL_SIZES_LIST + 2 * 8 +
                     2 * (WL_SERVING_STRING_BYTES + WL_SERVING_HEADER_LENGTH);
    int64_t session = wl_serving_instance_bytes(2) + WL_SERVING_STRING_BYTES +
                      WL_SERVING_NAME_LENGTH + WL_SIZES_INT;
    int64_t module = 8 + small_dict + route + config + session + WL_SERVING_STRING_BYTES +
                     WL_SERVING_NAME_LENGTH;
    int64_t slots = 8;

    while (slots * 2 / 3 < module_count)
        slots *= 2;
    return module_count * (module + WL_SIZES_INT) + wl_sizes_string_keys(slots) +
           wl_sizes_keys(slots);
}
