/* SPDX-License-Identifier: MIT
 *
 * env.c: facts about machine and build. See env.h; results/schema.md lists the keys.
 *
 * Every fact is read anew, fits in one line, and is "unknown" rather than missing: a run that lacks a
 * fact must not look like one where nobody asked.
 */
#include "bench/env.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <gnu/libc-version.h>
#include <sqlite3.h>

#include "bench/commit.h"
#include "bench/counters.h"
#include "bench/measure.h"

enum {
    FACT_BYTES = 256
};

const char *
bench_env_version(void) {
    return BENCH_VERSION;
}

static FILE *
open_below(const char *root, const char *path) {
    char whole[PATH_MAX];
    int length = snprintf(whole, sizeof whole, "%s%s", root, path);
    return length < (int)sizeof whole ? fopen(whole, "re") : NULL;
}

/* The first line of a file, or the first that begins with `prefix` with that cut off. */
static void
read_fact(const char *root, const char *path, const char *prefix, char value[FACT_BYTES]) {
    FILE *file = open_below(root, path);
    char line[1024];

    snprintf(value, FACT_BYTES, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, prefix, strlen(prefix)) != 0)
            continue;
        const char *text = line + strlen(prefix);
        text += strspn(text, " \t:");
        snprintf(value, FACT_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
        break;
    }
    if (file != NULL)
        fclose(file);
}

static void
read_kernel(char value[FACT_BYTES]) {
    struct utsname name;
    snprintf(value, FACT_BYTES, "unknown");
    if (uname(&name) == 0)
        snprintf(value, FACT_BYTES, "%.64s %.64s %.64s", name.sysname, name.release, name.machine);
}

/* The word in brackets of "always [madvise] never". */
static void
read_thp(const char *root, char value[FACT_BYTES]) {
    char line[FACT_BYTES], *open, *close;

    read_fact(root, "/sys/kernel/mm/transparent_hugepage/enabled", "", line);
    open = strchr(line, '[');
    close = open == NULL ? NULL : strchr(open, ']');
    if (close != NULL)
        snprintf(value, FACT_BYTES, "%.*s", (int)(close - open - 1), open + 1);
    else
        snprintf(value, FACT_BYTES, "unknown");
}

/* cgroup version 2, else version 1, whose way to say "none" is a number near 2^63. */
static void
read_memory_limit(const char *root, char value[FACT_BYTES]) {
    read_fact(root, "/sys/fs/cgroup/memory.max", "", value);
    if (strcmp(value, "unknown") == 0)
        read_fact(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "", value);
    if (strcmp(value, "max") == 0 || strtoull(value, NULL, 10) > UINT64_C(1) << 60)
        snprintf(value, FACT_BYTES, "none");
}

/* Processors' worth of time: a quota for each period. Version 1 says -1 for none. */
static void
read_cpu_limit(const char *root, char value[FACT_BYTES]) {
    char quota[FACT_BYTES], period[FACT_BYTES], *rest;
    double quota_us, period_us;

    read_fact(root, "/sys/fs/cgroup/cpu.max", "", quota);
    if (strcmp(quota, "unknown") != 0) {
        quota_us = strtod(quota, &rest);
        period_us = strtod(rest, NULL);
    } else {
        read_fact(root, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "", quota);
        read_fact(root, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "", period);
        quota_us = strtod(quota, NULL);
        period_us = strtod(period, NULL);
    }
    if (strcmp(quota, "unknown") == 0)
        snprintf(value, FACT_BYTES, "unknown");
    else if (quota_us > 0 && period_us > 0)
        snprintf(value, FACT_BYTES, "%.2f", quota_us / period_us);
    else
        snprintf(value, FACT_BYTES, "none");
}

