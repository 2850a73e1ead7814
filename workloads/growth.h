/* SPDX-License-Identifier: MIT
 *
 * growth.h: which types' objects grow in number without bound, told from counts taken after each round.
 *
 * What a program does round after round should leave as many objects behind after one round as after the
 * other. The rule looks at the rounds behind the first quarter, in which a program may warm up, at most the last
 * WL_GROWTH_ROUNDS_MOST of them. It parts them into four spans of the same length, and says that a
 * type grows when all of this is so:
 *   - from span to span its lowest count rises, and so does its highest;
 *   - the lowest of the last span is above the highest of the first one;
 *   - no rise of the lowest is less than three quarters of one before it, but for one object.
 * So it is silent on what
 *   - stays, falls, or is full before the last span;
 *   - is filled and emptied again, when that takes no longer than a span;
 *   - slows down as a cache does that meets fewer and fewer new keys;
 * and finds what grows by the same number in each round, also beneath noise of up to a seventh of what a span
 * adds; and what grows ever faster. A cache that is still filling evenly when the last round is over does
 * grow, as far as anybody can tell: watch it for longer.
 */
#ifndef WORKLOADS_GROWTH_H
#define WORKLOADS_GROWTH_H

#include <stddef.h>
#include <stdint.h>

enum {
    WL_GROWTH_TYPES_MOST = 64,
    WL_GROWTH_ROUNDS_MOST = 64,
    WL_GROWTH_ROUNDS_LEAST = 12, /* with fewer nothing is found */
    WL_GROWTH_NAME_BYTES = 48,
};

struct wl_growth_type {
    char name[WL_GROWTH_NAME_BYTES]; /* cut off where it is longer */
    int64_t now;
    int64_t counts[WL_GROWTH_ROUNDS_MOST]; /* of round r in place r % WL_GROWTH_ROUNDS_MOST */
};

struct wl_growth {
    int64_t rounds;
    size_t type_count, last;
    int64_t left_out; /* objects of types for which there was no room */
    struct wl_growth_type types[WL_GROWTH_TYPES_MOST];
};

struct wl_growth_finding {
    const char *name; /* valid as long as the watch */
    int64_t now;      /* objects after the last round */
    double a_round;   /* objects that a round adds */
};

void wl_growth_init(struct wl_growth *growth);

/* So many objects more of that type in this round. */
void wl_growth_add(struct wl_growth *growth, const char *name, int64_t count);
void wl_growth_end_round(struct wl_growth *growth);

/* How many of that type there were in the last round. */
int64_t wl_growth_last(const struct wl_growth *growth, const char *name);

/* How many of the last rounds the rule looks at. */
int64_t wl_growth_watched(const struct wl_growth *growth);

/* The types that grow, the fastest first, of equally fast ones the one met first. How many were found; only
 * the first `most` are told. */
size_t wl_growth_find(const struct wl_growth *growth, struct wl_growth_finding *ret_findings,
                      size_t most);

#endif
