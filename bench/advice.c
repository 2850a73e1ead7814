/* SPDX-License-Identifier: MIT
 *
 * advice.c: see advice.h.
 */
#include "bench/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double busy_share = 0.5, steal_share = 0.01;

int
bench_advice_take(void *context, const char *key, const char *value) {
    struct bench_advice *advice = context;

    if (advice->count == BENCH_ADVICE_FACTS)
        return 0;
    snprintf(advice->facts[advice->count].key, sizeof advice->facts[0].key, "%s", key);
    snprintf(advice->facts[advice->count].value, sizeof advice->facts[0].value, "%s", value);
    advice->count++;
    return 0;
}

/* "" when there is no such fact, or nobody knows it. */
static const char *
fact(const struct bench_advice *advice, const char *key) {
    for (int i = 0; i < advice->count; i++)
        if (strcmp(advice->facts[i].key, key) == 0)
            return strcmp(advice->facts[i].value, "unknown") == 0 ? "" : advice->facts[i].value;
    return "";
}

static bool
is(const struct bench_advice *advice, const char *key, const char *value) {
    return strcmp(fact(advice, key), value) == 0;
}

/* 0 when it is none. */
static double
number(const struct bench_advice *advice, const char *key) {
    return strtod(fact(advice, key), NULL);
}

/* ---- The checks ------------------------------------------------------------------------------------- */

/* The name of the build type says less: it may be called debug and be optimised. */
static bool
is_debug_build(const struct bench_advice *advice) {
    const char *flags = fact(advice, "flags");
    return strstr(flags, "-O0") != NULL || strstr(flags, "-Og") != NULL;
}

static bool
is_busy(const struct bench_advice *advice) {
    double processors = number(advice, "cpu_count");
    return processors > 0 && number(advice, "load") > busy_share * processors;
}

static bool
is_throttled(const struct bench_advice *advice) {
    double limit = number(advice, "cgroup_cpu_limit");
    return limit > 0 && limit < number(advice, "cpu_count");
}

static bool
is_governed(const struct bench_advice *advice) {
    return fact(advice, "governor")[0] != '\0' && !is(advice, "governor", "performance");
}

static bool
has_turbo(const struct bench_advice *advice) {
    return is(advice, "turbo", "on");
}

static bool
has_huge_pages(const struct bench_advice *advice) {
    return is(advice, "thp", "always");
}

static bool
has_one_layout(const struct bench_advice *advice) {
    return is(advice, "aslr", "off");
}

static const struct {
    bool (*holds)(const struct bench_advice *advice);
    const char *key, *what, *to_do;
} checks[] = {
    {is_debug_build, "flags", "this is a debug build, its times mean little",
     "meson setup build-release --buildtype=release && ninja -C build-release"},
    {is_busy, "load", "others are working on this machine, and times will have theirs in them",
     "wait until `uptime` shows less than half a process for each processor"},
    {is_throttled, "cgroup_cpu_limit",
     "a cgroup gives less time than there are processors, and stops everything when it is used up",
     "start the container without --cpus"},
    {is_governed, "governor", "the processor changes its frequency with the load",
     "sudo cpupower frequency-set -g performance"},
    {has_turbo, "turbo", "the processor is faster while it is cool",
     "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, or on AMD "
     "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost"},
    {has_huge_pages, "thp", "whole huge pages count as resident when a byte of them is touched",
     "--set alloc.thp=never, or echo madvise | sudo tee "
     "/sys/kernel/mm/transparent_hugepage/enabled"},
    {has_one_layout, "aslr", "all processes have one layout in memory, whose luck counts for all",
     "sudo sysctl kernel.randomize_va_space=2, and no setarch -R"},
};

void
bench_advice_each(const struct bench_advice *advice, void (*fn)(void *context, const char *line),
                  void *context) {
    char line[BENCH_ADVICE_BYTES];

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].holds(advice)) {
            snprintf(line, sizeof line, "%s %.32s: %s; %s", checks[i].key,
                     fact(advice, checks[i].key), checks[i].what, checks[i].to_do);
            fn(context, line);
        }
}

bool
bench_advice_steal(uint64_t steal_ns, uint64_t elapsed_ns, uint64_t cpu_count,
                   char line[BENCH_ADVICE_BYTES]) {
    double share = elapsed_ns == 0 || cpu_count == 0
                       ? 0
                       : (double)steal_ns / ((double)elapsed_ns * (double)cpu_count);

    if (share < steal_share)
        return false;
    snprintf(
        line, BENCH_ADVICE_BYTES,
        "steal %.1f %%: the hypervisor gave so much of the processors' time to others meanwhile; "
        "times have it in them, so use a machine of your own or more --reps",
        100 * share);
    return true;
}
