/* SPDX-License-Identifier: MIT
 *
 * recorder.h: how a program is started with a recorder inside.
 */
#ifndef BENCH_RECORDER_H
#define BENCH_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

enum bench_recorder_kind {
    BENCH_RECORDER_NATIVE,
    BENCH_RECORDER_PYTHON,
};

struct bench_recorder {
    char **argv, **environment;
    bool argv_is_own;
    char directory[4096], snapshot_every[32];
};

/* By the program's name, as far as its links lead. */
enum bench_recorder_kind bench_recorder_kind(char *const *command);

/* Finds the recorder's library. Gives an exit status, having said what is missing. The command's words are not
 * copied. */
int bench_recorder_prepare(struct bench_recorder *recorder, enum bench_recorder_kind kind,
                           char **command, const char *raw_path, uint64_t snapshot_every);
void bench_recorder_fini(struct bench_recorder *recorder);

#endif
