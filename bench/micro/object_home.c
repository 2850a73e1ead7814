/* SPDX-License-Identifier: MIT
 *
 * object_home.c: what the objects' loops begin with, made on either engine. See object.h.
 */
#include "bench/micro/object_subject.h"

void
bench_object_home_fill(struct bench_object_home *home, struct en_heap *heap) {
    static const char *const names[BENCH_OBJECT_NAMES] = {"x", "y"};
    struct en_class_spec plain = {.name = "Plain"};
    struct en_class_spec slotted = {
        .name = "Slotted", .slots = names, .slot_count = BENCH_OBJECT_NAMES};

    home->heap = heap;
    home->none = en_none(heap);
    home->plain = bench_object_made(en_class_new(heap, &plain));
    home->slotted = bench_object_made(en_class_new(heap, &slotted));
    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        home->names[i] = bench_object_made(en_name(heap, names[i]));
    for (size_t i = 0; i < BENCH_OBJECT_VALUES; i++)
        home->values[i] = bench_object_made(en_int(heap, 100000 + (int64_t)i));
}
