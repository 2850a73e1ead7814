/* SPDX-License-Identifier: MIT
 *
 * arguments.h: a Python list of strings as a C program's arguments.
 */
#ifndef BENCH_PYTHON_ARGUMENTS_H
#define BENCH_PYTHON_ARGUMENTS_H

#include <Python.h>

struct bench_python_arguments {
    int argc;
    char **argv; /* ended by NULL */
    PyObject *texts;
};

/* -1: a Python exception is set. */
int bench_python_arguments_init(struct bench_python_arguments *arguments, PyObject *list);
void bench_python_arguments_fini(struct bench_python_arguments *arguments);

#endif
