/* SPDX-License-Identifier: MIT
 *
 * launch.c: starting a run of the micro-benchmarks. See launch.h.
 *
 * Results come back through a file without a name, handed down as a descriptor: nothing is left behind
 * whatever happens to either side. An interrupt from the terminal is the child's to obey; this side
 * waits, and learns of it from how the child ended.
 */
#include "bench/micro/launch.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/preload.h"
#include "bench/say.h"
#include "bench/verb.h"

#if !defined(BENCH_PYTHON)
#define BENCH_PYTHON NULL
#endif

/* argv behind it: the module's directory, the flags. */
static const char python_script[] =
    "import sys\n"
    "sys.path.insert(0, sys.argv[1])\n"
    "try:\n"
    "    import gcsweep_bench\n"
    "except ImportError as error:\n"
    "    sys.stderr.write('gcsweep: bench: %s: %s\\n' % (sys.executable, error))\n"
    "    sys.exit(3)\n"
    "sys.exit(gcsweep_bench.run(['gcsweep bench'] + sys.argv[2:]))\n";

const char *
bench_launch_default_python(void) {
    const char *python = BENCH_PYTHON;

    return python != NULL && access(python, X_OK) == 0 ? python : NULL;
}

static int
find_program(char ret_path[BENCH_LAUNCH_PATH_BYTES]) {
    ssize_t length = readlink("/proc/self/exe", ret_path, BENCH_LAUNCH_PATH_BYTES - 1);

    if (length < 0)
        return -errno;
    ret_path[length] = '\0';
    return 0;
}

int
bench_launch_find_module(char ret_directory[BENCH_LAUNCH_PATH_BYTES]) {
    static const char *const places[] = {"bench/micro", "../lib/gcsweep"};
    char program[BENCH_LAUNCH_PATH_BYTES], module[BENCH_LAUNCH_PATH_BYTES + 64];
    char *slash;

    if (find_program(program) < 0 || (slash = strrchr(program, '/')) == NULL)
        return -ENOENT;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int length = snprintf(ret_directory, BENCH_LAUNCH_PATH_BYTES, "%s/%s", program, places[i]);
        snprintf(module, sizeof module, "%s/gcsweep_bench.abi3.so", ret_directory);
        if (length < BENCH_LAUNCH_PATH_BYTES && access(module, R_OK) == 0)
            return 0;
    }
    return -ENOENT;
}

/* ---- Starting ----------------------------------------------------------------------------------- */

/* The child obeys interrupts, and has no descriptor of ours but the standard ones and the results'. */
static int
spawn(const char *path, char **argv, char **environment, pid_t *ret_pid) {
    posix_spawnattr_t attributes;
    sigset_t obeyed;
    int error = posix_spawnattr_init(&attributes);

    if (error != 0)
        return -error;
    sigemptyset(&obeyed);
    sigaddset(&obeyed, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &obeyed);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    fflush(stdout);
    error = posix_spawnp(ret_pid, path, NULL, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

/* How the child ended, as an exit status of ours. */
static int
wait_for(pid_t pid) {
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: cannot wait for the run: %s",
                             strerror(errno));
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGINT)
        return BENCH_STATUS_INTERRUPTED;
    return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: the run was ended by signal %d (%s)",
                     WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static int
run_and_wait(const char *path, char **argv, char **environment) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    pid_t pid;
    int error, status;

    sigaction(SIGINT, &ignore, &before);
    error = spawn(path, argv, environment, &pid);
    status = error < 0 ? bench_say(BENCH_STATUS_ENVIRONMENT, "bench: cannot start %s: %s", path,
                                   strerror(-error))
                       : wait_for(pid);
    sigaction(SIGINT, &before, NULL);
    return status;
}

/* Fills argv for the launch; `program` is this one's path. */
static void
make_arguments(const struct bench_launch *launch, char *program, char *results, char **argv) {
    char *const native[] = {program, "bench", "--worker", NULL};
    char *const python[] = {
        (char *)launch->python,           "-I", "-S", "-c", (char *)python_script,
        (char *)launch->module_directory, NULL};
    char *const *start = launch->python == NULL ? native : python;
    size_t count = 0;

    while (*start != NULL)
        argv[count++] = *start++;
    for (char *const *flag = launch->flags; *flag != NULL && count < BENCH_LAUNCH_FLAGS; flag++)
        argv[count++] = *flag;
    argv[count++] = results;
    argv[count] = NULL;
}

int
bench_launch_run(const struct bench_launch *launch, json_t **ret_results) {
    char program[BENCH_LAUNCH_PATH_BYTES], results_flag[64], *argv[BENCH_LAUNCH_FLAGS + 16];
    char **environment = bench_preload_environment(NULL, launch->preload);
    int status, results = memfd_create("results", 0);

    *ret_results = NULL;
    if (environment == NULL || results < 0 || find_program(program) < 0) {
        free(environment);
        if (results >= 0)
            close(results);
        return bench_say(BENCH_STATUS_ENVIRONMENT, "bench: cannot start a run: %s",
                         strerror(errno));
    }
    snprintf(results_flag, sizeof results_flag, "--results=/dev/fd/%d", results);
    make_arguments(launch, program, results_flag, argv);
    status = run_and_wait(launch->python == NULL ? program : launch->python, argv, environment);
    free(environment);
    lseek(results, 0, SEEK_SET);
    *ret_results = json_loadfd(results, 0, NULL);
    close(results);
    return status;
}
