/* SPDX-License-Identifier: MIT
 *
 * env_test.c: every fact that the schema promises is there, in one line.
 */
#include <errno.h>
#include <sys/stat.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/env.h"

struct seen {
    size_t count;
    char keys[64][48];
};

static int
note(void *context, const char *key, const char *value) {
    struct seen *seen = context;
    assert_true(value[0] != '\0' && strchr(value, '\n') == NULL);
    assert_true(seen->count < 64);
    snprintf(seen->keys[seen->count++], sizeof seen->keys[0], "%s", key);
    return 0;
}

static void
test_env_has_every_promised_fact_once(void **state) {
    static const char *const promised[] = {"cpu",
                                           "cpu_count",
                                           "kernel",
                                           "page_bytes",
                                           "memory_bytes",
                                           "thp",
                                           "cgroup_memory_limit_bytes",
                                           "load",
                                           "governor",
                                           "compiler",
                                           "build_type",
                                           "flags",
                                           "commit",
                                           "libc",
                                           "sqlite",
                                           "clock",
                                           "clock_cost_ns",
                                           "turbo",
                                           "cgroup_cpu_limit",
                                           "aslr",
                                           "virtual_machine",
                                           "perf_counters"};
    struct seen seen = {0};

    (void)state;
    assert_int_equal(bench_env_each(note, &seen), 0);
    assert_int_equal(seen.count, sizeof promised / sizeof promised[0]);
    for (size_t i = 0; i < seen.count; i++) {
        size_t found = 0;
        for (size_t k = 0; k < seen.count; k++)
            found += strcmp(promised[i], seen.keys[k]) == 0;
        if (found != 1)
            fail_msg("%s is there %zu times", promised[i], found);
    }
    assert_true(bench_env_version()[0] != '\0');
}

static int
stop(void *context, const char *key, const char *value) {
    (void)key;
    (void)value;
    ++*(int *)context;
    return 5;
}

static void
test_env_stops_when_told(void **state) {
    int calls = 0;

    (void)state;
    assert_int_equal(bench_env_each(stop, &calls), 5);
    assert_int_equal(calls, 1);
}

/* ---- Of a machine that a test made up ------------------------------------------------------------- */

static void
write_file(const char *root, const char *path, const char *text) {
    char whole[256];

    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(whole, 0777) != 0)
            assert_int_equal(errno, EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

struct expected {
    const char *key, *value;
    bool seen;
};

static int
compare(void *context, const char *key, const char *value) {
    for (struct expected *expected = context; expected->key != NULL; expected++)
        if (strcmp(expected->key, key) == 0) {
            assert_string_equal(value, expected->value);
            expected->seen = true;
        }
    return 0;
}

static void
expect(const char *root, struct expected *expected) {
    assert_int_equal(bench_env_each_below(root, compare, expected), 0);
    for (; expected->key != NULL; expected++)
        assert_true(expected->seen);
}

static void
test_env_reads_what_the_kernel_says(void **state) {
    char root[] = "/tmp/gcsweep-env-XXXXXX", command[64], flags[2048];
    uint64_t steal_ns = 0;

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(flags, sizeof flags, "flags : %01500d hypervisor lahf\n", 0);
    write_file(root, "/proc/loadavg", "3.25 2.00 1.00 1/100 7\n");
    write_file(root, "/proc/stat", "cpu  1 2 3 4 5 6 7 250 9 10\ncpu0 1 2 3\n");
    write_file(root, "/proc/self/personality", "00000000\n");
    write_file(root, "/proc/sys/kernel/randomize_va_space", "2\n");
    write_file(root, "/sys/fs/cgroup/cpu.max", "150000 100000\n");
    write_file(root, "/sys/fs/cgroup/memory.max", "1073741824\n");
    write_file(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
    write_file(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    write_file(root, "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    write_file(root, "/proc/cpuinfo", flags);
    expect(root, (struct expected[]){{"load", "3.25", false},
                                     {"aslr", "on", false},
                                     {"cgroup_cpu_limit", "1.50", false},
                                     {"cgroup_memory_limit_bytes", "1073741824", false},
                                     {"turbo", "on", false},
                                     {"governor", "powersave", false},
                                     {"thp", "madvise", false},
                                     {"virtual_machine", "yes", false},
                                     {NULL, NULL, false}});
    assert_true(bench_env_steal_ns(root, &steal_ns));
    assert_int_equal(steal_ns, UINT64_C(250) * 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));

    write_file(root, "/sys/fs/cgroup/cpu.max", "max 100000\n");
    write_file(root, "/proc/self/personality", "00040000\n");
    write_file(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    write_file(root, "/proc/cpuinfo", "flags : fpu vme\n");
    write_file(root, "/proc/stat", "cpu  1 2 3\n");
    expect(root, (struct expected[]){{"aslr", "off", false},
                                     {"cgroup_cpu_limit", "none", false},
                                     {"turbo", "off", false},
                                     {"virtual_machine", "no", false},
                                     {NULL, NULL, false}});
    assert_false(bench_env_steal_ns(root, &steal_ns));
    snprintf(command, sizeof command, "rm -rf %s", root);
    assert_int_equal(system(command), 0);
}

static void
test_env_of_a_machine_that_says_nothing_is_unknown(void **state) {
    uint64_t steal_ns;

    (void)state;
    expect("/nowhere", (struct expected[]){{"load", "unknown", false},
                                           {"aslr", "unknown", false},
                                           {"cgroup_cpu_limit", "unknown", false},
                                           {"turbo", "unknown", false},
                                           {"virtual_machine", "unknown", false},
                                           {NULL, NULL, false}});
    assert_false(bench_env_steal_ns("/nowhere", &steal_ns));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_env_has_every_promised_fact_once),
        cmocka_unit_test(test_env_stops_when_told),
        cmocka_unit_test(test_env_reads_what_the_kernel_says),
        cmocka_unit_test(test_env_of_a_machine_that_says_nothing_is_unknown),
    };
    return cmocka_run_group_tests_name("bench/env", tests, NULL, NULL);
}
