/* SPDX-License-Identifier: MIT
 *
 * bytes.h: strings of bytes, for the modules of the runtime; the public calls are in rt_object.h.
 */
#ifndef RUNTIME_BYTES_H
#define RUNTIME_BYTES_H

#include "runtime/object.h"

void rt_bytes_init(struct rt *rt); /* the shared ones */

#endif
