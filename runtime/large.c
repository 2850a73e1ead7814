/* SPDX-License-Identifier: MIT
 *
 * large.c: requests too large for a pool.
 *
 * They go to the system's malloc. So that a pointer that is not ours is never handed to free(), and so
 * that destroying a context releases what it still holds, their addresses are kept in a set: open
 * addressing, linear probing, deletion by moving followers back, so that no probe ever meets a grave.
 *
 * Invariants: capacity is 0 or a power of two; count <= capacity * 3/4; every member is reachable from
 * its home slot without meeting a free one. bytes is the sum of the requests of all members. Room in
 * the set is made before a block is asked for, so nothing can fail after the block is there.
 */
#include "runtime/large.h"

#include "runtime/account.h"
#include "runtime/arena.h"
#include "runtime/fault.h"

#include <errno.h>

enum {
    FIRST_CAPACITY = 64
};

static size_t
home_slot(const struct rt_large *large, uintptr_t key) {
    return (size_t)((key >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (large->capacity - 1);
}

/* The slot that holds the key, or the free one where it would go. pre: capacity > 0 */
static size_t
find_slot(const struct rt_large *large, uintptr_t key) {
    size_t slot = home_slot(large, key);

    while (large->slots[slot] != 0 && large->slots[slot] != key) {
        slot = (slot + 1) & (large->capacity - 1);
    }
    return slot;
}

static void
insert_key(struct rt_large *large, uintptr_t key) {
    large->slots[find_slot(large, key)] = key;
}

static void
remove_slot(struct rt_large *large, size_t hole) {
    size_t mask = large->capacity - 1;

    for (size_t i = (hole + 1) & mask; large->slots[i] != 0; i = (i + 1) & mask) {
        size_t home = home_slot(large, large->slots[i]);

        if (((i - home) & mask) >= ((i - hole) & mask)) { /* the hole lies on its way from home */
            large->slots[hole] = large->slots[i];
            hole = i;
        }
    }
    large->slots[hole] = 0;
}

void
rt_large_init(struct rt *rt, bool is_listed) {
    rt->large = (struct rt_large){.is_listed = is_listed};
}

static int
make_room(struct rt *rt) {
    struct rt_large *large = &rt->large;
    struct rt_large grown = *large;

    if (!large->is_listed || (large->count + 1) * 4 <= large->capacity * 3) {
        return 0;
    }
    grown.capacity = large->capacity == 0 ? FIRST_CAPACITY : large->capacity * 2;
    if (rt_fault_is_due(rt, grown.capacity * sizeof(grown.slots[0]))) {
        return -ENOMEM;
    }
    grown.slots =
        rt->os.large_alloc_zeroed(rt->os.context, grown.capacity * sizeof(grown.slots[0]));
    if (grown.slots == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < large->capacity; i++) {
        if (large->slots[i] != 0) {
            insert_key(&grown, large->slots[i]);
        }
    }
    rt->os.large_free(rt->os.context, large->slots);
    *large = grown;
    return 0;
}

static void
count_bytes(struct rt *rt, int64_t change) {
    rt_account_large(rt, change);
    rt_arena_note_held(rt);
}

void *
rt_large_alloc(struct rt *rt, size_t bytes, bool is_zeroed) {
    const struct rt_os *os = &rt->os;
    void *block;

    if (make_room(rt) != 0 || rt_fault_is_due(rt, bytes)) {
        return NULL;
    }
    block = is_zeroed ? os->large_alloc_zeroed(os->context, bytes)
                      : os->large_alloc(os->context, bytes);
    if (block == NULL) {
        return NULL;
    }
    if (rt->large.is_listed) {
        insert_key(&rt->large, (uintptr_t)block);
    }
    rt->large.count++;
    count_bytes(rt, (int64_t)bytes);
    return block;
}

void *
rt_large_realloc(struct rt *rt, void *block, size_t old_bytes, size_t bytes) {
    uintptr_t key = (uintptr_t)block;
    void *moved;

    if (rt_fault_is_due(rt, bytes)) {
        return NULL;
    }
    moved = rt->os.large_realloc(rt->os.context, block, bytes);
    if (moved == NULL) {
        return NULL;
    }
    if (rt->large.is_listed && (uintptr_t)moved != key) {
        remove_slot(&rt->large, find_slot(&rt->large, key));
        insert_key(&rt->large, (uintptr_t)moved);
    }
    count_bytes(rt, (int64_t)bytes - (int64_t)old_bytes);
    return moved;
}

bool
rt_large_free(struct rt *rt, void *block, size_t bytes) {
    if (!rt_large_has(rt, block)) {
        return false;
    }
    if (rt->large.is_listed) {
        remove_slot(&rt->large, find_slot(&rt->large, (uintptr_t)block));
    }
    rt->large.count--;
    count_bytes(rt, -(int64_t)bytes);
    rt->os.large_free(rt->os.context, block);
    return true;
}

bool
rt_large_has(const struct rt *rt, const void *address) {
    const struct rt_large *large = &rt->large;

    if (large->count == 0 || address == NULL) {
        return false;
    }
    return !large->is_listed || large->slots[find_slot(large, (uintptr_t)address)] != 0;
}

void
rt_large_fini(struct rt *rt) {
    for (size_t i = 0; i < rt->large.capacity; i++) {
        if (rt->large.slots[i] != 0) {
            rt->os.large_free(rt->os.context, (void *)rt->large.slots[i]);
        }
    }
    rt->os.large_free(rt->os.context, rt->large.slots);
}
