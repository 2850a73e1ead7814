/* SPDX-License-Identifier: MIT
 *
 * module.c: the micro-benchmarks as a Python extension module, gcsweep_bench.
 *
 * It is how pymalloc is measured in the very build that users run: PyObject_Malloc of the executable that
 * loads this. Only the stable ABI is used, so one file serves every CPython from 3.7 on. The module has
 * the runtime and the benchmarks linked into it and lets out one symbol.
 */
#include <Python.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/micro/micro.h"

PyMODINIT_FUNC PyInit_gcsweep_bench(void);

/* Copies of the list's strings, ended by NULL; an exception is set where NULL is given. */
static char **
copy_arguments(PyObject *list, PyObject **ret_texts) {
    Py_ssize_t count = PyList_Size(list);
    char **argv = count < 0 ? NULL : calloc((size_t)count + 1, sizeof *argv);
    PyObject *texts = argv == NULL ? NULL : PyList_New(0);

    for (Py_ssize_t i = 0; texts != NULL && i < count; i++) {
        PyObject *text = PyUnicode_EncodeFSDefault(PyList_GetItem(list, i));
        if (text == NULL || PyList_Append(texts, text) < 0)
            Py_CLEAR(texts);
        else
            argv[i] = PyBytes_AsString(text);
        Py_XDECREF(text);
    }
    if (texts == NULL) {
        free(argv);
        return PyErr_Occurred() ? NULL : (char **)PyErr_NoMemory();
    }
    *ret_texts = texts;
    return argv;
}

static PyObject *
run(PyObject *self, PyObject *list) {
    char host[64];
    PyObject *texts = NULL;
    char **argv = copy_arguments(list, &texts);
    int status;

    (void)self;
    if (argv == NULL)
        return NULL;
    /* The interpreter only notes an interrupt, and would act on it after the last benchmark. */
    signal(SIGINT, SIG_DFL);
    snprintf(host, sizeof host, "CPython %.*s", (int)strcspn(Py_GetVersion(), " "),
             Py_GetVersion());
    status = bench_micro_run((int)PyList_Size(list), argv, host);
    Py_DECREF(texts);
    free(argv);
    return PyLong_FromLong(status);
}

static PyMethodDef methods[] = {
    {"run", run, METH_O, "run(argv): runs the micro-benchmarks and gives the exit status."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gcsweep_bench",
    .m_doc = "Micro-benchmarks of allocators, pymalloc among them.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_gcsweep_bench(void) {
    return PyModule_Create(&definition);
}
