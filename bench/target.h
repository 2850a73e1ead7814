/* SPDX-License-Identifier: MIT
 *
 * target.h: small things that verbs share: what a word on the command line names, assignments, and the
 * one JSON document on standard output.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define BENCH_TARGET_SEED_MAX ((UINT64_C(1) << 53) - 1) /* so that JSON keeps it exactly */

/* Cuts "name=value"; gives the value. NULL: it is not one, which has been said. */
const char *bench_target_split(const char *assignment, char *ret_name, size_t name_bytes);

/* Says that there is no such workload (or suite, if those are meant as well) and what is nearest; gives
 * the exit status. */
int bench_target_refuse(const char *name, bool suites);

/* Prints and releases the document. */
void bench_target_print_json(json_t *document);

#endif
