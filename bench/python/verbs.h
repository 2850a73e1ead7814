/* SPDX-License-Identifier: MIT
 *
 * verbs.h: what the extension module gcsweep_engine can be asked to do. Each verb is one file of this directory;
 * bench/engine.c says how a Python executable is started to do it.
 */
#ifndef BENCH_PYTHON_VERBS_H
#define BENCH_PYTHON_VERBS_H

struct en_heap;

struct bench_python_verb {
    const char *name;
    int (*run)(struct en_heap *heap, int argc,
               char **argv); /* argv[0] is the verb; an exit status */
};

extern const struct bench_python_verb bench_python_check;
extern const struct bench_python_verb bench_python_worker;
extern const struct bench_python_verb bench_python_replay;
extern const struct bench_python_verb bench_python_scripts;

#endif
