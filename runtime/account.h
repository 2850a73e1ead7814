/* SPDX-License-Identifier: MIT
 *
 * account.h: what is live, to the byte, and the most there ever was of it.
 *
 * Small blocks are counted in units of 16 bytes (their class), large ones in bytes (their request), and
 * what callers asked for beside both. A running number is kept as its *room*, the distance below a
 * mark: a request takes from the room, and when there is none left the mark is a new peak. One number
 * so serves for the value and for its peak, which on the hot path costs a subtraction and a test of
 * its sign.
 *
 *   requested = requested_peak - requested_room
 *   units     = units_high - units_room
 *   rounded   = 16 * units + large.bytes
 *   slack     = pools_in_use * pool_bytes - 16 * units       its peak is where units_room is largest
 *
 * Invariants: 0 <= requested_room; 0 <= units_room <= units_room_max; the peak of rounded is the larger
 * of rounded_peak (as it was when large.bytes last changed) and 16 * units_high + large.bytes.
 */
#ifndef RUNTIME_ACCOUNT_H
#define RUNTIME_ACCOUNT_H

#include "runtime/context.h"

/* pre for all: changes are of blocks that are live, so no number falls below zero */

static RT_ALWAYS_INLINE void
rt_account_requested(struct rt *rt, int64_t change) {
    int64_t room = rt->requested_room - change;

    rt->requested_room = room;
    if (RT_UNLIKELY(room < 0)) {
        rt->requested_peak -= room;
        rt->requested_room = 0;
    }
}

static RT_ALWAYS_INLINE void
rt_account_take(struct rt *rt, size_t units) {
    int64_t room = rt->units_room - (int64_t)units;

    rt->units_room = room;
    if (RT_UNLIKELY(room < 0)) { /* the mark rises; the largest room is measured from it */
        rt->units_high -= room;
        rt->units_room_max -= room;
        rt->units_room = 0;
    }
}

static RT_ALWAYS_INLINE void
rt_account_give(struct rt *rt, size_t units) {
    rt->units_room += (int64_t)units;
    if (RT_UNLIKELY(rt->units_room > rt->units_room_max)) {
        rt->units_room_max = rt->units_room;
    }
}

static inline int64_t
rt_account_requested_now(const struct rt *rt) {
    return rt->requested_peak - rt->requested_room;
}

static inline int64_t
rt_account_rounded(const struct rt *rt) {
    return (rt->units_high - rt->units_room) * RT_UNIT_BYTES + (int64_t)rt->large.bytes;
}

static inline int64_t
rt_account_rounded_peak(const struct rt *rt) {
    int64_t since = rt->units_high * RT_UNIT_BYTES + (int64_t)rt->large.bytes;

    return since > rt->rounded_peak ? since : rt->rounded_peak;
}

/* Bytes of the pools in use that were in no live block when the room was this. */
static inline int64_t
rt_account_slack_at(const struct rt *rt, int64_t units_room) {
    return (int64_t)(rt->pools_in_use << rt->pool_shift) -
           (rt->units_high - units_room) * RT_UNIT_BYTES;
}

static inline int64_t
rt_account_slack(const struct rt *rt) {
    return rt_account_slack_at(rt, rt->units_room);
}

static inline int64_t
rt_account_slack_peak(const struct rt *rt) {
    return rt_account_slack_at(rt, rt->units_room_max);
}

/* A pool comes into use for a block of so many units, which the caller is about to count. */
static inline void
rt_account_pool_opened(struct rt *rt, size_t units) {
    int64_t room = rt->units_room - (int64_t)units;

    rt->pools_in_use++;
    rt->units_room_max -= (int64_t)(rt->pool_bytes / RT_UNIT_BYTES);
    if (rt->units_room_max < room) {
        rt->units_room_max = room;
    }
}

static inline void
rt_account_pool_closed(struct rt *rt) {
    rt->pools_in_use--;
    rt->units_room_max += (int64_t)(rt->pool_bytes / RT_UNIT_BYTES);
}

static inline void
rt_account_large(struct rt *rt, int64_t change) {
    int64_t units = rt->units_high - rt->units_room;
    int64_t peak = rt_account_rounded_peak(rt), rounded, high;

    rt->large.bytes = (size_t)((int64_t)rt->large.bytes + change);
    if (rt->large.bytes > rt->large.bytes_peak) {
        rt->large.bytes_peak = rt->large.bytes;
    }
    rounded = units * RT_UNIT_BYTES + (int64_t)rt->large.bytes;
    rt->rounded_peak = rounded > peak ? rounded : peak;
    /* The mark moves so that passing it passes the peak; rooms are measured from it. */
    high = (rt->rounded_peak - (int64_t)rt->large.bytes) / RT_UNIT_BYTES;
    rt->units_room += high - rt->units_high;
    rt->units_room_max += high - rt->units_high;
    rt->units_high = high;
}

#endif