/* Whether the processor may run faster than its nominal rate while it is cool. */
static void
read_turbo(const char *root, char value[FACT_BYTES]) {
    char text[FACT_BYTES];

    read_fact(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", "", text);
    snprintf(value, FACT_BYTES, "%s", text);
    if (strcmp(text, "unknown") != 0) {
        snprintf(value, FACT_BYTES, "%s", text[0] == '0' ? "on" : "off");
        return;
    }
    read_fact(root, "/sys/devices/system/cpu/cpufreq/boost", "", text);
    if (strcmp(text, "unknown") != 0)
        snprintf(value, FACT_BYTES, "%s", text[0] == '0' ? "off" : "on");
}

static void
read_aslr(const char *root, char value[FACT_BYTES]) {
    static const char *const names[] = {"off", "partial", "on"};
    char text[FACT_BYTES];

    read_fact(root, "/proc/self/personality", "", text);
    bool is_off = (strtoul(text, NULL, 16) & ADDR_NO_RANDOMIZE) != 0;
    read_fact(root, "/proc/sys/kernel/randomize_va_space", "", text);
    if (is_off)
        snprintf(value, FACT_BYTES, "off");
    else
        snprintf(value, FACT_BYTES, "%s",
                 text[0] >= '0' && text[0] <= '2' ? names[text[0] - '0'] : "unknown");
}

/* On x86 a processor says whether it is a virtual one; its line of flags is long. */
static void
read_virtual(const char *root, char value[FACT_BYTES]) {
    FILE *file = open_below(root, "/proc/cpuinfo");
    char *line = NULL;
    size_t bytes = 0;

    snprintf(value, FACT_BYTES, "unknown");
    while (file != NULL && getline(&line, &bytes, file) > 0)
        if (strncmp(line, "flags", 5) == 0) {
            snprintf(value, FACT_BYTES, "%s", strstr(line, " hypervisor") != NULL ? "yes" : "no");
            break;
        }
    free(line);
    if (file != NULL)
        fclose(file);
}

bool
bench_env_steal_ns(const char *root, uint64_t *ret_ns) {
    char text[FACT_BYTES], *rest = text;
    uint64_t field = 0;

    read_fact(root, "/proc/stat", "cpu ", text);
    for (int i = 0; i < 8; i++) { /* user nice system idle iowait irq softirq steal */
        char *before = rest;
        field = strtoull(before, &rest, 10);
        if (rest == before)
            return false;
    }
    *ret_ns = field * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
    return true;
}

static const char *
compiler(void) {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

struct visitor {
    int (*fn)(void *context, const char *key, const char *value);
    void *context;
    int result;
};

static void
tell(struct visitor *visitor, const char *key, const char *value) {
    if (visitor->result == 0)
        visitor->result = visitor->fn(visitor->context, key, value[0] == '\0' ? "unknown" : value);
}

static void
tell_number(struct visitor *visitor, const char *key, double number, int decimals) {
    char value[64];
    snprintf(value, sizeof value, "%.*f", decimals, number);
    tell(visitor, key, value);
}

/* What may disturb, or bend, what is measured. */
static void
tell_conditions(struct visitor *visitor, const char *root) {
    static const struct {
        const char *key;
        void (*read)(const char *root, char value[FACT_BYTES]);
    } facts[] = {
        {"thp", read_thp},     {"cgroup_memory_limit_bytes", read_memory_limit},
        {"turbo", read_turbo}, {"cgroup_cpu_limit", read_cpu_limit},
        {"aslr", read_aslr},   {"virtual_machine", read_virtual},
    };
    char value[FACT_BYTES];

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        facts[i].read(root, value);
        tell(visitor, facts[i].key, value);
    }
    read_fact(root, "/proc/loadavg", "", value);
    value[strcspn(value, " ")] = '\0';
    tell(visitor, "load", value);
    read_fact(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", value);
    tell(visitor, "governor", value);
    bench_counters_describe(&bench_counters_kernel, value, sizeof value);
    tell(visitor, "perf_counters", value);
}

static void
tell_machine(struct visitor *visitor, const char *root) {
    char value[FACT_BYTES];
    double page_bytes = (double)sysconf(_SC_PAGESIZE);
    struct bench_measure_clock clock;

    read_fact(root, "/proc/cpuinfo", "model name", value);
    tell(visitor, "cpu", value);
    tell_number(visitor, "cpu_count", (double)sysconf(_SC_NPROCESSORS_ONLN), 0);
    read_kernel(value);
    tell(visitor, "kernel", value);
    tell_number(visitor, "page_bytes", page_bytes, 0);
    tell_number(visitor, "memory_bytes", (double)sysconf(_SC_PHYS_PAGES) * page_bytes, 0);
    tell_conditions(visitor, root);
    bench_measure_clock_init(&clock);
    tell(visitor, "clock", clock.rate == 0 ? "monotonic" : "tsc");
    tell_number(visitor, "clock_cost_ns", bench_measure_clock_cost_ns(&clock), 1);
}

int
bench_env_each_below(const char *root, int (*fn)(void *context, const char *key, const char *value),
                     void *context) {
    struct visitor visitor = {fn, context, 0};
    char libc[64];

    snprintf(libc, sizeof libc, "glibc %s", gnu_get_libc_version());
    tell_machine(&visitor, root);
    tell(&visitor, "compiler", compiler());
    tell(&visitor, "build_type", BENCH_BUILD_TYPE);
    tell(&visitor, "flags", BENCH_BUILD_FLAGS);
    tell(&visitor, "commit", BENCH_COMMIT);
    tell(&visitor, "libc", libc);
    tell(&visitor, "sqlite", sqlite3_libversion());
    return visitor.result;
}

int
bench_env_each(int (*fn)(void *context, const char *key, const char *value), void *context) {
    return bench_env_each_below("", fn, context);
}
