/* SPDX-License-Identifier: MIT
 *
 * env.h: the machine and the build, as facts to be kept with every run.
 */
#ifndef BENCH_ENV_H
#define BENCH_ENV_H

const char *bench_env_version(void);

/* Calls fn with each fact; what cannot be found out is "unknown". Results other than 0 stop it. */
int bench_env_each(int (*fn)(void *context, const char *key, const char *value), void *context);

#endif
