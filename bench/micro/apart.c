/* SPDX-License-Identifier: MIT
 *
 * apart.c: passes in processes of their own. See apart.h.
 *
 * Nothing here calls an allocator: the result travels in a shared page, and /proc is read into a buffer
 * on the stack.
 */
#include "bench/micro/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int
wait_for(pid_t pid) {
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int
bench_apart_run(bench_apart_fn pass, const void *job, void *ret_result, size_t result_bytes) {
    int error;
    pid_t pid;
    void *shared =
        mmap(NULL, result_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return -ENOMEM;
    pid = fork();
    if (pid == 0)
        _exit(-pass(job, shared));
    error = pid < 0 ? -errno : wait_for(pid);
    if (error == 0)
        memcpy(ret_result, shared, result_bytes);
    munmap(shared, result_bytes);
    return error;
}

void *
bench_apart_map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void
bench_apart_unmap(void *memory, size_t bytes) {
    munmap(memory, bytes);
}

void
bench_apart_warm(size_t bytes) {
    void *memory = bench_apart_map(bytes);

    if (memory != NULL)
        bench_apart_unmap(memory, bytes);
}

uint64_t
bench_apart_resident_bytes(void) {
    char text[2048];
    const char *line;
    ssize_t length;
    int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    line = strstr(text, "\nRss:");
    return line == NULL ? 0 : strtoull(line + strlen("\nRss:"), NULL, 10) * 1024;
}
