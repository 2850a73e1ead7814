/* SPDX-License-Identifier: MIT
 *
 * differ.h: the same op script on our runtime, in this process, and on CPython, in a child that takes one after
 * the other; and whether they printed the same lines.
 */
#ifndef BENCH_DIFFER_H
#define BENCH_DIFFER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "bench/engine.h"

struct bench_differ_text {
    char *text;
    size_t bytes, capacity;
    int error; /* what wl_ops_parse or wl_ops_run gave */
};

struct bench_differ {
    const struct bench_engine *python;
    struct bench_differ_text ours, theirs; /* of the last script */
    pid_t pid;                             /* 0: no child runs */
    FILE *to, *from;
    unsigned run_count; /* of this child */
};

/* 1: they differ, 0: they agree; -EPIPE: the child died of the script, and another one takes the next; -ENOMEM; another
 * negative errno: it could not be started. */
int bench_differ_run(struct bench_differ *differ, const char *script, size_t bytes);

void bench_differ_fini(struct bench_differ *differ);

#endif
