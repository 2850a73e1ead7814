/* SPDX-License-Identifier: MIT
 *
 * advice.h: what about the machine and the build makes figures worth less, and what to type to change it. One table of
 * checks over the facts of env.h: each says one line, or nothing. A fact that is not known is no reason to say anything.
 */
#ifndef BENCH_ADVICE_H
#define BENCH_ADVICE_H

#include <stdint.h>

#include "bench/env.h"

enum {
    BENCH_ADVICE_FACTS = 48,
    BENCH_ADVICE_BYTES = 320
};

struct bench_advice {
    int count;
    struct {
        char key[40], value[256];
    } facts[BENCH_ADVICE_FACTS];
};

/* One fact; what bench_env_each calls. pre: *context is a struct bench_advice that began as zeros. */
int bench_advice_take(void *context, const char *key, const char *value);

/* Calls fn with each line that there is to say. */
void bench_advice_each(const struct bench_advice *advice,
                       void (*fn)(void *context, const char *line), void *context);

/* Of time stolen while `elapsed_ns` passed: false if it was less than 1 %. */
bool bench_advice_steal(uint64_t steal_ns, uint64_t elapsed_ns, uint64_t cpu_count,
                        char line[BENCH_ADVICE_BYTES]);

#endif
