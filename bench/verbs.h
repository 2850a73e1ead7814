/* SPDX-License-Identifier: MIT
 *
 * verbs.h: the table of verbs, for those that list them.
 */
#ifndef BENCH_VERBS_H
#define BENCH_VERBS_H

#include <stddef.h>

#include "bench/verb.h"

/* In the order of the help text; hidden ones are not among them. */
const struct bench_verb *const *bench_verbs(size_t *ret_count);

#endif
