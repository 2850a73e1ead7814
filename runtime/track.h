/* SPDX-License-Identifier: MIT
 *
 * track.h: the vector of tracked containers; object.h has the two calls that are in a hurry.
 */
#ifndef RUNTIME_TRACK_H
#define RUNTIME_TRACK_H

#include "runtime/context.h"

int rt_track_init(struct rt *rt); /* -ENOMEM */
void rt_track_fini(struct rt *rt);
size_t rt_track_table_bytes(const struct rt *rt);

/* Memory for so many more. */
bool rt_track_make_room(struct rt *rt, uint32_t extra);

/* Most of the memory that is not in use, when that is much. */
void rt_track_give_room_back(struct rt *rt);

/* Moves the tracked together, in order. */
void rt_track_close_holes(struct rt *rt);

/* Exchanges two stretches, each in its order: begin ... middle and middle ... end. */
void rt_track_swap(struct rt *rt, uint32_t begin, uint32_t middle, uint32_t end);

bool rt_track_verify(const struct rt *rt, struct rt_text *why);

#endif
