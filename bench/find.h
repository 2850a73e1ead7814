/* SPDX-License-Identifier: MIT
 *
 * find.h: which file is meant by the name of a run.
 */
#ifndef BENCH_FIND_H
#define BENCH_FIND_H

#include <stddef.h>

/* RUN of a command line: a path, or a name under results/. -ENOENT: neither; `why` suggests a run. */
int bench_find_run(const char *run, char *ret_path, size_t path_bytes, char *why, size_t why_bytes);

#endif
