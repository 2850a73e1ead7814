/* SPDX-License-Identifier: MIT
 *
 * verify_objects.h: the objects' part of rt_verify.
 */
#ifndef RUNTIME_VERIFY_OBJECTS_H
#define RUNTIME_VERIFY_OBJECTS_H

#include "runtime/rt.h"

bool rt_verify_objects(const struct rt *rt, struct rt_text *why);

#endif
