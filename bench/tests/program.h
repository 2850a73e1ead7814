/* SPDX-License-Identifier: MIT
 *
 * program.h: calls the program as a user does, for tests. Each test runs in an empty directory of its own.
 */
#ifndef BENCH_TESTS_PROGRAM_H
#define BENCH_TESTS_PROGRAM_H

#include <fcntl.h>
#include <signal.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

enum {
    TEXT_BYTES = 1 << 18,
    ARGUMENTS = 24
};

static const char *program; /* its path */

struct fixture {
    char directory[64];
    char out[TEXT_BYTES], err[TEXT_BYTES];
    int status;
};

static inline int
set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    strcpy(fixture->directory, "/tmp/gcsweep-program-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    assert_int_equal(chdir(fixture->directory), 0);
    *state = fixture;
    return 0;
}

static inline int
tear_down(void **state) {
    struct fixture *fixture = *state;
    char command[128];

    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", fixture->directory);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static inline void
read_text(const char *path, char *text) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, TEXT_BYTES - 1, file)] = '\0';
    fclose(file);
}

/* Starts the program with words cut at spaces. */
static inline pid_t
start(const char *arguments) {
    char words[1024], *argv[ARGUMENTS] = {(char *)program}, *rest = words;
    int argc = 1;

    snprintf(words, sizeof words, "%s", arguments);
    while (argc < ARGUMENTS - 1 && (argv[argc] = strtok_r(rest, " ", &rest)) != NULL)
        argc++;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(open("out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666), STDOUT_FILENO);
        dup2(open("err.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
        execv(program, argv);
        _exit(127);
    }
    return pid;
}

static inline void
finish(struct fixture *fixture, pid_t pid) {
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    fixture->status = WEXITSTATUS(status);
    read_text("out.txt", fixture->out);
    read_text("err.txt", fixture->err);
}

static inline void
call(struct fixture *fixture, const char *arguments) {
    finish(fixture, start(arguments));
}

static inline json_t *
parse_out(const struct fixture *fixture) {
    json_error_t error;
    json_t *document = json_loads(fixture->out, 0, &error);
    if (document == NULL)
        fail_msg("standard output is not one JSON document: %s", error.text);
    return document;
}

#endif
