/* SPDX-License-Identifier: MIT
 *
 * env.h: the machine and the build, as facts to be kept with every run.
 */
#ifndef BENCH_ENV_H
#define BENCH_ENV_H

#include <stdbool.h>
#include <stdint.h>

const char *bench_env_version(void);

/* The facts that must agree for times to be compared: X is put round each, BENCH_ENV_AS_TEXT for an array of them. */
/* clang-format off */
#define BENCH_ENV_MATTERS(X) \
    X("cpu") \
    X("kernel") \
    X("thp") \
    X("governor") \
    X("compiler") \
    X("build_type") \
    X("flags") \
    X("commit") \
    X("libc") \
    X("page_bytes")
/* clang-format on */
#define BENCH_ENV_AS_TEXT(key_) key_,

/* Calls fn with each fact; what cannot be found out is "unknown". Results other than 0 stop it. */
int bench_env_each(int (*fn)(void *context, const char *key, const char *value), void *context);

/* The same with the kernel's files (/proc, /sys) below the directory `root`: what a test wants them to say. */
int bench_env_each_below(const char *root,
                         int (*fn)(void *context, const char *key, const char *value),
                         void *context);

/* What a hypervisor has given to others so far, of all processors together. False: not known. */
bool bench_env_steal_ns(const char *root, uint64_t *ret_ns);

#endif
