/* SPDX-License-Identifier: MIT
 *
 * serving.h: what the two parts of workload serving share: serving_load.c makes the static heap, serving.c serves.
 */
#ifndef WORKLOADS_SERVING_H
#define WORKLOADS_SERVING_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/workload.h"

enum wl_serving_name {
    /* of a module */
    ROUTE,
    CONFIG,
    SESSION,
    TITLE,
    /* of a config */
    LIMIT,
    TIMEOUT,
    HOSTS,
    /* of instances */
    PATH,
    HITS,
    USER,
    HEADERS,
    ROWS,
    RESPONSE,
    STATUS,
    BODY,
    REQUEST,
    /* of a row */
    ID,
    NAME,
    TAGS,
    NAMES
};

enum {
    WL_SERVING_HEADER_LENGTH = 20,
    WL_SERVING_PATH_LENGTH = 16,
    WL_SERVING_NAME_LENGTH = 8,
    WL_SERVING_STRING_BYTES = 49,       /* of a str in ASCII, but for its characters */
    WL_SERVING_MODULE_CONTAINERS = 6,   /* module, route, handler, config, hosts, session */
    WL_SERVING_NUMBER_LEAST = 1 << 10,  /* above the ints that are shared */
    WL_SERVING_SESSION_FIRST = 1 << 20, /* the number of module 0's */
};

/* What makes objects needs. */
struct wl_serving_maker {
    struct en_heap *heap;
    uint64_t salt;
    struct en_object *names[NAMES], *handler_class, *session_class;
    struct en_object *status; /* a number that many refer to */
};

/* The tables are dicts by path and by number. */
struct wl_serving_static {
    struct en_object *routes, *sessions, *modules;
};

/* -1: a request failed; what there is goes with wl_serving_unload. */
int wl_serving_load(const struct wl_serving_maker *maker, struct wl_serving_static *loaded,
                    int64_t module_count);
void wl_serving_unload(struct en_heap *heap, struct wl_serving_static *loaded);
int64_t wl_serving_static_bytes(int64_t module_count);

/* "/api/" and the number. */
struct en_object *wl_serving_path(struct en_heap *heap, int64_t module);

/* Of one instance, when its class has had many. */
int64_t wl_serving_instance_bytes(int64_t attributes);

/* ---- Parts, which are made often ---------------------------------------------------------------- */

/* A str of so many lower-case letters, up to 32. */
static inline struct en_object *
wl_serving_letters(struct en_heap *heap, uint64_t random, size_t length) {
    char text[32];

    for (size_t i = 0; i < length; i++) {
        text[i] = (char)('a' + (random & 15));
        random = random >> 4 | random << 60;
    }
    return en_str(heap, text, length);
}

/* Both take over the value, which may be NULL: then it failed. */
static inline int
wl_serving_give_attribute(const struct wl_serving_maker *maker, struct en_object *instance,
                          enum wl_serving_name name, struct en_object *value) {
    int error = value == NULL ? -1 : en_attr_set(maker->heap, instance, maker->names[name], value);
    en_xdecref(maker->heap, value);
    return error;
}

static inline int
wl_serving_give_item(struct en_heap *heap, struct en_object *dict, struct en_object *key,
                     struct en_object *value) {
    int error = value == NULL ? -1 : en_dict_set(heap, dict, key, value);
    en_xdecref(heap, value);
    return error;
}

/* The object if all went well, or nothing of it. */
static inline struct en_object *
wl_serving_made_unless(struct en_heap *heap, struct en_object *object, int error) {
    if (error == 0)
        return object;
    en_decref(heap, object);
    return NULL;
}

#endif
