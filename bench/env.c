/* SPDX-License-Identifier: MIT
 *
 * env.c: facts about machine and build. See env.h; results/schema.md lists the keys.
 *
 * Every fact is read anew, fits in one line, and is "unknown" rather than missing: a run that lacks a
 * fact must not look like one where nobody asked.
 */
#include "bench/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <gnu/libc-version.h>
#include <sqlite3.h>

#include "bench/commit.h"
#include "bench/measure.h"

enum {
    FACT_BYTES = 256
};

const char *
bench_env_version(void) {
    return BENCH_VERSION;
}

/* The first line of a file, or the first that begins with `prefix` with that cut off. */
static void
read_fact(const char *path, const char *prefix, char value[FACT_BYTES]) {
    FILE *file = fopen(path, "re");
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
read_thp(char value[FACT_BYTES]) {
    char line[FACT_BYTES], *open, *close;

    read_fact("/sys/kernel/mm/transparent_hugepage/enabled", "", line);
    open = strchr(line, '[');
    close = open == NULL ? NULL : strchr(open, ']');
    if (close != NULL)
        snprintf(value, FACT_BYTES, "%.*s", (int)(close - open - 1), open + 1);
    else
        snprintf(value, FACT_BYTES, "unknown");
}

/* cgroup version 2, else version 1, whose way to say "none" is a number near 2^63. */
static void
read_memory_limit(char value[FACT_BYTES]) {
    read_fact("/sys/fs/cgroup/memory.max", "", value);
    if (strcmp(value, "unknown") == 0)
        read_fact("/sys/fs/cgroup/memory/memory.limit_in_bytes", "", value);
    if (strcmp(value, "max") == 0 || strtoull(value, NULL, 10) > UINT64_C(1) << 60)
        snprintf(value, FACT_BYTES, "none");
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

static void
tell_machine(struct visitor *visitor) {
    char value[FACT_BYTES];
    double page_bytes = (double)sysconf(_SC_PAGESIZE);
    struct bench_measure_clock clock;

    read_fact("/proc/cpuinfo", "model name", value);
    tell(visitor, "cpu", value);
    tell_number(visitor, "cpu_count", (double)sysconf(_SC_NPROCESSORS_ONLN), 0);
    read_kernel(value);
    tell(visitor, "kernel", value);
    tell_number(visitor, "page_bytes", page_bytes, 0);
    tell_number(visitor, "memory_bytes", (double)sysconf(_SC_PHYS_PAGES) * page_bytes, 0);
    read_thp(value);
    tell(visitor, "thp", value);
    read_memory_limit(value);
    tell(visitor, "cgroup_memory_limit_bytes", value);
    read_fact("/proc/loadavg", "", value);
    value[strcspn(value, " ")] = '\0';
    tell(visitor, "load", value);
    read_fact("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", value);
    tell(visitor, "governor", value);
    bench_measure_clock_init(&clock);
    tell(visitor, "clock", clock.rate == 0 ? "monotonic" : "tsc");
    tell_number(visitor, "clock_cost_ns", bench_measure_clock_cost_ns(&clock), 1);
}

int
bench_env_each(int (*fn)(void *context, const char *key, const char *value), void *context) {
    struct visitor visitor = {fn, context, 0};
    char libc[64];

    snprintf(libc, sizeof libc, "glibc %s", gnu_get_libc_version());
    tell_machine(&visitor);
    tell(&visitor, "compiler", compiler());
    tell(&visitor, "build_type", BENCH_BUILD_TYPE);
    tell(&visitor, "flags", BENCH_BUILD_FLAGS);
    tell(&visitor, "commit", BENCH_COMMIT);
    tell(&visitor, "libc", libc);
    tell(&visitor, "sqlite", sqlite3_libversion());
    return visitor.result;
}
