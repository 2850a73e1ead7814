/* SPDX-License-Identifier: MIT
 *
 * recording_subject.c: a program to be recorded: it calls malloc and its kin in every way, each with sizes of its own, and
 * ends with status 0 if they did what they should.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    THREADS = 4,
    ROUNDS = 5000,
};

static void
require(int condition) {
    if (!condition)
        _exit(9);
}

static int
is_aligned(const void *block, size_t alignment) {
    return block != NULL && (uintptr_t)block % alignment == 0;
}

static void
call_all(void) {
    volatile size_t huge = SIZE_MAX / 2;
    void *block = NULL, *volatile moved;

    free(malloc(10001));
    block = calloc(3, 10002);
    require(block != NULL && *(char *)block == 0);
    free(block);
    moved = malloc(10003);
    require(malloc_usable_size(moved) >= 10003);
    block = realloc(moved, 20003);
    require(block != NULL);
    free(block);
    moved = reallocarray(NULL, 2, 10004);
    free(moved);
    errno = 0;
    moved = reallocarray(NULL, huge, 3);
    require(moved == NULL && errno == ENOMEM);
    free(moved);
    require(posix_memalign(&block, 64, 10005) == 0 && is_aligned(block, 64));
    free(block);
    require(posix_memalign(&block, 3, 10005) == EINVAL);
    block = aligned_alloc(128, 10112);
    require(is_aligned(block, 128));
    free(block);
    block = memalign(4096, 10007);
    require(is_aligned(block, 4096));
    free(block);
    moved = malloc(huge);
    require(moved == NULL);
    free(moved);
}

/* All threads get, resize and return blocks of the same sizes, and so each other's. */
static void *
run_thread(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        char *block = malloc(100), *moved;
        require(block != NULL);
        memset(block, i, 100);
        moved = realloc(block, 3000);
        require(moved != NULL && moved[99] == (char)i);
        free(moved);
    }
    return NULL;
}

static void
run_threads(void) {
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        require(pthread_create(&threads[i], NULL, run_thread, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* A child is not recorded, and does not disturb. */
static void
fork_child(void) {
    int status;
    pid_t pid = fork();

    require(pid >= 0);
    if (pid == 0) {
        for (int i = 0; i < 100; i++)
            free(malloc(54321));
        _exit(0);
    }
    require(waitpid(pid, &status, 0) == pid && status == 0);
}

int
main(int argc, char **argv) {
    char *again[] = {argv[0], "again", "and", NULL};

    if (argc == 2) {
        free(malloc(40001));
        execv(argv[0], again);
        return 8;
    }
    call_all();
    run_threads();
    fork_child();
    if (argc == 1)
        return 0;
    free(malloc(40002));
    _exit(0);
}
