/* SPDX-License-Identifier: MIT
 *
 * bullets_scratch.c: see bullets_scratch.h.
 */
#include "workloads/bullets_scratch.h"

#include <stddef.h>

#include "workloads/sizes.h"

enum kind {
    TUPLE,
    LIST,
    DICT,
    KINDS
};

static struct en_object *
make_one(struct wl_bullets_scratch *scratch, int64_t index, struct en_object *value) {
    struct en_heap *heap = scratch->heap;
    struct en_object *const items[] = {value, value};
    struct en_object *dict;

    if (index % KINDS == TUPLE)
        return en_tuple_pack(heap, items, 2);
    if (index % KINDS == LIST)
        return en_list_pack(heap, items, 2);
    dict = en_dict_new(heap);
    if (dict == NULL || en_dict_set(heap, dict, scratch->key, value) == 0)
        return dict;
    en_decref(heap, dict);
    return NULL;
}

int
wl_bullets_scratch_make(struct wl_bullets_scratch *scratch, int64_t first) {
    for (int64_t i = 0; i < scratch->count; i++) {
        struct en_object *value = en_float(scratch->heap, (double)(first + i));
        if (value == NULL)
            return -1;
        scratch->items[i] = make_one(scratch, i, value);
        en_decref(scratch->heap, value);
        if (scratch->items[i] == NULL)
            return -1;
        en_safe_point(scratch->heap);
    }
    return 0;
}

static double
read_one(struct wl_bullets_scratch *scratch, int64_t index) {
    struct en_object *item = scratch->items[index], *value;

    if (index % KINDS == TUPLE)
        value = en_tuple_get(item, 1);
    else if (index % KINDS == LIST)
        value = en_list_get(item, 1);
    else
        value = en_dict_get(scratch->heap, item, scratch->key);
    return value == NULL ? -1 : en_float_value(value);
}

int64_t
wl_bullets_scratch_drop(struct wl_bullets_scratch *scratch, int64_t first) {
    int64_t wrong = 0;

    for (int64_t i = 0; i < scratch->count && scratch->items[i] != NULL; i++) {
        wrong += read_one(scratch, i) != (double)(first + i);
        en_decref(scratch->heap, scratch->items[i]);
        scratch->items[i] = NULL;
    }
    return wrong;
}

int64_t
wl_bullets_scratch_bytes(int64_t count) {
    int64_t tuples = (count + 2) / KINDS, lists = (count + 1) / KINDS, dicts = count / KINDS;

    return count * WL_SIZES_FLOAT + tuples * (WL_SIZES_TUPLE + 2 * 8) +
           lists * (WL_SIZES_LIST + 2 * 8) + dicts * (WL_SIZES_DICT + wl_sizes_string_keys(8));
}
