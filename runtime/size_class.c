/* SPDX-License-Identifier: MIT
 *
 * size_class.c: the part of the class arithmetic that divides, and so stays off the hot path.
 */
#include "runtime/size_class.h"

size_t
rt_size_class_capacity(size_t index, size_t pool_bytes) {
    return (pool_bytes - RT_POOL_HEADER_BYTES) / rt_size_class_bytes(index);
}
