/* SPDX-License-Identifier: MIT
 *
 * sizes.c: see sizes.h.
 */
#include "workloads/sizes.h"

enum {
    KEYS_BYTES = 32,  /* a table's head */
    BYTES_BYTES = 33, /* its last zero among them */
};

int64_t
wl_sizes_list(int64_t length, int64_t step) {
    int64_t capacity = 0;

    for (int64_t now = 0; now < length; now += step) {
        int64_t next = now + step < length ? now + step : length;
        int64_t grown = (next + next / 8 + 6) & ~INT64_C(3);
        if (next > capacity)
            capacity = next - now > grown - next ? (next + 3) & ~INT64_C(3) : grown;
    }
    return WL_SIZES_LIST + 8 * capacity;
}

int64_t
wl_sizes_bytes(int64_t length) {
    return BYTES_BYTES + length;
}

int64_t
wl_sizes_array(int64_t length) {
    int64_t capacity = 0;

    while (capacity < length)
        capacity = capacity + 1 + (capacity + 1) / 16 + (capacity < 8 ? 3 : 7);
    return WL_SIZES_ARRAY + 8 * capacity;
}

static int64_t
index_bytes(int64_t slots) {
    return slots * (slots <= 128 ? 1 : slots <= 32768 ? 2 : 4);
}

int64_t
wl_sizes_keys(int64_t slots) {
    return KEYS_BYTES + index_bytes(slots) + slots * 2 / 3 * 24;
}

int64_t
wl_sizes_string_keys(int64_t slots) {
    return KEYS_BYTES + index_bytes(slots) + slots * 2 / 3 * 16;
}

static int64_t
larger(int64_t one, int64_t other) {
    return one > other ? one : other;
}

int64_t
wl_sizes_dict_peak(int64_t length, int64_t item_bytes) {
    int64_t slots = 8, peak = 0;

    for (; slots * 2 / 3 < length; slots *= 2)
        peak = WL_SIZES_DICT + wl_sizes_keys(slots) + wl_sizes_keys(slots * 2) +
               item_bytes * (slots * 2 / 3 + 1);
    return larger(peak, WL_SIZES_DICT + wl_sizes_keys(slots) + item_bytes * length);
}

int64_t
wl_sizes_set_peak(int64_t length, int64_t item_bytes) {
    int64_t slots = 8, table = 0, peak = 0, filled = 5;

    while (filled <= length) {
        int64_t next = 8, wanted = filled * (filled <= 50000 ? 4 : 2);
        while (next <= wanted)
            next *= 2;
        peak = WL_SIZES_SET + table + 16 * next + item_bytes * filled;
        slots = next;
        table = 16 * slots;
        filled = ((slots - 1) * 3 + 4) / 5;
    }
    return larger(peak, WL_SIZES_SET + table + item_bytes * length);
}

static int64_t
values_of_one(int64_t slots) {
    return ((slots + 2 + 7) & ~INT64_C(7)) + 8 * slots;
}

int64_t
wl_sizes_values(int64_t count, int64_t attributes) {
    int64_t known = attributes < WL_SIZES_NAMES_MOST ? attributes + 1 : WL_SIZES_NAMES_MOST;
    int64_t bytes = 0, i = 0;

    for (; i < count && WL_SIZES_NAMES_MOST - i > known; i++)
        bytes += values_of_one(WL_SIZES_NAMES_MOST - i);
    return bytes + (count - i) * values_of_one(known);
}
