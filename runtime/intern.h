/* SPDX-License-Identifier: MIT
 *
 * intern.h: the table of strings of which there is only one of each text.
 */
#ifndef RUNTIME_INTERN_H
#define RUNTIME_INTERN_H

#include "runtime/str.h"

/* The interned string of this text, borrowed, or NULL. Characters are `width` bytes each; `hash` is that of
 * a string of them. */
struct rt_object *rt_intern_find(const struct rt *rt, const void *data, size_t length,
                                 unsigned width, int64_t hash);

/* False: out of memory, and the string is as it was. pre: a string that is not interned and whose
 * text is not there */
bool rt_intern_add(struct rt *rt, struct rt_object *string);

/* pre: it is there */
void rt_intern_remove(struct rt *rt, struct rt_object *string);

bool rt_intern_verify(const struct rt *rt, struct rt_text *why);

#endif
