/* SPDX-License-Identifier: MIT
 *
 * counters.c: see counters.h.
 */
#include "bench/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    uint64_t config;
} rows[BENCH_COUNTERS] = {
    [BENCH_COUNTER_CYCLES] = {"cycles", PERF_COUNT_HW_CPU_CYCLES},
    [BENCH_COUNTER_INSTRUCTIONS] = {"instructions", PERF_COUNT_HW_INSTRUCTIONS},
    [BENCH_COUNTER_CACHE_MISSES] = {"cache misses", PERF_COUNT_HW_CACHE_MISSES},
    [BENCH_COUNTER_BRANCH_MISSES] = {"branch misses", PERF_COUNT_HW_BRANCH_MISSES},
};

/* ---- The kernel ------------------------------------------------------------------------------------- */

/* This process on any processor; children that it forks are not in it. */
static int
kernel_open(void *context, enum bench_counter which) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attributes,
        .config = rows[which].config,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

    (void)context;
    return fd < 0 ? -errno : (int)fd;
}

static int
kernel_turn(void *context, int fd, bool on) {
    (void)context;
    return ioctl(fd, on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0) == 0 ? 0 : -errno;
}

static int
kernel_read(void *context, int fd, struct bench_counters_reading *ret_reading) {
    uint64_t numbers[3];

    (void)context;
    if (read(fd, numbers, sizeof numbers) != (ssize_t)sizeof numbers)
        return -EIO;
    *ret_reading = (struct bench_counters_reading){numbers[0], numbers[1], numbers[2]};
    return 0;
}

static void
kernel_close(void *context, int fd) {
    (void)context;
    close(fd);
}

static int
kernel_paranoia(void *context) {
    char text[16] = "";
    int fd = open("/proc/sys/kernel/perf_event_paranoid", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

    (void)context;
    if (fd >= 0)
        close(fd);
    return length > 0 ? atoi(text) : INT_MIN;
}

const struct bench_counters_os bench_counters_kernel = {
    .open = kernel_open,
    .turn = kernel_turn,
    .read = kernel_read,
    .close = kernel_close,
    .paranoia = kernel_paranoia,
};

/* ---- Counting --------------------------------------------------------------------------------------- */

void
bench_counters_open(struct bench_counters *counters, const struct bench_counters_os *os) {
    *counters = (struct bench_counters){.os = os};
    for (int i = 0; i < BENCH_COUNTERS; i++) {
        int fd = os->open(os->context, (enum bench_counter)i);
        counters->fd[i] = fd < 0 ? -1 : fd;
        if (fd < 0 && counters->error == 0)
            counters->error = fd;
    }
}

void
bench_counters_close(struct bench_counters *counters) {
    for (int i = 0; i < BENCH_COUNTERS; i++) {
        if (counters->fd[i] >= 0)
            counters->os->close(counters->os->context, counters->fd[i]);
        counters->fd[i] = -1;
    }
}

static void
turn_all(const struct bench_counters *counters, bool on) {
    for (int i = 0; i < BENCH_COUNTERS; i++)
        if (counters->fd[i] >= 0)
            (void)counters->os->turn(counters->os->context, counters->fd[i], on);
}

void
bench_counters_start(const struct bench_counters *counters) {
    turn_all(counters, true);
}

void
bench_counters_stop(const struct bench_counters *counters) {
    turn_all(counters, false);
}

bool
bench_counters_read(const struct bench_counters *counters, enum bench_counter which,
                    uint64_t *ret_value) {
    const struct bench_counters_os *os = counters->os;
    struct bench_counters_reading reading;

    if (counters->fd[which] < 0 || os->read(os->context, counters->fd[which], &reading) != 0 ||
        reading.running_ns == 0)
        return false;
    *ret_value = reading.running_ns >= reading.enabled_ns
                     ? reading.value
                     : (uint64_t)((double)reading.value * (double)reading.enabled_ns /
                                  (double)reading.running_ns);
    return true;
}

/* ---- In words --------------------------------------------------------------------------------------- */

static void
describe_none(const struct bench_counters_os *os, int error, char *text, size_t bytes) {
    int paranoia = os->paranoia(os->context);

    if (error != -EACCES && error != -EPERM)
        snprintf(text, bytes, "none: the kernel gives none here, as in many virtual machines (%s)",
                 strerror(-error));
    else if (paranoia > 2)
        snprintf(text, bytes,
                 "not permitted (perf_event_paranoid %d): sudo sysctl kernel.perf_event_paranoid=2",
                 paranoia);
    else
        snprintf(text, bytes,
                 "not permitted: in a container, start it with --cap-add=PERFMON and a seccomp "
                 "profile that allows perf_event_open");
}

void
bench_counters_describe(const struct bench_counters_os *os, char *text, size_t bytes) {
    struct bench_counters counters;
    size_t length = 0;

    bench_counters_open(&counters, os);
    text[0] = '\0';
    for (int i = 0; i < BENCH_COUNTERS; i++)
        if (counters.fd[i] >= 0 && length < bytes)
            length += (size_t)snprintf(text + length, bytes - length, "%s%s",
                                       length == 0 ? "" : ", ", rows[i].name);
    if (length == 0)
        describe_none(os, counters.error, text, bytes);
    bench_counters_close(&counters);
}
