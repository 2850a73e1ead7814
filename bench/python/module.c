/* SPDX-License-Identifier: MIT
 *
 * module.c: CPython as an engine, as the Python extension module gcsweep_engine.
 *
 * A Python executable loads it, and so it is the interpreter that users run which is measured, with its own
 * allocator and collector. It is built twice: for the version whose headers were there, which Python prefers
 * by its file's name, and for the stable ABI, for every other one from 3.9 on. It lets out one symbol.
 */
#include "bench/python/arguments.h"
#include "bench/python/verbs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "workloads/engine_cpython_heap.h"

PyMODINIT_FUNC PyInit_gcsweep_engine(void);

static const struct bench_python_verb *const verbs[] = {
    &bench_python_check, &bench_python_worker, &bench_python_replay, &bench_python_scripts};

static int
run_verb(int argc, char **argv) {
    struct en_heap *heap;
    int status = 2;

    if (en_cpython_open(&heap) != 0)
        return 3;
    for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(argv[0], verbs[i]->name) == 0)
            status = verbs[i]->run(heap, argc, argv);
    en_cpython_close(heap);
    return status;
}

static PyObject *
run(PyObject *self, PyObject *list) {
    struct bench_python_arguments arguments;
    int status;

    (void)self;
    if (bench_python_arguments_init(&arguments, list) != 0)
        return NULL;
    /* The interpreter only notes an interrupt, and would act on it too late. */
    signal(SIGINT, SIG_DFL);
    status = run_verb(arguments.argc, arguments.argv);
    bench_python_arguments_fini(&arguments);
    return PyLong_FromLong(status);
}

static PyMethodDef methods[] = {
    {"run", run, METH_O, "run(argv): does what argv[0] says, and gives the exit status."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gcsweep_engine",
    .m_doc = "CPython as an engine of gcsweep.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_gcsweep_engine(void) {
    return PyModule_Create(&definition);
}
