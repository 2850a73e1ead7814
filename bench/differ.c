/* SPDX-License-Identifier: MIT
 *
 * differ.c: one script on two engines. See differ.h.
 *
 * Each script has a context of ours to itself. A Python process is started for SCRIPTS of them, since starting costs
 * more than most scripts do; what a script leaves there (classes, which are frozen) is small, and no script sees it.
 * Both know the same limits, and a script that passes one does so on both.
 */
#include "bench/differ.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workloads/ops.h"

enum {
    SCRIPTS = 500,
    LINES_MAX = 100000,
};

/* ---- Ours --------------------------------------------------------------------------------------- */

static bool
make_room(struct bench_differ_text *text, size_t bytes) {
    size_t wider = (text->bytes + bytes) * 2;
    char *moved;

    if (text->bytes + bytes <= text->capacity)
        return true;
    moved = realloc(text->text, wider);
    if (moved == NULL)
        return false;
    text->text = moved;
    text->capacity = wider;
    return true;
}

static bool
take_line(void *context, const char *line, size_t bytes) {
    struct bench_differ_text *text = context;

    if (!make_room(text, bytes + 1))
        return false;
    memcpy(text->text + text->bytes, line, bytes);
    text->bytes += bytes;
    text->text[text->bytes++] = '\n';
    return true;
}

static int
run_ours(struct bench_differ *differ, const char *script, size_t bytes) {
    const struct wl_ops_limits limits = {INT32_MAX, INT32_MAX, LINES_MAX};
    char data[WL_OPS_WHY_BYTES];
    struct wl_ops_program *program = NULL;
    struct rt_config config;
    struct rt_text why;
    struct rt *rt;

    rt_text_init(&why, data, sizeof data);
    rt_config_init(&config);
    if (rt_create(&config, NULL, &rt) != 0)
        return -ENOMEM;
    differ->ours.bytes = 0;
    differ->ours.error = wl_ops_parse(script, bytes, &program, &why);
    if (differ->ours.error == 0)
        differ->ours.error = wl_ops_run(rt, program, &limits, take_line, &differ->ours, &why);
    wl_ops_free(program);
    rt_destroy(rt);
    return differ->ours.error == -ENOMEM || differ->ours.error == -ECANCELED ? -ENOMEM : 0;
}

/* ---- Theirs ------------------------------------------------------------------------------------- */

static void
end_child(struct bench_differ *differ) {
    if (differ->to != NULL)
        fclose(differ->to);
    if (differ->from != NULL)
        fclose(differ->from);
    if (differ->pid != 0)
        while (waitpid(differ->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    differ->to = differ->from = NULL;
    differ->pid = 0;
    differ->run_count = 0;
}

static int
spawn(struct bench_differ *differ, int in, int out) {
    static char verb[] = "scripts";
    const struct bench_cell cell = {.config = {.alloc_backend = RT_BACKEND_POOL}};
    char *argv[BENCH_ENGINE_ARGUMENTS], **environment = NULL;
    posix_spawn_file_actions_t actions;
    size_t count = 0;
    int error;

    memcpy(argv, differ->python->argv, sizeof argv);
    while (argv[count] != NULL)
        count++;
    argv[count - 1] = verb;
    error = bench_engine_environment(differ->python, &cell, &environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (error == 0)
        error =
            -posix_spawnp(&differ->pid, differ->python->path, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return error;
}

static int
start_child(struct bench_differ *differ) {
    int in[2], out[2], error;

    if (pipe2(in, O_CLOEXEC) != 0)
        return -errno;
    if (pipe2(out, O_CLOEXEC) != 0) {
        error = -errno;
        close(in[0]);
        close(in[1]);
        return error;
    }
    error = spawn(differ, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    differ->to = fdopen(in[1], "w");
    differ->from = fdopen(out[0], "r");
    if (error == 0 && (differ->to == NULL || differ->from == NULL))
        error = -ENOMEM;
    if (error != 0) {
        differ->pid = error == -ENOMEM ? differ->pid : 0;
        end_child(differ);
    }
    return error;
}

/* Its last byte is read before the next script is sent: neither can wait for the other. */
static int
run_theirs(struct bench_differ *differ, const char *script, size_t bytes) {
    struct bench_differ_text *theirs = &differ->theirs;
    size_t answer = 0;

    fprintf(differ->to, "%zu %d\n", bytes, LINES_MAX);
    fwrite(script, 1, bytes, differ->to);
    if (fflush(differ->to) != 0 || fscanf(differ->from, "%d %zu", &theirs->error, &answer) != 2 ||
        fgetc(differ->from) != '\n')
        return -EPIPE;
    theirs->bytes = 0;
    if (!make_room(theirs, answer + 1))
        return -ENOMEM;
    theirs->bytes = fread(theirs->text, 1, answer, differ->from);
    return theirs->bytes == answer ? 0 : -EPIPE;
}

int
bench_differ_run(struct bench_differ *differ, const char *script, size_t bytes) {
    int error = differ->pid == 0 ? start_child(differ) : 0;

    if (error == 0)
        error = run_ours(differ, script, bytes);
    if (error == 0)
        error = run_theirs(differ, script, bytes);
    if (error == -EPIPE || ++differ->run_count == SCRIPTS)
        end_child(differ);
    if (error != 0)
        return error;
    return differ->ours.error != differ->theirs.error ||
           differ->ours.bytes != differ->theirs.bytes ||
           memcmp(differ->ours.text, differ->theirs.text, differ->ours.bytes) != 0;
}

void
bench_differ_fini(struct bench_differ *differ) {
    end_child(differ);
    free(differ->ours.text);
    free(differ->theirs.text);
    *differ = (struct bench_differ){.python = NULL};
}
